//! ARC (RFC 8617): what a sealer of ours saw before the message was changed on its way.

use mail_auth::{AuthenticatedMessage, DkimResult, MessageAuthenticator};

use super::dkim::{Bodies, finding};
use super::head::Head;
use super::results;
use crate::domain::authentic::{Evidence, Finding};
use crate::domain::rules::Instant;

/// What a chain is worth.
pub(super) struct Sealed {
    /// The sealer who vouches for the author.
    pub by: Option<String>,
    /// The DNS did not answer.
    pub unanswered: bool,
}

/// Takes a chain for what it is worth. Its last sealer must be one of ours; from him downwards, as far as they are ours, each may
/// say that the author was authentic when the message passed him.
pub(super) async fn check(
    dns: &MessageAuthenticator,
    message: &AuthenticatedMessage<'_>,
    author: &str,
    sealers: &[String],
    noted: &mut Vec<Evidence>,
) -> Sealed {
    let nobody = Sealed { by: None, unanswered: false };
    let sealed: Vec<String> = message.as_headers.iter().map(|seal| seal.header.d.to_ascii_lowercase()).collect();
    let is_ours = |domain: &String| sealers.contains(domain);
    if sealed.is_empty() {
        return nobody;
    }
    if !sealed.last().is_some_and(is_ours) {
        noted.push(Evidence::Arc { sealers: sealed, finding: Finding::OtherDomain });
        return nobody;
    }
    let output = dns.verify_arc(message).await;
    let found = match output.result() {
        DkimResult::None => Finding::Malformed,
        result => finding(result),
    };
    noted.push(Evidence::Arc { sealers: sealed.clone(), finding: found });
    if found != Finding::Holds {
        // A chain of strangers' making must not hold a message up.
        return Sealed { by: None, unanswered: found == Finding::Unanswered && sealed.iter().all(is_ours) };
    }
    let vouching = sealed.iter().zip(&message.aar_headers).rev().take_while(|(domain, _)| is_ours(domain));
    let vouching = vouching.filter(|(_, results)| {
        let value = String::from_utf8_lossy(results.value);
        let said = value.split_once(';').and_then(|(_, said)| results::parse(said));
        said.is_some_and(|said| results::vouches(&said, author, true).is_some())
    });
    Sealed { by: vouching.map(|(domain, _)| domain.clone()).next(), unanswered: false }
}

/// Prepares the message signatures of a chain: those that do not cover sender, subject and the whole text are made useless.
pub(super) fn sift(message: &mut AuthenticatedMessage<'_>, head: &Head<'_>, bodies: &mut Bodies<'_>, arrival: Instant) {
    let arrived = u64::try_from(arrival.timestamp()).unwrap_or(0);
    for header in &mut message.ams_headers {
        let signature = &mut header.header;
        let signs = |name: &str| signature.h.iter().any(|signed| signed.eq_ignore_ascii_case(name));
        let covers = signs("From") && (!head.has("Subject") || signs("Subject")) && bodies.are_whole(signature.cb, signature.l);
        if !covers || (signature.x != 0 && signature.x <= arrived) {
            // No text has this hash.
            signature.bh = vec![0];
        }
        signature.x = 0;
    }
}
