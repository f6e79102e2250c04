//! Where the talk with the server and whoever takes the mail meet: groups go one way, and which keys are on record the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

use super::super::{Entry, MailboxError, Taken};
use super::fault::Fault;
use crate::domain::message::ArrivalSource;

/// A group of more bytes is large.
const LARGE_BYTES: usize = 8 << 20;

/// What the talk says to whoever takes the mail.
pub(super) enum Event {
    /// The folder is open; every key begins so.
    Opened(String),
    /// Which of these UIDs are not on record? The answer is awaited.
    Listed(Vec<u32>),
    /// Messages, whole.
    Group(Vec<Taken>),
    /// A message whose bytes the server does not give.
    Withheld(String),
    /// Bytes come.
    Progress,
    /// The reading has ended.
    Done(Result<(), MailboxError>),
}

/// Counts what shows that the talk goes on: bytes from the server, and each thing that was waited for.
#[derive(Clone, Debug, Default)]
pub(super) struct Signs(Arc<AtomicU64>);

impl Signs {
    /// Something has come.
    pub fn note(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// How often.
    fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Waits for a reading, and tells whoever asked for it, every now and then, that something has come since.
    pub async fn told<T>(&self, events: &mpsc::Sender<Event>, every: Duration, reading: impl Future<Output = T>) -> T {
        tokio::pin!(reading);
        // `None`: the order has been heard, and that is a sign.
        let mut seen = None;
        loop {
            let count = Some(self.count());
            if seen != count {
                seen = count;
                // Nobody waits for this to be heard.
                let _ = events.try_send(Event::Progress);
            }
            tokio::select! {
                done = &mut reading => return done,
                () = tokio::time::sleep(every) => {}
            }
        }
    }
}

/// Tells the time in whole seconds.
pub type Now = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// One reading, seen from the talk.
pub(super) struct Desk {
    /// A larger message is left in place.
    pub limit_bytes: u64,
    /// Every key begins so.
    pub listing: String,
    pub now: Now,
    pub events: mpsc::Sender<Event>,
}

impl Desk {
    /// Hands a group over; waits while the one before is put on record. Of a large one, until it is on record itself: two of them
    /// are not held at one time.
    pub async fn give(&self, group: Vec<Taken>) -> Result<(), Fault> {
        if group.is_empty() {
            return Ok(());
        }
        let bytes: usize = group.iter().filter_map(|taken| taken.raw.as_ref()).map(Vec::len).sum();
        self.say(Event::Group(group)).await?;
        if bytes > LARGE_BYTES {
            // One event may wait. The first of these does once the group is in hand, the second once the first is, which is after it.
            self.say(Event::Progress).await?;
            self.say(Event::Progress).await?;
        }
        Ok(())
    }

    /// Tells of a message that does not come.
    pub async fn withheld(&self, uid: u32) -> Result<(), Fault> {
        self.say(Event::Withheld(key(&self.listing, uid))).await
    }

    /// Bytes come. Nobody waits for this to be heard.
    pub fn progress(&self) {
        let _ = self.events.try_send(Event::Progress);
    }

    /// Says something. Whoever takes the mail may have gone.
    pub async fn say(&self, event: Event) -> Result<(), Fault> {
        self.events.send(event).await.map_err(|_| Fault::GivenUp)
    }

    /// A message as it is handed over. A server that keeps back when it took the message leaves us the present.
    pub fn taken(&self, uid: u32, received: Option<DateTime<Utc>>, claimed: Option<u64>, raw: Option<Vec<u8>>) -> Taken {
        let size_bytes = raw.as_ref().map_or(claimed.unwrap_or(0), |raw| raw.len() as u64);
        let (received, source) = match received {
            Some(at) => (at, ArrivalSource::InternalDate),
            None => ((self.now)(), ArrivalSource::HandedOver),
        };
        Taken { entry: Entry { key: key(&self.listing, uid), size_bytes, received, source }, raw }
    }
}

/// The name of a message on record.
pub(super) fn key(listing: &str, uid: u32) -> String {
    format!("{listing}/{uid}")
}

/// The UID in a name, if it is of this listing.
pub(super) fn uid_of(listing: &str, key: &str) -> Option<u32> {
    key.strip_prefix(listing)?.strip_prefix('/')?.parse().ok()
}
