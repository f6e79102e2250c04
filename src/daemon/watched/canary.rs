//! The loop that sends canaries and misses them.

use std::sync::Arc;
use std::time::Duration;

use super::super::Shared;
use super::super::loops::{Ended, LONGEST_SLEEP, step};
use crate::config::CanaryConfig;
use crate::domain::schedule::Cron;
use crate::steps::canary::{self, CanaryRules};

/// What failed is tried again after so long.
const AGAIN: Duration = Duration::from_secs(60);

/// More time than this between two looks, beyond what was slept: the machine was suspended, or its clock set forward.
const GAP: Duration = Duration::from_secs(60);

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
    // Whether we were there all the time since the last look; by when the next look is to be.
    let mut there = false;
    let mut expected = shared.clock.now();
    while !shared.cancel.is_cancelled() {
        let (world, now, given) = (shared.world(), shared.clock.now(), rules.clone());
        there &= (now - expected).to_std().unwrap_or_default() < GAP;
        let looked = step("canary", move || {
            if !there {
                canary::begin(&world, &given, now)?;
            }
            canary::step(&world, &given, now)
        });
        let until_next = match looked.await {
            Ok((worked, next)) => {
                there = true;
                if worked {
                    shared.deliver_now.notify_one();
                    shared.post_now.notify_one();
                }
                (next - now).to_std().unwrap_or_default().clamp(SHORTEST_SLEEP, LONGEST_SLEEP)
            }
            Err(error) => {
                tracing::warn!(%error, "the canary could not be seen to; mail goes on without it, and it is tried again");
                AGAIN
            }
        };
        expected = shared.clock.now() + until_next;
        tokio::select! {
            () = shared.cancel.cancelled() => {}
            () = tokio::time::sleep(until_next) => {}
        }
    }
    Ok("canary")
}
