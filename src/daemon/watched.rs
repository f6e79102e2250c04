//! What others can see of the daemon: `/healthz`, `/metrics` and `/status.json` on this machine, a heartbeat to elsewhere, a canary
//! through the mail. None of these is in the way of mail: what they cannot do is logged, and tried again.

pub mod canary;
pub mod health;
pub mod heartbeat;
mod metrics;
mod pages;
mod requests;
mod server;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use tokio::task::JoinSet;

use super::loops::Ended;
use super::{Shared, outgoing, watchdog};
use crate::config::Config;
use crate::domain::rules::Instant;

pub use health::status_report;

/// Counts of pings since the start, for metrics.
#[derive(Default)]
pub(super) struct Pings {
    answered: AtomicU64,
    failed: AtomicU64,
    /// Unix seconds of the last that was answered; 0: none was.
    last_answered: AtomicI64,
}

impl Pings {
    fn note(&self, answered: bool, now: Instant) {
        if answered {
            self.answered.fetch_add(1, Ordering::Relaxed);
            self.last_answered.store(now.timestamp(), Ordering::Relaxed);
        } else {
            self.failed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The loops of which the last success must be fresh.
pub(super) fn steps(config: &Config) -> Vec<(watchdog::Step, String)> {
    use watchdog::Step;
    let readers = config.mailboxes.iter().map(|mailbox| (Step::Read, mailbox.name.clone()));
    let others = [Step::Authenticate, Step::File, Step::Enforce].map(|step| (step, String::new()));
    let senders = (0..outgoing::connections(config)).map(|nth| (Step::Deliver, nth.to_string()));
    readers.chain(others).chain(senders).collect()
}

/// Starts what the configuration asks for.
pub(super) fn start(tasks: &mut JoinSet<Ended>, shared: &Arc<Shared>, config: &Config) {
    let watching = &config.watching;
    if let Some(listen) = watching.listen {
        tasks.spawn(server::serve(shared.clone(), listen, pages::Pages::new(shared, config)));
    }
    if let Some(heartbeat) = &watching.heartbeat {
        tasks.spawn(heartbeat::ping(shared.clone(), heartbeat.clone()));
    }
    if let Some(canary) = &watching.canary {
        tasks.spawn(canary::watch(shared.clone(), canary.clone()));
    }
}
