//! The header block of a message, mended where mail-parser would lose text.

use std::borrow::Cow;

use super::Limits;

/// The message with one kind of line end in its headers and an empty line after them, and whether headers were cut.
///
/// mail-parser knows no bare CR, and skips every line that is no header until an empty one comes.
pub(crate) fn mended<'a>(raw: &'a [u8], limits: &Limits) -> (Cow<'a, [u8]>, bool) {
    let raw = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw).trim_ascii_start();
    let block = header_block(raw);
    let (headers, body) = (raw.get(..block.end).unwrap_or(raw), raw.get(block.body..).unwrap_or_default());
    let body_is_cr = !body.contains(&b'\n') && body.contains(&b'\r');
    let is_long = headers.len() > limits.header_bytes;
    if block.is_sound && !body_is_cr && !is_long {
        return (Cow::Borrowed(raw), false);
    }
    let headers = headers.get(..limits.header_bytes).unwrap_or(headers);
    let mut out = with_line_feeds(headers);
    out.extend_from_slice(if out.ends_with(b"\n") { b"\n" } else { b"\n\n" });
    if body_is_cr {
        out.extend(with_line_feeds(body))
    } else {
        out.extend_from_slice(body)
    }
    (Cow::Owned(out), is_long)
}

struct HeaderBlock {
    end: usize,
    body: usize,
    /// Its lines end with LF or CRLF, and the empty line is there.
    is_sound: bool,
}

fn header_block(raw: &[u8]) -> HeaderBlock {
    let (mut at, mut is_sound) = (0, true);
    while let Some(rest) = raw.get(at..).filter(|rest| !rest.is_empty()) {
        let length = rest.iter().position(|b| matches!(b, b'\r' | b'\n')).unwrap_or(rest.len());
        let (line, ending) = rest.split_at(length);
        let carriage_returns = ending.iter().take_while(|b| **b == b'\r').count();
        let ending = if ending.get(carriage_returns) == Some(&b'\n') { carriage_returns + 1 } else { carriage_returns.min(1) };
        is_sound &= ending > carriage_returns;
        if line.is_empty() {
            return HeaderBlock { end: at, body: at + ending, is_sound };
        }
        if !is_header_line(line) {
            return HeaderBlock { end: at, body: at, is_sound: false };
        }
        at += length + ending;
    }
    HeaderBlock { end: raw.len(), body: raw.len(), is_sound: false }
}

/// A field, the continuation of one, or the line that mailbox files put before a message.
fn is_header_line(line: &[u8]) -> bool {
    let name = line.split(|b| *b == b':').next().filter(|name| name.len() < line.len()).map(<[u8]>::trim_ascii_end);
    line.starts_with(b" ")
        || line.starts_with(b"\t")
        || line.starts_with(b"From ")
        || line.starts_with(b">From ")
        || name.is_some_and(|name| !name.is_empty() && name.iter().all(u8::is_ascii_graphic))
}

/// CRs that no LF follows become LFs.
fn with_line_feeds(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    let mut next_ends_line = false;
    for byte in out.iter_mut().rev() {
        match *byte {
            b'\n' => next_ends_line = true,
            b'\r' if next_ends_line => {}
            b'\r' => *byte = b'\n',
            _ => next_ends_line = false,
        }
    }
    out
}
