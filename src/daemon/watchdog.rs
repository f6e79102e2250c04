//! Feeds the service manager's watchdog only while every step's last success is fresh.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{DaemonError, Shared};
use crate::clock::Stopwatch;

/// The loops that must go round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Read,
    Authenticate,
    File,
    Enforce,
    Deliver,
}

/// A step that has not succeeded for this long hangs: loops sleep for 20 s at most.
const STALE_SECONDS: f64 = 90.0;

/// When each step last succeeded.
#[derive(Default)]
pub(super) struct Beats(Mutex<BTreeMap<Step, Stopwatch>>);

impl Beats {
    pub(super) fn beat(&self, step: Step) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(step, Stopwatch::start());
    }

    /// The steps that hang.
    fn stale(&self) -> Vec<Step> {
        let beats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        beats.iter().filter(|(_, since)| since.seconds() > STALE_SECONDS).map(|(step, _)| *step).collect()
    }
}

pub(super) async fn feed(shared: Arc<Shared>) -> Result<&'static str, DaemonError> {
    let every = sd_notify::watchdog_enabled().map_or(Duration::from_secs(10), |limit| limit / 3);
    loop {
        tokio::select! {
            () = shared.cancel.cancelled() => return Ok("watchdog"),
            () = tokio::time::sleep(every) => {}
        }
        match &shared.beats.stale()[..] {
            [] => {
                let _ = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]);
            }
            stale => tracing::error!(?stale, "steps hang; the watchdog is not fed"),
        }
    }
}
