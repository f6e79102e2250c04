//! `zhibao commendation`: the standing of a year by class of unit, as a table to sign.

use std::fmt::Display;
use std::path::PathBuf;

use chrono::{Datelike, NaiveDate};
use serde_json::json;

use super::Everywhere;
use super::failure::Failure;
use super::page::{Column, Fit, Page};
use super::session::Session;
use crate::domain::commendation::{Candidate, Class, Earned, Line, commendation};
use crate::domain::points::Points;
use crate::domain::roster::Unit;
use crate::domain::schedule::local_day;
use crate::mail::words::{Words, say};
use crate::mail::workbook::{self, Cell, WorkbookError};

/// Arguments of `commendation`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Which year [default: the one before this]
    #[arg(long, value_name = "YEAR")]
    year: Option<i32>,
    /// Write the table to sign as a workbook, into this file
    #[arg(long, value_name = "FILE")]
    xlsx: Option<PathBuf>,
}

pub fn run(everywhere: &Everywhere, args: &Args) -> Result<Page, Failure> {
    let session = Session::open(everywhere)?;
    let year = args.year.unwrap_or_else(|| local_day(session.now, session.words.zone).year() - 1);
    let classes = classes(&session, year)?;
    let mut page = Page::new();
    if let Some(file) = &args.xlsx {
        let failed = |error: &dyn Display| {
            let file = file.display();
            Failure::failed(format!("{file} 写不进去：{error}。"), format!("{file} cannot be written: {error}."))
        };
        let book = book(&session, year, &classes).map_err(|error| failed(&error))?;
        std::fs::write(file, book).map_err(|error| failed(&error))?;
    }
    if session.json {
        page.json(&json!({ "year": year, "classes": classes }));
        return Ok(page);
    }
    let w = session.words;
    if let Some(file) = &args.xlsx {
        let file = file.display();
        page.line(say!(w, format!("{year}年度评比表已写入 {file}。"), format!("The table of {year} is written to {file}.")));
        return Ok(page);
    }
    page.line(title(w, year));
    if classes.is_empty() {
        page.line(say!(w, "花名册上没有单位。", "The roster has no unit."));
    }
    for class in &classes {
        page.gap();
        page.line(heading(w, class));
        page.table(&columns(w), class.lines.iter().map(|line| cells(&session, line)).collect());
        if class.lines.iter().any(|line| line.shares_last_place) {
            let marked = class.lines.iter().filter(|line| line.commended).count();
            page.line(say!(
                w,
                format!("末位并列，入围{marked}个单位，多于名额，由签批人确定。"),
                format!("The last place is shared: {marked} units qualify, more than there are places. Whoever signs decides.")
            ));
        }
    }
    page.gap();
    page.line(say!(
        w,
        "制表：__________    审核：__________    签批：__________    日期：__________",
        "Drawn up: __________    Checked: __________    Approved: __________    Date: __________"
    ));
    Ok(page)
}

fn classes(session: &Session, year: i32) -> Result<Vec<Class>, Failure> {
    let day = |year| NaiveDate::from_ymd_opt(year, 1, 1);
    let (Some(first), Some(end)) = (day(year), year.checked_add(1).and_then(day)) else {
        return Err(Failure::usage(format!("--year {year} 不是年份。"), format!("--year {year} is no year.")));
    };
    let in_force = |unit: &&Unit| unit.since.is_none_or(|since| since < end) && unit.until.is_none_or(|until| until >= first);
    let units = session.config.roster.units.iter().filter(in_force);
    let candidates: Vec<Candidate> = units.map(|unit| Candidate { unit: unit.id.clone(), class: unit.class.clone() }).collect();
    let earned = session.look(|books| {
        let rows = books.sums_by_kind(first, end)?;
        Ok(rows.into_iter().map(|row| Earned { unit: row.unit, kind: row.kind, points: row.points, items: row.items }).collect::<Vec<_>>())
    })?;
    Ok(commendation(&candidates, &earned, &session.config.reckoning.awards))
}

/// At most 31 characters, for the name of a sheet.
fn title(w: Words, year: i32) -> String {
    say!(w, format!("{year}年度信息工作评比表"), format!("Standing and commendation, {year}"))
}

/// The same table as a workbook, the class in a column of its own; the last lines are to be signed.
fn book(session: &Session, year: i32, classes: &[Class]) -> Result<Vec<u8>, WorkbookError> {
    let w = session.words;
    let heads =
        columns(w).map(|(head, fit)| if fit == Fit::Count { workbook::Column::figures(head) } else { workbook::Column::text(head) });
    let columns: Vec<workbook::Column> = std::iter::once(workbook::Column::text(say!(w, "类别", "class"))).chain(heads).collect();
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for class in classes {
        rows.extend(class.lines.iter().map(|line| {
            let words = cells(session, line);
            let text = |index: usize| Cell::Text(words[index].clone());
            vec![
                Cell::Text(heading(w, class)),
                text(RANK),
                text(UNIT),
                Cell::Count(line.items),
                Cell::Points(line.adoptions),
                Cell::Points(line.instructions),
                Cell::Points(line.deductions),
                Cell::Points(line.total),
                text(COMMENDED),
                Cell::Empty,
            ]
        }));
    }
    let signatures = say!(w, ["制表：", "审核：", "签批：", "日期："], ["Drawn up:", "Checked:", "Approved:", "Date:"]);
    rows.push(Vec::new());
    rows.extend(signatures.map(|who| vec![Cell::Text(who.to_owned())]));
    workbook::table(&title(w, year), &columns, &rows)
}

/// Where in `cells` the words stand that the workbook has, too.
const RANK: usize = 0;
const UNIT: usize = 1;
const COMMENDED: usize = 7;

fn heading(w: Words, class: &Class) -> String {
    let name = if class.class.is_empty() { say!(w, "未分类", "of no class") } else { &class.class };
    match class.places {
        Some(places) => say!(w, format!("{name}（表彰{places}名）"), format!("{name} ({places} to be commended)")),
        None => say!(w, format!("{name}（不设名额）"), format!("{name} (no award)")),
    }
}

fn columns(w: Words) -> [Column<'static>; 9] {
    [
        (say!(w, "位次", "rank"), Fit::Whole),
        (say!(w, "单位", "unit"), Fit::Wrap),
        (say!(w, "采用", "adopted"), Fit::Count),
        (say!(w, "采用分", "points"), Fit::Count),
        (say!(w, "批示分", "instructions"), Fit::Count),
        (say!(w, "扣分", "deducted"), Fit::Count),
        (say!(w, "合计", "total"), Fit::Count),
        (say!(w, "评定", "commended"), Fit::Wrap),
        (say!(w, "签字", "signature"), Fit::Whole),
    ]
}

fn cells(session: &Session, line: &Line) -> Vec<String> {
    let w = session.words;
    let tied = if line.tied > 1 { say!(w, format!("（并列{}）", line.tied), format!(" (of {})", line.tied)) } else { String::new() };
    let commended = match (line.commended, line.shares_last_place) {
        (true, true) => say!(w, "表彰（末位并列）", "yes, last place shared"),
        (true, false) => say!(w, "表彰", "yes"),
        (false, _) => "",
    };
    // A blank cell is a blank to fill in; a zero is a figure.
    let or_blank = |points: Points| if points.is_zero() { String::new() } else { points.to_string() };
    vec![
        format!("{}{tied}", line.rank),
        session.name(&line.unit).to_owned(),
        line.items.to_string(),
        line.adoptions.to_string(),
        or_blank(line.instructions),
        or_blank(line.deductions),
        line.total.to_string(),
        commended.to_owned(),
        "______".to_owned(),
    ]
}
