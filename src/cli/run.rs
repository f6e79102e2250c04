//! `zhibao run`: the daemon.

use super::Everywhere;
use super::failure::Failure;
use super::page::Page;
use super::session;

pub fn run(everywhere: &Everywhere) -> Result<Page, Failure> {
    crate::daemon::run(&session::config_path(everywhere)?)?;
    Ok(Page::new())
}
