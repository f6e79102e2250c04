//! `[store]`, `[[mailbox]]`, and the order in which the rest of how the daemon serves is read.

use std::path::{Path, PathBuf};

use super::clashes::single;
use super::files::plain;
use super::problem::{ClashFault, Noun, ShapeFault};
use super::reader::{At, Notes, Table};
use super::transports::{self, DkimConfig, TransportConfig};
use super::watching::{self, Watching};
use super::{defaults, imap, secrets, trust, values};
use crate::domain::account::{Credential, ImapAccount};
use crate::domain::authentic::Trust;
use crate::domain::secret::SecretPlace;

/// One `[[mailbox]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailboxConfig {
    /// Unique.
    pub name: String,
    /// What is read.
    pub source: MailboxSource,
    /// Whose mail is believed.
    pub trust: Trust,
    /// Hosts whose `Received` header tells the arrival, lower case; may be empty.
    pub boundary: Vec<String>,
    /// A larger message is recorded and left in place.
    pub max_size_bytes: u64,
    /// Between two readings, whatever the watch says.
    pub poll_seconds: i64,
}

/// What a mailbox reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailboxSource {
    /// A Maildir.
    Maildir {
        /// The folder that holds `new` and `cur`.
        path: PathBuf,
    },
    /// A folder of an account at a mail server.
    Imap(Box<ImapAccount>),
}

/// What this part of the file holds.
pub(super) struct Service {
    pub store_path: PathBuf,
    pub mailboxes: Vec<MailboxConfig>,
    pub transports: Vec<TransportConfig>,
    pub dkim: Option<DkimConfig>,
    pub watching: Watching,
}

/// Reads how the daemon serves: where mail comes from and goes to.
pub(super) fn read(top: &Table<'_>) -> Service {
    let store = top.section("store");
    let store_path = store.path("path").map_or_else(|| top.beside(defaults::STORE_PATH), |path| path.value);
    store.finish();
    let mut folders: Vec<At<PathBuf>> = Vec::new();
    let mut secrets: Vec<At<SecretPlace>> = Vec::new();
    let mailboxes = mailboxes(top, &store_path, &mut folders, &mut secrets);
    let transports = transports::read(top, &mut folders, &mut secrets);
    let dkim = transports::dkim(top, &mut secrets);
    let watching = watching::read(top, &mut secrets, &mailboxes, &transports);
    secrets::apart(top.notes(), &secrets);
    Service { store_path, mailboxes, transports, dkim, watching }
}

fn mailboxes(top: &Table<'_>, store_path: &Path, folders: &mut Vec<At<PathBuf>>, secrets: &mut Vec<At<SecretPlace>>) -> Vec<MailboxConfig> {
    needed(top, "mailbox", "[[mailbox]]");
    let mut names = Vec::new();
    let mut mailboxes = Vec::new();
    for table in top.tables("mailbox") {
        let name = table.need("name", "name = \"submissions\"", values::text);
        let source = source(&table, name.as_ref(), store_path, folders);
        if let Some(MailboxSource::Imap(account)) = &source
            && let Credential::Password(secret) = &account.proof
        {
            secrets.push(At { value: secret.clone(), place: table.place_of("password_file") });
        }
        // Whoever can reach a server can send mail to it: there, whom to believe must be said.
        let trust = trust::read(&table, matches!(source, Some(MailboxSource::Imap(_))));
        let boundary = table.list("boundary", "[\"mx.office.example\"]", values::host).unwrap_or_default();
        let max_size_bytes = table.get_or("max_size", defaults::MAX_SIZE_BYTES, values::size);
        let poll_seconds = table.get_or("poll", defaults::POLL_SECONDS, values::seconds);
        table.finish();
        names.extend(name.clone());
        mailboxes.extend(name.zip(source).map(|(name, source)| MailboxConfig {
            name: name.value,
            source,
            trust,
            boundary: boundary.into_iter().map(|host| host.value).collect(),
            max_size_bytes,
            poll_seconds,
        }));
    }
    single(top.notes(), Noun::Mailbox, names.iter());
    mailboxes
}

/// `kind`, and what belongs to it.
fn source(table: &Table<'_>, name: Option<&At<String>>, store_path: &Path, folders: &mut Vec<At<PathBuf>>) -> Option<MailboxSource> {
    let Some(kind) = table.need("kind", "kind = \"maildir\"", values::word::<String>(&["maildir", "imap"])) else {
        table.accept(&imap::KEYS);
        table.accept(&["path"]);
        return None;
    };
    if kind.value == "imap" {
        return imap::read(table, name, store_path).map(|account| MailboxSource::Imap(Box::new(account)));
    }
    table.need("path", "path = \"mail\"", values::text)?;
    let path = table.path("path")?;
    same_folder(table.notes(), folders, &path);
    folders.push(At { value: plain(&path.value), place: path.place });
    Some(MailboxSource::Maildir { path: path.value })
}

/// Notes a list of tables that is not there, or empty.
pub(super) fn needed(top: &Table<'_>, key: &'static str, header: &'static str) {
    if top.lacks(key) {
        top.notes().fault(top.place_of(key), ShapeFault::MissingTable { header, keys: &["name", "kind", "path"] });
    }
}

pub(super) fn same_folder(notes: &Notes, folders: &[At<PathBuf>], path: &At<PathBuf>) {
    let plain = plain(&path.value);
    if let Some(first) = folders.iter().find(|folder| folder.value == plain) {
        notes.fault(path.place.clone(), ClashFault::SamePath { first: first.place.clone() });
    }
}
