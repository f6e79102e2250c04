//! A folder with a configuration, and the real daemon that runs on it.

#![allow(dead_code)] // each test program uses its part

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

pub const ROSTER: &str = r#"
[[unit]]
id = "donghe"
name = "东河县"
class = "county"
places = ["东河"]
[[unit.reporter]]
name = "东河信息员"
address = "donghe@office.example"
role = "full-time"

[[supervisor]]
name = "科长"
address = "chief@office.example"
level = 1
"#;

pub const OFFICE: &str = include_str!("../sample/office.toml");

/// The office; its mailbox is looked into every second, too.
pub fn config() -> String {
    OFFICE.replace("trust = \"mailbox\"", "trust = \"mailbox\"\npoll = \"1s\"")
}

/// A folder with a configuration, and the daemon that runs on it; both end with the value.
pub struct Office {
    pub folder: tempfile::TempDir,
    pub daemon: Option<Child>,
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
    pub fn new() -> Office {
        Office::with("")
    }

    /// One with `more` at the end of its configuration.
    pub fn with(more: &str) -> Office {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("zhibao.toml"), config() + more).expect("the configuration");
        fs::write(folder.path().join("network.toml"), ROSTER).expect("the roster");
        for part in ["new", "cur", "tmp"] {
            fs::create_dir_all(folder.path().join("mail").join(part)).expect("a Maildir");
        }
        Office { folder, daemon: None }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zhibao"));
        command.args(words).arg("--config").arg(self.path("zhibao.toml")).current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    pub fn start(&mut self) {
        self.start_with(|_| {});
    }

    pub fn start_with(&mut self, change: impl FnOnce(&mut Command)) {
        let log = fs::File::options().create(true).append(true).open(self.path("log")).expect("a log file");
        let mut command = self.command(&["run"]);
        command.stdout(Stdio::null()).stderr(log);
        change(&mut command);
        self.daemon = Some(command.spawn().expect("the daemon starts"));
        self.wait_for("the daemon says that it runs", |office| office.log().contains("running"));
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    pub fn signal(&self, name: &str) {
        let id = self.daemon.as_ref().expect("a daemon runs").id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().expect("kill runs").success());
    }

    /// Delivers a mail as a mail server does: written in tmp, renamed into new.
    pub fn deliver(&self, name: &str, mail: &[u8]) {
        let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs();
        let file = format!("{seconds}.{name}.host");
        fs::write(self.path("mail/tmp").join(&file), mail).expect("the mail is written");
        fs::rename(self.path("mail/tmp").join(&file), self.path("mail/new").join(&file)).expect("the mail is delivered");
    }

    pub fn outbox(&self) -> Vec<String> {
        let Ok(files) = fs::read_dir(self.path("outbox")) else { return Vec::new() };
        let letters = files.flatten().filter(|file| file.path().extension().is_some_and(|e| e == "eml"));
        letters.map(|file| String::from_utf8_lossy(&fs::read(file.path()).unwrap_or_default()).into_owned()).collect()
    }

    pub fn notices(&self, kind: &str) -> usize {
        self.outbox().iter().filter(|letter| letter.contains(&format!("X-Zhibao-Notice: {kind}\r\n"))).count()
    }

    pub fn wait_for(&self, what: &str, mut holds: impl FnMut(&Office) -> bool) {
        until(what, || holds(self), || self.log());
    }

    pub fn status(&self) -> serde_json::Value {
        let done = self.command(&["status", "--json"]).output().expect("status runs");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        serde_json::from_slice(&done.stdout).expect("status is JSON")
    }

    pub fn end(&mut self) -> Duration {
        let begun = Instant::now();
        self.signal("TERM");
        let status = self.daemon.take().expect("a daemon runs").wait().expect("it ends");
        assert!(status.success(), "{status}\n{}", self.log());
        begun.elapsed()
    }
}

/// Waits until it holds; when it does not in time, says what was waited for, and shows the log.
pub fn until(what: &str, mut holds: impl FnMut() -> bool, log: impl FnOnce() -> String) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(45), "waited for: {what}\n{}", log());
        std::thread::sleep(Duration::from_millis(30));
    }
}

/// The clocks of `clock.c`, made for this machine.
pub fn false_clock(made: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/daemon/clock.c");
    let done = Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(made).arg(source).status().expect("cc is installed");
    assert!(done.success());
    made.to_owned()
}
