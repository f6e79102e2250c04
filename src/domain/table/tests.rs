//! Tables that a person who reads Chinese can check. Unless a test says otherwise, today is 8 April 2003, and the network is
//! that of a city with three counties, an office and a fire brigade.

use chrono::NaiveDate;

use super::super::roster::{Address, Office, Unit};
use super::*;

mod adoptions;
mod circulars;
mod headers;
mod values;

/// A network in the open: units, outlets, scopes, today.
struct Network {
    roster: Roster,
    outlets: Vec<Outlet>,
    scopes: Vec<Scope>,
    today: NaiveDate,
}

fn unit(id: &str, name: &str, aliases: &[&str]) -> Unit {
    Unit {
        id: id.into(),
        name: name.into(),
        aliases: aliases.iter().map(|alias| (*alias).into()).collect(),
        class: None,
        direct_report: false,
        places: Vec::new(),
        since: None,
        until: None,
        reporters: Vec::new(),
    }
}

fn outlet(id: &str, name: &str, points: &str) -> Outlet {
    Outlet { id: id.into(), name: name.into(), points: points.parse().unwrap() }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn city() -> Network {
    let units = vec![
        unit("pingding", "平定县", &["平定县委", "平定县委办"]),
        unit("yuxian", "盂县", &["盂县县委", "盂县县委办", "Yuxian County"]),
        unit("jiaoqu", "郊区", &["郊区区委", "郊区区委办"]),
        unit("city-office", "市委办公厅", &[]),
        unit("fire", "市消防支队", &[]),
    ];
    let office = Office {
        name: "信息科".into(),
        address: Address::parse("xinxi@yangquan.example").unwrap(),
        desk: Vec::new(),
        operators: Vec::new(),
    };
    Network {
        roster: Roster { office, units, supervisors: Vec::new(), superiors: Vec::new() },
        outlets: vec![outlet("province", "省委办公厅", "5")],
        scopes: vec![Scope { id: "city".into(), name: "阳泉市".into(), aliases: vec!["阳泉".into()] }],
        today: day("2003-04-08"),
    }
}

impl Network {
    fn known(&self) -> Known<'_> {
        Known { roster: &self.roster, outlets: &self.outlets, scopes: &self.scopes, today: self.today }
    }

    fn adoptions(&self, table: &str) -> String {
        show(read_adoptions(&[sheet("", table)], &self.known()))
    }

    fn circular(&self, subject: &str, table: &str) -> String {
        show(read_circular(&[sheet("", table)], subject, &self.known()))
    }
}

/// A sheet as its lines are written, `,` between the cells, `⏎` for a line end in a cell and `[2003-01-20]` for a date.
fn sheet(name: &str, table: &str) -> Sheet {
    let cell = |text: &str| match text.trim() {
        "" => Cell::Empty,
        text => match text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).and_then(|text| text.parse().ok()) {
            Some(day) => Cell::Day(day),
            None => Cell::Text(text.replace('⏎', "\n")),
        },
    };
    let lines = table.trim_start_matches('\n').lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    let rows = lines.map(|(line, number)| Row { line: number, cells: line.split(',').map(cell).collect() }).collect();
    Sheet { name: name.into(), rows, merged: Vec::new() }
}

/// One row, doubt or fault a line.
fn show(read: Result<TableRead, Vec<CellFault>>) -> String {
    let option = |text: Option<String>| text.unwrap_or_else(|| "-".into());
    let mut lines = Vec::new();
    let read = match read {
        Ok(read) => read,
        Err(faults) => {
            assert!(!faults.is_empty());
            return faults.iter().map(show_fault).collect::<Vec<_>>().join("\n");
        }
    };
    match read.rows {
        Rows::Adoptions(rows) => lines.extend(rows.into_iter().map(|row| {
            let units: Vec<&str> = row.units.iter().map(UnitId::as_str).collect();
            let (points, number) = (option(row.points.map(|p| p.to_string())), option(row.submission.map(|s| s.to_string())));
            format!("{}: {} {} {} “{}” {points} {number}", row.line, row.day, units.join("+"), row.outlet, row.title)
        })),
        Rows::Circular(rows) => lines.extend(rows.into_iter().map(|CircularRow { line, period, row }| {
            let figures = [row.adopted.map(|n| n.to_string()), row.points.map(|p| p.to_string()), row.total.map(|p| p.to_string())];
            let [adopted, points, total] = figures.map(option);
            let (rank, of) = (option(row.rank.map(|n| n.to_string())), option(row.of.map(|n| n.to_string())));
            format!("{line}: {} {period} {adopted} {points} {total} {rank}/{of}", row.subject)
        })),
    }
    lines.extend(read.doubts.iter().map(|doubt| format!("? {}", show_fault(doubt))));
    lines.join("\n")
}

/// `3 积分 “五” not-points`, with what the fault says besides behind it.
fn show_fault(fault: &CellFault) -> String {
    let serde_json::Value::Object(mut all) = serde_json::to_value(fault).unwrap() else { panic!("a fault is an object") };
    let wrong = all.remove("wrong").unwrap();
    let known = ["sheet", "line", "column", "value"];
    let more: Vec<String> =
        all.iter().filter(|(key, _)| !known.contains(&key.as_str())).map(|(key, value)| format!("{key}={value}")).collect();
    let mut parts = Vec::new();
    parts.extend((!fault.sheet.is_empty()).then(|| fault.sheet.clone()));
    parts.extend(fault.line.map(|line| line.to_string()));
    parts.extend((!fault.column.is_empty()).then(|| fault.column.clone()));
    parts.extend((!fault.value.is_empty()).then(|| format!("“{}”", fault.value)));
    parts.push(wrong.as_str().unwrap().to_owned());
    parts.extend(more);
    parts.join(" ")
}

fn same(read: String, expected: &str) {
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(read.lines().collect::<Vec<_>>(), expected, "\n{read}");
}
