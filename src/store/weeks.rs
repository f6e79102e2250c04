//! What the digest counts, for all units at once: one statement a fact, so that thousands of units cost no more statements.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::Books;
use super::ledger::{day, days};
use super::rows::{Result, instant, instant_opt, word, word_opt};
use crate::domain::ids::{EventNo, NoticeNo, RequisitionNo, UnitId};
use crate::domain::notice::{EventRef, NoticeKind, Owed, Quota};
use crate::domain::rules::{Instant, Verdict};

/// How the obligations of one unit ended that fell due in a span, void and waived ones aside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// All of them.
    pub expected: u64,
    /// Those that were met.
    pub received: u64,
    /// By verdict; one that is not judged yet is under none of the four.
    pub verdicts: BTreeMap<Verdict, u64>,
    /// Filed − due of those that were met, in seconds, the earliest first.
    pub lags: Vec<i64>,
}

/// An obligation that was called late, omitted or unreported, and is still not met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmet {
    /// Who owes it.
    pub unit: UnitId,
    /// What.
    pub owed: Owed,
    /// The event.
    pub event: Option<EventRef>,
    /// By when.
    pub due: Instant,
    /// How it stands.
    pub verdict: Verdict,
    /// Somebody acknowledged the alert.
    pub acknowledged: bool,
    /// The last notice about it.
    pub notice: Option<NoticeNo>,
}

/// A warning that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingWarning {
    /// Whom it is about.
    pub unit: UnitId,
    /// `zero`, `rank-fall` or `silent`.
    pub kind: NoticeKind,
    /// Warnings in this stretch.
    pub times: u32,
    /// The last of them.
    pub notice: NoticeNo,
}

/// How many submissions of a unit carry a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicCount {
    /// Whose.
    pub unit: UnitId,
    /// It is a field; else a kind.
    pub is_field: bool,
    /// Its name.
    pub name: String,
    /// How many.
    pub count: u64,
}

/// Submissions that are a unit's own work: zero reports, corrections, correspondence and withdrawn ones aside.
const OWN_WORK: &str = "withdrawn_at IS NULL AND unit IS NOT NULL AND kind NOT IN ('zero', 'correction', 'correspondence')";

impl Books<'_> {
    /// By unit: what fell due in [from, until), and how it ended.
    pub fn kept(&self, from: Instant, until: Instant) -> Result<BTreeMap<UnitId, Kept>> {
        let sql = "SELECT unit, verdict, filed_at - due FROM obligation
                   WHERE due >= ?1 AND due < ?2 AND verdict NOT IN ('void', 'waived') ORDER BY filed_at - due";
        let mut kept: BTreeMap<UnitId, Kept> = BTreeMap::new();
        let rows = self.all(sql, (from.timestamp(), until.timestamp()), |row| {
            let verdict: Verdict = word("verdict", row.get_ref(1)?.as_str().unwrap_or_default())?;
            Ok((UnitId(row.get(0)?), verdict, row.get::<_, Option<i64>>(2)?))
        })?;
        for (unit, verdict, lag) in rows {
            let unit = kept.entry(unit).or_default();
            unit.expected += 1;
            unit.received += u64::from(lag.is_some());
            *unit.verdicts.entry(verdict).or_default() += 1;
            unit.lags.extend(lag);
        }
        Ok(kept)
    }

    /// By unit: submissions in each span between two neighbours of `bounds`, which rise.
    pub fn submissions_between(&self, bounds: &[Instant]) -> Result<BTreeMap<UnitId, Vec<u64>>> {
        let sql = format!("SELECT unit, count(*) FROM submission WHERE arrival >= ?1 AND arrival < ?2 AND {OWN_WORK} GROUP BY unit");
        let spans = bounds.len().saturating_sub(1);
        let mut found: BTreeMap<UnitId, Vec<u64>> = BTreeMap::new();
        for (index, span) in bounds.windows(2).enumerate() {
            let counts = self.all(&sql, (span[0].timestamp(), span[1].timestamp()), |row| {
                Ok((UnitId(row.get(0)?), row.get::<_, i64>(1)?.unsigned_abs()))
            })?;
            for (unit, count) in counts {
                found.entry(unit).or_insert_with(|| vec![0; spans])[index] = count;
            }
        }
        Ok(found)
    }

    /// By unit: adoptions of the days [first, end), those taken back aside.
    pub fn adoptions_between(&self, first: NaiveDate, end: NaiveDate) -> Result<BTreeMap<UnitId, u64>> {
        let sql =
            "SELECT unit, sum(items) FROM share INDEXED BY share_sums WHERE day >= ?1 AND day < ?2 GROUP BY unit HAVING sum(items) > 0";
        let sums = self.all(sql, (days(first), days(end)), |row| Ok((UnitId(row.get(0)?), row.get::<_, i64>(1)?.unsigned_abs())))?;
        Ok(sums.into_iter().collect())
    }

    /// The first and the last day of [first, end) with an adoption that earned points.
    pub fn adopted_span(&self, first: NaiveDate, end: NaiveDate) -> Result<Option<(NaiveDate, NaiveDate)>> {
        let sql = "SELECT min(day) FROM adoption WHERE day >= ?1 AND day < ?2 AND kind = 'adoption' AND points <> 0";
        let earliest = self.one(sql, (days(first), days(end)), |row| row.get::<_, Option<i64>>(0)?.map(day).transpose())?.flatten();
        Ok(earliest.zip(self.reaches(None, first, end)?))
    }

    /// Kinds and fields of what came in [from, until).
    pub fn topics_between(&self, from: Instant, until: Instant) -> Result<Vec<TopicCount>> {
        let sql = format!(
            "SELECT s.unit, t.sort = 'field', t.name, count(*) FROM submission s JOIN topic t ON t.submission = s.number
             WHERE s.arrival >= ?1 AND s.arrival < ?2 AND {OWN_WORK} GROUP BY s.unit, t.sort, t.name"
        );
        self.all(&sql, (from.timestamp(), until.timestamp()), |row| {
            Ok(TopicCount {
                unit: UnitId(row.get(0)?),
                is_field: row.get(1)?,
                name: row.get(2)?,
                count: row.get::<_, i64>(3)?.unsigned_abs(),
            })
        })
    }

    /// What was due by `now` and is called late, omitted or unreported and not met, the longest due first. Of a duty's older
    /// windows, due before `since`, only the unit's last one: an earlier miss can no longer be made up.
    pub fn unmet(&self, since: Instant, now: Instant) -> Result<Vec<Unmet>> {
        let sql = "SELECT o.unit, o.stage, o.ordinal, o.duty, o.quota, o.requisition, o.due, o.verdict,
                   json_extract(o.climb, '$.acknowledged'), json_extract(o.climb, '$.last_notice'), e.number, e.title,
                   CASE WHEN o.quota IS NOT NULL THEN (SELECT count(*) FROM counted c JOIN submission s ON s.number = c.submission
                       WHERE c.obligation = o.id AND s.withdrawn_at IS NULL) END
                   FROM obligation o LEFT JOIN event e ON e.number = o.event
                   WHERE o.ended = 0 AND o.filed_at IS NULL AND o.due <= ?2 AND o.verdict IN ('late', 'omitted', 'unreported')
                     AND (o.duty IS NULL OR o.due >= ?1 OR NOT EXISTS (SELECT 1 FROM obligation n
                         WHERE n.unit = o.unit AND n.duty = o.duty AND n.due > o.due AND n.due <= ?2))
                   ORDER BY o.due, o.unit, o.id";
        self.all(sql, (since.timestamp(), now.timestamp()), unmet)
    }

    /// Warnings that stand, by unit and kind.
    pub fn standing_warnings(&self) -> Result<Vec<StandingWarning>> {
        let sql = "SELECT unit, about, times, notice FROM warning WHERE times > 0 AND notice IS NOT NULL ORDER BY unit, about";
        self.all(sql, [], |row| {
            let about: String = row.get(1)?;
            Ok(StandingWarning {
                unit: UnitId(row.get(0)?),
                kind: word("warning", about.split_once(':').map_or(about.as_str(), |(kind, _)| kind))?,
                times: row.get(2)?,
                notice: word("notice number", &row.get::<_, String>(3)?)?,
            })
        })
    }

    /// Messages that wait for the desk: whose address they bear, how many, the arrival of the oldest.
    pub fn waiting_by_unit(&self) -> Result<Vec<(Option<UnitId>, u64, Instant)>> {
        let sql = "SELECT unit, count(*), min(arrival) FROM quarantine WHERE state = 'waiting' GROUP BY unit";
        self.all(sql, [], |row| {
            Ok((row.get::<_, Option<String>>(0)?.map(UnitId), row.get::<_, i64>(1)?.unsigned_abs(), instant(row.get(2)?)?))
        })
    }

    /// Letters queued since `since` that were refused, or of which the operators have heard that they do not get through: about
    /// which unit, and to whom.
    pub fn undelivered(&self, since: Instant) -> Result<Vec<(Option<UnitId>, String)>> {
        let sql = "SELECT n.unit, l.recipient FROM letter l JOIN notice n ON n.number = l.notice
                   WHERE l.state = 'failed' AND l.queued_at >= ?1
                   UNION ALL SELECT n.unit, l.recipient FROM letter l JOIN notice n ON n.number = l.notice
                   WHERE l.next_try IS NOT NULL AND l.complained = 1";
        self.all(sql, [since.timestamp()], |row| Ok((row.get::<_, Option<String>>(0)?.map(UnitId), row.get(1)?)))
    }

    /// Units that were asked before `before` to confirm their reporters, and have not.
    pub fn unconfirmed(&self, before: Instant) -> Result<BTreeSet<UnitId>> {
        let sql = "SELECT unit FROM roster_check WHERE asked_at < ?1 AND (confirmed_at IS NULL OR confirmed_at < asked_at)";
        Ok(self.all(sql, [before.timestamp()], |row| Ok(UnitId(row.get(0)?)))?.into_iter().collect())
    }

    /// Since when each mailbox of which the last reading failed could not be read.
    pub fn unreadable(&self) -> Result<BTreeMap<String, Option<Instant>>> {
        let rows = self.all("SELECT name, coalesce(last_read, error_since) FROM mailbox WHERE error IS NOT NULL", [], |row| {
            Ok((row.get::<_, String>(0)?, instant_opt(row.get(1)?)?))
        })?;
        Ok(rows.into_iter().collect())
    }
}

fn unmet(row: &rusqlite::Row<'_>) -> Result<Unmet> {
    let stage = word_opt("stage", row.get(1)?)?;
    let owed = match (stage, row.get::<_, Option<String>>(3)?, row.get::<_, Option<String>>(5)?) {
        (Some(stage), ..) => Owed::Stage { stage, ordinal: row.get::<_, Option<u32>>(2)?.unwrap_or(1) },
        (None, Some(name), _) => {
            let filed = row.get::<_, Option<u32>>(12)?.unwrap_or(0);
            Owed::Duty { name, quota: row.get::<_, Option<u32>>(4)?.map(|min| Quota { min, filed }) }
        }
        (None, None, number) => {
            let number: RequisitionNo = word("requisition number", &number.unwrap_or_default())?;
            Owed::Requisition { number: number.to_string() }
        }
    };
    let event = match (word_opt::<EventNo>("event number", row.get(10)?)?, row.get::<_, Option<String>>(11)?) {
        (Some(number), Some(title)) => Some(EventRef { number, title }),
        _ => None,
    };
    Ok(Unmet {
        unit: UnitId(row.get(0)?),
        owed,
        event,
        due: instant(row.get(6)?)?,
        verdict: word("verdict", &row.get::<_, String>(7)?)?,
        acknowledged: row.get::<_, Option<bool>>(8)?.unwrap_or(false),
        notice: word_opt("notice number", row.get(9)?)?,
    })
}
