//! Which window each unit's duty opens next.

use super::Books;
use super::rows::{Result, instant_opt, seconds};
use crate::domain::ids::UnitId;
use crate::domain::rules::Instant;

/// Where a unit's duty stands.
#[derive(Clone, Debug)]
pub struct DutyClock {
    /// Which duty.
    pub duty: String,
    /// Which unit.
    pub unit: UnitId,
    /// When the next window opens; `None`: no window is to come.
    pub opens_at: Option<Instant>,
    /// The due time of the last window.
    pub last_due: Option<Instant>,
}

impl Books<'_> {
    /// Every (duty, unit) that is on record.
    pub fn duty_clocks(&self) -> Result<Vec<DutyClock>> {
        self.all("SELECT duty, unit, opens_at, last_due FROM duty_clock ORDER BY duty, unit", [], |row| {
            let (opens_at, last_due) = (instant_opt(row.get(2)?)?, instant_opt(row.get(3)?)?);
            Ok(DutyClock { duty: row.get(0)?, unit: UnitId(row.get(1)?), opens_at, last_due })
        })
    }

    /// Sets when the next window of (duty, unit) opens, and the due time of the last one.
    pub fn set_duty_clock(&self, duty: &str, unit: &UnitId, opens_at: Option<Instant>, last_due: Option<Instant>) -> Result<()> {
        let sql = "INSERT INTO duty_clock (duty, unit, opens_at, last_due) VALUES (?1, ?2, ?3, ?4)
                   ON CONFLICT (duty, unit) DO UPDATE SET opens_at = excluded.opens_at, last_due = excluded.last_due";
        self.run(sql, (duty, unit.as_str(), seconds(opens_at), seconds(last_due)))?;
        Ok(())
    }

    /// Forgets a duty of a unit that the configuration no longer names.
    pub fn drop_duty_clock(&self, duty: &str, unit: &UnitId) -> Result<()> {
        self.run("DELETE FROM duty_clock WHERE duty = ?1 AND unit = ?2", (duty, unit.as_str()))?;
        Ok(())
    }

    /// Windows that open by `now`: duty, unit, and the due time of the window before.
    pub fn windows_to_open(&self, now: Instant) -> Result<Vec<(String, UnitId, Option<Instant>)>> {
        let sql = "SELECT duty, unit, last_due FROM duty_clock WHERE opens_at IS NOT NULL AND opens_at <= ?1 ORDER BY opens_at, duty, unit";
        self.all(sql, [now.timestamp()], |row| Ok((row.get(0)?, UnitId(row.get(1)?), instant_opt(row.get(2)?)?)))
    }

    /// When the next window opens.
    pub fn next_window_opens(&self) -> Result<Option<Instant>> {
        let sql = "SELECT min(opens_at) FROM duty_clock WHERE opens_at IS NOT NULL";
        Ok(self.one(sql, [], |row| instant_opt(row.get(0)?))?.flatten())
    }
}
