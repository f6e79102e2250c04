//! Mail that others wrote, read in place when it is there: every message must be read without a panic and in time, and
//! where two independent parsers agree on a field, so should we.

#[path = "corpora/ends.rs"]
mod ends;
#[path = "corpora/fields.rs"]
mod fields;
#[path = "corpora/replies.rs"]
mod replies;
#[path = "corpora/twins.rs"]
mod twins;
#[path = "corpora/verdicts.rs"]
mod verdicts;
#[path = "world/mod.rs"]
mod world;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chrono::DateTime;
use zhibao::mail::parse::{Limits, attachment_content, read};
use zhibao::steps::reading::TextRead;

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
        if let Ok(mail) = &outcome {
            TextRead::of(mail, DateTime::from_timestamp(1_100_000_000, 0).expect("a moment"), chrono_tz::Asia::Shanghai);
        }
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
