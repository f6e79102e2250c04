//! A message → what it and the files that came with it say, within limits for the whole of it.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::helper::Helper;
use super::text::{self, FILE_BYTES};
use crate::clock::Stopwatch;
use crate::domain::attached::{Document, FileText, Lack};
use crate::domain::message::{ParseFlag, ParsedMail};
use crate::domain::rules::Instant;
use crate::mail::parse::{self, Limits};

/// Files of a message that are read.
const FILES: usize = 50;

/// Text of all files of a message.
const TEXT_BYTES: usize = 2 << 20;

/// Of a longer message the rest is not read for search: a mail of forty megabytes must not take that several times over, and files
/// that large are not read anyway.
pub const READ_BYTES: usize = 12 << 20;

/// All files of a message take no longer than this, the last one aside.
const SECONDS: f64 = 12.0;

/// The text of every file of a message, in message order; those that are not read are named.
pub fn texts(raw: &[u8], helper: &Helper) -> Vec<FileText> {
    let mut texts = Texts::by(helper);
    parse::each_file(raw, |file| texts.take(&file.name, &file.media_type, || file.content(FILE_BYTES)));
    texts.found
}

/// The texts of the files of one message, gathered.
struct Texts<'h> {
    helper: &'h Helper,
    watch: Stopwatch,
    found: Vec<FileText>,
    room: usize,
}

impl Texts<'_> {
    fn by(helper: &Helper) -> Texts<'_> {
        Texts { helper, watch: Stopwatch::start(), found: Vec::new(), room: TEXT_BYTES }
    }

    /// `content` is asked for only where it is read.
    fn take<'f>(&mut self, name: &str, media_type: &str, content: impl FnOnce() -> Cow<'f, [u8]>) {
        let lack = match () {
            () if self.found.len() >= FILES || self.room == 0 => Some(Lack::TooLarge),
            () if self.watch.seconds() > SECONDS => Some(Lack::TookTooLong),
            () => None,
        };
        if let Some(lack) = lack {
            self.found.push(FileText::without(name, lack));
            return;
        }
        for mut text in self.helper.read(name, media_type, &content()) {
            if text.text.len() > self.room {
                (text.text, text.lacks) = (String::new(), Some(Lack::TooLarge));
            }
            self.room -= text.text.len();
            self.found.push(text);
        }
    }
}

/// What a message says, for search, and when it says that it was sent. A message that cannot be read has nothing but that.
pub fn document(raw: &[u8], helper: &Helper) -> (Document, Option<Instant>) {
    let unreadable = || (Document::unreadable(), None);
    let is_cut = raw.len() > READ_BYTES;
    let raw = raw.get(..READ_BYTES).unwrap_or(raw);
    let read = catch_unwind(AssertUnwindSafe(|| {
        let mut texts = Texts::by(helper);
        let take = |file: parse::File<'_>| texts.take(&file.name, &file.media_type, || file.content(FILE_BYTES));
        let mail = parse::read_with_files(raw, &[], &Limits::default(), take).ok()?;
        let sent_at = mail.sent_at;
        let document = as_document(&mail, texts.found);
        Some((Document { incomplete: document.incomplete || is_cut, ..document }, sent_at))
    }));
    read.ok().flatten().unwrap_or_else(unreadable)
}

/// A message that has been taken apart; its files are still to be read.
#[derive(Debug)]
pub struct Opened {
    document: Document,
    files: Vec<OpenedFile>,
}

/// A file, decoded.
#[derive(Debug)]
pub struct OpenedFile {
    name: String,
    media_type: String,
    content: Vec<u8>,
}

impl From<parse::File<'_>> for OpenedFile {
    fn from(file: parse::File<'_>) -> OpenedFile {
        let content = file.content(FILE_BYTES);
        // Of a file that holds no text for us, what it is known by is enough.
        let content = match text::kind(&file.name, &file.media_type, &content) {
            Some(_) => content.into_owned(),
            None => content.get(..text::HEAD_BYTES).unwrap_or(&content).to_vec(),
        };
        OpenedFile { name: file.name, media_type: file.media_type, content }
    }
}

impl Opened {
    /// Of a message and the files that came with it.
    pub fn of(mail: &ParsedMail, files: Vec<OpenedFile>) -> Opened {
        Opened { document: as_document(mail, Vec::new()), files }
    }

    /// What it says: the same as `document` of its bytes.
    pub fn document(self, helper: &Helper) -> Document {
        let mut texts = Texts::by(helper);
        let read = catch_unwind(AssertUnwindSafe(|| {
            self.files.iter().for_each(|file| texts.take(&file.name, &file.media_type, || Cow::Borrowed(&file.content)));
        }));
        if read.is_err() {
            return Document::unreadable();
        }
        let is_incomplete = texts.found.iter().any(|file| file.lacks.is_some());
        Document { incomplete: self.document.incomplete || is_incomplete, files: texts.found, ..self.document }
    }

    /// Memory that it takes, about.
    pub fn size_bytes(&self) -> usize {
        self.document.text.len() + 1_000 + self.files.iter().map(|file| file.content.len() + 200).sum::<usize>()
    }
}

fn as_document(mail: &ParsedMail, files: Vec<FileText>) -> Document {
    let from: Vec<String> = mail
        .from
        .iter()
        .map(|from| if from.name.is_empty() { from.address.clone() } else { format!("{} <{}>", from.name, from.address) })
        .collect();
    let sender = match &mail.from[..] {
        [one] => one.comparable().map(|address| address.as_str().to_owned()),
        _ => None,
    };
    Document {
        incomplete: mail.flags.contains(&ParseFlag::Truncated) || files.iter().any(|file| file.lacks.is_some()),
        subject: mail.subject.clone(),
        from: from.join(", "),
        sender: sender.unwrap_or_default(),
        text: mail.text.clone(),
        files,
    }
}
