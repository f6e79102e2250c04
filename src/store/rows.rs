//! Values of the domain ↔ values of the database.

use std::fmt::Display;
use std::str::FromStr;

use chrono::DateTime;
use rusqlite::{OptionalExtension, Params, Row};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Books, StoreError};
use crate::domain::rules::Instant;

pub(super) type Result<T> = std::result::Result<T, StoreError>;

/// Seconds → moment. Seconds out of chrono's range cannot have been written by us.
pub(super) fn instant(seconds: i64) -> Result<Instant> {
    DateTime::from_timestamp(seconds, 0).ok_or_else(|| StoreError::Unreadable { what: "moment", value: seconds.to_string() })
}

pub(super) fn instant_opt(seconds: Option<i64>) -> Result<Option<Instant>> {
    seconds.map(instant).transpose()
}

pub(super) fn seconds(at: Option<Instant>) -> Option<i64> {
    at.map(|at| at.timestamp())
}

/// The week that holds `from` (seconds since 1970) and the next: within them lie any seven days from there. They are those by which what
/// is new is kept together in the indexes whose first column is `arrival / 604800` or `at / 604800`.
pub(super) fn weeks_from(from: i64) -> [i64; 2] {
    let week = from / 604_800;
    [week, week + 1]
}

/// A word or number in its printed form.
pub(super) fn word<T: FromStr>(what: &'static str, text: &str) -> Result<T> {
    text.parse().map_err(|_| StoreError::Unreadable { what, value: text.to_owned() })
}

pub(super) fn word_opt<T: FromStr>(what: &'static str, text: Option<String>) -> Result<Option<T>> {
    text.map(|text| word(what, &text)).transpose()
}

pub(super) fn text_opt<T: Display>(value: Option<T>) -> Option<String> {
    value.map(|value| value.to_string())
}

pub(super) fn json<T: Serialize>(value: &T) -> String {
    // Our types have string keys and no maps of other kinds: they always serialise.
    serde_json::to_string(value).unwrap_or_else(|error| format!("{{\"unserialisable\":\"{error}\"}}"))
}

pub(super) fn from_json<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| StoreError::Unreadable { what, value: format!("{error}: {text}") })
}

impl Books<'_> {
    pub(super) fn run(&self, sql: &str, values: impl Params) -> Result<usize> {
        Ok(self.db.prepare_cached(sql)?.execute(values)?)
    }

    /// Inserts, and returns the new row's key.
    pub(super) fn insert(&self, sql: &str, values: impl Params) -> Result<i64> {
        Ok(self.db.prepare_cached(sql)?.insert(values)?)
    }

    /// Inserts where nothing stands in the way, and returns the new row's key. `RETURNING` would make a table of its own for it each time.
    pub(super) fn insert_new(&self, sql: &str, values: impl Params) -> Result<Option<i64>> {
        let inserted = self.run(sql, values)? > 0;
        Ok(inserted.then(|| self.db.last_insert_rowid()))
    }

    pub(super) fn one<T>(&self, sql: &str, values: impl Params, read: impl FnOnce(&Row<'_>) -> Result<T>) -> Result<Option<T>> {
        let mut statement = self.db.prepare_cached(sql)?;
        let mut rows = statement.query(values)?;
        rows.next()?.map(read).transpose()
    }

    pub(super) fn all<T>(&self, sql: &str, values: impl Params, mut read: impl FnMut(&Row<'_>) -> Result<T>) -> Result<Vec<T>> {
        let mut statement = self.db.prepare_cached(sql)?;
        let mut rows = statement.query(values)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(read(row)?);
        }
        Ok(found)
    }

    /// The first that `read` takes; the rows after it are not read.
    pub(super) fn first<T>(
        &self,
        sql: &str,
        values: impl Params,
        mut read: impl FnMut(&Row<'_>) -> Result<Option<T>>,
    ) -> Result<Option<T>> {
        let mut statement = self.db.prepare_cached(sql)?;
        let mut rows = statement.query(values)?;
        while let Some(row) = rows.next()? {
            if let Some(found) = read(row)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    pub(super) fn count(&self, sql: &str, values: impl Params) -> Result<u64> {
        Ok(self.db.prepare_cached(sql)?.query_row(values, |row| row.get::<_, i64>(0)).optional()?.unwrap_or(0).unsigned_abs())
    }

    /// The next number of `kind` in `year`.
    pub(super) fn next_ordinal(&self, kind: char, year: u16) -> Result<u32> {
        let kind = kind.to_string();
        let sql = "INSERT INTO counter (kind, year, last) VALUES (?1, ?2, 1) ON CONFLICT (kind, year) DO UPDATE SET last = last + 1";
        self.run(sql, (&kind, year))?;
        let sql = "SELECT last FROM counter WHERE kind = ?1 AND year = ?2";
        let last = self.one(sql, (&kind, year), |row| Ok(row.get::<_, u32>(0)?))?;
        last.ok_or(StoreError::Unreadable { what: "counter", value: format!("{kind}-{year}") })
    }

    /// A value of the store's own bookkeeping.
    pub fn meta(&self, key: &str) -> Result<Option<String>> {
        self.one("SELECT value FROM meta WHERE key = ?1", [key], |row| Ok(row.get(0)?))
    }

    /// Sets it.
    pub fn set_meta(&self, key: &str, value: &str) -> Result<()> {
        self.run("INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value))?;
        Ok(())
    }

    /// Forgets it.
    pub fn clear_meta(&self, key: &str) -> Result<()> {
        self.run("DELETE FROM meta WHERE key = ?1", [key])?;
        Ok(())
    }
}
