//! Plays a timeline: at each moment mail is read, then filed, then deadlines are looked at, then letters go out.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::TimeDelta;
use zhibao::mailbox::{Mailbox, MemoryMailbox};
use zhibao::steps::fetch::Reader;
use zhibao::steps::{StepError, World, begin, deliver, enforce, file};
use zhibao::store::{CommitHook, CommitPoint, Durability, QuarantineState, Store};
use zhibao::transport::{MemoryTransport, Transport};

use super::acts::{Act, Entry, bad_bytes, mail};
use super::office::Office;
use super::{Instant, at, begin as beginning};

/// The mailboxes of the office, in the order of the configuration.
pub const MAILBOXES: [&str; 2] = ["reports", "second"];

/// When the network goes quiet for good, in minutes after the last mail: longer than every ladder.
pub const QUIET: i64 = 4 * 24 * 60;

/// How often a mailbox that fails is tried again.
const POLL: i64 = 20;

/// More moments than this are too many for any timeline: something is looked at in vain.
const MOMENTS: u32 = 2000;

/// What a play does besides bringing mail. Spans are minutes, half-open.
#[derive(Clone, Debug, Default)]
pub struct Circumstances {
    /// Nothing is run in these.
    pub asleep: Vec<(i64, i64)>,
    /// The mailboxes cannot be read in these.
    pub unreadable: Vec<(i64, i64)>,
    /// Changes the keys of messages, and so the order of those that came at one moment.
    pub salt: u64,
    /// Stops before this minute.
    pub until: Option<i64>,
    /// Minutes at which the desk rejects everything that waits in quarantine.
    pub rejects: Vec<i64>,
}

/// A daemon with its surroundings, driven by hand.
pub struct Play {
    /// The store and the setup.
    pub world: World,
    /// What people's mail systems deliver into.
    pub mailboxes: Vec<MemoryMailbox>,
    /// What was sent.
    pub outbox: MemoryTransport,
    readers: Vec<Reader>,
    transports: Vec<Box<dyn Transport>>,
    /// Where the store is.
    pub path: PathBuf,
    now: Instant,
    /// Something was due at the last moment and could not be judged.
    pub awaits: bool,
}

impl Play {
    /// A daemon on a new store, which is in memory alone.
    pub fn new(office: &Office) -> Play {
        let mailboxes: Vec<MemoryMailbox> = MAILBOXES.into_iter().map(MemoryMailbox::new).collect();
        let outbox = MemoryTransport::new("outbox");
        let transports: Vec<Box<dyn Transport>> = vec![Box::new(outbox.clone())];
        Play::started(office, PathBuf::from(":memory:"), mailboxes, outbox, transports, None, beginning()).expect("a new store opens")
    }

    /// A daemon that starts at `now`, on a store that may hold anything.
    pub fn started(
        office: &Office,
        path: PathBuf,
        mailboxes: Vec<MemoryMailbox>,
        outbox: MemoryTransport,
        transports: Vec<Box<dyn Transport>>,
        hook: Option<CommitHook>,
        now: Instant,
    ) -> Result<Play, StepError> {
        let mut store = Store::open(&path, Durability::None)?;
        if let Some(hook) = hook {
            store = store.with_hook(hook);
        }
        let setup = begin::begin(&store, office.setup(), now)?;
        let readers = mailboxes.iter().map(|mailbox| Reader::new(Box::new(mailbox.clone()) as Box<dyn Mailbox>)).collect();
        let world = World { store, setup: Arc::new(setup) };
        Ok(Play { world, mailboxes, outbox, readers, transports, path, now, awaits: false })
    }

    /// Where the clock stands.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Sets the clock.
    pub fn set_now(&mut self, now: Instant) {
        self.now = now;
    }

    /// Whether the mailboxes can be read.
    pub fn readable(&self, yes: bool) {
        for mailbox in &self.mailboxes {
            mailbox.fail_scans(if yes { 0 } else { u32::MAX });
        }
    }

    /// Everything that happens at one moment.
    pub fn moment(&mut self) -> Result<(), StepError> {
        let now = self.now;
        for reader in &mut self.readers {
            reader.read(&self.world, now)?;
        }
        let enforced = loop {
            while file::step(&self.world, now)? {}
            let enforced = enforce::step(&self.world, now)?;
            if !enforced.worked {
                break enforced;
            }
        };
        self.awaits = enforced.awaits_reading;
        enforce::stall(&self.world, self.awaits, now)?;
        while deliver::step(&self.world, &mut self.transports, now)? {}
        for reader in &mut self.readers {
            reader.settle(&self.world)?;
        }
        Ok(())
    }

    /// When something falls due next, of itself.
    pub fn next_due(&self) -> Option<Instant> {
        let due = self.world.store.read(|books| enforce::next_due(books, &self.world.setup, self.now)).expect("readable");
        let letter = self.world.store.read(|books| books.next_letter_at()).expect("readable");
        let again = if self.awaits { TimeDelta::minutes(POLL) } else { TimeDelta::seconds(1) };
        [due, letter].into_iter().flatten().map(|at| at.max(self.now + again)).min()
    }

    /// The desk rejects what waits in quarantine.
    pub fn reject_all(&mut self) {
        let now = self.now;
        let reject = |books: &zhibao::store::Books<'_>| {
            for entry in books.quarantine_list(false, u32::MAX)? {
                books.decide_quarantine(&entry, QuarantineState::Rejected, "desk", now)?;
            }
            Ok::<_, zhibao::store::StoreError>(())
        };
        self.world.store.write(CommitPoint::Console, reject).expect("written");
    }
}

/// What was put into the mailboxes: mailbox, key, moment.
pub type Put = (usize, String, Instant);

/// Brings the mails of a timeline, each at its minute.
pub struct Post {
    entries: Vec<Entry>,
    next: usize,
    salt: u64,
    written: BTreeMap<usize, (Act, Vec<u8>)>,
    /// Everything that was delivered so far.
    pub put: Vec<Put>,
}

impl Post {
    /// Post of this timeline.
    pub fn new(entries: &[Entry], salt: u64) -> Post {
        Post { entries: entries.to_vec(), next: 0, salt, written: BTreeMap::new(), put: Vec::new() }
    }

    /// When the next mail comes.
    pub fn next_at(&self) -> Option<Instant> {
        self.entries.get(self.next).map(|entry| at(entry.minute))
    }

    /// Delivers what has come by now.
    pub fn deliver(&mut self, play: &Play) {
        while let Some(entry) = self.entries.get(self.next).filter(|entry| at(entry.minute) <= play.now()).cloned() {
            let nth = self.next;
            self.next += 1;
            let Some((act, bytes)) = self.bytes(&entry.act, nth, at(entry.minute), play) else { continue };
            let mix = (nth as u64).wrapping_add(self.salt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let order = if self.salt == 0 { nth as u64 } else { mix >> 40 };
            let key = format!("{order:08}.{nth}");
            play.mailboxes[entry.mailbox].put(key.clone(), at(entry.minute), bytes.clone());
            self.put.push((entry.mailbox, key, at(entry.minute)));
            self.written.insert(nth, (act, bytes));
        }
    }

    fn bytes(&self, act: &Act, nth: usize, now: Instant, play: &Play) -> Option<(Act, Vec<u8>)> {
        match act {
            Act::Again { back, bytes: same } => {
                let (earlier, (act, bytes)) = self.written.iter().rev().nth(*back)?;
                let words = mail(act, *earlier, &Vec::new).filter(|_| !same);
                Some((act.clone(), words.map_or(bytes.clone(), |mail| mail.bytes(&format!("m{nth}"), now))))
            }
            Act::Bad(bad) if bad_bytes(*bad, nth).is_some() => bad_bytes(*bad, nth).map(|bytes| (act.clone(), bytes)),
            _ => mail(act, nth, &|| play.outbox.sent()).map(|mail| (act.clone(), mail.bytes(&format!("m{nth}"), now))),
        }
    }
}

/// Plays a timeline to its end, and long enough after it that everything has come to rest.
pub fn play(office: &Office, entries: &[Entry], how: &Circumstances) -> (Play, Post) {
    watched(office, entries, how, &mut |_| {})
}

/// As `play`, and shows every moment after it has passed.
pub fn watched(office: &Office, entries: &[Entry], how: &Circumstances, watch: &mut dyn FnMut(&Play)) -> (Play, Post) {
    let mut play = Play::new(office);
    let mut post = Post::new(entries, how.salt);
    let last = entries.iter().map(|entry| entry.minute).max().unwrap_or(0);
    let until = at(how.until.unwrap_or(last + QUIET));
    let mut edges: Vec<Instant> = how.unreadable.iter().flat_map(|(from, to)| [at(*from), at(*to)]).collect();
    edges.extend(how.rejects.iter().copied().map(at));
    let mut moments = 0;
    while play.now < until {
        moments += 1;
        assert!(moments < MOMENTS, "at {} something is due again and again, and is never done", play.now);
        post.deliver(&play);
        play.readable(!within(&how.unreadable, play.now));
        if how.rejects.iter().any(|minute| at(*minute) == play.now) {
            play.reject_all();
        }
        play.moment().expect("nothing fails for good");
        watch(&play);
        let edge = edges.iter().copied().filter(|edge| *edge > play.now).min();
        let next = [play.next_due(), post.next_at(), edge].into_iter().flatten().min();
        let Some(next) = next else { break };
        play.now = awake(&how.asleep, next);
    }
    (play, post)
}

fn within(spans: &[(i64, i64)], now: Instant) -> bool {
    spans.iter().any(|(from, to)| at(*from) <= now && now < at(*to))
}

/// `moment`, or the end of the sleep in which it lies.
fn awake(asleep: &[(i64, i64)], moment: Instant) -> Instant {
    asleep.iter().filter(|(from, to)| at(*from) <= moment && moment < at(*to)).map(|(_, to)| at(*to)).max().unwrap_or(moment)
}
