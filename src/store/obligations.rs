//! What units owe.

use super::rows::{Result, from_json, instant, instant_opt, json, seconds, text_opt, word};
use super::{Books, StoreError};
use crate::domain::duty::Window;
use crate::domain::ids::{EventNo, SubmissionNo, UnitId};
use crate::domain::notice::DueBecause;
use crate::domain::obligation::{Cause, Filing, Obligation};
use crate::domain::rules::{Instant, Ladder, Stage, Verdict};

/// An obligation to be put on record.
#[derive(Clone, Debug)]
pub struct NewObligation {
    /// Why it is owed.
    pub cause: Cause,
    /// Who owes it.
    pub unit: UnitId,
    /// By when.
    pub due: Instant,
    /// Why then.
    pub because: DueBecause,
    /// When we learned of its cause.
    pub known_at: Instant,
    /// `omitted` is possible.
    pub independent: bool,
}

pub(super) const COLUMNS: &str =
    "id, unit, event, stage, ordinal, duty, window_start, quota, requisition, due, because, known_at, independent, created_at,
    filed_at, submission, verdict, climb, ended";

fn cause(row: &rusqlite::Row<'_>) -> Result<Cause> {
    let lacking = |what| StoreError::Unreadable { what, value: "an obligation without it".into() };
    if let Some(event) = row.get::<_, Option<String>>(2)? {
        let stage: String = row.get::<_, Option<String>>(3)?.ok_or_else(|| lacking("stage"))?;
        let ordinal = row.get::<_, Option<u32>>(4)?.unwrap_or(1);
        return Ok(Cause::Event { event: word("event number", &event)?, stage: word("stage", &stage)?, ordinal });
    }
    if let Some(name) = row.get::<_, Option<String>>(5)? {
        let start = instant_opt(row.get(6)?)?.ok_or_else(|| lacking("window"))?;
        return Ok(Cause::Duty { name, window_start: start, min: row.get(7)? });
    }
    let number: String = row.get::<_, Option<String>>(8)?.ok_or_else(|| lacking("cause"))?;
    Ok(Cause::Requisition { number: word("requisition number", &number)? })
}

pub(super) fn obligation(row: &rusqlite::Row<'_>) -> Result<Obligation> {
    let filed = match (instant_opt(row.get(14)?)?, row.get::<_, Option<String>>(15)?) {
        (Some(at), Some(number)) => Some(Filing { at, submission: word::<SubmissionNo>("submission number", &number)? }),
        _ => None,
    };
    Ok(Obligation {
        id: row.get(0)?,
        unit: UnitId(row.get(1)?),
        cause: cause(row)?,
        due: instant(row.get(9)?)?,
        because: from_json("reason of a due time", &row.get::<_, String>(10)?)?,
        known_at: instant(row.get(11)?)?,
        independent: row.get(12)?,
        created_at: instant(row.get(13)?)?,
        filed,
        verdict: word("verdict", &row.get::<_, String>(16)?)?,
        climb: from_json("ladder", &row.get::<_, String>(17)?)?,
        ended: row.get(18)?,
    })
}

impl Books<'_> {
    /// Puts an obligation on record. `None`: it was there before.
    pub fn put_obligation(&self, new: NewObligation, ladder: &Ladder, now: Instant) -> Result<Option<Obligation>> {
        let mut made = Obligation {
            id: 0,
            cause: new.cause,
            unit: new.unit,
            due: new.due,
            because: new.because,
            known_at: new.known_at,
            independent: new.independent,
            created_at: now,
            filed: None,
            verdict: Verdict::Open,
            climb: Default::default(),
            ended: false,
        };
        let (mut event, mut stage, mut ordinal, mut duty, mut start, mut quota, mut requisition) =
            (None, None, None, None, None, None, None);
        match &made.cause {
            Cause::Event { event: number, stage: which, ordinal: nth } => {
                (event, stage, ordinal) = (Some(number.to_string()), Some(which.as_str()), Some(*nth));
            }
            Cause::Duty { name, window_start, min } => {
                (duty, start, quota) = (Some(name.as_str()), Some(window_start.timestamp()), *min);
            }
            Cause::Requisition { number } => requisition = Some(number.to_string()),
        }
        let sql = "INSERT INTO obligation (unit, event, stage, ordinal, duty, window_start, quota, requisition, due, because, known_at,
                   independent, created_at, verdict, climb, ended, wake_at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, 0, ?16) ON CONFLICT DO NOTHING";
        let values = rusqlite::params![
            made.unit.as_str(),
            event,
            stage,
            ordinal,
            duty,
            start,
            quota,
            requisition,
            made.due.timestamp(),
            json(&made.because),
            made.known_at.timestamp(),
            made.independent,
            made.created_at.timestamp(),
            made.verdict.as_str(),
            json(&made.climb),
            seconds(made.wake_at(ladder)),
        ];
        Ok(self.insert_new(sql, values)?.map(|id| {
            made.id = id;
            made
        }))
    }

    /// Writes what may change of an obligation, and when the ladder must look at it again.
    pub fn save_obligation(&self, o: &Obligation, ladder: &Ladder) -> Result<()> {
        let sql =
            "UPDATE obligation SET due = ?2, because = ?3, known_at = ?4, independent = ?5, filed_at = ?6, submission = ?7, verdict = ?8,
                   climb = ?9, ended = ?10, wake_at = ?11 WHERE id = ?1";
        self.run(
            sql,
            (
                o.id,
                o.due.timestamp(),
                json(&o.because),
                o.known_at.timestamp(),
                o.independent,
                seconds(o.filed.as_ref().map(|f| f.at)),
                text_opt(o.filed.as_ref().map(|f| f.submission)),
                o.verdict.as_str(),
                json(&o.climb),
                o.ended,
                seconds(o.wake_at(ladder)),
            ),
        )?;
        Ok(())
    }

    /// The obligation with this key.
    pub fn obligation(&self, id: i64) -> Result<Option<Obligation>> {
        self.one(&format!("SELECT {COLUMNS} FROM obligation WHERE id = ?1"), [id], obligation)
    }

    /// Keys of obligations whose ladder must be looked at by `now`, the longest due first.
    pub fn obligations_to_wake(&self, now: Instant) -> Result<Vec<i64>> {
        let sql = "SELECT id FROM obligation WHERE wake_at IS NOT NULL AND wake_at <= ?1 ORDER BY wake_at, due, unit, id";
        self.all(sql, [now.timestamp()], |row| Ok(row.get(0)?))
    }

    /// Looks at a ladder again at `at`, and not before.
    pub fn postpone(&self, id: i64, at: Instant) -> Result<()> {
        self.run("UPDATE obligation SET wake_at = ?2 WHERE id = ?1", (id, at.timestamp()))?;
        Ok(())
    }

    /// When the next ladder must be looked at.
    pub fn next_wake(&self) -> Result<Option<Instant>> {
        Ok(self.one("SELECT min(wake_at) FROM obligation WHERE wake_at IS NOT NULL", [], |row| instant_opt(row.get(0)?))?.flatten())
    }

    /// Every obligation of an event, in order of unit, stage and ordinal.
    pub fn obligations_of_event(&self, event: EventNo) -> Result<Vec<Obligation>> {
        let sql = format!("SELECT {COLUMNS} FROM obligation WHERE event = ?1 ORDER BY unit, due, id");
        self.all(&sql, [event.to_string()], obligation)
    }

    /// The obligations of one unit in an event.
    pub fn obligations_of_unit(&self, event: EventNo, unit: &UnitId) -> Result<Vec<Obligation>> {
        let sql = format!("SELECT {COLUMNS} FROM obligation WHERE event = ?1 AND unit = ?2 ORDER BY due, id");
        self.all(&sql, (event.to_string(), unit.as_str()), obligation)
    }

    /// The obligations that a submission met, or for which it was counted.
    pub fn obligations_met_by(&self, submission: SubmissionNo) -> Result<Vec<Obligation>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM obligation WHERE submission = ?1 OR id IN (SELECT obligation FROM counted WHERE submission = ?1)
             ORDER BY due, id"
        );
        self.all(&sql, [submission.to_string()], obligation)
    }

    /// Moves an obligation to the event into which its own was merged. `false`: that event has one of its kind.
    pub fn move_obligation(&self, id: i64, into: EventNo) -> Result<bool> {
        Ok(self.run("UPDATE OR IGNORE obligation SET event = ?2 WHERE id = ?1", (id, into.to_string()))? > 0)
    }

    /// The highest ordinal of `stage` that `unit` has had in `event`.
    pub fn last_ordinal(&self, event: EventNo, unit: &UnitId, stage: Stage) -> Result<u32> {
        let sql = "SELECT max(ordinal) FROM obligation WHERE event = ?1 AND unit = ?2 AND stage = ?3";
        let last = self.one(sql, (event.to_string(), unit.as_str(), stage.as_str()), |row| Ok(row.get::<_, Option<u32>>(0)?))?;
        Ok(last.flatten().unwrap_or(0))
    }

    /// Of each duty of `unit`: the windows that hold `at`, and the two that were due last before it.
    pub fn windows_around(&self, unit: &UnitId, at: Instant) -> Result<Vec<Window>> {
        let columns = "id, duty, window_start, due, filed_at IS NULL, verdict, quota IS NOT NULL,
            NOT EXISTS (SELECT 1 FROM obligation p WHERE p.duty = o.duty AND p.unit = o.unit AND p.window_start < o.window_start), because";
        let duties =
            self.all("SELECT duty FROM duty_clock WHERE unit = ?1 ORDER BY duty", [unit.as_str()], |row| Ok(row.get::<_, String>(0)?))?;
        let mut windows = Vec::new();
        for duty in duties {
            for condition in ["due >= ?3 AND window_start <= ?3 ORDER BY due", "due < ?3 ORDER BY due DESC LIMIT 2"] {
                let sql = format!("SELECT {columns} FROM obligation o WHERE unit = ?1 AND duty = ?2 AND {condition}");
                windows.extend(self.all(&sql, (unit.as_str(), &duty, at.timestamp()), window)?);
            }
        }
        Ok(windows)
    }

    /// Counts a submission for a window of a duty; returns how many count for it now.
    pub fn count_for(&self, obligation: i64, submission: SubmissionNo, at: Instant) -> Result<u32> {
        let sql = "INSERT OR IGNORE INTO counted (obligation, submission, at) VALUES (?1, ?2, ?3)";
        self.run(sql, (obligation, submission.to_string(), at.timestamp()))?;
        self.counted(obligation)
    }

    /// How many submissions count for a window; withdrawn ones do not.
    pub fn counted(&self, obligation: i64) -> Result<u32> {
        let sql = "SELECT count(*) FROM counted c JOIN submission s ON s.number = c.submission
                   WHERE c.obligation = ?1 AND s.withdrawn_at IS NULL";
        Ok(u32::try_from(self.count(sql, [obligation])?).unwrap_or(u32::MAX))
    }

    /// When the quota of a window was met, by arrival: the `min`-th submission that counts.
    pub fn quota_met(&self, obligation: i64, min: u32) -> Result<Option<(Instant, SubmissionNo)>> {
        let sql = "SELECT c.at, c.submission FROM counted c JOIN submission s ON s.number = c.submission
                   WHERE c.obligation = ?1 AND s.withdrawn_at IS NULL ORDER BY c.at, c.submission LIMIT 1 OFFSET ?2";
        self.one(sql, (obligation, min.saturating_sub(1)), |row| {
            Ok((instant(row.get(0)?)?, word("submission number", &row.get::<_, String>(1)?)?))
        })
    }

    /// The windows that a submission was counted for.
    pub fn windows_counting(&self, submission: SubmissionNo) -> Result<Vec<i64>> {
        self.all("SELECT obligation FROM counted WHERE submission = ?1", [submission.to_string()], |row| Ok(row.get(0)?))
    }

    /// Obligations of duties that are still open, for duties and units that the configuration no longer names.
    pub fn open_duty_obligations(&self) -> Result<Vec<Obligation>> {
        self.all(
            &format!("SELECT {COLUMNS} FROM obligation WHERE duty IS NOT NULL AND ended = 0 AND filed_at IS NULL ORDER BY id"),
            [],
            obligation,
        )
    }

    /// How many open obligations were due by `now` and wait for a reading.
    pub fn due_unjudged(&self, now: Instant) -> Result<u32> {
        let sql = "SELECT count(*) FROM obligation WHERE wake_at <= ?1 AND due <= ?1 AND verdict = 'open'";
        Ok(u32::try_from(self.count(sql, [now.timestamp()])?).unwrap_or(u32::MAX))
    }
}

fn window(row: &rusqlite::Row<'_>) -> Result<Window> {
    let because: DueBecause = from_json("reason of a due time", &row.get::<_, String>(8)?)?;
    let due = instant(row.get(3)?)?;
    Ok(Window {
        obligation: row.get(0)?,
        duty: row.get(1)?,
        start: instant(row.get(2)?)?,
        end: because.extended_from.unwrap_or(due),
        due,
        unmet: row.get(4)?,
        verdict: word("verdict", &row.get::<_, String>(5)?)?,
        quota: row.get(6)?,
        first: row.get(7)?,
    })
}
