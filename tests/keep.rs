//! Verify, backup, restore, by the built binary: what was changed is found, a copy is made beside a daemon that writes, and an old
//! backup sends nothing until somebody says go.

mod archive;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::time::Duration;

use archive::Office;
use rusqlite::Connection;
use serde_json::Value;

fn report(nth: u32, from: &str) -> Vec<u8> {
    format!(
        "From: <{from}@office.example>\r\nTo: <xinxi@office.example>\r\nSubject: =?utf-8?B?5oOF5Ya1?= {nth}\r\nMessage-ID: <m{nth}@test>\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n第{nth}件：东河县今日情况如常，另有{}事。\r\n",
        nth * 7919
    )
    .into_bytes()
}

/// The desk tells of an event, so that something is owed.
fn told() -> Vec<u8> {
    let body = "单位：西岭县\r\n地点：西岭黑石沟\r\n";
    format!(
        "From: <desk@office.example>\r\nTo: <xinxi@office.example>\r\nSubject: 【事件】【重大】西岭县黑石沟煤矿透水\r\nMessage-ID: <told@test>\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Messages with a disposition.
fn filed(office: &Office) -> i64 {
    let db = Connection::open_with_flags(office.path("zhibao.db"), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).expect("it opens");
    db.query_row("SELECT count(*) FROM delivery WHERE disposition IS NOT NULL", [], |row| row.get(0)).expect("a count")
}

/// What `verify` says of a file, and whether it found nothing.
fn verified(office: &Office, file: &Path) -> (bool, Value) {
    let done = office.command(&["verify", "--json", &file.to_string_lossy()]).output().expect("it runs");
    assert!(matches!(done.status.code(), Some(0 | 1)), "{}", archive::text(&done.stderr));
    let said: Value = serde_json::from_slice(&done.stdout).unwrap_or_else(|error| panic!("{error}: {}", archive::text(&done.stderr)));
    assert_eq!(said["ok"].as_bool(), Some(done.status.success()), "{said}");
    (done.status.success(), said)
}

fn changed(office: &Office, whole: &Path, change: impl FnOnce(&Connection)) -> Value {
    let file = office.path("changed.db");
    fs::copy(whole, &file).expect("copied");
    let db = Connection::open(&file).expect("it opens");
    db.execute_batch("PRAGMA foreign_keys = OFF; DROP TRIGGER record_is_append_only_update; DROP TRIGGER record_is_append_only_delete;")
        .expect("a tamperer may do anything");
    change(&db);
    drop(db);
    let (sound, said) = verified(office, &file);
    assert!(!sound, "{said}");
    said
}

fn finds(said: &Value, wanted: &Value) -> bool {
    let fits = |finding: &Value| wanted.as_object().is_some_and(|wanted| wanted.iter().all(|(key, value)| &finding[key] == value));
    said["findings"].as_array().is_some_and(|findings| findings.iter().any(fits))
}

#[test]
fn whatever_was_changed_is_found_and_named() {
    let mut office = Office::new();
    office.deliver(&report(1, "donghe"));
    office.deliver(&report(2, "xiling"));
    office.deliver(&told());
    office.deliver(&report(3, "stranger"));
    office.file_all();
    let plain = office.run(&["verify"]);
    assert!(plain.contains("4 messages") && plain.contains("Everything is as it must be"), "{plain}");
    office.run(&["backup", "whole.db"]);
    let whole = office.path("whole.db");
    let (sound, said) = verified(&office, &whole);
    assert!(sound && said["record"].as_u64() >= Some(5) && said["notices"].as_u64() > Some(3), "{said}");
    assert!(said["obligations"].as_u64() > Some(0), "{said}");

    let cases: [(&str, Value); 14] = [
        (
            "UPDATE raw SET bytes = CAST(replace(CAST(bytes AS TEXT), 'Message-ID', 'Message-Id') AS BLOB) WHERE id = 2",
            serde_json::json!({ "what": "message-changed", "message": 2 }),
        ),
        ("UPDATE raw SET sha256 = zeroblob(32) WHERE id = 1", serde_json::json!({ "what": "message-changed", "message": 1 })),
        ("UPDATE record SET at = at - 60 WHERE seq = 3", serde_json::json!({ "what": "record-changed", "line": 3 })),
        ("UPDATE record SET data = data || ' ' WHERE seq = 4", serde_json::json!({ "what": "record-changed", "line": 4 })),
        ("DELETE FROM record WHERE seq = 2", serde_json::json!({ "what": "record-missing", "line": 3 })),
        (
            "UPDATE record SET seq = -1 WHERE seq = 2; UPDATE record SET seq = 2 WHERE seq = 3; UPDATE record SET seq = 3 WHERE seq = -1",
            serde_json::json!({ "what": "record-changed", "line": 2 }),
        ),
        (
            "DELETE FROM record WHERE seq = (SELECT max(seq) FROM record WHERE what = 'notice')",
            serde_json::json!({ "what": "notice-unrecorded" }),
        ),
        ("DELETE FROM letter WHERE id = 1", serde_json::json!({ "what": "letters-differ" })),
        ("UPDATE letter SET recipient = 'nobody@elsewhere.example' WHERE id = 2", serde_json::json!({ "what": "letters-differ" })),
        (
            "DELETE FROM letter WHERE notice = (SELECT min(number) FROM notice); DELETE FROM notice WHERE number = (SELECT min(number) FROM notice)",
            serde_json::json!({ "what": "notice-gone" }),
        ),
        (
            "UPDATE delivery SET disposition = 'lost' WHERE id = 1",
            serde_json::json!({ "what": "unaccounted", "messages": 4, "accounted": 3 }),
        ),
        ("DELETE FROM submission WHERE delivery_id = 1", serde_json::json!({ "what": "filed-nowhere", "delivery": 1 })),
        ("DELETE FROM quarantine; DELETE FROM delivery WHERE disposition = 'quarantined'", serde_json::json!({ "what": "message-lonely" })),
        (
            "UPDATE obligation SET verdict = 'on-time'",
            serde_json::json!({ "what": "verdict-unrecorded", "stands": "on-time", "recorded": "open" }),
        ),
    ];
    for (sql, wanted) in cases {
        let said = changed(&office, &whole, |db| db.execute_batch(sql).expect(sql));
        assert!(finds(&said, &wanted), "{sql}: {said}");
    }
    for language in ["en", "zh-CN"] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_zhibao"));
        let said = command.args(["verify", "changed.db", "--lang", language]).current_dir(office.folder.path()).output().expect("it runs");
        let said = (said.status.code(), archive::text(&said.stderr));
        assert!(said.0 == Some(1) && said.1.contains("zhibao obligation show") && said.1.contains("zhibao restore"), "{said:?}");
    }
    assert!(verified(&office, &whole).0, "the copy alone was changed");
}

#[test]
fn a_verdict_that_the_rules_do_not_give_is_found_though_the_chain_holds() {
    use zhibao::store::{CommitPoint, Durability, RecordEntry, Store, StoreError};
    let mut office = Office::new();
    office.deliver(&told());
    office.file_all();
    office.run(&["backup", "whole.db"]);
    let wrong = |filed: bool, to: &str| {
        let path = office.path("wrong.db");
        fs::copy(office.path("whole.db"), &path).expect("copied");
        let store = Store::open(&path, Durability::None).expect("it opens");
        let obligation = store.read::<_, StoreError>(|books| books.obligation(1)).expect("readable").expect("something is owed");
        let due = obligation.due;
        let filing = filed.then(|| serde_json::json!({ "at": due, "submission": "S-2003-000001" }));
        let why = if filed { "filed" } else { to };
        let data = serde_json::json!({ "from": "open", "to": to, "why": why, "due": due, "filed": filing });
        let line = RecordEntry {
            at: due - chrono::TimeDelta::hours(1),
            what: "verdict".into(),
            obligation: Some(1),
            event: None,
            by: "rules".into(),
            data,
        };
        store.write::<_, StoreError>(CommitPoint::Console, |books| books.record(&line)).expect("written");
        drop(store);
        let db = Connection::open(&path).expect("it opens");
        let filed_at = filed.then(|| due.timestamp());
        let submission = filed.then_some("S-2003-000001");
        db.execute("UPDATE obligation SET verdict = ?1, filed_at = ?2, submission = ?3 WHERE id = 1", (to, filed_at, submission))
            .expect("written");
        drop(db);
        verified(&office, &path).1
    };
    let said = wrong(true, "late");
    assert!(
        finds(&said, &serde_json::json!({ "what": "verdict-differs", "recorded": "late", "judged": "on-time", "obligation": 1 })),
        "{said}"
    );
    let said = wrong(false, "unreported");
    assert!(finds(&said, &serde_json::json!({ "what": "too-early", "rung": "unreported", "obligation": 1 })), "{said}");
    let right = wrong(true, "on-time");
    assert_eq!((right["ok"].as_bool(), right["found"].as_u64()), (Some(true), Some(0)), "{right}");
}

#[test]
fn a_cut_file_is_found_and_never_restored() {
    let mut office = Office::new();
    (1..20).for_each(|nth| office.deliver(&report(nth, "donghe")));
    office.file_all();
    office.run(&["backup", "whole.db"]);
    let whole = fs::read(office.path("whole.db")).expect("a backup");
    for part in [2, 3, 10] {
        let file = office.path("cut.db");
        fs::write(&file, &whole[..whole.len() / part]).expect("written");
        let (sound, said) = verified(&office, &file);
        assert!(!sound, "1/{part}: {said}");
        let before = fs::read(office.path("zhibao.db")).expect("the store");
        let (code, _) = office.refused(&["restore", "cut.db", "--replace"]);
        assert_eq!(code, 1);
        assert_eq!(fs::read(office.path("zhibao.db")).expect("the store"), before, "the store is as it was");
        assert!(!office.path("zhibao.db.restoring").exists());
    }
    fs::write(office.path("notes.db"), "no database, but somebody's notes. ".repeat(99)).expect("written");
    assert!(!verified(&office, &office.path("notes.db")).0);
    assert!(office.refused(&["verify", "nowhere.db"]).1.contains("There is no file nowhere.db"));
}

#[test]
fn a_backup_is_made_beside_a_daemon_that_writes() {
    let mut office = Office::new();
    office.start();
    (1..60).for_each(|nth| office.deliver(&report(nth, "donghe")));
    // While the daemon is at it: whatever the moment is, the copy is of one.
    let mut seen = Vec::new();
    for nth in 0..3 {
        let said = office.json(&["backup", &format!("b{nth}.db")]);
        assert_eq!(said["ok"], true, "{said}");
        seen.push(said["messages"].as_u64().expect("a count"));
    }
    assert!(seen.is_sorted(), "{seen:?}");
    office.wait_for("all is filed", |office| filed(office) == 59);
    let said = office.run(&["backup", "last.db"]);
    assert!(said.contains("59 messages") && said.contains("Its record ends with line"), "{said}");
    office.stop();
    let file = office.path("last.db");
    assert_eq!(fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
    assert!(verified(&office, &file).0);
    let before = fs::read(&file).expect("a backup");
    let (code, said) = office.refused(&["backup", "last.db"]);
    assert!(code == 1 && said.contains("is there already"), "{said}");
    assert_eq!(fs::read(&file).expect("a backup"), before);
    let left: Vec<_> = fs::read_dir(office.folder.path()).expect("a folder").flatten().map(|file| file.file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains(".part")), "{left:?}");
}

#[test]
fn what_the_store_holds_is_for_its_owner_alone() {
    let mut office = Office::new();
    office.start();
    office.deliver(&report(1, "donghe"));
    office.wait_for("it is filed", |office| filed(office) == 1);
    // While it runs: the log beside each has the newest mail in it.
    for name in ["zhibao.db", "zhibao.db-wal", "zhibao.search"] {
        let mode = fs::metadata(office.path(name)).expect(name).permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name}: {mode:o}");
    }
    office.stop();
}

/// The store of each earlier version is a backup that can be put back: verified as it was, brought to this version, and held.
#[test]
fn a_backup_of_every_earlier_version_is_restored() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut versions = 0;
    for fixture in fs::read_dir(fixtures).expect("fixtures").flatten().map(|file| file.path()) {
        if fixture.extension().is_none_or(|ending| ending != "sql") {
            continue;
        }
        versions += 1;
        let office = Office::new();
        fs::remove_file(office.path("zhibao.db")).expect("no store yet");
        let backup = Connection::open(office.path("old.db")).expect("a file");
        backup.execute_batch(&fs::read_to_string(&fixture).expect("a fixture")).expect("a store");
        drop(backup);
        let said = office.run(&["restore", "old.db"]);
        let waited: i64 = Connection::open(office.path("zhibao.db"))
            .and_then(|db| db.query_row("SELECT count(*) FROM letter WHERE next_try IS NOT NULL", [], |row| row.get(0)))
            .expect("a count");
        assert!(said.contains("Sending is held"), "{}: {said}", fixture.display());
        assert_eq!(said.contains("waited when the backup was made"), waited > 0, "{}: {said}", fixture.display());
        assert!(office.run(&["verify"]).contains("Everything is as it must be"), "{}", fixture.display());
        assert!(office.run(&["status"]).contains("held"), "{}", fixture.display());
    }
    assert!(versions >= 3, "{versions}");
}

/// The daemon has a user of its own; whoever restores is often root.
#[test]
fn a_restored_store_belongs_to_whom_the_old_one_belonged() {
    const OTHER: u32 = 65_534;
    let mut office = Office::new();
    office.deliver(&report(1, "donghe"));
    office.file_all();
    office.run(&["backup", "old.db"]);
    let store = office.path("zhibao.db");
    if chown(&store, Some(OTHER), Some(OTHER)).is_err() {
        println!("skipped: this user may not give files away");
        return;
    }
    office.run(&["restore", "old.db", "--replace"]);
    let owner = |path: &Path| fs::metadata(path).map(|file| (file.uid(), file.gid())).expect("a file");
    assert_eq!(owner(&store), (OTHER, OTHER));
    // Where there is no store, its folder says whose it is.
    fs::remove_file(&store).expect("gone");
    chown(office.folder.path(), Some(OTHER), Some(OTHER)).expect("given away");
    office.run(&["restore", "old.db"]);
    assert_eq!(owner(&store), (OTHER, OTHER));
    assert_eq!(fs::metadata(&store).expect("a file").permissions().mode() & 0o777, 0o600);
}

#[test]
fn an_old_backup_sends_nothing_until_somebody_says_go() {
    let mut office = Office::new();
    office.deliver(&report(1, "donghe"));
    office.file_all();
    office.wait_for("the receipt is out", |office| office.notices("receipt").len() == 1);
    // One more, whose receipt waits when the backup is made.
    fs::rename(office.path("outbox"), office.path("away")).expect("moved");
    fs::write(office.path("outbox"), "no folder").expect("in the way");
    office.deliver(&report(2, "donghe"));
    office.file_all();
    office.run(&["backup", "old.db"]);
    fs::remove_file(office.path("outbox")).expect("out of the way");
    fs::rename(office.path("away"), office.path("outbox")).expect("moved back");
    office.run(&["outbox", "retry"]);
    office.deliver(&report(3, "xiling"));
    office.file_all();
    office.start();
    office.wait_for("three receipts are out", |office| office.notices("receipt").len() == 3);

    let (code, said) = office.refused(&["restore", "old.db", "--replace"]);
    assert!(code == 1 && said.contains("already runs"), "{said}");
    office.stop();
    let (code, said) = office.refused(&["restore", "old.db"]);
    assert!(code == 1 && said.contains("--replace"), "{said}");
    let sent = fs::read_dir(office.path("outbox")).expect("an outbox").count();
    let said = office.run(&["restore", "old.db", "--replace"]);
    assert!(said.contains("Sending is held") && said.contains("second receipt") && said.contains("zhibao outbox release"), "{said}");
    let kept: Vec<_> = fs::read_dir(office.folder.path()).expect("a folder").flatten().map(|file| file.path()).collect();
    let kept = kept
        .iter()
        .find(|path| {
            let name = path.to_string_lossy();
            name.contains("zhibao.db.replaced-") && name.ends_with('Z')
        })
        .expect("the old store is kept");
    let count = |path: &Path| {
        let db = Connection::open(path).expect("it opens");
        db.query_row("SELECT count(*) FROM submission", [], |row| row.get::<_, i64>(0)).expect("a count")
    };
    assert_eq!((count(kept), count(&office.path("zhibao.db"))), (3, 2));

    office.start();
    assert!(office.log().contains("sending is held"), "{}", office.log());
    office.wait_for("the third mail is filed again", |office| filed(office) == 3);
    office.run(&["outbox", "retry"]);
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(fs::read_dir(office.path("outbox")).expect("an outbox").count(), sent, "nothing goes out");
    let status = office.json(&["status"]);
    assert!(status["held"]["since"].is_string() && status["outbox"]["pending"].as_u64() >= Some(2), "{status}");
    assert!(office.run(&["status"]).contains("Sending is held"));
    let checked = office.command(&["check"]).output().expect("it runs");
    assert!(checked.status.success() && archive::text(&checked.stderr).contains("Sending is held"));

    let said = office.run(&["outbox", "release"]);
    assert!(said.contains("go out now"), "{said}");
    office.wait_for("all is out", |office| office.json(&["status"])["outbox"]["pending"] == 0);
    // The second receipt is the same letter once more; the third mail got another one, under a number that was never used.
    let letters = office.json(&["outbox", "list", "--all"]);
    let letters = letters.as_array().expect("letters");
    let doubled: Vec<&Value> = letters.iter().filter(|letter| letter["indeterminate"] == 1).collect();
    assert!(doubled.iter().any(|letter| letter["kind"] == "receipt"), "{letters:?}");
    let ordinal = |letter: &Value| letter["notice"].as_str().and_then(|number| number.rsplit('-').next()?.parse::<u32>().ok());
    assert!(letters.iter().any(|letter| ordinal(letter) > Some(10_000)), "{letters:?}");
    assert_eq!(office.notices("receipt").len(), 4, "one, the second twice under one name, the third twice");
    assert!(office.run(&["outbox", "release"]).contains("not held"));
    assert!(office.run(&["verify"]).contains("Everything is as it must be"));
    office.stop();
}
