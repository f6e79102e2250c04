//! What the store says of itself: whole pages, hashes that fit, rows that belong to each other.

use sha2::{Digest, Sha256};

use super::obligations::{COLUMNS, obligation};
use super::rows::{Result, word};
use super::{Books, STEPS, Store, StoreError};
use crate::domain::ids::NoticeNo;
use crate::domain::message::Disposition;
use crate::domain::obligation::Obligation;

/// No list of damages is longer.
const AT_MOST: u32 = 100;

/// A row that points at one that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphan {
    /// Its table.
    pub table: String,
    /// Its number there, where it has one.
    pub row: Option<i64>,
    /// Where the other one ought to be.
    pub parent: String,
}

/// Some of the archive, hashed anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rehashed {
    /// The last content that was looked at; `None`: there are no more.
    pub last: Option<i64>,
    /// How many there were.
    pub contents: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Those that are not what their hash says.
    pub changed: Vec<i64>,
}

/// Messages by what became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accounts {
    /// Messages seen.
    pub messages: u64,
    /// Those that wait to be filed.
    pub waiting: u64,
    /// Those with a disposition that there is.
    pub disposed: u64,
    /// Contents that belong to no message and were not imported.
    pub lonely: Vec<i64>,
    /// Messages that were filed, and nothing stands there for them.
    pub vanished: Vec<i64>,
}

impl Store {
    /// Refuses a store whose schema is not this version's: `read_only` does not change it.
    pub fn must_be_current(&self) -> Result<()> {
        let path = self.path().display().to_string();
        let have = self.read::<_, StoreError>(|books| books.count("PRAGMA user_version", []))?;
        match have.cmp(&(STEPS.len() as u64)) {
            std::cmp::Ordering::Less => Err(StoreError::Older { path }),
            std::cmp::Ordering::Equal => Ok(()),
            std::cmp::Ordering::Greater => Err(StoreError::Newer { path }),
        }
    }
}

impl Books<'_> {
    /// What is damaged in the pages of the file, as SQLite says it; nothing, if all is well.
    pub fn damages(&self) -> Result<Vec<String>> {
        let said = self.all(&format!("PRAGMA integrity_check({AT_MOST})"), [], |row| Ok(row.get::<_, String>(0)?))?;
        Ok(said.into_iter().filter(|line| line != "ok").collect())
    }

    /// Rows that point at rows that are not there.
    pub fn orphans(&self) -> Result<Vec<Orphan>> {
        let mut found =
            self.all("PRAGMA foreign_key_check", [], |row| Ok(Orphan { table: row.get(0)?, row: row.get(1)?, parent: row.get(2)? }))?;
        found.truncate(AT_MOST as usize);
        Ok(found)
    }

    /// Hashes the next contents after `after`, as many as fit into about `most_bytes`.
    pub fn rehash(&self, after: i64, most_bytes: u64) -> Result<Rehashed> {
        let mut done = Rehashed::default();
        self.first::<()>("SELECT id, sha256, bytes FROM raw WHERE id > ?1 ORDER BY id", [after], |row| {
            let (id, sha256, bytes) = (row.get::<_, i64>(0)?, row.get_ref(1)?, row.get_ref(2)?);
            let content = bytes.as_bytes().map_err(rusqlite::Error::from)?;
            if sha256.as_bytes().map_err(rusqlite::Error::from)? != &Sha256::digest(content)[..] {
                done.changed.push(id);
            }
            done.last = Some(id);
            done.contents += 1;
            done.bytes += content.len() as u64;
            Ok((done.bytes >= most_bytes).then_some(()))
        })?;
        Ok(done)
    }

    /// How many contents the archive has.
    pub fn contents(&self) -> Result<u64> {
        self.count_after(i64::MIN)
    }

    /// What became of all messages.
    pub fn accounts(&self) -> Result<Accounts> {
        let mut accounts = Accounts::default();
        let sql = "SELECT disposition, count(*) FROM delivery GROUP BY 1";
        for (disposition, count) in self.all(sql, [], |row| Ok((row.get::<_, Option<String>>(0)?, row.get::<_, i64>(1)?.unsigned_abs())))? {
            accounts.messages += count;
            match disposition {
                None => accounts.waiting += count,
                Some(text) if text.parse::<Disposition>().is_ok() => accounts.disposed += count,
                Some(_) => {}
            }
        }
        let ids = |sql: &str| self.all(sql, [AT_MOST], |row| Ok(row.get::<_, i64>(0)?));
        accounts.lonely = ids("SELECT id FROM raw r WHERE NOT EXISTS (SELECT 1 FROM delivery d WHERE d.raw_id = r.id)
                               AND NOT EXISTS (SELECT 1 FROM archived a WHERE a.raw_id = r.id) ORDER BY id LIMIT ?1")?;
        accounts.vanished = ids("SELECT id FROM delivery d WHERE
                                 disposition = 'filed' AND NOT EXISTS (SELECT 1 FROM submission s WHERE s.delivery_id = d.id)
                                 OR disposition = 'quarantined' AND NOT EXISTS (SELECT 1 FROM quarantine q WHERE q.delivery_id = d.id)
                                 ORDER BY id LIMIT ?1")?;
        Ok(accounts)
    }

    /// Hands each notice of the record to `look`: its line, its number, the addresses to which it was to go.
    pub fn recorded_notices(&self, mut look: impl FnMut(i64, NoticeNo, Vec<String>) -> Result<()>) -> Result<()> {
        let sql = "SELECT seq, json_extract(data, '$.number'), json_extract(data, '$.to') FROM record WHERE what = 'notice' ORDER BY seq";
        self.first::<()>(sql, [], |row| {
            let number = word("notice number", &row.get::<_, Option<String>>(1)?.unwrap_or_default())?;
            let to = super::rows::from_json("record", &row.get::<_, Option<String>>(2)?.unwrap_or_default())?;
            look(row.get(0)?, number, to)?;
            Ok(None)
        })?;
        Ok(())
    }

    /// Notices of which the record does not know.
    pub fn unrecorded_notices(&self) -> Result<Vec<NoticeNo>> {
        let sql = "SELECT number FROM notice WHERE number NOT IN
                   (SELECT coalesce(json_extract(data, '$.number'), '') FROM record WHERE what = 'notice') ORDER BY number LIMIT ?1";
        self.all(sql, [AT_MOST], |row| word("notice number", &row.get::<_, String>(0)?))
    }

    /// Hands each obligation to `look`, and whether its event took in another one.
    pub fn each_obligation(&self, mut look: impl FnMut(Obligation, bool) -> Result<()>) -> Result<()> {
        let sql =
            format!("SELECT {COLUMNS}, EXISTS (SELECT 1 FROM event e WHERE e.merged_into = obligation.event) FROM obligation ORDER BY id");
        self.first::<()>(&sql, [], |row| {
            look(obligation(row)?, row.get(19)?)?;
            Ok(None)
        })?;
        Ok(())
    }
}
