//! No mail from a unit for a stretch that is improbable at its own past rate.

use chrono::{NaiveDate, TimeDelta};

use super::{Decided, level};
use crate::domain::ids::UnitId;
use crate::domain::rules::Instant;
use crate::domain::warning::{Silent, WarningState};

/// What the warning is filed under.
pub const ABOUT: &str = "silent";

/// The rate is told over at most so many days up to the last mail.
pub const RATE_DAYS: i64 = 365;

/// Fewer submissions tell no rate.
pub const FEWEST: u64 = 12;

/// Nor does a shorter time.
const SHORTEST_DAYS: i64 = 56;

/// A stretch is warned of at most so often.
const WARNINGS: u32 = 3;

/// What is known of a unit's mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Its last mail, of whatever kind.
    pub last: Instant,
    /// Submissions within `RATE_DAYS` up to the last mail: sudden-event stages, zero reports, corrections and withdrawn ones aside.
    pub counted: u64,
    /// Its first mail ever, of whatever kind.
    pub first: Instant,
}

impl Rate {
    /// Days over which the rate is told: from the first mail to the last, `RATE_DAYS` at most.
    pub fn over_days(&self) -> i64 {
        (self.last - self.first).num_days().min(RATE_DAYS)
    }

    /// The chance of `days` without mail; `None`: too little is known of the unit.
    fn chance(&self, days: i64) -> Option<f64> {
        let over = self.over_days();
        // Counts and days are small numbers: far within what a float holds exactly.
        (self.counted >= FEWEST && over >= SHORTEST_DAYS).then(|| (-(self.counted as f64) * days as f64 / over as f64).exp())
    }

    /// Whole days without mail after which the chance is under the limit to the power of `times`: 1 for the first warning.
    pub fn days_until(&self, limit_per_mille: u32, times: u32) -> Option<i64> {
        let limit = limit(limit_per_mille, times);
        let under = |days: i64| self.chance(days).is_some_and(|chance| chance < limit);
        // Where the chance ends as zero a float holds no smaller one, and the warning can wait for ever.
        let (mut not_yet, mut enough) = (0, 1);
        while !under(enough) {
            if enough > 100 * RATE_DAYS {
                return None;
            }
            (not_yet, enough) = (enough, enough * 2);
        }
        while enough - not_yet > 1 {
            let middle = not_yet + (enough - not_yet) / 2;
            if under(middle) { enough = middle } else { not_yet = middle }
        }
        Some(enough)
    }
}

fn limit(per_mille: u32, times: u32) -> f64 {
    (f64::from(per_mille) / 1000.0).powi(i32::try_from(times).unwrap_or(i32::MAX))
}

/// What stands against the unit still, its last mail having come on `last_day`. A warning follows a whole day without mail at the
/// least: mail of the day of the warning came after it, and ended the stretch.
fn running(state: Option<&WarningState>, last_day: NaiveDate) -> Option<&WarningState> {
    state.filter(|state| last_day < state.through)
}

/// When the unit becomes silent, or more silent, if nothing comes; `None`: too little is known, or it has been said three times.
/// `last_day` is the day of its last mail in the office's zone.
pub fn next(rate: &Rate, limit_per_mille: u32, state: Option<&WarningState>, last_day: NaiveDate) -> Option<Instant> {
    let times = running(state, last_day).map_or(0, |state| state.times);
    (times < WARNINGS).then(|| rate.days_until(limit_per_mille, times + 1)).flatten().map(|days| rate.last + TimeDelta::days(days))
}

/// Whether the unit is silent at `now`, and is told of: when the chance of such a stretch is under the limit, again under its
/// square, and under its cube. Mail of any kind after the last warning ends the stretch. `today` and `last_day` are the days of
/// `now` and of the last mail in the office's zone.
pub fn silent(
    unit: &UnitId,
    rate: &Rate,
    limit_per_mille: u32,
    state: Option<&WarningState>,
    (last_day, today): (NaiveDate, NaiveDate),
    now: Instant,
) -> Decided<Silent> {
    let state = running(state, last_day);
    let warned_before = state.map_or(0, |state| state.times);
    let days = (now - rate.last).num_days();
    let Some(chance) = rate.chance(days).filter(|chance| warned_before < WARNINGS && *chance < limit(limit_per_mille, warned_before + 1))
    else {
        return Decided { say: None, state: state.cloned() };
    };
    let said = Silent {
        last: rate.last,
        days,
        counted: rate.counted,
        over_days: rate.over_days(),
        chance_per_mille: (chance * 1000.0).floor() as u32,
        limit_per_mille,
        warned_before,
        level: level(warned_before),
    };
    let state = WarningState { unit: unit.clone(), about: ABOUT.to_owned(), times: warned_before + 1, rank: None, through: today };
    Decided { say: Some(said), state: Some(state) }
}
