//! The key of reply tokens: 32 random bytes in a file of its own, made on first start.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::mail::token::Key;

/// The key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// It cannot be read or written.
    #[error("the key file {path} cannot be used: {source}. Give [office] key_file a place that this user may write to")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is no key.
    #[error(
        "the key file {0} does not hold 32 bytes. Put the right one back from a backup; with a new key, replies to notices already sent are refused"
    )]
    NoKey(PathBuf),
    /// The system gave no random bytes.
    #[error("no random bytes for the key file {0} could be had from the system")]
    NoRandomness(PathBuf),
}

/// Reads the key, or makes one that only this user can read.
pub fn load_or_make_key(path: &Path) -> Result<Key, KeyError> {
    let failed = |source| KeyError::File { path: path.to_owned(), source };
    match fs::read(path) {
        Ok(bytes) => Key::from_slice(&bytes).ok_or_else(|| KeyError::NoKey(path.to_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let mut bytes = [0; 32];
            getrandom::fill(&mut bytes).map_err(|_| KeyError::NoRandomness(path.to_owned()))?;
            // Written whole under another name first: a key file is never half a key.
            let part = path.with_extension("key-part");
            let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part).map_err(failed)?;
            file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(failed)?;
            fs::rename(&part, path).map_err(failed)?;
            Ok(Key::new(bytes))
        }
        Err(error) => Err(failed(error)),
    }
}
