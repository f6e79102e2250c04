//! The demo as a newcomer meets it: one command, one screen, what was promised, and the same again.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;
use zhibao::demo::{self, DemoError, DemoOptions, DemoReport, screen::screen};
use zhibao::domain::language::Language;
use zhibao::domain::rules::Verdict;

const BOTH: [Language; 2] = [Language::ZhCn, Language::En];

fn options(dir: &Path, language: Language) -> DemoOptions {
    DemoOptions { dir: dir.to_owned(), until: None, language }
}

fn play(dir: &Path, language: Language) -> DemoReport {
    demo::run(&options(dir, language), &mut |_| {}).unwrap_or_else(|error| panic!("{language}: {error}"))
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

#[test]
fn the_demo_keeps_its_promises_in_both_languages() {
    for language in BOTH {
        let root = tempfile::tempdir().expect("a folder");
        let played = play(root.path(), language);
        one_event_is_late_one_omitted_one_unreported_and_the_rest_on_time(&played, language);
        an_acknowledgement_stops_the_repeats(&played, language);
        one_screen_of_eighty_columns_says_what_happened_and_names_letters_that_exist(&played, language);
    }
}

fn one_event_is_late_one_omitted_one_unreported_and_the_rest_on_time(played: &DemoReport, language: Language) {
    let expected = [("late", 1), ("omitted", 1), ("on-time", 69), ("unreported", 1)];
    let expected: BTreeMap<String, u64> = expected.map(|(verdict, count)| (verdict.to_owned(), count)).into();
    assert_eq!(played.report.obligations, expected, "{language}");
    assert_eq!(played.report.events, 4, "{language}: a report that joins no event opens one of its own");
    assert_eq!((played.report.duplicates, played.report.ignored, played.report.quarantined), (1, 1, 1), "{language}");
    for kind in ["receipt", "reminder", "event-opened", "late", "omitted", "unreported", "supplied", "command", "question", "quarantined"] {
        assert!(played.report.notices.contains_key(kind), "{language}: no {kind}");
    }
    let omitted = played.obligations.iter().find(|row| row.verdict == Verdict::Omitted).expect("one is omitted");
    assert!(omitted.filed.is_some(), "{language}: what was omitted is supplied later");
    let unreported = played.obligations.iter().find(|row| row.verdict == Verdict::Unreported).expect("one is unreported");
    assert!(unreported.filed.is_none(), "{language}: what is unreported is never filed");
}

fn an_acknowledgement_stops_the_repeats(played: &DemoReport, language: Language) {
    let repeats = |kind: &str| {
        let of_kind = played.outbox.iter().filter(|sent| sent.kind() == kind && sent.unit() == "luming");
        of_kind.filter_map(|sent| sent.header("X-Zhibao-Repeat").parse::<u32>().ok()).max()
    };
    assert_eq!(repeats("omitted"), Some(1), "{language}: acknowledged after the first repeat, of three at most");
    assert_eq!(repeats("unreported"), Some(2), "{language}: acknowledged after the second repeat, of three at most");
}

#[test]
fn a_demo_runs_again_in_its_own_folder_to_the_same_bytes_whatever_was_played_there_last() {
    let root = tempfile::tempdir().expect("a folder");
    let mut before = BTreeMap::new();
    for language in [Language::ZhCn, Language::En, Language::ZhCn, Language::En] {
        play(root.path(), language);
        let now = bytes(root.path());
        assert!(now.len() > 150, "{language}: {} files", now.len());
        if let Some(earlier) = before.insert(language.as_str(), now.clone()) {
            assert_eq!(earlier.keys().collect::<Vec<_>>(), now.keys().collect::<Vec<_>>(), "{language}");
            assert!(earlier == now, "{language}: a second demo differs");
        }
    }
}

#[test]
fn a_folder_that_no_demo_made_is_left_alone() {
    let root = tempfile::tempdir().expect("a folder");
    std::fs::write(root.path().join("zhibao.toml"), "language = \"en\"\n").expect("written");
    let refused = demo::run(&options(root.path(), Language::En), &mut |_| {});
    assert!(matches!(refused, Err(DemoError::NotOurs(_))), "{refused:?}");
    assert_eq!(std::fs::read_dir(root.path()).expect("a folder").count(), 1);
}

#[test]
fn a_demo_that_stops_earlier_gives_the_same_bytes_up_to_there() {
    let day = |day| NaiveDate::from_ymd_opt(2025, 3, day);
    let (whole, part) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    play(whole.path(), Language::ZhCn);
    let short = DemoOptions { until: day(8), ..options(part.path(), Language::ZhCn) };
    let played = demo::run(&short, &mut |_| {}).expect("it plays");
    assert_eq!(played.span.1.to_rfc3339(), "2025-03-07T16:00:00+00:00", "the start of that day in the office's zone");
    let (all, some) = (bytes(whole.path()), bytes(part.path()));
    assert!(some.len() > 60 && some.len() < all.len(), "{} of {}", some.len(), all.len());
    assert!(some.iter().all(|(name, content)| all.get(name) == Some(content)));
    let none = DemoOptions { until: day(3), ..options(part.path(), Language::ZhCn) };
    assert!(matches!(demo::run(&none, &mut |_| {}), Err(DemoError::BeforeItBegins { .. })));
}

#[test]
fn progress_never_goes_back() {
    let root = tempfile::tempdir().expect("a folder");
    let mut seen = Vec::new();
    let played = demo::run(&options(root.path(), Language::En), &mut |now| seen.push(now)).expect("it plays");
    assert!(seen.len() > 50 && seen.windows(2).all(|two| two[0] < two[1]));
    assert!(seen.iter().all(|now| (played.span.0..played.span.1).contains(now)));
}

fn one_screen_of_eighty_columns_says_what_happened_and_names_letters_that_exist(played: &DemoReport, language: Language) {
    let shown = screen(played, language, 80);
    assert!(shown.lines().count() <= 24, "{language}: {} lines\n{shown}", shown.lines().count());
    for line in shown.lines() {
        assert!(columns(line) <= 80, "{language}: {} columns: {line}", columns(line));
        assert_eq!(line.trim_end(), line, "{language}: blanks at the end of {line:?}");
    }
    let verdicts = match language {
        Language::ZhCn => ["按时", "迟报", "漏报", "不报"],
        Language::En => ["on time", "late", "omitted", "unreported"],
    };
    for verdict in verdicts {
        assert!(shown.contains(verdict), "{language}: no {verdict}\n{shown}");
    }
    assert!(!shown.contains('…'), "{language}: something was cut off\n{shown}");
    let letters: Vec<&str> = shown.split_whitespace().filter(|word| word.ends_with(".eml")).collect();
    assert_eq!(letters.len(), 3, "{language}\n{shown}");
    for letter in letters {
        let path = if letter.contains('/') { letter.into() } else { played.dir.join("outbox").join(letter) };
        assert!(path.is_file(), "{language}: {letter} is no file");
    }
}
