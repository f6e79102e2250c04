//! The tree of MIME parts, in one pass over the lines.
//!
//! mail-parser's own structure is not used: it cuts a body at a boundary within a line, searches to the end of the
//! message for every boundary that never comes, and nests messages so deep that freeing them overflows the stack, which
//! no `catch_unwind` catches.

use super::Limits;
use super::header::{Headers, Line, Lines};
use super::structured::Structured;

/// One part, or the whole message.
#[derive(Debug)]
pub(crate) struct Part<'a> {
    pub(crate) headers: Headers<'a>,
    pub(crate) content_type: Structured,
    pub(crate) disposition: Structured,
    /// Raw, still encoded.
    pub(crate) body: &'a [u8],
    pub(crate) children: Vec<Part<'a>>,
    /// Leaves are numbered in message order.
    pub(crate) number: usize,
}

impl Part<'_> {
    pub(crate) fn is_multipart(&self) -> bool {
        !self.children.is_empty()
    }

    pub(crate) fn media_type(&self) -> &str {
        &self.content_type.value
    }
}

/// The tree, and whether limits cut it short.
#[derive(Debug)]
pub(crate) struct Tree<'a> {
    pub(crate) root: Part<'a>,
    pub(crate) truncated: bool,
}

/// Reads the structure of a message whose line ends are LF or CRLF.
pub(crate) fn tree<'a>(data: &'a [u8], limits: &Limits) -> Tree<'a> {
    let lines = Lines { data, at: first_line(data) };
    let mut parser = Parser { lines, boundaries: Vec::new(), limits, parts: 0, leaves: 0, truncated: false };
    let (root, _) = parser.part("text/plain", 0);
    Tree { root, truncated: parser.truncated }
}

/// The header block alone begins after a byte order mark and empty lines.
fn first_line(data: &[u8]) -> usize {
    let without_mark = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data);
    let blank = without_mark.iter().take_while(|b| b.is_ascii_whitespace()).count();
    data.len() - without_mark.len() + blank
}

/// How far into a multipart the first boundary is looked for when the header does not tell it.
const MAX_PREAMBLE_LINES: usize = 50;

/// What ended a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The boundary of the multipart at this level; a closing one or not.
    Boundary { level: usize, closes: bool },
    /// The end of the message.
    Message,
}

struct Parser<'a, 'l> {
    lines: Lines<'a>,
    /// Of the multiparts that are open, outermost first.
    boundaries: Vec<Vec<u8>>,
    limits: &'l Limits,
    parts: usize,
    leaves: usize,
    truncated: bool,
}

impl<'a> Parser<'a, '_> {
    /// Reads a part from its headers on.
    fn part(&mut self, default_type: &str, depth: usize) -> (Part<'a>, End) {
        self.parts += 1;
        let (headers, ended) = self.headers();
        let content_type = content_type(&headers, default_type);
        let disposition = headers.first("Content-Disposition").map(Structured::parse).unwrap_or_default();
        let mut part = Part { headers, content_type, disposition, body: b"", children: Vec::new(), number: 0 };
        let end = match ended {
            Some(end) => end,
            None => match self.inner_boundary(&part, depth) {
                Some(boundary) => self.multipart(&mut part, boundary, depth),
                None => self.leaf(&mut part),
            },
        };
        if !part.is_multipart() {
            part.number = self.leaves;
            self.leaves += 1;
        }
        (part, end)
    }

    /// Reads header lines up to the empty one. A boundary ends them too: such a part has no body.
    fn headers(&mut self) -> (Headers<'a>, Option<End>) {
        let mut headers = Headers::default();
        let began = self.lines.at;
        while let Some(line) = self.lines.next() {
            if line.start == line.end {
                return (headers, None);
            }
            if let Some(end) = self.boundary_at(line) {
                return (headers, Some(end));
            }
            if line.start - began > self.limits.header_bytes {
                self.truncated = true;
            } else if !headers.take_line(self.lines.data, line.start, line.end) {
                // No header: whoever wrote this left out the empty line, and it is the body that begins.
                self.lines.at = line.start;
                return (headers, None);
            }
        }
        (headers, Some(End::Message))
    }

    fn inner_boundary(&mut self, part: &Part<'a>, depth: usize) -> Option<Vec<u8>> {
        if !part.media_type().starts_with("multipart/") {
            return None;
        }
        let said = part.content_type.plain("boundary").map(str::trim_end).filter(|boundary| !boundary.is_empty());
        let boundary = said.map(|boundary| [b"--", boundary.as_bytes()].concat()).or_else(|| self.boundary_in_use())?;
        if depth >= self.limits.depth || self.parts >= self.limits.parts {
            self.truncated = true;
            return None;
        }
        Some(boundary)
    }

    /// The line that looks as if it began the first part, when the header names no boundary or a wrong one.
    fn boundary_in_use(&self) -> Option<Vec<u8>> {
        let mut lines = self.lines.clone();
        for _ in 0..MAX_PREAMBLE_LINES {
            let line = lines.next()?;
            let text = lines.text(line).trim_ascii_end();
            if text.starts_with(b"--") && text.len() > 4 {
                let next = lines.clone().next().map(|line| lines.text(line)).unwrap_or_default();
                let begins_part = next.get(..8).is_some_and(|start| start.eq_ignore_ascii_case(b"content-"));
                return begins_part.then(|| text.to_owned());
            }
        }
        None
    }

    fn multipart(&mut self, part: &mut Part<'a>, boundary: Vec<u8>, depth: usize) -> End {
        let before = self.lines.clone();
        let mut end = self.parts_between(part, boundary, depth);
        // Once only, and not further in: every try reads to the end.
        if part.children.is_empty() && depth == 0 {
            self.lines = before;
            if let Some(boundary) = self.boundary_in_use() {
                end = self.parts_between(part, boundary, depth);
            } else {
                end = self.leaf(part);
            }
        }
        end
    }

    fn parts_between(&mut self, part: &mut Part<'a>, boundary: Vec<u8>, depth: usize) -> End {
        let level = self.boundaries.len();
        let start = self.lines.at;
        let default_type = if part.media_type() == "multipart/digest" { "message/rfc822" } else { "text/plain" };
        self.boundaries.push(boundary);
        // The preamble.
        let mut end = self.skip().1;
        while end == (End::Boundary { level, closes: false }) {
            if self.parts >= self.limits.parts {
                self.truncated = true;
                end = self.skip_to_outer(level);
                break;
            }
            let (child, child_end) = self.part(default_type, depth + 1);
            part.children.push(child);
            end = child_end;
        }
        self.boundaries.truncate(level);
        if end == (End::Boundary { level, closes: true }) {
            // The epilogue.
            end = self.skip().1;
        }
        if part.children.is_empty() {
            // The boundary never came: what there is, is read as it stands.
            part.body = self.lines.data.get(start..self.end_of_body(end)).unwrap_or_default();
        }
        end
    }

    fn leaf(&mut self, part: &mut Part<'a>) -> End {
        let start = self.lines.at;
        let (body_end, end) = self.skip();
        part.body = self.lines.data.get(start..body_end.max(start)).unwrap_or_default();
        end
    }

    /// Reads on to the next boundary of any open multipart. Says where the text before it ends, and what came.
    fn skip(&mut self) -> (usize, End) {
        while let Some(line) = self.lines.next() {
            if let Some(end) = self.boundary_at(line) {
                return (self.before_line_end(line.start), end);
            }
        }
        (self.lines.data.len(), End::Message)
    }

    fn skip_to_outer(&mut self, level: usize) -> End {
        loop {
            match self.skip().1 {
                End::Boundary { level: found, closes: false } if found == level => {}
                end => return end,
            }
        }
    }

    fn end_of_body(&self, end: End) -> usize {
        match end {
            End::Message => self.lines.data.len(),
            End::Boundary { .. } => self.lines.at,
        }
    }

    /// The line end before a boundary belongs to the boundary (RFC 2046, 5.1.1).
    fn before_line_end(&self, at: usize) -> usize {
        let before = self.lines.data.get(..at).unwrap_or_default();
        let before = before.strip_suffix(b"\n").unwrap_or(before);
        before.strip_suffix(b"\r").unwrap_or(before).len()
    }

    /// The open multipart whose boundary this line is, innermost first.
    fn boundary_at(&self, line: Line) -> Option<End> {
        let text = self.lines.text(line);
        if !text.starts_with(b"--") {
            return None;
        }
        let text = text.trim_ascii_end();
        self.boundaries.iter().enumerate().rev().find_map(|(level, boundary)| match text.strip_prefix(boundary.as_slice()) {
            Some(b"") => Some(End::Boundary { level, closes: false }),
            Some(b"--") => Some(End::Boundary { level, closes: true }),
            _ => None,
        })
    }
}

/// The type of a part; one that is no `type/subtype` counts as plain text (RFC 2045, 5.2).
fn content_type(headers: &Headers<'_>, default_type: &str) -> Structured {
    let mut found = headers.first("Content-Type").map(Structured::parse).unwrap_or_else(|| Structured::of(default_type));
    found.value.retain(|c| !c.is_whitespace());
    if found.value.split_once('/').is_none_or(|(kind, subtype)| kind.is_empty() || subtype.is_empty()) {
        found.value = "text/plain".to_owned();
    }
    found
}
