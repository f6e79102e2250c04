//! What is wrong with a configuration, where, and how to mend it, in either language.
//!
//! A `Fault` holds facts; each of its kinds says itself in English and in Chinese, side by side, so that neither is forgotten.

mod clash;
mod duty;
mod file;
mod mailbox;
mod reckoning;
mod roster;
mod rule;
mod shape;
mod transport;
mod trust;
mod value;
mod watching;
mod word;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::domain::language::Language;

pub use clash::{ClashFault, Noun};
pub use duty::DutyFault;
pub use file::FileFault;
pub use mailbox::MailboxFault;
pub use reckoning::ReckoningFault;
pub use roster::RosterFault;
pub use rule::RuleFault;
pub use shape::{Shape, ShapeFault};
pub use transport::TransportFault;
pub use trust::TrustFault;
pub use value::{CronFault, ValueFault};
pub use watching::WatchingFault;
pub use word::WordFault;

/// Where something stands: a file, a line, and the dotted path of a key. Displays as `network.toml:12`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file as it was named.
    pub file: Arc<Path>,
    /// Counts from 1; 0 is the file as a whole.
    pub line: u32,
    /// `rule[2].within`; tables of a list count from 1. Empty for the file as a whole.
    pub key: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}", self.file.display()),
            line => write!(f, "{}:{line}", self.file.display()),
        }
    }
}

/// One thing that is wrong, or doubtful.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What.
    pub fault: Fault,
}

impl Problem {
    /// What is wrong, without a full stop.
    pub fn message(&self, language: Language) -> String {
        self.fault.said().of(language).0
    }

    /// What to do about it, without a full stop.
    pub fn mend(&self, language: Language) -> String {
        self.fault.said().of(language).1
    }

    /// The whole line: `zhibao.toml:23: rule[2].within: “2 hours” is no duration; write it like 2h`.
    pub fn sentence(&self, language: Language) -> String {
        let (message, mend) = self.fault.said().of(language);
        let key = if self.place.key.is_empty() { String::new() } else { format!("{}: ", self.place.key) };
        let stop = match language {
            Language::ZhCn => "；",
            Language::En => "; ",
        };
        format!("{}: {key}{message}{stop}{mend}", self.place)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence(Language::En))
    }
}

/// Everything that keeps a configuration from being used, in the order of files and lines. Displays one problem a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errors {
    /// Never empty.
    pub problems: Vec<Problem>,
    /// The language that the file asks for; English where that could not be read.
    pub language: Language,
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.problems.iter().map(|problem| problem.sentence(self.language)).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for Errors {}

/// What can be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A file cannot be read, or is no TOML.
    File(FileFault),
    /// A key is unknown, missing, or of the wrong type.
    Shape(ShapeFault),
    /// A value cannot be understood.
    Value(ValueFault),
    /// A word, a name or a number is none that is allowed.
    Word(WordFault),
    /// Two things clash.
    Clash(ClashFault),
    /// The roster makes no sense.
    Roster(RosterFault),
    /// A rule makes no sense.
    Rule(RuleFault),
    /// A duty or the calendar makes no sense.
    Duty(DutyFault),
    /// What the office keeps count of makes no sense.
    Reckoning(ReckoningFault),
    /// What tells who is believed makes no sense.
    Trust(TrustFault),
    /// A mailbox at a server makes no sense.
    Mailbox(MailboxFault),
    /// A transport makes no sense.
    Transport(TransportFault),
    /// What lets others see that the daemon works makes no sense.
    Watching(WatchingFault),
}

impl Fault {
    fn said(&self) -> Said {
        match self {
            Fault::File(fault) => fault.said(),
            Fault::Shape(fault) => fault.said(),
            Fault::Value(fault) => fault.said(),
            Fault::Word(fault) => fault.said(),
            Fault::Clash(fault) => fault.said(),
            Fault::Roster(fault) => fault.said(),
            Fault::Rule(fault) => fault.said(),
            Fault::Duty(fault) => fault.said(),
            Fault::Reckoning(fault) => fault.said(),
            Fault::Trust(fault) => fault.said(),
            Fault::Mailbox(fault) => fault.said(),
            Fault::Transport(fault) => fault.said(),
            Fault::Watching(fault) => fault.said(),
        }
    }
}

macro_rules! from_kind {
    ($($kind:ident => $variant:ident),+) => {$(
        impl From<$kind> for Fault {
            fn from(fault: $kind) -> Fault {
                Fault::$variant(fault)
            }
        }
    )+};
}
from_kind!(FileFault => File, ShapeFault => Shape, ValueFault => Value, WordFault => Word, ClashFault => Clash, RosterFault => Roster,
    TransportFault => Transport, TrustFault => Trust, RuleFault => Rule, DutyFault => Duty, ReckoningFault => Reckoning,
    MailboxFault => Mailbox, WatchingFault => Watching);

/// A message and its mend in both languages.
struct Said {
    en: (String, String),
    zh: (String, String),
}

impl Said {
    fn of(self, language: Language) -> (String, String) {
        match language {
            Language::ZhCn => self.zh,
            Language::En => self.en,
        }
    }
}

/// English message and mend, then Chinese message and mend.
fn said(en: impl Into<String>, en_mend: impl Into<String>, zh: impl Into<String>, zh_mend: impl Into<String>) -> Said {
    Said { en: (en.into(), en_mend.into()), zh: (zh.into(), zh_mend.into()) }
}

/// `did you mean “x”?`, or where nothing is near, the other mend.
fn meant(nearest: Option<&str>, en: impl Into<String>, zh: impl Into<String>) -> (String, String) {
    match nearest {
        Some(near) => (format!("did you mean “{near}”?"), format!("是否想写“{near}”？")),
        None => (en.into(), zh.into()),
    }
}
