//! Dates in headers: RFC 5322, and what is written instead of it.
//!
//! mail-parser wants seconds and a zone. Mail without them is about all the same, and an old mail's date is worth
//! showing; it is no evidence of anything.

use chrono::{DateTime, NaiveDate};

use crate::domain::rules::Instant;

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// A date with its zone; without one it counts as UTC.
pub(crate) fn read(text: &str) -> Option<Instant> {
    let plain = without_comments(text);
    let mut found = Found::default();
    for word in plain.split([' ', '\t', ',']).filter(|word| !word.is_empty()).take(16) {
        found.take(word);
    }
    let date = NaiveDate::from_ymd_opt(full_year(found.year?), found.month?, found.day?)?;
    let (hour, minute, second) = found.time?;
    let hour = match found.afternoon {
        Some(true) if hour < 12 => hour + 12,
        Some(false) if hour == 12 => 0,
        _ => hour,
    };
    // A leap second is the last second of its minute to us.
    let local = date.and_hms_opt(hour, minute, second.min(59))?.and_utc();
    DateTime::from_timestamp(local.timestamp() - found.offset.unwrap_or(0), 0)
}

#[derive(Default)]
struct Found {
    day: Option<u32>,
    month: Option<u32>,
    year: Option<i32>,
    time: Option<(u32, u32, u32)>,
    /// Seconds east of UTC.
    offset: Option<i64>,
    afternoon: Option<bool>,
}

impl Found {
    fn take(&mut self, word: &str) {
        let month = word.get(..3).and_then(|start| MONTHS.iter().position(|month| month.eq_ignore_ascii_case(start)));
        if word.contains(':') {
            self.time = self.time.or_else(|| time(word));
        } else if word.contains('-') && !word.starts_with('-') {
            word.split('-').for_each(|piece| self.take(piece));
        } else if let (Some(month), None) = (month, self.month) {
            self.month = u32::try_from(month + 1).ok();
        } else if let Ok(number) = word.parse::<u32>()
            && !word.starts_with('+')
        {
            // The day comes before the year, in every way to write them that has a month by name.
            match (self.day, self.year) {
                (None, _) if word.len() <= 2 => self.day = Some(number),
                (_, None) if word.len() <= 4 => self.year = i32::try_from(number).ok(),
                _ => {}
            }
        } else if self.time.is_some() {
            match word.to_ascii_lowercase().as_str() {
                "am" => self.afternoon = Some(false),
                "pm" => self.afternoon = Some(true),
                zone => self.offset = self.offset.or_else(|| offset(zone)),
            }
        }
    }
}

fn time(word: &str) -> Option<(u32, u32, u32)> {
    let mut pieces = word.split(':').map(|piece| piece.split('.').next().unwrap_or(piece).parse::<u32>().ok());
    let (hour, minute) = (pieces.next()??, pieces.next()??);
    let second = pieces.next().map_or(Some(0), |second| second)?;
    (second <= 60).then_some((hour, minute, second))
}

/// `+0800`, `-600`, `GMT+0800`, or a name. Names other than these mean nothing certain (RFC 5322, 4.3).
fn offset(zone: &str) -> Option<i64> {
    let zone = zone.strip_prefix("gmt").or_else(|| zone.strip_prefix("utc")).filter(|rest| !rest.is_empty()).unwrap_or(zone);
    let hours = match zone {
        "edt" => -4,
        "est" | "cdt" => -5,
        "cst" | "mdt" => -6,
        "mst" | "pdt" => -7,
        "pst" => -8,
        "bst" | "met" | "cet" => 1,
        "mest" | "cest" => 2,
        "jst" | "kst" => 9,
        _ => {
            let (sign, digits) = match zone.split_at_checked(1)? {
                ("+", digits) => (1, digits),
                ("-", digits) => (-1, digits),
                _ => return Some(0),
            };
            let number = digits.parse::<i64>().ok().filter(|_| digits.len() <= 4)?;
            let (hours, minutes) = if digits.len() <= 2 { (number, 0) } else { (number / 100, number % 100) };
            return (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60));
        }
    };
    Some(hours * 3600)
}

/// Two digits are 1950 to 2049, three are counted from 1900 (RFC 5322, 4.3).
fn full_year(year: i32) -> i32 {
    match year {
        0..=49 => 2000 + year,
        50..=999 => 1900 + year,
        year => year,
    }
}

fn without_comments(text: &str) -> String {
    let mut depth = 0_u32;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
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
