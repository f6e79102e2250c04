//! One warning: said, and what stands against the unit from then on, in one transaction.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::say::{Occasion, say, supervisors};
use super::super::{Setup, StepError};
use crate::domain::ids::UnitId;
use crate::domain::notice::{Content, Headers, Notice, NoticeKind};
use crate::domain::period::Period;
use crate::domain::rules::Instant;
use crate::domain::warning::WarningState;
use crate::store::Books;

/// A warning to be sent.
pub(in crate::steps) struct Warning<'a> {
    /// What stands against the unit once it is sent.
    pub state: &'a WarningState,
    /// What it says: a zero, a fall or a silence.
    pub content: Content,
    /// The highest supervisor level that is told.
    pub level: u8,
    /// The window; a silence has none.
    pub period: Option<Period>,
    /// The evidence.
    pub why: Value,
}

/// Tells the unit's supervisors, in the thread of the warning before it in the same stretch.
pub(in crate::steps) fn warn(books: &Books<'_>, setup: &Setup, warning: Warning<'_>, now: Instant) -> Result<(), StepError> {
    let (unit, about) = (&warning.state.unit, &warning.state.about);
    let follows = books.warning(unit, about)?.and_then(|standing| standing.notice).filter(|_| warning.state.times > 1);
    let headers =
        Headers { unit: Some(setup.unit_ref(unit)), period: warning.period.map(|period| period.to_string()), ..Default::default() };
    let recipients = supervisors(setup, unit, warning.level);
    let kind = match warning.content {
        Content::Zero(_) => NoticeKind::Zero,
        Content::RankFall(_) => NoticeKind::RankFall,
        _ => NoticeKind::Silent,
    };
    let notice = Notice { kind, recipients, content: warning.content, about: headers, answers: None, follows };
    let number = say(books, setup, notice, &Occasion { why: warning.why, ..Default::default() }, now)?;
    Ok(books.set_warning(unit, about, Some(warning.state), Some(number))?)
}

/// What units sent within windows, each counted once.
pub(super) struct Sent<'a> {
    books: &'a Books<'a>,
    setup: &'a Setup,
    counted: BTreeMap<Period, BTreeMap<UnitId, u64>>,
}

impl<'a> Sent<'a> {
    /// Nothing counted yet.
    pub fn new(books: &'a Books<'a>, setup: &'a Setup) -> Sent<'a> {
        Sent { books, setup, counted: BTreeMap::new() }
    }

    /// Submissions of `unit` within `window`, zero reports, corrections and withdrawn ones aside.
    pub fn within(&mut self, unit: &UnitId, window: Period) -> Result<u64, StepError> {
        if !self.counted.contains_key(&window) {
            let (from, until) = window.bounds(self.setup.zone);
            self.counted.insert(window, self.books.submitted_by_unit(from, until)?);
        }
        Ok(self.counted.get(&window).and_then(|counts| counts.get(unit)).copied().unwrap_or(0))
    }
}
