//! Tables of single adoptions.

use std::collections::BTreeMap;

use super::super::ids::SubmissionNo;
use super::super::ledger::Outlet;
use super::super::points::Points;
use super::super::text;
use super::header::{self, ADOPTIONS, Column, usual};
use super::lines::{Lines, Nature, Sum, total};
use super::names::Names;
use super::{AdoptionRow, CellFault, Known, Row, Rows, Sheet, TableRead, Wrong, days, figures};

/// Reads a table of adoptions: all of it, or all that is wrong with it.
///
/// Lines of totals, remarks and blank ones are passed over; sheets that list no adoptions too, where another does. Whether a
/// submission of a number exists is for the caller to look up.
///
/// Errors: every fault found, in the order of sheets and lines.
pub fn read_adoptions(sheets: &[Sheet], known: &Known) -> Result<TableRead, Vec<CellFault>> {
    let headers: Vec<_> =
        sheets.iter().filter_map(|sheet| header::find(sheet, &ADOPTIONS).map(|header| Lines::new(sheet, header))).collect();
    // 单位 and 积分 alone are a sheet of sums beside the list.
    let lists = |lines: &Lines<'_>| {
        let says_what = [Column::Day, Column::Title, Column::Submission].iter().any(|column| lines.header.has(*column));
        lines.header.has(Column::Unit) && says_what
    };
    let any = headers.iter().any(lists);
    let read: Vec<Lines<'_>> = headers.into_iter().filter(|lines| !any || lists(lines)).collect();
    if read.is_empty() {
        return Err(vec![CellFault::of_table(Wrong::NoHeader)]);
    }
    let mut reading = Reading { known, names: Names::new(known), rows: Vec::new(), doubts: Vec::new(), faults: Vec::new(), totals: 0 };
    for lines in &read {
        reading.sheet(lines);
    }
    if reading.faults.is_empty() && reading.rows.is_empty() {
        reading.faults.push(CellFault::of_table(Wrong::NoRows));
    }
    if !reading.faults.is_empty() {
        return Err(reading.faults);
    }
    Ok(TableRead { rows: Rows::Adoptions(reading.rows), doubts: reading.doubts, totals: reading.totals })
}

struct Reading<'a> {
    known: &'a Known<'a>,
    names: Names<'a>,
    rows: Vec<AdoptionRow>,
    doubts: Vec<CellFault>,
    faults: Vec<CellFault>,
    totals: u32,
}

impl Reading<'_> {
    fn sheet(&mut self, lines: &Lines<'_>) {
        let missing = self.missing(lines);
        self.faults.extend(lines.header.faults.iter().cloned());
        if !missing.is_empty() {
            self.faults.extend(missing.into_iter().map(|wanted| lines.fault_of_sheet(Wrong::ColumnMissing { wanted })));
            return;
        }
        // As the table gives them, and with the outlet's points where it gives none.
        let (mut given, mut earned) = (Sum::default(), Sum::default());
        for row in lines.rows() {
            match lines.nature(row) {
                Nature::Passed => {}
                Nature::Data => {
                    if let Some(adoption) = self.row(lines, row) {
                        let usual = self.known.outlets.iter().find(|outlet| outlet.id == adoption.outlet).map(|outlet| outlet.points);
                        given.add(Some(adoption.points.unwrap_or(Points::ZERO)));
                        earned.add(Some(adoption.points.or(usual).unwrap_or(Points::ZERO)));
                        self.rows.push(adoption);
                    }
                }
                nature => {
                    self.totals += 1;
                    self.compare(lines, row, nature, [given, earned]);
                    given.restart();
                    earned.restart();
                }
            }
        }
    }

    /// The usual headings of the columns that are needed and not there.
    fn missing(&self, lines: &Lines<'_>) -> Vec<String> {
        let has = |column| lines.header.has(column);
        let mut missing: Vec<String> =
            [Column::Day, Column::Unit].into_iter().filter(|column| !has(*column)).map(|column| usual(column).to_owned()).collect();
        if !has(Column::Outlet) && self.known.outlets.len() != 1 {
            missing.push(usual(Column::Outlet).to_owned());
        }
        if !has(Column::Title) && !has(Column::Submission) {
            missing.push(format!("{} / {}", usual(Column::Title), usual(Column::Submission)));
        }
        missing
    }

    fn compare(&mut self, lines: &Lines<'_>, row: &Row, nature: Nature, sums: [Sum; 2]) {
        let Some(total) = total(&lines.text(row, Column::Points)) else { return };
        if let [Some(given), Some(_)] = sums.map(|sum| sum.differs(nature, total)) {
            self.doubts.push(lines.fault(row, Column::Points, Wrong::TotalDiffers { sum: given.to_string() }));
        }
    }

    /// A line; `None` where something is wrong with it.
    fn row<'l>(&mut self, lines: &Lines<'l>, row: &'l Row) -> Option<AdoptionRow> {
        let before = self.faults.len();
        self.faults.extend(lines.merged_figures(row));
        let day = days::read(lines.cell(row, Column::Day), self.known.today);
        let day = day.map_err(|wrong| self.faults.push(lines.fault(row, Column::Day, wrong))).ok();
        let units = self.units(lines, row, day.unwrap_or(self.known.today));
        let outlet = self.outlet(lines, row);
        let points = figures::points(&lines.text(row, Column::Points));
        let points = points.map_err(|wrong| self.faults.push(lines.fault(row, Column::Points, wrong))).ok();
        let submission = self.submission(lines, row);
        let title = Some(lines.text(row, Column::Title)).filter(|title| !figures::is_blank(title)).unwrap_or_default();
        if title.is_empty() && submission == Some(None) {
            let column = if lines.header.has(Column::Title) { Column::Title } else { Column::Submission };
            self.faults.push(lines.fault(row, column, Wrong::NothingNamed));
        }
        if self.faults.len() > before {
            return None;
        }
        Some(AdoptionRow { line: row.line, day: day?, units, outlet: outlet?, title, points: points?, submission: submission? })
    }

    fn units<'l>(&mut self, lines: &Lines<'l>, row: &'l Row, day: chrono::NaiveDate) -> Vec<super::UnitId> {
        let cell = lines.text(row, Column::Unit);
        if cell.is_empty() {
            self.faults.push(lines.fault(row, Column::Unit, Wrong::CellMissing));
            return Vec::new();
        }
        self.names.units(&cell, day).unwrap_or_else(|(part, wrong)| {
            self.faults.push(lines.fault_with(row, Column::Unit, part, wrong));
            Vec::new()
        })
    }

    /// The outlet by id or name; the only one there is, where the table does not say.
    fn outlet<'l>(&mut self, lines: &Lines<'l>, row: &'l Row) -> Option<String> {
        let cell = lines.text(row, Column::Outlet);
        if let (false, [only]) = (lines.header.has(Column::Outlet), self.known.outlets) {
            return Some(only.id.clone());
        }
        if cell.is_empty() {
            self.faults.push(lines.fault(row, Column::Outlet, Wrong::CellMissing));
            return None;
        }
        let found = find_outlet(self.known.outlets, &cell);
        if found.is_none() {
            let known = self.known.outlets.iter().map(|outlet| outlet.name.clone()).collect();
            self.faults.push(lines.fault(row, Column::Outlet, Wrong::UnknownOutlet { known }));
        }
        found.map(|outlet| outlet.id.clone())
    }

    /// `Some(None)`: no number is given.
    fn submission<'l>(&mut self, lines: &Lines<'l>, row: &'l Row) -> Option<Option<SubmissionNo>> {
        let cell = lines.text(row, Column::Submission);
        if figures::is_blank(&cell) {
            return Some(None);
        }
        let number = figures::narrow(&cell).parse();
        number.map_err(|_| self.faults.push(lines.fault(row, Column::Submission, Wrong::UnknownSubmission))).ok().map(Some)
    }
}

/// By id or name; 《阳泉信息》 is 阳泉信息.
fn find_outlet<'o>(outlets: &'o [Outlet], cell: &str) -> Option<&'o Outlet> {
    let plain = |name: &str| text::comparable(name).replace([' ', '《', '》'], "");
    let cell = plain(cell);
    let mut named: BTreeMap<&str, &Outlet> = BTreeMap::new();
    for outlet in outlets.iter().filter(|outlet| plain(&outlet.id) == cell || plain(&outlet.name) == cell) {
        named.insert(&outlet.id, outlet);
    }
    // One outlet's id may be another's name: then nobody can tell.
    if named.len() == 1 { named.into_values().next() } else { None }
}
