//! `zhibao submission`: what was filed, and of what kinds and fields it is.

use clap::Subcommand;

use super::failure::Failure;
use super::obligation::{By, cut_off};
use super::page::{Fit, Page};
use super::session::Session;
use super::{Everywhere, explain};
use crate::domain::ids::{EventNo, SubmissionNo};
use crate::domain::topics::{Sort, TopicOf, TopicReader};
use crate::mail::words::say;
use crate::steps::topics;
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
    /// Give it kinds and fields, or take them from it
    Tag {
        /// S-2003-000123
        number: SubmissionNo,
        /// A kind of the configuration; may be given again
        #[arg(long = "kind", value_name = "KIND", required_unless_present = "fields")]
        kinds: Vec<String>,
        /// A field of the configuration; may be given again
        #[arg(long = "field", value_name = "FIELD")]
        fields: Vec<String>,
        /// Take them away
        #[arg(long)]
        remove: bool,
        #[command(flatten)]
        by: By,
    },
}

pub fn run(everywhere: &Everywhere, args: &Args) -> Result<Page, Failure> {
    let session = Session::open(everywhere)?;
    match &args.verb {
        Verb::List { unit, event, limit } => list(&session, unit.as_deref(), *event, *limit),
        Verb::Show { number } => explain::submission_page(&session, *number, true),
        Verb::Tag { number, kinds, fields, remove, by } => {
            let by = session.by(by.address.as_deref())?;
            tag(&session, *number, kinds, fields, *remove, by.as_str())
        }
    }
}

fn tag(session: &Session, number: SubmissionNo, kinds: &[String], fields: &[String], remove: bool, by: &str) -> Result<Page, Failure> {
    let w = session.words;
    let (changed, now) = session.change(|books, setup| {
        books.submission(number)?.ok_or_else(|| Failure::unknown(number, "submission list"))?;
        let has = books.topics_of(number)?;
        let mut topics = Vec::new();
        for (sort, name) in kinds.iter().map(|name| (Sort::Kind, name)).chain(fields.iter().map(|name| (Sort::Field, name))) {
            // What is no longer in the configuration may still be taken away.
            let gone = || has.iter().find(|topic| remove && topic.sort == sort && topic.name == *name).map(|topic| topic.name.as_str());
            let known = setup.topics.named(sort, name).or_else(gone).ok_or_else(|| not_configured(&setup.topics, sort, name))?;
            topics.push((sort, known.to_owned()));
        }
        let changed = topics::tag(books, number, &topics, remove, by, session.now)?;
        Ok((changed, books.topics_of(number)?))
    })?;
    let mut page = Page::new();
    if session.json {
        page.json(&serde_json::json!({ "submission": number, "changed": changed, "topics": now }));
        return Ok(page);
    }
    let names = topics_in_words(session, &now);
    page.line(match names.is_empty() {
        true => say!(w, format!("{number} 现不属任何栏目、领域。"), format!("{number} is now of no kind and no field.")),
        false => say!(w, format!("{number} 现为：{names}。"), format!("{number} is now: {names}.")),
    });
    Ok(page)
}

fn not_configured(topics: &TopicReader, sort: Sort, name: &str) -> Failure {
    let known: Vec<&str> = topics.names(sort).collect();
    let (zh, en) = match sort {
        Sort::Kind => ("栏目", "kind"),
        Sort::Field => ("领域", "field"),
    };
    let (list_zh, list_en) = (known.join("、"), known.join(", "));
    Failure::failed(
        format!("配置中没有{zh}“{name}”；有：{list_zh}。"),
        format!("The configuration has no {en} “{name}”; it has {list_en}."),
    )
}

/// 栏目：问题、综合；领域：经济
pub fn topics_in_words(session: &Session, topics: &[TopicOf]) -> String {
    let w = session.words;
    let of = |sort: Sort| {
        let names: Vec<&str> = topics.iter().filter(|topic| topic.sort == sort).map(|topic| topic.name.as_str()).collect();
        let label = match sort {
            Sort::Kind => say!(w, "栏目：", "kind "),
            Sort::Field => say!(w, "领域：", "field "),
        };
        (!names.is_empty()).then(|| format!("{label}{}", w.list(&names)))
    };
    let parts: Vec<String> = [Sort::Kind, Sort::Field].into_iter().filter_map(of).collect();
    parts.join(say!(w, "；", "; "))
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
