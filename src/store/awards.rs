//! What a year's commendation and deductions ask of the ledger.

use chrono::NaiveDate;

use super::Books;
use super::ledger::days;
use super::rows::{Result, word};
use crate::domain::ids::{AdoptionNo, UnitId};
use crate::domain::ledger::{Entry, EntryKind};
use crate::domain::points::Points;

/// What a unit has of one kind of row over some days; a reversal counts to the kind of what it takes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindSum {
    /// Whose.
    pub unit: UnitId,
    /// Of which kind; never a reversal.
    pub kind: EntryKind,
    /// Points.
    pub points: Points,
    /// Adoptions.
    pub items: i64,
}

impl Books<'_> {
    /// What each unit has of each kind of row over the days [first, end), in the order of unit ids.
    pub fn sums_by_kind(&self, first: NaiveDate, end: NaiveDate) -> Result<Vec<KindSum>> {
        let sql =
            "SELECT s.unit, coalesce(r.kind, a.kind), sum(s.points), sum(s.items) FROM share s JOIN adoption a ON a.number = s.adoption
                   LEFT JOIN adoption r ON r.number = a.reverses WHERE s.day >= ?1 AND s.day < ?2 GROUP BY 1, 2 ORDER BY 1, 2";
        self.all(sql, (days(first), days(end)), |row| {
            Ok(KindSum {
                unit: UnitId(row.get(0)?),
                kind: word("kind of entry", &row.get::<_, String>(1)?)?,
                points: Points::from_thousandths(row.get(2)?),
                items: row.get(3)?,
            })
        })
    }

    /// The deduction from this source that has not been taken back.
    pub fn standing_deduction(&self, source: &str) -> Result<Option<Entry>> {
        let sql = "SELECT number FROM adoption a WHERE kind = 'deduction' AND source = ?1
                   AND NOT EXISTS (SELECT 1 FROM adoption r WHERE r.reverses = a.number) ORDER BY number DESC LIMIT 1";
        let number = self.one(sql, [source], |row| word::<AdoptionNo>("adoption number", &row.get::<_, String>(0)?))?;
        Ok(number.map(|number| self.entry(number)).transpose()?.flatten())
    }

    /// How many deductions this source has made, taken back or not.
    pub fn deductions_made(&self, source: &str) -> Result<u32> {
        let made = self.count("SELECT count(*) FROM adoption WHERE kind = 'deduction' AND source = ?1", [source])?;
        Ok(u32::try_from(made).unwrap_or(u32::MAX))
    }
}
