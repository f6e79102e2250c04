//! A letter that did not arrive: refused at once or come back later, it takes the same way. Its address is marked where
//! that was refused, the alert goes on to the next person who should know, and the operators hear what the other server said.

use serde_json::json;

use super::say::{self, Occasion, say};
use super::{Setup, StepError};
use crate::domain::notice::{Content, Headers, Notice, NoticeKind, Recipient, Undeliverable};
use crate::domain::report::Fate;
use crate::domain::roster::Address;
use crate::domain::rules::Instant;
use crate::domain::undelivered::{Copy, is_over, next_to_know};
use crate::mail::parse::status_in;
use crate::mail::token::untokened;
use crate::store::{BY_RULES, Books, KnownBy, NewBounce, OutgoingLetter, RecordEntry};

/// What is wrong with a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What the other server said.
    pub said: String,
    /// `5.1.1`, or an SMTP code.
    pub status: Option<String>,
    /// Nothing more is tried.
    pub given_up: bool,
    /// It had been taken, and came back or is held up elsewhere.
    pub bounced: bool,
    /// Other letters that have waited as long.
    pub others: u64,
}

impl Failure {
    /// The relay refused it.
    pub fn refused(said: &str) -> Failure {
        Failure { said: said.to_owned(), status: status_in(said), given_up: true, bounced: false, others: 0 }
    }

    /// No relay has taken it so far.
    pub fn waiting(said: &str, others: u64) -> Failure {
        Failure { given_up: false, others, ..Failure::refused(said) }
    }
}

/// Tells of a letter's trouble, once, and sees to it that somebody learns what it said.
pub fn tell(books: &Books<'_>, setup: &Setup, letter: &OutgoingLetter, failure: &Failure, now: Instant) -> Result<(), StepError> {
    let mut went_on_to = Vec::new();
    if failure.given_up {
        put_on_record(books, letter, failure, now)?;
        went_on_to = pass_on(books, setup, letter, now)?;
    }
    books.mark_complained(letter.id)?;
    // That the operators themselves cannot be reached is no news to send to them; it has gone on to somebody else. Of a canary that is
    // not back in time they hear as such, with how far it came, and of one fault they hear once.
    if matches!(letter.kind, NoticeKind::Undeliverable | NoticeKind::Canary) {
        return Ok(());
    }
    let content = Content::Undeliverable(Undeliverable {
        notice: letter.notice,
        kind: letter.kind,
        subject: untokened(&letter.subject, letter.notice),
        to: letter.recipient.clone(),
        error: failure.said.clone(),
        attempts: letter.attempts,
        given_up: failure.given_up,
        others: failure.others,
        bounced: failure.bounced,
        status: failure.status.clone(),
        went_on_to,
    });
    let recipients = say::operators(setup);
    let notice = Notice { kind: NoticeKind::Undeliverable, recipients, content, about: Headers::default(), answers: None, follows: None };
    let why = json!({ "letter": letter.id, "error": failure.said, "bounced": failure.bounced });
    say(books, setup, notice, &Occasion { why, ..Default::default() }, now)?;
    Ok(())
}

/// Puts the failure on record, and a mark on the address from which the letter came back. A refusal has left its own where it was of
/// the address.
fn put_on_record(books: &Books<'_>, letter: &OutgoingLetter, failure: &Failure, now: Instant) -> Result<(), StepError> {
    if failure.bounced {
        books.mark_failing(letter, &failure.said, true, now)?;
    } else {
        books.put_bounce(&NewBounce {
            letter: letter.id,
            delivery: None,
            at: now,
            fate: Fate::Failed,
            status: failure.status.as_deref(),
            said: &failure.said,
            known_by: KnownBy::Refusal,
        })?;
    }
    let data = json!({ "number": letter.notice, "to": letter.recipient, "said": failure.said, "bounced": failure.bounced });
    books.record(&RecordEntry { at: now, what: "undelivered".into(), obligation: None, event: None, by: BY_RULES.into(), data })?;
    tracing::warn!(notice = %letter.notice, to = %letter.recipient, bounced = failure.bounced, "not delivered");
    Ok(())
}

/// Says the same to the next person who should know, under a number of its own; he hears of what follows, too.
fn pass_on(books: &Books<'_>, setup: &Setup, letter: &OutgoingLetter, now: Instant) -> Result<Vec<Recipient>, StepError> {
    let Some(past) = books.notice(letter.notice)? else { return Ok(Vec::new()) };
    let obligation = past.obligation.map(|id| books.obligation(id)).transpose()?.flatten();
    // Nobody is accused anew of what has been set right meanwhile.
    if obligation.as_ref().is_some_and(|owed| is_over(&past.content, owed)) {
        return Ok(Vec::new());
    }
    let (first, copies) = books.family(letter.notice)?;
    let copies = copies.into_iter();
    let copies: Vec<Copy> = copies.filter_map(|(to, state)| Some(Copy { to: Address::parse(&to)?, failed: state == "failed" })).collect();
    let next = next_to_know(letter.kind, past.unit.as_ref(), &letter.recipient, &copies, &setup.roster);
    if next.is_empty() {
        return Ok(next);
    }
    let mut about = past.about;
    about.unit = about.unit.map(|unit| setup.unit_ref(&unit.id));
    let (kind, recipients) = (past.kind, next.clone());
    let notice = Notice { kind, recipients, content: past.content, about, answers: None, follows: None };
    let why = json!({ "instead_of": letter.recipient, "notice": letter.notice });
    let instead_of = Some((first, letter.recipient.clone()));
    let occasion = Occasion { obligation: past.obligation, quarantine: past.quarantine, instead_of, why };
    say(books, setup, notice, &occasion, now)?;
    if let Some(mut obligation) = obligation {
        let heard = &mut obligation.climb.notified;
        if heard.iter().any(|known| known.address == letter.recipient) {
            heard.extend(next.iter().cloned());
            let ladder = setup.rules_for(books, &obligation)?.ladder.clone();
            books.save_obligation(&obligation, &ladder)?;
        }
    }
    Ok(next)
}

/// Marks are of addresses that somebody has: whoever has got another is no longer failing.
pub fn sync(books: &Books<'_>, setup: &Setup) -> Result<(), StepError> {
    books.keep_failing(|text| Address::parse(text).is_some_and(|address| setup.roster.standing(&address).is_known()))?;
    Ok(())
}
