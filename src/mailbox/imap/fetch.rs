//! Messages out of a folder: sizes first, then bytes, in batches that are asked for before the one before has come.
//!
//! A fetch counts only with the right UID, bytes, and the tagged OK. A message at which the talk broke is suspected: it is
//! fetched last and alone, so that one bad message never holds up the others.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, Utc};

use super::desk::Desk;
use super::fault::Fault;
use super::said::{Message, Said};
use super::session::Session;
use super::uids::{Uids, written};

/// Messages whose sizes are asked for at once.
const SIZES: usize = 1_000;
/// One batch of bodies.
const BATCH_MESSAGES: usize = 100;
const BATCH_BYTES: u64 = 2 << 20;
/// Batches asked for ahead.
const AHEAD: usize = 3;
/// A larger message comes in parts of this size.
pub(super) const PART_BYTES: u32 = 1 << 20;
/// Attempts at a message before the operator hears of it.
const ATTEMPTS: u32 = 3;

/// What is still to be fetched.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    /// Listed, not on record, not handed over.
    pub pending: Uids,
    /// The highest UID that was ever listed.
    pub last: u32,
    /// How often the talk broke, or nothing came, at a message.
    pub suspects: BTreeMap<u32, u32>,
    /// Under which numbering of the folder all this holds.
    validity: u32,
}

impl Backlog {
    /// The folder is open under this numbering: under another one, every number means another message.
    pub fn under(&mut self, validity: u32) {
        if self.validity != validity {
            *self = Backlog { validity, ..Backlog::default() };
        }
    }
}

/// A message of which the server has told size and date.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    uid: u32,
    /// `None`: the server would not say.
    size: Option<u32>,
    received: Option<DateTime<Utc>>,
}

/// What is to be done, in order.
enum Step {
    Batch(Vec<Known>),
    Parts(Known),
    TooLarge(Known),
}

/// A batch that was asked for.
struct Flight {
    tag: String,
    asked: Vec<Known>,
    bodies: BTreeMap<u32, Vec<u8>>,
}

/// What became of a message that was fetched by itself.
enum Single {
    Raw(Vec<u8>),
    TooLarge(u64),
    /// It is no longer there.
    Gone,
    /// It is listed, and its bytes do not come.
    Withheld,
}

/// Fetches everything that is pending and hands it over.
pub(super) async fn drain(session: &mut Session, backlog: &mut Backlog, desk: &Desk) -> Result<(), Fault> {
    let mut late: Vec<Known> = Vec::new();
    loop {
        let chunk = backlog.pending.take(SIZES);
        if chunk.is_empty() {
            break;
        }
        let (doubtful, chunk): (Vec<u32>, Vec<u32>) = chunk.into_iter().partition(|uid| backlog.suspects.contains_key(uid));
        late.extend(doubtful.into_iter().map(|uid| Known { uid, ..Known::default() }));
        let (known, untold) = sizes(session, &chunk).await?;
        late.extend(untold);
        late.extend(fetch_planned(session, backlog, plan(known, desk.limit_bytes), desk).await?);
    }
    late.sort_by_key(|known| (backlog.suspects.get(&known.uid).copied().unwrap_or(0), known.uid));
    let mut withheld = Vec::new();
    for known in late {
        if !fetch_single(session, backlog, known, desk).await? {
            withheld.push(known.uid);
        }
    }
    // Those that did not come stay pending: as long as one is unread, nobody can tell who has reported.
    let Some(uid) = withheld.first().copied() else { return Ok(()) };
    let count = withheld.len();
    backlog.pending.join(Uids::of(withheld));
    Err(Fault::Withheld { uid, count })
}

/// A message did not come, or the talk broke at it. The operator hears of it from some attempt on; who takes the mail sees to it that he hears once.
async fn missed(backlog: &mut Backlog, uid: u32, desk: &Desk) -> Result<(), Fault> {
    let attempts = backlog.suspects.entry(uid).or_default();
    *attempts = attempts.saturating_add(1);
    if *attempts < ATTEMPTS { Ok(()) } else { desk.withheld(uid).await }
}

/// Sizes and dates of these messages; second, those of which nothing was said.
async fn sizes(session: &mut Session, uids: &[u32]) -> Result<(Vec<Known>, Vec<Known>), Fault> {
    if uids.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let mut told: BTreeMap<u32, Known> = BTreeMap::new();
    let mut note = |said: Said| {
        if let Said::Message(Message { uid: Some(uid), size, received, .. }) = said
            && uids.binary_search(&uid).is_ok()
        {
            let known = told.entry(uid).or_default();
            *known = Known { uid, size: size.or(known.size), received: received.or(known.received) };
        }
    };
    let asked = session.run(&format!("UID FETCH {} (UID RFC822.SIZE INTERNALDATE)", written(uids)), &mut note).await;
    match asked {
        Err(fault) if !fault.spares_the_connection() => return Err(fault),
        _ => {}
    }
    let untold = uids.iter().filter(|uid| !told.contains_key(uid)).map(|uid| Known { uid: *uid, ..Known::default() }).collect();
    Ok((told.into_values().collect(), untold))
}

fn plan(known: Vec<Known>, limit_bytes: u64) -> VecDeque<Step> {
    let mut steps = VecDeque::new();
    let (mut batch, mut bytes) = (Vec::new(), 0);
    for each in known {
        match each.size {
            Some(size) if u64::from(size) > limit_bytes => steps.push_back(Step::TooLarge(each)),
            Some(size) if size <= PART_BYTES => {
                if batch.len() == BATCH_MESSAGES || (bytes + u64::from(size) > BATCH_BYTES && !batch.is_empty()) {
                    steps.push_back(Step::Batch(std::mem::take(&mut batch)));
                    bytes = 0;
                }
                bytes += u64::from(size);
                batch.push(each);
            }
            _ => steps.push_back(Step::Parts(each)),
        }
    }
    if !batch.is_empty() {
        steps.push_back(Step::Batch(batch));
    }
    steps
}

/// Goes through the plan; yields the messages that have to be asked for once more.
async fn fetch_planned(session: &mut Session, backlog: &mut Backlog, mut steps: VecDeque<Step>, desk: &Desk) -> Result<Vec<Known>, Fault> {
    let mut late = Vec::new();
    let mut flights: VecDeque<Flight> = VecDeque::new();
    session.wire.allow(2 * PART_BYTES as usize);
    loop {
        while flights.len() < AHEAD
            && let Some(Step::Batch(_)) = steps.front()
        {
            let Some(Step::Batch(asked)) = steps.pop_front() else { break };
            let uids: Vec<u32> = asked.iter().map(|known| known.uid).collect();
            let tag = session.wire.send(&format!("UID FETCH {} (UID BODY.PEEK[])", written(&uids))).await?;
            flights.push_back(Flight { tag, asked, bodies: BTreeMap::new() });
        }
        if !flights.is_empty() {
            desk.progress();
            match land(session, &mut flights).await {
                Ok(Some((flight, counts))) => late.extend(hand_over(flight, counts, desk).await?),
                Ok(None) => {}
                Err(fault) => return Err(suspect(backlog, awaited(&flights), fault, desk).await),
            }
            continue;
        }
        match steps.pop_front() {
            Some(Step::Parts(known)) => late.push(known),
            Some(Step::TooLarge(known)) => desk.give(vec![desk.taken(known.uid, known.received, known.size.map(u64::from), None)]).await?,
            Some(step) => steps.push_front(step),
            None => return Ok(late),
        }
    }
}

/// Reads one response. A batch that is complete is yielded, and whether its fetch counts.
async fn land(session: &mut Session, flights: &mut VecDeque<Flight>) -> Result<Option<(Flight, bool)>, Fault> {
    match session.next().await? {
        Said::Message(Message { uid: Some(uid), body: Some(body), from: 0, .. }) if !body.is_empty() => {
            let asked = |flight: &&mut Flight| flight.asked.iter().any(|known| known.uid == uid);
            if let Some(flight) = flights.iter_mut().find(asked) {
                flight.bodies.insert(uid, body);
            }
            Ok(None)
        }
        Said::Status(status) => {
            let at = flights.iter().position(|flight| status.tag.as_deref() == Some(&flight.tag));
            Ok(at.and_then(|at| flights.remove(at)).map(|flight| (flight, status.word == "OK")))
        }
        _ => Ok(None),
    }
}

async fn hand_over(mut flight: Flight, counts: bool, desk: &Desk) -> Result<Vec<Known>, Fault> {
    if !counts {
        return Ok(flight.asked);
    }
    let mut group = Vec::with_capacity(flight.asked.len());
    let mut missing = Vec::new();
    for known in flight.asked {
        match flight.bodies.remove(&known.uid) {
            Some(raw) => group.push(desk.taken(known.uid, known.received, None, Some(raw))),
            None => missing.push(known),
        }
    }
    desk.give(group).await?;
    Ok(missing)
}

/// The first message that had not come.
fn awaited(flights: &VecDeque<Flight>) -> Option<u32> {
    let mut awaited = flights.iter().flat_map(|flight| flight.asked.iter().filter(|known| !flight.bodies.contains_key(&known.uid)));
    awaited.next().map(|known| known.uid)
}

/// The talk broke while this message was awaited: it is the likeliest cause. A message that breaks every talk is told like one
/// that is withheld.
async fn suspect(backlog: &mut Backlog, uid: Option<u32>, fault: Fault, desk: &Desk) -> Fault {
    // Where the reading was given up, nothing broke.
    let uid = uid.filter(|_| !matches!(fault, Fault::GivenUp));
    match uid {
        Some(uid) => missed(backlog, uid, desk).await.err().unwrap_or(fault),
        None => fault,
    }
}

/// Fetches one message by itself. `false`: it is withheld.
async fn fetch_single(session: &mut Session, backlog: &mut Backlog, mut known: Known, desk: &Desk) -> Result<bool, Fault> {
    if known.size.is_none() {
        let (told, _) = match sizes(session, &[known.uid]).await {
            Ok(told) => told,
            Err(fault) => return Err(suspect(backlog, Some(known.uid), fault, desk).await),
        };
        known = told.first().copied().unwrap_or(known);
    }
    let single = match fetch_parts(session, &known, desk).await {
        Ok(single) => single,
        Err(fault) => return Err(suspect(backlog, Some(known.uid), fault, desk).await),
    };
    let taken = match single {
        Single::Gone => {
            backlog.suspects.remove(&known.uid);
            return Ok(true);
        }
        Single::Withheld => {
            missed(backlog, known.uid, desk).await?;
            return Ok(false);
        }
        Single::Raw(raw) => desk.taken(known.uid, known.received, None, Some(raw)),
        Single::TooLarge(size) => desk.taken(known.uid, known.received, Some(size), None),
    };
    backlog.suspects.remove(&known.uid);
    desk.give(vec![taken]).await?;
    Ok(true)
}

/// The bytes of one message, a megabyte at a time, so that a large one is held once and not several times.
async fn fetch_parts(session: &mut Session, known: &Known, desk: &Desk) -> Result<Single, Fault> {
    let limit_bytes = desk.limit_bytes;
    let claimed = known.size.map_or(0, u64::from);
    if claimed > limit_bytes {
        return Ok(Single::TooLarge(claimed));
    }
    // A server that does not know partial fetching sends all of it at once.
    let whole = if known.size.is_some() { claimed } else { limit_bytes };
    session.wire.allow(usize::try_from(whole).unwrap_or(usize::MAX).max(2 * PART_BYTES as usize));
    let mut raw: Vec<u8> = Vec::with_capacity(usize::try_from(claimed).unwrap_or(0));
    loop {
        let from = u32::try_from(raw.len()).unwrap_or(u32::MAX);
        desk.progress();
        let Some(part) = fetch_part(session, known.uid, from).await? else { return Ok(Single::Gone) };
        let part = match part {
            // More than was asked for from the beginning on: that is all there is.
            Some(part) if part.len() > PART_BYTES as usize && raw.is_empty() => return Ok(whole_one(part, claimed, limit_bytes)),
            Some(part) if part.len() > PART_BYTES as usize => return Err(Fault::TooMuch { bytes: part.len() }),
            Some(part) if !part.is_empty() => part,
            // Past the end, nothing is what there is; and a server may refuse to look there.
            Some(_) if !raw.is_empty() => return Ok(Single::Raw(raw)),
            _ if known.size.is_some() && raw.len() as u64 >= claimed => return Ok(Single::Raw(raw)),
            // A refusal is no end: what came before it is a piece, and no message. Bytes that were claimed are awaited.
            _ => return Ok(Single::Withheld),
        };
        raw.extend_from_slice(&part);
        if raw.len() as u64 > limit_bytes {
            return Ok(Single::TooLarge(claimed.max(raw.len() as u64)));
        }
        if part.len() < PART_BYTES as usize && raw.len() as u64 >= claimed {
            return Ok(Single::Raw(raw));
        }
    }
}

/// What came in one piece. Bytes that were claimed are awaited, as in parts.
fn whole_one(raw: Vec<u8>, claimed: u64, limit_bytes: u64) -> Single {
    match raw.len() as u64 {
        size if size > limit_bytes => Single::TooLarge(size),
        size if size < claimed => Single::Withheld,
        _ => Single::Raw(raw),
    }
}

/// One part. `None`: the message is gone. `Some(None)`: it is there, and the part is not.
async fn fetch_part(session: &mut Session, uid: u32, from: u32) -> Result<Option<Option<Vec<u8>>>, Fault> {
    let (mut there, mut part) = (false, None);
    let mut note = |said: Said| match said {
        Said::Message(message) if message.uid == Some(uid) => {
            there = true;
            // A server that does not know partial fetching sends all of it, without saying from where.
            if message.from == from && message.body.is_some() {
                part = message.body;
            }
        }
        // It may have been this one.
        Said::Other => there = true,
        _ => {}
    };
    let command = format!("UID FETCH {uid} (UID BODY.PEEK[]<{from}.{PART_BYTES}>)");
    match session.run(&command, &mut note).await {
        Err(fault) if fault.spares_the_connection() => Ok(Some(None)),
        Err(fault) => Err(fault),
        Ok(_) => Ok(there.then_some(part)),
    }
}
