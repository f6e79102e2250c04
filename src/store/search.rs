//! The index of words: a file of its own beside the store, made from what the store holds, and made anew when it does not fit it.
//!
//! It is apart so that filing never waits for it, and a backup does not carry it. Its index holds no text (FTS5, contentless);
//! the text beside it is what a match is weighed by and shown from, so that no message has to be read again for a question.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use super::rows::{Result, from_json, instant, json};
use super::{StoreError, for_its_owner_alone};
use crate::domain::attached::{Document, FileText};
use crate::domain::rules::Instant;
use crate::domain::search::split;

/// Changes whenever what stands in the index changes its form; another one is made anew.
const VERSION: i64 = 2;

/// Messages of one day in the order of the index.
const A_DAY: i64 = 1 << 24;

/// Stands between the parts of a message, so that no phrase goes on from one into the next.
const BETWEEN: &str = " \u{fffc} ";

const SCHEMA: &str = "
    CREATE TABLE reached (one INTEGER PRIMARY KEY CHECK (one = 1), id INTEGER NOT NULL, sha256 BLOB NOT NULL) STRICT;
    -- Apart from the texts, because questions about a time or a unit go through many of these rows.
    CREATE TABLE document (
        key INTEGER PRIMARY KEY,            -- the words' rowid: grows with the day of the message, see `key`
        id INTEGER NOT NULL UNIQUE,         -- that of the content in the store
        at INTEGER NOT NULL,
        sender TEXT NOT NULL                -- address in comparable form
    ) STRICT;
    CREATE TABLE content (
        id INTEGER PRIMARY KEY,
        incomplete INTEGER NOT NULL,
        from_written TEXT NOT NULL,
        subject TEXT NOT NULL,
        text TEXT NOT NULL,
        files TEXT NOT NULL                 -- names and texts, as JSON
    ) STRICT;
    CREATE VIRTUAL TABLE words USING fts5 (tokens, content = '', columnsize = 0, tokenize = 'ascii');
    CREATE VIRTUAL TABLE titles USING fts5 (tokens, content = '', columnsize = 0, tokenize = 'ascii');";

/// The index, open.
#[derive(Debug)]
pub struct SearchIndex {
    db: Mutex<Connection>,
    path: PathBuf,
}

/// A message to be put into the index.
#[derive(Clone, Debug)]
pub struct Indexed {
    /// The store's key of its content.
    pub id: i64,
    /// When it arrived, or was sent.
    pub at: Instant,
    /// What it says.
    pub document: Document,
    /// In the form of the index.
    tokens: String,
    subject_tokens: String,
}

impl Indexed {
    /// Takes a message apart for the index.
    pub fn new(id: i64, at: Instant, document: Document) -> Indexed {
        let subject_tokens = split(&document.subject);
        let mut tokens = subject_tokens.clone();
        let files = document.files.iter().flat_map(|file| [&file.name, &file.text]);
        for part in [&document.text, &document.from].into_iter().chain(files).filter(|part| !part.is_empty()) {
            tokens.push_str(BETWEEN);
            tokens.push_str(&split(part));
        }
        Indexed { id, at, document, tokens, subject_tokens }
    }

    /// The same under the key that it was stored by.
    #[must_use]
    pub fn with_id(self, id: i64) -> Indexed {
        Indexed { id, ..self }
    }
}

/// What a message that is in the index says.
#[derive(Clone, Debug)]
pub struct InIndex {
    /// The store's key of its content.
    pub id: i64,
    /// When it arrived, or was sent.
    pub at: Instant,
    /// What it says.
    pub document: Document,
}

/// Moments between which a message must have come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Not earlier.
    pub since: Option<Instant>,
    /// Earlier than this.
    pub until: Option<Instant>,
}

/// Messages that hold what was looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidates {
    /// Their keys, newest first.
    pub ids: Vec<i64>,
    /// There are more.
    pub more: bool,
}

impl SearchIndex {
    /// Where the index of a store lies.
    pub fn path_of(store: &Path) -> PathBuf {
        store.with_extension("search")
    }

    /// Opens the index of a store, making it as needed.
    pub fn open(store: &Path) -> Result<SearchIndex> {
        let path = SearchIndex::path_of(store);
        let open = |source| StoreError::Open { path: path.display().to_string(), source };
        for_its_owner_alone(&path);
        let db = Connection::open(&path).map_err(open)?;
        db.busy_timeout(Duration::from_secs(30)).map_err(open)?;
        db.pragma_update(None, "journal_mode", "WAL").map_err(open)?;
        // What power loss takes from it is made again from the store.
        db.pragma_update(None, "synchronous", "NORMAL").map_err(open)?;
        db.pragma_update(None, "cache_size", -4_000).map_err(open)?;
        db.set_prepared_statement_cache_capacity(32);
        let index = SearchIndex { db: Mutex::new(db), path };
        index.make_if_needed()?;
        Ok(index)
    }

    /// Lets go of memory that nobody needs while there is nothing to be put in.
    pub fn rest(&self) -> Result<()> {
        Ok(self.connection().execute_batch("PRAGMA shrink_memory")?)
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The last content that is in, with its SHA-256: the store's must be the same.
    pub fn reached(&self) -> Result<Option<(i64, [u8; 32])>> {
        Ok(reached(&self.connection())?)
    }

    /// Puts messages in, and notes that everything through `reached` is. `after`: what had been reached when they were chosen; if
    /// somebody else has gone on since, nothing is written. Messages that are in are passed over.
    pub fn put(&self, messages: &[Indexed], after: Option<i64>, reaches: Option<(i64, [u8; 32])>) -> Result<bool> {
        let mut db = self.connection();
        let begun = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if reaches.is_some() && reached(&begun)?.map(|(id, _)| id) != after {
            return Ok(false);
        }
        // Words go in fastest in the order of the index.
        let mut messages: Vec<&Indexed> = messages.iter().collect();
        messages.sort_by_key(|message| day(message.at));
        for message in messages {
            put(&begun, message)?;
        }
        if let Some((id, sha256)) = reaches {
            let sql = "INSERT INTO reached (one, id, sha256) VALUES (1, ?1, ?2)
                       ON CONFLICT (one) DO UPDATE SET id = excluded.id, sha256 = excluded.sha256";
            begun.prepare_cached(sql)?.execute((id, &sha256[..]))?;
        }
        begun.commit().map_err(|source| StoreError::Database { doing: "writing the index of words", source })?;
        Ok(true)
    }

    /// Whether a content is in.
    pub fn has(&self, id: i64) -> Result<bool> {
        let db = self.connection();
        let found = db.prepare_cached("SELECT 1 FROM document WHERE id = ?1")?.query_row([id], |_| Ok(())).optional()?;
        Ok(found.is_some())
    }

    /// Empties it: it belongs to another store, or to another state of this one.
    pub fn clear(&self) -> Result<()> {
        let mut db = self.connection();
        let begun = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        make(&begun)?;
        Ok(begun.commit()?)
    }

    /// Messages in it.
    pub fn len(&self) -> Result<u64> {
        Ok(self.connection().query_row("SELECT count(*) FROM document", [], |row| row.get::<_, i64>(0))?.unsigned_abs())
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.len()? == 0)
    }

    /// The newest `limit` messages that match, by the day of their arrival and not by that on which they were put in; with
    /// `in_subject`, those whose subject does. `question` is in the language of the index (`Question::for_index`).
    pub fn newest(&self, question: &str, in_subject: bool, limit: usize) -> Result<Candidates> {
        let table = table(in_subject);
        let sql = format!(
            "SELECT d.id FROM {table} JOIN document d ON d.key = {table}.rowid WHERE {table} MATCH ?1 ORDER BY {table}.rowid DESC LIMIT ?2"
        );
        let db = self.connection();
        let mut statement = db.prepare_cached(&sql)?;
        let ids = statement.query_map((question, i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1)), |row| row.get(0))?;
        let mut ids: Vec<i64> = ids.collect::<std::result::Result<_, _>>()?;
        let more = ids.len() > limit;
        ids.truncate(limit);
        Ok(Candidates { ids, more })
    }

    /// The same, of those that came within `span` and that `keep`, told key and sender, wants.
    pub fn newest_of<E: From<StoreError>>(
        &self,
        question: &str,
        in_subject: bool,
        span: Span,
        limit: usize,
        mut keep: impl FnMut(i64, &str) -> std::result::Result<bool, E>,
    ) -> std::result::Result<Candidates, E> {
        let table = table(in_subject);
        let sql = format!(
            "SELECT d.id, d.sender FROM {table} JOIN document d ON d.key = {table}.rowid
             WHERE {table} MATCH ?1 AND d.at >= ?2 AND d.at < ?3 ORDER BY {table}.rowid DESC"
        );
        let db = self.connection();
        let values = (question, span.since.map_or(i64::MIN, |at| at.timestamp()), span.until.map_or(i64::MAX, |at| at.timestamp()));
        let mut statement = db.prepare_cached(&sql).map_err(StoreError::from)?;
        let mut rows = statement.query(values).map_err(StoreError::from)?;
        let mut found = Candidates::default();
        while let Some(row) = rows.next().map_err(StoreError::from)? {
            let (id, sender) = (row.get(0).map_err(StoreError::from)?, row.get::<_, String>(1).map_err(StoreError::from)?);
            if !keep(id, &sender)? {
                continue;
            }
            if found.ids.len() == limit {
                found.more = true;
                break;
            }
            found.ids.push(id);
        }
        Ok(found)
    }

    /// What a message says.
    pub fn document(&self, id: i64) -> Result<Option<InIndex>> {
        let db = self.connection();
        let sql = "SELECT d.at, d.sender, c.from_written, c.incomplete, c.subject, c.text, c.files
                   FROM content c JOIN document d ON d.id = c.id WHERE c.id = ?1";
        let mut statement = db.prepare_cached(sql)?;
        let mut rows = statement.query([id])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let files = row.get_ref(6)?.as_str().map_err(rusqlite::Error::from)?;
        let files: Vec<FileText> = if files.is_empty() { Vec::new() } else { from_json("attachments", files)? };
        let document =
            Document { sender: row.get(1)?, from: row.get(2)?, incomplete: row.get(3)?, subject: row.get(4)?, text: row.get(5)?, files };
        Ok(Some(InIndex { id, at: instant(row.get(0)?)?, document }))
    }

    /// Merges what many small additions have left: questions are answered faster after it.
    pub fn tidy(&self) -> Result<()> {
        let db = self.connection();
        for table in ["words", "titles"] {
            db.execute(&format!("INSERT INTO {table} ({table}) VALUES ('optimize')"), [])?;
        }
        Ok(())
    }

    fn make_if_needed(&self) -> Result<()> {
        let mut db = self.connection();
        let version = |db: &Connection| db.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0));
        if version(&db)? == VERSION {
            return Ok(());
        }
        let begun = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if version(&begun)? != VERSION {
            make(&begun)?;
        }
        Ok(begun.commit()?)
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A writer that panicked has rolled back when its transaction was dropped: the connection is sound.
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn table(in_subject: bool) -> &'static str {
    if in_subject { "titles" } else { "words" }
}

fn make(db: &Connection) -> std::result::Result<(), rusqlite::Error> {
    for table in ["words", "titles", "document", "content", "reached"] {
        db.execute_batch(&format!("DROP TABLE IF EXISTS {table}"))?;
    }
    db.execute_batch(SCHEMA)?;
    db.pragma_update(None, "user_version", VERSION)
}

fn reached(db: &Connection) -> std::result::Result<Option<(i64, [u8; 32])>, rusqlite::Error> {
    db.prepare_cached("SELECT id, sha256 FROM reached")?.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()
}

fn put(db: &Connection, message: &Indexed) -> Result<()> {
    let Indexed { id, at, document, tokens, subject_tokens } = message;
    let files = if document.files.is_empty() { String::new() } else { json(&document.files) };
    let key = key(db, *at)?;
    let sql = "INSERT INTO document (key, id, at, sender) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (id) DO NOTHING";
    if db.prepare_cached(sql)?.execute((key, id, at.timestamp(), &document.sender))? == 0 {
        return Ok(());
    }
    let sql = "INSERT INTO content (id, incomplete, from_written, subject, text, files) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    db.prepare_cached(sql)?.execute((id, document.incomplete, &document.from, &document.subject, &document.text, files))?;
    db.prepare_cached("INSERT INTO words (rowid, tokens) VALUES (?1, ?2)")?.execute((key, tokens))?;
    db.prepare_cached("INSERT INTO titles (rowid, tokens) VALUES (?1, ?2)")?.execute((key, subject_tokens))?;
    Ok(())
}

/// The day of a message, counted from 1970; what claims to be older counts as of the first.
fn day(at: Instant) -> i64 {
    at.timestamp().div_euclid(86_400).max(0)
}

/// The next free key of the message's day, or of the first day after it that has one: the newest messages are those with the highest
/// keys, whenever they were put in, and those of one day lie close together, which keeps the index small.
fn key(db: &Connection, at: Instant) -> Result<i64> {
    let mut day = day(at);
    loop {
        let (first, end) = (day * A_DAY, (day + 1) * A_DAY);
        let last = "SELECT max(key) FROM document WHERE key >= ?1 AND key < ?2";
        match db.prepare_cached(last)?.query_row((first, end), |row| row.get::<_, Option<i64>>(0))? {
            Some(last) if last + 1 == end => day += 1,
            last => return Ok(last.map_or(first, |last| last + 1)),
        }
    }
}
