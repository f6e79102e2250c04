//! DKIM (RFC 6376) on what we send, put on when a letter is composed: its bytes never change after that, so it is sent again as it is.

use std::fmt;

use mail_auth::common::crypto::{Ed25519Key, RsaKey, Sha256};
use mail_auth::common::headers::HeaderWriter;
use mail_auth::dkim::{Canonicalization, DkimSigner, Done};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;

use super::compose::{ComposeError, Letter};
use crate::domain::secret::Secret;

/// What the signature covers: everything that a reader sees or answers to.
const SIGNED: [&str; 12] = [
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
    "Auto-Submitted",
    "X-Zhibao-Number",
];

/// Signs letters with the key of a domain.
pub struct Signer(Key);

enum Key {
    Rsa(Box<DkimSigner<RsaKey<Sha256>, Done>>),
    Ed25519(Box<DkimSigner<Ed25519Key, Done>>),
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer")
    }
}

impl Signer {
    /// A signer with a private key in PEM, RSA (PKCS #1 or #8) or Ed25519 (PKCS #8); `Err` says why it is none.
    pub fn new(domain: &str, selector: &str, pem: &Secret) -> Result<Signer, String> {
        let key = PrivateKeyDer::from_pem_slice(pem.expose().as_bytes()).map_err(|error| format!("no private key in PEM: {error}"))?;
        // Both kinds come as PKCS #8; what is no Ed25519 key may be an RSA key.
        if let PrivateKeyDer::Pkcs8(der) = &key
            && let Ok(ed25519) = Ed25519Key::from_pkcs8_maybe_unchecked_der(der.secret_pkcs8_der())
        {
            let signer = DkimSigner::from_key(ed25519).domain(domain).selector(selector).headers(SIGNED);
            let signer = signer.header_canonicalization(Canonicalization::Relaxed).body_canonicalization(Canonicalization::Relaxed);
            return Ok(Signer(Key::Ed25519(Box::new(signer))));
        }
        let rsa = RsaKey::<Sha256>::from_key_der(key)
            .map_err(|error| format!("neither an RSA key of 2048 bits or more nor an Ed25519 key: {error}"))?;
        let signer = DkimSigner::from_key(rsa).domain(domain).selector(selector).headers(SIGNED);
        let signer = signer.header_canonicalization(Canonicalization::Relaxed).body_canonicalization(Canonicalization::Relaxed);
        Ok(Signer(Key::Rsa(Box::new(signer))))
    }

    /// The letter with its signature on top.
    ///
    /// # Errors
    /// Where the key refuses to sign; nothing goes out unsigned then.
    pub fn sign(&self, letter: Letter) -> Result<Letter, ComposeError> {
        let signature = match &self.0 {
            Key::Rsa(signer) => signer.sign(&letter.bytes),
            Key::Ed25519(signer) => signer.sign(&letter.bytes),
        };
        let mut bytes = signature.map_err(|error| ComposeError::Sign(error.to_string()))?.to_header().into_bytes();
        bytes.extend_from_slice(&letter.bytes);
        Ok(Letter { bytes, ..letter })
    }
}
