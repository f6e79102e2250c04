//! What a message is filed as.

use serde::{Deserialize, Serialize};

use super::rules::{Stage, words};

/// How a submission was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// An ordinary submission.
    Routine,
    /// 首报
    First,
    /// 续报
    FollowUp,
    /// 终报
    Final,
    /// 零报告
    Zero,
    /// 更正
    Correction,
    /// Written by somebody who has no unit (desk, supervisor), in a thread.
    Correspondence,
}

words!(Kind, Kind::Routine => "routine", Kind::First => "first", Kind::FollowUp => "follow-up", Kind::Final => "final",
    Kind::Zero => "zero", Kind::Correction => "correction", Kind::Correspondence => "correspondence");

impl From<Stage> for Kind {
    fn from(stage: Stage) -> Kind {
        match stage {
            Stage::First => Kind::First,
            Stage::FollowUp => Kind::FollowUp,
            Stage::Final => Kind::Final,
        }
    }
}

/// What was doubtful about a submission; the receipt says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flag {
    /// A first report lacks a required field; it counts all the same.
    Incomplete,
    /// No severity was given; the configured default stands in.
    DefaultSeverity,
    /// The time of occurrence was a range or an approximation; its latest plausible end was taken.
    ApproximateTime,
    /// The time of occurrence lies after the arrival; it was refused, and the arrival stands in.
    FutureTime,
    /// The arrival lay in the future; it counts as now.
    FutureArrival,
    /// The text was read by another charset than the one declared, or bytes were replaced.
    CharsetDoubt,
    /// Some of the message was not read: over the limits.
    Truncated,
    /// An attachment was not read to its end: too large, damaged, locked, or it took too long.
    AttachmentUnread,
    /// A first report for an event of which this unit's first is on file.
    FirstAgain,
    /// The unit is not (any more, or yet) on the roster on that day.
    UnitNotInForce,
    /// The mail asks for no answer (list, bulk, automatic headers).
    NoReceipt,
}

words!(Flag, Flag::Incomplete => "incomplete", Flag::DefaultSeverity => "default-severity", Flag::ApproximateTime => "approximate-time",
    Flag::FutureTime => "future-time", Flag::FutureArrival => "future-arrival", Flag::CharsetDoubt => "charset-doubt",
    Flag::Truncated => "truncated", Flag::AttachmentUnread => "attachment-unread", Flag::FirstAgain => "first-again", Flag::UnitNotInForce => "unit-not-in-force", Flag::NoReceipt => "no-receipt");
