//! Which of the times in a report is that of the occurrence.

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

pub(super) fn find(text: Text<'_>, frame: &Frame) -> Option<TimeReading> {
    let found: Vec<Candidate> = point::candidates(text, Mode::Prose).take(WEIGHED).collect();
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
        let next = found.get(index + 1).map_or(text.len(), |next| next.start);
        let nearness = nearness(text, candidate, next);
        let weight = (nearness, candidate.fullness() > 1);
        if nearness >= least(&candidate.expression) && best.is_none_or(|(most, _)| weight > most) {
            best = Some((weight, reading));
        }
    }
    best.map(|(_, reading)| reading)
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
fn nearness(text: Text<'_>, candidate: &Candidate, next: usize) -> u8 {
    let start = (candidate.start.saturating_sub(AFTER)..candidate.start)
        .rev()
        .find(|at| ends_sentence(text, *at))
        .map_or_else(|| candidate.start.saturating_sub(AFTER), |at| at + 1);
    let end = (candidate.end..text.len().min(candidate.end + AFTER))
        .find(|at| ends_sentence(text, *at))
        .unwrap_or(text.len().min(candidate.end + AFTER));
    let follows = first_of(text, candidate.end..end.min(next), &OCCURRENCE);
    let came_after = first_of(text, candidate.end..end.min(next), &AFTERWARDS);
    let just_before = candidate.start.saturating_sub(BEFORE).max(start)..candidate.start;
    if came_after.is_some_and(|at| follows.is_none_or(|occurs| at < occurs)) || last_clause_has(text, just_before.clone(), &AFTERWARDS) {
        return 0;
    }
    if follows.is_some() || first_of(text, just_before, &OCCURRENCE).is_some() {
        return 3;
    }
    1 + u8::from(first_of(text, start..candidate.start, &OCCURRENCE).is_some())
}

/// Whether the clause that runs up to the end of `range` has one of `words`.
fn last_clause_has(text: Text<'_>, range: std::ops::Range<usize>, words: &[&str]) -> bool {
    // `接到报告：` ends a clause, `报告时间：` labels what follows.
    let ends_clause = |at: usize| text.any(at, ",、") || text.is(at, ':') && !text.before(at).is_some_and(|c| c == '间');
    let clause = range.clone().rev().find(|at| ends_clause(*at)).map_or(range.start, |at| at + 1);
    first_of(text, clause..range.end, words).is_some()
}

fn first_of(text: Text<'_>, range: std::ops::Range<usize>, words: &[&str]) -> Option<usize> {
    range.clone().find(|at| words.iter().any(|word| text.word(*at, word).is_some_and(|end| end <= range.end)))
}

fn ends_sentence(text: Text<'_>, at: usize) -> bool {
    match text.at(at) {
        Some('。' | '!' | '?' | ';') => true,
        Some('\n') => text.is(at + 1, '\n') || text.before(at).is_some_and(|c| matches!(c, '。' | '!' | '?' | ';' | '.')),
        Some('.') => text.is(at + 1, ' ') && !text.before(at).is_some_and(|c| c == 'm'),
        _ => false,
    }
}
