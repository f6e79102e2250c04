//! Who wrote a message, by what was kept of checking its sender.

use super::Story;
use crate::cli::failure::Failure;
use crate::cli::page;
use crate::cli::session::Session;
use crate::mail::words::say;
use crate::store::{Books, Delivery};

/// Tells what checking the sender found, and what was looked at.
pub(super) fn told(story: &mut Story, session: &Session, books: &Books<'_>, delivery: &Delivery) -> Result<(), Failure> {
    let w = session.words;
    if delivery.trusted {
        story.say(say!(w, "值班室已为它作保，不再核实发件人。", "The desk has vouched for it, whatever a check says."));
    }
    let Some(checked) = books.authentication(delivery.id)? else {
        story.fact("authentication", None::<()>);
        return Ok(());
    };
    story.say(page::clean(&w.authentication(&checked.found)));
    for evidence in &checked.found.evidence {
        story.say(format!("  {}", page::clean(&w.evidence(evidence))));
    }
    story.fact("authentication", &checked.found);
    story.fact("authenticated_at", checked.at);
    Ok(())
}
