//! The ledger and what is read off it: tables in, standings, history, files out, digest and circular.

use calamine::{Data, Reader};

use super::*;

const OUTLETS: &str = r#"
[[outlet]]
id = "province"
name = "省委办公厅"
points = "4"

[[outlet]]
id = "city"
name = "City News"
points = "0.5"
"#;

const SUPERIOR: &str = "[[superior]]\nname = \"Province\"\naddress = \"province@above.example\"\n";

const TABLE: &str = "日期,单位,刊物,标题,积分\n\
    2002-03-01,北山县,省委办公厅,春耕进展,\n\
    2002-07-15,South County,省委办公厅,Wheat,6\n\
    2003-01-20,北山县,省委办公厅,\"=HYPERLINK(\"\"http://x\"\")\",\n\
    2003-01-21,北山县、South County,City News,联合治水,0.5\n\
    合计,,,,14.5\n";

fn office() -> Office {
    let office = Office::new();
    office.write("zhibao.toml", &(CONFIG.to_owned() + OUTLETS));
    office.write("network.toml", &(NETWORK.to_owned() + SUPERIOR));
    office.write("table.csv", TABLE);
    office.file();
    office
}

fn with_table() -> Office {
    let office = office();
    office.run(&["adoption", "import", "table.csv"]).done();
    office
}

fn rows(office: &Office, words: &[&str]) -> Vec<Value> {
    office.run(&[words, &["--json"]].concat()).json().as_array().expect("rows").clone()
}

#[test]
fn a_rehearsal_changes_nothing_and_the_same_table_counts_once() {
    let office = office();
    let said = office.run(&["adoption", "import", "table.csv", "--dry-run"]).done();
    assert!(said.contains("rehearsal"), "{said}");
    assert_eq!(rows(&office, &["adoption", "list"]).len(), 0);
    office.run(&["adoption", "import", "table.csv"]).done();
    assert_eq!(rows(&office, &["adoption", "list"]).len(), 4);
    let again = office.run(&["adoption", "import", "table.csv", "--json"]).json();
    assert_eq!(rows(&office, &["adoption", "list"]).len(), 4, "{again}");
}

#[test]
fn a_table_with_a_fault_is_refused_whole_and_each_fault_has_its_place() {
    let office = office();
    office.write("bad.csv", "日期,单位,刊物,标题,积分\n2003-01-02,北山县,省委办公厅,甲,4\n2003-13-02,东山县,省委办公厅,乙,五\n");
    let said = office.run(&["adoption", "import", "bad.csv"]);
    let told = format!("{}{}", said.out, said.err);
    for part in ["2003-13-02", "东山县", "五", "3"] {
        assert!(told.contains(part), "no “{part}” in: {told}");
    }
    assert_eq!((said.code, rows(&office, &["adoption", "list"]).len()), (Some(1), 0));
    office.run(&["adoption", "import", "nowhere.csv"]).refused(1, &["nowhere.csv"]);
}

#[test]
fn a_row_is_added_once_and_taken_back_by_another() {
    let office = office();
    let add = ["adoption", "add", "--unit", "south", "--outlet", "province", "--title", "Wheat", "--day", "2003-02-03"];
    let added = office.run(&[&add[..], &["--json"]].concat()).json();
    let number = added["number"].as_str().expect("a number");
    office.run(&add).refused(1, &["already"]);
    office.run(&["adoption", "add", "--unit", "nobody", "--outlet", "province", "--title", "x"]).refused(1, &["nobody"]);
    office.run(&["adoption", "add", "--unit", "south", "--outlet", "weekly", "--title", "x"]).refused(1, &["weekly", "province"]);
    office.run(&["adoption", "reverse", number, "--reason", "a mistake"]).done();
    office.run(&["adoption", "reverse", number, "--reason", "again"]).refused(1, &[number]);
    let points: Vec<i64> = rows(&office, &["adoption", "list"]).iter().filter_map(|row| row["points"].as_i64()).collect();
    assert_eq!(points.iter().sum::<i64>(), 0, "{points:?}");
    assert_eq!(points.len(), 2, "both stay on the ledger");
}

#[test]
fn standings_are_points_shares_and_ranks_of_a_period() {
    let office = with_table();
    let facts = office.run(&["standing", "2003-01", "--json"]).json();
    let line = |nth: usize| {
        let line = &facts["lines"][nth];
        (line["unit"]["id"].as_str().unwrap_or_default().to_owned(), line["points"].clone(), line["rank"].as_u64())
    };
    assert_eq!(facts["lines"].as_array().map(Vec::len), Some(2));
    assert_eq!((line(0).0.as_str(), line(0).2), ("north", Some(1)));
    assert_eq!((line(1).0.as_str(), line(1).2), ("south", Some(2)));
    let year = office.run(&["standing", "2002", "--json"]).json();
    assert_eq!(year["lines"][0]["unit"]["id"], "south", "{year}");
    for period in ["2003", "2002-H2", "2003-Q1", "2003-W04", "2002-07..2003-01", "2003-01-20..2003-01-21"] {
        let said = office.run(&["standing", period]).done();
        assert!(said.lines().filter(|line| line.contains("  ")).all(|row| columns(row) <= 80), "{said}");
    }
    office.run(&["standing", "lately"]).refused(2, &["lately"]);
}

#[test]
fn a_file_gets_every_row_and_no_cell_is_a_formula() {
    let office = with_table();
    office.run(&["adoption", "list", "--csv", "all.csv", "--xlsx", "all.xlsx"]).done();
    let text = fs::read_to_string(office.path("all.csv")).expect("written");
    assert!(text.starts_with('\u{feff}') && text.contains("'=HYPERLINK"), "{text}");
    let mut book: calamine::Xlsx<_> = calamine::open_workbook(office.path("all.xlsx")).expect("a workbook");
    let sheet = book.worksheet_range_at(0).expect("a sheet").expect("readable");
    let cells: Vec<&Data> = sheet.rows().flatten().collect();
    assert!(cells.iter().any(|cell| matches!(cell, Data::String(text) if text.starts_with("=HYPERLINK"))), "{cells:?}");
    let formulas = book.worksheet_formula("Sheet1").map(|range| range.used_cells().count()).unwrap_or_default();
    assert_eq!(formulas, 0);
    office.run(&["standing", "2003-01", "--csv", "standing.csv", "--xlsx", "standing.xlsx"]).done();
    assert!(fs::read_to_string(office.path("standing.csv")).expect("written").contains("北山县"));
    office.run(&["adoption", "list", "--csv", "no/such/folder.csv"]).refused(1, &["no/such/folder.csv"]);
}

#[test]
fn a_units_history_tells_where_it_stood_and_what_was_adopted() {
    let office = with_table();
    let past = office.run(&["unit", "history", "北山县", "--json"]).json();
    let stood: Vec<(String, u64)> = past["standing"]
        .as_array()
        .expect("periods")
        .iter()
        .map(|stood| (stood["period"].as_str().unwrap_or_default().to_owned(), stood["rank"].as_u64().unwrap_or_default()))
        .collect();
    assert_eq!(&stood[..3], [("2003".to_owned(), 1), ("2002".to_owned(), 2), ("2003-01".to_owned(), 1)]);
    assert_eq!(past["adoptions"].as_array().map(Vec::len), Some(3));
    for language in ["en", "zh-CN"] {
        let said = office.run(&["unit", "history", "north", "--lang", language]).done();
        assert!(said.contains("春耕进展") && said.contains("2002"), "{said}");
        assert!(said.lines().filter(|line| line.contains("  ")).all(|row| columns(row) <= 80), "{said}");
    }
    office.run(&["unit", "history", "north", "--csv", "north.csv"]).done();
    assert!(fs::read_to_string(office.path("north.csv")).expect("written").lines().count() > 3);
}

#[test]
fn a_superiors_circular_is_kept_apart_from_the_own_ledger() {
    let office = office();
    office.write("2003-01.csv", "期间,单位,累计积分,位次,总数\n2003-01,北山县,8,3,49\n");
    office.run(&["adoption", "import", "2003-01.csv", "--circular"]).done();
    assert_eq!(rows(&office, &["adoption", "list"]).len(), 0);
    let facts = office.run(&["standing", "2003-01", "--json"]).json();
    assert_eq!(facts["external"][0]["ranked"]["rank"], 3, "{facts}");
    assert_eq!(facts["external"][0]["ranked"]["of"], 49);
    assert!(office.run(&["standing", "2003-01"]).done().contains("3/49"));
    office.write("bad.csv", "期间,单位,累计积分,位次,总数\n2003-01,北山县,8,50,49\n");
    let said = office.run(&["adoption", "import", "bad.csv", "--circular"]);
    assert!(said.code == Some(1) && format!("{}{}", said.out, said.err).contains("50"), "{}{}", said.out, said.err);
}

#[test]
fn digest_and_circular_are_shown_and_written() {
    let office = with_table();
    let said = office.run(&["digest", "show", "--week", "2003-W04", "--html", "digest.html"]).done();
    assert!(said.contains("digest.html"), "{said}");
    let html = fs::read_to_string(office.path("digest.html")).expect("written");
    assert!(html.contains("北山县") && !html.contains("<script") && !html.contains("http://"), "{html}");
    office.run(&["circular", "show", "--month", "2003-01", "--xlsx", "month.xlsx"]).done();
    let mut book: calamine::Xlsx<_> = calamine::open_workbook(office.path("month.xlsx")).expect("a workbook");
    let sheet = book.worksheet_range_at(0).expect("a sheet").expect("readable");
    assert!(sheet.rows().flatten().any(|cell| matches!(cell, Data::String(text) if text == "北山县")));
    assert!(office.run(&["circular", "show", "--month", "2003-01"]).done().contains("北山县"));
    assert!(office.run(&["digest", "show", "--week", "2003-W04", "--lang", "zh-CN"]).done().contains("北山县"));
}
