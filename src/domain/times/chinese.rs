//! Days, parts of the day and times of day as Chinese names them.

use super::numbers::Text;
use super::point::{Ago, Clock, Day, Mode, Part, Point};

const RELATIVE: [(&str, Day); 22] = [
    ("大前天", Day::Relative(-3)),
    ("前天", Day::Relative(-2)),
    ("前日", Day::Relative(-2)),
    ("昨天", Day::Relative(-1)),
    ("昨日", Day::Relative(-1)),
    ("今天", Day::Relative(0)),
    ("今日", Day::Relative(0)),
    ("本日", Day::Relative(0)),
    ("明天", Day::Relative(1)),
    ("明日", Day::Relative(1)),
    ("大后天", Day::Relative(3)),
    ("后天", Day::Relative(2)),
    ("当天", Day::Same),
    ("当日", Day::Same),
    ("同日", Day::Same),
    ("同一天", Day::Same),
    ("次日", Day::Next),
    ("翌日", Day::Next),
    ("第二天", Day::Next),
    ("隔日", Day::Next),
    ("隔天", Day::Next),
    ("转天", Day::Next),
];

/// 今晨, 昨夜, 当晚: the short day before a part of it.
const SHORT: [(&str, Day); 7] = [
    ("前", Day::Relative(-2)),
    ("昨", Day::Relative(-1)),
    ("今", Day::Relative(0)),
    ("明", Day::Relative(1)),
    ("当", Day::Same),
    ("次", Day::Next),
    ("翌", Day::Next),
];

const PARTS: [(&str, Part); 26] = [
    ("凌晨", Part::SmallHours),
    ("后半夜", Part::SmallHours),
    ("清晨", Part::Daybreak),
    ("拂晓", Part::Daybreak),
    ("大清早", Part::Early),
    ("清早", Part::Early),
    ("早晨", Part::Early),
    ("早上", Part::Early),
    ("早间", Part::Early),
    ("上午", Part::Morning),
    ("午前", Part::Morning),
    ("中午", Part::Midday),
    ("晌午", Part::Midday),
    ("下午", Part::Afternoon),
    ("午后", Part::Afternoon),
    ("傍晚", Part::Dusk),
    ("黄昏", Part::Dusk),
    ("晚上", Part::Evening),
    ("晚间", Part::Evening),
    ("夜间", Part::Night),
    ("夜里", Part::Night),
    ("夜晚", Part::Evening),
    ("深夜", Part::Night),
    ("半夜", Part::Night),
    ("午夜", Part::Midnight),
    ("子夜", Part::Midnight),
];

const SHORT_PARTS: [(&str, Part); 5] =
    [("晨", Part::Daybreak), ("早", Part::Early), ("晚", Part::Evening), ("夜", Part::Night), ("午", Part::Midday)];

/// A day, with what may not stand around it.
pub(super) fn day(text: Text<'_>, index: usize, mode: Mode) -> Option<(Day, usize)> {
    if let Some((day, next)) = text.one_of(index, &RELATIVE) {
        // 目前天气, 以后天天: the word is cut out of others. 今天 itself is safe.
        let inside = text.any(index, "前后") && text.before(index).is_some_and(|c| "目之以眼提年月周日时钟今".contains(c));
        return (!inside && !text.any(next, "气然")).then_some((day, next));
    }
    if let Some((day, next)) = text.one_of(index, &SHORT) {
        let inside = text.before(index).is_some_and(|c| "目之以眼提年月周日时钟如至而当节餐相适应其每层依多几".contains(c));
        return (!inside && part(text, next, true).is_some()).then_some((day, next));
    }
    of_period(text, index).or_else(|| weekday(text, index)).or_else(|| numbered(text, index, mode))
}

/// 今年11月22日, 上月22日.
fn of_period(text: Text<'_>, index: usize) -> Option<(Day, usize)> {
    const YEARS: [(&str, i32); 4] = [("今年", 0), ("本年", 0), ("去年", -1), ("前年", -2)];
    const MONTHS: [(&str, i32); 5] = [("本月", 0), ("当月", 0), ("这个月", 0), ("上个月", -1), ("上月", -1)];
    if let Some((years, next)) = text.one_of(index, &YEARS) {
        let (month, day, next) = month_day(text, text.spaces(next))?;
        return Some((Day::OfYear(years, month, day), next));
    }
    let (months, next) = text.one_of(index, &MONTHS)?;
    let day = small(text, text.spaces(next))?;
    let next = day_unit(text, day.1)?;
    Some((Day::OfMonth(months, day.0), next))
}

/// 周五, 星期五, 上周五, 本周日.
pub(super) fn weekday(text: Text<'_>, index: usize) -> Option<(Day, usize)> {
    const WEEKS: [(&str, i32); 9] =
        [("上上个", -2), ("上上", -2), ("上个", -1), ("上", -1), ("本", 0), ("这个", 0), ("这", 0), ("下个", 1), ("下", 1)];
    const WEEK: [(&str, ()); 3] = [("周", ()), ("星期", ()), ("礼拜", ())];
    let (week, next) = text.one_of(index, &WEEKS).map_or((None, index), |(week, next)| (Some(week), next));
    let ((), next) = text.one_of(next, &WEEK)?;
    // 一周一次, 第二周五.
    if week.is_none() && text.before(index).is_some_and(|c| super::numbers::is_numeral(c) || c.is_ascii_digit() || "每第隔逢".contains(c))
    {
        return None;
    }
    let name = text.at(next)?;
    let days = "一二三四五六日".chars().position(|c| c == name).or((name == '天').then_some(6))?;
    Some((Day::Weekday(week, u32::try_from(days).ok()?), next + 1))
}

/// 2026年11月22日, 11月22日, 22日, 22号.
fn numbered(text: Text<'_>, index: usize, mode: Mode) -> Option<(Day, usize)> {
    let number = text.number(index)?;
    let unit = text.spaces(number.next);
    match text.at(unit)? {
        '年' => {
            let year = match (number.length, number.value) {
                (4, year @ 1900..=2199) => year,
                (2, year @ 0..=69) => 2000 + year,
                (2, year @ 70..=99) => 1900 + year,
                _ => return None,
            };
            let (month, day, next) = month_day(text, text.spaces(unit + 1))?;
            Some((Day::Full(i32::try_from(year).ok()?, month, day), next))
        }
        '月' => month_day(text, index).map(|(month, day, next)| (Day::OfAnyYear(month, day), next)),
        '日' | '号' => {
            let (day, next) = small(text, index)?;
            let next = day_unit(text, next)?;
            bare_day_stands(text, index, next, mode).then_some((Day::OfAnyMonth(day), next))
        }
        _ => None,
    }
}

/// 11月22日, 11月22号, and 11月22 before something that is no Chinese word.
fn month_day(text: Text<'_>, index: usize) -> Option<(u32, u32, usize)> {
    let (month, next) = small(text, index)?;
    let next = text.word(text.spaces(next), "月")?;
    let (day, next) = small(text, text.spaces(next))?;
    match day_unit(text, next) {
        Some(next) => Some((month, day, next)),
        None => (!text.is_han(next) && !text.any(next, ".-/%:")).then_some((month, day, next)),
    }
}

/// A number of one or two digits, or up to three numerals.
fn small(text: Text<'_>, index: usize) -> Option<(u32, usize)> {
    let number = text.number(index)?;
    (number.length <= if number.ascii { 2 } else { 3 }).then_some((number.value, number.next))
}

fn day_unit(text: Text<'_>, index: usize) -> Option<usize> {
    let unit = text.spaces(index);
    text.any(unit, "日号").then_some(unit + 1)
}

/// 22日 is a day; 3日内, 一号机组, 2号楼, 第3日 are none.
fn bare_day_stands(text: Text<'_>, start: usize, next: usize, mode: Mode) -> bool {
    if text.before(start).is_some_and(|c| "第每共历近".contains(c)) {
        return false;
    }
    if text.is(next - 1, '日') {
        return !text.any(next, "内后期均产供游志程趋渐");
    }
    // 〔2003〕12号 is a document.
    if text.before(start).is_some_and(|c| "]〕】)〉".contains(c)) {
        return false;
    }
    let time_follows = part(text, text.spaces(next), true).is_some() || clock(text, text.spaces(next)).is_some();
    let ends = text.at(next).is_none_or(|c| !c.is_alphanumeric() && c != '#');
    time_follows || ends && mode == Mode::Field
}

/// A part of the day. One character (早, 晚) only after a day or before a time of day.
pub(super) fn part(text: Text<'_>, index: usize, after_day: bool) -> Option<(Part, usize)> {
    if let Some((part, next)) = text.one_of(index, &PARTS) {
        return Some((part, next));
    }
    let (part, next) = text.one_of(index, &SHORT_PARTS)?;
    let clock_follows = || clock(text, text.spaces(super::point::about_before(text, next).1)).is_some();
    let free = after_day && !text.any(next, "报餐饭班稻市场期恋会宴");
    (free || clock_follows()).then_some((part, next))
}

/// Nouns before which 点 counts points of a list (3点建议).
const POINTS: [&str; 30] = [
    "建议", "做法", "意见", "要求", "措施", "经验", "体会", "启示", "思考", "原因", "问题", "情况", "说明", "希望", "内容", "共识", "成绩",
    "不足", "教训", "工作", "任务", "指示", "理由", "主张", "声明", "看法", "特点", "感受", "收获", "对策",
];

/// 14时30分, 十点一刻, 9时半, 9点钟, 14:30.
pub(super) fn clock(text: Text<'_>, index: usize) -> Option<(Clock, usize)> {
    if let Some(next) = text.word(index, "正午") {
        return Some((Clock::minutes(12, 0), next));
    }
    let (hour, next) = small(text, index)?;
    let unit = text.spaces(next);
    let (point, next) = match text.at(unit)? {
        '时' => (false, unit + 1),
        '点' => (true, unit + 1),
        _ => return None,
    };
    if let Some((clock, next)) = minutes(text, hour, next) {
        return Some((clock, next));
    }
    if !point && text.any(next, "段速间期代候差效机刻局事长光装常辰空令") || point && text.any(next, "位子击评钞名心缀燃滴播")
    {
        return None;
    }
    if point && POINTS.iter().any(|noun| text.word(next, noun).is_some()) {
        return None;
    }
    Some((Clock { weak: true, ..Clock::hour(hour) }, next))
}

/// What follows 时 or 点 and names minutes.
fn minutes(text: Text<'_>, hour: u32, index: usize) -> Option<(Clock, usize)> {
    const WORDS: [(&str, u32); 9] =
        [("半", 30), ("一刻", 15), ("1刻", 15), ("三刻", 45), ("3刻", 45), ("钟整", 0), ("整", 0), ("正", 0), ("过半", 30)];
    if let Some(next) = text.word(index, "钟").filter(|next| !text.is(*next, '整')) {
        return Some((Clock::hour(hour), next));
    }
    if let Some((minute, next)) = text.one_of(index, &WORDS) {
        // 正 only where no word begins with it (14时正在…).
        let word = text.is(index, '正') && (text.is_han(next) && !text.any(next, ",。"));
        return (!word).then_some((Clock::minutes(hour, minute), next));
    }
    let start = text.spaces(text.word(index, "过").unwrap_or(index));
    let number = text.number(start).filter(|n| n.length <= if n.ascii { 2 } else { 3 })?;
    let unit = text.spaces(number.next);
    if text.is(unit, '分') && !text.is(unit + 1, '钟') {
        let (second, end) = seconds(text, unit + 1).unwrap_or((0, unit + 1));
        return Some((Clock { second, ..Clock::minutes(hour, number.value) }, end));
    }
    // 14时30, 14点30; not 14时30人, not 三点三.
    let counted = text.any(unit, "人名个余多吨辆台间户万元米公里小%度次条家位亩头岁天日只所处座起例千百亿年月:./-");
    (number.length >= 2 && !counted && start == index).then_some((Clock::minutes(hour, number.value), number.next))
}

fn seconds(text: Text<'_>, index: usize) -> Option<(u32, usize)> {
    let (second, next) = small(text, text.spaces(index))?;
    Some((second, text.word(text.spaces(next), "秒")?))
}

/// Whether a bare `3点` or `9时` with nothing before it is a time: `9时，`, `14时盂县…`, `3点左右`; not `三点特色`.
pub(super) fn stands_alone(text: Text<'_>, start: usize, end: usize) -> bool {
    const ABOUT: [(&str, ()); 5] = [("左右", ()), ("前后", ()), ("许", ()), ("多", ()), ("至", ())];
    let hour_of_24 = text.digits(start).is_some_and(|n| n.length == 2);
    let by_hours = text.is(end - 1, '时');
    !text.is_han(end)
        || text.one_of(end, &ABOUT).is_some()
        || text.any(end, "在于接我发")
        || by_hours && !text.any(start, "两")
        || hour_of_24
}

/// 9至10时, 3-4点, 下午3到4时: a range whose first hour has no unit.
pub(super) fn hours(text: Text<'_>, index: usize, mode: Mode) -> Option<(Point, Point, usize)> {
    const TO: [(&str, ()); 8] = [("至", ()), ("到", ()), ("-", ()), ("—", ()), ("–", ()), ("~", ()), ("、", ()), ("〜", ())];
    let (day, next) = match day(text, index, mode) {
        Some((day, next)) => (Some(day), text.spaces(next)),
        None => (None, index),
    };
    let (part, next) = part_at(text, next, day.is_some());
    let (from, next) = small(text, next)?;
    let ((), next) = text.one_of(text.spaces(next), &TO)?;
    let to_start = text.spaces(next);
    let (to_part, to_start) = part_at(text, to_start, false);
    let (to, end) = clock(text, to_start)?;
    let stands = !to.weak || day.is_some() || part.is_some() || stands_alone(text, to_start, end);
    let from = Point { day, part, clock: Some(Clock::hour(from)), about: false };
    stands.then_some((from, Point { day: None, part: to_part, clock: Some(to), about: false }, end))
}

fn part_at(text: Text<'_>, index: usize, after_day: bool) -> (Option<Part>, usize) {
    let found = PARTS.iter().chain(&SHORT_PARTS).find_map(|(word, part)| text.word(index, word).map(|next| (*part, next)));
    match found {
        Some((part, next)) if after_day || text.number(text.spaces(next)).is_some() => (Some(part), text.spaces(next)),
        _ => (None, index),
    }
}

/// 3小时前, 半小时前, 一个半小时前, 两天前, 十分钟前, 1.5小时前.
pub(super) fn ago(text: Text<'_>, index: usize, mode: Mode) -> Option<(Ago, usize)> {
    const NOW: [(&str, ()); 4] = [("刚刚", ()), ("刚才", ()), ("方才", ()), ("刚", ())];
    if mode == Mode::Field
        && let Some(((), next)) = text.one_of(index, &NOW)
    {
        return Some((Ago::Seconds(0), next));
    }
    const UNITS: [(&str, i64); 9] = [
        ("小时", 3600),
        ("钟头", 3600),
        ("刻钟", 900),
        ("分钟", 60),
        ("分", 60),
        ("星期", 7 * 86_400),
        ("周", 7 * 86_400),
        ("天", 86_400),
        ("日", 86_400),
    ];
    let (mut halves, next) = match text.word(index, "半") {
        Some(next) => (1, next),
        None => {
            let number = text.number(index).filter(|n| n.value <= 9999)?;
            match text.word(number.next, ".5") {
                Some(next) => (i64::from(number.value) * 2 + 1, next),
                None => (i64::from(number.value) * 2, number.next),
            }
        }
    };
    let next = text.spaces(next);
    let mut next = text.word(next, "个").unwrap_or(next);
    if let Some(behind) = text.word(next, "半").filter(|_| halves > 1) {
        (halves, next) = (halves + 1, behind);
    }
    let (unit, mut next) = text.one_of(next, &UNITS)?;
    if let Some(behind) = text.word(next, "半") {
        (halves, next) = (halves + 1, behind);
    }
    let next = text.one_of(next, &[("多", ()), ("左右", ()), ("许", ())]).map_or(next, |((), next)| next);
    let next = ["以前", "之前", "前"].iter().find_map(|word| text.word(next, word))?;
    if text.any(next, "往来去后夕进期景提行线所") {
        return None;
    }
    let seconds = halves * unit / 2;
    if unit < 86_400 {
        return Some((Ago::Seconds(seconds), next));
    }
    Some((Ago::Days(i32::try_from(seconds / 86_400).ok()?), next))
}
