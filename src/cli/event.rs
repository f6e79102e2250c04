//! `zhibao event`: sudden events.

use clap::Subcommand;
use serde_json::json;

use super::failure::Failure;
use super::obligation::By;
use super::outcome::answered;
use super::page::{Fit, Page};
use super::session::Session;
use super::{Everywhere, explain, obligation};
use crate::domain::event::{Event, EventState};
use crate::domain::fields::severity_word;
use crate::domain::ids::{EventNo, UnitId};
use crate::domain::rules::{Instant, Severity, span};
use crate::domain::schedule::local_day;
use crate::mail::words::{Words, say};
use crate::steps::tell::{self, Telling};
use crate::steps::{Setup, command};
use crate::store::{Books, EventRow, RecordEntry};

/// Arguments of `event`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// List open events, newest first
    List {
        /// Also those that are closed, withdrawn or merged
        #[arg(long)]
        all: bool,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: u32,
    },
    /// Show one: who told us when, who owes what, how it stands
    Show {
        /// E-2003-0007
        number: EventNo,
    },
    /// Open one that was told by other means than mail; the units that owe are asked to report
    Open(Open),
    /// Close one: what is open ends, what was breached keeps its verdict
    Close {
        /// E-2003-0007
        number: EventNo,
        /// Why; kept on record
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
        #[command(flatten)]
        by: By,
    },
    /// Make one part of another; the earliest knowledge and every filing are kept
    Merge {
        /// The one that ends
        #[arg(value_name = "FROM")]
        from: EventNo,
        /// The one that goes on
        #[arg(value_name = "INTO")]
        into: EventNo,
        #[command(flatten)]
        by: By,
    },
    /// Set the severity: I to IV, or 特别重大, 重大, 较大, 一般
    Severity {
        /// E-2003-0007
        number: EventNo,
        /// I, II, III or IV
        #[arg(value_parser = severity)]
        severity: Severity,
        #[command(flatten)]
        by: By,
    },
}

/// What is told.
#[derive(clap::Args, Debug)]
struct Open {
    /// What it is called, as the units will read it
    title: String,
    /// A unit that owes a report, by id or name; may be given again [default: whose place it is]
    #[arg(long = "unit", value_name = "UNIT")]
    units: Vec<String>,
    /// Where
    #[arg(long, value_name = "TEXT")]
    place: Option<String>,
    /// When: RFC 3339, or a date-time in the office's zone
    #[arg(long, value_name = "T")]
    occurred: Option<String>,
    /// I to IV [default: default_severity of the configuration]
    #[arg(long, value_name = "SEVERITY", value_parser = severity)]
    severity: Option<Severity>,
    #[command(flatten)]
    by: By,
}

fn severity(text: &str) -> Result<Severity, String> {
    let known = text.to_ascii_uppercase().parse().ok().or_else(|| severity_word(text));
    known.ok_or_else(|| "write I, II, III, IV, or 特别重大, 重大, 较大, 一般".to_owned())
}

pub fn run(everywhere: &Everywhere, args: &Args) -> Result<Page, Failure> {
    let session = Session::open(everywhere)?;
    let now = session.now;
    match &args.verb {
        Verb::List { all, limit } => list(&session, *all, *limit),
        Verb::Show { number } => explain::event_page(&session, *number),
        Verb::Open(what) => open(&session, what),
        Verb::Close { number, reason, by } => {
            let by = session.by(by.address.as_deref())?;
            let outcome = session.change(|books, setup| {
                let event = find(books, *number)?;
                if event.merged_into.is_some() {
                    return Err(over(&session, &event));
                }
                Ok(command::close(books, setup, event, reason.trim(), by.as_str(), now)?)
            })?;
            answered(&session, &outcome)
        }
        Verb::Merge { from, into, by } => {
            let by = session.by(by.address.as_deref())?;
            let outcome = session.change(|books, setup| {
                find(books, *into)?;
                Ok(command::merge(books, setup, find(books, *from)?, *into, by.as_str(), now)?)
            })?;
            answered(&session, &outcome)
        }
        Verb::Severity { number, severity, by } => {
            let by = session.by(by.address.as_deref())?;
            let outcome = session.change(|books, setup| {
                let event = find(books, *number)?;
                if event.state != EventState::Open {
                    return Err(over(&session, &event));
                }
                Ok(command::set_severity(books, setup, event, *severity, by.as_str(), now)?)
            })?;
            answered(&session, &outcome)
        }
    }
}

fn find(books: &Books<'_>, number: EventNo) -> Result<Event, Failure> {
    books.event(number)?.ok_or_else(|| Failure::unknown(number, "event list --all"))
}

/// It is no longer open, so that nothing about it can be changed.
fn over(session: &Session, event: &Event) -> Failure {
    let w = session.words;
    let number = event.number;
    let into = event.merged_into.map(|into| into.to_string()).unwrap_or_default();
    let zh = if into.is_empty() {
        format!("事件 {number} 已经{}，没有变更。", state(event.state, w))
    } else {
        format!("事件 {number} 已并入 {into}；请对 {into} 操作。")
    };
    let en = if into.is_empty() {
        format!("Nothing changed: {number} is {}.", state(event.state, w))
    } else {
        format!("Nothing changed: {number} is part of {into}; name that one.")
    };
    Failure::failed(zh, en)
}

/// Where an event stands.
pub fn state(state: EventState, words: Words) -> &'static str {
    match state {
        EventState::Open => say!(words, "在办", "open"),
        EventState::Closed => say!(words, "结案", "closed"),
        EventState::Withdrawn => say!(words, "撤回", "withdrawn"),
        EventState::Merged => say!(words, "并入其他事件", "merged"),
    }
}

fn list(session: &Session, all: bool, limit: u32) -> Result<Page, Failure> {
    let w = session.words;
    let mut rows = session.look(|books| Ok(books.event_rows(all, limit.saturating_add(1))?))?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let mut page = Page::new();
    if session.json {
        page.json(&rows);
        return Ok(page);
    }
    if rows.is_empty() {
        page.line(match all {
            true => say!(w, "没有突发事件。", "There is no sudden event on record."),
            false => say!(w, "没有在办的突发事件。", "No sudden event is open."),
        });
        return Ok(page);
    }
    let columns = [
        (say!(w, "编号", "number"), Fit::Whole),
        (say!(w, "事件", "event"), Fit::Wrap),
        (say!(w, "级别", "severity"), Fit::Whole),
        (say!(w, "发生", "occurred"), Fit::Whole),
        (say!(w, "状态", "state"), Fit::Wrap),
        (say!(w, "待报", "owed"), Fit::Count),
    ];
    let cells = |row: &EventRow| {
        let severity = row.severity.to_string();
        vec![
            row.number.to_string(),
            row.title.clone(),
            severity,
            session.at_opt(row.occurred),
            state(row.state, w).to_owned(),
            row.open.to_string(),
        ]
    };
    page.table(&columns, rows.iter().map(cells).collect());
    if more {
        page.line(obligation::cut_off(w, limit));
    }
    Ok(page)
}

fn open(session: &Session, what: &Open) -> Result<Page, Failure> {
    let w = session.words;
    let by = session.by(what.by.address.as_deref())?;
    let occurred = what.occurred.as_deref().map(|text| session.moment(text, "--occurred")).transpose()?;
    if occurred.is_some_and(|at| at > session.now + span(300)) {
        return Err(Failure::usage(
            "发生时间晚于现在，没有立事件；请核对 --occurred。",
            "No event was opened: it would occur in the future. Check --occurred.",
        ));
    }
    if what.title.trim().is_empty() {
        return Err(Failure::usage("没有立事件：请写明事件名称。", "No event was opened: say what it is called."));
    }
    let units = units(session, what)?;
    let telling = Telling {
        title: &what.title,
        units,
        place: what.place.as_deref(),
        occurred,
        severity: what.severity,
        known_at: session.now,
        named: None,
        by: by.as_str(),
    };
    let opened = session.change(|books, setup| put(books, setup, &telling, session.now))?;
    let mut page = answered(session, &opened.outcome)?;
    if !session.json && !opened.ask.is_empty() {
        let others: Vec<String> = opened.ask.iter().map(ToString::to_string).collect();
        let (number, others) = (opened.event.number, w.list(&others));
        page.line(say!(
            w,
            format!("它可能与 {others} 是同一事件；如是，请用 zhibao event merge {number} E-… 合并。"),
            format!("It may be the same as {others}; if so, merge them: zhibao event merge {number} E-…")
        ));
    }
    Ok(page)
}

fn put(books: &Books<'_>, setup: &Setup, telling: &Telling<'_>, now: Instant) -> Result<tell::Opened, Failure> {
    let opened = tell::open(books, setup, telling, now)?;
    let data = json!({ "told": telling.title, "units": telling.units, "place": telling.place, "occurred": telling.occurred, "severity": telling.severity });
    let event = Some(opened.event.number);
    books.record(&RecordEntry { at: now, what: "told".into(), obligation: None, event, by: telling.by.into(), data })?;
    Ok(opened)
}

/// The units named, else those whose place it is.
fn units(session: &Session, what: &Open) -> Result<Vec<UnitId>, Failure> {
    let mut units: Vec<UnitId> = Vec::new();
    for name in &what.units {
        let unit = session.unit(name)?;
        if !units.contains(&unit.id) {
            units.push(unit.id.clone());
        }
    }
    if what.units.is_empty() {
        let place = what.place.as_deref().unwrap_or_default();
        units = session
            .config
            .roster
            .jurisdictions(place, local_day(session.now, session.config.timezone))
            .into_iter()
            .map(|unit| unit.id.clone())
            .collect();
    }
    if units.is_empty() {
        return Err(Failure::usage(
            "没有立事件：不清楚由哪个单位报送。请用 --unit 指明，或写出某单位辖区内的 --place。",
            "No event was opened: it is not clear who should report. Name the unit with --unit, or a --place in a unit's area.",
        ));
    }
    Ok(units)
}
