//! Pace: how far this year is behind or ahead of last year, and whose doing that is.

use std::collections::BTreeSet;

use super::by_unit;
use crate::domain::digest::Pace;
use crate::domain::ids::UnitId;
use crate::domain::ledger::Tally;
use crate::domain::notice::UnitRef;
use crate::domain::period::Period;
use crate::domain::points::Points;

/// What is compared with what. All tallies are whole: units that have left are among them.
#[derive(Clone, Copy, Debug)]
pub struct Compared<'a> {
    /// Completed months of this year: a year to date, or a whole year.
    pub window: Period,
    /// This year's tallies in `window`.
    pub this: &'a [Tally],
    /// Last year's in the same span; `None` where last year has no months: all its rows lie on one day.
    pub same_span: Option<&'a [Tally]>,
    /// Those of the whole of last year.
    pub last_year: &'a [Tally],
}

/// This year against last year. Against the same span; where last year has no months, against a straight line through its whole:
/// n/12 for n completed months, rounded to thousandths. The shortfall is split by unit, largest first, those named in `units` before
/// others where it is equal; it adds up exactly. `None` where last year has no points, or no month is complete.
pub fn pace(compared: Compared<'_>, units: &[UnitRef]) -> Option<Pace> {
    let last_year: Points = total(compared.last_year);
    let months = completed_months(compared.window);
    if last_year <= Points::ZERO || months == 0 {
        return None;
    }
    let names = everybody(compared, units);
    let expected = match compared.same_span {
        Some(span) => points(span, &names),
        None => straight_line(&points(compared.last_year, &names), months),
    };
    let now = points(compared.this, &names);
    let mut split: Vec<(UnitRef, Points)> =
        names.into_iter().zip(expected.iter().zip(now).map(|(expected, now)| *expected - now)).collect();
    split.sort_by_key(|(_, short)| std::cmp::Reverse(*short));
    Some(Pace {
        window: compared.window,
        points: total(compared.this),
        expected: expected.into_iter().sum(),
        straight_line: compared.same_span.is_none(),
        last_year,
        split,
    })
}

/// Months that lie whole in a period that begins with the first of one.
fn completed_months(window: Period) -> u32 {
    match window {
        Period::Year(_) => 12,
        Period::Half(..) => 6,
        Period::Quarter(..) => 3,
        Period::Month(..) => 1,
        Period::YearThrough(_, months) => months,
        Period::Week(..) | Period::Days(..) => 0,
    }
}

/// What each has among `tallies`, in the order of `units`.
fn points(tallies: &[Tally], units: &[UnitRef]) -> Vec<Points> {
    let tallies = by_unit(tallies);
    units.iter().map(|unit| tallies.get(&unit.id).map_or(Points::ZERO, |tally| tally.points)).collect()
}

/// `units`, then whoever else has a tally, by id.
fn everybody(compared: Compared<'_>, units: &[UnitRef]) -> Vec<UnitRef> {
    let tallies = compared.this.iter().chain(compared.last_year).chain(compared.same_span.unwrap_or_default());
    let known: BTreeSet<&UnitId> = units.iter().map(|unit| &unit.id).collect();
    let others: BTreeSet<&UnitId> = tallies.map(|tally| &tally.unit).filter(|id| !known.contains(id)).collect();
    let named = others.into_iter().map(|id| UnitRef { id: id.clone(), name: id.to_string() });
    units.iter().cloned().chain(named).collect()
}

/// `months` twelfths of each, rounded so that the parts add up to the rounded twelfths of their sum: what is left over after
/// rounding down goes to the largest remainders, a thousandth each.
fn straight_line(whole: &[Points], months: u32) -> Vec<Points> {
    let twelfths = |points: Points| i128::from(points.thousandths()) * i128::from(months);
    let sum = (2 * twelfths(whole.iter().copied().sum()) + 12).div_euclid(24);
    let mut parts: Vec<i128> = whole.iter().map(|points| twelfths(*points).div_euclid(12)).collect();
    let mut by_remainder: Vec<usize> = (0..whole.len()).collect();
    by_remainder.sort_by_key(|index| std::cmp::Reverse(twelfths(whole[*index]).rem_euclid(12)));
    let left = usize::try_from(sum - parts.iter().sum::<i128>()).unwrap_or(0);
    for index in by_remainder.into_iter().take(left) {
        parts[index] += 1;
    }
    parts.into_iter().map(|part| Points::from_thousandths(i64::try_from(part).unwrap_or(i64::MAX))).collect()
}

fn total(tallies: &[Tally]) -> Points {
    tallies.iter().map(|tally| tally.points).sum()
}
