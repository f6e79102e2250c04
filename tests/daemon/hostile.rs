//! A disk that fills up and a clock that is set back, under the daemon as a process.

use std::fs;
use std::time::{Duration, SystemTime};

use super::mail;
use super::office::{Office, config, false_clock};
use super::tmpfs::Tmpfs;

#[test]
fn a_full_disk_ends_the_daemon_with_a_clear_sentence_and_after_a_restart_nothing_is_lost_or_doubled() {
    const MAILS: usize = 8;
    let mut office = Office::new();
    let small = office.path("small");
    fs::create_dir(&small).expect("a folder");
    let Some(disk) = Tmpfs::mounted(&small, 1024) else {
        println!("skipped: this user may not mount a small disk to fill");
        return;
    };
    fs::write(office.path("zhibao.toml"), config().replace("path = \"zhibao.db\"", "path = \"small/zhibao.db\""))
        .expect("the configuration");
    for nth in 0..MAILS {
        let body = format!("第{nth}期。\n{}", "材料。\n".repeat(20_000));
        office.deliver(&format!("{nth}"), &mail("donghe@office.example", &format!("东河县工作动态{nth}"), &body));
    }
    office.start();
    let status = office.daemon.as_mut().expect("a daemon runs").wait().expect("it ends");
    office.daemon = None;
    assert!(!status.success(), "a service manager is to start it again");
    assert!(office.log().contains("full"), "{}", office.log());
    let unread = fs::read_dir(office.path("mail/new")).expect("the Maildir").count();
    let acknowledged = office.notices("receipt");
    assert!(unread + acknowledged >= MAILS, "what is not answered is still in the mailbox: {unread} unread, {acknowledged} receipts");
    disk.grow(65_536);
    office.start();
    office.wait_for("every mail has its receipt", |office| office.notices("receipt") == MAILS);
    office.wait_for("every mail is out of the way", |office| fs::read_dir(office.path("mail/new")).is_ok_and(|new| new.count() == 0));
    office.end();
    assert_eq!(office.notices("receipt"), MAILS);
}

#[test]
fn a_clock_that_is_set_back_by_a_day_stops_nothing_and_sends_nothing_twice() {
    let mut office = Office::new();
    let clock = office.path("clock");
    fs::write(&clock, "+86400").expect("the clock");
    let false_clock = false_clock(&office.path("clock.so"));
    office.start_with(|command| {
        command.env("LD_PRELOAD", &false_clock).env("FAKE_CLOCK", &clock);
    });
    office.deliver("ahead", &mail("donghe@office.example", "Before", "The clock is a day ahead."));
    office.wait_for("a receipt by the clock that is ahead", |office| office.notices("receipt") == 1);
    let tomorrow = SystemTime::now() + Duration::from_secs(86_400 - 60);
    let dated = office.outbox().into_iter().next().expect("a receipt");
    assert!(date_of(&dated) > tomorrow, "the process believes the clock: {dated}");
    fs::write(&clock, "+0").expect("the clock is set back");
    office.deliver("after", &mail("donghe@office.example", "After", "The clock was set back."));
    office.wait_for("a receipt by the clock that was set back", |office| office.notices("receipt") == 2);
    std::thread::sleep(Duration::from_millis(1500));
    office.end();
    assert_eq!((office.notices("receipt"), office.outbox().len()), (2, 2));
}

fn date_of(letter: &str) -> SystemTime {
    let date = letter.lines().find_map(|line| line.strip_prefix("Date: ")).expect("a Date");
    chrono::DateTime::parse_from_rfc2822(date).expect("a date that can be read").into()
}
