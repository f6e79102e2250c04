//! What a newcomer sees when the demo has run: one screen that says what the program does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use chrono_tz::Tz;
use comfy_table::{ColumnConstraint, ContentArrangement, LineStyle, Row, Table, TableStyle, presets};

use super::DemoReport;
use super::outbox::Sent;
use crate::domain::language::Language;
use crate::domain::notice::NoticeKind;
use crate::domain::rules::{Instant, Stage, Verdict, span};
use crate::mail::words::{Words, say};
use crate::store::ObligationRow;

/// The screen, at most `width` columns wide unless the folder's own path is longer.
pub fn screen(report: &DemoReport, language: Language, width: usize) -> String {
    let shown = Shown { report, words: Words::new(language, report.config.timezone), width };
    let parts = [shown.heading(), shown.verdicts(), shown.notices(), shown.worth_opening(), shown.what_next()];
    parts.join("\n")
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

/// Kinds that say that something is missing, or that it came after all.
const WARNINGS: [NoticeKind; 4] = [NoticeKind::Late, NoticeKind::Omitted, NoticeKind::Unreported, NoticeKind::Supplied];

impl Shown<'_> {
    fn heading(&self) -> String {
        let counts = &self.report.report;
        let (from, until) = self.report.span;
        let days = (until - from).num_days();
        let (first, last) = (self.day(from), self.day(until - span(1)));
        let (messages, seconds) = (counts.messages, self.report.wall_seconds);
        let (filed, commands, duplicates, ignored, aside) =
            (counts.filed, counts.commands, counts.duplicates, counts.ignored, counts.quarantined);
        say!(
            self.words,
            format!(
                "直报演示：云岚市（虚构）2025年{first}至{last}，{days}天，来信{messages}封，用时{seconds:.1}秒\n\
                 来信：登记{filed}、指令{commands}、重复{duplicates}、自动回复{ignored}、来历不明待核{aside}；登记的即发回执。\n\
                 突发事件按级别限时报送；到期未报，先告知本单位和1级领导，再至2级、3级：\n"
            ),
            format!(
                "Yunlan, a made-up city, {first} to {last} 2025: {messages} mails in {days} days, {seconds:.1} s\n\
                 {filed} filed and receipted, {commands} commands, {duplicates} duplicate, {ignored} auto-reply, {aside} stranger.\n\
                 Each event starts a clock. Silence is told to the unit and level 1, then 2, 3:\n"
            )
        )
    }

    /// First reports one by one; follow-ups, finals and duties by verdict.
    fn verdicts(&self) -> String {
        let mut table = self.table();
        let heads = say!(
            self.words,
            ["突发事件首报", "单位", "时限", "报送", "结论", "告知至"],
            ["Event", "Unit", "Due", "Filed", "Verdict", "Warned up to"]
        );
        table.set_header(heads);
        let (first, others): (Vec<_>, Vec<_>) = self.report.obligations.iter().partition(|row| row.stage == Some(Stage::First));
        for row in first {
            let filed = row.filed.map_or_else(|| "—".to_owned(), |filed| self.filed(row.due, filed));
            let cells = [self.title(row), self.unit(row), self.moment(row.due), filed, self.verdict(row.verdict), self.warned(&[row])];
            table.add_row(one_line(cells));
        }
        let mut groups: BTreeMap<(Option<&str>, Verdict), Vec<&ObligationRow>> = BTreeMap::new();
        for row in others {
            groups.entry((row.duty.as_deref(), row.verdict)).or_default().push(row);
        }
        for ((duty, verdict), rows) in groups {
            let what = duty.unwrap_or(say!(self.words, "以上事件的续报、终报", "follow-up, final"));
            let times = say!(self.words, format!("共{}次", rows.len()), format!("{} in all", rows.len()));
            let cells = [what.to_owned(), times, String::new(), String::new(), self.verdict(verdict), self.warned(&rows)];
            table.add_row(one_line(cells));
        }
        self.fitted(table)
    }

    fn notices(&self) -> String {
        let counts = &self.report.report.notices;
        let named = NoticeKind::ALL.iter().filter_map(|kind| Some((self.words.notice(*kind), counts.get(kind.as_str())?)));
        let cells: Vec<String> = named.map(|(name, count)| format!("{name} {count}")).collect();
        let mut table = self.table();
        for row in cells.chunks(4) {
            table.add_row(one_line(row.to_vec()));
        }
        let (all, copies) = (counts.values().sum::<u64>(), self.report.outbox.len());
        let head = say!(self.words, format!("发出通知{all}件（{copies}封信）："), format!("{all} notices sent, in {copies} letters:"));
        format!("{head}\n{}", self.fitted(table))
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
        let config = config.display();
        let what = say!(self.words, "接着查看：", "Look further: ");
        format!("{what}zhibao --config {config} status\n")
    }

    /// The first late, the first omitted (else unreported), and a receipt for a first report.
    fn three(&self) -> Vec<(&'static str, PathBuf)> {
        let first = |kind: NoticeKind, staged: bool| {
            let fits = |sent: &&Sent| sent.kind() == kind.as_str() && (!staged || sent.header("X-Zhibao-Stage") == "first");
            self.report.outbox.iter().find(fits).map(|sent| (self.short(kind), sent.path.clone()))
        };
        let missing = first(NoticeKind::Unreported, true).or_else(|| first(NoticeKind::Omitted, true));
        [first(NoticeKind::Receipt, true), first(NoticeKind::Late, true), missing].into_iter().flatten().collect()
    }

    fn short(&self, kind: NoticeKind) -> &'static str {
        match kind {
            NoticeKind::Receipt => say!(self.words, "回执", "receipt"),
            NoticeKind::Late => self.words.verdict(Verdict::Late),
            NoticeKind::Omitted => self.words.verdict(Verdict::Omitted),
            _ => self.words.verdict(Verdict::Unreported),
        }
    }

    fn title(&self, row: &ObligationRow) -> String {
        let event = self.report.events.iter().find(|event| Some(event.number) == row.event);
        event.map_or_else(String::new, |event| event.title.clone())
    }

    fn unit(&self, row: &ObligationRow) -> String {
        self.report.config.roster.unit(&row.unit).map_or_else(|| row.unit.to_string(), |unit| unit.name.clone())
    }

    fn verdict(&self, verdict: Verdict) -> String {
        self.words.verdict(verdict).to_owned()
    }

    /// Up to which level supervisors were warned of it, by the letters that were sent. Where they were, so was the unit.
    fn warned(&self, rows: &[&ObligationRow]) -> String {
        match rows.iter().filter_map(|row| self.level_warned(row)).max() {
            None => "—".to_owned(),
            Some(level) => say!(self.words, format!("{level}级"), format!("level {level}")),
        }
    }

    fn level_warned(&self, row: &ObligationRow) -> Option<u8> {
        let about = |sent: &&Sent| {
            WARNINGS.iter().any(|kind| sent.kind() == kind.as_str())
                && sent.unit() == row.unit.as_str()
                && sent.header("X-Zhibao-Event") == row.event.map(|event| event.to_string()).unwrap_or_default()
                && sent.header("X-Zhibao-Stage") == row.stage.map_or("", Stage::as_str)
        };
        let addresses: BTreeSet<&str> = self.report.outbox.iter().filter(about).map(Sent::to).collect();
        let supervisors = self.report.config.roster.supervisors.iter();
        supervisors.filter(|s| addresses.contains(s.address.as_str())).map(|s| s.level).max()
    }

    /// Every column as wide as what stands in it, save the first, which takes what is left.
    fn fitted(&self, mut table: Table) -> String {
        for (index, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, 1));
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

    fn zone(&self) -> Tz {
        self.report.config.timezone
    }

    fn day(&self, at: Instant) -> String {
        at.with_timezone(&self.zone()).format(say!(self.words, "%-m月%-d日", "%-d Mar")).to_string()
    }

    fn moment(&self, at: Instant) -> String {
        at.with_timezone(&self.zone()).format(say!(self.words, "%-m月%-d日 %H:%M", "%-d Mar %H:%M")).to_string()
    }

    /// The time alone where the day is that of the due time.
    fn filed(&self, due: Instant, filed: Instant) -> String {
        let day = |at: Instant| at.with_timezone(&self.zone()).date_naive();
        if day(due) == day(filed) { filed.with_timezone(&self.zone()).format("%H:%M").to_string() } else { self.moment(filed) }
    }
}

/// A row of one line; what is too long for its column is cut off.
fn one_line<T: Into<Row>>(cells: T) -> Row {
    let mut row = cells.into();
    row.max_height(1);
    row
}
