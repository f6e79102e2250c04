//! What no single key can show: two units with one name, an address that is two people's, a reference to nobody.

use std::collections::BTreeMap;

use super::problem::{ClashFault, Fault, Noun, Place, ReckoningFault, RosterFault};
use super::reader::{At, Notes, Table};
use super::roster::{OfficeRead, People};
use super::values::nearest;
use crate::domain::roster::Address;

/// Checks everybody against everybody.
pub(super) fn check(top: &Table<'_>, people: &People, office: Option<&OfficeRead>) {
    let notes = top.notes();
    if people.units.is_empty() {
        notes.fault(top.place_of("network"), RosterFault::NoUnits);
    }
    names(people, notes);
    reporters(people, notes);
    single(notes, Noun::Supervisor, people.supervisors.iter().filter_map(|supervisor| supervisor.address.as_ref()));
    single(notes, Noun::Superior, people.superiors.iter().map(|(_, address)| address));
    if let Some(office) = office {
        own_address(people, office, notes);
    }
    for unit in people.supervisors.iter().flat_map(|supervisor| supervisor.units.iter().flatten()) {
        known_unit(people, unit, notes);
    }
    first_level(people, notes);
}

/// No name, alias, id or place belongs to two units. Within one unit it may stand twice.
fn names(people: &People, notes: &Notes) {
    let mut names: BTreeMap<String, (usize, &Place)> = BTreeMap::new();
    let mut places: BTreeMap<String, (usize, &Place)> = BTreeMap::new();
    for (index, read) in people.units.iter().enumerate() {
        for (list, seen, is_place) in [(&read.names, &mut names, false), (&read.places, &mut places, true)] {
            for name in list {
                let (owner, first) = *seen.entry(name.value.to_lowercase()).or_insert((index, &name.place));
                if owner == index {
                    continue;
                }
                let (name_text, unit, first) = (name.value.clone(), people.units[owner].unit.name.clone(), first.clone());
                notes.fault(
                    name.place.clone(),
                    if is_place {
                        ClashFault::PlaceClash { name: name_text, unit, first }
                    } else {
                        ClashFault::NameClash { name: name_text, unit, first }
                    },
                );
            }
        }
    }
}

/// An address reports once, for one unit.
fn reporters(people: &People, notes: &Notes) {
    let mut seen: BTreeMap<&Address, (&str, &Place)> = BTreeMap::new();
    for read in &people.units {
        for address in &read.addresses {
            match seen.get(&address.value) {
                Some((unit, first)) => notes.fault(
                    address.place.clone(),
                    ClashFault::ReporterClash { address: address.value.to_string(), unit: (*unit).to_owned(), first: (*first).clone() },
                ),
                None => {
                    seen.insert(&address.value, (&read.unit.name, &address.place));
                }
            }
        }
    }
}

/// Notes things of one kind that have one name.
pub(super) fn single<'a, T: ToString + 'a>(notes: &Notes, noun: Noun, names: impl Iterator<Item = &'a At<T>>) {
    let mut seen: BTreeMap<String, &Place> = BTreeMap::new();
    for at in names {
        let name = at.value.to_string();
        match seen.get(&name.to_lowercase()) {
            Some(first) => notes.fault(at.place.clone(), ClashFault::Duplicate { noun, name, first: (*first).clone() }),
            None => {
                seen.insert(name.to_lowercase(), &at.place);
            }
        }
    }
}

/// The office does not write to itself.
fn own_address(people: &People, office: &OfficeRead, notes: &Notes) {
    let Some(own) = &office.address else { return };
    let reporters = people.units.iter().flat_map(|read| &read.addresses);
    let supervisors = people.supervisors.iter().filter_map(|supervisor| supervisor.address.as_ref());
    let superiors = people.superiors.iter().map(|(_, address)| address);
    let staff = office.desk.iter().chain(&office.operators);
    for other in reporters.chain(supervisors).chain(superiors).chain(staff).filter(|other| other.value == own.value) {
        let fault = ClashFault::OfficeAddress { address: other.value.to_string(), office: own.place.clone() };
        notes.fault(other.place.clone(), fault);
    }
}

/// Notes a unit's id that no unit has.
pub(super) fn known_unit(people: &People, id: &At<String>, notes: &Notes) {
    if people.units.iter().any(|read| read.unit.id.as_str() == id.value) {
        return;
    }
    if people.units.is_empty() || people.units.iter().any(|read| read.unit.id.as_str().is_empty()) {
        return; // that is said already; this follows from it, or may
    }
    let by_name = people.units.iter().find(|read| read.unit.names().any(|name| name == id.value));
    let near =
        by_name.map(|read| read.unit.id.as_str()).or_else(|| nearest(&id.value, people.units.iter().map(|read| read.unit.id.as_str())));
    notes.fault(id.place.clone(), RosterFault::UnknownUnit { text: id.value.clone(), nearest: near.map(str::to_owned) });
}

/// Notes a scope's name that a unit goes by.
pub(super) fn no_units_name(people: &People, name: &At<String>, notes: &Notes) {
    let owner = people.units.iter().find(|read| read.names.iter().any(|known| known.value.to_lowercase() == name.value.to_lowercase()));
    if let Some(owner) = owner {
        let fault = ReckoningFault::ScopeIsUnit { name: name.value.clone(), unit: owner.unit.name.clone() };
        notes.fault(name.place.clone(), fault);
    }
}

/// Notes a class that no unit has.
pub(super) fn known_class(people: &People, class: &At<String>, notes: &Notes) {
    let classes = || people.units.iter().filter_map(|read| read.unit.class.as_deref());
    if !people.units.is_empty() && !classes().any(|known| known == class.value) {
        let near = nearest(&class.value, classes()).map(str::to_owned);
        notes.fault(class.place.clone(), Fault::from(RosterFault::UnknownClass { text: class.value.clone(), nearest: near }));
    }
}

/// Somebody should hear of every unit's late reports.
fn first_level(people: &People, notes: &Notes) {
    for read in &people.units {
        let id = read.unit.id.as_str();
        let heard = people.supervisors.iter().any(|supervisor| {
            supervisor.level == 1 && supervisor.units.as_ref().is_none_or(|units| units.iter().any(|unit| unit.value == id))
        });
        if !heard {
            notes.warn(read.place.clone(), RosterFault::NoFirstLevel { unit: read.unit.name.clone() });
        }
    }
}
