//! P4: from the moment at which Dovecot has taken a report to the one at which the relay has taken its receipt: seen by IDLE, fetched, on
//! record, read, filed, answered, sent. The daemon as it is, over TLS on both sides. Printed, not judged.
//!
//! `cargo bench --bench receipt`; `ZHIBAO_BENCH_MAILS` (200) changes how many are sent, one after the other.
//!
//! Dovecot itself tells of a change only after a pause in which it waits for more. What a bare client sees that does nothing but IDLE is
//! printed beside it: the mail is on its way between the two for the difference.

#[path = "daemon.rs"]
mod daemon;
#[path = "../servers/mod.rs"]
mod servers;
#[path = "../servers/smtp_script.rs"]
mod smtp_script;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use daemon::Daemon;
use servers::dovecot::{Dovecot, Options, PASSWORD, Post};
use servers::{free_port, until};
use smtp_script::{ScriptedRelay, Tls};

const USER: &str = "office";
const SOON: Duration = Duration::from_secs(30);

/// A line of talk with a server that answers in numbers, and its answer.
struct Talk {
    stream: TcpStream,
    lines: BufReader<TcpStream>,
}

impl Talk {
    fn with(port: u16) -> Talk {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("it answers");
        stream.set_read_timeout(Some(SOON)).expect("a deadline");
        stream.set_nodelay(true).expect("no delay");
        let lines = BufReader::new(stream.try_clone().expect("a second handle"));
        Talk { stream, lines }
    }

    fn say(&mut self, words: &str) {
        self.stream.write_all(words.as_bytes()).expect("written");
    }

    /// The next line for which `wanted` holds; `None`: the server has hung up.
    fn hear(&mut self, wanted: impl Fn(&str) -> bool) -> Option<String> {
        loop {
            let mut line = String::new();
            if self.lines.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if wanted(&line) {
                return Some(line);
            }
        }
    }

    /// A command over LMTP.
    fn ask(&mut self, words: &str, answer: &str) {
        self.say(&format!("{words}\r\n"));
        let line = self.hear(|line| line.as_bytes().get(3) != Some(&b'-')).expect("an answer");
        assert!(line.starts_with(answer), "{words}: {line}");
    }
}

/// Each writes few of them: too many answers to one address in a row would look like a loop, and be withheld.
fn reporter(nth: usize) -> String {
    format!("ann{}@north.example", nth / 4)
}

/// Hands a report to Dovecot; it is in the mailbox when this returns.
fn deliver(lmtp: &mut Talk, nth: usize) {
    let reporter = reporter(nth);
    lmtp.ask(&format!("MAIL FROM:<{reporter}>"), "250");
    lmtp.ask(&format!("RCPT TO:<{USER}@mail.example>"), "250");
    lmtp.ask("DATA", "354");
    let mail = String::from_utf8(servers::mail(nth, 2_000)).expect("text").replace("ann@north.example", &reporter);
    lmtp.ask(&format!("{mail}."), "250");
}

/// A client that does nothing but wait: it says when the server told of a message.
fn bystander(port: u16) -> Receiver<Instant> {
    let (tell, told) = channel();
    let mut talk = Talk::with(port);
    talk.hear(|line| line.starts_with("* OK")).expect("a greeting");
    // Beyond ASCII a password goes as a literal.
    talk.say(&format!("a LOGIN {USER} {{{}+}}\r\n{PASSWORD}\r\nb SELECT INBOX\r\n", PASSWORD.len()));
    talk.hear(|line| line.starts_with("b OK")).expect("the folder");
    talk.say("c IDLE\r\n");
    talk.hear(|line| line.starts_with('+')).expect("idle");
    std::thread::spawn(
        move || {
            while talk.hear(|line| line.trim_end().ends_with(" EXISTS")).is_some() && tell.send(Instant::now()).is_ok() {}
        },
    );
    told
}

fn daemon(folder: &Path, dovecot: &Dovecot, relay: &ScriptedRelay, mails: usize) -> Daemon {
    fs::write(folder.join("password"), PASSWORD).expect("written");
    fs::write(folder.join("relay.pem"), &relay.certificate).expect("written");
    let config = format!(
        "language = \"zh-CN\"\ntimezone = \"Asia/Shanghai\"\nnetwork = \"network.toml\"\n[office]\nname = \"信息科\"\n\
         address = \"office@mail.example\"\ndesk = [\"desk@mail.example\"]\noperators = [\"ops@mail.example\"]\n\
         [store]\npath = \"zhibao.db\"\n\
         [[mailbox]]\nname = \"account\"\nkind = \"imap\"\ntrust = \"mailbox\"\nhost = \"localhost\"\nport = {}\ntls = \"implicit\"\n\
         username = \"{USER}\"\npassword_file = \"password\"\nca_file = \"{}\"\n\
         [[transport]]\nname = \"relay\"\nkind = \"smtp\"\nhost = \"localhost\"\nport = {}\ntls = \"implicit\"\nca_file = \"relay.pem\"\n",
        dovecot.tls_port,
        dovecot.ca_file().display(),
        relay.port
    );
    let reporters: String =
        (0..=mails / 4).map(|nth| format!("[[unit.reporter]]\nname = \"安\"\naddress = \"{}\"\n", reporter(nth * 4))).collect();
    let roster = format!(
        "[[unit]]\nid = \"north\"\nname = \"北县\"\nclass = \"county\"\nplaces = [\"北县\"]\nsince = \"1998-01-01\"\n\
                  {reporters}[[supervisor]]\nname = \"督办人\"\naddress = \"chief@mail.example\"\nlevel = 1\nunits = [\"*\"]\n"
    );
    fs::write(folder.join("zhibao.toml"), config).expect("written");
    fs::write(folder.join("network.toml"), roster).expect("written");
    let log = fs::File::create(folder.join("log")).expect("a log");
    let mut command = Command::new(env!("CARGO_BIN_EXE_zhibao"));
    command.args(["run", "--config", "zhibao.toml"]).current_dir(folder).env("ZHIBAO_LOG", "warn");
    Daemon(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().expect("it starts"))
}

fn receipts(relay: &ScriptedRelay) -> usize {
    relay.taken().iter().filter(|taken| taken.kind() == "receipt").count()
}

fn percentile(times: &mut [f64], share: usize) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len().saturating_sub(1) * share / 100).map_or(f64::NAN, |seconds| seconds * 1000.0)
}

fn main() {
    // `cargo test --all-targets` starts benches too, without this word.
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    let mails: usize = std::env::var("ZHIBAO_BENCH_MAILS").ok().and_then(|text| text.parse().ok()).unwrap_or(200);
    let relay = ScriptedRelay::with_tls(Tls::Implicit, "localhost");
    let post = Post { port: free_port(), relay: relay.port, people: vec![USER], scripts: Vec::new() };
    let lmtp_port = post.port;
    let dovecot = Dovecot::start(Options { post: Some(post), ..Options::default() });
    let mut lmtp = Talk::with(lmtp_port);
    lmtp.hear(|line| line.starts_with("220")).expect("a greeting");
    lmtp.ask("LHLO bench.example", "250");
    let folder = tempfile::tempdir().expect("a folder");
    let _daemon = daemon(folder.path(), &dovecot, &relay, mails);
    // The first is not counted: with it everything has been connected, and the folder for what was read has been made.
    deliver(&mut lmtp, 0);
    until("the first receipt", SOON, || receipts(&relay) == 1);
    std::thread::sleep(Duration::from_secs(2));
    let told = bystander(dovecot.port);
    let (mut waits, mut answers, mut own) = (Vec::new(), Vec::new(), Vec::new());
    for nth in 1..=mails {
        while told.try_recv().is_ok() {}
        let before = relay.taken_count();
        deliver(&mut lmtp, nth);
        let begun = Instant::now();
        while relay.taken_count() == before {
            assert!(begun.elapsed() < SOON, "{}", fs::read_to_string(folder.path().join("log")).unwrap_or_default());
            std::thread::sleep(Duration::from_micros(200));
        }
        answers.push(begun.elapsed().as_secs_f64());
        // Where the message is moved out of the way before the server looks for this client, it is never told.
        if let Ok(seen) = told.recv_timeout(Duration::from_secs(2)) {
            let wait = seen.saturating_duration_since(begun).as_secs_f64();
            own.extend(answers.last().map(|answer| answer - wait));
            waits.push(wait);
        }
        // It is moved out of the way before the next one comes, at a moment that is another each time.
        std::thread::sleep(Duration::from_millis(700 + (nth as u64 * 37) % 300));
    }
    assert_eq!(receipts(&relay), mails + 1, "a receipt each, and nothing else");
    println!("{mails} reports, one after the other, {} of them told to both; milliseconds, median and 99th percentile", waits.len());
    for (what, times) in
        [("delivered → receipt accepted", &mut answers), ("delivered → a bare IDLE is told", &mut waits), ("difference", &mut own)]
    {
        println!("{what:36} {:7.1} {:7.1}", percentile(times, 50), percentile(times, 99));
    }
    println!("P4: {:.0} / {:.0} ms; target 50 / 250, stretch 20 / 100", percentile(&mut answers, 50), percentile(&mut answers, 99));
}
