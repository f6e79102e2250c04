//! The view of a weekly digest: what needs a decision first, then the figures of every unit.

use super::exhibit::{Cell, Column, Exhibit, Grid, Tone};
use super::layout::Block;
use super::view::View;
use crate::domain::digest::{Decision, Digest, ExternalLine, Pace, RosterGap, StandingLine, StandingToDate, Tagged, UnitWeek};
use crate::domain::notice::NoticeKind;
use crate::domain::points::Points;
use crate::domain::rules::Verdict;
use crate::mail::words::say;
use crate::mail::words::standings::ordinal;

/// Rows of a grid that HTML shows: mail readers cut off what is longer than 100 KB.
pub(super) const HTML_ROWS: usize = 40;
/// Decisions that are listed; of a flood, the number is enough.
const DECISIONS: usize = 40;
/// Units with gaps in the roster that are named.
const GAPS: usize = 20;
/// Units of a shortfall that are named; the others are added up.
const SPLIT_NAMED: usize = 5;
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

impl View {
    pub(super) fn digest(&mut self, digest: &Digest) {
        let w = self.words;
        let sum = |of: fn(&UnitWeek) -> u64| digest.units.iter().map(of).sum::<u64>();
        let (expected, on_time) = (sum(|unit| unit.expected), sum(|unit| unit.on_time));
        self.set("week", w.period(digest.week));
        self.set("week_short", w.period_short(digest.week));
        self.set("decisions", digest.decisions.len());
        self.set("expected", expected);
        self.set("received", sum(|unit| unit.received));
        self.set("on_time", on_time);
        self.set("on_time_rate", w.rate(on_time, expected));
        self.set("late", sum(|unit| unit.late));
        self.set("omitted", sum(|unit| unit.omitted));
        self.set("unreported", sum(|unit| unit.unreported));
        self.set("submissions", digest.submissions);
        self.set("caught_up", self.moment(digest.caught_up));
        let mut exhibits = Vec::new();
        exhibits.extend((!digest.all_good()).then(|| self.decisions(&digest.decisions)));
        exhibits.extend((!digest.units.is_empty()).then(|| self.punctuality(&digest.units)));
        exhibits.extend((!digest.units.is_empty() || digest.standing.is_some()).then(|| self.standings(digest)));
        if let Some(standing) = &digest.standing {
            exhibits.extend((!standing.paces.is_empty()).then(|| self.paces(&standing.paces)));
            exhibits.extend((!standing.external.is_empty()).then(|| self.external(&standing.external)));
        }
        exhibits.extend(self.mix(digest));
        exhibits.extend((!digest.roster.is_empty()).then(|| self.roster_gaps(&digest.roster)));
        self.exhibits = exhibits;
    }

    fn decisions(&self, decisions: &[Decision]) -> Exhibit {
        let w = self.words;
        let mut exhibit = Exhibit::new(say!(w, "需要决定的事项", "To decide"));
        let rows = decisions.iter().take(DECISIONS).map(|decision| {
            let (label, text) = self.decision(decision);
            let tone = match decision {
                Decision::Overdue { verdict: Verdict::Omitted | Verdict::Unreported, .. } => Tone::Bad,
                Decision::Overdue { .. } | Decision::Warned { .. } => Tone::Warn,
                _ => Tone::Plain,
            };
            vec![Cell::of(label).toned(tone), Cell::of(text)]
        });
        let columns = vec![Column::name(""), Column::sentences("")];
        exhibit.grid = Some(Grid { columns, rows: rows.collect(), shown: None });
        if decisions.len() > DECISIONS {
            let more = decisions.len() - DECISIONS;
            exhibit.notes.push(say!(
                w,
                format!("其余{more}项较轻，没有列出；zhibao status 列出全部。"),
                format!("{more} more, less grave, are not listed; zhibao status shows all.")
            ));
        }
        exhibit
    }

    /// What it is, in a word, and the sentence.
    fn decision(&self, decision: &Decision) -> (String, String) {
        let w = self.words;
        match decision {
            Decision::Overdue { unit, owed, event, due, verdict, acknowledged, notice } => {
                let (unit, what, due) = (self.unit_name(unit), self.owed_of(owed, event.as_ref()), w.moment(*due));
                let number = event.as_ref().map(|event| event.number);
                let number = number.map(|number| say!(w, format!("（{number}）"), format!(" ({number})"))).unwrap_or_default();
                let ack = match acknowledged {
                    true => say!(w, "，已有人确认", ", acknowledged"),
                    false => say!(w, "，尚无人确认", ", not acknowledged"),
                };
                let by = notice.map(|notice| say!(w, format!("（{notice}）"), format!(" ({notice})"))).unwrap_or_default();
                let label = match verdict {
                    Verdict::Open => say!(w, "逾期", "overdue"),
                    other => w.verdict(*other),
                };
                let text =
                    say!(w, format!("{unit}：{what}{number}，时限{due}{ack}{by}"), format!("{unit}: {what}{number}, due {due}{ack}{by}"));
                (label.to_owned(), text)
            }
            Decision::Warned { unit, kind, times, notice } => {
                let (unit, nth) = (self.unit_name(unit), *times);
                let zh = if nth > 1 { format!("第{nth}次提示") } else { "已提示".to_owned() };
                let en = if nth > 1 { format!("warned of for the {} time", ordinal(nth)) } else { "warned of".to_owned() };
                (self.warning_word(*kind).to_owned(), say!(w, format!("{unit}：{zh}（{notice}）"), format!("{unit}: {en} ({notice})")))
            }
            other => self.office_decision(other),
        }
    }

    fn office_decision(&self, decision: &Decision) -> (String, String) {
        let w = self.words;
        let (label, text) = match decision {
            Decision::Quarantined { count, since } => {
                let since = w.moment(*since);
                let text = say!(w, format!("{count}封，最早的{since}收到"), format!("{count}, the oldest arrived {since}"));
                (say!(w, "待核来件", "quarantine"), text)
            }
            Decision::Undeliverable { count } => {
                (say!(w, "未能送达", "undeliverable"), say!(w, format!("{count}份通知没有送到"), format!("{count} not delivered")))
            }
            Decision::Stalled { mailbox, since } => {
                let mailbox = super::plain::line(mailbox, 40);
                let since = since.map(|since| w.moment(since));
                let zh = since.as_ref().map_or_else(|| "从未读到".to_owned(), |since| format!("自{since}起读不到"));
                let en = since.map_or_else(|| "never read".to_owned(), |since| format!("not read since {since}"));
                (say!(w, "收件停滞", "stalled"), say!(w, format!("邮箱“{mailbox}”{zh}"), format!("mailbox “{mailbox}”, {en}")))
            }
            Decision::TableMissing { month, as_of } => {
                let (month, as_of) = (w.period(*month), as_of.map(|day| w.day(day)));
                let zh = as_of.as_ref().map_or_else(|| "还没有到".to_owned(), |day| format!("只到{day}"));
                let en = as_of.map_or_else(|| "has not come".to_owned(), |day| format!("reaches to {day} only"));
                (say!(w, "采用表", "table"), say!(w, format!("{month}的采用表{zh}"), format!("the table of adoptions for {month} {en}")))
            }
            Decision::Overdue { .. } | Decision::Warned { .. } => ("", String::new()),
        };
        (label.to_owned(), text)
    }

    fn warning_word(&self, kind: NoticeKind) -> &'static str {
        let w = self.words;
        match kind {
            NoticeKind::Zero => say!(w, "零采用", "zero"),
            NoticeKind::RankFall => say!(w, "位次下滑", "rank fall"),
            NoticeKind::Silent => say!(w, "沉寂", "silent"),
            other => w.notice(other),
        }
    }

    fn punctuality(&self, units: &[UnitWeek]) -> Exhibit {
        let w = self.words;
        let mut exhibit = Exhibit::new(say!(w, "各单位报送时效", "Punctuality by unit"));
        let columns = vec![
            Column::name(say!(w, "单位", "Unit")),
            Column::figures("", say!(w, "应报", "Due")),
            Column::figures("", say!(w, "已报", "In")),
            Column::figures("", say!(w, "按时", "On time")),
            Column::figures("", say!(w, "迟报", "Late")),
            Column::figures("", say!(w, "漏报", "Omit.")),
            Column::figures("", say!(w, "不报", "Unrep.")),
            Column::figures("", say!(w, "时差", "Lag")),
        ];
        let rows = units.iter().map(|unit| self.punctuality_row(unit)).collect();
        let mut order: Vec<usize> = (0..units.len()).collect();
        order.sort_by_key(|index| {
            let unit = &units[*index];
            std::cmp::Reverse((unit.unreported, unit.omitted, unit.late, unit.expected))
        });
        exhibit.notes.push(
            say!(
                w,
                "“时差”是已报各项距时限的中位数。“—”为没有应报或没有数字，与0不同。",
                "“Lag” is the median against the due time. “—” means that nothing was owed or there is no figure, unlike 0."
            )
            .to_owned(),
        );
        exhibit.charts.extend(self.punctuality_chart(units));
        let shown = self.capped(&mut exhibit, order);
        exhibit.grid = Some(Grid { columns, rows, shown });
        exhibit
    }

    fn punctuality_row(&self, unit: &UnitWeek) -> Vec<Cell> {
        let w = self.words;
        let owed = |count: u64, tone: Tone| match (unit.expected, count) {
            (0, _) => Cell::missing(),
            (_, 0) => Cell::of("0"),
            _ => Cell::of(count.to_string()).toned(tone),
        };
        let rate = match unit.expected {
            0 => Cell::missing(),
            expected => Cell::of(w.rate(unit.on_time, expected)).with(format!("{}/{expected}", unit.on_time)),
        };
        let lag = unit.median_lag_seconds.map_or_else(Cell::missing, |lag| Cell::of(self.lag(lag)));
        vec![
            Cell::of(self.unit_name(&unit.unit)),
            Cell::of(unit.expected.to_string()),
            owed(unit.received, Tone::Plain),
            rate,
            owed(unit.late, Tone::Warn),
            owed(unit.omitted, Tone::Bad),
            owed(unit.unreported, Tone::Bad),
            lag,
        ]
    }

    /// 早2小时 / −2 h, in the one unit that tells most.
    fn lag(&self, seconds: i64) -> String {
        let w = self.words;
        let size = seconds.unsigned_abs();
        let (zh, en) = match size {
            0..60 => return say!(w, "正点", "0").to_owned(),
            60..5_400 => (format!("{}分", (size + 30) / 60), format!("{} min", (size + 30) / 60)),
            5_400..172_800 => (format!("{}小时", (size + 1_800) / 3_600), format!("{} h", (size + 1_800) / 3_600)),
            _ => (format!("{}天", (size + 43_200) / 86_400), format!("{} d", (size + 43_200) / 86_400)),
        };
        let sign = if seconds < 0 { "−" } else { "+" };
        say!(w, format!("{}{zh}", if seconds < 0 { "早" } else { "晚" }), format!("{sign}{en}"))
    }

    fn standings(&self, digest: &Digest) -> Exhibit {
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

    /// Against the same span of last year, and against a straight line where there is no such span or beside it.
    fn paces(&self, paces: &[Pace]) -> Exhibit {
        let mut exhibit = Exhibit::new(say!(self.words, "进度", "Pace"));
        exhibit.lead = paces.iter().flat_map(|pace| self.pace(pace)).collect();
        exhibit
    }

    fn pace(&self, pace: &Pace) -> Vec<Block> {
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
        [Some(whole), self.split(pace, &by)].into_iter().flatten().map(Block::Paragraph).collect()
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

    fn external(&self, lines: &[ExternalLine]) -> Exhibit {
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
                Cell::of(w.figure(now)).toned(if now.last { Tone::Bad } else { Tone::Plain }),
                before,
            ]
        });
        exhibit.grid = Some(Grid { columns, rows: rows.collect(), shown: None });
        exhibit
    }

    fn mix(&self, digest: &Digest) -> Option<Exhibit> {
        let w = self.words;
        if digest.kinds.is_empty() && digest.fields.is_empty() {
            return None;
        }
        let mut exhibit = Exhibit::new(say!(w, "类别与领域", "Kinds and fields"));
        let line = |label: &str, tags: &[Tagged]| {
            let shares: Vec<String> = tags
                .iter()
                .map(|tag| {
                    let (name, rate) = (super::plain::line(&tag.tag, 30), w.rate(tag.count, digest.submissions));
                    say!(w, format!("{name}{}件（{rate}）", tag.count), format!("{name} {} ({rate})", tag.count))
                })
                .collect();
            (!shares.is_empty()).then(|| say!(w, format!("{label}：{}", w.list(&shares)), format!("{label}: {}", w.list(&shares))))
        };
        let lines = [line(say!(w, "类别", "Kinds"), &digest.kinds), line(say!(w, "领域", "Fields"), &digest.fields)];
        exhibit.lead.push(Block::List(lines.into_iter().flatten().collect()));
        exhibit.notes.push(say!(
            w,
            format!("本周信息{}件。一件可以属于几类，占比相加可能超过100%。", digest.submissions),
            format!("Of {}. One may be of several kinds, so shares may pass 100 % in sum.", w.submissions(digest.submissions))
        ));
        Some(exhibit)
    }

    fn roster_gaps(&self, gaps: &[RosterGap]) -> Exhibit {
        let w = self.words;
        let mut exhibit = Exhibit::new(say!(w, "名册缺项", "Gaps in the roster"));
        let lines = gaps.iter().take(GAPS).map(|gap| {
            let lacks = w.list(&gap.lacks.iter().map(|lack| w.lack(*lack)).collect::<Vec<_>>());
            say!(w, format!("{}：{lacks}", self.unit_name(&gap.unit)), format!("{}: {lacks}", self.unit_name(&gap.unit)))
        });
        exhibit.lead.push(Block::List(lines.collect()));
        if gaps.len() > GAPS {
            let more = gaps.len() - GAPS;
            exhibit.notes.push(say!(w, format!("其余{more}个单位没有列出。"), format!("{more} more units are not listed.")));
        }
        exhibit
    }

    /// The rows that HTML shows, of an order of importance; says so where it leaves some out.
    pub(super) fn capped(&self, exhibit: &mut Exhibit, order: Vec<usize>) -> Option<Vec<usize>> {
        let all = order.len();
        if all <= HTML_ROWS {
            return None;
        }
        let w = self.words;
        exhibit.notes.push(say!(
            w,
            format!("共{all}个单位，网页格式只列{HTML_ROWS}个，最要紧的在前；全部见附件表格和本邮件的纯文本格式。"),
            format!("{all} units in all; the page shows {HTML_ROWS}, what matters most first. All are in the attached workbook and in the plain text of this mail.")
        ));
        Some(order.into_iter().take(HTML_ROWS).collect())
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

/// A bar a week: the lowest for none, the highest for the most.
fn sparkline(weeks: &[u64]) -> String {
    let most = weeks.iter().copied().max().unwrap_or(0).max(1);
    let level = |count: u64| if count == 0 { 0 } else { 1 + (count * 6 / most) as usize };
    weeks.iter().map(|count| BARS[level(*count).min(7)]).collect()
}
