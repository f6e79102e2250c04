//! Relays that are down for days, slow, or refuse: who serves meanwhile, who hears of it, and that nothing is given up in silence.

use std::sync::Arc;

use chrono::TimeDelta;
use zhibao::domain::notice::NoticeKind;
use zhibao::domain::relay::Security;
use zhibao::domain::roster::Address;
use zhibao::store::CommitPoint;
use zhibao::transport::{SmtpTransport, Transport};

use crate::desk::{Desk, morning};
use crate::smtp_script::{Act, ScriptedRelay, Verb};
use crate::verbs::settings;

fn over(relays: &[&ScriptedRelay]) -> Vec<Box<dyn Transport>> {
    let open = |(nth, relay): (usize, &&ScriptedRelay)| {
        let mut settings = settings(relay.port, Security::Plain);
        settings.name = ["relay", "backup"][nth].into();
        Box::new(SmtpTransport::new(settings)) as Box<dyn Transport>
    };
    relays.iter().enumerate().map(open).collect()
}

#[test]
fn five_days_without_the_first_relay_cost_nobody_a_letter() {
    let (first, second) = (ScriptedRelay::new(), ScriptedRelay::new());
    first.down(true);
    let mut desk = Desk::new();
    let mut transports = over(&[&first, &second]);
    for hour in 0..5 * 24 {
        desk.queue_alert(&format!("a{hour}@b.example"));
        desk.queue_answer(&format!("r{hour}@b.example"));
        desk.pass(morning() + TimeDelta::hours(hour + 1), &mut transports);
    }
    let undelivered: Vec<_> = desk.letters().into_iter().filter(|letter| letter.state != "accepted").collect();
    assert!(undelivered.is_empty(), "{undelivered:?}");
    assert_eq!(second.taken().len(), 5 * 24 * 2 + 1, "each once, and the operators' notice");
    assert!(first.taken().is_empty());
    let told = desk.of_kind(NoticeKind::Undeliverable);
    assert_eq!(told.len(), 1, "the operators hear of the outage once: {told:?}");
    let after = told[0].queued_at - morning();
    assert!(after <= TimeDelta::minutes(30), "early: {after}");
    assert!(first.connections() < 5 * 24 * 13, "it is asked every few minutes, not for every letter: {}", first.connections());
    first.down(false);
    desk.queue_alert("last@b.example");
    let later = desk.now + TimeDelta::minutes(10);
    desk.pass(later, &mut transports);
    desk.queue_alert("very-last@b.example");
    desk.send_all(&mut transports).expect("nothing stops it");
    assert!(!first.taken().is_empty(), "it serves again as soon as it works");
    assert!(desk.world.store.read(|books| books.failing()).expect("readable").is_empty());
}

#[test]
fn five_days_without_any_relay_keep_every_letter_and_say_so() {
    let relay = ScriptedRelay::new();
    relay.down(true);
    let mut desk = Desk::new();
    let mut transports = over(&[&relay]);
    for nth in 0..20 {
        desk.queue_answer(&format!("r{nth}@b.example"));
        desk.queue_alert(&format!("a{nth}@b.example"));
    }
    desk.pass(morning() + TimeDelta::days(6), &mut transports);
    let states: Vec<String> = desk.letters().into_iter().map(|letter| letter.state).collect();
    assert!(states.iter().all(|state| state == "pending"), "nothing is given up because a relay is down: {states:?}");
    let status = desk.world.store.read(|books| books.status(&[], desk.now)).expect("readable");
    assert_eq!(status.failing.len(), 1);
    let told = desk.of_kind(NoticeKind::Undeliverable);
    assert!((2..=3).contains(&told.len()), "the outage, the alerts that wait, the rest that waits: {}", told.len());
    assert!(told.iter().all(|letter| letter.queued_at - morning() <= TimeDelta::hours(5)));
    relay.down(false);
    let later = desk.now + TimeDelta::minutes(10);
    desk.pass(later, &mut transports);
    let kinds: Vec<String> = relay.taken().iter().map(|taken| taken.kind()).collect();
    assert_eq!(kinds.len(), 40 + told.len(), "every one, once");
    let first_answer = kinds.iter().position(|kind| kind == "returned").expect("answers");
    assert!(kinds[first_answer..].iter().all(|kind| kind == "returned"), "what must arrive goes first: {kinds:?}");
}

#[test]
fn a_dead_relay_costs_one_timeout_and_not_a_thousand() {
    let (stalled, second) = (ScriptedRelay::new(), ScriptedRelay::new());
    stalled.on(Verb::Banner, Act::Stall);
    let desk = Desk::new();
    for nth in 0..200 {
        desk.queue_answer(&format!("r{nth}@b.example"));
    }
    let begun = std::time::Instant::now();
    desk.send_all(&mut over(&[&stalled, &second])).expect("nothing stops it");
    assert_eq!(second.taken().len(), 200);
    assert_eq!((stalled.connections(), second.connections()), (1, 1));
    println!("200 letters past a dead relay: {:?}", begun.elapsed());
    // Alone, it keeps the letters, and is left in peace.
    for nth in 0..200 {
        desk.queue_alert(&format!("a{nth}@b.example"));
    }
    desk.send_all(&mut over(&[&stalled])).expect("nothing stops it");
    assert_eq!(stalled.connections(), 1, "it rests");
    assert_eq!(desk.of_kind(NoticeKind::IntakeStalled).iter().filter(|letter| letter.state == "pending").count(), 200);
}

#[test]
fn a_relay_that_answers_no_dot_costs_two_timeouts_and_not_a_thousand() {
    let relay = ScriptedRelay::new();
    relay.on(Verb::Dot, Act::Stall);
    let mut desk = Desk::new();
    for nth in 0..50 {
        desk.queue_alert(&format!("a{nth}@b.example"));
    }
    let soon = desk.now + TimeDelta::seconds(25);
    desk.pass(soon, &mut over(&[&relay]));
    assert_eq!(relay.connections(), 2, "the second silence in a row is the relay's");
}

#[test]
fn one_refusal_is_told_at_once_and_holds_up_nobody() {
    let relay = ScriptedRelay::new();
    let mut desk = Desk::new();
    relay.times(1, Verb::Rcpt, Act::Say("550 5.1.1 no such user"));
    desk.queue_answer("gone@b.example");
    desk.queue_answer("there@b.example");
    desk.send_all(&mut over(&[&relay])).expect("nothing stops it");
    let gone = desk.letter_to("gone@b.example");
    assert_eq!(gone.state, "failed");
    assert!(gone.reply.expect("an answer").contains("550 5.1.1 no such user"));
    assert_eq!(desk.letter_to("there@b.example").state, "accepted");
    let told = desk.letter_to("ops@office.example");
    assert_eq!((told.kind, told.state.as_str()), (NoticeKind::Undeliverable, "accepted"));
    assert_eq!(relay.taken().len(), 2);
    // A person asks again, and now it goes.
    let retried = desk.world.store.write(CommitPoint::Console, |books| books.retry_letters(Some(gone.notice), desk.now)).expect("written");
    assert_eq!(retried, 1);
    desk.now += TimeDelta::seconds(1);
    desk.send_all(&mut over(&[&relay])).expect("nothing stops it");
    assert_eq!(desk.letter_to("gone@b.example").state, "accepted");
}

#[test]
fn only_a_refusal_of_the_recipient_is_held_against_his_address() {
    let cases = [
        (Verb::Mail, "550 5.7.1 not from you", false),
        (Verb::Mail, "553 5.1.8 no such domain", false),
        (Verb::Rcpt, "550 5.1.1 no such user", true),
        (Verb::Rcpt, "550 5.1.8 sender unknown", false),
        (Verb::Data, "554 not now", false),
        (Verb::Dot, "554 5.7.1 spam", false),
        (Verb::Dot, "552 5.2.2 mailbox full", true),
    ];
    for (verb, answer, is_marked) in cases {
        let relay = ScriptedRelay::new();
        let desk = Desk::new();
        relay.times(1, verb, Act::Say(answer));
        desk.queue_answer("gone@b.example");
        desk.send_all(&mut over(&[&relay])).expect("nothing stops it");
        assert_eq!(desk.letter_to("gone@b.example").state, "failed", "{verb:?} {answer}");
        assert_eq!(desk.of_kind(NoticeKind::Undeliverable).len(), 1, "the operators hear of each");
        let marked = desk.world.store.read(|books| books.failing_addresses(desk.now)).expect("readable");
        assert_eq!(!marked.is_empty(), is_marked, "{verb:?} {answer}: {marked:?}");
    }
}

#[test]
fn a_complaint_that_cannot_be_put_into_words_holds_up_no_mail() {
    let relay = ScriptedRelay::new();
    let mut desk = Desk::new();
    // The configuration lets no such address in.
    let setup = Arc::get_mut(&mut desk.world.setup).expect("nobody else has it");
    setup.roster.office.operators = vec![Address::parse("a..b@office.example").expect("an address to us, and to no mail program")];
    relay.times(1, Verb::Rcpt, Act::Say("550 5.1.1 no such user"));
    desk.queue_answer("gone@b.example");
    desk.queue_answer("there@b.example");
    desk.send_all(&mut over(&[&relay])).expect("nothing stops it");
    assert_eq!(desk.letter_to("gone@b.example").state, "failed");
    assert_eq!(desk.letter_to("there@b.example").state, "accepted");
    assert!(desk.of_kind(NoticeKind::Undeliverable).is_empty());
}

#[test]
fn a_letter_that_is_put_off_for_five_days_is_given_up_and_the_operators_hear_of_both() {
    let relay = ScriptedRelay::new();
    relay.on(Verb::Rcpt, Act::Say("450 4.2.2 mailbox full"));
    let mut desk = Desk::new();
    desk.queue_answer("full@b.example");
    let mut transports = over(&[&relay]);
    desk.pass(morning() + TimeDelta::days(4), &mut transports);
    let waiting = desk.letter_to("full@b.example");
    assert_eq!(waiting.state, "pending");
    assert!((60..140).contains(&waiting.attempts), "about once an hour: {}", waiting.attempts);
    assert_eq!(desk.of_kind(NoticeKind::Undeliverable).len(), 1, "told that it waits");
    desk.pass(morning() + TimeDelta::days(6), &mut transports);
    let given_up = desk.letter_to("full@b.example");
    assert_eq!(given_up.state, "failed");
    assert!(given_up.reply.expect("a reason").contains("given up after 5 days"));
    let told = desk.of_kind(NoticeKind::Undeliverable).len();
    assert_eq!(told, 3, "and told that it was given up; the desk hears what the operators could not be told");
    // A person asks again: it has days again, and is the letter that it was.
    let bytes = |desk: &Desk| {
        let found = desk.world.store.read(|books| books.letters_of(given_up.notice)).expect("readable");
        assert_eq!(found.len(), 1);
        desk.world.store.read(|books| books.letter(1)).expect("readable").expect("the first letter").bytes
    };
    let before = bytes(&desk);
    desk.world.store.write(CommitPoint::Console, |books| books.retry_letters(Some(given_up.notice), desk.now)).expect("written");
    let later = desk.now + TimeDelta::days(4);
    desk.pass(later, &mut transports);
    assert_eq!(desk.letter_to("full@b.example").state, "pending");
    assert_eq!(bytes(&desk), before);
}

#[test]
fn a_relay_that_puts_off_is_passed_over_for_the_next() {
    let (first, second) = (ScriptedRelay::new(), ScriptedRelay::new());
    first.on(Verb::Rcpt, Act::Say("450 4.7.1 greylisted"));
    let desk = Desk::new();
    desk.queue_alert("a@b.example");
    desk.send_all(&mut over(&[&first, &second])).expect("nothing stops it");
    assert_eq!((first.taken().len(), second.taken().len()), (0, 1));
}
