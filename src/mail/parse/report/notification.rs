//! Bounces that a sending service reports as JSON (Amazon SES through SNS): the same facts in another dress.

use serde_json::Value;

use super::{MAX_RECIPIENTS, Sight, one_line};
use crate::domain::report::{DeliveryReport, Fate, Report, ReportedRecipient};

/// From whom such reports come.
const SENDERS: [&str; 1] = ["@sns.amazonaws.com"];

/// Longer ones hold no report about one mail.
const MAX_BYTES: usize = 64 << 10;

/// `None`: it is none.
pub(super) fn read(sight: &Sight<'_>) -> Option<Report> {
    let from = |sender: &&str| sight.from.iter().any(|from| from.address.to_lowercase().ends_with(*sender));
    SENDERS.iter().find(|sender| from(sender))?;
    // Lines of it were folded on the way; a string of JSON holds no line end.
    let text: String = sight.text.chars().filter(|c| !matches!(c, '\n' | '\r')).take(MAX_BYTES).collect();
    let text = text.get(text.find('{')?..)?;
    let outer = serde_json::Deserializer::from_str(text).into_iter::<Value>().next()?.ok()?;
    let inner = outer.get("Message").and_then(Value::as_str).and_then(|inner| serde_json::from_str(inner).ok());
    let report: Value = inner.unwrap_or(outer);
    let id = report.get("mail").and_then(|mail| mail.get("messageId")).and_then(Value::as_str);
    let originals = id.map(str::to_owned).into_iter().collect();
    let fate = match report.get("notificationType").and_then(Value::as_str)? {
        "Bounce" => Fate::Failed,
        "Delivery" => Fate::Delivered,
        "Complaint" => return Some(Report::Feedback { originals }),
        _ => return None,
    };
    Some(Report::Delivery(DeliveryReport { recipients: recipients(&report, fate), originals }))
}

fn recipients(report: &Value, fate: Fate) -> Vec<ReportedRecipient> {
    let bounced = report.get("bounce").and_then(|bounce| bounce.get("bouncedRecipients"));
    let delivered = report.get("delivery").and_then(|delivery| delivery.get("recipients"));
    let list = bounced.or(delivered).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let reply = text_at(report, "delivery", "smtpResponse");
    let one = |entry: &Value| {
        let text = |name: &str| entry.get(name).and_then(Value::as_str).map(str::to_owned);
        Some(ReportedRecipient {
            address: text("emailAddress").or_else(|| entry.as_str().map(str::to_owned))?,
            original: None,
            fate,
            status: text("status"),
            said: one_line(&text("diagnosticCode").unwrap_or_else(|| reply.clone())),
        })
    };
    list.iter().take(MAX_RECIPIENTS).filter_map(one).collect()
}

fn text_at(report: &Value, part: &str, name: &str) -> String {
    report.get(part).and_then(|part| part.get(name)).and_then(Value::as_str).unwrap_or_default().to_owned()
}
