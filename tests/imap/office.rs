//! An office that reads one IMAP account: the steps of the daemon, one at a time, with short rests.

#![allow(dead_code)] // the bench uses some of it

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use zhibao::clock::Clock;
use zhibao::config::{self, MailboxSource};
use zhibao::domain::account::ImapAccount;
use zhibao::mail::token::Key;
use zhibao::mailbox::ImapMailbox;
use zhibao::mailbox::imap::Pace;
use zhibao::steps::fetch::Reader;
use zhibao::steps::{World, begin, deliver, file};
use zhibao::store::{Delivery, Durability, Store};
use zhibao::transport::{MemoryTransport, Transport};

pub const NAME: &str = "submissions";

/// `tls = …` and so on, as an operator writes them.
pub fn account(port: u16, tls: &str, user: &str, rest: &str) -> String {
    format!(
        "host = \"localhost\"\nport = {port}\ntls = \"{tls}\"\nusername = \"{user}\"\npassword_file = \"password\"\ntrust = \"mailbox\"\n{rest}\n"
    )
}

/// Rests that a test can wait for.
pub fn quick() -> Pace {
    Pace {
        connect: Duration::from_secs(5),
        stall: Duration::from_millis(1_500),
        first_rest: Duration::from_millis(5),
        longest_rest: Duration::from_millis(40),
        ..Pace::default()
    }
}

/// An office with its store.
pub struct Office {
    folder: tempfile::TempDir,
    pub world: World,
    pub reader: Reader,
    pub account: ImapAccount,
    pub woken: Arc<AtomicUsize>,
    pub outbox: MemoryTransport,
    pace: Pace,
    cancel: CancellationToken,
}

impl Office {
    /// Reads the account that `lines` describe; the password is Dovecot's.
    pub fn new(lines: &str, pace: Pace) -> Office {
        Office::with(lines, pace, Durability::None)
    }

    /// As `new`; every commit is on the disk.
    pub fn durable(lines: &str, pace: Pace) -> Office {
        Office::with(lines, pace, Durability::Full)
    }

    fn with(lines: &str, pace: Pace, durability: Durability) -> Office {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("password"), format!("{}\n", crate::servers::dovecot::PASSWORD)).expect("a file");
        let config = configure(folder.path(), lines);
        let MailboxSource::Imap(account) = &config.mailboxes[0].source else { panic!("no account") };
        let account = (**account).clone();
        let store = Store::open(&config.store_path, durability).expect("a store");
        let now = Clock::Wall.now();
        let setup = begin::begin(&store, zhibao::daemon::setup(&config, Key::new([7; 32])), now).expect("begun");
        let world = World { store, setup: Arc::new(setup) };
        let (woken, cancel) = (Arc::default(), CancellationToken::new());
        let reader = reader(&account, pace, &woken, &cancel);
        Office { folder, world, reader, account, woken, outbox: MemoryTransport::new("outbox"), pace, cancel }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Changes the account as an operator would who starts the daemon again.
    pub fn restart(&mut self, change: impl FnOnce(&mut ImapAccount)) {
        self.cancel.cancel();
        change(&mut self.account);
        self.cancel = CancellationToken::new();
        self.reader = reader(&self.account, self.pace, &self.woken, &self.cancel);
    }

    /// One reading. What went wrong, as `status` shows it.
    pub fn read(&mut self) -> Option<String> {
        self.reader.read(&self.world, Clock::Wall.now()).expect("the store goes on");
        let states = self.world.store.read(|books| books.mailbox_states()).expect("states");
        states.into_iter().find(|(name, ..)| name == NAME).and_then(|(_, _, error)| error)
    }

    /// Files what waits, moves what is on record, and sends.
    pub fn work(&mut self) {
        let now = Clock::Wall.now();
        while file::step(&self.world, now).expect("filed") {}
        while self.reader.settle(&self.world).expect("settled") {}
        let mut transports: Vec<Box<dyn Transport>> = vec![Box::new(self.outbox.clone())];
        while deliver::step(&self.world, &mut transports, now).expect("sent") {}
    }

    /// Moves what is on record out of the way.
    pub fn settle(&mut self) {
        while self.reader.settle(&self.world).expect("settled") {}
    }

    /// Reads until a reading goes well.
    pub fn read_through(&mut self, limit: Duration) -> usize {
        let begun = Instant::now();
        let mut readings = 1;
        while let Some(error) = self.read() {
            assert!(begun.elapsed() < limit, "after {readings} readings: {error}");
            std::thread::sleep(Duration::from_millis(5));
            readings += 1;
        }
        readings
    }

    /// Every delivery on record.
    pub fn deliveries(&self) -> Vec<Delivery> {
        let look = |id| self.world.store.read(|books| books.delivery(id)).expect("a look");
        (1..).map_while(look).collect()
    }

    /// How often each content is on record.
    pub fn copies(&self) -> BTreeMap<Vec<u8>, usize> {
        let mut copies = BTreeMap::new();
        for delivery in self.deliveries() {
            *copies.entry(delivery.raw.unwrap_or_default()).or_default() += 1;
        }
        copies
    }

    /// Each of these is on record exactly once, byte for byte, and nothing else is.
    pub fn holds_exactly(&self, mails: &[Vec<u8>]) {
        let copies = self.copies();
        let wrong: Vec<usize> = (0..mails.len()).filter(|at| copies.get(&mails[*at]) != Some(&1)).collect();
        assert!(wrong.is_empty(), "not exactly once: {} of {}, the first is {:?}", wrong.len(), mails.len(), wrong.first());
        assert_eq!(copies.len(), mails.len(), "something else is on record");
    }

    pub fn summary(&self) -> BTreeMap<String, u64> {
        let summary = self.world.store.read(|books| books.summary()).expect("a summary");
        summary.dispositions.into_iter().map(|(disposition, count)| (disposition.to_string(), count)).collect()
    }

    /// The letters that went out, as text.
    pub fn letters(&self) -> Vec<String> {
        self.outbox.sent().into_iter().map(|letter| String::from_utf8_lossy(&letter.bytes).into_owned()).collect()
    }

    /// How many letters of this kind went out.
    pub fn told(&self, kind: &str) -> usize {
        let header = format!("X-Zhibao-Notice: {kind}\r\n");
        self.letters().iter().filter(|letter| letter.contains(&header)).count()
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

fn reader(account: &ImapAccount, pace: Pace, woken: &Arc<AtomicUsize>, cancel: &CancellationToken) -> Reader {
    let count = woken.clone();
    let wake = move || {
        count.fetch_add(1, Ordering::SeqCst);
    };
    let now: zhibao::mailbox::imap::Now = Arc::new(|| Clock::Wall.now());
    Reader::of_account(Box::new(ImapMailbox::new(NAME, account.clone(), pace, now, wake, cancel.clone())))
}

/// Writes a configuration with this account into `folder` and loads it.
pub fn configure(folder: &Path, lines: &str) -> config::Config {
    let path = write_configuration(folder, lines);
    config::load(&path).unwrap_or_else(|errors| panic!("{errors}")).config
}

pub fn write_configuration(folder: &Path, lines: &str) -> PathBuf {
    let path = folder.join("zhibao.toml");
    let text = format!(
        "language = \"en\"\nnetwork = \"network.toml\"\n[office]\nname = \"Information section\"\naddress = \"office@city.example\"\n\
         desk = [\"desk@city.example\"]\noperators = [\"ops@city.example\"]\n[store]\npath = \"zhibao.db\"\n\
         [[mailbox]]\nname = \"{NAME}\"\nkind = \"imap\"\n{lines}\n[[transport]]\nname = \"outbox\"\nkind = \"file\"\npath = \"outbox\"\n"
    );
    std::fs::write(&path, text).expect("a file");
    std::fs::write(folder.join("network.toml"), include_str!("../sample/network.toml")).expect("a file");
    path
}
