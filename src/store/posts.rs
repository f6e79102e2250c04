//! Notices on their way to webhooks.

use serde::Serialize;

use super::Books;
use super::outbox::DUE;
use super::rows::{Result, instant, instant_opt, json, word};
use crate::domain::ids::NoticeNo;
use crate::domain::notice::NoticeKind;
use crate::domain::rules::Instant;

/// A post taken in hand.
#[derive(Clone, Debug)]
pub struct OutgoingPost {
    /// The store's key.
    pub id: i64,
    /// The notice that it tells of.
    pub notice: NoticeNo,
    /// Attempts, this one included.
    pub attempts: u32,
    /// Attempts of which nobody knows whether they were taken.
    pub indeterminate: u32,
    /// When it was queued.
    pub queued_at: Instant,
}

/// How an attempt at posting ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PostResult {
    /// Taken, with what the other side said.
    Accepted(String),
    /// To be tried again.
    Later {
        /// What went wrong.
        why: String,
        /// When to try again.
        next_try: Instant,
        /// It may have been taken.
        indeterminate: bool,
    },
    /// Given up, and why.
    GivenUp(String),
}

/// A post, for lists.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct PostRow {
    pub notice: NoticeNo,
    pub kind: NoticeKind,
    pub webhook: String,
    pub state: String,
    pub attempts: u32,
    pub indeterminate: u32,
    pub queued_at: Instant,
    pub next_try: Option<Instant>,
    pub reply: Option<String>,
}

/// Letters that are due at ?1 and were never tried, of a kind in ?3, whose notice is not queued for webhook ?2.
const WAITING: &str = "FROM letter l JOIN notice n ON n.number = l.notice
    WHERE l.next_try IS NOT NULL AND l.next_try <= ?1 AND l.state = 'pending' AND l.attempts = 0
      AND n.kind IN (SELECT value FROM json_each(?3)) AND NOT EXISTS (SELECT 1 FROM post p WHERE p.notice = l.notice AND p.webhook = ?2)";

impl Books<'_> {
    /// Queues a notice for a webhook, once.
    pub fn put_post(&self, notice: NoticeNo, webhook: &str, now: Instant) -> Result<()> {
        let sql = "INSERT INTO post (notice, webhook, state, queued_at, next_try) VALUES (?1, ?2, 'pending', ?3, ?3)
                   ON CONFLICT (notice, webhook) DO NOTHING";
        self.run(sql, (notice.to_string(), webhook, now.timestamp()))?;
        Ok(())
    }

    /// Whether `put_posts_for_waiting` would queue one.
    pub fn waiting_lack_post(&self, webhook: &str, kinds: &[NoticeKind], now: Instant) -> Result<bool> {
        let sql = format!("SELECT EXISTS (SELECT 1 {WAITING})");
        Ok(self.count(&sql, (now.timestamp(), webhook, json(&kinds)))? > 0)
    }

    /// Queues the notices of these kinds for a webhook whose letters are due and were never tried. Those that were, had their turn.
    pub fn put_posts_for_waiting(&self, webhook: &str, kinds: &[NoticeKind], now: Instant) -> Result<u64> {
        let sql = format!(
            "INSERT INTO post (notice, webhook, state, queued_at, next_try) SELECT l.notice, ?2, 'pending', ?1, ?1 {WAITING}
             ORDER BY l.id ON CONFLICT (notice, webhook) DO NOTHING"
        );
        Ok(self.run(&sql, (now.timestamp(), webhook, json(&kinds)))? as u64)
    }

    /// Takes the next post for a webhook in hand. From here on, no answer means that we cannot know.
    pub fn claim_post(&self, webhook: &str, now: Instant) -> Result<Option<OutgoingPost>> {
        let sql = format!(
            "UPDATE post SET state = 'posting', attempts = attempts + 1
             WHERE id = (SELECT id FROM post WHERE webhook = ?2 AND {DUE} ORDER BY next_try, id LIMIT 1)
             RETURNING id, notice, attempts, queued_at, indeterminate"
        );
        self.one(&sql, (now.timestamp(), webhook), |row| {
            Ok(OutgoingPost {
                id: row.get(0)?,
                notice: word("notice number", &row.get::<_, String>(1)?)?,
                attempts: row.get(2)?,
                queued_at: instant(row.get(3)?)?,
                indeterminate: row.get(4)?,
            })
        })
    }

    /// Whether `claim_post` would find one.
    pub fn post_is_due(&self, webhook: &str, now: Instant) -> Result<bool> {
        let sql = format!("SELECT EXISTS (SELECT 1 FROM post WHERE webhook = ?2 AND {DUE})");
        Ok(self.count(&sql, (now.timestamp(), webhook))? > 0)
    }

    /// Notes how an attempt ended.
    pub fn posted(&self, id: i64, result: &PostResult) -> Result<()> {
        match result {
            PostResult::Accepted(reply) => {
                self.run("UPDATE post SET state = 'accepted', next_try = NULL, reply = ?2 WHERE id = ?1", (id, reply))?
            }
            PostResult::Later { why, next_try, indeterminate } => {
                let sql = "UPDATE post SET state = 'pending', next_try = ?3, reply = ?2, indeterminate = indeterminate + ?4 WHERE id = ?1";
                self.run(sql, (id, why, next_try.timestamp(), *indeterminate))?
            }
            PostResult::GivenUp(why) => {
                self.run("UPDATE post SET state = 'failed', next_try = NULL, reply = ?2 WHERE id = ?1", (id, why))?
            }
        };
        Ok(())
    }

    /// After a restart: what was being posted may have been taken, and is posted again.
    pub fn take_back_posts(&self, now: Instant) -> Result<u64> {
        let sql = "UPDATE post SET indeterminate = indeterminate + 1, state = 'pending', next_try = ?1
                   WHERE next_try IS NOT NULL AND state = 'posting'";
        Ok(self.run(sql, [now.timestamp()])? as u64)
    }

    /// A person asks that posts that wait or were given up be tried again now. Returns how many.
    pub fn retry_posts(&self, notice: Option<NoticeNo>, now: Instant) -> Result<u64> {
        let sql = "UPDATE post SET state = 'pending', next_try = ?1, queued_at = ?1
                   WHERE state IN ('failed', 'pending') AND attempts > 0 AND (?2 IS NULL OR notice = ?2)";
        Ok(self.run(sql, (now.timestamp(), notice.map(|n| n.to_string())))? as u64)
    }

    /// Posts, newest first; `all` includes those that were accepted.
    pub fn post_rows(&self, all: bool, limit: u32) -> Result<Vec<PostRow>> {
        let sql = "SELECT p.notice, n.kind, p.webhook, p.state, p.attempts, p.indeterminate, p.queued_at, p.next_try, p.reply
                   FROM post p JOIN notice n ON n.number = p.notice WHERE ?1 OR p.state <> 'accepted' ORDER BY p.id DESC LIMIT ?2";
        self.all(sql, (all, limit), |row| {
            Ok(PostRow {
                notice: word("notice number", &row.get::<_, String>(0)?)?,
                kind: word("notice kind", &row.get::<_, String>(1)?)?,
                webhook: row.get(2)?,
                state: row.get(3)?,
                attempts: row.get(4)?,
                indeterminate: row.get(5)?,
                queued_at: instant(row.get(6)?)?,
                next_try: instant_opt(row.get(7)?)?,
                reply: row.get(8)?,
            })
        })
    }
}
