//! Faults of single values.

use super::{Said, said};

/// What is wrong with a cron expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CronFault {
    /// Not five fields.
    Fields {
        /// How many there are.
        found: usize,
    },
    /// A field that is none.
    Field {
        /// As written.
        text: String,
        /// Which: 0 is the minute, 4 the weekday.
        position: usize,
    },
    /// A day that no year has, such as 30 February.
    NeverFires,
}

/// A value cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // `text` is the value as written
pub enum ValueFault {
    /// No duration.
    Duration { text: String },
    /// Zero, or longer than ten years.
    DurationRange { text: String },
    /// No cron expression.
    Cron { text: String, why: CronFault },
    /// No date.
    Date { text: String },
    /// No address that mail can be sent to.
    Address { text: String },
    /// No host name.
    Host { text: String },
    /// No size.
    Size { text: String },
    /// No points.
    Points { text: String },
    /// No chance.
    Chance { text: String },
}

impl ValueFault {
    pub(super) fn said(&self) -> Said {
        match self {
            ValueFault::Duration { text } => said(
                format!("“{text}” is no duration"),
                "write it like 90s, 30m, 2h, 10d or 1h30m",
                format!("“{text}”不是时长"),
                "请写成 90s、30m、2h、10d 或 1h30m 的样子",
            ),
            ValueFault::DurationRange { text } => said(
                format!("“{text}” is out of range"),
                "a duration is longer than 0s and at most ten years (3650d)",
                format!("时长“{text}”超出范围"),
                "时长须大于零，且不超过十年（3650d）",
            ),
            ValueFault::Cron { text, why } => cron(text, why),
            ValueFault::Date { text } => said(
                format!("“{text}” is no date"),
                "write it like \"2003-04-20\"",
                format!("“{text}”不是日期"),
                "请写成 \"2003-04-20\" 的样子",
            ),
            ValueFault::Address { text } => said(
                format!("“{text}” is no email address"),
                "write it like \"name@office.example\", without a display name",
                format!("“{text}”不是电子邮件地址"),
                "请写成 \"name@office.example\" 的样子，不带显示名称",
            ),
            ValueFault::Host { text } => said(
                format!("“{text}” is no host name"),
                "write it like \"mx.office.example\"",
                format!("“{text}”不是主机名"),
                "请写成 \"mx.office.example\" 的样子",
            ),
            ValueFault::Size { text } => said(
                format!("“{text}” is no size, or none between 1KB and 1GB"),
                "write it like 500KB or 50MB",
                format!("“{text}”不是大小，或不在 1KB 至 1GB 之间"),
                "请写成 500KB 或 50MB 的样子",
            ),
            ValueFault::Points { text } => said(
                format!("“{text}” are no points"),
                "write a decimal in quotes, with three places at most, like \"5\" or \"2.5\"",
                format!("“{text}”不是分值"),
                "请写成带引号的小数，至多三位，例如 \"5\" 或 \"2.5\"",
            ),
            ValueFault::Chance { text } => said(
                format!("“{text}” is no chance between 0.1% and 50%"),
                "write it like \"1%\" or \"0.5%\"",
                format!("“{text}”不是 0.1% 至 50% 之间的概率"),
                "请写成 \"1%\" 或 \"0.5%\" 的样子",
            ),
        }
    }
}

fn cron(text: &str, why: &CronFault) -> Said {
    const NAMES: [(&str, &str); 5] = [
        ("minute (0–59)", "分（0–59）"),
        ("hour (0–23)", "时（0–23）"),
        ("day of the month (1–31)", "日（1–31）"),
        ("month (1–12 or JAN–DEC)", "月（1–12 或 JAN–DEC）"),
        ("weekday (0–7 or SUN–SAT; Sunday is 0 or 7)", "星期（0–7 或 SUN–SAT，0 和 7 都是星期日）"),
    ];
    match why {
        CronFault::Fields { found } => said(
            format!("“{text}” has {found} fields, and a cron expression has five"),
            "write minute, hour, day, month and weekday, like \"0 17 * * *\"",
            format!("“{text}”有 {found} 段，cron 表达式应为五段"),
            "请依次写分、时、日、月、星期，例如 \"0 17 * * *\"",
        ),
        CronFault::Field { text: field, position } => {
            let (en, zh) = NAMES.get(*position).copied().unwrap_or(NAMES[4]);
            said(
                format!("“{field}” in “{text}” is no {en}"),
                "write *, a number, a range like 1-5, a list like 1,15 or a step like */10",
                format!("“{text}”中的“{field}”不是{zh}"),
                "请写 *、数字、范围（1-5）、列表（1,15）或间隔（*/10）",
            )
        }
        CronFault::NeverFires => said(
            format!("“{text}” never comes: no year has that day"),
            "choose a day that the month has",
            format!("“{text}”永远不会到来：没有哪一年有这一天"),
            "请改为当月有的日子",
        ),
    }
}
