//! zhibao (直报) keeps a reporting network honest over ordinary email.

pub mod clock;
pub mod domain;
pub mod store;
