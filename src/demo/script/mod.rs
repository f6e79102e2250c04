//! The play: who writes what when, from January 2002 to the first days of June 2003. Every mail in it is made up.
//!
//! `routine` writes the daily information, `tables` the adoptions and circulars (whose sums are the real figures), `events`
//! and `more_events` the sudden events with what is answered to our notices, `sars` the zero reports of spring 2003, `asked`
//! what the office asks for, `odd` what else comes into a mailbox.

mod asked;
mod events;
mod more_events;
mod odd;
pub mod routine;
mod sars;
mod tables;

use chrono::{Datelike, FixedOffset, NaiveDate, TimeDelta, TimeZone};
use encoding_rs::{BIG5, Encoding, GBK, UTF_8};

use super::mail::{Coding, Manner};
use super::network::DOMAIN;
use crate::domain::language::Language;
use crate::domain::notice::NoticeKind;
use crate::domain::rules::Instant;

/// A day and a time in the office's zone: year, month, day, hour, minute.
pub type When = (i32, u32, u32, u32, u32);

/// The first day; and the first day after the last, which is that of May's circular.
pub const DAYS: (NaiveDate, NaiveDate) = (day(2002, 1, 1), day(2003, 6, 6));

const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(day) => day,
        None => NaiveDate::MIN,
    }
}

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
    /// How its sender's mail program writes.
    pub manner: Manner,
    /// Whole header lines.
    pub headers: Vec<String>,
    /// Names and contents.
    pub attachments: Vec<(String, Vec<u8>)>,
    /// The notice of ours that it answers.
    pub answers: Option<Answered>,
    /// Routine information, which bulletins may print.
    pub routine: bool,
}

/// Picks the newest notice of a kind about a unit that the writer was sent before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The kind.
    pub kind: NoticeKind,
    /// The unit's id.
    pub unit: &'static str,
    /// How many such notices, newest first, are passed over.
    pub skip: u32,
}

/// The office's zone at that time.
pub fn offset() -> FixedOffset {
    #[allow(clippy::expect_used)] // eight hours lie within a day
    FixedOffset::east_opt(8 * 3600).expect("eight hours lie within a day")
}

/// A moment in the office's zone. Minutes past 59 run on into the next hours.
pub fn moment((year, month, date, hour, minute): When) -> Instant {
    let midnight = day(year, month, date).and_hms_opt(0, 0, 0).unwrap_or_default();
    let local = midnight + TimeDelta::minutes(i64::from(hour * 60 + minute));
    #[allow(clippy::expect_used)] // a fixed offset has neither gaps nor overlaps
    offset().from_local_datetime(&local).single().expect("a fixed offset has neither gaps nor overlaps").to_utc()
}

/// The last day of a month.
pub fn last_day(year: i32, month: u32) -> u32 {
    let next = if month == 12 { day(year + 1, 1, 1) } else { day(year, month + 1, 1) };
    next.pred_opt().map_or(28, |last| last.day())
}

/// Every mail, in order of arrival.
pub fn script(language: Language) -> Vec<Scripted> {
    let mut play = Play { language, mails: Vec::new() };
    routine::write(&mut play);
    tables::write(&mut play);
    events::write(&mut play);
    more_events::write(&mut play);
    sars::write(&mut play);
    asked::write(&mut play);
    odd::write(&mut play);
    play.mails.sort_by_key(|mail| mail.at);
    play.mails
}

/// 中文 and English.
type Both<'a> = (&'a str, &'a str);

struct Play {
    language: Language,
    mails: Vec<Scripted>,
}

impl Play {
    /// `from`, the local part of an address of the network, writes at `when`.
    fn write(&mut self, when: When, from: &str, subject: Both<'_>, body: Both<'_>) -> &mut Scripted {
        let (subject, body) = (self.choose(subject).to_owned(), self.choose(body).to_owned());
        self.post(moment(when), from, subject, body)
    }

    fn post(&mut self, at: Instant, from: &str, subject: String, body: String) -> &mut Scripted {
        let address = if from.contains('@') { from.to_owned() } else { format!("{from}@{DOMAIN}") };
        let (charset, manner) = program_of(from);
        let place = self.mails.len();
        let body = self.labelled(&body, charset);
        let headers = vec!["X-Demo: made up, see zhibao.toml".to_owned()];
        let from = (String::new(), address);
        self.mails.push(Scripted {
            at,
            from,
            subject,
            body,
            charset,
            manner,
            headers,
            attachments: Vec::new(),
            answers: None,
            routine: false,
        });
        &mut self.mails[place]
    }

    /// A signature, which is no part of what the sender says.
    fn labelled(&self, body: &str, charset: &Encoding) -> String {
        // Big5 has none of the simplified characters.
        let made_up = if charset == BIG5 { "演示來信，內容純屬編造" } else { "演示来信，内容纯属编造" };
        format!("{body}\n-- \n{}\n", self.choose((made_up, "A mail of the demo; what it says is made up")))
    }

    fn answer(&mut self, when: When, from: &str, kind: NoticeKind, unit: &'static str, body: Both<'_>) -> &mut Scripted {
        let mail = self.write(when, from, ("", ""), body);
        mail.answers = Some(Answered { kind, unit, skip: 0 });
        mail
    }

    fn choose<'a>(&self, (chinese, english): Both<'a>) -> &'a str {
        match self.language {
            Language::ZhCn => chinese,
            Language::En => english,
        }
    }
}

/// The charset and the mail program of a sender, as they were about 2002.
fn program_of(from: &str) -> (&'static Encoding, Manner) {
    use Coding::{Base64, Quoted, Raw};
    let of = |label, words, text, program, html| Manner { label, words, text, program, html };
    match from {
        "office" | "desk" => (GBK, of("gb2312", Base64, Base64, "Microsoft Outlook Express 5.50.4807.1700", false)),
        "zonghe" => (GBK, of("gb2312", Base64, Quoted, "Microsoft Outlook Express 6.00.2600.0000", true)),
        // Raw bytes in the Subject, as Foxmail and QQ wrote them.
        "pingding" => (GBK, of("gb2312", Raw, Raw, "Foxmail 4.1 [cn]", false)),
        "yuxian" => (GBK, of("gb2312", Quoted, Quoted, "Foxmail 3.11 Release [cn]", false)),
        "jiaoqu" | "jiaoqu-zhiban" => (GBK, of("GBK", Base64, Base64, "Foxmail 4.2 [cn]", false)),
        "chengqu" => (GBK, of("GB2312", Quoted, Base64, "Microsoft Outlook, Build 10.0.2627", false)),
        "kuangqu" | "xiaofang" => (GBK, of("gb2312", Base64, Raw, "DreamMail 2.01", false)),
        "meitan" => (GBK, of("", Raw, Base64, "", false)),
        "keji" => (UTF_8, of("utf-8", Base64, Base64, "Mozilla 1.0 (X11; Linux i686; zh-CN)", false)),
        "taiban" => (BIG5, of("big5", Base64, Quoted, "Microsoft Outlook Express 5.00.2919.6600", false)),
        "deputy" | "secretary" => (UTF_8, of("utf-8", Base64, Base64, "", false)),
        _ => (GBK, of("gb2312", Base64, Base64, "Microsoft Outlook Express 6.00.2800.1106", false)),
    }
}
