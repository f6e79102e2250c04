//! When units were asked to confirm their entry in the roster, and when they did.

use super::Books;
use super::rows::{Result, instant, instant_opt, seconds};
use crate::domain::ids::UnitId;
use crate::domain::roster_check::RosterState;
use crate::domain::rules::Instant;

const COLUMNS: &str = "unit, since, asked_at, asked, confirmed_at, confirmed_by";

fn state(row: &rusqlite::Row<'_>) -> Result<RosterState> {
    Ok(RosterState {
        unit: UnitId(row.get(0)?),
        since: instant(row.get(1)?)?,
        asked_at: instant_opt(row.get(2)?)?,
        asked: row.get(3)?,
        confirmed_at: instant_opt(row.get(4)?)?,
        confirmed_by: row.get(5)?,
    })
}

impl Books<'_> {
    /// How the confirmation of every unit stands that ever was in the roster.
    pub fn roster_states(&self) -> Result<Vec<RosterState>> {
        self.all(&format!("SELECT {COLUMNS} FROM roster_check ORDER BY unit"), [], state)
    }

    /// How that of one unit stands.
    pub fn roster_state(&self, unit: &UnitId) -> Result<Option<RosterState>> {
        self.one(&format!("SELECT {COLUMNS} FROM roster_check WHERE unit = ?1"), [unit.as_str()], state)
    }

    /// Writes how it stands, and when to ask next; `None`: never.
    pub fn save_roster_state(&self, state: &RosterState, next: Option<Instant>) -> Result<()> {
        let sql = "INSERT INTO roster_check (unit, since, asked_at, asked, confirmed_at, confirmed_by, next_at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (unit) DO UPDATE SET asked_at = excluded.asked_at,
                   asked = excluded.asked, confirmed_at = excluded.confirmed_at, confirmed_by = excluded.confirmed_by,
                   next_at = excluded.next_at";
        self.run(
            sql,
            (
                state.unit.as_str(),
                state.since.timestamp(),
                seconds(state.asked_at),
                state.asked,
                seconds(state.confirmed_at),
                &state.confirmed_by,
                seconds(next),
            ),
        )?;
        Ok(())
    }

    /// The units that are to be asked by `now`.
    pub fn rosters_to_check(&self, now: Instant) -> Result<Vec<RosterState>> {
        let sql = format!("SELECT {COLUMNS} FROM roster_check WHERE next_at IS NOT NULL AND next_at <= ?1 ORDER BY unit");
        self.all(&sql, [now.timestamp()], state)
    }

    /// When the next unit is to be asked.
    pub fn next_roster_check(&self) -> Result<Option<Instant>> {
        let sql = "SELECT min(next_at) FROM roster_check WHERE next_at IS NOT NULL";
        Ok(self.one(sql, [], |row| instant_opt(row.get(0)?))?.flatten())
    }
}
