//! Faults of whole files.

use super::{Place, Said, said};

/// A file cannot be read, or is no TOML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileFault {
    /// There is no such file.
    Absent {
        /// The key that names it; `None` for the file on the command line.
        named_by: Option<Place>,
    },
    /// The system refuses to read it.
    Unreadable {
        /// In the system's words.
        error: String,
    },
    /// Larger than any configuration.
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// Not UTF-8.
    NotUtf8,
    /// Not TOML.
    Syntax {
        /// Counts characters from 1.
        column: usize,
        /// In the words of the TOML reader, English.
        what: String,
        /// Full-width punctuation on that line, the usual cause under a Chinese input method.
        full_width: Option<char>,
    },
    /// A file includes itself, by way of others or directly.
    IncludeCycle {
        /// From the first to its return.
        chain: Vec<String>,
    },
    /// A file is named twice.
    NamedTwice {
        /// Where it was named first.
        first: Place,
    },
    /// More files than a network can need.
    TooManyFiles {
        /// The limit.
        limit: usize,
    },
}

impl FileFault {
    pub(super) fn said(&self) -> Said {
        match self {
            FileFault::Absent { named_by: Some(place) } => said(
                format!("there is no such file; {place} names it under “{}”", place.key),
                "make the file, or correct the name there (paths are relative to the file that names them)",
                format!("找不到这个文件，它是在 {place} 的“{}”中写明的", place.key),
                "请建立该文件，或改正那里的文件名（相对路径从写明它的文件所在的目录算起）",
            ),
            FileFault::Absent { named_by: None } => said(
                "there is no such file",
                "name the configuration with --config, or copy config/zhibao.toml and change it",
                "找不到配置文件",
                "请用 --config 指明，或复制 config/zhibao.toml 后修改",
            ),
            FileFault::Unreadable { error } => said(
                format!("cannot be read: {error}"),
                "see that it is a file and that this user may read it",
                format!("无法读取：{error}"),
                "请确认它是文件，且运行本程序的用户有读取权限",
            ),
            FileFault::TooLarge { limit } => said(
                format!("is larger than {limit} bytes"),
                "this cannot be the file that was meant",
                format!("超过 {limit} 字节"),
                "这不像是配置文件，请核对文件名",
            ),
            FileFault::NotUtf8 => said("is not UTF-8 text", "save the file as UTF-8", "不是 UTF-8 文本", "请将文件另存为 UTF-8 编码"),
            FileFault::Syntax { column, what, full_width: Some(mark) } => said(
                format!("column {column} is no TOML: {what}"),
                format!("the full-width character {mark} stands on this line: type its ASCII counterpart"),
                format!("第 {column} 列不合 TOML 语法（{what}）"),
                format!("本行有全角符号 {mark} ，请改用半角符号"),
            ),
            FileFault::Syntax { column, what, full_width: None } => said(
                format!("column {column} is no TOML: {what}"),
                "see that quotes and brackets are closed, that there is one = to a key, and that nothing stands twice",
                format!("第 {column} 列不合 TOML 语法（{what}）"),
                "请检查引号、括号是否成对，等号是否齐全，键或表是否重复",
            ),
            FileFault::IncludeCycle { chain } => said(
                format!("the file includes itself: {}", chain.join(" → ")),
                "take one of these names out of its `include`",
                format!("文件包含了自身：{}", chain.join(" → ")),
                "请从其中一处 include 里删去",
            ),
            FileFault::NamedTwice { first } => {
                said(format!("the same file is named at {first}"), "name it once", format!("{first} 已经写过这个文件"), "请只写一次")
            }
            FileFault::TooManyFiles { limit } => said(
                format!("more than {limit} files are included"),
                "put several units into one file",
                format!("包含的文件超过 {limit} 个"),
                "请把多个单位写进同一个文件",
            ),
        }
    }
}
