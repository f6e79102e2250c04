//! Labels and prose → fields.

mod labels;
mod prose;
mod severity;

use std::collections::BTreeMap;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::rules::{Instant, Severity, words};
use super::{tags, text, times};
pub use severity::{severity_from, severity_word};

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
    /// 栏目 / Kind: kinds of the submission (问题, 经验…).
    Kind,
    /// 领域 / Field: its fields (经济, 稳定…).
    Topic,
    /// 截止 / Due: by when a requisition is to be answered.
    Due,
}

words!(Field, Field::Occurred => "occurred", Field::Place => "place", Field::Severity => "severity", Field::Unit => "unit",
    Field::Casualties => "casualties", Field::Cause => "cause", Field::Measures => "measures", Field::Contact => "contact", Field::Event => "event",
    Field::Kind => "kind", Field::Topic => "field", Field::Due => "due");

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
    /// 栏目: names as written, several allowed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
    /// 领域: names as written, several allowed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<String>,
    /// 截止 as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// Fields that the text of the mail does not say, and the attachment in which each was read.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attached: BTreeMap<Field, String>,
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

impl Field {
    /// Every field of a report on an event, in the order of the labels above.
    pub const ALL: [Field; 9] = [
        Field::Occurred,
        Field::Place,
        Field::Severity,
        Field::Unit,
        Field::Casualties,
        Field::Cause,
        Field::Measures,
        Field::Contact,
        Field::Event,
    ];
}

impl Fields {
    /// Which of `required` the report does not say, in that order. A place in prose is a place; a time that was refused or
    /// could not be read is none.
    pub fn missing(&self, required: &[Field]) -> Vec<Field> {
        required.iter().copied().filter(|field| !self.says(*field)).collect()
    }

    /// Takes from an attachment of this name what the text of the mail, and the attachments before it, do not say.
    pub fn complete_with(&mut self, read: Fields, name: &str) {
        let lacking = Field::ALL.into_iter().filter(|field| *field != Field::Event && !self.says(*field) && read.says(*field));
        for field in lacking.collect::<Vec<_>>() {
            match field {
                Field::Occurred => (self.occurred, self.occurred_reading) = (read.occurred, read.occurred_reading),
                Field::Place => (self.place, self.place_in_prose) = (read.place.clone(), read.place_in_prose.clone()),
                Field::Severity => self.severity = read.severity,
                Field::Unit => self.units.clone_from(&read.units),
                Field::Casualties => self.casualties.clone_from(&read.casualties),
                Field::Cause => self.cause.clone_from(&read.cause),
                Field::Measures => self.measures.clone_from(&read.measures),
                Field::Contact => self.contact.clone_from(&read.contact),
                // Which event a mail belongs to, and what it is about, its own words say.
                Field::Event | Field::Kind | Field::Topic | Field::Due => continue,
            }
            self.attached.insert(field, name.to_owned());
        }
    }

    fn says(&self, field: Field) -> bool {
        match field {
            Field::Occurred => self.occurred.is_some(),
            Field::Place => self.place.is_some() || self.place_in_prose.is_some(),
            Field::Severity => self.severity.is_some(),
            Field::Unit => !self.units.is_empty(),
            Field::Casualties => self.casualties.is_some(),
            Field::Cause => self.cause.is_some(),
            Field::Measures => self.measures.is_some(),
            Field::Contact => self.contact.is_some(),
            Field::Event => self.event.is_some(),
            Field::Kind => !self.kinds.is_empty(),
            Field::Topic => !self.topics.is_empty(),
            Field::Due => self.due.is_some(),
        }
    }
}

/// Prose is searched up to this many characters.
const PROSE_CHARACTERS: usize = times::PROSE_CHARACTERS;

/// A value is kept up to this many characters.
const VALUE_CHARACTERS: usize = 2_000;

/// Reads a report: the fields that stand on lines of their own (`label：value`), then what is missing from its prose. `body` is
/// the sender's own text (`reply::own_text` of a reply). The subject is prose too, unless it is that of a reply; a field in it
/// means nothing.
pub fn read_fields(subject: &str, body: &str, arrival: Instant, zone: Tz) -> Fields {
    let (values, prose) = labels::split(body);
    let mut fields = Fields {
        place: values.get(Field::Place),
        severity: values.get(Field::Severity).and_then(|value| severity_from(&value)),
        units: values.get(Field::Unit).map(|value| labels::names(&value)).unwrap_or_default(),
        casualties: values.get(Field::Casualties),
        cause: values.get(Field::Cause),
        measures: values.get(Field::Measures),
        contact: values.get(Field::Contact),
        event: values.get(Field::Event).and_then(|value| tags::numbers_in(&value).event).map(|event| event.to_string()),
        kinds: values.all(Field::Kind),
        topics: values.all(Field::Topic),
        due: values.get(Field::Due),
        ..Fields::default()
    };
    let end = prose.char_indices().nth(PROSE_CHARACTERS).map_or(prose.len(), |(at, _)| at);
    let prose = text::fold(&prose[..end]);
    let own_subject = if tags::is_reply_subject(subject) || tags::carries_our_number(subject) { "" } else { subject };
    read_occurred(&mut fields, values.get(Field::Occurred).as_deref(), own_subject, &prose, arrival, zone);
    if fields.place.is_none() {
        fields.place_in_prose = prose::place(&prose).or_else(|| prose::place(&text::fold(own_subject)));
    }
    fields.casualties = fields.casualties.or_else(|| prose::casualties(&prose)).or_else(|| prose::casualties(&text::fold(own_subject)));
    fields.cause = fields.cause.or_else(|| prose::cause(&prose));
    fields.measures = fields.measures.or_else(|| prose::measures(&prose));
    fields
}

/// The lines of a text that are no field: what it says in prose.
pub fn prose_of(body: &str) -> String {
    labels::split(body).1.trim().to_owned()
}

fn read_occurred(fields: &mut Fields, value: Option<&str>, subject: &str, prose: &str, arrival: Instant, zone: Tz) {
    let in_field = value.is_some();
    let reading = match value {
        Some(value) => times::read(value, arrival, zone),
        None => times::find_in_prose(prose, arrival, zone).or_else(|| times::find_in_prose(subject, arrival, zone)),
    };
    fields.occurred_reading = match reading {
        Some(reading) if reading.future => OccurredReading::Future,
        Some(reading) if reading.approximate => OccurredReading::Approximate,
        Some(_) if in_field => OccurredReading::Field,
        Some(_) => OccurredReading::Prose,
        None if in_field => OccurredReading::Unclear,
        None => OccurredReading::Absent,
    };
    fields.occurred = reading.filter(|reading| !reading.future).map(|reading| reading.at);
}

#[cfg(test)]
#[path = "fields_tests.rs"]
mod tests;
