//! Tables as .xlsx: the circular's, and any that the command line writes. The same facts give the same bytes.
//!
//! A text is written as a text whatever it begins with, so that no `=`, `+`, `-` or `@` of a stranger becomes a formula.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

use super::words::{Words, say};
use crate::domain::digest::{Circular, CircularLine, Digest, StandingLine};
use crate::domain::points::Points;

/// A workbook could not be written: more rows or longer texts than the format holds.
#[derive(Debug, thiserror::Error)]
#[error("the workbook could not be written")]
pub struct WorkbookError(#[source] Box<XlsxError>);

impl From<XlsxError> for WorkbookError {
    fn from(error: XlsxError) -> WorkbookError {
        WorkbookError(Box::new(error))
    }
}

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// No figure: left empty, which is not a zero.
    Empty,
    /// A text.
    Text(String),
    /// A whole number.
    Count(i64),
    /// Points, with as many decimals as they have.
    Points(Points),
    /// A share in thousandths, shown as a percentage with one decimal.
    Share(i64),
}

/// A column: what stands over it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its heading.
    pub head: String,
    /// Figures are set to the right.
    pub figures: bool,
}

impl Column {
    /// A column of texts.
    pub fn text(head: impl Into<String>) -> Column {
        Column { head: head.into(), figures: false }
    }

    /// A column of figures.
    pub fn figures(head: impl Into<String>) -> Column {
        Column { head: head.into(), figures: true }
    }
}

/// One sheet of `rows` under `columns`, its title in the first line, the headings frozen.
pub fn table(title: &str, columns: &[Column], rows: &[Vec<Cell>]) -> Result<Vec<u8>, WorkbookError> {
    book(&[Sheet { name: title, title, columns, rows }])
}

/// The circular: a sheet for the year to date, one for the month.
pub fn circular(circular: &Circular, words: Words) -> Result<Vec<u8>, WorkbookError> {
    let w = words;
    let (to_date, month) = (w.period(circular.to_date), w.period(circular.month));
    let year_columns = [
        Column::figures(say!(w, "位次", "Rank")),
        Column::text(say!(w, "单位", "Unit")),
        Column::text(say!(w, "类别", "Class")),
        Column::figures(say!(w, "积分", "Points")),
        Column::figures(say!(w, "占比", "Share")),
        Column::figures(say!(w, "采用", "Adoptions")),
        Column::figures(say!(w, "报送", "Submissions")),
        Column::figures(say!(w, "采用率", "Adoption rate")),
        Column::figures(say!(w, "并列", "Tie")),
        Column::figures(say!(w, "升降", "Move")),
    ];
    let year_rows: Vec<Vec<Cell>> = circular.lines.iter().map(|line| standing_row(&line.to_date)).collect();
    let month_columns = [
        Column::figures(say!(w, "位次", "Rank")),
        Column::text(say!(w, "单位", "Unit")),
        Column::figures(say!(w, "积分", "Points")),
        Column::figures(say!(w, "采用", "Adoptions")),
    ];
    let mut by_month: Vec<&CircularLine> = circular.lines.iter().collect();
    by_month.sort_by_key(|line| line.month_rank);
    let month_rows: Vec<Vec<Cell>> = by_month
        .into_iter()
        .map(|line| {
            let (rank, items) = (i64::from(line.month_rank), count(line.month_items));
            vec![Cell::Count(rank), Cell::Text(line.to_date.unit.name.clone()), Cell::Points(line.month_points), items]
        })
        .collect();
    let title = |span: &str| say!(w, format!("信息采用通报：{span}"), format!("Circular of adoptions: {span}"));
    book(&[
        Sheet { name: say!(w, "累计", "Year to date"), title: &title(&to_date), columns: &year_columns, rows: &year_rows },
        Sheet { name: say!(w, "当月", "Month"), title: &title(&month), columns: &month_columns, rows: &month_rows },
    ])
}

/// The week of every unit, for a digest whose page cannot show them all.
pub fn digest(digest: &Digest, words: Words) -> Result<Vec<u8>, WorkbookError> {
    let w = words;
    let lines = digest.standing.as_ref().map(|standing| standing.lines.as_slice()).unwrap_or_default();
    let mut columns = vec![Column::text(say!(w, "单位", "Unit"))];
    columns.extend(
        [
            say!(w, "应报", "Due"),
            say!(w, "已报", "In"),
            say!(w, "按时", "On time"),
            say!(w, "迟报", "Late"),
            say!(w, "漏报", "Omitted"),
            say!(w, "不报", "Unreported"),
            say!(w, "时差（分钟）", "Median lag (min)"),
            say!(w, "本周报送", "Submissions"),
            say!(w, "本周采用", "Adoptions"),
            say!(w, "累计积分", "Points to date"),
            say!(w, "占比", "Share"),
            say!(w, "位次", "Rank"),
        ]
        .map(Column::figures),
    );
    let rows: Vec<Vec<Cell>> = digest
        .units
        .iter()
        .map(|unit| {
            let line = lines.iter().find(|line| line.unit.id == unit.unit.id);
            let lag = unit.median_lag_seconds.map_or(Cell::Empty, |lag| Cell::Count(lag.div_euclid(60)));
            vec![
                Cell::Text(unit.unit.name.clone()),
                count(unit.expected),
                count(unit.received),
                count(unit.on_time),
                count(unit.late),
                count(unit.omitted),
                count(unit.unreported),
                lag,
                count(unit.submissions),
                count(unit.adoptions),
                line.map_or(Cell::Empty, |line| Cell::Points(line.points)),
                line.and_then(|line| line.share).map_or(Cell::Empty, Cell::Share),
                line.map_or(Cell::Empty, |line| Cell::Count(i64::from(line.rank))),
            ]
        })
        .collect();
    let week = w.period(digest.week);
    let title = say!(w, format!("周报：{week}"), format!("Digest: {week}"));
    table(&title, &columns, &rows)
}

fn standing_row(line: &StandingLine) -> Vec<Cell> {
    let rate = match line.submitted {
        0 => Cell::Empty,
        submitted => Cell::Share(i64::try_from((2_000 * line.items + submitted) / (2 * submitted)).unwrap_or(i64::MAX)),
    };
    vec![
        Cell::Count(i64::from(line.rank)),
        Cell::Text(line.unit.name.clone()),
        line.class.clone().map_or(Cell::Empty, Cell::Text),
        Cell::Points(line.points),
        line.share.map_or(Cell::Empty, Cell::Share),
        count(line.items),
        count(line.submitted),
        rate,
        if line.tied > 1 { Cell::Count(i64::from(line.tied)) } else { Cell::Empty },
        line.moved.map_or(Cell::Empty, Cell::Count),
    ]
}

fn count(count: u64) -> Cell {
    Cell::Count(i64::try_from(count).unwrap_or(i64::MAX))
}

struct Sheet<'a> {
    name: &'a str,
    title: &'a str,
    columns: &'a [Column],
    rows: &'a [Vec<Cell>],
}

/// The line of the headings, from 0; the title stands above it.
const HEAD: u32 = 1;
/// Widest column, in characters.
const WIDTH_MAX: usize = 48;

fn book(sheets: &[Sheet<'_>]) -> Result<Vec<u8>, WorkbookError> {
    let mut book = Workbook::new();
    // A date of its own would make every copy differ.
    let created = ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&created));
    for (nth, sheet) in (1..).zip(sheets) {
        let worksheet = book.add_worksheet();
        worksheet.set_name(sheet_name(sheet.name, nth))?;
        fill(worksheet, sheet)?;
    }
    Ok(book.save_to_buffer()?)
}

fn fill(worksheet: &mut Worksheet, sheet: &Sheet<'_>) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold().set_font_size(14);
    worksheet.write_string_with_format(0, 0, sheet.title, &bold)?;
    let head = Format::new().set_bold().set_border_bottom(FormatBorder::Thin);
    let head_of_figures = head.clone().set_align(FormatAlign::Right);
    let points = Format::new().set_num_format("0.###;-0.###;0");
    let whole = Format::new().set_num_format("0");
    let share = Format::new().set_num_format("0.0%");
    for (index, column) in (0_u16..).zip(sheet.columns) {
        let format = if column.figures { &head_of_figures } else { &head };
        worksheet.write_string_with_format(HEAD, index, &column.head, format)?;
        let texts = sheet.rows.iter().filter_map(|row| row.get(usize::from(index)));
        let widest = texts.map(width).chain([columns(&column.head)]).max().unwrap_or(8);
        // Both bounds are small.
        worksheet.set_column_width(index, widest.clamp(6, WIDTH_MAX) as f64 + 2.0)?;
    }
    for (line, row) in (HEAD + 1..).zip(sheet.rows) {
        for (index, cell) in (0_u16..).zip(row) {
            match cell {
                Cell::Empty => {}
                Cell::Text(text) => {
                    worksheet.write_string(line, index, fit(text))?;
                }
                Cell::Count(count) => {
                    worksheet.write_number_with_format(line, index, *count as f64, &whole)?;
                }
                Cell::Points(amount) => {
                    let exact = amount.thousandths() % 1_000 == 0;
                    let number = amount.thousandths() as f64 / 1_000.0;
                    worksheet.write_number_with_format(line, index, number, if exact { &whole } else { &points })?;
                }
                Cell::Share(thousandths) => {
                    worksheet.write_number_with_format(line, index, *thousandths as f64 / 1_000.0, &share)?;
                }
            }
        }
    }
    worksheet.set_freeze_panes(HEAD + 1, 0)?;
    worksheet.set_repeat_rows(HEAD, HEAD)?;
    worksheet.set_print_fit_to_pages(1, 0);
    Ok(())
}

/// A sheet's name as Excel allows it: 31 characters, none of `[]:*?/\`, no quote at either end.
fn sheet_name(name: &str, nth: usize) -> String {
    let kept: String = name.chars().filter(|c| !c.is_control() && !"[]:*?/\\：".contains(*c)).take(31).collect();
    match kept.trim().trim_matches('\'') {
        "" => format!("{nth}"),
        kept => kept.to_owned(),
    }
}

/// The most characters that a cell takes.
fn fit(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || *c == '\n').take(32_000).collect()
}

fn width(cell: &Cell) -> usize {
    match cell {
        Cell::Text(text) => columns(text),
        Cell::Points(points) => points.to_string().len(),
        Cell::Empty | Cell::Count(_) | Cell::Share(_) => 6,
    }
}

/// Chinese takes about two columns.
fn columns(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_table_gives_the_same_bytes() {
        let rows = vec![vec![Cell::Text("盂县".into()), Cell::Points(Points::from_thousandths(2_500)), Cell::Share(839)]];
        let columns = [Column::text("单位"), Column::figures("积分"), Column::figures("占比")];
        let once = table("积分排名：2003年1—5月", &columns, &rows).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(1_100));
        assert_eq!(once, table("积分排名：2003年1—5月", &columns, &rows).unwrap());
        assert!(once.starts_with(b"PK"));
    }

    #[test]
    fn names_of_sheets_are_such_as_excel_allows() {
        assert_eq!(sheet_name("a/b:c", 1), "abc");
        assert_eq!(sheet_name("***", 2), "2");
        assert_eq!(sheet_name(&"积".repeat(40), 1).chars().count(), 31);
    }
}
