//! A look at an account, for an operator who sets it up: the way there, what the server offers, the folder, and a word in return.

use super::desk::{Now, Signs};
use super::session::Session;
use super::{Pace, proof};
use crate::domain::account::ImapAccount;
use crate::mailbox::MailboxError;

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What the server said first, in its own words.
    pub greeting: String,
    /// `TLS 1.3`; `None` where nothing protects the connection.
    pub protection: Option<&'static str>,
    /// What matters to us of what the server offers, by the names of the standards.
    pub offers: Vec<&'static str>,
    /// Messages in the folder.
    pub messages: u32,
    /// The folder's present numbering.
    pub validity: u32,
}

/// What makes a difference to how mail is read.
const OF_USE: [&str; 5] = ["IDLE", "MOVE", "UIDPLUS", "ID", "QUOTA"];

/// Connects, logs in, opens the folder, asks for a NOOP and leaves. Nothing is fetched, nothing is changed.
///
/// # Errors
/// What a reading would fail with, and its mend.
pub fn look(name: &str, account: &ImapAccount, now: &Now) -> Result<Seen, MailboxError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| MailboxError::Unreachable {
        what: name.to_owned(),
        why: error.to_string(),
        mend: "Free memory or threads on this machine".to_owned(),
    })?;
    let pace = Pace::default();
    let seen = runtime.block_on(async {
        let shown = proof::show(account, now).await?;
        let mut session = Session::open(account, &shown, &pace, &Signs::default()).await?;
        session.run("NOOP", &mut |_| {}).await?;
        let offers = OF_USE.into_iter().filter(|offer| session.can(offer)).collect();
        let greeting = session.greeting.clone();
        let seen = Seen { greeting, protection: session.protection, offers, messages: session.exists, validity: session.validity };
        session.leave().await;
        Ok(seen)
    });
    seen.map_err(|fault: super::fault::Fault| fault.told(account, name))
}
