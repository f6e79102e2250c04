//! The view of a weekly digest: what needs a decision first, then the figures of every unit.

use super::exhibit::{Cell, Column, Exhibit, Grid, Tone};
use super::layout::Block;
use super::view::View;
use crate::domain::digest::{Decision, Digest, RosterGap, Tagged, UnitWeek};
use crate::domain::notice::NoticeKind;
use crate::domain::rules::Verdict;
use crate::mail::words::say;
use crate::mail::words::standings::ordinal;

/// Rows of a grid that HTML shows: mail readers cut off what is longer than 100 KB.
pub(super) const HTML_ROWS: usize = 40;
/// Decisions that are listed; of a flood, the number is enough.
const DECISIONS: usize = 40;
/// Units with gaps in the roster that are named.
const GAPS: usize = 20;
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
            exhibits.extend(standing.pace.as_ref().map(|pace| self.pace(pace)));
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

/// A bar a week: the lowest for none, the highest for the most.
pub(super) fn sparkline(weeks: &[u64]) -> String {
    let most = weeks.iter().copied().max().unwrap_or(0).max(1);
    let level = |count: u64| if count == 0 { 0 } else { 1 + (count * 6 / most) as usize };
    weeks.iter().map(|count| BARS[level(*count).min(7)]).collect()
}
