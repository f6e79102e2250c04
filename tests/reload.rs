//! What a reload changes while the daemon runs, on the steps themselves with a clock of the test's own.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use zhibao::mail::token::Key;
use zhibao::steps::{Setup, World, begin, enforce};
use zhibao::store::{Durability, Store};
use zhibao::{config, daemon};

const ROSTER: &str = r#"
[[unit]]
id = "donghe"
name = "东河县"
class = "county"
[[unit.reporter]]
name = "东河信息员"
address = "donghe@office.example"
role = "full-time"
[[supervisor]]
name = "科长"
address = "chief@office.example"
level = 1
units = ["*"]
"#;

fn settings(until: &str) -> String {
    format!(
        r#"
language = "zh-CN"
timezone = "Asia/Shanghai"
network = "network.toml"
[office]
name = "信息科"
address = "xinxi@office.example"
desk = ["desk@office.example"]
operators = ["ops@office.example"]
[store]
path = "zhibao.db"
[[mailbox]]
name = "submissions"
kind = "maildir"
path = "mail"
trust = "mailbox"
[[transport]]
name = "outbox"
kind = "file"
path = "outbox"
[[duty]]
name = "daily"
kind = "zero-report"
units = ["donghe"]
cron = "0 17 * * *"
from = "2005-06-06"
until = "{until}"
"#
    )
}

fn setup(folder: &Path, until: &str) -> Setup {
    std::fs::create_dir_all(folder.join("mail/new")).expect("a folder");
    std::fs::create_dir_all(folder.join("mail/cur")).expect("a folder");
    std::fs::write(folder.join("network.toml"), ROSTER).expect("a file");
    std::fs::write(folder.join("zhibao.toml"), settings(until)).expect("a file");
    let loaded = config::load(&folder.join("zhibao.toml")).expect("a sound configuration");
    daemon::setup(&loaded.config, Key::new([7; 32]))
}

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(&format!("2005-{text}:00+08:00")).expect("a time").to_utc()
}

#[test]
fn a_duty_that_is_prolonged_in_its_last_window_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&folder.path().join("zhibao.db"), Durability::None).expect("a store");
    let begun = begin::begin(&store, setup(folder.path(), "2005-06-07"), at("06-06T09:00")).expect("begun");
    let mut world = World { store: store.clone(), setup: Arc::new(begun) };
    for moment in ["06-06T09:00", "06-06T17:00", "06-07T09:00"] {
        enforce::step(&world, at(moment)).expect("a step");
    }
    let windows = |world: &World| world.store.read(|books| books.obligation_rows(true, None, 100)).expect("a list").len();
    assert_eq!(windows(&world), 2, "the days from and until");
    let longer = begin::reload(&store, setup(folder.path(), "2005-06-09"), at("06-07T09:00")).expect("reloaded");
    world.setup = Arc::new(longer);
    for moment in ["06-07T17:00", "06-08T17:00"] {
        enforce::step(&world, at(moment)).expect("a step");
    }
    assert_eq!(windows(&world), 4, "two days more");
    let later = begin::reload(&store, setup(folder.path(), "2005-06-30"), at("06-20T09:00")).expect("reloaded");
    world.setup = Arc::new(later);
    enforce::step(&world, at("06-20T09:00")).expect("a step");
    assert_eq!(windows(&world), 5, "nothing for the days on which it had ended");
}
