//! Which event a report belongs to, whose event it is, and what others may see it called; as tables.

use chrono::DateTime;

use super::super::roster::{Address, Office};
use super::*;

/// Minutes after the event occurred.
fn at(minutes: i64) -> Instant {
    DateTime::from_timestamp(1_118_016_000 + minutes * 60, 0).expect("a moment")
}

fn unit(id: &str, name: &str, aliases: &[&str], places: &[&str]) -> Unit {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    Unit {
        id: id.into(),
        name: name.into(),
        aliases: owned(aliases),
        class: None,
        direct_report: false,
        places: owned(places),
        since: None,
        until: None,
        reporters: vec![],
    }
}

fn roster() -> Roster {
    let address = Address::parse("office@city.example").expect("one");
    Roster {
        office: Office { name: "信息科".into(), address, desk: vec![], operators: vec![] },
        units: vec![
            unit("donghe", "东河县", &["东河县委"], &["东河"]),
            unit("xiling", "西岭县", &[], &["西岭", "黑石沟"]),
            unit("new", "东河新区", &[], &["东河新区"]),
            unit("fire", "市消防队", &["消防"], &[]),
        ],
        supervisors: vec![],
        superiors: vec![],
    }
}

const E: [EventNo; 3] = [EventNo { year: 2005, ordinal: 1 }, EventNo { year: 2005, ordinal: 2 }, EventNo { year: 2005, ordinal: 3 }];

fn candidate(number: EventNo, title: &str, place: Option<&str>, occurred: Option<i64>, reported: bool) -> Candidate {
    let event = Event {
        ended_at: None,
        number,
        title: title.into(),
        severity: Severity::III,
        severity_assumed: false,
        place: place.map(str::to_owned),
        occurred: occurred.map(at),
        known_at: at(10),
        ruleset: 1,
        state: EventState::Open,
        merged_into: None,
    };
    Candidate { event, reported }
}

fn sketch<'a>(title: &'a str, place: Option<&'a str>, occurred: Option<i64>) -> Sketch<'a> {
    let commonplace = vec!["西岭县", "西岭"];
    Sketch { title, place, occurred: occurred.map(at), arrival: Some(at(30)), continues: false, commonplace }
}

#[test]
fn a_report_joins_what_it_fits_and_only_that() {
    let mine = || candidate(E[0], "西岭县黑石沟煤矿透水", Some("西岭县黑石沟"), Some(0), true);
    let factory = || candidate(E[1], "西岭县化工厂起火", Some("西岭县工业园"), Some(0), true);
    let rows: [(Sketch<'_>, Vec<Candidate>, Join, &str); 9] = [
        (sketch("西岭县黑石沟煤矿透水情况", Some("西岭县黑石沟"), Some(0)), vec![mine()], Join::Into(E[0]), "time, place and words"),
        (sketch("西岭县黑石沟煤矿透水情况", Some("西岭县黑石沟"), Some(0)), vec![mine(), factory()], Join::Into(E[0]), "of two the one"),
        (sketch("西岭县黑石沟煤矿透水", None, None), vec![mine()], Join::Into(E[0]), "words alone, time unknown"),
        (sketch("西岭县果园遭冰雹", Some("西岭县老鹰岩"), Some(2000)), vec![mine(), factory()], Join::New, "nothing in common"),
        (sketch("西岭县黑石沟煤矿透水", Some("西岭县黑石沟"), Some(2000)), vec![mine()], Join::New, "the next day: another one"),
        (sketch("西岭县情况", None, Some(30)), vec![mine()], Join::NewAsk(vec![E[0]]), "the time alone fits badly"),
        (sketch("西岭县情况", None, None), vec![mine()], Join::New, "the unit's name tells nothing apart"),
        (sketch("西岭县黑石沟煤矿透水", None, Some(0)), vec![], Join::New, "no candidate, nobody is asked"),
        (
            sketch("西岭县黑石沟煤矿透水", Some("西岭县黑石沟"), Some(0)),
            vec![mine(), candidate(E[2], "西岭县黑石沟煤矿透水", Some("西岭县黑石沟"), Some(10), false)],
            Join::NewAsk(vec![E[0], E[2]]),
            "two that fit well",
        ),
    ];
    for (report, candidates, wanted, why) in rows {
        assert_eq!(join(&report, &candidates), wanted, "{why}");
    }
}

#[test]
fn a_follow_up_belongs_to_the_only_event_that_its_unit_has_reported() {
    let mine = |reported| candidate(E[0], "西岭县黑石沟煤矿透水", Some("西岭县黑石沟"), Some(0), reported);
    let other = |reported| candidate(E[1], "西岭县果园遭冰雹", Some("西岭县老鹰岩"), Some(0), reported);
    let next = |place| Sketch { continues: true, ..sketch("西岭县救援进展", place, None) };
    assert_eq!(join(&next(None), &[mine(true)]), Join::Into(E[0]));
    assert_eq!(join(&next(None), &[mine(true), other(false)]), Join::Into(E[0]), "it has not reported the other");
    assert_eq!(join(&next(None), &[mine(true), other(true)]), Join::New, "two: they must be told apart");
    assert_eq!(join(&next(None), &[mine(false)]), Join::New, "it has reported nothing");
    assert_eq!(join(&next(Some("西岭县龙泉镇")), &[mine(true)]), Join::New, "another place contradicts");
}

#[test]
fn whose_event_it_is_by_its_place() {
    let ids = |ids: &[&str]| ids.iter().map(|id| UnitId::from(*id)).collect::<Vec<_>>();
    let rows: [(&str, Option<&str>, bool, Jurisdiction); 10] = [
        ("fire", Some("西岭县黑石沟"), true, Jurisdiction::Other("xiling".into())),
        ("fire", Some("西岭县黑石沟"), false, Jurisdiction::Own),
        ("fire", None, true, Jurisdiction::Own),
        ("fire", Some("外省某地"), true, Jurisdiction::Own),
        ("fire", Some("东河与西岭交界"), true, Jurisdiction::Several(ids(&["donghe", "xiling"]))),
        ("fire", Some("东河新区"), true, Jurisdiction::Other("new".into())),
        ("donghe", Some("东河县城关"), true, Jurisdiction::Own),
        ("donghe", Some("西岭县黑石沟"), true, Jurisdiction::Rival(ids(&["xiling"]))),
        ("donghe", Some("东河与西岭交界"), true, Jurisdiction::Several(ids(&["xiling"]))),
        ("xiling", Some("东河新区"), true, Jurisdiction::Rival(ids(&["new"]))),
    ];
    let roster = roster();
    for (reporter, place, enabled, wanted) in rows {
        let reporter = roster.unit(&reporter.into()).expect("a unit");
        assert_eq!(
            jurisdiction(&roster, reporter, place, chrono::NaiveDate::from_ymd_opt(2005, 6, 6).expect("a day"), enabled),
            wanted,
            "{} about {place:?}",
            reporter.id
        );
    }
}

#[test]
fn nobody_learns_from_a_title_who_told_us() {
    let roster = roster();
    let unit = |id: &str| roster.unit(&id.into());
    let rows: [(&str, Option<&str>, &str); 6] = [
        ("市消防队：西岭县黑石沟起火", Some("fire"), "西岭县黑石沟起火"),
        ("消防报告西岭县黑石沟起火", Some("fire"), "报告西岭县黑石沟起火"),
        ("西岭县黑石沟起火（市消防队 消防）", Some("fire"), "西岭县黑石沟起火（ ）"),
        ("市消防队", Some("fire"), "西岭县黑石沟"),
        ("东河县委、东河县：起火", Some("donghe"), "起火"),
        ("西岭县黑石沟起火", None, "西岭县黑石沟起火"),
    ];
    for (title, teller, wanted) in rows {
        assert_eq!(public_title(title, teller.and_then(unit), "西岭县黑石沟"), wanted, "{title}");
    }
    assert_eq!(public_title(&"火".repeat(200), None, "").chars().count(), 80);
}
