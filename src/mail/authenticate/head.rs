//! The header block of a message as a signer saw it, and what is wrong with it.

use std::borrow::Cow;

use crate::domain::authentic::Doubt;
use crate::domain::message::Mailbox;
use crate::mail::charset::Decoded;
use crate::mail::parse::fields::mailboxes;

/// Headers that a message has once at most; a second one may be what a reader sees, and not what was signed (RFC 5322, 3.6).
const ONCE: [&str; 9] =
    ["From", "Sender", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Content-Type", "Content-Transfer-Encoding"];

/// Characters of a header that a notice shows.
const SHOWN: usize = 120;

/// Headers beyond which nobody reads.
const MOST_FIELDS: usize = 2_000;

/// A header block, its lines ended with CRLF, and the bytes below it as they came.
pub(super) struct Head<'a> {
    /// With the empty line at its end.
    pub block: Cow<'a, [u8]>,
    /// As it came.
    pub body: &'a [u8],
    fields: Vec<(String, Vec<u8>)>,
    fault: Option<Doubt>,
}

impl<'a> Head<'a> {
    /// Splits a message. Blank lines before it, and the `From ` line of mailbox files, are no part of it.
    pub fn read(raw: &'a [u8]) -> Head<'a> {
        let raw = raw.trim_ascii_start();
        let mut lines = Lines(raw);
        let mut block = Vec::new();
        let mut fields: Vec<(String, Vec<u8>)> = Vec::new();
        let mut fault = None;
        let mut is_first = true;
        for line in lines.by_ref() {
            if line.is_empty() {
                break;
            }
            if std::mem::take(&mut is_first) && is_mailbox_line(line) {
                continue;
            }
            block.extend_from_slice(line);
            block.extend_from_slice(b"\r\n");
            let has_room = fields.len() < MOST_FIELDS;
            match (field(line), fields.last_mut()) {
                (_, Some((_, value))) if continues(line) => {
                    value.extend_from_slice(b"\r\n");
                    value.extend_from_slice(line);
                }
                (Some((name, value)), _) if has_room => fields.push((name.to_owned(), value.to_vec())),
                _ => fault = fault.or_else(|| Some(Doubt::Ambiguous { header: shown(line) })),
            }
        }
        block.extend_from_slice(b"\r\n");
        let doubled = ONCE.iter().find(|name| fields.iter().filter(|(found, _)| found.eq_ignore_ascii_case(name)).count() > 1);
        let fault = fault.or_else(|| doubled.map(|name| Doubt::Doubled { header: (*name).to_owned() }));
        Head { block: Cow::Owned(block), body: lines.0, fields, fault }
    }

    /// The line that is no header, or the header that stands twice.
    pub fn fault(&self) -> Option<Doubt> {
        self.fault.clone()
    }

    /// Names and values, topmost first; values folded as they were, lines ended with CRLF.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_slice()))
    }

    /// Whether there is such a header.
    pub fn has(&self, name: &str) -> bool {
        self.fields().any(|(found, _)| found.eq_ignore_ascii_case(name))
    }

    /// Every mailbox of every From header.
    pub fn senders(&self) -> Vec<Mailbox> {
        let from = self.fields().filter(|(name, _)| name.eq_ignore_ascii_case("From"));
        from.flat_map(|(_, value)| mailboxes(value, &mut Decoded::default())).collect()
    }
}

/// The line that mailbox files put before a message: `From user@host Mon Jun …`; not `From : user@host`, an old way to write a header.
fn is_mailbox_line(line: &[u8]) -> bool {
    let rest = line.strip_prefix(b">").unwrap_or(line).strip_prefix(b"From ");
    rest.is_some_and(|rest| !rest.trim_ascii_start().starts_with(b":"))
}

/// `Name: value`, the name of printable ASCII and directly before the colon.
fn field(line: &[u8]) -> Option<(&str, &[u8])> {
    let colon = line.iter().position(|b| *b == b':')?;
    let (name, value) = line.split_at(colon);
    let name = std::str::from_utf8(name).ok().filter(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic()))?;
    Some((name, value.get(1..).unwrap_or_default()))
}

/// A continuation that says something: one of blanks alone ends the headers for some readers.
fn continues(line: &[u8]) -> bool {
    matches!(line.first(), Some(b' ' | b'\t')) && !line.trim_ascii().is_empty()
}

/// Text of a header for people: one line, not long.
pub(super) fn shown(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

/// The lines of a text that ends them with CRLF, LF or CR, without these.
pub(super) struct Lines<'a>(pub &'a [u8]);

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.0.is_empty() {
            return None;
        }
        let length = self.0.iter().position(|b| matches!(b, b'\r' | b'\n')).unwrap_or(self.0.len());
        let (line, rest) = self.0.split_at(length);
        self.0 = match rest {
            [b'\r', b'\n', rest @ ..] | [b'\r' | b'\n', rest @ ..] => rest,
            _ => &[],
        };
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_line_end_gives_the_same_block() {
        let crlf = b"From: a@b.example\r\nSubject: x\r\n y\r\n\r\nbody\r\n";
        let wanted = Head::read(crlf);
        for other in [b"From: a@b.example\nSubject: x\n y\n\nbody\r\n".as_slice(), b"From: a@b.example\rSubject: x\r y\r\rbody\r\n"] {
            let head = Head::read(other);
            assert_eq!((head.block, head.body, head.fields), (wanted.block.clone(), wanted.body, wanted.fields.clone()));
        }
        assert!(wanted.fault.is_none());
        assert_eq!(wanted.senders().len(), 1);
    }

    #[test]
    fn what_two_readers_may_read_differently_is_a_fault() {
        let fault = |raw: &str| Head::read(raw.as_bytes()).fault();
        let ambiguous = |header: &str| Some(Doubt::Ambiguous { header: header.to_owned() });
        assert_eq!(fault("From: a@b.example\nno header at all\nSubject: x\n\n"), ambiguous("no header at all"));
        assert_eq!(fault("From: a@b.example\n \t \nSubject: x\n\n"), ambiguous(""));
        assert_eq!(fault("From : a@b.example\n\n"), ambiguous("From : a@b.example"));
        assert_eq!(fault("Subject: x\nsubject: y\n\n"), Some(Doubt::Doubled { header: "Subject".into() }));
        assert_eq!(fault("级别: 特别重大\n\n"), ambiguous("级别: 特别重大"));
        assert!(Head::read(b"From x@y Mon\nFrom: a@b.example\nSubject: x\n\n").fault().is_none());
    }
}
