//! Mail as people's programs write it, and what an answer needs of a letter of ours.

use data_encoding::BASE64;
use mail_parser::{HeaderForm, MessageParser};
use zhibao::transport::memory::Sent;

use super::office::{BOUNDARY, OFFICE};
use super::{Instant, dated};

/// A mail to be written.
#[derive(Clone, Debug, Default)]
pub struct Mail {
    /// Each becomes a From header.
    pub from: Vec<String>,
    /// `None`: the office.
    pub to: Option<String>,
    /// Decoded.
    pub subject: String,
    /// Plain text.
    pub body: String,
    /// Whole lines.
    pub headers: Vec<String>,
}

impl Mail {
    /// From one person.
    pub fn from(sender: impl Into<String>, subject: impl Into<String>, body: impl Into<String>) -> Mail {
        Mail { from: vec![sender.into()], subject: subject.into(), body: body.into(), ..Mail::default() }
    }

    /// With one more header.
    pub fn header(mut self, line: impl Into<String>) -> Mail {
        self.headers.push(line.into());
        self
    }

    /// The office's own system took it at `arrival`, whenever the mailbox gets it.
    pub fn received(self, arrival: Instant) -> Mail {
        self.header(format!("Received: from relay.example by {BOUNDARY} with ESMTP; {}", dated(arrival)))
    }

    /// As an answer to a letter of ours.
    pub fn answering(mut self, letter: &Sent) -> Mail {
        let read = MessageParser::default().parse(&letter.bytes).expect("our own letter");
        let id = read.message_id().expect("a Message-ID").to_owned();
        self.to = header(letter, "Reply-To");
        self.headers.push(format!("In-Reply-To: <{id}>"));
        self
    }

    /// The bytes; `id` makes the Message-ID.
    pub fn bytes(&self, id: &str, sent: Instant) -> Vec<u8> {
        let mut lines: Vec<String> = self.headers.clone();
        lines.extend(self.from.iter().map(|from| format!("From: {}", encoded(from))));
        lines.push(format!("To: {}", self.to.as_deref().unwrap_or(OFFICE)));
        lines.push(format!("Subject: =?utf-8?B?{}?=", BASE64.encode(self.subject.as_bytes())));
        lines.push(format!("Date: {}", dated(sent)));
        lines.push(format!("Message-ID: <{id}@people.example>"));
        lines.push("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n".to_owned());
        lines.extend(BASE64.encode(self.body.as_bytes()).as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line).into_owned()));
        lines.push(String::new());
        lines.join("\r\n").into_bytes()
    }
}

fn encoded(sender: &str) -> String {
    match sender.split_once('<') {
        Some((name, address)) if !name.is_ascii() => format!("=?utf-8?B?{}?= <{address}", BASE64.encode(name.trim().as_bytes())),
        _ => sender.to_owned(),
    }
}

/// One header of a letter of ours, decoded.
pub fn header(letter: &Sent, name: &'static str) -> Option<String> {
    let read = MessageParser::default().parse(&letter.bytes).expect("our own letter");
    read.header_as(name, HeaderForm::Text).first().and_then(|value| value.as_text().map(|text| text.trim().to_owned()))
}

/// What kind of notice a letter of ours carries. Not worth a parser: it is asked of every letter.
pub fn kind(letter: &Sent) -> &str {
    plain(letter, "X-Zhibao-Notice: ")
}

/// The notice's number and the recipient: which letter it is, whatever copy.
pub fn identity(letter: &Sent) -> (String, String) {
    (plain(letter, "X-Zhibao-Number: ").to_owned(), letter.to.clone())
}

fn plain<'a>(letter: &'a Sent, header: &str) -> &'a str {
    let text = std::str::from_utf8(&letter.bytes).expect("our letters are ASCII");
    let line = text.lines().find_map(|line| line.strip_prefix(header));
    line.expect("every letter of ours has it").trim()
}
