//! DKIM signatures (RFC 6376): which of them count, and what became of each.

use mail_auth::common::crypto::{Algorithm, HashAlgorithm};
use mail_auth::common::verify::{DomainKey, VerifySignature};
use mail_auth::dkim::{Canonicalization, DkimError, Signature};
use mail_auth::{AuthenticatedMessage, DkimOutput, DkimResult, Error, MessageAuthenticator, Parameters};

use super::bodies::{Canonical, canonical};
use super::head::Head;
use crate::domain::authentic::{Evidence, Finding, may_be_related};
use crate::domain::rules::Instant;

/// Signatures of related domains that are looked at; each costs a question to the DNS.
const MOST_SIGNATURES: usize = 6;

/// `t=y` of a key record: the domain only tries things out.
const TESTING: u64 = 0x10;

/// The hashes of a text in its two canonical forms, each made when first asked for.
pub(super) struct Bodies<'a> {
    body: &'a [u8],
    simple: Option<Canonical>,
    relaxed: Option<Canonical>,
}

impl<'a> Bodies<'a> {
    pub fn new(body: &'a [u8]) -> Bodies<'a> {
        Bodies { body, simple: None, relaxed: None }
    }

    fn canonical(&mut self, how: Canonicalization) -> &Canonical {
        let slot = match how {
            Canonicalization::Simple => &mut self.simple,
            Canonicalization::Relaxed => &mut self.relaxed,
        };
        slot.get_or_insert_with(|| canonical(self.body, how))
    }

    /// Whether a signature that covers `l` bytes covers all of the text; 0: it names no length.
    pub fn are_whole(&mut self, how: Canonicalization, l: u64) -> bool {
        l == 0 || l == self.canonical(how).length
    }

    /// Puts our hashes in the place of mail-auth's. One of a part of the text, or by SHA-1, stays empty, so that none is equal to it.
    pub fn put_into(&mut self, message: &mut AuthenticatedMessage<'_>) {
        for (how, algorithm, l, hash) in &mut message.body_hashes {
            let counts = *algorithm == HashAlgorithm::Sha256 && self.are_whole(*how, *l);
            *hash = if counts { self.canonical(*how).sha256.clone() } else { Vec::new() };
        }
    }
}

/// Takes those signatures out of `message` that do not count, whatever their keys say, and notes why. What is left is to be verified.
pub(super) fn sift(
    message: &mut AuthenticatedMessage<'_>,
    head: &Head<'_>,
    bodies: &mut Bodies<'_>,
    author: &str,
    arrival: Instant,
) -> Vec<Evidence> {
    let mut noted = Vec::new();
    let mut kept = 0;
    let malformed = message.errors.iter().filter(|error| error.name.eq_ignore_ascii_case(b"DKIM-Signature")).count();
    noted.extend((0..malformed).map(|_| Evidence::Dkim { domain: String::new(), selector: String::new(), finding: Finding::Malformed }));
    message.dkim_headers.retain_mut(|header| {
        let signature = &mut header.header;
        let fault = fault(signature, head, bodies, author, arrival).or_else(|| (kept >= MOST_SIGNATURES).then_some(Finding::OtherDomain));
        // It held when it arrived; that it has run out since, while nobody read it, is not its sender's fault.
        signature.x = 0;
        match fault {
            Some(finding) => noted.push(evidence(signature, finding)),
            None => kept += 1,
        }
        fault.is_none()
    });
    noted
}

fn fault(signature: &Signature, head: &Head<'_>, bodies: &mut Bodies<'_>, author: &str, arrival: Instant) -> Option<Finding> {
    let signs = |name: &str| signature.h.iter().any(|signed| signed.eq_ignore_ascii_case(name));
    let arrived = u64::try_from(arrival.timestamp()).unwrap_or(0);
    match () {
        () if !may_be_related(&signature.d, author) => Some(Finding::OtherDomain),
        () if signature.a == Algorithm::RsaSha1 => Some(Finding::Weak),
        () if !signs("From") => Some(Finding::SenderNotSigned),
        () if head.has("Subject") && !signs("Subject") => Some(Finding::SubjectNotSigned),
        () if signature.x != 0 && (signature.x <= arrived || signature.x <= signature.t) => Some(Finding::Expired),
        () if !bodies.are_whole(signature.cb, signature.l) => Some(Finding::PartOfText),
        () => None,
    }
}

/// Verifies what was left. The outputs are those that hold.
pub(super) async fn verify<'x>(
    dns: &MessageAuthenticator,
    message: &'x AuthenticatedMessage<'x>,
    noted: &mut Vec<Evidence>,
) -> Vec<DkimOutput<'x>> {
    let mut hold = Vec::new();
    for output in dns.verify_dkim(message).await {
        let Some(signature) = output.signature() else { continue };
        let mut finding = finding(output.result());
        if finding == Finding::Holds && is_test_key(dns, signature).await {
            finding = Finding::TestKey;
        }
        noted.push(evidence(signature, finding));
        if finding == Finding::Holds {
            hold.push(output);
        }
    }
    hold
}

/// What mail-auth's answer is worth: anything but a pass is none.
pub(super) fn finding(result: &DkimResult) -> Finding {
    match result {
        DkimResult::Pass => Finding::Holds,
        DkimResult::TempError(_) => Finding::Unanswered,
        DkimResult::Neutral(Error::Dkim(DkimError::FailedBodyHashMatch)) => Finding::TextChanged,
        DkimResult::Neutral(Error::Arc(mail_auth::arc::ArcError::FailedBodyHashMatch)) => Finding::TextChanged,
        DkimResult::Neutral(Error::Dkim(DkimError::SignatureExpired)) => Finding::Expired,
        DkimResult::Fail(Error::Crypto(_)) => Finding::HeadersChanged,
        DkimResult::PermError(_) => Finding::NoKey,
        DkimResult::Neutral(_) | DkimResult::Fail(_) | DkimResult::None => Finding::Malformed,
    }
}

/// RFC 6376, 3.6.1: mail of a domain that tests is to be treated as if it were not signed. The answer lies in the resolver's cache.
async fn is_test_key(dns: &MessageAuthenticator, signature: &Signature) -> bool {
    let uncached = Parameters::new(()).cache_txt;
    let key = dns.txt_lookup::<DomainKey>(signature.domain_key(), uncached).await;
    key.is_ok_and(|key| key.has_flag(TESTING))
}

fn evidence(signature: &Signature, finding: Finding) -> Evidence {
    let plain = |text: &str| super::head::shown(text.as_bytes());
    Evidence::Dkim { domain: plain(&signature.d), selector: plain(&signature.s), finding }
}
