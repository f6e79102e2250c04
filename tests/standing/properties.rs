//! What holds of every course of tables.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use zhibao::domain::notice::NoticeKind;

use crate::office::{Entry, Office};

const UNITS: [Entry; 4] = [("a", true, ""), ("b", true, ""), ("c", true, ""), ("d", false, "")];

/// A month's table: when it comes after the month's end, and what each unit got; `None`: it never comes.
fn course() -> impl Strategy<Value = Vec<Option<(u32, [i64; 4])>>> {
    let points = || prop_oneof![3 => Just(0i64), 2 => 1i64..12];
    let table = (0u32..25, [points(), points(), points(), points()]);
    prop::collection::vec(prop::option::weighted(0.85, table), 1..15)
}

/// Plays a course from January 2003 on; rows of a table are put on the ledger in the order of `reversed`.
fn play(course: &[Option<(u32, [i64; 4])>], reversed: bool) -> Office {
    let mut office = Office::new(&UNITS, "fall = 1");
    office.table(&[("2002-03-05", "a", 9), ("2002-05-05", "b", 7), ("2002-06-05", "c", 5), ("2002-09-05", "d", 30)]);
    for (month, table) in course.iter().enumerate() {
        let (year, month) = (2003 + month / 12, 1 + month % 12);
        let (next_year, next) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        let Some((late, figures)) = table else { continue };
        // Before the assessment of the first, or some days after it; never out of order.
        office.go(&format!("{next_year}-{next:02}-{:02}T{:02}:00", 1 + late, if *late == 0 { 8 } else { 12 }));
        let when = format!("{year}-{month:02}-15");
        let mut rows: Vec<(&str, &str, i64)> = UNITS
            .iter()
            .zip(figures)
            .filter(|(_, points)| **points > 0)
            .map(|((unit, ..), points)| (when.as_str(), *unit, *points))
            .collect();
        if reversed {
            rows.reverse();
        }
        office.table(&rows);
    }
    office.go("2004-06-02T00:00");
    office
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, rng_seed: RngSeed::Fixed(2003), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_unit_gets_one_notice_an_assessment_at_most_and_levels_climb_by_one(course in course()) {
        let office = play(&course, false);
        let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
        for notice in office.notices() {
            if matches!(notice.kind, NoticeKind::Zero | NoticeKind::RankFall) {
                let month = notice.why["assessment"].as_str().expect("a month").to_owned();
                *seen.entry((notice.unit.expect("a unit").to_string(), month)).or_default() += 1;
            }
        }
        prop_assert!(seen.values().all(|count| *count == 1), "{seen:?}");
        for (unit, direct, _) in UNITS {
            for kind in [NoticeKind::Zero, NoticeKind::RankFall] {
                let copies: Vec<usize> = office.of(kind, unit).into_iter().map(|(_, copies)| copies).collect();
                prop_assert!(direct || copies.is_empty());
                // Each is the first of a stretch, or one level above the one before, and never beyond the third.
                let rises = |pair: &[usize]| pair[1] == 1 || pair[1] == (pair[0] + 1).min(3);
                let steps = copies.first().is_none_or(|first| *first == 1) && copies.windows(2).all(rises);
                prop_assert!(steps, "{unit} {kind} {copies:?}");
            }
        }
    }

    #[test]
    fn the_order_of_the_rows_in_a_table_says_nothing(course in course()) {
        let (one, other) = (play(&course, false), play(&course, true));
        prop_assert_eq!(one.said(), other.said());
        prop_assert_eq!(one.asked(), other.asked());
    }
}
