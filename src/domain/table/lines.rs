//! The lines below a header: their cells by column, and the lines that are no data.

use std::collections::BTreeMap;

use super::super::points::Points;
use super::header::{Column, Header, plain};
use super::{Cell, CellFault, Row, Sheet, Wrong, figures};

/// What a cell shows, white space and line ends as they are.
pub(super) fn shown(cell: Option<&Cell>) -> String {
    match cell {
        None | Some(Cell::Empty) => String::new(),
        Some(Cell::Text(text)) => text.clone(),
        Some(Cell::Day(day)) => day.to_string(),
    }
}

/// A sheet and its header.
pub(super) struct Lines<'a> {
    sheet: &'a Sheet,
    pub header: Header,
    /// Cells merged over several lines: column and first line → last line.
    tall: BTreeMap<(usize, u32), u32>,
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nature {
    /// To be read.
    Data,
    /// 合计, 总计
    Total,
    /// 小计
    Subtotal,
    /// Blank in every column that counts, a remark, or the header once more.
    Passed,
}

const TOTALS: [&str; 9] = ["合计", "总计", "共计", "总和", "总分", "total", "totals", "sum", "grandtotal"];
const SUBTOTALS: [&str; 2] = ["小计", "subtotal"];
const REMARKS: [&str; 9] = ["注", "备注", "说明", "制表", "填表", "审核", "单位盖章", "note", "remark"];

/// Columns whose merged cell holds for each of its lines; a figure does not.
const HOLDING: [Column; 4] = [Column::Day, Column::Unit, Column::Outlet, Column::Period];
const FIGURES: [Column; 5] = [Column::Adopted, Column::Points, Column::Total, Column::Rank, Column::Of];

impl<'a> Lines<'a> {
    pub fn new(sheet: &'a Sheet, header: Header) -> Lines<'a> {
        let tall = sheet.merged.iter().filter(|area| area.first_line < area.last_line);
        let tall = tall.map(|area| ((area.first_column, area.first_line), area.last_line)).collect();
        Lines { sheet, header, tall }
    }

    /// The rows below the header.
    pub fn rows(&self) -> &'a [Row] {
        self.sheet.rows.get(self.header.rows..).unwrap_or_default()
    }

    /// The cell of a column; where a cell is merged over several lines and holds for each, that one.
    pub fn cell(&self, row: &'a Row, column: Column) -> &'a Cell {
        let Some((place, _)) = self.header.columns.get(&column) else { return &Cell::Empty };
        let own = row.cells.get(*place).unwrap_or(&Cell::Empty);
        if *own != Cell::Empty || !HOLDING.contains(&column) {
            return own;
        }
        let above = self.tall.range((*place, 0)..=(*place, row.line)).next_back().filter(|(_, last)| **last >= row.line);
        above.and_then(|((_, first), _)| self.at(*first, *place)).unwrap_or(own)
    }

    fn at(&self, line: u32, place: usize) -> Option<&'a Cell> {
        let index = self.sheet.rows.binary_search_by_key(&line, |row| row.line).ok()?;
        self.sheet.rows[index].cells.get(place)
    }

    /// The text of a cell.
    pub fn text(&self, row: &'a Row, column: Column) -> String {
        shown(Some(self.cell(row, column)))
    }

    /// A fault of one cell, with what stands in it.
    pub fn fault(&self, row: &'a Row, column: Column, wrong: Wrong) -> CellFault {
        self.fault_with(row, column, self.text(row, column), wrong)
    }

    /// A fault of one cell, with the part of it that is wrong.
    pub fn fault_with(&self, row: &Row, column: Column, value: String, wrong: Wrong) -> CellFault {
        let column = self.header.heading(column).to_owned();
        CellFault { sheet: self.sheet.name.clone(), line: Some(row.line), column, value, wrong }
    }

    /// A fault of the sheet.
    pub fn fault_of_sheet(&self, wrong: Wrong) -> CellFault {
        CellFault { sheet: self.sheet.name.clone(), ..CellFault::of_table(wrong) }
    }

    /// Figures that stand once for several lines that have more to say.
    pub fn merged_figures(&self, row: &'a Row) -> Vec<CellFault> {
        let merged = FIGURES.iter().filter(|column| {
            let Some((place, _)) = self.header.columns.get(column) else { return false };
            let Some(last) = self.tall.get(&(*place, row.line)) else { return false };
            let below = self.rows().partition_point(|other| other.line <= row.line);
            let next = self.rows().get(below).filter(|next| next.line <= *last);
            row.cells.get(*place).is_some_and(|cell| *cell != Cell::Empty) && next.is_some_and(|next| self.nature(next) == Nature::Data)
        });
        merged.map(|column| self.fault(row, *column, Wrong::Merged)).collect()
    }

    /// What a line is, by what stands in it.
    pub fn nature(&self, row: &Row) -> Nature {
        let places = || self.header.columns.values();
        let own = |place: usize| row.cells.get(place).unwrap_or(&Cell::Empty);
        let first = row.cells.iter().find(|cell| **cell != Cell::Empty);
        let unit = self.header.columns.get(&Column::Unit).map(|(place, _)| own(*place));
        for label in [first, unit].into_iter().flatten().map(|cell| plain(&shown(Some(cell)))) {
            if SUBTOTALS.iter().any(|word| label.ends_with(word)) {
                return Nature::Subtotal;
            }
            if TOTALS.contains(&label.as_str()) || ["合计", "总计"].iter().any(|word| label.ends_with(word)) {
                return Nature::Total;
            }
        }
        let again = places().all(|(place, heading)| *own(*place) == Cell::Empty || shown(Some(own(*place))) == *heading);
        let filled = row.cells.iter().filter(|cell| **cell != Cell::Empty).count();
        let first = shown(first).trim_start().to_lowercase();
        let remark = filled == 1 && REMARKS.iter().any(|word| first.starts_with(word));
        if again || remark { Nature::Passed } else { Nature::Data }
    }
}

/// The figures of a column so far, for the totals below them.
#[derive(Clone, Copy)]
pub(super) struct Sum {
    all: Points,
    since: Points,
    /// A figure could not be read, so that nothing can be said of a total.
    known: bool,
}

impl Default for Sum {
    fn default() -> Self {
        Sum { all: Points::ZERO, since: Points::ZERO, known: true }
    }
}

impl Sum {
    /// Adds a figure; `None` where it could not be read.
    pub fn add(&mut self, figure: Option<Points>) {
        match figure {
            Some(figure) => {
                self.all += figure;
                self.since += figure;
            }
            None => self.known = false,
        }
    }

    /// What the lines add up to, where a total says something else. A total may be of all lines, or of those since the last.
    pub fn differs(&self, nature: Nature, total: Points) -> Option<Points> {
        let right = total == self.since || (nature == Nature::Total && total == self.all);
        let sum = if nature == Nature::Total { self.all } else { self.since };
        (self.known && !right).then_some(sum)
    }

    /// Begins the lines of the next total.
    pub fn restart(&mut self) {
        self.since = Points::ZERO;
    }
}

/// A total in a cell, where there is one that can be read.
pub(super) fn total(text: &str) -> Option<Points> {
    figures::points(text).ok().flatten()
}
