//! An office with an account and a relay: its configuration, the daemon as a process, and what its commands say.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::mails::{OFFICE, place, reporter};
use super::servers::dovecot::PASSWORD;

/// What is tested. A debug build of the tests may try a release build of the program.
pub fn binary() -> PathBuf {
    std::env::var_os("ZHIBAO_SOAK_BINARY").map_or_else(|| env!("CARGO_BIN_EXE_zhibao").into(), PathBuf::from)
}

/// How the office is set up.
pub struct Setting<'a> {
    pub units: usize,
    /// `[[mailbox]]`, what stands below `kind`.
    pub account: String,
    /// `[[transport]]`, what stands below `name`.
    pub transport: String,
    /// `[[rule]]` and `[ladder]`.
    pub rules: &'a str,
}

/// The daemon and its folder. It ends with the test.
pub struct Office {
    folder: tempfile::TempDir,
    daemon: Option<Child>,
    /// The most memory that any of its lives had resident, in KiB; and any of its helpers.
    pub peak_kib: u64,
    pub helper_peak_kib: u64,
    pub lives: usize,
}

impl Office {
    pub fn new(setting: &Setting<'_>) -> Office {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("password"), PASSWORD).expect("a file");
        let config = format!(
            "language = \"zh-CN\"\ntimezone = \"Asia/Shanghai\"\nnetwork = \"network.toml\"\n[office]\nname = \"信息科\"\naddress = \"{OFFICE}\"\n\
             desk = [\"desk@office.example\"]\noperators = [\"ops@office.example\"]\n[store]\npath = \"zhibao.db\"\n\
             [[mailbox]]\nname = \"account\"\nkind = \"imap\"\ntrust = \"mailbox\"\n{}\n[[transport]]\nname = \"relay\"\n{}\n{}",
            setting.account, setting.transport, setting.rules
        );
        let mut roster = String::new();
        for unit in 0..setting.units {
            let (place, one, other) = (place(unit), reporter(unit, 0), reporter(unit, 1));
            roster.push_str(&format!(
                "[[unit]]\nid = \"u{unit}\"\nname = \"{place}县\"\nclass = \"county\"\nplaces = [\"{place}\"]\nsince = \"1998-01-01\"\n\
                 [[unit.reporter]]\naddress = \"{one}\"\n[[unit.reporter]]\naddress = \"{other}\"\n"
            ));
        }
        for (level, name) in [(1, "chief"), (2, "deputy"), (3, "secretary")] {
            roster.push_str(&format!(
                "[[supervisor]]\nname = \"督办人{level}\"\naddress = \"{name}@office.example\"\nlevel = {level}\nunits = [\"*\"]\n"
            ));
        }
        fs::write(folder.path().join("zhibao.toml"), config).expect("a file");
        fs::write(folder.path().join("network.toml"), roster).expect("a file");
        Office { folder, daemon: None, peak_kib: 0, helper_peak_kib: 0, lives: 0 }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(words).arg("--config").arg(self.path().join("zhibao.toml")).current_dir(self.path()).stdin(Stdio::null());
        command
    }

    /// Starts the daemon.
    pub fn start(&mut self) {
        let log = fs::File::options().create(true).append(true).open(self.path().join("log")).expect("a log");
        self.daemon = Some(self.command(&["run"]).stdout(Stdio::null()).stderr(log).spawn().expect("the daemon starts"));
        self.lives += 1;
    }

    /// Notes how much memory it has. It must be running.
    pub fn look(&mut self) {
        let Some(daemon) = &mut self.daemon else { return };
        if let Some(status) = daemon.try_wait().expect("a look") {
            self.daemon = None;
            panic!("the daemon has ended by itself: {status}");
        }
        let pid = daemon.id();
        self.peak_kib = self.peak_kib.max(kib(pid, "VmHWM:"));
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        let helpers = children.split_ascii_whitespace().filter_map(|child| child.parse().ok()).map(|child| kib(child, "VmHWM:")).max();
        self.helper_peak_kib = self.helper_peak_kib.max(helpers.unwrap_or(0));
    }

    /// Waits until it has nothing to do, and forgets how much memory it took to get there.
    pub fn rest(&mut self) {
        let pid = self.daemon.as_ref().expect("a daemon runs").id();
        let busy = || {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("it runs");
            let after = stat.rsplit(") ").next().unwrap_or_default();
            after.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>()
        };
        let begun = Instant::now();
        let (mut last, mut since) = (busy(), Instant::now());
        while since.elapsed() < Duration::from_millis(1_500) {
            assert!(begun.elapsed() < Duration::from_secs(120), "it does not come to rest");
            std::thread::sleep(Duration::from_millis(100));
            let now = busy();
            // A look at the clock now and then is no work.
            if now > last + 1 {
                since = Instant::now();
            }
            last = now;
        }
        fs::write(format!("/proc/{pid}/clear_refs"), "5").expect("its peak is forgotten");
        self.peak_kib = 0;
    }

    /// What is resident now, in KiB.
    pub fn resident_kib(&self) -> u64 {
        self.daemon.as_ref().map_or(0, |daemon| kib(daemon.id(), "VmRSS:"))
    }

    /// Ends it at once, as a crash would.
    pub fn kill(&mut self) {
        self.look();
        let mut daemon = self.daemon.take().expect("a daemon runs");
        daemon.kill().expect("killed");
        daemon.wait().expect("dead");
    }

    /// Has it read its configuration again, as an operator does who wants it to try again at once.
    pub fn reload(&self) {
        self.signal("-HUP");
    }

    /// Asks it to end, and waits for that.
    pub fn end(&mut self) {
        self.look();
        self.signal("-TERM");
        let status = self.daemon.take().expect("a daemon runs").wait().expect("it ends");
        assert!(status.success(), "{status}");
    }

    fn signal(&self, name: &str) {
        let id = self.daemon.as_ref().expect("a daemon runs").id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().expect("kill runs").success());
    }

    /// What a command says.
    pub fn ask(&self, words: &[&str]) -> Value {
        let done = self.command(words).arg("--json").output().expect("it runs");
        assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
        serde_json::from_slice(&done.stdout).expect("JSON")
    }

    /// The rows of a list, all of them.
    pub fn list(&self, words: &[&str]) -> Vec<Value> {
        let said = self.ask(&[words, &["--limit", "10000000"]].concat());
        said.as_array().expect("a list").clone()
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            eprintln!("The daemon said last:\n{}", lines[lines.len().saturating_sub(40)..].join("\n"));
        }
    }
}

fn kib(pid: u32, what: &str) -> u64 {
    let Ok(status) = fs::read_to_string(format!("/proc/{pid}/status")) else { return 0 };
    let line = status.lines().find_map(|line| line.strip_prefix(what));
    line.and_then(|rest| rest.split_ascii_whitespace().next()?.parse().ok()).unwrap_or(0)
}
