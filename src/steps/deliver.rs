//! Outbox → transport. Marks are durable: claimed before sending, dot pending before the last byte, accepted after.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::undelivered::{self, Trouble};
use super::{StepError, World};
use crate::domain::backoff;
use crate::domain::rules::{Instant, span};
use crate::mail::verp::{self, Traced};
use crate::store::{CommitPoint, OutgoingLetter, SendResult};
use crate::transport::{Letter, SendError, Transport};

/// Letters taken in hand together.
const GROUP: u32 = 100;

/// A letter that has waited this long is one of which the operators hear.
const PATIENCE: i64 = 4 * 3600;

/// Sends what is due by `now`, through the first transport that takes it. `true`: there was something.
pub fn step(world: &World, transports: &mut [Box<dyn Transport>], now: Instant) -> Result<bool, StepError> {
    if !world.store.read(|books| books.letter_is_due(now))? {
        return complain(world, now);
    }
    let letters = world.store.write(CommitPoint::Claim, |books| books.claim_letters(now, GROUP))?;
    let mut results = Vec::with_capacity(letters.len());
    for letter in &letters {
        results.push((letter, send_one(world, transports, letter, now)));
    }
    world.store.write(CommitPoint::Sent, |books| {
        for (letter, (transport, result)) in &results {
            books.letter_sent(letter.id, transport, result)?;
            if matches!(result, SendResult::Accepted { .. }) {
                books.address_took(&letter.recipient, now)?;
            }
        }
        Ok::<_, StepError>(())
    })?;
    complain(world, now)?;
    Ok(true)
}

/// Transports are tried in order; the next one serves while the one before it is failing.
fn send_one(world: &World, transports: &mut [Box<dyn Transport>], letter: &OutgoingLetter, now: Instant) -> (String, SendResult) {
    let mut last = (String::new(), later(letter, now, "no transport is configured".into(), false));
    let mut waits = false;
    let traced = Traced { letter: letter.id, notice: letter.notice, recipient: &letter.recipient };
    let return_path = verp::envelope_sender(&world.setup.key, letter.kind, &traced, &world.setup.roster.office.address);
    for transport in transports {
        let name = transport.name().to_owned();
        let outgoing =
            Letter { file_name: &letter.file_name, bytes: &letter.bytes, to: &letter.recipient, envelope_from: return_path.as_ref() };
        let mut before_final_dot = || {
            let marked = world.store.write(CommitPoint::DotPending, |books| books.mark_dot_pending(letter.id));
            marked.map_err(|error| SendError::Temporary { why: error.to_string() })
        };
        let sent = catch_unwind(AssertUnwindSafe(|| transport.send(&outgoing, &mut before_final_dot)));
        let error = match sent {
            Ok(Ok(accepted)) => {
                tracing::info!(notice = %letter.notice, to = %letter.recipient, transport = name, "sent");
                return (name, SendResult::Accepted { reply: accepted.reply });
            }
            Ok(Err(error)) => error,
            Err(_) => SendError::Indeterminate { why: "the transport panicked".into() },
        };
        tracing::warn!(notice = %letter.notice, to = %letter.recipient, transport = name, %error, "not sent");
        match error {
            SendError::Temporary { why } => {
                waits = true;
                last = (name, later(letter, now, why, false));
            }
            // One that is down may yet take what another refuses.
            SendError::Permanent { why } if !waits => last = (name, SendResult::Refused { why }),
            SendError::Permanent { .. } => {}
            // It may have gone out: a second transport would make a second copy for certain.
            SendError::Indeterminate { why } => return (name, later(letter, now, why, true)),
        }
    }
    last
}

fn later(letter: &OutgoingLetter, now: Instant, why: String, indeterminate: bool) -> SendResult {
    SendResult::Later { why, next_try: now + backoff::after(letter.attempts, letter.id), indeterminate }
}

/// Tells of mail that was refused, or that has waited too long.
fn complain(world: &World, now: Instant) -> Result<bool, StepError> {
    let bad = world.store.read(|books| books.letters_to_complain_of(now - span(PATIENCE)))?;
    if bad.is_empty() {
        return Ok(false);
    }
    world.store.write(CommitPoint::Complaint, |books| {
        for (letter, error, given_up) in &bad {
            let trouble = if *given_up { Trouble::refused(error) } else { Trouble::waiting(error) };
            undelivered::tell(books, &world.setup, letter, &trouble, now)?;
        }
        Ok(true)
    })
}
