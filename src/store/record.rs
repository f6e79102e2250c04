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

/// The last line of the record. Whoever keeps its hash elsewhere can tell later that nothing before it was changed, and that it is
/// still there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordEnd {
    /// Its place.
    pub seq: i64,
    /// When it was written.
    pub at: Instant,
    /// Its hash, into which all before it went.
    pub hash: Vec<u8>,
}

/// Where the chain of the record first does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The line that does not follow from the one before it.
    pub seq: i64,
    /// Lines before it are gone, or stand elsewhere; else it, or the one before it, was changed.
    pub missing: bool,
}

/// The record from end to end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordWalk {
    /// How many lines there are.
    pub lines: u64,
    /// The last one.
    pub end: Option<RecordEnd>,
    /// `None`: the chain holds.
    pub broken: Option<Broken>,
}

/// Who decides when nobody does: the rules themselves.
pub const BY_RULES: &str = "rules";

impl Books<'_> {
    /// Adds a line; each carries the hash of the one before it.
    pub fn record(&self, entry: &RecordEntry) -> Result<()> {
        let before = self.one("SELECT hash FROM record ORDER BY seq DESC LIMIT 1", [], |row| Ok(row.get::<_, Vec<u8>>(0)?))?;
        let data = entry.data.to_string();
        let event = entry.event.map(|e| e.to_string());
        let (before, at) = (before.as_deref().unwrap_or_default(), entry.at.timestamp());
        let hash = chain(before, at, &entry.what, entry.obligation, event.as_deref(), &entry.by, &data);
        let sql = "INSERT INTO record (at, what, obligation, event, by, data, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        self.insert(sql, (at, &entry.what, entry.obligation, event, &entry.by, data, hash))?;
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
        Ok(self.walk_record()?.broken.map(|broken| broken.seq))
    }

    /// Goes along the whole chain, and notes where it first does not hold.
    pub fn walk_record(&self) -> Result<RecordWalk> {
        let mut walk = RecordWalk::default();
        let sql = "SELECT at, what, obligation, event, by, data, hash, seq FROM record ORDER BY seq";
        self.first::<()>(sql, [], |row| {
            let (at, what, obligation): (i64, String, Option<i64>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let (event, by, data): (Option<String>, String, String) = (row.get(3)?, row.get(4)?, row.get(5)?);
            let (hash, seq): (Vec<u8>, i64) = (row.get(6)?, row.get(7)?);
            let (last, before) = walk.end.as_ref().map_or((0, &[][..]), |end| (end.seq, &end.hash[..]));
            let holds = chain(before, at, &what, obligation, event.as_deref(), &by, &data) == hash;
            if walk.broken.is_none() && !holds {
                walk.broken = Some(Broken { seq, missing: seq != last + 1 });
            }
            walk.lines += 1;
            walk.end = Some(RecordEnd { seq, at: instant(at)?, hash });
            Ok(None)
        })?;
        Ok(walk)
    }

    /// Where the record ends now; `None`: nothing stands on it.
    pub fn record_end(&self) -> Result<Option<RecordEnd>> {
        self.one("SELECT seq, at, hash FROM record ORDER BY seq DESC LIMIT 1", [], |row| {
            Ok(RecordEnd { seq: row.get(0)?, at: instant(row.get(1)?)?, hash: row.get(2)? })
        })
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

fn chain(before: &[u8], at: i64, what: &str, obligation: Option<i64>, event: Option<&str>, by: &str, data: &str) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(before);
    hash.update(serde_json::json!([at, what, obligation, event, by, data]).to_string().as_bytes());
    hash.finalize().to_vec()
}
