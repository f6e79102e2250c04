//! Commands: by reply to a notice, by tag, and from the command line. Each is done, or refused in a sentence.

use serde_json::json;

use super::events::{self, event_ref, record_verdict};
use super::file::answer;
use super::report::Incoming;
use super::{Setup, StepError, duties, requisitions, rosters};
use crate::domain::event::{Event, EventState, Part};
use crate::domain::ids::{EventNo, SubmissionNo, UnitId};
use crate::domain::message::Disposition;
use crate::domain::notice::{CommandAnswer, Content, Headers, NoticeKind, Outcome, Returned, WhoMay};
use crate::domain::obligation::Obligation;
use crate::domain::reply::{Command, Verb};
use crate::domain::roster::Address;
use crate::domain::rules::{Instant, Severity, Stage, Verdict};
use crate::domain::tags::numbers_in;
use crate::mail::token::{self, Claim};
use crate::store::{Books, PastNotice, QuarantineState, RecordEntry};

/// A command in the first own line of a reply to `notice`.
pub fn by_reply(
    books: &Books<'_>,
    setup: &Setup,
    incoming: &Incoming<'_>,
    notice: Option<&PastNotice>,
    given: &Command,
    now: Instant,
) -> Result<(), StepError> {
    books.dispose(incoming.delivery, Disposition::Command, &given.wrote, incoming.arrival)?;
    let mail = incoming.mail;
    let claims = token::claims(&mail.recipients, &mail.answers, &mail.subject, &setup.roster.office.address);
    let ours = |claim: &&Claim| token::verify(&setup.key, claim.notice, incoming.sender, &claim.token);
    let target = match claims.iter().find(ours) {
        Some(claim) => books.notice(claim.notice)?,
        None if claims.is_empty() => return done(books, setup, incoming, &given.wrote, Outcome::NoToken, None, now),
        None => return refused(books, setup, incoming, &given.wrote, WhoMay::ItsRecipient, now),
    };
    let Some(target) = target.as_ref().or(notice) else {
        return done(books, setup, incoming, &given.wrote, Outcome::NoToken, None, now);
    };
    if !supervises(books, setup, incoming.sender, target, given)? {
        return refused(books, setup, incoming, &given.wrote, WhoMay::Supervisors, now);
    }
    let outcome = obey(books, setup, target, given, incoming.sender.as_str(), now)?;
    done(books, setup, incoming, &given.wrote, outcome, Some(target), now)
}

/// A supervisor of some units only commands about these; what is done to an event is done to every unit that owes in it.
fn supervises(books: &Books<'_>, setup: &Setup, sender: &Address, target: &PastNotice, given: &Command) -> Result<bool, StepError> {
    let standing = setup.roster.standing(sender);
    if standing.desk && matches!(given.verb, Verb::Severity | Verb::Release | Verb::Reject) {
        return Ok(true);
    }
    if given.verb == Verb::Confirm && standing.reports_for.is_some_and(|unit| target.unit.as_ref() == Some(&unit.id)) {
        return Ok(true);
    }
    let of_event = match given.verb {
        Verb::Close | Verb::Merge | Verb::Severity => target.event,
        Verb::Withdraw if target.submission.is_none() => target.event,
        _ => None,
    };
    let mut units: Vec<UnitId> = target.unit.iter().cloned().collect();
    for event in of_event.into_iter().chain(given.event()) {
        units.extend(owing_units(books, event)?);
    }
    Ok(standing.supervisor.is_some_and(|supervisor| units.iter().all(|unit| supervisor.supervises(unit))))
}

fn owing_units(books: &Books<'_>, event: EventNo) -> Result<Vec<UnitId>, StepError> {
    let Some(event) = events::standing_event(books, event)? else { return Ok(Vec::new()) };
    let parts = books.involvements(event.number)?;
    Ok(parts.into_iter().filter(|part| part.part == Part::Owes).map(|part| part.unit).collect())
}

/// A command word from somebody who may give commands, but not as a reply to a notice of ours.
pub fn stray(books: &Books<'_>, setup: &Setup, incoming: &Incoming<'_>, given: Option<&Command>, now: Instant) -> Result<(), StepError> {
    let wrote = given.map(|given| given.wrote.clone()).unwrap_or_default();
    books.dispose(incoming.delivery, Disposition::Command, &wrote, incoming.arrival)?;
    done(books, setup, incoming, &wrote, Outcome::NoToken, None, now)
}

/// 撤回 from a supervisor: a submission or an event by its number, or what the thread is about.
pub fn withdraw_by_tag(books: &Books<'_>, setup: &Setup, incoming: &Incoming<'_>, now: Instant) -> Result<(), StepError> {
    let wrote = incoming.tags.wrote.clone().unwrap_or_default();
    books.dispose(incoming.delivery, Disposition::Command, &wrote, incoming.arrival)?;
    let named = numbers_in(&incoming.mail.subject);
    let submission = named.submission.or(if named.event.is_some() { None } else { incoming.thread.submission });
    let event = named.event.or(incoming.thread.event);
    let mut units: Vec<UnitId> = match submission {
        Some(number) => books.submission(number)?.and_then(|found| found.unit).into_iter().collect(),
        None => Vec::new(),
    };
    if let (None, Some(event)) = (submission, event) {
        units = owing_units(books, event)?;
    }
    let supervisor = setup.roster.standing(incoming.sender).supervisor;
    if units.iter().any(|unit| supervisor.is_none_or(|supervisor| !supervisor.supervises(unit))) {
        return refused(books, setup, incoming, &wrote, WhoMay::Supervisors, now);
    }
    let outcome = withdraw(books, setup, submission, event, &incoming.mail.subject, incoming.sender.as_str(), now)?;
    done(books, setup, incoming, &wrote, outcome, None, now)
}

fn refused(books: &Books<'_>, setup: &Setup, incoming: &Incoming<'_>, wrote: &str, who_may: WhoMay, now: Instant) -> Result<(), StepError> {
    let content = Content::Returned(Returned { wrote: wrote.to_owned(), who_may, subject: incoming.tags.title.clone() });
    answer(books, setup, incoming, NoticeKind::Returned, content, Headers::default(), now)
}

fn done(
    books: &Books<'_>,
    setup: &Setup,
    incoming: &Incoming<'_>,
    wrote: &str,
    outcome: Outcome,
    target: Option<&PastNotice>,
    now: Instant,
) -> Result<(), StepError> {
    let about = Headers {
        event: target.and_then(|target| target.event),
        unit: target.and_then(|target| target.unit.as_ref()).map(|unit| setup.unit_ref(unit)),
        submission: target.and_then(|target| target.submission),
        ..Default::default()
    };
    let content = Content::Command(CommandAnswer { wrote: wrote.to_owned(), outcome });
    answer(books, setup, incoming, NoticeKind::Command, content, about, now)
}

/// Does what a command says about the subject of a notice.
fn obey(books: &Books<'_>, setup: &Setup, target: &PastNotice, given: &Command, by: &str, now: Instant) -> Result<Outcome, StepError> {
    let not_about = Outcome::NotAbout { kind: Some(target.kind) };
    let obligation = target.obligation.map(|id| books.obligation(id)).transpose()?.flatten();
    let event = target.event.map(|number| events::standing_event(books, number)).transpose()?.flatten();
    let reason = given.remark.trim();
    match (given.verb, obligation, event) {
        (Verb::Ack, Some(obligation), _) => acknowledge(books, setup, obligation, by, now),
        (Verb::Extend, Some(obligation), _) => match given.seconds() {
            Some(seconds) => extend(books, setup, obligation, seconds, reason, by, now),
            None => Ok(Outcome::ExtensionUnclear),
        },
        (Verb::Waive, Some(obligation), _) => waive(books, setup, obligation, reason, by, now),
        (Verb::Close, _, Some(event)) => close(books, setup, event, reason, by, now),
        (Verb::Merge, _, Some(event)) => match given.event() {
            Some(into) => merge(books, setup, event, into, by, now),
            None => Ok(Outcome::CannotMerge { named: reason.chars().take(40).collect() }),
        },
        (Verb::Severity, _, Some(event)) => match given.severity() {
            Some(severity) => set_severity(books, setup, event, severity, by, now),
            None => Ok(Outcome::SeverityUnclear),
        },
        (Verb::Withdraw, _, event) if target.submission.is_some() || event.is_some() => {
            withdraw(books, setup, target.submission, event.map(|event| event.number), "", by, now)
        }
        (Verb::Release | Verb::Reject, ..) => match target.quarantine.map(|number| books.quarantine(number)).transpose()?.flatten() {
            Some(entry) => decide_quarantine(books, &entry, given.verb == Verb::Release, by, now),
            None => Ok(not_about),
        },
        (Verb::Confirm, ..) => match target.unit.as_ref().filter(|_| target.kind == NoticeKind::RosterCheck) {
            Some(unit) => rosters::confirm(books, setup, unit, by, now),
            None => Ok(not_about),
        },
        _ => Ok(not_about),
    }
}

/// Puts a decision of a person on record.
fn note(
    books: &Books<'_>,
    what: &str,
    obligation: Option<i64>,
    event: Option<EventNo>,
    by: &str,
    data: serde_json::Value,
    now: Instant,
) -> Result<(), StepError> {
    Ok(books.record(&RecordEntry { at: now, what: what.into(), obligation, event, by: by.into(), data })?)
}

/// Stops the repeats of the rung that was sent last; the ladder goes on.
pub fn acknowledge(books: &Books<'_>, setup: &Setup, mut obligation: Obligation, by: &str, now: Instant) -> Result<Outcome, StepError> {
    let unit = Some(setup.unit_ref(&obligation.unit));
    let owed = Some(obligation.cause.owed(books.counted(obligation.id)?));
    let event = obligation.cause.event().map(|number| books.event(number)).transpose()?.flatten().as_ref().map(event_ref);
    let rung = obligation.climb.rung.filter(|_| !obligation.ended && obligation.filed.is_none() && !obligation.climb.acknowledged);
    let Some(rung) = rung else { return Ok(Outcome::NothingToAcknowledge { unit, owed, event }) };
    let ladder = &setup.rules_for(books, &obligation)?.ladder;
    obligation.climb.acknowledged = true;
    books.save_obligation(&obligation, ladder)?;
    note(books, "acknowledged", Some(obligation.id), obligation.cause.event(), by, json!({ "rung": rung }), now)?;
    Ok(Outcome::Acknowledged { unit, owed, event, next_rung: obligation.rung_after(rung, ladder) })
}

fn already_ended(books: &Books<'_>, setup: &Setup, obligation: &Obligation) -> Result<Option<Outcome>, StepError> {
    if !obligation.ended && obligation.filed.is_none() {
        return Ok(None);
    }
    Ok(Some(Outcome::AlreadyEnded {
        unit: setup.unit_ref(&obligation.unit),
        owed: obligation.cause.owed(books.counted(obligation.id)?),
        verdict: obligation.verdict,
        filed: obligation.filed.as_ref().map(|filed| filed.at),
    }))
}

/// Moves the due time; the ladder starts anew from there.
pub fn extend(
    books: &Books<'_>,
    setup: &Setup,
    mut obligation: Obligation,
    seconds: i64,
    reason: &str,
    by: &str,
    now: Instant,
) -> Result<Outcome, StepError> {
    if let Some(outcome) = already_ended(books, setup, &obligation)? {
        return Ok(outcome);
    }
    let old_due = obligation.due;
    let Some(new_due) = chrono::TimeDelta::try_seconds(seconds).and_then(|span| old_due.checked_add_signed(span)) else {
        return Ok(Outcome::ExtensionUnclear);
    };
    if new_due <= now {
        return Ok(Outcome::ExtensionTooShort { old_due, new_due });
    }
    let ladder = &setup.rules_for(books, &obligation)?.ladder;
    obligation.due = new_due;
    obligation.because.extended_from = Some(obligation.because.extended_from.unwrap_or(old_due));
    let before = std::mem::replace(&mut obligation.verdict, Verdict::Open);
    if before != Verdict::Open {
        record_verdict(books, setup, &obligation, before, by, "extended", now)?;
    }
    let (notified, last_notice) = (std::mem::take(&mut obligation.climb.notified), obligation.climb.last_notice);
    obligation.climb = crate::domain::obligation::Climb { notified, last_notice, ..Default::default() };
    // A reminder for the old due time is past; one for the new one is still to come.
    obligation.climb.reminded_for = Some(now);
    books.save_obligation(&obligation, ladder)?;
    let data = json!({ "from": old_due, "to": new_due, "reason": reason });
    note(books, "due", Some(obligation.id), obligation.cause.event(), by, data, now)?;
    let event = obligation.cause.event().map(|number| books.event(number)).transpose()?.flatten();
    let owed = obligation.cause.owed(books.counted(obligation.id)?);
    Ok(Outcome::Extended { unit: setup.unit_ref(&obligation.unit), owed, event: event.as_ref().map(event_ref), old_due, new_due })
}

/// Excuses what is owed, with a reason.
pub fn waive(
    books: &Books<'_>,
    setup: &Setup,
    mut obligation: Obligation,
    reason: &str,
    by: &str,
    now: Instant,
) -> Result<Outcome, StepError> {
    if let Some(outcome) = already_ended(books, setup, &obligation)? {
        return Ok(outcome);
    }
    if reason.is_empty() {
        return Ok(Outcome::ReasonMissing);
    }
    let before = std::mem::replace(&mut obligation.verdict, Verdict::Waived);
    obligation.ended = true;
    record_verdict(books, setup, &obligation, before, by, reason, now)?;
    books.save_obligation(&obligation, &setup.rules_for(books, &obligation)?.ladder)?;
    let event = obligation.cause.event().map(|number| books.event(number)).transpose()?.flatten();
    if let (Some(event), Some(Stage::FollowUp)) = (&event, obligation.cause.stage()) {
        events::next_follow_up(books, setup, event, &obligation.unit, now)?;
    }
    let owed = obligation.cause.owed(books.counted(obligation.id)?);
    Ok(Outcome::Waived { unit: setup.unit_ref(&obligation.unit), owed, event: event.as_ref().map(event_ref), reason: reason.to_owned() })
}

/// Closes an event: what is open is void, what was breached keeps its verdict.
pub fn close(books: &Books<'_>, setup: &Setup, mut event: Event, reason: &str, by: &str, now: Instant) -> Result<Outcome, StepError> {
    if event.state != EventState::Open {
        return Ok(Outcome::AlreadyClosed { event: event_ref(&event) });
    }
    let why = if reason.is_empty() { "closed" } else { reason };
    let ended = events::end_event(books, setup, &mut event, EventState::Closed, by, why, now)?;
    Ok(Outcome::Closed { event: event_ref(&event), ended })
}

/// Sets the severity of an event.
pub fn set_severity(
    books: &Books<'_>,
    setup: &Setup,
    mut event: Event,
    severity: Severity,
    by: &str,
    now: Instant,
) -> Result<Outcome, StepError> {
    if event.severity == severity {
        return Ok(Outcome::SeveritySame { event: event_ref(&event), severity });
    }
    let old = event.severity;
    events::change_severity(books, setup, &mut event, severity, by, now)?;
    Ok(Outcome::SeverityChanged { event: event_ref(&event), old, new: severity })
}

/// Makes one event part of another: the earliest knowledge and every filing are kept.
pub fn merge(books: &Books<'_>, setup: &Setup, mut from: Event, into: EventNo, by: &str, now: Instant) -> Result<Outcome, StepError> {
    let target = events::standing_event(books, into)?.filter(|target| target.number != from.number && target.state == EventState::Open);
    let Some(mut target) = target.filter(|_| from.state == EventState::Open) else {
        return Ok(Outcome::CannotMerge { named: into.to_string() });
    };
    for theirs in books.involvements(from.number)? {
        let mut ours = events::part_of(books, target.number, &theirs.unit, theirs.part)?;
        let earliest = |a: Option<Instant>, b: Option<Instant>| a.into_iter().chain(b).min();
        if theirs.part == Part::Owes {
            ours.part = Part::Owes;
        }
        ours.told_at = earliest(ours.told_at, theirs.told_at);
        ours.learned_at = earliest(ours.learned_at, theirs.learned_at);
        ours.first_at = earliest(ours.first_at, theirs.first_at);
        ours.last_at = ours.last_at.max(theirs.last_at);
        ours.final_at = earliest(ours.final_at, theirs.final_at);
        books.save_involvement(&ours)?;
    }
    target.known_at = target.known_at.min(from.known_at);
    target.occurred = target.occurred.or(from.occurred);
    target.place = target.place.take().or(from.place.take());
    books.save_event(&target)?;
    for obligation in books.obligations_of_event(from.number)? {
        merge_obligation(books, setup, obligation, &target, by, now)?;
    }
    books.move_submissions(from.number, target.number)?;
    from.state = EventState::Merged;
    from.merged_into = Some(target.number);
    books.save_event(&from)?;
    note(books, "event", None, Some(from.number), by, json!({ "merged_into": target.number }), now)?;
    events::after_merge(books, setup, &mut target, by, now)?;
    Ok(Outcome::Merged { from: event_ref(&from), into: event_ref(&target) })
}

fn merge_obligation(
    books: &Books<'_>,
    setup: &Setup,
    mut theirs: Obligation,
    target: &Event,
    by: &str,
    now: Instant,
) -> Result<(), StepError> {
    if books.move_obligation(theirs.id, target.number)? {
        return Ok(());
    }
    let same = |ours: &Obligation| match (&ours.cause, &theirs.cause) {
        (
            crate::domain::obligation::Cause::Event { stage: a, ordinal: m, .. },
            crate::domain::obligation::Cause::Event { stage: b, ordinal: n, .. },
        ) => a == b && m == n,
        _ => false,
    };
    let Some(mut ours) = books.obligations_of_unit(target.number, &theirs.unit)?.into_iter().find(same) else { return Ok(()) };
    let ladder = &setup.rules_of(target.ruleset).ladder;
    ours.known_at = ours.known_at.min(theirs.known_at);
    ours.independent |= theirs.independent;
    for person in &theirs.climb.notified {
        if ours.climb.notified.iter().all(|known| known.address != person.address) {
            ours.climb.notified.push(person.clone());
        }
    }
    books.save_obligation(&ours, ladder)?;
    let filed = [&ours.filed, &theirs.filed].into_iter().flatten().min_by_key(|filing| filing.at).cloned();
    // News for somebody: an earlier filing, or one for those who were told of a breach of the event that is merged away.
    let (earlier, told) = (filed != ours.filed, std::mem::take(&mut theirs.climb.notified));
    if let Some(filing) = filed.filter(|_| earlier || !told.is_empty())
        && !matches!(ours.verdict, Verdict::Waived | Verdict::Void)
    {
        let all = ours.climb.notified.clone();
        if !earlier {
            // Those who were told of a breach of ours alone have heard of it.
            ours.climb.notified.clone_from(&told);
        }
        events::meet_one(books, setup, &mut ours, &filing, Some(target), now)?;
        ours.climb.notified = all;
        books.save_obligation(&ours, ladder)?;
    }
    theirs.climb.notified = told;
    let before = std::mem::replace(&mut theirs.verdict, Verdict::Void);
    theirs.ended = true;
    theirs.climb.untold = false;
    record_verdict(books, setup, &theirs, before, by, "merged", now)?;
    Ok(books.save_obligation(&theirs, ladder)?)
}

/// Withdraws a submission, or else an event; the history stays.
pub fn withdraw(
    books: &Books<'_>,
    setup: &Setup,
    submission: Option<SubmissionNo>,
    event: Option<EventNo>,
    named: &str,
    by: &str,
    now: Instant,
) -> Result<Outcome, StepError> {
    if let Some(number) = submission
        && let Some(found) = books.submission(number)?
        && found.withdrawn_at.is_none()
    {
        books.withdraw_submission(number, now)?;
        duties::uncount(books, setup, number, by, now)?;
        requisitions::uncount(books, setup, number, by, now)?;
        note(books, "withdrawn", None, found.event, by, json!({ "submission": number }), now)?;
        return Ok(Outcome::Withdrawn { submission: Some(number), event: None });
    }
    let found = event.map(|number| events::standing_event(books, number)).transpose()?.flatten();
    if let (None, Some(mut event)) = (submission, found.filter(|event| event.state == EventState::Open)) {
        events::end_event(books, setup, &mut event, EventState::Withdrawn, by, "withdrawn", now)?;
        return Ok(Outcome::Withdrawn { submission: None, event: Some(event_ref(&event)) });
    }
    let named = named.trim();
    Ok(Outcome::NothingToWithdraw { named: (!named.is_empty()).then(|| named.chars().take(60).collect()) })
}

/// Releases a quarantined message (it is read as authentic, with its own arrival) or refuses it.
pub fn decide_quarantine(
    books: &Books<'_>,
    entry: &crate::store::QuarantineEntry,
    release: bool,
    by: &str,
    now: Instant,
) -> Result<Outcome, StepError> {
    let number = entry.number;
    if entry.state != QuarantineState::Waiting {
        return Ok(Outcome::DecidedBefore { number });
    }
    let state = if release { QuarantineState::Released } else { QuarantineState::Rejected };
    books.decide_quarantine(entry, state, by, now)?;
    note(books, "quarantine", None, None, by, json!({ "number": number, "state": state }), now)?;
    if !release {
        return Ok(Outcome::Rejected { number });
    }
    books.release_delivery(entry.delivery)?;
    Ok(Outcome::Released { number, became: String::new() })
}
