//! What the desk is asked.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{EventRef, Owed, UnitRef};
use crate::domain::ids::{QuarantineNo, RequisitionNo, SubmissionNo};
use crate::domain::period::Period;
use crate::domain::rules::{Instant, Rung, Severity};
use crate::domain::table::CellFault;

/// See `Content::Question`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// One, or the list of the past hour.
    pub items: Vec<QuestionItem>,
    /// This is an hourly list: more than ten came within the hour.
    pub list: bool,
}

/// What the desk is asked about one message or obligation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionItem {
    /// What is asked.
    #[serde(flatten)]
    pub about: About,
    /// The submission concerned.
    pub submission: Option<SubmissionNo>,
    /// Its subject.
    pub subject: String,
    /// The unit concerned.
    pub unit: Option<UnitRef>,
    /// When the message arrived, or the obligation was due.
    pub at: Instant,
}

/// What the desk is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "about")]
pub enum About {
    /// An untagged mail whose words look like a sudden event.
    LooksLikeEvent {
        /// The words found.
        words: Vec<String>,
    },
    /// A new event was opened although it may belong to an open one.
    MaybeSameEvent {
        /// The event that was opened.
        opened: EventRef,
        /// Those that it may belong to.
        candidates: Vec<EventRef>,
    },
    /// A unit with places of its own named another unit's place; the other was not asked to report.
    RivalPlace {
        /// The event.
        opened: EventRef,
        /// The place as written.
        place: String,
        /// Whose place it is.
        others: Vec<UnitRef>,
    },
    /// A report names a place of several units.
    SeveralPlaces {
        /// The event.
        opened: EventRef,
        /// The place as written.
        place: String,
        /// Whose places they are.
        others: Vec<UnitRef>,
    },
    /// A reporter told of an event (事件) in another unit's place.
    ReportersTip {
        /// The place as written.
        place: String,
    },
    /// A unit would be called late, but a message from its address waits in quarantine.
    WaitingQuarantine {
        /// The message.
        number: QuarantineNo,
        /// What is owed.
        owed: Owed,
        /// When it was due.
        due: Instant,
        /// The event, where there is one.
        event: Option<EventRef>,
        /// The rung that waits.
        rung: Rung,
    },
    /// The same text came from two units.
    NearDuplicate {
        /// The other submission.
        of: SubmissionNo,
        /// Whose it is.
        by: UnitRef,
    },
    /// A correction or reply names nothing that we can find.
    NothingToCorrect,
    /// The table of adoptions has not come, or does not reach into the month that ended: nobody is warned of a zero.
    TableMissing {
        /// The month that ended.
        month: Period,
        /// The last day that the ledger reaches; `None`: nothing in the year.
        as_of: Option<NaiveDate>,
        /// Outlets of which nothing has come.
        outlets: Vec<String>,
    },
    /// A superior's circular, or a table of which something is in doubt.
    TableFaulty {
        /// Whose.
        from: String,
        /// The attachment's name.
        file: String,
        /// What is wrong or in doubt, at most twenty.
        faults: Vec<CellFault>,
        /// How many there are in all.
        count: u32,
        /// Nothing of it was taken in; `false`: all was, and this is in doubt.
        refused: bool,
    },
    /// A mail tagged 约稿 may answer any of several requisitions.
    WhichRequisition {
        /// The earliest due first.
        candidates: Vec<RequisitionNo>,
    },
    /// A reporter answered a roster check with something else than a confirmation.
    RosterAnswer {
        /// The beginning of what he wrote.
        said: String,
    },
    /// A reported severity below that of the event; it was not lowered.
    LowerSeverity {
        /// The event.
        event: EventRef,
        /// What it has.
        has: Severity,
        /// What was reported.
        reported: Severity,
    },
}
