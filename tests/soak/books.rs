//! What must be true in the end: by what was put in, by the books of zhibao, and by what Postfix has delivered.

use std::collections::{BTreeMap, BTreeSet};

use zhibao::store::{Durability, Store};

use super::mails::{Mail, counted};
use super::office::Office;
use super::postfix::Postfix;
use super::servers::dovecot::Dovecot;

/// What Postfix has delivered.
pub struct Sent {
    letters: Vec<Delivered>,
}

/// A letter in the mailbox of whoever it was for.
struct Delivered {
    /// What Postfix called it when it took it. It may deliver what it took once several times, when it is stopped in between.
    queue_id: String,
    to: String,
    head: BTreeMap<String, String>,
}

impl Delivered {
    fn read(text: &str) -> Delivered {
        let mut head: BTreeMap<String, String> = BTreeMap::new();
        let mut queue_id = String::new();
        let mut last = String::new();
        for line in text.lines().take_while(|line| !line.is_empty()) {
            if line.starts_with([' ', '\t']) {
                let value: &mut String = head.entry(last.clone()).or_default();
                value.push(' ');
                value.push_str(line.trim());
            } else if let Some((name, value)) = line.split_once(": ") {
                last = name.to_owned();
                head.entry(last.clone()).or_insert_with(|| value.to_owned());
            } else {
                last = String::new();
            }
        }
        if let Some((_, rest)) = head.get("Received").and_then(|received| received.split_once(" id ")) {
            queue_id = rest.split([' ', ';']).next().unwrap_or_default().to_owned();
        }
        assert!(!queue_id.is_empty(), "no number of Postfix's:\n{text}");
        let to = head.get("X-Original-To").cloned().unwrap_or_else(|| panic!("for nobody:\n{text}"));
        Delivered { queue_id, to, head }
    }

    fn field(&self, name: &str) -> &str {
        self.head.get(name).map_or("", String::as_str)
    }
}

impl Sent {
    /// All that has been delivered.
    pub fn of(postfix: &Postfix) -> Sent {
        Sent { letters: postfix.delivered().iter().map(|text| Delivered::read(text)).collect() }
    }

    fn any(&self, kind: &str) -> impl Iterator<Item = &Delivered> {
        self.letters.iter().filter(move |letter| letter.field("X-Zhibao-Notice") == kind)
    }
}

/// Every message that was put in is on record once, with one disposition, and has been moved out of the way.
pub fn messages(office: &Office, dovecot: &Dovecot, put: &[Mail]) {
    let store = Store::open(&office.path().join("zhibao.db"), Durability::Full).expect("the store");
    let summary = store.read(|books| books.summary()).expect("a summary");
    println!("on record {}: {:?}; events {}", summary.messages, summary.dispositions, summary.events);
    println!("obligations {:?}; notices {:?}", summary.obligations, summary.notices);
    let mut missing = counted(put.iter().map(|mail| mail.raw.as_slice()))
        .into_iter()
        .map(|(raw, count)| (raw.to_vec(), count))
        .collect::<BTreeMap<_, _>>();
    let deliveries = (1..).map_while(|id| store.read(|books| books.delivery(id)).expect("a look"));
    let mut unasked = 0;
    for delivery in deliveries {
        match missing.get_mut(&delivery.raw.unwrap_or_default()) {
            Some(count) if *count > 0 => *count -= 1,
            _ => unasked += 1,
        }
    }
    missing.retain(|_, count| *count > 0);
    let first = missing.keys().next().map(|raw| String::from_utf8_lossy(&raw[..raw.len().min(400)]).into_owned());
    assert_eq!((missing.len(), unasked), (0, 0), "not on record, and on record though it was not put in; the first is {first:?}");
    assert_eq!(summary.messages, put.len() as u64);
    assert_eq!(summary.dispositions.values().sum::<u64>(), summary.messages, "each has one disposition");
    assert_eq!(office.ask(&["status"])["unfiled"], 0);
    moved(dovecot, put);
}

/// Every message is in a folder for what is on record. A server that is killed while it moves messages leaves some in both folders,
/// and they are moved again: there may be more of them, and never fewer.
fn moved(dovecot: &Dovecot, put: &[Mail]) {
    let files = ["Filed", "Quarantine"].iter().flat_map(|folder| dovecot.files("office", folder));
    let mut there = counted(files.map(|file| std::fs::read(file).expect("a message")));
    let moved: usize = there.values().sum();
    for mail in put {
        let left = there.get_mut(&mail.raw).filter(|left| **left > 0);
        *left.unwrap_or_else(|| panic!("it was moved nowhere: {}", String::from_utf8_lossy(&mail.raw[..mail.raw.len().min(400)]))) -= 1;
    }
    assert_eq!(dovecot.count("office", ""), 0);
    println!("all moved out of the way; {} lie there twice, where the server was killed while it moved them", moved - put.len());
}

/// Every letter was accepted, and has arrived once, or as often more as nobody knows. Yields how many there are.
pub fn letters(office: &Office, sent: &Sent) -> usize {
    let mut taken: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    let mut names: BTreeMap<&str, BTreeSet<(&str, &str)>> = BTreeMap::new();
    for letter in &sent.letters {
        let identity = (letter.field("X-Zhibao-Number"), letter.to.as_str());
        taken.entry(identity).or_default().insert(&letter.queue_id);
        names.entry(letter.field("Message-ID")).or_default().insert(identity);
    }
    assert!(names.values().all(|letters| letters.len() == 1), "a Message-ID is one letter's");
    assert_eq!(names.len(), taken.len(), "and a letter has one Message-ID");
    let rows = office.list(&["outbox", "list", "--all"]);
    let (mut unsure, mut unsure_letters, mut second, mut urgent) = (0, 0, 0, 0);
    for row in &rows {
        let (number, to) = (row["notice"].as_str().expect("a number"), row["to"].as_str().expect("an address"));
        assert_eq!(row["state"], "accepted", "{row}");
        let indeterminate = row["indeterminate"].as_u64().expect("a count") as usize;
        let copies = taken.remove(&(number, to)).map_or(0, |copies| copies.len());
        assert!((1..=1 + indeterminate).contains(&copies), "{copies} copies of {row}");
        unsure += indeterminate;
        unsure_letters += usize::from(indeterminate > 0);
        second += copies - 1;
        urgent += usize::from(matches!(
            row["kind"].as_str(),
            Some("event-opened" | "late" | "omitted" | "unreported" | "intake-stalled" | "undeliverable" | "supplied")
        ));
    }
    assert!(taken.is_empty(), "delivered, and not on record: {taken:?}");
    let by_postfix = sent.letters.len() - rows.len() - second;
    println!(
        "{} letters, each accepted and delivered, {urgent} of them urgent; {unsure} attempts without an answer at {unsure_letters} letters made {second} second copies, \
         and Postfix delivered {by_postfix} twice by itself",
        rows.len()
    );
    rows.len()
}

/// Of everything that is owed and was not filed, every supervisor has heard the last word.
pub fn alerts(office: &Office, sent: &Sent) {
    let told: BTreeSet<(&str, &str, &str)> =
        sent.any("unreported").map(|letter| (letter.field("X-Zhibao-Event"), letter.field("X-Zhibao-Unit"), letter.to.as_str())).collect();
    let owed = office.list(&["obligation", "list", "--all"]);
    let unfiled: Vec<_> = owed.iter().filter(|each| each["filed"].is_null() && each["ended"] == false).collect();
    assert!(!unfiled.is_empty(), "nothing is owed: nobody was alarmed");
    for each in &unfiled {
        assert_eq!((&each["verdict"], &each["rung"]), (&"unreported".into(), &"unreported".into()), "{each}");
        let (event, unit) = (each["event"].as_str().expect("an event"), each["unit"].as_str().expect("a unit"));
        for supervisor in ["chief", "deputy", "secretary"] {
            let to = format!("{supervisor}@office.example");
            assert!(told.contains(&(event, unit, to.as_str())), "{to} has not heard of {each}");
        }
    }
    println!("{} obligations, {} never filed, and all of these have come to the supervisors of every level", owed.len(), unfiled.len());
}

/// Every report has its receipt.
pub fn receipts(office: &Office, sent: &Sent) {
    let answered: BTreeSet<(&str, &str)> =
        sent.any("receipt").map(|letter| (letter.field("X-Zhibao-Submission"), letter.to.as_str())).collect();
    let filed = office.list(&["submission", "list"]);
    let unanswered: Vec<_> = filed
        .iter()
        .filter(|each| !answered.contains(&(each["number"].as_str().expect("a number"), each["sender"].as_str().expect("a sender"))))
        .collect();
    assert!(unanswered.is_empty(), "{} of {} without a receipt, the first is {}", unanswered.len(), filed.len(), unanswered[0]);
    println!("{} submissions, each with its receipt", filed.len());
}
