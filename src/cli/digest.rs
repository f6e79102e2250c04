//! `zhibao digest`: a week's digest as it would be written now. Nothing is sent, and nothing changes.

use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::Everywhere;
use super::failure::Failure;
use super::page::{self, Page};
use super::session::Session;
use crate::daemon;
use crate::domain::digest::Digest;
use crate::domain::ids::NoticeNo;
use crate::domain::notice::{Capacity, Content, Headers, Notice, NoticeKind, Recipient};
use crate::domain::period::Period;
use crate::domain::schedule::local_day;
use crate::mail::compose::{Composer, Stationery, Thread};
use crate::mail::opened::{self, Opened};
use crate::mail::token::Key;
use crate::mail::words::say;
use crate::steps::digest::Regular;
use crate::steps::{Setup, week};

/// Arguments of `digest`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// Show a week's digest as it stands now
    Show {
        /// Which week, such as 2003-W05 [default: the last one that ended]
        #[arg(long, value_name = "WEEK")]
        week: Option<String>,
        /// Write it as one HTML file, pictures and all
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
    },
}

pub fn run(everywhere: &Everywhere, args: &Args) -> Result<Page, Failure> {
    let session = Session::open(everywhere)?;
    let Verb::Show { week, html } = &args.verb;
    let week = asked(&session, Regular::Digest, week.as_deref())?;
    let setup = setup(&session);
    let digest: Digest = session.look(|books| Ok(week::gather(books, &setup, week, &[], session.now)?.digest(&setup, None, None)))?;
    let opened = composed(&session, NoticeKind::Digest, Content::Digest(digest.clone()), week)?;
    if let Some(path) = html {
        write(path, opened.html.as_bytes())?;
    }
    let mut page = Page::new();
    if session.json {
        page.json(&digest);
        return Ok(page);
    }
    match html {
        Some(path) => page.line(written(&session, path)),
        None => page.line(page::clean_lines(&opened.text)),
    }
    Ok(page)
}

/// The configuration as the steps need it. Nothing is sent: no reply token is ever good, whatever the key.
pub(super) fn setup(session: &Session) -> Setup {
    daemon::setup(&session.config, Key::new([0; 32]))
}

/// The week or month that is asked for; else the last one that ended.
pub(super) fn asked(session: &Session, regular: Regular, text: Option<&str>) -> Result<Period, Failure> {
    let today = local_day(session.now, session.words.zone);
    let Some(text) = text else { return Ok(regular.ended(today)) };
    let fits = |period: &Period| match regular {
        Regular::Digest => matches!(period, Period::Week(..)),
        Regular::Circular => matches!(period, Period::Month(..)),
    };
    let (zh, en, option, like) = match regular {
        Regular::Digest => ("周", "week", "--week", "2003-W05"),
        Regular::Circular => ("月份", "month", "--month", "2003-01"),
    };
    let period = text.parse::<Period>().ok().filter(fits).ok_or_else(|| {
        Failure::usage(
            format!("{option} 后的“{text}”不是{zh}；请写成 {like} 这样。"),
            format!("{option} “{text}” is no {en}; write it like {like}."),
        )
    })?;
    match period.first() > today {
        true => Err(Failure::failed(format!("{period} 还没有到。"), format!("{period} has not come yet."))),
        false => Ok(period),
    }
}

/// The notice as a supervisor would get it, opened.
pub(super) fn composed(session: &Session, kind: NoticeKind, content: Content, period: Period) -> Result<Opened, Failure> {
    let office = &session.config.roster.office;
    let reader = Recipient { address: office.address.clone(), name: String::new(), capacity: Capacity::Supervisor };
    let about = Headers { period: Some(period.to_string()), ..Default::default() };
    let notice = Notice { kind, recipients: vec![reader.clone()], content, about, answers: None, follows: None };
    let key = Key::new([0; 32]);
    let stationery = Stationery { office, language: session.words.language, zone: session.words.zone, key: &key };
    let unsent = NoticeNo { year: 0, ordinal: 0 };
    let letter = Composer::new().compose(&notice, unsent, session.now, &reader, 0, &Thread::default(), &stationery)?;
    Ok(opened::open(&letter.bytes))
}

/// Writes what was asked for as a file.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, bytes).map_err(|error| {
        Failure::failed(
            format!("无法写入 {}：{error}。请换一个可写的路径。", path.display()),
            format!("{} cannot be written: {error}. Name a file that this user may write.", path.display()),
        )
    })
}

/// Where it was written.
pub(super) fn written(session: &Session, path: &Path) -> String {
    say!(session.words, format!("已写入 {}。", path.display()), format!("Written to {}.", path.display()))
}
