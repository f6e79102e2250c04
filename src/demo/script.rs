//! The fortnight: who writes what when. Every place, person and event in it is made up.

use chrono::{FixedOffset, TimeZone};
use encoding_rs::{Encoding, GBK, UTF_8};

use super::network::DOMAIN;
use crate::domain::language::Language;
use crate::domain::notice::NoticeKind;
use crate::domain::rules::Instant;

/// The first day, of March 2025, a Monday; and the first day after the last.
pub const DAYS: (u32, u32) = (3, 17);

/// The counties, as `network.toml` names them, with the minute after 15:00 at which each sends its zero report.
const COUNTIES: [(&str, &str, &str, u32); 4] = [
    ("shuangtang", "双塘县", "Shuangtang", 65),
    ("liuwan", "柳湾县", "Liuwan", 40),
    ("qingshi", "青石县", "Qingshi", 65),
    ("luming", "鹿鸣区", "Luming", 70),
];

/// A mail of the script.
#[derive(Clone, Debug)]
pub struct Scripted {
    /// When it arrives, and when it says that it was written.
    pub at: Instant,
    /// Display name, which may be empty, and address.
    pub from: (String, String),
    /// The subject; of a reply, what stands before the subject that is answered.
    pub subject: String,
    /// The text.
    pub body: String,
    /// In which it is sent.
    pub charset: &'static Encoding,
    /// Whole header lines.
    pub headers: Vec<String>,
    /// The notice of ours that it answers.
    pub answers: Option<Answered>,
}

/// Picks the newest notice of a kind about a unit that the writer was sent before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The kind.
    pub kind: NoticeKind,
    /// The unit's id.
    pub unit: &'static str,
    /// How many such notices, newest first, are passed over.
    pub skip: usize,
}

/// The office's zone at that time.
pub fn offset() -> FixedOffset {
    #[allow(clippy::expect_used)] // eight hours lie within a day
    FixedOffset::east_opt(8 * 3600).expect("eight hours lie within a day")
}

/// A time of March 2025 in the office's zone.
pub fn moment(day: u32, hour: u32, minute: u32) -> Instant {
    #[allow(clippy::expect_used)] // every day and time of the script exists: the zone has no gaps, and a test builds all of them
    offset().with_ymd_and_hms(2025, 3, day, hour, minute, 0).single().expect("a day and time that exists").to_utc()
}

/// Every mail, in order of arrival.
pub fn script(language: Language) -> Vec<Scripted> {
    let mut play = Play { language, mails: Vec::new() };
    play.zero_reports();
    play.routine();
    play.reported_on_time();
    play.reported_late();
    play.omitted_and_supplied();
    play.never_reported();
    play.odd_mail();
    play.mails.sort_by_key(|mail| mail.at);
    play.mails
}

struct Play {
    language: Language,
    mails: Vec<Scripted>,
}

impl Play {
    /// `unit` writes at `(day, hour, minute)`: 中文 and English, the subject and the text.
    fn write(&mut self, (day, hour, minute): (u32, u32, u32), from: &str, subject: (&str, &str), body: (&str, &str)) -> &mut Scripted {
        let at = moment(day, hour, minute);
        let (subject, body) = (self.choose(subject).to_owned(), self.choose(body).to_owned());
        // Qingshi still writes from an old mail program.
        let charset = if from == "qingshi" { GBK } else { UTF_8 };
        let place = self.mails.len();
        let from = (String::new(), format!("{from}@{DOMAIN}"));
        self.mails.push(Scripted { at, from, subject, body, charset, headers: Vec::new(), answers: None });
        &mut self.mails[place]
    }

    fn answer(&mut self, at: (u32, u32, u32), from: &str, kind: NoticeKind, unit: &'static str, body: (&str, &str)) -> &mut Scripted {
        let mail = self.write(at, from, ("回复：", "Re: "), body);
        mail.answers = Some(Answered { kind, unit, skip: 0 });
        mail
    }

    fn choose<'a>(&self, (chinese, english): (&'a str, &'a str)) -> &'a str {
        match self.language {
            Language::ZhCn => chinese,
            Language::En => english,
        }
    }

    /// Every county, every day before 17:00. Luming on the 8th only after it was reminded; Liuwan not on the 7th, when its
    /// report on the mine counts instead.
    fn zero_reports(&mut self) {
        for day in DAYS.0..DAYS.1 {
            for (unit, chinese, english, minute) in COUNTIES {
                let minute = if (day, unit) == (8, "luming") { 103 } else { minute + day * 7 % 19 };
                if (day, unit) == (7, "liuwan") {
                    continue;
                }
                let subject = (format!("【零报告】{chinese} 3月{day}日"), format!("[ZERO] {english}, {day} March"));
                let at = (day, 15 + minute / 60, minute % 60);
                let mail = self.write(at, unit, (&subject.0, &subject.1), ("今日无突发事件。", "Nothing to report today."));
                if unit == "qingshi" {
                    subject.0.clone_into(&mut mail.subject);
                    "今日无突发事件。".clone_into(&mut mail.body);
                }
            }
        }
    }

    fn routine(&mut self) {
        for (at, unit, subject, body) in ROUTINE {
            self.write(*at, unit, *subject, *body);
        }
        // In the English demo too, this county writes in Chinese, as GBK.
        for (at, subject, body) in ROUTINE_IN_GBK {
            self.write(*at, "qingshi", (subject, subject), (body, body));
        }
    }

    /// A coach overturns; Shuangtang reports within two hours, follows up every day, and closes.
    fn reported_on_time(&mut self) {
        let subject = ("【突发·较大】双塘县南坡公路客车侧翻", "[URGENT] [III] Coach overturned");
        let body = (
            "发生时间：3月4日8时40分\n地点：双塘县南坡公路12公里处\n伤亡：12人轻伤，均已送医\n原因：雨天路滑，正在调查\n措施：伤者已送县医院，道路已恢复单向通行\n联系人：值班室 0000-1234",
            "Occurred: 4 March 2025 08:40\nPlace: Shuangtang, Nanpo road, km 12\nCasualties: 12 slightly injured, all in hospital\nCause: wet road, being looked into\nMeasures: the injured taken to the county hospital, one lane open again\nContact: duty room 0000-1234",
        );
        self.write((4, 10, 20), "shuangtang", subject, body);
        // Sent twice by a mail program that saw no answer: filed once.
        self.write((4, 10, 31), "shuangtang", subject, body);
        let first = ("【续报】双塘县南坡公路客车侧翻伤者情况", "[FOLLOW-UP] Coach overturned: the injured");
        self.write(
            (5, 9, 30),
            "shuangtang",
            first,
            ("12名伤者中9人已出院，其余3人情况稳定。", "Nine of the twelve have left hospital; the other three are stable."),
        );
        let second = "3名留院伤者情况稳定。事故车辆已拖离，道路双向恢复通行。";
        let second_english = "The three in hospital are stable. The coach has been towed away; both lanes are open.";
        // By answering the receipt, without a tag: the thread says what it is.
        self.answer((6, 8, 50), "shuangtang", NoticeKind::Receipt, "shuangtang", (second, second_english)).answers =
            Some(Answered { kind: NoticeKind::Receipt, unit: "shuangtang", skip: 1 });
        let last = ("【终报】双塘县南坡公路客车侧翻调查结果", "[FINAL] Coach overturned: findings");
        let found = (
            "原因：雨天弯道车速过快。\n措施：该路段增设限速和警示标志，对客运公司约谈。\n伤亡：12人轻伤，均已出院",
            "Cause: too fast in a bend on a wet road.\nMeasures: a speed limit and warning signs for this stretch; the company was summoned.\nCasualties: 12 slightly injured, all discharged",
        );
        self.write((6, 16, 30), "shuangtang", last, found);
    }

    /// A mine floods at night; the desk hears of it by telephone, Liuwan reports 55 minutes after its time.
    fn reported_late(&mut self) {
        let tip = ("【事件】【重大】柳湾县北沟煤矿透水", "[EVENT] [II] Mine flooded");
        let told = (
            "单位：柳湾县\n发生时间：2025-03-07 02:10\n地点：柳湾县北沟煤矿\n来源：群众来电",
            "Unit: Liuwan\nOccurred: 2025-03-07 02:10\nPlace: Liuwan, Beigou coal mine\nSource: a resident's call",
        );
        self.write((7, 3, 20), "desk", tip, told);
        self.answer((7, 4, 25), "chief", NoticeKind::Late, "liuwan", ("收到，已电话催报。", "ack, calling them now."));
        let report = (
            "发生时间：3月7日2时10分\n地点：柳湾县北沟煤矿二采区\n伤亡：当班31人，29人升井，2人失联\n原因：掘进面打通老空区，正在核实\n措施：4台水泵排水，矿山救护队已下井\n联系人：柳湾县值班室 0000-5678",
            "Occurred: 7 March 2025 02:10\nPlace: Liuwan, Beigou coal mine, section 2\nCasualties: 31 on shift, 29 are up, 2 missing\nCause: the heading met old workings, being verified\nMeasures: four pumps at work, the mine rescue team is below\nContact: Liuwan duty room 0000-5678",
        );
        self.write((7, 5, 5), "liuwan", ("【首报】柳湾县北沟煤矿透水", "[FIRST] Mine flooded"), report);
        let found = (
            "20时15分，失联2人均已找到，生命体征平稳，正在护送升井。",
            "At 20:15 both missing men were found, in stable condition, and are being brought up.",
        );
        self.write(
            (7, 20, 40),
            "liuwan",
            ("【续报】E-2025-0002 北沟煤矿2名失联人员找到", "[FOLLOW-UP] E-2025-0002 both missing men found"),
            found,
        );
        let stopped = (
            "透水点已封堵，井下水位下降1.2米。2人在县医院观察。",
            "The leak is sealed, the water down by 1.2 m. Both men are in the county hospital.",
        );
        self.write((8, 18, 5), "liuwan", ("【续报】柳湾县北沟煤矿透水点封堵", "[FOLLOW-UP] Mine flooded: leak sealed"), stopped);
        let closed = (
            "原因：未按规定探放水。\n伤亡：无人员死亡，2人轻伤\n措施：该矿停产整顿，全县煤矿复查探放水。",
            "Cause: no probing ahead for water, against the rules.\nCasualties: nobody died, 2 slightly injured\nMeasures: the mine is shut for rectification; every mine in the county is inspected again.",
        );
        self.write((9, 15, 10), "liuwan", ("【终报】柳湾县北沟煤矿透水处置完毕", "[FINAL] Mine flooded: all closed"), closed);
    }

    /// The fire brigade reports a fire in Qingshi; so Qingshi owes a report, and keeps silent for hours.
    fn omitted_and_supplied(&mut self) {
        let subject = ("【突发·较大】青石县东街农贸市场火灾", "[URGENT] [III] Market on fire");
        let body = (
            "发生时间：3月10日13时30分\n地点：青石县东街农贸市场\n伤亡：暂无\n原因：待查\n措施：6车32人到场，14时明火扑灭",
            "Occurred: 10 March 2025 13:30\nPlace: Qingshi, Dongjie market\nCasualties: none so far\nCause: not known yet\nMeasures: 6 engines and 32 men on the spot, fire out at 14:00",
        );
        self.write((10, 14, 5), "fire", subject, body);
        self.answer((10, 19, 50), "deputy", NoticeKind::Omitted, "qingshi", ("收到", "ack"));
        let report = (
            "发生时间：3月10日13时30分\n地点：青石县东街农贸市场\n伤亡：无人员伤亡\n原因：摊位电线短路\n措施：过火60平方米，市场停业检查，商户已安置",
            "Occurred: 10 March 2025 13:30\nPlace: Qingshi, Dongjie market\nCasualties: none\nCause: a short circuit in a stall\nMeasures: 60 square metres burnt, the market closed for inspection, the traders provided for",
        );
        self.write((10, 21, 10), "qingshi", ("【首报】青石县东街农贸市场火灾", "[FIRST] Market on fire"), report);
        let after = (
            "市场用电检查完毕，更换线路240米，明日恢复营业。",
            "All wiring of the market was checked, 240 m replaced; it opens again tomorrow.",
        );
        self.write((11, 10, 15), "qingshi", ("【续报】青石县东街农贸市场用电检查", "[FOLLOW-UP] Market on fire: wiring checked"), after);
        let closed = (
            "原因：摊位私拉电线短路。\n措施：全县12处市场用电排查。",
            "Cause: a short circuit in wires that a stall had laid itself.\nMeasures: the wiring of all 12 markets of the county is inspected.",
        );
        self.write((12, 9, 20), "qingshi", ("【终报】青石县东街农贸市场火灾", "[FINAL] Market on fire"), closed);
    }

    /// Half a district is without water; the hospital's telephone call reaches the desk, and Luming never reports.
    fn never_reported(&mut self) {
        let tip = ("【事件】【一般】鹿鸣区西林水厂停水", "[EVENT] [IV] Waterworks down");
        let told = (
            "单位：鹿鸣区\n发生时间：2025-03-12 19:30\n地点：鹿鸣区西林水厂",
            "Unit: Luming\nOccurred: 2025-03-12 19:30\nPlace: Luming, Xilin waterworks",
        );
        self.write((12, 20, 0), "desk", tip, told);
        self.answer((13, 7, 40), "deputy", NoticeKind::Omitted, "luming", ("收到，请信息科继续催报。", "ack, keep asking."));
        self.answer((14, 8, 5), "secretary", NoticeKind::Unreported, "luming", ("收到。", "ack"));
    }

    /// A stranger under a reporter's name, an automatic reply, and a tag that its sender may not use.
    fn odd_mail(&mut self) {
        let subject = ("【突发】双塘县水库险情", "[URGENT] Reservoir in danger");
        let body = ("请速转发。", "Please pass on at once.");
        let name = self.choose(("双塘信息员", "Shuangtang reporter")).to_owned();
        self.write((6, 11, 0), "stranger", subject, body).from = (name, "shuangtang@freemail.example".to_owned());
        let away = ("自动回复：休假", "Out of office");
        let mail = self.write((9, 9, 1), "hospital", away, ("本人休假，3月12日返岗。", "I am on leave until 12 March."));
        mail.headers.push("Auto-Submitted: auto-replied".to_owned());
        let advice = ("【事件】柳湾县桥梁限行", "[EVENT] Bridge closed in Liuwan");
        let about = ("单位：柳湾县\n地点：柳湾县石桥", "Unit: Liuwan\nPlace: Liuwan, stone bridge");
        self.write((11, 9, 10), "shuangtang", advice, about);
    }
}

type Both = (&'static str, &'static str);

/// When, who, subject, text.
type Routine = ((u32, u32, u32), &'static str, Both, Both);

const ROUTINE: &[Routine] = &[
    (
        (3, 9, 40),
        "shuangtang",
        ("双塘县春耕备耕进展", "Spring ploughing in Shuangtang"),
        (
            "全县备足种子320吨、化肥1.1万吨，已翻耕6.2万亩，占计划的七成。",
            "320 t of seed and 11,000 t of fertiliser are in store; 6,200 hectares are ploughed, seven tenths of the plan.",
        ),
    ),
    (
        (3, 11, 15),
        "luming",
        ("鹿鸣区老旧小区改造开工", "Old housing estates of Luming under repair"),
        (
            "14个小区同时开工，涉及居民3800户，计划九月底完成。",
            "Work began on 14 estates with 3,800 households; it is to end in September.",
        ),
    ),
    (
        (4, 14, 30),
        "liuwan",
        ("柳湾县煤矿安全检查情况", "Safety inspection of the mines in Liuwan"),
        (
            "检查煤矿9处，发现隐患41条，已整改36条，其余限月底前完成。",
            "Nine mines inspected, 41 defects found, 36 put right, the rest by the end of the month.",
        ),
    ),
    (
        (5, 10, 5),
        "hospital",
        ("市中心医院流感就诊情况", "Influenza at the hospital"),
        (
            "本周流感样病例就诊212人次，比上周下降18%，药品储备充足。",
            "212 cases like influenza this week, 18 % fewer than last week; there are drugs enough.",
        ),
    ),
    (
        (5, 15, 20),
        "luming",
        ("鹿鸣区夜间经济调查", "Night markets of Luming"),
        (
            "抽样调查商户150家，六成反映停车难，建议夜间开放机关停车场。",
            "Of 150 traders asked, six in ten name parking as the trouble; office car parks might open at night.",
        ),
    ),
    (
        (6, 9, 10),
        "fire",
        ("市消防支队开展仓库防爆炸演练", "Drill at a warehouse: what to do after an explosion"),
        (
            "支队会同企业在物流园开展演练，出动12车60人，检验了疏散和堵漏流程。",
            "With 12 engines and 60 men the brigade practised evacuation and the stopping of leaks at the logistics park.",
        ),
    ),
    (
        (6, 15, 0),
        "liuwan",
        ("柳湾县返乡人员就业情况", "Work for those who came home to Liuwan"),
        ("返乡人员4200人中，2900人已外出或就近就业，举办招聘会3场。", "Of 4,200 who came home 2,900 have work; three job fairs were held."),
    ),
    (
        (7, 10, 30),
        "shuangtang",
        ("双塘县农村饮水工程完工", "Drinking water for the villages of Shuangtang"),
        ("23个村通水，受益1.4万人，水质检测全部合格。", "23 villages have piped water, 14,000 people are served, every sample passed."),
    ),
    (
        (8, 10, 0),
        "fire",
        ("三月以来火灾形势分析", "Fires since the first of March"),
        ("接警96起，其中电气原因38起，建议加强出租房用电检查。", "96 calls, 38 for electrical causes; rented rooms should be inspected."),
    ),
    (
        (10, 9, 30),
        "liuwan",
        ("柳湾县水库蓄水情况", "Reservoirs of Liuwan"),
        (
            "7座水库蓄水2600万立方米，比常年偏多一成，可保春灌。",
            "Seven reservoirs hold 26 million cubic metres, a tenth above the average: enough for spring.",
        ),
    ),
    (
        (11, 15, 45),
        "luming",
        ("鹿鸣区社区食堂运行情况", "Community canteens of Luming"),
        (
            "18家食堂日均就餐2300人次，四家亏损，区里拟按人次补贴。",
            "18 canteens serve 2,300 meals a day; four lose money, and the district means to pay by the meal.",
        ),
    ),
    (
        (12, 10, 40),
        "shuangtang",
        ("双塘县中小企业贷款调查", "Loans to small firms in Shuangtang"),
        (
            "走访企业60家，三成反映续贷时间长，银行承诺十日内办结。",
            "Of 60 firms visited three in ten wait long for a renewal; the bank promises ten days.",
        ),
    ),
    (
        (13, 9, 50),
        "hospital",
        ("市中心医院急诊分流试点", "Triage at the hospital"),
        ("急诊按病情分四级，平均候诊时间由52分钟降至31分钟。", "Four grades of urgency; the average wait fell from 52 to 31 minutes."),
    ),
    (
        (13, 14, 20),
        "liuwan",
        ("柳湾县复查煤矿探放水", "Mines of Liuwan inspected again"),
        ("9处煤矿全部复查，2处停工整改，其余达标。", "All nine mines were inspected again; two stopped work, the others passed."),
    ),
    (
        (14, 10, 10),
        "shuangtang",
        ("双塘县春季植树", "Trees planted in Shuangtang"),
        (
            "植树5.6万株，成活率要求九成以上，责任到村。",
            "56,000 trees planted; nine in ten must live, and each village answers for its own.",
        ),
    ),
];

const ROUTINE_IN_GBK: &[((u32, u32, u32), &str, &str)] = &[
    ((4, 9, 20), "青石县苹果销售情况", "库存苹果1.8万吨，比上年同期少三成，均价每公斤5.2元，果农惜售。"),
    ((7, 14, 40), "青石县石材企业环保改造", "27家企业完成粉尘治理，4家停产整改，产能恢复到八成。"),
    ((13, 11, 30), "青石县学校用电安全检查", "检查学校34所，更换老化线路1900米，增设漏电保护器210个。"),
];
