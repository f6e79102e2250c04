//! The canary: a mail of the office to itself, by the way of every notice and of every report. When it is not back in time, the
//! operators are told, once.
//!
//! One is out at a time. Its row in the store says which, since when and until when; what is due is found by that row and now, so a
//! start after a crash goes on where the last run was. It comes back as a notice of our own: counted, ignored, and never answered. Only
//! one who has its token can make it come back, and nobody gets that but the office's own mailbox.

use chrono::TimeDelta;
use serde_json::json;

use super::say::{self, AGAIN, Occasion, apart, say};
use super::{Setup, StepError, World};
use crate::domain::ids::NoticeNo;
use crate::domain::message::ParsedMail;
use crate::domain::notice::{
    Canary, CanaryLetter, CanaryMissing, Capacity, Content, Headers, Notice, NoticeKind, Recipient, StalledMailbox,
};
use crate::domain::rules::{Instant, span};
use crate::domain::schedule::Cron;
use crate::mail::token;
use crate::store::{Books, CanaryRow, CanaryState, CommitPoint};

/// When canaries go out, and how long one may take.
#[derive(Clone, Debug)]
pub struct CanaryRules {
    /// When one goes out, in the office's zone.
    pub cron: Cron,
    /// Seconds within which it must be back.
    pub within: i64,
}

/// While sending is held, one looks again after so many seconds.
const HELD_PAUSE: i64 = 60;

/// A start: what was out while nothing ran gets its whole time anew, since nobody could have sent it, or read it.
pub fn begin(world: &World, rules: &CanaryRules, now: Instant) -> Result<(), StepError> {
    let until = now + span(rules.within);
    if !world.store.read(|books| books.canary())?.is_some_and(|row| row.state == CanaryState::Out && row.back_by < until) {
        return Ok(());
    }
    world.store.write(CommitPoint::Watch, |books| while_out(books, |row| CanaryRow { back_by: until, ..row }))
}

/// Changes the row of a canary that is still out: it may have come back since one looked.
fn while_out(books: &Books<'_>, change: impl FnOnce(CanaryRow) -> CanaryRow) -> Result<(), StepError> {
    match books.canary()?.filter(|row| row.state == CanaryState::Out) {
        Some(row) => Ok(books.put_canary(&change(row))?),
        None => Ok(()),
    }
}

/// Does what is due by `now`: sends a canary, or tells of one that is missing. Says whether there was anything, and when to look again.
pub fn step(world: &World, rules: &CanaryRules, now: Instant) -> Result<(bool, Instant), StepError> {
    let row = world.store.read(|books| books.canary())?;
    if world.store.read(|books| books.held())?.is_some() {
        if row.is_some_and(|row| row.state == CanaryState::Out) {
            world.store.write(CommitPoint::Watch, |books| while_out(books, |row| CanaryRow { state: CanaryState::Dropped, ..row }))?;
        }
        return Ok((false, now + span(HELD_PAUSE)));
    }
    let zone = world.setup.zone;
    match row {
        Some(row) if row.state == CanaryState::Out && row.back_by > now + span(rules.within) => {
            // The clock was set back, or the time was shortened.
            let back_by = now + span(rules.within);
            world.store.write(CommitPoint::Watch, |books| while_out(books, |row| CanaryRow { back_by, ..row }))?;
            Ok((false, back_by))
        }
        Some(row) if row.state == CanaryState::Out && row.back_by > now => Ok((false, row.back_by)),
        Some(row) if row.state == CanaryState::Out => {
            let told = world.store.write(CommitPoint::Watch, |books| {
                let told = apart(books, "the canary that is missing", || tell_missing(books, &world.setup, now))?;
                Ok::<_, StepError>(told.is_some())
            })?;
            Ok((told, if told { now } else { now + span(AGAIN) }))
        }
        row => {
            let before = row.as_ref().map(|row| row.due.min(now));
            let never = now + TimeDelta::days(1);
            let next = before.map_or(now, |before| rules.cron.next_after(before, zone).unwrap_or(never));
            if next > now {
                return Ok((false, next));
            }
            // Those that were missed meanwhile are one.
            let due = before.and_then(|_| rules.cron.prev_at_or_before(now, zone)).unwrap_or(now);
            let sent = world.store.write(CommitPoint::Watch, |books| {
                let sent = apart(books, "the canary", || send(books, &world.setup, rules, due, now))?;
                Ok::<_, StepError>(sent.is_some())
            })?;
            Ok((sent, if sent { now + span(rules.within) } else { now + span(AGAIN) }))
        }
    }
}

fn send(books: &Books<'_>, setup: &Setup, rules: &CanaryRules, due: Instant, now: Instant) -> Result<(), StepError> {
    let office = &setup.roster.office;
    let itself = Recipient { address: office.address.clone(), name: office.name.clone(), capacity: Capacity::Operator };
    let back_by = now + span(rules.within);
    let content = Content::Canary(Canary { back_by });
    let (kind, recipients) = (NoticeKind::Canary, vec![itself]);
    let notice = Notice { kind, recipients, content, about: Headers::default(), answers: None, follows: None };
    let occasion = Occasion { why: json!({ "due": due, "back_by": back_by }), ..Default::default() };
    let number = say(books, setup, notice, &occasion, now)?;
    let before = books.canary()?;
    let (last_back, last_took_seconds) = before.as_ref().map_or((None, None), |row| (row.last_back, row.last_took_seconds));
    let missing_since = before.and_then(|row| row.missing_since);
    let state = CanaryState::Out;
    Ok(books.put_canary(&CanaryRow { due, number, sent: now, back_by, state, last_back, last_took_seconds, missing_since })?)
}

/// Tells the operators, in the transaction in which the canary becomes missing: so once.
fn tell_missing(books: &Books<'_>, setup: &Setup, now: Instant) -> Result<(), StepError> {
    // It may have come back since the look.
    let Some(row) = books.canary()?.filter(|row| row.state == CanaryState::Out && row.back_by <= now) else { return Ok(()) };
    let (letter, said) = letter_of(books, row.number)?;
    let states = books.mailbox_states()?;
    let mailboxes = setup.mailbox_names().into_iter().map(|name| {
        let state = states.iter().find(|(known, ..)| *known == name);
        let (last_read, error) = state.map_or((None, None), |(_, at, error)| (*at, error.clone()));
        StalledMailbox { name, last_read, error }
    });
    let missing = CanaryMissing {
        canary: row.number,
        sent: row.sent,
        back_by: row.back_by,
        letter,
        said,
        mailboxes: mailboxes.collect(),
        unfiled: books.waiting_count()?,
    };
    tracing::warn!(canary = %row.number, ?letter, "the canary has not come back in time; the operators are told");
    let (kind, recipients, content) = (NoticeKind::IntakeStalled, say::operators(setup), Content::CanaryMissing(missing));
    let notice = Notice { kind, recipients, content, about: Headers::default(), answers: None, follows: None };
    let why = json!({ "canary": row.number, "sent": row.sent, "back_by": row.back_by });
    say(books, setup, notice, &Occasion { why, ..Default::default() }, now)?;
    let missing_since = row.missing_since.or(Some(now));
    Ok(books.put_canary(&CanaryRow { state: CanaryState::Missing, missing_since, ..row })?)
}

/// How far its letter came on our side, and in what words.
fn letter_of(books: &Books<'_>, number: NoticeNo) -> Result<(CanaryLetter, String), StepError> {
    let letters = books.letters_of(number)?;
    let Some(letter) = letters.into_iter().next() else { return Ok((CanaryLetter::Failed, String::new())) };
    let how_far = match letter.state.as_str() {
        "accepted" => CanaryLetter::Taken,
        // An attempt got no answer: it may have arrived, whatever became of the later ones.
        _ if letter.indeterminate > 0 => CanaryLetter::Unsure,
        "failed" => CanaryLetter::Failed,
        _ => CanaryLetter::Waiting,
    };
    Ok((how_far, letter.reply.unwrap_or_default()))
}

/// A notice of our own has come in: if it is a canary, it is back. What it was, for the reason of its disposition; `None`: no canary,
/// or one that only looks like it.
pub fn came_back(books: &Books<'_>, setup: &Setup, mail: &ParsedMail, now: Instant) -> Result<Option<String>, StepError> {
    let office = &setup.roster.office.address;
    let ids: Vec<String> = mail.message_id.iter().cloned().collect();
    let mut claims = token::claims(&[], &ids, &mail.subject, office).into_iter();
    let proven = claims.find(|claim| token::verify(&setup.key, claim.notice, office, &claim.token));
    let Some(claim) = proven else { return Ok(None) };
    let number = claim.notice;
    match books.canary()? {
        Some(row) if row.number == number => match row.state {
            CanaryState::Back => Ok(Some(format!("canary {number}, back before"))),
            CanaryState::Out | CanaryState::Missing | CanaryState::Dropped => {
                let took = (now - row.sent).num_seconds().max(0);
                let (last_back, last_took_seconds) = (Some(now), Some(took));
                if row.state == CanaryState::Missing {
                    tracing::info!(canary = %number, took, "the canary has come back after all");
                }
                let (state, missing_since) = (CanaryState::Back, None);
                books.put_canary(&CanaryRow { state, last_back, last_took_seconds, missing_since, ..row })?;
                Ok(Some(format!("canary {number}, back after {took} s")))
            }
        },
        _ if books.notice(number)?.is_some_and(|notice| notice.kind == NoticeKind::Canary) => {
            Ok(Some(format!("canary {number}, an earlier one")))
        }
        _ => Ok(None),
    }
}
