//! zhibao (直报) keeps a reporting network honest over ordinary email.

pub mod domain;
pub mod mail;
