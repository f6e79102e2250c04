//! The rules, with the moment from which they hold.

use super::rows::{Result, from_json, instant_opt, json, seconds};
use super::{Books, StoreError};
use crate::domain::rules::{Instant, Rules};

impl Books<'_> {
    /// Puts `rules` in force from `now` on if they differ from those in force; the first ones hold for all time before.
    /// Returns whether they were new.
    pub fn put_rules_in_force(&self, rules: &Rules, now: Instant) -> Result<bool> {
        let text = json(rules);
        let last = self.one("SELECT rules FROM ruleset ORDER BY id DESC LIMIT 1", [], |row| Ok(row.get::<_, String>(0)?))?;
        if last.as_deref() == Some(&text) {
            return Ok(false);
        }
        let from = last.map(|_| now);
        self.insert("INSERT INTO ruleset (from_at, rules) VALUES (?1, ?2)", (seconds(from), text))?;
        Ok(true)
    }

    /// Every rule set, oldest first, with the moment from which it holds (`None`: since ever).
    pub fn rulesets(&self) -> Result<Vec<(i64, Option<Instant>, Rules)>> {
        self.all("SELECT id, from_at, rules FROM ruleset ORDER BY id", [], |row| {
            Ok((row.get(0)?, instant_opt(row.get(1)?)?, from_json("rule set", &row.get::<_, String>(2)?)?))
        })
    }

    /// The rules in force at `at`: the last that began at or before it, else the first.
    pub fn ruleset_at(&self, at: Instant) -> Result<i64> {
        let sql = "SELECT id FROM ruleset WHERE from_at IS NULL OR from_at <= ?1 ORDER BY id DESC LIMIT 1";
        self.one(sql, [at.timestamp()], |row| Ok(row.get(0)?))?
            .ok_or(StoreError::Unreadable { what: "rule set", value: "none in force".into() })
    }

    /// When this store began; set once.
    pub fn begun_at(&self, now: Instant) -> Result<Instant> {
        if let Some(text) = self.meta("begun")? {
            return text.parse().map_err(|_| StoreError::Unreadable { what: "moment", value: text });
        }
        self.set_meta("begun", &now.to_rfc3339())?;
        Ok(now)
    }
}
