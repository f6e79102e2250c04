//! What headers say about a message as a whole: its number, what it answers, when it was sent, whether a person wrote it.

use std::collections::BTreeSet;

use mail_parser::Host;
use mail_parser::parsers::MessageStream;

use super::date;
use super::fields::{Headers, message_ids};
use super::tree::Part;
use crate::domain::message::{AutomaticSigns, Mailbox};
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
pub(crate) fn automatic(root: &Part<'_>, subject: &str, from: &[Mailbox]) -> AutomaticSigns {
    let headers = &root.headers;
    let word = |name: &str| {
        let text = header_text(headers.first(name)?).text.to_lowercase();
        let word = text.split([';', ' ', '(', ',']).find(|word| !word.is_empty())?;
        Some(word.to_owned())
    };
    let null_return_path = headers.first("Return-Path").is_some_and(|raw| {
        let path: String = raw_text(raw).text.chars().filter(|c| !c.is_whitespace()).collect();
        path == "<>"
    });
    let report_type = root.content_type.plain("report-type").unwrap_or_default().to_ascii_lowercase();
    let is_report = root.media_type() == "multipart/report";
    let has = |media_type: &str| root.media_type() == media_type || root.children.iter().any(|child| child.media_type() == media_type);
    let is_receipt = is_report && (report_type == "disposition-notification" || has("message/disposition-notification"));
    let is_delivery_report = is_report && (report_type == "delivery-status" || has("message/delivery-status"));
    AutomaticSigns {
        auto_submitted: word("Auto-Submitted"),
        precedence: word("Precedence"),
        suppress: headers.first("X-Auto-Response-Suppress").is_some(),
        list: headers.any(|name| name.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("List-"))),
        null_return_path,
        delivery_report: !is_receipt && (is_delivery_report || looks_like_bounce(headers, null_return_path, subject, from)),
        read_receipt: is_receipt,
    }
}

/// A bounce from before RFC 3464, or from a server that never heard of it: from a mail system, about a mail that was
/// not delivered.
fn looks_like_bounce(headers: &Headers<'_>, null_return_path: bool, subject: &str, from: &[Mailbox]) -> bool {
    let locals: Vec<String> = from.iter().map(|m| m.address.split('@').next().unwrap_or_default().to_lowercase()).collect();
    if locals.iter().any(|local| local.starts_with("mailer-daemon") || local.starts_with("mailer_daemon")) {
        return true;
    }
    let names_a_system = |mailbox: &Mailbox| MAIL_SYSTEM_NAMES.iter().any(|name| mailbox.name.to_lowercase().contains(name));
    let from_system =
        null_return_path || locals.iter().any(|local| MAIL_SYSTEMS.contains(&local.as_str())) || from.iter().any(names_a_system);
    let subject = subject.to_lowercase();
    from_system && (headers.first("X-Failed-Recipients").is_some() || BOUNCE_SUBJECTS.iter().any(|words| subject.contains(words)))
}

const MAIL_SYSTEM_NAMES: &[&str] = &["mail delivery", "mail system", "postmaster", "mailer-daemon", "system administrator"];

const MAIL_SYSTEMS: &[&str] = &["postmaster", "mail-daemon", "mailerdaemon", "mdaemon", "mail.delivery.system", "bounce", "bounces", "ndr"];

const BOUNCE_SUBJECTS: &[&str] = &[
    "undeliver",
    "undelivered",
    "delivery status",
    "delivery failure",
    "delivery failed",
    "delivery problem",
    "delivery report",
    "delivery notif",
    "delivery error",
    "delivery has failed",
    "delivery unsuccessful",
    "could not be delivered",
    "not be delivered",
    "not delivered",
    "returning to sender",
    "传输失败",
    "failed delivery",
    "failure notice",
    "failure notification",
    "delivery fail",
    "returned mail",
    "mail returned",
    "returned to sender",
    "returned message",
    "message returned",
    "non-delivery",
    "nondeliver",
    "non delivery",
    "non remis",
    "mail error",
    "mail system error",
    "mail failure",
    "message failure",
    "unable to deliver",
    "cannot deliver",
    "could not send",
    "user unknown",
    "warning: message",
    "mail status",
    "message status",
    "message delayed",
    "delayed mail",
    "delivery delayed",
    "unzustellbar",
    "no entregado",
    "退信",
    "投递失败",
    "无法投递",
    "发送失败",
    "未能送达",
    "无法送达",
    "投递状态",
    "投遞失敗",
    "退件",
    "配信不能",
    "エラー",
];
