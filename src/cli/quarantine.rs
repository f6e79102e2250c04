//! `zhibao quarantine`: mail put aside, and the desk's word about it.

use clap::Subcommand;
use serde_json::{Value, json};

use super::failure::Failure;
use super::obligation::{By, cut_off};
use super::outcome::answered;
use super::page::{Fit, Page};
use super::session::Session;
use super::{Everywhere, explain};
use crate::domain::ids::QuarantineNo;
use crate::mail::words::{Words, say};
use crate::steps::command;
use crate::store::{Books, QuarantineEntry, QuarantineState};

/// Arguments of `quarantine`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// List mail that waits for the desk, newest first
    List {
        /// Also what was decided
        #[arg(long)]
        all: bool,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: u32,
    },
    /// Show one: why it was put aside, and its text
    Show {
        /// Q-2003-0003
        number: QuarantineNo,
    },
    /// Vouch for it: it is read as authentic, as of its own arrival
    Release {
        /// Q-2003-0003
        number: QuarantineNo,
        #[command(flatten)]
        by: By,
    },
    /// Refuse it: it is kept, and not filed
    Reject {
        /// Q-2003-0003
        number: QuarantineNo,
        #[command(flatten)]
        by: By,
    },
}

pub fn run(everywhere: &Everywhere, args: &Args) -> Result<Page, Failure> {
    let session = Session::open(everywhere)?;
    match &args.verb {
        Verb::List { all, limit } => list(&session, *all, *limit),
        Verb::Show { number } => explain::quarantine_page(&session, *number),
        Verb::Release { number, by } => decide(&session, *number, true, by),
        Verb::Reject { number, by } => decide(&session, *number, false, by),
    }
}

/// The entry of this number.
pub fn find(books: &Books<'_>, number: QuarantineNo) -> Result<QuarantineEntry, Failure> {
    books.quarantine(number)?.ok_or_else(|| Failure::unknown(number, "quarantine list --all"))
}

fn decide(session: &Session, number: QuarantineNo, release: bool, by: &By) -> Result<Page, Failure> {
    let by = session.by(by.address.as_deref())?;
    let outcome =
        session.change(|books, _| Ok(command::decide_quarantine(books, &find(books, number)?, release, by.as_str(), session.now)?))?;
    answered(session, &outcome)
}

fn list(session: &Session, all: bool, limit: u32) -> Result<Page, Failure> {
    let w = session.words;
    let mut entries = session.look(|books| Ok(books.quarantine_list(all, limit.saturating_add(1))?))?;
    let more = entries.len() > limit as usize;
    entries.truncate(limit as usize);
    let mut page = Page::new();
    if session.json {
        page.json(&entries.iter().map(facts).collect::<Vec<_>>());
        return Ok(page);
    }
    if entries.is_empty() {
        page.line(match all {
            true => say!(w, "没有来件被隔离过。", "No mail was ever put aside."),
            false => say!(w, "没有待核来件。", "No mail waits for the desk."),
        });
        return Ok(page);
    }
    table(&mut page, session, &entries, all);
    if more {
        page.line(cut_off(w, limit));
    }
    Ok(page)
}

/// The table of entries; with the decisions where these differ.
pub fn table(page: &mut Page, session: &Session, entries: &[QuarantineEntry], decisions: bool) {
    let w = session.words;
    let mut columns = vec![
        (say!(w, "编号", "number"), Fit::Whole),
        (say!(w, "收到", "arrived"), Fit::Whole),
        (say!(w, "发件人", "from"), Fit::Wrap),
        (say!(w, "主题", "subject"), Fit::Wrap),
    ];
    columns.push(if decisions { (say!(w, "处理", "state"), Fit::Whole) } else { (say!(w, "原因", "because"), Fit::Wrap) });
    let cells = |entry: &QuarantineEntry| {
        let last = if decisions { state(entry.state, w).to_owned() } else { w.quarantine_reason(&entry.reason) };
        vec![entry.number.to_string(), session.at(entry.arrival), address(&entry.sender), entry.subject.clone(), last]
    };
    page.table(&columns, entries.iter().map(cells).collect());
}

/// The address alone: what a stranger calls himself is for `show`.
fn address(sender: &str) -> String {
    let inner = sender.rsplit_once('<').and_then(|(_, rest)| rest.strip_suffix('>'));
    inner.filter(|_| !sender.contains(',')).unwrap_or(sender).to_owned()
}

/// Whether the desk has decided.
pub fn state(state: QuarantineState, words: Words) -> &'static str {
    match state {
        QuarantineState::Waiting => say!(words, "待核", "waiting"),
        QuarantineState::Released => say!(words, "已放行", "released"),
        QuarantineState::Rejected => say!(words, "已拒收", "rejected"),
    }
}

/// An entry as JSON.
pub fn facts(entry: &QuarantineEntry) -> Value {
    json!({
        "number": entry.number, "state": entry.state, "arrival": entry.arrival, "from": entry.sender, "subject": entry.subject,
        "unit": entry.unit, "because": entry.reason,
    })
}
