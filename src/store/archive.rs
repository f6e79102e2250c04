//! Mail that was imported, and what search needs to know of every message.

use super::Books;
use super::messages::LARGE_BYTES;
use super::rows::{Result, instant, instant_opt, word_opt};
use crate::domain::ids::{QuarantineNo, SubmissionNo, UnitId};
use crate::domain::message::Disposition;
use crate::domain::rules::Instant;

/// A message to be imported.
#[derive(Clone, Debug)]
pub struct NewArchived<'a> {
    /// Its bytes.
    pub raw: &'a [u8],
    /// Their SHA-256.
    pub sha256: &'a [u8; 32],
    /// Where it was found, for people.
    pub source: &'a str,
    /// When it was sent, as far as it says.
    pub at: Instant,
}

/// How far an unfinished import has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportCursor {
    /// The file up to which all is in.
    pub file: String,
    /// Bytes of that file that are in, too.
    pub position_bytes: u64,
}

/// A message as the index of words takes it.
#[derive(Clone, Debug)]
pub struct Unsearched {
    /// The store's key of its content.
    pub id: i64,
    /// SHA-256 of its content.
    pub sha256: [u8; 32],
    /// Its content, or the beginning of it; `None`: reading it has failed often enough.
    pub raw: Option<Vec<u8>>,
    /// When it arrived; of an imported one, when it was sent.
    pub at: Instant,
}

/// What became of a message that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// When it arrived; of an imported one, when it was sent.
    pub at: Instant,
    /// `None`: it waits to be filed, or it was imported.
    pub disposition: Option<Disposition>,
    /// What it was filed as.
    pub submission: Option<SubmissionNo>,
    /// Whose.
    pub unit: Option<UnitId>,
    /// Where it lies aside.
    pub quarantine: Option<QuarantineNo>,
    /// Where it was imported from; `None`: it came by mail.
    pub imported_from: Option<String>,
}

impl Books<'_> {
    /// Takes an imported message in. `None`: its content was there before, imported or come by mail.
    pub fn put_archived(&self, new: &NewArchived<'_>, now: Instant) -> Result<Option<i64>> {
        let sql = "INSERT INTO raw (sha256, bytes) VALUES (?1, ?2) ON CONFLICT (sha256) DO NOTHING";
        let Some(id) = self.insert_new(sql, (&new.sha256[..], new.raw))? else { return Ok(None) };
        let sql = "INSERT INTO archived (raw_id, source, at, imported_at) VALUES (?1, ?2, ?3, ?4)";
        self.run(sql, (id, new.source, new.at.timestamp(), now.timestamp()))?;
        Ok(Some(id))
    }

    /// Whether a content is on record.
    pub fn has_content(&self, sha256: &[u8; 32]) -> Result<bool> {
        Ok(self.count("SELECT count(*) FROM raw WHERE sha256 = ?1", [&sha256[..]])? > 0)
    }

    /// Messages that were imported.
    pub fn archived_count(&self) -> Result<u64> {
        self.count("SELECT count(*) FROM archived", [])
    }

    /// How far the unfinished import of `source` has come.
    pub fn import_cursor(&self, source: &str) -> Result<Option<ImportCursor>> {
        let sql = "SELECT file, position FROM import_cursor WHERE source = ?1";
        self.one(sql, [source], |row| Ok(ImportCursor { file: row.get(0)?, position_bytes: row.get::<_, i64>(1)?.unsigned_abs() }))
    }

    /// Notes how far it has come.
    pub fn set_import_cursor(&self, source: &str, cursor: &ImportCursor) -> Result<()> {
        let sql = "INSERT INTO import_cursor (source, file, position) VALUES (?1, ?2, ?3)
                   ON CONFLICT (source) DO UPDATE SET file = excluded.file, position = excluded.position";
        self.run(sql, (source, &cursor.file, i64::try_from(cursor.position_bytes).unwrap_or(i64::MAX)))?;
        Ok(())
    }

    /// It has come to its end: the next one begins at the beginning.
    pub fn clear_import_cursor(&self, source: &str) -> Result<()> {
        self.run("DELETE FROM import_cursor WHERE source = ?1", [source])?;
        Ok(())
    }

    /// The keys of the contents that came on record after `after`, oldest first, with their sizes in bytes.
    pub fn contents_after(&self, after: i64, limit: u32) -> Result<Vec<(i64, u64)>> {
        let sql = "SELECT id, length(bytes) FROM raw WHERE id > ?1 ORDER BY id LIMIT ?2";
        self.all(sql, (after, limit), |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())))
    }

    /// How many contents came on record after `after`.
    pub fn count_after(&self, after: i64) -> Result<u64> {
        self.count("SELECT count(*) FROM raw WHERE id > ?1", [after])
    }

    /// SHA-256 of a content.
    pub fn content_sha256(&self, id: i64) -> Result<Option<[u8; 32]>> {
        self.one("SELECT sha256 FROM raw WHERE id = ?1", [id], |row| Ok(row.get(0)?))
    }

    /// A content as search takes it, at most `most_bytes` of it. A message at which reading failed `attempts` times has none.
    pub fn unsearched(&self, id: i64, attempts: u32, most_bytes: usize) -> Result<Option<Unsearched>> {
        // Gathered with GROUP BY, the database would take the bytes in hand, however large, before it asks for their length.
        let sql = "SELECT r.sha256, iif(length(r.bytes) < ?3, r.bytes, NULL),
                          coalesce((SELECT max(d.attempts) FROM delivery d WHERE d.raw_id = r.id), 0) < ?2,
                          coalesce((SELECT min(coalesce(d.arrival, d.received_at)) FROM delivery d WHERE d.raw_id = r.id),
                                   (SELECT a.at FROM archived a WHERE a.raw_id = r.id), 0)
                   FROM raw r WHERE r.id = ?1";
        let found = self.one(sql, (id, attempts, LARGE_BYTES as i64), |row| {
            let readable: bool = row.get(2)?;
            Ok((Unsearched { id, sha256: row.get(0)?, raw: row.get(1)?, at: instant(row.get(3)?)? }, readable))
        })?;
        let Some((mut found, readable)) = found else { return Ok(None) };
        found.raw = match found.raw {
            _ if !readable => None,
            Some(mut raw) => {
                raw.truncate(most_bytes);
                Some(raw)
            }
            None => Some(self.large_raw(id, most_bytes)?),
        };
        Ok(Some(found))
    }

    /// When a content arrived; of an imported one, when it was sent.
    pub fn came_at(&self, id: i64) -> Result<Option<Instant>> {
        let sql = "SELECT coalesce(min(coalesce(d.arrival, d.received_at)), a.at, 0)
                   FROM raw r LEFT JOIN delivery d ON d.raw_id = r.id LEFT JOIN archived a ON a.raw_id = r.id
                   WHERE r.id = ?1 GROUP BY r.id";
        self.one(sql, [id], |row| instant(row.get(0)?))
    }

    /// The bytes of a content.
    pub fn content(&self, id: i64) -> Result<Option<Vec<u8>>> {
        self.one("SELECT bytes FROM raw WHERE id = ?1", [id], |row| Ok(row.get(0)?))
    }

    /// What became of a content: of several deliveries of it, the one that was filed, else the first.
    pub fn found(&self, id: i64) -> Result<Option<Found>> {
        let sql = "SELECT coalesce(d.arrival, d.received_at, a.at), d.disposition, s.number, s.unit,
                          iif(d.disposition = 'quarantined', d.reason, NULL), a.source
                   FROM raw r LEFT JOIN delivery d ON d.raw_id = r.id LEFT JOIN archived a ON a.raw_id = r.id
                   LEFT JOIN submission s ON s.delivery_id = d.id
                   WHERE r.id = ?1 ORDER BY s.number IS NULL, d.id LIMIT 1";
        self.one(sql, [id], |row| {
            Ok(Found {
                at: instant_opt(row.get(0)?)?.unwrap_or_default(),
                disposition: word_opt("disposition", row.get(1)?)?,
                submission: word_opt("submission number", row.get(2)?)?,
                unit: row.get::<_, Option<String>>(3)?.map(UnitId),
                quarantine: word_opt("quarantine number", row.get(4)?)?,
                imported_from: row.get(5)?,
            })
        })
    }
}
