//! The roster: who reports, who supervises, and what each is answerable for.
//!
//! A `Roster` is built by `config` alone, which has made sure that no address, unit name or place belongs to two units.

use std::collections::BTreeMap;
use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::ids::UnitId;

/// An email address in the form in which we compare: lower case, domain as IDNA ASCII.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Address(String);

impl Address {
    /// Reads `local@domain`; `None` when it is no address that mail can be sent to (a local part beyond ASCII among them:
    /// few servers take one).
    pub fn parse(text: &str) -> Option<Address> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@')?;
        let plain =
            |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control() || "<>()[]\\,;:\"@".contains(c));
        if !plain(local) || !local.is_ascii() || !plain(domain) || text.len() > 254 {
            return None;
        }
        let domain = idna::domain_to_ascii(domain).ok().filter(|d| !d.is_empty() && !d.starts_with('.'))?;
        Some(Address(format!("{}@{}", local.to_lowercase(), domain.to_lowercase())))
    }

    /// The address as text, `local@domain`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the `@`.
    pub fn local(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// The part after the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// How much of a reporter's time the network has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// 分管领导, the leader in charge.
    Leader,
    /// 专职信息员.
    FullTime,
    /// 兼职信息员.
    PartTime,
}

/// A person who reports for a unit (信息员).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reporter {
    /// As written in the roster; may be empty.
    pub name: String,
    /// Where reports come from and receipts go.
    pub address: Address,
    /// Leader, full-time or part-time.
    pub role: Role,
}

/// A body that reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Short name, unique.
    pub id: UnitId,
    /// Full name, unique among names and aliases.
    pub name: String,
    /// Other names that people write.
    pub aliases: Vec<String>,
    /// A word of the operator's choice (`county`, `department`); duties may name it.
    pub class: Option<String>,
    /// 信息直报点: also ranked by a higher office.
    pub direct_report: bool,
    /// Places under its jurisdiction; a 地点 that contains one of them is its own.
    pub places: Vec<String>,
    /// First day of validity, included.
    pub since: Option<NaiveDate>,
    /// Last day of validity, included.
    pub until: Option<NaiveDate>,
    /// In roster order.
    pub reporters: Vec<Reporter>,
}

impl Unit {
    /// Whether the unit exists on `day` (office zone).
    pub fn valid_on(&self, day: NaiveDate) -> bool {
        self.since.is_none_or(|since| since <= day) && self.until.is_none_or(|until| day <= until)
    }

    /// Its places, name and aliases, longest first: what every report about it contains.
    pub fn commonplaces(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.names().chain(self.places.iter().map(String::as_str)).filter(|name| !name.is_empty()).collect();
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        names
    }

    /// The name and every alias.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.aliases.iter().map(String::as_str))
    }
}

/// A person who is told of breaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supervisor {
    /// As written in the roster.
    pub name: String,
    /// Where warnings go; commands are taken from here.
    pub address: Address,
    /// 1 hears of late, 2 also of omitted, 3 also of unreported.
    pub level: u8,
    /// `None` is every unit (`["*"]`).
    pub units: Option<Vec<UnitId>>,
    /// Gets the weekly digest.
    pub digest: bool,
}

impl Supervisor {
    /// Whether this person answers for `unit`.
    pub fn supervises(&self, unit: &UnitId) -> bool {
        self.units.as_ref().is_none_or(|units| units.contains(unit))
    }
}

/// A higher office whose circulars are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Superior {
    /// As written in the roster.
    pub name: String,
    /// Where its circulars come from.
    pub address: Address,
}

/// What a person with a known address may be. One address may be several of these at once, except reporter of two units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing<'a> {
    /// Reports for this unit.
    pub reports_for: Option<&'a Unit>,
    /// Supervises.
    pub supervisor: Option<&'a Supervisor>,
    /// Belongs to the duty desk.
    pub desk: bool,
    /// An operator of the daemon.
    pub operator: bool,
    /// A higher office.
    pub superior: Option<&'a Superior>,
}

impl Standing<'_> {
    /// Whether the address is on the roster at all.
    pub fn is_known(&self) -> bool {
        self.reports_for.is_some() || self.supervisor.is_some() || self.desk || self.operator || self.superior.is_some()
    }
}

/// The office that runs the network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Office {
    /// Shown as the sender of every notice.
    pub name: String,
    /// From of every notice; replies come here.
    pub address: Address,
    /// Duty desk (值班室): quarantine and doubtful matches.
    pub desk: Vec<Address>,
    /// Stalls and undeliverable mail.
    pub operators: Vec<Address>,
}

/// Everybody who takes part. Units, supervisors and superiors stand in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roster {
    /// The office itself.
    pub office: Office,
    /// Units in file order.
    pub units: Vec<Unit>,
    /// Supervisors in file order.
    pub supervisors: Vec<Supervisor>,
    /// Higher offices in file order.
    pub superiors: Vec<Superior>,
}

impl Roster {
    /// The unit with this id.
    pub fn unit(&self, id: &UnitId) -> Option<&Unit> {
        self.units.iter().find(|unit| unit.id == *id)
    }

    /// What the owner of `address` may do here.
    pub fn standing(&self, address: &Address) -> Standing<'_> {
        Standing {
            reports_for: self.units.iter().find(|unit| unit.reporters.iter().any(|r| r.address == *address)),
            supervisor: self.supervisors.iter().find(|s| s.address == *address),
            desk: self.office.desk.contains(address),
            operator: self.office.operators.contains(address),
            superior: self.superiors.iter().find(|s| s.address == *address),
        }
    }

    /// The unit that goes by `name` on `day`: its id, its name or an alias, compared without case and surrounding space.
    pub fn unit_named(&self, name: &str, day: NaiveDate) -> Option<&Unit> {
        self.goes_by(name).find(|unit| unit.valid_on(day))
    }

    /// The unit that goes by `name`, in force or not: for looking back.
    pub fn unit_ever_named(&self, name: &str) -> Option<&Unit> {
        self.goes_by(name).next()
    }

    fn goes_by(&self, name: &str) -> impl Iterator<Item = &Unit> {
        let name = name.trim().to_lowercase();
        self.units.iter().filter(move |unit| unit.id.as_str().to_lowercase() == name || unit.names().any(|n| n.to_lowercase() == name))
    }

    /// The units whose jurisdiction `place` names on `day`, in roster order. A name that is part of a longer matching name
    /// does not count.
    pub fn jurisdictions(&self, place: &str, day: NaiveDate) -> Vec<&Unit> {
        let place = place.to_lowercase();
        let hits: BTreeMap<&UnitId, Vec<&str>> = self
            .units
            .iter()
            .filter(|unit| unit.valid_on(day))
            .map(|unit| {
                (&unit.id, unit.places.iter().map(String::as_str).filter(|p| place.contains(&p.to_lowercase())).collect::<Vec<_>>())
            })
            .filter(|(_, places)| !places.is_empty())
            .collect();
        let shadowed = |short: &str| {
            hits.values().flatten().any(|long| long.len() > short.len() && long.to_lowercase().contains(&short.to_lowercase()))
        };
        self.units.iter().filter(|unit| hits.get(&unit.id).is_some_and(|places| places.iter().any(|p| !shadowed(p)))).collect()
    }

    /// Supervisors of `unit` up to and including `level`, in roster order.
    pub fn supervisors_of<'a>(&'a self, unit: &'a UnitId, level: u8) -> impl Iterator<Item = &'a Supervisor> {
        self.supervisors.iter().filter(move |s| s.level <= level && s.supervises(unit))
    }

    /// A person's name for an address, where the roster gives one.
    pub fn name_of(&self, address: &Address) -> Option<&str> {
        let reporters = self.units.iter().flat_map(|u| &u.reporters).map(|r| (&r.address, r.name.as_str()));
        let supervisors = self.supervisors.iter().map(|s| (&s.address, s.name.as_str()));
        let superiors = self.superiors.iter().map(|s| (&s.address, s.name.as_str()));
        reporters.chain(supervisors).chain(superiors).find(|(a, n)| *a == address && !n.is_empty()).map(|(_, n)| n)
    }
}
