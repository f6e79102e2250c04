//! Where mail goes.
//!
//! A transport takes one finished letter for one recipient and says what became of it. Letters are built elsewhere, byte
//! for byte, and never changed here.

pub mod file;
pub mod memory;
pub mod smtp;
pub mod webhook;

use std::time::Duration;

use crate::domain::roster::Address;
use crate::domain::rules::Instant;

pub use file::FileTransport;
pub use memory::MemoryTransport;
pub use smtp::SmtpTransport;
pub use webhook::Webhook;

/// No letter takes longer: RFC 5321, 4.5.3.2.6 lets a relay think for ten minutes after the final dot.
pub const LONGEST: Duration = Duration::from_secs(600);

/// One letter to one recipient.
#[derive(Clone, Copy, Debug)]
pub struct Letter<'a> {
    /// Safe ASCII without an ending; names sort by time. The same letter has the same name at every attempt.
    pub file_name: &'a str,
    /// The complete message, CRLF line ends.
    pub bytes: &'a [u8],
    /// Who gets it.
    pub to: &'a Address,
    /// The envelope sender; `None` is the null sender `<>`.
    pub envelope_from: Option<&'a Address>,
    /// The sending may take so long in all; `LONGEST` at most.
    pub within: Duration,
}

/// The letter was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// What the other side answered, to be kept.
    pub reply: String,
}

/// The letter was not taken, or nobody knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Certainly not sent; worth trying again.
    #[error("not sent for now: {why}")]
    Temporary {
        /// What happened, and what would help.
        why: String,
    },
    /// Certainly not sent, and through no fault of the letter: no other would fare better now.
    #[error("the transport is down: {why}")]
    Down {
        /// What happened, and what would help.
        why: String,
    },
    /// Certainly not sent, and trying again is no use.
    #[error("cannot be sent: {why}")]
    Permanent {
        /// What happened, and what would help.
        why: String,
        /// The recipient was refused, and not the sender, the content or something of ours: other letters to him fare no better.
        names_recipient: bool,
    },
    /// The final dot went out and no answer came: it may have been sent.
    #[error("sent or not, nobody knows: {why}")]
    Indeterminate {
        /// What happened.
        why: String,
    },
}

/// A way that mail leaves by.
pub trait Transport: Send {
    /// The name that the operator gave it.
    fn name(&self) -> &str;
    /// Whether a letter that is sent twice arrives once. Such letters are marked and recorded in groups.
    fn absorbs_repeats(&self) -> bool {
        false
    }
    /// There is nothing to send at `now`: what is held open may be let go.
    fn idle(&mut self, now: Instant) {
        let _ = now;
    }
    /// Sends one letter. `before_final_dot` is called once, after all that can be refused and right before the step
    /// that cannot be taken back; when it fails the letter is not sent, and its error is handed through.
    fn send(&mut self, letter: &Letter<'_>, before_final_dot: &mut dyn FnMut() -> Result<(), SendError>) -> Result<Accepted, SendError>;
}
