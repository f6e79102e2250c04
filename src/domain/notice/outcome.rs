//! What came of a command.

use serde::{Deserialize, Serialize};

use super::{EventRef, NextDue, NoticeKind, Owed, UnitRef};
use crate::domain::ids::{QuarantineNo, RequisitionNo, SubmissionNo};
use crate::domain::points::Points;
use crate::domain::rules::{Instant, Rung, Severity, Verdict};
use crate::domain::table::CellFault;

/// See `Content::Command`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandAnswer {
    /// The command as its sender wrote it.
    pub wrote: String,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What came of a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
#[allow(missing_docs)] // names say it; each has one sentence per language in mail/templates
pub enum Outcome {
    /// Repeats of the notice's rung stop; the ladder goes on.
    Acknowledged {
        unit: Option<UnitRef>,
        owed: Option<Owed>,
        event: Option<EventRef>,
        next_rung: Option<(Rung, Instant)>,
    },
    /// Nothing to acknowledge: filed, waived, closed or acknowledged before.
    NothingToAcknowledge {
        unit: Option<UnitRef>,
        owed: Option<Owed>,
        event: Option<EventRef>,
    },
    Extended {
        unit: UnitRef,
        owed: Owed,
        event: Option<EventRef>,
        old_due: Instant,
        new_due: Instant,
    },
    /// The new due time would already be past.
    ExtensionTooShort {
        old_due: Instant,
        new_due: Instant,
    },
    /// 延期 without a span that can be read.
    ExtensionUnclear,
    Waived {
        unit: UnitRef,
        owed: Owed,
        event: Option<EventRef>,
        reason: String,
    },
    /// 豁免 needs a reason.
    ReasonMissing,
    /// The obligation has ended: nothing is left to extend or waive.
    AlreadyEnded {
        unit: UnitRef,
        owed: Owed,
        verdict: Verdict,
        filed: Option<Instant>,
    },
    Closed {
        event: EventRef,
        ended: u32,
    },
    AlreadyClosed {
        event: EventRef,
    },
    Merged {
        from: EventRef,
        into: EventRef,
    },
    /// No such event, the same event, or one that is merged away.
    CannotMerge {
        named: String,
    },
    SeverityChanged {
        event: EventRef,
        old: Severity,
        new: Severity,
    },
    SeverityUnclear,
    SeveritySame {
        event: EventRef,
        severity: Severity,
    },
    /// 事件: an event was opened; who owes what by when.
    Opened {
        event: EventRef,
        severity: Severity,
        flagged_severity: bool,
        owing: Vec<(UnitRef, NextDue)>,
        already_filed: Vec<UnitRef>,
    },
    /// 事件: it is one that we have; who owes now.
    Joined {
        event: EventRef,
        owing: Vec<(UnitRef, NextDue)>,
        already_filed: Vec<UnitRef>,
    },
    /// 事件 names no unit that is on the roster, and its place is nobody's.
    UnitUnclear {
        unit: Option<String>,
        place: Option<String>,
        known: Vec<String>,
    },
    Withdrawn {
        submission: Option<SubmissionNo>,
        event: Option<EventRef>,
    },
    NothingToWithdraw {
        named: Option<String>,
    },
    /// The notice that it answers is about no event or obligation to which the command could apply.
    NotAbout {
        kind: Option<NoticeKind>,
    },
    /// No token of ours: a command is taken as a reply to a notice only.
    NoToken,
    Released {
        number: QuarantineNo,
        became: String,
    },
    Rejected {
        number: QuarantineNo,
    },
    /// The quarantined message was decided before.
    DecidedBefore {
        number: QuarantineNo,
    },
    /// A table was taken in.
    TableTaken {
        /// The attachment's name.
        file: String,
        /// New rows.
        added: u32,
        /// Rows that were on the ledger before.
        known: u32,
        /// Points that the new rows earned, by unit.
        points: Vec<(UnitRef, Points)>,
        /// How many new rows are linked to a submission.
        linked: u32,
        /// What is doubtful, and was kept.
        doubts: Vec<CellFault>,
    },
    /// A table was refused, whole: what is wrong, line by line.
    TableRefused {
        /// The attachment's name; empty where there is none.
        file: String,
        /// At most twenty.
        faults: Vec<CellFault>,
        /// How many there are in all.
        count: u32,
    },
    /// A mail tagged 采用 or 通报 without any table.
    NoTable,
    /// A leader or reporter confirmed the unit's entry in the roster.
    RosterConfirmed {
        unit: UnitRef,
    },
    /// 约稿: what was asked of whom by when.
    Requisitioned {
        number: RequisitionNo,
        topic: String,
        due: Instant,
        units: Vec<UnitRef>,
    },
    /// 约稿 that lacks something: nobody was asked.
    RequisitionLacks {
        lacks: Lacking,
    },
    RequisitionClosed {
        number: RequisitionNo,
        topic: String,
        ended: u32,
    },
    /// It was closed before.
    RequisitionOver {
        number: RequisitionNo,
        topic: String,
    },
    /// The desk said which requisition a submission answers.
    RequisitionAnswered {
        number: RequisitionNo,
        submission: SubmissionNo,
        unit: UnitRef,
        verdict: Verdict,
    },
    /// The unit of that submission owes no answer, or has given an earlier one.
    RequisitionNotAnswered {
        number: RequisitionNo,
        submission: SubmissionNo,
    },
}

/// What a requisition lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "lacking")]
pub enum Lacking {
    /// The subject names no topic.
    Topic,
    /// No unit is named.
    Units,
    /// This is no unit's name and no class of units.
    Unit {
        /// As written.
        named: String,
    },
    /// No time is named.
    Due,
    /// The time cannot be read.
    DueReadable {
        /// As written.
        wrote: String,
    },
    /// The time is past.
    DueToCome {
        /// As read.
        due: Instant,
    },
}
