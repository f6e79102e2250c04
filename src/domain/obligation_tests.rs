use chrono::DateTime;

use super::*;
use crate::domain::rules::Deadline;

fn at(minutes: i64) -> Instant {
    DateTime::from_timestamp(1_118_000_000 + minutes * 60, 0).expect("a moment")
}

const LADDER: fn() -> Ladder = || Ladder {
    remind_before: vec![1800],
    omitted_after: 7200,
    unreported_after: 86_400,
    nag: 14_400,
    nag_max: 3,
    stall_escalate: 7200,
};

/// Told of at 0, due after two hours.
fn first_report() -> Obligation {
    Obligation {
        id: 1,
        cause: Cause::Event { event: EventNo { year: 2005, ordinal: 1 }, stage: Stage::First, ordinal: 1 },
        unit: UnitId("xiling".into()),
        due: at(120),
        because: DueBecause { deadline: Deadline::Every { seconds: 1 }, severity: None, anchored_at: None, extended_from: None },
        known_at: at(0),
        independent: true,
        created_at: at(0),
        filed: None,
        verdict: Verdict::Open,
        climb: Climb::default(),
        ended: false,
    }
}

#[test]
fn after_downtime_a_reminder_that_was_missed_wakes_nobody() {
    let mut obligation = first_report();
    obligation.climb.rung = Some(Rung::Late);
    obligation.climb.sent_at = Some(at(150));
    assert_eq!(obligation.wake_at(&LADDER()), Some(at(240)), "the next rung");
    obligation.climb = Climb { asked: Some(Rung::Late), ..Default::default() };
    assert_eq!(obligation.wake_at(&LADDER()), Some(at(240)), "the desk was asked instead");
}
