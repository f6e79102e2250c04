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

#[cfg(test)]
mod tests {
    use std::borrow::Borrow;
    use std::hash::Hash;
    use std::process::Command;
    use std::sync::Arc;

    use data_encoding::BASE64;
    use mail_auth::common::parse::TxtRecordParser;
    use mail_auth::common::verify::DomainKey;
    use mail_auth::{AuthenticatedMessage, DkimResult, MessageAuthenticator, Parameters, ResolverCache, Txt};

    use super::*;
    use crate::domain::roster::Address;

    /// A DNS in which every name is the public key.
    struct Published(String);

    impl ResolverCache<Box<str>, Txt> for Published {
        fn get<Q: Hash + Eq + ?Sized>(&self, _: &Q) -> Option<Txt>
        where
            Box<str>: Borrow<Q>,
        {
            Some(Txt::DomainKey(Arc::new(DomainKey::parse(self.0.as_bytes()).expect("a key"))))
        }

        fn remove<Q: Hash + Eq + ?Sized>(&self, _: &Q) -> Option<Txt>
        where
            Box<str>: Borrow<Q>,
        {
            None
        }

        fn insert(&self, _: Box<str>, _: Txt, _: std::time::Instant) {}
    }

    fn letter() -> Letter {
        let bytes = "From: a@office.example\r\nTo: b@b.example\r\nSubject: =?utf-8?B?6L+f5oql?=\r\nMessage-ID: <1@office.example>\r\n\
                     Date: Mon, 2 Mar 2026 09:00:00 +0800\r\n\r\nSome  text \r\n\r\n--b--\r\n";
        let to = Address::parse("b@b.example").expect("an address");
        Letter { to, message_id: "1@office.example".into(), subject: "迟报".into(), bytes: bytes.into() }
    }

    fn passes(bytes: &[u8], published: &str) -> bool {
        let message = AuthenticatedMessage::parse(bytes).expect("a message");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let dns = Published(published.to_owned());
        let resolver = MessageAuthenticator::new_system_conf().or_else(|_| MessageAuthenticator::new_cloudflare()).expect("a resolver");
        let checked = runtime.block_on(resolver.verify_dkim(Parameters::new(&message).with_txt_cache(&dns)));
        checked.len() == 1 && checked.iter().all(|one| *one.result() == DkimResult::Pass)
    }

    fn signed_passes_and_altered_does_not(pem: String, published: &str) {
        let signer = Signer::new("office.example", "zhibao", &Secret::new(pem)).expect("a key");
        let signed = signer.sign(letter()).expect("signed");
        assert!(signed.bytes.starts_with(b"DKIM-Signature: ") && signed.bytes.ends_with(&letter().bytes));
        assert!(!signed.bytes.windows(2).any(|two| two[1] == b'\n' && two[0] != b'\r'), "CRLF alone");
        assert!(passes(&signed.bytes, published));
        for (from, to) in [("Some  text", "Other text"), ("b@b.example", "c@b.example"), ("2 Mar", "3 Mar")] {
            let altered = String::from_utf8(signed.bytes.clone()).expect("ASCII").replace(from, to);
            assert!(!passes(altered.as_bytes(), published), "{from} became {to}");
        }
    }

    #[test]
    fn an_ed25519_signature_is_what_verifiers_accept() {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("a key");
        let published = format!("v=DKIM1; k=ed25519; p={}", BASE64.encode(key.public_key_raw()));
        signed_passes_and_altered_does_not(key.serialize_pem(), &published);
    }

    #[test]
    fn an_rsa_signature_is_what_verifiers_accept() {
        let openssl = |words: &[&str]| Command::new("openssl").args(words).output().expect("openssl; tests/run installs it").stdout;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("dkim.pem").display().to_string();
        openssl(&["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", &path]);
        let public = openssl(&["pkey", "-in", &path, "-pubout", "-outform", "DER"]);
        let published = format!("v=DKIM1; k=rsa; p={}", BASE64.encode(&public));
        signed_passes_and_altered_does_not(std::fs::read_to_string(&path).expect("a key"), &published);
    }

    #[test]
    fn what_is_no_key_is_said_to_be_none() {
        assert!(Signer::new("office.example", "zhibao", &Secret::new("sesame")).expect_err("no key").contains("PEM"));
    }
}
