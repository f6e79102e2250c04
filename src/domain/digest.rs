//! What the weekly digest and the monthly circular say: facts, never sentences. `steps::digest` gathers them.
//!
//! Source: rules.md, "Digest (weekly) and circular (monthly)".

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::ids::NoticeNo;
use super::notice::{EventRef, Owed, UnitRef};
use super::period::Period;
use super::points::Points;
use super::rules::{Instant, Verdict};
use super::warning::Ranked;

/// Weeks in a sparkline, the digest's own the last.
pub const TREND_WEEKS: usize = 12;

/// See `Content::Digest`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// The week that ended.
    pub week: Period,
    /// It should have gone out earlier: when.
    pub caught_up: Option<Instant>,
    /// What needs a decision, gravest first.
    pub decisions: Vec<Decision>,
    /// Every unit in force in that week, in roster order.
    pub units: Vec<UnitWeek>,
    /// Where units stand in the year to date; `None`: no ledger is kept.
    pub standing: Option<StandingToDate>,
    /// Submissions of the week by kind, most first; shares may pass 100 % in sum.
    pub kinds: Vec<Tagged>,
    /// The same by field.
    pub fields: Vec<Tagged>,
    /// Submissions of the week, zero reports and corrections aside.
    pub submissions: u64,
    /// What the roster lacks.
    pub roster: Vec<RosterGap>,
}

impl Digest {
    /// Nothing needs a decision.
    pub fn all_good(&self) -> bool {
        self.decisions.is_empty()
    }
}

/// How many submissions carry a tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tagged {
    /// The kind or field.
    pub tag: String,
    /// Submissions that carry it.
    pub count: u64,
}

/// One thing that needs a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "decide")]
pub enum Decision {
    /// Overdue and not filed, or warned of and not acknowledged.
    Overdue {
        /// Who owes.
        unit: UnitRef,
        /// What.
        #[serde(flatten)]
        owed: Owed,
        /// The event.
        event: Option<EventRef>,
        /// By when it was due.
        due: Instant,
        /// How it stands.
        verdict: Verdict,
        /// Somebody acknowledged the alert.
        acknowledged: bool,
        /// The last notice about it, by which it can be answered.
        notice: Option<NoticeNo>,
    },
    /// A `zero`, `rank-fall` or `silent` warning that stands.
    Warned {
        /// Whom it is about.
        unit: UnitRef,
        /// `zero`, `rank-fall` or `silent`.
        kind: super::notice::NoticeKind,
        /// Warnings in this stretch.
        times: u32,
        /// The last of them.
        notice: NoticeNo,
    },
    /// Messages that wait for the desk.
    Quarantined {
        /// How many.
        count: u64,
        /// The arrival of the oldest.
        since: Instant,
    },
    /// Letters that cannot be delivered.
    Undeliverable {
        /// How many.
        count: u64,
    },
    /// A mailbox cannot be read.
    Stalled {
        /// Its name.
        mailbox: String,
        /// Since when.
        since: Option<Instant>,
    },
    /// The table of adoptions has not come.
    TableMissing {
        /// The month that it should reach into.
        month: Period,
        /// The last day that it reaches.
        as_of: Option<NaiveDate>,
    },
}

/// A unit's week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitWeek {
    /// Who.
    pub unit: UnitRef,
    /// Obligations that fell due in the week, void and waived ones aside.
    pub expected: u64,
    /// Of these, met by now.
    pub received: u64,
    /// Of these, by verdict.
    pub on_time: u64,
    /// 迟报
    pub late: u64,
    /// 漏报
    pub omitted: u64,
    /// 不报
    pub unreported: u64,
    /// Median of filed − due over those that were met, in seconds; negative: early.
    pub median_lag_seconds: Option<i64>,
    /// Submissions in the week, zero reports and corrections aside.
    pub submissions: u64,
    /// The same, week by week, oldest first, this one last.
    pub trend: Vec<u64>,
    /// Adoptions in the week.
    pub adoptions: u64,
}

/// The year to date, as far as the ledger reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingToDate {
    /// From 1 January to the last day of the week.
    pub window: Period,
    /// The last day on the ledger within it.
    pub as_of: Option<NaiveDate>,
    /// By rank, then roster order.
    pub lines: Vec<StandingLine>,
    /// Points of all.
    pub total: Points,
    /// Against last year; `None`: that has no points, or no month of this one is complete. Digests of earlier versions have none on record.
    #[serde(default)]
    pub pace: Option<Pace>,
    /// The newest figures of superiors' circulars, points and scopes.
    pub external: Vec<ExternalLine>,
}

/// One unit's line in a table of standings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingLine {
    /// Who.
    pub unit: UnitRef,
    /// Its class.
    pub class: Option<String>,
    /// Whether it is a direct-report point.
    pub direct_report: bool,
    /// Points in the window.
    pub points: Points,
    /// Adoptions in the window.
    pub items: u64,
    /// Share of all points, in tenths of a percent; `None` at a total of zero: a dash.
    pub share: Option<i64>,
    /// 1 + the units strictly higher.
    pub rank: u32,
    /// Units that share the rank, itself included.
    pub tied: u32,
    /// None is strictly lower, and not all tie.
    pub last: bool,
    /// Places climbed (positive) or lost since the window before; `None`: not comparable.
    pub moved: Option<i64>,
    /// What it sent in the window, zero reports and corrections aside: the adoption rate is items / this.
    pub submitted: u64,
}

/// Progress against last year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    /// What is compared: completed months of this year.
    pub window: Period,
    /// Points so far.
    pub points: Points,
    /// What last year gives for the same span, in thousandths of a point.
    pub expected: Points,
    /// Not so many points by then, but a straight line through the whole year, n/12: last year has no months.
    pub straight_line: bool,
    /// Points of the whole of last year.
    pub last_year: Points,
    /// Who is how far behind (positive) or ahead (negative), largest shortfall first; they add up to expected − points.
    pub split: Vec<(UnitRef, Points)>,
}

impl Pace {
    /// Points that are missing; negative: ahead.
    pub fn shortfall(&self) -> Points {
        self.expected - self.points
    }
}

/// A unit or scope in a superior's circular.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalLine {
    /// A unit's or a scope's name.
    pub name: String,
    /// Whose circular.
    pub by: String,
    /// Where it stands.
    pub ranked: Ranked,
    /// Where it stood in the circular before it.
    pub before: Option<Ranked>,
}

/// What a unit's entry in the roster lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterGap {
    /// Whose.
    pub unit: UnitRef,
    /// What.
    pub lacks: Vec<Lack>,
}

/// What is missing or unsure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lack {
    /// No leader in charge.
    Leader,
    /// No reporter, full- or part-time.
    Reporter,
    /// Asked to confirm its reporters, and has not.
    Confirmation,
    /// An address bounces.
    Address,
}

/// See `Content::Circular`: the month's table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Circular {
    /// The month that ended.
    pub month: Period,
    /// The year through it.
    pub to_date: Period,
    /// The last day on the ledger within the month.
    pub as_of: NaiveDate,
    /// By rank in the year to date, then roster order.
    pub lines: Vec<CircularLine>,
    /// Points of all in the month.
    pub month_total: Points,
    /// Points of all in the year to date.
    pub total: Points,
    /// Units without points in the year to date.
    pub zero: Vec<UnitRef>,
    /// It waited for the table: when it should have gone out.
    pub put_off: Option<Instant>,
}

/// One line of the circular.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CircularLine {
    /// The year to date.
    #[serde(flatten)]
    pub to_date: StandingLine,
    /// Points in the month.
    pub month_points: Points,
    /// Adoptions in the month.
    pub month_items: u64,
    /// Rank in the month.
    pub month_rank: u32,
}
