//! What holds of every run: random timelines of a small network, played through the steps.
//!
//! The timelines are the same at every run of the tests; `PROPTEST_RNG_SEED` and `PROPTEST_CASES` try others.

#[path = "properties/ending.rs"]
mod ending;
#[path = "properties/sameness.rs"]
mod sameness;
#[path = "properties/watermark.rs"]
mod watermark;
mod world;

use std::fmt::Debug;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngSeed, TestCaseResult, TestRunner};

/// Tries a property on random timelines: `cases` of them, unless the environment asks for another number.
fn hold<S: Strategy>(cases: u32, of: &S, property: impl Fn(S::Value) -> TestCaseResult)
where
    S::Value: Debug,
{
    if let Err(failure) = TestRunner::new(seeded(cases)).run(of, property) {
        panic!("{failure}");
    }
}

fn seeded(cases: u32) -> Config {
    let mut config = Config { failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(2005);
    }
    config
}
