//! Counts and lists for people and scripts.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Books;
use super::rows::{Result, instant, instant_opt, word};
use crate::domain::ids::{EventNo, UnitId};
use crate::domain::message::Disposition;
use crate::domain::rules::Instant;

/// The counts of `replay --json` that come from the store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Messages seen.
    pub messages: u64,
    /// By disposition.
    pub dispositions: BTreeMap<Disposition, u64>,
    /// Sudden events.
    pub events: u64,
    /// Obligations by verdict.
    pub obligations: BTreeMap<String, u64>,
    /// Notices by kind.
    pub notices: BTreeMap<String, u64>,
}

/// One mailbox in `status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MailboxStatus {
    /// Its name in the configuration.
    pub name: String,
    /// Start of the last reading that succeeded.
    pub last_read: Option<Instant>,
    /// Seconds since then.
    pub lag_seconds: Option<i64>,
    /// It cannot be read, or never was.
    pub stalled: bool,
    /// What went wrong.
    pub error: Option<String>,
}

/// `status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatusReport {
    /// Every mailbox.
    pub mailboxes: Vec<MailboxStatus>,
    /// `open`, `overdue`.
    pub obligations: BTreeMap<&'static str, u64>,
    /// Alerts that nobody has acknowledged and that are still unfiled.
    pub unacknowledged: u64,
    /// Messages that wait for the desk.
    pub quarantined: u64,
    /// `pending`, `failed`, `indeterminate`.
    pub outbox: BTreeMap<&'static str, u64>,
    /// Age of the oldest letter that waits.
    pub oldest_pending_seconds: i64,
    /// Messages seen and not yet filed.
    pub unfiled: u64,
}

/// One line of `event list`.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct EventRow {
    pub number: EventNo,
    pub title: String,
    pub severity: String,
    pub place: Option<String>,
    pub occurred: Option<Instant>,
    pub known_at: Instant,
    pub state: String,
    pub units: u64,
    pub open: u64,
}

/// One line of `obligation list`.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct ObligationRow {
    pub id: i64,
    pub unit: UnitId,
    pub event: Option<String>,
    pub stage: Option<String>,
    pub duty: Option<String>,
    pub due: Instant,
    pub filed: Option<Instant>,
    pub verdict: String,
    pub ended: bool,
}

/// One line of `submission list`.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct SubmissionRow {
    pub number: String,
    pub unit: Option<String>,
    pub kind: String,
    pub title: String,
    pub arrival: Instant,
    pub event: Option<String>,
}

/// One line of `outbox list`.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct LetterRow {
    pub notice: String,
    pub kind: String,
    pub to: String,
    pub subject: String,
    pub state: String,
    pub attempts: u32,
    pub indeterminate: u32,
    pub queued_at: Instant,
    pub next_try: Option<Instant>,
    pub reply: Option<String>,
}

impl Books<'_> {
    /// What a replay sums up.
    pub fn summary(&self) -> Result<Summary> {
        let counted = |sql: &str| self.all(sql, [], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?.unsigned_abs())));
        let mut dispositions = BTreeMap::new();
        for (text, count) in counted("SELECT disposition, count(*) FROM delivery WHERE disposition IS NOT NULL GROUP BY 1")? {
            dispositions.insert(word("disposition", &text)?, count);
        }
        Ok(Summary {
            messages: self.count("SELECT count(*) FROM delivery", [])?,
            dispositions,
            events: self.count("SELECT count(*) FROM event", [])?,
            obligations: counted("SELECT verdict, count(*) FROM obligation GROUP BY 1")?.into_iter().collect(),
            notices: counted("SELECT kind, count(*) FROM notice GROUP BY 1")?.into_iter().collect(),
        })
    }

    /// What stands open now, for the mailboxes of the configuration.
    pub fn status(&self, mailboxes: &[String], now: Instant) -> Result<StatusReport> {
        let states = self.mailbox_states()?;
        let mailboxes = mailboxes.iter().map(|name| {
            let state = states.iter().find(|(known, ..)| known == name);
            let last_read = state.and_then(|(_, at, _)| *at);
            let error = state.and_then(|(.., error)| error.clone());
            MailboxStatus {
                name: name.clone(),
                last_read,
                lag_seconds: last_read.map(|at| (now - at).num_seconds()),
                stalled: error.is_some() || last_read.is_none(),
                error,
            }
        });
        let at = now.timestamp();
        let open = "SELECT count(*) FROM obligation WHERE ended = 0 AND filed_at IS NULL";
        let unacknowledged = "SELECT count(*) FROM obligation WHERE ended = 0 AND filed_at IS NULL AND verdict <> 'open'
            AND json_extract(climb, '$.rung') IS NOT NULL AND json_extract(climb, '$.acknowledged') = 0";
        let oldest = "SELECT min(queued_at) FROM letter WHERE next_try IS NOT NULL OR state IN ('claimed', 'dot-pending')";
        let oldest = self.one(oldest, [], |row| instant_opt(row.get(0)?))?.flatten();
        Ok(StatusReport {
            mailboxes: mailboxes.collect(),
            obligations: BTreeMap::from([("open", self.count(open, [])?), ("overdue", self.count(&format!("{open} AND due < ?1"), [at])?)]),
            unacknowledged: self.count(unacknowledged, [])?,
            quarantined: self.count("SELECT count(*) FROM quarantine WHERE state = 'waiting'", [])?,
            outbox: BTreeMap::from([
                ("pending", self.count("SELECT count(*) FROM letter WHERE state IN ('pending', 'claimed', 'dot-pending')", [])?),
                ("failed", self.count("SELECT count(*) FROM letter WHERE state = 'failed'", [])?),
                ("indeterminate", self.count("SELECT count(*) FROM letter WHERE indeterminate > 0", [])?),
            ]),
            oldest_pending_seconds: oldest.map_or(0, |queued| (now - queued).num_seconds()),
            unfiled: self.waiting_count()?,
        })
    }

    /// Events, newest first.
    pub fn event_rows(&self, all: bool, limit: u32) -> Result<Vec<EventRow>> {
        let sql = "SELECT number, title, severity, place, occurred, known_at, state,
                   (SELECT count(*) FROM involvement i WHERE i.event = e.number),
                   (SELECT count(*) FROM obligation o WHERE o.event = e.number AND o.ended = 0 AND o.filed_at IS NULL)
                   FROM event e WHERE ?1 OR state = 'open' ORDER BY number DESC LIMIT ?2";
        self.all(sql, (all, limit), |row| {
            Ok(EventRow {
                number: word("event number", &row.get::<_, String>(0)?)?,
                title: row.get(1)?,
                severity: row.get(2)?,
                place: row.get(3)?,
                occurred: instant_opt(row.get(4)?)?,
                known_at: instant(row.get(5)?)?,
                state: row.get(6)?,
                units: row.get::<_, i64>(7)?.unsigned_abs(),
                open: row.get::<_, i64>(8)?.unsigned_abs(),
            })
        })
    }

    /// Obligations, the most urgent first; `all` includes those that have ended.
    pub fn obligation_rows(&self, all: bool, unit: Option<&str>, limit: u32) -> Result<Vec<ObligationRow>> {
        let sql = "SELECT id, unit, event, stage, duty, due, filed_at, verdict, ended FROM obligation
                   WHERE (?1 OR (ended = 0 AND filed_at IS NULL)) AND (?2 IS NULL OR unit = ?2) ORDER BY due, id LIMIT ?3";
        self.all(sql, (all, unit, limit), |row| {
            Ok(ObligationRow {
                id: row.get(0)?,
                unit: UnitId(row.get(1)?),
                event: row.get(2)?,
                stage: row.get(3)?,
                duty: row.get(4)?,
                due: instant(row.get(5)?)?,
                filed: instant_opt(row.get(6)?)?,
                verdict: row.get(7)?,
                ended: row.get(8)?,
            })
        })
    }

    /// Submissions, newest first.
    pub fn submission_rows(&self, unit: Option<&str>, limit: u32) -> Result<Vec<SubmissionRow>> {
        let sql = "SELECT number, unit, kind, title, arrival, event FROM submission WHERE ?1 IS NULL OR unit = ?1
                   ORDER BY arrival DESC, number DESC LIMIT ?2";
        self.all(sql, (unit, limit), |row| {
            Ok(SubmissionRow {
                number: row.get(0)?,
                unit: row.get(1)?,
                kind: row.get(2)?,
                title: row.get(3)?,
                arrival: instant(row.get(4)?)?,
                event: row.get(5)?,
            })
        })
    }

    /// Letters, newest first; `all` includes those that were accepted.
    pub fn letter_rows(&self, all: bool, limit: u32) -> Result<Vec<LetterRow>> {
        let sql = "SELECT l.notice, n.kind, l.recipient, l.subject, l.state, l.attempts, l.indeterminate, l.queued_at, l.next_try, l.reply
                   FROM letter l JOIN notice n ON n.number = l.notice WHERE ?1 OR l.state <> 'accepted' ORDER BY l.id DESC LIMIT ?2";
        self.all(sql, (all, limit), |row| {
            Ok(LetterRow {
                notice: row.get(0)?,
                kind: row.get(1)?,
                to: row.get(2)?,
                subject: row.get(3)?,
                state: row.get(4)?,
                attempts: row.get(5)?,
                indeterminate: row.get(6)?,
                queued_at: instant(row.get(7)?)?,
                next_try: instant_opt(row.get(8)?)?,
                reply: row.get(9)?,
            })
        })
    }
}
