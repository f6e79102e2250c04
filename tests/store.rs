//! The store as a file: older versions open, the record cannot be rewritten unseen, one daemon alone, a full disk.

mod world;

#[path = "store/copies.rs"]
mod copies;
#[path = "store/disk.rs"]
mod disk;
#[path = "store/fixture.rs"]
mod fixture;
#[path = "store/second.rs"]
mod second;
#[path = "store/tmpfs.rs"]
mod tmpfs;

use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use zhibao::store::{CommitPoint, Durability, Side, Store, StoreError};

use world::look::read;
use world::mail::Mail;
use world::office::{Office, address};
use world::play::Play;
use world::{Instant, at, written};

/// A county is told of, and reports late; a stranger writes. Runs to 10:30.
fn morning(office: &Office, path: &Path) -> Play {
    let mails = [
        (
            10,
            Mail::from(
                address("desk"),
                "【事件】【重大】西岭县黑石沟煤矿透水",
                format!("单位：西岭县\n发生时间：{}\n地点：西岭黑石沟\n", written(at(0))),
            ),
        ),
        (20, Mail::from("someone@elsewhere.example", "投稿", "你好。\n")),
        (150, Mail::from(address("xiling-a"), "【首报】西岭县黑石沟煤矿透水", format!("地点：西岭黑石沟\n发生时间：{}\n", written(at(0))))),
    ];
    let mut play = begun(office, path, at(0));
    for (nth, (minute, mail)) in mails.into_iter().enumerate() {
        run_until(&mut play, at(minute));
        play.mailboxes[0].put(format!("{nth:04}"), at(minute), mail.bytes(&format!("m{nth}"), at(minute)));
        play.set_now(at(minute));
        play.moment().expect("nothing stops it");
    }
    play
}

/// Everything that falls due of itself before `until`.
fn run_until(play: &mut Play, until: Instant) {
    while let Some(next) = play.next_due().filter(|due| *due < until) {
        play.set_now(next);
        play.moment().expect("nothing stops it");
    }
}

fn begun(office: &Office, path: &Path, now: Instant) -> Play {
    let mailboxes: Vec<_> = world::play::MAILBOXES.into_iter().map(zhibao::mailbox::MemoryMailbox::new).collect();
    let outbox = zhibao::transport::MemoryTransport::new("outbox");
    Play::started(office, path.to_owned(), mailboxes, outbox.clone(), vec![Box::new(outbox)], None, now).expect("it opens")
}

#[test]
fn the_record_takes_no_change_and_no_deletion() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("zhibao.db");
    // The one handle of such a store locks it for itself.
    drop(morning(&Office::plain(), &path));
    let db = Connection::open(&path).expect("it opens");
    for sql in ["UPDATE record SET by = 'nobody'", "DELETE FROM record", "UPDATE record SET data = '{}' WHERE seq = 1"] {
        let refused = db.execute(sql, []).expect_err(sql);
        assert!(refused.to_string().contains("the record is append-only"), "{sql}: {refused}");
    }
    drop(db);
    let store = Store::open(&path, Durability::None).expect("it opens");
    assert_eq!(read(&store, |books| books.record_broken_at()), None);
}

#[test]
fn a_record_that_was_tampered_with_shows_where() {
    let changes = [
        ("UPDATE record SET by = 'chief@yunzhou.example' WHERE seq = 3", 3),
        ("UPDATE record SET at = at - 3600 WHERE seq = 2", 2),
        ("UPDATE record SET obligation = 77 WHERE seq = 4", 4),
        ("DELETE FROM record WHERE seq = 2", 3),
        ("UPDATE record SET data = replace(data, 'late', 'open') WHERE seq = (SELECT min(seq) FROM record WHERE what = 'verdict')", 0),
    ];
    for (sql, broken_at) in changes {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("zhibao.db");
        drop(morning(&Office::plain(), &path));
        let db = Connection::open(&path).expect("it opens");
        let triggers = "DROP TRIGGER record_is_append_only_update; DROP TRIGGER record_is_append_only_delete";
        db.execute_batch(triggers).expect("a tamperer may do anything");
        let verdict =
            db.query_row("SELECT min(seq) FROM record WHERE what = 'verdict'", [], |row| row.get::<_, i64>(0)).expect("a verdict");
        assert_eq!(db.execute(sql, []).expect("a tamperer may do anything"), 1, "{sql}");
        let store = Store::open(&path, Durability::None).expect("it opens");
        let wanted = if broken_at == 0 { verdict } else { broken_at };
        assert_eq!(read(&store, |books| books.record_broken_at()), Some(wanted), "{sql}");
    }
}

#[test]
fn a_second_daemon_is_refused_in_a_clear_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("zhibao.db");
    let first = Store::lock(&path).expect("nobody else is there");
    let refused = Store::lock(&path).expect_err("one alone");
    assert!(matches!(refused, StoreError::Locked { .. }), "{refused:?}");
    let said = refused.to_string();
    assert!(
        said.contains("another zhibao already runs on the store") && said.contains("zhibao.db") && said.contains("stop that one first"),
        "{said}"
    );
    drop(first);
    Store::lock(&path).expect("the first has let go of it");
}

#[test]
fn a_store_that_cannot_be_opened_says_which_and_what_would_help() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("nowhere/zhibao.db");
    let said = Store::open(&missing, Durability::None).err().expect("there is no folder").to_string();
    assert!(said.contains("nowhere/zhibao.db") && said.contains("Is its folder there"), "{said}");
    let text = folder.path().join("text.db");
    std::fs::write(&text, "this is no database, but somebody's notes. ".repeat(50)).expect("written");
    let said = Store::open(&text, Durability::None).err().expect("it is no database").to_string();
    assert!(said.contains("text.db") && said.contains("not a database"), "{said}");
}

#[test]
fn a_store_in_memory_leaves_no_file() {
    let store = Store::open(std::path::Path::new(":memory:"), Durability::None).expect("it opens");
    assert!(read(&store, |books| books.failing()).is_empty());
    assert!(!std::path::Path::new(":memory:").exists());
}

#[test]
fn a_gathered_step_that_fails_is_undone_alone_where_its_caller_goes_on_and_else_with_all_that_was_gathered() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("zhibao.db");
    let store = Store::open(&path, Durability::None).expect("it opens").with_hook(Arc::new(|point, side| match (point, side) {
        (CommitPoint::Console, Side::Before) => Err(StoreError::Injected(point)),
        _ => Ok(()),
    }));
    let fail = |name: &'static str| move |books: &zhibao::store::Books<'_>| books.transport_failed(name, "down", at(1), at(0));
    store.gather().expect("it begins");
    store.write(CommitPoint::Sent, fail("kept")).expect("written");
    store.write_apart(CommitPoint::Console, fail("undone")).expect_err("the hook stops it");
    store.write(CommitPoint::Sent, fail("kept as well")).expect("it goes on");
    store.commit_gathered().expect("committed");
    store.gather().expect("it begins");
    store.write(CommitPoint::Sent, fail("gone")).expect("written");
    store.write(CommitPoint::Console, fail("undone")).expect_err("the hook stops it");
    // Whoever believes that the first of these is on record gets no further.
    let refused = [store.write(CommitPoint::Sent, fail("later")), store.gather(), store.commit_gathered()];
    assert!(refused.iter().all(|refused| matches!(refused, Err(StoreError::Undone))), "{refused:?}");
    drop(store);
    let store = Store::open(&path, Durability::None).expect("it opens");
    let failing: Vec<String> = read(&store, |books| books.failing()).into_iter().map(|each| each.transport).collect();
    assert_eq!(failing, ["kept", "kept as well"]);
}
