//! One year of a network of 60 units, 20,000 mails and 500 events, replayed: `cargo bench --bench replay_year`.
//!
//! The year is made anew in a temporary folder (about 0.7 GB, twice that while it runs), byte for byte the same each time.
//! `ZHIBAO_BENCH_MAILS=2000` makes a smaller one, with events in proportion; `ZHIBAO_BENCH_RUNS` other than three runs;
//! `ZHIBAO_BENCH_DIR` keeps the year in a folder and uses the one that is there.

#[path = "replay_year/year.rs"]
mod year;

use std::path::{Path, PathBuf};

use chrono::{TimeZone, Utc};
use zhibao::clock::Stopwatch;
use zhibao::replay::{self, Report, Span};

fn main() {
    // `cargo test --all-targets` starts benches too, without this word.
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    let mails = number("ZHIBAO_BENCH_MAILS", 20_000);
    let runs = number("ZHIBAO_BENCH_RUNS", 3).max(1);
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let root = std::env::var_os("ZHIBAO_BENCH_DIR").map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    let watch = Stopwatch::start();
    let (count, bytes) = year::make(&root, mails);
    println!("made: {count} mails, {:.0} MB, in {:.1} s", megabytes(bytes), watch.seconds());
    let mut all: Vec<(f64, Report)> = (0..runs).map(|run| played(&root, run)).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (seconds, report) = &all[all.len() / 2];
    let each: Vec<String> = all.iter().map(|(seconds, _)| format!("{seconds:.2}")).collect();
    println!("replay: {seconds:.2} s, median of {} ({})", all.len(), each.join(" "));
    println!("        {:.0} mails/s", report.messages as f64 / seconds);
    println!(
        "mails:  {} seen, {} filed, {} commands, {} duplicates, {} ignored, {} quarantined",
        report.messages, report.filed, report.commands, report.duplicates, report.ignored, report.quarantined
    );
    println!("events: {}; obligations {:?}", report.events, report.obligations);
    println!("notices: {} {:?}", report.notices.values().sum::<u64>(), report.notices);
    println!(
        "store:  {:.0} MB; outbox {} letters",
        megabytes(size(&out(&root, 0).join("zhibao.db"))),
        files(&out(&root, 0).join("outbox"))
    );
}

/// Each run writes into a folder of its own: file systems are slow to give out what was deleted a moment ago.
fn played(root: &Path, run: usize) -> (f64, Report) {
    let dir = out(root, run);
    if dir.exists() {
        std::fs::remove_dir_all(&dir).expect("removed");
    }
    let config = zhibao::config::load(&root.join("zhibao.toml")).unwrap_or_else(|error| panic!("{error}")).config;
    let day = |year, month, day| Utc.with_ymd_and_hms(year, month, day, 0, 0, 0).single().expect("a day") - chrono::TimeDelta::hours(8);
    let span = Span { from: day(2024, 1, 1), until: day(2025, 1, 1), dir };
    let watch = Stopwatch::start();
    let report = replay::run(&config, &span, &mut |_| {}).unwrap_or_else(|error| panic!("{error}"));
    (watch.seconds(), report)
}

fn out(root: &Path, run: usize) -> PathBuf {
    root.join(format!("out-{run}"))
}

fn number(name: &str, otherwise: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn size(file: &Path) -> u64 {
    std::fs::metadata(file).map_or(0, |data| data.len())
}

fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}
