//! Store → who wrote this: the sender of each message on record is checked soon after it came, because keys are changed, and the
//! result is kept before the message is filed.
//!
//! A message for which the DNS did not answer waits; the watermark waits with it, so that nobody is called late meanwhile. After
//! `[resolver] patience` it is put aside with that for a reason. A step that is repeated finds what was kept, and asks nothing twice.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Setup, StepError, World};
use crate::domain::authentic::{Authentication, Doubt, Outcome, Trust};
use crate::domain::backoff;
use crate::domain::rules::Instant;
use crate::mail::authenticate::Question;
use crate::store::{CheckedSender, CommitPoint, Delivery};

/// Senders whose checks are kept in one transaction; few where each may have to wait for the DNS, so that the step comes to its end
/// well before the watchdog misses it.
const GROUP: u32 = 100;
const GROUP_BY_DNS: u32 = 4;

/// Between two questions about one message, at most.
const LONGEST_PAUSE: i64 = 900;

/// Checks senders that are to be checked. `true`: there was one.
pub fn step(world: &World, now: Instant) -> Result<bool, StepError> {
    let setup = &*world.setup;
    let asking = setup.asking();
    if asking.is_empty() {
        return Ok(false);
    }
    let asks_dns = setup.mailboxes.iter().any(|mailbox| matches!(mailbox.trust, Trust::Verify { .. }));
    let group = if asks_dns { GROUP_BY_DNS } else { GROUP };
    let waiting = world.store.read(|books| books.unchecked(&asking, now, group))?;
    let mut checked = Vec::new();
    for id in waiting {
        let Some((delivery, before)) =
            world.store.read(|books| Ok::<_, StepError>(books.waiting_delivery(id)?.zip(Some(books.authentication(id)?))))?
        else {
            continue;
        };
        let found = check(setup, &delivery, before, now);
        let is_silent = found.next_at.is_some();
        checked.push((id, found));
        if is_silent {
            // Each may take its full time: what is known by now is kept first.
            break;
        }
    }
    if checked.is_empty() {
        return Ok(false);
    }
    world.store.write(CommitPoint::Authentication, |books| {
        for (id, found) in &checked {
            if books.is_waiting(*id)? {
                books.put_authentication(*id, found)?;
            }
        }
        Ok::<_, StepError>(())
    })?;
    Ok(true)
}

fn check(setup: &Setup, delivery: &Delivery, before: Option<CheckedSender>, now: Instant) -> CheckedSender {
    let first_at = before.as_ref().map_or(now, |before| before.first_at);
    let attempts = before.map_or(0, |before| before.attempts) + 1;
    let found = match (&delivery.raw, setup.mailbox(&delivery.mailbox)) {
        (Some(raw), Some(mailbox)) => {
            let arrival = delivery.received_at.min(now);
            let question = Question { raw, trust: &mailbox.trust, boundary: &mailbox.boundary, arrival };
            guarded(|| setup.authenticator.check(&question, |address| setup.roster.standing(address).is_known()))
        }
        _ => Authentication { sender: None, outcome: Outcome::NotNeeded, evidence: Vec::new() },
    };
    tracing::info!(delivery = delivery.id, attempts, outcome = ?found.outcome, "sender checked");
    let mut checked = CheckedSender { at: now, first_at, attempts, next_at: None, found };
    if let Outcome::Unanswered { about } = &checked.found.outcome {
        let seconds = (now - first_at).num_seconds();
        if seconds < setup.patience_seconds {
            let pause = backoff::after(attempts, delivery.id).min(chrono::TimeDelta::seconds(LONGEST_PAUSE));
            checked.next_at = Some(now + pause);
        } else {
            checked.found.outcome = Outcome::NotAuthentic { why: Doubt::DnsSilent { about: about.clone(), seconds } };
        }
    }
    checked
}

/// A check reads what anybody can send. Where it panics it would do so again with each start: that is a result, and the mail goes to
/// the desk.
fn guarded(check: impl FnOnce() -> Authentication) -> Authentication {
    catch_unwind(AssertUnwindSafe(check)).unwrap_or_else(|_| {
        tracing::error!("the check of a sender failed; the message is not believed");
        Authentication { sender: None, outcome: Outcome::NotAuthentic { why: Doubt::CheckFailed }, evidence: Vec::new() }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_that_panics_believes_nobody() {
        let found = guarded(|| panic!("a panic that the test asked for"));
        assert_eq!(found.outcome, Outcome::NotAuthentic { why: Doubt::CheckFailed });
        let found = guarded(|| Authentication { sender: None, outcome: Outcome::NotNeeded, evidence: Vec::new() });
        assert_eq!(found.outcome, Outcome::NotNeeded);
    }
}
