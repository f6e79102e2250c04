//! Which of the times in a report is that of the occurrence.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use chrono::NaiveDate;

use super::TimeReading;
use super::numbers::Text;
use super::point::{self, Candidate, Expression, Mode, Point};
use super::resolve::{self, Frame};

/// Words for something that occurs.
const OCCURRENCE: [&str; 52] = [
    "发生",
    "突发",
    "事发",
    "爆发",
    "透水",
    "爆炸",
    "坍塌",
    "垮塌",
    "塌方",
    "滑坡",
    "冒顶",
    "起火",
    "着火",
    "失火",
    "火灾",
    "追尾",
    "相撞",
    "碰撞",
    "翻车",
    "侧翻",
    "坠落",
    "坠毁",
    "泄漏",
    "泄露",
    "中毒",
    "溃坝",
    "决堤",
    "决口",
    "断裂",
    "停电",
    "失踪",
    "脱轨",
    "沉没",
    "地震",
    "被困",
    "溺水",
    "occurred",
    "happened",
    "broke out",
    "took place",
    "exploded",
    "explosion",
    "collapsed",
    "flooded",
    "caught fire",
    "crashed",
    "collided",
    "derailed",
    "leaked",
    "struck",
    "fire",
    "accident",
];

/// Words for what comes after: calls, reports, arrivals, meetings.
const AFTERWARDS: [&str; 36] = [
    "接报",
    "接到",
    "接警",
    "获悉",
    "得知",
    "赶到",
    "赶赴",
    "到达",
    "抵达",
    "召开",
    "上报",
    "报告时间",
    "报送",
    "扑灭",
    "救出",
    "结束",
    "恢复",
    "启动",
    "截至",
    "截止",
    "前上报",
    "前报",
    "值班",
    "联系电话",
    "会议",
    "received",
    "arrived",
    "reported at",
    "was reported",
    "was extinguished",
    "as of",
    "until",
    "by the time",
    "notified",
    "deadline",
    "meeting",
];

/// How many characters around a time are looked at.
const BEFORE: usize = 16;
const AFTER: usize = 80;

/// How far behind a day a time of day may stand and still belong to it.
const SAME_STORY: usize = 200;

/// How many times are weighed at most.
const WEIGHED: usize = 200;

static WORDS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let words = OCCURRENCE.iter().chain(&AFTERWARDS);
    AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(words).expect("constant lists that the tests compile")
});

/// Where the words for occurring and for what comes after stand, in order: start and end by character, and which of the two.
struct Marks(Vec<(Range<usize>, bool)>);

impl Marks {
    fn of(text: Text<'_>) -> Marks {
        let whole: String = (0..text.len()).filter_map(|at| text.at(at)).collect();
        let mut characters = whole.char_indices().map(|(byte, _)| byte).enumerate();
        let mut index_of = |byte: usize| characters.find(|(_, at)| *at == byte).map_or(text.len(), |(index, _)| index);
        let found = WORDS.find_iter(&whole).map(|found| {
            let start = index_of(found.start());
            (start..start + whole[found.range()].chars().count(), found.pattern().as_usize() < OCCURRENCE.len())
        });
        Marks(found.collect())
    }

    /// The start of the first word for occurring that lies within `range`.
    fn occurs(&self, range: Range<usize>) -> Option<usize> {
        self.first(range, true)
    }

    /// The start of the first word for what comes after that lies within `range`.
    fn comes_after(&self, range: Range<usize>) -> Option<usize> {
        self.first(range, false)
    }

    fn first(&self, range: Range<usize>, occurs: bool) -> Option<usize> {
        let from = self.0.partition_point(|(word, _)| word.start < range.start);
        let within = self.0[from..].iter().take_while(|(word, _)| word.end <= range.end);
        within.filter(|(_, kind)| *kind == occurs).map(|(word, _)| word.start).next()
    }
}

pub(super) fn find(text: Text<'_>, frame: &Frame) -> Option<TimeReading> {
    let found: Vec<Candidate> = point::candidates(text, Mode::Prose).take(WEIGHED).collect();
    if found.is_empty() {
        return None;
    }
    let marks = Marks::of(text);
    let mut spoken_of: Option<(NaiveDate, usize)> = None;
    let mut best: Option<((u8, bool), TimeReading)> = None;
    for (index, candidate) in found.iter().enumerate() {
        let near = spoken_of.filter(|(_, end)| candidate.start - end <= SAME_STORY).map(|(date, _)| date);
        let Some((reading, date)) = resolve::resolve(&candidate.expression, &frame.after(near)) else { continue };
        if reading.future {
            continue;
        }
        if names_a_day(&candidate.expression) {
            spoken_of = Some((date, candidate.end));
        }
        if signs(text, candidate) {
            continue;
        }
        let next = found.get(index + 1).map_or(text.len(), |next| next.start);
        let nearness = nearness(text, &marks, candidate, next);
        let weight = (nearness, candidate.fullness() > 1);
        if nearness >= least(&candidate.expression) && best.is_none_or(|(most, _)| weight > most) {
            best = Some((weight, reading));
        }
    }
    best.map(|(_, reading)| reading)
}

/// Whether it is the date under a report: alone on the last line, with something above.
fn signs(text: Text<'_>, candidate: &Candidate) -> bool {
    let blank = |at: usize| text.any(at, " \n");
    let line = (0..candidate.start).rev().find(|at| !text.is(*at, ' '));
    (candidate.end..text.len()).all(blank) && line.is_some_and(|at| text.is(at, '\n'))
}

fn names_a_day(expression: &Expression) -> bool {
    match expression {
        Expression::Ago(_) => false,
        Expression::Point(point) | Expression::Range(point, _) => point.day.is_some(),
    }
}

/// How near a word for occurring an expression must stand to count: a time of day, a part of a named day and `3小时前` need
/// none; 凌晨 and 昨日 need one in their sentence; a bare date never counts.
fn least(expression: &Expression) -> u8 {
    match expression {
        Expression::Ago(_) => 1,
        Expression::Point(Point { clock: Some(_), .. }) | Expression::Range(Point { clock: Some(_), .. }, _) => 1,
        Expression::Point(Point { day: Some(_), part: Some(_), .. }) => 1,
        Expression::Point(Point { day: None, part: Some(_), .. }) => 2,
        Expression::Point(Point { day: Some(day), .. }) if day.is_relative() => 2,
        _ => u8::MAX,
    }
}

/// 3: a word for occurring follows in the sentence, or stands just before; 2: one stands earlier in the sentence; 1: none;
/// 0: the time is that of something that came after.
fn nearness(text: Text<'_>, marks: &Marks, candidate: &Candidate, next: usize) -> u8 {
    let start = (candidate.start.saturating_sub(AFTER)..candidate.start)
        .rev()
        .find(|at| ends_sentence(text, *at))
        .map_or_else(|| candidate.start.saturating_sub(AFTER), |at| at + 1);
    let end = (candidate.end..text.len().min(candidate.end + AFTER))
        .find(|at| ends_sentence(text, *at))
        .unwrap_or(text.len().min(candidate.end + AFTER));
    let follows = marks.occurs(candidate.end..end.min(next));
    let came_after = marks.comes_after(candidate.end..end.min(next));
    let just_before = candidate.start.saturating_sub(BEFORE).max(start)..candidate.start;
    if came_after.is_some_and(|at| follows.is_none_or(|occurs| at < occurs))
        || marks.comes_after(last_clause(text, just_before.clone())).is_some()
    {
        return 0;
    }
    if follows.is_some() || marks.occurs(just_before).is_some() {
        return 3;
    }
    1 + u8::from(marks.occurs(start..candidate.start).is_some())
}

/// The clause that runs up to the end of `range`. `接到报告：` ends one, `报告时间：` labels what follows.
fn last_clause(text: Text<'_>, range: Range<usize>) -> Range<usize> {
    let ends_clause = |at: usize| text.any(at, ",、") || text.is(at, ':') && text.before(at).is_none_or(|c| c != '间');
    let start = range.clone().rev().find(|at| ends_clause(*at)).map_or(range.start, |at| at + 1);
    start..range.end
}

fn ends_sentence(text: Text<'_>, at: usize) -> bool {
    match text.at(at) {
        Some('。' | '!' | '?' | ';') => true,
        Some('\n') => text.is(at + 1, '\n') || text.before(at).is_some_and(|c| matches!(c, '。' | '!' | '?' | ';' | '.')),
        Some('.') => text.is(at + 1, ' ') && text.before(at).is_none_or(|c| c != 'm'),
        _ => false,
    }
}
