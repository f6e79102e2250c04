//! Access tokens: out of a program, or for the refresh token that `zhibao login` has put into a file.

mod device;
mod kept;
mod provider;
mod redirect;

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::fault::Fault;
use crate::domain::account::{OAuthClient, TokenSource};
use crate::secrets::NoSecret;
use crate::tls::TlsError;

pub use device::Device;
pub use kept::Tokens;
pub use redirect::Redirect;

/// A token that ends within this is renewed first.
const SPARE_SECONDS: i64 = 120;
/// A program that prints a token must be done within this.
const COMMAND_PATIENCE: Duration = Duration::from_secs(60);
const COMMAND_LOOK: Duration = Duration::from_millis(50);

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum OAuthError {
    /// The provider does not answer, or not in a way that can be understood.
    #[error("{url} cannot be asked for a token: {why}")]
    Unreachable {
        /// Which page.
        url: String,
        /// Why.
        why: String,
    },
    /// The provider refuses; `code` is one of RFC 6749 5.2 or RFC 8628 3.5.
    #[error("the provider refuses: {code}{}", if why.is_empty() { String::new() } else { format!(": {why}") })]
    Refused {
        /// `invalid_grant`.
        code: String,
        /// In the provider's words.
        why: String,
    },
    /// The file of tokens cannot be used.
    #[error("the token file {path} cannot be used: {why}")]
    File {
        /// Which.
        path: String,
        /// Why.
        why: String,
    },
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(TlsError),
    /// This machine gives no port for the browser to come back to.
    #[error("no browser could come back to this machine: {0}")]
    NoPort(std::io::Error),
    /// The application's secret cannot be read.
    #[error("the client secret: {0}")]
    Secret(NoSecret),
    /// Nobody has agreed yet, or not in time.
    #[error("{0}")]
    NoConsent(String),
    /// The program that prints tokens failed.
    #[error("the token command {program} failed: {why}")]
    Command {
        /// Which.
        program: String,
        /// Why.
        why: String,
    },
    /// No random bytes.
    #[error("the system gave no random bytes")]
    NoRandomness,
}

impl From<OAuthError> for Fault {
    fn from(error: OAuthError) -> Fault {
        let why = error.to_string();
        match error {
            OAuthError::Refused { .. } | OAuthError::NoConsent(_) => Fault::Refused(why),
            OAuthError::Tls(error) => error.into(),
            OAuthError::Secret(missing) => Fault::NoProof { why: format!("the client secret: {}", missing.why), mend: missing.mend },
            OAuthError::Command { .. } => Fault::NoProof { why, mend: "Run the command by hand as the user that runs zhibao".to_owned() },
            OAuthError::File { .. } => Fault::NoProof {
                why,
                mend: "Give the user that runs zhibao leave to read and write it, or run `zhibao login` again".to_owned(),
            },
            _ => Fault::NoProof { why, mend: "Check the network; it is tried again by itself".to_owned() },
        }
    }
}

/// An access token that is good at `now`.
pub(super) fn access_token(source: &TokenSource, now: DateTime<Utc>) -> Result<String, Fault> {
    match source {
        TokenSource::Command(words) => Ok(printed(words)?),
        TokenSource::Kept { file, client } => {
            let kept = Tokens::load(file)?;
            if let Some(access) = kept.access_at(now + chrono::TimeDelta::seconds(SPARE_SECONDS)) {
                return Ok(access.to_owned());
            }
            let renewed = renew(client, &kept, now)?;
            renewed.save(file)?;
            Ok(renewed.access)
        }
    }
}

/// Asks for a new access token.
pub fn renew(client: &OAuthClient, kept: &Tokens, now: DateTime<Utc>) -> Result<Tokens, OAuthError> {
    let mut form = provider::of(client)?;
    form.push(("grant_type", "refresh_token".to_owned()));
    form.push(("refresh_token", kept.refresh.clone()));
    let granted = provider::ask(client, &client.token_url, &form)?;
    Tokens::granted(&granted, Some(&kept.refresh), now, &client.token_url)
}

/// Has the next login ask for a new token: the one that is kept was refused.
pub(super) fn forget_access(file: &Path) {
    if let Ok(mut tokens) = Tokens::load(file) {
        tokens.access.clear();
        if let Err(error) = tokens.save(file) {
            tracing::warn!(%error, "a refused token stays in its file");
        }
    }
}

/// The access token in the file, whether it is still good or not.
pub(super) fn access_in(file: &Path) -> Option<String> {
    Tokens::load(file).ok().map(|tokens| tokens.access).filter(|access| !access.is_empty())
}

/// What a program prints, its first line. Nobody waits for it for ever.
fn printed(words: &[String]) -> Result<String, OAuthError> {
    let (program, arguments) = words.split_first().map_or(("", &[][..]), |(program, arguments)| (program.as_str(), arguments));
    let failed = |why: String| OAuthError::Command { program: program.to_owned(), why };
    let child = Command::new(program).args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn();
    let mut child = child.map_err(|error| failed(error.to_string()))?;
    let mut output = child.stdout.take();
    let reader = thread::spawn(move || {
        let mut text = String::new();
        // What is cut off is no token, and is refused as one.
        let _ = output.as_mut().map(|output| output.take(64 << 10).read_to_string(&mut text));
        text
    });
    let mut waited = Duration::ZERO;
    let status = loop {
        match child.try_wait().map_err(|error| failed(error.to_string()))? {
            Some(status) => break status,
            None if waited >= COMMAND_PATIENCE => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(failed("it did not end within a minute".to_owned()));
            }
            None => {
                thread::sleep(COMMAND_LOOK);
                waited += COMMAND_LOOK;
            }
        }
    };
    if !status.success() {
        return Err(failed(status.to_string()));
    }
    let text = reader.join().unwrap_or_default();
    match text.lines().next().map(str::trim) {
        Some(token) if !token.is_empty() => Ok(token.to_owned()),
        _ => Err(failed("it printed nothing".to_owned())),
    }
}
