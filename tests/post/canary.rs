//! The canary on the real way round: Postfix takes it, Dovecot keeps it, and it comes back over IMAP; or Postfix loses it.

use super::servers::until;
use super::town::{Office, Plan, SOON, Town};

const NETWORK: &str = r#"
[[unit]]
id = "xiling"
name = "西岭县"
[[unit.reporter]]
address = "xiling@mail.example"
[[supervisor]]
name = "科长"
address = "chief@mail.example"
level = 1
"#;

fn people() -> Vec<&'static str> {
    vec!["desk", "ops", "chief", "xiling"]
}

#[test]
fn a_canary_goes_round_through_the_mail_servers() {
    let town = Town::new(Plan { people: people(), ..Plan::default() });
    let mut office = Office::new(&town, "office", NETWORK, "[canary]\nwithin = \"2m\"\n");
    office.start();
    until("the canary is back", SOON, || office.json(&["status"])["canary"]["state"] == "back");
    let status = office.json(&["status"]);
    println!("{}", status["canary"]);
    assert_eq!((&status["quarantined"], &status["outbox"]["failed"]), (&0.into(), &0.into()));
    assert_eq!(office.letters().len(), 1, "nothing was said but the canary");
}

#[test]
fn a_canary_that_the_mail_server_loses_is_told_to_the_operators() {
    let town = Town::new(Plan { people: people(), transport: "office@mail.example discard:\n", ..Plan::default() });
    let mut office = Office::new(&town, "office", NETWORK, "[canary]\nwithin = \"10s\"\n");
    office.start();
    until("the operators are told", SOON, || town.told("ops", "intake-stalled") == 1);
    assert_eq!(office.json(&["status"])["canary"]["state"], "missing");
    let told = office.letter("intake-stalled", "ops").expect("a letter");
    let told = office.json(&["outbox", "show", told["notice"].as_str().expect("a number")]);
    let text = told["text"].as_str().expect("text");
    println!("{text}");
    assert!(text.contains("发信通道已接收该信") && text.contains("250 "), "{text}");
}
