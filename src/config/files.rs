//! The main file and the files that it names, each read once.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::problem::{FileFault, Place};
use super::reader::{At, Notes, Table};
use super::tree::{self, Entries};
use super::values;

/// Bytes in one file.
const SIZE_LIMIT: usize = 4 << 20;
/// Files in one configuration.
const FILE_LIMIT: usize = 200;

/// One file as a tree.
pub(super) struct Document {
    pub file: Arc<Path>,
    pub entries: Entries,
}

/// What `gather` found.
pub(super) struct Gathered {
    /// The main file first, then depth first in the order in which they are named.
    pub documents: Vec<Document>,
    /// Every file that was named, in that order, read or not.
    pub named: Vec<PathBuf>,
    /// Whether every file could be read as TOML.
    pub whole: bool,
}

/// Reads the main file and what it includes.
pub(super) fn gather(path: &Path, read: &dyn Fn(&Path) -> io::Result<Vec<u8>>, notes: &Notes) -> Gathered {
    let gathered = Gathered { documents: Vec::new(), named: Vec::new(), whole: true };
    let mut gatherer = Gatherer { read, notes, gathered, seen: BTreeMap::new() };
    gatherer.visit(path, None, &mut Vec::new());
    gatherer.gathered
}

struct Gatherer<'r> {
    read: &'r dyn Fn(&Path) -> io::Result<Vec<u8>>,
    notes: &'r Notes,
    gathered: Gathered,
    /// Files and where they were named; the main one is in every chain.
    seen: BTreeMap<PathBuf, Place>,
}

impl Gatherer<'_> {
    /// `chain`: the files through which this one was reached.
    fn visit(&mut self, path: &Path, named_by: Option<Place>, chain: &mut Vec<PathBuf>) {
        let plain = plain(path);
        if let Some(place) = &named_by
            && let Some(fault) = self.refusal(&plain, chain)
        {
            self.gathered.whole = false;
            self.notes.fault(place.clone(), fault);
            return;
        }
        if let Some(place) = &named_by {
            self.seen.insert(plain.clone(), place.clone());
        }
        self.gathered.named.push(path.to_path_buf());
        let is_main = named_by.is_none();
        let (document, whole) = open(path, named_by, self.read, self.notes);
        self.gathered.whole &= whole;
        let Some(document) = document else { return };
        let noted = self.notes.count();
        let names = if whole { named(&document, is_main, self.notes) } else { Vec::new() };
        // A name that cannot be read may be that of the file in which all the units are.
        self.gathered.whole &= self.notes.count() == noted;
        self.gathered.documents.push(document);
        chain.push(plain);
        for name in names {
            self.visit(&name.value, Some(name.place), chain);
        }
        chain.pop();
    }

    fn refusal(&self, plain: &Path, chain: &[PathBuf]) -> Option<FileFault> {
        if let Some(from) = chain.iter().position(|file| file == plain) {
            let round = chain[from..].iter().map(PathBuf::as_path).chain([plain]);
            return Some(FileFault::IncludeCycle { chain: round.map(|file| file.display().to_string()).collect() });
        }
        if let Some(first) = self.seen.get(plain) {
            return Some(FileFault::NamedTwice { first: first.clone() });
        }
        (self.seen.len() >= FILE_LIMIT).then_some(FileFault::TooManyFiles { limit: FILE_LIMIT })
    }
}

/// The files that a document names.
fn named(document: &Document, is_main: bool, notes: &Notes) -> Vec<At<PathBuf>> {
    let table = Table::root(&document.file, &document.entries, notes);
    let network = if is_main { table.path("network") } else { None };
    let include = table.list("include", "[\"network.toml\"]", values::text).unwrap_or_default();
    let include = include.into_iter().map(|name| At { value: table.beside(&name.value), place: name.place });
    network.into_iter().chain(include).collect()
}

/// Reads one file; `false` where it cannot be read or is no TOML. A broken file yields what could be saved of it.
pub(super) fn open(
    path: &Path,
    named_by: Option<Place>,
    read: &dyn Fn(&Path) -> io::Result<Vec<u8>>,
    notes: &Notes,
) -> (Option<Document>, bool) {
    let file: Arc<Path> = Arc::from(path);
    let at = |line| Place { file: file.clone(), line, key: String::new() };
    let bytes = match read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            notes.fault(at(0), FileFault::Absent { named_by });
            return (None, false);
        }
        Err(error) => {
            notes.fault(at(0), FileFault::Unreadable { error: error.to_string() });
            return (None, false);
        }
    };
    if bytes.len() > SIZE_LIMIT {
        notes.fault(at(0), FileFault::TooLarge { limit: SIZE_LIMIT });
        return (None, false);
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            notes.fault(at(u32::try_from(line).unwrap_or(u32::MAX)), FileFault::NotUtf8);
            return (None, false);
        }
    };
    let (entries, faults) = tree::parse(&text);
    let whole = faults.is_empty();
    for (line, fault) in faults {
        notes.fault(at(line), fault);
    }
    (Some(Document { file, entries }), whole)
}

/// A path without `.` and with `..` resolved by its text, so that one file has one name.
pub(super) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(plain.components().next_back(), Some(Component::Normal(_))) => {
                plain.pop();
            }
            _ => plain.push(part),
        }
    }
    plain
}
