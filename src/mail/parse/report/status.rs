//! `message/delivery-status` (RFC 3464, 2.1): fields about the message, then a group of fields for each recipient.

use super::prose::status_in;
use super::{MAX_RECIPIENTS, beginning, one_line};
use crate::domain::report::{Fate, ReportedRecipient};

#[derive(Default)]
struct Group {
    last: String,
    original: String,
    action: String,
    status: String,
    said: String,
}

/// The recipients of a delivery status, decoded of its transfer encoding.
pub(super) fn recipients(content: &[u8]) -> Vec<ReportedRecipient> {
    let mut groups: Vec<Group> = vec![Group::default()];
    for (name, value) in fields(&beginning(content)) {
        let begins_anew = groups.last().is_some_and(|group| match name.as_str() {
            "" => !group.is_empty(),
            "final-recipient" => !group.last.is_empty(),
            "original-recipient" => !group.original.is_empty(),
            _ => false,
        });
        if begins_anew && groups.len() < 2 * MAX_RECIPIENTS {
            groups.push(Group::default());
        }
        if let Some(group) = groups.last_mut() {
            group.take(&name, value);
        }
    }
    let mut found: Vec<ReportedRecipient> = Vec::new();
    for recipient in joined(groups).iter().filter_map(Group::recipient).take(MAX_RECIPIENTS) {
        // Some servers tell of one recipient once for each of their attempts.
        if !found.contains(&recipient) {
            found.push(recipient);
        }
    }
    found
}

/// A group without a recipient is about the message, or what some servers cut off from the group above it.
fn joined(groups: Vec<Group>) -> Vec<Group> {
    let mut joined: Vec<Group> = Vec::new();
    for group in groups {
        match joined.last_mut() {
            Some(above) if !group.names_somebody() && above.names_somebody() => {
                for (name, value) in [("action", group.action), ("status", group.status), ("diagnostic-code", group.said)] {
                    above.take(name, value);
                }
            }
            _ => joined.push(group),
        }
    }
    joined
}

/// Fields in order, unfolded, names in lower case; an empty name stands for an empty line.
fn fields(text: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        match fields.last_mut() {
            Some((name, value)) if line.starts_with([' ', '\t']) && !name.is_empty() && !line.trim().is_empty() => {
                value.push(' ');
                value.push_str(line.trim());
            }
            _ if line.trim().is_empty() => fields.push((String::new(), String::new())),
            _ => {
                if let Some((name, value)) = line.split_once(':') {
                    fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
                }
            }
        }
    }
    fields
}

impl Group {
    fn names_somebody(&self) -> bool {
        !self.last.is_empty() || !self.original.is_empty()
    }

    fn is_empty(&self) -> bool {
        [&self.last, &self.original, &self.action, &self.status, &self.said].iter().all(|field| field.is_empty())
    }

    /// The first of each field counts.
    fn take(&mut self, name: &str, value: String) {
        let field = match name {
            "final-recipient" => &mut self.last,
            "original-recipient" => &mut self.original,
            "action" => &mut self.action,
            "status" => &mut self.status,
            "diagnostic-code" => &mut self.said,
            _ => return,
        };
        if field.is_empty() {
            *field = value;
        }
    }

    fn recipient(&self) -> Option<ReportedRecipient> {
        let (last, original) = (address(&self.last), address(&self.original));
        let status = self.status.split([' ', '(', ';']).next().filter(|status| is_status(status)).map(str::to_owned);
        let fate = match self.action.split([' ', '(', ';']).next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "failed" | "failure" => Fate::Failed,
            "delayed" => Fate::Delayed,
            "delivered" | "relayed" | "expanded" => Fate::Delivered,
            _ => match status.as_deref().and_then(|status| status.chars().next()) {
                Some('2') => Fate::Delivered,
                Some('4') => Fate::Delayed,
                _ => Fate::Failed,
            },
        };
        let said = self.said.split_once(';').filter(|(kind, _)| kind.len() < 20 && !kind.contains(' '));
        let said = one_line(said.map_or(self.said.as_str(), |(_, said)| said));
        let status = status.or_else(|| status_in(&said));
        match (last, original) {
            (Some(last), original) => {
                let original = original.filter(|original| !original.eq_ignore_ascii_case(&last));
                Some(ReportedRecipient { address: last, original, fate, status, said })
            }
            (None, Some(address)) => Some(ReportedRecipient { address, original: None, fate, status, said }),
            (None, None) => None,
        }
    }
}

/// `5.1.1`: three numbers, the first 2, 4 or 5.
pub(super) fn is_status(text: &str) -> bool {
    let mut numbers = text.split('.');
    let is_class = numbers.next().is_some_and(|class| matches!(class, "2" | "4" | "5"));
    let rest: Vec<&str> = numbers.collect();
    is_class && rest.len() == 2 && rest.iter().all(|n| (1..=3).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit()))
}

/// `rfc822; <user@host>` → `user@host`.
fn address(value: &str) -> Option<String> {
    let value = value.split_once(';').map_or(value, |(_, address)| address).trim();
    let value = value.rsplit_once('<').map_or(value, |(_, rest)| rest).split('>').next().unwrap_or_default();
    let value = value.split_whitespace().next().unwrap_or_default().trim_matches(['"', '\'', ',']);
    (value.contains('@') && value.len() <= 320).then(|| value.to_owned())
}
