//! Deadlines: windows open, ladders are climbed, stalls are told, hourly lists go out.

use serde_json::json;

use super::events;
use super::ladder::{self, Told};
use super::say::{self, AGAIN, Occasion, apart, say};
use super::{Setup, StepError, World, assess, digest, duties, rosters, silence};
use crate::domain::event::Event;
use crate::domain::notice::{
    About, Capacity, Content, Headers, IntakeStalled, Notice, NoticeKind, Quarantined, Question, QuestionItem, Recipient, StalledMailbox,
};
use crate::domain::obligation::{Action, Obligation, Surroundings, decide};
use crate::domain::rules::{Instant, Rung, Stage, Verdict, span};
use crate::store::{BY_RULES, Books, CommitPoint};

/// Ladders looked at in one transaction.
const GROUP: usize = 200;

/// What an enforcing step found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Enforced {
    /// Something was done.
    pub worked: bool,
    /// Something is due, and a reading must come first.
    pub awaits_reading: bool,
}

/// Does what is due by `now`.
pub fn step(world: &World, now: Instant) -> Result<Enforced, StepError> {
    let setup = &*world.setup;
    let mut done = Enforced::default();
    if world.store.read(|books| books.next_window_opens())?.is_some_and(|at| at <= now) {
        done.worked |= world.store.write(CommitPoint::Duties, |books| duties::open_windows(books, setup, now))?;
    }
    let due = world.store.read(|books| books.obligations_to_wake(now))?;
    for group in due.chunks(GROUP) {
        let found = world.store.write(CommitPoint::Ladder, |books| {
            let mut found = Enforced::default();
            let mark = books.watermark(&setup.mailbox_names(), &setup.names_by_header())?;
            for id in group {
                let Some(one) = apart(books, format_args!("obligation {id}"), || climb(books, setup, *id, mark, now))? else {
                    books.postpone(*id, now + span(AGAIN))?;
                    continue;
                };
                found.worked |= one.worked;
                found.awaits_reading |= one.awaits_reading;
            }
            Ok::<_, StepError>(found)
        })?;
        done.worked |= found.worked;
        done.awaits_reading |= found.awaits_reading;
    }
    for watched in [assess::step(world, now)?, silence::step(world, now)?] {
        done.worked |= watched.worked;
        done.awaits_reading |= watched.awaits_reading;
    }
    done.worked |= rosters::step(world, now)?;
    done.worked |= lists(world, now)?;
    if !done.worked {
        // Only when all else of this moment has been done, so that it is told of, too.
        let sent = digest::step(world, !done.awaits_reading, now)?;
        done.worked |= sent.worked;
        done.awaits_reading |= sent.awaits_reading;
    }
    Ok(done)
}

/// When the next thing falls due, whatever its kind.
pub fn next_due(books: &Books<'_>) -> Result<Option<Instant>, StepError> {
    let held = [NoticeKind::Question, NoticeKind::Quarantined].into_iter().filter_map(|kind| books.held_since(kind).transpose());
    let lists = held.collect::<Result<Vec<_>, _>>()?.into_iter().map(|at| at + span(LIST_EVERY)).min();
    let reckoned = [assess::next_due(books)?, silence::next_due(books)?, books.next_roster_check()?, digest::next_due(books)?];
    let due = [books.next_wake()?, books.next_window_opens()?, lists];
    Ok(due.into_iter().chain(reckoned).flatten().min())
}

fn climb(books: &Books<'_>, setup: &Setup, id: i64, mark: Option<Instant>, now: Instant) -> Result<Enforced, StepError> {
    let Some(mut obligation) = books.obligation(id)? else { return Ok(Enforced::default()) };
    let event = obligation.cause.event().map(|number| books.event(number)).transpose()?.flatten();
    let event = event.as_ref();
    let ladder = setup.rules_for(books, &obligation)?.ladder.clone();
    let quarantined = books.waiting_quarantine(&obligation.unit, may_have_come_since(&obligation, event))?;
    let around = Surroundings { watermark: mark, quarantined: quarantined.as_ref().map(|entry| entry.arrival) };
    let action = decide(&obligation, &ladder, around, now);
    let _span = tracing::debug_span!("obligation", id, unit = %obligation.unit).entered();
    tracing::debug!(?action, due = %obligation.due, "ladder");
    match action {
        Action::AwaitReading => return Ok(Enforced { worked: false, awaits_reading: true }),
        Action::Rest => return rest(books, &obligation, &ladder),
        Action::Remind(moment) => ladder::remind(books, setup, &mut obligation, event, moment, now)?,
        Action::Climb { rung, passed } => {
            let before = std::mem::replace(&mut obligation.verdict, Verdict::from(rung));
            for passed in &passed {
                tracing::info!(%passed, "rung passed without a notice of its own");
            }
            events::record_verdict(books, setup, &obligation, before, BY_RULES, rung.as_str(), now)?;
            ladder::tell_breach(books, setup, &mut obligation, event, Told::Reached(rung, passed), now)?;
        }
        Action::TellFiledLate => {
            ladder::tell_breach(books, setup, &mut obligation, event, Told::FiledLate, now)?;
            obligation.climb.untold = false;
        }
        Action::Nag { rung, repeat } => ladder::tell_breach(books, setup, &mut obligation, event, Told::Again(rung, repeat), now)?,
        Action::AskDesk { rung } => {
            obligation.climb.asked = Some(rung);
            if let Some(entry) = quarantined {
                ask_about_quarantine(books, setup, &obligation, event, rung, &entry, now)?;
            }
        }
    }
    books.save_obligation(&obligation, &ladder)?;
    Ok(Enforced { worked: true, awaits_reading: false })
}

/// From when on a message may be the report that is owed: a first report may have come before anybody else told us.
fn may_have_come_since(obligation: &Obligation, event: Option<&Event>) -> Instant {
    let since = obligation.known_at.min(obligation.created_at);
    match (obligation.cause.stage(), event) {
        (Some(Stage::First), Some(event)) => event.occurred.map_or(chrono::DateTime::UNIX_EPOCH, |occurred| occurred.min(since)),
        _ => since,
    }
}

/// Nothing to do: the row says again when to look, lest it be looked at for ever.
fn rest(books: &Books<'_>, obligation: &Obligation, ladder: &crate::domain::rules::Ladder) -> Result<Enforced, StepError> {
    books.save_obligation(obligation, ladder)?;
    Ok(Enforced::default())
}

fn ask_about_quarantine(
    books: &Books<'_>,
    setup: &Setup,
    obligation: &Obligation,
    event: Option<&Event>,
    rung: Rung,
    entry: &crate::store::QuarantineEntry,
    now: Instant,
) -> Result<(), StepError> {
    let about = About::WaitingQuarantine {
        number: entry.number,
        owed: obligation.cause.owed(0),
        due: obligation.due,
        event: event.map(events::event_ref),
        rung,
    };
    let unit = Some(setup.unit_ref(&obligation.unit));
    let item = QuestionItem { about, submission: None, subject: entry.subject.clone(), unit, at: obligation.due };
    let why = json!({ "quarantine": entry.number, "rung": rung, "due": obligation.due });
    let occasion = Occasion { obligation: Some(obligation.id), quarantine: Some(entry.number), why, ..Default::default() };
    say::ask(books, setup, item, ladder::headers(setup, obligation, event), &occasion, now)
}

const LIST_EVERY: i64 = 3600;

/// The hourly lists of what was held back from the desk.
fn lists(world: &World, now: Instant) -> Result<bool, StepError> {
    let mut worked = false;
    for kind in [NoticeKind::Question, NoticeKind::Quarantined] {
        if world.store.read(|books| books.held_since(kind))?.is_some_and(|at| at + span(LIST_EVERY) <= now) {
            world.store.write(CommitPoint::DeskList, |books| send_list(books, &world.setup, kind, now))?;
            worked = true;
        }
    }
    Ok(worked)
}

fn send_list(books: &Books<'_>, setup: &Setup, kind: NoticeKind, now: Instant) -> Result<(), StepError> {
    let content = match kind {
        NoticeKind::Quarantined => Content::Quarantined(Quarantined { items: books.take_held(kind)?, list: true }),
        _ => Content::Question(Question { items: books.take_held(kind)?, list: true }),
    };
    let notice = Notice { kind, recipients: say::desk(setup), content, about: Headers::default(), answers: None, follows: None };
    say(books, setup, notice, &Occasion { why: json!({ "list": true }), ..Default::default() }, now)?;
    Ok(())
}

/// Intake stands still: something is due, and not everything that had arrived by then could be read. The operators hear of it
/// at once, the supervisors after `stall_escalate`; when it moves again the next stall is told anew.
pub fn stall(world: &World, stalled: bool, now: Instant) -> Result<bool, StepError> {
    let setup = &*world.setup;
    let since = world.store.read(|books| books.meta(STALLED_SINCE))?;
    match (stalled, since) {
        (false, None) => Ok(false),
        (false, Some(_)) => world.store.write(CommitPoint::Stall, |books| {
            books.clear_meta(STALLED_SINCE)?;
            books.clear_meta(STALL_ESCALATED)?;
            Ok(true)
        }),
        (true, None) => world.store.write(CommitPoint::Stall, |books| {
            books.set_meta(STALLED_SINCE, &now.timestamp().to_string())?;
            tell_stall(books, setup, now, false, now).map(|()| true)
        }),
        (true, Some(since)) => {
            let since = moment_of(&since).unwrap_or(now);
            let escalated = world.store.read(|books| books.meta(STALL_ESCALATED))?.is_some();
            if escalated || now < since + span(setup.rules.ladder.stall_escalate) {
                return Ok(false);
            }
            world.store.write(CommitPoint::Stall, |books| {
                books.set_meta(STALL_ESCALATED, "yes")?;
                tell_stall(books, setup, since, true, now).map(|()| true)
            })
        }
    }
}

/// Since when intake has stood still; `None`: it moves.
pub fn stalled_since(books: &Books<'_>) -> Result<Option<Instant>, StepError> {
    Ok(books.meta(STALLED_SINCE)?.as_deref().and_then(moment_of))
}

fn moment_of(seconds: &str) -> Option<Instant> {
    seconds.parse().ok().and_then(|seconds| chrono::DateTime::from_timestamp(seconds, 0))
}

const STALLED_SINCE: &str = "stalled_since";
const STALL_ESCALATED: &str = "stall_escalated";

fn tell_stall(books: &Books<'_>, setup: &Setup, since: Instant, escalated: bool, now: Instant) -> Result<(), StepError> {
    let names = setup.mailbox_names();
    let states = books.mailbox_states()?;
    let mailboxes = names
        .iter()
        .map(|name| {
            let state = states.iter().find(|(known, ..)| known == name);
            let (last_read, error) = state.map_or((None, None), |(_, at, error)| (*at, error.clone()));
            StalledMailbox { name: name.clone(), last_read, error }
        })
        .collect();
    let unfiled = u32::try_from(books.waiting_count()?).unwrap_or(u32::MAX);
    let waiting = books.due_unjudged(now)?;
    let mut recipients = say::operators(setup);
    if escalated {
        let person = |s: &crate::domain::roster::Supervisor| Recipient {
            address: s.address.clone(),
            name: s.name.clone(),
            capacity: Capacity::Supervisor,
        };
        recipients.extend(setup.roster.supervisors.iter().map(person));
    }
    let content = Content::IntakeStalled(IntakeStalled { mailboxes, unfiled, since, waiting, escalated });
    let notice = Notice { kind: NoticeKind::IntakeStalled, recipients, content, about: Headers::default(), answers: None, follows: None };
    say(books, setup, notice, &Occasion { why: json!({ "since": since, "escalated": escalated }), ..Default::default() }, now)?;
    Ok(())
}
