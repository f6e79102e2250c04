//! A large message without the middle of its bodies: enough to find its parts in.
//!
//! mail-parser, and what keeps it from going astray, hold copies of what they read, one of them decoded. Of a picture of forty
//! megabytes they need the lines around it.

use std::borrow::Cow;

use aho_corasick::AhoCorasick;

use super::Limits;
use super::mask::{ASTRAY, MAX_BOUNDARY_BYTES};

/// Shorter messages are left whole.
const LARGE_BYTES: usize = 1 << 20;

/// What is kept of a body at its beginning and at its end.
const KEPT_BYTES: usize = 16 << 10;

/// See the head of the file.
pub(crate) struct Thin<'a> {
    pub(crate) bytes: Cow<'a, [u8]>,
    /// Places in the copy at which something was left out, and how many bytes there.
    left_out: Vec<(usize, usize)>,
}

impl<'a> Thin<'a> {
    /// The message as it is.
    pub(crate) fn whole(data: &'a [u8]) -> Thin<'a> {
        Thin { bytes: Cow::Borrowed(data), left_out: Vec::new() }
    }

    /// The message, thinned out if it is large.
    pub(crate) fn of(data: &'a [u8], limits: &Limits) -> Thin<'a> {
        if data.len() < LARGE_BYTES {
            return Thin::whole(data);
        }
        // What only looks like a boundary does no harm here: more is kept.
        let values = ASTRAY.captures_iter(data).filter_map(|found| found.name("quoted").or_else(|| found.name("plain")));
        let mut boundaries: Vec<Vec<u8>> = Vec::new();
        for value in values {
            let boundary = [b"--", value.as_bytes().trim_ascii_end()].concat();
            if boundaries.len() == limits.parts {
                return Thin::whole(data);
            }
            if !boundaries.contains(&boundary) {
                boundaries.push(boundary);
            }
        }
        let Ok(finder) = AhoCorasick::new(&boundaries) else { return Thin::whole(data) };
        let lines = finder.find_iter(data).map(|found| found.start()).filter(|at| *at > 0 && data.get(at - 1) == Some(&b'\n'));
        let mut out = Vec::new();
        let (mut left_out, mut from, mut begins) = (Vec::new(), 0, 0);
        for ends in lines.chain([data.len()]) {
            if let Some((middle, rest)) = middle(data, begins, ends) {
                out.extend_from_slice(data.get(from..middle).unwrap_or_default());
                left_out.push((out.len(), rest - middle));
                from = rest;
            }
            begins = ends;
        }
        if left_out.is_empty() {
            return Thin::whole(data);
        }
        out.extend_from_slice(data.get(from..).unwrap_or_default());
        Thin { bytes: Cow::Owned(out), left_out }
    }

    /// Where a place in the copy is in the message.
    pub(crate) fn original(&self, at: usize) -> usize {
        at + self.left_out.iter().take_while(|(place, _)| *place <= at).map(|(_, bytes)| bytes).sum::<usize>()
    }
}

/// What may be left out of the part that begins with the line at `begins`: from where and to where. No line comes to begin there that
/// did not begin a line before, lest it be taken for a boundary.
fn middle(data: &[u8], begins: usize, ends: usize) -> Option<(usize, usize)> {
    let body = begins + end_of_headers(data.get(begins..ends)?)?;
    let (from, to) = (body + KEPT_BYTES, ends.checked_sub(KEPT_BYTES)?);
    if to < from + 4 * KEPT_BYTES {
        return None;
    }
    let line_end = |byte: &u8| *byte == b'\n';
    // In the middle of a line that is longer than any boundary, the rest of any other line may follow.
    let Some(at) = data.get(from..from + 2 * MAX_BOUNDARY_BYTES)?.iter().position(line_end) else {
        return Some((from + 2 * MAX_BOUNDARY_BYTES, to));
    };
    let from = from + at + 1;
    let rest = match data.get(to..ends)?.iter().position(line_end) {
        Some(at) => to + at + 1,
        None => from + data.get(from..to)?.iter().rposition(line_end)? + 1,
    };
    Some((from, rest))
}

/// Where the empty line ends that ends the headers.
fn end_of_headers(part: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let length = part.get(at..)?.iter().position(|byte| *byte == b'\n')?;
        let line = part.get(at..at + length)?;
        at += length + 1;
        if line.is_empty() || line == b"\r" {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::{Part, tree_in};
    use super::*;

    fn lines(length: usize, line: &str) -> String {
        line.repeat(length / line.len())
    }

    fn bodies(part: &Part<'_>, found: &mut Vec<(String, Vec<u8>)>) {
        found.push((part.media_type().to_owned(), part.body.to_vec()));
        part.children.iter().for_each(|child| bodies(child, found));
    }

    #[test]
    fn the_parts_of_a_thin_message_are_those_of_the_whole_one() {
        let long = lines(3 << 20, "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5\r\n");
        let stars = lines(2 << 20, "a * b -- --b --inner x\r\n");
        let one_line = "x".repeat(2 << 20);
        let inner = format!(
            "Content-Type: multipart/mixed; boundary=inner\r\n\r\n--inner\r\n\r\nfirst\r\n--inner\r\nContent-Type: image/png\r\n\r\n{long}\r\n--inner--\r\n"
        );
        let head = "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\npreamble\r\n";
        let whole = format!(
            "{head}--b\r\nContent-Type: text/plain\r\n\r\n{stars}--b\r\n{inner}--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n{inner}--b\r\n\
             Content-Type: text/html\r\n\r\n{one_line}\r\n--b\r\nContent-Type: application/pdf\r\n{long}\r\n--b--\r\nafter\r\n{stars}"
        );
        let open = format!("{head}--b\r\n\r\ntext\r\n--b\r\n{}", inner.replace("--inner--", ""));
        let plain = format!("From: a@b.example\r\n\r\n{stars}--b\r\n{one_line}");
        for text in [&whole, &open, &plain] {
            let (data, limits) = (text.as_bytes(), Limits::default());
            let thin = Thin::of(data, &limits);
            assert!(thin.bytes.len() < data.len() / 4 * 3, "{} of {}", thin.bytes.len(), data.len());
            let (mut of_thin, mut of_whole) = (Vec::new(), Vec::new());
            bodies(&tree_in(&thin, data, &limits).expect("headers").0, &mut of_thin);
            bodies(&tree_in(&Thin::whole(data), data, &limits).expect("headers").0, &mut of_whole);
            assert!(of_whole.len() == 1 || of_whole.len() > 4);
            assert!(of_thin == of_whole, "{:?}", of_thin.iter().map(|(kind, body)| (kind, body.len())).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_line_that_would_be_a_boundary_only_where_something_was_left_out_is_none() {
        // Once the middle is gone, `--b` must not come to stand at the beginning of a line.
        let long = format!("{}{}--b\r\n{}", lines(KEPT_BYTES + 40, "abcdefg\r\n"), "y".repeat(1 << 20), lines(KEPT_BYTES - 30, "--x\r\n"));
        let text = format!("From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n{long}\r\n--b--\r\n");
        let (root, _) = tree_in(&Thin::of(text.as_bytes(), &Limits::default()), text.as_bytes(), &Limits::default()).expect("headers");
        assert_eq!(root.children.len(), 1);
        assert_eq!(root.children.first().map(|child| child.body.len()), Some(long.len()));
    }
}
