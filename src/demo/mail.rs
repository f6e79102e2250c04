//! A tiny mail builder: what a reporter's mail program would send, in the charset and manner that it would send it in.

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

/// How a mail program puts a text into bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// base64, and `=?…?B?…?=` in headers.
    Base64,
    /// quoted-printable, and `=?…?Q?…?=` in headers.
    Quoted,
    /// The bytes of the charset as they are, in headers too: against the rules, and usual.
    Raw,
}

/// The manner of a mail program.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// What it calls the charset; empty: the charset's own name.
    pub label: &'static str,
    /// Of headers.
    pub words: Coding,
    /// Of the text.
    pub text: Coding,
    /// `X-Mailer`; empty: none.
    pub program: &'static str,
    /// Sends its text a second time as HTML.
    pub html: bool,
}

impl Manner {
    /// What no reader can misread.
    pub const PLAIN: Manner = Manner { label: "", words: Coding::Base64, text: Coding::Base64, program: "", html: false };
}

impl Draft {
    /// The message, CRLF line ends.
    pub fn bytes(&self) -> Vec<u8> {
        self.in_the_manner(&Manner::PLAIN)
    }

    /// The message as one mail program would write it, CRLF line ends.
    pub fn in_the_manner(&self, manner: &Manner) -> Vec<u8> {
        let (name, address) = &self.from;
        let mut out = Vec::new();
        let date = self.written_at.with_timezone(&self.offset).to_rfc2822();
        if name.is_empty() {
            line(&mut out, &["From: ", address]);
        } else {
            out.extend(b"From: ");
            out.extend(self.words(name, manner));
            line(&mut out, &[" <", address, ">"]);
        }
        line(&mut out, &["To: ", &self.to]);
        out.extend(b"Subject: ");
        out.extend(self.words(&self.subject, manner));
        line(&mut out, &[""]);
        line(&mut out, &["Date: ", &date]);
        line(&mut out, &["Message-ID: <", &self.message_id, ">"]);
        line(&mut out, &["MIME-Version: 1.0"]);
        if !manner.program.is_empty() {
            line(&mut out, &["X-Mailer: ", manner.program]);
        }
        for header in &self.headers {
            line(&mut out, &[header]);
        }
        if self.attachments.is_empty() {
            self.text(&mut out, manner);
        } else {
            self.mixed(&mut out, manner);
        }
        out
    }

    fn mixed(&self, out: &mut Vec<u8>, manner: &Manner) {
        line(out, &["Content-Type: multipart/mixed; boundary=\"", BOUNDARY, "\""]);
        line(out, &["\r\n--", BOUNDARY]);
        self.part("plain", &self.body, out, manner);
        for (name, content) in &self.attachments {
            line(out, &["--", BOUNDARY, "\r\nContent-Type: application/octet-stream"]);
            line(out, &["Content-Disposition: attachment; filename=\"", name, "\""]);
            line(out, &["Content-Transfer-Encoding: base64\r\n"]);
            base64_lines(content, out);
        }
        line(out, &["--", BOUNDARY, "--"]);
    }

    fn text(&self, out: &mut Vec<u8>, manner: &Manner) {
        if !manner.html {
            return self.part("plain", &self.body, out, manner);
        }
        line(out, &["Content-Type: multipart/alternative; boundary=\"", BOUNDARY, "\""]);
        line(out, &["\r\n--", BOUNDARY]);
        self.part("plain", &self.body, out, manner);
        line(out, &["--", BOUNDARY]);
        let escaped = self.body.replace('&', "&amp;").replace('<', "&lt;").replace('\n', "<BR>\n");
        let page = format!("<HTML><BODY bgColor=#ffffff>\n<DIV><FONT size=2>{escaped}</FONT></DIV></BODY></HTML>\n");
        self.part("html", &page, out, manner);
        line(out, &["--", BOUNDARY, "--"]);
    }

    fn part(&self, subtype: &str, text: &str, out: &mut Vec<u8>, manner: &Manner) {
        let text = text.replace('\n', "\r\n");
        // What is ASCII is ASCII for every program of that time.
        let ascii = text.is_ascii() && manner.text != Coding::Base64;
        let label = if ascii { "us-ascii" } else { self.label(manner) };
        line(out, &["Content-Type: text/", subtype, "; charset=\"", label, "\""]);
        let coding = match manner.text {
            _ if ascii => "7bit",
            Coding::Base64 => "base64",
            Coding::Quoted => "quoted-printable",
            Coding::Raw => "8bit",
        };
        line(out, &["Content-Transfer-Encoding: ", coding, "\r\n"]);
        let bytes = self.charset.encode(&text).0;
        match manner.text {
            Coding::Base64 => base64_lines(&bytes, out),
            Coding::Quoted if !ascii => quoted_lines(&bytes, out),
            _ => {
                out.extend(bytes.iter());
                line(out, &[""]);
            }
        }
    }

    fn label(&self, manner: &Manner) -> &'static str {
        if manner.label.is_empty() { self.charset.name() } else { manner.label }
    }

    /// RFC 2047 words of a few characters each, one a line; what is ASCII stands as it is.
    fn words(&self, text: &str, manner: &Manner) -> Vec<u8> {
        if text.is_ascii() {
            return text.as_bytes().to_vec();
        }
        if manner.words == Coding::Raw {
            return self.charset.encode(text).0.into_owned();
        }
        let characters: Vec<char> = text.chars().collect();
        let label = self.label(manner);
        let word = |part: &[char]| {
            let part: String = part.iter().collect();
            let bytes = self.charset.encode(&part).0;
            if manner.words == Coding::Quoted {
                let octets: String = bytes.iter().map(|byte| quoted_in_word(*byte)).collect();
                format!("=?{label}?Q?{octets}?=")
            } else {
                format!("=?{label}?B?{}?=", BASE64.encode(&bytes))
            }
        };
        characters.chunks(10).map(word).collect::<Vec<_>>().join("\r\n ").into_bytes()
    }
}

fn line(out: &mut Vec<u8>, parts: &[&str]) {
    parts.iter().for_each(|part| out.extend(part.as_bytes()));
    out.extend(b"\r\n");
}

fn quoted_in_word(byte: u8) -> String {
    match byte {
        b' ' => "_".to_owned(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("={byte:02X}"),
    }
}

fn base64_lines(bytes: &[u8], out: &mut Vec<u8>) {
    for chunk in bytes.chunks(57) {
        line(out, &[&BASE64.encode(chunk)]);
    }
}

/// RFC 2045, 6.7: lines of at most 76 characters, soft breaks between.
fn quoted_lines(bytes: &[u8], out: &mut Vec<u8>) {
    let mut width = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let breaks = matches!(byte, b'\r' | b'\n');
        let last_in_line = matches!(bytes.get(at + 1), None | Some(b'\r'));
        let plain = matches!(byte, b'!'..=b'<' | b'>'..=b'~') || *byte == b' ' && !last_in_line;
        let written = if breaks || plain { char::from(*byte).to_string() } else { format!("={byte:02X}") };
        if !breaks && width + written.len() > 75 {
            out.extend(b"=\r\n");
            width = 0;
        }
        out.extend(written.as_bytes());
        width = if *byte == b'\n' { 0 } else { width + written.len() };
    }
    line(out, &[""]);
}
