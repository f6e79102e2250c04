//! What must not matter: the order in which a moment's mail is seen, and whether the daemon was up.

use proptest::prelude::*;

use crate::hold;
use crate::world::acts::{Act, Entry, Wants, timeline};
use crate::world::look::verdicts;
use crate::world::office::Office;
use crate::world::play::{Circumstances, play};

/// Nobody answers letters here: who answers what he has not got yet does something else, as he should.
const NO_REPLIES: Wants = Wants { replies: false, doubtful: false };

/// Mails of one moment come from different senders and tell of different events: what one person sends first counts first.
fn crowded(mut entries: Vec<Entry>, together: usize) -> Vec<Entry> {
    for moment in entries.chunks_mut(together) {
        let minute = moment[0].minute;
        moment.iter_mut().for_each(|entry| entry.minute = minute);
    }
    let mut kept: Vec<Entry> = Vec::new();
    for entry in entries {
        let of_moment = || kept.iter().rev().take_while(|other| other.minute == entry.minute);
        let apart = of_moment().all(|other| {
            let same_sender = sender(&other.act).is_some() && sender(&other.act) == sender(&entry.act);
            let same_county = counties(&other.act).iter().any(|county| counties(&entry.act).contains(county));
            !same_sender && !same_county && !matches!(entry.act, Act::Again { .. })
        });
        if apart {
            kept.push(entry);
        }
    }
    kept
}

/// Who writes, as a unit's place in the roster; the desk and supervisors come after the units.
fn sender(act: &Act) -> Option<usize> {
    match act {
        Act::Report { unit, .. } | Act::Routine { unit, .. } | Act::Zero { unit } | Act::Correction { unit } => Some(*unit),
        Act::Witness { .. } => Some(crate::world::office::FIRE),
        Act::Told { by, .. } => Some(if *by == "desk" { 10 } else { 11 }),
        _ => None,
    }
}

/// Whose events the mail is about.
fn counties(act: &Act) -> Vec<usize> {
    match act {
        Act::Report { unit, .. } | Act::Zero { unit } | Act::Routine { unit, .. } | Act::Correction { unit } => vec![*unit],
        Act::Witness { county, .. } => vec![*county],
        Act::Told { counties, .. } => counties.clone(),
        _ => Vec::new(),
    }
}

#[test]
fn the_order_within_a_moment_does_not_matter() {
    let office = Office::without_repeats();
    hold(32, &(timeline(NO_REPLIES, 20, 2), 1u64..u64::MAX, 2usize..6), |(entries, salt, together)| {
        let entries = crowded(entries, together);
        let (one, _) = play(&office, &entries, &Circumstances::default());
        let (other, _) = play(&office, &entries, &Circumstances { salt, ..Circumstances::default() });
        prop_assert_eq!(verdicts(&one.world.store), verdicts(&other.world.store));
        Ok(())
    });
}

#[test]
fn a_daemon_that_slept_ends_in_the_same_verdicts() {
    let office = Office::without_repeats();
    let naps = prop::collection::vec((0i64..3 * 1440, 10i64..1000), 1..4);
    hold(32, &(timeline(NO_REPLIES, 12, 2), naps), |(entries, naps)| {
        let (awake, _) = play(&office, &entries, &Circumstances::default());
        let asleep = naps.iter().map(|(from, long)| (*from, from + long)).collect();
        let (slept, _) = play(&office, &entries, &Circumstances { asleep, ..Circumstances::default() });
        prop_assert_eq!(verdicts(&awake.world.store), verdicts(&slept.world.store));
        Ok(())
    });
}
