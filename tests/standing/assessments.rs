//! Zeros and falls on our own ledger.

use zhibao::domain::notice::{Content, NoticeKind};
use zhibao::domain::roster::Supervisor;
use zhibao::domain::warning::{Fall, RankFall, Zero};

use crate::office::{Entry, Office};

const THREE: [Entry; 3] = [("a", true, ""), ("b", true, ""), ("office", false, "")];

/// 2002: a 7 points in two items, b 42; the office the rest.
const LAST_YEAR: [(&str, &str, i64); 5] =
    [("2002-02-11", "a", 3), ("2002-08-20", "a", 4), ("2002-01-15", "b", 20), ("2002-07-15", "b", 22), ("2002-06-30", "office", 313)];

fn office() -> Office {
    let mut office = Office::new(&THREE, "");
    office.table(&LAST_YEAR);
    office
}

fn zeros(office: &Office) -> Vec<Zero> {
    let zero = |notice: zhibao::store::PastNotice| match notice.content {
        Content::Zero(zero) => Some(zero),
        _ => None,
    };
    office.notices().into_iter().filter_map(zero).collect()
}

fn falls(office: &Office) -> Vec<(String, RankFall)> {
    let fall = |notice: zhibao::store::PastNotice| match notice.content {
        Content::RankFall(fall) => Some((notice.unit?.to_string(), fall)),
        _ => None,
    };
    office.notices().into_iter().filter_map(fall).collect()
}

#[test]
fn a_point_that_drops_to_zero_is_warned_of_at_the_assessment_and_again_one_level_higher() {
    let mut office = office();
    for month in ["01", "02", "03", "04"] {
        office.go(&format!("2003-{month}-28T08:00"));
        office.table(&[(&format!("2003-{month}-20"), "b", 9), (&format!("2003-{month}-21"), "office", 12)]);
    }
    office.go("2003-05-02T00:00");
    let days = ["2003-02-01", "2003-03-01", "2003-04-01", "2003-05-01"].map(str::to_owned);
    assert_eq!(office.of(NoticeKind::Zero, "a"), days.into_iter().zip([1, 2, 3, 3]).collect::<Vec<_>>());
    let first = &zeros(&office)[0];
    assert_eq!((first.window.to_string().as_str(), first.days, first.chance_per_mille), ("2003-01..2003-01", 31, Some(846)));
    let second = &zeros(&office)[1];
    assert_eq!(second.before.map(|before| before.window.to_string()).as_deref(), Some("2002-01..2002-02"));
    assert_eq!((second.warned_before, second.months, second.items_last_year), (1, 2, 2));
    assert_eq!(office.counts().len(), 1, "{:?}", office.counts());
}

#[test]
fn points_end_the_stretch_and_a_new_year_at_zero_is_a_new_one() {
    let mut office = office();
    office.go("2003-01-28T08:00");
    office.table(&[("2003-01-20", "b", 9)]);
    office.go("2003-02-20T08:00");
    office.table(&[("2003-02-18", "a", 2), ("2003-02-10", "b", 3)]);
    office.go("2003-12-30T08:00");
    office.table(&[("2003-12-20", "b", 9)]);
    office.go("2004-01-30T08:00");
    office.table(&[("2004-01-20", "b", 9)]);
    office.go("2004-02-02T00:00");
    assert_eq!(office.of(NoticeKind::Zero, "a"), [("2003-02-01".to_owned(), 1), ("2004-02-01".to_owned(), 1)]);
}

#[test]
fn a_stretch_at_zero_goes_on_over_new_year() {
    let mut office = office();
    for month in ["2003-10", "2003-11", "2003-12", "2004-01"] {
        office.go(&format!("{month}-28T08:00"));
        office.table(&[(&format!("{month}-20"), "b", 9), (&format!("{month}-21"), "office", 9)]);
    }
    office.go("2004-02-02T00:00");
    let copies: Vec<usize> = office.of(NoticeKind::Zero, "a").into_iter().map(|(_, copies)| copies).collect();
    assert_eq!(copies, [1, 2, 3, 3]);
    let windows: Vec<String> = zeros(&office).iter().map(|zero| zero.window.to_string()).collect();
    assert_eq!(windows, ["2003-01..2003-10", "2003-01..2003-11", "2003", "2004-01..2004-01"]);
}

#[test]
fn without_a_table_nobody_is_warned_and_the_desk_is_asked_once_for_each_assessment() {
    let mut office = office();
    office.go("2003-04-02T00:00");
    assert_eq!(office.said(), []);
    let days: Vec<String> = office.asked().into_iter().map(|(day, _)| day).collect();
    assert_eq!(days, ["2003-01-01", "2003-02-01", "2003-03-01", "2003-04-01"]);
}

#[test]
fn without_an_outlet_there_is_no_ledger_and_nothing_is_asked() {
    let mut office = Office::with(&THREE, "");
    office.go("2003-12-31T00:00");
    assert_eq!((office.said(), office.asked()), (Vec::new(), Vec::new()));
    assert_eq!(office.world.store.read(zhibao::steps::assess::next_due).expect("readable"), None);
}

#[test]
fn a_table_that_ends_before_the_month_that_ended_is_no_ground_for_a_zero() {
    let mut office = office();
    office.table(&[("2003-01-20", "b", 9)]);
    office.go("2003-03-02T00:00");
    assert_eq!(office.of(NoticeKind::Zero, "a"), [("2003-02-01".to_owned(), 1)]);
    assert_eq!(office.asked().last().map(|(day, _)| day.as_str()), Some("2003-03-01"));
}

#[test]
fn an_assessment_that_was_put_off_is_made_up_when_the_table_comes_and_says_so() {
    let mut office = office();
    office.go("2003-02-10T08:00");
    assert_eq!(office.said(), []);
    office.table(&[("2003-01-20", "b", 9)]);
    assert_eq!(office.of(NoticeKind::Zero, "a"), [("2003-02-10".to_owned(), 1)]);
    assert!(zeros(&office)[0].made_up);
    office.table(&[("2003-01-21", "b", 9)]);
    assert_eq!(office.of(NoticeKind::Zero, "a").len(), 1);
}

#[test]
fn of_several_that_were_put_off_only_the_newest_that_the_table_reaches_is_made_up() {
    let mut office = office();
    office.go("2003-04-10T08:00");
    office.table(&[("2003-01-20", "b", 9), ("2003-02-20", "b", 9)]);
    let windows: Vec<String> = zeros(&office).iter().map(|zero| zero.window.to_string()).collect();
    assert_eq!(windows, ["2003-01..2003-02"]);
    office.table(&[("2003-03-20", "b", 9)]);
    assert_eq!(office.of(NoticeKind::Zero, "a"), [("2003-04-10".to_owned(), 1), ("2003-04-10".to_owned(), 2)]);
}

#[test]
fn of_several_that_were_missed_while_down_only_the_newest_is_held() {
    let mut office = office();
    office.table(&[("2003-01-20", "b", 9), ("2003-02-20", "b", 9), ("2003-03-20", "b", 9)]);
    office.sleep("2003-04-03T12:00");
    office.go("2003-04-03T12:00");
    assert_eq!(office.of(NoticeKind::Zero, "a"), [("2003-04-03".to_owned(), 1)]);
    office.go("2003-05-02T00:00");
    assert_eq!(office.of(NoticeKind::Zero, "a").len(), 1);
}

#[test]
fn a_unit_whose_outlet_has_sent_nothing_is_left_out_named_and_made_up() {
    let mut office = Office::new(&THREE, "");
    office.table_of("centre", &[("2002-05-05", "a", 9)]);
    office.table(&[("2002-05-05", "b", 9), ("2003-01-20", "office", 9)]);
    office.go("2003-02-02T00:00");
    assert_eq!(office.of(NoticeKind::Zero, "a"), []);
    assert_eq!(office.of(NoticeKind::Zero, "b").len(), 1);
    assert_eq!(office.asked().last(), Some(&("2003-02-01".to_owned(), vec!["中央办公厅".to_owned()])));
    office.table_of("centre", &[("2003-01-25", "office", 9)]);
    assert_eq!(office.of(NoticeKind::Zero, "a"), [("2003-02-02".to_owned(), 1)]);
    assert_eq!(office.of(NoticeKind::Zero, "b").len(), 1);
}

#[test]
fn only_direct_report_points_are_warned_of() {
    let mut office = Office::new(&[("a", false, ""), ("b", true, "")], "");
    office.table(&[("2002-05-05", "a", 9), ("2002-05-05", "b", 9), ("2003-01-20", "b", 9)]);
    office.go("2003-02-02T00:00");
    assert_eq!(office.said(), []);
}

#[test]
fn a_point_that_starts_in_mid_year_is_not_warned_of_before_its_28_days_and_is_named_once() {
    let mut office = Office::new(&[("a", true, "since = \"2003-04-10\""), ("b", true, "")], "");
    office.table(&[("2002-05-05", "b", 9)]);
    for month in ["04", "05", "06"] {
        office.go(&format!("2003-{month}-28T08:00"));
        office.table(&[(&format!("2003-{month}-20"), "b", 9)]);
    }
    office.go("2003-07-02T00:00");
    assert_eq!(office.of(NoticeKind::Zero, "a"), [("2003-06-01".to_owned(), 1)]);
    let named = &zeros(&office)[0];
    assert_eq!((named.never_reported, named.days, named.months), (true, 52, 1));
}

#[test]
fn a_point_that_is_abolished_is_not_warned_of_any_more() {
    let mut office = Office::new(&[("a", true, "until = \"2003-02-20\""), ("b", true, "")], "");
    office.table(&[("2002-05-05", "a", 9), ("2002-05-05", "b", 9)]);
    for month in ["01", "02", "03"] {
        office.go(&format!("2003-{month}-28T08:00"));
        office.table(&[(&format!("2003-{month}-20"), "b", 9)]);
    }
    office.go("2003-04-02T00:00");
    assert_eq!(office.of(NoticeKind::Zero, "a"), [("2003-02-01".to_owned(), 1)]);
    assert_eq!(office.world.store.read(|books| books.warnings()).expect("readable"), []);
}

#[test]
fn min_days_counts_the_29th_of_a_leap_year() {
    let mut office = Office::new(&THREE, "min_days = 60");
    office.table(&LAST_YEAR);
    office.go("2003-12-30T08:00");
    office.table(&[("2003-12-20", "b", 9), ("2003-12-20", "a", 9)]);
    office.go("2004-02-28T08:00");
    office.table(&[("2004-02-20", "b", 9)]);
    office.go("2004-03-02T00:00");
    assert_eq!(office.of(NoticeKind::Zero, "a"), [("2004-03-01".to_owned(), 1)]);
    assert_eq!(zeros(&office)[0].days, 60);
}

/// Twelve direct-report points, twelve units that are none: room to fall.
const MANY: [Entry; 6] = [("a", true, ""), ("b", true, ""), ("c", true, ""), ("d", true, ""), ("e", true, ""), ("f", true, "")];

fn month(office: &mut Office, month: &str, figures: [i64; 6]) {
    office.go(&format!("2003-{month}-28T08:00"));
    let when = format!("2003-{month}-20");
    let rows: Vec<(&str, &str, i64)> =
        MANY.iter().zip(figures).filter(|(_, points)| *points > 0).map(|((unit, ..), points)| (when.as_str(), *unit, points)).collect();
    office.table(&rows);
}

#[test]
fn a_fall_by_three_places_since_the_last_assessment_is_warned_of_once_and_names_who_passed() {
    let mut office = Office::new(&MANY, "bottom = 0");
    month(&mut office, "01", [20, 19, 18, 17, 16, 1]);
    month(&mut office, "02", [1, 9, 9, 9, 1, 1]);
    month(&mut office, "03", [1, 1, 1, 1, 1, 1]);
    office.go("2003-04-02T00:00");
    assert_eq!(office.of(NoticeKind::RankFall, "a"), [("2003-03-01".to_owned(), 1)]);
    let (_, fall) = &falls(&office)[0];
    assert_eq!(fall.passed_by.iter().map(|unit| unit.id.as_str()).collect::<Vec<_>>(), ["b", "c", "d"]);
    assert!(matches!(fall.falls[..], [Fall::Places { by: 3, .. }]), "{fall:?}");
    assert_eq!((fall.now.rank, fall.points_before.map(|points| points.to_string()).as_deref()), (4, Some("20")));
    assert_eq!(office.said().len(), 1);
}

#[test]
fn a_worse_rank_is_told_again_one_level_higher_and_a_climb_arms_the_warning_anew() {
    let mut office = Office::new(&MANY, "bottom = 0\nfall = 2");
    month(&mut office, "01", [20, 19, 18, 17, 16, 15]);
    month(&mut office, "02", [1, 9, 9, 1, 1, 1]);
    month(&mut office, "03", [1, 1, 1, 9, 9, 9]);
    month(&mut office, "04", [90, 1, 1, 1, 1, 1]);
    month(&mut office, "05", [1, 99, 99, 1, 1, 1]);
    office.go("2003-06-02T00:00");
    let days = [("2003-03-01", 1), ("2003-04-01", 2), ("2003-06-01", 1)];
    assert_eq!(office.of(NoticeKind::RankFall, "a"), days.map(|(day, copies)| (day.to_owned(), copies)));
}

#[test]
fn into_the_bottom_against_last_years_whole_is_told_and_labelled_as_unlike() {
    let mut office = Office::new(&MANY, "top = 1");
    let of = |figures: [i64; 6]| MANY.iter().zip(figures).map(|((unit, ..), points)| ("2002-06-30", *unit, points)).collect::<Vec<_>>();
    office.table(&of([9, 8, 7, 6, 5, 4]));
    month(&mut office, "01", [1, 9, 9, 9, 9, 9]);
    office.go("2003-02-02T00:00");
    let (unit, fall) = &falls(&office)[0];
    assert_eq!(unit, "a");
    assert!(matches!(fall.falls[..], [Fall::Bottom { unlike: true, .. }, Fall::Top { unlike: true, .. }]), "{fall:?}");
    assert_eq!(office.said().len(), 1);
}

#[test]
fn where_the_population_changed_nothing_is_warned_of() {
    let with_new: [Entry; 3] = [("a", true, ""), ("b", true, ""), ("c", true, "since = \"2003-01-01\"")];
    let mut office = Office::new(&with_new, "");
    office.table(&[("2002-05-05", "a", 9), ("2002-05-05", "b", 1), ("2003-01-05", "a", 1), ("2003-01-05", "b", 9), ("2003-01-05", "c", 9)]);
    office.go("2003-02-02T00:00");
    assert_eq!(office.said(), []);
}

#[test]
fn several_who_tie_at_zero_are_last_together_and_a_zero_tells_of_the_fall_itself() {
    let mut office = office();
    office.table(&[("2002-01-01", "a", 300), ("2003-01-20", "office", 9)]);
    office.go("2003-02-02T00:00");
    let told = zeros(&office);
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|zero| zero.ranked.is_some_and(|ranked| ranked.last && ranked.tied == 2 && ranked.rank == 2)));
    assert!(!told[0].falls.is_empty());
    assert_eq!(falls(&office), []);
}

#[test]
fn a_year_with_no_figures_at_all_warns_nobody() {
    let mut office = Office::new(&THREE, "");
    office.table(&[("2003-01-20", "office", 9), ("2003-01-21", "a", 1), ("2003-01-22", "b", 2)]);
    office.go("2003-12-31T00:00");
    assert_eq!(office.said(), []);
}

#[test]
fn evidence_stands_beside_each_warning() {
    let mut office = office();
    office.table(&[("2003-01-20", "b", 9)]);
    office.go("2003-02-02T00:00");
    let notice = office.notices().into_iter().find(|notice| notice.kind == NoticeKind::Zero).expect("a zero");
    assert_eq!(notice.why["assessment"], "2003-01");
    assert_eq!(notice.why["as_of"], "2003-01-20");
    assert_eq!(notice.why["min_days"], 28);
}

/// A person to whom nothing can be addressed: no configuration lets one in.
pub fn nowhere(unit: &str) -> Supervisor {
    let address = serde_json::from_str("\"no address\"").expect("text");
    Supervisor { name: "无".into(), address, level: 1, units: Some(vec![unit.into()]), digest: false }
}

#[test]
fn a_warning_that_cannot_be_written_holds_up_nobody_elses_and_is_tried_again() {
    let mut office = office();
    office.supervise(nowhere("a"));
    office.go("2003-01-28T08:00");
    office.table(&[("2003-01-21", "office", 12)]);
    office.go("2003-02-01T12:00");
    assert_eq!(office.of(NoticeKind::Zero, "b"), [("2003-02-01".to_owned(), 1)]);
    assert_eq!(office.of(NoticeKind::Zero, "a"), []);
    office.dismiss("无");
    office.go("2003-02-01T12:10");
    assert_eq!(office.of(NoticeKind::Zero, "a"), [("2003-02-01".to_owned(), 1)]);
    assert_eq!(office.of(NoticeKind::Zero, "b").len(), 1);
    assert_eq!(office.asked().len(), 1, "about last year's table alone");
    assert!(zeros(&office).iter().all(|zero| !zero.made_up), "no table was waited for");
}
