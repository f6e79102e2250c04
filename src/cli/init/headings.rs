//! Which column of the table is which: headings in Chinese or English, in any order, below a title or not.

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization;

use super::super::page::clean;
use super::roster::Fault;
use crate::domain::table::{Cell, Row, Sheet};

/// The line of the headings is looked for in so many rows from the top.
const ROWS: usize = 30;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    Unit,
    Address,
    Person,
    Role,
    Level,
    Id,
    Class,
    Places,
    Aliases,
    DirectReport,
    Parent,
}

/// Each column's headings, its usual ones in front.
const HEADINGS: [(Column, &[&str]); 11] = [
    (Column::Unit, &["单位", "unit", "单位名称", "报送单位", "名称", "unitname", "name", "organisation", "organization"]),
    (
        Column::Address,
        &["地址", "address", "邮箱", "电子邮箱", "邮箱地址", "电子邮件", "邮件地址", "信箱", "email", "e-mail", "mail", "emailaddress"],
    ),
    (Column::Person, &["姓名", "person", "信息员", "信息员姓名", "联系人", "人员", "reporter", "contact"]),
    (Column::Role, &["角色", "role", "身份", "专兼职"]),
    (Column::Level, &["督办级别", "level", "层级"]),
    (Column::Id, &["代号", "id", "简码", "code"]),
    (Column::Class, &["类别", "class", "单位类别", "类型"]),
    (Column::Places, &["辖区", "places", "管辖地", "地点", "place"]),
    (Column::Aliases, &["别名", "aliases", "简称", "其他名称", "alias"]),
    (Column::DirectReport, &["直报点", "directreport", "信息直报点", "是否直报", "是否直报点"]),
    (Column::Parent, &["上级单位", "parent", "所属单位", "隶属", "主管单位"]),
];

/// A sheet whose columns are known.
#[derive(Clone)]
pub(super) struct Table<'a> {
    sheet: &'a Sheet,
    columns: BTreeMap<Column, usize>,
    /// How many rows of the sheet end with the headings.
    head: usize,
    /// Headings of columns that are not read.
    pub unread: Vec<String>,
    /// Names of the other sheets.
    pub other_sheets: Vec<String>,
}

impl<'a> Table<'a> {
    /// Finds the headings in the one sheet that has them.
    ///
    /// # Errors
    /// What is missing, and what would do; several sheets have them, and rows below.
    pub fn find(sheets: &'a [Sheet]) -> Result<Table<'a>, Fault> {
        let tables: Vec<Table<'_>> = sheets.iter().filter_map(Table::of).collect();
        let known = |table: &Table<'_>, column| table.columns.contains_key(&column);
        let whole: Vec<&Table<'_>> = tables.iter().filter(|table| known(table, Column::Unit) && known(table, Column::Address)).collect();
        let filled: Vec<&Table<'_>> = whole.iter().copied().filter(|table| table.rows().next().is_some()).collect();
        if filled.len() > 1 {
            return Err(several_sheets(&filled));
        }
        if let Some(table) = filled.first().or(whole.first()) {
            let others = sheets.iter().filter(|sheet| !std::ptr::eq(*sheet, table.sheet)).map(|sheet| clean(&sheet.name));
            return Table { other_sheets: others.collect(), ..(*table).clone() }.without_twins();
        }
        Err(match tables.iter().max_by_key(|table| table.columns.len()) {
            Some(table) if known(table, Column::Unit) => Fault::at(
                table.line(),
                "没有邮箱地址一栏；请加上一栏，列名写“邮箱”或“address”",
                "there is no column of addresses; add one with the heading “address” or “邮箱”",
            ),
            Some(table) if known(table, Column::Address) => Fault::at(
                table.line(),
                "没有单位一栏；请加上一栏，列名写“单位”或“unit”",
                "there is no column of units; add one with the heading “unit” or “单位”",
            ),
            _ => no_headings(),
        })
    }

    /// The row with the most headings.
    fn of(sheet: &'a Sheet) -> Option<Table<'a>> {
        let named = |row: &Row| row.cells.iter().filter(|cell| column(cell).is_some()).count();
        let rows = sheet.rows.iter().take(ROWS).enumerate();
        let (at, row) = rows.filter(|(_, row)| named(row) > 0).max_by_key(|(at, row)| (named(row), std::cmp::Reverse(*at)))?;
        let (mut columns, mut unread) = (BTreeMap::new(), Vec::new());
        for (index, cell) in row.cells.iter().enumerate() {
            match column(cell) {
                Some(column) => {
                    columns.entry(column).or_insert(index);
                }
                None => unread.extend(Some(text(Some(cell))).filter(|text| !text.is_empty())),
            }
        }
        Some(Table { sheet, columns, head: at + 1, unread, other_sheets: Vec::new() })
    }

    /// Refuses two columns of one meaning.
    fn without_twins(self) -> Result<Table<'a>, Fault> {
        let Some(row) = self.head.checked_sub(1).and_then(|at| self.sheet.rows.get(at)) else { return Ok(self) };
        for (index, cell) in row.cells.iter().enumerate() {
            let Some(column) = column(cell) else { continue };
            let first = self.columns.get(&column).copied().unwrap_or(index);
            if first != index {
                let (one, other) = (text(row.cells.get(first)), text(Some(cell)));
                return Err(Fault::at(
                    row.line,
                    format!("“{one}”和“{other}”两栏意思相同，不知以哪一栏为准；请只留一栏，或给另一栏改名"),
                    format!("the columns “{one}” and “{other}” would be read as the same; keep one of them, or rename the other"),
                ));
            }
        }
        Ok(self)
    }

    fn line(&self) -> u32 {
        self.head.checked_sub(1).and_then(|at| self.sheet.rows.get(at)).map_or(1, |row| row.line)
    }

    /// The rows below the headings; where these stand once more, as on each page of a print, that row is left out.
    pub fn rows(&self) -> impl Iterator<Item = &'a Row> {
        let below = self.sheet.rows.get(self.head..).unwrap_or_default();
        below.iter().filter(|row| !self.is_heading(row))
    }

    /// Whether each column that is read holds its own heading. A person may be called “Mail”, and a class “unit”.
    fn is_heading(&self, row: &Row) -> bool {
        self.columns.iter().all(|(known, index)| row.cells.get(*index).and_then(column) == Some(*known))
    }

    /// What a row says in a column, fit for a line of text. A cell that is merged over several rows holds for each of them.
    pub fn text(&self, row: &Row, column: Column) -> String {
        let Some(index) = self.columns.get(&column).copied() else { return String::new() };
        let own = text(row.cells.get(index));
        if !own.is_empty() {
            return own;
        }
        let over = |area: &&crate::domain::table::Merged| {
            (area.first_column..=area.last_column).contains(&index) && (area.first_line..=area.last_line).contains(&row.line)
        };
        let first = self.sheet.merged.iter().find(over).and_then(|area| {
            let row = self.sheet.rows.iter().find(|row| row.line == area.first_line)?;
            row.cells.get(area.first_column)
        });
        text(first)
    }
}

fn no_headings() -> Fault {
    Fault::whole(
        "没有一行是列名；第一行请写列名，至少有“单位”和“邮箱”两栏。可用 zhibao init --sample units.csv 得到一份样表",
        "no line names the columns; let the first line do so, with “unit” and “address” at least. zhibao init --sample units.csv makes an example",
    )
}

fn several_sheets(tables: &[&Table<'_>]) -> Fault {
    let names: Vec<String> = tables.iter().map(|table| format!("“{}”", clean(&table.sheet.name))).collect();
    let number = names.len();
    let count = if number == 2 { "两".to_owned() } else { format!("{number} ") };
    Fault::whole(
        format!("{count}张工作表都有单位和邮箱栏：{}；请并为一张，或隐藏不用的", names.join("、")),
        format!(
            "{number} sheets have columns of units and addresses: {}; make them one, or hide those that are not meant",
            names.join(", ")
        ),
    )
}

fn column(cell: &Cell) -> Option<Column> {
    let Cell::Text(text) = cell else { return None };
    let bare: String = text.nfkc().flat_map(char::to_lowercase).filter(|c| !c.is_whitespace() && !"*:_".contains(*c)).collect();
    let bare = bare.split('(').next().unwrap_or_default();
    HEADINGS.iter().find(|(_, words)| words.contains(&bare)).map(|(column, _)| *column)
}

fn text(cell: Option<&Cell>) -> String {
    match cell {
        None | Some(Cell::Empty) => String::new(),
        Some(Cell::Text(text)) => clean(text),
        Some(Cell::Day(day)) => day.to_string(),
    }
}
