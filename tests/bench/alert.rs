//! Due → alert accepted by a relay, with 100,000 obligations open: the enforcer's look, the queueing and the sending. Printed, not judged.
//!
//! `cargo bench --bench alert [-- ROUNDS]`

#[path = "../servers/smtp_script.rs"]
mod smtp_script;
#[path = "../world/mod.rs"]
mod world;

use chrono::TimeDelta;
use zhibao::clock::Stopwatch;
use zhibao::domain::ids::UnitId;
use zhibao::domain::notice::DueBecause;
use zhibao::domain::obligation::Cause;
use zhibao::domain::relay::Security;
use zhibao::domain::rules::Deadline;
use zhibao::steps::{StepError, World, begin, deliver, enforce};
use zhibao::store::{CommitPoint, Durability, NewObligation, Store};
use zhibao::transport::smtp::{Limits, SmtpSettings};
use zhibao::transport::{SmtpTransport, Transport};

use smtp_script::ScriptedRelay;
use world::at;
use world::office::{Office, UNITS};

const OPEN: i64 = 100_000;
/// The first of them falls due in this minute.
const DUE: i64 = 24 * 60;
/// Seconds between two due times: such that no reminder of one, half an hour ahead, falls on the due time of another.
const APART: i64 = 61;

fn main() {
    let rounds: usize = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(40);
    let folder = tempfile::tempdir().expect("a folder");
    // Every commit is durable, as in the daemon.
    let store = Store::open(&folder.path().join("zhibao.db"), Durability::Full).expect("it opens");
    let setup = begin::begin(&store, Office::plain().setup(), at(0)).expect("it begins");
    let world = World { store, setup: std::sync::Arc::new(setup) };
    open_many(&world);
    let relay = ScriptedRelay::new();
    let mut transports: Vec<Box<dyn Transport>> = vec![Box::new(SmtpTransport::new(SmtpSettings {
        name: "relay".into(),
        host: "localhost".into(),
        port: relay.port,
        security: Security::Plain,
        ca_file: None,
        hello: "bench.example".into(),
        login: None,
        instead_of_null: None,
        bounces_to: None,
        limits: Limits::default(),
    }))];
    let mut costs: Vec<f64> = (0..rounds as i64).map(|round| one_round(&world, &mut transports, &relay, round)).collect();
    costs.sort_by(f64::total_cmp);
    let milliseconds = |share: usize| costs[share * (costs.len() - 1) / 100] * 1000.0;
    println!(
        "{OPEN} open obligations, one due, {rounds} rounds: due to alert accepted by the relay, median {:.1} ms, 99th of 100 {:.1} ms (wanted: 1,000)",
        milliseconds(50),
        milliseconds(99)
    );
}

fn open_many(world: &World) {
    let ladder = &world.setup.rules.ladder;
    let because =
        DueBecause { deadline: Deadline::Cron { cron: "0 17 * * *".into() }, severity: None, anchored_at: None, extended_from: None };
    let put = |books: &zhibao::store::Books<'_>| {
        for nth in 0..OPEN {
            let cause = Cause::Duty { name: format!("duty {nth}"), window_start: at(0), min: None };
            let unit = UnitId::from(UNITS[(nth % 3) as usize].0);
            let new = NewObligation {
                cause,
                unit,
                due: at(DUE) + TimeDelta::seconds(APART * nth),
                because: because.clone(),
                known_at: at(0),
                independent: true,
            };
            books.put_obligation(new, ladder, at(0))?;
        }
        for mailbox in world.setup.mailbox_names() {
            books.mailbox_read(&mailbox, at(0), None)?;
        }
        Ok::<_, StepError>(())
    };
    world.store.write(CommitPoint::Duties, put).expect("written");
}

/// From the moment at which one falls due to the answer of the relay for the first letter of its alert.
fn one_round(world: &World, transports: &mut [Box<dyn Transport>], relay: &ScriptedRelay, round: i64) -> f64 {
    let now = at(DUE) + TimeDelta::seconds(APART * round + 1);
    // What was due before, reminders among it, is out of the way; mail has been read up to now.
    while enforce::step(world, now - TimeDelta::seconds(2)).expect("a step").worked {}
    while deliver::step(world, transports, now - TimeDelta::seconds(2)).expect("a step") {}
    let read = |books: &zhibao::store::Books<'_>| {
        world.setup.mailbox_names().iter().try_for_each(|mailbox| books.mailbox_read(mailbox, now, None).map(|_| ()))
    };
    world.store.write(CommitPoint::MailboxRead, read).expect("noted");
    let before = relay.taken().len();
    let watch = Stopwatch::start();
    assert!(enforce::step(world, now).expect("a step").worked, "something is due");
    assert!(deliver::step(world, transports, now).expect("a step"), "and is sent");
    let seconds = watch.seconds();
    assert_eq!(relay.taken().len(), before + 1);
    assert_eq!(relay.taken()[before].kind(), "late");
    seconds
}
