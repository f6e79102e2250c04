//! The day of an adoption, as tables write it.

use chrono::{Datelike, NaiveDate};

use super::figures::narrow;
use super::{Cell, Wrong};

/// The day that a cell names. A day without its year is the latest such day not after today.
pub(super) fn read(cell: &Cell, today: NaiveDate) -> Result<NaiveDate, Wrong> {
    let day = match cell {
        Cell::Empty => return Err(Wrong::CellMissing),
        Cell::Day(day) => *day,
        Cell::Text(text) => of_text(text, today).ok_or(Wrong::NotADay)?,
    };
    if day > today { Err(Wrong::DayInFuture) } else { Ok(day) }
}

fn of_text(text: &str, today: NaiveDate) -> Option<NaiveDate> {
    // 2003-01-20 14:30, 2003年1月20日（星期一）: the day is what counts.
    let date = text.trim().split(|c: char| c.is_whitespace() || c == '(' || c == '（' || c == 'T').next()?;
    let spaced = narrow(text);
    // A date with spaces inside, 2003年 1月 20日, is one all the same.
    let date = if spaced.contains('月') { spaced.split(['(', 'T']).next()?.to_owned() } else { narrow(date) };
    if date.len() == 8 && date.bytes().all(|b| b.is_ascii_digit()) {
        return day(date.get(..4)?, date.get(4..6)?, date.get(6..)?);
    }
    if let Some((before, after)) = date.split_once('月') {
        let of_month = after.strip_suffix(['日', '号'])?;
        return match before.split_once('年') {
            Some((year, month)) => day(year, month, of_month),
            None => latest(before, of_month, today),
        };
    }
    let separator = date.chars().find(|c| !c.is_ascii_digit()).filter(|c| matches!(c, '-' | '/' | '.'))?;
    let mut parts = date.split(separator);
    let (year, month, of_month) = (parts.next()?, parts.next()?, parts.next()?);
    // 03-01-20 may begin with its year or its month.
    (year.len() == 4 && parts.next().is_none()).then(|| day(year, month, of_month))?
}

fn day(year: &str, month: &str, of_month: &str) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(self::year(year)?, small(month)?, small(of_month)?)
}

/// The latest day with this month and day that has come; 29 February may be years ago.
fn latest(month: &str, of_month: &str, today: NaiveDate) -> Option<NaiveDate> {
    let (month, of_month) = (small(month)?, small(of_month)?);
    let years = (0..=8).map(|back| today.year() - back);
    years.filter_map(|year| NaiveDate::from_ymd_opt(year, month, of_month)).find(|day| *day <= today)
}

/// A year of four digits, or of two: 03年 is 2003, 98年 is 1998.
pub(super) fn year(digits: &str) -> Option<i32> {
    let number: i32 = digits.parse().ok().filter(|_| digits.bytes().all(|b| b.is_ascii_digit()))?;
    match digits.len() {
        4 if (1900..=2200).contains(&number) => Some(number),
        2 if number >= 70 => Some(1900 + number),
        2 => Some(2000 + number),
        _ => None,
    }
}

/// A month or a day of the month.
fn small(digits: &str) -> Option<u32> {
    let plain = (1..=2).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|_| plain)
}
