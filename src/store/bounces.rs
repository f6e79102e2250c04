//! What other servers said about letters of ours, and the addresses at which mail fails.

use serde::Serialize;

use super::Books;
use super::outbox::{OutgoingLetter, letter_by};
use super::rows::{Result, instant, word};
use crate::domain::ids::NoticeNo;
use crate::domain::report::Fate;
use crate::domain::roster::Address;
use crate::domain::rules::{Instant, words};

/// How a report was matched to a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KnownBy {
    /// It came to the letter's own envelope sender.
    ReturnPath,
    /// It returned the letter's Message-ID, and named its recipient.
    MessageId,
    /// The relay refused the letter itself.
    Refusal,
}

words!(KnownBy, KnownBy::ReturnPath => "return-path", KnownBy::MessageId => "message-id", KnownBy::Refusal => "refusal");

/// A report about a letter, to be put on record.
#[derive(Clone, Debug)]
pub struct NewBounce<'a> {
    /// The letter.
    pub letter: i64,
    /// The report's own delivery; `None` for a refusal.
    pub delivery: Option<i64>,
    /// When we learned of it.
    pub at: Instant,
    /// What became of the letter.
    pub fate: Fate,
    /// `5.1.1`, or an SMTP code.
    pub status: Option<&'a str>,
    /// What the other server said.
    pub said: &'a str,
    /// How it was matched.
    pub known_by: KnownBy,
}

/// A report on record.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)] // as in `NewBounce`
pub struct BounceRow {
    pub copy: u32,
    pub to: String,
    pub at: Instant,
    pub fate: Fate,
    pub status: Option<String>,
    pub said: String,
    pub known_by: KnownBy,
}

/// An address at which mail fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FailingAddress {
    /// The address.
    pub address: String,
    /// The first failure.
    pub since: Instant,
    /// The last one.
    pub last: Instant,
    /// How many letters failed.
    pub times: u32,
    /// The notice that failed last.
    pub notice: NoticeNo,
    /// What the other server said then.
    pub said: String,
}

/// A bounce may come a day after a relay took the letter; until then its taking says nothing.
const SILENT_FOR: i64 = 86_400;

impl Books<'_> {
    /// Puts a report on record. `false`: the same was known of this letter, as it was queued last.
    pub fn put_bounce(&self, new: &NewBounce<'_>) -> Result<bool> {
        // A letter that a person sends again may come back again.
        let known = "SELECT count(*) FROM bounce b JOIN letter l ON l.id = b.letter
                     WHERE b.letter = ?1 AND b.fate = ?2 AND b.at > l.queued_at";
        if self.count(known, (new.letter, new.fate.as_str()))? > 0 && new.known_by != KnownBy::Refusal {
            return Ok(false);
        }
        let sql = "INSERT INTO bounce (letter, delivery_id, at, fate, status, said, known_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let (fate, by) = (new.fate.as_str(), new.known_by.as_str());
        self.insert(sql, (new.letter, new.delivery, new.at.timestamp(), fate, new.status, new.said, by))?;
        Ok(true)
    }

    /// What was said about the copies of a notice, oldest first.
    pub fn bounces_of(&self, notice: NoticeNo) -> Result<Vec<BounceRow>> {
        let sql = "SELECT l.copy, l.recipient, b.at, b.fate, b.status, b.said, b.known_by FROM letter l JOIN bounce b ON b.letter = l.id
                   WHERE l.notice = ?1 ORDER BY b.at, b.id";
        self.all(sql, [notice.to_string()], |row| {
            Ok(BounceRow {
                copy: row.get(0)?,
                to: row.get(1)?,
                at: instant(row.get(2)?)?,
                fate: word("fate", &row.get::<_, String>(3)?)?,
                status: row.get(4)?,
                said: row.get(5)?,
                known_by: word("way of knowing", &row.get::<_, String>(6)?)?,
            })
        })
    }

    /// The letter with this key.
    pub fn letter(&self, id: i64) -> Result<Option<OutgoingLetter>> {
        letter_by(self, "l.id = ?1", id)
    }

    /// The letter with this Message-ID, without brackets.
    pub fn letter_by_message_id(&self, message_id: &str) -> Result<Option<OutgoingLetter>> {
        letter_by(self, "l.message_id = ?1", message_id)
    }

    /// The notice of which one copy has this Message-ID, without brackets.
    pub fn number_by_message_id(&self, message_id: &str) -> Result<Option<NoticeNo>> {
        self.one("SELECT notice FROM letter WHERE message_id = ?1", [message_id], |row| word("notice number", &row.get::<_, String>(0)?))
    }

    /// Whether a letter was given up, or came back.
    pub fn letter_has_failed(&self, id: i64) -> Result<bool> {
        Ok(self.count("SELECT count(*) FROM letter WHERE id = ?1 AND state = 'failed'", [id])? > 0)
    }

    /// Whether the operators have heard of a letter's trouble.
    pub fn letter_is_complained_of(&self, id: i64) -> Result<bool> {
        Ok(self.count("SELECT count(*) FROM letter WHERE id = ?1 AND complained = 1", [id])? > 0)
    }

    /// A letter that had been taken came back.
    pub fn letter_came_back(&self, id: i64, said: &str) -> Result<()> {
        self.run("UPDATE letter SET state = 'failed', next_try = NULL, reply = ?2 WHERE id = ?1", (id, said))?;
        Ok(())
    }

    /// Notes that mail to the letter's recipient fails; `bounced`: it had been taken, and came back.
    pub fn mark_failing(&self, letter: &OutgoingLetter, said: &str, bounced: bool, now: Instant) -> Result<()> {
        let sql = "INSERT INTO failing_address (address, since, last_at, times, letter, said, bounced) VALUES (?1, ?2, ?2, 1, ?3, ?4, ?5)
                   ON CONFLICT (address) DO UPDATE SET times = times + 1, last_at = ?2, letter = ?3, said = ?4, bounced = ?5, taken_at = NULL";
        self.run(sql, (letter.recipient.as_str(), now.timestamp(), letter.id, said, bounced))?;
        Ok(())
    }

    /// A relay took a letter to this address.
    pub fn address_took(&self, address: &Address, now: Instant) -> Result<()> {
        self.run("DELETE FROM failing_address WHERE address = ?1 AND bounced = 0", [address.as_str()])?;
        let sql = "DELETE FROM failing_address WHERE address = ?1 AND taken_at < ?2";
        self.run(sql, (address.as_str(), now.timestamp() - SILENT_FOR))?;
        let sql = "UPDATE failing_address SET taken_at = coalesce(taken_at, ?2) WHERE address = ?1";
        self.run(sql, (address.as_str(), now.timestamp()))?;
        Ok(())
    }

    /// Another server says that a letter arrived at this address.
    pub fn address_received(&self, address: &Address) -> Result<()> {
        self.run("DELETE FROM failing_address WHERE address = ?1", [address.as_str()])?;
        Ok(())
    }

    /// Forgets the marks of addresses that nobody has any more.
    pub fn keep_failing(&self, is_kept: impl Fn(&str) -> bool) -> Result<()> {
        for address in self.all("SELECT address FROM failing_address ORDER BY address", [], |row| Ok(row.get::<_, String>(0)?))? {
            if !is_kept(&address) {
                self.run("DELETE FROM failing_address WHERE address = ?1", [address])?;
            }
        }
        Ok(())
    }

    /// The addresses at which mail fails, the latest first.
    pub fn failing_addresses(&self, now: Instant) -> Result<Vec<FailingAddress>> {
        let sql = "SELECT f.address, f.since, f.last_at, f.times, l.notice, f.said FROM failing_address f JOIN letter l ON l.id = f.letter
                   WHERE f.taken_at IS NULL OR f.taken_at >= ?1 ORDER BY f.last_at DESC, f.address";
        self.all(sql, [now.timestamp() - SILENT_FOR], |row| {
            Ok(FailingAddress {
                address: row.get(0)?,
                since: instant(row.get(1)?)?,
                last: instant(row.get(2)?)?,
                times: row.get(3)?,
                notice: word("notice number", &row.get::<_, String>(4)?)?,
                said: row.get(5)?,
            })
        })
    }
}
