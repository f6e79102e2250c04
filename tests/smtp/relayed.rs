//! A real Postfix, and its own test server.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::TimeDelta;
use zhibao::domain::relay::Security;
use zhibao::transport::smtp::{Limits, SmtpSettings};
use zhibao::transport::{SmtpTransport, Transport};

use crate::desk::Desk;
use crate::postfix::{Postfix, Sink};
use crate::verbs::settings;

fn over(postfix: &Postfix, security: Security) -> Vec<Box<dyn Transport>> {
    let port = if security == Security::Implicit { postfix.tls_port } else { postfix.port };
    let limits = Limits { verb: Duration::from_secs(3), ..Limits::default() };
    let settings = SmtpSettings { ca_file: Some(postfix.certificate()), limits, ..settings(port, security) };
    vec![Box::new(SmtpTransport::new(settings))]
}

/// What was composed, out of what was delivered: below the headers that Postfix put on top.
fn composed(delivered: &str) -> &str {
    let at = delivered.find("\nFrom: ").expect("a From header");
    &delivered[at + 1..]
}

#[test]
fn letters_arrive_byte_for_byte_over_plain_starttls_and_tls() {
    let postfix = Postfix::start();
    for (nth, security) in [Security::Plain, Security::StartTls, Security::Implicit].into_iter().enumerate() {
        let desk = Desk::new();
        for letter in 0..5 {
            desk.queue_answer(&format!("r{letter}@b.example"));
            desk.queue_alert(&format!("a{letter}@b.example"));
        }
        desk.send_all(&mut over(&postfix, security)).expect("nothing stops it");
        let rows = desk.letters();
        for row in &rows {
            assert_eq!(row.state, "accepted", "{security}: {row:?}");
            assert!(row.reply.as_deref().is_some_and(|reply| reply.starts_with("250 2.0.0 Ok: queued as")), "{row:?}");
        }
        let delivered = postfix.wait_for(10 * (nth + 1));
        let delivered: BTreeSet<&str> = delivered.iter().map(|text| composed(text)).collect();
        for row in &rows {
            let bytes = desk.world.store.read(|books| books.letter_bytes(row.notice, row.copy)).expect("readable").expect("bytes");
            let text = String::from_utf8(bytes).expect("ASCII").replace("\r\n", "\n");
            assert!(delivered.contains(text.as_str()), "{security}: {} did not arrive as it was stored", row.to);
        }
    }
    assert_eq!(postfix.delivered().len(), 30, "and each once");
    // The test asks once whether Postfix listens, and closes connections without a farewell at its end.
    for verb in ["MAIL", "RCPT", "DATA"] {
        assert!(!postfix.log().contains(&format!("lost connection after {verb} (")), "{}", postfix.log());
    }
}

#[test]
fn postfix_puts_off_refuses_and_keeps_waiting() {
    let postfix = Postfix::start();
    let mut desk = Desk::new();
    for to in ["later@b.example", "gone@b.example", "slow@b.example", "fine@b.example"] {
        desk.queue_answer(to);
    }
    let mut transports = over(&postfix, Security::Plain);
    let soon = desk.now + TimeDelta::minutes(1);
    desk.pass(soon, &mut transports);
    let later = desk.letter_to("later@b.example");
    assert_eq!(later.state, "pending");
    assert!(later.reply.expect("an answer").contains("450 4.7.1"));
    let gone = desk.letter_to("gone@b.example");
    assert_eq!(gone.state, "failed");
    assert!(gone.reply.expect("an answer").contains("550 5.1.1"));
    let slow = desk.letter_to("slow@b.example");
    assert_eq!((slow.state.as_str(), slow.indeterminate), ("pending", 0));
    assert!(slow.reply.as_deref().is_some_and(|reply| reply.contains("RCPT TO")), "{slow:?}");
    assert_eq!(desk.letter_to("fine@b.example").state, "accepted");
    let delivered = postfix.wait_for(2);
    assert!(delivered.iter().any(|text| text.contains("X-Original-To: ops@office.example")), "the operators hear of the refusal");
}

#[test]
fn postfix_that_is_stopped_and_started_again_gets_every_letter() {
    let postfix = Postfix::start();
    let mut desk = Desk::new();
    let mut transports = over(&postfix, Security::StartTls);
    desk.queue_answer("one@b.example");
    desk.send_all(&mut transports).expect("nothing stops it");
    postfix.control("stop");
    for nth in 0..10 {
        desk.queue_alert(&format!("a{nth}@b.example"));
    }
    desk.send_all(&mut transports).expect("nothing stops it");
    assert!(desk.letters().iter().filter(|letter| letter.state == "pending").count() == 10);
    postfix.control("start");
    let later = desk.now + TimeDelta::minutes(5);
    desk.pass(later, &mut transports);
    assert!(desk.letters().iter().all(|letter| letter.state == "accepted" && letter.indeterminate == 0));
    assert_eq!(postfix.wait_for(11).len(), 11);
}

#[test]
fn postfixs_own_test_server_misbehaves_in_every_way_it_can() {
    let meanings = [
        (&["-r", "rcpt"][..], "pending", 0),
        (&["-r", "."], "pending", 0),
        (&["-f", "rcpt"], "failed", 0),
        (&["-f", "data"], "failed", 0),
        (&["-f", "."], "failed", 0),
        (&["-q", "mail"], "pending", 0),
        (&["-q", "data"], "pending", 0),
        (&["-q", "."], "pending", 1),
        (&[], "accepted", 0),
    ];
    for (options, state, indeterminate) in meanings {
        let sink = Sink::start(options);
        let desk = Desk::new();
        desk.queue_answer("a@b.example");
        let mut transports: Vec<Box<dyn Transport>> = vec![Box::new(SmtpTransport::new(settings(sink.port, Security::Plain)))];
        zhibao::steps::deliver::step(&desk.world, &mut transports, desk.now).expect("a step");
        let letter = desk.letter_to("a@b.example");
        assert_eq!((letter.state.as_str(), letter.indeterminate), (state, indeterminate), "{options:?}: {letter:?}");
    }
}
