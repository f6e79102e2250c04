//! Bulletins: numbered issues within a year, items, and how long these are.
//!
//! Source: rules.md, "Tags, bulletins, requisitions, awards".

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use serde::Serialize;

use super::ids::{SubmissionNo, UnitId};
use super::rules::words;

/// An issue as people name it: `yangquan-2002-017`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct IssueName {
    /// The bulletin's id.
    pub bulletin: String,
    /// Calendar year of the numbering.
    pub year: i32,
    /// Counts from 1 within the year.
    pub number: u32,
}

/// A text that names no issue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” names no issue; write it like yangquan-2002-017")]
pub struct NotAnIssue(String);

impl fmt::Display for IssueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}-{:04}-{:03}", self.bulletin, self.year, self.number))
    }
}

impl FromStr for IssueName {
    type Err = NotAnIssue;

    fn from_str(text: &str) -> Result<Self, NotAnIssue> {
        // An id may hold hyphens itself: year and number are the last two parts.
        let mut parts = text.trim().rsplitn(3, '-');
        let digits = |part: Option<&str>| {
            part.filter(|part| (1..=9).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()))?.parse::<u32>().ok()
        };
        let (number, year, bulletin) = (digits(parts.next()), digits(parts.next()), parts.next());
        match (bulletin.filter(|id| !id.is_empty()), year.and_then(|year| i32::try_from(year).ok()), number.filter(|number| *number > 0)) {
            (Some(bulletin), Some(year), Some(number)) => Ok(IssueName { bulletin: bulletin.to_owned(), year, number }),
            _ => Err(NotAnIssue(text.to_owned())),
        }
    }
}

impl Serialize for IssueName {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// Whether an issue may still be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum IssueState {
    /// Yes.
    Draft,
    /// Frozen, mailed, credited.
    Issued,
}

words!(IssueState, IssueState::Draft => "draft", IssueState::Issued => "issued");

/// Why an issue is left as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The configuration has no such bulletin.
    NoSuchBulletin {
        /// As named.
        named: String,
        /// Those that it has.
        known: Vec<String>,
    },
    /// There is no such issue.
    NoSuchIssue(IssueName),
    /// It was issued, and is frozen.
    Frozen {
        /// The issue.
        issue: IssueName,
        /// When it was issued.
        day: Option<NaiveDate>,
    },
    /// It has no item.
    Empty(IssueName),
    /// An item without a title.
    NoTitle,
    /// An item without a text.
    NoText,
    /// There is no such submission.
    NoSuchSubmission(SubmissionNo),
    /// The submission was withdrawn.
    Withdrawn(SubmissionNo),
    /// The submission stands in an item of this issue.
    Twice(SubmissionNo),
    /// The roster has no such unit.
    NoSuchUnit(UnitId),
}

/// Characters of a text: all but white space.
pub fn characters(text: &str) -> u32 {
    u32::try_from(text.chars().filter(|c| !c.is_whitespace()).count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_issues_read_back_as_they_are_printed() {
        let name = IssueName { bulletin: "yangquan".into(), year: 2002, number: 17 };
        assert_eq!(name.to_string(), "yangquan-2002-017");
        assert_eq!("yangquan-2002-017".parse(), Ok(name.clone()));
        assert_eq!(" yangquan-2002-17 ".parse(), Ok(name));
        let hyphens = IssueName { bulletin: "city-news".into(), year: 2002, number: 1000 };
        assert_eq!("city-news-2002-1000".parse(), Ok(hyphens));
    }

    #[test]
    fn what_names_no_issue_is_refused() {
        for text in ["", "yangquan", "yangquan-2002", "yangquan-2002-0", "-2002-1", "yangquan-2002-1a", "yangquan-x-1"] {
            assert!(text.parse::<IssueName>().is_err(), "{text}");
        }
    }

    #[test]
    fn white_space_is_no_character() {
        assert_eq!(characters("盂县 夏收\n\u{3000}八成。"), 7);
        assert_eq!(characters(""), 0);
    }
}
