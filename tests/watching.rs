//! How others see that the daemon works: the real daemon's pages, its heartbeat, its canary.

#[path = "watching/alerts.rs"]
mod alerts;
#[path = "watching/canary.rs"]
mod canary;
#[path = "daemon/office.rs"]
mod office;

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::ops::Deref;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use office::{false_clock, until};

/// An office whose daemon serves its pages.
struct Office {
    kept: office::Office,
    port: u16,
}

impl Deref for Office {
    type Target = office::Office;

    fn deref(&self) -> &office::Office {
        &self.kept
    }
}

/// A port that nobody has at the moment.
fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).expect("a port").local_addr().expect("an address").port()
}

impl Office {
    /// `more` goes to the end of the configuration.
    fn new(more: &str) -> Office {
        let port = free_port();
        Office { kept: office::Office::with(&format!("\n[http]\nlisten = \"127.0.0.1:{port}\"\n{more}")), port }
    }

    fn start(&mut self) {
        self.start_with(|_| {});
    }

    fn start_with(&mut self, change: impl FnOnce(&mut Command)) {
        self.kept.start_with(change);
        self.wait_for("it serves its pages", |office| office.log().contains("serving /healthz"));
    }

    fn wait_for(&self, what: &str, mut holds: impl FnMut(&Office) -> bool) {
        until(what, || holds(self), || self.log());
    }

    /// What comes back for these bytes, all of it.
    fn ask(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        stream.write_all(bytes).expect("it takes the request");
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn get(&self, path: &str) -> String {
        self.ask(format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", self.port).as_bytes())
    }

    fn is_healthy(&self) -> bool {
        self.get("/healthz").starts_with("HTTP/1.1 200 ")
    }

    /// The one sample of this name and these labels.
    fn metric(&self, sample: &str) -> Option<f64> {
        let page = self.get("/metrics");
        page.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' ')?.parse().ok())
    }

    /// The letters of one kind that went out.
    fn letters(&self, kind: &str) -> Vec<Vec<u8>> {
        let Ok(files) = fs::read_dir(self.path("outbox")) else { return Vec::new() };
        let files = files.flatten().filter(|file| file.path().extension().is_some_and(|e| e == "eml"));
        let letters = files.map(|file| fs::read(file.path()).unwrap_or_default());
        let header = format!("X-Zhibao-Notice: {kind}\r\n");
        letters.filter(|letter| String::from_utf8_lossy(letter).contains(&header)).collect()
    }

    /// Why a message was disposed of as it was.
    fn reasons(&self) -> Vec<String> {
        let db = rusqlite::Connection::open(self.path("zhibao.db")).expect("the store");
        let mut rows = db.prepare("SELECT disposition || ' ' || reason FROM delivery WHERE disposition IS NOT NULL").expect("a query");
        let reasons = rows.query_map([], |row| row.get(0)).expect("rows").collect::<Result<_, _>>();
        reasons.expect("texts")
    }

    fn end(&mut self) {
        assert!(self.kept.end() < Duration::from_secs(5), "it ends at once, whoever is connected");
    }
}

fn mail(from: &str, subject: &str) -> Vec<u8> {
    format!(
        "From: {from}\r\nTo: xinxi@office.example\r\nSubject: {subject}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{subject}.\r\n"
    )
    .into_bytes()
}

#[test]
fn the_pages_say_how_it_is_and_figures_follow_the_mail() {
    let mut office = Office::new("");
    office.start();
    office.wait_for("all is well", Office::is_healthy);
    assert_eq!(office.metric("zhibao_messages_total"), Some(0.0));
    office.deliver("one", &mail("donghe@office.example", "Spring ploughing"));
    office.deliver("two", &mail("stranger@elsewhere.example", "Hello"));
    office.wait_for("both are counted", |office| office.metric("zhibao_messages_total") == Some(2.0));
    office.wait_for("one is quarantined", |office| office.metric("zhibao_messages_quarantined") == Some(1.0));
    office.wait_for("both have their answer", |office| {
        office.metric("zhibao_notices_total") == Some(2.0) && office.metric("zhibao_letters_pending") == Some(0.0)
    });
    assert_eq!(office.metric("zhibao_submissions_total"), Some(1.0));
    assert_eq!(office.metric("zhibao_messages_unfiled"), Some(0.0));
    assert_eq!(office.metric("zhibao_healthy"), Some(1.0));
    assert_eq!(office.metric("zhibao_mailbox_stalled{mailbox=\"submissions\"}"), Some(0.0));
    assert_eq!(office.metric("zhibao_transport_failing{transport=\"outbox\"}"), Some(0.0));
    for (step, of) in [("read", "submissions"), ("authenticate", ""), ("file", ""), ("enforce", ""), ("deliver", "0")] {
        let sample = format!("zhibao_step_age_seconds{{step=\"{step}\",of=\"{of}\"}}");
        assert!(office.metric(&sample).is_some_and(|age| age < 60.0), "{sample}\n{}", office.get("/metrics"));
    }
    assert!(office.metric("process_resident_memory_bytes").is_some_and(|bytes| bytes > 1e6));
    let page = office.get("/status.json");
    let body = page.split_once("\r\n\r\n").expect("a body").1;
    let (served, printed): (serde_json::Value, _) = (serde_json::from_str(body).expect("JSON"), office.status());
    for key in ["obligations", "quarantined", "outbox", "unfiled", "unacknowledged"] {
        assert_eq!(served[key], printed[key], "{key}");
    }
    assert_eq!(served["mailboxes"][0]["stalled"], false);
    office.end();
}

#[test]
fn nothing_but_pages_is_served_and_nobody_is_waited_for() {
    let mut office = Office::new("");
    office.start();
    let status = |answer: String| answer.split(' ').nth(1).unwrap_or_default().to_owned();
    let host = "Host: localhost\r\n";
    assert_eq!(status(office.get("/")), "404");
    assert_eq!(status(office.get("/../zhibao.key")), "404");
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let answer = office.ask(format!("{method} /healthz HTTP/1.1\r\n{host}\r\n").as_bytes());
        assert!(answer.starts_with("HTTP/1.1 405 ") && answer.contains("\r\nAllow: GET, HEAD\r\n"), "{answer}");
    }
    let head = office.ask(format!("HEAD /metrics HTTP/1.1\r\n{host}\r\n").as_bytes());
    assert!(head.starts_with("HTTP/1.1 200 ") && head.ends_with("\r\n\r\n") && !head.contains("zhibao_"), "{head}");
    let whole = office.ask(format!("GET /metrics HTTP/1.1\r\n{host}\r\n").as_bytes());
    assert!(whole.contains("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"), "{whole}");
    assert_eq!(status(office.ask(b"GET /status.json HTTP/1.1\r\nHost: rebound.example\r\n\r\n")), "421");
    assert_eq!(status(office.ask(b"\x16\x03\x01\x02\x00\x01\r\n\r\n")), "400");
    assert_eq!(status(office.ask(format!("GET /healthz HTTP/1.1\r\n{host}X: {}\r\n\r\n", "a".repeat(9000)).as_bytes())), "431");
    // Those who say nothing keep the others waiting for seconds, not for ever; and mail is filed meanwhile.
    let silent: Vec<TcpStream> = (0..20).map(|_| TcpStream::connect(("127.0.0.1", office.port)).expect("it listens")).collect();
    office.deliver("one", &mail("donghe@office.example", "Spring ploughing"));
    office.wait_for("a receipt", |office| office.letters("receipt").len() == 1);
    let begun = Instant::now();
    assert!(office.is_healthy() || office.get("/healthz").contains("503"));
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    drop(silent);
    let stays = TcpStream::connect(("127.0.0.1", office.port)).expect("it listens");
    office.end();
    drop(stays);
}

#[test]
fn a_mailbox_that_is_not_there_is_named() {
    let mut office = Office::new("");
    fs::remove_dir_all(office.path("mail")).expect("the Maildir goes");
    office.start();
    office.wait_for("it is unhealthy for the mailbox", |office| {
        let page = office.get("/healthz");
        page.starts_with("HTTP/1.1 503 ")
            && page.contains("the mailbox “submissions” was read never")
            && page.contains("\"what\": \"mailbox\"")
    });
    assert_eq!(office.metric("zhibao_mailbox_stalled{mailbox=\"submissions\"}"), Some(1.0));
    assert_eq!(office.metric("zhibao_healthy"), Some(0.0));
    for part in ["new", "cur", "tmp"] {
        fs::create_dir_all(office.path("mail").join(part)).expect("a Maildir");
    }
    office.wait_for("all is well again", Office::is_healthy);
    office.end();
}

#[test]
fn a_port_that_is_taken_is_told_and_mail_goes_on() {
    let mut office = Office::new("");
    let _taken = TcpListener::bind(("127.0.0.1", office.port)).expect("the port is free");
    let log = fs::File::create(office.path("log")).expect("a log");
    office.kept.daemon = Some(office.command(&["run"]).stdout(Stdio::null()).stderr(log).spawn().expect("it starts"));
    office.wait_for("it says so", |office| office.log().contains("nothing is served under [http] listen"));
    office.deliver("one", &mail("donghe@office.example", "Spring ploughing"));
    office.wait_for("a receipt", |office| office.letters("receipt").len() == 1);
    office.end();
}

/// A server that counts who asks for its address, and answers with this status.
struct Watcher {
    port: u16,
    asked: Arc<AtomicUsize>,
    status: Arc<Mutex<&'static str>>,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Watcher {
    fn new() -> Watcher {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (asked, status, heads) = (Arc::<AtomicUsize>::default(), Arc::new(Mutex::new("200 OK")), Arc::<Mutex<Vec<String>>>::default());
        let watcher = Watcher { port, asked: asked.clone(), status: status.clone(), heads: heads.clone() };
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut head = Vec::new();
                let mut part = [0; 1024];
                while !head.ends_with(b"\r\n\r\n") {
                    match stream.read(&mut part) {
                        Ok(length) if length > 0 => head.extend_from_slice(&part[..length]),
                        _ => break,
                    }
                }
                heads.lock().expect("no panic").push(String::from_utf8_lossy(&head).into_owned());
                asked.fetch_add(1, Ordering::SeqCst);
                let status = *status.lock().expect("no panic");
                let _ = stream.write_all(format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").as_bytes());
                let _ = stream.shutdown(Shutdown::Write);
            }
        });
        watcher
    }

    fn count(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn answers(&self, status: &'static str) {
        *self.status.lock().expect("no panic") = status;
    }

    fn section(&self) -> String {
        format!("[heartbeat]\nurl = \"http://127.0.0.1:{}/ping/SECRET-WORD\"\nevery = \"1s\"\n", self.port)
    }
}

#[test]
fn the_heartbeat_goes_on_and_its_failure_is_shown_and_holds_up_nobody() {
    let watcher = Watcher::new();
    let mut office = Office::new(&watcher.section());
    office.start();
    office.wait_for("three pings", |_| watcher.count() >= 3);
    let head = watcher.heads.lock().expect("no panic")[0].clone();
    assert!(head.starts_with("GET /ping/SECRET-WORD HTTP/1.1\r\n"), "{head}");
    office.wait_for("they are counted", |office| {
        office.metric("zhibao_heartbeat_pings_total{result=\"answered\"}").is_some_and(|n| n >= 3.0)
    });
    assert!(office.metric("zhibao_heartbeat_last_answer_timestamp_seconds").is_some_and(|at| at > 1e9));
    assert_eq!(office.status()["heartbeat_failing"], serde_json::Value::Null);
    watcher.answers("404 Not Found");
    office.wait_for("status shows the failure", |office| {
        office.status()["heartbeat_failing"]["error"].as_str().is_some_and(|error| error.contains("404"))
    });
    assert_eq!(office.metric("zhibao_heartbeat_failing"), Some(1.0));
    assert!(office.is_healthy(), "the office itself is well");
    let printed = office.command(&["status", "--lang", "en"]).output().expect("status runs").stdout;
    assert!(String::from_utf8_lossy(&printed).contains("The heartbeat address has not answered since"), "status says it in words");
    office.deliver("one", &mail("donghe@office.example", "Spring ploughing"));
    office.wait_for("a receipt", |office| office.letters("receipt").len() == 1);
    watcher.answers("200 OK");
    office.wait_for("it answers again", |office| office.status()["heartbeat_failing"].is_null());
    office.end();
    let at_the_end = watcher.count();
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!(watcher.count(), at_the_end, "no ping of a daemon that has ended");
    assert!(!office.log().contains("SECRET-WORD"), "the address is a secret\n{}", office.log());
}

/// A writer of another process keeps the store, so that no step gets on; by the daemon's own clock that lasts two minutes.
#[test]
fn a_step_that_hangs_is_named_and_ends_the_heartbeat_until_it_goes_on() {
    let watcher = Watcher::new();
    let mut office = Office::new(&watcher.section());
    let (clock, made) = (office.path("clock"), false_clock(&office.path("clock.so")));
    fs::write(&clock, "+0").expect("the clock");
    office.start_with(|command| {
        command.env("LD_PRELOAD", &made).env("FAKE_MONOTONIC", &clock);
    });
    office.wait_for("all is well", Office::is_healthy);
    office.wait_for("pings come", |_| watcher.count() >= 2);
    let mut db = rusqlite::Connection::open(office.path("zhibao.db")).expect("the store");
    let lock = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).expect("the writer's lock");
    office.deliver("one", &mail("donghe@office.example", "Spring ploughing"));
    // Every reading is noted in the store: within its period of a second, the reader waits for the lock.
    std::thread::sleep(Duration::from_millis(2500));
    fs::write(&clock, "+120").expect("two minutes pass");
    office.wait_for("the reader is named", |office| {
        let page = office.get("/healthz");
        page.starts_with("HTTP/1.1 503 ")
            && page.contains("read submissions has not gone round for 1")
            && page.contains("\"what\": \"step\"")
    });
    std::thread::sleep(Duration::from_millis(1500));
    let silent = watcher.count();
    std::thread::sleep(Duration::from_millis(3500));
    assert_eq!(watcher.count(), silent, "no ping while a step hangs");
    lock.rollback().expect("the lock goes");
    office.wait_for("all is well again", Office::is_healthy);
    office.wait_for("pings come again", |_| watcher.count() > silent);
    office.wait_for("a receipt", |office| office.letters("receipt").len() == 1);
    office.end();
}

#[test]
fn a_canary_comes_back_and_one_that_does_not_is_told_once() {
    let mut office = Office::new("[canary]\ncron = \"0 6 * * *\"\nwithin = \"10s\"\n");
    office.start();
    office.wait_for("the first goes out at once", |office| office.letters("canary").len() == 1);
    assert_eq!(office.status()["canary"]["state"], "out");
    let letter = office.letters("canary").remove(0);
    let text = String::from_utf8_lossy(&letter).into_owned();
    assert!(text.contains("\r\nTo: ") && text.contains("xinxi@office.example"), "to the office itself: {text}");
    // The mail server brings it back, as it brings every mail; and once more.
    office.deliver("canary", &letter);
    office.wait_for("it is back", |office| office.status()["canary"]["state"] == "back");
    office.deliver("again", &letter);
    office.wait_for("both are ignored", |office| office.reasons().len() == 2);
    let reasons = office.reasons();
    let number = office.status()["canary"]["number"].as_str().expect("a number").to_owned();
    assert!(reasons.iter().any(|reason| reason.starts_with(&format!("ignored OwnNotice: canary {number}, back after "))), "{reasons:?}");
    assert!(reasons.iter().any(|reason| *reason == format!("ignored OwnNotice: canary {number}, back before")), "{reasons:?}");
    assert_eq!(office.metric("zhibao_canary_missing"), Some(0.0));
    assert!(office.metric("zhibao_canary_round_trip_seconds").is_some_and(|seconds| seconds < 60.0));
    let due = |office: &Office| {
        let db = rusqlite::Connection::open(office.path("zhibao.db")).expect("the store");
        db.busy_timeout(Duration::from_secs(10)).expect("patience");
        let sql = "UPDATE meta SET value = json_set(value, '$.due', '2026-01-01T00:00:00Z') WHERE key = 'canary'";
        assert_eq!(db.execute(sql, []).expect("written"), 1);
    };
    // A day goes by, as far as the row says; the next one is swallowed.
    due(&office);
    office.wait_for("a second goes out", |office| office.letters("canary").len() == 2);
    office.wait_for("the operators hear", |office| office.letters("intake-stalled").len() == 1);
    assert_eq!(office.status()["canary"]["state"], "missing");
    office.wait_for("figures say so", |office| office.metric("zhibao_canary_missing") == Some(1.0));
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!((office.letters("intake-stalled").len(), office.letters("canary").len()), (1, 2), "told once, and no further one");
    let told = String::from_utf8_lossy(&office.letters("intake-stalled").remove(0)).into_owned();
    assert!(told.contains("ops@office.example"), "{told}");
    office.end();
}
