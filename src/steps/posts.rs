//! Notices → webhooks: a copy for a chat group, beside the mail and never instead of it.

use std::collections::BTreeMap;

use super::{StepError, World};
use crate::clock::Stopwatch;
use crate::domain::backoff;
use crate::domain::notice::{Headers, Notice};
use crate::domain::rules::{Instant, span};
use crate::store::{CommitPoint, OutgoingPost, PastNotice, PostResult};
use crate::transport::webhook::{Post, Webhook};
use crate::transport::{Accepted, SendError};

/// A chat message that is older than this tells nobody anything: the mail has long said it.
const GIVE_UP_SECONDS: i64 = 86_400;

/// Posts that may have been taken are posted again so often.
const UNSURE_AT_MOST: u32 = 3;

/// Posts what is due by `now` to one webhook, one notice at most. `true`: there was something.
pub fn step(world: &World, webhook: &mut Webhook, now: Instant) -> Result<bool, StepError> {
    let name = webhook.name().to_owned();
    let (due, failing) = world.store.read(|books| {
        let failing = books.failing()?.into_iter().find(|each| each.transport == name);
        Ok::<_, StepError>((books.post_is_due(&name, now)?, failing))
    })?;
    if !due || failing.as_ref().is_some_and(|each| each.rests(now)) {
        return Ok(false);
    }
    let Some((post, notice)) = world.store.write(CommitPoint::Claim, |books| {
        let Some(post) = books.claim_post(&name, now)? else { return Ok(None) };
        let notice = books.notice(post.notice)?;
        Ok::<_, StepError>(notice.map(|notice| (post, notice)))
    })?
    else {
        return Ok(false);
    };
    let watch = Stopwatch::start();
    let sent = match said(world, &notice) {
        Ok(post) => webhook.post(&post, now),
        // The mail says it; one notice without words for a chat holds up no other.
        Err(error) => Err(SendError::Permanent { why: error.to_string(), names_recipient: false }),
    };
    let ended = now + span(watch.seconds() as i64);
    world.store.write(CommitPoint::Sent, |books| {
        match &sent {
            Ok(_) if failing.is_some() => books.transport_works(&name)?,
            Err(SendError::Down { why }) => {
                let failures = failing.as_ref().map_or(0, |each| each.failures) + 1;
                books.transport_failed(&name, why, ended + backoff::rest(failures), ended)?;
            }
            _ => {}
        }
        Ok::<_, StepError>(books.posted(post.id, &result(&post, sent, ended))?)
    })?;
    Ok(true)
}

fn result(post: &OutgoingPost, sent: Result<Accepted, SendError>, ended: Instant) -> PostResult {
    let next_try = ended + backoff::after(post.attempts, post.id);
    let too_old = (ended - post.queued_at).num_seconds() >= GIVE_UP_SECONDS;
    match sent {
        Ok(accepted) => PostResult::Accepted(accepted.reply),
        Err(SendError::Permanent { why, .. }) => PostResult::GivenUp(why),
        Err(error) if too_old => PostResult::GivenUp(format!("given up after a day: {error}")),
        Err(SendError::Indeterminate { why }) if post.indeterminate + 1 >= UNSURE_AT_MOST => PostResult::GivenUp(why),
        Err(SendError::Indeterminate { why }) => PostResult::Later { why, next_try, indeterminate: true },
        // The webhook's own rest decides when it is tried again.
        Err(SendError::Down { why }) => PostResult::Later { why, next_try: ended + span(1), indeterminate: false },
        Err(SendError::Temporary { why }) => PostResult::Later { why, next_try, indeterminate: false },
    }
}

/// What a notice says in a chat: its title and its reasons, no token, nothing that a reader could act on in another's name.
fn said(world: &World, notice: &PastNotice) -> Result<Post, StepError> {
    let setup = &world.setup;
    let unit = notice.unit.as_ref().map(|id| setup.unit_ref(id));
    let about = Headers { unit: unit.clone(), event: notice.event, ..Headers::default() };
    let (kind, content) = (notice.kind, notice.content.clone());
    let whole = Notice { kind, recipients: Vec::new(), content, about, answers: None, follows: None };
    let title = setup.composer.title(&whole, setup.language)?;
    let reasons = setup.composer.reasons(kind, &notice.content, unit.as_ref(), notice.at, setup.language, setup.zone)?;
    let moment = notice.at.with_timezone(&setup.zone).format("%Y-%m-%d %H:%M").to_string();
    let mut lines = vec![title.clone()];
    lines.extend(reasons.iter().cloned());
    lines.push(format!("{} · {} · {moment}", setup.roster.office.name, notice.number));
    let facts = BTreeMap::from([
        ("title", title),
        ("reasons", reasons.join("\n")),
        ("text", lines.join("\n")),
        ("kind", kind.to_string()),
        ("number", notice.number.to_string()),
        ("unit", unit.map(|unit| unit.name).unwrap_or_default()),
        ("event", notice.event.map(|event| event.to_string()).unwrap_or_default()),
        ("office", setup.roster.office.name.clone()),
        ("at", notice.at.with_timezone(&setup.zone).to_rfc3339()),
    ]);
    Ok(Post { facts })
}
