//! Store → disposition: each message on record is parsed, judged, and gets its one disposition with all that follows from it.
//!
//! One bad message never stops the next: parsing happens outside the transaction and under `catch_unwind`, each message is a
//! part of its own in the transaction, and a message at which the reader failed three times is put aside for the desk.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::{Value, json};

use super::authentic::{Belief, believed};
use super::correspondence::{file_correspondence, file_tip};
use super::reading::stored::{read, read_ahead};
use super::reading::{Read, Reading, TextRead};
use super::report::{Incoming, file_report};
use super::say::{Occasion, say, sender, tell_quarantined};
use super::{Setup, StepError, World, bounces, command, duties, ledger, requisitions, rosters, tell};
use crate::domain::answering::{self, Asking, may_answer};
use crate::domain::ids::{EventNo, QuarantineNo};
use crate::domain::intake::{Screened, may_be_answered, screen};
use crate::domain::message::{Disposition, ParseFlag, ParsedMail, Unreadable};
use crate::domain::notice::{Content, Headers, Notice, NoticeKind, QuarantineReason, QuarantinedItem, Returned, WhoMay};
use crate::domain::reply;
use crate::domain::roster::Address;
use crate::domain::route::{Route, Said, Thread, route};
use crate::domain::rules::{Instant, span};
use crate::domain::schedule::local_day;
use crate::domain::submission::Flag;
use crate::domain::tags::{self, Tags};
use crate::mail::token;
use crate::store::{Books, CommitPoint, Delivery, PastNotice, PastSubmission, QuarantineEntry, QuarantineState};

/// Messages filed in one transaction.
const GROUP: u32 = 50;

/// Failures of the reader after which a message is put aside.
const ATTEMPTS: u32 = 3;

/// How far back letters of ours are looked through for a subject that a mail repeats, and how many.
const REPEATED_WITHIN: i64 = 2 * 86_400;
const REPEATED_AMONG: u32 = 50;

/// Files what waits. `true`: there was something. While a group is filed, the next one is read beside it.
pub fn step(world: &World, now: Instant) -> Result<bool, StepError> {
    let waiting = world.store.read(|books| books.ready(&world.setup.asking(), 2 * GROUP))?;
    if waiting.is_empty() {
        return Ok(false);
    }
    let (group, next) = waiting.split_at(waiting.len().min(GROUP as usize));
    let ids: Vec<i64> = group.iter().map(|w| w.id).collect();
    if group.iter().all(|w| w.attempts == 0) {
        let next: Vec<i64> = next.iter().filter(|w| w.attempts == 0).map(|w| w.id).collect();
        match attempt(world, &ids, &next, now) {
            Some(Err(StepError::Compose(error))) => {
                tracing::error!(%error, "an answer could not be written; the messages are taken one by one")
            }
            Some(result) => return result.map(|()| true),
            None => tracing::error!(messages = ids.len(), "the reader failed on one of these messages; they are taken one by one"),
        }
    }
    one_by_one(world, &ids, now)?;
    Ok(true)
}

/// Careful mode: each attempt is on record before it is made, so that even a crash counts.
fn one_by_one(world: &World, ids: &[i64], now: Instant) -> Result<(), StepError> {
    for id in ids {
        let Some(delivery) = world.store.read(|books| books.delivery(*id))? else { continue };
        if delivery.attempts >= ATTEMPTS {
            let failed = Read { delivery, reading: Reading { mail: Err(Unreadable::ReaderFailed), text: None }, attached: Vec::new() };
            world.store.write(CommitPoint::Filing, |books| file_one(books, &world.setup, &failed, now))?;
            continue;
        }
        world.store.write(CommitPoint::Attempt, |books| books.mark_attempt(*id))?;
        match attempt(world, &[*id], &[], now) {
            Some(Err(StepError::Compose(error))) => {
                tracing::error!(delivery = id, %error, "an answer to this message could not be written")
            }
            Some(result) => result?,
            None => tracing::error!(delivery = id, "the reader failed on this message"),
        }
    }
    Ok(())
}

/// Reads and files a group. `None`: something panicked; nothing of the group was written.
fn attempt(world: &World, ids: &[i64], next: &[i64], now: Instant) -> Option<Result<(), StepError>> {
    let mut before = world.setup.ahead.take_next(ids, next);
    let beside = if next.is_empty() { None } else { world.store.beside() };
    let reading_ahead = beside.map(|store| {
        let (beside, next) = (World { store: store.clone(), setup: world.setup.clone() }, next.to_vec());
        world.setup.ahead.beside(move || read_ahead(&beside, &next))
    });
    let filed = catch_unwind(AssertUnwindSafe(|| {
        let mut group = Vec::with_capacity(ids.len());
        for id in ids {
            match before.remove(id) {
                Some(read) => group.push(read),
                None => group.extend(read(world, *id)?),
            }
        }
        if next.is_empty() {
            world.setup.helper.rest();
        }
        world.store.write_apart(CommitPoint::Filing, |books| {
            for message in &group {
                if books.is_waiting(message.delivery.id)? {
                    file_one(books, &world.setup, message, now)?;
                }
            }
            Ok(())
        })
    }));
    // It ends without a word.
    let _ = reading_ahead.map(|end| end.recv());
    filed.ok()
}

fn file_one(books: &Books<'_>, setup: &Setup, read: &Read, now: Instant) -> Result<(), StepError> {
    let delivery = &read.delivery;
    let boundary = read.reading.mail.as_ref().ok().and_then(|mail| mail.boundary_received);
    let evidence = boundary.unwrap_or(delivery.received_at);
    let arrival = evidence.min(now);
    let _span = tracing::info_span!("message", delivery = delivery.id, arrival = %arrival.format("%FT%TZ")).entered();
    if !delivery.trusted && delivery.key.contains('/') && books.listed_before(delivery.id)?.is_some() {
        // The mail server lists its messages anew; nobody has written anything.
        return Ok(books.dispose(delivery.id, Disposition::Duplicate, "listed anew", arrival)?);
    }
    let mail = match &read.reading.mail {
        Err(why) => {
            let reason = QuarantineReason::Unreadable { why: why.to_string() };
            return quarantine(books, setup, delivery, None, reason, arrival, now);
        }
        Ok(mail) => mail,
    };
    let sender = match screen(mail, &setup.roster, local_day(arrival, setup.zone)) {
        Screened::Ignore(reason) => return bounces::take(books, setup, delivery.id, mail, reason, arrival, now),
        Screened::Quarantine(reason) if !delivery.trusted => {
            return quarantine(books, setup, delivery, Some(mail), reason, arrival, now);
        }
        Screened::Quarantine(reason) => match vouched_sender(mail, setup, &reason) {
            Some(address) => address,
            None => return quarantine(books, setup, delivery, Some(mail), reason, arrival, now),
        },
        Screened::From(address) => match believed(books, setup, delivery, &address)? {
            Belief::Believed => address,
            Belief::NotYet => return Ok(()),
            Belief::Doubted(why) => {
                let reason = QuarantineReason::NotAuthentic { why };
                return quarantine(books, setup, delivery, Some(mail), reason, arrival, now);
            }
        },
    };
    let mut flags = doubts(mail);
    if evidence > now {
        flags.push(Flag::FutureArrival);
    }
    let mut text = match &read.reading.text {
        Some(text) if text.arrival == arrival => Cow::Borrowed(text),
        _ => Cow::Owned(TextRead::of(mail, arrival, setup.zone)),
    };
    if !read.attached.is_empty() {
        text.to_mut().complete_with(&read.attached, arrival, setup.zone);
        flags.extend(read.attached.iter().any(|file| file.lacks.is_some()).then_some(Flag::AttachmentUnread));
    }
    dispatch(books, setup, delivery, mail, &text, &sender, arrival, flags, now)
}

/// The desk vouches for the message: the first rostered address counts, else that of the person whose name it bears, else
/// the first there is.
fn vouched_sender(mail: &ParsedMail, setup: &Setup, reason: &QuarantineReason) -> Option<Address> {
    let addresses: Vec<Address> = mail.from.iter().filter_map(|from| from.comparable()).collect();
    let named = match reason {
        QuarantineReason::Imitation { rostered, .. } => Address::parse(rostered),
        _ => None,
    };
    addresses.iter().find(|address| setup.roster.standing(address).is_known()).or(named.as_ref()).or(addresses.first()).cloned()
}

fn doubts(mail: &ParsedMail) -> Vec<Flag> {
    let mut flags = Vec::new();
    for flag in &mail.flags {
        let doubt = match flag {
            ParseFlag::ReplacedBytes | ParseFlag::CharsetGuessed => Flag::CharsetDoubt,
            ParseFlag::Truncated => Flag::Truncated,
            ParseFlag::NulBytes => continue,
        };
        if !flags.contains(&doubt) {
            flags.push(doubt);
        }
    }
    flags
}

#[allow(clippy::too_many_arguments)] // the facts of one message, each from another source
fn dispatch(
    books: &Books<'_>,
    setup: &Setup,
    delivery: &Delivery,
    mail: &ParsedMail,
    text: &TextRead,
    sender: &Address,
    arrival: Instant,
    flags: Vec<Flag>,
    now: Instant,
) -> Result<(), StepError> {
    let (notice, submission) = thread_of(books, setup, mail)?;
    let standing = setup.roster.standing(sender);
    let given = reply::command(&text.written);
    let thread = summary_of(books, notice.as_ref(), submission.as_ref())?;
    let said = Said {
        tags: &text.tags,
        command: given.as_ref(),
        place: text.fields.place.as_deref(),
        names_units: !text.fields.units.is_empty(),
        substantive: text.substantive,
        day: local_day(arrival, setup.zone),
    };
    let routed = route(&standing, &setup.roster, &thread, &said);
    let answers_title = title_of_the_answered(books, mail, &text.tags, &thread, submission)?;
    let incoming = Incoming {
        delivery: delivery.id,
        mail,
        sender,
        own: &text.own,
        said: &text.said,
        plain: &text.plain,
        substantive: text.substantive,
        tags: &text.tags,
        fields: text.fields.clone(),
        simhash: text.simhash,
        arrival,
        flags,
        thread,
        answered: notice.clone(),
        answers_title,
        answerable: may_be_answered(&mail.automatic),
    };
    if same_bytes(books, setup, &incoming, now)? {
        return Ok(());
    }
    tracing::info!(route = routed.as_str(), from = %sender, "routed");
    match routed {
        Route::Report(marked) => match standing.reports_for {
            Some(unit) => file_report(books, setup, incoming, unit, marked, now),
            None => file_correspondence(books, setup, incoming, now),
        },
        Route::Correspondence => file_correspondence(books, setup, incoming, now),
        Route::Tip { place } => file_tip(books, setup, incoming, &place, now),
        Route::Returned { wrote, who_may } => give_back(books, setup, &incoming, wrote, who_may, now),
        Route::Tell => tell::tell(books, setup, &incoming, now),
        Route::Requisition => requisitions::by_mail(books, setup, &incoming, now),
        Route::RosterNote => rosters::note(books, setup, incoming, now),
        Route::Command => match given {
            Some(given) => command::by_reply(books, setup, &incoming, notice.as_ref(), &given, now),
            None => file_correspondence(books, setup, incoming, now),
        },
        Route::StrayCommand => command::stray(books, setup, &incoming, given.as_ref(), now),
        Route::Withdraw => command::withdraw_by_tag(books, setup, &incoming, now),
        Route::Table(tag) => ledger::by_mail(books, setup, &incoming, tag, now),
    }
}

/// What the notice was about that a reply answers, or the event whose number alone stands in the subject.
fn title_of_the_answered(
    books: &Books<'_>,
    mail: &ParsedMail,
    tags: &Tags,
    thread: &Thread,
    submission: Option<PastSubmission>,
) -> Result<Option<String>, StepError> {
    let replies = thread.notice.is_some() && tags::is_reply_subject(&mail.subject);
    let number = if replies { thread.event } else { tags.title.trim().parse::<EventNo>().ok() };
    if !replies && number.is_none() {
        return Ok(None);
    }
    let event = number.map(|number| books.event(number)).transpose()?.flatten();
    Ok(event.map(|event| event.title).or(submission.map(|submission| submission.title)))
}

/// The notice and the submission that a message answers, by Message-ID, by our plus-address, by a number in the subject.
fn thread_of(books: &Books<'_>, setup: &Setup, mail: &ParsedMail) -> Result<(Option<PastNotice>, Option<PastSubmission>), StepError> {
    for message_id in &mail.answers {
        if let Some(notice) = books.notice_by_message_id(message_id)? {
            let submission = notice.submission.map(|number| books.submission(number)).transpose()?.flatten();
            return Ok((Some(notice), submission));
        }
        if let Some(submission) = books.submission_by_message_id(message_id)? {
            return Ok((None, Some(submission)));
        }
    }
    for claim in token::claims(&mail.recipients, &[], &mail.subject, &setup.roster.office.address) {
        if let Some(notice) = books.notice(claim.notice)? {
            let submission = notice.submission.map(|number| books.submission(number)).transpose()?.flatten();
            return Ok((Some(notice), submission));
        }
    }
    Ok((None, None))
}

fn summary_of(books: &Books<'_>, notice: Option<&PastNotice>, submission: Option<&PastSubmission>) -> Result<Thread, StepError> {
    let event = notice.and_then(|n| n.event).or(submission.and_then(|s| s.event));
    let duty = notice.and_then(|n| n.obligation).map(|id| books.obligation(id)).transpose()?.flatten();
    Ok(Thread {
        notice: notice.map(|n| n.kind),
        event,
        submission: submission.map(|s| s.number),
        requisition: duty.as_ref().and_then(|obligation| obligation.cause.requisition()),
        zero_duty: duty.is_some_and(|obligation| duties::is_zero_report(&obligation)),
    })
}

/// The very same bytes were disposed of before: a doubled delivery, whatever they say.
fn same_bytes(books: &Books<'_>, setup: &Setup, incoming: &Incoming<'_>, now: Instant) -> Result<bool, StepError> {
    let Some(before) = books.same_bytes_before(incoming.delivery)? else { return Ok(false) };
    if let Some(submission) = books.submission_of_delivery(before)? {
        super::receipt::answer_duplicate(books, setup, incoming, &submission, now)?;
    }
    books.dispose(incoming.delivery, Disposition::Duplicate, "same bytes", incoming.arrival)?;
    Ok(true)
}

fn give_back(
    books: &Books<'_>,
    setup: &Setup,
    incoming: &Incoming<'_>,
    wrote: String,
    who_may: WhoMay,
    now: Instant,
) -> Result<(), StepError> {
    books.dispose(incoming.delivery, Disposition::Command, &format!("returned: {wrote}"), incoming.arrival)?;
    let content = Content::Returned(Returned { wrote, who_may, subject: incoming.tags.title.clone() });
    answer(books, setup, incoming, NoticeKind::Returned, content, Headers::default(), now)
}

/// Answers the sender of a message, unless it must not be answered or he has had his share.
pub(super) fn answer(
    books: &Books<'_>,
    setup: &Setup,
    incoming: &Incoming<'_>,
    kind: NoticeKind,
    content: Content,
    about: Headers,
    now: Instant,
) -> Result<(), StepError> {
    if !incoming.answerable {
        tracing::info!(%kind, "not answered: its headers forbid it");
        return Ok(());
    }
    let asking = asking(books, incoming, kind, &content, now)?;
    let (sender_is, mail) = (incoming.sender.as_str(), incoming.mail);
    let seen_as = answering::content(asking, sender_is, kind.as_str(), &mail.subject, incoming.plain, &mail.attachments);
    let alike = answering::subject(sender_is, &mail.subject);
    let given = books.answers_to(incoming.sender, &seen_as, &alike, now - span(3600), now - span(86_400))?;
    if let Err(silence) = may_answer(asking, given) {
        tracing::info!(%kind, ?silence, ?given, "not answered");
        return Ok(());
    }
    books.put_answer(incoming.sender, &seen_as, &alike, now)?;
    let recipients = sender(setup, incoming.sender);
    let notice = Notice { kind, recipients, content, about, answers: incoming.mail.message_id.clone(), follows: None };
    let occasion = Occasion {
        why: json!({ "delivery": incoming.delivery, "arrival": incoming.arrival, "chain": asking.chain }),
        ..Default::default()
    };
    say(books, setup, notice, &occasion, now)?;
    Ok(())
}

/// What tells a machine that answers us from a person who writes to us.
fn asking(books: &Books<'_>, incoming: &Incoming<'_>, kind: NoticeKind, content: &Content, now: Instant) -> Result<Asking, StepError> {
    let (is_duplicate, meets) = match content {
        Content::Receipt(receipt) => (receipt.duplicate, !receipt.met.is_empty()),
        _ => (false, false),
    };
    let answered = match &incoming.answered {
        Some(notice) => Some(notice.clone()),
        None => repeated(books, incoming, now)?,
    };
    let answers_an_answer = answered.as_ref().is_some_and(|notice| notice.kind.is_answer());
    let chain = answered.as_ref().map_or(0, |notice| {
        let before = notice.why.get("chain").and_then(Value::as_u64).unwrap_or(0);
        let is_quick = incoming.arrival - notice.at <= span(answering::QUICK);
        before + u64::from(answers_an_answer && is_quick)
    });
    let answers_ours = answered.is_some();
    let is_deliberate = incoming.tags.kind.is_some() || kind == NoticeKind::Command || meets && !answers_ours;
    Ok(Asking { answers_ours, is_deliberate, is_duplicate, answers_an_answer, chain })
}

/// The notice of which a mail repeats the subject, where no header says what it answers.
fn repeated(books: &Books<'_>, incoming: &Incoming<'_>, now: Instant) -> Result<Option<PastNotice>, StepError> {
    for (number, subject) in books.subjects_sent_to(incoming.sender, now - span(REPEATED_WITHIN), REPEATED_AMONG)? {
        if answering::repeats(&incoming.tags.title, &tags::read_tags(&subject).title) {
            return Ok(books.notice(number)?);
        }
    }
    Ok(None)
}

/// Puts a message aside and tells the desk.
fn quarantine(
    books: &Books<'_>,
    setup: &Setup,
    delivery: &Delivery,
    mail: Option<&ParsedMail>,
    reason: QuarantineReason,
    arrival: Instant,
    now: Instant,
) -> Result<(), StepError> {
    let from = mail.map(|mail| &mail.from[..]).unwrap_or_default();
    let shown: Vec<String> =
        from.iter().map(|m| if m.name.is_empty() { m.address.clone() } else { format!("{} <{}>", m.name, m.address) }).collect();
    let unit = from.iter().filter_map(|m| m.comparable()).find_map(|address| setup.roster.standing(&address).reports_for);
    let entry = QuarantineEntry {
        number: QuarantineNo { year: 0, ordinal: 0 },
        delivery: delivery.id,
        reason,
        sender: shown.join(", "),
        subject: mail.map(|mail| mail.subject.clone()).unwrap_or_default(),
        arrival,
        unit: unit.map(|unit| unit.id.clone()),
        state: QuarantineState::Waiting,
    };
    let entry = books.put_quarantine(setup.year(arrival), entry)?;
    books.dispose(delivery.id, Disposition::Quarantined, &entry.number.to_string(), arrival)?;
    tracing::info!(number = %entry.number, "quarantined");
    let item = QuarantinedItem {
        number: entry.number,
        reason: entry.reason,
        from: entry.sender,
        subject: entry.subject,
        arrival,
        unit: entry.unit.map(|unit| setup.unit_ref(&unit)),
    };
    tell_quarantined(books, setup, item, now)
}
