//! Periods of the calendar in the office's zone: years, halves, quarters, months, weeks, a year to date, any span of days.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::rules::Instant;
use super::schedule::start_of_day;

/// A span of days. `first` and `end` make it half-open: [first, end).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// `2003`.
    Year(i32),
    /// `2003-H1`.
    Half(i32, u32),
    /// `2003-Q1`.
    Quarter(i32, u32),
    /// `2003-01`.
    Month(i32, u32),
    /// `2003-W05`, ISO 8601: Monday to Sunday.
    Week(i32, u32),
    /// `2003-01..2003-05`: the year from January to the end of a month.
    YearThrough(i32, u32),
    /// `2003-01-15..2003-02-14`: both days included.
    Days(NaiveDate, NaiveDate),
}

/// A text that is no period.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no period such as 2003, 2003-H1, 2003-Q1, 2003-01, 2003-W05, 2003-01..2003-05 or 2003-01-15..2003-02-14")]
pub struct NotAPeriod(String);

impl Period {
    /// The calendar month of `day`.
    pub fn month_of(day: NaiveDate) -> Period {
        Period::Month(day.year(), day.month())
    }

    /// The ISO week of `day`.
    pub fn week_of(day: NaiveDate) -> Period {
        Period::Week(day.iso_week().year(), day.iso_week().week())
    }

    /// The first day.
    pub fn first(self) -> NaiveDate {
        match self {
            Period::Year(year) | Period::YearThrough(year, _) => date(year, 1, 1),
            Period::Half(year, half) => date(year, 6 * (half - 1) + 1, 1),
            Period::Quarter(year, quarter) => date(year, 3 * (quarter - 1) + 1, 1),
            Period::Month(year, month) => date(year, month, 1),
            Period::Week(year, week) => NaiveDate::from_isoywd_opt(year, week, Weekday::Mon).unwrap_or(NaiveDate::MIN),
            Period::Days(first, _) => first,
        }
    }

    /// The first day that is no longer in it.
    pub fn end(self) -> NaiveDate {
        let months = |count| self.first().checked_add_months(Months::new(count)).unwrap_or(NaiveDate::MAX);
        match self {
            Period::Year(_) => months(12),
            Period::Half(..) => months(6),
            Period::Quarter(..) => months(3),
            Period::Month(..) => months(1),
            Period::Week(..) => self.first() + Days::new(7),
            Period::YearThrough(_, month) => months(month),
            Period::Days(_, last) => last.succ_opt().unwrap_or(NaiveDate::MAX),
        }
    }

    /// The last day.
    pub fn last(self) -> NaiveDate {
        self.end().pred_opt().unwrap_or(NaiveDate::MIN)
    }

    /// How many days it has.
    pub fn days(self) -> i64 {
        (self.end() - self.first()).num_days()
    }

    /// Whether `day` is in it.
    pub fn contains(self, day: NaiveDate) -> bool {
        self.first() <= day && day < self.end()
    }

    /// Its bounds as moments, half-open, in the office's zone.
    pub fn bounds(self, zone: Tz) -> (Instant, Instant) {
        (start_of_day(self.first(), zone), start_of_day(self.end(), zone))
    }

    /// The same span a year earlier; a week keeps its number, and week 53 becomes the last one.
    pub fn year_before(self) -> Period {
        let back = |day: NaiveDate| day.checked_sub_months(Months::new(12)).unwrap_or(NaiveDate::MIN);
        match self {
            Period::Year(year) => Period::Year(year - 1),
            Period::Half(year, half) => Period::Half(year - 1, half),
            Period::Quarter(year, quarter) => Period::Quarter(year - 1, quarter),
            Period::Month(year, month) => Period::Month(year - 1, month),
            Period::Week(year, week) => {
                let there = NaiveDate::from_isoywd_opt(year - 1, week, Weekday::Mon).is_some();
                Period::Week(year - 1, if there { week } else { 52 })
            }
            Period::YearThrough(year, month) => Period::YearThrough(year - 1, month),
            Period::Days(first, last) => Period::Days(back(first), back(last)),
        }
    }

    /// The year of its last day: a year to date belongs to it.
    pub fn year(self) -> i32 {
        match self {
            Period::Week(year, _) => year,
            _ => self.last().year(),
        }
    }
}

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or(NaiveDate::MIN)
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Period::Year(year) => format!("{year:04}"),
            Period::Half(year, half) => format!("{year:04}-H{half}"),
            Period::Quarter(year, quarter) => format!("{year:04}-Q{quarter}"),
            Period::Month(year, month) => format!("{year:04}-{month:02}"),
            Period::Week(year, week) => format!("{year:04}-W{week:02}"),
            Period::YearThrough(year, month) => format!("{year:04}-01..{year:04}-{month:02}"),
            Period::Days(first, last) => format!("{first}..{last}"),
        };
        f.pad(&text)
    }
}

impl FromStr for Period {
    type Err = NotAPeriod;

    fn from_str(text: &str) -> Result<Period, NotAPeriod> {
        read(text.trim()).ok_or_else(|| NotAPeriod(text.to_owned()))
    }
}

fn read(text: &str) -> Option<Period> {
    if let Some((from, to)) = text.split_once("..") {
        return match (read(from)?, read(to)?) {
            (Period::Month(year, 1), Period::Month(same, month)) if year == same => Some(Period::YearThrough(year, month)),
            (from, to) if from.first() <= to.last() => Some(Period::Days(from.first(), to.last())),
            _ => None,
        };
    }
    let (year, rest) = match text.split_once('-') {
        None => (text, ""),
        Some(parts) => parts,
    };
    let number = |digits: &str, most: u32| {
        let right = (1..=2).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        digits.parse::<u32>().ok().filter(|number| right && (1..=most).contains(number))
    };
    let year: i32 = year.parse().ok().filter(|_| year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit()))?;
    match rest.as_bytes().first() {
        None => Some(Period::Year(year)),
        Some(b'H' | b'h') => Some(Period::Half(year, number(&rest[1..], 2)?)),
        Some(b'Q' | b'q') => Some(Period::Quarter(year, number(&rest[1..], 4)?)),
        Some(b'W' | b'w') => {
            let week = number(&rest[1..], 53)?;
            NaiveDate::from_isoywd_opt(year, week, Weekday::Mon).map(|_| Period::Week(year, week))
        }
        Some(_) => match rest.split_once('-') {
            None => Some(Period::Month(year, number(rest, 12)?)),
            Some((month, day)) => {
                let day = NaiveDate::from_ymd_opt(year, number(month, 12)?, number(day, 31)?)?;
                Some(Period::Days(day, day))
            }
        },
    }
}

impl Serialize for Period {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(text: &str) -> (String, String, i64) {
        let period: Period = text.parse().unwrap();
        assert_eq!(period.to_string(), text);
        (period.first().to_string(), period.last().to_string(), period.days())
    }

    #[test]
    fn periods_read_back_as_they_are_printed_and_know_their_days() {
        let cases = [
            ("2003", "2003-01-01", "2003-12-31", 365),
            ("2004", "2004-01-01", "2004-12-31", 366),
            ("2003-H2", "2003-07-01", "2003-12-31", 184),
            ("2003-Q1", "2003-01-01", "2003-03-31", 90),
            ("2004-02", "2004-02-01", "2004-02-29", 29),
            ("2003-W01", "2002-12-30", "2003-01-05", 7),
            ("2003-W10", "2003-03-03", "2003-03-09", 7),
            ("2003-01..2003-05", "2003-01-01", "2003-05-31", 151),
            ("2003-01-15..2003-02-14", "2003-01-15", "2003-02-14", 31),
        ];
        for (text, first, last, count) in cases {
            assert_eq!(days(text), (first.to_owned(), last.to_owned(), count), "{text}");
        }
    }

    #[test]
    fn what_is_no_period_is_refused() {
        for text in ["", "03", "2003-13", "2003-H3", "2003-Q5", "2003-W53", "2003-02-30", "2003-05..2003-01", "2003-1-2-3", "二〇〇三"]
        {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_year_before_has_the_same_kind_of_span() {
        let before = |text: &str| text.parse::<Period>().unwrap().year_before().to_string();
        assert_eq!(before("2004-01..2004-02"), "2003-01..2003-02");
        assert_eq!(before("2004-02-29..2004-02-29"), "2003-02-28..2003-02-28");
        assert_eq!(before("2004-W53"), "2003-W52");
    }
}
