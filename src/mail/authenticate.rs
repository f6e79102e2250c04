//! Who wrote this? The sender of a message, checked on its exact bytes.
//!
//! Only a plain yes counts. A signature must cover sender, subject and the whole text; what is read of a message must be what
//! was checked, so a header block that can be read in two ways is refused. mail-auth does the cryptography, the DNS and the
//! policies; here it is decided what its answers are worth.
//!
//! One kind of line end: a signature is checked on the message with every CR, LF and CRLF made CRLF. That is how it left the
//! signer, however a Maildir keeps it, and it is how `mail::parse` reads it: a line break slipped in by a lone CR is seen.

mod arc;
mod bodies;
mod dkim;
mod head;
mod resolver;
mod results;
mod spf;
mod trace;
mod verify;

use std::sync::Arc;
use std::time::Duration;

use crate::domain::authentic::{Authentication, Outcome, Proof, ResolverSettings, Trust};
use crate::domain::message::Mailbox;
use crate::domain::roster::Address;
use crate::domain::rules::Instant;
use head::Head;
use resolver::Resolver;

/// Longest time that one message may take, whatever the DNS does.
const LONGEST: Duration = Duration::from_secs(20);

/// A message whose sender is in question.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Its exact bytes.
    pub raw: &'a [u8],
    /// What its mailbox believes.
    pub trust: &'a Trust,
    /// Our hosts, by the names under which they write `Received`.
    pub boundary: &'a [String],
    /// When it arrived: a signature must have held then.
    pub arrival: Instant,
}

/// Checks senders. Cheap to clone; asks no DNS before it must.
#[derive(Clone)]
pub struct Authenticator(Option<Arc<Resolver>>);

impl Authenticator {
    /// One that asks the DNS.
    pub fn new(settings: &ResolverSettings) -> Authenticator {
        Authenticator(Some(Arc::new(Resolver::new(settings))))
    }

    /// One that asks nobody, for replays: under `verify` whoever could deliver is believed.
    pub fn offline() -> Authenticator {
        Authenticator(None)
    }

    /// Checks the sender of a message, if `is_known` has him on a roster.
    ///
    /// Takes some time where the DNS is slow, never longer than `LONGEST`. Must not be called from asynchronous code.
    pub fn check(&self, question: &Question<'_>, is_known: impl Fn(&Address) -> bool) -> Authentication {
        let head = Head::read(question.raw);
        let sender = match &head.senders()[..] {
            [one] => one.comparable(),
            _ => None,
        };
        let Some(address) = sender.clone().filter(|address| is_known(address)) else {
            return Authentication { sender, outcome: Outcome::NotNeeded, evidence: Vec::new() };
        };
        let mut evidence = Vec::new();
        let outcome = match (head.fault(), question.trust, &self.0) {
            (_, Trust::Mailbox, _) => Outcome::NotNeeded,
            (Some(why), ..) => Outcome::NotAuthentic { why },
            (None, Trust::Authserv { authserv_id }, _) => {
                results::believe(&head, authserv_id, question.boundary, address.domain(), &mut evidence)
            }
            (None, Trust::Verify { .. }, None) => Outcome::Authentic { by: Proof::Replay },
            (None, Trust::Verify { arc_sealers }, Some(resolver)) => {
                let asked = verify::Asked { head: &head, address: &address, sealers: arc_sealers, question };
                let checked = resolver.run(LONGEST, |dns| async move { verify::verify(&dns, asked).await });
                match checked {
                    Ok((outcome, found)) => {
                        evidence = found;
                        outcome
                    }
                    Err(about) => Outcome::Unanswered { about },
                }
            }
        };
        Authentication { sender, outcome, evidence }
    }
}

/// The senders of a message as a check sees them.
pub fn senders(raw: &[u8]) -> Vec<Mailbox> {
    Head::read(raw).senders()
}

/// SPF alone, as `verify` asks it: `pass`, `fail`, `softfail`, `neutral`, `none`, `permerror`, `temperror`. A null `mail_from`
/// asks about `helo`.
pub fn spf_result(authenticator: &Authenticator, client: std::net::IpAddr, helo: &str, mail_from: &str) -> &'static str {
    let Some(resolver) = &authenticator.0 else { return "temperror" };
    let envelope = trace::Envelope { client, helo: helo.to_owned(), mail_from: mail_from.to_owned(), by: "mx.invalid".to_owned() };
    let asked = resolver.run(LONGEST, |dns| async move { spf::word(spf::check(&dns, &envelope).await) });
    asked.unwrap_or("temperror")
}
