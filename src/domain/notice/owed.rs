//! What is owed, by when, and by which rule.

use serde::{Deserialize, Serialize};

use crate::domain::rules::{Deadline, Instant, Severity, Stage};

/// What is owed: a stage of an event, or a duty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "owed")]
pub enum Owed {
    /// A stage of an event; the ordinal tells follow-ups apart and counts from 1.
    Stage {
        /// Which stage.
        stage: Stage,
        /// Which follow-up.
        ordinal: u32,
    },
    /// A duty's window.
    Duty {
        /// The duty's name.
        name: String,
        /// How many submissions a quota asks for; `None` for a zero report.
        quota: Option<Quota>,
    },
    /// An answer to a requisition.
    Requisition {
        /// Its number.
        number: String,
    },
}

/// How far a quota has been met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    /// Asked for.
    pub min: u32,
    /// Counted so far.
    pub filed: u32,
}

/// One thing that is due next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextDue {
    /// What.
    #[serde(flatten)]
    pub owed: Owed,
    /// By when.
    pub due: Instant,
}

/// Why something is due when it is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueBecause {
    /// The rule that gave the earliest due time.
    pub deadline: Deadline,
    /// The severity for which it holds.
    pub severity: Option<Severity>,
    /// The moment it was counted from.
    pub anchored_at: Option<Instant>,
    /// A supervisor moved the due time: the one before.
    pub extended_from: Option<Instant>,
}
