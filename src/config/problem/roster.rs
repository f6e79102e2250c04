//! Faults of the roster: a reference to nobody, a unit that nobody looks after.

use chrono::NaiveDate;

use super::{Said, meant, said};

/// The roster makes no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RosterFault {
    /// No unit has this id.
    UnknownUnit {
        /// As written.
        text: String,
        /// An id that looks like it, or whose unit goes by that name.
        nearest: Option<String>,
    },
    /// No unit is of this class.
    UnknownClass {
        /// As written.
        text: String,
        /// A class that looks like it.
        nearest: Option<String>,
    },
    /// `"*"` beside other units.
    StarAndMore,
    /// The first day is after the last.
    DatesReversed {
        /// The first day.
        first: NaiveDate,
        /// The last day.
        last: NaiveDate,
    },
    /// Nobody reports here.
    NoUnits,
    /// Warning: nobody may report for this unit.
    NoReporter {
        /// Its name.
        unit: String,
    },
    /// Warning: nobody hears of this unit's late reports.
    NoFirstLevel {
        /// Its name.
        unit: String,
    },
}

impl RosterFault {
    pub(super) fn said(&self) -> Said {
        match self {
            RosterFault::UnknownUnit { text, nearest } => {
                let (en, zh) = meant(nearest.as_deref(), "write the id of a [[unit]]", "请写 [[unit]] 的代号（id）");
                said(format!("no unit has the id “{text}”"), en, format!("没有代号为“{text}”的单位"), zh)
            }
            RosterFault::UnknownClass { text, nearest } => {
                let (en, zh) = meant(nearest.as_deref(), "write the class of a [[unit]]", "请写 [[unit]] 中用到的类别（class）");
                said(format!("no unit is of the class “{text}”"), en, format!("没有类别为“{text}”的单位"), zh)
            }
            RosterFault::StarAndMore => said(
                "“*” is every unit, and stands alone",
                "write [\"*\"], or the units without it",
                "“*”指全部单位，须单独写",
                "请写 [\"*\"]，或只列单位",
            ),
            RosterFault::DatesReversed { first, last } => said(
                format!("the last day, {last}, is before the first, {first}"),
                "exchange or correct the two",
                format!("最后一天 {last} 早于第一天 {first}"),
                "请调换或改正",
            ),
            RosterFault::NoReporter { unit } => said(
                format!("nobody reports for “{unit}”: its mail will be quarantined, and nobody is reminded"),
                "add a [[unit.reporter]]",
                format!("“{unit}”没有信息员：其来信将被隔离，也无人可提醒"),
                "请加上 [[unit.reporter]]",
            ),
            RosterFault::NoFirstLevel { unit } => said(
                format!("nobody hears when “{unit}” is late: it has no supervisor of level 1"),
                "add a [[supervisor]] with level = 1 for it",
                format!("“{unit}”迟报时无人知晓：没有一级督办人"),
                "请为其加上 level = 1 的 [[supervisor]]",
            ),
            RosterFault::NoUnits => said(
                "there is no unit",
                "write [[unit]] tables here, or name their file with network = \"network.toml\"",
                "没有任何单位",
                "请在此写 [[unit]]，或用 network = \"network.toml\" 指明花名册",
            ),
        }
    }
}
