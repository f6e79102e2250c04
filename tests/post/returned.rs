//! What Postfix itself sends back: the recipient that the next server does not know, the address that is given up after a
//! delay, and a relay that keeps none of our return paths.

use super::servers::until;
use super::town::{Office, Plan, SOON, Town, told};

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
[[supervisor]]
name = "副秘书长"
address = "deputy@mail.example"
level = 2
"#;

/// A first report is due a few seconds after the unit was told.
const RULES: &str = "[[rule]]\nstage = \"first\"\nanchor = \"learned\"\nwithin = \"3s\"\n";

/// Nobody has the chief's address but whom `plan` says.
fn town(plan: Plan) -> Town {
    Town::new(Plan { people: vec!["desk", "ops", "deputy", "xiling"], ..plan })
}

/// An event was told, and the unit is late with its report.
fn late(town: &Town) -> Office {
    let mut office = Office::new(town, "office", NETWORK, RULES);
    office.start();
    town.post("desk@mail.example", "office@mail.example", &told("西岭县", 1));
    until("the unit is late", SOON, || town.told("xiling", "late") == 1);
    office
}

/// What is on record about the failure of the chief's copy.
fn bounces(office: &Office) -> Vec<serde_json::Value> {
    let letter = office.letter("late", "chief").expect("the chief was told");
    let shown = office.json(&["outbox", "show", letter["notice"].as_str().expect("a number")]);
    shown["bounces"].as_array().expect("a list").clone()
}

fn operators_are_told_and_the_deputy_has_it(town: &Town, office: &Office, known_by: &str) {
    until("the next person has the alert", SOON, || town.told("deputy", "late") == 1);
    until("the operators are told", SOON, || town.told("ops", "undeliverable") == 1);
    let bounces = bounces(office);
    println!("on record: {bounces:?}");
    assert_eq!(bounces.len(), 1, "{bounces:?}");
    assert_eq!((bounces[0]["fate"].as_str(), bounces[0]["known_by"].as_str()), (Some("failed"), Some(known_by)));
    assert_eq!(bounces[0]["status"], "5.1.1");
    let told = office.letter("undeliverable", "ops").expect("a letter");
    let told = office.json(&["outbox", "show", told["notice"].as_str().expect("a number")]);
    let text = told["text"].as_str().expect("text");
    println!("{text}");
    for said in ["chief@mail.example", "5.1.1", "副秘书长 <deputy@mail.example>"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert_eq!(office.letter("late", "chief").expect("a letter")["state"], "failed");
    assert_eq!(town.told("xiling", "late"), 1, "those who have it are not told again");
}

#[test]
fn whom_the_next_server_does_not_know_comes_back_and_the_next_person_is_told() {
    let town = town(Plan::default());
    let office = late(&town);
    operators_are_told_and_the_deputy_has_it(&town, &office, "return-path");
    assert!(town.postfix.log().contains("sender non-delivery notification"), "Postfix made it:\n{}", town.postfix.log());
}

#[test]
fn whom_postfix_gives_up_at_once_comes_back_and_the_next_person_is_told() {
    let town = town(Plan { transport: "chief@mail.example error:5.1.1 no such person\n", ..Plan::default() });
    let office = late(&town);
    operators_are_told_and_the_deputy_has_it(&town, &office, "return-path");
}

#[test]
fn a_relay_that_keeps_no_return_path_still_tells_by_the_number_of_the_letter() {
    let relay = "sender_canonical_maps = regexp:{ { /^office\\+v.*@/ office@mail.example } }\nsender_canonical_classes = envelope_sender\n";
    let town = town(Plan { relay, ..Plan::default() });
    let office = late(&town);
    operators_are_told_and_the_deputy_has_it(&town, &office, "message-id");
    let log = town.postfix.log();
    assert!(!log.contains("to=<office+v"), "no return path of ours came through:\n{log}");
}

#[test]
fn a_delay_is_told_and_is_no_failure_until_the_relay_gives_up() {
    let town = town(Plan { transport: "chief@mail.example retry:4.4.1 nobody answers there\n", ..Plan::default() });
    let office = late(&town);
    until("Postfix tells of the delay", SOON, || town.postfix.log().contains("sender delay notification"));
    until("the delay is on record", SOON, || bounces(&office).iter().any(|bounce| bounce["fate"] == "delayed"));
    until("the operators are told", SOON, || town.told("ops", "undeliverable") == 1);
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert_eq!(office.letter("late", "chief").expect("a letter")["state"], "accepted");
    assert_eq!(town.told("deputy", "late"), 0, "it may yet arrive");
    town.postfix.set("maximal_queue_lifetime = 1s");
    until("Postfix gives up", SOON, || town.postfix.log().contains("sender non-delivery notification"));
    until("the next person has the alert", SOON, || town.told("deputy", "late") == 1);
    until("the operators are told", SOON, || town.told("ops", "undeliverable") == 2);
    let fates: Vec<_> = bounces(&office).into_iter().map(|bounce| (bounce["fate"].clone(), bounce["status"].clone())).collect();
    println!("on record: {fates:?}");
    assert_eq!(fates.iter().filter(|(fate, _)| fate == "failed").count(), 1, "{fates:?}");
}
