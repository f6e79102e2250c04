//! The weekly digest and the monthly circular: when each is due, for which period, to whom.
//!
//! One of each is awaited at any time, in a row of its own; the row is the memory of where they stand, so that a missed
//! period is caught up in its turn, and one that went out never goes out again. What they say is gathered in `week` and
//! `circular`.
//!
//! Source: rules.md, "Digest (weekly) and circular (monthly)".

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use serde_json::json;

use super::enforce::{self, Enforced};
use super::say::{AGAIN, Occasion, apart, say};
use super::week::{self, Stalled};
use super::{Setup, StepError, World, circular};
use crate::domain::ids::{NoticeNo, UnitId};
use crate::domain::notice::{Capacity, Content, Headers, Notice, NoticeKind, Recipient};
use crate::domain::period::Period;
use crate::domain::roster::Supervisor;
use crate::domain::rules::{Instant, span};
use crate::domain::schedule::{Cron, local_day, start_of_day};
use crate::store::{Books, CommitPoint, OccasionRow, OccasionState};

/// What comes out later than this, in seconds, is marked: it was missed. A reading that is awaited takes less.
const MISSED_AFTER: i64 = 900;

/// What goes out on a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Regular {
    /// Of a week.
    Digest,
    /// Of a month.
    Circular,
}

impl Regular {
    /// Both, in the order in which they go out at one moment.
    pub const ALL: [Regular; 2] = [Regular::Digest, Regular::Circular];

    /// As the store and the notices call it.
    pub fn what(self) -> &'static str {
        match self {
            Regular::Digest => NoticeKind::Digest.as_str(),
            Regular::Circular => NoticeKind::Circular.as_str(),
        }
    }

    /// The week or month that runs on `day`.
    pub fn running(self, day: NaiveDate) -> Period {
        match self {
            Regular::Digest => Period::week_of(day),
            Regular::Circular => Period::month_of(day),
        }
    }

    /// The last one that ended before `day`.
    pub fn ended(self, day: NaiveDate) -> Period {
        let first = self.running(day).first();
        self.running(first.checked_sub_days(Days::new(1)).unwrap_or(first))
    }

    fn cron(self, setup: &Setup) -> &str {
        match self {
            Regular::Digest => &setup.reckoning.digest_cron,
            Regular::Circular => &setup.reckoning.circular_cron,
        }
    }
}

/// Brings what is awaited in step with the configuration; a new store awaits the digest of the week that runs.
pub fn sync(books: &Books<'_>, setup: &Setup, now: Instant) -> Result<(), StepError> {
    for regular in Regular::ALL {
        let awaited = books.awaited(regular.what())?;
        let last = books.last_occasion(regular.what())?;
        let earliest = match (&last, &awaited) {
            (Some(last), _) => regular.running(last.period.end()),
            (None, Some(awaited)) => awaited.period,
            (None, None) => regular.running(local_day(now, setup.zone)),
        };
        let next = next(setup, regular, earliest, last.map(|last| last.due));
        let as_it_was = |next: &OccasionRow| awaited.as_ref().is_some_and(|row| (row.period, row.due) == (next.period, next.due));
        if !next.as_ref().is_some_and(as_it_was) {
            books.drop_awaited(regular.what())?;
            next.map_or(Ok(()), |next| books.put_occasion(&next, &()))?;
        }
    }
    Ok(())
}

/// The first due time after that of the one before, and after the end of `earliest`; it is about the period that ended last by then.
fn next(setup: &Setup, regular: Regular, earliest: Period, before: Option<Instant>) -> Option<OccasionRow> {
    let cron = Cron::parse(regular.cron(setup)).ok()?;
    let ended = start_of_day(earliest.end(), setup.zone) - span(1);
    let due = cron.next_after(before.map_or(ended, |before| before.max(ended)), setup.zone)?;
    let period = regular.ended(local_day(due, setup.zone));
    Some(OccasionRow { what: regular.what().into(), period, due, state: OccasionState::Awaited, at: due })
}

/// When the next is due.
pub fn next_due(books: &Books<'_>) -> Result<Option<Instant>, StepError> {
    Ok(books.next_awaited_at()?)
}

/// Sends what is due by `now`, the oldest first, each in a transaction of its own. Before that everything that had arrived by
/// its due time must have been read, filed and judged (`judged`), unless intake stands still: then it says so first.
pub fn step(world: &World, judged: bool, now: Instant) -> Result<Enforced, StepError> {
    let setup = &*world.setup;
    let mut done = Enforced { worked: circulars_put_off(world, now)?, awaits_reading: false };
    loop {
        let (row, unread) = match world.store.read(|books| due(books, setup, judged, now))? {
            Due::Nothing => return Ok(done),
            Due::AwaitsReading => return Ok(Enforced { awaits_reading: true, ..done }),
            Due::Now(row, unread) => (row, unread),
        };
        world.store.write(CommitPoint::Digest, |books| {
            let dealt = apart(books, format_args!("{} of {}", row.what, row.period), || deal(books, setup, &row, &unread, now))?;
            if dealt.is_none() {
                books.put_occasion(&OccasionRow { at: now + span(AGAIN), ..row.clone() }, &())?;
            }
            Ok::<_, StepError>(())
        })?;
        done.worked = true;
    }
}

enum Due {
    Nothing,
    AwaitsReading,
    /// With the mailboxes that could not be read up to its due time.
    Now(OccasionRow, Vec<Stalled>),
}

fn due(books: &Books<'_>, setup: &Setup, judged: bool, now: Instant) -> Result<Due, StepError> {
    if books.next_awaited_at()?.is_none_or(|at| at > now) {
        return Ok(Due::Nothing);
    }
    let mut first: Option<OccasionRow> = None;
    for regular in Regular::ALL {
        let row = books.awaited(regular.what())?.filter(|row| row.at <= now);
        first = match (first, row) {
            (Some(first), Some(row)) if row.due < first.due => Some(row),
            (first, row) => first.or(row),
        };
    }
    let Some(row) = first else { return Ok(Due::Nothing) };
    let mark = books.watermark(&setup.mailbox_names(), &setup.names_by_header())?;
    if judged && mark.is_some_and(|mark| mark >= row.due) {
        return Ok(Due::Now(row, Vec::new()));
    }
    match enforce::stalled_since(books)? {
        None => Ok(Due::AwaitsReading),
        Some(_) => {
            let unread = week::unread(books, setup, row.due)?;
            Ok(Due::Now(row, unread))
        }
    }
}

fn deal(books: &Books<'_>, setup: &Setup, row: &OccasionRow, unread: &[Stalled], now: Instant) -> Result<(), StepError> {
    let regular = if row.what == Regular::Digest.what() { Regular::Digest } else { Regular::Circular };
    let late = ((now - row.due).num_seconds() > MISSED_AFTER).then_some(row.due);
    let (state, sent) = match regular {
        Regular::Digest => (OccasionState::Done, send_digests(books, setup, row, late, unread, now)?),
        Regular::Circular if setup.reckoning.outlets.is_empty() => (OccasionState::Passed, Vec::new()),
        Regular::Circular => match send_circulars(books, setup, row, late, now)? {
            Some(sent) => (OccasionState::Done, sent),
            None => (OccasionState::PutOff, Vec::new()),
        },
    };
    books.put_occasion(&OccasionRow { state, at: now, ..row.clone() }, &sent)?;
    next(setup, regular, regular.running(row.period.end()), Some(row.due)).map_or(Ok(()), |next| books.put_occasion(&next, &()))?;
    Ok(())
}

fn send_digests(
    books: &Books<'_>,
    setup: &Setup,
    row: &OccasionRow,
    caught_up: Option<Instant>,
    unread: &[Stalled],
    now: Instant,
) -> Result<Vec<NoticeNo>, StepError> {
    let readers = readers(setup);
    if readers.is_empty() {
        return Ok(Vec::new());
    }
    let facts = week::gather(books, setup, row.period, unread, now)?;
    let mut sent = Vec::new();
    for (units, recipients) in readers {
        let content = Content::Digest(facts.digest(setup, units.as_ref(), caught_up));
        sent.push(send(books, setup, NoticeKind::Digest, content, recipients, row, now)?);
    }
    Ok(sent)
}

/// `None`: the table of adoptions does not reach into the month yet.
fn send_circulars(
    books: &Books<'_>,
    setup: &Setup,
    row: &OccasionRow,
    put_off: Option<Instant>,
    now: Instant,
) -> Result<Option<Vec<NoticeNo>>, StepError> {
    let Some(facts) = circular::gather(books, setup, row.period)? else { return Ok(None) };
    let mut sent = Vec::new();
    for (units, recipients) in readers(setup) {
        let content = Content::Circular(facts.circular(units.as_ref(), put_off));
        sent.push(send(books, setup, NoticeKind::Circular, content, recipients, row, now)?);
    }
    Ok(Some(sent))
}

/// Circulars that waited for their table, and have it now.
fn circulars_put_off(world: &World, now: Instant) -> Result<bool, StepError> {
    let setup = &*world.setup;
    let ready = |books: &Books<'_>| -> Result<Vec<OccasionRow>, StepError> {
        let mut ready = Vec::new();
        for row in books.put_off(Regular::Circular.what())? {
            if circular::table_has_come(books, row.period)? {
                ready.push(row);
            }
        }
        Ok(ready)
    };
    let mut worked = false;
    for row in world.store.read(ready)? {
        let sent = world.store.write(CommitPoint::Digest, |books| {
            apart(books, format_args!("{} of {}", row.what, row.period), || {
                let Some(sent) = send_circulars(books, setup, &row, Some(row.due), now)? else { return Ok(false) };
                books.put_occasion(&OccasionRow { state: OccasionState::Done, at: now, ..row.clone() }, &sent)?;
                Ok(true)
            })
        })?;
        worked |= sent.unwrap_or(false);
    }
    Ok(worked)
}

fn send(
    books: &Books<'_>,
    setup: &Setup,
    kind: NoticeKind,
    content: Content,
    recipients: Vec<Recipient>,
    row: &OccasionRow,
    now: Instant,
) -> Result<NoticeNo, StepError> {
    let about = Headers { period: Some(row.period.to_string()), ..Default::default() };
    let notice = Notice { kind, recipients, content, about, answers: None, follows: None };
    let why = json!({ "period": row.period, "due": row.due });
    say(books, setup, notice, &Occasion { why, ..Default::default() }, now)
}

/// Whose units, and who reads of them; `None`: of all units.
type Readers = Vec<(Option<BTreeSet<UnitId>>, Vec<Recipient>)>;

/// Everybody who wants the digest, once; those who answer for the same units get the same notice.
fn readers(setup: &Setup) -> Readers {
    let mut people: Vec<(&Supervisor, Option<BTreeSet<UnitId>>)> = Vec::new();
    for supervisor in setup.roster.supervisors.iter().filter(|supervisor| supervisor.digest) {
        let units = supervisor.units.as_ref().map(|units| units.iter().cloned().collect::<BTreeSet<_>>());
        match people.iter_mut().find(|(known, _)| known.address == supervisor.address) {
            // The same person on two lines answers for the units of both.
            Some((_, known)) => *known = known.take().zip(units).map(|(known, units)| &known | &units),
            None => people.push((supervisor, units)),
        }
    }
    let mut readers: Readers = Vec::new();
    for (supervisor, units) in people {
        let recipient = Recipient { address: supervisor.address.clone(), name: supervisor.name.clone(), capacity: Capacity::Supervisor };
        match readers.iter_mut().find(|(known, _)| *known == units) {
            Some((_, recipients)) => recipients.push(recipient),
            None => readers.push((units, vec![recipient])),
        }
    }
    readers
}
