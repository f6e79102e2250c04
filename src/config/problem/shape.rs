//! Faults of keys: unknown, missing, of the wrong type.

use super::{Place, Said, meant, said};

/// What a value is, or should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Shape {
    Text,
    Whole,
    Real,
    Truth,
    Time,
    List,
    Table,
    Tables,
}

impl Shape {
    fn en(self) -> &'static str {
        match self {
            Shape::Text => "a text in quotes",
            Shape::Whole => "a whole number",
            Shape::Real => "a number with a point",
            Shape::Truth => "true or false",
            Shape::Time => "a date or a time",
            Shape::List => "a list in […]",
            Shape::Table => "a table",
            Shape::Tables => "a list of tables",
        }
    }

    fn zh(self) -> &'static str {
        match self {
            Shape::Text => "带引号的文字",
            Shape::Whole => "整数",
            Shape::Real => "带小数点的数",
            Shape::Truth => "true 或 false",
            Shape::Time => "日期或时间",
            Shape::List => "用 […] 括起的列表",
            Shape::Table => "表",
            Shape::Tables => "一组表",
        }
    }
}

/// A key is unknown, missing, or of the wrong type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShapeFault {
    /// Nothing reads this key.
    UnknownKey {
        /// A key of this table that looks like it.
        nearest: Option<String>,
        /// The keys of this table.
        known: Vec<String>,
    },
    /// A key that a later version will read.
    NotYet,
    /// A value that a later version will take.
    NotYetValue {
        /// As written.
        text: String,
        /// What this version takes.
        instead: &'static str,
    },
    /// A secret stands in the file itself.
    SecretHere {
        /// The key that names a file instead.
        file_key: String,
    },
    /// A key without a default is not there.
    Missing {
        /// A line that would do.
        example: &'static str,
    },
    /// A table without defaults is not there.
    MissingTable {
        /// `[office]` or `[[mailbox]]`.
        header: &'static str,
        /// The keys that it must have.
        keys: &'static [&'static str],
    },
    /// A text where a list belongs, and the like.
    WrongShape {
        /// What stands there.
        found: Shape,
        /// What belongs there.
        wanted: Shape,
        /// A value that would do.
        example: String,
    },
    /// A text without anything in it.
    Blank,
    /// A list without anything in it.
    Empty {
        /// A value that would do.
        example: &'static str,
    },
    /// A list that is too long.
    TooMany {
        /// The limit.
        limit: usize,
    },
    /// Twice in one list.
    Repeated {
        /// As written.
        text: String,
        /// Where it stood first.
        first: Place,
    },
}

impl ShapeFault {
    pub(super) fn said(&self) -> Said {
        match self {
            ShapeFault::UnknownKey { nearest, known } => {
                let (en, zh) = meant(
                    nearest.as_deref(),
                    format!("the keys here are {}", known.join(", ")),
                    format!("此处可用的键有 {}", known.join("、")),
                );
                said("there is no such key", en, "没有这个键", zh)
            }
            ShapeFault::NotYet => said("not in this version", "take the key out", "本版本尚未提供此项功能", "请删去这一项"),
            ShapeFault::NotYetValue { text, instead } => said(
                format!("“{text}” is not in this version"),
                format!("write \"{instead}\""),
                format!("本版本尚未提供“{text}”"),
                format!("请写 \"{instead}\""),
            ),
            ShapeFault::SecretHere { file_key } => said(
                "a secret does not belong in this file",
                format!("put it into a file of its own and name that with `{file_key}`"),
                "密码、密钥不能写在配置文件里",
                format!("请另存为单独的文件，并用 {file_key} 指明"),
            ),
            ShapeFault::Missing { example } => {
                said("is missing", format!("add a line like {example}"), "缺少此项", format!("请加上一行，例如 {example}"))
            }
            ShapeFault::MissingTable { header, keys } => said(
                "is missing",
                format!("add {header} with {}", keys.join(", ")),
                "缺少这一节",
                format!("请加上 {header}，写明 {}", keys.join("、")),
            ),
            ShapeFault::Blank => said("is empty", "write something between the quotes", "内容为空", "请在引号内填写"),
            ShapeFault::WrongShape { found, wanted, example } => said(
                format!("is {}, not {}", found.en(), wanted.en()),
                format!("write it like {example}"),
                format!("此处是{}，应为{}", found.zh(), wanted.zh()),
                format!("请写成 {example} 的样子"),
            ),
            ShapeFault::Empty { example } => {
                said("is empty", format!("write it like {example}"), "内容为空", format!("请写成 {example} 的样子"))
            }
            ShapeFault::TooMany { limit } => {
                said(format!("has more than {limit} entries"), "shorten the list", format!("超过 {limit} 项"), "请缩短列表")
            }
            ShapeFault::Repeated { text, first } => said(
                format!("“{text}” stands here already ({first})"),
                "take one of the two out",
                format!("“{text}”重复（已见于 {first}）"),
                "请删去其中一处",
            ),
        }
    }
}
