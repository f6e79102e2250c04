//! Outbox → transport. Marks are durable: claimed before connecting, dot pending before the final dot, accepted before the next letter.
//!
//! Letters to a relay are marked and recorded one by one, so that a crash leaves at most one in doubt for each connection. Where a
//! letter that is sent twice arrives once, as in a folder, they go in groups. Transports are tried in order. One that is down rests a
//! while, so that it costs a timeout once and not for every letter; no letter is given up because of it.

mod complaint;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::{StepError, World};
use crate::clock::Stopwatch;
use crate::domain::backoff;
use crate::domain::rules::{Instant, span};
use crate::mail::verp::{self, Traced};
use crate::store::{Books, CommitPoint, Failing, OutgoingLetter, SendResult};
use crate::transport::{LONGEST, Letter, SendError, Transport};

/// Letters taken in hand together.
const GROUP: u32 = 100;

/// A letter that is refused for now so long after it was queued is given up, as mail servers do (RFC 5321, 4.5.4.1).
const GIVE_UP_SECONDS: i64 = 5 * 86_400;

/// A letter whose use ends soon may still take so long.
const SHORTEST: Duration = Duration::from_secs(15);

/// Sends what is due by `now`, through the first transport that takes it. `true`: there was something. While sending is held nothing is,
/// and nobody is told that letters wait.
///
/// One call sends one letter at most to a relay: it may take `LONGEST` for each transport.
pub fn step(world: &World, transports: &mut [Box<dyn Transport>], now: Instant) -> Result<bool, StepError> {
    let (held, due) = world.store.read(|books| Ok::<_, StepError>((books.held()?.is_some(), books.letter_is_due(now)?)))?;
    if held {
        return Ok(false);
    }
    if !due {
        return nothing_to_send(world, transports, now);
    }
    if transports.iter().all(|transport| transport.absorbs_repeats()) {
        together(world, transports, now)
    } else {
        one(world, transports, now)
    }
}

fn nothing_to_send(world: &World, transports: &mut [Box<dyn Transport>], now: Instant) -> Result<bool, StepError> {
    for transport in &mut *transports {
        transport.idle(now);
    }
    complaint::complain(world, &names(transports), now)
}

fn names(transports: &[Box<dyn Transport>]) -> Vec<String> {
    transports.iter().map(|transport| transport.name().to_owned()).collect()
}

/// A group to where copies do no harm.
fn together(world: &World, transports: &mut [Box<dyn Transport>], now: Instant) -> Result<bool, StepError> {
    let letters = world.store.write(CommitPoint::Claim, |books| books.claim_letters(now, GROUP))?;
    let attempts: Vec<Attempt> = letters.iter().map(|letter| send(world, transports, letter, &[], now)).collect();
    world.store.write(CommitPoint::Sent, |books| {
        for (letter, attempt) in letters.iter().zip(&attempts) {
            attempt.record(books, world, letter, &[], now)?;
        }
        Ok::<_, StepError>(())
    })?;
    complaint::complain(world, &names(transports), now)?;
    Ok(true)
}

/// The letter that is most urgent.
fn one(world: &World, transports: &mut [Box<dyn Transport>], now: Instant) -> Result<bool, StepError> {
    let failing = world.store.read(|books| books.failing())?;
    if transports.iter().all(|transport| rests(&failing, transport.name(), now).is_some()) {
        let woken = wake_others(world, now)?;
        return Ok(nothing_to_send(world, transports, now)? || woken);
    }
    let claimed = world.store.write(CommitPoint::Claim, |books| books.claim_letters(now, 1))?;
    let Some(letter) = claimed.first() else { return Ok(false) };
    let watch = Stopwatch::start();
    let attempt = send(world, transports, letter, &failing, now);
    // A relay may have kept us waiting for minutes: pauses are counted from the end.
    let ended = now + span(watch.seconds() as i64);
    world.store.write(CommitPoint::Sent, |books| attempt.record(books, world, letter, &failing, ended))?;
    complaint::complain(world, &names(transports), now)?;
    Ok(true)
}

/// While every transport rests, letters are not even tried: who must be woken another way is told so all the same. `true`: there was
/// somebody.
fn wake_others(world: &World, now: Instant) -> Result<bool, StepError> {
    let last_resort = || world.setup.webhooks.iter().filter(|hook| !hook.always);
    let mut any = false;
    for hook in last_resort() {
        any |= world.store.read(|books| books.waiting_lack_post(&hook.name, &hook.kinds, now))?;
    }
    if !any {
        return Ok(false);
    }
    world.store.write(CommitPoint::Sent, |books| {
        let mut woken = 0;
        for hook in last_resort() {
            woken += books.put_posts_for_waiting(&hook.name, &hook.kinds, now)?;
        }
        Ok(woken > 0)
    })
}

/// Until when a transport is left alone.
fn rests(failing: &[Failing], name: &str, now: Instant) -> Option<Instant> {
    failing.iter().find(|each| each.transport == name && each.rests(now)).map(|each| each.rests_until)
}

/// What came of an attempt, over all transports that were tried.
struct Attempt {
    /// The transport that had the last word.
    transport: String,
    outcome: Outcome,
    /// Those that failed, with what they said, and whether they are certainly down.
    failed: Vec<(String, String, bool)>,
    /// When the first of those that were passed over is tried again.
    resting_until: Option<Instant>,
}

enum Outcome {
    Accepted {
        reply: String,
    },
    /// Every transport refused it for good; `names_recipient`: at least one of them because of whom it is for.
    Refused {
        why: String,
        names_recipient: bool,
    },
    /// At least one may take it later.
    Later {
        why: String,
    },
    /// None could be reached.
    Down {
        why: String,
    },
    /// It may have arrived.
    Indeterminate {
        why: String,
    },
}

/// Transports are tried in order; the next one serves while the one before it is failing.
fn send(world: &World, transports: &mut [Box<dyn Transport>], letter: &OutgoingLetter, failing: &[Failing], now: Instant) -> Attempt {
    let nowhere = Outcome::Down { why: "no transport is configured".into() };
    let mut attempt = Attempt { transport: String::new(), outcome: nowhere, failed: Vec::new(), resting_until: None };
    let mut refused: Option<(String, String, bool)> = None;
    let mut may_take_it = false;
    for transport in transports {
        let name = transport.name().to_owned();
        if let Some(until) = rests(failing, &name, now) {
            attempt.resting_until = Some(attempt.resting_until.map_or(until, |earlier| earlier.min(until)));
            may_take_it = true;
            continue;
        }
        let error = match hand_over(world, transport.as_mut(), letter, now) {
            Ok(reply) => {
                tracing::info!(notice = %letter.notice, to = %letter.recipient, transport = name, "sent");
                return Attempt { transport: name, outcome: Outcome::Accepted { reply }, ..attempt };
            }
            Err(error) => error,
        };
        tracing::warn!(notice = %letter.notice, to = %letter.recipient, transport = name, %error, "not sent");
        match error {
            SendError::Temporary { why } => {
                may_take_it = true;
                (attempt.transport, attempt.outcome) = (name, Outcome::Later { why });
            }
            SendError::Down { why } => {
                may_take_it = true;
                attempt.failed.push((name.clone(), why.clone(), true));
                if !matches!(attempt.outcome, Outcome::Later { .. }) {
                    (attempt.transport, attempt.outcome) = (name, Outcome::Down { why });
                }
            }
            SendError::Permanent { why, names_recipient } => {
                let before = refused.is_some_and(|(.., named)| named);
                refused = Some((name, why, names_recipient || before));
            }
            // It may have gone out: a second transport would make a second copy for certain.
            SendError::Indeterminate { why } => {
                attempt.failed.push((name.clone(), why.clone(), false));
                return Attempt { transport: name, outcome: Outcome::Indeterminate { why }, ..attempt };
            }
        }
    }
    match refused {
        // One that is down may yet take what another refuses.
        Some((name, why, names_recipient)) if !may_take_it => {
            Attempt { transport: name, outcome: Outcome::Refused { why, names_recipient }, ..attempt }
        }
        _ => attempt,
    }
}

fn hand_over(world: &World, transport: &mut dyn Transport, letter: &OutgoingLetter, now: Instant) -> Result<String, SendError> {
    let traced = Traced { letter: letter.id, notice: letter.notice, recipient: &letter.recipient };
    let return_path = verp::envelope_sender(&world.setup.key, letter.kind, &traced, &world.setup.roster.office.address);
    let outgoing = Letter {
        file_name: &letter.file_name,
        bytes: &letter.bytes,
        to: &letter.recipient,
        envelope_from: return_path.as_ref(),
        within: within(letter, now),
    };
    let mut before_final_dot = || {
        let marked = world.store.write_apart(CommitPoint::DotPending, |books| books.mark_dot_pending(letter));
        match marked {
            Ok(true) => Ok(()),
            Ok(false) => Err(SendError::Temporary { why: "a later attempt has taken this letter in hand".into() }),
            Err(error) => Err(SendError::Temporary { why: error.to_string() }),
        }
    };
    let sent = catch_unwind(AssertUnwindSafe(|| transport.send(&outgoing, &mut before_final_dot)));
    match sent {
        Ok(sent) => sent.map(|accepted| accepted.reply),
        Err(_) => Err(SendError::Indeterminate { why: "the transport panicked".into() }),
    }
}

/// How long a sending may take. Of a reminder, half of what is left to the due time: then the next transport can still serve.
fn within(letter: &OutgoingLetter, now: Instant) -> Duration {
    let left = letter.deadline.and_then(|due| (due - now).to_std().ok());
    left.map_or(LONGEST, |left| (left / 2).clamp(SHORTEST, LONGEST))
}

impl Attempt {
    /// Writes down what came of it, and how the transports fare; who must be woken another way is told so.
    fn record(
        &self,
        books: &Books<'_>,
        world: &World,
        letter: &OutgoingLetter,
        failing: &[Failing],
        ended: Instant,
    ) -> Result<(), StepError> {
        let mut first_to_wake = self.resting_until;
        for (name, why, down) in &self.failed {
            let failures = failing.iter().find(|each| each.transport == *name).map_or(0, |each| each.failures);
            // A letter may be such that the relay never answers it: only a second silence in a row is taken for the relay's.
            let rests_until = ended + backoff::rest(failures + u32::from(*down));
            books.transport_failed(name, why, rests_until, ended)?;
            first_to_wake = Some(first_to_wake.map_or(rests_until, |earlier| earlier.min(rests_until)));
        }
        // One that answers works, whatever it answers of this letter.
        let answered = matches!(self.outcome, Outcome::Accepted { .. } | Outcome::Refused { .. } | Outcome::Later { .. });
        if answered && failing.iter().any(|each| each.transport == self.transport) {
            books.transport_works(&self.transport)?;
            tracing::info!(transport = self.transport, "works again");
        }
        let result = self.result(letter, ended, first_to_wake);
        books.letter_sent(letter, &self.transport, &result)?;
        if matches!(result, SendResult::Accepted { .. }) {
            books.address_took(&letter.recipient, ended)?;
        }
        if let SendResult::Refused { why } = &result
            && !matches!(self.outcome, Outcome::Refused { names_recipient: false, .. })
        {
            books.mark_failing(letter, why, false, ended)?;
        }
        if matches!(result, SendResult::Later { .. }) {
            let last_resort = world.setup.webhooks.iter().filter(|hook| !hook.always && hook.kinds.contains(&letter.kind));
            for hook in last_resort {
                books.put_post(letter.notice, &hook.name, ended)?;
            }
        }
        Ok(())
    }

    fn result(&self, letter: &OutgoingLetter, ended: Instant, first_to_wake: Option<Instant>) -> SendResult {
        let next_try = ended + backoff::after(letter.attempts, letter.id);
        let too_old = (ended - letter.queued_at).num_seconds() >= GIVE_UP_SECONDS;
        let given_up = |why: &str| SendResult::Refused { why: format!("given up after {} days: {why}", GIVE_UP_SECONDS / 86_400) };
        match &self.outcome {
            Outcome::Accepted { reply } => SendResult::Accepted { reply: reply.clone() },
            Outcome::Refused { why, .. } => SendResult::Refused { why: why.clone() },
            Outcome::Later { why } | Outcome::Indeterminate { why } if too_old => given_up(why),
            Outcome::Later { why } => SendResult::Later { why: why.clone(), next_try, indeterminate: false },
            Outcome::Indeterminate { why } => SendResult::Later { why: why.clone(), next_try, indeterminate: true },
            // As soon as one of them is looked at again; not before the next second, lest a step find it due for ever.
            Outcome::Down { why } => {
                let next_try = first_to_wake.unwrap_or(next_try).max(ended + span(1));
                SendResult::Later { why: why.clone(), next_try, indeterminate: false }
            }
        }
    }
}
