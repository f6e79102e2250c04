use super::super::notice::{Breach, Owed, Reminder};
use super::super::obligation::tests::{at, first_report};
use super::super::obligation::{Climb, Filing};
use super::super::roster::{Office, Reporter, Role, Supervisor, Unit};
use super::super::rules::{Instant, Rung, Stage};
use super::*;

fn address(local: &str) -> Address {
    Address::parse(&format!("{local}@x.example")).expect(local)
}

fn roster() -> Roster {
    let supervisor = |local: &str, level| Supervisor { name: String::new(), address: address(local), level, units: None, digest: false };
    let reporter = |local: &str| Reporter { name: String::new(), address: address(local), role: Role::FullTime };
    let unit = Unit {
        id: UnitId("yuxian".into()),
        name: "盂县".into(),
        aliases: Vec::new(),
        class: None,
        direct_report: false,
        places: Vec::new(),
        since: None,
        until: None,
        reporters: vec![reporter("first"), reporter("second")],
    };
    let office = Office { name: String::new(), address: address("office"), desk: vec![address("desk")], operators: vec![address("ops")] };
    let supervisors = vec![supervisor("chief", 1), supervisor("vice", 1), supervisor("deputy", 3)];
    Roster { office, units: vec![unit], supervisors, superiors: Vec::new() }
}

/// Names with `!` are copies that failed.
fn next(kind: NoticeKind, to: &str, copies: &[&str]) -> Vec<String> {
    let copy = |name: &&str| Copy { to: address(name.trim_end_matches('!')), failed: name.ends_with('!') };
    let copies: Vec<Copy> = copies.iter().map(copy).collect();
    let unit = UnitId("yuxian".into());
    let next = next_to_know(kind, Some(&unit), &address(to), &copies, &roster());
    next.iter().map(|person| format!("{} as {:?}", person.address.local(), person.capacity)).collect()
}

#[test]
fn a_supervisors_copy_goes_up_and_then_to_the_desk() {
    assert_eq!(next(NoticeKind::Late, "chief", &["chief!", "vice", "first", "second"]), ["deputy as Supervisor"]);
    assert_eq!(next(NoticeKind::Unreported, "chief", &["chief!", "vice", "deputy"]), Vec::<String>::new());
    assert_eq!(next(NoticeKind::Unreported, "chief", &["chief!", "vice!", "deputy!"]), ["desk as Desk"]);
    assert_eq!(next(NoticeKind::Unreported, "deputy", &["chief", "vice", "deputy!"]), ["desk as Desk"]);
    assert_eq!(next(NoticeKind::Unreported, "desk", &["deputy!", "desk!"]), ["ops as Operator"]);
    assert_eq!(next(NoticeKind::Unreported, "ops", &["deputy!", "desk!", "ops!"]), Vec::<String>::new());
}

#[test]
fn a_reporters_copy_goes_to_the_others_and_to_the_desk_where_none_stands() {
    assert_eq!(next(NoticeKind::Reminder, "first", &["first!"]), ["second as Reporter"]);
    assert_eq!(next(NoticeKind::Reminder, "first", &["first!", "second"]), Vec::<String>::new());
    assert_eq!(next(NoticeKind::EventOpened, "second", &["first!", "second!"]), ["desk as Desk"]);
    assert_eq!(next(NoticeKind::Late, "gone", &["gone!", "first"]), ["chief as Supervisor", "vice as Supervisor"]);
}

#[test]
fn desk_and_operators_stand_in_for_each_other() {
    assert_eq!(next(NoticeKind::Question, "desk", &["desk!"]), ["ops as Operator"]);
    assert_eq!(next(NoticeKind::Undeliverable, "ops", &["ops!"]), ["desk as Desk"]);
}

#[test]
fn answers_and_tables_go_to_nobody_else() {
    for kind in [NoticeKind::Receipt, NoticeKind::Command, NoticeKind::Digest, NoticeKind::Circular] {
        assert_eq!(next(kind, "chief", &["chief!"]), Vec::<String>::new(), "{kind}");
    }
}

/// An obligation of which it has been said that it is late.
fn late() -> Obligation {
    Obligation {
        unit: UnitId("yuxian".into()),
        verdict: Verdict::Late,
        climb: Climb { rung: Some(Rung::Late), ..Climb::default() },
        ..first_report()
    }
}

fn breach(filed: Option<Instant>) -> Content {
    Content::Breach(Breach {
        rung: Rung::Late,
        owed: Owed::Stage { stage: Stage::First, ordinal: 1 },
        due: at(120),
        filed,
        by: 60,
        event: None,
        place: None,
        occurred: None,
        severity: None,
        known_at: None,
        rule: None,
        rung_after: None,
        passed: Vec::new(),
        next_rung: None,
        repeat: 0,
        repeats_at_most: 0,
        repeats_every: 0,
    })
}

#[test]
fn what_no_longer_holds_is_told_to_nobody_else() {
    let filed = Filing { at: at(130), submission: super::super::ids::SubmissionNo { year: 2005, ordinal: 1 } };
    let open = late();
    let met = Obligation { filed: Some(filed.clone()), ended: true, ..late() };
    let extended = Obligation { climb: Climb::default(), verdict: Verdict::Open, ..late() };
    let waived = Obligation { filed: Some(filed), verdict: Verdict::Waived, ended: true, ..late() };
    let missing = breach(None);
    assert!(!is_over(&missing, &open));
    for over in [&met, &extended, &waived] {
        assert!(is_over(&missing, over), "{over:?}");
    }
    let filed_late = breach(Some(at(130)));
    assert!(!is_over(&filed_late, &met), "it did come late");
    assert!(is_over(&filed_late, &waived));
    let reminder = Reminder { owed: Owed::Stage { stage: Stage::First, ordinal: 1 }, due: at(120), left: 60, event: None, rule: None };
    assert!(is_over(&Content::Reminder(reminder.clone()), &met) && !is_over(&Content::Reminder(reminder), &extended));
}
