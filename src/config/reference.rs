//! Every key with its type, its default and its meaning. The shipped files say what a key means; what holds where it is left out is
//! found by leaving it out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io;
use std::path::Path;

use super::cron::check_cron;
use super::problem::{Fault, ShapeFault};
use super::tree::{self, Node, Value};
use super::{Errors, Loaded, load_from, values};

pub(super) const MAIN: &str = include_str!("../../config/zhibao.toml");
pub(super) const NETWORK: &str = include_str!("../../config/network.toml");
pub(super) const CALENDAR: &str = include_str!("../../config/calendar-example.toml");

/// The files of the reference by their names; `network.toml` tells of more, which are empty.
const NAMES: [&str; 3] = ["zhibao.toml", "network.toml", "calendar-example.toml"];
const EMPTY: [&str; 2] = ["counties.toml", "departments.toml"];
/// As the shipped files mark what must be there.
const REQUIRED: &str = "(必填 required)";

/// What holds where a key is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Without {
    /// The value that is shown.
    Same,
    /// Nothing can be used.
    Refused,
    /// Something else, or nothing: the meaning says.
    Other,
}

/// A key of the reference.
struct Entry {
    key: String,
    shown: String,
    kind: String,
    without: Without,
    meanings: Vec<String>,
}

/// A section with its keys, in the order of the files.
struct Section {
    /// `mailbox`; empty at the top.
    name: String,
    header: String,
    about: Vec<String>,
    entries: Vec<Entry>,
}

/// The reference as a page of Markdown, in both languages.
pub fn reference() -> String {
    let mut page = String::from(
        "# 配置参考 Configuration reference\n\n\
         本页由 `zhibao man --configuration` 生成，与程序一致。未列出的键一律报错。“默认”栏：值，即不写时的值；**必填**，即必须写明（有 kind 的各节，指用到它的那种 kind）；—，即不写就没有，或见说明。\n\
         This page is made by `zhibao man --configuration` and is in step with the program. Keys that are not listed are errors. Default: a value holds\n\
         where the key is left out; **required** must be there (where a section has a kind: with the kind that it is for); — means none, or as the meaning says.\n\n\
         时长 duration: `90s` `30m` `2h` `10d` `1h30m` · 大小 size: `500KB` `50MB` · 定时 cron: 分 时 日 月 星期 minute hour day month weekday · 路径从本文件所在目录算起 paths begin at the folder of the file\n",
    );
    for (file, text) in NAMES.iter().zip([MAIN, NETWORK, CALENDAR]) {
        let _ = write!(page, "\n## {file}\n");
        for section in sections(file, text) {
            write_section(&mut page, &section);
        }
    }
    page
}

fn write_section(page: &mut String, section: &Section) {
    if section.entries.is_empty() {
        return;
    }
    let title = if section.name.is_empty() { "文件开头 at the top".to_owned() } else { format!("`{}`", section.header) };
    let _ = write!(page, "\n### {title}\n\n");
    for line in &section.about {
        let _ = writeln!(page, "{line}  ");
    }
    if !section.about.is_empty() {
        page.push('\n');
    }
    page.push_str("| 键 key | 类型 type | 默认 default | 例 example | 含义 meaning |\n|---|---|---|---|---|\n");
    for entry in &section.entries {
        let code = |text: &str| format!("`{}`", text.replace('|', "\\|"));
        let (default, example) = match entry.without {
            Without::Same => (code(&entry.shown), String::new()),
            Without::Refused => ("**必填 required**".to_owned(), code(&entry.shown)),
            Without::Other => ("—".to_owned(), code(&entry.shown)),
        };
        let meaning = entry.meanings.join("；").replace('|', "\\|");
        let _ = writeln!(page, "| `{}` | {} | {default} | {example} | {meaning} |", entry.key, entry.kind);
    }
}

/// The line without the mark that keeps it from being used, where it is a key or a section.
pub(super) fn switched_on(line: &str) -> &str {
    let is_key = |line: &str| {
        line.starts_with('[') || line.split_once(" = ").is_some_and(|(key, _)| key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
    };
    line.strip_prefix("# ").filter(|rest| is_key(rest)).unwrap_or(line)
}

/// A file with every optional key and section switched on.
pub(super) fn all_on(text: &str) -> String {
    text.lines().map(switched_on).collect::<Vec<_>>().join("\n")
}

/// Loads files that are nowhere but here; yields the keys asked for as well.
pub(super) fn load(files: &[(&str, &str)]) -> (Result<Loaded, Errors>, BTreeSet<String>) {
    let files: BTreeMap<&str, &str> = files.iter().copied().collect();
    let read = |path: &Path| {
        let text = path.to_str().and_then(|name| files.get(name));
        text.map(|text| text.as_bytes().to_vec()).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    };
    load_from(Path::new(NAMES[0]), &read)
}

/// All of it, switched on, but for one line of one file.
fn load_without(file: &str, line: Option<usize>) -> Result<Loaded, Errors> {
    let texts = [MAIN, NETWORK, CALENDAR].map(all_on);
    let cut: Vec<String> = NAMES
        .iter()
        .zip(&texts)
        .map(|(name, text)| match line {
            Some(left_out) if *name == file => {
                let lines = text.lines().enumerate().map(|(at, each)| if at == left_out { "" } else { each });
                lines.collect::<Vec<_>>().join("\n")
            }
            _ => text.clone(),
        })
        .collect();
    let empty = EMPTY.iter().map(|name| (*name, ""));
    let files: Vec<(&str, &str)> = NAMES.iter().copied().zip(cut.iter().map(String::as_str)).chain(empty).collect();
    load(&files).0
}

fn sections(file: &str, text: &str) -> Vec<Section> {
    let whole = load_without(file, None).ok();
    let mut sections = vec![Section { name: String::new(), header: String::new(), about: Vec::new(), entries: Vec::new() }];
    let (mut current, mut about) = (0, Vec::new());
    for (at, line) in text.lines().enumerate() {
        let on = switched_on(line);
        if on.starts_with('[') {
            let (header, comment) = value_and_comment(on);
            let name = header.trim_matches(['[', ']']).to_owned();
            current = sections.iter().position(|section| section.name == name).unwrap_or_else(|| {
                sections.push(Section { name, header: header.to_owned(), about: Vec::new(), entries: Vec::new() });
                sections.len() - 1
            });
            sections[current]
                .about
                .extend(std::mem::take(&mut about).into_iter().chain(Some(comment.to_owned()).filter(|c| !c.is_empty())));
        } else if let Some(remark) = on.strip_prefix("# ") {
            about.push(remark.to_owned());
        } else if let Some((key, rest)) = on.split_once(" = ") {
            // What stands at the top of a file is about the file, not about a key.
            about.clear();
            let (shown, comment) = value_and_comment(rest);
            let without = || without(file, at, key, whole.as_ref());
            note(&mut sections[current].entries, key, shown, comment, without);
        }
    }
    sections
}

fn note(entries: &mut Vec<Entry>, key: &str, shown: &str, comment: &str, without: impl Fn() -> Without) {
    let meaning = comment.replace(REQUIRED, "").trim().to_owned();
    let meaning = Some(meaning).filter(|meaning| !meaning.is_empty());
    match entries.iter_mut().find(|entry| entry.key == key) {
        Some(entry) => entry.meanings.extend(meaning.filter(|meaning| !entry.meanings.contains(meaning))),
        None => entries.push(Entry {
            key: key.to_owned(),
            shown: shown.to_owned(),
            kind: kind(key, shown, comment),
            without: without(),
            meanings: meaning.into_iter().collect(),
        }),
    }
}

/// What leaving a line out comes to.
fn without(file: &str, line: usize, key: &str, whole: Option<&Loaded>) -> Without {
    match load_without(file, Some(line)) {
        Ok(loaded) if whole.is_some_and(|whole| whole.config == loaded.config) => Without::Same,
        Ok(_) => Without::Other,
        Err(errors) => {
            let missing = errors.problems.iter().any(|problem| {
                let of_key = problem.place.key == key || problem.place.key.ends_with(&format!(".{key}"));
                of_key && matches!(problem.fault, Fault::Shape(ShapeFault::Missing { .. } | ShapeFault::Empty { .. }))
            });
            if missing { Without::Refused } else { Without::Other }
        }
    }
}

/// `"a # b"   # comment` → the value and the comment.
fn value_and_comment(rest: &str) -> (&str, &str) {
    let mut quote = None;
    for (at, c) in rest.char_indices() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None, '#') => return (rest[..at].trim_end(), rest[at + 1..].trim()),
            _ => {}
        }
    }
    (rest.trim_end(), "")
}

/// What a value is, by the one that is shown.
fn kind(key: &str, shown: &str, comment: &str) -> String {
    let (entries, _) = tree::parse(&format!("{key} = {shown}"));
    let Some(node) = entries.get(key) else { return String::new() };
    match &node.value {
        Value::List(items) => {
            let of = items.first().map(|item| kind_of_one(key, item, comment));
            of.map_or("列表 list".to_owned(), |of| format!("列表 list：{of}"))
        }
        _ => kind_of_one(key, node, comment).to_owned(),
    }
}

fn kind_of_one(key: &str, node: &Node, comment: &str) -> &'static str {
    let Value::Text(text) = &node.value else {
        return match node.value {
            Value::Whole(_) => "整数 whole number",
            Value::Truth(_) => "是否 true/false",
            _ => "",
        };
    };
    let is_path = key.ends_with("_file") || ["path", "file", "network", "include"].contains(&key);
    let is_points = text.bytes().all(|b| b.is_ascii_digit() || b == b'.') && !text.is_empty();
    match () {
        () if is_path => "路径 path",
        () if key.ends_with("url") => "网址 URL",
        () if values::duration(text).is_ok() => "时长 duration",
        () if values::size(node).is_ok() => "大小 size",
        () if check_cron(text).is_ok() => "定时 cron",
        () if values::day(text).is_some() => "日期 date",
        () if values::per_mille(node).is_ok() => "百分数 per cent",
        () if is_points => "分值 points",
        () if values::address(node).is_ok() => "邮箱地址 address",
        () if comment.contains(" | ") || comment.contains("\" | \"") => "所列之一 one of those listed",
        () if text.contains('.') && values::host(node).is_ok() => "主机名 host name",
        () => "文字 text",
    }
}
