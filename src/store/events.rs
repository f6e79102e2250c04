//! Sudden events and the units' parts in them.

use super::Books;
use super::rows::{Result, instant, instant_opt, seconds, text_opt, word, word_opt};
use crate::domain::event::{Event, Involvement};
use crate::domain::ids::{EventNo, UnitId};
use crate::domain::rules::Instant;

const EVENT: &str = "e.number, e.title, e.severity, e.severity_assumed, e.place, e.occurred, e.known_at, e.ruleset, e.state, e.merged_into,
    e.ended_at";
const PART: &str = "i.event, i.unit, i.part, i.told_at, i.learned_at, i.first_at, i.last_at, i.final_at";

fn event(row: &rusqlite::Row<'_>) -> Result<Event> {
    Ok(Event {
        number: word("event number", &row.get::<_, String>(0)?)?,
        title: row.get(1)?,
        severity: word("severity", &row.get::<_, String>(2)?)?,
        severity_assumed: row.get(3)?,
        place: row.get(4)?,
        occurred: instant_opt(row.get(5)?)?,
        known_at: instant(row.get(6)?)?,
        ruleset: row.get(7)?,
        state: word("event state", &row.get::<_, String>(8)?)?,
        merged_into: word_opt("event number", row.get(9)?)?,
        ended_at: instant_opt(row.get(10)?)?,
    })
}

fn involvement(row: &rusqlite::Row<'_>, from: usize) -> Result<Involvement> {
    Ok(Involvement {
        event: word("event number", &row.get::<_, String>(from)?)?,
        unit: UnitId(row.get(from + 1)?),
        part: word("part", &row.get::<_, String>(from + 2)?)?,
        told_at: instant_opt(row.get(from + 3)?)?,
        learned_at: instant_opt(row.get(from + 4)?)?,
        first_at: instant_opt(row.get(from + 5)?)?,
        last_at: instant_opt(row.get(from + 6)?)?,
        final_at: instant_opt(row.get(from + 7)?)?,
    })
}

impl Books<'_> {
    /// The next event number of `year`.
    pub fn next_event_number(&self, year: u16) -> Result<EventNo> {
        Ok(EventNo { year, ordinal: self.next_ordinal(EventNo::LETTER, year)? })
    }

    /// Writes an event, new or changed.
    pub fn save_event(&self, event: &Event) -> Result<()> {
        let sql = "INSERT INTO event (number, title, severity, severity_assumed, place, occurred, known_at, ruleset, state, merged_into, ended_at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (number) DO UPDATE SET title = excluded.title,
                   severity = excluded.severity, severity_assumed = excluded.severity_assumed, place = excluded.place,
                   occurred = excluded.occurred, known_at = excluded.known_at, state = excluded.state, merged_into = excluded.merged_into,
                   ended_at = excluded.ended_at";
        self.run(
            sql,
            (
                event.number.to_string(),
                &event.title,
                event.severity.as_str(),
                event.severity_assumed,
                &event.place,
                seconds(event.occurred),
                event.known_at.timestamp(),
                event.ruleset,
                event.state.as_str(),
                text_opt(event.merged_into),
                seconds(event.ended_at),
            ),
        )?;
        Ok(())
    }

    /// The event of this number.
    pub fn event(&self, number: EventNo) -> Result<Option<Event>> {
        self.one(&format!("SELECT {EVENT} FROM event e WHERE number = ?1"), [number.to_string()], event)
    }

    /// Events in which `unit` has a part and that were not closed before `at`, oldest first: now, those that are open.
    pub fn events_open_at(&self, unit: &UnitId, at: Instant) -> Result<Vec<(Event, Involvement)>> {
        let sql = format!(
            "SELECT {EVENT}, {PART} FROM involvement i JOIN event e ON e.number = i.event
             WHERE i.unit = ?1 AND (e.state = 'open' OR (e.state = 'closed' AND e.ended_at >= ?2)) ORDER BY e.number"
        );
        self.all(&sql, (unit.as_str(), at.timestamp()), |row| Ok((event(row)?, involvement(row, 11)?)))
    }

    /// Writes a unit's part, new or changed.
    pub fn save_involvement(&self, part: &Involvement) -> Result<()> {
        let sql = "INSERT INTO involvement (event, unit, part, told_at, learned_at, first_at, last_at, final_at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (event, unit) DO UPDATE SET part = excluded.part,
                   told_at = excluded.told_at, learned_at = excluded.learned_at, first_at = excluded.first_at,
                   last_at = excluded.last_at, final_at = excluded.final_at";
        self.run(
            sql,
            (
                part.event.to_string(),
                part.unit.as_str(),
                part.part.as_str(),
                seconds(part.told_at),
                seconds(part.learned_at),
                seconds(part.first_at),
                seconds(part.last_at),
                seconds(part.final_at),
            ),
        )?;
        Ok(())
    }

    /// A unit's part in an event.
    pub fn involvement(&self, event: EventNo, unit: &UnitId) -> Result<Option<Involvement>> {
        let sql = format!("SELECT {PART} FROM involvement i WHERE i.event = ?1 AND i.unit = ?2");
        self.one(&sql, (event.to_string(), unit.as_str()), |row| involvement(row, 0))
    }

    /// Every unit's part in an event, by unit.
    pub fn involvements(&self, event: EventNo) -> Result<Vec<Involvement>> {
        let sql = format!("SELECT {PART} FROM involvement i WHERE i.event = ?1 ORDER BY i.unit");
        self.all(&sql, [event.to_string()], |row| involvement(row, 0))
    }
}
