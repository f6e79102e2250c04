//! Warnings that could not be put into words are tried again.

use std::collections::BTreeMap;

use super::super::enforce::Enforced;
use super::super::say::AGAIN;
use super::super::{Setup, StepError, World};
use super::{circular_read, held};
use crate::domain::period::Period;
use crate::domain::rules::{Instant, span};
use crate::domain::table::CircularRow;
use crate::store::{Books, CommitPoint, ExternalEntry, OccasionRow, OccasionState};

/// What is awaited while there are any.
const WHAT: &str = "unwritten";

/// Comes back to the units that the last assessment, of `period`, keeps as unwritten, and to these rows of superiors' circulars.
pub(super) fn try_later(books: &Books<'_>, period: Period, rows: Vec<(String, CircularRow)>, now: Instant) -> Result<(), StepError> {
    let before = books.awaited(WHAT)?;
    let period = before.map_or(period, |row| row.period);
    let mut all = books.occasion_data::<Vec<(String, CircularRow)>>(WHAT, period)?.unwrap_or_default();
    all.extend(rows);
    let at = now + span(AGAIN);
    Ok(books.put_occasion(&OccasionRow { what: WHAT.to_owned(), period, due: at, state: OccasionState::Awaited, at }, &all)?)
}

/// Tries again, if it is time.
pub(super) fn step(world: &World, now: Instant) -> Result<Enforced, StepError> {
    if world.store.read(|books| books.awaited(WHAT))?.is_none_or(|row| row.at > now) {
        return Ok(Enforced::default());
    }
    world.store.write(CommitPoint::Assessment, |books| take_up(books, &world.setup, now))?;
    Ok(Enforced { worked: true, awaits_reading: false })
}

fn take_up(books: &Books<'_>, setup: &Setup, now: Instant) -> Result<(), StepError> {
    let Some(row) = books.awaited(WHAT)?.filter(|row| row.at <= now) else { return Ok(()) };
    let rows = books.occasion_data::<Vec<(String, CircularRow)>>(WHAT, row.period)?.unwrap_or_default();
    books.drop_awaited(WHAT)?;
    held::write_again(books, setup, now)?;
    let mut circulars: BTreeMap<String, Vec<CircularRow>> = BTreeMap::new();
    for (by, row) in rows {
        // A row that was corrected since has been judged anew.
        let stands = |entry: &ExternalEntry| entry.by == by && entry.period == row.period && entry.row == row.row;
        if books.external_rows(&row.row.subject)?.iter().any(stands) {
            circulars.entry(by).or_default().push(row);
        }
    }
    circulars.iter().try_for_each(|(by, rows)| circular_read(books, setup, by, rows, now))
}
