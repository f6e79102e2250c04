//! Mail as bytes: reading what came, writing what goes.

pub mod charset;
pub mod compose;
pub mod parse;
pub mod token;
pub mod words;
