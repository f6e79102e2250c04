//! The made-up year: who writes what when, from one seed.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use chrono::{DateTime, FixedOffset, TimeDelta, TimeZone, Utc};
use encoding_rs::{BIG5, Encoding, GBK, UTF_8};
use zhibao::demo::mail::Draft;

const OFFICE: &str = "xinxi@bench.example";
const COUNTIES: usize = 48;
const UNITS: usize = 60;
const MINUTES: u64 = 366 * 24 * 60;

/// Common characters, of which sentences are made; none of them begins one of the configured words.
const SIGNS: &str = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严";

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.roll() % limit.max(1)
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

struct Year {
    dice: Dice,
    signs: Vec<char>,
    both: Vec<char>,
    mails: Vec<(DateTime<Utc>, Vec<u8>)>,
}

/// Writes configuration and Maildir; how many mails, and how many bytes they have. What is there already stays.
pub fn make(root: &Path, mails: usize) -> (usize, u64) {
    let folder = root.join("mail/new");
    if folder.is_dir() {
        let sizes = fs::read_dir(&folder).expect("a folder").map(|entry| entry.and_then(|e| e.metadata()).map_or(0, |data| data.len()));
        let sizes: Vec<u64> = sizes.collect();
        return (sizes.len(), sizes.iter().sum());
    }
    for name in ["mail/new", "mail/cur", "mail/tmp"] {
        fs::create_dir_all(root.join(name)).expect("a folder");
    }
    fs::write(root.join("zhibao.toml"), settings()).expect("written");
    fs::write(root.join("network.toml"), roster()).expect("written");
    let signs: Vec<char> = SIGNS.chars().collect();
    let both = signs.iter().copied().filter(|sign| !BIG5.encode(&sign.to_string()).2).collect();
    let mut year = Year { dice: Dice(2024), signs, both, mails: Vec::with_capacity(mails) };
    year.zero_reports();
    (0..mails / 40).for_each(|number| year.event(number));
    (0..mails / 100).for_each(|number| year.stranger(number));
    (0..mails / 100).for_each(|number| year.doubled(number));
    let mut number = 0;
    while year.mails.len() < mails {
        year.routine(number);
        number += 1;
    }
    let mut bytes = 0;
    for (index, (at, raw)) in year.mails.iter().enumerate() {
        bytes += raw.len() as u64;
        fs::write(folder.join(format!("{}.M{index}.bench", at.timestamp())), raw).expect("written");
    }
    (year.mails.len(), bytes)
}

/// Two characters that no other unit has.
fn place(unit: usize) -> String {
    let head: Vec<char> = "东西南北青白柳云金双".chars().collect();
    let tail: Vec<char> = "河岭川湾塘山".chars().collect();
    [head[unit % 10], tail[unit / 10]].iter().collect()
}

fn roster() -> String {
    let mut out = String::new();
    for unit in 0..UNITS {
        let (name, class) =
            if unit < COUNTIES { (format!("{}县", place(unit)), "county") } else { (format!("{}局", place(unit)), "department") };
        write!(out, "[[unit]]\nid = \"u{unit:02}\"\nname = \"{name}\"\nclass = \"{class}\"\n").expect("written");
        if unit < COUNTIES {
            writeln!(out, "places = [\"{}\"]", place(unit)).expect("written");
        }
        for reporter in ["a", "b"] {
            writeln!(out, "[[unit.reporter]]\nname = \"{}{reporter}\"\naddress = \"u{unit:02}{reporter}@bench.example\"", place(unit))
                .expect("written");
        }
    }
    for level in 1..=3 {
        writeln!(out, "[[supervisor]]\nname = \"领导{level}\"\naddress = \"level{level}@bench.example\"\nlevel = {level}")
            .expect("written");
    }
    out
}

fn settings() -> String {
    format!(
        "language = \"zh-CN\"\ntimezone = \"Asia/Shanghai\"\nnetwork = \"network.toml\"\n\
         [office]\nname = \"信息科\"\naddress = \"{OFFICE}\"\ndesk = [\"desk@bench.example\"]\noperators = [\"ops@bench.example\"]\n\
         [store]\npath = \"zhibao.db\"\n\
         [[mailbox]]\nname = \"reports\"\nkind = \"maildir\"\npath = \"mail\"\ntrust = \"mailbox\"\n\
         [[transport]]\nname = \"outbox\"\nkind = \"file\"\npath = \"outbox\"\n\
         [[duty]]\nname = \"零报告\"\nkind = \"zero-report\"\nclass = \"county\"\ncron = \"0 17 * * *\"\nfrom = \"2024-06-01\"\nuntil = \"2024-06-30\"\n"
    )
}

impl Year {
    fn start() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2023, 12, 31, 16, 0, 0).single().expect("a moment")
    }

    fn some_time(&mut self) -> DateTime<Utc> {
        Self::start() + TimeDelta::seconds((self.dice.below(MINUTES - 10) * 60 + self.dice.below(60)).cast_signed())
    }

    fn put(&mut self, at: DateTime<Utc>, from: &str, charset: &'static Encoding, subject: String, body: String) -> &mut Vec<u8> {
        let number = self.mails.len();
        let attachments = if self.dice.chance(20) { vec![(format!("f{number}.doc"), self.noise())] } else { Vec::new() };
        let draft = Draft {
            from: (String::new(), from.to_owned()),
            to: OFFICE.to_owned(),
            subject,
            body,
            charset,
            written_at: at,
            offset: FixedOffset::east_opt(8 * 3600).expect("a zone"),
            message_id: format!("bench-{number}@bench.example"),
            headers: Vec::new(),
            attachments,
        };
        let mut raw = draft.bytes();
        if charset == GBK && self.dice.chance(50) {
            // Half of them say GB2312, as many programs do.
            raw = String::from_utf8(raw).expect("ASCII").replace("=?GBK?B?", "=?gb2312?B?").replace("\"GBK\"", "\"gb2312\"").into_bytes();
        }
        self.mails.push((at, raw));
        &mut self.mails[number].1
    }

    fn charset(&mut self) -> &'static Encoding {
        match self.dice.below(10) {
            0..5 => UTF_8,
            5..9 => GBK,
            _ => BIG5,
        }
    }

    fn noise(&mut self) -> Vec<u8> {
        let length = 20_000 + self.dice.below(180_000);
        (0..length / 8).flat_map(|_| self.dice.roll().to_le_bytes()).collect()
    }

    fn words(&mut self, charset: &'static Encoding, length: usize) -> String {
        let pool = if charset == BIG5 { &self.both } else { &self.signs };
        (0..length).map(|_| pool[usize::try_from(self.dice.below(pool.len() as u64)).unwrap_or(0)]).collect()
    }

    /// 1–8 KB in the charset, most of them short.
    fn text(&mut self, charset: &'static Encoding) -> String {
        let bytes = 1_000 + self.dice.below(7_000).min(self.dice.below(7_000));
        let mut text = String::new();
        while text.len() < usize::try_from(bytes).unwrap_or(0) {
            let length = 8 + usize::try_from(self.dice.below(16)).unwrap_or(0);
            text.push_str(&self.words(charset, length));
            text.push_str(if self.dice.chance(25) { "。\n" } else { "，" });
        }
        text
    }

    fn unit(&mut self, limit: usize) -> usize {
        usize::try_from(self.dice.below(limit as u64)).unwrap_or(0)
    }

    fn sender(&mut self, unit: usize) -> String {
        format!("u{unit:02}{}@bench.example", if self.dice.chance(70) { "a" } else { "b" })
    }

    fn routine(&mut self, _number: usize) {
        let (at, unit, charset) = (self.some_time(), self.unit(UNITS), self.charset());
        let (from, subject, mut body) = (self.sender(unit), self.words(charset, 14), self.text(charset));
        if charset != BIG5 && self.dice.below(200) == 0 {
            body.push_str("另有死亡事故一起。");
        }
        self.put(at, &from, charset, subject, body);
    }

    /// June, every county, every day before 17:00; a few forget.
    fn zero_reports(&mut self) {
        for day in 0..30 {
            for unit in 0..COUNTIES {
                if self.dice.below(100) < 3 {
                    continue;
                }
                let day_start = Self::start() + TimeDelta::days(152 + day);
                let at = day_start + TimeDelta::seconds(15 * 3600 + self.dice.below(2 * 3600 + 300).cast_signed());
                let (from, charset) = (self.sender(unit), if self.dice.chance(60) { UTF_8 } else { GBK });
                self.put(at, &from, charset, format!("【零报告】{}县 6月{}日", place(unit), day + 1), "无情况。".to_owned());
            }
        }
    }

    /// A county's event: told by the desk (a third) or by the county; first report, follow-ups, final; some late, some never.
    fn event(&mut self, number: usize) {
        let (occurred, unit) = (self.some_time(), self.unit(COUNTIES));
        let from = self.sender(unit);
        let charset = if self.dice.chance(60) { UTF_8 } else { GBK };
        let severity = ["特别重大", "重大", "较大", "一般"][self.dice.below(4) as usize];
        let title = format!("{}县{}事故", place(unit), self.words(charset, 5));
        let local = occurred.with_timezone(&FixedOffset::east_opt(8 * 3600).expect("a zone")).format("%Y-%m-%d %H:%M");
        let fields = format!("单位：{}县\n发生时间：{local}\n地点：{}县{}\n", place(unit), place(unit), self.words(charset, 3));
        let told = self.dice.chance(33);
        if told {
            let at = occurred + TimeDelta::minutes(20 + self.dice.below(60).cast_signed());
            self.put(at, "desk@bench.example", charset, format!("【事件】【{severity}】{title}"), fields.clone());
        }
        if told && self.dice.chance(15) {
            return;
        }
        let after = if self.dice.chance(80) { 30 + self.dice.below(60) } else { 200 + self.dice.below(1_000) };
        let mut at = occurred + TimeDelta::minutes(90.max(after.cast_signed()));
        let body = format!("{fields}伤亡：{number}人\n措施：{}\n{}", self.words(charset, 20), self.text(charset));
        self.put(at, &from, charset, format!("【首报】【{severity}】{title}"), body);
        for _ in 0..self.dice.below(5) {
            at += TimeDelta::minutes(
                if self.dice.chance(85) { 600 + self.dice.below(800) } else { 1_500 + self.dice.below(900) }.cast_signed(),
            );
            let body = self.text(charset);
            self.put(at, &from, charset, format!("【续报】{title}"), body);
        }
        if self.dice.chance(90) {
            at += TimeDelta::minutes(600 + self.dice.below(800).cast_signed());
            let body = format!("原因：{}\n{}", self.words(charset, 12), self.text(charset));
            self.put(at, &from, charset, format!("【终报】{title}"), body);
        }
    }

    fn stranger(&mut self, number: usize) {
        let (at, charset) = (self.some_time(), self.charset());
        let (subject, body) = (self.words(charset, 10), self.text(charset));
        self.put(at, &format!("stranger{number}@elsewhere.example"), charset, subject, body);
    }

    /// A mail of the year again: the same bytes, or the same words under another Message-ID.
    fn doubled(&mut self, number: usize) {
        let which = self.unit(self.mails.len());
        let (at, raw) = self.mails[which].clone();
        let raw = if number.is_multiple_of(2) {
            raw
        } else {
            String::from_utf8(raw).expect("ASCII").replacen("Message-ID: <bench-", "Message-ID: <again-", 1).into_bytes()
        };
        self.mails.push((at + TimeDelta::minutes(7), raw));
    }
}
