//! A crash at every commit, on either side of it: nothing is lost, nothing is said twice, nothing is said differently.
//!
//! A day and a summer make every kind of notice. Each is played undisturbed. Then the process dies before and after every one of their
//! commits, and a new one takes up the same store and the same mailboxes at the same moment. Of the day, each death is lived through to
//! the end (below); of both, to where the store is again, row for row, what it would have been (`crash/forks.rs`).

#[path = "crash/day.rs"]
mod day;
#[path = "crash/forks.rs"]
mod forks;
#[path = "crash/panics.rs"]
mod panics;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use day::{Day, Surroundings};
use world::look::{self, read};
use world::mail::{identity, kind};
use zhibao::domain::notice::{Content, NoticeKind};
use zhibao::store::{CommitHook, CommitPoint, Side, Store, StoreError};
use zhibao::transport::memory::Sent;

/// Kind, what it says, and recipient of a letter: what must be the same whatever happened.
type Said = BTreeSet<(NoticeKind, String, String)>;

fn said(store: &Store) -> Said {
    let mut all = Said::new();
    for (mut notice, recipients) in look::notices(store) {
        if let Content::Undeliverable(undeliverable) = &mut notice.content {
            // A process that died in between has tried once more.
            undeliverable.attempts = 0;
        }
        let about = format!("{:?} {:?} {}", notice.unit, notice.event, serde_json::to_string(&notice.content).expect("facts"));
        all.extend(recipients.into_iter().map(|to| (notice.kind, about.clone(), to)));
    }
    all
}

/// Dies at the `nth` commit on `side`, and stays dead: nothing is committed any more.
fn dies_at(nth: u32, side: Side) -> CommitHook {
    let passed = AtomicU32::new(0);
    Arc::new(move |point, now| {
        let count = if now == side { passed.fetch_add(1, Ordering::SeqCst) } else { passed.load(Ordering::SeqCst) };
        let dead = count > nth || (now == side && count == nth);
        if dead { Err(StoreError::Injected(point)) } else { Ok(()) }
    })
}

/// Every commit of the undisturbed day, in order.
fn commits(day: &Day) -> Vec<CommitPoint> {
    let points = Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = points.clone();
    let hook: CommitHook = Arc::new(move |point, side| {
        if side == Side::Before {
            seen.lock().expect("no panic").push(point);
        }
        Ok(())
    });
    let mut around = Surroundings::new();
    day.run(&mut around, Some(hook), world::begin()).expect("nothing stops it");
    points.lock().expect("no panic").clone()
}

#[test]
fn the_day_and_the_summer_have_every_kind_of_notice_and_every_kind_of_commit() {
    let spans = [Day::new(), Day::of_standings()];
    let points: BTreeSet<CommitPoint> = spans.iter().flat_map(commits).collect();
    // Senders are checked where a mailbox asks (tests/authenticate crashes there), attempts are made where a reader failed
    // (crash/panics.rs); the rest is a day's work.
    let missing: Vec<CommitPoint> = CommitPoint::ALL.into_iter().filter(|point| !points.contains(point)).collect();
    assert_eq!(missing, [CommitPoint::Authentication, CommitPoint::Attempt]);
    let kinds: BTreeSet<NoticeKind> = spans.iter().flat_map(|span| said(&span.undisturbed().store())).map(|(kind, ..)| kind).collect();
    // The canary has crashes of its own (tests/watching).
    let wanted: BTreeSet<NoticeKind> = NoticeKind::ALL.into_iter().filter(|kind| *kind != NoticeKind::Canary).collect();
    assert_eq!(kinds, wanted);
}

#[test]
fn a_crash_before_any_commit_of_the_day_changes_nothing() {
    let day = Day::new();
    crashes(&day, Side::Before, &numbered(&day));
}

#[test]
fn a_crash_after_any_commit_of_the_day_changes_nothing() {
    let day = Day::new();
    crashes(&day, Side::After, &numbered(&day));
}

fn numbered(day: &Day) -> Vec<(u32, CommitPoint)> {
    (0..).zip(commits(day)).collect()
}

fn crashes(day: &Day, side: Side, at: &[(u32, CommitPoint)]) {
    let whole = day.undisturbed();
    let wanted = (said(&whole.store()), copies(&whole.outbox.sent()));
    for (nth, point) in at.iter().copied() {
        let (around, died) = crashed(day, nth, side, 0);
        let faults = faults(day, &around, &wanted);
        assert!(faults.is_empty(), "{side:?} commit {nth} ({point:?}), died at {died}: {faults:#?}");
    }
}

/// The day with a crash in it, after which nobody is there for some seconds.
fn crashed(day: &Day, nth: u32, side: Side, pause: i64) -> (Surroundings, world::Instant) {
    let mut around = Surroundings::new();
    let died = day.run(&mut around, Some(dies_at(nth, side)), world::begin()).expect_err("it dies");
    let again = died + chrono::TimeDelta::seconds(pause);
    day.run(&mut around, None, again).unwrap_or_else(|at| panic!("{side:?} commit {nth}: it stops again at {at}"));
    (around, died)
}

#[test]
fn a_crash_and_a_pause_leave_the_same_people_told_of_the_same() {
    let day = Day::new();
    let told = |store: &Store| -> BTreeSet<String> {
        let one = |(notice, to): (zhibao::store::PastNotice, Vec<String>)| {
            let unit = notice.unit.map(|unit| unit.to_string()).unwrap_or_default();
            to.into_iter().map(move |to| format!("{} {unit} {:?} {to}", notice.kind, notice.obligation))
        };
        look::notices(store).into_iter().flat_map(one).collect()
    };
    let wanted = told(&day.undisturbed().store());
    for nth in (0..commits(&day).len() as u32).step_by(7) {
        let side = if nth % 2 == 0 { Side::Before } else { Side::After };
        let (around, died) = crashed(&day, nth, side, 47);
        let store = around.store();
        assert_eq!(told(&store), wanted, "{side:?} commit {nth}, died at {died}");
        let summary = read(&store, |books| books.summary());
        assert_eq!((summary.messages, summary.dispositions.values().sum()), (day.mails(), day.mails()));
        let sent = copies(&around.outbox.sent());
        assert!(sent.values().all(|copies| copies.iter().all(|copy| *copy == copies[0])), "copies differ");
    }
}

/// Every copy of every letter.
type Copies = BTreeMap<(String, String), Vec<Vec<u8>>>;

fn copies(sent: &[Sent]) -> Copies {
    let mut copies = Copies::new();
    for letter in sent {
        // How often a letter was tried is said in words, and differs; see `said`.
        let bytes = if kind(letter) == "undeliverable" { Vec::new() } else { letter.bytes.clone() };
        copies.entry(identity(letter)).or_default().push(bytes);
    }
    copies
}

/// What is not as it would have been.
fn faults(day: &Day, around: &Surroundings, wanted: &(Said, Copies)) -> Vec<String> {
    let store = around.store();
    let mut faults = Vec::new();
    let summary = read(&store, |books| books.summary());
    if summary.messages != day.mails() || summary.dispositions.values().sum::<u64>() != summary.messages {
        faults.push(format!("dispositions: {summary:?}"));
    }
    let said = said(&store);
    faults.extend(said.symmetric_difference(&wanted.0).map(|what| format!("said or not said: {what:?}")));
    if let Some(seq) = read(&store, |books| books.record_broken_at()) {
        faults.push(format!("the record is broken at {seq}"));
    }
    faults.extend(letters_at_fault(&store, around, &wanted.1));
    faults
}

fn letters_at_fault(store: &Store, around: &Surroundings, wanted: &Copies) -> Vec<String> {
    let mut faults = Vec::new();
    let sent = copies(&around.outbox.sent());
    let rows = read(store, |books| books.letter_rows(true, u32::MAX));
    for (letter, bytes) in wanted {
        let Some(copies) = sent.get(letter) else {
            faults.push(format!("{letter:?} is lost"));
            continue;
        };
        if copies.iter().any(|copy| *copy != bytes[0]) {
            faults.push(format!("{letter:?} has other bytes"));
        }
        let row = rows.iter().find(|row| (row.notice.to_string(), &row.to) == (letter.0.clone(), &letter.1));
        let unsure = row.map_or(0, |row| row.indeterminate);
        if copies.len() > 1 + unsure as usize {
            faults.push(format!("{} copies of {letter:?}, {unsure} attempts without an answer", copies.len()));
        }
    }
    faults.extend(sent.keys().filter(|letter| !wanted.contains_key(*letter)).map(|letter| format!("{letter:?} was never to be sent")));
    let stuck = rows.iter().filter(|row| !matches!(row.state.as_str(), "accepted" | "failed"));
    faults.extend(stuck.map(|row| format!("{} to {} is {}", row.notice, row.to, row.state)));
    // A folder keeps each letter once, whole.
    let files: BTreeMap<(String, String), usize> = around.files().iter().fold(BTreeMap::new(), |mut files, file| {
        *files.entry(identity(file)).or_default() += 1;
        files
    });
    if !files.keys().eq(wanted.keys()) || files.values().any(|count| *count != 1) {
        faults.push(format!("{} files, {} letters", files.len(), wanted.len()));
    }
    faults
}
