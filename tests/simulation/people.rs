//! What people and their programs do in a network: reports and tellings, duties, commands, corrections, mail that is doubtful,
//! empty, doubled, returned or answered by a machine.

use chrono::TimeDelta;

use super::dice::Dice;
use super::network::Network;
use crate::world::Instant;
use crate::world::mail::Mail;

/// One thing that comes, and when.
#[derive(Clone, Debug)]
pub struct Deed {
    /// The office's own mail system takes it then.
    pub arrives: Instant,
    /// The mailbox shows it then.
    pub shown: Instant,
    /// Which of the two.
    pub mailbox: usize,
    pub what: What,
}

/// What comes.
#[derive(Clone, Debug)]
pub enum What {
    /// A mail. The name of the unit whose zero report it is, if it is one and nothing but that.
    Mail(Mail, Option<&'static str>),
    /// Bytes that are no mail.
    Noise(Vec<u8>),
    /// An earlier mail once more: the very bytes, or the words under another Message-ID.
    Again { back: usize, bytes: bool },
    /// A person brings back what had been moved away.
    Restored { back: usize },
    /// An answer to a letter of ours.
    Reply { who: String, says: &'static str, back: usize },
    /// Somebody's program answers the last letter that he got.
    Absent { who: String, marked: bool },
    /// The last letter to him comes back.
    Bounce { who: String },
    /// The desk decides on all that waits in quarantine.
    Console { release: bool },
    /// An operator has everything that failed tried again.
    Retry,
}

const EVENTS: [&str; 8] =
    ["煤矿透水", "化工仓库爆炸起火", "山体滑坡阻断公路", "中学食物中毒", "大桥坍塌", "客车坠崖", "水库溃坝", "群体上访"];
const PLACES: [&str; 6] = ["黑石沟", "工业园", "老鹰岩", "第一中学", "青石桥", "柳林镇"];
const SAYS: [&str; 13] = [
    "收到",
    "收到",
    "收到",
    "延期 3小时",
    "延期 2天",
    "豁免 道路中断",
    "结案",
    "级别 重大",
    "合并 E-2005-0001",
    "撤回",
    "放行",
    "拒收",
    "确认",
];

struct Crowd<'a> {
    network: &'a Network,
    dice: Dice,
    deeds: Vec<Deed>,
    nth: u32,
}

/// Everything that happens from the first day to the quiet.
pub fn deeds(network: &Network, dice: Dice) -> Vec<Deed> {
    let mut crowd = Crowd { network, dice, deeds: Vec::new(), nth: 0 };
    let mut day = network.begins;
    while day < network.quiet_from {
        crowd.day(day);
        day += TimeDelta::days(1);
    }
    crowd.zero_reports();
    let mut deeds = crowd.deeds;
    deeds.retain(|deed| deed.shown < network.quiet_from && deed.arrives > network.begins);
    // In the quiet the desk clears up.
    let (at, what) = (network.quiet_from + TimeDelta::hours(2), What::Console { release: false });
    deeds.push(Deed { arrives: at, shown: at, mailbox: 0, what });
    deeds.sort_by_key(|deed| deed.shown);
    deeds
}

impl Crowd<'_> {
    fn day(&mut self, day: Instant) {
        let at = |dice: &mut Dice| day + TimeDelta::minutes(dice.between(0, 1439));
        for (often, act) in [
            (5, Crowd::event as fn(&mut Self, Instant)),
            (3, Crowd::routine),
            (6, Crowd::doubtful),
            (25, Crowd::not_his),
            (20, Crowd::correction),
            (3, Crowd::reply),
            (10, Crowd::automatic),
            (9, Crowd::again),
            (9, Crowd::console),
        ] {
            if self.dice.one_in(often * self.network.calm) {
                let when = at(&mut self.dice);
                act(self, when);
            }
        }
    }

    /// A mail system may keep a message for hours, and says when it took it.
    fn bring(&mut self, arrives: Instant, what: What) {
        let kept = if self.dice.one_in(8) { self.dice.between(1, 1200) } else { 0 };
        let what = match what {
            What::Mail(mail, zero) if kept > 0 => What::Mail(mail.received(arrives), zero),
            what => what,
        };
        let mailbox = usize::from(self.dice.one_in(2));
        self.deeds.push(Deed { arrives, shown: arrives + TimeDelta::minutes(kept), mailbox, what });
    }

    fn write(&mut self, at: Instant, from: &str, subject: String, body: &str) {
        self.nth += 1;
        let mail = Mail::from(from, subject, format!("{body}第{}件。\n", self.nth));
        self.bring(at, What::Mail(mail, None));
    }

    fn county(&mut self) -> usize {
        *self.dice.pick(&self.network.counties())
    }

    fn reporter(&mut self, unit: usize) -> String {
        self.dice.pick(&self.network.units[unit].reporters).clone()
    }

    fn somebody(&mut self) -> String {
        match self.dice.between(0, 3) {
            0 => "desk@yunzhou.example".into(),
            1 => {
                let unit = self.dice.between(0, self.network.units.len() as i64 - 1) as usize;
                self.reporter(unit)
            }
            _ => self.dice.pick(&self.network.supervisors).address.clone(),
        }
    }

    fn event(&mut self, occurred: Instant) {
        let (unit, what, place) = (self.county(), *self.dice.pick(&EVENTS), *self.dice.pick(&PLACES));
        let (name, home) = (self.network.units[unit].name, self.network.units[unit].place);
        let written = occurred.with_timezone(&self.network.zone).format("%Y-%m-%d %H:%M:%S");
        let facts = format!("发生时间：{written}\n地点：{home}{place}\n伤亡：正在核实\n措施：已组织救援\n");
        let grave = *self.dice.pick(&["", "【重大】", "【一般】"]);
        let title = format!("{grave}{name}{place}{what}");
        let after = |dice: &mut Dice, from: i64, to: i64| occurred + TimeDelta::minutes(dice.between(from, to));
        if self.dice.one_in(2) {
            let (by, at) = (*self.dice.pick(&["desk", "chief"]), after(&mut self.dice, 10, 400));
            self.write(at, &format!("{by}@yunzhou.example"), format!("【事件】{title}"), &format!("单位：{name}\n{facts}"));
        }
        let witnesses: Vec<usize> = (0..self.network.units.len()).filter(|nth| self.network.units[*nth].place.is_empty()).collect();
        if !witnesses.is_empty() && self.dice.one_in(3) {
            let (who, at) = (*self.dice.pick(&witnesses), after(&mut self.dice, 10, 200));
            let from = self.reporter(who);
            self.write(at, &from, format!("【首报】{title}"), &facts);
        }
        let (soonest, latest) = *self.dice.pick(&[(6, 60), (6, 60), (60, 400), (400, 3000), (-1, -1)]);
        if latest < 0 {
            return;
        }
        let first = after(&mut self.dice, soonest, latest);
        let (from, tag) = (self.reporter(unit), *self.dice.pick(&["首报", "首报", "突发"]));
        self.write(first, &from, format!("【{tag}】{title}"), &facts);
        let mut last = first;
        for _ in 0..self.dice.between(0, 3) {
            last += TimeDelta::minutes(self.dice.between(200, 3000));
            self.write(last, &from, format!("【续报】{title}"), &facts);
        }
        if self.dice.one_in(2) {
            last += TimeDelta::minutes(self.dice.between(200, 6000));
            self.write(last, &from, format!("【终报】{title}"), &facts);
        }
    }

    fn routine(&mut self, at: Instant) {
        let unit = self.dice.between(0, self.network.units.len() as i64 - 1) as usize;
        let (from, name) = (self.reporter(unit), self.network.units[unit].name);
        let what = *self.dice.pick(&["春耕备耕进展", "税费改革情况", "仓库爆炸后复产"]);
        self.write(at, &from, format!("{name}{what}"), "工作有序推进。\n");
    }

    fn correction(&mut self, at: Instant) {
        let unit = self.county();
        let (from, name) = (self.reporter(unit), self.network.units[unit].name);
        self.write(at, &from, format!("【更正】{name}前报"), "更正。\n");
    }

    fn not_his(&mut self, at: Instant) {
        let unit = self.county();
        let from = self.reporter(unit);
        let (from, tag) = self.dice.pick(&[(from.clone(), "通报"), (from, "撤回"), ("desk@yunzhou.example".into(), "首报")]).clone();
        self.write(at, &from, format!("【{tag}】某事"), "正文。\n");
    }

    fn doubtful(&mut self, at: Instant) {
        let unit = self.county();
        let (from, name) = (self.reporter(unit), self.network.units[unit].name);
        match self.dice.between(0, 5) {
            0 => self.write(at, "someone@elsewhere.example", "投稿".into(), "你好。\n"),
            1 => self.write(at, &format!("{name} <zhang@free.example>"), "情况".into(), "如下。\n"),
            2 => {
                self.nth += 1;
                let mut mail = Mail::from(from, "两个发件人", format!("谁写的？{}\n", self.nth));
                mail.from.push("other@elsewhere.example".into());
                self.bring(at, What::Mail(mail, None));
            }
            3 => self.bring(at, What::Noise(Vec::new())),
            4 => {
                self.nth += 1;
                self.bring(at, What::Noise(format!("\u{0}\u{1}{} no header at all\r\n", self.nth).into_bytes()));
            }
            _ => {
                self.nth += 1;
                let mail = Mail::from(from, "简报", format!("群发{}。\n", self.nth)).header("Precedence: bulk");
                self.bring(at, What::Mail(mail, None));
            }
        }
    }

    fn reply(&mut self, at: Instant) {
        let (who, says, back) = (self.somebody(), *self.dice.pick(&SAYS), self.dice.between(0, 4) as usize);
        self.bring(at, What::Reply { who, says, back });
    }

    fn automatic(&mut self, at: Instant) {
        let (who, marked) = (self.somebody(), !self.dice.one_in(3));
        let what = if self.dice.one_in(2) { What::Bounce { who } } else { What::Absent { who, marked } };
        self.bring(at, what);
    }

    fn again(&mut self, at: Instant) {
        let back = self.dice.between(0, 4) as usize;
        let what = if self.dice.one_in(4) { What::Restored { back } } else { What::Again { back, bytes: self.dice.one_in(2) } };
        self.bring(at, what);
    }

    fn console(&mut self, at: Instant) {
        let what = if self.dice.one_in(4) { What::Retry } else { What::Console { release: self.dice.one_in(2) } };
        self.bring(at, what);
    }

    fn zero_reports(&mut self) {
        let Some((id, due)) = &self.network.zero else { return };
        let unit = self.network.units.iter().position(|unit| unit.id == *id).expect("it is one of them");
        for due in due.clone() {
            let hours = match self.dice.between(0, 5) {
                0 => continue,
                1 => self.dice.between(1, 60),
                _ => -self.dice.between(0, 80),
            };
            let (at, from) = (due + TimeDelta::hours(hours) - TimeDelta::minutes(self.dice.between(0, 1)), self.reporter(unit));
            self.nth += 1;
            let mail = Mail::from(from, format!("【零报告】{}", self.network.units[unit].name), format!("今日无事，第{}次。\n", self.nth));
            self.bring(at, What::Mail(mail, Some(self.network.units[unit].id)));
        }
    }
}
