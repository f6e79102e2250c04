//! Subject, sender, date, text and files, where two independent parsers agree on them.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;
use zhibao::domain::message::{Attachment, Mailbox, ParsedMail};
use zhibao::mail::parse::{Limits, read};

use super::corpora;

const FIELDS: [&str; 5] = ["subject", "from", "date", "text", "attachments"];

/// Where we differ from what both parsers say, and why.
#[rustfmt::skip] // a list
const DIFFERENT: [(&str, &str, &str); 11] = [
    ("mail-parser/resources/eml/malformed/001.eml", "text", "nothing but a boundary that no part follows: to them its line is the text, to us there is none"),
    ("mail-parser/resources/eml/malformed/008.eml", "text", "two parts of the same boundary, one behind the end of the other: we read both"),
    ("mime4j/core/src/test/resources/mimetools-testmsgs/multi-bad.msg", "text", "a multipart whose parts are ill closed: we read a part in front of the one that they call the text"),
    ("sisimai/emails/lhost-office365-01.eml", "text", "quoted-printable that decodes to a NUL: we drop it from the text, and flag it"),
    ("mail-parser/resources/eml/malformed/007.eml", "attachments", "a multipart without parts: we keep what stands there as a file, they drop it"),
    ("mail-parser/resources/eml/malformed/020.eml", "attachments", "a multipart without parts: we keep what stands there as a file, they drop it"),
    ("mail-parser/resources/eml/malformed/021.eml", "attachments", "a multipart without parts: we keep what stands there as a file, they drop it"),
    ("mail-parser/resources/eml/rfc/000.eml", "attachments", "called base64, and prose: we keep the prose, they decode letters of it"),
    ("flufl-bounce/tests/data/groupwise_03.txt", "attachments", "called base64, and prose: we keep the prose, they decode letters of it"),
    ("sisimai/emails/lhost-facebook-03.eml", "attachments", "the third part of a report is returned mail, whatever its type: to us it is no text to be read"),
    ("sisimai/emails/lhost-messagingserver-07.eml", "attachments", "the third part of a report is returned mail, whatever its type: to us it is no text to be read"),
];

#[test]
fn two_other_parsers_agree_with_us() {
    let Some(folder) = corpora() else { return };
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut unexplained = Vec::new();
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
                    if DIFFERENT.iter().any(|(file, of, _)| *file == format!("{corpus}/{name}") && *of == field) {
                        unexplained.push(format!("{corpus}/{name} {field}: listed as different, and is not"));
                    }
                    continue;
                }
                match DIFFERENT.iter().find(|(file, of, _)| *file == format!("{corpus}/{name}") && *of == field) {
                    Some((file, of, why)) => println!("{file} {of}: {why}"),
                    None => unexplained.push(format!("{corpus}/{name} {field}\n  they: {expected:?}\n  we:   {ours:?}")),
                }
            }
        }
    }
    for (field, (agreed, all)) in &counts {
        println!("{field}: {agreed} of {all} agree, {:.1} %", *agreed as f64 * 100.0 / *all as f64);
    }
    assert!(unexplained.is_empty(), "without a reason:\n{}", unexplained.join("\n"));
    assert_eq!(counts.len(), FIELDS.len(), "every field was compared");
    for (field, (agreed, all)) in counts {
        assert!(agreed * 100 >= all * 98, "{field}: {agreed} of {all} agree");
    }
}

fn expected_text(field: &str, value: &Value) -> String {
    match (field, value) {
        ("from", Value::Array(pairs)) => {
            let of = |pair: &Value, index: usize| pair.get(index).and_then(Value::as_str).unwrap_or_default().to_owned();
            shown(pairs.iter().map(|pair| (of(pair, 0), of(pair, 1))))
        }
        ("attachments", Value::Array(list)) => {
            let of = |file: &Value, key: &str| file[key].as_str().unwrap_or_default().to_owned();
            files(list.iter().map(|file| (of(file, "name"), of(file, "sha256_16"))))
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
        "attachments" => files(ours_as_theirs(mail).map(|file| (file.name.clone(), hex(&file.sha256)))),
        _ => squeezed(&mail.text),
    }
}

fn shown(mailboxes: impl Iterator<Item = (String, String)>) -> String {
    mailboxes.map(|(name, address)| format!("{} <{}>", squeezed(&name), address.to_lowercase())).collect::<Vec<_>>().join(", ")
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Messages within messages are files to us, and none to them.
fn ours_as_theirs(mail: &ParsedMail) -> impl Iterator<Item = &Attachment> {
    mail.attachments.iter().filter(|file| !file.media_type.starts_with("message/"))
}

/// In no order: theirs is by name.
fn files(files: impl Iterator<Item = (String, String)>) -> String {
    let mut all: Vec<String> = files.map(|(name, hash)| format!("{} {}", squeezed(&name), hash.get(..16).unwrap_or(&hash))).collect();
    all.sort();
    all.join(", ")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
