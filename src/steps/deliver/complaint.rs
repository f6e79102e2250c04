//! Tells the operators of mail that was refused or waits for long, and of transports that are failing.

use serde_json::json;

use super::super::say::{self, Occasion, say};
use super::super::undelivered::{self, Failure};
use super::super::{StepError, World};
use crate::domain::notice::{Content, FailingTransport, Headers, Notice, NoticeKind};
use crate::domain::rules::{Instant, span};
use crate::store::{BadLetter, Books, CommitPoint, Failing};

/// A letter that has waited this long is one of which the operators hear; one that must arrive, sooner.
const PATIENCE: i64 = 4 * 3600;
const PATIENCE_URGENT: i64 = 1800;

/// A transport that has failed for this long is one of which the operators hear, whatever serves meanwhile.
const PATIENCE_TRANSPORT: i64 = 900;

/// What there is to complain of.
struct Complaints {
    given_up: Vec<BadLetter>,
    waiting: Option<(BadLetter, u64)>,
    failing: Vec<Failing>,
}

impl Complaints {
    fn find(books: &Books<'_>, world: &World, transports: &[String], now: Instant) -> Result<Complaints, StepError> {
        let known = |name: &String| transports.contains(name) || world.setup.webhooks.iter().any(|hook| hook.name == *name);
        let lasts = |each: &Failing| !each.complained && (now - each.since).num_seconds() >= PATIENCE_TRANSPORT;
        Ok(Complaints {
            given_up: books.letters_given_up()?,
            waiting: books.letters_waiting_long(now - span(PATIENCE_URGENT), now - span(PATIENCE))?,
            failing: books.failing()?.into_iter().filter(|each| lasts(each) && known(&each.transport)).collect(),
        })
    }

    fn is_empty(&self) -> bool {
        self.given_up.is_empty() && self.waiting.is_none() && self.failing.is_empty()
    }
}

/// `true`: something was told. `transports` are the names of those that carry mail, in order.
pub(super) fn complain(world: &World, transports: &[String], now: Instant) -> Result<bool, StepError> {
    let any = world.store.read(|books| {
        let may_be = books.may_be_complained_of(now - span(PATIENCE_URGENT))?;
        Ok::<_, StepError>(may_be && !Complaints::find(books, world, transports, now)?.is_empty())
    })?;
    if !any {
        return Ok(false);
    }
    world.store.write(CommitPoint::Complaint, |books| {
        // Somebody else may have told meanwhile: what counts is what is found now.
        let found = Complaints::find(books, world, transports, now)?;
        let mut told = 0;
        for bad in &found.given_up {
            let part = || undelivered::tell(books, &world.setup, &bad.letter, &Failure::refused(&bad.error), now);
            told += u32::from(say::apart(books, bad.letter.notice, part)?.is_some());
        }
        if let Some((first, count)) = &found.waiting {
            let part = || {
                let failure = Failure::waiting(&first.error, count.saturating_sub(1));
                undelivered::tell(books, &world.setup, &first.letter, &failure, now)?;
                Ok(books.mark_waiting_complained(now - span(PATIENCE_URGENT), now - span(PATIENCE))?)
            };
            told += u32::from(say::apart(books, first.letter.notice, part)?.is_some());
        }
        let all_failing = books.failing()?;
        for failing in &found.failing {
            let meanwhile = transports.iter().find(|name| all_failing.iter().all(|each| each.transport != **name));
            let content = Content::Failing(FailingTransport {
                transport: failing.transport.clone(),
                since: failing.since,
                error: failing.error.clone(),
                meanwhile: meanwhile.cloned(),
                webhook: !transports.contains(&failing.transport),
            });
            let part = || {
                tell(books, world, content, json!({ "transport": failing.transport, "error": failing.error }), now)?;
                Ok(books.mark_failing_told(&failing.transport)?)
            };
            told += u32::from(say::apart(books, &failing.transport, part)?.is_some());
        }
        Ok(told > 0)
    })
}

fn tell(books: &Books<'_>, world: &World, content: Content, why: serde_json::Value, now: Instant) -> Result<(), StepError> {
    let recipients = say::operators(&world.setup);
    let kind = NoticeKind::Undeliverable;
    let notice = Notice { kind, recipients, content, about: Headers::default(), answers: None, follows: None };
    say(books, &world.setup, notice, &Occasion { why, ..Default::default() }, now)?;
    Ok(())
}
