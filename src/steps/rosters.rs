//! The roster is verified: each unit's reporters are asked from time to time to confirm their entry.

use serde_json::json;

use super::correspondence::file_aside;
use super::report::Incoming;
use super::say::{self, Occasion, say};
use super::{Setup, StepError, World};
use crate::domain::ids::UnitId;
use crate::domain::notice::{About, Content, Headers, Notice, NoticeKind, Outcome, QuestionItem, RosterCheck};
use crate::domain::roster::Unit;
use crate::domain::roster_check::RosterState;
use crate::domain::rules::Instant;
use crate::domain::schedule::local_day;
use crate::store::{Books, CommitPoint, RecordEntry};

/// Brings the table in step with the roster and the span between rounds; a unit that has left is not asked any more.
pub fn sync(books: &Books<'_>, setup: &Setup, now: Instant) -> Result<(), StepError> {
    let known = books.roster_states()?;
    for state in &known {
        let next = setup.roster.unit(&state.unit).and_then(|_| next(setup, state));
        books.save_roster_state(state, next)?;
    }
    for unit in setup.roster.units.iter().filter(|unit| known.iter().all(|state| state.unit != unit.id)) {
        let state = appeared(&unit.id, now);
        books.save_roster_state(&state, next(setup, &state))?;
    }
    Ok(())
}

fn appeared(unit: &UnitId, now: Instant) -> RosterState {
    RosterState { unit: unit.clone(), since: now, asked_at: None, asked: 0, confirmed_at: None, confirmed_by: None }
}

fn next(setup: &Setup, state: &RosterState) -> Option<Instant> {
    state.next(setup.reckoning.verify_roster_seconds).map(|next| next.at)
}

/// Asks the units that are to be asked by `now`. `true`: there was one.
pub fn step(world: &World, now: Instant) -> Result<bool, StepError> {
    if world.store.read(|books| books.next_roster_check())?.is_none_or(|at| at > now) {
        return Ok(false);
    }
    world.store.write(CommitPoint::Watch, |books| {
        for state in books.rosters_to_check(now)? {
            check(books, &world.setup, &state, now)?;
        }
        Ok(true)
    })
}

fn check(books: &Books<'_>, setup: &Setup, state: &RosterState, now: Instant) -> Result<(), StepError> {
    let Some(due) = state.next(setup.reckoning.verify_roster_seconds) else { return Ok(books.save_roster_state(state, None)?) };
    let asked = state.after_asking(due.again, now);
    books.save_roster_state(&asked, next(setup, &asked))?;
    let day = local_day(now, setup.zone);
    // A unit that nobody reports for is named in the digest; there is nobody to ask.
    let Some(unit) = setup.roster.unit(&state.unit).filter(|unit| unit.valid_on(day) && !unit.reporters.is_empty()) else { return Ok(()) };
    let content = Content::RosterCheck(RosterCheck { reporters: entries(unit), again: due.again });
    let about = Headers { unit: Some(setup.unit_ref(&unit.id)), ..Default::default() };
    let kind = NoticeKind::RosterCheck;
    let recipients = say::reporters(setup, &unit.id);
    let notice = Notice { kind, recipients, content, about, answers: None, follows: None };
    let why = json!({ "since": state.since, "asked_at": state.asked_at, "confirmed_at": state.confirmed_at, "again": due.again });
    say(books, setup, notice, &Occasion { why, ..Default::default() }, now)?;
    Ok(())
}

fn entries(unit: &Unit) -> Vec<(String, crate::domain::roster::Address, crate::domain::roster::Role)> {
    unit.reporters.iter().map(|reporter| (reporter.name.clone(), reporter.address.clone(), reporter.role)).collect()
}

/// Somebody confirms a unit's entry in the roster.
pub fn confirm(books: &Books<'_>, setup: &Setup, unit: &UnitId, by: &str, now: Instant) -> Result<Outcome, StepError> {
    let state = books.roster_state(unit)?.unwrap_or_else(|| appeared(unit, now)).after_confirmation(by, now);
    books.save_roster_state(&state, next(setup, &state))?;
    let data = json!({ "unit": unit });
    books.record(&RecordEntry { at: now, what: "roster".into(), obligation: None, event: None, by: by.into(), data })?;
    Ok(Outcome::RosterConfirmed { unit: setup.unit_ref(unit) })
}

/// A reporter's answer that is no confirmation: somebody has changed, perhaps. It is kept, counts for nothing, and the desk
/// is asked to mend the roster.
pub fn note(books: &Books<'_>, setup: &Setup, incoming: Incoming<'_>, now: Instant) -> Result<(), StepError> {
    let unit = setup.roster.standing(incoming.sender).reports_for.map(|unit| setup.unit_ref(&unit.id));
    let said: String = incoming.own.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect();
    let (subject, at) = (incoming.title(), incoming.arrival);
    let Some(number) = file_aside(books, setup, incoming, now)? else { return Ok(()) };
    let item = QuestionItem { about: About::RosterAnswer { said }, submission: Some(number), subject, unit: unit.clone(), at };
    let about = Headers { submission: Some(number), unit, ..Default::default() };
    say::ask(books, setup, item, about, &Occasion { why: json!({ "submission": number }), ..Default::default() }, now)
}
