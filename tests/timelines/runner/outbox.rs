//! What a replay left in its outbox, read back.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use chrono::{DateTime, Utc};
use mail_parser::{HeaderName, HeaderValue, MessageParser};

/// The facts in `X-Zhibao-*`, in the order in which they are listed.
const FACTS: [&str; 11] = ["Number", "Event", "Submission", "Unit", "Stage", "Duty", "Severity", "Due", "Filed", "Period", "Repeat"];

/// One message of the outbox.
#[derive(Clone, Debug)]
pub struct Notice {
    pub file: String,
    pub kind: Option<String>,
    pub at: DateTime<Utc>,
    pub to: Vec<String>,
    pub subject: String,
    pub text: String,
    pub message_id: String,
    pub reply_address: String,
    pub auto_submitted: bool,
    pub facts: BTreeMap<&'static str, String>,
    headers: Vec<(String, String)>,
}

impl Notice {
    /// Reads one message; a fault when it is none.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Notice, String> {
        let parser = MessageParser::new()
            .with_mime_headers()
            .with_date_headers()
            .with_address_headers()
            .header_id(HeaderName::MessageId)
            .default_header_text();
        let message = parser.parse(bytes).ok_or_else(|| format!("{file}: no message"))?;
        let date = message.date().ok_or_else(|| format!("{file}: no Date"))?;
        let header = |name: &str| match message.header(name.to_owned()) {
            Some(HeaderValue::Text(text)) => Some(text.trim().to_owned()),
            Some(_) => message.header_raw(name.to_owned()).map(|raw| raw.trim().to_owned()),
            None => None,
        };
        let addresses = |list: Option<&mail_parser::Address>| -> Vec<String> {
            list.iter().flat_map(|list| list.iter()).filter_map(|one| one.address()).map(str::to_owned).collect()
        };
        let from = addresses(message.from());
        Ok(Notice {
            file: file.to_owned(),
            kind: header("X-Zhibao-Notice"),
            at: DateTime::from_timestamp(date.to_timestamp(), 0).ok_or_else(|| format!("{file}: Date out of range"))?,
            to: addresses(message.to()),
            subject: message.subject().unwrap_or("").to_owned(),
            text: message.body_text(0).unwrap_or_default().replace("\r\n", "\n"),
            message_id: message.message_id().unwrap_or("").to_owned(),
            reply_address: addresses(message.reply_to()).into_iter().chain(from).next().unwrap_or_default(),
            auto_submitted: header("Auto-Submitted").is_some(),
            headers: message.headers_raw().map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect(),
            facts: FACTS.iter().filter_map(|name| header(&format!("X-Zhibao-{name}")).map(|value| (*name, value))).collect(),
        })
    }

    /// A fact of its headers.
    pub fn fact(&self, name: &str) -> Option<&str> {
        self.facts.get(name).map(String::as_str)
    }

    /// Whether it has this header with this very value.
    pub fn has_header(&self, name: &str, value: &str) -> bool {
        self.headers.iter().any(|(have, written)| have.eq_ignore_ascii_case(name) && written == value)
    }

    /// Its own number; every copy has the same.
    pub fn number(&self) -> &str {
        self.fact("Number").unwrap_or("")
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind.as_deref().unwrap_or("?");
        write!(f, "{}  {kind:<15} -> {} ", self.at.to_rfc3339(), self.to.join(","))?;
        for (name, value) in FACTS.iter().filter_map(|name| self.fact(name).map(|value| (name, value))) {
            write!(f, " {}={value}", name.to_lowercase())?;
        }
        write!(f, "  | {}", self.subject)
    }
}

/// Every `.eml` of a folder, by name.
pub fn bytes_of(outbox: &Path) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let mut files = BTreeMap::new();
    if !outbox.is_dir() {
        return Err(format!("the replay left no {}", outbox.display()));
    }
    for entry in std::fs::read_dir(outbox).map_err(|error| error.to_string())? {
        let path = entry.map_err(|error| error.to_string())?.path();
        if path.extension().is_some_and(|ext| ext == "eml") {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            files.insert(name, std::fs::read(&path).map_err(|error| error.to_string())?);
        }
    }
    Ok(files)
}

/// The notices of an outbox, by time, and by name within a second.
pub fn notices_of(files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<Notice>, String> {
    let mut notices = files.iter().map(|(name, bytes)| Notice::read(name, bytes)).collect::<Result<Vec<_>, _>>()?;
    notices.sort_by_key(|notice| notice.at);
    Ok(notices)
}

#[test]
fn a_notice_is_read_back_with_its_facts() {
    let eml = "From: Office <office@city.example>\r\nTo: chief@city.example\r\nReply-To: office+t1@city.example\r\n\
        Subject: =?utf-8?B?6L+f5oql?=\r\nDate: Mon, 06 Jun 2005 11:00:00 +0800\r\nMessage-ID: <n1@city.example>\r\n\
        Auto-Submitted: auto-generated\r\nX-Zhibao-Notice: late\r\nX-Zhibao-Number: N-2005-000001\r\n\
        X-Zhibao-Duty: =?utf-8?B?6Zu25oql5ZGK?=\r\nX-Zhibao-Due: 2005-06-06T11:00:00+08:00\r\n\
        Content-Type: text/plain; charset=utf-8\r\n\r\nE-2005-0001\r\n";
    let notice = Notice::read("one.eml", eml.as_bytes()).expect("it is a message");
    assert_eq!(notice.kind.as_deref(), Some("late"));
    assert_eq!(notice.number(), "N-2005-000001");
    assert_eq!(notice.fact("Duty"), Some("零报告"));
    assert_eq!(notice.to, ["chief@city.example"]);
    assert_eq!(notice.reply_address, "office+t1@city.example");
    assert_eq!(notice.message_id, "n1@city.example");
    assert_eq!(notice.subject, "迟报");
    assert_eq!(notice.text, "E-2005-0001\n");
    assert_eq!(notice.at.to_rfc3339(), "2005-06-06T03:00:00+00:00");
    assert!(notice.auto_submitted);
    assert!(notice.has_header("X-Zhibao-Due", "2005-06-06T11:00:00+08:00"));
}
