//! A superior's circulars: figures and ranks by unit and period.

use std::collections::BTreeMap;

use super::super::ledger::ExternalRow;
use super::super::period::Period;
use super::super::points::Points;
use super::header::{self, CIRCULAR, Column, usual};
use super::lines::{Lines, Nature, Sum, total};
use super::names::{Names, Subject};
use super::{CellFault, CircularRow, Known, Row, Rows, Sheet, TableRead, Wrong, figures, periods};

const SUMMED: [Column; 3] = [Column::Adopted, Column::Points, Column::Total];
const FIGURES: [Column; 4] = [Column::Adopted, Column::Points, Column::Total, Column::Rank];

/// Reads a circular: all lines about units and scopes of ours, or all that is wrong with them. `subject` is the subject of the
/// mail; it may name the period, where no column does or where its cell is empty.
///
/// Lines about others' units are passed over, as are totals, remarks and blank lines. Errors: every fault found, in the order
/// of sheets and lines.
pub fn read_circular(sheets: &[Sheet], subject: &str, known: &Known) -> Result<TableRead, Vec<CellFault>> {
    let headers: Vec<_> =
        sheets.iter().filter_map(|sheet| header::find(sheet, &CIRCULAR).map(|header| Lines::new(sheet, header))).collect();
    let ranks = |lines: &Lines<'_>| lines.header.has(Column::Unit) && FIGURES.iter().any(|column| lines.header.has(*column));
    let any = headers.iter().any(ranks);
    let read: Vec<Lines<'_>> = headers.into_iter().filter(|lines| !any || ranks(lines)).collect();
    if read.is_empty() {
        return Err(vec![CellFault::of_table(Wrong::NoHeader)]);
    }
    let subject = periods::of_subject(subject, known.today);
    let mut reading = Reading {
        known,
        subject,
        names: Names::new(known),
        seen: BTreeMap::new(),
        rows: Vec::new(),
        doubts: Vec::new(),
        faults: Vec::new(),
        totals: 0,
        others: 0,
    };
    for lines in &read {
        reading.sheet(lines);
    }
    if reading.faults.is_empty() && reading.rows.is_empty() {
        reading.faults.push(CellFault::of_table(if reading.others > 0 { Wrong::NoUnitOfOurs } else { Wrong::NoRows }));
    }
    if !reading.faults.is_empty() {
        return Err(reading.faults);
    }
    Ok(TableRead { rows: Rows::Circular(reading.rows), doubts: reading.doubts, totals: reading.totals })
}

struct Reading<'a> {
    known: &'a Known<'a>,
    subject: Option<Period>,
    names: Names<'a>,
    /// Where each unit stands first for each period.
    seen: BTreeMap<(String, Period), u32>,
    rows: Vec<CircularRow>,
    doubts: Vec<CellFault>,
    faults: Vec<CellFault>,
    totals: u32,
    others: u32,
}

impl Reading<'_> {
    fn sheet(&mut self, lines: &Lines<'_>) {
        self.faults.extend(lines.header.faults.iter().cloned());
        let missing = self.missing(lines);
        if !missing.is_empty() {
            self.faults.extend(missing.into_iter().map(|wanted| lines.fault_of_sheet(Wrong::ColumnMissing { wanted })));
            return;
        }
        let mut sums = [Sum::default(); SUMMED.len()];
        for row in lines.rows() {
            match lines.nature(row) {
                Nature::Passed => {}
                Nature::Data => {
                    // A scope is the sum of its units, and no part of it.
                    if !self.names.is_scope(&lines.text(row, Column::Unit)) {
                        add(&mut sums, lines, row);
                    }
                    let row = self.row(lines, row);
                    self.rows.extend(row);
                }
                nature => {
                    self.totals += 1;
                    self.compare(lines, row, nature, &sums);
                    sums.iter_mut().for_each(Sum::restart);
                }
            }
        }
    }

    fn missing(&self, lines: &Lines<'_>) -> Vec<String> {
        let has = |column| lines.header.has(column);
        let mut missing = Vec::new();
        if !has(Column::Unit) {
            missing.push(usual(Column::Unit).to_owned());
        }
        if !has(Column::Period) && self.subject.is_none() {
            missing.push(usual(Column::Period).to_owned());
        }
        if !FIGURES.iter().any(|column| has(*column)) {
            missing.push(FIGURES.map(usual).join(" / "));
        }
        missing
    }

    fn compare(&mut self, lines: &Lines<'_>, row: &Row, nature: Nature, sums: &[Sum; SUMMED.len()]) {
        for (column, sum) in SUMMED.into_iter().zip(sums) {
            let differs = total(&lines.text(row, column)).and_then(|total| sum.differs(nature, total));
            self.doubts.extend(differs.map(|sum| lines.fault(row, column, Wrong::TotalDiffers { sum: sum.to_string() })));
        }
    }

    /// A line about one of ours; `None` where it is not, or where something is wrong with it.
    fn row<'l>(&mut self, lines: &Lines<'l>, row: &'l Row) -> Option<CircularRow> {
        let name = lines.text(row, Column::Unit);
        if name.is_empty() {
            self.faults.push(lines.fault(row, Column::Unit, Wrong::CellMissing));
            return None;
        }
        let period = periods::read(lines.cell(row, Column::Period), self.subject, self.known.today);
        // Whose line it is decides whether its faults concern us.
        let (first, last) = period.as_ref().map_or((self.known.today, self.known.today), |period| (period.first(), period.last()));
        let subject = match self.names.subject(&name, first, last) {
            Ok(Subject::Ours(id)) => id,
            Ok(Subject::Others) => {
                self.others += 1;
                return None;
            }
            Err((part, wrong)) => {
                self.faults.push(lines.fault_with(row, Column::Unit, part, wrong));
                return None;
            }
        };
        let before = self.faults.len();
        let period = period.map_err(|wrong| self.faults.push(lines.fault(row, Column::Period, wrong))).ok();
        self.faults.extend(lines.merged_figures(row));
        let figures = self.figures(lines, row, subject);
        if self.faults.len() > before {
            return None;
        }
        let (period, figures) = (period?, figures);
        if let Some(first) = self.seen.insert((figures.subject.clone(), period), row.line) {
            self.seen.insert((figures.subject.clone(), period), first);
            self.faults.push(lines.fault(row, Column::Unit, Wrong::UnitTwice { first }));
            return None;
        }
        Some(CircularRow { line: row.line, period, row: figures })
    }

    /// The figures of a line; faults are noted.
    fn figures<'l>(&mut self, lines: &Lines<'l>, row: &'l Row, subject: String) -> ExternalRow {
        let text = |column| lines.text(row, column);
        let mut wrong = |column, wrong| self.faults.push(lines.fault(row, column, wrong));
        let adopted = figures::count(&text(Column::Adopted)).unwrap_or_else(|fault| {
            wrong(Column::Adopted, fault);
            None
        });
        let [points, total] = [Column::Points, Column::Total].map(|column| {
            figures::points(&text(column)).unwrap_or_else(|fault| {
                wrong(column, fault);
                None
            })
        });
        let of = figures::count(&text(Column::Of)).and_then(|of| of.map(|of| u32::try_from(of).map_err(|_| Wrong::NotACount)).transpose());
        let of = of.unwrap_or_else(|fault| {
            wrong(Column::Of, fault);
            None
        });
        let (rank, of) = match figures::rank(&text(Column::Rank)) {
            Err(fault) => {
                wrong(Column::Rank, fault);
                (None, of)
            }
            Ok((rank, of_cell)) => {
                // 8/49 beside a column that says 50.
                let contradicts = of.is_some_and(|of| of_cell.is_some_and(|cell| cell != of));
                let of = of.or(of_cell);
                if contradicts || rank.is_some_and(|rank| figures::in_range(rank, of).is_err()) {
                    wrong(Column::Rank, Wrong::RankOutOfRange);
                }
                (rank, of)
            }
        };
        let column = FIGURES.into_iter().find(|column| lines.header.has(*column)).unwrap_or(Column::Total);
        if FIGURES.iter().all(|column| text(*column).is_empty()) {
            wrong(column, Wrong::CellMissing);
        }
        ExternalRow { subject, adopted, points, total, rank, of }
    }
}

/// Adds the figures of a line, whoever's it is.
fn add(sums: &mut [Sum; SUMMED.len()], lines: &Lines<'_>, row: &Row) {
    for (column, sum) in SUMMED.into_iter().zip(sums) {
        let text = lines.text(row, column);
        let figure = match column {
            Column::Adopted => figures::count(&text).map(|count| {
                let thousandths = count.unwrap_or(0).saturating_mul(1000);
                Points::from_thousandths(i64::try_from(thousandths).unwrap_or(i64::MAX))
            }),
            _ => figures::points(&text).map(|points| points.unwrap_or(Points::ZERO)),
        };
        sum.add(figure.ok());
    }
}
