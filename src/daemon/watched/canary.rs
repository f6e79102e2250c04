//! The loop that sends canaries and misses them.

use std::sync::Arc;
use std::time::Duration;

use super::super::Shared;
use super::super::loops::{Ended, LONGEST_SLEEP, step};
use crate::config::CanaryConfig;
use crate::domain::schedule::Cron;
use crate::steps::canary::{self, CanaryRules};

/// No look follows another sooner.
const SHORTEST_SLEEP: Duration = Duration::from_millis(200);

/// Looks when something is due.
pub(in super::super) async fn watch(shared: Arc<Shared>, config: CanaryConfig) -> Ended {
    let cron = match Cron::parse(&config.cron) {
        Ok(cron) => cron,
        Err(error) => {
            // The configuration has read it: this is a fault of ours, and no reason to stop reading mail.
            tracing::error!(%error, "no canary goes out");
            shared.cancel.cancelled().await;
            return Ok("canary");
        }
    };
    let rules = CanaryRules { cron, within: config.within_seconds };
    let (world, now, given) = (shared.world(), shared.clock.now(), rules.clone());
    step("canary", move || canary::begin(&world, &given, now)).await?;
    while !shared.cancel.is_cancelled() {
        let (world, now, given) = (shared.world(), shared.clock.now(), rules.clone());
        let (worked, next) = step("canary", move || canary::step(&world, &given, now)).await?;
        if worked {
            shared.deliver_now.notify_one();
            shared.post_now.notify_one();
        }
        let until_next = (next - now).to_std().unwrap_or_default().clamp(SHORTEST_SLEEP, LONGEST_SLEEP);
        tokio::select! {
            () = shared.cancel.cancelled() => {}
            () = tokio::time::sleep(until_next) => {}
        }
    }
    Ok("canary")
}
