//! zhibao (直报) keeps a reporting network honest over ordinary email.

pub mod config;
pub mod domain;
pub mod mail;
pub mod mailbox;
pub mod transport;
