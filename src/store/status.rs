//! Counts and lists for people and scripts.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Books;
use super::bounces::FailingAddress;
use super::hold::Hold;
use super::rows::{Result, instant, instant_opt, word, word_opt};
use super::watching::{CanaryRow, HeartbeatRow};
use crate::domain::event::EventState;
use crate::domain::ids::{EventNo, NoticeNo, RequisitionNo, SubmissionNo, UnitId};
use crate::domain::message::Disposition;
use crate::domain::notice::NoticeKind;
use crate::domain::rules::{Instant, Rung, Severity, Stage, Verdict};
use crate::domain::submission::Kind;

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
    /// Addresses at which mail fails.
    pub failing_addresses: Vec<FailingAddress>,
    /// Transports and webhooks that are failing.
    pub failing: Vec<FailingStatus>,
    /// `pending`, `failed`: notices for webhooks.
    pub posts: BTreeMap<&'static str, u64>,
    /// Nothing is sent until somebody says go.
    pub held: Option<Hold>,
    /// The latest mail of the office to itself.
    pub canary: Option<CanaryRow>,
    /// The heartbeat address does not answer.
    pub heartbeat_failing: Option<HeartbeatRow>,
}

/// One transport in `status`, while it is failing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FailingStatus {
    /// Its name in the configuration.
    pub name: String,
    /// Since when.
    pub since: Instant,
    /// What went wrong last.
    pub error: String,
}

/// One line of `event list`.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct EventRow {
    pub number: EventNo,
    pub title: String,
    pub severity: Severity,
    pub place: Option<String>,
    pub occurred: Option<Instant>,
    pub known_at: Instant,
    pub state: EventState,
    pub units: u64,
    pub open: u64,
}

/// Which obligations are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Every one, the latest due first.
    All,
    /// Not filed and not ended, the most urgent first.
    Open,
    /// Of the open ones, those that were due before this moment, the most overdue first.
    Overdue(Instant),
    /// Of the open ones, those that are due at this moment or later, the most urgent first.
    Upcoming(Instant),
    /// Of the open ones, those of which an alert was sent that nobody has acknowledged.
    Unacknowledged,
    /// Every one of this event, by unit.
    Event(EventNo),
    /// Every one of this requisition, by unit.
    Requisition(RequisitionNo),
}

/// One line of `obligation list`.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct ObligationRow {
    pub id: i64,
    pub unit: UnitId,
    pub event: Option<EventNo>,
    pub stage: Option<Stage>,
    pub ordinal: Option<u32>,
    pub duty: Option<String>,
    pub requisition: Option<String>,
    pub due: Instant,
    pub filed: Option<Instant>,
    pub submission: Option<SubmissionNo>,
    pub verdict: Verdict,
    pub rung: Option<Rung>,
    pub acknowledged: bool,
    pub ended: bool,
}

/// One line of `submission list`.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct SubmissionRow {
    pub number: SubmissionNo,
    pub unit: Option<UnitId>,
    pub sender: String,
    pub kind: Kind,
    pub title: String,
    pub arrival: Instant,
    pub event: Option<EventNo>,
    pub withdrawn: bool,
}

/// One line of `outbox list`.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct LetterRow {
    pub notice: NoticeNo,
    pub copy: u32,
    pub kind: NoticeKind,
    pub to: String,
    pub subject: String,
    pub state: String,
    pub attempts: u32,
    pub indeterminate: u32,
    pub queued_at: Instant,
    pub next_try: Option<Instant>,
    pub reply: Option<String>,
}

/// What stands against a unit, and when it was last heard of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct UnitCounts {
    pub open: u64,
    pub overdue: u64,
    pub submissions: u64,
    pub last_arrival: Option<Instant>,
}

const LETTER: &str =
    "l.notice, l.copy, n.kind, l.recipient, l.subject, l.state, l.attempts, l.indeterminate, l.queued_at, l.next_try, l.reply
    FROM letter l JOIN notice n ON n.number = l.notice";

fn letter(row: &rusqlite::Row<'_>) -> Result<LetterRow> {
    Ok(LetterRow {
        notice: word("notice number", &row.get::<_, String>(0)?)?,
        copy: row.get(1)?,
        kind: word("notice kind", &row.get::<_, String>(2)?)?,
        to: row.get(3)?,
        subject: row.get(4)?,
        state: row.get(5)?,
        attempts: row.get(6)?,
        indeterminate: row.get(7)?,
        queued_at: instant(row.get(8)?)?,
        next_try: instant_opt(row.get(9)?)?,
        reply: row.get(10)?,
    })
}

const OPEN: &str = "ended = 0 AND filed_at IS NULL";
const UNACKNOWLEDGED: &str =
    "verdict <> 'open' AND json_extract(climb, '$.rung') IS NOT NULL AND json_extract(climb, '$.acknowledged') = 0";

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
        let open = &format!("SELECT count(*) FROM obligation WHERE {OPEN}");
        let unacknowledged = format!("{open} AND {UNACKNOWLEDGED}");
        // What is in hand has a next try, too.
        let oldest = "SELECT min(queued_at) FROM letter WHERE next_try IS NOT NULL";
        let oldest = self.one(oldest, [], |row| instant_opt(row.get(0)?))?.flatten();
        Ok(StatusReport {
            mailboxes: mailboxes.collect(),
            obligations: BTreeMap::from([("open", self.count(open, [])?), ("overdue", self.count(&format!("{open} AND due < ?1"), [at])?)]),
            unacknowledged: self.count(&unacknowledged, [])?,
            quarantined: self.count("SELECT count(*) FROM quarantine WHERE state = 'waiting'", [])?,
            outbox: BTreeMap::from([
                ("pending", self.count("SELECT count(*) FROM letter WHERE next_try IS NOT NULL", [])?),
                ("failed", self.count("SELECT count(*) FROM letter WHERE state = 'failed'", [])?),
                ("indeterminate", self.count("SELECT count(*) FROM letter WHERE indeterminate > 0", [])?),
            ]),
            oldest_pending_seconds: oldest.map_or(0, |queued| (now - queued).num_seconds()),
            unfiled: self.waiting_count()?,
            held: self.held()?,
            canary: self.canary()?,
            heartbeat_failing: self.heartbeat_failing()?,
            failing: self
                .failing()?
                .into_iter()
                .map(|each| FailingStatus { name: each.transport, since: each.since, error: each.error })
                .collect(),
            posts: BTreeMap::from([
                ("pending", self.count("SELECT count(*) FROM post WHERE next_try IS NOT NULL", [])?),
                ("failed", self.count("SELECT count(*) FROM post WHERE state = 'failed'", [])?),
            ]),
            failing_addresses: self.failing_addresses(now)?,
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
                severity: word("severity", &row.get::<_, String>(2)?)?,
                place: row.get(3)?,
                occurred: instant_opt(row.get(4)?)?,
                known_at: instant(row.get(5)?)?,
                state: word("event state", &row.get::<_, String>(6)?)?,
                units: row.get::<_, i64>(7)?.unsigned_abs(),
                open: row.get::<_, i64>(8)?.unsigned_abs(),
            })
        })
    }

    /// Obligations, of one unit or of all.
    pub fn obligation_rows(&self, which: Which, unit: Option<&UnitId>, limit: u32) -> Result<Vec<ObligationRow>> {
        use rusqlite::types::Value;
        let any = "?2 IS NULL";
        let (condition, order, value) = match which {
            Which::All => (any.to_owned(), "due DESC, id DESC", Value::Null),
            Which::Open => (format!("{OPEN} AND {any}"), "due, id", Value::Null),
            Which::Overdue(now) => (format!("{OPEN} AND due < ?2"), "due, id", now.timestamp().into()),
            Which::Upcoming(now) => (format!("{OPEN} AND due >= ?2"), "due, id", now.timestamp().into()),
            Which::Unacknowledged => (format!("{OPEN} AND {UNACKNOWLEDGED} AND {any}"), "due, id", Value::Null),
            Which::Event(event) => ("event = ?2".to_owned(), "unit, due, id", event.to_string().into()),
            Which::Requisition(number) => ("requisition = ?2".to_owned(), "unit, due, id", number.to_string().into()),
        };
        let sql = format!(
            "SELECT id, unit, event, stage, ordinal, duty, requisition, due, filed_at, submission, verdict, json_extract(climb, '$.rung'),
             json_extract(climb, '$.acknowledged'), ended FROM obligation WHERE (?1 IS NULL OR unit = ?1) AND {condition} ORDER BY {order} LIMIT ?3"
        );
        self.all(&sql, (unit.map(UnitId::as_str), value, limit), |row| {
            Ok(ObligationRow {
                id: row.get(0)?,
                unit: UnitId(row.get(1)?),
                event: word_opt("event number", row.get(2)?)?,
                stage: word_opt("stage", row.get(3)?)?,
                ordinal: row.get(4)?,
                duty: row.get(5)?,
                requisition: row.get(6)?,
                due: instant(row.get(7)?)?,
                filed: instant_opt(row.get(8)?)?,
                submission: word_opt("submission number", row.get(9)?)?,
                verdict: word("verdict", &row.get::<_, String>(10)?)?,
                rung: word_opt("rung", row.get(11)?)?,
                acknowledged: row.get::<_, Option<bool>>(12)?.unwrap_or(false),
                ended: row.get(13)?,
            })
        })
    }

    /// Submissions, newest first.
    pub fn submission_rows(&self, unit: Option<&UnitId>, event: Option<EventNo>, limit: u32) -> Result<Vec<SubmissionRow>> {
        let sql = "SELECT number, unit, sender, kind, title, arrival, event, withdrawn_at IS NOT NULL FROM submission
                   WHERE (?1 IS NULL OR unit = ?1) AND (?2 IS NULL OR event = ?2) ORDER BY arrival DESC, number DESC LIMIT ?3";
        self.all(sql, (unit.map(UnitId::as_str), event.map(|event| event.to_string()), limit), |row| {
            Ok(SubmissionRow {
                number: word("submission number", &row.get::<_, String>(0)?)?,
                unit: row.get::<_, Option<String>>(1)?.map(UnitId),
                sender: row.get(2)?,
                kind: word("kind", &row.get::<_, String>(3)?)?,
                title: row.get(4)?,
                arrival: instant(row.get(5)?)?,
                event: word_opt("event number", row.get(6)?)?,
                withdrawn: row.get(7)?,
            })
        })
    }

    /// Letters, newest first; `all` includes those that were accepted.
    pub fn letter_rows(&self, all: bool, limit: u32) -> Result<Vec<LetterRow>> {
        self.all(&format!("SELECT {LETTER} WHERE ?1 OR l.state <> 'accepted' ORDER BY l.id DESC LIMIT ?2"), (all, limit), letter)
    }

    /// The copies of one notice.
    pub fn letters_of(&self, notice: NoticeNo) -> Result<Vec<LetterRow>> {
        self.all(&format!("SELECT {LETTER} WHERE l.notice = ?1 ORDER BY l.copy"), [notice.to_string()], letter)
    }

    /// What stands against each unit that is on record.
    pub fn unit_counts(&self, now: Instant) -> Result<BTreeMap<UnitId, UnitCounts>> {
        let mut counts: BTreeMap<UnitId, UnitCounts> = BTreeMap::new();
        let sql = format!("SELECT unit, count(*), count(*) FILTER (WHERE due < ?1) FROM obligation WHERE {OPEN} GROUP BY unit");
        for (unit, open, overdue) in
            self.all(&sql, [now.timestamp()], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?)))?
        {
            counts.insert(UnitId(unit), UnitCounts { open: open.unsigned_abs(), overdue: overdue.unsigned_abs(), ..Default::default() });
        }
        let sql = "SELECT unit, count(*), max(arrival) FROM submission WHERE unit IS NOT NULL GROUP BY unit";
        for (unit, submissions, last) in
            self.all(sql, [], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, instant_opt(row.get(2)?)?)))?
        {
            let unit = counts.entry(UnitId(unit)).or_default();
            (unit.submissions, unit.last_arrival) = (submissions.unsigned_abs(), last);
        }
        Ok(counts)
    }
}
