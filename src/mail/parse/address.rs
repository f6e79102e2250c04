//! Address lists: mailboxes, groups, comments, and what mail programs make of them (RFC 5322, 3.4).

use crate::domain::message::Mailbox;
use crate::mail::charset::Decoded;
use crate::mail::charset::words::{clean, decode_words, raw_text};

/// More mailboxes than any header of a report has.
const MAX_MAILBOXES: usize = 1000;

/// Every mailbox of an address header. Names of groups are not kept.
pub(crate) fn mailboxes(raw: &[u8], noticed: &mut Decoded) -> Vec<Mailbox> {
    let text = raw_text(raw);
    noticed.guessed |= text.guessed;
    noticed.replaced |= text.replaced;
    let mut reader = Reader::default();
    let mut rest = text.text.chars();
    while let Some(c) = rest.next() {
        reader.step(c, &mut rest);
        if reader.found.len() >= MAX_MAILBOXES {
            break;
        }
    }
    reader.close();
    reader.found.into_iter().map(|raw| raw.into_mailbox(noticed)).collect()
}

/// A mailbox before its words are decoded.
#[derive(Debug, Default)]
struct RawMailbox {
    phrase: String,
    /// The phrase with its quotes: an address, where no angle brackets come.
    spec: String,
    comment: String,
    /// What stood in angle brackets; `None` when there were none.
    angle: Option<String>,
}

impl RawMailbox {
    fn into_mailbox(self, noticed: &mut Decoded) -> Mailbox {
        let mut read = |text: &str| {
            let decoded = decode_words(text.trim());
            noticed.guessed |= decoded.guessed;
            noticed.replaced |= decoded.replaced;
            clean(&decoded.text)
        };
        if let Some(angle) = self.angle {
            // `<@relay,@relay:user@host>`: the route says nothing about who wrote.
            let address = match angle.trim().strip_prefix('@') {
                Some(route) => route.split_once(':').map_or(route, |(_, address)| address),
                None => angle.trim(),
            };
            let name = if self.phrase.trim().is_empty() { &self.comment } else { &self.phrase };
            return Mailbox { name: read(name), address: as_written(address) };
        }
        let spec = self.spec.trim();
        if spec.contains('"') || !spec.contains(char::is_whitespace) && !spec.contains("=?") {
            return Mailbox { name: read(&self.comment), address: as_written(spec) };
        }
        // `Name user@host` without brackets: one word that is an address, or none.
        let mut addresses = spec.split_whitespace().filter(|word| word.contains('@') && !word.contains("=?"));
        match (addresses.next(), addresses.next()) {
            (Some(address), None) => {
                let name = spec.replacen(address, "", 1);
                Mailbox { name: read(&name), address: as_written(address) }
            }
            (Some(_), Some(_)) => Mailbox { name: read(&self.comment), address: as_written(spec) },
            (None, _) => Mailbox { name: read(&self.phrase), address: String::new() },
        }
    }
}

/// An address as it stands. White space and control characters within are kept, so that nothing that is no address
/// becomes one: `yu xian@host` must not turn into `yuxian@host`.
fn as_written(address: &str) -> String {
    address.trim().chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[derive(Debug, Default)]
struct Reader {
    found: Vec<RawMailbox>,
    now: RawMailbox,
}

impl Reader {
    fn step(&mut self, c: char, rest: &mut std::str::Chars<'_>) {
        match c {
            '"' => {
                let quoted = quoted(rest);
                self.now.phrase.push_str(&quoted);
                self.now.spec.extend(["\"", &quoted, "\""]);
            }
            '(' => {
                let comment = comment(rest);
                if !self.now.comment.is_empty() {
                    self.now.comment.push(' ');
                }
                self.now.comment.push_str(comment.trim());
            }
            '<' => self.angle(rest),
            ',' => self.close(),
            // The end of a group, or a list in the manner of Outlook.
            ';' => self.close(),
            ':' if self.now.angle.is_none() && !self.now.phrase.contains('@') => self.now = RawMailbox::default(),
            c => {
                self.now.phrase.push(c);
                self.now.spec.push(c);
            }
        }
    }

    /// Reads up to `>`. A second pair of brackets for one name is another mailbox: none may hide behind the first.
    fn angle(&mut self, rest: &mut std::str::Chars<'_>) {
        if self.now.angle.is_some() {
            self.close();
        }
        let all = rest.as_str();
        let end = all.find('>').unwrap_or(all.len());
        let inner = all.get(..end).unwrap_or_default();
        // `<` again before the `>`: the last one begins the address.
        let inner = inner.rsplit('<').next().unwrap_or(inner);
        let unquoted = inner.trim().strip_prefix('"').and_then(|inner| inner.strip_suffix('"'));
        self.now.angle = Some(unquoted.unwrap_or(inner).to_owned());
        *rest = all.get((end + 1).min(all.len())..).unwrap_or_default().chars();
    }

    fn close(&mut self) {
        let mailbox = std::mem::take(&mut self.now);
        let is_null = mailbox.angle.as_deref().is_none_or(|angle| angle.trim().is_empty());
        if !(is_null && mailbox.phrase.trim().is_empty() && mailbox.comment.trim().is_empty()) {
            self.found.push(mailbox);
        }
    }
}

/// The content of a quoted string whose opening quote has been read.
fn quoted(rest: &mut std::str::Chars<'_>) -> String {
    let mut out = String::new();
    while let Some(c) = rest.next() {
        match c {
            '"' => break,
            '\\' => out.extend(rest.next()),
            c => out.push(c),
        }
    }
    out
}

/// The content of a comment whose opening bracket has been read; comments nest.
fn comment(rest: &mut std::str::Chars<'_>) -> String {
    let mut out = String::new();
    let mut depth = 1_u32;
    while let Some(c) = rest.next() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            '\\' => {
                out.extend(rest.next());
                continue;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
        out.push(c);
    }
    out
}
