//! Which part is the text that a person reads, and which parts are files.

use std::borrow::Cow;
use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::html;
use super::transfer::{base64, each_piece_of_base64, quoted_printable};
use super::tree::Part;
use crate::mail::charset::{Decoded, decode, decode_html};

/// HTML is cut here before it is turned into text.
pub(crate) const MAX_HTML_BYTES: usize = 1 << 20;

/// The content of a leaf without its transfer encoding.
pub(crate) fn content<'a>(part: &Part<'a>) -> Cow<'a, [u8]> {
    decoded(part, part.body)
}

/// The content of a leaf, or more than the first `most` bytes of it: of what is cut off anyway, little is decoded.
pub(crate) fn beginning<'a>(part: &Part<'a>, most: usize) -> Cow<'a, [u8]> {
    // No byte takes more than three, soft line breaks aside.
    let enough = most.saturating_mul(3).saturating_add(most / 4 + 4096);
    match part.body.get(..enough) {
        Some(head) if head.len() < part.body.len() => decoded(part, head),
        _ => content(part),
    }
}

/// Length and SHA-256 of the content of a leaf. A large one is not held decoded.
pub(crate) fn digest(part: &Part<'_>) -> (u64, [u8; 32]) {
    let mut summed = (0, Sha256::new());
    let add = |bytes: &[u8]| {
        summed.0 += bytes.len() as u64;
        summed.1.update(bytes);
    };
    if encoding(part) == "base64" && each_piece_of_base64(part.body, add).is_some() {
        return (summed.0, summed.1.finalize().into());
    }
    let content = content(part);
    (content.len() as u64, Sha256::digest(&content).into())
}

fn encoding(part: &Part<'_>) -> String {
    let encoding = part.headers.first("Content-Transfer-Encoding").unwrap_or_default();
    let encoding = String::from_utf8_lossy(encoding).trim().to_ascii_lowercase();
    encoding.split([' ', ';', '(']).next().unwrap_or_default().trim_matches('"').to_owned()
}

fn decoded<'a>(part: &Part<'a>, body: &'a [u8]) -> Cow<'a, [u8]> {
    match encoding(part).as_str() {
        "base64" => base64(body).map_or(Cow::Borrowed(body), Cow::Owned),
        "quoted-printable" => Cow::Owned(quoted_printable(body)),
        _ => Cow::Borrowed(body),
    }
}

/// The name that a leaf gives itself as a file.
pub(crate) fn file_name(part: &Part<'_>) -> Option<Decoded> {
    let name = part.disposition.readable("filename").filter(|name| !name.text.is_empty());
    name.or_else(|| part.content_type.readable("name")).filter(|name| !name.text.is_empty())
}

/// The text of a page, of which the first `MAX_HTML_BYTES` are read.
pub(crate) fn html_text(page: &[u8], label: Option<&str>) -> Decoded {
    let mut decoded = decode_html(page.get(..MAX_HTML_BYTES).unwrap_or(page), label);
    decoded.text = lines(&html::to_text(&decoded.text));
    decoded
}

/// The text of a message, gathered.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) text: String,
    pub(crate) noticed: Decoded,
    pub(crate) truncated: bool,
    pub(crate) nul_bytes: bool,
    /// Numbers of the leaves that are text, shown or not; all others are attachments.
    pub(crate) text_leaves: BTreeSet<usize>,
    budget: usize,
}

/// Reads the text of a message, at most `budget` bytes of it.
pub(crate) fn read(root: &Part<'_>, budget: usize) -> Reading {
    let mut reading = Reading {
        text: String::new(),
        noticed: Decoded::default(),
        truncated: false,
        nul_bytes: false,
        text_leaves: BTreeSet::new(),
        budget,
    };
    reading.text = if root.is_multipart() { reading.part(root) } else { reading.only_part(root) };
    reading
}

impl Reading {
    /// A message of one part: its text, whatever it calls itself, unless it is a file.
    fn only_part(&mut self, part: &Part<'_>) -> String {
        let is_file = part.disposition.value == "attachment" || !is_text(part) && !part.media_type().starts_with("multipart/");
        if is_file {
            return String::new();
        }
        self.leaf(part)
    }

    fn part(&mut self, part: &Part<'_>) -> String {
        if !part.is_multipart() {
            return if is_shown(part) { self.leaf(part) } else { String::new() };
        }
        match part.media_type() {
            "multipart/alternative" => self.alternative(part),
            "multipart/related" | "multipart/report" => part.children.first().map(|first| self.part(first)).unwrap_or_default(),
            _ => {
                let mut out = String::new();
                for child in &part.children {
                    let text = self.part(child);
                    if !out.is_empty() && !text.is_empty() && !out.ends_with('\n') {
                        out.push('\n');
                    }
                    out.push_str(&text);
                }
                out
            }
        }
    }

    /// The plain version unless it is empty; the others are the same text again. Two plain ones cannot be the same in
    /// two forms, and both are shown.
    fn alternative(&mut self, part: &Part<'_>) -> String {
        let (plain, other): (Vec<_>, Vec<_>) = part.children.iter().partition(|child| has_plain(child));
        let mut texts: Vec<String> = Vec::new();
        for child in plain.into_iter().chain(other) {
            if texts.is_empty() || has_plain(child) {
                let text = self.part(child);
                if !text.trim().is_empty() && !texts.contains(&text) {
                    texts.push(text);
                }
            } else {
                self.mark(child);
            }
        }
        texts.join("\n")
    }

    fn mark(&mut self, part: &Part<'_>) {
        if !part.is_multipart() && is_shown(part) {
            self.text_leaves.insert(part.number);
        }
        match part.media_type() {
            "multipart/related" => part.children.iter().take(1).for_each(|child| self.mark(child)),
            _ => part.children.iter().for_each(|child| self.mark(child)),
        }
    }

    fn leaf(&mut self, part: &Part<'_>) -> String {
        self.text_leaves.insert(part.number);
        let is_html = part.media_type() == "text/html";
        let limit = if is_html { self.budget.min(MAX_HTML_BYTES) } else { self.budget };
        let content = beginning(part, limit);
        let bytes = content.get(..limit).unwrap_or(&content);
        self.truncated |= bytes.len() < content.len();
        self.budget -= bytes.len();
        let label = part.content_type.plain("charset");
        let decoded = if is_html { decode_html(bytes, label) } else { decode(bytes, label) };
        self.noticed.guessed |= decoded.guessed;
        self.noticed.replaced |= decoded.replaced;
        self.nul_bytes |= decoded.text.contains('\0');
        if is_html { lines(&html::to_text(&decoded.text)) } else { lines(&decoded.text) }
    }
}

/// LF line ends, and no control characters but tabs.
fn lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            // CR LF, and CR CR LF, which some relays make of it.
            '\r' if matches!(chars.peek(), Some('\r' | '\n')) => {}
            '\r' | '\n' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push('\n'),
            '\t' => out.push('\t'),
            '\u{feff}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

fn is_text(part: &Part<'_>) -> bool {
    part.media_type().starts_with("text/")
}

/// Whether a leaf within a multipart is text to be read and not a file.
fn is_shown(part: &Part<'_>) -> bool {
    matches!(part.media_type(), "text/plain" | "text/html") && part.disposition.value != "attachment" && file_name(part).is_none()
}

fn has_plain(part: &Part<'_>) -> bool {
    if part.is_multipart() { part.children.iter().any(has_plain) } else { part.media_type() == "text/plain" && is_shown(part) }
}
