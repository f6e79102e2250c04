//! A superior's circulars.

use super::*;

#[test]
fn the_superiors_table_is_read_row_by_row() {
    same(
        city().circular(
            "【通报】2003年1至3月信息采用情况",
            "单位,期间,累计积分,位次,总数
             平定县,2003-03,0,48,49
             盂县,2003-03,0,48,49
             郊区,2003-03,14,4,49",
        ),
        "2: pingding 2003-03 - - 0 48/49
         3: yuxian 2003-03 - - 0 48/49
         4: jiaoqu 2003-03 - - 14 4/49",
    );
}

#[test]
fn the_subject_names_the_period_where_the_table_does_not() {
    same(
        city().circular("【通报】2003年1至3月信息采用情况", "单位,采用,积分,累计,名次\n郊区,2篇,5,14,第4名\n阳泉市,30,91,91,10/11"),
        "2: jiaoqu 2003-01..2003-03 2 5 14 4/-
         3: city 2003-01..2003-03 30 91 91 10/11",
    );
    same(
        city().circular("【通报】2002年", "单位,期间,积分\n郊区,,42\n盂县,2002年上半年,5"),
        "2: jiaoqu 2002 - 42 - -/-
         3: yuxian 2002-H1 - 5 - -/-",
    );
    same(city().circular("【通报】", "单位,期间,积分\n郊区,,42"), "2 期间 cell-missing");
}

#[test]
fn the_provinces_other_points_are_passed_over_in_silence() {
    same(
        city().circular(
            "2002年",
            "位次,单位,积分
             1,平遥县,60
             2,大同市南郊区,50
             3,郊区,42
             4,沁县,五
             5,市政府办公室,40
             合计,,9999",
        ),
        "4: jiaoqu 2002 - 42 - 3/-",
    );
    same(city().circular("2002年", "位次,单位,积分\n1,平遥县,60\n2,沁县,50"), "no-unit-of-ours");
}

#[test]
fn a_name_that_is_nearly_ours_is_asked_about() {
    for (name, ours) in
        [("孟县", "盂县"), ("阳泉市郊区", "郊区"), ("阳泉郊区", "郊区"), ("平定", "平定县"), ("阳泉市委", "阳泉市"), ("盂县办公室", "盂县")]
    {
        let read = city().circular("2002年", &format!("单位,积分\n郊区,42\n{name},5"));
        assert_eq!(read, format!("3 单位 “{name}” unknown-unit nearest=\"{ours}\""), "{name}");
    }
}

#[test]
fn a_rank_beyond_the_number_of_those_ranked_is_refused() {
    same(
        city().circular("2002年", "单位,积分,位次,总数\n郊区,42,50,49\n盂县,11,0,49\n平定县,7,8/49,50"),
        "2 位次 “50” rank-out-of-range
         3 位次 “0” rank-out-of-range
         4 位次 “8/49” rank-out-of-range",
    );
}

#[test]
fn a_unit_stands_once_for_each_period() {
    same(city().circular("通报", "单位,期间,积分\n郊区,2002,42\n郊区,2003-01,9\n郊区区委,2002,40"), "4 单位 “郊区区委” unit-twice first=2");
}

#[test]
fn bad_figures_of_ours_are_told_all_at_once() {
    same(
        city().circular("通报", "单位,期间,采用,积分,累计积分,位次,总数\n郊区,明年,若干,五,-3,第八,很多\n盂县,2004,,,,,"),
        "2 期间 “明年” not-a-period
         2 采用 “若干” not-a-count
         2 积分 “五” not-points
         2 累计积分 “-3” negative-points
         2 总数 “很多” not-a-count
         2 位次 “第八” not-a-count
         3 期间 “2004” not-a-period
         3 采用 cell-missing",
    );
}

#[test]
fn totals_count_every_line_but_the_scope() {
    let table = |total: u32| format!("单位,采用,积分\n阳泉市,5,99\n郊区,2,42\n平遥县,3,57\n合计,5,{total}");
    assert!(!city().circular("2002年", &table(99)).contains('?'));
    let read = city().circular("2002年", &table(98));
    assert!(read.ends_with("? 5 积分 “98” total-differs sum=\"99\""), "{read}");
}
