//! Superiors' circulars.

use zhibao::domain::notice::{Content, NoticeKind};
use zhibao::domain::warning::List;

use crate::office::{Entry, Office, PROVINCE};

const POINTS: [Entry; 4] = [("pingding", true, ""), ("yuxian", true, ""), ("jiaoqu", true, ""), ("office", false, "")];

fn office() -> Office {
    let mut office = Office::new(&POINTS, "");
    office.go("2003-01-10T08:00");
    office.circular(&[("pingding", "2002", 7, 9, 49), ("yuxian", "2002", 11, 8, 49), ("jiaoqu", "2002", 42, 3, 49)]);
    office.go("2003-04-08T08:00");
    office.circular(&[("pingding", "2003-03", 0, 48, 49), ("yuxian", "2003-03", 0, 48, 49), ("jiaoqu", "2003-03", 14, 4, 49)]);
    office
}

fn total(office: &Office) -> usize {
    office.said().len()
}

#[test]
fn two_that_share_the_last_place_get_one_warning_each_which_does_not_repeat_at_the_same_rank() {
    let mut office = office();
    assert_eq!(office.of(NoticeKind::RankFall, "pingding"), [("2003-04-08".to_owned(), 1)]);
    assert_eq!(office.of(NoticeKind::RankFall, "yuxian"), [("2003-04-08".to_owned(), 1)]);
    assert_eq!(total(&office), 2);
    let zero = |notice: &zhibao::store::PastNotice| matches!(&notice.content, Content::RankFall(fall) if fall.zero && fall.list == List::Circular { by: PROVINCE.into() });
    assert_eq!(office.notices().iter().filter(|notice| zero(notice)).count(), 2);
    office.go("2003-05-08T08:00");
    office.circular(&[("pingding", "2003-04", 0, 48, 49), ("yuxian", "2003-04", 0, 48, 49), ("jiaoqu", "2003-04", 20, 4, 49)]);
    assert_eq!(total(&office), 2);
}

#[test]
fn a_unit_that_climbed_and_falls_again_is_warned_of_anew() {
    let mut office = office();
    office.circular(&[("yuxian", "2003-04", 5, 9, 49)]);
    office.circular(&[("yuxian", "2003-05", 5, 20, 49)]);
    assert_eq!(office.of(NoticeKind::RankFall, "yuxian").len(), 2);
    assert!(office.of(NoticeKind::RankFall, "yuxian").iter().all(|(_, copies)| *copies == 1));
}

#[test]
fn a_worse_rank_is_told_one_level_higher() {
    let mut office = office();
    office.circular(&[("yuxian", "2003-04", 0, 49, 49)]);
    assert_eq!(office.of(NoticeKind::RankFall, "yuxian"), [("2003-04-08".to_owned(), 1), ("2003-04-08".to_owned(), 2)]);
}

#[test]
fn a_late_circular_about_an_earlier_month_changes_nothing_but_the_record() {
    let mut office = office();
    office.circular(&[("jiaoqu", "2003-02", 0, 49, 49)]);
    assert_eq!(total(&office), 2);
}

#[test]
fn a_circular_that_corrects_an_earlier_one_takes_its_place() {
    let mut office = office();
    office.circular(&[("yuxian", "2003-03", 9, 10, 49)]);
    office.circular(&[("yuxian", "2003-04", 9, 48, 49)]);
    assert_eq!(office.of(NoticeKind::RankFall, "yuxian").iter().map(|(_, copies)| *copies).collect::<Vec<_>>(), [1, 1]);
}

#[test]
fn the_same_circular_sent_again_says_nothing_again() {
    let mut office = office();
    office.circular(&[("pingding", "2003-03", 0, 48, 49), ("yuxian", "2003-03", 0, 48, 49), ("jiaoqu", "2003-03", 14, 4, 49)]);
    assert_eq!(total(&office), 2);
}

#[test]
fn a_zero_that_our_own_ledger_has_told_of_is_not_told_again_by_a_circular() {
    let mut office = Office::new(&POINTS, "");
    office.table(&[("2002-05-05", "yuxian", 9), ("2003-01-20", "office", 9)]);
    office.circular(&[("yuxian", "2002", 9, 49, 49)]);
    office.go("2003-02-10T08:00");
    assert_eq!(office.of(NoticeKind::Zero, "yuxian").len(), 1);
    office.circular(&[("yuxian", "2003-01", 0, 49, 49)]);
    assert_eq!(office.of(NoticeKind::Zero, "yuxian").len(), 1);
    assert_eq!(office.of(NoticeKind::RankFall, "yuxian"), []);
}

#[test]
fn a_total_of_zero_without_a_fall_is_a_zero_of_that_list() {
    let mut office = Office::new(&POINTS, "");
    office.circular(&[("yuxian", "2002", 2, 49, 49)]);
    office.circular(&[("yuxian", "2003-01", 0, 49, 49)]);
    assert_eq!(office.of(NoticeKind::Zero, "yuxian"), [("2003-01-01".to_owned(), 1)]);
    office.circular(&[("yuxian", "2003-02", 0, 49, 49)]);
    assert_eq!(office.of(NoticeKind::Zero, "yuxian").len(), 1);
}

#[test]
fn a_warning_of_a_circular_that_cannot_be_written_holds_up_neither_the_table_nor_the_others() {
    let mut office = Office::new(&POINTS, "");
    office.supervise(crate::assessments::nowhere("pingding"));
    office.go("2003-04-08T08:00");
    office.circular(&[("pingding", "2002", 7, 9, 49), ("yuxian", "2002", 11, 8, 49)]);
    office.circular(&[("pingding", "2003-03", 0, 48, 49), ("yuxian", "2003-03", 0, 48, 49)]);
    assert_eq!((office.of(NoticeKind::RankFall, "pingding").len(), office.of(NoticeKind::RankFall, "yuxian").len()), (0, 1));
    office.dismiss("无");
    office.go("2003-04-08T08:30");
    assert_eq!((office.of(NoticeKind::RankFall, "pingding").len(), office.of(NoticeKind::RankFall, "yuxian").len()), (1, 1));
}
