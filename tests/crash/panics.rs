//! Panics in the reader and in a transport: one bad message, or one bad attempt, never stops the others.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use zhibao::domain::message::Disposition;
use zhibao::domain::notice::NoticeKind;
use zhibao::steps::file;
use zhibao::store::{CommitHook, CommitPoint, Side};
use zhibao::transport::memory::Fault;

use crate::world::at;
use crate::world::look::{of_kind, read};
use crate::world::mail::{Mail, kind};
use crate::world::office::{Office, address};
use crate::world::play::Play;

const MAILS: u32 = 5;
/// In the order of arrival, from 1.
const BAD: u32 = 3;

fn five_mails(play: &Play) {
    for nth in 1..=MAILS {
        let mail = Mail::from(address("donghe-a"), format!("东河县工作动态{nth}"), format!("第{nth}期。\n"));
        play.mailboxes[0].put(nth.to_string(), at(i64::from(nth)), mail.bytes(&nth.to_string(), at(i64::from(nth))));
    }
}

/// Filing panics for the whole group, and then whenever the bad message is tried.
fn panics_at_the_bad_one() -> CommitHook {
    let attempts = AtomicU32::new(0);
    let armed = AtomicBool::new(true);
    Arc::new(move |point, side| {
        match (point, side) {
            (CommitPoint::Attempt, Side::After) => {
                let attempt = attempts.fetch_add(1, Ordering::SeqCst) + 1;
                armed.store(attempt == BAD || attempt > MAILS, Ordering::SeqCst);
            }
            (CommitPoint::Filing, Side::Before) if armed.swap(false, Ordering::SeqCst) => panic!("a panic that the test asked for"),
            _ => {}
        }
        Ok(())
    })
}

#[test]
fn a_message_at_which_the_reader_panics_three_times_is_put_aside() {
    let office = Office::plain();
    let mut play = Play::new(&office);
    play.world.store = play.world.store.clone().with_hook(panics_at_the_bad_one());
    five_mails(&play);
    play.set_now(at(10));
    play.moment().expect("nothing stops it");
    let summary = read(&play.world.store, |books| books.summary());
    assert_eq!(summary.dispositions.get(&Disposition::Filed), Some(&u64::from(MAILS - 1)), "{summary:?}");
    assert_eq!(summary.dispositions.get(&Disposition::Quarantined), Some(&1), "{summary:?}");
    let told = of_kind(&play.world.store, NoticeKind::Quarantined);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].1, [address("desk")]);
    assert_eq!(play.outbox.sent().len(), MAILS as usize, "four receipts, and the desk is told");
}

#[test]
fn crashes_while_a_message_was_read_count_as_attempts() {
    let office = Office::plain();
    let mut play = Play::new(&office);
    five_mails(&play);
    play.set_now(at(10));
    let world = &play.world;
    let put = zhibao::store::Seen {
        mailbox: "reports".into(),
        key: "bad".into(),
        size_bytes: 3,
        received_at: at(9),
        received_by: zhibao::domain::message::ArrivalSource::InternalDate,
        body: zhibao::store::SeenBody::Raw(b"bad".to_vec(), [1; 32]),
    };
    let bad = world.store.write(CommitPoint::Fetch, |books| books.put_seen(&put, at(9))).expect("written").expect("new");
    for _ in 0..3 {
        world.store.write(CommitPoint::Attempt, |books| books.mark_attempt(bad)).expect("written");
    }
    assert!(file::step(world, at(10)).expect("nothing stops it"));
    play.moment().expect("nothing stops it");
    let entries = read(&play.world.store, |books| books.quarantine_list(true, 10));
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].delivery, bad);
    assert!(format!("{:?}", entries[0].reason).contains("three attempts"), "{:?}", entries[0].reason);
    assert_eq!(read(&play.world.store, |books| books.summary()).dispositions[&Disposition::Filed], u64::from(MAILS));
}

#[test]
fn a_transport_that_panics_sends_the_letter_later_and_the_others_now() {
    let office = Office::plain();
    let mut play = Play::new(&office);
    five_mails(&play);
    play.outbox.script([Fault::Panic]);
    play.set_now(at(10));
    play.moment().expect("nothing stops it");
    assert_eq!(play.outbox.sent().len(), MAILS as usize - 1);
    let later = play.next_due().expect("one is to be tried again");
    assert!(later > at(10) && later <= at(11), "{later}");
    play.set_now(later);
    play.moment().expect("nothing stops it");
    let sent = play.outbox.sent();
    assert_eq!(sent.len(), MAILS as usize);
    assert!(sent.iter().all(|letter| kind(letter) == "receipt"));
    let rows = read(&play.world.store, |books| books.letter_rows(true, 10));
    assert_eq!(rows.iter().map(|row| row.indeterminate).sum::<u32>(), 1, "nobody can know how far a panic got");
    assert!(rows.iter().all(|row| row.state == "accepted"));
}
