//! A mailbox in memory whose faults are scripted, for tests of what stands on top.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Entry, Mailbox, MailboxError};
use crate::domain::message::ArrivalSource;
use crate::domain::rules::Instant;

/// A mailbox in memory. Clones share their content, so that a test can go on delivering after it gave one away.
#[derive(Clone, Debug)]
pub struct MemoryMailbox {
    name: String,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    mails: BTreeMap<String, (Instant, Vec<u8>)>,
    settled: BTreeSet<String>,
    failing_scans: u32,
    failing_settles: u32,
    vanished: BTreeSet<String>,
}

impl MemoryMailbox {
    /// An empty mailbox.
    pub fn new(name: impl Into<String>) -> MemoryMailbox {
        MemoryMailbox { name: name.into(), inner: Arc::default() }
    }

    /// Puts a message in.
    pub fn put(&self, key: impl Into<String>, received: Instant, raw: impl Into<Vec<u8>>) {
        self.lock().mails.insert(key.into(), (received, raw.into()));
    }

    /// The next `times` scans fail.
    pub fn fail_scans(&self, times: u32) {
        self.lock().failing_scans = times;
    }

    /// The next `times` settlements fail.
    pub fn fail_settles(&self, times: u32) {
        self.lock().failing_settles = times;
    }

    /// The message is still listed once, but can no longer be opened.
    pub fn vanish(&self, key: impl Into<String>) {
        self.lock().vanished.insert(key.into());
    }

    /// Keys that were settled.
    pub fn settled(&self) -> Vec<String> {
        self.lock().settled.iter().cloned().collect()
    }

    /// A test that panicked while it held the lock has left nothing half done: every change is a single call.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn scripted(&self, what: &str) -> MailboxError {
        MailboxError::Unreachable {
            what: format!("{} ({what})", self.name),
            why: "a fault that the test asked for".to_owned(),
            mend: "Nothing is to be done".to_owned(),
        }
    }
}

impl Mailbox for MemoryMailbox {
    fn name(&self) -> &str {
        &self.name
    }

    fn scan(&mut self) -> Result<Vec<Entry>, MailboxError> {
        let mut inner = self.lock();
        if inner.failing_scans > 0 {
            inner.failing_scans -= 1;
            return Err(self.scripted("listing"));
        }
        let mut entries: Vec<Entry> = inner
            .mails
            .iter()
            .map(|(key, (received, raw))| Entry {
                key: key.clone(),
                size_bytes: raw.len() as u64,
                received: *received,
                source: ArrivalSource::InternalDate,
            })
            .collect();
        entries.sort_by(|a, b| (a.received, &a.key).cmp(&(b.received, &b.key)));
        let gone = std::mem::take(&mut inner.vanished);
        for key in gone {
            inner.mails.remove(&key);
        }
        Ok(entries)
    }

    fn open(&mut self, key: &str) -> Result<Vec<u8>, MailboxError> {
        let inner = self.lock();
        let found = inner.mails.get(key).filter(|_| !inner.vanished.contains(key));
        found.map(|(_, raw)| raw.clone()).ok_or_else(|| MailboxError::Vanished { key: key.to_owned() })
    }

    fn settle(&mut self, keys: &[String]) -> Result<(), MailboxError> {
        let mut inner = self.lock();
        if inner.failing_settles > 0 {
            inner.failing_settles -= 1;
            return Err(self.scripted("settling"));
        }
        inner.settled.extend(keys.iter().cloned());
        Ok(())
    }
}
