//! `zhibao outbox`: notices on their way.

use std::collections::BTreeMap;

use clap::Subcommand;
use serde_json::json;

use super::Everywhere;
use super::failure::Failure;
use super::obligation::{By, cut_off};
use super::page::{self, Fit, Page};
use super::restore;
use super::session::Session;
use crate::domain::ids::NoticeNo;
use crate::mail::parse::{self, Limits};
use crate::mail::token::untokened;
use crate::mail::words::{Words, say};
use crate::store::{Books, CommitPoint, LetterRow, PostRow, RecordEntry};

/// Arguments of `outbox`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// List letters that have not been accepted, newest first
    List {
        /// Also those that have
        #[arg(long)]
        all: bool,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: u32,
    },
    /// Show a notice: its copies, and its text
    Show {
        /// N-2003-000042
        number: NoticeNo,
        /// Print the complete message of one copy, as it is sent
        #[arg(long, value_name = "COPY")]
        raw: Option<u32>,
    },
    /// Try again now: one notice, or everything that failed or waits for its next try
    Retry {
        /// N-2003-000042 [default: all]
        number: Option<NoticeNo>,
        #[command(flatten)]
        by: By,
    },
    /// Say go after a restore: what waits goes out, urgent first
    Release {
        #[command(flatten)]
        by: By,
    },
}

pub fn run(everywhere: &Everywhere, args: &Args) -> Result<Page, Failure> {
    let session = Session::open(everywhere)?;
    match &args.verb {
        Verb::List { all, limit } => list(&session, *all, *limit),
        Verb::Show { number, raw: Some(copy) } => raw(&session, *number, *copy),
        Verb::Show { number, raw: None } => show(&session, *number),
        Verb::Retry { number, by } => retry(&session, *number, by),
        Verb::Release { by } => release(&session, by),
    }
}

fn list(session: &Session, all: bool, limit: u32) -> Result<Page, Failure> {
    let w = session.words;
    let mut letters = session.look(|books| Ok(books.letter_rows(all, limit.saturating_add(1))?))?;
    let more = letters.len() > limit as usize;
    letters.truncate(limit as usize);
    hide_tokens(&mut letters);
    let posts = session.look(|books| Ok(books.post_rows(all, limit)?))?;
    let mut page = Page::new();
    if session.json {
        page.json(&letters);
        return Ok(page);
    }
    if letters.is_empty() && posts.is_empty() {
        page.line(match all {
            true => say!(w, "还没有发过通知。", "No notice was ever sent."),
            false => say!(w, "没有待发或未送达的通知。", "No notice is waiting or undelivered."),
        });
        return Ok(page);
    }
    if !letters.is_empty() {
        table(&mut page, session, &letters);
    }
    posted(&mut page, session, &posts);
    if more {
        page.line(cut_off(w, limit));
    }
    Ok(page)
}

/// Takes the tokens out of the subjects: what is listed may be shown to others.
pub fn hide_tokens(letters: &mut [LetterRow]) {
    for letter in letters {
        letter.subject = untokened(&letter.subject, letter.notice);
    }
}

/// The table of letters.
pub fn table(page: &mut Page, session: &Session, letters: &[LetterRow]) {
    let w = session.words;
    let columns = [
        (say!(w, "编号", "number"), Fit::Whole),
        (say!(w, "收件人", "to"), Fit::Wrap),
        (say!(w, "主题", "subject"), Fit::Wrap),
        (say!(w, "状态", "state"), Fit::Wrap),
    ];
    let cells = |letter: &LetterRow| vec![letter.notice.to_string(), letter.to.clone(), letter.subject.clone(), standing(session, letter)];
    page.table(&columns, letters.iter().map(cells).collect());
}

/// The table of what webhooks are told; nothing where there is none.
fn posted(page: &mut Page, session: &Session, posts: &[PostRow]) {
    let w = session.words;
    if posts.is_empty() {
        return;
    }
    page.gap();
    let columns = [
        (say!(w, "编号", "number"), Fit::Whole),
        (say!(w, "群机器人", "webhook"), Fit::Wrap),
        (say!(w, "类别", "kind"), Fit::Wrap),
        (say!(w, "状态", "state"), Fit::Wrap),
    ];
    let standing = |post: &PostRow| {
        let state = if post.state == "posting" { "claimed" } else { &post.state };
        let reply = post.reply.as_deref().filter(|_| post.state != "accepted").unwrap_or_default();
        let colon = if reply.is_empty() { "" } else { say!(w, "：", ": ") };
        format!("{}{colon}{reply}", self::state(state, w))
    };
    let cells = |post: &PostRow| vec![post.notice.to_string(), post.webhook.clone(), w.notice(post.kind).to_owned(), standing(post)];
    page.table(&columns, posts.iter().map(cells).collect());
}

/// How a letter stands: 未送达，试过3次 / failed after 3 attempts.
pub fn standing(session: &Session, letter: &LetterRow) -> String {
    let w = session.words;
    let attempts = u64::from(letter.attempts);
    let mut standing = state(&letter.state, w).to_owned();
    if letter.state != "accepted" && attempts > 0 {
        standing += &say!(w, format!("，试过{attempts}次"), format!(" after {}", page::count(attempts, "attempt")));
    }
    if let Some(next) = letter.next_try.filter(|_| attempts > 0) {
        let next = session.at(next);
        standing += &say!(w, format!("，{next} 再试"), format!(", again {next}"));
    }
    if let Some(reply) = letter.reply.as_deref().filter(|reply| letter.state != "accepted" && !reply.is_empty()) {
        standing += &say!(w, format!("：{reply}"), format!(": {reply}"));
    }
    match letter.indeterminate {
        0 => {}
        1 => {
            standing +=
                say!(w, "（有一次发出后未获答复，对方可能收到两份）", " (one attempt got no answer; a second copy may have arrived)")
        }
        times => {
            standing += &say!(
                w,
                format!("（有{times}次发出后未获答复，对方可能收到{}份）", times + 1),
                format!(" ({times} attempts got no answer; up to {} copies may have arrived)", times + 1)
            );
        }
    }
    standing
}

fn state(state: &str, words: Words) -> &str {
    match state {
        "pending" => say!(words, "待发", "waiting"),
        "claimed" | "dot-pending" => say!(words, "发送中", "being sent"),
        "accepted" => say!(words, "已发出", "sent"),
        "failed" => say!(words, "未送达", "failed"),
        other => other,
    }
}

fn found(books: &Books<'_>, number: NoticeNo) -> Result<Vec<LetterRow>, Failure> {
    let letters = books.letters_of(number)?;
    if letters.is_empty() { Err(Failure::unknown(number, "outbox list --all")) } else { Ok(letters) }
}

fn raw(session: &Session, number: NoticeNo, copy: u32) -> Result<Page, Failure> {
    let bytes = session.look(|books| {
        let copies = found(books, number)?.len();
        books.letter_bytes(number, copy)?.ok_or_else(|| {
            Failure::failed(
                format!("{number} 只有 {copies} 份，没有第 {copy} 份。"),
                format!("{number} has {}; there is no copy {copy}.", page::count(copies as u64, "copy")),
            )
        })
    })?;
    Ok(Page::raw(bytes))
}

fn show(session: &Session, number: NoticeNo) -> Result<Page, Failure> {
    let w = session.words;
    let (notice, letters, bytes, bounces) = session.look(|books| {
        let mut letters = found(books, number)?;
        hide_tokens(&mut letters);
        let bytes = books.letter_bytes(number, letters.first().map_or(1, |letter| letter.copy))?;
        Ok((books.notice(number)?, letters, bytes, books.bounces_of(number)?))
    })?;
    let text = bytes.and_then(|bytes| parse::read(&bytes, &[], &Limits::default()).ok()).map(|mail| mail.text).unwrap_or_default();
    let mut page = Page::new();
    if session.json {
        let content = notice.as_ref().map(|notice| &notice.content);
        page.json(&json!({ "number": number, "copies": letters, "content": content, "text": text, "bounces": bounces }));
        return Ok(page);
    }
    if let (Some(notice), Some(first)) = (&notice, letters.first()) {
        page.facts(&[
            (say!(w, "编号", "Number"), number.to_string()),
            (say!(w, "种类", "Kind"), w.notice(notice.kind).to_owned()),
            (say!(w, "主题", "Subject"), first.subject.clone()),
            (say!(w, "时间", "Decided"), w.moment(notice.at)),
        ]);
        page.gap();
    }
    let columns = [(say!(w, "份", "copy"), Fit::Count), (say!(w, "收件人", "to"), Fit::Wrap), (say!(w, "状态", "state"), Fit::Wrap)];
    page.table(
        &columns,
        letters.iter().map(|letter| vec![letter.copy.to_string(), letter.to.clone(), standing(session, letter)]).collect(),
    );
    if !text.is_empty() {
        page.gap();
        page.line(page::clean_lines(&text));
    }
    Ok(page)
}

fn retry(session: &Session, number: Option<NoticeNo>, by: &By) -> Result<Page, Failure> {
    let w = session.words;
    let by = session.by(by.address.as_deref())?;
    let store = session.store()?;
    let (again, held) = store.write(CommitPoint::Console, |books| {
        if let Some(number) = number {
            found(books, number)?;
        }
        let again = books.retry_letters(number, session.now)? + books.retry_posts(number, session.now)?;
        let data = json!({ "notice": number, "letters": again });
        books.record(&RecordEntry { at: session.now, what: "retry".into(), obligation: None, event: None, by: by.to_string(), data })?;
        Ok::<_, Failure>((again, books.held()?))
    })?;
    session.wake(store.path());
    let mut page = Page::new();
    if session.json {
        page.json(&BTreeMap::from([("letters", again)]));
        return Ok(page);
    }
    if let Some(hold) = held {
        page.line(restore::held_since(session, &hold));
        return Ok(page);
    }
    page.line(match again {
        0 => say!(w, "没有需要重发的通知：都已发出，或尚未试过。", "Nothing to try again: everything was sent, or has not been tried yet.")
            .to_owned(),
        _ => say!(w, format!("{again} 份通知将立即重发。"), format!("{} will be tried again now.", page::count(again, "letter"))),
    });
    Ok(page)
}

fn release(session: &Session, by: &By) -> Result<Page, Failure> {
    let w = session.words;
    let by = session.by(by.address.as_deref())?;
    let store = session.store()?;
    let released = store.write(CommitPoint::Console, |books| {
        let Some(released) = books.release(session.now)? else { return Ok(None) };
        let data = json!({ "letters": released.letters, "posts": released.posts });
        books.record(&RecordEntry { at: session.now, what: "released".into(), obligation: None, event: None, by: by.to_string(), data })?;
        Ok::<_, Failure>(Some(released))
    })?;
    session.wake(store.path());
    let mut page = Page::new();
    if session.json {
        page.json(&json!({ "released": released.is_some(), "waiting": released }));
        return Ok(page);
    }
    page.line(match released {
        None => say!(w, "发送并未暂停，无需放行。".to_owned(), "Sending is not held: there is nothing to release.".to_owned()),
        Some(waits) => say!(
            w,
            format!("已放行：{} 份信件、{} 条群消息现在发出，紧急的在先。", waits.letters, waits.posts),
            format!("Go: {} and {} go out now, urgent ones first.", page::count(waits.letters, "letter"), page::count(waits.posts, "post"))
        ),
    });
    Ok(page)
}
