//! Letters as files in a folder, each a complete message that any mail reader opens.
//!
//! A letter is written under a temporary name, made durable and then renamed, so that a file with its final name is
//! always whole. The same letter may be sent again: its name and bytes are the same, and nothing changes.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{Accepted, Letter, SendError, Transport};

/// Writes letters into a folder.
#[derive(Debug)]
pub struct FileTransport {
    name: String,
    folder: PathBuf,
    durable: bool,
    folder_is_there: bool,
}

impl FileTransport {
    /// Writes into `folder`, which is created with the first letter. Every letter is durable before it counts as sent.
    pub fn new(name: impl Into<String>, folder: impl Into<PathBuf>) -> FileTransport {
        FileTransport { name: name.into(), folder: folder.into(), durable: true, folder_is_there: false }
    }

    /// As `new`, but leaves it to the system when the bytes reach the disk: for replays, which can be run again.
    pub fn not_durable(name: impl Into<String>, folder: impl Into<PathBuf>) -> FileTransport {
        FileTransport { durable: false, ..FileTransport::new(name, folder) }
    }

    fn make_folder(&mut self) -> Result<(), SendError> {
        if !self.folder_is_there {
            fs::create_dir_all(&self.folder).map_err(|error| fault("creating the folder", &self.folder, &error))?;
            self.folder_is_there = true;
        }
        Ok(())
    }

    fn write_temporary(&self, path: &Path, bytes: &[u8]) -> Result<(), SendError> {
        let written = File::create(path).and_then(|mut file| {
            file.write_all(bytes)?;
            if self.durable { file.sync_all() } else { Ok(()) }
        });
        written.map_err(|error| {
            // A half-written file is of no use to anyone; that it may stay behind changes nothing.
            let _ = fs::remove_file(path);
            fault("writing", path, &error)
        })
    }

    fn sync_folder(&self) -> Result<(), SendError> {
        if !self.durable {
            return Ok(());
        }
        let synced = File::open(&self.folder).and_then(|folder| folder.sync_all());
        // The letter is there, but may not outlast a power cut: write it again.
        synced.map_err(|error| fault("making the folder durable", &self.folder, &error))
    }
}

impl Transport for FileTransport {
    fn name(&self) -> &str {
        &self.name
    }

    fn send(&mut self, letter: &Letter<'_>, before_final_dot: &mut dyn FnMut() -> Result<(), SendError>) -> Result<Accepted, SendError> {
        if !is_safe_name(letter.file_name) {
            let why = format!("“{}” is no safe file name; this is a fault of zhibao, please report it", letter.file_name.escape_debug());
            return Err(SendError::Permanent { why });
        }
        self.make_folder()?;
        let path = self.folder.join(format!("{}.eml", letter.file_name));
        let accepted = Accepted { reply: format!("written to {}", path.display()) };
        match fs::read(&path) {
            Ok(there) if there == letter.bytes => {
                before_final_dot()?;
                self.sync_folder()?;
                return Ok(accepted);
            }
            Ok(_) => {
                let why = format!(
                    "{} holds another letter already, and is not overwritten. Move that file away, then `zhibao outbox retry`",
                    path.display()
                );
                return Err(SendError::Permanent { why });
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(fault("reading", &path, &error)),
        }
        let temporary = self.folder.join(format!(".tmp-{}", letter.file_name));
        if let Err(error) = self.write_temporary(&temporary, letter.bytes) {
            // The folder may have been deleted since: look again at the next attempt.
            self.folder_is_there = false;
            return Err(error);
        }
        if let Err(error) = before_final_dot() {
            // Not sent: the half of it that exists is removed, or overwritten by the next attempt.
            let _ = fs::remove_file(&temporary);
            return Err(error);
        }
        fs::rename(&temporary, &path).map_err(|error| fault("renaming", &temporary, &error))?;
        self.sync_folder()?;
        Ok(accepted)
    }
}

/// ASCII letters, digits and `-_.@+=`, not beginning with a dot, short enough for every file system.
fn is_safe_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 200
        && !name.starts_with('.')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.@+=".contains(&b))
}

fn fault(doing: &str, path: &Path, error: &io::Error) -> SendError {
    let mend = match error.kind() {
        io::ErrorKind::PermissionDenied => "Give the user that runs zhibao write access to the folder",
        io::ErrorKind::ReadOnlyFilesystem => "The file system is mounted read-only: mount it for writing, or name another folder",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "The disk is full: make room",
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => "A file stands where the folder should be: move it away",
        _ => "Check the folder and its disk",
    };
    SendError::Temporary { why: format!("{doing} {}: {error}. {mend}", path.display()) }
}
