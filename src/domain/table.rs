//! Tables of adoptions and of ranks: cells → rows that can be put on the ledger, or everything that is wrong with them.
//!
//! Source: interface.md, "Mail that we read" (header words), rules.md, "Standings". A table is taken whole or not at all.

mod adoptions;
mod circular;
mod days;
mod figures;
mod header;
mod lines;
mod names;
mod periods;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::ids::{AdoptionNo, SubmissionNo, UnitId};
use super::ledger::{ExternalRow, Outlet, Scope};
use super::period::Period;
use super::points::Points;
use super::roster::Roster;

pub use adoptions::read_adoptions;
pub use circular::read_circular;

/// What a table is read against.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Whose adoptions.
    pub roster: &'a Roster,
    /// What adopts.
    pub outlets: &'a [Outlet],
    /// Bodies that circulars rank as a whole.
    pub scopes: &'a [Scope],
    /// In the office's zone; nothing was adopted after it.
    pub today: NaiveDate,
}

/// A sheet of a workbook; of a .csv, the one there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// Its name; empty for a .csv.
    pub name: String,
    /// In order; blank ones may be left out.
    pub rows: Vec<Row>,
    /// Merged cells: what they hold stands in the first of their cells alone.
    pub merged: Vec<Merged>,
}

/// Cells of a sheet that are merged into one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merged {
    /// Counts from 1.
    pub first_line: u32,
    /// Included.
    pub last_line: u32,
    /// Counts from 0.
    pub first_column: usize,
    /// Included.
    pub last_column: usize,
}

/// A row and the line on which it stands in the file, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Counts from 1.
    pub line: u32,
    /// From the first column.
    pub cells: Vec<Cell>,
}

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Nothing, or white space.
    Empty,
    /// A text, trimmed; of a number, its shortest decimal form.
    Text(String),
    /// A date of a spreadsheet.
    Day(NaiveDate),
}

/// One adoption as a table gives it, its units and outlet found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdoptionRow {
    /// The line in the file.
    pub line: u32,
    /// The day.
    pub day: NaiveDate,
    /// Whose; several for a joint item, as written from first to last.
    pub units: Vec<UnitId>,
    /// The outlet's id.
    pub outlet: String,
    /// What was adopted; may be empty where the submission is named.
    pub title: String,
    /// The row's own points; `None`: the outlet's.
    pub points: Option<Points>,
    /// 编号
    pub submission: Option<SubmissionNo>,
}

/// One line of a superior's circular.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CircularRow {
    /// The line in the file.
    pub line: u32,
    /// The month, quarter, half or year that it is about.
    pub period: Period,
    /// Its figures.
    #[serde(flatten)]
    pub row: ExternalRow,
}

/// What a table holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rows {
    /// Single adoptions.
    Adoptions(Vec<AdoptionRow>),
    /// Ranks and totals.
    Circular(Vec<CircularRow>),
}

/// A table, read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableRead {
    /// What it holds.
    pub rows: Rows,
    /// What is doubtful, and was kept all the same: a total that does not add up.
    pub doubts: Vec<CellFault>,
    /// Lines passed over as totals (合计).
    pub totals: u32,
}

/// One thing that is wrong with a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellFault {
    /// The sheet; empty for a .csv.
    pub sheet: String,
    /// The line in the file; `None`: the table as a whole.
    pub line: Option<u32>,
    /// The column's heading as the file has it; empty: the line as a whole.
    pub column: String,
    /// What stands there.
    pub value: String,
    /// What is wrong with it.
    #[serde(flatten)]
    pub wrong: Wrong,
}

impl CellFault {
    /// A fault of the table as a whole.
    pub fn of_table(wrong: Wrong) -> CellFault {
        CellFault { sheet: String::new(), line: None, column: String::new(), value: String::new(), wrong }
    }
}

/// What is wrong with a cell, a line or a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "wrong")]
pub enum Wrong {
    /// Neither .csv nor .xlsx, or damaged.
    Unreadable {
        /// In words, from the reader.
        why: String,
    },
    /// A workbook that is locked with a password.
    Protected,
    /// More cells, sheets or bytes than are read.
    TooLarge {
        /// What is over the limit, and the limit: `cells > 200000`.
        limit: String,
    },
    /// No line names the columns.
    NoHeader,
    /// The table has a header and nothing else.
    NoRows,
    /// Two columns that would both be read as the same.
    ColumnTwice {
        /// The heading of the first one.
        first: String,
    },
    /// One figure for several lines, in a merged cell.
    Merged,
    /// A column that is needed is not there.
    ColumnMissing {
        /// Its usual headings.
        wanted: String,
    },
    /// A cell that must be filled is empty.
    CellMissing,
    /// No date that can be read.
    NotADay,
    /// A day that has not come yet.
    DayInFuture,
    /// No period that can be read, or one that has not begun.
    NotAPeriod,
    /// No unit or scope of this name.
    UnknownUnit {
        /// The most similar name on the roster.
        nearest: Option<String>,
    },
    /// A unit of this name, but not on that day.
    UnitNotInForce {
        /// Its first day.
        since: Option<NaiveDate>,
        /// Its last day.
        until: Option<NaiveDate>,
    },
    /// A circular without a single line about a unit or scope of ours.
    NoUnitOfOurs,
    /// Several go by this name.
    AmbiguousUnit {
        /// Their names.
        among: Vec<String>,
    },
    /// No outlet of this name.
    UnknownOutlet {
        /// Those that are configured.
        known: Vec<String>,
    },
    /// No number of points.
    NotPoints,
    /// Points below zero: a correction is a reversing row.
    NegativePoints,
    /// No whole number.
    NotACount,
    /// A rank of 50 of 49, or of 0.
    RankOutOfRange,
    /// No submission of this number.
    UnknownSubmission,
    /// The same item is on the ledger with other points: taken in again it would count twice.
    OtherPoints {
        /// The row on the ledger.
        number: AdoptionNo,
        /// What it earned there.
        points: Points,
    },
    /// Neither title nor submission says what was adopted.
    NothingNamed,
    /// The same unit twice for one period.
    UnitTwice {
        /// The line where it stands first.
        first: u32,
    },
    /// A line of totals that the lines above do not add up to.
    TotalDiffers {
        /// What they add up to.
        sum: String,
    },
}

#[cfg(test)]
mod tests;
