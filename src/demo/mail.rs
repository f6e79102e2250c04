//! A tiny mail builder: what a reporter's mail program would send, in the charset that it would send it in.

use chrono::FixedOffset;
use data_encoding::BASE64;
use encoding_rs::Encoding;

use crate::domain::rules::Instant;

/// Stands in no base64 line.
const BOUNDARY: &str = "=_made_up";

/// A mail to be built.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Display name and address.
    pub from: (String, String),
    /// The address that it goes to.
    pub to: String,
    /// The subject, as a reader sees it; encoded words already standing in it are kept.
    pub subject: String,
    /// The text.
    pub body: String,
    /// Of subject, display name and text.
    pub charset: &'static Encoding,
    /// For `Date`.
    pub written_at: Instant,
    /// The zone of `Date`.
    pub offset: FixedOffset,
    /// Without brackets.
    pub message_id: String,
    /// Whole header lines, without their ends.
    pub headers: Vec<String>,
    /// Names and contents.
    pub attachments: Vec<(String, Vec<u8>)>,
}

impl Draft {
    /// The message, CRLF line ends.
    pub fn bytes(&self) -> Vec<u8> {
        let (name, address) = &self.from;
        let from = if name.is_empty() { address.clone() } else { format!("{} <{address}>", self.words(name)) };
        let date = self.written_at.with_timezone(&self.offset).to_rfc2822();
        let mut out = format!(
            "From: {from}\r\nTo: {}\r\nSubject: {}\r\nDate: {date}\r\nMessage-ID: <{}>\r\nMIME-Version: 1.0\r\n",
            self.to,
            self.words(&self.subject),
            self.message_id
        );
        for header in &self.headers {
            out.push_str(header);
            out.push_str("\r\n");
        }
        if self.attachments.is_empty() {
            self.text(&mut out);
        } else {
            self.mixed(&mut out);
        }
        out.into_bytes()
    }

    fn mixed(&self, out: &mut String) {
        out.push_str(&format!("Content-Type: multipart/mixed; boundary=\"{BOUNDARY}\"\r\n\r\n--{BOUNDARY}\r\n"));
        self.text(out);
        for (name, content) in &self.attachments {
            out.push_str(&format!(
                "--{BOUNDARY}\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n"
            ));
            out.push_str("Content-Transfer-Encoding: base64\r\n\r\n");
            base64_lines(content, out);
        }
        out.push_str(&format!("--{BOUNDARY}--\r\n"));
    }

    fn text(&self, out: &mut String) {
        let name = self.charset.name();
        out.push_str(&format!("Content-Type: text/plain; charset=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"));
        base64_lines(&self.charset.encode(&self.body.replace('\n', "\r\n")).0, out);
    }

    /// RFC 2047 words of a few characters each, one a line; what is ASCII stands as it is.
    fn words(&self, text: &str) -> String {
        if text.is_ascii() {
            return text.to_owned();
        }
        let characters: Vec<char> = text.chars().collect();
        let word = |part: &[char]| {
            let part: String = part.iter().collect();
            format!("=?{}?B?{}?=", self.charset.name(), BASE64.encode(&self.charset.encode(&part).0))
        };
        characters.chunks(12).map(word).collect::<Vec<_>>().join("\r\n ")
    }
}

fn base64_lines(bytes: &[u8], out: &mut String) {
    for line in bytes.chunks(57) {
        out.push_str(&BASE64.encode(line));
        out.push_str("\r\n");
    }
}
