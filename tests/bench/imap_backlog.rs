//! P3: a backlog in Dovecot, fetched and filed by zhibao beside `mbsync`, which only fetches. In turns within one run; medians.
//!
//!     cargo bench --bench imap_backlog
//!
//! `ZHIBAO_BENCH_MAILS` (20,000) and `ZHIBAO_BENCH_ROUNDS` (3) change its size.

#[path = "../imap/office.rs"]
mod office;
#[path = "../servers/mod.rs"]
mod servers;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use zhibao::clock::Clock;
use zhibao::steps::file;

use office::Office;
use servers::Dice;
use servers::dovecot::{Dovecot, Options};

const USER: &str = "bench";

fn number(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Four in five are text of 1–8 KB, the fifth has an attachment of 20–200 KB.
fn mail(number: usize, dice: &mut Dice) -> Vec<u8> {
    let size = 1_000 + dice.roll(7_000) as usize;
    let text = servers::mail(number, size);
    if !dice.roll(5).is_multiple_of(5) {
        return text;
    }
    let text = String::from_utf8(text).expect("text");
    let (head, body) = text.split_once("\r\n\r\n").expect("a body");
    let head = head
        .replace("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit", "Content-Type: multipart/mixed; boundary=b");
    let bytes: Vec<u8> = (0..20_000 + dice.roll(180_000)).map(|_| dice.roll(256) as u8).collect();
    let encoded = data_encoding::BASE64.encode(&bytes);
    let lines: Vec<&str> = encoded.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
    format!(
        "{head}\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}\r\n--b\r\nContent-Type: application/octet-stream; name=report.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n--b--\r\n",
        lines.join("\r\n")
    )
    .into_bytes()
}

fn by_mbsync(dovecot: &Dovecot, mails: usize) -> Duration {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().display();
    let text = format!(
        "IMAPStore far\nHost localhost\nPort {}\nUser {USER}\nPass {USER}\nSSLType None\nAuthMechs LOGIN\n\n\
         MaildirStore near\nPath {path}/\nInbox {path}/inbox\n\nChannel all\nFar :far:\nNear :near:\nSync PullNew\nCreate Near\nSyncState *\n",
        dovecot.port
    );
    fs::write(folder.path().join("mbsyncrc"), text).expect("a file");
    let begun = Instant::now();
    let output = Command::new("mbsync")
        .arg("-c")
        .arg(folder.path().join("mbsyncrc"))
        .arg("all")
        .output()
        .expect("mbsync is installed (Debian: isync)");
    let took = begun.elapsed();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(files(&folder.path().join("inbox/new")) + files(&folder.path().join("inbox/cur")), mails);
    took
}

fn files(folder: &Path) -> usize {
    fs::read_dir(folder).map_or(0, |files| files.count())
}

/// Fetching and filing go on side by side, as in the daemon. Yields when the last message was on record, and when it was filed.
fn by_zhibao(dovecot: &Dovecot, mails: usize) -> [Duration; 2] {
    let lines = format!(
        "host = \"localhost\"\nport = {}\ntls = \"none\"\nusername = \"{USER}\"\npassword_file = \"password\"\ntrust = \"mailbox\"\nprocessed = \"\"\nquarantine = \"\"\nidle = false",
        dovecot.port
    );
    let mut office = Office::durable(&lines, Default::default());
    fs::write(office.folder().join("password"), USER).expect("a file");
    let world = office.world.clone();
    let fetched = AtomicBool::new(false);
    let begun = Instant::now();
    let (mut on_record, mut filed) = (Duration::ZERO, Duration::ZERO);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            loop {
                let last = fetched.load(Ordering::SeqCst);
                if !file::step(&world, Clock::Wall.now()).expect("filed") {
                    if last {
                        break;
                    }
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
            filed = begun.elapsed();
        });
        assert_eq!(office.read(), None);
        on_record = begun.elapsed();
        fetched.store(true, Ordering::SeqCst);
    });
    let summary = world.store.read(|books| books.summary()).expect("a summary");
    assert_eq!(summary.messages, mails as u64);
    assert_eq!(summary.dispositions.values().sum::<u64>(), mails as u64, "all filed");
    [on_record, filed]
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64()
}

fn main() {
    // `cargo test --all-targets` starts benches too, without this word.
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    let (mails, rounds) = (number("ZHIBAO_BENCH_MAILS", 20_000), number("ZHIBAO_BENCH_ROUNDS", 3));
    let dovecot = Dovecot::start(Options::default());
    let mut dice = Dice::new(2003);
    let mut bytes = 0;
    for each in 0..mails {
        let raw = mail(each, &mut dice);
        bytes += raw.len();
        dovecot.deliver(USER, &format!("{}.M{each:06}.bench", 1_046_649_600 + each), &raw);
    }
    println!("{mails} messages, {:.1} MB", bytes as f64 / 1e6);
    // The server makes its index on the first visit: that is nobody's time.
    by_mbsync(&dovecot, mails);
    let (mut peer, mut on_record, mut filed) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        peer.push(by_mbsync(&dovecot, mails));
        let [fetched, all] = by_zhibao(&dovecot, mails);
        on_record.push(fetched);
        filed.push(all);
    }
    let [peer, on_record, filed] = [peer, on_record, filed].map(median);
    println!("mbsync, fetched            {peer:8.2} s  {:6.0} msg/s", mails as f64 / peer);
    println!("zhibao, on record          {on_record:8.2} s  {:6.0} msg/s  ratio {:.2}", mails as f64 / on_record, on_record / peer);
    println!("zhibao, on record and filed{filed:8.2} s  {:6.0} msg/s  ratio {:.2} (target 1.3)", mails as f64 / filed, filed / peer);
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    println!("peak memory of the whole bench, its corpus included: {}", peak.trim_start_matches("VmHWM:").trim());
}
