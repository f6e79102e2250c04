//! A month's table of standings: gathered once from the ledger, for as many readers as there are.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};

use super::standings::{self, Table};
use super::{Setup, StepError};
use crate::domain::digest::{Circular, CircularLine, StandingLine};
use crate::domain::ids::UnitId;
use crate::domain::period::Period;
use crate::domain::points::Points;
use crate::domain::rules::Instant;
use crate::domain::standing::assessment::{month_before, year_to};
use crate::store::Books;

/// The facts of a month over all units.
pub struct Month {
    month: Period,
    to_date: Period,
    as_of: NaiveDate,
    lines: Vec<CircularLine>,
    month_total: Points,
    total: Points,
}

/// Whether the table of adoptions reaches into `month`.
pub fn table_has_come(books: &Books<'_>, month: Period) -> Result<bool, StepError> {
    Ok(books.reaches(None, month.first(), month.end())?.is_some())
}

/// Gathers the standings of `month`; `None`: the table does not reach into it.
pub fn gather(books: &Books<'_>, setup: &Setup, month: Period) -> Result<Option<Month>, StepError> {
    let Some(as_of) = books.reaches(None, month.first(), month.end())? else { return Ok(None) };
    let to_date = year_to(month);
    let earlier = (month.first().month() > 1).then(|| year_to(month_before(month.first())));
    let Table { lines, total } = standings::table(books, setup, to_date, earlier)?;
    let Table { lines: of_the_month, total: month_total } = standings::table(books, setup, month, None)?;
    let of_the_month: BTreeMap<UnitId, StandingLine> = of_the_month.into_iter().map(|line| (line.unit.id.clone(), line)).collect();
    let joined = |to_date: StandingLine| {
        // Both tables are of the units in force on the last day of the month.
        let month = of_the_month.get(&to_date.unit.id);
        CircularLine {
            month_points: month.map_or(Points::ZERO, |line| line.points),
            month_items: month.map_or(0, |line| line.items),
            month_rank: month.map_or(0, |line| line.rank),
            to_date,
        }
    };
    Ok(Some(Month { month, to_date, as_of, lines: lines.into_iter().map(joined).collect(), month_total, total }))
}

impl Month {
    /// What a reader is told who answers for `of`; `None`: for all units. Ranks and totals are those among all.
    pub fn circular(&self, of: Option<&BTreeSet<UnitId>>, put_off: Option<Instant>) -> Circular {
        let theirs = |line: &&CircularLine| of.is_none_or(|units| units.contains(&line.to_date.unit.id));
        let lines: Vec<CircularLine> = self.lines.iter().filter(theirs).cloned().collect();
        Circular {
            month: self.month,
            to_date: self.to_date,
            as_of: self.as_of,
            zero: lines.iter().filter(|line| line.to_date.points <= Points::ZERO).map(|line| line.to_date.unit.clone()).collect(),
            lines,
            month_total: self.month_total,
            total: self.total,
            put_off,
        }
    }
}
