//! An office with its daemon under `strace`, a Maildir with mail of every sort, a relay that keeps every copy, and the oracle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant, SystemTime};

use zhibao::steps::verify::verify;
use zhibao::store::{Durability, Store};

use super::smtp_script::ScriptedRelay;

/// Longer than a life takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// One letter of each: kind of notice, and recipient.
pub type Said = BTreeSet<(String, String)>;

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It had done everything, and ended when it was told to.
    AsAsked,
    /// By SIGKILL.
    Killed,
    /// By itself, with an error.
    Failed,
}

/// What lies there before a life and after it.
pub struct Office {
    folder: tempfile::TempDir,
    relay: ScriptedRelay,
    mails: u64,
}

/// A process that does not outlive its test.
pub struct Running(Child);

impl Deref for Running {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.0
    }
}

impl DerefMut for Running {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            // What strace traces would go on without it.
            let traced = traced(self.0.id());
            let _ = self.0.kill();
            let _ = self.0.wait();
            if let Some(traced) = traced {
                let _ = Command::new("kill").args(["-KILL", &traced]).stderr(Stdio::null()).status();
            }
        }
    }
}

const ROSTER: &str = "[[unit]]\nid = \"donghe\"\nname = \"东河县\"\nplaces = [\"东河\"]\n[[unit.reporter]]\naddress = \"donghe@office.example\"\n\
    [[unit]]\nid = \"xiling\"\nname = \"西岭县\"\nplaces = [\"西岭\"]\n[[unit.reporter]]\naddress = \"xiling@office.example\"\n\
    [[supervisor]]\nname = \"科长\"\naddress = \"chief@office.example\"\nlevel = 1\ndigest = false\n\
    [[supervisor]]\nname = \"副秘书长\"\naddress = \"deputy@office.example\"\nlevel = 2\ndigest = false\n\
    [[supervisor]]\nname = \"秘书长\"\naddress = \"secretary@office.example\"\nlevel = 3\ndigest = false\n";

/// A day ago, as fields write it.
fn yesterday() -> String {
    let at = chrono::DateTime::<chrono::Utc>::from(SystemTime::now() - Duration::from_secs(86_400));
    at.with_timezone(&chrono_tz::Asia::Shanghai).format("%Y-%m-%d %H:%M").to_string()
}

fn mail(nth: u32, from: &str, subject: &str, body: &str) -> String {
    format!(
        "From: {from}\r\nTo: xinxi@office.example\r\nSubject: {subject}\r\nMessage-ID: <{nth}@office.example>\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n第{nth}件。\r\n"
    )
}

impl Office {
    /// With mail that waits: reports, a telling of an event whose report has long been due, a stranger's, one that is no mail, a double.
    pub fn new() -> Office {
        Office::within(tempfile::tempdir().expect("a folder"), "zhibao.db")
    }

    /// The same, with its store elsewhere in the folder.
    pub fn within(folder: tempfile::TempDir, store: &str) -> Office {
        let relay = ScriptedRelay::new();
        for part in ["mail/new", "mail/cur", "mail/tmp"] {
            fs::create_dir_all(folder.path().join(part)).expect("a Maildir");
        }
        let sample = include_str!("../sample/office.toml");
        let head = sample[..sample.find("[[transport]]").expect("a transport")].replace("zhibao.db", store);
        let transport =
            format!("[[transport]]\nname = \"relay\"\nkind = \"smtp\"\nhost = \"localhost\"\nport = {}\ntls = \"none\"\n", relay.port);
        fs::write(folder.path().join("network.toml"), ROSTER).expect("written");
        fs::write(folder.path().join("zhibao.toml"), format!("{head}{transport}")).expect("written");
        let mut office = Office { folder, relay, mails: 0 };
        let told = format!("单位：东河县\r\n发生时间：{}\r\n地点：东河工业园\r\n", yesterday());
        office.deliver(&mail(1, "desk@office.example", "【事件】【重大】东河县化工仓库爆炸", &told));
        office.deliver(&mail(2, "xiling@office.example", "西岭县春耕进展", "有序推进。"));
        office.deliver(&mail(3, "someone@elsewhere.example", "投稿", "你好。"));
        office.deliver(&mail(2, "xiling@office.example", "西岭县春耕进展", "有序推进。"));
        office.deliver("\u{1} no header at all\r\n");
        office
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Has the mailbox read so seldom, where nothing says that there is mail.
    pub fn poll_every(&self, poll: &str) {
        let config = fs::read_to_string(self.path("zhibao.toml")).expect("the configuration");
        let mailbox = "[[mailbox]]\n";
        assert!(config.contains(mailbox));
        fs::write(self.path("zhibao.toml"), config.replace(mailbox, &format!("{mailbox}poll = \"{poll}\"\n"))).expect("written");
    }

    /// As a mail server does.
    pub fn deliver(&mut self, mail: &str) {
        self.mails += 1;
        let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs();
        let file = format!("{seconds}.{}.host", self.mails);
        fs::write(self.path("mail/tmp").join(&file), mail).expect("written");
        fs::rename(self.path("mail/tmp").join(&file), self.path("mail/new").join(&file)).expect("delivered");
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// A life under `strace` with these options.
    pub fn live(&mut self, options: &[String]) -> End {
        let mut command = Command::new("strace");
        command.args(["-f", "-qq"]).args(options).arg("--").arg(env!("CARGO_BIN_EXE_zhibao"));
        self.run(command)
    }

    /// A life that nothing disturbs.
    pub fn live_on(&mut self) -> End {
        self.run(Command::new(env!("CARGO_BIN_EXE_zhibao")))
    }

    /// Starts the daemon.
    pub fn start(&self, mut command: Command) -> Running {
        let log = File::options().create(true).append(true).open(self.path("log")).expect("a log");
        command.arg("run").arg("--config").arg(self.path("zhibao.toml")).current_dir(self.folder.path());
        let program = command.get_program().to_string_lossy().into_owned();
        let started = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
        Running(started.unwrap_or_else(|error| panic!("{program}: {error}; tests/run installs what the tests need")))
    }

    fn run(&self, command: Command) -> End {
        let earlier = self.log().len();
        let mut child = self.start(command);
        let begun = Instant::now();
        let mut asked = false;
        loop {
            if let Some(status) = child.try_wait().expect("a look") {
                return end(status, asked);
            }
            // One that does not run yet would hear no signal, and die of it.
            if !asked && self.log()[earlier..].contains("running") && self.is_done() {
                asked = true;
                self.terminate(child.id());
            }
            if begun.elapsed() > PATIENCE {
                self.terminate(child.id());
                std::thread::sleep(Duration::from_secs(2));
                panic!("it is not done, nor does it end: {}", self.log());
            }
            std::thread::sleep(Duration::from_millis(15));
        }
    }

    /// Asks the daemon to end: the process itself, or the child of `strace`.
    pub fn terminate(&self, id: u32) {
        let whom = traced(id).unwrap_or_else(|| id.to_string());
        let _ = Command::new("kill").args(["-TERM", &whom]).stderr(Stdio::null()).status();
    }

    /// All mail has been moved out of the way, and every letter has been answered for.
    pub fn is_done(&self) -> bool {
        if fs::read_dir(self.path("mail/new")).map_or(0, Iterator::count) > 0 {
            return false;
        }
        let db = rusqlite::Connection::open_with_flags(self.store_path(), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY);
        let count = |sql: &str| db.as_ref().ok()?.query_row(sql, [], |row| row.get::<_, u32>(0)).ok();
        let late = count("SELECT count(*) FROM notice WHERE kind = 'late'");
        let waiting = count("SELECT count(*) FROM letter WHERE state NOT IN ('accepted', 'failed')");
        let unmoved = count("SELECT count(*) FROM delivery WHERE disposition IS NULL");
        (late, waiting, unmoved) == (Some(1), Some(0), Some(0))
    }

    fn store_path(&self) -> PathBuf {
        let config = fs::read_to_string(self.path("zhibao.toml")).expect("the configuration");
        let line = config.split("[store]\npath = \"").nth(1).and_then(|rest| rest.split('"').next()).expect("a path");
        self.path(line)
    }

    fn store(&self) -> Store {
        Store::open(&self.store_path(), Durability::Full).expect("it opens")
    }

    /// Who got which kind of notice.
    pub fn said(&self) -> Said {
        self.relay.taken().iter().map(|taken| (taken.kind(), taken.to.clone())).collect()
    }

    /// Letters that arrived more than once, each counted as often as it did.
    pub fn second_copies(&self) -> usize {
        let taken = self.relay.taken();
        let different: BTreeSet<_> = taken.iter().map(|taken| (identity(&taken.bytes), taken.to.clone())).collect();
        taken.len() - different.len()
    }

    /// What is not as it must be, now that everything is at rest.
    pub fn faults(&self, wanted: &Said) -> Vec<String> {
        let store = self.store();
        let mut faults: Vec<String> = self.said().symmetric_difference(wanted).map(|what| format!("said or not said: {what:?}")).collect();
        let summary = store.read(|books| books.summary()).expect("readable");
        if summary.messages != self.mails || summary.dispositions.values().sum::<u64>() != self.mails {
            faults.push(format!("{} mails: {summary:?}", self.mails));
        }
        let seen = verify(&store, &mut |_, _| {}).expect("it can be verified");
        faults.extend(seen.findings.iter().map(|finding| format!("verify: {finding:?}")));
        let mut copies: BTreeMap<(String, String), Vec<Vec<u8>>> = BTreeMap::new();
        for taken in self.relay.taken() {
            copies.entry((identity(&taken.bytes), taken.to.clone())).or_default().push(taken.bytes);
        }
        for row in store.read(|books| books.letter_rows(true, u32::MAX)).expect("readable") {
            let arrived = copies.remove(&(row.notice.to_string(), row.to.clone())).unwrap_or_default();
            if arrived.is_empty() || arrived.len() > 1 + row.indeterminate as usize || arrived.iter().any(|copy| *copy != arrived[0]) {
                faults.push(format!("{} copies of {row:?}", arrived.len()));
            }
        }
        faults.extend(copies.keys().map(|letter| format!("it arrived, and is not on record: {letter:?}")));
        faults
    }
}

/// The process that `strace` has started.
fn traced(id: u32) -> Option<String> {
    let is_strace = fs::read_to_string(format!("/proc/{id}/comm")).is_ok_and(|name| name.trim() == "strace");
    let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
    children.split_ascii_whitespace().next().filter(|_| is_strace).map(str::to_owned)
}

fn identity(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.split("\r\nX-Zhibao-Number: ").nth(1).and_then(|rest| rest.split("\r\n").next()).expect("a number").to_owned()
}

/// `strace` ends as the process did that it traced.
fn end(status: ExitStatus, asked: bool) -> End {
    use std::os::unix::process::ExitStatusExt;
    match status.signal() {
        Some(9) => End::Killed,
        _ if status.code() == Some(137) => End::Killed,
        _ if asked && status.success() => End::AsAsked,
        _ => End::Failed,
    }
}
