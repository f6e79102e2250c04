//! A restored store sends nothing until somebody says go.
//!
//! What it does not know: which letters the world got after the backup was made. Until the operators have looked, silence does less harm.

use serde::Serialize;

use super::Books;
use super::rows::{Result, from_json, json};
use crate::domain::ids::{AdoptionNo, EventNo, NoticeNo, QuarantineNo, RequisitionNo, SubmissionNo};
use crate::domain::rules::Instant;

/// The key in `meta`. The SQL that takes letters and posts in hand looks for it.
const HELD: &str = "held";

/// Numbers that are left out for each day that a backup is old: what was issued after it must not be issued again, or the answer to
/// an old notice would be taken for one to a new notice.
const SKIPPED_A_DAY: [(char, i64); 6] = [
    (NoticeNo::LETTER, 10_000),
    (SubmissionNo::LETTER, 10_000),
    (EventNo::LETTER, 1_000),
    (QuarantineNo::LETTER, 1_000),
    (RequisitionNo::LETTER, 1_000),
    (AdoptionNo::LETTER, 1_000),
];

/// Sending is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Hold {
    /// Since when.
    pub since: Instant,
    /// Until when the restored store knows what happened: the last line of its record. `None`: it has none.
    pub knows_until: Option<Instant>,
}

/// What waits in a store that was restored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// Letters that wait; each may have gone out after the backup was made.
    pub letters: u64,
    /// Notices for webhooks that wait.
    pub posts: u64,
}

impl Books<'_> {
    /// Whether sending is held.
    pub fn held(&self) -> Result<Option<Hold>> {
        self.meta(HELD)?.map(|text| from_json("hold", &text)).transpose()
    }

    /// What a store needs that was restored: it holds its sending; what waits counts as sent once already, answer unknown; and no number
    /// is issued again that may have been issued after the backup. `year`: the office's.
    pub fn restored(&self, year: u16, now: Instant) -> Result<Restored> {
        let knows_until = self.record_end()?.map(|end| end.at);
        self.set_meta(HELD, &json(&Hold { since: now, knows_until }))?;
        let days = knows_until.map_or(0, |until| (now - until).num_days().max(0)) + 1;
        for (letter, a_day) in SKIPPED_A_DAY {
            let (kind, skipped) = (letter.to_string(), a_day.saturating_mul(days.min(9_000)));
            let sql = "INSERT INTO counter (kind, year, last) VALUES (?1, ?2, 0) ON CONFLICT DO NOTHING";
            self.run(sql, (&kind, year))?;
            self.run("UPDATE counter SET last = last + ?2 WHERE kind = ?1", (&kind, skipped))?;
        }
        let sql = "UPDATE letter SET state = 'pending', indeterminate = indeterminate + 1 WHERE next_try IS NOT NULL";
        let letters = self.run(sql, [])? as u64;
        let sql = "UPDATE post SET state = 'pending', indeterminate = indeterminate + 1 WHERE next_try IS NOT NULL";
        Ok(Restored { letters, posts: self.run(sql, [])? as u64 })
    }

    /// Says go: what waits is due, and is tried for as long as if it were new. `None`: nothing was held.
    pub fn release(&self, now: Instant) -> Result<Option<Restored>> {
        if self.held()?.is_none() {
            return Ok(None);
        }
        self.clear_meta(HELD)?;
        // Relays that were down when the backup was made say nothing of now.
        self.run("UPDATE failing SET rests_until = ?1", [now.timestamp()])?;
        let letters = self.run("UPDATE letter SET queued_at = ?1, next_try = ?1 WHERE next_try IS NOT NULL", [now.timestamp()])? as u64;
        let posts = self.run("UPDATE post SET queued_at = ?1, next_try = ?1 WHERE next_try IS NOT NULL", [now.timestamp()])? as u64;
        Ok(Some(Restored { letters, posts }))
    }
}
