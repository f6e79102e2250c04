//! A superior's circular: where it puts a unit, against the circular before it, the same time last year, and last year's whole.

use super::fall::{self, Earlier, alike};
use super::{Decided, level};
use crate::domain::ids::UnitId;
use crate::domain::ledger::{ExternalRow, StandingRules};
use crate::domain::period::Period;
use crate::domain::points::Points;
use crate::domain::warning::{Fall, List, RankFall, Ranked, Scored, WarningState, Zero};

/// A unit's row in a circular, with what the other rows tell of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// As the circular names it.
    pub period: Period,
    /// As it stands there.
    pub row: ExternalRow,
    /// Rows of the same circular with this rank, its own included: 1 where it is not shared, or not among the rows we have.
    pub tied: u32,
}

/// What a circular's row is about: with 累计积分 the year to date through its period, of a bare year the whole year; else its period.
pub fn window(period: Period, row: &ExternalRow) -> Period {
    match (period, row.total) {
        (Period::Month(year, month), Some(_)) => Period::YearThrough(year, month),
        (Period::Quarter(year, quarter), Some(_)) => Period::YearThrough(year, 3 * quarter),
        (Period::Half(year, half), Some(_)) => Period::YearThrough(year, 6 * half),
        _ => period,
    }
}

impl Figure {
    /// The window of its rank and total.
    pub fn window(&self) -> Period {
        window(self.period, &self.row)
    }

    /// Where it puts the unit; `None`: it gives no rank. Of 0: it does not say of how many.
    pub fn ranked(&self) -> Option<Ranked> {
        let (rank, of) = (self.row.rank?, self.row.of.unwrap_or(0));
        let tied = self.tied.max(1);
        let last = of > 0 && tied < of && rank + tied > of;
        Some(Ranked { window: self.window(), rank, of, tied, last, points: self.points() })
    }

    /// Points of its window.
    pub fn points(&self) -> Option<Points> {
        self.row.total.or(self.row.points)
    }

    /// The same with its window, where it gives points.
    fn scored(&self) -> Option<Scored> {
        let items = self.row.adopted.unwrap_or(0);
        self.points().map(|points| Scored { window: self.window(), points, items })
    }
}

/// What is known of a direct-report point when a circular is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Whose.
    pub unit: UnitId,
    /// Whose circular.
    pub by: String,
    /// Its row in it.
    pub now: Figure,
    /// Its row in the circular before it of the same year.
    pub before: Option<Figure>,
    /// Its row for the same period of last year.
    pub year_before: Option<Figure>,
    /// Its row for the whole of last year.
    pub last_year: Option<Figure>,
    /// A stretch at zero on our own ledger has been warned of and goes on.
    pub own_zero: bool,
}

/// What is said of a unit when a circular is read: one notice at most. What the unit sent is still to be counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// It fails a test of its rank.
    RankFall(Box<RankFall>),
    /// It fails none, and is at zero where it was not before.
    Zero(Box<Zero>),
}

/// What came of a circular for one unit: what is said, and what stands against it as to rank and as to zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// At most one notice.
    pub say: Option<Said>,
    /// As to its rank in this superior's list.
    pub rank: Option<WarningState>,
    /// As to its points in this superior's list.
    pub zero: Option<WarningState>,
}

/// What warnings by this superior's list are filed under, as to rank and as to zero.
pub fn about(by: &str) -> (String, String) {
    (format!("{}:{by}", fall::ABOUT), format!("{}:{by}", super::zero::ABOUT))
}

impl Facts {
    /// Earlier rows, the nearest first.
    fn earlier(&self) -> impl Iterator<Item = &Figure> {
        [&self.before, &self.year_before, &self.last_year].into_iter().flatten()
    }

    /// Earlier places in lists of as many.
    fn places(&self, now: Ranked) -> Vec<Earlier> {
        let ranked = self.earlier().filter_map(Figure::ranked).filter(|then| then.of == now.of);
        ranked.map(|then| Earlier { ranked: then, unlike: !alike(now.window, then.window) }).collect()
    }

    /// The earlier figure with which points are compared.
    pub fn compared(&self) -> Option<Scored> {
        self.earlier().find_map(Figure::scored)
    }
}

/// What is said of a unit, given what stands against it as to rank and as to zero in this superior's list.
///
/// Zero is told once, when the total is 0 and the earlier figure was not, and not at all while our own ledger's zero is known. A
/// notice about the rank says so, too: there is one notice for a unit and a circular, whatever the tests that it fails.
pub fn read(facts: &Facts, rank: Option<&WarningState>, zero: Option<&WarningState>, rules: &StandingRules) -> Outcome {
    let (about_rank, about_zero) = about(&facts.by);
    let newly_zero = tests_zero(facts, &about_zero, zero);
    let tells_zero = newly_zero.say.is_some() && !facts.own_zero;
    let mut outcome = Outcome { say: None, rank: rank.cloned(), zero: newly_zero.state };
    if let Some(now) = facts.now.ranked() {
        let falls = fall::falls(now, &facts.places(now), rules);
        let decided = fall::fall(&facts.unit, &about_rank, now, &falls, rank);
        outcome.rank = decided.state;
        outcome.say = decided.say.map(|told| Said::RankFall(Box::new(rank_fall(facts, now, falls, told, tells_zero))));
    }
    if outcome.say.is_none() && tells_zero {
        outcome.say = newly_zero.say.map(|before| Said::Zero(Box::new(zero_notice(facts, before))));
    }
    outcome
}

fn tests_zero(facts: &Facts, about: &str, state: Option<&WarningState>) -> Decided<Scored> {
    let Some(total) = facts.now.row.total else { return Decided { say: None, state: state.cloned() } };
    if total > Points::ZERO {
        return Decided { say: None, state: None };
    }
    let before = facts.compared().filter(|before| before.points > Points::ZERO && state.is_none());
    let through = facts.now.window().last();
    let told = WarningState { unit: facts.unit.clone(), about: about.to_owned(), times: 1, rank: None, through };
    Decided { state: state.cloned().or(before.map(|_| told)), say: before }
}

fn rank_fall(facts: &Facts, now: Ranked, falls: Vec<Fall>, told: fall::Told, zero: bool) -> RankFall {
    let from = falls.iter().find_map(fall::from);
    RankFall {
        list: List::Circular { by: facts.by.clone() },
        now,
        points_before: from.and_then(|from| from.points),
        falls,
        passed_by: Vec::new(),
        zero,
        submissions: 0,
        submissions_before: 0,
        warned_before: told.warned_before,
        level: told.level,
    }
}

fn zero_notice(facts: &Facts, before: Scored) -> Zero {
    let window = facts.now.window();
    Zero {
        list: List::Circular { by: facts.by.clone() },
        window,
        days: window.days(),
        warned_before: 0,
        never_reported: false,
        before: Some(before),
        chance_per_mille: None,
        items_last_year: facts.last_year.as_ref().and_then(|row| row.row.adopted).unwrap_or(0),
        months: super::zero::completed_months(window, None),
        submissions: 0,
        submissions_before: 0,
        ranked: facts.now.ranked(),
        falls: Vec::new(),
        level: level(0),
        made_up: false,
    }
}
