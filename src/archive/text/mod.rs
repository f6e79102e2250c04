//! Text out of a file, by what its bytes are and not by what it is called.
//!
//! Everything has a limit that is looked at before memory is spent. It may still fail, hang or ask for more: `helper` runs it in
//! a process that can be spared.

mod office;
mod packed;
mod pdf;

use crate::domain::attached::{FileText, Lack};
use crate::domain::table::{Cell, Sheet, Wrong};
use crate::mail::charset;
use crate::mail::parse::{self, html_text};
use crate::mail::table::read_sheets;

pub use pdf::installed as pdf_reader_installed;

/// A file is read up to this size.
pub const FILE_BYTES: usize = 10 << 20;

/// By so much of its beginning it is known what a file is.
pub const HEAD_BYTES: usize = 1024;

/// Text of a file that is kept.
pub const TEXT_BYTES: usize = 1 << 20;

/// Old Office files: .doc, .xls, .ppt, .wps.
const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// A kind of file that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Plain text, tables in columns among it.
    Plain,
    /// A web page.
    Page,
    /// A message.
    Mail,
    /// A zip: a .docx, .pptx or .xlsx, or an archive.
    Zip,
    /// An old workbook.
    OldWorkbook,
    /// A .pdf.
    Pdf,
}

/// What a file is. `None`: it holds no text for us; it is kept and named.
pub fn kind(name: &str, media_type: &str, bytes: &[u8]) -> Option<Kind> {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.trim().to_ascii_lowercase()).unwrap_or_default();
    let extension = extension.as_str();
    let head = bytes.get(..HEAD_BYTES).unwrap_or(bytes);
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return Some(Kind::Zip);
    }
    if bytes.starts_with(COMPOUND) {
        return (extension == "xls" || media_type == "application/vnd.ms-excel").then_some(Kind::OldWorkbook);
    }
    if charset::find(head, b"%PDF-").is_some() {
        return Some(Kind::Pdf);
    }
    if media_type == "message/rfc822" || extension == "eml" {
        return Some(Kind::Mail);
    }
    // What begins with a zero byte or a picture's mark is no text, whatever its label.
    if bytes.is_empty() || bytes.starts_with(b"\0") || bytes.starts_with(b"\x89PNG") || bytes.starts_with(b"\xff\xd8\xff") {
        return None;
    }
    if media_type == "text/html" || media_type == "application/xhtml+xml" || matches!(extension, "html" | "htm" | "xhtml") {
        return Some(Kind::Page);
    }
    (media_type.starts_with("text/") || matches!(extension, "txt" | "text" | "csv" | "tsv" | "md" | "log")).then_some(Kind::Plain)
}

/// Reads a file: one text, or of an archive one for itself and one for each file in it.
pub fn read(name: &str, media_type: &str, bytes: &[u8]) -> Vec<FileText> {
    if kind(name, media_type, bytes) == Some(Kind::Zip)
        && let Some(within) = packed::read(name, bytes)
    {
        return within;
    }
    vec![read_one(name, media_type, bytes)]
}

/// Reads a file that is no archive; of one, nothing but its name.
fn read_one(name: &str, media_type: &str, bytes: &[u8]) -> FileText {
    let Some(kind) = kind(name, media_type, bytes) else { return FileText::named(name) };
    if bytes.len() > FILE_BYTES {
        return FileText::without(name, Lack::TooLarge);
    }
    let mut text = Text::default();
    let read = match kind {
        Kind::Plain => text.push_lines(&charset::decode(bytes, None).text),
        Kind::Page => page(bytes, &mut text),
        Kind::Mail => mail(bytes, &mut text),
        Kind::Zip => office::read(bytes, &mut text).unwrap_or_else(|| workbook(name, bytes, &mut text)),
        Kind::OldWorkbook => workbook(name, bytes, &mut text),
        Kind::Pdf => pdf::read(bytes, &mut text),
    };
    FileText { name: name.to_owned(), text: text.kept, lacks: read.err() }
}

/// Text up to the limit.
#[derive(Debug, Default)]
struct Text {
    kept: String,
}

impl Text {
    /// Adds text; what is over the limit is left out, and said.
    fn push(&mut self, text: &str) -> Result<(), Lack> {
        let room = TEXT_BYTES - self.kept.len().min(TEXT_BYTES);
        if text.len() <= room {
            self.kept.push_str(text);
            return Ok(());
        }
        let end = (0..=room).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        self.kept.push_str(text.get(..end).unwrap_or_default());
        Err(Lack::TooLarge)
    }

    /// Adds text with LF line ends and no control characters but tabs, up to the limit: the file may be many times as long.
    fn push_lines(&mut self, text: &str) -> Result<(), Lack> {
        let mut before = '\0';
        for c in text.chars() {
            let kept = match c {
                '\n' if before == '\r' => None,
                '\r' | '\u{c}' => Some('\n'),
                '\u{feff}' => None,
                c if c.is_control() && !matches!(c, '\n' | '\t') => None,
                c => Some(c),
            };
            before = c;
            if let Some(kept) = kept {
                if self.kept.len() + kept.len_utf8() > TEXT_BYTES {
                    return Err(Lack::TooLarge);
                }
                self.kept.push(kept);
            }
        }
        Ok(())
    }

    /// A line end, unless one is there.
    fn end_line(&mut self) -> Result<(), Lack> {
        let ended = self.kept.trim_end_matches([' ', '\t']).len();
        self.kept.truncate(ended);
        if self.kept.is_empty() || self.kept.ends_with('\n') { Ok(()) } else { self.push("\n") }
    }
}

fn page(bytes: &[u8], text: &mut Text) -> Result<(), Lack> {
    let (read, is_whole) = html_text(bytes);
    text.push(&read)?;
    if is_whole { Ok(()) } else { Err(Lack::TooLarge) }
}

fn mail(bytes: &[u8], text: &mut Text) -> Result<(), Lack> {
    let mail = parse::read(bytes, &[], &parse::Limits::default()).map_err(|_| Lack::Damaged)?;
    text.push(&mail.subject)?;
    text.end_line()?;
    text.push(&mail.text)
}

fn workbook(name: &str, bytes: &[u8], text: &mut Text) -> Result<(), Lack> {
    let sheets = read_sheets(name, bytes).map_err(|fault| match fault.wrong {
        Wrong::TooLarge { .. } => Lack::TooLarge,
        Wrong::Protected => Lack::Protected,
        _ => Lack::Damaged,
    });
    sheets?.iter().try_for_each(|sheet| rows(sheet, text))
}

/// A line a row, cells set apart by tabs.
fn rows(sheet: &Sheet, text: &mut Text) -> Result<(), Lack> {
    for row in &sheet.rows {
        for (column, cell) in row.cells.iter().enumerate() {
            text.push(if column == 0 { "" } else { "\t" })?;
            match cell {
                Cell::Empty => {}
                // A cell of several lines stays one cell.
                Cell::Text(cell) => text.push(&cell.replace(['\n', '\r', '\t'], " "))?,
                Cell::Day(day) => text.push(&day.to_string())?,
            }
        }
        text.end_line()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
