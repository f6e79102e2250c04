//! Search, by the built binary: Chinese words of one and two characters and English words, in subject, text and attachments.

mod archive;

#[path = "search/attached.rs"]
mod attached;
#[path = "search/bombs.rs"]
mod bombs;
#[path = "search/helper.rs"]
mod helper;

use archive::{Office, docx, mail, pdf, xlsx, zip};
use chrono::{TimeZone, Utc};
use zhibao::domain::attached::Document;
use zhibao::domain::search::Question;
use zhibao::store::{Indexed, SearchIndex};

#[test]
fn words_are_found_wherever_they_stand() {
    let mut office = Office::new();
    let packed = zip(&[("内部/说明.txt", "舆情专报".as_bytes())]);
    office.deliver(&mail("donghe@office.example", "东河县煤矿透水", "井下三人被困。\r\nThe Pump was restored.", &[]));
    office.deliver(&mail("donghe@office.example", "甲", "无事。", &[("a.docx", &docx(&["防汛督办事项"]))]));
    office.deliver(&mail("xiling@office.example", "乙", "无事。", &[("b.xlsx", &xlsx(&[&["单位", "断面水质"], &["西岭", "达标"]]))]));
    office.deliver(&mail("xiling@office.example", "丙", "无事。", &[("c.zip", &packed), ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")]));
    office.deliver(&mail("xiling@office.example", "丁", "无事。", &[("d.pdf", &pdf("貔貅专题会议"))]));
    office.deliver(&mail("stranger@elsewhere.example", "陌生", "请查收貔貅。", &[]));
    office.file_all();

    for (query, subjects) in [
        ("透水", &["东河县煤矿透水"][..]),
        ("透", &["东河县煤矿透水"]),
        ("煤礦", &["东河县煤矿透水"]),
        ("pump", &["东河县煤矿透水"]),
        ("ＰＵＭＰ", &["东河县煤矿透水"]),
        ("pum*", &["东河县煤矿透水"]),
        ("pum", &[]),
        ("\"was restored\" 被困", &["东河县煤矿透水"]),
        ("restored was", &["东河县煤矿透水"]),
        ("\"restored was\"", &[]),
        ("督办", &["甲"]),
        ("水质 达标", &["乙"]),
        ("舆", &["丙"]),
        ("old.doc", &["丙"]),
        ("火灾", &[]),
    ] {
        let mut found = office.found(&[query]);
        found.sort();
        assert_eq!(found, subjects, "{query}");
    }
    let mut by_pdf = office.found(&["貔貅"]);
    by_pdf.sort();
    assert_eq!(by_pdf, ["丁", "陌生"], "poppler-utils and poppler-data read it");

    let answer = office.json(&["search", "督办"]);
    let hit = &answer["results"][0];
    assert_eq!((hit["where"].as_str(), hit["attachment"].as_str()), (Some("attachment"), Some("a.docx")));
    assert_eq!((hit["line"].as_str(), hit["match"].as_str()), (Some("防汛督办事项"), Some("督办")));
    assert_eq!((hit["disposition"].as_str(), hit["unit"].as_str()), (Some("filed"), Some("donghe")));
    let stranger = office.json(&["search", "请查收"]);
    assert_eq!(stranger["results"][0]["disposition"], "quarantined");
    assert!(stranger["results"][0]["quarantine"].as_str().is_some_and(|number| number.starts_with("Q-")), "{stranger}");

    // By unit, by time, and for a person to read.
    assert_eq!(office.found(&["无事", "--unit", "donghe"]), ["甲"]);
    assert_eq!(office.found(&["无事", "--unit", "西岭县", "--limit", "2"]).len(), 2);
    assert_eq!(office.found(&["无事", "--until", "2003-01-01"]).len(), 0);
    assert_eq!(office.found(&["无事", "--since", "2003-01-01"]).len(), 4);
    let printed = office.run(&["search", "督办"]);
    assert!(printed.contains("attachment “a.docx”: 防汛督办事项") && printed.contains("S-") && printed.contains("东河县"), "{printed}");
    let printed = office.run(&["search", "貔貅", "请查收"]);
    assert!(printed.contains("(quarantined)") && printed.contains("请查收貔貅。"), "{printed}");
}

#[test]
fn the_best_answer_comes_first() {
    let mut office = Office::new();
    office.deliver(&mail("donghe@office.example", "甲", &format!("{}透水{}", "其他。".repeat(200), "其他。".repeat(200)), &[]));
    office.deliver(&mail("donghe@office.example", "透水事故", "见正文。", &[]));
    office.deliver(&mail("donghe@office.example", "乙", "透水，又透水，还是透水。", &[]));
    office.file_all();
    assert_eq!(office.found(&["透水"]), ["透水事故", "乙", "甲"]);
}

#[test]
fn a_message_that_was_found_is_shown_whole_and_as_it_came() {
    let mut office = Office::new();
    let raw = mail("stranger@elsewhere.example", "hello", "the body", &[("a.docx", &docx(&["within the file"]))]);
    office.deliver(&raw);
    office.file_all();
    let number = office.json(&["search", "within"])["results"][0]["message"].as_str().expect("a number").to_owned();
    let shown = office.run(&["search", "--show", &number]);
    assert!(shown.contains("the body") && shown.contains("Attachment: a.docx") && shown.contains("within the file"), "{shown}");
    let done = office.command(&["search", "--show", &number, "--raw"]).output().expect("it runs");
    assert_eq!(done.stdout, raw);
    assert!(office.refused(&["search", "--show", "M-99"]).1.contains("no M-99"));
    assert!(office.refused(&["search", "--show", "S-2003-1"]).1.contains("M-57"));
}

#[test]
fn a_question_that_asks_nothing_is_told_so_and_operators_are_words() {
    let office = Office::new();
    let (code, said) = office.refused(&["search", "，。"]);
    assert_eq!(code, 2);
    assert!(said.contains("nothing in “，。” to look for"), "{said}");
    for hostile in ["\"", "a\"b", "NEAR(a b)", "tokens:a", "* AND", "'; DROP TABLE words", "(", "a OR b NOT c", "^a -b +c"] {
        let done = office.command(&["search", "--", hostile]).output().expect("it runs");
        let code = done.status.code();
        assert!(code == Some(0) || code == Some(2), "{hostile}: {}", archive::text(&done.stderr));
    }
}

#[test]
fn the_index_can_be_lost_and_belongs_to_one_store() {
    let mut office = Office::new();
    office.deliver(&mail("donghe@office.example", "甲", "透水", &[]));
    office.file_all();
    assert_eq!(office.found(&["透水"]), ["甲"]);
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(office.path(&format!("zhibao.search{ending}")));
    }
    assert_eq!(office.found(&["透水"]), ["甲"], "it is made anew");
    let mut other = Office::new();
    other.deliver(&mail("donghe@office.example", "乙", "火灾", &[]));
    other.file_all();
    std::fs::copy(office.path("zhibao.search"), other.path("zhibao.search")).expect("copied");
    for ending in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(other.path(&format!("zhibao.search{ending}")));
    }
    assert_eq!(other.found(&["透水"]), Vec::<String>::new());
    assert_eq!(other.found(&["火灾"]), ["乙"]);
}

#[test]
fn old_mail_that_was_put_in_last_does_not_hide_the_present() {
    let folder = tempfile::tempdir().expect("a folder");
    let index = SearchIndex::open(&folder.path().join("zhibao.db")).expect("it opens");
    let of = |id: i64, year: i32, subject: &str| {
        let at = Utc.with_ymd_and_hms(year, 6, 1, 8, 0, 0).single().expect("a moment");
        Indexed::new(id, at, Document { subject: subject.into(), ..Document::default() })
    };
    let question = Question::read("透水").expect("a question").for_index();
    let newest = |limit| index.newest(&question, false, limit).expect("readable");
    index.put(&[of(1, 2026, "透水一"), of(2, 2025, "透水二"), of(3, 2026, "透水三")], None, None).expect("put in");
    let old: Vec<Indexed> = (4..40).map(|id| of(id, 2003, "透水旧事")).chain([of(40, 1960, "透水往事")]).collect();
    index.put(&old, None, None).expect("put in");
    assert_eq!(newest(4).ids, [3, 1, 2, 39]);
    assert!(newest(4).more);
    assert_eq!(newest(100).ids.len(), 40);
    assert_eq!(newest(100).ids.last(), Some(&40));
    // What is in is passed over, whatever its time.
    index.put(&[of(2, 2027, "透水二")], None, None).expect("passed over");
    assert_eq!(newest(1).ids, [3]);
}
