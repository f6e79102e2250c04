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
pub mod steps;
pub mod store;
pub mod transport;
