//! Faults of `[[duty]]` and `[calendar]`.

use chrono::NaiveDate;

use super::{Place, Said, said};

/// A duty or the calendar makes no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DutyFault {
    /// A duty that binds nobody.
    BindsNobody,
    /// A duty with `units` and `class`.
    UnitsAndClass,
    /// A quota without a number.
    QuotaWithoutMin,
    /// A number without a quota.
    MinWithoutQuota,
    /// A day is listed twice, or both as a holiday and as a workday.
    DayTwice {
        /// The day.
        day: NaiveDate,
        /// Where it stands already.
        first: Place,
    },
    /// Warning: a duty keeps to workdays, and the calendar does not know its years.
    CalendarYears {
        /// The duty.
        duty: String,
        /// The years; empty when there is no calendar at all.
        years: Vec<i32>,
    },
}

impl DutyFault {
    pub(super) fn said(&self) -> Said {
        match self {
            DutyFault::BindsNobody => said(
                "the duty binds nobody",
                "add units = [\"yuxian\"] or class = \"county\"",
                "这项任务没有写由谁完成",
                "请加上 units = [\"yuxian\"] 或 class = \"county\"",
            ),
            DutyFault::UnitsAndClass => {
                said("the duty has `units` too", "keep units or class, not both", "这项任务已写有 units", "units 和 class 请只留其一")
            }
            DutyFault::QuotaWithoutMin => said("a quota needs its number", "add min = 3", "定额任务没有写篇数", "请加上 min = 3"),
            DutyFault::MinWithoutQuota => said(
                "a zero report has no number",
                "take `min` out, or write kind = \"quota\"",
                "零报告没有篇数要求",
                "请删去 min，或改为 kind = \"quota\"",
            ),
            DutyFault::DayTwice { day, first } => {
                said(format!("{day} is listed already ({first})"), "list it once", format!("{day} 已列出（{first}）"), "请只写一次")
            }
            DutyFault::CalendarYears { duty, years } if years.is_empty() => said(
                format!("“{duty}” keeps to workdays, and no holiday is known: Monday to Friday are taken"),
                "name the office's holidays in [calendar]; no date is invented",
                format!("“{duty}”只在工作日执行，但未提供节假日：将按周一至周五计算"),
                "请在 [calendar] 中写明放假和调休日期，本程序不会推算",
            ),
            DutyFault::CalendarYears { duty, years } => {
                let list: Vec<String> = years.iter().map(i32::to_string).collect();
                said(
                    format!("“{duty}” keeps to workdays, and the calendar has no day of {}", list.join(", ")),
                    "add the holidays of that year; no date is invented",
                    format!("“{duty}”只在工作日执行，但日历中没有 {} 年的日期", list.join("、")),
                    "请补上该年的放假和调休日期，本程序不会推算",
                )
            }
        }
    }
}
