//! A message → what it and the files that came with it say, within limits for the whole of it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::helper::Helper;
use super::text::FILE_BYTES;
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
    let watch = Stopwatch::start();
    let mut found: Vec<FileText> = Vec::new();
    let mut room = TEXT_BYTES;
    parse::each_file(raw, |file| {
        let lack = match () {
            () if found.len() >= FILES || room == 0 => Some(Lack::TooLarge),
            () if watch.seconds() > SECONDS => Some(Lack::TookTooLong),
            () => None,
        };
        if let Some(lack) = lack {
            found.push(FileText::without(&file.name, lack));
            return;
        }
        for mut text in helper.read(&file.name, &file.media_type, &file.content(FILE_BYTES)) {
            if text.text.len() > room {
                (text.text, text.lacks) = (String::new(), Some(Lack::TooLarge));
            }
            room -= text.text.len();
            found.push(text);
        }
    });
    found
}

/// What a message says, for search, and when it says that it was sent. A message that cannot be read has nothing but that.
pub fn document(raw: &[u8], helper: &Helper) -> (Document, Option<Instant>) {
    let unreadable = || (Document::unreadable(), None);
    let is_cut = raw.len() > READ_BYTES;
    let raw = raw.get(..READ_BYTES).unwrap_or(raw);
    let read = catch_unwind(AssertUnwindSafe(|| {
        let mail = parse::read(raw, &[], &Limits::default()).ok()?;
        let files = if mail.attachments.is_empty() { Vec::new() } else { texts(raw, helper) };
        let sent_at = mail.sent_at;
        let document = as_document(mail, files);
        Some((Document { incomplete: document.incomplete || is_cut, ..document }, sent_at))
    }));
    read.ok().flatten().unwrap_or_else(unreadable)
}

fn as_document(mail: ParsedMail, files: Vec<FileText>) -> Document {
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
        subject: mail.subject,
        from: from.join(", "),
        sender: sender.unwrap_or_default(),
        text: mail.text,
        files,
    }
}
