//! Kinds and fields of submissions, and the roster, at the console.

use super::*;

/// An office with one routine report of the north on file.
fn with_a_report() -> (Office, String) {
    let office = Office::new();
    office.deliver(&["deliver"], message("ann@north.example", "春耕中的问题", "Kind: 综合\n化肥涨价，农民有困难。").as_bytes()).done();
    office.file();
    let list = office.run(&["submission", "list", "--json"]).json();
    (office, list[0]["number"].as_str().expect("a number").to_owned())
}

fn names(facts: &Value) -> Vec<String> {
    let topics = facts["topics"].as_array().expect("topics");
    topics.iter().map(|topic| format!("{} {} by {}", word(topic, "sort"), word(topic, "name"), word(topic, "by"))).collect()
}

fn word<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

#[test]
fn kinds_come_from_the_line_and_fields_from_words() {
    let (office, number) = with_a_report();
    let shown = office.run(&["submission", "show", &number, "--json"]).json();
    assert_eq!(names(&shown), ["kind 综合 by label", "field 农村 by words"]);
    let said = office.run(&["submission", "show", &number, "--lang", "zh-CN"]).done();
    assert!(said.contains("栏目：综合；领域：农村"), "{said}");
}

#[test]
fn the_desk_gives_and_takes_kinds_and_fields_on_record() {
    let (office, number) = with_a_report();
    let tag = |words: &[&str]| office.run(&[&["submission", "tag", &number, "--by", "desk@city.example"], words].concat());
    let said = tag(&["--kind", "问题", "--field", "市场"]).done();
    assert!(said.contains("问题") && said.contains("市场"), "{said}");
    let facts = tag(&["--kind", "综合", "--remove", "--json"]).json();
    assert_eq!(facts["changed"], 1);
    assert_eq!(names(&facts), ["kind 问题 by desk@city.example", "field 农村 by words", "field 市场 by desk@city.example"]);
    assert_eq!(tag(&["--kind", "问题", "--json"]).json()["changed"], 0, "it has it already");
    tag(&["--kind", "天文"]).refused(1, &["天文", "中心工作, 问题"]);
    tag(&[]).refused(2, &["--kind"]);
    office.run(&["submission", "tag", "S-2003-000999", "--kind", "问题"]).refused(1, &["S-2003-000999"]);
}

#[test]
fn a_zero_report_is_of_no_kind() {
    let office = Office::new();
    office.deliver(&["deliver"], message("ann@north.example", "[ZERO] no problems, 没有问题", "市场平稳。").as_bytes()).done();
    office.file();
    let list = office.run(&["submission", "list", "--json"]).json();
    let shown = office.run(&["submission", "show", word(&list[0], "number"), "--json"]).json();
    assert_eq!(names(&shown), Vec::<String>::new());
}

#[test]
fn a_unit_is_confirmed_at_the_console() {
    let (office, _) = with_a_report();
    let said = office.run(&["unit", "confirm", "north", "--by", "desk@city.example"]).done();
    assert!(said.contains("北山县"), "{said}");
    let facts = office.run(&["unit", "confirm", "北山县", "--json"]).json();
    assert_eq!((&facts["done"], &facts["outcome"]), (&true.into(), &"roster-confirmed".into()));
}
