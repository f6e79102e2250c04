//! Mail as an office gets it, out of a seed: reports, sudden events, zero reports, mail sent twice, commands, what machines send,
//! what is broken, and what strangers write.

use std::collections::BTreeMap;

use chrono::{FixedOffset, TimeDelta, Utc};
use data_encoding::BASE64;

use super::servers::Dice;

/// The office's address.
pub const OFFICE: &str = "office@office.example";

const FIRST: [char; 10] = ['东', '西', '南', '北', '中', '上', '下', '前', '后', '大'];
const SECOND: [char; 10] = ['河', '岭', '川', '山', '湖', '林', '原', '泉', '溪', '石'];
const THIRD: [char; 10] = ['甲', '乙', '丙', '丁', '戊', '己', '庚', '辛', '壬', '癸'];

/// What sorts of mail there are, and how many of a hundred are of each.
pub const SORTS: [(&str, u64); 9] = [
    ("report", 62),
    ("event", 4),
    ("zero report", 6),
    ("duplicate", 7),
    ("command", 5),
    ("automatic", 6),
    ("malformed", 5),
    ("stranger", 3),
    ("attachment", 2),
];

/// A mail that is to be delivered.
pub struct Mail {
    /// One of `SORTS`.
    pub sort: &'static str,
    /// With CRLF: an IMAP server gives it no other way.
    pub raw: Vec<u8>,
}

/// The place, and so the name, of unit number `nth`.
pub fn place(nth: usize) -> String {
    [FIRST[nth % 10], SECOND[nth / 10 % 10], THIRD[nth / 100 % 10]].iter().collect()
}

/// The two reporters of a unit.
pub fn reporter(unit: usize, which: usize) -> String {
    format!("u{unit}-{}@b.example", ["a", "b"][which % 2])
}

/// Makes mail.
pub struct Writer {
    dice: Dice,
    units: usize,
    written: usize,
    /// Mails that may be sent again.
    before: Vec<Vec<u8>>,
    /// First reports that are going to be written: the unit that owes it, and the event's subject and facts.
    owed: Vec<(usize, String, String)>,
}

impl Writer {
    pub fn new(seed: u64, units: usize) -> Writer {
        Writer { dice: Dice::new(seed), units, written: 0, before: Vec::new(), owed: Vec::new() }
    }

    /// The next one.
    pub fn next(&mut self) -> Mail {
        self.written += 1;
        let mut rolled = self.dice.roll(100);
        // The first mails are of every sort, however few there are.
        let forced = self.written.checked_sub(2).and_then(|at| SORTS.get(at)).map(|(sort, _)| *sort);
        let sort = forced.unwrap_or_else(|| {
            let chosen = SORTS.iter().find(|(_, share)| rolled.checked_sub(*share).map(|rest| rolled = rest).is_none());
            chosen.map_or("report", |(sort, _)| sort)
        });
        let raw = match sort {
            "event" => self.event(),
            "zero report" => self.zero(),
            "duplicate" => self.again(),
            "command" => self.command(),
            "automatic" => self.automatic(),
            "malformed" => self.malformed(),
            "stranger" => self.stranger(),
            "attachment" => self.attachment(),
            _ => self.report(),
        };
        Mail { sort, raw }
    }

    fn unit(&mut self) -> usize {
        self.dice.roll(self.units as u64) as usize
    }

    /// Somebody of a unit; one after the other, so that nobody writes so much that he is no longer answered.
    fn sender(&mut self) -> (usize, String) {
        let unit = self.written % self.units;
        (unit, reporter(unit, self.written / self.units))
    }

    fn report(&mut self) -> Vec<u8> {
        if self.dice.roll(4) == 0
            && let Some((unit, subject, facts)) = self.owed.pop()
        {
            return self.mail(&reporter(unit, 0), &format!("【首报】{subject}"), &facts, &[]);
        }
        let (unit, sender) = self.sender();
        let lines = 3 + self.dice.roll(120);
        let nth = self.written;
        let mut body: String = (0..lines)
            .map(|line| format!("第{line}条：{}乡镇{}个，进度{}%。\n", place(unit), nth % 97, (line + nth as u64) % 100))
            .collect();
        body.push_str(&format!("第{nth}号材料。\n"));
        let raw = self.mail(&sender, &format!("{}工作动态 第{nth}期", place(unit)), &body, &[]);
        if self.dice.roll(8) == 0 {
            self.before.push(raw.clone());
        }
        raw
    }

    /// One unit tells of what happened in the place of another, which then owes a report.
    fn event(&mut self) -> Vec<u8> {
        let (unit, sender) = self.sender();
        let owing = (unit + 1 + self.dice.roll(self.units as u64 - 1) as usize) % self.units;
        let (subject, facts) = self.happened(owing);
        if self.dice.roll(2) == 0 {
            self.owed.push((owing, subject.clone(), facts.clone()));
        }
        self.mail(&sender, &format!("【首报】【重大】{subject}"), &facts, &[])
    }

    fn happened(&mut self, unit: usize) -> (String, String) {
        let what = ["煤矿透水", "仓库起火", "客车翻坠", "河堤决口", "食物中毒", "山体滑坡"][self.dice.roll(6) as usize];
        let zone = FixedOffset::east_opt(8 * 3600).expect("a zone");
        let at = Utc::now().with_timezone(&zone) - TimeDelta::minutes(5 + self.dice.roll(50) as i64);
        let nth = self.written;
        let facts = format!("发生时间：{}\n地点：{}{nth}号\n伤亡：正在核实\n措施：已组织救援\n", at.format("%Y-%m-%d %H:%M"), place(unit));
        (format!("{}{nth}号{what}", place(unit)), facts)
    }

    fn zero(&mut self) -> Vec<u8> {
        let (unit, sender) = self.sender();
        let nth = self.written;
        self.mail(&sender, &format!("【零报告】{} 第{nth}次", place(unit)), &format!("今日无其他情况，第{nth}次。\n"), &[])
    }

    /// The same bytes, or the same words in another mail.
    fn again(&mut self) -> Vec<u8> {
        let at = self.dice.roll(self.before.len() as u64) as usize;
        let Some(raw) = self.before.get(at).cloned() else { return self.report() };
        if self.dice.roll(2) == 0 {
            return raw;
        }
        let text = String::from_utf8(raw).expect("mail of ours is ASCII");
        let (head, rest) = text.split_once("Message-ID: <").expect("a Message-ID");
        format!("{head}Message-ID: <again-{}-{rest}", self.written).into_bytes()
    }

    fn command(&mut self) -> Vec<u8> {
        let unit = self.unit();
        let nth = self.written;
        match self.dice.roll(4) {
            0 => {
                let (subject, facts) = self.happened(unit);
                self.mail("desk@office.example", &format!("【事件】【较大】{subject}"), &format!("单位：{}县\n{facts}", place(unit)), &[])
            }
            1 => {
                let (_, sender) = self.sender();
                self.mail(&sender, &format!("【事件】{}某事 第{nth}次", place(unit)), "单位不得下达此令。\n", &[])
            }
            2 => self.mail("chief@office.example", &format!("Re: 通知 第{nth}次"), "收到\n", &[]),
            _ => self.mail("chief@office.example", &format!("Re: 通知 第{nth}次"), "级别 九\n", &["In-Reply-To: <nothing@office.example>"]),
        }
    }

    fn automatic(&mut self) -> Vec<u8> {
        let (_, sender) = self.sender();
        let nth = self.written;
        match self.dice.roll(3) {
            0 => self.mail(&sender, &format!("自动回复：休假 第{nth}次"), "我在休假。\n", &["Auto-Submitted: auto-replied"]),
            1 => {
                let parts = "--b\r\nContent-Type: text/plain\r\n\r\nnot delivered\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; relay.example\r\n\r\nFinal-Recipient: rfc822; nobody@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\n--b--\r\n";
                format!("From: MAILER-DAEMON@relay.example\r\nTo: {OFFICE}\r\nSubject: Undelivered {nth}\r\nMessage-ID: <dsn-{nth}@relay.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n{parts}").into_bytes()
            }
            _ => {
                let parts = "--b\r\nContent-Type: text/plain\r\n\r\nread\r\n--b\r\nContent-Type: message/disposition-notification\r\n\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n--b--\r\n";
                format!("From: {sender}\r\nTo: {OFFICE}\r\nSubject: Read: {nth}\r\nMessage-ID: <mdn-{nth}@b.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n\r\n{parts}").into_bytes()
            }
        }
    }

    fn malformed(&mut self) -> Vec<u8> {
        let (_, sender) = self.sender();
        let nth = self.written;
        match self.dice.roll(8) {
            0 => format!("Subject: nobody {nth}\r\n\r\nwho wrote this?\r\n").into_bytes(),
            1 => format!("From: {sender}\r\nFrom: other@b.example\r\nSubject: two {nth}\r\n\r\nwho?\r\n").into_bytes(),
            2 => {
                let mut noise = format!("X{nth}: ").into_bytes();
                // Without NUL, which a server may put something else for, and without line ends, which it makes whole.
                noise.extend((0..4_000).map(|_| 14 + self.dice.roll(242) as u8));
                noise.extend(b"\r\n");
                noise
            }
            3 => format!("From: {sender}\r\nSubject: open {nth}\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nthe end is missing {nth}").into_bytes(),
            4 => format!("From: {sender}\r\nSubject: half {nth}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n5rC05L2N5bmz56iz77yM56ys{}", "A".repeat(nth % 4)).into_bytes(),
            5 => [format!("From: {sender}\r\nSubject: ").as_bytes(), &[0xb1, 0xb1, 0xbe, 0xa9], format!(" {nth}\r\n\r\n").as_bytes(), &[0xff, 0xfe, 0x80, 0xb1]].concat(),
            6 => {
                let mut nested = format!("From: {sender}\r\nSubject: nested {nth}\r\n");
                for level in 0..300 {
                    nested.push_str(&format!("Content-Type: multipart/mixed; boundary=\"b{level}\"\r\n\r\n--b{level}\r\n"));
                }
                nested.into_bytes()
            }
            _ => format!("From: {sender}\r\nSubject: {} {nth}\r\n\r\nA long subject.\r\n", "long ".repeat(9_000)).into_bytes(),
        }
    }

    fn stranger(&mut self) -> Vec<u8> {
        let nth = self.written;
        self.mail(&format!("stranger{nth}@elsewhere.example"), &format!("投稿{nth}"), "你好。\n", &[])
    }

    fn attachment(&mut self) -> Vec<u8> {
        let (unit, sender) = self.sender();
        let nth = self.written;
        let bytes: Vec<u8> = (0..20_000 + self.dice.roll(400_000)).map(|_| self.dice.roll(256) as u8).collect();
        let lines: String =
            BASE64.encode(&bytes).as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line).into_owned() + "\r\n").collect();
        let subject = BASE64.encode(format!("{}照片 第{nth}组", place(unit)).as_bytes());
        format!(
            "From: {sender}\r\nTo: {OFFICE}\r\nSubject: =?utf-8?B?{subject}?=\r\nMessage-ID: <m{nth}@b.example>\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nsee the picture {nth}\r\n--b\r\n\
             Content-Type: image/jpeg; name=p{nth}.jpg\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=p{nth}.jpg\r\n\r\n{lines}--b--\r\n"
        )
        .into_bytes()
    }

    fn mail(&self, from: &str, subject: &str, body: &str, headers: &[&str]) -> Vec<u8> {
        let mut lines: Vec<String> = headers.iter().map(|line| (*line).to_owned()).collect();
        lines.push(format!("From: {from}\r\nTo: {OFFICE}\r\nSubject: =?utf-8?B?{}?=", BASE64.encode(subject.as_bytes())));
        lines.push(format!("Message-ID: <m{}@b.example>", self.written));
        lines.push("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n".to_owned());
        lines.extend(BASE64.encode(body.as_bytes()).as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line).into_owned()));
        lines.push(String::new());
        lines.join("\r\n").into_bytes()
    }
}

/// How often each thing is there.
pub fn counted<T: Ord>(things: impl IntoIterator<Item = T>) -> BTreeMap<T, usize> {
    let mut counts = BTreeMap::new();
    for thing in things {
        *counts.entry(thing).or_default() += 1;
    }
    counts
}
