//! Mail: what comes in is read, what goes out is written. Uses `domain` only.

pub mod compose;
pub mod token;
pub mod words;
