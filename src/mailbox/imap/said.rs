//! What a server says, one response at a time, as far as it concerns us. What cannot be understood is `Other`: a response in
//! which the server stumbles over a message must not end the reading of all the others.

use std::panic::catch_unwind;

use chrono::{DateTime, Utc};
use imap_proto::{AttributeValue, Response};

/// One response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// `* SEARCH`, or a part of one that is long.
    Uids(Vec<u32>),
    /// `* n FETCH`.
    Message(Message),
    /// `* n EXISTS`.
    Exists(u32),
    /// `* n EXPUNGE`.
    Expunged,
    /// `OK`, `NO`, `BAD`, `BYE`, `PREAUTH`.
    Status(Status),
    /// `* CAPABILITY`.
    Capabilities(Vec<String>),
    /// `+`: the server waits for more.
    Continue(String),
    /// Anything else.
    Other,
}

/// A status response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Status {
    /// Of the command that it ends; `None`: untagged.
    pub tag: Option<String>,
    /// `OK`, `NO`, `BAD`, `BYE`, `PREAUTH`.
    pub word: String,
    /// What stands in brackets, upper case: `UIDVALIDITY 3`.
    pub code: String,
    /// The rest, for people.
    pub text: String,
}

impl Status {
    /// The number after `name` in the code.
    pub fn number(&self, name: &str) -> Option<u32> {
        self.code.strip_prefix(name)?.trim().parse().ok()
    }
}

/// What was said of one message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Message {
    /// Its UID, where the server said it.
    pub uid: Option<u32>,
    /// The size that the server claims.
    pub size: Option<u32>,
    /// When the server took it.
    pub received: Option<DateTime<Utc>>,
    /// Its bytes, or a part of them.
    pub body: Option<Vec<u8>>,
    /// At which byte the part begins.
    pub from: u32,
}

/// Understands one whole response, line end and literals included.
pub(super) fn understand(frame: &[u8]) -> Said {
    let line = first_line(frame);
    if let Some(rest) = line.strip_prefix("+") {
        return Said::Continue(rest.trim().to_owned());
    }
    let Some((head, rest)) = line.split_once(' ') else { return Said::Other };
    if let Some(status) = status(head, rest) {
        return Said::Status(status);
    }
    if head != "*" {
        return Said::Other;
    }
    let mut words = rest.split_ascii_whitespace();
    let (first, second) = (words.next().unwrap_or("").to_ascii_uppercase(), words.next().unwrap_or("").to_ascii_uppercase());
    match (first.as_str(), second.as_str()) {
        ("CAPABILITY", _) => Said::Capabilities(capabilities(rest.get("CAPABILITY".len()..).unwrap_or(""))),
        ("SEARCH", _) => Said::Uids(numbers(rest.get("SEARCH".len()..).unwrap_or(""))),
        (number, "EXISTS") => number.parse().map_or(Said::Other, Said::Exists),
        (_, "EXPUNGE") => Said::Expunged,
        (_, "FETCH") => message(frame).map_or(Said::Other, Said::Message),
        _ => Said::Other,
    }
}

/// The words of a capability list, upper case.
pub(super) fn capabilities(text: &str) -> Vec<String> {
    text.split_ascii_whitespace().map(str::to_ascii_uppercase).collect()
}

/// The numbers up to the first word that is none.
pub(super) fn numbers(text: &str) -> Vec<u32> {
    text.split_ascii_whitespace().map_while(|word| word.parse().ok()).collect()
}

fn first_line(frame: &[u8]) -> String {
    let end = frame.iter().position(|byte| *byte == b'\n').unwrap_or(frame.len());
    // A line before a literal can be of any charset; what decides is ASCII.
    String::from_utf8_lossy(frame.get(..end.min(8_192)).unwrap_or(frame)).trim_end().to_owned()
}

fn status(head: &str, rest: &str) -> Option<Status> {
    let (word, text) = rest.split_once(' ').unwrap_or((rest, ""));
    let word = word.to_ascii_uppercase();
    if !["OK", "NO", "BAD", "BYE", "PREAUTH"].contains(&word.as_str()) {
        return None;
    }
    let (code, text) = match text.trim_start().strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((code, text)) => (code.to_ascii_uppercase(), text),
        None => (String::new(), text),
    };
    let shown: String = text.trim().chars().filter(|c| !c.is_control()).take(300).collect();
    Some(Status { tag: (head != "*").then(|| head.to_owned()), word, code, text: shown })
}

/// `None`: the parser cannot make anything of it.
fn message(frame: &[u8]) -> Option<Message> {
    // What the parser did not foresee (`INTERNALDATE NIL`) makes it panic: that must not end the talk.
    let Ok(Ok((_, Response::Fetch(_, attributes)))) = catch_unwind(|| Response::parse(frame)) else { return None };
    let mut message = Message::default();
    for attribute in attributes {
        match attribute {
            AttributeValue::Uid(uid) => message.uid = Some(uid),
            AttributeValue::Rfc822Size(size) => message.size = Some(size),
            AttributeValue::InternalDate(date) => message.received = internal_date(&date),
            AttributeValue::BodySection { section: None, index, data } => {
                message.body = data.map(std::borrow::Cow::into_owned);
                message.from = index.unwrap_or(0);
            }
            AttributeValue::Rfc822(data) => message.body = data.map(std::borrow::Cow::into_owned),
            _ => {}
        }
    }
    Some(message)
}

/// `17-Jul-1996 02:44:25 -0700`; the day may be padded with a blank.
fn internal_date(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_str(text.trim(), "%d-%b-%Y %H:%M:%S %z").ok().map(|at| at.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_with_its_uid_size_date_and_bytes() {
        let frame = b"* 3 FETCH (UID 9 RFC822.SIZE 44 INTERNALDATE \" 7-Jul-2003 02:44:25 +0800\" BODY[]<4> {5}\r\na\r\n)b)\r\n";
        let Said::Message(message) = understand(frame) else { panic!("no message") };
        assert_eq!((message.uid, message.size, message.from), (Some(9), Some(44), 4));
        assert_eq!(message.received.map(|at| at.to_rfc3339()), Some("2003-07-06T18:44:25+00:00".to_owned()));
        assert_eq!(message.body.as_deref(), Some(&b"a\r\n)b"[..]));
    }

    #[test]
    fn what_qq_says_of_a_message_is_a_message_without_a_body() {
        let Said::Message(message) = understand(b"* 1 FETCH (UID 19436 )\r\n") else { panic!("no message") };
        assert_eq!((message.uid, message.body), (Some(19_436), None));
        let Said::Message(message) = understand(b"* 1 FETCH (UID 7 BODY[] NIL)\r\n") else { panic!("no message") };
        assert_eq!((message.uid, message.body), (Some(7), None));
    }

    #[test]
    fn a_stumbling_server_is_passed_over() {
        for frame in [&b"* 1 FETCH (ENVELOPE (((\r\n"[..], b"* 2 FETCH\r\n", b"\xff\xfe\r\n", b"*\r\n", b"\r\n", b"* LIST () \"/\" x\r\n"] {
            assert_eq!(understand(frame), Said::Other, "{}", String::from_utf8_lossy(frame));
        }
    }

    #[test]
    fn what_makes_the_parser_panic_is_passed_over() {
        assert_eq!(understand(b"* 1 FETCH (UID 7 INTERNALDATE NIL)\r\n"), Said::Other);
    }

    #[test]
    fn a_status_has_tag_word_code_and_text() {
        let Said::Status(status) = understand(b"Z1 no [AuthenticationFailed] Invalid credentials\r\n") else { panic!("no status") };
        assert_eq!((status.tag.as_deref(), status.word.as_str(), status.code.as_str()), (Some("Z1"), "NO", "AUTHENTICATIONFAILED"));
        assert_eq!(status.text, "Invalid credentials");
        let Said::Status(status) = understand(b"* OK [UIDVALIDITY 1700000000] UIDs valid\r\n") else { panic!("no status") };
        assert_eq!(status.number("UIDVALIDITY"), Some(1_700_000_000));
        assert_eq!(understand(b"* SEARCH 1 2 30 (MODSEQ 5)\r\n"), Said::Uids(vec![1, 2, 30]));
        assert_eq!(understand(b"+ idling\r\n"), Said::Continue("idling".into()));
    }
}
