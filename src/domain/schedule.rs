//! cron + zone + calendar → due times and periods.
//!
//! A cron expression is evaluated in floating local time and only then put on the clock of a zone: a due time that does not
//! exist that day moves to the first instant that does, one that occurs twice counts once, the first (rules.md, "Duties").

use std::str::FromStr;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc, Weekday};
use chrono_tz::Tz;

use super::rules::{Calendar, Duty, Instant};

/// The day on which `at` falls in `zone`.
pub fn local_day(at: Instant, zone: Tz) -> NaiveDate {
    at.with_timezone(&zone).date_naive()
}

/// The instant at which the clocks of `zone` show `local`: the first where they show it twice, the first instant after the
/// gap where they never show it.
pub fn resolve(local: NaiveDateTime, zone: Tz) -> Instant {
    match zone.from_local_datetime(&local).earliest() {
        Some(at) => at.with_timezone(&Utc),
        None => end_of_gap(local, zone),
    }
}

/// The start of `day` in `zone`: midnight, or the first instant of the day where midnight does not exist.
pub fn start_of_day(day: NaiveDate, zone: Tz) -> Instant {
    resolve(day.and_time(NaiveTime::MIN), zone)
}

/// The first instant whose local time is not before `local`, which falls into a gap. No zone jumps by more than a day, and
/// none jumps twice within two days of a gap, so that local time does not fall back between the bounds.
fn end_of_gap(local: NaiveDateTime, zone: Tz) -> Instant {
    let shows = |seconds: i64| DateTime::from_timestamp(seconds, 0).is_some_and(|at| at.with_timezone(&zone).naive_local() >= local);
    let middle = local.and_utc().timestamp();
    let (mut before, mut after) = (middle - 2 * 86_400, middle + 2 * 86_400);
    while after - before > 1 {
        let between = before + (after - before) / 2;
        if shows(between) { after = between } else { before = between }
    }
    DateTime::from_timestamp(after, 0).unwrap_or_else(|| local.and_utc())
}

/// Whether `day` is worked: Monday to Friday but no holiday, or a make-up workday (调休). Where a day is listed as both, it is worked.
pub fn is_workday(calendar: &Calendar, day: NaiveDate) -> bool {
    let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    calendar.workdays.contains_key(&day) || !(weekend || calendar.holidays.contains_key(&day))
}

/// Why an expression is no cron expression of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CronError {
    /// Not five fields.
    #[error("“{expression}” has {count} fields; write five: minute hour day-of-month month day-of-week, such as 0 9 * * *")]
    Fields {
        /// As written.
        expression: String,
        /// How many it has.
        count: usize,
    },
    /// One field cannot be read.
    #[error("“{text}” is no {field}; write {low}–{high}{names}, *, a list 1,3, a range 1-5 or a step */2")]
    Field {
        /// `minute`, `hour`, `day-of-month`, `month`, `day-of-week`.
        field: &'static str,
        /// The part that cannot be read.
        text: String,
        /// The smallest value of the field.
        low: u32,
        /// The largest value of the field.
        high: u32,
        /// Names that the field also takes.
        names: &'static str,
    },
    /// No such day exists.
    #[error("“{expression}” names a day that no year has; change the day-of-month or the month")]
    Never {
        /// As written.
        expression: String,
    },
}

/// One of the five fields.
struct FieldShape {
    name: &'static str,
    low: u32,
    high: u32,
    words: &'static [&'static str],
    names: &'static str,
}

const MINUTE: FieldShape = FieldShape { name: "minute", low: 0, high: 59, words: &[], names: "" };
const HOUR: FieldShape = FieldShape { name: "hour", low: 0, high: 23, words: &[], names: "" };
const DAY: FieldShape = FieldShape { name: "day-of-month", low: 1, high: 31, words: &[], names: "" };
const MONTH: FieldShape = FieldShape {
    name: "month",
    low: 1,
    high: 12,
    words: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    names: " or JAN–DEC",
};
const WEEKDAY: FieldShape = FieldShape {
    name: "day-of-week",
    low: 0,
    high: 7,
    words: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
    names: " (0 and 7 are Sunday) or SUN–SAT",
};

impl FieldShape {
    /// The values that `text` names, as a bit set.
    fn read(&self, text: &str) -> Result<u64, CronError> {
        let wrong =
            |part: &str| CronError::Field { field: self.name, text: part.to_owned(), low: self.low, high: self.high, names: self.names };
        let mut set = 0_u64;
        for part in text.split(',') {
            let (range, step) = match part.split_once('/') {
                Some((range, step)) => {
                    (range, Some(step.parse::<u32>().ok().filter(|s| (1..=self.high).contains(s)).ok_or_else(|| wrong(part))?))
                }
                None => (part, None),
            };
            let (first, last) = match range.split_once('-') {
                _ if range == "*" => (self.low, self.high),
                Some((first, last)) => (self.value(first).ok_or_else(|| wrong(part))?, self.value(last).ok_or_else(|| wrong(part))?),
                None => {
                    let value = self.value(range).ok_or_else(|| wrong(part))?;
                    (value, if step.is_some() { self.high } else { value })
                }
            };
            if first > last {
                return Err(wrong(part));
            }
            // The step counts within the week of 0–6: `*/2` must not reach Sunday a second time as 7.
            let last = if self.high == 7 && (range == "*" || !range.contains('-') && step.is_some()) { last.min(6) } else { last };
            set |= (first..=last).step_by(step.unwrap_or(1) as usize).fold(0, |set, value| set | 1 << value);
        }
        Ok(set)
    }

    fn value(&self, text: &str) -> Option<u32> {
        if let Some(index) = self.words.iter().position(|word| text.eq_ignore_ascii_case(word)) {
            return u32::try_from(index).ok().map(|index| index + u32::from(self.low == 1));
        }
        let digits = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        text.parse().ok().filter(|value| digits && (self.low..=self.high).contains(value))
    }
}

/// Due times: a five-field cron expression as cron(5) has it. Sunday is 0 or 7; where both a day of the month and a day of
/// the week are given, either will do.
#[derive(Clone, Debug)]
pub struct Cron {
    expression: String,
    /// One schedule, or two whose union it is; in floating local time, dressed as UTC.
    either: Vec<cron::Schedule>,
}

impl PartialEq for Cron {
    fn eq(&self, other: &Self) -> bool {
        self.expression == other.expression
    }
}

impl Eq for Cron {}

impl FromStr for Cron {
    type Err = CronError;
    fn from_str(text: &str) -> Result<Self, CronError> {
        Cron::parse(text)
    }
}

impl Cron {
    /// Reads `minute hour day-of-month month day-of-week`.
    pub fn parse(expression: &str) -> Result<Cron, CronError> {
        let fields: Vec<&str> = expression.split_ascii_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields[..] else {
            return Err(CronError::Fields { expression: expression.to_owned(), count: fields.len() });
        };
        let (minutes, hours) = (MINUTE.read(minute)?, HOUR.read(hour)?);
        let (days, months, weekdays) = (DAY.read(day)?, MONTH.read(month)?, WEEKDAY.read(weekday)?);
        // cron(5): a field that begins with an asterisk restricts nothing of the other.
        let any_day = day.starts_with('*') || weekday.starts_with('*');
        let never = || CronError::Never { expression: expression.to_owned() };
        let longest = |month: u32| [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month as usize - 1];
        let possible = values(months).any(|month| values(days).any(|day| day <= longest(month)));
        if !possible && any_day {
            return Err(never());
        }
        let schedule = |days: u64, weekdays: u64| {
            // The crate counts Sunday as 1 and wants seconds; written out as lists there is nothing left to read differently.
            let sunday_first = (weekdays | weekdays >> 7) & 0x7f;
            let text = format!("0 {} {} {} {} {}", list(minutes), list(hours), list(days), list(months), list(sunday_first << 1));
            cron::Schedule::from_str(&text).map_err(|_| never())
        };
        let (every_day, every_weekday) = (0xffff_fffe, 0x7f);
        let either =
            if any_day { vec![schedule(days, weekdays)?] } else { vec![schedule(days, every_weekday)?, schedule(every_day, weekdays)?] };
        Ok(Cron { expression: fields.join(" "), either })
    }

    /// The expression, its fields separated by single spaces.
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// The first due time strictly after `after`. `None` when there is none before the year 2100.
    pub fn next_after(&self, after: Instant, zone: Tz) -> Option<Instant> {
        let mut floating = after.with_timezone(&zone).naive_local();
        loop {
            floating = self.floating_after(floating)?;
            // In the second pass of an overlap, times come up that counted in the first.
            let due = resolve(floating, zone);
            if due > after {
                return Some(due);
            }
        }
    }

    /// The last due time at or before `at`. `None` when there is none after the year 1970.
    pub fn prev_at_or_before(&self, at: Instant, zone: Tz) -> Option<Instant> {
        // Just after the clocks went back, times that lie ahead by the clock have already been.
        let local = |earlier: TimeDelta| {
            let offset = (at - earlier).with_timezone(&zone).naive_local() - (at - earlier).naive_utc();
            at.naive_utc() + offset
        };
        let mut floating = local(TimeDelta::zero()).max(local(TimeDelta::hours(3))) + TimeDelta::seconds(1);
        loop {
            floating = self.floating_before(floating)?;
            let due = resolve(floating, zone);
            if due <= at {
                return Some(due);
            }
        }
    }

    fn floating_after(&self, after: NaiveDateTime) -> Option<NaiveDateTime> {
        self.either.iter().filter_map(|schedule| schedule.after(&after.and_utc()).next()).map(|at| at.naive_utc()).min()
    }

    fn floating_before(&self, before: NaiveDateTime) -> Option<NaiveDateTime> {
        self.either.iter().filter_map(|schedule| schedule.after(&before.and_utc()).next_back()).map(|at| at.naive_utc()).max()
    }
}

fn values(set: u64) -> impl Iterator<Item = u32> {
    (0..64).filter(move |bit| set >> bit & 1 == 1)
}

fn list(set: u64) -> String {
    values(set).map(|value| value.to_string()).collect::<Vec<_>>().join(",")
}

/// The period that one due time of a duty closes: (start, due], except that the first one includes its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The previous due time; for the first, the start of the day `from`.
    pub start: Instant,
    /// The due time.
    pub due: Instant,
    /// Whether `start` is the start of the day `from`, and so belongs to the window.
    pub first: bool,
}

impl Window {
    /// Whether what arrived at `at` was filed within the window.
    pub fn contains(&self, at: Instant) -> bool {
        at <= self.due && (self.start < at || self.first && self.start == at)
    }
}

/// The window of `duty` that ends first after `after`; its `cron` is the duty's, parsed. It depends on nothing but its
/// arguments, so that windows may be asked for from anywhere: one that runs at `after` is given whole.
pub fn next_window(duty: &Duty, cron: &Cron, calendar: &Calendar, zone: Tz, after: Instant) -> Option<Window> {
    let due = next_due(duty, cron, calendar, zone, after)?;
    let begins = duty.from.map(|day| start_of_day(day, zone));
    match (previous_due(duty, cron, calendar, zone, due), begins) {
        (Some(previous), begins) if begins.is_none_or(|begins| previous >= begins) => Some(Window { start: previous, due, first: false }),
        (_, Some(begins)) => Some(Window { start: begins, due, first: true }),
        // No earlier due time since 1970: the day of the due time has to do.
        (_, None) => Some(Window { start: start_of_day(local_day(due, zone), zone), due, first: true }),
    }
}

/// The windows of `duty` that end after `after`, in order.
pub fn windows<'a>(duty: &'a Duty, cron: &'a Cron, calendar: &'a Calendar, zone: Tz, after: Instant) -> impl Iterator<Item = Window> + 'a {
    std::iter::successors(next_window(duty, cron, calendar, zone, after), move |window| next_window(duty, cron, calendar, zone, window.due))
}

/// How far a due time on a workday is looked for: longer than any run of days off, and short enough to end at once.
const FAR: TimeDelta = TimeDelta::days(5 * 366);

fn counts(duty: &Duty, calendar: &Calendar, day: NaiveDate) -> bool {
    duty.from.is_none_or(|from| from <= day)
        && duty.until.is_none_or(|until| day <= until)
        && (!duty.workdays_only || is_workday(calendar, day))
}

fn next_due(duty: &Duty, cron: &Cron, calendar: &Calendar, zone: Tz, after: Instant) -> Option<Instant> {
    let begins = duty.from.map(|day| start_of_day(day, zone) - TimeDelta::seconds(1));
    let mut from = begins.map_or(after, |begins| begins.max(after));
    // A plain duty may come round as seldom as 29 February does.
    let limit = if duty.workdays_only { from + FAR } else { DateTime::<Utc>::MAX_UTC };
    loop {
        let due = cron.next_after(from, zone).filter(|due| *due <= limit)?;
        let day = local_day(due, zone);
        if counts(duty, calendar, day) {
            return Some(due);
        }
        if duty.until.is_some_and(|until| until < day) {
            return None;
        }
        // The rest of a day that does not count is passed over in one step.
        from = start_of_day(day.checked_add_days(Days::new(1))?, zone) - TimeDelta::seconds(1);
    }
}

fn previous_due(duty: &Duty, cron: &Cron, calendar: &Calendar, zone: Tz, due: Instant) -> Option<Instant> {
    let limit = if duty.workdays_only { due - FAR } else { DateTime::<Utc>::MIN_UTC };
    let mut at = due - TimeDelta::seconds(1);
    loop {
        let previous = cron.prev_at_or_before(at, zone).filter(|previous| *previous >= limit)?;
        let day = local_day(previous, zone);
        if duty.from.is_some_and(|from| day < from) {
            return None;
        }
        if !duty.workdays_only || is_workday(calendar, day) {
            return Some(previous);
        }
        at = start_of_day(day, zone) - TimeDelta::seconds(1);
    }
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
