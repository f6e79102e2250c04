//! What was read out of a file that came with a message.

use serde::{Deserialize, Serialize};

use super::rules::words;

/// The text of an attachment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileText {
    /// As the sender named it; a file within an archive as `archive/file`. Text to be shown, never a path to be opened.
    pub name: String,
    /// What was read; empty where nothing was. LF line ends, cells of a row set apart by tabs.
    pub text: String,
    /// Why the text is not all that the file says; `None`: it is, or the file is of a kind that holds no text for us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lacks: Option<Lack>,
}

/// Why the text of an attachment is not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lack {
    /// It is larger, or unpacks to more, than is read.
    TooLarge,
    /// It took longer than it may.
    TookTooLong,
    /// It is damaged, or the reader failed on it.
    Damaged,
    /// It is locked with a password.
    Protected,
    /// What reads files of its kind is not installed here.
    NoReader,
}

words!(Lack, Lack::TooLarge => "too-large", Lack::TookTooLong => "took-too-long", Lack::Damaged => "damaged",
    Lack::Protected => "protected", Lack::NoReader => "no-reader");

impl FileText {
    /// A file of which nothing is read, because its kind holds no text for us.
    pub fn named(name: &str) -> FileText {
        FileText { name: name.to_owned(), ..FileText::default() }
    }

    /// A file of which nothing could be read.
    pub fn without(name: &str, lacks: Lack) -> FileText {
        FileText { lacks: Some(lacks), ..FileText::named(name) }
    }
}

/// A message as search and a reader of the archive see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// As decoded.
    pub subject: String,
    /// From as written: name and address.
    pub from: String,
    /// The address of From in comparable form; empty where there is none.
    pub sender: String,
    /// The text that a person reads.
    pub text: String,
    /// The files that came with it, with their text.
    pub files: Vec<FileText>,
    /// Some of it was not read.
    pub incomplete: bool,
}

impl Document {
    /// What is made of a message that cannot be read.
    pub fn unreadable() -> Document {
        Document { incomplete: true, ..Document::default() }
    }
}
