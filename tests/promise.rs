//! The promise about notices, sentence by sentence, as the README gives it.

mod world;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use zhibao::domain::notice::{Content, NoticeKind};
use zhibao::mailbox::MemoryMailbox;
use zhibao::store::{CommitHook, CommitPoint, Side, Store, StoreError};
use zhibao::transport::memory::{Fault, Sent};
use zhibao::transport::{MemoryTransport, Transport};

use world::look::{notices, obligations, of_kind, read};
use world::mail::{Mail, identity, kind};
use world::office::{Office, address};
use world::play::{MAILBOXES, Play};
use world::{at, written};

/// What outlives a process.
struct Around {
    mailboxes: Vec<MemoryMailbox>,
    outbox: MemoryTransport,
}

impl Around {
    fn new() -> Around {
        Around { mailboxes: MAILBOXES.into_iter().map(MemoryMailbox::new).collect(), outbox: MemoryTransport::new("outbox") }
    }

    /// A process that starts at a minute, on a store that may hold anything.
    fn process(&self, store: &Path, hook: Option<CommitHook>, minute: i64) -> Option<Play> {
        let transports: Vec<Box<dyn Transport>> = vec![Box::new(self.outbox.clone())];
        let (mailboxes, outbox) = (self.mailboxes.clone(), self.outbox.clone());
        Play::started(&Office::plain(), store.to_owned(), mailboxes, outbox, transports, hook, at(minute)).ok()
    }

    /// The desk tells of an event at minute 10: its first report is due at minute 120.
    fn told(&self) {
        let body = format!("单位：西岭县\n发生时间：{}\n地点：西岭黑石沟\n", written(at(0)));
        let mail = Mail::from(address("desk"), "【事件】【重大】西岭县黑石沟煤矿透水", body);
        self.mailboxes[0].put("told", at(10), mail.bytes("told", at(10)));
    }
}

/// Dies at the `nth` commit on this side, and stays dead; counts the commits before that side.
fn dies_at(nth: u32, side: Side, passed: Arc<AtomicU32>) -> CommitHook {
    Arc::new(move |point: CommitPoint, now| {
        let count = if now == side { passed.fetch_add(1, Ordering::SeqCst) } else { passed.load(Ordering::SeqCst) };
        if count > nth || (now == side && count == nth) { Err(StoreError::Injected(point)) } else { Ok(()) }
    })
}

/// Every letter, with its bytes.
fn letters(store: &Store) -> Vec<((String, String), Vec<u8>)> {
    let rows = read(store, |books| books.letter_rows(true, u32::MAX));
    let bytes = |notice, copy| read(store, |books| books.letter_bytes(notice, copy)).expect("it was listed");
    let mut letters: Vec<_> = rows.iter().map(|row| ((row.notice.to_string(), row.to.clone()), bytes(row.notice, row.copy))).collect();
    letters.sort();
    letters
}

#[test]
fn promise_1_a_notice_is_written_with_its_cause_and_sent_as_it_was_written() {
    let (mut with, mut without) = (0, 0);
    for side in [Side::Before, Side::After] {
        for nth in 0.. {
            let (folder, around, passed) = (tempfile::tempdir().expect("a folder"), Around::new(), Arc::<AtomicU32>::default());
            let path = folder.path().join("zhibao.db");
            around.told();
            let hook = dies_at(nth, side, passed.clone());
            let mut died = true;
            if let Some(mut play) = around.process(&path, Some(hook), 15) {
                died = play.moment().is_err();
            }
            if !died {
                break;
            }
            // Cause and notice are both there, or neither is.
            let (was, told) = {
                let play = around.process(&path, None, 600).expect("it starts again");
                let owed = obligations(&play.world.store).len();
                let told = of_kind(&play.world.store, NoticeKind::EventOpened).len();
                assert_eq!(owed > 0, told > 0, "{side:?} commit {nth}: {owed} are owed and {told} notices tell of it");
                (letters(&play.world.store), told)
            };
            *(if told > 0 { &mut with } else { &mut without }) += 1;
            // Ten hours later it is sent: not forgotten, and not composed anew.
            let mut play = around.process(&path, None, 600).expect("it starts again");
            play.moment().expect("nothing stops it");
            let sent = around.outbox.sent();
            for (letter, bytes) in &was {
                let copies: Vec<&Sent> = sent.iter().filter(|sent| identity(sent) == *letter).collect();
                assert!(!copies.is_empty(), "{side:?} commit {nth}: {letter:?} is forgotten");
                assert!(copies.iter().all(|copy| copy.bytes == *bytes), "{side:?} commit {nth}: {letter:?} has other bytes");
            }
            assert!(sent.iter().any(|letter| kind(letter) == "event-opened"), "{side:?} commit {nth}: nobody hears of the event");
        }
    }
    assert!(with > 5 && without > 5, "{with} deaths after the notice was written, {without} before it");
}

#[test]
fn promise_2_what_fell_due_while_nothing_ran_is_told_at_the_next_start_and_once() {
    for start in [120, 121, 239, 5_000, 60_000] {
        let (folder, around) = (tempfile::tempdir().expect("a folder"), Around::new());
        let path = folder.path().join("zhibao.db");
        around.told();
        let mut play = around.process(&path, None, 15).expect("it starts");
        play.moment().expect("nothing stops it");
        assert!(notices(&play.world.store).iter().all(|(notice, _)| !matches!(notice.content, Content::Breach(_))));
        drop(play);
        let mut told = Vec::new();
        // However often it starts.
        for _ in 0..3 {
            let mut play = around.process(&path, None, start).expect("it starts");
            play.moment().expect("nothing stops it");
            play.moment().expect("nothing stops it");
            told = notices(&play.world.store).into_iter().filter(|(notice, _)| matches!(notice.content, Content::Breach(_))).collect();
        }
        let rung = match start {
            ..240 => NoticeKind::Late,
            _ => NoticeKind::Unreported,
        };
        assert_eq!(told.iter().map(|(notice, _)| notice.kind).collect::<Vec<_>>(), [rung], "started at minute {start}");
        assert!(told[0].1.contains(&address("chief")));
        let sent = around.outbox.sent().iter().filter(|letter| kind(letter) == rung.as_str()).count();
        assert_eq!(sent, told[0].1.len(), "each of them has one letter");
    }
}

#[test]
fn promise_3_a_letter_is_sent_until_it_is_taken_or_shown_as_failed_and_told() {
    let (folder, around) = (tempfile::tempdir().expect("a folder"), Around::new());
    for (nth, who) in ["donghe-a", "xiling-a", "nanchuan-a"].into_iter().enumerate() {
        let mail = Mail::from(address(who), format!("工作动态{nth}"), "有序推进。\n");
        around.mailboxes[0].put(nth.to_string(), at(nth as i64), mail.bytes(&nth.to_string(), at(nth as i64)));
    }
    // The first is refused for now, three times; the second for good; the third is taken.
    around.outbox.script([Fault::Temporary, Fault::Permanent]);
    let mut play = around.process(&folder.path().join("zhibao.db"), None, 10).expect("it starts");
    play.moment().expect("nothing stops it");
    let to = |who: &str| around.outbox.sent().iter().filter(|letter| letter.to == address(who)).count();
    assert_eq!((to("donghe-a"), to("xiling-a"), to("nanchuan-a")), (0, 0, 1), "one bad letter holds up no other");
    for fault in [Some(Fault::Temporary), Some(Fault::Temporary), None] {
        around.outbox.script(fault);
        let next = play.next_due().expect("it is tried again");
        play.set_now(next);
        play.moment().expect("nothing stops it");
    }
    assert_eq!((to("donghe-a"), to("xiling-a"), to("nanchuan-a")), (1, 0, 1));
    let rows = read(&play.world.store, |books| books.letter_rows(true, u32::MAX));
    let row = |who: &str| rows.iter().find(|row| row.to == address(who)).expect("a letter");
    assert_eq!((row("donghe-a").state.as_str(), row("donghe-a").attempts), ("accepted", 4));
    assert_eq!(row("xiling-a").state, "failed");
    assert!(row("xiling-a").reply.as_ref().is_some_and(|why| !why.is_empty()), "with its cause: {:?}", row("xiling-a"));
    let told = of_kind(&play.world.store, NoticeKind::Undeliverable);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].1, [address("ops")]);
    assert_eq!(to("ops"), 1);
}

#[test]
fn promise_4_a_second_copy_only_where_an_answer_was_never_recorded_the_same_to_the_byte_and_counted() {
    // Fault of the first attempt, copies that arrive in the end, attempts without an answer.
    let table = [
        (None, 1, 0),
        (Some(Fault::Temporary), 1, 0),
        (Some(Fault::Down), 1, 0),
        (Some(Fault::IndeterminateLost), 1, 1),
        (Some(Fault::IndeterminateArrived), 2, 1),
    ];
    for (fault, arrive, unsure) in table {
        let (folder, around) = (tempfile::tempdir().expect("a folder"), Around::new());
        let mail = Mail::from(address("donghe-a"), "工作动态", "有序推进。\n");
        around.mailboxes[0].put("1", at(1), mail.bytes("1", at(1)));
        around.outbox.script(fault);
        let mut play = around.process(&folder.path().join("zhibao.db"), None, 10).expect("it starts");
        for _ in 0..3 {
            play.moment().expect("nothing stops it");
            let letter = read(&play.world.store, |books| books.next_letter_at());
            let Some(next) = letter.map(|next| next.max(play.now() + chrono::TimeDelta::minutes(6))) else { break };
            play.set_now(next);
        }
        let sent = around.outbox.sent();
        let receipts: Vec<&Sent> = sent.iter().filter(|letter| kind(letter) == "receipt").collect();
        assert_eq!(receipts.len(), arrive, "{fault:?}");
        assert!(receipts.iter().all(|copy| copy.bytes == receipts[0].bytes), "{fault:?}: copies differ");
        let rows = read(&play.world.store, |books| books.letter_rows(true, u32::MAX));
        let row = rows.iter().find(|row| row.kind == NoticeKind::Receipt).expect("a receipt");
        assert_eq!((row.state.as_str(), row.indeterminate), ("accepted", unsure), "{fault:?}");
    }
}
