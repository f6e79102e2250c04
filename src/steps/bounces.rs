//! Delivery reports about letters of ours, and other mail that machines send about them.
//!
//! A report counts where it comes to the letter's own envelope sender, whose token nobody can make up, or where it returns the
//! letter's Message-ID and names its recipient. Any other changes nothing: whoever forges one knows neither.

use super::undelivered::{self, Failure};
use super::{Setup, StepError, canary};
use crate::domain::intake::IgnoreReason;
use crate::domain::message::{Disposition, ParsedMail};
use crate::domain::report::{DeliveryReport, Fate, Report, ReportedRecipient};
use crate::domain::rules::Instant;
use crate::domain::undelivered::is_alert;
use crate::mail::verp::{self, Traced};
use crate::store::{Books, KnownBy, NewBounce, OutgoingLetter};

/// Disposes of a message that no person wrote, and takes from a delivery report what follows from it.
pub fn take(
    books: &Books<'_>,
    setup: &Setup,
    delivery: i64,
    mail: &ParsedMail,
    reason: IgnoreReason,
    arrival: Instant,
    now: Instant,
) -> Result<(), StepError> {
    let what = match (reason, &mail.report) {
        (IgnoreReason::Bounce, Some(Report::Delivery(report))) => delivered_or_not(books, setup, delivery, mail, report, now)?,
        (_, Some(Report::Read { originals } | Report::Feedback { originals })) => about(books, originals)?,
        (IgnoreReason::AutoReply, _) => about(books, &mail.answers)?,
        (IgnoreReason::OwnNotice, _) => canary::came_back(books, setup, mail, now)?,
        _ => None,
    };
    let reason = match what {
        Some(what) => format!("{reason:?}: {what}"),
        None => format!("{reason:?}"),
    };
    tracing::info!(reason, "ignored");
    Ok(books.dispose(delivery, Disposition::Ignored, &reason, arrival)?)
}

/// Which notice of ours one of these is.
fn about(books: &Books<'_>, message_ids: &[String]) -> Result<Option<String>, StepError> {
    for message_id in message_ids {
        if let Some(number) = books.number_by_message_id(message_id)? {
            return Ok(Some(format!("about {number}")));
        }
    }
    Ok(None)
}

fn delivered_or_not(
    books: &Books<'_>,
    setup: &Setup,
    delivery: i64,
    mail: &ParsedMail,
    report: &DeliveryReport,
    now: Instant,
) -> Result<Option<String>, StepError> {
    let Some((letter, known_by)) = letter_of(books, setup, mail, report)? else {
        return Ok(Some("about no letter of ours".to_owned()));
    };
    let recipient = letter.recipient.as_str();
    // A letter that was passed on fails at an address that we do not know: its envelope sender tells all the same.
    let said = report.about(recipient).or_else(|| report.gravest().filter(|_| known_by == KnownBy::ReturnPath));
    let Some(said) = said else {
        return Ok(Some(format!("names another recipient than {}", letter.notice)));
    };
    let summary = format!("{} to {recipient} {}", letter.notice, said.fate);
    let was_failed = books.letter_has_failed(letter.id)?;
    let is_new = books.put_bounce(&NewBounce {
        letter: letter.id,
        delivery: Some(delivery),
        at: now,
        fate: said.fate,
        status: said.status.as_deref(),
        said: &said.said,
        known_by,
    })?;
    if is_new && !was_failed {
        act_on(books, setup, &letter, said, now)?;
    }
    Ok(Some(summary))
}

fn act_on(books: &Books<'_>, setup: &Setup, letter: &OutgoingLetter, said: &ReportedRecipient, now: Instant) -> Result<(), StepError> {
    let failure = |given_up| Failure { said: said.said.clone(), status: said.status.clone(), given_up, bounced: true, others: 0 };
    match said.fate {
        Fate::Failed => {
            books.letter_came_back(letter.id, &said.said)?;
            undelivered::tell(books, setup, letter, &failure(true), now)
        }
        // A server says so after hours, as we do of a letter that no relay takes; what nobody must act on can wait.
        Fate::Delayed if is_alert(letter.kind) && !books.letter_is_complained_of(letter.id)? => {
            undelivered::tell(books, setup, letter, &failure(false), now)
        }
        Fate::Delayed => Ok(()),
        Fate::Delivered => Ok(books.address_received(&letter.recipient)?),
    }
}

/// The letter that a report is about, and how it is known.
fn letter_of(
    books: &Books<'_>,
    setup: &Setup,
    mail: &ParsedMail,
    report: &DeliveryReport,
) -> Result<Option<(OutgoingLetter, KnownBy)>, StepError> {
    for claim in verp::claims(&mail.recipients) {
        if let Some(letter) = books.letter(claim.letter)? {
            let traced = Traced { letter: letter.id, notice: letter.notice, recipient: &letter.recipient };
            if verp::verify(&setup.key, &traced, &claim.token) {
                return Ok(Some((letter, KnownBy::ReturnPath)));
            }
        }
    }
    for message_id in &report.originals {
        if let Some(letter) = books.letter_by_message_id(message_id)? {
            return Ok(Some((letter, KnownBy::MessageId)));
        }
    }
    Ok(None)
}
