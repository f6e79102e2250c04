//! Letters on their way: claimed, about to go out, accepted, refused.

use super::Books;
use super::rows::{Result, instant, word};
use crate::domain::ids::NoticeNo;
use crate::domain::notice::NoticeKind;
use crate::domain::roster::Address;
use crate::domain::rules::Instant;

/// A letter taken in hand.
#[derive(Clone, Debug)]
pub struct OutgoingLetter {
    /// The store's key.
    pub id: i64,
    /// The notice that it carries.
    pub notice: NoticeNo,
    /// Its kind.
    pub kind: NoticeKind,
    /// To whom.
    pub recipient: Address,
    /// Its subject, for people.
    pub subject: String,
    /// Sorts by time.
    pub file_name: String,
    /// The complete message.
    pub bytes: Vec<u8>,
    /// Attempts, this one included.
    pub attempts: u32,
    /// When it was queued.
    pub queued_at: Instant,
}

/// How an attempt at sending ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendResult {
    /// 2xx, or written to the folder.
    Accepted {
        /// What the other side said.
        reply: String,
    },
    /// To be tried again.
    Later {
        /// What went wrong.
        why: String,
        /// When to try again.
        next_try: Instant,
        /// The final dot went out and no answer came.
        indeterminate: bool,
    },
    /// Refused for good.
    Refused {
        /// What the other side said.
        why: String,
    },
}

const COLUMNS: &str = "l.id, l.notice, n.kind, l.recipient, l.subject, l.file_name, l.bytes, l.attempts, l.queued_at";

fn letter(row: &rusqlite::Row<'_>) -> Result<OutgoingLetter> {
    let recipient: String = row.get(3)?;
    Ok(OutgoingLetter {
        id: row.get(0)?,
        notice: word("notice number", &row.get::<_, String>(1)?)?,
        kind: word("notice kind", &row.get::<_, String>(2)?)?,
        recipient: Address::parse(&recipient).ok_or(super::StoreError::Unreadable { what: "address", value: recipient })?,
        subject: row.get(4)?,
        file_name: row.get(5)?,
        bytes: row.get(6)?,
        attempts: row.get(7)?,
        queued_at: instant(row.get(8)?)?,
    })
}

/// The one letter of which this is so.
pub(super) fn letter_by(books: &Books<'_>, condition: &'static str, value: impl rusqlite::ToSql) -> Result<Option<OutgoingLetter>> {
    let sql = format!("SELECT {COLUMNS} FROM letter l JOIN notice n ON n.number = l.notice WHERE {condition}");
    books.one(&sql, [value], letter)
}

impl Books<'_> {
    /// Takes the letters in hand that are due by `now`, oldest first. One bad letter never holds up another.
    pub fn claim_letters(&self, now: Instant, limit: u32) -> Result<Vec<OutgoingLetter>> {
        // No pause is as long as two hours: a try that lies further ahead was set before the clock went back.
        let sql = "SELECT id FROM letter WHERE next_try IS NOT NULL AND (next_try <= ?1 OR next_try > ?1 + 7200) AND state = 'pending'
                   ORDER BY next_try, id LIMIT ?2";
        let ids = self.all(sql, (now.timestamp(), limit), |row| Ok(row.get::<_, i64>(0)?))?;
        let mut claimed = Vec::with_capacity(ids.len());
        for id in ids {
            self.run("UPDATE letter SET state = 'claimed', attempts = attempts + 1 WHERE id = ?1", [id])?;
            claimed.extend(letter_by(self, "l.id = ?1", id)?);
        }
        Ok(claimed)
    }

    /// Whether `claim_letters` would find one.
    pub fn letter_is_due(&self, now: Instant) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM letter WHERE next_try IS NOT NULL AND (next_try <= ?1 OR next_try > ?1 + 7200) AND state = 'pending')";
        Ok(self.count(sql, [now.timestamp()])? > 0)
    }

    /// When the next letter is due.
    pub fn next_letter_at(&self) -> Result<Option<Instant>> {
        let sql = "SELECT min(next_try) FROM letter WHERE next_try IS NOT NULL";
        Ok(self.one(sql, [], |row| super::rows::instant_opt(row.get(0)?))?.flatten())
    }

    /// The final dot is about to go out: from here on, no answer means that we cannot know.
    pub fn mark_dot_pending(&self, id: i64) -> Result<()> {
        self.run("UPDATE letter SET state = 'dot-pending' WHERE id = ?1", [id])?;
        Ok(())
    }

    /// Notes how an attempt ended.
    pub fn letter_sent(&self, id: i64, transport: &str, result: &SendResult) -> Result<()> {
        match result {
            SendResult::Accepted { reply } => {
                let sql = "UPDATE letter SET state = 'accepted', next_try = NULL, transport = ?2, reply = ?3 WHERE id = ?1";
                self.run(sql, (id, transport, reply))?
            }
            SendResult::Later { why, next_try, indeterminate } => {
                let sql = "UPDATE letter SET state = 'pending', next_try = ?4, transport = ?2, reply = ?3,
                           indeterminate = indeterminate + ?5 WHERE id = ?1";
                self.run(sql, (id, transport, why, next_try.timestamp(), *indeterminate))?
            }
            SendResult::Refused { why } => {
                let sql = "UPDATE letter SET state = 'failed', next_try = NULL, transport = ?2, reply = ?3 WHERE id = ?1";
                self.run(sql, (id, transport, why))?
            }
        };
        Ok(())
    }

    /// After a restart: what was in hand goes out again; what was past its final dot counts as indeterminate.
    pub fn take_back_letters(&self, now: Instant) -> Result<u64> {
        let sql = "UPDATE letter SET indeterminate = indeterminate + (state = 'dot-pending'), state = 'pending', next_try = ?1
                   WHERE state IN ('claimed', 'dot-pending')";
        Ok(self.run(sql, [now.timestamp()])? as u64)
    }

    /// A person asks that a letter (or all that failed) be tried again now. Returns how many.
    pub fn retry_letters(&self, notice: Option<NoticeNo>, now: Instant) -> Result<u64> {
        let sql = "UPDATE letter SET state = 'pending', next_try = ?1, complained = 0
                   WHERE state IN ('failed', 'pending') AND attempts > 0 AND (?2 IS NULL OR notice = ?2)";
        Ok(self.run(sql, (now.timestamp(), notice.map(|n| n.to_string())))? as u64)
    }

    /// Letters that failed for good, or have been tried for longer than `patience` allows, of which the operators have not heard.
    pub fn letters_to_complain_of(&self, queued_before: Instant) -> Result<Vec<(OutgoingLetter, String, bool)>> {
        let sql = format!(
            "SELECT {COLUMNS}, coalesce(l.reply, ''), l.state = 'failed' FROM letter l JOIN notice n ON n.number = l.notice
             WHERE l.complained = 0 AND l.state <> 'accepted' AND (n.kind <> 'undeliverable' OR l.state = 'failed')
               AND (l.state = 'failed' OR (l.next_try IS NOT NULL AND l.attempts > 0 AND l.queued_at <= ?1)) ORDER BY l.id LIMIT 100"
        );
        self.all(&sql, [queued_before.timestamp()], |row| Ok((letter(row)?, row.get(9)?, row.get(10)?)))
    }

    /// The operators have heard of it.
    pub fn mark_complained(&self, id: i64) -> Result<()> {
        self.run("UPDATE letter SET complained = 1 WHERE id = ?1", [id])?;
        Ok(())
    }
}
