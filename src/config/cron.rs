//! Whether a cron expression can be one. What it means is `domain::schedule`'s.

use super::problem::CronFault;

const RANGES: [(u32, u32); 5] = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)];
const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// Checks five fields: minute, hour, day, month, weekday (0 and 7 are Sunday), and that they come at all.
pub(super) fn check_cron(text: &str) -> Result<(), CronFault> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    if fields.len() != RANGES.len() {
        return Err(CronFault::Fields { found: fields.len() });
    }
    let mut values = Vec::new();
    for (position, field) in fields.iter().enumerate() {
        values.push(expand(field, position).ok_or_else(|| CronFault::Field { text: (*field).to_owned(), position })?);
    }
    // With a weekday given, either the day or the weekday is enough (cron(5)).
    let by_weekday = !fields[4].starts_with('*');
    let longest = |month: u32| match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let comes = values[3].iter().any(|month| values[2].iter().any(|day| *day <= longest(*month)));
    if comes || by_weekday { Ok(()) } else { Err(CronFault::NeverFires) }
}

/// The numbers that a field names; `None` when it is no field.
fn expand(field: &str, position: usize) -> Option<Vec<u32>> {
    let (least, most) = RANGES[position];
    let mut numbers = Vec::new();
    for part in field.split(',') {
        let (span, step) = match part.split_once('/') {
            Some((span, step)) => (span, digits(step).filter(|step| (1..=most).contains(step))?),
            None => (part, 1),
        };
        let (from, to) = match span.split_once('-') {
            _ if span == "*" => (least, most),
            Some((from, to)) => (number(from, position)?, number(to, position)?),
            None if part.contains('/') => (number(span, position)?, most),
            None => (number(span, position)?, number(span, position)?),
        };
        if from > to || from < least || to > most {
            return None;
        }
        numbers.extend((from..=to).step_by(step as usize));
    }
    Some(numbers)
}

fn number(text: &str, position: usize) -> Option<u32> {
    let names: (&[&str], u32) = match position {
        3 => (&MONTHS, 1),
        4 => (&WEEKDAYS, 0),
        _ => (&[], 0),
    };
    let named = names.0.iter().zip(names.1..).find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, number)| number);
    named.or_else(|| digits(text))
}

fn digits(text: &str) -> Option<u32> {
    ((1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_fields_with_names_ranges_lists_and_steps_are_taken() {
        for text in
            ["0 17 * * *", "*/10 8-18 * * MON-FRI", "0 9 1,15 jan,JUL *", "0 9 29 2 *", "0 0 31 2 1", "5/15 * * * 7", "0  8\t* * sun"]
        {
            assert_eq!(check_cron(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_is_no_field_is_named() {
        assert_eq!(check_cron("0 17 * *"), Err(CronFault::Fields { found: 4 }));
        for (text, field, position) in [
            ("60 17 * * *", "60", 0),
            ("0 24 * * *", "24", 1),
            ("0 0 0 * *", "0", 2),
            ("0 0 * 13 *", "13", 3),
            ("0 0 * * 8", "8", 4),
            ("0 0 * * MOON", "MOON", 4),
            ("*/0 0 * * *", "*/0", 0),
            ("5-1 0 * * *", "5-1", 0),
            (", 0 * * *", ",", 0),
            ("+1 0 * * *", "+1", 0),
            ("1-2-3 0 * * *", "1-2-3", 0),
        ] {
            assert_eq!(check_cron(text), Err(CronFault::Field { text: field.to_owned(), position }), "{text}");
        }
    }

    #[test]
    fn a_day_that_no_year_has_never_fires() {
        assert_eq!(check_cron("0 0 30 2 *"), Err(CronFault::NeverFires));
        assert_eq!(check_cron("0 0 31 4,6,9,11 *"), Err(CronFault::NeverFires));
    }
}
