//! Events, submissions, quarantined mail and units, explained.

use super::{Story, authentic, decided_by, obligation, told};
use crate::cli::failure::Failure;
use crate::cli::obligation::{cells, columns};
use crate::cli::page::{self, Page};
use crate::cli::quarantine;
use crate::cli::session::Session;
use crate::cli::submission::topics_in_words;
use crate::domain::event::{Event, Involvement, Part};
use crate::domain::fields::{Field, Fields};
use crate::domain::ids::{EventNo, QuarantineNo, SubmissionNo};
use crate::domain::roster::Unit;
use crate::domain::rules::{Verdict, span};
use crate::domain::submission::Flag;
use crate::mail::parse::{self, Limits};
use crate::mail::words::say;
use crate::store::{Books, ObligationRow, PastSubmission, QuarantineState, Which};

/// The page of one event.
pub fn event_page(session: &Session, number: EventNo) -> Result<Page, Failure> {
    let (mut story, rows) = session.look(|books| {
        let event = books.event(number)?.ok_or_else(|| Failure::unknown(number, "event list --all"))?;
        Ok((event_story(session, books, &event)?, books.obligation_rows(Which::Event(number), None, u32::MAX)?))
    })?;
    if session.json {
        story.fact("obligations", &rows);
        return Ok(story.page(session));
    }
    let timeline = std::mem::take(&mut story.timeline);
    let mut page = story.page(session);
    let mut story = Story::new("");
    story.timeline = timeline;
    story.timeline.sort_by_key(|entry| entry.at);
    if !rows.is_empty() {
        page.gap();
        page.table(&columns(session.words), rows.iter().map(|row| cells(session, row)).collect());
    }
    story.table(&mut page, session);
    Ok(page)
}

fn event_story(session: &Session, books: &Books<'_>, event: &Event) -> Result<Story, Failure> {
    let w = session.words;
    let (number, severity) = (event.number, w.severity_full(event.severity));
    let mut story = Story::new(format!("{number} {}", event.title));
    let assumed = if event.severity_assumed { say!(w, "（无人写明，按默认）", " (the default; nobody named one)") } else { "" };
    let state = crate::cli::event::state(event.state, w);
    let into = event.merged_into.map(|into| format!(" {into}")).unwrap_or_default();
    let place = event.place.clone().unwrap_or_else(|| say!(w, "不明", "unknown").to_owned());
    let occurred = event.occurred.map(|at| w.moment_exact(at)).unwrap_or_else(|| say!(w, "不明", "unknown").to_owned());
    let known = w.moment_exact(event.known_at);
    story.say(say!(
        w,
        format!("级别{severity}{assumed}，{state}{into}。地点：{place}。发生：{occurred}。"),
        format!("Severity {severity}{assumed}, {state}{into}. Place: {place}. Occurred: {occurred}.")
    ));
    story.say(say!(
        w,
        format!("最早于{known}得知；按其发生时有效的规则认定。"),
        format!("First known {known}; it is judged under the rules in force when it occurred.")
    ));
    for part in books.involvements(number)? {
        story.say(part_in(session, &part));
    }
    story.fact("event", event);
    story.fact("involvements", books.involvements(number)?);
    if let Some(at) = event.occurred {
        story.happened(at, say!(w, "事件发生", "the event occurs"), "");
    }
    for row in books.submission_rows(None, Some(number), u32::MAX)? {
        story.happened(
            row.arrival,
            say!(w, format!("{} {}", w.kind(row.kind), row.number), format!("{}, {}", w.kind(row.kind), row.number)),
            row.sender,
        );
    }
    for notice in books.notices_of_event(number)? {
        told(&mut story, session, books, &notice)?;
    }
    for entry in books.record_of_event(number)? {
        if let Some(what) = obligation::recorded(session, &entry) {
            story.happened(entry.at, what, decided_by(session, &entry.by));
        }
    }
    Ok(story)
}

/// A unit's part in an event.
fn part_in(session: &Session, part: &Involvement) -> String {
    let w = session.words;
    let name = session.name(&part.unit);
    let told = part.told_at.map(|at| w.moment_exact(at));
    let first = part.first_at.map(|at| w.moment_exact(at));
    match (part.part, told, first) {
        (Part::Witness, _, first) => {
            let first = first.unwrap_or_default();
            say!(
                w,
                format!("{name}：{first}报告了不属自己辖区的事件，此后不再应报。"),
                format!("{name} reported it {first}; the place is not its own, and it owes nothing further.")
            )
        }
        (_, Some(told), Some(first)) => say!(
            w,
            format!("{name}：另有来源{told}告知；其首次报告{first}。"),
            format!("{name} owes reports: another source told us {told}; its own first report came {first}.")
        ),
        (_, Some(told), None) => say!(
            w,
            format!("{name}：另有来源{told}告知；尚未报告。"),
            format!("{name} owes reports: another source told us {told}; it has not reported.")
        ),
        (_, None, first) => {
            let first = first.unwrap_or_default();
            say!(w, format!("{name}：{first}自己首先报告。"), format!("{name} reported it itself, {first}."))
        }
    }
}

/// The page of one submission; with its text, or with the reasons of the verdicts that followed.
pub fn submission_page(session: &Session, number: SubmissionNo, with_text: bool) -> Result<Page, Failure> {
    let (mut story, raw) = session.look(|books| {
        let found = books.submission(number)?.ok_or_else(|| Failure::unknown(number, "submission list"))?;
        let raw = books.delivery(found.delivery)?.and_then(|delivery| delivery.raw);
        Ok((submission_story(session, books, &found)?, raw))
    })?;
    let text = raw.and_then(|raw| parse::read(&raw, &[], &Limits::default()).ok()).map(|mail| mail.text).unwrap_or_default();
    if !with_text {
        return Ok(story.page(session));
    }
    if session.json {
        story.fact("text", text);
        return Ok(story.page(session));
    }
    let mut page = story.page(session);
    page.gap();
    page.line(page::clean_lines(&text));
    Ok(page)
}

fn submission_story(session: &Session, books: &Books<'_>, found: &PastSubmission) -> Result<Story, Failure> {
    let w = session.words;
    let number = found.number;
    let mut story = Story::new(format!("{number} {}", found.title));
    let who = found.unit.as_ref().map(|unit| session.name(unit).to_owned()).unwrap_or_default();
    let (kind, arrival, sender) = (w.kind(found.kind), w.moment_exact(found.arrival), found.sender.as_str());
    story.say(say!(w, format!("{who} {sender} 的{kind}，{arrival}到达。"), format!("A {kind} from {who} ({sender}), arrived {arrival}.")));
    if let Some(delivery) = books.delivery(found.delivery)? {
        story.say(obligation::evidence(session, found.arrival, delivery.received_at, delivery.received_by));
        authentic::told(&mut story, session, books, &delivery)?;
    }
    if let Some(event) = found.event {
        story.say(say!(w, format!("归入事件 {event}。"), format!("It belongs to {event}.")));
    }
    if let Some(corrects) = found.corrects {
        story.say(say!(w, format!("更正 {corrects}；时效以原件为准。"), format!("It corrects {corrects}; the first arrival stands.")));
    }
    for line in understood(session, &found.fields) {
        story.say(line);
    }
    let topics = books.topics_of(number)?;
    if !topics.is_empty() {
        let names = topics_in_words(session, &topics);
        story.say(say!(w, format!("{names}。"), format!("It is of {names}.")));
    }
    story.sentences.extend(found.flags.iter().map(|flag: &Flag| w.flag(*flag).to_owned()));
    let met = books.obligations_met_by(number)?;
    if met.is_empty() {
        story.say(say!(w, "它没有对应的应报事项。", "It met nothing that was owed."));
    }
    for owed in &met {
        let title = obligation::title(session, books, owed)?;
        let (due, verdict) = (w.moment_exact(owed.due), w.verdict(owed.verdict));
        story.say(say!(w, format!("{title}：时限{due}，{verdict}。"), format!("{title}: due {due}, {verdict}.")));
    }
    story.happened(found.arrival, say!(w, "来件到达", "the mail arrives"), sender);
    if let Some(at) = found.withdrawn_at {
        let at_words = w.moment_exact(at);
        story.say(say!(w, format!("已于{at_words}撤回。"), format!("It was withdrawn {at_words}.")));
        story.happened(at, say!(w, "撤回", "it is withdrawn"), "");
    }
    for notice in books.notices_of_submission(number)? {
        told(&mut story, session, books, &notice)?;
    }
    story.fact("number", number);
    story.fact("unit", &found.unit);
    story.fact("sender", sender);
    story.fact("kind", found.kind);
    story.fact("title", &found.title);
    story.fact("arrival", found.arrival);
    story.fact("event", found.event);
    story.fact("corrects", found.corrects);
    story.fact("withdrawn_at", found.withdrawn_at);
    story.fact("fields", &found.fields);
    story.fact("flags", &found.flags);
    story.fact("met", &met);
    story.fact("topics", &topics);
    Ok(story)
}

/// What was read out of a submission, a line a field.
fn understood(session: &Session, fields: &Fields) -> Vec<String> {
    let w = session.words;
    let rows = [
        (Field::Occurred, fields.occurred.map(|at| w.moment_exact(at))),
        (Field::Place, fields.place.clone().or(fields.place_in_prose.clone())),
        (Field::Severity, fields.severity.map(|severity| w.severity_full(severity))),
        (Field::Unit, Some(w.list(&fields.units)).filter(|units| !units.is_empty())),
        (Field::Casualties, fields.casualties.clone()),
        (Field::Cause, fields.cause.clone()),
        (Field::Measures, fields.measures.clone()),
        (Field::Contact, fields.contact.clone()),
        (Field::Event, fields.event.clone()),
    ];
    let colon = say!(w, "：", ": ");
    let row = |(field, value): (Field, Option<String>)| {
        let value = value?;
        let value = fields.attached.get(&field).map_or(value.clone(), |name| w.from_attachment(&value, name));
        Some(format!("  {}{colon}{}", w.field(field), page::clean(&value)))
    };
    rows.into_iter().filter_map(row).collect()
}

/// The page of one quarantined message.
pub fn quarantine_page(session: &Session, number: QuarantineNo) -> Result<Page, Failure> {
    let w = session.words;
    let (mut story, raw) = session.look(|books| {
        let entry = quarantine::find(books, number)?;
        let mut story = Story::new(format!("{number} {}", entry.subject));
        let (from, arrival, why) = (&entry.sender, w.moment_exact(entry.arrival), w.quarantine_reason(&entry.reason));
        story.say(say!(
            w,
            format!("{from}的来件，{arrival}到达，被隔离：{why}。"),
            format!("Mail from {from}, arrived {arrival}, was put aside because {why}.")
        ));
        if let Some(delivery) = books.delivery(entry.delivery)? {
            authentic::told(&mut story, session, books, &delivery)?;
        }
        if let Some(unit) = &entry.unit {
            let name = session.name(unit);
            story.say(say!(
                w,
                format!("它用的是{name}的地址：在值班室处理之前，不判该单位迟报。"),
                format!("It bears an address of {name}: the unit is not called late before the desk decides.")
            ));
        }
        story.happened(entry.arrival, say!(w, "来件到达", "the mail arrives"), from.as_str());
        match (entry.state, books.quarantine_decision(number)?) {
            (QuarantineState::Waiting, _) => {
                story.say(say!(
                    w,
                    format!("待值班室处理：zhibao quarantine release {number}，或 reject。"),
                    format!("It waits for the desk: zhibao quarantine release {number}, or reject.")
                ));
            }
            (state, Some((at, by))) => {
                let (state, who) = (quarantine::state(state, w), decided_by(session, &by));
                story.say(say!(w, format!("{state}。"), format!("It was {state}.")));
                story.happened(at, state, who);
            }
            (state, None) => {
                story.say(say!(w, format!("{}。", quarantine::state(state, w)), format!("It was {}.", quarantine::state(state, w))))
            }
        }
        if let Some(submission) = books.submission_of_delivery(entry.delivery)? {
            let filed = submission.number;
            story.say(say!(w, format!("登记为 {filed}。"), format!("It was filed as {filed}.")));
        }
        for notice in books.notices_of_quarantine(number)? {
            told(&mut story, session, books, &notice)?;
        }
        story.fact("quarantine", quarantine::facts(&entry));
        Ok((story, books.delivery(entry.delivery)?.and_then(|delivery| delivery.raw)))
    })?;
    let text = raw.and_then(|raw| parse::read(&raw, &[], &Limits::default()).ok()).map(|mail| mail.text).unwrap_or_default();
    if session.json {
        story.fact("text", text);
        return Ok(story.page(session));
    }
    let mut page = story.page(session);
    if !text.is_empty() {
        page.gap();
        page.line(page::clean_lines(&text));
    }
    Ok(page)
}

/// How far back a unit's obligations are told.
const RECENT: i64 = 30 * 86_400;

/// The page of one unit: what it owes now, and how the last month ended.
pub fn unit_page(session: &Session, unit: &Unit) -> Result<Page, Failure> {
    let w = session.words;
    let rows = session.look(|books| Ok(books.obligation_rows(Which::All, Some(&unit.id), 500)?))?;
    let since = session.now - span(RECENT);
    let rows: Vec<ObligationRow> = rows.into_iter().filter(|row| row.due >= since || (row.filed.is_none() && !row.ended)).collect();
    let breached = |row: &&ObligationRow| matches!(row.verdict, Verdict::Late | Verdict::Omitted | Verdict::Unreported);
    let late = rows.iter().filter(breached).count();
    let mut story = Story::new(format!("{} {}", unit.id, unit.name));
    story.say(match (rows.is_empty(), late) {
        (true, _) => say!(
            w,
            "最近30天没有应报事项，因此没有可迟报的。".to_owned(),
            "Nothing fell due in the last 30 days and nothing is owed, so nothing could be late.".to_owned()
        ),
        (false, 0) => say!(
            w,
            format!("最近30天和目前的 {} 项中，没有迟报、漏报或不报。", rows.len()),
            format!(
                "Of {} of the last 30 days and now, none is late, omitted or unreported.",
                page::count(rows.len() as u64, "obligation")
            )
        ),
        (false, late) => say!(
            w,
            format!("最近30天和目前的 {} 项中，{late} 项迟报、漏报或不报。", rows.len()),
            format!("Of {} of the last 30 days and now, {late} late, omitted or unreported.", page::count(rows.len() as u64, "obligation"))
        ),
    });
    if session.json {
        story.fact("unit", unit);
        story.fact("obligations", &rows);
        return Ok(story.page(session));
    }
    let unjudged =
        rows.iter().filter(|row| row.verdict == Verdict::Open && !row.ended && row.filed.is_none() && row.due < session.now).count();
    if unjudged > 0 {
        story.say(say!(
            w,
            format!("其中 {unjudged} 项已过期而未认定：来件还没有读到时限之后，或有来件待核。"),
            format!("Of these, {unjudged} overdue and not judged: mail has not been read beyond the due time, or some waits for the desk.")
        ));
    }
    if !rows.is_empty() {
        story.say(say!(w, "每项的依据：zhibao explain obligation 号。", "The reasons of each: zhibao explain obligation ID."));
    }
    let mut page = story.page(session);
    if !rows.is_empty() {
        page.gap();
        page.table(&columns(w), rows.iter().map(|row| cells(session, row)).collect());
    }
    Ok(page)
}
