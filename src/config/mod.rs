//! TOML → a validated `Config`, or every problem in it with file, line, key and mend.
//!
//! `load` reads the main file and the files that it includes into trees that know their lines (`tree`), goes through them key by key
//! (`reader`), and checks what no single key can show (`clashes`). Nothing that it returns needs checking again.

mod accounts;
mod calendar;
mod clashes;
mod cron;
pub mod defaults;
mod files;
mod imap;
mod outgoing;
mod problem;
mod reader;
mod reckoning;
mod reference;
mod roster;
mod rules;
mod secrets;
mod sentences;
mod service;
#[cfg(test)]
mod tests;
mod transports;
mod tree;
mod trust;
mod values;
mod watching;
mod wording;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use chrono_tz::Tz;

use crate::domain::authentic::ResolverSettings;
pub use crate::domain::authentic::Trust;
use crate::domain::language::Language;
use crate::domain::reckoning::Reckoning;
use crate::domain::roster::Roster;
use crate::domain::rules::Rules;
use reader::{Notes, Table};
use tree::{Entries, Value};

pub use problem::{
    ClashFault, CronFault, DutyFault, Errors, Fault, FileFault, MailboxFault, Noun, Place, Problem, ReckoningFault, RosterFault, RuleFault,
    Shape, ShapeFault, TransportFault, TrustFault, ValueFault, WatchingFault, WordFault,
};
pub use reference::reference;
pub use sentences::describe;
pub use service::{MailboxConfig, MailboxSource};
pub use transports::{DkimConfig, SmtpConfig, SmtpLogin, TransportConfig, TransportKind, WebhookConfig};
pub use watching::{CanaryConfig, HeartbeatConfig, Watching};

/// Everything that the operator decides. Paths are as seen from the working directory of the process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Of notices, digests and command output.
    pub language: Language,
    /// The office's zone.
    pub timezone: Tz,
    /// Who takes part.
    pub roster: Roster,
    /// What decides deadlines and verdicts.
    pub rules: Rules,
    /// The embedded store.
    pub store_path: PathBuf,
    /// The key that signs reply tokens; made on first start.
    pub key_file: PathBuf,
    /// Where mail comes from, in file order; at least one.
    pub mailboxes: Vec<MailboxConfig>,
    /// Where mail goes, tried in this order; at least one.
    pub transports: Vec<TransportConfig>,
    /// Whom the DNS is asked of where senders are checked.
    pub resolver: ResolverSettings,
    /// Signs what is sent.
    pub dkim: Option<DkimConfig>,
    /// How others see that the daemon works.
    pub watching: Watching,
    /// Adoptions, standings, bulletins, digest and circular.
    pub reckoning: Reckoning,
    /// Every file that was read, the main one first: what to watch for changes.
    pub files: Vec<PathBuf>,
}

/// A configuration that can be used, and what is doubtful about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// In the order of files and lines.
    pub warnings: Vec<Problem>,
}

/// Reads and checks a configuration with the files that it names.
///
/// # Errors
/// Every problem found, not the first alone. Where a file cannot be read or is no TOML, the problems of all such files.
pub fn load(path: &Path) -> Result<Loaded, Errors> {
    load_from(path, &|file| std::fs::read(file)).0
}

/// `load` over any way of reading files: to look at a configuration before it is written.
///
/// # Errors
/// As `load`.
pub fn load_with(path: &Path, read: &dyn Fn(&Path) -> io::Result<Vec<u8>>) -> Result<Loaded, Errors> {
    load_from(path, read).0
}

/// `load_with`; yields also the keys that it asked for.
fn load_from(path: &Path, read: &dyn Fn(&Path) -> io::Result<Vec<u8>>) -> (Result<Loaded, Errors>, BTreeSet<String>) {
    let notes = Notes::default();
    let gathered = files::gather(path, read, &notes);
    let config = if gathered.whole { read_all(&gathered.documents, read, &notes) } else { None };
    let mut order = gathered.named;
    if let Some(config) = &config {
        order.extend(config.files.iter().cloned());
    }
    let (mut errors, mut warnings, keys) = notes.into_parts();
    for problems in [&mut errors, &mut warnings] {
        problems.sort_by_key(|problem| {
            let file = order.iter().position(|file| **file == *problem.place.file).unwrap_or(usize::MAX);
            (file, problem.place.line)
        });
    }
    let result = match config {
        Some(config) if errors.is_empty() => Ok(Loaded { config, warnings }),
        // A config that could not be put together has left a note of why: `errors` is not empty.
        _ => Err(Errors { problems: errors, language: language_of(gathered.documents.first().map(|main| &main.entries)) }),
    };
    (result, keys)
}

/// The language that a file asks for, whatever else is wrong with it.
fn language_of(entries: Option<&Entries>) -> Language {
    match entries.and_then(|entries| entries.get("language")).map(|node| &node.value) {
        Some(Value::Text(text)) => text.parse().unwrap_or(Language::En),
        _ => Language::En,
    }
}

/// Keys of features that are not built yet.
const LATER: [&str; 2] = ["console", "archive"];

fn read_all(documents: &[files::Document], read: &dyn Fn(&Path) -> io::Result<Vec<u8>>, notes: &Notes) -> Option<Config> {
    let (main, others) = documents.split_first()?;
    let top = Table::root(&main.file, &main.entries, notes);
    top.accept(&["network", "include"]);
    top.refuse(&LATER);
    let language = top.get_or("language", defaults::LANGUAGE, values::word(&["zh-CN", "en"]));
    let timezone = top.get_or("timezone", defaults::TIMEZONE, values::zone);
    let office = roster::office(&top);
    let mut people = roster::People::default();
    people.read(&top);
    for document in others {
        let table = Table::root(&document.file, &document.entries, notes);
        table.accept(&["include"]);
        people.read(&table);
        table.finish();
    }
    clashes::check(&top, &people, office.as_ref());
    let (calendar, calendar_file) = calendar::read(&top, read);
    let rules = rules::read(&top, &people, calendar);
    let service = service::read(&top);
    let resolver = trust::resolver(&top);
    let reckoning = reckoning::read(&top, &people);
    top.finish();
    let office = office?;
    let mut files: Vec<PathBuf> = documents.iter().map(|document| document.file.to_path_buf()).collect();
    files.extend(calendar_file);
    Some(Config {
        language,
        timezone,
        roster: people.into_roster(office.office?),
        rules,
        key_file: office.key_file.unwrap_or_else(|| service.store_path.with_file_name("zhibao.key")),
        store_path: service.store_path,
        mailboxes: service.mailboxes,
        transports: service.transports,
        resolver,
        dkim: service.dkim,
        watching: service.watching,
        reckoning,
        files,
    })
}
