//! `zhibao unit history`: where a unit stood, what it owed, what it filed, what was adopted of it.

use chrono::Datelike;
use serde::Serialize;
use serde_json::json;

use super::super::export::{Export, shown};
use super::super::failure::Failure;
use super::super::obligation::{cells, columns, cut_off};
use super::super::page::{self, Fit, Page};
use super::super::session::Session;
use super::super::{adoption, submission};
use crate::domain::digest::StandingLine;
use crate::domain::ledger::Entry;
use crate::domain::period::Period;
use crate::domain::roster::Unit;
use crate::domain::standing::assessment::month_before;
use crate::mail::words::{Words, say};
use crate::mail::workbook::{Cell, Column};
use crate::steps::{Setup, StepError, standings};
use crate::store::{Books, EntryFilter, ObligationRow, SubmissionRow, Which};

/// Years and months that are shown, the newest of each.
const YEARS: usize = 5;
const MONTHS: usize = 12;

/// Where a unit stood in a period.
#[derive(Serialize)]
struct Stood {
    period: Period,
    /// Units in its list.
    of: usize,
    #[serde(flatten)]
    line: StandingLine,
}

/// What is on record of a unit.
struct Past {
    stood: Vec<Stood>,
    owed: Vec<ObligationRow>,
    filed: Vec<SubmissionRow>,
    adopted: Vec<Entry>,
    /// There is more of something.
    cut: bool,
}

pub fn run(session: &Session, unit: &Unit, limit: u32, export: &Export) -> Result<Page, Failure> {
    let past = gather(session, unit, limit)?;
    let (mut page, w, name) = (Page::new(), session.words, page::clean(&unit.name));
    let title = say!(w, format!("{name}历次积分排名"), format!("Where {name} stood"));
    if export.write(&mut page, w, &title, &heads(w), &past.stood.iter().map(row).collect::<Vec<_>>())? {
        return Ok(page);
    }
    if session.json {
        page.json(&json!({
            "unit": unit.id, "standing": past.stood, "obligations": past.owed, "submissions": past.filed, "adoptions": past.adopted,
        }));
        return Ok(page);
    }
    show(&mut page, session, &name, &past);
    if past.cut {
        page.line(cut_off(w, limit));
    }
    Ok(page)
}

fn gather(session: &Session, unit: &Unit, limit: u32) -> Result<Past, Failure> {
    let (more, most) = (limit.saturating_add(1), limit as usize);
    session.look_with(|books, setup| {
        let of_it = EntryFilter { unit: Some(unit.id.clone()), ..EntryFilter::default() };
        let mut past = Past {
            stood: stood(books, setup, unit)?,
            owed: books.obligation_rows(Which::All, Some(&unit.id), more)?,
            filed: books.submission_rows(Some(&unit.id), None, more)?,
            adopted: books.entries(&of_it, more)?,
            cut: false,
        };
        past.cut = past.owed.len().max(past.filed.len()).max(past.adopted.len()) > most;
        past.owed.truncate(most);
        past.filed.truncate(most);
        past.adopted.truncate(most);
        Ok(past)
    })
}

/// Where it stood in the last years and months of the ledger, the newest first; those in which it took part.
fn stood(books: &Books<'_>, setup: &Setup, unit: &Unit) -> Result<Vec<Stood>, StepError> {
    let Some((first, last)) = books.ledger_days()? else { return Ok(Vec::new()) };
    let years = (first.year()..=last.year()).rev().map(Period::Year).take(YEARS);
    let months = std::iter::successors(Some(Period::month_of(last)), |month| Some(month_before(month.first())));
    let months = months.take_while(|month| month.end() > first).take(MONTHS);
    let mut found = Vec::new();
    for period in years.chain(months) {
        let lines = standings::table(books, setup, period, None)?.lines;
        let of = lines.len();
        found.extend(lines.into_iter().find(|line| line.unit.id == unit.id).map(|line| Stood { period, of, line }));
    }
    Ok(found)
}

fn heads(w: Words) -> Vec<Column> {
    vec![
        Column::text(say!(w, "时段", "period")),
        Column::figures(say!(w, "积分", "points")),
        Column::figures(say!(w, "占比", "share")),
        Column::figures(say!(w, "位次", "rank")),
        Column::figures(say!(w, "共", "of")),
        Column::figures(say!(w, "采用", "adopted")),
        Column::figures(say!(w, "报送", "submitted")),
    ]
}

fn row(stood: &Stood) -> Vec<Cell> {
    let count = |count: u64| Cell::Count(i64::try_from(count).unwrap_or(i64::MAX));
    vec![
        Cell::Text(stood.period.to_string()),
        Cell::Points(stood.line.points),
        stood.line.share.map_or(Cell::Empty, Cell::Share),
        Cell::Count(i64::from(stood.line.rank)),
        count(stood.of as u64),
        count(stood.line.items),
        count(stood.line.submitted),
    ]
}

fn show(page: &mut Page, session: &Session, name: &str, past: &Past) {
    let w = session.words;
    if !past.stood.is_empty() {
        page.line(say!(w, format!("{name}历次积分排名："), format!("Where {name} stood:")));
        let fits = [Fit::Whole].into_iter().chain(std::iter::repeat(Fit::Count));
        let heads = heads(w);
        let columns: Vec<(&str, Fit)> = heads.iter().map(|column| column.head.as_str()).zip(fits).collect();
        page.table(&columns, past.stood.iter().map(|stood| row(stood).iter().map(shown).collect()).collect());
        page.gap();
    }
    match past.owed.is_empty() {
        true => page.line(say!(w, format!("{name}没有应报事项的记录。"), format!("{name} has owed nothing so far."))),
        false => {
            page.line(say!(w, format!("{name}应报事项："), format!("What {name} owed:")));
            let [id, _, rest @ ..] = columns(w);
            let cells = |row| {
                let mut cells = cells(session, row);
                cells.remove(1);
                cells
            };
            page.table(&[&[id][..], &rest].concat(), past.owed.iter().map(cells).collect());
        }
    }
    page.gap();
    match past.filed.is_empty() {
        true => page.line(say!(w, format!("{name}还没有报送。"), format!("{name} has filed nothing so far."))),
        false => {
            page.line(say!(w, format!("{name}的报送："), format!("What {name} filed:")));
            submission::table(page, session, &past.filed);
        }
    }
    if !past.adopted.is_empty() {
        page.gap();
        page.line(say!(w, format!("{name}的采用："), format!("What was adopted of {name}:")));
        adoption::table(page, session, &past.adopted);
    }
}
