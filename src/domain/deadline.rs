//! Rules and anchors → due times of the stages of an event.

use chrono_tz::Tz;

use super::notice::DueBecause;
use super::rules::{Anchor, Deadline, Instant, Rules, Severity, Stage, span};
use super::schedule::Cron;

/// The moments from which deadlines are counted, for one unit and event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Anchors {
    /// When the event occurred.
    pub occurred: Option<Instant>,
    /// When the unit is known to have known.
    pub learned: Option<Instant>,
    /// Arrival of its first valid report.
    pub first: Option<Instant>,
    /// Arrival of its previous report.
    pub previous: Option<Instant>,
}

impl Anchors {
    fn at(&self, anchor: Anchor) -> Option<Instant> {
        match anchor {
            Anchor::Occurred => self.occurred,
            Anchor::Learned => self.learned,
            Anchor::First => self.first,
            Anchor::Previous => self.previous.or(self.first),
        }
    }
}

/// A due time, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Filed at or before this is on time.
    pub at: Instant,
    /// The rule that gave it.
    pub because: DueBecause,
}

/// The earliest due time over the rules for (severity, stage); `None` where no rule asks for that stage,
/// or its anchor is not known yet. `ordinal` tells follow-ups apart: a rule without repetition asks for the first only.
pub fn due(rules: &Rules, severity: Severity, stage: Stage, ordinal: u32, anchors: &Anchors, zone: Tz) -> Option<Due> {
    rules
        .stages
        .iter()
        .filter(|rule| rule.applies(severity, stage))
        .filter_map(|rule| {
            let deadline = in_effect(&rule.deadline, anchors);
            moment(&deadline, ordinal, anchors, zone).map(|(at, anchored_at)| (at, anchored_at, deadline))
        })
        .min_by_key(|(at, ..)| *at)
        .map(|(at, anchored_at, deadline)| Due {
            at,
            because: DueBecause { deadline, severity: Some(severity), anchored_at: Some(anchored_at), extended_from: None },
        })
}

/// The rule as it was applied: where the time of occurrence is unknown, what counts is when the unit learned of it.
fn in_effect(deadline: &Deadline, anchors: &Anchors) -> Deadline {
    match deadline {
        Deadline::Within { anchor: Anchor::Occurred, seconds } if anchors.occurred.is_none() => {
            Deadline::Within { anchor: Anchor::Learned, seconds: *seconds }
        }
        other => other.clone(),
    }
}

fn moment(deadline: &Deadline, ordinal: u32, anchors: &Anchors, zone: Tz) -> Option<(Instant, Instant)> {
    match deadline {
        Deadline::Within { anchor, seconds } => {
            let repeats = *anchor == Anchor::Previous;
            let anchored_at = anchors.at(*anchor).filter(|_| ordinal == 1 || repeats)?;
            Some((anchored_at + span(*seconds), anchored_at))
        }
        Deadline::Every { seconds } => {
            let previous = anchors.at(Anchor::Previous)?;
            Some((previous + span(*seconds), previous))
        }
        Deadline::Cron { cron } => {
            let previous = anchors.at(Anchor::Previous)?;
            // The expression was checked when the configuration was read.
            let next = Cron::parse(cron).ok()?.next_after(previous, zone)?;
            Some((next, previous))
        }
    }
}

/// The due time of an open obligation after an upgrade at `upgraded`: the earlier of the old one and
/// upgraded-at + within; `None` where the old one stands.
pub fn after_upgrade(rules: &Rules, to: Severity, stage: Stage, ordinal: u32, old: Instant, upgraded: Instant, zone: Tz) -> Option<Due> {
    let all = Anchors { occurred: Some(upgraded), learned: Some(upgraded), first: Some(upgraded), previous: Some(upgraded) };
    due(rules, to, stage, ordinal, &all, zone).filter(|due| due.at < old)
}

#[cfg(test)]
#[path = "deadline_tests.rs"]
mod tests;
