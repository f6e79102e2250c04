//! TLS over a connection to a mail server, and what is said when a certificate fails.

use std::io;

use rustls::CertificateError;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::fault::Fault;
use super::line::Line;
use crate::domain::account::ImapAccount;
use crate::tls;

/// Puts TLS over a plain connection.
pub(super) async fn protect(stream: TcpStream, account: &ImapAccount) -> Result<Line, Fault> {
    let name = ServerName::try_from(account.host.clone()).map_err(|_| Fault::Tls {
        why: format!("{} is no name that a certificate can bear", account.host),
        mend: "Write the server's name in `host`".to_owned(),
    })?;
    let connector = TlsConnector::from(tls::client(account.ca_file.as_deref())?);
    let protected = connector.connect(name, stream).await.map_err(|error| explain(error, account))?;
    Ok(Line::Tls(Box::new(protected)))
}

/// Why TLS failed, and the mend.
fn explain(error: io::Error, account: &ImapAccount) -> Fault {
    let host = &account.host;
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let (why, mend) = match inner {
        Some(rustls::Error::InvalidCertificate(fault)) => certificate(fault, host),
        Some(rustls::Error::InvalidMessage(_)) => (
            format!("{host}:{} does not speak TLS from the first byte", account.port),
            "Port 993 goes with tls = \"implicit\", port 143 with \"starttls\"".to_owned(),
        ),
        Some(fault) => {
            (format!("TLS with {host} failed: {fault}"), "Ask whoever runs the mail server which TLS versions it speaks".to_owned())
        }
        None => return Fault::lost(error),
    };
    Fault::Tls { why, mend }
}

fn certificate(fault: &CertificateError, host: &str) -> (String, String) {
    match fault {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => (
            format!("the certificate of {host} has expired"),
            "Whoever runs the mail server has to renew it; if it is in force, this machine's clock is wrong".to_owned(),
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => (
            format!("the certificate of {host} is not in force yet"),
            "This machine's clock may be wrong: set it, and let it be kept by NTP".to_owned(),
        ),
        CertificateError::UnknownIssuer => (
            format!("the certificate of {host} was issued by nobody whom this machine knows"),
            "If it is the office's own server, save the certificate of the office's authority as a PEM file and name it in `ca_file`; else somebody may be listening in: ask the provider".to_owned(),
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
            format!("the certificate is not for {host}"),
            "Write the name that the certificate bears in `host` (the provider's help pages have it)".to_owned(),
        ),
        CertificateError::Revoked => (
            format!("the certificate of {host} has been revoked"),
            "Whoever runs the mail server has to replace it".to_owned(),
        ),
        other => (
            format!("the certificate of {host} is not to be believed: {other:?}"),
            "Whoever runs the mail server has to replace it; its authority can be named in `ca_file`".to_owned(),
        ),
    }
}
