//! A daemon that a bench has started.

#![allow(dead_code)] // each bench uses its part

use std::fs;
use std::process::Child;

/// Ends with the value.
pub struct Daemon(pub Child);

impl Daemon {
    /// A line of its status, as in `VmRSS:`, in KiB.
    pub fn status_kib(&self, line: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id())).expect("the daemon runs");
        status.lines().find_map(|each| each.strip_prefix(line)?.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
