//! `zhibao unit`: the roster's units, and how each has reported.

mod history;

use std::collections::BTreeMap;

use clap::Subcommand;
use serde_json::json;

use super::Everywhere;
use super::export::Export;
use super::failure::Failure;
use super::obligation::By;
use super::outcome::answered;
use super::page::{Fit, Page};
use super::session::Session;
use crate::domain::ids::UnitId;
use crate::domain::roster::{Supervisor, Unit};
use crate::domain::schedule::local_day;
use crate::mail::words::say;
use crate::steps::rosters;
use crate::store::UnitCounts;

/// Arguments of `unit`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// Confirm its entry in the roster for its reporters
    Confirm {
        /// Its id or name
        unit: String,
        #[command(flatten)]
        by: By,
    },
    /// List the units of the roster, and what stands against each
    List,
    /// Show one: its reporters, its places, who answers for it
    Show {
        /// Its id or name
        unit: String,
    },
    /// Where it stood, what it owed and how that ended, what it filed, what was adopted; newest first
    History {
        /// Its id or name
        unit: String,
        /// At most so many of each
        #[arg(long, value_name = "N", default_value_t = 20)]
        limit: u32,
        /// A file gets where it stood
        #[command(flatten)]
        export: Export,
    },
}

pub fn run(everywhere: &Everywhere, args: &Args) -> Result<Page, Failure> {
    let session = Session::open(everywhere)?;
    match &args.verb {
        Verb::Confirm { unit, by } => {
            let (by, unit) = (session.by(by.address.as_deref())?, session.unit(unit)?.id.clone());
            let outcome = session.change(|books, setup| Ok(rosters::confirm(books, setup, &unit, by.as_str(), session.now)?))?;
            answered(&session, &outcome)
        }
        Verb::List => list(&session),
        Verb::Show { unit } => show(&session, session.unit(unit)?),
        Verb::History { unit, limit, export } => history::run(&session, session.unit(unit)?, *limit, export),
    }
}

/// What stands against each unit; before the daemon first ran, nothing.
fn counts(session: &Session) -> Result<BTreeMap<UnitId, UnitCounts>, Failure> {
    match session.look(|books| Ok(books.unit_counts(session.now)?)) {
        Err(Failure::NoStore(_)) => Ok(BTreeMap::new()),
        other => other,
    }
}

fn list(session: &Session) -> Result<Page, Failure> {
    let w = session.words;
    let counts = counts(session)?;
    let units = &session.config.roster.units;
    let of = |unit: &Unit| counts.get(&unit.id).cloned().unwrap_or_default();
    let mut page = Page::new();
    if session.json {
        let facts: Vec<_> = units
            .iter()
            .map(|unit| json!({ "id": unit.id, "name": unit.name, "class": unit.class, "direct_report": unit.direct_report, "reporters": unit.reporters.len(), "counts": of(unit) }))
            .collect();
        page.json(&facts);
        return Ok(page);
    }
    if units.is_empty() {
        page.line(say!(w, "花名册上没有单位。", "The roster has no unit."));
        return Ok(page);
    }
    let columns = [
        (say!(w, "单位", "unit"), Fit::Whole),
        (say!(w, "名称", "name"), Fit::Wrap),
        (say!(w, "类别", "class"), Fit::Wrap),
        (say!(w, "待报", "owed"), Fit::Count),
        (say!(w, "逾期", "overdue"), Fit::Count),
        (say!(w, "报送", "filed"), Fit::Count),
        (say!(w, "最近来件", "last"), Fit::Whole),
    ];
    let today = local_day(session.now, w.zone);
    let cells = |unit: &Unit| {
        let counts = of(unit);
        let gone = if unit.valid_on(today) { "" } else { say!(w, "（不在有效期）", " (not in force)") };
        vec![
            unit.id.to_string(),
            format!("{}{gone}", unit.name),
            unit.class.clone().unwrap_or_default(),
            counts.open.to_string(),
            counts.overdue.to_string(),
            counts.submissions.to_string(),
            session.at_opt(counts.last_arrival),
        ]
    };
    page.table(&columns, units.iter().map(cells).collect());
    Ok(page)
}

fn show(session: &Session, unit: &Unit) -> Result<Page, Failure> {
    let w = session.words;
    let counts = counts(session)?.remove(&unit.id).unwrap_or_default();
    let supervisors: Vec<&Supervisor> = session.config.roster.supervisors_of(&unit.id, u8::MAX).collect();
    let mut page = Page::new();
    if session.json {
        page.json(&json!({ "unit": unit, "supervisors": supervisors, "counts": counts }));
        return Ok(page);
    }
    let days = match (unit.since, unit.until) {
        (None, None) => String::new(),
        (Some(since), None) => say!(w, format!("{since} 起"), format!("since {since}")),
        (None, Some(until)) => say!(w, format!("至 {until}"), format!("to {until}")),
        (Some(since), Some(until)) => say!(w, format!("{since} 至 {until}"), format!("{since} to {until}")),
    };
    page.facts(&[
        (say!(w, "单位", "Unit"), format!("{} {}", unit.id, unit.name)),
        (say!(w, "别称", "Also called"), w.list(&unit.aliases)),
        (say!(w, "类别", "Class"), unit.class.clone().unwrap_or_default()),
        (say!(w, "信息直报点", "Direct-report point"), if unit.direct_report { say!(w, "是", "yes").to_owned() } else { String::new() }),
        (say!(w, "辖区", "Places"), w.list(&unit.places)),
        (say!(w, "有效期", "In force"), days),
        (say!(w, "报送", "Filed"), counts.submissions.to_string()),
        (say!(w, "最近来件", "Last heard of"), counts.last_arrival.map(|at| w.moment(at)).unwrap_or_default()),
        (
            say!(w, "待报", "Owed"),
            say!(w, format!("{} 项，其中逾期 {} 项", counts.open, counts.overdue), format!("{}, {} overdue", counts.open, counts.overdue)),
        ),
    ]);
    page.gap();
    let reporters = unit.reporters.iter().map(|each| vec![each.address.to_string(), each.name.clone(), w.role(each.role).to_owned()]);
    page.table(
        &[(say!(w, "信息员", "reporter"), Fit::Wrap), (say!(w, "姓名", "name"), Fit::Wrap), (say!(w, "身份", "role"), Fit::Wrap)],
        reporters.collect(),
    );
    page.gap();
    if supervisors.is_empty() {
        page.line(say!(w, "没有督办人。", "Nobody supervises it."));
        return Ok(page);
    }
    let rows = supervisors.iter().map(|each| vec![each.address.to_string(), each.name.clone(), each.level.to_string()]);
    page.table(
        &[(say!(w, "督办人", "supervisor"), Fit::Wrap), (say!(w, "姓名", "name"), Fit::Wrap), (say!(w, "级", "level"), Fit::Count)],
        rows.collect(),
    );
    Ok(page)
}
