//! The only SQL. One file a noun; one call of [`Store::write`] is one business step and one transaction.
//!
//! A step is given the open [`Books`] and reads facts, decides by `domain`, and writes what follows, all in one immediate
//! transaction: commands of other processes cannot come in between. Nothing of the database's own types leaves this module.

mod archive;
mod authentication;
mod awards;
mod bounces;
mod bulletins;
mod desk;
mod duties;
mod events;
mod failing;
mod gathering;
mod hold;
mod keep;
mod ledger;
mod messages;
mod notices;
mod obligations;
mod occasions;
mod outbox;
mod posts;
mod quarantine;
mod record;
mod requisitions;
mod rosters;
mod rows;
mod rulesets;
mod search;
mod status;
mod submissions;
mod topics;
mod turns;
mod verify;
mod warnings;
mod watching;
mod weeks;

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use gathering::Gathering;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use rusqlite_migration::{M, MigrationDefinitionError, Migrations};
use turns::{Turn, Turns};

pub use archive::{Found, ImportCursor, NewArchived, Unsearched};
pub use authentication::CheckedSender;
pub use awards::KindSum;
pub use bounces::{BounceRow, FailingAddress, KnownBy, NewBounce};
pub use bulletins::{IssueCounts, IssueRow, ItemRow, NewItem, TopicShare};
pub use failing::Failing;
pub use hold::{Hold, Restored};
pub use ledger::{EntryFilter, ExternalEntry, Titled};
pub use messages::{Delivery, MailboxState, Seen, SeenBody, Waiting};
pub use notices::{LetterBytes, NewNotice, PastNotice};
pub use obligations::NewObligation;
pub use occasions::{OccasionRow, OccasionState};
pub use outbox::{BadLetter, OutgoingLetter, SendResult};
pub use posts::{OutgoingPost, PostResult, PostRow};
pub use quarantine::{QuarantineEntry, QuarantineState};
pub use record::{BY_RULES, Broken, RecordEnd, RecordEntry, RecordWalk};
pub use search::{Candidates, InIndex, Indexed, SearchIndex, Span};
pub use status::{
    EventRow, FailingStatus, LetterRow, MailboxStatus, ObligationRow, StatusReport, SubmissionRow, Summary, UnitCounts, Which,
};
pub use submissions::{NewSubmission, PastSubmission};
pub use verify::{Accounts, Orphan, Rehashed};
pub use warnings::Standing;
pub use watching::{CanaryRow, CanaryState, Gauges, HeartbeatRow};
pub use weeks::{Kept, StandingWarning, TopicCount, Unmet};

/// What went wrong with the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database answered with an error.
    #[error("the store failed while {doing}: {source}")]
    Database {
        /// What was being done.
        doing: &'static str,
        /// What the database said.
        source: rusqlite::Error,
    },
    /// The file cannot be opened.
    #[error("the store {path} cannot be opened: {source}. Is its folder there, and may this user write to it?")]
    Open {
        /// Which file.
        path: String,
        /// What the database said.
        source: rusqlite::Error,
    },
    /// A copy of the store cannot be written, read or named.
    #[error("the file {path} cannot be used: {source}")]
    File {
        /// Which file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The schema could not be brought up to date.
    #[error("the store {path} could not be brought to this version: {source}. It was left as it was")]
    Migrate {
        /// Which file.
        path: String,
        /// What went wrong.
        source: rusqlite_migration::Error,
    },
    /// A later version has been here.
    #[error(
        "the store {path} was made by a later version of zhibao; use that version, or restore a backup of this one's. It was left as it was"
    )]
    Newer {
        /// Which file.
        path: String,
    },
    /// An earlier version made it, and nobody may change it here.
    #[error("the store {path} was made by an earlier version of zhibao; start zhibao run on it once, which brings it to this version")]
    Older {
        /// Which file.
        path: String,
    },
    /// Another daemon has it.
    #[error("another zhibao already runs on the store {path} (it holds {lock}); stop that one first, or give this one a store of its own")]
    Locked {
        /// Which store.
        path: String,
        /// The lock file.
        lock: String,
    },
    /// The lock file cannot be used.
    #[error("the lock file {lock} cannot be used: {source}")]
    Lock {
        /// Which file.
        lock: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A row holds what this version cannot read.
    #[error("the store holds a {what} that this version cannot read: {value}")]
    Unreadable {
        /// What kind of value.
        what: &'static str,
        /// The value.
        value: String,
    },
    /// A gathered step failed before.
    #[error("an earlier step failed, and all that was gathered with it was undone: nothing more is written")]
    Undone,
    /// A test made this commit fail.
    #[error("commit point {0:?} was made to fail")]
    Injected(CommitPoint),
}

impl From<rusqlite::Error> for StoreError {
    fn from(source: rusqlite::Error) -> Self {
        StoreError::Database { doing: "reading or writing", source }
    }
}

/// Every place where the program commits. A test can make each fail, before or after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CommitPoint {
    /// The start of a run: rules in force, duties, letters whose sending was cut off.
    Begin,
    /// Raw bytes and cursor of newly seen messages.
    Fetch,
    /// How the last reading of a mailbox went.
    MailboxRead,
    /// Messages moved out of the way in their mailbox.
    Settle,
    /// What checking the senders of messages found.
    Authentication,
    /// An attempt at reading a message that may have brought us down.
    Attempt,
    /// Messages filed, with everything that follows from them.
    Filing,
    /// Windows of duties opened.
    Duties,
    /// Rungs of the ladder, reminders, repeats.
    Ladder,
    /// Intake stands still, or moves again.
    Stall,
    /// The hourly list of questions or quarantined mail.
    DeskList,
    /// Letters taken in hand.
    Claim,
    /// The last byte of a letter is about to go out.
    DotPending,
    /// Letters accepted, refused, or to be tried again.
    Sent,
    /// The operators told of mail that cannot be delivered.
    Complaint,
    /// A person's command at the console.
    Console,
    /// Standings assessed, with the warnings that follow.
    Assessment,
    /// A week's digest or a month's circular.
    Digest,
    /// Units asked to confirm their entry in the roster, and silence told; the canary, and a heartbeat that fails.
    Watch,
}

impl CommitPoint {
    /// All of them.
    pub const ALL: [CommitPoint; 19] = [
        CommitPoint::Begin,
        CommitPoint::Fetch,
        CommitPoint::MailboxRead,
        CommitPoint::Settle,
        CommitPoint::Authentication,
        CommitPoint::Attempt,
        CommitPoint::Filing,
        CommitPoint::Duties,
        CommitPoint::Ladder,
        CommitPoint::Stall,
        CommitPoint::DeskList,
        CommitPoint::Claim,
        CommitPoint::DotPending,
        CommitPoint::Sent,
        CommitPoint::Complaint,
        CommitPoint::Console,
        CommitPoint::Assessment,
        CommitPoint::Digest,
        CommitPoint::Watch,
    ];
}

/// On which side of a commit a test's hook is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Nothing is durable yet.
    Before,
    /// Everything is durable, and nobody has acted on it.
    After,
}

/// A test's hook: an error stops the step there, as a crash would.
pub type CommitHook = Arc<dyn Fn(CommitPoint, Side) -> Result<(), StoreError> + Send + Sync>;

/// How much a commit must survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Power loss: every commit is on the disk.
    Full,
    /// Nothing: a replay can be run again.
    None,
}

/// The embedded store. Cheap to clone; one writer.
#[derive(Clone)]
pub struct Store {
    path: PathBuf,
    /// A reader beside the writer, opened when it is first wanted; `None` within: there can be none. It is closed before the writer,
    /// which, being the last, leaves no log behind.
    beside: Arc<OnceLock<Option<Store>>>,
    writer: Arc<Turns<Connection>>,
    hook: Option<CommitHook>,
    /// Goes before others.
    first: bool,
    /// Steps are parts of one transaction, see `gather`.
    gathering: Arc<Gathering>,
}

/// The store, open for one step.
pub struct Books<'a> {
    db: &'a Connection,
}

/// Held as long as a daemon runs on the store; the system lets go of it when the process ends.
#[derive(Debug)]
pub struct DaemonLock(#[allow(dead_code)] File); // held, never read

impl Store {
    /// Opens the store, making or migrating it as needed.
    pub fn open(path: &Path, durability: Durability) -> Result<Store, StoreError> {
        let shown = path.display().to_string();
        let open = |source| StoreError::Open { path: shown.clone(), source };
        for_its_owner_alone(path);
        let mut db = Connection::open(path).map_err(open)?;
        prepare(&db, durability).map_err(open)?;
        migrations().to_latest(&mut db).map_err(|source| match source {
            rusqlite_migration::Error::MigrationDefinition(MigrationDefinitionError::DatabaseTooFarAhead) => {
                StoreError::Newer { path: shown.clone() }
            }
            source => StoreError::Migrate { path: shown.clone(), source },
        })?;
        let store = Store::of(path, db);
        if durability == Durability::None {
            // It has the file to itself.
            let _ = store.beside.set(None);
        }
        Ok(store)
    }

    fn of(path: &Path, db: Connection) -> Store {
        let writer = Arc::new(Turns::new(db));
        Store { path: path.to_owned(), writer, hook: None, first: false, beside: Arc::default(), gathering: Arc::default() }
    }

    /// Takes the lock that one daemon alone may hold.
    pub fn lock(path: &Path) -> Result<DaemonLock, StoreError> {
        let lock = path.with_extension("lock");
        let failed = |source| StoreError::Lock { lock: lock.display().to_string(), source };
        let file = File::options().create(true).truncate(false).write(true).open(&lock).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(DaemonLock(file)),
            Err(std::fs::TryLockError::WouldBlock) => {
                Err(StoreError::Locked { path: path.display().to_string(), lock: lock.display().to_string() })
            }
            Err(std::fs::TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    /// The same store with a hook at every commit.
    #[must_use]
    pub fn with_hook(self, hook: CommitHook) -> Store {
        Store { hook: Some(hook), ..self }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// One business step: all of it is committed, or nothing; see `gather` for who commits many together.
    ///
    /// # Errors
    /// What `step` returns, or what the database says; nothing was written then, save where a hook failed after the commit.
    pub fn write<T, E: From<StoreError>>(&self, point: CommitPoint, step: impl FnOnce(&Books<'_>) -> Result<T, E>) -> Result<T, E> {
        let mut db = self.connection();
        if self.gathers()? {
            return self.add(&Books { db: &db }, point, step).inspect_err(|_| self.undo(&db));
        }
        self.commit(&mut db, point, step)
    }

    /// The same, for who goes on where it fails: among steps that are committed together, it is undone alone.
    pub fn write_apart<T, E: From<StoreError>>(&self, point: CommitPoint, step: impl FnOnce(&Books<'_>) -> Result<T, E>) -> Result<T, E> {
        let mut db = self.connection();
        if self.gathers()? {
            return Books { db: &db }.part(|books| self.add(books, point, step));
        }
        self.commit(&mut db, point, step)
    }

    fn commit<T, E: From<StoreError>>(
        &self,
        db: &mut Connection,
        point: CommitPoint,
        step: impl FnOnce(&Books<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let begun = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(StoreError::from)?;
        let value = step(&Books { db: &begun })?;
        self.pass(point, Side::Before)?;
        begun.commit().map_err(|source| StoreError::Database { doing: "committing", source })?;
        self.pass(point, Side::After)?;
        Ok(value)
    }

    /// Looks without writing, at one moment of the store.
    pub fn read<T, E: From<StoreError>>(&self, look: impl FnOnce(&Books<'_>) -> Result<T, E>) -> Result<T, E> {
        let mut db = self.connection();
        if self.gathers()? {
            return look(&Books { db: &db });
        }
        let begun = db.transaction_with_behavior(TransactionBehavior::Deferred).map_err(StoreError::from)?;
        look(&Books { db: &begun })
    }

    /// A second handle for readers that never waits for the writer's lock in this process.
    pub fn reader(&self) -> Result<Store, StoreError> {
        Store::read_only(&self.path)
    }

    /// Opens a store that is there, as it is: nothing of it is changed.
    pub fn read_only(path: &Path) -> Result<Store, StoreError> {
        let shown = path.display().to_string();
        let open = |source| StoreError::Open { path: shown.clone(), source };
        let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(open)?;
        db.busy_timeout(Duration::from_secs(10)).map_err(open)?;
        db.set_prepared_statement_cache_capacity(64);
        Ok(Store::of(path, db))
    }

    /// The same store for who must not wait behind mail: a deadline, a letter.
    #[must_use]
    pub fn first(&self) -> Store {
        Store { first: true, ..self.clone() }
    }

    /// A reader, always the same one, that sees what is committed and never waits for the writer. `None`: there is none beside a store
    /// that has its file to itself.
    pub fn beside(&self) -> Option<&Store> {
        let open = || self.reader().inspect_err(|error| tracing::warn!(%error, "nothing is read beside the writer")).ok();
        self.beside.get_or_init(open).as_ref()
    }

    fn connection(&self) -> Turn<'_, Connection> {
        self.writer.take(self.first)
    }

    fn pass(&self, point: CommitPoint, side: Side) -> Result<(), StoreError> {
        self.hook.as_ref().map_or(Ok(()), |hook| hook(point, side))
    }
}

impl Books<'_> {
    /// A part of a step: if it fails, it alone is undone.
    pub fn part<T, E: From<StoreError>>(&self, part: impl FnOnce(&Self) -> Result<T, E>) -> Result<T, E> {
        let savepoint = Part::begin(self.db)?;
        let value = part(self)?;
        savepoint.keep()?;
        Ok(value)
    }
}

/// A savepoint: what follows is undone, unless it is kept.
struct Part<'a> {
    db: &'a Connection,
    kept: bool,
}

impl Part<'_> {
    fn begin(db: &Connection) -> Result<Part<'_>, StoreError> {
        db.prepare_cached("SAVEPOINT part")?.execute([])?;
        Ok(Part { db, kept: false })
    }

    fn keep(mut self) -> Result<(), StoreError> {
        self.db.prepare_cached("RELEASE part")?.execute([])?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for Part<'_> {
    fn drop(&mut self) {
        if !self.kept && self.db.execute_batch("ROLLBACK TO part; RELEASE part").is_err() {
            // The transaction itself has been rolled back: a full disk does that. Whoever commits it is told.
            tracing::debug!("a savepoint went with its transaction");
        }
    }
}

/// Makes the file, if there is none: reports are nobody else's business, whatever the user's umask says. SQLite gives its log and its
/// index of the log the same mode. A file that is there keeps its own: somebody may have let a group read it.
fn for_its_owner_alone(path: &Path) {
    if path == Path::new(":memory:") {
        return;
    }
    if let Err(error) = File::options().write(true).create_new(true).mode(0o600).open(path)
        && error.kind() != std::io::ErrorKind::AlreadyExists
    {
        tracing::debug!(%error, path = %path.display(), "not made; SQLite says why in a moment");
    }
}

fn prepare(db: &Connection, durability: Durability) -> Result<(), rusqlite::Error> {
    db.busy_timeout(Duration::from_secs(30))?;
    // A replay has one writer, no readers and nothing to survive: a log would only write everything twice.
    // Its large pages are written once; where each commit is written out twice, small ones are.
    let (journal, synchronous, locking, page, kept_kib) = match durability {
        Durability::Full => ("WAL", "FULL", "NORMAL", 4096, 8_000),
        Durability::None => ("MEMORY", "OFF", "EXCLUSIVE", 8192, 64_000),
    };
    db.pragma_update(None, "page_size", page)?;
    db.pragma_update(None, "locking_mode", locking)?;
    db.pragma_update(None, "journal_mode", journal)?;
    db.pragma_update(None, "synchronous", synchronous)?;
    db.pragma_update(None, "foreign_keys", true)?;
    db.pragma_update(None, "cache_size", -kept_kib)?;
    // Without it a statement with LIMIT ?n is planned anew each time that n is bound.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    db.set_prepared_statement_cache_capacity(512);
    Ok(())
}

/// Every step of the schema, oldest first; a step that has been released is never changed.
const STEPS: &[&str] = &[
    include_str!("migrations/0001_foundation.sql"),
    include_str!("migrations/0002_standings.sql"),
    include_str!("migrations/0003_sending.sql"),
    include_str!("migrations/0004_bounces.sql"),
    include_str!("migrations/0005_authentication.sql"),
    include_str!("migrations/0006_archive.sql"),
    include_str!("migrations/0007_near.sql"),
    include_str!("migrations/0008_weeks.sql"),
];

fn migrations() -> Migrations<'static> {
    Migrations::new(STEPS.iter().map(|step| M::up(step)).collect())
}
