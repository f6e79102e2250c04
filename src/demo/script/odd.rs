//! What else comes into a mailbox: strangers, automatic replies, mails sent twice, tags that their senders may not use.

use super::Play;
use crate::domain::notice::NoticeKind;

pub(super) fn write(play: &mut Play) {
    let urgent = ("【突发】盂县水库险情", "[URGENT] Reservoir in danger");
    let name = play.choose(("盂县信息员", "Yuxian reporter")).to_owned();
    let mail = play.write((2002, 8, 6, 11, 0), "yuxian@freemail.example", urgent, ("请速转发。", "Please pass on at once."));
    mail.from.0 = name;
    for (when, from, subject, body) in [
        ((2002, 2, 27, 22, 14), "prize@lottery.example", ("恭喜中奖", "You have won"), ("请速汇手续费。", "Send the fee at once.")),
        (
            (2002, 5, 30, 9, 40),
            "editor@newspaper.example",
            ("约见", "A meeting"),
            ("拟来采访，请安排。", "We would like to come for an interview."),
        ),
        ((2003, 4, 23, 18, 5), "rumour@freemail.example", ("听说封城", "Is the city closed?"), ("请问是否属实？", "Is it true?")),
    ] {
        play.write(when, from, subject, body);
    }
    // The desk looks, and refuses three of the four.
    for when in [(2002, 2, 28, 8, 40), (2002, 5, 30, 10, 10), (2002, 8, 6, 11, 20)] {
        play.answer(when, "desk", NoticeKind::Quarantined, "", ("拒收 不是本市信息员", "reject not one of ours"));
    }
    for (when, from) in [((2002, 5, 2, 9, 1), "weisheng"), ((2002, 10, 3, 9, 2), "jiaoyu"), ((2003, 2, 3, 9, 1), "nongye")] {
        let away = play.write(
            when,
            from,
            ("自动回复：休假", "Out of office"),
            ("放假期间由值班室代收。", "On leave; the duty room reads my mail."),
        );
        away.headers.push("Auto-Submitted: auto-replied".to_owned());
    }
    // A reporter may not tell of events elsewhere; the desk is asked.
    let advice = ("【事件】平定县桥梁限行", "[EVENT] Bridge closed in Pingding");
    let about = ("单位：平定县\n地点：平定县石桥", "Unit: Pingding\nPlace: Pingding, stone bridge");
    play.write((2002, 8, 20, 9, 10), "chengqu", advice, about);
    // Nor may it send tables.
    let table = ("【采用】本校信息采用情况", "[ADOPTION] What was adopted of ours");
    play.write((2002, 12, 4, 10, 20), "jiaoyu", table, ("采用情况随后报来。", "The table follows."));
    // Untagged, but its words look like an event: the desk is asked.
    let drill = ("市消防支队开展仓库防爆炸演练", "Drill: what to do after an explosion in a warehouse");
    let text = (
        "支队会同企业在物流园开展演练，出动12车60人，检验了疏散和堵漏流程。",
        "With 12 engines and 60 men the brigade practised evacuation and the stopping of leaks.",
    );
    play.write((2002, 11, 9, 9, 10), "xiaofang", drill, text);
    twice(play);
}

/// Of the routine mails one in a hundred or so comes twice, some minutes apart: a mail program that saw no answer.
fn twice(play: &mut Play) {
    let again: Vec<_> = play.mails.iter().filter(|mail| mail.routine).step_by(127).cloned().collect();
    for mut mail in again {
        mail.at += chrono::TimeDelta::minutes(6);
        mail.routine = false;
        play.mails.push(mail);
    }
}
