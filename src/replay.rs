//! The same steps under a simulated clock: reads Maildirs, changes nothing of theirs, writes into its own folder.
//!
//! Time jumps from one thing that happens to the next: a mail becomes readable, a ladder, a window or a list falls due.
//! At one moment mail is read first, then filed, then deadlines are looked at, then letters go out; so a replay of the same
//! input gives the same bytes, and one that stops earlier gives the same bytes up to there.
//!
//! A replay asks no DNS: in a mailbox with `trust = "verify"` whoever could deliver is believed, and that stands in the record.

mod behind;
mod played;
mod standings;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::TimeDelta;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::clock::{Clock, SimulatedClock, Stopwatch};
use crate::config::{Config, MailboxSource};
use crate::daemon;
use crate::domain::message::Disposition;
use crate::domain::rules::{Instant, span};
use crate::mail::authenticate::Authenticator;
use crate::mail::token::Key;
use crate::mailbox::{MailboxError, Maildir};
pub use crate::steps::World;
use crate::steps::fetch::Reader;
use crate::steps::press::Press;
use crate::steps::{Setup, StepError, authenticate, begin, deliver, enforce, file};
use crate::store::{CommitPoint, Durability, Store, StoreError, Summary};
use crate::transport::Transport;
use behind::Behind;
use played::PlayedMailbox;

/// Replies made for one replay are good for any other.
const REPLAY_KEY: [u8; 32] = *b"a replay's key is no secret, so.";

/// Which span, and where to.
#[derive(Clone, Debug)]
pub struct Span {
    /// The clock starts here.
    pub from: Instant,
    /// It stops before this.
    pub until: Instant,
    /// `DIR/zhibao.db` and `DIR/outbox/*.eml` are written here.
    pub dir: PathBuf,
}

/// What a person does at the console at some moment of a replay.
pub type Deed<'a> = Box<dyn FnOnce(&World, Instant) -> Result<(), ActError> + 'a>;

/// What a person does at a moment of a replay besides writing mail that lies in a Maildir already: he answers a notice, or works
/// at the console.
pub struct Act<'a> {
    /// When.
    pub at: Instant,
    /// What; it is handed the moment at which the replay stands.
    pub deed: Deed<'a>,
}

/// What an act failed at.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// A step, as it would have at the console.
    #[error(transparent)]
    Step(#[from] StepError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Anything else, in words.
    #[error("{0}")]
    Impossible(String),
}

/// Why a replay could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The span is empty.
    #[error("--from {from} is not before --until {until}: there is nothing to replay. Give a later --until")]
    EmptySpan {
        /// As given.
        from: Instant,
        /// As given.
        until: Instant,
    },
    /// The folder holds a store that no replay made.
    #[error("{0} holds a store that was not made by a replay; it is left alone. Give another --dir")]
    NotOurs(PathBuf),
    /// A file could not be written.
    #[error("{path} cannot be prepared: {source}. Give a --dir that this user may write to")]
    Folder {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A step failed.
    #[error(transparent)]
    Step(#[from] StepError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A person could not do what was set down for him.
    #[error("what was to be done at {at}: {source}")]
    Act {
        /// When.
        at: Instant,
        /// Why not.
        source: Box<ActError>,
    },
    /// A letter could not be written.
    #[error("the outbox cannot be written: {0}")]
    Outbox(String),
    /// A mailbox could not be read.
    #[error(transparent)]
    Mailbox(#[from] MailboxError),
}

/// Moments whose letters go out together at most: each time the press must be waited for, and what waits is held in memory.
const TOGETHER: u32 = 200;
/// So long the first of these letters may wait: none until the day after.
const TOGETHER_WITHIN: TimeDelta = TimeDelta::days(1);

/// What a replay sums up, as `--json` prints it.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Messages seen; the six that follow add up to it.
    pub messages: u64,
    /// Filed as submissions.
    pub filed: u64,
    /// Commands, 事件, and tags that their senders may not use.
    pub commands: u64,
    /// Tables of adoptions and ranks.
    pub circulars: u64,
    /// Seen before.
    pub duplicates: u64,
    /// Auto-replies, bounces, our own notices.
    pub ignored: u64,
    /// Put aside for the desk.
    pub quarantined: u64,
    /// Sudden events.
    pub events: u64,
    /// By verdict.
    pub obligations: BTreeMap<String, u64>,
    /// By kind.
    pub notices: BTreeMap<String, u64>,
    /// By period: unit → points, share in percent, rank.
    pub standings: Map<String, Value>,
    /// From the start of the span to its end.
    pub simulated_seconds: i64,
    /// How long it took; the only value that differs from run to run.
    pub wall_seconds: f64,
}

/// Runs the span. `progress` is told the simulated moment from time to time.
pub fn run(config: &Config, span: &Span, progress: &mut dyn FnMut(Instant)) -> Result<Report, ReplayError> {
    run_with(config, span, Vec::new(), progress)
}

/// Runs the span with what persons do in it. Acts of one moment keep their order; those outside the span are left out.
pub fn run_with<'a>(config: &Config, span: &Span, acts: Vec<Act<'a>>, progress: &mut dyn FnMut(Instant)) -> Result<Report, ReplayError> {
    if span.from >= span.until {
        return Err(ReplayError::EmptySpan { from: span.from, until: span.until });
    }
    let watch = Stopwatch::start();
    let (outbox, written) = behind::outbox(&span.dir.join("outbox"));
    let mut replay = Replay::prepare(config, span, acts, outbox)?;
    replay.play(span, progress)?;
    replay.transports.clear();
    written.finish().map_err(ReplayError::Outbox)?;
    let world = &replay.world;
    let (summary, standings) =
        world.store.read(|books| Ok::<_, StepError>((books.summary()?, standings::by_period(books, &world.setup)?)))?;
    Ok(report(summary, standings, span, watch.seconds()))
}

struct Replay<'a> {
    world: World,
    clock: SimulatedClock,
    readers: Vec<Reader>,
    transports: Vec<Box<dyn Transport>>,
    arrivals: BTreeSet<Instant>,
    /// Since when letters may wait, and for how many moments.
    unsent: Option<(Instant, u32)>,
    /// What is still to be done, the next one last.
    acts: Vec<Act<'a>>,
}

impl<'a> Replay<'a> {
    fn prepare(config: &Config, span: &Span, mut acts: Vec<Act<'a>>, outbox: Behind) -> Result<Replay<'a>, ReplayError> {
        let store = fresh_store(&span.dir)?;
        let clock = SimulatedClock::starting_at(span.from);
        // The keys of that time are gone from the DNS, and an answer of today would make each replay another; and what is only written
        // down is told to no chat group.
        let setup = daemon::setup(config, Key::new(REPLAY_KEY));
        let setup = Setup { authenticator: Authenticator::offline(), webhooks: Vec::new(), ..setup };
        let mut setup = begin::begin(&store, setup, span.from)?;
        setup.press = Some(Press::new(&setup));
        let mut arrivals = BTreeSet::new();
        let mut readers = Vec::new();
        for (mailbox, known) in config.mailboxes.iter().zip(&setup.mailboxes) {
            // Mail at a server is not ours to play: what it holds today is not what it held then.
            let MailboxSource::Maildir { path } = &mailbox.source else { continue };
            let maildir = Maildir::read_only(&mailbox.name, path);
            let played = PlayedMailbox::new(maildir, known, setup.zone, span, clock.clone(), setup.ahead.clone())?;
            arrivals.extend(played.arrivals());
            readers.push(Reader::new(Box::new(played)));
        }
        acts.retain(|act| span.from <= act.at);
        acts.sort_by_key(|act| act.at);
        acts.reverse();
        Ok(Replay {
            world: World { store, setup: Arc::new(setup) },
            clock,
            readers,
            transports: vec![Box::new(outbox)],
            arrivals,
            unsent: None,
            acts,
        })
    }

    fn play(&mut self, span: &Span, progress: &mut dyn FnMut(Instant)) -> Result<(), ReplayError> {
        let clock = Clock::Simulated(self.clock.clone());
        loop {
            let now = clock.now();
            self.moment(now)?;
            progress(now);
            let next = self.next_after(now)?.filter(|next| *next < span.until);
            self.send(now, next)?;
            let Some(next) = next else { return Ok(()) };
            self.clock.set(next);
        }
    }

    /// Everything that happens at one moment. Reading and filing are small steps and gathered over several moments; the others commit
    /// their own.
    fn moment(&mut self, now: Instant) -> Result<(), ReplayError> {
        self.world.store.gather()?;
        for reader in &mut self.readers {
            reader.read(&self.world, now)?;
        }
        if self.unsent.is_some() && self.world.setup.ahead.holds_a_report() {
            // What tells of a letter that came back must find it sent.
            self.send(now, None)?;
            self.world.store.gather()?;
        }
        self.act(now)?;
        loop {
            self.file(now)?;
            if self.world.store.read(enforce::next_due)?.is_some_and(|due| due <= now) {
                self.world.store.commit_gathered()?;
            }
            if !enforce::step(&self.world, now)?.worked {
                return Ok(());
            }
        }
    }

    /// Sends, and commits. What a letter says is settled when it is queued, and a replay's outbox takes each: no letter tells whether it
    /// went at once or together with others, and together costs less. One that nobody has tried to send is not complained of.
    fn send(&mut self, now: Instant, next: Option<Instant>) -> Result<(), ReplayError> {
        let (since, moments) = self.unsent.unwrap_or((now, 0));
        let soon = next.is_some_and(|next| next - since < TOGETHER_WITHIN);
        if soon && moments < TOGETHER {
            self.unsent = Some((since, moments + 1));
            return Ok(());
        }
        self.unsent = None;
        self.world.store.gather()?;
        loop {
            self.print()?;
            if !deliver::step(&self.world, &mut self.transports, now)? {
                break;
            }
        }
        Ok(self.world.store.commit_gathered()?)
    }

    /// What persons do, once the mail of the moment is filed.
    fn act(&mut self, now: Instant) -> Result<(), ReplayError> {
        while self.acts.last().is_some_and(|act| act.at <= now) {
            self.file(now)?;
            self.print()?;
            self.world.store.commit_gathered()?;
            let Some(Act { at, deed }) = self.acts.pop() else { break };
            deed(&self.world, now).map_err(|source| ReplayError::Act { at, source: Box::new(source) })?;
        }
        Ok(())
    }

    /// What is queued gets its bytes.
    fn print(&self) -> Result<(), StepError> {
        self.world.setup.press.as_ref().map_or(Ok(()), |press| press.empty(&self.world.store))
    }

    /// Files what was read, its senders checked.
    fn file(&self, now: Instant) -> Result<(), ReplayError> {
        while authenticate::step(&self.world, now)? {}
        while file::step(&self.world, now)? {}
        Ok(())
    }

    fn next_after(&self, now: Instant) -> Result<Option<Instant>, ReplayError> {
        let mail = self.arrivals.range(now + span(1)..).next().copied();
        let due = self.world.store.read(enforce::next_due)?;
        let act = self.acts.last().map(|act| act.at);
        Ok([mail, due, act].into_iter().flatten().map(|at| at.max(now + span(1))).min())
    }
}

fn report(summary: Summary, standings: Map<String, Value>, span: &Span, wall_seconds: f64) -> Report {
    let of = |disposition| summary.dispositions.get(&disposition).copied().unwrap_or(0);
    Report {
        messages: summary.messages,
        filed: of(Disposition::Filed),
        commands: of(Disposition::Command),
        circulars: of(Disposition::Circular),
        duplicates: of(Disposition::Duplicate),
        ignored: of(Disposition::Ignored),
        quarantined: of(Disposition::Quarantined),
        events: summary.events,
        obligations: summary.obligations,
        notices: summary.notices,
        standings,
        simulated_seconds: (span.until - span.from).num_seconds(),
        wall_seconds,
    }
}

const MADE_BY_REPLAY: &str = "made_by_replay";

/// An empty store in `dir`; what an earlier replay left there goes, anything else is left alone.
fn fresh_store(dir: &Path) -> Result<Store, ReplayError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| ReplayError::Folder { path, source }
    };
    let outbox = dir.join("outbox");
    std::fs::create_dir_all(&outbox).map_err(failed(&outbox))?;
    let path = dir.join("zhibao.db");
    if path.exists() {
        let ours = Store::read_only(&path).and_then(|store| store.read(|books| books.meta(MADE_BY_REPLAY)));
        if !matches!(ours, Ok(Some(_))) {
            return Err(ReplayError::NotOurs(dir.to_owned()));
        }
        for ending in ["", "-wal", "-shm"] {
            let file = dir.join(format!("zhibao.db{ending}"));
            if file.exists() {
                std::fs::remove_file(&file).map_err(failed(&file))?;
            }
        }
        for file in std::fs::read_dir(&outbox).map_err(failed(&outbox))?.flatten() {
            if file.path().extension().is_some_and(|ending| ending == "eml") {
                std::fs::remove_file(file.path()).map_err(failed(&file.path()))?;
            }
        }
    }
    let store = Store::open(&path, Durability::None)?;
    store.write(CommitPoint::Begin, |books| books.set_meta(MADE_BY_REPLAY, "yes"))?;
    Ok(store)
}
