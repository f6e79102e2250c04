//! Files that ask for more than they may have: the message is filed all the same, its text is said to be incomplete, and reading
//! takes less than 64 MiB. Each is read in a process of its own, of which the greatest memory is measured.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use crate::archive::{Office, mail, zip};

const MEBIBYTE: usize = 1 << 20;

type Bomb = (&'static str, Vec<u8>);

static BOMBS: LazyLock<Vec<Bomb>> = LazyLock::new(bombs);

fn bombs() -> Vec<Bomb> {
    let blank = vec![b' '; 64 * MEBIBYTE];
    let types: &[u8] = b"<Types/>";
    let document = |content: &[u8]| zip(&[("[Content_Types].xml", types), ("word/document.xml", content)]);
    let laughs: String = (1..30).map(|n| format!("<!ENTITY l{n} \"&l{};&l{};\">", n - 1, n - 1)).collect();
    let laughs =
        format!("<?xml version=\"1.0\"?><!DOCTYPE d [<!ENTITY l0 \"ha\">{laughs}]><w:document><w:p><w:t>&l29;</w:t></w:p></w:document>");
    let nested = format!("<html>{}透水", "<div><b>".repeat(50_000));
    let deep = format!("<?xml version=\"1.0\"?><w:document>{}", "<w:tc><w:p>".repeat(400_000));
    let sheet = |cell: &[u8]| {
        zip(&[
            ("[Content_Types].xml", types),
            ("_rels/.rels", b"<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"),
            ("xl/workbook.xml", b"<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"),
            ("xl/_rels/workbook.xml.rels", b"<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"),
            ("xl/worksheets/sheet1.xml", cell),
        ])
    };
    let huge_cell =
        [b"<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"str\"><v>".as_slice(), &blank, b"</v></c></row></sheetData></worksheet>"]
            .concat();
    let inner = zip(&[("a.txt", &blank)]);
    let members: Vec<(String, Vec<u8>)> = (0..40).map(|n| (format!("{n}.txt"), vec![b' '; 3 * MEBIBYTE])).collect();
    let members: Vec<(&str, &[u8])> = members.iter().map(|(name, content)| (name.as_str(), content.as_slice())).collect();
    vec![
        ("blank.docx", document(&blank)),
        ("tag.docx", document(&[b"<w:document><w:p a=\"".as_slice(), &blank].concat())),
        ("laughs.docx", document(laughs.as_bytes())),
        ("deep.docx", document(deep.as_bytes())),
        ("cell.xlsx", sheet(&huge_cell)),
        ("one.zip", zip(&[("a.txt", &blank)])),
        ("many.zip", zip(&members)),
        ("nested.zip", zip(&[("b.zip", &inner), ("c.zip", &inner)])),
        ("nested.html", nested.into_bytes()),
    ]
}

/// The greatest resident memory, in KiB, and the answer of the process that reads.
fn read_apart(name: &str, bytes: &[u8]) -> (u64, String, Duration) {
    let begun = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_zhibao"))
        .args(["read-attachments", "58720256"])
        // As the daemon starts it.
        .env("MIMALLOC_ARENA_EAGER_COMMIT", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut input = child.stdin.take().expect("a pipe");
    let mut output = std::io::BufReader::new(child.stdout.take().expect("a pipe"));
    writeln!(input, "{}", serde_json::json!({ "name": name, "media_type": "application/octet-stream", "length": bytes.len() }))
        .expect("written");
    input.write_all(bytes).expect("written");
    input.flush().expect("written");
    let mut answer = String::new();
    std::io::BufRead::read_line(&mut output, &mut answer).expect("an answer");
    let took = begun.elapsed();
    // Asked for before it ends: the kernel forgets it then.
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0);
    drop(input);
    let _ = child.wait();
    (peak, answer, took)
}

#[test]
fn no_bomb_takes_more_than_its_share() {
    let (idle, ..) = read_apart("a.html", "<p>透水</p>".as_bytes());
    assert!(idle > 0, "the memory of the process can be read");
    for (name, bomb) in BOMBS.iter() {
        assert!(bomb.len() < 10 * MEBIBYTE, "{name}: {} bytes", bomb.len());
        let (peak, answer, took) = read_apart(name, bomb);
        println!(
            "{name}: {} KiB in, {peak} KiB at most ({idle} KiB idle), {took:?}, {}",
            bomb.len() >> 10,
            answer.chars().take(120).collect::<String>()
        );
        assert!(took < Duration::from_secs(10), "{name} took {took:?}");
        assert!(peak < idle + 64 * 1024, "{name} took {peak} KiB, {idle} KiB idle");
        // It was read to an end, or said why not; a process that was ended for it says nothing.
        assert!(peak > 0 || answer.is_empty(), "{name}");
        assert!(answer.is_empty() || answer.contains("\"name\""), "{name}: {answer}");
    }
}

#[test]
fn messages_with_bombs_are_filed_and_what_was_not_read_is_said() {
    let mut office = Office::new();
    for (name, bomb) in BOMBS.iter() {
        office.deliver(&mail(
            "donghe@office.example",
            &format!("【首报】{name}"),
            "东河黑石沟透水。",
            &[(name, bomb), ("after.txt", "其后仍读".as_bytes())],
        ));
    }
    office.file_all();
    let listed = office.json(&["submission", "list"]);
    assert_eq!(listed.as_array().expect("a list").len(), BOMBS.len(), "{listed}");
    let found = office.json(&["search", "其后仍读"]);
    let results = found["results"].as_array().expect("results");
    assert_eq!(results.len(), BOMBS.len(), "what comes behind a bomb is read: {found}");
    for hit in results {
        let subject = hit["subject"].as_str().expect("a subject");
        // Of these nothing is left out: what they ask for is not given, and the rest is all there is.
        let harmless = ["laughs.docx", "deep.docx", "nested.zip", "nested.html"].iter().any(|name| subject.contains(name));
        assert_eq!(hit["incomplete"].as_bool(), Some(!harmless), "{subject}");
    }
}
