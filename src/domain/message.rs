//! A message as the rules see it: already read out of its bytes by `mail::parse`, not yet judged.

use serde::{Deserialize, Serialize};

use super::report::Report;
use super::roster::Address;
use super::rules::{Instant, words};

/// Where the time of arrival comes from, best first (rules.md, "Time").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ArrivalSource {
    /// The topmost `Received` header written by a host in the mailbox's `boundary` list.
    Boundary,
    /// IMAP INTERNALDATE.
    InternalDate,
    /// The Unix seconds that begin a Maildir file's name.
    MaildirName,
    /// The file's modification time.
    ModificationTime,
    /// When we were handed the message (`deliver`).
    HandedOver,
}

/// One mailbox of an address header as it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// Display name, decoded; empty when there is none.
    pub name: String,
    /// Address as written.
    pub address: String,
}

impl Mailbox {
    /// The address in comparable form; `None` when it is none.
    pub fn comparable(&self) -> Option<Address> {
        Address::parse(&self.address)
    }
}

/// A file that came with the message. Its name is text to be shown, never a path to be opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// As the sender wrote it, decoded; without control characters.
    pub name: String,
    /// `type/subtype`, lower case.
    pub media_type: String,
    /// Decoded size.
    pub size_bytes: u64,
    /// SHA-256 of the decoded content.
    pub sha256: [u8; 32],
}

/// What the headers say about the nature of the mail.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AutomaticSigns {
    /// `Auto-Submitted`, lower case, without parameters; `None` when absent.
    pub auto_submitted: Option<String>,
    /// `Precedence`, lower case.
    pub precedence: Option<String>,
    /// `X-Auto-Response-Suppress` is there.
    pub suppress: bool,
    /// Any `List-*` header is there.
    pub list: bool,
    /// `Return-Path: <>`.
    pub null_return_path: bool,
    /// A header by which programs say that they answer for a person (`X-Autoreply`, `Precedence: auto_reply`, …).
    pub answers_by_itself: bool,
    /// `multipart/report; report-type=delivery-status`, or the shape of one.
    pub delivery_report: bool,
    /// `multipart/report; report-type=disposition-notification`.
    pub read_receipt: bool,
}

/// Something that was noticed while reading, to be told to whoever looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ParseFlag {
    /// Bytes that fit no charset were replaced.
    ReplacedBytes,
    /// The declared charset was wrong, the text was read by another.
    CharsetGuessed,
    /// More parts, depth or text than the limits allow; the rest was not read.
    Truncated,
    /// NUL bytes were dropped.
    NulBytes,
}

/// A message, read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParsedMail {
    /// Size of the raw bytes.
    pub size_bytes: u64,
    /// Every mailbox of every From header; a sound message has one.
    pub from: Vec<Mailbox>,
    /// `To`, `Cc`, `Delivered-To`, `X-Original-To`, `Envelope-To`: where a plus-address may stand.
    pub recipients: Vec<String>,
    /// Decoded, unfolded, without control characters; empty when absent.
    pub subject: String,
    /// Without angle brackets.
    pub message_id: Option<String>,
    /// Without angle brackets, in header order, `In-Reply-To` first, then `References` from last to first.
    pub answers: Vec<String>,
    /// The sender's own `Date`; no evidence of arrival.
    pub sent_at: Option<Instant>,
    /// The topmost `Received` of a boundary host, its date.
    pub boundary_received: Option<Instant>,
    /// The text that a person reads: the plain part, else the HTML part as text. LF line ends.
    pub text: String,
    /// In message order.
    pub attachments: Vec<Attachment>,
    /// What marks it as automatic.
    pub automatic: AutomaticSigns,
    /// What it reports about another mail, where that is what it is.
    pub report: Option<Report>,
    /// The value of `X-Zhibao-Notice`, or a Message-ID of the form that our notices have: a notice of ours (or of another
    /// zhibao) that came back.
    pub own_notice: Option<String>,
    /// What was noticed.
    pub flags: Vec<ParseFlag>,
}

/// Why a message could not be read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unreadable {
    /// No bytes, or nothing but white space.
    #[error("the message is empty")]
    Empty,
    /// No header that mail has.
    #[error("this is not an email message")]
    NotMail,
    /// Larger than the mailbox's limit.
    #[error("the message has {size_bytes} bytes, more than the {limit_bytes} that are read")]
    TooLarge {
        /// Its size.
        size_bytes: u64,
        /// The limit.
        limit_bytes: u64,
    },
    /// The reader failed on it three times.
    #[error("the message could not be read in three attempts")]
    ReaderFailed,
}

/// What became of a message. Exactly one each; the counts add up to the messages seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Disposition {
    /// Filed as a submission.
    Filed,
    /// A command by reply, 事件 from the desk or a supervisor, or a tag that its sender may not use.
    Command,
    /// 通报 or 采用 with its table.
    Circular,
    /// Seen before; nothing new filed.
    Duplicate,
    /// Auto-reply, bounce, or our own notice come back.
    Ignored,
    /// Kept aside for the desk.
    Quarantined,
}

words!(Disposition, Disposition::Filed => "filed", Disposition::Command => "command", Disposition::Circular => "circular",
    Disposition::Duplicate => "duplicate", Disposition::Ignored => "ignored", Disposition::Quarantined => "quarantined");
words!(ArrivalSource, ArrivalSource::Boundary => "boundary", ArrivalSource::InternalDate => "internal-date",
    ArrivalSource::MaildirName => "maildir-name", ArrivalSource::ModificationTime => "modification-time", ArrivalSource::HandedOver => "handed-over");
