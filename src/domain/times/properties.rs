//! What holds for every text.

use chrono::DateTime;
use chrono_tz::Tz;
use proptest::prelude::*;

use super::*;

/// Pieces of which times are made, and what is found around them.
const FRAGMENTS: [&str; 72] = [
    "2026",
    "11",
    "22",
    "2",
    "30",
    "0",
    "24",
    "25",
    "99",
    "3",
    "年",
    "月",
    "日",
    "号",
    "时",
    "点",
    "分",
    "秒",
    "半",
    "一刻",
    ":",
    "：",
    "-",
    "/",
    ".",
    " ",
    "\n",
    "，",
    "昨日",
    "今",
    "前天",
    "当晚",
    "次日",
    "上周五",
    "凌晨",
    "下午",
    "晚",
    "夜",
    "午夜",
    "中午",
    "许",
    "左右",
    "约",
    "至",
    "到",
    "二十二",
    "廿二",
    "〇",
    "两",
    "小时前",
    "天前",
    "个",
    "分钟前",
    "pm",
    "am",
    "Nov",
    "yesterday",
    "last night",
    "Friday",
    "ago",
    "hours",
    "noon",
    "midnight",
    "between",
    "and",
    "T",
    "Z",
    "+08:00",
    "发生",
    "接报",
    "１４",
    "九",
];

fn timeish() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(FRAGMENTS.to_vec()), 0..14).prop_map(|pieces| pieces.concat())
}

fn zones() -> impl Strategy<Value = Tz> {
    proptest::sample::select(vec![
        Tz::Asia__Shanghai,
        Tz::Europe__Berlin,
        Tz::America__New_York,
        Tz::Pacific__Apia,
        Tz::Australia__Lord_Howe,
    ])
}

fn arrivals() -> impl Strategy<Value = Instant> {
    (946_684_800_i64..2_000_000_000).prop_map(|seconds| DateTime::from_timestamp(seconds, 0).unwrap())
}

fn keeps_the_limit(reading: Option<TimeReading>, arrival: Instant) -> Result<(), TestCaseError> {
    if let Some(reading) = reading {
        prop_assert_eq!(reading.future, reading.at > arrival + TOLERANCE, "{:?} for an arrival at {}", reading, arrival);
        prop_assert_eq!(reading.at.timestamp_subsec_nanos(), 0);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_reading_is_later_than_the_limit_exactly_when_it_says_so(text in timeish(), arrival in arrivals(), zone in zones()) {
        keeps_the_limit(read(&text, arrival, zone), arrival)?;
        keeps_the_limit(find_in_prose(&text, arrival, zone), arrival)?;
    }

    #[test]
    fn no_text_panics(text in ".{0,60}|\\PC*", arrival in arrivals()) {
        let _ = read(&text, arrival, Tz::Asia__Shanghai);
        let _ = find_in_prose(&text, arrival, Tz::Asia__Shanghai);
    }

    #[test]
    fn the_width_of_characters_changes_nothing(text in timeish(), arrival in arrivals()) {
        let wide: String = text.chars().map(|c| if ('!'..='~').contains(&c) { char::from_u32(u32::from(c) + 0xfee0).unwrap() } else { c }).collect();
        prop_assert_eq!(read(&text, arrival, Tz::Asia__Shanghai), read(&wide, arrival, Tz::Asia__Shanghai));
    }

    #[test]
    fn a_time_of_this_year_reads_back(arrival in arrivals(), minutes_ago in 0_i64..500_000, zone in zones()) {
        let minute = DateTime::from_timestamp(arrival.timestamp() / 60 * 60 - minutes_ago * 60, 0).unwrap();
        let local = minute.with_timezone(&zone).naive_local();
        let expected = crate::domain::schedule::resolve(local, zone);
        for form in ["%Y年%-m月%-d日%-H时%M分", "%Y-%m-%d %H:%M", "%-d %b %Y %-I:%M %p", "%B %-d, %Y at %H:%M", "%Y年%-m月%-d日%H：%M", "%Y/%m/%dT%H:%M"] {
            let text = local.format(form).to_string();
            let reading = read(&text, arrival, zone).unwrap();
            prop_assert_eq!((reading.at, reading.approximate), (expected, false), "{}", text);
        }
    }
}
