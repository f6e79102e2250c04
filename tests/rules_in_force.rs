//! A rule change applies to events that occur after it; an event is judged under the rules in force when it occurred.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use zhibao::daemon;
use zhibao::domain::message::Disposition;
use zhibao::domain::rules::Verdict;
use zhibao::mail::token::Key;
use zhibao::mailbox::MemoryMailbox;
use zhibao::steps::fetch::Reader;
use zhibao::steps::{World, begin, enforce, file};
use zhibao::store::{Durability, Store};

const ROSTER: &str = r#"
[[unit]]
id = "donghe"
name = "东河县"
places = ["东河"]
[[unit.reporter]]
name = "东河信息员"
address = "donghe@office.example"
role = "full-time"
[[supervisor]]
name = "科长"
address = "chief@office.example"
level = 1
"#;

const OFFICE: &str = include_str!("sample/office.toml");

fn config(within: &str) -> String {
    format!(
        r#"{OFFICE}
[[rule]]
stage = "first"
anchor = "occurred"
within = "{within}"
"#
    )
}

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(&format!("2005-06-06T{text}:00+08:00")).expect(text).to_utc()
}

struct Office {
    folder: tempfile::TempDir,
    world: World,
    mailbox: MemoryMailbox,
    reader: Reader,
}

impl Office {
    fn new(within: &str, now: DateTime<Utc>) -> Office {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = Store::open(&folder.path().join("zhibao.db"), Durability::None).expect("a store");
        let setup = begin::begin(&store, loaded(&folder, within), now).expect("it begins");
        let mailbox = MemoryMailbox::new("submissions");
        let reader = Reader::new(Box::new(mailbox.clone()));
        Office { folder, world: World { store, setup: Arc::new(setup) }, mailbox, reader }
    }

    fn reload(&mut self, within: &str, now: DateTime<Utc>) {
        let setup = begin::reload(&self.world.store, loaded(&self.folder, within), now).expect("it reloads");
        self.world.setup = Arc::new(setup);
    }

    fn report(&mut self, title: &str, occurred: &str, arrives: &str) {
        let mail = format!(
            "From: donghe@office.example\r\nTo: xinxi@office.example\r\nSubject: [FIRST] {title}\r\n\
             Content-Type: text/plain; charset=utf-8\r\n\r\nOccurred: 2005-06-06 {occurred}\r\nPlace: 东河{title}\r\n"
        );
        self.mailbox.put(title, at(arrives), mail.into_bytes());
        self.reader.read(&self.world, at(arrives)).expect("it reads");
        while file::step(&self.world, at(arrives)).expect("it files") {}
        enforce::step(&self.world, at(arrives)).expect("it enforces");
    }

    fn verdicts(&self) -> Vec<(String, Verdict)> {
        let rows = self.world.store.read(|books| books.event_rows(true, 10)).expect("events");
        let judged = |row: &zhibao::store::EventRow| {
            let owed = self.world.store.read(|books| books.obligations_of_event(row.number)).expect("obligations");
            (row.title.clone(), owed.first().expect("a first report is owed").verdict)
        };
        rows.iter().rev().map(judged).collect()
    }
}

fn loaded(folder: &tempfile::TempDir, within: &str) -> zhibao::steps::Setup {
    std::fs::write(folder.path().join("network.toml"), ROSTER).expect("a roster");
    let path = folder.path().join("zhibao.toml");
    std::fs::write(&path, config(within)).expect("a configuration");
    daemon::setup(&zhibao::config::load(&path).expect("it loads").config, Key::new([7; 32]))
}

#[test]
fn an_event_is_judged_under_the_rules_in_force_when_it_occurred() {
    let mut office = Office::new("4h", at("06:00"));
    office.reload("1h", at("10:00"));
    office.report("reservoir breach", "09:00", "12:00");
    office.report("bridge collapse", "10:30", "12:00");
    assert_eq!(office.verdicts(), [("reservoir breach".into(), Verdict::OnTime), ("bridge collapse".into(), Verdict::Late)]);
    let counts = office.world.store.read(|books| books.summary()).expect("a summary").dispositions;
    assert_eq!(counts.get(&Disposition::Filed), Some(&2));
}

#[test]
fn a_reload_without_a_change_of_rules_makes_no_new_rule_set() {
    let mut office = Office::new("4h", at("06:00"));
    office.reload("4h", at("07:00"));
    assert_eq!(office.world.setup.rulesets.len(), 1);
    office.reload("2h", at("08:00") + TimeDelta::seconds(1));
    assert_eq!(office.world.setup.rulesets.len(), 2);
}
