//! A Maildir in which each message becomes readable at the moment at which it was delivered. Files are opened and read on a
//! core of their own, ahead of the simulated clock: which messages there will be is known from the start.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use chrono_tz::Tz;

use super::Span;
use crate::clock::SimulatedClock;
use crate::mailbox::{Entry, Mailbox, MailboxError, Maildir};
use crate::steps::MailboxSetup;
use crate::steps::reading::{Ahead, Reading};

/// Messages read ahead at most.
const AHEAD: usize = 64;

type Opened = (String, Result<Vec<u8>, MailboxError>);

/// See the module.
pub(super) struct PlayedMailbox {
    name: String,
    entries: Vec<Entry>,
    shown: usize,
    clock: SimulatedClock,
    opened: Receiver<Opened>,
}

impl PlayedMailbox {
    /// The messages of `maildir` within `span`.
    pub fn new(
        mut maildir: Maildir,
        setup: &MailboxSetup,
        zone: Tz,
        span: &Span,
        clock: SimulatedClock,
        ahead: Arc<Ahead>,
    ) -> Result<PlayedMailbox, MailboxError> {
        let mut entries = maildir.scan()?;
        entries.retain(|entry| span.from <= entry.received && entry.received < span.until);
        entries.sort_by(|a, b| (a.received, &a.key).cmp(&(b.received, &b.key)));
        let (hand_on, opened) = sync_channel(AHEAD);
        // What is over the limit is never asked for.
        let wanted: Vec<Entry> = entries.iter().filter(|entry| entry.size_bytes <= setup.max_size_bytes).cloned().collect();
        let setup = setup.clone();
        let name = setup.name.clone();
        thread::spawn(move || read_ahead(maildir, &wanted, &setup, zone, &ahead, &hand_on));
        Ok(PlayedMailbox { name, entries, shown: 0, clock, opened })
    }

    /// When its messages become readable.
    pub fn arrivals(&self) -> impl Iterator<Item = crate::domain::rules::Instant> {
        self.entries.iter().map(|entry| entry.received)
    }
}

/// Opens and reads one message after the other, until all are done or nobody asks any more.
fn read_ahead(mut maildir: Maildir, wanted: &[Entry], setup: &MailboxSetup, zone: Tz, ahead: &Ahead, hand_on: &SyncSender<Opened>) {
    for entry in wanted {
        let raw = maildir.open(&entry.key);
        if let Ok(raw) = &raw {
            // A message at which the reader fails is left to the step that files it, and fails there.
            if let Ok(reading) = catch_unwind(AssertUnwindSafe(|| Reading::of(raw, &setup.boundary, entry.received, zone))) {
                ahead.put(&setup.name, &entry.key, raw, reading);
            }
        }
        if hand_on.send((entry.key.clone(), raw)).is_err() {
            return;
        }
    }
}

impl Mailbox for PlayedMailbox {
    fn name(&self) -> &str {
        &self.name
    }

    fn scan(&mut self) -> Result<Vec<Entry>, MailboxError> {
        let now = self.clock.now();
        let fresh: Vec<Entry> = self.entries[self.shown..].iter().take_while(|entry| entry.received <= now).cloned().collect();
        self.shown += fresh.len();
        Ok(fresh)
    }

    fn open(&mut self, key: &str) -> Result<Vec<u8>, MailboxError> {
        // Messages are asked for in the order in which they are opened.
        let found = self.opened.iter().find(|(opened, _)| opened == key);
        found.map_or_else(|| Err(MailboxError::Vanished { key: key.to_owned() }), |(_, raw)| raw)
    }

    fn settle(&mut self, _keys: &[String]) -> Result<(), MailboxError> {
        Ok(())
    }
}
