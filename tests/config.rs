//! Configuration through the public door: what loads, and what each mistake is answered with.

mod config_cases;

use std::path::{Path, PathBuf};

use zhibao::config::{self, Config, Errors, Loaded, MailboxSource, TransportKind};
use zhibao::domain::ids::UnitId;
use zhibao::domain::language::Language;
use zhibao::domain::rules::{Anchor, Deadline, DutyUnits, Severity};

const MAIN: &str = include_str!("sample/zhibao.toml");
const NETWORK: &str = include_str!("sample/network.toml");

/// Loads files out of a fresh folder; the folder is cut out of everything that is reported.
fn load(files: &[(&str, &str)]) -> (Result<Loaded, Errors>, String) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let result = config::load(&folder.path().join("zhibao.toml"));
    (result, format!("{}/", folder.path().display()))
}

fn sample() -> Config {
    let (result, _) = load(&[("zhibao.toml", MAIN), ("network.toml", NETWORK)]);
    result.unwrap_or_else(|errors| panic!("{errors}")).config
}

/// The folder of the scenarios, where it is at hand.
fn scenarios() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/scenarios");
    if !folder.join("base").exists() {
        println!("skipped: {} is not here", folder.display());
        return None;
    }
    Some(folder)
}

#[test]
fn the_base_of_the_scenarios_loads() {
    let Some(folder) = scenarios() else { return };
    let loaded = config::load(&folder.join("base/zhibao.toml")).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(loaded.warnings, []);
    assert_eq!(loaded.config.roster.units.len(), 5);
    assert_eq!(loaded.config.rules.stages, config::defaults::stages());
    assert_eq!(loaded.config.rules.ladder, config::defaults::ladder());
}

#[test]
fn every_scenario_changes_the_base_into_something_that_loads() {
    let Some(folder) = scenarios() else { return };
    let base = |name: &str| std::fs::read_to_string(folder.join("base").join(name)).unwrap();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let scenario: toml::Table = std::fs::read_to_string(&path).unwrap().parse().unwrap();
        let changed = |name: &str| {
            let mut text = base(name);
            for (from, to) in scenario.get("replace").and_then(|all| all.get(name)?.as_table()).into_iter().flatten() {
                text = text.replace(from, to.as_str().unwrap());
            }
            text + scenario.get("append").and_then(|all| all.get(name)?.as_str()).unwrap_or_default()
        };
        let (result, _) = load(&[("zhibao.toml", &changed("zhibao.toml")), ("network.toml", &changed("network.toml"))]);
        let loaded = result.unwrap_or_else(|errors| panic!("{}:\n{errors}", path.display()));
        assert_eq!(loaded.warnings, [], "{}", path.display());
    }
}

#[test]
fn what_is_written_is_what_holds() {
    let config = sample();
    assert_eq!(config.language, Language::En);
    assert_eq!(config.store_path.with_file_name("zhibao.key"), config.key_file);
    let MailboxSource::Maildir { path } = &config.mailboxes[0].source else { panic!("no Maildir") };
    assert!(path.ends_with("mail") && path.is_absolute());
    assert_eq!((config.mailboxes[0].max_size_bytes, config.mailboxes[0].poll_seconds), (20 << 20, 30));
    assert_eq!(config.mailboxes[0].boundary, ["mx.city.example"]);
    let TransportKind::File { path } = &config.transports[0].kind else { panic!("a folder") };
    assert!(path.ends_with("outbox"));
    let rules = &config.rules;
    assert_eq!(rules.stages[1].deadline, Deadline::Within { anchor: Anchor::Learned, seconds: 5_400 });
    assert_eq!(rules.stages[2].severities, [Severity::I, Severity::II, Severity::III]);
    assert_eq!(rules.ladder.remind_before, [3_600, 600], "longest first");
    assert_eq!(rules.ladder.stall_escalate, 7_200, "by default");
    assert_eq!(rules.duties[1].units, DutyUnits::Named(vec![UnitId::from("north")]));
    assert_eq!(rules.calendar.holidays.values().collect::<Vec<_>>(), ["Labour Day", ""]);
    assert_eq!(config.reckoning.outlets[0].points.to_string(), "2.5");
    let deputy = &config.roster.supervisors[1];
    assert!(deputy.supervises(&UnitId::from("north")) && !deputy.supervises(&UnitId::from("fire")) && !deputy.digest);
    assert_eq!(config.files.len(), 2);
}

#[test]
fn the_roster_may_stand_in_the_main_file_or_in_several() {
    let one = MAIN.replace("network = \"network.toml\"\n", "") + NETWORK;
    let (result, _) = load(&[("zhibao.toml", &one)]);
    assert_eq!(result.unwrap().config.roster, sample().roster);

    let (units, others) = NETWORK.split_at(NETWORK.find("[[supervisor]]").unwrap());
    let main = MAIN.replace("network = \"network.toml\"", "include = [\"units.toml\", \"others.toml\"]");
    let (result, _) = load(&[("zhibao.toml", &main), ("units.toml", units), ("others.toml", others)]);
    assert_eq!(result.unwrap().config.roster, sample().roster);
}

#[test]
fn without_rules_the_usual_ones_hold() {
    let (head, rest) = MAIN.split_at(MAIN.find("[[rule]]").unwrap());
    let main = format!("{head}{}", &rest[rest.find("[ladder]").unwrap()..]);
    let (result, _) = load(&[("zhibao.toml", &main), ("network.toml", NETWORK)]);
    assert_eq!(result.unwrap().config.rules.stages, config::defaults::stages());
}

#[test]
fn every_mistake_is_answered_with_its_place_and_its_mend() {
    let mut wrong = Vec::new();
    for case in config_cases::CASES {
        for (language, expected) in [(Language::En, case.en), (Language::ZhCn, case.zh)] {
            let (mut main, mut network) = (MAIN.to_owned(), NETWORK.to_owned());
            if language == Language::ZhCn {
                main = main.replace("language = \"en\"", "language = \"zh-CN\"");
            }
            let changed = if case.file == "network.toml" { &mut network } else { &mut main };
            assert!(changed.contains(case.from), "{:?} is not in {}", case.from, case.file);
            *changed = changed.replacen(case.from, case.to, 1);
            let (result, folder) = load(&[("zhibao.toml", &main), ("network.toml", &network), ("other.toml", case.other)]);
            let found = result.expect_err(case.to).to_string().replace(&folder, "");
            if found != expected {
                wrong.push(format!("{:?} → {:?}\n  expected {expected}\n  found    {found}", case.from, case.to));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_doubt_is_a_warning() {
    let warned = |main: &str, network: &str| {
        let (result, folder) = load(&[("zhibao.toml", main), ("network.toml", network)]);
        let warnings = result.unwrap_or_else(|errors| panic!("{errors}")).warnings;
        warnings.iter().map(|warning| warning.to_string().replace(&folder, "")).collect::<Vec<_>>()
    };
    assert_eq!(warned(MAIN, NETWORK), [""; 0]);
    assert_eq!(
        warned(&MAIN.replace("until = \"2003-06-30\"", "until = \"2004-06-30\""), NETWORK),
        ["zhibao.toml:54: duty[1]: “daily zero report” keeps to workdays, and the calendar has no day of 2004; \
          add the holidays of that year; no date is invented"]
    );
    assert_eq!(
        warned(MAIN, &NETWORK.replace("address = \"chief@city.example\"", "address = \"chief@city.example\"\nunits = [\"north\"]")),
        ["network.toml:14: unit[2]: nobody hears when “Fire Brigade” is late: it has no supervisor of level 1; \
          add a [[supervisor]] with level = 1 for it"]
    );
    assert_eq!(
        warned(MAIN, &NETWORK.replace("[[unit.reporter]]\naddress = \"watch@fire.example\"\n", "")),
        ["network.toml:14: unit[2]: nobody reports for “Fire Brigade”: its mail will be quarantined, and nobody is reminded; \
          add a [[unit.reporter]]"]
    );
    let line = MAIN.lines().count() + 1;
    let canary = warned(&format!("{MAIN}[canary]\nwithin = \"30s\"\n"), NETWORK);
    assert_eq!(
        canary,
        [
            format!(
                "zhibao.toml:{line}: canary: is in use, and no transport has kind = \"smtp\": a canary that goes into a folder never \
                 comes back; add a [[transport]] of kind \"smtp\", or leave [canary] out"
            ),
            format!(
                "zhibao.toml:{}: canary.within: is not longer than the poll of the mailbox “submissions” (30s): a canary may be called \
                 missing before anybody looks; write a longer time here, or a shorter poll there",
                line + 1
            )
        ]
    );
}

#[test]
fn all_problems_are_reported_in_the_order_of_files_and_lines() {
    let main = MAIN.replace("30s", "soon").replace("\"desk@city.example\"", "\"desk\"").replace("90m", "0m");
    let network = NETWORK.replace("level = 2", "level = 4");
    let (result, folder) = load(&[("zhibao.toml", &main), ("network.toml", &network)]);
    let found = result.unwrap_err().to_string().replace(&folder, "");
    let places: Vec<&str> = found.lines().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(places, ["zhibao.toml:8", "zhibao.toml:21", "zhibao.toml:32", "network.toml:28"]);
}

#[test]
fn files_that_cannot_be_read_are_named_with_whoever_names_them() {
    let cases: [(&[(&str, &str)], &str); 7] = [
        (&[], "zhibao.toml: there is no such file; name the configuration with --config, or copy config/zhibao.toml and change it"),
        (
            &[("zhibao.toml", MAIN)],
            "network.toml: there is no such file; zhibao.toml:3 names it under “network”; \
             make the file, or correct the name there (paths are relative to the file that names them)",
        ),
        (
            &[("zhibao.toml", MAIN), ("network.toml", "include = [\"zhibao.toml\"]")],
            "network.toml:1: include[1]: the file includes itself: zhibao.toml → network.toml → zhibao.toml; \
             take one of these names out of its `include`",
        ),
        (
            &[("zhibao.toml", MAIN), ("network.toml", "include = [\"./network.toml\"]")],
            "network.toml:1: include[1]: the file includes itself: network.toml → network.toml; take one of these names out of its `include`",
        ),
        (
            &[("zhibao.toml", MAIN), ("network.toml", "include = [\"a.toml\", \"a.toml\"]"), ("a.toml", "")],
            "network.toml:1: include[2]: the same file is named at network.toml:1; name it once",
        ),
        (
            &[("zhibao.toml", MAIN), ("network.toml", "[[unit]]\nid = “north”\nname = \"x\"\n")],
            "network.toml:2: column 6 is no TOML: string values must be quoted, expected literal string; the full-width character “ stands on this line: type its ASCII counterpart",
        ),
        (
            &[("zhibao.toml", "language = \"en\"\n[office\nname = 1\n")],
            "zhibao.toml:2: column 8 is no TOML: unclosed table, expected `]`; see that quotes and brackets are closed, that there is one = to a key, and that nothing stands twice",
        ),
    ];
    for (files, expected) in cases {
        let (result, folder) = load(files);
        assert_eq!(result.unwrap_err().to_string().replace(&folder, ""), expected);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zhibao.toml");
    std::fs::write(&path, [MAIN.as_bytes(), b"# \xd6\xd0\xce\xc4\n"].concat()).unwrap();
    let found = config::load(&path).unwrap_err().to_string();
    let line = MAIN.lines().count() + 1;
    assert!(found.ends_with(&format!("zhibao.toml:{line}: is not UTF-8 text; save the file as UTF-8")), "{found}");
}

#[test]
fn a_secret_is_refused_and_never_shown() {
    let main = MAIN.replace("name = \"outbox\"", "name = \"outbox\"\npassword = \"hunter2\"");
    let (result, _) = load(&[("zhibao.toml", &main), ("network.toml", NETWORK)]);
    let errors = result.unwrap_err();
    let found = format!("{errors} {errors:?}");
    assert!(found.contains("password_file") && !found.contains("hunter2"), "{found}");
}

#[test]
fn what_the_daemon_will_do_is_said_in_sentences() {
    let mut config = sample();
    config.mailboxes[0].source = MailboxSource::Maildir { path: "mail".into() };
    config.transports[0].kind = TransportKind::File { path: "outbox".into() };
    (config.store_path, config.key_file) = ("zhibao.db".into(), "zhibao.key".into());
    assert_eq!(config::describe(&config, Language::En), config_cases::SENTENCES_EN);
    assert_eq!(config::describe(&config, Language::ZhCn), config_cases::SENTENCES_ZH);
}
