//! The start of the daemon with a million messages filed and 100,000 obligations open: until it has looked at the first deadline, which
//! passed a moment before, and has told of it (P9). Medians of five.
//!
//! `cargo bench --bench start`; `ZHIBAO_BENCH_FILED=100000` fills the store less. Ten thousand messages are filed by the steps, and their
//! rows copied under other numbers. The mailbox is empty: what was filed long ago has been moved out of it.

#[path = "daemon.rs"]
mod daemon;
#[path = "network.rs"]
mod network;
#[path = "words.rs"]
mod words;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use daemon::Daemon;
use rusqlite::{Connection, OpenFlags};
use words::{Draw, prose};
use zhibao::clock::{Clock, Stopwatch};
use zhibao::domain::notice::DueBecause;
use zhibao::domain::obligation::Cause;
use zhibao::domain::rules::{Deadline, Instant};
use zhibao::mailbox::MemoryMailbox;
use zhibao::steps::{StepError, World, begin, deliver, enforce, fetch::Reader, file};
use zhibao::store::{CommitPoint, Durability, NewObligation, SearchIndex, Store};
use zhibao::transport::{MemoryTransport, Transport};

const UNITS: usize = 200;
const BASE: usize = 10_000;
const OPEN: usize = 100_000;
const ROUNDS: usize = 5;

fn main() {
    // `cargo test --all-targets` starts benches too, without this word.
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    let filed: usize = std::env::var("ZHIBAO_BENCH_FILED").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let watch = Stopwatch::start();
    let world = base(folder.path(), filed / BASE);
    copy(folder.path(), filed / BASE);
    open_many(&world);
    bring_up_to_date(&world);
    say_that_all_is_searchable(&world, (filed / BASE * BASE) as i64);
    let filed = world.store.read(|books| books.summary()).expect("a summary").messages;
    let size = fs::metadata(folder.path().join("zhibao.db")).map_or(0, |about| about.len()) as f64 / 1e9;
    println!("{filed} messages filed, {OPEN} obligations open, {size:.1} GB, made in {:.0} s", watch.seconds());
    let mut starts: Vec<(f64, f64, u64)> = (0..ROUNDS).map(|round| start(folder.path(), &world, round)).collect();
    starts.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (told, sent, resident_kib) = starts[ROUNDS / 2];
    println!("start to first alert on record: {told:.2} s; sent: {sent:.2} s; resident {:.0} MiB", resident_kib as f64 / 1024.0);
    println!("P9: {told:.2} s; target 2, stretch 0.5");
}

/// Seconds between two messages: a million of them make a year, which ends now.
const APART: i64 = 30;

/// Ten thousand messages, filed and answered.
fn base(folder: &Path, times: usize) -> World {
    let begun = Clock::Wall.now() - TimeDelta::seconds(APART * (times * BASE) as i64);
    let moment = |nth: usize| begun + TimeDelta::seconds(APART * nth as i64);
    for part in ["mail/new", "mail/cur", "mail/tmp"] {
        fs::create_dir_all(folder.join(part)).expect("a folder");
    }
    let store = Store::open(&folder.join("zhibao.db"), Durability::Full).expect("it opens");
    let setup = begin::begin(&store, network::setup(folder, UNITS), moment(0)).expect("it begins");
    let world = World { store, setup: Arc::new(setup) };
    let mut transports: Vec<Box<dyn Transport>> = vec![Box::new(MemoryTransport::new("outbox"))];
    for first in (0..BASE).step_by(1_000) {
        let mailbox = MemoryMailbox::new("submissions");
        (first..first + 1_000).for_each(|nth| mailbox.put(format!("{nth:09}"), moment(nth), message(nth)));
        let now = moment(first + 1_000);
        Reader::new(Box::new(mailbox)).read(&world, now).expect("it is fetched");
        while file::step(&world, now).expect("it is filed") {}
        while deliver::step(&world, &mut transports, now).expect("it is sent") {}
    }
    world
}

fn message(nth: usize) -> String {
    let mut draw = Draw::new(nth as u64 + 1);
    format!(
        "From: <r{}@office.example>\r\nSubject: {} {nth}\r\nMessage-ID: <{nth}@bench>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{}\r\n",
        nth % UNITS,
        prose(&mut draw, 12).replace('\n', ""),
        prose(&mut draw, 150).replace('\n', "\r\n")
    )
}

/// The same rows again, `times` in all, under other numbers and at other moments.
fn copy(folder: &Path, times: usize) {
    let db = Connection::open(folder.join("zhibao.db")).expect("it opens");
    db.pragma_update(None, "synchronous", "OFF").expect("set");
    let most = |table: &str| db.query_row(&format!("SELECT max(id) FROM {table}"), [], |row| row.get::<_, i64>(0)).expect("rows");
    let (letters, answers, later) = (most("letter"), most("answer"), APART * BASE as i64);
    let number = |column: &str| format!("substr({column}, 1, 2) || (2100 + :k) || substr({column}, 7)");
    let statements = [
        format!("INSERT INTO raw (id, sha256, bytes) SELECT id + :k * {BASE}, randomblob(32), bytes FROM raw WHERE id <= {BASE}"),
        format!(
            "INSERT INTO delivery (id, mailbox, key, raw_id, size_bytes, received_at, received_by, seen_at, arrival, disposition, reason, settled)
             SELECT id + :k * {BASE}, mailbox, key || '-' || :k, raw_id + :k * {BASE}, size_bytes, received_at + :k * {later}, received_by,
                    seen_at + :k * {later}, arrival + :k * {later}, disposition, {}, 1 FROM delivery WHERE id <= {BASE}",
            number("reason")
        ),
        format!(
            "INSERT INTO submission (number, delivery_id, unit, sender, kind, title, arrival, sent_at, fields, flags, message_id, fingerprint, simhash)
             SELECT {}, delivery_id + :k * {BASE}, unit, sender, kind, title, arrival + :k * {later}, sent_at, fields, flags,
                    message_id || '-' || :k, randomblob(32), random() FROM submission WHERE delivery_id <= {BASE}",
            number("number")
        ),
        format!(
            "INSERT INTO notice (number, kind, at, event, unit, submission, repeat, content, why, about)
             SELECT {}, kind, at + :k * {later}, event, unit, {}, repeat, content, why, about FROM notice WHERE number < 'N-2100'",
            number("number"),
            number("submission")
        ),
        format!(
            "INSERT INTO letter (id, notice, copy, recipient, message_id, subject, file_name, bytes, state, attempts, queued_at, transport, reply)
             SELECT id + :k * {letters}, {}, copy, recipient, message_id || '-' || :k, subject, file_name, bytes, state, attempts,
                    queued_at + :k * {later}, transport, reply FROM letter WHERE id <= {letters}",
            number("notice")
        ),
        format!(
            "INSERT INTO answer (sender, fingerprint, alike, at)
             SELECT sender, randomblob(32), randomblob(32), at + :k * {later} FROM answer WHERE id <= {answers}"
        ),
    ];
    for k in 1..times as i64 {
        db.execute_batch("BEGIN IMMEDIATE").expect("begun");
        for statement in &statements {
            db.prepare_cached(statement).and_then(|mut insert| insert.execute([k])).unwrap_or_else(|error| panic!("{error}: {statement}"));
        }
        db.execute_batch("COMMIT").expect("committed");
    }
    db.execute("UPDATE delivery SET settled = 1", []).expect("settled");
}

/// Requisitions, each of which every unit owes an answer to, due on the days to come.
fn open_many(world: &World) {
    let now = Clock::Wall.now();
    for first in (0..OPEN / UNITS).step_by(50) {
        let put = |books: &zhibao::store::Books<'_>| {
            for nth in first..first + 50 {
                require(books, world, now + TimeDelta::hours(nth as i64 + 24), UNITS, now)?;
            }
            Ok::<_, StepError>(())
        };
        world.store.write(CommitPoint::Duties, put).expect("written");
    }
}

fn require(books: &zhibao::store::Books<'_>, world: &World, due: Instant, units: usize, now: Instant) -> Result<(), StepError> {
    let number = books.put_requisition(2026, "春耕备耕情况", "", due, "bench", now)?;
    let because = DueBecause {
        deadline: Deadline::Every { seconds: (due - now).num_seconds() },
        severity: None,
        anchored_at: None,
        extended_from: None,
    };
    for nth in 0..units {
        let new = NewObligation {
            cause: Cause::Requisition { number },
            unit: network::unit(nth),
            due,
            because: because.clone(),
            known_at: now,
            independent: true,
        };
        books.put_obligation(new, &world.setup.rules.ladder, now)?;
    }
    Ok(())
}

/// Digests and warnings of the year that was made: a daemon that has been running has told of them.
fn bring_up_to_date(world: &World) {
    let now = Clock::Wall.now();
    let mut transports: Vec<Box<dyn Transport>> = vec![Box::new(MemoryTransport::new("outbox"))];
    Reader::new(Box::new(MemoryMailbox::new("submissions"))).read(world, now).expect("it is read");
    while enforce::step(world, now).expect("a step").worked {}
    while deliver::step(world, &mut transports, now).expect("it is sent") {}
}

/// The index goes on from the last message: what it holds is not looked at here.
fn say_that_all_is_searchable(world: &World, last: i64) {
    let sha256 = world.store.read(|books| books.content_sha256(last)).expect("readable").expect("its content");
    let index = SearchIndex::open(world.store.path()).expect("it opens");
    assert!(index.put(&[], None, Some((last, sha256))).expect("written"));
}

/// Seconds from the start until the alert of one that has just fallen due is on record, and sent; and memory, once it is.
fn start(folder: &Path, world: &World, round: usize) -> (f64, f64, u64) {
    let now = Clock::Wall.now();
    world.store.write(CommitPoint::Duties, |books| require(books, world, now, 1, now - TimeDelta::hours(1))).expect("written");
    let db = Connection::open_with_flags(folder.join("zhibao.db"), OpenFlags::SQLITE_OPEN_READ_ONLY).expect("it opens");
    let sql = "SELECT count(*) FROM letter l JOIN notice n ON n.number = l.notice WHERE l.id > ?1 AND n.kind = 'late' AND l.state LIKE ?2";
    let last: i64 = db.query_row("SELECT max(id) FROM letter", [], |row| row.get(0)).expect("letters");
    let count = |state: &str| db.query_row(sql, (last, state), |row| row.get::<_, i64>(0)).expect("readable");
    // What fell due in this second is looked at in the next.
    std::thread::sleep(Duration::from_millis(1_200));
    let log = fs::File::create(folder.join("log")).expect("a log");
    let watch = Stopwatch::start();
    let mut daemon = Command::new(env!("CARGO_BIN_EXE_zhibao"));
    daemon.arg("run").arg("--config").arg(folder.join("zhibao.toml")).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null());
    let daemon = Daemon(daemon.stderr(log).env("ZHIBAO_LOG", "warn").spawn().expect("it starts"));
    let mut told = None;
    loop {
        std::thread::sleep(Duration::from_millis(5));
        if told.is_none() && count("%") > 0 {
            told = Some(watch.seconds());
        }
        if let Some(told) = told
            && count("accepted") > 0
        {
            let sent = watch.seconds();
            return (told, sent, daemon.status_kib("VmRSS:"));
        }
        let said = || fs::read_to_string(folder.join("log")).unwrap_or_default();
        assert!(watch.seconds() < 120.0, "round {round}: {}", said());
    }
}
