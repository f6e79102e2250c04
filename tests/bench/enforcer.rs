//! What one look at the deadlines costs while nothing is due, with 100,000 obligations open. Printed, not judged.
//!
//! `cargo bench --bench enforcer`

#[path = "../world/mod.rs"]
mod world;

use chrono::TimeDelta;
use zhibao::clock::Stopwatch;
use zhibao::domain::ids::UnitId;
use zhibao::domain::notice::DueBecause;
use zhibao::domain::obligation::Cause;
use zhibao::domain::rules::Deadline;
use zhibao::steps::{StepError, enforce};
use zhibao::store::{CommitPoint, NewObligation};

use world::at;
use world::office::{Office, UNITS};
use world::play::{MAILBOXES, Play};

const OPEN: i64 = 100_000;
const LOOKS: usize = 200;

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let office = Office::plain();
    let mailboxes = MAILBOXES.into_iter().map(zhibao::mailbox::MemoryMailbox::new).collect();
    let outbox = zhibao::transport::MemoryTransport::new("outbox");
    let path = folder.path().join("zhibao.db");
    let mut play = Play::started(&office, path, mailboxes, outbox, Vec::new(), None, at(0)).expect("it opens");
    open_many(&play);
    play.moment().expect("nothing stops it");
    let mut costs: Vec<f64> = (0..LOOKS).map(|_| one_look(&play)).collect();
    costs.sort_by(f64::total_cmp);
    let milliseconds = |share: usize| costs[share * (LOOKS - 1) / 100] * 1000.0;
    println!(
        "{OPEN} open obligations, nothing due, {LOOKS} looks: median {:.3} ms, 99th of 100 {:.3} ms",
        milliseconds(50),
        milliseconds(99)
    );
}

fn open_many(play: &Play) {
    let ladder = &play.world.setup.rules.ladder;
    let because =
        DueBecause { deadline: Deadline::Cron { cron: "0 17 * * *".into() }, severity: None, anchored_at: None, extended_from: None };
    let put = |books: &zhibao::store::Books<'_>| {
        for nth in 0..OPEN {
            let cause = Cause::Duty { name: format!("duty {}", nth / 3), window_start: at(0), min: None };
            let unit = UnitId::from(UNITS[(nth % 3) as usize].0);
            let due = at(24 * 60) + TimeDelta::seconds(nth);
            books.put_obligation(
                NewObligation { cause, unit, due, because: because.clone(), known_at: at(0), independent: true },
                ladder,
                at(0),
            )?;
        }
        Ok::<_, StepError>(())
    };
    play.world.store.write(CommitPoint::Duties, put).expect("written");
    let open = play.world.store.read(|books| books.status(&[], at(0))).expect("readable").obligations["open"];
    assert_eq!(open, OPEN as u64);
}

/// What the daemon does when it wakes up: is anything due, and when will something be?
fn one_look(play: &Play) -> f64 {
    let watch = Stopwatch::start();
    let done = enforce::step(&play.world, at(1)).expect("nothing stops it");
    let next = play.world.store.read(|books| enforce::next_due(books, &play.world.setup, at(1))).expect("readable");
    let seconds = watch.seconds();
    assert!(!done.worked && next.is_some_and(|next| next > at(1)));
    seconds
}
