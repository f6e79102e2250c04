//! What was read out of attachments.

use super::{Words, say};
use crate::domain::attached::Lack;

impl Words {
    /// A value with the attachment in which it was read.
    pub fn from_attachment(self, value: &str, name: &str) -> String {
        say!(self, format!("{value}（据附件“{name}”）"), format!("{value} (from the attachment “{name}”)"))
    }

    /// Why the text of an attachment is not whole.
    pub fn unread(self, lack: Lack) -> &'static str {
        match lack {
            Lack::TooLarge => say!(self, "过大，未读全", "too large, not read to its end"),
            Lack::TookTooLong => say!(self, "耗时过长，未读全", "took too long, not read to its end"),
            Lack::Damaged => say!(self, "已损坏，未读全", "damaged, not read to its end"),
            Lack::Protected => say!(self, "已加密，未读", "locked with a password, not read"),
            Lack::NoReader => say!(self, "本机没有读取它的程序", "nothing on this machine reads it"),
        }
    }
}
