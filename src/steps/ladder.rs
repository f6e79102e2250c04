//! The notices of the ladder: reminder, late, omitted, unreported, their repeats, supplied.

use serde_json::{Value, json};

use super::say::{self, Occasion, say};
use super::{Setup, StepError};
use crate::domain::event::Event;
use crate::domain::notice::{Breach, Content, Headers, Notice, NoticeKind, Recipient, Reminder, Supplied};
use crate::domain::obligation::{Cause, Obligation};
use crate::domain::rules::{Instant, Ladder, Rung};
use crate::store::Books;

/// What made a breach notice necessary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// A rung was reached, others passed at once.
    Reached(Rung, Vec<Rung>),
    /// The highest rung again.
    Again(Rung, u32),
    /// The report came, after its time.
    FiledLate,
}

/// The `X-Zhibao-*` headers of a notice about an obligation.
pub fn headers(setup: &Setup, obligation: &Obligation, event: Option<&Event>) -> Headers {
    let duty = match &obligation.cause {
        Cause::Duty { name, .. } => Some(name.clone()),
        _ => None,
    };
    Headers {
        event: obligation.cause.event(),
        submission: obligation.filed.as_ref().map(|filed| filed.submission),
        unit: Some(setup.unit_ref(&obligation.unit)),
        stage: obligation.cause.stage(),
        duty,
        severity: event.map(|event| event.severity),
        due: Some(obligation.due),
        filed: obligation.filed.as_ref().map(|filed| filed.at),
        period: None,
        repeat: None,
    }
}

/// Reminds the unit's reporters.
pub fn remind(
    books: &Books<'_>,
    setup: &Setup,
    obligation: &mut Obligation,
    event: Option<&Event>,
    moment: Instant,
    now: Instant,
) -> Result<(), StepError> {
    obligation.climb.reminded_for = Some(moment);
    let content = Content::Reminder(Reminder {
        owed: obligation.cause.owed(books.counted(obligation.id)?),
        due: obligation.due,
        left: (obligation.due - now).num_seconds(),
        event: event.map(super::events::event_ref),
        rule: Some(obligation.because.clone()),
    });
    let recipients = say::reporters(setup, &obligation.unit);
    let notice = Notice {
        kind: NoticeKind::Reminder,
        recipients,
        content,
        about: headers(setup, obligation, event),
        answers: None,
        follows: obligation.climb.last_notice,
    };
    let why = json!({ "due": obligation.due, "reminder_for": moment, "rule": obligation.because });
    obligation.climb.last_notice = Some(say(books, setup, notice, &occasion(obligation, why), now)?);
    Ok(())
}

/// Says that something is late, omitted or unreported, and notes it in the obligation's climb.
pub fn tell_breach(
    books: &Books<'_>,
    setup: &Setup,
    obligation: &mut Obligation,
    event: Option<&Event>,
    told: Told,
    now: Instant,
) -> Result<(), StepError> {
    let ladder = setup.rules_for(books, obligation)?.ladder.clone();
    let (rung, passed, repeat) = match told {
        Told::Reached(rung, passed) => (rung, passed, 0),
        Told::Again(rung, repeat) => (rung, Vec::new(), repeat),
        Told::FiledLate => (Rung::Late, Vec::new(), 0),
    };
    let recipients = hears_of(setup, obligation, rung);
    let content = Content::Breach(breach(books, obligation, event, &ladder, rung, passed, repeat, now)?);
    let mut about = headers(setup, obligation, event);
    about.repeat = (repeat > 0).then_some(repeat);
    let notice =
        Notice { kind: rung.into(), recipients: recipients.clone(), content, about, answers: None, follows: obligation.climb.last_notice };
    let why = json!({
        "rung": rung, "due": obligation.due, "known_at": obligation.known_at, "independent": obligation.independent,
        "reached_at": obligation.reached_at(rung, &ladder), "filed": obligation.filed, "repeat": repeat, "rule": obligation.because,
    });
    let number = say(books, setup, notice, &occasion(obligation, why), now)?;
    let climb = &mut obligation.climb;
    if climb.rung != Some(rung) {
        climb.acknowledged = false;
        climb.repeats = 0;
    }
    climb.rung = Some(rung);
    climb.sent_at = Some(now);
    climb.repeats = climb.repeats.max(repeat);
    climb.last_notice = Some(number);
    for recipient in recipients {
        if climb.notified.iter().all(|known| known.address != recipient.address) {
            climb.notified.push(recipient);
        }
    }
    Ok(())
}

/// Level 1 and the unit hear of `late`; levels 1–2 of `omitted`; 1–3 of `unreported`.
fn hears_of(setup: &Setup, obligation: &Obligation, rung: Rung) -> Vec<Recipient> {
    let mut recipients = say::supervisors(setup, &obligation.unit, rung.level());
    if rung == Rung::Late {
        recipients.extend(say::reporters(setup, &obligation.unit));
    }
    recipients
}

#[allow(clippy::too_many_arguments)] // the facts of one notice
fn breach(
    books: &Books<'_>,
    obligation: &Obligation,
    event: Option<&Event>,
    ladder: &Ladder,
    rung: Rung,
    passed: Vec<Rung>,
    repeat: u32,
    now: Instant,
) -> Result<Breach, StepError> {
    let filed = obligation.filed.as_ref().map(|filed| filed.at);
    let after = match rung {
        Rung::Late => None,
        Rung::Omitted => Some(ladder.omitted_after),
        Rung::Unreported => Some(ladder.unreported_after),
    };
    Ok(Breach {
        rung,
        owed: obligation.cause.owed(books.counted(obligation.id)?),
        due: obligation.due,
        filed,
        by: (filed.unwrap_or(now) - obligation.due).num_seconds(),
        event: event.map(super::events::event_ref),
        place: event.and_then(|event| event.place.clone()),
        occurred: event.and_then(|event| event.occurred),
        severity: event.map(|event| event.severity),
        known_at: (obligation.independent && obligation.cause.event().is_some()).then_some(obligation.known_at),
        rule: Some(obligation.because.clone()),
        rung_after: after,
        passed,
        next_rung: if filed.is_some() { None } else { obligation.rung_after(rung, ladder) },
        repeat,
        repeats_at_most: ladder.nag_max,
        repeats_every: ladder.nag,
    })
}

/// Tells everybody who heard that it was missing that it came, or that it had come in time.
pub fn tell_supplied(
    books: &Books<'_>,
    setup: &Setup,
    obligation: &mut Obligation,
    event: Option<&Event>,
    withdrawn: bool,
    now: Instant,
) -> Result<(), StepError> {
    let Some(filed) = &obligation.filed else { return Ok(()) };
    // An extension starts the ladder anew; those who heard before it was granted heard of a late report at least.
    let earlier = obligation.climb.rung.unwrap_or(Rung::Late);
    let content = Content::Supplied(Supplied {
        owed: obligation.cause.owed(0),
        due: obligation.due,
        filed: filed.at,
        by: (filed.at - obligation.due).num_seconds(),
        withdrawn,
        verdict: obligation.verdict,
        earlier,
        event: event.map(super::events::event_ref),
        submission: Some(filed.submission),
    });
    let notice = Notice {
        kind: NoticeKind::Supplied,
        recipients: obligation.climb.notified.clone(),
        content,
        about: headers(setup, obligation, event),
        answers: None,
        follows: obligation.climb.last_notice,
    };
    let why = json!({ "due": obligation.due, "filed": filed, "verdict": obligation.verdict, "withdrawn": withdrawn });
    obligation.climb.last_notice = Some(say(books, setup, notice, &occasion(obligation, why), now)?);
    Ok(())
}

fn occasion(obligation: &Obligation, why: Value) -> Occasion {
    Occasion { obligation: Some(obligation.id), why, ..Default::default() }
}
