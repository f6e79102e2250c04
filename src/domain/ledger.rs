//! The ledger of adoptions: what was adopted by whom, when, and what it earned. Append-only; a correction is a reversing row.
//!
//! Source: rules.md, "Standings".

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::ids::{AdoptionNo, SubmissionNo, UnitId};
use super::points::Points;
use super::rules::{Instant, Verdict, words};
use super::text;

/// A bulletin or a higher office that adopts submissions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outlet {
    /// Short name, unique.
    pub id: String,
    /// Full name, as tables write it.
    pub name: String,
    /// What one adoption earns, unless the row gives its own.
    pub points: Points,
}

/// How the units of a joint item share its points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Joint {
    /// Each gets all of them.
    Full,
    /// Each gets its share.
    Equal,
    /// The first unit gets them.
    Lead,
}

words!(Joint, Joint::Full => "full", Joint::Equal => "equal", Joint::Lead => "lead");

impl Joint {
    /// What each of `units` units gets of `points`, in their order.
    pub fn shares(self, points: Points, units: usize) -> Vec<Points> {
        match self {
            Joint::Full => vec![points; units],
            Joint::Equal => points.split(units),
            Joint::Lead => (0..units).map(|index| if index == 0 { points } else { Points::ZERO }).collect(),
        }
    }
}

/// What a breach costs; nothing by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deductions {
    /// 迟报
    pub late: Points,
    /// 漏报
    pub omitted: Points,
    /// 不报
    pub unreported: Points,
}

impl Deductions {
    /// What `verdict` costs, as a positive amount.
    pub fn of(&self, verdict: Verdict) -> Points {
        match verdict {
            Verdict::Late => self.late,
            Verdict::Omitted => self.omitted,
            Verdict::Unreported => self.unreported,
            _ => Points::ZERO,
        }
    }
}

/// What kind of row it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryKind {
    /// An outlet published or passed on a submission.
    Adoption,
    /// A leader's instruction (批示), with points of its own.
    Instruction,
    /// Points taken off for a report that was late, omitted or never made.
    Deduction,
    /// Takes back an earlier row.
    Reversal,
}

words!(EntryKind, EntryKind::Adoption => "adoption", EntryKind::Instruction => "instruction", EntryKind::Deduction => "deduction",
    EntryKind::Reversal => "reversal");

/// One row before it is on the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewEntry {
    /// What kind.
    pub kind: EntryKind,
    /// When it was published or passed on, in the office's zone.
    pub day: NaiveDate,
    /// Whose it is; several for a joint item, the leading one first. What each gets of the points.
    pub shares: Vec<(UnitId, Points)>,
    /// The outlet's id; empty for a deduction.
    pub outlet: String,
    /// What was adopted.
    pub title: String,
    /// Points of the item, before it is shared.
    pub points: Points,
    /// The submission that was adopted, where it is known.
    pub submission: Option<SubmissionNo>,
    /// The row that it takes back.
    pub reverses: Option<AdoptionNo>,
    /// Where it comes from: a message, a file, a bulletin, a person's command, a verdict.
    pub source: String,
    /// Who put it there.
    pub by: String,
    /// Equal for the same row of the same table sent again.
    pub identity: [u8; 32],
}

/// One row on the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its number.
    pub number: AdoptionNo,
    /// When it was put there.
    pub at: Instant,
    /// What kind.
    pub kind: EntryKind,
    /// The day of the adoption.
    pub day: NaiveDate,
    /// Whose it is, and what each gets.
    pub shares: Vec<(UnitId, Points)>,
    /// The outlet's id.
    pub outlet: String,
    /// What was adopted.
    pub title: String,
    /// Points of the item.
    pub points: Points,
    /// The submission.
    pub submission: Option<SubmissionNo>,
    /// The row that it takes back.
    pub reverses: Option<AdoptionNo>,
    /// The row by which it was taken back.
    pub reversed_by: Option<AdoptionNo>,
    /// Where it comes from.
    pub source: String,
    /// Who put it there.
    pub by: String,
}

/// What a unit has on the ledger within some days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Who.
    pub unit: UnitId,
    /// Points of all kinds of rows.
    pub points: Points,
    /// Adoptions, reversed ones taken off.
    pub items: i64,
    /// The same, of items that earned points.
    pub earning: i64,
}

/// Tells items apart: what was adopted of whom by whom on which day, whatever it earned.
pub fn item(kind: EntryKind, day: NaiveDate, units: &[UnitId], outlet: &str, title: &str) -> [u8; 32] {
    let mut units: Vec<&str> = units.iter().map(UnitId::as_str).collect();
    units.sort_unstable();
    let title = text::comparable(title).replace(' ', "");
    hash_of(&[kind.as_str().as_bytes(), day.to_string().as_bytes(), units.join(" ").as_bytes(), outlet.as_bytes(), title.as_bytes()])
}

/// Tells rows apart: the same table imported twice adds nothing, and two equal rows of one table (`nth` 0, 1) are two.
pub fn identity(kind: EntryKind, day: NaiveDate, units: &[UnitId], outlet: &str, title: &str, points: Points, nth: u32) -> [u8; 32] {
    hash_of(&[&item(kind, day, units, outlet, title), points.to_string().as_bytes(), nth.to_string().as_bytes()])
}

/// Of parts, each with its length before it: no two lists of parts run into the same bytes.
fn hash_of(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// `[standing]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingRules {
    /// When standings are assessed; five fields, office zone.
    pub assess_cron: String,
    /// A zero is warned of after this many days of the year at least.
    pub min_days: u32,
    /// A fall by this many places is warned of.
    pub fall: u32,
    /// Into the last so many places.
    pub bottom: u32,
    /// Out of the first so many places.
    pub top: u32,
    /// Joint items.
    pub joint: Joint,
    /// A stretch without mail is warned of when its chance is under this, in thousandths.
    pub silence_per_mille: u32,
    /// Off by default.
    pub deductions: Deductions,
}

/// A body that is ranked as a whole in a superior's circular: the city itself, not one of its units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Short name, unique among units and scopes.
    pub id: String,
    /// Full name.
    pub name: String,
    /// Other names that circulars write.
    pub aliases: Vec<String>,
}

/// A row of a superior's circular, kept apart from our own ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalRow {
    /// A unit's or a scope's id.
    pub subject: String,
    /// Items adopted in the period.
    pub adopted: Option<u64>,
    /// Points of the period.
    pub points: Option<Points>,
    /// 累计积分: points of the year to date through the period; of a bare year, the whole year's.
    pub total: Option<Points>,
    /// Place.
    pub rank: Option<u32>,
    /// Of so many.
    pub of: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joint_items_are_shared_as_configured() {
        let five = Points::from_thousandths(5000);
        assert_eq!(Joint::Full.shares(five, 2), [five, five]);
        assert_eq!(Joint::Lead.shares(five, 2), [five, Points::ZERO]);
        assert_eq!(Joint::Equal.shares(five, 3).into_iter().sum::<Points>(), five);
    }

    #[test]
    fn a_row_is_the_same_however_its_title_is_spaced_and_another_where_anything_else_differs() {
        let day = NaiveDate::from_ymd_opt(2003, 1, 20).unwrap();
        let units = [UnitId::from("jiaoqu")];
        let of = |title: &str, points: i64, nth| {
            identity(EntryKind::Adoption, day, &units, "province", title, Points::from_thousandths(points), nth)
        };
        assert_eq!(of("郊区信息一则", 9000, 0), of(" 郊区 信息一则 ", 9000, 0));
        assert_ne!(of("郊区信息一则", 9000, 0), of("郊区信息二则", 9000, 0));
        assert_ne!(of("郊区信息一则", 9000, 0), of("郊区信息一则", 9000, 1));
        assert_ne!(of("郊区信息一则", 9000, 0), of("郊区信息一则", 8000, 0));
    }
}
