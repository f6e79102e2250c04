//! The steps with a clock and transports of the test's own: reloads, what has been read, how letters fail.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use zhibao::domain::message::ArrivalSource;
use zhibao::domain::notice::{Capacity, Content, Headers, IntakeStalled, Notice, NoticeKind, Recipient};
use zhibao::domain::roster::Address;
use zhibao::mail::token::Key;
use zhibao::steps::press::Press;
use zhibao::steps::say::{self, Occasion};
use zhibao::steps::{Setup, StepError, World, begin, deliver, enforce};
use zhibao::store::{CommitPoint, Durability, Seen, SeenBody, Store, StoreError};
use zhibao::transport::Transport;
use zhibao::transport::memory::{Fault, MemoryTransport, Sent};
use zhibao::{config, daemon};

const ROSTER: &str = r#"
[[unit]]
id = "donghe"
name = "东河县"
class = "county"
[[unit.reporter]]
name = "东河信息员"
address = "donghe@office.example"
role = "full-time"
[[supervisor]]
name = "科长"
address = "chief@office.example"
level = 1
units = ["*"]
"#;

const OFFICE: &str = include_str!("sample/office.toml");

fn settings(until: &str) -> String {
    format!(
        r#"{OFFICE}
[[duty]]
name = "daily"
kind = "zero-report"
units = ["donghe"]
cron = "0 17 * * *"
from = "2005-06-06"
until = "{until}"
"#
    )
}

fn setup(folder: &Path, until: &str) -> Setup {
    std::fs::create_dir_all(folder.join("mail/new")).expect("a folder");
    std::fs::create_dir_all(folder.join("mail/cur")).expect("a folder");
    std::fs::write(folder.join("network.toml"), ROSTER).expect("a file");
    std::fs::write(folder.join("zhibao.toml"), settings(until)).expect("a file");
    let loaded = config::load(&folder.join("zhibao.toml")).expect("a sound configuration");
    daemon::setup(&loaded.config, Key::new([7; 32]))
}

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(&format!("2005-{text}:00+08:00")).expect("a time").to_utc()
}

#[test]
fn a_duty_that_is_prolonged_in_its_last_window_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&folder.path().join("zhibao.db"), Durability::None).expect("a store");
    let begun = begin::begin(&store, setup(folder.path(), "2005-06-07"), at("06-06T09:00")).expect("begun");
    let mut world = World { store: store.clone(), setup: Arc::new(begun) };
    for moment in ["06-06T09:00", "06-06T17:00", "06-07T09:00"] {
        enforce::step(&world, at(moment)).expect("a step");
    }
    let windows =
        |world: &World| world.store.read(|books| books.obligation_rows(zhibao::store::Which::All, None, 100)).expect("a list").len();
    assert_eq!(windows(&world), 2, "the days from and until");
    let longer = begin::reload(&store, setup(folder.path(), "2005-06-09"), at("06-07T09:00")).expect("reloaded");
    world.setup = Arc::new(longer);
    for moment in ["06-07T17:00", "06-08T17:00"] {
        enforce::step(&world, at(moment)).expect("a step");
    }
    assert_eq!(windows(&world), 4, "two days more");
    let later = begin::reload(&store, setup(folder.path(), "2005-06-30"), at("06-20T09:00")).expect("reloaded");
    world.setup = Arc::new(later);
    enforce::step(&world, at("06-20T09:00")).expect("a step");
    assert_eq!(windows(&world), 5, "nothing for the days on which it had ended");
}

#[test]
fn what_has_been_read_follows_the_clock_back_and_waits_for_headers() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&folder.path().join("zhibao.db"), Durability::None).expect("a store");
    let names = ["reports".to_owned()];
    let read = |when: &str| store.write(CommitPoint::MailboxRead, |books| books.mailbox_read("reports", at(when), None)).expect("noted");
    let mark = |by_header: &[String]| store.read(|books| books.watermark(&names, by_header)).expect("a mark");
    read("06-07T11:00");
    read("06-06T11:00");
    assert_eq!(mark(&[]), Some(at("06-06T11:00")), "the clock was set back by a day");
    let seen = Seen {
        mailbox: "reports".into(),
        key: "1".into(),
        size_bytes: 1,
        received_at: at("06-06T10:30"),
        received_by: ArrivalSource::MaildirName,
        body: SeenBody::TooLarge,
    };
    store.write(CommitPoint::Fetch, |books| books.put_seen(&seen, at("06-06T11:00"))).expect("on record");
    assert_eq!(mark(&[]), Some(at("06-06T10:30") - chrono::TimeDelta::seconds(1)));
    assert_eq!(mark(&names), None, "a boundary host may have taken it earlier");
}

#[test]
fn a_letter_that_one_transport_refuses_is_kept_for_the_other_that_is_down() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&folder.path().join("zhibao.db"), Durability::None).expect("a store");
    let now = at("06-06T09:00");
    let begun = begin::begin(&store, setup(folder.path(), "2005-06-07"), now).expect("begun");
    let world = World { store, setup: Arc::new(begun) };
    enforce::stall(&world, true, now).expect("a letter to the operators");
    let (down, refusing) = (MemoryTransport::new("down"), MemoryTransport::new("refusing"));
    down.script([Fault::Temporary]);
    refusing.script([Fault::Permanent]);
    let mut transports: Vec<Box<dyn Transport>> = vec![Box::new(down.clone()), Box::new(refusing)];
    deliver::step(&world, &mut transports, now).expect("a step");
    let states = || {
        let rows = world.store.read(|books| books.letter_rows(true, 10)).map_err(|error: StoreError| error).expect("a list");
        rows.into_iter().map(|row| row.state).collect::<Vec<_>>()
    };
    assert_eq!(states(), ["pending"]);
    deliver::step(&world, &mut transports, now + chrono::TimeDelta::minutes(2)).expect("a step");
    assert_eq!(states(), ["accepted"]);
}

#[test]
fn a_letter_queued_before_the_clock_went_back_goes_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&folder.path().join("zhibao.db"), Durability::None).expect("a store");
    let begun = begin::begin(&store, setup(folder.path(), "2005-06-07"), at("06-06T09:00")).expect("begun");
    let world = World { store, setup: Arc::new(begun) };
    enforce::stall(&world, true, at("06-07T09:00")).expect("a letter to the operators");
    let mut transports: Vec<Box<dyn Transport>> = vec![Box::new(MemoryTransport::new("outbox"))];
    assert!(deliver::step(&world, &mut transports, at("06-06T09:00")).expect("a step"), "a day earlier by the clock");
}

/// What a replay sends whose steps are gathered; `press`: the bytes of its letters are made beside it. Two letters, one undone between
/// them, one to an address that no mail can bear, and one to more people than the press has room for.
fn letters_of_a_replay(press: bool) -> Vec<Sent> {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&folder.path().join("zhibao.db"), Durability::None).expect("a store");
    let now = at("06-06T09:00");
    let mut begun = begin::begin(&store, setup(folder.path(), "2005-06-07"), now).expect("begun");
    begun.press = press.then(|| Press::new(&begun));
    let world = World { store, setup: Arc::new(begun) };
    world.store.gather().expect("gathers");
    let queue = |waiting: u32, recipients: Vec<Recipient>, fails: bool| {
        let stalled = IntakeStalled { mailboxes: Vec::new(), unfiled: 0, since: now, waiting, escalated: false };
        let notice = Notice {
            kind: NoticeKind::IntakeStalled,
            recipients,
            content: Content::IntakeStalled(stalled),
            about: Headers::default(),
            answers: None,
            follows: None,
        };
        world.store.write_apart(CommitPoint::Stall, |books| {
            say::say(books, &world.setup, notice, &Occasion::default(), now)?;
            if fails { Err(StepError::from(StoreError::Injected(CommitPoint::Stall))) } else { Ok(()) }
        })
    };
    let person = |address: &str| {
        let address = Address::parse(address).expect("an address");
        Recipient { address, name: "值班员".into(), capacity: Capacity::Operator }
    };
    let operators = || say::operators(&world.setup);
    queue(7_001, operators(), false).expect("queued");
    queue(7_002, operators(), true).expect_err("undone");
    queue(7_003, operators(), false).expect("queued in the place of what was undone");
    let refused = queue(7_004, vec![person("zhang..san@office.example")], false).expect_err("no mail can be addressed so");
    assert!(matches!(refused, StepError::Compose(_)), "{refused}");
    queue(7_005, (0..600).map(|nth| person(&format!("d{nth}@office.example"))).collect(), false).expect("queued");
    let outbox = MemoryTransport::new("outbox");
    let mut transports = [Box::new(outbox.clone()) as Box<dyn Transport>];
    if press {
        // What waits for its bytes is not sent.
        deliver::step(&world, &mut transports, now).expect("a step");
        assert!(outbox.sent().iter().all(|sent| sent.bytes.starts_with(b"From: ")));
        assert!(outbox.sent().len() < 100, "{} letters had no room on the press", outbox.sent().len());
        let press = world.setup.press.as_ref().expect("a press");
        press.empty(&world.store).expect("printed");
        press.empty(&world.store).expect("there is nothing more");
    }
    while deliver::step(&world, &mut transports, now).expect("a step") {}
    world.store.commit_gathered().expect("committed");
    let mut sent = outbox.sent();
    sent.sort_by(|one, other| one.file_name.cmp(&other.file_name));
    sent
}

#[test]
fn letters_made_beside_a_replay_are_those_that_it_would_have_made() {
    let beside = letters_of_a_replay(true);
    let within = letters_of_a_replay(false);
    assert_eq!(beside.len(), 602);
    assert!(beside == within, "they differ");
    let said = |nth: usize| {
        let message = mail_parser::MessageParser::default().parse(&beside[nth].bytes).expect("a message");
        message.body_text(0).expect("a text").into_owned()
    };
    assert!(said(0).contains("7001") && said(1).contains("7003"), "{} {}", said(0), said(1));
}
