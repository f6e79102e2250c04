//! Silence: at nine in the morning, on the days on which a unit may have become silent, its stretch without mail is judged.
//!
//! The next look is awaited in a row of the store, so that a missed day is caught up. Mail moves it nearer only where its unit could be
//! silent before it; a look moves it on to the first day on which anybody can be.
//!
//! Source: rules.md, "Standings".

use chrono::{Days, NaiveTime, TimeDelta};
use serde_json::json;

use super::assess::{Warning, warn};
use super::enforce::Enforced;
use super::say::{AGAIN, apart};
use super::{Setup, StepError, World};
use crate::domain::ids::UnitId;
use crate::domain::notice::Content;
use crate::domain::period::Period;
use crate::domain::rules::{Instant, span};
use crate::domain::schedule::{local_day, resolve};
use crate::domain::standing::silent::{self, FEWEST, RATE_DAYS, Rate, silent};
use crate::store::{Books, CommitPoint, OccasionRow, OccasionState};

/// What a look is called among the occasions.
const WHAT: &str = "silence";

/// Nobody is silent after less than a day.
const SHORTEST: TimeDelta = TimeDelta::days(1);

/// The first nine o'clock of the office at or after `at`.
fn nine_from(setup: &Setup, at: Instant) -> Instant {
    let nine = NaiveTime::MIN + TimeDelta::hours(9);
    let day = local_day(at, setup.zone);
    let today = resolve(day.and_time(nine), setup.zone);
    if today >= at { today } else { resolve((day + Days::new(1)).and_time(nine), setup.zone) }
}

/// The last nine o'clock of the office at or before `at`.
fn nine_until(setup: &Setup, at: Instant) -> Instant {
    let next = nine_from(setup, at);
    if next == at { next } else { nine_from(setup, next - TimeDelta::hours(30)) }
}

fn await_at(books: &Books<'_>, setup: &Setup, due: Instant, at: Instant) -> Result<(), StepError> {
    books.drop_awaited(WHAT)?;
    let day = local_day(due, setup.zone);
    let row = OccasionRow { what: WHAT.to_owned(), period: Period::Days(day, day), due, state: OccasionState::Awaited, at };
    Ok(books.put_occasion(&row, &json!({}))?)
}

/// A start or a reload: the next morning decides anew when to look, lest a changed rule or a store without the row go unseen.
pub fn sync(books: &Books<'_>, setup: &Setup, now: Instant) -> Result<(), StepError> {
    let awaited = books.awaited(WHAT)?;
    if awaited.is_none_or(|row| row.due > now) && books.any_mail()? {
        await_at(books, setup, nine_from(setup, now), nine_from(setup, now))?;
    }
    Ok(())
}

/// Mail of `unit` has been filed: where its rate can be told, it may be silent after a day at the earliest.
pub fn heard(books: &Books<'_>, setup: &Setup, unit: &UnitId, arrival: Instant) -> Result<(), StepError> {
    let earliest = nine_from(setup, arrival + SHORTEST);
    if books.awaited(WHAT)?.is_some_and(|row| row.due <= earliest) {
        return Ok(());
    }
    if books.ordinary_mail(unit, arrival - TimeDelta::days(RATE_DAYS), arrival)? >= FEWEST {
        await_at(books, setup, earliest, earliest)?;
    }
    Ok(())
}

/// Looks, if a look is due by `now`. Nobody is called silent before every mailbox has been read up to the morning of the look.
pub fn step(world: &World, now: Instant) -> Result<Enforced, StepError> {
    let setup = &*world.setup;
    let Some(row) = world.store.read(|books| books.awaited(WHAT))?.filter(|row| row.at <= now) else { return Ok(Enforced::default()) };
    world.store.write(CommitPoint::Watch, |books| look(books, setup, row.due, now))
}

/// When the next look is due.
pub fn next_due(books: &Books<'_>) -> Result<Option<Instant>, StepError> {
    Ok(books.awaited(WHAT)?.map(|row| row.at))
}

fn look(books: &Books<'_>, setup: &Setup, due: Instant, now: Instant) -> Result<Enforced, StepError> {
    let morning = nine_until(setup, now);
    let read = books.watermark(&setup.mailbox_names(), &setup.names_by_header())?.is_some_and(|mark| mark >= morning);
    let today = local_day(morning, setup.zone);
    let (mut next, mut found, mut unwritten) = (None, Enforced::default(), false);
    for unit in &setup.roster.units {
        if !unit.valid_on(today) {
            books.set_warning(&unit.id, silent::ABOUT, None, None)?;
            continue;
        }
        match apart(books, &unit.id, || judge(books, setup, &unit.id, (morning, read), now))? {
            None => unwritten = true,
            Some(Judged::AwaitsReading) => found.awaits_reading = true,
            Some(Judged::Next(at)) => next = [next, at].into_iter().flatten().min(),
        }
    }
    if found.awaits_reading {
        return Ok(found);
    }
    if unwritten {
        await_at(books, setup, due, now + span(AGAIN))?;
        return Ok(Enforced { worked: true, awaits_reading: false });
    }
    match next {
        Some(at) => {
            let at = nine_from(setup, at.max(morning + span(1)));
            await_at(books, setup, at, at)?;
        }
        None => books.drop_awaited(WHAT)?,
    }
    Ok(Enforced { worked: true, awaits_reading: false })
}

/// How it stands with one unit.
enum Judged {
    /// It seems silent, and mail of it may be on the way.
    AwaitsReading,
    /// When it can be silent at the earliest, or more silent; `None`: never, as far as its mail tells.
    Next(Option<Instant>),
}

fn judge(books: &Books<'_>, setup: &Setup, unit: &UnitId, (morning, read): (Instant, bool), now: Instant) -> Result<Judged, StepError> {
    let Some((first, last)) = books.mail_span(unit)? else { return Ok(Judged::Next(None)) };
    if morning < last + SHORTEST {
        // Most units on most mornings: nothing need be counted. A warning that still stands is cleared on the next look.
        return Ok(Judged::Next(Some(last + SHORTEST)));
    }
    let counted = books.ordinary_mail(unit, last - TimeDelta::days(RATE_DAYS), last)?;
    let rate = Rate { first, last, counted };
    let limit = setup.reckoning.standing.silence_per_mille;
    let (last_day, today) = (local_day(last, setup.zone), local_day(morning, setup.zone));
    let before = books.warning(unit, silent::ABOUT)?.map(|standing| standing.state);
    let decided = silent(unit, &rate, limit, before.as_ref(), (last_day, today), morning);
    if let (Some(said), Some(state)) = (decided.say, &decided.state) {
        if books.waiting_quarantine(unit, last)?.is_some() {
            return Ok(Judged::Next(Some(morning)));
        }
        if !read {
            return Ok(Judged::AwaitsReading);
        }
        let why = json!({
            "morning": morning, "first": first, "last": last, "counted": counted, "over_days": rate.over_days(),
            "days": said.days, "limit_per_mille": limit, "warned_before": said.warned_before,
        });
        warn(books, setup, Warning { state, level: said.level, content: Content::Silent(said), period: None, why }, now)?;
    } else {
        books.set_warning(unit, silent::ABOUT, decided.state.as_ref(), None)?;
    }
    Ok(Judged::Next(silent::next(&rate, limit, decided.state.as_ref(), last_day)))
}
