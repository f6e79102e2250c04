//! Faults of rules, duties and the calendar.

use chrono::NaiveDate;

use super::{Place, Said, said};
use crate::domain::rules::{Anchor, Severity, Stage};

/// Rules, duties or the calendar make no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleFault {
    /// Some first reports would never be due.
    NeverDue {
        /// Of which events.
        severities: Vec<Severity>,
    },
    /// A rule without a deadline.
    NoDeadline {
        /// Of which stage.
        stage: Stage,
    },
    /// A rule with two deadlines.
    TwoDeadlines {
        /// The key that stands beside this one.
        other: &'static str,
    },
    /// `every` or `cron` in a rule for a stage that comes once.
    Repeats {
        /// Of which stage.
        stage: Stage,
    },
    /// `within` without an `anchor`.
    AnchorNeeded,
    /// `anchor` without a `within`.
    AnchorIdle,
    /// A first report counted from a first report.
    AnchorMeaningless {
        /// The anchor.
        anchor: Anchor,
    },
    /// `omitted_after` is not before `unreported_after`.
    LadderReversed,
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

impl RuleFault {
    pub(super) fn said(&self) -> Said {
        match self {
            RuleFault::NeverDue { severities } => {
                let list: Vec<&str> = severities.iter().map(|severity| severity.as_str()).collect();
                said(
                    format!("first reports of severity {} would never be due", list.join(", ")),
                    "add a [[rule]] with stage = \"first\" that names them, or names no severity",
                    format!("{} 级事件的首报永远不会到期", list.join("、")),
                    "请加上 stage = \"first\" 的 [[rule]]，写明这些级别，或不写级别",
                )
            }
            RuleFault::NoDeadline { stage: Stage::FollowUp } => said(
                "the rule has no deadline",
                "add every = \"24h\", or cron, or within with an anchor",
                "规则没有写时限",
                "请加上 every = \"24h\"，或 cron，或 within 和 anchor",
            ),
            RuleFault::NoDeadline { .. } => {
                said("the rule has no deadline", "add within = \"2h\"", "规则没有写时限", "请加上 within = \"2h\"")
            }
            RuleFault::TwoDeadlines { other } => said(
                format!("the rule has `{other}` too, and one deadline is all it can have"),
                "keep one of the two, or write two rules: the earlier deadline holds",
                format!("规则已写有 {other}，一条规则只能有一个时限"),
                "请保留其一，或写成两条规则（以较早者为准）",
            ),
            RuleFault::Repeats { stage } => said(
                format!("a {stage} report comes once: it cannot repeat"),
                "write within and anchor",
                format!("{}只报一次，不能重复", if *stage == Stage::First { "首报" } else { "终报" }),
                "请改用 within 和 anchor",
            ),
            RuleFault::AnchorNeeded => said(
                "the rule does not say from what the time is counted",
                "add anchor = \"occurred\", \"learned\", \"first\" or \"previous\"",
                "规则没有写时限从何时算起",
                "请加上 anchor = \"occurred\"（发生）、\"learned\"（得知）、\"first\"（首报）或 \"previous\"（上次报告）",
            ),
            RuleFault::AnchorIdle => said(
                "the rule has no `within` that would be counted from this",
                "take the anchor out, or write within instead",
                "规则没有 within，起算点不起作用",
                "请删去 anchor，或改用 within",
            ),
            _ => self.said_of_the_rest(),
        }
    }

    fn said_of_the_rest(&self) -> Said {
        match self {
            RuleFault::AnchorMeaningless { anchor } => said(
                format!("a first report cannot be counted from “{anchor}”: there is none before it"),
                "write \"occurred\" or \"learned\"",
                format!("首报不能从“{anchor}”算起：此前还没有报告"),
                "请写 \"occurred\"（发生）或 \"learned\"（得知）",
            ),
            RuleFault::LadderReversed => said(
                "`omitted_after` is not shorter than `unreported_after`",
                "make omitted_after the shorter one",
                "omitted_after 不短于 unreported_after",
                "请使漏报时限短于不报时限",
            ),
            RuleFault::BindsNobody => said(
                "the duty binds nobody",
                "add units = [\"yuxian\"] or class = \"county\"",
                "这项任务没有写由谁完成",
                "请加上 units = [\"yuxian\"] 或 class = \"county\"",
            ),
            RuleFault::UnitsAndClass => {
                said("the duty has `units` too", "keep units or class, not both", "这项任务已写有 units", "units 和 class 请只留其一")
            }
            RuleFault::QuotaWithoutMin => said("a quota needs its number", "add min = 3", "定额任务没有写篇数", "请加上 min = 3"),
            RuleFault::MinWithoutQuota => said(
                "a zero report has no number",
                "take `min` out, or write kind = \"quota\"",
                "零报告没有篇数要求",
                "请删去 min，或改为 kind = \"quota\"",
            ),
            RuleFault::DayTwice { day, first } => {
                said(format!("{day} is listed already ({first})"), "list it once", format!("{day} 已列出（{first}）"), "请只写一次")
            }
            RuleFault::CalendarYears { duty, years } if years.is_empty() => said(
                format!("“{duty}” keeps to workdays, and no holiday is known: Monday to Friday are taken"),
                "name the office's holidays in [calendar]; no date is invented",
                format!("“{duty}”只在工作日执行，但未提供节假日：将按周一至周五计算"),
                "请在 [calendar] 中写明放假和调休日期，本程序不会推算",
            ),
            RuleFault::CalendarYears { duty, years } => {
                let list: Vec<String> = years.iter().map(i32::to_string).collect();
                said(
                    format!("“{duty}” keeps to workdays, and the calendar has no day of {}", list.join(", ")),
                    "add the holidays of that year; no date is invented",
                    format!("“{duty}”只在工作日执行，但日历中没有 {} 年的日期", list.join("、")),
                    "请补上该年的放假和调休日期，本程序不会推算",
                )
            }
            _ => said("the rule makes no sense", "see the manual", "规则无法理解", "请查阅说明"),
        }
    }
}
