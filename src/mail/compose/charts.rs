//! Charts of the digest and the circular: which units they show, and what they say to whoever does not see them.

use chrono::{Datelike, Days};

use super::view::View;
use crate::domain::digest::{Digest, StandingLine, UnitWeek};
use crate::mail::chart::{self, Bar, Chart, Stack, UNITS_MAX};
use crate::mail::words::say;

const GREEN: &str = "#3f8f68";
const AMBER: &str = "#e0a12b";
const RED: &str = "#cf4a3c";
const DARK_RED: &str = "#8c1d18";

impl View {
    /// Submissions of all units, week by week; `None` where there were none.
    pub(super) fn trend_chart(&self, digest: &Digest) -> Option<Chart> {
        let w = self.words;
        let length = digest.units.iter().map(|unit| unit.trend.len()).max().unwrap_or(0);
        let mut sums = vec![0_u64; length];
        for unit in &digest.units {
            let skipped = length - unit.trend.len();
            for (sum, count) in sums.iter_mut().skip(skipped).zip(&unit.trend) {
                *sum += count;
            }
        }
        if sums.iter().all(|sum| *sum == 0) {
            return None;
        }
        let last = digest.week.first();
        let weeks: Vec<(String, u64)> = sums
            .iter()
            .enumerate()
            .map(|(index, sum)| {
                let back = (length - 1 - index) as u64;
                let week = last.checked_sub_days(Days::new(7 * back)).unwrap_or(last).iso_week().week();
                (say!(w, format!("{week}周"), format!("W{week}")), *sum)
            })
            .collect();
        let list = sums.iter().map(u64::to_string).collect::<Vec<_>>().join(say!(w, "、", ", "));
        let title = say!(w, "近12周报送信息（件）", "Submissions, the last 12 weeks");
        let alt = say!(w, format!("{title}，由远及近：{list}。"), format!("{title}, oldest first: {list}."));
        Some(chart::weeks("trend", title, alt, &weeks))
    }

    /// Points by unit, most first; `None` where nobody has any.
    pub(super) fn standings_chart(&self, lines: &[StandingLine]) -> Option<Chart> {
        let w = self.words;
        let bars: Vec<Bar> = lines
            .iter()
            .take(UNITS_MAX)
            .map(|line| {
                let share = line.share.map(|_| say!(w, format!("  {}", w.share(line.share)), format!("  {}", w.share(line.share))));
                let value = line.points.thousandths().max(0).unsigned_abs();
                Bar { name: self.unit_name(&line.unit), value, figure: format!("{}{}", w.points(line.points), share.unwrap_or_default()) }
            })
            .collect();
        if bars.iter().all(|bar| bar.value == 0) {
            return None;
        }
        let list = w.list(&bars.iter().map(|bar| format!("{} {}", bar.name, bar.figure)).collect::<Vec<_>>());
        let title = match lines.len() > UNITS_MAX {
            true => say!(w, format!("累计积分（前{UNITS_MAX}个）"), format!("Points to date, the first {UNITS_MAX}")),
            false => say!(w, "累计积分", "Points to date").to_owned(),
        };
        let alt = say!(w, format!("{title}：{list}。"), format!("{title}: {list}."));
        Some(chart::standings("standings", &title, alt, &bars))
    }

    /// How the reports of each unit came, worst first; `None` where nothing was owed.
    pub(super) fn punctuality_chart(&self, units: &[UnitWeek]) -> Option<Chart> {
        let w = self.words;
        let mut owing: Vec<&UnitWeek> = units.iter().filter(|unit| unit.expected > 0).collect();
        owing.sort_by_key(|unit| std::cmp::Reverse((unit.unreported, unit.omitted, unit.late, unit.expected)));
        let all = owing.len();
        owing.truncate(UNITS_MAX);
        if owing.is_empty() {
            return None;
        }
        let stacks: Vec<Stack> = owing
            .iter()
            .map(|unit| Stack {
                name: self.unit_name(&unit.unit),
                parts: vec![unit.on_time, unit.late, unit.omitted, unit.unreported],
                figure: say!(w, format!("按时{}/{}", unit.on_time, unit.expected), format!("{} of {}", unit.on_time, unit.expected)),
            })
            .collect();
        let list = w.list(&stacks.iter().map(|stack| format!("{} {}", stack.name, stack.figure)).collect::<Vec<_>>());
        let title = match all > UNITS_MAX {
            true => say!(
                w,
                format!("应报各项如何报来（最要紧的{UNITS_MAX}个）"),
                format!("How what was due came: {UNITS_MAX} units, worst first")
            ),
            false => say!(w, "应报各项如何报来", "How what was due came").to_owned(),
        };
        let alt = say!(w, format!("{title}：{list}。"), format!("{title}: {list}."));
        let legend = [
            (say!(w, "按时", "on time"), GREEN),
            (say!(w, "迟报", "late"), AMBER),
            (say!(w, "漏报", "omitted"), RED),
            (say!(w, "不报", "unreported"), DARK_RED),
        ];
        Some(chart::stacks("punctuality", &title, alt, &legend, &stacks))
    }
}
