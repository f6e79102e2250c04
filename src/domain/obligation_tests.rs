//! The ladder as tables, and what holds of every climb.

use chrono::DateTime;
use proptest::prelude::*;

use super::super::notice::Capacity;
use super::super::roster::Address;
use super::super::rules::Deadline;
use super::*;

/// Minutes after the event occurred.
fn at(minutes: i64) -> Instant {
    DateTime::from_timestamp(1_118_016_000 + minutes * 60, 0).expect("a moment")
}

fn ladder() -> Ladder {
    Ladder {
        remind_before: vec![3600, 1800],
        omitted_after: 2 * 3600,
        unreported_after: 24 * 3600,
        nag: 4 * 3600,
        nag_max: 2,
        stall_escalate: 2 * 3600,
    }
}

fn event() -> Cause {
    Cause::Event { event: EventNo { year: 2005, ordinal: 1 }, stage: Stage::First, ordinal: 1 }
}

fn duty() -> Cause {
    Cause::Duty { name: "daily".into(), window_start: at(-1440), min: None }
}

/// Due after 120 minutes; known to us, from somebody else, at `known`.
fn owed(cause: Cause, known: i64, independent: bool) -> Obligation {
    Obligation {
        id: 1,
        unit: "xiling".into(),
        cause,
        due: at(120),
        because: DueBecause { deadline: Deadline::Every { seconds: 1 }, severity: None, anchored_at: None, extended_from: None },
        known_at: at(known),
        independent,
        created_at: at(known),
        filed: None,
        verdict: Verdict::Open,
        climb: Climb::default(),
        ended: false,
    }
}

fn read_until(minutes: i64) -> Surroundings {
    Surroundings { watermark: Some(at(minutes)), quarantined: false }
}

fn climb(rung: Rung, passed: &[Rung]) -> Action {
    Action::Climb { rung, passed: passed.to_vec() }
}

#[test]
fn what_is_due_now() {
    use Rung::{Late, Omitted, Unreported};
    let rows: [(i64, Action); 12] = [
        (11, Action::Rest),
        (59, Action::Rest),
        (60, Action::Remind(at(60))),
        (89, Action::Remind(at(60))),
        (90, Action::Remind(at(90))),
        (119, Action::Remind(at(90))),
        // Filed at the due time is on time: mail of that moment is read before the ladder is looked at.
        (120, climb(Late, &[])),
        (239, climb(Late, &[])),
        (240, climb(Omitted, &[Late])),
        (120 + 1439, climb(Omitted, &[Late])),
        (120 + 1440, climb(Unreported, &[Late, Omitted])),
        (9999, climb(Unreported, &[Late, Omitted])),
    ];
    for (now, wanted) in rows {
        assert_eq!(decide(&owed(event(), 10, true), &ladder(), read_until(now), at(now)), wanted, "at {now}");
    }
}

#[test]
fn a_duty_and_what_nobody_else_knew_of_have_no_omitted() {
    for obligation in [owed(duty(), -1440, true), owed(event(), 10, false)] {
        let decided = |now| decide(&obligation, &ladder(), read_until(now), at(now));
        assert_eq!(decided(240), climb(Rung::Late, &[]));
        assert_eq!(decided(120 + 1440), climb(Rung::Unreported, &[Rung::Late]));
    }
}

#[test]
fn rungs_count_from_when_we_knew_where_that_was_after_the_due_time() {
    let obligation = owed(event(), 300, true);
    let decided = |now| decide(&obligation, &ladder(), read_until(now), at(now));
    assert_eq!(decided(299), Action::Rest);
    assert_eq!(decided(300), climb(Rung::Late, &[]));
    assert_eq!(decided(419), climb(Rung::Late, &[]));
    assert_eq!(decided(420), climb(Rung::Omitted, &[Rung::Late]));
    assert_eq!(decided(300 + 1440), climb(Rung::Unreported, &[Rung::Late, Rung::Omitted]));
}

#[test]
fn nothing_is_judged_beyond_the_watermark() {
    let obligation = owed(event(), 10, true);
    let rows = [
        (Some(119), 121, Action::AwaitReading),
        (None, 121, Action::AwaitReading),
        (Some(120), 500, climb(Rung::Late, &[])),
        (Some(240), 500, climb(Rung::Omitted, &[Rung::Late])),
        // A watermark ahead of the clock is worth no more than now.
        (Some(9999), 121, climb(Rung::Late, &[])),
        (None, 100, Action::Remind(at(90))),
    ];
    for (mark, now, wanted) in rows {
        let around = Surroundings { watermark: mark.map(at), quarantined: false };
        assert_eq!(decide(&obligation, &ladder(), around, at(now)), wanted, "read until {mark:?}, at {now}");
    }
}

#[test]
fn quarantined_mail_of_the_unit_makes_it_a_question_once_a_rung() {
    let mut obligation = owed(event(), 10, true);
    let asked =
        |obligation: &Obligation, now| decide(obligation, &ladder(), Surroundings { watermark: Some(at(now)), quarantined: true }, at(now));
    assert_eq!(asked(&obligation, 121), Action::AskDesk { rung: Rung::Late });
    obligation.climb.asked = Some(Rung::Late);
    assert_eq!(asked(&obligation, 122), Action::Rest);
    assert_eq!(asked(&obligation, 240), Action::AskDesk { rung: Rung::Omitted });
    // Rejected: the ladder goes on where it stood.
    assert_eq!(decide(&obligation, &ladder(), read_until(122), at(122)), climb(Rung::Late, &[]));
}

#[test]
fn repeats_come_at_their_interval_and_end() {
    let mut obligation = owed(event(), 10, true);
    (obligation.climb.rung, obligation.climb.sent_at) = (Some(Rung::Omitted), Some(at(240)));
    let rows: [(u32, bool, i64, Action); 6] = [
        (0, false, 479, Action::Rest),
        (0, false, 480, Action::Nag { rung: Rung::Omitted, repeat: 1 }),
        (1, false, 900, Action::Nag { rung: Rung::Omitted, repeat: 2 }),
        (2, false, 900, Action::Rest),
        (0, true, 900, Action::Rest),
        // An acknowledgement stops the repeats, not the ladder.
        (0, true, 120 + 1440, climb(Rung::Unreported, &[])),
    ];
    for (repeats, acknowledged, now, wanted) in rows {
        (obligation.climb.repeats, obligation.climb.acknowledged) = (repeats, acknowledged);
        assert_eq!(decide(&obligation, &ladder(), read_until(now), at(now)), wanted, "after {repeats}, {acknowledged}, at {now}");
    }
}

#[test]
fn what_has_ended_rests() {
    let filed = Some(Filing { at: at(100), submission: SubmissionNo { year: 2005, ordinal: 1 } });
    for obligation in [Obligation { ended: true, ..owed(event(), 10, true) }, Obligation { filed, ..owed(event(), 10, true) }] {
        assert_eq!(decide(&obligation, &ladder(), read_until(9999), at(9999)), Action::Rest);
        assert_eq!(obligation.wake_at(&ladder()), None);
    }
}

#[test]
fn the_verdict_of_a_filing_is_by_its_arrival() {
    use Verdict::{Late, Omitted, OnTime, Unreported};
    let known_early = owed(event(), 10, true);
    let known_late = owed(event(), 300, true);
    let own = owed(event(), 10, false);
    let zero = owed(duty(), -1440, true);
    let rows: [(&Obligation, i64, Verdict); 14] = [
        (&known_early, 120, OnTime),
        (&known_early, 121, Late),
        (&known_early, 240, Late),
        (&known_early, 241, Omitted),
        (&known_early, 120 + 1440, Omitted),
        (&known_early, 121 + 1440, Unreported),
        (&known_late, 121, Late),
        (&known_late, 420, Late),
        (&known_late, 421, Omitted),
        (&own, 120, OnTime),
        (&own, 99_999, Late),
        (&zero, 121, Late),
        (&zero, 120 + 1440, Late),
        (&zero, 121 + 1440, Unreported),
    ];
    for (obligation, filed, wanted) in rows {
        assert_eq!(obligation.verdict_if_filed(at(filed), &ladder()), wanted, "{:?} at {filed}", obligation.cause);
    }
}

#[test]
fn who_hears_of_a_filing() {
    let chief =
        Recipient { address: Address::parse("chief@city.example").expect("one"), name: String::new(), capacity: Capacity::Supervisor };
    let extended = Some(at(60));
    let rows: [(i64, bool, Option<Instant>, Consequence); 7] = [
        (120, false, None, Consequence::Quiet),
        (121, false, None, Consequence::TellLate),
        (120, true, None, Consequence::TellSupplied { withdrawn: true }),
        (121, true, None, Consequence::TellSupplied { withdrawn: false }),
        (100, false, extended, Consequence::Quiet),
        // What was said before an extension was right when it was said.
        (100, true, extended, Consequence::TellSupplied { withdrawn: false }),
        (121, true, extended, Consequence::TellSupplied { withdrawn: false }),
    ];
    for (filed, told, extended_from, wanted) in rows {
        let mut obligation = owed(event(), 10, true);
        obligation.because.extended_from = extended_from;
        obligation.climb.notified.extend(told.then(|| chief.clone()));
        let filing = Filing { at: at(filed), submission: SubmissionNo { year: 2005, ordinal: 1 } };
        assert_eq!(meet(&mut obligation, filing.clone(), &ladder()), wanted, "at {filed}, {told}, {extended_from:?}");
        assert_eq!((obligation.filed, obligation.ended), (Some(filing), true));
        assert_eq!(obligation.verdict == Verdict::OnTime, filed <= 120);
    }
}

#[test]
fn a_reminder_that_was_slept_through_does_not_wake_the_ladder_again() {
    let mut obligation = owed(event(), 10, true);
    (obligation.climb.rung, obligation.climb.sent_at) = (Some(Rung::Late), Some(at(130)));
    assert_eq!(obligation.wake_at(&ladder()), Some(at(240)));
}

/// Does what was decided, as the steps do.
fn obey(obligation: &mut Obligation, action: Action, now: Instant) {
    let climb = &mut obligation.climb;
    match action {
        Action::Rest | Action::AwaitReading => {}
        Action::Remind(moment) => climb.reminded_for = Some(moment),
        Action::Climb { rung, .. } => {
            (climb.rung, climb.sent_at, climb.repeats, climb.acknowledged) = (Some(rung), Some(now), 0, false);
        }
        Action::Nag { repeat, .. } => (climb.repeats, climb.sent_at) = (repeat, Some(now)),
        Action::AskDesk { rung } => climb.asked = Some(rung),
    }
}

fn any_owed() -> impl Strategy<Value = Obligation> {
    let cause = prop_oneof![Just(event()), Just(duty())];
    (cause, -200i64..500, any::<bool>()).prop_map(|(cause, known, independent)| owed(cause, known, independent))
}

proptest! {
    /// Whenever it is looked at, and whether or not the daemon slept: after what was due has been done, nothing is due.
    #[test]
    fn once_it_has_acted_the_ladder_sleeps(obligation in any_owed(), looks in prop::collection::vec((0i64..900, any::<bool>()), 1..12)) {
        let (mut obligation, mut now) = (obligation, 0);
        for (later, quarantined) in looks {
            now += later;
            let around = Surroundings { watermark: Some(at(now)), quarantined };
            for _ in 0..4 {
                let action = decide(&obligation, &ladder(), around, at(now));
                obey(&mut obligation, action, at(now));
            }
            prop_assert_eq!(decide(&obligation, &ladder(), around, at(now)), Action::Rest);
            let wakes = obligation.wake_at(&ladder());
            prop_assert!(wakes.is_none_or(|wakes| wakes > at(now)), "at {now} it wakes at {wakes:?}: {:?}", obligation.climb);
        }
    }

    /// Looking at its own moments, the ladder misses none: it always climbs rung by rung.
    #[test]
    fn a_daemon_that_is_up_passes_no_rung(obligation in any_owed()) {
        let mut obligation = obligation;
        let mut now = obligation.created_at;
        while let Some(wakes) = obligation.wake_at(&ladder()) {
            now = now.max(wakes);
            let action = decide(&obligation, &ladder(), Surroundings { watermark: Some(now), quarantined: false }, now);
            prop_assert!(!matches!(action, Action::Rest | Action::AwaitReading), "{now}");
            if let Action::Climb { passed, rung } = &action {
                prop_assert!(passed.is_empty(), "{passed:?} before {rung}");
            }
            obey(&mut obligation, action, now);
        }
        prop_assert_eq!((obligation.climb.rung, obligation.climb.repeats), (Some(Rung::Unreported), ladder().nag_max));
    }

    /// The later a report, the worse its verdict; and it is the verdict of the rung that was reached before it.
    #[test]
    fn a_later_filing_is_never_judged_better(obligation in any_owed(), first in 0i64..4000, later in 0i64..4000) {
        let verdict = |minute| obligation.verdict_if_filed(at(minute), &ladder());
        prop_assert!(verdict(first) <= verdict(first + later));
        let action = decide(&obligation, &ladder(), read_until(first), at(first));
        if let (Action::Climb { rung, .. }, true) = (action, obligation.independent || obligation.cause == duty()) {
            prop_assert_eq!(verdict(first + 1), Verdict::from(rung));
        }
    }
}
