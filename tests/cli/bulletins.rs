//! Bulletins, the ledger that they fill, and the commendation that comes of it.

use super::*;

const RECKONING: &str = r#"
[[outlet]]
id = "own"
name = "City News"
points = "2"

[[bulletin]]
id = "city-news"
title = "City News"
outlet = "own"
readers = ["mayor@city.example", "chief@city.example"]

[[award]]
class = "county"
places = 1
"#;

/// An office with a bulletin and three reports: two of the north, one of the south, in that order of number.
fn with_reports() -> (Office, Vec<String>) {
    let office = Office::new();
    office.write("zhibao.toml", &(CONFIG.to_owned() + RECKONING));
    for (from, subject, body) in [
        ("ann@north.example", "春耕进展", "春耕完成八成。"),
        ("ann@north.example", "市场物价上涨的问题", "猪肉涨价。"),
        ("bob@south.example", "Harvest", "Half of it is in."),
    ] {
        office.deliver(&["deliver"], message(from, subject, body).as_bytes()).done();
        office.file();
    }
    let list = office.run(&["submission", "list", "--json"]).json();
    let mut numbers: Vec<String> =
        list.as_array().expect("a list").iter().map(|row| row["number"].as_str().expect("one").to_owned()).collect();
    numbers.sort();
    (office, numbers)
}

fn drafted(office: &Office) -> String {
    office.run(&["bulletin", "draft", "city-news", "--year", "2002", "--json"]).json()["issue"].as_str().expect("a name").to_owned()
}

#[test]
fn issues_are_numbered_within_the_year() {
    let (office, _) = with_reports();
    assert_eq!((drafted(&office).as_str(), drafted(&office).as_str()), ("city-news-2002-001", "city-news-2002-002"));
    let other = office.run(&["bulletin", "draft", "city-news", "--year", "2003"]).done();
    assert!(other.contains("city-news-2003-001"), "{other}");
    office.run(&["bulletin", "draft", "weekly"]).refused(1, &["weekly", "city-news"]);
    assert_eq!(office.run(&["bulletin", "list", "--year", "2002", "--json"]).json().as_array().map(Vec::len), Some(2));
}

#[test]
fn an_issue_is_frozen_mailed_and_credited_once() {
    let (office, numbers) = with_reports();
    let issue = drafted(&office);
    office.run(&["bulletin", "issue", &issue]).refused(1, &[&issue, "no item yet"]);
    let add = |issue: &str, words: &[&str]| office.run(&[&["bulletin", "add", issue], words].concat());
    add(&issue, &["--submission", &numbers[0]]).done();
    let both = ["--title", "Fields", "--text", "两地 农事。", "--submission", &numbers[2], "--submission", &numbers[1]];
    add(&issue, &both).done();
    add(&issue, &["--title", "Notice", "--text", "No unit's matter."]).done();
    add(&issue, &["--submission", &numbers[0]]).refused(1, &[&numbers[0], "already"]);
    add(&issue, &["--title", "Empty"]).refused(1, &["--text"]);

    let issued = office.run(&["bulletin", "issue", &issue, "--by", "desk@city.example", "--json"]).json();
    assert_eq!((&issued["items"], &issued["uncredited"], &issued["readers"]), (&3.into(), &1.into(), &2.into()));
    assert_eq!(issued["credited"].as_array().map(Vec::len), Some(2));
    let letters = office.run(&["outbox", "list", "--all", "--json"]).json();
    let mailed: Vec<&Value> = letters.as_array().expect("a list").iter().filter(|letter| letter["kind"] == "bulletin").collect();
    assert_eq!(mailed.len(), 2, "one letter for each reader");

    add(&issue, &["--title", "Late", "--text", "Too late."]).refused(1, &[&issue, "can no longer be changed"]);
    office.run(&["bulletin", "issue", &issue, "--lang", "zh-CN"]).refused(1, &[&issue, "不能再改"]);

    // The next issue carries one of them again: the outlet has adopted it already.
    let next = drafted(&office);
    add(&next, &["--submission", &numbers[1]]).done();
    let again = office.run(&["bulletin", "issue", &next, "--json"]).json();
    assert_eq!((again["credited"].as_array().map(Vec::len), &again["uncredited"]), (Some(0), &1.into()));

    let facts = office.run(&["commendation", "--year", &this_year(&office), "--json"]).json();
    let lines = facts["classes"][0]["lines"].as_array().expect("lines");
    let line = |line: &Value| (line["unit"].as_str().expect("a unit").to_owned(), line["items"].as_i64(), line["total"].as_i64());
    assert_eq!((line(&lines[0]), line(&lines[1])), (("north".into(), Some(2), Some(4000)), ("south".into(), Some(1), Some(2000))));
    assert_eq!((&lines[0]["commended"], &lines[1]["commended"]), (&true.into(), &false.into()));
    let said = office.run(&["commendation", "--year", &this_year(&office), "--lang", "zh-CN"]).done();
    let book = ["commendation", "--year", &this_year(&office), "--xlsx", "signed.xlsx"];
    assert!(office.run(&book).done().contains("signed.xlsx"));
    assert!(fs::read(office.path("signed.xlsx")).is_ok_and(|bytes| bytes.starts_with(b"PK")), "a workbook");
    assert!(said.contains("签字") && said.contains("签批") && said.contains("表彰1名"), "{said}");
}

/// The year in which an issue of this moment counts.
fn this_year(office: &Office) -> String {
    let rows = office.run(&["bulletin", "list", "--json"]).json();
    let day = rows.as_array().expect("a list").iter().find_map(|row| row["day"].as_str()).expect("an issued one").to_owned();
    day[..4].to_owned()
}

#[test]
fn counts_tell_issues_items_characters_and_what_they_are_made_of() {
    let (office, numbers) = with_reports();
    let issue = drafted(&office);
    office.run(&["bulletin", "add", &issue, "--submission", &numbers[0]]).done();
    office.run(&["bulletin", "add", &issue, "--title", "物价", "--text", "猪肉 涨价。", "--submission", &numbers[1]]).done();
    let none = office.run(&["bulletin", "counts", "--year", "2002"]).done();
    assert!(none.contains("Nothing was issued"), "a draft does not count: {none}");
    office.run(&["bulletin", "issue", &issue]).done();
    let facts = office.run(&["bulletin", "counts", "--year", "2002", "--json"]).json();
    let one = &facts["bulletins"][0];
    assert_eq!((&one["issues"], &one["items"], &one["characters"]), (&1.into(), &2.into(), &12.into()));
    assert_eq!(facts["sum"]["characters"], 12);
    let shares: Vec<String> = one["make_up"]
        .as_array()
        .expect("shares")
        .iter()
        .map(|share| {
            format!("{} {} {}", share["sort"].as_str().unwrap_or_default(), share["name"].as_str().unwrap_or_default(), share["per_mille"])
        })
        .collect();
    assert_eq!(shares, ["kind 动态 500", "kind 问题 500", "field 农村 500", "field 市场 500"]);
    let said = office.run(&["bulletin", "counts", "--year", "2002", "--lang", "zh-CN"]).done();
    assert!(said.contains("合计") && said.contains("可超过100%") && said.contains("问题 1 (50.0%)"), "{said}");
}

#[test]
fn an_issue_is_exported_as_text_and_as_html() {
    let (office, numbers) = with_reports();
    let issue = drafted(&office);
    office.run(&["bulletin", "add", &issue, "--title", "A <b> & c", "--text", "One.\nTwo.", "--submission", &numbers[0]]).done();
    let text = office.run(&["bulletin", "export", &issue]).done();
    assert!(text.starts_with("City News\nNo. 1 of 2002 (draft)\n") && text.contains("1. A <b> & c\n\nOne.\nTwo.\n"), "{text}");
    office.run(&["bulletin", "export", &issue, "--html", "issue.html"]).done();
    let html = fs::read_to_string(office.path("issue.html")).expect("a file");
    assert!(html.contains("<h2>A &lt;b&gt; &amp; c</h2>") && html.contains("<p>Two.</p>"), "{html}");
    office.run(&["bulletin", "export", &issue, "--html", "no/such/folder/issue.html"]).refused(1, &["no/such/folder"]);
    office.run(&["bulletin", "show", "city-news-2002-009"]).refused(1, &["city-news-2002-009"]);
    office.run(&["bulletin", "show", "city-news"]).refused(2, &["yangquan-2002-017"]);
}

#[test]
fn breaches_cost_points_where_the_configuration_says_so_and_nothing_otherwise() {
    let of = |office: &Office| {
        let facts = office.run(&["commendation", "--year", "2003", "--json"]).json();
        let lines = facts["classes"][0]["lines"].as_array().expect("lines").clone();
        let line = |line: &Value| (line["unit"].as_str().unwrap_or_default().to_owned(), line["deductions"].as_i64());
        lines.iter().map(line).collect::<Vec<_>>()
    };
    assert_eq!(of(&Office::replayed()), [("north".into(), Some(0)), ("south".into(), Some(0))]);
    // The south's plant is omitted after it was late: what late cost is given back.
    let with = Office::replayed_with("\n[standing.deductions]\nlate = \"0.5\"\nomitted = \"1\"\nunreported = \"2\"\n");
    assert_eq!(of(&with), [("north".into(), Some(0)), ("south".into(), Some(-1000))]);
    let rows = with.run(&["adoption", "list", "--json"]).json();
    let rows: Vec<String> = rows.as_array().expect("rows").iter().map(|row| format!("{} {}", row["kind"], row["points"])).collect();
    assert_eq!(rows.len(), 3, "{rows:?}");
}
