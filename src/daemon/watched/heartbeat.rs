//! An address elsewhere is asked for, again and again, while every step is fresh. Whoever is there raises the alarm when that ends: it
//! is the one alarm that works when this machine does not.
//!
//! A ping that fails is logged and shown in `status`; it holds up nobody, and ends nothing.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;
use ureq::Agent;

use super::super::Shared;
use super::super::loops::Ended;
use crate::config::HeartbeatConfig;
use crate::domain::web;
use crate::secrets;
use crate::steps::World;
use crate::store::{CommitPoint, HeartbeatRow, StoreError};
use crate::tls;

/// The whole of a ping may take so long.
const WITHIN: Duration = Duration::from_secs(10);

/// What failed is tried again after so long, where the next ping is not nearer anyhow.
const AGAIN: Duration = Duration::from_secs(30);

/// Until every step is fresh, one looks so often.
const LOOK: Duration = Duration::from_secs(1);

/// Pings.
pub(in super::super) async fn ping(shared: Arc<Shared>, config: HeartbeatConfig) -> Ended {
    let every = Duration::from_secs(config.every_seconds.unsigned_abs().max(1));
    let config = Arc::new(config);
    let mut agent = None;
    let mut withheld = false;
    // What the store says; unknown at the start.
    let mut noted: Option<Option<String>> = None;
    let mut wait = Duration::ZERO;
    loop {
        tokio::select! {
            () = shared.cancel.cancelled() => return Ok("heartbeat"),
            () = tokio::time::sleep(wait) => {}
        }
        let stale = shared.beats.not_fresh();
        if !stale.is_empty() {
            if !withheld {
                tracing::info!(?stale, "the heartbeat waits for steps that are not fresh");
            }
            withheld = true;
            wait = LOOK;
            continue;
        }
        withheld = false;
        let (asked, known) = (config.clone(), agent.take());
        let done = spawn_blocking(move || ask(&asked, known));
        let (kept, answer) = tokio::select! {
            () = shared.cancel.cancelled() => return Ok("heartbeat"),
            done = done => done.unwrap_or_else(|error| (None, Err(format!("the ping broke off: {error}")))),
        };
        agent = kept;
        wait = if answer.is_ok() { every } else { every.min(AGAIN) };
        shared.pings.note(answer.is_ok(), shared.clock.now());
        let failure = answer.err();
        if noted.as_ref() != Some(&failure) && note(&shared, failure.clone()).await {
            noted = Some(failure);
        }
    }
}

/// Asks for the address once.
fn ask(config: &HeartbeatConfig, agent: Option<Agent>) -> (Option<Agent>, Result<(), String>) {
    let agent = match agent.map_or_else(|| tls::agent(config.ca_file.as_deref(), WITHIN), Ok) {
        Ok(agent) => agent,
        Err(error) => return (None, Err(format!("{error}. {}", error.mend()))),
    };
    let asked = address(config).and_then(|url| match agent.get(&url).call() {
        Ok(response) if response.status().is_success() => Ok(()),
        Ok(response) => {
            Err(format!("it answered with status {}. Check the address, and whether the check is still there", response.status().as_u16()))
        }
        Err(error) => Err(failed(&error)),
    });
    (Some(agent), asked)
}

/// Where to: out of a file it comes unseen by the configuration.
fn address(config: &HeartbeatConfig) -> Result<String, String> {
    let url = match &config.url {
        Some(url) => url.clone(),
        None => secrets::read(&config.secret_url).map_err(|missing| missing.to_string())?.expose().trim().to_owned(),
    };
    match web::safe_host(&url) {
        Some(_) => Ok(url),
        None => Err("the address is no https address, and is not asked for; http is for this machine alone".to_owned()),
    }
}

/// What went wrong. The address may hold a secret, and is never shown.
fn failed(error: &ureq::Error) -> String {
    use ureq::Error;
    match error {
        Error::BadUri(_) | Error::Http(_) => "the address is no URL".to_owned(),
        Error::HostNotFound => "its host is not found. Check the address, and this machine's name service".to_owned(),
        Error::ConnectionFailed => "it cannot be connected to".to_owned(),
        Error::Timeout(_) => format!("no answer within {} s", WITHIN.as_secs()),
        Error::Tls(_) | Error::Rustls(_) => format!("TLS: {error}. Have its certificate put in order, or give ca_file its issuer's"),
        Error::Io(error) => error.to_string(),
        _ => "the exchange broke off".to_owned(),
    }
}

/// Puts on record that pings fail, or do so no more; each time that what is said changes. `false`: it could not be.
async fn note(shared: &Arc<Shared>, failure: Option<String>) -> bool {
    let (World { store, .. }, now) = (shared.world(), shared.clock.now());
    let noted = spawn_blocking(move || {
        let before = store.read::<_, StoreError>(|books| books.heartbeat_failing())?;
        let said = match (&before, failure) {
            (None, None) => return Ok(()),
            (Some(row), Some(error)) if row.error == error => return Ok(()),
            (_, said) => said,
        };
        match &said {
            Some(error) => tracing::warn!(error, "the heartbeat address does not answer; whoever watches it will take us for dead"),
            None => tracing::info!("the heartbeat address answers again"),
        }
        let since = before.map_or(now, |row| row.since);
        let row = said.map(|error| HeartbeatRow { since, error });
        store.write(CommitPoint::Watch, |books| books.put_heartbeat(row.as_ref()))
    });
    match noted.await {
        Ok(Ok(())) => return true,
        Ok(Err(error)) => tracing::warn!(%error, "the state of the heartbeat could not be noted"),
        Err(error) => tracing::warn!(%error, "the state of the heartbeat could not be noted"),
    }
    false
}
