//! Whom notices go to, as the roster has them.

use super::{Capacity, Recipient};
use crate::domain::ids::UnitId;
use crate::domain::roster::{Address, Reporter, Roster};

impl Recipient {
    /// The unit's reporters; none where it has left the roster.
    pub fn reporters(roster: &Roster, unit: &UnitId) -> Vec<Recipient> {
        let reporters = roster.unit(unit).map_or(&[][..], |unit| &unit.reporters);
        let person = |r: &Reporter| Recipient { address: r.address.clone(), name: r.name.clone(), capacity: Capacity::Reporter };
        reporters.iter().map(person).collect()
    }

    /// The duty desk.
    pub fn desk(roster: &Roster) -> Vec<Recipient> {
        Recipient::named(roster, &roster.office.desk, Capacity::Desk)
    }

    /// The operators.
    pub fn operators(roster: &Roster) -> Vec<Recipient> {
        Recipient::named(roster, &roster.office.operators, Capacity::Operator)
    }

    /// These addresses, by the names that the roster has for them.
    pub fn named(roster: &Roster, addresses: &[Address], capacity: Capacity) -> Vec<Recipient> {
        let name = |address| roster.name_of(address).unwrap_or_default().to_owned();
        addresses.iter().map(|address| Recipient { address: address.clone(), name: name(address), capacity }).collect()
    }
}
