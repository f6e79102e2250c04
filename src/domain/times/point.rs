//! The shape of time expressions: what is said, not yet when it was.

use super::numbers::{Text, is_numeral};
use super::{chinese, english};

/// What is being read: the value of a field, or prose, which is full of numbers that are no times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Field,
    Prose,
}

/// A day as it is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Day {
    /// 2026年11月22日
    Full(i32, u32, u32),
    /// 11月22日
    OfAnyYear(u32, u32),
    /// 22日
    OfAnyMonth(u32),
    /// 去年11月22日: years from this one, month, day.
    OfYear(i32, u32, u32),
    /// 上月22日: months from this one, day.
    OfMonth(i32, u32),
    /// 昨日: days from today.
    Relative(i32),
    /// 周五: weeks from this one where said (上周 is −1), days from Monday.
    Weekday(Option<i32>, u32),
    /// 当日: the day last spoken of.
    Same,
    /// 次日: the day after that.
    Next,
}

impl Day {
    /// Whether the day depends on nothing but the arrival's neighbourhood (昨日, 上周五, 两天前).
    pub fn is_relative(self) -> bool {
        matches!(self, Day::Relative(_) | Day::Weekday(..))
    }
}

/// A part of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// 凌晨, 0 to 6
    SmallHours,
    /// 清晨, 5 to 8
    Daybreak,
    /// 早上, 5 to 9
    Early,
    /// 上午, 8 to 12
    Morning,
    /// 中午, 11 to 13
    Midday,
    /// 下午, 12 to 18
    Afternoon,
    /// 傍晚, 17 to 19
    Dusk,
    /// 晚, 18 to 24
    Evening,
    /// 深夜, 21 to 24; hours up to 4 belong to the next day
    Night,
    /// 午夜: the end of the day, or its start where the end has not been
    Midnight,
}

/// Half of the day in English.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Half {
    Am,
    Pm,
}

/// A time of day as it is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    pub hour: u32,
    /// `None` where only the hour is named.
    pub minute: Option<u32>,
    pub second: u32,
    pub half: Option<Half>,
    /// Seconds east of UTC.
    pub offset: Option<i32>,
    /// A bare hour (`3点`, `9`) that is a time only with something beside it.
    pub weak: bool,
}

impl Clock {
    pub fn hour(hour: u32) -> Clock {
        Clock { hour, minute: None, second: 0, half: None, offset: None, weak: false }
    }

    pub fn minutes(hour: u32, minute: u32) -> Clock {
        Clock { minute: Some(minute), ..Clock::hour(hour) }
    }
}

/// A point in time as it is named; at least one of day, part and clock is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Point {
    pub day: Option<Day>,
    pub part: Option<Part>,
    pub clock: Option<Clock>,
    /// 许, 左右, 约, about.
    pub about: bool,
}

/// A time expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expression {
    Point(Point),
    Range(Point, Point),
    /// So many seconds before the arrival.
    Ago(i64),
}

/// A time expression and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub expression: Expression,
    pub start: usize,
    pub end: usize,
}

impl Candidate {
    /// How much it says: 3 day and time of day, 2 one that fixes a time, 1 a vague one.
    pub fn fullness(&self) -> u8 {
        match self.expression {
            Expression::Ago(_) => 3,
            Expression::Point(point) | Expression::Range(point, _) => match (point.day, point.clock, point.part) {
                (Some(_), Some(_), _) => 3,
                (_, Some(_), _) | (Some(_), _, Some(_)) => 2,
                _ => 1,
            },
        }
    }
}

/// Every time expression in `text`, in order, without overlaps.
pub(super) fn candidates(text: Text<'_>, mode: Mode) -> impl Iterator<Item = Candidate> {
    let mut index = 0;
    std::iter::from_fn(move || {
        while index < text.len() {
            let start = index;
            if may_begin(text, start)
                && let Some((expression, end)) = expression(text, start, mode)
            {
                index = end.max(start + 1);
                return Some(Candidate { expression, start, end });
            }
            // A number that is no time is passed over whole: its tail is none either.
            index = if text.is_digit(start) { text.digits_end(start) } else { start + 1 };
        }
        None
    })
}

/// Whether a time can begin here at all; cheap, because it is asked at every character.
fn may_begin(text: Text<'_>, index: usize) -> bool {
    let before = text.before(index);
    match text.at(index) {
        Some(c) if c.is_ascii_digit() => {
            let joined = || index >= 2 && text.before(index - 1).is_some_and(|c| c.is_ascii_alphanumeric());
            !before.is_some_and(|b| b.is_ascii_alphanumeric() || "第+#$¥_".contains(b) || ".-/:".contains(b) && joined())
        }
        Some('a'..='z') => {
            english::may_begin(text, index) && !before.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, '.' | '-' | '@' | '_'))
        }
        Some('~') => true,
        Some(c) if is_numeral(c) => {
            !before.is_some_and(|b| is_numeral(b) || matches!(b, '第' | '.') || b.is_ascii_digit()) && numerals_may_go_on(text, index)
        }
        Some(c) if !may_go_on(c, text.at(index + 1)) => false,
        Some(
            '约' | '大' | '今' | '昨' | '前' | '明' | '当' | '后' | '次' | '翌' | '同' | '本' | '上' | '去' | '这' | '周' | '星' | '礼'
            | '凌' | '清' | '早' | '晨' | '午' | '中' | '正' | '下' | '傍' | '黄' | '晚' | '夜' | '深' | '半' | '子' | '刚' | '近' | '将',
        ) => true,
        _ => false,
    }
}

/// Whether a time that begins with this character can go on with the next one. Most that begin so are no times (大家, 中国, 上报).
fn may_go_on(first: char, next: Option<char>) -> bool {
    let next = next.unwrap_or(' ');
    match first {
        '大' => matches!(next, '前' | '后' | '约' | '概' | '清'),
        '中' => next == '午',
        '上' => matches!(next, '午' | '上' | '个' | '周' | '星' | '礼' | '月'),
        '下' => matches!(next, '午' | '个' | '周' | '星' | '礼'),
        '本' => matches!(next, '日' | '年' | '月' | '周' | '星' | '礼'),
        '这' => matches!(next, '个' | '周' | '星' | '礼'),
        '同' => matches!(next, '日' | '一'),
        '清' => matches!(next, '晨' | '早'),
        '后' => matches!(next, '天' | '半'),
        '深' | '子' => next == '夜',
        '去' => next == '年',
        _ => true,
    }
}

/// Whether what stands behind the Chinese numerals at `index` can make a time of them. Most do not (一些, 三个方面).
fn numerals_may_go_on(text: Text<'_>, mut index: usize) -> bool {
    while text.at(index).is_some_and(is_numeral) {
        index += 1;
    }
    match text.at(text.spaces(index)) {
        Some('个') => true,
        Some(c) => "年月日号时点小钟刻分星周天半至到-—–~、〜.".contains(c),
        None => false,
    }
}

/// Whether the number at `index` says how long something took (历时3时20分), not when it was.
fn is_length(text: Text<'_>, index: usize) -> bool {
    let before = ["历时", "用时", "耗时", "费时", "为时", "长达", "持续", "近期", "每"];
    before.iter().any(|word| index.checked_sub(word.chars().count()).is_some_and(|start| text.word(start, word).is_some()))
}

fn expression(text: Text<'_>, index: usize, mode: Mode) -> Option<(Expression, usize)> {
    any_expression(text, index, mode).filter(|_| !is_length(text, index))
}

fn any_expression(text: Text<'_>, index: usize, mode: Mode) -> Option<(Expression, usize)> {
    let (_, behind_about) = about_before(text, index);
    if let Some((ago, end)) = chinese::ago(text, behind_about, mode).or_else(|| english::ago(text, behind_about)) {
        let day = match ago {
            Ago::Seconds(seconds) => return Some((Expression::Ago(seconds), end)),
            Ago::Days(days) => Day::Relative(-days),
        };
        return rest_of_point(text, end, Some(day), mode).map(|(point, end)| range_or_point(text, point, end, mode));
    }
    if let Some((from, to, end)) =
        chinese::hours(text, index, mode).or_else(|| english::between(text, index, mode)).or_else(|| english::hours(text, behind_about))
    {
        return Some((Expression::Range(from, to), end));
    }
    let (point, end) = point(text, index, mode)?;
    Some(range_or_point(text, point, end, mode))
}

/// So long ago.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ago {
    Seconds(i64),
    Days(i32),
}

/// A point, and after 至, 到, `-`, `to` another: a range.
fn range_or_point(text: Text<'_>, from: Point, end: usize, mode: Mode) -> (Expression, usize) {
    const TO: [(&str, ()); 11] = [
        ("--", ()),
        ("——", ()),
        ("至", ()),
        ("到", ()),
        ("-", ()),
        ("—", ()),
        ("–", ()),
        ("~", ()),
        ("〜", ()),
        ("to ", ()),
        ("until ", ()),
    ];
    let alone = (Expression::Point(from), end);
    let Some(((), behind)) = text.one_of(text.spaces(end), &TO) else { return alone };
    match point(text, text.spaces(behind), mode) {
        Some((to, end)) if from.clock.is_none() || to.clock.is_some() => (Expression::Range(from, to), end),
        _ => alone,
    }
}

/// Whether 约, 大约, `about` … stands at `index`, and the index behind it and behind other openings.
pub(super) fn about_before(text: Text<'_>, index: usize) -> (bool, usize) {
    const ABOUT: [(&str, ()); 7] = [("大约", ()), ("大概", ()), ("约莫", ()), ("约", ()), ("将近", ()), ("近", ()), ("~", ())];
    const ABOUT_LATIN: [(&str, ()); 5] = [("about", ()), ("around", ()), ("approximately", ()), ("approx.", ()), ("circa", ())];
    match text.one_of(index, &ABOUT).or_else(|| text.latin(index, &ABOUT_LATIN)) {
        Some(((), next)) => (true, text.spaces(next)),
        None => (false, index),
    }
}

/// One point in time, without what makes it a range.
pub(super) fn point(text: Text<'_>, index: usize, mode: Mode) -> Option<(Point, usize)> {
    let (about, start) = about_before(text, index);
    let (mut point, end) = match english::day_with_part(text, start) {
        Some((day, part, next)) => {
            let (clock, end) = clock_behind(text, next, mode).map_or((None, next), |(clock, end)| (Some(clock), end));
            (Point { day: Some(day), part: Some(part), clock, about }, end)
        }
        None => match day(text, start, mode) {
            Some((day, next)) => rest_of_point(text, next, Some(day), mode)?,
            None => rest_of_point(text, start, None, mode)?,
        },
    };
    point.about |= about;
    let (about, end) = about_behind(text, end, &point);
    point.about |= about;
    Some((point, end))
}

fn day(text: Text<'_>, index: usize, mode: Mode) -> Option<(Day, usize)> {
    let (day, next) = chinese::day(text, index, mode).or_else(|| english::day(text, index, mode))?;
    // 星期五，11月22日 and 22日（星期五）: the date decides.
    let behind = separators(text, next);
    if matches!(day, Day::Weekday(..))
        && let Some((date, next)) = chinese::day(text, behind, mode).or_else(|| english::day(text, behind, mode))
        && !date.is_relative()
    {
        return Some((date, weekday_behind(text, next)));
    }
    Some((day, weekday_behind(text, next)))
}

/// The index behind `（星期五）`, ` 周五`, `, Friday` after a date.
fn weekday_behind(text: Text<'_>, index: usize) -> usize {
    let start = text.spaces(index);
    let bracket = text.is(start, '(');
    let inside = text.spaces(start + usize::from(bracket || text.is(start, ',')));
    match chinese::weekday(text, inside).or_else(|| english::weekday(text, inside)) {
        Some((_, end)) if bracket && text.is(end, ')') => end + 1,
        Some((_, end)) if !bracket => end,
        _ => index,
    }
}

/// The index behind what may stand between a day and a time of day.
fn separators(text: Text<'_>, index: usize) -> usize {
    const BETWEEN: [(&str, ()); 9] = [
        ("的", ()),
        ("北京时间", ()),
        ("当地时间", ()),
        ("at ", ()),
        ("on ", ()),
        ("in the ", ()),
        ("the ", ()),
        ("local time ", ()),
        ("@", ()),
    ];
    let mut next = text.spaces(index);
    if text.is(next, ',') {
        next = text.spaces(next + 1);
    }
    while let Some(((), behind)) = text.one_of(next, &BETWEEN) {
        next = text.spaces(behind);
    }
    next
}

fn clock_behind(text: Text<'_>, index: usize, mode: Mode) -> Option<(Clock, usize)> {
    let (_, next) = about_before(text, separators(text, index));
    clock(text, next, mode, true)
}

/// The time of day at `index`. `led`: something before it (a day, a part of the day) says that it is one.
fn clock(text: Text<'_>, index: usize, mode: Mode, led: bool) -> Option<(Clock, usize)> {
    let (clock, end) = chinese::clock(text, index).or_else(|| english::clock(text, index, mode))?;
    (!clock.weak || led || chinese::stands_alone(text, index, end)).then_some((clock, end))
}

/// Part of the day and time of day behind `day`, or alone.
fn rest_of_point(text: Text<'_>, index: usize, day: Option<Day>, mode: Mode) -> Option<(Point, usize)> {
    let mut point = Point { day, ..Point::default() };
    let mut end = index;
    let iso = day.is_some() && text.is(index, 't') && text.is_digit(index + 1);
    let mut next = if iso { index + 1 } else { separators(text, index) };
    if day.is_none() {
        next = index;
    }
    if let Some((part, behind)) = chinese::part(text, next, day.is_some()).or_else(|| english::part(text, next, day.is_some())) {
        point.part = Some(part);
        (next, end) = (separators(text, behind), behind);
    }
    let (about, behind_about) = about_before(text, next);
    if let Some((clock, behind)) = clock(text, behind_about, mode, day.is_some() || point.part.is_some() || about && mode == Mode::Field) {
        point.clock = Some(clock);
        point.about = about;
        end = behind;
    }
    if point.day.is_none() && point.part.is_none_or(|part| part == Part::Midnight) && end > index {
        (point, end) = day_behind(text, point, end, mode);
    }
    let says_something = point.day.is_some() || point.part.is_some() || point.clock.is_some();
    says_something.then_some((point, end))
}

/// `2:30 pm on 22 Nov 2026`, `14:30 yesterday`: the day after the time of day, in English only.
fn day_behind(text: Text<'_>, mut point: Point, end: usize, mode: Mode) -> (Point, usize) {
    let next = separators(text, end);
    if let Some((day, part, behind)) = english::day_with_part(text, next) {
        (point.day, point.part) = (Some(day), Some(part));
        return (point, behind);
    }
    match english::day(text, next, mode) {
        Some((day, behind)) => {
            point.day = Some(day);
            let part = english::part(text, separators(text, behind), true);
            point.part = part.map(|(part, _)| part).or(point.part);
            (point, part.map_or(behind, |(_, behind)| behind))
        }
        None => (point, end),
    }
}

/// Whether 许, 左右, 前后 … stands behind a point, and the index behind it.
fn about_behind(text: Text<'_>, index: usize, point: &Point) -> (bool, usize) {
    const ABOUT: [(&str, ()); 6] = [("左右", ()), ("前后", ()), ("上下", ()), ("许", ()), ("来钟", ()), ("or so", ())];
    let start = text.spaces(index);
    if let Some(((), next)) = text.one_of(start, &ABOUT) {
        return (true, next);
    }
    // 9时多; not 9时多人.
    let hour_only = point.clock.is_some_and(|clock| clock.minute.is_none());
    if hour_only && (text.is(index, '多') || text.is(index, '余')) && !text.any(index + 1, "人名个辆台次") {
        return (true, index + 1);
    }
    (false, index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_go_on_begins_no_time() {
        let signs: Vec<char> =
            "大中上下本这同清后深子去约概前日天年月周星期礼拜个午晨早夜半一二两十3时点分刚近昨今明当晚报国,。 a:".chars().collect();
        // Every beginning of four characters that the gate keeps out.
        for &first in signs.iter().take(12) {
            for next in signs.iter().filter(|next| !may_go_on(first, Some(**next))) {
                for third in &signs {
                    for fourth in &signs {
                        let said = [first, *next, *third, *fourth, '时', '3', '0', '分'];
                        let text = Text::new(&said);
                        for mode in [Mode::Prose, Mode::Field] {
                            assert!(any_expression(text, 0, mode).is_none(), "{said:?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn numerals_that_cannot_go_on_begin_no_time() {
        let signs: Vec<char> = "一二十两半个年月日号天时点分刻钟小周星期礼拜至到前后左右多第整过零,。 :-/.~、人家万元1".chars().collect();
        for numerals in ["一", "十二", "两", "二〇〇三"] {
            for next in &signs {
                for third in &signs {
                    for fourth in &signs {
                        let said: Vec<char> = numerals.chars().chain([*next, *third, *fourth, '时', '前']).collect();
                        let text = Text::new(&said);
                        if !numerals_may_go_on(text, 0) {
                            for mode in [Mode::Prose, Mode::Field] {
                                assert!(any_expression(text, 0, mode).is_none(), "{said:?}");
                            }
                        }
                    }
                }
            }
        }
    }
}
