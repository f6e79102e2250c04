//! Messages put aside for the desk.

use super::Books;
use super::rows::{Result, from_json, instant, json, word};
use crate::domain::ids::{QuarantineNo, UnitId};
use crate::domain::notice::QuarantineReason;
use crate::domain::rules::{Instant, words};

/// Whether the desk has decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QuarantineState {
    /// Not yet.
    Waiting,
    /// The desk vouches for it: it was read as authentic.
    Released,
    /// The desk refused it.
    Rejected,
}

words!(QuarantineState, QuarantineState::Waiting => "waiting", QuarantineState::Released => "released", QuarantineState::Rejected => "rejected");

/// One message put aside.
#[derive(Clone, Debug)]
pub struct QuarantineEntry {
    /// Its number.
    pub number: QuarantineNo,
    /// The message.
    pub delivery: i64,
    /// Why.
    pub reason: QuarantineReason,
    /// From as written.
    pub sender: String,
    /// Subject as written.
    pub subject: String,
    /// When it arrived.
    pub arrival: Instant,
    /// The unit whose address it bears.
    pub unit: Option<UnitId>,
    /// Whether the desk has decided.
    pub state: QuarantineState,
}

const COLUMNS: &str = "number, delivery_id, reason, sender, subject, arrival, unit, state";

fn entry(row: &rusqlite::Row<'_>) -> Result<QuarantineEntry> {
    Ok(QuarantineEntry {
        number: word("quarantine number", &row.get::<_, String>(0)?)?,
        delivery: row.get(1)?,
        reason: from_json("quarantine reason", &row.get::<_, String>(2)?)?,
        sender: row.get(3)?,
        subject: row.get(4)?,
        arrival: instant(row.get(5)?)?,
        unit: row.get::<_, Option<String>>(6)?.map(UnitId),
        state: word("quarantine state", &row.get::<_, String>(7)?)?,
    })
}

impl Books<'_> {
    /// Puts a message aside under the next number of `year`.
    pub fn put_quarantine(&self, year: u16, mut entry: QuarantineEntry) -> Result<QuarantineEntry> {
        entry.number = QuarantineNo { year, ordinal: self.next_ordinal(QuarantineNo::LETTER, year)? };
        let sql = "INSERT INTO quarantine (number, delivery_id, reason, sender, subject, arrival, unit, state)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        self.run(
            sql,
            (
                entry.number.to_string(),
                entry.delivery,
                json(&entry.reason),
                &entry.sender,
                &entry.subject,
                entry.arrival.timestamp(),
                entry.unit.as_ref().map(UnitId::as_str),
                entry.state.as_str(),
            ),
        )?;
        Ok(entry)
    }

    /// The entry of this number.
    pub fn quarantine(&self, number: QuarantineNo) -> Result<Option<QuarantineEntry>> {
        self.one(&format!("SELECT {COLUMNS} FROM quarantine WHERE number = ?1"), [number.to_string()], entry)
    }

    /// Entries, newest first; `all` includes those that were decided.
    pub fn quarantine_list(&self, all: bool, limit: u32) -> Result<Vec<QuarantineEntry>> {
        let sql = format!("SELECT {COLUMNS} FROM quarantine WHERE ?1 OR state = 'waiting' ORDER BY number DESC LIMIT ?2");
        self.all(&sql, (all, limit), entry)
    }

    /// When and by whom it was decided.
    pub fn quarantine_decision(&self, number: QuarantineNo) -> Result<Option<(Instant, String)>> {
        let sql = "SELECT decided_at, decided_by FROM quarantine WHERE number = ?1 AND decided_at IS NOT NULL";
        self.one(sql, [number.to_string()], |row| Ok((instant(row.get(0)?)?, row.get::<_, Option<String>>(1)?.unwrap_or_default())))
    }

    /// The oldest message that bears an address of `unit`, arrived after `since`, and waits for the desk.
    pub fn waiting_quarantine(&self, unit: &UnitId, since: Instant) -> Result<Option<QuarantineEntry>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM quarantine WHERE state = 'waiting' AND unit = ?1 AND arrival >= ?2 ORDER BY arrival, number LIMIT 1"
        );
        self.one(&sql, (unit.as_str(), since.timestamp()), entry)
    }

    /// The desk decides. Ladders that waited for it look again at once.
    pub fn decide_quarantine(&self, entry: &QuarantineEntry, state: QuarantineState, by: &str, now: Instant) -> Result<()> {
        let sql = "UPDATE quarantine SET state = ?2, decided_at = ?3, decided_by = ?4 WHERE number = ?1";
        self.run(sql, (entry.number.to_string(), state.as_str(), now.timestamp(), by))?;
        if let Some(unit) = &entry.unit {
            let sql = "UPDATE obligation SET wake_at = min(coalesce(wake_at, ?2), ?2)
                       WHERE unit = ?1 AND due <= ?2 AND ((ended = 0 AND filed_at IS NULL) OR json_extract(climb, '$.untold'))";
            self.run(sql, (unit.as_str(), now.timestamp()))?;
        }
        Ok(())
    }
}
