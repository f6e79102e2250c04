//! What a `zero`, `rank-fall` or `silent` notice says: facts, never sentences.
//!
//! Source: rules.md, "Standings". Chances are in thousandths, so that a notice on record compares equal to itself.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::ids::UnitId;
use super::notice::UnitRef;
use super::period::Period;
use super::points::Points;
use super::rules::Instant;

/// Points and adoptions of a unit in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scored {
    /// The window.
    pub window: Period,
    /// Points.
    pub points: Points,
    /// Adoptions that earned points.
    pub items: u64,
}

/// A rank in a window, by whose list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ranked {
    /// The window.
    pub window: Period,
    /// 1 + the units strictly higher.
    pub rank: u32,
    /// Of so many; 0: the list does not say.
    pub of: u32,
    /// Units that share the rank, itself included; 1: none but itself, or not known.
    pub tied: u32,
    /// None is strictly lower, and not all tie.
    pub last: bool,
    /// Points in the window, where the list gives them.
    pub points: Option<Points>,
}

/// Whose list a rank stands in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "list")]
pub enum List {
    /// Our own ledger.
    Own,
    /// The circular of a superior.
    Circular {
        /// The superior's name.
        by: String,
    },
}

/// See `Content::Zero`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zero {
    /// By whose figures.
    #[serde(flatten)]
    pub list: List,
    /// The year to date, or the year that ended: at zero.
    pub window: Period,
    /// Days of the window.
    pub days: i64,
    /// How often it was warned of before in this stretch; 0 at the transition.
    pub warned_before: u32,
    /// No figure of this unit was ever on the ledger.
    pub never_reported: bool,
    /// What it had in the comparison window: the same span last year, else last year.
    pub before: Option<Scored>,
    /// The chance of such a stretch at last year's rate of adoptions, in thousandths.
    pub chance_per_mille: Option<u32>,
    /// Adoptions in the whole of last year: the rate by which the chance is told.
    pub items_last_year: u64,
    /// Completed months of the stretch.
    pub months: u32,
    /// What the unit sent within the window.
    pub submissions: u64,
    /// What it sent in the comparison window.
    pub submissions_before: u64,
    /// Where it stands.
    pub ranked: Option<Ranked>,
    /// It is at the bottom or has fallen, too: told here, not in a notice of its own.
    pub falls: Vec<Fall>,
    /// The highest supervisor level that is told.
    pub level: u8,
    /// The assessment was put off until the table came.
    pub made_up: bool,
}

/// One test that a rank failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "fall")]
pub enum Fall {
    /// By at least `fall` places, in windows of one kind.
    Places {
        /// Where it stood.
        from: Ranked,
        /// By how many places.
        by: u32,
    },
    /// Into the last `bottom`.
    Bottom {
        /// Where it stood, when it was not among them; `None`: no earlier list.
        from: Option<Ranked>,
        /// The last so many.
        bottom: u32,
        /// The windows are of different kinds: a whole year against a year to date.
        unlike: bool,
    },
    /// Out of the first `top`.
    Top {
        /// Where it stood.
        from: Ranked,
        /// The first so many.
        top: u32,
        /// The windows are of different kinds.
        unlike: bool,
    },
}

/// See `Content::RankFall`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RankFall {
    /// Whose list.
    #[serde(flatten)]
    pub list: List,
    /// Where it stands now.
    pub now: Ranked,
    /// The tests that it failed; at least one.
    pub falls: Vec<Fall>,
    /// Its own points in the comparison window, where the lists give them.
    pub points_before: Option<Points>,
    /// Those that stood behind or beside it and are ahead now.
    pub passed_by: Vec<UnitRef>,
    /// Year-to-date points are zero in this list, and were not before.
    pub zero: bool,
    /// What the unit sent within the window.
    pub submissions: u64,
    /// What it sent in the comparison window.
    pub submissions_before: u64,
    /// How often it was warned of before since it last stood well.
    pub warned_before: u32,
    /// The highest supervisor level that is told.
    pub level: u8,
}

/// See `Content::Silent`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silent {
    /// The last mail of the unit, of whatever kind.
    pub last: Instant,
    /// Whole days since.
    pub days: i64,
    /// Submissions by which its rate is told: sudden events and zero reports aside.
    pub counted: u64,
    /// Days over which these came, up to the last.
    pub over_days: i64,
    /// The chance of such a stretch at that rate, in thousandths; 0: under one.
    pub chance_per_mille: u32,
    /// The configured limit, in thousandths.
    pub limit_per_mille: u32,
    /// How often it was warned of before in this stretch.
    pub warned_before: u32,
    /// The highest supervisor level that is told.
    pub level: u8,
}

/// What stands against a unit for one kind of warning; kept between assessments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarningState {
    /// Whom it is about.
    pub unit: UnitId,
    /// The kind of notice, and of `rank-fall` and `zero` whose list: `zero`, `zero:省委办公厅信息处`, `rank-fall`, `silent`.
    pub about: String,
    /// Warnings in this stretch.
    pub times: u32,
    /// The rank that was last warned of.
    pub rank: Option<u32>,
    /// The end of the window, or the day, of the last warning.
    pub through: NaiveDate,
}
