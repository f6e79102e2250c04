//! `zhibao adoption`: the ledger of adoptions.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::Everywhere;
use super::export::Export;
use super::failure::Failure;
use super::obligation::{By, cut_off};
use super::outcome::answered;
use super::page::{Fit, Page};
use super::session::Session;
use crate::domain::ids::{AdoptionNo, SubmissionNo, UnitId};
use crate::domain::ledger::{Entry, EntryKind, NewEntry, Outlet, identity};
use crate::domain::notice::Outcome;
use crate::domain::period::Period;
use crate::domain::points::Points;
use crate::domain::route::Table;
use crate::domain::schedule::local_day;
use crate::mail::words::{Words, say};
use crate::mail::workbook::{Cell, Column};
use crate::steps::{Setup, assess, ledger};
use crate::store::{Books, EntryFilter};

/// Arguments of `adoption`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// List rows of the ledger, the newest day first
    List {
        /// Of this unit, by id or name
        #[arg(long)]
        unit: Option<String>,
        /// Of this outlet
        #[arg(long, value_name = "ID")]
        outlet: Option<String>,
        /// Of this period: 2003, 2003-Q1, 2003-01, 2003-01-15..2003-02-14
        #[arg(long)]
        period: Option<Period>,
        /// At most so many; a file gets all
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: u32,
        #[command(flatten)]
        export: Export,
    },
    /// Show one: whose it is, what it earned, where it comes from
    Show {
        /// A-2003-000017
        number: AdoptionNo,
    },
    /// Take a table in, .csv or .xlsx: all of it, or none if a line is wrong
    Import {
        /// The file
        file: PathBuf,
        /// It is a superior's circular: ranks and totals
        #[arg(long)]
        circular: bool,
        /// Say what would happen, and change nothing
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        by: By,
    },
    /// Put one row on the ledger
    Add(Add),
    /// Take a row back by a reversing one; both stay on the ledger
    Reverse {
        /// A-2003-000017
        number: AdoptionNo,
        /// Why; kept on record
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        by: By,
    },
}

/// What one row says.
#[derive(clap::Args, Debug)]
struct Add {
    /// Whose, by id or name; several for a joint item, the leading one first
    #[arg(long, required = true)]
    unit: Vec<String>,
    /// When it was published or passed on [default: today]
    #[arg(long, value_name = "DATE")]
    day: Option<NaiveDate>,
    /// The outlet's id or name
    #[arg(long)]
    outlet: String,
    /// What was adopted
    #[arg(long, default_value = "")]
    title: String,
    /// What it earns [default: the outlet's points]
    #[arg(long)]
    points: Option<Points>,
    /// The submission that was adopted
    #[arg(long, value_name = "S-…")]
    submission: Option<SubmissionNo>,
    /// An adoption, or a leader's instruction (批示)
    #[arg(long, value_enum, default_value = "adoption")]
    kind: What,
    #[command(flatten)]
    by: By,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    Adoption,
    Instruction,
}

pub fn run(everywhere: &Everywhere, args: &Args) -> Result<Page, Failure> {
    let session = Session::open(everywhere)?;
    match &args.verb {
        Verb::List { unit, outlet, period, limit, export } => {
            let filter = EntryFilter {
                unit: unit.as_deref().map(|name| session.unit(name).map(|unit| unit.id.clone())).transpose()?,
                outlet: outlet.clone(),
                first: period.map(Period::first),
                end: period.map(Period::end),
            };
            let mut page = Page::new();
            if !saved(&mut page, &session, &filter, export)? {
                list(&mut page, &session, &filter, *limit)?;
            }
            Ok(page)
        }
        Verb::Show { number } => show(&session, *number),
        Verb::Import { file, circular, dry_run, by } => import(&session, file, *circular, *dry_run, by),
        Verb::Add(add) => put(&session, add),
        Verb::Reverse { number, reason, by } => reverse(&session, *number, reason, by),
    }
}

fn import(session: &Session, file: &Path, circular: bool, dry_run: bool, by: &By) -> Result<Page, Failure> {
    let bytes = std::fs::read(file).map_err(|error| {
        let file = file.display();
        Failure::failed(
            format!("读不了 {file}：{error}。请核对文件名和权限。"),
            format!("{file} cannot be read: {error}. Is the name right, and may this user read it?"),
        )
    })?;
    let by = session.by(by.address.as_deref())?;
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let tag = if circular { Table::Circular } else { Table::Adoption };
    let source =
        ledger::Source { delivery: None, of: format!("file {name}"), by: by.as_str(), superior: None, subject: &name, at: session.now };
    let files = [(name.clone(), bytes)];
    let mut outcome = None;
    let done = session.change(|books, setup| {
        outcome = Some(match ledger::take(books, setup, &files, tag, &source, session.now)? {
            Ok(taken) => taken.outcome(setup, &name),
            Err(faults) => ledger::refused(&name, &faults),
        });
        // A rehearsal is taken back as a whole.
        if dry_run { Err(Failure::failed("", "")) } else { Ok(()) }
    });
    let Some(outcome) = outcome else { return done.map(|()| Page::new()) };
    if !dry_run {
        done?;
    }
    let mut page = answered(session, &outcome)?;
    if dry_run && !session.json && matches!(outcome, Outcome::TableTaken { .. }) {
        page.line(say!(
            session.words,
            "以上只是试算，没有写入。去掉 --dry-run 即正式导入。",
            "That was a rehearsal: nothing was written. Leave out --dry-run to take it in."
        ));
    }
    Ok(page)
}

fn put(session: &Session, add: &Add) -> Result<Page, Failure> {
    let w = session.words;
    let by = session.by(add.by.address.as_deref())?;
    let today = local_day(session.now, w.zone);
    let day = add.day.unwrap_or(today);
    if day > today {
        return Err(Failure::usage(format!("--day {day} 还没有到。"), format!("--day {day} has not come yet.")));
    }
    let mut units: Vec<UnitId> = Vec::new();
    for name in &add.unit {
        let unit = session.unit(name)?.id.clone();
        if !units.contains(&unit) {
            units.push(unit);
        }
    }
    let outlet = outlet(session, &add.outlet)?;
    let points = add.points.unwrap_or(outlet.points);
    let kind = if add.kind == What::Adoption { EntryKind::Adoption } else { EntryKind::Instruction };
    if add.title.trim().is_empty() && add.submission.is_none() {
        return Err(Failure::usage("请用 --title 或 --submission 写明采用了什么。", "Say what was adopted: give --title or --submission."));
    }
    let number = session.change(|books, setup| {
        if let Some(number) = add.submission
            && books.submission(number)?.is_none()
        {
            return Err(Failure::unknown(number, "submission list"));
        }
        let entry = NewEntry {
            kind,
            day,
            shares: ledger::shares(setup, &units, points),
            outlet: outlet.id.clone(),
            title: add.title.trim().to_owned(),
            points,
            submission: add.submission,
            reverses: None,
            source: "console".to_owned(),
            by: by.to_string(),
            identity: identity(kind, day, &units, &outlet.id, &add.title, points, 0),
        };
        let number = ledger::put(books, &entry, session.now)?;
        follow(books, setup, session)?;
        Ok(number)
    })?;
    let mut page = Page::new();
    match number {
        Some(number) if session.json => page.json(&json!({ "number": number, "done": true })),
        Some(number) => {
            page.line(say!(w, format!("已记为 {number}，{points} 分。"), format!("On the ledger as {number}, {points} points.")))
        }
        None => {
            return Err(Failure::failed(
                "台账上已有同样的一条，没有重复记入。",
                "The same row is on the ledger already; nothing was added.",
            ));
        }
    }
    Ok(page)
}

/// New rows may be what a put-off assessment waits for.
fn follow(books: &Books<'_>, setup: &Setup, session: &Session) -> Result<(), Failure> {
    Ok(assess::table_came(books, setup, session.now)?)
}

fn outlet<'a>(session: &'a Session, name: &str) -> Result<&'a Outlet, Failure> {
    let outlets = &session.config.reckoning.outlets;
    outlets.iter().find(|outlet| outlet.id == name || outlet.name == name).ok_or_else(|| {
        let known: Vec<&str> = outlets.iter().map(|outlet| outlet.id.as_str()).collect();
        let known_zh =
            if known.is_empty() { "配置中还没有 [[outlet]]".to_owned() } else { format!("现有：{}", known.join("、")) };
        let known_en = if known.is_empty() { "the configuration has no [[outlet]] yet".to_owned() } else { known.join(", ") };
        Failure::failed(format!("没有刊物“{name}”。{known_zh}。"), format!("There is no outlet “{name}”; known: {known_en}."))
    })
}

fn reverse(session: &Session, number: AdoptionNo, reason: &str, by: &By) -> Result<Page, Failure> {
    let w = session.words;
    let by = session.by(by.address.as_deref())?;
    let reversal = session.change(|books, setup| {
        if books.entry(number)?.is_none() {
            return Err(Failure::unknown(number, "adoption list"));
        }
        let reversal = ledger::reverse(books, number, reason, by.as_str(), session.now)?;
        follow(books, setup, session)?;
        Ok(reversal)
    })?;
    let mut page = Page::new();
    match reversal {
        Some(reversal) if session.json => page.json(&json!({ "number": reversal, "reverses": number, "done": true })),
        Some(reversal) => page.line(say!(w, format!("已用 {reversal} 冲销 {number}。"), format!("{number} is taken back by {reversal}."))),
        None => {
            return Err(Failure::failed(
                format!("{number} 已经冲销过，或本身就是冲销；没有再记。"),
                format!("{number} was taken back before, or is itself a reversal; nothing was added."),
            ));
        }
    }
    Ok(page)
}

/// Writes every row that is asked for into a file; `false`: no file is asked for.
fn saved(page: &mut Page, session: &Session, filter: &EntryFilter, export: &Export) -> Result<bool, Failure> {
    if !export.asked() {
        return Ok(false);
    }
    let w = session.words;
    let entries = session.look(|books| Ok(books.entries(filter, u32::MAX)?))?;
    let columns = [
        Column::text(say!(w, "编号", "number")),
        Column::text(say!(w, "日期", "date")),
        Column::text(say!(w, "单位", "unit")),
        Column::text(say!(w, "刊物", "outlet")),
        Column::text(say!(w, "标题", "title")),
        Column::figures(say!(w, "积分", "points")),
        Column::text(say!(w, "报送编号", "submission")),
    ];
    let row = |entry: &Entry| {
        vec![
            Cell::Text(entry.number.to_string()),
            Cell::Text(entry.day.to_string()),
            Cell::Text(units(session, entry)),
            Cell::Text(outlet_name(session, &entry.outlet)),
            Cell::Text(titled(entry, w)),
            Cell::Points(entry.points),
            entry.submission.map_or(Cell::Empty, |number| Cell::Text(number.to_string())),
        ]
    };
    let rows: Vec<Vec<Cell>> = entries.iter().map(row).collect();
    export.write(page, w, say!(w, "采用台账", "Ledger of adoptions"), &columns, &rows)
}

fn list(page: &mut Page, session: &Session, filter: &EntryFilter, limit: u32) -> Result<(), Failure> {
    let w = session.words;
    let mut entries = session.look(|books| Ok(books.entries(filter, limit.saturating_add(1))?))?;
    let more = entries.len() > limit as usize;
    entries.truncate(limit as usize);
    if session.json {
        page.json(&entries);
        return Ok(());
    }
    if entries.is_empty() {
        page.line(say!(w, "台账上没有这样的采用。", "The ledger has no such row."));
        return Ok(());
    }
    table(page, session, &entries);
    if more {
        page.line(cut_off(w, limit));
    }
    Ok(())
}

/// Rows of the ledger as a table.
pub(super) fn table(page: &mut Page, session: &Session, entries: &[Entry]) {
    let w = session.words;
    let columns = [
        (say!(w, "编号", "number"), Fit::Whole),
        (say!(w, "日期", "day"), Fit::Whole),
        (say!(w, "单位", "unit"), Fit::Wrap),
        (say!(w, "刊物", "outlet"), Fit::Wrap),
        (say!(w, "标题", "title"), Fit::Wrap),
        (say!(w, "积分", "points"), Fit::Count),
    ];
    let cells = |entry: &Entry| {
        vec![
            entry.number.to_string(),
            entry.day.to_string(),
            units(session, entry),
            outlet_name(session, &entry.outlet),
            titled(entry, w),
            entry.points.to_string(),
        ]
    };
    page.table(&columns, entries.iter().map(cells).collect());
}

fn titled(entry: &Entry, w: Words) -> String {
    let mark = match (entry.kind, entry.reversed_by) {
        (EntryKind::Adoption, None) => return entry.title.clone(),
        (_, Some(by)) => say!(w, format!("已由 {by} 冲销"), format!("taken back by {by}")),
        (kind, None) => kind_word(kind, w).to_owned(),
    };
    say!(w, format!("{}（{mark}）", entry.title), format!("{} ({mark})", entry.title))
}

fn kind_word(kind: EntryKind, w: Words) -> &'static str {
    match kind {
        EntryKind::Adoption => say!(w, "采用", "adoption"),
        EntryKind::Instruction => say!(w, "批示", "instruction"),
        EntryKind::Deduction => say!(w, "扣分", "deduction"),
        EntryKind::Reversal => say!(w, "冲销", "reversal"),
    }
}

fn units(session: &Session, entry: &Entry) -> String {
    session.words.list(&entry.shares.iter().map(|(unit, _)| session.name(unit)).collect::<Vec<_>>())
}

fn outlet_name(session: &Session, id: &str) -> String {
    session.config.reckoning.outlet(id).map_or_else(|| id.to_owned(), |outlet| outlet.name.clone())
}

fn show(session: &Session, number: AdoptionNo) -> Result<Page, Failure> {
    let w = session.words;
    let entry = session.look(|books| books.entry(number)?.ok_or_else(|| Failure::unknown(number, "adoption list")))?;
    let mut page = Page::new();
    if session.json {
        page.json(&entry);
        return Ok(page);
    }
    let opt = |number: Option<AdoptionNo>| number.map(|number| number.to_string()).unwrap_or_default();
    let shares: Vec<String> = entry.shares.iter().map(|(unit, points)| format!("{} {points}", session.name(unit))).collect();
    page.facts(&[
        (say!(w, "编号", "Number"), number.to_string()),
        (say!(w, "类别", "Kind"), kind_word(entry.kind, w).to_owned()),
        (say!(w, "日期", "Day"), entry.day.to_string()),
        (say!(w, "标题", "Title"), entry.title.clone()),
        (say!(w, "刊物", "Outlet"), outlet_name(session, &entry.outlet)),
        (say!(w, "积分", "Points"), entry.points.to_string()),
        (say!(w, "计分", "Shares"), w.list(&shares)),
        (say!(w, "报送编号", "Submission"), entry.submission.map(|number| number.to_string()).unwrap_or_default()),
        (say!(w, "冲销对象", "Takes back"), opt(entry.reverses)),
        (say!(w, "已冲销", "Taken back by"), opt(entry.reversed_by)),
        (say!(w, "来源", "Source"), entry.source.clone()),
        (say!(w, "记入人", "Put there by"), entry.by.clone()),
        (say!(w, "记入时间", "Put there"), session.at(entry.at)),
    ]);
    Ok(page)
}
