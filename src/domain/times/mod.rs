//! Chinese and English times in prose.
//!
//! Times are read relative to the arrival in the office's zone (rules.md, "From mail to submission"). The decisions:
//!
//! - What is vague is read as its **latest plausible end**, flagged `approximate`, and never later than the arrival: a
//!   range is its end; `9时许`, `约9时`, `9时左右`, `about 9` are half an hour after the named hour (where minutes are named,
//!   they stand); a part of a day (`22日凌晨`) is the end of that part; a bare day is the end of that day.
//! - A missing year or month is that of the latest such *date* not after the arrival; a missing day is today, or yesterday
//!   where the time of day would lie after the arrival.
//! - What lies up to five minutes after the arrival stands as it is (clocks differ); beyond that the reading is `future`.
//! - What can be no time (25时, 13月, 2月30日) is refused, never wrapped to another.
//! - `3小时前` counts from the arrival, and is approximate.

mod chinese;
mod due;
mod english;
mod numbers;
mod point;
mod prose;
mod resolve;

use chrono::TimeDelta;
use chrono_tz::Tz;

use super::rules::Instant;
use super::text;
use numbers::Text;
use point::{Candidate, Mode};
use resolve::Frame;

/// How much later than the arrival a time may be and still stand.
pub const TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// Prose is read up to this many characters.
pub const PROSE_CHARACTERS: usize = 20_000;

/// A field's value is read up to this many characters.
const VALUE_CHARACTERS: usize = 400;

/// A time that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeReading {
    /// The time; for what is vague, its latest plausible end.
    pub at: Instant,
    /// Whether it was vague: a range, 许 or 左右, a part of a day, a bare day, so long ago.
    pub approximate: bool,
    /// Whether it lies more than five minutes after the arrival: to be refused.
    pub future: bool,
}

/// The time that the value of a field names: the fullest expression in it, of equals the first. `None` where there is none
/// or where it can be no time.
pub fn read(value: &str, arrival: Instant, zone: Tz) -> Option<TimeReading> {
    let chars: Vec<char> =
        text::readable(value.get(..value.floor_char_boundary(8 * VALUE_CHARACTERS))?).chars().take(VALUE_CHARACTERS).collect();
    let text = Text::new(&chars);
    let mut best: Option<Candidate> = None;
    for candidate in point::candidates(text, Mode::Field) {
        if best.as_ref().is_none_or(|best| candidate.fullness() > best.fullness()) {
            best = Some(candidate);
        }
    }
    let frame = Frame::new(arrival, zone);
    resolve::resolve(&best?.expression, &frame).map(|(reading, _)| reading)
}

/// The most plausible time of occurrence in free prose. Conservative: only a time of day, a part of a day or a clear
/// relative expression counts, best next to a word for occurring (发生, 爆炸, occurred …); times of calls, arrivals and
/// reports, and times after the arrival, are passed over.
pub fn find_in_prose(text: &str, arrival: Instant, zone: Tz) -> Option<TimeReading> {
    let cut = text.get(..text.floor_char_boundary(4 * PROSE_CHARACTERS))?;
    let chars: Vec<char> = text::readable(cut).chars().take(PROSE_CHARACTERS).collect();
    prose::find(Text::new(&chars), &Frame::new(arrival, zone))
}

pub use due::read_due;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
