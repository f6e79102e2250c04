//! Everything that zhibao can say, to whom, and why.
//!
//! A `Notice` holds facts, never sentences: `mail::compose` puts them into the office's language.

mod operators;
mod outcome;
mod owed;
mod quarantined;
mod question;
mod recipients;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::digest::{Circular, Digest};
use super::fields::Field;
use super::ids::{EventNo, NoticeNo, RequisitionNo, SubmissionNo, UnitId};
use super::roster::{Address, Role};
use super::rules::{Instant, Rung, Severity, Stage, Verdict, words};
use super::submission::{Flag, Kind};
use super::warning::{RankFall, Silent, Zero};

pub use operators::{
    AccountFault, AccountTrouble, Canary, CanaryLetter, CanaryMissing, FailingTransport, IntakeStalled, StalledMailbox, Undeliverable,
};
pub use outcome::{CommandAnswer, Lacking, Outcome};
pub use owed::{DueBecause, NextDue, Owed, Quota};
pub use quarantined::{QuarantineReason, Quarantined, QuarantinedItem};
pub use question::{About, Question, QuestionItem};

/// The kind of a notice, as in `X-Zhibao-Notice`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // interface.md, "Mail that we send", says what each is
pub enum NoticeKind {
    Receipt,
    Returned,
    Quarantined,
    Question,
    EventOpened,
    Reminder,
    Late,
    Omitted,
    Unreported,
    Supplied,
    IntakeStalled,
    Undeliverable,
    Command,
    Zero,
    RankFall,
    Silent,
    Digest,
    Circular,
    Requisition,
    RosterCheck,
    Bulletin,
    Canary,
}

words!(NoticeKind, NoticeKind::Receipt => "receipt", NoticeKind::Returned => "returned", NoticeKind::Quarantined => "quarantined",
    NoticeKind::Question => "question", NoticeKind::EventOpened => "event-opened", NoticeKind::Reminder => "reminder",
    NoticeKind::Late => "late", NoticeKind::Omitted => "omitted", NoticeKind::Unreported => "unreported",
    NoticeKind::Supplied => "supplied", NoticeKind::IntakeStalled => "intake-stalled",
    NoticeKind::Undeliverable => "undeliverable", NoticeKind::Command => "command", NoticeKind::Zero => "zero",
    NoticeKind::RankFall => "rank-fall", NoticeKind::Silent => "silent", NoticeKind::Digest => "digest",
    NoticeKind::Circular => "circular", NoticeKind::Requisition => "requisition", NoticeKind::RosterCheck => "roster-check",
    NoticeKind::Bulletin => "bulletin", NoticeKind::Canary => "canary");

impl NoticeKind {
    /// Every kind that this version can send.
    pub const ALL: [NoticeKind; 22] = [
        NoticeKind::Receipt,
        NoticeKind::Returned,
        NoticeKind::Quarantined,
        NoticeKind::Question,
        NoticeKind::EventOpened,
        NoticeKind::Reminder,
        NoticeKind::Late,
        NoticeKind::Omitted,
        NoticeKind::Unreported,
        NoticeKind::Supplied,
        NoticeKind::IntakeStalled,
        NoticeKind::Undeliverable,
        NoticeKind::Command,
        NoticeKind::Zero,
        NoticeKind::RankFall,
        NoticeKind::Silent,
        NoticeKind::Digest,
        NoticeKind::Circular,
        NoticeKind::Requisition,
        NoticeKind::RosterCheck,
        NoticeKind::Bulletin,
        NoticeKind::Canary,
    ];

    /// Whether somebody must act on it, or was told wrongly: it goes out before others, and again where nobody knows whether it arrived.
    pub fn must_arrive(self) -> bool {
        use NoticeKind::{EventOpened, IntakeStalled, Late, Omitted, Reminder, Supplied, Undeliverable, Unreported};
        matches!(self, EventOpened | Reminder | Late | Omitted | Unreported | Supplied | IntakeStalled | Undeliverable)
    }

    /// Whether it may wake somebody up at night: the usual choice of a webhook.
    pub fn wakes(self) -> bool {
        use NoticeKind::{IntakeStalled, Late, Omitted, Undeliverable, Unreported};
        matches!(self, Late | Omitted | Unreported | IntakeStalled | Undeliverable)
    }

    /// Whether it answers a mail that somebody sent (null envelope sender, no nags).
    pub fn is_answer(self) -> bool {
        matches!(self, NoticeKind::Receipt | NoticeKind::Returned | NoticeKind::Command)
    }
}

impl From<Rung> for NoticeKind {
    fn from(rung: Rung) -> NoticeKind {
        match rung {
            Rung::Late => NoticeKind::Late,
            Rung::Omitted => NoticeKind::Omitted,
            Rung::Unreported => NoticeKind::Unreported,
        }
    }
}

/// In what capacity somebody gets a notice; decides what "what to do" and "how to answer" say to him.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capacity {
    /// A reporter of the unit concerned.
    Reporter,
    /// A supervisor; may answer with commands.
    Supervisor,
    /// The duty desk.
    Desk,
    /// An operator of the daemon.
    Operator,
    /// Whoever sent what this answers.
    Sender,
}

/// One person who gets a copy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Recipient {
    /// Where the copy goes.
    pub address: Address,
    /// As in the roster; may be empty.
    pub name: String,
    /// Why he gets it.
    pub capacity: Capacity,
}

/// A unit as a notice names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitRef {
    /// Short name, for the header.
    pub id: UnitId,
    /// Full name, for people.
    pub name: String,
}

/// An event as a notice names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRef {
    /// Its number.
    pub number: EventNo,
    /// What it is called: its first subject without tags and without the name of whoever told us.
    pub title: String,
}

/// What a notice says, by kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "says")]
pub enum Content {
    /// To the sender: number, what was understood, what is missing, what is due next.
    Receipt(Receipt),
    /// To the sender of a tag or command that is not his to give.
    Returned(Returned),
    /// To the desk.
    Quarantined(Quarantined),
    /// To the desk.
    Question(Question),
    /// To the reporters of an owing unit.
    EventOpened(EventOpened),
    /// To the unit's reporters, before a due time.
    Reminder(Reminder),
    /// `late`, `omitted`, `unreported`, first or repeated.
    Breach(Breach),
    /// It came after all, or it turns out to have come in time.
    Supplied(Supplied),
    /// To the operators, later to the supervisors: we cannot tell.
    IntakeStalled(IntakeStalled),
    /// To the operators: something about an account at a mail server that only a person can mend, or should know.
    AccountTrouble(AccountTrouble),
    /// To the operators.
    Undeliverable(Undeliverable),
    /// To the operators: a transport is failing, whatever serves meanwhile.
    Failing(FailingTransport),
    /// To whoever gave a command: what was done, or why it could not be.
    Command(CommandAnswer),
    /// To supervisors: a direct-report point stands at zero.
    Zero(Zero),
    /// To supervisors: a direct-report point has fallen in rank.
    RankFall(RankFall),
    /// To supervisors: a unit has not written for an unlikely stretch.
    Silent(Silent),
    /// To supervisors who want it: the week.
    Digest(Digest),
    /// To supervisors who want it: the month's table of standings.
    Circular(Circular),
    /// To a unit's reporters: a topic to report on (约稿).
    Requisition(Requisition),
    /// To a unit's reporters: are these still they?
    RosterCheck(RosterCheck),
    /// To the readers of a bulletin: an issue.
    Bulletin(BulletinIssue),
    /// To the office itself: does mail come round?
    Canary(Canary),
    /// To the operators: it has not come back in time.
    CanaryMissing(CanaryMissing),
}

/// See `Content::Receipt`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The submission's number; for a duplicate, that of the first.
    pub number: SubmissionNo,
    /// The sender's subject, without tags.
    pub subject: String,
    /// How the message was read.
    pub kind: Kind,
    /// When the office's own system took it; this decides punctuality.
    pub arrival: Instant,
    /// The sender's `Date`, where it differs from the arrival by over 5 minutes.
    pub sent_at: Option<Instant>,
    /// It was received before, under this number, and was not filed again.
    pub duplicate: bool,
    /// The submission that this one corrects.
    pub corrects: Option<SubmissionNo>,
    /// Field by field, as text to show.
    pub understood: Vec<(Field, String)>,
    /// Required fields that were not found.
    pub missing: Vec<Field>,
    /// What was doubtful.
    pub flags: Vec<Flag>,
    /// The event that it belongs to.
    pub event: Option<EventRef>,
    /// Obligations that it met: what, due, verdict.
    pub met: Vec<Met>,
    /// What is due next from this unit on this event.
    pub next: Vec<NextDue>,
    /// The number was written by somebody who has no unit (desk, supervisor).
    pub correspondence: bool,
}

/// An obligation that a submission met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Met {
    /// What was owed.
    #[serde(flatten)]
    pub owed: Owed,
    /// By when.
    pub due: Instant,
    /// How it ended.
    pub verdict: Verdict,
}

/// See `Content::Returned`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returned {
    /// The tag or command as its sender wrote it.
    pub wrote: String,
    /// Who may give it.
    pub who_may: WhoMay,
    /// The sender's subject.
    pub subject: String,
}

/// Who may give a command or use a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhoMay {
    /// Supervisors of the unit.
    Supervisors,
    /// The desk and supervisors.
    DeskAndSupervisors,
    /// A superior office, the desk.
    SuperiorsAndDesk,
    /// The person to whom the notice was sent: its token is another's.
    ItsRecipient,
    /// Reporters of a unit.
    Reporters,
}

/// See `Content::EventOpened`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventOpened {
    /// Number and title.
    pub event: EventRef,
    /// Where.
    pub place: Option<String>,
    /// When.
    pub occurred: Option<Instant>,
    /// How grave.
    pub severity: Severity,
    /// What this unit owes by when.
    pub next: NextDue,
    /// The rule by which it is due.
    pub rule: Option<DueBecause>,
}

/// See `Content::Reminder`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminder {
    /// What.
    #[serde(flatten)]
    pub owed: Owed,
    /// By when.
    pub due: Instant,
    /// Seconds from this notice to the due time.
    pub left: i64,
    /// The event, where there is one.
    pub event: Option<EventRef>,
    /// The rule by which it is due.
    pub rule: Option<DueBecause>,
}

/// See `Content::Breach`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breach {
    /// Which rung this is.
    pub rung: Rung,
    /// What was owed.
    #[serde(flatten)]
    pub owed: Owed,
    /// By when.
    pub due: Instant,
    /// When it was filed, where it was (late by its own report).
    pub filed: Option<Instant>,
    /// Seconds past the due time, up to the filing or to this notice.
    pub by: i64,
    /// The event, where there is one.
    pub event: Option<EventRef>,
    /// Where the event happened.
    pub place: Option<String>,
    /// When it occurred.
    pub occurred: Option<Instant>,
    /// How grave it is.
    pub severity: Option<Severity>,
    /// When we learned of it from an independent source.
    pub known_at: Option<Instant>,
    /// The rule by which it was due.
    pub rule: Option<DueBecause>,
    /// The spans of the ladder that led to this rung, in seconds after max(due, known-at).
    pub rung_after: Option<i64>,
    /// Rungs passed at once, without a notice of their own.
    pub passed: Vec<Rung>,
    /// The rung that follows, and when.
    pub next_rung: Option<(Rung, Instant)>,
    /// 0 for the first notice of a rung, then 1, 2, …
    pub repeat: u32,
    /// How often it will be repeated at most.
    pub repeats_at_most: u32,
    /// Seconds between repeats.
    pub repeats_every: i64,
}

/// See `Content::Supplied`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supplied {
    /// What was owed.
    #[serde(flatten)]
    pub owed: Owed,
    /// By when.
    pub due: Instant,
    /// When it arrived.
    pub filed: Instant,
    /// Seconds past the due time; not positive where the notice is withdrawn.
    pub by: i64,
    /// It had arrived in time and we read it late, or the facts were merged: the earlier notice is withdrawn.
    pub withdrawn: bool,
    /// The verdict that stands now.
    pub verdict: Verdict,
    /// The highest rung that had been sent.
    pub earlier: Rung,
    /// The event, where there is one.
    pub event: Option<EventRef>,
    /// The submission that met it.
    pub submission: Option<SubmissionNo>,
}

/// See `Content::Requisition`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requisition {
    /// Its number; an answer names it.
    pub number: RequisitionNo,
    /// What the office asks for.
    pub topic: String,
    /// In more words; may be empty.
    pub details: String,
    /// By when.
    pub due: Instant,
}

/// See `Content::RosterCheck`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterCheck {
    /// Everybody on the roster for the unit: name, address, role.
    pub reporters: Vec<(String, Address, Role)>,
    /// Asked before, without an answer.
    pub again: bool,
}

/// See `Content::Bulletin`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulletinIssue {
    /// The bulletin's title.
    pub title: String,
    /// Calendar year of the numbering.
    pub year: i32,
    /// Number within the year.
    pub issue: u32,
    /// When it was issued.
    pub day: NaiveDate,
    /// Title and text of each item, and the units whose submissions it carries.
    pub items: Vec<(String, String, Vec<UnitRef>)>,
}

/// A notice before it has a number and bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Its kind; agrees with `content`.
    pub kind: NoticeKind,
    /// One copy each; no address twice.
    pub recipients: Vec<Recipient>,
    /// What it says.
    pub content: Content,
    /// What its headers say.
    pub about: Headers,
    /// Message-ID of the mail that it answers, without angle brackets.
    pub answers: Option<String>,
    /// Earlier notice of the same obligation or event, to be threaded under.
    pub follows: Option<NoticeNo>,
}

/// The facts that go into `X-Zhibao-*` headers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Headers {
    /// The event.
    pub event: Option<EventNo>,
    /// The submission.
    pub submission: Option<SubmissionNo>,
    /// The unit.
    pub unit: Option<UnitRef>,
    /// The stage.
    pub stage: Option<Stage>,
    /// The duty's name.
    pub duty: Option<String>,
    /// The event's severity.
    pub severity: Option<Severity>,
    /// The due time.
    pub due: Option<Instant>,
    /// The arrival of what was filed.
    pub filed: Option<Instant>,
    /// `2003-01`, `2003-W05`.
    pub period: Option<String>,
    /// 1, 2, … on a nag.
    pub repeat: Option<u32>,
}
