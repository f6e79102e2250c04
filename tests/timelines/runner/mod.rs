//! Runs timelines through the built binary. Written against the contract only: it uses nothing of the crate.

mod format;
mod judge;
mod mail;
mod outbox;
mod play;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

pub use format::{Base, Scenario};
pub use mail::written_faults;

/// Replays at a time; each is one process.
const THREADS: usize = 2;

/// The `.toml` files of a folder, by name.
pub fn toml_files(folder: &Path) -> Vec<PathBuf> {
    let listing = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = listing
        .map(|entry| entry.unwrap_or_else(|error| panic!("{}: {error}", folder.display())).path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "toml"))
        .collect();
    files.sort();
    files
}

/// A timeline's name: that of its file.
pub fn stem(file: &Path) -> String {
    file.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Runs every file and panics with all that went wrong: faults, and the notices that were sent.
pub fn run_all(base: &Base, files: &[PathBuf], list_always: bool) {
    let next = AtomicUsize::new(0);
    let reports = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let report = run_one(base, file);
                    reports.lock().expect("no thread panics while it holds the lock").push(report);
                }
            });
        }
    });
    let mut reports = reports.into_inner().expect("no thread panics while it holds the lock");
    reports.sort_by(|a, b| a.name.cmp(&b.name));
    assert_eq!(reports.len(), files.len(), "every timeline gives one report");
    if list_always {
        reports.iter().for_each(|report| println!("{}", report.told()));
    }
    let failed: Vec<String> = reports.iter().filter(|report| !report.faults.is_empty()).map(Report::told).collect();
    assert!(failed.is_empty(), "{} of {} timelines failed\n\n{}", failed.len(), reports.len(), failed.join("\n"));
}

struct Report {
    name: String,
    title: String,
    faults: Vec<String>,
    notices: Vec<String>,
}

impl Report {
    fn told(&self) -> String {
        let mark = if self.faults.is_empty() { "ok  " } else { "FAIL" };
        let faults: String = self.faults.iter().map(|fault| format!("       {fault}\n")).collect();
        let notices: String = self.notices.iter().map(|notice| format!("     . {notice}\n")).collect();
        format!("{mark} {}: {}\n{faults}{notices}", self.name, self.title)
    }
}

fn run_one(base: &Base, file: &Path) -> Report {
    let mut report = Report { name: stem(file), title: String::new(), faults: Vec::new(), notices: Vec::new() };
    let scenario = match Scenario::read(file) {
        Ok(scenario) => scenario,
        Err(fault) => {
            report.faults.push(fault);
            return report;
        }
    };
    report.title.clone_from(&scenario.title);
    match play::play(base, &scenario) {
        Ok(played) => {
            report.faults = played.faults;
            report.notices = played.notices.iter().map(ToString::to_string).collect();
        }
        Err(fault) => report.faults.push(fault), // a timeline that cannot run is a timeline that fails
    }
    report
}
