//! Time expressions → instants, relative to an arrival in a zone.

use chrono::{Datelike, Days, NaiveDate, NaiveTime, TimeDelta};
use chrono_tz::Tz;

use super::point::{Clock, Day, Expression, Half, Part, Point};
use super::{TOLERANCE, TimeReading};
use crate::domain::rules::Instant;
use crate::domain::schedule;

/// What times are read relative to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    arrival: Instant,
    zone: Tz,
    /// The day last spoken of, for 当日 and for times of day without one.
    spoken_of: Option<NaiveDate>,
    /// The latest time that stands.
    limit: Instant,
    today: NaiveDate,
    /// The day of `limit`.
    last_day: NaiveDate,
}

/// A time of day that is to come within so many hours is taken for a slip, not for yesterday's.
const SLIP_HOURS: i64 = 6;

impl Frame {
    pub fn new(arrival: Instant, zone: Tz) -> Frame {
        let limit = arrival + TOLERANCE;
        let (today, last_day) = (schedule::local_day(arrival, zone), schedule::local_day(limit, zone));
        Frame { arrival, zone, spoken_of: None, limit, today, last_day }
    }

    /// The same, after a text that spoke of `day`.
    pub fn after(self, day: Option<NaiveDate>) -> Frame {
        Frame { spoken_of: day, ..self }
    }

    /// The day last spoken of, where it is near enough that a bare time of day belongs to it.
    fn near_spoken_of(&self) -> Option<NaiveDate> {
        self.spoken_of.filter(|day| (0..=3).contains(&(self.today - *day).num_days()))
    }

    fn exact(&self, at: Instant) -> TimeReading {
        TimeReading { at, approximate: false, future: at > self.limit }
    }

    /// A vague time from `start` to `end`: its end, or the arrival where that is earlier.
    fn vague(&self, start: Instant, end: Instant) -> TimeReading {
        if start > self.limit {
            return TimeReading { at: start, approximate: true, future: true };
        }
        TimeReading { at: end.min(self.arrival).max(start), approximate: true, future: false }
    }

    fn date(&self, day: Day) -> Option<NaiveDate> {
        let last = self.last_day;
        match day {
            Day::Full(year, month, day) => NaiveDate::from_ymd_opt(year, month, day),
            // 29 February may lie eight years back.
            Day::OfAnyYear(month, day) => {
                (0..=8).filter_map(|years| NaiveDate::from_ymd_opt(last.year() - years, month, day)).find(|date| *date <= last)
            }
            Day::OfAnyMonth(day) => (0..=12).filter_map(|months| month_back(last, months)?.with_day(day)).find(|date| *date <= last),
            Day::OfYear(years, month, day) => NaiveDate::from_ymd_opt(last.year() + years, month, day),
            Day::OfMonth(months, day) => month_back(last, u32::try_from(-months).ok()?)?.with_day(day),
            Day::Relative(days) => self.today.checked_add_signed(TimeDelta::days(i64::from(days))),
            Day::Weekday(Some(weeks), days) => {
                let monday = self.today - TimeDelta::days(i64::from(self.today.weekday().num_days_from_monday()));
                Some(monday + TimeDelta::days(i64::from(weeks) * 7 + i64::from(days)))
            }
            Day::Weekday(None, days) => (0..7)
                .filter_map(|back| self.today.checked_sub_days(Days::new(back)))
                .find(|date| date.weekday().num_days_from_monday() == days),
            Day::Same => Some(self.spoken_of.unwrap_or(self.today)),
            Day::Next => self.spoken_of?.succ_opt(),
        }
    }

    fn instant(&self, date: NaiveDate, time: OfDay) -> Option<Instant> {
        let local = date.and_time(NaiveTime::MIN).checked_add_signed(TimeDelta::seconds(time.seconds))?;
        Some(match time.offset {
            Some(east) => local.and_utc() - TimeDelta::seconds(i64::from(east)),
            None => schedule::resolve(local, self.zone),
        })
    }

    /// The instant of a time of day on `date`; an hour of the night that may belong to either day is the later one that has been.
    fn on(&self, date: NaiveDate, time: OfDay) -> Option<Instant> {
        let at = self.instant(date, time)?;
        match time.earlier {
            Some(seconds) if at > self.limit => self.instant(date, OfDay { seconds, ..time }),
            _ => Some(at),
        }
    }

    /// The date to which a time of day without a date belongs: the day spoken of, else the latest on which it has been.
    fn date_of(&self, time: OfDay) -> Option<NaiveDate> {
        if let Some(day) = self.near_spoken_of() {
            return Some(day);
        }
        // 16时 in a mail of 15:50 is a slip of the pen, not yesterday: read as yesterday it would make the unit late.
        let to_come = self.on(self.today, time).is_some_and(|at| at > self.limit && at <= self.limit + TimeDelta::hours(SLIP_HOURS));
        if to_come && time.earlier.is_none() {
            return Some(self.today);
        }
        (0..3)
            .filter_map(|back| self.last_day.checked_sub_days(Days::new(back)))
            .find(|day| self.on(*day, time).is_some_and(|at| at <= self.limit))
    }
}

/// The first day of the month that lies `months` before that of `day`.
fn month_back(day: NaiveDate, months: u32) -> Option<NaiveDate> {
    day.with_day(1)?.checked_sub_months(chrono::Months::new(months))
}

/// A time of day, in seconds from midnight; beyond 24 hours it is the next day's.
#[derive(Clone, Copy, Debug)]
pub(super) struct OfDay {
    pub seconds: i64,
    /// The same words on the day itself, where it is not certain which day's night is meant.
    earlier: Option<i64>,
    pub offset: Option<i32>,
}

/// `None` where there is no such time (25时, 14:75, 上午15时).
pub(super) fn of_day(clock: Clock, part: Option<Part>) -> Option<OfDay> {
    let (minute, second) = (clock.minute.unwrap_or(0), clock.second);
    let hour = match clock.half {
        None => clock.hour,
        Some(Half::Am) if clock.hour == 12 => 0,
        Some(Half::Am) => Some(clock.hour).filter(|hour| *hour < 12)?,
        Some(Half::Pm) if (1..12).contains(&clock.hour) => clock.hour + 12,
        Some(Half::Pm) => Some(clock.hour).filter(|hour| (12..24).contains(hour))?,
    };
    let (hour, earlier) = match part {
        None => (hour, None),
        Some(part) => hour_in(part, hour)?,
    };
    let right = minute < 60 && second < 60 && (hour != 24 || minute == 0 && second == 0 || earlier.is_some());
    let seconds = |hour: u32| i64::from(hour * 3600 + minute * 60 + second);
    (right && clock.hour <= 24).then(|| OfDay { seconds: seconds(hour), earlier: earlier.map(seconds), offset: clock.offset })
}

/// The hour that `hour` is in a part of the day, and the hour on the same day where a night's hour may be the next day's.
fn hour_in(part: Part, hour: u32) -> Option<(u32, Option<u32>)> {
    let hour_of_night = |next_day_up_to: u32| match hour {
        0 | 12 | 24 => Some((24, Some(0))),
        hour if hour <= next_day_up_to => Some((24 + hour, Some(hour))),
        5..=11 => Some((hour + 12, None)),
        _ => Some((hour, None)),
    };
    match (part, hour) {
        (Part::SmallHours, 12) => Some((0, None)),
        (Part::SmallHours, 0..=8) | (Part::Daybreak | Part::Early, 0..=11) | (Part::Morning, 0..=12) => Some((hour, None)),
        (Part::Midday, 1..=3) | (Part::Afternoon, 1..=11) | (Part::Dusk, 3..=11) => Some((hour + 12, None)),
        (Part::Midday, 10..=15) | (Part::Afternoon, 12..=23) | (Part::Dusk, 13..=23) => Some((hour, None)),
        (Part::Evening, 0..=24) => hour_of_night(4),
        (Part::Night, 0..=24) => hour_of_night(5),
        (Part::Midnight, 0..=3 | 12 | 24) => hour_of_night(3),
        (Part::Midnight, 11) => Some((23, None)),
        (Part::Midnight, 23) => Some((23, None)),
        _ => None,
    }
}

/// The hours from which and to which a part of the day lasts.
pub(super) fn hours_of(part: Part) -> (i64, i64) {
    match part {
        Part::SmallHours => (0, 6),
        Part::Daybreak => (5, 8),
        Part::Early => (5, 9),
        Part::Morning => (6, 12),
        Part::Midday => (11, 13),
        Part::Afternoon => (12, 18),
        Part::Dusk => (17, 19),
        Part::Evening => (18, 24),
        // A night lasts into the next morning.
        Part::Night => (20, 30),
        Part::Midnight => (24, 24),
    }
}

/// The instant that an expression names, and the day spoken of. `None` where there is no such time.
pub(super) fn resolve(expression: &Expression, frame: &Frame) -> Option<(TimeReading, NaiveDate)> {
    match expression {
        Expression::Ago(seconds) => {
            let at = frame.arrival.checked_sub_signed(TimeDelta::try_seconds(*seconds)?)?;
            Some((frame.vague(at, at), schedule::local_day(at, frame.zone)))
        }
        Expression::Point(point) => resolve_point(point, frame),
        Expression::Range(from, to) => resolve_range(from, to, frame),
    }
}

fn resolve_point(point: &Point, frame: &Frame) -> Option<(TimeReading, NaiveDate)> {
    let Some(clock) = point.clock else { return resolve_span(point, frame) };
    let time = of_day(clock, point.part)?;
    let date = match point.day {
        Some(day) => frame.date(day)?,
        None => frame.date_of(time)?,
    };
    let at = frame.on(date, time)?;
    let reading = match (point.about, clock.minute) {
        // 许, 左右, 约 with an hour alone: half an hour more, which is the latest before one would name the next.
        (true, None) => frame.vague(at, at + TimeDelta::minutes(30)),
        (true, Some(_)) => TimeReading { approximate: true, ..frame.exact(at) },
        (false, _) => TimeReading { approximate: time.earlier.is_some(), ..frame.exact(at) },
    };
    Some((reading, date))
}

/// A part of a day, or a whole day.
fn resolve_span(point: &Point, frame: &Frame) -> Option<(TimeReading, NaiveDate)> {
    let (from, to) = point.part.map_or((0, 24), hours_of);
    let at_hour = |hour: i64| OfDay { seconds: hour * 3600, earlier: (point.part == Some(Part::Midnight)).then_some(0), offset: None };
    let date = match point.day {
        Some(day) => frame.date(day)?,
        None => frame.date_of(at_hour(from))?,
    };
    Some((frame.vague(frame.on(date, at_hour(from))?, frame.on(date, at_hour(to))?), date))
}

/// The latest plausible end of a range. The second point takes over what it leaves out.
fn resolve_range(from: &Point, to: &Point, frame: &Frame) -> Option<(TimeReading, NaiveDate)> {
    let mut from = *from;
    if let (Some(first), Some(last)) = (&mut from.clock, to.clock) {
        first.offset = first.offset.or(last.offset);
        // 2-3 pm; not 11-1 pm.
        if first.half.is_none() && first.hour < 12 && (last.hour == 12 || first.hour <= last.hour) && last.hour <= 12 {
            first.half = last.half.filter(|_| first.hour > 0);
        }
    }
    let (start, date) = resolve_point(&Point { about: false, ..from }, frame)?;
    let frame = frame.after(Some(date));
    let end_date = match to.day {
        Some(day) => frame.date(day)?,
        None => date,
    };
    let Some(clock) = to.clock else {
        let (end, _) = resolve_span(to, &frame)?;
        return Some((frame.vague(start.at, end.at), end_date));
    };
    let part = to.part.or(from.part.filter(|_| to.day.is_none() && clock.half.is_none()));
    let alone = |part| of_day(clock, part).and_then(|time| frame.instant(end_date, time));
    let mut end = alone(part).filter(|end| *end >= start.at).or_else(|| alone(to.part))?;
    if end < start.at && clock.half.is_none() && to.part.is_none() && to.day.is_none() && clock.hour <= 12 && from.part.is_some() {
        // 上午11时至1时
        end += TimeDelta::hours(12);
    }
    if end < start.at && to.day.is_none() {
        end += TimeDelta::days(1);
    }
    (end >= start.at).then(|| (frame.vague(start.at, end), date))
}
