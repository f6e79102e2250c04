//! Text in columns: commas, semicolons, tabs, or the full-width commas that a Chinese keyboard gives.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::domain::table::{CellFault, Sheet, Wrong};
use crate::mail::charset;

use super::{CELLS, Filling, text_cell, too_large, unreadable};

/// In the order in which they win where both would do.
const SEPARATORS: [char; 5] = ['\t', ',', ';', '，', '；'];

/// Stands for a full-width separator while the lines are split: the reader knows separators of one byte only.
const STAND_IN: char = '\u{1f}';

/// How much is looked at to find the separator.
const SAMPLE_LINES: usize = 60;
const SAMPLE_CHARACTERS: usize = 40_000;

/// Reads the one sheet of a text file.
pub(super) fn read(file_name: &str, bytes: &[u8]) -> Result<Sheet, CellFault> {
    let text = lines_made_one_kind(decoded(bytes)?);
    if text.trim().is_empty() {
        return Err(unreadable("the file is empty"));
    }
    // `sep=;` in the first line is a spreadsheet's own hint, and no part of the table.
    let (hint, skipped) = match text.split_once('\n') {
        Some((first, _)) => (first.trim().strip_prefix("sep=").and_then(|rest| rest.chars().next()), first.len() + 1),
        None => (None, 0),
    };
    let separator = hint.or_else(|| separator(&text));
    let Some(separator) = separator.or((!is_prose(file_name)).then_some(',')) else {
        return Err(unreadable("the text has no columns"));
    };
    split(&text, if hint.is_some() { skipped } else { 0 }, separator)
}

/// A .txt or a file without an extension is a table only where it looks like one.
fn is_prose(file_name: &str) -> bool {
    !file_name.rsplit_once('.').is_some_and(|(_, ext)| ["csv", "tsv", "tab"].contains(&ext.to_ascii_lowercase().as_str()))
}

fn decoded(bytes: &[u8]) -> Result<String, CellFault> {
    let text = match utf16_without_mark(bytes) {
        Some(encoding) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
        None => charset::decode(bytes, None).text,
    };
    let control = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1a}' | '\u{85}');
    if text.starts_with("%PDF") || text.contains(control) {
        return Err(unreadable("neither a spreadsheet nor a text in columns"));
    }
    if text.trim_start().starts_with(['<', '{']) {
        return Err(unreadable("a web page or another markup, not a text in columns"));
    }
    Ok(text)
}

/// UTF-16 without a byte order mark: half the bytes of its separators, digits and line ends are zero, always the same half.
fn utf16_without_mark(bytes: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let sample = bytes.get(..4096).unwrap_or(bytes);
    let (mut low, mut high) = (0_usize, 0_usize);
    for pair in sample.as_chunks::<2>().0 {
        high += usize::from(pair[0] == 0);
        low += usize::from(pair[1] == 0);
    }
    // 一 is U+4E00: a character or two have their zero on the other side.
    if low > 1 && low > 4 * high {
        Some(encoding_rs::UTF_16LE)
    } else if high > 1 && high > 4 * low {
        Some(encoding_rs::UTF_16BE)
    } else {
        None
    }
}

/// Copies only where it must: a text may be large.
fn lines_made_one_kind(mut text: String) -> String {
    if text.contains('\r') {
        text = text.replace("\r\n", "\n");
    }
    if text.contains('\r') {
        text = text.replace('\r', "\n");
    }
    text.truncate(text.trim_end_matches('\u{1a}').len());
    text
}

/// The separator that most lines hold equally often. Lines without any do not speak against one: they are titles.
fn separator(text: &str) -> Option<char> {
    let agreement = |separator: char| {
        let mut counts = BTreeMap::<usize, usize>::new();
        for found in separators_by_line(text, separator) {
            *counts.entry(found).or_default() += 1;
        }
        counts.remove(&0);
        // Lines that agree, then how many columns they make.
        counts.into_iter().map(|(separators, lines)| (lines, separators)).max()
    };
    let mut best: Option<(char, (usize, usize))> = None;
    for candidate in SEPARATORS {
        if let Some(agreed) = agreement(candidate)
            && best.is_none_or(|(_, most)| agreed > most)
        {
            best = Some((candidate, agreed));
        }
    }
    best.map(|(separator, _)| separator)
}

/// How many separators stand in each line of the sample. In quotes there are none, and no line ends.
fn separators_by_line(text: &str, separator: char) -> Vec<usize> {
    let (mut lines, mut found, mut quoted, mut cell_begins) = (Vec::new(), 0, false, true);
    for c in text.chars().take(SAMPLE_CHARACTERS).chain(['\n']) {
        if c == '"' {
            quoted = !quoted && cell_begins;
        } else if !quoted && c == '\n' {
            lines.push(std::mem::take(&mut found));
            if lines.len() == SAMPLE_LINES {
                break;
            }
        } else if !quoted && c == separator {
            found += 1;
        }
        // A quote behind a closing one opens again: two stand for one.
        cell_begins = !quoted && (c == separator || c == '\n' || c == '"');
    }
    lines
}

fn split(text: &str, skipped: usize, separator: char) -> Result<Sheet, CellFault> {
    if text.matches(separator).count() > 10 * CELLS {
        return Err(too_large("cells", CELLS));
    }
    let body = text.get(skipped..).unwrap_or("");
    let full_width = !separator.is_ascii();
    let body: Cow<'_, str> = if full_width { body.replace(separator, &STAND_IN.to_string()).into() } else { body.into() };
    let byte = u8::try_from(u32::from(if full_width { STAND_IN } else { separator })).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(byte).from_reader(body.as_bytes());
    let mut sheet = Sheet { name: String::new(), rows: Vec::new(), merged: Vec::new() };
    let (mut filling, mut record) = (Filling::default(), csv::StringRecord::new());
    let (mut line, mut read_to, mut spans_lines) = (1 + u32::from(skipped > 0), 0_usize, false);
    loop {
        let start = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
        if !reader.read_record(&mut record).map_err(|error| unreadable(error.to_string()))? {
            break;
        }
        // The line on which the record begins, behind the blank ones that the reader passes over.
        let blank = body.get(start..).unwrap_or("").bytes().take_while(|b| *b == b'\n').count();
        let begins = start + blank;
        line += u32::try_from(body.get(read_to..begins).unwrap_or("").matches('\n').count()).unwrap_or(u32::MAX);
        read_to = begins;
        spans_lines = record.iter().any(|cell| cell.contains('\n'));
        let cells = record.iter().map(|cell| match full_width && cell.contains(STAND_IN) {
            true => text_cell(&cell.replace(STAND_IN, &separator.to_string())),
            false => text_cell(cell),
        });
        sheet.rows.extend(filling.row(line, cells.collect())?);
    }
    // The last record swallows the rest of the file where its quotation mark is never closed.
    if spans_lines && body.get(read_to..).unwrap_or("").matches('"').count() % 2 == 1 {
        return Err(CellFault { line: Some(line), ..unreadable("a quotation mark opens here and is never closed") });
    }
    if sheet.rows.is_empty() { Err(CellFault::of_table(Wrong::NoHeader)) } else { Ok(sheet) }
}
