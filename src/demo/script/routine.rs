//! The daily information of the units: over a thousand mails a year, put together from `words/`. In either language of the
//! demo it is Chinese, as it was.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, TimeDelta};

use super::{DAYS, Play, last_day, moment};
use crate::demo::dice::Dice;
use crate::demo::network::{WRITERS, Writer};
use crate::domain::rules::Instant;

/// Characters of a text, more or less.
const LENGTH: (u32, u32) = (900, 1000);

pub(super) fn write(play: &mut Play) {
    let words = Words::read();
    let mut planned: Vec<(Instant, usize)> = Vec::new();
    for (place, writer) in WRITERS.iter().enumerate() {
        planned.extend(moments(writer).into_iter().map(|at| (at, place)));
    }
    planned.sort_unstable();
    let mut used = BTreeSet::new();
    for (number, (at, place)) in planned.into_iter().enumerate() {
        let writer = &WRITERS[place];
        let kinds = Kinds::of(number);
        let mut dice = Dice::of(&format!("routine {number}"));
        let field = words.field(writer, &mut dice);
        let subject = words.title(writer, field, kinds, at, &mut used, &mut dice);
        let body = words.text(writer, field, kinds, &mut dice);
        // The office's second desk writes a third of its mails.
        let from = if writer.id == "office" && number % 3 == 0 { "zonghe" } else { writer.id };
        play.post(at, from, subject, body).routine = true;
    }
    for (at, subject, body) in IN_BIG5 {
        play.post(moment(*at), "taiban", (*subject).to_owned(), (*body).to_owned());
    }
}

/// When a unit writes: spread over each month, in office hours.
fn moments(writer: &Writer) -> Vec<Instant> {
    let mut dice = Dice::of(writer.id);
    let mut moments = Vec::new();
    let (mut year, mut month) = (DAYS.0.year(), DAYS.0.month());
    while (year, month) <= (DAYS.1.year(), DAYS.1.month()) {
        let quarter = (year - DAYS.0.year()) * 4 + i32::try_from((month - 1) / 3).unwrap_or(0);
        let count = usize::try_from(quarter).ok().and_then(|quarter| writer.monthly.get(quarter)).copied().unwrap_or(0);
        let days = last_day(year, month);
        for number in 0..count {
            let date = (number * days / count + dice.below(days / count.max(1)) + 1).min(days);
            moments.push(moment((year, month, date, 8, 30 + dice.below(560))) + TimeDelta::seconds(i64::from(dice.below(60))));
        }
        (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    }
    moments.retain(|at| *at < moment((DAYS.1.year(), DAYS.1.month(), DAYS.1.day(), 0, 0)));
    moments
}

/// Of which kinds a text is: over 80 % on the committee's central work, problems and composites a fifth each; they overlap.
#[derive(Clone, Copy)]
struct Kinds {
    central: bool,
    problem: bool,
    composite: bool,
    experience: bool,
    news: bool,
}

impl Kinds {
    /// In turn, so that every longer stretch has the same make-up.
    fn of(number: usize) -> Kinds {
        Kinds {
            central: number % 11 != 4 && number % 11 != 9,
            problem: number % 5 == 2,
            composite: number % 5 == 4,
            experience: number % 7 == 3,
            news: number % 7 == 5,
        }
    }
}

/// The word lists: sentences by section, topics by field.
struct Words {
    sentences: BTreeMap<&'static str, Vec<&'static str>>,
    topics: BTreeMap<&'static str, Vec<&'static str>>,
}

impl Words {
    fn read() -> Words {
        let mut sentences: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut section = "";
        for line in include_str!("../words/sentences.txt").lines().filter(|line| !line.starts_with('#')) {
            match line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                Some(name) => section = name,
                None => sentences.entry(section).or_default().push(line),
            }
        }
        let lines = include_str!("../words/topics.txt").lines().filter_map(|line| line.strip_prefix('[')?.split_once(']'));
        let topics = lines.map(|(field, topics)| (field, topics.split_whitespace().collect())).collect();
        Words { sentences, topics }
    }

    /// A field of the writer; the first ones oftener.
    fn field(&self, writer: &Writer, dice: &mut Dice) -> &'static str {
        let all: Vec<&'static str> = self.topics.keys().copied().collect();
        let fields = if writer.fields.is_empty() { &all[..] } else { writer.fields };
        let limit = u32::try_from(fields.len()).unwrap_or(1);
        let place = if writer.fields.is_empty() { dice.below(limit) } else { dice.below(limit).min(dice.below(limit)) };
        fields.get(place as usize).copied().unwrap_or_default()
    }

    /// No two mails have the same title: a table of adoptions names a submission by it.
    fn title(&self, writer: &Writer, field: &str, kinds: Kinds, at: Instant, used: &mut BTreeSet<String>, dice: &mut Dice) -> String {
        const PLAIN: [&str; 8] = ["进展顺利", "全面展开", "稳步推进", "势头良好", "扎实有效", "任务过半", "情况", "取得新进展"];
        const PROBLEM: [&str; 4] = ["中存在几个问题", "亟待重视", "困难不少", "值得关注"];
        const COMPOSITE: [&str; 3] = ["综合情况", "情况综述", "一周综合情况"];
        const EXPERIENCE: [&str; 3] = ["的几点做法", "出实招见实效", "探索新路子"];
        let tails: &[&str] = match kinds {
            Kinds { composite: true, .. } => &COMPOSITE,
            Kinds { problem: true, .. } => &PROBLEM,
            Kinds { experience: true, .. } => &EXPERIENCE,
            _ => &PLAIN,
        };
        let month = at.with_timezone(&super::offset()).month();
        let topics = self.topics.get(field).map(Vec::as_slice).unwrap_or_default();
        for attempt in 0..200 {
            let (topic, tail) = (dice.pick(topics).copied().unwrap_or_default(), dice.pick(tails).copied().unwrap_or_default());
            let span = match attempt {
                0..6 => String::new(),
                6..12 => format!("{month}月份"),
                _ => format!("{month}月{}旬", dice.pick(&["上", "中", "下"]).copied().unwrap_or_default()),
            };
            let edition = if attempt < 20 { String::new() } else { format!("（{attempt}）") };
            let title = format!("{}{span}{topic}{tail}{edition}", writer.place);
            if used.insert(title.clone()) {
                return title;
            }
        }
        format!("{}{month}月信息", writer.place)
    }

    fn text(&self, writer: &Writer, field: &str, kinds: Kinds, dice: &mut Dice) -> String {
        let mut one = |section: &str| dice.pick(self.of(section)).copied().unwrap_or_default();
        let opening = one("开头");
        let marks = [("中心工作", kinds.central), ("问题", kinds.problem), ("综合", kinds.composite), ("经验", kinds.experience)];
        let mut marked: Vec<&str> = marks.iter().filter(|(_, is)| *is).map(|(section, _)| one(section)).collect();
        if kinds.news {
            marked.push(one("动态"));
        }
        let (advice, ending) = (one("建议"), one("结尾"));
        let mut facts = dice.shuffled(self.of(field).to_vec()).into_iter();
        let mut measures = dice.shuffled(self.of("措施").to_vec()).into_iter();
        let goal = dice.between(LENGTH.0, LENGTH.1) as usize;
        let mut paragraphs = vec![opening.to_owned(), marked.concat(), String::new(), String::new(), advice.to_owned() + ending];
        let length = |paragraphs: &[String]| paragraphs.iter().map(|text| text.chars().count()).sum::<usize>();
        while length(&paragraphs) < goal {
            let Some(measure) = measures.next() else { break };
            paragraphs[2].push_str(facts.next().unwrap_or_default());
            paragraphs[3].push_str(measure);
        }
        paragraphs.retain(|text| !text.is_empty());
        filled(&paragraphs.join("\n"), writer, dice)
    }

    fn of(&self, section: &str) -> &[&'static str] {
        self.sentences.get(section).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Numbers in place of the marks.
fn filled(text: &str, writer: &Writer, dice: &mut Dice) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (mark, after) = after.split_once('}').unwrap_or((after, ""));
        match mark {
            "u" => out.push_str(writer.name),
            "a" => out.push_str(&dice.between(11, 96).to_string()),
            "b" => out.push_str(&dice.between(102, 978).to_string()),
            "c" => out.push_str(&dice.between(1013, 9864).to_string()),
            "p" => out.push_str(&format!("{}.{}%", dice.between(6, 97), dice.below(10))),
            _ => out.push_str(&dice.between(2, 9).to_string()),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// From the office for Taiwan affairs, in the characters and the charset of those with whom it corresponds.
const IN_BIG5: &[(super::When, &str, &str)] = &[
    (
        (2002, 1, 23, 10, 12),
        "臺商春節聯誼活動情況",
        "春節前夕舉辦臺商聯誼會，到會二十三人，就用電、用地、子女入學等事項提出建議九條，均已轉交有關單位研究答覆。",
    ),
    ((2002, 3, 27, 15, 40), "臺資企業生產經營走訪", "走訪臺資企業五家，其中三家訂單增加，兩家反映原料運輸不便，已協調鐵路部門安排車皮。"),
    (
        (2002, 6, 12, 9, 25),
        "兩岸陶瓷工藝交流團來訪",
        "交流團一行十六人參觀了耐火材料研究所和兩家陶瓷廠，雙方就技術合作交換了意見，約定秋季再次會面。",
    ),
    (
        (2002, 9, 4, 16, 5),
        "臺胞返鄉探親服務工作",
        "今年以來接待返鄉探親臺胞四十一人次，協助查找親屬七戶，代辦手續十二件，來信表示感謝的有九人。",
    ),
    (
        (2002, 11, 20, 11, 30),
        "臺商投資說明會籌備進展",
        "說明會定於下月舉行，已發出邀請函一百二十份，編印項目手冊收錄項目三十六個，場地和接待已經落實。",
    ),
    ((2003, 1, 15, 14, 20), "臺屬聯誼會換屆", "聯誼會完成換屆，新一屆理事二十七人，平均年齡下降六歲，通過了新的章程和年度計劃。"),
    ((2003, 3, 12, 10, 50), "臺資項目用地協調會", "協調會解決了兩個項目的用地手續，尚有一個項目因規劃調整需另行選址，預計下月可以確定。"),
    ((2003, 5, 21, 9, 45), "臺商捐助防治非典物資", "五家臺資企業捐助口罩、消毒液等物資，折合人民幣十八萬元，已全部分發到鄉鎮衛生院。"),
];
