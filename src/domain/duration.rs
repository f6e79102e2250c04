//! Spans of time as the configuration writes them: `90s`, `30m`, `2h`, `10d`, `1h30m`.

/// Why a text is no span of time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// Not numbers with units.
    #[error("“{0}” is not a duration; write numbers with d, h, m or s, largest first, such as 2h or 1h30m")]
    Shape(String),
    /// Longer than ten years.
    #[error("“{0}” is longer than ten years (3660d)")]
    TooLong(String),
}

/// The longest span that configuration may name: ten years, in seconds.
pub const LONGEST: i64 = 3660 * DAY;
const DAY: i64 = 86_400;
const UNITS: [(char, i64); 4] = [('d', DAY), ('h', 3600), ('m', 60), ('s', 1)];

/// The seconds of `90s`, `30m`, `2h`, `10d` or `1h30m`: whole numbers, units from the largest to the smallest, each once.
/// Zero is allowed; a sign is not.
pub fn parse_duration(text: &str) -> Result<i64, DurationError> {
    let shape = || DurationError::Shape(text.to_owned());
    let too_long = || DurationError::TooLong(text.to_owned());
    let mut rest = text.trim();
    let mut units = UNITS.as_slice();
    let mut seconds = 0_i64;
    if rest.is_empty() {
        return Err(shape());
    }
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let unit = rest[digits..].chars().next().ok_or_else(shape)?;
        let place = units.iter().position(|(letter, _)| *letter == unit).ok_or_else(shape)?;
        if digits == 0 {
            return Err(shape());
        }
        let count: i64 = rest[..digits].parse().map_err(|_| too_long())?;
        let span = count.checked_mul(units[place].1).ok_or_else(too_long)?;
        seconds = seconds.checked_add(span).filter(|s| *s <= LONGEST).ok_or_else(too_long)?;
        units = &units[place + 1..];
        rest = &rest[digits + unit.len_utf8()..];
    }
    Ok(seconds)
}

/// `seconds` as `parse_duration` reads it back: `5400` → `1h30m`, `0` → `0s`. A negative span has a minus before it, for people only.
pub fn format_duration(seconds: i64) -> String {
    if seconds == 0 {
        return "0s".to_owned();
    }
    let mut text = if seconds < 0 { "-".to_owned() } else { String::new() };
    let mut rest = seconds.unsigned_abs();
    for (letter, size) in UNITS {
        let size = size.unsigned_abs();
        if rest >= size {
            text.push_str(&format!("{}{letter}", rest / size));
            rest %= size;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spans_read_as_written() {
        for (text, seconds) in
            [("90s", 90), ("30m", 1800), ("2h", 7200), ("10d", 864_000), ("1h30m", 5400), ("0s", 0), (" 1d2h3m4s ", 93_784)]
        {
            assert_eq!(parse_duration(text), Ok(seconds), "{text}");
        }
    }

    #[test]
    fn what_is_no_span_is_refused_with_the_mend() {
        for text in ["", " ", "2", "h", "2 h", "-2h", "+2h", "30m1h", "1h1h", "1.5h", "2w", "二小时", "2H"] {
            assert!(matches!(parse_duration(text), Err(DurationError::Shape(_))), "{text}");
        }
        for text in ["3661d", "99999999999999999999d", "9223372036854775807d"] {
            assert!(matches!(parse_duration(text), Err(DurationError::TooLong(_))), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_span_reads_back(seconds in 0..=LONGEST) {
            prop_assert_eq!(parse_duration(&format_duration(seconds)), Ok(seconds));
        }

        #[test]
        fn no_text_panics(text in "[0-9dhms +.-]{0,30}|.*") {
            let _ = parse_duration(&text);
        }
    }
}
