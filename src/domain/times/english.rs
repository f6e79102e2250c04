//! Days, parts of the day and times of day as English and numeric notations name them.

use super::numbers::Text;
use super::point::{Ago, Clock, Day, Half, Mode, Part, Point};

const RELATIVE: [(&str, Day); 6] = [
    ("the day before yesterday", Day::Relative(-2)),
    ("day before yesterday", Day::Relative(-2)),
    ("yesterday", Day::Relative(-1)),
    ("today", Day::Relative(0)),
    ("tomorrow", Day::Relative(1)),
    ("same day", Day::Same),
];

const WITH_PART: [(&str, (Day, Part)); 6] = [
    ("last night", (Day::Relative(-1), Part::Night)),
    ("last evening", (Day::Relative(-1), Part::Evening)),
    ("tonight", (Day::Relative(0), Part::Night)),
    ("this morning", (Day::Relative(0), Part::Morning)),
    ("this afternoon", (Day::Relative(0), Part::Afternoon)),
    ("this evening", (Day::Relative(0), Part::Evening)),
];

const PARTS: [(&str, Part); 6] = [
    ("early morning", Part::Daybreak),
    ("small hours", Part::SmallHours),
    ("morning", Part::Morning),
    ("afternoon", Part::Afternoon),
    ("evening", Part::Evening),
    ("night", Part::Night),
];

const WEEKDAYS: [(&str, u32); 17] = [
    ("monday", 0),
    ("tuesday", 1),
    ("wednesday", 2),
    ("thursday", 3),
    ("friday", 4),
    ("saturday", 5),
    ("sunday", 6),
    ("mon", 0),
    ("tues", 1),
    ("tue", 1),
    ("wed", 2),
    ("thurs", 3),
    ("thur", 3),
    ("thu", 3),
    ("fri", 4),
    ("sat", 5),
    ("sun", 6),
];

const MONTHS: [(&str, u32); 24] = [
    ("january", 1),
    ("february", 2),
    ("march", 3),
    ("april", 4),
    ("may", 5),
    ("june", 6),
    ("july", 7),
    ("august", 8),
    ("september", 9),
    ("october", 10),
    ("november", 11),
    ("december", 12),
    ("jan", 1),
    ("feb", 2),
    ("mar", 3),
    ("apr", 4),
    ("jun", 6),
    ("jul", 7),
    ("aug", 8),
    ("sept", 9),
    ("sep", 9),
    ("oct", 10),
    ("nov", 11),
    ("dec", 12),
];

/// Whether a word of a time begins at this letter, by its first three; asked at every word of English prose.
pub(super) fn may_begin(text: Text<'_>, index: usize) -> bool {
    const BEGINNINGS: &[u8] = b"abo aro app cir an  hal one two thr fou fiv six ten twe fif thi jus bet day yes tod tom sam las ton mon \
        tue wed thu fri sat sun jan feb mar apr may jun jul aug sep oct nov dec noo mid ";
    let letter = |at: usize| text.at(at).and_then(|c| u8::try_from(c).ok()).unwrap_or(b' ');
    let three = [letter(index), letter(index + 1), letter(index + 2)];
    match &three {
        b"the" => text.word(index, "the day ").is_some(),
        [b'a', b' ', _] => true,
        _ => BEGINNINGS.chunks_exact(4).any(|word| word[..3] == three),
    }
}

/// `last night`, `this morning`: a day and its part in one.
pub(super) fn day_with_part(text: Text<'_>, index: usize) -> Option<(Day, Part, usize)> {
    text.at(index).filter(char::is_ascii_alphanumeric)?;
    text.latin(index, &WITH_PART).map(|((day, part), next)| (day, part, next))
}

/// A day in English or in numbers with separators.
pub(super) fn day(text: Text<'_>, index: usize, mode: Mode) -> Option<(Day, usize)> {
    text.at(index).filter(char::is_ascii_alphanumeric)?;
    if text.is_digit(index) {
        return year_first(text, index)
            .or_else(|| day_first(text, index))
            .or_else(|| short_numeric(text, index, mode))
            .or_else(|| compact(text, index, mode));
    }
    text.latin(index, &RELATIVE).or_else(|| weekday(text, index)).or_else(|| month_first(text, index))
}

/// `Friday`, `last Friday`, `Fri.`
pub(super) fn weekday(text: Text<'_>, index: usize) -> Option<(Day, usize)> {
    text.at(index).filter(char::is_ascii_alphanumeric)?;
    const WEEKS: [(&str, i32); 2] = [("last ", -1), ("this ", 0)];
    let (week, next) = text.one_of(index, &WEEKS).map_or((None, index), |(week, next)| (Some(week), next));
    let (days, next) = text.latin(next, &WEEKDAYS)?;
    // `last Friday` is the latest one that was; English does not count from Monday.
    let week = week.filter(|week| *week == 0);
    Some((Day::Weekday(week, days), next + usize::from(text.is(next, '.'))))
}

/// 2026-11-22, 2026/11/22, 2026.11.22
fn year_first(text: Text<'_>, index: usize) -> Option<(Day, usize)> {
    let year = text.digits(index).filter(|n| n.length == 4 && (1900..2200).contains(&n.value))?;
    let separator = text.at(year.next).filter(|c| matches!(c, '-' | '/' | '.'))?;
    let month = text.digits(year.next + 1).filter(|n| n.length <= 2)?;
    let day = text.digits(month.next + 1).filter(|n| n.length <= 2 && text.is(month.next, separator))?;
    let goes_on = text.any(day.next, "./-") && text.is_digit(day.next + 1);
    (!goes_on).then_some((Day::Full(i32::try_from(year.value).ok()?, month.value, day.value), day.next))
}

/// 22/11/2026 and 11/22/2026, where only one reading is a day; 22 Nov 2026, 22nd of November.
fn day_first(text: Text<'_>, index: usize) -> Option<(Day, usize)> {
    let day = text.digits(index).filter(|n| n.length <= 2)?;
    if let Some(separator) = text.at(day.next).filter(|c| matches!(c, '/' | '.' | '-'))
        && let Some(month) = text.digits(day.next + 1).filter(|n| n.length <= 2 && text.is(n.next, separator))
        && let Some(year) = text.digits(month.next + 1).filter(|n| n.length == 4 && (1900..2200).contains(&n.value))
    {
        let (day, month) = match (day.value, month.value) {
            (day, month) if month > 12 && day <= 12 => (month, day),
            (day, month) if day > 12 || day == month => (day, month),
            // 11/12/2026 is two days, and no year has either of them here.
            _ => (0, 0),
        };
        let stands = !text.is_digit(year.next + 1) || !text.any(year.next, "/.-");
        return stands.then_some((Day::Full(i32::try_from(year.value).ok()?, month, day), year.next));
    }
    let next = text.spaces(ordinal(text, day.next));
    let next = text.word(next, "of ").unwrap_or(next + usize::from(text.is(next, '-')));
    let (month, next) = text.one_of(next, &MONTHS).filter(|(_, next)| !text.at(*next).is_some_and(|c| c.is_ascii_alphabetic()))?;
    let next = next + usize::from(text.is(next, '.'));
    Some(with_year(text, month, day.value, next))
}

/// Nov 22, 2026; November 22nd
fn month_first(text: Text<'_>, index: usize) -> Option<(Day, usize)> {
    let (month, next) = text.latin(index, &MONTHS)?;
    let day = text.digits(text.spaces(next + usize::from(text.is(next, '.')))).filter(|n| n.length <= 2)?;
    // `Nov 9:30` has no day.
    (!text.any(day.next, ":.%") || !text.is_digit(day.next + 1)).then(|| with_year(text, month, day.value, ordinal(text, day.next)))
}

fn ordinal(text: Text<'_>, index: usize) -> usize {
    text.one_of(index, &[("st", ()), ("nd", ()), ("rd", ()), ("th", ())]).map_or(index, |((), next)| next)
}

fn with_year(text: Text<'_>, month: u32, day: u32, next: usize) -> (Day, usize) {
    let start = text.spaces(next);
    let start = text.spaces(start + usize::from(text.any(start, ",-")));
    match text.digits(start).filter(|n| n.length == 4 && (1900..2200).contains(&n.value)) {
        Some(year) => (Day::Full(i32::try_from(year.value).unwrap_or(1900), month, day), year.next),
        None => (Day::OfAnyYear(month, day), next),
    }
}

/// 11-22 14:30, 11/22 14:30: a month and a day only before a time of day.
fn short_numeric(text: Text<'_>, index: usize, mode: Mode) -> Option<(Day, usize)> {
    let month = text.digits(index).filter(|n| n.length <= 2)?;
    let day = text.digits(month.next + 1).filter(|n| n.length <= 2 && text.any(month.next, "-/."))?;
    let next = text.spaces(day.next);
    let point = text.is(month.next, '.');
    if next == day.next || point && mode == Mode::Prose {
        return None;
    }
    colon(text, next).map(|_| (Day::OfAnyYear(month.value, day.value), day.next))
}

/// 20261122, in a field only.
fn compact(text: Text<'_>, index: usize, mode: Mode) -> Option<(Day, usize)> {
    let number = text.digits(index).filter(|n| mode == Mode::Field && n.length == 8 && (19_000_101..21_991_232).contains(&n.value))?;
    let year = i32::try_from(number.value / 10_000).ok()?;
    Some((Day::Full(year, number.value / 100 % 100, number.value % 100), number.next))
}

/// `morning`, `in the afternoon`, only after a day; `midnight` anywhere.
pub(super) fn part(text: Text<'_>, index: usize, after_day: bool) -> Option<(Part, usize)> {
    text.at(index).filter(char::is_ascii_alphanumeric)?;
    let midnight = || text.latin(index, &[("midnight", Part::Midnight)]);
    if after_day { text.latin(index, &PARTS).or_else(midnight) } else { midnight() }
}

/// 14:30, 14:30:05+08:00, 2:30 pm, 11pm, noon, 9 o'clock.
pub(super) fn clock(text: Text<'_>, index: usize, mode: Mode) -> Option<(Clock, usize)> {
    text.at(index).filter(char::is_ascii_alphanumeric)?;
    const NAMED: [(&str, Clock); 2] = [
        ("noon", Clock { hour: 12, minute: Some(0), second: 0, half: None, offset: None, weak: false }),
        ("midday", Clock { hour: 12, minute: Some(0), second: 0, half: None, offset: None, weak: false }),
    ];
    if let Some((clock, next)) = text.latin(index, &NAMED) {
        return Some((clock, next));
    }
    let hour = text.digits(index).filter(|n| n.length <= 2)?;
    if let Some((clock, next)) = colon(text, index) {
        return Some((clock, next));
    }
    // 2.30 pm
    let minute = text.digits(hour.next + 1).filter(|n| n.length == 2 && text.is(hour.next, '.'));
    if let Some(minute) = minute
        && let Some((half, next)) = half(text, minute.next)
    {
        return Some((Clock { half: Some(half), ..Clock::minutes(hour.value, minute.value) }, next));
    }
    if let Some((half, next)) = half(text, hour.next) {
        return Some((Clock { half: Some(half), ..Clock::hour(hour.value) }, next));
    }
    if let Some(next) = ["o'clock", "o’clock"].iter().find_map(|word| text.word(text.spaces(hour.next), word)) {
        return Some((Clock::hour(hour.value), next));
    }
    // `about 9`, and nothing behind it that would be counted.
    let bare = mode == Mode::Field && text.before(index).is_some_and(|c| c == ' ' || c == '约' || c == '~') && ends(text, hour.next);
    let about = bare && about_just_before(text, index);
    about.then_some((Clock { weak: true, ..Clock::hour(hour.value) }, hour.next))
}

fn about_just_before(text: Text<'_>, index: usize) -> bool {
    ["about ", "around ", "approximately ", "约", "大约", "~"].iter().any(|word| {
        let length = word.chars().count();
        index >= length && text.word(index - length, word) == Some(index)
    })
}

fn ends(text: Text<'_>, index: usize) -> bool {
    let next = text.spaces(index);
    text.at(next).is_none_or(|c| matches!(c, ',' | '。' | ';' | ')' | '\n')) || text.is(next, '.') && text.spaces(next + 1) == text.len()
}

/// 14:30, 14:30:05, with am or pm, Z or an offset.
fn colon(text: Text<'_>, index: usize) -> Option<(Clock, usize)> {
    let hour = text.digits(index).filter(|n| n.length <= 2 && text.is(n.next, ':'))?;
    let two = |index: usize| text.digits(index).filter(|n| n.length == 2);
    let minute = two(hour.next + 1)?;
    let mut clock = Clock::minutes(hour.value, minute.value);
    let mut next = minute.next;
    if text.is(next, ':') {
        let second = two(next + 1)?;
        (clock.second, next) = (second.value, second.next);
        if text.is(next, '.') && text.is_digit(next + 1) {
            next = text.digits_end(next + 1);
        }
    }
    if text.any(next, ":%") || text.is(next, '.') && text.is_digit(next + 1) {
        return None;
    }
    let ratio = index >= 1 && text.before(index).is_some_and(|c| "比例分率胜负平".contains(c));
    if ratio {
        return None;
    }
    if let Some((half, behind)) = half(text, next) {
        (clock.half, next) = (Some(half), behind);
    }
    let iso = text.before(index) == Some('t');
    if let Some((seconds, behind)) = offset(text, next, iso) {
        (clock.offset, next) = (Some(seconds), behind);
    }
    let next = text.one_of(next, &[("hrs", ()), (" hrs", ()), ("分", ()), ("时", ())]).map_or(next, |((), behind)| behind);
    Some((clock, next))
}

fn half(text: Text<'_>, index: usize) -> Option<(Half, usize)> {
    const HALVES: [(&str, Half); 4] = [("a.m.", Half::Am), ("p.m.", Half::Pm), ("am", Half::Am), ("pm", Half::Pm)];
    let (half, next) = text.one_of(text.spaces(index), &HALVES)?;
    (!text.at(next).is_some_and(|c| c.is_ascii_alphanumeric())).then_some((half, next))
}

/// `Z`, ` UTC`, `+08:00`, ` +0800`; a minus only in ISO 8601, where it can be no range.
fn offset(text: Text<'_>, index: usize, iso: bool) -> Option<(i32, usize)> {
    if text.is(index, 'z') && !text.at(index + 1).is_some_and(|c| c.is_ascii_alphanumeric()) {
        return Some((0, index + 1));
    }
    let start = text.spaces(index);
    let behind_name = text.one_of(start, &[("utc", ()), ("gmt", ())]).map(|((), next)| next);
    let sign_at = behind_name.unwrap_or(start);
    let sign = match text.at(sign_at) {
        Some('+') => 1,
        Some('-') if iso || behind_name.is_some() => -1,
        _ => return behind_name.map(|next| (0, next)),
    };
    let hours = text.digits(sign_at + 1)?;
    let (hours, minutes, next) = match hours.length {
        4 => (hours.value / 100, hours.value % 100, hours.next),
        1 | 2 => match text.digits(hours.next + 1).filter(|m| m.length == 2 && text.is(hours.next, ':')) {
            Some(minutes) => (hours.value, minutes.value, minutes.next),
            None => (hours.value, 0, hours.next),
        },
        _ => return None,
    };
    let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
    (hours <= 14 && minutes < 60).then_some((sign * seconds, next))
}

/// `3 hours ago`, `an hour ago`, `half an hour ago`, `two days ago`.
pub(super) fn ago(text: Text<'_>, index: usize) -> Option<(Ago, usize)> {
    text.at(index).filter(char::is_ascii_alphanumeric)?;
    const COUNTS: [(&str, i64); 15] = [
        ("half an ", 1),
        ("half a ", 1),
        ("an ", 2),
        ("a ", 2),
        ("one ", 2),
        ("two ", 4),
        ("three ", 6),
        ("four ", 8),
        ("five ", 10),
        ("six ", 12),
        ("ten ", 20),
        ("twelve ", 24),
        ("fifteen ", 30),
        ("twenty ", 40),
        ("thirty ", 60),
    ];
    const UNITS: [(&str, i64); 14] = [
        ("hours", 3600),
        ("hour", 3600),
        ("hrs", 3600),
        ("hr", 3600),
        ("minutes", 60),
        ("minute", 60),
        ("mins", 60),
        ("min", 60),
        ("days", 86_400),
        ("day", 86_400),
        ("weeks", 7 * 86_400),
        ("week", 7 * 86_400),
        ("h", 3600),
        ("m", 60),
    ];
    if let Some(((), next)) = text.latin(index, &[("just now", ())]) {
        return Some((Ago::Seconds(0), next));
    }
    let (halves, next) = match text.digits(index).filter(|n| n.value <= 9999) {
        Some(number) => match text.word(number.next, ".5") {
            Some(next) => (i64::from(number.value) * 2 + 1, next),
            None => (i64::from(number.value) * 2, number.next),
        },
        None => text.one_of(index, &COUNTS)?,
    };
    let (unit, next) = text.one_of(text.spaces(next), &UNITS)?;
    let next = text.word(text.spaces(next), "ago").filter(|next| !text.at(*next).is_some_and(|c| c.is_ascii_alphanumeric()))?;
    let seconds = halves * unit / 2;
    if unit < 86_400 {
        return Some((Ago::Seconds(seconds), next));
    }
    Some((Ago::Days(i32::try_from(seconds / 86_400).ok()?), next))
}

/// `between 9 and 10`, `between 2:30 and 3 pm`.
pub(super) fn between(text: Text<'_>, index: usize, mode: Mode) -> Option<(Point, Point, usize)> {
    let ((), next) = text.latin(index, &[("between ", ())])?;
    let (from, next) = hour(text, next, mode)?;
    let next = text.word(text.spaces(next), "and ")?;
    let (to, end) = hour(text, text.spaces(next), mode)?;
    let point = |clock| Point { clock: Some(clock), ..Point::default() };
    Some((point(from), point(to), end))
}

/// 2-3 pm, 2 to 3pm: a range whose first hour has nothing behind it.
pub(super) fn hours(text: Text<'_>, index: usize) -> Option<(Point, Point, usize)> {
    const TO: [(&str, ()); 5] = [("-", ()), ("–", ()), ("—", ()), ("~", ()), ("to ", ())];
    let from = text.digits(index).filter(|n| n.length <= 2)?;
    let ((), next) = text.one_of(text.spaces(from.next), &TO)?;
    let (to, end) = clock(text, text.spaces(next), Mode::Prose).filter(|(clock, _)| clock.half.is_some())?;
    let point = |clock| Point { clock: Some(clock), ..Point::default() };
    Some((point(Clock::hour(from.value)), point(to), end))
}

fn hour(text: Text<'_>, index: usize, mode: Mode) -> Option<(Clock, usize)> {
    clock(text, index, mode).or_else(|| {
        let number = text.digits(index).filter(|n| mode == Mode::Field && n.length <= 2)?;
        Some((Clock::hour(number.value), number.next))
    })
}
