//! Points, counts and ranks in the cells of a table. What is no number is refused, never guessed.

use super::super::points::Points;
use super::Wrong;

/// `text` with full-width signs made ASCII, without spaces. Not `text::fold`, which makes `5²` fifty-two.
pub(super) fn narrow(text: &str) -> String {
    let one = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '−' | '﹣' => '-',
        c => c,
    };
    text.chars().filter(|c| !c.is_whitespace()).map(one).collect()
}

/// Whether a cell says that there is nothing: blank, or dashes and strokes.
pub(super) fn is_blank(text: &str) -> bool {
    narrow(text).chars().all(|c| matches!(c, '-' | '—' | '–' | '─' | '―' | '/' | '\\' | '～' | '~'))
}

/// Points: `5`, `2.5`, `5分`, `1,234`; `None` where the cell says that there are none.
pub(super) fn points(text: &str) -> Result<Option<Points>, Wrong> {
    if is_blank(text) {
        return Ok(None);
    }
    let number = narrow(text).to_ascii_lowercase();
    let number = ["分", "points", "point", "pts"].iter().find_map(|unit| number.strip_suffix(unit)).unwrap_or(&number);
    let points: Points = ungrouped(number).and_then(|number| number.parse().ok()).ok_or(Wrong::NotPoints)?;
    if points < Points::ZERO { Err(Wrong::NegativePoints) } else { Ok(Some(points)) }
}

/// A whole number of `things`: `3`, `3篇`.
pub(super) fn count(text: &str) -> Result<Option<u64>, Wrong> {
    if is_blank(text) {
        return Ok(None);
    }
    let number = narrow(text);
    let number = ["篇", "条", "件", "个", "家"].iter().find_map(|unit| number.strip_suffix(unit)).unwrap_or(&number);
    whole(number).map(Some)
}

/// A place, and of how many where the same cell says so: `8`, `第8名`, `并列第8位`, `8/49`.
pub(super) fn rank(text: &str) -> Result<(Option<u32>, Option<u32>), Wrong> {
    if is_blank(text) {
        return Ok((None, None));
    }
    let narrowed = narrow(text);
    let (place, of) = narrowed.split_once('/').map_or((narrowed.as_str(), None), |(place, of)| (place, Some(of)));
    if place.starts_with('-') && whole(&place[1..]).is_ok() {
        return Err(Wrong::RankOutOfRange);
    }
    let place = place.strip_prefix("并列").unwrap_or(place);
    let place = place.strip_prefix('第').unwrap_or(place);
    let place = ["名", "位"].iter().find_map(|unit| place.strip_suffix(unit)).unwrap_or(place);
    let narrow_count = |text: &str| whole(text).and_then(|number| u32::try_from(number).map_err(|_| Wrong::RankOutOfRange));
    let of = of.map(narrow_count).transpose()?;
    in_range(narrow_count(place)?, of).map(|place| (Some(place), of))
}

/// A place from 1 to the number of those ranked.
pub(super) fn in_range(place: u32, of: Option<u32>) -> Result<u32, Wrong> {
    if place == 0 || of.is_some_and(|of| place > of) { Err(Wrong::RankOutOfRange) } else { Ok(place) }
}

fn whole(text: &str) -> Result<u64, Wrong> {
    let digits = ungrouped(text).ok_or(Wrong::NotACount)?;
    let plain = !digits.is_empty() && digits.len() <= 12 && digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|_| plain).ok_or(Wrong::NotACount)
}

/// `1,234.5` → `1234.5`; `None` where commas stand anywhere else: `1,5` may be one and a half, or one and five.
fn ungrouped(number: &str) -> Option<String> {
    if !number.contains(',') {
        return Some(number.to_owned());
    }
    let (sign, rest) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (whole, rest) = rest.split_once('.').map_or((rest, String::new()), |(whole, rest)| (whole, format!(".{rest}")));
    let mut groups = whole.split(',');
    let digits = |group: &str| group.bytes().all(|b| b.is_ascii_digit());
    let first = groups.next().filter(|first| (1..=3).contains(&first.len()) && digits(first) && !first.starts_with('0'))?;
    let mut joined = format!("{sign}{first}");
    for group in groups {
        if group.len() != 3 || !digits(group) {
            return None;
        }
        joined.push_str(group);
    }
    Some(joined + &rest)
}
