//! Views of the answers about requisitions.

use minijinja::{Value, context};

use super::view::View;
use crate::domain::notice::{Lacking, Outcome};

impl View {
    /// What came of a requisition, or of a word about one. Other outcomes have an empty view.
    pub(super) fn asked_outcome(&self, outcome: &Outcome) -> Value {
        let w = self.words;
        match outcome {
            Outcome::Requisitioned { number, topic, due, units } => {
                let units = w.list(&units.iter().map(|unit| self.unit_name(unit)).collect::<Vec<_>>());
                context! { number => number.to_string(), topic => self.title(topic), due => w.moment(*due), units }
            }
            Outcome::RequisitionLacks { lacks } => self.lacks(lacks),
            Outcome::RequisitionClosed { number, topic, ended } => {
                context! { number => number.to_string(), topic => self.title(topic), ended }
            }
            Outcome::RequisitionOver { number, .. } => context! { number => number.to_string() },
            Outcome::RequisitionAnswered { number, submission, unit, verdict } => {
                let verdict_word = w.verdict(*verdict);
                context! { number => number.to_string(), submission => submission.to_string(), unit => self.unit_name(unit), verdict_word }
            }
            Outcome::RequisitionNotAnswered { number, submission } => {
                context! { number => number.to_string(), submission => submission.to_string() }
            }
            _ => context! {},
        }
    }

    fn lacks(&self, lacks: &Lacking) -> Value {
        match lacks {
            Lacking::Topic => context! { lacks => "topic" },
            Lacking::Units => context! { lacks => "units" },
            Lacking::Unit { named } => context! { lacks => "unit", named => self.title(named) },
            Lacking::Due => context! { lacks => "due" },
            Lacking::DueReadable { wrote } => context! { lacks => "due-readable", wrote => self.title(wrote) },
            Lacking::DueToCome { due } => context! { lacks => "due-past", due => self.words.moment(*due) },
        }
    }
}
