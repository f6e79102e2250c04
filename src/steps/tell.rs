//! 事件: the desk or a supervisor tells of an event; that is independent knowledge for every unit that has not filed.

use serde_json::json;

use super::events;
use super::file::answer;
use super::report::Incoming;
use super::say::{self, Occasion};
use super::{Setup, StepError};
use crate::domain::event::{Candidate, Event, EventState, Join, Sketch, join};
use crate::domain::ids::{EventNo, UnitId};
use crate::domain::message::Disposition;
use crate::domain::notice::{About, CommandAnswer, Content, NextDue, NoticeKind, Outcome, QuestionItem, UnitRef};
use crate::domain::rules::{Instant, Severity};
use crate::domain::schedule::local_day;
use crate::domain::tags::numbers_in;
use crate::store::Books;

/// What is told.
pub struct Telling<'a> {
    /// What it is called.
    pub title: &'a str,
    /// Units that owe.
    pub units: Vec<UnitId>,
    /// Where.
    pub place: Option<&'a str>,
    /// When it occurred.
    pub occurred: Option<Instant>,
    /// How grave; `None`: the configured default.
    pub severity: Option<Severity>,
    /// When we learned of it.
    pub known_at: Instant,
    /// The event that it is said to be.
    pub named: Option<EventNo>,
    /// Who tells.
    pub by: &'a str,
}

/// What came of a telling: the outcome, and the events that it may also be.
pub struct Opened {
    /// For the answer.
    pub outcome: Outcome,
    /// The event.
    pub event: Event,
    /// Others that it may be the same as.
    pub ask: Vec<EventNo>,
}

/// Reads a telling by mail, does it, and answers.
pub fn tell(books: &Books<'_>, setup: &Setup, incoming: &Incoming<'_>, now: Instant) -> Result<(), StepError> {
    books.dispose(incoming.delivery, Disposition::Command, "事件", incoming.arrival)?;
    let fields = &incoming.fields;
    let wrote = incoming.tags.wrote.clone().unwrap_or_default();
    let named = numbers_in(&format!("{}\n{}", incoming.mail.subject, fields.event.as_deref().unwrap_or_default())).event;
    let day = local_day(incoming.arrival, setup.zone);
    let mut units: Vec<UnitId> = Vec::new();
    for name in &fields.units {
        units.extend(setup.roster.unit_named(name, day).map(|unit| unit.id.clone()).filter(|id| !units.contains(id)));
    }
    let unknown = fields.units.iter().find(|name| setup.roster.unit_named(name, day).is_none());
    if fields.units.is_empty() {
        let place = fields.place.as_deref().unwrap_or_default();
        units = setup.roster.jurisdictions(place, day).into_iter().map(|unit| unit.id.clone()).collect();
    }
    if units.is_empty() || unknown.is_some() {
        let known = setup.roster.units.iter().map(|unit| unit.name.clone()).take(20).collect();
        let outcome = Outcome::UnitUnclear { unit: unknown.cloned(), place: fields.place.clone(), known };
        return reply(books, setup, incoming, wrote, outcome, None, now);
    }
    let telling = Telling {
        title: &incoming.tags.title,
        units,
        place: fields.place.as_deref().or(fields.place_in_prose.as_deref()),
        occurred: fields.occurred,
        severity: incoming.tags.severity.or(fields.severity),
        known_at: incoming.arrival,
        named,
        by: incoming.sender.as_str(),
    };
    let opened = open(books, setup, &telling, now)?;
    reply(books, setup, incoming, wrote, opened.outcome, Some(&opened.event), now)?;
    ask_same(books, setup, &opened.event, &opened.ask, incoming, now)
}

fn reply(
    books: &Books<'_>,
    setup: &Setup,
    incoming: &Incoming<'_>,
    wrote: String,
    outcome: Outcome,
    event: Option<&Event>,
    now: Instant,
) -> Result<(), StepError> {
    let about = event.map(events::about_event).unwrap_or_default();
    answer(books, setup, incoming, NoticeKind::Command, Content::Command(CommandAnswer { wrote, outcome }), about, now)
}

fn ask_same(
    books: &Books<'_>,
    setup: &Setup,
    event: &Event,
    ask: &[EventNo],
    incoming: &Incoming<'_>,
    now: Instant,
) -> Result<(), StepError> {
    let mut candidates = Vec::new();
    for other in ask {
        candidates.extend(books.event(*other)?.as_ref().map(events::event_ref));
    }
    if candidates.is_empty() {
        return Ok(());
    }
    let about = About::MaybeSameEvent { opened: events::event_ref(event), candidates };
    let item = QuestionItem { about, submission: None, subject: event.title.clone(), unit: None, at: incoming.arrival };
    say::ask(books, setup, item, events::about_event(event), &Occasion { why: json!({ "event": event.number }), ..Default::default() }, now)
}

/// Opens an event, or joins one that we have, and asks every named unit that has not reported.
pub fn open(books: &Books<'_>, setup: &Setup, telling: &Telling<'_>, now: Instant) -> Result<Opened, StepError> {
    let (mut event, joined, ask) = match place(books, setup, telling)? {
        (Some(event), ask) => (event, true, ask),
        (None, ask) => (new_event(books, setup, telling)?, false, ask),
    };
    if joined && let Some(severity) = telling.severity.filter(|severity| *severity != event.severity) {
        events::change_severity(books, setup, &mut event, severity, telling.by, now)?;
    }
    if joined {
        hide_tellers(books, setup, &mut event, &telling.units)?;
    }
    let mut owing: Vec<(UnitRef, NextDue)> = Vec::new();
    let mut already_filed = Vec::new();
    for unit in &telling.units {
        match events::ask_unit(books, setup, &event, unit, telling.known_at, now)? {
            Some(next) => owing.push((setup.unit_ref(unit), next)),
            None => already_filed.push(setup.unit_ref(unit)),
        }
    }
    let named = events::event_ref(&event);
    let outcome = if joined {
        Outcome::Joined { event: named, owing, already_filed }
    } else {
        let (severity, flagged_severity) = (event.severity, event.severity_assumed);
        Outcome::Opened { event: named, severity, flagged_severity, owing, already_filed }
    };
    Ok(Opened { outcome, event, ask })
}

/// A unit that has no part in it yet is about to be shown the event.
fn hide_tellers(books: &Books<'_>, setup: &Setup, event: &mut Event, units: &[UnitId]) -> Result<(), StepError> {
    for unit in units {
        if books.involvement(event.number, unit)?.is_none() {
            return events::hide_tellers(books, setup, event);
        }
    }
    Ok(())
}

fn place(books: &Books<'_>, setup: &Setup, telling: &Telling<'_>) -> Result<(Option<Event>, Vec<EventNo>), StepError> {
    if let Some(number) = telling.named
        && let Some(event) = events::standing_event(books, number)?
        && event.state == EventState::Open
    {
        return Ok((Some(event), Vec::new()));
    }
    let mut candidates: Vec<Candidate> = Vec::new();
    for unit in &telling.units {
        for (event, part) in books.events_open_at(unit, Instant::MAX_UTC)? {
            if candidates.iter().all(|c| c.event.number != event.number) {
                candidates.push(Candidate { event, reported: part.first_at.is_some() });
            }
        }
    }
    let units = telling.units.iter().filter_map(|unit| setup.roster.unit(unit));
    let sketch = Sketch {
        title: telling.title,
        place: telling.place,
        occurred: telling.occurred,
        arrival: Some(telling.known_at),
        continues: false,
        commonplace: units.flat_map(|unit| unit.commonplaces()).collect(),
    };
    Ok(match join(&sketch, &candidates) {
        Join::Into(number) => (candidates.into_iter().find(|c| c.event.number == number).map(|c| c.event), Vec::new()),
        Join::New => (None, Vec::new()),
        Join::NewAsk(ask) => (None, ask),
    })
}

fn new_event(books: &Books<'_>, setup: &Setup, telling: &Telling<'_>) -> Result<Event, StepError> {
    let number = books.next_event_number(setup.year(telling.known_at))?;
    let title = telling.title.trim();
    let title = if title.is_empty() { telling.place.unwrap_or_default() } else { title };
    let event = Event {
        number,
        title: if title.is_empty() { number.to_string() } else { title.chars().take(80).collect() },
        severity: telling.severity.unwrap_or(setup.rules.events.default_severity),
        severity_assumed: telling.severity.is_none(),
        place: telling.place.map(str::to_owned),
        occurred: telling.occurred,
        known_at: telling.known_at,
        ruleset: books.ruleset_at(telling.occurred.unwrap_or(telling.known_at))?,
        state: EventState::Open,
        merged_into: None,
        ended_at: None,
    };
    books.save_event(&event)?;
    tracing::info!(event = %number, "event opened");
    Ok(event)
}
