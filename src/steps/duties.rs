//! Recurring duties: windows are opened when they begin, and filings are counted for the window they belong to.

use super::events::{self, meet_one, record_verdict};
use super::{Setup, StepError};
use crate::domain::duty::counted_for;
use crate::domain::ids::{SubmissionNo, UnitId};
use crate::domain::notice::{DueBecause, Met};
use crate::domain::obligation::{Cause, Obligation};
use crate::domain::rules::{Deadline, Duty, DutyKind, DutyUnits, Instant, Verdict};
use crate::domain::schedule::{Cron, Window, local_day, windows};
use crate::domain::submission::Kind;
use crate::store::{BY_RULES, Books, NewObligation};

/// The units that a duty binds, in roster order.
pub fn bound_units<'a>(setup: &'a Setup, duty: &'a Duty) -> impl Iterator<Item = &'a UnitId> {
    let binds = |id: &UnitId, class: Option<&String>| match &duty.units {
        DutyUnits::Named(units) => units.contains(id),
        DutyUnits::Class(name) => class == Some(name),
    };
    setup.roster.units.iter().filter(move |unit| binds(&unit.id, unit.class.as_ref())).map(|unit| &unit.id)
}

/// Brings the clocks of duties in step with the configuration: new ones begin, and what is no longer asked for is void.
pub fn sync(books: &Books<'_>, setup: &Setup, now: Instant) -> Result<(), StepError> {
    let known = books.duty_clocks()?;
    let mut asked = Vec::new();
    for duty in &setup.rules.duties {
        for unit in bound_units(setup, duty) {
            asked.push((duty.name.clone(), unit.clone()));
            let clock = known.iter().find(|clock| clock.duty == duty.name && clock.unit == *unit);
            if clock.is_none_or(|clock| clock.opens_at.is_none()) {
                // A duty begins when it is added, or prolonged: nobody is called late for a time before it was asked for.
                let after = clock.and_then(|clock| clock.last_due).map_or(now, |last| last.max(now));
                let window = window_after(setup, duty, after);
                books.set_duty_clock(&duty.name, unit, window.as_ref().map(|w| w.start.max(now)), Some(after))?;
            }
        }
    }
    for clock in known {
        if !asked.iter().any(|(duty, unit)| *duty == clock.duty && *unit == clock.unit) {
            books.drop_duty_clock(&clock.duty, &clock.unit)?;
        }
    }
    for mut obligation in books.open_duty_obligations()? {
        let Cause::Duty { name, .. } = &obligation.cause else { continue };
        let still = asked.iter().any(|(duty, unit)| duty == name && *unit == obligation.unit);
        if !still {
            end_void(books, setup, &mut obligation, now)?;
        }
    }
    Ok(())
}

fn end_void(books: &Books<'_>, setup: &Setup, obligation: &mut Obligation, now: Instant) -> Result<(), StepError> {
    let before = obligation.verdict;
    if before == Verdict::Open {
        obligation.verdict = Verdict::Void;
        record_verdict(books, setup, obligation, before, BY_RULES, "the duty is no longer in the configuration", now)?;
    }
    obligation.ended = true;
    Ok(books.save_obligation(obligation, &setup.rules.ladder)?)
}

fn window_after(setup: &Setup, duty: &Duty, after: Instant) -> Option<Window> {
    let cron = Cron::parse(&duty.cron).ok()?;
    // An empty window owes nothing.
    windows(duty, &cron, &setup.rules.calendar, setup.zone, after).find(|window| window.start < window.due)
}

/// Opens every window that has begun by `now`. `true`: there was one.
pub fn open_windows(books: &Books<'_>, setup: &Setup, now: Instant) -> Result<bool, StepError> {
    let mut opened = false;
    loop {
        let due = books.windows_to_open(now)?;
        if due.is_empty() {
            return Ok(opened);
        }
        for (name, unit, last_due) in due {
            open_window(books, setup, &name, &unit, last_due.unwrap_or(now), now)?;
            opened = true;
        }
    }
}

fn open_window(books: &Books<'_>, setup: &Setup, name: &str, unit: &UnitId, last_due: Instant, now: Instant) -> Result<(), StepError> {
    let Some(duty) = setup.rules.duty(name) else { return Ok(books.drop_duty_clock(name, unit)?) };
    let Some(window) = window_after(setup, duty, last_due) else {
        return Ok(books.set_duty_clock(name, unit, None, Some(last_due))?);
    };
    let exists = setup.roster.unit(unit).is_some_and(|unit| unit.valid_on(local_day(window.due, setup.zone)));
    if exists {
        let min = match duty.kind {
            DutyKind::ZeroReport => None,
            DutyKind::Quota { min } => Some(min),
        };
        let because = DueBecause {
            deadline: Deadline::Cron { cron: duty.cron.clone() },
            severity: None,
            anchored_at: Some(window.start),
            extended_from: None,
        };
        let cause = Cause::Duty { name: name.to_owned(), window_start: window.start, min };
        let new = NewObligation { cause, unit: unit.clone(), due: window.due, because, known_at: window.start, independent: true };
        // A window that opened while we were down opens now as far as reminders go, not before.
        books.put_obligation(new, &setup.rules.ladder, window.start.max(last_due).min(now))?;
    }
    let next = window_after(setup, duty, window.due);
    Ok(books.set_duty_clock(name, unit, next.as_ref().map(|w| w.start), Some(window.due))?)
}

/// Counts a submission for the windows that it belongs to, and meets those that are full.
pub fn count(
    books: &Books<'_>,
    setup: &Setup,
    unit: &UnitId,
    kind: Kind,
    at: Instant,
    submission: SubmissionNo,
    now: Instant,
) -> Result<Vec<Met>, StepError> {
    let mut met = Vec::new();
    for id in counted_for(&books.windows_around(unit, at)?, kind, at) {
        books.count_for(id, submission, at)?;
        let Some(mut obligation) = books.obligation(id)? else { continue };
        if matches!(obligation.verdict, Verdict::Waived | Verdict::Void) {
            continue;
        }
        // What arrived earlier than the one on record, and was read later, takes its place.
        if let Some((at, number)) = books.quota_met(id, quota_of(&obligation))?
            && obligation.filed.as_ref().is_none_or(|filed| at < filed.at)
        {
            met.push(meet_one(books, setup, &mut obligation, &events::filing(at, number), None, now)?);
        }
    }
    Ok(met)
}

fn quota_of(obligation: &Obligation) -> u32 {
    match &obligation.cause {
        Cause::Duty { min: Some(min), .. } => *min,
        _ => 1,
    }
}

/// Whether a submission at `at` would count for a window for which `before` does not count.
pub fn counts_elsewhere(
    books: &Books<'_>,
    setup: &Setup,
    unit: &UnitId,
    kind: Kind,
    at: Instant,
    before: SubmissionNo,
) -> Result<bool, StepError> {
    if setup.rules.duties.is_empty() {
        return Ok(false);
    }
    let already = books.windows_counting(before)?;
    Ok(counted_for(&books.windows_around(unit, at)?, kind, at).iter().any(|id| !already.contains(id)))
}

/// After a withdrawal: windows that are not due yet and lack it now are open again.
pub fn uncount(books: &Books<'_>, setup: &Setup, submission: SubmissionNo, by: &str, now: Instant) -> Result<(), StepError> {
    for id in books.windows_counting(submission)? {
        let Some(mut obligation) = books.obligation(id)? else { continue };
        let lacks = books.quota_met(id, quota_of(&obligation))?.is_none();
        if obligation.filed.is_some() && obligation.due > now && lacks {
            let before = std::mem::replace(&mut obligation.verdict, Verdict::Open);
            obligation.filed = None;
            obligation.ended = false;
            record_verdict(books, setup, &obligation, before, by, "a submission that it counted was withdrawn", now)?;
            books.save_obligation(&obligation, &setup.rules.ladder)?;
        }
    }
    Ok(())
}

/// Whether an obligation asks for a zero report.
pub fn is_zero_report(obligation: &Obligation) -> bool {
    matches!(&obligation.cause, Cause::Duty { min: None, .. })
}
