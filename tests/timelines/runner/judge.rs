//! What was sent and counted, against what the timeline says.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::format::{Base, Match, Scenario};
use super::outbox::Notice;

const DISPOSITIONS: [&str; 6] = ["filed", "commands", "circulars", "duplicates", "ignored", "quarantined"];
const DEFAULT_SLACK_S: i64 = 1;
const DEFAULT_WITHIN_S: i64 = 60;

/// Every fault of a finished replay.
pub fn judge(base: &Base, scenario: &Scenario, summary: &Value, notices: &[Notice]) -> Result<Vec<String>, String> {
    let mut faults = sound(notices);
    for want in &scenario.expect {
        faults.extend(expect_faults(base, want, &matching(scenario, notices, want)?));
    }
    for want in &scenario.never {
        if let Some(notice) = matching(scenario, notices, want)?.first() {
            faults.push(format!("never {}: {notice}", told(want)));
        }
    }
    faults.extend(summary_faults(scenario, summary));
    Ok(faults)
}

/// The notices that `want` means.
pub fn matching<'a>(scenario: &Scenario, notices: &'a [Notice], want: &Match) -> Result<Vec<&'a Notice>, String> {
    let mut found = Vec::new();
    for notice in notices {
        if matches(scenario, notice, want)? {
            found.push(notice);
        }
    }
    Ok(found)
}

fn matches(scenario: &Scenario, notice: &Notice, want: &Match) -> Result<bool, String> {
    let named = [
        ("Unit", &want.unit),
        ("Stage", &want.stage),
        ("Duty", &want.duty),
        ("Event", &want.event),
        ("Severity", &want.severity),
        ("Submission", &want.submission),
        ("Period", &want.period),
    ];
    let repeat_fits = match want.repeat {
        None => true,
        Some(0) => notice.fact("Repeat").is_none(),
        Some(count) => notice.fact("Repeat") == Some(count.to_string().as_str()),
    };
    let haystack = format!("{}\n{}", notice.subject, notice.text);
    Ok(notice.kind.as_deref() == Some(want.notice.as_str())
        && named.iter().all(|(name, wanted)| wanted.as_deref().is_none_or(|wanted| notice.fact(name) == Some(wanted)))
        && repeat_fits
        && want.headers.iter().all(|(name, value)| notice.has_header(name, value))
        && timed(scenario, notice, want)?
        && want.says.iter().all(|words| haystack.contains(words.as_str())))
}

fn timed(scenario: &Scenario, notice: &Notice, want: &Match) -> Result<bool, String> {
    let slack = TimeDelta::seconds(want.slack.unwrap_or(DEFAULT_SLACK_S));
    for (name, wanted) in [("Due", &want.due), ("Filed", &want.filed)] {
        let Some(wanted) = wanted else { continue };
        let shown = notice.fact(name).and_then(|text| DateTime::parse_from_rfc3339(text).ok()).map(|moment| moment.to_utc());
        if shown.is_none_or(|shown| (shown - scenario.instant(wanted).unwrap_or_default()).abs() > slack) {
            return Ok(false);
        }
    }
    let moment =
        |text: &Option<String>| -> Result<Option<DateTime<Utc>>, String> { text.as_deref().map(|t| scenario.instant(t)).transpose() };
    let within = TimeDelta::seconds(want.within.unwrap_or(DEFAULT_WITHIN_S));
    Ok(moment(&want.at)?.is_none_or(|at| notice.at >= at && notice.at - at <= within)
        && moment(&want.after)?.is_none_or(|after| notice.at >= after)
        && moment(&want.before)?.is_none_or(|before| notice.at < before))
}

fn expect_faults(base: &Base, want: &Match, found: &[&Notice]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut numbers: BTreeMap<&str, Vec<&Notice>> = BTreeMap::new();
    for notice in found {
        numbers.entry(notice.number()).or_default().push(notice);
    }
    match want.times {
        Some(times) if numbers.len() != times => faults.push(format!("expected {times} of {}, found {}", told(want), numbers.len())),
        None if numbers.is_empty() => faults.push(format!("expected {}, found none", told(want))),
        _ => {}
    }
    if let Some(to) = &want.to {
        let wanted: BTreeSet<String> = to.iter().map(|address| base.address(address)).collect();
        for (number, copies) in &numbers {
            let got: BTreeSet<String> = copies.iter().flat_map(|copy| copy.to.iter().cloned()).collect();
            if got != wanted {
                faults.push(format!("{} {number} went to {got:?}, expected {wanted:?}", want.notice));
            }
        }
    }
    for notice in found {
        let haystack = format!("{}\n{}", notice.subject, notice.text);
        if let Some(words) = want.text_never.iter().find(|words| haystack.contains(words.as_str())) {
            faults.push(format!("{} {} says {words:?}", want.notice, notice.number()));
        }
    }
    faults
}

/// A match as its timeline wrote it, without what it leaves open.
pub fn told(want: &Match) -> String {
    let mut words = vec![want.notice.clone()];
    let texts = [
        ("unit", &want.unit),
        ("stage", &want.stage),
        ("duty", &want.duty),
        ("event", &want.event),
        ("severity", &want.severity),
        ("submission", &want.submission),
        ("period", &want.period),
        ("due", &want.due),
        ("filed", &want.filed),
        ("at", &want.at),
        ("after", &want.after),
        ("before", &want.before),
    ];
    words.extend(texts.iter().filter_map(|(name, text)| text.as_ref().map(|text| format!("{name}={text}"))));
    words.extend(want.repeat.map(|count| format!("repeat={count}")));
    words.extend(want.headers.iter().map(|(name, value)| format!("{name}: {value}")));
    words.extend(want.says.iter().map(|said| format!("says={said:?}")));
    words.join(" ")
}

fn summary_faults(scenario: &Scenario, summary: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for (key, wanted) in &scenario.summary {
        let wanted = serde_json::to_value(wanted).unwrap_or(Value::Null);
        if summary[key] != wanted {
            faults.push(format!("summary {key} is {}, expected {wanted}", summary[key]));
        }
    }
    for (verdict, wanted) in scenario.obligations.iter().flatten() {
        let counted = summary["obligations"][verdict].as_u64().unwrap_or(0);
        if counted != *wanted {
            faults.push(format!("{counted} obligations are {verdict}, expected {wanted}: {}", summary["obligations"]));
        }
    }
    let sum: u64 = DISPOSITIONS.iter().map(|part| summary[*part].as_u64().unwrap_or(0)).sum();
    if summary["messages"].as_u64() != Some(sum) {
        faults.push(format!("dispositions add up to {sum}, messages are {}", summary["messages"]));
    }
    faults
}

/// What must hold of any outbox: every notice numbered, one recipient a message, nothing sent twice, one number one notice.
fn sound(notices: &[Notice]) -> Vec<String> {
    let mut faults = Vec::new();
    let (mut copies, mut ids, mut identities) = (BTreeSet::new(), BTreeSet::new(), BTreeMap::new());
    for notice in notices {
        let number = notice.number();
        if notice.kind.is_none() || number.is_empty() {
            faults.push(format!("no X-Zhibao-Notice or X-Zhibao-Number: {}", notice.file));
        }
        if notice.to.len() != 1 {
            faults.push(format!("{number} has {} recipients in one message", notice.to.len()));
        }
        if !copies.insert((number, &notice.to)) {
            faults.push(format!("{number} was sent twice to {:?}", notice.to));
        }
        if !ids.insert(&notice.message_id) {
            faults.push(format!("Message-ID {} is used twice", notice.message_id));
        }
        let identity = (notice.kind.as_deref(), notice.fact("Unit"), notice.fact("Stage"), notice.fact("Event"), notice.at);
        let first = identities.entry(number).or_insert(identity);
        if *first != identity {
            faults.push(format!("{number} stands for two notices: {first:?} and {identity:?}"));
        }
        if !notice.auto_submitted {
            faults.push(format!("{number} has no Auto-Submitted"));
        }
    }
    faults.truncate(6);
    faults
}

#[cfg(test)]
mod the_judge_itself {
    use super::*;

    fn notice(number: &str, kind: &str, to: &str, clock: &str) -> Notice {
        let eml = format!(
            "From: o@city.example\r\nTo: {to}@city.example\r\nSubject: s\r\nDate: Mon, 06 Jun 2005 {clock}:00 +0800\r\n\
             Message-ID: <{number}.{to}@city.example>\r\nAuto-Submitted: auto-generated\r\nX-Zhibao-Notice: {kind}\r\n\
             X-Zhibao-Number: {number}\r\nX-Zhibao-Unit: xiling\r\n\r\ntext\r\n"
        );
        Notice::read("one.eml", eml.as_bytes()).expect("it is a message")
    }

    fn base() -> Base {
        Base::read(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/timelines/base"))
    }

    fn faults(checks: &str, notices: &[Notice]) -> Vec<String> {
        let scenario = Scenario::parse(&format!("title = \"t\"\nday = \"2005-06-06\"\n{checks}")).expect("it is well written");
        let summary = serde_json::json!({ "messages": 1, "filed": 1, "obligations": { "late": 1 } });
        judge(&base(), &scenario, &summary, notices).expect("its times can be read")
    }

    #[test]
    fn what_is_expected_and_there_is_no_fault() {
        let sent = [notice("N-1", "late", "chief", "11:00"), notice("N-1", "late", "xiling", "11:00")];
        let checks = "[[expect]]\nnotice = \"late\"\nunit = \"xiling\"\nat = \"11:00\"\ntimes = 1\nrepeat = 0\n\
            to = [\"chief@city.example\", \"xiling@city.example\"]\n[[never]]\nnotice = \"omitted\"\n\
            [summary]\nfiled = 1\n[obligations]\nlate = 1\nopen = 0\n";
        assert_eq!(faults(checks, &sent), Vec::<String>::new());
    }

    #[test]
    fn each_kind_of_fault_is_seen() {
        let sent = [notice("N-1", "late", "chief", "11:00")];
        for (checks, because) in [
            ("[[expect]]\nnotice = \"omitted\"\n", "found none"),
            ("[[expect]]\nnotice = \"late\"\nat = \"10:00\"\n", "found none"),
            ("[[expect]]\nnotice = \"late\"\nunit = \"donghe\"\n", "found none"),
            ("[[expect]]\nnotice = \"late\"\nrepeat = 1\n", "found none"),
            ("[[expect]]\nnotice = \"late\"\nsays = [\"nothing\"]\n", "found none"),
            ("[[expect]]\nnotice = \"late\"\nheaders = { X-Zhibao-Number = \"N-2\" }\n", "found none"),
            ("[[expect]]\nnotice = \"late\"\ntimes = 2\n", "found 1"),
            ("[[expect]]\nnotice = \"late\"\nto = [\"deputy@city.example\"]\n", "went to"),
            ("[[expect]]\nnotice = \"late\"\ntext_never = [\"text\"]\n", "says"),
            ("[[expect]]\nnotice = \"late\"\n[[never]]\nnotice = \"late\"\nafter = \"10:00\"\n", "never"),
            ("[summary]\nfiled = 2\n", "expected 2"),
            ("[obligations]\nlate = 0\n", "expected 0"),
        ] {
            let found = faults(checks, &sent);
            assert!(found.len() == 1 && found[0].contains(because), "{checks}: {found:?}");
        }
    }

    #[test]
    fn an_unsound_outbox_is_seen() {
        let checks = "[summary]\nfiled = 1\n";
        let twice = [notice("N-1", "late", "chief", "11:00"), notice("N-1", "late", "chief", "11:00")];
        assert_eq!(faults(checks, &twice).len(), 2, "one copy twice, one Message-ID twice");
        let two_notices = [notice("N-1", "late", "chief", "11:00"), notice("N-1", "late", "deputy", "12:00")];
        assert!(faults(checks, &two_notices)[0].contains("stands for two notices"));
    }
}
