//! A scripted server, for what Dovecot will not do.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use zhibao::clock::Clock;

use super::office::{Office, account, quick};
use super::servers::scripted::{Quirks, Scripted};
use super::servers::{mail, until};

fn office_at(server: &Scripted, rest: &str) -> Office {
    Office::new(&account(server.port, "none", "north", rest), quick())
}

fn with_mails(quirks: Quirks, count: u32) -> (Scripted, Vec<Vec<u8>>) {
    let server = Scripted::start(quirks);
    let mails: Vec<Vec<u8>> = (1..=count).map(|uid| mail(uid as usize, 800)).collect();
    for (uid, raw) in (1..).zip(&mails) {
        server.put(uid, raw.clone());
    }
    (server, mails)
}

#[test]
fn a_provider_that_demands_id_gets_it_before_and_after_the_login() {
    let (server, mails) = with_mails(Quirks { demands_id: true, ..Quirks::default() }, 3);
    let mut office = office_at(&server, "");
    assert_eq!(office.read(), None);
    office.holds_exactly(&mails);
    let order: Vec<String> = server.with(|state| state.heard.iter().filter_map(|line| line.split(' ').nth(1).map(str::to_owned)).collect());
    let at = |word: &str| order.iter().position(|heard| heard == word).unwrap();
    assert!(at("ID") < at("LOGIN"), "{order:?}");
    assert_eq!(order.iter().filter(|word| *word == "ID").count(), 2, "{order:?}");
    assert!(server.with(|state| state.heard.iter().all(|line| !line.contains("AUTHENTICATE PLAIN"))), "no initial response");
}

#[test]
fn a_message_that_never_comes_does_not_hold_up_the_others_and_is_told_once() {
    let (server, mut mails) = with_mails(Quirks { withheld: vec![2], ..Quirks::default() }, 5);
    let mut office = office_at(&server, "quarantine = \"\"");
    let error = office.read().expect("one is missing");
    assert!(error.contains("does not give their bytes, the first with UID 2"), "{error}");
    assert_eq!(office.deliveries().len(), 4, "the others are on record");
    office.work();
    assert_eq!(office.told("intake-stalled"), 0, "it may come yet");
    for _ in 0..5 {
        // As long as it is unread, the mailbox is: it may be the report for which a unit would be called late.
        assert_eq!(office.read().as_ref(), Some(&error));
    }
    office.work();
    assert_eq!(office.told("intake-stalled"), 1);
    let held = mails.remove(1);
    office.holds_exactly(&mails);
    server.put(6, mail(6, 900));
    mails.push(mail(6, 900));
    assert_eq!(office.read(), Some(error), "reading goes on");
    office.holds_exactly(&mails);
    // The server has come to its senses.
    server.with(|state| state.quirks.withheld.clear());
    assert_eq!(office.read(), None);
    office.work();
    mails.push(held);
    office.holds_exactly(&mails);
    assert_eq!(office.told("intake-stalled"), 1);
}

#[test]
fn a_message_that_never_comes_and_is_taken_away_is_awaited_no_longer() {
    let (server, mut mails) = with_mails(Quirks { withheld: vec![2], ..Quirks::default() }, 3);
    let mut office = office_at(&server, "quarantine = \"\"");
    for _ in 0..4 {
        assert!(office.read().is_some());
    }
    server.with(|state| state.mails.remove(&2));
    assert_eq!(office.read(), None);
    mails.remove(1);
    office.holds_exactly(&mails);
}

#[test]
fn a_large_message_that_breaks_off_is_not_taken_for_a_whole_one() {
    for answer in ["NO", "BAD", "NIL", ""] {
        let server = Scripted::start(Quirks { later_parts: Some(answer), ..Quirks::default() });
        let mails = [mail(1, 2_500_000), mail(2, 700)];
        for (uid, raw) in (1..).zip(&mails) {
            server.put(uid, raw.clone());
        }
        let mut office = office_at(&server, "quarantine = \"\"");
        assert!(office.read().expect(answer).contains("does not give their bytes, the first with UID 1"), "{answer:?}");
        office.holds_exactly(&mails[1..]);
        server.with(|state| state.quirks.later_parts = None);
        assert_eq!(office.read(), None);
        office.holds_exactly(&mails);
    }
}

#[test]
fn an_end_of_the_connection_is_no_empty_answer() {
    let (server, mails) = with_mails(Quirks { empty_fetch: 3, ..Quirks::default() }, 20);
    let mut office = office_at(&server, "quarantine = \"\"");
    assert!(office.read().is_some(), "nothing came, and that is an error");
    office.read_through(Duration::from_secs(10));
    office.holds_exactly(&mails);
}

#[test]
fn a_connection_that_breaks_at_one_message_lets_the_others_through_first() {
    let cut_in = BTreeMap::from([(3, 4)]);
    let (server, mails) = with_mails(Quirks { cut_in, ..Quirks::default() }, 6);
    let mut office = office_at(&server, "quarantine = \"\"");
    assert!(office.read().is_some());
    std::thread::sleep(Duration::from_millis(60));
    office.read();
    assert_eq!(office.deliveries().len(), 5, "all but the one");
    office.read_through(Duration::from_secs(10));
    office.holds_exactly(&mails);
}

#[test]
fn a_message_that_breaks_every_connection_is_told_once_and_named() {
    let (server, mut mails) = with_mails(Quirks { cut_in: BTreeMap::from([(3, u32::MAX)]), ..Quirks::default() }, 5);
    let mut office = office_at(&server, "quarantine = \"\"");
    for _ in 0..8 {
        assert!(office.read().is_some(), "one is missing");
        office.work();
        std::thread::sleep(Duration::from_millis(60));
    }
    let held = mails.remove(2);
    office.holds_exactly(&mails);
    assert_eq!(office.told("intake-stalled"), 1);
    let names_it = |letter: &String| letter.replace("=\r\n", "").contains("&#x2f;7&#x2f;3");
    assert!(office.letters().iter().any(names_it), "by its key");
    // Numbered anew, nothing is held against the message that has this number now.
    server.with(|state| (state.quirks.cut_in, state.validity) = (BTreeMap::new(), 8));
    office.read_through(Duration::from_secs(5));
    mails.insert(2, held);
    let copies = office.copies();
    assert!(mails.iter().all(|raw| copies.contains_key(raw)));
}

#[test]
fn a_server_without_partial_fetching_gives_large_messages_whole() {
    let (server, mut mails) = with_mails(Quirks { whole: true, ..Quirks::default() }, 2);
    mails.push(mail(3, 4_500_000));
    server.put(3, mails[2].clone());
    let mut office = office_at(&server, "quarantine = \"\"");
    assert_eq!(office.read(), None);
    office.holds_exactly(&mails);
}

#[test]
fn sizes_that_are_lies_lose_nothing() {
    let server =
        Scripted::start(Quirks { claims: BTreeMap::from([(1, 10), (2, 9_000_000), (3, 100), (4, 4_000_000)]), ..Quirks::default() });
    let mails = vec![mail(1, 5_000), mail(2, 3_000), mail(3, 2_500_000), mail(4, 1 << 20)];
    for (uid, raw) in (1..).zip(&mails) {
        server.put(uid, raw.clone());
    }
    let mut office = office_at(&server, "quarantine = \"\"");
    office.read_through(Duration::from_secs(10));
    office.holds_exactly(&mails);
}

#[test]
fn a_size_that_hides_a_message_over_the_limit_gets_it_recorded_and_left() {
    let server = Scripted::start(Quirks { claims: BTreeMap::from([(1, 100)]), ..Quirks::default() });
    server.put(1, mail(1, 6 << 20));
    server.put(2, mail(2, 700));
    let mut office = office_at(&server, "max_size = \"4MB\"\nquarantine = \"\"");
    office.read_through(Duration::from_secs(10));
    let deliveries = office.deliveries();
    assert_eq!(deliveries.len(), 2);
    assert_eq!(deliveries.iter().filter(|delivery| delivery.raw.is_none()).count(), 1);
}

#[test]
fn a_literal_without_bounds_is_not_held() {
    let (server, mails) = with_mails(Quirks { literal: Some(500 << 20), ..Quirks::default() }, 2);
    let mut office = office_at(&server, "quarantine = \"\"");
    let error = office.read().expect("too much");
    assert!(error.contains("announced"), "{error}");
    // Fetched alone and in parts, nobody has to believe the announcement.
    office.read_through(Duration::from_secs(10));
    office.holds_exactly(&mails);
}

#[test]
fn a_rewound_uidnext_and_a_gap_lose_nothing() {
    let (server, mut mails) = with_mails(Quirks { uid_next: Some(2), skipped: vec![11], ..Quirks::default() }, 10);
    let mut office = office_at(&server, "processed = \"\"\nquarantine = \"\"");
    assert_eq!(office.read(), None);
    office.holds_exactly(&mails);
    // A race on the server: the message before is shown later than the one after.
    server.put(11, mail(11, 500));
    server.put(12, mail(12, 500));
    assert_eq!(office.read(), None);
    assert_eq!(office.deliveries().len(), 11, "11 is not shown above the mark");
    office.restart(|_| {});
    assert_eq!(office.read(), None);
    mails.extend([mail(11, 500), mail(12, 500)]);
    office.holds_exactly(&mails);
    // UIDs run ahead to the very end.
    server.put(u32::MAX, mail(13, 500));
    assert_eq!(office.read(), None);
    assert_eq!(office.read(), None);
    mails.push(mail(13, 500));
    office.holds_exactly(&mails);
}

#[test]
fn a_comparison_of_the_whole_folder_sees_what_came_since() {
    let (server, _) = with_mails(Quirks::default(), 0);
    let pace = zhibao::mailbox::imap::Pace { compare: Duration::ZERO, ..quick() };
    let mut office = Office::new(&account(server.port, "none", "north", "idle = false"), pace);
    assert_eq!(office.read(), None);
    server.put(1, mail(1, 500));
    assert_eq!(office.read(), None);
    office.holds_exactly(&[mail(1, 500)]);
    assert_eq!(server.with(|state| state.connections), 1);
}

#[test]
fn a_server_whose_numbers_hold_for_one_talk_only_is_not_read() {
    let (server, mails) = with_mails(Quirks::default(), 2);
    server.with(|state| state.validity = 0);
    let mut office = office_at(&server, "quarantine = \"\"");
    let error = office.read().expect("no UIDVALIDITY");
    assert!(error.contains("gives no UIDVALIDITY") && error.contains("cannot read the folder safely"), "{error}");
    assert_eq!(office.deliveries().len(), 0);
    server.with(|state| state.validity = 9);
    office.read_through(Duration::from_secs(5));
    office.holds_exactly(&mails);
}

#[test]
fn an_idle_that_died_in_silence_is_noticed_by_the_next_look() {
    let (server, mut mails) = with_mails(Quirks { dead_idle: true, ..Quirks::default() }, 2);
    let mut office = office_at(&server, "processed = \"\"\nquarantine = \"\"");
    assert_eq!(office.read(), None);
    std::thread::sleep(Duration::from_millis(200));
    server.put(3, mail(3, 500));
    server.with(|state| state.quirks.dead_idle = false);
    let begun = Instant::now();
    // DONE is never answered on that connection: the deadline ends it, and the same reading makes the next one.
    assert_eq!(office.read(), None);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    mails.push(mail(3, 500));
    office.holds_exactly(&mails);
}

#[test]
fn what_comes_just_before_the_server_waits_is_news() {
    let (server, mut mails) = with_mails(Quirks { comes_at_idle: Some((3, mail(3, 500))), ..Quirks::default() }, 2);
    let mut office = office_at(&server, "processed = \"\"\nquarantine = \"\"");
    assert_eq!(office.read(), None);
    until("the reader is woken", Duration::from_secs(5), || office.woken.load(Ordering::SeqCst) > 0);
    assert_eq!(office.read(), None);
    mails.push(mail(3, 500));
    office.holds_exactly(&mails);
}

#[test]
fn a_dead_idle_is_noticed_without_anybody_asking() {
    let (server, _) = with_mails(Quirks { dead_idle: true, ..Quirks::default() }, 1);
    let pace = zhibao::mailbox::imap::Pace { idle: Duration::from_millis(300), stall: Duration::from_millis(300), ..quick() };
    let mut office = Office::new(&account(server.port, "none", "north", ""), pace);
    assert_eq!(office.read(), None);
    until("the reader is woken after the renewal failed", Duration::from_secs(5), || office.woken.load(Ordering::SeqCst) > 0);
}

#[test]
fn a_message_that_drips_is_no_reading_that_hangs() {
    let (server, mails) = with_mails(Quirks { drip: Some(Duration::from_millis(60)), ..Quirks::default() }, 1);
    let pace = zhibao::mailbox::imap::Pace { beat: Duration::from_millis(40), ..quick() };
    let mut office = Office::new(&account(server.port, "none", "north", ""), pace);
    let pulses = Arc::new(AtomicUsize::new(0));
    let count = pulses.clone();
    office.reader.on_progress(move || {
        count.fetch_add(1, Ordering::SeqCst);
    });
    assert_eq!(office.read(), None);
    office.holds_exactly(&mails);
    let pulses = pulses.load(Ordering::SeqCst);
    assert!(pulses >= 14, "{pulses}");
}

#[test]
fn a_refused_login_is_final_until_something_changes() {
    let (server, mails) = with_mails(Quirks { refuses: Some("[AUTHENTICATIONFAILED] wrong"), ..Quirks::default() }, 2);
    let mut office = office_at(&server, "");
    for _ in 0..20 {
        assert!(office.read().expect("refused").contains("the login is refused: wrong"));
        office.work();
    }
    assert_eq!(server.with(|state| state.logins), 1);
    assert_eq!(office.told("intake-stalled"), 1);
    // The operator reloads: one attempt more, and no second telling.
    office.reader.forgive();
    assert!(office.read().is_some());
    office.work();
    assert_eq!((server.with(|state| state.logins), office.told("intake-stalled")), (2, 1));
    server.with(|state| state.quirks.refuses = None);
    office.reader.forgive();
    assert_eq!(office.read(), None);
    office.holds_exactly(&mails);
}

#[test]
fn a_server_that_is_busy_is_asked_again() {
    let (server, mails) = with_mails(Quirks { refuses: Some("[UNAVAILABLE] later"), ..Quirks::default() }, 2);
    let mut office = office_at(&server, "");
    assert!(office.read().is_some());
    server.with(|state| state.quirks.refuses = None);
    office.read_through(Duration::from_secs(5));
    office.holds_exactly(&mails);
    assert_eq!(office.told("intake-stalled"), 0);
}

#[test]
fn attempts_come_at_longer_and_longer_intervals() {
    let pace = zhibao::mailbox::imap::Pace { first_rest: Duration::from_millis(40), longest_rest: Duration::from_millis(400), ..quick() };
    let (server, _) = with_mails(Quirks { refuses: Some("[UNAVAILABLE] later"), ..Quirks::default() }, 1);
    let mut office = Office::new(&account(server.port, "none", "north", ""), pace);
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(2) {
        assert!(office.read().is_some());
        std::thread::sleep(Duration::from_millis(2));
    }
    // 40, 80, 160, 320, 400, 400, 400 ms: ten at most, of a thousand readings.
    let attempts = server.with(|state| state.logins);
    assert!((4..=11).contains(&attempts), "{attempts}");
}

#[test]
fn a_folder_for_filed_mail_is_made_and_moving_can_be_repeated() {
    let (server, mails) = with_mails(Quirks::default(), 4);
    let mut office = office_at(&server, "quarantine = \"\"");
    assert_eq!(office.read(), None);
    office.work();
    assert_eq!(server.with(|state| (state.mails.len(), state.moved.len())), (0, 4));
    assert_eq!(server.with(|state| state.folders.clone()), ["\"Filed\""]);
    office.holds_exactly(&mails);
}

#[test]
fn a_server_without_the_means_keeps_its_mail_and_no_bare_expunge_is_sent() {
    let (server, mails) = with_mails(Quirks { cannot_move: true, ..Quirks::default() }, 4);
    let mut office = office_at(&server, "quarantine = \"\"");
    for _ in 0..2 {
        assert_eq!(office.read(), None);
        office.work();
    }
    office.holds_exactly(&mails);
    assert_eq!(server.with(|state| state.mails.len()), 4);
    let heard = server.with(|state| state.heard.join("\n"));
    assert!(!heard.contains("EXPUNGE") && !heard.contains("STORE"), "{heard}");
}

#[test]
fn arrival_is_what_the_server_says_and_else_the_present() {
    let (server, _) = with_mails(Quirks::default(), 1);
    let mut office = office_at(&server, "");
    assert_eq!(office.read(), None);
    let first = office.deliveries().remove(0);
    assert_eq!((first.received_at.to_rfc3339().as_str(), first.received_by.as_str()), ("2003-03-03T00:00:00+00:00", "internal-date"));
    let (server, _) = with_mails(Quirks { no_date: true, ..Quirks::default() }, 1);
    let mut office = office_at(&server, "");
    assert_eq!(office.read(), None);
    assert_eq!(office.deliveries().remove(0).received_by.as_str(), "handed-over");
}

#[test]
fn a_date_that_makes_the_parser_panic_loses_nothing() {
    let (server, mails) = with_mails(Quirks { nil_date: true, ..Quirks::default() }, 3);
    let mut office = office_at(&server, "");
    office.read_through(Duration::from_secs(5));
    office.holds_exactly(&mails);
}

#[test]
fn a_talk_that_panics_ends_the_daemon_and_not_the_mailbox_alone() {
    let (server, _) = with_mails(Quirks { no_date: true, ..Quirks::default() }, 1);
    let office = office_at(&server, "");
    let cancel = tokio_util::sync::CancellationToken::new();
    let now: zhibao::mailbox::imap::Now = Arc::new(|| panic!("a clock that the test has broken"));
    let mailbox = zhibao::mailbox::ImapMailbox::new("submissions", office.account.clone(), quick(), now, || {}, cancel);
    let mut reader = zhibao::steps::fetch::Reader::of_account(Box::new(mailbox));
    let read = catch_unwind(AssertUnwindSafe(|| reader.read(&office.world, Clock::Wall.now())));
    let said = read.expect_err("the panic goes on");
    assert_eq!(said.downcast_ref::<&str>(), Some(&"a clock that the test has broken"));
}
