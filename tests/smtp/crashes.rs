//! A crash at every mark: for each Message-ID, 1 ≤ copies ≤ 1 + attempts without an answer; exactly one where there was none.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::TimeDelta;
use zhibao::domain::relay::Security;
use zhibao::store::{CommitHook, CommitPoint, Side, StoreError};
use zhibao::transport::{SmtpTransport, Transport};

use crate::desk::Desk;
use crate::smtp_script::{Act, ScriptedRelay, Verb};
use crate::verbs::settings;

const LETTERS: usize = 4;

fn over(relay: &ScriptedRelay) -> Vec<Box<dyn Transport>> {
    vec![Box::new(SmtpTransport::new(settings(relay.port, Security::Plain)))]
}

/// Dies at the `nth` commit of the sending, on one side of it, and stays dead.
fn dies_at(nth: u32, side: Side, points: &'static [CommitPoint]) -> CommitHook {
    let passed = AtomicU32::new(0);
    let dead = std::sync::atomic::AtomicBool::new(false);
    Arc::new(move |point, now| {
        if dead.load(Ordering::SeqCst) {
            return Err(StoreError::Injected(point));
        }
        if points.contains(&point) && now == side && passed.fetch_add(1, Ordering::SeqCst) == nth {
            dead.store(true, Ordering::SeqCst);
            return Err(StoreError::Injected(point));
        }
        Ok(())
    })
}

const MARKS: [CommitPoint; 3] = [CommitPoint::Claim, CommitPoint::DotPending, CommitPoint::Sent];

fn queue(desk: &Desk) {
    for nth in 0..LETTERS {
        if nth % 2 == 0 { desk.queue_alert(&format!("a{nth}@b.example")) } else { desk.queue_answer(&format!("r{nth}@b.example")) }
    }
}

/// What is not as it should be, by Message-ID.
fn faults(desk: &Desk, relay: &ScriptedRelay) -> Vec<String> {
    let mut copies: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
    for taken in relay.taken() {
        copies.entry(taken.to.clone()).or_default().push(taken.bytes);
    }
    let mut faults = Vec::new();
    for letter in desk.letters() {
        let arrived = copies.remove(&letter.to).unwrap_or_default();
        let unsure = letter.indeterminate as usize;
        if letter.state != "accepted" {
            faults.push(format!("{} is {}", letter.to, letter.state));
        }
        if arrived.is_empty() || arrived.len() > 1 + unsure {
            faults.push(format!("{} copies to {}, {unsure} attempts without an answer", arrived.len(), letter.to));
        }
        if arrived.iter().any(|copy| *copy != arrived[0]) {
            faults.push(format!("copies to {} differ", letter.to));
        }
        let stored = desk.world.store.read(|books| books.letter_bytes(letter.notice, letter.copy)).expect("readable");
        if arrived.first() != stored.as_ref() {
            faults.push(format!("what arrived at {} is not what is stored", letter.to));
        }
    }
    faults.extend(copies.keys().map(|to| format!("{to} was never to get anything")));
    faults
}

#[test]
fn a_crash_at_any_mark_loses_nothing_and_doubles_only_what_was_in_doubt() {
    let mut in_doubt = 0;
    for side in [Side::Before, Side::After] {
        for nth in 0..3 * LETTERS as u32 {
            let relay = ScriptedRelay::new();
            let mut desk = Desk::new();
            queue(&desk);
            desk.restart(Some(dies_at(nth, side, &MARKS)));
            let died = desk.send_all(&mut over(&relay));
            // A mark that cannot be written holds the letter back; the death shows at the next commit.
            assert!(died.is_err(), "{side:?} mark {nth}: it went on");
            let arrived_before = relay.taken().len();
            desk.now += TimeDelta::seconds(5);
            desk.restart(None);
            let rows = desk.letters();
            let unsure: u32 = rows.iter().map(|row| row.indeterminate).sum();
            assert!(unsure <= 1, "{side:?} mark {nth}: one letter at most is in doubt");
            in_doubt += unsure;
            desk.send_all(&mut over(&relay)).expect("nothing stops it");
            assert_eq!(faults(&desk, &relay), Vec::<String>::new(), "{side:?} mark {nth}, {arrived_before} had arrived");
            assert!(relay.taken().len() <= LETTERS + unsure as usize);
        }
    }
    assert!(in_doubt > 4, "only {in_doubt} crashes fell between the dot and its answer");
}

#[test]
fn what_is_in_doubt_goes_out_again_an_alert_more_often_than_an_answer() {
    for (act, arrives) in [(Act::TakeAndCut, true), (Act::Cut, false)] {
        let relay = ScriptedRelay::new();
        let mut desk = Desk::new();
        queue(&desk);
        relay.on(Verb::Dot, act);
        let day = desk.now + TimeDelta::days(1);
        desk.pass(day, &mut over(&relay));
        let copies = |to: &str| relay.taken().iter().filter(|taken| taken.to == to).count();
        let (alert, answer) = (desk.letter_to("a0@b.example"), desk.letter_to("r1@b.example"));
        assert_eq!((alert.state.as_str(), alert.indeterminate), ("failed", 6), "{alert:?}");
        assert_eq!((answer.state.as_str(), answer.indeterminate), ("failed", 2), "once more, and no more: {answer:?}");
        if arrives {
            assert_eq!((copies("a0@b.example"), copies("r1@b.example")), (6, 2));
        }
        let told = desk.of_kind(zhibao::domain::notice::NoticeKind::Undeliverable);
        assert!(told.len() >= LETTERS, "the operators hear of each: {}", told.len());
    }
}

#[test]
fn one_answer_that_is_lost_makes_one_copy_more_and_is_counted() {
    for loses in [Act::TakeAndCut, Act::TakeAndStall] {
        let relay = ScriptedRelay::new();
        let mut desk = Desk::new();
        queue(&desk);
        relay.times(1, Verb::Dot, loses);
        let hour = desk.now + TimeDelta::hours(1);
        desk.pass(hour, &mut over(&relay));
        assert_eq!(faults(&desk, &relay), Vec::<String>::new());
        let unsure: Vec<u32> = desk.letters().iter().map(|letter| letter.indeterminate).filter(|count| *count > 0).collect();
        assert_eq!(unsure, [1]);
        assert_eq!(relay.taken().len(), LETTERS + 1);
        let status = desk.world.store.read(|books| books.status(&[], desk.now)).expect("readable");
        assert_eq!(status.outbox["indeterminate"], 1, "and status shows it");
    }
}
