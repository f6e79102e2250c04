//! Simulation: networks, mail and faults drawn by lot, lived through under a simulated clock, by the real steps on a real store.
//!
//! A seed is one deployment of one month to two years: a network with its rules, what people write, what fails (mailboxes, relays, the
//! clock, the machine, the process at any commit). What the rules promise is looked at after every moment (`simulation/watch.rs`) and
//! at the end (`simulation/ending.rs`).
//!
//! `ZHIBAO_SIMULATION=1000 cargo test --release --test simulation -- --nocapture` lives through so many years (20 otherwise);
//! `ZHIBAO_SIMULATION_SEED=n` alone repeats the deployment of a seed, with a number of years it begins there.

#[path = "simulation/around.rs"]
mod around;
#[path = "simulation/dice.rs"]
mod dice;
#[path = "simulation/ending.rs"]
mod ending;
#[path = "simulation/life.rs"]
mod life;
#[path = "simulation/network.rs"]
mod network;
#[path = "simulation/people.rs"]
mod people;
#[path = "simulation/plan.rs"]
mod plan;
#[path = "simulation/watch.rs"]
mod watch;
mod world;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, Once};
use std::time::Instant;

use dice::Dice;
use life::{Counts, Life};
use network::Network;
use watch::Watch;
use zhibao::store::Summary;

/// Years that are lived through where nobody asks for more.
const YEARS: f64 = 20.0;

/// What a deployment was.
struct Lived {
    years: f64,
    counts: Counts,
    summary: Summary,
    letters: Vec<Vec<u8>>,
}

/// One deployment, from its seed; an error says what did not hold.
fn lived(seed: u64) -> Result<Lived, String> {
    let mut dice = Dice::new(seed);
    let network = Network::drawn(&mut dice);
    let mut life = Life::new(&network, &mut dice);
    let mut watch = Watch::default();
    life.live(&mut watch)?;
    let faults = ending::faults(&life, &watch);
    if !faults.is_empty() {
        return Err(format!("{} faults at the end:\n{}", faults.len(), faults[..faults.len().min(8)].join("\n")));
    }
    let summary = world::look::read(life.store(), |books| books.summary());
    let letters = life.taken().into_iter().map(|letter| letter.bytes).collect();
    Ok(Lived { years: network.years(), counts: life.counts, summary, letters })
}

/// A relay that panics is a part of the simulation, and is not worth a word.
fn hush() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if panic.payload_as_str() != Some(around::PANIC) {
                usual(panic);
            }
        }));
    });
}

/// As `lived`; a panic is a fault as any other.
fn tried(seed: u64) -> Result<Lived, String> {
    hush();
    catch_unwind(AssertUnwindSafe(|| lived(seed))).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().cloned().or_else(|| panic.downcast_ref::<&str>().map(|said| (*said).to_owned()));
        Err(format!("it panics: {}", said.unwrap_or_default()))
    })
}

/// What all deployments were together.
#[derive(Default)]
struct Sum {
    deployments: u64,
    years: f64,
    counts: Counts,
    messages: u64,
    notices: BTreeMap<String, u64>,
    verdicts: BTreeMap<String, u64>,
    dispositions: BTreeMap<String, u64>,
}

impl Sum {
    fn add(&mut self, lived: &Lived) {
        self.deployments += 1;
        self.years += lived.years;
        self.counts.moments += lived.counts.moments;
        self.counts.kills += lived.counts.kills;
        self.counts.starts += lived.counts.starts;
        self.messages += lived.summary.messages;
        let add = |to: &mut BTreeMap<String, u64>, name: String, count: u64| *to.entry(name).or_default() += count;
        lived.summary.notices.iter().for_each(|(name, count)| add(&mut self.notices, name.clone(), *count));
        lived.summary.obligations.iter().for_each(|(name, count)| add(&mut self.verdicts, name.clone(), *count));
        lived.summary.dispositions.iter().for_each(|(name, count)| add(&mut self.dispositions, name.to_string(), *count));
    }

    fn print(&self, seconds: f64) {
        println!(
            "{} deployments, {:.1} years in {seconds:.0} s: {:.2} years a second; {} moments, {} starts, {} deaths at a commit",
            self.deployments,
            self.years,
            self.years / seconds,
            self.counts.moments,
            self.counts.starts,
            self.counts.kills
        );
        println!("{} messages {:?}\nobligations {:?}\nnotices {:?}", self.messages, self.dispositions, self.verdicts, self.notices);
    }
}

fn asked<T: std::str::FromStr>(name: &str) -> Option<T> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name}={value}: a number is wanted")))
}

/// How a person repeats it.
fn repeat(seed: u64) -> String {
    format!("ZHIBAO_SIMULATION_SEED={seed} cargo test --test simulation years_of_deployments -- --nocapture")
}

#[test]
fn years_of_deployments_keep_every_invariant() {
    let (years, from) = (asked::<f64>("ZHIBAO_SIMULATION"), asked::<u64>("ZHIBAO_SIMULATION_SEED"));
    let wanted = match (years, from) {
        (None, Some(_)) => 0.0,
        (years, _) => years.unwrap_or(YEARS),
    };
    let begun = Instant::now();
    let (next, failed) = (AtomicU64::new(from.unwrap_or(1)), AtomicBool::new(false));
    let (sum, faults) = (Mutex::new(Sum::default()), Mutex::new(Vec::new()));
    let work = || {
        while !failed.load(Ordering::Relaxed) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            match tried(seed) {
                Ok(lived) => sum.lock().expect("no panic").add(&lived),
                Err(fault) => {
                    failed.store(true, Ordering::Relaxed);
                    faults.lock().expect("no panic").push(format!("seed {seed}: {fault}\nTo repeat it: {}", repeat(seed)));
                }
            }
            let sum = sum.lock().expect("no panic");
            if sum.years >= wanted {
                return;
            }
            if sum.deployments.is_multiple_of(500) {
                sum.print(begun.elapsed().as_secs_f64());
            }
        }
    };
    let workers = if wanted > 0.0 { std::thread::available_parallelism().map_or(1, usize::from) } else { 1 };
    std::thread::scope(|scope| (0..workers).for_each(|_| drop(scope.spawn(work))));
    let (sum, faults) = (sum.into_inner().expect("no panic"), faults.into_inner().expect("no panic"));
    sum.print(begun.elapsed().as_secs_f64());
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    if wanted >= YEARS {
        everything_happened(&sum);
    }
}

/// A simulation in which something never happens says nothing about it.
fn everything_happened(sum: &Sum) {
    let missing = |seen: &BTreeMap<String, u64>, wanted: &[&str]| -> Vec<String> {
        wanted.iter().filter(|word| seen.get(**word).is_none_or(|count| *count == 0)).map(|word| (*word).to_owned()).collect()
    };
    let kinds = [
        "receipt",
        "returned",
        "quarantined",
        "question",
        "event-opened",
        "reminder",
        "late",
        "omitted",
        "unreported",
        "supplied",
        "command",
        "intake-stalled",
        "undeliverable",
        "digest",
        "roster-check",
    ];
    assert_eq!(missing(&sum.notices, &kinds), Vec::<String>::new());
    assert_eq!(missing(&sum.verdicts, &["on-time", "late", "omitted", "unreported", "waived", "void"]), Vec::<String>::new());
    assert_eq!(missing(&sum.dispositions, &["filed", "command", "duplicate", "ignored", "quarantined"]), Vec::<String>::new());
    assert!(sum.counts.kills > sum.deployments, "only {} deaths in {} deployments", sum.counts.kills, sum.deployments);
}

#[test]
fn a_seed_says_the_same_to_the_byte_each_time() {
    for seed in [3, 4] {
        let [one, other] = [tried(seed), tried(seed)].map(|lived| lived.unwrap_or_else(|fault| panic!("seed {seed}: {fault}")));
        assert!(one.letters == other.letters, "seed {seed} says something else the second time");
        assert!(!one.letters.is_empty());
    }
}
