//! `zhibao demo`: a made-up network on a simulated clock; no set-up.

use std::path::PathBuf;

use chrono::NaiveDate;
use indicatif::{ProgressBar, ProgressDrawTarget};

use super::Everywhere;
use super::failure::Failure;
use super::page::{Page, width};
use crate::demo::{self, DemoOptions, screen};
use crate::domain::language::Language;

/// Options of `demo`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Configuration, mail, outbox and store are written here
    #[arg(long, value_name = "DIR", default_value = DemoOptions::DEFAULT_DIR)]
    dir: PathBuf,
    /// Stop at the start of this day
    #[arg(long, value_name = "DATE")]
    until: Option<NaiveDate>,
}

pub fn run(everywhere: &Everywhere, args: &Args) -> Result<Page, Failure> {
    let language = everywhere.lang.unwrap_or(Language::ZhCn);
    let options = DemoOptions { dir: args.dir.clone(), until: args.until, language };
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let played = demo::run(&options, &mut |at| {
        bar.set_message(at.format("%F").to_string());
        bar.tick();
    });
    bar.finish_and_clear();
    let played = played?;
    let mut page = Page::new();
    if everywhere.json {
        page.json(&played.report);
    } else {
        page.line(screen::screen(&played, language, usize::from(width())).trim_end());
    }
    Ok(page)
}
