//! The desk's monthly tables of adoptions, and the circulars of the province and the central office.
//!
//! The sums of the rows are the real figures; on which day a point fell, and for what, is made up. No sum stands here: what a
//! circular gives as 累计积分 is added up from the rows, as the province would.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use encoding_rs::GBK;

use super::{Play, When, last_day, offset};
use crate::demo::network::{CENTRAL, PROVINCE, WRITERS};
use crate::domain::points::Points;

/// Tenths of a point of each adoption of a unit by an outlet, month by month from January 2002 on.
///
/// What is known of 2002 is its sums. Its months are laid out along a straight line: five twelfths of the year by the end of May.
struct Plan {
    unit: &'static str,
    outlet: &'static str,
    months: [&'static [u32]; 17],
}

const PLANS: [Plan; 5] = [
    Plan {
        unit: "office",
        outlet: "省委办公厅",
        months: [
            &[40, 50, 40, 40, 50, 40],
            &[20, 20, 50, 40, 60, 20, 20, 20],
            &[30, 20, 20, 50, 10, 60, 30, 40, 10],
            &[20, 54, 10, 20, 20, 60, 10, 40, 30],
            &[40, 60, 20, 50, 20, 30, 40],
            &[10, 40, 30, 20, 30, 52, 20, 60],
            &[28, 30, 30, 20, 10, 10, 20, 20, 10, 40, 30, 10],
            &[36, 20, 30, 30, 20, 30, 30, 10, 30, 20, 10],
            &[20, 20, 10, 10, 40, 40, 20, 50, 20, 30],
            &[58, 20, 30, 30, 20, 30, 30, 20, 10, 10],
            &[62, 10, 20, 20, 30, 60, 60],
            &[20, 10, 20, 20, 40, 30, 10, 60, 30, 20],
            &[30, 20, 20, 20, 20, 30],
            &[20, 10, 60, 20],
            &[30, 60, 40, 20],
            &[60, 40, 30],
            &[20, 30, 20, 20, 30, 20],
        ],
    },
    Plan {
        unit: "jiaoqu",
        outlet: "省委办公厅",
        months: [
            &[35],
            &[20, 10],
            &[20, 20],
            &[20, 10],
            &[40],
            &[35],
            &[25, 10],
            &[20, 10, 10],
            &[30],
            &[20, 20],
            &[30],
            &[30, 5],
            &[40, 10],
            &[30],
            &[20, 20, 20],
            &[20, 20],
            &[50, 10],
        ],
    },
    Plan {
        unit: "pingding",
        outlet: "省委办公厅",
        months: [&[10], &[], &[10], &[], &[9], &[], &[11], &[], &[10], &[], &[10], &[10], &[], &[], &[], &[], &[]],
    },
    Plan {
        unit: "yuxian",
        outlet: "省委办公厅",
        months: [&[46], &[], &[], &[], &[], &[], &[], &[64], &[], &[], &[], &[], &[], &[], &[], &[], &[]],
    },
    Plan {
        unit: "office",
        outlet: "中办",
        months: [&[], &[0], &[], &[0], &[], &[0], &[], &[], &[0], &[], &[0], &[], &[0], &[], &[], &[0], &[]],
    },
];

/// Places in the province's monthly lists: 平定县, 盂县 and 郊区 of 49 direct-report points, the city of 11.
const PLACES: [[u32; 4]; 17] = [
    [5, 4, 14, 7],
    [6, 6, 13, 7],
    [8, 6, 13, 8],
    [9, 7, 12, 8],
    [10, 8, 12, 7],
    [10, 9, 11, 8],
    [10, 10, 11, 8],
    [12, 10, 11, 8],
    [12, 10, 10, 8],
    [12, 11, 10, 8],
    [14, 11, 9, 8],
    [14, 11, 9, 8],
    [41, 41, 7, 9],
    [42, 42, 8, 9],
    [44, 44, 6, 10],
    [46, 46, 6, 10],
    [48, 48, 5, 10],
];

const POINTS: [(&str, &str); 3] = [("pingding", "平定县"), ("yuxian", "盂县"), ("jiaoqu", "郊区")];

/// One row of a table of adoptions.
struct Adopted {
    day: NaiveDate,
    unit: &'static str,
    outlet: &'static str,
    title: String,
    tenths: u32,
}

pub(super) fn write(play: &mut Play) {
    let mut taken = BTreeSet::new();
    earlier_years(play);
    for (index, places) in PLACES.iter().enumerate() {
        let rows = adopted(play, index, &mut taken);
        desk(play, index, &rows);
        province(play, index, places);
        if index == 11 {
            whole_year(play);
        }
    }
}

fn month_of(index: usize) -> (i32, u32) {
    let index = u32::try_from(index).unwrap_or(0);
    (if index < 12 { 2002 } else { 2003 }, index % 12 + 1)
}

/// `25` as `2.5`, `30` as `3`.
fn points(tenths: u32) -> String {
    Points::from_thousandths(i64::from(tenths) * 100).to_string()
}

/// In tenths of a point.
fn total(unit: &str, months: std::ops::RangeInclusive<usize>) -> u32 {
    let province = PLANS.iter().filter(|plan| plan.unit == unit && plan.outlet == "省委办公厅");
    province.flat_map(|plan| &plan.months[months.clone()]).flat_map(|month| month.iter()).sum()
}

fn city_total(months: std::ops::RangeInclusive<usize>) -> u32 {
    ["office", "pingding", "yuxian", "jiaoqu"].iter().map(|unit| total(unit, months.clone())).sum()
}

/// From when on in the year the month's figures are added up.
fn year_through(index: usize) -> std::ops::RangeInclusive<usize> {
    if index < 12 { 0..=index } else { 12..=index }
}

/// What was adopted in a month, each of something that the unit had sent before.
fn adopted(play: &Play, index: usize, taken: &mut BTreeSet<String>) -> Vec<Adopted> {
    let (year, month) = month_of(index);
    let table_day = last_day(year, month);
    let mut rows = Vec::new();
    for plan in &PLANS {
        let name = WRITERS.iter().find(|writer| writer.id == plan.unit).map_or("", |writer| writer.name);
        let sent: Vec<(NaiveDate, &str)> = play
            .mails
            .iter()
            .filter(|mail| {
                mail.routine
                    && (mail.from.1.starts_with(&format!("{}@", plan.unit)) || plan.unit == "office" && mail.from.1.starts_with("zonghe@"))
            })
            .map(|mail| (mail.at.with_timezone(&offset()).date_naive(), mail.subject.as_str()))
            .collect();
        for (number, tenths) in plan.months[index].iter().enumerate() {
            let wished =
                1 + u32::try_from(number + 1).unwrap_or(1) * (table_day - 1) / (u32::try_from(plan.months[index].len()).unwrap_or(1));
            let day = super::day(year, month, wished.min(table_day));
            // The newest that had come at least a day before and was not adopted yet.
            let found = sent.iter().rev().find(|(sent, title)| *sent < day && !taken.contains(*title));
            let Some((_, title)) = found else { continue };
            taken.insert((*title).to_owned());
            rows.push(Adopted { day, unit: name, outlet: plan.outlet, title: (*title).to_owned(), tenths: *tenths });
        }
    }
    rows.sort_by(|a, b| (a.day, &a.title).cmp(&(b.day, &b.title)));
    rows
}

/// On the last day of the month the desk mails what the province and the central office adopted.
fn desk(play: &mut Play, index: usize, rows: &[Adopted]) {
    let (year, month) = month_of(index);
    let mut table = "日期,单位,刊物,标题,积分,编号\r\n".to_owned();
    for row in rows {
        table.push_str(&format!("{},{},{},{},{},\r\n", row.day, row.unit, row.outlet, row.title, points(row.tenths)));
    }
    let subject = (format!("【采用】{year}年{month}月上级采用情况"), format!("[ADOPTION] {year}-{month:02}, adopted by the province"));
    let body = ("上级本月采用情况见附件，请登记。", "What was adopted this month is in the table attached.");
    let mail = play.write((year, month, last_day(year, month), 16, 40), "desk", (&subject.0, &subject.1), body);
    mail.attachments.push((format!("cy{year}{month:02}.csv"), GBK.encode(&table).0.into_owned()));
}

fn circular(play: &mut Play, when: When, from: &str, period: &str, rows: &[[String; 6]]) {
    let mut table = "单位,期间,采用,积分,累计积分,位次,总数\r\n".to_owned();
    for [unit, adopted, points, total, rank, of] in rows {
        table.push_str(&format!("{unit},{period},{adopted},{points},{total},{rank},{of}\r\n"));
    }
    let subject = (format!("【通报】{period} 信息采用情况"), format!("[CIRCULAR] Information adopted, {period}"));
    let body = ("信息采用情况见附件。", "The table is attached.");
    let mail = play.write(when, from, (&subject.0, &subject.1), body);
    mail.attachments.push((format!("tb{period}.csv"), GBK.encode(&table).0.into_owned()));
}

fn row(unit: &str, items: Option<usize>, month: Option<u32>, total: Option<u32>, rank: u32, of: Option<u32>) -> [String; 6] {
    let in_points = |tenths: Option<u32>| tenths.map(points).unwrap_or_default();
    let of = of.map(|of| of.to_string()).unwrap_or_default();
    let items = items.map(|items| items.to_string()).unwrap_or_default();
    [unit.to_owned(), items, in_points(month), in_points(total), rank.to_string(), of]
}

/// The province's list of the month, by the year to date.
fn province(play: &mut Play, index: usize, places: &[u32; 4]) {
    let (year, month) = month_of(index);
    let through = year_through(index);
    let mut rows: Vec<[String; 6]> = Vec::new();
    for ((unit, name), rank) in POINTS.iter().zip(places) {
        let items =
            PLANS.iter().filter(|plan| plan.unit == *unit && plan.outlet == "省委办公厅").map(|plan| plan.months[index].len()).sum();
        rows.push(row(name, Some(items), Some(total(unit, index..=index)), Some(total(unit, through.clone())), *rank, Some(49)));
    }
    rows.push(row("阳泉市", None, Some(city_total(index..=index)), Some(city_total(through)), places[3], Some(11)));
    circular(play, (year, month, last_day(year, month), 17, 20), PROVINCE, &format!("{year}-{month:02}"), &rows);
}

/// 2001, in which 平定县 was the first of the points and 盂县 among the first ten.
fn earlier_years(play: &mut Play) {
    let rows = [
        row("平定县", None, None, None, 1, Some(49)),
        row("盂县", None, None, None, 8, Some(49)),
        row("郊区", None, None, None, 16, Some(49)),
    ];
    circular(play, (2002, 1, 8, 10, 5), PROVINCE, "2001", &rows);
}

/// 2002 as a whole, by the province and by the central office.
fn whole_year(play: &mut Play) {
    let places = PLACES[11];
    let mut rows: Vec<[String; 6]> =
        POINTS.iter().zip(places).map(|((unit, name), rank)| row(name, None, None, Some(total(unit, 0..=11)), rank, Some(49))).collect();
    rows.push(row("阳泉市", None, None, Some(city_total(0..=11)), places[3], Some(11)));
    rows.push(row("阳泉市（中办直报点）", None, None, None, 6, Some(11)));
    rows.push(row("阳泉市委办公厅（采用率）", None, None, None, 1, Some(11)));
    circular(play, (2003, 1, 10, 15, 30), PROVINCE, "2002", &rows);
    // The quality coefficient stands in the column of points.
    let central = [row("阳泉市（中办直报点）", None, None, Some(420), 61, Some(240))];
    circular(play, (2003, 1, 14, 9, 50), CENTRAL, "2002", &central);
}
