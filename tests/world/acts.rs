//! What people do: reports, tellings, duties, commands, duplicates, bad mail; at random, as proptest draws them.

use proptest::prelude::*;
use zhibao::transport::memory::Sent;

use super::mail::{Mail, kind};
use super::office::{FIRE, OFFICE, UNITS, address};
use super::{at, written};

/// What happens in Yunzhou: what, the place behind the county's name, minutes after the beginning.
pub const EVENTS: [(&str, &str, i64); 4] = [
    ("黑石沟煤矿透水", "黑石沟", -30),
    ("化工仓库爆炸起火", "工业园", 400),
    ("山体滑坡阻断公路", "老鹰岩", 900),
    ("中学食物中毒", "第一中学", 1500),
];

/// One mail, in the words of a person.
#[derive(Clone, Debug)]
pub enum Act {
    /// A county's report on an event at a place of its own.
    Report { unit: usize, event: usize, tag: &'static str, grave: Option<&'static str> },
    /// The fire brigade's report on an event in a county.
    Witness { county: usize, event: usize },
    /// 事件 from the desk or a supervisor.
    Told { by: &'static str, counties: Vec<usize>, event: usize, grave: Option<&'static str> },
    /// Ordinary prose; `event_words` makes the desk wonder.
    Routine { unit: usize, event_words: bool },
    /// 零报告
    Zero { unit: usize },
    /// 更正 of nothing in particular.
    Correction { unit: usize },
    /// The same mail once more: the very bytes, or the same words under another Message-ID.
    Again { back: usize, bytes: bool },
    /// Mail that no person wrote, or that nobody can trust.
    Bad(Bad),
    /// A tag that its sender may not use.
    NotHis { who: &'static str, tag: &'static str },
    /// A reply to one of the letters that `who` has got of late.
    Reply { who: &'static str, says: &'static str, back: usize },
}

/// See `Act::Bad`.
#[derive(Clone, Copy, Debug)]
pub enum Bad {
    /// A list server's mail with an ordinary subject.
    Bulk(usize),
    /// Out of office.
    Absent(usize),
    /// Nobody knows the sender.
    Stranger,
    /// A rostered name, another address.
    Imitation(usize),
    /// Two From headers, one of them rostered.
    TwoSenders(usize),
    /// No bytes.
    Empty,
    /// No mail at all.
    Noise,
}

/// A mail and its moment.
#[derive(Clone, Debug)]
pub struct Entry {
    /// After the beginning.
    pub minute: i64,
    /// What.
    pub act: Act,
    /// Which of the two mailboxes.
    pub mailbox: usize,
}

/// Which acts a timeline may hold.
#[derive(Clone, Copy, Debug)]
pub struct Wants {
    /// Replies with commands.
    pub replies: bool,
    /// Mail in quarantine that bears a unit's address.
    pub doubtful: bool,
}

/// A timeline of up to `longest` mails in `days` days.
pub fn timeline(wants: Wants, longest: usize, days: i64) -> impl Strategy<Value = Vec<Entry>> {
    let entry = (0..days * 24 * 12, act(wants), 0usize..2).prop_map(|(slot, act, mailbox)| Entry {
        minute: slot * 5,
        act: that_has_happened(act, slot * 5),
        mailbox,
    });
    prop::collection::vec(entry, 4..=longest).prop_map(|mut entries| {
        entries.sort_by_key(|entry| entry.minute);
        entries
    })
}

/// Nobody tells of what is still to come: such a time would be refused, and the due times counted from when we were told.
fn that_has_happened(mut act: Act, minute: i64) -> Act {
    if let Act::Report { event, .. } | Act::Witness { event, .. } | Act::Told { event, .. } = &mut act {
        while EVENTS[*event].2 + 14 > minute {
            *event -= 1;
        }
    }
    act
}

fn act(wants: Wants) -> BoxedStrategy<Act> {
    let county = || 0..FIRE;
    let unit = || 0..UNITS.len();
    let event = || 0..EVENTS.len();
    let grave = || prop_oneof![3 => Just(None), 1 => Just(Some("重大")), 1 => Just(Some("一般"))];
    let tag = prop_oneof![4 => Just("首报"), 4 => Just("续报"), 2 => Just("终报"), 2 => Just("突发")];
    let counties = prop::collection::btree_set(county(), 1..3).prop_map(|set| set.into_iter().collect());
    let teller = prop_oneof![Just("desk"), Just("chief")];
    let bad = prop_oneof![
        unit().prop_map(Bad::Bulk),
        unit().prop_map(Bad::Absent),
        Just(Bad::Stranger),
        unit().prop_map(Bad::Imitation),
        Just(Bad::Empty),
        Just(Bad::Noise),
    ];
    let kinds = prop_oneof![
        8 => (county(), event(), tag, grave()).prop_map(|(unit, event, tag, grave)| Act::Report { unit, event, tag, grave }),
        2 => (county(), event()).prop_map(|(county, event)| Act::Witness { county, event }),
        4 => (teller, counties, event(), grave()).prop_map(|(by, counties, event, grave)| Act::Told { by, counties, event, grave }),
        2 => (unit(), any::<bool>()).prop_map(|(unit, event_words)| Act::Routine { unit, event_words }),
        3 => unit().prop_map(|unit| Act::Zero { unit }),
        1 => county().prop_map(|unit| Act::Correction { unit }),
        2 => (0usize..5, any::<bool>()).prop_map(|(back, bytes)| Act::Again { back, bytes }),
        2 => bad.prop_map(Act::Bad),
        1 => prop_oneof![Just(("donghe-a", "通报")), Just(("desk", "首报")), Just(("xiling-a", "撤回"))]
            .prop_map(|(who, tag)| Act::NotHis { who, tag }),
    ];
    let doubtful = unit().prop_map(|unit| Act::Bad(Bad::TwoSenders(unit)));
    let says = prop_oneof![
        3 => Just("收到"), 2 => Just("延期 3小时"), 2 => Just("豁免 道路中断"), 1 => Just("结案"), 1 => Just("级别 重大"),
        1 => Just("合并 E-2005-0001"), 1 => Just("撤回"), 1 => Just("放行"), 1 => Just("拒收"),
    ];
    let who = prop_oneof![4 => Just("chief"), 2 => Just("deputy"), 1 => Just("desk"), 1 => Just("donghe-a")];
    let reply = (who, says, 0usize..6).prop_map(|(who, says, back)| Act::Reply { who, says, back });
    match (wants.replies, wants.doubtful) {
        (true, true) => prop_oneof![20 => kinds, 8 => reply, 1 => doubtful].boxed(),
        (true, false) => prop_oneof![20 => kinds, 8 => reply].boxed(),
        (false, true) => prop_oneof![20 => kinds, 1 => doubtful].boxed(),
        (false, false) => kinds.boxed(),
    }
}

/// What can be read of an event in a report or telling: place, and when it occurred.
fn facts(county: usize, event: usize) -> String {
    let (_, place, minute) = EVENTS[event];
    let minute = minute + i64::try_from(county).unwrap_or(0) * 7;
    format!("发生时间：{}\n地点：{}{place}\n伤亡：正在核实\n措施：已组织救援\n", written(at(minute)), UNITS[county].1)
}

fn subject(tag: &str, grave: Option<&str>, county: usize, event: usize) -> String {
    let grave = grave.map(|grave| format!("【{grave}】")).unwrap_or_default();
    format!("【{tag}】{grave}{}{}", UNITS[county].1, EVENTS[event].0)
}

/// The mail of an act. `nth` makes it differ from every other of its kind; `got` are the letters that were sent so far.
/// `None`: there is nothing to answer.
pub fn mail(act: &Act, nth: usize, got: &dyn Fn() -> Vec<Sent>) -> Option<Mail> {
    let reporter = |unit: usize| address(&format!("{}-a", UNITS[unit].0));
    Some(match act {
        Act::Report { unit, event, tag, grave } => {
            Mail::from(reporter(*unit), subject(tag, *grave, *unit, *event), format!("{}进展之{nth}。\n", facts(*unit, *event)))
        }
        Act::Witness { county, event } => {
            Mail::from(reporter(FIRE), subject("首报", None, *county, *event), format!("{}出动之{nth}。\n", facts(*county, *event)))
        }
        Act::Told { by, counties, event, grave } => {
            let units: Vec<&str> = counties.iter().map(|county| UNITS[*county].1).collect();
            let body = format!("单位：{}\n{}来电之{nth}。\n", units.join("、"), facts(counties[0], *event));
            Mail::from(address(by), subject("事件", *grave, counties[0], *event), body)
        }
        Act::Routine { unit, event_words } => {
            let what = if *event_words { "昨日仓库爆炸后复产" } else { "春耕备耕进展" };
            Mail::from(reporter(*unit), format!("{}{what}{nth}", UNITS[*unit].1), format!("第{nth}期：工作有序推进。\n"))
        }
        Act::Zero { unit } => Mail::from(reporter(*unit), format!("【零报告】{}", UNITS[*unit].1), format!("今日无事，第{nth}次。\n")),
        Act::Correction { unit } => Mail::from(reporter(*unit), format!("【更正】{}前报", UNITS[*unit].1), format!("更正之{nth}。\n")),
        Act::Again { .. } => return None,
        Act::Bad(bad) => bad_mail(*bad, nth)?,
        Act::NotHis { who, tag } => Mail::from(address(who), format!("【{tag}】某事{nth}"), format!("正文{nth}。\n")),
        Act::Reply { who, says, back } => reply(who, says, *back, nth, &got())?,
    })
}

/// `None`: it is no mail, but bytes; see `bad_bytes`.
fn bad_mail(bad: Bad, nth: usize) -> Option<Mail> {
    let reporter = |unit: usize| address(&format!("{}-a", UNITS[unit].0));
    Some(match bad {
        Bad::Bulk(unit) => Mail::from(reporter(unit), format!("简报{nth}"), "群发。\n").header("Precedence: bulk"),
        Bad::Absent(unit) => Mail::from(reporter(unit), "自动回复：外出", format!("{nth}\n")).header("Auto-Submitted: auto-replied"),
        Bad::Stranger => Mail::from("someone@elsewhere.example", format!("投稿{nth}"), "你好。\n"),
        Bad::Imitation(unit) => Mail::from(format!("{} <zhang{nth}@free.example>", UNITS[unit].1), "情况", "如下。\n"),
        Bad::TwoSenders(unit) => {
            let mut mail = Mail::from(reporter(unit), format!("两个发件人{nth}"), "谁写的？\n");
            mail.from.push("other@elsewhere.example".into());
            mail
        }
        Bad::Empty | Bad::Noise => return None,
    })
}

/// Bytes that are no mail.
pub fn bad_bytes(bad: Bad, nth: usize) -> Option<Vec<u8>> {
    match bad {
        Bad::Empty => Some(Vec::new()),
        Bad::Noise => Some(format!("\u{0}\u{1}{nth} no header at all\r\n").into_bytes()),
        _ => None,
    }
}

/// Answers the letter `back` letters before the last of those that can be commanded about.
fn reply(who: &str, says: &str, back: usize, nth: usize, got: &[Sent]) -> Option<Mail> {
    const ABOUT: [&str; 7] = ["late", "omitted", "unreported", "event-opened", "question", "quarantined", "receipt"];
    let his = address(who);
    let letters: Vec<&Sent> = got.iter().filter(|letter| letter.to == his && ABOUT.contains(&kind(letter))).collect();
    let letter = letters.iter().rev().nth(back % letters.len().max(1))?;
    let subject = super::mail::header(letter, "Subject").unwrap_or_default();
    assert_ne!(his, OFFICE);
    Some(Mail::from(his, format!("Re: {subject}"), format!("{says}\n\n（{nth}）\n")).answering(letter))
}
