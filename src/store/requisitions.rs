//! Requisitions, and who has still to answer them.

use super::Books;
use super::obligations::{COLUMNS, obligation};
use super::rows::{Result, instant, instant_opt, word};
use crate::domain::ids::{RequisitionNo, UnitId};
use crate::domain::obligation::Obligation;
use crate::domain::requisition::{RequisitionState, Requisitioned, Unanswered};
use crate::domain::rules::Instant;

const REQUISITION: &str = "number, topic, details, due, made_at, by, state, ended_at";

fn requisition(row: &rusqlite::Row<'_>) -> Result<Requisitioned> {
    Ok(Requisitioned {
        number: word("requisition number", &row.get::<_, String>(0)?)?,
        topic: row.get(1)?,
        details: row.get(2)?,
        due: instant(row.get(3)?)?,
        made_at: instant(row.get(4)?)?,
        by: row.get(5)?,
        state: word("state of a requisition", &row.get::<_, String>(6)?)?,
        ended_at: instant_opt(row.get(7)?)?,
    })
}

impl Books<'_> {
    /// Puts a requisition on record under the next number of `year`.
    pub fn put_requisition(&self, year: u16, topic: &str, details: &str, due: Instant, by: &str, now: Instant) -> Result<RequisitionNo> {
        let number = RequisitionNo { year, ordinal: self.next_ordinal(RequisitionNo::LETTER, year)? };
        let sql = "INSERT INTO requisition (number, topic, details, due, made_at, by, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'open')";
        self.run(sql, (number.to_string(), topic, details, due.timestamp(), now.timestamp(), by))?;
        Ok(number)
    }

    /// The requisition of this number.
    pub fn requisition(&self, number: RequisitionNo) -> Result<Option<Requisitioned>> {
        self.one(&format!("SELECT {REQUISITION} FROM requisition WHERE number = ?1"), [number.to_string()], requisition)
    }

    /// Requisitions, newest first, each with how many units owe an answer and how many have answered.
    pub fn requisitions(&self, all: bool, limit: u32) -> Result<Vec<(Requisitioned, u64, u64)>> {
        let sql = format!(
            "SELECT {REQUISITION}, (SELECT count(*) FROM obligation o WHERE o.requisition = r.number),
             (SELECT count(*) FROM obligation o WHERE o.requisition = r.number AND o.filed_at IS NOT NULL)
             FROM requisition r WHERE ?1 OR state = 'open' ORDER BY number DESC LIMIT ?2"
        );
        self.all(&sql, (all, limit), |row| {
            Ok((requisition(row)?, row.get::<_, i64>(8)?.unsigned_abs(), row.get::<_, i64>(9)?.unsigned_abs()))
        })
    }

    /// Sets whether answers are still asked for.
    pub fn close_requisition(&self, number: RequisitionNo, now: Instant) -> Result<()> {
        let closed = RequisitionState::Closed.as_str();
        self.run("UPDATE requisition SET state = ?2, ended_at = ?3 WHERE number = ?1", (number.to_string(), closed, now.timestamp()))?;
        Ok(())
    }

    /// What every unit owes on a requisition, by unit.
    pub fn obligations_of_requisition(&self, number: RequisitionNo) -> Result<Vec<Obligation>> {
        self.all(&format!("SELECT {COLUMNS} FROM obligation WHERE requisition = ?1 ORDER BY unit"), [number.to_string()], obligation)
    }

    /// What one unit owes on a requisition.
    pub fn owed_on_requisition(&self, number: RequisitionNo, unit: &UnitId) -> Result<Option<Obligation>> {
        let sql = format!("SELECT {COLUMNS} FROM obligation WHERE requisition = ?1 AND unit = ?2");
        self.one(&sql, (number.to_string(), unit.as_str()), obligation)
    }

    /// The open requisitions that `unit` has not answered.
    pub fn unanswered_by(&self, unit: &UnitId) -> Result<Vec<Unanswered>> {
        // By the short list of open requisitions, not by all that a unit ever owed.
        let sql = "SELECT o.id, r.number, r.topic, o.due FROM requisition r
                   JOIN obligation o ON o.requisition = r.number AND o.unit = ?1
                   WHERE r.state = 'open' AND o.ended = 0 AND o.filed_at IS NULL ORDER BY o.due, r.number";
        self.all(sql, [unit.as_str()], |row| {
            Ok(Unanswered {
                obligation: row.get(0)?,
                number: word("requisition number", &row.get::<_, String>(1)?)?,
                topic: row.get(2)?,
                due: instant(row.get(3)?)?,
            })
        })
    }
}
