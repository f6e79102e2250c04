//! Standings out of the ledger: the table of a window, the pace, what superiors' circulars say. Looks, and writes nothing.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use super::{Setup, StepError};
use crate::domain::digest::{ExternalLine, Pace, StandingLine, StandingToDate};
use crate::domain::ledger::Tally;
use crate::domain::notice::UnitRef;
use crate::domain::period::Period;
use crate::domain::points::Points;
use crate::domain::roster::Unit;
use crate::domain::standing::assessment::{covers, month_before, year_to};
use crate::domain::standing::external::Figure;
use crate::domain::standing::pace::{self, Compared};
use crate::domain::standing::{Entrant, Ranking, lines};
use crate::domain::warning::Ranked;
use crate::store::{Books, ExternalEntry};

/// A window's table: its lines by rank, and the points of all.
pub struct Table {
    /// By rank, then in roster order.
    pub lines: Vec<StandingLine>,
    /// Those of units that have left among them.
    pub total: Points,
}

/// The units that take part in a window: those in force on its last day.
fn population(setup: &Setup, window: Period) -> impl Iterator<Item = &Unit> {
    setup.roster.units.iter().filter(move |unit| unit.valid_on(window.last()))
}

/// The table of `window`; places are gained or lost since `before`, where the ledger has anything of that.
pub fn table(books: &Books<'_>, setup: &Setup, window: Period, before: Option<Period>) -> Result<Table, StepError> {
    let tallies = tallies(books, window)?;
    let before = match before {
        Some(before) => Some(tallies_if_any(books, before)?)
            .flatten()
            .map(|tallies| Ranking::of(before, population(setup, before).map(|unit| &unit.id), &tallies)),
        None => None,
    };
    let (from, until) = window.bounds(setup.zone);
    let submitted = books.submitted_by_unit(from, until)?;
    let units: Vec<Entrant> = population(setup, window).map(Entrant::from).collect();
    let total = tallies.iter().map(|tally| tally.points).sum();
    Ok(Table { lines: lines(&tallies, before.as_ref(), &units, &submitted), total })
}

fn tallies(books: &Books<'_>, window: Period) -> Result<Vec<Tally>, StepError> {
    Ok(books.tallies(window.first(), window.end())?)
}

fn tallies_if_any(books: &Books<'_>, window: Period) -> Result<Option<Vec<Tally>>, StepError> {
    match books.reaches(None, window.first(), window.end())? {
        Some(_) => Ok(Some(tallies(books, window)?)),
        None => Ok(None),
    }
}

/// The year to date at the end of `week`; `None`: no ledger is kept.
pub fn to_date(books: &Books<'_>, setup: &Setup, week: Period) -> Result<Option<StandingToDate>, StepError> {
    if setup.reckoning.outlets.is_empty() && books.ledger_days()?.is_none() {
        return Ok(None);
    }
    let new_year = Period::Year(week.last().year()).first();
    let window = Period::Days(new_year, week.last());
    let a_week_ago = week.first().pred_opt().filter(|day| *day >= new_year).map(|day| Period::Days(new_year, day));
    let as_of = books.reaches(None, window.first(), window.end())?;
    let Table { lines, total } = table(books, setup, window, a_week_ago)?;
    let pace = match months_on_the_ledger(window, as_of) {
        Some(months) => pace(books, setup, months)?,
        None => None,
    };
    Ok(Some(StandingToDate { window, as_of, lines, total, pace, external: external(books, setup)? }))
}

/// The completed months of a year to date into which the ledger reaches; `None`: there are none.
fn months_on_the_ledger(window: Period, as_of: Option<NaiveDate>) -> Option<Period> {
    let mut month = month_before(window.end());
    while month.first() >= window.first() && !covers(as_of, month) {
        month = month_before(month.first());
    }
    (month.first() >= window.first()).then(|| year_to(month))
}

/// Progress in `window` against last year: against the same span, or, where last year has no months, against a straight line
/// through its whole. `None`: last year has no points.
pub fn pace(books: &Books<'_>, setup: &Setup, window: Period) -> Result<Option<Pace>, StepError> {
    let last_year = Period::Year(window.year() - 1);
    // All on one day: a year's sum that somebody entered, without months.
    let has_months = books.adopted_span(last_year.first(), last_year.end())?.is_some_and(|(first, last)| first < last);
    let same_span = if has_months { Some(tallies(books, window.year_before())?) } else { None };
    let (this, whole) = (tallies(books, window)?, tallies(books, last_year)?);
    let units: Vec<UnitRef> = population(setup, window).map(|unit| UnitRef { id: unit.id.clone(), name: unit.name.clone() }).collect();
    let compared = Compared { window, this: &this, same_span: same_span.as_deref(), last_year: &whole };
    let mut pace = pace::pace(compared, &units);
    for (unit, _) in pace.iter_mut().flat_map(|pace| &mut pace.split) {
        *unit = setup.unit_ref(&unit.id);
    }
    Ok(pace)
}

/// The newest rank of each unit and scope in each superior's circulars, units in roster order first.
pub fn external(books: &Books<'_>, setup: &Setup) -> Result<Vec<ExternalLine>, StepError> {
    let mut ties: BTreeMap<(String, Period), Vec<ExternalEntry>> = BTreeMap::new();
    let mut found = Vec::new();
    for subject in books.external_subjects()? {
        let mut ranked: BTreeMap<String, (Option<Ranked>, Ranked)> = BTreeMap::new();
        for entry in books.external_rows(&subject)? {
            let of_its_circular = match ties.entry((entry.by.clone(), entry.period)) {
                std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
                std::collections::btree_map::Entry::Vacant(new) => new.insert(books.external_period(&entry.by, entry.period)?),
            };
            let tied = of_its_circular.iter().filter(|other| other.row.rank == entry.row.rank).count();
            let figure = Figure { period: entry.period, row: entry.row, tied: u32::try_from(tied).unwrap_or(u32::MAX) };
            if let Some(now) = figure.ranked() {
                let before = ranked.remove(&entry.by).map(|(_, before)| before);
                ranked.insert(entry.by, (before, now));
            }
        }
        let unit = setup.roster.units.iter().position(|unit| unit.id.as_str() == subject);
        let scope = setup.reckoning.scopes.iter().position(|scope| scope.id == subject);
        let name = match (unit, scope) {
            (Some(unit), _) => setup.roster.units[unit].name.clone(),
            (None, Some(scope)) => setup.reckoning.scopes[scope].name.clone(),
            (None, None) => subject,
        };
        let place = (unit.unwrap_or(usize::MAX), scope.unwrap_or(usize::MAX));
        found.extend(ranked.into_iter().map(|(by, (before, ranked))| (place, ExternalLine { name: name.clone(), by, ranked, before })));
    }
    found.sort_by_key(|(place, _)| *place);
    Ok(found.into_iter().map(|(_, line)| line).collect())
}
