//! Wiring: configuration → setup, mailboxes and transports → the steps, each in a supervised loop.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::Config;
use crate::mail::compose::Composer;
use crate::mail::token::Key;
use crate::steps::{MailboxSetup, Setup};

/// The configuration as the steps need it.
pub fn setup(config: &Config, key: Key) -> Setup {
    let mailbox = |mailbox: &crate::config::MailboxConfig| MailboxSetup {
        name: mailbox.name.clone(),
        boundary: mailbox.boundary.clone(),
        max_size_bytes: mailbox.max_size_bytes,
    };
    Setup {
        roster: config.roster.clone(),
        rules: config.rules.clone(),
        rulesets: Default::default(),
        zone: config.timezone,
        language: config.language,
        mailboxes: config.mailboxes.iter().map(mailbox).collect(),
        key,
        composer: Arc::new(Composer::new()),
    }
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// It cannot be read.
    #[error("the key file {path} cannot be read: {source}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It cannot be made.
    #[error("the key file {path} cannot be made: {source}")]
    Make {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It holds something else.
    #[error("the key file {path} holds {bytes} bytes and not 32")]
    Length {
        /// Which file.
        path: PathBuf,
        /// How many it holds.
        bytes: usize,
    },
}

/// The key that signs reply tokens, from its file; made there, readable by its owner alone, where there is none.
pub fn load_or_make_key(path: &Path) -> Result<Key, KeyError> {
    match std::fs::read(path) {
        Ok(bytes) => Key::from_slice(&bytes).ok_or(KeyError::Length { path: path.to_owned(), bytes: bytes.len() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => make_key(path),
        Err(source) => Err(KeyError::Read { path: path.to_owned(), source }),
    }
}

/// Written whole beside its place and put there without replacing another's: two that start at once end with one key.
fn make_key(path: &Path) -> Result<Key, KeyError> {
    let failed = |source| KeyError::Make { path: path.to_owned(), source };
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| failed(io::Error::other(error)))?;
    let beside = path.with_extension(format!("{}.tmp", std::process::id()));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside).map_err(failed)?;
    let written = file.write_all(&bytes).and_then(|()| file.sync_all()).and_then(|()| std::fs::hard_link(&beside, path));
    let removed = std::fs::remove_file(&beside);
    match written {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return load_or_make_key(path),
        other => other.and(removed).map_err(failed)?,
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    Ok(Key::new(bytes))
}

/// Why the daemon ended.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// It is not built.
    #[error("`zhibao run` is not in this version")]
    NotBuilt,
}

/// Runs until told to stop.
pub fn run(_config_path: &Path) -> Result<(), DaemonError> {
    Err(DaemonError::NotBuilt)
}
