//! `zhibao run`: the daemon.

use super::Everywhere;
use super::failure::Failure;
use super::page::Page;
use super::session::{Session, config_path};

pub fn run(everywhere: &Everywhere) -> Result<Page, Failure> {
    let session = Session::open(everywhere)?;
    for warning in &session.warnings {
        tracing::warn!("{warning}");
    }
    crate::daemon::run(&config_path(everywhere)?, &session.config)?;
    Ok(Page::new())
}
