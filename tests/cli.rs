//! The command line as people and scripts meet it: the built binary in a folder of its own.

#[path = "cli/bulletins.rs"]
mod bulletins;
#[path = "cli/requisitions.rs"]
mod requisitions;
#[path = "cli/standings.rs"]
mod standings;
#[path = "cli/topics.rs"]
mod topics;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use zhibao::clock::Clock;
use zhibao::daemon;
use zhibao::steps::{World, begin, file};
use zhibao::store::{Durability, Store};

const CONFIG: &str = r#"
language = "en"
timezone = "Asia/Shanghai"
network = "network.toml"

[office]
name = "Information section"
address = "office@city.example"
desk = ["desk@city.example"]
operators = ["ops@city.example"]

[store]
path = "out/zhibao.db"

[[mailbox]]
name = "submissions"
kind = "maildir"
path = "mail"
trust = "mailbox"
max_size = "1MB"

[[transport]]
name = "outbox"
kind = "file"
path = "outbox"
"#;

const NETWORK: &str = r#"
[[unit]]
id = "north"
name = "北山县"
class = "county"
places = ["Northton"]
[[unit.reporter]]
name = "Ann"
address = "ann@north.example"
role = "leader"

[[unit]]
id = "south"
name = "South County"
class = "county"
places = ["Southton"]
[[unit.reporter]]
name = "Bob"
address = "bob@south.example"
role = "full-time"

[[supervisor]]
name = "Chief"
address = "chief@city.example"
level = 1
units = ["*"]
"#;

/// What a command said, and how it ended.
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Said {
    fn of(output: Output) -> Said {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    #[track_caller]
    fn done(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (Some(0), ""), "{}", self.out);
        self.out
    }

    #[track_caller]
    fn json(self) -> Value {
        serde_json::from_str(&self.done()).expect("JSON")
    }

    #[track_caller]
    fn refused(self, code: i32, parts: &[&str]) {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        for part in parts {
            assert!(self.err.contains(part), "no “{part}” in: {}", self.err);
        }
        assert!(!self.err.contains("panicked"), "{}", self.err);
    }
}

/// A folder with a configuration.
struct Office {
    folder: TempDir,
}

impl Office {
    fn new() -> Office {
        let office = Office { folder: tempfile::tempdir().expect("a folder") };
        office.write("zhibao.toml", CONFIG);
        office.write("network.toml", NETWORK);
        for part in ["mail/new", "mail/cur", "mail/tmp", "out"] {
            fs::create_dir_all(office.path(part)).expect("a folder");
        }
        office
    }

    /// One in which two reports, a telling by the desk and a stranger's mail were replayed; its store is that of the replay.
    fn replayed() -> Office {
        Office::replayed_with("")
    }

    /// The same under a longer configuration.
    fn replayed_with(more: &str) -> Office {
        let office = Office::new();
        office.write("zhibao.toml", &(CONFIG.to_owned() + more));
        let report = "Occurred: 2003-03-03 09:00\nPlace: Northton\nCasualties: none\nMeasures: pumps";
        office.mail(1_046_655_000, "ann@north.example", "[FIRST] [II] Mine flooded", report);
        let told = "Unit: South County\nOccurred: 2003-03-03 09:30\nPlace: Southton\nSeverity: II";
        office.mail(1_046_656_800, "desk@city.example", "[EVENT] Plant on fire", told);
        office.mail(1_046_660_000, "who@else.example", "\u{1b}[31mHello", "Let me in.");
        let said = office.run(&["replay", "--from", "2003-03-01", "--until", "2003-03-03 16:00", "--dir", "out", "--json"]);
        assert_eq!(said.code, Some(0), "{}", said.err);
        office
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("a file");
    }

    fn mail(&self, at: i64, from: &str, subject: &str, body: &str) {
        self.write(&format!("mail/new/{at}.M1P1.mx.example"), &message(from, subject, body));
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zhibao"));
        command.args(words).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env_remove("ZHIBAO_LOG").env("LC_ALL", "C.UTF-8");
        command
    }

    fn run(&self, words: &[&str]) -> Said {
        Said::of(self.command(words).output().expect("the binary runs"))
    }

    fn deliver(&self, words: &[&str], message: &[u8]) -> Said {
        let mut child = self.command(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
        // A command that refuses before it has read everything closes the pipe.
        let _ = child.stdin.take().expect("a pipe").write_all(message);
        Said::of(child.wait_with_output().expect("it ends"))
    }

    /// Files what waits, as the daemon would.
    fn file(&self) {
        let config = zhibao::config::load(&self.path("zhibao.toml")).expect("a configuration").config;
        let now = Clock::Wall.now();
        let store = Store::open(&config.store_path, Durability::None).expect("a store");
        let key = daemon::load_or_make_key(&config.key_file).expect("a key");
        let setup = begin::begin(&store, daemon::setup(&config, key), now).expect("a beginning");
        let world = World { store, setup: std::sync::Arc::new(setup) };
        while file::step(&world, now).expect("filing") {}
    }
}

fn message(from: &str, subject: &str, body: &str) -> String {
    format!(
        "From: {from}\r\nTo: office@city.example\r\nSubject: {subject}\r\nMessage-ID: <{}@x.example>\r\n\r\n{body}\r\n",
        body.len() + subject.len()
    )
}

/// Columns that a line takes in a terminal.
fn columns(line: &str) -> usize {
    let wide = |c: char| matches!(c as u32, 0x1100..=0x115f | 0x2e80..=0x303e | 0x3041..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f | 0xff00..=0xff60 | 0xffe0..=0xffe6);
    line.chars().map(|c| if wide(c) { 2 } else { 1 }).sum()
}

// ---------------------------------------------------------------- configuration and usage

#[test]
fn without_a_configuration_both_places_and_the_mend_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zhibao"));
        Said::of(command.args(words).current_dir(folder.path()).env("LC_ALL", "C").output().expect("the binary runs"))
    };
    run(&["status"]).refused(2, &["zhibao.toml", "/etc/zhibao/zhibao.toml", "--config"]);
    run(&["status", "--lang", "zh-CN"]).refused(2, &["没有配置文件", "--config"]);
    run(&["status", "--config", "nowhere.toml"]).refused(2, &["nowhere.toml"]);
}

#[test]
fn every_problem_of_a_configuration_is_told_with_its_place() {
    let office = Office::new();
    office.write("zhibao.toml", &CONFIG.replace("timezone =", "timezon =").replace("max_size = \"1MB\"", "poll = \"2 hours\""));
    for command in [&["check"][..], &["status"], &["run"], &["replay", "--from", "2003-01-01", "--until", "2003-01-02", "--dir", "x"]] {
        office.run(command).refused(2, &["zhibao.toml:3: ", "did you mean “timezone”?", "zhibao.toml:20: ", "2 hours"]);
    }
    office.run(&["check", "--lang", "zh-CN"]).refused(2, &["是否想写“timezone”？"]);
    let said = office.run(&["check", "--json"]);
    let facts: Value = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!((said.code, &facts["ok"], facts["problems"].as_array().map(Vec::len)), (Some(2), &Value::Bool(false), Some(2)));
    assert_eq!(facts["problems"][0]["line"], 3);
    office.write("zhibao.toml", "language = \"en\"\n[office\n");
    office.run(&["check"]).refused(2, &["zhibao.toml:2"]);
}

#[test]
fn check_says_what_the_daemon_will_do() {
    let office = Office::new();
    let said = office.run(&["check"]).done();
    assert!(said.contains("can be used") && said.contains("Reads the Maildir"), "{said}");
    let facts = office.run(&["check", "--json"]).json();
    assert_eq!(facts["ok"], true);
    assert!(facts["sentences"].as_array().is_some_and(|sentences| sentences.len() > 5));
    assert!(office.run(&["--lang", "zh-CN", "check"]).done().contains("可用"));
    let online = office.run(&["check", "--online"]).done();
    for seen in
        ["✓ the store ", "✓ the mailbox submissions: can be read; 0 messages lie there.", "✓ the transport outbox: can be written to."]
    {
        assert!(online.contains(seen), "{seen}: {online}");
    }
    let facts = office.run(&["check", "--online", "--json"]).json();
    assert_eq!((&facts["ok"], facts["online"].as_array().map(Vec::len)), (&true.into(), Some(3)));
}

#[test]
fn usage_is_told_and_ends_with_2() {
    let office = Office::new();
    office.run(&["frobnicate"]).refused(2, &["frobnicate"]);
    office.run(&["event", "show", "X-1"]).refused(2, &["E-2003-0007"]);
    office.run(&["replay", "--from", "soon", "--until", "2003-01-02", "--dir", "x"]).refused(2, &["--from", "soon", "2003-03-03"]);
    office.run(&["obligation", "waive", "1"]).refused(2, &["--reason"]);
    let help = office.run(&["--help"]).done();
    for command in [
        "run",
        "check",
        "deliver",
        "status",
        "explain",
        "replay",
        "submission",
        "event",
        "obligation",
        "unit",
        "quarantine",
        "outbox",
        "requisition",
        "bulletin",
        "commendation",
        "backup",
        "restore",
        "verify",
    ] {
        assert!(help.lines().any(|line| line.trim_start().starts_with(&format!("{command} "))), "{command}: {help}");
    }
    assert!(!help.contains("Others:"), "every command has a group: {help}");
}

// ---------------------------------------------------------------- the store

#[test]
fn a_store_that_is_not_there_is_not_made() {
    let office = Office::new();
    for command in [&["status"][..], &["event", "list"], &["obligation", "ack", "1"], &["explain", "north"]] {
        office.run(command).refused(1, &["There is no store", "zhibao run"]);
    }
    assert!(!office.path("out/zhibao.db").exists());
}

#[test]
fn a_store_that_cannot_be_used_is_told() {
    let office = Office::new();
    fs::create_dir(office.path("out/zhibao.db")).expect("a folder in its place");
    office.run(&["status"]).refused(1, &["out/zhibao.db", "cannot be opened"]);
    fs::remove_dir(office.path("out/zhibao.db")).expect("gone");
    office.write("out/zhibao.db", &"this is no database, whatever its name says ".repeat(50));
    office.run(&["status"]).refused(1, &["out/zhibao.db", "not a database"]);
    office.run(&["status", "--lang", "zh-CN"]).refused(1, &["无法打开数据库"]);
}

#[test]
fn a_store_of_a_later_version_is_left_alone() {
    let office = Office::new();
    let later = rusqlite::Connection::open(office.path("out/zhibao.db")).expect("a database");
    later.pragma_update(None, "user_version", 99).expect("a version");
    drop(later);
    office.run(&["status"]).refused(1, &["later version"]);
    office.deliver(&["deliver"], b"From: ann@north.example\r\n\r\nHello").refused(75, &["later version"]);
}

// ---------------------------------------------------------------- deliver

#[test]
fn a_delivered_message_is_on_record_and_filed_once() {
    let office = Office::new();
    let mail = message("ann@north.example", "Roads in January", "All clear, nothing to tell.");
    for _ in 0..2 {
        office.deliver(&["deliver"], mail.as_bytes()).done();
    }
    let status = office.run(&["status", "--json"]).json();
    assert_eq!(status["unfiled"], 2, "the same mail handed over twice is two deliveries");
    assert!(daemon::wake_file(&office.path("out/zhibao.db")).exists(), "the daemon is woken");
    office.file();
    let filed = office.run(&["submission", "list", "--json"]).json();
    assert_eq!(filed.as_array().map(Vec::len), Some(1));
    assert_eq!(filed[0]["title"], "Roads in January");
    assert_eq!(office.run(&["status", "--json"]).json()["unfiled"], 0);
    let number = filed[0]["number"].as_str().expect("a number");
    let said = office.run(&["explain", number]).done();
    assert!(said.contains("handed it over (deliver)"), "{said}");
}

#[test]
fn a_running_daemon_is_woken_and_files_at_once() {
    let office = Office::new();
    let mut daemon = office.command(&["run"]).stderr(Stdio::null()).spawn().expect("the daemon runs");
    let settled = |unfiled: u64, submissions: usize| {
        (0..100).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(100));
            let status = office.run(&["status", "--json"]);
            let list = office.run(&["submission", "list", "--json"]);
            let unfiled_now = serde_json::from_str::<Value>(&status.out).ok().and_then(|status| status["unfiled"].as_u64());
            let filed = serde_json::from_str::<Value>(&list.out).ok().and_then(|list| list.as_array().map(Vec::len));
            (unfiled_now, filed) == (Some(unfiled), Some(submissions))
        })
    };
    let begun = settled(0, 0);
    // Its own period is a minute, and paths in the configuration are relative: only the wake file tells it.
    std::thread::sleep(std::time::Duration::from_millis(500));
    let delivered = office.deliver(&["deliver"], message("ann@north.example", "Roads", "All clear.").as_bytes());
    let filed = settled(0, 1);
    daemon.kill().expect("it is stopped");
    daemon.wait().expect("it ends");
    assert_eq!((begun, delivered.code, filed), (true, Some(0), true));
}

#[test]
fn whatever_goes_wrong_with_a_delivery_it_is_tried_again() {
    let office = Office::new();
    let mail = message("ann@north.example", "Roads", "All clear.");
    office.deliver(&["deliver", "--mailbox", "nowhere"], mail.as_bytes()).refused(75, &["nowhere", "submissions"]);
    office.deliver(&["deliver", "--frobnicate"], mail.as_bytes()).refused(75, &["--frobnicate"]);
    office.deliver(&["deliver", "--config", "nowhere.toml"], mail.as_bytes()).refused(75, &["nowhere.toml"]);
    office.deliver(&["deliver"], &vec![b'x'; (1 << 20) + 1]).refused(75, &["max_size"]);
    office.write("zhibao.toml", &CONFIG.replace("out/zhibao.db", "no/such/folder/zhibao.db"));
    office.deliver(&["deliver"], mail.as_bytes()).refused(75, &["no/such/folder/zhibao.db"]);
    office.write("zhibao.toml", &CONFIG.replace("timezone =", "timezon ="));
    office.deliver(&["deliver"], mail.as_bytes()).refused(75, &["timezon"]);
    let second = CONFIG.to_owned() + "\n[[mailbox]]\nname = \"other\"\nkind = \"maildir\"\npath = \"mail2\"\n";
    office.write("zhibao.toml", &second);
    office.deliver(&["deliver"], mail.as_bytes()).refused(75, &["--mailbox", "submissions, other"]);
    office.deliver(&["deliver", "--mailbox", "other"], mail.as_bytes()).done();
}

// ---------------------------------------------------------------- facts

#[test]
fn status_has_the_keys_of_the_contract() {
    let office = Office::replayed();
    let status = office.run(&["status", "--json"]).json();
    for (key, inner) in [("obligations", &["open", "overdue"][..]), ("outbox", &["pending", "failed", "indeterminate"])] {
        for inner in inner {
            assert!(status[key][inner].is_u64(), "{key}.{inner}: {status}");
        }
    }
    for key in ["unacknowledged", "quarantined", "oldest_pending_seconds"] {
        assert!(status[key].is_u64(), "{key}: {status}");
    }
    let mailbox = &status["mailboxes"][0];
    assert_eq!((&mailbox["name"], &mailbox["stalled"]), (&"submissions".into(), &true.into()), "nobody has read it since 2003");
    assert!(mailbox["last_read"].is_string() && mailbox["lag_seconds"].as_i64().is_some_and(|lag| lag > 0));
    assert_eq!(status["quarantined"], 1);
}

#[test]
fn a_replay_is_told_in_counts_that_add_up() {
    let office = Office::replayed();
    let words = ["replay", "--from", "2003-03-01T00:00:00+08:00", "--until", "2003-03-03T16:00", "--dir", "out"];
    let report = office.run(&[&words[..], &["--json", "--log", "json"]].concat());
    let report: Value = serde_json::from_str(&report.out).expect("JSON");
    let of = |key: &str| report[key].as_u64().unwrap_or_else(|| panic!("{key}: {report}"));
    let sum: u64 = ["filed", "commands", "circulars", "duplicates", "ignored", "quarantined"].iter().map(|key| of(key)).sum();
    assert_eq!((of("messages"), sum), (3, 3));
    let said = office.run(&words);
    assert!(said.out.contains("out/outbox") && said.out.contains("omitted notice"), "{}", said.out);
    assert!(!said.out.contains('\u{1b}') && !said.err.contains('█'), "no bar in a pipe");
    office.run(&["replay", "--from", "2003-03-03", "--until", "2003-03-01", "--dir", "out"]).refused(1, &["--until"]);
}

#[test]
fn every_table_fits_80_columns_and_holds_nothing_that_a_terminal_obeys() {
    let office = Office::replayed();
    for language in ["en", "zh-CN"] {
        for words in [
            &["status"][..],
            &["event", "list", "--all"],
            &["obligation", "list", "--all"],
            &["submission", "list"],
            &["unit", "list"],
            &["unit", "show", "north"],
            &["unit", "history", "north"],
            &["quarantine", "list"],
            &["quarantine", "list", "--all"],
            &["outbox", "list", "--all"],
        ] {
            let said = office.run(&[words, &["--lang", language]].concat()).done();
            assert!(said.lines().count() > 1, "{words:?}: {said}");
            assert!(!said.chars().any(|c| c.is_control() && c != '\n'), "{words:?}: {said:?}");
            // A sentence may be long: it wraps as a sentence. A row may not.
            for row in said.lines().filter(|line| line.contains("  ")) {
                assert!(columns(row) <= 80, "{words:?}: {} columns: {row}", columns(row));
            }
        }
    }
}

#[test]
fn columns_stand_under_their_headings_in_both_scripts() {
    let office = Office::replayed();
    let said = office.run(&["obligation", "list", "--all", "--lang", "zh-CN"]).done();
    let place = |line: &str, word: &str| line.find(word).map(|at| columns(&line[..at]));
    let mut lines = said.lines();
    let due = place(lines.next().unwrap_or_default(), "时限");
    for line in lines.filter(|line| line.contains("2003-03-")) {
        assert_eq!(place(line, "2003-03-"), due, "{said}");
    }
}

#[test]
fn an_empty_list_says_so_in_one_sentence() {
    let office = Office::new();
    office.deliver(&["deliver"], b"From: ann@north.example\r\n\r\nHello").done();
    for words in [["event", "list"], ["obligation", "list"], ["submission", "list"], ["quarantine", "list"], ["outbox", "list"]] {
        assert_eq!(office.run(&words).done().lines().count(), 1, "{words:?}");
        assert_eq!(office.run(&[&words[..], &["--json"]].concat()).json(), Value::Array(Vec::new()), "{words:?}");
    }
}

#[test]
fn no_list_shows_the_token_by_which_a_recipient_proves_himself() {
    let office = Office::replayed();
    let letters = office.run(&["outbox", "list", "--all", "--json"]).json();
    let alert = letters.as_array().expect("letters").iter().find(|letter| letter["kind"] == "late").expect("a late notice").clone();
    let number = alert["notice"].as_str().expect("a number");
    let raw =
        String::from_utf8(office.command(&["outbox", "show", number, "--raw", "1"]).output().expect("it runs").stdout).expect("ASCII");
    let reply_to = raw.lines().find(|line| line.starts_with("Reply-To:")).expect("a token in the message itself");
    let token = reply_to.split('@').next().and_then(|before| before.rsplit('.').next()).expect("a token before the @");
    assert_eq!(token.len(), 10, "{reply_to}");
    for words in
        [&["outbox", "list", "--all"][..], &["outbox", "list", "--all", "--json"], &["explain", number], &["explain", number, "--json"]]
    {
        let said = office.run(words).done();
        assert!(!said.contains(&format!("{number}.")), "{words:?}: {said}");
        assert!(!said.contains(token), "{words:?} shows {token}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let office = Office::replayed();
    let mut child = office.command(&["explain", "E-2003-0002"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    drop(child.stdout.take());
    let said = Said::of(child.wait_with_output().expect("it ends"));
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""));
}

// ---------------------------------------------------------------- explain

#[test]
fn explain_tells_rule_times_and_evidence() {
    let office = Office::replayed();
    let on_time = office.run(&["explain", "obligation", "1"]).done();
    for part in
        ["within 2 h", "Counted from 3 Mar 2003 09:00", "S-2003-000001 arrived 3 Mar 2003 09:30", "so it is on time", "Maildir file"]
    {
        assert!(on_time.contains(part), "no “{part}” in: {on_time}");
    }
    let owed = office.run(&["obligation", "list", "--all", "--unit", "south", "--json"]).json();
    let id = owed[0]["id"].to_string();
    let omitted = office.run(&["explain", "obligation", &id]).done();
    for part in ["Somebody other than the unit", "so it is omitted", "verdict: late → omitted", "omitted notice N-2003-"] {
        assert!(omitted.contains(part), "no “{part}” in: {omitted}");
    }
    let chinese = office.run(&["explain", "obligation", &id, "--lang", "zh-CN"]).done();
    assert!(chinese.contains("故为漏报") && chinese.contains("认定：迟报 → 漏报"), "{chinese}");
    let facts = office.run(&["explain", &id, "--json"]).json();
    assert_eq!(facts["obligation"]["verdict"], "omitted");
    assert!(facts["sentences"].is_array() && facts["timeline"].is_array() && facts["record"].is_array());
}

#[test]
fn every_number_is_explained_in_both_languages() {
    let office = Office::replayed();
    let letters = office.run(&["outbox", "list", "--all", "--json"]).json();
    let mut numbers: Vec<String> =
        letters.as_array().expect("letters").iter().filter_map(|letter| letter["notice"].as_str().map(str::to_owned)).collect();
    numbers.extend(["E-2003-0001", "E-2003-0002", "S-2003-000001", "Q-2003-0001", "north", "South County"].map(str::to_owned));
    for number in &numbers {
        for language in ["en", "zh-CN"] {
            let said = office.run(&["explain", number, "--lang", language]).done();
            assert!(said.lines().count() > 2, "{number}: {said}");
        }
        assert!(office.run(&["explain", number, "--json"]).json()["sentences"].is_array(), "{number}");
    }
}

#[test]
fn what_is_not_on_record_is_told_with_where_to_look() {
    let office = Office::replayed();
    for (words, parts) in [
        (&["explain", "N-2003-009999"][..], &["N-2003-009999", "outbox list"][..]),
        (&["event", "show", "E-2003-0099"], &["E-2003-0099", "event list"]),
        (&["submission", "show", "S-2003-000099"], &["submission list"]),
        (&["quarantine", "release", "Q-2003-0099"], &["quarantine list"]),
        (&["obligation", "show", "99"], &["obligation list"]),
        (&["outbox", "retry", "N-2003-009999"], &["outbox list"]),
        (&["unit", "show", "nroth"], &["nroth", "“north”"]),
    ] {
        office.run(words).refused(1, parts);
    }
    office.run(&["explain", "Z-1"]).refused(2, &["Z-1"]);
}

// ---------------------------------------------------------------- verbs

#[test]
fn a_decision_is_done_told_and_put_on_record_under_its_name() {
    let office = Office::replayed();
    let owed = office.run(&["obligation", "list", "--unit", "south", "--json"]).json();
    let id = owed[0]["id"].to_string();
    let said = office.run(&["obligation", "ack", &id, "--by", "chief@city.example"]).done();
    assert!(said.starts_with("Noted") || said.contains("South County"), "{said}");
    office.run(&["obligation", "ack", &id]).refused(1, &["nothing"]);
    office.run(&["obligation", "extend", &id, "2h"]).refused(1, &["Not extended"]);
    office.run(&["obligation", "extend", &id, "soon"]).refused(2, &["2h"]);
    office.run(&["obligation", "waive", &id, "--reason", " "]).refused(2, &["reason"]);
    office.run(&["obligation", "waive", &id, "--reason", "told by telephone", "--by", "nobody"]).refused(2, &["nobody", "--by"]);
    let waived = office.run(&["obligation", "waive", &id, "--reason", "told by telephone", "--by", "chief@city.example", "--json"]).json();
    assert_eq!((&waived["outcome"], &waived["done"]), (&"waived".into(), &true.into()));
    let why = office.run(&["explain", "obligation", &id]).done();
    assert!(why.contains("waived") && why.contains("Chief") && why.contains("told by telephone"), "{why}");
    let again = office.run(&["obligation", "waive", &id, "--reason", "again", "--json"]);
    assert_eq!(again.code, Some(1));
    assert_eq!(serde_json::from_str::<Value>(&again.out).expect("JSON")["done"], false);
}

#[test]
fn events_are_opened_graded_merged_and_closed_at_the_console() {
    let office = Office::replayed();
    office.run(&["event", "open", "Fire somewhere"]).refused(2, &["--unit"]);
    office.run(&["event", "open", "Fire", "--unit", "nowhere"]).refused(1, &["nowhere"]);
    office.run(&["event", "open", "Fire", "--unit", "north", "--occurred", "2999-01-01"]).refused(2, &["--occurred"]);
    let opened = office
        .run(&["event", "open", "Bridge fell", "--place", "Southton bridge", "--severity", "重大", "--by", "desk@city.example", "--json"])
        .json();
    let number = opened["event"]["number"].as_str().expect("a number").to_owned();
    assert_eq!((&opened["outcome"], &opened["owing"][0][0]["id"]), (&"opened".into(), &"south".into()));
    let told = office.run(&["event", "show", &number]).done();
    assert!(told.contains("request to report") && told.contains("desk@city.example"), "{told}");
    let graver = office.run(&["event", "severity", &number, "I"]).done();
    assert!(graver.contains(&number), "{graver}");
    office.run(&["event", "severity", &number, "V"]).refused(2, &["I, II, III"]);
    office.run(&["event", "severity", &number, "I"]).done();
    let second = office.run(&["event", "open", "Something else entirely", "--unit", "south"]).done();
    assert!(second.contains("default"), "{second}");
    let events = office.run(&["event", "list", "--json"]).json();
    let newest = events[0]["number"].as_str().expect("a number").to_owned();
    office.run(&["event", "merge", &newest, &newest]).refused(1, &["Not merged"]);
    office.run(&["event", "merge", &newest, &number]).done();
    office.run(&["event", "severity", &newest, "II"]).refused(1, &[&number]);
    office.run(&["event", "close", &number, "--reason", "all clear"]).done();
    office.run(&["event", "close", &number]).done();
    let list = office.run(&["event", "list", "--all", "--lang", "zh-CN"]).done();
    assert!(list.contains("结案"), "{list}");
}

#[test]
fn quarantined_mail_is_released_once() {
    let office = Office::replayed();
    let shown = office.run(&["quarantine", "show", "Q-2003-0001"]).done();
    assert!(shown.contains("Let me in.") && shown.contains("on no roster") && !shown.contains('\u{1b}'), "{shown:?}");
    office.run(&["quarantine", "release", "Q-2003-0001", "--by", "desk@city.example"]).done();
    office.run(&["quarantine", "reject", "Q-2003-0001"]).refused(1, &["Q-2003-0001"]);
    assert_eq!(office.run(&["status", "--json"]).json()["unfiled"], 1, "it goes round again");
}

#[test]
fn a_verb_on_a_store_that_no_daemon_began_is_refused() {
    let office = Office::new();
    office.deliver(&["deliver"], b"From: ann@north.example\r\n\r\nHello").done();
    office.run(&["event", "open", "Fire", "--unit", "north"]).refused(1, &["zhibao run"]);
}

#[test]
fn nothing_is_tried_again_where_everything_was_sent() {
    let office = Office::replayed();
    assert!(office.run(&["outbox", "retry"]).done().starts_with("Nothing to try again"));
    assert!(Path::new(&office.path("out/outbox")).is_dir());
}
