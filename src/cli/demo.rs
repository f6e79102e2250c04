//! `zhibao demo`: the Yangquan network, January 2002 to May 2003, on a simulated clock; no set-up.

use std::path::PathBuf;

use chrono::NaiveDate;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::Everywhere;
use super::failure::Failure;
use super::page::{Page, width};
use crate::demo::figures::Figures;
use crate::demo::{self, DemoOptions, screen, script};
use crate::domain::language::Language;
use crate::replay::Report;

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

/// As `replay --json`, and the figures of the speech as they were worked out.
#[derive(Serialize)]
struct Played<'a> {
    #[serde(flatten)]
    report: &'a Report,
    figures: &'a Figures,
}

pub fn run(everywhere: &Everywhere, args: &Args) -> Result<Page, Failure> {
    let language = everywhere.lang.unwrap_or(Language::ZhCn);
    let options = DemoOptions { dir: args.dir.clone(), until: args.until, language };
    let bar = bar(&options);
    let played = demo::run(&options, &mut |at| {
        let day = at.with_timezone(&script::offset()).date_naive();
        bar.set_position((day - script::DAYS.0).num_days().unsigned_abs());
        bar.set_message(day.to_string());
    });
    bar.finish_and_clear();
    let played = played?;
    let mut page = Page::new();
    if everywhere.json {
        page.json(&Played { report: &played.report, figures: &played.figures });
    } else {
        page.line(screen::screen(&played, language, usize::from(width())).trim_end());
    }
    Ok(page)
}

/// By simulated days; drawn on a terminal alone.
fn bar(options: &DemoOptions) -> ProgressBar {
    let until = options.until.unwrap_or(script::DAYS.1);
    let days = (until - script::DAYS.0).num_days().max(1).unsigned_abs();
    let bar = ProgressBar::with_draw_target(Some(days), ProgressDrawTarget::stderr());
    // A template that indicatif does not read would leave its own.
    if let Ok(style) = ProgressStyle::with_template("{bar:48} {percent:>3}% {msg}") {
        bar.set_style(style);
    }
    bar
}
