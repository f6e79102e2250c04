//! The built daemon with a relay and a chat robot: wiring, latency, kill −9 while a letter is under way.

use std::fs::{self, File};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::http_script::ScriptedRobot;
use crate::smtp_script::{Act, ScriptedRelay, Tls, Verb};

const ROSTER: &str = "[[unit]]\nid = \"donghe\"\nname = \"东河县\"\n[[unit.reporter]]\naddress = \"donghe@office.example\"\n";

struct Office {
    folder: tempfile::TempDir,
    daemon: Option<Child>,
    mails: usize,
}

impl Drop for Office {
    fn drop(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
    }
}

impl Office {
    fn new(transports: &str) -> Office {
        let folder = tempfile::tempdir().expect("a folder");
        for part in ["new", "cur", "tmp"] {
            fs::create_dir_all(folder.path().join("mail").join(part)).expect("a Maildir");
        }
        let sample = include_str!("../sample/office.toml");
        let head = &sample[..sample.find("[[transport]]").expect("a transport")];
        fs::write(folder.path().join("network.toml"), ROSTER).expect("written");
        fs::write(folder.path().join("zhibao.toml"), format!("{head}{transports}")).expect("written");
        Office { folder, daemon: None, mails: 0 }
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zhibao"));
        command.arg("--config").arg(self.folder.path().join("zhibao.toml")).args(words);
        command
    }

    fn start(&mut self) {
        let log = File::options().create(true).append(true).open(self.folder.path().join("log")).expect("a log");
        let mut command = self.command(&["run"]);
        command.stdout(Stdio::null()).stderr(log);
        self.daemon = Some(command.spawn().expect("the daemon starts"));
        self.wait_for("it runs", |office| office.log().contains("running"));
    }

    fn kill(&mut self) {
        let mut daemon = self.daemon.take().expect("a daemon runs");
        daemon.kill().expect("killed");
        daemon.wait().expect("dead");
        fs::write(self.folder.path().join("log"), "").expect("a log");
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn wait_for(&self, what: &str, mut holds: impl FnMut(&Office) -> bool) {
        let begun = Instant::now();
        while !holds(self) {
            assert!(begun.elapsed() < Duration::from_secs(60), "waited for: {what}\n{}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Delivers a mail as a mail server does.
    fn deliver(&mut self) {
        self.mails += 1;
        let nth = self.mails;
        let mail = format!(
            "From: donghe@office.example\r\nTo: xinxi@office.example\r\nSubject: Report {nth}\r\nMessage-ID: <{nth}@office.example>\r\n\r\nText {nth} of some length.\r\n"
        );
        let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
        let (from, to) =
            (self.folder.path().join(format!("mail/tmp/{nth}")), self.folder.path().join(format!("mail/new/{seconds}.{nth}.host")));
        fs::write(&from, mail).expect("written");
        fs::rename(from, to).expect("delivered");
    }

    fn say(&self, words: &[&str]) -> String {
        let done = self.command(words).output().expect("it runs");
        assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).into_owned()
    }
}

fn relay_config(relay: &ScriptedRelay, more: &str) -> String {
    format!("[[transport]]\nname = \"relay\"\nkind = \"smtp\"\nhost = \"localhost\"\nport = {}\n{more}", relay.port)
}

#[test]
fn a_receipt_is_with_the_relay_a_moment_after_the_mail() {
    let relay = ScriptedRelay::with_tls(Tls::Implicit, "localhost");
    let mut office = Office::new(&relay_config(&relay, "ca_file = \"ca.pem\"\nusername = \"office\"\npassword_file = \"password\"\n"));
    fs::write(office.folder.path().join("ca.pem"), &relay.certificate).expect("written");
    fs::write(office.folder.path().join("password"), "sesame\n").expect("written");
    office.start();
    let mut costs = Vec::new();
    for nth in 1..=20 {
        let begun = Instant::now();
        office.deliver();
        office.wait_for("a receipt", |_| relay.taken().len() == nth);
        costs.push(begun.elapsed());
    }
    costs.sort();
    println!("mail delivered to receipt accepted, 20 mails, unoptimised: median {:?}, longest {:?}", costs[10], costs[19]);
    assert!(costs[10] < Duration::from_secs(1));
    assert!(relay.connections() <= 3, "connections are kept: {}", relay.connections());
    assert!(relay.said().iter().any(|line| line.starts_with("AUTH PLAIN")));
    assert!(!office.log().contains("sesame"));
    let said = office.say(&["check"]);
    assert!(said.contains("localhost") && said.contains("password") && !said.contains("sesame"), "{said}");
}

#[test]
fn killed_while_letters_are_under_way_it_sends_each_once_or_says_that_it_cannot_know() {
    let relay = ScriptedRelay::new();
    let mut office = Office::new(&relay_config(&relay, "tls = \"none\"\n"));
    let mut unsure_at_most = 0;
    for (verb, act) in [(Verb::Rcpt, Act::Stall), (Verb::Dot, Act::TakeAndStall), (Verb::Dot, Act::Stall), (Verb::Data, Act::Stall)] {
        relay.on(verb, act);
        office.start();
        let before = relay.said().iter().filter(|line| line.starts_with("RCPT")).count();
        for _ in 0..3 {
            office.deliver();
        }
        office.wait_for("letters are under way", |_| relay.said().iter().filter(|line| line.starts_with("RCPT")).count() > before);
        std::thread::sleep(Duration::from_millis(100));
        office.kill();
        unsure_at_most += if verb == Verb::Dot { 3 } else { 0 };
        relay.as_usual();
        office.start();
        office.wait_for("all is sent", |office| {
            let status: serde_json::Value = serde_json::from_str(&office.say(&["status", "--json"])).expect("JSON");
            status["outbox"]["pending"] == 0 && status["unfiled"] == 0
        });
        office.kill();
    }
    let letters: serde_json::Value = serde_json::from_str(&office.say(&["outbox", "list", "--all", "--json"])).expect("JSON");
    let letters = letters.as_array().expect("a list");
    let mut total = 0;
    for letter in letters {
        let number = letter["notice"].as_str().expect("a number");
        let copies = relay
            .taken()
            .iter()
            .filter(|taken| String::from_utf8_lossy(&taken.bytes).contains(&format!("X-Zhibao-Number: {number}\r\n")))
            .count();
        let unsure = letter["indeterminate"].as_u64().expect("a count") as usize;
        total += unsure;
        assert!((1..=1 + unsure).contains(&copies), "{number}: {copies} copies, {unsure} attempts without an answer");
    }
    assert!(letters.len() >= 12 && total > 0 && total <= unsure_at_most, "{} letters, {total} in doubt", letters.len());
}

#[test]
fn a_chat_robot_hears_of_what_cannot_be_delivered() {
    let (relay, robot) = (ScriptedRelay::new(), ScriptedRobot::new());
    relay.times(1, Verb::Rcpt, Act::Say("550 5.1.1 no such user"));
    let webhook =
        "[[transport]]\nname = \"robot\"\nkind = \"webhook\"\nurl_file = \"url\"\ntemplate = \"feishu\"\nsecret_file = \"secret\"\n";
    let mut office = Office::new(&format!("{}{webhook}", relay_config(&relay, "tls = \"none\"\n")));
    fs::write(office.folder.path().join("url"), format!("http://127.0.0.1:{}/hook/sesame", robot.port)).expect("written");
    fs::write(office.folder.path().join("secret"), "open").expect("written");
    office.start();
    office.deliver();
    office.wait_for("the robot is told", |_| robot.posted().len() == 1);
    let (path, body) = robot.posted().remove(0);
    assert_eq!((path.as_str(), body["msg_type"].as_str()), ("/hook/sesame", Some("text")));
    assert!(body["sign"].is_string() && body["content"]["text"].as_str().is_some_and(|text| text.contains("未能送达")), "{body}");
    office.wait_for("the operators are told by mail", |_| relay.taken().iter().any(|taken| taken.kind() == "undeliverable"));
    assert!(!office.log().contains("sesame") && !office.say(&["check"]).contains("sesame"));
}
