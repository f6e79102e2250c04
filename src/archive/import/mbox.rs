//! A file of many messages (mbox), read one message after the other, however long it is.
//!
//! A message begins with a line `From sender date`; in its text such lines have a `>` before them, which is taken away (mboxrd;
//! for mboxo the same but for lines that were quoted already). Not every writer quotes, or puts an empty line before the next
//! message: so a line counts only where it has the form of one, with a time and a year, and stands behind an empty line or
//! before a header.

use std::io::{self, BufRead};

/// The part of a line that is looked at and kept in one piece.
const LINE_BYTES: usize = 64 << 10;

/// A message out of a mailbox file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Its bytes, quoting undone; `None`: more than the limit.
    pub raw: Option<Vec<u8>>,
    /// Where its `From ` line begins.
    pub start: u64,
    /// Where the next one begins.
    pub end: u64,
}

/// Reads messages from `input`.
pub(super) struct Mbox<R> {
    input: R,
    /// Bytes of the file before what is read next.
    position: u64,
    limit_bytes: usize,
    /// The line that comes next, read ahead, and its length in the file.
    ahead: Option<(Vec<u8>, u64)>,
}

impl<R: BufRead> Mbox<R> {
    /// Reads from `position` on, where a `From ` line begins.
    pub(super) fn new(input: R, position: u64, limit_bytes: usize) -> Mbox<R> {
        Mbox { input, position, limit_bytes, ahead: None }
    }

    /// The next message.
    pub(super) fn next(&mut self) -> io::Result<Option<Found>> {
        let start = self.position;
        // The line that begins the message; before the first one it was looked at by whoever took this for such a file.
        if self.line()?.is_none() {
            return Ok(None);
        }
        let mut raw = Vec::new();
        let (mut is_too_large, mut after_empty, mut begins_line) = (false, false, true);
        while let Some((piece, length)) = self.peek()? {
            if begins_line && is_from_line(&piece) && (after_empty || self.header_follows()?) {
                break;
            }
            self.ahead = None;
            self.position += length;
            after_empty = begins_line && piece.iter().all(|b| matches!(b, b'\r' | b'\n'));
            let unquoted = if begins_line && is_quoted_from(&piece) { piece.get(1..).unwrap_or_default() } else { &piece };
            begins_line = piece.ends_with(b"\n");
            is_too_large |= raw.len() + unquoted.len() > self.limit_bytes;
            if is_too_large {
                raw = Vec::new();
            } else {
                raw.extend_from_slice(unquoted);
            }
        }
        // The empty line before the next message is the file's, not the message's.
        for ending in [b"\r\n\r\n".as_slice(), b"\n\n"] {
            if raw.ends_with(ending) {
                raw.truncate(raw.len() - ending.len() / 2);
                break;
            }
        }
        Ok(Some(Found { raw: (!is_too_large).then_some(raw), start, end: self.position }))
    }

    /// The next line, or a piece of one that is very long.
    fn peek(&mut self) -> io::Result<Option<(Vec<u8>, u64)>> {
        if self.ahead.is_none() {
            let mut piece = Vec::new();
            let length = read_piece(&mut self.input, &mut piece)?;
            if length == 0 {
                return Ok(None);
            }
            self.ahead = Some((piece, length));
        }
        Ok(self.ahead.clone())
    }

    /// Takes the next line.
    fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let next = self.peek()?;
        if let Some((_, length)) = &next {
            self.position += length;
            self.ahead = None;
        }
        Ok(next.map(|(line, _)| line))
    }

    /// Whether a header stands behind the line that was read ahead.
    fn header_follows(&mut self) -> io::Result<bool> {
        let next = self.input.fill_buf()?;
        let name = next.iter().position(|b| *b == b':').and_then(|end| next.get(..end)).unwrap_or_default();
        Ok(!name.is_empty() && name.len() < 80 && name.iter().all(u8::is_ascii_graphic))
    }
}

fn read_piece(input: &mut impl BufRead, piece: &mut Vec<u8>) -> io::Result<u64> {
    use io::Read as _;
    let length = input.take(LINE_BYTES as u64).read_until(b'\n', piece)?;
    Ok(length as u64)
}

/// `>From `, `>>From `: a line of the text that was quoted.
fn is_quoted_from(line: &[u8]) -> bool {
    let quotes = line.iter().take_while(|b| **b == b'>').count();
    quotes > 0 && line.get(quotes..).unwrap_or_default().starts_with(b"From ")
}

/// `From sender Thu Jan  2 15:04:05 2003`, in any of the usual forms: it ends with a time and a year, in either order of zone.
pub(super) fn is_from_line(line: &[u8]) -> bool {
    if !line.starts_with(b"From ") || line.len() > 512 {
        return false;
    }
    let text = String::from_utf8_lossy(line);
    let mut has_time = false;
    let mut has_year = false;
    for word in text.split_whitespace().skip(1) {
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        has_time |= word.contains(':') && digits >= 3 && word.bytes().all(|b| b.is_ascii_digit() || b == b':');
        has_year |= word.len() == 4 && digits == 4 && matches!(word.as_bytes().first(), Some(b'1' | b'2'));
    }
    has_time && has_year
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROM: &str = "From a@b.example Thu Jan  2 15:04:05 2003\n";

    fn texts(file: &str) -> Vec<String> {
        let mut mbox = Mbox::new(file.as_bytes(), 0, 1 << 20);
        let mut found = Vec::new();
        while let Some(message) = mbox.next().expect("it can be read") {
            assert!(file.get(message.start as usize..).expect("within").starts_with("From "), "{}", message.start);
            found.push(String::from_utf8(message.raw.expect("not too large")).expect("text"));
        }
        found
    }

    #[test]
    fn messages_are_told_apart_and_quoting_is_undone() {
        let file = format!("{FROM}Subject: a\n\none\n>From the text\n>>From it\n\n{FROM}Subject: b\n\ntwo\n\n");
        assert_eq!(texts(&file), ["Subject: a\n\none\nFrom the text\n>From it\n", "Subject: b\n\ntwo\n"]);
        let crlf = file.replace('\n', "\r\n");
        assert_eq!(texts(&crlf), ["Subject: a\r\n\r\none\r\nFrom the text\r\n>From it\r\n", "Subject: b\r\n\r\ntwo\r\n"]);
        assert_eq!(texts(""), Vec::<String>::new());
    }

    #[test]
    fn a_line_of_the_text_that_was_not_quoted_begins_no_message() {
        let file = format!("{FROM}Subject: a\n\nHe wrote:\n\nFrom here on it is mine.\n\n{FROM}Subject: b\n\ntwo\n");
        assert_eq!(texts(&file), ["Subject: a\n\nHe wrote:\n\nFrom here on it is mine.\n", "Subject: b\n\ntwo\n"]);
    }

    #[test]
    fn a_message_may_follow_without_an_empty_line() {
        let file = format!("{FROM}Subject: a\n\none\n{FROM}Subject: b\n\ntwo");
        assert_eq!(texts(&file), ["Subject: a\n\none\n", "Subject: b\n\ntwo"]);
    }

    #[test]
    fn what_is_too_large_is_passed_over_without_being_held() {
        let file = format!("{FROM}Subject: a\n\n{}\n\n{FROM}Subject: b\n\ntwo\n", "x".repeat(300_000));
        let mut mbox = Mbox::new(file.as_bytes(), 0, 100_000);
        let first = mbox.next().expect("readable").expect("there");
        assert_eq!((first.raw, first.start), (None, 0));
        let second = mbox.next().expect("readable").expect("there");
        assert_eq!(second.raw.as_deref(), Some(b"Subject: b\n\ntwo\n".as_slice()));
        assert_eq!(second.start, first.end);
        assert_eq!(second.end, file.len() as u64);
        // It can be taken up where a message ended.
        let mut later = Mbox::new(&file.as_bytes()[first.end as usize..], first.end, 100_000);
        assert_eq!(later.next().expect("readable"), Some(second));
    }

    #[test]
    fn the_usual_forms_of_the_line_are_known() {
        for line in [
            "From a@b Thu Jan  2 15:04:05 2003\n",
            "From - Thu Jan 02 15:04:05 2003\r\n",
            "From MAILER-DAEMON Thu Jan  2 15:04 2003",
            "From a@b Thu Jan  2 15:04:05 +0800 2003",
            "From a@b Thu Jan  2 15:04:05 CST 2003 remote from x",
        ] {
            assert!(is_from_line(line.as_bytes()), "{line}");
        }
        for line in ["From here on", "From: a@b", "From 2003 on", " From a Thu Jan  2 15:04:05 2003", "Fromm 15:04 2003"] {
            assert!(!is_from_line(line.as_bytes()), "{line}");
        }
    }
}
