//! Two offices that report to each other, programs that answer, and one that forwards, on one real mail system.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::servers::until;
use super::town::{Office, Plan, SOON, Town, post, told};

/// Dovecot's own vacation, as its user would set it up.
const POLITE: &str = "require [\"vacation\"];\nvacation :days 1 \"外出，下周回。\";\n";

/// The same without a rest. The way to it takes away by what it would know a machine.
const BLIND: &str = "require [\"vacation\", \"vacation-seconds\"];\nvacation :seconds 0 \"外出，下周回。\";\n";

/// Hands everything back to the first office.
const FORWARDS: &str = "require [\"copy\"];\nredirect :copy \"south@mail.example\";\n";

fn network(other: &str) -> String {
    let people = [("other", "临海市", other), ("polite", "东河县", "polite"), ("blind", "西岭县", "blind")];
    let more = [("mute", "南川区", "mute"), ("forwards", "北山县", "forwards")];
    people
        .iter()
        .chain(&more)
        .map(|(id, name, who)| format!("[[unit]]\nid = \"{id}\"\nname = \"{name}\"\n[[unit.reporter]]\naddress = \"{who}@mail.example\"\n"))
        .collect()
}

/// Alerts follow one another within seconds.
const RULES: &str = "[[rule]]\nstage = \"first\"\nanchor = \"learned\"\nwithin = \"4s\"\n\
    [ladder]\nremind_before = [\"2s\"]\nomitted_after = \"4s\"\nunreported_after = \"8s\"\nnag = \"5s\"\nnag_max = 2\n";

/// A program at `mute@` that answers whoever stands in From, with nothing that tells what it is, the same words each time.
fn answer_mutely(town: &Town, stop: &AtomicBool, answered: &AtomicUsize) {
    let mut seen = BTreeSet::new();
    while !stop.load(Ordering::SeqCst) {
        let inbox = town.inbox("mute");
        for mail in &inbox {
            let header = |name: &str| mail.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim().to_owned();
            let from = header("From:");
            let to = from.rsplit_once('<').map_or(from.as_str(), |(_, rest)| rest.trim_end_matches('>')).to_owned();
            if seen.insert(header("Message-ID:")) && to.contains('@') {
                let nth = answered.fetch_add(1, Ordering::SeqCst);
                let text = format!(
                    "From: mute@mail.example\nTo: {to}\nSubject: Re: {}\nMessage-ID: <mute{nth}@mail.example>\nIn-Reply-To: {}\nContent-Type: text/plain; charset=utf-8\n\n外出，下周回。\n",
                    header("Subject:"),
                    header("Message-ID:"),
                );
                post(town.postfix.port, "mute@mail.example", &to, &text);
            }
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// Letters of an office that answer mail, by recipient: their subjects.
fn answers(office: &Office) -> BTreeMap<String, Vec<String>> {
    let mut answers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let text = |letter: &Value, key: &str| letter[key].as_str().unwrap_or_default().to_owned();
    for letter in office.letters() {
        if ["receipt", "returned", "command"].iter().any(|kind| letter["kind"] == *kind) {
            answers.entry(text(&letter, "to")).or_default().push(text(&letter, "subject"));
        }
    }
    answers
}

/// No mailbox has got anything for 8 seconds.
fn until_it_is_quiet(town: &Town, people: &[&str]) -> usize {
    let count = || {
        people
            .iter()
            .map(|who| ["", "Filed", "Quarantine"].map(|folder| town.dovecot.count(who, folder)).iter().sum::<usize>())
            .sum::<usize>()
    };
    let (mut last, mut since) = (count(), Instant::now());
    until("all is quiet", Duration::from_secs(180), || {
        let now = count();
        if now != last {
            (last, since) = (now, Instant::now());
        }
        since.elapsed() > Duration::from_secs(8)
    });
    last
}

#[test]
fn two_offices_responders_and_a_forwarder_settle() {
    settle("blind@mail.example strips:inet:127.0.0.1:LMTPPORT\n");
}

#[test]
fn they_settle_though_the_way_to_them_takes_away_every_mark() {
    settle(
        "blind@mail.example strips:inet:127.0.0.1:LMTPPORT\nnorth@mail.example strips:inet:127.0.0.1:LMTPPORT\n\
         south@mail.example strips:inet:127.0.0.1:LMTPPORT\n",
    );
}

fn settle(transport: &'static str) {
    let people = ["south", "desk", "ops", "polite", "blind", "mute", "forwards", "north"];
    let scripts = [("polite", POLITE), ("blind", BLIND), ("forwards", FORWARDS)].map(|(who, script)| (who, script.to_owned()));
    let town = Town::new(Plan { people: people[..7].to_vec(), scripts: scripts.to_vec(), transport, ..Plan::default() });
    let mut offices = [Office::new(&town, "north", &network("south"), RULES), Office::new(&town, "south", &network("north"), RULES)];
    offices.iter_mut().for_each(Office::start);
    let (stop, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        let _stop = Stop(&stop);
        scope.spawn(|| answer_mutely(&town, &stop, &answered));
        let ordinary = "From: south@mail.example\nTo: north@mail.example\nSubject: 近期工作安排\nMessage-ID: <person@mail.example>\n\
             Content-Type: text/plain; charset=utf-8\n\n防汛物资已经清点完毕，队伍在岗。\n";
        town.post("south@mail.example", "north@mail.example", ordinary);
        for (nth, office) in ["north", "south"].iter().enumerate() {
            town.post("desk@mail.example", &format!("{office}@mail.example"), &told("临海市、东河县、西岭县、南川区、北山县", nth));
        }
        until("alerts go out", SOON, || town.told("polite", "late") == 2 && town.told("forwards", "late") == 2);
        let mails = until_it_is_quiet(&town, &people);
        println!("{mails} mails lie in all mailboxes, {} were answered without a mark", answered.load(Ordering::SeqCst));
    });
    let log = town.dovecot.log();
    let by_sieve = log.matches("sent vacation response").count();
    println!("{by_sieve} answers of Dovecot's vacation");
    assert!(by_sieve > 0 && answered.load(Ordering::SeqCst) > 0, "there was something to settle:\n{log}");
    assert!(!log.lines().any(|line| line.contains("(polite)") && line.contains("sent vacation response")), "good manners are silent");
    for office in &offices {
        println!("answers: {:#?}", answers(office));
        for (to, subjects) in answers(office) {
            // The desk wrote once, and so did a person at the other office; the words of a program are ever the same.
            let most = usize::from(["desk", "south", "mute", "blind"].iter().any(|who| to == format!("{who}@mail.example")));
            assert!(subjects.len() <= most, "{to}: {subjects:?}");
        }
        assert_eq!(office.json(&["status"])["unfiled"], 0);
        let filed = office.json(&["submission", "list"]);
        let by_vacation = filed.as_array().expect("a list").iter().filter(|report| report["unit"] == "blind").count();
        assert_eq!(by_vacation, 0, "absence is no report: {filed}");
    }
}

/// Ends the thread, whatever happens.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}
