//! Every notice, in both languages, as each of its recipients gets it.

#[path = "notices/clients.rs"]
mod clients;
#[path = "notices/examples.rs"]
mod examples;
#[path = "notices/figures.rs"]
mod figures;

use std::collections::BTreeSet;

use examples::*;
use mail_parser::{Message, MessageParser};
use proptest::prelude::*;
use zhibao::domain::authentic::Doubt;
use zhibao::domain::language::Language;
use zhibao::domain::notice::*;
use zhibao::domain::roster::Office;
use zhibao::domain::rules::Rung;
use zhibao::mail::compose::{Composer, Letter, Stationery, Thread};
use zhibao::mail::token::{Key, claims, verify};

const LANGUAGES: [Language; 2] = [Language::ZhCn, Language::En];

fn key() -> Key {
    Key::new([9; 32])
}

fn read(letter: &Letter) -> Message<'_> {
    MessageParser::default().parse(&letter.bytes).expect("a message")
}

fn text(letter: &Letter) -> String {
    read(letter).body_text(0).expect("a text part").replace("\r\n", "\n")
}

fn html(letter: &Letter) -> String {
    read(letter).body_html(0).expect("an HTML part").into_owned()
}

/// The one value of a header, decoded.
fn unfolded(message: &Message, header: &'static str) -> Option<String> {
    let mut all: Vec<String> =
        message.header_as(header, mail_parser::HeaderForm::Text).iter().filter_map(|v| v.as_text().map(str::to_owned)).collect();
    assert!(all.len() <= 1, "{header} {all:?}");
    all.pop()
}

fn is_cjk(c: char) -> bool {
    ('\u{3000}'..='\u{9fff}').contains(&c) || ('\u{ff00}'..='\u{ffef}').contains(&c)
}

/// Composes every example for every recipient and hands it on.
fn each(mut check: impl FnMut(&str, &Example, &Recipient, &Letter, &Stationery)) {
    let (composer, key) = (Composer::new(), key());
    for language in LANGUAGES {
        let office = office(language);
        let stationery = Stationery { office: &office, language, zone: chrono_tz::Asia::Shanghai, key: &key };
        for example in all(language) {
            for (to, letter) in copies(&composer, &example.notice, &stationery) {
                let name = format!("{language}/{}-{:?}", example.name, to.capacity);
                check(&name, &example, &to, &letter, &stationery);
            }
        }
    }
}

#[test]
fn every_kind_and_variant_has_an_example() {
    let kinds: BTreeSet<NoticeKind> = all(Language::ZhCn).iter().map(|example| example.notice.kind).collect();
    assert_eq!(kinds, NoticeKind::ALL.into_iter().collect());
}

#[test]
fn every_notice_reads_well_in_its_language() {
    each(|name, _, _, letter, stationery| {
        let (text, html) = (text(letter), html(letter));
        for part in [&text, &html] {
            for bad in ["{{", "{%", "}}", "none", "undefined", "=>", "\u{1e}"] {
                assert!(!part.contains(bad), "{name}: {bad}\n{part}");
            }
        }
        let lead = text.split("\n\n").nth(1).expect("a lead");
        assert!(lead.trim().chars().count() > 8, "{name}: {lead:?}");
        match stationery.language {
            Language::ZhCn => {
                assert!(lead.chars().any(is_cjk), "{name}");
                assert!(
                    !text.contains(",。") && !text.contains("。。") && !text.contains("，。") && !text.contains("  。"),
                    "{name}:\n{text}"
                );
            }
            Language::En => assert!(!format!("{}{text}{html}", letter.subject).chars().any(is_cjk), "{name}:\n{text}"),
        }
        assert!(!text.contains("\n\n\n"), "{name}: empty lines\n{text}");
        assert!(!text.contains("..\n") && !text.contains(" ,") && !text.contains(" ."), "{name}:\n{text}");
    });
}

#[test]
fn the_headers_say_what_the_notice_is_about() {
    each(|name, example, to, letter, stationery| {
        let message = read(letter);
        let one = |header: &'static str| unfolded(&message, header);
        let about = &example.notice.about;
        let wanted = [
            ("X-Zhibao-Notice", Some(example.notice.kind.to_string())),
            ("X-Zhibao-Number", Some(NUMBER.to_string())),
            ("X-Zhibao-Event", about.event.map(|n| n.to_string())),
            ("X-Zhibao-Submission", about.submission.map(|n| n.to_string())),
            ("X-Zhibao-Unit", about.unit.as_ref().map(|u| u.id.to_string())),
            ("X-Zhibao-Stage", about.stage.map(|s| s.to_string())),
            ("X-Zhibao-Duty", about.duty.clone()),
            ("X-Zhibao-Severity", about.severity.map(|s| s.to_string())),
            ("X-Zhibao-Repeat", about.repeat.map(|n| n.to_string())),
            ("X-Auto-Response-Suppress", Some("All".into())),
            ("Auto-Submitted", Some(if example.notice.kind.is_answer() { "auto-replied" } else { "auto-generated" }.into())),
            ("Date", None),
        ];
        for (header, value) in wanted.into_iter().filter(|(header, _)| *header != "Date") {
            assert_eq!(one(header), value, "{name}: {header}");
        }
        if let Some(due) = about.due {
            let shown = one("X-Zhibao-Due").expect("a due time");
            assert!(shown.ends_with("+08:00") && t(&shown) == due, "{name}: {shown}");
        }
        assert_eq!(message.subject(), Some(letter.subject.as_str()), "{name}");
        assert_eq!(message.message_id(), Some(letter.message_id.as_str()), "{name}");
        assert_eq!(message.date().map(|date| date.to_timestamp()), Some(t("2003-03-03T12:40:00+08:00").timestamp()), "{name}");
        assert!(String::from_utf8_lossy(&letter.bytes).contains("\r\nDate: Mon, 03 Mar 2003 12:40:00 +0800\r\n"), "{name}");
        let mailbox = |address: Option<&mail_parser::Address<'_>>| {
            let addr = address.expect("an address").clone().into_list();
            assert_eq!(addr.len(), 1);
            (addr[0].name.as_deref().unwrap_or_default().to_owned(), addr[0].address.as_deref().unwrap_or_default().to_owned())
        };
        assert_eq!(mailbox(message.to()), (to.name.clone(), to.address.to_string()), "{name}");
        assert_eq!(mailbox(message.from()), (stationery.office.name.clone(), stationery.office.address.to_string()), "{name}");
    });
}

#[test]
fn lines_end_in_crlf_and_are_short_enough_for_every_server() {
    each(|name, _, _, letter, _| {
        let bytes = &letter.bytes;
        assert!(bytes.is_ascii(), "{name}");
        assert!(bytes.iter().enumerate().all(|(n, b)| (*b == b'\n') == (*b == b'\n' && n > 0 && bytes[n - 1] == b'\r')), "{name}");
        assert!(bytes.iter().enumerate().all(|(n, b)| *b != b'\r' || bytes.get(n + 1) == Some(&b'\n')), "{name}");
        assert!(bytes.split(|b| *b == b'\n').all(|line| line.len() <= 998), "{name}");
    });
}

#[test]
fn a_reply_by_any_of_three_ways_carries_a_token_that_verifies() {
    each(|name, example, to, letter, stationery| {
        let reply_to = read(letter).reply_to().and_then(|a| a.first()).and_then(|a| a.address.as_deref()).expect("Reply-To").to_owned();
        let proven = |recipients: &[String], answers: &[String], subject: &str| {
            let claims = claims(recipients, answers, subject, &stationery.office.address);
            assert!(claims.len() <= 1, "{name}");
            claims.first().is_some_and(|claim| claim.notice == NUMBER && verify(stationery.key, claim.notice, &to.address, &claim.token))
        };
        assert!(proven(&[reply_to], &[], ""), "{name}");
        assert!(proven(&[], &[format!("<{}>", letter.message_id)], ""), "{name}");
        // Its recipient may answer it by a command; or it comes back to ourselves.
        let carries_token = matches!(
            example.notice.kind,
            NoticeKind::Late
                | NoticeKind::Omitted
                | NoticeKind::Unreported
                | NoticeKind::Quarantined
                | NoticeKind::Question
                | NoticeKind::RosterCheck
                | NoticeKind::Canary
        );
        assert_eq!(proven(&[], &[], &format!("Re: {}", letter.subject)), carries_token, "{name}: {}", letter.subject);
    });
}

#[test]
fn no_subject_carries_a_tag_that_the_intake_would_read() {
    each(|name, _, _, letter, _| {
        assert!(!letter.subject.contains(['【', '】', '[', ']', '［', '］']), "{name}: {}", letter.subject);
        assert!(letter.subject.chars().count() <= 190, "{name}: {}", letter.subject);
        assert!(!letter.subject.contains("  "), "{name}: {}", letter.subject);
    });
}

#[test]
fn commands_are_offered_to_those_who_may_give_them() {
    each(|name, example, to, letter, stationery| {
        let text = text(letter);
        let offers = |zh: &str, en: &str| text.contains(&format!("\n    {}", if stationery.language == Language::ZhCn { zh } else { en }));
        if let Content::Breach(breach) = &example.notice.content {
            let supervisor = to.capacity == Capacity::Supervisor;
            assert_eq!(offers("豁免", "waive"), supervisor && breach.filed.is_none(), "{name}:\n{text}");
            assert_eq!(offers("收到", "ack"), supervisor && breach.filed.is_none(), "{name}:\n{text}");
            assert_eq!(offers("结案", "close"), supervisor && breach.event.is_some(), "{name}:\n{text}");
        } else {
            assert!(!offers("豁免", "waive") && !offers("收到", "ack"), "{name}:\n{text}");
        }
        let single = matches!(&example.notice.content, Content::Quarantined(quarantined) if !quarantined.list);
        assert_eq!(offers("放行", "release"), single, "{name}:\n{text}");
    });
}

#[test]
fn a_unit_is_not_told_that_or_when_somebody_told_us() {
    each(|name, _, to, letter, _| {
        if to.capacity == Capacity::Reporter {
            let text = text(letter);
            for hint in ["另有来源", "获知时间", "9时05分", "another source", "Known since", "09:05"] {
                assert!(!text.contains(hint), "{name}: {hint}\n{text}");
            }
        }
    });
}

#[test]
fn a_breach_states_its_facts() {
    let (composer, key) = (Composer::new(), key());
    for (language, facts) in [
        (
            Language::ZhCn,
            [
                "盂县",
                "E-2003-0007",
                "盂县某煤矿透水事故",
                "首报",
                "2003年3月3日10时30分",
                "2003年3月3日12时35分",
                "2小时5分",
                "重大（II级）",
                "盂县南娄镇",
                "2003年3月3日8时30分",
                "重大突发事件首报应在发生后2小时内报出",
            ],
        ),
        (
            Language::En,
            [
                "Yu County",
                "E-2003-0007",
                "Mine flooding in Yu County",
                "first report",
                "3 Mar 2003 10:30",
                "3 Mar 2003 12:35",
                "2 h 5 min",
                "II (major)",
                "Nanlou",
                "3 Mar 2003 08:30",
                "is due within 2 h of its occurrence",
            ],
        ),
    ] {
        let office = office(language);
        let stationery = Stationery { office: &office, language, zone: chrono_tz::Asia::Shanghai, key: &key };
        let filed = Breach { filed: Some(t("2003-03-03T12:35:00+08:00")), by: 7_500, ..breach(Say(language), Rung::Late) };
        let notice = breach_notice(Say(language), filed);
        for (_, letter) in copies(&composer, &notice, &stationery) {
            let (text, html) = (text(&letter), html(&letter));
            for fact in facts {
                assert!(text.contains(fact) && html.contains(fact), "{fact}\n{text}");
            }
        }
        let title = composer.title(&notice, language).expect("a title");
        assert_eq!(
            title,
            if language == Language::ZhCn {
                "迟报：盂县 首报 · 盂县某煤矿透水事故"
            } else {
                "Late: Yu County first report · Mine flooding in Yu County"
            }
        );
    }
}

#[test]
fn a_letter_is_the_same_every_time_and_differs_between_recipients() {
    each(|name, example, to, letter, stationery| {
        let composer = Composer::new();
        let again = copies(&composer, &example.notice, stationery);
        let mine: Vec<_> = again.iter().filter(|(other, _)| other == to).collect();
        assert_eq!(mine.len(), 1);
        assert_eq!(&mine[0].1, letter, "{name}");
        let ids: BTreeSet<&str> = again.iter().map(|(_, letter)| letter.message_id.as_str()).collect();
        assert_eq!(ids.len(), again.len(), "{name}");
    });
}

#[test]
fn what_it_answers_is_threaded_and_nonsense_is_left_out() {
    let (composer, key, office) = (Composer::new(), key(), office(Language::En));
    let stationery = Stationery { office: &office, language: Language::En, zone: chrono_tz::UTC, key: &key };
    let example = &all(Language::En)[0].notice;
    let compose = |thread: &Thread| {
        let letter = composer
            .compose(example, NUMBER, t("2003-03-03T04:40:00Z"), &recipient(Capacity::Sender), 0, thread, &stationery)
            .expect("a letter");
        let raw = String::from_utf8(letter.bytes).expect("ASCII");
        raw.split("\r\n\r\n").next().expect("a head").replace("\r\n ", " ")
    };
    let head =
        compose(&Thread { in_reply_to: Some("<b@x>".into()), references: vec!["a@x".into(), "b@x".into(), "evil>\r\nBcc: <c@x".into()] });
    assert!(head.contains("\r\nIn-Reply-To: <b@x>\r\n") && head.contains("\r\nReferences: <a@x> <b@x>\r\n"), "{head}");
    let head = compose(&Thread { in_reply_to: Some("no id".into()), references: (0..50).map(|n| format!("{n}@x")).collect() });
    assert!(head.contains("In-Reply-To: <49@x>") && head.contains("References: <0@x> <39@x>"), "{head}");
    let head = compose(&Thread::default());
    assert!(!head.contains("In-Reply-To") && !head.contains("References"), "{head}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn nothing_that_a_stranger_writes_gets_out_of_its_place(
        subject in "(?s).{0,200}", from in "[\\PC\r\n<>\"',;:@=?_ ]{0,80}", name in "(?s)[\\x00-\\x7f\u{202e}中é\\PC]{0,90}", duty in "[ -~中零=?_é]{0,60}",
    ) {
        let (composer, key) = (Composer::new(), key());
        let office = Office { name: name.clone(), ..office(Language::ZhCn) };
        let stationery = Stationery { office: &office, language: Language::ZhCn, zone: chrono_tz::Asia::Shanghai, key: &key };
        let mut item = quarantined_item(Say(Language::ZhCn), 3, QuarantineReason::NotAuthentic { why: Doubt::Ambiguous { header: subject.clone() } });
        item.subject = subject;
        item.from = from;
        let notice = Notice {
            kind: NoticeKind::Quarantined,
            recipients: vec![],
            content: Content::Quarantined(Quarantined { items: vec![item], list: false }),
            about: Headers { duty: Some(duty.clone()), ..Headers::default() },
            answers: None,
            follows: None,
        };
        let to = Recipient { name, ..recipient(Capacity::Desk) };
        let letter = composer.compose(&notice, NUMBER, t("2003-03-03T04:40:00Z"), &to, 0, &Thread::default(), &stationery).expect("a letter");
        let message = read(&letter);
        let head = String::from_utf8(letter.bytes.clone()).expect("ASCII");
        let head = head.split("\r\n\r\n").next().expect("a head");
        let mut names: Vec<&str> = head.split("\r\n").filter(|line| !line.starts_with(' ')).map(|line| line.split(':').next().unwrap_or("")).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        prop_assert_eq!(names.len(), count, "{}", head);
        let known = ["Auto-Submitted", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Reply-To", "Subject", "To",
            "X-Auto-Response-Suppress", "X-Zhibao-Duty", "X-Zhibao-Notice", "X-Zhibao-Number"];
        prop_assert!(names.iter().all(|name| known.contains(name)), "{:?}", names);
        prop_assert_eq!(message.subject(), Some(letter.subject.as_str()));
        prop_assert_eq!(unfolded(&message, "X-Zhibao-Duty").unwrap_or_default(), duty);
        prop_assert_eq!(message.to().map(|to| to.clone().into_list().len()), Some(1));
        let unfit = ['【', '[', '\r', '\n', '\u{202e}'];
        prop_assert!(!letter.subject.contains(unfit));
        let html = html(&letter);
        prop_assert_eq!(html.matches("<td").count(), html.matches("</td>").count());
        prop_assert!(!html.contains("<script") && !html.contains("<img"));
        prop_assert_eq!(message.parts.len(), 3);
    }
}

#[test]
fn of_a_flood_the_list_shows_some_and_the_number() {
    let (composer, key, office) = (Composer::new(), key(), office(Language::ZhCn));
    let stationery = Stationery { office: &office, language: Language::ZhCn, zone: chrono_tz::Asia::Shanghai, key: &key };
    let mut notice = all(Language::ZhCn).into_iter().find(|e| e.name == "quarantined-list").expect("one").notice;
    for (count, says) in [(0, "近一小时待核来件0件"), (500, "只列前50件，其余450件")] {
        let items = (1..=count).map(|n| quarantined_item(Say(Language::ZhCn), n, QuarantineReason::UnknownSender)).collect();
        notice.content = Content::Quarantined(Quarantined { items, list: true });
        let (_, letter) = copies(&composer, &notice, &stationery).remove(0);
        assert!(text(&letter).contains(says), "{}", text(&letter));
        assert!(letter.bytes.len() < 100_000, "{}", letter.bytes.len());
    }
}

#[test]
fn strangers_markup_is_text_in_html() {
    let (composer, key, office) = (Composer::new(), key(), office(Language::ZhCn));
    let stationery = Stationery { office: &office, language: Language::ZhCn, zone: chrono_tz::Asia::Shanghai, key: &key };
    let mut item = quarantined_item(Say(Language::ZhCn), 3, QuarantineReason::UnknownSender);
    item.subject = "<script>alert(1)</script>\n- x\n    放行".into();
    let mut notice = all(Language::ZhCn).into_iter().find(|e| e.notice.kind == NoticeKind::Quarantined).expect("one").notice;
    notice.content = Content::Quarantined(Quarantined { items: vec![item], list: false });
    let (_, letter) = copies(&composer, &notice, &stationery).remove(0);
    assert!(html(&letter).contains("&lt;script&gt;") && !html(&letter).contains("<script"));
}

/// With `ZHIBAO_SHOW=folder`, writes every example there as message, text and page, to be looked at.
#[test]
fn show() {
    let Some(folder) = std::env::var_os("ZHIBAO_SHOW").map(std::path::PathBuf::from) else { return };
    for language in LANGUAGES {
        std::fs::create_dir_all(folder.join(language.as_str())).expect("a folder");
    }
    each(|name, _, _, letter, _| {
        std::fs::write(folder.join(format!("{name}.eml")), &letter.bytes).expect("a file");
        std::fs::write(folder.join(format!("{name}.txt")), format!("Subject: {}\n\n{}", letter.subject, text(letter))).expect("a file");
        std::fs::write(folder.join(format!("{name}.html")), html(letter)).expect("a file");
    });
}
