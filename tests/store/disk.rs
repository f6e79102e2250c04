//! A full disk and an outbox that cannot be written: said clearly, and nothing is lost.

use zhibao::domain::notice::NoticeKind;
use zhibao::steps::{StepError, enforce};
use zhibao::store::StoreError;
use zhibao::transport::{FileTransport, MemoryTransport};

use crate::tmpfs::Tmpfs;
use crate::world::at;
use crate::world::look::{of_kind, read};
use crate::world::mail::Mail;
use crate::world::office::{Office, address};
use crate::world::play::{MAILBOXES, Play};
use crate::{begun, morning, run_until};

#[test]
fn a_full_disk_stops_the_step_and_loses_nothing() {
    const MAILS: i64 = 20;
    let folder = tempfile::tempdir().expect("a folder");
    let Some(disk) = Tmpfs::mounted(folder.path(), 2560) else {
        println!("skipped: this user may not mount a small disk to fill");
        return;
    };
    let mut play = begun(&Office::plain(), &folder.path().join("zhibao.db"), at(0));
    for nth in 0..MAILS {
        let mail = Mail::from(address("donghe-a"), format!("东河县工作动态{nth}"), format!("第{nth}期。\n{}", "材料。\n".repeat(12_000)));
        play.mailboxes[0].put(format!("{nth:04}"), at(nth), mail.bytes(&nth.to_string(), at(nth)));
    }
    play.set_now(at(100));
    let stopped = play.moment().expect_err("the disk is full");
    assert!(matches!(stopped, StepError::Store(StoreError::Database { .. })), "{stopped:?}");
    assert!(stopped.to_string().contains("disk is full"), "{stopped}");
    let before = read(&play.world.store, |books| books.summary());
    assert_eq!(play.mailboxes[0].settled().len(), 0, "nothing is moved that is not on record");
    assert_eq!(before.notices.get("receipt"), None, "nothing is acknowledged that is not on record");
    disk.grow(40_960);
    play.moment().expect("there is room now");
    let after = read(&play.world.store, |books| books.summary());
    assert_eq!(after.messages, MAILS as u64);
    assert_eq!(after.dispositions.values().sum::<u64>(), MAILS as u64);
    assert_eq!(play.mailboxes[0].settled().len(), MAILS as usize);
    drop(play);
}

#[test]
fn an_outbox_that_cannot_be_written_keeps_the_letters_and_stops_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let in_the_way = folder.path().join("outbox");
    std::fs::write(&in_the_way, "a file where a folder should be").expect("written");
    let path = folder.path().join("zhibao.db");
    let office = Office::plain();
    drop(morning(&office, &path));
    let mailboxes: Vec<_> = MAILBOXES.into_iter().map(zhibao::mailbox::MemoryMailbox::new).collect();
    let outbox = FileTransport::new("outbox", in_the_way.join("letters"));
    let unused = MemoryTransport::new("unused");
    let mut play = Play::started(&office, path, mailboxes, unused, vec![Box::new(outbox)], None, at(160)).expect("it opens");
    play.mailboxes[0].put("new", at(160), Mail::from(address("donghe-a"), "东河县工作动态", "有序。\n").bytes("new", at(160)));
    play.set_now(at(160));
    play.moment().expect("the rest goes on");
    let waiting = read(&play.world.store, |books| books.letter_rows(false, 10));
    assert_eq!(waiting.len(), 1, "the receipt");
    assert_eq!((waiting[0].state.as_str(), waiting[0].attempts), ("pending", 1));
    let reason = waiting[0].reply.clone().expect("a reason");
    assert!(reason.contains("outbox") && reason.len() > 20, "{reason}");
    // Deadlines are met all the while, and the operators have a letter waiting about it.
    run_until(&mut play, at(160 + 10 * 60));
    assert_eq!(of_kind(&play.world.store, NoticeKind::Omitted).len(), 1, "of the follow-up");
    assert!(!of_kind(&play.world.store, NoticeKind::Undeliverable).is_empty());
    std::fs::remove_file(&in_the_way).expect("removed");
    run_until(&mut play, at(160 + 24 * 60));
    let due = play.world.store.read(enforce::next_due).expect("readable");
    assert!(due.is_none_or(|due| due > play.now()));
    let left = read(&play.world.store, |books| books.letter_rows(false, 100));
    assert!(left.is_empty(), "{left:?}");
}
