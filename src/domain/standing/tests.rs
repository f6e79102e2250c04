use std::collections::BTreeMap;

use chrono::NaiveDate;
use proptest::prelude::*;

use super::fall::{Earlier, alike, falls};
use super::pace::{Compared, pace};
use super::*;
use crate::domain::ledger::{Deductions, Joint, StandingRules, Tally};
use crate::domain::warning::{Fall, Scored};

fn rules() -> StandingRules {
    StandingRules {
        assess_cron: "0 9 1 * *".into(),
        min_days: 28,
        fall: 3,
        bottom: 1,
        top: 10,
        joint: Joint::Full,
        silence_per_mille: 10,
        deductions: Deductions::default(),
    }
}

fn points(whole: i64) -> Points {
    Points::from_thousandths(1000 * whole)
}

fn tally(unit: &str, whole: i64) -> Tally {
    Tally { unit: unit.into(), points: points(whole), items: 1, earning: 1 }
}

fn ranked(rank: u32, tied: u32, of: u32, window: &str) -> Ranked {
    Ranked { window: window.parse().unwrap(), rank, of, tied, last: tied < of && rank + tied > of, points: None }
}

fn named(names: &[&str]) -> Vec<UnitRef> {
    names.iter().map(|name| UnitRef { id: (*name).into(), name: (*name).into() }).collect()
}

fn entrants(names: &[&str]) -> Vec<Entrant> {
    named(names).into_iter().map(|unit| Entrant { unit, class: None, direct_report: true }).collect()
}

fn places(figures: &[(&str, i64)]) -> Vec<(u32, u32, bool)> {
    let figures: Vec<(UnitId, Points)> = figures.iter().map(|(unit, whole)| ((*unit).into(), points(*whole))).collect();
    rank(&figures).into_iter().map(|place| (place.rank, place.tied, place.last)).collect()
}

#[test]
fn ties_share_a_rank_and_the_next_one_counts_all_who_are_higher() {
    assert_eq!(places(&[("a", 5), ("b", 9), ("c", 5), ("d", 1)]), [(2, 2, false), (1, 1, false), (2, 2, false), (4, 1, true)]);
}

#[test]
fn several_at_zero_are_last_together() {
    assert_eq!(places(&[("a", 0), ("b", 3), ("c", 0)]), [(2, 2, true), (1, 1, false), (2, 2, true)]);
}

#[test]
fn where_all_tie_nobody_is_last() {
    assert_eq!(places(&[("a", 0), ("b", 0)]), [(1, 2, false), (1, 2, false)]);
    assert_eq!(places(&[("a", 4)]), [(1, 1, false)]);
    assert_eq!(places(&[]), []);
}

#[test]
fn a_table_is_in_order_of_rank_then_of_the_roster_with_the_shares_of_2002() {
    let tallies = [tally("office", 313), tally("pingding", 7), tally("yuxian", 11), tally("jiaoqu", 42)];
    let lines = lines(&tallies, None, &entrants(&["pingding", "yuxian", "jiaoqu", "office", "fire", "water"]), &BTreeMap::new());
    let shown: Vec<(&str, Option<i64>, u32)> = lines.iter().map(|line| (line.unit.name.as_str(), line.share, line.rank)).collect();
    let expected = [
        ("office", Some(839), 1),
        ("jiaoqu", Some(113), 2),
        ("yuxian", Some(29), 3),
        ("pingding", Some(19), 4),
        ("fire", Some(0), 5),
        ("water", Some(0), 5),
    ];
    assert_eq!(shown, expected);
}

#[test]
fn at_a_total_of_zero_a_share_is_a_dash() {
    assert_eq!(lines(&[], None, &entrants(&["a", "b"]), &BTreeMap::new())[0].share, None);
}

#[test]
fn places_are_gained_and_lost_among_the_same_units_only() {
    let window = Period::YearThrough(2003, 2);
    let before = |names: &[&str]| {
        let ids: Vec<UnitId> = names.iter().map(|name| (*name).into()).collect();
        Ranking::of(Period::YearThrough(2003, 1), ids.iter(), &[tally("a", 9), tally("b", 4)])
    };
    let moved = |before: &Ranking| {
        let lines = lines(&[tally("a", 9), tally("b", 14)], Some(before), &entrants(&["a", "b", "c"]), &BTreeMap::new());
        lines.into_iter().map(|line| line.moved).collect::<Vec<_>>()
    };
    assert_eq!(moved(&before(&["a", "b", "c"])), [Some(1), Some(-1), Some(0)]);
    assert_eq!(moved(&before(&["a", "b"])), [None, None, None]);
    assert_eq!(moved(&before(&["a", "b", "d"])), [None, None, None]);
    assert_eq!(window.days(), 59);
}

#[test]
fn whoever_was_behind_or_beside_and_is_ahead_has_passed() {
    let units: Vec<UnitId> = ["a", "b", "c", "d"].map(UnitId::from).to_vec();
    let of = |window, figures: &[(&str, i64)]| {
        Ranking::of(window, units.iter(), &figures.iter().map(|(unit, whole)| tally(unit, *whole)).collect::<Vec<_>>())
    };
    let before = of(Period::Year(2002), &[("a", 9), ("b", 5), ("c", 5), ("d", 1)]);
    let now = of(Period::YearThrough(2003, 3), &[("a", 9), ("b", 0), ("c", 4), ("d", 6)]);
    assert_eq!(now.passed(&before, &"b".into()), [UnitId::from("d"), UnitId::from("c")]);
    assert_eq!(now.passed(&before, &"a".into()), []);
}

#[test]
fn against_a_straight_line_from_2002_the_city_was_64_4_short_by_may() {
    let last_year = [tally("office", 313), tally("pingding", 7), tally("yuxian", 11), tally("jiaoqu", 42)];
    let this = [tally("office", 67), tally("jiaoqu", 24)];
    let compared = Compared { window: Period::YearThrough(2003, 5), this: &this, same_span: None, last_year: &last_year };
    let pace = pace(compared, &named(&["pingding", "yuxian", "jiaoqu", "office"])).unwrap();
    assert!(pace.straight_line);
    assert_eq!((pace.shortfall().to_string(), pace.last_year), ("64.417".to_owned(), points(373)));
    let split: Vec<(&str, String)> = pace.split.iter().map(|(unit, short)| (unit.name.as_str(), short.to_string())).collect();
    let expected = [("office", "63.417"), ("yuxian", "4.583"), ("pingding", "2.917"), ("jiaoqu", "-6.5")];
    assert_eq!(split, expected.map(|(unit, short)| (unit, short.to_owned())));
}

#[test]
fn where_last_year_has_months_the_same_span_is_what_counts() {
    let (last_year, span, this) = ([tally("a", 30), tally("gone", 6)], [tally("a", 4), tally("gone", 6)], [tally("a", 7), tally("b", 1)]);
    let compared = Compared { window: Period::YearThrough(2003, 2), this: &this, same_span: Some(&span), last_year: &last_year };
    let pace = pace(compared, &named(&["a", "b"])).unwrap();
    assert_eq!((pace.expected, pace.points, pace.straight_line), (points(10), points(8), false));
    let split: Vec<(&str, Points)> = pace.split.iter().map(|(unit, short)| (unit.name.as_str(), *short)).collect();
    assert_eq!(split, [("gone", points(6)), ("b", points(-1)), ("a", points(-3))]);
}

#[test]
fn without_a_last_year_there_is_no_pace() {
    let compared = Compared { window: Period::YearThrough(2003, 2), this: &[], same_span: None, last_year: &[] };
    assert_eq!(pace(compared, &named(&["a"])), None);
}

#[test]
fn a_point_of_seven_a_year_has_an_empty_month_more_often_than_not() {
    assert_eq!((chance_per_mille(7, 1), chance_per_mille(2, 1), chance_per_mille(7, 3), chance_per_mille(0, 5)), (558, 846, 174, 1000));
}

#[test]
fn levels_climb_to_three_and_stay() {
    assert_eq!([0, 1, 2, 3, 300].map(level), [1, 2, 3, 3, 3]);
}

#[path = "tests/warnings.rs"]
mod warnings;

proptest! {
    #[test]
    fn every_rank_counts_the_higher_and_every_tie_its_equals(figures in prop::collection::vec(-3i64..6, 0..40)) {
        let listed: Vec<(UnitId, Points)> = figures.iter().enumerate().map(|(n, whole)| (UnitId(format!("u{n}")), points(*whole))).collect();
        for (place, whole) in rank(&listed).iter().zip(&figures) {
            let of = |holds: fn(&i64, &i64) -> bool| figures.iter().filter(|other| holds(other, whole)).count() as u32;
            prop_assert_eq!((place.rank, place.tied), (1 + of(|other, own| other > own), of(|other, own| other == own)));
            prop_assert_eq!(place.last, of(|other, own| other < own) == 0 && place.tied < place.of);
        }
    }

    #[test]
    fn shares_never_pass_a_hundred_percent_but_for_rounding(figures in prop::collection::vec(0i64..900_000, 1..30)) {
        let names: Vec<String> = (0..figures.len()).map(|n| format!("u{n}")).collect();
        let tallies: Vec<Tally> = names.iter().zip(&figures).map(|(unit, thousandths)| Tally {
            unit: unit.as_str().into(), points: Points::from_thousandths(*thousandths), items: 1, earning: 1,
        }).collect();
        let entrants = entrants(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let shares: Vec<i64> = lines(&tallies, None, &entrants, &BTreeMap::new()).iter().filter_map(|line| line.share).collect();
        prop_assert!(shares.iter().all(|share| (0..=1000).contains(share)));
        prop_assert!(shares.is_empty() || (shares.iter().sum::<i64>() - 1000).abs() <= figures.len() as i64);
    }

    #[test]
    fn the_shortfall_of_units_adds_up_to_that_of_all(last in prop::collection::vec(0i64..500_000, 1..12), this in prop::collection::vec(0i64..500_000, 1..12), months in 1u32..13) {
        let tallies = |figures: &[i64]| figures.iter().enumerate().map(|(n, thousandths)| Tally {
            unit: UnitId(format!("u{n}")), points: Points::from_thousandths(*thousandths), items: 1, earning: 1,
        }).collect::<Vec<_>>();
        let (last_year, this) = (tallies(&last), tallies(&this));
        let compared = Compared { window: Period::YearThrough(2003, months), this: &this, same_span: None, last_year: &last_year };
        if let Some(pace) = pace(compared, &[]) {
            prop_assert_eq!(pace.split.iter().map(|(_, short)| *short).sum::<Points>(), pace.shortfall());
            prop_assert!(pace.split.windows(2).all(|pair| pair[0].1 >= pair[1].1));
            let exact = last.iter().sum::<i64>() * i64::from(months);
            prop_assert!((12 * pace.expected.thousandths() - exact).abs() <= 6);
        }
    }
}
