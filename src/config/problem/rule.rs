//! Faults of `[[rule]]` and `[ladder]`.

use super::{Said, said};
use crate::domain::rules::{Anchor, Severity, Stage};

/// A rule makes no sense.
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
        }
    }
}
