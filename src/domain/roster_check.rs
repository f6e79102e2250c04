//! When a unit's reporters are asked to confirm their entry in the roster.
//!
//! Source: rules.md, "Tags, bulletins, requisitions, awards".

use super::ids::UnitId;
use super::rules::{Instant, span};

/// How a unit's confirmation stands.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct RosterState {
    /// Which unit.
    pub unit: UnitId,
    /// When it first stood in the roster of this store.
    pub since: Instant,
    /// When its reporters were asked last.
    pub asked_at: Option<Instant>,
    /// How often they were asked since they last confirmed, or since this round began.
    pub asked: u32,
    /// When one of them confirmed last.
    pub confirmed_at: Option<Instant>,
    /// Who.
    pub confirmed_by: Option<String>,
}

/// When the reporters are to be asked, and whether they were asked before without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextCheck {
    /// From this moment on.
    pub at: Instant,
    /// The second time in a round.
    pub again: bool,
}

impl RosterState {
    /// When to ask next, at one round every `every` seconds. `None`: never, because `every` is not positive.
    ///
    /// A unit is asked first half a round after it appeared, so that nobody is flooded at installation; then a round after it
    /// confirmed. Without an answer it is asked once more, after a quarter of a round, and then not before the next round.
    pub fn next(&self, every: i64) -> Option<NextCheck> {
        if every <= 0 {
            return None;
        }
        let next = |at: Instant, seconds: i64, again: bool| NextCheck { at: at + span(seconds), again };
        Some(match (self.asked_at.filter(|_| self.is_waiting()), self.confirmed_at) {
            (Some(asked), _) if self.asked <= 1 => next(asked, every / 4, true),
            (Some(asked), _) => next(asked, every - every / 4, false),
            (None, Some(confirmed)) => next(confirmed, every, false),
            (None, None) => next(self.since, every / 2, false),
        })
    }

    /// Asked, and not confirmed since.
    pub fn is_waiting(&self) -> bool {
        self.asked_at.is_some_and(|asked| self.confirmed_at.is_none_or(|confirmed| confirmed < asked))
    }

    /// The same after a question at `now`.
    pub fn after_asking(&self, again: bool, now: Instant) -> RosterState {
        RosterState { asked_at: Some(now), asked: if again { self.asked + 1 } else { 1 }, ..self.clone() }
    }

    /// The same after a confirmation at `now`.
    pub fn after_confirmation(&self, by: &str, now: Instant) -> RosterState {
        RosterState { asked: 0, confirmed_at: Some(now), confirmed_by: Some(by.to_owned()), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;
    const ROUND: i64 = 180 * DAY;

    fn day(day: i64) -> Instant {
        Instant::UNIX_EPOCH + span(day * DAY)
    }

    fn new() -> RosterState {
        RosterState { unit: "yuxian".into(), since: day(0), asked_at: None, asked: 0, confirmed_at: None, confirmed_by: None }
    }

    fn next(state: &RosterState) -> (i64, bool) {
        let next = state.next(ROUND).unwrap();
        ((next.at - day(0)).num_days(), next.again)
    }

    #[test]
    fn a_new_unit_is_asked_after_half_a_round() {
        assert_eq!(next(&new()), (90, false));
    }

    #[test]
    fn after_a_confirmation_a_whole_round_passes() {
        let asked = new().after_asking(false, day(90));
        let confirmed = asked.after_confirmation("a@b", day(95));
        assert_eq!(next(&confirmed), (275, false));
        assert!(asked.is_waiting() && !confirmed.is_waiting());
        assert_eq!(next(&new().after_confirmation("a@b", day(10))), (190, false), "without having been asked");
    }

    #[test]
    fn without_an_answer_it_is_asked_once_more_and_then_in_the_next_round() {
        let once = new().after_asking(false, day(90));
        assert_eq!(next(&once), (135, true));
        let twice = once.after_asking(true, day(135));
        assert_eq!(next(&twice), (270, false));
        assert_eq!(next(&twice.after_asking(false, day(270))), (315, true));
    }

    #[test]
    fn a_confirmation_in_the_very_second_of_the_question_counts() {
        let state = new().after_asking(false, day(90)).after_confirmation("a@b", day(90));
        assert_eq!(next(&state), (270, false));
    }

    #[test]
    fn without_a_span_nobody_is_asked() {
        assert_eq!(new().next(0), None);
    }
}
