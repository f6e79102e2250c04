//! `zhibao requisition`: the office asks units to report on a topic (约稿).

use chrono::NaiveDate;
use clap::Subcommand;
use serde_json::json;

use super::Everywhere;
use super::failure::Failure;
use super::obligation::{By, cells, columns, cut_off};
use super::outcome::answered;
use super::page::{self, Fit, Page};
use super::session::Session;
use crate::domain::ids::{RequisitionNo, SubmissionNo, UnitId};
use crate::domain::requisition::{RequisitionState, Requisitioned};
use crate::domain::rules::Instant;
use crate::mail::words::{Words, say};
use crate::steps::requisitions::{self, Asked};
use crate::store::Which;

/// Arguments of `requisition`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// Ask units to report on a topic; each is told, reminded, and called late like any other
    Open(Open),
    /// List open requisitions, newest first
    List {
        /// Also those that are closed
        #[arg(long)]
        all: bool,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: u32,
    },
    /// Show one: who was asked, and who has answered
    Show {
        /// R-2003-0004
        number: RequisitionNo,
    },
    /// Close one: what is open ends, what was breached keeps its verdict
    Close {
        /// R-2003-0004
        number: RequisitionNo,
        /// Why; kept on record
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
        #[command(flatten)]
        by: By,
    },
    /// Say that a submission is the answer to one
    Answer {
        /// R-2003-0004
        number: RequisitionNo,
        /// S-2003-000123
        submission: SubmissionNo,
        #[command(flatten)]
        by: By,
    },
}

/// What is asked for.
#[derive(clap::Args, Debug)]
struct Open {
    /// On what to report
    #[arg(long, value_name = "TEXT")]
    topic: String,
    /// In more words
    #[arg(long, value_name = "TEXT", default_value = "")]
    details: String,
    /// A unit, by id or name; may be given again
    #[arg(long = "unit", value_name = "UNIT", required_unless_present = "class")]
    units: Vec<String>,
    /// Every unit of a class
    #[arg(long, value_name = "CLASS")]
    class: Option<String>,
    /// By when: RFC 3339, a date-time in the office's zone, or a date, which lasts to its end
    #[arg(long, value_name = "T")]
    due: String,
    #[command(flatten)]
    by: By,
}

pub fn run(everywhere: &Everywhere, args: &Args) -> Result<Page, Failure> {
    let session = Session::open(everywhere)?;
    let now = session.now;
    match &args.verb {
        Verb::Open(what) => open(&session, what),
        Verb::List { all, limit } => list(&session, *all, *limit),
        Verb::Show { number } => show(&session, *number),
        Verb::Close { number, reason, by } => {
            let by = session.by(by.address.as_deref())?;
            let outcome = session.change(|books, setup| {
                books.requisition(*number)?.ok_or_else(|| Failure::unknown(number, "requisition list --all"))?;
                Ok(requisitions::close(books, setup, *number, reason.trim(), by.as_str(), now)?)
            })?;
            answered(&session, &outcome)
        }
        Verb::Answer { number, submission, by } => {
            let by = session.by(by.address.as_deref())?;
            let outcome = session.change(|books, setup| {
                books.requisition(*number)?.ok_or_else(|| Failure::unknown(number, "requisition list --all"))?;
                let found = books.submission(*submission)?.ok_or_else(|| Failure::unknown(submission, "submission list"))?;
                Ok(requisitions::answer_with(books, setup, *number, &found, by.as_str(), now)?)
            })?;
            answered(&session, &outcome)
        }
    }
}

fn open(session: &Session, what: &Open) -> Result<Page, Failure> {
    let by = session.by(what.by.address.as_deref())?;
    let due = due(session, &what.due)?;
    let mut units: Vec<UnitId> = Vec::new();
    for name in &what.units {
        let unit = session.unit(name)?;
        if !units.contains(&unit.id) {
            units.push(unit.id.clone());
        }
    }
    let outcome = session.change(|books, setup| {
        if let Some(class) = &what.class {
            let of_class = requisitions::units_named(setup, std::slice::from_ref(class), session.now).map_err(|class| {
                Failure::failed(format!("没有“{class}”这一类单位。"), format!("There is no class of units called “{class}”."))
            })?;
            units.extend(of_class.into_iter().filter(|id| !units.contains(id)).collect::<Vec<_>>());
        }
        let asked = Asked { topic: &what.topic, details: &what.details, units: units.clone(), due, by: by.as_str() };
        Ok(requisitions::open(books, setup, &asked, session.now)?)
    })?;
    answered(session, &outcome)
}

/// A bare day lasts to its last second; everything else is as on any command line.
fn due(session: &Session, text: &str) -> Result<Instant, Failure> {
    match NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d") {
        Ok(day) => session.moment(&format!("{day}T23:59:59"), "--due"),
        Err(_) => session.moment(text, "--due"),
    }
}

/// Whether answers are still asked for.
fn state(state: RequisitionState, w: Words) -> &'static str {
    match state {
        RequisitionState::Open => say!(w, "在办", "open"),
        RequisitionState::Closed => say!(w, "已结束", "closed"),
    }
}

fn list(session: &Session, all: bool, limit: u32) -> Result<Page, Failure> {
    let w = session.words;
    let mut rows = session.look(|books| Ok(books.requisitions(all, limit.saturating_add(1))?))?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let mut page = Page::new();
    if session.json {
        let facts: Vec<_> =
            rows.iter().map(|(row, asked, filed)| json!({ "requisition": row, "asked": asked, "answered": filed })).collect();
        page.json(&facts);
        return Ok(page);
    }
    if rows.is_empty() {
        page.line(match all {
            true => say!(w, "没有约稿。", "There is no requisition on record."),
            false => say!(w, "没有在办的约稿。", "No requisition is open."),
        });
        return Ok(page);
    }
    let columns = [
        (say!(w, "编号", "number"), Fit::Whole),
        (say!(w, "题目", "topic"), Fit::Wrap),
        (say!(w, "时限", "due"), Fit::Whole),
        (say!(w, "状态", "state"), Fit::Wrap),
        (say!(w, "已报/应报", "answered"), Fit::Count),
    ];
    let cells = |(row, asked, filed): &(Requisitioned, u64, u64)| {
        let (number, due) = (row.number.to_string(), session.at(row.due));
        vec![number, row.topic.clone(), due, state(row.state, w).to_owned(), format!("{filed}/{asked}")]
    };
    page.table(&columns, rows.iter().map(cells).collect());
    if more {
        page.line(cut_off(w, limit));
    }
    Ok(page)
}

fn show(session: &Session, number: RequisitionNo) -> Result<Page, Failure> {
    let w = session.words;
    let (found, rows) = session.look(|books| {
        let found = books.requisition(number)?.ok_or_else(|| Failure::unknown(number, "requisition list --all"))?;
        Ok((found, books.obligation_rows(Which::Requisition(number), None, u32::MAX)?))
    })?;
    let mut page = Page::new();
    if session.json {
        page.json(&json!({ "requisition": found, "obligations": rows }));
        return Ok(page);
    }
    let by =
        crate::domain::roster::Address::parse(&found.by).and_then(|address| session.config.roster.name_of(&address).map(str::to_owned));
    page.facts(&[
        (say!(w, "编号", "Number"), found.number.to_string()),
        (say!(w, "题目", "Topic"), found.topic.clone()),
        (say!(w, "时限", "Due"), session.at(found.due)),
        (say!(w, "约稿人", "Asked by"), by.unwrap_or(found.by.clone())),
        (say!(w, "发出", "Made"), session.at(found.made_at)),
        (say!(w, "状态", "State"), state(found.state, w).to_owned()),
        (say!(w, "结束", "Closed"), session.at_opt(found.ended_at)),
    ]);
    if !found.details.is_empty() {
        page.gap();
        page.line(page::clean_lines(&found.details));
    }
    page.gap();
    page.table(&columns(w), rows.iter().map(|row| cells(session, row)).collect());
    let answers = rows.iter().filter_map(|row| row.submission.map(|answer| format!("{} {answer}", session.name(&row.unit))));
    let answers: Vec<String> = answers.collect();
    if !answers.is_empty() {
        page.line(say!(w, format!("答复：{}", w.list(&answers)), format!("Answers: {}", w.list(&answers))));
    }
    Ok(page)
}
