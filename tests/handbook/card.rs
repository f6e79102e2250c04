//! The reporter's card: every mail, tag and time on it is read by the program as the card says, and it fits one sheet.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use chrono::{DateTime, FixedOffset};
use serde_json::Value;

use super::{deploy, read, zhibao};

/// When the first mail of the card arrives; each comes a minute after the one before.
const ARRIVAL: &str = "2026-03-07T03:00:00+08:00";
const CARDS: [&str; 2] = ["card.zh.html", "card.en.html"];

/// Something on the card that is a mail, or goes into one.
#[derive(Debug)]
struct Example {
    class: String,
    /// What the card promises, by `data-` names.
    says: BTreeMap<String, String>,
    subject: String,
    body: String,
}

/// Elements with `data-` attributes; the cards are written for this.
fn examples(html: &str) -> Vec<Example> {
    let mut found = Vec::new();
    for class in ["mail", "tag", "time"] {
        for part in html.split(&format!("class=\"{class}\"")).skip(1) {
            let (attributes, rest) = part.split_once('>').expect("an element");
            let mut says = BTreeMap::new();
            for attribute in attributes.split("data-").skip(1) {
                let (name, value) = attribute.split_once("=\"").expect("a value");
                says.insert(name.to_owned(), text(value.split('"').next().expect("a value")));
            }
            let between =
                |open: &str, close: &str| rest.split_once(open).and_then(|(_, rest)| rest.split_once(close)).map(|(inner, _)| text(inner));
            let own = text(rest.split('<').next().unwrap_or_default());
            let (subject, body) = match class {
                "mail" => (between("<h3>", "</h3>").expect("a subject"), between("<pre>", "</pre>").unwrap_or_default()),
                "tag" => (format!("{own} test"), format!("Test of {own}\n")),
                _ => ("[FIRST] when".to_owned(), format!("Occurred: {own}\n")),
            };
            found.push(Example { class: class.to_owned(), says, subject, body });
        }
    }
    found
}

fn text(html: &str) -> String {
    html.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

fn mail(number: usize, example: &Example, answers: Option<&str>) -> String {
    let reply = answers.map_or(String::new(), |id| format!("In-Reply-To: {id}\r\nReferences: {id}\r\n"));
    format!(
        "From: liuwan@city.example\r\nTo: office@city.example\r\nSubject: {}\r\nMessage-ID: <{number}@liuwan.example>\r\n{reply}Content-Type: text/plain; charset=utf-8\r\n\r\n{}\r\n",
        example.subject,
        example.body.replace('\n', "\r\n")
    )
}

fn office(folder: &Path, card: &str) {
    let units = "unit,address,places,id\nLiuwan,liuwan@city.example,Liuwan、柳湾,liuwan\n";
    fs::write(folder.join("units.csv"), units).expect("written");
    fs::create_dir_all(folder.join("mail/new")).expect("made");
    fs::create_dir_all(folder.join("mail/cur")).expect("made");
    let lang = if card.contains("zh") { "zh-CN" } else { "en" };
    let config = folder.join("zhibao.toml").display().to_string();
    let (units, mail) = (folder.join("units.csv").display().to_string(), folder.join("mail").display().to_string());
    let made = zhibao(&[
        "--config",
        &config,
        "--lang",
        lang,
        "init",
        "--yes",
        "--address",
        "office@city.example",
        "--desk",
        "desk@city.example",
        "--units",
        &units,
        "--mailbox",
        &mail,
        "--timezone",
        "Asia/Shanghai",
    ]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// Lets the mails come, each at its minute, and yields what a command then says of the store.
fn replay(folder: &Path, dir: &str) {
    let config = folder.join("zhibao.toml").display().to_string();
    let dir = folder.join(dir).display().to_string();
    let done = zhibao(&["--config", &config, "replay", "--from", "2026-03-07", "--until", "2026-03-08", "--dir", &dir]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

fn asked(folder: &Path, dir: &str, args: &[&str]) -> Value {
    // The same office, looking at the store of the replay.
    let text = fs::read_to_string(folder.join("zhibao.toml")).expect("there");
    let path = folder.join("look.toml");
    fs::write(&path, text.replace("\"zhibao.db\"", &format!("\"{dir}/zhibao.db\""))).expect("written");
    let output = zhibao(&[&["--config", &path.display().to_string(), "--json"], args].concat());
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn message_id_of_a_receipt(folder: &Path, dir: &str, submission: &str) -> String {
    let mut letters: Vec<_> = fs::read_dir(folder.join(dir).join("outbox")).expect("letters").flatten().map(|file| file.path()).collect();
    letters.sort();
    let texts = letters.iter().map(|path| fs::read_to_string(path).expect("a letter"));
    let header = |text: &str, name: &str| {
        text.lines()
            .take_while(|line| !line.is_empty())
            .find_map(|line| line.strip_prefix(&format!("{name}: ")).map(|value| value.trim().to_owned()))
    };
    let receipt = texts.into_iter().find(|text| {
        header(text, "X-Zhibao-Notice").as_deref() == Some("receipt") && header(text, "X-Zhibao-Submission").as_deref() == Some(submission)
    });
    header(&receipt.expect("a receipt"), "Message-ID").expect("an id")
}

fn deliver(folder: &Path, number: usize, text: &str) {
    let at: DateTime<FixedOffset> = ARRIVAL.parse().expect("a moment");
    let seconds = at.timestamp() + 60 * i64::try_from(number).expect("few");
    fs::write(folder.join("mail/new").join(format!("{seconds}.{number:03}.host")), text).expect("delivered");
}

#[test]
fn every_example_on_the_card_is_read_as_the_card_says() {
    for card in CARDS {
        let examples = examples(&read(card));
        for class in ["mail", "tag", "time"] {
            assert!(examples.iter().filter(|example| example.class == class).count() >= 4, "{card}: too few of class {class}");
        }
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path();
        office(at, card);
        let answers = |example: &Example| example.says.get("answers").cloned();
        for (number, example) in examples.iter().enumerate().filter(|(_, example)| answers(example).is_none()) {
            deliver(at, number, &mail(number, example, None));
        }
        replay(at, "first");
        // Those that answer a receipt can be written once there is one; the replay then goes the same way up to there.
        for (number, example) in examples.iter().enumerate() {
            if let Some(submission) = answers(example) {
                deliver(at, number, &mail(number, example, Some(&message_id_of_a_receipt(at, "first", &submission))));
            }
        }
        replay(at, "second");
        let rows = asked(at, "second", &["submission", "list", "--limit", "200"]);
        let mut rows: Vec<Value> = rows.as_array().expect("rows").clone();
        rows.sort_by_key(|row| row["arrival"].as_str().map(str::to_owned));
        assert_eq!(rows.len(), examples.len(), "{card}: each is filed, once");
        for (example, row) in examples.iter().zip(&rows) {
            let shown = asked(at, "second", &["submission", "show", row["number"].as_str().expect("a number")]);
            for (name, promised) in &example.says {
                judge(at, name, promised, row, &shown, &format!("{card}: {}", example.subject));
            }
        }
    }
}

fn judge(folder: &Path, name: &str, promised: &str, row: &Value, shown: &Value, what: &str) {
    let fields = &shown["fields"];
    match name {
        "answers" => {}
        "kind" => assert_eq!(row["kind"], promised, "{what}"),
        "event" => assert_eq!(row["event"], promised, "{what}"),
        "corrects" => assert_eq!(shown["corrects"], promised, "{what}"),
        "severity" => {
            let event = asked(folder, "second", &["event", "show", row["event"].as_str().unwrap_or_else(|| panic!("{what}: no event"))]);
            assert_eq!(event["event"]["severity"], promised, "{what}");
        }
        "occurred" => {
            let found: DateTime<FixedOffset> =
                fields["occurred"].as_str().unwrap_or_default().parse().unwrap_or_else(|error| panic!("{what}: {error}: {fields}"));
            let promised: DateTime<FixedOffset> = promised.parse().expect("a moment");
            assert_eq!(found, promised, "{what}");
        }
        "fields" => {
            for field in promised.split(' ') {
                assert!(fields.get(field).is_some_and(|value| !value.is_null()), "{what}: no {field} in {fields}");
            }
        }
        other => panic!("{what}: nobody tests data-{other}"),
    }
}

/// Drawn by Chromium, where it is installed.
#[test]
fn the_card_fits_one_sheet_of_a4() {
    let Some(browser) =
        ["chromium", "chromium-browser", "google-chrome"].into_iter().find(|name| Command::new(name).arg("--version").output().is_ok())
    else {
        println!("skipped: there is no Chromium here");
        return;
    };
    for card in CARDS {
        let folder = tempfile::tempdir().expect("a folder");
        let pdf = folder.path().join("card.pdf");
        let output = Command::new(browser)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-pdf-header-footer"])
            .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
            .arg(format!("--print-to-pdf={}", pdf.display()))
            .arg(format!("file://{}", deploy().join(card).display()))
            .output()
            .expect("run");
        let bytes = fs::read(&pdf).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        let pages = String::from_utf8_lossy(&bytes).matches("/Type /Page\n").count();
        assert_eq!(pages, 1, "{card}");
    }
}
