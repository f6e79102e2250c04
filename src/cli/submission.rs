//! `zhibao submission`: what was filed.

use clap::Subcommand;

use super::failure::Failure;
use super::obligation::cut_off;
use super::page::{Fit, Page};
use super::session::Session;
use super::{Everywhere, explain};
use crate::domain::ids::{EventNo, SubmissionNo};
use crate::mail::words::say;
use crate::store::SubmissionRow;

/// Arguments of `submission`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// List what was filed, newest first
    List {
        /// Of one unit alone: its id or name
        #[arg(long, value_name = "UNIT")]
        unit: Option<String>,
        /// On one event alone
        #[arg(long, value_name = "E-…")]
        event: Option<EventNo>,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: u32,
    },
    /// Show one: what was understood, what it met, and its text
    Show {
        /// S-2003-000123
        number: SubmissionNo,
    },
}

pub fn run(everywhere: &Everywhere, args: &Args) -> Result<Page, Failure> {
    let session = Session::open(everywhere)?;
    match &args.verb {
        Verb::List { unit, event, limit } => list(&session, unit.as_deref(), *event, *limit),
        Verb::Show { number } => explain::submission_page(&session, *number, true),
    }
}

fn list(session: &Session, unit: Option<&str>, event: Option<EventNo>, limit: u32) -> Result<Page, Failure> {
    let unit = unit.map(|name| session.unit(name)).transpose()?.map(|unit| unit.id.clone());
    let mut rows = session.look(|books| Ok(books.submission_rows(unit.as_ref(), event, limit.saturating_add(1))?))?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let mut page = Page::new();
    if session.json {
        page.json(&rows);
        return Ok(page);
    }
    if rows.is_empty() {
        page.line(say!(session.words, "没有登记的报送。", "Nothing has been filed."));
        return Ok(page);
    }
    table(&mut page, session, &rows);
    if more {
        page.line(cut_off(session.words, limit));
    }
    Ok(page)
}

/// The table of submissions.
pub fn table(page: &mut Page, session: &Session, rows: &[SubmissionRow]) {
    let w = session.words;
    let columns = [
        (say!(w, "编号", "number"), Fit::Whole),
        (say!(w, "收到", "arrived"), Fit::Whole),
        (say!(w, "单位", "unit"), Fit::Wrap),
        (say!(w, "种类", "kind"), Fit::Wrap),
        (say!(w, "标题", "title"), Fit::Wrap),
    ];
    let cells = |row: &SubmissionRow| {
        let unit = row.unit.as_ref().map_or(row.sender.as_str(), |unit| session.name(unit));
        let withdrawn = if row.withdrawn { say!(w, "（已撤回）", " (withdrawn)") } else { "" };
        let title = format!("{}{withdrawn}{}", row.title, row.event.map(|event| format!(" {event}")).unwrap_or_default());
        vec![row.number.to_string(), session.at(row.arrival), unit.to_owned(), w.kind(row.kind).to_owned(), title]
    };
    page.table(&columns, rows.iter().map(cells).collect());
}
