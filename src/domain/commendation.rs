//! Commendation: the standing of a year by class of unit, as a table to sign.
//!
//! Source: rules.md, "Tags, bulletins, requisitions, awards".

use std::collections::BTreeMap;

use serde::Serialize;

use super::ids::UnitId;
use super::ledger::EntryKind;
use super::points::Points;
use super::reckoning::Award;

/// A unit that takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its id.
    pub unit: UnitId,
    /// Its class; `None`: of no class.
    pub class: Option<String>,
}

/// Points of one kind of row that a unit has in the year. A reversal counts to the kind of what it takes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earned {
    /// Whose.
    pub unit: UnitId,
    /// Of which kind.
    pub kind: EntryKind,
    /// Points.
    pub points: Points,
    /// Adoptions.
    pub items: i64,
}

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// 1 + the units of the class that are strictly higher, by points, then by adoptions.
    pub rank: u32,
    /// Units of the class that share the rank, itself included.
    pub tied: u32,
    /// The unit.
    pub unit: UnitId,
    /// Adoptions.
    pub items: i64,
    /// Points for adoptions.
    pub adoptions: Points,
    /// Points for leaders' instructions.
    pub instructions: Points,
    /// Points taken for breaches; not positive.
    pub deductions: Points,
    /// All together.
    pub total: Points,
    /// Among those who are commended.
    pub commended: bool,
    /// It shares the last place that is commended, and there are more units than places: whoever signs decides.
    pub shares_last_place: bool,
}

/// One class of units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Class {
    /// Its name; empty for units of no class.
    pub class: String,
    /// How many are commended; `None`: the configuration has no award for it.
    pub places: Option<u32>,
    /// Its units, the highest first, those of one rank in the order of the roster.
    pub lines: Vec<Line>,
}

/// The standing of a year. Classes with an award come first, in its order; then the others, in the order of the roster.
///
/// Of equal points, more adoptions rank higher: units that appear only in outlets without points are told apart so. A unit
/// without points and adoptions is not commended, whatever places are left.
pub fn commendation(candidates: &[Candidate], earned: &[Earned], awards: &[Award]) -> Vec<Class> {
    let mut names: Vec<String> = awards.iter().map(|award| award.class.clone()).collect();
    for class in candidates.iter().map(|candidate| candidate.class.clone().unwrap_or_default()) {
        if !names.contains(&class) {
            names.push(class);
        }
    }
    let sums = sums(earned);
    let places = |class: &str| awards.iter().find(|award| award.class == class).map(|award| award.places);
    let classes = names.into_iter().map(|class| {
        let places = places(&class);
        let of_class = candidates.iter().filter(|candidate| candidate.class.as_deref().unwrap_or_default() == class);
        Class { lines: lines(of_class.map(|candidate| &candidate.unit), &sums, places), places, class }
    });
    classes.filter(|class| !class.lines.is_empty()).collect()
}

#[derive(Clone, Copy, Default)]
struct Sum {
    items: i64,
    adoptions: Points,
    instructions: Points,
    deductions: Points,
}

impl Sum {
    fn total(&self) -> Points {
        self.adoptions + self.instructions + self.deductions
    }

    fn merit(&self) -> (Points, i64) {
        (self.total(), self.items)
    }
}

fn sums(earned: &[Earned]) -> BTreeMap<&UnitId, Sum> {
    let mut sums: BTreeMap<&UnitId, Sum> = BTreeMap::new();
    for row in earned {
        let sum = sums.entry(&row.unit).or_default();
        sum.items += row.items;
        match row.kind {
            EntryKind::Instruction => sum.instructions += row.points,
            EntryKind::Deduction => sum.deductions += row.points,
            EntryKind::Adoption | EntryKind::Reversal => sum.adoptions += row.points,
        }
    }
    sums
}

fn lines<'a>(units: impl Iterator<Item = &'a UnitId>, sums: &BTreeMap<&UnitId, Sum>, places: Option<u32>) -> Vec<Line> {
    let mut ranked: Vec<(&UnitId, Sum)> = units.map(|unit| (unit, sums.get(unit).copied().unwrap_or_default())).collect();
    ranked.sort_by_key(|(_, sum)| std::cmp::Reverse(sum.merit()));
    let count = |test: &dyn Fn((Points, i64)) -> bool| {
        u32::try_from(ranked.iter().filter(|(_, sum)| test(sum.merit())).count()).unwrap_or(u32::MAX)
    };
    let line = |(unit, sum): &(&UnitId, Sum)| {
        let (merit, total) = (sum.merit(), sum.total());
        let (higher, tied) = (count(&|other| other > merit), count(&|other| other == merit));
        let rank = higher.saturating_add(1);
        let commended = places.is_some_and(|places| rank <= places) && merit > (Points::ZERO, 0);
        let shares_last_place = commended && places.is_some_and(|places| higher.saturating_add(tied) > places);
        Line {
            rank,
            tied,
            unit: (*unit).clone(),
            items: sum.items,
            adoptions: sum.adoptions,
            instructions: sum.instructions,
            deductions: sum.deductions,
            total,
            commended,
            shares_last_place,
        }
    };
    ranked.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(points: i64) -> Points {
        Points::from_thousandths(points * 1000)
    }

    fn candidates(list: &[(&str, Option<&str>)]) -> Vec<Candidate> {
        list.iter().map(|(unit, class)| Candidate { unit: (*unit).into(), class: class.map(str::to_owned) }).collect()
    }

    fn earned(unit: &str, kind: EntryKind, amount: i64) -> Earned {
        Earned { unit: unit.into(), kind, points: points(amount), items: i64::from(kind == EntryKind::Adoption) }
    }

    fn adopted(list: &[(&str, i64)]) -> Vec<Earned> {
        list.iter().map(|(unit, amount)| earned(unit, EntryKind::Adoption, *amount)).collect()
    }

    fn award(class: &str, places: u32) -> Award {
        Award { class: class.into(), places }
    }

    const COUNTIES: [(&str, Option<&str>); 4] =
        [("a", Some("county")), ("b", Some("county")), ("c", Some("county")), ("d", Some("county"))];

    fn shown(classes: &[Class]) -> Vec<(String, u32, bool, bool)> {
        classes.iter().flat_map(|c| &c.lines).map(|l| (l.unit.to_string(), l.rank, l.commended, l.shares_last_place)).collect()
    }

    fn row(unit: &str, rank: u32, commended: bool, shares: bool) -> (String, u32, bool, bool) {
        (unit.to_owned(), rank, commended, shares)
    }

    #[test]
    fn the_total_is_adoptions_and_instructions_less_deductions() {
        let mut rows = adopted(&[("a", 10), ("b", 9)]);
        rows.extend([earned("b", EntryKind::Instruction, 5), earned("a", EntryKind::Deduction, -3)]);
        let classes = commendation(&candidates(&COUNTIES), &rows, &[award("county", 1)]);
        let first = &classes[0].lines[0];
        assert_eq!((first.unit.as_str(), first.total, first.instructions), ("b", points(14), points(5)));
        let second = &classes[0].lines[1];
        assert_eq!((second.unit.as_str(), second.total, second.deductions, second.items), ("a", points(7), points(-3), 1));
    }

    #[test]
    fn units_tied_with_the_last_place_are_all_commended_and_marked() {
        let rows = adopted(&[("a", 10), ("b", 7), ("c", 7), ("d", 3)]);
        let two = commendation(&candidates(&COUNTIES), &rows, &[award("county", 2)]);
        assert_eq!(shown(&two), [row("a", 1, true, false), row("b", 2, true, true), row("c", 2, true, true), row("d", 4, false, false)]);
        let three = commendation(&candidates(&COUNTIES), &rows, &[award("county", 3)]);
        assert_eq!(shown(&three)[1..3], [row("b", 2, true, false), row("c", 2, true, false)]);
    }

    #[test]
    fn adoptions_without_points_tell_apart_those_who_have_no_points() {
        let rows = adopted(&[("a", 0), ("b", 0), ("b", 0), ("c", 0), ("c", 0), ("c", 0)]);
        let classes = commendation(&candidates(&COUNTIES), &rows, &[award("county", 2)]);
        assert_eq!(
            shown(&classes),
            [row("c", 1, true, false), row("b", 2, true, false), row("a", 3, false, false), row("d", 4, false, false)]
        );
    }

    #[test]
    fn a_unit_without_points_is_not_commended() {
        let classes = commendation(&candidates(&COUNTIES), &adopted(&[("a", 1)]), &[award("county", 3)]);
        assert_eq!(shown(&classes)[1], row("b", 2, false, false));
        assert_eq!(classes[0].lines[1].tied, 3);
    }

    #[test]
    fn each_class_stands_for_itself_and_those_with_an_award_come_first() {
        let units = candidates(&[("fire", None), ("bank", Some("department")), ("a", Some("county"))]);
        let classes = commendation(&units, &adopted(&[("a", 1), ("fire", 9)]), &[award("county", 1)]);
        let names: Vec<(&str, Option<u32>)> = classes.iter().map(|class| (class.class.as_str(), class.places)).collect();
        assert_eq!(names, [("county", Some(1)), ("", None), ("department", None)]);
        assert!(classes[0].lines[0].commended && !classes[1].lines[0].commended);
    }
}
