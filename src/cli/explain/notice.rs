//! Why a notice was sent.

use super::{Story, named, obligation, question, told};
use crate::cli::failure::Failure;
use crate::cli::outbox;
use crate::cli::page::{self, Page};
use crate::cli::session::Session;
use crate::domain::ids::NoticeNo;
use crate::domain::notice::{
    AccountFault, AccountTrouble, Breach, CanaryMissing, Content, FailingTransport, IntakeStalled, QuarantinedItem, Receipt, Supplied,
    Undeliverable, UnitRef,
};
use crate::domain::report::Fate;
use crate::domain::rules::Instant;
use crate::mail::compose::Composer;
use crate::mail::token::untokened;
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
    let subject = untokened(&books.subject_of(notice.number)?.unwrap_or_default(), notice.number);
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
    reported(&mut story, session, books, number)?;
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
        Content::Receipt(receipt) => received(session, receipt),
        Content::Returned(returned) => {
            let (wrote, who) = (&returned.wrote, w.who_may(returned.who_may));
            vec![say!(
                w,
                format!("来件写了“{wrote}”，而这须由{who}提出，因此退回。"),
                format!("The mail said “{wrote}”, which only {who} may; so it was returned.")
            )]
        }
        Content::Quarantined(quarantined) => quarantined.items.iter().map(|item| put_aside(session, item)).collect(),
        Content::Question(question) => question.items.iter().map(|item| question::asked(session, item)).collect::<Result<_, _>>()?,
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
        Content::Supplied(supplied) => vec![came(session, supplied)],
        Content::IntakeStalled(stalled) => stall(session, stalled),
        Content::AccountTrouble(trouble) => vec![account(session, trouble)],
        Content::CanaryMissing(missing) => vec![canary(session, missing)],
        Content::Undeliverable(undeliverable) => not_delivered(session, undeliverable),
        Content::Failing(failing) => vec![failed(session, failing)],
        Content::Command(answer) => {
            let mut said = Vec::new();
            if !answer.wrote.is_empty() {
                said.push(say!(w, format!("来件的指令：“{}”。", answer.wrote), format!("The mail ordered: “{}”.", answer.wrote)));
            }
            said.push(Composer::new().outcome(&answer.outcome, w.language, w.zone)?);
            said
        }
        Content::Zero(_)
        | Content::RankFall(_)
        | Content::Silent(_)
        | Content::Digest(_)
        | Content::Circular(_)
        | Content::Requisition(_)
        | Content::RosterCheck(_)
        | Content::Bulletin(_)
        | Content::Canary(_) => {
            let unit = notice.unit.clone().map(|id| UnitRef { name: session.name(&id).to_owned(), id });
            Composer::new().reasons(notice.kind, &notice.content, unit.as_ref(), notice.at, w.language, w.zone)?
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
            page::count(u64::from(waiting), "obligation")
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

fn account(session: &Session, trouble: &AccountTrouble) -> String {
    let (w, name) = (session.words, &trouble.mailbox);
    let at = w.moment_exact(trouble.at);
    let [zh, en] = match trouble.trouble {
        AccountFault::Refused => ["服务器拒绝登录", "the server refused the login"],
        AccountFault::ListedAnew => {
            ["服务器给邮件重新编了号，全部重新收取", "the server had counted its messages anew, and all were fetched again"]
        }
        AccountFault::Full => ["邮箱已满，已登记的来信移不走", "the account was full, and messages on record could not be moved"],
        AccountFault::Withheld => ["服务器列出了一封邮件却不给出内容", "the server listed a message and did not give its bytes"],
    };
    let said = if trouble.said.is_empty() { String::new() } else { format!("（{}）", trouble.said) };
    say!(
        w,
        format!("{at}，邮箱“{name}”：{zh}{said}；此类情况只告知一次。"),
        format!("At {at}, mailbox “{name}”: {en}{said}. Such a thing is told once.")
    )
}

fn canary(session: &Session, missing: &CanaryMissing) -> String {
    let (w, number) = (session.words, missing.canary);
    let (sent, back_by) = (w.moment_exact(missing.sent), w.moment_exact(missing.back_by));
    say!(
        w,
        format!("{sent}寄给自己的巡检信 {number} 到{back_by}没有收到，因此告知运维人员；每封只告知一次。"),
        format!("The canary {number}, sent at {sent}, was not back by {back_by}; so the operators were told, once for each canary.")
    )
}

fn received(session: &Session, receipt: &Receipt) -> Vec<String> {
    let w = session.words;
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

fn put_aside(session: &Session, item: &QuarantinedItem) -> String {
    let w = session.words;
    let (number, why) = (item.number, w.quarantine_reason(&item.reason));
    say!(w, format!("来件 {number} 被隔离，请值班室核实：{why}。"), format!("{number} was put aside for the desk because {why}."))
}

fn came(session: &Session, supplied: &Supplied) -> String {
    let w = session.words;
    let earlier = w.rung(supplied.earlier);
    match supplied.withdrawn {
        true => say!(
            w,
            format!("报送其实按时到达，只是后来才读到：此前的{earlier}通知予以撤回。"),
            format!("It had arrived in time and was read later: the earlier {earlier} notice is withdrawn.")
        ),
        false => say!(
            w,
            format!("此前发过{earlier}通知，报送现已到达，告知收过通知的人。"),
            format!("A notice that it was {earlier} had been sent, and the report came after all: everybody who got that one is told.")
        ),
    }
}

fn not_delivered(session: &Session, undeliverable: &Undeliverable) -> Vec<String> {
    let w = session.words;
    let (number, to, error) = (undeliverable.notice, &undeliverable.to, &undeliverable.error);
    let tried = page::count(u64::from(undeliverable.attempts), "time");
    let attempts = undeliverable.attempts;
    let mut said = vec![match (undeliverable.bounced, undeliverable.given_up) {
        (true, true) => {
            say!(
                w,
                format!("{number} 发给 {to} 的一份已经发出，后被退回：{error}。"),
                format!("The copy of {number} to {to} was sent, and came back: {error}.")
            )
        }
        (true, false) => say!(
            w,
            format!("{number} 发给 {to} 的一份已经发出，对方报告尚未送达：{error}。"),
            format!("The copy of {number} to {to} was sent, and is held up on its way: {error}.")
        ),
        (false, _) => say!(
            w,
            format!("{number} 发给 {to} 的一份试过{attempts}次，没有送达：{error}。"),
            format!("The copy of {number} to {to} was tried {tried}, and did not arrive: {error}.")
        ),
    }];
    if !undeliverable.went_on_to.is_empty() {
        let people: Vec<String> = undeliverable.went_on_to.iter().map(|person| named(session, person.address.as_str())).collect();
        let people = w.list(&people);
        said.push(say!(w, format!("因此改发给{people}。"), format!("So it went on to {people}.")));
    }
    said
}

/// What other servers said about the copies of a notice.
fn reported(story: &mut Story, session: &Session, books: &Books<'_>, number: NoticeNo) -> Result<(), Failure> {
    let w = session.words;
    let bounces = books.bounces_of(number)?;
    for bounce in &bounces {
        let status = bounce.status.as_deref().unwrap_or_default();
        let words = page::clean(format!("{status} {}", bounce.said).trim());
        let what = match bounce.fate {
            Fate::Failed => say!(w, format!("被退回或拒收：{words}"), format!("it came back, or was refused: {words}")),
            Fate::Delayed => say!(w, format!("对方报告尚未送达：{words}"), format!("held up on its way: {words}")),
            Fate::Delivered => say!(w, format!("对方报告已送达：{words}"), format!("reported as delivered: {words}")),
        };
        story.happened(bounce.at, what, named(session, &bounce.to));
    }
    story.fact("bounces", &bounces);
    Ok(())
}

fn failed(session: &Session, failing: &FailingTransport) -> String {
    let (transport, since, error) = (&failing.transport, session.at(failing.since), &failing.error);
    say!(
        session.words,
        format!("发信通道“{transport}”自 {since} 起不通：{error}。"),
        format!("The transport “{transport}” had been failing since {since}: {error}.")
    )
}
