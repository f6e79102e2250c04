//! Mail as bytes: reading what came, writing what goes.

pub mod charset;
pub mod parse;
