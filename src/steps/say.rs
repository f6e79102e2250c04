//! Puts a notice on record with its letters, in the transaction of its cause; their bytes are fixed then, or on order in a replay.

use std::fmt::Display;
use std::sync::Arc;

use serde_json::{Value, json};

use super::{Setup, StepError, press};
use crate::domain::ids::{NoticeNo, QuarantineNo, UnitId};
use crate::domain::notice::{
    Capacity, Content, Headers, Notice, NoticeKind, Quarantined, QuarantinedItem, Question, QuestionItem, Recipient,
};
use crate::domain::roster::Address;
use crate::domain::rules::{Instant, span};
use crate::mail::compose::{Draft, Stationery, Thread, Wording};
use crate::store::{BY_RULES, Books, LetterBytes, NewNotice, RecordEntry};

/// What a notice is about, beyond its headers.
#[derive(Clone, Debug, Default)]
pub struct Occasion {
    /// The obligation.
    pub obligation: Option<i64>,
    /// The quarantined message.
    pub quarantine: Option<QuarantineNo>,
    /// The first notice that says the same, and whose copy of it did not arrive.
    pub instead_of: Option<(NoticeNo, Address)>,
    /// The evidence on which it was decided, for `explain`.
    pub why: Value,
}

/// Queues `notice`: one number, one letter for each recipient. A notice that would reach nobody goes to the desk.
pub fn say(books: &Books<'_>, setup: &Setup, mut notice: Notice, occasion: &Occasion, now: Instant) -> Result<NoticeNo, StepError> {
    notice.recipients = once_each(notice.recipients);
    if notice.recipients.is_empty() {
        notice.recipients = desk(setup);
    }
    let notice = Arc::new(notice);
    let number = books.next_notice_number(setup.year(now))?;
    let new = NewNotice {
        number,
        notice: &notice,
        at: now,
        obligation: occasion.obligation,
        quarantine: occasion.quarantine,
        stands_in_for: occasion.instead_of.as_ref().map(|(notice, _)| *notice),
        why: &occasion.why,
    };
    books.put_notice(&new)?;
    write_to_each(books, setup, &notice, number, occasion, now)?;
    for hook in setup.webhooks.iter().filter(|hook| hook.always && hook.kinds.contains(&notice.kind)) {
        books.put_post(number, &hook.name, now)?;
    }
    books.record(&RecordEntry {
        at: now,
        what: "notice".into(),
        obligation: occasion.obligation,
        event: notice.about.event,
        by: BY_RULES.into(),
        data: json!({ "number": number, "kind": notice.kind, "to": notice.recipients.iter().map(|r| &r.address).collect::<Vec<_>>() }),
    })?;
    tracing::info!(notice = %number, kind = %notice.kind, event = notice.about.event.map(tracing::field::display),
        unit = notice.about.unit.as_ref().map(|u| tracing::field::display(&u.id)), copies = notice.recipients.len(), "notice queued");
    Ok(number)
}

/// One letter for each recipient.
fn write_to_each(
    books: &Books<'_>,
    setup: &Setup,
    notice: &Arc<Notice>,
    number: NoticeNo,
    occasion: &Occasion,
    now: Instant,
) -> Result<(), StepError> {
    let stationery = Stationery { office: &setup.roster.office, language: setup.language, zone: setup.zone, key: &setup.key };
    let missed = occasion.instead_of.as_ref().map(|(_, missed)| missed);
    let mut worded: Vec<(Capacity, Arc<Wording>)> = Vec::new();
    for (index, recipient) in notice.recipients.iter().enumerate() {
        let copy = index + 1;
        let before = match notice.follows {
            Some(earlier) if notice.answers.is_none() => books.copy_sent_to(earlier, &recipient.address)?,
            _ => None,
        };
        let in_reply_to = notice.answers.clone().or(before);
        let references = in_reply_to.iter().cloned().collect();
        let thread = Thread { in_reply_to, references };
        let known = worded.iter().find(|(capacity, _)| *capacity == recipient.capacity).map(|(_, wording)| Arc::clone(wording));
        let wording = match known {
            Some(wording) => wording,
            None => {
                let wording = Arc::new(setup.composer.word(notice, number, now, recipient.capacity, missed, &stationery)?);
                worded.push((recipient.capacity, Arc::clone(&wording)));
                wording
            }
        };
        let draft = Draft::of(&wording, recipient, copy, thread, &stationery)?;
        let file_name = format!("{}-{number}-{copy:02}", now.format("%Y%m%dT%H%M%SZ"));
        let queue = |bytes: LetterBytes<'_>| {
            let (to, urgent) = (&recipient.address, notice.kind.must_arrive());
            books.put_letter(number, copy, to, &draft.message_id, &draft.subject, &file_name, bytes, urgent, now)
        };
        match setup.press.as_ref().and_then(|press| Some((press, press.number()?))) {
            Some((press, order)) => {
                let letter = queue(LetterBytes::Ordered(order))?;
                press.order(order, letter, draft)?;
            }
            None => {
                let letter = press::seal(&setup.composer, setup.signer.as_deref(), &draft, &stationery)?;
                queue(LetterBytes::Made(&letter.bytes))?;
            }
        }
    }
    Ok(())
}

/// What cannot be put into words is tried again after so many seconds.
pub const AGAIN: i64 = 300;

/// A part of a step that concerns `whose` alone. `None`: its notice could not be put into words, so all of the part is undone, and it
/// holds up nobody else's; it is to be tried again, `AGAIN` seconds later where that is kept.
pub fn apart<T>(books: &Books<'_>, whose: impl Display, part: impl FnOnce() -> Result<T, StepError>) -> Result<Option<T>, StepError> {
    match books.part(|_| part()) {
        Err(StepError::Compose(error)) => {
            tracing::error!(%whose, %error, "a notice could not be written; it is tried again later");
            Ok(None)
        }
        done => done.map(Some),
    }
}

/// Keeps the first of each address, in order.
fn once_each(recipients: Vec<Recipient>) -> Vec<Recipient> {
    let mut kept: Vec<Recipient> = Vec::with_capacity(recipients.len());
    for recipient in recipients {
        if kept.iter().all(|known| known.address != recipient.address) {
            kept.push(recipient);
        }
    }
    kept
}

/// The unit's reporters.
pub fn reporters(setup: &Setup, unit: &UnitId) -> Vec<Recipient> {
    Recipient::reporters(&setup.roster, unit)
}

/// The unit's supervisors up to `level`.
pub fn supervisors(setup: &Setup, unit: &UnitId, level: u8) -> Vec<Recipient> {
    let supervisors = setup.roster.supervisors_of(unit, level);
    supervisors.map(|s| Recipient { address: s.address.clone(), name: s.name.clone(), capacity: Capacity::Supervisor }).collect()
}

/// The duty desk.
pub fn desk(setup: &Setup) -> Vec<Recipient> {
    Recipient::desk(&setup.roster)
}

/// The operators.
pub fn operators(setup: &Setup) -> Vec<Recipient> {
    Recipient::operators(&setup.roster)
}

/// Whoever sent what is answered.
pub fn sender(setup: &Setup, address: &Address) -> Vec<Recipient> {
    Recipient::named(&setup.roster, std::slice::from_ref(address), Capacity::Sender)
}

/// Single notices to the desk within an hour; what comes after goes into one list.
const SINGLY_AN_HOUR: u64 = 10;

/// Asks the desk about one thing, or holds the question for the hourly list.
pub fn ask(
    books: &Books<'_>,
    setup: &Setup,
    item: QuestionItem,
    about: Headers,
    occasion: &Occasion,
    now: Instant,
) -> Result<(), StepError> {
    if !goes_singly(books, NoticeKind::Question, now)? {
        return Ok(books.put_desk_item(NoticeKind::Question, now, &item, false)?);
    }
    books.put_desk_item(NoticeKind::Question, now, &item, true)?;
    let content = Content::Question(Question { items: vec![item], list: false });
    let notice = Notice { kind: NoticeKind::Question, recipients: desk(setup), content, about, answers: None, follows: None };
    say(books, setup, notice, occasion, now)?;
    Ok(())
}

/// Tells the desk of a message put aside, or holds it for the hourly list.
pub fn tell_quarantined(books: &Books<'_>, setup: &Setup, item: QuarantinedItem, now: Instant) -> Result<(), StepError> {
    if !goes_singly(books, NoticeKind::Quarantined, now)? {
        return Ok(books.put_desk_item(NoticeKind::Quarantined, now, &item, false)?);
    }
    books.put_desk_item(NoticeKind::Quarantined, now, &item, true)?;
    let occasion = Occasion { quarantine: Some(item.number), why: json!({ "quarantine": item }), ..Default::default() };
    let about = Headers { unit: item.unit.clone(), ..Default::default() };
    let content = Content::Quarantined(Quarantined { items: vec![item], list: false });
    let notice = Notice { kind: NoticeKind::Quarantined, recipients: desk(setup), content, about, answers: None, follows: None };
    say(books, setup, notice, &occasion, now)?;
    Ok(())
}

fn goes_singly(books: &Books<'_>, kind: NoticeKind, now: Instant) -> Result<bool, StepError> {
    Ok(books.desk_load(kind, now - span(3600))?.is_some_and(|singly| singly < SINGLY_AN_HOUR))
}
