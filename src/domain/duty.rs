//! Which window of a duty a filing counts for (rules.md, "Duties").

use super::rules::{Instant, Verdict};
use super::submission::Kind;

/// A window that has been put on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// The obligation.
    pub obligation: i64,
    /// Which duty; windows of one duty are chained.
    pub duty: String,
    /// Open at the left: a filing at this very moment belongs to the window before.
    pub start: Instant,
    /// Where the next window begins: the due time before any extension.
    pub end: Instant,
    /// Included.
    pub due: Instant,
    /// It still lacks something.
    pub unmet: bool,
    /// As judged so far.
    pub verdict: Verdict,
    /// A quota, or a zero report.
    pub quota: bool,
    /// This is the first window of its duty: its start is included.
    pub first: bool,
}

impl Window {
    fn holds(&self, at: Instant) -> bool {
        (self.start < at || (self.first && self.start == at)) && at <= self.due
    }

    fn middle(&self) -> Instant {
        self.start + (self.end - self.start) / 2
    }
}

/// Whether a submission of `kind` counts at all: zero reports and corrections do not count towards a quota.
pub fn counts(kind: Kind, quota: bool) -> bool {
    match kind {
        Kind::Routine | Kind::First | Kind::FollowUp | Kind::Final => true,
        Kind::Zero => !quota,
        Kind::Correction | Kind::Correspondence => false,
    }
}

/// The obligations that a filing at `at` counts for, met or not: per duty one window. After a miss, a filing in the first half of the
/// next window supplies the missed one only; later it counts for its own. `windows` may come in any order.
pub fn counted_for(windows: &[Window], kind: Kind, at: Instant) -> Vec<i64> {
    let mut duties: Vec<&str> = windows.iter().map(|w| w.duty.as_str()).collect();
    duties.sort_unstable();
    duties.dedup();
    duties.into_iter().filter_map(|duty| one_duty(windows, duty, kind, at)).collect()
}

fn one_duty(windows: &[Window], duty: &str, kind: Kind, at: Instant) -> Option<i64> {
    let of_duty = || windows.iter().filter(|w| w.duty == duty && counts(kind, w.quota));
    let lacking = |w: &&Window| w.unmet && !matches!(w.verdict, Verdict::Waived | Verdict::Void);
    // An extended window runs beside the next one: what it still lacks comes first.
    let holding = || of_duty().filter(|w| w.holds(at));
    let own = holding().filter(lacking).min_by_key(|w| w.start).or(holding().max_by_key(|w| w.start));
    let missed = of_duty().filter(|w| w.due < at).filter(lacking).max_by_key(|w| w.due);
    match (own, missed) {
        (Some(own), Some(missed)) if missed.end <= own.start && own.start <= missed.due && at <= own.middle() => Some(missed.obligation),
        (Some(own), _) => Some(own.obligation),
        // No window is open (the duty has ended, or pauses): the last one can still be supplied.
        (None, Some(missed)) if of_duty().all(|w| w.due <= missed.due) => Some(missed.obligation),
        (None, _) => None,
    }
}

#[cfg(test)]
#[path = "duty_tests.rs"]
mod tests;
