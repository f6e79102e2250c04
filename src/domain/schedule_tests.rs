use std::collections::BTreeMap;

use chrono::Timelike;
use chrono_tz::America::New_York;
use chrono_tz::Asia::Shanghai;
use chrono_tz::Europe::Berlin;
use proptest::prelude::*;

use super::*;
use crate::domain::rules::{DutyKind, DutyUnits};

/// `2026-11-22 14:30` on the clocks of a zone; the first, where they show it twice.
fn at(text: &str, zone: Tz) -> Instant {
    zone.from_local_datetime(&NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()).earliest().unwrap().to_utc()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn dues(cron: &str, zone: Tz, after: Instant, count: usize) -> Vec<String> {
    let cron = Cron::parse(cron).unwrap();
    std::iter::successors(cron.next_after(after, zone), |due| cron.next_after(*due, zone))
        .take(count)
        .map(|due| due.with_timezone(&zone).format("%a %Y-%m-%d %H:%M %z").to_string())
        .collect()
}

fn duty(cron: &str, from: Option<&str>, until: Option<&str>, workdays_only: bool) -> Duty {
    Duty {
        name: "零报告".into(),
        kind: DutyKind::ZeroReport,
        units: DutyUnits::Class("county".into()),
        cron: cron.into(),
        from: from.map(day),
        until: until.map(day),
        workdays_only,
    }
}

fn window_list(duty: &Duty, calendar: &Calendar, zone: Tz, after: Instant, count: usize) -> Vec<(String, String)> {
    let cron = Cron::parse(&duty.cron).unwrap();
    let show = |at: Instant| at.with_timezone(&zone).format("%m-%d %H:%M").to_string();
    windows(duty, &cron, calendar, zone, after).take(count).map(|w| (show(w.start), show(w.due))).collect()
}

#[test]
fn expressions_mean_what_cron_5_says() {
    let monday = at("2026-11-23 10:00", Shanghai);
    let table: &[(&str, &str)] = &[
        ("0 9 * * *", "Tue 2026-11-24 09:00"),
        ("*/15 * * * *", "Mon 2026-11-23 10:15"),
        ("30 17 * * 1-5", "Mon 2026-11-23 17:30"),
        ("0 9 * * 0", "Sun 2026-11-29 09:00"),
        ("0 9 * * 7", "Sun 2026-11-29 09:00"),
        ("0 9 * * SUN", "Sun 2026-11-29 09:00"),
        ("0 9 * * sat,7", "Sat 2026-11-28 09:00"),
        ("0 9 * * 5-7", "Fri 2026-11-27 09:00"),
        ("0 9 1 * *", "Tue 2026-12-01 09:00"),
        ("0 9 1 JAN *", "Fri 2027-01-01 09:00"),
        ("0 9 1 2-4 *", "Mon 2027-02-01 09:00"),
        ("0 9 13 * 5", "Fri 2026-11-27 09:00"),
        ("0 9 25 * 5", "Wed 2026-11-25 09:00"),
        ("0 9 */2 * 5", "Fri 2026-11-27 09:00"),
        ("0 0 29 2 *", "Tue 2028-02-29 00:00"),
        ("0 0 31 2 1", "Mon 2027-02-01 00:00"),
        ("5/20 * * * *", "Mon 2026-11-23 10:05"),
        ("0 8-18/5 * * *", "Mon 2026-11-23 13:00"),
        ("0 9 * * */3", "Wed 2026-11-25 09:00"),
        ("  0   9  *  * * ", "Tue 2026-11-24 09:00"),
    ];
    for (expression, due) in table {
        assert_eq!(dues(expression, Shanghai, monday, 1), [format!("{due} +0800")], "{expression}");
    }
}

#[test]
fn an_error_names_the_field_and_the_mend() {
    for (expression, words) in [
        ("", "has 0 fields"),
        ("0 9 * *", "has 4 fields"),
        ("0 0 9 * * *", "has 6 fields"),
        ("60 9 * * *", "“60” is no minute; write 0–59"),
        ("0 24 * * *", "“24” is no hour; write 0–23"),
        ("0 9 0 * *", "is no day-of-month; write 1–31"),
        ("0 9 32 * *", "is no day-of-month"),
        ("0 9 * 13 *", "is no month; write 1–12 or JAN–DEC"),
        ("0 9 * 0 *", "is no month"),
        ("0 9 * * 8", "is no day-of-week; write 0–7 (0 and 7 are Sunday) or SUN–SAT"),
        ("0 9 * * montag", "“montag” is no day-of-week"),
        ("5-1 9 * * *", "“5-1” is no minute"),
        ("*/0 9 * * *", "“*/0” is no minute"),
        ("1,,2 9 * * *", "is no minute"),
        ("0 9 ? * *", "“?” is no day-of-month"),
        ("+1 9 * * *", "is no minute"),
        ("0 0 31 2 *", "names a day that no year has"),
        ("0 0 31 4,6,9,11 *", "names a day that no year has"),
    ] {
        let error = Cron::parse(expression).unwrap_err().to_string();
        assert!(error.contains(words), "{expression}: {error}");
    }
}

#[test]
fn a_due_time_in_the_gap_moves_to_the_first_instant_that_exists() {
    let eve = at("2026-03-28 12:00", Berlin);
    assert_eq!(dues("30 2 * * *", Berlin, eve, 2), ["Sun 2026-03-29 03:00 +0200", "Mon 2026-03-30 02:30 +0200"]);
    assert_eq!(dues("*/20 2 * * *", Berlin, eve, 2), ["Sun 2026-03-29 03:00 +0200", "Mon 2026-03-30 02:00 +0200"]);
    let eve = at("2026-03-07 12:00", New_York);
    assert_eq!(dues("15 2 * * *", New_York, eve, 2), ["Sun 2026-03-08 03:00 -0400", "Mon 2026-03-09 02:15 -0400"]);
}

#[test]
fn a_due_time_that_occurs_twice_counts_once() {
    let eve = at("2026-10-24 12:00", Berlin);
    assert_eq!(dues("30 2 * * *", Berlin, eve, 2), ["Sun 2026-10-25 02:30 +0200", "Mon 2026-10-26 02:30 +0100"]);
    assert_eq!(
        dues("0,30 2,3 * * *", Berlin, eve, 5),
        [
            "Sun 2026-10-25 02:00 +0200",
            "Sun 2026-10-25 02:30 +0200",
            "Sun 2026-10-25 03:00 +0100",
            "Sun 2026-10-25 03:30 +0100",
            "Mon 2026-10-26 02:00 +0100"
        ]
    );
    let eve = at("2026-10-31 12:00", New_York);
    assert_eq!(dues("30 1 * * *", New_York, eve, 2), ["Sun 2026-11-01 01:30 -0400", "Mon 2026-11-02 01:30 -0500"]);
    // Inside the second pass: nothing comes again, and what was before is what counted in the first.
    let second_pass = at("2026-10-25 02:15", Berlin) + TimeDelta::hours(1);
    assert_eq!(dues("30 2 * * *", Berlin, second_pass, 1), ["Mon 2026-10-26 02:30 +0100"]);
    assert_eq!(Cron::parse("30 2 * * *").unwrap().prev_at_or_before(second_pass, Berlin), Some(at("2026-10-25 02:30", Berlin)));
}

#[test]
fn local_times_resolve_to_the_first_instant() {
    let local = |text| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
    assert_eq!(resolve(local("2026-03-29 02:59"), Berlin), at("2026-03-29 03:00", Berlin));
    assert_eq!(resolve(local("2026-10-25 02:00"), Berlin).to_rfc3339(), "2026-10-25T00:00:00+00:00");
    // Samoa had no 30 December 2011 at all.
    assert_eq!(resolve(local("2011-12-30 12:00"), chrono_tz::Pacific::Apia).to_rfc3339(), "2011-12-30T10:00:00+00:00");
    assert_eq!(local_day(at("2026-11-22 00:30", Shanghai), Shanghai), day("2026-11-22"));
    assert_eq!(start_of_day(day("2026-11-22"), Shanghai), at("2026-11-22 00:00", Shanghai));
}

#[test]
fn workdays_are_what_the_calendar_says() {
    let calendar = Calendar {
        holidays: BTreeMap::from([(day("2026-10-01"), "国庆节".into()), (day("2026-10-02"), "国庆节".into())]),
        workdays: BTreeMap::from([(day("2026-09-27"), "调休".into())]),
    };
    for (text, worked) in [("2026-09-25", true), ("2026-09-26", false), ("2026-09-27", true), ("2026-10-01", false), ("2026-10-05", true)] {
        assert_eq!(is_workday(&calendar, day(text)), worked, "{text}");
    }
}

#[test]
fn windows_run_from_due_to_due_between_from_and_until() {
    let duty = duty("0 9 * * *", Some("2003-05-03"), Some("2003-05-05"), false);
    let windows = window_list(&duty, &Calendar::default(), Shanghai, at("2003-01-01 00:00", Shanghai), 9);
    let expected = [("05-03 00:00", "05-03 09:00"), ("05-03 09:00", "05-04 09:00"), ("05-04 09:00", "05-05 09:00")];
    assert_eq!(windows, expected.map(|(start, due)| (start.to_owned(), due.to_owned())));
    assert_eq!(window_list(&duty, &Calendar::default(), Shanghai, at("2003-05-05 09:00", Shanghai), 9), []);
    // Asked for in the middle, a window is whole.
    assert_eq!(
        window_list(&duty, &Calendar::default(), Shanghai, at("2003-05-04 08:00", Shanghai), 1),
        [("05-03 09:00".into(), "05-04 09:00".into())]
    );
}

#[test]
fn a_duty_without_from_begins_at_the_previous_due_time() {
    let duty = duty("0 9 * * 1", None, None, false);
    assert_eq!(
        window_list(&duty, &Calendar::default(), Shanghai, at("2026-11-25 00:00", Shanghai), 1),
        [("11-23 09:00".to_owned(), "11-30 09:00".to_owned())]
    );
}

#[test]
fn on_workdays_only_a_window_spans_the_days_off() {
    let calendar = Calendar {
        holidays: BTreeMap::from([(day("2026-11-23"), "假".into())]),
        workdays: BTreeMap::from([(day("2026-11-28"), "调休".into())]),
    };
    let duty = duty("0 17 * * *", Some("2026-11-20"), None, true);
    let expected = [
        ("11-20 00:00", "11-20 17:00"),
        ("11-20 17:00", "11-24 17:00"),
        ("11-24 17:00", "11-25 17:00"),
        ("11-25 17:00", "11-26 17:00"),
        ("11-26 17:00", "11-27 17:00"),
        ("11-27 17:00", "11-28 17:00"),
        ("11-28 17:00", "11-30 17:00"),
    ];
    let windows = window_list(&duty, &calendar, Shanghai, at("2026-11-01 00:00", Shanghai), 7);
    assert_eq!(windows, expected.map(|(start, due)| (start.to_owned(), due.to_owned())));
}

#[test]
fn a_duty_that_never_falls_on_a_workday_ends_the_search() {
    let duty = duty("* * * * 0", None, None, true);
    assert_eq!(window_list(&duty, &Calendar::default(), Shanghai, at("2026-11-01 00:00", Shanghai), 1), []);
}

#[test]
fn a_window_excludes_its_start_except_the_first() {
    let (start, due) = (at("2003-05-03 00:00", Shanghai), at("2003-05-03 09:00", Shanghai));
    let first = Window { start, due, first: true };
    let later = Window { first: false, ..first };
    assert!(first.contains(start) && !later.contains(start));
    assert!(first.contains(due) && later.contains(due));
    assert!(!later.contains(due + TimeDelta::seconds(1)));
}

/// What cron(5) says about one minute of local time; no crate, no sets.
fn matches(fields: &[Vec<u32>; 5], stars: (bool, bool), local: NaiveDateTime) -> bool {
    let (dom, dow) = (fields[2].contains(&local.day()), fields[4].contains(&local.weekday().num_days_from_sunday()));
    let day = if stars.0 || stars.1 { dom && dow } else { dom || dow };
    day && fields[0].contains(&local.minute()) && fields[1].contains(&local.hour()) && fields[3].contains(&local.month())
}

fn field(low: u32, high: u32) -> impl Strategy<Value = Option<Vec<u32>>> {
    prop_oneof![2 => Just(None), 3 => proptest::collection::vec(low..=high, 1..4).prop_map(Some)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn without_dst_the_next_due_is_the_first_minute_that_matches(
        parts in (field(0, 59), field(0, 23), field(1, 28), field(11, 12), field(0, 6)), start in 0_i64..40_000,
    ) {
        let all = |low: u32, high: u32| (low..=high).collect::<Vec<_>>();
        let parts = [parts.0, parts.1, parts.2, parts.3, parts.4];
        let text: Vec<String> = parts.iter().map(|p| p.as_ref().map_or("*".into(), |p| p.iter().map(u32::to_string).collect::<Vec<_>>().join(","))).collect();
        let stars = (parts[2].is_none(), parts[4].is_none());
        let [minute, hour, dom, month, dow] = parts;
        let fields = [minute.unwrap_or(all(0, 59)), hour.unwrap_or(all(0, 23)), dom.unwrap_or(all(1, 31)), month.unwrap_or(all(1, 12)), dow.unwrap_or(all(0, 6))];
        let after = at("2026-10-25 00:00", Shanghai) + TimeDelta::seconds(start * 61);
        let cron = Cron::parse(&text.join(" ")).unwrap();
        let whole_minute = after.with_second(0).unwrap();
        let brute = (1..60_000).map(|m| whole_minute + TimeDelta::minutes(m)).find(|m| matches(&fields, stars, m.with_timezone(&Shanghai).naive_local()));
        let next = cron.next_after(after, Shanghai).unwrap();
        if let Some(brute) = brute {
            prop_assert_eq!(next, brute, "{} after {}", text.join(" "), after);
        }
        prop_assert_eq!(cron.prev_at_or_before(next, Shanghai), Some(next));
        let before = cron.prev_at_or_before(next - TimeDelta::seconds(1), Shanghai).unwrap();
        prop_assert!(before <= after && cron.next_after(before, Shanghai) == Some(next));
    }

    #[test]
    fn across_dst_due_times_only_go_forward(minute in 0_u32..60, hours in 0_u32..4, step in prop::bool::ANY, start in 0_i64..400_000, autumn in prop::bool::ANY) {
        let expression = if step { format!("*/{} {}-3 * * *", minute / 4 + 1, hours) } else { format!("{minute} {hours} * * *") };
        let cron = Cron::parse(&expression).unwrap();
        let mut last = at(if autumn { "2026-10-23 00:00" } else { "2026-03-27 00:00" }, Berlin) + TimeDelta::seconds(start);
        for _ in 0..40 {
            let next = cron.next_after(last, Berlin).unwrap();
            prop_assert!(next > last);
            prop_assert_eq!(cron.prev_at_or_before(next, Berlin), Some(next), "{}", &expression);
            let between = cron.prev_at_or_before(next - TimeDelta::seconds(1), Berlin).unwrap();
            prop_assert!(between <= last, "{} lies between {} and {} for {}", between, last, next, &expression);
            last = next;
        }
    }

    #[test]
    fn no_expression_panics(text in "[0-9*,/ A-Z-]{0,30}|.*") {
        if let Ok(cron) = Cron::parse(&text) {
            let _ = cron.next_after(at("2026-11-22 00:00", Shanghai), Shanghai);
        }
    }
}
