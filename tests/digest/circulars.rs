//! Circulars: the month's table, put off until it comes; and the standing that a digest shows.

use chrono::NaiveDate;
use zhibao::domain::digest::Decision;
use zhibao::domain::ids::UnitId;
use zhibao::domain::ledger::{EntryKind, NewEntry, identity};
use zhibao::domain::points::Points;
use zhibao::mail::opened;
use zhibao::steps::{StepError, assess};
use zhibao::store::CommitPoint;

use crate::world::begin;
use crate::world::look::read;
use crate::world::mail::kind;
use crate::world::office::{Office, UNITS, address};
use crate::world::play::Play;
use crate::{circulars, digests, go, moment, started};

const OUTLET: &str = "[[outlet]]\nid = \"province\"\nname = \"省委办公厅\"\npoints = \"5\"\n";

fn office() -> Office {
    Office::with_network(|main, network| {
        main.push_str(OUTLET);
        *network =
            network.replace("level = 3\n", "level = 3\nunits = [\"xiling\"]\n").replace("level = 2\n", "level = 2\ndigest = false\n");
    })
}

/// The table comes: day, unit, points.
fn table(play: &Play, rows: &[(&str, &str, i64)]) {
    let put = |books: &zhibao::store::Books<'_>| {
        for (nth, (day, unit, points)) in (0..).zip(rows) {
            let day: NaiveDate = day.parse().expect("a day");
            let (unit, points) = (UnitId::from(*unit), Points::from_thousandths(points * 1000));
            let kind = EntryKind::Adoption;
            let entry = NewEntry {
                kind,
                day,
                identity: identity(kind, day, std::slice::from_ref(&unit), "province", "信息", points, nth),
                shares: vec![(unit, points)],
                outlet: "province".into(),
                title: "信息".into(),
                points,
                submission: None,
                reverses: None,
                source: "test".into(),
                by: "test".into(),
            };
            books.put_entry(&entry, play.now())?;
        }
        assess::table_came(books, &play.world.setup, play.now())
    };
    play.world.store.write::<_, StepError>(CommitPoint::Console, put).expect("written");
}

#[test]
fn a_circular_is_the_table_of_the_month_that_ended_and_goes_to_each_reader_for_his_units() {
    let mut play = started(&office(), begin());
    table(&play, &[("2005-03-10", "donghe", 7), ("2005-06-10", "donghe", 5), ("2005-06-11", "xiling", 5), ("2005-06-12", "fire", 10)]);
    go(&mut play, moment("07-06T00:00"));
    let sent = circulars(&play);
    assert_eq!(sent.len(), 2);
    let (notice, circular, to) = &sent[0];
    assert_eq!((notice.at, to), (moment("07-05T09:00"), &vec![address("chief")]));
    assert_eq!(
        (circular.month.to_string(), circular.to_date.to_string(), circular.put_off),
        ("2005-06".into(), "2005-01..2005-06".into(), None)
    );
    let lines: Vec<_> = circular
        .lines
        .iter()
        .map(|line| {
            let whole = &line.to_date;
            (whole.unit.id.as_str(), whole.rank, whole.tied, whole.points.to_string(), whole.share, line.month_points.to_string())
        })
        .collect();
    assert_eq!(
        lines,
        [
            ("donghe", 1, 1, "12".into(), Some(444), "5".into()),
            ("fire", 2, 1, "10".into(), Some(370), "10".into()),
            ("xiling", 3, 1, "5".into(), Some(185), "5".into()),
            ("nanchuan", 4, 1, "0".into(), Some(0), "0".into()),
        ]
    );
    let months: Vec<u32> = circular.lines.iter().map(|line| line.month_rank).collect();
    assert_eq!(months, [2, 1, 2, 4], "ties share a rank");
    assert_eq!((circular.total.to_string(), circular.month_total.to_string()), ("27".into(), "20".into()));
    assert_eq!(circular.zero.iter().map(|unit| unit.id.as_str()).collect::<Vec<_>>(), ["nanchuan"]);
    let theirs: Vec<&str> = sent[1].1.lines.iter().map(|line| line.to_date.unit.id.as_str()).collect();
    assert_eq!((theirs, sent[1].1.lines[0].to_date.rank, &sent[1].2), (vec!["xiling"], 3, &vec![address("secretary")]));
    let letter = play.outbox.sent().into_iter().find(|letter| kind(letter) == "circular").expect("sent");
    let opened = opened::open(&letter.bytes);
    assert!(opened.text.contains("南川区") && opened.html.contains("南川区"), "{}", opened.text);
}

#[test]
fn a_circular_without_its_table_waits_for_it_and_says_when_it_should_have_gone_out() {
    let mut play = started(&office(), begin());
    table(&play, &[("2005-05-10", "donghe", 7)]);
    go(&mut play, moment("07-12T00:00"));
    assert_eq!(circulars(&play).len(), 0);
    let missing = Decision::TableMissing { month: "2005-06".parse().expect("a month"), as_of: "2005-05-10".parse().ok() };
    let last = digests(&play).pop().expect("sent");
    assert_eq!(last.1.decisions, std::slice::from_ref(&missing));
    assert!(!digests(&play)[0].1.decisions.contains(&missing), "before the assessment nobody waits for it");
    table(&play, &[("2005-06-10", "xiling", 5)]);
    go(&mut play, moment("07-19T00:00"));
    let sent = circulars(&play);
    assert_eq!((sent.len(), sent[0].0.at, sent[0].1.put_off), (2, moment("07-12T00:00"), Some(moment("07-05T09:00"))));
    assert!(digests(&play).pop().expect("sent").1.all_good());
    table(&play, &[("2005-06-11", "xiling", 5)]);
    go(&mut play, moment("07-20T00:00"));
    assert_eq!(circulars(&play).len(), 2, "once");
}

#[test]
fn without_an_outlet_there_is_no_circular_and_no_standing() {
    let mut play = started(&Office::plain(), begin());
    go(&mut play, moment("07-12T00:00"));
    assert_eq!(circulars(&play).len(), 0);
    assert!(digests(&play).iter().all(|(_, digest, _)| digest.standing.is_none() && digest.all_good()));
}

#[test]
fn months_that_were_missed_are_caught_up_the_oldest_first() {
    let mut play = started(&office(), begin());
    table(&play, &[("2005-06-10", "donghe", 7), ("2005-07-10", "xiling", 7)]);
    play.set_now(moment("08-08T07:00"));
    go(&mut play, moment("08-08T07:01"));
    let told: Vec<(String, Option<crate::world::Instant>)> =
        circulars(&play).iter().map(|(_, circular, _)| (circular.month.to_string(), circular.put_off)).collect();
    let of = |month: &str, due: &str| (month.to_owned(), Some(moment(due)));
    let (june, july) = (of("2005-06", "07-05T09:00"), of("2005-07", "08-05T09:00"));
    assert_eq!(told, [june.clone(), june, july.clone(), july]);
}

#[test]
fn the_standing_of_a_digest_is_the_year_to_date_with_the_move_since_the_week_before() {
    let mut play = started(&office(), begin());
    table(&play, &[("2004-12-31", "fire", 12), ("2005-02-10", "donghe", 5), ("2005-06-08", "xiling", 6), ("2005-06-14", "fire", 9)]);
    go(&mut play, moment("06-14T00:00"));
    let (_, digest, to) = digests(&play).remove(0);
    assert_eq!(to, [address("chief")]);
    let standing = digest.standing.expect("a ledger is kept");
    assert_eq!(standing.window.to_string(), "2005-01-01..2005-06-12");
    assert_eq!(standing.as_of, "2005-06-08".parse().ok());
    let lines: Vec<(&str, u32, Option<i64>)> = standing.lines.iter().map(|line| (line.unit.id.as_str(), line.rank, line.moved)).collect();
    assert_eq!(lines, [("xiling", 1, Some(1)), ("donghe", 2, Some(-1)), ("nanchuan", 3, Some(-1)), ("fire", 3, Some(-1))]);
    let line = digest.units.iter().find(|line| line.unit.id.as_str() == "xiling").expect("there");
    assert_eq!(line.adoptions, 1, "of the week");
    let theirs = digests(&play).remove(1).1.standing.expect("a ledger is kept");
    assert_eq!((theirs.lines.len(), theirs.lines[0].rank), (1, 1));
    assert_eq!(read(&play.world.store, |books| books.ledger_days()).map(|days| days.0.to_string()), Some("2004-12-31".into()));
    assert_eq!(UNITS.len(), standing.lines.len());
}
