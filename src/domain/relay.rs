//! How a relay is spoken to.

use super::rules::words;

/// How the way to a mail server, be it a relay or one that keeps mail, is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte.
    Implicit,
    /// A plain greeting, then STARTTLS, without which nothing is said.
    StartTls,
    /// None; to this machine alone.
    Plain,
}

words!(Security, Security::Implicit => "implicit", Security::StartTls => "starttls", Security::Plain => "none");

impl Security {
    /// The port on which relays listen for mail of their own users.
    pub fn usual_port(self) -> u16 {
        match self {
            Security::Implicit => 465,
            Security::StartTls => 587,
            Security::Plain => 25,
        }
    }
}

/// By what we prove to a relay who we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofKind {
    /// A password: PLAIN, else LOGIN.
    Password,
    /// An access token: XOAUTH2.
    Token,
}

words!(ProofKind, ProofKind::Password => "password", ProofKind::Token => "xoauth2");
