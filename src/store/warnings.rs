//! What stands against units: zero, rank-fall, silent; and the figures of mail by which silence is judged.

use rusqlite::Row;

use super::Books;
use super::ledger::{day, days};
use super::occasions::{COLUMNS, OccasionRow, occasion};
use super::rows::{Result, instant, seconds, text_opt, word_opt};
use crate::domain::ids::{NoticeNo, UnitId};
use crate::domain::rules::Instant;
use crate::domain::warning::WarningState;

/// What stands against a unit, and the last notice about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whom, as to what, since when.
    pub state: WarningState,
    /// The last warning.
    pub notice: Option<NoticeNo>,
}

fn standing(row: &Row<'_>) -> Result<Standing> {
    let state =
        WarningState { unit: UnitId(row.get(0)?), about: row.get(1)?, times: row.get(2)?, rank: row.get(3)?, through: day(row.get(4)?)? };
    Ok(Standing { state, notice: word_opt("notice number", row.get(5)?)? })
}

impl Books<'_> {
    /// What stands against `unit` as to `about`.
    pub fn warning(&self, unit: &UnitId, about: &str) -> Result<Option<Standing>> {
        let sql = "SELECT unit, about, times, rank, through, notice FROM warning WHERE unit = ?1 AND about = ?2";
        self.one(sql, (unit.as_str(), about), standing)
    }

    /// Everything that stands against anybody.
    pub fn warnings(&self) -> Result<Vec<Standing>> {
        self.all("SELECT unit, about, times, rank, through, notice FROM warning ORDER BY unit, about", [], standing)
    }

    /// Brings what stands against `unit` as to `about` to `state`; `None`: nothing stands any more. A `notice` that was not sent
    /// leaves the last one.
    pub fn set_warning(&self, unit: &UnitId, about: &str, state: Option<&WarningState>, notice: Option<NoticeNo>) -> Result<()> {
        let Some(state) = state else {
            self.run("DELETE FROM warning WHERE unit = ?1 AND about = ?2", (unit.as_str(), about))?;
            return Ok(());
        };
        let sql = "INSERT INTO warning (unit, about, times, rank, through, notice) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                   ON CONFLICT (unit, about) DO UPDATE SET times = excluded.times, rank = excluded.rank, through = excluded.through,
                   notice = coalesce(excluded.notice, notice)";
        self.run(sql, (unit.as_str(), about, state.times, state.rank, days(state.through), text_opt(notice)))?;
        Ok(())
    }

    /// The last assessment that was held, or the last of those that were due before a moment.
    pub fn last_assessment(&self, before: Option<Instant>) -> Result<Option<OccasionRow>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM occasion WHERE what = 'assessment' AND state = 'done' AND (?1 IS NULL OR due < ?1) ORDER BY due DESC LIMIT 1"
        );
        self.one(&sql, [seconds(before)], occasion)
    }

    /// The first and the last mail of `unit`, of whatever kind; `None`: it never wrote.
    pub fn mail_span(&self, unit: &UnitId) -> Result<Option<(Instant, Instant)>> {
        let sql = "SELECT (SELECT arrival FROM submission WHERE unit = ?1 ORDER BY arrival LIMIT 1), arrival
                   FROM submission WHERE unit = ?1 ORDER BY arrival DESC LIMIT 1";
        self.one(sql, [unit.as_str()], |row| Ok((instant(row.get(0)?)?, instant(row.get(1)?)?)))
    }

    /// Submissions of `unit` in (after, until] by which its rate is told: sudden-event stages, zero reports, corrections and
    /// withdrawn ones aside.
    pub fn ordinary_mail(&self, unit: &UnitId, after: Instant, until: Instant) -> Result<u64> {
        let sql = "SELECT count(*) FROM submission
                   WHERE unit = ?1 AND arrival > ?2 AND arrival <= ?3 AND withdrawn_at IS NULL
                   AND kind NOT IN ('first', 'follow-up', 'final', 'zero', 'correction', 'correspondence')";
        self.count(sql, (unit.as_str(), after.timestamp(), until.timestamp()))
    }

    /// Whether anything was ever filed.
    pub fn any_mail(&self) -> Result<bool> {
        Ok(self.count("SELECT EXISTS (SELECT 1 FROM submission)", [])? > 0)
    }
}
