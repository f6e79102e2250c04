//! Mail about mail: delivery reports of every shape, read receipts, feedback reports.
//!
//! What has the form of RFC 3464 is read by it. Everything older, and everything that never heard of it, is known by who
//! sent it, by its subject and by what it says, and read as prose. Whatever comes, the reading is linear and bounded.

mod marks;
mod notification;
mod prose;
mod returned;
mod status;
#[cfg(test)]
mod tests;

pub use prose::status_in;

use super::body;
use super::fields::Headers;
use super::tree::Part;
use crate::domain::message::Mailbox;
use crate::domain::report::{DeliveryReport, Report};

/// Recipients of one report; a mail of ours has one.
const MAX_RECIPIENTS: usize = 50;
/// How much of a part of a report is looked at.
const MAX_PART_BYTES: usize = 64 << 10;
/// What a server said is cut at so many characters.
const MAX_SAID: usize = 500;

/// What is known of a message when it is asked whether it is a report.
pub(super) struct Sight<'a> {
    pub subject: &'a str,
    pub from: &'a [Mailbox],
    /// `Return-Path: <>`.
    pub null_return_path: bool,
    /// What a person would read.
    pub text: &'a str,
    /// Addresses that it came to.
    pub recipients: &'a [String],
    /// What it says that it answers.
    pub answers: &'a [String],
}

/// Reads a report. `None`: it is none.
pub(super) fn read(root: &Part<'_>, sight: &Sight<'_>) -> Option<Report> {
    let report_type = root.content_type.plain("report-type").unwrap_or_default().to_ascii_lowercase();
    let is_report = root.media_type() == "multipart/report";
    let has = |media_type: &str| part_of(root, media_type).is_some();
    if is_report && (report_type == "disposition-notification" || has("message/disposition-notification")) {
        return Some(match is_rejection(root, sight) {
            true => Report::Delivery(in_prose(root, sight)),
            false => Report::Read { originals: returned::originals(root, sight) },
        });
    }
    if is_report && report_type == "feedback-report" || has("message/feedback-report") || is_complaint(root) {
        return Some(Report::Feedback { originals: returned::originals(root, sight) });
    }
    if let Some(report) = notification::read(sight) {
        return Some(report);
    }
    let part = part_of(root, "message/delivery-status");
    let is_delivery = is_report && (part.is_some() || report_type == "delivery-status");
    if !is_delivery && !marks::is_bounce(&root.headers, sight) {
        return None;
    }
    let recipients = part.map(|part| status::recipients(&body::content(part))).unwrap_or_default();
    if recipients.is_empty() {
        return Some(Report::Delivery(in_prose(root, sight)));
    }
    Some(Report::Delivery(DeliveryReport { recipients, originals: returned::originals(root, sight) }))
}

/// A delivery report without a delivery status of its own: one may stand in a report that it passes on.
fn in_prose(root: &Part<'_>, sight: &Sight<'_>) -> DeliveryReport {
    let passed_on = root.children.iter().filter(|child| child.media_type() == "message/rfc822");
    let mut recipients: Vec<_> = passed_on.flat_map(|child| status::recipients(&body::content(child))).take(MAX_RECIPIENTS).collect();
    if recipients.is_empty() {
        recipients = prose::recipients(&root.headers, sight);
    }
    DeliveryReport { recipients, originals: returned::originals(root, sight) }
}

/// Some mail stores refuse a mail by a disposition notification: deleted of itself, because the mailbox is full.
fn is_rejection(root: &Part<'_>, sight: &Sight<'_>) -> bool {
    let part = part_of(root, "message/disposition-notification");
    let said = part.map(|part| beginning(&body::content(part)).to_ascii_lowercase()).unwrap_or_default();
    let is_automatic =
        said.lines().any(|line| line.starts_with("disposition:") && line.contains("automatic-action") && line.contains("deleted"));
    is_automatic && prose::says_undelivered(sight)
}

/// The first part of this type, however deep.
fn part_of<'p, 'a>(part: &'p Part<'a>, media_type: &str) -> Option<&'p Part<'a>> {
    let mut found = if part.media_type() == media_type { Some(part) } else { None };
    for child in &part.children {
        found = found.or_else(|| part_of(child, media_type));
    }
    found
}

/// The junk mail reports of one great provider: a mail within a mail, under a header of its own.
fn is_complaint(root: &Part<'_>) -> bool {
    let begins = |part: &Part<'_>| {
        let body = part.body.trim_ascii_start();
        body.get(..24).is_some_and(|start| start.eq_ignore_ascii_case(b"X-HmXmrOriginalRecipient"))
    };
    root.is_multipart() && root.children.iter().any(|child| child.media_type() == "message/rfc822" && begins(child))
}

/// The first `MAX_PART_BYTES` of a part as text; what is no UTF-8 is replaced.
fn beginning(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.get(..MAX_PART_BYTES).unwrap_or(bytes)).into_owned()
}

/// White space made single, cut at `MAX_SAID` characters.
fn one_line(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > 4 * MAX_SAID {
            break;
        }
    }
    line.chars().filter(|c| !c.is_control()).take(MAX_SAID).collect()
}

/// A header's value as text.
fn header(headers: &Headers<'_>, name: &str) -> Option<String> {
    headers.first(name).map(|raw| crate::mail::charset::words::header_text(raw).text)
}
