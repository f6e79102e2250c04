//! The shipped files are in step with the code, and no input panics.

use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;

use super::problem::FileFault;
use super::reference::{CALENDAR, MAIN, NETWORK, all_on, load};
use super::tree::{Entries, Value};
use super::{Config, Fault, Problem, Shape, tree};
use crate::domain::language::Language;

fn config(main: &str, network: &str) -> Config {
    let (result, _) = load(&[("zhibao.toml", main), ("network.toml", network)]);
    result.unwrap_or_else(|errors| panic!("{errors}")).config
}

/// Every key of a tree, without indexes: `unit.reporter.name`.
fn keys(path: &str, entries: &Entries, into: &mut BTreeSet<String>) {
    for (key, node) in entries {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match &node.value {
            Value::Table(entries) => keys(&path, entries, into),
            Value::List(items) => {
                for item in items {
                    if let Value::Table(entries) = &item.value {
                        keys(&path, entries, into);
                    }
                }
            }
            _ => {}
        }
        into.insert(path);
    }
}

#[test]
fn every_key_that_is_read_is_shown_and_every_key_that_is_shown_is_read() {
    let (main, network) = (all_on(MAIN), all_on(NETWORK));
    let files = [("zhibao.toml", main.as_str()), ("network.toml", &network), ("calendar-example.toml", CALENDAR)];
    let more = [("counties.toml", ""), ("departments.toml", "")];
    let (result, asked) = load(&[files.as_slice(), more.as_slice()].concat());
    let loaded = result.unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(loaded.warnings, []);
    let mut shown = BTreeSet::new();
    for (_, text) in files {
        keys("", &tree::parse(text).0, &mut shown);
    }
    assert_eq!(asked.difference(&shown).collect::<Vec<_>>(), Vec::<&String>::new(), "read, and not shown");
    assert_eq!(shown.difference(&asked).collect::<Vec<_>>(), Vec::<&String>::new(), "shown, and not read");
}

#[test]
fn the_values_that_are_shown_are_the_defaults() {
    let least = r#"
        network = "network.toml"
        [office]
        name = "阳泉市委办公厅信息科"
        address = "xinxi@yangquan.example"
        desk = ["desk@yangquan.example"]
        operators = ["ops@yangquan.example"]
        [[mailbox]]
        name = "submissions"
        kind = "maildir"
        path = "mail"
        [[transport]]
        name = "outbox"
        kind = "file"
        path = "outbox"
    "#;
    assert_eq!(config(MAIN, NETWORK), config(least, NETWORK));

    let usual = ["role = \"full-time\"", "level = 1", "units = [\"*\"]", "digest = true"];
    let kept: Vec<&str> = NETWORK.lines().filter(|line| !usual.iter().any(|usual| line.starts_with(usual))).collect();
    assert_eq!(kept.len() + usual.len(), NETWORK.lines().count());
    assert_eq!(config(MAIN, NETWORK).roster, config(MAIN, &kept.join("\n")).roster);
}

#[test]
fn the_shipped_files_load_without_a_warning_and_say_what_they_do() {
    let (result, _) = load(&[("zhibao.toml", MAIN), ("network.toml", NETWORK)]);
    let loaded = result.unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(loaded.warnings, []);
    let said = super::describe(&loaded.config, Language::ZhCn).join("\n");
    assert!(said.contains("首报：特别重大（I）、重大（II）事件，自事件发生起 2 小时内报送"), "{said}");
    assert!(said.contains("为不报，通知信息科长、分管副秘书长、秘书长。"), "{said}");
}

#[test]
fn faults_of_files_speak_both_languages() {
    let place = super::Place { file: Path::new("a.toml").into(), line: 2, key: "network".to_owned() };
    let faults = [
        FileFault::Absent { named_by: None },
        FileFault::Absent { named_by: Some(place.clone()) },
        FileFault::Unreadable { error: "denied".to_owned() },
        FileFault::TooLarge { limit: 1 },
        FileFault::NotUtf8,
        FileFault::IncludeCycle { chain: vec!["a".to_owned(), "a".to_owned()] },
        FileFault::NamedTwice { first: place.clone() },
        FileFault::TooManyFiles { limit: 1 },
    ];
    for fault in faults {
        let problem = Problem { place: place.clone(), fault: Fault::File(fault) };
        let (en, zh) = (problem.sentence(Language::En), problem.sentence(Language::ZhCn));
        let chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        assert!(en.starts_with("a.toml:2: network: ") && !chinese(&en), "{en}");
        assert!(zh.starts_with("a.toml:2: network: ") && chinese(&zh) && zh.contains('；'), "{zh}");
    }
}

#[test]
fn a_huge_number_of_files_is_refused() {
    let includes: String = (0..300).map(|n| format!("\"{n}.toml\", ")).collect();
    let main = format!("include = [{includes}]\n{}", MAIN.replace("network = ", "# network = "));
    let names: Vec<String> = (0..300).map(|n| format!("{n}.toml")).collect();
    let mut files = vec![("zhibao.toml", main.as_str())];
    files.extend(names.iter().map(|name| (name.as_str(), "")));
    let errors = load(&files).0.unwrap_err();
    assert!(errors.problems.iter().all(|problem| matches!(problem.fault, Fault::File(FileFault::TooManyFiles { limit: 200 }))));
}

#[test]
fn numbers_and_dates_of_the_wrong_kind_are_told_apart() {
    for (value, found) in [("1.5", Shape::Real), ("true", Shape::Truth), ("2003-01-01T00:00:00Z", Shape::Time), ("{ a = 1 }", Shape::Table)]
    {
        let main = MAIN.replace("\"zhibao.db\"", value);
        let errors = load(&[("zhibao.toml", &main), ("network.toml", NETWORK)]).0.unwrap_err();
        let Fault::Shape(super::ShapeFault::WrongShape { found: told, .. }) = &errors.problems[0].fault else { panic!("{errors}") };
        assert_eq!(*told, found);
    }
}

/// What a hand at the keyboard may do to a file.
#[derive(Clone, Debug)]
enum Slip {
    Cut(prop::sample::Index, usize),
    Insert(prop::sample::Index, String),
    SwapLines(prop::sample::Index, prop::sample::Index),
    Value(prop::sample::Index, &'static str),
}

fn slip() -> impl Strategy<Value = Slip> {
    let values = [
        "",
        "0",
        "-1",
        "\"\"",
        "[]",
        "{}",
        "[[]]",
        "99999999999999999999",
        "\"9999999999999999999d\"",
        "\"1d1d\"",
        "\"*\"",
        "1e400",
        "2003-02-30",
        "[\"\", 3]",
        "\"小时\"",
        "\"../../..\"",
        "\"0 0 0 0 0\"",
        "\"\\u0000\"",
        "0x_",
        "nan",
        "[{a=1}]",
    ];
    prop_oneof![
        (any::<prop::sample::Index>(), 1..40usize).prop_map(|(at, length)| Slip::Cut(at, length)),
        (any::<prop::sample::Index>(), "[\\PC\n\"=\\[\\]#]{1,8}").prop_map(|(at, text)| Slip::Insert(at, text)),
        (any::<prop::sample::Index>(), any::<prop::sample::Index>()).prop_map(|(a, b)| Slip::SwapLines(a, b)),
        (any::<prop::sample::Index>(), prop::sample::select(values.to_vec())).prop_map(|(at, value)| Slip::Value(at, value)),
    ]
}

fn spoilt(text: &str, slips: &[Slip]) -> String {
    let mut text = text.to_owned();
    for slip in slips {
        let mut chars: Vec<char> = text.chars().collect();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        if chars.is_empty() || lines.is_empty() {
            break;
        }
        text = match slip {
            Slip::Cut(at, length) => {
                let at = at.index(chars.len());
                chars.drain(at..(at + length).min(chars.len()));
                chars.iter().collect()
            }
            Slip::Insert(at, new) => {
                let at = at.index(chars.len());
                chars.splice(at..at, new.chars());
                chars.iter().collect()
            }
            Slip::SwapLines(a, b) => {
                let (a, b) = (a.index(lines.len()), b.index(lines.len()));
                lines.swap(a, b);
                lines.join("\n")
            }
            Slip::Value(at, value) => {
                let at = at.index(lines.len());
                if let Some((key, _)) = lines[at].split_once(" = ") {
                    lines[at] = format!("{key} = {value}");
                }
                lines.join("\n")
            }
        };
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn no_slip_panics_and_every_refusal_says_why(main in prop::collection::vec(slip(), 0..6), network in prop::collection::vec(slip(), 0..3)) {
        let (main, network) = (spoilt(&all_on(MAIN), &main), spoilt(NETWORK, &network));
        let more = [("counties.toml", ""), ("departments.toml", ""), ("calendar-example.toml", CALENDAR)];
        let files = [[("zhibao.toml", main.as_str()), ("network.toml", network.as_str())].as_slice(), &more].concat();
        match load(&files).0 {
            Ok(loaded) => {
                for language in [Language::ZhCn, Language::En] {
                    prop_assert!(super::describe(&loaded.config, language).iter().all(|sentence| !sentence.is_empty()));
                }
            }
            Err(errors) => {
                prop_assert!(!errors.problems.is_empty());
                for problem in &errors.problems {
                    for language in [Language::ZhCn, Language::En] {
                        prop_assert!(!problem.message(language).is_empty() && !problem.mend(language).is_empty());
                    }
                }
            }
        }
    }

    #[test]
    fn no_text_at_all_panics(text in "\\PC{0,200}") {
        let _ = load(&[("zhibao.toml", &text)]);
    }
}
