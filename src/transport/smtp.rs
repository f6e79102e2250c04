//! Letters to a relay over SMTP, one recipient an envelope.
//!
//! Every verb has a deadline, and so has the whole of a sending, connecting and logging in included. A connection carries several
//! letters only where the one before it ended cleanly; after any error or timeout it is dropped, because an answer that comes late
//! would be taken for that of the next letter. Before the final dot every failure means: not sent. After it, only the relay's answer
//! says what became of the letter; without one, nobody knows.

mod session;
mod verdict;

use std::cell::Cell;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use super::{Accepted, Letter, SendError, Transport};
use crate::domain::plus;
use crate::domain::relay::{ProofKind, Security};
use crate::domain::roster::Address;
use crate::domain::rules::Instant;
use crate::domain::secret::Secret;

/// Yields the password or token, afresh for each connection; an error is a sentence that says what to do.
pub type SecretSource = Box<dyn Fn() -> Result<Secret, String> + Send>;

/// Who logs in.
pub struct Login {
    /// The name of the account.
    pub username: String,
    /// With what it is proved.
    pub proof: ProofKind,
    /// Where that comes from.
    pub secret: SecretSource,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("username", &self.username).field("proof", &self.proof).finish_non_exhaustive()
    }
}

/// How long each part of a sending may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// One TCP connection.
    pub connect: Duration,
    /// Connection, TLS, greeting and EHLO.
    pub greet: Duration,
    /// STARTTLS, login, MAIL, RCPT, DATA, each.
    pub verb: Duration,
    /// Writing the content.
    pub content: Duration,
    /// The answer to the final dot: RFC 5321 lets the relay take ten minutes. A shorter wait makes second copies.
    pub dot: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        let seconds = Duration::from_secs;
        Limits { connect: seconds(20), greet: seconds(60), verb: seconds(60), content: seconds(300), dot: super::LONGEST }
    }
}

/// A relay and how to speak to it.
#[derive(Debug)]
pub struct SmtpSettings {
    /// The name that the operator gave it.
    pub name: String,
    /// Host name or address; the certificate must be for it.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the way is protected.
    pub security: Security,
    /// Certificates that are trusted besides the system's, PEM.
    pub ca_file: Option<PathBuf>,
    /// What we call ourselves.
    pub hello: String,
    /// `None`: the relay knows us by our address.
    pub login: Option<Login>,
    /// Stands in for the null sender at a relay that refuses it.
    pub instead_of_null: Option<Address>,
    /// Where bounces go; `None`: to the office's address.
    pub bounces_to: Option<Address>,
    /// Deadlines.
    pub limits: Limits,
}

/// A relay.
pub struct SmtpTransport {
    settings: SmtpSettings,
    runtime: Option<Runtime>,
    tls: Option<TlsParameters>,
    /// Held open after a letter that was accepted.
    open: Option<AsyncSmtpConnection>,
    /// Since when there has been nothing to send.
    idle_since: Option<Instant>,
}

/// How far a sending has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Connecting,
    StartTls,
    Login,
    Mail,
    Rcpt,
    Data,
    Content,
    Dot,
}

/// A letter in the terms of SMTP.
struct Parcel<'a> {
    from: Option<lettre::Address>,
    to: lettre::Address,
    /// Without the line end that the final dot brings along.
    content: &'a [u8],
}

/// A connection on which nothing was sent for so many seconds is closed; relays and gateways in between do so after minutes.
const IDLE_SECONDS: i64 = 30;
/// A farewell takes no longer.
const FAREWELL: Duration = Duration::from_secs(2);

impl SmtpTransport {
    /// A relay that is connected to with the first letter.
    pub fn new(settings: SmtpSettings) -> SmtpTransport {
        SmtpTransport { settings, runtime: None, tls: None, open: None, idle_since: None }
    }

    /// The letter in the terms of SMTP, or why it can never be sent.
    fn parcel<'a>(&self, letter: &Letter<'a>) -> Result<Parcel<'a>, SendError> {
        // A relay that refuses the null sender takes its account's own address alone: then a bounce is known by its Message-ID.
        let from = match (&self.settings.instead_of_null, &self.settings.bounces_to) {
            (Some(account), _) => Some(account.clone()),
            (None, Some(base)) => letter.envelope_from.map(|path| plus::rebased(path, base)),
            (None, None) => letter.envelope_from.cloned(),
        };
        if let Some(at) = stray_line_end(letter.bytes) {
            let why =
                format!("the letter has a bare CR or LF at byte {at}, which SMTP forbids; this is a fault of zhibao, please report it");
            return Err(SendError::Permanent { why, names_recipient: false });
        }
        let content = letter.bytes.strip_suffix(b"\r\n").unwrap_or(letter.bytes);
        Ok(Parcel { from: from.as_ref().map(|from| address(from, false)).transpose()?, to: address(letter.to, true)?, content })
    }

    fn take_runtime(&mut self) -> Result<Runtime, SendError> {
        let made = self.runtime.take().map_or_else(|| Builder::new_current_thread().enable_all().build(), Ok);
        made.map_err(|error| SendError::Down { why: format!("starting the SMTP client: {error}") })
    }

    /// Closes the connection politely.
    fn farewell(&mut self) {
        if let (Some(mut connection), Ok(runtime)) = (self.open.take(), self.take_runtime()) {
            runtime.block_on(async {
                // Whether the relay answers changes nothing: all that it took is on record.
                let _ = timeout(FAREWELL, connection.quit()).await;
            });
            self.runtime = Some(runtime);
        }
    }
}

/// What a relay shows of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What it calls itself in its answer to EHLO.
    pub name: String,
    /// What matters of its offers, by the names of the standards.
    pub offers: Vec<&'static str>,
}

impl SmtpTransport {
    /// Connects, for an operator who sets it up: TLS, greeting, EHLO and login. The connection stays open for a letter.
    ///
    /// # Errors
    /// What a sending would fail with, and its mend.
    pub fn look(&mut self) -> Result<Seen, SendError> {
        let runtime = self.take_runtime()?;
        let stage = Cell::new(Stage::Connecting);
        let opened = runtime.block_on(async { timeout(super::LONGEST, self.connect(&stage)).await });
        self.runtime = Some(runtime);
        let connection = opened.unwrap_or_else(|_| Err(verdict::too_long(&self.settings, stage.get(), super::LONGEST)))?;
        let seen = session::seen(&connection);
        self.open = Some(connection);
        Ok(seen)
    }
}

impl Transport for SmtpTransport {
    fn name(&self) -> &str {
        &self.settings.name
    }

    fn send(&mut self, letter: &Letter<'_>, before_final_dot: &mut dyn FnMut() -> Result<(), SendError>) -> Result<Accepted, SendError> {
        let parcel = self.parcel(letter)?;
        let runtime = self.take_runtime()?;
        self.idle_since = None;
        let stage = Cell::new(Stage::Connecting);
        let within = letter.within.min(super::LONGEST);
        let sent = runtime.block_on(async { timeout(within, self.attempt(&parcel, &stage, before_final_dot)).await });
        self.runtime = Some(runtime);
        // What timed out has taken its connection with it.
        sent.unwrap_or_else(|_| Err(verdict::too_long(&self.settings, stage.get(), within)))
    }

    fn idle(&mut self, now: Instant) {
        let since = *self.idle_since.get_or_insert(now);
        if (now - since).num_seconds().abs() >= IDLE_SECONDS {
            self.farewell();
        }
    }
}

impl Drop for SmtpTransport {
    fn drop(&mut self) {
        self.open = None;
        if let Some(runtime) = self.runtime.take() {
            // It may be dropped where waiting is forbidden.
            runtime.shutdown_background();
        }
    }
}

fn address(address: &Address, names_recipient: bool) -> Result<lettre::Address, SendError> {
    lettre::Address::new(address.local(), address.domain()).map_err(|error| {
        let mend = "Correct the address on the roster; addresses beyond ASCII cannot be sent to";
        SendError::Permanent { why: format!("{address} cannot be written in SMTP: {error}. {mend}"), names_recipient }
    })
}

/// The first CR without LF, or LF without CR: some relays take them for line ends, and then see a final dot where none is.
fn stray_line_end(bytes: &[u8]) -> Option<usize> {
    (0..bytes.len()).find(|at| match bytes[*at] {
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        b'\n' => *at == 0 || bytes[at - 1] != b'\r',
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stray_line_ends_are_found() {
        assert_eq!(stray_line_end(b"a\r\nb\r\n"), None);
        assert_eq!(stray_line_end(b"a\n.\r\n"), Some(1));
        assert_eq!(stray_line_end(b"a\r\n\nb"), Some(3));
        assert_eq!(stray_line_end(b"a\r.\r\n"), Some(1));
        assert_eq!(stray_line_end(b"\r"), Some(0));
        assert_eq!(stray_line_end(b"\n"), Some(0));
    }

    #[test]
    fn a_login_does_not_show_its_secret() {
        let login = Login { username: "office".into(), proof: ProofKind::Password, secret: Box::new(|| Ok(Secret::new("sesame"))) };
        assert!(!format!("{login:?}").contains("sesame"));
    }
}
