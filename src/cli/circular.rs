//! `zhibao circular`: a month's table of standings as it would be written now. Nothing is sent, and nothing changes.

use std::path::PathBuf;

use clap::Subcommand;

use super::Everywhere;
use super::digest::{asked, composed, setup, write, written};
use super::failure::Failure;
use super::page::{self, Page};
use super::session::Session;
use crate::domain::digest::Circular;
use crate::domain::notice::{Content, NoticeKind};
use crate::domain::period::Period;
use crate::steps::circular;
use crate::steps::digest::Regular;

/// Arguments of `circular`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// Show a month's table of standings as it stands now
    Show {
        /// Which month, such as 2003-01 [default: the last one that ended]
        #[arg(long, value_name = "MONTH")]
        month: Option<String>,
        /// Write the table as a workbook
        #[arg(long, value_name = "FILE")]
        xlsx: Option<PathBuf>,
    },
}

pub fn run(everywhere: &Everywhere, args: &Args) -> Result<Page, Failure> {
    let session = Session::open(everywhere)?;
    let Verb::Show { month, xlsx } = &args.verb;
    let month = asked(&session, Regular::Circular, month.as_deref())?;
    let setup = setup(&session);
    let gathered = session.look(|books| Ok(circular::gather(books, &setup, month)?))?;
    let circular: Circular = gathered.ok_or_else(|| no_table(month))?.circular(None, None);
    let opened = composed(&session, NoticeKind::Circular, Content::Circular(circular.clone()), month)?;
    if let Some(path) = xlsx {
        let workbook = opened.attachments.iter().find(|(name, _)| name.ends_with(".xlsx"));
        let (_, bytes) = workbook
            .ok_or_else(|| Failure::failed(format!("{month} 的通报没有附表。"), format!("The circular of {month} has no workbook.")))?;
        write(path, bytes)?;
    }
    let mut page = Page::new();
    if session.json {
        page.json(&circular);
        return Ok(page);
    }
    match xlsx {
        Some(path) => page.line(written(&session, path)),
        None => page.line(page::clean_lines(&opened.text)),
    }
    Ok(page)
}

fn no_table(month: Period) -> Failure {
    Failure::failed(
        format!("{month} 没有任何采用记录：采用表还没有到。到了以后用 zhibao adoption import 导入，或等它随邮件到来。"),
        format!("There is no adoption of {month}: its table has not come. Take it in with zhibao adoption import, or wait for its mail."),
    )
}
