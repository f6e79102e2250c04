//! What checking the senders of messages found.

use super::messages::Waiting;
use super::rows::{Result, from_json, instant, instant_opt, json};
use super::{Books, Delivery};
use crate::domain::authentic::Authentication;
use crate::domain::rules::Instant;

/// A check as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedSender {
    /// When it was made.
    pub at: Instant,
    /// When the first one was made, where the DNS did not answer at once.
    pub first_at: Instant,
    /// How many were made.
    pub attempts: u32,
    /// When the DNS is asked again; `None`: the answer is known.
    pub next_at: Option<Instant>,
    /// What it found.
    pub found: Authentication,
}

impl Books<'_> {
    /// Keeps a check in the place of the one before it.
    pub fn put_authentication(&self, delivery: i64, checked: &CheckedSender) -> Result<()> {
        let sql = "INSERT INTO authentication (delivery_id, at, first_at, attempts, next_at, found) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                   ON CONFLICT (delivery_id) DO UPDATE SET at = ?2, attempts = ?4, next_at = ?5, found = ?6";
        let next_at = checked.next_at.map(|at| at.timestamp());
        let values = (delivery, checked.at.timestamp(), checked.first_at.timestamp(), checked.attempts, next_at, json(&checked.found));
        self.run(sql, values)?;
        Ok(())
    }

    /// What is known of the sender of a message. `None`: he was not checked.
    pub fn authentication(&self, delivery: i64) -> Result<Option<CheckedSender>> {
        let sql = "SELECT at, first_at, attempts, next_at, found FROM authentication WHERE delivery_id = ?1";
        self.one(sql, [delivery], |row| {
            Ok(CheckedSender {
                at: instant(row.get(0)?)?,
                first_at: instant(row.get(1)?)?,
                attempts: row.get(2)?,
                next_at: instant_opt(row.get(3)?)?,
                found: from_json("authentication", &row.get::<_, String>(4)?)?,
            })
        })
    }

    /// Forgets a check, so that it is made again.
    pub fn forget_authentication(&self, delivery: i64) -> Result<()> {
        self.run("DELETE FROM authentication WHERE delivery_id = ?1", [delivery])?;
        Ok(())
    }

    /// Messages in one of `mailboxes` whose senders are to be checked by `now`, those that were never checked first.
    pub fn unchecked(&self, mailboxes: &[String], now: Instant, limit: u32) -> Result<Vec<i64>> {
        let sql = "SELECT d.id FROM delivery d LEFT JOIN authentication a ON a.delivery_id = d.id
                   WHERE d.disposition IS NULL AND d.trusted = 0 AND d.raw_id IS NOT NULL
                     AND d.mailbox IN (SELECT value FROM json_each(?1)) AND (a.delivery_id IS NULL OR a.next_at <= ?2)
                   ORDER BY a.delivery_id IS NOT NULL, d.received_at, d.id LIMIT ?3";
        self.all(sql, (json(&mailboxes), now.timestamp(), limit), |row| Ok(row.get(0)?))
    }

    /// When the DNS is asked again next for a message that waits.
    pub fn next_authentication(&self) -> Result<Option<Instant>> {
        let sql = "SELECT min(a.next_at) FROM authentication a JOIN delivery d ON d.id = a.delivery_id
                   WHERE a.next_at IS NOT NULL AND d.disposition IS NULL";
        Ok(self.one(sql, [], |row| instant_opt(row.get(0)?))?.flatten())
    }

    /// Messages that wait to be filed, oldest first; of those in `asking` mailboxes only the ones whose senders are known.
    pub fn ready(&self, asking: &[String], limit: u32) -> Result<Vec<Waiting>> {
        if asking.is_empty() {
            return self.waiting(limit);
        }
        let sql = "SELECT d.id, d.attempts FROM delivery d
                   WHERE d.disposition IS NULL AND (d.trusted = 1 OR d.raw_id IS NULL OR d.mailbox NOT IN (SELECT value FROM json_each(?1))
                     OR EXISTS (SELECT 1 FROM authentication a WHERE a.delivery_id = d.id AND a.next_at IS NULL))
                   ORDER BY d.received_at, d.id LIMIT ?2";
        self.all(sql, (json(&asking), limit), |row| Ok(Waiting { id: row.get(0)?, attempts: row.get(1)? }))
    }

    /// The delivery of this id, if it still waits.
    pub fn waiting_delivery(&self, id: i64) -> Result<Option<Delivery>> {
        if self.is_waiting(id)? { self.delivery(id) } else { Ok(None) }
    }
}
