//! `[office]`, `[[unit]]`, `[[supervisor]]`, `[[superior]]`.

use std::path::PathBuf;

use super::problem::{Fault, Place, RosterFault, ShapeFault};
use super::reader::{At, Table};
use super::values;
use crate::domain::ids::UnitId;
use crate::domain::roster::{Address, Office, Reporter, Role, Roster, Superior, Supervisor, Unit};

/// `[office]` as it was read.
pub(super) struct OfficeRead {
    /// `None` where something in it is wrong.
    pub office: Option<Office>,
    pub address: Option<At<Address>>,
    pub desk: Vec<At<Address>>,
    pub operators: Vec<At<Address>>,
    pub key_file: Option<PathBuf>,
}

/// A unit, and where each part of it stands.
pub(super) struct UnitRead {
    pub unit: Unit,
    pub place: Place,
    /// Id, name, aliases.
    pub names: Vec<At<String>>,
    pub places: Vec<At<String>>,
    pub addresses: Vec<At<Address>>,
}

/// A supervisor, and where each part stands.
pub(super) struct SupervisorRead {
    pub name: String,
    pub address: Option<At<Address>>,
    pub level: u8,
    /// `None` is every unit.
    pub units: Option<Vec<At<String>>>,
    pub digest: bool,
}

/// Everybody in the files, in their order.
#[derive(Default)]
pub(super) struct People {
    pub units: Vec<UnitRead>,
    pub supervisors: Vec<SupervisorRead>,
    pub superiors: Vec<(String, At<Address>)>,
}

/// Reads `[office]`; notes it as missing when it is not there.
pub(super) fn office(top: &Table<'_>) -> Option<OfficeRead> {
    if !top.has("office") {
        let keys: &[&str] = &["name", "address", "desk", "operators"];
        top.notes().fault(top.place_of("office"), ShapeFault::MissingTable { header: "[office]", keys });
        return None;
    }
    let table = top.section("office");
    let name = table.need("name", "name = \"阳泉市委办公厅信息科\"", values::text);
    let address = table.need("address", "address = \"xinxi@office.example\"", values::address);
    let desk = addresses(&table, "desk", "desk = [\"desk@office.example\"]");
    let operators = addresses(&table, "operators", "operators = [\"ops@office.example\"]");
    let key_file = table.path("key_file").map(|path| path.value);
    table.finish();
    let office = name.zip(address.clone()).map(|(name, address)| Office {
        name: name.value,
        address: address.value,
        desk: plain(&desk),
        operators: plain(&operators),
    });
    Some(OfficeRead { office, address, desk, operators, key_file })
}

fn addresses(table: &Table<'_>, key: &'static str, example: &'static str) -> Vec<At<Address>> {
    let list = table.need_list(key, example, values::address);
    once(table, list)
}

fn plain<T: Clone>(list: &[At<T>]) -> Vec<T> {
    list.iter().map(|at| at.value.clone()).collect()
}

/// Notes what stands in a list twice, and keeps it once.
pub(super) fn once<T: PartialEq + ToString>(table: &Table<'_>, list: Vec<At<T>>) -> Vec<At<T>> {
    let mut kept: Vec<At<T>> = Vec::new();
    for item in list {
        match kept.iter().find(|earlier| earlier.value == item.value) {
            Some(first) => {
                let fault = ShapeFault::Repeated { text: item.value.to_string(), first: first.place.clone() };
                table.notes().fault(item.place, fault);
            }
            None => kept.push(item),
        }
    }
    kept
}

/// Notes a last day before the first. `first` and `last` are the keys of the two days.
pub(super) fn days(table: &Table<'_>, first: &'static str, last: &'static str) -> (Option<chrono::NaiveDate>, Option<chrono::NaiveDate>) {
    let from = table.get(first, values::date).map(|at| at.value);
    let until = table.get(last, values::date);
    if let (Some(first), Some(last)) = (from, &until)
        && first > last.value
    {
        table.notes().fault(last.place.clone(), RosterFault::DatesReversed { first, last: last.value });
    }
    (from, until.map(|at| at.value))
}

impl People {
    /// Reads the units, supervisors and superiors of one file.
    pub fn read(&mut self, top: &Table<'_>) {
        self.units.extend(top.tables("unit").into_iter().map(unit));
        self.supervisors.extend(top.tables("supervisor").into_iter().map(supervisor));
        self.superiors.extend(top.tables("superior").into_iter().filter_map(superior));
    }

    /// The roster, once `clashes` has been through it. Only of use when nothing was noted.
    pub fn into_roster(self, office: Office) -> Roster {
        let supervisor = |read: SupervisorRead| {
            Some(Supervisor {
                name: read.name,
                address: read.address?.value,
                level: read.level,
                units: read.units.map(|units| units.into_iter().map(|unit| UnitId(unit.value)).collect()),
                digest: read.digest,
            })
        };
        Roster {
            office,
            units: self.units.into_iter().map(|read| read.unit).collect(),
            supervisors: self.supervisors.into_iter().filter_map(supervisor).collect(),
            superiors: self.superiors.into_iter().map(|(name, address)| Superior { name, address: address.value }).collect(),
        }
    }
}

fn unit(table: Table<'_>) -> UnitRead {
    let id = table.need("id", "id = \"yuxian\"", values::id);
    let name = table.need("name", "name = \"盂县\"", values::text);
    let aliases = table.list("aliases", "[\"盂县县委\", \"盂县县委办\"]", values::text).unwrap_or_default();
    let places = table.list("places", "[\"盂县\"]", values::text).unwrap_or_default();
    let class = table.get("class", values::text).map(|at| at.value);
    let direct_report = table.get_or("direct_report", false, values::truth);
    let (since, until) = days(&table, "since", "until");
    let mut reporters = Vec::new();
    let mut addresses = Vec::new();
    for (reporter, place) in table.tables("reporter").into_iter().filter_map(reporter) {
        addresses.push(At { value: reporter.address.clone(), place });
        reporters.push(reporter);
    }
    if table.lacks("reporter") {
        let unit = name.as_ref().map_or(String::new(), |name| name.value.clone());
        table.notes().warn(table.place(), RosterFault::NoReporter { unit });
    }
    let place = table.place();
    table.finish();
    UnitRead {
        unit: Unit {
            id: UnitId(id.as_ref().map_or(String::new(), |id| id.value.clone())),
            name: name.as_ref().map_or(String::new(), |name| name.value.clone()),
            aliases: plain(&aliases),
            class,
            direct_report,
            places: plain(&places),
            since,
            until,
            reporters,
        },
        place,
        names: id.into_iter().chain(name).chain(aliases).collect(),
        places,
        addresses,
    }
}

fn reporter(table: Table<'_>) -> Option<(Reporter, Place)> {
    let name = table.get_or("name", String::new(), values::text_or_empty);
    let address = table.need("address", "address = \"yuxian@office.example\"", values::address);
    let role = table.get_or("role", Role::FullTime, |node| {
        let word: String = values::word(&["leader", "full-time", "part-time"])(node)?;
        Ok::<_, Fault>(match word.as_str() {
            "leader" => Role::Leader,
            "part-time" => Role::PartTime,
            _ => Role::FullTime,
        })
    });
    table.finish();
    address.map(|address| (Reporter { name, address: address.value, role }, address.place))
}

fn supervisor(table: Table<'_>) -> SupervisorRead {
    let name = table.need("name", "name = \"分管副秘书长\"", values::text).map_or(String::new(), |at| at.value);
    let address = table.need("address", "address = \"deputy@office.example\"", values::address);
    let level = table.get_or("level", 1, values::whole(1, 3));
    let example = "units = [\"*\"]";
    let units = if table.has("units") { Some(once(&table, table.need_list("units", example, values::text))) } else { None };
    let star = units.iter().flatten().find(|unit| unit.value == "*");
    if let Some(star) = star
        && units.iter().flatten().count() > 1
    {
        table.notes().fault(star.place.clone(), RosterFault::StarAndMore);
    }
    let units = if star.is_some() { None } else { units };
    let digest = table.get_or("digest", true, values::truth);
    table.finish();
    SupervisorRead { name, address, level, units, digest }
}

fn superior(table: Table<'_>) -> Option<(String, At<Address>)> {
    let name = table.need("name", "name = \"省委办公厅信息处\"", values::text);
    let address = table.need("address", "address = \"province@office.example\"", values::address);
    table.finish();
    Some((name?.value, address?))
}
