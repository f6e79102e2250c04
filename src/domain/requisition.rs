//! Requisitions (约稿): the office asks units to report on a topic by a time, and each answers once.
//!
//! Source: rules.md, "Tags, bulletins, requisitions, awards".

use serde::{Deserialize, Serialize};

use super::ids::RequisitionNo;
use super::rules::{Instant, words};
use super::text::{comparable, similarity};

/// Whether answers are still asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequisitionState {
    /// Yes.
    Open,
    /// What was open when it was closed is void; what was breached keeps its verdict.
    Closed,
}

words!(RequisitionState, RequisitionState::Open => "open", RequisitionState::Closed => "closed");

/// A requisition on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Requisitioned {
    /// Its number.
    pub number: RequisitionNo,
    /// What is asked for.
    pub topic: String,
    /// In more words; may be empty.
    pub details: String,
    /// By when.
    pub due: Instant,
    /// When it was made.
    pub made_at: Instant,
    /// Who made it.
    pub by: String,
    /// Whether answers are still asked for.
    pub state: RequisitionState,
    /// When it was closed.
    pub ended_at: Option<Instant>,
}

/// A requisition that a unit has still to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unanswered {
    /// The obligation.
    pub obligation: i64,
    /// The requisition.
    pub number: RequisitionNo,
    /// What is asked for.
    pub topic: String,
    /// By when, from this unit.
    pub due: Instant,
}

/// Which requisition a mail tagged 约稿, without number and thread, answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meant {
    /// None: the unit owes no answer.
    None,
    /// This obligation.
    One(i64),
    /// Any of several: the desk is asked.
    Ask(Vec<RequisitionNo>),
}

/// The only one that the unit owes; of several the one with the earliest due time of those whose topic fits the words.
pub fn meant(mut owed: Vec<Unanswered>, title: &str, said: &str) -> Meant {
    owed.sort_by_key(|each| (each.due, each.number));
    match owed.as_slice() {
        [] => Meant::None,
        [one] => Meant::One(one.obligation),
        _ => match owed.iter().find(|each| fits(&each.topic, title, said)) {
            Some(one) => Meant::One(one.obligation),
            None => Meant::Ask(owed.into_iter().map(|each| each.number).collect()),
        },
    }
}

/// A title is of a topic from here on: half of the shorter one's pairs, where one is twice as long as the other.
const ALIKE: f64 = 0.33;

/// Whether a topic stands in what was said, or is like its title.
fn fits(topic: &str, title: &str, said: &str) -> bool {
    let bare = |text: &str| comparable(text).replace(' ', "");
    let topic_bare = bare(topic);
    !topic_bare.is_empty() && (bare(said).contains(&topic_bare) || similarity(topic, title) >= ALIKE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owed(ordinal: u32, topic: &str, day: u32) -> Unanswered {
        let due = format!("2003-06-{day:02}T17:00:00+08:00").parse().unwrap();
        Unanswered { obligation: i64::from(ordinal), number: RequisitionNo { year: 2003, ordinal }, topic: topic.into(), due }
    }

    fn meant_by(owed: Vec<Unanswered>, title: &str) -> Meant {
        meant(owed, title, title)
    }

    #[test]
    fn the_only_one_is_meant_whatever_the_words() {
        assert_eq!(meant_by(vec![], "夏粮收购情况"), Meant::None);
        assert_eq!(meant_by(vec![owed(1, "企业改制", 20)], "夏粮收购情况"), Meant::One(1));
    }

    #[test]
    fn of_several_it_is_the_one_that_fits_the_words_and_is_due_first() {
        let all = || vec![owed(1, "夏粮收购情况", 25), owed(2, "企业改制进展", 20), owed(3, "夏粮收购", 22)];
        assert_eq!(meant_by(all(), "我县夏糧收購情况的报告"), Meant::One(3));
        assert_eq!(meant_by(all(), "县属企业改制的进展"), Meant::One(2));
    }

    #[test]
    fn where_none_of_several_fits_the_desk_is_asked() {
        let asked = meant_by(vec![owed(1, "夏粮收购情况", 25), owed(2, "企业改制进展", 20)], "上报材料");
        assert_eq!(asked, Meant::Ask(vec![RequisitionNo { year: 2003, ordinal: 2 }, RequisitionNo { year: 2003, ordinal: 1 }]));
    }
}
