//! Days, periods, points, counts and ranks, cell by cell.

use super::*;

fn check(table: &[(&str, &str)], read: impl Fn(&str) -> String) {
    let wrong: Vec<String> = table
        .iter()
        .filter(|(text, expected)| read(text) != *expected)
        .map(|(text, expected)| format!("{text}: expected {expected}, read {}", read(text)))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn told<T: ToString>(read: Result<Option<T>, Wrong>) -> String {
    match read {
        Ok(Some(value)) => value.to_string(),
        Ok(None) => "none".into(),
        Err(wrong) => serde_json::to_value(wrong).unwrap()["wrong"].as_str().unwrap().into(),
    }
}

#[test]
fn days_are_read_as_offices_write_them() {
    let today = day("2003-04-08");
    check(
        &[
            ("2003-01-20", "2003-01-20"),
            ("2003/1/20", "2003-01-20"),
            ("2003.1.20", "2003-01-20"),
            ("2003．1．20", "2003-01-20"),
            ("２００３－０１－２０", "2003-01-20"),
            ("2003年1月20日", "2003-01-20"),
            ("2003 年 1 月 20 日", "2003-01-20"),
            ("2003年1月20号", "2003-01-20"),
            ("03年1月20日", "2003-01-20"),
            ("98年1月20日", "1998-01-20"),
            ("2003年1月20日（星期一）", "2003-01-20"),
            ("2003-01-20 14:30:00", "2003-01-20"),
            ("2003-01-20T14:30:00", "2003-01-20"),
            ("20030120", "2003-01-20"),
            ("1月20日", "2003-01-20"),
            ("4月8日", "2003-04-08"),
            ("4月9日", "2002-04-09"),
            ("12月31日", "2002-12-31"),
            ("2月29日", "2000-02-29"),
            ("2003-04-08", "2003-04-08"),
            ("2003-04-09", "day-in-future"),
            ("2013年1月20日", "day-in-future"),
            ("2003-02-30", "not-a-day"),
            ("2003-13-01", "not-a-day"),
            ("2003-01", "not-a-day"),
            ("03-01-20", "not-a-day"),
            ("1/20", "not-a-day"),
            ("1.2", "not-a-day"),
            ("37641", "not-a-day"),
            ("20日", "not-a-day"),
            ("本月", "not-a-day"),
            ("=TODAY()", "not-a-day"),
        ],
        |text| told(days::read(&Cell::Text(text.into()), today).map(Some)),
    );
    assert_eq!(days::read(&Cell::Day(day("2003-01-20")), today), Ok(day("2003-01-20")));
    assert_eq!(days::read(&Cell::Empty, today), Err(Wrong::CellMissing));
}

#[test]
fn periods_are_read_as_offices_write_them() {
    let today = day("2003-04-08");
    check(
        &[
            ("2003", "2003"),
            ("2003年", "2003"),
            ("2002年度", "2002"),
            ("2002年全年", "2002"),
            ("2003-03", "2003-03"),
            ("2003/3", "2003-03"),
            ("2003.03", "2003-03"),
            ("200303", "2003-03"),
            ("2003年3月", "2003-03"),
            ("2003年3月份", "2003-03"),
            ("２００３年３月", "2003-03"),
            ("03年3月", "2003-03"),
            ("2003年1至3月", "2003-01..2003-03"),
            ("2003年1-3月", "2003-01..2003-03"),
            ("2003年1—3月", "2003-01..2003-03"),
            ("2003年1～3月份", "2003-01..2003-03"),
            ("2003年1月至3月", "2003-01..2003-03"),
            ("2003年 1 - 3 月", "2003-01..2003-03"),
            ("2002年1至12月", "2002"),
            ("2002年4至6月", "2002-Q2"),
            ("2002年7至12月", "2002-H2"),
            ("2002年2至5月", "2002-02-01..2002-05-31"),
            ("2002年上半年", "2002-H1"),
            ("2002年下半年", "2002-H2"),
            ("2003年第一季度", "2003-Q1"),
            ("2003年一季度", "2003-Q1"),
            ("2002年3季度", "2002-Q3"),
            ("2002年前三季度", "2002-01..2002-09"),
            ("2003-Q1", "2003-Q1"),
            ("2003 Q1", "2003-Q1"),
            ("2002-H2", "2002-H2"),
            ("2003-01..2003-03", "2003-01..2003-03"),
            ("March 2003", "2003-03"),
            ("Jan-Mar 2003", "2003-01..2003-03"),
            ("January to March 2003", "2003-01..2003-03"),
            // The latest that has begun.
            ("3月", "2003-03"),
            ("12月", "2002-12"),
            ("1-3月", "2003-01..2003-03"),
            ("一季度", "2003-Q1"),
            ("2003-05", "not-a-period"),
            ("2004", "not-a-period"),
            ("2003年13月", "not-a-period"),
            ("2003年5至3月", "not-a-period"),
            // October as a number, or January.
            ("2002.1", "not-a-period"),
            ("三月", "not-a-period"),
            ("今年", "not-a-period"),
            ("15", "not-a-period"),
        ],
        |text| told(periods::read(&Cell::Text(text.into()), None, today).map(Some)),
    );
    assert_eq!(periods::read(&Cell::Day(day("2003-03-01")), None, today).map(|p| p.to_string()), Ok("2003-03".into()));
    let of_last_year = Some(Period::Year(2002));
    assert_eq!(periods::read(&Cell::Text("3月".into()), of_last_year, today), Ok(Period::Month(2002, 3)));
}

#[test]
fn a_subject_may_name_the_period() {
    let today = day("2003-04-08");
    check(
        &[
            ("【通报】2003年1至3月信息采用情况", "2003-01..2003-03"),
            ("【通报】2002年信息采用情况", "2002"),
            ("关于2003年3月份全省信息采用情况的通报", "2003-03"),
            ("关于2003年第一季度信息采用情况的通报", "2003-Q1"),
            ("2002年上半年信息工作通报", "2002-H1"),
            ("1-3月采用通报", "2003-01..2003-03"),
            ("[CIRCULAR] Adoptions, January-March 2003", "2003-01..2003-03"),
            ("[CIRCULAR] standings 2003-Q1", "2003-Q1"),
            ("[CIRCULAR] standings for 2002", "2002"),
            ("【通报】信息采用情况", "none"),
            ("【通报】2003年3月20日会议", "none"),
            ("【通报】2003年第3期", "none"),
            ("【通报】2004年信息采用情况", "none"),
        ],
        |subject| told(Ok(periods::of_subject(subject, today))),
    );
}

#[test]
fn points_are_exact_decimals_and_nothing_is_guessed() {
    check(
        &[
            ("5", "5"),
            ("5 分", "5"),
            ("5分", "5"),
            ("５", "5"),
            ("２．５分", "2.5"),
            ("2.5", "2.5"),
            ("0.125", "0.125"),
            ("2.500", "2.5"),
            ("0", "0"),
            ("5 points", "5"),
            ("1,234", "1234"),
            ("1，234.5", "1234.5"),
            ("12,345,678", "12345678"),
            ("", "none"),
            ("—", "none"),
            ("-", "none"),
            ("——", "none"),
            ("/", "none"),
            ("五", "not-points"),
            ("五分", "not-points"),
            ("5²", "not-points"),
            ("⑤", "not-points"),
            ("½", "not-points"),
            ("5+3", "not-points"),
            ("=5+3", "not-points"),
            ("1,5", "not-points"),
            ("1,23", "not-points"),
            ("0,500", "not-points"),
            ("1234,567", "not-points"),
            ("2.3333", "not-points"),
            ("5%", "not-points"),
            ("约5", "not-points"),
            ("1e3", "not-points"),
            ("-3", "negative-points"),
            ("－3分", "negative-points"),
            ("−0.5", "negative-points"),
            ("-1,234", "negative-points"),
        ],
        |text| told(figures::points(text)),
    );
}

#[test]
fn counts_are_whole_numbers() {
    check(
        &[
            ("3", "3"),
            ("3篇", "3"),
            ("１２ 条", "12"),
            ("1,234", "1234"),
            ("0", "0"),
            ("—", "none"),
            ("", "none"),
            ("三", "not-a-count"),
            ("3.5", "not-a-count"),
            ("-3", "not-a-count"),
            ("9999999999999", "not-a-count"),
        ],
        |text| told(figures::count(text)),
    );
}

#[test]
fn ranks_may_say_of_how_many() {
    let shown = |text: &str| match figures::rank(text) {
        Ok((rank, of)) => format!("{}/{}", told(Ok(rank)), told(Ok(of))),
        Err(wrong) => told::<u32>(Err(wrong)),
    };
    check(
        &[
            ("8", "8/none"),
            ("第8名", "8/none"),
            ("第 8 位", "8/none"),
            ("并列第8名", "8/none"),
            ("8/49", "8/49"),
            ("49／49", "49/49"),
            ("—", "none/none"),
            ("/", "none/none"),
            ("0", "rank-out-of-range"),
            ("-1", "rank-out-of-range"),
            ("50/49", "rank-out-of-range"),
            ("5000000000", "rank-out-of-range"),
            ("八", "not-a-count"),
            ("第八名", "not-a-count"),
            ("8.5", "not-a-count"),
            ("前列", "not-a-count"),
        ],
        shown,
    );
}
