//! Single values: texts into what they mean.

use std::str::FromStr;

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::cron::check_cron;
use super::problem::{Fault, Shape, ShapeFault, ValueFault, WordFault};
use super::tree::{Node, Value};
use crate::domain::points::Points;
use crate::domain::roster::Address;

/// Characters in a name.
const TEXT_LIMIT: usize = 1_000;
/// Characters in an id.
const ID_LIMIT: usize = 40;
/// What one thing can earn.
const MOST_POINTS: Points = Points::from_thousandths(999_999_999_999);
/// Ten years, leap days included.
const LONGEST_SECONDS: i64 = 3_653 * 86_400;

fn wrong(node: &Node, wanted: Shape, example: &'static str) -> Fault {
    ShapeFault::WrongShape { found: node.shape(), wanted, example: example.to_owned() }.into()
}

fn string<'a>(node: &'a Node, example: &'static str) -> Result<&'a str, Fault> {
    match &node.value {
        Value::Text(text) => Ok(text.trim()),
        _ => Err(wrong(node, Shape::Text, example)),
    }
}

/// A text for people: one line, not empty.
pub(super) fn text(node: &Node) -> Result<String, Fault> {
    let text = string(node, "\"text\"")?;
    if text.is_empty() {
        return Err(ShapeFault::Blank.into());
    }
    if text.chars().count() > TEXT_LIMIT {
        return Err(WordFault::TooLong { limit: TEXT_LIMIT }.into());
    }
    if text.chars().any(char::is_control) {
        return Err(WordFault::Control.into());
    }
    Ok(text.to_owned())
}

/// As `text`, and may be empty.
pub(super) fn text_or_empty(node: &Node) -> Result<String, Fault> {
    match string(node, "\"text\"")? {
        "" => Ok(String::new()),
        _ => text(node),
    }
}

/// A short name that goes into headers: ASCII letters, digits, `-` and `_`.
pub(super) fn id(node: &Node) -> Result<String, Fault> {
    let text = text(node)?;
    let plain = text.len() <= ID_LIMIT && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if plain { Ok(text) } else { Err(WordFault::Id { text }.into()) }
}

/// An email address.
pub(super) fn address(node: &Node) -> Result<Address, Fault> {
    let text = string(node, "\"name@office.example\"")?;
    Address::parse(text).ok_or_else(|| ValueFault::Address { text: shown(text) }.into())
}

/// A host name, lower case.
pub(super) fn host(node: &Node) -> Result<String, Fault> {
    let text = string(node, "\"mx.office.example\"")?;
    let host = idna::domain_to_ascii(text.trim_end_matches('.')).unwrap_or_default().to_lowercase();
    let label = |l: &str| !l.is_empty() && l.len() <= 63 && l.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    let right = !host.is_empty() && host.len() <= 253 && host.split('.').all(label);
    if right { Ok(host) } else { Err(ValueFault::Host { text: shown(text) }.into()) }
}

/// A short name, or a host name: a tenant is either.
pub(super) fn id_or_host(node: &Node) -> Result<String, Fault> {
    id(node).or_else(|_| host(node))
}

/// `true` or `false`.
pub(super) fn truth(node: &Node) -> Result<bool, Fault> {
    match node.value {
        Value::Truth(truth) => Ok(truth),
        _ => Err(wrong(node, Shape::Truth, "true")),
    }
}

/// A whole number within bounds, both included.
pub(super) fn whole<T: TryFrom<i64>>(least: i64, most: i64) -> impl Fn(&Node) -> Result<T, Fault> {
    move |node| match node.value {
        Value::Whole(found) => {
            let value = found.unwrap_or(i64::MAX);
            let fits = (least..=most).contains(&value).then(|| T::try_from(value).ok()).flatten();
            fits.ok_or_else(|| WordFault::Range { value, least, most }.into())
        }
        _ => Err(wrong(node, Shape::Whole, "3")),
    }
}

/// A day: `"2003-04-20"`, quoted or not.
pub(super) fn date(node: &Node) -> Result<NaiveDate, Fault> {
    match &node.value {
        Value::Day(Some(day)) => Ok(*day),
        _ => {
            let text = string(node, "\"2003-04-20\"")?;
            day(text).ok_or_else(|| ValueFault::Date { text: shown(text) }.into())
        }
    }
}

/// `2003-04-20`, and nothing looser.
pub(super) fn day(text: &str) -> Option<NaiveDate> {
    let shape = text.len() == 10 && text.bytes().enumerate().all(|(at, b)| if at == 4 || at == 7 { b == b'-' } else { b.is_ascii_digit() });
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| shape)
}

/// A duration in seconds.
pub(super) fn seconds(node: &Node) -> Result<i64, Fault> {
    Ok(duration(string(node, "\"2h\"")?)?)
}

/// `90s`, `30m`, `2h`, `10d`, `1h30m` → seconds; longer than nothing, at most ten years.
pub(super) fn duration(text: &str) -> Result<i64, ValueFault> {
    let none = || ValueFault::Duration { text: shown(text) };
    let mut units = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)].into_iter();
    let mut rest = text;
    let mut total: i64 = 0;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, tail) = rest.split_at(digits);
        let unit = tail.chars().next().ok_or_else(none)?;
        // Each unit once, the larger first: what has been passed is used up.
        let (_, factor) = units.find(|(name, _)| *name == unit).ok_or_else(none)?;
        if number.is_empty() {
            return Err(none());
        }
        let part = number.parse().unwrap_or(i64::MAX);
        total = total.saturating_add(part.saturating_mul(factor));
        rest = &tail[unit.len_utf8()..];
    }
    match total {
        0 if text.is_empty() => Err(none()),
        1..=LONGEST_SECONDS => Ok(total),
        _ => Err(ValueFault::DurationRange { text: shown(text) }),
    }
}

/// A cron expression of five fields, blanks made single.
pub(super) fn cron(node: &Node) -> Result<String, Fault> {
    let text = string(node, "\"0 17 * * *\"")?;
    check_cron(text).map_err(|why| ValueFault::Cron { text: shown(text), why })?;
    Ok(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A size in bytes: `500KB`, `50MB`, `1GB`; a KB is 1,024 bytes.
pub(super) fn size(node: &Node) -> Result<u64, Fault> {
    let text = string(node, "\"50MB\"")?;
    let upper = text.to_ascii_uppercase();
    let number = |unit: &str, factor: u64| upper.strip_suffix(unit)?.trim_end().parse::<u32>().ok().map(|n| u64::from(n) * factor);
    number("KB", 1 << 10)
        .or_else(|| number("MB", 1 << 20))
        .or_else(|| number("GB", 1 << 30))
        .filter(|bytes| (1 << 10..=1 << 30).contains(bytes))
        .ok_or_else(|| ValueFault::Size { text: shown(text) }.into())
}

/// Points that something earns or costs: `"5"`, `"2.5"`; none below zero.
pub(super) fn points(node: &Node) -> Result<Points, Fault> {
    let text = string(node, "\"2.5\"")?;
    let points: Option<Points> = text.parse().ok().filter(|points| (Points::ZERO..=MOST_POINTS).contains(points));
    points.ok_or_else(|| ValueFault::Points { text: shown(text) }.into())
}

/// A chance in thousandths: `"1%"`, `"0.5%"`; above none and at most a half.
pub(super) fn per_mille(node: &Node) -> Result<u32, Fault> {
    let text = string(node, "\"1%\"")?;
    let percent: Option<Points> = text.strip_suffix(['%', '％']).and_then(|number| number.parse().ok());
    // A percent in thousandths is a hundred thousandth; below a thousandth nothing is told apart.
    let per_mille = percent.filter(|percent| percent.thousandths() % 100 == 0).map(|percent| percent.thousandths() / 100);
    let fits = per_mille.and_then(|chance| u32::try_from(chance).ok()).filter(|chance| (1..=500).contains(chance));
    fits.ok_or_else(|| ValueFault::Chance { text: shown(text) }.into())
}

/// A time zone by its name in the zone database.
pub(super) fn zone(node: &Node) -> Result<Tz, Fault> {
    let text = string(node, "\"Asia/Shanghai\"")?;
    text.parse().map_err(|_| {
        let beijing = ["beijing", "peking", "北京", "中国"].iter().any(|name| text.to_lowercase().contains(name));
        let near = if beijing { Some("Asia/Shanghai") } else { nearest(text, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name())) };
        WordFault::Zone { text: shown(text), nearest: near.map(str::to_owned) }.into()
    })
}

/// One of a few words, by the type that they name.
pub(super) fn word<T: FromStr>(known: &'static [&'static str]) -> impl Fn(&Node) -> Result<T, Fault> {
    move |node| {
        let text = string(node, "\"word\"")?;
        let found = known.contains(&text).then(|| text.parse().ok()).flatten();
        found.ok_or_else(|| {
            let near = nearest(text, known.iter().copied());
            WordFault::Word { text: shown(text), nearest: near.map(str::to_owned), known }.into()
        })
    }
}

/// The word most like `text`, if any is like it at all.
pub(super) fn nearest<'a>(text: &str, among: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let text = text.to_lowercase();
    let length = text.chars().count();
    let allowed = match length {
        0 => return None,
        1..=3 => 1,
        4..=8 => 2,
        _ => 3,
    };
    among
        .into_iter()
        // Words of so different lengths are further apart than that, and a comparison takes as long as both lengths multiplied.
        .filter(|word| word.chars().count().abs_diff(length) <= allowed)
        .map(|word| (strsim::damerau_levenshtein(&text, &word.to_lowercase()), word))
        .filter(|(distance, word)| *distance <= allowed && *distance < word.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// A value as a message shows it: one line, not long.
pub(super) fn shown(text: &str) -> String {
    let mut short: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(80).collect();
    if text.chars().count() > 80 {
        short.push('…');
    }
    short
}
