//! A disk small enough to fill.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A file system in memory, as long as this lives.
pub struct Tmpfs(PathBuf);

impl Tmpfs {
    /// `None`: this user may not mount.
    pub fn mounted(on: &Path, kilobytes: u32) -> Option<Tmpfs> {
        let options = format!("size={kilobytes}k");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(on).output();
        mounted.is_ok_and(|done| done.status.success()).then(|| Tmpfs(on.to_owned()))
    }

    /// Makes room.
    pub fn grow(&self, kilobytes: u32) {
        let options = format!("remount,size={kilobytes}k");
        assert!(Command::new("mount").args(["-o", &options]).arg(&self.0).status().expect("mount is there").success());
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}
