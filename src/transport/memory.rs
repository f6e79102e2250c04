//! A transport in memory whose faults are scripted, for tests of what stands on top.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Accepted, Letter, SendError, Transport};

/// What the next attempt does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Refused before the final dot, for now.
    Temporary,
    /// Refused before the final dot, for good.
    Permanent,
    /// Nothing can be sent at all.
    Down,
    /// The final dot went out, the letter arrived, and the answer was lost.
    IndeterminateArrived,
    /// The final dot went out, and neither letter nor answer arrived.
    IndeterminateLost,
    /// Panics before the final dot.
    Panic,
}

/// A letter that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Its file name.
    pub file_name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its recipient.
    pub to: String,
    /// Its envelope sender.
    pub envelope_from: Option<String>,
}

/// A transport in memory. Clones share what was sent and what is scripted.
#[derive(Clone, Debug)]
pub struct MemoryTransport {
    name: String,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    sent: Vec<Sent>,
    faults: VecDeque<Fault>,
    attempts: u32,
}

impl MemoryTransport {
    /// A transport that takes everything.
    pub fn new(name: impl Into<String>) -> MemoryTransport {
        MemoryTransport { name: name.into(), inner: Arc::default() }
    }

    /// The coming attempts fail so, one after the other; later ones succeed.
    pub fn script(&self, faults: impl IntoIterator<Item = Fault>) {
        self.lock().faults.extend(faults);
    }

    /// What arrived, in order.
    pub fn sent(&self) -> Vec<Sent> {
        self.lock().sent.clone()
    }

    /// How often `send` was called.
    pub fn attempts(&self) -> u32 {
        self.lock().attempts
    }

    /// The scripted panic happens without the lock, and every other change is a single call.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, letter: &Letter<'_>) {
        self.lock().sent.push(Sent {
            file_name: letter.file_name.to_owned(),
            bytes: letter.bytes.to_vec(),
            to: letter.to.to_string(),
            envelope_from: letter.envelope_from.map(ToString::to_string),
        });
    }
}

impl Transport for MemoryTransport {
    fn name(&self) -> &str {
        &self.name
    }

    fn send(&mut self, letter: &Letter<'_>, before_final_dot: &mut dyn FnMut() -> Result<(), SendError>) -> Result<Accepted, SendError> {
        let fault = {
            let mut inner = self.lock();
            inner.attempts += 1;
            inner.faults.pop_front()
        };
        let why = "a fault that the test asked for".to_owned();
        match fault {
            Some(Fault::Temporary) => return Err(SendError::Temporary { why }),
            Some(Fault::Permanent) => return Err(SendError::Permanent { why, names_recipient: true }),
            Some(Fault::Down) => return Err(SendError::Down { why }),
            Some(Fault::Panic) => panic!("a panic that the test asked for"),
            Some(Fault::IndeterminateArrived | Fault::IndeterminateLost) | None => {}
        }
        before_final_dot()?;
        if fault != Some(Fault::IndeterminateLost) {
            self.take(letter);
        }
        match fault {
            Some(_) => Err(SendError::Indeterminate { why }),
            None => Ok(Accepted { reply: "250 taken".to_owned() }),
        }
    }
}
