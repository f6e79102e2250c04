//! What is fuzzed: each takes any bytes, and panics where a promise is broken. The fuzzer and the replay of its corpora share them.

use std::cell::RefCell;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use zhibao::config;
use zhibao::domain::fields::read_fields;
use zhibao::domain::ids::{EventNo, NoticeNo};
use zhibao::domain::intake::not_by_a_person;
use zhibao::domain::language::Language;
use zhibao::domain::notice::{Breach, Capacity, Content, EventRef, Headers, Notice, NoticeKind, Owed, Recipient, UnitRef};
use zhibao::domain::reply::{command, own_text};
use zhibao::domain::roster::{Address, Office};
use zhibao::domain::rules::{Instant, Rung, Severity, Stage};
use zhibao::domain::tags::{numbers_in, read_tags};
use zhibao::domain::times::{self, read_due};
use zhibao::mail::compose::{Composer, Stationery, Thread};
use zhibao::mail::parse::{Limits, attachment_content, html_text, read};
use zhibao::mail::table::read_sheets;
use zhibao::mail::token::Key;
use zhibao::mailbox::imap::response_in_words;

/// Takes what the fuzzer makes up.
pub type Target = fn(&[u8]);

/// All of them.
pub const ALL: [(&str, Target); 8] = [
    ("intake", intake),
    ("report_of_mail", report_of_mail),
    ("fields", fields),
    ("commands", commands),
    ("tables", tables),
    ("configuration", configuration),
    ("sent_headers", sent_headers),
    ("imap", imap),
];

const ZONE: chrono_tz::Tz = chrono_tz::Asia::Shanghai;

fn arrival() -> Instant {
    DateTime::<Utc>::from_timestamp(1_046_662_200, 0).expect("3 March 2003")
}

/// A text and another one after the first line's end.
fn two(data: &[u8]) -> (String, String) {
    let text = String::from_utf8_lossy(data);
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    (first.to_owned(), rest.to_owned())
}

/// A message is read, or refused with a reason, and the same each time.
pub fn intake(data: &[u8]) {
    let (boundary, limits) = (["mx.office.example".to_owned()], Limits::default());
    let once = read(data, &boundary, &limits);
    assert_eq!(format!("{once:?}"), format!("{:?}", read(data, &boundary, &limits)), "two readings of one mail differ");
    let Ok(mail) = once else { return };
    assert!(mail.text.len() <= limits.text_bytes + 1024, "a text of {} bytes is over its bound", mail.text.len());
    let _ = not_by_a_person(&mail);
    for index in 0..mail.attachments.len().min(8) {
        let _ = attachment_content(data, index);
    }
    let _ = html_text(data);
}

/// What a mail server says about a mail.
pub fn report_of_mail(data: &[u8]) {
    let head = b"From: MAILER-DAEMON@mx.example\r\nTo: <bounce+n1@office.example>\r\nSubject: Undelivered Mail\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n--b\r\n\r\nIt could not be delivered.\r\n\
        --b\r\nContent-Type: message/delivery-status\r\n\r\n";
    intake(&[&head[..], data, b"\r\n--b--\r\n"].concat());
}

/// A time that was read is never after the arrival and five minutes, unless it says so itself.
pub fn fields(data: &[u8]) {
    let (subject, body) = two(data);
    let latest = arrival() + TimeDelta::minutes(5);
    let read = read_fields(&subject, &body, arrival(), ZONE);
    assert!(read.occurred.is_none_or(|at| at <= latest), "{:?} is after the arrival", read.occurred);
    for reading in [times::read(&subject, arrival(), ZONE), times::find_in_prose(&body, arrival(), ZONE)].into_iter().flatten() {
        assert!(reading.future || reading.at <= latest, "{reading:?} is after the arrival and not said to be");
    }
    let _ = read_due(&subject, arrival(), ZONE);
    let _ = (read_tags(&subject), numbers_in(&body));
}

/// A reply is cut down to what its author wrote, and cutting that again changes nothing of what it commands.
pub fn commands(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let own = own_text(&text);
    assert!(own.len() <= text.len() + 64, "more was found than there is");
    let _ = command(&own);
}

/// A table is read or refused.
pub fn tables(data: &[u8]) {
    for name in ["采用.csv", "table.txt", "table.xlsx"] {
        let _ = read_sheets(name, data);
    }
}

/// A configuration is accepted or refused in words of both languages.
pub fn configuration(data: &[u8]) {
    let path = Path::new("/zhibao.toml");
    let asked = RefCell::new(0);
    let file = |_: &Path| {
        *asked.borrow_mut() += 1;
        if *asked.borrow() > 8 { Err(std::io::ErrorKind::NotFound.into()) } else { Ok(data.to_vec()) }
    };
    if let Err(mut errors) = config::load_with(path, &file) {
        for language in [Language::ZhCn, Language::En] {
            errors.language = language;
            assert!(!errors.to_string().trim().is_empty(), "refused without a word");
        }
    }
}

/// Whatever stands in names and titles, a letter has the headers that it was given, each once, and lines end as they must.
pub fn sent_headers(data: &[u8]) {
    thread_local!(static COMPOSER: Composer = Composer::new());
    let (first, rest) = two(data);
    let address = |text| Address::parse(text).expect("an address");
    let to = Recipient { address: address("yuxian@office.example"), name: first.clone(), capacity: Capacity::Reporter };
    let office = Office { name: rest.clone(), address: address("xinxi@office.example"), desk: Vec::new(), operators: Vec::new() };
    let unit = UnitRef { id: "yuxian".into(), name: first.clone() };
    let event = EventNo { year: 2003, ordinal: 7 };
    let breach = Breach {
        rung: Rung::Late,
        owed: Owed::Stage { stage: Stage::First, ordinal: 1 },
        due: arrival(),
        filed: None,
        by: 0,
        event: Some(EventRef { number: event, title: rest.clone() }),
        place: Some(rest),
        occurred: Some(arrival()),
        severity: Some(Severity::II),
        known_at: None,
        rule: None,
        rung_after: None,
        passed: Vec::new(),
        next_rung: None,
        repeat: 0,
        repeats_at_most: 3,
        repeats_every: 14_400,
    };
    let about = Headers { event: Some(event), unit: Some(unit), duty: Some(first), ..Headers::default() };
    let content = Content::Breach(breach);
    let notice = Notice { kind: NoticeKind::Late, recipients: vec![to.clone()], content, about, answers: None, follows: None };
    let key = Key::new([9; 32]);
    for language in [Language::ZhCn, Language::En] {
        let stationery = Stationery { office: &office, language, zone: ZONE, key: &key };
        let thread = Thread { in_reply_to: None, references: Vec::new() };
        let number = NoticeNo { year: 2003, ordinal: 42 };
        let composed = COMPOSER.with(|composer| composer.compose(&notice, number, arrival(), &to, 0, &thread, &stationery));
        let letter = composed.unwrap_or_else(|error| panic!("{error}"));
        let bare = letter.bytes.iter().enumerate().any(|(at, byte)| match byte {
            b'\n' => at == 0 || letter.bytes[at - 1] != b'\r',
            b'\r' => letter.bytes.get(at + 1) != Some(&b'\n'),
            byte => *byte == 0,
        });
        assert!(!bare, "a bare CR or LF, or a NUL");
        let head = letter.bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("an end of the headers");
        let head = String::from_utf8(letter.bytes[..head].to_vec()).expect("headers are ASCII");
        let mut names: Vec<&str> =
            head.split("\r\n").filter(|line| !line.starts_with([' ', '\t'])).map(|line| line.split_once(':').expect(":").0).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count, "a header stands twice: {head}");
        assert!(names.iter().all(|name| KNOWN.contains(name)), "a header that nobody gave: {head}");
        assert!(head.lines().all(|line| line.len() <= 998), "a line over the limit");
    }
}

/// Headers that this letter has.
const KNOWN: [&str; 15] = [
    "Auto-Submitted",
    "Content-Type",
    "Date",
    "From",
    "MIME-Version",
    "Message-ID",
    "Reply-To",
    "Subject",
    "To",
    "X-Auto-Response-Suppress",
    "X-Zhibao-Duty",
    "X-Zhibao-Event",
    "X-Zhibao-Notice",
    "X-Zhibao-Number",
    "X-Zhibao-Unit",
];

/// Whatever a server says, it is understood or passed over.
pub fn imap(data: &[u8]) {
    let _ = response_in_words(data);
}
