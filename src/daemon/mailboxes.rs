//! Configuration → readers of mailboxes.

use std::sync::Arc;

use super::Shared;
use crate::clock::Clock;
use crate::config::{Config, MailboxConfig, MailboxSource};
use crate::mailbox::imap::{Now, Pace};
use crate::mailbox::{ImapMailbox, Maildir};
use crate::steps::fetch::Reader;

/// A reader of `mailbox`, which has the daemon read when the server has news.
pub(super) fn open(mailbox: &MailboxConfig, shared: &Arc<Shared>) -> Reader {
    match &mailbox.source {
        MailboxSource::Maildir { path } => Reader::new(Box::new(Maildir::new(&mailbox.name, path))),
        MailboxSource::Imap(account) => {
            let (waking, name) = (shared.clone(), mailbox.name.clone());
            let wake = move || waking.wake_reader(&name);
            let account = (**account).clone();
            Reader::of_account(Box::new(ImapMailbox::new(&mailbox.name, account, Pace::default(), now(), wake, shared.cancel.clone())))
        }
    }
}

/// The mailboxes from which quarantined messages go elsewhere.
pub(super) fn set_apart(config: &Config) -> Vec<String> {
    let apart = |mailbox: &&MailboxConfig| matches!(&mailbox.source, MailboxSource::Imap(account) if account.quarantine.is_some());
    config.mailboxes.iter().filter(apart).map(|mailbox| mailbox.name.clone()).collect()
}

/// The wall clock, for whoever must not read it himself.
fn now() -> Now {
    Arc::new(|| Clock::Wall.now())
}
