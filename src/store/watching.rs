//! How the office's own work is watched: the canary that is out, a heartbeat that fails, and figures that cost little.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Books;
use super::rows::{Result, from_json, instant_opt, json};
use crate::domain::ids::NoticeNo;
use crate::domain::rules::Instant;

/// Keys in `meta`.
const CANARY: &str = "canary";
const HEARTBEAT: &str = "heartbeat_failing";

/// How it stands with a canary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CanaryState {
    /// On its way.
    Out,
    /// It came back; after its time, where the operators have been told of it.
    Back,
    /// It did not come back in time, and the operators have been told.
    Missing,
    /// Nobody waits for it any more: sending was held meanwhile.
    Dropped,
}

/// The latest canary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CanaryRow {
    /// The time of the schedule for which it went out.
    pub due: Instant,
    /// Its notice.
    pub number: NoticeNo,
    /// When it was queued.
    pub sent: Instant,
    /// By when it must be back.
    pub back_by: Instant,
    /// How it stands with it.
    pub state: CanaryState,
    /// When one was last filed on its return, this or an earlier one.
    pub last_back: Option<Instant>,
    /// How long that one took from queue to filing, in seconds.
    pub last_took_seconds: Option<i64>,
    /// Since when none has come back in its time, though another may be out by now.
    #[serde(default)]
    pub missing_since: Option<Instant>,
}

/// A heartbeat address that does not answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeartbeatRow {
    /// Since its first failure.
    pub since: Instant,
    /// What went wrong last.
    pub error: String,
}

/// Figures for a monitor: each is found without going through what has been dealt with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gauges {
    /// Messages ever put on record.
    pub messages: u64,
    /// Numbers issued, by their letter: `S` submissions, `E` events, `N` notices, `Q` quarantined messages.
    pub issued: BTreeMap<String, u64>,
    /// Messages on record that are not filed yet.
    pub unfiled: u64,
    /// Messages that wait for the desk.
    pub quarantined: u64,
    /// Obligations of which a breach stands and that are neither filed nor ended.
    pub breached: u64,
    /// Letters that wait.
    pub pending: u64,
    /// Letters that were given up.
    pub failed: u64,
    /// When the oldest letter that waits was queued.
    pub oldest_pending: Option<Instant>,
    /// When a letter, one in hand among them, was first to be tried; in the past where nobody got round to it.
    pub next_try: Option<Instant>,
    /// Notices for webhooks that wait.
    pub posts: u64,
    /// Addresses at which mail fails.
    pub failing_addresses: u64,
}

impl Books<'_> {
    /// The latest canary; `None`: none has gone out yet.
    pub fn canary(&self) -> Result<Option<CanaryRow>> {
        self.meta(CANARY)?.map(|text| from_json("canary", &text)).transpose()
    }

    /// Puts it on record, in the transaction of what happened to it.
    pub fn put_canary(&self, row: &CanaryRow) -> Result<()> {
        self.set_meta(CANARY, &json(row))
    }

    /// Since when the heartbeat address has not answered; `None`: it answers, or is not asked.
    pub fn heartbeat_failing(&self) -> Result<Option<HeartbeatRow>> {
        self.meta(HEARTBEAT)?.map(|text| from_json("heartbeat", &text)).transpose()
    }

    /// Notes that it does not answer, or that it does again.
    pub fn put_heartbeat(&self, failing: Option<&HeartbeatRow>) -> Result<()> {
        match failing {
            Some(row) => self.set_meta(HEARTBEAT, &json(row)),
            None => self.clear_meta(HEARTBEAT),
        }
    }

    /// Figures for a monitor.
    pub fn gauges(&self) -> Result<Gauges> {
        let moment = |sql: &str| self.one(sql, [], |row| instant_opt(row.get(0)?)).map(Option::flatten);
        let issued = self.all("SELECT kind, sum(last) FROM counter GROUP BY kind", [], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?.unsigned_abs()))
        })?;
        Ok(Gauges {
            // Rows of deliveries are never taken away.
            messages: self.count("SELECT coalesce(max(id), 0) FROM delivery", [])?,
            issued: issued.into_iter().collect(),
            unfiled: self.waiting_count()?,
            quarantined: self.count("SELECT count(*) FROM quarantine WHERE state = 'waiting'", [])?,
            breached: self.count(
                "SELECT count(*) FROM obligation WHERE ended = 0 AND filed_at IS NULL AND verdict IN ('late', 'omitted', 'unreported')",
                [],
            )?,
            pending: self.count("SELECT count(*) FROM letter WHERE next_try IS NOT NULL", [])?,
            failed: self.count("SELECT count(*) FROM letter WHERE state = 'failed'", [])?,
            oldest_pending: moment("SELECT min(queued_at) FROM letter WHERE next_try IS NOT NULL")?,
            next_try: moment("SELECT min(next_try) FROM letter WHERE next_try IS NOT NULL")?,
            posts: self.count("SELECT count(*) FROM post WHERE next_try IS NOT NULL", [])?,
            failing_addresses: self.count("SELECT count(*) FROM failing_address", [])?,
        })
    }
}
