//! How every run ends: dispositions add up, verdicts only ever went forward, everything comes to rest, and the same run
//! says the same.
//!
//! These properties look at the same plays, which are made once. Where one fails, its timeline is played again and made
//! shorter.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::sync::OnceLock;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{TestCaseResult, TestRunner};
use zhibao::domain::notice::Content;
use zhibao::domain::obligation::Obligation;
use zhibao::domain::rules::Verdict;
use zhibao::store::{BY_RULES, Store};
use zhibao::transport::memory::Sent;

use crate::world::acts::{Entry, Wants, timeline};
use crate::world::look::{self, notices, obligations, read};
use crate::world::office::Office;
use crate::world::play::{Circumstances, QUIET, watched};
use crate::world::{Instant, at};
use crate::{hold, seeded};

const CASES: u32 = 40;

fn timelines() -> impl Strategy<Value = Vec<Entry>> {
    timeline(Wants { replies: true, doubtful: true }, 24, 3)
}

/// What is left of a play.
struct End {
    entries: Vec<Entry>,
    store: Store,
    sent: Vec<Sent>,
    put: usize,
    settled: usize,
    unfiled: Vec<(Instant, u64)>,
    /// When something falls due, what comes round by itself (digests, assessments, roster checks) aside.
    next_due: Option<Instant>,
    now: Instant,
}

impl End {
    /// The desk clears its quarantine half-way through the quiet time.
    fn of(entries: Vec<Entry>, until: Option<i64>) -> End {
        let last = entries.iter().map(|entry| entry.minute).max().unwrap_or(0);
        let how = Circumstances { rejects: vec![last + QUIET / 2], until, ..Circumstances::default() };
        let mut unfiled = Vec::new();
        let (play, post) = watched(&Office::with_duties(), &entries, &how, &mut |play| {
            let waiting = read(&play.world.store, |books| books.waiting_count());
            if waiting > 0 {
                unfiled.push((play.now(), waiting));
            }
        });
        End {
            sent: play.outbox.sent(),
            put: post.put.len(),
            settled: play.mailboxes.iter().map(|mailbox| mailbox.settled().len()).sum(),
            next_due: read(&play.world.store, |books| {
                let due = [books.next_wake()?, books.next_window_opens()?, books.next_letter_at()?];
                Ok(due.into_iter().flatten().min())
            }),
            now: play.now(),
            store: play.world.store,
            entries,
            unfiled,
        }
    }
}

/// Checks every play; if one fails, all over again and with ever shorter timelines.
fn all(check: impl Fn(&End) -> TestCaseResult) {
    static ENDS: OnceLock<Vec<End>> = OnceLock::new();
    let ends = ENDS.get_or_init(|| {
        let mut runner = TestRunner::new(seeded(CASES));
        let draw = |_| timelines().new_tree(&mut runner).expect("a timeline").current();
        (0..seeded(CASES).cases).map(draw).map(|entries| End::of(entries, None)).collect()
    });
    for end in ends {
        if let Err(failure) = check(end) {
            hold(CASES, &timelines(), |entries| check(&End::of(entries, None)));
            panic!("{failure}: {:?}", end.entries);
        }
    }
}

#[test]
fn dispositions_add_up_to_the_messages() {
    all(|end| {
        prop_assert!(end.unfiled.is_empty(), "without a disposition: {:?}", end.unfiled);
        let summary = read(&end.store, |books| books.summary());
        prop_assert_eq!(summary.messages, end.put as u64);
        prop_assert_eq!(summary.dispositions.values().sum::<u64>(), summary.messages);
        prop_assert_eq!(end.settled, end.put);
        Ok(())
    });
}

#[test]
fn the_timelines_hold_what_the_properties_are_about() {
    let seen = RefCell::new([BTreeSet::new(), BTreeSet::new(), BTreeSet::new()]);
    all(|end| {
        let summary = read(&end.store, |books| books.summary());
        let [kinds, verdicts, dispositions] = &mut *seen.borrow_mut();
        kinds.extend(summary.notices.into_keys());
        verdicts.extend(summary.obligations.into_keys());
        dispositions.extend(summary.dispositions.into_keys().map(|disposition| disposition.to_string()));
        Ok(())
    });
    let [kinds, verdicts, dispositions] = seen.into_inner();
    let missing = |seen: &BTreeSet<String>, wanted: &[&str]| -> Vec<String> {
        wanted.iter().filter(|word| !seen.contains(**word)).map(|word| (*word).to_owned()).collect()
    };
    let said = [
        "receipt",
        "returned",
        "quarantined",
        "question",
        "event-opened",
        "reminder",
        "late",
        "omitted",
        "unreported",
        "supplied",
        "command",
    ];
    assert_eq!(missing(&kinds, &said), Vec::<String>::new());
    assert_eq!(missing(&verdicts, &["on-time", "late", "omitted", "unreported", "waived", "void"]), Vec::<String>::new());
    assert_eq!(missing(&dispositions, &["filed", "command", "duplicate", "ignored", "quarantined"]), Vec::<String>::new());
}

#[test]
fn verdicts_go_forward_save_by_a_decision_or_by_what_had_arrived() {
    all(|end| {
        for obligation in obligations(&end.store) {
            forward(&end.store, &obligation)?;
        }
        prop_assert_eq!(read(&end.store, |books| books.record_broken_at()), None);
        Ok(())
    });
}

fn forward(store: &Store, obligation: &Obligation) -> TestCaseResult {
    let mut stands = Verdict::Open;
    let mut reached = obligation.created_at;
    for line in look::record(store, obligation.id).iter().filter(|line| line.what == "verdict") {
        let verdict = |key| look::text(&line.data, key).parse::<Verdict>().expect("a verdict");
        let (from, to) = (verdict("from"), verdict("to"));
        prop_assert_eq!(from, stands, "{:?}", line);
        let filed = look::moment(&line.data["filed"], "at");
        let due = look::moment(&line.data, "due").expect("a due time");
        match filed {
            Some(filed) if to == Verdict::OnTime => prop_assert!(filed <= due, "{line:?}"),
            // What is called late, omitted or unreported stays so, unless a report turns up that had arrived before.
            Some(filed) if breached(to) => prop_assert!(filed > due && (to >= from || filed <= reached), "{line:?}"),
            Some(_) => prop_assert!(to == Verdict::Void && line.by != BY_RULES, "{line:?}"),
            None if line.by == BY_RULES => prop_assert!(to > from && (breached(to) || to == Verdict::Void), "{line:?}"),
            None => prop_assert!(matches!(to, Verdict::Open | Verdict::Waived | Verdict::Void), "{line:?}"),
        }
        (stands, reached) = (to, line.at);
    }
    prop_assert_eq!(stands, obligation.verdict, "{:?}", obligation);
    Ok(())
}

fn breached(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Late | Verdict::Omitted | Verdict::Unreported)
}

#[test]
fn everything_comes_to_rest() {
    all(|end| {
        prop_assert_eq!(end.next_due, None);
        let open: Vec<Obligation> = obligations(&end.store).into_iter().filter(|o| o.verdict == Verdict::Open).collect();
        prop_assert!(open.is_empty(), "{open:?}");
        let letters = read(&end.store, |books| books.letter_rows(true, u32::MAX));
        prop_assert!(letters.iter().all(|letter| letter.state == "accepted" && letter.attempts == 1));
        prop_assert_eq!(letters.len(), end.sent.len());
        Ok(())
    });
}

#[test]
fn nobody_is_told_twice() {
    all(|end| {
        let mut told = BTreeSet::new();
        for (notice, recipients) in notices(&end.store) {
            prop_assert!(!recipients.is_empty(), "{notice:?}");
            prop_assert_eq!(recipients.iter().collect::<BTreeSet<_>>().len(), recipients.len(), "{:?}", notice);
            // An extension moves the due time, and the ladder starts anew from there.
            let key = match &notice.content {
                Content::Breach(breach) => (breach.due, Some(breach.rung), breach.repeat),
                Content::Reminder(reminder) => (reminder.due, None, 0),
                _ => continue,
            };
            for recipient in recipients {
                prop_assert!(told.insert((notice.obligation, key, recipient.clone())), "{} again to {recipient}: {notice:?}", notice.kind);
            }
        }
        Ok(())
    });
}

#[test]
fn the_same_run_says_the_same_and_a_shorter_one_its_beginning() {
    let count = Cell::new(0);
    all(|end| {
        // Every other play: a quarter of all the time that these tests take.
        count.set(count.get() + 1);
        if count.get() % 2 == 0 {
            return Ok(());
        }
        let again = End::of(end.entries.clone(), None);
        prop_assert!(end.sent == again.sent, "the second run differs");
        prop_assert_eq!(end.now, again.now);
        let half = end.entries.last().map_or(0, |entry| entry.minute) / 2 + 600;
        let shorter = End::of(end.entries.clone(), Some(half));
        prop_assert!(shorter.sent.len() < end.sent.len() || shorter.now == end.now);
        prop_assert!(end.sent.starts_with(&shorter.sent), "the run until {} is no beginning of the whole", at(half));
        Ok(())
    });
}
