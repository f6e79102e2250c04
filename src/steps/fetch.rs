//! Mailbox → store: raw bytes and cursor, committed before anything is parsed or moved.

use std::collections::HashSet;

use sha2::{Digest, Sha256};

use super::reading::Ahead;
use super::{StepError, World};
use crate::domain::rules::Instant;
use crate::mailbox::{Entry, Mailbox, MailboxError};
use crate::store::{CommitPoint, Seen, SeenBody};

/// Messages committed together: what is at hand, never waited for.
const GROUP_MESSAGES: usize = 100;
const GROUP_BYTES: u64 = 16 << 20;

/// One mailbox and what is known of it.
pub struct Reader {
    mailbox: Box<dyn Mailbox>,
    /// Identities on record. Loaded once: nobody else writes them while the daemon holds its lock.
    known: Option<HashSet<String>>,
}

impl Reader {
    /// A reader of `mailbox`.
    pub fn new(mailbox: Box<dyn Mailbox>) -> Reader {
        Reader { mailbox, known: None }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.mailbox.name()
    }

    /// Reads what is new. A failure is put on record and is no error: the next reading tries again.
    pub fn read(&mut self, world: &World, now: Instant) -> Result<bool, StepError> {
        let name = self.mailbox.name().to_owned();
        let result = self.take_new(world, &name, now);
        match result {
            Ok(fresh) => {
                world.store.write(CommitPoint::MailboxRead, |books| books.mailbox_read(&name, now, None))?;
                Ok(fresh > 0)
            }
            Err(StepError::Mailbox(error)) => {
                tracing::warn!(mailbox = name, %error, "the mailbox could not be read");
                world.store.write(CommitPoint::MailboxRead, |books| books.mailbox_read(&name, now, Some(&error.to_string())))?;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Moves what is on record out of the way in the mailbox; can be repeated.
    pub fn settle(&mut self, world: &World) -> Result<bool, StepError> {
        let name = self.mailbox.name().to_owned();
        let keys = world.store.read(|books| books.unsettled(&name, 500))?;
        if keys.is_empty() {
            return Ok(false);
        }
        if let Err(error) = self.mailbox.settle(&keys) {
            tracing::warn!(mailbox = name, %error, "filed messages could not be moved; they are not read twice for that");
            return Ok(false);
        }
        world.store.write(CommitPoint::Settle, |books| books.mark_settled(&name, &keys))?;
        Ok(true)
    }

    fn take_new(&mut self, world: &World, name: &str, now: Instant) -> Result<usize, StepError> {
        if self.known.is_none() {
            self.known = Some(world.store.read(|books| books.known_keys(name))?);
        }
        let entries = self.mailbox.scan()?;
        let known = self.known.get_or_insert_default();
        let mut fresh: Vec<Entry> = entries.into_iter().filter(|entry| !known.contains(&entry.key)).collect();
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
            for message in seen {
                tracing::debug!(mailbox = name, key = message.key, size = message.size_bytes, "message on record");
                known.insert(message.key);
            }
            rest = later;
        }
        trouble.map_or(Ok(taken), |error: MailboxError| Err(error.into()))
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
                    let sha256 = ahead.sha256(mailbox.name(), &entry.key).unwrap_or_else(|| Sha256::digest(&raw).into());
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
