//! SIGTERM and SIGINT end the daemon; SIGHUP reads the roster and the rules again.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use sd_notify::NotifyState;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{DaemonError, Shared};
use crate::config;
use crate::steps::{World, begin};

/// The signals that are heard from the moment at which this is made. Before it, SIGHUP kills: so it is made before anybody is told
/// that the daemon runs.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    /// Begins to hear.
    pub(super) fn heard() -> Result<Signals, DaemonError> {
        let heard = |kind| signal(kind).map_err(|source| DaemonError::System { what: "listening for signals", source });
        let (terminate, interrupt) = (heard(SignalKind::terminate())?, heard(SignalKind::interrupt())?);
        Ok(Signals { terminate, interrupt, hangup: heard(SignalKind::hangup())? })
    }
}

pub(super) async fn listen(shared: Arc<Shared>, path: PathBuf, signals: Signals) -> Result<&'static str, DaemonError> {
    let Signals { mut terminate, mut interrupt, mut hangup } = signals;
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = hangup.recv() => {
                let (shared, path) = (shared.clone(), path.clone());
                let reloaded = tokio::task::spawn_blocking(move || reload(&shared, &path)).await;
                if let Err(error) = reloaded {
                    tracing::error!(%error, "the reload failed; the old roster and rules stay");
                }
            }
            () = shared.cancel.cancelled() => break,
        }
    }
    tracing::info!("ending");
    shared.cancel.cancel();
    Ok("signals")
}

/// Puts a new roster and new rules in force, or keeps the old ones and says why.
fn reload(shared: &Shared, path: &Path) {
    let _ = sd_notify::notify(&[NotifyState::Reloading, NotifyState::monotonic_usec_now().unwrap_or(NotifyState::Reloading)]);
    let old = shared.world();
    shared.reloads.fetch_add(1, Ordering::Relaxed);
    match config::load(path) {
        Err(errors) => tracing::error!("the new configuration is refused; the old one stays in force:\n{errors}"),
        Ok(loaded) => {
            for warning in &loaded.warnings {
                tracing::warn!("{warning}");
            }
            let mut new = super::setup(&loaded.config, old.setup.key.clone());
            // Mailboxes, webhooks and the signature belong to the loops that were started with them.
            new.mailboxes.clone_from(&old.setup.mailboxes);
            new.webhooks.clone_from(&old.setup.webhooks);
            new.signer.clone_from(&old.setup.signer);
            match begin::reload(&old.store, new, shared.clock.now()) {
                Ok(setup) => {
                    shared.set_world(World { store: old.store, setup: Arc::new(setup) });
                    tracing::info!("roster and rules read again and in force; mailboxes, transports and the store are as at the start");
                }
                Err(error) => tracing::error!(%error, "the new roster and rules could not be put in force; the old ones stay"),
            }
        }
    }
    shared.wake_all();
    let _ = sd_notify::notify(&[NotifyState::Ready]);
}
