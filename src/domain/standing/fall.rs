//! A fall in rank: by places, into the bottom, out of the top.

use super::{Decided, level};
use crate::domain::ids::UnitId;
use crate::domain::ledger::StandingRules;
use crate::domain::period::Period;
use crate::domain::warning::{Fall, Ranked, WarningState};

/// What a warning of a fall on our own ledger is filed under.
pub const ABOUT: &str = "rank-fall";

/// An earlier place, with which a place is compared. Its list had the same population.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// Where the unit stood.
    pub ranked: Ranked,
    /// The windows are of different kinds: a number of places would say nothing.
    pub unlike: bool,
}

/// Whether two windows are of one kind: years to date of one year (a whole year is one, too), the same span of two years, or
/// two months, quarters or halves.
pub fn alike(one: Period, other: Period) -> bool {
    let to_date = |period: Period| match period {
        Period::Year(year) => Period::YearThrough(year, 12),
        other => other,
    };
    match (to_date(one), to_date(other)) {
        (Period::YearThrough(year, month), Period::YearThrough(other_year, other_month)) => year == other_year || month == other_month,
        (one, other) => std::mem::discriminant(&one) == std::mem::discriminant(&other),
    }
}

/// Units that are strictly lower; `None`: the list does not say how many there are, or all tie.
fn below(ranked: Ranked) -> Option<u32> {
    (ranked.of > 0 && ranked.tied < ranked.of).then(|| (ranked.of + 1).saturating_sub(ranked.rank + ranked.tied))
}

/// Whether it is among the last `bottom`: fewer than that are strictly lower, and not all tie.
pub fn in_bottom(ranked: Ranked, bottom: u32) -> bool {
    below(ranked).is_some_and(|below| below < bottom)
}

/// The tests that `now` fails against `earlier`, those of one kind before unlike ones: every fall by places, and the first
/// entry into the bottom and exit from the top.
pub fn falls(now: Ranked, earlier: &[Earlier], rules: &StandingRules) -> Vec<Fall> {
    let places = earlier.iter().filter(|then| !then.unlike).filter_map(|then| {
        let by = now.rank.saturating_sub(then.ranked.rank);
        (by >= rules.fall).then_some(Fall::Places { from: then.ranked, by })
    });
    let bottom = earlier.iter().find(|then| in_bottom(now, rules.bottom) && !in_bottom(then.ranked, rules.bottom));
    let top = earlier.iter().find(|then| now.rank > rules.top && then.ranked.rank <= rules.top);
    let bottom = bottom.map(|then| Fall::Bottom { from: Some(then.ranked), bottom: rules.bottom, unlike: then.unlike });
    let top = top.map(|then| Fall::Top { from: then.ranked, top: rules.top, unlike: then.unlike });
    places.chain(bottom).chain(top).collect()
}

/// The earlier place against which a fall was found.
pub fn from(fall: &Fall) -> Option<Ranked> {
    match fall {
        Fall::Places { from, .. } | Fall::Top { from, .. } => Some(*from),
        Fall::Bottom { from, .. } => *from,
    }
}

/// A fall that is told of now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// How often it was told of since the unit last stood well.
    pub warned_before: u32,
    /// The highest supervisor level that is told.
    pub level: u8,
}

/// Whether falls found at `now` are told of. While the unit has not climbed back (to a better rank than the one warned of, with no
/// test failing) the same or a better rank says nothing new; a worse one is told one level higher.
pub fn fall(unit: &UnitId, about: &str, now: Ranked, falls: &[Fall], state: Option<&WarningState>) -> Decided<Told> {
    let worse = state.and_then(|state| state.rank).is_none_or(|warned| now.rank > warned);
    let better = state.and_then(|state| state.rank).is_none_or(|warned| now.rank < warned);
    if falls.is_empty() {
        return Decided { say: None, state: state.filter(|_| !better).cloned() };
    }
    if !worse {
        return Decided { say: None, state: state.cloned() };
    }
    let warned_before = state.map_or(0, |state| state.times);
    let through = now.window.last();
    let state = WarningState { unit: unit.clone(), about: about.to_owned(), times: warned_before + 1, rank: Some(now.rank), through };
    Decided { say: Some(Told { warned_before, level: level(warned_before) }), state: Some(state) }
}
