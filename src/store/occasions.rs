//! Assessments, digests, circulars and the like: one row for each period, from the day on which it is awaited.

use super::Books;
use super::rows::{Result, from_json, instant, json, word};
use crate::domain::period::Period;
use crate::domain::rules::{Instant, words};

/// How it stands with a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OccasionState {
    /// Its time has not come, or it waits for a reading of the mailboxes.
    Awaited,
    /// Its time has come, and the table of adoptions has not.
    PutOff,
    /// Dealt with.
    Done,
    /// Nothing was to be done.
    Passed,
}

words!(OccasionState, OccasionState::Awaited => "awaited", OccasionState::PutOff => "put-off", OccasionState::Done => "done",
    OccasionState::Passed => "passed");

/// A period and how it stands with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OccasionRow {
    /// `assessment`, `digest`, `circular`, `silence`, `roster`; `unwritten`: warnings to be tried again.
    pub what: String,
    /// Which period.
    pub period: Period,
    /// When it is due.
    pub due: Instant,
    /// How it stands.
    pub state: OccasionState,
    /// When it came to this state; of one that is awaited, when to look at it.
    pub at: Instant,
}

pub(super) fn occasion(row: &rusqlite::Row<'_>) -> Result<OccasionRow> {
    Ok(OccasionRow {
        what: row.get(0)?,
        period: word("period", &row.get::<_, String>(1)?)?,
        due: instant(row.get(2)?)?,
        state: word("state of an occasion", &row.get::<_, String>(3)?)?,
        at: instant(row.get(4)?)?,
    })
}

pub(super) const COLUMNS: &str = "what, period, due, state, at";

impl Books<'_> {
    /// How it stands with `what` of `period`; `None`: nothing is on record.
    pub fn occasion_state(&self, what: &str, period: Period) -> Result<Option<OccasionState>> {
        self.one("SELECT state FROM occasion WHERE what = ?1 AND period = ?2", (what, period.to_string()), |row| {
            word("state of an occasion", &row.get::<_, String>(0)?)
        })
    }

    /// Puts it on record, or brings it to another state. `data` is what a later look wants to know of it.
    pub fn put_occasion<T: serde::Serialize>(&self, row: &OccasionRow, data: &T) -> Result<()> {
        let sql = "INSERT INTO occasion (what, period, due, state, at, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                   ON CONFLICT (what, period) DO UPDATE SET due = excluded.due, state = excluded.state, at = excluded.at, data = excluded.data";
        let values = (row.what.as_str(), row.period.to_string(), row.due.timestamp(), row.state.as_str(), row.at.timestamp(), json(data));
        self.run(sql, values)?;
        Ok(())
    }

    /// What was noted with it.
    pub fn occasion_data<T: serde::de::DeserializeOwned>(&self, what: &str, period: Period) -> Result<Option<T>> {
        self.one("SELECT data FROM occasion WHERE what = ?1 AND period = ?2", (what, period.to_string()), |row| {
            from_json("occasion", &row.get::<_, String>(0)?)
        })
    }

    /// The last of its kind that is no longer awaited, by due time.
    pub fn last_occasion(&self, what: &str) -> Result<Option<OccasionRow>> {
        let sql = format!("SELECT {COLUMNS} FROM occasion WHERE what = ?1 AND state <> 'awaited' ORDER BY due DESC, period DESC LIMIT 1");
        self.one(&sql, [what], occasion)
    }

    /// The one of its kind that is awaited.
    pub fn awaited(&self, what: &str) -> Result<Option<OccasionRow>> {
        let sql = format!("SELECT {COLUMNS} FROM occasion WHERE state = 'awaited' AND what = ?1 ORDER BY due LIMIT 1");
        self.one(&sql, [what], occasion)
    }

    /// When the next that is awaited must be looked at, whatever its kind.
    pub fn next_awaited_at(&self) -> Result<Option<Instant>> {
        let sql = "SELECT min(at) FROM occasion WHERE state = 'awaited'";
        Ok(self.one(sql, [], |row| super::rows::instant_opt(row.get(0)?))?.flatten())
    }

    /// No longer awaited: another will be.
    pub fn drop_awaited(&self, what: &str) -> Result<()> {
        self.run("DELETE FROM occasion WHERE state = 'awaited' AND what = ?1", [what])?;
        Ok(())
    }

    /// Those of a kind that were put off, the longest due first.
    pub fn put_off(&self, what: &str) -> Result<Vec<OccasionRow>> {
        self.all(&format!("SELECT {COLUMNS} FROM occasion WHERE state = 'put-off' AND what = ?1 ORDER BY due, period"), [what], occasion)
    }
}
