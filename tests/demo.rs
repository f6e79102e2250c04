//! The demo as a newcomer meets it: one command, one screen, and every figure of the speech from single rows and mails.
//!
//! The demo is played once for most of these tests: each asks for what it looks at, and the first to ask plays.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate};
use zhibao::demo::figures::{Place, Scored};
use zhibao::demo::{self, DemoError, DemoOptions, DemoReport, screen::screen, script};
use zhibao::domain::ids::UnitId;
use zhibao::domain::language::Language;
use zhibao::domain::points::Points;
use zhibao::domain::rules::Verdict;
use zhibao::mail::parse::{self, Limits};

fn options(dir: &Path, language: Language) -> DemoOptions {
    DemoOptions { dir: dir.to_owned(), until: None, language }
}

fn play(dir: &Path, language: Language) -> DemoReport {
    demo::run(&options(dir, language), &mut |_| {}).unwrap_or_else(|error| panic!("{language}: {error}"))
}

struct Played {
    root: tempfile::TempDir,
    report: DemoReport,
    progress: Vec<DateTime<chrono::Utc>>,
}

fn played(language: Language) -> Played {
    let root = tempfile::tempdir().expect("a folder");
    let mut progress = Vec::new();
    let report = demo::run(&options(root.path(), language), &mut |now| progress.push(now)).unwrap_or_else(|error| panic!("{error}"));
    Played { root, report, progress }
}

static CHINESE: LazyLock<Played> = LazyLock::new(|| played(Language::ZhCn));
static ENGLISH: LazyLock<Played> = LazyLock::new(|| played(Language::En));

fn both() -> [(&'static Played, Language); 2] {
    [(&CHINESE, Language::ZhCn), (&ENGLISH, Language::En)]
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a day")
}

fn points(text: &str) -> Points {
    text.parse().expect("points")
}

fn scored(span: &str) -> &'static Scored {
    &CHINESE.report.figures.points[span]
}

fn rank_of(place: Option<&Place>) -> Option<(u32, Option<u32>)> {
    place.map(|place| (place.rank, place.of))
}

/// Every file of the mailbox and the outbox.
fn bytes(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for folder in ["outbox", "mail/new"] {
        for entry in std::fs::read_dir(dir.join(folder)).expect("a folder") {
            let path = entry.expect("an entry").path();
            files.insert(path.strip_prefix(dir).expect("inside").display().to_string(), std::fs::read(&path).expect("a file"));
        }
    }
    files
}

/// Columns on a terminal: Chinese takes two, and so does its punctuation; rules, dashes and quotes take one.
fn columns(line: &str) -> usize {
    line.chars().map(|c| if matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{ff00}'..='\u{ff60}') { 2 } else { 1 }).sum()
}

// ---------------------------------------------------------------- the figures of the speech

#[test]
fn the_province_gave_the_city_373_points_in_2002_and_every_one_of_them_to_the_office_or_a_direct_report_point() {
    let year = scored("2002");
    assert_eq!(year.total, points("373"));
    assert_eq!(["office", "pingding", "yuxian", "jiaoqu"].map(|unit| year.of(unit)), ["313", "7", "11", "42"].map(points));
    assert_eq!(["office", "pingding", "yuxian", "jiaoqu"].map(|unit| year.share(unit)), [839, 19, 29, 113].map(Some));
    assert_eq!(year.units.len(), 4, "every other unit scored through the city office: {:?}", year.units);
}

#[test]
fn from_january_to_may_2003_it_gave_91_of_which_jiaoqu_has_26_percent_and_two_counties_nothing() {
    let months = scored("2003-01..2003-05");
    assert_eq!(months.total, points("91"));
    assert_eq!(["office", "jiaoqu", "yuxian", "pingding"].map(|unit| months.of(unit)), ["67", "24", "0", "0"].map(points));
    let share = months.share("jiaoqu").expect("a share");
    assert_eq!((share + 5) / 10, 26, "{share} in tenths");
}

#[test]
fn the_json_gives_the_same_points_as_the_single_rows() {
    for year in ["2002", "2003"] {
        let Some(standings) = CHINESE.report.report.standings.get(year) else { continue };
        assert!(standings.get("office").is_some(), "{standings}");
    }
    let json = serde_json::to_value(&CHINESE.report.figures).expect("json");
    assert_eq!(json["points"]["2002"]["total"], serde_json::json!(373_000), "in thousandths");
}

#[test]
fn the_city_was_8th_in_2002_and_10th_by_may_2003() {
    let city = &CHINESE.report.figures.city;
    assert_eq!((city["2002"].rank, city["2003-05"].rank), (8, 10));
    assert_eq!((city["2002"].points, city["2003-05"].points), (Some(points("373")), Some(points("91"))), "as the rows add up");
}

#[test]
fn of_49_direct_report_points_two_came_from_the_first_and_the_top_ten_to_the_bottom() {
    let direct = &CHINESE.report.figures.direct;
    let place = |period: &str, unit: &str| rank_of(direct[period].get(&UnitId::from(unit)));
    assert_eq!(place("2001", "pingding"), Some((1, Some(49))));
    assert!(place("2001", "yuxian").is_some_and(|(rank, of)| rank <= 10 && of == Some(49)));
    let bottom: BTreeSet<&str> =
        direct["2003-05"].iter().filter(|(_, place)| Some(place.rank + 1) >= place.of).map(|(unit, _)| unit.as_str()).collect();
    assert_eq!(bottom, BTreeSet::from(["pingding", "yuxian"]));
}

#[test]
fn the_central_office_gave_a_coefficient_of_42_the_61st_of_240_and_the_6th_in_the_province() {
    let figures = &CHINESE.report.figures;
    assert_eq!(rank_of(figures.central.as_ref()), Some((61, Some(240))));
    assert_eq!(figures.central.and_then(|place| place.points), Some(points("42")));
    assert_eq!(figures.central_in_province.map(|place| place.rank), Some(6));
}

#[test]
fn the_city_office_was_first_by_adoption_rate_and_both_counts_are_there() {
    let figures = &CHINESE.report.figures;
    assert_eq!(figures.adoption_rate.map(|place| place.rank), Some(1));
    assert!(0 < figures.office_adopted && figures.office_adopted < figures.office_submitted, "{figures:?}");
}

#[test]
fn three_bulletins_came_out_in_418_issues_with_866_items_and_over_800_000_characters() {
    let printed = CHINESE.report.figures.bulletins;
    assert_eq!((printed.titles, printed.issues, printed.items), (3, 418, 866));
    assert!(printed.characters > 800_000 && printed.characters < 900_000, "{}", printed.characters);
}

#[test]
fn over_80_percent_of_one_of_them_is_central_work_and_problems_and_composites_are_a_fifth_each() {
    for (played, language) in both() {
        let [central, problems, composite] = played.report.figures.made_up_of.map(|share| share.per_mille());
        assert!((801..850).contains(&central), "{language}: {central}");
        assert!((190..=210).contains(&problems) && (190..=210).contains(&composite), "{language}: {problems}, {composite}");
    }
}

#[test]
fn eight_units_are_commended() {
    let commended = &CHINESE.report.figures.commended;
    assert_eq!(commended.len(), 8, "{commended:?}");
    assert!(!commended.contains(&UnitId::from("pingding")), "{commended:?}");
}

#[test]
fn the_zeros_are_told_on_the_first_of_february_march_april_and_may() {
    for (played, language) in both() {
        let warned = &played.report.figures.zero_warned;
        for month in 2..=5 {
            let units = warned.get(&day(2003, month, 1)).unwrap_or_else(|| panic!("{language}: nothing on 2003-{month:02}-01: {warned:?}"));
            assert_eq!(units, &["pingding", "yuxian"].map(UnitId::from).into(), "{language}: 2003-{month:02}-01");
        }
        assert!(warned.keys().all(|day| day >= &NaiveDate::from_ymd_opt(2003, 2, 1).expect("a day")), "{language}: {warned:?}");
        let letters = played.report.outbox.iter().filter(|sent| sent.kind() == "zero");
        let dates: BTreeSet<NaiveDate> = letters
            .map(|sent| DateTime::parse_from_rfc2822(sent.header("Date")).expect("a date").with_timezone(&script::offset()).date_naive())
            .collect();
        assert_eq!(dates, warned.keys().copied().collect(), "{language}: what was decided is what was sent");
    }
}

#[test]
fn the_first_warning_prints_its_own_doubt() {
    let doubt = |unit: &str| {
        let sent = CHINESE.report.outbox.iter().find(|sent| sent.kind() == "zero" && sent.unit() == unit).expect("a warning");
        text_of(&sent.path)
    };
    let (pingding, yuxian) = (doubt("pingding"), doubt("yuxian"));
    assert!(pingding.contains("56"), "seven adoptions a year leave a month empty in 56 % of cases\n{pingding}");
    assert!(yuxian.contains("85"), "two adoptions a year, in 85 %\n{yuxian}");
}

fn text_of(path: &Path) -> String {
    let raw = std::fs::read(path).expect("a letter");
    parse::read(&raw, &[], &Limits::default()).expect("readable").text
}

#[test]
fn the_digest_after_may_says_that_63_4_of_the_64_4_missing_points_are_the_offices_own() {
    for (played, language) in both() {
        let digest = played.report.outbox.iter().rev().find(|sent| sent.kind() == "digest").expect("a digest");
        assert_eq!(digest.header("X-Zhibao-Period"), "2003-W22", "{language}: of the week that ends in June's first day");
        let text = text_of(&digest.path);
        let office = match language {
            Language::ZhCn => "64.4分中，市委办公厅63.4分",
            Language::En => "Of the 64.4: General Office (市委办公厅) 63.4",
        };
        assert!(text.replace('\n', " ").contains(office) || text.replace('\n', "").contains(office), "{language}\n{text}");
        let pace = played.report.figures.pace.as_ref().expect("a pace");
        let of = |unit: &str| pace.split.iter().find(|(found, _)| found.id.as_str() == unit).map(|(_, points)| *points);
        let tenths = |points: Points| (points.thousandths() + 50).div_euclid(100);
        assert!(!pace.straight_line, "{language}: 2002 has months");
        let basis = match language {
            Language::ZhCn => "上年同期为155.4分（全年373分），差64.4分",
            Language::En => "the same span of last year had 155.4 (373 points in the year): 64.4 short",
        };
        assert_eq!(text.matches("155.4").count(), 1, "{language}: told once\n{text}");
        assert!(text.replace('\n', " ").contains(basis) || text.replace('\n', "").contains(basis), "{language}\n{text}");
        assert_eq!(
            (tenths(pace.shortfall()), of("office").map(tenths), of("jiaoqu").map(tenths)),
            (644, Some(634), Some(-65)),
            "{language}"
        );
    }
}

// ---------------------------------------------------------------- mails and events

#[test]
fn over_1500_mails_come_in_the_charsets_of_their_time_and_each_is_read_as_it_was_written() {
    let written = script::script(Language::ZhCn);
    assert!(written.len() > 1_500, "{}", written.len());
    assert_eq!(CHINESE.report.report.messages, written.len() as u64);
    let files = bytes(CHINESE.root.path());
    let mut labels: BTreeMap<String, usize> = BTreeMap::new();
    for (number, mail) in written.iter().enumerate().filter(|(_, mail)| mail.answers.is_none()) {
        let raw = &files[&format!("mail/new/{}.M{number}.zhibao-demo", mail.at.timestamp())];
        let read = parse::read(raw, &[], &Limits::default()).expect("readable");
        assert_eq!(read.subject, mail.subject, "{number}");
        assert_eq!(read.text.replace('\r', "").trim(), mail.body.trim(), "{number}");
        let text = String::from_utf8_lossy(raw).to_lowercase();
        let label = text.split("charset=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
        *labels.entry(label.to_owned()).or_default() += 1;
    }
    for charset in ["gb2312", "gbk", "big5", "utf-8"] {
        assert!(labels.get(charset).is_some_and(|count| *count >= 5), "{charset}: {labels:?}");
    }
    let raw_subjects = files.iter().filter(|(name, raw)| name.starts_with("mail/") && raw.iter().take(700).any(|byte| *byte > 127)).count();
    assert!(raw_subjects > 50, "only {raw_subjects} mails with raw bytes in their headers");
}

#[test]
fn sudden_events_end_in_every_verdict_and_every_kind_of_notice_is_sent() {
    for (played, language) in both() {
        let report = &played.report.report;
        for verdict in ["on-time", "late", "omitted", "unreported", "waived", "void"] {
            let of_events = played.report.obligations.iter().filter(|row| row.event.is_some() && row.verdict.as_str() == verdict);
            assert!(of_events.count() > 0, "{language}: no {verdict} among {:?}", report.obligations);
        }
        let supplied = |verdict| played.report.obligations.iter().any(|row| row.verdict == verdict && row.filed.is_some());
        assert!([Verdict::Late, Verdict::Omitted, Verdict::Unreported].into_iter().all(supplied), "{language}: nothing is supplied");
        let never = played.report.obligations.iter().any(|row| row.verdict == Verdict::Unreported && row.filed.is_none());
        assert!(never, "{language}: what is unreported is supplied every time");
        let kinds = [
            "receipt",
            "returned",
            "reminder",
            "event-opened",
            "late",
            "omitted",
            "unreported",
            "supplied",
            "command",
            "question",
            "quarantined",
            "zero",
            "rank-fall",
            "digest",
            "circular",
            "requisition",
            "roster-check",
            "bulletin",
        ];
        let missing: Vec<&str> = kinds.into_iter().filter(|kind| !report.notices.contains_key(*kind)).collect();
        assert!(missing.is_empty(), "{language}: no {missing:?} among {:?}", report.notices);
        assert_eq!(report.events, 14, "{language}: a report that joins no event opens one of its own");
        assert!(report.duplicates > 5 && report.ignored > 2 && report.quarantined > 2, "{language}: {report:?}");
    }
}

#[test]
fn every_place_owes_a_zero_report_each_day_of_the_sars_weeks() {
    let owed: Vec<_> = CHINESE.report.obligations.iter().filter(|row| row.duty.is_some()).collect();
    let units: BTreeSet<&str> = owed.iter().map(|row| row.unit.as_str()).collect();
    assert_eq!(units, BTreeSet::from(["chengqu", "jiaoqu", "kuangqu", "pingding", "yuxian"]));
    let local = |at: DateTime<chrono::Utc>| at.with_timezone(&script::offset()).date_naive();
    let days: BTreeSet<NaiveDate> = owed.iter().map(|row| local(row.due)).collect();
    assert_eq!(days.first(), Some(&day(2003, 4, 20)));
    assert!(owed.len() >= 5 * 46, "{}", owed.len());
}

#[test]
fn a_table_of_adoptions_and_a_circular_come_for_every_month() {
    let report = &CHINESE.report.report;
    assert_eq!(report.circulars, 17 + 17 + 3, "17 tables, 17 monthly circulars, 2001, 2002, and that of the central office");
    let refused = CHINESE.report.outbox.iter().filter(|sent| sent.kind() == "question").map(|sent| text_of(&sent.path));
    assert_eq!(refused.filter(|text| text.contains("csv")).count(), 0, "no table is doubtful");
}

#[test]
fn what_is_made_up_is_said_to_be_in_every_mail_and_in_the_roster() {
    for (played, _) in both() {
        let dir = played.root.path();
        for (name, raw) in bytes(dir).iter().filter(|(name, _)| name.starts_with("mail/")) {
            assert!(raw.windows(15).any(|part| part == b"X-Demo: made up"), "{name}");
        }
        for file in ["network.toml", "zhibao.toml"] {
            let text = std::fs::read_to_string(dir.join(file)).expect("a file");
            let head: String = text.lines().take(2).collect();
            assert!(head.contains("编造") || head.contains("made up"), "{file}: {head}");
        }
    }
}

// ---------------------------------------------------------------- the screen, and the folder

#[test]
fn one_screen_of_eighty_columns_sets_the_figures_side_by_side_and_names_letters_that_exist() {
    for (played, language) in both() {
        let shown = screen(&played.report, language, 80);
        assert!(shown.lines().count() <= 40, "{language}: {} lines\n{shown}", shown.lines().count());
        for line in shown.lines().filter(|line| !line.contains(".eml") && !line.contains("outbox")) {
            assert!(columns(line) <= 80 || line.contains("zhibao.toml"), "{language}: {} columns: {line}\n{shown}", columns(line));
            assert_eq!(line.trim_end(), line, "{language}: blanks at the end of {line:?}");
        }
        assert!(!shown.contains('…') && !shown.contains('—'), "{language}: something is cut off or missing\n{shown}");
        for figure in ["373", "83.9%", "1.9%", "2.9%", "11.3%", "63.4", "64.4", "418", "866"] {
            assert!(shown.contains(figure), "{language}: no {figure}\n{shown}");
        }
        let letters: Vec<&str> = shown.split_whitespace().filter(|word| word.ends_with(".eml")).collect();
        assert_eq!(letters.len(), 3, "{language}\n{shown}");
        for letter in letters {
            let path = if letter.contains('/') { letter.into() } else { played.report.dir.join("outbox").join(letter) };
            assert!(path.is_file(), "{language}: {letter} is no file");
        }
    }
}

#[test]
fn progress_never_goes_back() {
    let (seen, span) = (&CHINESE.progress, CHINESE.report.span);
    assert!(seen.len() > 1_000 && seen.windows(2).all(|two| two[0] < two[1]));
    assert!(seen.iter().all(|now| (span.0..span.1).contains(now)));
}

#[test]
fn a_demo_runs_again_in_its_own_folder_to_the_same_bytes_whatever_was_played_there_last() {
    let root = tempfile::tempdir().expect("a folder");
    // A short one in another language leaves what must be cleared away.
    let short = DemoOptions { until: Some(day(2002, 1, 20)), ..options(root.path(), Language::En) };
    demo::run(&short, &mut |_| {}).expect("it plays");
    play(root.path(), Language::ZhCn);
    let (first, second) = (bytes(CHINESE.root.path()), bytes(root.path()));
    assert!(first.len() > 4_000, "{} files", first.len());
    assert_eq!(first.keys().collect::<Vec<_>>(), second.keys().collect::<Vec<_>>());
    let differ: Vec<_> = first.iter().filter(|(name, content)| second.get(*name) != Some(content)).map(|(name, _)| name).collect();
    assert!(differ.is_empty(), "a second demo differs in {differ:?}");
}

#[test]
fn a_demo_that_stops_earlier_gives_the_same_bytes_up_to_there() {
    let part = tempfile::tempdir().expect("a folder");
    let short = DemoOptions { until: Some(day(2002, 3, 12)), ..options(part.path(), Language::ZhCn) };
    let played = demo::run(&short, &mut |_| {}).expect("it plays");
    assert_eq!(played.span.1.to_rfc3339(), "2002-03-11T16:00:00+00:00", "the start of that day in the office's zone");
    let (all, some) = (bytes(CHINESE.root.path()), bytes(part.path()));
    assert!(some.len() > 400 && some.len() < all.len(), "{} of {}", some.len(), all.len());
    let differ: Vec<_> = some.iter().filter(|(name, content)| all.get(*name) != Some(content)).map(|(name, _)| name).collect();
    assert!(differ.is_empty(), "{differ:?}");
    assert!(screen(&played, Language::ZhCn, 80).lines().count() <= 40);
    let none = DemoOptions { until: Some(day(2002, 1, 1)), ..options(part.path(), Language::ZhCn) };
    assert!(matches!(demo::run(&none, &mut |_| {}), Err(DemoError::BeforeItBegins { .. })));
}

#[test]
fn a_folder_that_no_demo_made_is_left_alone() {
    let root = tempfile::tempdir().expect("a folder");
    std::fs::write(root.path().join("zhibao.toml"), "language = \"en\"\n").expect("written");
    let refused = demo::run(&options(root.path(), Language::En), &mut |_| {});
    assert!(matches!(refused, Err(DemoError::NotOurs(_))), "{refused:?}");
    assert_eq!(std::fs::read_dir(root.path()).expect("a folder").count(), 1);
}
