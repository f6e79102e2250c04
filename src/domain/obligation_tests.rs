use chrono::DateTime;

use super::*;
use crate::domain::rules::Deadline;

pub(in crate::domain) fn at(minutes: i64) -> Instant {
    DateTime::from_timestamp(1_118_000_000 + minutes * 60, 0).expect("a moment")
}

const LADDER: fn() -> Ladder =
    || Ladder { remind_before: vec![1800], omitted_after: 7200, unreported_after: 86_400, nag: 14_400, nag_max: 3, stall_escalate: 7200 };

/// Told of at 0, due after two hours.
pub(in crate::domain) fn first_report() -> Obligation {
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

fn read_until(minutes: i64) -> Surroundings {
    Surroundings { watermark: Some(at(minutes)), quarantined: None }
}

#[test]
fn the_highest_rung_is_sent_when_it_can_be_told_and_no_lower_one_before() {
    let obligation = first_report();
    assert_eq!(decide(&obligation, &LADDER(), read_until(130), at(300)), Action::AwaitReading, "the backlog is still being filed");
    let climb = Action::Climb { rung: Rung::Omitted, passed: vec![Rung::Late] };
    assert_eq!(decide(&obligation, &LADDER(), read_until(240), at(300)), climb);
}

#[test]
fn a_late_filing_is_told_when_all_that_came_by_then_has_been_read() {
    let mut obligation = first_report();
    let filing = Filing { at: at(150), submission: SubmissionNo { year: 2005, ordinal: 1 } };
    assert_eq!(meet(&mut obligation, filing, &LADDER()), Consequence::TellLate);
    assert_eq!(obligation.wake_at(&LADDER()), Some(at(120)));
    assert_eq!(decide(&obligation, &LADDER(), read_until(110), at(150)), Action::AwaitReading, "another mailbox was last read at 110");
    assert_eq!(decide(&obligation, &LADDER(), read_until(120), at(150)), Action::TellFiledLate);
    let earlier = Filing { at: at(115), submission: SubmissionNo { year: 2005, ordinal: 2 } };
    assert_eq!(meet(&mut obligation, earlier, &LADDER()), Consequence::Quiet, "it was in that mailbox, in time");
    assert_eq!(obligation.wake_at(&LADDER()), None);
}

#[test]
fn a_late_notice_sent_after_an_extension_is_withdrawn_like_any_other() {
    let mut obligation = first_report();
    obligation.because.extended_from = Some(at(60));
    obligation.climb.notified.push(Recipient {
        address: crate::domain::roster::Address::parse("chief@yunzhou.example").expect("an address"),
        name: String::new(),
        capacity: crate::domain::notice::Capacity::Supervisor,
    });
    let filing = || Filing { at: at(110), submission: SubmissionNo { year: 2005, ordinal: 1 } };
    let told_before = meet(&mut obligation.clone(), filing(), &LADDER());
    assert_eq!(told_before, Consequence::TellSupplied { withdrawn: false });
    obligation.climb.rung = Some(Rung::Late);
    assert_eq!(meet(&mut obligation, filing(), &LADDER()), Consequence::TellSupplied { withdrawn: true });
}
