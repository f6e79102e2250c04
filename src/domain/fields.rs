//! Labels and prose → fields.

use serde::{Deserialize, Serialize};

use super::rules::{Instant, Severity, words};

/// A field that a report may carry, one a line, `label：value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// 发生时间 / Occurred
    Occurred,
    /// 地点 / Place
    Place,
    /// 级别 / Severity
    Severity,
    /// 单位 / Unit
    Unit,
    /// 伤亡 / Casualties
    Casualties,
    /// 原因 / Cause
    Cause,
    /// 措施 / Measures
    Measures,
    /// 联系人 / Contact
    Contact,
    /// 事件 / Event
    Event,
}

words!(Field, Field::Occurred => "occurred", Field::Place => "place", Field::Severity => "severity", Field::Unit => "unit",
    Field::Casualties => "casualties", Field::Cause => "cause", Field::Measures => "measures", Field::Contact => "contact", Field::Event => "event");

/// What was read out of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fields {
    /// When it happened; see `occurred_reading` for how sure that is.
    pub occurred: Option<Instant>,
    /// How `occurred` was read.
    pub occurred_reading: OccurredReading,
    /// 地点 as written in the field.
    pub place: Option<String>,
    /// A place found in prose, where there was no field. Never enough to make another unit owe a report.
    pub place_in_prose: Option<String>,
    /// 级别.
    pub severity: Option<Severity>,
    /// 单位: names as written, several allowed.
    pub units: Vec<String>,
    /// 伤亡.
    pub casualties: Option<String>,
    /// 原因.
    pub cause: Option<String>,
    /// 措施.
    pub measures: Option<String>,
    /// 联系人.
    pub contact: Option<String>,
    /// 事件: an event's number as written (`E-2003-0007`).
    pub event: Option<String>,
}

/// How sure the time of occurrence is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OccurredReading {
    /// No time was found.
    #[default]
    Absent,
    /// Exact, in the field.
    Field,
    /// Exact, found in prose.
    Prose,
    /// A range or 许/左右: its latest plausible end.
    Approximate,
    /// Later than arrival + 5 minutes: refused.
    Future,
    /// There is a field, but it cannot be read as a time.
    Unclear,
}
