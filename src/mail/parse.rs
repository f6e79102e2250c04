//! Raw bytes → `ParsedMail`.

use crate::domain::message::{ParsedMail, Unreadable};

/// How much of a message is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// MIME parts.
    pub parts: usize,
    /// Levels of parts within parts.
    pub depth: usize,
    /// Bytes of text, after transfer decoding.
    pub text_bytes: usize,
    /// Bytes of the header block.
    pub header_bytes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { parts: 300, depth: 30, text_bytes: 2 << 20, header_bytes: 256 << 10 }
    }
}

/// Reads a message.
pub fn read(raw: &[u8], boundary: &[String], limits: &Limits) -> Result<ParsedMail, Unreadable> {
    let _ = (raw, boundary, limits);
    Err(Unreadable::Empty)
}

/// The decoded content of the attachment at `index` of `ParsedMail::attachments`.
pub fn attachment_content(raw: &[u8], index: usize) -> Option<Vec<u8>> {
    let _ = (raw, index);
    None
}
