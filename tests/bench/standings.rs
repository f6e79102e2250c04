//! Standings of 10,000 units with 1,000,000 rows of the ledger, for a year to date. Printed, not judged.
//!
//! `cargo bench --bench standings`; `ZHIBAO_BENCH_ROWS=100000` makes a smaller ledger.

use chrono::{Days, NaiveDate, TimeZone, Utc};
use zhibao::clock::Stopwatch;
use zhibao::domain::ids::UnitId;
use zhibao::domain::ledger::{EntryKind, NewEntry, Tally, identity};
use zhibao::domain::period::Period;
use zhibao::domain::points::Points;
use zhibao::domain::standing;
use zhibao::store::{CommitPoint, Durability, Store, StoreError};

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
    let units: Vec<UnitId> = (0..UNITS).map(|nth| UnitId(format!("unit-{nth:05}"))).collect();
    let watch = Stopwatch::start();
    for group in (0..rows).collect::<Vec<usize>>().chunks(50_000) {
        let put = |books: &zhibao::store::Books<'_>| group.iter().try_for_each(|nth| put(books, &units, *nth));
        store.write(CommitPoint::Console, put).expect("written");
    }
    println!("made: {rows} rows, {UNITS} units, in {:.1} s", watch.seconds());
    // The year to date through November: some 11 of 12 rows.
    let window = Period::YearThrough(2003, 11);
    let mut costs: Vec<(f64, usize)> = (0..LOOKS).map(|_| look(&store, &units, window)).collect();
    costs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (median, lines) = costs[LOOKS / 2];
    println!(
        "standings of {lines} units, {window}: median of {LOOKS} {:.0} ms ({:.0}–{:.0})",
        median * 1e3,
        costs[0].0 * 1e3,
        costs[LOOKS - 1].0 * 1e3
    );
}

fn put(books: &zhibao::store::Books<'_>, units: &[UnitId], nth: usize) -> Result<(), StoreError> {
    // Neighbouring rows are of different units and days, and some units have far more than others.
    let unit = &units[(nth * 7_919 + (nth / 13) * (nth / 13)) % units.len()];
    let day = NaiveDate::from_ymd_opt(2003, 1, 1).expect("a day") + Days::new((nth * 31 % 365) as u64);
    let points = Points::from_thousandths(500 * (1 + (nth % 9) as i64));
    let title = format!("工作信息第{nth}期");
    let of = std::slice::from_ref(unit);
    let entry = NewEntry {
        kind: EntryKind::Adoption,
        day,
        shares: vec![(unit.clone(), points)],
        outlet: "province".into(),
        identity: identity(EntryKind::Adoption, day, of, "province", &title, points, 0),
        title,
        points,
        submission: None,
        reverses: None,
        source: "bench".into(),
        by: "bench".into(),
    };
    let at = Utc.with_ymd_and_hms(2003, 12, 31, 0, 0, 0).single().expect("a moment");
    books.put_entry(&entry, at).map(|_| ())
}

fn look(store: &Store, units: &[UnitId], window: Period) -> (f64, usize) {
    let watch = Stopwatch::start();
    let tallies: Vec<Tally> = store.read(|books| books.tallies(window.first(), window.end())).expect("readable");
    let points: Vec<(UnitId, Points)> = units
        .iter()
        .map(|unit| {
            let found = tallies.binary_search_by(|tally| tally.unit.cmp(unit));
            (unit.clone(), found.map_or(Points::ZERO, |at| tallies[at].points))
        })
        .collect();
    let places = standing::rank(&points);
    (watch.seconds(), places.len())
}
