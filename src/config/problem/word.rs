//! Faults of words, names and numbers.

use super::{Said, meant, said};

/// A word is none of those that are known, a name or a number has not the shape that it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // `text` is the value as written
pub enum WordFault {
    /// No time zone.
    Zone { text: String, nearest: Option<String> },
    /// None of the words that are allowed.
    Word { text: String, nearest: Option<String>, known: &'static [&'static str] },
    /// A number that is too small or too large.
    Range { value: i64, least: i64, most: i64 },
    /// No short name.
    Id { text: String },
    /// A line break or another control character.
    Control,
    /// Longer than a name can be.
    TooLong { limit: usize },
}

impl WordFault {
    pub(super) fn said(&self) -> Said {
        match self {
            WordFault::Zone { text, nearest } => {
                let (en, zh) = meant(nearest.as_deref(), "write it like \"Asia/Shanghai\"", "请写成 \"Asia/Shanghai\" 的样子");
                said(format!("there is no time zone “{text}”"), en, format!("没有时区“{text}”"), zh)
            }
            WordFault::Word { text, nearest, known } => {
                let (en, zh) = meant(
                    nearest.as_deref(),
                    format!("write one of these: {}", known.join(", ")),
                    format!("此处可写 {}", known.join("、")),
                );
                said(format!("“{text}” is not one of the words allowed here"), en, format!("此处不能写“{text}”"), zh)
            }
            WordFault::Range { value, least, most } => said(
                format!("{value} is out of range"),
                format!("write a number from {least} to {most}"),
                format!("{value} 超出范围"),
                format!("请写 {least} 至 {most} 之间的数"),
            ),
            WordFault::Id { text } => said(
                format!("“{text}” cannot be a short name"),
                "use up to 40 of the characters a–z, A–Z, 0–9, - and _",
                format!("“{text}”不能作为代号"),
                "请用英文字母、数字、- 和 _，不超过 40 个字符",
            ),
            WordFault::TooLong { limit } => {
                said(format!("is longer than {limit} characters"), "shorten it", format!("超过 {limit} 个字符"), "请缩短")
            }
            WordFault::Control => {
                said("has a line break or another control character in it", "take it out", "含有换行或其他控制字符", "请删去")
            }
        }
    }
}
