//! The loop that keeps the index of words. Nothing waits for it, and it ends nothing: what it cannot do now it does later.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::task::spawn_blocking;

use super::loops::{Ended, LONGEST_SLEEP, sleep};
use super::{DaemonError, Shared};
use crate::archive::helper::Helper;
use crate::archive::index::Indexer;
use crate::clock::Stopwatch;
use crate::steps::World;
use crate::store::{Store, StoreError};

/// Puts in what came on record.
pub(super) async fn index(shared: Arc<Shared>) -> Ended {
    let mut open: Option<(Indexer, Store)> = None;
    let mut idle = Stopwatch::start();
    while !shared.cancel.is_cancelled() {
        let World { store, setup } = shared.world();
        let path = store.path().to_owned();
        // What is filed just now is on its way here; but nothing is waited for that does not come.
        let filing = shared.filing.load(Ordering::Relaxed) && idle.seconds() < LONGEST_SLEEP.as_secs_f64();
        let step = move || {
            let (indexer, store) = match open {
                Some(open) => open,
                None => (Indexer::open(&path, Helper::default())?, Store::read_only(&path)?),
            };
            let worked = match &setup.kept {
                Some(kept) => indexer.step_with(&store, kept, filing && !kept.is_crowded())?,
                None => indexer.step(&store)?,
            } > 0;
            Ok::<_, StoreError>(((indexer, store), worked))
        };
        let done = spawn_blocking(step).await.map_err(|error| DaemonError::Ended(format!("index: {error}")))?;
        let worked = match done {
            Ok((kept, worked)) => {
                open = Some(kept);
                worked
            }
            Err(error) => {
                tracing::warn!(%error, "messages could not be put into the index of words; filing goes on, and it is tried again");
                open = None;
                false
            }
        };
        if worked {
            idle = Stopwatch::start();
        } else {
            sleep(&shared, &shared.index_now, LONGEST_SLEEP).await;
        }
    }
    Ok("index")
}
