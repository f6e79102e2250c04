//! How every run ends: dispositions add up, verdicts only ever went forward, and everything comes to rest.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use zhibao::domain::notice::Content;
use zhibao::domain::obligation::Obligation;
use zhibao::domain::rules::Verdict;
use zhibao::store::BY_RULES;

use crate::hold;
use crate::world::acts::{Wants, timeline};
use crate::world::look::{self, notices, obligations, read};
use crate::world::office::Office;
use crate::world::play::{Circumstances, Play, QUIET, play, watched};

const EVERYTHING: Wants = Wants { replies: true, doubtful: true };

/// The desk clears its quarantine a day before the end.
fn cleared(entries: &[crate::world::acts::Entry]) -> Circumstances {
    let last = entries.iter().map(|entry| entry.minute).max().unwrap_or(0);
    Circumstances { rejects: vec![last + QUIET / 2], ..Circumstances::default() }
}

#[test]
fn dispositions_add_up_to_the_messages() {
    let office = Office::with_duties();
    hold(32, &timeline(EVERYTHING, 24, 3), |entries| {
        let mut unfiled = Vec::new();
        let (end, post) = watched(&office, &entries, &cleared(&entries), &mut |now| {
            let waiting = read(&now.world.store, |books| books.waiting_count());
            if waiting > 0 {
                unfiled.push((now.now(), waiting));
            }
        });
        prop_assert!(unfiled.is_empty(), "without a disposition: {unfiled:?}");
        let summary = read(&end.world.store, |books| books.summary());
        prop_assert_eq!(summary.messages, post.put.len() as u64);
        prop_assert_eq!(summary.dispositions.values().sum::<u64>(), summary.messages);
        let settled: usize = end.mailboxes.iter().map(|mailbox| mailbox.settled().len()).sum();
        prop_assert_eq!(settled, post.put.len());
        Ok(())
    });
}

#[test]
fn verdicts_go_forward_save_by_a_decision_or_by_what_had_arrived() {
    let office = Office::with_duties();
    hold(48, &timeline(EVERYTHING, 24, 3), |entries| {
        let (end, _) = play(&office, &entries, &cleared(&entries));
        for obligation in obligations(&end.world.store) {
            forward(&end, &obligation)?;
        }
        prop_assert_eq!(read(&end.world.store, |books| books.record_broken_at()), None);
        Ok(())
    });
}

fn forward(end: &Play, obligation: &Obligation) -> Result<(), TestCaseError> {
    let mut stands = Verdict::Open;
    let mut reached = end.now();
    for line in look::record(&end.world.store, obligation.id).iter().filter(|line| line.what == "verdict") {
        let verdict = |key| look::text(&line.data, key).parse::<Verdict>().expect("a verdict");
        let (from, to) = (verdict("from"), verdict("to"));
        prop_assert_eq!(from, stands, "{:?}", line);
        let filed = look::moment(&line.data["filed"], "at");
        let due = look::moment(&line.data, "due").expect("a due time");
        match filed {
            Some(filed) if to == Verdict::OnTime => prop_assert!(filed <= due, "{:?}", line),
            // What is called late, omitted or unreported stays so, unless a report turns up that had arrived before.
            Some(filed) if breached(to) => prop_assert!(filed > due && (to >= from || filed <= reached), "{:?}", line),
            Some(_) => prop_assert!(matches!(to, Verdict::Void | Verdict::Open) && line.by != BY_RULES, "{:?}", line),
            None if line.by == BY_RULES => prop_assert!(to > from && (breached(to) || to == Verdict::Void), "{:?}", line),
            None => prop_assert!(matches!(to, Verdict::Open | Verdict::Waived | Verdict::Void), "{:?}", line),
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
    let office = Office::with_duties();
    hold(32, &timeline(EVERYTHING, 24, 3), |entries| {
        let (end, _) = play(&office, &entries, &cleared(&entries));
        let store = &end.world.store;
        prop_assert_eq!(end.next_due(), None);
        let open: Vec<Obligation> = obligations(store).into_iter().filter(|o| o.verdict == Verdict::Open).collect();
        prop_assert!(open.is_empty(), "{open:?}");
        let letters = read(store, |books| books.letter_rows(true, u32::MAX));
        prop_assert!(letters.iter().all(|letter| letter.state == "accepted" && letter.attempts == 1));
        prop_assert_eq!(letters.len(), end.outbox.sent().len());
        Ok(())
    });
}

#[test]
fn nobody_is_told_twice() {
    let office = Office::with_duties();
    hold(48, &timeline(EVERYTHING, 24, 3), |entries| {
        let (end, _) = play(&office, &entries, &cleared(&entries));
        let mut told = BTreeSet::new();
        let mut reminded = BTreeMap::new();
        for (notice, recipients) in notices(&end.world.store) {
            prop_assert!(!recipients.is_empty(), "{notice:?}");
            prop_assert_eq!(recipients.iter().collect::<BTreeSet<_>>().len(), recipients.len(), "{:?}", notice);
            for recipient in recipients {
                let once = match &notice.content {
                    // An extension moves the due time, and the ladder starts anew from there.
                    Content::Breach(breach) => told.insert((notice.obligation, breach.due, breach.rung, breach.repeat, recipient.clone())),
                    Content::Reminder(reminder) => reminded.insert((notice.obligation, reminder.due, recipient.clone()), ()).is_none(),
                    _ => true,
                };
                prop_assert!(once, "{} again to {recipient}: {notice:?}", notice.kind);
            }
        }
        Ok(())
    });
}
