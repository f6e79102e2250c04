//! Why a notice was sent.

use super::{Story, named, obligation, told};
use crate::cli::failure::Failure;
use crate::cli::outbox;
use crate::cli::page::Page;
use crate::cli::session::Session;
use crate::domain::ids::NoticeNo;
use crate::domain::notice::{About, Breach, Content, IntakeStalled, QuestionItem, UnitRef};
use crate::domain::rules::Instant;
use crate::mail::compose::Composer;
use crate::mail::words::say;
use crate::store::{Books, PastNotice};

/// The page of one notice.
pub fn notice_page(session: &Session, number: NoticeNo) -> Result<Page, Failure> {
    let story = session.look(|books| {
        let notice = books.notice(number)?.ok_or_else(|| Failure::unknown(number, "outbox list --all"))?;
        tell(session, books, &notice)
    })?;
    Ok(story.page(session))
}

fn tell(session: &Session, books: &Books<'_>, notice: &PastNotice) -> Result<Story, Failure> {
    let w = session.words;
    let subject = outbox::untokened(&books.subject_of(notice.number)?.unwrap_or_default(), notice.number);
    let (number, at) = (notice.number, w.moment_exact(notice.at));
    let mut story = Story::new(format!("{number} {subject}"));
    let mut copies = books.letters_of(number)?;
    outbox::hide_tokens(&mut copies);
    let people: Vec<String> = copies.iter().map(|letter| named(session, &letter.to)).collect();
    let people = w.list(&people);
    story.say(say!(w, format!("{at}发给{people}。"), format!("Decided {at}; to {people}.")));
    for sentence in reasons(session, notice)? {
        story.say(sentence);
    }
    story.fact("notice", number);
    story.fact("kind", notice.kind);
    story.fact("at", notice.at);
    story.fact("unit", &notice.unit);
    story.fact("event", notice.event);
    story.fact("submission", notice.submission);
    story.fact("quarantine", notice.quarantine);
    story.fact("why", &notice.why);
    story.fact("content", &notice.content);
    story.fact("copies", &copies);
    let owed = notice.obligation.map(|id| books.obligation(id)).transpose()?.flatten();
    match owed {
        Some(owed) => {
            story.say("");
            story.say(say!(
                w,
                format!("{}，至今：", obligation::title(session, books, &owed)?),
                format!("{}, up to now:", obligation::title(session, books, &owed)?)
            ));
            obligation::tell(&mut story, session, books, &owed)?;
        }
        None => {
            if let Some(arrival) = notice.why.get("arrival").and_then(|value| value.as_str()).and_then(|text| text.parse::<Instant>().ok())
            {
                story.happened(
                    arrival,
                    say!(w, "来件到达", "the mail arrives"),
                    notice.submission.map(|number| number.to_string()).unwrap_or_default(),
                );
            }
            told(&mut story, session, books, notice)?;
        }
    }
    Ok(story)
}

fn reasons(session: &Session, notice: &PastNotice) -> Result<Vec<String>, Failure> {
    let w = session.words;
    let unit = notice.unit.as_ref().map(|unit| session.name(unit).to_owned()).unwrap_or_default();
    Ok(match &notice.content {
        Content::Receipt(receipt) => {
            let (number, arrival) = (receipt.number, w.moment_exact(receipt.arrival));
            let mut said = vec![match receipt.duplicate {
                true => say!(
                    w,
                    format!("来件与 {number} 相同，没有重复登记，再回一次原编号。"),
                    format!("The mail was the same as {number}; nothing new was filed, and it was told that number again.")
                ),
                false => say!(
                    w,
                    format!("名单内的来件登记后都有回执：{arrival}到达的来件登记为 {number}。"),
                    format!("Every filed mail gets a receipt: the one that arrived {arrival} was filed as {number}.")
                ),
            }];
            said.extend(receipt.flags.iter().map(|flag| w.flag(*flag).to_owned()));
            said
        }
        Content::Returned(returned) => {
            let (wrote, who) = (&returned.wrote, w.who_may(returned.who_may));
            vec![say!(
                w,
                format!("来件写了“{wrote}”，而这须由{who}提出，因此退回。"),
                format!("The mail said “{wrote}”, which only {who} may; so it was returned.")
            )]
        }
        Content::Quarantined(quarantined) => quarantined
            .items
            .iter()
            .map(|item| {
                let (number, why) = (item.number, w.quarantine_reason(&item.reason));
                say!(
                    w,
                    format!("来件 {number} 被隔离，请值班室核实：{why}。"),
                    format!("{number} was put aside for the desk because {why}.")
                )
            })
            .collect(),
        Content::Question(question) => question.items.iter().map(|item| asked(session, item)).collect(),
        Content::EventOpened(opened) => {
            let event = &opened.event;
            vec![say!(
                w,
                format!("{unit}尚未报告 {}，而该事件已由其他来源得知，因此通知该单位报送。", event.number),
                format!("{unit} had not reported {}, which was known from another source; so it was asked to.", event.number)
            )]
        }
        Content::Reminder(reminder) => {
            let left = w.span(reminder.left);
            vec![say!(
                w,
                format!("距时限还有{left}而未收到，按规则提醒{unit}。"),
                format!("Nothing had come {left} before it was due, so {unit} was reminded.")
            )]
        }
        Content::Breach(breach) => breached(session, breach),
        Content::Supplied(supplied) => {
            let earlier = w.rung(supplied.earlier);
            vec![match supplied.withdrawn {
                true => say!(
                    w,
                    format!("报送其实按时到达，只是后来才读到：此前的{earlier}通知予以撤回。"),
                    format!("It had arrived in time and was read later: the earlier {earlier} notice is withdrawn.")
                ),
                false => say!(
                    w,
                    format!("此前发过{earlier}通知，报送现已到达，告知收过通知的人。"),
                    format!("A {earlier} notice had been sent, and the report came after all: everybody who got that one is told.")
                ),
            }]
        }
        Content::IntakeStalled(stalled) => stall(session, stalled),
        Content::Undeliverable(undeliverable) => {
            let (number, to, error) = (undeliverable.notice, &undeliverable.to, &undeliverable.error);
            let attempts = undeliverable.attempts;
            vec![say!(
                w,
                format!("{number} 发给 {to} 的一份试过{attempts}次，没有送达：{error}。"),
                format!(
                    "The copy of {number} to {to} was tried {}, and did not arrive: {error}.",
                    crate::cli::page::count(u64::from(attempts), "time")
                )
            )]
        }
        Content::Command(answer) => {
            let mut said = Vec::new();
            if !answer.wrote.is_empty() {
                said.push(say!(w, format!("来件的指令：“{}”。", answer.wrote), format!("The mail ordered: “{}”.", answer.wrote)));
            }
            said.push(Composer::new().outcome(&answer.outcome, w.language, w.zone)?);
            said
        }
    })
}

fn breached(session: &Session, breach: &Breach) -> Vec<String> {
    let w = session.words;
    let (name, by) = (w.rung(breach.rung), w.span(breach.by));
    let mut said = Vec::new();
    said.push(match (breach.filed, breach.repeat) {
        (Some(_), _) => say!(
            w,
            format!("报送到达时已晚{by}，此前没有发过通知，故发{name}通知。"),
            format!("The report came {by} after it was due, and nothing had been sent before; hence the {name} notice.")
        ),
        (None, 0) => say!(
            w,
            format!("发出时已过时限{by}，仍未收到，故发{name}通知。"),
            format!("When it was sent, {by} had passed since it was due, and nothing had come; hence the {name} notice.")
        ),
        (None, repeat) => say!(
            w,
            format!("这是{name}通知的第{repeat}次重发：此前无人确认，也未收到。"),
            format!("This is repeat no. {repeat} of the {name} notice: nobody had acknowledged it, and nothing had come.")
        ),
    });
    if !breach.passed.is_empty() {
        let passed: Vec<&str> = breach.passed.iter().map(|rung| w.rung(*rung)).collect();
        let passed = w.list(&passed);
        said.push(say!(
            w,
            format!("{passed}同时已到期，只发最高一级。"),
            format!("The rungs before it ({passed}) were due as well; only the highest is sent.")
        ));
    }
    said
}

fn stall(session: &Session, stalled: &IntakeStalled) -> Vec<String> {
    let w = session.words;
    let (since, waiting) = (w.moment_exact(stalled.since), stalled.waiting);
    let mut said = vec![say!(
        w,
        format!("自{since}起，有{waiting}项应报事项到期，而来件没有全部读到、办完，因此不判任何单位迟报，只报停滞。"),
        format!(
            "Since {since}, {} fell due while not all mail had been read and filed: nobody is called late, and the stall is told instead.",
            crate::cli::page::count(u64::from(waiting), "obligation")
        )
    )];
    for mailbox in &stalled.mailboxes {
        let name = &mailbox.name;
        let read = mailbox.last_read.map(|at| w.moment_exact(at));
        let read = read.unwrap_or_else(|| say!(w, "从未", "never").to_owned());
        let error = mailbox.error.as_ref().map(|error| format!("（{error}）")).unwrap_or_default();
        said.push(say!(w, format!("邮箱“{name}”上次读取：{read}{error}。"), format!("Mailbox “{name}” was last read: {read}{error}.")));
    }
    said
}

/// What the desk is asked, and why.
fn asked(session: &Session, item: &QuestionItem) -> String {
    let w = session.words;
    let names = |units: &[UnitRef]| w.list(&units.iter().map(|unit| unit.name.as_str()).collect::<Vec<_>>());
    let what = item.submission.map_or_else(|| item.subject.clone(), |number| format!("{number} {}", item.subject));
    match &item.about {
        About::LooksLikeEvent { words } => {
            let words = w.list(words);
            say!(
                w,
                format!("{what} 没有标签，却写有“{words}”，像是突发事件：请值班室判断。"),
                format!("{what} has no tag and says “{words}”: is it a sudden event?")
            )
        }
        About::MaybeSameEvent { opened, candidates } => {
            let others: Vec<String> = candidates.iter().map(|event| event.number.to_string()).collect();
            let (number, others) = (opened.number, w.list(&others));
            say!(
                w,
                format!("新立的 {number} 可能就是 {others}：合错会掩盖迟报，故请值班室判断。"),
                format!(
                    "{number} was opened and may be the same as {others}; a wrong join would hide a late report, so the desk is asked."
                )
            )
        }
        About::RivalPlace { opened, place, others } => {
            let (number, others) = (opened.number, names(others));
            say!(
                w,
                format!("{number} 的地点“{place}”属于{others}：不因邻县来件自动要求其报送，请值班室判断。"),
                format!("The place of {number}, “{place}”, is {others}'s: no unit owes by a rival's mail alone, so the desk is asked.")
            )
        }
        About::SeveralPlaces { opened, place, others } => {
            let (number, others) = (opened.number, names(others));
            say!(
                w,
                format!("{number} 的地点“{place}”涉及{others}：请值班室判断由谁报送。"),
                format!("The place of {number}, “{place}”, belongs to {others}: who should report?")
            )
        }
        About::ReportersTip { place } => {
            say!(
                w,
                format!("信息员告知“{place}”有事件，该地不属其单位：请值班室判断。"),
                format!("A reporter told of an event in “{place}”, which is another's: the desk is asked.")
            )
        }
        About::WaitingQuarantine { number, rung, .. } => {
            let rung = w.rung(*rung);
            say!(
                w,
                format!("本应发{rung}通知，但该单位的来件 {number} 在待核：先请值班室核实。"),
                format!("A {rung} notice was due, but {number} from the unit's address waits in quarantine: the desk is asked first.")
            )
        }
        About::NearDuplicate { of, by } => {
            let by = &by.name;
            say!(
                w,
                format!("{what} 与{by}的 {of} 几乎相同：请值班室判断。"),
                format!("{what} is nearly the same as {of} of {by}: the desk is asked.")
            )
        }
        About::NothingToCorrect => say!(
            w,
            format!("{what} 是更正，却找不到所更正的报送。"),
            format!("{what} is a correction, and what it corrects cannot be found.")
        ),
        About::LowerSeverity { event, has, reported } => {
            let number = event.number;
            say!(
                w,
                format!("{what} 所报级别 {reported} 低于 {number} 的 {has}：没有降级，请值班室判断。"),
                format!("{what} says {reported}, less than the {has} of {number}; it was not lowered, and the desk is asked.")
            )
        }
    }
}
