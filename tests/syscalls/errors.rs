//! Errors where there should be none: it says so plainly, loses nothing, and goes on or ends and is taken up again.

use std::process::Command;
use std::time::{Duration, Instant};

use super::office::{End, Office, Said};
use crate::tmpfs::Tmpfs;

fn said() -> Said {
    let mut office = Office::new();
    assert_eq!(office.live_on(), End::AsAsked, "{}", office.log());
    office.said()
}

/// Lives with an error of one call, then without, and is looked at. Yields how the first life ended and what it logged.
fn with_error(said: &Said, calls: &str, error: &str, when: &str) -> (End, String) {
    let mut office = Office::new();
    let inject = format!("inject={calls}:error={error}:when={when}");
    let ended = office.live(&["-o".into(), "/dev/null".into(), "-e".into(), format!("trace={calls}"), "-e".into(), inject]);
    let log = office.log();
    assert_ne!(ended, End::Killed, "{log}");
    if ended == End::Failed {
        assert_eq!(office.live_on(), End::AsAsked, "{error} of {calls} at {when}:\n{}", office.log());
    }
    let faults = office.faults(said);
    assert!(faults.is_empty(), "{error} of {calls} at {when}: {faults:#?}\n{log}");
    (ended, log)
}

#[test]
fn an_error_of_fsync_ends_the_daemon_which_says_so_and_never_tries_it_again() {
    let said = said();
    let mut ends = 0;
    // Only this one call fails: one that tried again would succeed, and go on.
    for when in ["1", "2", "3", "5", "8", "12"] {
        let (ended, log) = with_error(&said, "fsync,fdatasync", "EIO", when);
        if ended == End::Failed {
            ends += 1;
            // SQLite says it of the store, the system of the key file.
            assert!(log.contains("disk I/O error") || log.contains("Input/output error"), "{when}: {log}");
        }
    }
    println!("{ends} of 6 lives ended at an error of fsync");
    assert!(ends >= 3, "only {ends} lives of 6 ended");
}

#[test]
fn a_disk_without_room_ends_the_daemon_which_says_so() {
    let said = said();
    let mut ends = 0;
    for when in ["3+", "12+", "40+"] {
        let (ended, log) = with_error(&said, "pwrite64", "ENOSPC", when);
        if ended == End::Failed {
            ends += 1;
            assert!(log.contains("full"), "{when}: {log}");
        }
    }
    assert!(ends > 0, "no life reached the error");
}

#[test]
fn a_process_without_descriptors_says_so_and_goes_on_when_there_are_some() {
    let said = said();
    let mut office = Office::new();
    // Who could not read the folder looks at it again long before this is over.
    office.poll_every("30m");
    let waits = office.path("mail/new");
    let aside = office.path("mail-aside");
    std::fs::rename(&waits, &aside).expect("the mail comes later");
    std::fs::create_dir(&waits).expect("a folder");
    let mut child = office.start(Command::new(env!("CARGO_BIN_EXE_zhibao")));
    until("it runs", &office, |office| office.log().contains("running"));
    let limit = |to: &str| {
        let done = Command::new("prlimit").args(["--pid", &child.id().to_string(), &format!("--nofile={to}:")]).status();
        assert!(done.expect("prlimit is there").success());
    };
    let open = std::fs::read_dir(format!("/proc/{}/fd", child.id())).expect("its descriptors").count();
    // The numbers of those that are open reach as far as there are any.
    limit(&open.to_string());
    for mail in std::fs::read_dir(&aside).expect("a folder").flatten() {
        std::fs::rename(mail.path(), waits.join(mail.file_name())).expect("delivered");
    }
    until("it says so", &office, |office| office.log().contains("Too many open files") || office.log().contains("unable to open"));
    limit("1024");
    let ended = child.try_wait().expect("a look");
    println!("without descriptors the daemon {}", if ended.is_some() { "ended" } else { "went on" });
    if ended.is_none() {
        let begun = Instant::now();
        until("all is done", &office, Office::is_done);
        println!("all was done {:.1?} after there were descriptors", begun.elapsed());
        office.terminate(child.id());
        assert!(child.wait().expect("it ends").success());
    } else {
        assert_eq!(office.live_on(), End::AsAsked, "{}", office.log());
    }
    let faults = office.faults(&said);
    assert!(faults.is_empty(), "{faults:#?}\n{}", office.log());
}

#[test]
fn a_disk_that_fills_and_is_given_room_loses_nothing() {
    let said = said();
    let folder = tempfile::tempdir().expect("a folder");
    let small = folder.path().join("small");
    std::fs::create_dir(&small).expect("a folder");
    let Some(disk) = Tmpfs::mounted(&small, 300) else {
        println!("skipped: this user may not mount a small disk to fill");
        return;
    };
    let mut office = Office::within(folder, "small/zhibao.db");
    assert_eq!(office.live_on(), End::Failed, "{}", office.log());
    assert!(office.log().contains("full"), "{}", office.log());
    disk.grow(65_536);
    assert_eq!(office.live_on(), End::AsAsked, "{}", office.log());
    let faults = office.faults(&said);
    assert!(faults.is_empty(), "{faults:#?}\n{}", office.log());
    drop(disk);
}

fn until(what: &str, office: &Office, mut holds: impl FnMut(&Office) -> bool) {
    let begun = Instant::now();
    while !holds(office) {
        assert!(begun.elapsed() < Duration::from_secs(120), "waited for: {what}\n{}", office.log());
        std::thread::sleep(Duration::from_millis(30));
    }
}
