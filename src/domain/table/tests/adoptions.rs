//! Tables of single adoptions.

use super::*;

#[test]
fn the_desks_table_is_read_row_by_row() {
    same(
        city().adoptions(
            "日期,单位,刊物,标题,积分
             2002-02-11,平定县,省委办公厅,平定县退耕还林的做法,3
             2002-06-30,市委办公厅,省委办公厅,全市综合情况,313
             ",
        ),
        "2: 2002-02-11 pingding province “平定县退耕还林的做法” 3 -
         3: 2002-06-30 city-office province “全市综合情况” 313 -",
    );
}

#[test]
fn an_english_table_is_read_as_well_whatever_its_order_and_case() {
    same(
        city()
            .adoptions("TITLE,Date,Points (each),Unit,Submission,Outlet\nFlood relief,2003-01-20,2.5,yuxian county,s-2003-000123,PROVINCE"),
        "2: 2003-01-20 yuxian province “Flood relief” 2.5 S-2003-000123",
    );
}

#[test]
fn titles_remarks_blank_lines_and_totals_are_passed_over() {
    same(
        city().adoptions(
            "阳泉市信息采用情况表
             ,,,,制表时间：2003年4月

             序号,采用日期,报送单位,信息标题,得分（分）
             1,2003.1.20,郊区,郊区信息一则,9
             ,,小计,,9
             2,2003.1.22,平 定 县,平定信息,5分
             ,,小计,,5
             ,,合  计,,14

             序号,采用日期,报送单位,信息标题,得分（分）
             3,2003.3.1,盂县,盂县信息,—
             总计,,,,14
             注：得分按标准计算
             ",
        ),
        "5: 2003-01-20 jiaoqu province “郊区信息一则” 9 -
         7: 2003-01-22 pingding province “平定信息” 5 -
         12: 2003-03-01 yuxian province “盂县信息” - -",
    );
}

#[test]
fn a_total_that_does_not_add_up_is_a_doubt_and_the_rows_stand() {
    let table = "日期,单位,标题,积分\n2003-01-20,郊区,甲,9\n2003-01-21,盂县,乙,4\n合计,,,15";
    same(
        city().adoptions(table),
        "2: 2003-01-20 jiaoqu province “甲” 9 -
         3: 2003-01-21 yuxian province “乙” 4 -
         ? 4 积分 “15” total-differs sum=\"13\"",
    );
    assert_eq!(read_adoptions(&[sheet("", table)], &city().known()).unwrap().totals, 1);
    // The outlet's five points where the row gives none.
    let table = "日期,单位,标题,积分\n2003-01-20,郊区,甲,9\n2003-01-21,盂县,乙,\n合计,,,14";
    assert_eq!(read_adoptions(&[sheet("", table)], &city().known()).unwrap().doubts, []);
}

#[test]
fn joint_items_name_their_units_in_one_cell() {
    let mut network = city();
    network.roster.units.push(unit("union", "工会和妇联", &[]));
    for (cell, units) in [
        ("平定县、盂县", "pingding+yuxian"),
        ("平定县；盂县；郊区", "pingding+yuxian+jiaoqu"),
        ("平定县/盂县", "pingding+yuxian"),
        ("平定县，盂县", "pingding+yuxian"),
        ("平定县⏎盂县", "pingding+yuxian"),
        ("平定县和盂县", "pingding+yuxian"),
        ("平定县、盂县和郊区", "pingding+yuxian+jiaoqu"),
        ("平定县与盂县与郊区", "pingding+yuxian+jiaoqu"),
        ("平定县 盂县", "pingding+yuxian"),
        ("工会和妇联", "union"),
        ("工会和妇联和盂县", "union+yuxian"),
        ("盂县、盂县县委", "yuxian"),
    ] {
        let read = network.adoptions(&format!("日期,单位,标题\n2003-01-20,{cell},甲"));
        assert_eq!(read, format!("2: 2003-01-20 {units} province “甲” - -"), "{cell}");
    }
    for (cell, fault) in [
        ("平定县、寿阳县", "2 单位 “寿阳县” unknown-unit nearest=\"平定县\""),
        ("寿阳县和昔阳县", "2 单位 “寿阳县和昔阳县” unknown-unit nearest=null"),
        ("盂县和寿阳县", "2 单位 “盂县和寿阳县” unknown-unit nearest=null"),
    ] {
        let fault = fault.replace("nearest=\"平定县\"", "nearest=null");
        assert_eq!(network.adoptions(&format!("日期,单位,标题\n2003-01-20,{cell},甲")), fault, "{cell}");
    }
}

#[test]
fn names_are_found_by_case_width_script_and_spaces_but_never_guessed() {
    for name in ["盂县", " 盂　县 ", "盂縣", "YUXIAN", "ｙｕｘｉａｎ", "Yuxian  County", "盂县县委办"] {
        let read = city().adoptions(&format!("日期,单位,标题\n2003-01-20,{name},甲"));
        assert_eq!(read, "2: 2003-01-20 yuxian province “甲” - -", "{name}");
    }
    for (name, nearest) in [
        ("孟县", "\"盂县\""),
        ("盂县县委办公室", "\"盂县\""),
        ("阳泉市郊区", "\"郊区\""),
        ("平定", "\"平定县\""),
        ("Yuxiam County", "\"盂县\""),
        ("市消防总队", "\"市消防支队\""),
        ("太原市", "null"),
    ] {
        let read = city().adoptions(&format!("日期,单位,标题\n2003-01-20,{name},甲"));
        assert_eq!(read, format!("2 单位 “{name}” unknown-unit nearest={nearest}"), "{name}");
    }
}

#[test]
fn a_unit_counts_on_the_days_on_which_it_is_in_force() {
    let mut network = city();
    network.roster.units.push(Unit { since: Some(day("2003-02-01")), until: None, ..unit("new", "新区", &[]) });
    network.roster.units.push(Unit { since: None, until: Some(day("2003-01-31")), ..unit("old", "新区", &[]) });
    same(
        network.adoptions("日期,单位,标题\n2003-01-31,新区,甲\n2003-02-01,新区,乙"),
        "2: 2003-01-31 old province “甲” - -
         3: 2003-02-01 new province “乙” - -",
    );
    network.roster.units.pop();
    assert_eq!(network.adoptions("日期,单位,标题\n2003-01-31,新区,甲"), "2 单位 “新区” unit-not-in-force since=\"2003-02-01\" until=null");
}

#[test]
fn two_units_of_one_name_are_asked_about() {
    let mut network = city();
    network.roster.units.push(unit("jiaoqu-2", "近郊", &["郊区"]));
    assert_eq!(
        network.adoptions("日期,单位,标题\n2003-01-31,郊区,甲"),
        "2 单位 “郊区” ambiguous-unit among=[\"郊区 (jiaoqu)\",\"近郊 (jiaoqu-2)\"]"
    );
}

#[test]
fn any_fault_refuses_the_table_and_all_are_listed() {
    same(
        city().adoptions(
            "日期,单位,刊物,标题,积分,编号
             2003-01-20,郊区,省委办公厅,甲,9,
             2003-05-01,郊区,省委办公厅,甲,9,
             昨天,寿阳,省府,,五,第3号
             ,,,乙,-2,
             2003-01-20,郊区,省委办公厅,—,9,
             ",
        ),
        "3 日期 “2003-05-01” day-in-future
         4 日期 “昨天” not-a-day
         4 单位 “寿阳” unknown-unit nearest=null
         4 刊物 “省府” unknown-outlet known=[\"省委办公厅\"]
         4 积分 “五” not-points
         4 编号 “第3号” unknown-submission
         5 日期 cell-missing
         5 单位 cell-missing
         5 刊物 cell-missing
         5 积分 “-2” negative-points
         6 标题 “—” nothing-named",
    );
}

#[test]
fn a_table_without_an_outlet_means_the_only_one_there_is() {
    let mut network = city();
    let table = "日期,单位,编号\n2003-01-20,郊区,S-2003-000009";
    same(network.adoptions(table), "2: 2003-01-20 jiaoqu province “” - S-2003-000009");
    network.outlets.push(outlet("bulletin", "阳泉信息", "1"));
    same(network.adoptions(table), "column-missing wanted=\"刊物 | outlet\"");
    same(
        network.adoptions("日期,单位,刊物,标题\n2003-01-20,郊区,《阳泉信息》,甲\n2003-01-20,郊区,Province,乙"),
        "2: 2003-01-20 jiaoqu bulletin “甲” - -
         3: 2003-01-20 jiaoqu province “乙” - -",
    );
}

#[test]
fn identical_rows_are_two_adoptions() {
    let twice = "日期,单位,标题\n2003-01-20,郊区,甲\n2003-01-20,郊区,甲";
    assert_eq!(city().adoptions(twice).lines().count(), 2);
}

#[test]
fn a_text_that_begins_like_a_formula_is_a_text() {
    same(
        city().adoptions("日期,单位,标题,积分\n2003-01-20,郊区,=HYPERLINK(\"x\"),5"),
        "2: 2003-01-20 jiaoqu province “=HYPERLINK(\"x\")” 5 -",
    );
    same(city().adoptions("日期,单位,标题,积分\n2003-01-20,郊区,甲,=2+3"), "2 积分 “=2+3” not-points");
}
