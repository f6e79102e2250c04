//! Files as they come, good ones and bad ones. What they mean is tested in `domain::table`.

use std::io::{Cursor, Write};
use std::sync::LazyLock;

use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::*;
use crate::clock::Stopwatch;
use crate::domain::table::Merged;

mod network;
mod old;

/// `3|郊区|2003-01-20·|` : line, cells; a date has a dot behind it.
fn show(sheet: &Sheet) -> Vec<String> {
    let cell = |cell: &Cell| match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Day(day) => format!("{day}·"),
    };
    sheet.rows.iter().map(|row| format!("{}|{}", row.line, row.cells.iter().map(cell).collect::<Vec<_>>().join("|"))).collect()
}

fn read_text(bytes: &[u8]) -> Vec<String> {
    show(&read_sheets("a.csv", bytes).unwrap()[0])
}

fn wrong(name: &str, bytes: &[u8]) -> String {
    match read_sheets(name, bytes).unwrap_err() {
        CellFault { wrong: Wrong::Unreadable { why }, line, .. } => line.map_or(why.clone(), |line| format!("line {line}: {why}")),
        CellFault { wrong: Wrong::TooLarge { limit }, .. } => limit,
        CellFault { wrong, .. } => format!("{wrong:?}"),
    }
}

const TABLE: &str = "日期,单位,刊物,标题,积分\n2003-01-20,郊区,省委办公厅,郊区信息一则,9\n\n2003-01-22,市委办公厅,省委办公厅,市里信息,12\n";

fn expected() -> Vec<&'static str> {
    vec!["1|日期|单位|刊物|标题|积分", "2|2003-01-20|郊区|省委办公厅|郊区信息一则|9", "4|2003-01-22|市委办公厅|省委办公厅|市里信息|12"]
}

fn utf16(text: &str, little: bool, mark: bool) -> Vec<u8> {
    let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
    units.flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
}

#[test]
fn a_table_is_the_same_in_every_charset() {
    let encoded = |label: &str, text: &str| encoding_rs::Encoding::for_label(label.as_bytes()).unwrap().encode(text).0.into_owned();
    assert_eq!(read_text(TABLE.as_bytes()), expected());
    assert_eq!(read_text(format!("\u{feff}{TABLE}").as_bytes()), expected());
    assert_eq!(read_text(&encoded("gbk", TABLE)), expected());
    assert_eq!(read_text(&encoded("gb18030", TABLE)), expected());
    for (little, mark) in [(true, true), (false, true), (true, false), (false, false)] {
        assert_eq!(read_text(&utf16(TABLE, little, mark)), expected(), "little {little}, mark {mark}");
    }
    let traditional = "日期,單位,標題,積分\n2003-01-20,盂縣,農村稅費改革反映問題,5\n2003-01-21,盂縣,教育布局調整情況,6\n";
    assert_eq!(read_text(&encoded("big5", traditional)), read_text(traditional.as_bytes()));
    assert_eq!(read_text(traditional.as_bytes())[1], "2|2003-01-20|盂縣|農村稅費改革反映問題|5");
}

#[test]
fn a_table_is_the_same_with_every_separator_and_line_end() {
    for separator in [",", ";", "\t", "，", "；"] {
        let table = TABLE.replace(',', separator);
        assert_eq!(read_text(table.as_bytes()), expected(), "{separator:?}");
        assert_eq!(read_text(table.replace('\n', "\r\n").as_bytes()), expected(), "{separator:?}");
        assert_eq!(read_text(table.replace('\n', "\r").as_bytes()), expected(), "{separator:?}");
    }
    let hinted: Vec<String> = read_text(format!("sep=;\n{}", TABLE.replace(',', ";")).as_bytes());
    assert_eq!(hinted[1], "3|2003-01-20|郊区|省委办公厅|郊区信息一则|9");
}

#[test]
fn commas_in_titles_do_not_win_over_the_separator() {
    let table = "采用情况，2003年\n日期,单位,标题\n2003-01-20,郊区,一，二，三，四；五\n2003-01-21,郊区,六，七\n";
    assert_eq!(read_text(table.as_bytes())[2], "3|2003-01-20|郊区|一，二，三，四；五");
    let table = "日期，单位，标题\n2003-01-20，郊区，“一, 二”\n2003-01-21，郊区，\"六，七\"\n";
    assert_eq!(read_text(table.as_bytes()), ["1|日期|单位|标题", "2|2003-01-20|郊区|“一, 二”", "3|2003-01-21|郊区|六，七"]);
}

#[test]
fn quoted_cells_hold_line_ends_and_quotes_and_the_lines_are_still_counted() {
    let table = "日期,单位,标题\n\n2003-01-20,郊区,\"第一行\n第二行\"\n2003-01-21,郊区,\"说\"\"好\"\"\"\n\n2003-01-22,盂县,长5\"的管\n";
    assert_eq!(
        read_text(table.as_bytes()),
        ["1|日期|单位|标题", "3|2003-01-20|郊区|第一行\n第二行", "5|2003-01-21|郊区|说\"好\"", "7|2003-01-22|盂县|长5\"的管"]
    );
    let open = "日期,单位,标题\n2003-01-20,郊区,\"一\n2003-01-21,郊区,二\n2003-01-22,郊区,三\n";
    assert_eq!(wrong("a.csv", open.as_bytes()), "line 2: a quotation mark opens here and is never closed");
}

#[test]
fn a_text_that_begins_like_a_formula_is_a_text() {
    let lines = read_text("日期,标题\n2003-01-20,=1+1\n2003-01-20,\"=cmd|'/c calc'!A1\"\n".as_bytes());
    assert_eq!(lines[1..], ["2|2003-01-20|=1+1", "3|2003-01-20|=cmd|'/c calc'!A1"]);
}

#[test]
fn what_is_no_table_is_said_to_be_none() {
    for (name, bytes, why) in [
        ("a.csv", b"".as_slice(), "the file is empty"),
        ("a.csv", b" \r\n\r\n", "the file is empty"),
        ("a.txt", "各位领导：\n现将情况报告如下。\n此致\n".as_bytes(), "the text has no columns"),
        ("a.xls", b"<html><table><tr><td>1</td></tr></table></html>", "a web page or another markup, not a text in columns"),
        ("a.xlsx", b"%PDF-1.4\n1 0 obj", "neither a spreadsheet nor a text in columns"),
        ("a.xlsx", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "neither a spreadsheet nor a text in columns"),
        ("a.xlsx", b"PK\x03\x04 and nothing more", "invalid Zip archive: Could not find EOCD"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and nothing more", "the file is damaged or cut short"),
    ] {
        assert_eq!(wrong(name, bytes), why, "{name}");
    }
    assert_eq!(show(&read_sheets("a.txt", TABLE.as_bytes()).unwrap()[0]), expected());
    // The name says spreadsheet, and the text is a table all the same.
    assert_eq!(show(&read_sheets("a.xls", TABLE.replace(',', "\t").as_bytes()).unwrap()[0]), expected());
}

// ---------------------------------------------------------------- workbooks

fn saved(book: &mut Workbook) -> Vec<u8> {
    book.save_to_buffer().unwrap()
}

/// The parts of a zip, each as `change` makes it.
fn repacked(bytes: &[u8], change: impl Fn(&str, Vec<u8>) -> Vec<u8>) -> Vec<u8> {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut packed = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..zip.len() {
        let mut member = zip.by_index(index).unwrap();
        let (name, mut part) = (member.name().unwrap().into_owned(), Vec::new());
        std::io::copy(&mut member, &mut part).unwrap();
        packed.start_file(name.as_str(), SimpleFileOptions::default().compression_level(Some(1))).unwrap();
        packed.write_all(&change(&name, part)).unwrap();
    }
    packed.finish().unwrap().into_inner()
}

fn replaced(part: Vec<u8>, from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(part).unwrap();
    assert!(text.contains(from), "{text}");
    text.replace(from, to).into_bytes()
}

fn workbook() -> Vec<u8> {
    static BOOK: LazyLock<Vec<u8>> = LazyLock::new(new_workbook);
    BOOK.clone()
}

fn new_workbook() -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("采用").unwrap();
    let date = Format::new().set_num_format("yyyy\"年\"m\"月\"d\"日\"");
    sheet.merge_range(0, 0, 0, 4, "阳泉市信息采用情况", &Format::new()).unwrap();
    for (column, heading) in ["日期", "单位", "标题", "积分", "占比"].into_iter().enumerate() {
        sheet.write(2, column as u16, heading).unwrap();
    }
    sheet.write_with_format(3, 0, ExcelDateTime::from_ymd(2003, 1, 20).unwrap(), &date).unwrap();
    sheet.write(3, 1, " 郊区 ").unwrap();
    sheet.write(3, 2, "=1+1").unwrap();
    sheet.write(3, 3, 0.1 + 0.2).unwrap();
    sheet.write_with_format(3, 4, 0.839, &Format::new().set_num_format("0.0%")).unwrap();
    sheet.write_with_format(5, 0, ExcelDateTime::parse_from_str("2003-01-22 14:30").unwrap(), &date).unwrap();
    sheet.write(5, 1, "市委办公厅").unwrap();
    sheet.write(5, 2, true).unwrap();
    sheet.write(5, 3, Formula::new("=5+7").set_result("12")).unwrap();
    sheet.write(5, 4, Formula::new("=B6&\"x\"").set_result("市委办公厅x")).unwrap();
    let hidden = book.add_worksheet().set_name("旧表").unwrap();
    hidden.set_hidden(true);
    hidden.write(0, 0, "旧").unwrap();
    saved(&mut book)
}

#[test]
fn a_workbook_is_read_with_its_dates_decimals_stored_results_and_line_numbers() {
    let sheets = read_sheets("a.xlsx", &workbook()).unwrap();
    assert_eq!(sheets.len(), 1, "the hidden sheet is passed over");
    assert_eq!(sheets[0].name, "采用");
    assert_eq!(
        show(&sheets[0]),
        [
            "1|阳泉市信息采用情况",
            "3|日期|单位|标题|积分|占比",
            "4|2003-01-20·|郊区|=1+1|0.3|0.839",
            "6|2003-01-22·|市委办公厅|TRUE|12|市委办公厅x"
        ]
    );
    assert_eq!(sheets[0].merged, [Merged { first_line: 1, last_line: 1, first_column: 0, last_column: 4 }]);
    // The content decides, not the name.
    assert_eq!(read_sheets("a.csv", &workbook()).unwrap(), sheets);
}

#[test]
fn dates_counted_from_1904_are_the_days_that_were_meant() {
    let moved = repacked(&workbook(), |name, part| match name {
        "xl/workbook.xml" => replaced(part, "<workbookPr ", "<workbookPr date1904=\"1\" "),
        _ => part,
    });
    let line = &show(&read_sheets("a.xlsx", &moved).unwrap()[0])[2];
    assert!(line.starts_with("4|2007-01-21·"), "four years and a day later: {line}");
}

#[test]
fn merged_headers_keep_their_place() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let plain = Format::new();
    sheet.merge_range(0, 0, 1, 0, "单位", &plain).unwrap();
    sheet.merge_range(0, 1, 0, 2, "积分", &plain).unwrap();
    sheet.write(1, 1, "本月").unwrap();
    sheet.write(1, 2, "累计").unwrap();
    sheet.write(2, 0, "郊区").unwrap();
    sheet.write(2, 1, 3).unwrap();
    sheet.write(2, 2, 24).unwrap();
    let sheets = read_sheets("a.xlsx", &saved(&mut book)).unwrap();
    assert_eq!(show(&sheets[0]), ["1|单位|积分", "2||本月|累计", "3|郊区|3|24"]);
    assert_eq!(sheets[0].merged.len(), 2);
}

/// How much the process holds, as the kernel counts it; `None` where it does not say.
fn peak_kib() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// A workbook with so many more sheets of a megabyte each, all of one packed form.
fn many_sheets(count: usize) -> Vec<u8> {
    let row = b"<row><c><v>1</v></c></row>";
    let one = repacked(&workbook(), |name, part| if name.ends_with("sheet1.xml") { row.repeat((1 << 20) / row.len() + 1) } else { part });
    let mut zip = ZipArchive::new(Cursor::new(one)).unwrap();
    let mut packed = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..zip.len() {
        packed.raw_copy_file(zip.by_index(index).unwrap()).unwrap();
    }
    for number in 0..count {
        let sheet = zip.by_name("xl/worksheets/sheet1.xml").unwrap();
        packed.raw_copy_file_rename(sheet, format!("xl/worksheets/more{number}.xml").as_str()).unwrap();
    }
    packed.finish().unwrap().into_inner()
}

#[test]
fn a_bomb_is_refused_before_it_takes_memory() {
    const ALONE: &str = "ZHIBAO_BOMBS_ALONE";
    if std::env::var_os(ALONE).is_none() {
        // Peak memory is the whole process's, other tests' too: the bombs get a process of their own.
        let itself = std::env::current_exe().unwrap();
        let name = "mail::table::tests::a_bomb_is_refused_before_it_takes_memory";
        let done = std::process::Command::new(itself).args(["--exact", name]).env(ALONE, "1").output().unwrap();
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(done.status.success() && said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&done.stderr));
        return;
    }
    let blown = |part: &'static str, head: &'static str, piece: &'static str, times: usize| {
        repacked(
            &workbook(),
            move |name, bytes| if name == part { [head.as_bytes(), &piece.repeat(times).into_bytes()].concat() } else { bytes },
        )
    };
    let row = "<row><c><v>1</v></c></row>";
    let bombs = [
        (many_sheets(50), "bytes unpacked > 50331648"),
        (blown("xl/sharedStrings.xml", "<sst uniqueCount=\"4000000000\">", "<si/>", 1), "texts > 999999"),
        (blown("xl/sharedStrings.xml", "<sst>", "<si/>", 1_000_001), "texts > 1000000"),
        (blown("xl/styles.xml", "<styleSheet><fonts>", "<font/>", 100_001), "styles > 100000"),
        (blown("xl/worksheets/sheet1.xml", "<worksheet><!--", "<a>", 400_000), "bytes of one text > 1048576"),
        (
            blown("xl/worksheets/sheet1.xml", "<worksheet><sheetData><row><c t=\"inlineStr\"><is><t>", "x", 1_100_000),
            "bytes of one text > 1048576",
        ),
        (blown("xl/worksheets/sheet1.xml", "<worksheet><sheetData>", row, 200_001), "cells > 200000"),
        (blown("xl/worksheets/sheet1.xml", "<worksheet><sheetData>", "<row r=\"1\"><c r=\"ZZ1\"><v>1</v></c></row>", 1), "columns > 256"),
    ];
    let before = peak_kib();
    for (bytes, limit) in &bombs {
        assert!(bytes.len() < 1 << 20, "{limit}: {} bytes", bytes.len());
        assert_eq!(wrong("a.xlsx", bytes), *limit);
    }
    if let (Some(before), Some(after)) = (before, peak_kib()) {
        assert!(after - before < 128 << 10, "{} KiB more", after - before);
    }
}

#[test]
fn a_zip_whose_directory_lies_about_sizes_is_still_counted() {
    let bomb = repacked(&workbook(), |name, part| match name {
        "xl/worksheets/sheet1.xml" => ["<worksheet><sheetData>".as_bytes(), &b"<row></row>".repeat(60_000)].concat(),
        _ => part,
    });
    // The size in each directory entry stands 24 bytes behind its mark.
    let mut lying = bomb;
    let marks: Vec<usize> = lying.windows(4).enumerate().filter(|(_, four)| four == b"PK\x01\x02").map(|(at, _)| at).collect();
    for at in marks {
        lying[at + 24..at + 28].copy_from_slice(&100_u32.to_le_bytes());
    }
    assert_eq!(wrong("a.xlsx", &lying), "File is larger than its declared uncompressed size");
}

#[test]
fn one_text_named_by_many_cells_counts_each_time() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for row in 0..1_000 {
        sheet.write(row, 0, "长".repeat(10_000)).unwrap();
    }
    assert_eq!(wrong("a.xlsx", &saved(&mut book)), "bytes of text > 16777216");
}

#[test]
fn a_text_table_has_the_same_limits() {
    assert_eq!(wrong("a.csv", "甲,乙,丙\n".repeat(70_000).as_bytes()), "cells > 200000");
    assert_eq!(wrong("a.csv", format!("甲{}乙\n", ",".repeat(300)).as_bytes()), "columns > 256");
    assert_eq!(wrong("a.csv", &vec![b','; 9 << 20]), "cells > 200000");
    assert_eq!(wrong("a.csv", &vec![b'a'; (10 << 20) + 1]), "bytes > 10485760");
    assert_eq!(read_text("甲,乙\n".repeat(100_000).as_bytes()).len(), 100_000);
}

#[test]
fn other_zips_are_told_apart() {
    let zip = |names: &[&str]| {
        let mut packed = ZipWriter::new(Cursor::new(Vec::new()));
        for name in names {
            packed.start_file(*name, SimpleFileOptions::default()).unwrap();
            packed.write_all(b"<x/>").unwrap();
        }
        packed.finish().unwrap().into_inner()
    };
    assert_eq!(wrong("a.docx", &zip(&["_rels/.rels", "word/document.xml"])), "a text document (.docx), no table");
    assert_eq!(wrong("a.ods", &zip(&["mimetype", "content.xml"])), "an OpenDocument file; save it as .xlsx");
    assert_eq!(wrong("a.xlsb", &zip(&["_rels/.rels", "xl/workbook.bin"])), "a binary workbook (.xlsb); save it as .xlsx");
    assert_eq!(wrong("a.zip", &zip(&["2003-01.csv"])), "an archive, no workbook");
}

// ---------------------------------------------------------------- any bytes

fn quickly(name: &str, bytes: &[u8]) {
    let watch = Stopwatch::start();
    let _ = read_sheets(name, bytes);
    assert!(watch.seconds() < 1.0, "{} s", watch.seconds());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_panic_or_take_long(bytes in prop::collection::vec(any::<u8>(), 0..4096), head in 0..3_usize) {
        let head = [b"".as_slice(), b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"][head];
        quickly("a.csv", &[head, &bytes].concat());
    }

    #[test]
    fn no_damage_to_a_workbook_panics_or_takes_long(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let mut bytes = workbook();
        let (at, cut) = (at.index(bytes.len()), cut.index(bytes.len()));
        bytes[at] = byte;
        quickly("a.xlsx", &bytes);
        quickly("a.xlsx", &bytes[..cut]);
    }

    #[test]
    fn no_damage_to_a_sheet_panics_or_takes_long(at in any::<prop::sample::Index>(), piece in "[<>/a-z0-9\"= ]{0,12}") {
        let bytes = repacked(&workbook(), |name, mut part| {
            if name.ends_with(".xml") {
                let at = at.index(part.len());
                part.splice(at..at, piece.bytes());
            }
            part
        });
        quickly("a.xlsx", &bytes);
    }

    #[test]
    fn cells_are_the_same_whatever_the_separator_and_the_charset(
        rows in prop::collection::vec(prop::collection::vec("[\u{4e00}-\u{4eff}0-9A-Za-z.\"\n]{1,8}", 4), 3..8),
        separator in 0..5_usize,
    ) {
        let separator = ['，', ';', '\t', '；', ','][separator];
        let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
        let written = |separator: &str| rows.iter().map(|row| row.iter().map(quoted).collect::<Vec<_>>().join(separator)).collect::<Vec<_>>().join("\n");
        let plain: Vec<Vec<Cell>> = rows.iter().map(|row| row.iter().map(|cell| text_cell(cell)).collect()).collect();
        let text = written(&separator.to_string());
        for bytes in [text.clone().into_bytes(), utf16(&text, true, true), utf16(&text, false, true)] {
            let read = read_sheets("a.csv", &bytes).unwrap();
            let mut wanted = plain.clone();
            for row in &mut wanted {
                row.truncate(row.iter().rposition(|cell| *cell != Cell::Empty).map_or(0, |last| last + 1));
            }
            wanted.retain(|row| !row.is_empty());
            let read: Vec<Vec<Cell>> = read[0].rows.iter().map(|row| row.cells.clone()).collect();
            prop_assert_eq!(read, wanted);
        }
    }
}
