//! What headers say about a message as a whole: its number, what it answers, when it was sent, whether a person wrote it.

use std::collections::BTreeSet;

use mail_parser::Host;
use mail_parser::parsers::MessageStream;

use super::date;
use super::fields::{Headers, message_ids};
use crate::domain::message::AutomaticSigns;
use crate::domain::report::Report;
use crate::domain::rules::Instant;
use crate::mail::charset::words::{header_text, raw_text};

/// Threads longer than this are cut; the nearest ancestors stand first.
const MAX_ANSWERS: usize = 200;

/// A message number without its brackets.
pub(crate) fn message_id(headers: &Headers<'_>) -> Option<String> {
    message_ids(headers.first("Message-ID")?).into_iter().find(|id| !id.is_empty())
}

/// What the message answers: `In-Reply-To`, then `References` from last to first, each once.
pub(crate) fn answers(headers: &Headers<'_>) -> Vec<String> {
    let all = |name: &str| -> Vec<String> { headers.all(name).flat_map(message_ids).collect() };
    let mut seen = BTreeSet::new();
    let chain = all("In-Reply-To").into_iter().chain(all("References").into_iter().rev());
    chain.filter(|id| id.contains('@') && seen.insert(id.clone())).take(MAX_ANSWERS).collect()
}

/// The date of a `Date` header.
pub(crate) fn sent_at(headers: &Headers<'_>) -> Option<Instant> {
    date::read(&raw_text(headers.first("Date")?).text)
}

/// The date of the topmost `Received` that a host of ours wrote.
pub(crate) fn boundary_received(headers: &Headers<'_>, boundary: &[String]) -> Option<Instant> {
    if boundary.is_empty() {
        return None;
    }
    headers.all("Received").find_map(|raw| {
        let text = raw_text(raw).text + "\n";
        let received = MessageStream::new(text.as_bytes()).parse_received().into_received()?;
        let Host::Name(host) = received.by()? else { return None };
        let is_ours = boundary.iter().any(|ours| ours.trim_end_matches('.').eq_ignore_ascii_case(host.trim_end_matches('.')));
        is_ours.then(|| date::read(text.rsplit_once(';')?.1))
    })?
}

/// What marks the message as written by a machine.
pub(crate) fn automatic(headers: &Headers<'_>, report: Option<&Report>) -> AutomaticSigns {
    let word = |name: &str| {
        let text = header_text(headers.first(name)?).text.to_lowercase();
        let word = text.split([';', ' ', '(', ',']).find(|word| !word.is_empty())?;
        Some(word.to_owned())
    };
    AutomaticSigns {
        auto_submitted: word("Auto-Submitted"),
        precedence: word("Precedence"),
        suppress: headers.first("X-Auto-Response-Suppress").is_some(),
        list: headers.any(|name| name.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("List-"))),
        null_return_path: null_return_path(headers),
        answers_by_itself: answers_by_itself(headers),
        delivery_report: matches!(report, Some(Report::Delivery(_))),
        read_receipt: matches!(report, Some(Report::Read { .. })),
    }
}

/// Headers by which programs say that they answer for a person, beside `Auto-Submitted` and `Precedence`.
fn answers_by_itself(headers: &Headers<'_>) -> bool {
    const MARKS: [&str; 5] = ["X-Autoreply", "X-Autorespond", "X-Auto-Reply", "X-AutoReply-From", "X-Mail-Autoreply"];
    let says = |name: &str, word: &str| headers.first(name).is_some_and(|raw| raw_text(raw).text.to_ascii_lowercase().contains(word));
    headers.any(|name| MARKS.iter().any(|mark| mark.eq_ignore_ascii_case(name)))
        || says("Precedence", "auto_reply")
        || says("X-Precedence", "auto_reply")
        || says("X-Apple-Action", "vacation")
}

/// Whether the return path is empty.
pub(crate) fn null_return_path(headers: &Headers<'_>) -> bool {
    headers.first("Return-Path").is_some_and(|raw| {
        let path: String = raw_text(raw).text.chars().filter(|c| !c.is_whitespace()).collect();
        path == "<>"
    })
}
