//! Whether a message may be filed as its sender's, by what was kept of checking him.

use super::{Setup, StepError};
use crate::domain::authentic::{Doubt, Outcome};
use crate::domain::roster::Address;
use crate::store::{Books, Delivery};

/// What a sender is to the filing step.
pub(super) enum Belief {
    /// He wrote it, the desk vouches for it, or his mailbox believes everybody.
    Believed,
    /// He is not, or not shown to be.
    Doubted(Doubt),
    /// It is not known yet: the message waits.
    NotYet,
}

/// Whether `sender`, on the roster, is believed to have written this message.
pub(super) fn believed(books: &Books<'_>, setup: &Setup, delivery: &Delivery, sender: &Address) -> Result<Belief, StepError> {
    let mailbox = setup.mailbox(&delivery.mailbox);
    if delivery.trusted || mailbox.is_some_and(|mailbox| !mailbox.trust.asks()) {
        return Ok(Belief::Believed);
    }
    let gone = || Belief::Doubted(Doubt::MailboxGone { mailbox: delivery.mailbox.clone() });
    let checked = books.authentication(delivery.id)?.filter(|checked| checked.next_at.is_none());
    let Some(checked) = checked else {
        // Nothing is checked any more for a mailbox that is gone.
        return Ok(if mailbox.is_some() { Belief::NotYet } else { gone() });
    };
    let is_same = checked.found.sender.as_ref() == Some(sender);
    match checked.found.outcome {
        Outcome::Authentic { .. } if is_same => Ok(Belief::Believed),
        Outcome::NotAuthentic { why } => Ok(Belief::Doubted(why)),
        Outcome::NotNeeded if mailbox.is_none() => Ok(gone()),
        Outcome::NotNeeded if is_same => {
            // He has come onto the roster since.
            books.forget_authentication(delivery.id)?;
            Ok(Belief::NotYet)
        }
        // What was checked is not what was read.
        _ => Ok(Belief::Doubted(Doubt::Ambiguous { header: format!("From: {sender}") })),
    }
}
