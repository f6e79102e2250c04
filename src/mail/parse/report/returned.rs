//! Which mail a report is about: the Message-ID in the headers that it returns, in whatever form.

use std::sync::LazyLock;

use regex::Regex;

use super::{MAX_PART_BYTES, Sight, beginning};
use crate::mail::parse::body;
use crate::mail::parse::tree::Part;

/// More than any report of one mail has.
const MAX_ORIGINALS: usize = 20;

static MESSAGE_ID: LazyLock<Regex> = LazyLock::new(|| {
    let names = "(?:original-|x-original-|resent-)?message-id";
    Regex::new(&format!(r"(?im)^[ \t>|]*{names}:\s*<?([^<>\s@]{{1,200}}@[^<>\s]{{1,200}})")).expect("a constant pattern") // every test of reports uses it
});

/// Message-IDs without their brackets, each once: of returned parts, then of the text, then what the report answers.
pub(super) fn originals(root: &Part<'_>, sight: &Sight<'_>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    of_parts(root, &mut found);
    let end = sight.text.char_indices().map(|(at, _)| at).take_while(|at| *at <= 4 * MAX_PART_BYTES).last().unwrap_or(0);
    collect(sight.text.get(..end).unwrap_or_default(), &mut found);
    for id in sight.answers {
        push(id, &mut found);
    }
    found
}

fn of_parts(part: &Part<'_>, found: &mut Vec<String>) {
    if part.is_multipart() {
        part.children.iter().for_each(|child| of_parts(child, found));
    } else if part.media_type().starts_with("message/") || part.media_type().starts_with("text/rfc822") {
        collect(&beginning(&body::content(part)), found);
    }
}

fn collect(text: &str, found: &mut Vec<String>) {
    for groups in MESSAGE_ID.captures_iter(text) {
        push(&groups[1], found);
    }
}

fn push(id: &str, found: &mut Vec<String>) {
    if found.len() < MAX_ORIGINALS && !found.iter().any(|known| known == id) {
        found.push(id.to_owned());
    }
}
