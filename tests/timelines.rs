//! Timelines: what arrives, what must be sent, what must never be, through the built binary.
//!
//! `timelines/*.toml` holds at least one timeline for each sentence of the rules; `timelines/runner/format.rs` says how
//! they are written. `ZHIBAO_TIMELINE=name` runs those whose file name contains `name`, and lists every notice.
//! `ZHIBAO_BINARY` runs another binary than the one just built, `ZHIBAO_SCENARIOS` shared scenarios of another place.

#[path = "timelines/runner/mod.rs"]
mod runner;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use runner::{Base, Scenario};

/// As many timelines as stand in the folder; fewer means that some were lost.
const TIMELINES_AT_LEAST: usize = 320;
/// The shared scenarios that this version must pass; the others need features of a later one.
const SHARED: [&str; 12] = ["01-", "02-", "03-", "04-", "05-", "06-", "07-", "08-", "09-", "10-", "11-", "13-"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/timelines")
}

fn timelines() -> Vec<PathBuf> {
    runner::toml_files(&folder())
}

#[test]
fn timelines_hold() {
    let wanted = std::env::var("ZHIBAO_TIMELINE").ok();
    let files: Vec<PathBuf> = match &wanted {
        Some(part) => timelines().into_iter().filter(|file| runner::stem(file).contains(part.as_str())).collect(),
        None => timelines(),
    };
    let at_least = if wanted.is_some() { 1 } else { TIMELINES_AT_LEAST };
    assert!(files.len() >= at_least, "{} timelines ran, at least {at_least} were expected", files.len());
    runner::run_all(&Base::read(&folder().join("base")), &files, wanted.is_some());
}

#[test]
fn shared_scenarios_hold() {
    let shared = match std::env::var_os("ZHIBAO_SCENARIOS") {
        Some(path) => PathBuf::from(path),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/scenarios"),
    };
    if !shared.is_dir() {
        println!("the shared scenarios are not beside this crate: not run");
        return;
    }
    let files: Vec<PathBuf> =
        runner::toml_files(&shared).into_iter().filter(|file| SHARED.iter().any(|number| runner::stem(file).starts_with(number))).collect();
    assert_eq!(files.len(), SHARED.len(), "shared scenarios found: {files:?}");
    runner::run_all(&Base::read(&shared.join("base")), &files, false);
}

#[test]
fn every_timeline_parses_and_its_keys_are_known() {
    let faults: Vec<String> =
        timelines().iter().filter_map(|file| Scenario::read(file).err().map(|fault| format!("{}: {fault}", runner::stem(file)))).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(timelines().len() >= TIMELINES_AT_LEAST, "only {} timelines", timelines().len());
}

#[test]
fn every_timeline_has_a_name_and_a_title_of_its_own() {
    let mut titles = BTreeSet::new();
    for file in timelines() {
        let scenario = Scenario::read(&file).unwrap_or_else(|fault| panic!("{}: {fault}", runner::stem(&file)));
        assert!(titles.insert(scenario.title.clone()), "{}: another timeline has the title {:?}", runner::stem(&file), scenario.title);
    }
}

#[test]
fn every_mail_is_delivered_as_it_was_written() {
    let base = Base::read(&folder().join("base"));
    let mut mails = 0;
    for file in timelines() {
        let scenario = Scenario::read(&file).unwrap_or_else(|fault| panic!("{}: {fault}", runner::stem(&file)));
        let faults = runner::written_faults(&scenario, &base);
        assert!(faults.is_empty(), "{}:\n{}", runner::stem(&file), faults.join("\n"));
        mails += scenario.mail.len();
    }
    assert!(mails > TIMELINES_AT_LEAST, "only {mails} mails in all timelines");
}

#[test]
fn every_timeline_finds_what_it_replaces_in_the_base() {
    let base = Base::read(&folder().join("base"));
    for file in timelines() {
        let scenario = Scenario::read(&file).unwrap_or_else(|fault| panic!("{}: {fault}", runner::stem(&file)));
        for name in ["zhibao.toml", "network.toml"] {
            let text = base.adapted(name, &scenario).unwrap_or_else(|fault| panic!("{}: {fault}", runner::stem(&file)));
            if let Err(fault) = text.parse::<toml::Table>() {
                panic!("{}: {name} is no TOML any more: {fault}", runner::stem(&file));
            }
        }
    }
}
