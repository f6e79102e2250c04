//! Headers, sheets and merged cells.

use super::*;

fn merged(first_line: u32, last_line: u32, first_column: usize, last_column: usize) -> Merged {
    Merged { first_line, last_line, first_column, last_column }
}

#[test]
fn a_table_without_a_header_is_refused() {
    same(city().adoptions("2003-01-20,郊区,省委办公厅,甲,9\n2003-01-21,郊区,省委办公厅,乙,9"), "no-header");
    same(city().circular("2002年", "平定县,7,9,49"), "no-header");
    assert_eq!(show(read_adoptions(&[], &city().known())), "no-header");
    same(city().adoptions("日期,单位,标题\n合计,,"), "no-rows");
}

#[test]
fn a_header_is_looked_for_in_the_first_thirty_rows() {
    let titles = |count: usize| "标题行\n".repeat(count) + "日期,单位,标题\n2003-01-20,郊区,甲";
    assert_eq!(city().adoptions(&titles(29)), "31: 2003-01-20 jiaoqu province “甲” - -");
    assert_eq!(city().adoptions(&titles(30)), "no-header");
}

#[test]
fn every_column_that_is_missing_is_told() {
    let mut network = city();
    network.outlets.clear();
    same(
        network.adoptions("刊名称,单位,积分\n省,郊区,3"),
        "column-missing wanted=\"日期 | date\"
         column-missing wanted=\"刊物 | outlet\"
         column-missing wanted=\"标题 | title / 编号 | submission\"",
    );
    same(
        city().circular("通报", "单位,期次,总数\n郊区,1,49"),
        "column-missing wanted=\"期间 | period\"
         column-missing wanted=\"采用 | adopted / 积分 | points / 累计积分 | total / 位次 | rank\"",
    );
}

#[test]
fn of_two_columns_that_mean_the_same_the_usual_one_counts_or_neither() {
    same(city().adoptions("日期,单位,标题,信息得分,积分\n2003-01-20,郊区,甲,1,2"), "2: 2003-01-20 jiaoqu province “甲” 2 -");
    same(city().adoptions("日期,单位,标题,得分,分值\n2003-01-20,郊区,甲,1,2"), "1 分值 column-twice first=\"得分\"");
}

#[test]
fn sheets_that_are_no_list_are_passed_over_where_another_is_one() {
    let list = sheet("明细", "日期,单位,标题\n2003-01-20,郊区,甲");
    let sums = sheet("汇总", "单位,积分\n郊区,5");
    let notes = sheet("说明", "本表每月报送\n请核对");
    let known = city();
    let read = |sheets: &[Sheet]| show(read_adoptions(sheets, &known.known()));
    assert_eq!(read(&[notes.clone(), sums.clone(), list.clone()]), "2: 2003-01-20 jiaoqu province “甲” - -");
    assert_eq!(read(&[list.clone(), list]).lines().count(), 2);
    same(
        read(&[notes, sums]),
        "汇总 column-missing wanted=\"日期 | date\"
         汇总 column-missing wanted=\"标题 | title / 编号 | submission\"",
    );
}

#[test]
fn a_header_in_two_lines_is_read_by_its_merged_cells() {
    let table = "全省信息采用情况,,,,
单位,积分,,位次,
,本月,累计,本月,累计
郊区,3,24,5,4";
    let merged = vec![merged(1, 1, 0, 4), merged(2, 3, 0, 0), merged(2, 2, 1, 2), merged(2, 2, 3, 4)];
    let sheet = Sheet { merged, ..sheet("", table) };
    let read = show(read_circular(&[sheet], "2003年3月", &city().known()));
    assert_eq!(read, "4: jiaoqu 2003-03 - 3 24 4/-");
}

#[test]
fn a_unit_merged_over_several_lines_holds_for_each_and_a_figure_does_not() {
    let table = "日期,单位,标题,积分
2003-01-20,郊区,甲,9
2003-01-21,,乙,3
2003-01-22,盂县,丙,4";
    let unit = Sheet { merged: vec![merged(2, 3, 1, 1)], ..sheet("", table) };
    same(
        show(read_adoptions(std::slice::from_ref(&unit), &city().known())),
        "2: 2003-01-20 jiaoqu province “甲” 9 -
         3: 2003-01-21 jiaoqu province “乙” 3 -
         4: 2003-01-22 yuxian province “丙” 4 -",
    );
    let unmerged = Sheet { merged: Vec::new(), ..unit };
    same(show(read_adoptions(&[unmerged], &city().known())), "3 单位 cell-missing");
    let points = "日期,单位,标题,积分\n2003-01-20,郊区,甲,9\n2003-01-21,郊区,乙,";
    let points = Sheet { merged: vec![merged(2, 3, 3, 3)], ..sheet("", points) };
    same(show(read_adoptions(&[points], &city().known())), "2 积分 “9” merged");
}
