//! A hint that something has changed in a folder, so that mail is read at once and not at the next poll.
//!
//! Only a hint: events get lost on network file systems and when the kernel's queue runs over. Whoever uses it rescans
//! on a timer too.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::MailboxError;

/// A running watch; it ends when this is dropped.
#[derive(Debug)]
pub struct Watch {
    _watcher: RecommendedWatcher,
}

/// Calls `wake` whenever something appears or changes in one of `paths`: folders, or single files, which need not exist
/// yet but whose folder must. `wake` runs on a thread of the watch and should return at once.
pub fn watch(paths: &[PathBuf], wake: impl Fn() + Send + 'static) -> Result<Watch, MailboxError> {
    // Events name absolute paths, whatever was asked for.
    let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
    let paths: &[PathBuf] = &paths.iter().map(absolute).collect::<Vec<_>>();
    let folders: Vec<PathBuf> = paths.iter().filter(|path| path.is_dir()).cloned().collect();
    let files: Vec<(PathBuf, OsString)> =
        paths.iter().filter(|path| !path.is_dir()).filter_map(|path| Some((folder_of(path), path.file_name()?.to_owned()))).collect();
    let (watched_folders, watched_files) = (folders.clone(), files.clone());
    let concerns_us = move |path: &Path| {
        watched_folders.iter().any(|folder| path.parent() == Some(folder) || path == folder)
            || watched_files.iter().any(|(folder, name)| path.parent() == Some(folder) && path.file_name() == Some(name))
    };
    let unwatchable =
        |path: &Path, error: &notify::Error| MailboxError::Unwatchable { what: path.display().to_string(), why: error.to_string() };
    let handler = move |event: notify::Result<notify::Event>| match event {
        Ok(event) => {
            if changes_something(event.kind) && (event.paths.is_empty() || event.paths.iter().any(|path| concerns_us(path))) {
                wake();
            }
        }
        // An overrun queue: something happened, and nobody knows what.
        Err(_) => wake(),
    };
    let first = paths.first().map(PathBuf::as_path).unwrap_or(Path::new("."));
    let mut watcher = notify::recommended_watcher(handler).map_err(|error| unwatchable(first, &error))?;
    // A file that is there is watched alone: its folder may be one in which much is written.
    let files = files.into_iter().map(|(folder, name)| Some(folder.join(name)).filter(|file| file.is_file()).unwrap_or(folder));
    let mut all: Vec<PathBuf> = folders.into_iter().chain(files).collect();
    all.sort();
    all.dedup();
    for path in &all {
        watcher.watch(path, RecursiveMode::NonRecursive).map_err(|error| unwatchable(path, &error))?;
    }
    Ok(Watch { _watcher: watcher })
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Reading is no change: our own scan would wake us for ever.
fn changes_something(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(access) => access == AccessKind::Close(AccessMode::Write),
        _ => true,
    }
}
