//! Reads tables key by key, and notes everything that is wrong on the way.
//!
//! A read that fails notes a problem and yields `None`; whoever reads goes on with something harmless in its place. That is safe because
//! a single noted problem keeps the whole configuration from being used.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::problem::{Fault, Place, Problem, Shape, ShapeFault};
use super::tree::{Entries, Node, Value};
use super::values::{self, nearest};

/// Entries in one list, at most.
const LIST_LIMIT: usize = 10_000;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct At<T> {
    pub value: T,
    pub place: Place,
}

/// Everything noted while reading.
#[derive(Debug, Default)]
pub(super) struct Notes {
    errors: RefCell<Vec<Problem>>,
    warnings: RefCell<Vec<Problem>>,
    keys: RefCell<BTreeSet<String>>,
}

impl Notes {
    /// Notes what keeps the configuration from being used.
    pub fn fault(&self, place: Place, fault: impl Into<Fault>) {
        self.errors.borrow_mut().push(Problem { place, fault: fault.into() });
    }

    /// Notes what is doubtful.
    pub fn warn(&self, place: Place, fault: impl Into<Fault>) {
        self.warnings.borrow_mut().push(Problem { place, fault: fault.into() });
    }

    /// How much was noted so far that keeps the configuration from being used.
    pub fn count(&self) -> usize {
        self.errors.borrow().len()
    }

    /// Errors, warnings, and every key that was asked for, without indexes: `unit.reporter.name`.
    pub fn into_parts(self) -> (Vec<Problem>, Vec<Problem>, BTreeSet<String>) {
        (self.errors.into_inner(), self.warnings.into_inner(), self.keys.into_inner())
    }
}

/// One table of a file.
pub(super) struct Table<'a> {
    place: Place,
    /// The path without indexes.
    kind: String,
    entries: &'a Entries,
    notes: &'a Notes,
    asked: RefCell<BTreeSet<&'static str>>,
    missing: RefCell<BTreeMap<&'static str, ShapeFault>>,
    /// Stands in for something that is no table, which is noted: nothing more is said of it.
    hollow: bool,
}

static NOTHING: Entries = Entries::new();

impl<'a> Table<'a> {
    /// The whole of a file.
    pub fn root(file: &Arc<Path>, entries: &'a Entries, notes: &'a Notes) -> Table<'a> {
        Table::new(Place { file: file.clone(), line: 1, key: String::new() }, String::new(), entries, notes)
    }

    fn new(place: Place, kind: String, entries: &'a Entries, notes: &'a Notes) -> Table<'a> {
        Table { place, kind, entries, notes, asked: RefCell::default(), missing: RefCell::default(), hollow: false }
    }

    /// Where problems are noted.
    pub fn notes(&self) -> &'a Notes {
        self.notes
    }

    /// Where the table itself begins.
    pub fn place(&self) -> Place {
        self.place.clone()
    }

    /// Where a key stands, or would stand.
    pub fn place_of(&self, key: &str) -> Place {
        let line = self.entries.get(key).map_or(self.place.line, |node| node.line);
        Place { file: self.place.file.clone(), line, key: join(&self.place.key, key) }
    }

    /// Whether the key is there, right or wrong.
    pub fn has(&self, key: &'static str) -> bool {
        self.ask(key).is_some()
    }

    /// Whether the key is absent, or an empty list.
    pub fn lacks(&self, key: &'static str) -> bool {
        self.ask(key).is_none_or(|node| matches!(&node.value, Value::List(items) if items.is_empty()))
    }

    fn ask(&self, key: &'static str) -> Option<&'a Node> {
        if self.asked.borrow_mut().insert(key) {
            self.notes.keys.borrow_mut().insert(join(&self.kind, key));
        }
        self.entries.get(key)
    }

    fn note<T>(&self, place: Place, read: Result<T, Fault>) -> Option<At<T>> {
        match read {
            Ok(value) => Some(At { value, place }),
            Err(fault) => {
                self.notes.fault(place, fault);
                None
            }
        }
    }

    /// A key that may be absent.
    pub fn get<T>(&self, key: &'static str, read: impl FnOnce(&Node) -> Result<T, Fault>) -> Option<At<T>> {
        let node = self.ask(key)?;
        self.note(self.place_of(key), read(node))
    }

    /// The value of a key that may be absent, else its default.
    pub fn get_or<T>(&self, key: &'static str, default: T, read: impl FnOnce(&Node) -> Result<T, Fault>) -> T {
        self.get(key, read).map_or(default, |at| at.value)
    }

    /// A key that must be there; `example` is a line that would do.
    pub fn need<T>(&self, key: &'static str, example: &'static str, read: impl FnOnce(&Node) -> Result<T, Fault>) -> Option<At<T>> {
        if self.ask(key).is_none() {
            self.missing.borrow_mut().insert(key, ShapeFault::Missing { example });
        }
        self.get(key, read)
    }

    /// A list that may be absent. Elements that cannot be read are noted and left out.
    pub fn list<T>(&self, key: &'static str, example: &'static str, read: impl Fn(&Node) -> Result<T, Fault>) -> Option<Vec<At<T>>> {
        let node = self.ask(key)?;
        let place = self.place_of(key);
        let Value::List(items) = &node.value else {
            let example = value_of(example).to_owned();
            self.notes.fault(place, ShapeFault::WrongShape { found: node.shape(), wanted: Shape::List, example });
            return None;
        };
        if items.len() > LIST_LIMIT {
            self.notes.fault(place, ShapeFault::TooMany { limit: LIST_LIMIT });
            return None;
        }
        let element = |(index, item): (usize, &Node)| {
            let place = Place { file: place.file.clone(), line: item.line, key: format!("{}[{}]", place.key, index + 1) };
            self.note(place, read(item))
        };
        Some(items.iter().enumerate().filter_map(element).collect())
    }

    /// How many elements a list has, right or wrong.
    pub fn length(&self, key: &'static str) -> usize {
        match self.ask(key) {
            Some(Node { value: Value::List(items), .. }) => items.len(),
            _ => 0,
        }
    }

    /// A list that must be there and hold something.
    pub fn need_list<T>(&self, key: &'static str, example: &'static str, read: impl Fn(&Node) -> Result<T, Fault>) -> Vec<At<T>> {
        match self.ask(key) {
            None => {
                self.missing.borrow_mut().insert(key, ShapeFault::Missing { example });
            }
            Some(Node { value: Value::List(items), .. }) if items.is_empty() => {
                self.notes.fault(self.place_of(key), ShapeFault::Empty { example: value_of(example) });
            }
            Some(_) => {}
        }
        self.list(key, example, read).unwrap_or_default()
    }

    /// A path, relative to this file.
    pub fn path(&self, key: &'static str) -> Option<At<PathBuf>> {
        let text = self.get(key, values::text)?;
        Some(At { value: self.beside(&text.value), place: text.place })
    }

    /// A path as seen from the folder of this file.
    pub fn beside(&self, path: &str) -> PathBuf {
        self.place.file.parent().unwrap_or(Path::new("")).join(path)
    }

    /// A sub-table; one without entries where it is absent.
    pub fn section(&self, key: &'static str) -> Table<'a> {
        let place = self.place_of(key);
        let kind = join(&self.kind, key);
        let entries = match self.ask(key) {
            None => &NOTHING,
            Some(Node { value: Value::Table(entries), .. }) => entries,
            Some(node) => {
                let found = if matches!(node.value, Value::List(_)) { Shape::Tables } else { node.shape() };
                let fault = ShapeFault::WrongShape { found, wanted: Shape::Table, example: format!("[{kind}]") };
                self.notes.fault(place.clone(), fault);
                return Table { hollow: true, ..Table::new(place, kind, &NOTHING, self.notes) };
            }
        };
        Table::new(place, kind, entries, self.notes)
    }

    /// A list of tables; empty where it is absent.
    pub fn tables(&self, key: &'static str) -> Vec<Table<'a>> {
        let Some(node) = self.ask(key) else { return Vec::new() };
        let place = self.place_of(key);
        let wrong = |place: Place, found: Shape| {
            let example = format!("[[{}]]", join(&self.kind, key));
            self.notes.fault(place, ShapeFault::WrongShape { found, wanted: Shape::Tables, example });
        };
        let Value::List(items) = &node.value else {
            wrong(place, node.shape());
            return Vec::new();
        };
        let mut tables = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let place = Place { file: place.file.clone(), line: item.line, key: format!("{}[{}]", place.key, index + 1) };
            match &item.value {
                Value::Table(entries) => tables.push(Table::new(place, join(&self.kind, key), entries, self.notes)),
                _ => wrong(place, item.shape()),
            }
        }
        tables
    }

    /// Keys that somebody else has read, or whose reading would say the same again.
    pub fn accept(&self, keys: &[&'static str]) {
        self.asked.borrow_mut().extend(keys);
    }

    /// Refuses keys of features that are not built yet.
    pub fn refuse(&self, keys: &[&'static str]) {
        for key in keys {
            if self.entries.contains_key(*key) && self.asked.borrow_mut().insert(key) {
                self.notes.fault(self.place_of(key), ShapeFault::NotYet);
            }
        }
    }

    /// Ends the reading: notes keys that are missing and keys that nobody asked for.
    pub fn finish(self) {
        let asked = self.asked.borrow();
        let mut missing = self.missing.borrow_mut();
        for key in self.entries.keys().filter(|key| !asked.contains(key.as_str())) {
            let near = nearest(key, asked.iter().copied());
            if let Some(near) = near {
                missing.remove(near); // one misspelt key is one problem
            }
            self.notes.fault(self.place_of(key), self.unknown(key, near, &asked));
        }
        for (key, fault) in missing.iter().filter(|_| !self.hollow) {
            self.notes.fault(self.place_of(key), fault.clone());
        }
    }

    fn unknown(&self, key: &str, near: Option<&str>, asked: &BTreeSet<&'static str>) -> ShapeFault {
        match key {
            "password" | "secret" | "token" | "key" => ShapeFault::SecretHere { file_key: format!("{key}_file") },
            _ => ShapeFault::UnknownKey { nearest: near.map(str::to_owned), known: asked.iter().map(|key| (*key).to_owned()).collect() },
        }
    }
}

/// `["x"]` out of `desk = ["x"]`.
fn value_of(example: &'static str) -> &'static str {
    example.split_once("= ").map_or(example, |(_, value)| value)
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
