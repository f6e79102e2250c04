//! Why an obligation stands as it does.

use serde_json::Value;

use super::{Story, decided_by, named, rules_for, told};
use crate::cli::failure::Failure;
use crate::cli::page::Page;
use crate::cli::session::Session;
use crate::domain::event::Event;
use crate::domain::message::ArrivalSource;
use crate::domain::obligation::{Cause, Obligation};
use crate::domain::rules::{Instant, Ladder, Rung, Verdict};
use crate::mail::words::say;
use crate::steps::events::event_ref;
use crate::store::{Books, RecordEntry};

/// The page of one obligation.
pub fn obligation_page(session: &Session, id: i64) -> Result<Page, Failure> {
    let story = session.look(|books| {
        let obligation = books.obligation(id)?.ok_or_else(|| crate::cli::obligation::unknown(id))?;
        let mut story = Story::new(title(session, books, &obligation)?);
        tell(&mut story, session, books, &obligation)?;
        Ok(story)
    })?;
    Ok(story.page(session))
}

/// Everything that its explanation needs.
struct Case<'a> {
    session: &'a Session,
    books: &'a Books<'a>,
    obligation: &'a Obligation,
    event: Option<Event>,
    ladder: Ladder,
    record: Vec<RecordEntry>,
}

/// What it is: 应报事项 12：盂县“盂县某煤矿透水事故”首报，E-2003-0007
pub(super) fn title(session: &Session, books: &Books<'_>, obligation: &Obligation) -> Result<String, Failure> {
    let w = session.words;
    let event = obligation.cause.event().map(|number| books.event(number)).transpose()?.flatten();
    let (id, unit) = (obligation.id, session.name(&obligation.unit));
    let owed = w.owed_of(&obligation.cause.owed(0), event.as_ref().map(event_ref).as_ref());
    let number = event.map(|event| event.number.to_string());
    Ok(say!(
        w,
        format!("应报事项 {id}：{unit}{owed}{}", number.map(|number| format!("，{number}")).unwrap_or_default()),
        format!("Obligation {id}: {unit}, {owed}{}", number.map(|number| format!(", {number}")).unwrap_or_default())
    ))
}

/// Tells the story of one obligation into `story`.
pub(super) fn tell(story: &mut Story, session: &Session, books: &Books<'_>, obligation: &Obligation) -> Result<(), Failure> {
    let event = obligation.cause.event().map(|number| books.event(number)).transpose()?.flatten();
    let ladder = rules_for(session, books, event.as_ref())?.ladder;
    let case = Case { session, books, obligation, event, ladder, record: books.record_of(obligation.id)? };
    case.due(story);
    case.knowledge(story);
    case.filing(story)?;
    case.verdict(story)?;
    case.alerts(story);
    case.timeline(story)?;
    story.fact("obligation", obligation);
    story.fact("record", case.record.iter().map(record_facts).collect::<Vec<_>>());
    Ok(())
}

fn record_facts(entry: &RecordEntry) -> Value {
    serde_json::json!({ "at": entry.at, "what": entry.what, "by": entry.by, "data": entry.data })
}

impl Case<'_> {
    fn due(&self, story: &mut Story) {
        let (w, o) = (self.session.words, self.obligation);
        let due = w.moment_exact(o.due);
        if let Some(rule) = w.rule(&o.cause.owed(0), &o.because) {
            story.say(rule);
        }
        match (&o.cause, o.because.anchored_at, o.because.extended_from) {
            (.., Some(before)) => {
                let before = w.moment_exact(before);
                story.say(say!(
                    w,
                    format!("原定时限{before}，经延期为{due}。"),
                    format!("It was due {before}, and was extended to {due}.")
                ));
            }
            (Cause::Duty { name, window_start, min }, ..) => {
                let from = w.moment_exact(*window_start);
                let what = match min {
                    Some(min) => say!(w, format!("须报送 {min} 件"), crate::cli::page::count(u64::from(*min), "submission")),
                    None => say!(w, "须有零报告或报送".to_owned(), "a zero report or a submission".to_owned()),
                };
                story.say(say!(
                    w,
                    format!("日常报送任务“{name}”：{from}之后至{due}{what}。"),
                    format!("Duty “{name}”: {what} after {from} and by {due}.")
                ));
            }
            (_, Some(from), _) => {
                let from = w.moment_exact(from);
                story.say(say!(w, format!("自{from}起算，时限为{due}。"), format!("Counted from {from}, that is {due}.")));
            }
            _ => story.say(say!(w, format!("时限为{due}。"), format!("It was due {due}."))),
        }
    }

    /// Who knew what when: it decides whether an omission is possible.
    fn knowledge(&self, story: &mut Story) {
        let (w, o) = (self.session.words, self.obligation);
        if o.cause.stage() != Some(crate::domain::rules::Stage::First) {
            return;
        }
        let known = w.moment_exact(o.known_at);
        story.say(match o.independent {
            true => say!(
                w,
                format!("该事件于{known}由该单位以外的来源得知。"),
                format!("Somebody other than the unit told us of the event, {known}.")
            ),
            false => {
                say!(w, "除该单位自己的报告外，没有别的来源得知该事件。", "Nobody but the unit itself has told of the event.").to_owned()
            }
        });
    }

    fn filing(&self, story: &mut Story) -> Result<(), Failure> {
        let (w, o) = (self.session.words, self.obligation);
        let Some(filed) = &o.filed else { return Ok(()) };
        let (number, at) = (filed.submission, w.moment_exact(filed.at));
        let by = w.span((filed.at - o.due).num_seconds());
        let against = match filed.at.cmp(&o.due) {
            std::cmp::Ordering::Less => say!(w, format!("早于时限{by}"), format!("{by} before it was due")),
            std::cmp::Ordering::Equal => {
                say!(w, "正当时限（算按时）".to_owned(), "at the very moment when it was due, which is on time".to_owned())
            }
            std::cmp::Ordering::Greater => say!(w, format!("晚于时限{by}"), format!("{by} after it was due")),
        };
        story.say(say!(w, format!("报送 {number} 于{at}到达，{against}。"), format!("{number} arrived {at}, {against}.")));
        let submission = self.books.submission(number)?;
        let delivery = submission.as_ref().map(|submission| self.books.delivery(submission.delivery)).transpose()?.flatten();
        if let Some(delivery) = delivery {
            story.say(evidence(self.session, filed.at, delivery.received_at, delivery.received_by));
        }
        Ok(())
    }

    fn reached(&self, rung: Rung) -> Option<Instant> {
        self.obligation.reached_at(rung, &self.ladder)
    }

    fn verdict(&self, story: &mut Story) -> Result<(), Failure> {
        let (w, o) = (self.session.words, self.obligation);
        let word = w.verdict(o.verdict);
        let at = |rung| self.reached(rung).map(|at| w.moment_exact(at)).unwrap_or_default();
        let after = |seconds| w.span(seconds);
        let sentence = match o.verdict {
            Verdict::Open => return self.open(story),
            Verdict::OnTime => say!(w, "到达不晚于时限，故为按时。", "It arrived no later than it was due, so it is on time.").to_owned(),
            Verdict::Late if o.filed.is_some() => match self.reached(Rung::Omitted).or(self.reached(Rung::Unreported)) {
                Some(_) if o.independent => say!(
                    w,
                    "晚于时限，而漏报、不报的期限未到，故为迟报。",
                    "It came after it was due and before the next limit ran out, so it is late."
                )
                .to_owned(),
                _ => say!(w, "晚于时限，故为迟报。", "It came after it was due, so it is late.").to_owned(),
            },
            Verdict::Late => say!(w, "到期未收到，故为迟报。", "It was due and had not come, so it is late.").to_owned(),
            Verdict::Omitted => {
                let (limit, span) = (at(Rung::Omitted), after(self.ladder.omitted_after));
                say!(
                    w,
                    format!("时限（得知更晚的，以得知时为准）后{span}，即{limit}，仍未收到，故为漏报。"),
                    format!(
                        "At {limit}, {span} after it was due (or after we knew, if that was later), it had not come, so it is omitted."
                    )
                )
            }
            Verdict::Unreported => {
                let (limit, span) = (at(Rung::Unreported), after(self.ladder.unreported_after));
                say!(
                    w,
                    format!("时限（得知更晚的，以得知时为准）后{span}，即{limit}，仍未收到，故为不报。"),
                    format!(
                        "At {limit}, {span} after it was due (or after we knew, if that was later), it had not come, so it is unreported."
                    )
                )
            }
            Verdict::Waived | Verdict::Void => self.by_decision(word),
        };
        story.say(sentence);
        Ok(())
    }

    /// Waived, or void: who decided, and why.
    fn by_decision(&self, word: &str) -> String {
        let w = self.session.words;
        let last = self.record.iter().rfind(|entry| entry.what == "verdict");
        let Some(last) = last else { return say!(w, format!("{word}。"), format!("It is {word}.")) };
        let (at, who, why) = (w.moment_exact(last.at), decided_by(self.session, &last.by), reason(self.session, &last.data));
        let because = if why.is_empty() { String::new() } else { say!(w, format!("，理由：{why}"), format!(", because: {why}")) };
        say!(w, format!("{at}由 {who} 定为{word}{because}。"), format!("It is {word}: decided {at} by {who}{because}."))
    }

    /// Not judged: not yet due, or we cannot tell.
    fn open(&self, story: &mut Story) -> Result<(), Failure> {
        let (w, o, now) = (self.session.words, self.obligation, self.session.now);
        if o.ended {
            story.say(say!(w, "已了结，不再认定。", "It has ended and is no longer judged."));
            return Ok(());
        }
        if now <= o.due {
            let left = w.span((o.due - now).num_seconds());
            story.say(say!(
                w,
                format!("尚未到期（余{left}），所以没有认定迟报。"),
                format!("It is not due yet ({left} left), so nobody is called late.")
            ));
            return Ok(());
        }
        let since = o.known_at.min(o.created_at);
        if let Some(entry) = self.books.waiting_quarantine(&o.unit, since)? {
            let number = entry.number;
            story.say(say!(
                w,
                format!("已过期，但该单位的一封来件 {number} 待值班室核实，因此不认定迟报，只请值班室处理：zhibao quarantine release {number}。"),
                format!("It is overdue, but a mail from the unit's address, {number}, waits for the desk: nobody is called late before that is decided (zhibao quarantine release {number}).")
            ));
            return Ok(());
        }
        let mailboxes = &self.session.config.mailboxes;
        let names: Vec<String> = mailboxes.iter().map(|mailbox| mailbox.name.clone()).collect();
        let by_header = mailboxes.iter().filter(|mailbox| !mailbox.boundary.is_empty()).map(|mailbox| mailbox.name.clone());
        story.say(match self.books.watermark(&names, &by_header.collect::<Vec<_>>())? {
            None => say!(
                w,
                "已过期，但邮箱还没有全部读过，因此不能认定迟报。",
                "It is overdue, but not every mailbox has been read even once, so we cannot tell."
            )
            .to_owned(),
            Some(mark) if mark < o.due => {
                let mark = w.moment_exact(mark);
                say!(
                    w,
                    format!("已过期，但来件只读到、办到{mark}为止，早于时限，因此不能认定迟报。"),
                    format!("It is overdue, but mail has been read and filed only up to {mark}, before it was due, so we cannot tell.")
                )
            }
            Some(_) => {
                say!(w, "已过期，守护进程下一次查看时认定。", "It is overdue, and will be judged when the daemon next looks.").to_owned()
            }
        });
        Ok(())
    }

    /// What was sent, whether it is repeated, and what follows.
    fn alerts(&self, story: &mut Story) {
        let (w, o) = (self.session.words, self.obligation);
        let Some(rung) = o.climb.rung else {
            if matches!(o.verdict, Verdict::OnTime | Verdict::Open) {
                story.say(say!(w, "没有发出过迟报、漏报或不报通知。", "No late, omitted or unreported notice was sent."));
            }
            return;
        };
        if o.ended || o.filed.is_some() {
            return;
        }
        let name = w.rung(rung);
        story.say(match o.climb.acknowledged {
            true => {
                say!(w, format!("{name}通知已有人确认，不再重发。"), format!("The {name} notice was acknowledged and is not repeated."))
            }
            false => {
                let (sent, most) = (o.climb.repeats, self.ladder.nag_max);
                let every = w.span(self.ladder.nag);
                say!(
                    w,
                    format!("{name}通知无人确认，每{every}重发一次，已重发{sent}次，至多{most}次。"),
                    format!("Nobody has acknowledged the {name} notice: it is repeated every {every}, {sent} of {most} times so far.")
                )
            }
        });
        if let Some((next, at)) = o.rung_after(rung, &self.ladder) {
            let (past, next, at) = (at < self.session.now, w.rung(next), w.moment_exact(at));
            story.say(match past {
                true => say!(
                    w,
                    format!("{next}的期限{at}已过，来件读到该时以后才能认定。"),
                    format!("The limit for {next}, {at}, has passed; it is judged once mail has been read beyond it.")
                ),
                false => say!(w, format!("到{at}仍未收到，即为{next}。"), format!("If nothing comes by {at}, it is {next}.")),
            });
        }
    }

    fn timeline(&self, story: &mut Story) -> Result<(), Failure> {
        let (w, o, session) = (self.session.words, self.obligation, self.session);
        if let Some((event, at)) = self.event.as_ref().and_then(|event| event.occurred.map(|at| (event, at))) {
            story.happened(at, say!(w, format!("事件发生 {}", event.number), format!("the event occurs, {}", event.number)), "");
        }
        if o.independent && o.known_at < o.created_at {
            story.happened(o.known_at, say!(w, "由其他来源得知", "known from another source"), "");
        }
        if let Some(filed) = &o.filed {
            let sender = self.books.submission(filed.submission)?.map(|submission| named(session, submission.sender.as_str()));
            let what = say!(w, format!("报送到达 {}", filed.submission), format!("{} arrives", filed.submission));
            story.happened(filed.at, what, sender.unwrap_or_default());
        }
        story.happened(o.created_at, say!(w, "列为应报", "it becomes owed"), "");
        story.happened(o.due, say!(w, "时限", "it is due"), "");
        for entry in &self.record {
            if let Some(what) = recorded(session, entry) {
                story.happened(entry.at, what, decided_by(session, &entry.by));
            }
        }
        for notice in self.books.notices_of_obligation(o.id)? {
            told(story, session, self.books, &notice)?;
        }
        Ok(())
    }
}

/// A line of the record in words; notices are told by themselves.
pub(super) fn recorded(session: &Session, entry: &RecordEntry) -> Option<String> {
    let w = session.words;
    let text = |key: &str| entry.data.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let moment = |key: &str| text(key).parse::<Instant>().map(|at| session.at(at)).unwrap_or_default();
    let verdict = |key: &str| text(key).parse::<Verdict>().map(|verdict| w.verdict(verdict)).unwrap_or("?");
    let why = reason(session, &entry.data);
    let because = if why.is_empty() { String::new() } else { say!(w, format!("（{why}）"), format!(" ({why})")) };
    match entry.what.as_str() {
        // A filing after a breach leaves the verdict as it was; the filing is told by itself.
        "verdict" if text("from") == text("to") => None,
        "verdict" => {
            let (from, to) = (verdict("from"), verdict("to"));
            Some(say!(w, format!("认定：{from} → {to}{because}"), format!("verdict: {from} → {to}{because}")))
        }
        "due" => {
            let (from, to) = (moment("from"), moment("to"));
            Some(say!(w, format!("时限：{from} → {to}{because}"), format!("due: {from} → {to}{because}")))
        }
        "acknowledged" => Some(say!(w, "收到通知，已确认", "the alert is acknowledged").to_owned()),
        "severity" => {
            let (from, to) = (text("from"), text("to"));
            Some(say!(w, format!("级别：{from} → {to}"), format!("severity: {from} → {to}")))
        }
        "told" => Some(say!(w, "从命令行告知", "told at the console").to_owned()),
        "withdrawn" => {
            let number = text("submission");
            Some(say!(w, format!("撤回 {number}"), format!("{number} is withdrawn")))
        }
        "event" => match entry.data.get("merged_into").and_then(Value::as_str) {
            Some(into) => Some(say!(w, format!("并入 {into}"), format!("merged into {into}"))),
            None => {
                let state = text("state").parse().map(|state| crate::cli::event::state(state, w)).unwrap_or("?");
                Some(say!(w, format!("{state}{because}"), format!("{state}{because}")))
            }
        },
        _ => None,
    }
}

/// The reason on record. Those that the rules write are in English words of ours.
fn reason(session: &Session, data: &Value) -> String {
    let w = session.words;
    let of = |key: &str| data.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let why = of("reason").or_else(|| of("why")).unwrap_or_default();
    match why {
        // The verdict itself says these.
        "late" | "omitted" | "unreported" | "closed" | "withdrawn" => String::new(),
        "filed" => say!(w, "报送到达", "it was filed").to_owned(),
        "extended" => say!(w, "延期", "extended").to_owned(),
        "merged" => say!(w, "事件合并", "events merged").to_owned(),
        "severity raised" => say!(w, "级别提高", "severity raised").to_owned(),
        "every final report is in" => say!(w, "终报已齐", "every final report is in").to_owned(),
        other => other.to_owned(),
    }
}

/// By what the arrival is known.
pub(super) fn evidence(session: &Session, arrival: Instant, received: Instant, by: ArrivalSource) -> String {
    let w = session.words;
    let source = match by {
        _ if arrival != received => {
            say!(w, "本单位邮件系统写下的 Received 记录", "the Received header that the office's own mail system wrote")
        }
        ArrivalSource::Boundary => {
            say!(w, "本单位邮件系统写下的 Received 记录", "the Received header that the office's own mail system wrote")
        }
        ArrivalSource::InternalDate => say!(w, "IMAP 服务器的收件时间", "the IMAP server's INTERNALDATE"),
        ArrivalSource::MaildirName => say!(w, "邮件目录中文件名所记的时间", "the time in the name of its Maildir file"),
        ArrivalSource::ModificationTime => say!(w, "邮件文件的修改时间", "the modification time of its file"),
        ArrivalSource::HandedOver => {
            say!(w, "邮件系统交来的时刻（deliver）", "the moment at which the mail server handed it over (deliver)")
        }
    };
    say!(w, format!("到达时间的依据：{source}。"), format!("Evidence of the arrival: {source}."))
}
