//! Workbooks, .xlsx and .xls, cell by cell.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{CellErrorType, Data, DataRef, Dimensions, ExcelDateTime, Reader, SheetType, SheetVisible, Xls, XlsError, Xlsx, XlsxError};
use chrono::NaiveDate;

use crate::domain::table::{Cell, CellFault, Merged, Sheet, Wrong};

use super::{CELLS, COLUMNS, Filling, SHEETS, text_cell, too_large, unreadable};

/// Merged cells of a sheet that are looked at.
const MERGED: usize = 10_000;

/// Reads an .xlsx, whose size `zipped::check` has looked at.
pub(super) fn xlsx(bytes: &[u8]) -> Result<Vec<Sheet>, CellFault> {
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|error| match error {
        XlsxError::Password => CellFault::of_table(Wrong::Protected),
        error => unreadable(error.to_string()),
    })?;
    let (mut sheets, mut filling) = (Vec::new(), Filling::default());
    for name in visible(book.sheets_metadata())? {
        let damaged = |error: XlsxError| in_sheet(&name, unreadable(error.to_string()));
        let mut cells = Cells::new(&mut filling);
        let mut reader = book.worksheet_cells_reader(&name).map_err(damaged)?;
        while let Some(cell) = reader.next_cell().map_err(damaged)? {
            cells.put(cell.get_position(), by_reference(cell.get_value())).map_err(|fault| in_sheet(&name, fault))?;
        }
        let cells = cells.filled;
        drop(reader);
        // Without them the cells still stand where they stand.
        let merged = book.merge_cells_by_sheet_name(&name).unwrap_or_default();
        sheets.extend(sheet(&name, cells, &merged, &mut filling).map_err(|fault| in_sheet(&name, fault))?);
    }
    filled(sheets)
}

/// Reads a .xls, whose size `records::check` has looked at.
pub(super) fn xls(bytes: &[u8]) -> Result<Vec<Sheet>, CellFault> {
    let mut book = Xls::new(Cursor::new(bytes)).map_err(|error| match error {
        XlsError::Password => CellFault::of_table(Wrong::Protected),
        error => unreadable(error.to_string()),
    })?;
    let (mut sheets, mut filling) = (Vec::new(), Filling::default());
    for name in visible(book.sheets_metadata())? {
        let range = book.worksheet_range(&name).map_err(|error| in_sheet(&name, unreadable(error.to_string())))?;
        let (top, left) = range.start().unwrap_or_default();
        let mut cells = Cells::new(&mut filling);
        for (row, column, value) in range.used_cells() {
            let place = (top.saturating_add(row as u32), left.saturating_add(column as u32));
            cells.put(place, by_value(value)).map_err(|fault| in_sheet(&name, fault))?;
        }
        let cells = cells.filled;
        let merged = book.merge_cells_by_sheet_name(&name).unwrap_or_default();
        sheets.extend(sheet(&name, cells, &merged, &mut filling).map_err(|fault| in_sheet(&name, fault))?);
    }
    filled(sheets)
}

/// The sheets of cells that a person sees.
fn visible(sheets: &[calamine::Sheet]) -> Result<Vec<String>, CellFault> {
    if sheets.len() > SHEETS {
        return Err(too_large("sheets", SHEETS));
    }
    let shown = sheets.iter().filter(|sheet| sheet.visible == SheetVisible::Visible && sheet.typ == SheetType::WorkSheet);
    Ok(shown.map(|sheet| sheet.name.clone()).collect())
}

fn filled(sheets: Vec<Sheet>) -> Result<Vec<Sheet>, CellFault> {
    if sheets.is_empty() { Err(CellFault::of_table(Wrong::NoHeader)) } else { Ok(sheets) }
}

fn in_sheet(name: &str, fault: CellFault) -> CellFault {
    CellFault { sheet: name.to_owned(), ..fault }
}

/// The filled cells of a sheet by row and column, both from 0.
struct Cells<'a> {
    filled: BTreeMap<(u32, u32), Cell>,
    filling: &'a mut Filling,
}

impl<'a> Cells<'a> {
    fn new(filling: &'a mut Filling) -> Cells<'a> {
        Cells { filled: BTreeMap::new(), filling }
    }

    fn put(&mut self, place: (u32, u32), cell: Cell) -> Result<(), CellFault> {
        if cell == Cell::Empty {
            return Ok(());
        }
        if place.1 as usize >= COLUMNS {
            return Err(too_large("columns", COLUMNS));
        }
        self.filling.count_text(&cell)?;
        self.filled.insert(place, cell);
        if self.filled.len() > CELLS { Err(too_large("cells", CELLS)) } else { Ok(()) }
    }
}

fn sheet(name: &str, cells: BTreeMap<(u32, u32), Cell>, merged: &[Dimensions], filling: &mut Filling) -> Result<Option<Sheet>, CellFault> {
    let mut rows = Vec::new();
    let mut row: Option<(u32, Vec<Cell>)> = None;
    for ((line, column), cell) in cells {
        let column = column as usize;
        if row.as_ref().is_none_or(|(here, _)| *here != line)
            && let Some((line, cells)) = row.replace((line, Vec::new()))
        {
            rows.extend(filling.row(line.saturating_add(1), cells)?);
        }
        if let Some((_, cells)) = &mut row {
            cells.resize(column, Cell::Empty);
            cells.push(cell);
        }
    }
    if let Some((line, cells)) = row {
        rows.extend(filling.row(line.saturating_add(1), cells)?);
    }
    let merged = merged.iter().take(MERGED).map(|area| Merged {
        first_line: area.start.0.saturating_add(1),
        last_line: area.end.0.saturating_add(1),
        first_column: area.start.1 as usize,
        last_column: area.end.1 as usize,
    });
    Ok((!rows.is_empty()).then(|| Sheet { name: name.to_owned(), merged: merged.collect(), rows }))
}

fn by_reference(value: &DataRef<'_>) -> Cell {
    match value {
        DataRef::Int(whole) => Cell::Text(whole.to_string()),
        DataRef::Float(number) => decimal(*number),
        DataRef::String(text) => text_cell(text),
        DataRef::SharedString(text) => text_cell(text),
        DataRef::Bool(truth) => boolean(*truth),
        DataRef::DateTime(moment) => day(moment),
        DataRef::DateTimeIso(text) => iso_day(text),
        DataRef::DurationIso(text) => text_cell(text),
        DataRef::Error(error) => error_text(error),
        DataRef::Empty => Cell::Empty,
    }
}

fn by_value(value: &Data) -> Cell {
    match value {
        Data::Int(whole) => Cell::Text(whole.to_string()),
        Data::Float(number) => decimal(*number),
        Data::String(text) => text_cell(text),
        Data::Bool(truth) => boolean(*truth),
        Data::DateTime(moment) => day(moment),
        Data::DateTimeIso(text) => iso_day(text),
        Data::DurationIso(text) => text_cell(text),
        Data::Error(error) => error_text(error),
        _ => Cell::Empty,
    }
}

/// A number in its shortest decimal form, of the fifteen digits that a spreadsheet shows: what it added up to
/// 0.30000000000000004 is 0.3.
fn decimal(number: f64) -> Cell {
    if !number.is_finite() {
        return Cell::Text(number.to_string());
    }
    let rounded: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    // Zero has a sign of its own.
    let rounded = if rounded == 0.0 { 0.0 } else { rounded };
    Cell::Text(if rounded.abs() < 1e15 && (rounded == 0.0 || rounded.abs() > 1e-9) { rounded.to_string() } else { format!("{rounded:e}") })
}

fn boolean(truth: bool) -> Cell {
    Cell::Text(if truth { "TRUE" } else { "FALSE" }.to_owned())
}

/// The day of a date; the number of what is a time of day, a duration, or no day of the calendar.
fn day(moment: &ExcelDateTime) -> Cell {
    let number = moment.as_f64();
    // The year 9999 ends at 2,958,465; a day below 1 is a time of day.
    if moment.is_duration() || !(1.0..2_958_466.0).contains(&number) {
        return decimal(number);
    }
    let (year, month, day, ..) = moment.to_ymd_hms_milli();
    NaiveDate::from_ymd_opt(i32::from(year), u32::from(month), u32::from(day)).map_or_else(|| decimal(number), Cell::Day)
}

fn iso_day(text: &str) -> Cell {
    let day = text.get(..10).and_then(|day| NaiveDate::parse_from_str(day, "%Y-%m-%d").ok());
    day.map_or_else(|| text_cell(text), Cell::Day)
}

fn error_text(error: &CellErrorType) -> Cell {
    Cell::Text(error.to_string())
}
