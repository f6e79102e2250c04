//! `zhibao search`: full text of every message that was ever received or imported.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use super::Everywhere;
use super::failure::Failure;
use super::page::{self, Page, count};
use super::session::Session;
use crate::archive::helper::Helper;
use crate::archive::index::Indexer;
use crate::archive::search::{Answer, Asked, Hit, Place, WEIGHED, search};
use crate::domain::message::Disposition;
use crate::domain::search::Question;
use crate::mail::words::{Words, say};
use crate::store::{Books, Span, Store, StoreError};

/// Options of `search`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// What to look for: one character or more; several words must all occur, "words in quotes" as they stand, word* with any ending
    #[arg(value_name = "QUERY", required_unless_present = "show")]
    query: Vec<String>,
    /// Of one unit alone: its id or name
    #[arg(long, value_name = "UNIT")]
    unit: Option<String>,
    /// Not earlier: RFC 3339, or a date or date-time in the office's zone
    #[arg(long, value_name = "T")]
    since: Option<String>,
    /// Earlier than this
    #[arg(long, value_name = "T")]
    until: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Show a message that was found: what it says, files included
    #[arg(long, value_name = "M-…", conflicts_with = "query")]
    show: Option<String>,
    /// With --show: its bytes as they came
    #[arg(long, requires = "show")]
    raw: bool,
}

pub fn run(everywhere: &Everywhere, args: &Args) -> Result<Page, Failure> {
    let session = Session::open(everywhere)?;
    let store = session.store()?;
    if let Some(number) = &args.show {
        return show(&session, &store, number, args.raw);
    }
    let query = args.query.join(" ");
    let question = Question::read(&query).ok_or_else(|| {
        Failure::usage(
            format!("“{query}”里没有可以查找的字词；请至少写一个汉字、字母或数字。"),
            format!("There is nothing in “{query}” to look for; write one letter, digit or character at least."),
        )
    })?;
    let moment = |text: &Option<String>, option| text.as_ref().map(|text| session.moment(text, option)).transpose();
    let span = Span { since: moment(&args.since, "--since")?, until: moment(&args.until, "--until")? };
    let unit = args.unit.as_ref().map(|name| session.unit(name)).transpose()?;
    let unit = unit.map(|unit| (unit.id.clone(), unit.reporters.iter().map(|reporter| reporter.address.as_str().to_owned()).collect()));
    let indexer = Indexer::open(store.path(), Helper::default())?;
    catch_up(&session, &store, &indexer)?;
    let asked = Asked { question, span, unit, limit: args.limit };
    let answer = search(&store, indexer.index(), &asked)?;
    let mut page = Page::new();
    if session.json {
        page.json(&json!({
            "query": query, "weighed": answer.weighed, "more": answer.more,
            "results": answer.hits.iter().map(facts).collect::<Vec<_>>(),
        }));
        return Ok(page);
    }
    sentences(&mut page, &session, &query, &answer);
    Ok(page)
}

/// Puts in what came since; beside a daemon there is hardly ever anything.
fn catch_up(session: &Session, store: &Store, indexer: &Indexer) -> Result<(), StoreError> {
    let behind = indexer.behind(store)?;
    if behind == 0 {
        return Ok(());
    }
    let bar = ProgressBar::with_draw_target(Some(behind), ProgressDrawTarget::stderr());
    // A constant template; where it could not be read, the plain bar does.
    let style = ProgressStyle::with_template("{msg} {wide_bar} {percent:>3}% {eta}").unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.set_style(style);
    bar.set_message(say!(session.words, "建立索引", "Indexing"));
    loop {
        match indexer.step(store)? {
            0 => break,
            passed => bar.inc(passed),
        }
    }
    bar.finish_and_clear();
    Ok(())
}

fn sentences(page: &mut Page, session: &Session, query: &str, answer: &Answer) {
    let w = session.words;
    if answer.hits.is_empty() {
        page.line(say!(w, format!("没有来件含“{query}”。"), format!("No message has “{query}”.")));
        return;
    }
    for hit in &answer.hits {
        let number = number(hit);
        let whose = hit.found.unit.as_ref().map_or(hit.from.as_str(), |unit| session.name(unit));
        let how = how_it_stands(w, hit);
        let subject = if hit.subject.trim().is_empty() { say!(w, "（无主题）", "(no subject)") } else { &hit.subject };
        page.line(format!("{}  {number}  {}  {}{how}", session.at(hit.at), page::clean(whose), page::clean(subject)));
        let line = page::clean(&hit.line.text);
        match &hit.place {
            Place::Subject => {}
            Place::Text => page.line(format!("    {line}")),
            Place::File(name) => {
                let name = page::clean(name);
                page.line(say!(w, format!("    附件“{name}”：{line}"), format!("    attachment “{name}”: {line}")));
            }
        }
    }
    page.gap();
    let (shown, weighed) = (answer.hits.len(), answer.weighed);
    page.line(match answer.more {
        true => say!(
            w,
            format!("共有超过 {WEIGHED} 封；以上是其中最新的 {weighed} 封里最相关的 {shown} 封。多写一个词，或用 --since、--until、--unit 缩小范围。"),
            format!("More than {WEIGHED} match; these are the best {shown} of the newest {weighed}. Add a word, or narrow it by --since, --until or --unit.")
        ),
        false if weighed > shown => say!(
            w,
            format!("共 {weighed} 封，以上是最相关的 {shown} 封；--limit 可看更多。"),
            format!("{} match; these are the best {shown}. --limit shows more.", count(weighed as u64, "message"))
        ),
        false => say!(w, format!("共 {weighed} 封。"), format!("{}.", count(weighed as u64, "message"))),
    });
}

/// S-2003-000123, Q-2003-0007, or the number by which `--show` knows it.
fn number(hit: &Hit) -> String {
    let found = &hit.found;
    let filed = found.submission.map(|number| number.to_string());
    filed.or(found.quarantine.map(|number| number.to_string())).unwrap_or_else(|| format!("M-{}", hit.id))
}

fn how_it_stands(w: Words, hit: &Hit) -> String {
    let mut notes = Vec::new();
    if hit.found.imported_from.is_some() && hit.found.disposition.is_none() {
        notes.push(say!(w, "导入", "imported"));
    }
    match hit.found.disposition {
        Some(Disposition::Quarantined) => notes.push(say!(w, "隔离", "quarantined")),
        Some(Disposition::Duplicate) => notes.push(say!(w, "重复", "duplicate")),
        Some(Disposition::Ignored) => notes.push(say!(w, "自动邮件", "ignored")),
        _ => {}
    }
    if hit.incomplete {
        notes.push(say!(w, "正文不全", "text incomplete"));
    }
    if notes.is_empty() { String::new() } else { say!(w, format!("（{}）", notes.join("，")), format!(" ({})", notes.join(", "))) }
}

fn facts(hit: &Hit) -> Value {
    let (place, attachment) = match &hit.place {
        Place::Subject => ("subject", None),
        Place::Text => ("text", None),
        Place::File(name) => ("attachment", Some(name)),
    };
    let disposition = match hit.found.disposition {
        None if hit.found.imported_from.is_some() => "imported",
        None => "waiting",
        Some(disposition) => disposition.as_str(),
    };
    json!({
        "message": format!("M-{}", hit.id), "at": hit.at, "disposition": disposition, "submission": hit.found.submission,
        "quarantine": hit.found.quarantine, "unit": hit.found.unit, "imported_from": hit.found.imported_from, "from": hit.from,
        "subject": hit.subject, "where": place, "attachment": attachment, "line": hit.line.text,
        "match": hit.line.text.get(hit.line.place.clone()), "weight": (hit.weight * 1000.0).round() / 1000.0, "incomplete": hit.incomplete,
    })
}

/// A message by the number that search gave it.
fn show(session: &Session, store: &Store, number: &str, raw: bool) -> Result<Page, Failure> {
    let id = number.trim().trim_start_matches(['M', 'm']).trim_start_matches('-').parse::<i64>();
    let id = id.map_err(|_| {
        Failure::usage(
            format!("“{number}”不是查找结果的编号；写成 M-57 的样子，登记件用 zhibao submission show。"),
            format!("“{number}” is no number of a search; they look like M-57. For what was filed there is zhibao submission show."),
        )
    })?;
    let unknown = || {
        Failure::failed(
            format!("没有 M-{id}；编号见 zhibao search 的结果（--json 列出全部）。"),
            format!("There is no M-{id}; the numbers stand in what zhibao search prints (--json has them all)."),
        )
    };
    if raw {
        let bytes = store.read(|books: &Books<'_>| books.content(id))?.ok_or_else(unknown)?;
        return Ok(Page::raw(bytes));
    }
    let indexer = Indexer::open(store.path(), Helper::default())?;
    catch_up(session, store, &indexer)?;
    let found = indexer.index().document(id)?.ok_or_else(unknown)?;
    let became = store.read(|books: &Books<'_>| books.found(id))?.ok_or_else(unknown)?;
    let mut page = Page::new();
    let document = found.document;
    if session.json {
        page.json(&json!({
            "message": format!("M-{id}"), "at": found.at, "from": document.from, "subject": document.subject, "text": document.text,
            "attachments": document.files, "incomplete": document.incomplete, "imported_from": became.imported_from,
            "submission": became.submission, "quarantine": became.quarantine,
        }));
        return Ok(page);
    }
    let w = session.words;
    let source = became.imported_from.map(|source| page::clean(&source)).unwrap_or_default();
    page.facts(&[
        (say!(w, "时间", "at"), session.at(found.at)),
        (say!(w, "发件人", "from"), document.from),
        (say!(w, "主题", "subject"), document.subject),
        (say!(w, "登记", "filed as"), became.submission.map(|number| number.to_string()).unwrap_or_default()),
        (say!(w, "隔离", "quarantined as"), became.quarantine.map(|number| number.to_string()).unwrap_or_default()),
        (say!(w, "导入自", "imported from"), source),
    ]);
    page.gap();
    page.line(page::clean_lines(&document.text));
    for file in &document.files {
        page.gap();
        let (name, lack) = (page::clean(&file.name), file.lacks.map(|lack| w.unread(lack)).unwrap_or_default());
        let lack = if lack.is_empty() { String::new() } else { say!(w, format!("（{lack}）"), format!(" ({lack})")) };
        page.line(say!(w, format!("附件：{name}{lack}"), format!("Attachment: {name}{lack}")));
        if !file.text.is_empty() {
            page.line(page::clean_lines(&file.text));
        }
    }
    Ok(page)
}
