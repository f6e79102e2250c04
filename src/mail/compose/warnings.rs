//! Views of the warnings of standing: `zero`, `rank-fall`, `silent`. Supervisors alone get them.

use minijinja::Value;

use super::layout::Table;
use super::plain;
use super::view::{View, capitalised};
use crate::domain::notice::UnitRef;
use crate::domain::warning::{Fall, List, RankFall, Ranked, Silent, Zero};
use crate::mail::words::say;
use crate::mail::words::standings::{alike, ordinal};

/// Peers that are named; of more, the number.
const PEERS: usize = 8;
/// The highest level of supervisors.
const LEVEL_MAX: u8 = 3;

impl View {
    pub(super) fn zero(&mut self, zero: &Zero, unit: Option<&UnitRef>) {
        let w = self.words;
        self.warned("zero", zero.warned_before, zero.level);
        self.list(&zero.list);
        self.set("window", w.period(zero.window));
        self.set("days", zero.days);
        self.set("never", zero.never_reported);
        self.set("made_up", zero.made_up);
        let unlike = zero.before.is_some_and(|before| !alike(before.window, zero.window));
        self.set("unlike", unlike);
        self.set("before", zero.before.map(|before| w.scored(&before)));
        self.set("before_window", zero.before.map(|before| w.period(before.window)));
        let chance = zero.chance_per_mille.filter(|_| zero.months > 0);
        self.set("chance", chance.map(|chance| w.chance_about(chance)));
        self.set("doubt", doubt(chance.unwrap_or_default()));
        self.set("months", w.months(zero.months));
        self.set("items_last_year", w.adoptions(zero.items_last_year));
        self.set("submissions", zero.submissions);
        self.set("submitted", w.submissions(zero.submissions));
        self.set("rank", zero.ranked.map(|ranked| w.rank(&ranked)));
        self.set("falls_unlike", !unlike && zero.falls.iter().any(self::unlike));
        let falls: Vec<String> = zero.falls.iter().map(|fall| self.fall(fall)).collect();
        self.set("falls", Value::from_iter(falls));

        let mut rows = Vec::new();
        View::row(&mut rows, say!(w, "单位", "Unit"), unit.map(|unit| self.unit_name(unit)));
        View::row(&mut rows, say!(w, "数字来源", "Source"), self.line(&w.standings_list(&zero.list)));
        let nothing = say!(w, "0分，采用0条", "0 points, 0 adoptions");
        let label = w.period(zero.window);
        View::row(&mut rows, &label, format!("{nothing}{}", w.comma(&w.submissions(zero.submissions))));
        if let Some(before) = zero.before {
            let figures = format!("{}{}", w.scored(&before), w.comma(&w.submissions(zero.submissions_before)));
            View::row(&mut rows, &w.period(before.window), figures);
        }
        View::row(&mut rows, say!(w, "位次", "Rank"), zero.ranked.map(|ranked| w.rank(&ranked)));
        self.tables.push(Table { heading: "", rows });
    }

    pub(super) fn rank_fall(&mut self, fall: &RankFall, unit: Option<&UnitRef>) {
        let w = self.words;
        self.warned("rank-fall", fall.warned_before, fall.level);
        self.list(&fall.list);
        self.set("window", w.period(fall.now.window));
        self.set("rank", w.rank(&fall.now));
        self.set("place", w.place_of(&fall.now));
        self.set("zero", fall.zero);
        let falls: Vec<String> = fall.falls.iter().map(|one| self.fall(one)).collect();
        self.set("Falls", Value::from_iter(falls.iter().map(|fall| capitalised(fall))));
        self.set("falls", Value::from_iter(falls));
        self.set("unlike", fall.falls.iter().any(unlike));
        let from = fall.falls.iter().find_map(from);
        let points = |points: Option<crate::domain::points::Points>| points.map(|points| w.points(points));
        self.set("points", points(fall.now.points));
        self.set("points_before", points(fall.points_before));
        self.set("before_window", from.map(|from| w.period(from.window)));
        let peers: Vec<String> = fall.passed_by.iter().take(PEERS).map(|unit| self.unit_name(unit)).collect();
        self.set("passed_by", w.list(&peers));
        self.set("passed_more", fall.passed_by.len().saturating_sub(PEERS));
        self.set("submitted", w.submissions(fall.submissions));
        self.set("submitted_before", w.submissions(fall.submissions_before));
        self.set("fewer", fall.submissions < fall.submissions_before);

        let mut rows = Vec::new();
        View::row(&mut rows, say!(w, "单位", "Unit"), unit.map(|unit| self.unit_name(unit)));
        View::row(&mut rows, say!(w, "数字来源", "Source"), self.line(&w.standings_list(&fall.list)));
        let line = |ranked: &Ranked, points: Option<String>, submissions: u64| {
            let points = points.map(|points| w.comma(&points)).unwrap_or_default();
            format!("{}{points}{}", w.rank(ranked), w.comma(&w.submissions(submissions)))
        };
        View::row(&mut rows, &w.period(fall.now.window), line(&fall.now, points(fall.now.points), fall.submissions));
        if let Some(from) = from {
            let had = points(fall.points_before.or(from.points));
            View::row(&mut rows, &w.period(from.window), line(&from, had, fall.submissions_before));
        }
        self.tables.push(Table { heading: "", rows });
    }

    pub(super) fn silent(&mut self, silent: &Silent, unit: Option<&UnitRef>) {
        let w = self.words;
        self.warned("silent", silent.warned_before, silent.level);
        self.set("days", silent.days);
        self.set("last", w.moment(silent.last));
        self.set("counted", w.submissions(silent.counted));
        self.set("over_days", silent.over_days);
        self.set("chance", w.chance_about(silent.chance_per_mille));
        self.set("limit", w.chance(silent.limit_per_mille));
        let mut rows = Vec::new();
        View::row(&mut rows, say!(w, "单位", "Unit"), unit.map(|unit| self.unit_name(unit)));
        View::row(&mut rows, say!(w, "最近来件", "Last mail"), w.moment(silent.last));
        let days = say!(w, format!("{}天", silent.days), format!("{} days", silent.days));
        View::row(&mut rows, say!(w, "至今", "Since then"), days);
        let pace = say!(
            w,
            format!("{}天共{}", silent.over_days, w.submissions(silent.counted)),
            format!("{} in {} days", w.submissions(silent.counted), silent.over_days)
        );
        View::row(&mut rows, say!(w, "此前", "Before it"), pace);
        self.tables.push(Table { heading: "", rows });
    }

    /// What every warning has: which time it is, who is told, whether it can still rise.
    fn warned(&mut self, is: &'static str, warned_before: u32, level: u8) {
        let w = self.words;
        self.set("is", is);
        self.set("warned_before", warned_before);
        self.set("time", say!(w, format!("第{}次", warned_before + 1), format!("{} time", ordinal(warned_before + 1))));
        self.set("level", level);
        self.set("levels", levels(level, w.language));
        self.set("rises", level < LEVEL_MAX);
    }

    fn list(&mut self, list: &List) {
        let w = self.words;
        let by = match list {
            List::Own => None,
            List::Circular { by } => Some(plain::line(by, plain::TITLE_MAX)),
        };
        self.set("circular_by", by);
        self.set("list", self.line(&w.standings_list(list)));
    }

    /// One test that a rank failed, as a clause.
    fn fall(&self, fall: &Fall) -> String {
        let w = self.words;
        let was = |from: &Ranked| {
            let (window, rank) = (w.period(from.window), w.place_of(from));
            say!(w, format!("{window}为{rank}"), format!("it was {rank} in {window}"))
        };
        match fall {
            Fall::Places { from, by } => {
                let places = if *by == 1 { "place" } else { "places" };
                say!(w, format!("下滑{by}位：{}", was(from)), format!("{by} {places} lower; {}", was(from)))
            }
            Fall::Bottom { from, bottom, .. } => {
                let was = from.as_ref().map(was);
                let last = match bottom {
                    1 => say!(w, "落到末位".to_owned(), "at the very bottom".to_owned()),
                    _ => say!(w, format!("落到末{bottom}位之列"), format!("among the last {bottom}")),
                };
                was.map_or(last.clone(), |was| say!(w, format!("{last}：{was}"), format!("{last}; {was}")))
            }
            Fall::Top { from, top, .. } => {
                say!(w, format!("跌出前{top}位：{}", was(from)), format!("out of the first {top}; {}", was(from)))
            }
        }
    }
}

fn unlike(fall: &Fall) -> bool {
    matches!(fall, Fall::Bottom { unlike: true, .. } | Fall::Top { unlike: true, .. })
}

fn from(fall: &Fall) -> Option<Ranked> {
    match fall {
        Fall::Places { from, .. } | Fall::Top { from, .. } => Some(*from),
        Fall::Bottom { from, .. } => *from,
    }
}

/// How much a chance proves: `open` (it may well be chance), `doubtful`, `unlikely`.
fn doubt(per_mille: u32) -> &'static str {
    match per_mille {
        200.. => "open",
        50..200 => "doubtful",
        _ => "unlikely",
    }
}

/// 一级、二级 / 1 and 2.
fn levels(level: u8, language: crate::domain::language::Language) -> &'static str {
    use crate::domain::language::Language;
    match (language, level) {
        (Language::ZhCn, 0 | 1) => "一级",
        (Language::ZhCn, 2) => "一级、二级",
        (Language::ZhCn, _) => "一级至三级",
        (Language::En, 0 | 1) => "level 1",
        (Language::En, 2) => "levels 1 and 2",
        (Language::En, _) => "levels 1 to 3",
    }
}
