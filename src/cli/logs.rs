//! Log lines on standard error.

use std::io::{self, IsTerminal};

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

use super::Everywhere;

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// A line each.
    Human,
    /// An object each.
    Json,
}

/// Starts logging: at `info` for the daemon, at `warn` for other commands, more with `-v`; `ZHIBAO_LOG` has the last word.
pub fn start(everywhere: &Everywhere, daemon: bool) {
    let level = match (everywhere.verbose, daemon) {
        (0, false) => "warn",
        (0, true) | (1, false) => "zhibao=info,warn",
        (1, true) | (2, false) => "zhibao=debug,info",
        _ => "trace",
    };
    let filter = EnvFilter::try_from_env("ZHIBAO_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    let started = match everywhere.log {
        LogFormat::Human => lines.try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
    // A test that calls twice keeps the first.
    drop(started);
}
