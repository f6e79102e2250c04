//! The demo: a fortnight of a made-up network, written as mail, replayed, and shown on one screen.
//!
//! `network` and `script` are the play, `mail` writes it into a Maildir, `outbox` reads what the replay answered, `screen`
//! shows what came of it. Some mails answer a notice of ours: the play is replayed up to that moment, the notice is taken
//! from the outbox, the answer is written, and so on. That works because a replay that stops earlier gives the same bytes.

pub mod mail;
pub mod network;
pub mod outbox;
pub mod screen;
pub mod script;

use std::io;
use std::path::{Path, PathBuf};

use chrono::{NaiveDate, NaiveTime};

use crate::clock::Stopwatch;
use crate::config::{self, Config};
use crate::domain::language::Language;
use crate::domain::rules::{Instant, span};
use crate::replay::{self, ReplayError, Report, Span};
use crate::store::{Durability, EventRow, ObligationRow, Store, StoreError, Which};
use mail::Draft;
use outbox::Sent;
use script::{Answered, Scripted};

/// What to play, and where.
#[derive(Clone, Debug)]
pub struct DemoOptions {
    /// Configuration, mail, outbox and store are written here.
    pub dir: PathBuf,
    /// Stops at the start of this day, in the office's zone; `None`: the whole fortnight.
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
    /// The play answers a notice that was not sent: the script and the rules disagree.
    #[error("the demo's script answers a {kind} notice about {unit} that was not sent")]
    NothingToAnswer {
        /// The kind.
        kind: &'static str,
        /// The unit.
        unit: &'static str,
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
    let mails: Vec<Scripted> = script::script(options.language).into_iter().filter(|mail| mail.at < until).collect();
    let mut furthest = from;
    let mut forward = |now: Instant| {
        if now > furthest {
            furthest = now;
            progress(now);
        }
    };
    for (number, mail) in mails.iter().enumerate() {
        let answered = match mail.answers {
            Some(answered) => {
                replay::run(&config, &Span { from, until: mail.at, dir: options.dir.clone() }, &mut forward)?;
                Some(find(&options.dir, answered, &mail.from.1)?)
            }
            None => None,
        };
        deliver(&options.dir, number, mail, answered.as_ref())?;
    }
    let report = replay::run(&config, &Span { from, until, dir: options.dir.clone() }, &mut forward)?;
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
    Ok(DemoReport { report, dir: options.dir.clone(), wall_seconds: watch.seconds(), span, config, events, obligations, outbox })
}

/// More rows than the fortnight has.
const ROWS: u32 = 10_000;

/// From when until when.
fn played(options: &DemoOptions) -> Result<(Instant, Instant), DemoError> {
    let from = script::moment(script::DAYS.0, 0, 0);
    let Some(day) = options.until else { return Ok((from, script::moment(script::DAYS.1, 0, 0))) };
    let until = (day.and_time(NaiveTime::MIN).and_utc()) - span(i64::from(script::offset().local_minus_utc()));
    if until <= from {
        let first = from.with_timezone(&script::offset()).date_naive();
        return Err(DemoError::BeforeItBegins { until: day, first });
    }
    Ok((from, until))
}

/// The newest notice of that kind about that unit which was sent to `writer`.
fn find(dir: &Path, answered: Answered, writer: &str) -> Result<Sent, DemoError> {
    let fits = |sent: &Sent| sent.kind() == answered.kind.as_str() && sent.unit() == answered.unit && sent.is_to(writer);
    letters(dir)?
        .into_iter()
        .rev()
        .filter(fits)
        .nth(answered.skip)
        .ok_or(DemoError::NothingToAnswer { kind: answered.kind.as_str(), unit: answered.unit })
}

fn letters(dir: &Path) -> Result<Vec<Sent>, DemoError> {
    let folder = dir.join("outbox");
    outbox::read(&folder).map_err(|source| DemoError::Folder { path: folder, source })
}

/// How the name of every mail of ours ends, so that a later demo knows it.
const OURS: &str = ".zhibao-demo";

/// Writes one mail into the Maildir, under the second of its arrival.
fn deliver(dir: &Path, number: usize, mail: &Scripted, answered: Option<&Sent>) -> Result<(), DemoError> {
    let domain = mail.from.1.rsplit('@').next().unwrap_or(network::DOMAIN);
    let mut draft = Draft {
        from: mail.from.clone(),
        to: network::OFFICE.to_owned(),
        subject: mail.subject.clone(),
        body: mail.body.clone(),
        charset: mail.charset,
        written_at: mail.at,
        offset: script::offset(),
        message_id: format!("made-up-{number}@{domain}"),
        headers: mail.headers.clone(),
        attachments: Vec::new(),
    };
    if let Some(notice) = answered {
        let id = notice.header("Message-ID");
        draft.to = outbox::address_in(notice.header("Reply-To")).to_owned();
        draft.subject = format!("Re: {}", notice.header("Subject"));
        draft.headers.extend([format!("In-Reply-To: {id}"), format!("References: {id}")]);
    }
    let path = dir.join("mail/new").join(format!("{}.M{number}{OURS}", mail.at.timestamp()));
    std::fs::write(&path, draft.bytes()).map_err(|source| DemoError::Folder { path, source })
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
    let ours = std::fs::read(&settings).is_ok_and(|text| text.starts_with(network::MARK.as_bytes()));
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
