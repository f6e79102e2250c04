//! `check --online` against real servers: what works is said in words, and so is what does not.

use std::fs;
use std::process::Output;

use super::servers::dovecot::{Dovecot, Options};
use super::servers::{free_port, until};
use super::town::{Office, Plan, SOON, Town};

const NETWORK: &str = "[[unit]]\nid = \"xiling\"\nname = \"西岭县\"\n[[unit.reporter]]\naddress = \"xiling@mail.example\"\n";

fn said(done: &Output) -> String {
    String::from_utf8_lossy(&done.stdout).into_owned()
}

/// The office with another word in its configuration, and what a check of it says.
fn tried(office: &Office, instead_of: &str, this: &str) -> String {
    let path = office.folder.path().join("zhibao.toml");
    let text = fs::read_to_string(&path).expect("readable");
    assert!(text.contains(instead_of), "{instead_of}");
    fs::write(&path, text.replacen(instead_of, this, 1)).expect("written");
    let done = office.done(&["--lang", "en", "check", "--online"]);
    fs::write(&path, text).expect("written");
    assert_eq!(done.status.code(), Some(1), "{}{}", said(&done), String::from_utf8_lossy(&done.stderr));
    said(&done)
}

#[test]
fn what_works_is_said_and_the_test_mail_arrives() {
    let town = Town::new(Plan { people: vec!["desk", "ops"], ..Plan::default() });
    let office = Office::new(&town, "office", NETWORK, "");
    let done = office.done(&["--lang", "en", "check", "--online"]);
    let text = said(&done);
    println!("{text}{}", said(&office.done(&["check", "--online"])));
    assert!(done.status.success(), "{text}");
    for seen in [
        "✓ the store",
        "does not exist yet",
        "✓ the mailbox account: localhost:",
        "(TLS 1.3), greeted with “Dovecot",
        "took the login; the folder INBOX holds 0 messages (UIDVALIDITY ",
        "offers IDLE MOVE UIDPLUS ID: new mail is told at once. NOOP was answered.",
        "✓ the transport relay: localhost:",
        "(TLS, its certificate believed); to EHLO it calls itself relay.example and offers 8BITMIME SMTPUTF8.",
        "It took a test mail to ops@mail.example (250 2.0.0 Ok: queued as",
    ] {
        let whole = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(whole.contains(seen), "{seen}:\n{text}");
    }
    until("the operator has it", SOON, || town.inbox("ops").len() == 2);
    let facts = office.json(&["check", "--online"]);
    assert_eq!(facts["ok"], true);
    assert!(!office.folder.path().join("zhibao.db").exists(), "a look makes no store");
}

#[test]
fn what_does_not_work_is_said_with_its_mend_and_the_rest_is_tried_all_the_same() {
    let town = Town::new(Plan { people: vec!["desk", "ops"], ..Plan::default() });
    let office = Office::new(&town, "office", NETWORK, "");
    let other = Dovecot::start(Options { expired: true, ..Options::default() });
    let (account, relay) = (town.dovecot.tls_port, town.postfix.port);
    let nobody = free_port();
    let ca = |path: std::path::PathBuf| format!("ca_file = \"{}\"", path.display());
    let cases = [
        (
            "password_file = \"password\"".to_owned(),
            "password_file = \"network.toml\"".to_owned(),
            vec!["the login is refused", "authorisation code"],
        ),
        (
            "username = \"office\"".into(),
            "username = \"office\"\nfolder = \"报送\"".into(),
            vec!["the folder 报送 cannot be opened", "in `folder`"],
        ),
        (format!("port = {account}"), format!("port = {nobody}"), vec!["✗ the mailbox account", "connect"]),
        (
            format!("port = {account}\n{}", ca(town.dovecot.ca_file())),
            format!("port = {}\n{}", other.tls_port, ca(other.ca_file())),
            vec!["has expired"],
        ),
        (ca(town.dovecot.ca_file()), String::new(), vec!["name it in `ca_file`"]),
        (format!("port = {relay}"), format!("port = {nobody}"), vec!["✗ the transport relay", "connect"]),
        (ca(town.postfix.certificate()), String::new(), vec!["✗ the transport relay", "ca_file"]),
        (
            "ops@mail.example".into(),
            "gone@b.example".into(),
            vec!["A test mail to gone@b.example failed", "550 5.1.1 <gone@b.example>: Recipient address rejected: no such user here"],
        ),
    ];
    for (instead_of, this, words) in cases {
        let text = tried(&office, &instead_of, &this);
        println!("{text}");
        let whole = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for word in words {
            assert!(whole.contains(word), "{word}:\n{text}");
        }
        assert_eq!((text.matches('✗').count(), text.matches('✓').count()), (1, 2), "{text}");
        assert!(!text.contains("tls = \"none\""), "{text}");
    }
}
