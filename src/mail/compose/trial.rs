//! A letter that says nothing but that it has arrived.

use std::time::{Duration, SystemTime};

use lettre::message::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};

use super::ComposeError;
use super::envelope::mailbox;
use super::plain::{self, NAME_MAX};
use crate::domain::language::Language;
use crate::domain::roster::{Address, Office};
use crate::domain::rules::Instant;
use crate::mail::words::{Words, say};

/// A test letter to `to`, sent at `at`. Nobody's program answers it.
///
/// # Errors
/// Where an address cannot stand in a header.
pub fn trial_letter(office: &Office, to: &Address, transport: &str, language: Language, at: Instant) -> Result<Vec<u8>, ComposeError> {
    let words = Words::new(language, chrono_tz::Tz::UTC);
    let seconds = at.timestamp().max(0).unsigned_abs();
    let name = plain::line(transport, NAME_MAX);
    let text = say!(
        words,
        format!("这是直报系统的试发邮件，经发信通道“{name}”发出。收到即说明该通道可用，无须回复。\r\n"),
        format!(
            "This is a test of zhibao, sent through the transport “{name}”. That it has arrived is all it says: please do not answer.\r\n"
        )
    );
    let auto = HeaderName::new_from_ascii_str("Auto-Submitted");
    Message::builder()
        .from(mailbox(&office.name, &office.address)?)
        .to(mailbox("", to)?)
        .subject(say!(words, "直报系统试发邮件", "Test mail of zhibao"))
        .date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
        .message_id(Some(format!("<trial.{}@{}>", at.timestamp_micros(), office.address.domain())))
        .raw_header(HeaderValue::new(auto, "auto-generated".to_owned()))
        .header(ContentType::TEXT_PLAIN)
        .body(text)
        .map(|message| message.formatted())
        .map_err(ComposeError::Build)
}
