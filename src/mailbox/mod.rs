//! Where mail comes from.
//!
//! A mailbox lists what it holds, hands out raw bytes, and is told afterwards what has been stored. It never decides
//! anything about a message, and what it says about time is evidence, not judgement.

pub mod imap;
pub mod maildir;
pub mod memory;
pub mod watch;

use std::collections::HashSet;
use std::io;
use std::path::Path;

use crate::domain::message::ArrivalSource;
use crate::domain::rules::Instant;

pub use imap::ImapMailbox;
pub use maildir::Maildir;
pub use memory::MemoryMailbox;
pub use watch::{Watch, watch};

/// One message that lies in a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What names the message within its mailbox, for as long as it lies there.
    pub key: String,
    /// Size of the raw message; the caller compares it with the mailbox's limit before it opens the message.
    pub size_bytes: u64,
    /// When the mailbox took the message.
    pub received: Instant,
    /// Where `received` comes from.
    pub source: ArrivalSource,
}

/// A place that mail is read from.
pub trait Mailbox: Send {
    /// The name that the operator gave it.
    fn name(&self) -> &str;
    /// Everything that lies in the mailbox now, oldest first, whether it was seen before or not.
    fn scan(&mut self) -> Result<Vec<Entry>, MailboxError>;
    /// As `scan`, without the messages whose keys are in `known`; a mailbox that can asks nothing more about these. `known` forgets those
    /// that no longer lie here; an error leaves it as it was.
    fn scan_beside(&mut self, known: &mut HashSet<String>) -> Result<Vec<Entry>, MailboxError> {
        let (met, fresh): (Vec<Entry>, Vec<Entry>) = self.scan()?.into_iter().partition(|entry| known.contains(&entry.key));
        *known = met.into_iter().map(|entry| entry.key).collect();
        Ok(fresh)
    }
    /// The exact bytes of a message.
    fn open(&mut self, key: &str) -> Result<Vec<u8>, MailboxError>;
    /// Marks messages as dealt with, after they have been stored. Can be repeated; a message that is gone is no error.
    fn settle(&mut self, keys: &[String]) -> Result<(), MailboxError>;
}

/// A folder of an account at a server. What lies in it comes in groups, so that neither a million messages nor the bytes of
/// a backlog are ever held at once, and so that the network goes on while a group is put on record.
pub trait Account: Send {
    /// The name that the operator gave it.
    fn name(&self) -> &str;
    /// Hands over everything that is not on record, oldest first. Messages over `limit_bytes` come without their bytes.
    ///
    /// # Errors
    /// What could not be read, however much could. Where `intake` stops, `MailboxError::Stopped`.
    fn read(&mut self, limit_bytes: u64, intake: &mut dyn Intake) -> Result<(), MailboxError>;
    /// Whether quarantined messages go elsewhere: then a message is settled only once it is filed.
    fn sets_apart(&self) -> bool;
    /// Moves messages out of the way, after they have been stored. Can be repeated; a message that is gone is no error.
    fn settle(&mut self, settled: &[Settled]) -> Result<(), MailboxError>;
    /// The operator has changed something: what was refused for good is tried again at once.
    fn forgive(&mut self);
}

/// Whoever takes mail out of an account.
pub trait Intake {
    /// The folder is open. `listing` begins every key of it; a new one means that the server has counted its messages anew,
    /// and messages that are on record may come again under new keys.
    fn opened(&mut self, listing: &str) -> Result<(), Stop>;
    /// Which of `keys` are not on record.
    fn unknown(&mut self, keys: &[String]) -> Result<Vec<bool>, Stop>;
    /// Puts a group on record, all of it or nothing.
    fn take(&mut self, group: Vec<Taken>) -> Result<(), Stop>;
    /// A message is listed, and its bytes do not come, however often they are asked for. It is asked for again with each
    /// reading, which says this again and fails until the message comes or is gone.
    fn withheld(&mut self, key: &str) -> Result<(), Stop>;
    /// Something has come, though nothing is whole yet: the reading does not hang.
    fn progress(&mut self);
}

/// The intake cannot go on, and knows why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop;

/// A message out of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// What names it, and when it came. `size_bytes` is what the server claims where there is no `raw`.
    pub entry: Entry,
    /// Its exact bytes; `None`: over the limit.
    pub raw: Option<Vec<u8>>,
}

/// A message that is on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// What names it.
    pub key: String,
    /// It was put into quarantine.
    pub quarantined: bool,
}

/// Why a mailbox could not be read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum MailboxError {
    /// The mailbox is not there, or does not answer.
    #[error("{what} cannot be read: {why}. {mend}")]
    Unreachable {
        /// What was being read.
        what: String,
        /// What the system said.
        why: String,
        /// What would help.
        mend: String,
    },
    /// The message has gone since it was listed.
    #[error(
        "the message {key} is no longer in the mailbox; it was moved or deleted by another program. Nothing is to be done: the mailbox is listed again"
    )]
    Vanished {
        /// Its key.
        key: String,
    },
    /// The system refuses us.
    #[error("{what}: permission denied. {mend}")]
    Denied {
        /// What was being done.
        what: String,
        /// What would help.
        mend: String,
    },
    /// The server does not let us in, and will not until something is changed.
    #[error("{what}: {why}. {mend}")]
    Refused {
        /// Which account.
        what: String,
        /// What the server said.
        why: String,
        /// What would help.
        mend: String,
    },
    /// Messages cannot be moved for lack of room.
    #[error("{what}: {why}. Messages stay in the folder that is read, and none is read twice for that. Empty or enlarge the account")]
    Full {
        /// Which account.
        what: String,
        /// What the server said.
        why: String,
    },
    /// Whoever takes the mail stopped.
    #[error("the reading was given up")]
    Stopped,
    /// The watch on a folder could not be set up; the mailbox is still read on its timer.
    #[error("{what} cannot be watched: {why}. New mail is still found whenever the mailbox is polled")]
    Unwatchable {
        /// What was to be watched.
        what: String,
        /// What the system said.
        why: String,
    },
}

impl MailboxError {
    /// An error of the file system while `doing` something to `path`.
    fn from_io(doing: &str, path: &Path, error: &io::Error) -> MailboxError {
        let what = format!("{} ({doing})", path.display());
        match error.kind() {
            io::ErrorKind::PermissionDenied => {
                MailboxError::Denied { what, mend: "Give the user that runs zhibao read and write access to the Maildir".to_owned() }
            }
            io::ErrorKind::NotFound => MailboxError::Unreachable {
                what,
                why: error.to_string(),
                mend: "Create the Maildir with its folders new, cur and tmp, or correct `path` in the configuration".to_owned(),
            },
            _ => MailboxError::Unreachable { what, why: error.to_string(), mend: "Check the disk that holds the Maildir".to_owned() },
        }
    }
}
