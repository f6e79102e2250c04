//! Raw bytes → `ParsedMail`.
//!
//! Whatever comes is read as far as it can be, within limits, in one pass, and says in its flags what was wrong with
//! it. mail-parser does the parsing; `mend` and `mask` keep it from going astray, and the charsets are ours (`mail::charset`),
//! because it decodes before anybody has looked at the bytes.

mod body;
mod date;
pub(in crate::mail) mod fields;
mod html;
mod mask;
mod mend;
mod report;
mod signs;
mod thin;
pub(crate) mod transfer;
mod tree;

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::domain::message::{Attachment, Mailbox, ParseFlag, ParsedMail, Unreadable};
use crate::mail::charset::Decoded;
use crate::mail::charset::words::header_text;
use crate::mail::token;
use fields::{Headers, mailboxes};
pub use report::status_in;
use tree::Part;

/// How much of a message is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// MIME parts.
    pub parts: usize,
    /// Levels of parts within parts.
    pub depth: usize,
    /// Bytes of text, after transfer decoding.
    pub text_bytes: usize,
    /// Bytes of one header block.
    pub header_bytes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { parts: 300, depth: 30, text_bytes: 2 << 20, header_bytes: 256 << 10 }
    }
}

/// Headers any of which makes a file a mail.
const MAIL_HEADERS: &[&str] = &[
    "From",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "Received",
    "Return-Path",
    "Delivered-To",
    "Sender",
    "Reply-To",
    "MIME-Version",
    "Content-Type",
    "In-Reply-To",
    "References",
    "X-Mailer",
    "User-Agent",
];

/// Where a plus-address of ours may stand.
const RECIPIENT_HEADERS: &[&str] = &["To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To"];

/// Reads a message. `boundary` are the hosts whose `Received` headers tell when the mail arrived.
///
/// Linear in the size of the message. The caller applies the limit on that size.
pub fn read(raw: &[u8], boundary: &[String], limits: &Limits) -> Result<ParsedMail, Unreadable> {
    read_with_files(raw, boundary, limits, |_| {})
}

/// The same, and hands its files to `take`, one after the other, in message order. Nobody gets the files of what cannot be read.
pub fn read_with_files(raw: &[u8], boundary: &[String], limits: &Limits, take: impl FnMut(File<'_>)) -> Result<ParsedMail, Unreadable> {
    if raw.iter().all(|b| b.is_ascii_whitespace() || *b == 0) {
        return Err(Unreadable::Empty);
    }
    let (data, headers_cut) = mend::mended(raw, limits);
    let (root, truncated) = tree::tree(&data, limits).ok_or(Unreadable::NotMail)?;
    let headers = &root.headers;
    if !headers.any(|name| MAIL_HEADERS.iter().any(|known| known.eq_ignore_ascii_case(name))) {
        return Err(Unreadable::NotMail);
    }
    let mut noticed = Decoded::default();
    let reading = body::read(&root, limits.text_bytes);
    let from: Vec<Mailbox> = headers.all("From").flat_map(|raw| mailboxes(raw, &mut noticed)).collect();
    let subject = readable(headers, "Subject", &mut noticed).unwrap_or_default();
    let (recipients, answers) = (recipients(headers), signs::answers(headers));
    let sight = report::Sight {
        subject: &subject,
        from: &from,
        null_return_path: signs::null_return_path(headers),
        text: &reading.text,
        recipients: &recipients,
        answers: &answers,
    };
    let report = report::read(&root, &sight);
    let automatic = signs::automatic(headers, report.as_ref());
    let attachments = attachments(&root, &reading.text_leaves, &mut noticed, take);
    let flags = [
        (ParseFlag::ReplacedBytes, noticed.replaced || reading.noticed.replaced),
        (ParseFlag::CharsetGuessed, noticed.guessed || reading.noticed.guessed),
        (ParseFlag::Truncated, truncated || headers_cut || reading.truncated),
        (ParseFlag::NulBytes, reading.nul_bytes || headers.have_nul()),
    ];
    let message_id = signs::message_id(headers);
    // Relays drop headers that they do not know; a Message-ID is left alone.
    let own_notice = readable(headers, "X-Zhibao-Notice", &mut noticed)
        .or_else(|| message_id.as_deref().filter(|id| token::is_of_a_notice(id)).map(str::to_owned));
    Ok(ParsedMail {
        size_bytes: raw.len() as u64,
        recipients,
        message_id,
        answers,
        sent_at: signs::sent_at(headers),
        boundary_received: signs::boundary_received(headers, boundary),
        own_notice,
        from,
        subject,
        text: reading.text,
        attachments,
        automatic,
        report,
        flags: flags.into_iter().filter(|(_, is_so)| *is_so).map(|(flag, _)| flag).collect(),
    })
}

/// The decoded content of the attachment at `index` of `ParsedMail::attachments`, as read with the default limits.
pub fn attachment_content(raw: &[u8], index: usize) -> Option<Vec<u8>> {
    let limits = Limits::default();
    let (data, _) = mend::mended(raw, &limits);
    let (root, _) = tree::tree(&data, &limits)?;
    let text_leaves = body::read(&root, limits.text_bytes).text_leaves;
    let mut found = Vec::new();
    files(&root, &text_leaves, &mut found);
    found.get(index).map(|part| body::content(part).into_owned())
}

/// A file of a message.
pub struct File<'a> {
    /// As the sender named it; text to be shown, never a path.
    pub name: String,
    /// `type/subtype`, lower case.
    pub media_type: String,
    part: &'a Part<'a>,
}

impl File<'_> {
    /// The beginning of its content, decoded now: all of it, or more than `most` bytes.
    pub fn content(&self, most: usize) -> Cow<'_, [u8]> {
        body::beginning(self.part, most)
    }
}

/// Hands the files of a message to `take`, one after the other, so that one alone is decoded at a time.
pub fn each_file(raw: &[u8], mut take: impl FnMut(File<'_>)) {
    let limits = Limits::default();
    let (data, _) = mend::mended(raw, &limits);
    let Some((root, _)) = tree::tree(&data, &limits) else { return };
    let text_leaves = body::read(&root, limits.text_bytes).text_leaves;
    let mut found = Vec::new();
    files(&root, &text_leaves, &mut found);
    for part in found {
        let name = body::file_name(part).unwrap_or_default().text;
        take(File { name, media_type: part.media_type().to_owned(), part });
    }
}

/// The text of a web page that came as a file, and whether that is all of it.
pub fn html_text(page: &[u8]) -> (String, bool) {
    (body::html_text(page, None).text, page.len() <= body::MAX_HTML_BYTES)
}

fn readable(headers: &Headers<'_>, name: &str, noticed: &mut Decoded) -> Option<String> {
    let decoded = header_text(headers.first(name)?);
    noticed.guessed |= decoded.guessed;
    noticed.replaced |= decoded.replaced;
    Some(decoded.text)
}

fn recipients(headers: &Headers<'_>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let all = RECIPIENT_HEADERS.iter().flat_map(|name| headers.all(name));
    let addresses = all.flat_map(|raw| mailboxes(raw, &mut Decoded::default())).map(|mailbox| mailbox.address);
    addresses.filter(|address| !address.is_empty() && seen.insert(address.clone())).collect()
}

/// The leaves that are files, in message order.
fn files<'p, 'a>(part: &'p Part<'a>, text_leaves: &BTreeSet<usize>, found: &mut Vec<&'p Part<'a>>) {
    if !part.is_multipart() && !text_leaves.contains(&part.number) {
        found.push(part);
    }
    part.children.iter().for_each(|child| files(child, text_leaves, found));
}

fn attachments(root: &Part<'_>, text_leaves: &BTreeSet<usize>, noticed: &mut Decoded, mut take: impl FnMut(File<'_>)) -> Vec<Attachment> {
    let mut found = Vec::new();
    files(root, text_leaves, &mut found);
    let describe = |part: &&Part<'_>| {
        let name = body::file_name(part).unwrap_or_default();
        noticed.guessed |= name.guessed;
        noticed.replaced |= name.replaced;
        let media_type = part.media_type().to_owned();
        let (size_bytes, sha256) = body::digest(part);
        take(File { name: name.text.clone(), media_type: media_type.clone(), part });
        Attachment { name: name.text, media_type, size_bytes, sha256 }
    };
    found.iter().map(describe).collect()
}
