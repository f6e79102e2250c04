//! One loop a step: look, sleep until woken or the period ends, look again.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::spawn_blocking;

use super::watchdog::Step;
use super::{DaemonError, Shared};
use crate::domain::rules::{Instant, span};
use crate::steps::fetch::Reader;
use crate::steps::{StepError, authenticate, deliver, enforce, file, posts};
use crate::transport::{LONGEST, Transport, Webhook};

/// No loop sleeps longer: what a signal failed to say is found then.
pub(super) const LONGEST_SLEEP: Duration = Duration::from_secs(20);

/// A reading that was asked for and has not come about within this is a stall.
const PATIENCE_SECONDS: i64 = 120;

/// A webhook is looked after so often where nothing wakes it.
const POST_SLEEP: Duration = Duration::from_secs(5);

/// Moving messages out of the way at a server takes several commands, each with its own deadline, and no longer than this in all.
const SETTLING: Duration = Duration::from_secs(600);

/// Between two requests for the same reading.
const ASK_AGAIN: Duration = Duration::from_millis(300);

pub(super) type Ended = Result<&'static str, DaemonError>;

/// Runs a step off the runtime's threads: it may wait for the disk.
pub(super) async fn step<T: Send + 'static>(
    name: &'static str,
    work: impl FnOnce() -> Result<T, StepError> + Send + 'static,
) -> Result<T, DaemonError> {
    match spawn_blocking(work).await {
        Ok(result) => result.map_err(|source| DaemonError::Step { name, source: Box::new(source) }),
        Err(error) => Err(DaemonError::Ended(format!("{name}: {error}"))),
    }
}

pub(super) async fn sleep(shared: &Shared, signal: &Notify, longest: Duration) {
    tokio::select! {
        () = shared.cancel.cancelled() => {}
        () = signal.notified() => {}
        () = tokio::time::sleep(longest) => {}
    }
}

/// Sleeps for `longest`, or until woken. The watchdog hears of it now and then: a mailbox that is polled seldom does not hang.
async fn rest(shared: &Shared, mailbox: &str, signal: &Notify, longest: Duration) {
    let mut left = longest;
    while !left.is_zero() && !shared.cancel.is_cancelled() {
        let part = left.min(LONGEST_SLEEP);
        tokio::select! {
            () = shared.cancel.cancelled() => return,
            () = signal.notified() => return,
            () = tokio::time::sleep(part) => {}
        }
        left -= part;
        shared.beats.beat(Step::Read, mailbox);
    }
}

/// Reads one mailbox, at least every `poll`, and sooner where it could not be listed.
pub(super) async fn read(shared: Arc<Shared>, mut reader: Reader, poll: Duration) -> Ended {
    let name = reader.name().to_owned();
    // From the start: a first reading that hangs is one that hangs.
    shared.beats.beat(Step::Read, &name);
    let (reading, of) = (shared.clone(), name.clone());
    reader.on_progress(move || {
        reading.beats.beat(Step::Read, &of);
        reading.file_now.notify_one();
    });
    let mut reloads = 0;
    while !shared.cancel.is_cancelled() {
        let (world, now) = (shared.world(), shared.clock.now());
        let reloaded = std::mem::replace(&mut reloads, shared.reloads.load(Ordering::Relaxed)) != reloads;
        let moved_in = world.clone();
        let (kept, fresh) = step("fetch", move || {
            if reloaded {
                reader.forgive();
            }
            // Mail that comes within this second may come after the look: what is sure to have been read is what came before.
            let fresh = reader.read(&world, now - span(1))?;
            Ok((reader, fresh))
        })
        .await?;
        reader = kept;
        shared.beats.beat(Step::Read, &name);
        let settling = step("fetch", move || {
            let settled = reader.settle(&moved_in)?;
            Ok((reader, settled))
        });
        let (kept, settled) = beating(&shared, (Step::Read, &name), settling, SETTLING).await?;
        reader = kept;
        shared.beats.beat(Step::Read, &name);
        if fresh {
            shared.authenticate_now.notify_one();
            shared.file_now.notify_one();
        }
        // The operators may have to hear of an account.
        shared.deliver_now.notify_one();
        // The enforcer may wait for this reading even when nothing new came.
        shared.enforce_now.notify_one();
        if !settled && let Some(signal) = shared.read_now.get(&name) {
            rest(&shared, &name, signal, reader.rest(poll)).await;
        }
    }
    Ok("fetch")
}

/// Finds out who wrote what was read.
pub(super) async fn authenticate(shared: Arc<Shared>) -> Ended {
    while !shared.cancel.is_cancelled() {
        let (world, now) = (shared.world(), shared.clock.now());
        let (worked, next) = step("authenticate", move || {
            let worked = authenticate::step(&world, now)?;
            let next = world.store.read(|books| books.next_authentication())?;
            Ok((worked, next))
        })
        .await?;
        shared.beats.beat(Step::Authenticate, "");
        if worked {
            shared.file_now.notify_one();
        } else {
            let until_next = next.map_or(LONGEST_SLEEP, |at| (at - now).to_std().unwrap_or_default());
            sleep(&shared, &shared.authenticate_now, until_next.clamp(Duration::from_secs(1), LONGEST_SLEEP)).await;
        }
    }
    Ok("authenticate")
}

/// Files what was read.
pub(super) async fn file(shared: Arc<Shared>) -> Ended {
    let mut filed = false;
    while !shared.cancel.is_cancelled() {
        let (world, now) = (shared.world(), shared.clock.now());
        let worked = step("file", move || file::step(&world, now)).await?;
        shared.beats.beat(Step::File, "");
        shared.filing.store(worked, Ordering::Relaxed);
        if worked {
            filed = true;
            shared.enforce_now.notify_one();
            shared.deliver_now.notify_one();
            shared.index_now.notify_one();
            shared.post_now.notify_one();
        } else {
            if filed {
                shared.wake_movers();
                shared.index_now.notify_one();
            }
            filed = false;
            sleep(&shared, &shared.file_now, LONGEST_SLEEP).await;
        }
    }
    Ok("file")
}

/// Looks at deadlines.
pub(super) async fn enforce(shared: Arc<Shared>) -> Ended {
    let mut awaiting_since: Option<Instant> = None;
    while !shared.cancel.is_cancelled() {
        let (world, now) = (shared.world_first(), shared.clock.now());
        let waited_long = awaiting_since.is_some_and(|since| (now - since).num_seconds() >= PATIENCE_SECONDS);
        let (done, stalled, next) = step("enforce", move || {
            let done = enforce::step(&world, now)?;
            let ours = world.setup.mailbox_names();
            let states = world.store.read(|books| Ok::<_, StepError>(books.mailbox_states()?))?;
            let unreadable = states.iter().any(|(name, _, error)| error.is_some() && ours.contains(name));
            let stalled = done.awaits_reading && (unreadable || waited_long);
            let told = enforce::stall(&world, stalled, now)?;
            let next = world.store.read(enforce::next_due)?;
            Ok((done, told, next))
        })
        .await?;
        shared.beats.beat(Step::Enforce, "");
        if done.awaits_reading && awaiting_since.is_some() {
            // Asked for already: a reading within the very second of the due time does not settle it.
            tokio::time::sleep(ASK_AGAIN).await;
        }
        awaiting_since = if done.awaits_reading { awaiting_since.or(Some(now)) } else { None };
        if done.worked || stalled {
            shared.deliver_now.notify_one();
            shared.post_now.notify_one();
        }
        if done.awaits_reading {
            shared.wake_readers();
            shared.authenticate_now.notify_one();
            shared.file_now.notify_one();
        }
        let until_next = next.map_or(LONGEST_SLEEP, |at| (at + span(1) - now).to_std().unwrap_or_default());
        // While a reading is awaited the due time is past: its end wakes us, or the period does.
        let longest = if done.awaits_reading { Duration::from_secs(5) } else { until_next.clamp(Duration::from_millis(50), LONGEST_SLEEP) };
        sleep(&shared, &shared.enforce_now, longest).await;
    }
    Ok("enforce")
}

/// Sends what is queued. Several of these may run side by side: each takes the letter that is most urgent.
pub(super) async fn deliver(shared: Arc<Shared>, mut transports: Vec<Box<dyn Transport>>, nth: usize) -> Ended {
    let nth = nth.to_string();
    while !shared.cancel.is_cancelled() {
        let (world, now) = (shared.world_first(), shared.clock.now());
        // Each transport in turn may keep a letter for as long; a step that takes longer hangs.
        let longest = LONGEST * u32::try_from(transports.len()).unwrap_or(u32::MAX) + LONGEST_SLEEP;
        let sending = step("deliver", move || {
            let worked = deliver::step(&world, &mut transports, now)?;
            Ok((transports, worked))
        });
        let (kept, worked) = beating(&shared, (Step::Deliver, &nth), sending, longest).await?;
        transports = kept;
        shared.beats.beat(Step::Deliver, &nth);
        if worked {
            // There may be more than one can carry; and what could not be sent may be posted.
            shared.deliver_now.notify_one();
            shared.post_now.notify_one();
        } else {
            sleep(&shared, &shared.deliver_now, LONGEST_SLEEP).await;
        }
    }
    Ok("deliver")
}

/// Tells a webhook what is queued for it.
pub(super) async fn post(shared: Arc<Shared>, mut webhook: Webhook) -> Ended {
    while !shared.cancel.is_cancelled() {
        let (world, now) = (shared.world_first(), shared.clock.now());
        let (kept, worked) = step("post", move || {
            let worked = posts::step(&world, &mut webhook, now)?;
            Ok((webhook, worked))
        })
        .await?;
        webhook = kept;
        if worked {
            // Another webhook may have been queued the same notice.
            shared.post_now.notify_one();
        } else {
            sleep(&shared, &shared.post_now, POST_SLEEP).await;
        }
    }
    Ok("post")
}

/// Waits for work at another machine, and says meanwhile that its loop does not hang: a slow server is no reason to end the daemon.
async fn beating<T>(
    shared: &Shared,
    (step, of): (Step, &str),
    work: impl Future<Output = Result<T, DaemonError>>,
    longest: Duration,
) -> Result<T, DaemonError> {
    const BEAT: Duration = Duration::from_secs(10);
    let mut beats = longest.as_secs() / BEAT.as_secs();
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            () = tokio::time::sleep(BEAT), if beats > 0 => {
                beats -= 1;
                shared.beats.beat(step, of);
            }
        }
    }
}
