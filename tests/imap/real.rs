//! A real Dovecot.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::office::{Office, account, quick};
use super::servers::dovecot::{Dovecot, Options};
use super::servers::{mail, until};

fn secured(dovecot: &Dovecot, tls: &str, user: &str, rest: &str) -> String {
    let port = if tls == "implicit" { dovecot.tls_port } else { dovecot.port };
    account(port, tls, user, &format!("ca_file = \"{}\"\n{rest}", dovecot.ca_file().display()))
}

fn deliver_all(dovecot: &Dovecot, user: &str, mails: &[Vec<u8>]) {
    for (number, raw) in mails.iter().enumerate() {
        dovecot.deliver(user, &format!("{}.M{number:06}.test", 1_046_649_600 + number), raw);
    }
}

fn some(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|number| mail(number, 600 + number % 7 * 900)).collect()
}

#[test]
fn mail_comes_over_each_kind_of_connection_and_is_moved_once_it_is_on_record() {
    let dovecot = Dovecot::start(Options::default());
    for (user, tls) in [("north", "implicit"), ("office", "starttls"), ("busy", "none")] {
        let mails = some(250);
        deliver_all(&dovecot, user, &mails);
        let mut office = Office::new(&secured(&dovecot, tls, user, "processed = \"已收/2003\"\nquarantine = \"\""), quick());
        assert_eq!(office.read(), None, "{tls}");
        office.holds_exactly(&mails);
        assert_eq!(dovecot.count(user, ""), 250, "nothing is moved before it is asked for");
        office.work();
        assert_eq!(dovecot.count(user, ""), 0);
        assert_eq!(dovecot.count(user, "&XfJlNg-.2003"), 250);
        assert_eq!(office.read(), None);
        office.holds_exactly(&mails);
        let first = office.deliveries().remove(0);
        assert_eq!(first.received_by.as_str(), "internal-date");
        assert!(first.key.ends_with("/1"), "{}", first.key);
    }
}

#[test]
fn without_move_messages_are_copied_and_removed_and_without_uidplus_they_stay() {
    for (without, left) in [(vec!["MOVE"], 0), (vec!["MOVE", "UIDPLUS"], 40)] {
        let dovecot = Dovecot::start(Options { without, ..Options::default() });
        let mails = some(40);
        deliver_all(&dovecot, "north", &mails);
        let mut office = Office::new(&secured(&dovecot, "implicit", "north", "quarantine = \"\""), quick());
        for _ in 0..2 {
            assert_eq!(office.read(), None);
            office.work();
            assert_eq!(dovecot.count("north", ""), left);
            assert_eq!(dovecot.count("north", "Filed"), 40 - left);
            office.holds_exactly(&mails);
        }
    }
}

#[test]
fn quarantined_mail_goes_to_a_folder_of_its_own() {
    let dovecot = Dovecot::start(Options::default());
    let stranger = String::from_utf8(mail(2, 500)).unwrap().replace("ann@north", "nobody@nowhere").into_bytes();
    deliver_all(&dovecot, "north", &[mail(1, 500), stranger]);
    let mut office = Office::new(&secured(&dovecot, "implicit", "north", ""), quick());
    assert_eq!(office.read(), None);
    office.work();
    assert_eq!([dovecot.count("north", ""), dovecot.count("north", "Filed"), dovecot.count("north", "Quarantine")], [0, 1, 1]);
}

#[test]
fn idle_says_at_once_that_mail_has_come() {
    let dovecot = Dovecot::start(Options::default());
    dovecot.deliver("north", "1046649600.first.test", &mail(0, 400));
    let mut office = Office::new(&secured(&dovecot, "implicit", "north", ""), quick());
    assert_eq!(office.read(), None);
    std::thread::sleep(Duration::from_millis(300));
    let mut latencies = Vec::new();
    for number in 1..=9 {
        let woken = office.woken.load(Ordering::SeqCst);
        let begun = Instant::now();
        dovecot.deliver("north", &format!("{}.next.test", 1_046_649_600 + number), &mail(number, 400));
        until("the server says that mail has come", Duration::from_secs(5), || office.woken.load(Ordering::SeqCst) > woken);
        assert_eq!(office.read(), None);
        latencies.push(begun.elapsed());
        assert_eq!(office.deliveries().len(), number + 1, "woken, and the mail is there");
        std::thread::sleep(Duration::from_millis(50));
    }
    latencies.sort();
    println!("from delivery to record: median {:?}, longest {:?}", latencies[4], latencies[8]);
    assert!(latencies[4] < Duration::from_secs(1), "{latencies:?}");
}

#[test]
fn a_mailbox_that_is_counted_anew_is_fetched_again_and_answered_no_second_time() {
    let mut dovecot = Dovecot::start(Options::default());
    let mut mails = some(20);
    deliver_all(&dovecot, "north", &mails);
    let stranger = String::from_utf8(mail(77, 500)).unwrap().replace("ann@north", "nobody@nowhere").into_bytes();
    dovecot.deliver("north", "1046649700.stranger.test", &stranger);
    let mut office = Office::new(&secured(&dovecot, "implicit", "north", "processed = \"\"\nquarantine = \"\""), quick());
    assert_eq!(office.read(), None);
    office.work();
    let (receipts, quarantined) = (office.told("receipt"), office.told("quarantined"));
    assert_eq!((receipts, quarantined, office.told("intake-stalled")), (20, 1, 0));
    dovecot.recreate("north");
    let fresh = mail(99, 700);
    dovecot.deliver("north", "1046649800.fresh.test", &fresh);
    office.read_through(Duration::from_secs(20));
    office.work();
    assert_eq!((office.told("receipt"), office.told("quarantined")), (21, 1), "the new one alone is answered");
    assert_eq!(office.told("intake-stalled"), 1, "the operator hears of it");
    assert!(office.letters().iter().any(|letter| letter.contains("counted its messages anew")));
    assert_eq!(office.summary().get("duplicate"), Some(&21));
    mails.extend([stranger, fresh]);
    assert_eq!(office.copies().len(), mails.len());
    office.read_through(Duration::from_secs(20));
    office.work();
    assert_eq!(office.told("intake-stalled"), 1, "once");
}

#[test]
fn a_server_that_is_killed_and_started_again_in_mid_fetch_costs_nothing() {
    let mut dovecot = Dovecot::start(Options::default());
    let mails: Vec<Vec<u8>> = (0..600).map(|number| mail(number, 20_000)).collect();
    deliver_all(&dovecot, "north", &mails);
    let mut office = Office::new(&secured(&dovecot, "implicit", "north", "quarantine = \"\""), quick());
    for round in 0..6 {
        let before = office.deliveries().len();
        std::thread::scope(|scope| {
            let reading = scope.spawn(|| office.read());
            std::thread::sleep(Duration::from_millis(80 + 40 * round));
            dovecot.kill();
            reading.join().unwrap();
        });
        println!("killed: {before} → {} messages on record", office.deliveries().len());
        dovecot.run();
    }
    office.read_through(Duration::from_secs(30));
    office.holds_exactly(&mails);
    office.settle();
    assert_eq!((dovecot.count("north", ""), dovecot.count("north", "Filed")), (0, 600));
}

#[test]
fn a_full_account_keeps_its_mail_and_is_told_once() {
    // A MOVE within one account needs no room; a COPY does.
    let dovecot = Dovecot::start(Options { quota: Some("*:messages=3"), without: vec!["MOVE"], ..Options::default() });
    let mails = some(8);
    deliver_all(&dovecot, "north", &mails);
    let mut office = Office::new(&secured(&dovecot, "implicit", "north", "quarantine = \"\""), quick());
    for _ in 0..3 {
        assert_eq!(office.read(), None, "reading goes on");
        office.work();
        office.holds_exactly(&mails);
    }
    assert_eq!(dovecot.count("north", "") + dovecot.count("north", "Filed"), 8);
    assert!(dovecot.count("north", "") > 0, "not all have room");
    assert_eq!(office.told("intake-stalled"), 1);
    assert!(office.letters().iter().any(|letter| letter.contains("The account is full")));
}

#[test]
fn a_wrong_password_is_told_once_and_not_hammered_and_a_new_one_holds_at_once() {
    let dovecot = Dovecot::start(Options::default());
    let mails = some(3);
    deliver_all(&dovecot, "north", &mails);
    // Dovecot keeps whoever was wrong waiting.
    let pace = zhibao::mailbox::imap::Pace { stall: Duration::from_secs(20), ..quick() };
    let mut office = Office::new(&secured(&dovecot, "implicit", "north", ""), pace);
    std::fs::write(office.folder().join("password"), "wrong").unwrap();
    for _ in 0..30 {
        let error = office.read().expect("refused");
        assert!(error.contains("the login is refused") && error.contains("authorisation code"), "{error}");
        office.work();
    }
    assert_eq!(dovecot.log().matches("auth failed, 1 attempts").count(), 1, "{}", dovecot.log());
    assert_eq!(office.told("intake-stalled"), 1);
    std::fs::write(office.folder().join("password"), super::servers::dovecot::PASSWORD).unwrap();
    assert_eq!(office.read(), None);
    office.holds_exactly(&mails);
}

#[test]
fn certificates_that_fail_say_how_to_mend_it_and_nothing_is_read() {
    let cases = [
        (Options { expired: true, ..Options::default() }, true, "has expired"),
        (Options { name: Some("mx.elsewhere.example"), ..Options::default() }, true, "Write the name that the certificate bears in `host`"),
        (Options::default(), false, "name it in `ca_file`"),
    ];
    for (options, believed, said) in cases {
        let dovecot = Dovecot::start(options);
        deliver_all(&dovecot, "north", &some(1));
        for (tls, port) in [("implicit", dovecot.tls_port), ("starttls", dovecot.port)] {
            let ca = if believed { format!("ca_file = \"{}\"", dovecot.ca_file().display()) } else { String::new() };
            let mut office = Office::new(&account(port, tls, "north", &ca), quick());
            let error = office.read().expect("no such certificate");
            assert!(error.contains(said), "{error}");
            assert!(!error.contains("tls = \"none\""), "{error}");
            assert_eq!(office.deliveries().len(), 0);
        }
    }
}

#[test]
fn a_connection_of_the_other_kind_is_explained() {
    let dovecot = Dovecot::start(Options::default());
    let ca = format!("ca_file = \"{}\"", dovecot.ca_file().display());
    let mut office = Office::new(&account(dovecot.port, "implicit", "north", &ca), quick());
    let error = office.read().expect("no TLS there");
    assert!(error.contains("port 143 with \"starttls\""), "{error}");
}

#[test]
fn a_large_mail_comes_in_parts_and_one_over_the_limit_stays() {
    let dovecot = Dovecot::start(Options::default());
    let mails = vec![mail(0, 700), mail(1, 5 << 20), mail(2, (3 << 20) + 17), mail(3, 1 << 20)];
    deliver_all(&dovecot, "north", &mails);
    dovecot.deliver("north", "1046649900.huge.test", &mail(9, 7 << 20));
    let mut office = Office::new(&secured(&dovecot, "implicit", "north", "max_size = \"6MB\"\nquarantine = \"\""), quick());
    assert_eq!(office.read(), None);
    office.work();
    let huge: Vec<_> = office.deliveries().into_iter().filter(|delivery| delivery.raw.is_none()).collect();
    assert_eq!(huge.len(), 1);
    assert!(huge[0].size_bytes > 7 << 20);
    let copies = office.copies();
    assert!(mails.iter().all(|raw| copies.get(raw) == Some(&1)));
    assert_eq!((dovecot.count("north", ""), dovecot.count("north", "Filed")), (1, 4), "it stays in place");
    assert_eq!(office.told("quarantined"), 1, "and the desk hears of it");
}

#[test]
fn a_folder_that_is_missing_is_said() {
    let dovecot = Dovecot::start(Options::default());
    let mut office = Office::new(&secured(&dovecot, "implicit", "north", "folder = \"报送\""), quick());
    let error = office.read().expect("no such folder");
    assert!(error.contains("the folder 报送 cannot be opened") && error.contains("in `folder`"), "{error}");
}

#[test]
fn another_account_under_the_same_name_is_read_from_its_beginning() {
    let dovecot = Dovecot::start(Options::default());
    dovecot.deliver("north", "1046649600.a.test", &mail(1, 500));
    dovecot.deliver("office", "1046649600.b.test", &mail(2, 500));
    let mut office = Office::new(&secured(&dovecot, "implicit", "north", "processed = \"\"\nquarantine = \"\""), quick());
    assert_eq!(office.read(), None);
    office.restart(|account| account.username = "office".to_owned());
    assert_eq!(office.read(), None);
    office.holds_exactly(&[mail(1, 500), mail(2, 500)]);
    office.work();
    assert_eq!(office.told("intake-stalled"), 0, "the operator did that himself");
}
