//! Wiring: configuration → setup, mailboxes and transports → the steps, each in a supervised loop.
//!
//! Every loop runs its step, then sleeps until it is woken or its period ends, then looks again. Expected faults are put on
//! record inside a step and tried again. A loop that ends or panics before shutdown ends the process with an error, so that
//! the service manager restarts it. The watchdog is fed only while every loop's last success is fresh.

mod archive;
mod key;
mod loops;
mod mailboxes;
pub mod outgoing;
mod signals;
mod watchdog;
pub mod watched;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::{self, Config, MailboxConfig, MailboxSource};
use crate::domain::topics::TopicReader;
use crate::mail::authenticate::Authenticator;
use crate::mail::compose::Composer;
use crate::mail::token::Key;
use crate::mailbox::{Watch, watch};
use crate::steps::{MailboxSetup, Setup, StepError, World, begin};
use crate::store::{DaemonLock, Durability, Store, StoreError};

pub use key::{KeyError, load_or_make_key};
pub use outgoing::signer;

/// Why the daemon could not start, or had to end.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// The configuration is wrong.
    #[error("{0}")]
    Config(config::Errors),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The key of `[dkim]` cannot be used.
    #[error("[dkim]: {0}")]
    Signer(String),
    /// A step failed in a way that a restart may mend.
    #[error("the {name} step failed: {source}")]
    Step {
        /// Which.
        name: &'static str,
        /// Why.
        source: Box<StepError>,
    },
    /// A step failed at start.
    #[error("the start failed: {0}")]
    Begin(Box<StepError>),
    /// A loop ended or panicked.
    #[error("the {0} loop ended before its time")]
    Ended(String),
    /// The system refused something that the daemon cannot do without.
    #[error("{what}: {source}")]
    System {
        /// What was being done.
        what: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}

/// What the loops share.
pub(crate) struct Shared {
    world: RwLock<World>,
    clock: Clock,
    cancel: CancellationToken,
    /// Wakes the reading of each mailbox.
    read_now: BTreeMap<String, Notify>,
    /// Mailboxes in which a message is moved only once it is filed.
    set_apart: Vec<String>,
    /// How often the configuration was read again.
    reloads: AtomicU64,
    /// Messages are being filed: what they say is soon at hand for the index of words.
    filing: AtomicBool,
    authenticate_now: Notify,
    file_now: Notify,
    enforce_now: Notify,
    deliver_now: Notify,
    index_now: Notify,
    post_now: Notify,
    beats: watchdog::Beats,
    pings: watched::Pings,
}

impl Shared {
    /// The world as it is now; a reload replaces it between two steps.
    fn world(&self) -> World {
        // A writer only swaps the value: a poisoned lock still holds a whole one.
        self.world.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// The same for who must not wait behind mail.
    fn world_first(&self) -> World {
        let World { store, setup } = self.world();
        World { store: store.first(), setup }
    }

    fn set_world(&self, world: World) {
        *self.world.write().unwrap_or_else(std::sync::PoisonError::into_inner) = world;
    }

    /// Has one mailbox read.
    fn wake_reader(&self, mailbox: &str) {
        if let Some(signal) = self.read_now.get(mailbox) {
            signal.notify_one();
        }
    }

    /// Messages are filed: those that wait for it to be moved can go.
    fn wake_movers(&self) {
        self.set_apart.iter().for_each(|mailbox| self.wake_reader(mailbox));
    }

    /// Has every mailbox read.
    fn wake_readers(&self) {
        self.read_now.values().for_each(Notify::notify_one);
    }

    fn wake_all(&self) {
        self.wake_readers();
        let steps = [&self.authenticate_now, &self.file_now, &self.enforce_now, &self.deliver_now, &self.index_now, &self.post_now];
        for signal in steps {
            signal.notify_one();
        }
    }
}

/// How long a shutdown waits for steps that are under way.
const SHUTDOWN: Duration = Duration::from_secs(4);

/// Runs until SIGTERM or SIGINT. `path` is read again on SIGHUP.
pub fn run(path: &Path, config: &Config) -> Result<(), DaemonError> {
    // Memory is asked for and given back a message at a time: in huge pages, most of each would lie idle.
    if let Err(error) = rustix::thread::disable_transparent_huge_pages(true) {
        tracing::debug!(%error, "huge pages stay allowed");
    }
    let _lock: DaemonLock = Store::lock(&config.store_path)?;
    let store = Store::open(&config.store_path, Durability::Full)?;
    let key = load_or_make_key(&config.key_file)?;
    let clock = Clock::Wall;
    let signer = signer(config).map_err(DaemonError::Signer)?;
    let setup = Setup { signer, kept: Some(Arc::default()), ..setup(config, key) };
    let setup = begin::begin(&store, setup, clock.now()).map_err(|error| DaemonError::Begin(Box::new(error)))?;
    let shared = Arc::new(Shared {
        world: RwLock::new(World { store, setup: Arc::new(setup) }),
        clock,
        cancel: CancellationToken::new(),
        read_now: config.mailboxes.iter().map(|mailbox| (mailbox.name.clone(), Notify::new())).collect(),
        set_apart: mailboxes::set_apart(config),
        reloads: AtomicU64::new(0),
        filing: AtomicBool::new(false),
        authenticate_now: Notify::new(),
        file_now: Notify::new(),
        enforce_now: Notify::new(),
        deliver_now: Notify::new(),
        index_now: Notify::new(),
        post_now: Notify::new(),
        beats: watchdog::Beats::of(watched::steps(config)),
        pings: watched::Pings::default(),
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|source| DaemonError::System { what: "starting the runtime", source })?;
    let ended = runtime.block_on(supervise(shared, path.to_owned(), config));
    // A reading that hangs must not hold up the end; nothing that it has not committed is lost.
    runtime.shutdown_timeout(Duration::from_millis(200));
    ended
}

async fn supervise(shared: Arc<Shared>, path: PathBuf, config: &Config) -> Result<(), DaemonError> {
    let signals = signals::Signals::heard()?;
    let _watch = wake_on_changes(&shared, config);
    let mut tasks: JoinSet<Result<&'static str, DaemonError>> = JoinSet::new();
    for mailbox in &config.mailboxes {
        let poll = Duration::from_secs(mailbox.poll_seconds.unsigned_abs().max(1));
        tasks.spawn(loops::read(shared.clone(), mailboxes::open(mailbox, &shared), poll));
    }
    tasks.spawn(loops::authenticate(shared.clone()));
    tasks.spawn(loops::file(shared.clone()));
    tasks.spawn(loops::enforce(shared.clone()));
    for (nth, transports) in outgoing::transports(config).into_iter().enumerate() {
        tasks.spawn(loops::deliver(shared.clone(), transports, nth));
    }
    for webhook in outgoing::webhooks(config) {
        tasks.spawn(loops::post(shared.clone(), webhook));
    }
    tasks.spawn(archive::index(shared.clone()));
    tasks.spawn(signals::listen(shared.clone(), path, signals));
    tasks.spawn(watchdog::feed(shared.clone()));
    watched::start(&mut tasks, &shared, config);
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
    tracing::info!(store = %config.store_path.display(), mailboxes = config.mailboxes.len(), "running");
    let first = next_end(&mut tasks, &shared).await;
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
    shared.cancel.cancel();
    shared.wake_all();
    let rest = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(SHUTDOWN, rest).await.is_err() {
        tracing::warn!("a step was still under way at the end; what it had not committed is done again at the next start");
    }
    tracing::info!("ended");
    first
}

/// Waits for the first task to end. Before shutdown, that is an error.
async fn next_end(tasks: &mut JoinSet<Result<&'static str, DaemonError>>, shared: &Shared) -> Result<(), DaemonError> {
    match tasks.join_next().await {
        None => Ok(()),
        Some(Ok(Ok(name))) if !shared.cancel.is_cancelled() => Err(DaemonError::Ended(name.to_owned())),
        Some(Ok(result)) => result.map(|_| ()),
        Some(Err(error)) => Err(DaemonError::Ended(error.to_string())),
    }
}

/// New mail, and commands of other processes, wake the loops at once; the periods of the loops catch what is missed here.
fn wake_on_changes(shared: &Arc<Shared>, config: &Config) -> Vec<Watch> {
    let mut watches = Vec::new();
    let mut keep = |watched: Result<Watch, crate::mailbox::MailboxError>, what: &str| match watched {
        Ok(watch) => watches.push(watch),
        Err(error) => tracing::warn!(what, %error, "not watched; the rescan finds it"),
    };
    for mailbox in &config.mailboxes {
        // A server says by itself when mail comes.
        let MailboxSource::Maildir { path } = &mailbox.source else { continue };
        let (shared, name) = (shared.clone(), mailbox.name.clone());
        keep(watch(&[path.join("new"), path.join("cur")], move || shared.wake_reader(&name)), &mailbox.name);
    }
    let shared = shared.clone();
    if let Err(error) = std::fs::File::options().append(true).create(true).open(wake_file(&config.store_path)) {
        tracing::debug!(%error, "the file that wakes the daemon could not be made");
    }
    keep(watch(&[wake_file(&config.store_path)], move || shared.wake_all()), "commands");
    watches
}

/// Touched by commands that changed the store.
pub fn wake_file(store: &Path) -> PathBuf {
    store.with_extension("wake")
}

/// Wakes a daemon that runs on this store, if there is one.
pub fn wake(store: &Path) -> std::io::Result<()> {
    std::fs::write(wake_file(store), Clock::Wall.now().to_rfc3339())
}

/// The configuration as the steps need it; nothing is signed.
pub fn setup(config: &Config, key: Key) -> Setup {
    let mailbox = |mailbox: &MailboxConfig| MailboxSetup {
        name: mailbox.name.clone(),
        boundary: mailbox.boundary.clone(),
        trust: mailbox.trust.clone(),
        max_size_bytes: mailbox.max_size_bytes,
    };
    Setup {
        roster: config.roster.clone(),
        rules: config.rules.clone(),
        rulesets: Default::default(),
        zone: config.timezone,
        language: config.language,
        mailboxes: config.mailboxes.iter().map(mailbox).collect(),
        webhooks: outgoing::webhook_setups(config),
        signer: None,
        key,
        composer: Arc::new(Composer::new()),
        press: None,
        ahead: Arc::default(),
        kept: None,
        authenticator: Authenticator::new(&config.resolver),
        patience_seconds: config.resolver.patience_seconds,
        helper: Arc::default(),
        topics: Arc::new(TopicReader::new(&config.reckoning.kinds, &config.reckoning.fields)),
        reckoning: config.reckoning.clone(),
    }
}
