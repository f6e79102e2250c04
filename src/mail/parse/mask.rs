//! The copy of a message that mail-parser finds the parts in; their content is the original's.
//!
//! What leads mail-parser astray is masked there, or added:
//! - It nests messages within messages so deep that freeing them overflows the stack. To us they are files: the names
//!   of their types are masked.
//! - It joins the segments of parameters in quadratic time: asterisks are masked.
//! - It does not read a boundary that has a line of its own in a header: the fold is masked.
//! - It looks to the end of the message for every boundary that never comes, and takes one that comes within a line:
//!   both are masked.
//! - A multipart that is never closed swallows the rest of the one around it (RFC 2046, 5.1.2): it is closed.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use regex::bytes::Regex;

use super::Limits;

/// How many bytes may be searched in vain for boundaries.
const MAX_SEARCHED_BYTES: usize = 2 << 30;

/// RFC 2046, 5.1.1, and what some add to it.
pub(super) const MAX_BOUNDARY_BYTES: usize = 100;

/// What leads mail-parser astray.
pub(super) static ASTRAY: LazyLock<Regex> = LazyLock::new(|| {
    let boundary = r#"(?<word>boundary)(?:[ \t]*=(?<fold>\s*)(?:"(?<quoted>[^"\r\n]+)"|(?<plain>[^\s;"]+)))?"#;
    Regex::new(&format!(r"(?i-u)rfc822|global|digest|{boundary}")).expect("a constant pattern") // every test of mails uses it
});

/// See the head of the file.
pub(crate) struct Masked<'a> {
    pub(crate) bytes: Cow<'a, [u8]>,
    /// What the message does not have, by its place in the copy.
    added: Vec<Range<usize>>,
    /// Boundaries beyond the limit were masked.
    pub(crate) truncated: bool,
}

impl<'a> Masked<'a> {
    pub(crate) fn new(data: &'a [u8], limits: &Limits) -> Masked<'a> {
        let mut copy = Masked { bytes: Cow::Borrowed(data), added: Vec::new(), truncated: false };
        if data.contains(&b'*') {
            copy.bytes.to_mut().iter_mut().filter(|b| **b == b'*').for_each(|b| *b = b'x');
        }
        let most = limits.parts.min(MAX_SEARCHED_BYTES / data.len().max(1));
        let (mut declared, mut words) = (Vec::new(), 0);
        for found in ASTRAY.captures_iter(data) {
            let Some(word) = found.name("word") else {
                found.get(0).into_iter().for_each(|name| copy.fill(name.range(), b'x'));
                continue;
            };
            // `--Boundary=1` is no parameter.
            let before = data.get(word.start().saturating_sub(MAX_BOUNDARY_BYTES)..word.start()).unwrap_or_default();
            if before.iter().rposition(|b| *b == b'\n').and_then(|at| before.get(at + 1..)).is_some_and(|line| line.starts_with(b"--")) {
                continue;
            }
            words += 1;
            let value = found.name("quoted").or_else(|| found.name("plain"));
            if words > most {
                copy.truncated |= value.is_some();
                copy.fill(word.range(), b'x');
            } else if let (Some(fold), Some(value)) = (found.name("fold"), value) {
                copy.fill(fold.range(), b' ');
                declared.push((word.range(), [b"--", value.as_bytes().trim_ascii_end()].concat()));
            }
        }
        let closings = copy.mask_boundaries(data, &declared);
        copy.add(closings.into_iter().take(limits.parts));
        copy
    }

    /// Masks what only looks like a boundary, and the declarations of those that never come. Says what multiparts are not
    /// closed: the place, and the line that is missing.
    fn mask_boundaries(&mut self, data: &'a [u8], declared: &[(Range<usize>, Vec<u8>)]) -> Vec<(usize, Vec<u8>)> {
        let mut closings = Vec::new();
        // Most mail: what finds nothing is not built, and not taken through the message.
        if declared.is_empty() {
            return closings;
        }
        let mut builder = AhoCorasick::builder();
        let builder = builder.kind(Some(AhoCorasickKind::ContiguousNFA)).match_kind(MatchKind::LeftmostLongest);
        let Ok(finder) = builder.build(declared.iter().map(|(_, boundary)| boundary)) else { return closings };
        let mut last_seen: BTreeMap<&[u8], usize> = BTreeMap::new();
        // Outermost first.
        let mut open: Vec<&[u8]> = Vec::new();
        for found in finder.find_iter(data) {
            let (before, rest) = data.split_at(found.start());
            let (boundary, after) = rest.split_at(found.len());
            if !(before.is_empty() || before.ends_with(b"\n")) || !ends_line(after) {
                self.fill(found.start()..found.start() + 1, b'_');
                continue;
            }
            last_seen.insert(boundary, found.start());
            let level = open.iter().rposition(|outer| *outer == boundary).unwrap_or_else(|| {
                open.push(boundary);
                open.len() - 1
            });
            let line_end = before.strip_suffix(b"\n").unwrap_or(before);
            let line_end = line_end.strip_suffix(b"\r").unwrap_or(line_end).len();
            closings.extend(open.drain(level + 1..).rev().map(|inner| (line_end, [b"\n", inner, b"--"].concat())));
            if after.starts_with(b"--") {
                open.pop();
            }
        }
        for (word, boundary) in declared {
            if last_seen.get(boundary.as_slice()).is_none_or(|last| *last < word.start) {
                self.fill(word.clone(), b'x');
            }
        }
        closings
    }

    fn fill(&mut self, place: Range<usize>, with: u8) {
        if !place.is_empty()
            && let Some(place) = self.bytes.to_mut().get_mut(place)
        {
            place.fill(with);
        }
    }

    fn add(&mut self, lines: impl Iterator<Item = (usize, Vec<u8>)>) {
        let (mut out, mut from) = (Vec::new(), 0);
        for (at, line) in lines {
            out.extend_from_slice(self.bytes.get(from..at).unwrap_or_default());
            self.added.push(out.len()..out.len() + line.len());
            out.extend(line);
            from = at;
        }
        if !out.is_empty() {
            out.extend_from_slice(self.bytes.get(from..).unwrap_or_default());
            self.bytes = Cow::Owned(out);
        }
    }

    /// Where a place in the copy is in the message.
    pub(crate) fn original(&self, at: u32) -> usize {
        let at = at as usize;
        at - self.added.iter().map(|added| at.clamp(added.start, added.end) - added.start).sum::<usize>()
    }
}

/// Whether nothing but the dashes that close a multipart, and white space, comes before the end of the line.
fn ends_line(rest: &[u8]) -> bool {
    let rest = rest.strip_prefix(b"--").unwrap_or(rest);
    let after = rest.iter().find(|b| !matches!(b, b' ' | b'\t' | b'\r'));
    after.is_none_or(|b| *b == b'\n')
}
