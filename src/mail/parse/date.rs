//! Dates in headers: RFC 5322 by mail-parser, and by chrono what is written instead of it.
//!
//! Mail without seconds or a zone is about all the same, and an old mail's date is worth showing; it is no evidence of
//! anything.

use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use regex::Regex;

use crate::domain::rules::Instant;

/// What mail-parser reads rightly once it has a zone; it makes another date of other forms, rather than none.
static USUAL: LazyLock<Regex> = LazyLock::new(|| {
    let day = r"(?:[a-z]+\.?,?\s*)?(?<day>\d{1,2})[\s-]+(?<month>[a-z]{3})[a-z]*[\s-]+(?<year>\d{2,4})";
    let time = r"(?<time>\d{1,2}:\d\d(?::\d\d)?)(?:\.\d+)?\s*(?:GMT|UTC)?(?<zone>[+-]\d{3,4}|ut|z|[a-z]{3,4})?$";
    Regex::new(&format!(r"(?i-u)^{day},?\s+{time}")).expect("a constant pattern") // every test of mails uses it
});

/// Forms of ctime, and with twelve hours.
const OTHERS: [&str; 3] = ["%A %B %d %H:%M:%S %Y", "%A, %B %d, %Y %I:%M %p", "%A, %B %d, %Y %I:%M:%S %p"];
const OTHERS_WITH_ZONE: [&str; 2] = ["%A %B %d %H:%M:%S %Y %z", "%A, %d %B %Y %I:%M %p GMT%z"];

/// A date with its zone; without one it counts as UTC.
pub(crate) fn read(text: &str) -> Option<Instant> {
    let text = text.split('(').next().unwrap_or(text).trim();
    let Some(usual) = USUAL.captures(text) else {
        let zoned = OTHERS_WITH_ZONE.iter().find_map(|form| DateTime::parse_from_str(text, form).ok()).map(|at| at.to_utc());
        return zoned.or_else(|| OTHERS.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok()).map(|at| at.and_utc()));
    };
    let [day, month, year, time, zone] =
        ["day", "month", "year", "time", "zone"].map(|name| usual.name(name).map_or("", |found| found.as_str()));
    let seconds = if time.len() > 5 { "" } else { ":00" };
    let zone = match zone.split_at_checked(1) {
        Some((sign @ ("+" | "-"), digits)) => format!("{sign}{digits:0>4}"),
        _ => zone.to_ascii_uppercase(),
    };
    let found = mail_parser::DateTime::parse_rfc822(&format!("{day} {month} {year} {time}{seconds} {zone}"))?;
    // mail-parser does not know how long months are; and a leap second is the last second of its minute to us.
    let date = NaiveDate::from_ymd_opt(found.year.into(), found.month.into(), found.day.into())?;
    date.and_hms_opt(found.hour.into(), found.minute.into(), 0).filter(|_| found.second <= 60)?;
    DateTime::from_timestamp(mail_parser::DateTime { second: found.second.min(59), ..found }.to_timestamp(), 0)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn dates_are_read_as_they_are_written() {
        for (text, expected) in [
            ("Sun, 22 Nov 2026 14:30:05 +0800 (CST)", "2026-11-22T06:30:05Z"),
            ("22 Nov 2026 14:30 +0800", "2026-11-22T06:30:00Z"),
            ("Sun, 22 Nov 26 14:30:00 GMT", "2026-11-22T14:30:00Z"),
            ("Sun Nov 22 14:30:00 2026", "2026-11-22T14:30:00Z"),
            ("22-Nov-2026 14:30:00 -0330", "2026-11-22T18:00:00Z"),
            ("Sunday, November 22, 2026 2:30 PM", "2026-11-22T14:30:00Z"),
            ("Sun, 22 Nov 2026 12:05 AM GMT+0800", "2026-11-21T16:05:00Z"),
            ("Sun, 22 Nov 2026 23:59:60 +0000", "2026-11-22T23:59:59Z"),
        ] {
            let at = read(text).map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
            assert_eq!(at.as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in ["", "yesterday", "32 Nov 2026 10:00:00 +0800", "22 Nov 2026 25:00 +0800", "22 Nov 2026", "2026年11月22日 14:30"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
