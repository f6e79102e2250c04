//! The daemon as a process, killed at its system calls, and given errors by them; then started again and looked at.
//!
//! `strace` counts the calls of each kind that an undisturbed life makes, and in later lives kills the process at one of them, from the
//! first to the last. After each death another process takes up what is there, undisturbed, and the oracle of the faults is asked: every
//! mail has one disposition, every letter arrived once, or once more for each attempt that got no answer, the same to the byte.
//!
//! `ZHIBAO_SYSCALLS=2000 cargo test --release --test syscalls -- --nocapture` dies so often (100 times otherwise).

#[path = "syscalls/errors.rs"]
mod errors;
#[path = "syscalls/migration.rs"]
mod migration;
#[path = "syscalls/office.rs"]
mod office;
#[path = "syscalls/power.rs"]
mod power;
#[path = "servers/smtp_script.rs"]
mod smtp_script;
#[path = "store/tmpfs.rs"]
mod tmpfs;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use office::{End, Office, Said};

/// Deaths where nobody asks for more.
const DEATHS: usize = 100;

/// What is killed at, and whether a life of the daemon makes such a call at all. What it never makes is named here, so that the day on
/// which it does is noticed.
const CALLS: [(&str, bool); 12] = [
    ("write", true),
    ("writev", false),
    ("pwrite64", true),
    ("fsync", true),
    ("fdatasync", false),
    ("ftruncate", true),
    ("unlink", true),
    ("unlinkat", false),
    ("rename", true),
    ("renameat", false),
    ("sendto", true),
    ("sendmsg", false),
];

/// The undisturbed life: what it says, and how many calls of each kind its busiest thread makes. `strace` counts by thread.
fn undisturbed() -> (Said, BTreeMap<&'static str, usize>) {
    let mut office = Office::new();
    let trace = office.path("trace");
    let names: Vec<&str> = CALLS.iter().map(|(name, _)| *name).collect();
    let ended = office.live(&["-o".into(), trace.display().to_string(), "-e".into(), format!("trace={}", names.join(","))]);
    assert_eq!(ended, End::AsAsked, "{}", office.log());
    let text = std::fs::read_to_string(&trace).expect("a trace");
    let mut counts: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for line in text.lines() {
        let Some((thread, call)) = line.split_once(' ') else { continue };
        let name = call.trim_start().split('(').next().unwrap_or_default();
        if let Some((name, _)) = CALLS.iter().find(|(known, _)| *known == name) {
            *counts.entry(*name).or_default().entry(thread).or_default() += 1;
        }
    }
    let all: BTreeMap<&str, usize> = counts.iter().map(|(name, threads)| (*name, threads.values().sum())).collect();
    println!("an undisturbed life makes {all:?}");
    (office.said(), counts.into_iter().map(|(name, threads)| (name, threads.into_values().max().unwrap_or(0))).collect())
}

fn asked() -> usize {
    let value = std::env::var("ZHIBAO_SYSCALLS").ok();
    value.map_or(DEATHS, |value| value.parse().unwrap_or_else(|_| panic!("ZHIBAO_SYSCALLS={value}: a number is wanted")))
}

/// `wanted` points: of each kind of call from the first to the last, spread evenly, and as often as there are calls of that kind.
fn points(counts: &BTreeMap<&'static str, usize>, wanted: usize) -> Vec<(&'static str, usize)> {
    let all: usize = counts.values().sum();
    let mut points = Vec::new();
    for (name, count) in counts {
        // Rare calls are not passed over.
        let share = (wanted * count).div_ceil(all).max(3);
        points.extend((0..share).map(|nth| (*name, 1 + (nth * count / share) % count)));
    }
    points
}

#[test]
fn killed_at_any_system_call_it_loses_nothing_and_doubles_only_what_was_in_doubt() {
    let begun = Instant::now();
    let (said, counts) = undisturbed();
    let made: BTreeSet<&str> = counts.keys().copied().collect();
    let expected: BTreeSet<&str> = CALLS.iter().filter(|(_, made)| *made).map(|(name, _)| *name).collect();
    assert_eq!(made, expected, "the calls of a life are others than are named here");
    let wanted = asked();
    let points = points(&counts, wanted);
    let (next, tally) = (AtomicUsize::new(0), Mutex::new(BTreeMap::<&str, (usize, usize)>::new()));
    let (dead, doubled) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || {
        // Threads share the work as it comes, and a call that was not reached is no death: the points are gone through again.
        while dead.load(Ordering::Relaxed) < wanted {
            let nth = next.fetch_add(1, Ordering::Relaxed);
            assert!(nth < 3 * points.len(), "only {} deaths at {nth} points", dead.load(Ordering::Relaxed));
            // A prime, so that kinds and moments are mixed and each point has its turn.
            let (name, call) = points[nth * 7919 % points.len()];
            let (ended, copies) = one_death(name, call, &said);
            let killed = ended == End::Killed;
            dead.fetch_add(usize::from(killed), Ordering::Relaxed);
            doubled.fetch_add(copies, Ordering::Relaxed);
            let mut tally = tally.lock().expect("no panic");
            let (deaths, spared) = tally.entry(name).or_default();
            *(if killed { deaths } else { spared }) += 1;
        }
    };
    std::thread::scope(|scope| (0..2).for_each(|_| drop(scope.spawn(work))));
    let tally = tally.into_inner().expect("no panic");
    println!(
        "{} deaths in {:.0} s, at (deaths, calls not reached) {tally:?}; {} letters arrived twice, each with an attempt that got no answer",
        dead.into_inner(),
        begun.elapsed().as_secs_f64(),
        doubled.into_inner()
    );
    for name in expected {
        assert!(tally.get(name).is_some_and(|(deaths, _)| *deaths > 0), "nothing died at {name}: {tally:?}");
    }
}

/// One death and the life after it. Yields how the first life ended, and how many letters arrived a second time.
fn one_death(name: &str, call: usize, said: &Said) -> (End, usize) {
    let mut office = Office::new();
    let ended = office.live(&[
        "-o".into(),
        "/dev/null".into(),
        "-e".into(),
        format!("trace={name}"),
        "-e".into(),
        format!("inject={name}:signal=KILL:when={call}"),
    ]);
    assert!(matches!(ended, End::Killed | End::AsAsked), "{name} {call}: {ended:?}\n{}", office.log());
    if ended == End::Killed {
        assert_eq!(office.live_on(), End::AsAsked, "{name} {call}:\n{}", office.log());
    }
    let faults = office.faults(said);
    assert!(faults.is_empty(), "killed at {name} number {call}: {faults:#?}\n{}", office.log());
    (ended, office.second_copies())
}
