//! Whom we believe where TLS is spoken, over bare connections and over HTTP. Checking is never switched off.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};

/// TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file of certificates cannot be used.
    #[error("the certificates in {} cannot be read: {why}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The library refuses what it was given.
    #[error("TLS cannot be set up: {0}")]
    Library(rustls::Error),
}

impl TlsError {
    /// What would mend it.
    pub fn mend(&self) -> &'static str {
        match self {
            TlsError::Unusable { .. } => "`ca_file` holds certificates in PEM form: lines between BEGIN CERTIFICATE and END CERTIFICATE",
            TlsError::Library(_) => "This is a fault of zhibao; report it",
        }
    }
}

/// The certificates of the system, and those of `ca_file`.
fn believed(ca_file: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let mut certificates = rustls_native_certs::load_native_certs().certs;
    if let Some(path) = ca_file {
        let unusable = |why: String| TlsError::Unusable { path: path.to_owned(), why };
        let read = CertificateDer::pem_file_iter(path).map_err(|error| unusable(error.to_string()))?;
        let before = certificates.len();
        for certificate in read {
            certificates.push(certificate.map_err(|error| unusable(error.to_string()))?);
        }
        if certificates.len() == before {
            return Err(unusable("there is none in it".to_owned()));
        }
    }
    Ok(certificates)
}

/// TLS over a bare connection, believing the system and `ca_file`.
///
/// # Errors
/// The file cannot be used.
pub fn client(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, TlsError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(believed(ca_file)?);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(TlsError::Library)?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}

/// An HTTP client that believes the system and `ca_file`, and whose every exchange ends `within`. It follows no redirect, which would
/// take secrets elsewhere, and hands over every answer, whatever its status.
///
/// # Errors
/// The file cannot be used.
pub fn agent(ca_file: Option<&Path>, within: Duration) -> Result<Agent, TlsError> {
    let roots = believed(ca_file)?.iter().map(|der| Certificate::from_der(der).to_owned()).collect::<Vec<Certificate<'static>>>();
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .root_certs(RootCerts::Specific(Arc::new(roots)))
        .build();
    let config = Agent::config_builder()
        .timeout_global(Some(within))
        .timeout_connect(Some(within / 2))
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent("zhibao")
        .tls_config(tls);
    Ok(config.build().new_agent())
}
