//! A TOML text as a tree that knows its lines.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use toml::de::{DeArray, DeTable, DeValue};

use super::problem::{FileFault, Shape};

/// A value and the line on which it begins.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// Counts from 1.
    pub line: u32,
    /// What stands there.
    pub value: Value,
}

/// What a key can hold.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// A string.
    Text(String),
    /// An integer; `None` when it does not fit.
    Whole(Option<i64>),
    /// A float. Nothing takes one: points are exact decimals in quotes.
    Real,
    /// `true` or `false`.
    Truth(bool),
    /// A date without a time, or something else (`None`).
    Day(Option<NaiveDate>),
    /// An array.
    List(Vec<Node>),
    /// A table.
    Table(Entries),
}

/// Tables and lists within each other that are gone into: no key lies half as deep.
const DEEPEST: usize = 16;

/// The stack for reading a file. Dotted keys in tables within each other nest by the thousand, and the library goes into all of them when
/// it lets go of them: that is more than a thread's usual 2 MB. What is not used costs nothing.
const ROOM_BYTES: usize = 64 << 20;

/// A table by its keys.
pub(super) type Entries = BTreeMap<String, Node>;

impl Node {
    /// What kind of value this is.
    pub fn shape(&self) -> Shape {
        match &self.value {
            Value::Text(_) => Shape::Text,
            Value::Whole(_) => Shape::Whole,
            Value::Real => Shape::Real,
            Value::Truth(_) => Shape::Truth,
            Value::Day(_) => Shape::Time,
            Value::List(_) => Shape::List,
            Value::Table(_) => Shape::Table,
        }
    }
}

/// Reads a text as far as it can be read: with faults, the tree is what could be saved, fit only for finding the language. A table or a
/// list that lies too deep is there, and empty: it stands below a key that nothing knows.
pub(super) fn parse(text: &str) -> (Entries, Vec<(u32, FileFault)>) {
    let parse = || parse_here(text);
    std::thread::scope(|scope| match std::thread::Builder::new().stack_size(ROOM_BYTES).spawn_scoped(scope, parse) {
        Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
        // Where no thread can be had, this one has room for what people write.
        Err(_) => parse(),
    })
}

fn parse_here(text: &str) -> (Entries, Vec<(u32, FileFault)>) {
    let lines = Lines::of(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut faults: Vec<(u32, FileFault)> = Vec::new();
    for error in errors {
        let offset = error.span().map_or(text.len(), |span| span.start);
        let line = lines.line(offset);
        if faults.last().is_some_and(|(last, _)| *last == line) {
            continue; // what follows on the same line follows from the first
        }
        let start = lines.start(line);
        let whole = text[start..].lines().next().unwrap_or_default();
        let column = text.get(start..offset).map_or(0, |before| before.chars().count()) + 1;
        let full_width = whole.chars().find(|c| "＝“”‘’［］｛｝，．：＃".contains(*c));
        faults.push((line, FileFault::Syntax { column, what: error.message().replace('\n', " "), full_width }));
    }
    (entries(&lines, table.get_ref(), DEEPEST), faults)
}

fn entries(lines: &Lines, table: &DeTable<'_>, deeper: usize) -> Entries {
    let Some(deeper) = deeper.checked_sub(1) else { return Entries::new() };
    table
        .iter()
        .map(|(key, value)| {
            let line = lines.line(key.span().start);
            (key.get_ref().to_string(), Node { line, value: value_of(lines, value.get_ref(), deeper) })
        })
        .collect()
}

fn value_of(lines: &Lines, value: &DeValue<'_>, deeper: usize) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => Value::Whole(i64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok()),
        DeValue::Float(_) => Value::Real,
        DeValue::Boolean(truth) => Value::Truth(*truth),
        DeValue::Datetime(moment) => Value::Day(match (moment.date, moment.time) {
            (Some(day), None) => NaiveDate::from_ymd_opt(i32::from(day.year), u32::from(day.month), u32::from(day.day)),
            _ => None,
        }),
        DeValue::Array(items) => Value::List(nodes(lines, items, deeper)),
        DeValue::Table(table) => Value::Table(entries(lines, table, deeper)),
    }
}

fn nodes(lines: &Lines, items: &DeArray<'_>, deeper: usize) -> Vec<Node> {
    let Some(deeper) = deeper.checked_sub(1) else { return Vec::new() };
    items.iter().map(|item| Node { line: lines.line(item.span().start), value: value_of(lines, item.get_ref(), deeper) }).collect()
}

/// Where each line begins.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Lines {
        Lines(std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect())
    }

    fn line(&self, offset: usize) -> u32 {
        u32::try_from(self.0.partition_point(|start| *start <= offset)).unwrap_or(u32::MAX).max(1)
    }

    fn start(&self, line: u32) -> usize {
        self.0.get(line as usize - 1).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_knows_its_line() {
        let (tree, faults) = parse("a = 1\n\n[[rule]]\nx = 2\n[[rule]]\nlist = [\n  1,\n  2,\n]\n[t.u]\nz = 1979-05-27\n");
        assert!(faults.is_empty());
        assert_eq!(tree["a"].line, 1);
        let Value::List(rules) = &tree["rule"].value else { panic!("{tree:?}") };
        assert_eq!(rules.iter().map(|rule| rule.line).collect::<Vec<_>>(), [3, 5]);
        let Value::Table(second) = &rules[1].value else { panic!("{rules:?}") };
        let Value::List(list) = &second["list"].value else { panic!("{second:?}") };
        assert_eq!(list.iter().map(|item| item.line).collect::<Vec<_>>(), [7, 8]);
        assert_eq!(tree["t"].line, 10);
    }

    /// What the library allows of dotted keys, and of tables within each other, makes thousands. A reload has a thread of the usual size.
    #[test]
    fn what_is_nested_by_the_thousand_takes_no_more_stack_than_a_thread_has() {
        let keys = ["a"; 70].join(".");
        let text = (0..70).fold("1".to_owned(), |inner, _| format!("{{{keys} = {inner}}}"));
        let deep = move || parse(&format!("a = {text}\n"));
        let (tree, faults) = std::thread::Builder::new().stack_size(2 << 20).spawn(deep).expect("a thread").join().expect("no panic");
        assert!(faults.is_empty(), "{faults:?}");
        assert!(matches!(&tree["a"].value, Value::Table(table) if table.contains_key("a")), "{tree:?}");
    }

    #[test]
    fn each_broken_line_is_named_once() {
        let (_, faults) = parse("a = 1\nb = \nc = 3\nd = “x”\n");
        assert_eq!(faults.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 4]);
        assert!(matches!(&faults[1].1, FileFault::Syntax { full_width: Some('“'), .. }), "{faults:?}");
    }
}
