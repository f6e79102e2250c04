//! Several mailboxes of one office: what is wrong with one holds up no other.

use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use super::servers::dovecot::PASSWORD;
use super::servers::{free_port, until};
use super::town::{Office, Plan, SOON, Town, mail};

const NETWORK: &str = "[[unit]]\nid = \"xiling\"\nname = \"西岭县\"\n[[unit.reporter]]\naddress = \"xiling@mail.example\"\n";

/// A server that takes connections and never says a word.
fn silent() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        let _held: Vec<_> = listener.incoming().collect();
    });
    port
}

#[test]
fn accounts_that_are_silent_gone_or_locked_hold_up_no_other() {
    let town = Town::new(Plan { people: vec!["desk", "ops", "xiling", "north"], ..Plan::default() });
    let account = |name: &str, port: u16, user: &str, password: &str| {
        format!(
            "[[mailbox]]\nname = \"{name}\"\nkind = \"imap\"\nhost = \"localhost\"\nport = {port}\nca_file = \"{}\"\nusername = \"{user}\"\n\
             password_file = \"{password}\"\ntrust = \"mailbox\"\npoll = \"2s\"\n",
            town.dovecot.ca_file().display()
        )
    };
    let tls = town.dovecot.tls_port;
    let more = [
        account("silent", silent(), "office", "password"),
        account("gone", free_port(), "office", "password"),
        account("locked", tls, "busy", "network.toml"),
        account("second", tls, "north", "password"),
    ];
    let mut office = Office::new(&town, "office", NETWORK, &more.concat());
    std::fs::write(office.folder.path().join("password"), PASSWORD).expect("written");
    office.start();
    let begun = Instant::now();
    for nth in 0..10 {
        let to = if nth % 2 == 0 { "office" } else { "north" };
        town.post(
            "xiling@mail.example",
            &format!("{to}@mail.example"),
            &mail("xiling", &format!("第{nth}期"), &format!("{nth}号水库水位平稳。")),
        );
    }
    until("all is answered", SOON, || town.told("xiling", "receipt") == 10);
    let took = begun.elapsed();
    println!("ten mails in two accounts, three others out of order: answered within {took:?}");
    assert!(took < Duration::from_secs(20), "{took:?}");
    until("what is wrong is told", SOON, || town.told("ops", "intake-stalled") >= 1);
    let status = office.json(&["status"]);
    println!("{}", status["mailboxes"]);
    let state = |name: &str| {
        let found = status["mailboxes"].as_array().expect("a list").iter().find(|mailbox| mailbox["name"] == name);
        found.unwrap_or_else(|| panic!("{name}: {status}"))["error"].as_str().map(str::to_owned)
    };
    assert_eq!((state("account"), state("second")), (None, None));
    assert!(state("locked").is_some_and(|error| error.contains("the login is refused")), "{:?}", state("locked"));
    assert!(state("gone").is_some(), "{status}");
    until("the silent one is given up", SOON, || office.json(&["status"])["mailboxes"].to_string().matches("\"error\":\"").count() == 3);
    assert_eq!(town.dovecot.log().matches("auth failed, 1 attempts").count(), 1, "a refused password is not tried again and again");
}
