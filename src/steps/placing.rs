//! Where a report belongs: to which event, as which stage, and whether it came before.

use super::report::Incoming;
use super::{Setup, StepError, duties, events, requisitions};
use crate::domain::event::{Candidate, Event, EventState, Involvement, Join, Jurisdiction, Sketch, join, jurisdiction};
use crate::domain::ids::{EventNo, UnitId};
use crate::domain::roster::Unit;
use crate::domain::route::Marked;
use crate::domain::rules::{Instant, Stage};
use crate::domain::schedule::local_day;
use crate::domain::submission::Kind;
use crate::domain::tags::numbers_in;
use crate::store::{Books, PastSubmission};

/// Where a report goes.
pub(super) enum Placed {
    /// It is no report on an event.
    Nowhere,
    /// On this event.
    On(Box<Event>),
    /// On a new event; the desk is asked whether it is one of these.
    New(Vec<EventNo>),
}

/// Whose event it is by the 地点 field.
pub(super) fn whose(setup: &Setup, incoming: &Incoming<'_>, unit: &Unit) -> Jurisdiction {
    let day = local_day(incoming.arrival, setup.zone);
    jurisdiction(&setup.roster, unit, incoming.fields.place.as_deref(), day, setup.rules.events.jurisdiction)
}

/// By number, else by thread, else by likeness to an event of this unit (or of the unit whose place it names).
pub(super) fn place(books: &Books<'_>, setup: &Setup, incoming: &Incoming<'_>, unit: &Unit, marked: Marked) -> Result<Placed, StepError> {
    let numbers = numbers_in(&format!("{}\n{}", incoming.mail.subject, incoming.fields.event.as_deref().unwrap_or_default()));
    if let Some(number) = numbers.event
        && let Some(event) = events::standing_event(books, number)?
    {
        return Ok(Placed::On(Box::new(event)));
    }
    if let Some(number) = incoming.thread.event
        && let Some(event) = events::standing_event(books, number)?
        && !begins_anew(books, &event, unit, marked, incoming.arrival)?
    {
        return Ok(Placed::On(Box::new(event)));
    }
    let mut parts = books.events_open_at(&unit.id, incoming.arrival)?;
    let mut commonplace = unit.commonplaces();
    if let Jurisdiction::Other(owner) = whose(setup, incoming, unit) {
        commonplace.extend(setup.roster.unit(&owner).map(Unit::commonplaces).unwrap_or_default());
        let of_owner = books.events_open_at(&owner, incoming.arrival)?;
        parts.extend(of_owner.into_iter().map(|(event, part)| (event, Involvement { first_at: None, ..part })));
        parts.sort_by_key(|(event, _)| event.number);
        parts.dedup_by_key(|(event, _)| event.number);
    }
    let candidates: Vec<Candidate> =
        parts.into_iter().map(|(event, part)| Candidate { reported: part.unit == unit.id && part.first_at.is_some(), event }).collect();
    let title = incoming.title();
    let continues = matches!(marked, Marked::FollowUp | Marked::Final);
    let sketch = Sketch {
        title: &title,
        place: incoming.place(),
        occurred: incoming.time_of_occurrence(continues),
        arrival: Some(incoming.arrival),
        continues,
        commonplace,
    };
    Ok(match join(&sketch, &candidates) {
        Join::Into(number) => match candidates.into_iter().find(|c| c.event.number == number) {
            Some(candidate) => Placed::On(Box::new(candidate.event)),
            None => Placed::New(Vec::new()),
        },
        Join::New => Placed::New(Vec::new()),
        Join::NewAsk(numbers) => Placed::New(numbers),
    })
}

/// A first report in the thread of an event that is over, and of which this unit's first is on file, tells of another one.
fn begins_anew(books: &Books<'_>, event: &Event, unit: &Unit, marked: Marked, arrival: Instant) -> Result<bool, StepError> {
    let first = matches!(marked, Marked::First | Marked::Urgent);
    let over = event.state != EventState::Open && event.ended_at.is_none_or(|ended| ended < arrival);
    Ok(first && over && books.involvement(event.number, &unit.id)?.is_some_and(|part| part.first_at.is_some()))
}

/// The earlier submission of which this one is a copy: same sender, kind, subject, body and attachments less than 24 hours
/// apart, unless this one meets an obligation that the earlier one did not.
pub(super) fn came_before(
    books: &Books<'_>,
    setup: &Setup,
    incoming: &Incoming<'_>,
    unit: &Unit,
    marked: Marked,
    placed: &Placed,
    seen_as: &[u8; 32],
) -> Result<Option<PastSubmission>, StepError> {
    let Some(before) = books.same_fingerprint(seen_as, incoming.arrival)? else { return Ok(None) };
    if before.withdrawn_at.is_some() || before.arrival > incoming.arrival {
        return Ok(None);
    }
    let kind = marked.stage().map_or(if marked == Marked::Zero { Kind::Zero } else { Kind::Routine }, Kind::from);
    if marked != Marked::Correction && duties::counts_elsewhere(books, setup, &unit.id, kind, incoming.arrival, before.number)? {
        return Ok(None);
    }
    if requisitions::would_meet(books, incoming, unit, marked, before.number)? {
        return Ok(None);
    }
    if let Placed::On(event) = placed {
        let stage = stage_due(books, event, &unit.id, marked)?;
        let open = books.obligations_of_unit(event.number, &unit.id)?;
        // 突发 twice with the same words is the same report twice, not a follow-up; on an event without a first it is that.
        let meant = marked != Marked::Urgent || stage == Stage::First;
        if meant && open.iter().any(|o| o.filed.is_none() && !o.ended && o.cause.stage() == Some(stage)) {
            return Ok(None);
        }
    }
    Ok(Some(before))
}

/// The stage that a report is of: as tagged, else the one that is due, else a follow-up of what was begun.
pub(super) fn stage_due(books: &Books<'_>, event: &Event, unit: &UnitId, marked: Marked) -> Result<Stage, StepError> {
    if let Some(stage) = marked.stage() {
        return Ok(stage);
    }
    let part = books.involvement(event.number, unit)?;
    if part.as_ref().is_none_or(|part| part.first_at.is_none()) {
        return Ok(Stage::First);
    }
    let open = books.obligations_of_unit(event.number, unit)?;
    let due = open.iter().filter(|o| o.filed.is_none() && !o.ended).min_by_key(|o| (o.due, o.cause.stage()));
    // A final is what its sender calls so; prose in a thread never ends an event.
    Ok(due.and_then(|o| o.cause.stage()).filter(|stage| *stage == Stage::First).unwrap_or(Stage::FollowUp))
}
