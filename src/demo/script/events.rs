//! The sudden events of 2002: who reports them, who only when asked, and what leaders answer.

use super::{Both, Play, When};
use crate::domain::notice::NoticeKind;

/// One mail on an event: when, from whom, subject, text.
pub(super) type Told<'a> = (When, &'a str, Both<'a>, Both<'a>);

pub(super) fn write(play: &mut Play) {
    gas_in_a_flat(play);
    mine_flooded(play);
    market_on_fire(play);
    roof_fell(play);
    storm(play);
    false_alarm(play);
    sick_pupils(play);
    snowed_in(play);
    tanker(play);
}

pub(super) fn tell(play: &mut Play, mails: &[Told<'_>]) {
    for (when, from, subject, body) in mails {
        play.write(*when, from, *subject, *body);
    }
}

/// Reported in time, followed up, closed.
fn gas_in_a_flat(play: &mut Play) {
    tell(
        play,
        &[
            (
                (2002, 1, 18, 9, 5),
                "chengqu",
                ("【突发·一般】城区北大街居民楼煤气中毒", "[URGENT] [IV] Coal gas in a block of flats, Beidajie"),
                (
                    "发生时间：1月18日6时30分\n地点：城区北大街居民楼\n伤亡：5人中毒，均已送医\n原因：土暖气烟道堵塞\n措施：伤者送市医院高压氧舱，社区逐户检查烟道\n联系人：城区值班室 0000-1234",
                    "Occurred: 18 January 2002 06:30\nPlace: Chengqu, Beidajie\nCasualties: 5 poisoned, all in hospital\nCause: a blocked stove pipe\nMeasures: hyperbaric treatment; every flue of the block is checked\nContact: duty room 0000-1234",
                ),
            ),
            (
                (2002, 1, 18, 19, 40),
                "chengqu",
                ("【续报】城区北大街居民楼煤气中毒救治情况", "[FOLLOW-UP] Coal gas in a block of flats: the injured"),
                ("5名中毒人员中3人已出院，2人留院观察，生命体征平稳。", "Three of the five have left hospital; two stay for observation."),
            ),
            (
                (2002, 1, 19, 16, 20),
                "chengqu",
                ("【终报】城区北大街居民楼煤气中毒处置完毕", "[FINAL] Coal gas in a block of flats: all closed"),
                (
                    "原因：烟道被积灰和落砖堵塞。\n伤亡：5人中毒，均已出院\n措施：检查住户1240户，疏通烟道86处。",
                    "Cause: a flue blocked by soot and bricks.\nCasualties: 5 poisoned, all discharged\nMeasures: 1,240 flats inspected, 86 flues cleared.",
                ),
            ),
        ],
    );
}

/// The desk hears of it by telephone; the county reports 55 minutes after its time.
fn mine_flooded(play: &mut Play) {
    let told = (
        "单位：平定县\n发生时间：2002-03-11 02:10\n地点：平定县北沟煤矿\n来源：群众来电",
        "Unit: Pingding\nOccurred: 2002-03-11 02:10\nPlace: Pingding, Beigou mine\nSource: a resident's call",
    );
    play.write((2002, 3, 11, 3, 20), "desk", ("【事件】【重大】平定县北沟煤矿透水", "[EVENT] [II] Mine flooded at Beigou"), told);
    play.answer((2002, 3, 11, 4, 25), "chief", NoticeKind::Late, "pingding", ("收到，已电话催报。", "ack, calling them now."));
    tell(
        play,
        &[
            (
                (2002, 3, 11, 5, 5),
                "pingding",
                ("【首报】平定县北沟煤矿透水", "[FIRST] Mine flooded at Beigou"),
                (
                    "发生时间：3月11日2时10分\n地点：平定县北沟煤矿二采区\n伤亡：当班31人，29人升井，2人失联\n原因：掘进面打通老空区，正在核实\n措施：4台水泵排水，矿山救护队已下井\n联系人：县委值班室 0000-5678",
                    "Occurred: 11 March 2002 02:10\nPlace: Pingding, Beigou mine, section 2\nCasualties: 31 on shift, 29 are up, 2 missing\nCause: the heading met old workings, being verified\nMeasures: four pumps at work, the mine rescue team is below\nContact: county duty room 0000-5678",
                ),
            ),
            (
                (2002, 3, 11, 20, 40),
                "pingding",
                ("【续报】平定县北沟煤矿2名失联人员找到", "[FOLLOW-UP] Mine flooded at Beigou: both missing men found"),
                (
                    "20时15分，失联2人均已找到，生命体征平稳，正在护送升井。",
                    "At 20:15 both missing men were found, in stable condition, and are being brought up.",
                ),
            ),
            (
                (2002, 3, 12, 17, 10),
                "pingding",
                ("【终报】平定县北沟煤矿透水处置完毕", "[FINAL] Mine flooded at Beigou: all closed"),
                (
                    "原因：未按规定探放水。\n伤亡：无人员死亡，2人轻伤\n措施：该矿停产整顿，全县煤矿复查探放水。",
                    "Cause: no probing ahead for water, against the rules.\nCasualties: nobody died, 2 slightly injured\nMeasures: the mine is shut for rectification; every mine in the county is inspected again.",
                ),
            ),
        ],
    );
}

/// The fire brigade reports it; so the district owes a report, and keeps silent for hours.
fn market_on_fire(play: &mut Play) {
    tell(
        play,
        &[
            (
                (2002, 4, 22, 14, 5),
                "xiaofang",
                ("【突发·较大】郊区农贸市场火灾", "[URGENT] [III] Market on fire"),
                (
                    "发生时间：4月22日13时30分\n地点：郊区荫营农贸市场\n伤亡：暂无\n原因：待查\n措施：6车32人到场，14时明火扑灭",
                    "Occurred: 22 April 2002 13:30\nPlace: Jiaoqu, Yinying market\nCasualties: none so far\nCause: not known yet\nMeasures: 6 engines and 32 men on the spot, fire out at 14:00",
                ),
            ),
            (
                (2002, 4, 22, 21, 10),
                "jiaoqu",
                ("【首报】郊区荫营农贸市场火灾", "[FIRST] Market on fire"),
                (
                    "发生时间：4月22日13时30分\n地点：郊区荫营农贸市场\n伤亡：无人员伤亡\n原因：摊位电线短路\n措施：过火60平方米，市场停业检查，商户已安置",
                    "Occurred: 22 April 2002 13:30\nPlace: Jiaoqu, Yinying market\nCasualties: none\nCause: a short circuit in a stall\nMeasures: 60 square metres burnt, the market closed for inspection, the traders provided for",
                ),
            ),
            (
                (2002, 4, 23, 9, 20),
                "jiaoqu",
                ("【终报】郊区荫营农贸市场火灾", "[FINAL] Market on fire"),
                (
                    "原因：摊位私拉电线短路。\n措施：全区12处市场用电排查。",
                    "Cause: a short circuit in wires that a stall had laid itself.\nMeasures: the wiring of all 12 markets of the district is inspected.",
                ),
            ),
        ],
    );
    play.answer((2002, 4, 22, 19, 50), "deputy", NoticeKind::Omitted, "jiaoqu", ("收到", "ack"));
}

/// Told by the desk, and the county never reports.
fn roof_fell(play: &mut Play) {
    let told = (
        "单位：盂县\n发生时间：2002-06-19 10:30\n地点：盂县西沟煤矿\n来源：邻村来电",
        "Unit: Yuxian\nOccurred: 2002-06-19 10:30\nPlace: Yuxian, Xigou mine\nSource: a call from the next village",
    );
    play.write((2002, 6, 19, 11, 15), "desk", ("【事件】【较大】盂县西沟煤矿顶板事故", "[EVENT] [III] Roof fall at Xigou mine"), told);
    play.answer((2002, 6, 19, 17, 40), "deputy", NoticeKind::Omitted, "yuxian", ("收到，请信息科继续催报。", "ack, keep asking."));
    play.answer((2002, 6, 21, 8, 5), "secretary", NoticeKind::Unreported, "yuxian", ("收到。请说明原因。", "ack. I want to know why."));
    let closed = ("结案，由督查室另行调查。", "close, the inspectorate takes it over.");
    play.answer((2002, 6, 24, 9, 30), "secretary", NoticeKind::Unreported, "yuxian", closed);
}

/// In time; a follow-up cannot be had at night, and the deputy grants half a day.
fn storm(play: &mut Play) {
    tell(
        play,
        &[
            (
                (2002, 7, 28, 18, 50),
                "kuangqu",
                ("【突发】【重大】矿区暴雨山洪进城", "[URGENT] [II] Flash flood in the streets"),
                (
                    "发生时间：7月28日17时20分\n地点：矿区沙坪街道\n伤亡：暂无，转移420人\n原因：一小时降雨68毫米\n措施：调沙袋3000条，关闭低洼路段",
                    "Occurred: 28 July 2002 17:20\nPlace: Kuangqu, Shaping\nCasualties: none so far, 420 moved\nCause: 68 mm of rain in an hour\nMeasures: 3,000 sandbags, the low roads closed",
                ),
            ),
            (
                (2002, 7, 30, 5, 15),
                "kuangqu",
                ("【续报】矿区暴雨山洪受灾统计", "[FOLLOW-UP] Flash flood: the damage"),
                (
                    "倒塌房屋31间，进水商铺112家，无人员伤亡，供电已恢复九成。",
                    "31 rooms collapsed, 112 shops under water, nobody hurt, nine tenths of the power is back.",
                ),
            ),
            (
                (2002, 7, 30, 17, 30),
                "kuangqu",
                ("【终报】矿区暴雨山洪处置完毕", "[FINAL] Flash flood: all closed"),
                (
                    "原因：短时强降雨，排洪沟淤积。\n措施：清淤4.2公里，安置42户，补助款已发放。",
                    "Cause: a cloudburst, and drains full of silt.\nMeasures: 4.2 km of drains cleared, 42 households provided for.",
                ),
            ),
        ],
    );
    let granted = ("延期 12小时，道路中断，情有可原。", "extend 12h, the road is cut.");
    play.answer((2002, 7, 29, 19, 10), "chief", NoticeKind::Late, "kuangqu", granted);
}

/// A leader passes on a rumour, finds out that there is nothing in it, and withdraws it: void.
fn false_alarm(play: &mut Play) {
    let told = (
        "单位：城区\n发生时间：2002-09-05 15:10\n地点：城区南山路加油站",
        "Unit: Chengqu\nOccurred: 2002-09-05 15:10\nPlace: Chengqu, Nanshan road filling station",
    );
    play.write((2002, 9, 5, 15, 40), "chief", ("【事件】【较大】城区南山路加油站起火", "[EVENT] [III] Filling station on fire"), told);
    let withdrawn = ("【撤回】E-2002-0006 城区南山路加油站起火", "[WITHDRAW] E-2002-0006 filling station on fire");
    play.write(
        (2002, 9, 5, 16, 25),
        "chief",
        withdrawn,
        ("经核实为邻近工地焚烧杂物，不是火灾。", "It was rubbish burnt on a building site, no fire."),
    );
}

/// The health bureau reports it from the hospital; the county is omitted, then supplies.
fn sick_pupils(play: &mut Play) {
    tell(
        play,
        &[
            (
                (2002, 10, 17, 13, 30),
                "weisheng",
                ("【突发·较大】平定县冠山学校学生食物中毒", "[URGENT] [III] Pupils ill after lunch"),
                (
                    "发生时间：10月17日12时40分\n地点：平定县冠山学校\n伤亡：27名学生呕吐腹痛，均已收治\n原因：疑似豆角未炒熟\n措施：采样送检，食堂封存",
                    "Occurred: 17 October 2002 12:40\nPlace: Pingding, Guanshan school\nCasualties: 27 pupils sick, all in hospital\nCause: beans not cooked through, it seems\nMeasures: samples taken, the kitchen sealed",
                ),
            ),
            (
                (2002, 10, 17, 20, 5),
                "pingding",
                ("【首报】平定县冠山学校学生食物中毒", "[FIRST] Pupils ill after lunch"),
                (
                    "发生时间：10月17日12时40分\n地点：平定县冠山学校\n伤亡：27名学生，24人已返家，3人留观\n原因：豆角未炒熟\n措施：全县学校食堂检查",
                    "Occurred: 17 October 2002 12:40\nPlace: Pingding, Guanshan school\nCasualties: 27 pupils, 24 are home again, 3 under observation\nCause: beans not cooked through\nMeasures: every school kitchen is inspected",
                ),
            ),
            (
                (2002, 10, 18, 15, 45),
                "pingding",
                ("【终报】平定县冠山学校学生食物中毒处置完毕", "[FINAL] Pupils ill after lunch: all closed"),
                (
                    "原因：豆角未炒熟，检验确认。\n伤亡：27人全部康复\n措施：责任人已处理，食堂整改后开放。",
                    "Cause: beans not cooked through, the laboratory confirms.\nCasualties: all 27 well again\nMeasures: those answerable were dealt with; the kitchen opens again.",
                ),
            ),
        ],
    );
}

/// Snow cuts a village off; the deputy excuses the county.
fn snowed_in(play: &mut Play) {
    let told = (
        "单位：盂县\n发生时间：2002-11-24 06:00\n地点：盂县北部山区",
        "Unit: Yuxian\nOccurred: 2002-11-24 06:00\nPlace: Yuxian, the northern hills",
    );
    play.write((2002, 11, 24, 7, 10), "desk", ("【事件】【一般】盂县北部山区大雪封路", "[EVENT] [IV] Villages cut off by snow"), told);
    let excused =
        ("豁免 大雪压断线路，通信中断，县里已派人徒步进村", "waive the lines are down under the snow; the county sent people on foot");
    play.answer((2002, 11, 24, 13, 0), "deputy", NoticeKind::Omitted, "yuxian", excused);
}

/// Reported in time as III, raised to II by the unit itself; daily follow-ups.
fn tanker(play: &mut Play) {
    tell(
        play,
        &[
            (
                (2002, 12, 12, 9, 40),
                "jiaoqu",
                ("【突发·较大】郊区国道槽车侧翻", "[URGENT] [III] Tanker overturned"),
                (
                    "发生时间：12月12日8时15分\n地点：郊区307国道平坦段\n伤亡：司机轻伤\n原因：路面结冰\n措施：封闭道路，疏散沿线住户60户",
                    "Occurred: 12 December 2002 08:15\nPlace: Jiaoqu, highway 307\nCasualties: the driver, slightly\nCause: ice on the road\nMeasures: the road closed, 60 households moved",
                ),
            ),
            // Sent twice by a mail program that saw no answer: filed once.
            (
                (2002, 12, 12, 9, 51),
                "jiaoqu",
                ("【突发·较大】郊区国道槽车侧翻", "[URGENT] [III] Tanker overturned"),
                (
                    "发生时间：12月12日8时15分\n地点：郊区307国道平坦段\n伤亡：司机轻伤\n原因：路面结冰\n措施：封闭道路，疏散沿线住户60户",
                    "Occurred: 12 December 2002 08:15\nPlace: Jiaoqu, highway 307\nCasualties: the driver, slightly\nCause: ice on the road\nMeasures: the road closed, 60 households moved",
                ),
            ),
            (
                (2002, 12, 12, 13, 20),
                "jiaoqu",
                ("【续报】【重大】郊区国道槽车侧翻后泄漏", "[FOLLOW-UP] [II] Tanker overturned, now leaking"),
                (
                    "槽罐出现渗漏，约2吨液体流入路边沟，已筑坝拦截，下游未受影响。",
                    "The tank leaks; about 2 t ran into a ditch and are dammed up, the river is untouched.",
                ),
            ),
            (
                (2002, 12, 13, 10, 5),
                "jiaoqu",
                ("【终报】郊区国道槽车侧翻处置完毕", "[FINAL] Tanker overturned: all closed"),
                (
                    "原因：结冰路面超速。\n伤亡：1人轻伤\n措施：转运残液，清理污染土38立方米，道路10时恢复。",
                    "Cause: too fast on ice.\nCasualties: 1 slightly injured\nMeasures: the rest pumped over, 38 cubic metres of soil removed, the road open at 10:00.",
                ),
            ),
        ],
    );
}
