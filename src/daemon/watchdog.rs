//! Feeds the service manager's watchdog only while the last success of every loop is fresh. Each loop beats for itself: one mailbox
//! that is read does not hide another that hangs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{DaemonError, Shared};
use crate::clock::Stopwatch;

/// What the loops that must go round do.
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

/// When each loop last succeeded, by what it does and for which of several it does it.
#[derive(Default)]
pub(super) struct Beats(Mutex<BTreeMap<(Step, String), Stopwatch>>);

impl Beats {
    /// The loop that does `step` for `of`, a mailbox or the number of a connection, goes round.
    pub(super) fn beat(&self, step: Step, of: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert((step, of.to_owned()), Stopwatch::start());
    }

    /// The loops that have not beaten for `seconds`.
    fn stale(&self, seconds: f64) -> Vec<String> {
        let beats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let stale = beats.iter().filter(|(_, since)| since.seconds() > seconds);
        stale.map(|((step, of), _)| format!("{step:?} {of}").trim_end().to_owned()).collect()
    }
}

pub(super) async fn feed(shared: Arc<Shared>) -> Result<&'static str, DaemonError> {
    let every = sd_notify::watchdog_enabled().map_or(Duration::from_secs(10), |limit| limit / 3);
    loop {
        tokio::select! {
            () = shared.cancel.cancelled() => return Ok("watchdog"),
            () = tokio::time::sleep(every) => {}
        }
        match &shared.beats.stale(STALE_SECONDS)[..] {
            [] => {
                let _ = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]);
            }
            stale => tracing::error!(?stale, "steps hang; the watchdog is not fed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_that_is_read_does_not_hide_one_that_hangs() {
        let beats = Beats::default();
        beats.beat(Step::Read, "faxes");
        beats.beat(Step::Read, "submissions");
        std::thread::sleep(Duration::from_millis(60));
        beats.beat(Step::Read, "submissions");
        assert_eq!(beats.stale(0.05), ["Read faxes"]);
    }
}
