//! Where mail goes.
//!
//! A transport takes one finished letter for one recipient and says what became of it. Letters are built elsewhere, byte
//! for byte, and never changed here.

pub mod file;
pub mod memory;

use crate::domain::roster::Address;

pub use file::FileTransport;
pub use memory::MemoryTransport;

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
    /// Certainly not sent, and trying again is no use.
    #[error("cannot be sent: {why}")]
    Permanent {
        /// What happened, and what would help.
        why: String,
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
    /// Sends one letter. `before_final_dot` is called once, after all that can be refused and right before the step
    /// that cannot be taken back; when it fails the letter is not sent, and its error is handed through.
    fn send(&mut self, letter: &Letter<'_>, before_final_dot: &mut dyn FnMut() -> Result<(), SendError>) -> Result<Accepted, SendError>;
}
