//! HTML → the text that a person would read, by mail-parser, which runs the cells of a table together.
//!
//! Reports come as tables: cells of a row are set apart by a tab, rows by a line break, so that labels and values do
//! not run together. Signs for both are put before the tags that mean them, and read when the tags are gone. Nothing of
//! the page is trusted; the outcome is text.

use std::sync::LazyLock;

use mail_parser::decoders::html::html_to_text;
use regex::{Captures, Regex};

/// Characters that no charset has.
const ROW: char = '\u{fdd0}';
const CELL: char = '\u{fdd1}';
const LINE: char = '\u{fdd2}';
const SPACE: char = '\u{fdd3}';

static TAG: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("<(?:/?([a-zA-Z][a-zA-Z0-9:-]*)|[!?])?").expect("a constant pattern") // the tests of HTML use it
});

static GAP: LazyLock<Regex> = LazyLock::new(|| {
    let signs = [ROW, CELL, LINE, SPACE].iter().collect::<String>();
    Regex::new(&format!("[ \\t\\r\\n\u{a0}{signs}]+")).expect("a constant pattern") // the tests of HTML use it
});

/// HTML as text. `html` should be capped by the caller.
pub(crate) fn to_text(html: &str) -> String {
    let signed = TAG.replace_all(html, |tag: &Captures<'_>| {
        let tag_text = tag.get(0).map_or("", |tag| tag.as_str());
        match tag.get(1) {
            Some(name) => sign(name.as_str()).into_iter().chain(tag_text.chars()).collect(),
            // mail-parser takes every `<` for a tag.
            None if tag_text == "<" => "&lt;".to_owned(),
            None => tag_text.to_owned(),
        }
    });
    let text = html_to_text(&signed);
    GAP.replace_all(&text, |gap: &Captures<'_>| {
        let gap = gap.get(0).map_or("", |gap| gap.as_str());
        if !gap.contains(ROW) && gap.contains(CELL) {
            return "\t";
        }
        match gap.matches('\n').count() {
            0 | 1 if !gap.contains([ROW, LINE, '\n']) => " ",
            0 | 1 => "\n",
            _ => "\n\n",
        }
    })
    .trim()
    .to_owned()
}

/// What a tag sets apart; the greatest of several wins.
fn sign(tag: &str) -> Option<char> {
    Some(match tag.to_ascii_lowercase().as_str() {
        "tr" | "table" | "tbody" | "thead" | "tfoot" | "caption" => ROW,
        "td" | "th" => CELL,
        "p" | "div" | "li" | "ul" | "ol" | "dl" | "dt" | "dd" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "blockquote" | "pre" | "hr"
        | "section" | "article" | "header" | "footer" | "address" | "center" | "form" | "fieldset" | "option" | "body" => LINE,
        "img" | "input" | "button" | "select" => SPACE,
        _ => return None,
    })
}
