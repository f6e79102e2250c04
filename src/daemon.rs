//! Wiring: configuration → setup, mailboxes and transports → the steps, each in a supervised loop.

use std::sync::Arc;

use crate::config::Config;
use crate::mail::compose::Composer;
use crate::mail::token::Key;
use crate::steps::{MailboxSetup, Setup};

/// The configuration as the steps need it.
pub fn setup(config: &Config, key: Key) -> Setup {
    let mailbox = |mailbox: &crate::config::MailboxConfig| MailboxSetup {
        name: mailbox.name.clone(),
        boundary: mailbox.boundary.clone(),
        max_size_bytes: mailbox.max_size_bytes,
    };
    Setup {
        roster: config.roster.clone(),
        rules: config.rules.clone(),
        rulesets: Default::default(),
        zone: config.timezone,
        language: config.language,
        mailboxes: config.mailboxes.iter().map(mailbox).collect(),
        key,
        composer: Arc::new(Composer::new()),
    }
}
