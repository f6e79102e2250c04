//! A Maildir on this machine.
//!
//! A message is named by the base name of its file, before the `:` that begins the flags, so that it stays the same
//! message when a mail reader marks or moves it. Links are not followed: a link would let whoever can write into the
//! Maildir have any file of ours read as mail.

use std::collections::{BTreeSet, HashSet};
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

    fn scan_folder(&self, folder: &Path, looked_at: &mut LookedAt<'_>) -> Result<(), MailboxError> {
        for file in list(folder)? {
            let file = file.map_err(|e| MailboxError::from_io("listing", folder, &e))?;
            let os_name = file.file_name();
            let Some(name) = os_name.to_str() else {
                tracing::warn!(mailbox = %self.name, file = %os_name.display(), "a file whose name is not UTF-8 is not read as mail");
                continue;
            };
            let key = base_name(name);
            if !is_key(key) || looked_at.knows(key) {
                continue;
            }
            // `DirEntry::metadata` does not follow links; a file that went away since is not there.
            let metadata = match file.metadata() {
                Ok(metadata) => metadata,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(MailboxError::from_io("reading its size", &file.path(), &error)),
            };
            if !metadata.is_file() || !looked_at.seen.insert(key.to_owned()) {
                continue;
            }
            let (received, source) =
                arrival(key, &metadata).map_err(|error| MailboxError::from_io("reading its time", &file.path(), &error))?;
            looked_at.entries.push(Entry { key: key.to_owned(), size_bytes: metadata.len(), received, source });
        }
        Ok(())
    }
}

/// What a look at both folders has found.
struct LookedAt<'a> {
    /// Known, and not met yet.
    before: HashSet<String>,
    /// Known, and met.
    known: &'a mut HashSet<String>,
    /// Not known, and met: a message that is being moved may lie in both.
    seen: BTreeSet<String>,
    entries: Vec<Entry>,
}

impl LookedAt<'_> {
    fn knows(&mut self, key: &str) -> bool {
        match self.before.take(key) {
            Some(key) => self.known.insert(key),
            None => self.known.contains(key),
        }
    }
}

impl Mailbox for Maildir {
    fn name(&self) -> &str {
        &self.name
    }

    fn scan(&mut self) -> Result<Vec<Entry>, MailboxError> {
        self.scan_beside(&mut HashSet::new())
    }

    fn scan_beside(&mut self, known: &mut HashSet<String>) -> Result<Vec<Entry>, MailboxError> {
        let mut looked_at = LookedAt { before: std::mem::take(known), known, seen: BTreeSet::new(), entries: Vec::new() };
        let looked = self.folders().iter().try_for_each(|folder| self.scan_folder(folder, &mut looked_at));
        let LookedAt { before, known, mut entries, .. } = looked_at;
        if looked.is_err() {
            known.extend(before);
        }
        looked?;
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

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn maildir() -> (tempfile::TempDir, Maildir) {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["new", "cur", "tmp"] {
            fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        let maildir = Maildir::new("submissions", folder.path());
        (folder, maildir)
    }

    fn put(folder: &tempfile::TempDir, path: &str, content: &str) {
        fs::write(folder.path().join(path), content).expect("a file");
    }

    #[test]
    fn mail_is_named_by_its_base_name_and_dated_by_its_seconds() {
        let (folder, mut maildir) = maildir();
        put(&folder, "new/1048000002.M1P2.host", "two");
        put(&folder, "cur/1048000001.M1P1.host,S=3:2,RS", "one");
        put(&folder, "new/report.eml", "no time in the name");
        let entries = maildir.scan().expect("a listing");
        let keys: Vec<&str> = entries.iter().map(|e| e.key.as_str()).collect();
        assert_eq!(keys, ["1048000001.M1P1.host,S=3", "1048000002.M1P2.host", "report.eml"]);
        let first = entries.first().expect("an entry");
        assert_eq!((first.received.timestamp(), first.source, first.size_bytes), (1_048_000_001, ArrivalSource::MaildirName, 3));
        assert_eq!(entries.last().map(|e| e.source), Some(ArrivalSource::ModificationTime));
        assert_eq!(maildir.open("1048000001.M1P1.host,S=3").expect("the mail"), b"one");
    }

    #[test]
    fn what_is_no_mail_is_left_out() {
        let (folder, mut maildir) = maildir();
        put(&folder, "secret", "not mail");
        put(&folder, "new/.hidden", "x");
        fs::create_dir(folder.path().join("new/folder")).expect("a folder");
        symlink(folder.path().join("secret"), folder.path().join("new/1048000001.link")).expect("a link");
        assert_eq!(maildir.scan().expect("a listing"), []);
        for key in ["1048000001.link", "../secret", ".hidden", "folder", ""] {
            assert!(matches!(maildir.open(key), Err(MailboxError::Vanished { .. })), "{key}");
        }
    }

    #[test]
    fn what_is_known_is_left_out_wherever_it_lies_and_forgotten_once_it_is_gone() {
        let (folder, mut maildir) = maildir();
        put(&folder, "new/1048000001.a", "one");
        put(&folder, "cur/1048000002.b:2,S", "two");
        put(&folder, "new/1048000003.c", "three");
        // Moved while it is looked for: it lies in both.
        put(&folder, "cur/1048000001.a:2,S", "one");
        let mut known: HashSet<String> = ["1048000001.a", "1048000002.b", "1048000000.gone"].map(str::to_owned).into();
        let fresh = maildir.scan_beside(&mut known).expect("a listing");
        assert_eq!(fresh.iter().map(|e| e.key.as_str()).collect::<Vec<_>>(), ["1048000003.c"]);
        let met = ["1048000001.a", "1048000002.b"].map(str::to_owned).into();
        assert_eq!(known, met);
        fs::rename(folder.path().join("cur"), folder.path().join("away")).expect("it is the folder's own");
        maildir.scan_beside(&mut known).expect_err("it cannot be listed");
        assert_eq!(known, met, "what is not there was not looked for");
    }

    #[test]
    fn settling_moves_to_cur_and_can_be_repeated() {
        let (folder, mut maildir) = maildir();
        put(&folder, "new/1048000001.a", "one");
        put(&folder, "cur/1048000002.b:2,", "two");
        let keys = ["1048000001.a".to_owned(), "1048000002.b".to_owned(), "gone".to_owned()];
        for _ in 0..2 {
            maildir.settle(&keys).expect("settled");
            assert!(folder.path().join("cur/1048000001.a:2,S").is_file());
            assert!(!folder.path().join("new/1048000001.a").exists());
        }
        assert_eq!(maildir.scan().expect("a listing").len(), 2);
        assert_eq!(maildir.open("1048000001.a").expect("the mail"), b"one");
    }

    #[test]
    fn a_name_used_again_overwrites_nothing() {
        let (folder, mut maildir) = maildir();
        put(&folder, "cur/1048000001.a:2,S", "the first");
        put(&folder, "new/1048000001.a", "the second");
        maildir.settle(&["1048000001.a".to_owned()]).expect("settled");
        assert_eq!(fs::read(folder.path().join("cur/1048000001.a:2,S")).expect("the mail"), b"the first");
        assert_eq!(fs::read(folder.path().join("new/1048000001.a")).expect("the mail"), b"the second");
    }

    #[test]
    fn a_read_only_maildir_stays_as_it_is() {
        let (folder, _) = maildir();
        put(&folder, "new/1048000001.a", "one");
        let mut maildir = Maildir::read_only("replay", folder.path());
        maildir.settle(&["1048000001.a".to_owned()]).expect("nothing done");
        assert!(folder.path().join("new/1048000001.a").is_file());
    }

    #[test]
    fn a_maildir_that_is_not_there_says_what_to_do() {
        let (folder, mut maildir) = maildir();
        fs::remove_dir(folder.path().join("new")).expect("removed");
        let error = maildir.scan().expect_err("no new");
        assert!(matches!(error, MailboxError::Unreachable { .. }));
        assert!(error.to_string().contains("Create the Maildir"), "{error}");
    }

    #[test]
    fn a_watch_wakes_for_new_mail_and_not_for_reading() {
        let (folder, mut maildir) = maildir();
        let (wake, woken) = std::sync::mpsc::channel();
        let _watch = super::super::watch(&maildir.folders(), move || wake.send(()).unwrap_or_default()).expect("a watch");
        put(&folder, "new/1048000001.a", "one");
        woken.recv_timeout(std::time::Duration::from_secs(10)).expect("a hint");
        while woken.recv_timeout(std::time::Duration::from_millis(300)).is_ok() {}
        maildir.scan().expect("a listing");
        maildir.open("1048000001.a").expect("the mail");
        assert!(woken.recv_timeout(std::time::Duration::from_millis(300)).is_err(), "reading is no news");
    }
}
