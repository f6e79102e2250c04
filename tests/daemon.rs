//! The daemon as a process: live intake, reload, shutdown, service manager, and what it must survive.

#[path = "daemon/hostile.rs"]
mod hostile;
#[path = "daemon/office.rs"]
mod office;
#[path = "store/tmpfs.rs"]
mod tmpfs;

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::{Duration, Instant};

use office::{Office, ROSTER};

fn mail(from: &str, subject: &str, body: &str) -> Vec<u8> {
    format!(
        "From: {from}\r\nTo: xinxi@office.example\r\nSubject: {subject}\r\nMessage-ID: <{}@office.example>\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n",
        subject.len() * 1000 + body.len()
    )
    .into_bytes()
}

#[test]
fn a_mail_is_answered_at_once_and_moved_out_of_the_way() {
    let mut office = Office::new();
    office.start();
    office.deliver("one", &mail("donghe@office.example", "Spring ploughing", "It goes well."));
    office.wait_for("a receipt", |office| office.notices("receipt") == 1);
    office.wait_for("the mail lies in cur, seen", |office| {
        fs::read_dir(office.path("mail/cur")).expect("cur").flatten().any(|file| file.file_name().to_string_lossy().ends_with(":2,S"))
    });
    assert_eq!(office.status()["mailboxes"][0]["stalled"], false);
    assert!(office.end() < Duration::from_secs(5), "a clean end takes under 5 s");
}

#[test]
fn hostile_mail_never_stops_the_next() {
    let mut office = Office::new();
    office.start();
    office.deliver("empty", b"");
    office.deliver("noise", &[0u8; 5000]);
    let mut nested = b"From: donghe@office.example\r\nSubject: nested\r\n".to_vec();
    for level in 0..1000 {
        nested.extend(format!("Content-Type: multipart/mixed; boundary=\"b{level}\"\r\n\r\n--b{level}\r\n").bytes());
    }
    office.deliver("nested", &nested);
    let mut large = mail("donghe@office.example", "Large", "Forty megabytes follow.");
    large.resize(40 << 20, b'A');
    office.deliver("large", &large);
    office.deliver("nobody", b"Subject: nobody\r\n\r\nwho wrote this?\r\n");
    office.deliver("two", b"From: donghe@office.example\r\nFrom: other@elsewhere.example\r\nSubject: two\r\n\r\nwho?\r\n");
    office.deliver("good", &mail("donghe@office.example", "Good news", "The harvest is in."));
    office.wait_for("a receipt for the good mail", |office| office.outbox().iter().any(|letter| letter.contains("Good news")));
    office.wait_for("everything has its disposition", |office| office.status()["unfiled"] == 0 && office.notices("quarantined") >= 4);
    office.end();
}

#[test]
fn what_was_in_hand_when_it_was_killed_is_done_after_the_restart_and_once() {
    let mut office = Office::new();
    for round in 0..5 {
        office.start_with(|_| {});
        for n in 0..20 {
            office.deliver(
                &format!("r{round}n{n}"),
                &mail("donghe@office.example", &format!("Report {round}-{n}"), &format!("Text {round} {n}.")),
            );
        }
        std::thread::sleep(Duration::from_millis(20 + 40 * round));
        office.signal("KILL");
        let _ = office.daemon.take().expect("a daemon runs").wait();
        fs::remove_file(office.path("log")).expect("a log");
    }
    office.start();
    office.wait_for("100 receipts", |office| {
        office.status()["unfiled"] == 0 && office.status()["outbox"]["pending"] == 0 && office.outbox().len() >= 25
    });
    office.end();
    let letters = office.outbox();
    let mut ids: Vec<&str> = letters.iter().filter_map(|letter| letter.split("Message-ID: ").nth(1)?.split("\r\n").next()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "no letter stands twice in the outbox");
}

#[test]
fn two_daemons_on_one_store_are_one_too_many() {
    let mut office = Office::new();
    office.start();
    let second = office.command(&["run"]).output().expect("it runs");
    assert_eq!(second.status.code(), Some(1));
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(said.contains("zhibao.db"), "it says which store: {said}");
    office.end();
}

#[test]
fn a_bad_roster_is_refused_on_reload_and_the_old_one_kept() {
    let mut office = Office::new();
    office.start();
    fs::write(office.path("network.toml"), ROSTER.replace("places", "plases")).expect("the roster");
    office.signal("HUP");
    office.wait_for("the refusal is said", |office| office.log().contains("plases"));
    office.deliver("one", &mail("donghe@office.example", "Still known", "The old roster stands."));
    office.wait_for("a receipt by the old roster", |office| office.notices("receipt") == 1);
    let new = ROSTER.replace("donghe@office.example", "xihe@office.example");
    fs::write(office.path("network.toml"), new).expect("the roster");
    office.signal("HUP");
    office.wait_for("the new roster is in force", |office| office.log().contains("in force"));
    office.wait_for("mail of the new address is filed", |office| {
        if office.notices("receipt") < 2 {
            office.deliver("two", &mail("xihe@office.example", "Newly known", "The new roster stands."));
        }
        office.notices("receipt") >= 2
    });
    office.end();
}

#[test]
fn the_service_manager_hears_of_start_reload_watchdog_and_end() {
    let mut office = Office::new();
    let socket = UnixDatagram::bind(office.path("notify")).expect("a socket");
    socket.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    let path = office.path("notify");
    office.start_with(|command| {
        command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "1500000");
    });
    let hear = |wanted: &str| {
        let begun = Instant::now();
        let mut heard = [0; 4096];
        while begun.elapsed() < Duration::from_secs(60) {
            let length = socket.recv(&mut heard).expect("a message of the daemon");
            if String::from_utf8_lossy(&heard[..length]).contains(wanted) {
                return;
            }
        }
        panic!("{wanted} was not heard");
    };
    hear("READY=1");
    hear("WATCHDOG=1");
    office.signal("HUP");
    hear("RELOADING=1");
    hear("READY=1");
    office.signal("TERM");
    hear("STOPPING=1");
    office.daemon.take().expect("a daemon runs").wait().expect("it ends");
}

/// What systemd does then is done here: it ends what is silent for longer than agreed, and begins it anew.
#[test]
fn a_daemon_that_stands_still_is_silent_and_begun_anew_it_has_lost_and_doubled_nothing() {
    let mut office = Office::new();
    let path = office.path("notify");
    let socket = UnixDatagram::bind(&path).expect("a socket");
    let supervised = |command: &mut std::process::Command| {
        command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "1500000");
    };
    let is_heard = |within: Duration| {
        socket.set_read_timeout(Some(within)).expect("a timeout");
        socket.recv(&mut [0; 4096]).is_ok()
    };
    office.start_with(supervised);
    office.deliver("one", &mail("donghe@office.example", "Before", "It goes well."));
    office.wait_for("a receipt", |office| office.notices("receipt") == 1);
    assert!(is_heard(Duration::from_secs(60)), "it lives");
    office.signal("STOP");
    office.deliver("two", &mail("donghe@office.example", "Meanwhile it stood still", "And nobody read."));
    // What it had said before it stood still.
    while is_heard(Duration::from_millis(10)) {}
    assert!(!is_heard(Duration::from_millis(3_000)), "nothing for twice as long as agreed");
    office.signal("KILL");
    office.daemon.take().expect("it stood still").wait().expect("it ends");
    office.start_with(supervised);
    office.wait_for("the other receipt", |office| office.notices("receipt") == 2);
    assert!(is_heard(Duration::from_secs(60)), "it lives again");
    office.end();
    assert_eq!(office.notices("receipt"), 2, "one each");
}

#[test]
fn an_outbox_that_cannot_be_written_keeps_the_letters_and_says_so() {
    let mut office = Office::new();
    fs::write(office.path("outbox"), "a file where the folder should be").expect("a file");
    office.start();
    office.deliver("one", &mail("donghe@office.example", "Kept", "Nothing is lost."));
    office.wait_for("the letter waits", |office| office.status()["outbox"]["pending"] == 1);
    office.deliver("two", &mail("donghe@office.example", "Kept too", "The rest goes on."));
    office.wait_for("both wait", |office| office.status()["outbox"]["pending"] == 2);
    fs::remove_file(office.path("outbox")).expect("the file goes");
    let retried = office.command(&["outbox", "retry"]).output().expect("it runs");
    assert!(retried.status.success(), "{}", String::from_utf8_lossy(&retried.stderr));
    office.wait_for("both are out", |office| office.notices("receipt") == 2);
    office.end();
}

#[test]
fn a_mailbox_that_is_not_there_is_a_stall_and_no_end() {
    let mut office = Office::new();
    fs::remove_dir_all(office.path("mail")).expect("the Maildir goes");
    office.start();
    office.wait_for("the mailbox is stalled", |office| office.status()["mailboxes"][0]["stalled"] == true);
    for part in ["new", "cur", "tmp"] {
        fs::create_dir_all(office.path("mail").join(part)).expect("a Maildir");
    }
    office.deliver("one", &mail("donghe@office.example", "Back again", "It goes on."));
    office.wait_for("a receipt", |office| office.notices("receipt") == 1);
    assert!(Path::new(&office.path("zhibao.key")).exists());
    office.end();
}
