//! Silence.

use zhibao::domain::notice::{Content, NoticeKind};
use zhibao::domain::submission::Kind;
use zhibao::steps::silence;

use crate::office::{Entry, Office, at};

const TWO: [Entry; 2] = [("a", true, ""), ("b", false, "until = \"2003-06-30\"")];

/// One mail a week on Mondays at ten, for so many weeks from 6 January.
fn weekly(office: &mut Office, unit: &str, weeks: i64, kind: Kind) {
    for week in 0..weeks {
        let day = chrono::NaiveDate::from_ymd_opt(2003, 1, 6).expect("a day") + chrono::TimeDelta::weeks(week);
        office.go(&format!("{day}T10:00"));
        office.mail(unit, kind);
    }
}

#[test]
fn one_mail_a_week_and_then_none_is_told_of_three_times_one_level_higher_each_and_no_more() {
    let mut office = Office::with(&TWO, "");
    weekly(&mut office, "a", 13, Kind::Routine);
    office.go("2004-12-31T00:00");
    let told = office.of(NoticeKind::Silent, "a");
    assert_eq!(told.iter().map(|(_, copies)| *copies).collect::<Vec<_>>(), [1, 2, 3]);
    // 13 in 84 days: after 30 whole days the chance is under a hundredth; nine o'clock of the day after.
    assert_eq!(told[0].0, "2003-05-01");
    assert_eq!(office.world.store.read(silence::next_due).expect("readable"), None);
}

#[test]
fn a_silence_that_cannot_be_written_holds_up_nobody_elses_and_is_tried_again() {
    let mut office = Office::with(&TWO, "");
    office.supervise(crate::assessments::nowhere("a"));
    for week in 0..13 {
        let day = chrono::NaiveDate::from_ymd_opt(2003, 1, 6).expect("a day") + chrono::TimeDelta::weeks(week);
        office.go(&format!("{day}T10:00"));
        office.mail("a", Kind::Routine);
        office.mail("b", Kind::Routine);
    }
    office.go("2003-05-01T12:00");
    let told = |office: &Office| (office.of(NoticeKind::Silent, "a").len(), office.of(NoticeKind::Silent, "b").len());
    assert_eq!(told(&office), (0, 1));
    office.dismiss("无");
    office.go("2003-05-01T12:10");
    assert_eq!(told(&office), (1, 1));
}

#[test]
fn mail_of_any_kind_ends_the_stretch() {
    let mut office = Office::with(&TWO, "");
    weekly(&mut office, "a", 13, Kind::Routine);
    office.go("2003-04-25T10:00");
    office.mail("a", Kind::Zero);
    office.go("2003-05-20T00:00");
    assert_eq!(office.said(), []);
    office.go("2003-07-01T00:00");
    assert_eq!(office.of(NoticeKind::Silent, "a").len(), 1);
}

#[test]
fn zero_reports_and_sudden_events_tell_no_rate() {
    for kind in [Kind::Zero, Kind::First, Kind::FollowUp, Kind::Final, Kind::Correction] {
        let mut office = Office::with(&TWO, "");
        weekly(&mut office, "a", 20, kind);
        office.go("2004-12-31T00:00");
        assert_eq!(office.said(), [], "{kind}");
    }
}

#[test]
fn a_withdrawn_submission_does_not_count() {
    let mut office = Office::with(&TWO, "");
    weekly(&mut office, "a", 11, Kind::Routine);
    let number = office.mail("a", Kind::Routine);
    let now = at("2003-03-20T10:00");
    office.write(zhibao::store::CommitPoint::Console, |books| books.withdraw_submission(number, now));
    office.go("2004-12-31T00:00");
    assert_eq!(office.said(), []);
}

#[test]
fn a_unit_that_is_no_longer_in_force_is_not_called_silent() {
    let mut office = Office::with(&TWO, "");
    weekly(&mut office, "b", 24, Kind::Routine);
    office.go("2004-12-31T00:00");
    assert_eq!(office.said(), []);
}

#[test]
fn while_a_mailbox_has_not_been_read_nobody_is_called_silent() {
    let mut office = Office::with(&TWO, "");
    weekly(&mut office, "a", 13, Kind::Routine);
    office.sleep("2003-05-06T12:00");
    let found = silence::step(&office.world, at("2003-05-06T12:00")).expect("a step");
    assert!(found.awaits_reading && !found.worked);
    assert_eq!(office.said(), []);
    office.go("2003-05-06T12:00");
    let told = office.notices().into_iter().find_map(|notice| match notice.content {
        Content::Silent(silent) => Some((silent.days, silent.counted, silent.over_days)),
        _ => None,
    });
    assert_eq!(told, Some((35, 13, 84)));
}

#[test]
fn a_morning_that_was_missed_is_caught_up() {
    let mut office = Office::with(&TWO, "");
    weekly(&mut office, "a", 13, Kind::Routine);
    office.sleep("2003-05-20T03:00");
    office.go("2003-05-20T03:00");
    assert_eq!(office.of(NoticeKind::Silent, "a"), [("2003-05-20".to_owned(), 1)]);
}
