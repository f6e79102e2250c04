//! Headers and MIME: a composed notice becomes the bytes of a message. Beside the trial letter, the only file here that builds
//! with lettre.

use std::time::{Duration, SystemTime};

use chrono_tz::Tz;
use data_encoding::BASE64;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, Message, MessageBuilder, MultiPart, SinglePart};

use super::exhibit::Picture;
use super::plain::{self, NAME_MAX};
use super::{ComposeError, Thread};
use crate::domain::ids::NoticeNo;
use crate::domain::notice::{Headers, Notice};
use crate::domain::roster::{Address, Office};
use crate::domain::rules::Instant;

/// Everything that the headers are made of.
pub(super) struct Envelope<'a> {
    pub notice: &'a Notice,
    pub number: NoticeNo,
    pub at: Instant,
    pub to: &'a Addressee,
    pub office: &'a Office,
    pub zone: Tz,
    pub token: &'a str,
    pub message_id: &'a str,
    pub subject: &'a str,
    pub thread: &'a Thread,
    /// Shown in the HTML by their content ids.
    pub pictures: &'a [Picture],
    pub attachments: &'a [Attachment],
}

/// To whom a letter goes, as its header says.
pub(super) struct Addressee(Mailbox);

impl Addressee {
    /// `Err`: mail cannot be addressed there.
    pub(super) fn of(name: &str, address: &Address) -> Result<Addressee, ComposeError> {
        Ok(Addressee(mailbox(name, address)?))
    }
}

/// A workbook that goes with the mail.
pub(super) struct Attachment {
    /// In ASCII: readers disagree on how to encode others.
    pub name: String,
    pub bytes: Vec<u8>,
}

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The most references that a message carries: the first and the latest.
const REFERENCES_MAX: usize = 12;
/// RFC 5321, 4.5.3.1.1.
const LOCAL_MAX: usize = 64;

impl Envelope<'_> {
    /// The message, CRLF line ends, ready for an SMTP transport or a file.
    pub(super) fn seal(&self, text: &str, html: &str) -> Result<Vec<u8>, ComposeError> {
        let auto = if self.notice.kind.is_answer() { "auto-replied" } else { "auto-generated" };
        let mut builder = Message::builder()
            .from(mailbox(&self.office.name, &self.office.address)?)
            .to(self.to.0.clone())
            .reply_to(self.reply_to()?)
            .date(SystemTime::UNIX_EPOCH + Duration::from_secs(self.at.timestamp().max(0).unsigned_abs()))
            .message_id(Some(format!("<{}>", self.message_id)))
            .raw_header(header("Subject", self.subject));
        builder = self
            .threaded(builder)
            .raw_header(header("Auto-Submitted", auto))
            .raw_header(header("X-Auto-Response-Suppress", "All"))
            .raw_header(header("X-Zhibao-Notice", self.notice.kind.as_str()))
            .raw_header(header("X-Zhibao-Number", &self.number.to_string()));
        for (name, value) in about(&self.notice.about, self.zone) {
            builder = builder.raw_header(header(name, &plain::header(&value)));
        }
        let mut message = builder.multipart(self.body(text, html)).map_err(ComposeError::Build)?;
        // lettre writes dates in UTC, and would put in the present for one that it cannot read: so only now.
        let date = self.at.with_timezone(&self.zone).format("%a, %d %b %Y %H:%M:%S %z").to_string();
        message.headers_mut().insert_raw(HeaderValue::dangerous_new_pre_encoded(
            HeaderName::new_from_ascii_str("Date"),
            date.clone(),
            date,
        ));
        Ok(message.formatted())
    }

    /// mixed( related( alternative(text, HTML), pictures ), workbooks ), each layer only where it has something to hold.
    fn body(&self, text: &str, html: &str) -> MultiPart {
        let mut body = MultiPart::alternative()
            .boundary(self.boundary(""))
            .singlepart(part(ContentType::TEXT_PLAIN, text))
            .singlepart(part(ContentType::TEXT_HTML, html));
        if !self.pictures.is_empty() {
            let png = media_type("image/png");
            let mut related = MultiPart::related().boundary(self.boundary("_related")).multipart(body);
            for picture in self.pictures {
                let inline = lettre::message::Attachment::new_inline_with_name(picture.content_id.clone(), format!("{}.png", picture.name));
                related = related.singlepart(inline.body(picture.bytes.to_vec(), png.clone()));
            }
            body = related;
        }
        if !self.attachments.is_empty() {
            let xlsx = media_type(XLSX);
            let mut mixed = MultiPart::mixed().boundary(self.boundary("_mixed")).multipart(body);
            for attachment in self.attachments {
                let file = lettre::message::Attachment::new(attachment.name.clone());
                mixed = mixed.singlepart(file.body(attachment.bytes.clone(), xlsx.clone()));
            }
            body = mixed;
        }
        body
    }

    /// `=_` occurs in no quoted-printable and no base64 line; a 7bit text that held this line would be one of ours.
    fn boundary(&self, layer: &str) -> String {
        format!("=_zhibao_{}_{}{layer}", self.number.to_string().replace('-', ""), self.token)
    }

    /// The office's address with number and token; the plain one where that would grow too long for a mail server.
    fn reply_to(&self) -> Result<Mailbox, ComposeError> {
        let local = format!("{}+{}.{}", self.office.address.local(), compact(self.number), self.token);
        let plus = Address::parse(&format!("{local}@{}", self.office.address.domain())).filter(|_| local.len() <= LOCAL_MAX);
        mailbox(&self.office.name, plus.as_ref().unwrap_or(&self.office.address))
    }

    fn threaded(&self, mut builder: MessageBuilder) -> MessageBuilder {
        let parent = self.thread.in_reply_to.as_deref().and_then(plain::message_id);
        let mut references: Vec<String> = Vec::new();
        for id in self.thread.references.iter().filter_map(|id| plain::message_id(id)).chain(parent.clone()) {
            references.retain(|earlier| *earlier != id);
            references.push(id);
        }
        if references.len() > REFERENCES_MAX {
            references.drain(1..=references.len() - REFERENCES_MAX);
        }
        if let Some(parent) = parent.as_ref().or(references.last()) {
            builder = builder.in_reply_to(format!("<{parent}>"));
        }
        if !references.is_empty() {
            let all: Vec<String> = references.iter().map(|id| format!("<{id}>")).collect();
            builder = builder.references(all.join(" "));
        }
        builder
    }
}

/// `n2003-000042`: the number as it stands in addresses and Message-IDs.
pub(super) fn compact(number: NoticeNo) -> String {
    number.to_string().replacen("N-", "n", 1)
}

/// The facts of a notice as headers, in the order of interface.md.
fn about(about: &Headers, zone: Tz) -> Vec<(&'static str, String)> {
    let moment = |at: Instant| at.with_timezone(&zone).to_rfc3339_opts(chrono::SecondsFormat::Secs, false);
    [
        ("X-Zhibao-Event", about.event.map(|number| number.to_string())),
        ("X-Zhibao-Submission", about.submission.map(|number| number.to_string())),
        ("X-Zhibao-Unit", about.unit.as_ref().map(|unit| unit.id.to_string())),
        ("X-Zhibao-Stage", about.stage.map(|stage| stage.to_string())),
        ("X-Zhibao-Duty", about.duty.clone()),
        ("X-Zhibao-Severity", about.severity.map(|severity| severity.to_string())),
        ("X-Zhibao-Due", about.due.map(moment)),
        ("X-Zhibao-Filed", about.filed.map(moment)),
        ("X-Zhibao-Period", about.period.clone()),
        ("X-Zhibao-Repeat", about.repeat.map(|repeat| repeat.to_string())),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect()
}

/// An address with its name, as it stands in a header.
pub(super) fn mailbox(name: &str, address: &Address) -> Result<Mailbox, ComposeError> {
    let wrong = || ComposeError::Address(address.clone());
    if !address.as_str().is_ascii() {
        return Err(wrong());
    }
    let email = lettre::Address::new(address.local(), address.domain()).map_err(|_| wrong())?;
    let name = plain::line(name, NAME_MAX);
    Ok(Mailbox::new((!name.is_empty()).then_some(name), email))
}

/// Where more than one character in so many is not ASCII, base64 is as short as quoted-printable or shorter, and much quicker.
const ONE_IN: usize = 40;

fn part(kind: ContentType, content: &str) -> SinglePart {
    let beyond_ascii = content.chars().filter(|c| !c.is_ascii()).count();
    let builder = SinglePart::builder().header(kind);
    if beyond_ascii * ONE_IN < content.len() {
        return builder.body(content.to_owned());
    }
    let content = crlf(content);
    match Body::new_with_encoding(content, ContentTransferEncoding::Base64) {
        Ok(encoded) => builder.body(encoded),
        Err(content) => builder.body(content),
    }
}

/// Line ends as mail has them: within base64 nobody mends them on the way.
fn crlf(content: &str) -> String {
    let mut out = String::with_capacity(content.len() + content.len() / 32);
    for line in content.split_inclusive('\n') {
        match line.strip_suffix('\n') {
            Some(line) => {
                out.push_str(line.strip_suffix('\r').unwrap_or(line));
                out.push_str("\r\n");
            }
            None => out.push_str(line),
        }
    }
    out
}

#[allow(clippy::expect_used)]
fn media_type(name: &str) -> ContentType {
    ContentType::parse(name).expect("a constant media type that the tests read back")
}

/// A header whose value reads back exactly. Plain ASCII stands as it is; all else is encoded whole, because what
/// readers do with the spaces between encoded and plain words differs.
fn header(name: &'static str, value: &str) -> HeaderValue {
    let value: String = value.chars().filter(|c| !c.is_control()).collect();
    let encoded = match is_plain(name, &value) {
        true => value.clone(),
        false => encoded_words(name.len() + 2, &value),
    };
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), value, encoded)
}

/// Whether `value` may stand unencoded on the header's one line.
fn is_plain(name: &str, value: &str) -> bool {
    name.len() + 2 + value.len() <= 76
        && value.bytes().all(|b| (b' '..=b'~').contains(&b))
        && !value.contains("=?")
        && !value.contains("  ")
        && value.trim() == value
}

/// RFC 2047 B-encoded words of UTF-8, whole characters in each, one a line.
fn encoded_words(first_at: usize, value: &str) -> String {
    let mut out = String::new();
    let mut word = String::new();
    // 75 characters a word, 12 of them its frame; three bytes become four characters.
    let mut room = (76 - first_at.min(40) - 12) / 4 * 3;
    let close = |word: &mut String, out: &mut String| {
        if !out.is_empty() {
            out.push_str("\r\n ");
        }
        out.push_str("=?utf-8?B?");
        out.push_str(&BASE64.encode(word.as_bytes()));
        out.push_str("?=");
        word.clear();
    };
    for c in value.chars() {
        if word.len() + c.len_utf8() > room {
            close(&mut word, &mut out);
            room = 45;
        }
        word.push(c);
    }
    if !word.is_empty() {
        close(&mut word, &mut out);
    }
    out
}
