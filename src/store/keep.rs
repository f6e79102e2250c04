//! Copies of the store: made while it is in use, and put back in its place.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, chown};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::rows::Result;
use super::{Store, StoreError};

/// Pages copied at one step: between two of them the disk is everybody's.
const PAGES: i32 = 256;

/// Between two steps.
const PAUSE: Duration = Duration::from_millis(1);

/// While somebody else holds the file.
const BUSY: Duration = Duration::from_millis(50);

impl Store {
    /// Copies the store at `from`, as it is at one moment, into `to`, which must not be there, for its owner alone. It may be in use: a
    /// writer is not held up, it only cannot tidy its log meanwhile. `progress` hears of pages done and of all. The copy is one file,
    /// whole on the disk.
    ///
    /// # Errors
    /// Where either cannot be used; what there is of the copy is then removed.
    pub fn copy(from: &Path, to: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<()> {
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to);
        made.map_err(|source| failed(to, source))?;
        let copied = copy_into(from, to, progress);
        if copied.is_err() {
            // The error says what went wrong; a half copy is of no use.
            let _ = fs::remove_file(to);
        }
        copied
    }

    /// Gives a whole copy its name, if that is free, and makes it last.
    ///
    /// # Errors
    /// Where there is such a file, which is left alone.
    pub fn name_copy(copy: &Path, file: &Path) -> Result<()> {
        // A link is refused where the name is taken; a renaming would put it in the other's place.
        match fs::hard_link(copy, file) {
            Ok(()) => fs::remove_file(copy).map_err(|source| failed(copy, source))?,
            // A file system without links.
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists && file.symlink_metadata().is_err() => {
                fs::rename(copy, file).map_err(|source| failed(file, source))?;
            }
            Err(source) => return Err(failed(file, source)),
        }
        make_last(file)
    }

    /// Puts a whole copy where the store lies, and keeps what lies there under `aside`, its log as well. Whoever does so holds the
    /// daemon's lock. At no moment is there no store. `aside`: `None` where none lies there.
    pub fn replace(copy: &Path, path: &Path, aside: Option<&Path>) -> Result<()> {
        for (part, aside) in ["-wal", "-shm", ""].into_iter().filter_map(|part| Some((part, aside?))) {
            let old = beside(path, part);
            if old.symlink_metadata().is_ok() {
                let kept = beside(aside, part);
                keep(&old, &kept).map_err(|source| failed(&kept, source))?;
            }
        }
        if beside(copy, "-wal").symlink_metadata().is_ok_and(|log| log.len() > 0) {
            let source = std::io::Error::other("its log could not be taken into it");
            return Err(failed(copy, source));
        }
        give_to_owner(copy, path).map_err(|source| failed(copy, source))?;
        File::open(copy).and_then(|file| file.sync_all()).map_err(|source| failed(copy, source))?;
        make_last(path)?;
        // The log of the old one must not be taken for one of the new.
        for part in ["-wal", "-shm"] {
            let old = beside(path, part);
            if old.symlink_metadata().is_ok() {
                fs::remove_file(&old).map_err(|source| failed(&old, source))?;
            }
        }
        fs::rename(copy, path).map_err(|source| failed(path, source))?;
        make_last(path)
    }
}

/// A store that root puts back belongs to whom the old one belonged, or its folder: the daemon could not open it otherwise.
fn give_to_owner(copy: &Path, path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let model = fs::metadata(path).or_else(|_| fs::metadata(folder))?;
    let made = fs::metadata(copy)?;
    // Whoever is not root can give nothing away, and has put it into a folder of his own or of his group.
    if made.uid() != 0 || (made.uid(), made.gid()) == (model.uid(), model.gid()) {
        return Ok(());
    }
    chown(copy, Some(model.uid()), Some(model.gid()))
}

/// Gives a file a second name. Where there are no links, a copy does; the first one goes when another takes its place.
fn keep(old: &Path, kept: &Path) -> std::io::Result<()> {
    match fs::hard_link(old, kept) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => fs::copy(old, kept).and_then(|_| File::open(kept)?.sync_all()),
        done => done,
    }
}

/// The name with something after it: a file that belongs to it.
fn beside(path: &Path, part: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(part);
    PathBuf::from(name)
}

fn copy_into(from: &Path, to: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<()> {
    let open = |path: &Path| {
        let shown = path.display().to_string();
        move |source| StoreError::Open { path: shown, source }
    };
    let source =
        Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(open(from))?;
    source.busy_timeout(Duration::from_secs(10)).map_err(open(from))?;
    // One moment of it: without this, each commit of a daemon would begin the copy anew.
    source.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema;")?;
    let mut copy = Connection::open(to).map_err(open(to))?;
    {
        let backup = Backup::new(&source, &mut copy)?;
        loop {
            let step = backup.step(PAGES)?;
            let state = backup.progress();
            progress((state.pagecount - state.remaining).max(0) as u64, state.pagecount.max(0) as u64);
            match step {
                StepResult::Done => break,
                StepResult::Busy | StepResult::Locked => sleep(BUSY),
                _ => sleep(PAUSE),
            }
        }
    }
    // One file alone, which needs no log beside it.
    copy.pragma_update(None, "journal_mode", "DELETE")?;
    copy.close().map_err(|(_, error)| StoreError::from(error))?;
    File::open(to).and_then(|file| file.sync_all()).map_err(|source| failed(to, source))
}

fn make_last(file: &Path) -> Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|source| failed(folder, source))
}

fn failed(file: &Path, source: std::io::Error) -> StoreError {
    StoreError::File { path: file.display().to_string(), source }
}
