//! Letters on their way: claimed, about to go out, accepted, refused.

use super::Books;
use super::rows::{Result, instant, instant_opt, word};
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
    /// Attempts, this one included. No attempt of any run has the same number: what an earlier one still does cannot be taken for it.
    pub attempts: u32,
    /// Attempts of which nobody knows whether the letter arrived.
    pub indeterminate: u32,
    /// When it was queued.
    pub queued_at: Instant,
    /// It must arrive, and goes before others.
    pub urgent: bool,
    /// After this it is of no use: the due time of which it reminds.
    pub deadline: Option<Instant>,
}

/// A letter of which the operators are to hear.
#[derive(Clone, Debug)]
pub struct BadLetter {
    /// The letter.
    pub letter: OutgoingLetter,
    /// What went wrong last; empty where it was never tried.
    pub error: String,
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

const COLUMNS: &str = "l.id, l.notice, n.kind, l.recipient, l.subject, l.file_name, l.bytes, l.attempts, l.queued_at, l.indeterminate,
    l.urgent, CASE n.kind WHEN 'reminder' THEN unixepoch(json_extract(n.content, '$.due')) END";

/// Letters, or posts, that are due at ?1. No pause is as long as two hours: a try that lies further ahead was set before the clock
/// went back.
/// Nothing is due while sending is held.
pub(super) const DUE: &str = "next_try IS NOT NULL AND (next_try <= ?1 OR next_try > ?1 + 7200) AND state = 'pending'
    AND NOT EXISTS (SELECT 1 FROM meta WHERE key = 'held')";

/// Letters that have waited since before ?1 if they must arrive, since before ?2 if not, and of which the operators have not heard.
const WAITING_LONG: &str = "FROM letter l JOIN notice n ON n.number = l.notice
    WHERE l.complained = 0 AND l.next_try IS NOT NULL AND n.kind <> 'undeliverable' AND l.queued_at <= max(?1, ?2)
      AND l.queued_at <= iif(l.urgent, ?1, ?2) AND (l.attempts > 0 OR EXISTS (SELECT 1 FROM failing))";

/// Copies of a letter that may have arrived already, after which no more is sent: a receipt or a digest goes out once more, what
/// must arrive some times more. Byte-identical copies are shown once by many mail readers, but not by all.
const UNSURE_AT_MOST: (u32, u32) = (2, 6);

/// Why no more copies are sent.
const UNSURE: &str = "it was sent several times, and no attempt was answered: it may well have arrived. Last of all: ";

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
        indeterminate: row.get(9)?,
        urgent: row.get(10)?,
        deadline: instant_opt(row.get(11)?)?,
    })
}

fn bad(row: &rusqlite::Row<'_>) -> Result<BadLetter> {
    Ok(BadLetter { letter: letter(row)?, error: row.get(12)? })
}

/// The one letter of which this is so.
pub(super) fn letter_by(books: &Books<'_>, condition: &'static str, value: impl rusqlite::ToSql) -> Result<Option<OutgoingLetter>> {
    let sql = format!("SELECT {COLUMNS} FROM letter l JOIN notice n ON n.number = l.notice WHERE {condition}");
    books.one(&sql, [value], letter)
}

impl Books<'_> {
    /// Takes the letters in hand that are due by `now`, what must arrive first, then the oldest. One bad letter never holds up another.
    pub fn claim_letters(&self, now: Instant, limit: u32) -> Result<Vec<OutgoingLetter>> {
        let due = |urgent: &str, limit: u32| {
            let sql = format!("SELECT id FROM letter WHERE {DUE} {urgent} ORDER BY next_try, id LIMIT ?2");
            self.all(&sql, (now.timestamp(), limit), |row| Ok(row.get::<_, i64>(0)?))
        };
        let mut ids = due("AND urgent = 1", limit)?;
        let left = limit.saturating_sub(u32::try_from(ids.len()).unwrap_or(limit));
        if left > 0 {
            ids.extend(due("AND urgent = 0", left)?);
        }
        let mut claimed = Vec::with_capacity(ids.len());
        for id in ids {
            self.run("UPDATE letter SET state = 'claimed', attempts = attempts + 1 WHERE id = ?1", [id])?;
            claimed.extend(letter_by(self, "l.id = ?1", id)?);
        }
        Ok(claimed)
    }

    /// Whether `claim_letters` would find one.
    pub fn letter_is_due(&self, now: Instant) -> Result<bool> {
        Ok(self.count(&format!("SELECT EXISTS (SELECT 1 FROM letter WHERE {DUE})"), [now.timestamp()])? > 0)
    }

    /// When the next letter is due; `None`: none waits, or sending is held.
    pub fn next_letter_at(&self) -> Result<Option<Instant>> {
        let sql = "SELECT min(next_try) FROM letter WHERE next_try IS NOT NULL AND NOT EXISTS (SELECT 1 FROM meta WHERE key = 'held')";
        Ok(self.one(sql, [], |row| instant_opt(row.get(0)?))?.flatten())
    }

    /// The final dot is about to go out: from here on, no answer means that we cannot know. `false`: this attempt is not the letter's
    /// present one, and must not go on.
    pub fn mark_dot_pending(&self, letter: &OutgoingLetter) -> Result<bool> {
        let sql = "UPDATE letter SET state = 'dot-pending' WHERE id = ?1 AND attempts = ?2 AND state IN ('claimed', 'dot-pending')";
        Ok(self.run(sql, (letter.id, letter.attempts))? > 0)
    }

    /// Notes how an attempt ended.
    pub fn letter_sent(&self, letter: &OutgoingLetter, transport: &str, result: &SendResult) -> Result<()> {
        let (id, attempt) = (letter.id, letter.attempts);
        let (others, urgent) = UNSURE_AT_MOST;
        match result {
            SendResult::Accepted { reply } => {
                let sql =
                    "UPDATE letter SET state = 'accepted', next_try = NULL, transport = ?3, reply = ?4 WHERE id = ?1 AND attempts = ?2";
                self.run(sql, (id, attempt, transport, reply))?
            }
            SendResult::Later { why, indeterminate: true, .. }
                if letter.indeterminate + 1 >= if letter.urgent { urgent } else { others } =>
            {
                let sql = "UPDATE letter SET state = 'failed', next_try = NULL, complained = 0, transport = ?3, reply = ?4,
                           indeterminate = indeterminate + 1 WHERE id = ?1 AND attempts = ?2";
                self.run(sql, (id, attempt, transport, format!("{UNSURE}{why}")))?
            }
            SendResult::Later { why, next_try, indeterminate } => {
                let sql = "UPDATE letter SET state = 'pending', next_try = ?5, transport = ?3, reply = ?4,
                           indeterminate = indeterminate + ?6 WHERE id = ?1 AND attempts = ?2";
                self.run(sql, (id, attempt, transport, why, next_try.timestamp(), *indeterminate))?
            }
            SendResult::Refused { why } => {
                let sql = "UPDATE letter SET state = 'failed', next_try = NULL, complained = 0, transport = ?3, reply = ?4
                           WHERE id = ?1 AND attempts = ?2";
                self.run(sql, (id, attempt, transport, why))?
            }
        };
        Ok(())
    }

    /// After a restart: what was in hand goes out again; what was past its final dot counts as indeterminate.
    pub fn take_back_letters(&self, now: Instant) -> Result<u64> {
        // That it has a next try says nothing more of a letter in hand, but there is an index of those.
        let sql = "UPDATE letter SET indeterminate = indeterminate + (state = 'dot-pending'), state = 'pending', next_try = ?1
                   WHERE next_try IS NOT NULL AND state IN ('claimed', 'dot-pending')";
        let taken = self.run(sql, [now.timestamp()])?;
        let sql =
            "UPDATE letter SET state = 'failed', next_try = NULL, complained = 0, reply = ?3 || 'the daemon ended before the answer came'
                   WHERE state = 'pending' AND next_try = ?4 AND indeterminate >= iif(urgent, ?2, ?1)";
        let (others, urgent) = UNSURE_AT_MOST;
        self.run(sql, (others, urgent, UNSURE, now.timestamp()))?;
        Ok(taken as u64)
    }

    /// A person asks that a letter (or all that failed) be tried again now, byte for byte as it was written, and for as long as a new
    /// one. Returns how many.
    pub fn retry_letters(&self, notice: Option<NoticeNo>, now: Instant) -> Result<u64> {
        // What is asked for now is tried now, whatever rests.
        self.run("UPDATE failing SET rests_until = ?1", [now.timestamp()])?;
        let sql = "UPDATE letter SET state = 'pending', next_try = ?1, queued_at = ?1, complained = 0
                   WHERE state IN ('failed', 'pending') AND attempts > 0 AND (?2 IS NULL OR notice = ?2)";
        Ok(self.run(sql, (now.timestamp(), notice.map(|n| n.to_string())))? as u64)
    }

    /// Whether there may be something of which the operators are to hear: a quick look, for a step that is taken at every turn.
    pub fn may_be_complained_of(&self, queued_before: Instant) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM letter WHERE complained = 0 AND state = 'failed')
                   OR EXISTS (SELECT 1 FROM letter WHERE complained = 0 AND next_try IS NOT NULL AND queued_at <= ?1)
                   OR EXISTS (SELECT 1 FROM failing)";
        Ok(self.count(sql, [queued_before.timestamp()])? > 0)
    }

    /// Letters that were given up, of which the operators have not heard, oldest first.
    pub fn letters_given_up(&self) -> Result<Vec<BadLetter>> {
        let sql = format!(
            "SELECT {COLUMNS}, coalesce(l.reply, '') FROM letter l JOIN notice n ON n.number = l.notice
             WHERE l.complained = 0 AND l.state = 'failed' ORDER BY l.id LIMIT 100"
        );
        self.all(&sql, [], bad)
    }

    /// The letter that has waited longest since before `urgent_before` or `others_before`, what must arrive first, and how many have.
    /// None of them has been complained of. What nobody has tried yet counts only while a transport is failing.
    pub fn letters_waiting_long(&self, urgent_before: Instant, others_before: Instant) -> Result<Option<(BadLetter, u64)>> {
        let before = (urgent_before.timestamp(), others_before.timestamp());
        let sql = format!("SELECT {COLUMNS}, coalesce(l.reply, '') {WAITING_LONG} ORDER BY l.urgent DESC, l.queued_at, l.id LIMIT 1");
        let Some(first) = self.one(&sql, before, bad)? else { return Ok(None) };
        Ok(Some((first, self.count(&format!("SELECT count(*) {WAITING_LONG}"), before)?)))
    }

    /// The operators have heard that letters wait so long: those that `letters_waiting_long` told of.
    pub fn mark_waiting_complained(&self, urgent_before: Instant, others_before: Instant) -> Result<()> {
        let sql = format!("UPDATE letter SET complained = 1 WHERE id IN (SELECT l.id {WAITING_LONG})");
        self.run(&sql, (urgent_before.timestamp(), others_before.timestamp()))?;
        Ok(())
    }

    /// The operators have heard of it.
    pub fn mark_complained(&self, id: i64) -> Result<()> {
        self.run("UPDATE letter SET complained = 1 WHERE id = ?1", [id])?;
        Ok(())
    }
}
