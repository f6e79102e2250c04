//! Messages seen, what became of them, and how far each mailbox has been read.

use rusqlite::blob::ZeroBlob;

use super::rows::{Result, instant, instant_opt, word};
use super::{Books, StoreError};
use crate::domain::message::{ArrivalSource, Disposition};
use crate::domain::rules::Instant;

/// Messages from this size on are written and read in parts of it.
pub(super) const LARGE_BYTES: usize = 1 << 20;

/// A message as it was found in a mailbox.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The mailbox's name in the configuration.
    pub mailbox: String,
    /// Its identity there.
    pub key: String,
    /// Size of the raw bytes.
    pub size_bytes: u64,
    /// When the mailbox says that it came.
    pub received_at: Instant,
    /// By what.
    pub received_by: ArrivalSource,
    /// Its bytes.
    pub body: SeenBody,
}

/// The bytes of a message, or why they were not taken.
#[derive(Clone, Debug)]
pub enum SeenBody {
    /// Raw bytes and their SHA-256.
    Raw(Vec<u8>, [u8; 32]),
    /// Over the size limit: left in place.
    TooLarge,
}

/// A message that waits to be filed.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Its delivery.
    pub id: i64,
    /// How often reading it has failed.
    pub attempts: u32,
}

/// A delivery with its raw bytes.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The store's key.
    pub id: i64,
    /// Where it was found.
    pub mailbox: String,
    /// Its identity there.
    pub key: String,
    /// Size of the raw bytes.
    pub size_bytes: u64,
    /// When the mailbox says that it came.
    pub received_at: Instant,
    /// By what.
    pub received_by: ArrivalSource,
    /// The desk vouches for it.
    pub trusted: bool,
    /// How often reading it has failed.
    pub attempts: u32,
    /// `None`: over the size limit, or not asked for.
    pub raw: Option<Vec<u8>>,
    /// The store's key of its content, where that was taken.
    pub content: Option<i64>,
}

/// Name, start of the last reading that succeeded, and what went wrong since.
pub type MailboxState = (String, Option<Instant>, Option<String>);

fn delivery(row: &rusqlite::Row<'_>) -> Result<Delivery> {
    Ok(Delivery {
        id: row.get(0)?,
        mailbox: row.get(1)?,
        size_bytes: row.get::<_, i64>(2)?.unsigned_abs(),
        received_at: instant(row.get(3)?)?,
        received_by: word("arrival source", &row.get::<_, String>(4)?)?,
        trusted: row.get(5)?,
        attempts: row.get(6)?,
        raw: row.get(7)?,
        key: row.get(8)?,
        content: row.get(9)?,
    })
}

impl Books<'_> {
    /// Puts a message on record, raw bytes and cursor at once. `None`: it was there before.
    pub fn put_seen(&self, seen: &Seen, now: Instant) -> Result<Option<i64>> {
        let raw_id = match &seen.body {
            SeenBody::TooLarge => None,
            SeenBody::Raw(bytes, sha256) => match self.put_raw(bytes, sha256)? {
                Some(id) => Some(id),
                None => self.one("SELECT id FROM raw WHERE sha256 = ?1", [&sha256[..]], |row| Ok(row.get::<_, i64>(0)?))?,
            },
        };
        let sql = "INSERT INTO delivery (mailbox, key, raw_id, size_bytes, received_at, received_by, seen_at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (mailbox, key) DO NOTHING";
        let values = (
            &seen.mailbox,
            &seen.key,
            raw_id,
            i64::try_from(seen.size_bytes).unwrap_or(i64::MAX),
            seen.received_at.timestamp(),
            seen.received_by.as_str(),
            now.timestamp(),
        );
        self.insert_new(sql, values)
    }

    /// Keeps bytes once; `None`: they are there. Large ones are written in place: handed over as a value, the database would hold them a second time.
    fn put_raw(&self, bytes: &[u8], sha256: &[u8; 32]) -> Result<Option<i64>> {
        let sql = "INSERT OR IGNORE INTO raw (sha256, bytes) VALUES (?1, ?2)";
        if bytes.len() < LARGE_BYTES {
            return self.insert_new(sql, (&sha256[..], bytes));
        }
        let length =
            i32::try_from(bytes.len()).map_err(|_| StoreError::Unreadable { what: "message of over 2 GB", value: String::new() })?;
        let Some(id) = self.insert_new(sql, (&sha256[..], ZeroBlob(length)))? else { return Ok(None) };
        let mut place = self.db.blob_open("main", "raw", "bytes", id, false)?;
        for (at, part) in bytes.chunks(LARGE_BYTES).enumerate() {
            place.write_at(part, at * LARGE_BYTES)?;
        }
        place.close()?;
        self.forget_pages()?;
        Ok(Some(id))
    }

    /// Whether the message of this key in the mailbox was seen.
    pub fn is_on_record(&self, mailbox: &str, key: &str) -> Result<bool> {
        Ok(self.one("SELECT 1 FROM delivery WHERE mailbox = ?1 AND key = ?2", (mailbox, key), |_| Ok(()))?.is_some())
    }

    /// Messages that wait to be filed, oldest first.
    pub fn waiting(&self, limit: u32) -> Result<Vec<Waiting>> {
        let sql = "SELECT id, attempts FROM delivery WHERE disposition IS NULL ORDER BY received_at, id LIMIT ?1";
        self.all(sql, [limit], |row| Ok(Waiting { id: row.get(0)?, attempts: row.get(1)? }))
    }

    /// How many wait.
    pub fn waiting_count(&self) -> Result<u64> {
        self.count("SELECT count(*) FROM delivery WHERE disposition IS NULL", [])
    }

    /// One delivery with its bytes.
    pub fn delivery(&self, id: i64) -> Result<Option<Delivery>> {
        let sql =
            "SELECT d.id, mailbox, size_bytes, received_at, received_by, trusted, attempts, iif(length(r.bytes) < ?2, r.bytes, NULL), key, raw_id,
                   iif(length(r.bytes) < ?2, NULL, r.id) FROM delivery d LEFT JOIN raw r ON r.id = d.raw_id WHERE d.id = ?1";
        let found = self.one(sql, (id, LARGE_BYTES as i64), |row| Ok((delivery(row)?, row.get::<_, Option<i64>>(10)?)))?;
        let Some((mut delivery, large)) = found else { return Ok(None) };
        if let Some(raw_id) = large {
            delivery.raw = Some(self.large_raw(raw_id, usize::MAX)?);
        }
        Ok(Some(delivery))
    }

    /// The beginning of large bytes, `most` at most. Handed out as a value, the database would hold all of them a second time.
    pub(super) fn large_raw(&self, raw_id: i64, most: usize) -> Result<Vec<u8>> {
        let place = self.db.blob_open("main", "raw", "bytes", raw_id, true)?;
        let mut bytes = vec![0; place.len().min(most)];
        for (at, part) in bytes.chunks_mut(LARGE_BYTES).enumerate() {
            place.read_at_exact(part, at * LARGE_BYTES)?;
        }
        place.close()?;
        self.forget_pages()?;
        Ok(bytes)
    }

    /// What passed through the cache will not be asked for again.
    fn forget_pages(&self) -> Result<()> {
        Ok(self.db.execute_batch("PRAGMA shrink_memory")?)
    }

    /// One delivery whose bytes nobody needs: they are left where they are.
    pub fn delivery_without_bytes(&self, id: i64) -> Result<Option<Delivery>> {
        let sql =
            "SELECT id, mailbox, size_bytes, received_at, received_by, trusted, attempts, NULL, key, raw_id FROM delivery WHERE id = ?1";
        self.one(sql, [id], delivery)
    }

    /// Whether a delivery still waits; another process may have filed it.
    pub fn is_waiting(&self, id: i64) -> Result<bool> {
        Ok(self.count("SELECT count(*) FROM delivery WHERE id = ?1 AND disposition IS NULL", [id])? > 0)
    }

    /// Notes that reading this message is tried once more.
    pub fn mark_attempt(&self, id: i64) -> Result<()> {
        self.run("UPDATE delivery SET attempts = attempts + 1 WHERE id = ?1", [id])?;
        Ok(())
    }

    /// Gives a message its one disposition.
    pub fn dispose(&self, id: i64, disposition: Disposition, reason: &str, arrival: Instant) -> Result<()> {
        let sql = "UPDATE delivery SET disposition = ?2, reason = ?3, arrival = ?4 WHERE id = ?1 AND disposition IS NULL";
        self.run(sql, (id, disposition.as_str(), reason, arrival.timestamp()))?;
        Ok(())
    }

    /// Sends a quarantined message round again, as one that the desk vouches for.
    pub fn release_delivery(&self, id: i64) -> Result<()> {
        self.run("UPDATE delivery SET disposition = NULL, reason = NULL, trusted = 1, attempts = 0 WHERE id = ?1", [id])?;
        Ok(())
    }

    /// Another delivery of the very same bytes that was disposed of, in quarantine aside.
    pub fn same_bytes_before(&self, id: i64) -> Result<Option<i64>> {
        let sql = "SELECT e.id FROM delivery d JOIN delivery e ON e.raw_id = d.raw_id
                   WHERE d.id = ?1 AND e.id <> d.id AND e.disposition IS NOT NULL AND e.disposition <> 'quarantined'
                   ORDER BY e.id LIMIT 1";
        self.one(sql, [id], |row| Ok(row.get(0)?))
    }

    /// Notes how a reading of `mailbox` that began at `started` went.
    pub fn mailbox_read(&self, mailbox: &str, started: Instant, error: Option<&str>) -> Result<()> {
        let sql = match error {
            None => {
                "INSERT INTO mailbox (name, last_read) VALUES (?1, ?2)
                 ON CONFLICT (name) DO UPDATE SET last_read = ?2, error = NULL, error_since = NULL"
            }
            Some(_) => {
                "INSERT INTO mailbox (name, error, error_since) VALUES (?1, ?3, ?2)
                 ON CONFLICT (name) DO UPDATE SET error = ?3, error_since = coalesce(error_since, ?2)"
            }
        };
        let mut statement = self.db.prepare_cached(sql)?;
        match error {
            None => statement.execute((mailbox, started.timestamp()))?,
            Some(error) => statement.execute((mailbox, started.timestamp(), error))?,
        };
        Ok(())
    }

    /// Name, last successful reading and error of each mailbox that was ever tried.
    pub fn mailbox_states(&self) -> Result<Vec<MailboxState>> {
        self.all("SELECT name, last_read, error FROM mailbox ORDER BY name", [], |row| {
            Ok((row.get(0)?, instant_opt(row.get(1)?)?, row.get(2)?))
        })
    }

    /// Everything that had arrived by this moment in all of `mailboxes` has been read and has its disposition.
    /// `None`: one of them was never read, or a message waits of which only its headers say when it arrived (`by_header`).
    pub fn watermark(&self, mailboxes: &[String], by_header: &[String]) -> Result<Option<Instant>> {
        let mut mark: Option<Instant> = None;
        for name in mailboxes {
            let sql = "SELECT last_read FROM mailbox WHERE name = ?1";
            let read = self.one(sql, [name], |row| instant_opt(row.get(0)?))?.flatten();
            match read {
                None => return Ok(None),
                Some(at) => mark = Some(mark.map_or(at, |mark| mark.min(at))),
            }
        }
        for name in by_header {
            if self.count("SELECT EXISTS (SELECT 1 FROM delivery WHERE disposition IS NULL AND mailbox = ?1)", [name])? > 0 {
                return Ok(None);
            }
        }
        let sql = "SELECT received_at FROM delivery WHERE disposition IS NULL ORDER BY received_at, id LIMIT 1";
        let oldest = self.one(sql, [], |row| instant(row.get(0)?))?;
        Ok(match (mark, oldest) {
            (Some(mark), Some(oldest)) => Some(mark.min(oldest - chrono::TimeDelta::seconds(1))),
            (mark, _) => mark,
        })
    }

    /// Which of `keys` in `mailbox` have not been seen.
    pub fn unknown_keys(&self, mailbox: &str, keys: &[String]) -> Result<Vec<bool>> {
        keys.iter().map(|key| Ok(!self.is_on_record(mailbox, key)?)).collect()
    }

    /// An earlier delivery of the same message in the same mailbox under a key of another listing: a mail server has counted its
    /// messages anew. What stands before the last `/` of a key is its listing; keys without one have none.
    pub fn listed_before(&self, id: i64) -> Result<Option<i64>> {
        // The plus keeps the search away from the index of mailboxes: few deliveries share their bytes, many a mailbox.
        let sql = "SELECT e.id, d.key, e.key FROM delivery d JOIN delivery e ON e.raw_id = d.raw_id
                   WHERE d.id = ?1 AND e.id < d.id AND +e.mailbox = d.mailbox
                   UNION ALL
                   SELECT e.id, d.key, e.key FROM delivery d JOIN delivery e ON e.raw_id IS NULL
                   WHERE d.id = ?1 AND d.raw_id IS NULL AND e.id < d.id AND +e.mailbox = d.mailbox
                     AND e.size_bytes = d.size_bytes AND e.received_at = d.received_at";
        let listing = |key: &str| key.rsplit_once('/').map(|(listing, _)| listing.to_owned());
        self.first(sql, [id], |row| {
            let (now, before) = (listing(&row.get::<_, String>(1)?), listing(&row.get::<_, String>(2)?));
            Ok(if now.is_some() && before.is_some() && now != before { Some(row.get(0)?) } else { None })
        })
    }

    /// Identities in `mailbox` that are on record and filed, may be moved out of the way there, and whether into quarantine.
    pub fn unsettled_filed(&self, mailbox: &str, limit: u32) -> Result<Vec<(String, bool)>> {
        let sql = "SELECT key, disposition = 'quarantined' FROM delivery
                   WHERE mailbox = ?1 AND settled = 0 AND raw_id IS NOT NULL AND disposition IS NOT NULL LIMIT ?2";
        self.all(sql, (mailbox, limit), |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// Identities in `mailbox` that are on record and may be moved out of the way there.
    pub fn unsettled(&self, mailbox: &str, limit: u32) -> Result<Vec<String>> {
        let sql = "SELECT key FROM delivery WHERE mailbox = ?1 AND settled = 0 AND raw_id IS NOT NULL LIMIT ?2";
        self.all(sql, (mailbox, limit), |row| Ok(row.get(0)?))
    }

    /// Notes that they have been moved.
    pub fn mark_settled(&self, mailbox: &str, keys: &[String]) -> Result<()> {
        for key in keys {
            self.run("UPDATE delivery SET settled = 1 WHERE mailbox = ?1 AND key = ?2", (mailbox, key))?;
        }
        Ok(())
    }
}
