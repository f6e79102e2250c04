//! The steps: each takes the store and now, does what is due, and says whether it did anything.
//!
//! Every step is idempotent and woken by a signal and by a period; it takes no input but the store and now, so that
//! recovery after a crash is the ordinary way. Domain decides, the store keeps, `say` puts a notice into words and bytes.

mod account;
pub mod assess;
mod authentic;
pub mod authenticate;
pub mod begin;
pub mod bounces;
pub mod bulletins;
pub mod canary;
pub mod circular;
pub mod command;
pub mod correspondence;
mod deductions;
pub mod deliver;
pub mod digest;
pub mod duties;
pub mod enforce;
pub mod events;
pub mod fetch;
pub mod file;
pub mod ladder;
pub mod ledger;
mod placing;
pub mod posts;
pub mod press;
pub mod reading;
pub mod receipt;
pub mod report;
pub mod requisitions;
pub mod rosters;
pub mod say;
pub mod silence;
pub mod standings;
pub mod tell;
pub mod topics;
pub mod undelivered;
pub mod verify;
pub mod week;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::Datelike;
use chrono_tz::Tz;

use crate::archive::helper::Helper;
use crate::archive::kept::Kept;
use crate::domain::authentic::Trust;
use crate::domain::language::Language;
use crate::domain::obligation::{Cause, Obligation};
use crate::domain::reckoning::Reckoning;
use crate::domain::roster::{Reporter, Roster, Unit};
use crate::domain::rules::{Instant, Rules};
use crate::domain::topics::TopicReader;
use crate::domain::{ids::UnitId, notice::NoticeKind, notice::UnitRef};
use crate::mail::authenticate::Authenticator;
use crate::mail::compose::{ComposeError, Composer};
use crate::mail::sign::Signer;
use crate::mail::token::Key;
use crate::mailbox::MailboxError;
use crate::store::{Books, Store, StoreError};

/// What stopped a step. Nothing of its transaction was written.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A notice could not be put into bytes.
    #[error("a notice could not be written: {0}")]
    Compose(#[from] ComposeError),
    /// Letters are made on a thread of their own, which panicked.
    #[error("a letter could not be made; standard error says why. It is a defect of zhibao: please report it")]
    Press,
    /// A mailbox.
    #[error(transparent)]
    Mailbox(#[from] MailboxError),
}

/// What a mailbox is to the steps.
#[derive(Clone, Debug)]
pub struct MailboxSetup {
    /// Its name.
    pub name: String,
    /// Hosts whose `Received` counts as arrival.
    pub boundary: Vec<String>,
    /// By what its senders are believed.
    pub trust: Trust,
    /// Larger messages are left in place and reported.
    pub max_size_bytes: u64,
}

/// What a webhook is to the steps.
#[derive(Clone, Debug)]
pub struct WebhookSetup {
    /// Its name.
    pub name: String,
    /// The notices that it gets.
    pub kinds: Vec<NoticeKind>,
    /// It gets a copy of each; else only of those that no transport could send at once.
    pub always: bool,
}

/// The configuration as the steps need it; replaced as a whole on reload.
pub struct Setup {
    /// Who takes part.
    pub roster: Roster,
    /// The rules in force now.
    pub rules: Rules,
    /// Adoptions, standings, bulletins, digest and circular.
    pub reckoning: Reckoning,
    /// Finds kinds and fields in a text.
    pub topics: Arc<TopicReader>,
    /// Rule sets by their number in the store.
    pub rulesets: BTreeMap<i64, Rules>,
    /// The office's zone.
    pub zone: Tz,
    /// Of notices.
    pub language: Language,
    /// Every mailbox.
    pub mailboxes: Vec<MailboxSetup>,
    /// Every webhook.
    pub webhooks: Vec<WebhookSetup>,
    /// Signs what we send.
    pub signer: Option<Arc<Signer>>,
    /// Makes reply tokens.
    pub key: Key,
    /// Puts notices into bytes.
    pub composer: Arc<Composer>,
    /// Makes the bytes of letters beside the steps, where nothing is to survive.
    pub press: Option<press::Press>,
    /// Checks senders.
    pub authenticator: Authenticator,
    /// How long a message waits for the DNS, in seconds.
    pub patience_seconds: i64,
    /// Reads attachments.
    pub helper: Arc<Helper>,
    /// Messages that were read ahead of time.
    pub ahead: Arc<reading::Ahead>,
    /// Messages that are kept for the index of words, where somebody keeps it.
    pub kept: Option<Arc<Kept>>,
}

/// What every step works on.
#[derive(Clone)]
pub struct World {
    /// The store.
    pub store: Store,
    /// The configuration.
    pub setup: Arc<Setup>,
}

impl Setup {
    /// The calendar year of `at` in the office's zone, for numbers.
    pub fn year(&self, at: Instant) -> u16 {
        u16::try_from(at.with_timezone(&self.zone).year()).unwrap_or(0)
    }

    /// The rules under which an event is judged.
    pub fn rules_of(&self, ruleset: i64) -> &Rules {
        self.rulesets.get(&ruleset).unwrap_or(&self.rules)
    }

    /// The rules under which an obligation is judged: its event's, or those in force.
    pub fn rules_for(&self, books: &Books<'_>, obligation: &Obligation) -> Result<&Rules, StepError> {
        match &obligation.cause {
            Cause::Event { event, .. } => Ok(books.event(*event)?.map_or(&self.rules, |event| self.rules_of(event.ruleset))),
            Cause::Duty { .. } | Cause::Requisition { .. } => Ok(&self.rules),
        }
    }

    /// A unit as a notice names it; one that has left the roster keeps its id.
    pub fn unit_ref(&self, id: &UnitId) -> UnitRef {
        let name = self.roster.unit(id).map_or_else(|| id.to_string(), |unit| unit.name.clone());
        UnitRef { id: id.clone(), name }
    }

    /// Reporters of a unit; none where it has left the roster.
    pub fn reporters(&self, id: &UnitId) -> &[Reporter] {
        self.roster.unit(id).map_or(&[], |unit: &Unit| &unit.reporters)
    }

    /// The names of all mailboxes.
    pub fn mailbox_names(&self) -> Vec<String> {
        self.mailboxes.iter().map(|mailbox| mailbox.name.clone()).collect()
    }

    /// The names of those in which a message may have arrived before the mailbox says so.
    pub fn names_by_header(&self) -> Vec<String> {
        self.mailboxes.iter().filter(|mailbox| !mailbox.boundary.is_empty()).map(|mailbox| mailbox.name.clone()).collect()
    }

    /// The names of those whose senders are checked before their mail is filed.
    pub fn asking(&self) -> Vec<String> {
        self.mailboxes.iter().filter(|mailbox| mailbox.trust.asks()).map(|mailbox| mailbox.name.clone()).collect()
    }

    /// The mailbox of this name; `deliver` may name one that has gone.
    pub fn mailbox(&self, name: &str) -> Option<&MailboxSetup> {
        self.mailboxes.iter().find(|mailbox| mailbox.name == name)
    }
}
