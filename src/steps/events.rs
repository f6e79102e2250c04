//! What units owe on an event, and what follows when they file: shared by reports, tellings and commands.

use serde_json::json;

use super::say::{self, Occasion, say};
use super::{Setup, StepError};
use super::{deductions, ladder};
use crate::domain::deadline::{self, Anchors};
use crate::domain::event::{Event, EventState, Involvement, Part, public_title};
use crate::domain::ids::{EventNo, SubmissionNo, UnitId};
use crate::domain::notice::{Content, EventOpened, EventRef, Headers, Met, NextDue, Notice, NoticeKind, Owed};
use crate::domain::obligation::{Cause, Consequence, Filing, Obligation, meet};
use crate::domain::rules::{Instant, Rules, Severity, Stage, Verdict};
use crate::domain::schedule::local_day;
use crate::store::{BY_RULES, Books, NewObligation, RecordEntry};

/// An event as notices name it.
pub fn event_ref(event: &Event) -> EventRef {
    EventRef { number: event.number, title: event.title.clone() }
}

/// Follows merges to the event that stands now.
pub fn standing_event(books: &Books<'_>, number: EventNo) -> Result<Option<Event>, StepError> {
    let mut event = books.event(number)?;
    while let Some(into) = event.as_ref().and_then(|event| event.merged_into) {
        event = books.event(into)?;
    }
    Ok(event)
}

/// A unit's part in an event, new if it had none.
pub fn part_of(books: &Books<'_>, event: EventNo, unit: &UnitId, part: Part) -> Result<Involvement, StepError> {
    Ok(books.involvement(event, unit)?.unwrap_or(Involvement {
        event,
        unit: unit.clone(),
        part,
        told_at: None,
        learned_at: None,
        first_at: None,
        last_at: None,
        final_at: None,
    }))
}

/// What a stage of an event is: event, unit and stage together.
struct Owing<'a> {
    event: &'a Event,
    part: &'a Involvement,
    rules: &'a Rules,
    /// What is asked for only from now on is counted from now on.
    since: Option<Instant>,
}

impl Owing<'_> {
    /// Puts the obligation for `stage` on record, where a rule asks for it and it is not there yet.
    fn owe(&self, books: &Books<'_>, setup: &Setup, stage: Stage, ordinal: u32, now: Instant) -> Result<Option<Obligation>, StepError> {
        let (event, part) = (self.event, self.part);
        let from = |anchor: Option<Instant>| anchor.max(self.since.filter(|_| anchor.is_some()));
        let anchors = Anchors {
            occurred: from(event.occurred),
            learned: from(part.learned_at),
            first: from(part.first_at),
            previous: from(part.last_at),
        };
        let Some(due) = deadline::due(self.rules, event.severity, stage, ordinal, &anchors, setup.zone) else { return Ok(None) };
        // What follows a first report is known from it; a first report is known from whoever told us first.
        let (known_at, independent) = match stage {
            Stage::First => (part.told_at.or(part.first_at).unwrap_or(now), part.told_at.is_some()),
            Stage::FollowUp | Stage::Final => (part.first_at.unwrap_or(now), true),
        };
        let cause = Cause::Event { event: event.number, stage, ordinal };
        let new = NewObligation { cause, unit: part.unit.clone(), due: due.at, because: due.because, known_at, independent };
        Ok(books.put_obligation(new, &self.rules.ladder, now)?)
    }
}

/// Somebody other than `unit` told us at `told_at` of an event that is the unit's: it owes a first report and is asked for it.
/// `None`: it has reported, or no rule asks for anything.
pub fn ask_unit(
    books: &Books<'_>,
    setup: &Setup,
    event: &Event,
    unit: &UnitId,
    told_at: Instant,
    now: Instant,
) -> Result<Option<NextDue>, StepError> {
    ask_since(books, setup, event, unit, told_at, None, now)
}

fn ask_since(
    books: &Books<'_>,
    setup: &Setup,
    event: &Event,
    unit: &UnitId,
    told_at: Instant,
    since: Option<Instant>,
    now: Instant,
) -> Result<Option<NextDue>, StepError> {
    let mut part = part_of(books, event.number, unit, Part::Owes)?;
    let was_witness = std::mem::replace(&mut part.part, Part::Owes) == Part::Witness;
    part.told_at = Some(part.told_at.map_or(told_at, |known| known.min(told_at)));
    let filed = part.first_at.is_some();
    if !filed {
        part.learned_at = Some(part.learned_at.map_or(now, |learned| learned.min(now)));
    }
    books.save_involvement(&part)?;
    if filed && was_witness {
        begin_later_stages(books, setup, event, &part, now)?;
    }
    if filed {
        return Ok(None);
    }
    let owing = Owing { event, part: &part, rules: setup.rules_of(event.ruleset), since };
    let Some(obligation) = owing.owe(books, setup, Stage::First, 1, now)? else {
        return open_first(books, event, unit);
    };
    let next = NextDue { owed: obligation.cause.owed(0), due: obligation.due };
    let content = Content::EventOpened(EventOpened {
        event: event_ref(event),
        place: event.place.clone(),
        occurred: event.occurred,
        severity: event.severity,
        next: next.clone(),
        rule: Some(obligation.because.clone()),
    });
    let about = ladder::headers(setup, &obligation, Some(event));
    let recipients = say::reporters(setup, unit);
    let notice = Notice { kind: NoticeKind::EventOpened, recipients, content, about, answers: None, follows: None };
    let why = json!({ "rule": obligation.because, "known_at": told_at, "due": obligation.due });
    let mut obligation = obligation;
    obligation.climb.last_notice =
        Some(say(books, setup, notice, &Occasion { obligation: Some(obligation.id), why, ..Default::default() }, now)?);
    books.save_obligation(&obligation, &owing.rules.ladder)?;
    Ok(Some(next))
}

fn open_first(books: &Books<'_>, event: &Event, unit: &UnitId) -> Result<Option<NextDue>, StepError> {
    let open = books.obligations_of_unit(event.number, unit)?.into_iter().find(|o| o.filed.is_none() && !o.ended);
    Ok(open.map(|o| NextDue { owed: o.cause.owed(0), due: o.due }))
}

/// The unit's first report is on file, and it owes from `now` on what comes after: the final and the follow-ups.
fn begin_later_stages(books: &Books<'_>, setup: &Setup, event: &Event, part: &Involvement, now: Instant) -> Result<(), StepError> {
    if event.state != EventState::Open || part.part != Part::Owes || part.first_at.is_none() || part.final_at.is_some() {
        return Ok(());
    }
    let owing = Owing { event, part, rules: setup.rules_of(event.ruleset), since: Some(now) };
    owing.owe(books, setup, Stage::Final, 1, now)?;
    follow_up(books, setup, &owing, now)
}

/// The event has turned out to be another unit's: who reported it owes nothing further.
pub fn stand_down(books: &Books<'_>, setup: &Setup, event: &Event, unit: &UnitId, now: Instant) -> Result<(), StepError> {
    let Some(mut part) = books.involvement(event.number, unit)?.filter(|part| part.part == Part::Owes) else { return Ok(()) };
    part.part = Part::Witness;
    books.save_involvement(&part)?;
    for mut obligation in books.obligations_of_unit(event.number, unit)? {
        if obligation.cause.stage() != Some(Stage::First) && obligation.filed.is_none() && !obligation.ended {
            end_obligation(books, setup, event, &mut obligation, BY_RULES, "the place is another unit's", now)?;
        }
    }
    Ok(())
}

/// Two events have become one: one follow-up at a time, none after the final, and nothing further from whose place it is not.
pub fn after_merge(books: &Books<'_>, setup: &Setup, event: &mut Event, by: &str, now: Instant) -> Result<(), StepError> {
    let day = local_day(event.known_at, setup.zone);
    let owners: Vec<UnitId> =
        setup.roster.jurisdictions(event.place.as_deref().unwrap_or_default(), day).into_iter().map(|unit| unit.id.clone()).collect();
    for part in books.involvements(event.number)?.into_iter().filter(|part| part.part == Part::Owes) {
        if part.told_at.is_none() && !owners.is_empty() && !owners.contains(&part.unit) {
            stand_down(books, setup, event, &part.unit, now)?;
            continue;
        }
        let obligations = books.obligations_of_unit(event.number, &part.unit)?;
        let last_report = obligations.iter().filter(|o| o.cause.stage() == Some(Stage::Final)).find_map(|o| o.filed.clone());
        let open = |o: &Obligation| o.cause.stage() == Some(Stage::FollowUp) && o.filed.is_none() && !o.ended;
        for (nth, mut obligation) in obligations.into_iter().filter(open).enumerate() {
            match &last_report {
                Some(filing) => meet_one(books, setup, &mut obligation, filing, Some(event), now).map(|_| ())?,
                None if nth > 0 => end_obligation(books, setup, event, &mut obligation, by, "merged", now)?,
                None => {}
            }
        }
        begin_later_stages(books, setup, event, &part, now)?;
    }
    close_if_complete(books, setup, event, now)
}

/// Nothing more is sent: what is open is void, a breach keeps its verdict.
fn end_obligation(
    books: &Books<'_>,
    setup: &Setup,
    event: &Event,
    obligation: &mut Obligation,
    by: &str,
    why: &str,
    now: Instant,
) -> Result<(), StepError> {
    let before = obligation.verdict;
    if before == Verdict::Open {
        obligation.verdict = Verdict::Void;
        record_verdict(books, setup, obligation, before, by, why, now)?;
    }
    obligation.ended = true;
    Ok(books.save_obligation(obligation, &setup.rules_of(event.ruleset).ladder)?)
}

/// What a unit's report on an event led to.
#[derive(Clone, Debug, Default)]
pub struct Reported {
    /// Obligations that it met.
    pub met: Vec<Met>,
    /// What is due next.
    pub next: Vec<NextDue>,
    /// This unit's first report was on file.
    pub first_again: bool,
}

/// Files a unit's report of `stage` on `event`: meets what it meets, and opens what comes after.
#[allow(clippy::too_many_arguments)] // who, what, when, where
pub fn report_on(
    books: &Books<'_>,
    setup: &Setup,
    event: &Event,
    unit: &UnitId,
    part: Part,
    stage: Stage,
    filing: &Filing,
    now: Instant,
) -> Result<Reported, StepError> {
    let rules = setup.rules_of(event.ruleset);
    let mut part = part_of(books, event.number, unit, part)?;
    let was_first = part.first_at.is_none_or(|first| filing.at < first);
    let had_first = part.first_at.is_some();
    part.learned_at = Some(part.learned_at.map_or(filing.at, |at| at.min(filing.at)));
    part.first_at = Some(part.first_at.map_or(filing.at, |at| at.min(filing.at)));
    part.last_at = Some(part.last_at.map_or(filing.at, |at| at.max(filing.at)));
    if stage == Stage::Final {
        part.final_at = Some(part.final_at.map_or(filing.at, |at| at.min(filing.at)));
    }
    books.save_involvement(&part)?;
    let mut reported = Reported { first_again: had_first && !was_first && stage == Stage::First, ..Default::default() };
    if event.state == EventState::Withdrawn {
        return Ok(reported);
    }
    let owing = Owing { event, part: &part, rules, since: None };
    if event.state == EventState::Open || had_first {
        owing.owe(books, setup, Stage::First, 1, now)?;
    }
    let owes_more = part.part == Part::Owes && event.state == EventState::Open;
    if owes_more && stage == Stage::Final {
        owing.owe(books, setup, Stage::Final, 1, now)?;
    }
    for mut obligation in books.obligations_of_unit(event.number, unit)? {
        if met_by(&obligation, stage, was_first, had_first, filing) {
            reported.met.push(meet_one(books, setup, &mut obligation, filing, Some(event), now)?);
        }
    }
    if owes_more && part.final_at.is_none() {
        owing.owe(books, setup, Stage::Final, 1, now)?;
        follow_up(books, setup, &owing, now)?;
    }
    let open = books.obligations_of_unit(event.number, unit)?;
    let open = open.into_iter().filter(|o| o.filed.is_none() && !o.ended);
    reported.next = open.map(|o| NextDue { owed: o.cause.owed(0), due: o.due }).collect();
    Ok(reported)
}

/// Follow-ups come one at a time: the next when none is open.
fn follow_up(books: &Books<'_>, setup: &Setup, owing: &Owing<'_>, now: Instant) -> Result<(), StepError> {
    let (event, unit) = (owing.event.number, &owing.part.unit);
    let open = |o: &Obligation| o.cause.stage() == Some(Stage::FollowUp) && o.filed.is_none() && !o.ended;
    if books.obligations_of_unit(event, unit)?.iter().any(open) {
        return Ok(());
    }
    let ordinal = books.last_ordinal(event, unit, Stage::FollowUp)? + 1;
    owing.owe(books, setup, Stage::FollowUp, ordinal, now)?;
    Ok(())
}

/// After a follow-up was waived: the next one, counted from the previous arrival.
pub fn next_follow_up(books: &Books<'_>, setup: &Setup, event: &Event, unit: &UnitId, now: Instant) -> Result<(), StepError> {
    let Some(mut part) = books.involvement(event.number, unit)? else { return Ok(()) };
    if event.state != EventState::Open || part.final_at.is_some() || part.first_at.is_none() {
        return Ok(());
    }
    // The waived window is over: the next one is counted from now, else it would be due at once.
    part.last_at = part.last_at.max(Some(now));
    let owing = Owing { event, part: &part, rules: setup.rules_of(event.ruleset), since: None };
    follow_up(books, setup, &owing, now)
}

/// A filing meets every open lower stage; one that arrived before the one on record takes its place.
fn met_by(obligation: &Obligation, stage: Stage, was_first: bool, had_first: bool, filing: &Filing) -> bool {
    let of_its_time = obligation.because.anchored_at.is_none_or(|anchor| anchor <= filing.at);
    if let Some(earlier) = &obligation.filed {
        return filing.at < earlier.at
            && match (obligation.cause.stage(), stage) {
                (Some(Stage::First), _) => was_first && had_first,
                (Some(Stage::FollowUp), Stage::FollowUp | Stage::Final) => of_its_time,
                (Some(Stage::Final), Stage::Final) => true,
                _ => false,
            };
    }
    if matches!(obligation.verdict, Verdict::Waived | Verdict::Void) || (obligation.ended && obligation.verdict == Verdict::Open) {
        return false;
    }
    match (obligation.cause.stage(), stage) {
        (Some(Stage::First), _) | (Some(Stage::FollowUp | Stage::Final), Stage::Final) => true,
        (Some(Stage::FollowUp), Stage::FollowUp) => had_first && of_its_time,
        _ => false,
    }
}

/// Meets one obligation: verdict on record, and whoever must hear of it is told.
pub fn meet_one(
    books: &Books<'_>,
    setup: &Setup,
    obligation: &mut Obligation,
    filing: &Filing,
    event: Option<&Event>,
    now: Instant,
) -> Result<Met, StepError> {
    let ladder = setup.rules_for(books, obligation)?.ladder.clone();
    let before = obligation.verdict;
    let consequence = meet(obligation, filing.clone(), &ladder);
    record_verdict(books, setup, obligation, before, BY_RULES, "filed", now)?;
    match consequence {
        // The ladder tells of a late filing, when everything that had arrived by the due time has been read.
        Consequence::TellLate if books.waiting_quarantine(&obligation.unit, chrono::DateTime::UNIX_EPOCH)?.is_none() => {
            obligation.climb.asked = None;
        }
        Consequence::Quiet | Consequence::TellLate => {}
        Consequence::TellSupplied { withdrawn } => ladder::tell_supplied(books, setup, obligation, event, withdrawn, now)?,
    }
    books.save_obligation(obligation, &ladder)?;
    Ok(Met { owed: obligation.cause.owed(0), due: obligation.due, verdict: obligation.verdict })
}

/// A verdict never changes silently: each change is a line with who, when, why; and what it costs follows it.
pub fn record_verdict(
    books: &Books<'_>,
    setup: &Setup,
    obligation: &Obligation,
    before: Verdict,
    by: &str,
    why: &str,
    now: Instant,
) -> Result<(), StepError> {
    tracing::info!(obligation = obligation.id, unit = %obligation.unit, from = %before, to = %obligation.verdict, why, "verdict");
    let data = json!({ "from": before, "to": obligation.verdict, "why": why, "due": obligation.due, "filed": obligation.filed });
    let event = obligation.cause.event();
    books.record(&RecordEntry { at: now, what: "verdict".into(), obligation: Some(obligation.id), event, by: by.into(), data })?;
    deductions::follow(books, setup, obligation, before, now)
}

/// Raises the severity: open dues become the earlier of the old due and upgraded-at + within; breaches stand.
/// Lowering it concerns future stages only.
pub fn change_severity(books: &Books<'_>, setup: &Setup, event: &mut Event, to: Severity, by: &str, now: Instant) -> Result<(), StepError> {
    let from = std::mem::replace(&mut event.severity, to);
    event.severity_assumed = false;
    books.save_event(event)?;
    let data = json!({ "from": from, "to": to });
    books.record(&RecordEntry { at: now, what: "severity".into(), obligation: None, event: Some(event.number), by: by.into(), data })?;
    if !to.graver_than(from) {
        return Ok(());
    }
    let rules = setup.rules_of(event.ruleset);
    for mut obligation in books.obligations_of_event(event.number)? {
        let Cause::Event { stage, ordinal, .. } = obligation.cause else { continue };
        if obligation.ended || obligation.filed.is_some() || obligation.verdict != Verdict::Open {
            continue;
        }
        // Counted from when it takes effect: that we read of it late makes nobody late.
        if let Some(due) = deadline::after_upgrade(rules, to, stage, ordinal, obligation.due, now, setup.zone) {
            let old = std::mem::replace(&mut obligation.due, due.at);
            obligation.because = crate::domain::notice::DueBecause { extended_from: obligation.because.extended_from, ..due.because };
            books.save_obligation(&obligation, &rules.ladder)?;
            let data = json!({ "from": old, "to": due.at, "why": "severity raised" });
            let event = Some(event.number);
            books.record(&RecordEntry { at: now, what: "due".into(), obligation: Some(obligation.id), event, by: by.into(), data })?;
        }
    }
    // Stages that the old severity did not ask for.
    for part in books.involvements(event.number)? {
        begin_later_stages(books, setup, event, &part, now)?;
        if let (None, Some(told_at), Part::Owes) = (part.first_at, part.told_at, part.part) {
            ask_since(books, setup, event, &part.unit, told_at, Some(now), now)?;
        }
    }
    Ok(())
}

/// Ends an event: open obligations are void, breaches keep their verdict, and the ladder stops. Returns how many ended.
pub fn end_event(
    books: &Books<'_>,
    setup: &Setup,
    event: &mut Event,
    state: EventState,
    by: &str,
    why: &str,
    now: Instant,
) -> Result<u32, StepError> {
    event.state = state;
    event.ended_at = Some(now);
    books.save_event(event)?;
    let data = json!({ "state": state, "why": why });
    books.record(&RecordEntry { at: now, what: "event".into(), obligation: None, event: Some(event.number), by: by.into(), data })?;
    let mut ended = 0;
    for mut obligation in books.obligations_of_event(event.number)? {
        if obligation.ended {
            continue;
        }
        end_obligation(books, setup, event, &mut obligation, by, why, now)?;
        ended += 1;
    }
    Ok(ended)
}

/// An event closes by itself when every owing unit's final is in and nothing is open.
pub fn close_if_complete(books: &Books<'_>, setup: &Setup, event: &mut Event, now: Instant) -> Result<(), StepError> {
    let parts = books.involvements(event.number)?;
    let owing: Vec<&Involvement> = parts.iter().filter(|part| part.part == Part::Owes).collect();
    if event.state != EventState::Open || owing.is_empty() || owing.iter().any(|part| part.final_at.is_none()) {
        return Ok(());
    }
    if books.obligations_of_event(event.number)?.iter().all(|o| o.ended) {
        end_event(books, setup, event, EventState::Closed, BY_RULES, "every final report is in", now)?;
    }
    Ok(())
}

/// The event will be shown to another unit: the names of those who have reported it go from its title.
pub fn hide_tellers(books: &Books<'_>, setup: &Setup, event: &mut Event) -> Result<(), StepError> {
    for part in books.involvements(event.number)?.iter().filter(|part| part.first_at.is_some()) {
        event.title = public_title(&event.title, setup.roster.unit(&part.unit), &event.number.to_string());
    }
    Ok(books.save_event(event)?)
}

/// Headers of an answer about an event.
pub fn about_event(event: &Event) -> Headers {
    Headers { event: Some(event.number), severity: Some(event.severity), ..Default::default() }
}

/// A filing by this submission at this arrival.
pub fn filing(at: Instant, submission: SubmissionNo) -> Filing {
    Filing { at, submission }
}

/// The stage of what is owed.
pub fn stage_of(owed: &Owed) -> Option<Stage> {
    match owed {
        Owed::Stage { stage, .. } => Some(*stage),
        _ => None,
    }
}
