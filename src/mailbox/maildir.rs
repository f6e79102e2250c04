//! A Maildir on this machine.
//!
//! A message is named by the base name of its file, before the `:` that begins the flags, so that it stays the same
//! message when a mail reader marks or moves it. Links are not followed: a link would let whoever can write into the
//! Maildir have any file of ours read as mail.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::{Entry, Mailbox, MailboxError};
use crate::domain::message::ArrivalSource;
use crate::domain::rules::Instant;

/// The longest base name that is taken for a message.
const MAX_NAME_BYTES: usize = 255;
/// 1980-01-01 and 2100-01-01: seconds outside are no time of delivery.
const PLAUSIBLE_SECONDS: std::ops::Range<i64> = 315_532_800..4_102_444_800;

/// A Maildir: the folders `new` and `cur`.
#[derive(Debug)]
pub struct Maildir {
    name: String,
    root: PathBuf,
    read_only: bool,
}

impl Maildir {
    /// The Maildir at `root`; nothing is touched until the first `scan`.
    pub fn new(name: impl Into<String>, root: impl Into<PathBuf>) -> Maildir {
        Maildir { name: name.into(), root: root.into(), read_only: false }
    }

    /// As `new`, but `settle` leaves every file where it is.
    pub fn read_only(name: impl Into<String>, root: impl Into<PathBuf>) -> Maildir {
        Maildir { name: name.into(), root: root.into(), read_only: true }
    }

    /// The folders in which new mail appears, for `watch`.
    pub fn folders(&self) -> [PathBuf; 2] {
        [self.root.join("new"), self.root.join("cur")]
    }

    /// Where the message lies now: by its likely names first, else by listing both folders.
    fn locate(&self, key: &str) -> Result<Option<PathBuf>, MailboxError> {
        let [new, cur] = self.folders();
        let likely = [new.join(key), cur.join(format!("{key}:2,S")), cur.join(key), cur.join(format!("{key}:2,"))];
        if let Some(path) = likely.into_iter().find(|path| is_regular(path)) {
            return Ok(Some(path));
        }
        for folder in [new, cur] {
            for file in list(&folder)? {
                let file = file.map_err(|e| MailboxError::from_io("listing", &folder, &e))?;
                if file.file_name().to_str().is_some_and(|name| base_name(name) == key) && is_regular(&file.path()) {
                    return Ok(Some(file.path()));
                }
            }
        }
        Ok(None)
    }

    fn scan_folder(&self, folder: &Path, seen: &mut BTreeSet<String>, entries: &mut Vec<Entry>) -> Result<(), MailboxError> {
        for file in list(folder)? {
            let file = file.map_err(|e| MailboxError::from_io("listing", folder, &e))?;
            let os_name = file.file_name();
            let Some(name) = os_name.to_str() else {
                tracing::warn!(mailbox = %self.name, file = %os_name.display(), "a file whose name is not UTF-8 is not read as mail");
                continue;
            };
            let key = base_name(name);
            if !is_key(key) {
                continue;
            }
            // `DirEntry::metadata` does not follow links; a file that went away since is not there.
            let metadata = match file.metadata() {
                Ok(metadata) => metadata,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(MailboxError::from_io("reading its size", &file.path(), &error)),
            };
            if !metadata.is_file() || !seen.insert(key.to_owned()) {
                continue;
            }
            let (received, source) =
                arrival(key, &metadata).map_err(|error| MailboxError::from_io("reading its time", &file.path(), &error))?;
            entries.push(Entry { key: key.to_owned(), size_bytes: metadata.len(), received, source });
        }
        Ok(())
    }
}

impl Mailbox for Maildir {
    fn name(&self) -> &str {
        &self.name
    }

    fn scan(&mut self) -> Result<Vec<Entry>, MailboxError> {
        let mut entries = Vec::new();
        let mut seen = BTreeSet::new();
        for folder in self.folders() {
            self.scan_folder(&folder, &mut seen, &mut entries)?;
        }
        entries.sort_by(|a, b| (a.received, &a.key).cmp(&(b.received, &b.key)));
        Ok(entries)
    }

    fn open(&mut self, key: &str) -> Result<Vec<u8>, MailboxError> {
        let vanished = || MailboxError::Vanished { key: key.to_owned() };
        if !is_key(key) {
            return Err(vanished());
        }
        // A mail reader may move the file between the look and the reading: look once more.
        for _ in 0..2 {
            let path = self.locate(key)?.ok_or_else(vanished)?;
            match fs::read(&path) {
                Ok(bytes) => return Ok(bytes),
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(MailboxError::from_io("reading", &path, &error)),
            }
        }
        Err(vanished())
    }

    fn settle(&mut self, keys: &[String]) -> Result<(), MailboxError> {
        if self.read_only || keys.is_empty() {
            return Ok(());
        }
        let [new, cur] = self.folders();
        let mut moved = false;
        for key in keys.iter().filter(|key| is_key(key)) {
            moved |= move_to_cur(&new, &cur, key)?;
        }
        if moved {
            for folder in [cur, new] {
                let synced = File::open(&folder).and_then(|dir| dir.sync_all());
                synced.map_err(|error| MailboxError::from_io("making the moves durable", &folder, &error))?;
            }
        }
        Ok(())
    }
}

/// Moves `new/KEY` to `cur/KEY:2,S`; false when there was nothing to move. A file of that name in `cur` is left alone.
fn move_to_cur(new: &Path, cur: &Path, key: &str) -> Result<bool, MailboxError> {
    let (from, to) = (new.join(key), cur.join(format!("{key}:2,S")));
    if !is_regular(&from) || fs::symlink_metadata(&to).is_ok() {
        return Ok(false);
    }
    match fs::rename(&from, &to) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound && cur.is_dir() => Ok(false),
        Err(error) => Err(MailboxError::from_io("moving the message to cur", &from, &error)),
    }
}

fn list(folder: &Path) -> Result<fs::ReadDir, MailboxError> {
    fs::read_dir(folder).map_err(|error| MailboxError::from_io("listing", folder, &error))
}

fn base_name(file_name: &str) -> &str {
    file_name.split(':').next().unwrap_or(file_name)
}

fn is_key(name: &str) -> bool {
    !name.is_empty() && name.len() <= MAX_NAME_BYTES && !name.starts_with('.') && !name.contains(['/', ':', '\0'])
}

fn is_regular(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file())
}

/// The Unix seconds that begin the name, else the time of modification, in whole seconds.
fn arrival(key: &str, metadata: &fs::Metadata) -> io::Result<(Instant, ArrivalSource)> {
    let named = key.split('.').next().filter(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
    let named = named.and_then(|digits| digits.parse::<i64>().ok()).filter(|seconds| PLAUSIBLE_SECONDS.contains(seconds));
    if let Some(at) = named.and_then(|seconds| DateTime::from_timestamp(seconds, 0)) {
        return Ok((at, ArrivalSource::MaildirName));
    }
    let modified: DateTime<Utc> = metadata.modified()?.into();
    let whole = DateTime::from_timestamp(modified.timestamp(), 0).unwrap_or(modified);
    Ok((whole, ArrivalSource::ModificationTime))
}
