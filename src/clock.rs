//! The only place that reads the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};

use crate::domain::rules::Instant;

/// The wall, or a simulated clock. Whole seconds, rounded down.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    Wall,
    /// A clock that moves when it is told to.
    Simulated(SimulatedClock),
}

impl Clock {
    /// The present moment. Taken once at the top of a step and handed down.
    pub fn now(&self) -> Instant {
        match self {
            Clock::Wall => whole_seconds(Utc::now()),
            Clock::Simulated(clock) => clock.now(),
        }
    }
}

/// A clock for replays and tests.
#[derive(Clone, Debug)]
pub struct SimulatedClock(Arc<AtomicI64>);

impl SimulatedClock {
    /// A clock that stands at `start`.
    pub fn starting_at(start: Instant) -> Self {
        SimulatedClock(Arc::new(AtomicI64::new(start.timestamp())))
    }

    /// Where it stands.
    pub fn now(&self) -> Instant {
        DateTime::from_timestamp(self.0.load(Ordering::SeqCst), 0).unwrap_or_default()
    }

    /// Moves it, forward or back.
    pub fn set(&self, now: Instant) {
        self.0.store(now.timestamp(), Ordering::SeqCst);
    }
}

fn whole_seconds(at: Instant) -> Instant {
    DateTime::from_timestamp(at.timestamp(), 0).unwrap_or_default()
}

/// Measures how long work took, for people to read. A step may add it to its now where the work was a wait for another machine;
/// nothing else is decided by it.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// Starts now.
    pub fn start() -> Self {
        Stopwatch(std::time::Instant::now())
    }

    /// Seconds since the start.
    pub fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}
