//! Tables that come by mail: bytes of a .csv, .xlsx or .xls → sheets of cells.
//!
//! What a file is, its content says, not its name. Nothing is evaluated: of a formula, the value that was stored with it is
//! read; a text that begins with `=` is a text. Limits are looked at before memory is spent, because a workbook of half a
//! megabyte can ask for half a gigabyte. Which columns mean what is for `domain::table` to say.

mod compound;
mod records;
mod separated;
mod workbook;
mod zipped;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::domain::table::{Cell, CellFault, Row, Sheet, Wrong};

pub(crate) use zipped::directory_entries;

/// A file is read up to this size.
const BYTES: usize = 10 << 20;

/// Sheets of a workbook.
const SHEETS: usize = 64;

/// Columns of a row, up to its last cell that is filled.
const COLUMNS: usize = 256;

/// Cells of a file, each row counted up to its last cell that is filled.
const CELLS: usize = 200_000;

/// Text of a file, all its cells together.
const TEXT_BYTES: usize = 16 << 20;

/// Reads the sheets of a table. `file_name` is only looked at for text files: a .txt is a table where it looks like one.
/// Hidden sheets of a workbook are passed over, and rows without a filled cell are left out.
///
/// Errors: `Unreadable`, `Protected`, `TooLarge`; never a panic, whatever the bytes.
pub fn read_sheets(file_name: &str, bytes: &[u8]) -> Result<Vec<Sheet>, CellFault> {
    if bytes.len() > BYTES {
        return Err(too_large("bytes", BYTES));
    }
    // A damaged file may trip an assertion of the libraries; that is the file's fault and ends nothing but its reading.
    catch_unwind(AssertUnwindSafe(|| {
        if bytes.starts_with(b"PK\x03\x04") {
            zipped::check(bytes)?;
            workbook::xlsx(bytes)
        } else if bytes.starts_with(compound::MAGIC) {
            records::check(&compound::read(bytes)?)?;
            workbook::xls(bytes)
        } else {
            separated::read(file_name, bytes).map(|sheet| vec![sheet])
        }
    }))
    .unwrap_or_else(|_| Err(unreadable("the file is damaged")))
}

fn unreadable(why: impl Into<String>) -> CellFault {
    CellFault::of_table(Wrong::Unreadable { why: why.into() })
}

fn too_large(what: &str, limit: usize) -> CellFault {
    CellFault::of_table(Wrong::TooLarge { limit: format!("{what} > {limit}") })
}

/// Puts rows together, and stops at the limits.
#[derive(Default)]
struct Filling {
    cells: usize,
    text_bytes: usize,
}

impl Filling {
    /// Counts a cell before it is kept.
    fn count_text(&mut self, cell: &Cell) -> Result<(), CellFault> {
        if let Cell::Text(text) = cell {
            self.text_bytes += text.len();
        }
        if self.text_bytes > TEXT_BYTES { Err(too_large("bytes of text", TEXT_BYTES)) } else { Ok(()) }
    }

    /// A row without the empty cells behind its last filled one; `None` where there is no filled one.
    fn row(&mut self, line: u32, mut cells: Vec<Cell>) -> Result<Option<Row>, CellFault> {
        let width = cells.iter().rposition(|cell| *cell != Cell::Empty).map_or(0, |last| last + 1);
        cells.truncate(width);
        self.cells += width;
        if width > COLUMNS {
            return Err(too_large("columns", COLUMNS));
        }
        if self.cells > CELLS {
            return Err(too_large("cells", CELLS));
        }
        Ok((width > 0).then_some(Row { line, cells }))
    }
}

/// A text as a cell.
fn text_cell(text: &str) -> Cell {
    match text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '\u{200b}') {
        "" => Cell::Empty,
        text => Cell::Text(text.to_owned()),
    }
}

#[cfg(test)]
mod tests;
