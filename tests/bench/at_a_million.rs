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
use tempfile::TempDir;
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
/// What is measured of each store, in turns.
const GROUPS: usize = 9;
const GROUP: usize = 400;

fn main() {
    // `cargo test --all-targets` starts benches too, without this word.
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    let filed: usize = std::env::var("ZHIBAO_BENCH_FILED").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let mut few = Office::filled(FIRST.min(filed));
    let mut many = Office::filled(filed);
    // In turns, so that whatever else the machine does meanwhile falls on both.
    let (mut early, mut late) = (Vec::new(), Vec::new());
    for _ in 0..GROUPS {
        early.push(few.group(GROUP));
        late.push(many.group(GROUP));
    }
    let (early, late) = (median(early), median(late));
    println!("at {:>9}: {}", FIRST.min(filed), told(&early));
    println!("at {filed:>9}: {}", told(&late));
    println!("P10: a message costs {:.2} of what it cost at first; target 1.3, stretch 1.1", late.all() / early.all());
    many.tell();
}

/// Microseconds a message.
struct Cost {
    fetch: f64,
    file: f64,
    index: f64,
}

impl Cost {
    fn all(&self) -> f64 {
        self.fetch + self.file + self.index
    }
}

fn median(mut costs: Vec<Cost>) -> Cost {
    costs.sort_by(|a, b| a.all().total_cmp(&b.all()));
    let middle = costs.len() / 2;
    costs.swap_remove(middle)
}

fn told(cost: &Cost) -> String {
    let Cost { fetch, file, index } = cost;
    format!("{:7.0} µs a message: fetched in {fetch:.0}, filed in {file:.0}, made searchable in {index:.0}", cost.all())
}

struct Office {
    world: World,
    indexer: Indexer,
    nth: usize,
    folder: TempDir,
}

impl Office {
    /// An office that has filed `until` messages, open as a daemon has it.
    fn filled(until: usize) -> Office {
        let folder = tempfile::tempdir().expect("a temporary folder");
        // Made as a daemon makes it: the size of its pages stays what it is at first.
        drop(Store::open(&folder.path().join("zhibao.db"), Durability::Full).expect("it opens"));
        let mut office = Office::open(folder, Durability::None, 0);
        let watch = Stopwatch::start();
        while office.nth < until {
            office.group((until - office.nth).min(2_000));
            if office.nth.is_multiple_of(100_000) {
                println!("filled:    {} messages, {:.0} s", office.nth, watch.seconds());
            }
        }
        println!("filled:    {until} messages in {:.1} s", watch.seconds());
        let Office { world, indexer, nth, folder } = office;
        drop((world, indexer));
        // What is measured waits for its own bytes to be on the disk, not for these.
        for file in std::fs::read_dir(folder.path()).expect("a folder").flatten() {
            std::fs::File::open(file.path()).and_then(|file| file.sync_all()).expect("on the disk");
        }
        let mut office = Office::open(folder, Durability::Full, nth);
        // What was opened a moment ago is read from the disk once.
        office.group(GROUP);
        office
    }

    fn open(folder: TempDir, durability: Durability, nth: usize) -> Office {
        let store = Store::open(&folder.path().join("zhibao.db"), durability).expect("it opens");
        let setup = begin::begin(&store, network::setup(folder.path(), UNITS), moment(nth)).expect("it begins");
        let indexer = Indexer::open(store.path(), Helper::default()).expect("it opens");
        Office { world: World { store, setup: Arc::new(setup) }, indexer, nth, folder }
    }

    /// Fetches and files the next `count` messages, and makes them searchable.
    fn group(&mut self, count: usize) -> Cost {
        let mailbox = MemoryMailbox::new("submissions");
        for _ in 0..count {
            mailbox.put(format!("{:09}", self.nth), moment(self.nth), message(self.nth));
            self.nth += 1;
        }
        let now = moment(self.nth);
        let watch = Stopwatch::start();
        Reader::new(Box::new(mailbox)).read(&self.world, now).expect("it is fetched");
        let fetched = watch.seconds();
        while file::step(&self.world, now).expect("it is filed") {}
        let filed = watch.seconds();
        // What came to be told meanwhile is told, as it would have been: what waits for it would only grow.
        while enforce::step(&self.world, now).expect("it is enforced").worked {}
        let enforced = watch.seconds();
        while self.indexer.step(&self.world.store).expect("it is indexed") > 0 {}
        let each = |seconds: f64| seconds * 1e6 / count as f64;
        Cost { fetch: each(fetched), file: each(filed - fetched), index: each(watch.seconds() - enforced) }
    }

    /// How many became what, and how large it all is.
    fn tell(&self) {
        let filed = self.world.store.read(|books| books.summary()).expect("a summary");
        let reports = filed.dispositions.get(&Disposition::Filed).copied().unwrap_or(0);
        assert!(reports > filed.messages / 100 * 99, "they are not filed as reports: {:?}", filed.dispositions);
        println!("{reports} reports, {} receipts", filed.notices.get("receipt").copied().unwrap_or(0));
        let size = |name: &str| std::fs::metadata(self.folder.path().join(name)).map_or(0, |about| about.len()) as f64 / 1e9;
        println!("store {:.2} GB, index {:.2} GB", size("zhibao.db"), size("zhibao.search"));
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
