//! The parts of a notice, as templates give them, laid out as text and as HTML.
//!
//! A template writes each part in plain lines: a line is a paragraph; a line that begins with `- ` is an item of a list;
//! a line indented by four spaces is literal, to be typed by the reader, with `=>` between what to type and what it does.
//! Blank lines mean nothing. So one template serves both layouts, and no stranger's text can pass for markup.

use std::sync::LazyLock;

use minijinja::{HtmlEscape, Value, context};
use regex::{Captures, Regex};

use super::plain::columns;

/// What parts a template has, in this order; templates are rendered at one go and split here.
const PART_END: char = '\u{1e}';
const PART_NAMES: [&str; 6] = ["subject", "lead", "note", "why", "next", "answer"];

/// The template that every kind's template extends.
pub(super) fn parts_template() -> String {
    PART_NAMES.map(|name| format!("{{% block {name} %}}{{% endblock %}}")).join(&PART_END.to_string())
}

/// What a template rendered to.
pub(super) struct Parts {
    /// One line.
    pub subject: String,
    /// What happened.
    pub lead: Vec<Block>,
    /// What the reader should know besides.
    pub note: Vec<Block>,
    /// By what rule.
    pub why: Vec<Block>,
    /// What to do.
    pub next: Vec<Block>,
    /// How to answer.
    pub answer: Vec<Block>,
}

impl Parts {
    pub(super) fn split(rendered: &str) -> Parts {
        let mut parts = rendered.split(PART_END);
        let mut next = || parts.next().unwrap_or_default();
        let subject = next().split_whitespace().collect::<Vec<_>>().join(" ");
        Parts { subject, lead: blocks(next()), note: blocks(next()), why: blocks(next()), next: blocks(next()), answer: blocks(next()) }
    }
}

/// A piece of a part.
pub(super) enum Block {
    Paragraph(String),
    List(Vec<String>),
    /// What to type, and what that does (may be empty).
    Literal(Vec<(String, String)>),
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if let Some(literal) = line.strip_prefix("    ") {
            let (typed, does) = literal.split_once("=>").unwrap_or((literal, ""));
            let row = (typed.trim().to_owned(), does.trim().to_owned());
            match blocks.last_mut() {
                Some(Block::Literal(rows)) => rows.push(row),
                _ => blocks.push(Block::Literal(vec![row])),
            }
        } else if let Some(item) = line.trim_start().strip_prefix("- ") {
            match blocks.last_mut() {
                Some(Block::List(items)) => items.push(item.trim().to_owned()),
                _ => blocks.push(Block::List(vec![item.trim().to_owned()])),
            }
        } else {
            blocks.push(Block::Paragraph(line.trim().to_owned()));
        }
    }
    blocks
}

/// Escaped HTML of `text` in which numbers like S-2003-000123 do not break at their hyphens.
pub(super) fn keep_numbers(text: &str) -> Value {
    #[allow(clippy::expect_used)] // a constant pattern, which every notice's page uses
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[ENQRS]-[0-9]{4}-[0-9]{4,9}").expect("a constant pattern"));
    let escaped = HtmlEscape(text).to_string();
    let kept = NUMBER.replace_all(&escaped, |number: &Captures| format!("<span style=\"white-space:nowrap\">{}</span>", &number[0]));
    Value::from_safe_string(kept.into_owned())
}

/// Facts under a heading (which may be empty), label and value.
pub(super) struct Table {
    pub heading: &'static str,
    pub rows: Vec<(String, String)>,
}

/// Blocks as text.
pub(super) fn text(blocks: &[Block]) -> String {
    let mut out = String::new();
    for block in blocks {
        match block {
            Block::Paragraph(line) => out.extend([line.as_str(), "\n"]),
            Block::List(items) => items.iter().for_each(|item| out.extend(["- ", item.as_str(), "\n"])),
            Block::Literal(rows) => {
                let widest = rows.iter().filter(|(_, does)| !does.is_empty()).map(|(typed, _)| columns(typed)).max().unwrap_or(0);
                for (typed, does) in rows {
                    let line = format!("    {typed}{}{does}", " ".repeat((widest + 2).saturating_sub(columns(typed))));
                    out.extend([line.trim_end(), "\n"]);
                }
            }
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Blocks as values for the HTML layout, which escapes them.
pub(super) fn values(blocks: &[Block]) -> Value {
    blocks
        .iter()
        .map(|block| match block {
            Block::Paragraph(line) => context! { is => "p", text => line },
            Block::List(items) => context! { is => "list", items => Value::from_iter(items.iter().map(Value::from)) },
            Block::Literal(rows) => {
                let paired = rows.iter().any(|(_, does)| !does.is_empty());
                let rows = Value::from_iter(rows.iter().map(|(typed, does)| context! { typed, does }));
                context! { is => "literal", rows, paired }
            }
        })
        .collect()
}

/// Tables as text: labels padded to one width, so that values align in a terminal. No colons: a reader's reply may quote
/// these lines without a mark, and `label：value` would be read as a field of his.
pub(super) fn table_text(tables: &[Table]) -> String {
    let widest = tables.iter().flat_map(|t| &t.rows).map(|(label, _)| columns(label)).max().unwrap_or(0);
    let mut out = String::new();
    for table in tables.iter().filter(|table| !table.rows.is_empty()) {
        if !out.is_empty() {
            out.push('\n');
        }
        if !table.heading.is_empty() {
            out.extend([table.heading, "\n"]);
        }
        for (label, value) in &table.rows {
            out.extend(["  ", label, &" ".repeat(widest + 3 - columns(label)), value, "\n"]);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Tables as values for the HTML layout.
pub(super) fn table_values(tables: &[Table]) -> Value {
    tables
        .iter()
        .filter(|table| !table.rows.is_empty())
        .map(|table| {
            let rows = Value::from_iter(table.rows.iter().map(|(label, value)| context! { label, value }));
            context! { heading => table.heading, rows }
        })
        .collect()
}
