//! The records (MS-XLS) of a .xls, counted before the reader makes cells of them.
//!
//! The reader makes room for the whole rectangle between the first cell and the last, for the rectangle that a sheet claims,
//! and for one text as often as cells name it. So a file of a few kilobytes can ask for gigabytes; here it is refused.

use crate::domain::table::{CellFault, Wrong};

use super::compound::{u16_at, u32_at};
use super::{CELLS, SHEETS, TEXT_BYTES, too_large, unreadable};

/// Cells of a sheet's rectangle, filled or not: what the reader makes room for.
const RECTANGLE: usize = 2_000_000;

/// Bytes of formulas: each may become a hundredfold of text.
const FORMULA_BYTES: usize = 256 << 10;

const CONTINUE: u16 = 0x003c;

/// Refuses a stream of records that would take more memory than a table may.
pub(super) fn check(stream: &[u8]) -> Result<(), CellFault> {
    let (mut sheets, mut texts) = (Vec::new(), Vec::new());
    for record in Records(stream) {
        let (kind, data, continued) = record?;
        match kind {
            0x002f if u16_at(data, 0) != Some(0) => return Err(CellFault::of_table(Wrong::Protected)),
            0x0085 => sheets.push(u32_at(data, 0).ok_or_else(damaged)? as usize),
            0x00fc => texts = lengths(data, &continued).ok_or_else(damaged)?,
            0x000a => break,
            _ => {}
        }
    }
    if sheets.len() > SHEETS {
        return Err(too_large("sheets", SHEETS));
    }
    let mut sums = Sums::default();
    let mut rectangles = 0;
    for sheet in sheets {
        rectangles += sums.sheet(stream.get(sheet..).ok_or_else(damaged)?, &texts)?;
        if rectangles > RECTANGLE {
            return Err(too_large("cells, filled or not", RECTANGLE));
        }
    }
    Ok(())
}

fn damaged() -> CellFault {
    unreadable("the file is damaged or cut short")
}

/// What the sheets hold together.
#[derive(Default)]
struct Sums {
    cells: usize,
    text_bytes: usize,
    formula_bytes: usize,
}

impl Sums {
    /// Adds a sheet; the size of its rectangle.
    fn sheet(&mut self, stream: &[u8], texts: &[usize]) -> Result<usize, CellFault> {
        let (mut corners, mut claimed, mut depth) = (Corners::default(), 0_usize, 0_usize);
        for record in Records(stream) {
            let (kind, data, _) = record?;
            let (row, column) = (u16_at(data, 0).unwrap_or(0), u16_at(data, 2).unwrap_or(0));
            match kind {
                0x0809 => depth += 1,
                // The end of a chart in the sheet, or of the sheet.
                0x000a if depth > 1 => depth -= 1,
                0x000a => break,
                0x0200 => claimed = claimed.saturating_add(claim(data)),
                0x00bd => {
                    let last = data.len().checked_sub(2).and_then(|at| u16_at(data, at)).unwrap_or(column);
                    corners.take(row, column);
                    corners.take(row, last.max(column));
                    self.cells += usize::from(last.saturating_sub(column)) + 1;
                }
                0x0203 | 0x0204 | 0x0205 | 0x0207 | 0x00d6 | 0x027e | 0x00fd | 0x0006 => {
                    if kind != 0x0207 {
                        corners.take(row, column);
                    }
                    self.cells += 1;
                    self.text_bytes += match kind {
                        0x00fd => u32_at(data, 6).and_then(|at| texts.get(at as usize)).copied().unwrap_or(0),
                        0x0006 => 0,
                        _ => 3 * data.len(),
                    };
                    self.formula_bytes += if kind == 0x0006 { data.len() } else { 0 };
                }
                _ => {}
            }
            self.within_limits()?;
        }
        Ok(corners.rectangle().saturating_mul(2).saturating_add(claimed))
    }

    fn within_limits(&self) -> Result<(), CellFault> {
        if self.cells > CELLS {
            return Err(too_large("cells", CELLS));
        }
        if self.text_bytes > 2 * TEXT_BYTES {
            return Err(too_large("bytes of text", TEXT_BYTES));
        }
        if self.formula_bytes > FORMULA_BYTES {
            return Err(too_large("bytes of formulas", FORMULA_BYTES));
        }
        Ok(())
    }
}

/// The rectangle that a sheet says it fills.
fn claim(data: &[u8]) -> usize {
    let wide = data.len() != 10;
    let row = |at: usize| if wide { u32_at(data, 4 * at) } else { u16_at(data, 2 * at).map(u32::from) }.unwrap_or(0) as usize;
    let column = |at: usize| usize::from(u16_at(data, if wide { 8 } else { 4 } + 2 * at).unwrap_or(0));
    let (rows, columns) = (row(1).abs_diff(row(0)) + 1, column(1).max(column(1).abs_diff(column(0))) + 1);
    rows.saturating_mul(columns)
}

/// The outermost cells of a sheet.
#[derive(Default)]
struct Corners {
    seen: Option<[u16; 4]>,
}

impl Corners {
    fn take(&mut self, row: u16, column: u16) {
        let [top, bottom, left, right] = self.seen.unwrap_or([row, row, column, column]);
        self.seen = Some([top.min(row), bottom.max(row), left.min(column), right.max(column)]);
    }

    fn rectangle(&self) -> usize {
        self.seen.map_or(0, |[top, bottom, left, right]| (usize::from(bottom - top) + 1) * (usize::from(right - left) + 1))
    }
}

/// The lengths of the shared texts, in bytes of UTF-8 at the most. `None` where they do not fit into their record.
fn lengths(data: &[u8], continued: &[&[u8]]) -> Option<Vec<usize>> {
    let mut texts = Texts { here: data.get(8..)?, later: continued.iter() };
    let mut lengths = Vec::new();
    while texts.more() {
        lengths.push(texts.next_length()?);
    }
    Some(lengths)
}

/// The shared texts, over the ends of their records.
struct Texts<'a, 'b> {
    here: &'a [u8],
    later: std::slice::Iter<'b, &'a [u8]>,
}

impl Texts<'_, '_> {
    fn more(&mut self) -> bool {
        if self.here.is_empty()
            && let Some(next) = self.later.next()
        {
            self.here = next;
        }
        !self.here.is_empty()
    }

    fn next_length(&mut self) -> Option<usize> {
        let (length, flags) = (usize::from(u16_at(self.here, 0)?), *self.here.get(2)?);
        self.here = self.here.get(3..)?;
        let mut behind = 0;
        if flags & 8 != 0 {
            behind += 4 * usize::from(u16_at(self.here, 0)?);
            self.here = self.here.get(2..)?;
        }
        if flags & 4 != 0 {
            behind += u32_at(self.here, 0)? as usize;
            self.here = self.here.get(4..)?;
        }
        self.pass_characters(length, flags)?;
        self.pass(behind)?;
        Some(3 * length)
    }

    /// Each further record begins with a flag of its own: whether its characters take one byte or two.
    fn pass_characters(&mut self, mut length: usize, mut flags: u8) -> Option<()> {
        loop {
            let width = 1 + usize::from(flags & 1);
            let fit = length.min(self.here.len() / width);
            self.here = self.here.get(fit * width..)?;
            length -= fit;
            if length == 0 {
                return Some(());
            }
            self.here = self.later.next()?;
            flags = *self.here.first()?;
            self.here = self.here.get(1..)?;
        }
    }

    fn pass(&mut self, mut bytes: usize) -> Option<()> {
        while bytes > 0 {
            if !self.more() {
                return None;
            }
            let fit = bytes.min(self.here.len());
            self.here = self.here.get(fit..)?;
            bytes -= fit;
        }
        Some(())
    }
}

/// The records of a stream: kind, data, and the data of the records that continue it.
struct Records<'a>(&'a [u8]);

impl<'a> Records<'a> {
    fn one(&mut self) -> Option<(u16, &'a [u8])> {
        let (kind, length) = (u16_at(self.0, 0)?, usize::from(u16_at(self.0, 2)?));
        let data = self.0.get(4..4 + length)?;
        self.0 = self.0.get(4 + length..)?;
        Some((kind, data))
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<(u16, &'a [u8], Vec<&'a [u8]>), CellFault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let Some((kind, data)) = self.one() else {
            self.0 = &[];
            return Some(Err(damaged()));
        };
        let mut continued = Vec::new();
        while u16_at(self.0, 0) == Some(CONTINUE) {
            match self.one() {
                Some((_, more)) => continued.push(more),
                None => break,
            }
        }
        Some(Ok((kind, data, continued)))
    }
}
