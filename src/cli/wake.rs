//! Wakes the daemon: it watches a file beside the store.

use std::path::{Path, PathBuf};

use crate::clock::Clock;

/// The file whose change wakes the daemon of the store at `store`: its path with `.wake` after it.
pub fn wake_file(store: &Path) -> PathBuf {
    let mut name = store.as_os_str().to_owned();
    name.push(".wake");
    PathBuf::from(name)
}

/// Wakes the daemon of this store, if one runs. It looks at the store now and then by itself, so that a failure costs only time.
pub fn wake(store: &Path) {
    let file = wake_file(store);
    if let Err(error) = std::fs::write(&file, Clock::Wall.now().timestamp().to_string()) {
        tracing::warn!(file = %file.display(), %error, "the daemon could not be woken; it looks by itself within a minute");
    }
}
