//! The ladder: (obligation, rules, facts, now) → what to do, and what verdict stands.
//!
//! Source: rules.md, "Sudden events and obligations" and "The ladder". Every trigger here is "due ≤ now and not yet
//! done", never "now is in the window": a daemon that was down does what was missed, once, highest rung only.

use serde::{Deserialize, Serialize};

use super::ids::{EventNo, NoticeNo, RequisitionNo, SubmissionNo, UnitId};
use super::notice::{DueBecause, Owed, Recipient};
use super::rules::{Instant, Ladder, Rung, Stage, Verdict, span};

/// Why a unit owes something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "cause")]
pub enum Cause {
    /// A stage of a sudden event.
    Event {
        /// Which event.
        event: EventNo,
        /// Which stage.
        stage: Stage,
        /// Which follow-up; 1 for the other stages.
        ordinal: u32,
    },
    /// A window of a recurring duty.
    Duty {
        /// Its name.
        name: String,
        /// Filings count from here on.
        window_start: Instant,
        /// Submissions asked for; `None` for a zero report.
        min: Option<u32>,
    },
    /// A requisition (约稿).
    Requisition {
        /// Its number.
        number: RequisitionNo,
    },
}

impl Cause {
    /// The event, where there is one.
    pub fn event(&self) -> Option<EventNo> {
        match self {
            Cause::Event { event, .. } => Some(*event),
            _ => None,
        }
    }

    /// The requisition, where there is one.
    pub fn requisition(&self) -> Option<RequisitionNo> {
        match self {
            Cause::Requisition { number } => Some(*number),
            _ => None,
        }
    }

    /// The stage, where there is one.
    pub fn stage(&self) -> Option<Stage> {
        match self {
            Cause::Event { stage, .. } => Some(*stage),
            _ => None,
        }
    }

    /// The same as a notice names it; `filed` is how many submissions a quota has so far.
    pub fn owed(&self, filed: u32) -> Owed {
        match self {
            Cause::Event { stage, ordinal, .. } => Owed::Stage { stage: *stage, ordinal: *ordinal },
            Cause::Duty { name, min, .. } => Owed::Duty { name: name.clone(), quota: min.map(|min| super::notice::Quota { min, filed }) },
            Cause::Requisition { number } => Owed::Requisition { number: number.to_string() },
        }
    }
}

/// What met an obligation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filing {
    /// Arrival of the submission.
    pub at: Instant,
    /// Its number.
    pub submission: SubmissionNo,
}

/// How far the ladder has been climbed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Climb {
    /// The highest rung that was sent.
    pub rung: Option<Rung>,
    /// When that rung, or its last repeat, was decided.
    pub sent_at: Option<Instant>,
    /// Repeats of that rung.
    pub repeats: u32,
    /// Somebody acknowledged that rung.
    pub acknowledged: bool,
    /// The due-minus-span of the last reminder that was sent or passed.
    pub reminded_for: Option<Instant>,
    /// The desk was asked about quarantined mail instead of sending this rung.
    pub asked: Option<Rung>,
    /// The report came after its time and nobody has been told: all that had arrived by then must be read first.
    #[serde(default)]
    pub untold: bool,
    /// Everybody who got a late, omitted or unreported notice.
    pub notified: Vec<Recipient>,
    /// The last notice of this obligation, for threading.
    pub last_notice: Option<NoticeNo>,
}

/// What a unit owes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Obligation {
    /// The store's own key.
    pub id: i64,
    /// Why it is owed.
    pub cause: Cause,
    /// Who owes it.
    pub unit: UnitId,
    /// Filed at or before this is on time.
    pub due: Instant,
    /// Why it is due then.
    pub because: DueBecause,
    /// When we learned that the event exists (the arrival of the message that told us); a duty's window start.
    pub known_at: Instant,
    /// Somebody other than the unit told us, or the stage follows one that the unit filed: `omitted` is possible.
    pub independent: bool,
    /// When it was put on record; reminders before this are not sent.
    pub created_at: Instant,
    /// What met it.
    pub filed: Option<Filing>,
    /// How it stands.
    pub verdict: Verdict,
    /// How far the ladder has been climbed.
    pub climb: Climb,
    /// Nothing more will be sent: filed, waived, void, or its event closed.
    pub ended: bool,
}

impl Obligation {
    /// When `rung` is reached if nothing is filed; `None` where this obligation has no such rung.
    pub fn reached_at(&self, rung: Rung, ladder: &Ladder) -> Option<Instant> {
        let from = self.due.max(self.known_at);
        match rung {
            Rung::Late => Some(from),
            Rung::Omitted if self.may_be_omitted() => Some(from + span(ladder.omitted_after)),
            Rung::Omitted => None,
            Rung::Unreported => Some(from + span(ladder.unreported_after)),
        }
    }

    /// Duties and requisitions have no `omitted`; of an event, independent knowledge is needed.
    fn may_be_omitted(&self) -> bool {
        self.independent && matches!(self.cause, Cause::Event { .. })
    }

    /// The verdict if the report arrives at `filed`, by facts alone: what was sent meanwhile plays no part.
    pub fn verdict_if_filed(&self, filed: Instant, ladder: &Ladder) -> Verdict {
        if filed <= self.due {
            return Verdict::OnTime;
        }
        let ran_out = |rung| self.reached_at(rung, ladder).is_some_and(|at| filed > at);
        // Without independent knowledge nobody waited for the report, so nothing could run out.
        let waited_for = self.independent || !matches!(self.cause, Cause::Event { .. });
        match () {
            () if waited_for && ran_out(Rung::Unreported) => Verdict::Unreported,
            () if waited_for && ran_out(Rung::Omitted) => Verdict::Omitted,
            () => Verdict::Late,
        }
    }

    /// The rung that follows `rung`, and when.
    pub fn rung_after(&self, rung: Rung, ladder: &Ladder) -> Option<(Rung, Instant)> {
        [Rung::Omitted, Rung::Unreported]
            .into_iter()
            .filter(|next| *next > rung)
            .find_map(|next| self.reached_at(next, ladder).map(|at| (next, at)))
    }

    fn next_nag(&self, ladder: &Ladder) -> Option<Instant> {
        let climb = &self.climb;
        let repeated = climb.rung.is_some() && !climb.acknowledged && climb.repeats < ladder.nag_max;
        climb.sent_at.filter(|_| repeated).map(|at| at + span(ladder.nag))
    }

    /// Reminder moments that lie after creation and have not been dealt with, earliest first.
    fn reminders(&self, ladder: &Ladder) -> Vec<Instant> {
        let mut moments: Vec<Instant> = ladder
            .remind_before
            .iter()
            .map(|before| self.due - span(*before))
            .filter(|at| *at > self.created_at && self.climb.reminded_for.is_none_or(|done| *at > done))
            .collect();
        moments.sort();
        moments
    }

    /// When the ladder must be looked at next; `None` when it has nothing more to do.
    pub fn wake_at(&self, ladder: &Ladder) -> Option<Instant> {
        if self.climb.untold {
            return self.climb.asked.is_none().then_some(self.due);
        }
        if self.ended || self.filed.is_some() {
            return None;
        }
        let climbed = self.climb.rung.max(self.climb.asked);
        let rungs = [Rung::Late, Rung::Omitted, Rung::Unreported]
            .into_iter()
            .filter(|rung| climbed.is_none_or(|done| *rung > done))
            .filter_map(|rung| self.reached_at(rung, ladder));
        // A reminder that was slept through is void once a rung is reached: it must not keep the ladder awake.
        let reminder = self.reminders(ladder).into_iter().next().filter(|at| *at < self.due && climbed.is_none());
        rungs.chain(self.next_nag(ladder)).chain(reminder).min()
    }
}

/// What the ladder needs to know beyond the obligation itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Surroundings {
    /// Everything that had arrived by this moment has been read and has its disposition; `None`: nothing was ever read.
    pub watermark: Option<Instant>,
    /// When the oldest message from an address of the unit that waits in quarantine arrived.
    pub quarantined: Option<Instant>,
}

/// What is to be done about an obligation now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing is due.
    Rest,
    /// Something is due, but not everything that had arrived by then has been read: we cannot tell.
    AwaitReading,
    /// Remind the unit's reporters; the moment that it stands for.
    Remind(Instant),
    /// Climb to this rung; those between were passed without a notice.
    Climb {
        /// The highest rung that is due.
        rung: Rung,
        /// Rungs passed at once.
        passed: Vec<Rung>,
    },
    /// Say that the report came after its time.
    TellFiledLate,
    /// Repeat the highest rung sent.
    Nag {
        /// That rung.
        rung: Rung,
        /// 1, 2, …
        repeat: u32,
    },
    /// Ask the desk about the quarantined mail instead of climbing to this rung.
    AskDesk {
        /// The rung that waits.
        rung: Rung,
    },
}

/// The ladder (rules.md): what is due for this obligation at `now`.
pub fn decide(obligation: &Obligation, ladder: &Ladder, around: Surroundings, now: Instant) -> Action {
    let known_until = around.watermark.map_or(Instant::MIN_UTC, |mark| mark.min(now));
    // What came after a rung was reached cannot have met it.
    let quarantined = |rung| around.quarantined.is_some_and(|came| obligation.reached_at(rung, ladder).is_some_and(|at| came <= at));
    if obligation.climb.untold {
        return match obligation.climb.asked {
            _ if known_until < obligation.due => Action::AwaitReading,
            None if quarantined(Rung::Late) => Action::AskDesk { rung: Rung::Late },
            Some(_) if quarantined(Rung::Late) => Action::Rest,
            _ => Action::TellFiledLate,
        };
    }
    if obligation.ended || obligation.filed.is_some() {
        return Action::Rest;
    }
    let due = |until: Instant| {
        [Rung::Unreported, Rung::Omitted, Rung::Late]
            .into_iter()
            .filter(|rung| obligation.climb.rung.is_none_or(|sent| *rung > sent))
            .find(|rung| obligation.reached_at(*rung, ladder).is_some_and(|at| at <= until))
    };
    match due(known_until) {
        // Only the highest rung is sent, and of that we cannot tell yet.
        known if known < due(now) => return Action::AwaitReading,
        Some(rung) if quarantined(rung) && obligation.climb.asked.is_none_or(|asked| rung > asked) => return Action::AskDesk { rung },
        // The desk has been asked and has not decided.
        Some(rung) if quarantined(rung) => {}
        Some(rung) => {
            let passed = [Rung::Late, Rung::Omitted]
                .into_iter()
                .filter(|r| *r < rung && obligation.climb.rung.is_none_or(|sent| *r > sent))
                .filter(|r| obligation.reached_at(*r, ladder).is_some())
                .collect();
            return Action::Climb { rung, passed };
        }
        None => {}
    }
    if let (Some(rung), Some(at)) = (obligation.climb.rung, obligation.next_nag(ladder))
        && at <= now
    {
        return Action::Nag { rung, repeat: obligation.climb.repeats + 1 };
    }
    let passed = obligation.reminders(ladder).into_iter().rfind(|at| *at <= now);
    match passed {
        Some(moment) if now < obligation.due => Action::Remind(moment),
        _ => Action::Rest,
    }
}

/// What follows from a filing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Consequence {
    /// In time, and nobody was told otherwise.
    Quiet,
    /// Late, and nobody has been told yet: the ladder tells level 1 and the unit, once it can tell.
    TellLate,
    /// Somebody was told that it was missing: all of them hear that it came.
    TellSupplied {
        /// It had arrived in time: the earlier notice was wrong, and is withdrawn.
        withdrawn: bool,
    },
}

/// Files `filing` under `obligation`: sets filing, verdict and end, and says who must hear of it.
///
/// A filing that arrived earlier than the one on record replaces it (mail that was read late, a merge).
pub fn meet(obligation: &mut Obligation, filing: Filing, ladder: &Ladder) -> Consequence {
    let verdict = obligation.verdict_if_filed(filing.at, ladder);
    let in_time = verdict == Verdict::OnTime;
    obligation.filed = Some(filing);
    obligation.verdict = verdict;
    obligation.ended = true;
    // What was said before an extension was right when it was said.
    let wrong = obligation.because.extended_from.is_none() || obligation.climb.rung.is_some();
    let consequence = match () {
        () if !obligation.climb.notified.is_empty() => Consequence::TellSupplied { withdrawn: in_time && wrong },
        () if in_time => Consequence::Quiet,
        () => Consequence::TellLate,
    };
    obligation.climb.untold = consequence == Consequence::TellLate;
    consequence
}

#[cfg(test)]
#[path = "obligation_tests.rs"]
pub(in crate::domain) mod tests;
