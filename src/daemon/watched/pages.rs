//! `/healthz`, `/metrics`, `/status.json`: made beside the writer, by a handle that only reads, and not more often than they are cheap.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;

use super::super::Shared;
use super::health::{self, Facts, Trouble, What, status_report};
use super::metrics;
use super::requests::Refusal;
use crate::clock::Stopwatch;
use crate::config::Config;
use crate::domain::rules::Instant;
use crate::store::{Books, CanaryRow, HeartbeatRow, Store, StoreError};

/// A page is shown again for so many seconds, and for so many times as long as its making took, up to a limit: whoever asks without
/// pause costs a tenth of a processor, and a disk that stood still once does not make an old answer the latest for long.
const SHOWN_AGAIN: f64 = 0.5;
const SHARE: f64 = 10.0;
const SHOWN_AT_MOST: f64 = 5.0;

/// An answer.
#[derive(Clone)]
pub(super) struct Page {
    status: &'static str,
    kind: &'static str,
    body: String,
}

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";
/// The text format of Prometheus.
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

impl Page {
    pub(super) fn refused(refusal: Refusal) -> Page {
        let status = refusal.status();
        Page { status, kind: TEXT, body: format!("{status}\n") }
    }

    pub(super) fn too_slow() -> Page {
        Page::unhealthy(vec![Trouble::new(What::Store, "the store does not answer in time".to_owned())])
    }

    fn unhealthy(troubles: Vec<Trouble>) -> Page {
        Page { status: "503 Service Unavailable", kind: JSON, body: pretty(&json!({ "healthy": false, "troubles": troubles })) }
    }

    /// The whole answer. Nothing of it is kept by anybody, and no page runs or shows anything else.
    pub(super) fn bytes(&self, head_only: bool) -> Vec<u8> {
        let Page { status, kind, body } = self;
        let allow = if status.starts_with("405") { "Allow: GET, HEAD\r\n" } else { "" };
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n{allow}Cache-Control: no-store\r\n\
             X-Content-Type-Options: nosniff\r\nContent-Security-Policy: default-src 'none'\r\nConnection: close\r\n\r\n",
            body.len()
        );
        if head_only { head.into_bytes() } else { (head + body).into_bytes() }
    }
}

fn pretty(value: &impl serde::Serialize) -> String {
    // Our types have string keys: they always serialise.
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

/// Makes pages.
pub(super) struct Pages {
    shared: Arc<Shared>,
    config: Config,
    started: Instant,
    desk: Mutex<Desk>,
}

/// What lies at hand: one page is made at a time.
#[derive(Default)]
struct Desk {
    reader: Option<Store>,
    made: BTreeMap<&'static str, Made>,
}

struct Made {
    page: Page,
    since: Stopwatch,
    took: f64,
}

/// All that a monitor is told.
pub(super) struct Sight<'a> {
    pub shared: &'a Shared,
    pub config: &'a Config,
    pub started: Instant,
    pub now: Instant,
    pub facts: Result<Seen, StoreError>,
    pub room: Option<u64>,
    pub troubles: Vec<Trouble>,
}

/// What the store says.
pub(super) struct Seen {
    pub facts: Facts,
    pub canary: Option<CanaryRow>,
    pub heartbeat_failing: Option<HeartbeatRow>,
}

impl Pages {
    pub(super) fn new(shared: &Arc<Shared>, config: &Config) -> Pages {
        Pages { shared: shared.clone(), config: config.clone(), started: shared.clock.now(), desk: Mutex::default() }
    }

    /// The page of this path. Waits for the disk.
    pub(super) fn page(&self, path: &str) -> Page {
        let known = ["/healthz", "/metrics", "/status.json"];
        let Some(path) = known.into_iter().find(|known| *known == path) else {
            return Page { status: "404 Not Found", kind: TEXT, body: format!("404 Not Found. Here are {}.\n", known.join(", ")) };
        };
        let mut desk = self.desk.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = desk.made.get(path).filter(|made| made.since.seconds() < (SHARE * made.took).clamp(SHOWN_AGAIN, SHOWN_AT_MOST))
        {
            return made.page.clone();
        }
        let watch = Stopwatch::start();
        let page = match path {
            "/healthz" => self.healthz(&mut desk),
            "/metrics" => Page { status: "200 OK", kind: METRICS, body: metrics::text(&self.sight(&mut desk)) },
            _ => self.status(&mut desk),
        };
        desk.made.insert(path, Made { page: page.clone(), since: Stopwatch::start(), took: watch.seconds() });
        page
    }

    fn healthz(&self, desk: &mut Desk) -> Page {
        let troubles = self.sight(desk).troubles;
        if troubles.is_empty() {
            return Page { status: "200 OK", kind: JSON, body: pretty(&json!({ "healthy": true, "troubles": [] })) };
        }
        Page::unhealthy(troubles)
    }

    fn status(&self, desk: &mut Desk) -> Page {
        let now = self.shared.clock.now();
        match self.look(desk, |books| status_report(books, &self.config, now)) {
            Ok(mut report) => {
                // Nobody is asked here who he is: whose address fails, and what was said of it, is for the operators.
                report.failing_addresses.clear();
                Page { status: "200 OK", kind: JSON, body: pretty(&report) }
            }
            Err(error) => Page { status: "503 Service Unavailable", kind: JSON, body: pretty(&json!({ "error": error.to_string() })) },
        }
    }

    fn sight(&self, desk: &mut Desk) -> Sight<'_> {
        let now = self.shared.clock.now();
        let facts = self.look(desk, |books| {
            Ok(Seen { facts: Facts::of(books)?, canary: books.canary()?, heartbeat_failing: books.heartbeat_failing()? })
        });
        let room = health::room(&self.config.store_path);
        let mut troubles: Vec<Trouble> = self.shared.beats.not_fresh().into_iter().map(|said| Trouble::new(What::Step, said)).collect();
        match &facts {
            Ok(seen) => troubles.extend(health::troubles(&seen.facts, &self.config, now)),
            Err(error) => troubles.push(Trouble::new(What::Store, error.to_string())),
        }
        troubles.extend(health::crowded(room, &self.config.store_path));
        Sight { shared: &self.shared, config: &self.config, started: self.started, now, facts, room, troubles }
    }

    /// Looks into the store by the handle that only reads; one that fails is opened anew next time.
    fn look<T>(&self, desk: &mut Desk, look: impl FnOnce(&Books<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let reader = match desk.reader.take() {
            Some(reader) => reader,
            None => Store::read_only(&self.config.store_path)?,
        };
        let seen = reader.read(look)?;
        desk.reader = Some(reader);
        Ok(seen)
    }
}
