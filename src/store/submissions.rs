//! What was filed.

use super::Books;
use super::rows::{Result, from_json, instant, instant_opt, json, seconds, text_opt, weeks_from, word, word_opt};
use crate::domain::fields::Fields;
use crate::domain::ids::{EventNo, SubmissionNo, UnitId};
use crate::domain::near::{self, COPY_DAYS, NEAR_COPY_DAYS};
use crate::domain::roster::Address;
use crate::domain::rules::Instant;
use crate::domain::submission::{Flag, Kind};

/// A submission to be filed.
#[derive(Clone, Debug)]
pub struct NewSubmission<'a> {
    /// The message.
    pub delivery: i64,
    /// Whose; `None` for correspondence.
    pub unit: Option<&'a UnitId>,
    /// From whom.
    pub sender: &'a Address,
    /// How it was read.
    pub kind: Kind,
    /// Subject without tags.
    pub title: &'a str,
    /// When the office's own system took it.
    pub arrival: Instant,
    /// The sender's own `Date`.
    pub sent_at: Option<Instant>,
    /// What was read out of it.
    pub fields: &'a Fields,
    /// What was doubtful.
    pub flags: &'a [Flag],
    /// The event that it belongs to.
    pub event: Option<EventNo>,
    /// The submission that it corrects.
    pub corrects: Option<SubmissionNo>,
    /// Of the message.
    pub message_id: Option<&'a str>,
    /// Sender, kind, subject, body and attachments.
    pub fingerprint: [u8; 32],
    /// Of a body long enough to tell.
    pub simhash: Option<u64>,
}

/// A submission on file.
#[derive(Clone, Debug)]
pub struct PastSubmission {
    /// Its number.
    pub number: SubmissionNo,
    /// The message.
    pub delivery: i64,
    /// Whose.
    pub unit: Option<UnitId>,
    /// From whom.
    pub sender: Address,
    /// How it was read.
    pub kind: Kind,
    /// Subject without tags.
    pub title: String,
    /// When the office's own system took it.
    pub arrival: Instant,
    /// What was read out of it.
    pub fields: Fields,
    /// What was doubtful.
    pub flags: Vec<Flag>,
    /// The event that it belongs to.
    pub event: Option<EventNo>,
    /// The submission that it corrects.
    pub corrects: Option<SubmissionNo>,
    /// A supervisor withdrew it.
    pub withdrawn_at: Option<Instant>,
}

const COLUMNS: &str = "number, delivery_id, unit, sender, kind, title, arrival, fields, flags, event, corrects, withdrawn_at";

fn past(row: &rusqlite::Row<'_>) -> Result<PastSubmission> {
    let sender: String = row.get(3)?;
    Ok(PastSubmission {
        number: word("submission number", &row.get::<_, String>(0)?)?,
        delivery: row.get(1)?,
        unit: row.get::<_, Option<String>>(2)?.map(UnitId),
        sender: Address::parse(&sender).ok_or(super::StoreError::Unreadable { what: "address", value: sender })?,
        kind: word("kind", &row.get::<_, String>(4)?)?,
        title: row.get(5)?,
        arrival: instant(row.get(6)?)?,
        fields: from_json("fields", &row.get::<_, String>(7)?)?,
        flags: from_json("flags", &row.get::<_, String>(8)?)?,
        event: word_opt("event number", row.get(9)?)?,
        corrects: word_opt("submission number", row.get(10)?)?,
        withdrawn_at: instant_opt(row.get(11)?)?,
    })
}

/// The days around an arrival, in seconds since 1970.
struct Around {
    /// Those of the indexes over which they reach.
    weeks: [i64; 2],
    from: i64,
    until: i64,
}

impl Around {
    /// Less than `DAYS` before and after.
    fn new<const DAYS: i64>(arrival: Instant) -> Around {
        const { assert!(2 * DAYS <= 7, "they may reach over a third week") };
        let [from, until] = [-DAYS, DAYS].map(|days| arrival.timestamp() + days * 86_400);
        Around { weeks: weeks_from(from), from, until }
    }
}

impl Books<'_> {
    /// Files a submission under the next number of `year` (of its arrival, office zone).
    pub fn file_submission(&self, new: &NewSubmission<'_>, year: u16) -> Result<SubmissionNo> {
        let number = SubmissionNo { year, ordinal: self.next_ordinal(SubmissionNo::LETTER, year)? };
        let sql =
            "INSERT INTO submission (number, delivery_id, unit, sender, kind, title, arrival, sent_at, fields, flags, event, corrects,
                   message_id, fingerprint, simhash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
        self.run(
            sql,
            rusqlite::params![
                number.to_string(),
                new.delivery,
                new.unit.map(UnitId::as_str),
                new.sender.as_str(),
                new.kind.as_str(),
                new.title,
                new.arrival.timestamp(),
                seconds(new.sent_at),
                json(new.fields),
                json(&new.flags),
                text_opt(new.event),
                text_opt(new.corrects),
                new.message_id,
                &new.fingerprint[..],
                new.simhash.map(u64::cast_signed),
            ],
        )?;
        Ok(number)
    }

    /// The submission of this number.
    pub fn submission(&self, number: SubmissionNo) -> Result<Option<PastSubmission>> {
        self.one(&format!("SELECT {COLUMNS} FROM submission WHERE number = ?1"), [number.to_string()], past)
    }

    /// The submission that a message became.
    pub fn submission_of_delivery(&self, delivery: i64) -> Result<Option<PastSubmission>> {
        self.one(&format!("SELECT {COLUMNS} FROM submission WHERE delivery_id = ?1"), [delivery], past)
    }

    /// The latest submission with this fingerprint that arrived less than `COPY_DAYS` before or after `arrival`.
    pub fn same_fingerprint(&self, fingerprint: &[u8; 32], arrival: Instant) -> Result<Option<PastSubmission>> {
        let Around { weeks, from, until } = Around::new::<COPY_DAYS>(arrival);
        let sql = format!(
            "SELECT {COLUMNS} FROM submission WHERE arrival / 604800 IN (?1, ?2) AND fingerprint = ?3 AND arrival > ?4 AND arrival < ?5
             ORDER BY arrival DESC, number DESC LIMIT 1"
        );
        self.one(&sql, (weeks[0], weeks[1], &fingerprint[..], from, until), past)
    }

    /// The newest text of another unit that arrived less than `NEAR_COPY_DAYS` before or after `arrival` and whose simhash is near
    /// `simhash`: number and unit.
    pub fn text_elsewhere(&self, unit: &UnitId, arrival: Instant, simhash: u64) -> Result<Option<(SubmissionNo, UnitId)>> {
        let Around { weeks, from, until } = Around::new::<NEAR_COPY_DAYS>(arrival);
        let mut newest: Option<(i64, String, String)> = None;
        // Each week by itself: over both at once, all that a band holds would be sorted before the first of them is looked at.
        for week in weeks.into_iter().rev() {
            for (shift, band) in near::bands(simhash) {
                // The expressions are those of the band's index, letter by letter.
                let of_band = if shift == 0 { "simhash & 65535".to_owned() } else { format!("simhash >> {shift} & 65535") };
                let sql = format!(
                    "SELECT arrival, number, unit, simhash FROM submission
                     WHERE simhash IS NOT NULL AND arrival / 604800 = ?1 AND ({of_band}) = ?2 AND arrival > ?3 AND arrival < ?4
                       AND unit <> ?5 ORDER BY arrival DESC, number DESC"
                );
                let read = |row: &rusqlite::Row<'_>| match near::near(simhash, row.get::<_, i64>(3)?.cast_unsigned()) {
                    true => Ok(Some((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))),
                    false => Ok(None),
                };
                newest = newest.max(self.first(&sql, (week, band, from, until, unit.as_str()), read)?);
            }
            if newest.is_some() {
                break;
            }
        }
        newest.map(|(_, number, unit)| Ok((word("submission number", &number)?, UnitId(unit)))).transpose()
    }

    /// The submission whose message has this Message-ID (without brackets); the latest, since they may be reused.
    pub fn submission_by_message_id(&self, message_id: &str) -> Result<Option<PastSubmission>> {
        let sql = format!("SELECT {COLUMNS} FROM submission WHERE message_id = ?1 ORDER BY arrival DESC, number DESC LIMIT 1");
        self.one(&sql, [message_id], past)
    }

    /// The latest submission of `unit` on `event`.
    pub fn latest_on_event(&self, event: EventNo, unit: &UnitId) -> Result<Option<PastSubmission>> {
        let sql = format!("SELECT {COLUMNS} FROM submission WHERE event = ?1 AND unit = ?2 ORDER BY arrival DESC, number DESC LIMIT 1");
        self.one(&sql, (event.to_string(), unit.as_str()), past)
    }

    /// A supervisor withdraws it; the row stays.
    pub fn withdraw_submission(&self, number: SubmissionNo, at: Instant) -> Result<()> {
        self.run("UPDATE submission SET withdrawn_at = ?2 WHERE number = ?1", (number.to_string(), at.timestamp()))?;
        Ok(())
    }

    /// Moves every submission of one event to another (merge).
    pub fn move_submissions(&self, from: EventNo, into: EventNo) -> Result<()> {
        self.run("UPDATE submission SET event = ?2 WHERE event = ?1", (from.to_string(), into.to_string()))?;
        Ok(())
    }
}
