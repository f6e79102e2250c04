//! Who may use which tag and which command, as one table each.

use super::super::roster::{Address, Office, Reporter, Role, Superior, Supervisor, Unit};
use super::*;
use crate::domain::reply::Argument;
use crate::domain::text::comparable;

fn address(local: &str) -> Address {
    Address::parse(&format!("{local}@city.example")).expect("one")
}

fn roster() -> Roster {
    let unit = |id: &str, place: &str, reporters: &[&str]| Unit {
        id: id.into(),
        name: id.into(),
        aliases: vec![],
        class: None,
        direct_report: false,
        places: vec![place.into()],
        since: None,
        until: None,
        reporters: reporters.iter().map(|local| Reporter { name: String::new(), address: address(local), role: Role::FullTime }).collect(),
    };
    let supervisor = |local: &str| Supervisor { name: local.into(), address: address(local), level: 1, units: None, digest: false };
    Roster {
        office: Office { name: "office".into(), address: address("office"), desk: vec![address("desk")], operators: vec![address("ops")] },
        units: vec![unit("xiling", "西岭", &["reporter", "both"]), unit("donghe", "东河", &["other"])],
        supervisors: vec![supervisor("chief"), supervisor("both")],
        superiors: vec![Superior { name: "province".into(), address: address("province") }],
    }
}

const NOBODY_SAID: Tags = Tags { kind: None, severity: None, wrote: None, title: String::new() };

fn routed(who: &str, tag: Option<Tag>, verb: Option<Verb>, place: Option<&str>, thread: Thread) -> Route {
    let roster = roster();
    let tags = Tags { kind: tag, wrote: tag.map(|_| "tag".to_owned()), ..NOBODY_SAID };
    let command = verb.map(|verb| Command { verb, wrote: "word".into(), argument: Argument::None, remark: String::new() });
    let said = Said {
        tags: &tags,
        command: command.as_ref(),
        place,
        names_units: false,
        substantive: true,
        day: chrono::NaiveDate::from_ymd_opt(2005, 6, 6).expect("a day"),
    };
    route(&roster.standing(&address(who)), &roster, &thread, &said)
}

/// A letter for each outcome: R a report, B given back, T a telling, W a withdrawal, A a table, C a command, S a stray one,
/// P prose of somebody without a unit, Q a requisition, N a note about the roster.
fn letter(route: &Route) -> char {
    match route {
        Route::Report(_) => 'R',
        Route::Returned { .. } => 'B',
        Route::Tell => 'T',
        Route::Tip { .. } => 'I',
        Route::Withdraw => 'W',
        Route::Table(_) => 'A',
        Route::Command => 'C',
        Route::StrayCommand => 'S',
        Route::Correspondence => 'P',
        Route::Requisition => 'Q',
        Route::RosterNote => 'N',
    }
}

const PEOPLE: [&str; 6] = ["reporter", "chief", "desk", "province", "ops", "both"];

#[test]
fn who_may_use_which_tag() {
    // In the order of PEOPLE.
    let table = [
        (None, "RPPPPR"),
        (Some(Tag::First), "RBBBBR"),
        (Some(Tag::FollowUp), "RBBBBR"),
        (Some(Tag::Final), "RBBBBR"),
        (Some(Tag::Urgent), "RBBBBR"),
        (Some(Tag::Zero), "RBBBBR"),
        (Some(Tag::Correction), "RBBBBR"),
        (Some(Tag::Requisition), "RQQBBR"),
        (Some(Tag::Withdraw), "BWBBBW"),
        (Some(Tag::Event), "RTTBBT"),
        (Some(Tag::Adoption), "BAABBA"),
        (Some(Tag::Circular), "BBAABB"),
    ];
    for (tag, wanted) in table {
        let found: String = PEOPLE.iter().map(|who| letter(&routed(who, tag, None, None, Thread::default()))).collect();
        assert_eq!(found, wanted, "{tag:?}");
    }
}

#[test]
fn whoever_asks_and_reports_asks_where_he_names_units() {
    let roster = roster();
    let tags = Tags { kind: Some(Tag::Requisition), ..NOBODY_SAID };
    let day = chrono::NaiveDate::from_ymd_opt(2005, 6, 6).expect("a day");
    let by = |who: &str, names_units| {
        let said = Said { tags: &tags, command: None, place: None, names_units, substantive: true, day };
        letter(&route(&roster.standing(&address(who)), &roster, &Thread::default(), &said))
    };
    assert_eq!([by("both", true), by("both", false), by("reporter", true)], ['Q', 'R', 'R']);
}

#[test]
fn a_roster_check_is_confirmed_by_a_reporter_and_by_nobody_who_has_no_part_in_it() {
    let check = Thread { notice: Some(NoticeKind::RosterCheck), ..Thread::default() };
    let confirmed: String = PEOPLE.iter().map(|who| letter(&routed(who, None, Some(Verb::Confirm), None, check))).collect();
    assert_eq!(confirmed, "CCBBBC");
    let other: String = PEOPLE.iter().map(|who| letter(&routed(who, None, None, None, check))).collect();
    assert_eq!(other, "NPPPPN");
    let late = Thread { notice: Some(NoticeKind::Late), ..Thread::default() };
    let elsewhere: String = PEOPLE.iter().map(|who| letter(&routed(who, None, Some(Verb::Confirm), None, late))).collect();
    assert_eq!(elsewhere, "RPPPPR", "a word like any other");
}

#[test]
fn who_may_give_which_command() {
    let thread = Thread { notice: Some(NoticeKind::Late), ..Thread::default() };
    let table = [
        (Verb::Ack, "BCBBBC"),
        (Verb::Extend, "BCBBBC"),
        (Verb::Waive, "BCBBBC"),
        (Verb::Close, "BCBBBC"),
        (Verb::Merge, "BCBBBC"),
        (Verb::Withdraw, "BCBBBC"),
        (Verb::Severity, "BCCBBC"),
        (Verb::Release, "BCCBBC"),
        (Verb::Reject, "BCCBBC"),
    ];
    for (verb, wanted) in table {
        let by_reply: String = PEOPLE.iter().map(|who| letter(&routed(who, None, Some(verb), None, thread))).collect();
        assert_eq!(by_reply, wanted, "{verb:?} by reply");
        let alone: String = PEOPLE.iter().map(|who| letter(&routed(who, None, Some(verb), None, Thread::default()))).collect();
        assert_eq!(alone, "RSSPPR", "{verb:?} out of the blue");
    }
}

#[test]
fn who_may_is_said_to_those_who_may_not() {
    let who_may = |route| match route {
        Route::Returned { wrote, who_may } => (wrote, who_may),
        other => panic!("{other:?}"),
    };
    let by_tag = |who, tag| who_may(routed(who, Some(tag), None, None, Thread::default()));
    assert_eq!(by_tag("reporter", Tag::Withdraw), ("tag".into(), WhoMay::Supervisors));
    assert_eq!(by_tag("reporter", Tag::Adoption), ("tag".into(), WhoMay::DeskAndSupervisors));
    assert_eq!(by_tag("chief", Tag::Circular), ("tag".into(), WhoMay::SuperiorsAndDesk));
    assert_eq!(by_tag("desk", Tag::First), ("tag".into(), WhoMay::Reporters));
    assert_eq!(by_tag("province", Tag::Event), ("tag".into(), WhoMay::DeskAndSupervisors));
    let thread = Thread { notice: Some(NoticeKind::Late), ..Thread::default() };
    let by_reply = |verb| who_may(routed("reporter", None, Some(verb), None, thread));
    assert_eq!(by_reply(Verb::Waive), ("word".into(), WhoMay::Supervisors));
    assert_eq!(by_reply(Verb::Severity), ("word".into(), WhoMay::DeskAndSupervisors));
}

#[test]
fn a_reporters_event_is_its_own_or_a_tip() {
    let told = |place| routed("reporter", Some(Tag::Event), None, place, Thread::default());
    assert_eq!(told(Some("西岭县黑石沟")), Route::Report(Marked::Urgent));
    assert_eq!(told(None), Route::Report(Marked::Urgent));
    assert_eq!(told(Some("无人知道的地方")), Route::Report(Marked::Urgent));
    assert_eq!(told(Some("东河县城关")), Route::Tip { place: "东河县城关".into() });
    assert_eq!(told(Some("东河与西岭交界")), Route::Report(Marked::Urgent));
}

#[test]
fn prose_is_read_by_its_thread() {
    let event = Some(EventNo { year: 2005, ordinal: 1 });
    let in_event = Thread { notice: Some(NoticeKind::Receipt), event, ..Thread::default() };
    let of_duty = Thread { notice: Some(NoticeKind::Reminder), zero_duty: true, ..Thread::default() };
    assert_eq!(routed("reporter", None, None, None, in_event), Route::Report(Marked::Thread));
    assert_eq!(routed("reporter", None, None, None, of_duty), Route::Report(Marked::Zero));
    assert_eq!(routed("reporter", None, None, None, Thread::default()), Route::Report(Marked::Routine));
    assert_eq!(routed("chief", None, None, None, in_event), Route::Correspondence);
    assert_eq!(routed("reporter", Some(Tag::Final), None, None, in_event), Route::Report(Marked::Final), "a tag goes before the thread");
    let (roster, thanks) = (
        roster(),
        Said {
            tags: &NOBODY_SAID,
            command: None,
            place: None,
            names_units: false,
            substantive: false,
            day: chrono::NaiveDate::from_ymd_opt(2005, 6, 6).expect("a day"),
        },
    );
    let thanked = route(&roster.standing(&address("reporter")), &roster, &in_event, &thanks);
    assert_eq!(thanked, Route::Report(Marked::Routine), "a word of politeness meets nothing");
}

#[test]
fn politeness_is_no_report() {
    for thanks in ["", "收到", "收到。谢谢！", "好的，明白，辛苦了", "OK", "Okay, thanks", "Thank you.", "谢谢谢谢", "noted"]
    {
        assert!(!is_substantive(&comparable(thanks), false), "{thanks}");
        assert!(is_substantive(&comparable(thanks), true), "{thanks}, with an attachment");
    }
    for report in ["收到通知后已赶赴现场", "今日无事", "无", "ok, 3 dead"] {
        assert!(is_substantive(&comparable(report), false), "{report}");
    }
}
