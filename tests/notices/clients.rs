//! What mail readers show: Outlook drops much of CSS, Gmail cuts long pages, QQ drops style blocks. Every mail is held to it.

use std::collections::BTreeSet;

use mail_parser::{MimeHeaders, PartType};
use zhibao::domain::digest::Digest;

use super::examples::standings;
use super::*;

const DROPPED: [&str; 30] = [
    "<script",
    "<form",
    "<input",
    "<button",
    "<svg",
    "<video",
    "<audio",
    "<iframe",
    "<object",
    "<embed",
    "<link",
    "<base",
    "<canvas",
    "<div",
    "position:",
    "float:",
    "flex",
    "display:grid",
    "@import",
    "url(",
    "http:",
    "https:",
    "//",
    "background-image",
    "transform",
    "calc(",
    "javascript:",
    "onclick",
    "onload",
    "var(--",
];
const CLASSES: [&str; 9] = ["page", "card", "type", "soft", "line", "stripe", "warn", "bad", "missing"];

/// The values of an attribute, in order.
fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    let mark = format!(" {attribute}=\"");
    html.match_indices(&mark).filter_map(|(at, _)| html[at + mark.len()..].split('"').next()).collect()
}

/// The tags of the body, without their brackets.
fn tags(html: &str) -> Vec<&str> {
    let body = html.split_once("<body").map_or("", |(_, body)| body);
    body.split('<').skip(1).filter_map(|tag| tag.split('>').next()).filter(|tag| !tag.starts_with('/')).collect()
}

fn content_ids(letter: &Letter) -> Vec<String> {
    let message = read(letter);
    message.parts.iter().filter_map(|part| part.content_id().map(str::to_owned)).collect()
}

fn hold_to_what_readers_show(name: &str, letter: &Letter) {
    let (text, html) = (text(letter), html(letter));
    assert!(text.trim().len() > 40, "{name}: the text part says nothing");
    assert!(html.len() < 100_000, "{name}: {} bytes of HTML", html.len());
    let without_doctype = html.replacen("<!DOCTYPE html>", "", 1);
    let style = without_doctype.split_once("<style>").and_then(|(_, rest)| rest.split_once("</style>")).expect("one style block").0;
    assert_eq!(without_doctype.matches("<style").count(), 1, "{name}");
    for rule in style.split('}').filter_map(|rule| rule.rsplit_once('{')).flat_map(|(_, rule)| rule.split(';')) {
        let property = rule.split(':').next().unwrap_or_default().trim();
        let colours = ["color", "background-color", "border-color", "color-scheme", ""];
        assert!(colours.contains(&property), "{name}: the style block lays out: {rule}");
    }
    for dropped in DROPPED {
        assert!(!without_doctype.contains(dropped), "{name}: {dropped}");
    }
    for tag in tags(&html) {
        let classes = values(&format!("<{tag}>"), "class").join(" ");
        assert!(classes.split_whitespace().all(|class| CLASSES.contains(&class)), "{name}: {tag}");
        assert!(classes.is_empty() || tag.contains(" style=\""), "{name}: a class alone: {tag}");
        if tag.starts_with("table") {
            assert!(tag.contains("cellpadding=\"0\"") && tag.contains("cellspacing=\"0\""), "{name}: {tag}");
        }
        if tag.starts_with("img") {
            let has = |attribute: &str| values(&format!("<{tag}>"), attribute).first().is_some_and(|value| !value.is_empty());
            assert!(has("alt") && has("width") && tag.contains("src=\"cid:"), "{name}: {tag}");
        }
    }
    let shown: BTreeSet<&str> = values(&html, "src").into_iter().filter_map(|src| src.strip_prefix("cid:")).collect();
    let sent = content_ids(letter);
    assert_eq!(shown, sent.iter().map(String::as_str).collect(), "{name}: pictures shown and sent");
    for part in &read(letter).parts {
        if let PartType::InlineBinary(bytes) | PartType::Binary(bytes) = &part.body
            && part.content_id().is_some()
        {
            assert!(bytes.starts_with(b"\x89PNG") && bytes.len() <= 30_000, "{name}: a picture of {} bytes", bytes.len());
        }
    }
}

#[test]
fn every_mail_keeps_to_what_mail_readers_show() {
    each(|name, _, _, letter, _| hold_to_what_readers_show(name, letter));
}

/// A network of 300 units with long names.
fn large(say: Say) -> Digest {
    let mut digest = standings::digest(say);
    let standing = digest.standing.as_mut().expect("a standing");
    let (unit, line) = (digest.units[1].clone(), standing.lines[1].clone());
    let name = |n: usize| UnitRef {
        id: format!("unit{n}").as_str().into(),
        name: say.of(&format!("第{n}号街道党工委办公室信息科"), &format!("Office of Street no. {n} <Information>")),
    };
    digest.units = (0..300).map(|n| zhibao::domain::digest::UnitWeek { unit: name(n), ..unit.clone() }).collect();
    standing.lines = (0..300).map(|n| zhibao::domain::digest::StandingLine { unit: name(n), ..line.clone() }).collect();
    digest.decisions = (0..200).map(|n| digest.decisions[n % digest.decisions.len()].clone()).collect();
    digest.roster = (0..300).map(|n| zhibao::domain::digest::RosterGap { unit: name(n), ..digest.roster[0].clone() }).collect();
    digest
}

fn compose(language: Language, kind: NoticeKind, content: Content) -> Letter {
    let (composer, key, office) = (Composer::new(), key(), office(language));
    let stationery = Stationery { office: &office, language, zone: chrono_tz::Asia::Shanghai, key: &key };
    let recipients = vec![recipient(Capacity::Supervisor)];
    let notice = Notice { kind, recipients, content, about: Headers::default(), answers: None, follows: None };
    copies(&composer, &notice, &stationery).remove(0).1
}

#[test]
fn a_network_of_300_units_fits_a_page_and_the_rest_is_attached() {
    for language in LANGUAGES {
        let letter = compose(language, NoticeKind::Digest, Content::Digest(large(Say(language))));
        hold_to_what_readers_show("large digest", &letter);
        let (text, html) = (text(&letter), html(&letter));
        let last = if language == Language::ZhCn { "第299号街道" } else { "Office of Street no. 299" };
        assert!(text.contains(last) && !html.contains(last));
        let files: Vec<String> = read(&letter).attachments().filter_map(|part| part.attachment_name().map(str::to_owned)).collect();
        assert!(files.contains(&"digest-2003-W22.xlsx".to_owned()), "{files:?}");
    }
}

/// Columns that a line takes in a terminal where Chinese takes two.
fn columns(line: &str) -> usize {
    line.chars().map(|c| if is_cjk(c) { 2 } else { 1 }).sum()
}

#[test]
fn tables_of_the_text_part_fit_a_terminal_of_80_columns() {
    for language in LANGUAGES {
        let say = Say(language);
        let digests = [Content::Digest(standings::digest(say)), Content::Digest(large(say))];
        for content in digests {
            let text = text(&compose(language, NoticeKind::Digest, content));
            let tables = text.lines().filter(|line| line.starts_with("  "));
            assert!(tables.clone().count() >= 20, "{text}");
            for line in tables {
                assert!(columns(line) <= 80, "{} columns: {line}", columns(line));
            }
        }
    }
}

#[test]
fn the_circular_brings_its_table_as_a_workbook() {
    use calamine::{Data, Reader, Xlsx};
    let mut circular = standings::circular(Say(Language::ZhCn));
    circular.lines[5].to_date.unit.name = "=1+1".into();
    let letter = compose(Language::ZhCn, NoticeKind::Circular, Content::Circular(circular));
    let message = read(&letter);
    assert_eq!(message.parts[0].content_type().map(|kind| kind.subtype()), Some(Some("mixed")));
    let file = message.attachments().find(|part| part.attachment_name() == Some("circular-2003-05.xlsx")).expect("a workbook");
    let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(file.contents().to_vec())).expect("a workbook that opens");
    assert_eq!(book.sheet_names(), ["累计", "当月"]);
    let sheet = book.worksheet_range("累计").expect("a sheet");
    let row = |n: usize| sheet.rows().nth(n).expect("a row").to_vec();
    assert_eq!(
        row(2)[..5],
        [Data::Float(1.0), Data::String("市委办公厅".into()), Data::String("county".into()), Data::Float(67.0), Data::Float(0.736)]
    );
    assert_eq!(row(7)[1], Data::String("=1+1".into()));
    assert_eq!(row(7)[3], Data::Float(0.0), "a zero is written");
    assert_eq!(row(7)[7], Data::Empty, "a rate of nothing is no zero");
}
