//! Assessments: on their schedule standings are ranked, and supervisors hear of zeros and falls; a superior's circular is judged
//! when it is read.
//!
//! One assessment is awaited at any time, in a row of its own. It is about the month that ended before its time, and about the year
//! through that month. Where the ledger does not reach into the month it is put off until a table does. Of several that were missed
//! or put off only the newest is held; the others are recorded as passed.
//!
//! Source: rules.md, "Standings".

mod external;
mod held;
mod unwritten;
mod warn;

use serde_json::json;

use super::enforce::Enforced;
use super::say::AGAIN;
use super::{Setup, StepError, World};
use crate::domain::period::Period;
use crate::domain::rules::{Instant, span};
use crate::domain::schedule::{Cron, local_day, start_of_day};
use crate::domain::standing::assessment::month_before;
use crate::store::{Books, CommitPoint, OccasionRow, OccasionState};

pub use external::circular_read;
pub use held::Assessed;
pub(super) use warn::{Warning, warn};

/// What assessments are called among the occasions.
pub const WHAT: &str = "assessment";

/// Brings what is awaited in step with the configuration. A new store awaits the next time of the schedule; one that passed while we
/// were down is kept. Without an outlet there is no ledger, and nothing is awaited.
pub fn sync(books: &Books<'_>, setup: &Setup, now: Instant) -> Result<(), StepError> {
    let keeps_ledger = !setup.reckoning.outlets.is_empty();
    let missed = books.awaited(WHAT)?.is_some_and(|row| row.due <= now);
    if keeps_ledger && missed {
        return Ok(());
    }
    books.drop_awaited(WHAT)?;
    if keeps_ledger { await_next(books, setup, now) } else { Ok(()) }
}

/// The first time of the schedule after `after` whose month has not been dealt with, and that month.
fn next_time(books: &Books<'_>, setup: &Setup, mut after: Instant) -> Result<Option<(Period, Instant)>, StepError> {
    let Ok(cron) = Cron::parse(&setup.reckoning.standing.assess_cron) else { return Ok(None) };
    while let Some(due) = cron.next_after(after, setup.zone) {
        let month = month_before(local_day(due, setup.zone));
        if books.occasion_state(WHAT, month)?.is_none() {
            return Ok(Some((month, due)));
        }
        // Every other time within this month is about the same one.
        after = end_of_month(setup, due);
    }
    Ok(None)
}

/// The last second of the calendar month in which `due` lies.
fn end_of_month(setup: &Setup, due: Instant) -> Instant {
    start_of_day(Period::month_of(local_day(due, setup.zone)).end(), setup.zone) - span(1)
}

fn await_next(books: &Books<'_>, setup: &Setup, after: Instant) -> Result<(), StepError> {
    if let Some((month, due)) = next_time(books, setup, after)? {
        put(books, month, due, OccasionState::Awaited, due)?;
    }
    Ok(())
}

fn put(books: &Books<'_>, month: Period, due: Instant, state: OccasionState, at: Instant) -> Result<(), StepError> {
    Ok(books.put_occasion(&OccasionRow { what: WHAT.to_owned(), period: month, due, state, at }, &json!({}))?)
}

/// Holds the assessment that is due by `now`. Everything that has arrived must have been filed: a table may be among it.
pub fn step(world: &World, now: Instant) -> Result<Enforced, StepError> {
    let taken_up = unwritten::step(world, now)?;
    let setup = &*world.setup;
    let Some(row) = world.store.read(|books| books.awaited(WHAT))?.filter(|row| row.at <= now) else { return Ok(taken_up) };
    if world.store.read(|books| books.waiting_count())? > 0 {
        return Ok(Enforced { awaits_reading: true, ..taken_up });
    }
    match world.store.write_apart(CommitPoint::Assessment, |books| hold(books, setup, now)) {
        Err(StepError::Compose(error)) => {
            tracing::error!(month = %row.period, %error, "a question could not be written; the assessment is tried again in five minutes");
            let later = |books: &Books<'_>| put(books, row.period, row.due, OccasionState::Awaited, now + span(AGAIN));
            world.store.write(CommitPoint::Assessment, later)?;
            Ok(taken_up)
        }
        result => result.map(|worked| Enforced { worked: worked || taken_up.worked, awaits_reading: false }),
    }
}

fn hold(books: &Books<'_>, setup: &Setup, now: Instant) -> Result<bool, StepError> {
    let Some(row) = books.awaited(WHAT)?.filter(|row| row.at <= now) else { return Ok(false) };
    books.drop_awaited(WHAT)?;
    let (mut month, mut due) = (row.period, row.due);
    // Times within one calendar month are about the same month: the next one counts from the end of this one.
    while let Some((later, later_due)) = next_time(books, setup, end_of_month(setup, due))?.filter(|(_, due)| *due <= now) {
        tracing::info!(%month, "an assessment was missed, and a later one is held in its place");
        put(books, month, due, OccasionState::Passed, now)?;
        (month, due) = (later, later_due);
    }
    held::hold(books, setup, month, due, now)?;
    await_next(books, setup, end_of_month(setup, due))?;
    Ok(true)
}

/// New rows stand on the ledger: what was put off for want of them is made up, in the same transaction. Of several only the newest that
/// the ledger reaches now; and units that were left out of the last one, where their outlet's table has come.
pub fn table_came(books: &Books<'_>, setup: &Setup, now: Instant) -> Result<(), StepError> {
    for row in books.put_off(WHAT)?.into_iter().rev() {
        if held::make_up(books, setup, row.period, row.due, now)? {
            break;
        }
    }
    held::make_up_units(books, setup, now)
}

/// When the next assessment is due.
pub fn next_due(books: &Books<'_>) -> Result<Option<Instant>, StepError> {
    Ok(books.awaited(WHAT)?.map(|row| row.at))
}
