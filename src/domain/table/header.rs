//! The line that names the columns: found among titles and blank lines, by words of either language.

use std::collections::BTreeMap;

use super::super::text;
use super::lines::shown;
use super::{CellFault, Merged, Row, Sheet, Wrong};

/// A header is looked for in so many rows from the top.
const ROWS: usize = 30;

/// The first headings of each column in the lists below are its usual ones (interface.md).
const USUAL: usize = 2;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    Day,
    Unit,
    Outlet,
    Title,
    Submission,
    Period,
    Adopted,
    Points,
    Total,
    Rank,
    Of,
}

type Words = (Column, &'static [&'static str]);

/// Headings of a table of adoptions.
pub(super) const ADOPTIONS: [Words; 6] = [
    (
        Column::Day,
        &[
            "日期",
            "date",
            "采用日期",
            "时间",
            "采用时间",
            "刊发日期",
            "刊登日期",
            "刊用日期",
            "发布日期",
            "发文日期",
            "day",
            "date adopted",
            "adopted on",
        ],
    ),
    (
        Column::Unit,
        &[
            "单位",
            "unit",
            "报送单位",
            "单位名称",
            "供稿单位",
            "来稿单位",
            "上报单位",
            "信息单位",
            "报送部门",
            "直报点",
            "信息直报点",
            "units",
            "unit name",
            "reporting unit",
        ],
    ),
    (Column::Outlet, &["刊物", "outlet", "采用单位", "刊名", "刊物名称", "采用刊物", "刊用单位", "载体", "采用载体", "bulletin"]),
    (Column::Title, &["标题", "title", "题目", "信息标题", "信息题目", "稿件标题", "信息名称", "headline"]),
    (Column::Points, &["积分", "points", "得分", "分值", "计分", "分数", "信息得分", "score"]),
    (Column::Submission, &["编号", "submission", "信息编号", "报送编号", "submission number", "submission no", "submission no."]),
];

/// Headings of a circular.
pub(super) const CIRCULAR: [Words; 7] = [
    (
        Column::Unit,
        &[
            "单位",
            "unit",
            "报送单位",
            "单位名称",
            "上报单位",
            "信息单位",
            "直报点",
            "信息直报点",
            "市地",
            "地市",
            "县区",
            "县市区",
            "unit name",
            "reporting unit",
        ],
    ),
    (Column::Period, &["期间", "period", "月份", "时段", "时间", "年份", "年度", "年月", "统计时段", "统计期间", "month", "year"]),
    (
        Column::Adopted,
        &[
            "采用",
            "adopted",
            "采用数",
            "采用篇数",
            "条数",
            "采用条数",
            "采用量",
            "采用数量",
            "采用信息数",
            "篇数",
            "items adopted",
            "adoptions",
        ],
    ),
    (
        Column::Points,
        &[
            "积分",
            "points",
            "得分",
            "分值",
            "计分",
            "分数",
            "本期积分",
            "本期得分",
            "本月积分",
            "本月得分",
            "当月积分",
            "当月得分",
            "score",
        ],
    ),
    (
        Column::Total,
        &[
            "累计积分",
            "total",
            "累计",
            "累计得分",
            "累计分",
            "累计分值",
            "积分累计",
            "得分累计",
            "年度累计",
            "total points",
            "cumulative",
            "year to date",
        ],
    ),
    (
        Column::Rank,
        &["位次", "rank", "名次", "排名", "排序", "排位", "全省位次", "全省排名", "全省名次", "累计位次", "累计排名", "place", "position"],
    ),
    (Column::Of, &["总数", "of", "单位总数", "参评单位数", "排名总数", "单位数", "out of"]),
];

/// Where the columns of a sheet stand.
#[derive(Clone, Debug, Default)]
pub(super) struct Header {
    /// How many rows from the top are titles and header.
    pub rows: usize,
    /// The column's place from 0 and its heading as the file has it.
    pub columns: BTreeMap<Column, (usize, String)>,
    /// Columns that are there twice.
    pub faults: Vec<CellFault>,
}

impl Header {
    /// The heading as the file has it; the usual one where there is none.
    pub fn heading(&self, column: Column) -> &str {
        self.columns.get(&column).map_or(usual(column), |(_, heading)| heading)
    }

    /// Whether the sheet has this column.
    pub fn has(&self, column: Column) -> bool {
        self.columns.contains_key(&column)
    }
}

/// The usual headings of a column, as a person may be told.
pub(super) fn usual(column: Column) -> &'static str {
    match column {
        Column::Day => "日期 | date",
        Column::Unit => "单位 | unit",
        Column::Outlet => "刊物 | outlet",
        Column::Title => "标题 | title",
        Column::Submission => "编号 | submission",
        Column::Period => "期间 | period",
        Column::Adopted => "采用 | adopted",
        Column::Points => "积分 | points",
        Column::Total => "累计积分 | total",
        Column::Rank => "位次 | rank",
        Column::Of => "总数 | of",
    }
}

/// The header of a sheet: of its first rows, the one that names the most columns, and at least two.
pub(super) fn find(sheet: &Sheet, words: &[Words]) -> Option<Header> {
    let mut best: Option<Header> = None;
    for index in 0..sheet.rows.len().min(ROWS) {
        let header = read(sheet, index, words);
        if header.columns.len() >= 2 && best.as_ref().is_none_or(|best| header.columns.len() > best.columns.len()) {
            best = Some(header);
        }
    }
    best
}

/// The row at `index` as a header; with the row below it, where a cell merged over both says that the two are one.
fn read(sheet: &Sheet, index: usize, words: &[Words]) -> Header {
    let row = &sheet.rows[index];
    let below = sheet.rows.get(index + 1).filter(|below| {
        let over_both = |area: &Merged| area.first_line == row.line && area.last_line >= below.line;
        sheet.merged.iter().any(over_both) && !sheet.merged.iter().any(|area| area.first_line < row.line && area.last_line >= row.line)
    });
    let mut header = Header { rows: index + 1 + usize::from(below.is_some()), ..Header::default() };
    let width = below.map_or(0, |below| below.cells.len()).max(row.cells.len());
    let mut ranks = BTreeMap::new();
    for place in 0..width {
        let (above, under) = (heading_at(sheet, row, place), below.map_or("".into(), |below| shown(below.cells.get(place))));
        // Under 积分 stand 本月 and 累计: together or alone, whichever is a heading. Of two columns under 位次, the one that is a
        // heading together, 累计位次, goes before the other.
        let together = !under.is_empty() && under != above;
        let readings =
            [(format!("{under}{above}"), !together), (format!("{above}{under}"), !together), (under.clone(), true), (above.clone(), true)];
        let meant = readings.iter().find_map(|(heading, alone)| {
            let (column, rank) = meaning(heading, words)?;
            Some((column, if together { if *alone { USUAL } else { 0 } } else { rank }))
        });
        let Some((column, rank)) = meant else { continue };
        let heading = if under.is_empty() || under == above { above } else { format!("{above}{under}") };
        take(&mut header, &mut ranks, column, rank, (place, heading), (&sheet.name, row.line));
    }
    header
}

/// Of two columns that mean the same, the one with the usual heading counts; of two with other headings, neither.
fn take(
    header: &mut Header,
    ranks: &mut BTreeMap<Column, usize>,
    column: Column,
    rank: usize,
    (place, heading): (usize, String),
    (sheet, line): (&str, u32),
) {
    match (ranks.get(&column).copied(), header.columns.get(&column)) {
        (Some(before), Some(_)) if before < USUAL && rank >= USUAL => {}
        (Some(before), Some((_, first))) if !(before >= USUAL && rank < USUAL) => {
            header.faults.push(CellFault {
                sheet: sheet.to_owned(),
                line: Some(line),
                column: heading,
                value: String::new(),
                wrong: Wrong::ColumnTwice { first: first.clone() },
            });
        }
        _ => {
            ranks.insert(column, rank);
            header.columns.insert(column, (place, heading));
        }
    }
}

/// The heading above a place; in a merged cell it stands at the left.
fn heading_at(sheet: &Sheet, row: &Row, place: usize) -> String {
    let own = shown(row.cells.get(place));
    if !own.is_empty() {
        return own;
    }
    let area = sheet.merged.iter().find(|area| area.first_line == row.line && area.first_column < place && place <= area.last_column);
    // A title merged over the whole line is no heading of each column.
    area.filter(|area| area.last_column - area.first_column < 8).map_or(String::new(), |area| shown(row.cells.get(area.first_column)))
}

/// What a heading means, and how usual it is (0 the most). Units in brackets, spaces, case and width do not matter.
fn meaning(heading: &str, words: &[Words]) -> Option<(Column, usize)> {
    let heading = plain(heading);
    if heading.is_empty() {
        return None;
    }
    words.iter().find_map(|(column, words)| words.iter().position(|word| word.replace(' ', "") == heading).map(|rank| (*column, rank)))
}

/// A heading or a label without brackets and what stands in them, spaces and end marks.
pub(super) fn plain(heading: &str) -> String {
    let mut depth = 0_usize;
    let mut plain = String::new();
    for c in text::comparable(heading).chars() {
        match c {
            '(' | '[' | '〔' | '【' | '<' => depth += 1,
            ')' | ']' | '〕' | '】' | '>' => depth = depth.saturating_sub(1),
            ' ' | ':' | '*' | '#' => {}
            c if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    plain
}
