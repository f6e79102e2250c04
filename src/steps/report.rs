//! A unit's message becomes a submission: placed, checked for having come before, filed, answered.

use serde_json::json;

use super::events::{self, Reported};
use super::file::answer;
use super::placing::{Placed, came_before, place, stage_due, whose};
use super::receipt::{answer_duplicate, stage_of_kind, understood};
use super::say::{self, Occasion};
use super::{Setup, StepError, duties, requisitions, silence};
use crate::domain::event::{Event, EventState, Jurisdiction, Part, public_title};
use crate::domain::fields::{Fields, OccurredReading};
use crate::domain::ids::{EventNo, SubmissionNo, UnitId};
use crate::domain::message::{Disposition, ParsedMail};
use crate::domain::near::fingerprint;
use crate::domain::notice::{About, Content, Headers, NoticeKind, Owed, QuestionItem, Receipt};
use crate::domain::roster::{Address, Unit};
use crate::domain::route::{Marked, Thread};
use crate::domain::rules::{Instant, Severity, Stage};
use crate::domain::schedule::local_day;
use crate::domain::submission::{Flag, Kind};
use crate::domain::tags::{Tags, numbers_in};
use crate::domain::text;
use crate::store::{Books, NewSubmission, PastNotice};

/// A message of a rostered sender, read as far as its text goes.
pub struct Incoming<'a> {
    /// The store's key.
    pub delivery: i64,
    /// As parsed.
    pub mail: &'a ParsedMail,
    /// The one sender.
    pub sender: &'a Address,
    /// What he wrote himself, quotes cut.
    pub own: &'a str,
    /// Tags and title of the subject.
    pub tags: &'a Tags,
    /// Title and `own` in comparable form.
    pub said: &'a str,
    /// `own` in comparable form.
    pub plain: &'a str,
    /// `own` or an attachment says more than thanks.
    pub substantive: bool,
    /// Fields.
    pub fields: Fields,
    /// Of what he wrote, where it is long enough to tell.
    pub simhash: Option<u64>,
    /// When the office's own system took it.
    pub arrival: Instant,
    /// Doubts so far.
    pub flags: Vec<Flag>,
    /// What it answers.
    pub thread: Thread,
    /// The notice that it answers.
    pub answered: Option<PastNotice>,
    /// What the notice that it answers was about: the subject is then ours, and would grow with each reply.
    pub answers_title: Option<String>,
    /// Whether it may be answered at all.
    pub answerable: bool,
}

impl Incoming<'_> {
    pub(super) fn fingerprint(&self, marked: &str) -> [u8; 32] {
        fingerprint(self.sender.as_str(), marked, &self.mail.subject, self.plain, &self.mail.attachments)
    }

    pub(super) fn severity(&self) -> Option<Severity> {
        self.tags.severity.or(self.fields.severity)
    }

    pub(super) fn place(&self) -> Option<&str> {
        self.fields.place.as_deref().or(self.fields.place_in_prose.as_deref())
    }

    /// When the event occurred, as this report says. What a follow-up tells of in prose happened later: only its field counts.
    pub(super) fn time_of_occurrence(&self, continues: bool) -> Option<Instant> {
        let by_field = self.fields.occurred_reading == OccurredReading::Field;
        self.fields.occurred.filter(|_| by_field || !continues)
    }

    /// The subject without tags, or the first line, or what there is.
    pub(super) fn title(&self) -> String {
        if let Some(title) = &self.answers_title {
            return title.clone();
        }
        let first_line = self.own.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        let without_numbers = self.tags.title.trim();
        let title = if without_numbers.is_empty() { first_line } else { without_numbers };
        title.chars().take(80).collect()
    }
}

/// Files a unit's submission.
pub fn file_report(
    books: &Books<'_>,
    setup: &Setup,
    incoming: Incoming<'_>,
    unit: &Unit,
    marked: Marked,
    now: Instant,
) -> Result<(), StepError> {
    duties::open_windows(books, setup, now)?;
    let placed = if marked.of_event() { place(books, setup, &incoming, unit, marked)? } else { Placed::Nowhere };
    let seen_as = incoming.fingerprint(marked.as_str());
    if let Some(before) = came_before(books, setup, &incoming, unit, marked, &placed, &seen_as)? {
        answer_duplicate(books, setup, &incoming, &before, now)?;
        return Ok(books.dispose(incoming.delivery, Disposition::Duplicate, &before.number.to_string(), incoming.arrival)?);
    }
    let filed = Filed { unit, marked, seen_as, incoming, receipt_event: None, reported: Reported::default(), corrects: None };
    match placed {
        Placed::Nowhere if marked == Marked::Correction => filed.correction(books, setup, now),
        Placed::Nowhere => filed.routine(books, setup, now),
        Placed::On(event) => filed.on_event(books, setup, *event, Vec::new(), now),
        Placed::New(ask) => filed.on_new_event(books, setup, ask, now),
    }
}

/// A submission on its way to being filed.
struct Filed<'a> {
    unit: &'a Unit,
    marked: Marked,
    seen_as: [u8; 32],
    incoming: Incoming<'a>,
    receipt_event: Option<Event>,
    reported: Reported,
    corrects: Option<SubmissionNo>,
}

impl Filed<'_> {
    fn routine(mut self, books: &Books<'_>, setup: &Setup, now: Instant) -> Result<(), StepError> {
        let kind = if self.marked == Marked::Zero { Kind::Zero } else { Kind::Routine };
        let number = self.put(books, setup, kind, None)?;
        self.reported.met = duties::count(books, setup, &self.unit.id, kind, self.incoming.arrival, number, now)?;
        if kind == Kind::Routine {
            self.answer_requisition(books, setup, number, now)?;
            self.ask_about_words(books, setup, number, now)?;
            self.ask_about_copies(books, setup, number, now)?;
        }
        self.receipt(books, setup, number, kind, now)
    }

    /// Meets the requisition that this answers; where it may be one of several, the desk is asked.
    fn answer_requisition(&mut self, books: &Books<'_>, setup: &Setup, number: SubmissionNo, now: Instant) -> Result<(), StepError> {
        let answer = requisitions::answered(books, &self.incoming, self.unit, self.marked)?;
        if let Some(mut obligation) = answer.obligation {
            let filing = events::filing(self.incoming.arrival, number);
            self.reported.met.push(events::meet_one(books, setup, &mut obligation, &filing, None, now)?);
        }
        if !answer.ask.is_empty() {
            self.ask(books, setup, About::WhichRequisition { candidates: answer.ask }, number, None, now)?;
        }
        Ok(())
    }

    fn correction(mut self, books: &Books<'_>, setup: &Setup, now: Instant) -> Result<(), StepError> {
        let named = numbers_in(&self.incoming.mail.subject);
        let mut corrected =
            named.submission.or(self.incoming.thread.submission).map(|number| books.submission(number)).transpose()?.flatten();
        if corrected.is_none()
            && let Some(number) = named.event.or(self.incoming.thread.event)
            && let Some(event) = events::standing_event(books, number)?
        {
            corrected = books.latest_on_event(event.number, &self.unit.id)?;
        }
        let corrected = corrected.filter(|s| s.unit.as_ref() == Some(&self.unit.id));
        self.corrects = corrected.as_ref().map(|s| s.number);
        let event = corrected.as_ref().and_then(|s| s.event).map(|number| events::standing_event(books, number)).transpose()?.flatten();
        let number = self.put(books, setup, Kind::Correction, event.as_ref().map(|event| event.number))?;
        if let Some(mut event) = event {
            self.raise(books, setup, &mut event, now)?;
            self.receipt_event = Some(event);
        }
        if corrected.is_none() {
            self.ask(books, setup, About::NothingToCorrect, number, None, now)?;
        }
        self.receipt(books, setup, number, Kind::Correction, now)
    }

    /// Opens an event for this report. Whose it is decides who owes what: see `Jurisdiction`.
    fn on_new_event(self, books: &Books<'_>, setup: &Setup, ask: Vec<EventNo>, now: Instant) -> Result<(), StepError> {
        let whose = whose(setup, &self.incoming, self.unit);
        let number = books.next_event_number(setup.year(self.incoming.arrival))?;
        let title = self.incoming.title();
        let teller = (whose != Jurisdiction::Own).then_some(self.unit);
        let severity = self.incoming.severity();
        let event = Event {
            number,
            title: public_title(&title, teller, self.incoming.place().unwrap_or(number.to_string().as_str())),
            severity: severity.unwrap_or(setup.rules.events.default_severity),
            severity_assumed: severity.is_none(),
            place: self.incoming.place().map(str::to_owned),
            occurred: self.incoming.fields.occurred,
            known_at: self.incoming.arrival,
            ruleset: books.ruleset_at(self.incoming.fields.occurred.unwrap_or(self.incoming.arrival))?,
            state: EventState::Open,
            merged_into: None,
            ended_at: None,
        };
        books.save_event(&event)?;
        tracing::info!(event = %number, "event opened");
        self.on_event(books, setup, event, ask, now)
    }

    fn on_event(mut self, books: &Books<'_>, setup: &Setup, mut event: Event, ask: Vec<EventNo>, now: Instant) -> Result<(), StepError> {
        let stage = stage_due(books, &event, &self.unit.id, self.marked)?;
        let whose = whose(setup, &self.incoming, self.unit);
        let had_part = books.involvement(event.number, &self.unit.id)?;
        let part = match (&had_part, &whose) {
            // The place is told only now: the event is another unit's, unless somebody named this one.
            (Some(part), Jurisdiction::Other(_)) if part.told_at.is_none() => Part::Witness,
            (Some(part), _) => part.part,
            (None, Jurisdiction::Own) if self.is_anothers(books, setup, &event)? => Part::Witness,
            (None, Jurisdiction::Own) => Part::Owes,
            (None, Jurisdiction::Several(_)) if !self.unit.places.is_empty() => Part::Owes,
            (None, _) => Part::Witness,
        };
        if part == Part::Witness {
            events::stand_down(books, setup, &event, &self.unit.id, now)?;
        }
        self.raise(books, setup, &mut event, now)?;
        // What was not known of the event is known now; what was stays as first told.
        event.occurred = event.occurred.or(self.incoming.time_of_occurrence(stage != Stage::First));
        event.place = event.place.take().or(self.incoming.place().map(str::to_owned));
        books.save_event(&event)?;
        let number = self.put(books, setup, Kind::from(stage), Some(event.number))?;
        let filing = events::filing(self.incoming.arrival, number);
        self.reported = events::report_on(books, setup, &event, &self.unit.id, part, stage, &filing, now)?;
        if self.reported.first_again {
            self.incoming.flags.push(Flag::FirstAgain);
        }
        let by_duty = duties::count(books, setup, &self.unit.id, Kind::from(stage), self.incoming.arrival, number, now)?;
        self.reported.met.extend(by_duty);
        self.answer_requisition(books, setup, number, now)?;
        let told_now = had_part.is_none() || matches!(whose, Jurisdiction::Other(_));
        if told_now && event.state == EventState::Open {
            if let Jurisdiction::Other(owner) = &whose
                && books.involvement(event.number, owner)?.is_none()
            {
                events::hide_tellers(books, setup, &mut event)?;
            }
            self.ask_others(books, setup, &event, &whose, number, now)?;
        }
        self.ask_same(books, setup, &event, ask, number, now)?;
        events::close_if_complete(books, setup, &mut event, now)?;
        self.ask_about_copies(books, setup, number, now)?;
        self.receipt_event = Some(event);
        self.receipt(books, setup, number, Kind::from(stage), now)
    }

    /// Whether another unit owes the reports on an event, and its place is not this unit's.
    fn is_anothers(&self, books: &Books<'_>, setup: &Setup, event: &Event) -> Result<bool, StepError> {
        let others = books.involvements(event.number)?.iter().any(|part| part.unit != self.unit.id && part.part == Part::Owes);
        let day = local_day(self.incoming.arrival, setup.zone);
        let place = self.incoming.fields.place.as_deref().or(event.place.as_deref()).unwrap_or_default();
        Ok(others && setup.roster.jurisdictions(place, day).iter().all(|owner| owner.id != self.unit.id))
    }

    /// A graver severity in a report raises the event's; a milder one, or none, changes nothing.
    fn raise(&self, books: &Books<'_>, setup: &Setup, event: &mut Event, now: Instant) -> Result<(), StepError> {
        if let Some(severity) = self.incoming.severity()
            && (severity.graver_than(event.severity) && event.state == EventState::Open)
        {
            events::change_severity(books, setup, event, severity, self.incoming.sender.as_str(), now)?;
        }
        Ok(())
    }

    /// Another unit's place: that unit owes a report; a rival's, or several units' place: the desk is asked.
    fn ask_others(
        &self,
        books: &Books<'_>,
        setup: &Setup,
        event: &Event,
        whose: &Jurisdiction,
        number: SubmissionNo,
        now: Instant,
    ) -> Result<(), StepError> {
        let place = self.incoming.fields.place.clone().unwrap_or_default();
        let refs = |units: &[UnitId]| units.iter().map(|unit| setup.unit_ref(unit)).collect::<Vec<_>>();
        let opened = events::event_ref(event);
        match whose {
            Jurisdiction::Own => Ok(()),
            Jurisdiction::Other(owner) => events::ask_unit(books, setup, event, owner, self.incoming.arrival, now).map(|_| ()),
            Jurisdiction::Rival(units) => {
                self.ask(books, setup, About::RivalPlace { opened, place, others: refs(units) }, number, Some(event), now)
            }
            Jurisdiction::Several(units) => {
                self.ask(books, setup, About::SeveralPlaces { opened, place, others: refs(units) }, number, Some(event), now)
            }
        }
    }

    fn ask_same(
        &self,
        books: &Books<'_>,
        setup: &Setup,
        event: &Event,
        ask: Vec<EventNo>,
        number: SubmissionNo,
        now: Instant,
    ) -> Result<(), StepError> {
        let mut candidates = Vec::new();
        for other in ask {
            candidates.extend(books.event(other)?.as_ref().map(events::event_ref));
        }
        if candidates.is_empty() {
            return Ok(());
        }
        self.ask(books, setup, About::MaybeSameEvent { opened: events::event_ref(event), candidates }, number, Some(event), now)
    }

    fn ask_about_words(&self, books: &Books<'_>, setup: &Setup, number: SubmissionNo, now: Instant) -> Result<(), StepError> {
        let listed = setup.rules.events.words.iter();
        let words: Vec<String> = listed.filter(|word| self.incoming.said.contains(&text::comparable(word))).cloned().collect();
        if words.is_empty() { Ok(()) } else { self.ask(books, setup, About::LooksLikeEvent { words }, number, None, now) }
    }

    fn ask_about_copies(&self, books: &Books<'_>, setup: &Setup, number: SubmissionNo, now: Instant) -> Result<(), StepError> {
        let Some(hash) = self.incoming.simhash else { return Ok(()) };
        match books.text_elsewhere(&self.unit.id, self.incoming.arrival, hash)? {
            None => Ok(()),
            Some((of, unit)) => self.ask(books, setup, About::NearDuplicate { of, by: setup.unit_ref(&unit) }, number, None, now),
        }
    }

    fn ask(
        &self,
        books: &Books<'_>,
        setup: &Setup,
        about: About,
        number: SubmissionNo,
        event: Option<&Event>,
        now: Instant,
    ) -> Result<(), StepError> {
        let item = QuestionItem {
            about,
            submission: Some(number),
            subject: self.incoming.title(),
            unit: Some(setup.unit_ref(&self.unit.id)),
            at: self.incoming.arrival,
        };
        let headers = Headers {
            event: event.map(|event| event.number),
            submission: Some(number),
            unit: item.unit.clone(),
            severity: event.map(|event| event.severity),
            ..Default::default()
        };
        say::ask(books, setup, item, headers, &Occasion { why: json!({ "submission": number }), ..Default::default() }, now)
    }

    /// Puts the submission on file and gives the message its disposition.
    fn put(&mut self, books: &Books<'_>, setup: &Setup, kind: Kind, event: Option<EventNo>) -> Result<SubmissionNo, StepError> {
        let incoming = &mut self.incoming;
        if kind != Kind::Zero && kind != Kind::Routine {
            flag_fields(incoming, setup, kind);
        }
        if !incoming.answerable {
            incoming.flags.push(Flag::NoReceipt);
        }
        let title = incoming.title();
        let new = NewSubmission {
            delivery: incoming.delivery,
            unit: Some(&self.unit.id),
            sender: incoming.sender,
            kind,
            title: &title,
            arrival: incoming.arrival,
            sent_at: incoming.mail.sent_at,
            fields: &incoming.fields,
            flags: &incoming.flags,
            event,
            corrects: self.corrects,
            message_id: incoming.mail.message_id.as_deref(),
            fingerprint: self.seen_as,
            simhash: incoming.simhash.filter(|_| kind != Kind::Zero),
        };
        let number = books.file_submission(&new, setup.year(incoming.arrival))?;
        if !matches!(kind, Kind::Zero | Kind::Correction) {
            let (kinds, fields) = (&incoming.fields.kinds, &incoming.fields.topics);
            books.put_topics(number, &setup.topics.topics_of(incoming.said, kinds, fields))?;
        }
        books.dispose(incoming.delivery, Disposition::Filed, &number.to_string(), incoming.arrival)?;
        silence::heard(books, setup, &self.unit.id, incoming.arrival)?;
        tracing::info!(submission = %number, unit = %self.unit.id, %kind, event = event.map(tracing::field::display), "filed");
        Ok(number)
    }

    fn receipt(&self, books: &Books<'_>, setup: &Setup, number: SubmissionNo, kind: Kind, now: Instant) -> Result<(), StepError> {
        let incoming = &self.incoming;
        let event = self.receipt_event.as_ref();
        let missing = if kind == Kind::First { incoming.fields.missing(&setup.rules.events.required) } else { Vec::new() };
        let receipt = Receipt {
            number,
            subject: incoming.title(),
            kind,
            arrival: incoming.arrival,
            sent_at: incoming.mail.sent_at.filter(|sent| (*sent - incoming.arrival).num_seconds().abs() > 300),
            duplicate: false,
            corrects: self.corrects,
            understood: if event.is_some() { understood(incoming, setup) } else { Vec::new() },
            missing,
            flags: incoming.flags.clone(),
            event: event.map(events::event_ref),
            met: self.reported.met.clone(),
            next: self.reported.next.clone(),
            correspondence: false,
        };
        let about = Headers {
            event: event.map(|event| event.number),
            submission: Some(number),
            unit: Some(setup.unit_ref(&self.unit.id)),
            stage: stage_of_kind(kind),
            severity: event.map(|event| event.severity),
            filed: Some(incoming.arrival),
            duty: self.reported.met.iter().find_map(|met| match &met.owed {
                Owed::Duty { name, .. } => Some(name.clone()),
                _ => None,
            }),
            ..Default::default()
        };
        answer(books, setup, incoming, NoticeKind::Receipt, Content::Receipt(receipt), about, now)
    }
}

fn flag_fields(incoming: &mut Incoming<'_>, setup: &Setup, kind: Kind) {
    match incoming.fields.occurred_reading {
        OccurredReading::Approximate => incoming.flags.push(Flag::ApproximateTime),
        OccurredReading::Future => incoming.flags.push(Flag::FutureTime),
        _ => {}
    }
    if kind == Kind::First {
        if incoming.severity().is_none() {
            incoming.flags.push(Flag::DefaultSeverity);
        }
        if !incoming.fields.missing(&setup.rules.events.required).is_empty() {
            incoming.flags.push(Flag::Incomplete);
        }
    }
}
