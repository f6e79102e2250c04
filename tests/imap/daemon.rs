//! The built daemon and an account: mail is answered as it comes, and the end is quick whatever the server does.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::office::{account, write_configuration};
use super::servers::dovecot::{Dovecot, Options, PASSWORD};
use super::servers::proxy::{Plan, Proxy};
use super::servers::scripted::{Quirks, Scripted};
use super::servers::{mail, until};

struct Daemon {
    folder: tempfile::TempDir,
    child: Child,
}

impl Daemon {
    fn start(lines: &str) -> Daemon {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("password"), PASSWORD).expect("a file");
        write_configuration(folder.path(), lines);
        let child = spawn(folder.path());
        Daemon { folder, child }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn letters(&self) -> Vec<String> {
        let Ok(files) = fs::read_dir(self.folder.path().join("outbox")) else { return Vec::new() };
        files.flatten().map(|file| String::from_utf8_lossy(&fs::read(file.path()).unwrap_or_default()).into_owned()).collect()
    }

    fn told(&self, kind: &str) -> usize {
        self.letters().iter().filter(|letter| letter.contains(&format!("X-Zhibao-Notice: {kind}\r\n"))).count()
    }

    fn kill_and_start(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.child = spawn(self.folder.path());
    }

    /// Asks it to end; yields how long that took.
    fn end(&mut self) -> Duration {
        let begun = Instant::now();
        assert!(Command::new("kill").arg(self.child.id().to_string()).status().expect("kill runs").success());
        let status = self.child.wait().expect("it ends");
        assert!(status.success(), "{status}\n{}", self.log());
        begun.elapsed()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("{}", self.log());
        }
    }
}

fn spawn(folder: &Path) -> Child {
    let log = fs::File::options().create(true).append(true).open(folder.join("log")).expect("a log");
    let mut command = Command::new(env!("CARGO_BIN_EXE_zhibao"));
    command.arg("run").arg("--config").arg(folder.join("zhibao.toml")).env("ZHIBAO_LOG", "zhibao=debug");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().expect("the daemon starts")
}

fn secured(dovecot: &Dovecot, rest: &str) -> String {
    account(dovecot.tls_port, "implicit", "north", &format!("ca_file = \"{}\"\n{rest}", dovecot.ca_file().display()))
}

#[test]
fn mail_is_answered_as_it_comes_and_a_crash_answers_nothing_twice() {
    let dovecot = Dovecot::start(Options::default());
    for number in 0..20 {
        dovecot.deliver("north", &format!("{}.a.test", 1_046_649_600 + number), &mail(number, 800));
    }
    let mut daemon = Daemon::start(&secured(&dovecot, "poll = \"10m\""));
    until("the backlog is answered", Duration::from_secs(60), || daemon.told("receipt") == 20);
    let begun = Instant::now();
    dovecot.deliver("north", "1046650000.b.test", &mail(50, 800));
    until("the server says that mail has come", Duration::from_secs(10), || daemon.told("receipt") == 21);
    println!("from delivery to receipt: {:?}", begun.elapsed());
    daemon.kill_and_start();
    dovecot.deliver("north", "1046650001.c.test", &mail(51, 800));
    until("it goes on", Duration::from_secs(60), || daemon.told("receipt") == 22);
    until("filed mail is moved", Duration::from_secs(60), || dovecot.count("north", "Filed") == 22 && dovecot.count("north", "") == 0);
    let took = daemon.end();
    println!("ended in IDLE within {took:?}");
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!(daemon.told("receipt"), 22);
    assert_eq!(daemon.letters().len(), 22, "and nothing else is said");
}

#[test]
fn the_end_does_not_wait_for_a_server_that_stalls() {
    let dovecot = Dovecot::start(Options::default());
    for number in 0..40 {
        dovecot.deliver("north", &format!("{}.a.test", 1_046_649_600 + number), &mail(number, 60_000));
    }
    let plan = Plan { faults: vec![super::servers::proxy::Fault::Stall], within: 1 << 20, unharmed: 0, ..Plan::default() };
    let proxy = Proxy::start(dovecot.tls_port, 5, plan);
    let lines = account(proxy.port, "implicit", "north", &format!("ca_file = \"{}\"", dovecot.ca_file().display()));
    let mut daemon = Daemon::start(&lines);
    until("the stall", Duration::from_secs(60), || proxy.harmed.load(std::sync::atomic::Ordering::SeqCst) > 0);
    std::thread::sleep(Duration::from_millis(200));
    let took = daemon.end();
    println!("ended in a stalled reading within {took:?}");
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn the_operator_hears_once_of_a_refused_login_and_a_reload_tries_again() {
    let server = Scripted::start(Quirks { refuses: Some("[AUTHENTICATIONFAILED] wrong"), ..Quirks::default() });
    server.put(1, mail(1, 700));
    let mut daemon = Daemon::start(&account(server.port, "none", "north", "poll = \"1s\""));
    until("the operator hears of it", Duration::from_secs(60), || daemon.told("intake-stalled") == 1);
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!((daemon.told("intake-stalled"), server.with(|state| state.logins)), (1, 1));
    server.with(|state| state.quirks.refuses = None);
    assert!(Command::new("kill").args(["-HUP", &daemon.child.id().to_string()]).status().expect("kill runs").success());
    until("the mail is answered", Duration::from_secs(60), || daemon.told("receipt") == 1);
    daemon.end();
}
