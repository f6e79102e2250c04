//! The sudden events of January to May 2003.

use super::events::tell;
use super::{Play, When};
use crate::domain::notice::NoticeKind;

pub(super) fn write(play: &mut Play) {
    fireworks(play);
    bus(play);
    blocked_road(play);
    fever(play);
    never_told(play);
}

/// Nothing for a day and more after the desk heard of it: unreported, and supplied in the end.
fn fireworks(play: &mut Play) {
    let told =
        ("单位：盂县\n发生时间：2003-01-25 20:10\n地点：盂县秀水镇", "Unit: Yuxian\nOccurred: 2003-01-25 20:10\nPlace: Yuxian, Xiushui");
    play.write(
        (2003, 1, 25, 21, 0),
        "desk",
        ("【事件】【重大】盂县秀水镇烟花摊点爆炸", "[EVENT] [II] Explosion at a fireworks stall"),
        told,
    );
    play.answer((2003, 1, 26, 0, 50), "deputy", NoticeKind::Omitted, "yuxian", ("收到，连夜核实。", "ack, being checked tonight."));
    play.answer((2003, 1, 26, 22, 40), "secretary", NoticeKind::Unreported, "yuxian", ("收到", "ack"));
    tell(
        play,
        &[
            (
                (2003, 1, 27, 8, 20),
                "yuxian",
                ("【首报】盂县秀水镇烟花摊点爆炸", "[FIRST] Explosion at a fireworks stall"),
                (
                    "发生时间：1月25日20时10分\n地点：盂县秀水镇\n伤亡：3人烧伤\n原因：违规存放烟花\n措施：伤者住院，取缔摊点27处",
                    "Occurred: 25 January 2003 20:10\nPlace: Yuxian, Xiushui\nCasualties: 3 with burns\nCause: fireworks kept against the rules\nMeasures: the injured are in hospital, 27 stalls shut",
                ),
            ),
            (
                (2003, 1, 27, 17, 45),
                "yuxian",
                ("【终报】盂县秀水镇烟花摊点爆炸处置完毕", "[FINAL] Explosion at a fireworks stall: all closed"),
                (
                    "原因：违规存放烟花，遇明火。\n伤亡：3人烧伤，无生命危险\n措施：责任人已拘留，全县清查。",
                    "Cause: fireworks kept against the rules met an open flame.\nCasualties: 3 with burns, out of danger\nMeasures: the owner is held; the whole county is searched.",
                ),
            ),
        ],
    );
}

/// Late without anybody's telling: the unit itself reports, an hour after its time.
fn bus(play: &mut Play) {
    tell(
        play,
        &[
            (
                (2003, 2, 14, 13, 25),
                "pingding",
                ("【突发·较大】平定县娘子关公路客车追尾", "[URGENT] [III] Buses collided near Niangziguan"),
                (
                    "发生时间：2月14日8时30分\n地点：平定县娘子关公路\n伤亡：9人轻伤\n原因：大雾\n措施：伤者送县医院，车辆已拖离",
                    "Occurred: 14 February 2003 08:30\nPlace: Pingding, Niangziguan road\nCasualties: 9 slightly injured\nCause: fog\nMeasures: the injured are in the county hospital, the buses towed away",
                ),
            ),
            (
                (2003, 2, 15, 10, 30),
                "pingding",
                ("【终报】平定县娘子关公路客车追尾处置完毕", "[FINAL] Buses collided near Niangziguan: all closed"),
                (
                    "原因：大雾中未保持车距。\n伤亡：9人轻伤，均已出院\n措施：雾天限速，增设警示牌。",
                    "Cause: too close in fog.\nCasualties: 9 slightly injured, all discharged\nMeasures: a speed limit in fog, new signs.",
                ),
            ),
        ],
    );
}

/// The police report it; the county is omitted, and a leader acknowledges.
fn blocked_road(play: &mut Play) {
    tell(
        play,
        &[
            (
                (2003, 3, 20, 9, 20),
                "gongan",
                ("【突发·一般】盂县煤台群众堵路", "[URGENT] [IV] Villagers block a coal road"),
                (
                    "发生时间：3月20日8时40分\n地点：盂县南娄煤台\n伤亡：无\n原因：扬尘扰民\n措施：民警到场劝解",
                    "Occurred: 20 March 2003 08:40\nPlace: Yuxian, Nanlou coal yard\nCasualties: none\nCause: dust\nMeasures: officers on the spot",
                ),
            ),
            (
                (2003, 3, 20, 15, 50),
                "yuxian",
                ("【首报】盂县煤台群众堵路", "[FIRST] Villagers block a coal road"),
                (
                    "发生时间：3月20日8时40分\n地点：盂县南娄煤台\n伤亡：无\n原因：扬尘扰民，洒水不到位\n措施：签订洒水降尘协议，11时恢复通行",
                    "Occurred: 20 March 2003 08:40\nPlace: Yuxian, Nanlou coal yard\nCasualties: none\nCause: dust, the road was not sprayed\nMeasures: an agreement on spraying, the road open at 11:00",
                ),
            ),
            (
                (2003, 3, 21, 9, 0),
                "yuxian",
                ("【终报】盂县煤台群众堵路处置完毕", "[FINAL] Villagers block a coal road: all closed"),
                (
                    "原因：扬尘扰民。\n措施：煤台每日洒水四次，镇里派人监督。",
                    "Cause: dust.\nMeasures: the yard sprays four times a day, and the town watches.",
                ),
            ),
        ],
    );
    play.answer((2003, 3, 20, 15, 10), "deputy", NoticeKind::Omitted, "yuxian", ("收到", "ack"));
}

/// A week of follow-ups, one of them late, one by answering the receipt without a tag.
fn fever(play: &mut Play) {
    tell(
        play,
        &[
            (
                (2003, 4, 24, 9, 50),
                "jiaoqu",
                ("【突发·重大】郊区返乡人员发热留观", "[URGENT] [II] Returned worker with fever under observation"),
                (
                    "发生时间：4月24日8时30分\n地点：郊区医院发热门诊\n伤亡：1人发热留观\n原因：务工返乡，正在排查\n措施：隔离病人，登记密切接触者14人",
                    "Occurred: 24 April 2003 08:30\nPlace: Jiaoqu, fever clinic\nCasualties: 1 under observation\nCause: came home from work elsewhere, being examined\nMeasures: isolated; 14 contacts registered",
                ),
            ),
            (
                (2003, 4, 25, 9, 10),
                "jiaoqu",
                ("【续报】郊区返乡人员发热留观第二日", "[FOLLOW-UP] Returned worker with fever, second day"),
                (
                    "体温38.1度，胸片未见异常，14名接触者均无症状。",
                    "38.1 degrees, the chest X-ray is clear, none of the 14 contacts has symptoms.",
                ),
            ),
            (
                (2003, 4, 27, 8, 0),
                "jiaoqu",
                ("【续报】郊区返乡人员发热留观第四日", "[FOLLOW-UP] Returned worker with fever, fourth day"),
                ("体温降至37.0度，专家会诊倾向普通感冒。", "Down to 37.0 degrees; the consultants think of a common cold."),
            ),
            (
                (2003, 4, 28, 7, 20),
                "jiaoqu",
                ("【终报】郊区返乡人员发热留观解除", "[FINAL] Returned worker with fever: observation ended"),
                (
                    "原因：普通感冒，两次检测排除非典。\n伤亡：1人已康复\n措施：接触者解除观察，送返回家。",
                    "Cause: a common cold; two tests exclude SARS.\nCasualties: 1, well again\nMeasures: the contacts go home.",
                ),
            ),
        ],
    );
    let mail = play.answer(
        (2003, 4, 26, 8, 30),
        "jiaoqu",
        NoticeKind::Receipt,
        "jiaoqu",
        ("第三日：体温37.4度，病情平稳。", "Third day: 37.4 degrees, stable."),
    );
    // The newest receipt is for the zero report of the evening before.
    if let Some(answered) = &mut mail.answers {
        answered.skip = 1;
    }
}

/// The desk hears of it, the county never says a word: what the third letter worth opening is about.
fn never_told(play: &mut Play) {
    let told: (When, _, _) = (
        (2003, 5, 9, 10, 0),
        ("【事件】【较大】平定县设卡断路", "[EVENT] [III] Village road dug up against travellers"),
        (
            "单位：平定县\n发生时间：2003-05-09 07:30\n地点：平定县巨城镇\n来源：过往司机来电",
            "Unit: Pingding\nOccurred: 2003-05-09 07:30\nPlace: Pingding, Jucheng\nSource: a driver's call",
        ),
    );
    play.write(told.0, "desk", told.1, told.2);
    play.answer(
        (2003, 5, 9, 15, 10),
        "deputy",
        NoticeKind::Omitted,
        "pingding",
        ("收到，请防非典督查组一并核查。", "ack, the SARS inspectors will look at it."),
    );
    play.answer((2003, 5, 10, 15, 30), "secretary", NoticeKind::Unreported, "pingding", ("收到。", "ack"));
}
