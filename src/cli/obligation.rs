//! `zhibao obligation`: what is owed, and a person's word about it.

use clap::Subcommand;

use super::failure::Failure;
use super::outcome::answered;
use super::page::{Column, Fit, Page};
use super::session::Session;
use super::{Everywhere, explain};
use crate::domain::duration::parse_duration;
use crate::domain::ids::NoticeNo;
use crate::domain::notice::Owed;
use crate::domain::obligation::Obligation;
use crate::domain::reply;
use crate::domain::rules::{Instant, Verdict};
use crate::mail::words::{Words, say};
use crate::steps::command;
use crate::store::{Books, ObligationRow, Which};

/// Arguments of `obligation`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// List what is owed, the most urgent first
    List {
        /// Also what has been filed or has ended
        #[arg(long)]
        all: bool,
        /// Of one unit alone: its id or name
        #[arg(long, value_name = "UNIT")]
        unit: Option<String>,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: u32,
    },
    /// Show one: rule, times, evidence
    Show {
        /// Its number in `obligation list`, or that of a notice about it
        id: String,
    },
    /// Excuse it, with a reason
    Waive {
        /// Its number in `obligation list`, or that of a notice about it
        id: String,
        /// Why; kept on record
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        by: By,
    },
    /// Move its due time; the ladder starts anew from there
    Extend {
        /// Its number in `obligation list`, or that of a notice about it
        id: String,
        /// By how much: 2h, 1h30m, 2小时
        #[arg(value_name = "SPAN")]
        span: String,
        /// Why; kept on record
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
        #[command(flatten)]
        by: By,
    },
    /// Acknowledge its alert: the repeats stop, the ladder goes on
    Ack {
        /// Its number in `obligation list`, or that of a notice about it
        id: String,
        #[command(flatten)]
        by: By,
    },
}

/// Who decides.
#[derive(clap::Args, Debug)]
pub struct By {
    /// Who decides, for the record [default: the first operator]
    #[arg(long = "by", value_name = "ADDRESS")]
    pub address: Option<String>,
}

pub fn run(everywhere: &Everywhere, args: &Args) -> Result<Page, Failure> {
    let session = Session::open(everywhere)?;
    match &args.verb {
        Verb::List { all, unit, limit } => list(&session, *all, unit.as_deref(), *limit),
        Verb::Show { id } => {
            let id = session.look(|books| id_of(books, id))?;
            explain::obligation_page(&session, id)
        }
        Verb::Waive { id, reason, by } => {
            let by = session.by(by.address.as_deref())?;
            let reason = reason.trim();
            if reason.is_empty() {
                return Err(Failure::usage("豁免须写明理由：--reason。", "A waiver needs a reason: --reason."));
            }
            let outcome =
                session.change(|books, setup| Ok(command::waive(books, setup, find(books, id)?, reason, by.as_str(), session.now)?))?;
            answered(&session, &outcome)
        }
        Verb::Extend { id, span, reason, by } => {
            let (by, seconds) = (session.by(by.address.as_deref())?, seconds(span)?);
            let outcome = session.change(|books, setup| {
                Ok(command::extend(books, setup, find(books, id)?, seconds, reason.trim(), by.as_str(), session.now)?)
            })?;
            answered(&session, &outcome)
        }
        Verb::Ack { id, by } => {
            let by = session.by(by.address.as_deref())?;
            let outcome =
                session.change(|books, setup| Ok(command::acknowledge(books, setup, find(books, id)?, by.as_str(), session.now)?))?;
            answered(&session, &outcome)
        }
    }
}

/// `2h` as the configuration writes it, or `2小时` as a supervisor does.
fn seconds(text: &str) -> Result<i64, Failure> {
    let written = parse_duration(text).ok().or_else(|| reply::command(&format!("延期 {text}")).and_then(|command| command.seconds()));
    written.filter(|seconds| *seconds > 0).ok_or_else(|| {
        Failure::usage(
            format!("“{text}”不是时长；请写 2h、1h30m、1d 或 2小时。"),
            format!("“{text}” is no span of time; write 2h, 1h30m, 1d or 2小时."),
        )
    })
}

/// The obligation's key, by itself or by a notice about it.
fn id_of(books: &Books<'_>, text: &str) -> Result<i64, Failure> {
    if let Ok(id) = text.trim_start_matches('#').parse::<i64>() {
        return Ok(id);
    }
    let Ok(number) = text.parse::<NoticeNo>() else {
        return Err(Failure::usage(
            format!("“{text}”不是应报事项的编号；请写 zhibao obligation list 第一列的数字，或有关通知的编号 N-…。"),
            format!(
                "“{text}” names no obligation; write the number in the first column of zhibao obligation list, or that of a notice, N-…."
            ),
        ));
    };
    let notice = books.notice(number)?.ok_or_else(|| Failure::unknown(number, "outbox list --all"))?;
    notice
        .obligation
        .ok_or_else(|| Failure::failed(format!("通知 {number} 不涉及应报事项。"), format!("The notice {number} is about no obligation.")))
}

fn find(books: &Books<'_>, text: &str) -> Result<Obligation, Failure> {
    let id = id_of(books, text)?;
    books.obligation(id)?.ok_or_else(|| unknown(id))
}

/// No obligation has this key.
pub fn unknown(id: i64) -> Failure {
    Failure::failed(
        format!("没有编号为 {id} 的应报事项；可用 zhibao obligation list --all 查看。"),
        format!("There is no obligation {id}; zhibao obligation list --all shows those that are."),
    )
}

fn list(session: &Session, all: bool, unit: Option<&str>, limit: u32) -> Result<Page, Failure> {
    let unit = unit.map(|name| session.unit(name)).transpose()?.map(|unit| unit.id.clone());
    let which = if all { Which::All } else { Which::Open };
    let mut rows = session.look(|books| Ok(books.obligation_rows(which, unit.as_ref(), limit.saturating_add(1))?))?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let mut page = Page::new();
    if session.json {
        page.json(&rows);
        return Ok(page);
    }
    if rows.is_empty() {
        page.line(match all {
            true => say!(session.words, "没有应报事项。", "Nothing is or was owed."),
            false => say!(session.words, "没有待报的事项。", "Nothing is owed at present."),
        });
        return Ok(page);
    }
    page.table(&columns(session.words), rows.iter().map(|row| cells(session, row)).collect());
    if more {
        page.line(cut_off(session.words, limit));
    }
    Ok(page)
}

/// There is more than was shown.
pub fn cut_off(words: Words, limit: u32) -> String {
    say!(words, format!("只列出 {limit} 条；要看更多，请用 --limit。"), format!("These are the first {limit}; --limit shows more."))
}

/// The table of obligations.
pub fn columns(words: Words) -> [Column<'static>; 5] {
    [
        (say!(words, "号", "ID"), Fit::Count),
        (say!(words, "单位", "unit"), Fit::Wrap),
        (say!(words, "应报", "owed"), Fit::Wrap),
        (say!(words, "时限", "due"), Fit::Whole),
        (say!(words, "现状", "state"), Fit::Wrap),
    ]
}

/// Its rows.
pub fn cells(session: &Session, row: &ObligationRow) -> Vec<String> {
    let owed = session.words.owed(&owed(row));
    let what = row.event.map_or(owed.clone(), |event| format!("{owed} {event}"));
    vec![row.id.to_string(), session.name(&row.unit).to_owned(), what, session.at(row.due), standing(session, row)]
}

fn owed(row: &ObligationRow) -> Owed {
    match (row.stage, &row.duty, &row.requisition) {
        (Some(stage), ..) => Owed::Stage { stage, ordinal: row.ordinal.unwrap_or(1) },
        (_, Some(name), _) => Owed::Duty { name: name.clone(), quota: None },
        (.., number) => Owed::Requisition { number: number.clone().unwrap_or_default() },
    }
}

/// How an obligation stands, in few words: 迟报，已过2小时 / late, 2 h overdue.
pub fn standing(session: &Session, row: &ObligationRow) -> String {
    let w = session.words;
    let verdict = w.verdict(row.verdict);
    let span = |from: Instant, until: Instant| w.span((until - from).num_seconds());
    if let Some(filed) = row.filed {
        let early = filed <= row.due;
        let by = span(row.due, filed);
        return match row.verdict {
            _ if filed == row.due => say!(w, format!("{verdict}，正当时限"), format!("{verdict}, to the second")),
            Verdict::OnTime => say!(w, format!("{verdict}，早{by}"), format!("{verdict}, {by} early")),
            Verdict::Late => say!(w, format!("{verdict}{by}"), format!("{verdict} by {by}")),
            Verdict::Omitted | Verdict::Unreported => say!(w, format!("{verdict}，{by}后补报"), format!("{verdict}, supplied {by} late")),
            _ if early => verdict.to_owned(),
            _ => say!(w, format!("{verdict}，晚{by}"), format!("{verdict}, {by} late")),
        };
    }
    let breached = matches!(row.verdict, Verdict::Late | Verdict::Omitted | Verdict::Unreported);
    let acknowledged = if row.acknowledged { say!(w, "，已确认", ", acknowledged") } else { "" };
    match row.verdict {
        Verdict::Open if session.now <= row.due => {
            let left = span(session.now, row.due);
            say!(w, format!("{verdict}，余{left}"), format!("{verdict}, {left} left"))
        }
        Verdict::Open => {
            let over = span(row.due, session.now);
            say!(w, format!("已过{over}，待认定"), format!("{over} overdue, not judged"))
        }
        _ if breached && row.ended => say!(w, format!("{verdict}，已了结"), format!("{verdict}, ended")),
        _ if breached => {
            let over = span(row.due, session.now);
            say!(w, format!("{verdict}，已过{over}{acknowledged}"), format!("{verdict}, {over} overdue{acknowledged}"))
        }
        _ => verdict.to_owned(),
    }
}
