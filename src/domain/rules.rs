//! The rules as an operator configures them: severities, stages, deadlines, the ladder, duties.
//!
//! They are stored with the day from which they hold (`RuleSet`), because an event is judged under the rules in force
//! when it occurred (rules.md, "Time").

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::fields::Field;
use super::ids::UnitId;

/// A moment, UTC, whole seconds.
pub type Instant = DateTime<Utc>;

/// How grave a sudden event is; `I` is the gravest and the smallest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Severity {
    /// 特别重大
    I,
    /// 重大
    II,
    /// 较大
    III,
    /// 一般
    IV,
}

impl Severity {
    /// All, gravest first.
    pub const ALL: [Severity; 4] = [Severity::I, Severity::II, Severity::III, Severity::IV];

    /// Whether `self` is graver than `other`.
    pub fn graver_than(self, other: Severity) -> bool {
        self < other
    }
}

/// What part of the story of an event a report tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// 首报
    First,
    /// 续报
    FollowUp,
    /// 终报
    Final,
}

/// From what a deadline is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Anchor {
    /// When the event occurred; where that is unknown, `Learned`.
    Occurred,
    /// When the unit is known to have known: its own first arrival, or when our notice to it was queued.
    Learned,
    /// Arrival of the unit's first valid report.
    First,
    /// Arrival of the unit's previous report on the event.
    Previous,
}

/// How an obligation stands, and how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Not filed, and not yet due.
    Open,
    /// Filed at or before its due time.
    OnTime,
    /// 迟报: filed after the due time, or due and not yet filed.
    Late,
    /// 漏报: known from an independent source, and not filed when `omitted_after` ran out.
    Omitted,
    /// 不报: not filed when `unreported_after` ran out.
    Unreported,
    /// A supervisor excused it.
    Waived,
    /// No longer owed: event closed, withdrawn or merged, duty ended.
    Void,
}

/// A rung of the ladder that has been reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rung {
    /// Level 1 and the unit.
    Late,
    /// Levels 1–2.
    Omitted,
    /// Levels 1–3.
    Unreported,
}

macro_rules! words {
    ($type:ty, $($variant:path => $word:literal),+ $(,)?) => {
        impl $type {
            /// The word used in headers, configuration, the store and JSON.
            pub const fn as_str(self) -> &'static str {
                match self { $($variant => $word),+ }
            }
        }
        impl ::std::fmt::Display for $type {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }
        impl ::std::str::FromStr for $type {
            type Err = $crate::domain::rules::UnknownWord;
            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                match text { $($word => Ok($variant),)+ _ => Err($crate::domain::rules::UnknownWord(text.to_owned())) }
            }
        }
    };
}
pub(crate) use words;

/// A word that is none of the words of its kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown word “{0}”")]
pub struct UnknownWord(pub String);

words!(Severity, Severity::I => "I", Severity::II => "II", Severity::III => "III", Severity::IV => "IV");
words!(Stage, Stage::First => "first", Stage::FollowUp => "follow-up", Stage::Final => "final");
words!(Anchor, Anchor::Occurred => "occurred", Anchor::Learned => "learned", Anchor::First => "first", Anchor::Previous => "previous");
words!(Verdict, Verdict::Open => "open", Verdict::OnTime => "on-time", Verdict::Late => "late", Verdict::Omitted => "omitted",
    Verdict::Unreported => "unreported", Verdict::Waived => "waived", Verdict::Void => "void");
words!(Rung, Rung::Late => "late", Rung::Omitted => "omitted", Rung::Unreported => "unreported");

impl Rung {
    /// The highest supervisor level that hears of this rung.
    pub fn level(self) -> u8 {
        match self {
            Rung::Late => 1,
            Rung::Omitted => 2,
            Rung::Unreported => 3,
        }
    }
}

impl From<Rung> for Verdict {
    fn from(rung: Rung) -> Verdict {
        match rung {
            Rung::Late => Verdict::Late,
            Rung::Omitted => Verdict::Omitted,
            Rung::Unreported => Verdict::Unreported,
        }
    }
}

/// When a stage falls due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deadline {
    /// A span after the anchor.
    Within {
        /// What the span is counted from.
        anchor: Anchor,
        /// The span in seconds.
        seconds: i64,
    },
    /// Follow-ups: a span after the previous arrival, again and again.
    Every {
        /// The span in seconds.
        seconds: i64,
    },
    /// Follow-ups: at the times of a cron expression in the office's zone, again and again.
    Cron {
        /// Five fields.
        cron: String,
    },
}

/// One `[[rule]]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageRule {
    /// Severities that it is for; all when the file names none.
    pub severities: Vec<Severity>,
    /// The stage that it is for.
    pub stage: Stage,
    /// When that stage falls due.
    pub deadline: Deadline,
}

impl StageRule {
    /// Whether the rule speaks of this severity and stage.
    pub fn applies(&self, severity: Severity, stage: Stage) -> bool {
        self.stage == stage && self.severities.contains(&severity)
    }
}

/// `[ladder]`. Spans in seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ladder {
    /// Before the due time, longest first.
    pub remind_before: Vec<i64>,
    /// After max(due, known-at).
    pub omitted_after: i64,
    /// After max(due, known-at); the last limit.
    pub unreported_after: i64,
    /// Between repeats of an unacknowledged alert.
    pub nag: i64,
    /// Repeats of one rung at most.
    pub nag_max: u32,
    /// How long intake may stand still before supervisors are told too.
    pub stall_escalate: i64,
}

/// `[events]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRules {
    /// For a report that names no severity.
    pub default_severity: Severity,
    /// Words at which the desk is asked about an untagged mail.
    pub words: Vec<String>,
    /// Whether a 地点 in another unit's jurisdiction makes that unit owe a report.
    pub jurisdiction: bool,
    /// What a first report must say; what is missing is asked for in the receipt.
    pub required: Vec<Field>,
}

/// What a duty asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum DutyKind {
    /// 零报告, or a report of substance.
    ZeroReport,
    /// A number of submissions in each window.
    Quota {
        /// At least this many.
        min: u32,
    },
}

/// Whom a duty binds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DutyUnits {
    /// These units.
    Named(Vec<UnitId>),
    /// Every unit of a class.
    Class(String),
}

/// One `[[duty]]`: a recurring obligation (日常报送任务).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duty {
    /// Unique.
    pub name: String,
    /// What it asks for.
    #[serde(flatten)]
    pub kind: DutyKind,
    /// Whom it binds.
    pub units: DutyUnits,
    /// Due times, five fields, office zone.
    pub cron: String,
    /// First day, included.
    pub from: Option<NaiveDate>,
    /// Last day, included.
    pub until: Option<NaiveDate>,
    /// Skip days that are not workdays in the office's calendar.
    pub workdays_only: bool,
}

/// The office's calendar: what deviates from Monday to Friday.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// Days off, with their names.
    pub holidays: BTreeMap<NaiveDate, String>,
    /// Weekend days that are worked (调休).
    pub workdays: BTreeMap<NaiveDate, String>,
}

/// Everything that decides deadlines and verdicts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Stage deadlines in file order.
    pub stages: Vec<StageRule>,
    /// Who is told what when.
    pub ladder: Ladder,
    /// How events are recognised.
    pub events: EventRules,
    /// Recurring obligations.
    pub duties: Vec<Duty>,
    /// Holidays and make-up workdays.
    pub calendar: Calendar,
}

impl Rules {
    /// The duty of this name.
    pub fn duty(&self, name: &str) -> Option<&Duty> {
        self.duties.iter().find(|duty| duty.name == name)
    }
}

/// `span` seconds as a `TimeDelta`; spans come from configuration, which caps them at ten years.
pub fn span(seconds: i64) -> TimeDelta {
    TimeDelta::seconds(seconds)
}
