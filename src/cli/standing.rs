//! `zhibao standing`: points, share and rank of every unit in a period; progress against last year; superiors' figures.

use chrono::{Datelike, NaiveDate};
use serde_json::json;

use super::Everywhere;
use super::export::Export;
use super::failure::Failure;
use super::page::{Fit, Page};
use super::session::Session;
use crate::domain::digest::{ExternalLine, Pace, StandingLine};
use crate::domain::period::Period;
use crate::domain::points::Points;
use crate::domain::schedule::local_day;
use crate::mail::words::{Words, say};
use crate::mail::workbook::{Cell, Column};
use crate::steps::standings::{self, Table};

/// Arguments of `standing`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// 2003, 2003-H1, 2003-Q1, 2003-01, 2003-W05, 2003-01..2003-05 or 2003-01-15..2003-02-14 [default: the year to date]
    #[arg(value_name = "PERIOD")]
    period: Option<Period>,
    /// Only units of this class; ranks stay those among all
    #[arg(long)]
    class: Option<String>,
    #[command(flatten)]
    export: Export,
}

/// What the ledger says of a period.
struct Standings {
    period: Period,
    as_of: Option<NaiveDate>,
    lines: Vec<StandingLine>,
    total: Points,
    pace: Option<Pace>,
    external: Vec<ExternalLine>,
}

pub fn run(everywhere: &Everywhere, args: &Args) -> Result<Page, Failure> {
    let session = Session::open(everywhere)?;
    let today = local_day(session.now, session.words.zone);
    let period = args.period.unwrap_or(Period::YearThrough(today.year(), today.month()));
    let mut standings = gather(&session, period)?;
    if let Some(class) = &args.class {
        standings.lines.retain(|line| line.class.as_ref() == Some(class));
    }
    let mut page = Page::new();
    let w = session.words;
    let title = say!(w, format!("积分排名：{}", w.period(period)), format!("Standing: {}", w.period(period)));
    let rows: Vec<Vec<Cell>> = standings.lines.iter().map(row).collect();
    if !args.export.write(&mut page, w, &title, &columns(w), &rows)? {
        show(&mut page, &session, &standings);
    }
    Ok(page)
}

fn gather(session: &Session, period: Period) -> Result<Standings, Failure> {
    session.look_with(|books, setup| {
        let Table { lines, total } = standings::table(books, setup, period, Some(period.year_before()))?;
        Ok(Standings {
            period,
            as_of: books.reaches(None, period.first(), period.end())?,
            lines,
            total,
            pace: standings::pace(books, setup, period)?,
            external: standings::external(books, setup)?,
        })
    })
}

fn headings(w: Words) -> [&'static str; 9] {
    [
        say!(w, "位次", "rank"),
        say!(w, "单位", "unit"),
        say!(w, "类别", "class"),
        say!(w, "积分", "points"),
        say!(w, "占比", "share"),
        say!(w, "采用", "adopted"),
        say!(w, "报送", "submitted"),
        say!(w, "采用率", "rate"),
        say!(w, "去年同期比", "move"),
    ]
}

fn cells(line: &StandingLine, w: Words) -> [String; 9] {
    let tied = if line.tied > 1 {
        say!(w, format!("{}（并列{}）", line.rank, line.tied), format!("{} (tied: {})", line.rank, line.tied))
    } else {
        line.rank.to_string()
    };
    let moved = line.moved.map_or_else(
        || "—".to_owned(),
        |places| match places {
            0 => "0".to_owned(),
            up if up > 0 => format!("+{up}"),
            down => down.to_string(),
        },
    );
    let rate = (line.submitted > 0).then(|| percent(i64::try_from(1000 * line.items / line.submitted).unwrap_or(0)));
    [
        tied,
        line.unit.name.clone(),
        line.class.clone().unwrap_or_default(),
        line.points.to_string(),
        line.share.map_or_else(|| "—".to_owned(), percent),
        line.items.to_string(),
        line.submitted.to_string(),
        rate.unwrap_or_else(|| "—".to_owned()),
        moved,
    ]
}

/// Tenths of a percent.
fn percent(tenths: i64) -> String {
    format!("{}.{}%", tenths / 10, tenths.abs() % 10)
}

fn show(page: &mut Page, session: &Session, standings: &Standings) {
    let w = session.words;
    if session.json {
        page.json(&json!({
            "period": standings.period, "as_of": standings.as_of, "total": standings.total, "lines": standings.lines,
            "pace": standings.pace, "external": standings.external,
        }));
        return;
    }
    let period = standings.period;
    let reach = standings.as_of.map_or_else(
        || say!(w, "台账中没有这段时间的采用。".to_owned(), "The ledger has no adoption in it.".to_owned()),
        |day| say!(w, format!("台账记到 {day}。"), format!("The ledger reaches {day}.")),
    );
    page.line(say!(
        w,
        format!("{period}，共 {} 分。{reach}", standings.total),
        format!("{period}: {} points in all. {reach}", standings.total)
    ));
    page.gap();
    let fits = [Fit::Whole, Fit::Wrap, Fit::Wrap, Fit::Count, Fit::Count, Fit::Count, Fit::Count, Fit::Count, Fit::Count];
    let columns: Vec<_> = headings(w).into_iter().zip(fits).collect();
    page.table(&columns, standings.lines.iter().map(|line| cells(line, w).to_vec()).collect());
    if let Some(pace) = &standings.pace {
        page.gap();
        page.line(progress(pace, w));
    }
    if !standings.external.is_empty() {
        page.gap();
        page.line(say!(w, "上级通报：", "Superiors' circulars:"));
        let line = |line: &ExternalLine| {
            let ranked = &line.ranked;
            vec![
                line.name.clone(),
                line.by.clone(),
                ranked.window.to_string(),
                ranked.points.map_or_else(|| "—".to_owned(), |points| points.to_string()),
                w.rank_short(ranked),
                line.before.as_ref().map_or_else(|| "—".to_owned(), |before| w.rank_short(before)),
            ]
        };
        let columns = [
            (say!(w, "单位", "unit"), Fit::Wrap),
            (say!(w, "通报单位", "by"), Fit::Wrap),
            (say!(w, "期间", "period"), Fit::Whole),
            (say!(w, "积分", "points"), Fit::Count),
            (say!(w, "位次", "rank"), Fit::Count),
            (say!(w, "上次", "before"), Fit::Count),
        ];
        page.table(&columns, standings.external.iter().map(line).collect());
    }
}

/// How far behind or ahead of last year, and whose doing that is.
fn progress(pace: &Pace, w: Words) -> String {
    let tenth = |points: Points| {
        let tenths = (points.thousandths() + 50).div_euclid(100);
        let sign = if tenths < 0 { "−" } else { "" };
        format!("{sign}{}.{}", tenths.abs() / 10, tenths.abs() % 10)
    };
    let by = if pace.straight_line {
        say!(w, "按去年全年直线推算", "by a straight line through last year")
    } else {
        say!(w, "按去年同期", "by the same span last year")
    };
    let parts: Vec<String> =
        pace.split.iter().filter(|(_, short)| !short.is_zero()).map(|(unit, short)| format!("{} {}", unit.name, tenth(*short))).collect();
    let (now, expected, short, parts) = (pace.points, tenth(pace.expected), tenth(pace.shortfall()), w.list(&parts));
    say!(
        w,
        format!("进度（{}，{by}）：现有 {now} 分，应有 {expected} 分，相差 {short} 分。其中：{parts}（负数为超前）。", pace.window),
        format!(
            "Pace ({}, {by}): {now} points where {expected} are expected, {short} short. Of these: {parts} (negative: ahead).",
            pace.window
        )
    )
}

fn columns(w: Words) -> Vec<Column> {
    let texts = |nth| (1..=2).contains(&nth);
    headings(w).into_iter().zip(0..).map(|(head, nth)| if texts(nth) { Column::text(head) } else { Column::figures(head) }).collect()
}

fn row(line: &StandingLine) -> Vec<Cell> {
    let count = |count: u64| Cell::Count(i64::try_from(count).unwrap_or(i64::MAX));
    let rate = match line.submitted {
        0 => Cell::Empty,
        submitted => Cell::Share(i64::try_from(1000 * line.items / submitted).unwrap_or(i64::MAX)),
    };
    vec![
        Cell::Count(i64::from(line.rank)),
        Cell::Text(line.unit.name.clone()),
        line.class.clone().map_or(Cell::Empty, Cell::Text),
        Cell::Points(line.points),
        line.share.map_or(Cell::Empty, Cell::Share),
        count(line.items),
        count(line.submitted),
        rate,
        line.moved.map_or(Cell::Empty, Cell::Count),
    ]
}
