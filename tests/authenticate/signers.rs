//! Those who sign: mail-auth with keys made on the spot, and programs of others where they are installed.

use std::io::Write;
use std::process::{Command, Stdio};

use data_encoding::BASE64;
use mail_auth::common::crypto::{Ed25519Key, RsaKey, Sha256};
use mail_auth::common::headers::HeaderWriter;
use mail_auth::dkim::{Canonicalization, DkimSigner};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;

/// An Ed25519 key and the record of its public part.
pub struct Key {
    pkcs8: Vec<u8>,
    pub record: String,
}

/// How a signature is made.
#[derive(Clone, Copy)]
pub struct Manner<'a> {
    pub domain: &'a str,
    pub selector: &'a str,
    pub headers: &'a [&'a str],
    pub canonicalization: Canonicalization,
    pub with_length: bool,
    pub lasts_seconds: u64,
}

pub const USUAL: Manner<'_> = Manner {
    domain: "yangquan.example",
    selector: "k1",
    headers: &["From", "To", "Subject", "Date", "Message-ID"],
    canonicalization: Canonicalization::Relaxed,
    with_length: false,
    lasts_seconds: 0,
};

impl Key {
    pub fn new() -> Key {
        let pkcs8 = Ed25519Key::generate_pkcs8().expect("a key");
        let public = Ed25519Key::from_pkcs8_der(&pkcs8).expect("its own").public_key();
        Key { pkcs8, record: format!("v=DKIM1; k=ed25519; p={}", BASE64.encode(&public)) }
    }

    pub fn key(&self) -> Ed25519Key {
        Ed25519Key::from_pkcs8_der(&self.pkcs8).expect("a key")
    }

    /// The message with a signature on top.
    pub fn sign(&self, message: &str, manner: Manner<'_>) -> String {
        let signer =
            DkimSigner::from_key(self.key()).domain(manner.domain).selector(manner.selector).headers(manner.headers.iter().copied());
        let signer = signer.header_canonicalization(manner.canonicalization).body_canonicalization(manner.canonicalization);
        let signer = signer.body_length(manner.with_length).expiration(manner.lasts_seconds);
        signer.sign(message.as_bytes()).expect("a signature").to_header() + message
    }
}

/// An RSA key of openssl's making, in PEM, and the record of its public part. `None`: openssl is not installed.
pub fn rsa_key(folder: &std::path::Path) -> Option<(std::path::PathBuf, String)> {
    let file = folder.join("rsa.pem");
    let made =
        Command::new("openssl").args(["genrsa", "-traditional", "-out"]).arg(&file).arg("2048").stderr(Stdio::null()).status().ok()?;
    assert!(made.success(), "openssl makes a key");
    let der = PrivateKeyDer::from_pem_file(&file).expect("a key in PEM");
    let key = RsaKey::<Sha256>::from_key_der(der).expect("an RSA key");
    Some((file, format!("v=DKIM1; k=rsa; p={}", BASE64.encode(&key.public_key()))))
}

/// What a program answers to a message on its standard input. `None`: it is not installed.
pub fn through(program: &str, arguments: &[&str], message: &[u8]) -> Option<Vec<u8>> {
    let spawned = Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = spawned else {
        println!("{program} is not installed: tests/run installs it");
        return None;
    };
    child.stdin.take().expect("a pipe").write_all(message).expect("it reads");
    let answered = child.wait_with_output().expect("it ends");
    assert!(answered.status.success(), "{program} fails");
    Some(answered.stdout)
}
