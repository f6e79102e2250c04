//! A mail account at a server, as the operator describes it: where it is, how to log in, which folders are used.

use std::path::PathBuf;

use super::relay::Security;
use super::secret::SecretPlace;

/// An IMAP account. Only what has been checked gets here: hosts are names or addresses, folders are not empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImapAccount {
    /// Name or address of the server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Security,
    /// Certificates (PEM) that are believed besides those of the system.
    pub ca_file: Option<PathBuf>,
    /// Whose account it is.
    pub username: String,
    /// What is shown to prove it.
    pub proof: Credential,
    /// The folder that is read.
    pub folder: String,
    /// Where messages go once they are on record; `None`: they stay.
    pub processed: Option<String>,
    /// Where quarantined messages go instead; `None`: to `processed`, too.
    pub quarantine: Option<String>,
    /// Whether to ask the server to say at once when mail comes.
    pub idle: bool,
}

impl ImapAccount {
    /// `imaps://host:993/INBOX`: what is read, without any secret.
    pub fn place(&self) -> String {
        let scheme = if self.tls == Security::Implicit { "imaps" } else { "imap" };
        format!("{scheme}://{}:{}/{}", self.host, self.port, self.folder)
    }
}

/// What proves whose account it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A password, or an authorisation code of the provider.
    Password(SecretPlace),
    /// A token of limited life.
    OAuth2(TokenSource),
}

/// Where access tokens come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenSource {
    /// A program prints one; it is run at each login. Never empty.
    Command(Vec<String>),
    /// We keep a refresh token in `file`, which `zhibao login` has put there, and ask for access tokens with it.
    Kept {
        /// Readable by this user alone.
        file: PathBuf,
        /// Who asks, and whom.
        client: OAuthClient,
    },
}

/// An application that is registered with a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuthClient {
    /// Its id.
    pub id: String,
    /// Its secret, where the provider gives one.
    pub secret: Option<SecretPlace>,
    /// What it asks for.
    pub scope: String,
    /// Where tokens are given.
    pub token_url: String,
    /// Certificates (PEM) that are believed there besides those of the system.
    pub ca_file: Option<PathBuf>,
    /// How a person agrees.
    pub consent: Consent,
}

/// How a person agrees to the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Consent {
    /// RFC 8628: he types a code into a page on any machine (Microsoft 365).
    Device {
        /// Where codes are given.
        device_url: String,
    },
    /// RFC 8252 and 7636: his browser on this machine comes back to us (Google).
    Redirect {
        /// The page that his browser opens.
        auth_url: String,
    },
}
