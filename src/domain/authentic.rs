//! Who wrote this? What a mailbox believes, and what checking the sender of a message found, as it is kept beside the message.

use serde::{Deserialize, Serialize};

use super::roster::Address;
use super::rules::words;

/// By what the senders of a mailbox are believed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "trust")]
pub enum Trust {
    /// Whoever can deliver into the mailbox is trusted.
    Mailbox,
    /// The topmost `Authentication-Results` of a server of ours says so.
    Authserv {
        /// The name under which it writes them.
        authserv_id: String,
    },
    /// We check DKIM, SPF, DMARC and ARC ourselves.
    Verify {
        /// Domains whose ARC seals count, lower case.
        arc_sealers: Vec<String>,
    },
}

impl Trust {
    /// Whether a sender must be checked before his mail is filed.
    pub fn asks(&self) -> bool {
        *self != Trust::Mailbox
    }

    /// The word of the configuration.
    pub fn word(&self) -> &'static str {
        match self {
            Trust::Mailbox => "mailbox",
            Trust::Authserv { .. } => "authserv",
            Trust::Verify { .. } => "verify",
        }
    }
}

/// Whom the DNS is asked of, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolverSettings {
    /// Addresses with ports, `192.0.2.1:53`, each a well-formed one. Empty: those of the system.
    pub servers: Vec<String>,
    /// For one answer, in milliseconds.
    pub timeout_ms: u64,
    /// Repeats of a question that was not answered.
    pub retries: usize,
    /// How long a message waits for the DNS before it is put aside, in seconds.
    pub patience_seconds: i64,
}

/// What checking the sender of one message found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authentication {
    /// The address that was checked: that of the one From header; `None` where there is no such address.
    pub sender: Option<Address>,
    /// What it comes to.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// What was looked at, in that order.
    pub evidence: Vec<Evidence>,
}

/// What a check comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum Outcome {
    /// The sender wrote it.
    Authentic {
        /// By what.
        by: Proof,
    },
    /// Nothing shows that he did, or something shows that he did not.
    NotAuthentic {
        /// Why.
        why: Doubt,
    },
    /// The DNS did not answer: not known yet.
    Unanswered {
        /// The name that was asked for in vain, or what kept us from asking.
        about: String,
    },
    /// The sender is on no roster: it is put aside whatever a check says.
    NotNeeded,
}

/// What shows that the sender wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "proof")]
pub enum Proof {
    /// A signature of his domain over sender, subject and text.
    Dkim {
        /// Who signed.
        domain: String,
    },
    /// It came from a host that his domain names.
    Spf {
        /// Of the envelope.
        domain: String,
        /// The host's address.
        client: String,
    },
    /// A sealer of ours vouches for what it saw.
    Arc {
        /// Who sealed.
        sealer: String,
    },
    /// A server of ours says so.
    Authserv {
        /// Its name.
        authserv_id: String,
        /// `dmarc`, `dkim` or `spf`.
        method: String,
    },
    /// A replay does not ask the DNS: whoever could deliver is believed.
    Replay,
}

/// Why a sender is not believed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "doubt")]
pub enum Doubt {
    /// No signature of his domain, and no host that it names.
    NothingVouches {
        /// His.
        domain: String,
    },
    /// A signature of his domain does not hold.
    BadSignature {
        /// Who signed.
        domain: String,
        /// Why it does not hold.
        finding: Finding,
    },
    /// Others vouch for it, his domain does not.
    NotAligned {
        /// Who does.
        others: Vec<String>,
        /// His.
        domain: String,
    },
    /// It came from a host that his domain does not name.
    WrongHost {
        /// Of the envelope.
        domain: String,
        /// The host's address.
        client: String,
    },
    /// The server whose word counts has said nothing.
    NoResults {
        /// Its name.
        authserv_id: String,
        /// The first host on the way that is not ours; what stands below its mark may be anybody's.
        beyond: Option<String>,
    },
    /// The server whose word counts does not vouch for it.
    ResultsDeny {
        /// Its name.
        authserv_id: String,
        /// What it says, shortened.
        says: String,
    },
    /// Two headers in the name of our server say different things.
    ResultsDiffer {
        /// Its name.
        authserv_id: String,
    },
    /// A header that a mail has once stands there twice: one may be what a reader sees, and the other what was checked.
    Doubled {
        /// Its name.
        header: String,
    },
    /// The headers can be read in two ways, so that one reader may see another sender than the next.
    Ambiguous {
        /// The line at fault, shortened.
        header: String,
    },
    /// The DNS has not answered for as long as we wait.
    DnsSilent {
        /// The name that was asked for in vain.
        about: String,
        /// How long we have asked, in seconds.
        seconds: i64,
    },
    /// The check itself failed on this message.
    CheckFailed,
    /// Its mailbox is no longer in the configuration, so that nothing says whom it believes.
    MailboxGone {
        /// The mailbox's name.
        mailbox: String,
    },
}

/// What became of one signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // the words say it
pub enum Finding {
    Holds,
    TextChanged,
    HeadersChanged,
    Expired,
    NoKey,
    TestKey,
    PartOfText,
    SenderNotSigned,
    SubjectNotSigned,
    Weak,
    Malformed,
    OtherDomain,
    Unanswered,
}

words!(Finding, Finding::Holds => "holds", Finding::TextChanged => "text-changed", Finding::HeadersChanged => "headers-changed",
    Finding::Expired => "expired", Finding::NoKey => "no-key", Finding::TestKey => "test-key",
    Finding::PartOfText => "part-of-text", Finding::SenderNotSigned => "sender-not-signed",
    Finding::SubjectNotSigned => "subject-not-signed", Finding::Weak => "weak", Finding::Malformed => "malformed",
    Finding::OtherDomain => "other-domain", Finding::Unanswered => "unanswered");

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "method")]
pub enum Evidence {
    /// A DKIM signature.
    Dkim {
        /// Who signed.
        domain: String,
        /// With which key.
        selector: String,
        /// What became of it.
        finding: Finding,
    },
    /// Whether the sending host is one that the envelope's domain names.
    Spf {
        /// The domain.
        domain: String,
        /// The host's address.
        client: String,
        /// `pass`, `fail`, `softfail`, `neutral`, `none`, `permerror`, `temperror`.
        result: String,
    },
    /// The policy of the sender's domain.
    Dmarc {
        /// The domain.
        domain: String,
        /// `none`, `quarantine`, `reject`; `None`: it publishes none.
        policy: Option<String>,
        /// `pass`, `fail`, `none`, `permerror`, `temperror`.
        result: String,
    },
    /// A chain of seals.
    Arc {
        /// Who sealed, first to last.
        sealers: Vec<String>,
        /// What became of the chain.
        finding: Finding,
    },
    /// An `Authentication-Results` header of our server.
    Results {
        /// Its text, shortened.
        says: String,
    },
}

/// Whether what `signer` vouches for may count for an author at `author` without a policy that says so: the same domain, or one
/// above it (never a mere top-level domain). Domains are ASCII; case does not matter.
pub fn stands_above(signer: &str, author: &str) -> bool {
    let (signer, author) = (plain(signer), plain(author));
    if signer == author {
        return !signer.is_empty();
    }
    signer.contains('.') && author.strip_suffix(&signer).is_some_and(|below| below.ends_with('.'))
}

/// Whether two domains may belong to one organisation: one is the other, or they have two labels in common. Which of these is
/// so, the policy of the domain tells.
pub fn may_be_related(one: &str, other: &str) -> bool {
    let (one, other) = (plain(one), plain(other));
    let shared = one.rsplit('.').zip(other.rsplit('.')).take_while(|(a, b)| a == b && !a.is_empty()).count();
    shared >= 2 || (one == other && !one.is_empty())
}

/// Whether one domain stands above the other, so that its owner answers for the DNS of both.
pub fn are_kin(one: &str, other: &str) -> bool {
    stands_above(one, other) || stands_above(other, one)
}

fn plain(domain: &str) -> String {
    domain.trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_vouches_for_itself_and_for_what_is_below_it() {
        assert!(stands_above("yangquan.example", "yangquan.example"));
        assert!(stands_above("Yangquan.Example.", "mail.yangquan.example"));
        assert!(!stands_above("mail.yangquan.example", "yangquan.example"));
        assert!(!stands_above("quan.example", "yangquan.example"));
        assert!(!stands_above("example", "yangquan.example"));
        assert!(!stands_above("", "yangquan.example"));
        assert!(!stands_above("", ""));
    }

    #[test]
    fn related_domains_share_two_labels() {
        assert!(may_be_related("a.b.example", "c.b.example"));
        assert!(may_be_related("localhost", "localhost"));
        assert!(!may_be_related("b.example", "c.example"));
        assert!(!may_be_related("", ""));
        assert!(are_kin("mail.b.example", "b.example") && are_kin("b.example", "mail.b.example"));
        assert!(!are_kin("a.com.test", "b.com.test"));
    }

    #[test]
    fn what_was_found_reads_back() {
        let found = Authentication {
            sender: Address::parse("yuxian@yangquan.example"),
            outcome: Outcome::NotAuthentic { why: Doubt::NothingVouches { domain: "yangquan.example".into() } },
            evidence: vec![Evidence::Dkim { domain: "x.example".into(), selector: "s".into(), finding: Finding::OtherDomain }],
        };
        let text = serde_json::to_string(&found).expect("facts");
        assert_eq!(serde_json::from_str::<Authentication>(&text).expect("it reads back"), found);
        assert!(text.contains("\"outcome\":\"not-authentic\""), "{text}");
    }
}
