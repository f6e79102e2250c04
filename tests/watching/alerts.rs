//! The alerts for Prometheus in `deploy/` speak of figures that there are.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Office, Watcher};

fn alerts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/prometheus-alerts.yml")
}

/// Words that begin like a figure of ours.
fn figures(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| word.starts_with("zhibao_") || word.starts_with("process_")).map(str::to_owned).collect()
}

#[test]
fn every_figure_of_an_alert_is_served_as_what_it_is() {
    let watcher = Watcher::new();
    let mut office = Office::new(&format!("{}[canary]\n", watcher.section()));
    office.start();
    office.wait_for("the canary is out", |office| office.letters("canary").len() == 1);
    office.deliver("canary", &office.letters("canary").remove(0));
    office.wait_for("everything has a figure", |office| {
        office.metric("zhibao_canary_round_trip_seconds").is_some()
            && office.metric("zhibao_heartbeat_last_answer_timestamp_seconds").is_some()
    });
    let page = office.get("/metrics");
    let (_, page) = page.split_once("\r\n\r\n").expect("a body");
    office.end();
    let mut families = BTreeSet::new();
    for line in page.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let (name, kind) = line.split_once(' ').expect("name and type");
        assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
        assert!(families.insert(name.to_owned()), "{name} stands twice");
        assert!(page.contains(&format!("# HELP {name} ")), "{name} is not explained");
    }
    for line in page.lines().filter(|line| !line.starts_with('#')) {
        let name = line.split(['{', ' ']).next().unwrap_or_default();
        assert!(families.contains(name), "{line}");
        assert!(line.rsplit(' ').next().is_some_and(|value| value.parse::<f64>().is_ok()), "{line}");
    }
    let text = std::fs::read_to_string(alerts()).expect("the alerts");
    let asked = figures(&text.lines().filter(|line| line.trim_start().starts_with("expr:")).collect::<String>());
    assert!(asked.len() > 10, "{asked:?}");
    let unserved: Vec<&String> = asked.difference(&families).collect();
    assert!(unserved.is_empty(), "alerts ask for what is not served: {unserved:?}");
    if Command::new("promtool").arg("--version").output().is_ok() {
        let folder = tempfile::tempdir().expect("a folder");
        let saved = folder.path().join("metrics");
        std::fs::write(&saved, page).expect("written");
        let read = std::fs::File::open(&saved).expect("read");
        let linted = Command::new("promtool").args(["check", "metrics"]).stdin(read).output().expect("it runs");
        assert!(linted.status.success(), "{}", String::from_utf8_lossy(&linted.stderr));
    }
}

#[test]
fn the_alerts_are_rules_that_prometheus_takes() {
    let text = std::fs::read_to_string(alerts()).expect("the alerts");
    let read = yaml_rust2::YamlLoader::load_from_str(&text).expect("YAML");
    let rules = read[0]["groups"][0]["rules"].as_vec().expect("rules");
    let mut names = BTreeSet::new();
    for rule in rules {
        let name = rule["alert"].as_str().expect("a name");
        assert!(names.insert(name), "{name} stands twice");
        assert!(rule["expr"].as_str().is_some_and(|expr| !expr.is_empty()), "{name} asks for nothing");
        assert!(matches!(rule["labels"]["severity"].as_str(), Some("critical" | "warning")), "{name} has no severity");
        for key in ["summary", "description"] {
            assert!(rule["annotations"][key].as_str().is_some_and(|text| text.len() > 15), "{name} has no {key}");
        }
    }
    assert!(names.len() >= 10);
    // Debian's package `prometheus` has it; it is asked where it is installed.
    if let Ok(checked) = Command::new("promtool").args(["check", "rules"]).arg(alerts()).output() {
        assert!(checked.status.success(), "{}{}", String::from_utf8_lossy(&checked.stdout), String::from_utf8_lossy(&checked.stderr));
    }
}
