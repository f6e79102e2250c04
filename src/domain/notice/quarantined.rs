//! Mail put aside for the desk, and why.

use serde::{Deserialize, Serialize};

use super::UnitRef;
use crate::domain::authentic::Doubt;
use crate::domain::ids::QuarantineNo;
use crate::domain::rules::Instant;

/// Why a message was put aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "reason")]
pub enum QuarantineReason {
    /// The From address is on no roster.
    UnknownSender,
    /// More than one From address.
    SeveralSenders,
    /// No usable From address.
    NoSender,
    /// The display name or address imitates a rostered one.
    Imitation {
        /// The unit or person imitated.
        imitates: String,
        /// The rostered address.
        rostered: String,
    },
    /// The unit or person is no longer (or not yet) on the roster.
    NotInForce {
        /// The unit.
        unit: String,
    },
    /// Sender authentication failed.
    NotAuthentic {
        /// Why not.
        why: Doubt,
    },
    /// It could not be read.
    Unreadable {
        /// In words.
        why: String,
    },
}

/// See `Content::Quarantined`. An hourly list holds several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarantined {
    /// One, or the list of the past hour.
    pub items: Vec<QuarantinedItem>,
    /// This is an hourly list: more than ten came within the hour.
    pub list: bool,
}

/// One message put aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantinedItem {
    /// The number by which the desk releases or rejects it.
    pub number: QuarantineNo,
    /// Why.
    #[serde(flatten)]
    pub reason: QuarantineReason,
    /// From as written, display name and address.
    pub from: String,
    /// Subject as written.
    pub subject: String,
    /// When it arrived.
    pub arrival: Instant,
    /// The unit whose address it bears, if any: its deadlines wait for the desk.
    pub unit: Option<UnitRef>,
}
