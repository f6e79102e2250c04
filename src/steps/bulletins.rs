//! Bulletins: a draft is filled item by item, then issued: frozen, mailed to its readers, and credited to the units.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::json;

use super::say::{Occasion, say};
use super::{Setup, StepError};
use crate::domain::bulletin::{IssueName, IssueState, Refusal};
use crate::domain::ids::{AdoptionNo, SubmissionNo, UnitId};
use crate::domain::ledger::{EntryKind, NewEntry, Outlet, identity};
use crate::domain::notice::{BulletinIssue, Capacity, Content, Headers, Notice, NoticeKind, Recipient};
use crate::domain::reckoning::Bulletin;
use crate::domain::rules::Instant;
use crate::domain::schedule::local_day;
use crate::store::{Books, IssueRow, ItemRow, NewItem, RecordEntry};

/// What was done, or why it could not be.
pub type Done<T> = Result<Result<T, Refusal>, StepError>;

/// What came of an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// The issue.
    pub issue: IssueName,
    /// The day on which it was issued.
    pub day: NaiveDate,
    /// Items.
    pub items: u32,
    /// Rows that it put on the ledger, in the order of its items.
    pub credited: Vec<AdoptionNo>,
    /// Items that credit nobody: nobody's matter, or the outlet adopted it before.
    pub uncredited: u32,
    /// How many readers it was mailed to.
    pub readers: u32,
}

/// Makes a draft under the next number of `year`.
pub fn draft(books: &Books<'_>, setup: &Setup, bulletin: &str, year: i32, by: &str, now: Instant) -> Done<IssueName> {
    if let Err(refusal) = known(setup, bulletin) {
        return Ok(Err(refusal));
    }
    let issue = books.draft_issue(bulletin, year, by, now)?;
    note(books, &issue, "drafted", by, now)?;
    Ok(Ok(issue))
}

/// Puts an item at the end of a draft. Returns its position, which counts from 1.
pub fn add(books: &Books<'_>, setup: &Setup, issue: &IssueName, item: &NewItem<'_>, by: &str, now: Instant) -> Done<u32> {
    if let Err(refusal) = open(books, setup, issue)? {
        return Ok(Err(refusal));
    }
    if item.title.trim().is_empty() {
        return Ok(Err(Refusal::NoTitle));
    }
    if item.text.trim().is_empty() {
        return Ok(Err(Refusal::NoText));
    }
    if let Some(unit) = item.units.iter().find(|unit| setup.roster.unit(unit).is_none()) {
        return Ok(Err(Refusal::NoSuchUnit(unit.clone())));
    }
    let there: Vec<SubmissionNo> = books.items(issue)?.into_iter().flat_map(|item| item.submissions).collect();
    for (index, number) in item.submissions.iter().enumerate() {
        match books.submission(*number)? {
            None => return Ok(Err(Refusal::NoSuchSubmission(*number))),
            Some(found) if found.withdrawn_at.is_some() => return Ok(Err(Refusal::Withdrawn(*number))),
            Some(_) if there.contains(number) || item.submissions[..index].contains(number) => return Ok(Err(Refusal::Twice(*number))),
            Some(_) => {}
        }
    }
    let position = books.put_item(issue, item)?;
    note(books, issue, "added to", by, now)?;
    Ok(Ok(position))
}

/// Issues a draft: from now on nothing of it changes.
pub fn issue(books: &Books<'_>, setup: &Setup, name: &IssueName, by: &str, now: Instant) -> Done<Issued> {
    let bulletin = match known(setup, &name.bulletin) {
        Ok(bulletin) => bulletin,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Err(refusal) = open(books, setup, name)? {
        return Ok(Err(refusal));
    }
    let items = books.items(name)?;
    if items.is_empty() {
        return Ok(Err(Refusal::Empty(name.clone())));
    }
    let day = local_day(now, setup.zone);
    let mut whose = Vec::with_capacity(items.len());
    let (mut credited, mut seen) = (Vec::new(), BTreeMap::new());
    for item in &items {
        let (all, fresh) = units_of(books, setup, bulletin, item)?;
        if let (Some(outlet), false) = (setup.reckoning.outlet(&bulletin.outlet), fresh.is_empty()) {
            credited.extend(credit(books, setup, outlet, name, item, fresh, day, by, &mut seen, now)?);
        }
        whose.push(all);
    }
    books.freeze_issue(name, day, by, now)?;
    let readers = mail(books, setup, bulletin, name, day, &items, &whose, now)?;
    note(books, name, "issued", by, now)?;
    tracing::info!(issue = %name, items = items.len(), credited = credited.len(), "bulletin issued");
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let uncredited = count(items.len()).saturating_sub(count(credited.len()));
    Ok(Ok(Issued { issue: name.clone(), day, items: count(items.len()), credited, uncredited, readers }))
}

fn known<'a>(setup: &'a Setup, id: &str) -> Result<&'a Bulletin, Refusal> {
    let bulletins = &setup.reckoning.bulletins;
    let found = bulletins.iter().find(|bulletin| bulletin.id == id);
    found.ok_or_else(|| Refusal::NoSuchBulletin {
        named: id.to_owned(),
        known: bulletins.iter().map(|bulletin| bulletin.id.clone()).collect(),
    })
}

/// The issue, where it is still a draft.
fn open(books: &Books<'_>, setup: &Setup, name: &IssueName) -> Done<IssueRow> {
    if let Err(refusal) = known(setup, &name.bulletin) {
        return Ok(Err(refusal));
    }
    Ok(match books.issue(name)? {
        None => Err(Refusal::NoSuchIssue(name.clone())),
        Some(row) if row.state == IssueState::Issued => Err(Refusal::Frozen { issue: name.clone(), day: row.day }),
        Some(row) => Ok(row),
    })
}

/// The units whose matter an item carries, each once, and those of them that this outlet has not credited for it before.
fn units_of(books: &Books<'_>, setup: &Setup, bulletin: &Bulletin, item: &ItemRow) -> Result<(Vec<UnitId>, Vec<UnitId>), StepError> {
    let of_outlet = setup.reckoning.bulletins.iter().filter(|other| other.outlet == bulletin.outlet);
    let bulletins: Vec<&str> = of_outlet.map(|other| other.id.as_str()).collect();
    let mut all = item.units.clone();
    let mut fresh = item.units.clone();
    for number in &item.submissions {
        let Some(unit) = books.submission(*number)?.and_then(|found| found.unit) else { continue };
        if !all.contains(&unit) {
            all.push(unit.clone());
        }
        if !fresh.contains(&unit) && !books.was_adopted(*number, &bulletins, &bulletin.outlet)? {
            fresh.push(unit);
        }
    }
    Ok((all, fresh))
}

#[allow(clippy::too_many_arguments)] // the facts of one row of the ledger
fn credit(
    books: &Books<'_>,
    setup: &Setup,
    outlet: &Outlet,
    name: &IssueName,
    item: &ItemRow,
    units: Vec<UnitId>,
    day: NaiveDate,
    by: &str,
    seen: &mut BTreeMap<[u8; 32], u32>,
    now: Instant,
) -> Result<Option<AdoptionNo>, StepError> {
    // Two items of one issue may be alike; the same row of an imported table is the same adoption.
    let first = identity(EntryKind::Adoption, day, &units, &outlet.id, &item.title, outlet.points, 0);
    let nth = seen.entry(first).and_modify(|nth| *nth += 1).or_insert(0);
    let entry = NewEntry {
        kind: EntryKind::Adoption,
        day,
        identity: identity(EntryKind::Adoption, day, &units, &outlet.id, &item.title, outlet.points, *nth),
        shares: units.iter().cloned().zip(setup.reckoning.standing.joint.shares(outlet.points, units.len())).collect(),
        outlet: outlet.id.clone(),
        title: item.title.clone(),
        points: outlet.points,
        submission: item.submissions.first().copied(),
        reverses: None,
        source: name.to_string(),
        by: by.to_owned(),
    };
    Ok(books.put_entry(&entry, now)?)
}

#[allow(clippy::too_many_arguments)] // the facts of one notice
fn mail(
    books: &Books<'_>,
    setup: &Setup,
    bulletin: &Bulletin,
    name: &IssueName,
    day: NaiveDate,
    items: &[ItemRow],
    whose: &[Vec<UnitId>],
    now: Instant,
) -> Result<u32, StepError> {
    if bulletin.readers.is_empty() {
        return Ok(0);
    }
    let reader = |address: &crate::domain::roster::Address| Recipient {
        address: address.clone(),
        name: setup.roster.name_of(address).unwrap_or_default().to_owned(),
        capacity: Capacity::Supervisor,
    };
    let shown = items.iter().zip(whose).map(|(item, units)| {
        let units = units.iter().map(|unit| setup.unit_ref(unit)).collect();
        (item.title.clone(), item.text.clone(), units)
    });
    let issue = BulletinIssue { title: bulletin.title.clone(), year: name.year, issue: name.number, day, items: shown.collect() };
    let notice = Notice {
        kind: NoticeKind::Bulletin,
        recipients: bulletin.readers.iter().map(reader).collect(),
        content: Content::Bulletin(issue),
        about: Headers { period: Some(name.year.to_string()), ..Default::default() },
        answers: None,
        follows: None,
    };
    say(books, setup, notice, &Occasion { why: json!({ "issue": name }), ..Default::default() }, now)?;
    Ok(u32::try_from(bulletin.readers.len()).unwrap_or(u32::MAX))
}

fn note(books: &Books<'_>, issue: &IssueName, what: &str, by: &str, now: Instant) -> Result<(), StepError> {
    let data = json!({ "issue": issue, "what": what });
    Ok(books.record(&RecordEntry { at: now, what: "bulletin".into(), obligation: None, event: None, by: by.into(), data })?)
}
