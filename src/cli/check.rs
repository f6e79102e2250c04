//! `zhibao check`: configuration and roster.

mod online;

use serde_json::{Value, json};

use super::Everywhere;
use super::failure::{FAILED, Failure, USAGE};
use super::page::{Page, count};
use super::restore;
use super::session::{Session, config_path};
use crate::archive::text::pdf_reader_installed;
use crate::config::{self, Problem};
use crate::domain::language::Language;
use crate::domain::schedule::local_day;
use crate::mail::words::say;
use crate::store::{Hold, Store, StoreError};

/// Options of `check`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Also try every mailbox, every transport (with a test mail to the first operator) and the store
    #[arg(long)]
    online: bool,
}

impl Args {
    /// Without trying anything.
    pub fn offline() -> Args {
        Args { online: false }
    }
}

pub fn run(everywhere: &Everywhere, args: &Args) -> Result<Page, Failure> {
    let session = match Session::open(everywhere) {
        Ok(session) => session,
        Err(Failure::Config(errors)) if everywhere.json => {
            let language = everywhere.lang.unwrap_or(errors.language);
            let mut page = Page::new();
            page.json(&json!({ "ok": false, "problems": listed(&errors.problems, language) }));
            page.exit(USAGE);
            return Ok(page);
        }
        Err(failure) => return Err(failure),
    };
    let tried = if args.online { online::try_all(&session) } else { Vec::new() };
    let mut page = if session.json { facts(&session, &tried) } else { sentences(&session, everywhere)? };
    if !session.json {
        online::say_all(&mut page, &session, &tried);
    }
    if !online::fine(&tried) {
        page.exit(FAILED);
    }
    Ok(page)
}

fn facts(session: &Session, tried: &[online::Tried]) -> Page {
    let config = &session.config;
    let language = session.words.language;
    let mut page = Page::new();
    page.json(&json!({
        "ok": online::fine(tried),
        "online": tried.iter().map(online::fact).collect::<Vec<_>>(),
        "files": config.files,
        "warnings": listed(&session.warnings, language),
        "sentences": config::describe(config, language),
        "duties_without_calendar": without_calendar(session),
        "reads_pdf": pdf_reader_installed(),
        "held": held(session),
    }));
    page
}

fn sentences(session: &Session, everywhere: &Everywhere) -> Result<Page, Failure> {
    let words = session.words;
    let mut page = Page::new();
    for warning in &session.warnings {
        page.complain(say!(
            words,
            format!("提醒：{}", warning.sentence(words.language)),
            format!("Warning: {}", warning.sentence(words.language))
        ));
    }
    for duty in without_calendar(session) {
        page.complain(say!(
            words,
            format!("提醒：日常报送任务“{duty}”限工作日，而日历没有今年的放假安排：暂按周一至周五计。请在 [calendar] 中补上。"),
            format!(
                "Warning: the duty “{duty}” keeps to workdays, and the calendar has no day of this year: Monday to Friday count. Add the holidays under [calendar]."
            )
        ));
    }
    if let Some(hold) = held(session) {
        let sentence = restore::held_since(session, &hold);
        page.complain(say!(words, format!("提醒：{sentence}"), format!("Warning: {sentence}")));
    }
    if !pdf_reader_installed() {
        page.complain(say!(
            words,
            "提醒：本机没有 pdftotext，附件中的 .pdf 收存但不读其内容。请安装 poppler-utils 和 poppler-data。",
            "Warning: there is no pdftotext here: .pdf attachments are kept, and what they say is not read. Install poppler-utils and poppler-data."
        ));
    }
    let path = config_path(everywhere)?;
    let files = session.config.files.len();
    let warnings = session.warnings.len() + without_calendar(session).len();
    page.line(say!(
        words,
        format!(
            "配置 {} 可用（共读取 {files} 个文件{}）。",
            path.display(),
            if warnings > 0 { format!("，{warnings} 条提醒") } else { String::new() }
        ),
        format!(
            "The configuration {} can be used ({} read{}).",
            path.display(),
            count(files as u64, "file"),
            if warnings > 0 { format!(", {}", count(warnings as u64, "warning")) } else { String::new() }
        )
    ));
    page.gap();
    for sentence in config::describe(&session.config, words.language) {
        page.line(format!("· {sentence}"));
    }
    Ok(page)
}

/// Whether the store holds its sending; one that is not there or cannot be read is told of elsewhere.
fn held(session: &Session) -> Option<Hold> {
    let path = &session.config.store_path;
    let store = path.exists().then(|| Store::read_only(path).ok()).flatten()?;
    store.read::<_, StoreError>(|books| books.held()).ok().flatten()
}

fn without_calendar(session: &Session) -> Vec<&str> {
    let today = local_day(session.now, session.words.zone);
    session.config.duties_without_calendar(today).into_iter().map(|duty| duty.name.as_str()).collect()
}

fn listed(problems: &[Problem], language: Language) -> Vec<Value> {
    let one = |problem: &Problem| {
        json!({
            "file": problem.place.file.display().to_string(), "line": problem.place.line, "key": problem.place.key,
            "message": problem.message(language), "mend": problem.mend(language),
        })
    };
    problems.iter().map(one).collect()
}
