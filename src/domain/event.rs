//! Does this report belong to an open event? And who owes a report on it?

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::ids::{EventNo, UnitId};
use super::roster::{Roster, Unit};
use super::rules::{Instant, Severity, words};
use super::text;

/// Where an event stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventState {
    /// Reports are owed or may come.
    Open,
    /// Every final is in, or a supervisor closed it.
    Closed,
    /// A supervisor withdrew it (a false alarm).
    Withdrawn,
    /// It is part of another event now.
    Merged,
}

words!(EventState, EventState::Open => "open", EventState::Closed => "closed", EventState::Withdrawn => "withdrawn", EventState::Merged => "merged");

/// How a unit comes into an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The event is its own: it owes every stage.
    Owes,
    /// It reported about a place that is not its own: it owes nothing further.
    Witness,
}

words!(Part, Part::Owes => "owes", Part::Witness => "witness");

/// A sudden event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its number.
    pub number: EventNo,
    /// What it is called: the subject of the message that opened it, without tags and without the name of who told us.
    pub title: String,
    /// How grave.
    pub severity: Severity,
    /// The severity is the configured default: nobody named one.
    pub severity_assumed: bool,
    /// Where, as first told.
    pub place: Option<String>,
    /// When, as first told.
    pub occurred: Option<Instant>,
    /// Arrival of the message that told us first.
    pub known_at: Instant,
    /// The rules in force when it occurred, by their number in the store.
    pub ruleset: i64,
    /// Where it stands.
    pub state: EventState,
    /// The event into which it was merged.
    pub merged_into: Option<EventNo>,
    /// When it was closed or withdrawn.
    pub ended_at: Option<Instant>,
}

/// A unit's part in an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Involvement {
    /// Which event.
    pub event: EventNo,
    /// Which unit.
    pub unit: UnitId,
    /// Owes every stage, or a witness.
    pub part: Part,
    /// When an independent source told us; `None`: only the unit itself did.
    pub told_at: Option<Instant>,
    /// When the unit is known to have known.
    pub learned_at: Option<Instant>,
    /// Arrival of its first report.
    pub first_at: Option<Instant>,
    /// Arrival of its latest report.
    pub last_at: Option<Instant>,
    /// Arrival of its final report.
    pub final_at: Option<Instant>,
}

/// What a report, or a telling by the desk, says about its event.
#[derive(Clone, Debug, Default)]
pub struct Sketch<'a> {
    /// Subject without tags.
    pub title: &'a str,
    /// 地点, or the place found in prose.
    pub place: Option<&'a str>,
    /// When it occurred.
    pub occurred: Option<Instant>,
    /// When the message arrived.
    pub arrival: Option<Instant>,
    /// A follow-up or final: by its nature it belongs to something that is open.
    pub continues: bool,
    /// Names that every report of the units concerned contains (their own names and places): they tell nothing apart.
    pub commonplace: Vec<&'a str>,
}

/// An open event that a report may belong to.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The event.
    pub event: Event,
    /// The sender's unit has reported on it.
    pub reported: bool,
}

/// Where a report belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Join {
    /// To this event.
    Into(EventNo),
    /// To a new one; nothing comes near.
    New,
    /// To a new one, and the desk is asked whether it is one of these: a wrong join hides a late report.
    NewAsk(Vec<EventNo>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    None,
    Bad,
    Good,
}

/// Chooses among the open events that the unit has reported or owes a report on (rules.md, "A report joins an open event by…").
pub fn join(report: &Sketch<'_>, candidates: &[Candidate]) -> Join {
    let continued = candidates.iter().filter(|c| c.reported).count();
    let fits: Vec<(Fit, EventNo)> = candidates
        .iter()
        .map(|candidate| (fit(report, candidate, report.continues && continued == 1), candidate.event.number))
        .filter(|(fit, _)| *fit > Fit::None)
        .collect();
    let good: Vec<EventNo> = fits.iter().filter(|(fit, _)| *fit == Fit::Good).map(|(_, event)| *event).collect();
    match good[..] {
        [only] => Join::Into(only),
        [] if fits.is_empty() => Join::New,
        _ => Join::NewAsk(fits.into_iter().map(|(_, event)| event).collect()),
    }
}

const NEAR_HOURS: i64 = 2;
const FAR_HOURS: i64 = 12;

fn fit(report: &Sketch<'_>, candidate: &Candidate, only_one_to_continue: bool) -> Fit {
    let event = &candidate.event;
    let apart = match (report.occurred, event.occurred) {
        (Some(a), Some(b)) => Some((a - b).num_seconds().abs()),
        _ => None,
    };
    let near = apart.is_some_and(|s| s <= NEAR_HOURS * 3600);
    let far = apart.is_some_and(|s| s > FAR_HOURS * 3600);
    let telling = |text: &str| without(text, &report.commonplace);
    let words = text::similarity(&telling(report.title), &telling(&event.title));
    let place = match (report.place.map(telling), event.place.as_deref().map(telling)) {
        (Some(a), Some(b)) if !a.is_empty() && !b.is_empty() => Some(place_similarity(&a, &b)),
        _ => None,
    };
    let other_place = place.is_some_and(|p| p < 0.25);
    let alike = words.max(place.unwrap_or(0.0));
    if only_one_to_continue && candidate.reported && !far && !other_place {
        return Fit::Good;
    }
    if far || other_place {
        return if words >= 0.6 && !far { Fit::Bad } else { Fit::None };
    }
    let timely = near || apart.is_none();
    match () {
        () if near && alike >= 0.4 => Fit::Good,
        () if timely && words >= 0.5 => Fit::Good,
        () if near || alike >= 0.3 => Fit::Bad,
        () => Fit::None,
    }
}

fn place_similarity(a: &str, b: &str) -> f64 {
    if a.contains(b) || b.contains(a) { 1.0 } else { text::similarity(a, b) }
}

/// `text` in comparable form, without the names that tell nothing apart.
fn without(text: &str, commonplace: &[&str]) -> String {
    let mut rest = text::comparable(text);
    for name in commonplace {
        rest = rest.replace(&text::comparable(name), " ");
    }
    rest.trim().trim_start_matches(['县', '市', '区']).trim().to_owned()
}

/// Whose event it is, by its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Jurisdiction {
    /// The reporting unit's own (or nobody's: then it is the reporter's).
    Own,
    /// Another unit's; it owes a report too, and the reporting unit is a witness.
    Other(UnitId),
    /// A unit with places of its own named another's: the desk is asked, nobody is accused by a rival.
    Rival(Vec<UnitId>),
    /// Places of several units: the desk is asked.
    Several(Vec<UnitId>),
}

/// Reads the 地点 field against the roster (rules.md, (c)).
pub fn jurisdiction(roster: &Roster, reporter: &Unit, place: Option<&str>, day: NaiveDate, enabled: bool) -> Jurisdiction {
    let Some(place) = place.filter(|_| enabled) else { return Jurisdiction::Own };
    let owners = roster.jurisdictions(place, day);
    let others: Vec<UnitId> = owners.iter().filter(|unit| unit.id != reporter.id).map(|unit| unit.id.clone()).collect();
    let own = owners.len() > others.len();
    match (&others[..], own, reporter.places.is_empty()) {
        ([], ..) => Jurisdiction::Own,
        ([other], false, true) => Jurisdiction::Other(other.clone()),
        (_, false, false) => Jurisdiction::Rival(others),
        _ => Jurisdiction::Several(others),
    }
}

/// What others may see an event called: the subject without tags, and without any name of the unit that told us.
pub fn public_title(title: &str, teller: Option<&Unit>, fallback: &str) -> String {
    let mut shown = title.to_owned();
    if let Some(unit) = teller {
        let mut names: Vec<&str> = unit.names().filter(|name| name.chars().count() > 1).collect();
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        for name in names {
            shown = shown.replace(name, "");
        }
    }
    let shown = shown.trim_matches(|c: char| c.is_whitespace() || "：:，,、-—·".contains(c)).to_owned();
    if shown.is_empty() { fallback.to_owned() } else { shown.chars().take(80).collect() }
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;
