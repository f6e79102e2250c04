//! The talk with one account, on a thread of its own: reads and settles when asked, and waits for news in between.
//!
//! One connection at a time. After a failure it rests, longer each time and at most ten minutes; the rests begin anew only once a
//! connection has proved to last. A refused login is final until something changes, but for one attempt an hour.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Sleep;
use tokio_util::sync::CancellationToken;

use super::super::{MailboxError, Settled};
use super::desk::{Desk, Event, Now, Signs, uid_of};
use super::fault::Fault;
use super::fetch::{Backlog, drain};
use super::idle::{self, Woken};
use super::session::{Session, Shown};
use super::uids::Uids;
use super::{listing, proof, settle};
use crate::domain::account::ImapAccount;

/// How long each thing may take.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Connecting, and TLS.
    pub connect: Duration,
    /// The server may be silent for so long while it owes an answer.
    pub stall: Duration,
    /// IDLE is renewed after so long.
    pub idle: Duration,
    /// The rest after a first failure; doubled each time.
    pub first_rest: Duration,
    /// The longest rest.
    pub longest_rest: Duration,
    /// The rest after a refused login.
    pub refused_rest: Duration,
    /// Between two comparisons of the whole folder with what is on record.
    pub compare: Duration,
    /// A reading in which something comes says so as often.
    pub beat: Duration,
}

impl Default for Pace {
    fn default() -> Pace {
        let (seconds, minutes) = (Duration::from_secs, |minutes: u64| Duration::from_secs(60 * minutes));
        Pace {
            connect: seconds(20),
            stall: seconds(45),
            idle: seconds(290),
            first_rest: seconds(2),
            longest_rest: minutes(10),
            refused_rest: minutes(60),
            compare: minutes(24 * 60),
            beat: seconds(10),
        }
    }
}

/// What is asked of the talk.
pub(super) enum Order {
    /// Hand over what is not on record.
    Read { limit_bytes: u64, events: mpsc::Sender<Event>, unknown: mpsc::Receiver<Vec<u32>> },
    /// Move these out of the way.
    Settle { settled: Vec<Settled>, reply: oneshot::Sender<Result<(), MailboxError>> },
    /// Try at once what was refused.
    Forgive,
}

/// What the talk needs to know.
pub(super) struct Terms {
    pub name: String,
    pub account: ImapAccount,
    /// Names the account and folder among all that this mailbox ever was.
    pub identity: String,
    pub pace: Pace,
    pub now: Now,
    /// Called when there is a reason to read.
    pub wake: Arc<dyn Fn() + Send + Sync>,
    pub cancel: CancellationToken,
}

/// A rest after a failure.
struct Rest {
    over: Pin<Box<Sleep>>,
    because: MailboxError,
    /// What was shown when the login was refused.
    refused: Option<Shown>,
}

/// The talk.
pub(super) struct Actor {
    terms: Terms,
    session: Option<Session>,
    backlog: Backlog,
    rest: Option<Rest>,
    failures: u32,
    /// Readings on this connection that went well.
    readings: u32,
    /// When the whole folder is to be compared again; `None`: now.
    compare: Option<Pin<Box<Sleep>>>,
    idles: bool,
    signs: Signs,
}

impl Actor {
    pub fn new(terms: Terms) -> Actor {
        let idles = terms.account.idle;
        Actor {
            terms,
            session: None,
            backlog: Backlog::default(),
            rest: None,
            failures: 0,
            readings: 0,
            compare: None,
            idles,
            signs: Signs::default(),
        }
    }

    /// Obeys orders until the daemon ends or nobody gives any.
    pub async fn serve(mut self, mut orders: mpsc::UnboundedReceiver<Order>) {
        let cancel = self.terms.cancel.clone();
        let obeying = async {
            while let Some(order) = self.next(&mut orders).await {
                self.obey(order).await;
            }
        };
        tokio::select! {
            biased;
            () = cancel.cancelled() => {}
            () = obeying => {}
        }
        if let Some(session) = self.session.take() {
            session.leave().await;
        }
    }

    /// Waits for an order, and meanwhile for news, the end of a rest, and the day's comparison.
    async fn next(&mut self, orders: &mut mpsc::UnboundedReceiver<Order>) -> Option<Order> {
        loop {
            if let Ok(order) = orders.try_recv() {
                return Some(order);
            }
            if let Some(rest) = &mut self.rest {
                tokio::select! {
                    order = orders.recv() => return order,
                    () = &mut rest.over => {}
                }
                self.rest = None;
                (self.terms.wake)();
                continue;
            }
            let idles = self.idles;
            match &mut self.session {
                Some(session) if idles && session.can("IDLE") => match self.idle(orders).await {
                    Some(order) => return order,
                    None => continue,
                },
                Some(_) => return orders.recv().await,
                None => return orders.recv().await,
            }
        }
    }

    /// Waits in IDLE. `None`: look again.
    async fn idle(&mut self, orders: &mut mpsc::UnboundedReceiver<Order>) -> Option<Option<Order>> {
        let longest = self.terms.pace.idle;
        let session = self.session.as_mut()?;
        let begun = match idle::begin(session).await {
            Ok(begun) => begun,
            Err(fault) => {
                self.lost(fault);
                return None;
            }
        };
        let Some(tag) = begun else {
            self.idles = false;
            return None;
        };
        let woken = idle::wait(session, &tag, orders, longest).await;
        let woken = match woken {
            Ok(Woken::Unwilling) => {
                self.idles = false;
                return None;
            }
            Ok(woken) => woken,
            Err(fault) => {
                self.lost(fault);
                return None;
            }
        };
        match (idle::done(session, &tag).await, &woken) {
            (Ok(()), _) => self.failures = 0,
            // The connection died while nobody needed it. A reading is wanted, and makes another one at once.
            (Err(fault), Woken::Asked(Some(Order::Read { .. })) | Woken::News) => {
                tracing::info!(mailbox = self.terms.name, %fault, "the connection has died meanwhile");
                self.session = None;
            }
            (Err(fault), _) => self.lost(fault),
        }
        match woken {
            Woken::Asked(order) => Some(order),
            Woken::News => {
                (self.terms.wake)();
                // The reading that was asked for comes at once; IDLE would only be in its way.
                tokio::time::timeout(Duration::from_secs(2), orders.recv()).await.ok()
            }
            Woken::Renew | Woken::Unwilling => None,
        }
    }

    async fn obey(&mut self, order: Order) {
        match order {
            Order::Forgive => self.rest = None,
            Order::Read { limit_bytes, events, unknown } => {
                let result = match self.ready() {
                    Err(because) => Err(because),
                    Ok(shown) => {
                        let (signs, every) = (self.signs.clone(), self.terms.pace.beat);
                        signs.told(&events, every, self.attempt_read(limit_bytes, &events, unknown, shown)).await
                    }
                };
                // Whoever asked may have gone.
                let _ = events.send(Event::Done(result)).await;
            }
            Order::Settle { settled, reply } => {
                let result = self.attempt_settle(&settled).await;
                let _ = reply.send(result);
            }
        }
    }

    /// Whether to talk now, after a failure. A refused login is tried again when there is something else to show.
    fn ready(&mut self) -> Result<Option<Shown>, MailboxError> {
        let Some(rest) = &self.rest else { return Ok(None) };
        let Some(refused) = &rest.refused else { return Err(rest.because.clone()) };
        match proof::at_hand(&self.terms.account) {
            Some(shown) if shown != *refused => {
                self.rest = None;
                Ok(Some(shown))
            }
            _ => Err(rest.because.clone()),
        }
    }

    async fn attempt_read(
        &mut self,
        limit_bytes: u64,
        events: &mpsc::Sender<Event>,
        unknown: mpsc::Receiver<Vec<u32>>,
        shown: Option<Shown>,
    ) -> Result<(), MailboxError> {
        if let Err(fault) = self.connect(shown).await {
            // Whatever the server refuses before the folder is open, there is no connection to be spared.
            let told = fault.told(&self.terms.account, &self.terms.name);
            self.rest_after(told.clone());
            return Err(told);
        }
        let Some(session) = &self.session else { return Err(self.failed(Fault::Closed)) };
        let listing = format!("{}/{}", self.terms.identity, session.validity);
        let desk = Desk { limit_bytes, listing, now: self.terms.now.clone(), events: events.clone() };
        match self.read(&desk, unknown).await {
            Ok(()) => {
                if self.readings > 0 {
                    self.failures = 0;
                }
                self.readings = self.readings.saturating_add(1);
                Ok(())
            }
            Err(fault) => Err(self.failed(fault)),
        }
    }

    async fn connect(&mut self, shown: Option<Shown>) -> Result<(), Fault> {
        if self.session.is_some() {
            return Ok(());
        }
        let (account, pace) = (&self.terms.account, &self.terms.pace);
        let mut shown = match shown {
            Some(shown) => Ok(shown),
            None => proof::show(account, &self.terms.now).await,
        };
        let mut refused = None;
        let opened = loop {
            let show = match shown {
                Ok(show) => show,
                Err(fault) => break Err(fault),
            };
            self.signs.note();
            let opened = Session::open(account, &show, pace, &self.signs).await;
            if !matches!(opened, Err(Fault::Refused(_))) {
                break opened;
            }
            // A token may have been withdrawn before its time: then the provider gives another, once.
            proof::disown(account);
            let again = refused.is_none() && matches!(show, Shown::Token(_));
            refused = Some(show);
            if !again {
                break opened;
            }
            shown = proof::show(account, &self.terms.now).await;
        };
        if let Err(Fault::Refused(_)) = &opened {
            self.rest = Some(self.resting(pace.refused_rest, Some(refused.unwrap_or(Shown::Token(String::new())))));
        }
        let session = opened?;
        self.backlog.under(session.validity);
        self.session = Some(session);
        self.readings = 0;
        self.compare = None;
        self.idles = account.idle;
        tracing::info!(mailbox = self.terms.name, account = account.place(), "connected");
        Ok(())
    }

    async fn read(&mut self, desk: &Desk, mut unknown: mpsc::Receiver<Vec<u32>>) -> Result<(), Fault> {
        let Some(session) = self.session.as_mut() else { return Err(Fault::Closed) };
        desk.say(Event::Opened(desk.listing.clone())).await?;
        let compare_now = self.compare.as_ref().is_none_or(|sleep| sleep.is_elapsed());
        let listed = if compare_now { listing::all(session).await? } else { listing::above(session, self.backlog.last).await? };
        if compare_now {
            self.backlog.pending.clear();
            self.backlog.last = 0;
        }
        self.backlog.last = self.backlog.last.max(listed.highest().unwrap_or(0));
        let fresh = not_on_record(listed, desk, &mut unknown).await?;
        self.backlog.pending.join(fresh);
        if compare_now {
            let mut next = Box::pin(tokio::time::sleep(self.terms.pace.compare));
            // A timer runs from when it is first looked at.
            tokio::select! {
                biased;
                () = &mut next => {}
                () = std::future::ready(()) => {}
            }
            self.compare = Some(next);
        }
        drain(session, &mut self.backlog, desk).await
    }

    async fn attempt_settle(&mut self, settled: &[Settled]) -> Result<(), MailboxError> {
        // Moving is no reason to connect: the next reading does.
        let Some(session) = self.session.as_mut() else { return Err(MailboxError::Stopped) };
        let listing = format!("{}/{}", self.terms.identity, session.validity);
        let account = &self.terms.account;
        let wanted = |aside: bool| {
            let chosen = settled.iter().filter(|each| each.quarantined == aside);
            chosen.filter_map(|each| uid_of(&listing, &each.key)).collect::<Vec<u32>>()
        };
        let aside = account.quarantine.clone().or(account.processed.clone());
        let moves = [(account.processed.clone(), wanted(false)), (aside, wanted(true))];
        for (folder, uids) in moves {
            let Some(folder) = &folder else { continue };
            match settle::move_to(session, folder, &uids).await {
                Ok(true) => {}
                Ok(false) => {
                    tracing::debug!(mailbox = self.terms.name, "the server has neither MOVE nor UIDPLUS; messages stay where they are")
                }
                Err(fault) => return Err(self.failed(fault)),
            }
        }
        Ok(())
    }

    /// A failure of a reading, as whoever asked hears of it.
    fn failed(&mut self, fault: Fault) -> MailboxError {
        let spared = fault.spares_the_connection();
        let given_up = matches!(fault, Fault::GivenUp);
        let told = fault.told(&self.terms.account, &self.terms.name);
        if given_up {
            // Answers to what was asked may still be on their way.
            self.session = None;
            return MailboxError::Stopped;
        }
        if spared {
            return told;
        }
        self.rest_after(told.clone());
        told
    }

    /// The connection broke while nobody asked for anything.
    fn lost(&mut self, fault: Fault) {
        tracing::info!(mailbox = self.terms.name, %fault, "the connection is lost");
        let told = fault.told(&self.terms.account, &self.terms.name);
        self.rest_after(told);
    }

    fn rest_after(&mut self, because: MailboxError) {
        self.session = None;
        match &mut self.rest {
            // A refusal has set its own.
            Some(rest) if rest.refused.is_some() => rest.because = because,
            _ => {
                self.failures = self.failures.saturating_add(1);
                let pace = &self.terms.pace;
                let doubled = pace.first_rest.saturating_mul(1 << (self.failures - 1).min(16)).min(pace.longest_rest);
                let mut rest = self.resting(jittered(doubled), None);
                rest.because = because;
                self.rest = Some(rest);
            }
        }
    }

    fn resting(&self, span: Duration, refused: Option<Shown>) -> Rest {
        Rest { over: Box::pin(tokio::time::sleep(span)), because: MailboxError::Stopped, refused }
    }
}

/// Up to a quarter more, so that many mailboxes do not come back at the same moment.
fn jittered(span: Duration) -> Duration {
    let mut dice = [0; 2];
    // Without random bytes there is no spread, and no harm.
    let _ = getrandom::fill(&mut dice);
    span + span.mul_f64(f64::from(u16::from_le_bytes(dice)) / f64::from(u16::MAX) / 4.0)
}

/// UIDs are compared with what is on record in portions of this size.
const PORTION: usize = 1_000;

async fn not_on_record(mut listed: Uids, desk: &Desk, unknown: &mut mpsc::Receiver<Vec<u32>>) -> Result<Uids, Fault> {
    let mut fresh = Uids::default();
    loop {
        let portion = listed.take(PORTION);
        if portion.is_empty() {
            return Ok(fresh);
        }
        desk.say(Event::Listed(portion)).await?;
        fresh.join(Uids::of(unknown.recv().await.ok_or(Fault::GivenUp)?));
    }
}
