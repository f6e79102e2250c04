//! Examples of the warnings of standing, of tables, of the digest, the circular, a requisition, a roster check and a bulletin.

use zhibao::domain::digest::*;
use zhibao::domain::ids::{AdoptionNo, NoticeNo, RequisitionNo};
use zhibao::domain::notice::*;
use zhibao::domain::period::Period;
use zhibao::domain::points::Points;
use zhibao::domain::roster::Role;
use zhibao::domain::rules::Verdict;
use zhibao::domain::table::{CellFault, Wrong};
use zhibao::domain::warning::*;

use super::*;

fn points(text: &str) -> Points {
    text.parse().unwrap()
}

fn period(text: &str) -> Period {
    text.parse().unwrap()
}

fn ranked(window: &str, rank: u32, of: u32, points: Option<&str>) -> Ranked {
    let points = points.map(|text| text.parse().unwrap());
    Ranked { window: period(window), rank, of, tied: 1, last: false, points }
}

fn about(say: Say, window: &str) -> Headers {
    Headers { unit: Some(say.unit()), period: Some(window.into()), ..Headers::default() }
}

/// 盂县 in January 2003, as the speech has it: 11 points in 2002 of two adoptions, none since.
pub fn zero() -> Zero {
    Zero {
        list: List::Own,
        window: period("2003-01"),
        days: 31,
        warned_before: 0,
        never_reported: false,
        before: Some(Scored { window: period("2002"), points: points("11"), items: 2 }),
        chance_per_mille: Some(846),
        items_last_year: 2,
        months: 1,
        submissions: 5,
        submissions_before: 31,
        ranked: Some(Ranked { window: period("2003-01"), rank: 3, of: 4, tied: 2, last: true, points: Some(points("0")) }),
        falls: vec![],
        level: 1,
        made_up: false,
    }
}

fn circular_list(say: Say) -> List {
    List::Circular { by: say.of("省委办公厅信息处", "Provincial Office") }
}

fn zeros(say: Say) -> Vec<(&'static str, Notice)> {
    let still = Zero {
        window: period("2003-01..2003-03"),
        days: 90,
        warned_before: 2,
        before: Some(Scored { window: period("2002-01..2002-03"), points: points("5"), items: 1 }),
        chance_per_mille: Some(174),
        items_last_year: 7,
        months: 3,
        submissions: 0,
        level: 3,
        ..zero()
    };
    let never = Zero {
        never_reported: true,
        before: None,
        chance_per_mille: None,
        items_last_year: 0,
        submissions_before: 0,
        ranked: None,
        ..zero()
    };
    let circular = Zero {
        list: circular_list(say),
        falls: vec![Fall::Bottom { from: Some(ranked("2002", 8, 49, Some("11"))), bottom: 1, unlike: true }],
        chance_per_mille: Some(12),
        made_up: true,
        level: 2,
        ..zero()
    };
    [
        ("zero", zero(), "2003-01"),
        ("zero-still", still, "2003-01..2003-03"),
        ("zero-never", never, "2003-01"),
        ("zero-circular", circular, "2003-01"),
    ]
    .map(|(name, content, window)| (name, notice(NoticeKind::Zero, &[Capacity::Supervisor], Content::Zero(content), about(say, window))))
    .into()
}

fn rank_falls(say: Say) -> Vec<(&'static str, Notice)> {
    let window = "2003-01..2003-03";
    let last = Ranked { rank: 48, of: 49, tied: 2, last: true, ..ranked(window, 48, 49, Some("0")) };
    let from_year = ranked("2002", 8, 49, Some("11"));
    let circular = RankFall {
        list: circular_list(say),
        now: last,
        falls: vec![Fall::Bottom { from: Some(from_year), bottom: 1, unlike: true }, Fall::Top { from: from_year, top: 10, unlike: true }],
        points_before: Some(points("11")),
        passed_by: vec![say.other_unit()],
        zero: true,
        submissions: 5,
        submissions_before: 31,
        warned_before: 0,
        level: 1,
    };
    let own = RankFall {
        list: List::Own,
        now: ranked(window, 7, 12, Some("2.5")),
        falls: vec![
            Fall::Places { from: ranked("2002-01..2002-03", 3, 12, Some("9")), by: 4 },
            Fall::Bottom { from: None, bottom: 5, unlike: false },
        ],
        points_before: Some(points("9")),
        passed_by: (0..11).map(|_| say.other_unit()).collect(),
        zero: false,
        warned_before: 1,
        level: 2,
        submissions: 12,
        submissions_before: 9,
    };
    [("rank-fall", circular), ("rank-fall-own", own)]
        .map(|(name, content)| {
            (name, notice(NoticeKind::RankFall, &[Capacity::Supervisor], Content::RankFall(content), about(say, window)))
        })
        .into()
}

fn silents(say: Say) -> Vec<(&'static str, Notice)> {
    let first = Silent {
        last: t("2003-02-10T16:20:00+08:00"),
        days: 21,
        counted: 30,
        over_days: 90,
        chance_per_mille: 1,
        limit_per_mille: 10,
        warned_before: 0,
        level: 1,
    };
    let again = Silent { warned_before: 1, level: 2, chance_per_mille: 0, days: 51, ..first.clone() };
    [("silent", first), ("silent-again", again)]
        .map(|(name, content)| (name, notice(NoticeKind::Silent, &[Capacity::Supervisor], Content::Silent(content), about(say, "2003-03"))))
        .into()
}

/// Each thing that can be wrong with a table.
#[rustfmt::skip] // a list
pub fn faults(say: Say) -> Vec<CellFault> {
    let unit = say.unit().name;
    let fault = |line: Option<u32>, column: (&str, &str), value: &str, wrong| CellFault {
        sheet: String::new(), line, column: say.of(column.0, column.1), value: value.into(), wrong,
    };
    let (none, a_unit, a_day, some_points) = (("", ""), ("单位", "unit"), ("日期", "date"), ("积分", "points"));
    vec![
        fault(None, none, "", Wrong::Unreadable { why: "bad zip".into() }),
        fault(None, none, "", Wrong::TooLarge { limit: "200000 > 100000".into() }),
        fault(None, none, "", Wrong::Protected),
        fault(None, none, "", Wrong::NoUnitOfOurs),
        fault(Some(2), some_points, "7", Wrong::Merged),
        fault(Some(1), a_day, "", Wrong::ColumnTwice { first: say.of("时间", "day") }),
        fault(Some(7), a_unit, &unit, Wrong::UnitNotInForce { since: Some(period("2003").first()), until: None }),
        fault(Some(7), a_unit, &unit, Wrong::UnitNotInForce { since: None, until: Some(period("2003").last()) }),
        fault(None, none, "", Wrong::NoHeader),
        fault(None, none, "", Wrong::NoRows),
        fault(Some(1), none, "", Wrong::ColumnMissing { wanted: say.of("日期、date", "date") }),
        fault(Some(3), a_day, "", Wrong::CellMissing),
        CellFault { sheet: "Sheet2".into(), ..fault(Some(3), a_day, "2003-02-30", Wrong::NotADay) },
        fault(Some(4), a_day, "2013-01-01", Wrong::DayInFuture),
        fault(Some(5), ("期间", "period"), "2003-13", Wrong::NotAPeriod),
        fault(Some(6), a_unit, &say.of("孟县", "Meng County"), Wrong::UnknownUnit { nearest: Some(unit.clone()) }),
        fault(Some(6), a_unit, "X", Wrong::UnknownUnit { nearest: None }),
        fault(Some(7), a_unit, "Y", Wrong::AmbiguousUnit { among: vec![unit.clone(), say.other_unit().name] }),
        fault(Some(8), ("刊物", "outlet"), "Z", Wrong::UnknownOutlet { known: vec![say.of("省委办公厅", "Provincial Office")] }),
        fault(Some(8), ("刊物", "outlet"), "Z", Wrong::UnknownOutlet { known: vec![] }),
        fault(Some(9), some_points, "abc", Wrong::NotPoints),
        fault(Some(10), some_points, "-3", Wrong::NegativePoints),
        fault(Some(11), ("采用", "adopted"), "1.5", Wrong::NotACount),
        fault(Some(12), ("位次", "rank"), "50", Wrong::RankOutOfRange),
        fault(Some(13), ("编号", "submission"), "S-2003-999999", Wrong::UnknownSubmission),
        fault(
            Some(14),
            ("积分", "points"),
            "6",
            Wrong::OtherPoints { number: AdoptionNo { year: 2003, ordinal: 17 }, points: Points::from_thousandths(5000) },
        ),
        fault(Some(14), none, "", Wrong::NothingNamed),
        fault(Some(15), a_unit, &unit, Wrong::UnitTwice { first: 4 }),
        fault(Some(16), some_points, "92", Wrong::TotalDiffers { sum: "91".into() }),
    ]
}

fn tables(say: Say) -> Vec<(String, Notice)> {
    let day = period("2003-01-20..2003-01-20").first();
    let missing = |as_of, outlets| About::TableMissing { month: period("2003-01"), as_of, outlets };
    let faulty = |refused| About::TableFaulty {
        from: say.of("省委办公厅信息处", "Provincial Office"),
        file: "2003-01.csv".into(),
        faults: faults(say).into_iter().take(20).collect(),
        count: 28,
        refused,
    };
    let abouts = [
        ("table-missing", missing(None, vec![])),
        ("table-missing-late", missing(Some(day), vec![say.of("省委办公厅", "Provincial Office")])),
        ("table-refused", faulty(true)),
        ("table-doubtful", faulty(false)),
    ];
    let item = |about: &About| QuestionItem {
        about: about.clone(),
        submission: None,
        subject: String::new(),
        unit: None,
        at: t("2003-02-01T09:00:00+08:00"),
    };
    let asked = |name: &str, items, list| {
        let content = Content::Question(Question { items, list });
        (format!("question-{name}"), notice(NoticeKind::Question, &[Capacity::Desk], content, Headers::default()))
    };
    let mut all: Vec<(String, Notice)> = abouts.iter().map(|(name, about)| asked(name, vec![item(about)], false)).collect();
    all.push(asked("tables-list", abouts.iter().map(|(_, about)| item(about)).collect(), true));
    all
}

/// What came of a table.
pub fn table_outcomes(say: Say) -> Vec<Outcome> {
    let file = || "2003-01.csv".to_owned();
    let scored = vec![(say.unit(), points("2")), (say.other_unit(), points("1"))];
    vec![
        Outcome::TableTaken { file: file(), added: 2, known: 0, points: scored.clone(), linked: 1, doubts: vec![] },
        Outcome::TableTaken { file: file(), added: 1, known: 3, points: scored, linked: 0, doubts: faults(say).split_off(27) },
        Outcome::TableTaken { file: file(), added: 0, known: 3, points: vec![], linked: 0, doubts: vec![] },
        Outcome::TableRefused { file: file(), faults: faults(say), count: 38 },
        Outcome::TableRefused { file: String::new(), faults: faults(say).into_iter().take(1).collect(), count: 1 },
        Outcome::NoTable,
        Outcome::RosterConfirmed { unit: say.unit() },
    ]
}

fn unit(id: &str, name: String) -> UnitRef {
    UnitRef { id: id.into(), name }
}

/// The four that earned points in 2002, and two that report and earn none.
pub fn units(say: Say) -> Vec<UnitRef> {
    vec![
        say.other_unit(),
        say.unit(),
        unit("jiaoqu", say.of("郊区", "Suburban District")),
        unit("office", say.of("市委办公厅", "City Office")),
        unit("fire", say.of("市消防支队", "Fire Brigade")),
        unit("health", say.of("市卫生局", "Health Bureau")),
    ]
}

fn weeks(units: &[UnitRef]) -> Vec<UnitWeek> {
    let figures: [[u64; 6]; 6] =
        [[8, 7, 6, 1, 0, 0], [8, 6, 4, 2, 1, 1], [7, 7, 7, 0, 0, 0], [1, 1, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0], [7, 7, 6, 1, 0, 0]];
    let trends: [[u64; 12]; 6] = [
        [2, 3, 1, 0, 2, 4, 1, 2, 0, 1, 1, 1],
        [3, 2, 2, 1, 0, 0, 1, 0, 0, 0, 1, 0],
        [4, 5, 3, 6, 4, 2, 5, 7, 6, 5, 8, 6],
        [9, 8, 12, 10, 9, 3, 11, 12, 10, 9, 13, 12],
        [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
        [1, 1, 2, 1, 0, 0, 1, 2, 2, 1, 1, 2],
    ];
    let lags = [Some(-7_200), Some(2_400), Some(-14_400), Some(-30), None, Some(-180_000)];
    units
        .iter()
        .zip(figures)
        .zip(trends)
        .zip(lags)
        .map(|(((unit, [expected, received, on_time, late, omitted, unreported]), trend), median_lag_seconds)| UnitWeek {
            unit: unit.clone(),
            expected,
            received,
            on_time,
            late,
            omitted,
            unreported,
            median_lag_seconds,
            submissions: trend[11],
            trend: trend.into(),
            adoptions: trend[11] / 4,
        })
        .collect()
}

fn line(unit: &UnitRef, points: Points, total: Points, rank: u32, tied: u32, moved: Option<i64>) -> StandingLine {
    StandingLine {
        unit: unit.clone(),
        class: Some("county".into()),
        direct_report: unit.id.as_str() != "office",
        points,
        items: points.thousandths().unsigned_abs() / 5_000,
        share: points.share_of(total),
        rank,
        tied,
        last: rank == 3,
        moved,
        submitted: points.thousandths().unsigned_abs() / 1_000,
    }
}

fn lines(say: Say) -> Vec<StandingLine> {
    let units = units(say);
    let total = points("91");
    vec![
        line(&units[3], points("67"), total, 1, 1, Some(0)),
        line(&units[2], points("24"), total, 2, 1, Some(1)),
        line(&units[0], Points::ZERO, total, 3, 4, Some(-1)),
        line(&units[1], Points::ZERO, total, 3, 4, Some(-4)),
        line(&units[4], Points::ZERO, total, 3, 4, None),
        line(&units[5], Points::ZERO, total, 3, 4, None),
    ]
}

/// The arithmetic of the shortfall: against a straight line from 2002 the city was 64.4 points short by the end of May.
pub fn pace(say: Say) -> Pace {
    let units = units(say);
    Pace {
        window: period("2003-01..2003-05"),
        points: points("91"),
        expected: points("155.417"),
        straight_line: true,
        last_year: points("373"),
        split: vec![
            (units[3].clone(), points("63.417")),
            (units[1].clone(), points("4.583")),
            (units[0].clone(), points("2.917")),
            (units[2].clone(), points("-6.5")),
        ],
    }
}

pub fn digest(say: Say) -> Digest {
    let units = units(say);
    let tag = |zh: &str, en: &str, count| Tagged { tag: say.of(zh, en), count };
    Digest {
        week: period("2003-W22"),
        caught_up: None,
        decisions: decisions(say),
        units: weeks(&units),
        standing: Some(StandingToDate {
            window: period("2003-01-01..2003-06-01"),
            as_of: Some(period("2003-05").last()),
            lines: lines(say),
            total: points("91"),
            pace: Some(pace(say)),
            external: vec![
                ExternalLine {
                    name: say.of("阳泉市", "Yangquan"),
                    by: say.of("省委办公厅信息处", "Provincial Office"),
                    ranked: ranked("2003-01..2003-05", 10, 11, Some("91")),
                    before: Some(ranked("2002", 8, 11, Some("373"))),
                },
                ExternalLine {
                    name: say.unit().name,
                    by: say.of("省委办公厅信息处", "Provincial Office"),
                    ranked: Ranked { last: true, tied: 2, ..ranked("2003-01..2003-05", 48, 49, Some("0")) },
                    before: None,
                },
            ],
        }),
        kinds: vec![tag("中心工作", "core work", 17), tag("问题", "problems", 4), tag("综合", "composite", 4)],
        fields: vec![tag("经济", "economy", 9), tag("稳定", "stability", 7), tag("农村", "countryside", 5)],
        submissions: 21,
        roster: vec![
            RosterGap { unit: units[0].clone(), lacks: vec![Lack::Leader, Lack::Confirmation] },
            RosterGap { unit: units[4].clone(), lacks: vec![Lack::Reporter, Lack::Address] },
        ],
    }
}

fn decisions(say: Say) -> Vec<Decision> {
    let number = |ordinal| NoticeNo { year: 2003, ordinal };
    let overdue = |owed, event, verdict, acknowledged, notice| Decision::Overdue {
        unit: say.unit(),
        owed,
        event,
        due: due(),
        verdict,
        acknowledged,
        notice,
    };
    let warned = |kind, times, ordinal| Decision::Warned { unit: say.unit(), kind, times, notice: number(ordinal) };
    vec![
        overdue(FIRST, Some(say.event()), Verdict::Unreported, false, Some(number(31))),
        overdue(say.duty(), None, Verdict::Late, true, Some(number(33))),
        overdue(say.duty(), None, Verdict::Open, false, None),
        warned(NoticeKind::Zero, 5, 35),
        warned(NoticeKind::RankFall, 1, 36),
        warned(NoticeKind::Silent, 1, 37),
        Decision::TableMissing { month: period("2003-05"), as_of: Some(period("2003-04").last()) },
        Decision::TableMissing { month: period("2003-05"), as_of: None },
        Decision::Quarantined { count: 2, since: due() },
        Decision::Undeliverable { count: 1 },
        Decision::Stalled { mailbox: "submissions".into(), since: Some(due()) },
        Decision::Stalled { mailbox: "backup".into(), since: None },
    ]
}

pub fn circular(say: Say) -> Circular {
    let lines = lines(say);
    let zero = lines[2..].iter().map(|line| line.unit.clone()).collect();
    Circular {
        month: period("2003-05"),
        to_date: period("2003-01..2003-05"),
        as_of: period("2003-05").last(),
        lines: lines
            .into_iter()
            .map(|to_date| CircularLine {
                month_points: Points::from_thousandths(to_date.points.thousandths() / 5),
                month_items: to_date.items / 5,
                month_rank: to_date.rank,
                to_date,
            })
            .collect(),
        month_total: points("18.2"),
        total: points("91"),
        zero,
        put_off: None,
    }
}

fn of_period(window: &str) -> Headers {
    Headers { period: Some(window.into()), ..Headers::default() }
}

fn digests(say: Say) -> Vec<(&'static str, Notice)> {
    let good = Digest {
        decisions: vec![],
        standing: None,
        kinds: vec![],
        fields: vec![],
        roster: vec![],
        caught_up: Some(t("2003-06-02T08:00:00+08:00")),
        units: weeks(&units(say)).into_iter().filter(|week| week.unreported + week.late == 0).collect(),
        ..digest(say)
    };
    let idle = Digest { units: vec![], submissions: 0, ..good.clone() };
    let january = Circular {
        month: period("2003-01"),
        to_date: period("2003-01..2003-01"),
        zero: vec![],
        put_off: Some(t("2003-02-05T09:00:00+08:00")),
        ..circular(say)
    };
    let to = &[Capacity::Supervisor];
    vec![
        ("digest", notice(NoticeKind::Digest, to, Content::Digest(digest(say)), of_period("2003-W22"))),
        ("digest-good", notice(NoticeKind::Digest, to, Content::Digest(good), of_period("2003-W22"))),
        ("digest-idle", notice(NoticeKind::Digest, to, Content::Digest(idle), of_period("2003-W22"))),
        ("circular", notice(NoticeKind::Circular, to, Content::Circular(circular(say)), of_period("2003-05"))),
        ("circular-january", notice(NoticeKind::Circular, to, Content::Circular(january), of_period("2003-01"))),
    ]
}

fn requests(say: Say) -> Vec<(&'static str, Notice)> {
    let requisition = Requisition {
        number: RequisitionNo { year: 2003, ordinal: 4 },
        topic: say.of("煤矿安全整顿", "Safety in coal mines"),
        details: say
            .of("请报：关闭矿井数\r\n- 存在的问题\n    下一步打算", "Please tell: mines closed\r\n- what is wrong\n    what comes next"),
        due: t("2003-03-06T17:00:00+08:00"),
    };
    let overdue = Requisition { due: due(), details: String::new(), ..requisition.clone() };
    let check = RosterCheck {
        reporters: vec![
            (say.of("分管主任", "Director"), address("leader@yuxian.example"), Role::Leader),
            (say.of("信息员", "Reporter"), address("yuxian@yangquan.example"), Role::FullTime),
        ],
        again: false,
    };
    let again = RosterCheck { reporters: vec![], again: true };
    let issue = BulletinIssue {
        title: say.of("阳泉信息", "Yangquan Bulletin"),
        year: 2003,
        issue: 5,
        day: period("2003-02-03..2003-02-03").first(),
        items: vec![
            (
                say.of("盂县春耕备耕进展顺利", "Spring ploughing goes well"),
                say.of("全县已备化肥三千吨。\n农机检修完毕。", "3,000 t of fertiliser are in store.\nMachines are ready."),
                vec![say.unit()],
            ),
            (say.of("两县联手治路", "Two counties mend a road"), say.of("路通了。", "It is open."), vec![say.unit(), say.other_unit()]),
        ],
    };
    let reporter = &[Capacity::Reporter];
    let headers = || Headers { unit: Some(say.unit()), ..Headers::default() };
    vec![
        ("requisition", notice(NoticeKind::Requisition, reporter, Content::Requisition(requisition), headers())),
        ("requisition-overdue", notice(NoticeKind::Requisition, reporter, Content::Requisition(overdue), headers())),
        ("roster-check", notice(NoticeKind::RosterCheck, reporter, Content::RosterCheck(check), headers())),
        ("roster-check-again", notice(NoticeKind::RosterCheck, reporter, Content::RosterCheck(again), headers())),
        ("bulletin", notice(NoticeKind::Bulletin, &[Capacity::Supervisor], Content::Bulletin(issue), Headers::default())),
    ]
}

/// Everything about standings, in one language.
pub fn standings(say: Say) -> Vec<(String, Notice)> {
    let named = [zeros(say), rank_falls(say), silents(say), digests(say), requests(say)].concat();
    named.into_iter().map(|(name, notice)| (name.to_owned(), notice)).chain(tables(say)).collect()
}
