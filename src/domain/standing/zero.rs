//! A direct-report point that has dropped to zero: at the transition, then as still zero at each assessment, one level higher.

use chrono::{Datelike, Months, NaiveDate};

use super::{Decided, chance_per_mille, level};
use crate::domain::ids::UnitId;
use crate::domain::ledger::StandingRules;
use crate::domain::period::Period;
use crate::domain::points::Points;
use crate::domain::warning::{Fall, List, Ranked, Scored, WarningState, Zero};

/// What a warning of a zero on our own ledger is filed under.
pub const ABOUT: &str = "zero";

/// What is known of one direct-report point at an assessment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Whose.
    pub unit: UnitId,
    /// The year to date, or the year that ended.
    pub window: Period,
    /// Days of the window on which the unit was in force; a unit that started in mid-year has fewer than the window.
    pub days: i64,
    /// Whole months among them: those of the stretch.
    pub months: u32,
    /// Its points in the window.
    pub points: Points,
    /// The same span of last year.
    pub same_span: Scored,
    /// The whole of last year.
    pub last_year: Scored,
    /// The ledger has, or had, a row of it that is no deduction, up to the end of the window.
    pub ever: bool,
    /// What it sent in the window.
    pub submissions: u64,
    /// What it sent in the comparison window.
    pub submissions_before: u64,
    /// Where it stands.
    pub ranked: Option<Ranked>,
    /// Tests of its rank that fail, too.
    pub falls: Vec<Fall>,
    /// The assessment was put off until the table came.
    pub made_up: bool,
}

/// The window with which a zero is compared: the same span last year if it had any points, else the whole of last year.
pub fn comparison(same_span: Scored, last_year: Scored) -> Scored {
    if same_span.points > Points::ZERO { same_span } else { last_year }
}

/// Months that lie whole both in `window` and at or after `since`, the first day of the unit in force.
pub fn completed_months(window: Period, since: Option<NaiveDate>) -> u32 {
    let (first, end) = (since.map_or(window.first(), |since| since.max(window.first())), window.end());
    let begins = if first.day() == 1 { Some(first) } else { first.with_day(1).and_then(|day| day.checked_add_months(Months::new(1))) };
    let Some(begins) = begins else { return 0 };
    let months = (end.year() - begins.year()) * 12 + end.month() as i32 - begins.month() as i32;
    u32::try_from(months).unwrap_or(0)
}

/// Whether the unit is at zero, and is told of now.
///
/// Told when the year to date has no points after `min_days` at least and the comparison window had some; once told of, the
/// stretch goes on over New Year, and each later assessment tells of it again, until there are points. A unit of which the ledger
/// has no figure at all is named once.
pub fn zero(facts: Facts, state: Option<&WarningState>, rules: &StandingRules) -> Decided<Zero> {
    let kept = || Decided { say: None, state: state.cloned() };
    if facts.points > Points::ZERO {
        return Decided { say: None, state: None };
    }
    if facts.days < i64::from(rules.min_days) {
        return kept();
    }
    let before = comparison(facts.same_span, facts.last_year);
    let tells = match state {
        Some(_) => facts.ever,
        None => !facts.ever || before.points > Points::ZERO,
    };
    if !tells {
        return kept();
    }
    let warned_before = state.map_or(0, |state| state.times);
    let items_last_year = facts.last_year.items;
    let state =
        WarningState { unit: facts.unit, about: ABOUT.to_owned(), times: warned_before + 1, rank: None, through: facts.window.last() };
    let zero = Zero {
        list: List::Own,
        window: facts.window,
        days: facts.days,
        warned_before,
        never_reported: !facts.ever,
        before: facts.ever.then_some(before),
        chance_per_mille: (items_last_year > 0).then(|| chance_per_mille(items_last_year, facts.months)),
        items_last_year,
        months: facts.months,
        submissions: facts.submissions,
        submissions_before: facts.submissions_before,
        ranked: facts.ranked,
        falls: facts.falls,
        level: level(warned_before),
        made_up: facts.made_up,
    };
    Decided { say: Some(zero), state: Some(state) }
}
