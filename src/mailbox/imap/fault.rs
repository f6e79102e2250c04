//! What goes wrong with an account, why, and what would mend it.

use std::io;

use super::super::MailboxError;
use crate::domain::account::{Credential, ImapAccount};
use crate::secrets::NoSecret;
use crate::tls::TlsError;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// Nothing answers there.
    #[error("no connection: {0}")]
    Unreachable(io::Error),
    /// The name leads away from this machine, and there is no TLS.
    #[error("the name does not lead to this machine, and tls = \"none\" is for this machine only")]
    NotLoopback,
    /// The server's certificate is not to be believed, or TLS failed otherwise.
    #[error("{why}")]
    Tls {
        /// What is wrong.
        why: String,
        /// What would mend it.
        mend: String,
    },
    /// The connection ended in the middle of a talk.
    #[error("the connection was closed")]
    Closed,
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Lost(io::Error),
    /// The server was silent for too long.
    #[error("the server did not answer in time")]
    Stalled,
    /// The server says goodbye.
    #[error("the server ended the talk: {0}")]
    Bye(String),
    /// The server says what no server should.
    #[error("the server sent {what}")]
    Garbled {
        /// What.
        what: String,
    },
    /// A response of a size that was not asked for.
    #[error("the server announced {bytes} bytes where fewer were asked for")]
    TooMuch {
        /// How many.
        bytes: usize,
    },
    /// Wrong password, revoked token, account closed. Trying again does not help.
    #[error("the login is refused: {0}")]
    Refused(String),
    /// The password or token cannot be had.
    #[error("{why}")]
    NoProof {
        /// Why.
        why: String,
        /// What would mend it.
        mend: String,
    },
    /// The folder that is read is not there.
    #[error("the folder {folder} cannot be opened: {said}")]
    Folder {
        /// Its name.
        folder: String,
        /// What the server said.
        said: String,
    },
    /// The server does not say how long its numbers for messages hold.
    #[error("the server gives no UIDVALIDITY for the folder {folder}")]
    NoValidity {
        /// Its name.
        folder: String,
    },
    /// A command was refused.
    #[error("the server refuses {command}: {said}")]
    No {
        /// The command's first words.
        command: String,
        /// The code in brackets.
        code: String,
        /// What the server said.
        said: String,
    },
    /// The account has no room.
    #[error("the account is over its quota: {0}")]
    Full(String),
    /// Messages that are listed and whose bytes the server does not give.
    #[error("{count} messages are listed, and the server does not give their bytes, the first with UID {uid}")]
    Withheld {
        /// One of them.
        uid: u32,
        /// How many.
        count: usize,
    },
    /// The daemon ends, or whoever takes the mail cannot.
    #[error("the reading was given up")]
    GivenUp,
}

impl From<TlsError> for Fault {
    fn from(error: TlsError) -> Fault {
        Fault::Tls { why: error.to_string(), mend: error.mend().to_owned() }
    }
}

impl From<NoSecret> for Fault {
    fn from(NoSecret { why, mend }: NoSecret) -> Fault {
        Fault::NoProof { why, mend }
    }
}

impl Fault {
    /// An error of the connection.
    pub fn lost(error: io::Error) -> Fault {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Fault::Closed,
            _ => Fault::Lost(error),
        }
    }

    /// Whether the connection can still be used.
    pub fn spares_the_connection(&self) -> bool {
        matches!(self, Fault::No { .. } | Fault::Full(_) | Fault::Withheld { .. })
    }

    /// As the operator hears of it.
    pub fn told(self, account: &ImapAccount, name: &str) -> MailboxError {
        let what = account.place();
        let why = self.to_string();
        let mend = match self {
            Fault::Refused(_) => {
                let how = match account.proof {
                    Credential::Password(_) => "Correct `username` or the password (many providers want an authorisation code in its place, made on their web page)".to_owned(),
                    Credential::OAuth2(_) => format!("Run `zhibao login {name}` to agree anew"),
                };
                let mend = format!("{how}. It is not tried again before that, but once an hour");
                return MailboxError::Refused { what, why, mend };
            }
            Fault::Full(_) => return MailboxError::Full { what, why },
            Fault::Tls { mend, .. } | Fault::NoProof { mend, .. } => mend,
            Fault::Unreachable(_) => "Check `host` and `port`, the network and the mail server; it is tried again by itself".to_owned(),
            Fault::NotLoopback => "Write tls = \"implicit\" or \"starttls\"".to_owned(),
            Fault::Folder { .. } => "Write a folder that is there in `folder`".to_owned(),
            Fault::NoValidity { .. } => {
                "Without it one message cannot be told from another that has its number later, and zhibao cannot read the folder safely. \
                 Ask the provider for a server that gives it, or have the mail forwarded to an account elsewhere"
                    .to_owned()
            }
            Fault::No { .. } => "What the server says tells what it wants; ask the provider if it does not".to_owned(),
            Fault::Withheld { .. } => {
                "Other messages are read; deadlines are not judged meanwhile. Look at these in a mail program, or ask the provider; a message that \
                 cannot be opened there either is to be moved out of the folder. They are asked for again by themselves"
                    .to_owned()
            }
            _ => "It is tried again by itself".to_owned(),
        };
        MailboxError::Unreachable { what, why, mend }
    }
}
