//! What was ever received, to be looked for: text out of attachments, the index of words, search, import.

pub mod attachments;
pub mod helper;
pub mod import;
pub mod index;
pub mod kept;
pub mod search;
pub mod text;
