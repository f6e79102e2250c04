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

impl Step {
    /// Its name for monitors.
    pub(super) fn word(self) -> &'static str {
        match self {
            Step::Read => "read",
            Step::Authenticate => "authenticate",
            Step::File => "file",
            Step::Enforce => "enforce",
            Step::Deliver => "deliver",
        }
    }
}

/// When each loop last succeeded, by what it does and for which of several it does it.
pub(super) struct Beats {
    started: Stopwatch,
    last: Mutex<BTreeMap<(Step, String), Stopwatch>>,
    /// The loops that there are, those that have not gone round yet among them.
    expected: Vec<(Step, String)>,
}

/// A loop, and the seconds since its last success; `None`: it has not gone round yet.
pub(super) struct Age {
    pub step: Step,
    pub of: String,
    pub seconds: Option<f64>,
}

impl Beats {
    /// Beats of these loops.
    pub(super) fn of(expected: Vec<(Step, String)>) -> Beats {
        Beats { started: Stopwatch::start(), last: Mutex::default(), expected }
    }

    /// How long ago each loop last succeeded.
    pub(super) fn ages(&self) -> Vec<Age> {
        let beats = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let age = |loop_: &(Step, String)| Age { step: loop_.0, of: loop_.1.clone(), seconds: beats.get(loop_).map(Stopwatch::seconds) };
        self.expected.iter().map(age).collect()
    }

    /// What is said of each loop that is not fresh; of one that has not gone round yet, too.
    pub(super) fn not_fresh(&self) -> Vec<String> {
        let said = |age: Age| {
            let name = format!("{} {}", age.step.word(), age.of).trim_end().to_owned();
            match age.seconds {
                None => Some(format!("{name} has not gone round yet")),
                Some(seconds) if seconds > STALE_SECONDS => Some(format!("{name} has not gone round for {seconds:.0} s")),
                Some(_) => None,
            }
        };
        self.ages().into_iter().filter_map(said).collect()
    }

    /// The loop that does `step` for `of`, a mailbox or the number of a connection, goes round.
    pub(super) fn beat(&self, step: Step, of: &str) {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).insert((step, of.to_owned()), Stopwatch::start());
    }

    /// The loops that have not beaten for `limit` seconds, or never since a start as long ago.
    fn stale(&self, limit: f64) -> Vec<String> {
        let started = self.started.seconds();
        let stale = self.ages().into_iter().filter(|age| age.seconds.unwrap_or(started) > limit);
        stale.map(|age| format!("{} {}", age.step.word(), age.of).trim_end().to_owned()).collect()
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
        let beats = Beats::of(["faxes", "submissions"].map(|name| (Step::Read, name.to_owned())).to_vec());
        beats.beat(Step::Read, "faxes");
        beats.beat(Step::Read, "submissions");
        std::thread::sleep(Duration::from_millis(60));
        beats.beat(Step::Read, "submissions");
        assert_eq!(beats.stale(0.05), ["read faxes"]);
    }

    #[test]
    fn one_that_hangs_in_its_first_round_is_found() {
        let beats = Beats::of(vec![(Step::File, String::new()), (Step::Enforce, String::new())]);
        beats.beat(Step::Enforce, "");
        assert_eq!(beats.stale(60.0), [""; 0], "it has just begun");
        std::thread::sleep(Duration::from_millis(60));
        beats.beat(Step::Enforce, "");
        assert_eq!(beats.stale(0.05), ["file"]);
    }

    #[test]
    fn a_loop_that_has_never_gone_round_is_not_fresh() {
        let beats = Beats::of(vec![(Step::Read, "faxes".into()), (Step::File, String::new())]);
        assert_eq!(beats.not_fresh(), ["read faxes has not gone round yet", "file has not gone round yet"]);
        beats.beat(Step::File, "");
        assert_eq!(beats.not_fresh(), ["read faxes has not gone round yet"]);
        beats.beat(Step::Read, "faxes");
        assert_eq!(beats.not_fresh(), [""; 0]);
        assert!(beats.ages().iter().all(|age| age.seconds.is_some_and(|seconds| seconds < 60.0)));
    }
}
