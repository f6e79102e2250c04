//! An account at a server → store: groups as they come, what has been told of it, and moving what is on record.

use serde_json::json;
use sha2::{Digest, Sha256};

use super::say::{self, Occasion, say};
use super::{Setup, StepError, World};
use crate::domain::notice::{AccountFault, AccountTrouble, Content, Headers, Notice, NoticeKind};
use crate::domain::rules::Instant;
use crate::mailbox::{Account, Intake, MailboxError, Settled, Stop, Taken};
use crate::store::{Books, CommitPoint, Seen, SeenBody};

/// Messages moved at once.
const MOVED_AT_ONCE: u32 = 500;

/// Takes mail out of an account and puts it on record.
pub(super) struct Shelf<'a> {
    world: &'a World,
    name: &'a str,
    now: Instant,
    taken: usize,
    pulse: &'a (dyn Fn() + Send + Sync),
    /// Why it stopped.
    failure: Option<StepError>,
}

impl<'a> Shelf<'a> {
    /// `pulse` is called whenever something has come.
    pub(super) fn new(world: &'a World, name: &'a str, now: Instant, pulse: &'a (dyn Fn() + Send + Sync)) -> Shelf<'a> {
        Shelf { world, name, now, taken: 0, pulse, failure: None }
    }

    /// How many messages are on record since.
    pub(super) fn end(self) -> Result<usize, StepError> {
        self.failure.map_or(Ok(self.taken), Err)
    }

    fn attempt<T>(&mut self, deed: impl FnOnce(&World, &str) -> Result<T, StepError>) -> Result<T, Stop> {
        deed(self.world, self.name).map_err(|error| {
            self.failure = Some(error);
            Stop
        })
    }
}

impl Intake for Shelf<'_> {
    fn opened(&mut self, listing: &str) -> Result<(), Stop> {
        let now = self.now;
        self.attempt(|world, name| {
            let known = world.store.read(|books| Ok::<_, StepError>((books.meta(&listing_key(name))?, books.meta(&refused_key(name))?)))?;
            if known.0.as_deref() == Some(listing) && known.1.is_none() {
                return Ok(());
            }
            world.store.write(CommitPoint::MailboxRead, |books| {
                // We were let in: the next refusal is news again.
                books.clear_meta(&refused_key(name))?;
                note_listing(books, &world.setup, name, listing, known.0.as_deref(), now)
            })
        })
    }

    fn unknown(&mut self, keys: &[String]) -> Result<Vec<bool>, Stop> {
        self.attempt(|world, name| world.store.read(|books| Ok(books.unknown_keys(name, keys)?)))
    }

    fn take(&mut self, group: Vec<Taken>) -> Result<(), Stop> {
        let (now, messages) = (self.now, group.len());
        self.attempt(|world, name| {
            let seen: Vec<Seen> = group.into_iter().map(|taken| seen(name, taken)).collect();
            world.store.write(CommitPoint::Fetch, |books| {
                for message in &seen {
                    books.put_seen(message, now)?;
                }
                Ok::<_, StepError>(())
            })
        })?;
        tracing::debug!(mailbox = self.name, messages, "messages on record");
        self.taken += messages;
        Ok(())
    }

    fn progress(&mut self) {
        (self.pulse)();
    }

    fn withheld(&mut self, key: &str) -> Result<(), Stop> {
        let now = self.now;
        self.attempt(|world, name| {
            let told = format!("mailbox_withheld/{name}/{key}");
            if world.store.read(|books| books.meta(&told))?.is_some() {
                return Ok(());
            }
            world.store.write(CommitPoint::MailboxRead, |books| {
                books.set_meta(&told, &now.timestamp().to_string())?;
                tell(books, &world.setup, name, AccountFault::Withheld, key, now)
            })
        })
    }
}

fn seen(mailbox: &str, taken: Taken) -> Seen {
    let Taken { entry, raw } = taken;
    let body = raw.map_or(SeenBody::TooLarge, |raw| {
        let sha256 = Sha256::digest(&raw).into();
        SeenBody::Raw(raw, sha256)
    });
    Seen {
        mailbox: mailbox.to_owned(),
        key: entry.key,
        size_bytes: entry.size_bytes,
        received_at: entry.received,
        received_by: entry.source,
        body,
    }
}

fn listing_key(mailbox: &str) -> String {
    format!("mailbox_listing/{mailbox}")
}

fn refused_key(mailbox: &str) -> String {
    format!("mailbox_refused/{mailbox}")
}

fn full_key(mailbox: &str) -> String {
    format!("mailbox_full/{mailbox}")
}

/// Notes under which names messages are listed. The operator hears of new ones, unless he has himself named another account or folder.
fn note_listing(
    books: &Books<'_>,
    setup: &Setup,
    mailbox: &str,
    listing: &str,
    before: Option<&str>,
    now: Instant,
) -> Result<(), StepError> {
    books.set_meta(&listing_key(mailbox), listing)?;
    let account = |listing: &str| listing.rsplit_once('/').map(|(account, _)| account.to_owned());
    match before {
        Some(before) if before != listing && account(before) == account(listing) => {
            tracing::warn!(mailbox, before, listing, "the server has counted its messages anew; all are fetched again");
            tell(books, setup, mailbox, AccountFault::ListedAnew, "", now)
        }
        _ => Ok(()),
    }
}

/// Tells the operators, once, of a failure that trying again does not mend.
pub(super) fn tell_failure(books: &Books<'_>, setup: &Setup, mailbox: &str, error: &MailboxError, now: Instant) -> Result<(), StepError> {
    let (key, trouble) = match error {
        MailboxError::Refused { .. } => (refused_key(mailbox), AccountFault::Refused),
        MailboxError::Full { .. } => (full_key(mailbox), AccountFault::Full),
        _ => return Ok(()),
    };
    if books.meta(&key)?.is_some() {
        return Ok(());
    }
    books.set_meta(&key, &now.timestamp().to_string())?;
    tell(books, setup, mailbox, trouble, &error.to_string(), now)
}

fn tell(books: &Books<'_>, setup: &Setup, mailbox: &str, trouble: AccountFault, said: &str, now: Instant) -> Result<(), StepError> {
    let content = Content::AccountTrouble(AccountTrouble { mailbox: mailbox.to_owned(), trouble, said: said.to_owned(), at: now });
    let recipients = say::operators(setup);
    let notice = Notice { kind: NoticeKind::IntakeStalled, recipients, content, about: Headers::default(), answers: None, follows: None };
    let why = json!({ "mailbox": mailbox, "trouble": trouble, "said": said });
    say(books, setup, notice, &Occasion { why, ..Default::default() }, now)?;
    Ok(())
}

/// Moves messages on record out of the way. `None`: it failed; `Some(false)`: there was nothing to move.
pub(super) fn settle(account: &mut dyn Account, world: &World, name: &str, now: Instant) -> Result<Option<bool>, StepError> {
    let aside = account.sets_apart();
    let settled: Vec<Settled> = world.store.read(|books| {
        // Where quarantined messages go elsewhere, it must be known first which these are.
        let keys = if aside {
            books.unsettled_filed(name, MOVED_AT_ONCE)?
        } else {
            books.unsettled(name, MOVED_AT_ONCE)?.into_iter().map(|key| (key, false)).collect()
        };
        Ok::<_, StepError>(keys.into_iter().map(|(key, quarantined)| Settled { key, quarantined }).collect())
    })?;
    if settled.is_empty() {
        return Ok(Some(false));
    }
    match account.settle(&settled) {
        Ok(()) => {
            let keys: Vec<String> = settled.into_iter().map(|each| each.key).collect();
            world.store.write(CommitPoint::Settle, |books| {
                books.clear_meta(&full_key(name))?;
                Ok::<_, StepError>(books.mark_settled(name, &keys)?)
            })?;
            Ok(Some(true))
        }
        // There is no connection; the next reading makes one.
        Err(MailboxError::Stopped) => Ok(Some(false)),
        Err(error) => {
            tracing::warn!(mailbox = name, %error, "messages on record could not be moved; they are not read twice for that");
            world.store.write(CommitPoint::Settle, |books| tell_failure(books, &world.setup, name, &error, now))?;
            Ok(None)
        }
    }
}
