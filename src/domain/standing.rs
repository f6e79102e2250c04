//! Ledger → points, shares, ranks and pace; standings and mail → who is warned of: zero, rank-fall, silent.
//!
//! Source: rules.md, "Standings". Who takes part in a ranking is decided by the caller: the units of the roster in force on the
//! last day of its window. Points below zero count as none: deductions never end a stretch at zero.

pub mod assessment;
pub mod external;
pub mod fall;
pub mod pace;
pub mod silent;
pub mod zero;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::digest::StandingLine;
use super::ids::UnitId;
pub use super::ledger::Tally;
use super::notice::UnitRef;
use super::period::Period;
use super::points::Points;
use super::roster::Unit;
use super::warning::{Ranked, WarningState};

/// A unit's place in a ranking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Whose.
    pub unit: UnitId,
    /// By which it is ranked.
    pub points: Points,
    /// 1 + the units strictly higher.
    pub rank: u32,
    /// Units that share the rank, itself included.
    pub tied: u32,
    /// Of so many.
    pub of: u32,
    /// None is strictly lower, and not all tie.
    pub last: bool,
}

/// A ranking of one window, as it is kept with an assessment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ranking {
    /// The window.
    pub window: Period,
    /// Everybody who took part, in the order given.
    pub places: Vec<Place>,
}

/// What came of testing a unit: what is to be said, and what stands against it from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided<T> {
    /// The warning; `None`: nothing is said.
    pub say: Option<T>,
    /// What stands against the unit; `None`: nothing, the next warning is a first one.
    pub state: Option<WarningState>,
}

/// The highest level of supervisors that there is.
const HIGHEST_LEVEL: u8 = 3;

/// The level that hears of a warning after `warned_before` others in the same stretch: 1, then 2, then 3 and no higher.
pub fn level(warned_before: u32) -> u8 {
    u8::try_from(warned_before).map_or(HIGHEST_LEVEL, |before| before.saturating_add(1).min(HIGHEST_LEVEL))
}

/// The places of `points`, in the same order.
pub fn rank(points: &[(UnitId, Points)]) -> Vec<Place> {
    let mut sorted: Vec<Points> = points.iter().map(|(_, points)| *points).collect();
    sorted.sort_unstable();
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let place = |(unit, points): &(UnitId, Points)| {
        let lower = sorted.partition_point(|other| other < points);
        let not_higher = sorted.partition_point(|other| other <= points);
        let (higher, tied) = (sorted.len() - not_higher, not_higher - lower);
        Place {
            unit: unit.clone(),
            points: *points,
            rank: 1 + count(higher),
            tied: count(tied),
            of: count(sorted.len()),
            last: lower == 0 && tied < sorted.len(),
        }
    };
    points.iter().map(place).collect()
}

impl Place {
    /// As a notice names it.
    pub fn in_window(&self, window: Period) -> Ranked {
        Ranked { window, rank: self.rank, of: self.of, tied: self.tied, last: self.last, points: Some(self.points) }
    }
}

impl Ranking {
    /// Ranks `population` by what `tallies` give it in `window`; a unit without a tally has no points.
    pub fn of<'a>(window: Period, population: impl Iterator<Item = &'a UnitId>, tallies: &[Tally]) -> Ranking {
        let known = by_unit(tallies);
        let points: Vec<(UnitId, Points)> =
            population.map(|unit| (unit.clone(), known.get(unit).map_or(Points::ZERO, |tally| tally.points))).collect();
        Ranking { window, places: rank(&points) }
    }

    /// A unit's place.
    pub fn place(&self, unit: &UnitId) -> Option<&Place> {
        self.places.iter().find(|place| place.unit == *unit)
    }

    /// A unit's place as a notice names it.
    pub fn ranked(&self, unit: &UnitId) -> Option<Ranked> {
        self.place(unit).map(|place| place.in_window(self.window))
    }

    /// Whether the same units take part in both.
    pub fn same_population(&self, other: &Ranking) -> bool {
        let names = |ranking: &Ranking| {
            let mut names: Vec<UnitId> = ranking.places.iter().map(|place| place.unit.clone()).collect();
            names.sort_unstable();
            names
        };
        names(self) == names(other)
    }

    /// Whether it tells anybody from anybody: where all tie there is no ranking to fall in.
    pub fn tells(&self) -> bool {
        self.places.iter().any(|place| place.tied < place.of)
    }

    /// Units that stood behind or beside `unit` in `before` and are ahead of it here, in the order of their ranks.
    pub fn passed(&self, before: &Ranking, unit: &UnitId) -> Vec<UnitId> {
        let (Some(now), Some(then)) = (self.place(unit), before.place(unit)) else { return Vec::new() };
        let was_not_ahead = |other: &Place| before.place(&other.unit).is_some_and(|place| place.rank >= then.rank);
        let mut passed: Vec<&Place> = self.places.iter().filter(|other| other.rank < now.rank && was_not_ahead(other)).collect();
        passed.sort_by_key(|place| place.rank);
        passed.into_iter().map(|place| place.unit.clone()).collect()
    }
}

/// What `tallies` have of `unit`; nothing where it is not among them.
pub fn tally_of(tallies: &[Tally], unit: &UnitId) -> Tally {
    let found = tallies.iter().find(|tally| tally.unit == *unit).cloned();
    found.unwrap_or_else(|| Tally { unit: unit.clone(), points: Points::ZERO, items: 0, earning: 0 })
}

/// The same for many units: looked up, not searched for.
fn by_unit(tallies: &[Tally]) -> BTreeMap<&UnitId, &Tally> {
    tallies.iter().map(|tally| (&tally.unit, tally)).collect()
}

/// A unit that takes part in a table of standings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entrant {
    /// Who.
    pub unit: UnitRef,
    /// Its class.
    pub class: Option<String>,
    /// Whether it is a direct-report point.
    pub direct_report: bool,
}

impl From<&Unit> for Entrant {
    fn from(unit: &Unit) -> Entrant {
        let named = UnitRef { id: unit.id.clone(), name: unit.name.clone() };
        Entrant { unit: named, class: unit.class.clone(), direct_report: unit.direct_report }
    }
}

/// The table of standings of a window, by rank, then in the order of `units` (the roster's). Shares are of the points of all
/// tallies, those of units that have left among them. `before` is the ranking against which places are gained and lost; it
/// counts only where the same units take part in both. `submitted`: submissions of each unit in the window.
pub fn lines(tallies: &[Tally], before: Option<&Ranking>, units: &[Entrant], submitted: &BTreeMap<UnitId, u64>) -> Vec<StandingLine> {
    let total: Points = tallies.iter().map(|tally| tally.points).sum();
    let known = by_unit(tallies);
    let of = |unit: &UnitId| known.get(unit).copied();
    let points: Vec<(UnitId, Points)> =
        units.iter().map(|entrant| (entrant.unit.id.clone(), of(&entrant.unit.id).map_or(Points::ZERO, |tally| tally.points))).collect();
    let places = rank(&points);
    let earlier: BTreeMap<&UnitId, u32> =
        before.into_iter().flat_map(|before| &before.places).map(|place| (&place.unit, place.rank)).collect();
    let same = earlier.len() == places.len() && places.iter().all(|place| earlier.contains_key(&place.unit));
    let line = |(entrant, place): (&Entrant, &Place)| StandingLine {
        unit: entrant.unit.clone(),
        class: entrant.class.clone(),
        direct_report: entrant.direct_report,
        points: place.points,
        items: of(&place.unit).map_or(0, |tally| u64::try_from(tally.items).unwrap_or(0)),
        share: place.points.share_of(total),
        rank: place.rank,
        tied: place.tied,
        last: place.last,
        moved: earlier.get(&place.unit).filter(|_| same).map(|then| i64::from(*then) - i64::from(place.rank)),
        submitted: submitted.get(&place.unit).copied().unwrap_or(0),
    };
    let mut lines: Vec<StandingLine> = units.iter().zip(&places).map(line).collect();
    lines.sort_by_key(|line| line.rank);
    lines
}

/// The chance, in thousandths, that a unit with `items_a_year` adoptions a year has none in `months`: exp(−items × months / 12).
pub fn chance_per_mille(items_a_year: u64, months: u32) -> u32 {
    // Both are small numbers: far within what a float holds exactly.
    let expected = items_a_year as f64 * f64::from(months) / 12.0;
    (1000.0 * (-expected).exp()).round() as u32
}

#[cfg(test)]
#[path = "standing/tests.rs"]
mod tests;
