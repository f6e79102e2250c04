//! The ledger of adoptions, and superiors' circulars beside it.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use super::rows::{Result, instant, seconds, text_opt, word, word_opt};
use super::{Books, StoreError};
use crate::domain::ids::{AdoptionNo, SubmissionNo, UnitId};
use crate::domain::ledger::{Entry, EntryKind, ExternalRow, NewEntry, Tally, item};
use crate::domain::period::Period;
use crate::domain::points::Points;
use crate::domain::rules::Instant;

/// Which rows of the ledger are asked for. Nothing said: every one, the newest day first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntryFilter {
    /// Of this unit.
    pub unit: Option<UnitId>,
    /// Of this outlet.
    pub outlet: Option<String>,
    /// From this day on.
    pub first: Option<NaiveDate>,
    /// Before this day.
    pub end: Option<NaiveDate>,
}

/// A submission that an adoption may be of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Titled {
    /// Its number.
    pub number: SubmissionNo,
    /// As its sender wrote it, without tags.
    pub title: String,
    /// When it arrived.
    pub arrival: Instant,
}

/// A row of a superior's circular with where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalEntry {
    /// Arrival of the circular.
    pub at: Instant,
    /// The superior's name.
    pub by: String,
    /// What it is about.
    pub period: Period,
    /// Its figures.
    pub row: ExternalRow,
}

pub(super) fn day(number: i64) -> Result<NaiveDate> {
    let day = i32::try_from(number).ok().and_then(NaiveDate::from_num_days_from_ce_opt);
    day.ok_or_else(|| StoreError::Unreadable { what: "day", value: number.to_string() })
}

pub(super) fn days(day: NaiveDate) -> i64 {
    i64::from(day.num_days_from_ce())
}

const ENTRY: &str = "a.number, a.at, a.kind, a.day, a.outlet, a.title, a.points, a.submission, a.reverses, a.source, a.by,
    (SELECT r.number FROM adoption r WHERE r.reverses = a.number)";

const EXTERNAL: &str = "at, by, period, subject, adopted, points, total, rank, of";

impl Books<'_> {
    /// Puts a row on the ledger. `None`: it is there already.
    pub fn put_entry(&self, new: &NewEntry, now: Instant) -> Result<Option<AdoptionNo>> {
        if self.count("SELECT count(*) FROM adoption WHERE identity = ?1", [&new.identity[..]])? > 0 {
            return Ok(None);
        }
        let year = u16::try_from(new.day.year()).unwrap_or(0);
        let number = AdoptionNo { year, ordinal: self.next_ordinal(AdoptionNo::LETTER, year)? };
        let sql = "INSERT INTO adoption (number, at, kind, day, outlet, title, points, submission, reverses, source, by, identity, item)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
        let units: Vec<UnitId> = new.shares.iter().map(|(unit, _)| unit.clone()).collect();
        let item = item(new.kind, new.day, &units, &new.outlet, &new.title);
        let values = (
            number.to_string(),
            now.timestamp(),
            new.kind.as_str(),
            days(new.day),
            new.outlet.as_str(),
            new.title.as_str(),
            new.points.thousandths(),
            text_opt(new.submission),
            text_opt(new.reverses),
            new.source.as_str(),
            new.by.as_str(),
            &new.identity[..],
            &item[..],
        );
        self.run(sql, values)?;
        let items = match new.kind {
            EntryKind::Adoption => 1,
            EntryKind::Instruction | EntryKind::Deduction => 0,
            EntryKind::Reversal => -self.items_of(new.reverses)?,
        };
        for (position, (unit, points)) in new.shares.iter().enumerate() {
            let earning = if new.points.is_zero() { 0 } else { items };
            let sql = "INSERT INTO share (unit, day, adoption, position, points, items, earning) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
            let position = i64::try_from(position).unwrap_or(i64::MAX);
            self.run(sql, (unit.as_str(), days(new.day), number.to_string(), position, points.thousandths(), items, earning))?;
        }
        Ok(Some(number))
    }

    /// Rows of this very item that were not taken back, and what each earned.
    pub fn same_item(&self, item: &[u8; 32]) -> Result<Vec<(AdoptionNo, Points)>> {
        let sql = "SELECT number, points FROM adoption a WHERE item = ?1
                   AND NOT EXISTS (SELECT 1 FROM adoption r WHERE r.reverses = a.number) ORDER BY number";
        self.all(sql, [&item[..]], |row| Ok((word("adoption number", &row.get::<_, String>(0)?)?, Points::from_thousandths(row.get(1)?))))
    }

    fn items_of(&self, number: Option<AdoptionNo>) -> Result<i64> {
        let sql = "SELECT items FROM share WHERE adoption = ?1 LIMIT 1";
        Ok(self.one(sql, [text_opt(number)], |row| Ok(row.get(0)?))?.unwrap_or(0))
    }

    /// Sums by unit over the days [first, end), in the order of unit ids.
    pub fn tallies(&self, first: NaiveDate, end: NaiveDate) -> Result<Vec<Tally>> {
        let sql = "SELECT unit, sum(points), sum(items), sum(earning) FROM share INDEXED BY share_sums WHERE day >= ?1 AND day < ?2 GROUP BY unit";
        self.all(sql, (days(first), days(end)), |row| {
            Ok(Tally { unit: UnitId(row.get(0)?), points: Points::from_thousandths(row.get(1)?), items: row.get(2)?, earning: row.get(3)? })
        })
    }

    /// What one unit got from each outlet over the days [first, end).
    pub fn points_by_outlet(&self, unit: &UnitId, first: NaiveDate, end: NaiveDate) -> Result<BTreeMap<String, Points>> {
        let sql = "SELECT a.outlet, sum(s.points) FROM share s JOIN adoption a ON a.number = s.adoption
                   WHERE s.unit = ?1 AND s.day >= ?2 AND s.day < ?3 GROUP BY a.outlet";
        let sums = self.all(sql, (unit.as_str(), days(first), days(end)), |row| {
            Ok((row.get::<_, String>(0)?, Points::from_thousandths(row.get(1)?)))
        })?;
        Ok(sums.into_iter().collect())
    }

    /// The last day of [first, end) with an adoption that earned points, of one outlet or of any.
    pub fn reaches(&self, outlet: Option<&str>, first: NaiveDate, end: NaiveDate) -> Result<Option<NaiveDate>> {
        let sql =
            "SELECT day FROM adoption WHERE day >= ?1 AND day < ?2 AND (?3 IS NULL OR outlet = ?3) AND kind = 'adoption' AND points <> 0
                   ORDER BY day DESC LIMIT 1";
        self.one(sql, (days(first), days(end), outlet), |row| day(row.get(0)?))
    }

    /// The first and the last day on the ledger.
    pub fn ledger_days(&self) -> Result<Option<(NaiveDate, NaiveDate)>> {
        let found = self
            .one("SELECT min(day), max(day) FROM adoption", [], |row| Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, Option<i64>>(1)?)))?;
        match found {
            Some((Some(first), Some(last))) => Ok(Some((day(first)?, day(last)?))),
            _ => Ok(None),
        }
    }

    /// Every unit that ever had an adoption that earned points.
    pub fn ever_adopted(&self) -> Result<Vec<UnitId>> {
        self.all("SELECT unit FROM share GROUP BY unit HAVING max(earning) > 0", [], |row| Ok(UnitId(row.get(0)?)))
    }

    /// The row of this number.
    pub fn entry(&self, number: AdoptionNo) -> Result<Option<Entry>> {
        let found = self.one(&format!("SELECT {ENTRY} FROM adoption a WHERE a.number = ?1"), [number.to_string()], entry)?;
        found.map(|entry| self.with_shares(entry)).transpose()
    }

    /// Rows of the ledger, the newest day first.
    pub fn entries(&self, filter: &EntryFilter, limit: u32) -> Result<Vec<Entry>> {
        let sql = format!(
            "SELECT {ENTRY} FROM adoption a WHERE (?1 IS NULL OR EXISTS (SELECT 1 FROM share s WHERE s.adoption = a.number AND s.unit = ?1))
             AND (?2 IS NULL OR a.outlet = ?2) AND (?3 IS NULL OR a.day >= ?3) AND (?4 IS NULL OR a.day < ?4)
             ORDER BY a.day DESC, a.number DESC LIMIT ?5"
        );
        let unit = filter.unit.as_ref().map(UnitId::as_str);
        let values = (unit, filter.outlet.as_deref(), filter.first.map(days), filter.end.map(days), limit);
        let found = self.all(&sql, values, entry)?;
        found.into_iter().map(|entry| self.with_shares(entry)).collect()
    }

    fn with_shares(&self, mut entry: Entry) -> Result<Entry> {
        let sql = "SELECT unit, points FROM share WHERE adoption = ?1 ORDER BY position";
        entry.shares = self.all(sql, [entry.number.to_string()], |row| Ok((UnitId(row.get(0)?), Points::from_thousandths(row.get(1)?))))?;
        Ok(entry)
    }

    /// What `unit` filed between two moments, zero reports and withdrawn ones aside: an adoption is of one of these.
    pub fn titles_between(&self, unit: &UnitId, from: Instant, until: Instant) -> Result<Vec<Titled>> {
        let sql = "SELECT number, title, arrival FROM submission
                   WHERE unit = ?1 AND arrival >= ?2 AND arrival < ?3 AND withdrawn_at IS NULL AND kind <> 'zero' ORDER BY arrival, number";
        self.all(sql, (unit.as_str(), from.timestamp(), until.timestamp()), |row| {
            Ok(Titled { number: word("submission number", &row.get::<_, String>(0)?)?, title: row.get(1)?, arrival: instant(row.get(2)?)? })
        })
    }

    /// Submissions of `unit` between two moments that are its own work: zero reports, corrections and withdrawn ones aside.
    pub fn submitted_by_unit(&self, from: Instant, until: Instant) -> Result<BTreeMap<UnitId, u64>> {
        let sql = "SELECT unit, count(*) FROM submission WHERE arrival >= ?1 AND arrival < ?2 AND unit IS NOT NULL AND withdrawn_at IS NULL
                   AND kind NOT IN ('zero', 'correction', 'correspondence') GROUP BY unit";
        let counts =
            self.all(sql, (from.timestamp(), until.timestamp()), |row| Ok((UnitId(row.get(0)?), row.get::<_, i64>(1)?.unsigned_abs())))?;
        Ok(counts.into_iter().collect())
    }

    /// Puts a row of a superior's circular on record. `false`: the newest row for its subject and period says the same.
    pub fn put_circular_row(&self, by: &str, delivery: Option<i64>, period: Period, row: &ExternalRow, at: Instant) -> Result<bool> {
        let newest = self.external_row(by, &row.subject, period)?;
        if newest.is_some_and(|newest| newest.row == *row) {
            return Ok(false);
        }
        let sql = "INSERT INTO circular_row (at, delivery_id, by, subject, period, last_day, adopted, points, total, rank, of)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
        let values = (
            seconds(Some(at)),
            delivery,
            by,
            row.subject.as_str(),
            period.to_string(),
            days(period.last()),
            row.adopted.map(|count| i64::try_from(count).unwrap_or(i64::MAX)),
            row.points.map(Points::thousandths),
            row.total.map(Points::thousandths),
            row.rank,
            row.of,
        );
        self.insert(sql, values)?;
        Ok(true)
    }

    /// The row that holds for a subject and a period.
    pub fn external_row(&self, by: &str, subject: &str, period: Period) -> Result<Option<ExternalEntry>> {
        let sql = format!(
            "SELECT {EXTERNAL} FROM circular_row WHERE subject = ?1 AND by = ?2 AND last_day = ?3 AND period = ?4 ORDER BY id DESC LIMIT 1"
        );
        self.one(&sql, (subject, by, days(period.last()), period.to_string()), external)
    }

    /// Every row about a subject, by whose circular, by last day, the one that holds of each period.
    pub fn external_rows(&self, subject: &str) -> Result<Vec<ExternalEntry>> {
        let sql = format!(
            "SELECT {EXTERNAL} FROM circular_row c WHERE subject = ?1
             AND id = (SELECT max(id) FROM circular_row n WHERE n.subject = c.subject AND n.by = c.by AND n.period = c.period)
             ORDER BY by, last_day, period"
        );
        self.all(&sql, [subject], external)
    }

    /// Units and scopes of which circulars tell.
    pub fn external_subjects(&self) -> Result<Vec<String>> {
        self.all("SELECT DISTINCT subject FROM circular_row ORDER BY subject", [], |row| Ok(row.get(0)?))
    }

    /// Every row of one superior's circulars for one period, in the order in which they were put on record.
    pub fn external_period(&self, by: &str, period: Period) -> Result<Vec<ExternalEntry>> {
        let sql = format!(
            "SELECT {EXTERNAL} FROM circular_row c WHERE by = ?1 AND period = ?2
             AND id = (SELECT max(id) FROM circular_row n WHERE n.subject = c.subject AND n.by = c.by AND n.period = c.period) ORDER BY id"
        );
        self.all(&sql, (by, period.to_string()), external)
    }
}

fn entry(row: &rusqlite::Row<'_>) -> Result<Entry> {
    Ok(Entry {
        number: word("adoption number", &row.get::<_, String>(0)?)?,
        at: instant(row.get(1)?)?,
        kind: word("kind of adoption", &row.get::<_, String>(2)?)?,
        day: day(row.get(3)?)?,
        outlet: row.get(4)?,
        title: row.get(5)?,
        points: Points::from_thousandths(row.get(6)?),
        submission: word_opt("submission number", row.get(7)?)?,
        reverses: word_opt("adoption number", row.get(8)?)?,
        source: row.get(9)?,
        by: row.get(10)?,
        reversed_by: word_opt("adoption number", row.get(11)?)?,
        shares: Vec::new(),
    })
}

fn external(row: &rusqlite::Row<'_>) -> Result<ExternalEntry> {
    let points = |thousandths: Option<i64>| thousandths.map(Points::from_thousandths);
    Ok(ExternalEntry {
        at: instant(row.get(0)?)?,
        by: row.get(1)?,
        period: word("period", &row.get::<_, String>(2)?)?,
        row: ExternalRow {
            subject: row.get(3)?,
            adopted: row.get::<_, Option<i64>>(4)?.map(i64::unsigned_abs),
            points: points(row.get(5)?),
            total: points(row.get(6)?),
            rank: row.get(7)?,
            of: row.get(8)?,
        },
    })
}
