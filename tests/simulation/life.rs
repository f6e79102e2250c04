//! The life of one deployment: its daemon through the real steps on a real store, its surroundings, and what people do, from one thing
//! that happens to the next.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::TimeDelta;
use zhibao::clock::SimulatedClock;
use zhibao::mailbox::Mailbox;
use zhibao::steps::fetch::Reader;
use zhibao::steps::{StepError, World, begin, command, deliver, enforce, file};
use zhibao::store::{CommitHook, CommitPoint, Durability, Side, Store, StoreError};
use zhibao::transport::Transport;
use zhibao::transport::memory::Sent;

use super::around::{Box_, Relay, Trouble, Weather};
use super::dice::Dice;
use super::network::Network;
use super::people::{Deed, What, deeds};
use super::plan::{Fault, Kill, Plan};
use super::watch::Watch;
use crate::world::Instant;
use crate::world::look::read;
use crate::world::mail::{Mail, header, identity, kind};

/// How often a mailbox that cannot be read is tried again.
const POLL: TimeDelta = TimeDelta::minutes(20);

/// More moments than this in one deployment: something is looked at in vain.
const MOMENTS: u64 = 20_000;

/// What a process holds.
struct Daemon {
    world: World,
    readers: Vec<Reader>,
    transports: Vec<Box<dyn Transport>>,
    awaits: bool,
}

/// A mail that was put into a mailbox.
pub struct Put {
    /// When the office's own system took it.
    pub arrives: Instant,
    /// The sender's address, where it has one.
    pub from: Option<String>,
    /// It is a zero report of this unit and nothing else.
    pub zero: Option<&'static str>,
    mail: Option<Mail>,
    bytes: Vec<u8>,
}

/// Counts of a life.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub moments: u64,
    pub kills: u64,
    pub starts: u64,
}

/// One deployment.
pub struct Life<'a> {
    pub network: &'a Network,
    folder: tempfile::TempDir,
    pub mailboxes: [Box_; 2],
    pub relays: Vec<Relay>,
    pub clock: SimulatedClock,
    plan: Plan,
    /// The next one last.
    deeds: Vec<Deed>,
    /// What the desk and the operators do at their consoles, once something runs.
    console: Vec<What>,
    pub put: Vec<Put>,
    daemon: Option<Daemon>,
    /// Seconds for which nobody is there after the next death.
    pause: i64,
    /// The true time.
    t: Instant,
    /// When each mailbox was last read without trouble, by the daemon's clock.
    pub read: [Option<Instant>; 2],
    /// Letters that came back, and how often an operator has had all that failed sent again.
    pub returned: BTreeSet<(String, String)>,
    pub retries: usize,
    pub counts: Counts,
}

impl<'a> Life<'a> {
    /// Before its first moment.
    pub fn new(network: &'a Network, dice: &mut Dice) -> Life<'a> {
        let mut deeds = deeds(network, dice.apart());
        deeds.reverse();
        Life {
            network,
            folder: tempfile::tempdir().expect("a folder"),
            mailboxes: [Box_::new("reports", dice.apart()), Box_::new("second", dice.apart())],
            relays: ["relay", "other"][..network.relays].iter().map(|name| Relay::new(name, dice.apart())).collect(),
            clock: SimulatedClock::starting_at(network.begins),
            plan: Plan::drawn(network, dice),
            deeds,
            console: Vec::new(),
            put: Vec::new(),
            daemon: None,
            pause: 0,
            t: network.begins,
            read: [None, None],
            returned: BTreeSet::new(),
            retries: 0,
            counts: Counts::default(),
        }
    }

    /// Lives to the end; what the watch finds ends it before its time.
    pub fn live(&mut self, watch: &mut Watch) -> Result<(), String> {
        while self.t < self.network.ends {
            if let Some(end) = self.plan.asleep_until(self.t) {
                self.daemon = None;
                self.t = end;
                continue;
            }
            self.counts.moments += 1;
            if self.counts.moments > MOMENTS {
                let due = read(self.store(), |books| Ok((books.next_letter_at()?, books.next_wake()?, books.next_window_opens()?)));
                let (t, now) = (self.t, self.clock.now());
                return Err(format!("at {t} (the clock says {now}) something is due again and again, and is never done: {due:?}"));
            }
            self.surround();
            self.clock.set(self.t + self.plan.offset(self.t));
            self.bring();
            self.arm();
            match self.moment() {
                Ok(()) => {}
                Err(StepError::Store(StoreError::Injected(_))) => {
                    self.counts.kills += 1;
                    self.daemon = None;
                    self.t += TimeDelta::seconds(self.pause);
                    continue;
                }
                Err(error) => return Err(format!("at {} a step fails: {error}", self.t)),
            }
            watch.look(self).map_err(|fault| format!("at {} (the clock says {}): {fault}", self.t, self.clock.now()))?;
            let Some(next) = self.next().map_err(|error| error.to_string())? else { break };
            self.t = next;
        }
        Ok(())
    }

    /// The store, while a daemon runs on it.
    pub fn store(&self) -> &Store {
        &self.daemon.as_ref().expect("it runs after a moment").world.store
    }

    /// Everything that the relays took.
    pub fn taken(&self) -> Vec<Sent> {
        self.relays.iter().flat_map(Relay::taken).collect()
    }

    /// Something was due and could not be judged.
    pub fn awaits(&self) -> bool {
        self.daemon.as_ref().is_some_and(|daemon| daemon.awaits)
    }

    fn surround(&self) {
        let (mut troubles, mut weather) = ([Trouble::default(); 2], [Weather::Fine; 2]);
        for fault in self.plan.at(self.t) {
            match fault {
                Fault::Mailbox(which, more) => {
                    let trouble = &mut troubles[which];
                    trouble.unreadable |= more.unreadable;
                    trouble.opens_badly |= more.opens_badly;
                    trouble.moves_badly |= more.moves_badly;
                }
                Fault::Relay(which, now) if weather[which] != Weather::Down => weather[which] = now,
                _ => {}
            }
        }
        self.mailboxes.iter().zip(troubles).for_each(|(mailbox, trouble)| mailbox.set(trouble));
        self.relays.iter().zip(weather).for_each(|(relay, weather)| relay.set(weather));
    }

    /// The process that runs is to die, if the time has come for one to.
    fn arm(&mut self) {
        let Some(kill) = self.plan.kills.last().copied().filter(|kill| kill.at <= self.t) else { return };
        self.plan.kills.pop();
        self.pause = kill.pause;
        if let Some(daemon) = &mut self.daemon {
            daemon.world.store = daemon.world.store.clone().with_hook(dies(kill));
        }
    }

    fn start(&mut self) -> Result<&mut Daemon, StepError> {
        if self.daemon.is_none() {
            self.counts.starts += 1;
            let store = Store::open(&self.folder.path().join("zhibao.db"), Durability::None)?;
            let setup = begin::begin(&store, self.network.office.setup(), self.clock.now())?;
            let readers = self.mailboxes.iter().map(|mailbox| Reader::new(Box::new(mailbox.clone()) as Box<dyn Mailbox>)).collect();
            let transports = self.relays.iter().map(|relay| Box::new(relay.clone()) as Box<dyn Transport>).collect();
            self.daemon = Some(Daemon { world: World { store, setup: Arc::new(setup) }, readers, transports, awaits: false });
        }
        Ok(self.daemon.as_mut().expect("it has just been started"))
    }

    fn moment(&mut self) -> Result<(), StepError> {
        let now = self.clock.now();
        let console = std::mem::take(&mut self.console);
        let (mailboxes, mut read) = (self.mailboxes.clone(), self.read);
        let daemon = self.start()?;
        for deed in &console {
            at_the_console(&daemon.world, deed, now)?;
        }
        for (nth, reader) in daemon.readers.iter_mut().enumerate() {
            mailboxes[nth].begin();
            reader.read(&daemon.world, now)?;
            if mailboxes[nth].was_read() {
                read[nth] = Some(now);
            }
        }
        let enforced = loop {
            while file::step(&daemon.world, now)? {}
            let enforced = enforce::step(&daemon.world, now)?;
            if !enforced.worked {
                break enforced;
            }
        };
        daemon.awaits = enforced.awaits_reading;
        enforce::stall(&daemon.world, daemon.awaits, now)?;
        while deliver::step(&daemon.world, &mut daemon.transports, now)? {}
        for reader in &mut daemon.readers {
            reader.settle(&daemon.world)?;
        }
        self.read = read;
        Ok(())
    }

    /// When something happens next, in true time.
    fn next(&self) -> Result<Option<Instant>, StepError> {
        let now = self.clock.now();
        let (due, letter, resting) = self.store().read(|books| {
            let failing = books.failing()?.into_iter();
            let resting = failing.map(|relay| relay.rests_until).filter(|until| *until > now).min();
            Ok::<_, StepError>((enforce::next_due(books)?, books.next_letter_at()?, resting))
        })?;
        // A letter that waits although it is due waits for a relay that rests.
        let letter = letter.map(|at| if at > now { at } else { resting.unwrap_or(at) });
        let offset = self.plan.offset(self.t);
        let again = if self.awaits() { POLL } else { TimeDelta::seconds(1) };
        let own = [due, letter].into_iter().flatten().map(|at| (at - offset).max(self.t + again));
        let deed = self.deeds.last().map(|deed| deed.shown);
        Ok(own.chain(deed).chain(self.plan.next_edge(self.t)).min().map(|at| at.max(self.t + TimeDelta::seconds(1))))
    }

    fn bring(&mut self) {
        while self.deeds.last().is_some_and(|deed| deed.shown <= self.t) {
            let Some(deed) = self.deeds.pop() else { break };
            let nth = self.put.len();
            let mut put = Put { arrives: deed.arrives, from: None, zero: None, mail: None, bytes: Vec::new() };
            match deed.what {
                What::Console { .. } | What::Retry => {
                    self.retries += usize::from(matches!(deed.what, What::Retry));
                    self.console.push(deed.what);
                    continue;
                }
                What::Mail(mail, zero) => (put.mail, put.zero) = (Some(mail), zero),
                What::Noise(bytes) => put.bytes = bytes,
                What::Again { back, bytes } => {
                    let Some(earlier) = self.put.iter().rev().filter(|put| put.zero.is_none()).nth(back) else { continue };
                    match (&earlier.mail, bytes) {
                        (Some(mail), false) => put.mail = Some(unstamped(mail)),
                        _ => (put.bytes, put.from) = (earlier.bytes.clone(), earlier.from.clone()),
                    }
                }
                What::Restored { back } => {
                    let Some(bytes) = self.mailboxes[deed.mailbox].moved(back) else { continue };
                    put.from = self.put.iter().find(|earlier| earlier.bytes == bytes).and_then(|earlier| earlier.from.clone());
                    put.bytes = bytes;
                }
                What::Reply { who, says, back } => put.mail = self.reply(&who, says, back, nth),
                What::Absent { who, marked } => put.mail = self.absent(&who, marked, nth),
                What::Bounce { who } => put.bytes = self.bounce(&who).unwrap_or_default(),
            }
            if let Some(mail) = &put.mail {
                put.from = mail.from.first().cloned();
                put.bytes = mail.bytes(&format!("m{nth}"), deed.arrives);
            }
            self.mailboxes[deed.mailbox].put(format!("{nth:06}"), deed.shown, put.bytes.clone());
            put.arrives = if put.mail.as_ref().is_some_and(received) { deed.arrives } else { deed.shown };
            self.put.push(put);
        }
    }

    fn letter(&self, who: &str, back: usize, fits: impl Fn(&Sent) -> bool + Copy) -> Option<Sent> {
        self.relays.iter().find_map(|relay| relay.letter_to(who, back, fits))
    }

    fn reply(&self, who: &str, says: &str, back: usize, nth: usize) -> Option<Mail> {
        const ABOUT: [&str; 9] =
            ["late", "omitted", "unreported", "event-opened", "question", "quarantined", "receipt", "reminder", "roster-check"];
        let letter = self.letter(who, back, |letter| ABOUT.contains(&kind(letter)))?;
        let subject = header(&letter, "Subject").unwrap_or_default();
        Some(Mail::from(who, format!("Re: {subject}"), format!("{says}\n\n（{nth}）\n")).answering(&letter))
    }

    fn absent(&self, who: &str, marked: bool, nth: usize) -> Option<Mail> {
        let letter = self.letter(who, 0, |_| true)?;
        let subject = header(&letter, "Subject").unwrap_or_default();
        let mail = Mail::from(who, format!("自动回复：{subject}"), format!("外出，{nth}。\n"));
        Some(if marked { mail.header("Auto-Submitted: auto-replied") } else { mail.answering(&letter) })
    }

    fn bounce(&mut self, who: &str) -> Option<Vec<u8>> {
        let letter = self.letter(who, 0, |letter| letter.envelope_from.is_some())?;
        self.returned.insert(identity(&letter));
        let path = letter.envelope_from?;
        let text = format!(
            "Return-Path: <>\r\nFrom: Post Office <postmaster@odd.example>\r\nTo: <{path}>\r\nSubject: failure notice\r\n\
             Message-ID: <odd.{}@odd.example>\r\n\r\nSorry, your mail could not be delivered. 550 5.1.1 no such user\r\n",
            self.put.len()
        );
        Some(text.into_bytes())
    }
}

/// As its sender writes it once more: no server has taken it yet.
fn unstamped(mail: &Mail) -> Mail {
    let mut mail = mail.clone();
    mail.headers.retain(|line| !line.starts_with("Received:"));
    mail
}

/// It says itself when it arrived.
fn received(mail: &Mail) -> bool {
    mail.headers.iter().any(|line| line.starts_with("Received:"))
}

fn at_the_console(world: &World, deed: &What, now: Instant) -> Result<(), StepError> {
    world.store.write(CommitPoint::Console, |books| {
        match deed {
            What::Console { release } => {
                for entry in books.quarantine_list(false, u32::MAX)? {
                    command::decide_quarantine(books, &entry, *release, "desk@yunzhou.example", now)?;
                }
            }
            _ => {
                books.retry_letters(None, now)?;
            }
        }
        Ok(())
    })
}

/// Dies after some commits, and stays dead.
fn dies(kill: Kill) -> CommitHook {
    let passed = AtomicU32::new(0);
    Arc::new(move |point, side: Side| {
        let count = if side == kill.side { passed.fetch_add(1, Ordering::Relaxed) } else { passed.load(Ordering::Relaxed) };
        let dead = count > kill.commits || (side == kill.side && count == kill.commits);
        if dead { Err(StoreError::Injected(point)) } else { Ok(()) }
    })
}
