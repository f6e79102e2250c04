//! The same message with line ends of another kind is the same submission.

use std::fs;

use chrono::DateTime;
use zhibao::domain::message::ParsedMail;
use zhibao::mail::parse::{Limits, read};
use zhibao::steps::reading::TextRead;

use super::{corpora, messages};

/// Where a twin differs, and why.
const DIFFERENT: [(&str, &str); 0] = [];

/// Every line end as this one; CR CR LF, which some relays make, is one, too.
fn with_line_ends(raw: &[u8], end: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'\r' => {
                while let Some(next) = rest.strip_prefix(b"\r") {
                    if next.first() != Some(&b'\n') && next.first() != Some(&b'\r') {
                        break;
                    }
                    rest = next;
                }
                rest = rest.strip_prefix(b"\n").unwrap_or(rest);
                out.extend_from_slice(end);
            }
            b'\n' => out.extend_from_slice(end),
            byte => out.push(byte),
        }
    }
    out
}

/// What a submission is made of; files are told by name and type, for those that are text have other line ends, too.
fn submission(mail: &ParsedMail) -> String {
    let zone = chrono_tz::Asia::Shanghai;
    let text = TextRead::of(mail, DateTime::from_timestamp(1_100_000_000, 0).expect("a moment"), zone);
    let files: Vec<(&str, &str)> = mail.attachments.iter().map(|file| (file.name.as_str(), file.media_type.as_str())).collect();
    let signs = &mail.automatic;
    format!(
        "{:?} {:?} {:?} {:?} {:?}\n{files:?} {signs:?}\n{:?} {:?}\n{}",
        mail.from, mail.subject, mail.message_id, mail.answers, mail.sent_at, text.tags, text.fields, text.own
    )
}

#[test]
fn line_ends_make_no_difference() {
    let Some(folder) = corpora() else { return };
    let (mut twins, mut faults) = (0, Vec::new());
    for path in messages(&folder) {
        let raw = fs::read(&path).expect("a readable message");
        // What is in UTF-16 or holds raw bytes between its lines has no lines to speak of.
        if raw.len() > 500_000 || raw.contains(&0) {
            continue;
        }
        let name = path.strip_prefix(&folder).expect("in the corpus").display().to_string();
        let of = |end: &[u8]| read(&with_line_ends(&raw, end), &[], &Limits::default()).map(|mail| submission(&mail));
        let (lf, crlf, cr) = (of(b"\n"), of(b"\r\n"), of(b"\r"));
        twins += 1;
        let is_same = lf == crlf && crlf == cr;
        match DIFFERENT.iter().find(|(listed, _)| *listed == name) {
            Some((_, why)) if !is_same => println!("{name}: {why}"),
            Some(_) => faults.push(format!("{name}: listed as different, and is not")),
            None if is_same => {}
            None => faults.push(format!("{name}: CRLF {}, CR {}\n{lf:?}\n{crlf:?}\n{cr:?}", crlf == lf, cr == lf)),
        }
    }
    println!("line ends: {twins} messages, each with LF, CRLF and CR: {} differ", faults.len() + DIFFERENT.len());
    assert!(
        faults.is_empty(),
        "{}",
        faults.iter().map(|fault| fault.chars().take(3000).collect::<String>()).collect::<Vec<_>>().join("\n\n")
    );
    assert!(twins > 500);
}
