//! The demo: seventeen months of the network of Yangquan, written as mail, replayed, and shown on one screen.
//!
//! `network` and `script` are the play, `mail` writes it into a Maildir, `acts` is what people do when they have read our
//! notices (they answer them), `bulletins` what the office prints, `outbox` reads what the replay answered, `figures` works out what a
//! speech of 2003 said of the network from single rows and mails, `screen` shows what came of it.

mod acts;
mod bulletins;
pub mod dice;
pub mod figures;
pub mod mail;
pub mod network;
pub mod outbox;
pub mod screen;
pub mod script;

use std::io;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use crate::clock::Stopwatch;
use crate::config::{self, Config};
use crate::domain::language::Language;
use crate::domain::rules::Instant;
use crate::replay::{self, ReplayError, Report, Span};
use crate::store::{Durability, EventRow, ObligationRow, Store, StoreError, Which};
use figures::Figures;
use mail::Draft;
use outbox::Sent;
use script::{Scripted, moment};

/// What to play, and where.
#[derive(Clone, Debug)]
pub struct DemoOptions {
    /// Configuration, mail, outbox and store are written here.
    pub dir: PathBuf,
    /// Stops at the start of this day, in the office's zone; `None`: all of it.
    pub until: Option<NaiveDate>,
    /// Of the network, its mails and our notices.
    pub language: Language,
}

impl DemoOptions {
    /// The folder in which a demo is made where none is named.
    pub const DEFAULT_DIR: &str = "zhibao-demo";
}

/// What was played and what came of it.
#[derive(Clone, Debug)]
pub struct DemoReport {
    /// The counts, as `--json` prints them.
    pub report: Report,
    /// Where everything is.
    pub dir: PathBuf,
    /// How long all of it took, the replays up to each answer among it.
    pub wall_seconds: f64,
    /// The span that was played.
    pub span: (Instant, Instant),
    /// The configuration that was written, as read back.
    pub config: Config,
    /// Every event, the first one first.
    pub events: Vec<EventRow>,
    /// Every obligation by its due time.
    pub obligations: Vec<ObligationRow>,
    /// Every letter, in order of time.
    pub outbox: Vec<Sent>,
    /// What the speech gave, worked out.
    pub figures: Figures,
}

/// Why there is no demo.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The folder holds something else.
    #[error("{0} holds files that no demo wrote; they are left alone. Give another --dir")]
    NotOurs(PathBuf),
    /// The play would end before it begins.
    #[error("--until {until}: the demo begins on {first}. Give a later day")]
    BeforeItBegins {
        /// As given.
        until: NaiveDate,
        /// The first day.
        first: NaiveDate,
    },
    /// A file could not be written or read.
    #[error("{path}: {source}. Give a --dir that this user may write to")]
    Folder {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The configuration is refused.
    #[error(transparent)]
    Config(#[from] config::Errors),
    /// The replay failed.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes the network and its mail into `options.dir`, and replays it there. `progress` is told the simulated moment, which
/// never goes back.
///
/// # Errors
/// Where the folder is not a demo's, or cannot be written; the rest would be a fault of this program.
pub fn run(options: &DemoOptions, progress: &mut dyn FnMut(Instant)) -> Result<DemoReport, DemoError> {
    let watch = Stopwatch::start();
    let (from, until) = played(options)?;
    prepare(&options.dir, options.language)?;
    let config = config::load(&options.dir.join("zhibao.toml"))?.config;
    let mails = script::script(options.language);
    for (number, mail) in mails.iter().enumerate().filter(|(_, mail)| mail.answers.is_none() && mail.at < until) {
        let path = path_of(&options.dir, number, mail);
        std::fs::write(&path, bytes(number, mail, None)).map_err(|source| DemoError::Folder { path, source })?;
    }
    let mut acts = acts::acts(&options.dir, &mails);
    acts.extend(bulletins::acts(&mails));
    let report = replay::run_with(&config, &Span { from, until, dir: options.dir.clone() }, acts, progress)?;
    gather(report, options, (from, until), config, watch)
}

fn gather(
    report: Report,
    options: &DemoOptions,
    span: (Instant, Instant),
    config: Config,
    watch: Stopwatch,
) -> Result<DemoReport, DemoError> {
    let store = Store::open(&options.dir.join("zhibao.db"), Durability::None)?;
    let (mut events, mut obligations) =
        store.read(|books| Ok::<_, StoreError>((books.event_rows(true, ROWS)?, books.obligation_rows(Which::All, None, ROWS)?)))?;
    // The store lists the latest first.
    events.reverse();
    obligations.reverse();
    let outbox = letters(&options.dir)?;
    let figures = figures::work_out(&store, &config)?;
    let wall_seconds = watch.seconds();
    Ok(DemoReport { report, dir: options.dir.clone(), wall_seconds, span, config, events, obligations, outbox, figures })
}

/// More rows than the play has.
const ROWS: u32 = 10_000;

/// From when until when.
fn played(options: &DemoOptions) -> Result<(Instant, Instant), DemoError> {
    use chrono::Datelike;
    let start = |day: NaiveDate| moment((day.year(), day.month(), day.day(), 0, 0));
    let (first, end) = script::DAYS;
    let until = options.until.unwrap_or(end);
    if until <= first {
        return Err(DemoError::BeforeItBegins { until, first });
    }
    Ok((start(first), start(until)))
}

fn letters(dir: &Path) -> Result<Vec<Sent>, DemoError> {
    let folder = dir.join("outbox");
    outbox::read(&folder).map_err(|source| DemoError::Folder { path: folder, source })
}

/// How the name of every mail of ours ends, so that a later demo knows it.
const OURS: &str = ".zhibao-demo";

/// The name of a mail in the Maildir: the second of its arrival, and its place in the script.
fn key_of(number: usize, mail: &Scripted) -> String {
    format!("{}.M{number}{OURS}", mail.at.timestamp())
}

fn path_of(dir: &Path, number: usize, mail: &Scripted) -> PathBuf {
    dir.join("mail/new").join(key_of(number, mail))
}

fn message_id(number: usize, mail: &Scripted) -> String {
    let domain = mail.from.1.rsplit('@').next().unwrap_or(network::DOMAIN);
    format!("made-up-{number}@{domain}")
}

/// A mail as its sender's program writes it. `answered` is the notice that it answers.
fn bytes(number: usize, mail: &Scripted, answered: Option<&Sent>) -> Vec<u8> {
    let mut draft = Draft {
        from: mail.from.clone(),
        to: network::OFFICE.to_owned(),
        subject: mail.subject.clone(),
        body: mail.body.clone(),
        charset: mail.charset,
        written_at: mail.at,
        offset: script::offset(),
        message_id: message_id(number, mail),
        headers: mail.headers.clone(),
        attachments: mail.attachments.clone(),
    };
    if let Some(notice) = answered {
        let id = notice.header("Message-ID");
        draft.to = outbox::address_in(notice.header("Reply-To")).to_owned();
        draft.subject = format!("Re: {}", notice.header("Subject"));
        draft.headers.extend([format!("In-Reply-To: {id}"), format!("References: {id}")]);
    }
    let mut raw = hops(mail);
    raw.extend(draft.in_the_manner(&mail.manner));
    raw
}

/// The way of a mail through the servers of the time, newest first.
fn hops(mail: &Scripted) -> Vec<u8> {
    let domain = mail.from.1.rsplit('@').next().unwrap_or(network::DOMAIN);
    let host = mail.from.1.bytes().fold(10_u32, |sum, byte| (sum * 31 + u32::from(byte)) % 200) + 10;
    let date = mail.at.with_timezone(&script::offset()).format("%a, %-d %b %Y %H:%M:%S +0800 (CST)");
    let office = network::OFFICE;
    format!(
        "Received: from mail.{domain} (unknown [192.0.2.{host}])\r\n\tby mail.yangquan.example (8.11.6/8.11.6) with SMTP\r\n\t\
         for <{office}>; {date}\r\nReceived: from pc ([10.0.{host}.2]) by mail.{domain} with SMTP; {date}\r\n"
    )
    .into_bytes()
}

/// An empty Maildir and fresh configuration; what an earlier demo left is removed, and anything else is left alone.
fn prepare(dir: &Path, language: Language) -> Result<(), DemoError> {
    let settings = dir.join("zhibao.toml");
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| DemoError::Folder { path, source }
    };
    let empty = match std::fs::read_dir(dir) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) => return Err(failed(dir)(error)),
    };
    let ours = std::fs::read(&settings).is_ok_and(|text| text.starts_with(network::MARKS_BEFORE.as_bytes()));
    if !empty && !ours {
        return Err(DemoError::NotOurs(dir.to_owned()));
    }
    std::fs::create_dir_all(dir).map_err(failed(dir))?;
    // First of all: from here on the folder is known as a demo's, even if this one is cut off.
    std::fs::write(&settings, network::settings(language)).map_err(failed(&settings))?;
    let roster = dir.join("network.toml");
    std::fs::write(&roster, network::roster(language)).map_err(failed(&roster))?;
    for folder in ["mail/new", "mail/cur", "mail/tmp"].map(|name| dir.join(name)) {
        std::fs::create_dir_all(&folder).map_err(failed(&folder))?;
        for entry in std::fs::read_dir(&folder).map_err(failed(&folder))? {
            let path = entry.map_err(failed(&folder))?.path();
            // A mail program may have added flags behind the name.
            if path.file_name().is_some_and(|name| name.to_string_lossy().contains(OURS)) {
                std::fs::remove_file(&path).map_err(failed(&path))?;
            }
        }
    }
    Ok(())
}
