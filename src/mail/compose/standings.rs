//! The view of standings within a digest: points, shares and ranks, the pace against last year, superiors' circulars.

use super::digest::sparkline;
use super::exhibit::{Cell, Column, Exhibit, Grid, Tone};
use super::layout::Block;
use super::view::View;
use crate::domain::digest::{Digest, ExternalLine, Pace, StandingLine, StandingToDate, UnitWeek};
use crate::domain::points::Points;
use crate::mail::words::say;
use crate::mail::words::standings::ordinal;

/// Units of a shortfall that are named; the others are added up.
const SPLIT_NAMED: usize = 5;

impl View {
    pub(super) fn standings(&self, digest: &Digest) -> Exhibit {
        let w = self.words;
        let mut exhibit = Exhibit::new(say!(w, "报送、采用与积分", "Submissions, adoptions and points"));
        let week = say!(w, "本周", "Week");
        let mut columns = vec![
            Column::name(say!(w, "单位", "Unit")),
            Column::figures(week, say!(w, "报送", "Sent")),
            Column::figures(week, say!(w, "采用", "Adopt.")),
        ];
        if let Some(standing) = &digest.standing {
            exhibit.lead.push(Block::Paragraph(self.standing_sentence(standing)));
            columns.extend([
                Column::figures("", say!(w, "积分", "Points")),
                Column::figures("", say!(w, "占比", "Share")),
                Column::figures("", say!(w, "位次", "Rank")),
                Column::figures("", say!(w, "升降", "Move")),
            ]);
        }
        columns.push(Column::trend(say!(w, "近12周", "12 weeks")));
        let lines = digest.standing.as_ref().map(|standing| standing.lines.as_slice()).unwrap_or_default();
        let rows = match digest.standing {
            Some(_) => lines.iter().map(|line| self.standing_row(line, digest)).collect(),
            None => digest.units.iter().map(|unit| self.sent_row(unit)).collect(),
        };
        exhibit.notes.push(
            say!(
                w,
                "横条为近12周每周报送件数，最右为本周，▁为零。",
                "“Sent” and “Adopt.” are this week’s. The bars are submissions a week over 12 weeks, this one at the right; ▁ is 0."
            )
            .to_owned(),
        );
        exhibit.charts.extend(self.trend_chart(digest));
        exhibit.charts.extend(self.standings_chart(lines));
        let rows: Vec<Vec<Cell>> = rows;
        let shown = self.capped(&mut exhibit, (0..rows.len()).collect());
        exhibit.grid = Some(Grid { columns, rows, shown });
        exhibit
    }

    fn standing_sentence(&self, standing: &StandingToDate) -> String {
        let w = self.words;
        let (window, total) = (w.period(standing.window), w.points(standing.total));
        match standing.as_of {
            None => say!(w, format!("{window}台账上还没有采用。"), format!("Nothing is on the ledger yet for {window}.")),
            Some(day) => {
                let day = w.day(day);
                say!(
                    w,
                    format!("积分、占比、位次为{window}累计，共{total}；台账截至{day}。"),
                    format!("Points, shares and ranks are those of {window}: {total} in all, as far as the ledger reaches ({day}).")
                )
            }
        }
    }

    fn standing_row(&self, line: &StandingLine, digest: &Digest) -> Vec<Cell> {
        let week = digest.units.iter().find(|unit| unit.unit.id == line.unit.id);
        let mut row = self.sent_cells(week, &line.unit);
        let trend = row.pop().unwrap_or_default();
        row.extend(self.standing_cells(line));
        row.push(trend);
        row
    }

    fn sent_row(&self, unit: &UnitWeek) -> Vec<Cell> {
        self.sent_cells(Some(unit), &unit.unit)
    }

    fn sent_cells(&self, week: Option<&UnitWeek>, unit: &crate::domain::notice::UnitRef) -> Vec<Cell> {
        let name = Cell::of(self.unit_name(unit));
        match week {
            None => vec![name, Cell::missing(), Cell::missing(), Cell::missing()],
            Some(week) => vec![
                name,
                Cell::of(week.submissions.to_string()),
                Cell::of(week.adoptions.to_string()),
                if week.trend.is_empty() { Cell::missing() } else { Cell::of(sparkline(&week.trend)) },
            ],
        }
    }

    /// Points, share, rank and its move.
    pub(super) fn standing_cells(&self, line: &StandingLine) -> Vec<Cell> {
        let w = self.words;
        let zero = line.points.is_zero() && line.direct_report;
        let points = Cell::of(line.points.to_string()).toned(if zero { Tone::Bad } else { Tone::Plain });
        let share = if line.share.is_some() { Cell::of(w.share(line.share)) } else { Cell::missing() };
        vec![points, share, self.rank_cell(line.rank, line.tied), self.moved(line.moved)]
    }

    pub(super) fn rank_cell(&self, rank: u32, tied: u32) -> Cell {
        let tie = if tied > 1 { say!(self.words, format!("{tied}并列"), format!("{tied} tie")) } else { String::new() };
        Cell::of(rank.to_string()).with(tie)
    }

    fn moved(&self, moved: Option<i64>) -> Cell {
        let w = self.words;
        match moved {
            None => Cell::missing(),
            Some(0) => Cell::of(say!(w, "平", "same")),
            Some(up @ 1..) => Cell::of(say!(w, format!("升{up}"), format!("up {up}"))),
            Some(down) => {
                let down = down.unsigned_abs();
                Cell::of(say!(w, format!("降{down}"), format!("down {down}"))).toned(if down >= 3 { Tone::Bad } else { Tone::Warn })
            }
        }
    }

    /// Against the same span of last year, or against a straight line through it, where it has no months.
    pub(super) fn pace(&self, pace: &Pace) -> Exhibit {
        let w = self.words;
        let (window, points, expected) = (w.period(pace.window), w.points(pace.points), tenths(pace.expected));
        let last_year = w.points(pace.last_year);
        let basis = match pace.straight_line {
            true => say!(
                w,
                format!("按上年全年{last_year}直线推算，同期应为{expected}分"),
                format!("a straight line through last year's {last_year} gives {expected} for the span")
            ),
            false => say!(
                w,
                format!("上年同期为{expected}分（全年{last_year}）"),
                format!("the same span of last year had {expected} ({last_year} in the year)")
            ),
        };
        let shortfall = pace.shortfall();
        let by = tenths(Points::from_thousandths(shortfall.thousandths().abs()));
        let so = match shortfall.thousandths() {
            0 => say!(w, "持平".to_owned(), "just as many".to_owned()),
            1.. => say!(w, format!("差{by}分"), format!("{by} short")),
            _ => say!(w, format!("超前{by}分"), format!("{by} ahead")),
        };
        let whole = say!(w, format!("{window}累计{points}；{basis}，{so}。"), format!("{window}: {points}; {basis}: {so}."));
        let mut exhibit = Exhibit::new(say!(w, "进度", "Pace"));
        exhibit.lead = [Some(whole), self.split(pace, &by)].into_iter().flatten().map(Block::Paragraph).collect();
        exhibit
    }

    /// 64.4分中，市委办公厅63.4分…；郊区超前6.5分。
    fn split(&self, pace: &Pace, by: &str) -> Option<String> {
        let w = self.words;
        let shown = |points: Points| tenths(Points::from_thousandths(points.thousandths().abs()));
        let behind: Vec<_> = pace.split.iter().filter(|(_, points)| shown_behind(*points)).collect();
        let mut ahead: Vec<_> = pace.split.iter().filter(|(_, points)| shown_behind(-*points)).collect();
        ahead.reverse();
        let named = |list: &[&(crate::domain::notice::UnitRef, Points)]| {
            let mut parts: Vec<String> = list
                .iter()
                .take(SPLIT_NAMED)
                .map(|(unit, points)| {
                    say!(w, format!("{}{}分", self.unit_name(unit), shown(*points)), format!("{} {}", self.unit_name(unit), shown(*points)))
                })
                .collect();
            let rest: Points = list.iter().skip(SPLIT_NAMED).map(|(_, points)| *points).sum();
            if list.len() > SPLIT_NAMED {
                parts.push(say!(w, format!("其余共{}分", shown(rest)), format!("others {} together", shown(rest))));
            }
            w.list(&parts)
        };
        let short = pace.shortfall().thousandths() > 0;
        match (behind.is_empty(), ahead.is_empty()) {
            (true, true) => None,
            (false, true) if short => Some(say!(w, format!("{by}分中，{}。", named(&behind)), format!("Of the {by}: {}.", named(&behind)))),
            (false, false) if short => Some(say!(
                w,
                format!("{by}分中，{}；超前的有{}。", named(&behind), named(&ahead)),
                format!("Of the {by}: {}; ahead: {}.", named(&behind), named(&ahead))
            )),
            (true, false) => Some(say!(w, format!("超前的有{}。", named(&ahead)), format!("Ahead: {}.", named(&ahead)))),
            (false, true) => Some(say!(w, format!("落后的有{}。", named(&behind)), format!("Behind: {}.", named(&behind)))),
            (false, false) => Some(say!(
                w,
                format!("超前的有{}；落后的有{}。", named(&ahead), named(&behind)),
                format!("Ahead: {}; behind: {}.", named(&ahead), named(&behind))
            )),
        }
    }

    pub(super) fn external(&self, lines: &[ExternalLine]) -> Exhibit {
        let w = self.words;
        let one_list = lines.windows(2).all(|two| two[0].by == two[1].by);
        let by = lines.first().filter(|_| one_list).map(|line| super::plain::line(&line.by, 40));
        let heading = match &by {
            Some(by) => say!(w, format!("{by}通报中的位次"), format!("Ranks in the circular of {by}")),
            None => say!(w, "上级通报中的位次", "Ranks in the circulars of superiors").to_owned(),
        };
        let mut exhibit = Exhibit::new(heading);
        let columns = vec![
            Column::name(say!(w, "名称", "Name")),
            Column::name(say!(w, "时段", "Span")),
            Column::figures("", say!(w, "积分", "Points")),
            Column::figures("", say!(w, "位次", "Rank")),
            Column::name(say!(w, "上次", "Before")),
        ];
        let rows = lines.iter().map(|line| {
            let (now, by) = (&line.ranked, if one_list { String::new() } else { super::plain::line(&line.by, 40) });
            let before = line.before.as_ref().map_or_else(Cell::missing, |before| {
                Cell::of(say!(w, format!("第{}位", before.rank), ordinal(before.rank))).with(say!(
                    w,
                    format!("{}{}", w.period(before.window), if before.of > 0 { format!("，共{}个", before.of) } else { String::new() }),
                    format!("{}{}", w.period(before.window), if before.of > 0 { format!(", of {}", before.of) } else { String::new() })
                ))
            });
            let points = now.points.map_or_else(Cell::missing, |points| Cell::of(points.to_string()));
            vec![
                Cell::of(super::plain::line(&line.name, 40)).with(by),
                Cell::of(w.period(now.window)),
                points,
                Cell::of(w.rank_short(now)).toned(if now.last { Tone::Bad } else { Tone::Plain }),
                before,
            ]
        });
        exhibit.grid = Some(Grid { columns, rows: rows.collect(), shown: None });
        exhibit
    }
}

/// Whether a shortfall shows in tenths.
fn shown_behind(points: Points) -> bool {
    points.thousandths() >= 50
}

/// Points to one decimal, half up: 64.4.
fn tenths(points: Points) -> String {
    let tenths = (points.thousandths() + 50).div_euclid(100);
    format!("{}{}.{}", if tenths < 0 { "-" } else { "" }, tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10)
}
