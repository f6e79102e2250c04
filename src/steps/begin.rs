//! The start of a run: rules in force, duties, letters whose sending was cut off.

use super::{Setup, StepError, assess, digest, duties, rosters, silence, undelivered};
use crate::domain::rules::Instant;
use crate::store::{Books, CommitPoint, Store};

/// Brings the store in step with the configuration. Returns the setup with every rule set that events are judged by.
pub fn begin(store: &Store, setup: Setup, now: Instant) -> Result<Setup, StepError> {
    store.write(CommitPoint::Begin, |books| {
        let setup = put_in_force(books, setup, now)?;
        let cut_off = books.take_back_letters(now)?;
        if cut_off > 0 {
            tracing::warn!(letters = cut_off, "letters whose sending was cut off are sent again");
        }
        books.take_back_posts(now)?;
        if let Some(hold) = books.held()? {
            tracing::warn!(since = %hold.since, "sending is held, since the store was restored from a backup: nothing goes out until zhibao outbox release; mail is taken in and filed");
        }
        Ok(setup)
    })
}

/// A reload: as `begin`, but letters that are under way are left alone.
pub fn reload(store: &Store, setup: Setup, now: Instant) -> Result<Setup, StepError> {
    store.write(CommitPoint::Begin, |books| put_in_force(books, setup, now))
}

/// The setup with the rule sets of the store, for whoever changes something beside the daemon: nothing is put in force.
pub fn join(books: &Books<'_>, mut setup: Setup) -> Result<Setup, StepError> {
    setup.rulesets = books.rulesets()?.into_iter().map(|(id, _, rules)| (id, rules)).collect();
    Ok(setup)
}

fn put_in_force(books: &Books<'_>, mut setup: Setup, now: Instant) -> Result<Setup, StepError> {
    books.begun_at(now)?;
    if books.put_rules_in_force(&setup.rules, now)? {
        tracing::info!(from = %now, "rules in force");
    }
    setup.rulesets = books.rulesets()?.into_iter().map(|(id, _, rules)| (id, rules)).collect();
    duties::sync(books, &setup, now)?;
    assess::sync(books, &setup, now)?;
    silence::sync(books, &setup, now)?;
    rosters::sync(books, &setup, now)?;
    digest::sync(books, &setup, now)?;
    undelivered::sync(books, &setup)?;
    Ok(setup)
}
