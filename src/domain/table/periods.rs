//! The period that a line of a circular, or its subject, is about.

use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate};
use regex::{Captures, Regex};

use super::super::period::Period;
use super::super::text;
use super::days;
use super::{Cell, Wrong};

/// 2003年, 2003年3月份, 2003年1至3月, 上半年, 第一季度, 前三季度; the year may be missing. Hyphens are made one kind before.
static CHINESE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?:(?P<year>\d{4}|\d{2})年度?)?(?:(?P<from>\d{1,2})月?份?[-至到]+(?P<to>\d{1,2})月份?|(?P<month>\d{1,2})月份?|(?P<half>上|下)半年度?|第?(?P<quarter>[一二三四1-4])季度|前(?P<quarters>[二三23两])个?季度|(?P<whole>全年))?",
    )
});

/// March 2003, Jan-Mar 2003, January to March 2003.
static ENGLISH: LazyLock<Regex> = LazyLock::new(|| {
    const MONTH: &str = "(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*";
    regex(&format!(r"\b(?:{MONTH}\.?\s*(?:-|to|through)\s*)?{MONTH}\.?,?\s*(\d{{4}})\b"))
});

/// 2003-01..2003-05, 2003-Q1, 2003-03, 2003/3, 2003 Q1, 2003.
static DIGITS: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\b\d{4}-\d{2}\.\.\d{4}-\d{2}\b|\b(\d{4})[-/ ]?(q[1-4]|h[12])\b|\b(\d{4})[-/.](\d{1,2})\b|\b(?:19|20)\d{2}\b"));

fn regex(pattern: &str) -> Regex {
    // The patterns are constants, and a test compiles each.
    Regex::new(pattern).expect("a constant pattern that the tests compile")
}

/// The period that a cell names; `subject` gives the year of one that lacks it, and the period of an empty one.
pub(super) fn read(cell: &Cell, subject: Option<Period>, today: NaiveDate) -> Result<Period, Wrong> {
    let period = match cell {
        Cell::Empty => subject.ok_or(Wrong::CellMissing)?,
        // A spreadsheet makes 2003年3月 into the first of March.
        Cell::Day(day) => Period::month_of(*day),
        Cell::Text(text) => whole(text, subject, today).ok_or(Wrong::NotAPeriod)?,
    };
    if period.first() > today { Err(Wrong::NotAPeriod) } else { Ok(period) }
}

/// The period that a subject names, if any; of several, the one that is said most fully.
pub(super) fn of_subject(subject: &str, today: NaiveDate) -> Option<Period> {
    let text = one_hyphen(&text::comparable(subject));
    let dense = text.replace(' ', "");
    let of_chinese = CHINESE.captures_iter(&dense).filter_map(|found| {
        let all = found.get(0)?;
        let (before, after) = (dense.get(..all.start())?, dense.get(all.end()..)?);
        // 2003年3月20日 is a day and 2003年第3期 an issue; 03年 of 1003年 is no year.
        let other = after.starts_with(|c: char| c.is_ascii_digit() || c == '第') || before.ends_with(|c: char| c.is_ascii_digit());
        let period = chinese(&found, None, today).filter(|period| !other && period.first() <= today)?;
        Some((all.len(), period))
    });
    let mut fullest: Option<(usize, Period)> = None;
    for found in of_chinese {
        if fullest.is_none_or(|best| found.0 > best.0) {
            fullest = Some(found);
        }
    }
    let of_english = || ENGLISH.captures(&text).and_then(|found| english(&found));
    let of_digits = || DIGITS.captures(&text).filter(|_| !dense.contains(['年', '月'])).and_then(|found| digits(&found));
    fullest.map(|(_, period)| period).or_else(of_english).or_else(of_digits).filter(|period| period.first() <= today)
}

fn whole(cell: &str, subject: Option<Period>, today: NaiveDate) -> Option<Period> {
    let text = one_hyphen(&text::comparable(cell));
    let dense = text.replace(' ', "");
    // The number 2003.10, October, is kept as 2003.1 by a spreadsheet.
    if dense.strip_suffix(".1").is_some_and(|year| year.len() == 4) {
        return None;
    }
    if dense.len() == 6 && dense.bytes().all(|b| b.is_ascii_digit()) {
        return format!("{}-{}", &dense[..4], &dense[4..]).parse().ok();
    }
    let entire =
        |found: &Captures<'_>, text: &str| found.get(0).is_some_and(|all| all.start() == 0 && all.end() == text.len() && !text.is_empty());
    let of_chinese = || CHINESE.captures(&dense).filter(|found| entire(found, &dense)).and_then(|found| chinese(&found, subject, today));
    let of_english = || ENGLISH.captures(&text).filter(|found| entire(found, &text)).and_then(|found| english(&found));
    let of_digits = || DIGITS.captures(&text).filter(|found| entire(found, &text)).and_then(|found| digits(&found));
    dense.parse().ok().or_else(of_chinese).or_else(of_english).or_else(of_digits)
}

/// Dashes, tildes and strokes between two months are all hyphens.
fn one_hyphen(text: &str) -> String {
    text.chars().map(|c| if matches!(c, '—' | '–' | '─' | '―' | '~' | '～' | '‐') { '-' } else { c }).collect()
}

fn chinese(found: &Captures<'_>, subject: Option<Period>, today: NaiveDate) -> Option<Period> {
    let text = |name: &str| found.name(name).map(|part| part.as_str());
    let small = |name: &str| text(name).map(|digits| digits.parse::<u32>().ok().filter(|month| (1..=12).contains(month)));
    let part = |year: i32| -> Option<Period> {
        if let (Some(from), Some(to)) = (small("from"), small("to")) {
            return span(year, from?, to?);
        }
        if let Some(month) = small("month") {
            return Some(Period::Month(year, month?));
        }
        if let Some(half) = text("half") {
            return Some(Period::Half(year, if half == "上" { 1 } else { 2 }));
        }
        if let Some(quarter) = text("quarter") {
            return Some(Period::Quarter(year, numeral(quarter)?));
        }
        match text("quarters") {
            Some(quarters) => Some(Period::YearThrough(year, 3 * numeral(quarters)?)),
            None => Some(Period::Year(year)),
        }
    };
    match text("year") {
        Some(year) => part(days::year(year)?),
        None if found.get(0).is_some_and(|all| all.is_empty()) => None,
        // Without its year: that of the subject, else the latest that has begun.
        None => match subject {
            Some(subject) => part(subject.year()),
            None => [today.year(), today.year() - 1].into_iter().filter_map(part).find(|period| period.first() <= today),
        },
    }
}

fn numeral(sign: &str) -> Option<u32> {
    match sign {
        "一" | "1" => Some(1),
        "二" | "两" | "2" => Some(2),
        "三" | "3" => Some(3),
        "四" | "4" => Some(4),
        _ => None,
    }
}

/// Months `from` to `to`: from January on, the year to date.
fn span(year: i32, from: u32, to: u32) -> Option<Period> {
    let period = match (from, to) {
        (1, 12) => Period::Year(year),
        (1, to) => Period::YearThrough(year, to),
        (7, 12) => Period::Half(year, 2),
        (4, 6) | (7, 9) | (10, 12) => Period::Quarter(year, to / 3),
        (from, to) if from == to => Period::Month(year, from),
        (from, to) if from < to => Period::Days(Period::Month(year, from).first(), Period::Month(year, to).last()),
        _ => return None,
    };
    Some(period)
}

fn english(found: &Captures<'_>) -> Option<Period> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let month = |group: usize| {
        let name = found.get(group)?.as_str();
        MONTHS.iter().position(|month| *month == name).and_then(|at| u32::try_from(at + 1).ok())
    };
    let year = days::year(found.get(3)?.as_str())?;
    let to = month(2)?;
    match month(1) {
        Some(from) => span(year, from, to),
        None => Some(Period::Month(year, to)),
    }
}

fn digits(found: &Captures<'_>) -> Option<Period> {
    let text = |group: usize| found.get(group).map(|part| part.as_str());
    if let (Some(year), Some(part)) = (text(1), text(2)) {
        return format!("{year}-{part}").parse().ok();
    }
    if let (Some(year), Some(month)) = (text(3), text(4)) {
        return format!("{year}-{month}").parse().ok();
    }
    text(0)?.parse().ok()
}
