//! What lies around a daemon and fails: mailboxes, relays.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zhibao::domain::message::ArrivalSource;
use zhibao::mailbox::{Entry, Mailbox, MailboxError};
use zhibao::transport::memory::Sent;
use zhibao::transport::{Accepted, Letter, SendError, Transport};

use super::dice::Dice;
use crate::world::Instant;

/// A mailbox whose messages are moved away once they are on record.
#[derive(Clone)]
pub struct Box_ {
    name: &'static str,
    inner: Arc<Mutex<Inbox>>,
}

struct Inbox {
    mails: BTreeMap<String, (Instant, Vec<u8>)>,
    moved: Vec<Vec<u8>>,
    trouble: Trouble,
    /// The present reading met with trouble.
    failed: bool,
    dice: Dice,
}

/// What is wrong with a mailbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trouble {
    /// Nothing can be listed.
    pub unreadable: bool,
    /// Some of the messages cannot be opened.
    pub opens_badly: bool,
    /// Moving stops half-way.
    pub moves_badly: bool,
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Box_ {
    pub fn new(name: &'static str, dice: Dice) -> Box_ {
        let inbox = Inbox { mails: BTreeMap::new(), moved: Vec::new(), trouble: Trouble::default(), failed: false, dice };
        Box_ { name, inner: Arc::new(Mutex::new(inbox)) }
    }

    pub fn put(&self, key: String, received: Instant, raw: Vec<u8>) {
        locked(&self.inner).mails.insert(key, (received, raw));
    }

    pub fn set(&self, trouble: Trouble) {
        locked(&self.inner).trouble = trouble;
    }

    /// A reading begins.
    pub fn begin(&self) {
        locked(&self.inner).failed = false;
    }

    /// Whether the reading that began met with no trouble.
    pub fn was_read(&self) -> bool {
        !locked(&self.inner).failed
    }

    /// A message that had been moved away.
    pub fn moved(&self, back: usize) -> Option<Vec<u8>> {
        locked(&self.inner).moved.iter().rev().nth(back).cloned()
    }

    pub fn left(&self) -> usize {
        locked(&self.inner).mails.len()
    }
}

fn unreachable(what: &str) -> MailboxError {
    MailboxError::Unreachable { what: what.into(), why: "a fault of the simulation".into(), mend: "Nothing is to be done".into() }
}

impl Mailbox for Box_ {
    fn name(&self) -> &str {
        self.name
    }

    fn scan(&mut self) -> Result<Vec<Entry>, MailboxError> {
        let mut inbox = locked(&self.inner);
        if inbox.trouble.unreadable {
            inbox.failed = true;
            return Err(unreachable(self.name));
        }
        let entry = |(key, (received, raw)): (&String, &(Instant, Vec<u8>))| Entry {
            key: key.clone(),
            size_bytes: raw.len() as u64,
            received: *received,
            source: ArrivalSource::InternalDate,
        };
        Ok(inbox.mails.iter().map(entry).collect())
    }

    fn open(&mut self, key: &str) -> Result<Vec<u8>, MailboxError> {
        let inbox = &mut *locked(&self.inner);
        if inbox.trouble.opens_badly && inbox.dice.one_in(2) {
            inbox.failed = true;
            return Err(unreachable(key));
        }
        inbox.mails.get(key).map(|(_, raw)| raw.clone()).ok_or_else(|| MailboxError::Vanished { key: key.to_owned() })
    }

    fn settle(&mut self, keys: &[String]) -> Result<(), MailboxError> {
        let inbox = &mut *locked(&self.inner);
        let half = if inbox.trouble.moves_badly { keys.len() / 2 } else { keys.len() };
        for key in &keys[..half] {
            inbox.moved.extend(inbox.mails.remove(key).map(|(_, raw)| raw));
        }
        if inbox.trouble.moves_badly { Err(unreachable("moving")) } else { Ok(()) }
    }
}

/// What a relay says that panics.
pub const PANIC: &str = "a panic of the simulation";

/// How a relay fares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weather {
    #[default]
    Fine,
    /// Nobody answers.
    Down,
    /// Anything may happen to a letter.
    Foul,
}

/// A relay, and what it has taken.
#[derive(Clone)]
pub struct Relay {
    name: &'static str,
    inner: Arc<Mutex<Office>>,
}

struct Office {
    taken: Vec<Sent>,
    weather: Weather,
    dice: Dice,
}

impl Relay {
    pub fn new(name: &'static str, dice: Dice) -> Relay {
        Relay { name, inner: Arc::new(Mutex::new(Office { taken: Vec::new(), weather: Weather::Fine, dice })) }
    }

    pub fn set(&self, weather: Weather) {
        locked(&self.inner).weather = weather;
    }

    /// Everything that was taken, in order.
    pub fn taken(&self) -> Vec<Sent> {
        locked(&self.inner).taken.clone()
    }

    /// The letter that this person got, so many before the last that fits.
    pub fn letter_to(&self, who: &str, back: usize, fits: impl Fn(&Sent) -> bool) -> Option<Sent> {
        locked(&self.inner).taken.iter().rev().filter(|letter| letter.to == who && fits(letter)).nth(back).cloned()
    }
}

impl Transport for Relay {
    fn name(&self) -> &str {
        self.name
    }

    fn send(&mut self, letter: &Letter<'_>, before_final_dot: &mut dyn FnMut() -> Result<(), SendError>) -> Result<Accepted, SendError> {
        let why = || "a fault of the simulation".to_owned();
        let lot = {
            let office = &mut *locked(&self.inner);
            match office.weather {
                Weather::Fine => 100,
                Weather::Down => return Err(SendError::Down { why: why() }),
                Weather::Foul => office.dice.between(0, 20),
            }
        };
        match lot {
            0..=3 => return Err(SendError::Temporary { why: why() }),
            4 => return Err(SendError::Permanent { why: why(), names_recipient: true }),
            5 => return Err(SendError::Permanent { why: why(), names_recipient: false }),
            6 => panic!("{PANIC}"),
            _ => {}
        }
        before_final_dot()?;
        // 7 and 8 arrive and are not answered; 9 and 10 do not even arrive.
        if !matches!(lot, 9 | 10) {
            locked(&self.inner).taken.push(Sent {
                file_name: letter.file_name.to_owned(),
                bytes: letter.bytes.to_vec(),
                to: letter.to.to_string(),
                envelope_from: letter.envelope_from.map(ToString::to_string),
            });
        }
        if matches!(lot, 7..=10) { Err(SendError::Indeterminate { why: why() }) } else { Ok(Accepted { reply: "250 taken".into() }) }
    }
}
