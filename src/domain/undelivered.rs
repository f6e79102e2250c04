//! Who should know, where a notice did not reach whom it was for.
//!
//! An alert that came back must not end with a mark on an address: it goes on to the next person.
//! - A supervisor's copy goes to the supervisors of that unit one level higher (the lowest level above that has anybody who
//!   has no copy yet); where nobody is above, or all who are have failed too, to the desk.
//! - A reporter's copy goes to the unit's other reporters; they have their own copies as a rule, and where one of these
//!   stands the unit has been told. Otherwise the desk must reach the unit by telephone.
//! - The desk's copy goes to the rest of the desk, else to the operators; an operator's to the other operators, else to the
//!   desk.
//!
//! Answers are for their sender alone, and the periodic tables come again: they go to nobody else.

use super::ids::UnitId;
use super::notice::{Capacity, Content, NoticeKind, Recipient};
use super::obligation::Obligation;
use super::roster::{Address, Roster};
use super::rules::Verdict;

/// A copy of the notice, as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// Whose it is.
    pub to: Address,
    /// It has failed, or come back.
    pub failed: bool,
}

/// Whether somebody must act on a notice of this kind, so that it goes on where it cannot be delivered.
pub fn is_alert(kind: NoticeKind) -> bool {
    match kind {
        NoticeKind::Receipt | NoticeKind::Returned | NoticeKind::Command => false,
        NoticeKind::Digest | NoticeKind::Circular | NoticeKind::Bulletin | NoticeKind::Canary => false,
        NoticeKind::Quarantined
        | NoticeKind::Question
        | NoticeKind::EventOpened
        | NoticeKind::Reminder
        | NoticeKind::Late
        | NoticeKind::Omitted
        | NoticeKind::Unreported
        | NoticeKind::Supplied
        | NoticeKind::IntakeStalled
        | NoticeKind::Undeliverable
        | NoticeKind::Zero
        | NoticeKind::RankFall
        | NoticeKind::Silent
        | NoticeKind::Requisition
        | NoticeKind::RosterCheck => true,
    }
}

/// Whether what a notice asks of a unit, or says of it, no longer holds: nobody who has not heard it should hear it now. `owed` is
/// the obligation that it is about, as it stands.
pub fn is_over(content: &Content, owed: &Obligation) -> bool {
    match content {
        Content::Reminder(_) => owed.ended,
        Content::Breach(breach) if breach.filed.is_some() => {
            matches!(owed.verdict, Verdict::OnTime | Verdict::Waived | Verdict::Void)
        }
        // It came, was waived, or was given more time, and whoever had heard was told so.
        Content::Breach(_) => owed.ended || owed.climb.rung.is_none(),
        _ => false,
    }
}

/// To whom a notice about `unit` goes whose copy to `to` failed. `copies` are all of the notice's, this one among them.
/// Empty where nobody is left, or where those who would be next have copies that stand.
pub fn next_to_know(kind: NoticeKind, unit: Option<&UnitId>, to: &Address, copies: &[Copy], roster: &Roster) -> Vec<Recipient> {
    if !is_alert(kind) {
        return Vec::new();
    }
    let ranks = match capacity(kind, unit, to, roster) {
        Capacity::Supervisor => {
            let mut ranks: Vec<Vec<Recipient>> = unit.map(|unit| above(unit, to, roster)).unwrap_or_default();
            ranks.push(Recipient::desk(roster));
            ranks
        }
        Capacity::Reporter => vec![unit.map(|unit| Recipient::reporters(roster, unit)).unwrap_or_default(), Recipient::desk(roster)],
        Capacity::Operator => vec![Recipient::operators(roster), Recipient::desk(roster)],
        Capacity::Desk | Capacity::Sender => vec![Recipient::desk(roster), Recipient::operators(roster)],
    };
    for rank in ranks {
        let copy_of = |person: &Recipient| copies.iter().find(|copy| copy.to == person.address);
        let without: Vec<Recipient> = rank.iter().filter(|person| copy_of(person).is_none()).cloned().collect();
        if !without.is_empty() {
            return without;
        }
        if rank.iter().any(|person| person.address != *to && copy_of(person).is_some_and(|copy| !copy.failed)) {
            return Vec::new();
        }
    }
    Vec::new()
}

/// In what capacity somebody got a notice. Whoever has left the roster counts as what notices of the kind go to.
fn capacity(kind: NoticeKind, unit: Option<&UnitId>, to: &Address, roster: &Roster) -> Capacity {
    let office = &roster.office;
    let supervises = unit.is_some_and(|unit| roster.supervisors.iter().any(|s| s.address == *to && s.supervises(unit)));
    let reports = unit.and_then(|unit| roster.unit(unit)).is_some_and(|unit| unit.reporters.iter().any(|r| r.address == *to));
    match kind {
        NoticeKind::Question | NoticeKind::Quarantined if office.desk.contains(to) => Capacity::Desk,
        NoticeKind::IntakeStalled | NoticeKind::Undeliverable if office.operators.contains(to) => Capacity::Operator,
        _ if supervises => Capacity::Supervisor,
        _ if reports => Capacity::Reporter,
        _ if office.desk.contains(to) => Capacity::Desk,
        _ if office.operators.contains(to) => Capacity::Operator,
        NoticeKind::EventOpened | NoticeKind::Reminder | NoticeKind::Requisition | NoticeKind::RosterCheck => Capacity::Reporter,
        NoticeKind::Question | NoticeKind::Quarantined => Capacity::Desk,
        NoticeKind::IntakeStalled | NoticeKind::Undeliverable => Capacity::Operator,
        _ => Capacity::Supervisor,
    }
}

/// The supervisors of `unit` above the level of `to`, level by level.
fn above(unit: &UnitId, to: &Address, roster: &Roster) -> Vec<Vec<Recipient>> {
    let theirs = || roster.supervisors.iter().filter(|s| s.supervises(unit));
    let level = theirs().filter(|s| s.address == *to).map(|s| s.level).min().unwrap_or(0);
    let mut levels: Vec<u8> = theirs().map(|s| s.level).filter(|higher| *higher > level).collect();
    levels.sort_unstable();
    levels.dedup();
    let person =
        |s: &super::roster::Supervisor| Recipient { address: s.address.clone(), name: s.name.clone(), capacity: Capacity::Supervisor };
    levels.into_iter().map(|level| theirs().filter(|s| s.level == level).map(person).collect()).collect()
}

#[cfg(test)]
#[path = "undelivered_tests.rs"]
mod tests;
