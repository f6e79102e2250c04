//! Adoptions and circulars come onto the ledger: by mail, by file, by hand. A table is taken whole or not at all.
//!
//! Source: rules.md, "Standings"; interface.md, "Mail that we read".

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use serde_json::json;

use super::file::answer;
use super::report::Incoming;
use super::say::{self, Occasion};
use super::{Setup, StepError, assess};
use crate::domain::ids::{AdoptionNo, SubmissionNo, UnitId};
use crate::domain::ledger::{EntryKind, NewEntry, identity, item};
use crate::domain::message::Disposition;
use crate::domain::notice::{About, CommandAnswer, Content, Headers, NoticeKind, Outcome, QuestionItem, UnitRef};
use crate::domain::points::Points;
use crate::domain::route::Table;
use crate::domain::rules::Instant;
use crate::domain::schedule::{local_day, start_of_day};
use crate::domain::table::{AdoptionRow, CellFault, CircularRow, Known, Rows, TableRead, Wrong, read_adoptions, read_circular};
use crate::domain::text::similarity;
use crate::mail::{parse, table};
use crate::store::{Books, RecordEntry, Titled};

/// Faults that an answer lists; of more, the number is enough.
const LISTED: usize = 20;

/// How far back the submission may lie of which something was adopted.
const LOOK_BACK: Days = Days::new(180);

/// How alike titles must be, and how much more than the next, to be called the same.
const ALIKE: f64 = 0.8;
const APART: f64 = 0.05;

/// What a table would put on the ledger, or has put there.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    /// New rows with their linked submissions.
    pub entries: Vec<NewEntry>,
    /// Rows that were on the ledger before.
    pub known: u32,
    /// Rows of a circular that were new, or said something else than before.
    pub ranks: u32,
    /// What is doubtful, and was kept.
    pub doubts: Vec<CellFault>,
}

impl Taken {
    fn join(&mut self, other: Taken) {
        self.entries.extend(other.entries);
        self.known += other.known;
        self.ranks += other.ranks;
        self.doubts.extend(other.doubts);
    }

    /// The same as the outcome of a command.
    pub fn outcome(&self, setup: &Setup, file: &str) -> Outcome {
        let mut points: BTreeMap<&UnitId, Points> = BTreeMap::new();
        for (unit, share) in self.entries.iter().flat_map(|entry| &entry.shares) {
            *points.entry(unit).or_default() += *share;
        }
        let order = setup.roster.units.iter().filter_map(|unit| points.get(&unit.id).map(|points| (setup.unit_ref(&unit.id), *points)));
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Outcome::TableTaken {
            file: file.to_owned(),
            added: count(self.entries.len()) + self.ranks,
            known: self.known,
            points: order.collect::<Vec<(UnitRef, Points)>>(),
            linked: count(self.entries.iter().filter(|entry| entry.submission.is_some()).count()),
            doubts: self.doubts.iter().take(LISTED).cloned().collect(),
        }
    }
}

/// A table file: its name and its bytes.
pub type File = (String, Vec<u8>);

/// 采用 or 通报 from somebody who may send it. A superior gets no answer: what is wrong with his table is the desk's to mend.
pub fn by_mail(books: &Books<'_>, setup: &Setup, incoming: &Incoming<'_>, tag: Table, now: Instant) -> Result<(), StepError> {
    let wrote = incoming.tags.wrote.clone().unwrap_or_default();
    books.dispose(incoming.delivery, Disposition::Circular, &wrote, incoming.arrival)?;
    let files = files_of(books, incoming)?;
    let names = files.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
    let superior = setup.roster.standing(incoming.sender).superior.map(|superior| superior.name.clone());
    let source = Source {
        delivery: Some(incoming.delivery),
        of: format!("mail {}", incoming.delivery),
        by: incoming.sender.as_str(),
        superior: superior.clone(),
        subject: &incoming.mail.subject,
        at: incoming.arrival,
    };
    let result = if files.is_empty() { None } else { Some(take(books, setup, &files, tag, &source, now)?) };
    let faults = match &result {
        None => vec![CellFault { sheet: String::new(), line: None, column: String::new(), value: String::new(), wrong: Wrong::NoHeader }],
        Some(Err(faults)) => faults.clone(),
        Some(Ok(taken)) => taken.doubts.clone(),
    };
    let outcome = match &result {
        None => Outcome::NoTable,
        Some(Ok(taken)) => taken.outcome(setup, &names),
        Some(Err(faults)) => refused(&names, faults),
    };
    let Some(superior) = superior else {
        let content = Content::Command(CommandAnswer { wrote, outcome });
        return answer(books, setup, incoming, NoticeKind::Command, content, Headers::default(), now);
    };
    if faults.is_empty() {
        return Ok(());
    }
    let count = u32::try_from(faults.len()).unwrap_or(u32::MAX);
    let refused = !matches!(result, Some(Ok(_)));
    let about = About::TableFaulty { from: superior, file: names, faults: faults.into_iter().take(LISTED).collect(), count, refused };
    let item = QuestionItem { about, submission: None, subject: incoming.mail.subject.clone(), unit: None, at: incoming.arrival };
    let occasion = Occasion { why: json!({ "delivery": incoming.delivery, "refused": refused }), ..Default::default() };
    say::ask(books, setup, item, Headers::default(), &occasion, now)
}

/// The outcome of a table that was refused whole.
pub fn refused(file: &str, faults: &[CellFault]) -> Outcome {
    let count = u32::try_from(faults.len()).unwrap_or(u32::MAX);
    Outcome::TableRefused { file: file.to_owned(), faults: faults.iter().take(LISTED).cloned().collect(), count }
}

/// Attachments that may be tables, by their names and types; what they really are, the reader finds out.
fn files_of(books: &Books<'_>, incoming: &Incoming<'_>) -> Result<Vec<File>, StepError> {
    let Some(raw) = books.delivery(incoming.delivery)?.and_then(|delivery| delivery.raw) else { return Ok(Vec::new()) };
    let mut files = Vec::new();
    for (index, attachment) in incoming.mail.attachments.iter().enumerate() {
        let name = attachment.name.to_lowercase();
        let by_name = [".csv", ".xlsx", ".xls", ".txt", ".tsv"].iter().any(|ending| name.ends_with(ending));
        let by_type = ["csv", "excel", "spreadsheet"].iter().any(|word| attachment.media_type.contains(word));
        if by_name || by_type {
            files.extend(parse::attachment_content(&raw, index).map(|bytes| (attachment.name.clone(), bytes)));
        }
    }
    Ok(files)
}

/// Where a table comes from.
pub struct Source<'a> {
    /// The message that brought it.
    pub delivery: Option<i64>,
    /// The same, or a file, for the ledger.
    pub of: String,
    /// Who sent it.
    pub by: &'a str,
    /// The superior who sent it; `None`: the office itself.
    pub superior: Option<String>,
    /// The mail's subject or the file's name: it may name the period.
    pub subject: &'a str,
    /// When it came.
    pub at: Instant,
}

/// Takes tables in, all of them or none, with the warnings that follow.
pub fn take(
    books: &Books<'_>,
    setup: &Setup,
    files: &[File],
    tag: Table,
    source: &Source<'_>,
    now: Instant,
) -> Result<Result<Taken, Vec<CellFault>>, StepError> {
    let mut read = Vec::new();
    let mut faults = Vec::new();
    for (name, bytes) in files {
        match read_table(setup, name, bytes, tag, source) {
            Ok(table) => read.push(table),
            Err(found) => faults.extend(found),
        }
    }
    for row in read.iter().flat_map(|table| adoptions(&table.rows)) {
        faults.extend(unfit(books, setup, row)?);
    }
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    let mut taken = Taken::default();
    for table in read {
        taken.join(match table.rows {
            Rows::Adoptions(rows) => Taken { doubts: table.doubts, ..take_adoptions(books, setup, &rows, source, now)? },
            Rows::Circular(rows) => {
                Taken { ranks: take_circular(books, setup, &rows, source, now)?, doubts: table.doubts, ..Taken::default() }
            }
        });
    }
    if !taken.entries.is_empty() {
        assess::table_came(books, setup, now)?;
    }
    Ok(Ok(taken))
}

/// What the ledger and the submissions say against a row that reads well.
fn unfit(books: &Books<'_>, setup: &Setup, row: &AdoptionRow) -> Result<Option<CellFault>, StepError> {
    let fault = |value: String, wrong| CellFault { sheet: String::new(), line: Some(row.line), column: String::new(), value, wrong };
    if let Some(number) = row.submission
        && books.submission(number)?.is_none()
    {
        return Ok(Some(fault(number.to_string(), Wrong::UnknownSubmission)));
    }
    let points = points(setup, row);
    let known = books.same_item(&item(EntryKind::Adoption, row.day, &row.units, &row.outlet, &row.title))?;
    let other = known.iter().all(|(_, earned)| *earned != points);
    Ok(known.first().filter(|_| other).map(|(number, earned)| {
        let wrong = Wrong::OtherPoints { number: *number, points: *earned };
        fault(points.to_string(), wrong)
    }))
}

/// The row's own points, or the outlet's.
fn points(setup: &Setup, row: &AdoptionRow) -> Points {
    row.points.or(setup.reckoning.outlet(&row.outlet).map(|outlet| outlet.points)).unwrap_or_default()
}

fn adoptions(rows: &Rows) -> &[AdoptionRow] {
    match rows {
        Rows::Adoptions(rows) => rows,
        Rows::Circular(_) => &[],
    }
}

/// A table as its tag says. A 通报 may list single adoptions too: then its columns tell.
fn read_table(setup: &Setup, name: &str, bytes: &[u8], tag: Table, source: &Source<'_>) -> Result<TableRead, Vec<CellFault>> {
    let sheets = table::read_sheets(name, bytes).map_err(|fault| vec![fault])?;
    let reckoning = &setup.reckoning;
    let known =
        Known { roster: &setup.roster, outlets: &reckoning.outlets, scopes: &reckoning.scopes, today: local_day(source.at, setup.zone) };
    match tag {
        Table::Adoption => read_adoptions(&sheets, &known),
        Table::Circular => read_circular(&sheets, source.subject, &known).or_else(|faults| match faults.as_slice() {
            [CellFault { wrong: Wrong::NoHeader | Wrong::ColumnMissing { .. }, .. }] => read_adoptions(&sheets, &known).map_err(|_| faults),
            _ => Err(faults),
        }),
    }
}

fn take_adoptions(books: &Books<'_>, setup: &Setup, rows: &[AdoptionRow], source: &Source<'_>, now: Instant) -> Result<Taken, StepError> {
    let mut taken = Taken::default();
    let mut titles = Titles::default();
    let mut seen: BTreeMap<[u8; 32], u32> = BTreeMap::new();
    for row in rows {
        let points = points(setup, row);
        let mut entry = NewEntry {
            kind: EntryKind::Adoption,
            day: row.day,
            shares: shares(setup, &row.units, points),
            outlet: row.outlet.clone(),
            title: row.title.clone(),
            points,
            submission: row.submission,
            reverses: None,
            source: source.of.clone(),
            by: source.by.to_owned(),
            identity: [0; 32],
        };
        let same = |nth| identity(entry.kind, entry.day, &row.units, &entry.outlet, &entry.title, points, nth);
        let nth = seen.entry(same(0)).and_modify(|times| *times += 1).or_default();
        entry.identity = same(*nth);
        if entry.submission.is_none() {
            entry.submission = titles.like(books, setup, &row.units, row.day, &row.title)?;
        }
        if entry.title.is_empty() {
            entry.title =
                entry.submission.map(|number| books.submission(number)).transpose()?.flatten().map(|s| s.title).unwrap_or_default();
        }
        match put(books, &entry, now)? {
            Some(_) => taken.entries.push(entry),
            None => taken.known += 1,
        }
    }
    tracing::info!(added = taken.entries.len(), known = taken.known, source = source.of, "adoptions taken in");
    Ok(taken)
}

/// What each unit gets of an item.
pub fn shares(setup: &Setup, units: &[UnitId], points: Points) -> Vec<(UnitId, Points)> {
    units.iter().cloned().zip(setup.reckoning.standing.joint.shares(points, units.len())).collect()
}

/// Puts a row on the ledger and on the record. `None`: it is there already.
pub fn put(books: &Books<'_>, entry: &NewEntry, now: Instant) -> Result<Option<AdoptionNo>, StepError> {
    let Some(number) = books.put_entry(entry, now)? else { return Ok(None) };
    books.record(&RecordEntry {
        at: now,
        what: "ledger".into(),
        obligation: None,
        event: None,
        by: entry.by.clone(),
        data: json!({ "number": number, "kind": entry.kind, "day": entry.day, "points": entry.points, "units": entry.shares, "reverses": entry.reverses }),
    })?;
    Ok(Some(number))
}

fn take_circular(books: &Books<'_>, setup: &Setup, rows: &[CircularRow], source: &Source<'_>, now: Instant) -> Result<u32, StepError> {
    // The desk forwards what its one superior sent; of several, the one whom the subject names.
    let superiors = &setup.roster.superiors;
    let named = superiors.iter().find(|superior| source.subject.contains(&superior.name)).or(superiors.first());
    let by = source.superior.clone().or(named.map(|superior| superior.name.clone())).unwrap_or_else(|| source.by.to_owned());
    let mut fresh: Vec<CircularRow> = Vec::new();
    for row in rows {
        if books.put_circular_row(&by, source.delivery, row.period, &row.row, source.at)? {
            fresh.push(row.clone());
        }
    }
    if !fresh.is_empty() {
        books.record(&RecordEntry {
            at: now,
            what: "circular".into(),
            obligation: None,
            event: None,
            by: source.by.to_owned(),
            data: json!({ "superior": by, "rows": fresh }),
        })?;
        assess::circular_read(books, setup, &by, &fresh, now)?;
    }
    Ok(u32::try_from(fresh.len()).unwrap_or(u32::MAX))
}

/// Titles of submissions by unit, read once a table.
#[derive(Default)]
struct Titles(BTreeMap<UnitId, Vec<Titled>>);

impl Titles {
    /// The one submission of these units, shortly before `day`, with nearly this title.
    fn like(
        &mut self,
        books: &Books<'_>,
        setup: &Setup,
        units: &[UnitId],
        day: NaiveDate,
        title: &str,
    ) -> Result<Option<SubmissionNo>, StepError> {
        let (first, end) = (day.checked_sub_days(LOOK_BACK).unwrap_or(day), day.succ_opt().unwrap_or(day));
        let (from, until) = (start_of_day(first, setup.zone), start_of_day(end, setup.zone));
        let mut best: Option<(f64, SubmissionNo)> = None;
        let mut second = 0.0_f64;
        for unit in units {
            if !self.0.contains_key(unit) {
                let all = books.titles_between(unit, Instant::MIN_UTC, Instant::MAX_UTC)?;
                self.0.insert(unit.clone(), all);
            }
            for titled in self.0.get(unit).into_iter().flatten().filter(|t| from <= t.arrival && t.arrival < until) {
                let likeness = similarity(title, &titled.title);
                match best {
                    Some((most, _)) if likeness <= most => second = second.max(likeness),
                    _ => {
                        second = best.map_or(second, |(most, _)| second.max(most));
                        best = Some((likeness, titled.number));
                    }
                }
            }
        }
        Ok(best.filter(|(likeness, _)| *likeness >= ALIKE && likeness - second >= APART).map(|(_, number)| number))
    }
}

/// Takes a row back by a reversing one. `None`: there is no such row, or it was taken back before.
pub fn reverse(books: &Books<'_>, number: AdoptionNo, reason: &str, by: &str, now: Instant) -> Result<Option<AdoptionNo>, StepError> {
    let Some(entry) = books.entry(number)? else { return Ok(None) };
    if entry.reversed_by.is_some() || entry.kind == EntryKind::Reversal {
        return Ok(None);
    }
    let units: Vec<UnitId> = entry.shares.iter().map(|(unit, _)| unit.clone()).collect();
    let reversal = NewEntry {
        kind: EntryKind::Reversal,
        day: entry.day,
        shares: entry.shares.iter().map(|(unit, points)| (unit.clone(), -*points)).collect(),
        outlet: entry.outlet,
        title: reason.to_owned(),
        points: -entry.points,
        submission: entry.submission,
        reverses: Some(number),
        source: format!("reverses {number}"),
        by: by.to_owned(),
        identity: identity(EntryKind::Reversal, entry.day, &units, &number.to_string(), "", -entry.points, 0),
    };
    put(books, &reversal, now)
}
