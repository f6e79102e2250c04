//! What a receipt says.

use super::events;
use super::file::answer;
use super::report::Incoming;
use super::{Setup, StepError};
use crate::domain::fields::Field;
use crate::domain::ids::SubmissionNo;
use crate::domain::notice::{Content, Headers, NoticeKind, Receipt};
use crate::domain::rules::{Instant, Stage};
use crate::domain::submission::Kind;
use crate::mail::words::Words;
use crate::store::{Books, PastSubmission};

/// The receipt again, with the number of the first.
pub fn answer_duplicate(
    books: &Books<'_>,
    setup: &Setup,
    incoming: &Incoming<'_>,
    before: &PastSubmission,
    now: Instant,
) -> Result<(), StepError> {
    let mut receipt = bare_receipt(before.number, before.title.clone(), before.kind, before.arrival);
    receipt.duplicate = true;
    let event = before.event.map(|number| events::standing_event(books, number)).transpose()?.flatten();
    receipt.event = event.as_ref().map(events::event_ref);
    let about = Headers {
        event: event.as_ref().map(|event| event.number),
        submission: Some(before.number),
        unit: before.unit.as_ref().map(|unit| setup.unit_ref(unit)),
        stage: stage_of_kind(before.kind),
        severity: event.as_ref().map(|event| event.severity),
        filed: Some(before.arrival),
        ..Default::default()
    };
    answer(books, setup, incoming, NoticeKind::Receipt, Content::Receipt(receipt), about, now)
}

/// A receipt that says no more than that something came.
pub(super) fn bare_receipt(number: SubmissionNo, subject: String, kind: Kind, arrival: Instant) -> Receipt {
    Receipt {
        number,
        subject,
        kind,
        arrival,
        sent_at: None,
        duplicate: false,
        corrects: None,
        understood: Vec::new(),
        missing: Vec::new(),
        flags: Vec::new(),
        event: None,
        met: Vec::new(),
        next: Vec::new(),
        correspondence: false,
    }
}

/// The stage that a kind of report is.
pub(super) fn stage_of_kind(kind: Kind) -> Option<Stage> {
    match kind {
        Kind::First => Some(Stage::First),
        Kind::FollowUp => Some(Stage::FollowUp),
        Kind::Final => Some(Stage::Final),
        _ => None,
    }
}

/// Field by field, as the receipt shows it.
pub(super) fn understood(incoming: &Incoming<'_>, setup: &Setup) -> Vec<(Field, String)> {
    let fields = &incoming.fields;
    let words = Words::new(setup.language, setup.zone);
    let occurred = fields.occurred.map(|at| words.moment(at));
    let severity = incoming.severity().map(|severity| words.severity_full(severity));
    [
        (Field::Occurred, occurred),
        (Field::Place, incoming.place().map(str::to_owned)),
        (Field::Severity, severity),
        (Field::Casualties, fields.casualties.clone()),
        (Field::Cause, fields.cause.clone()),
        (Field::Measures, fields.measures.clone()),
        (Field::Contact, fields.contact.clone()),
    ]
    .into_iter()
    .filter_map(|(field, value)| {
        let value = value?;
        Some((field, fields.attached.get(&field).map_or(value.clone(), |name| words.from_attachment(&value, name))))
    })
    .collect()
}
