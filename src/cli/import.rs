//! `zhibao import`: old mail into the archive, to be searched and nothing else.

use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;

use super::Everywhere;
use super::failure::{FAILED, Failure};
use super::page::{self, Page, count};
use super::session::Session;
use crate::archive::import::{self, Done, ImportError};
use crate::mail::words::say;
use crate::store::SearchIndex;

/// Options of `import`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Mailbox files (mbox), Maildirs, folders of .eml files, single messages
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

/// The least limit on the size of a message: old mail is not left out because the mailboxes of today are small.
const LEAST_LIMIT_BYTES: u64 = 50 << 20;

pub fn run(everywhere: &Everywhere, args: &Args) -> Result<Page, Failure> {
    let session = Session::open(everywhere)?;
    let store = session.store()?;
    let limit = session.config.mailboxes.iter().map(|mailbox| mailbox.max_size_bytes).max().unwrap_or(0).max(LEAST_LIMIT_BYTES);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    // Paths that cannot be read are told before anything is done.
    let bytes = import::size(&args.paths)?;
    let index = SearchIndex::open(store.path())?;
    let bar = bar(bytes);
    let mut done = Done::default();
    let words = session.words;
    let mut progress = |done: &Done| {
        bar.set_position(done.bytes.min(bytes));
        let messages = done.imported + done.known;
        bar.set_message(say!(words, format!("{messages} 封"), count(messages, "message")));
    };
    let mut imported = Ok(());
    for path in &args.paths {
        imported = import::import(&store, &index, path, limit, session.now, &mut done, &mut progress);
        if imported.is_err() {
            break;
        }
    }
    bar.finish_and_clear();
    imported?;
    let mut page = Page::new();
    if session.json {
        page.json(&json!({
            "imported": done.imported, "known": done.known, "too_large": done.too_large, "unreadable": done.unreadable,
            "empty": done.empty, "bytes": done.bytes, "resumed": done.resumed, "files_not_read": done.trouble_count,
            "troubles": done.troubles.iter().map(|trouble| json!({ "path": trouble.path, "why": trouble.why })).collect::<Vec<_>>(),
        }));
    } else {
        sentences(&mut page, &session, &done, limit);
    }
    if done.trouble_count > 0 {
        page.exit(FAILED);
    }
    Ok(page)
}

/// Drawn on standard error where that is a terminal, and nowhere else.
fn bar(bytes: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr());
    // A constant template; where it could not be read, the plain bar does.
    let style = ProgressStyle::with_template("{msg} {wide_bar} {percent:>3}% {bytes_per_sec} {eta}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

fn sentences(page: &mut Page, session: &Session, done: &Done, limit: usize) {
    let w = session.words;
    if done.resumed {
        page.line(say!(w, "从上次中断处继续。", "It went on where the last one was cut off."));
    }
    let (imported, known) = (done.imported, done.known);
    page.line(match (imported, known) {
        (0, 0) => say!(w, "没有找到邮件。".to_owned(), "No mail was found.".to_owned()),
        (_, 0) => say!(w, format!("已导入 {imported} 封。"), format!("{} imported.", count(imported, "message"))),
        _ => say!(
            w,
            format!("已导入 {imported} 封；另有 {known} 封此前已有，没有重复存入。"),
            format!("{} imported; {known} were there before and were not stored again.", count(imported, "message"))
        ),
    });
    let limit = limit >> 20;
    let others = [
        (done.too_large, say!(w, format!("封超过 {limit} MB，没有导入。"), format!(" had more than {limit} MB and was left out."))),
        (
            done.unreadable,
            say!(
                w,
                "封不能解析，已原样存入，但查不到内容。".to_owned(),
                " could not be read: kept as it is, and found by nothing.".to_owned()
            ),
        ),
        (done.empty, say!(w, "个文件是空的。".to_owned(), " was empty.".to_owned())),
    ];
    for (number, what) in others.iter().filter(|(number, _)| *number > 0) {
        page.line(say!(w, format!("{number} {what}"), format!("{}{what}", count(*number, "message"))));
    }
    for trouble in &done.troubles {
        let (path, why) = (page::clean(&trouble.path.to_string_lossy()), page::clean(&trouble.why));
        page.complain(say!(w, format!("没有读出：{path}（{why}）"), format!("Not read: {path} ({why})")));
    }
    let untold = done.trouble_count.saturating_sub(done.troubles.len() as u64);
    if untold > 0 {
        page.complain(say!(w, format!("另有 {untold} 个文件没有读出。"), format!("{} more could not be read.", count(untold, "file"))));
    }
    if done.trouble_count > 0 {
        page.complain(say!(
            w,
            "其余都已导入。改正读取权限之后再导入一次即可，已有的不会重复。",
            "Everything else is in. Mend the permissions and import once more: nothing is stored twice."
        ));
    }
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Failure {
        match error {
            ImportError::Store(error) => Failure::Store(error),
            ImportError::Path { path, source } => {
                let path = path.display();
                Failure::failed(
                    format!("无法读取 {path}：{source}。请核对路径和读取权限；此前已导入的都已保存。"),
                    format!("{path} cannot be read: {source}. Check the path and its permissions; what was imported before is kept."),
                )
            }
            ImportError::NoMail { path } => {
                let path = path.display();
                Failure::failed(
                    format!("{path} 既不是邮件，也不是 mbox 邮箱文件。可以导入 mbox 文件、Maildir、存有 .eml 的文件夹或单封邮件。"),
                    format!(
                        "{path} is neither a message nor a mailbox file. Name an mbox file, a Maildir, a folder of .eml files, or a message."
                    ),
                )
            }
            ImportError::Reader { path } => {
                let path = path.display();
                Failure::failed(
                    format!("读取 {path} 时程序出错；已导入的都已保存，再次运行会继续。"),
                    format!("Reading {path} failed within the program; what was imported is kept, and another run goes on from there."),
                )
            }
        }
    }
}
