//! Requisitions (约稿): the office asks, each unit owes one answer, and a submission is found to be it.

use serde_json::json;

use super::events::{meet_one, record_verdict};
use super::file::answer;
use super::ladder;
use super::report::Incoming;
use super::say::{self, Occasion, say};
use super::{Setup, StepError};
use crate::domain::fields::prose_of;
use crate::domain::ids::{RequisitionNo, SubmissionNo, UnitId};
use crate::domain::message::Disposition;
use crate::domain::notice::{CommandAnswer, Content, DueBecause, Headers, Lacking, Notice, NoticeKind, Outcome, Requisition};
use crate::domain::obligation::{Cause, Filing, Obligation};
use crate::domain::requisition::{Meant, RequisitionState, meant};
use crate::domain::roster::Unit;
use crate::domain::route::Marked;
use crate::domain::rules::{Deadline, Instant, Verdict};
use crate::domain::schedule::local_day;
use crate::domain::tags::{Tag, is_reply_subject, numbers_in};
use crate::domain::times::read_due;
use crate::store::{Books, NewObligation, PastSubmission, RecordEntry};

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// On what to report.
    pub topic: &'a str,
    /// In more words; may be empty.
    pub details: &'a str,
    /// Who is to report.
    pub units: Vec<UnitId>,
    /// By when.
    pub due: Instant,
    /// Who asks.
    pub by: &'a str,
}

/// Characters of a topic that are kept.
const TOPIC_CHARACTERS: usize = 80;
/// Characters of its details.
const DETAILS_CHARACTERS: usize = 4_000;

/// Makes a requisition: one obligation for each unit, whose reporters are asked.
pub fn open(books: &Books<'_>, setup: &Setup, asked: &Asked<'_>, now: Instant) -> Result<Outcome, StepError> {
    let lacks = |lacks| Ok(Outcome::RequisitionLacks { lacks });
    let topic: String = asked.topic.trim().chars().take(TOPIC_CHARACTERS).collect();
    if topic.is_empty() {
        return lacks(Lacking::Topic);
    }
    if asked.units.is_empty() {
        return lacks(Lacking::Units);
    }
    if asked.due <= now {
        return lacks(Lacking::DueToCome { due: asked.due });
    }
    let details: String = asked.details.trim().chars().take(DETAILS_CHARACTERS).collect();
    let number = books.put_requisition(setup.year(now), &topic, &details, asked.due, asked.by, now)?;
    let content = Requisition { number, topic: topic.clone(), details, due: asked.due };
    for unit in &asked.units {
        ask(books, setup, unit, &content, now)?;
    }
    let data = json!({ "number": number, "topic": topic, "units": asked.units, "due": asked.due });
    books.record(&RecordEntry { at: now, what: "requisition".into(), obligation: None, event: None, by: asked.by.into(), data })?;
    tracing::info!(requisition = %number, units = asked.units.len(), "requisition opened");
    let units = asked.units.iter().map(|unit| setup.unit_ref(unit)).collect();
    Ok(Outcome::Requisitioned { number, topic, due: asked.due, units })
}

fn ask(books: &Books<'_>, setup: &Setup, unit: &UnitId, content: &Requisition, now: Instant) -> Result<(), StepError> {
    let ladder = &setup.rules.ladder;
    // No rule gave the due time: whoever asks did. Notices about a requisition name no rule.
    let deadline = Deadline::Every { seconds: (content.due - now).num_seconds() };
    let because = DueBecause { deadline, severity: None, anchored_at: None, extended_from: None };
    let cause = Cause::Requisition { number: content.number };
    let new = NewObligation { cause, unit: unit.clone(), due: content.due, because, known_at: now, independent: false };
    let Some(mut obligation) = books.put_obligation(new, ladder, now)? else { return Ok(()) };
    let notice = Notice {
        kind: NoticeKind::Requisition,
        recipients: say::reporters(setup, unit),
        content: Content::Requisition(content.clone()),
        about: ladder::headers(setup, &obligation, None),
        answers: None,
        follows: None,
    };
    let why = json!({ "requisition": content.number, "due": content.due });
    let occasion = Occasion { obligation: Some(obligation.id), why, ..Default::default() };
    obligation.climb.last_notice = Some(say(books, setup, notice, &occasion, now)?);
    Ok(books.save_obligation(&obligation, ladder)?)
}

/// 约稿 from the desk or a supervisor: subject, 单位 and 截止; the rest of the text says more.
pub fn by_mail(books: &Books<'_>, setup: &Setup, incoming: &Incoming<'_>, now: Instant) -> Result<(), StepError> {
    let wrote = incoming.tags.wrote.clone().unwrap_or_default();
    books.dispose(incoming.delivery, Disposition::Command, "约稿", incoming.arrival)?;
    let outcome = match read(setup, incoming) {
        Err(lacks) => Outcome::RequisitionLacks { lacks },
        Ok((units, due)) => {
            let details = prose_of(incoming.own);
            let asked = Asked { topic: &incoming.tags.title, details: &details, units, due, by: incoming.sender.as_str() };
            open(books, setup, &asked, now)?
        }
    };
    let content = Content::Command(CommandAnswer { wrote, outcome });
    answer(books, setup, incoming, NoticeKind::Command, content, Headers::default(), now)
}

fn read(setup: &Setup, incoming: &Incoming<'_>) -> Result<(Vec<UnitId>, Instant), Lacking> {
    let units = units_named(setup, &incoming.fields.units, incoming.arrival).map_err(|named| Lacking::Unit { named })?;
    let due = incoming.fields.due.as_deref().ok_or(Lacking::Due)?;
    let due = read_due(due, incoming.arrival, setup.zone).ok_or_else(|| Lacking::DueReadable { wrote: due.to_owned() })?;
    Ok((units, due))
}

/// The units of these names, each once: a unit's name, a class, or 全部 / all.
///
/// # Errors
/// The first name that is none of these.
pub fn units_named(setup: &Setup, names: &[String], at: Instant) -> Result<Vec<UnitId>, String> {
    const ALL: [&str; 7] = ["全部", "全部单位", "所有单位", "各单位", "all", "all units", "*"];
    let day = local_day(at, setup.zone);
    let mut units: Vec<UnitId> = Vec::new();
    for name in names {
        let meant = name.trim().to_lowercase();
        let found: Vec<&UnitId> = match setup.roster.unit_named(name, day) {
            Some(unit) => vec![&unit.id],
            None => {
                let of = |unit: &&Unit| unit.valid_on(day) && (ALL.contains(&meant.as_str()) || unit.class.as_deref() == Some(name.trim()));
                setup.roster.units.iter().filter(of).map(|unit| &unit.id).collect()
            }
        };
        if found.is_empty() {
            return Err(name.clone());
        }
        let fresh: Vec<UnitId> = found.into_iter().filter(|id| !units.contains(id)).cloned().collect();
        units.extend(fresh);
    }
    Ok(units)
}

/// Closes a requisition: what is open is void, what was breached keeps its verdict.
pub fn close(books: &Books<'_>, setup: &Setup, number: RequisitionNo, reason: &str, by: &str, now: Instant) -> Result<Outcome, StepError> {
    let found = books.requisition(number)?;
    let topic = found.as_ref().map(|found| found.topic.clone()).unwrap_or_default();
    if found.is_none_or(|found| found.state == RequisitionState::Closed) {
        return Ok(Outcome::RequisitionOver { number, topic });
    }
    books.close_requisition(number, now)?;
    let mut ended = 0;
    for mut obligation in books.obligations_of_requisition(number)? {
        if obligation.ended {
            continue;
        }
        let before = obligation.verdict;
        if before == Verdict::Open {
            obligation.verdict = Verdict::Void;
            record_verdict(books, setup, &obligation, before, by, "the requisition was closed", now)?;
        }
        obligation.ended = true;
        books.save_obligation(&obligation, &setup.rules.ladder)?;
        ended += 1;
    }
    let data = json!({ "number": number, "closed": true, "reason": reason });
    books.record(&RecordEntry { at: now, what: "requisition".into(), obligation: None, event: None, by: by.into(), data })?;
    Ok(Outcome::RequisitionClosed { number, topic, ended })
}

/// What a submission answers.
#[derive(Default)]
pub(super) struct Answer {
    /// The obligation that it meets.
    pub obligation: Option<Obligation>,
    /// It may answer any of these, and the desk is asked.
    pub ask: Vec<RequisitionNo>,
    /// Neither number nor thread says which: the tag alone does.
    by_tag: bool,
}

/// What a unit's submission answers: by number, else by thread, else by the tag 约稿. A word of thanks answers nothing.
pub(super) fn answered(books: &Books<'_>, incoming: &Incoming<'_>, unit: &Unit, marked: Marked) -> Result<Answer, StepError> {
    let none = Answer::default();
    let tagged = incoming.tags.kind == Some(Tag::Requisition);
    let numbered = if incoming.said.contains("r-") { numbers_in(incoming.said).requisition } else { None };
    let thanks = !incoming.substantive && (is_reply_subject(&incoming.mail.subject) || incoming.thread.notice.is_some());
    if matches!(marked, Marked::Zero | Marked::Correction) || thanks {
        return Ok(none);
    }
    let threaded = incoming.thread.requisition.filter(|_| marked == Marked::Routine);
    for number in numbered.into_iter().chain(threaded) {
        if let Some(obligation) = books.owed_on_requisition(number, &unit.id)? {
            let obligation = Some(obligation).filter(|obligation| may_meet(obligation, incoming.arrival));
            return Ok(Answer { obligation, ..none });
        }
    }
    if !tagged {
        return Ok(none);
    }
    Ok(match meant(books.unanswered_by(&unit.id)?, &incoming.title(), incoming.said) {
        Meant::None => none,
        Meant::One(id) => Answer { obligation: books.obligation(id)?, by_tag: true, ..none },
        Meant::Ask(ask) => Answer { ask, ..none },
    })
}

/// An answer that arrived before the one on record, and was read later, takes its place.
fn may_meet(obligation: &Obligation, at: Instant) -> bool {
    match (&obligation.filed, obligation.verdict) {
        (_, Verdict::Waived | Verdict::Void) => false,
        (Some(filed), _) => at < filed.at,
        (None, _) => true,
    }
}

/// Whether a copy of `before` would meet a requisition that `before` did not. The tag alone is no evidence of that: the same
/// words sent twice answer the same requisition twice.
pub(super) fn would_meet(
    books: &Books<'_>,
    incoming: &Incoming<'_>,
    unit: &Unit,
    marked: Marked,
    before: SubmissionNo,
) -> Result<bool, StepError> {
    let answer = answered(books, incoming, unit, marked)?;
    let Some(obligation) = answer.obligation.filter(|obligation| obligation.filed.is_none()) else { return Ok(false) };
    let met = books.obligations_met_by(before)?;
    let answered_one = met.iter().any(|met| met.id == obligation.id || (answer.by_tag && met.cause.requisition().is_some()));
    Ok(!answered_one)
}

/// The desk says which requisition a submission answers.
pub fn answer_with(
    books: &Books<'_>,
    setup: &Setup,
    number: RequisitionNo,
    found: &PastSubmission,
    by: &str,
    now: Instant,
) -> Result<Outcome, StepError> {
    let submission = found.number;
    let owed = found.unit.as_ref().map(|unit| books.owed_on_requisition(number, unit)).transpose()?.flatten();
    let fits = |obligation: &Obligation| found.withdrawn_at.is_none() && may_meet(obligation, found.arrival);
    let Some(mut obligation) = owed.filter(fits) else { return Ok(Outcome::RequisitionNotAnswered { number, submission }) };
    let filing = Filing { at: found.arrival, submission };
    let met = meet_one(books, setup, &mut obligation, &filing, None, now)?;
    let data = json!({ "number": number, "answered_by": submission });
    let line = RecordEntry { at: now, what: "requisition".into(), obligation: Some(obligation.id), event: None, by: by.into(), data };
    books.record(&line)?;
    Ok(Outcome::RequisitionAnswered { number, submission, unit: setup.unit_ref(&obligation.unit), verdict: met.verdict })
}

/// After a withdrawal: a requisition that is not due yet and lacks its answer now is open again.
pub fn uncount(books: &Books<'_>, setup: &Setup, submission: SubmissionNo, by: &str, now: Instant) -> Result<(), StepError> {
    for mut obligation in books.obligations_met_by(submission)? {
        if obligation.cause.requisition().is_none() || obligation.filed.is_none() || obligation.due <= now {
            continue;
        }
        let before = std::mem::replace(&mut obligation.verdict, Verdict::Open);
        obligation.filed = None;
        obligation.ended = false;
        record_verdict(books, setup, &obligation, before, by, "the answer was withdrawn", now)?;
        books.save_obligation(&obligation, &setup.rules.ladder)?;
    }
    Ok(())
}
