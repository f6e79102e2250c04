//! `[store]`, `[[mailbox]]`.

use std::path::PathBuf;

use super::clashes::single;
use super::files::plain;
use super::problem::{ClashFault, Fault, Noun, ShapeFault};
use super::reader::{At, Notes, Table};
use super::transports::{self, DkimConfig, TransportConfig};
use super::tree::{Node, Value};
use super::{defaults, values};
use crate::domain::rules::words;

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
}

/// By what a sender is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Whoever can deliver into the mailbox is trusted.
    Mailbox,
}

words!(Trust, Trust::Mailbox => "mailbox");

/// What this part of the file holds.
pub(super) struct Service {
    pub store_path: PathBuf,
    pub mailboxes: Vec<MailboxConfig>,
    pub transports: Vec<TransportConfig>,
    pub dkim: Option<DkimConfig>,
}

/// Reads how the daemon serves: where mail comes from and goes to.
pub(super) fn read(top: &Table<'_>) -> Service {
    let store = top.section("store");
    let store_path = store.path("path").map_or_else(|| top.beside(defaults::STORE_PATH), |path| path.value);
    store.finish();
    let mut folders: Vec<At<PathBuf>> = Vec::new();
    let mailboxes = mailboxes(top, &mut folders);
    let transports = transports::read(top, &mut folders);
    let dkim = transports::dkim(top);
    Service { store_path, mailboxes, transports, dkim }
}

const IMAP_KEYS: [&str; 11] =
    ["host", "port", "tls", "username", "password_file", "oauth2", "folder", "processed", "quarantine", "authserv_id", "idle"];

fn mailboxes(top: &Table<'_>, folders: &mut Vec<At<PathBuf>>) -> Vec<MailboxConfig> {
    needed(top, "mailbox", "[[mailbox]]");
    let mut names = Vec::new();
    let mut mailboxes = Vec::new();
    for table in top.tables("mailbox") {
        let name = table.need("name", "name = \"submissions\"", values::text);
        let path = place_of_mail(&table, folders, "maildir", &["imap"], "path = \"mail\"", &IMAP_KEYS);
        let trust = table.get_or("trust", Trust::Mailbox, |node| built(node, "mailbox", &["authserv", "verify"]).map(|()| Trust::Mailbox));
        let boundary = table.list("boundary", "[\"mx.office.example\"]", values::host).unwrap_or_default();
        let max_size_bytes = table.get_or("max_size", defaults::MAX_SIZE_BYTES, values::size);
        let poll_seconds = table.get_or("poll", defaults::POLL_SECONDS, values::seconds);
        table.finish();
        names.extend(name.clone());
        mailboxes.extend(name.zip(path).map(|(name, path)| MailboxConfig {
            name: name.value,
            source: MailboxSource::Maildir { path },
            trust,
            boundary: boundary.into_iter().map(|host| host.value).collect(),
            max_size_bytes,
            poll_seconds,
        }));
    }
    single(top.notes(), Noun::Mailbox, names.iter());
    mailboxes
}

/// Notes a list of tables that is not there, or empty.
pub(super) fn needed(top: &Table<'_>, key: &'static str, header: &'static str) {
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
    let example_kind = if kind == "file" { "kind = \"file\"" } else { "kind = \"maildir\"" };
    let read = table.need("kind", example_kind, |node| built(node, kind, later));
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

pub(super) fn same_folder(notes: &Notes, folders: &[At<PathBuf>], path: &At<PathBuf>) {
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
                "maildir" => &["maildir"],
                "file" => &["file"],
                _ => &["mailbox"],
            };
            values::word::<String>(known)(node).map(|_| ())
        }
    }
}
