//! Mail that is filed without being a report: prose of people who have no unit, and a reporter's tip about another's place.

use serde_json::json;

use super::file::answer;
use super::receipt::{answer_duplicate, bare_receipt};
use super::report::Incoming;
use super::say::{self, Occasion};
use super::{Setup, StepError, duties};
use crate::domain::ids::SubmissionNo;
use crate::domain::message::Disposition;
use crate::domain::notice::{About, Content, Headers, NoticeKind, QuestionItem};
use crate::domain::rules::Instant;
use crate::domain::submission::Kind;
use crate::store::{Books, NewSubmission};

/// Files prose of somebody who has no unit, in its thread.
pub fn file_correspondence(books: &Books<'_>, setup: &Setup, incoming: Incoming<'_>, now: Instant) -> Result<(), StepError> {
    without_unit(books, setup, incoming, Kind::Correspondence, now).map(|_| ())
}

/// Files what a unit's reporter wrote beside his reports, as correspondence. `None`: it came before.
pub(super) fn file_aside(
    books: &Books<'_>,
    setup: &Setup,
    incoming: Incoming<'_>,
    now: Instant,
) -> Result<Option<SubmissionNo>, StepError> {
    without_unit(books, setup, incoming, Kind::Correspondence, now)
}

fn without_unit(
    books: &Books<'_>,
    setup: &Setup,
    incoming: Incoming<'_>,
    kind: Kind,
    now: Instant,
) -> Result<Option<SubmissionNo>, StepError> {
    duties::open_windows(books, setup, now)?;
    let seen_as = incoming.fingerprint(kind.as_str());
    let unit = setup.roster.standing(incoming.sender).reports_for.map(|unit| &unit.id);
    if let Some(before) = books.same_fingerprint(&seen_as, incoming.arrival)? {
        let elsewhere = |unit| duties::counts_elsewhere(books, setup, unit, kind, incoming.arrival, before.number);
        if !unit.map(elsewhere).transpose()?.unwrap_or(false) {
            answer_duplicate(books, setup, &incoming, &before, now)?;
            books.dispose(incoming.delivery, Disposition::Duplicate, &before.number.to_string(), incoming.arrival)?;
            return Ok(None);
        }
    }
    let title = incoming.title();
    let new = NewSubmission {
        delivery: incoming.delivery,
        unit,
        sender: incoming.sender,
        kind,
        title: &title,
        arrival: incoming.arrival,
        sent_at: incoming.mail.sent_at,
        fields: &incoming.fields,
        flags: &incoming.flags,
        event: incoming.thread.event,
        corrects: None,
        message_id: incoming.mail.message_id.as_deref(),
        fingerprint: seen_as,
        simhash: None,
    };
    let number = books.file_submission(&new, setup.year(incoming.arrival))?;
    books.dispose(incoming.delivery, Disposition::Filed, &number.to_string(), incoming.arrival)?;
    let mut receipt = bare_receipt(number, title, kind, incoming.arrival);
    if let Some(unit) = unit {
        receipt.met = duties::count(books, setup, unit, kind, incoming.arrival, number, now)?;
    }
    receipt.correspondence = kind == Kind::Correspondence;
    let unit = unit.map(|unit| setup.unit_ref(unit));
    let about =
        Headers { event: incoming.thread.event, submission: Some(number), unit, filed: Some(incoming.arrival), ..Default::default() };
    answer(books, setup, &incoming, NoticeKind::Receipt, Content::Receipt(receipt), about, now)?;
    Ok(Some(number))
}

/// A reporter's 事件 about another unit's place: filed as routine, and the desk is asked.
pub fn file_tip(books: &Books<'_>, setup: &Setup, incoming: Incoming<'_>, place: &str, now: Instant) -> Result<(), StepError> {
    let unit = setup.roster.standing(incoming.sender).reports_for.map(|unit| setup.unit_ref(&unit.id));
    let (subject, at) = (incoming.title(), incoming.arrival);
    let Some(number) = without_unit(books, setup, incoming, Kind::Routine, now)? else { return Ok(()) };
    let item =
        QuestionItem { about: About::ReportersTip { place: place.to_owned() }, submission: Some(number), subject, unit: unit.clone(), at };
    let about = Headers { submission: Some(number), unit, ..Default::default() };
    say::ask(books, setup, item, about, &Occasion { why: json!({ "submission": number }), ..Default::default() }, now)
}
