//! Times to come: by when something is asked for. What is left out is that of the next such time, not of the last.

use chrono::{Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta};
use chrono_tz::Tz;

use super::VALUE_CHARACTERS;
use super::numbers::Text;
use super::point::{self, Candidate, Day, Expression, Mode, Point};
use super::resolve::{hours_of, of_day};
use crate::domain::rules::Instant;
use crate::domain::{schedule, text};

/// The time by which `value` asks for something, read at `from`: the fullest expression in it. A bare day lasts to its last
/// second; a part of a day to its end; a range to its end. `None` where there is no such time. It may lie before `from`
/// where `value` says so (a full date, 昨天).
pub fn read_due(value: &str, from: Instant, zone: Tz) -> Option<Instant> {
    let value = value.get(..value.floor_char_boundary(8 * VALUE_CHARACTERS))?;
    let chars: Vec<char> = text::readable(value).chars().take(VALUE_CHARACTERS).collect();
    let mut best: Option<Candidate> = None;
    for candidate in point::candidates(Text::new(&chars), Mode::Field) {
        if best.as_ref().is_none_or(|best| candidate.fullness() > best.fullness()) {
            best = Some(candidate);
        }
    }
    let point = match best?.expression {
        Expression::Ago(_) => return None,
        Expression::Point(point) => point,
        Expression::Range(start, end) => Point { day: end.day.or(start.day), part: end.part.or(start.part), ..end },
    };
    let today = schedule::local_day(from, zone);
    let at = |date: NaiveDate| moment(&point, date, zone);
    match point.day {
        Some(day) => at(date(day, today)?),
        None => (0..2).filter_map(|days| at(today.checked_add_days(Days::new(days))?)).find(|at| *at > from),
    }
}

fn moment(point: &Point, date: NaiveDate, zone: Tz) -> Option<Instant> {
    let local = |seconds: i64| date.and_time(NaiveTime::MIN).checked_add_signed(TimeDelta::seconds(seconds));
    let Some(clock) = point.clock else {
        let end = point.part.map_or(24, |part| hours_of(part).1);
        // The day's own last second: 24:00 would be shown as the next day's.
        return Some(schedule::resolve(local(end * 3600 - i64::from(end == 24))?, zone));
    };
    let time = of_day(clock, point.part)?;
    let local = local(time.seconds)?;
    Some(match time.offset {
        Some(east) => local.and_utc() - TimeDelta::seconds(i64::from(east)),
        None => schedule::resolve(local, zone),
    })
}

fn date(day: Day, today: NaiveDate) -> Option<NaiveDate> {
    let monday = today - TimeDelta::days(i64::from(today.weekday().num_days_from_monday()));
    match day {
        Day::Full(year, month, day) => NaiveDate::from_ymd_opt(year, month, day),
        // 29 February may lie eight years ahead.
        Day::OfAnyYear(month, day) => {
            (0..=8).filter_map(|years| NaiveDate::from_ymd_opt(today.year() + years, month, day)).find(|date| *date >= today)
        }
        Day::OfAnyMonth(day) => (0..=12)
            .filter_map(|months| today.with_day(1)?.checked_add_months(Months::new(months))?.with_day(day))
            .find(|date| *date >= today),
        Day::OfYear(years, month, day) => NaiveDate::from_ymd_opt(today.year() + years, month, day),
        Day::OfMonth(months, day) => {
            let first = today.with_day(1)?;
            let span = Months::new(months.unsigned_abs());
            let first = if months < 0 { first.checked_sub_months(span) } else { first.checked_add_months(span) };
            first?.with_day(day)
        }
        Day::Relative(days) => today.checked_add_signed(TimeDelta::days(i64::from(days))),
        Day::Weekday(Some(weeks), days) => monday.checked_add_signed(TimeDelta::days(i64::from(weeks) * 7 + i64::from(days))),
        Day::Weekday(None, days) => {
            (0..7).filter_map(|ahead| today.checked_add_days(Days::new(ahead))).find(|date| date.weekday().num_days_from_monday() == days)
        }
        Day::Same => Some(today),
        Day::Next => today.succ_opt(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Read on Wednesday, 18 June 2003, 10:00 in Shanghai.
    fn read(value: &str) -> Option<String> {
        let zone = chrono_tz::Asia::Shanghai;
        let from = chrono::DateTime::parse_from_rfc3339("2003-06-18T10:00:00+08:00").unwrap().to_utc();
        read_due(value, from, zone).map(|at| at.with_timezone(&zone).format("%F %T").to_string())
    }

    #[test]
    fn what_is_left_out_is_the_next_such_time() {
        for (value, wanted) in [
            ("2003-06-30 17:00", "2003-06-30 17:00:00"),
            ("2003年6月30日17时30分", "2003-06-30 17:30:00"),
            ("6月30日前", "2003-06-30 23:59:59"),
            ("6月30日下午5时前", "2003-06-30 17:00:00"),
            ("30日", "2003-06-30 23:59:59"),
            ("1月5日", "2004-01-05 23:59:59"),
            ("5日 18:00", "2003-07-05 18:00:00"),
            ("17:00", "2003-06-18 17:00:00"),
            ("9:00", "2003-06-19 09:00:00"),
            ("明日12时", "2003-06-19 12:00:00"),
            ("今天下午", "2003-06-18 18:00:00"),
            ("周五", "2003-06-20 23:59:59"),
            ("2003-06-30", "2003-06-30 23:59:59"),
            ("30 June 2003 5 pm", "2003-06-30 17:00:00"),
            ("6月20日至6月25日", "2003-06-25 23:59:59"),
        ] {
            assert_eq!(read(value).as_deref(), Some(wanted), "{value}");
        }
    }

    #[test]
    fn a_full_date_may_be_past_and_what_is_no_time_is_refused() {
        assert_eq!(read("2003-06-01 08:00").as_deref(), Some("2003-06-01 08:00:00"));
        for value in ["", "尽快", "2003-02-30", "25时", "3小时前"] {
            assert_eq!(read(value), None, "{value}");
        }
    }
}
