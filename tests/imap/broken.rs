//! Connections that break: every seed another course of events, and in the end each message is on record exactly once.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::office::{Office, account, quick};
use super::servers::dovecot::{Dovecot, Options};
use super::servers::proxy::{Fault, Plan, Proxy};
use super::servers::{Dice, mail};

/// `ZHIBAO_SEEDS=40` tries more.
fn seeds() -> u64 {
    std::env::var("ZHIBAO_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(4)
}

fn through_the_proxy(seed: u64, tls: &str, faults: &[Fault], within: u64) {
    let dovecot = Dovecot::start(Options::default());
    let mut dice = Dice::new(seed);
    let mails: Vec<Vec<u8>> = (0..150).map(|number| mail(number, 300 + dice.roll(6_000) as usize)).chain([mail(777, 2_500_000)]).collect();
    for (number, raw) in mails.iter().enumerate() {
        dovecot.deliver("north", &format!("{}.M{number:06}.test", 1_046_649_600 + number), raw);
    }
    let upstream = if tls == "implicit" { dovecot.tls_port } else { dovecot.port };
    let proxy = Proxy::start(upstream, seed, Plan { faults: faults.to_vec(), within, unharmed: 25, ..Plan::default() });
    let pace = zhibao::mailbox::imap::Pace { stall: Duration::from_millis(400), connect: Duration::from_millis(800), ..quick() };
    let ca = format!("quarantine = \"\"\nca_file = \"{}\"", dovecot.ca_file().display());
    let mut office = Office::new(&account(proxy.port, tls, "north", &ca), pace);
    let readings = office.read_through(Duration::from_secs(90));
    office.holds_exactly(&mails);
    // Moving breaks as well; repeated, it comes to an end.
    for _ in 0..200 {
        office.work();
        if dovecot.count("north", "") == 0 {
            break;
        }
        office.read();
        std::thread::sleep(Duration::from_millis(10));
        // Messages that could not be moved are tried again after a while, or when the operator says so.
        office.reader.forgive();
    }
    office.holds_exactly(&mails);
    assert_eq!(dovecot.count("north", ""), 0);
    let (connections, harmed) = (proxy.connections.load(Ordering::SeqCst), proxy.harmed.load(Ordering::SeqCst));
    println!("seed {seed} {tls}: {readings} readings, {connections} connections, {harmed} broken");
}

#[test]
fn connections_that_are_cut_and_stalled_lose_and_double_nothing() {
    for seed in 0..seeds() {
        let tls = ["implicit", "none", "starttls"][seed as usize % 3];
        through_the_proxy(seed, tls, &[Fault::Cut, Fault::Cut, Fault::Stall], 3_000_000);
    }
}

#[test]
fn bytes_corrupted_inside_tls_are_noticed() {
    for seed in 100..100 + seeds() {
        through_the_proxy(seed, "implicit", &[Fault::Corrupt, Fault::Cut], 3_000_000);
    }
}

#[test]
fn a_cable_that_is_cut_is_noticed_and_mended() {
    let dovecot = Dovecot::start(Options::default());
    dovecot.deliver("north", "1046649600.a.test", &mail(1, 500));
    let proxy = Proxy::start(dovecot.tls_port, 1, Plan { within: 1, unharmed: 100, ..Plan::default() });
    let ca = format!("processed = \"\"\nquarantine = \"\"\nca_file = \"{}\"", dovecot.ca_file().display());
    let pace = zhibao::mailbox::imap::Pace { stall: Duration::from_millis(400), ..quick() };
    let mut office = Office::new(&account(proxy.port, "implicit", "north", &ca), pace);
    assert_eq!(office.read(), None);
    std::thread::sleep(Duration::from_millis(150));
    proxy.freeze(true);
    dovecot.deliver("north", "1046649601.b.test", &mail(2, 500));
    let error = office.read().expect("nobody answers");
    assert!(error.contains("did not answer in time"), "{error}");
    proxy.freeze(false);
    proxy.cut();
    office.read_through(Duration::from_secs(10));
    office.holds_exactly(&[mail(1, 500), mail(2, 500)]);
}
