//! One mail system, `mail.example`, and the offices that live on it.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::postfix::Postfix;
use super::servers::dovecot::{Dovecot, Options, PASSWORD, Post};
use super::servers::{free_port, until};

/// Longer than anything here takes on a busy machine.
pub const SOON: Duration = Duration::from_secs(60);

/// What differs from one town to the next.
#[derive(Default)]
pub struct Plan {
    /// Who has a mailbox.
    pub people: Vec<&'static str>,
    /// What answers or forwards for some of them.
    pub scripts: Vec<(&'static str, String)>,
    /// Lines of Postfix's transport map.
    pub transport: &'static str,
    /// Lines of Postfix's configuration.
    pub relay: &'static str,
}

/// Postfix before Dovecot.
pub struct Town {
    pub postfix: Postfix,
    pub dovecot: Dovecot,
}

impl Town {
    pub fn new(plan: Plan) -> Town {
        let port = free_port();
        let postfix = Postfix::before(port, plan.transport, plan.relay);
        let post = Post { port, relay: postfix.port, people: plan.people, scripts: plan.scripts };
        let dovecot = Dovecot::start(Options { post: Some(post), ..Options::default() });
        Town { postfix, dovecot }
    }

    /// Hands a message to Postfix.
    pub fn post(&self, from: &str, to: &str, message: &str) {
        post(self.postfix.port, from, to, message);
    }

    /// The messages in the INBOX of one of the people, as text.
    pub fn inbox(&self, who: &str) -> Vec<String> {
        let mut files: Vec<_> = ["new", "cur"]
            .iter()
            .filter_map(|part| fs::read_dir(self.dovecot.maildir(who).join(part)).ok())
            .flat_map(|files| files.flatten().map(|file| file.path()))
            .collect();
        files.sort();
        files.iter().filter_map(|path| fs::read(path).ok()).map(|raw| String::from_utf8_lossy(&raw).replace("\r\n", "\n")).collect()
    }

    /// How many of them are notices of this kind.
    pub fn told(&self, who: &str, kind: &str) -> usize {
        self.inbox(who).iter().filter(|mail| mail.contains(&format!("\nX-Zhibao-Notice: {kind}\n"))).count()
    }
}

/// Speaks SMTP, as a program does that knows no better.
pub fn post(port: u16, from: &str, to: &str, message: &str) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("Postfix answers");
    stream.set_read_timeout(Some(SOON)).expect("a deadline");
    let mut lines = BufReader::new(stream.try_clone().expect("a second handle")).lines();
    let mut answer = |wanted: &str| loop {
        let line = lines.next().expect("an answer").expect("readable");
        assert!(line.starts_with(wanted), "{line}");
        if line.as_bytes().get(3) != Some(&b'-') {
            return;
        }
    };
    answer("220");
    let body = message.replace("\r\n", "\n").replace('\n', "\r\n");
    for (said, wanted) in [
        ("EHLO client.example".to_owned(), "250"),
        (format!("MAIL FROM:<{from}>"), "250"),
        (format!("RCPT TO:<{to}>"), "250"),
        ("DATA".to_owned(), "354"),
        (format!("{body}\r\n."), "250"),
        ("QUIT".to_owned(), "221"),
    ] {
        write!(stream, "{said}\r\n").expect("written");
        answer(wanted);
    }
}

/// An office with its daemon.
pub struct Office {
    pub folder: tempfile::TempDir,
    child: Option<Child>,
}

impl Office {
    /// The office whose account is `who`, over TLS on both sides. `network` is its roster, `more` are further sections.
    pub fn new(town: &Town, who: &str, network: &str, more: &str) -> Office {
        let folder = tempfile::tempdir().expect("a folder");
        let text = format!(
            "language = \"zh-CN\"\ntimezone = \"Asia/Shanghai\"\nnetwork = \"network.toml\"\n\
             [office]\nname = \"信息科\"\naddress = \"{who}@mail.example\"\ndesk = [\"desk@mail.example\"]\noperators = [\"ops@mail.example\"]\n\
             [store]\npath = \"zhibao.db\"\n\
             [[mailbox]]\nname = \"account\"\nkind = \"imap\"\nhost = \"localhost\"\nport = {}\nca_file = \"{}\"\nusername = \"{who}\"\n\
             password_file = \"password\"\ntrust = \"mailbox\"\n\
             [[transport]]\nname = \"relay\"\nkind = \"smtp\"\nhost = \"localhost\"\nport = {}\ntls = \"starttls\"\nca_file = \"{}\"\n{more}",
            town.dovecot.tls_port,
            town.dovecot.ca_file().display(),
            town.postfix.port,
            town.postfix.certificate().display(),
        );
        fs::write(folder.path().join("zhibao.toml"), text).expect("written");
        fs::write(folder.path().join("network.toml"), network).expect("written");
        fs::write(folder.path().join("password"), PASSWORD).expect("written");
        Office { folder, child: None }
    }

    /// Has other words in its configuration.
    pub fn with(self, instead_of: &str, this: &str) -> Office {
        let path = self.folder.path().join("zhibao.toml");
        let text = fs::read_to_string(&path).expect("readable");
        assert!(text.contains(instead_of), "{instead_of}");
        fs::write(&path, text.replacen(instead_of, this, 1)).expect("written");
        self
    }

    /// Starts the daemon.
    pub fn start(&mut self) {
        let log = File::options().create(true).append(true).open(self.folder.path().join("log")).expect("a log");
        let mut command = self.command(&["run"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.child = Some(command.spawn().expect("the daemon starts"));
        until("the daemon runs", SOON, || self.log().contains("running"));
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zhibao"));
        command.arg("--config").arg(self.folder.path().join("zhibao.toml")).args(words);
        command
    }

    /// What a command came to.
    pub fn done(&self, words: &[&str]) -> Output {
        self.command(words).output().expect("it runs")
    }

    /// What a command prints for programs.
    pub fn json(&self, words: &[&str]) -> Value {
        let done = self.done(&[words, &["--json"]].concat());
        serde_json::from_slice(&done.stdout).unwrap_or_else(|error| panic!("{words:?}: {error}: {}", String::from_utf8_lossy(&done.stderr)))
    }

    /// Every letter.
    pub fn letters(&self) -> Vec<Value> {
        self.json(&["outbox", "list", "--all"]).as_array().expect("a list").clone()
    }

    /// The letter of this kind to one of the people, once there is one.
    pub fn letter(&self, kind: &str, to: &str) -> Option<Value> {
        let to = format!("{to}@mail.example");
        self.letters().into_iter().find(|letter| letter["kind"] == kind && letter["to"] == to.as_str())
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        if std::thread::panicking() {
            let log = self.log();
            let tail: Vec<&str> = log.lines().rev().take(25).collect();
            eprintln!("zhibao said last:\n{}", tail.into_iter().rev().collect::<Vec<_>>().join("\n"));
        }
    }
}

/// A message of a reporter, at its present moment.
pub fn mail(from: &str, subject: &str, body: &str) -> String {
    let now = chrono::Utc::now();
    format!(
        "From: {from}@mail.example\nTo: office@mail.example\nSubject: {subject}\nDate: {}\nMessage-ID: <{}.{from}@mail.example>\n\
         MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{body}\n",
        now.to_rfc2822(),
        now.timestamp_micros(),
    )
}

/// A message of the desk that an event happened in these units.
pub fn told(units: &str, nth: usize) -> String {
    let now = chrono::Utc::now();
    let occurred = (now - chrono::TimeDelta::minutes(5)).with_timezone(&chrono_tz::Asia::Shanghai);
    format!(
        "From: desk@mail.example\nTo: office@mail.example\nSubject: 【事件】【重大】老鹰岩山体滑坡{nth}\nDate: {}\nMessage-ID: <told{nth}.{}@mail.example>\n\
         MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n\
         单位：{units}\n发生时间：{}\n地点：老鹰岩\n",
        now.to_rfc2822(),
        now.timestamp_micros(),
        occurred.format("%Y-%m-%d %H:%M"),
    )
}
