//! Checks as a step: results are kept, what the DNS does not answer waits and nobody is called late meanwhile, what is not
//! authentic is put aside with its reason, and a command by reply is obeyed of an authentic sender alone.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use zhibao::domain::authentic::{Doubt, Outcome, ResolverSettings};
use zhibao::domain::message::ArrivalSource;
use zhibao::domain::notice::QuarantineReason;
use zhibao::mail::authenticate::Authenticator;
use zhibao::mail::token::Key;
use zhibao::steps::{Setup, World, authenticate, begin, enforce, file};
use zhibao::store::{CommitHook, CommitPoint, Durability, QuarantineEntry, Seen, SeenBody, Side, Store, StoreError};
use zhibao::{config, daemon};

use super::dns::Dns;
use super::signers::{Key as SigningKey, USUAL};

const ROSTER: &str = r#"
[[unit]]
id = "yuxian"
name = "盂县"
class = "county"
places = ["盂县"]
[[unit.reporter]]
name = "盂县信息员"
address = "yuxian@yangquan.example"
[[supervisor]]
name = "科长"
address = "chief@yangquan.example"
level = 1
units = ["*"]
"#;

const DUTY: &str = r#"
[[duty]]
name = "daily"
kind = "zero-report"
units = ["yuxian"]
cron = "0 17 * * *"
from = "2005-06-06"
until = "2005-06-06"
"#;

/// An office whose one mailbox has this trust; its clock stands at noon.
struct Office {
    folder: TempDir,
    world: World,
    noon: DateTime<Utc>,
}

impl Office {
    fn new(trust: &str, resolver: Option<&ResolverSettings>) -> Office {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(folder.path().join("mail/new")).expect("a folder");
        std::fs::create_dir_all(folder.path().join("mail/cur")).expect("a folder");
        std::fs::write(folder.path().join("network.toml"), ROSTER).expect("a file");
        let sample = include_str!("../sample/office.toml");
        assert!(sample.contains("trust = \"mailbox\""), "the sample has a mailbox");
        let text = sample.replace("trust = \"mailbox\"", trust) + DUTY;
        std::fs::write(folder.path().join("zhibao.toml"), text).expect("a file");
        let store = Store::open(&folder.path().join("zhibao.db"), Durability::Full).expect("a store");
        let noon = DateTime::parse_from_rfc3339("2005-06-06T12:00:00+08:00").expect("a time").to_utc();
        let setup = begin::begin(&store, setup(folder.path(), resolver), noon).expect("begun");
        Office { folder, world: World { store, setup: Arc::new(setup) }, noon }
    }

    fn takes(&self, raw: &str, at: DateTime<Utc>) -> i64 {
        let name = self.world.setup.mailboxes[0].name.clone();
        let seen = Seen {
            mailbox: name.clone(),
            key: format!("{}", at.timestamp()),
            size_bytes: raw.len() as u64,
            received_at: at,
            received_by: ArrivalSource::MaildirName,
            body: SeenBody::Raw(raw.as_bytes().to_vec(), Sha256::digest(raw).into()),
        };
        let put = |books: &zhibao::store::Books<'_>| books.put_seen(&seen, at);
        self.world.store.write::<_, StoreError>(CommitPoint::Fetch, put).expect("on record").expect("new")
    }

    fn works(&self, at: DateTime<Utc>) {
        authenticate::step(&self.world, at).expect("a step");
        while file::step(&self.world, at).expect("a step") {}
    }

    fn is_waiting(&self, delivery: i64) -> bool {
        self.world.store.read::<_, StoreError>(|books| books.is_waiting(delivery)).expect("a look")
    }

    fn quarantined(&self) -> Vec<QuarantineEntry> {
        self.world.store.read::<_, StoreError>(|books| books.quarantine_list(true, 10)).expect("a list")
    }

    fn outcome(&self, delivery: i64) -> Outcome {
        let kept = self.world.store.read::<_, StoreError>(|books| books.authentication(delivery)).expect("a look");
        kept.expect("it was checked").found.outcome
    }

    fn says(&self, arguments: &[&str]) -> String {
        let config = self.folder.path().join("zhibao.toml");
        let answered = Command::new(env!("CARGO_BIN_EXE_zhibao")).arg("--config").arg(config).args(arguments).output().expect("it runs");
        assert!(answered.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&answered.stderr));
        String::from_utf8(answered.stdout).expect("UTF-8")
    }
}

fn setup(folder: &Path, resolver: Option<&ResolverSettings>) -> Setup {
    let loaded = config::load(&folder.join("zhibao.toml")).unwrap_or_else(|errors| panic!("{errors}"));
    let mut setup = daemon::setup(&loaded.config, Key::new([7; 32]));
    if let Some(settings) = resolver {
        setup.authenticator = Authenticator::new(settings);
    }
    setup
}

fn letter(subject: &str, body: &str) -> String {
    format!(
        "From: yuxian@yangquan.example\r\nTo: office@office.example\r\nSubject: {subject}\r\nDate: Mon, 06 Jun 2005 11:00:00 +0800\r\n\
         Message-ID: <{subject}@yangquan.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n"
    )
    .replace("<[", "<")
    .replace("]@", "@")
}

const RECEIVED: &str =
    "Received: from out.yangquan.example (out.yangquan.example [192.0.2.7]) by mx.office.example; Mon, 06 Jun 2005 11:59:00 +0800\r\n";
const RESULTS: &str = "Authentication-Results: mx.office.example; dmarc=pass header.from=yangquan.example\r\n";
const AUTHSERV: &str = "trust = \"authserv\"\nauthserv_id = \"mx.office.example\"";

#[test]
fn mail_waits_for_the_dns_and_nobody_is_called_late_meanwhile() {
    let key = SigningKey::new();
    let dns = Dns::of_txt(&[("k1._domainkey.yangquan.example", &key.record)]);
    let office = Office::new("trust = \"verify\"", Some(&dns.hasty()));
    let due = DateTime::parse_from_rfc3339("2005-06-06T17:00:00+08:00").expect("a time").to_utc();
    let sent = due - TimeDelta::minutes(10);
    dns.be_silent(true);
    let delivery = office.takes(&key.sign(&letter("[ZERO]", "nothing"), USUAL), sent);
    let late = due + TimeDelta::minutes(30);
    for (minutes, at) in [(0, sent), (20, due + TimeDelta::minutes(10)), (40, late)] {
        office.works(at);
        assert!(office.is_waiting(delivery), "after {minutes} minutes");
    }
    assert!(matches!(office.outcome(delivery), Outcome::Unanswered { .. }));
    let read = |books: &zhibao::store::Books<'_>| books.mailbox_read(&office.world.setup.mailboxes[0].name, late, None);
    office.world.store.write::<_, StoreError>(CommitPoint::MailboxRead, read).expect("noted");
    let enforced = enforce::step(&office.world, late).expect("a step");
    assert!(enforced.awaits_reading, "it cannot be told whether the report has come");
    let kinds = || office.world.store.read::<_, StoreError>(|books| books.summary()).expect("a look").notices;
    assert_eq!(kinds().get("late"), None);
    dns.be_silent(false);
    office.works(late + TimeDelta::minutes(20));
    assert!(!office.is_waiting(delivery));
    assert!(matches!(office.outcome(delivery), Outcome::Authentic { .. }));
    enforce::step(&office.world, late + TimeDelta::minutes(21)).expect("a step");
    assert_eq!(kinds().get("late"), None, "it came in time");
    assert_eq!(kinds().get("receipt"), Some(&1));
    let shown = office.says(&["submission", "show", "S-2005-000001", "--lang", "en"]);
    assert!(shown.contains("the DKIM signature of yangquan.example holds"), "{shown}");
    let shown = office.says(&["explain", "S-2005-000001", "--json"]);
    assert!(shown.contains("\"outcome\": \"authentic\"") || shown.contains("\"outcome\":\"authentic\""), "{shown}");
}

#[test]
fn after_its_patience_mail_is_put_aside_with_that_for_a_reason() {
    let key = SigningKey::new();
    let dns = Dns::of_txt(&[]);
    dns.be_silent(true);
    let office = Office::new("trust = \"verify\"", Some(&dns.hasty()));
    let delivery = office.takes(&key.sign(&letter("[ZERO]", "nothing"), USUAL), office.noon);
    office.works(office.noon);
    office.works(office.noon + TimeDelta::minutes(119));
    assert!(office.is_waiting(delivery));
    office.works(office.noon + TimeDelta::hours(3));
    let entry = office.quarantined().pop().expect("one");
    assert!(matches!(&entry.reason, QuarantineReason::NotAuthentic { why: Doubt::DnsSilent { .. } }), "{:?}", entry.reason);
    assert_eq!(entry.unit.expect("its unit").as_str(), "yuxian", "whose deadlines wait for the desk");
    let shown = office.says(&["quarantine", "show", "Q-2005-0001", "--lang", "zh-CN"]);
    assert!(shown.contains("域名服务器在3小时内没有答复"), "{shown}");
}

#[test]
fn mail_of_a_mailbox_that_has_gone_from_the_configuration_is_not_believed_unseen() {
    let key = SigningKey::new();
    let dns = Dns::of_txt(&[]);
    dns.be_silent(true);
    let mut office = Office::new("trust = \"verify\"", Some(&dns.hasty()));
    let delivery = office.takes(&key.sign(&letter("[ZERO]", "nothing"), USUAL), office.noon);
    office.works(office.noon);
    assert!(office.is_waiting(delivery));
    let mut changed = setup(office.folder.path(), None);
    for mailbox in &mut changed.mailboxes {
        mailbox.name = "another".into();
    }
    office.world.setup = Arc::new(begin::reload(&office.world.store, changed, office.noon).expect("reloaded"));
    office.works(office.noon + TimeDelta::minutes(5));
    let entry = office.quarantined().pop().expect("one");
    assert!(matches!(&entry.reason, QuarantineReason::NotAuthentic { why: Doubt::MailboxGone { .. } }), "{:?}", entry.reason);
}

#[test]
fn a_forged_report_is_put_aside_and_its_reason_shown() {
    let dns = Dns::of_txt(&[("yangquan.example", "v=spf1 ip4:192.0.2.7 -all")]);
    let office = Office::new("trust = \"verify\"\nboundary = [\"mx.office.example\"]", Some(&dns.settings()));
    let way = format!("Return-Path: <yuxian@yangquan.example>\r\n{}", RECEIVED.replace("[192.0.2.7]", "[192.0.2.66]"));
    office.takes(&format!("{way}{}", letter("[ZERO]", "nothing")), office.noon);
    office.works(office.noon);
    let shown = office.says(&["quarantine", "show", "Q-2005-0001", "--lang", "en"]);
    assert!(shown.contains("it came from 192.0.2.66, which is no host that yangquan.example names"), "{shown}");
    assert!(shown.contains("SPF yangquan.example, 192.0.2.66: fail"), "{shown}");
    let shown = office.says(&["quarantine", "show", "Q-2005-0001", "--lang", "zh-CN"]);
    assert!(shown.contains("来信主机 192.0.2.66 不是 yangquan.example 所列"), "{shown}");
}

#[test]
fn what_the_desk_vouches_for_is_filed_whatever_the_check_says() {
    let office = Office::new(AUTHSERV, None);
    let delivery = office.takes(&letter("[ZERO]", "nothing"), office.noon);
    office.works(office.noon);
    assert!(matches!(office.outcome(delivery), Outcome::NotAuthentic { why: Doubt::NoResults { .. } }));
    assert_eq!(office.quarantined().len(), 1);
    let released = office.says(&["quarantine", "release", "Q-2005-0001", "--by", "chief@yangquan.example"]);
    assert!(!released.is_empty());
    office.works(office.noon + TimeDelta::minutes(1));
    assert!(!office.is_waiting(delivery));
    let shown = office.says(&["submission", "show", "S-2005-000001", "--lang", "en"]);
    assert!(shown.contains("The desk has vouched for it"), "{shown}");
}

#[test]
fn a_command_is_obeyed_of_an_authentic_supervisor_alone() {
    let office = Office::new(AUTHSERV, None);
    let event = "From: chief@yangquan.example\r\nTo: office@office.example\r\nSubject: =?utf-8?B?44CQ5LqL5Lu244CR44CQ6YeN5aSn44CR55uC5Y6/6YCP5rC0?=\r\n\
        Content-Type: text/plain; charset=utf-8\r\n\r\n单位：盂县\r\n发生时间：2005-06-06 09:00\r\n地点：盂县\r\n";
    office.takes(event, office.noon);
    office.works(office.noon);
    let events = || office.world.store.read::<_, StoreError>(|books| books.summary()).expect("a look").events;
    assert_eq!((events(), office.quarantined().len()), (0, 1), "nothing shows that he wrote it");
    office.takes(&format!("{RESULTS}{RECEIVED}{event}"), office.noon + TimeDelta::minutes(1));
    office.works(office.noon + TimeDelta::minutes(1));
    assert_eq!((events(), office.quarantined().len()), (1, 1));
}

#[test]
fn a_sender_who_comes_onto_the_roster_before_his_mail_is_filed_is_checked_then() {
    let mut office = Office::new(AUTHSERV, None);
    let raw = format!("{RESULTS}{RECEIVED}{}", letter("[ZERO]", "nothing")).replace("yuxian@", "pingding@");
    let delivery = office.takes(&raw, office.noon);
    authenticate::step(&office.world, office.noon).expect("a step");
    assert_eq!(office.outcome(delivery), Outcome::NotNeeded);
    std::fs::write(office.folder.path().join("network.toml"), ROSTER.replace("yuxian@", "pingding@")).expect("a file");
    office.world.setup = Arc::new(begin::reload(&office.world.store, setup(office.folder.path(), None), office.noon).expect("reloaded"));
    file::step(&office.world, office.noon).expect("a step");
    assert!(office.is_waiting(delivery));
    office.works(office.noon);
    assert!(!office.is_waiting(delivery));
    assert!(office.quarantined().is_empty());
}

#[test]
fn a_crash_on_either_side_of_keeping_a_check_changes_nothing() {
    for side in [Side::Before, Side::After] {
        let mut office = Office::new(AUTHSERV, None);
        let delivery = office.takes(&format!("{RESULTS}{RECEIVED}{}", letter("[ZERO]", "nothing")), office.noon);
        let hook: CommitHook =
            Arc::new(
                move |point, now| {
                    if (point, now) == (CommitPoint::Authentication, side) { Err(StoreError::Injected(point)) } else { Ok(()) }
                },
            );
        let whole = office.world.store.clone();
        office.world.store = whole.clone().with_hook(hook);
        authenticate::step(&office.world, office.noon).expect_err("it dies");
        office.world.store = whole;
        office.works(office.noon);
        assert!(!office.is_waiting(delivery), "{side:?}");
        assert!(office.quarantined().is_empty(), "{side:?}");
        let filed = office.world.store.read::<_, StoreError>(|books| books.summary()).expect("a look");
        assert_eq!(filed.notices.get("receipt"), Some(&1), "{side:?}");
    }
}
