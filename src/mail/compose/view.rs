//! The facts of a notice in words: values for its template, rows for its tables. Here, those about reports and deadlines.
//!
//! Every value that a template of the kind names is set in every case (`Strict` undefined), to `none` where there is no fact.

use std::collections::BTreeMap;

use minijinja::{Value, context};

use super::exhibit::Exhibit;
use super::layout::Table;
use super::plain::{self, TITLE_MAX, VALUE_MAX};
use crate::domain::notice::{
    Breach, Capacity, Content, DueBecause, EventOpened, EventRef, Met, NextDue, Notice, Owed, Receipt, Reminder, Returned, Supplied,
    UnitRef,
};
use crate::domain::roster::Office;
use crate::domain::rules::{Instant, Stage, Verdict};
use crate::domain::submission::{Flag, Kind};
use crate::mail::words::{Words, say};

/// A notice in words, for one reader.
pub(super) struct View {
    values: BTreeMap<&'static str, Value>,
    /// Facts to show, in order.
    pub tables: Vec<Table>,
    /// Sections of a digest, a circular or a bulletin, in order.
    pub exhibits: Vec<Exhibit>,
    pub(super) words: Words,
    pub(super) to: Capacity,
    pub(super) at: Instant,
}

impl View {
    /// The view of `notice` for a reader of this capacity.
    pub(super) fn of(notice: &Notice, to: Capacity, at: Instant, office: &Office, words: Words) -> View {
        let mut view = View { values: BTreeMap::new(), tables: Vec::new(), exhibits: Vec::new(), words, to, at };
        let unit = notice.about.unit.as_ref();
        view.set("to", capacity(to));
        view.set("office_address", office.address.as_str());
        let name = unit.map(|unit| plain::line(&unit.name, TITLE_MAX));
        let who = if matches!(to, Capacity::Reporter | Capacity::Sender) { None } else { name.clone() };
        view.set("who", who.unwrap_or_else(|| view.someone().to_owned()));
        view.set("unit", name);
        view.set("about_event", notice.about.event.map(|number| number.to_string()));
        match &notice.content {
            Content::Receipt(receipt) => view.receipt(receipt, unit, notice),
            Content::Returned(returned) => view.returned(returned),
            Content::Quarantined(quarantined) => view.quarantined(quarantined),
            Content::Question(question) => view.question(question),
            Content::EventOpened(opened) => view.event_opened(opened, unit),
            Content::Reminder(reminder) => view.reminder(reminder, unit),
            Content::Breach(breach) => view.breach(breach, unit),
            Content::Supplied(supplied) => view.supplied(supplied, unit),
            Content::IntakeStalled(stalled) => view.intake_stalled(stalled),
            Content::AccountTrouble(trouble) => view.account_trouble(trouble),
            Content::Undeliverable(undeliverable) => view.undeliverable(undeliverable),
            Content::Failing(failing) => view.failing(failing),
            Content::Command(answer) => view.command(answer),
            Content::Zero(zero) => view.zero(zero, unit),
            Content::RankFall(fall) => view.rank_fall(fall, unit),
            Content::Silent(silent) => view.silent(silent, unit),
            Content::Digest(digest) => view.digest(digest),
            Content::Circular(circular) => view.circular(circular),
            Content::Requisition(requisition) => view.requisition(requisition, unit),
            Content::RosterCheck(check) => view.roster_check(check),
            Content::Bulletin(issue) => view.bulletin(issue),
            Content::Canary(canary) => view.canary(canary),
            Content::CanaryMissing(missing) => view.canary_missing(missing),
        }
        view
    }

    pub(super) fn values(&self) -> Value {
        self.values.clone().into()
    }

    pub(super) fn set(&mut self, name: &'static str, value: impl Into<Value>) {
        self.values.insert(name, value.into());
    }

    pub(super) fn line(&self, text: &str) -> String {
        plain::line(text, VALUE_MAX)
    }

    pub(super) fn moment(&self, at: Option<Instant>) -> Option<String> {
        at.map(|at| self.words.moment(at))
    }

    /// A subject or title, short and never empty.
    pub(super) fn title(&self, text: &str) -> String {
        match plain::untagged(text, TITLE_MAX) {
            empty if empty.is_empty() => say!(self.words, "（无标题）", "(no subject)").to_owned(),
            title => title,
        }
    }

    fn someone(&self) -> &'static str {
        match self.to {
            Capacity::Reporter | Capacity::Sender => say!(self.words, "贵单位", "your unit"),
            _ => say!(self.words, "有关单位", "the unit"),
        }
    }

    pub(super) fn named(&self, event: &EventRef) -> EventRef {
        EventRef { number: event.number, title: self.title(&event.title) }
    }

    /// E-2003-0007 盂县某煤矿透水事故
    pub(super) fn numbered(&self, event: &EventRef) -> String {
        let event = self.named(event);
        format!("{} {}", event.number, event.title)
    }

    /// E-2003-0007“盂县某煤矿透水事故”, to stand in a sentence.
    pub(super) fn quoted(&self, event: &EventRef) -> String {
        let EventRef { number, title } = self.named(event);
        say!(self.words, format!("{number}“{title}”"), format!("{number} “{title}”"))
    }

    /// A subject as its sender wrote it, tags and all, to be shown in a body.
    pub(super) fn as_written(&self, text: &str) -> String {
        match plain::line(text, TITLE_MAX) {
            empty if empty.is_empty() => self.title(""),
            line => line,
        }
    }

    pub(super) fn unit_name(&self, unit: &UnitRef) -> String {
        plain::line(&unit.name, TITLE_MAX)
    }

    pub(super) fn owed(&self, owed: &Owed) -> String {
        self.line(&self.words.owed(owed))
    }

    pub(super) fn owed_of(&self, owed: &Owed, event: Option<&EventRef>) -> String {
        let event = event.map(|event| self.named(event));
        self.line(&self.words.owed_of(owed, event.as_ref()))
    }

    pub(super) fn row(rows: &mut Vec<(String, String)>, label: &str, value: impl Into<Option<String>>) {
        rows.extend(value.into().map(|value| (label.to_owned(), value)));
    }

    fn receipt(&mut self, receipt: &Receipt, unit: Option<&UnitRef>, notice: &Notice) {
        let w = self.words;
        let severity = notice.about.severity.map(|severity| w.severity_full(severity));
        self.set("number", receipt.number.to_string());
        self.set("subject", Some(plain::untagged(&receipt.subject, TITLE_MAX)).filter(|subject| !subject.is_empty()));
        self.set("kind", receipt.kind.as_str());
        self.set("kind_word", w.kind(receipt.kind));
        self.set("duplicate", receipt.duplicate);
        self.set("correspondence", receipt.correspondence || receipt.kind == Kind::Correspondence);
        self.set("corrects", receipt.corrects.map(|number| number.to_string()));
        self.set("event_number", receipt.event.as_ref().map(|event| event.number.to_string()));
        self.set("missing", Value::from_iter(receipt.missing.iter().map(|field| w.field(*field))));
        self.set("missing_list", w.list(&receipt.missing.iter().map(|field| w.field(*field)).collect::<Vec<_>>()));
        // What is missing is said by name; the flag would only repeat it.
        let flags = receipt.flags.iter().filter(|flag| **flag != Flag::Incomplete || receipt.missing.is_empty());
        self.set("flags", Value::from_iter(flags.map(|flag| w.flag(*flag))));
        let met = receipt.met.iter().map(|met| self.met(met, receipt.arrival, receipt.event.as_ref()));
        self.set("met", Value::from_iter(met));
        let next = receipt.next.iter().map(|next| self.next(next));
        self.set("next", Value::from_iter(next));

        let mut rows = Vec::new();
        View::row(&mut rows, say!(w, "编号", "Number"), receipt.number.to_string());
        View::row(&mut rows, say!(w, "单位", "Unit"), unit.map(|unit| self.unit_name(unit)));
        View::row(&mut rows, say!(w, "主题", "Subject"), self.title(&receipt.subject));
        View::row(&mut rows, say!(w, "类别", "Read as"), w.kind(receipt.kind).to_owned());
        View::row(&mut rows, say!(w, "收到时间", "Arrived"), w.moment(receipt.arrival));
        let sent = receipt.sent_at.map(|at| {
            say!(
                w,
                format!("{}（发件方所记，不作时效依据）", w.moment(at)),
                format!("{} (the sender's clock; does not count)", w.moment(at))
            )
        });
        View::row(&mut rows, say!(w, "发件时间", "Sent"), sent);
        View::row(&mut rows, say!(w, "事件", "Event"), receipt.event.as_ref().map(|event| self.numbered(event)));
        // Shown among the fields where the mail gave it.
        let given = receipt.understood.iter().any(|(field, _)| *field == crate::domain::fields::Field::Severity);
        View::row(&mut rows, say!(w, "级别", "Severity"), severity.filter(|_| !given));
        self.tables.push(Table { heading: "", rows });
        let understood = receipt.understood.iter().map(|(field, value)| (w.field(*field).to_owned(), self.line(value))).collect();
        self.tables.push(Table { heading: say!(w, "识别内容", "What we understood"), rows: understood });
    }

    fn met(&self, met: &Met, arrival: Instant, event: Option<&EventRef>) -> Value {
        let by = (arrival - met.due).num_seconds();
        let due = if by.abs() < 60 { self.words.moment_exact(met.due) } else { self.words.moment(met.due) };
        let breach = matches!(met.verdict, Verdict::Late | Verdict::Omitted | Verdict::Unreported);
        context! {
            owed => self.owed(&met.owed), what => self.owed_of(&met.owed, event), due, verdict => met.verdict.as_str(),
            verdict_word => self.words.verdict(met.verdict), by => (breach && by > 0).then(|| self.words.span(by)),
        }
    }

    pub(super) fn next(&self, next: &NextDue) -> Value {
        let stage = match &next.owed {
            Owed::Stage { stage, .. } => Some(*stage),
            _ => None,
        };
        context! {
            owed => self.owed(&next.owed), Owed => capitalised(&self.owed(&next.owed)), due => self.words.moment(next.due),
            overdue => next.due <= self.at, tag => stage.map(|stage| self.words.tag(stage)),
        }
    }

    fn returned(&mut self, returned: &Returned) {
        let w = self.words;
        self.set("wrote", self.title(&returned.wrote));
        self.set("who_may", w.who_may(returned.who_may));
        self.set(
            "may",
            match returned.who_may {
                crate::domain::notice::WhoMay::ItsRecipient => "its-recipient",
                crate::domain::notice::WhoMay::Reporters => "reporters",
                _ => "others",
            },
        );
        let mut rows = Vec::new();
        View::row(&mut rows, say!(w, "来件主题", "Your subject"), self.as_written(&returned.subject));
        View::row(&mut rows, say!(w, "来件所写", "You wrote"), self.line(&returned.wrote));
        self.tables.push(Table { heading: "", rows });
    }

    fn event_opened(&mut self, opened: &EventOpened, unit: Option<&UnitRef>) {
        let w = self.words;
        self.due_of(&opened.next.owed, opened.next.due, Some(&opened.event), opened.rule.as_ref());
        let left = (opened.next.due - self.at).num_seconds();
        self.set("left", (left > 0).then(|| w.span(left)));
        let mut rows = self.event_rows(Some(&opened.event), unit, &opened.next.owed);
        View::row(&mut rows, say!(w, "级别", "Severity"), w.severity_full(opened.severity));
        View::row(&mut rows, say!(w, "发生时间", "Occurred"), self.moment(opened.occurred));
        View::row(&mut rows, say!(w, "地点", "Place"), opened.place.as_deref().map(|place| self.line(place)));
        View::row(&mut rows, say!(w, "报送时限", "Due"), w.moment(opened.next.due));
        self.tables.push(Table { heading: "", rows });
    }

    fn reminder(&mut self, reminder: &Reminder, unit: Option<&UnitRef>) {
        let w = self.words;
        self.due_of(&reminder.owed, reminder.due, reminder.event.as_ref(), reminder.rule.as_ref());
        self.set("left", w.span(reminder.left.max(0)));
        let mut rows = self.event_rows(reminder.event.as_ref(), unit, &reminder.owed);
        View::row(&mut rows, say!(w, "报送时限", "Due"), w.moment(reminder.due));
        self.tables.push(Table { heading: "", rows });
    }

    fn breach(&mut self, breach: &Breach, unit: Option<&UnitRef>) {
        let w = self.words;
        let event = breach.event.as_ref();
        self.due_of(&breach.owed, breach.due, event, breach.rule.as_ref());
        let near = breach.by.abs() < 60;
        let show = |at: Instant| if near { w.moment_exact(at) } else { w.moment(at) };
        self.set("due", show(breach.due));
        self.set("rung", breach.rung.as_str());
        self.set("rung_word", w.rung(breach.rung));
        self.set("filed", breach.filed.map(show));
        self.set("by", (breach.by > 0).then(|| w.span(breach.by)));
        // Who told us, and when, is not for the unit.
        let known_at = breach.known_at.filter(|_| self.to != Capacity::Reporter);
        self.set("known_at", self.moment(known_at));
        self.set("rung_after", breach.rung_after.map(|seconds| w.span(seconds)));
        self.set("passed", w.list(&breach.passed.iter().map(|rung| w.rung(*rung)).collect::<Vec<_>>()));
        self.set("next_rung", breach.next_rung.map(|(rung, _)| w.rung(rung)));
        self.set("next_rung_at", breach.next_rung.map(|(_, at)| w.moment(at)));
        self.set("repeat", breach.repeat);
        self.set("repeats_at_most", breach.repeats_at_most);
        self.set("repeats_every", w.span(breach.repeats_every));
        let mut rows = self.event_rows(event, unit, &breach.owed);
        View::row(&mut rows, say!(w, "级别", "Severity"), breach.severity.map(|severity| w.severity_full(severity)));
        View::row(&mut rows, say!(w, "发生时间", "Occurred"), self.moment(breach.occurred));
        View::row(&mut rows, say!(w, "地点", "Place"), breach.place.as_deref().map(|place| self.line(place)));
        View::row(&mut rows, say!(w, "获知时间", "Known since"), self.moment(known_at));
        View::row(&mut rows, say!(w, "报送时限", "Due"), show(breach.due));
        let filed = breach.filed.map_or_else(|| say!(w, "尚未收到", "not yet").to_owned(), show);
        View::row(&mut rows, say!(w, "收到时间", "Arrived"), filed);
        View::row(&mut rows, say!(w, "逾时", "Late by"), (breach.by > 0).then(|| w.span(breach.by)));
        self.tables.push(Table { heading: "", rows });
    }

    fn supplied(&mut self, supplied: &Supplied, unit: Option<&UnitRef>) {
        let w = self.words;
        let event = supplied.event.as_ref();
        self.due_of(&supplied.owed, supplied.due, event, None);
        let near = supplied.by.abs() < 60;
        let show = |at: Instant| if near { w.moment_exact(at) } else { w.moment(at) };
        self.set("due", show(supplied.due));
        self.set("filed", show(supplied.filed));
        self.set("by", (supplied.by > 0).then(|| w.span(supplied.by)));
        self.set("withdrawn", supplied.withdrawn);
        self.set("verdict", supplied.verdict.as_str());
        self.set("verdict_word", w.verdict(supplied.verdict));
        self.set("earlier", w.rung(supplied.earlier));
        let mut rows = self.event_rows(event, unit, &supplied.owed);
        View::row(&mut rows, say!(w, "报送编号", "Submission"), supplied.submission.map(|number| number.to_string()));
        View::row(&mut rows, say!(w, "报送时限", "Due"), show(supplied.due));
        View::row(&mut rows, say!(w, "收到时间", "Arrived"), show(supplied.filed));
        View::row(&mut rows, say!(w, "逾时", "Late by"), (supplied.by > 0).then(|| w.span(supplied.by)));
        View::row(&mut rows, say!(w, "现记录为", "Now recorded as"), w.verdict(supplied.verdict).to_owned());
        self.tables.push(Table { heading: "", rows });
    }

    /// Values that every notice about something due has in common; `why` and `how-to-file` use them.
    pub(super) fn due_of(&mut self, owed: &Owed, due: Instant, event: Option<&EventRef>, rule: Option<&DueBecause>) {
        let w = self.words;
        let (stage, quota) = match owed {
            Owed::Stage { stage, .. } => (Some(*stage), None),
            Owed::Duty { quota, .. } => (None, *quota),
            Owed::Requisition { .. } => (None, None),
        };
        let is = match owed {
            Owed::Stage { .. } => "stage",
            Owed::Duty { quota: None, .. } => "zero-report",
            Owed::Duty { quota: Some(_), .. } => "quota",
            Owed::Requisition { .. } => "requisition",
        };
        self.set("is", is);
        let requisition = if let Owed::Requisition { number } = owed { Some(self.line(number)) } else { None };
        self.set("requisition", requisition);
        self.set("owed", self.owed(owed));
        let what = self.owed_of(owed, event);
        self.set("What", capitalised(&what));
        self.set("what", what);
        self.set("stage", stage.map(Stage::as_str));
        self.set("tag", stage.map(|stage| w.tag(stage)));
        self.set("quota_min", quota.map(|quota| quota.min));
        self.set("quota_filed", quota.map(|quota| quota.filed));
        self.set("due", w.moment(due));
        self.set("event_number", event.map(|event| event.number.to_string()));
        self.set("event_title", event.map(|event| self.title(&event.title)));
        self.set("rule", rule.and_then(|rule| w.rule(owed, rule)).map(|rule| self.line(&rule)));
        self.set("anchored_at", self.moment(rule.and_then(|rule| rule.anchored_at)));
        self.set("extended_from", self.moment(rule.and_then(|rule| rule.extended_from)));
    }

    fn event_rows(&self, event: Option<&EventRef>, unit: Option<&UnitRef>, owed: &Owed) -> Vec<(String, String)> {
        let w = self.words;
        let mut rows = Vec::new();
        View::row(&mut rows, say!(w, "事件", "Event"), event.map(|event| self.numbered(event)));
        View::row(&mut rows, say!(w, "单位", "Unit"), unit.map(|unit| self.unit_name(unit)));
        View::row(&mut rows, say!(w, "应报事项", "Owed"), self.owed(owed));
        if let Owed::Duty { quota: Some(quota), .. } = owed {
            let progress =
                say!(w, format!("已报{}件，应报{}件", quota.filed, quota.min), format!("{} of {} filed", quota.filed, quota.min));
            View::row(&mut rows, say!(w, "进度", "Progress"), progress);
        }
        rows
    }
}

/// With a capital letter, to begin an English sentence.
pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + chars.as_str())
}

fn capacity(to: Capacity) -> &'static str {
    match to {
        Capacity::Reporter => "reporter",
        Capacity::Supervisor => "supervisor",
        Capacity::Desk => "desk",
        Capacity::Operator => "operator",
        Capacity::Sender => "sender",
    }
}
