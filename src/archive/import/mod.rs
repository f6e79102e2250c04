//! mbox, Maildir, folders of .eml → the archive: to be searched, and nothing else. Nothing is answered, counted or owed for it.
//!
//! One thread reads and takes apart, this one writes. How far it has come is committed with the messages, so that an import that
//! was cut off goes on where it was; and what is on record already is known by its content, so that it may be repeated.

mod mbox;
mod walk;

use std::fs::{self, File};
use std::io::{self, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::attachments::document;
use super::helper::Helper;
use crate::domain::attached::Document;
use crate::domain::rules::Instant;
use crate::store::{Books, CommitPoint, ImportCursor, Indexed, NewArchived, SearchIndex, Store, StoreError};
use mbox::Mbox;
use walk::{Form, MailFile, walk};

/// Messages written together: few enough that whoever else writes does not wait long.
const GROUP_MESSAGES: usize = 100;
const GROUP_BYTES: usize = 2 << 20;

/// Messages that are on record already are quickly gone through: so many count as one that is not.
const KNOWN_AS_ONE: u64 = 16;

/// Groups that wait to be written.
const WAITING: usize = 1;

/// Troubles that are told one by one.
const TROUBLES: usize = 20;

/// Why nothing could be imported from a path.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It cannot be opened.
    #[error("{path}: {source}")]
    Path {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is a file that holds no mail.
    #[error("{path} is neither a message nor a mailbox file")]
    NoMail {
        /// Which.
        path: PathBuf,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The thread that reads has failed.
    #[error("reading {path} failed")]
    Reader {
        /// Which.
        path: PathBuf,
    },
}

/// A file that was passed over, because it could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedOver {
    /// Which.
    pub path: PathBuf,
    /// What the system said.
    pub why: String,
}

impl PassedOver {
    fn new(path: &Path, why: String) -> PassedOver {
        PassedOver { path: path.to_owned(), why }
    }
}

/// What an import has come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Messages taken in.
    pub imported: u64,
    /// Messages that were on record.
    pub known: u64,
    /// Messages over the size limit, left out.
    pub too_large: u64,
    /// Messages taken in of which nothing could be read.
    pub unreadable: u64,
    /// Files without anything in them.
    pub empty: u64,
    /// Bytes of files that were gone through, those passed over on resuming among them.
    pub bytes: u64,
    /// It went on where an earlier one had been cut off.
    pub resumed: bool,
    /// Files that could not be read, the first of them.
    pub troubles: Vec<PassedOver>,
    /// All of them.
    pub trouble_count: u64,
}

impl Done {
    fn trouble(&mut self, trouble: PassedOver) {
        self.trouble_count += 1;
        if self.troubles.len() < TROUBLES {
            self.troubles.push(trouble);
        }
    }
}

/// Bytes of all files that hold mail below `paths`, for a progress bar.
pub fn size(paths: &[PathBuf]) -> Result<u64, ImportError> {
    let mut bytes = 0;
    for path in paths {
        let mut count = |file: MailFile| {
            bytes += file.size_bytes;
            false
        };
        walk(path, &mut count, &mut |_| {})?;
    }
    Ok(bytes)
}

/// Imports what lies at `path`, adding to `done`, of which `progress` is told from time to time. Messages of over `limit_bytes`
/// are left out.
pub fn import(
    store: &Store,
    index: &SearchIndex,
    path: &Path,
    limit_bytes: usize,
    now: Instant,
    done: &mut Done,
    progress: &mut dyn FnMut(&Done),
) -> Result<(), ImportError> {
    let root = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let name = root.to_string_lossy().into_owned();
    let cursor = store.read(|books: &Books<'_>| books.import_cursor(&name))?;
    done.resumed |= cursor.is_some();
    let (send, groups) = sync_channel(WAITING);
    let stop = AtomicBool::new(false);
    let reader =
        Reader { known: store.reader()?, helper: Helper::default(), limit_bytes, cursor, send, stop: &stop, group: Group::default() };
    let written = thread::scope(|scope| {
        let reading = scope.spawn(|| reader.read_all(&root));
        let written = write_all(store, index, &name, now, &groups, done, progress);
        stop.store(true, Ordering::Relaxed);
        // A reader that waits to hand on a group must not wait for ever.
        drop(groups);
        match reading.join() {
            Ok(read) => written.and(read),
            Err(_) => Err(ImportError::Reader { path: root.clone() }),
        }
    });
    written?;
    store.write(CommitPoint::Console, |books| books.clear_import_cursor(&name))?;
    Ok(())
}

fn write_all(
    store: &Store,
    index: &SearchIndex,
    name: &str,
    now: Instant,
    groups: &Receiver<Group>,
    done: &mut Done,
    progress: &mut dyn FnMut(&Done),
) -> Result<(), ImportError> {
    for group in groups {
        let mut fresh = Vec::new();
        store.write(CommitPoint::Console, |books| {
            for message in &group.messages {
                let new = NewArchived { raw: &message.raw, sha256: &message.sha256, source: &message.source, at: message.indexed.at };
                fresh.push(books.put_archived(&new, now)?);
            }
            match &group.cursor {
                Some(cursor) => books.set_import_cursor(name, cursor),
                None => Ok(()),
            }
        })?;
        // Were it cut off here, whoever keeps the index next would find them.
        let indexed = fresh.iter().zip(group.messages).filter_map(|(id, message)| Some(message.indexed.with_id((*id)?)));
        let indexed: Vec<Indexed> = indexed.collect();
        index.put(&indexed, None, None)?;
        let imported = fresh.iter().flatten().count() as u64;
        done.imported += imported;
        done.known += fresh.len() as u64 - imported + group.known;
        done.too_large += group.too_large;
        done.unreadable += indexed.iter().filter(|message| message.document == Document::unreadable()).count() as u64;
        done.empty += group.empty;
        done.bytes += group.passed_bytes;
        group.troubles.into_iter().for_each(|trouble| done.trouble(trouble));
        progress(done);
    }
    Ok(())
}

/// Messages on their way into the store, and how far it has come when they are in.
#[derive(Default)]
struct Group {
    messages: Vec<Message>,
    cursor: Option<ImportCursor>,
    bytes: usize,
    passed_bytes: u64,
    known: u64,
    too_large: u64,
    empty: u64,
    troubles: Vec<PassedOver>,
}

struct Message {
    raw: Vec<u8>,
    sha256: [u8; 32],
    source: String,
    /// Taken apart here already; its key is known when it is stored.
    indexed: Indexed,
}

struct Reader<'a> {
    known: Store,
    helper: Helper,
    limit_bytes: usize,
    /// Where an earlier import was cut off.
    cursor: Option<ImportCursor>,
    send: SyncSender<Group>,
    stop: &'a AtomicBool,
    group: Group,
}

impl Reader<'_> {
    fn read_all(mut self, root: &Path) -> Result<(), ImportError> {
        let mut troubles = Vec::new();
        let mut failed = None;
        let mut take = |file: MailFile| match self.file(&file) {
            Ok(()) => self.stop.load(Ordering::Relaxed),
            Err(error) => {
                failed = Some(error);
                true
            }
        };
        walk(root, &mut take, &mut |trouble| troubles.push(trouble))?;
        self.group.troubles.extend(troubles);
        if let Some(error) = failed {
            return Err(error);
        }
        self.hand_on();
        Ok(())
    }

    /// One file that holds mail. What cannot be read is told, and the next file goes on.
    fn file(&mut self, file: &MailFile) -> Result<(), ImportError> {
        let name = file.path.to_string_lossy().into_owned();
        let position = match &self.cursor {
            // Below a folder the order is that of the names, level by level, as paths compare.
            Some(cursor) if file.path.as_path() < Path::new(&cursor.file) || (cursor.file == name && file.form == Form::Message) => {
                self.group.passed_bytes += file.size_bytes;
                return Ok(());
            }
            Some(cursor) if cursor.file == name => cursor.position_bytes,
            _ => 0,
        };
        let read = match file.form {
            Form::Message if position > 0 => {
                self.group.passed_bytes += file.size_bytes;
                return Ok(());
            }
            Form::Message => self.single(file, &name),
            Form::Mailbox => self.mailbox(file, &name, position),
        };
        match read {
            Ok(stored) => stored,
            Err(error) => {
                self.group.troubles.push(PassedOver::new(&file.path, error.to_string()));
                Ok(())
            }
        }
    }

    fn single(&mut self, file: &MailFile, name: &str) -> io::Result<Result<(), ImportError>> {
        let limit = self.limit_bytes as u64;
        self.group.passed_bytes += file.size_bytes;
        let end = ImportCursor { file: name.to_owned(), position_bytes: file.size_bytes.max(1) };
        if file.size_bytes > limit {
            self.group.too_large += 1;
            return Ok(Ok(()));
        }
        let raw = fs::read(&file.path)?;
        Ok(self.message(raw, name.to_owned(), modified(&file.path), end))
    }

    fn mailbox(&mut self, file: &MailFile, name: &str, position: u64) -> io::Result<Result<(), ImportError>> {
        let mut input = File::open(&file.path)?;
        let position = resumable(&mut input, position)?;
        self.group.passed_bytes += position;
        let at = modified(&file.path);
        let mut mailbox = Mbox::new(BufReader::with_capacity(256 << 10, input), position, self.limit_bytes);
        while let Some(found) = mailbox.next()? {
            self.group.passed_bytes += found.end - found.start;
            let end = ImportCursor { file: name.to_owned(), position_bytes: found.end };
            let read = match found.raw {
                None => {
                    self.group.too_large += 1;
                    Ok(())
                }
                Some(raw) => self.message(raw, format!("{name}#{}", found.start), at, end),
            };
            if read.is_err() || self.stop.load(Ordering::Relaxed) {
                return Ok(read);
            }
        }
        Ok(Ok(()))
    }

    fn message(&mut self, raw: Vec<u8>, source: String, otherwise_at: Instant, end: ImportCursor) -> Result<(), ImportError> {
        self.group.cursor = Some(end);
        if raw.iter().all(u8::is_ascii_whitespace) {
            self.group.empty += 1;
            return Ok(());
        }
        let sha256: [u8; 32] = Sha256::digest(&raw).into();
        if self.known.read(|books: &Books<'_>| books.has_content(&sha256))? {
            self.group.known += 1;
        } else {
            let (document, sent_at) = document(&raw, &self.helper);
            self.group.bytes += raw.len();
            let indexed = Indexed::new(0, sent_at.unwrap_or(otherwise_at), document);
            self.group.messages.push(Message { raw, sha256, source, indexed });
        }
        // How far it has come is written with a group: one of known messages alone must end, too.
        let work = self.group.messages.len() + usize::try_from(self.group.known / KNOWN_AS_ONE).unwrap_or(usize::MAX);
        if work >= GROUP_MESSAGES || self.group.bytes >= GROUP_BYTES {
            self.hand_on();
        }
        Ok(())
    }

    /// A writer that has gone away says so by `stop`.
    fn hand_on(&mut self) {
        self.helper.rest();
        let _ = self.send.send(std::mem::take(&mut self.group));
    }
}

/// Where to go on in a mailbox file: there must be the end of it, or the beginning of a message; else it is another file now.
fn resumable(input: &mut File, position: u64) -> io::Result<u64> {
    use io::Read as _;
    let mut head = Vec::new();
    input.seek(SeekFrom::Start(position))?;
    input.take(5).read_to_end(&mut head)?;
    let length = input.seek(SeekFrom::End(0))?;
    let position = if head == b"From " || position == length { position } else { 0 };
    input.seek(SeekFrom::Start(position))?;
    Ok(position)
}

/// When a file was last changed, in whole seconds.
fn modified(path: &Path) -> Instant {
    let changed = fs::metadata(path).and_then(|about| about.modified()).map(DateTime::<Utc>::from);
    changed.ok().and_then(|at| DateTime::from_timestamp(at.timestamp(), 0)).unwrap_or_default()
}
