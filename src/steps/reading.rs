//! What a message says, as far as it can be told without the store. It is found out before the transaction that files the
//! message, and in a replay on another core, ahead of time.

pub mod stored;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use chrono_tz::Tz;
use sha2::{Digest, Sha256};

use crate::domain::attached::FileText;
use crate::domain::fields::{Fields, read_fields};
use crate::domain::message::{ParsedMail, Unreadable};
use crate::domain::near::simhash;
use crate::domain::reply;
use crate::domain::route::is_substantive;
use crate::domain::rules::Instant;
use crate::domain::tags::{self, Tags};
use crate::domain::text::comparable;
use crate::mail::parse::{self, File, Limits};
use crate::store::Delivery;

/// A message, read.
#[derive(Debug)]
pub struct Reading {
    /// Its headers, text and attachments, or why they cannot be read.
    pub mail: Result<ParsedMail, Unreadable>,
    /// What the text says; `None` where there is none to be read.
    pub text: Option<TextRead>,
}

/// A message on record, read.
#[derive(Debug)]
pub struct Read {
    /// Its delivery.
    pub delivery: Delivery,
    /// What it says.
    pub reading: Reading,
    /// Text of its attachments, where it is needed.
    pub attached: Vec<FileText>,
}

/// What the text of a message says.
#[derive(Clone, Debug)]
pub struct TextRead {
    /// Times in the text were read relative to this arrival.
    pub arrival: Instant,
    /// What the sender wrote himself, quotes cut: commands stand here.
    pub written: String,
    /// The same; of a forward the whole text, for the report stands below.
    pub own: String,
    /// Tags and title of the subject.
    pub tags: Tags,
    /// Fields.
    pub fields: Fields,
    /// Title and `own` in comparable form: words are looked for here.
    pub said: String,
    /// `own` in comparable form.
    pub plain: String,
    /// `own` or an attachment says more than thanks.
    pub substantive: bool,
    /// Of `own`, where it is long enough to tell nearly the same texts by.
    pub simhash: Option<u64>,
}

impl Reading {
    /// Reads raw bytes; `received_at` is the arrival unless a `Received` of a boundary host says otherwise.
    pub fn of(raw: &[u8], boundary: &[String], received_at: Instant, zone: Tz) -> Reading {
        Reading::with_files(raw, boundary, received_at, zone, |_| {})
    }

    /// The same, and hands its files to `take`.
    pub fn with_files(raw: &[u8], boundary: &[String], received_at: Instant, zone: Tz, take: impl FnMut(File<'_>)) -> Reading {
        let mail = parse::read_with_files(raw, boundary, &Limits::default(), take);
        let text = mail.as_ref().ok().map(|mail| TextRead::of(mail, mail.boundary_received.unwrap_or(received_at), zone));
        Reading { mail, text }
    }
}

impl TextRead {
    /// Reads the text of `mail`, which arrived at `arrival`.
    pub fn of(mail: &ParsedMail, arrival: Instant, zone: Tz) -> TextRead {
        let written = reply::own_text(&mail.text);
        let answers_nothing = mail.answers.is_empty() && !tags::is_reply_subject(&mail.subject);
        let passed_on = tags::is_forward_subject(&mail.subject) || (written.is_empty() && answers_nothing);
        let own = if passed_on { mail.text.clone() } else { written.clone() };
        let tags = tags::read_tags(&mail.subject);
        let fields = read_fields(&tags.title, &own, arrival, zone);
        let plain = comparable(&own);
        let said = format!("{} {plain}", comparable(&tags.title)).trim().to_owned();
        let substantive = is_substantive(&plain, !mail.attachments.is_empty());
        let simhash = simhash(&plain);
        TextRead { arrival, written, own, tags, fields, said, plain, substantive, simhash }
    }

    /// Fills in what the text does not say from the attachments that were read.
    pub fn complete_with(&mut self, attached: &[FileText], arrival: Instant, zone: Tz) {
        for file in attached.iter().filter(|file| !file.text.is_empty()) {
            self.fields.complete_with(read_fields("", &file.text, arrival, zone), &file.name);
        }
    }
}

/// What was read ahead of time: of a replay by mailbox and key, before it is on record; else those on record that are filed next.
#[derive(Debug, Default)]
pub struct Ahead {
    readings: Mutex<Readings>,
    next: Mutex<BTreeMap<i64, Read>>,
    reader: Mutex<Option<SyncSender<Work>>>,
}

/// What is done beside the filing.
type Work = Box<dyn FnOnce() + Send>;

/// By mailbox and key.
type Readings = BTreeMap<(String, String), Kept>;

/// What was read ahead of its time.
#[derive(Debug)]
struct Kept {
    reading: Reading,
    /// Of the bytes.
    sha256: [u8; 32],
    /// Its time has come.
    is_fetched: bool,
}

impl Ahead {
    /// Keeps what was read in `raw` until its message is filed, and its digest.
    pub fn put(&self, mailbox: &str, key: &str, raw: &[u8], reading: Reading) {
        let kept = Kept { reading, sha256: Sha256::digest(raw).into(), is_fetched: false };
        self.readings().insert((mailbox.to_owned(), key.to_owned()), kept);
    }

    /// A message is fetched. The SHA-256 of its bytes, if it is kept.
    pub fn fetch(&self, mailbox: &str, key: &str) -> Option<[u8; 32]> {
        let mut readings = self.readings();
        if readings.is_empty() {
            return None;
        }
        let kept = readings.get_mut(&(mailbox.to_owned(), key.to_owned()))?;
        kept.is_fetched = true;
        Some(kept.sha256)
    }

    /// Hands a reading over, once.
    pub fn take(&self, mailbox: &str, key: &str) -> Option<Reading> {
        let mut readings = self.readings();
        if readings.is_empty() { None } else { readings.remove(&(mailbox.to_owned(), key.to_owned())).map(|kept| kept.reading) }
    }

    /// Whether one that has been fetched tells what became of a letter. How far is read ahead depends on the machine, and must not count.
    pub fn holds_a_report(&self) -> bool {
        self.readings().values().any(|kept| kept.is_fetched && kept.reading.mail.as_ref().is_ok_and(|mail| mail.report.is_some()))
    }

    /// Has `work` done on a thread of its own, always the same one. What is returned says, by coming to its end, that it is done.
    pub fn beside(&self, work: impl FnOnce() + Send + 'static) -> Receiver<()> {
        let (done, end) = sync_channel(0);
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let hand_on = reader.get_or_insert_with(|| {
            let (hand_on, handed) = sync_channel::<Work>(1);
            thread::spawn(move || {
                for work in handed {
                    // It must not end: what fails here fails again where it is missed.
                    let _ = catch_unwind(AssertUnwindSafe(work));
                }
            });
            hand_on
        });
        let work = Box::new(move || {
            work();
            drop(done);
        });
        if hand_on.send(work).is_err() {
            tracing::error!("the thread that reads beside the filing has ended");
        }
        end
    }

    /// Keeps what is filed next.
    pub fn put_next(&self, read: Read) {
        self.next().insert(read.delivery.id, read);
    }

    /// Hands over what has been read of `ids`, and lets go of what is not among `later`.
    pub fn take_next(&self, ids: &[i64], later: &[i64]) -> BTreeMap<i64, Read> {
        let mut next = self.next();
        let taken = ids.iter().filter_map(|id| next.remove_entry(id)).collect();
        next.retain(|id, _| later.contains(id));
        taken
    }

    /// Whether a message has been read.
    pub fn has_next(&self, id: i64) -> bool {
        self.next().contains_key(&id)
    }

    fn readings(&self) -> MutexGuard<'_, Readings> {
        self.readings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> MutexGuard<'_, BTreeMap<i64, Read>> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
