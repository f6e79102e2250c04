//! The canary's step with a clock of the test's own: schedule, restarts, crashes, forgeries, a store that holds.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use zhibao::domain::message::{ArrivalSource, Disposition};
use zhibao::domain::notice::{CanaryLetter, Content, NoticeKind};
use zhibao::domain::schedule::Cron;
use zhibao::mail::token::Key;
use zhibao::steps::canary::{self, CanaryRules};
use zhibao::steps::{Setup, StepError, World, begin, deliver, file};
use zhibao::store::{CanaryRow, CanaryState, CommitHook, CommitPoint, Durability, PastNotice, Seen, SeenBody, Side, Store, StoreError};
use zhibao::transport::Transport;
use zhibao::transport::memory::{Fault, MemoryTransport};
use zhibao::{config, daemon};

const WITHIN: i64 = 1800;

fn rules() -> CanaryRules {
    CanaryRules { cron: Cron::parse("0 6 * * *").expect("a schedule"), within: WITHIN }
}

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(&format!("2005-{text}:00+08:00")).expect("a time").to_utc()
}

fn setup(folder: &Path) -> Setup {
    std::fs::write(folder.join("network.toml"), super::office::ROSTER).expect("a file");
    std::fs::write(folder.join("zhibao.toml"), super::office::OFFICE).expect("a file");
    let loaded = config::load(&folder.join("zhibao.toml")).expect("a sound configuration");
    daemon::setup(&loaded.config, Key::new([7; 32]))
}

/// An office whose mail goes out through memory.
struct Office {
    folder: tempfile::TempDir,
    world: World,
    relay: MemoryTransport,
    taken: usize,
}

impl Office {
    fn new(now: DateTime<Utc>) -> Office {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("zhibao.db"), Durability::Full).expect("a store");
        let begun = begin::begin(&store, setup(folder.path()), now).expect("begun");
        Office { folder, world: World { store, setup: Arc::new(begun) }, relay: MemoryTransport::new("relay"), taken: 0 }
    }

    fn step(&self, now: DateTime<Utc>) -> (bool, DateTime<Utc>) {
        canary::step(&self.world, &rules(), now).expect("a step")
    }

    fn deliver(&self, now: DateTime<Utc>) {
        let mut transports: Vec<Box<dyn Transport>> = vec![Box::new(self.relay.clone())];
        while deliver::step(&self.world, &mut transports, now).expect("a step") {}
    }

    fn take_in(&mut self, raw: &[u8], now: DateTime<Utc>) {
        self.taken += 1;
        let seen = Seen {
            mailbox: "submissions".into(),
            key: self.taken.to_string(),
            size_bytes: raw.len() as u64,
            received_at: now,
            received_by: ArrivalSource::MaildirName,
            body: SeenBody::Raw(raw.to_vec(), Sha256::digest(raw).into()),
        };
        self.world.store.write(CommitPoint::Fetch, |books| books.put_seen(&seen, now)).expect("on record");
        while file::step(&self.world, now).expect("a step") {}
    }

    fn row(&self) -> CanaryRow {
        self.world.store.read::<_, StoreError>(|books| books.canary()).expect("readable").expect("one went out")
    }

    fn notices(&self, kind: NoticeKind) -> Vec<PastNotice> {
        self.world.store.read::<_, StoreError>(|books| books.notices_of_kind(kind)).expect("readable")
    }

    fn counts(&self) -> (usize, usize) {
        (self.notices(NoticeKind::Canary).len(), self.notices(NoticeKind::IntakeStalled).len())
    }
}

#[test]
fn one_goes_out_at_each_time_and_those_that_were_missed_are_one() {
    let mut office = Office::new(at("06-06T09:00"));
    assert_eq!(office.step(at("06-06T09:00")), (true, at("06-06T09:30")), "the first at once: does mail go round at all?");
    assert_eq!(office.step(at("06-06T09:10")), (false, at("06-06T09:30")));
    office.deliver(at("06-06T09:10"));
    let letter = office.relay.sent().remove(0).bytes;
    office.take_in(&letter, at("06-06T09:12"));
    let row = office.row();
    assert_eq!((row.state, row.last_back, row.last_took_seconds), (CanaryState::Back, Some(at("06-06T09:12")), Some(720)));
    assert_eq!(office.step(at("06-06T09:40")), (false, at("06-07T06:00")), "it is back: nobody is told");
    assert!(office.step(at("06-10T08:00")).0, "after four days one goes out");
    assert_eq!(office.row().due, at("06-10T06:00"));
    office.deliver(at("06-10T08:01"));
    let letter = office.relay.sent().remove(1).bytes;
    office.take_in(&letter, at("06-10T08:02"));
    assert_eq!(office.step(at("06-10T08:05")), (false, at("06-11T06:00")));
    assert_eq!(office.counts(), (2, 0));
    let summary = office.world.store.read::<_, StoreError>(|books| books.summary()).expect("readable");
    assert_eq!(summary.dispositions.into_iter().collect::<Vec<_>>(), [(Disposition::Ignored, 2)], "nothing else comes of it");
}

#[test]
fn one_that_does_not_come_back_is_told_once_with_how_far_it_came() {
    let mut office = Office::new(at("06-06T09:00"));
    office.step(at("06-06T09:00"));
    office.deliver(at("06-06T09:01"));
    for now in ["06-06T09:29", "06-06T09:30", "06-06T09:31", "06-06T12:00"] {
        office.step(at(now));
    }
    let told = office.notices(NoticeKind::IntakeStalled);
    let [told] = &told[..] else { panic!("told {} times", told.len()) };
    assert_eq!(told.at, at("06-06T09:30"), "at its time, not before");
    let Content::CanaryMissing(missing) = &told.content else { panic!("{:?}", told.content) };
    assert_eq!((missing.canary, missing.letter, missing.said.as_str()), (office.row().number, CanaryLetter::Taken, "250 taken"));
    office.deliver(at("06-06T12:00"));
    let sent = office.relay.sent();
    assert_eq!(sent.iter().map(|sent| sent.to.as_str()).collect::<Vec<_>>(), ["xinxi@office.example", "ops@office.example"]);
    office.take_in(&sent[0].bytes, at("06-06T12:05"));
    assert_eq!((office.row().state, office.row().last_took_seconds), (CanaryState::Back, Some(11_100)), "late is better than never");
    assert_eq!(office.counts(), (1, 1));
    // The next: no relay takes it.
    office.relay.script([Fault::Down; 50]);
    assert!(office.step(at("06-07T06:00")).0);
    office.deliver(at("06-07T06:00"));
    office.step(at("06-07T06:30"));
    let Content::CanaryMissing(missing) = office.notices(NoticeKind::IntakeStalled).remove(1).content else { panic!("another notice") };
    assert_eq!(missing.letter, CanaryLetter::Waiting);
}

#[test]
fn a_refused_canary_is_one_fault_and_told_once_and_it_stays_missing_until_one_comes_back() {
    let mut office = Office::new(at("06-06T09:00"));
    office.step(at("06-06T09:00"));
    office.relay.script([Fault::Permanent]);
    office.deliver(at("06-06T09:01"));
    assert_eq!(office.notices(NoticeKind::Undeliverable).len(), 0, "in its time they hear that it is missing, and why");
    office.step(at("06-06T09:30"));
    let Content::CanaryMissing(missing) = office.notices(NoticeKind::IntakeStalled).remove(0).content else { panic!("another notice") };
    assert_eq!(missing.letter, CanaryLetter::Failed);
    office.deliver(at("06-06T09:31"));
    assert_eq!(office.row().missing_since, Some(at("06-06T09:30")));
    // The next is out: that says nothing of whether mail goes round.
    assert!(office.step(at("06-07T06:00")).0);
    assert_eq!((office.row().state, office.row().missing_since), (CanaryState::Out, Some(at("06-06T09:30"))));
    office.relay.script([Fault::IndeterminateLost]);
    office.deliver(at("06-07T06:01"));
    office.step(at("06-07T06:30"));
    let Content::CanaryMissing(missing) = office.notices(NoticeKind::IntakeStalled).remove(1).content else { panic!("another notice") };
    assert_eq!(missing.letter, CanaryLetter::Unsure, "nobody knows whether the relay took it");
    office.deliver(at("06-07T12:00"));
    let canary = office.relay.sent().into_iter().rfind(|sent| sent.to == "xinxi@office.example").expect("sent again").bytes;
    office.take_in(&canary, at("06-07T12:01"));
    assert_eq!((office.row().state, office.row().missing_since), (CanaryState::Back, None));
}

/// One Down puts it on the list of those that fail; that it answers a letter, whatever it says, takes it off again.
#[test]
fn a_relay_that_answers_works() {
    let office = Office::new(at("06-06T09:00"));
    office.step(at("06-06T09:00"));
    let failing = || office.world.store.read::<_, StoreError>(|books| books.failing()).expect("readable").len();
    office.relay.script([Fault::Down, Fault::Temporary]);
    office.deliver(at("06-06T09:01"));
    assert_eq!(failing(), 1);
    office.deliver(at("06-06T09:20"));
    assert_eq!(failing(), 0);
    assert!(office.relay.sent().is_empty(), "this letter waits all the same");
}

#[test]
fn only_the_canary_itself_brings_it_back() {
    let mut office = Office::new(at("06-06T09:00"));
    office.step(at("06-06T09:00"));
    office.deliver(at("06-06T09:01"));
    let letter = String::from_utf8(office.relay.sent().remove(0).bytes).expect("ASCII");
    let number = office.row().number.to_string();
    let id = letter.lines().find_map(|line| line.strip_prefix("Message-ID: ")).expect("an identifier").to_owned();
    let token = id.split('.').nth(1).expect("a token").to_owned();
    let forged = [
        format!("From: xinxi@office.example\r\nSubject: {number}\r\nX-Zhibao-Notice: canary\r\nX-Zhibao-Number: {number}\r\n\r\n.\r\n"),
        format!("From: xinxi@office.example\r\nMessage-ID: {}\r\nX-Zhibao-Notice: canary\r\n\r\n.\r\n", id.replace(&token, "bbbbbbbbbb")),
        // From a person, it is no notice of ours, whatever it quotes.
        format!("From: donghe@office.example\r\nSubject: Harvest ({number}.{token})\r\n\r\nThe harvest.\r\n"),
    ];
    for (nth, mail) in forged.iter().enumerate() {
        office.take_in(mail.as_bytes(), at("06-06T09:05"));
        assert_eq!(office.row().state, CanaryState::Out, "no. {nth}");
    }
    // A relay has given it another Message-ID: the token in its subject is left.
    let rewritten = letter.replace(&id, "<AB12CD34@relay.example>");
    office.take_in(rewritten.as_bytes(), at("06-06T09:06"));
    assert_eq!(office.row().state, CanaryState::Back);
}

#[test]
fn a_start_gives_what_was_out_its_whole_time_and_a_hold_lets_it_go() {
    let office = Office::new(at("06-06T09:00"));
    office.step(at("06-06T09:00"));
    // Nothing ran from then on: whose fault it is cannot be told.
    canary::begin(&office.world, &rules(), at("06-06T15:00")).expect("begun");
    assert_eq!(office.step(at("06-06T15:00")), (false, at("06-06T15:30")));
    // The clock goes back by a day.
    assert_eq!(office.step(at("06-05T15:00")), (false, at("06-05T15:30")));
    assert_eq!(office.counts(), (1, 0));
    office.world.store.write(CommitPoint::Console, |books| books.restored(2005, at("06-05T15:10"))).expect("held");
    assert!(!office.step(at("06-05T15:40")).0, "nobody is told while nothing may go out");
    assert_eq!(office.row().state, CanaryState::Dropped);
    assert!(!office.step(at("06-08T07:00")).0, "and none goes out");
    office.world.store.write(CommitPoint::Console, |books| books.release(at("06-08T08:00"))).expect("released");
    assert!(office.step(at("06-08T08:00")).0);
    assert_eq!(office.counts(), (2, 0));
}

/// Dies at one commit, on one side of it, and stays dead.
fn dies(on: Side) -> CommitHook {
    let dead = std::sync::atomic::AtomicBool::new(false);
    Arc::new(move |point, side| {
        let was = dead.fetch_or(side == on, std::sync::atomic::Ordering::SeqCst);
        if was || side == on { Err(StoreError::Injected(point)) } else { Ok(()) }
    })
}

#[test]
fn a_crash_at_its_commits_neither_loses_nor_doubles_it() {
    for (side, at_send) in [(Side::Before, true), (Side::After, true), (Side::Before, false), (Side::After, false)] {
        let mut office = Office::new(at("06-06T09:00"));
        let moments = [at("06-06T09:00"), at("06-06T09:00") + TimeDelta::seconds(WITHIN)];
        for (nth, now) in moments.into_iter().enumerate() {
            if at_send == (nth == 0) {
                let dying = World { store: office.world.store.clone().with_hook(dies(side)), setup: office.world.setup.clone() };
                let died: Result<_, StepError> = canary::step(&dying, &rules(), now);
                assert!(died.is_err(), "{side:?} {nth}");
                // Another process takes up the store.
                let store = Store::open(&office.folder.path().join("zhibao.db"), Durability::Full).expect("a store");
                office.world = World { store, setup: office.world.setup.clone() };
            }
            office.step(now);
            office.step(now);
        }
        assert_eq!(office.counts(), (1, 1), "{side:?} {at_send}");
        assert_eq!(office.row().state, CanaryState::Missing);
    }
}
