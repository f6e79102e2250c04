//! Is all well? What is wrong, in words; nothing, where all is.

use std::path::Path;

use crate::config::{Config, TransportKind};
use crate::domain::rules::{Instant, span};
use crate::store::{Books, Failing, Gauges, Hold, MailboxState, StatusReport, StoreError};

/// A mailbox not read for so many of its own periods, and so many seconds more, stands still.
const PERIODS: i64 = 3;
const GRACE: i64 = 60;

/// Letters that nobody got round to for so long are stuck, and so are all while every transport has been failing for so long.
const STUCK_SECONDS: i64 = 900;

/// With less room than this, soon nothing can be put on record: 100 MB.
const LEAST_ROOM_BYTES: u64 = 100 << 20;

/// What something is wrong with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum What {
    Step,
    Mailbox,
    Outbox,
    Held,
    Disk,
    Store,
}

impl What {
    /// All of them.
    pub(super) const ALL: [What; 6] = [What::Step, What::Mailbox, What::Outbox, What::Held, What::Disk, What::Store];

    /// Its name for monitors.
    pub(super) fn word(self) -> &'static str {
        match self {
            What::Step => "step",
            What::Mailbox => "mailbox",
            What::Outbox => "outbox",
            What::Held => "held",
            What::Disk => "disk",
            What::Store => "store",
        }
    }
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(super) struct Trouble {
    /// With what.
    pub what: What,
    /// In a sentence, in English, like the log.
    pub said: String,
}

impl Trouble {
    pub(super) fn new(what: What, said: String) -> Trouble {
        Trouble { what, said }
    }
}

/// What the store says about health.
pub(super) struct Facts {
    pub mailboxes: Vec<MailboxState>,
    pub gauges: Gauges,
    pub failing: Vec<Failing>,
    pub held: Option<Hold>,
}

impl Facts {
    pub(super) fn of(books: &Books<'_>) -> Result<Facts, StoreError> {
        Ok(Facts { mailboxes: books.mailbox_states()?, gauges: books.gauges()?, failing: books.failing()?, held: books.held()? })
    }
}

/// Whether a mailbox that is polled so often, and was last read at `last_read`, stands still.
pub(super) fn stands_still(last_read: Option<Instant>, poll_seconds: i64, now: Instant) -> bool {
    last_read.is_none_or(|at| (now - at).num_seconds() > PERIODS * poll_seconds + GRACE)
}

/// What is wrong by what the store says.
pub(super) fn troubles(facts: &Facts, config: &Config, now: Instant) -> Vec<Trouble> {
    let mut found = Vec::new();
    for mailbox in &config.mailboxes {
        let name = &mailbox.name;
        let state = facts.mailboxes.iter().find(|(known, ..)| known == name);
        let (last_read, error) = state.map_or((None, None), |(_, at, error)| (*at, error.as_deref()));
        if stands_still(last_read, mailbox.poll_seconds, now) {
            let read = last_read.map_or_else(|| "never".to_owned(), |at| format!("last {} s ago", (now - at).num_seconds()));
            let error = error.map(|error| format!(": {error}")).unwrap_or_default();
            found.push(Trouble::new(What::Mailbox, format!("the mailbox “{name}” was read {read}{error}")));
        }
    }
    if let Some(hold) = &facts.held {
        let since = hold.since.format("%FT%TZ");
        found.push(Trouble::new(What::Held, format!("sending has been held since {since}; zhibao outbox release lets it go")));
    }
    found.extend(stuck(facts, config, now));
    found
}

fn stuck(facts: &Facts, config: &Config, now: Instant) -> Option<Trouble> {
    if facts.held.is_some() {
        return None;
    }
    let long_ago = now - span(STUCK_SECONDS);
    if facts.gauges.next_try.is_some_and(|at| at < long_ago) {
        return Some(Trouble::new(What::Outbox, format!("letters wait that should have been tried more than {STUCK_SECONDS} s ago")));
    }
    let carriers = carriers(config);
    let failing = |name: &&str| facts.failing.iter().find(|each| each.transport == **name && each.since < long_ago);
    let all = carriers.iter().all(|name| failing(name).is_some());
    let last = carriers.last().and_then(failing).filter(|_| all)?;
    Some(Trouble::new(What::Outbox, format!("no transport works, the last of them since {}: {}", last.since.format("%FT%TZ"), last.error)))
}

/// The transports that carry mail.
pub(super) fn carriers(config: &Config) -> Vec<&str> {
    let carries = config.transports.iter().filter(|transport| !matches!(transport.kind, TransportKind::Webhook(_)));
    carries.map(|transport| transport.name.as_str()).collect()
}

/// Bytes that are free to us where `path` lies; `None`: nobody can say.
pub(super) fn room(path: &Path) -> Option<u64> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// What is wrong with a disk that has so much room.
pub(super) fn crowded(room: Option<u64>, path: &Path) -> Option<Trouble> {
    let room = room?;
    let folder = path.parent().unwrap_or(path).display();
    let said = || format!("{} MB are free where the store lies ({folder}), less than {} MB", room >> 20, LEAST_ROOM_BYTES >> 20);
    (room < LEAST_ROOM_BYTES).then(|| Trouble::new(What::Disk, said()))
}

/// `status` for this configuration: what has left it fails nobody, and a mailbox that nobody reads stands still whether or not an error
/// says why.
///
/// # Errors
/// The store cannot be read.
pub fn status_report(books: &Books<'_>, config: &Config, now: Instant) -> Result<StatusReport, StoreError> {
    let names: Vec<String> = config.mailboxes.iter().map(|mailbox| mailbox.name.clone()).collect();
    let mut report = books.status(&names, now)?;
    report.failing.retain(|each| config.transports.iter().any(|transport| transport.name == each.name));
    for (status, mailbox) in report.mailboxes.iter_mut().zip(&config.mailboxes) {
        status.stalled |= stands_still(status.last_read, mailbox.poll_seconds, now);
    }
    report.canary = report.canary.filter(|_| config.watching.canary.is_some());
    report.heartbeat_failing = report.heartbeat_failing.filter(|_| config.watching.heartbeat.is_some());
    Ok(report)
}
