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

    fn absorbs_repeats(&self) -> bool {
        true
    }

    fn send(&mut self, letter: &Letter<'_>, before_final_dot: &mut dyn FnMut() -> Result<(), SendError>) -> Result<Accepted, SendError> {
        if !is_safe_name(letter.file_name) {
            let why = format!("“{}” is no safe file name; this is a fault of zhibao, please report it", letter.file_name.escape_debug());
            return Err(SendError::Permanent { why, names_recipient: false });
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
                return Err(SendError::Permanent { why, names_recipient: false });
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::roster::Address;

    fn send(transport: &mut FileTransport, name: &str, bytes: &[u8]) -> Result<Accepted, SendError> {
        let to = Address::parse("yuxian@yangquan.example").expect("an address");
        transport.send(&Letter { file_name: name, bytes, to: &to, envelope_from: None, within: super::super::LONGEST }, &mut || Ok(()))
    }

    fn files(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).expect("a folder").map(|e| e.expect("a file").file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    #[test]
    fn a_letter_is_one_whole_file_however_often_it_is_sent() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = root.path().join("deep/outbox");
        for mut transport in [FileTransport::new("outbox", &folder), FileTransport::not_durable("outbox", &folder)] {
            send(&mut transport, "20030315T063000-N-2003-000042", b"letter").expect("sent");
            assert_eq!(files(&folder), ["20030315T063000-N-2003-000042.eml"]);
        }
        assert_eq!(fs::read(folder.join("20030315T063000-N-2003-000042.eml")).expect("the letter"), b"letter");
    }

    #[test]
    fn another_letter_of_the_same_name_is_refused() {
        let root = tempfile::tempdir().expect("a folder");
        let mut transport = FileTransport::new("outbox", root.path());
        send(&mut transport, "a", b"one").expect("sent");
        assert!(matches!(send(&mut transport, "a", b"two"), Err(SendError::Permanent { .. })));
        assert_eq!(fs::read(root.path().join("a.eml")).expect("the letter"), b"one");
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        let root = tempfile::tempdir().expect("a folder");
        let mut transport = FileTransport::new("outbox", root.path());
        for name in ["../a", "", ".a", "a/b", "信", "a\nb"] {
            assert!(matches!(send(&mut transport, name, b"one"), Err(SendError::Permanent { .. })), "{name:?}");
        }
        assert!(files(root.path()).is_empty());
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_tried_again_later() {
        let root = tempfile::tempdir().expect("a folder");
        let path = root.path().join("outbox");
        fs::write(&path, "a file in the way").expect("a file");
        let mut transport = FileTransport::new("outbox", &path);
        let error = send(&mut transport, "a", b"one").expect_err("no folder");
        assert!(matches!(error, SendError::Temporary { .. }) && error.to_string().contains("move it away"), "{error}");
        fs::remove_file(&path).expect("removed");
        send(&mut transport, "a", b"one").expect("sent");
        fs::remove_dir_all(&path).expect("removed");
        assert!(matches!(send(&mut transport, "b", b"two"), Err(SendError::Temporary { .. })));
        send(&mut transport, "b", b"two").expect("sent after the folder was made again");
    }

    #[test]
    fn a_letter_that_may_not_go_leaves_nothing_behind() {
        let root = tempfile::tempdir().expect("a folder");
        let to = Address::parse("a@b.example").expect("an address");
        let mut transport = FileTransport::new("outbox", root.path());
        let held = SendError::Temporary { why: "held".to_owned() };
        let letter = Letter { file_name: "a", bytes: b"one", to: &to, envelope_from: None, within: super::super::LONGEST };
        assert_eq!(transport.send(&letter, &mut || Err(held.clone())), Err(held.clone()));
        assert!(files(root.path()).is_empty());
    }
}
