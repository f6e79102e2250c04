//! A superior's circular is read: each direct-report point in it is judged by that list.

use serde_json::json;

use super::super::say::apart;
use super::super::{Setup, StepError};
use super::unwritten;
use super::warn::{Sent, Warning, warn};
use crate::domain::ids::UnitId;
use crate::domain::ledger::ExternalRow;
use crate::domain::notice::Content;
use crate::domain::period::Period;
use crate::domain::roster::Unit;
use crate::domain::rules::Instant;
use crate::domain::standing::external::{Facts, Figure, Said, about, read};
use crate::domain::standing::{fall, zero};
use crate::domain::table::CircularRow;
use crate::domain::warning::WarningState;
use crate::store::{Books, ExternalEntry};

/// Judges the rows of a circular of `by` that have been put on record in this transaction. Of several rows about a unit the latest period
/// counts; one about a time before that of which later circulars of the year have told already changes nothing but the record.
pub fn circular_read(books: &Books<'_>, setup: &Setup, by: &str, rows: &[CircularRow], now: Instant) -> Result<(), StepError> {
    let mut sent = Sent::new(books, setup);
    for unit in setup.roster.units.iter().filter(|unit| unit.direct_report) {
        let theirs = rows.iter().filter(|row| row.row.subject == unit.id.as_str() && unit.valid_on(row.period.last()));
        if let Some(row) = theirs.max_by_key(|row| row.period.last())
            && apart(books, &unit.id, || judge(books, setup, by, unit, row, &mut sent, now))?.is_none()
        {
            unwritten::try_later(books, row.period, vec![(by.to_owned(), row.clone())], now)?;
        }
    }
    Ok(())
}

fn judge(
    books: &Books<'_>,
    setup: &Setup,
    by: &str,
    unit: &Unit,
    row: &CircularRow,
    sent: &mut Sent<'_>,
    now: Instant,
) -> Result<(), StepError> {
    let known: Vec<ExternalEntry> = books.external_rows(unit.id.as_str())?.into_iter().filter(|entry| entry.by == by).collect();
    if known.iter().any(|entry| entry.period.last() > row.period.last()) {
        return Ok(());
    }
    let lists = Lists { books, setup, by };
    let facts = lists.facts(unit, row, &known)?;
    let (about_rank, about_zero) = about(by);
    let standing = |about: &str| Ok::<_, StepError>(books.warning(&unit.id, about)?.map(|standing| standing.state));
    let rules = &setup.reckoning.standing;
    let outcome = read(&facts, standing(&about_rank)?.as_ref(), standing(&about_zero)?.as_ref(), rules);
    let why = json!({
        "circular": by, "period": row.period, "row": row.row, "tied": facts.now.tied,
        "before": figure(&facts.before), "year_before": figure(&facts.year_before), "last_year": figure(&facts.last_year),
        "own_zero": facts.own_zero, "fall": rules.fall, "bottom": rules.bottom, "top": rules.top,
    });
    books.set_warning(&unit.id, &about_rank, outcome.rank.as_ref(), None)?;
    books.set_warning(&unit.id, &about_zero, outcome.zero.as_ref(), None)?;
    let send = |state: Option<&WarningState>, content, level, period| match state {
        Some(state) => warn(books, setup, Warning { state, content, level, period: Some(period), why: why.clone() }, now),
        None => Ok(()),
    };
    match outcome.say {
        None => Ok(()),
        Some(Said::RankFall(mut fallen)) => {
            let (level, window) = (fallen.level, fallen.now.window);
            fallen.submissions = sent.within(&unit.id, window)?;
            if let Some(from) = fallen.falls.iter().find_map(fall::from) {
                fallen.submissions_before = sent.within(&unit.id, from.window)?;
            }
            send(outcome.rank.as_ref(), Content::RankFall(*fallen), level, window)
        }
        Some(Said::Zero(mut zeroed)) => {
            let (level, window) = (zeroed.level, zeroed.window);
            zeroed.submissions = sent.within(&unit.id, window)?;
            if let Some(before) = zeroed.before {
                zeroed.submissions_before = sent.within(&unit.id, before.window)?;
            }
            send(outcome.zero.as_ref(), Content::Zero(*zeroed), level, window)
        }
    }
}

fn figure(figure: &Option<Figure>) -> serde_json::Value {
    figure.as_ref().map_or(serde_json::Value::Null, |figure| json!({ "period": figure.period, "row": figure.row, "tied": figure.tied }))
}

/// One superior's lists.
struct Lists<'a> {
    books: &'a Books<'a>,
    setup: &'a Setup,
    by: &'a str,
}

impl Lists<'_> {
    fn facts(&self, unit: &Unit, row: &CircularRow, known: &[ExternalEntry]) -> Result<Facts, StepError> {
        let (period, year) = (row.period, Period::Year(row.period.year() - 1));
        let figure = |entry: &ExternalEntry| self.figure(entry.period, &entry.row);
        let of = |period: Period| known.iter().find(|entry| entry.period == period).map(figure).transpose();
        let earlier = known.iter().filter(|entry| entry.period.year() == period.year() && entry.period.last() < period.last());
        Ok(Facts {
            unit: unit.id.clone(),
            by: self.by.to_owned(),
            now: self.figure(period, &row.row)?,
            before: earlier.max_by_key(|entry| entry.period.last()).map(figure).transpose()?,
            year_before: of(period.year_before())?,
            last_year: if period == Period::Year(period.year()) { None } else { of(year)? },
            own_zero: self.books.warning(&unit.id, zero::ABOUT)?.is_some(),
        })
    }

    /// A row with the number of direct-report points that share its rank in the circular: the units of one list.
    fn figure(&self, period: Period, row: &ExternalRow) -> Result<Figure, StepError> {
        let ranked_alike = |entry: &ExternalEntry| {
            let unit = self.setup.roster.unit(&UnitId(entry.row.subject.clone()));
            unit.is_some_and(|unit| unit.direct_report) && entry.row.rank == row.rank && entry.row.of == row.of
        };
        let tied = self.books.external_period(self.by, period)?.iter().filter(|entry| ranked_alike(entry)).count();
        Ok(Figure { period, row: row.clone(), tied: u32::try_from(tied).unwrap_or(u32::MAX) })
    }
}
