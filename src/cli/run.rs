//! `zhibao run`: the daemon.

use std::os::unix::process::CommandExt;
use std::process::Command;

use super::Everywhere;
use super::failure::Failure;
use super::page::Page;
use super::session::{Session, config_path};

/// The allocator gives memory back as soon as nobody uses it. If nothing is said it waits for a second, and what a large mail took is
/// still there when the next one comes. It reads this when a process begins, and not again.
const GIVES_BACK: (&str, &str) = ("MIMALLOC_PURGE_DELAY", "0");

/// Begins this process anew, the same but frugal: a daemon keeps for years what it does not give back, and other commands end. Whoever has
/// set the allocator's delay himself keeps it, and where the program cannot be started again it goes on as it is.
pub fn frugally() {
    let (name, value) = GIVES_BACK;
    if std::env::var_os(name).is_some() {
        return;
    }
    let mut words = std::env::args_os();
    let called = words.next().unwrap_or_else(|| "zhibao".into());
    if let Ok(program) = std::env::current_exe() {
        // It returns only where it fails.
        let _ = Command::new(program).arg0(called).args(words).env(name, value).exec();
    }
}

pub fn run(everywhere: &Everywhere) -> Result<Page, Failure> {
    let session = Session::open(everywhere)?;
    for warning in &session.warnings {
        tracing::warn!("{warning}");
    }
    crate::daemon::run(&config_path(everywhere)?, &session.config)?;
    Ok(Page::new())
}
