//! A long run with faults: Dovecot → zhibao → Postfix, real ones, the lines between them cut and stalled, everything killed now and
//! then. In the end every message has exactly one disposition, every letter has arrived, and none has a copy that nobody can explain.
//!
//! `ZHIBAO_SOAK=20000 cargo test --release --test soak -- --nocapture` is the long run; `ZHIBAO_SOAK_SEED` makes another one, and
//! `ZHIBAO_SOAK_BINARY` names the program to be tested, if not the one just built.

#[path = "soak/books.rs"]
mod books;
#[path = "soak/chaos.rs"]
mod chaos;
#[path = "soak/large.rs"]
mod large;
#[path = "soak/mails.rs"]
mod mails;
#[path = "soak/office.rs"]
mod office;
#[path = "servers/postfix.rs"]
mod postfix;
#[path = "servers/mod.rs"]
mod servers;

use std::time::{Duration, Instant};

use books::Sent;
use chaos::{Chaos, Everything};
use mails::{Mail, Writer, counted};
use office::{Office, Setting};
use postfix::Postfix;
use servers::dovecot::{Dovecot, Options};
use servers::proxy::{Fault, Plan, Proxy};

/// Resident memory, must not be more: 100 MB.
const RESIDENT_KIB: u64 = 100_000_000 / 1024;

/// How many messages, and how long everything takes.
struct Scale {
    messages: usize,
    seed: u64,
    units: usize,
    /// Mail comes for so long.
    coming: Duration,
    /// Quiet must come within.
    quiet: Duration,
    rules: String,
    /// What the repeats of the last alert take at most.
    ladder: Duration,
    /// Waits as an operator does who does not wait.
    hurried: bool,
}

impl Scale {
    fn asked_for() -> Scale {
        let number =
            |name: &str| std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name}: {text} is no number")));
        let messages = number("ZHIBAO_SOAK").unwrap_or(300) as usize;
        let seed = number("ZHIBAO_SOAK_SEED").unwrap_or(1);
        let hurried = messages < 2_000;
        let (within, rung, seconds) = if hurried { (3, 3, 12) } else { (60, 45, 120) };
        let (omitted, unreported) = (rung, 2 * rung);
        let rules = format!(
            "[[rule]]\nstage = \"first\"\nanchor = \"learned\"\nwithin = \"{within}s\"\n\
             [ladder]\nremind_before = []\nomitted_after = \"{omitted}s\"\nunreported_after = \"{unreported}s\"\nnag = \"{rung}s\"\nnag_max = 1\n"
        );
        Scale {
            messages,
            seed,
            units: (messages / 30).clamp(20, 1_000),
            coming: if hurried { Duration::from_secs(14) } else { Duration::from_millis(25 * messages as u64) },
            quiet: Duration::from_secs(if hurried { 90 } else { 1_800 }),
            rules,
            ladder: Duration::from_secs(seconds),
            hurried,
        }
    }

    fn plan(&self, within: u64, unharmed: u64) -> Plan {
        let stalled_for = Some(if self.hurried { Duration::from_millis(1_200) } else { Duration::from_secs(75) });
        Plan { faults: vec![Fault::Cut, Fault::Cut, Fault::Stall, Fault::Corrupt], within, unharmed, both_ways: true, stalled_for }
    }

    fn everything(&self) -> Everything {
        let (dovecot, postfix) = (Dovecot::start(Options::default()), Postfix::start());
        let mail_line = Proxy::start(dovecot.tls_port, self.seed, self.plan(if self.hurried { 60_000 } else { 3 << 20 }, 25));
        let relay_line = Proxy::start(postfix.tls_port, self.seed + 1, self.plan(if self.hurried { 30_000 } else { 1 << 20 }, 25));
        let account = format!(
            "host = \"localhost\"\nport = {}\ntls = \"implicit\"\nusername = \"office\"\npassword_file = \"password\"\nca_file = \"{}\"\npoll = \"10s\"",
            mail_line.port,
            dovecot.ca_file().display()
        );
        let transport = format!(
            "kind = \"smtp\"\nhost = \"localhost\"\nport = {}\ntls = \"implicit\"\nca_file = \"{}\"",
            relay_line.port,
            postfix.certificate().display()
        );
        let office = Office::new(&Setting { units: self.units, account, transport, rules: &self.rules });
        Everything { office, dovecot, postfix, mail_line, relay_line }
    }
}

/// Says, when the test fails, how it is repeated.
struct Repeated(String);

impl Drop for Repeated {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("repeat it with: {}", self.0);
        }
    }
}

#[test]
fn every_message_has_one_disposition_and_every_letter_arrives_whatever_breaks() {
    let scale = Scale::asked_for();
    let line =
        format!("ZHIBAO_SOAK={} ZHIBAO_SOAK_SEED={} cargo test --test soak every_message -- --nocapture", scale.messages, scale.seed);
    let _repeated = Repeated(line);
    let mut all = scale.everything();
    let mut writer = Writer::new(scale.seed, scale.units);
    let pause = if scale.hurried { (1_000, 2_200) } else { (3_000, 12_000) };
    let freeze = Duration::from_secs(if scale.hurried { 2 } else { 70 });
    let mut chaos = Chaos::new(scale.seed, pause, freeze);
    let begun = Instant::now();
    let mut put: Vec<Mail> = Vec::with_capacity(scale.messages);
    all.office.start();
    while put.len() < scale.messages {
        // A quarter is there at once; the rest comes evenly.
        let share = 0.25 + 0.75 * begun.elapsed().as_secs_f64() / scale.coming.as_secs_f64();
        let wanted = ((scale.messages as f64 * share) as usize).min(scale.messages);
        while put.len() < wanted {
            let mail = writer.next();
            all.dovecot.deliver("office", &format!("{}.M{:06}.test", 1_046_649_600 + put.len(), put.len()), &mail.raw);
            put.push(mail);
        }
        chaos.turn(&mut all);
        all.office.look();
        std::thread::sleep(Duration::from_millis(20));
    }
    let hits = chaos.end(&all);
    println!("{:.0?}: all mail has been delivered; {hits}", begun.elapsed());
    let done = settled(&scale, &mut all);
    let took = done.duration_since(begun);
    all.office.end();
    println!("{} messages: {:?}", put.len(), counted(put.iter().map(|mail| mail.sort)));
    books::messages(&all.office, &all.dovecot, &put);
    let sent = Sent::of(&all.postfix);
    let letters = books::letters(&all.office, &sent);
    books::alerts(&all.office, &sent);
    books::receipts(&all.office, &sent);
    println!("{hits}");
    for (name, line) in [("IMAP", &all.mail_line), ("SMTP", &all.relay_line)] {
        let (connections, harm) = (line.connections.load(std::sync::atomic::Ordering::SeqCst), *line.harm.lock().expect("unbroken"));
        println!("{name}: {connections} connections, {harm:?}");
    }
    println!(
        "seed {}: {:.0?}, {:.1} messages/s, {:.1} letters/s; resident at most {:.1} MB in {} lives, its helper {:.1} MB",
        scale.seed,
        took,
        put.len() as f64 / took.as_secs_f64(),
        letters as f64 / took.as_secs_f64(),
        megabytes(all.office.peak_kib),
        all.office.lives,
        megabytes(all.office.helper_peak_kib)
    );
    hold_to_memory(&all.office, RESIDENT_KIB);
}

/// What is not optimised is several times as large, by itself.
fn hold_to_memory(office: &Office, most_kib: u64) {
    let optimised = !cfg!(debug_assertions) || std::env::var_os("ZHIBAO_SOAK_BINARY").is_some();
    assert!(!optimised || office.peak_kib <= most_kib, "{:.1} MB were resident", megabytes(office.peak_kib));
}

/// In millions of bytes.
fn megabytes(kib: u64) -> f64 {
    kib as f64 * 1024.0 / 1e6
}

/// The desk refuses what bears the address of a unit and cannot be believed: before that, nobody is called late because of it.
fn decide(office: &Office) {
    let waiting = office.list(&["quarantine", "list"]);
    for entry in waiting.iter().filter(|entry| !entry["unit"].is_null()) {
        office.ask(&["quarantine", "reject", entry["number"].as_str().expect("a number"), "--by", "desk@office.example"]);
    }
}

/// Waits until nothing moves any more: all is filed, moved and sent, and no alert is going to be repeated. Yields when the last
/// message and letter were through; the wait for alerts not to come is not counted.
fn settled(scale: &Scale, all: &mut Everything) -> Instant {
    let begun = Instant::now();
    let (mut quiet_since, mut asked) = (None, Instant::now());
    loop {
        all.office.look();
        let status = all.office.ask(&["status"]);
        let through = status["unfiled"] == 0 && status["outbox"]["pending"] == 0 && all.dovecot.count("office", "") == 0;
        // What is owed has come to everybody who hears of it in the end.
        let owed = if through { all.office.list(&["obligation", "list"]) } else { Vec::new() };
        let quiet = through && owed.iter().all(|each| each["rung"] == "unreported");
        if through && !quiet {
            decide(&all.office);
        }
        if quiet {
            let since = *quiet_since.get_or_insert_with(Instant::now);
            if since.elapsed() > scale.ladder {
                assert_eq!(status["outbox"]["failed"], 0, "{status}");
                return since;
            }
        } else {
            quiet_since = None;
        }
        let unread = all.dovecot.count("office", "");
        assert!(begun.elapsed() < scale.quiet, "not quiet after {:.0?}: {status}, {unread} unread, owed: {owed:?}", begun.elapsed());
        // What was given up after several attempts without an answer is tried again, as an operator would.
        let every = Duration::from_secs(if scale.hurried { 2 } else { 60 });
        if asked.elapsed() > every && (scale.hurried || status["outbox"]["failed"] != 0) {
            asked = Instant::now();
            all.office.ask(&["outbox", "retry"]);
            if scale.hurried && status["mailboxes"][0]["stalled"] == true {
                all.office.reload();
            }
        }
        std::thread::sleep(Duration::from_millis(if scale.hurried { 300 } else { 2_000 }));
    }
}
