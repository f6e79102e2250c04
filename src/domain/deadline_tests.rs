//! Due times as tables: the earliest of the rules, what they are counted from, and what an upgrade does.

use std::collections::BTreeMap;

use chrono::DateTime;
use chrono_tz::Asia::Shanghai;

use super::super::rules::{Calendar, EventRules, Ladder, StageRule};
use super::*;

/// Hours after Monday, 6 June 2005, 08:00 in Shanghai.
fn at(hours: i64) -> Instant {
    DateTime::from_timestamp(1_118_016_000 + hours * 3600, 0).expect("a moment")
}

fn within(anchor: Anchor, hours: i64) -> Deadline {
    Deadline::Within { anchor, seconds: hours * 3600 }
}

fn rules(stages: Vec<(&[Severity], Stage, Deadline)>) -> Rules {
    let stages = stages.into_iter().map(|(severities, stage, deadline)| StageRule { severities: severities.to_vec(), stage, deadline });
    Rules {
        stages: stages.collect(),
        ladder: Ladder { remind_before: vec![], omitted_after: 1, unreported_after: 2, nag: 1, nag_max: 0, stall_escalate: 1 },
        events: EventRules { default_severity: Severity::III, words: vec![], jurisdiction: true, required: vec![] },
        duties: vec![],
        calendar: Calendar { holidays: BTreeMap::new(), workdays: BTreeMap::new() },
    }
}

const ALL: [Severity; 4] = Severity::ALL;
const GRAVE: [Severity; 2] = [Severity::I, Severity::II];

#[test]
fn the_earliest_of_all_rules_holds() {
    let rules = rules(vec![
        (&ALL, Stage::First, within(Anchor::Occurred, 4)),
        (&GRAVE, Stage::First, within(Anchor::Learned, 1)),
        (&GRAVE, Stage::First, within(Anchor::Occurred, 2)),
        (&ALL, Stage::Final, within(Anchor::First, 1)),
    ]);
    let due_at = |severity, occurred: Option<i64>, learned: i64| {
        let anchors = Anchors { occurred: occurred.map(at), learned: Some(at(learned)), ..Default::default() };
        due(&rules, severity, Stage::First, 1, &anchors, Shanghai).map(|due| due.at)
    };
    assert_eq!(due_at(Severity::IV, Some(0), 9), Some(at(4)));
    assert_eq!(due_at(Severity::I, Some(0), 9), Some(at(2)));
    assert_eq!(due_at(Severity::I, Some(5), 5), Some(at(6)), "an hour after it was learned");
    assert_eq!(due_at(Severity::IV, None, 9), Some(at(13)), "unknown: counted from when it was learned");
}

#[test]
fn it_is_said_which_rule_gave_the_time() {
    let rules = rules(vec![(&ALL, Stage::First, within(Anchor::Occurred, 4)), (&ALL, Stage::First, within(Anchor::Learned, 4))]);
    let anchors = Anchors { occurred: Some(at(1)), learned: Some(at(0)), ..Default::default() };
    let due = due(&rules, Severity::II, Stage::First, 1, &anchors, Shanghai).expect("due");
    let because = due.because;
    assert_eq!((because.deadline, because.severity, because.anchored_at), (within(Anchor::Learned, 4), Some(Severity::II), Some(at(0))));
    assert_eq!(because.extended_from, None);
}

#[test]
fn what_is_not_known_yet_makes_nothing_due() {
    let rules = rules(vec![(&GRAVE, Stage::First, within(Anchor::Occurred, 1)), (&ALL, Stage::Final, within(Anchor::First, 1))]);
    let nothing = Anchors::default();
    let learned = Anchors { learned: Some(at(0)), ..nothing };
    assert_eq!(due(&rules, Severity::I, Stage::First, 1, &nothing, Shanghai), None);
    assert_eq!(due(&rules, Severity::IV, Stage::First, 1, &learned, Shanghai), None, "no rule for this severity");
    assert_eq!(due(&rules, Severity::I, Stage::FollowUp, 1, &learned, Shanghai), None, "no rule for this stage");
    assert_eq!(due(&rules, Severity::I, Stage::Final, 1, &learned, Shanghai), None, "no first report yet");
}

#[test]
fn which_follow_ups_repeat() {
    let anchors = Anchors { occurred: Some(at(0)), learned: Some(at(0)), first: Some(at(1)), previous: Some(at(10)) };
    let rows: [(Deadline, u32, Option<Instant>); 8] = [
        (Deadline::Every { seconds: 6 * 3600 }, 1, Some(at(16))),
        (Deadline::Every { seconds: 6 * 3600 }, 7, Some(at(16))),
        (within(Anchor::Previous, 3), 7, Some(at(13))),
        (within(Anchor::First, 3), 1, Some(at(4))),
        (within(Anchor::First, 3), 2, None),
        (within(Anchor::Occurred, 3), 2, None),
        // 18:00 on Monday; the next 08:00 is on Tuesday.
        (Deadline::Cron { cron: "0 8 * * *".into() }, 1, Some(at(24))),
        (Deadline::Cron { cron: "0 8 * * *".into() }, 2, Some(at(24))),
    ];
    for (deadline, ordinal, wanted) in rows {
        let rules = rules(vec![(&ALL, Stage::FollowUp, deadline.clone())]);
        let found = due(&rules, Severity::III, Stage::FollowUp, ordinal, &anchors, Shanghai).map(|due| due.at);
        assert_eq!(found, wanted, "{deadline:?}, follow-up {ordinal}");
    }
    let every = rules(vec![(&ALL, Stage::FollowUp, Deadline::Every { seconds: 3600 })]);
    let first_only = Anchors { previous: None, ..anchors };
    assert_eq!(due(&every, Severity::III, Stage::FollowUp, 1, &first_only, Shanghai).map(|due| due.at), Some(at(2)));
}

#[test]
fn an_upgrade_shortens_and_never_lengthens() {
    let rules = rules(vec![(&ALL, Stage::First, within(Anchor::Occurred, 8)), (&GRAVE, Stage::First, within(Anchor::Occurred, 2))]);
    let rows: [(i64, i64, Option<Instant>); 5] = [(8, 1, Some(at(3))), (8, 5, Some(at(7))), (8, 6, None), (8, 7, None), (2, 1, None)];
    for (old, upgraded, wanted) in rows {
        let found = after_upgrade(&rules, Severity::I, Stage::First, 1, at(old), at(upgraded), Shanghai).map(|due| due.at);
        assert_eq!(found, wanted, "due at {old}, upgraded at {upgraded}");
    }
}
