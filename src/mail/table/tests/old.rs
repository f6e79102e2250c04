//! Workbooks of the old kind, .xls. The fixture was written by xlwt 1.3; the bad ones are made of it.

use super::*;

const BOOK: &[u8] = include_bytes!("../../../../tests/fixtures/table-97.xls");

/// The book with the one place that reads `from` made `to`.
fn patched(from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let places: Vec<usize> = BOOK.windows(from.len()).enumerate().filter(|(_, window)| *window == from).map(|(at, _)| at).collect();
    let [at, ..] = places[..] else { panic!("{from:?} is not there") };
    let mut book = BOOK.to_vec();
    book[at..at + to.len()].copy_from_slice(to);
    book
}

fn record(kind: u16, data: &[u8]) -> Vec<u8> {
    [kind.to_le_bytes().as_slice(), &u16::try_from(data.len()).unwrap().to_le_bytes(), data].concat()
}

fn numbers(numbers: &[u16]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// A stream of records: one sheet of `cells`, with these shared texts.
fn stream(texts: &[&str], cells: &[Vec<u8>]) -> Vec<u8> {
    let mut shared = [0_u8; 8].to_vec();
    for text in texts {
        shared.extend(u16::try_from(text.len()).unwrap().to_le_bytes());
        shared.push(0);
        shared.extend(text.bytes());
    }
    let mut parts: Vec<&[u8]> = shared.chunks(8_000).collect();
    let mut globals = record(0x0809, &numbers(&[0x0600, 5, 0, 0]));
    globals.extend(record(0x00fc, parts.remove(0)));
    for part in parts {
        globals.extend(record(0x003c, &[&[0], part].concat()));
    }
    let length = globals.len() + 4 + 8 + 4;
    globals.extend(record(0x0085, &[&u32::try_from(length).unwrap().to_le_bytes(), [0, 0, 0, 0].as_slice()].concat()));
    globals.extend(record(0x000a, &[]));
    [globals, record(0x0809, &numbers(&[0x0600, 16, 0, 0])), cells.concat(), record(0x000a, &[])].concat()
}

fn refused(stream: &[u8]) -> String {
    match records::check(stream).unwrap_err().wrong {
        Wrong::TooLarge { limit } => limit,
        wrong => format!("{wrong:?}"),
    }
}

fn text_cell_at(row: u16, column: u16, text: u32) -> Vec<u8> {
    record(0x00fd, &[numbers(&[row, column, 0]), text.to_le_bytes().to_vec()].concat())
}

fn number_at(row: u16, column: u16) -> Vec<u8> {
    record(0x0203, &[numbers(&[row, column, 0]), 1.0_f64.to_le_bytes().to_vec()].concat())
}

#[test]
fn an_old_workbook_is_read_like_a_new_one() {
    let sheets = read_sheets("a.xls", BOOK).unwrap();
    assert_eq!(sheets.len(), 1, "the hidden sheet is passed over");
    assert_eq!(
        show(&sheets[0]),
        ["1|阳泉市信息采用情况", "3|日期|单位|标题|积分", "4|2003-01-20·|郊区|郊区信息一则|9", "6|2003-01-22·|市委办公厅|=1+1|2.5"]
    );
    assert_eq!(sheets[0].merged, [Merged { first_line: 1, last_line: 1, first_column: 0, last_column: 3 }]);
}

#[test]
fn an_old_workbook_may_count_its_days_from_1904() {
    let sheets = read_sheets("a.xls", &patched(&record(0x0022, &[0, 0]), &record(0x0022, &[1, 0]))).unwrap();
    assert!(show(&sheets[0])[2].starts_with("4|2007-01-21·"));
}

#[test]
fn a_locked_workbook_is_said_to_be_locked() {
    let folder = |name: &str| name.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let encrypted = patched(&[folder("Workbook"), vec![0; 16]].concat(), &folder("EncryptedPackage"));
    assert_eq!(wrong("a.xlsx", &encrypted), "Protected");
    let code_page = record(0x0042, &0x04b0_u16.to_le_bytes());
    assert_eq!(wrong("a.xls", &patched(&code_page, &record(0x002f, &[1, 0]))), "Protected");
}

#[test]
fn chains_that_lead_nowhere_are_refused_at_once() {
    // The sector of the folder's chain: each of its links made to lead to itself.
    let start = u32::from_le_bytes(BOOK[48..52].try_into().unwrap());
    let table = 512 * (1 + u32::from_le_bytes(BOOK[76..80].try_into().unwrap()) as usize);
    let mut ring = BOOK.to_vec();
    let link = table + 4 * start as usize;
    ring[link..link + 4].copy_from_slice(&start.to_le_bytes());
    assert_eq!(wrong("a.xls", &ring), "the file is damaged or cut short");
    for cut in [600, 1024, 3000, BOOK.len() - 600] {
        let _ = wrong("a.xls", &BOOK[..cut]);
    }
}

#[test]
fn a_few_cells_that_ask_for_much_memory_are_refused() {
    let far: Vec<Vec<u8>> = vec![number_at(0, 0), number_at(65_535, 255)];
    assert_eq!(refused(&stream(&[], &far)), "cells, filled or not > 2000000");
    let claim = record(0x0200, &[&0_u32.to_le_bytes(), &u32::MAX.to_le_bytes(), numbers(&[0, 255, 0]).as_slice()].concat());
    assert_eq!(refused(&stream(&[], &[claim])), "cells, filled or not > 2000000");
    let many: Vec<Vec<u8>> = (0..20_000).map(|row| text_cell_at(row, 0, 1)).collect();
    assert_eq!(refused(&stream(&["a", &"x".repeat(30_000)], &many)), "bytes of text > 16777216");
    let many: Vec<Vec<u8>> = (0..200_001_u32).map(|at| number_at((at / 200) as u16, (at % 200) as u16)).collect();
    assert_eq!(refused(&stream(&[], &many)), "cells > 200000");
    let formula = record(0x0006, &[numbers(&[0, 0, 0]), vec![0; 8_000]].concat());
    assert_eq!(refused(&stream(&[], &vec![formula; 40])), "bytes of formulas > 262144");
    assert_eq!(records::check(&stream(&["a", "b"], &[text_cell_at(0, 0, 1), number_at(1, 1)])), Ok(()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_damage_to_an_old_workbook_panics_or_takes_long(
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = BOOK.to_vec();
        for (at, byte) in places {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        quickly("a.xls", &bytes);
        quickly("a.xls", &bytes[..cut.index(BOOK.len())]);
    }
}
