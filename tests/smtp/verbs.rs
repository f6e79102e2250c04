//! One letter and a scripted relay: every verb, every way in which it can go wrong.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use zhibao::domain::relay::{ProofKind, Security};
use zhibao::domain::roster::Address;
use zhibao::domain::secret::Secret;
use zhibao::transport::smtp::{Limits, Login, SmtpSettings};
use zhibao::transport::{Accepted, LONGEST, Letter, SendError, SmtpTransport, Transport};

use crate::smtp_script::{Act, ScriptedRelay, Tls, Verb};

/// Short enough for tests, long enough for a busy machine.
const SHORT: Duration = Duration::from_millis(900);

const LETTER: &[u8] = b"From: office@a.example\r\nMessage-ID: <1@a.example>\r\n\r\n.\r\n..two dots\r\n.one\r\nlast\r\n";

pub fn settings(port: u16, security: Security) -> SmtpSettings {
    SmtpSettings {
        name: "relay".into(),
        host: "localhost".into(),
        port,
        security,
        ca_file: None,
        hello: "office.a.example".into(),
        login: None,
        instead_of_null: None,
        bounces_to: None,
        limits: Limits { connect: SHORT, greet: SHORT, verb: SHORT, content: SHORT, dot: SHORT },
    }
}

fn to(relay: &ScriptedRelay) -> SmtpTransport {
    SmtpTransport::new(settings(relay.port, Security::Plain))
}

fn send(transport: &mut SmtpTransport, bytes: &[u8]) -> (Result<Accepted, SendError>, bool) {
    send_within(transport, bytes, LONGEST)
}

/// What came of it, and whether the mark before the final dot was made.
fn send_within(transport: &mut SmtpTransport, bytes: &[u8], within: Duration) -> (Result<Accepted, SendError>, bool) {
    let to = Address::parse("yuxian@b.example").expect("an address");
    let mut marked = false;
    let letter = Letter { file_name: "a", bytes, to: &to, envelope_from: None, within };
    let sent = transport.send(&letter, &mut || {
        marked = true;
        Ok(())
    });
    (sent, marked)
}

/// How an error is to be taken.
fn word(sent: &Result<Accepted, SendError>) -> &'static str {
    match sent {
        Ok(_) => "accepted",
        Err(SendError::Temporary { .. }) => "temporary",
        Err(SendError::Permanent { .. }) => "permanent",
        Err(SendError::Down { .. }) => "down",
        Err(SendError::Indeterminate { .. }) => "indeterminate",
    }
}

#[test]
fn the_stored_bytes_arrive_as_they_are_and_the_answer_is_kept() {
    let relay = ScriptedRelay::new();
    let mut transport = to(&relay);
    let (sent, marked) = send(&mut transport, LETTER);
    assert_eq!(sent, Ok(Accepted { reply: "250 2.0.0 taken as 1A2B".into() }));
    assert!(marked);
    let taken = &relay.taken()[0];
    assert_eq!(String::from_utf8_lossy(&taken.bytes), String::from_utf8_lossy(LETTER));
    assert_eq!((taken.from.as_str(), taken.to.as_str()), ("", "yuxian@b.example"));
    assert_eq!(relay.said()[0], "EHLO office.a.example");
    // Without a line end at its end, a letter gets one: SMTP has no other way.
    send(&mut transport, b"A: b\r\n\r\ntext").0.expect("sent");
    assert_eq!(relay.taken()[1].bytes, b"A: b\r\n\r\ntext\r\n");
}

#[test]
fn every_answer_at_every_verb_means_what_it_says() {
    let cases = [
        (Verb::Banner, "421 too many", "down"),
        (Verb::Banner, "554 no service", "down"),
        (Verb::Banner, "nonsense", "down"),
        (Verb::Ehlo, "421 closing", "down"),
        (Verb::Ehlo, "502 no such thing", "down"),
        (Verb::Mail, "421 closing", "down"),
        (Verb::Mail, "451 later", "temporary"),
        (Verb::Mail, "550 not from you", "permanent"),
        (Verb::Mail, "530 log in first", "down"),
        (Verb::Mail, "354 what", "down"),
        (Verb::Rcpt, "421 closing", "temporary"),
        (Verb::Rcpt, "450 greylisted", "temporary"),
        (Verb::Rcpt, "550 5.1.1 no such user", "permanent"),
        (Verb::Rcpt, "699 beyond all", "down"),
        (Verb::Data, "421 closing", "temporary"),
        (Verb::Data, "451 later", "temporary"),
        (Verb::Data, "554 no", "permanent"),
        (Verb::Data, "250 taken already", "down"),
        (Verb::Dot, "421 closing", "temporary"),
        (Verb::Dot, "452 disk full", "temporary"),
        (Verb::Dot, "554 spam", "permanent"),
        (Verb::Dot, "354 more", "indeterminate"),
        (Verb::Dot, "nonsense", "indeterminate"),
        (Verb::Dot, "199 hm", "indeterminate"),
    ];
    for (verb, answer, meaning) in cases {
        let relay = ScriptedRelay::new();
        let mut transport = to(&relay);
        relay.on(verb, Act::Say(answer));
        let (sent, marked) = send(&mut transport, LETTER);
        assert_eq!(word(&sent), meaning, "{verb:?} {answer}: {sent:?}");
        assert_eq!(marked, verb == Verb::Dot, "{verb:?} {answer}: the mark");
        if meaning == "permanent" || meaning == "temporary" {
            assert!(sent.as_ref().expect_err("refused").to_string().contains(answer), "{sent:?}");
        }
        assert!(relay.taken().is_empty());
        relay.as_usual();
        let connections = relay.connections();
        assert_eq!(word(&send(&mut transport, LETTER).0), "accepted", "after {verb:?} {answer}");
        assert_eq!(relay.connections(), connections + 1, "{verb:?} {answer}: a connection on which something went wrong is not used again");
    }
}

#[test]
fn a_stall_or_a_cut_before_the_dot_is_not_sent_and_after_it_nobody_knows() {
    for act in [Act::Stall, Act::Cut] {
        for verb in [Verb::Banner, Verb::Ehlo, Verb::Mail, Verb::Rcpt, Verb::Data, Verb::Dot] {
            let relay = ScriptedRelay::new();
            let mut transport = to(&relay);
            relay.times(1, verb, act.clone());
            let begun = Instant::now();
            let (sent, marked) = send(&mut transport, LETTER);
            let meaning = if verb == Verb::Dot { "indeterminate" } else { "down" };
            assert_eq!(word(&sent), meaning, "{act:?} at {verb:?}: {sent:?}");
            assert_eq!(marked, verb == Verb::Dot);
            assert!(begun.elapsed() < 4 * SHORT, "{act:?} at {verb:?} took {:?}", begun.elapsed());
            assert_eq!(word(&send(&mut transport, LETTER).0), "accepted", "the next letter gets its own answer");
            assert_eq!(relay.taken().len(), 1);
        }
    }
}

#[test]
fn a_cut_in_the_middle_of_a_large_content_is_certainly_not_sent() {
    let relay = ScriptedRelay::new();
    let mut large = b"A: b\r\n\r\n".to_vec();
    for _ in 0..400_000 {
        large.extend_from_slice(b"a line of some length, as lines are in a letter\r\n");
    }
    relay.times(1, Verb::Data, Act::CutAfterBytes(1000));
    let mut transport = to(&relay);
    let (sent, marked) = send(&mut transport, &large);
    assert_eq!((word(&sent), marked), ("temporary", true), "the next letter may fare better: {sent:?}");
    assert_eq!(word(&send(&mut transport, &large).0), "accepted");
    assert_eq!(relay.taken()[0].bytes.len(), large.len());
}

#[test]
fn an_answer_that_comes_too_late_is_not_taken_for_that_of_the_next_letter() {
    let relay = ScriptedRelay::new();
    let mut transport = to(&relay);
    relay.times(1, Verb::Dot, Act::After(SHORT * 3));
    assert_eq!(word(&send(&mut transport, LETTER).0), "indeterminate");
    relay.on(Verb::Rcpt, Act::Say("550 no such user"));
    assert_eq!(word(&send(&mut transport, LETTER).0), "permanent", "its own answer, not the late 250");
}

#[test]
fn letters_share_a_connection_that_ended_cleanly() {
    let relay = ScriptedRelay::new();
    let mut transport = to(&relay);
    for _ in 0..5 {
        send(&mut transport, LETTER).0.expect("sent");
    }
    assert_eq!((relay.connections(), relay.farewells()), (1, 0));
    let moment = |seconds| chrono::DateTime::from_timestamp(seconds, 0).expect("a moment");
    transport.idle(moment(0));
    transport.idle(moment(29));
    assert_eq!(relay.farewells(), 0);
    transport.idle(moment(30));
    assert_eq!(relay.farewells(), 1);
    send(&mut transport, LETTER).0.expect("sent");
    assert_eq!(relay.connections(), 2);
}

#[test]
fn a_connection_that_the_relay_closed_meanwhile_costs_nothing() {
    for answer in [Act::Cut, Act::Say("421 idle for too long")] {
        let relay = ScriptedRelay::new();
        let mut transport = to(&relay);
        send(&mut transport, LETTER).0.expect("sent");
        relay.times(1, Verb::Mail, answer);
        send(&mut transport, LETTER).0.expect("sent over a new connection");
        assert_eq!((relay.connections(), relay.taken().len()), (2, 2));
    }
}

#[test]
fn the_whole_of_a_sending_has_a_deadline() {
    let relay = ScriptedRelay::new();
    let mut transport = to(&relay);
    for verb in [Verb::Banner, Verb::Ehlo, Verb::Mail, Verb::Rcpt] {
        relay.on(verb, Act::After(Duration::from_millis(300)));
    }
    let begun = Instant::now();
    let (sent, marked) = send_within(&mut transport, LETTER, Duration::from_millis(500));
    assert_eq!((word(&sent), marked), ("temporary", false), "the letter has less time than the relay may take");
    assert!(begun.elapsed() < Duration::from_millis(900));
    // A slow relay that keeps within every deadline is no fault.
    assert_eq!(word(&send(&mut transport, LETTER).0), "accepted");
}

#[test]
fn a_letter_that_is_held_back_at_the_last_moment_is_not_sent() {
    let relay = ScriptedRelay::new();
    let mut transport = to(&relay);
    let to = Address::parse("yuxian@b.example").expect("an address");
    let letter = Letter { file_name: "a", bytes: LETTER, to: &to, envelope_from: Some(&to), within: LONGEST };
    let held = SendError::Temporary { why: "held".into() };
    assert_eq!(transport.send(&letter, &mut || Err(held.clone())), Err(held.clone()));
    std::thread::sleep(Duration::from_millis(100));
    assert!(relay.taken().is_empty());
    transport.send(&letter, &mut || Ok(())).expect("sent");
    assert_eq!(relay.taken()[0].from, "yuxian@b.example");
}

#[test]
fn bytes_that_some_relay_could_read_otherwise_are_never_sent() {
    let relay = ScriptedRelay::new();
    let mut transport = to(&relay);
    for bytes in [&b"A: b\n\r\ntext\r\n"[..], b"A: b\r\n\r\na\n.\r\nMAIL FROM:<x@y.example>\r\n", b"A: b\r\n\r\na\r.\r\n"] {
        let (sent, _) = send(&mut transport, bytes);
        assert_eq!(word(&sent), "permanent", "{sent:?}");
    }
    assert_eq!(relay.connections(), 0);
}

#[test]
fn a_relay_that_is_not_there_says_what_to_look_at() {
    let relay = ScriptedRelay::new();
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port").local_addr().expect("an address").port();
    let mut transport = SmtpTransport::new(settings(free, Security::Plain));
    let (sent, _) = send(&mut transport, LETTER);
    let error = sent.expect_err("nobody there").to_string();
    assert!(error.contains("Does the relay run") && error.contains(&free.to_string()), "{error}");
    relay.down(true);
    assert_eq!(word(&send(&mut to(&relay), LETTER).0), "down");
}

fn trusting(relay: &ScriptedRelay, security: Security) -> (SmtpTransport, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let path: PathBuf = folder.path().join("ca.pem");
    std::fs::write(&path, &relay.certificate).expect("written");
    (SmtpTransport::new(SmtpSettings { ca_file: Some(path), ..settings(relay.port, security) }), folder)
}

#[test]
fn tls_is_demanded_and_its_certificate_checked() {
    for (tls, security) in [(Tls::Implicit, Security::Implicit), (Tls::Later, Security::StartTls)] {
        let relay = ScriptedRelay::with_tls(tls, "localhost");
        let (mut transport, _folder) = trusting(&relay, security);
        let (sent, _) = send(&mut transport, LETTER);
        assert_eq!(word(&sent), "accepted", "{tls:?}: {sent:?}");
        assert_eq!(relay.taken()[0].bytes, LETTER);
        let (sent, _) = send(&mut SmtpTransport::new(settings(relay.port, security)), LETTER);
        let error = sent.expect_err("an unknown issuer").to_string();
        assert!(error.contains("ca_file"), "{tls:?}: {error}");
        let other = ScriptedRelay::with_tls(tls, "elsewhere.example");
        let (mut transport, _folder) = trusting(&other, security);
        let error = send(&mut transport, LETTER).0.expect_err("another name").to_string();
        assert!(error.contains("another name"), "{tls:?}: {error}");
        assert!(other.taken().is_empty());
    }
}

#[test]
fn without_starttls_nothing_is_sent_at_all() {
    let plain = ScriptedRelay::new();
    let mut transport = SmtpTransport::new(settings(plain.port, Security::StartTls));
    let error = send(&mut transport, LETTER).0.expect_err("no STARTTLS").to_string();
    assert!(error.contains("no STARTTLS"), "{error}");
    let refusing = ScriptedRelay::with_tls(Tls::Later, "localhost");
    refusing.on(Verb::StartTls, Act::Say("454 not now"));
    let (mut transport, _folder) = trusting(&refusing, Security::StartTls);
    assert_eq!(word(&send(&mut transport, LETTER).0), "down");
    assert!(plain.said().iter().chain(&refusing.said()).all(|line| !line.starts_with("MAIL")), "not a word of a letter in the clear");
}

fn logging_in(relay: &ScriptedRelay, proof: ProofKind, secret: Result<&'static str, &'static str>) -> SmtpTransport {
    let secret = Box::new(move || secret.map(Secret::new).map_err(str::to_owned));
    let login = Some(Login { username: "office".into(), proof, secret });
    SmtpTransport::new(SmtpSettings { login, ..settings(relay.port, Security::Plain) })
}

#[test]
fn who_we_are_is_proved_before_anything_is_sent() {
    let relay = ScriptedRelay::new();
    send(&mut logging_in(&relay, ProofKind::Password, Ok("sesame")), LETTER).0.expect("sent");
    send(&mut logging_in(&relay, ProofKind::Token, Ok("ya29")), LETTER).0.expect("sent");
    let said = relay.said();
    let proofs: Vec<&str> = said.iter().filter(|line| line.starts_with("AUTH")).map(String::as_str).collect();
    let plain = data_encoding::BASE64.encode(b"\0office\0sesame");
    let token = data_encoding::BASE64.encode(b"user=office\x01auth=Bearer ya29\x01\x01");
    assert_eq!(proofs, [format!("AUTH PLAIN {plain}"), format!("AUTH XOAUTH2 {token}")]);
    relay.on(Verb::Auth, Act::Say("535 5.7.8 wrong"));
    let error = send(&mut logging_in(&relay, ProofKind::Password, Ok("sesame")), LETTER).0.expect_err("wrong");
    assert!(matches!(error, SendError::Down { .. }), "the relay's fault or ours, not the letter's: {error}");
    assert!(error.to_string().contains("password_file") && !error.to_string().contains("sesame"), "{error}");
    let error = send(&mut logging_in(&relay, ProofKind::Password, Err("no password is given")), LETTER).0.expect_err("none");
    assert!(matches!(error, SendError::Down { .. }) && error.to_string().contains("no password is given"));
}

#[test]
fn a_relay_that_refuses_the_null_sender_gets_another() {
    let relay = ScriptedRelay::new();
    let instead = Address::parse("office@a.example");
    let mut transport = SmtpTransport::new(SmtpSettings { instead_of_null: instead, ..settings(relay.port, Security::Plain) });
    send(&mut transport, LETTER).0.expect("sent");
    assert_eq!(relay.taken()[0].from, "office@a.example");
}
