//! zhibao (直报) keeps a reporting network honest over ordinary email.

pub mod archive;
pub mod cli;
pub mod clock;
pub mod config;
pub mod daemon;
pub mod demo;
pub mod domain;
pub mod mail;
pub mod mailbox;
pub mod replay;
pub mod secrets;
pub mod steps;
pub mod store;
pub mod tls;
pub mod transport;

/// A fifth quicker for composing and filing than the C library's, for SQLite as well.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;
