//! Which window a filing counts for, as a table.

use chrono::DateTime;

use super::*;

/// Hours after the first window began.
fn at(hours: i64) -> Instant {
    DateTime::from_timestamp(1_118_016_000 + hours * 3600, 0).expect("a moment")
}

/// Windows of a day each: 1 from 0 to 24 h, 2 from 24 to 48 h. `unmet` tells which still lack something.
fn days(unmet: [bool; 2], quota: bool) -> Vec<Window> {
    let window = |nth: i64, unmet, first| Window {
        obligation: nth,
        duty: "daily".into(),
        start: at(24 * (nth - 1)),
        end: at(24 * nth),
        due: at(24 * nth),
        unmet,
        verdict: Verdict::Open,
        quota,
        first,
    };
    vec![window(2, unmet[1], false), window(1, unmet[0], true)]
}

#[test]
fn which_window_a_filing_counts_for() {
    let rows: [(i64, [bool; 2], &[i64], &str); 13] = [
        (-1, [true, true], &[], "before the first window"),
        (0, [true, true], &[1], "the first window includes its start"),
        (24, [true, true], &[1], "the due time belongs to its window"),
        (24, [false, true], &[1], "and not to the next, met or not"),
        (25, [true, true], &[1], "the first half supplies what was missed"),
        (36, [true, true], &[1], "up to the middle"),
        (37, [true, true], &[2], "later it counts for its own"),
        (25, [false, true], &[2], "nothing was missed"),
        (37, [false, false], &[2], "its own, though it is met"),
        (48, [false, true], &[2], "due"),
        (49, [true, true], &[2], "after the last window its miss can be supplied"),
        (500, [false, true], &[2], "however late"),
        (500, [true, false], &[], "but not one before the last"),
    ];
    for (hour, unmet, wanted, why) in rows {
        assert_eq!(counted_for(&days(unmet, false), Kind::Routine, at(hour)), wanted, "{why}");
    }
}

#[test]
fn the_order_of_windows_does_not_matter_and_duties_are_apart() {
    let mut windows = days([true, true], false);
    let other = Window { obligation: 3, duty: "weekly".into(), start: at(0), due: at(168), ..windows[0].clone() };
    windows.push(other);
    let one = counted_for(&windows, Kind::Routine, at(30));
    windows.reverse();
    assert_eq!(one, [1, 3]);
    assert_eq!(counted_for(&windows, Kind::Routine, at(30)), one);
}

#[test]
fn what_was_waived_is_not_supplied() {
    for verdict in [Verdict::Waived, Verdict::Void] {
        let mut windows = days([true, true], false);
        windows[1].verdict = verdict;
        assert_eq!(counted_for(&windows, Kind::Zero, at(25)), [2], "{verdict}");
    }
}

#[test]
fn a_pause_between_windows_belongs_to_neither() {
    let mut windows = days([true, true], false);
    (windows[0].start, windows[0].due) = (at(72), at(96));
    assert_eq!(counted_for(&windows, Kind::Routine, at(30)), [1; 0], "the next window is known already");
    assert_eq!(counted_for(&windows[1..], Kind::Routine, at(30)), [1], "no later window is known");
    assert_eq!(counted_for(&windows, Kind::Routine, at(73)), [2], "the missed window does not end where this one begins");
}

#[test]
fn what_counts_at_all() {
    let rows = [
        (Kind::Routine, true, true),
        (Kind::First, true, true),
        (Kind::FollowUp, true, true),
        (Kind::Final, true, true),
        (Kind::Zero, true, false),
        (Kind::Correction, false, false),
        (Kind::Correspondence, false, false),
    ];
    for (kind, zero_report, quota) in rows {
        assert_eq!((counts(kind, false), counts(kind, true)), (zero_report, quota), "{kind}");
        let counted = |quota| !counted_for(&days([true, true], quota), kind, at(1)).is_empty();
        assert_eq!((counted(false), counted(true)), (zero_report, quota), "{kind}");
    }
}
