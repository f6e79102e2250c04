//! Standings of 10,000 units with 1,000,000 rows of the ledger, for a year to date, as `zhibao standing` gathers them: points, shares,
//! ranks, moves since last year, submissions. Printed, not judged.
//!
//! `cargo bench --bench standings`; `ZHIBAO_BENCH_ROWS=100000` makes a smaller ledger.

#[path = "network.rs"]
mod network;

use chrono::{Days, NaiveDate, TimeZone, Utc};
use zhibao::clock::Stopwatch;
use zhibao::domain::ids::UnitId;
use zhibao::domain::period::Period;
use zhibao::steps::{Setup, begin, standings};
use zhibao::store::{Books, CommitPoint, Durability, Store, StoreError};

const UNITS: usize = 10_000;
const LOOKS: usize = 5;

fn main() {
    // `cargo test --all-targets` starts benches too, without this word.
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    let rows = std::env::var("ZHIBAO_BENCH_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(1_000_000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(&folder.path().join("zhibao.db"), Durability::None).expect("it opens");
    let now = Utc.with_ymd_and_hms(2003, 12, 31, 0, 0, 0).single().expect("a moment");
    let setup = begin::begin(&store, network::setup(folder.path(), UNITS), now).expect("it begins");
    let units: Vec<UnitId> = (0..UNITS).map(network::unit).collect();
    let watch = Stopwatch::start();
    for group in (0..rows).collect::<Vec<usize>>().chunks(50_000) {
        let put = |books: &Books<'_>| group.iter().try_for_each(|nth| put(books, &units, *nth));
        store.write(CommitPoint::Console, put).expect("written");
    }
    println!("made: {rows} rows, {UNITS} units, in {:.1} s", watch.seconds());
    // The year to date through November: some 11 of 12 rows.
    let window = Period::YearThrough(2003, 11);
    let mut costs: Vec<(f64, usize)> = (0..LOOKS).map(|_| look(&store, &setup, window)).collect();
    costs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (median, lines) = costs[LOOKS / 2];
    println!(
        "standings of {lines} units, {window}: median of {LOOKS} {:.0} ms ({:.0}–{:.0})",
        median * 1e3,
        costs[0].0 * 1e3,
        costs[LOOKS - 1].0 * 1e3
    );
}

fn put(books: &Books<'_>, units: &[UnitId], nth: usize) -> Result<(), StoreError> {
    // Neighbouring rows are of different units and days, and some units have far more than others.
    let unit = &units[(nth * 7_919 + (nth / 13) * (nth / 13)) % units.len()];
    let day = NaiveDate::from_ymd_opt(2003, 1, 1).expect("a day") + Days::new((nth * 31 % 365) as u64);
    let at = Utc.with_ymd_and_hms(2003, 12, 31, 0, 0, 0).single().expect("a moment");
    books.put_entry(&network::adoption(unit, day, nth), at).map(|_| ())
}

fn look(store: &Store, setup: &Setup, window: Period) -> (f64, usize) {
    let watch = Stopwatch::start();
    let table = store.read(|books| standings::table(books, setup, window, Some(window.year_before()))).expect("readable");
    (watch.seconds(), table.lines.len())
}
