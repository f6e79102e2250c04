//! A folder of an account at an IMAP server (RFC 3501), in the order of work that loses nothing and doubles nothing.
//!
//! `line` and `tls` connect, `wire` and `said` turn bytes into responses under deadlines and bounds, `session` logs in and opens the
//! folder, `listing` finds what is there, `fetch` brings it, `settle` moves it out of the way, `idle` waits for news. `actor` does all
//! this on a thread of its own, so that the network goes on while whoever takes the mail puts a group on record; `desk` is between.

mod actor;
mod desk;
mod fault;
mod fetch;
mod idle;
mod line;
mod listing;
pub mod oauth2;
pub mod probe;
mod proof;
mod said;
mod session;
mod settle;
mod tls;
mod uids;
mod wire;
mod words;

use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use sha2::{Digest, Sha256};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::{Account, Intake, MailboxError, Settled};
use crate::domain::account::ImapAccount;
use actor::{Actor, Order, Terms};
use desk::{Event, key};

pub use actor::Pace;
pub use desk::Now;

/// What one whole response of a server, line end and literals included, was understood as: for a log, and for who tries whether anything
/// that a server may say trips us. What is not understood is named, and passed over.
pub fn response_in_words(frame: &[u8]) -> String {
    format!("{:?}", said::understand(frame))
}

/// Events that may wait: one group beside the one that is being put on record.
const EVENTS_AHEAD: usize = 1;

/// A folder at a server. Nothing is connected before the first reading.
pub struct ImapMailbox {
    name: String,
    sets_apart: bool,
    orders: mpsc::UnboundedSender<Order>,
    /// What the thread begins with, until it has begun.
    unbegun: Option<(Terms, mpsc::UnboundedReceiver<Order>)>,
    /// The thread, once it has begun.
    talk: Option<JoinHandle<()>>,
    cancel: CancellationToken,
}

impl ImapMailbox {
    /// The mailbox `name` at `account`. `now` tells the time, `wake` is called when there is a reason to read, and `cancel` ends every
    /// talk at once.
    pub fn new(
        name: impl Into<String>,
        account: ImapAccount,
        pace: Pace,
        now: Now,
        wake: impl Fn() + Send + Sync + 'static,
        cancel: CancellationToken,
    ) -> ImapMailbox {
        let name = name.into();
        let (orders, ordered) = mpsc::unbounded_channel();
        let sets_apart = account.quarantine.is_some();
        let identity = identity(&account);
        let terms = Terms { name: name.clone(), account, identity, pace, now, wake: Arc::new(wake), cancel: cancel.clone() };
        ImapMailbox { name, sets_apart, orders, unbegun: Some((terms, ordered)), talk: None, cancel }
    }

    fn order(&mut self, order: Order) -> Result<(), MailboxError> {
        if let Some((terms, ordered)) = self.unbegun.take() {
            self.talk = Some(begin(terms, ordered)?);
        }
        self.orders.send(order).map_err(|_| self.ended())
    }

    /// The talk is over without an answer: the daemon ends, or the thread has panicked. A mailbox that nobody reads any more must not
    /// pass for one that is quiet: the panic goes on here and ends the daemon, so that it is started anew.
    fn ended(&mut self) -> MailboxError {
        if !self.cancel.is_cancelled()
            && let Some(Err(panic)) = self.talk.take().map(JoinHandle::join)
        {
            resume_unwind(panic);
        }
        MailboxError::Stopped
    }
}

/// The same UIDs at another server, of another user, or in another folder are other messages.
fn identity(account: &ImapAccount) -> String {
    let digest = Sha256::digest(format!("{}\n{}\n{}", account.host, account.username, account.folder));
    data_encoding::HEXLOWER.encode(digest.get(..4).unwrap_or_default())
}

fn begin(terms: Terms, ordered: mpsc::UnboundedReceiver<Order>) -> Result<JoinHandle<()>, MailboxError> {
    let refused = |what: String, error: std::io::Error| MailboxError::Unreachable {
        what,
        why: error.to_string(),
        mend: "The system has no room for another thread".to_owned(),
    };
    let place = terms.account.place();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| refused(place.clone(), error))?;
    let talk = move || {
        runtime.block_on(Actor::new(terms).serve(ordered));
        // A token that is being asked for must not hold up the end.
        runtime.shutdown_background();
    };
    thread::Builder::new().name("imap".to_owned()).spawn(talk).map_err(|error| refused(place, error))
}

impl Account for ImapMailbox {
    fn name(&self) -> &str {
        &self.name
    }

    fn read(&mut self, limit_bytes: u64, intake: &mut dyn Intake) -> Result<(), MailboxError> {
        let (events, mut heard) = mpsc::channel(EVENTS_AHEAD);
        let (answers, unknown) = mpsc::channel(1);
        self.order(Order::Read { limit_bytes, events, unknown })?;
        let mut listing = String::new();
        while let Some(event) = heard.blocking_recv() {
            let went_on = match event {
                Event::Opened(opened) => {
                    listing = opened;
                    intake.opened(&listing)
                }
                Event::Listed(uids) => {
                    let keys: Vec<String> = uids.iter().map(|uid| key(&listing, *uid)).collect();
                    intake.unknown(&keys).map(|unknown| {
                        let fresh = uids.into_iter().zip(unknown).filter_map(|(uid, unknown)| unknown.then_some(uid)).collect();
                        // A talk that has broken off says so by itself.
                        let _ = answers.blocking_send(fresh);
                    })
                }
                Event::Group(group) => intake.take(group),
                Event::Withheld(key) => intake.withheld(&key),
                Event::Progress => Ok(()),
                Event::Done(result) => return result,
            };
            went_on.map_err(|_| MailboxError::Stopped)?;
            intake.progress();
        }
        Err(self.ended())
    }

    fn sets_apart(&self) -> bool {
        self.sets_apart
    }

    fn settle(&mut self, settled: &[Settled]) -> Result<(), MailboxError> {
        let (reply, replied) = oneshot::channel();
        self.order(Order::Settle { settled: settled.to_vec(), reply })?;
        replied.blocking_recv().unwrap_or_else(|_| Err(self.ended()))
    }

    fn forgive(&mut self) {
        // Nothing was refused before the thread has begun.
        if self.unbegun.is_none() {
            let _ = self.orders.send(Order::Forgive);
        }
    }
}
