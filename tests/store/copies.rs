//! What is looked for among a few days is found on both sides of the weeks by which it is kept, and no longer than it counts.

use chrono::{DateTime, TimeDelta};
use zhibao::domain::answering::Given;
use zhibao::domain::fields::Fields;
use zhibao::domain::ids::{SubmissionNo, UnitId};
use zhibao::domain::message::ArrivalSource;
use zhibao::domain::roster::Address;
use zhibao::domain::submission::Kind;
use zhibao::store::{CommitPoint, Durability, NewSubmission, Seen, SeenBody, Store, StoreError};

use crate::world::Instant;
use crate::world::look::read;

const DAY: i64 = 86_400;

/// A hash whose highest bit is set: it is a negative number in the store.
const HASH: u64 = 0xf00d_1234_5678_9abc;

/// Midnight between two weeks, and seconds from there.
fn border(seconds: i64) -> Instant {
    DateTime::from_timestamp(604_800 * 1_732, 0).expect("2003-03-13") + TimeDelta::seconds(seconds)
}

struct Shelf(Store);

impl Shelf {
    fn new() -> Shelf {
        Shelf(Store::open(":memory:".as_ref(), Durability::None).expect("it opens"))
    }

    fn file(&self, unit: &str, arrival: Instant, fingerprint: [u8; 32], simhash: u64) -> SubmissionNo {
        let (unit, sender, fields) = (UnitId::from(unit), Address::parse("ann@north.example").expect("an address"), Fields::default());
        let filed = self.0.write(CommitPoint::Filing, |books| {
            let seen = Seen {
                mailbox: "submissions".into(),
                key: format!("{unit:?} {arrival} {simhash:x} {fingerprint:?}"),
                size_bytes: 1,
                received_at: arrival,
                received_by: ArrivalSource::MaildirName,
                body: SeenBody::TooLarge,
            };
            let delivery = books.put_seen(&seen, arrival)?.expect("a new message");
            let new = NewSubmission {
                delivery,
                unit: Some(&unit),
                sender: &sender,
                kind: Kind::Routine,
                title: "信息",
                arrival,
                sent_at: None,
                fields: &fields,
                flags: &[],
                event: None,
                corrects: None,
                message_id: None,
                fingerprint,
                simhash: Some(simhash),
            };
            books.file_submission(&new, 2003)
        });
        filed.expect("filed")
    }

    fn elsewhere(&self, arrival: Instant, simhash: u64) -> Option<SubmissionNo> {
        read(&self.0, |books| books.text_elsewhere(&"south".into(), arrival, simhash)).map(|(number, _)| number)
    }
}

#[test]
fn a_copy_is_found_less_than_a_day_away_on_both_sides_of_a_week() {
    for first in [-DAY, -1, 0, 1, DAY] {
        let shelf = Shelf::new();
        let number = shelf.file("north", border(first), [7; 32], HASH);
        let found = |away: i64, fingerprint: [u8; 32]| {
            read(&shelf.0, |books| books.same_fingerprint(&fingerprint, border(first + away))).map(|past| past.number)
        };
        for away in [0, 1 - DAY, DAY - 1] {
            assert_eq!(found(away, [7; 32]), Some(number), "{first} {away}");
            assert_eq!(found(away, [8; 32]), None, "{first} {away}");
        }
        for away in [-DAY, DAY, -7 * DAY, 7 * DAY] {
            assert_eq!(found(away, [7; 32]), None, "{first} {away}");
        }
    }
}

#[test]
fn a_near_copy_is_found_less_than_three_days_away_on_both_sides_of_a_week() {
    for first in [-2 * DAY, -1, 0, 2 * DAY] {
        let shelf = Shelf::new();
        let number = shelf.file("north", border(first), [0; 32], HASH);
        for away in [0, 1 - 3 * DAY, 3 * DAY - 1] {
            assert_eq!(shelf.elsewhere(border(first + away), HASH), Some(number), "{first} {away}");
        }
        for away in [-3 * DAY, 3 * DAY, -7 * DAY, 7 * DAY] {
            assert_eq!(shelf.elsewhere(border(first + away), HASH), None, "{first} {away}");
        }
    }
}

#[test]
fn a_near_copy_is_found_by_any_band_that_the_two_have_in_common() {
    let shelf = Shelf::new();
    let number = shelf.file("north", border(0), [0; 32], HASH);
    for common in 0..4 {
        let others = (0..4).filter(|band| *band != common).fold(HASH, |hash, band| hash ^ 1 << (band * 16 + 15));
        assert_eq!(shelf.elsewhere(border(60), others), Some(number), "{common}");
    }
    assert_eq!(shelf.elsewhere(border(60), HASH ^ 0b1111), None, "four bits are another text");
    assert_eq!(shelf.elsewhere(border(60), HASH ^ 1 << 15 ^ 1 << 31 ^ 1 << 47 ^ 1 << 63), None);
}

#[test]
fn of_several_near_copies_the_newest_counts_and_none_of_ones_own() {
    let shelf = Shelf::new();
    shelf.file("north", border(-2 * DAY), [0; 32], HASH);
    let before = shelf.file("north", border(-60), [0; 32], HASH ^ 1);
    assert_eq!(shelf.elsewhere(border(-30), HASH), Some(before));
    let after = shelf.file("east", border(60), [0; 32], HASH ^ 1 << 63);
    shelf.file("south", border(120), [0; 32], HASH);
    assert_eq!(shelf.elsewhere(border(180), HASH), Some(after));
}

#[test]
fn answers_count_for_a_day_across_weeks_and_not_where_a_clock_stood_ahead() {
    let store = Shelf::new().0;
    let sender = Address::parse("ann@north.example").expect("an address");
    let now = border(3_600);
    let noted = [
        (now - TimeDelta::days(1), [1; 32]),
        (now - TimeDelta::seconds(DAY - 1), [1; 32]),
        (border(-1), [2; 32]),
        (border(0), [1; 32]),
        (border(1), [1; 32]),
        (now + TimeDelta::seconds(6 * DAY - 1), [2; 32]),
        (now + TimeDelta::days(6), [1; 32]),
        (now + TimeDelta::days(30), [1; 32]),
    ];
    for (at, fingerprint) in noted {
        store.write(CommitPoint::Filing, |books| books.put_answer(&sender, &fingerprint, &[9; 32], at)).expect("noted");
    }
    let given = |of: &Address| -> Result<Given, StoreError> {
        store.read(|books| books.answers_to(of, &[1; 32], &[9; 32], now - TimeDelta::hours(1), now - TimeDelta::days(1)))
    };
    assert_eq!(given(&sender).expect("counted"), Given { lately: 2, same: 3, alike: 5 });
    let other = Address::parse("bob@north.example").expect("an address");
    assert_eq!(given(&other).expect("counted"), Given::default());
}
