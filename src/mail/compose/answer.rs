//! Views of the answers to commands: what was done, or why it could not be.

use minijinja::{Value, context};

use super::layout::Table;
use super::plain::{self, TITLE_MAX};
use super::view::View;
use crate::domain::notice::{CommandAnswer, EventRef, NextDue, Outcome, UnitRef};
use crate::domain::rules::{Instant, Severity};
use crate::domain::table::CellFault;
use crate::mail::words::say;

impl View {
    pub(super) fn command(&mut self, answer: &CommandAnswer) {
        let w = self.words;
        self.set("wrote", plain::untagged(&answer.wrote, 40));
        let (outcome, done) = verb(&answer.outcome);
        self.set("outcome", outcome);
        self.set("done", done);
        let values = self.outcome(&answer.outcome);
        self.set("it", values);
        let mut rows = Vec::new();
        View::row(&mut rows, say!(w, "来件所写", "You wrote"), Some(self.line(&answer.wrote)).filter(|wrote| !wrote.is_empty()));
        self.tables.push(Table { heading: "", rows });
    }

    /// What came of a command about one obligation; the rest is `event_outcome`'s.
    fn outcome(&self, outcome: &Outcome) -> Value {
        let w = self.words;
        let unit = |unit: &UnitRef| self.unit_name(unit);
        let moment = |at: &Instant| w.moment(*at);
        let event = |event: &EventRef| self.quoted(event);
        match outcome {
            Outcome::Acknowledged { unit: u, owed, event: e, next_rung } => {
                context! {
                    unit => u.as_ref().map(unit), what => owed.as_ref().map(|owed| self.owed_of(owed, e.as_ref())), event => e.as_ref().map(event),
                    rung_word => next_rung.map(|(rung, _)| w.rung(rung)), rung_at => next_rung.map(|(_, at)| w.moment(at)),
                }
            }
            Outcome::NothingToAcknowledge { unit: u, owed, event: e } => {
                context! {
                    unit => u.as_ref().map(unit), what => owed.as_ref().map(|owed| self.owed_of(owed, e.as_ref())), event => e.as_ref().map(event),
                }
            }
            Outcome::Extended { unit: u, owed, event: e, old_due, new_due } => {
                context! {
                    unit => unit(u), what => self.owed_of(owed, e.as_ref()), old => moment(old_due), new => moment(new_due),
                }
            }
            Outcome::ExtensionTooShort { old_due, new_due } => context! { old => moment(old_due), new => moment(new_due) },
            Outcome::Waived { unit: u, owed, event: e, reason } => {
                context! {
                    unit => unit(u), what => self.owed_of(owed, e.as_ref()), reason => self.line(reason).trim_end_matches(['。', '.']),
                }
            }
            Outcome::AlreadyEnded { unit: u, owed, verdict, filed } => {
                context! {
                    unit => unit(u), what => self.owed_of(owed, None), verdict_word => w.verdict(*verdict), filed => filed.as_ref().map(moment),
                }
            }
            _ => self.event_outcome(outcome),
        }
    }

    /// What came of a command about an event, a submission or a quarantined mail. The rest is `table_outcome`'s.
    fn event_outcome(&self, outcome: &Outcome) -> Value {
        let w = self.words;
        let event = |event: &EventRef| self.quoted(event);
        let grave = |severity: &Severity| w.severity_full(*severity);
        match outcome {
            Outcome::Closed { event: e, ended } => context! { event => event(e), ended },
            Outcome::AlreadyClosed { event: e } => context! { event => event(e) },
            Outcome::Merged { from, into } => context! { from => event(from), into => event(into) },
            Outcome::CannotMerge { named } => context! { named => self.title(named) },
            Outcome::SeverityChanged { event: e, old, new } => {
                context! {
                    event => event(e), old => grave(old), new => grave(new), graver => new.graver_than(*old),
                }
            }
            Outcome::SeveritySame { event: e, severity } => context! { event => event(e), severity => grave(severity) },
            Outcome::Opened { event: e, severity, flagged_severity, owing, already_filed } => {
                let owing = self.owing(owing);
                context! { event => event(e), severity => grave(severity), default => flagged_severity, owing, filed => self.names(already_filed) }
            }
            Outcome::Joined { event: e, owing, already_filed } => {
                context! { event => event(e), owing => self.owing(owing), filed => self.names(already_filed) }
            }
            Outcome::UnitUnclear { unit: named, place, known } => {
                let some: Vec<String> = known.iter().take(40).map(|name| plain::line(name, TITLE_MAX)).collect();
                context! {
                    unit => named.as_deref().map(|named| self.title(named)), place => place.as_deref().map(|place| self.line(place)),
                    known => w.list(&some), more => known.len() > some.len(), example => some.first().cloned(),
                }
            }
            Outcome::Withdrawn { submission, event: e } => {
                context! {
                    submission => submission.map(|number| number.to_string()), event => e.as_ref().map(event),
                }
            }
            Outcome::NothingToWithdraw { named } => context! { named => named.as_deref().map(|named| self.title(named)) },
            Outcome::NotAbout { kind } => context! { kind => kind.map(|kind| w.notice(kind)) },
            Outcome::Released { number, became } => context! { number => number.to_string(), became => self.line(became) },
            Outcome::Rejected { number } | Outcome::DecidedBefore { number } => context! { number => number.to_string() },
            _ => self.table_outcome(outcome),
        }
    }

    /// What came of a table. Outcomes without facts have an empty view.
    fn table_outcome(&self, outcome: &Outcome) -> Value {
        let w = self.words;
        let lines = |faults: &[CellFault]| faults.iter().map(|fault| self.fault(fault)).collect::<Vec<_>>();
        match outcome {
            Outcome::TableTaken { file, added, known, points, linked, doubts } => {
                let points: Vec<String> = points
                    .iter()
                    .take(40)
                    .map(|(unit, points)| {
                        say!(w, format!("{}{}", self.unit_name(unit), w.points(*points)), format!("{} {points}", self.unit_name(unit)))
                    })
                    .collect();
                context! {
                    file => self.title(file), added, known, points => w.list(&points), linked, count => doubts.len(), lines => lines(doubts),
                }
            }
            Outcome::TableRefused { file, faults, count } => {
                let unlisted = (*count as usize).saturating_sub(faults.len());
                context! { file => plain::untagged(file, TITLE_MAX), count, lines => lines(faults), unlisted }
            }
            Outcome::RosterConfirmed { unit } => context! { unit => self.unit_name(unit) },
            _ => self.asked_outcome(outcome),
        }
    }

    fn owing(&self, owing: &[(UnitRef, NextDue)]) -> Value {
        let items = owing.iter().map(|(unit, next)| context! { unit => self.unit_name(unit), next => self.next(next) });
        Value::from_iter(items)
    }

    fn names(&self, units: &[UnitRef]) -> String {
        self.words.list(&units.iter().map(|unit| self.unit_name(unit)).collect::<Vec<_>>())
    }
}

/// The outcome's word, by which the template chooses its sentence, and whether what was asked has been done.
fn verb(outcome: &Outcome) -> (&'static str, bool) {
    match outcome {
        Outcome::Acknowledged { .. } => ("acknowledged", true),
        Outcome::NothingToAcknowledge { .. } => ("nothing-to-acknowledge", false),
        Outcome::Extended { .. } => ("extended", true),
        Outcome::ExtensionTooShort { .. } => ("extension-too-short", false),
        Outcome::ExtensionUnclear => ("extension-unclear", false),
        Outcome::Waived { .. } => ("waived", true),
        Outcome::ReasonMissing => ("reason-missing", false),
        Outcome::AlreadyEnded { .. } => ("already-ended", false),
        Outcome::Closed { .. } => ("closed", true),
        Outcome::AlreadyClosed { .. } => ("already-closed", false),
        Outcome::Merged { .. } => ("merged", true),
        Outcome::CannotMerge { .. } => ("cannot-merge", false),
        Outcome::SeverityChanged { .. } => ("severity-changed", true),
        Outcome::SeverityUnclear => ("severity-unclear", false),
        Outcome::SeveritySame { .. } => ("severity-same", false),
        Outcome::Opened { .. } => ("opened", true),
        Outcome::Joined { .. } => ("joined", true),
        Outcome::UnitUnclear { .. } => ("unit-unclear", false),
        Outcome::Withdrawn { .. } => ("withdrawn", true),
        Outcome::NothingToWithdraw { .. } => ("nothing-to-withdraw", false),
        Outcome::NotAbout { .. } => ("not-about", false),
        Outcome::NoToken => ("no-token", false),
        Outcome::Released { .. } => ("released", true),
        Outcome::Rejected { .. } => ("rejected", true),
        Outcome::DecidedBefore { .. } => ("decided-before", false),
        Outcome::TableTaken { .. } => ("table-taken", true),
        Outcome::TableRefused { .. } => ("table-refused", false),
        Outcome::NoTable => ("no-table", false),
        Outcome::RosterConfirmed { .. } => ("roster-confirmed", true),
        Outcome::Requisitioned { .. } => ("requisitioned", true),
        Outcome::RequisitionLacks { .. } => ("requisition-lacks", false),
        Outcome::RequisitionClosed { .. } => ("requisition-closed", true),
        Outcome::RequisitionOver { .. } => ("requisition-over", false),
        Outcome::RequisitionAnswered { .. } => ("requisition-answered", true),
        Outcome::RequisitionNotAnswered { .. } => ("requisition-not-answered", false),
    }
}
