//! What the office asks for: two requisitions, and twice a year whether the roster still holds.

use super::Play;
use crate::domain::notice::NoticeKind;

pub(super) fn write(play: &mut Play) {
    requisitions(play);
    rosters(play);
}

/// One is answered by both in time; of the other, one unit answers in time, one late, one never.
fn requisitions(play: &mut Play) {
    let asked = (
        "单位：城区、矿区\n截止：2002-09-20 17:00\n请报社区再就业的做法和困难，各不少于三个实例。",
        "Unit: Chengqu, Kuangqu\nDue: 2002-09-20 17:00\nPlease report how people find work again through their communities, three examples each.",
    );
    play.write((2002, 9, 11, 9, 0), "desk", ("【约稿】社区再就业情况", "[REQUISITION] Work through the communities"), asked);
    let answer = ("【约稿】社区再就业情况", "[REQUISITION] Work through the communities");
    let texts = [
        (
            (2002, 9, 18, 10, 30),
            "chengqu",
            (
                "城区社区服务站安置下岗人员，保洁、送奶、家政三类岗位最受欢迎。",
                "Cleaning, milk rounds and housework are what people take up in Chengqu.",
            ),
        ),
        (
            (2002, 9, 20, 15, 10),
            "kuangqu",
            (
                "矿区以矿办社区为依托，组织家属编织、缝纫小组，产品由供销社包销。",
                "In Kuangqu the mines' families knit and sew, and the co-operative sells it.",
            ),
        ),
    ];
    for (when, from, text) in texts {
        play.write(when, from, answer, text);
    }
    let asked = (
        "单位：平定县、盂县、郊区\n截止：2003-05-16 17:00\n请报返乡人员登记、观察、生活保障三方面情况。",
        "Unit: Pingding, Yuxian, Jiaoqu\nDue: 2003-05-16 17:00\nPlease report how those who come home are registered, watched and provided for.",
    );
    let topic = ("【约稿】防治非典期间返乡人员管理", "[REQUISITION] Those who come home in the time of SARS");
    play.write((2003, 5, 12, 9, 0), "desk", topic, asked);
    let texts = [
        (
            (2003, 5, 15, 16, 20),
            "jiaoqu",
            (
                "郊区对返乡人员一户一卡、一日两测，生活用品由村代购。",
                "In Jiaoqu each household has a card, is measured twice a day, and the village shops for it.",
            ),
        ),
        (
            (2003, 5, 17, 9, 40),
            "pingding",
            (
                "平定县返乡人员由村医包户观察，口粮由民政部门垫付。",
                "In Pingding the village doctors watch the households, and the county advances the grain.",
            ),
        ),
    ];
    for (when, from, text) in texts {
        play.write(when, from, topic, text);
    }
}

/// The first round is asked for at the end of June 2002, half a year after the start. One county does not answer.
fn rosters(play: &mut Play) {
    let confirming =
        ["office", "pingding", "jiaoqu", "chengqu", "kuangqu", "gongan", "weisheng", "meitan", "jiaoyu", "xiaofang", "jingmao"];
    for (minute, unit) in (0..).zip(confirming) {
        play.answer((2002, 7, 1, 9, minute * 17), unit, NoticeKind::RosterCheck, unit, ("确认", "confirm"));
        if minute % 3 != 1 {
            play.answer((2003, 1, 6, 9, minute * 13), unit, NoticeKind::RosterCheck, unit, ("确认。", "confirm"));
        }
    }
}
