//! What a command prints: sentences, tables and JSON. Strangers' text is made fit for a terminal here.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, presets};
use serde::Serialize;

/// Columns where nobody says how many there are.
const USUAL_WIDTH: u16 = 80;
/// A flexible column narrower than this reads badly; then every column gives way.
const LEAST_FLEXIBLE: u16 = 8;
/// Spaces between columns.
const GAP: u16 = 2;

/// How a column takes up room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// As wide as its content: numbers and moments.
    Whole,
    /// The same, aligned to the right: counts.
    Count,
    /// Gives way, and wraps.
    Wrap,
}

/// A heading and how its column fits.
pub type Column<'a> = (&'a str, Fit);

/// What a command has to say, and its exit code.
#[derive(Debug, Default)]
pub struct Page {
    text: String,
    raw: Vec<u8>,
    complaint: String,
    code: u8,
    ended: Option<ExitCode>,
}

impl Page {
    /// An empty page.
    pub fn new() -> Page {
        Page::default()
    }

    /// Nothing more to say.
    pub fn ended(code: ExitCode) -> Page {
        Page { ended: Some(code), ..Page::default() }
    }

    /// Bytes as they are.
    pub fn raw(bytes: Vec<u8>) -> Page {
        Page { raw: bytes, ..Page::default() }
    }

    /// A line; of a text with several, all of them.
    pub fn line(&mut self, line: impl AsRef<str>) {
        self.text.push_str(line.as_ref());
        self.text.push('\n');
    }

    /// A blank line, between what was said and what follows.
    pub fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// A table that fits the terminal.
    pub fn table(&mut self, columns: &[Column<'_>], rows: Vec<Vec<String>>) {
        self.text.push_str(&table(columns, rows, width()));
        self.text.push('\n');
    }

    /// Labels and values, those without a value left out.
    pub fn facts(&mut self, facts: &[(&str, String)]) {
        let rows: Vec<Vec<String>> =
            facts.iter().filter(|(_, value)| !value.is_empty()).map(|(label, value)| vec![(*label).to_owned(), value.clone()]).collect();
        self.text.push_str(&without_heading(rows, width()));
        self.text.push('\n');
    }

    /// Facts as JSON.
    pub fn json(&mut self, value: &impl Serialize) {
        match serde_json::to_string_pretty(value) {
            Ok(text) => self.line(text),
            // Our types have string keys and finite numbers.
            Err(error) => self.complain(error.to_string()),
        }
    }

    /// Says something on standard error.
    pub fn complain(&mut self, sentence: impl AsRef<str>) {
        let _ = writeln!(self.complaint, "{}", sentence.as_ref());
    }

    /// What another page says, below.
    pub fn append(&mut self, other: Page) {
        self.text.push_str(&other.text);
        self.complaint.push_str(&other.complaint);
        self.code = self.code.max(other.code);
    }

    /// The exit code, where it is not 0.
    pub fn exit(&mut self, code: u8) {
        self.code = code;
    }

    /// Writes the page. A reader that has gone away is no error.
    pub fn print(self) -> ExitCode {
        if let Some(code) = self.ended {
            return code;
        }
        let mut out = io::stdout().lock();
        let written = out.write_all(self.text.as_bytes()).and_then(|()| out.write_all(&self.raw)).and_then(|()| out.flush());
        if !self.complaint.is_empty() {
            complain(self.complaint.trim_end());
        }
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                complain(&format!("zhibao: {error}"));
                ExitCode::from(super::failure::FAILED)
            }
            _ => ExitCode::from(self.code),
        }
    }
}

/// Says something on standard error; if nobody reads there, nobody needs to know.
pub fn complain(sentence: &str) {
    let _ = writeln!(io::stderr().lock(), "{sentence}");
}

/// How many columns there are to write on.
pub fn width() -> u16 {
    if !io::stdout().is_terminal() {
        return USUAL_WIDTH;
    }
    terminal_size::terminal_size().map_or(USUAL_WIDTH, |(terminal_size::Width(width), _)| width.max(20))
}

fn table(columns: &[Column<'_>], rows: Vec<Vec<String>>, width: u16) -> String {
    let mut table = plain(width);
    table.set_header(columns.iter().map(|(heading, _)| *heading).collect::<Vec<_>>());
    for row in rows {
        table.add_row(row.iter().map(|cell| clean(cell)).collect::<Vec<_>>());
    }
    let widths = table.column_max_content_widths();
    let whole: u16 = columns.iter().zip(&widths).filter(|((_, fit), _)| *fit != Fit::Wrap).map(|(_, width)| width + GAP).sum();
    let flexible = columns.iter().filter(|(_, fit)| *fit == Fit::Wrap).count();
    let needed = u16::try_from(flexible).unwrap_or(u16::MAX).saturating_mul(LEAST_FLEXIBLE + GAP).saturating_add(whole);
    for (index, (_, fit)) in columns.iter().enumerate() {
        let Some(column) = table.column_mut(index) else { continue };
        column.set_padding((0, if index + 1 == columns.len() { 0 } else { GAP }));
        if *fit == Fit::Count {
            column.set_cell_alignment(CellAlignment::Right);
        }
        if *fit != Fit::Wrap && needed <= width {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    table.trim_fmt()
}

fn without_heading(rows: Vec<Vec<String>>, width: u16) -> String {
    let mut table = plain(width);
    for row in rows {
        table.add_row(row.iter().map(|cell| clean(cell)).collect::<Vec<_>>());
    }
    if let Some(labels) = table.column_mut(0) {
        labels.set_padding((0, GAP)).set_constraint(ColumnConstraint::ContentWidth);
    }
    if let Some(values) = table.column_mut(1) {
        values.set_padding((0, 0));
    }
    table.trim_fmt()
}

fn plain(width: u16) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    table
}

/// Strangers' text on one line, without anything that a terminal would obey or that would hide what is written.
pub fn clean(text: &str) -> String {
    let hidden =
        |c: char| matches!(c as u32, 0xad | 0x61c | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0xfeff | 0xe0000..=0xe0fff);
    let visible: String = text.chars().filter(|c| !hidden(*c)).map(|c| if c.is_control() || c.is_whitespace() { ' ' } else { c }).collect();
    visible.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The same for a text of several lines.
pub fn clean_lines(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let indent = line.len() - line.trim_start_matches(' ').len();
        format!("{}{}", &line[..indent], clean(line))
    });
    lines.collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

/// `1 unit`, `2 units`, `1 reply`, `2 replies`.
pub fn count(number: u64, noun: &str) -> String {
    match (number, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{number} {stem}ies"),
        _ => format!("{number} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_comes_through() {
        assert_eq!(clean("盂县\u{1b}[31m事故\r\n\u{202e}x\ty"), "盂县 [31m事故 x y");
        assert_eq!(clean_lines("a\u{7}\n  b\n\n"), "a\n  b");
    }

    #[test]
    fn columns_keep_their_numbers_whole_and_wrap_the_rest() {
        let rows = vec![vec!["E-2003-0007".to_owned(), "盂县某煤矿透水事故，井下有人被困，正在组织抢救".to_owned(), "7".to_owned()]];
        let text = table(&[("编号", Fit::Whole), ("事件", Fit::Wrap), ("件数", Fit::Count)], rows, 40);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[1].starts_with("E-2003-0007  盂县某煤矿"), "{text}");
        assert!(lines.len() > 2 && lines[2].starts_with("             "), "{text}");
    }
}
