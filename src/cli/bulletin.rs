//! `zhibao bulletin`: issues of the office's own bulletins.

mod export;
mod refusal;

use std::path::PathBuf;

use chrono::Datelike;
use clap::Subcommand;
use serde_json::json;

use super::Everywhere;
use super::failure::Failure;
use super::obligation::{By, cut_off};
use super::page::{self, Fit, Page};
use super::session::Session;
use crate::domain::bulletin::{IssueName, IssueState};
use crate::domain::ids::SubmissionNo;
use crate::domain::schedule::local_day;
use crate::domain::topics::Sort;
use crate::mail::parse::{self, Limits};
use crate::mail::words::{Words, say};
use crate::steps::bulletins::{self, Issued};
use crate::store::{Books, IssueCounts, IssueRow, ItemRow, NewItem, TopicShare};
use refusal::refused;

/// Arguments of `bulletin`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// List issues, newest first
    List {
        /// Of one year alone
        #[arg(long, value_name = "YEAR")]
        year: Option<i32>,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: u32,
    },
    /// Show one: its items, and what they carry
    Show {
        /// yangquan-2002-017
        issue: IssueName,
    },
    /// Begin an issue under the next number of the year
    Draft {
        /// The bulletin's id
        bulletin: String,
        /// Of which year [default: this one]
        #[arg(long, value_name = "YEAR")]
        year: Option<i32>,
        #[command(flatten)]
        by: By,
    },
    /// Put an item at the end of a draft
    Add(Add),
    /// Issue a draft: it is frozen, mailed to its readers, and credited to the units
    Issue {
        /// yangquan-2002-017
        issue: IssueName,
        #[command(flatten)]
        by: By,
    },
    /// Print an issue as text, or write it as HTML
    Export {
        /// yangquan-2002-017
        issue: IssueName,
        /// As text, on standard output; so it is unless --html is given
        #[arg(long)]
        text: bool,
        /// As HTML, into this file
        #[arg(long, value_name = "FILE", conflicts_with = "text")]
        html: Option<PathBuf>,
    },
    /// Count the issues, items and characters of a year, and what they are made of
    Counts {
        /// Which year [default: this one]
        #[arg(long, value_name = "YEAR")]
        year: Option<i32>,
    },
}

/// What is added.
#[derive(clap::Args, Debug)]
struct Add {
    /// yangquan-2002-017
    issue: IssueName,
    /// Its heading [default: that of the one submission]
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Its text [default: that of the one submission]
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// Read its text from this file
    #[arg(long, value_name = "FILE", conflicts_with = "text")]
    file: Option<PathBuf>,
    /// A submission that it carries, the leading one first; may be given again
    #[arg(long = "submission", value_name = "S-…")]
    submissions: Vec<SubmissionNo>,
    /// A unit whose matter it carries without a submission; may be given again
    #[arg(long = "unit", value_name = "UNIT")]
    units: Vec<String>,
    #[command(flatten)]
    by: By,
}

pub fn run(everywhere: &Everywhere, args: &Args) -> Result<Page, Failure> {
    let session = Session::open(everywhere)?;
    let this_year = || local_day(session.now, session.words.zone).year();
    match &args.verb {
        Verb::List { year, limit } => list(&session, *year, *limit),
        Verb::Show { issue } => show(&session, issue),
        Verb::Draft { bulletin, year, by } => {
            let by = session.by(by.address.as_deref())?;
            let year = year.unwrap_or_else(this_year);
            let made = session.change(|books, setup| {
                bulletins::draft(books, setup, bulletin, year, by.as_str(), session.now)?.map_err(|why| refused(&session, &why))
            })?;
            let said = say!(session.words, format!("已立 {made}，尚无内容。"), format!("{made} is a draft, with nothing in it yet."));
            Ok(done(&session, &json!({ "issue": made }), said))
        }
        Verb::Add(what) => add(&session, what),
        Verb::Issue { issue, by } => {
            let by = session.by(by.address.as_deref())?;
            let issued = session.change(|books, setup| {
                bulletins::issue(books, setup, issue, by.as_str(), session.now)?.map_err(|why| refused(&session, &why))
            })?;
            let facts = json!({ "issue": issued.issue, "day": issued.day, "items": issued.items, "credited": issued.credited,
                "uncredited": issued.uncredited, "readers": issued.readers });
            Ok(done(&session, &facts, issued_in_words(session.words, &issued)))
        }
        Verb::Export { issue, html, .. } => {
            let (row, items) = session.look(|books| found(books, issue))?;
            export::page(&session, &row, &items, html.as_deref())
        }
        Verb::Counts { year } => counts(&session, year.unwrap_or_else(this_year)),
    }
}

fn done(session: &Session, facts: &serde_json::Value, sentence: String) -> Page {
    let mut page = Page::new();
    match session.json {
        true => page.json(facts),
        false => page.line(sentence),
    }
    page
}

fn issued_in_words(w: Words, issued: &Issued) -> String {
    let (name, items, credited) = (&issued.issue, issued.items, issued.credited.len());
    let mut said = say!(
        w,
        format!("{name} 已编发，共{items}条，计采用{credited}条，发送{}人。", issued.readers),
        format!(
            "{name} is issued: {}, {} credited, mailed to {}.",
            page::count(u64::from(items), "item"),
            credited,
            page::count(u64::from(issued.readers), "reader")
        )
    );
    if issued.uncredited > 0 {
        let more = issued.uncredited;
        said += &say!(
            w,
            format!("另有{more}条不计采用：没有供稿单位，或该刊已经采用过。"),
            format!(" {more} credited to nobody: no unit's matter, or adopted by this outlet before.")
        );
    }
    said
}

fn found(books: &Books<'_>, name: &IssueName) -> Result<(IssueRow, Vec<ItemRow>), Failure> {
    let row = books.issue(name)?.ok_or_else(|| Failure::unknown(name, "bulletin list"))?;
    Ok((row, books.items(name)?))
}

fn add(session: &Session, what: &Add) -> Result<Page, Failure> {
    let by = session.by(what.by.address.as_deref())?;
    let units = what.units.iter().map(|name| Ok(session.unit(name)?.id.clone())).collect::<Result<Vec<_>, Failure>>()?;
    let text = match &what.file {
        Some(path) => Some(std::fs::read_to_string(path).map_err(|error| {
            let path = path.display();
            Failure::failed(format!("{path} 读不出来：{error}。"), format!("{path} cannot be read: {error}."))
        })?),
        None => what.text.clone(),
    };
    let position = session.change(|books, setup| {
        let (title, own_text) = match what.submissions.as_slice() {
            [one] => of_submission(books, *one)?,
            _ => (String::new(), String::new()),
        };
        let title = what.title.clone().unwrap_or(title);
        let text = text.clone().unwrap_or(own_text);
        let item = NewItem { title: title.trim(), text: text.trim(), submissions: what.submissions.clone(), units: units.clone() };
        bulletins::add(books, setup, &what.issue, &item, by.as_str(), session.now)?.map_err(|why| refused(session, &why))
    })?;
    let name = &what.issue;
    let said = say!(session.words, format!("已编入 {name}，第{position}条。"), format!("It is item {position} of {name}."));
    Ok(done(session, &json!({ "issue": name, "position": position }), said))
}

/// The title of a submission, and what its sender wrote.
fn of_submission(books: &Books<'_>, number: SubmissionNo) -> Result<(String, String), Failure> {
    let found = books.submission(number)?.ok_or_else(|| Failure::unknown(number, "submission list"))?;
    let raw = books.delivery(found.delivery)?.and_then(|delivery| delivery.raw);
    let mail = raw.and_then(|raw| parse::read(&raw, &[], &Limits::default()).ok());
    Ok((found.title, mail.map(|mail| crate::domain::reply::own_text(&mail.text)).unwrap_or_default()))
}

/// Whether an issue may still be changed.
fn state(state: IssueState, w: Words) -> &'static str {
    match state {
        IssueState::Draft => say!(w, "编辑中", "draft"),
        IssueState::Issued => say!(w, "已编发", "issued"),
    }
}

fn list(session: &Session, year: Option<i32>, limit: u32) -> Result<Page, Failure> {
    let w = session.words;
    let mut rows = session.look(|books| Ok(books.issues(year, limit.saturating_add(1))?))?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let mut page = Page::new();
    if session.json {
        page.json(&rows);
        return Ok(page);
    }
    if rows.is_empty() {
        page.line(say!(w, "没有刊物。", "There is no issue of any bulletin."));
        return Ok(page);
    }
    let columns = [
        (say!(w, "期号", "issue"), Fit::Whole),
        (say!(w, "刊名", "title"), Fit::Wrap),
        (say!(w, "状态", "state"), Fit::Whole),
        (say!(w, "编发", "issued"), Fit::Whole),
        (say!(w, "条数", "items"), Fit::Count),
        (say!(w, "字数", "characters"), Fit::Count),
    ];
    let cells = |row: &IssueRow| {
        let day = row.day.map(|day| day.to_string()).unwrap_or_default();
        let (name, title) = (row.issue.to_string(), title_of(session, &row.issue.bulletin).to_owned());
        vec![name, title, state(row.state, w).to_owned(), day, row.items.to_string(), row.characters.to_string()]
    };
    page.table(&columns, rows.iter().map(cells).collect());
    if more {
        page.line(cut_off(w, limit));
    }
    Ok(page)
}

/// The title of a bulletin; one that has left the configuration keeps its id.
fn title_of<'a>(session: &'a Session, id: &'a str) -> &'a str {
    session.config.reckoning.bulletins.iter().find(|bulletin| bulletin.id == id).map_or(id, |bulletin| bulletin.title.as_str())
}

fn show(session: &Session, name: &IssueName) -> Result<Page, Failure> {
    let w = session.words;
    let (row, items) = session.look(|books| found(books, name))?;
    let mut page = Page::new();
    if session.json {
        page.json(&json!({ "issue": row, "items": items }));
        return Ok(page);
    }
    page.facts(&[
        (say!(w, "期号", "Issue"), format!("{} {}", row.issue, title_of(session, &name.bulletin))),
        (say!(w, "状态", "State"), state(row.state, w).to_owned()),
        (say!(w, "编发", "Issued"), session.at_opt(row.issued_at)),
        (say!(w, "字数", "Characters"), row.characters.to_string()),
    ]);
    page.gap();
    let columns = [
        (say!(w, "条", "item"), Fit::Count),
        (say!(w, "标题", "title"), Fit::Wrap),
        (say!(w, "字数", "characters"), Fit::Count),
        (say!(w, "来源", "carries"), Fit::Wrap),
    ];
    let cells = |item: &ItemRow| {
        let units = item.units.iter().map(|unit| session.name(unit).to_owned());
        let from: Vec<String> = units.chain(item.submissions.iter().map(ToString::to_string)).collect();
        vec![item.position.to_string(), item.title.clone(), item.characters.to_string(), w.list(&from)]
    };
    page.table(&columns, items.iter().map(cells).collect());
    Ok(page)
}

fn counts(session: &Session, year: i32) -> Result<Page, Failure> {
    let w = session.words;
    let (rows, make_up) = session.look(|books| Ok((books.issue_counts(year)?, books.make_up(year)?)))?;
    let sum = rows.iter().fold(IssueCounts::default(), |sum, row| IssueCounts {
        bulletin: String::new(),
        issues: sum.issues + row.issues,
        items: sum.items + row.items,
        characters: sum.characters + row.characters,
    });
    let mut page = Page::new();
    if session.json {
        let titles: Vec<_> = rows
            .iter()
            .map(|row| {
                let of = make_up.iter().filter(|share| share.bulletin == row.bulletin).map(|share| share_facts(share, row.items));
                json!({ "bulletin": row.bulletin, "title": title_of(session, &row.bulletin), "issues": row.issues, "items": row.items,
                    "characters": row.characters, "make_up": of.collect::<Vec<_>>() })
            })
            .collect();
        let sum = json!({ "issues": sum.issues, "items": sum.items, "characters": sum.characters });
        page.json(&json!({ "year": year, "bulletins": titles, "sum": sum }));
        return Ok(page);
    }
    if rows.is_empty() {
        page.line(say!(w, format!("{year}年没有编发刊物。"), format!("Nothing was issued in {year}.")));
        return Ok(page);
    }
    let columns = [
        (say!(w, "刊名", "title"), Fit::Wrap),
        (say!(w, "期数", "issues"), Fit::Count),
        (say!(w, "条数", "items"), Fit::Count),
        (say!(w, "字数", "characters"), Fit::Count),
    ];
    let cells =
        |title: &str, row: &IssueCounts| vec![title.to_owned(), row.issues.to_string(), row.items.to_string(), row.characters.to_string()];
    let mut table: Vec<Vec<String>> = rows.iter().map(|row| cells(title_of(session, &row.bulletin), row)).collect();
    table.push(cells(say!(w, "合计", "in sum"), &sum));
    page.table(&columns, table);
    for row in &rows {
        made_of(&mut page, session, row, &make_up);
    }
    Ok(page)
}

/// In tenths of a percent, half up.
fn per_mille(part: u64, whole: u64) -> Option<u64> {
    (whole > 0).then(|| (2000 * part + whole) / (2 * whole))
}

fn share_facts(share: &TopicShare, items: u64) -> serde_json::Value {
    json!({ "sort": share.sort, "name": share.name, "items": share.items, "per_mille": per_mille(share.items, items) })
}

fn made_of(page: &mut Page, session: &Session, row: &IssueCounts, make_up: &[TopicShare]) {
    let w = session.words;
    let of = |sort: Sort| {
        let shares = make_up.iter().filter(move |share| share.bulletin == row.bulletin && share.sort == sort);
        let percent = |share: &TopicShare| per_mille(share.items, row.items).map(|p| format!("{}.{}%", p / 10, p % 10)).unwrap_or_default();
        w.list(&shares.map(|share| format!("{} {} ({})", share.name, share.items, percent(share))).collect::<Vec<_>>())
    };
    let (kinds, fields) = (of(Sort::Kind), of(Sort::Field));
    if kinds.is_empty() && fields.is_empty() {
        return;
    }
    page.gap();
    let title = title_of(session, &row.bulletin);
    page.line(say!(
        w,
        format!("《{title}》的构成（一条可属多类，占比之和可超过100%）："),
        format!("What {title} is made of (an item may count more than once: shares may pass 100 % in sum):")
    ));
    page.facts(&[(say!(w, "栏目", "Kinds"), kinds), (say!(w, "领域", "Fields"), fields)]);
}
