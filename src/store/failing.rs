//! Transports that are failing: since when, with what words, and until when they are left alone.

use super::Books;
use super::rows::{Result, instant};
use crate::domain::backoff::LONGEST_REST_SECONDS;
use crate::domain::rules::{Instant, span};

/// A transport that is failing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    /// Its name in the configuration.
    pub transport: String,
    /// Since its first failure.
    pub since: Instant,
    /// Failures in a row.
    pub failures: u32,
    /// It is not tried before.
    pub rests_until: Instant,
    /// What went wrong last.
    pub error: String,
    /// The operators have heard of it.
    pub complained: bool,
}

impl Failing {
    /// Whether it is left alone at `now`. A rest that is longer than any was set before the clock went back.
    pub fn rests(&self, now: Instant) -> bool {
        now < self.rests_until && self.rests_until <= now + span(2 * LONGEST_REST_SECONDS)
    }
}

impl Books<'_> {
    /// Every transport that is failing.
    pub fn failing(&self) -> Result<Vec<Failing>> {
        self.all("SELECT transport, since, failures, rests_until, error, complained FROM failing ORDER BY transport", [], |row| {
            Ok(Failing {
                transport: row.get(0)?,
                since: instant(row.get(1)?)?,
                failures: row.get(2)?,
                rests_until: instant(row.get(3)?)?,
                error: row.get(4)?,
                complained: row.get(5)?,
            })
        })
    }

    /// A transport has failed once more. Letters that went out side by side and failed together count once.
    pub fn transport_failed(&self, transport: &str, error: &str, rests_until: Instant, now: Instant) -> Result<()> {
        let sql = "INSERT INTO failing (transport, since, failures, rests_until, error) VALUES (?1, ?2, 1, ?3, ?4)
                   ON CONFLICT (transport) DO UPDATE SET failures = failures + (rests_until <= ?2), rests_until = excluded.rests_until,
                     error = excluded.error";
        self.run(sql, (transport, now.timestamp(), rests_until.timestamp(), error))?;
        Ok(())
    }

    /// A transport works again.
    pub fn transport_works(&self, transport: &str) -> Result<()> {
        self.run("DELETE FROM failing WHERE transport = ?1", [transport])?;
        Ok(())
    }

    /// The operators have heard that it fails.
    pub fn mark_failing_told(&self, transport: &str) -> Result<()> {
        self.run("UPDATE failing SET complained = 1 WHERE transport = ?1", [transport])?;
        Ok(())
    }
}
