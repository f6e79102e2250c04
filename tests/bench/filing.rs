//! Filing a Maildir from nothing, parsed, classified, filed durably, searchable: the daemon as it is, beside `mu index` (P1) and beside a
//! bare loop of two threads, one that parses and one that writes (P2), all in one run.
//!
//! `cargo bench --bench filing`. `ZHIBAO_BENCH_CORPUS` is a folder that holds `maildir`, as bench/gen.py of the design makes it; without it a
//! corpus is made here. `ZHIBAO_BENCH_MAILS=2000` takes fewer. `mu` is in Debian's maildir-utils; without it P1 is not printed.

#[path = "daemon.rs"]
mod daemon;
#[path = "words.rs"]
mod words;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use daemon::Daemon;
use data_encoding::BASE64_MIME;
use rusqlite::{Connection, OpenFlags};
use words::{Draw, prose};
use zhibao::clock::Stopwatch;
use zhibao::domain::search::split;

const OFFICE: &str = include_str!("../sample/office.toml");
const SUPERVISOR: &str = "[[supervisor]]\nname = \"科长\"\naddress = \"chief@office.example\"\nlevel = 1\n";

fn main() {
    // `cargo test --all-targets` starts benches too, without this word.
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    let mails = std::env::var("ZHIBAO_BENCH_MAILS").ok().and_then(|text| text.parse().ok()).unwrap_or(20_000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let maildir = folder.path().join("mail");
    let watch = Stopwatch::start();
    let (count, bytes) = corpus(&maildir, mails);
    println!("corpus: {count} mails, {:.0} MB, in {:.1} s", bytes as f64 / 1e6, watch.seconds());
    let mu = mu(folder.path(), &maildir);
    let bare = bare(folder.path(), &maildir, count);
    let zhibao = zhibao(folder.path(), count);
    let rate = |seconds: f64| count as f64 / seconds;
    if let Some(mu) = mu {
        println!("mu index:        {mu:7.2} s, {:6.0} mails/s", rate(mu));
    }
    println!("bare loop:       {bare:7.2} s, {:6.0} mails/s", rate(bare));
    println!("zhibao filed:    {:7.2} s, {:6.0} mails/s", zhibao.filed, rate(zhibao.filed));
    println!("zhibao searched: {:7.2} s, {:6.0} mails/s (all of it searchable, too)", zhibao.searchable, rate(zhibao.searchable));
    if let Some(mu) = mu {
        println!("P1: {:.2} of mu index; target 0.40, stretch 0.28", zhibao.searchable / mu);
    }
    println!("P2: {:.2} of the bare loop; target 1.5, stretch 1.1", zhibao.searchable / bare);
    let [steady, peak] = [zhibao.steady_kib, zhibao.peak_kib].map(|kib| kib as f64 / 1024.0);
    println!("P7: {steady:.0} MiB resident once all is filed and sent, {peak:.0} MiB at most; targets 60 and 120, stretch 30 and 80");
}

/// Puts the mails into `maildir`; how many, and their bytes.
fn corpus(maildir: &Path, mails: usize) -> (usize, u64) {
    for part in ["new", "cur", "tmp"] {
        fs::create_dir_all(maildir.join(part)).expect("a folder");
    }
    let mut bytes = 0;
    let mut count = 0;
    match std::env::var_os("ZHIBAO_BENCH_CORPUS") {
        Some(made) => {
            for part in ["new", "cur"] {
                for file in fs::read_dir(PathBuf::from(&made).join("maildir").join(part)).expect("a corpus").flatten() {
                    if count < mails {
                        bytes += fs::copy(file.path(), maildir.join(part).join(file.file_name())).expect("copied");
                        count += 1;
                    }
                }
            }
        }
        None => {
            for nth in 0..mails {
                let mail = message(nth);
                bytes += mail.len() as u64;
                let seconds = 1_717_200_000 + nth * 3_100;
                fs::write(maildir.join("new").join(format!("{seconds}.M{nth}.bench")), mail).expect("written");
                count += 1;
            }
        }
    }
    (count, bytes)
}

/// Four in five are text of 1 to 8 KB, one in five has an attachment of 20 to 200 KB.
fn message(nth: usize) -> String {
    let mut draw = Draw::new(nth as u64 + 1);
    let characters = 300 + draw.below(2_300) as usize;
    let (subject, text) = (prose(&mut draw, 14).replace('\n', ""), prose(&mut draw, characters));
    let encoded = |text: &str| BASE64_MIME.encode(text.as_bytes());
    let head = format!(
        "From: <u{:03}@office{}.example>\nTo: <xinxi@office.example>\nSubject: =?utf-8?B?{}?=\nMessage-ID: <{nth}@bench>\nMIME-Version: 1.0\n",
        draw.below(400),
        nth % 37,
        data_encoding::BASE64.encode(subject.as_bytes())
    );
    let part = format!("Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n{}", encoded(&text));
    if draw.below(5) > 0 {
        return head + &part;
    }
    let size = 20_000 + draw.below(180_000);
    let blob: Vec<u8> = b"%PDF-1.6\n".iter().copied().chain((0..size).map(|_| draw.next() as u8)).collect();
    format!(
        "{head}Content-Type: multipart/mixed; boundary=\"=b\"\n\n--=b\n{part}\n--=b\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n\
         Content-Disposition: attachment; filename=\"a{nth}.pdf\"\n\n{}\n--=b--\n",
        BASE64_MIME.encode(&blob)
    )
}

fn mu(folder: &Path, maildir: &Path) -> Option<f64> {
    let home = folder.join("mu");
    let run = |words: &[&std::ffi::OsStr]| {
        let mut mu = Command::new("mu");
        mu.args(words).arg("--muhome").arg(&home).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        mu.status().is_ok_and(|status| status.success())
    };
    if !run(&["init".as_ref(), "--maildir".as_ref(), maildir.as_os_str()]) {
        println!("mu is not here (maildir-utils): P1 cannot be told");
        return None;
    }
    let watch = Stopwatch::start();
    run(&["index".as_ref()]).then(|| watch.seconds())
}

/// Parses on one thread; keeps raw bytes, metadata and words on another, a hundred a commit, durably.
fn bare(folder: &Path, maildir: &Path, count: usize) -> f64 {
    let db = Connection::open(folder.join("bare.db")).expect("it opens");
    db.pragma_update(None, "journal_mode", "WAL").expect("set");
    db.pragma_update(None, "synchronous", "FULL").expect("set");
    db.execute_batch(
        "CREATE TABLE message (id INTEGER PRIMARY KEY, name TEXT, sender TEXT, subject TEXT, at INTEGER, raw BLOB);
         CREATE VIRTUAL TABLE words USING fts5 (subject, body, content = '', tokenize = 'ascii');",
    )
    .expect("made");
    let watch = Stopwatch::start();
    let (send, parsed) = sync_channel(200);
    let files: Vec<PathBuf> =
        ["new", "cur"].iter().flat_map(|part| fs::read_dir(maildir.join(part)).expect("a Maildir").flatten()).map(|f| f.path()).collect();
    let reader = std::thread::spawn(move || {
        for file in files {
            let raw = fs::read(&file).expect("readable");
            let (sender, subject, at, body) = match mail_parser::MessageParser::default().parse(&raw) {
                Some(mail) => (
                    mail.from().and_then(|from| from.first()).and_then(|from| from.address()).unwrap_or_default().to_owned(),
                    mail.subject().unwrap_or_default().to_owned(),
                    mail.date().map_or(0, |date| date.to_timestamp()),
                    mail.body_text(0).unwrap_or_default().into_owned(),
                ),
                None => Default::default(),
            };
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let tokens = (split(&subject), split(&body));
            send.send((name, sender, subject, at, raw, tokens)).expect("the writer is there");
        }
    });
    let mut written = 0;
    while written < count {
        let group: Vec<_> = parsed.iter().take((count - written).min(100)).collect();
        db.execute_batch("BEGIN IMMEDIATE").expect("begun");
        for (name, sender, subject, at, raw, tokens) in &group {
            db.prepare_cached("INSERT INTO message (name, sender, subject, at, raw) VALUES (?1, ?2, ?3, ?4, ?5)")
                .and_then(|mut insert| insert.insert((name, sender, subject, at, raw)))
                .and_then(|id| {
                    db.prepare_cached("INSERT INTO words (rowid, subject, body) VALUES (?1, ?2, ?3)")?.execute((id, &tokens.0, &tokens.1))
                })
                .expect("written");
        }
        db.execute_batch("COMMIT").expect("committed");
        written += group.len();
    }
    let took = watch.seconds();
    reader.join().expect("it ends");
    took
}

struct Filed {
    filed: f64,
    searchable: f64,
    peak_kib: u64,
    steady_kib: u64,
}

/// The daemon on the Maildir, from its start until every message has its disposition, and until search finds them all.
fn zhibao(folder: &Path, count: usize) -> Filed {
    let senders = senders(&folder.join("mail"));
    let unit = |(nth, address): (usize, &String)| {
        format!("[[unit]]\nid = \"u{nth}\"\nname = \"第{nth}号单位\"\n[[unit.reporter]]\nname = \"甲\"\naddress = \"{address}\"\n")
    };
    fs::write(folder.join("network.toml"), senders.iter().enumerate().map(unit).collect::<String>() + SUPERVISOR).expect("written");
    fs::write(folder.join("zhibao.toml"), OFFICE).expect("written");
    let watch = Stopwatch::start();
    let mut daemon = Command::new(env!("CARGO_BIN_EXE_zhibao"));
    daemon.arg("run").arg("--config").arg(folder.join("zhibao.toml")).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null());
    let log = fs::File::create(folder.join("log")).expect("a log");
    let daemon = Daemon(daemon.stderr(log).env("ZHIBAO_LOG", "warn").spawn().expect("it starts"));
    let counted = |file: &str, sql: &str| {
        let db = Connection::open_with_flags(folder.join(file), OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
        db.query_row(sql, [], |row| row.get::<_, i64>(0)).ok()
    };
    let mut filed = None;
    loop {
        std::thread::sleep(Duration::from_millis(100));
        if filed.is_none() && counted("zhibao.db", "SELECT count(*) FROM delivery WHERE disposition IS NOT NULL") >= Some(count as i64) {
            filed = Some(watch.seconds());
        }
        if let Some(filed) = filed
            && counted("zhibao.search", "SELECT count(*) FROM document")
                >= counted("zhibao.db", "SELECT count(DISTINCT raw_id) FROM delivery").map(|all| all.max(1))
        {
            let searchable = watch.seconds();
            while counted("zhibao.db", "SELECT count(*) FROM letter WHERE next_try IS NOT NULL") != Some(0) {
                std::thread::sleep(Duration::from_millis(100));
            }
            std::thread::sleep(Duration::from_secs(3));
            let [peak_kib, steady_kib] = ["VmHWM:", "VmRSS:"].map(|line| daemon.status_kib(line));
            return Filed { filed, searchable, peak_kib, steady_kib };
        }
        assert!(watch.seconds() < 900.0, "{}", fs::read_to_string(folder.join("log")).unwrap_or_default());
    }
}

/// Everybody who writes.
fn senders(maildir: &Path) -> BTreeSet<String> {
    let files = ["new", "cur"].iter().flat_map(|part| fs::read_dir(maildir.join(part)).expect("a Maildir").flatten());
    let mut senders = BTreeSet::new();
    for file in files {
        let raw = fs::read(file.path()).expect("readable");
        let head = String::from_utf8_lossy(raw.get(..20_000).unwrap_or(&raw)).into_owned();
        let from = head.lines().find(|line| line.starts_with("From:")).unwrap_or_default();
        let address = from.rsplit_once('<').and_then(|(_, rest)| rest.split('>').next()).unwrap_or_default();
        senders.extend((!address.is_empty()).then(|| address.to_lowercase()));
    }
    senders
}
