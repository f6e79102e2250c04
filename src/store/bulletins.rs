//! Bulletins: issues, their items, and what these carry.

use chrono::NaiveDate;
use serde::Serialize;

use super::Books;
use super::ledger::{day, days};
use super::rows::{Result, instant, instant_opt, word};
use crate::domain::bulletin::{IssueName, IssueState, characters};
use crate::domain::ids::{SubmissionNo, UnitId};
use crate::domain::rules::Instant;
use crate::domain::topics::Sort;

/// An item to be put into an issue.
#[derive(Clone, Debug)]
pub struct NewItem<'a> {
    /// Its heading.
    pub title: &'a str,
    /// Its text.
    pub text: &'a str,
    /// Submissions that it carries, the leading one first.
    pub submissions: Vec<SubmissionNo>,
    /// Units whose matter it carries without a submission of theirs; they come before those of the submissions.
    pub units: Vec<UnitId>,
}

/// One issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IssueRow {
    /// Its name.
    pub issue: IssueName,
    /// Whether it may still be changed.
    pub state: IssueState,
    /// The day on which it was issued, office zone.
    pub day: Option<NaiveDate>,
    /// When the draft was made.
    pub made_at: Instant,
    /// When it was issued.
    pub issued_at: Option<Instant>,
    /// Who did so last.
    pub by: String,
    /// Items.
    pub items: u64,
    /// Characters of all items, white space aside.
    pub characters: u64,
}

/// One item of an issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ItemRow {
    /// Counts from 1.
    pub position: u32,
    /// Its heading.
    pub title: String,
    /// Its text.
    pub text: String,
    /// White space aside.
    pub characters: u32,
    /// What it carries, the leading one first.
    pub submissions: Vec<SubmissionNo>,
    /// Units without a submission.
    pub units: Vec<UnitId>,
}

/// What a bulletin came to in a year: issued issues alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct IssueCounts {
    /// The bulletin's id.
    pub bulletin: String,
    /// Issues.
    pub issues: u64,
    /// Items.
    pub items: u64,
    /// Characters, white space aside.
    pub characters: u64,
}

/// How many items of a bulletin carry a submission of this kind or field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TopicShare {
    /// The bulletin's id.
    pub bulletin: String,
    /// Kind or field.
    pub sort: Sort,
    /// Its name.
    pub name: String,
    /// Items.
    pub items: u64,
}

const ISSUE: &str = "i.bulletin, i.year, i.number, i.state, i.day, i.made_at, i.issued_at, i.by,
    (SELECT count(*) FROM bulletin_item t WHERE t.bulletin = i.bulletin AND t.year = i.year AND t.issue = i.number),
    (SELECT coalesce(sum(characters), 0) FROM bulletin_item t WHERE t.bulletin = i.bulletin AND t.year = i.year AND t.issue = i.number)
    FROM bulletin_issue i";

fn issue(row: &rusqlite::Row<'_>) -> Result<IssueRow> {
    Ok(IssueRow {
        issue: IssueName { bulletin: row.get(0)?, year: row.get(1)?, number: row.get(2)? },
        state: word("state of an issue", &row.get::<_, String>(3)?)?,
        day: row.get::<_, Option<i64>>(4)?.map(day).transpose()?,
        made_at: instant(row.get(5)?)?,
        issued_at: instant_opt(row.get(6)?)?,
        by: row.get(7)?,
        items: row.get::<_, i64>(8)?.unsigned_abs(),
        characters: row.get::<_, i64>(9)?.unsigned_abs(),
    })
}

impl Books<'_> {
    /// Makes a draft under the next number of `year`.
    pub fn draft_issue(&self, bulletin: &str, year: i32, by: &str, now: Instant) -> Result<IssueName> {
        let sql = "SELECT coalesce(max(number), 0) + 1 FROM bulletin_issue WHERE bulletin = ?1 AND year = ?2";
        let number: u32 = self.one(sql, (bulletin, year), |row| Ok(row.get(0)?))?.unwrap_or(1);
        let sql = "INSERT INTO bulletin_issue (bulletin, year, number, state, made_at, by) VALUES (?1, ?2, ?3, 'draft', ?4, ?5)";
        self.run(sql, (bulletin, year, number, now.timestamp(), by))?;
        Ok(IssueName { bulletin: bulletin.to_owned(), year, number })
    }

    /// The issue of this name.
    pub fn issue(&self, name: &IssueName) -> Result<Option<IssueRow>> {
        let sql = format!("SELECT {ISSUE} WHERE i.bulletin = ?1 AND i.year = ?2 AND i.number = ?3");
        self.one(&sql, (&name.bulletin, name.year, name.number), issue)
    }

    /// Issues of a year, or of all, the newest first.
    pub fn issues(&self, year: Option<i32>, limit: u32) -> Result<Vec<IssueRow>> {
        let sql = format!(
            "SELECT {ISSUE} WHERE ?1 IS NULL OR i.year = ?1 ORDER BY i.made_at DESC, i.year DESC, i.number DESC, i.bulletin LIMIT ?2"
        );
        self.all(&sql, (year, limit), issue)
    }

    /// Puts an item at the end of an issue. Returns its position.
    pub fn put_item(&self, name: &IssueName, new: &NewItem<'_>) -> Result<u32> {
        let at = (&name.bulletin, name.year, name.number);
        let sql = "SELECT coalesce(max(position), 0) + 1 FROM bulletin_item WHERE bulletin = ?1 AND year = ?2 AND issue = ?3";
        let position: u32 = self.one(sql, at, |row| Ok(row.get(0)?))?.unwrap_or(1);
        let sql =
            "INSERT INTO bulletin_item (bulletin, year, issue, position, title, text, characters) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        self.run(sql, (at.0, at.1, at.2, position, new.title, new.text, characters(new.text)))?;
        let sql = "INSERT INTO item_submission (bulletin, year, issue, position, ordinal, submission) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        for (ordinal, submission) in (0_u32..).zip(&new.submissions) {
            self.run(sql, (at.0, at.1, at.2, position, ordinal, submission.to_string()))?;
        }
        let sql = "INSERT INTO item_unit (bulletin, year, issue, position, ordinal, unit) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        for (ordinal, unit) in (0_u32..).zip(&new.units) {
            self.run(sql, (at.0, at.1, at.2, position, ordinal, unit.as_str()))?;
        }
        Ok(position)
    }

    /// The items of an issue, in order.
    pub fn items(&self, name: &IssueName) -> Result<Vec<ItemRow>> {
        let at = (&name.bulletin, name.year, name.number);
        let sql = "SELECT position, title, text, characters FROM bulletin_item WHERE bulletin = ?1 AND year = ?2 AND issue = ?3 ORDER BY position";
        let mut items = self.all(sql, at, |row| {
            let (position, title, text, characters) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            Ok(ItemRow { position, title, text, characters, submissions: Vec::new(), units: Vec::new() })
        })?;
        for item in &mut items {
            let at = (at.0, at.1, at.2, item.position);
            let sql = "SELECT submission FROM item_submission WHERE bulletin = ?1 AND year = ?2 AND issue = ?3 AND position = ?4 ORDER BY ordinal";
            item.submissions = self.all(sql, at, |row| word("submission number", &row.get::<_, String>(0)?))?;
            let sql = "SELECT unit FROM item_unit WHERE bulletin = ?1 AND year = ?2 AND issue = ?3 AND position = ?4 ORDER BY ordinal";
            item.units = self.all(sql, at, |row| Ok(UnitId(row.get(0)?)))?;
        }
        Ok(items)
    }

    /// Freezes an issue.
    pub fn freeze_issue(&self, name: &IssueName, issued: NaiveDate, by: &str, now: Instant) -> Result<()> {
        let sql = "UPDATE bulletin_issue SET state = 'issued', day = ?4, issued_at = ?5, by = ?6 WHERE bulletin = ?1 AND year = ?2 AND number = ?3";
        self.run(sql, (&name.bulletin, name.year, name.number, days(issued), now.timestamp(), by))?;
        Ok(())
    }

    /// Whether an issued issue of one of these bulletins carries a submission, or this outlet's adoption of it stands on the ledger.
    pub fn was_adopted(&self, submission: SubmissionNo, bulletins: &[&str], outlet: &str) -> Result<bool> {
        let number = submission.to_string();
        let sql = "SELECT i.bulletin FROM item_submission s JOIN bulletin_issue i ON i.bulletin = s.bulletin AND i.year = s.year AND i.number = s.issue
                   WHERE s.submission = ?1 AND i.state = 'issued'";
        let carried = self.all(sql, [&number], |row| Ok(row.get::<_, String>(0)?))?;
        let sql = "SELECT count(*) FROM adoption a WHERE submission = ?1 AND outlet = ?2 AND kind = 'adoption'
                   AND NOT EXISTS (SELECT 1 FROM adoption r WHERE r.reverses = a.number)";
        Ok(carried.iter().any(|bulletin| bulletins.contains(&bulletin.as_str())) || self.count(sql, (&number, outlet))? > 0)
    }

    /// Issues, items and characters of each bulletin in a year; issued ones alone.
    pub fn issue_counts(&self, year: i32) -> Result<Vec<IssueCounts>> {
        let sql = format!("SELECT bulletin, count(*), sum(items), sum(characters) FROM (SELECT i.bulletin, i.year, i.state,
                   (SELECT count(*) FROM bulletin_item t WHERE t.bulletin = i.bulletin AND t.year = i.year AND t.issue = i.number) AS items,
                   (SELECT coalesce(sum(characters), 0) FROM bulletin_item t WHERE t.bulletin = i.bulletin AND t.year = i.year AND t.issue = i.number) AS characters
                   FROM bulletin_issue i WHERE i.year = ?1 AND i.state = '{}') GROUP BY bulletin ORDER BY bulletin", IssueState::Issued);
        self.all(&sql, [year], |row| {
            let count = |index| Ok::<_, super::StoreError>(row.get::<_, i64>(index)?.unsigned_abs());
            Ok(IssueCounts { bulletin: row.get(0)?, issues: count(1)?, items: count(2)?, characters: count(3)? })
        })
    }

    /// Of each bulletin, kind and field: how many items of a year carry a submission of it; issued ones alone.
    pub fn make_up(&self, year: i32) -> Result<Vec<TopicShare>> {
        let sql = "SELECT s.bulletin, t.sort, t.name, count(DISTINCT s.issue * 100000 + s.position) AS items FROM item_submission s
                   JOIN bulletin_issue i ON i.bulletin = s.bulletin AND i.year = s.year AND i.number = s.issue
                   JOIN topic t ON t.submission = s.submission
                   WHERE s.year = ?1 AND i.state = 'issued' GROUP BY 1, 2, 3 ORDER BY s.bulletin, t.sort = 'field', items DESC, t.name";
        self.all(sql, [year], |row| {
            Ok(TopicShare {
                bulletin: row.get(0)?,
                sort: word("sort of topic", &row.get::<_, String>(1)?)?,
                name: row.get(2)?,
                items: row.get::<_, i64>(3)?.unsigned_abs(),
            })
        })
    }
}
