//! DKIM, SPF, DMARC and ARC put together: is the address in From the sender's?

use mail_auth::dmarc::verify::DmarcParameters;
use mail_auth::{AuthenticatedMessage, DkimOutput, DmarcOutput, DmarcResult, MessageAuthenticator, SpfOutput, SpfResult};

use super::dkim::Bodies;
use super::head::Head;
use super::trace::{Envelope, envelope};
use super::{Question, arc, dkim, spf};
use crate::domain::authentic::{Doubt, Evidence, Finding, Outcome, Proof, are_kin, may_be_related, stands_above};
use crate::domain::roster::Address;

/// One message, taken apart as far as it goes without the DNS.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub head: &'a Head<'a>,
    pub address: &'a Address,
    pub sealers: &'a [String],
    pub question: &'a Question<'a>,
}

/// Asks everything that may show that the sender wrote it.
pub(super) async fn verify(dns: &MessageAuthenticator, asked: Asked<'_>) -> (Outcome, Vec<Evidence>) {
    let Asked { head, address, sealers, question } = asked;
    let author = address.domain();
    let Some(mut message) = AuthenticatedMessage::parse_with_opts(&head.block, None, false) else {
        return (ambiguous(head), Vec::new());
    };
    if !matches!(&message.from[..], [one] if Address::parse(one).as_ref() == Some(address)) {
        return (ambiguous(head), Vec::new());
    }
    let mut bodies = Bodies::new(head.body);
    let mut noted = dkim::sift(&mut message, head, &mut bodies, author, question.arrival);
    arc::sift(&mut message, head, &mut bodies, question.arrival);
    bodies.put_into(&mut message);
    let message = message;
    let signed = dkim::verify(dns, &message, &mut noted).await;
    let sent = Sent::ask(dns, head, question.boundary, author, &mut noted).await;
    let dmarc = dmarc(dns, &message, &signed, &sent, author, &mut noted).await;
    if let Some(by) = proof(&signed, &sent, &dmarc, author) {
        return (Outcome::Authentic { by }, noted);
    }
    let sealed = match sealers {
        [] => arc::Sealed { by: None, unanswered: false },
        sealers => arc::check(dns, &message, author, sealers, &mut noted).await,
    };
    if let Some(sealer) = sealed.by {
        return (Outcome::Authentic { by: Proof::Arc { sealer } }, noted);
    }
    // Not known, where an answer that did not come might have shown it. Only those count that the author's own domain, or one above
    // or below it, answers for: a neighbour under the same suffix could hold up everybody by a name server that is dead.
    let policy_wanted = matches!(dmarc.result(), DmarcResult::TempError(_)) && (!signed.is_empty() || sent.passes());
    let key_wanted =
        noted.iter().any(|one| matches!(one, Evidence::Dkim { domain, finding: Finding::Unanswered, .. } if are_kin(domain, author)));
    if sealed.unanswered || policy_wanted || key_wanted || sent.unanswered(author) {
        return (Outcome::Unanswered { about: author.to_owned() }, noted);
    }
    let why = doubt(&noted, author);
    (Outcome::NotAuthentic { why }, noted)
}

fn ambiguous(head: &Head<'_>) -> Outcome {
    let from = head.fields().find(|(name, _)| name.eq_ignore_ascii_case("From")).map(|(_, value)| super::head::shown(value));
    Outcome::NotAuthentic { why: Doubt::Ambiguous { header: format!("From: {}", from.unwrap_or_default()) } }
}

/// What SPF says of the envelope.
struct Sent {
    output: SpfOutput,
    client: String,
}

impl Sent {
    /// Only of an envelope whose domain may be the author's: no other can show anything.
    async fn ask(dns: &MessageAuthenticator, head: &Head<'_>, boundary: &[String], author: &str, noted: &mut Vec<Evidence>) -> Sent {
        let related = |envelope: &Envelope| may_be_related(spf::domain(envelope), author);
        match envelope(head, boundary).filter(related) {
            None => Sent { output: SpfOutput::new(String::new()), client: String::new() },
            Some(envelope) => {
                let result = spf::check(dns, &envelope).await;
                let (domain, client) = (spf::domain(&envelope).to_owned(), envelope.client.to_string());
                noted.push(Evidence::Spf { domain: domain.clone(), client: client.clone(), result: spf::word(result).to_owned() });
                Sent { output: SpfOutput::new(domain).with_result(result), client }
            }
        }
    }

    fn passes(&self) -> bool {
        self.output.result() == SpfResult::Pass
    }

    fn unanswered(&self, author: &str) -> bool {
        self.output.result() == SpfResult::TempError && are_kin(self.output.domain(), author)
    }
}

async fn dmarc(
    dns: &MessageAuthenticator,
    message: &AuthenticatedMessage<'_>,
    signed: &[DkimOutput<'_>],
    sent: &Sent,
    author: &str,
    noted: &mut Vec<Evidence>,
) -> DmarcOutput {
    let output = dns.verify_dmarc(DmarcParameters::new(message, signed, sent.output.domain(), &sent.output)).await;
    let result = match output.result() {
        DmarcResult::Pass => "pass",
        DmarcResult::Fail(_) => "fail",
        DmarcResult::TempError(_) => "temperror",
        DmarcResult::PermError(_) => "permerror",
        DmarcResult::None => "none",
    };
    let policy = output.dmarc_record().map(|_| output.policy().to_string());
    noted.push(Evidence::Dmarc { domain: author.to_owned(), policy, result: result.to_owned() });
    output
}

/// What shows it: a signature or an envelope of the author's domain. How near a related domain must be, its DMARC policy says;
/// without one, a domain above the author's will do.
fn proof(signed: &[DkimOutput<'_>], sent: &Sent, dmarc: &DmarcOutput, author: &str) -> Option<Proof> {
    let has_policy = dmarc.dmarc_record().is_some();
    let aligned = |domain: &str| domain.eq_ignore_ascii_case(author) || (!has_policy && stands_above(domain, author));
    let signers: Vec<&str> = signed.iter().filter_map(|output| output.signature()).map(|signature| signature.d.as_str()).collect();
    let by_policy = dmarc.dkim_result() == &DmarcResult::Pass;
    if let Some(domain) = signers.iter().find(|domain| aligned(domain)).or(signers.first().filter(|_| by_policy)) {
        return Some(Proof::Dkim { domain: (*domain).to_owned() });
    }
    let counts = sent.passes() && (aligned(sent.output.domain()) || dmarc.spf_result() == &DmarcResult::Pass);
    counts.then(|| Proof::Spf { domain: sent.output.domain().to_owned(), client: sent.client.clone() })
}

/// The most telling of what was found: a broken signature of his domain, a host that is not his, others who vouch.
fn doubt(noted: &[Evidence], author: &str) -> Doubt {
    let domain = author.to_owned();
    let broken = noted.iter().find_map(|one| match one {
        Evidence::Dkim { domain, finding, .. }
            if !matches!(finding, Finding::Holds | Finding::OtherDomain | Finding::Malformed) && may_be_related(domain, author) =>
        {
            Some(Doubt::BadSignature { domain: domain.clone(), finding: *finding })
        }
        _ => None,
    });
    let wrong_host = || {
        noted.iter().find_map(|one| match one {
            Evidence::Spf { domain, client, result } if matches!(result.as_str(), "fail" | "softfail") => {
                Some(Doubt::WrongHost { domain: domain.clone(), client: client.clone() })
            }
            _ => None,
        })
    };
    let others = || {
        let mut others: Vec<String> = noted
            .iter()
            .filter_map(|one| match one {
                Evidence::Dkim { domain, finding: Finding::Holds | Finding::OtherDomain, .. } => Some(domain.clone()),
                _ => None,
            })
            .take(3)
            .collect();
        others.dedup();
        (!others.is_empty()).then(|| Doubt::NotAligned { others, domain: domain.clone() })
    };
    broken.or_else(wrong_host).or_else(others).unwrap_or(Doubt::NothingVouches { domain: domain.clone() })
}
