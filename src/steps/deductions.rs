//! What a breach costs: a row of the ledger for each verdict that takes points, taken back when the verdict changes.

use super::{Setup, StepError};
use crate::domain::ledger::{EntryKind, NewEntry, identity};
use crate::domain::obligation::Obligation;
use crate::domain::points::Points;
use crate::domain::rules::{Instant, Verdict};
use crate::domain::schedule::local_day;
use crate::mail::words::{Words, say};
use crate::store::{BY_RULES, Books};

/// Brings the ledger in step with an obligation whose verdict was `before`. Off by default: with nothing to take, nothing is
/// written. The row stands on the day on which the report was due, and so does its reversal.
pub(super) fn follow(books: &Books<'_>, setup: &Setup, obligation: &Obligation, before: Verdict, now: Instant) -> Result<(), StepError> {
    if before == obligation.verdict {
        return Ok(());
    }
    let source = format!("verdict:{}", obligation.id);
    let costs = |verdict| matches!(verdict, Verdict::Late | Verdict::Omitted | Verdict::Unreported);
    // What was taken under an earlier configuration is given back under any.
    if costs(before)
        && let Some(standing) = books.standing_deduction(&source)?
    {
        let number = standing.number.to_string();
        let (units, points) = (standing.shares.iter().map(|(unit, _)| unit.clone()).collect::<Vec<_>>(), -standing.points);
        let new = NewEntry {
            kind: EntryKind::Reversal,
            day: standing.day,
            shares: standing.shares.into_iter().map(|(unit, points)| (unit, -points)).collect(),
            outlet: String::new(),
            identity: identity(EntryKind::Reversal, standing.day, &units, &number, &standing.title, points, 0),
            title: standing.title,
            points,
            submission: None,
            reverses: Some(standing.number),
            source: source.clone(),
            by: BY_RULES.to_owned(),
        };
        books.put_entry(&new, now)?;
    }
    let cost = setup.reckoning.standing.deductions.of(obligation.verdict);
    if cost.is_zero() {
        return Ok(());
    }
    let taken = take(books, setup, obligation, -cost, source)?;
    books.put_entry(&taken, now)?;
    Ok(())
}

fn take(books: &Books<'_>, setup: &Setup, obligation: &Obligation, points: Points, source: String) -> Result<NewEntry, StepError> {
    let words = Words::new(setup.language, setup.zone);
    let event = obligation.cause.event().map(|number| format!(" {number}")).unwrap_or_default();
    let (verdict, owed) = (words.verdict(obligation.verdict), words.owed(&obligation.cause.owed(0)));
    let title = say!(words, format!("{verdict}：{owed}{event}"), format!("{verdict}: {owed}{event}"));
    let day = local_day(obligation.due, setup.zone);
    let units = [obligation.unit.clone()];
    Ok(NewEntry {
        kind: EntryKind::Deduction,
        day,
        shares: vec![(obligation.unit.clone(), points)],
        outlet: String::new(),
        // An obligation may be called late, extended, and called late again: each is a row of its own.
        identity: identity(EntryKind::Deduction, day, &units, &source, &title, points, books.deductions_made(&source)?),
        title,
        points,
        submission: None,
        reverses: None,
        source,
        by: BY_RULES.to_owned(),
    })
}
