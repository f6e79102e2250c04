//! Numbers and names by which people refer to things.
//!
//! A number is issued once, within the calendar year (office zone) of the thing it names, and never reused.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The roster's short name of a unit, such as `yuxian`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnitId(pub String);

impl UnitId {
    /// The name as it stands in the roster.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for UnitId {
    fn from(id: &str) -> Self {
        UnitId(id.to_owned())
    }
}

impl fmt::Display for UnitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A text that is no number of the kind asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{text}” is not a number like {example}")]
pub struct NotANumber {
    text: String,
    example: &'static str,
}

macro_rules! numbered {
    ($(#[$doc:meta])* $name:ident, $letter:literal, $digits:literal, $example:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name {
            /// Calendar year in the office's zone.
            pub year: u16,
            /// Counts from 1 within the year.
            pub ordinal: u32,
        }

        impl $name {
            /// The letter that begins the printed number.
            pub const LETTER: char = $letter;
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&format!(concat!("{}-{:04}-{:0", $digits, "}"), $letter, self.year, self.ordinal))
            }
        }

        impl FromStr for $name {
            type Err = NotANumber;
            fn from_str(text: &str) -> Result<Self, NotANumber> {
                parse($letter, text)
                    .map(|(year, ordinal)| $name { year, ordinal })
                    .ok_or_else(|| NotANumber { text: text.to_owned(), example: $example })
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = String::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

numbered!(/// A sudden event, E-2003-0007.
    EventNo, 'E', "4", "E-2003-0007");
numbered!(/// A filed message, S-2003-000123.
    SubmissionNo, 'S', "6", "S-2003-000123");
numbered!(/// A notice that we sent, N-2003-000042; the same in every copy of it.
    NoticeNo, 'N', "6", "N-2003-000042");
numbered!(/// A requisition (约稿), R-2003-0004.
    RequisitionNo, 'R', "4", "R-2003-0004");
numbered!(/// A row of the ledger of adoptions, A-2003-000017.
    AdoptionNo, 'A', "6", "A-2003-000017");
numbered!(/// A quarantined message, Q-2003-0003.
    QuarantineNo, 'Q', "4", "Q-2003-0003");

fn parse(letter: char, text: &str) -> Option<(u16, u32)> {
    let mut parts = text.trim().split('-');
    let (head, year, ordinal) = (parts.next()?, parts.next()?, parts.next()?);
    let right = parts.next().is_none()
        && head.len() == 1
        && head.chars().next()?.eq_ignore_ascii_case(&letter)
        && year.len() == 4
        && (1..=9).contains(&ordinal.len())
        && year.bytes().chain(ordinal.bytes()).all(|b| b.is_ascii_digit());
    let ordinal: u32 = ordinal.parse().ok()?;
    (right && ordinal > 0).then_some((year.parse().ok()?, ordinal))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_as_they_are_printed() {
        let number = EventNo { year: 2003, ordinal: 7 };
        assert_eq!(number.to_string(), "E-2003-0007");
        assert_eq!("E-2003-0007".parse(), Ok(number));
        assert_eq!("e-2003-7".parse(), Ok(number));
        assert_eq!("S-2003-000123".parse::<SubmissionNo>().unwrap().ordinal, 123);
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "E", "E-2003", "E-2003-", "S-2003-0001", "E-03-0001", "E-2003-0000", "E-2003-1-2", "E-2003-+1"] {
            assert!(text.parse::<EventNo>().is_err(), "{text}");
        }
    }
}
