//! What a mail system, or a program in a person's stead, says about a mail that was sent.

use serde::{Deserialize, Serialize};

use super::rules::words;

/// A message about another message, which no person wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Report {
    /// A delivery status notification (RFC 3464), or a bounce of another shape.
    Delivery(DeliveryReport),
    /// A message disposition notification (RFC 8098): it was shown, or deleted unread.
    Read {
        /// The Message-IDs of the mail that it is about, without angle brackets.
        originals: Vec<String>,
    },
    /// A feedback report (RFC 5965): somebody called it spam.
    Feedback {
        /// The Message-IDs of the mail that it is about, without angle brackets.
        originals: Vec<String>,
    },
}

/// What became of a mail, for some of its recipients.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryReport {
    /// In the order of the report.
    pub recipients: Vec<ReportedRecipient>,
    /// The Message-IDs of the mail that it is about, without angle brackets: those of the returned headers first, then
    /// what the report says that it answers.
    pub originals: Vec<String>,
}

/// One recipient in a delivery report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedRecipient {
    /// Where it did or did not arrive, as written; empty where the report names nobody.
    pub address: String,
    /// To whom it was addressed, where the report says so and it differs.
    pub original: Option<String>,
    /// What became of it.
    pub fate: Fate,
    /// `5.1.1` (RFC 3463), or the SMTP code where there is no other.
    pub status: Option<String>,
    /// What the other server said, on one line; may be empty.
    pub said: String,
}

/// What became of a mail for one recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It will not be delivered: refused, or given up.
    Failed,
    /// Not yet delivered; the server goes on trying.
    Delayed,
    /// It arrived, or was passed on.
    Delivered,
}

words!(Fate, Fate::Failed => "failed", Fate::Delayed => "delayed", Fate::Delivered => "delivered");

impl DeliveryReport {
    /// What it says about the mail to `address`: of that recipient where it is named, else nothing.
    pub fn about(&self, address: &str) -> Option<&ReportedRecipient> {
        let is_it = |written: &str| !address.is_empty() && written.trim().eq_ignore_ascii_case(address);
        self.recipients.iter().find(|r| is_it(&r.address) || r.original.as_deref().is_some_and(is_it))
    }

    /// The gravest that it says about anybody.
    pub fn gravest(&self) -> Option<&ReportedRecipient> {
        self.recipients.iter().min_by_key(|recipient| recipient.fate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_asked_about_one_recipient_or_for_the_gravest() {
        let one = |address: &str, original: Option<&str>, fate| ReportedRecipient {
            address: address.into(),
            original: original.map(str::to_owned),
            fate,
            status: None,
            said: String::new(),
        };
        let recipients = vec![
            one("a@x.example", None, Fate::Delivered),
            one("b@y.example", Some("B@x.example"), Fate::Failed),
            one("c@x.example", None, Fate::Delayed),
        ];
        let report = DeliveryReport { recipients, originals: Vec::new() };
        assert_eq!(report.about("b@x.example").map(|r| r.fate), Some(Fate::Failed));
        assert_eq!(report.about("d@x.example"), None);
        assert_eq!(report.gravest().map(|r| r.address.as_str()), Some("b@y.example"));
        assert_eq!(DeliveryReport::default().gravest(), None);
    }
}
