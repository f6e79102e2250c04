//! Tables as a desk and a superior mail them, from the bytes to the rows.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::*;
use crate::domain::ledger::Outlet;
use crate::domain::points::Points;
use crate::domain::roster::{Address, Office, Roster, Unit};
use crate::domain::table::{CircularRow, Known, Rows, read_adoptions, read_circular};

fn roster() -> Roster {
    let names = [("pingding", "平定县"), ("yuxian", "盂县"), ("jiaoqu", "郊区"), ("city-office", "市委办公厅"), ("fire", "市消防支队")];
    let unit = |(id, name): (&str, &str)| Unit {
        id: id.into(),
        name: name.into(),
        aliases: vec![format!("{name}委")],
        class: None,
        direct_report: false,
        places: Vec::new(),
        since: "1995-01-01".parse().ok(),
        until: None,
        reporters: Vec::new(),
    };
    let office =
        Office { name: "信息科".into(), address: Address::parse("a@b.example").unwrap(), desk: Vec::new(), operators: Vec::new() };
    Roster { office, units: names.map(unit).into(), supervisors: Vec::new(), superiors: Vec::new() }
}

fn on(today: &str, read: impl Fn(&Known<'_>) -> Vec<String>) -> Vec<String> {
    let (roster, today): (Roster, NaiveDate) = (roster(), today.parse().unwrap());
    let outlets = [Outlet { id: "province".into(), name: "省委办公厅".into(), points: "5".parse().unwrap() }];
    read(&Known { roster: &roster, outlets: &outlets, scopes: &[], today })
}

/// `unit points`, summed.
fn adoptions(today: &str, bytes: &[u8]) -> Vec<String> {
    on(today, |known| {
        let read = read_adoptions(&read_sheets("a.csv", bytes).unwrap(), known).unwrap();
        assert_eq!((read.doubts, read.totals), (Vec::new(), 0));
        let Rows::Adoptions(rows) = read.rows else { panic!("a table of adoptions") };
        let mut sums: BTreeMap<String, Points> = BTreeMap::new();
        for row in rows {
            *sums.entry(row.units[0].to_string()).or_default() += row.points.unwrap();
        }
        sums.into_iter().map(|(unit, points)| format!("{unit} {points}")).collect()
    })
}

fn circular(today: &str, subject: &str, table: &str) -> Vec<String> {
    on(today, |known| {
        let read = read_circular(&read_sheets("circular.csv", table.as_bytes()).unwrap(), subject, known).unwrap();
        let Rows::Circular(rows) = read.rows else { panic!("a circular") };
        let shown = |row: CircularRow| format!("{} {} {:?} {:?}", row.row.subject, row.period, row.row.total, (row.row.rank, row.row.of));
        rows.into_iter().map(shown).collect()
    })
}

#[test]
fn a_year_and_the_months_of_the_desks_tables() {
    let year = "
日期,单位,刊物,标题,积分
2002-02-11,平定县,省委办公厅,平定县退耕还林的做法,3
2002-08-20,平定县,省委办公厅,平定县煤炭行业整顿情况,4
2002-03-12,盂县,省委办公厅,盂县农村税费改革反映,5
2002-09-03,盂县,省委办公厅,盂县教育布局调整,6
2002-01-15,郊区,省委办公厅,郊区城乡一体化,20
2002-07-15,郊区,省委办公厅,郊区民营经济,22
2002-06-30,市委办公厅,省委办公厅,全市综合情况,313
";
    assert_eq!(adoptions("2003-01-01", year.as_bytes()), ["city-office 313", "jiaoqu 42", "pingding 7", "yuxian 11"]);
    let january = "日期,单位,刊物,标题,积分\n2003-01-20,郊区,省委办公厅,郊区信息一则,9\n2003-01-22,市委办公厅,省委办公厅,市里信息,12\n";
    assert_eq!(adoptions("2003-01-28", january.as_bytes()), ["city-office 12", "jiaoqu 9"]);
    let february =
        "日期,单位,刊物,标题,积分\n2003-02-18,平定县,省委办公厅,平定县信息一则,2\n2003-02-10,市委办公厅,省委办公厅,市里信息,30\n";
    let february = encoding_rs::GBK.encode(february).0;
    assert_eq!(adoptions("2003-02-20", &february), ["city-office 30", "pingding 2"]);
}

#[test]
fn the_superiors_circulars_of_a_year_and_of_a_quarter() {
    assert_eq!(
        circular(
            "2003-01-10",
            "【通报】2002年信息采用情况",
            "\n单位,期间,累计积分,位次,总数\n平定县,2002,7,9,49\n盂县,2002,11,8,49\n郊区,2002,42,3,49\n"
        ),
        [
            "pingding 2002 Some(Points(7000)) (Some(9), Some(49))",
            "yuxian 2002 Some(Points(11000)) (Some(8), Some(49))",
            "jiaoqu 2002 Some(Points(42000)) (Some(3), Some(49))"
        ]
    );
    let quarter = "\n单位,期间,累计积分,位次,总数\n平定县,2003-03,0,48,49\n郊区,2003-03,14,4,49\n";
    assert_eq!(
        circular("2003-04-08", "【通报】2003年1至3月信息采用情况", quarter),
        ["pingding 2003-03 Some(Points(0)) (Some(48), Some(49))", "jiaoqu 2003-03 Some(Points(14000)) (Some(4), Some(49))"]
    );
}
