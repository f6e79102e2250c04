//! What a message costs when a million are filed, against ten thousand (P10): fetched, filed with its receipt, and searchable.
//!
//! `cargo bench --bench at_a_million`; `ZHIBAO_BENCH_FILED=100000` fills the store less. The messages are small, one every ten minutes, so
//! that what is measured is the store and not the reading of mail.

#[path = "network.rs"]
mod network;
#[path = "words.rs"]
mod words;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use words::{Draw, prose};
use zhibao::archive::helper::Helper;
use zhibao::archive::index::Indexer;
use zhibao::clock::Stopwatch;
use zhibao::domain::message::Disposition;
use zhibao::mailbox::MemoryMailbox;
use zhibao::steps::{World, begin, enforce, fetch::Reader, file};
use zhibao::store::{Durability, Store};

const UNITS: usize = 200;
const FIRST: usize = 10_000;
const MEASURED: usize = 2_000;

fn main() {
    // `cargo test --all-targets` starts benches too, without this word.
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    let filed: usize = std::env::var("ZHIBAO_BENCH_FILED").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut nth = 0;
    fill(folder.path(), &mut nth, FIRST.min(filed), Durability::None);
    let early = measured(folder.path(), &mut nth);
    println!("at {:>9}: {}", FIRST.min(filed), told(&early));
    fill(folder.path(), &mut nth, filed, Durability::None);
    let late = measured(folder.path(), &mut nth);
    println!("at {filed:>9}: {}", told(&late));
    let sum = |cost: &Cost| cost.fetch + cost.file + cost.index;
    println!("P10: a message costs {:.2} of what it cost at first; target 1.3, stretch 1.1", sum(&late) / sum(&early));
    let size = |name: &str| std::fs::metadata(folder.path().join(name)).map_or(0, |about| about.len()) as f64 / 1e9;
    let filed = Open::new(folder.path(), Durability::None, nth).world.store.read(|books| books.summary()).expect("a summary");
    let reports = filed.dispositions.get(&Disposition::Filed).copied().unwrap_or(0);
    assert!(reports > filed.messages / 100 * 99, "they are not filed as reports: {:?}", filed.dispositions);
    println!("{reports} reports, {} receipts", filed.notices.get("receipt").copied().unwrap_or(0));
    println!("store {:.2} GB, index {:.2} GB", size("zhibao.db"), size("zhibao.search"));
}

/// Microseconds a message.
struct Cost {
    fetch: f64,
    file: f64,
    index: f64,
}

fn told(cost: &Cost) -> String {
    let Cost { fetch, file, index } = cost;
    format!("{:7.0} µs a message: fetched in {fetch:.0}, filed in {file:.0}, made searchable in {index:.0}", fetch + file + index)
}

/// Files messages until there are `until`.
fn fill(folder: &std::path::Path, nth: &mut usize, until: usize, durability: Durability) {
    let watch = Stopwatch::start();
    let begun = *nth;
    let office = Open::new(folder, durability, *nth);
    let mut told = 0;
    while *nth < until {
        let count = (until - *nth).min(2_000);
        office.file(nth, count);
        office.index();
        if *nth / 100_000 > told {
            told = *nth / 100_000;
            println!("filled:    {nth} messages, {:.0} s", watch.seconds());
        }
    }
    println!("filled:    {} messages in {:.1} s", *nth - begun, watch.seconds());
}

/// What messages cost now, durably; the median of five groups.
fn measured(folder: &std::path::Path, nth: &mut usize) -> Cost {
    let office = Open::new(folder, Durability::Full, *nth);
    // What was opened a moment ago is read from the disk once.
    office.file(nth, 200);
    office.index();
    let mut costs: Vec<Cost> = (0..5)
        .map(|_| {
            let (fetch, file) = office.file(nth, MEASURED / 5);
            Cost { fetch, file, index: office.index() / (MEASURED / 5) as f64 }
        })
        .collect();
    costs.sort_by(|a, b| (a.fetch + a.file + a.index).total_cmp(&(b.fetch + b.file + b.index)));
    costs.swap_remove(2)
}

struct Open {
    world: World,
    indexer: Indexer,
}

impl Open {
    fn new(folder: &std::path::Path, durability: Durability, nth: usize) -> Open {
        let store = Store::open(&folder.join("zhibao.db"), durability).expect("it opens");
        let setup = begin::begin(&store, network::setup(folder, UNITS), moment(nth)).expect("it begins");
        let indexer = Indexer::open(store.path(), Helper::default()).expect("it opens");
        Open { world: World { store, setup: Arc::new(setup) }, indexer }
    }

    /// Fetches and files the next `count` messages. Microseconds a message, each.
    fn file(&self, nth: &mut usize, count: usize) -> (f64, f64) {
        let mailbox = MemoryMailbox::new("submissions");
        for _ in 0..count {
            mailbox.put(format!("{nth:09}"), moment(*nth), message(*nth));
            *nth += 1;
        }
        let now = moment(*nth);
        let watch = Stopwatch::start();
        Reader::new(Box::new(mailbox)).read(&self.world, now).expect("it is fetched");
        let fetched = watch.seconds();
        while file::step(&self.world, now).expect("it is filed") {}
        let filed = watch.seconds();
        // What came to be told meanwhile is told, as it would have been: what waits for it would only grow.
        while enforce::step(&self.world, now).expect("it is enforced").worked {}
        let each = |seconds: f64| seconds * 1e6 / count as f64;
        (each(fetched), each(filed - fetched))
    }

    /// Microseconds.
    fn index(&self) -> f64 {
        let watch = Stopwatch::start();
        while self.indexer.step(&self.world.store).expect("it is indexed") > 0 {}
        watch.seconds() * 1e6
    }
}

fn moment(nth: usize) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(1990, 1, 1, 0, 0, 0).single().expect("a moment") + TimeDelta::minutes(nth as i64 * 10)
}

fn message(nth: usize) -> String {
    let mut draw = Draw::new(nth as u64 + 1);
    format!(
        "From: <r{}@office.example>\r\nSubject: {} {nth}\r\nMessage-ID: <{nth}@bench>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{}\r\n",
        nth % UNITS,
        prose(&mut draw, 12).replace('\n', ""),
        prose(&mut draw, 150).replace('\n', "\r\n")
    )
}
