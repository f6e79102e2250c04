//! What the operators hear: intake that stands still, accounts, letters that did not arrive, transports that fail.

use serde::{Deserialize, Serialize};

use super::{NoticeKind, Recipient};
use crate::domain::ids::NoticeNo;
use crate::domain::roster::Address;
use crate::domain::rules::Instant;

/// See `Content::IntakeStalled`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntakeStalled {
    /// Mailboxes that could not be read, with the last success (`None`: never) and the error in words.
    pub mailboxes: Vec<StalledMailbox>,
    /// Messages read but not yet filed.
    pub unfiled: u32,
    /// Since when nothing can be told.
    pub since: Instant,
    /// Obligations that fell due meanwhile and are not judged.
    pub waiting: u32,
    /// This goes to the supervisors: it has lasted `stall_escalate`.
    pub escalated: bool,
}

/// One mailbox that stands still.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StalledMailbox {
    /// Its name in the configuration.
    pub name: String,
    /// Start of the last reading that succeeded.
    pub last_read: Option<Instant>,
    /// What went wrong since.
    pub error: Option<String>,
}

/// See `Content::AccountTrouble`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountTrouble {
    /// The mailbox's name in the configuration.
    pub mailbox: String,
    /// What it is.
    pub trouble: AccountFault,
    /// The error in words, or what it is about; may be empty.
    pub said: String,
    /// When it was noticed.
    pub at: Instant,
}

/// What can be the matter with an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccountFault {
    /// The login is refused; it is not tried again before something changes, but once an hour.
    Refused,
    /// The server has counted its messages anew, and all of them were fetched again.
    ListedAnew,
    /// Messages cannot be moved: the account has no room.
    Full,
    /// A message is listed, and the server does not give its bytes.
    Withheld,
}

/// See `Content::Undeliverable`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undeliverable {
    /// The notice that did not arrive.
    pub notice: NoticeNo,
    /// Its kind.
    pub kind: NoticeKind,
    /// Its subject.
    pub subject: String,
    /// To whom it was addressed.
    pub to: Address,
    /// What the relay said.
    pub error: String,
    /// How often it was tried.
    pub attempts: u32,
    /// Given up (a permanent refusal), or still being tried.
    pub given_up: bool,
    /// It had been taken, and came back; else it was never taken.
    #[serde(default)]
    pub bounced: bool,
    /// `5.1.1`, or an SMTP code, where the other server gave one.
    #[serde(default)]
    pub status: Option<String>,
    /// To whom it went instead.
    #[serde(default)]
    pub went_on_to: Vec<Recipient>,
    /// Other letters that have waited as long and are still being tried.
    #[serde(default)]
    pub others: u64,
}

/// See `Content::Failing`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailingTransport {
    /// Its name in the configuration.
    pub transport: String,
    /// Since when.
    pub since: Instant,
    /// What went wrong last.
    pub error: String,
    /// The transport that serves meanwhile; none where all are failing.
    pub meanwhile: Option<String>,
    /// It is a webhook: mail goes out all the same.
    pub webhook: bool,
}

/// See `Content::Canary`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canary {
    /// By when it must be back.
    pub back_by: Instant,
}

/// See `Content::CanaryMissing`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CanaryMissing {
    /// The notice that has not come back.
    pub canary: NoticeNo,
    /// When it was queued.
    pub sent: Instant,
    /// By when it should have been back.
    pub back_by: Instant,
    /// How far it is known to have come.
    pub letter: CanaryLetter,
    /// What the relay said, or what keeps the letter; may be empty.
    pub said: String,
    /// Every mailbox, with its last reading.
    pub mailboxes: Vec<StalledMailbox>,
    /// Messages read but not yet filed: it may be among them.
    pub unfiled: u64,
}

/// What became of the canary's letter on our side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CanaryLetter {
    /// No transport has taken it.
    Waiting,
    /// A transport has taken it; what is behind that has not brought it back.
    Taken,
    /// It was refused, or came back as undeliverable.
    Failed,
    /// An attempt got no answer: it may have been taken.
    Unsure,
}
