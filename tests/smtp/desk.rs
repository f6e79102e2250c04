//! An office with a store, letters queued by hand, and a clock in the test's hand.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use zhibao::domain::notice::{Capacity, Content, Headers, IntakeStalled, Notice, NoticeKind, Recipient, Returned, WhoMay};
use zhibao::domain::roster::Address;
use zhibao::mail::token::Key;
use zhibao::steps::say::{Occasion, say};
use zhibao::steps::{Setup, StepError, World, begin, deliver};
use zhibao::store::{CommitHook, CommitPoint, Durability, LetterRow, Store};
use zhibao::transport::Transport;
use zhibao::{config, daemon};

const ROSTER: &str = "[[unit]]\nid = \"donghe\"\nname = \"东河县\"\n[[unit.reporter]]\naddress = \"donghe@office.example\"\n";

/// The moment at which everything begins.
pub fn morning() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-03-02T09:00:00+08:00").expect("a time").to_utc()
}

/// An office.
pub struct Desk {
    pub folder: tempfile::TempDir,
    pub world: World,
    pub now: DateTime<Utc>,
}

impl Desk {
    /// A new office.
    pub fn new() -> Desk {
        Desk::with("")
    }

    /// A new office with more configuration.
    pub fn with(more: &str) -> Desk {
        let folder = tempfile::tempdir().expect("a folder");
        for part in ["mail/new", "mail/cur"] {
            std::fs::create_dir_all(folder.path().join(part)).expect("a folder");
        }
        std::fs::write(folder.path().join("network.toml"), ROSTER).expect("written");
        std::fs::write(folder.path().join("zhibao.toml"), format!("{}\n{more}", include_str!("../sample/office.toml"))).expect("written");
        let world = open(folder.path(), None, morning()).expect("it begins");
        Desk { folder, world, now: morning() }
    }

    /// The process dies, and another begins on the same store.
    pub fn restart(&mut self, hook: Option<CommitHook>) {
        self.world = open(self.folder.path(), hook, self.now).expect("it begins again");
    }

    /// Queues what may arrive or not: an answer to a mail.
    pub fn queue_answer(&self, to: &str) {
        let content = Content::Returned(Returned { wrote: "结案".into(), who_may: WhoMay::Supervisors, subject: "某事".into() });
        self.queue(NoticeKind::Returned, content, to);
    }

    /// Queues what must arrive.
    pub fn queue_alert(&self, to: &str) {
        let stalled = IntakeStalled { mailboxes: Vec::new(), unfiled: 3, since: self.now, waiting: 1, escalated: false };
        self.queue(NoticeKind::IntakeStalled, Content::IntakeStalled(stalled), to);
    }

    fn queue(&self, kind: NoticeKind, content: Content, to: &str) {
        let address = Address::parse(to).expect("an address");
        let recipients = vec![Recipient { address, name: String::new(), capacity: Capacity::Operator }];
        let notice = Notice { kind, recipients, content, about: Headers::default(), answers: None, follows: None };
        let queued = |books: &zhibao::store::Books<'_>| say(books, &self.world.setup, notice, &Occasion::default(), self.now);
        self.world.store.write(CommitPoint::Filing, queued).expect("queued");
    }

    /// Sends until nothing is due now.
    pub fn send_all(&self, transports: &mut [Box<dyn Transport>]) -> Result<(), StepError> {
        while deliver::step(&self.world, transports, self.now)? {}
        Ok(())
    }

    /// Lets time pass until `until`, sending whatever falls due.
    pub fn pass(&mut self, until: DateTime<Utc>, transports: &mut [Box<dyn Transport>]) {
        while self.now < until {
            self.send_all(transports).expect("nothing stops it");
            let next = self.world.store.read(|books| books.next_letter_at()).expect("readable");
            let wake = self.world.store.read(|books| books.failing()).expect("readable");
            let wake = wake.into_iter().map(|each| each.rests_until).filter(|at| *at > self.now).min();
            let next = [next.filter(|at| *at > self.now), wake, Some(self.now + TimeDelta::seconds(600))].into_iter().flatten().min();
            self.now = next.expect("a moment").min(until);
        }
        self.send_all(transports).expect("nothing stops it");
    }

    /// Every letter.
    pub fn letters(&self) -> Vec<LetterRow> {
        self.world.store.read(|books| books.letter_rows(true, u32::MAX)).expect("readable")
    }

    /// The letters of a kind.
    pub fn of_kind(&self, kind: NoticeKind) -> Vec<LetterRow> {
        self.letters().into_iter().filter(|letter| letter.kind == kind).collect()
    }

    /// The one letter to this address.
    pub fn letter_to(&self, to: &str) -> LetterRow {
        self.letters().into_iter().find(|letter| letter.to == to).expect("a letter")
    }
}

fn open(folder: &Path, hook: Option<CommitHook>, now: DateTime<Utc>) -> Result<World, StepError> {
    let path: PathBuf = folder.join("zhibao.toml");
    let loaded = config::load(&path).unwrap_or_else(|errors| panic!("{errors}"));
    let store = Store::open(&folder.join("zhibao.db"), Durability::Full)?;
    let store = match hook {
        Some(hook) => store.with_hook(hook),
        None => store,
    };
    let signer = daemon::signer(&loaded.config).expect("a key");
    let setup = Setup { signer, ..daemon::setup(&loaded.config, Key::new([7; 32])) };
    let setup = begin::begin(&store, setup, now)?;
    Ok(World { store, setup: Arc::new(setup) })
}
