//! Whatever table comes: it is refused line by line, or what is written loads without a warning.

mod people;

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use encoding_rs::{GB18030, UTF_16LE};
use proptest::prelude::*;

use super::dialogue::{Asker, Console};
use super::gather::ask;
use super::place::Place;
use super::roster::{self, Fault};
use super::*;
use crate::config::Loaded;

fn place(folder: &Path) -> Place {
    Place {
        config: folder.join("zhibao.toml"),
        roster: folder.join("network.toml"),
        store: "zhibao.db".into(),
        outbox: "outbox".into(),
        owner: (None, None),
        secret_owner: (None, None),
        system: false,
    }
}

fn silent(language: Language) -> Asker<'static> {
    Asker { language, console: None, defaults: true, missing: Vec::new(), number: 0 }
}

/// The answers about an office with such a table, nobody being asked.
fn answered(folder: &Path, table: &[u8], args: Args, language: Language) -> Result<Answers, Failure> {
    let units = folder.join("units.csv");
    fs::write(&units, table).expect("written");
    let args = Args { units: Some(units.display().to_string()), ..args };
    ask(&args, place(folder), &mut silent(language))
}

/// Sets up an office from a table, and loads what was written.
fn set_up(folder: &Path, table: &[u8], args: Args, language: Language) -> Result<Loaded, Failure> {
    let answers = answered(folder, table, args, language)?;
    let made = files_of(&answers);
    without_fault(&answers, &made)?;
    files::make_all(&made).expect("made");
    Ok(config::load(&folder.join("zhibao.toml"))?)
}

fn usual() -> Args {
    let text = |text: &str| Some(text.to_owned());
    Args { address: text("xinxi@city.example"), desk: text("desk@city.example"), mailbox: text("imap.city.example"), ..Args::default() }
}

fn faults(table: &str) -> Vec<String> {
    let office = Address::parse("xinxi@city.example");
    let shown = |fault: &Fault| format!("{}: {}", fault.line.map_or("-".into(), |line| line.to_string()), fault.said.en);
    let faults = roster::read("units.csv", table.as_bytes(), office.as_ref()).expect_err("refused");
    for fault in &faults {
        assert!(fault.said.zh.chars().any(|c| u32::from(c) > 0x2e80), "{fault:?}");
    }
    faults.iter().map(shown).collect()
}

#[test]
fn everything_wrong_is_told_with_its_line_and_its_mend() {
    let table = "unit,address,id,places,parent,role,level\n\
        North,ann@north.example,,Hill,,,\n\
        South,ann@north.example,,,,,\n\
        East,xinxi@city.example,,hill,,,\n\
        West,no address,north!,,,,\n\
        Mid,,,,,,\n\
        Far,far@far.example,,,Norht,,\n\
        A,a@a.example,,,B,,\n\
        B,b@b.example,,,A,,\n\
        C,c@c.example,,,,king,\n\
        ,boss@city.example,,,,supervisor,4\n\
        a,a2@a.example,x,,,,\n";
    assert_eq!(
        faults(table),
        [
            "3: ann@north.example stands on line 2 already, for “North”; an address reports once, for one unit: take one of the two out",
            "4: xinxi@city.example is the office's own address; write that of the person",
            "4: the place “hill” of “East” belongs to “North” of line 2 already; change one of the two",
            "5: “no address” is no email address; write it like yuxian@example.net, without a name",
            "5: the id “north!” may have letters a–z, digits, - and _ only, 40 at most; change it, or leave it empty and one is made",
            "6: “Mid” has no address; write that of its reporter",
            "7: the table has no unit “Norht”, named as a parent; did you mean “North”? Correct it, or add a line for that unit",
            "8: the parents go round: A → B → A; correct one of them",
            "10: “king” is no role; write full-time, part-time, leader, supervisor or superior, or leave it out for full-time",
            "11: the level “4” must be 1, 2 or 3: 1 hears from late on, 2 from omitted on, 3 of unreported only",
        ]
    );
}

#[test]
fn names_that_clash_are_told() {
    let table = "单位,邮箱,别名,代号\n盂县,y@a.example,盂,yx\n平定,p@a.example,盂县,pd\n郊区,j@a.example,,YX\n";
    assert_eq!(
        faults(table),
        [
            "3: the name “盂县” of “平定” belongs to “盂县” of line 2 already; change one of the two",
            "4: the name “YX” of “郊区” belongs to “盂县” of line 2 already; change one of the two",
        ]
    );
}

#[test]
fn a_table_without_its_columns_is_told_what_it_lacks() {
    assert_eq!(faults("单位,电话\n盂县,1\n"), ["1: there is no column of addresses; add one with the heading “address” or “邮箱”"]);
    assert_eq!(faults("邮箱,电话\na@b.example,1\n"), ["1: there is no column of units; add one with the heading “unit” or “单位”"]);
    assert!(faults("x,y\n1,2\n")[0].starts_with("-: no line names the columns"));
    assert!(faults("unit,address\n")[0].contains("no unit below the headings"));
    assert!(faults("unit,name,address\nA,B,a@b.example\n")[0].starts_with("1: the columns “unit” and “name”"));
    assert!(faults("unit,address\nA,\"a@b.example\n")[0].contains("quotation mark"));
}

#[test]
fn only_the_headings_themselves_are_left_out_where_they_stand_again() {
    let table = "单位,邮箱,姓名,角色,类别\n县委,a@a.example,李,信息员,县区\n市供电公司,b@b.example,钱,信息员,单位\n单位,邮箱,姓名,角色,类别\n\
        人员,c@c.example,联系人,,类型\n";
    let network = roster::read("units.csv", table.as_bytes(), None).expect("read");
    let units: Vec<(&str, &str)> = network.units.iter().map(|unit| (unit.name.as_str(), unit.class.as_str())).collect();
    assert_eq!(units, [("县委", "县区"), ("市供电公司", "单位"), ("人员", "类型")]);
    // Half of them is no line of headings: it is told, not passed over.
    assert_eq!(
        faults("unit,address,person\nNorth,n@n.example,\nunit,address,Ann\n"),
        ["3: “address” is no email address; write it like yuxian@example.net, without a name"]
    );
}

#[test]
fn several_rows_make_one_unit_and_supervisors_answer_for_what_is_beneath() {
    let table = "Roster of 2026\nUnit,E-mail,Person,Role,Level,Parent,Class\n\
        North County,ann@n.example,Ann,,,,county\n,bob@n.example,Bob,part-time,,,\nHill,h@n.example,,,,North County,town\n\
        South County,s@s.example,,,,,county\nNorth County,deputy@c.example,Deputy,supervisor,1,,\n";
    let network = roster::read("units.csv", table.as_bytes(), None).expect("read");
    let ids: Vec<&str> = network.units.iter().map(|unit| unit.id.as_str()).collect();
    assert_eq!(ids, ["north-county", "hill", "south-county"]);
    assert_eq!(network.units[0].reporters.len(), 2);
    assert_eq!(network.supervisors[0].units, Some([0, 1].into()));
    assert!(!network.is_supervised());
}

#[test]
fn a_blank_means_one_thing_in_a_table() {
    let table = "单位,邮箱,姓名,角色\n柳湾县,a@liuwan.example,赵,\n,b@liuwan.example,钱,兼职\n,head@liuwan.example,柳湾县长,督办人\n\
        北沟镇,c@beigou.example,,\n";
    assert_eq!(
        faults(table),
        [
            "4: the supervisor head@liuwan.example names no unit, and the blank of line 3 stands for the unit above; write a unit's name, or “all” for every unit"
        ]
    );
    // Wherever it stands, and in whichever order.
    let above = "unit,address,role\n,chief@city.example,supervisor\nNorth,n@n.example,\n,m@n.example,\n";
    assert!(faults(above)[0].starts_with("2: the supervisor chief@city.example names no unit, and the blank of line 4"));
    for (scope, units) in [("全部", None), ("all", None), ("柳湾县", Some([0].into()))] {
        let mended = table.replace("\n,head", &format!("\n{scope},head"));
        let network = roster::read("units.csv", mended.as_bytes(), None).expect("read");
        assert_eq!((&network.supervisors[0].units, network.supervisors[0].by_blank), (&units, false));
    }
}

#[test]
fn who_was_given_all_units_by_a_blank_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let table = "unit,address,person,role,level\nNorth,n@n.example,,,\n,chief@city.example,Chief,supervisor,1\nall,second@city.example,,supervisor,2\n";
    let answers = answered(folder.path(), table.as_bytes(), usual(), Language::En).expect("answered");
    let said = remarks(&answers);
    assert!(
        said.contains(&"these supervisors name no unit, and were given all of them: Chief <chief@city.example>.".to_owned()),
        "{said:?}"
    );
    let answers = answered(folder.path(), table.as_bytes(), usual(), Language::ZhCn).expect("answered");
    assert!(remarks(&answers).contains(&"这些督办人没有写所督办的单位，按督办全部单位写入：Chief <chief@city.example>。".to_owned()));
    for (language, sample) in [(Language::ZhCn, SAMPLE_ZH), (Language::En, SAMPLE_EN)] {
        let answers = answered(folder.path(), sample.as_bytes(), usual(), language).expect("answered");
        assert!(!remarks(&answers).concat().contains("chief@"), "the samples say it");
    }
}

#[test]
fn a_cross_of_the_keyboard_is_no_answer_to_yes_or_no() {
    for (cell, direct) in [("×", false), ("否", false), ("no", false), ("", false), ("√", true), ("是", true)] {
        let table = format!("单位,邮箱,直报点\n盂县,yuxian@a.example,{cell}\n");
        assert_eq!(roster::read("units.csv", table.as_bytes(), None).expect("read").units[0].direct_report, direct, "{cell}");
    }
    for cell in ["x", "X", "ｘ", "-", "－"] {
        let told = faults(&format!("单位,邮箱,直报点\n盂县,yuxian@a.example,{cell}\n"));
        assert_eq!(told, [format!("2: direct report is “{cell}”; write yes or no")]);
    }
}

#[test]
fn a_supervisor_of_the_table_may_be_said_once_more_and_not_otherwise() {
    let folder = tempfile::tempdir().expect("a folder");
    let with = |table: &str, supervisor: &str| {
        let args = Args { supervisor: Some(supervisor.to_owned()), ..usual() };
        set_up(folder.path(), table.as_bytes(), args, Language::En).map(|loaded| {
            fs::remove_file(folder.path().join("zhibao.toml")).and(fs::remove_file(folder.path().join("network.toml"))).expect("removed");
            let told = loaded.config.roster.supervisors.iter().map(|each| (each.address.to_string(), each.level));
            told.collect::<Vec<_>>()
        })
    };
    let supervised = "unit,address,role,level\nNorth,n@n.example,,\nall,chief@city.example,supervisor,1\n";
    assert_eq!(with(supervised, "chief@city.example").expect("the same"), [("chief@city.example".to_owned(), 1)]);
    let two = with(supervised, "chief@city.example, second@city.example").expect("one more");
    assert_eq!(two, [("second@city.example".to_owned(), 2), ("chief@city.example".to_owned(), 1)]);
    let refused = with(supervised, "second@city.example, chief@city.example").expect_err("of another level").sentence(Language::En);
    assert!(refused.contains("chief@city.example is a supervisor on line 3 of the table already; change the table"), "{refused}");
    let part = "unit,address,role,level\nNorth,n@n.example,,\nSouth,s@s.example,,\nNorth,chief@city.example,supervisor,1\n";
    let refused = with(part, "chief@city.example").expect_err("of one unit").sentence(Language::En);
    assert!(refused.contains("on line 4 of the table already, and units are left without one of level 1; change the table"), "{refused}");
}

#[test]
fn short_names_come_from_the_name_or_the_address_and_are_numbers_else() {
    let table = "单位,邮箱\n盂县,yuxian@a.example\n平定县,12345@qq.com\n郊区,xinxi@j.example\n城区,yuxian@b.example\n";
    let network = roster::read("units.csv", table.as_bytes(), None).expect("read");
    let ids: Vec<&str> = network.units.iter().map(|unit| unit.id.as_str()).collect();
    assert_eq!(ids, ["yuxian", "unit-01", "unit-02", "unit-03"]);
}

#[test]
fn the_samples_can_be_used_as_they_are() {
    for (language, sample) in [(Language::ZhCn, SAMPLE_ZH), (Language::En, SAMPLE_EN)] {
        let folder = tempfile::tempdir().expect("a folder");
        let loaded = set_up(folder.path(), sample.as_bytes(), usual(), language).expect("loads");
        assert_eq!(loaded.warnings, []);
        assert_eq!((loaded.config.roster.units.len(), loaded.config.roster.supervisors.len()), (3, 2));
        assert_eq!(loaded.config.rules.stages, config::defaults::stages());
        assert_eq!(loaded.config.rules.ladder, config::defaults::ladder());
        assert_eq!(loaded.config.rules.events == config::defaults::events(), language == Language::ZhCn, "words are those of the language");
    }
}

#[test]
fn any_charset_of_a_spreadsheet_is_read() {
    let table = "单位,邮箱,辖区\n盂县,yuxian@a.example,盂县、藏山\n平定县,pd@a.example,平定\n";
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(table.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let marked = [b"\xef\xbb\xbf", table.as_bytes()].concat();
    assert_eq!(UTF_16LE.decode(&utf16).0, table);
    for bytes in [table.as_bytes().to_vec(), GB18030.encode(table).0.into_owned(), utf16, marked] {
        let network = roster::read("units.csv", &bytes, None).expect("read");
        assert_eq!(network.units[0].places, ["盂县", "藏山"]);
    }
}

#[test]
fn a_workbook_is_read_as_well_and_a_merged_cell_holds_for_its_rows() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (column, heading) in ["单位", "邮箱", "姓名", "类别（可不填）"].into_iter().enumerate() {
        sheet.write_string(1, u16::try_from(column).expect("few"), heading).expect("written");
    }
    sheet.write_string(0, 0, "报送单位一览").expect("written");
    sheet.merge_range(2, 0, 3, 0, "盂县", &rust_xlsxwriter::Format::new()).expect("merged");
    sheet.merge_range(2, 3, 4, 3, "县区", &rust_xlsxwriter::Format::new()).expect("merged");
    for (row, unit, address) in [(2, "", "a@yuxian.example"), (3, "", "b@yuxian.example"), (4, "平定县", "p@pingding.example")] {
        if !unit.is_empty() {
            sheet.write_string(row, 0, unit).expect("written");
        }
        sheet.write_string(row, 1, address).expect("written");
    }
    let bytes = book.save_to_buffer().expect("a workbook");
    let network = roster::read("名册.xlsx", &bytes, None).expect("read");
    let units: Vec<(&str, usize, &str)> =
        network.units.iter().map(|unit| (unit.name.as_str(), unit.reporters.len(), unit.class.as_str())).collect();
    assert_eq!(units, [("盂县", 2, "县区"), ("平定县", 1, "县区")]);
}

/// A workbook of sheets by name, each of rows of texts.
fn workbook(sheets: &[(&str, &[&[&str]])]) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    for (name, rows) in sheets {
        let sheet = book.add_worksheet().set_name(*name).expect("a name");
        for (row, cells) in (0..).zip(*rows) {
            for (column, text) in (0..).zip(*cells) {
                sheet.write_string(row, column, *text).expect("written");
            }
        }
    }
    book.save_to_buffer().expect("a workbook")
}

#[test]
fn of_two_sheets_with_units_neither_is_passed_over() {
    let table: &[&[&str]] = &[&["单位", "邮箱"], &["盂县", "yuxian@a.example"]];
    let other: &[&[&str]] = &[&["单位", "邮箱"], &["消防支队", "watch@fire.example"]];
    let two = workbook(&[("县区", table), ("说明", &[&["此表由信息科填写"]]), ("部门", other)]);
    let faults = roster::read("名册.xlsx", &two, None).expect_err("refused");
    assert_eq!((faults.len(), faults[0].said.zh.as_str()), (1, "两张工作表都有单位和邮箱栏：“县区”、“部门”；请并为一张，或隐藏不用的"));
    assert!(faults[0].said.en.contains("2 sheets have columns of units and addresses: “县区”, “部门”; make them one"), "{faults:?}");
}

#[test]
fn sheets_that_are_not_read_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let table: &[&[&str]] = &[&["单位", "邮箱"], &["盂县", "yuxian@a.example"]];
    let notes: &[&[&str]] = &[&["电话", "备注"], &["1", "值班"]];
    let blank_form: &[&[&str]] = &[&["单位", "邮箱"]];
    let bytes = workbook(&[("空表", blank_form), ("说明", notes), ("县区", table), ("无", &[])]);
    for (language, remark) in
        [(Language::ZhCn, "这几张工作表没有用到：空表、说明。"), (Language::En, "these sheets of the table were not used: 空表, 说明.")]
    {
        let answers = answered(folder.path(), &bytes, usual(), language).expect("answered");
        assert_eq!(answers.network.units[0].name, "盂县");
        assert!(remarks(&answers).contains(&remark.to_owned()), "{:?}", remarks(&answers));
        let alone = answered(folder.path(), &workbook(&[("县区", table)]), usual(), language).expect("answered");
        assert!(!remarks(&alone).concat().contains("县区"));
    }
}

/// Names as people write them, and as they should not.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[盂平定县郊区城北南山湾]{1,6}",
        3 => "[A-Za-z][A-Za-z0-9 ]{0,12}",
        1 => "[\"'\\\\#@\\[\\]{}=\\$%&<>|;, \t\u{200b}\u{3000}“”、，\u{7f}é]{1,8}",
        1 => any::<String>(),
    ]
}

fn row() -> impl Strategy<Value = [String; 10]> {
    let address = prop_oneof![8 => "[a-z]{1,6}[0-9]{0,3}@[a-z]{1,5}\\.example", 1 => word()];
    let role = prop_oneof![12 => Just(""), 2 => Just("兼职"), 2 => Just("leader"), 2 => Just("督办人"), 1 => Just("上级"), 1 => Just("?")];
    let rare = || prop_oneof![6 => Just(String::new()), 1 => word()];
    let level = prop_oneof![8 => Just(""), 1 => Just("1"), 1 => Just("２"), 1 => Just("9")];
    let direct = prop_oneof![4 => Just(""), 1 => Just("是"), 1 => Just("no")];
    let names = (word(), address, rare(), rare(), rare());
    (names, (rare(), rare(), rare()), role, level, direct).prop_map(|(names, more, role, level, direct)| {
        let (unit, address, person, id, class) = names;
        let (places, aliases, parent) = more;
        [unit, address, person, role.to_owned(), level.to_owned(), id, class, places, [aliases, parent].join("、"), direct.to_owned()]
    })
}

fn table(rows: &[[String; 10]]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["单位", "邮箱", "姓名", "角色", "督办级别", "代号", "类别", "辖区", "别名", "直报点"]).expect("written");
    for row in rows {
        writer.write_record(row).expect("written");
    }
    writer.into_inner().expect("written")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_written_loads_without_a_warning_or_the_table_is_refused_line_by_line(
        rows in proptest::collection::vec(row(), 1..12),
        english in any::<bool>(),
        choice in 0..4_usize,
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let language = if english { Language::En } else { Language::ZhCn };
        let text = |text: &str| Some(text.to_owned());
        let args = match choice {
            0 => usual(),
            1 => Args { mailbox: text("imap://u@127.0.0.1:1143"), trust: text("authserv mx.city.example"), outgoing: text("localhost"), ..usual() },
            2 => Args { outgoing: text("smtp.city.example:587"), boundary: vec!["mx.city.example".into()], trust: text("mailbox"), ..usual() },
            _ => Args { outgoing: text("./out"), supervisor: text("a@x.example, B \"C\" <b@x.example>"), ..usual() },
        };
        let bytes = table(&rows);
        match set_up(folder.path(), &bytes, args, language) {
            Ok(loaded) => prop_assert_eq!(loaded.warnings, []),
            Err(Failure::Said { code, en, .. }) => {
                prop_assert_eq!(code, failure::USAGE);
                prop_assert!(en.contains("units.csv") || en.contains("--supervisor"), "{}", en);
                prop_assert!(!folder.path().join("zhibao.toml").exists());
            }
            Err(other) => prop_assert!(false, "{}", other.sentence(Language::En)),
        }
    }

    #[test]
    fn a_sound_table_is_always_taken(count in 1..40_usize, english in any::<bool>(), direct in any::<bool>()) {
        let rows: Vec<[String; 10]> = (0..count)
            .map(|n| {
                let mut row: [String; 10] = Default::default();
                row[0] = if english { format!("Unit {n}") } else { format!("第{n}县\"\\#") };
                row[1] = format!("u{n}@unit{n}.example");
                row[7] = format!("place {n}");
                row[9] = if direct { "是".into() } else { String::new() };
                row
            })
            .collect();
        let folder = tempfile::tempdir().expect("a folder");
        let language = if english { Language::En } else { Language::ZhCn };
        let loaded = set_up(folder.path(), &table(&rows), usual(), language);
        let loaded = loaded.map_err(|failure| TestCaseError::fail(failure.sentence(Language::En)))?;
        prop_assert_eq!(loaded.warnings, []);
        prop_assert_eq!(loaded.config.roster.units.len(), count);
        prop_assert_eq!(&loaded.config.roster.units[0].name, &rows[0][0]);
    }
}
