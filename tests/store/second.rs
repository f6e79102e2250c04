//! The store of the second version: a ledger, a superior's circular, a bulletin, a requisition, topics, and what is awaited.

use std::path::Path;

use zhibao::domain::bulletin::IssueState;
use zhibao::domain::ids::{SubmissionNo, UnitId};
use zhibao::domain::ledger::{EntryKind, ExternalRow, NewEntry, identity};
use zhibao::domain::notice::Outcome;
use zhibao::domain::obligation::Cause;
use zhibao::domain::points::Points;
use zhibao::steps::requisitions::{self, Asked};
use zhibao::steps::{StepError, bulletins, ledger};
use zhibao::store::{Books, CommitPoint, Durability, EntryFilter, NewItem, Store};

use crate::fixture::{opened, sound_and_goes_on};
use crate::world::look::{obligations, read};
use crate::world::office::Office;
use crate::world::play::Play;
use crate::world::{Instant, at};

const LEDGER: &str = r#"
[[outlet]]
id = "city"
name = "市内刊物"
points = "1"
[[outlet]]
id = "province"
name = "省委办公厅"
points = "4.5"
[[kind]]
name = "问题"
words = ["透水"]
[[bulletin]]
id = "daily"
title = "云州信息"
outlet = "city"
readers = ["reader@yunzhou.example"]
"#;

const DESK: &str = "desk@yunzhou.example";

/// The office with all that the second version can keep.
pub fn office() -> Office {
    Office::with(|main| main.push_str(LEDGER))
}

/// The morning of the first version, and then one of each thing that the second one keeps.
pub fn morning(path: &Path) -> Play {
    let play = crate::morning(&office(), path);
    let setup = play.world.setup.clone();
    let put = |books: &Books<'_>| fill(books, &setup, at(160));
    play.world.store.write(CommitPoint::Filing, put).expect("written");
    play
}

fn fill(books: &Books<'_>, setup: &zhibao::steps::Setup, now: Instant) -> Result<(), StepError> {
    let first = SubmissionNo { year: 2005, ordinal: 1 };
    let units: Vec<UnitId> = vec!["xiling".into(), "donghe".into()];
    let (day, points) = ("2005-06-03".parse().expect("a day"), Points::from_thousandths(4_500));
    let entry = NewEntry {
        kind: EntryKind::Adoption,
        day,
        shares: ledger::shares(setup, &units, points),
        outlet: "province".into(),
        title: "两县联手治水".into(),
        points,
        submission: None,
        reverses: None,
        source: "file 六月.csv".into(),
        by: DESK.into(),
        identity: identity(EntryKind::Adoption, day, &units, "province", "两县联手治水", points, 0),
    };
    let number = ledger::put(books, &entry, now)?.expect("a new row");
    ledger::reverse(books, number, "重复", DESK, now)?.expect("it can be taken back");
    let row = ExternalRow {
        subject: "xiling".into(),
        adopted: Some(3),
        points: None,
        total: Some(Points::from_thousandths(13_500)),
        rank: Some(8),
        of: Some(49),
    };
    assert!(books.put_circular_row("省委办公厅信息处", None, "2005-05".parse().expect("a month"), &row, now)?);
    let issue = bulletins::draft(books, setup, "daily", 2005, DESK, now)?.expect("drafted");
    let item = NewItem { title: "西岭煤矿透水", text: "正文。", submissions: vec![first], units: vec![] };
    bulletins::add(books, setup, &issue, &item, DESK, now)?.expect("added");
    bulletins::issue(books, setup, &issue, DESK, now)?.expect("issued");
    let asked = Asked { topic: "防汛准备", details: "请报物资储备情况。", units, due: at(3 * 24 * 60), by: DESK };
    let outcome = requisitions::open(books, setup, &asked, now)?;
    assert!(matches!(outcome, Outcome::Requisitioned { .. }), "{outcome:?}");
    Ok(())
}

#[test]
fn a_store_of_the_second_version_reads_back() {
    let (_folder, path) = opened("store-0002.sql");
    let store = Store::open(&path, Durability::Full).expect("it opens");
    let entries = read(&store, |books| books.entries(&EntryFilter::default(), 10));
    let rows: Vec<(EntryKind, String, usize)> =
        entries.iter().map(|entry| (entry.kind, entry.points.to_string(), entry.shares.len())).collect();
    let expected = [(EntryKind::Adoption, "1", 1), (EntryKind::Reversal, "-4.5", 2), (EntryKind::Adoption, "4.5", 2)];
    assert_eq!(rows, expected.map(|(kind, points, shares)| (kind, points.to_owned(), shares)));
    assert_eq!(entries[2].reversed_by, Some(entries[1].number));
    let circular = read(&store, |books| books.external_rows("xiling"));
    assert_eq!((circular.len(), circular[0].row.rank, circular[0].row.of), (1, Some(8), Some(49)));
    let issues = read(&store, |books| books.issues(Some(2005), 10));
    assert_eq!((issues.len(), issues[0].state), (1, IssueState::Issued));
    assert_eq!(read(&store, |books| books.items(&issues[0].issue))[0].title, "西岭煤矿透水");
    let asked = obligations(&store).into_iter().filter(|owed| matches!(owed.cause, Cause::Requisition { .. })).count();
    assert_eq!(asked, 2);
    assert_eq!(read(&store, |books| books.topics_of(SubmissionNo { year: 2005, ordinal: 1 })).len(), 1);
    assert!(read(&store, |books| books.awaited("digest")).is_some());
    assert_eq!(read(&store, |books| books.record_broken_at()), None);
}

#[test]
fn a_store_of_the_second_version_is_sound_and_goes_on() {
    let (_folder, path) = opened("store-0002.sql");
    sound_and_goes_on(&office(), &path);
}
