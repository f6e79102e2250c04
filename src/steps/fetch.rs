//! Mailbox → store: raw bytes and cursor, committed before anything is parsed or moved.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use sha2::{Digest, Sha256};

use super::account::{self, Shelf};
use super::reading::Ahead;
use super::{StepError, World};
use crate::domain::backoff;
use crate::domain::rules::Instant;
use crate::mailbox::{Account, Entry, Mailbox, MailboxError};
use crate::store::{CommitPoint, Seen, SeenBody};

/// Messages committed together: what is at hand, never waited for.
const GROUP_MESSAGES: usize = 100;
const GROUP_BYTES: u64 = 4 << 20;

/// Keys of which the store is asked at once whether they are on record.
const ASKED_TOGETHER: usize = 1_000;

/// A folder of this machine that could not be listed is looked at again after so long, then after twice as long, and so on: what
/// stands in the way is often gone by then.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// One mailbox and what is known of it.
pub struct Reader {
    source: Source,
    /// What went wrong last: the log says it once.
    last_error: Option<String>,
    pulse: Arc<dyn Fn() + Send + Sync>,
}

enum Source {
    /// A folder of this machine.
    Folder(FolderReader),
    /// A folder of an account at a server, when it was last read, how often moving messages there has failed in a row, and when last.
    Account { account: Box<dyn Account>, read_at: Instant, unmoved: u32, tried_at: Instant },
}

/// A folder of this machine and what is known of it.
struct FolderReader {
    mailbox: Box<dyn Mailbox>,
    /// Keys that it lists and that are on record: nobody else writes them while the daemon holds its lock.
    known: HashSet<String>,
    /// How often in a row it could not be listed.
    unlisted: u32,
}

impl Reader {
    /// A reader of `mailbox`.
    pub fn new(mailbox: Box<dyn Mailbox>) -> Reader {
        Reader::over(Source::Folder(FolderReader { mailbox, known: HashSet::new(), unlisted: 0 }))
    }

    /// A reader of a folder at a server.
    pub fn of_account(account: Box<dyn Account>) -> Reader {
        Reader::over(Source::Account { account, read_at: Instant::MIN_UTC, unmoved: 0, tried_at: Instant::MIN_UTC })
    }

    fn over(source: Source) -> Reader {
        Reader { source, last_error: None, pulse: Arc::new(|| {}) }
    }

    /// Calls `pulse` whenever something has come in the course of a long reading: there is something to be filed, and nothing hangs.
    pub fn on_progress(&mut self, pulse: impl Fn() + Send + Sync + 'static) {
        self.pulse = Arc::new(pulse);
    }

    /// Its name.
    pub fn name(&self) -> &str {
        match &self.source {
            Source::Folder(folder) => folder.mailbox.name(),
            Source::Account { account, .. } => account.name(),
        }
    }

    /// How long it may be left alone where it is to be read every `poll`. Nothing announces that a folder can be read again; an
    /// account has its own way of trying anew.
    pub fn rest(&self, poll: Duration) -> Duration {
        match &self.source {
            Source::Folder(folder) if folder.unlisted > 0 => poll.min(LOOK_AGAIN * (1 << (folder.unlisted - 1).min(10))),
            Source::Folder(_) | Source::Account { .. } => poll,
        }
    }

    /// Something has been changed: what was refused for good is tried again.
    pub fn forgive(&mut self) {
        if let Source::Account { account, unmoved, .. } = &mut self.source {
            account.forgive();
            *unmoved = 0;
        }
    }

    /// Reads what is new. A failure is put on record and is no error: the next reading tries again.
    pub fn read(&mut self, world: &World, now: Instant) -> Result<bool, StepError> {
        let name = self.name().to_owned();
        let result = match &mut self.source {
            Source::Folder(folder) => folder.take_new(world, &name, now, &*self.pulse),
            Source::Account { account, read_at, .. } => {
                *read_at = now;
                take_from_account(account.as_mut(), world, &name, now, &*self.pulse)
            }
        };
        let (fresh, trouble) = result?;
        match trouble {
            None => {
                self.last_error = None;
                world.store.write(CommitPoint::MailboxRead, |books| books.mailbox_read(&name, now, None))?;
                Ok(fresh > 0)
            }
            // The daemon ends.
            Some(MailboxError::Stopped) => Ok(fresh > 0),
            Some(error) => {
                let said = error.to_string();
                if self.last_error.as_ref() == Some(&said) {
                    tracing::debug!(mailbox = name, %error, "the mailbox still cannot be read");
                } else {
                    tracing::warn!(mailbox = name, %error, "the mailbox could not be read");
                }
                self.last_error = Some(said.clone());
                world.store.write(CommitPoint::MailboxRead, |books| {
                    books.mailbox_read(&name, now, Some(&said))?;
                    account::tell_failure(books, &world.setup, &name, &error, now)
                })?;
                Ok(fresh > 0)
            }
        }
    }

    /// Moves what is on record out of the way in the mailbox; can be repeated.
    pub fn settle(&mut self, world: &World) -> Result<bool, StepError> {
        let name = self.name().to_owned();
        match &mut self.source {
            Source::Folder(folder) => {
                let keys = world.store.read(|books| books.unsettled(&name, 500))?;
                if keys.is_empty() {
                    return Ok(false);
                }
                if let Err(error) = folder.mailbox.settle(&keys) {
                    tracing::warn!(mailbox = name, %error, "filed messages could not be moved; they are not read twice for that");
                    return Ok(false);
                }
                world.store.write(CommitPoint::Settle, |books| books.mark_settled(&name, &keys))?;
                Ok(true)
            }
            Source::Account { account, read_at, unmoved, tried_at } => {
                let now = *read_at;
                // A connection that breaks at it breaks the next reading, too: it is not tried at each. After one that broke by
                // chance, the folder is not left full for long.
                if (TimeDelta::zero()..backoff::rest(*unmoved)).contains(&(now - *tried_at)) {
                    return Ok(false);
                }
                let moved = account::settle(account.as_mut(), world, &name, now)?;
                (*unmoved, *tried_at) = (if moved.is_none() { unmoved.saturating_add(1) } else { 0 }, now);
                Ok(moved == Some(true))
            }
        }
    }
}

/// How many messages are on record since, and what could not be read.
type Taking = Result<(usize, Option<MailboxError>), StepError>;

fn take_from_account(account: &mut dyn Account, world: &World, name: &str, now: Instant, pulse: &(dyn Fn() + Send + Sync)) -> Taking {
    let limit = world.setup.mailbox(name).map_or(u64::MAX, |mailbox| mailbox.max_size_bytes);
    let mut shelf = Shelf::new(world, name, now, pulse);
    let read = account.read(limit, &mut shelf);
    // What came before a failure is on record, and waits to be filed.
    Ok((shelf.end()?, read.err()))
}

impl FolderReader {
    fn take_new(&mut self, world: &World, name: &str, now: Instant, pulse: &(dyn Fn() + Send + Sync)) -> Taking {
        let entries = match self.mailbox.scan_beside(&mut self.known) {
            Ok(entries) => entries,
            Err(error) => {
                self.unlisted = self.unlisted.saturating_add(1);
                return Ok((0, Some(error)));
            }
        };
        self.unlisted = 0;
        let mut fresh = self.not_on_record(world, name, entries, pulse)?;
        fresh.sort_by(|a, b| (a.received, &a.key).cmp(&(b.received, &b.key)));
        let limit = world.setup.mailbox(name).map_or(u64::MAX, |mailbox| mailbox.max_size_bytes);
        let mut trouble = None;
        let mut taken = 0;
        let mut rest = &fresh[..];
        while !rest.is_empty() {
            let group = group_length(rest, limit);
            let (now_read, later) = rest.split_at(group);
            let seen = read_group(self.mailbox.as_mut(), &world.setup.ahead, now_read, limit, &mut trouble);
            world.store.write(CommitPoint::Fetch, |books| {
                for message in &seen {
                    books.put_seen(message, now)?;
                }
                Ok::<_, StepError>(())
            })?;
            taken += seen.len();
            pulse();
            for message in seen {
                tracing::debug!(mailbox = name, key = message.key, size = message.size_bytes, "message on record");
                self.known.insert(message.key);
            }
            rest = later;
        }
        Ok((taken, trouble))
    }

    /// Those that are to be read. What is on record is asked of the store once, a few at a time, since others wait for it meanwhile; and kept
    /// in mind for as long as the folder lists it.
    fn not_on_record(
        &mut self,
        world: &World,
        mailbox: &str,
        entries: Vec<Entry>,
        pulse: &(dyn Fn() + Send + Sync),
    ) -> Result<Vec<Entry>, StepError> {
        let mut fresh = Vec::new();
        let mut entries = entries.into_iter().peekable();
        while entries.peek().is_some() {
            world.store.read(|books| {
                for entry in entries.by_ref().take(ASKED_TOGETHER) {
                    if books.is_on_record(mailbox, &entry.key)? {
                        self.known.insert(entry.key);
                    } else {
                        fresh.push(entry);
                    }
                }
                Ok::<_, StepError>(())
            })?;
            pulse();
        }
        Ok(fresh)
    }
}

fn group_length(entries: &[Entry], limit: u64) -> usize {
    let mut bytes = 0;
    let fits = |entry: &&Entry| {
        bytes += if entry.size_bytes > limit { 0 } else { entry.size_bytes };
        bytes <= GROUP_BYTES
    };
    entries.iter().take(GROUP_MESSAGES).take_while(fits).count().max(1)
}

/// Reads the bytes of a group. A message that cannot be read is reported and does not hold up the others.
fn read_group(mailbox: &mut dyn Mailbox, ahead: &Ahead, entries: &[Entry], limit: u64, trouble: &mut Option<MailboxError>) -> Vec<Seen> {
    let mut seen = Vec::with_capacity(entries.len());
    for entry in entries {
        let body = if entry.size_bytes > limit {
            SeenBody::TooLarge
        } else {
            match mailbox.open(&entry.key) {
                Ok(raw) => {
                    let sha256 = ahead.fetch(mailbox.name(), &entry.key).unwrap_or_else(|| Sha256::digest(&raw).into());
                    SeenBody::Raw(raw, sha256)
                }
                // Somebody else's mail program took it away or renamed it: the next scan tells.
                Err(MailboxError::Vanished { .. }) => continue,
                Err(error) => {
                    trouble.get_or_insert(error);
                    continue;
                }
            }
        };
        seen.push(Seen {
            mailbox: mailbox.name().to_owned(),
            key: entry.key.clone(),
            size_bytes: entry.size_bytes,
            received_at: entry.received,
            received_by: entry.source,
            body,
        });
    }
    seen
}
