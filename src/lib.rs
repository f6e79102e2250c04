//! zhibao (直报) keeps a reporting network honest over ordinary email.

pub mod clock;
pub mod cli;
pub mod config;
pub mod daemon;
pub mod domain;
pub mod mail;
