//! What a newcomer sees when the demo has run: one screen that says what the program does.

use std::path::PathBuf;

use chrono::NaiveDate;
use comfy_table::{ColumnConstraint, ContentArrangement, LineStyle, Row, Table, TableStyle, presets};

use super::DemoReport;
use super::figures::{Figures, Place, SPANS};
use super::outbox::Sent;
use crate::domain::ids::UnitId;
use crate::domain::language::Language;
use crate::domain::notice::NoticeKind;
use crate::domain::points::Points;
use crate::domain::rules::{Instant, Verdict, span};
use crate::mail::words::{Words, say};

/// The screen, at most `width` columns wide unless the folder's own path is longer.
pub fn screen(report: &DemoReport, language: Language, width: usize) -> String {
    let shown = Shown { report, words: Words::new(language, report.config.timezone), width };
    let parts = [shown.heading(), shown.compared(), shown.warned(), shown.kept(), shown.worth_opening(), shown.what_next()];
    parts.join("\n")
}

/// To one decimal, half up.
fn tenths(points: Points) -> Points {
    Points::from_thousandths((points.thousandths() + 50).div_euclid(100) * 100)
}

/// A rule under the heads, and nothing else.
const RULED: TableStyle = presets::NOTHING.header_separator(LineStyle::none().fill('─').junction('─'));

/// The widest word before a path, with the space around it.
const LABEL_WIDTH: usize = 14;

struct Shown<'a> {
    report: &'a DemoReport,
    words: Words,
    width: usize,
}

impl Shown<'_> {
    fn heading(&self) -> String {
        let (from, until) = self.report.span;
        let (first, last) = (self.day(self.local(from)), self.day(self.local(until - span(1))));
        let (messages, seconds, letters) = (self.report.report.messages, self.report.wall_seconds, self.report.outbox.len());
        say!(
            self.words,
            format!(
                "直报演示：阳泉市，{first}至{last}，来信{messages}封，发信{letters}封，{seconds:.1}秒\n\
                 真实的只有“讲话”一栏的数字；来信、事件、人员和每分的日期均为编造。\n"
            ),
            format!(
                "Yangquan, {first} to {last}: {messages} mails in, {letters} out, {seconds:.1} s\n\
                 Real are the figures of a speech of 2003, right-hand column, and nothing else:\n\
                 mails, events, people, and the day on which each point fell are made up.\n"
            )
        )
    }

    /// The speech's figures, and the same as the single rows and mails give them.
    fn compared(&self) -> String {
        let mut table = self.table();
        table.set_header(say!(self.words, ["事项", "逐条算出", "讲话"], ["", "added up", "the speech"]));
        for cells in self.points().into_iter().chain(self.lists()).chain(self.prints()) {
            let mut row = Row::from(cells);
            row.max_height(1);
            table.add_row(row);
        }
        self.fitted(table)
    }

    fn figures(&self) -> &Figures {
        &self.report.figures
    }

    fn points(&self) -> Vec<[String; 3]> {
        let w = self.words;
        let [year, months] = SPANS.map(|span| span.to_string());
        let scored = |span: &str| self.figures().points.get(span).cloned().unwrap_or_default();
        let (last, this) = (scored(&year), scored(&months));
        let share = |share: Option<i64>| share.map_or_else(|| "—".to_owned(), |tenths| format!("{}.{}%", tenths / 10, tenths % 10));
        let of = |unit: &str| format!("{} {}", last.of(unit), share(last.share(unit)));
        let both = |unit: &str| this.of(unit).to_string();
        let place = |period: &str| self.figures().city.get(period).map_or_else(|| "—".to_owned(), |place| self.rank(place));
        let ranked = |points: Points, period: &str| say!(w, format!("{points}，{}", place(period)), format!("{points}, {}", place(period)));
        let row = |what: &str, found: String, said: &str| [what.to_owned(), found, said.to_owned()];
        vec![
            row(say!(w, "2002年全市省级积分", "points, 2002"), ranked(last.total, &year), say!(w, "373，第8位", "373, 8th")),
            row(say!(w, "  市委办公厅", "  city office"), of("office"), "313 83.9%"),
            row(
                say!(w, "  平定县 盂县 郊区", "  Pingding Yuxian Jiaoqu"),
                ["pingding", "yuxian", "jiaoqu"].map(of).join("  "),
                "7 1.9%  11 2.9%  42 11.3%",
            ),
            row(say!(w, "2003年1至5月全市", "January to May 2003"), ranked(this.total, "2003-05"), say!(w, "91，第10位", "91, 10th")),
            row(
                say!(w, "  办公厅 郊区 盂县 平定县", "  office, Jiaoqu, rest"),
                format!("{}  {} {}  {}  {}", both("office"), both("jiaoqu"), share(this.share("jiaoqu")), both("yuxian"), both("pingding")),
                "67  24 26%  0  0",
            ),
        ]
    }

    fn lists(&self) -> Vec<[String; 3]> {
        let w = self.words;
        let none = || "—".to_owned();
        let direct = self.figures().direct.get("2003-05");
        let of = direct.and_then(|units| units.values().find_map(|place| place.of)).unwrap_or(0);
        let bottom: Vec<String> =
            direct.into_iter().flatten().filter(|(_, place)| place.rank + 1 >= of).map(|(unit, _)| self.unit(unit)).collect();
        let points = if direct.is_none() {
            none()
        } else {
            say!(w, format!("{of}个，末位{}", w.list(&bottom)), format!("{of}; {} last", w.list(&bottom)))
        };
        let central = match (&self.figures().central, &self.figures().central_in_province) {
            (Some(country), Some(province)) => {
                let (points, of) = (country.points.unwrap_or_default(), country.of.unwrap_or(0));
                let (country, province) = (country.rank, province.rank);
                say!(w, format!("{points}，第{country}/{of}，省内第{province}"), format!("{points}, {country} of {of}, {province}"))
            }
            _ => none(),
        };
        let row = |what: &str, found: String, said: &str| [what.to_owned(), found, said.to_owned()];
        vec![
            row(say!(w, "省内信息直报点", "direct-report points"), points, say!(w, "49个，两县垫底", "49; the two last")),
            row(say!(w, "中办质量系数", "central office, quality"), central, say!(w, "42，第61/240，省内第6", "42, 61 of 240, 6")),
        ]
    }

    fn prints(&self) -> Vec<[String; 3]> {
        let w = self.words;
        let printed = self.figures().bulletins;
        let (titles, issues, items, thousands) = (printed.titles, printed.issues, printed.items, printed.characters / 1000);
        let shares = self.figures().made_up_of.map(|share| format!("{}.{}%", share.per_mille() / 10, share.per_mille() % 10));
        let row = |what: &str, found: String, said: &str| [what.to_owned(), found, said.to_owned()];
        vec![
            row(
                say!(w, "2002年刊物", "titles, issues, items"),
                say!(
                    w,
                    format!("{titles}种{issues}期{items}条{}.{}万字", thousands / 10, thousands % 10),
                    format!("{titles}, {issues}, {items}, {thousands},000")
                ),
                say!(w, "3种418期866条80多万字", "3, 418, 866, over 800,000"),
            ),
            row(
                say!(w, "  中心工作 问题 综合", "  central problem mixed"),
                shares.join("  "),
                say!(w, "80%以上 20%左右 20%左右", "over 80%  about 20%  20%"),
            ),
            row(say!(w, "  表彰单位", "  commended units"), self.figures().commended.len().to_string(), "8"),
        ]
    }

    /// On which days the zeros were told, and whose doing the shortfall is.
    fn warned(&self) -> String {
        let w = self.words;
        let mut days = self.figures().zero_warned.iter();
        let mut lines = Vec::new();
        if let Some((day, units)) = days.next() {
            let (day, units) = (self.day(*day), w.list(&units.iter().map(|unit| self.unit(unit)).collect::<Vec<_>>()));
            lines.push(say!(
                w,
                format!("{day}提示：{units}年初以来为零。讲话到6月才提到。"),
                format!("{day}: {units} at zero; the speech noticed in June.")
            ));
            let again: Vec<String> = days.map(|(day, _)| self.short_day(*day)).collect();
            if !again.is_empty() {
                lines.push(say!(
                    w,
                    format!("  {}再次提示，每次多告知一级。", w.list(&again)),
                    format!("  Again on {}, one level higher each time.", w.list(&again))
                ));
            }
        }
        if let Some(pace) = &self.figures().pace {
            let of =
                |unit: &str| pace.split.iter().find(|(found, _)| found.id.as_str() == unit).map(|(_, points)| *points).unwrap_or_default();
            let [all, office, ahead] = [pace.shortfall(), of("office"), -of("jiaoqu")].map(tenths);
            lines.push(say!(
                w,
                format!("{}比上年同期差{all}分，其中办公厅自己{office}分；郊区超前{ahead}分。\n  讲话批评的是县区。", self.through()),
                format!(
                    "{}: {all} points behind last year, {office} of them\n  the city office's own; Jiaoqu is {ahead} ahead. The speech blamed the counties.",
                    self.through()
                )
            ));
        }
        if lines.is_empty() { String::new() } else { lines.join("\n") + "\n" }
    }

    fn through(&self) -> String {
        let last = self.figures().pace.as_ref().map_or(self.report.span.1.date_naive(), |pace| pace.window.last());
        last.format(say!(self.words, "到%Y年%-m月底", "By the end of %B %Y")).to_string()
    }

    /// How the obligations ended, and what else came and went.
    fn kept(&self) -> String {
        let w = self.words;
        let counts = &self.report.report;
        let of = |verdict: Verdict| counts.obligations.get(verdict.as_str()).copied().unwrap_or(0);
        let listed = [Verdict::OnTime, Verdict::Late, Verdict::Omitted, Verdict::Unreported, Verdict::Waived, Verdict::Void];
        let verdicts: Vec<String> = listed.iter().map(|verdict| format!("{} {}", w.verdict(*verdict), of(*verdict))).collect();
        let breached = [Verdict::Late, Verdict::Omitted, Verdict::Unreported];
        let supplied = self.report.obligations.iter().filter(|row| row.filed.is_some() && breached.contains(&row.verdict)).count();
        let notices: u64 = counts.notices.values().sum();
        let rest = |kind: NoticeKind| counts.notices.get(kind.as_str()).copied().unwrap_or(0);
        let (digests, circulars) = (rest(NoticeKind::Digest), rest(NoticeKind::Circular));
        let (events, aside, duplicates) = (counts.events, counts.quarantined, counts.duplicates);
        say!(
            w,
            format!(
                "突发事件{events}起。应报事项：\n  {}；其中补报{supplied}。\n通知{notices}件，含周报{digests}件、月度通报{circulars}件；重复来信{duplicates}封，待核{aside}封。\n",
                verdicts.join("、")
            ),
            format!(
                "{events} sudden events. Owed:\n  {};\n  {supplied} supplied after all.\n{notices} notices, {digests} digests and {circulars} circulars among them;\n{duplicates} mails came twice, {aside} wait for the desk.\n",
                verdicts.join(", ")
            )
        )
    }

    fn worth_opening(&self) -> String {
        let head = say!(self.words, "先看这三封（任何邮件软件均可打开）：", "Open these three first, in any mail program:");
        let folder = self.report.dir.join("outbox");
        let letters = self.three();
        let whole = letters.iter().all(|(_, path)| LABEL_WIDTH + path.display().to_string().chars().count() <= self.width);
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        for (label, path) in letters {
            let path = if whole { path } else { path.file_name().map(PathBuf::from).unwrap_or(path) };
            table.add_row([label.to_owned(), path.display().to_string()]);
        }
        let place = if whole { String::new() } else { format!("{}/\n", folder.display()) };
        format!("{head}\n{place}{}", table.trim_fmt())
    }

    fn what_next(&self) -> String {
        let config = self.report.dir.join("zhibao.toml");
        let what = say!(self.words, "接着查看：", "Look further: ");
        format!("{what}zhibao --config {} status\n", config.display())
    }

    /// The first warning of a zero, the last digest, the last alert that nothing came at all; where a shorter play has none of
    /// these, the graver of what it has.
    fn three(&self) -> Vec<(&'static str, PathBuf)> {
        let sent = &self.report.outbox;
        let first = |kind: NoticeKind| sent.iter().find(|sent| sent.kind() == kind.as_str());
        let newest = |of: &dyn Fn(&Sent) -> bool| {
            let number = sent.iter().rev().find(|sent| of(sent)).map(|sent| sent.header("X-Zhibao-Number"))?;
            sent.iter().find(|sent| sent.header("X-Zhibao-Number") == number)
        };
        let last = |kind: NoticeKind| newest(&|sent| sent.kind() == kind.as_str());
        let unreported = |sent: &Sent| sent.kind() == NoticeKind::Unreported.as_str() && sent.header("X-Zhibao-Stage") == "first";
        let missing = newest(&unreported).or_else(|| first(NoticeKind::Omitted)).or_else(|| first(NoticeKind::Late));
        let chosen = [first(NoticeKind::Zero).or_else(|| first(NoticeKind::Receipt)), last(NoticeKind::Digest), missing];
        let named = chosen.into_iter().flatten().map(|sent| (self.short(sent), sent.path.clone()));
        named.collect()
    }

    fn short(&self, sent: &Sent) -> &'static str {
        match sent.kind().parse() {
            Ok(NoticeKind::Zero) => say!(self.words, "零采用", "zero"),
            Ok(NoticeKind::Digest) => say!(self.words, "周报", "digest"),
            Ok(NoticeKind::Unreported) => self.words.verdict(Verdict::Unreported),
            Ok(NoticeKind::Omitted) => self.words.verdict(Verdict::Omitted),
            Ok(NoticeKind::Late) => self.words.verdict(Verdict::Late),
            _ => say!(self.words, "回执", "receipt"),
        }
    }

    /// A unit's name, without the gloss in brackets.
    fn unit(&self, unit: &UnitId) -> String {
        let name = self.report.config.roster.unit(unit).map_or_else(|| unit.to_string(), |unit| unit.name.clone());
        let bare = name.split(" (").next().unwrap_or_default();
        bare.trim_end_matches(" County").trim_end_matches(" District").to_owned()
    }

    fn rank(&self, place: &Place) -> String {
        let rank = place.rank;
        let ending = match (rank % 10, rank % 100) {
            (_, 11..=13) => "th",
            (1, _) => "st",
            (2, _) => "nd",
            (3, _) => "rd",
            _ => "th",
        };
        say!(self.words, format!("第{rank}位"), format!("{rank}{ending}"))
    }

    /// Every column as wide as what stands in it, save the first, which takes what is left.
    fn fitted(&self, mut table: Table) -> String {
        for (index, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, if index == 2 { 0 } else { 2 }));
            if index > 0 {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
        format!("{}\n", table.trim_fmt())
    }

    fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_style(RULED).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::try_from(self.width).unwrap_or(u16::MAX));
        table
    }

    fn local(&self, at: Instant) -> NaiveDate {
        at.with_timezone(&self.report.config.timezone).date_naive()
    }

    fn day(&self, day: NaiveDate) -> String {
        day.format(say!(self.words, "%Y年%-m月%-d日", "%-d %B %Y")).to_string()
    }

    fn short_day(&self, day: NaiveDate) -> String {
        day.format(say!(self.words, "%-m月%-d日", "%-d %b")).to_string()
    }
}
