//! The append-only record of verdict changes, notices and commands, chained by hash.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Books;
use super::rows::{Result, from_json, instant, word_opt};
use crate::domain::ids::EventNo;
use crate::domain::rules::Instant;

/// One line of the record.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordEntry {
    /// When, by the daemon's clock.
    pub at: Instant,
    /// `verdict`, `notice`, `command`, `filing`, `due`, `severity`, `event`.
    pub what: String,
    /// The obligation concerned.
    pub obligation: Option<i64>,
    /// The event concerned.
    pub event: Option<EventNo>,
    /// `rules`, or the address of the person who decided.
    pub by: String,
    /// Old and new values, and the reason.
    pub data: Value,
}

/// Who decides when nobody does: the rules themselves.
pub const BY_RULES: &str = "rules";

impl Books<'_> {
    /// Adds a line; each carries the hash of the one before it.
    pub fn record(&self, entry: &RecordEntry) -> Result<()> {
        let before = self.one("SELECT hash FROM record ORDER BY seq DESC LIMIT 1", [], |row| Ok(row.get::<_, Vec<u8>>(0)?))?;
        let data = entry.data.to_string();
        let event = entry.event.map(|e| e.to_string());
        let hash = chain(before.as_deref().unwrap_or_default(), entry, event.as_deref(), &data);
        let sql = "INSERT INTO record (at, what, obligation, event, by, data, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        self.insert(sql, (entry.at.timestamp(), &entry.what, entry.obligation, event, &entry.by, data, hash))?;
        Ok(())
    }

    /// What stands on record about an obligation, oldest first.
    pub fn record_of(&self, obligation: i64) -> Result<Vec<RecordEntry>> {
        let sql = "SELECT at, what, obligation, event, by, data FROM record WHERE obligation = ?1 ORDER BY seq";
        self.all(sql, [obligation], entry)
    }

    /// What stands on record about an event and what is owed on it, oldest first.
    pub fn record_of_event(&self, event: EventNo) -> Result<Vec<RecordEntry>> {
        let sql = "SELECT at, what, obligation, event, by, data FROM record WHERE event = ?1 ORDER BY seq";
        self.all(sql, [event.to_string()], entry)
    }

    /// The first line whose hash does not follow from the one before it; `None`: the record is whole.
    pub fn record_broken_at(&self) -> Result<Option<i64>> {
        let mut before = Vec::new();
        let rows = self.all("SELECT at, what, obligation, event, by, data, hash, seq FROM record ORDER BY seq", [], |row| {
            Ok((entry(row)?, row.get::<_, Option<String>>(3)?, row.get::<_, String>(5)?, row.get::<_, Vec<u8>>(6)?, row.get::<_, i64>(7)?))
        })?;
        for (entry, event, data, hash, seq) in rows {
            if chain(&before, &entry, event.as_deref(), &data) != hash {
                return Ok(Some(seq));
            }
            before = hash;
        }
        Ok(None)
    }
}

fn entry(row: &rusqlite::Row<'_>) -> Result<RecordEntry> {
    Ok(RecordEntry {
        at: instant(row.get(0)?)?,
        what: row.get(1)?,
        obligation: row.get(2)?,
        event: word_opt("event number", row.get(3)?)?,
        by: row.get(4)?,
        data: from_json("record", &row.get::<_, String>(5)?)?,
    })
}

fn chain(before: &[u8], entry: &RecordEntry, event: Option<&str>, data: &str) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(before);
    let line = serde_json::json!([entry.at.timestamp(), entry.what, entry.obligation, event, entry.by, data]);
    hash.update(line.to_string().as_bytes());
    hash.finalize().to_vec()
}
