//! Whose line it is: the names in a table, found on the roster or not at all.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::super::ids::UnitId;
use super::super::ledger::Scope;
use super::super::roster::Unit;
use super::super::text;
use super::{Known, Wrong};

/// Names that are like no other are compared with the whole roster; so many of them at the most.
const COMPARED: usize = 500;

/// Office words that people add to the name of a unit or leave out; longer ones first.
const OFFICE_WORDS: [&str; 26] = [
    "信息直报点",
    "委办公室",
    "委办公厅",
    "政府办公室",
    "人民政府",
    "直报点",
    "办公室",
    "办公厅",
    "信息科",
    "信息处",
    "委办",
    "党委",
    "政府",
    "市委",
    "县委",
    "区委",
    "县",
    "区",
    "市",
    "委",
    "办",
    "county",
    "district",
    "office",
    "committee",
    "city",
];

/// Characters that are taken for another in print or by a machine that reads print.
const ALIKE: [(char, char); 6] = [('孟', '盂'), ('巳', '己'), ('已', '己'), ('末', '未'), ('戌', '戍'), ('土', '士')];

/// The names of the roster, and what is like them.
pub(super) struct Names<'a> {
    known: &'a Known<'a>,
    units: BTreeMap<String, Vec<&'a Unit>>,
    units_dense: BTreeMap<String, Vec<&'a Unit>>,
    scopes: BTreeMap<String, Vec<&'a Scope>>,
    /// Without office words; the name with them, without spaces, and the name to tell.
    stems: BTreeMap<String, Vec<(String, &'a str)>>,
    nearest: BTreeMap<String, Option<String>>,
}

/// A row of a circular is about a unit or a scope, or somebody else's.
pub(super) enum Subject {
    /// An id.
    Ours(String),
    /// Of no concern.
    Others,
}

/// What was not found: the part of the cell, and why.
pub(super) type Missed = (String, Wrong);

impl<'a> Names<'a> {
    pub fn new(known: &'a Known<'a>) -> Names<'a> {
        let mut names = Names {
            known,
            units: BTreeMap::new(),
            units_dense: BTreeMap::new(),
            scopes: BTreeMap::new(),
            stems: BTreeMap::new(),
            nearest: BTreeMap::new(),
        };
        for unit in &known.roster.units {
            for name in unit.names().chain([unit.id.as_str()]) {
                let key = text::comparable(name);
                add(&mut names.units_dense, key.replace(' ', ""), unit);
                add(&mut names.units, key, unit);
            }
            for name in unit.names() {
                names.add_stem(name, &unit.name);
            }
        }
        for scope in known.scopes {
            for name in names_of(scope).chain([scope.id.as_str()]) {
                let scopes = names.scopes.entry(keys(name).1).or_default();
                if !scopes.iter().any(|there| there.id == scope.id) {
                    scopes.push(scope);
                }
            }
            for name in names_of(scope) {
                names.add_stem(name, &scope.name);
            }
        }
        names
    }

    /// The units that a cell names on a day, as written from first to last; several for a joint item.
    pub fn units(&mut self, cell: &str, day: NaiveDate) -> Result<Vec<UnitId>, Missed> {
        let mut units = Vec::new();
        for part in self.parts(cell) {
            let id = self.unit(part, day, day)?;
            // One unit by two of its names is one unit.
            if !units.contains(&id) {
                units.push(id);
            }
        }
        Ok(units)
    }

    /// The unit or scope that a line of a circular is about, between two days.
    pub fn subject(&mut self, cell: &str, first: NaiveDate, last: NaiveDate) -> Result<Subject, Missed> {
        let (scopes, units) = (self.scopes_named(cell), self.named(cell));
        match (scopes, units.is_empty()) {
            ([scope], true) => Ok(Subject::Ours(scope.id.clone())),
            ([], true) => match self.near(cell) {
                Some(nearest) => Err((cell.to_owned(), Wrong::UnknownUnit { nearest: Some(nearest) })),
                None => Ok(Subject::Others),
            },
            ([], false) => self.unit(cell, first, last).map(|id| Subject::Ours(id.0)),
            (scopes, _) => {
                let scopes = scopes.iter().map(|scope| format!("{} ({})", scope.name, scope.id));
                let among = scopes.chain(units.iter().map(|unit| told(unit))).collect();
                Err((cell.to_owned(), Wrong::AmbiguousUnit { among }))
            }
        }
    }

    /// The whole cell where it is a name; else its parts, where each of them is one.
    fn parts<'t>(&self, cell: &'t str) -> Vec<&'t str> {
        if !self.named(cell).is_empty() {
            return vec![cell];
        }
        let listed: Vec<&str> =
            cell.split(['、', ',', '，', ';', '；', '/', '／', '\n']).map(str::trim).filter(|part| !part.is_empty()).collect();
        let parts: Vec<&str> = listed.iter().flat_map(|part| self.joined(part)).collect();
        let found = parts.iter().filter(|part| !self.named(part).is_empty()).count();
        // Of a list of which some are known, the unknown one is told; a name that only looks like a list is told whole.
        if found > 0 { parts } else { vec![cell] }
    }

    /// 平定县和盂县, 平定县 盂县: parted only where both sides are names, because names hold such characters too.
    fn joined<'t>(&self, part: &'t str) -> Vec<&'t str> {
        if !self.named(part).is_empty() {
            return vec![part];
        }
        for (at, sign) in part.char_indices().filter(|(_, c)| matches!(c, '和' | '与' | '及' | '&') || c.is_whitespace()) {
            let (before, after) = (part[..at].trim(), part[at + sign.len_utf8()..].trim());
            if !before.is_empty() && !after.is_empty() && !self.named(before).is_empty() {
                let rest = self.joined(after);
                if rest.iter().all(|name| !self.named(name).is_empty()) {
                    return std::iter::once(before).chain(rest).collect();
                }
            }
        }
        vec![part]
    }

    /// The units that go by a name at any time.
    fn named(&self, name: &str) -> &[&'a Unit] {
        let (key, dense) = keys(name);
        self.units.get(&key).or_else(|| self.units_dense.get(&dense)).map_or(&[], Vec::as_slice)
    }

    fn unit(&mut self, name: &str, first: NaiveDate, last: NaiveDate) -> Result<UnitId, Missed> {
        let units = self.named(name);
        let valid = |from: NaiveDate, to: NaiveDate| {
            let meets = |unit: &Unit| unit.since.is_none_or(|since| since <= to) && unit.until.is_none_or(|until| from <= until);
            units.iter().copied().filter(move |unit| meets(unit)).collect::<Vec<&Unit>>()
        };
        // A unit that ended within the period is still told of; one that took its name over goes before it.
        let in_force = Some(valid(last, last)).filter(|units| !units.is_empty()).unwrap_or_else(|| valid(first, last));
        match (in_force.as_slice(), units.first()) {
            ([unit], _) => Ok(unit.id.clone()),
            ([], None) => {
                let nearest = self.nearest(name);
                Err((name.to_owned(), Wrong::UnknownUnit { nearest }))
            }
            ([], Some(unit)) => Err((name.to_owned(), Wrong::UnitNotInForce { since: unit.since, until: unit.until })),
            (units, _) => Err((name.to_owned(), Wrong::AmbiguousUnit { among: units.iter().map(|unit| told(unit)).collect() })),
        }
    }

    fn nearest(&mut self, name: &str) -> Option<String> {
        if let Some(found) = self.nearest.get(name) {
            return found.clone();
        }
        if self.nearest.len() >= COMPARED {
            return None;
        }
        let found = self.near(name).or_else(|| self.similar(name));
        self.nearest.insert(name.to_owned(), found.clone());
        found
    }

    /// The most similar name, if half of it agrees.
    fn similar(&self, name: &str) -> Option<String> {
        let name = keys(name).1;
        let mut best: Option<(f64, &str)> = None;
        for unit in &self.known.roster.units {
            for own in unit.names() {
                let alike = strsim::normalized_damerau_levenshtein(&keys(own).1, &name);
                if alike >= 0.5 && best.is_none_or(|(most, _)| alike > most) {
                    best = Some((alike, own));
                }
            }
        }
        best.map(|(_, own)| own.to_owned())
    }

    /// A name that is very likely meant for one of ours: with the city's name before it, an office word more or less, a
    /// character taken for its like, a letter wrong. Not merely similar ones: a province has counties whose names differ by a
    /// character, and 南郊区 is not 郊区.
    fn near(&self, name: &str) -> Option<String> {
        let dense = keys(name).1;
        for shape in self.shapes(&dense) {
            let others = |(own, told): &(String, &'a str)| (*own != dense).then_some(*told);
            let of_stem = self.stems.get(&shape).and_then(|names| names.iter().find_map(others));
            let wrong_letter =
                || self.stems.iter().filter(|(own, _)| one_letter_wrong(&shape, own)).flat_map(|(_, names)| names).find_map(others);
            if let Some(found) = of_stem.or_else(wrong_letter) {
                return Some(found.to_owned());
            }
        }
        None
    }

    /// The stem of a name, and that of what is left of it behind the name of a scope; none that is an office word itself.
    fn shapes(&self, dense: &str) -> Vec<String> {
        let dense = alike(dense);
        let scopes = self.known.scopes.iter().flat_map(names_of);
        let behind = scopes.filter_map(|scope| {
            let rest = dense.strip_prefix(&alike(&keys(scope).1))?;
            Some(stem(rest.strip_prefix('市').unwrap_or(rest)))
        });
        std::iter::once(stem(&dense)).chain(behind).filter(|shape| tells_something(shape)).collect()
    }

    fn add_stem(&mut self, name: &str, told: &'a str) {
        let dense = keys(name).1;
        let stem = stem(&alike(&dense));
        if tells_something(&stem) {
            self.stems.entry(stem).or_default().push((dense, told));
        }
    }

    fn scopes_named(&self, name: &str) -> &[&'a Scope] {
        self.scopes.get(&keys(name).1).map_or(&[], Vec::as_slice)
    }

    /// Whether a cell names a scope.
    pub fn is_scope(&self, cell: &str) -> bool {
        !self.scopes_named(cell).is_empty()
    }
}

fn names_of(scope: &Scope) -> impl Iterator<Item = &str> {
    std::iter::once(scope.name.as_str()).chain(scope.aliases.iter().map(String::as_str))
}

/// 市 of 市委办公厅 is no name.
fn tells_something(stem: &str) -> bool {
    !stem.is_empty() && stem != "省" && !OFFICE_WORDS.contains(&stem)
}

fn add<'a>(index: &mut BTreeMap<String, Vec<&'a Unit>>, key: String, unit: &'a Unit) {
    let units = index.entry(key).or_default();
    if !units.iter().any(|there| there.id == unit.id) {
        units.push(unit);
    }
}

/// A name to compare by, and the same without spaces.
fn keys(name: &str) -> (String, String) {
    let key = text::comparable(name);
    let dense = key.replace(' ', "");
    (key, dense)
}

fn told(unit: &Unit) -> String {
    format!("{} ({})", unit.name, unit.id)
}

fn alike(name: &str) -> String {
    name.chars().map(|c| ALIKE.iter().find(|(from, _)| *from == c).map_or(c, |(_, to)| *to)).collect()
}

/// A name without the office words at its end; never nothing.
fn stem(name: &str) -> String {
    let mut stem = name;
    while let Some(shorter) = OFFICE_WORDS.iter().find_map(|word| stem.strip_suffix(word)).filter(|shorter| !shorter.is_empty()) {
        stem = shorter;
    }
    stem.to_owned()
}

/// Two Latin names of five letters or more that differ by one.
fn one_letter_wrong(a: &str, b: &str) -> bool {
    a.is_ascii() && b.is_ascii() && a.len().min(b.len()) >= 5 && strsim::osa_distance(a, b) == 1
}
