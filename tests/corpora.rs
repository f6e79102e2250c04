//! Mail that others wrote, read in place when it is there: every message must be read without a panic and in time, and
//! where two independent parsers agree on a field, so should we.

#[path = "corpora/verdicts.rs"]
mod verdicts;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;
use zhibao::domain::message::{Mailbox, ParsedMail};
use zhibao::mail::parse::{Limits, attachment_content, read};

const FIELDS: [&str; 4] = ["subject", "from", "date", "text"];

fn corpora() -> Option<PathBuf> {
    let folder = std::env::var_os("ZHIBAO_CORPORA").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora"));
    if !folder.is_dir() {
        println!("the corpora are not here, nothing was read");
        return None;
    }
    Some(folder)
}

/// Whether each difference is to be shown.
fn verbose() -> bool {
    std::env::var_os("ZHIBAO_VERBOSE").is_some()
}

/// Everything that may be a message: the expected values beside them are not.
fn messages(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a readable corpus") {
            let path = entry.expect("a readable corpus").path();
            let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_owned();
            if path.is_dir() {
                folders.push(path);
            } else if !["json", "xml", "yml"].contains(&ending.as_str()) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn every_message_of_every_corpus_is_read_in_time() {
    let Some(folder) = corpora() else { return };
    let (mut ok, mut unreadable) = (0, 0);
    let mut slowest = (Duration::ZERO, PathBuf::new());
    for path in messages(&folder) {
        let raw = fs::read(&path).expect("a readable message");
        let begun = Instant::now();
        let outcome = read(&raw, &[], &Limits::default());
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(1), "{} took {took:?}", path.display());
        slowest = slowest.max((took, path));
        match outcome {
            Ok(mail) => {
                ok += 1;
                for (index, attachment) in mail.attachments.iter().enumerate() {
                    let content = attachment_content(&raw, index).expect("every attachment has content");
                    assert_eq!(content.len() as u64, attachment.size_bytes);
                }
                assert_eq!(attachment_content(&raw, mail.attachments.len()), None);
            }
            Err(_) => unreadable += 1,
        }
    }
    println!("read {ok} messages, {unreadable} files are none; the slowest took {:?}: {}", slowest.0, slowest.1.display());
    assert!(ok > 500, "the corpora hold over 500 messages");
}

#[test]
fn two_other_parsers_agree_with_us() {
    let Some(folder) = corpora() else { return };
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for corpus in ["mime4j", "mail-parser", "flufl-bounce", "sisimai"] {
        let consensus = fs::read(folder.join(corpus).join("consensus.json")).expect("a consensus");
        let consensus: BTreeMap<String, Value> = serde_json::from_slice(&consensus).expect("JSON");
        for (name, expected) in consensus {
            let Ok(raw) = fs::read(folder.join(corpus).join(&name)) else { continue };
            let mail = read(&raw, &[], &Limits::default()).ok();
            for field in FIELDS {
                let Some(expected) = expected.get(field) else { continue };
                let expected = expected_text(field, expected);
                // The other parsers leave a text empty that comes as HTML alone; we do not.
                if field == "text" && expected.is_empty() {
                    continue;
                }
                let ours = mail.as_ref().map(|mail| our_text(field, mail)).unwrap_or_else(|| "(unreadable)".to_owned());
                let (agreed, all) = counts.entry(field).or_default();
                *all += 1;
                if ours == expected {
                    *agreed += 1;
                } else if std::env::var_os("ZHIBAO_VERBOSE").is_some() {
                    println!("{corpus}/{name} {field}\n  they: {expected:?}\n  we:   {ours:?}");
                }
            }
        }
    }
    for (field, (agreed, all)) in &counts {
        println!("{field}: {agreed} of {all} agree, {:.1} %", *agreed as f64 * 100.0 / *all as f64);
    }
    for field in ["subject", "from"] {
        let (agreed, all) = counts.get(field).copied().unwrap_or_default();
        assert!(agreed * 100 >= all * 95, "{field}: {agreed} of {all} agree");
    }
}

fn expected_text(field: &str, value: &Value) -> String {
    match (field, value) {
        ("from", Value::Array(pairs)) => {
            let of = |pair: &Value, index: usize| pair.get(index).and_then(Value::as_str).unwrap_or_default().to_owned();
            shown(pairs.iter().map(|pair| (of(pair, 0), of(pair, 1))))
        }
        (_, Value::String(text)) => squeezed(text),
        (_, other) => other.to_string(),
    }
}

fn our_text(field: &str, mail: &ParsedMail) -> String {
    match field {
        "subject" => squeezed(&mail.subject),
        "from" => shown(mail.from.iter().map(|Mailbox { name, address }| (name.clone(), address.clone()))),
        "date" => mail.sent_at.map(|at| at.timestamp().to_string()).unwrap_or_default(),
        _ => squeezed(&mail.text),
    }
}

fn shown(mailboxes: impl Iterator<Item = (String, String)>) -> String {
    mailboxes.map(|(name, address)| format!("{} <{}>", squeezed(&name), address.to_lowercase())).collect::<Vec<_>>().join(", ")
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
