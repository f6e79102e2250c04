//! `[store]`, `[[mailbox]]`, `[[transport]]`.

use std::path::{Path, PathBuf};

use super::clashes::single;
use super::files::plain;
use super::problem::{ClashFault, Fault, Noun, ShapeFault};
use super::reader::{At, Notes, Table};
use super::tree::{Node, Value};
use super::{defaults, imap, trust, values};
use crate::domain::account::ImapAccount;
use crate::domain::authentic::Trust;

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

/// One `[[transport]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransportConfig {
    /// Unique.
    pub name: String,
    /// How it sends.
    pub kind: TransportKind,
}

/// How a transport sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransportKind {
    /// Writes each message as an `.eml` file.
    File {
        /// The folder.
        path: PathBuf,
    },
}

/// What this part of the file holds.
pub(super) struct Service {
    pub store_path: PathBuf,
    pub mailboxes: Vec<MailboxConfig>,
    pub transports: Vec<TransportConfig>,
}

/// Reads how the daemon serves: where mail comes from and goes to.
pub(super) fn read(top: &Table<'_>) -> Service {
    let store = top.section("store");
    let store_path = store.path("path").map_or_else(|| top.beside(defaults::STORE_PATH), |path| path.value);
    store.finish();
    let mut folders: Vec<At<PathBuf>> = Vec::new();
    let mailboxes = mailboxes(top, &store_path, &mut folders);
    let transports = transports(top, &mut folders);
    Service { store_path, mailboxes, transports }
}

const SMTP_KEYS: [&str; 8] = ["host", "port", "tls", "username", "password_file", "from_envelope", "url", "template"];

fn mailboxes(top: &Table<'_>, store_path: &Path, folders: &mut Vec<At<PathBuf>>) -> Vec<MailboxConfig> {
    needed(top, "mailbox", "[[mailbox]]");
    let mut names = Vec::new();
    let mut mailboxes = Vec::new();
    for table in top.tables("mailbox") {
        let name = table.need("name", "name = \"submissions\"", values::text);
        let source = source(&table, name.as_ref(), store_path, folders);
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
    table.refuse(&["authserv_id"]);
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

fn transports(top: &Table<'_>, folders: &mut Vec<At<PathBuf>>) -> Vec<TransportConfig> {
    needed(top, "transport", "[[transport]]");
    let mut names = Vec::new();
    let mut transports = Vec::new();
    for table in top.tables("transport") {
        let name = table.need("name", "name = \"outbox\"", values::text);
        let path = place_of_mail(&table, folders, "file", &["smtp", "webhook"], "path = \"outbox\"", &SMTP_KEYS);
        table.finish();
        names.extend(name.clone());
        transports.extend(name.zip(path).map(|(name, path)| TransportConfig { name: name.value, kind: TransportKind::File { path } }));
    }
    single(top.notes(), Noun::Transport, names.iter());
    transports
}

/// Notes a list of tables that is not there, or empty.
fn needed(top: &Table<'_>, key: &'static str, header: &'static str) {
    if top.lacks(key) {
        top.notes().fault(top.place_of(key), ShapeFault::MissingTable { header, keys: &["name", "kind", "path"] });
    }
}

/// `kind` and `path`. Of a kind that is not built, one problem is enough: its other keys are passed over.
fn place_of_mail(
    table: &Table<'_>,
    folders: &mut Vec<At<PathBuf>>,
    kind: &'static str,
    later: &'static [&'static str],
    example: &'static str,
    later_keys: &[&'static str],
) -> Option<PathBuf> {
    let read = table.need("kind", "kind = \"file\"", |node| built(node, kind, later));
    if table.has("kind") && read.is_none() {
        table.accept(later_keys);
        table.accept(&["path"]);
        return None;
    }
    table.refuse(later_keys);
    table.need("path", example, values::text)?;
    let path = table.path("path")?;
    same_folder(table.notes(), folders, &path);
    folders.push(At { value: plain(&path.value), place: path.place });
    Some(path.value)
}

fn same_folder(notes: &Notes, folders: &[At<PathBuf>], path: &At<PathBuf>) {
    let plain = plain(&path.value);
    if let Some(first) = folders.iter().find(|folder| folder.value == plain) {
        notes.fault(path.place.clone(), ClashFault::SamePath { first: first.place.clone() });
    }
}

/// The one word that this version takes; others that a later version will take are refused as such.
fn built(node: &Node, word: &'static str, later: &'static [&'static str]) -> Result<(), Fault> {
    match &node.value {
        Value::Text(text) if text == word => Ok(()),
        Value::Text(text) if later.contains(&text.as_str()) => Err(ShapeFault::NotYetValue { text: text.clone(), instead: word }.into()),
        _ => {
            let known: &'static [&'static str] = match word {
                _ => &["file"],
            };
            values::word::<String>(known)(node).map(|_| ())
        }
    }
}
