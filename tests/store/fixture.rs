//! A store of every earlier version opens with this one.
//!
//! `tests/fixtures/store-NNNN.sql` is a store as the version with NNNN migrations left it, as text. When a migration has been
//! added, run `ZHIBAO_WRITE_FIXTURE=NNNN cargo test --test store write_a_fixture` once *before* it, and keep the older ones.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use zhibao::domain::message::Disposition;
use zhibao::domain::notice::NoticeKind;
use zhibao::domain::obligation::Cause;
use zhibao::domain::rules::{Rung, Stage, Verdict};
use zhibao::store::{Durability, Store};

use crate::world::at;
use crate::world::look::{obligations, of_kind, read, record};
use crate::world::office::Office;
use crate::{begun, run_until, second};

/// Letters are kept up to here: the rest of their bytes says nothing about the store.
const LETTER_BYTES: usize = 400;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

#[test]
fn write_a_fixture() {
    let Some(number) = std::env::var_os("ZHIBAO_WRITE_FIXTURE") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("zhibao.db");
    drop(second::morning(&path));
    let db = Connection::open(&path).expect("it opens");
    let file = fixtures().join(format!("store-{}.sql", number.to_string_lossy()));
    std::fs::write(file, dump(&db).expect("readable")).expect("written");
}

/// Schema, rows and version as SQL.
fn dump(db: &Connection) -> rusqlite::Result<String> {
    let version: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let mut text = format!("-- A store of version {version}; see tests/store/fixture.rs.\nPRAGMA foreign_keys = OFF;\nBEGIN;\n");
    let objects = |kinds: &str| -> rusqlite::Result<Vec<(String, String)>> {
        let sql = format!("SELECT name, sql FROM sqlite_master WHERE type IN ({kinds}) AND sql IS NOT NULL ORDER BY rowid");
        db.prepare(&sql)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
    };
    for (table, sql) in objects("'table'")? {
        let _ = writeln!(text, "{sql};");
        for row in rows(db, &table)? {
            let _ = writeln!(text, "INSERT INTO {table} VALUES ({row});");
        }
    }
    for (_, sql) in objects("'index', 'trigger'")? {
        let _ = writeln!(text, "{sql};");
    }
    let _ = write!(text, "PRAGMA user_version = {version};\nCOMMIT;\n");
    Ok(text)
}

fn rows(db: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let columns: Vec<String> = db
        .prepare(&format!("SELECT name FROM pragma_table_info('{table}')"))?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let value = |column: &String| match (table, column.as_str()) {
        ("letter", "bytes") => format!("quote(substr(bytes, 1, {LETTER_BYTES}))"),
        _ => format!("quote({column})"),
    };
    let values: Vec<String> = columns.iter().map(value).collect();
    let sql = format!("SELECT {} FROM {table}", values.join(" || ', ' || "));
    db.prepare(&sql)?.query_map([], |row| row.get(0))?.collect()
}

/// A store as a fixture has it.
pub fn opened(fixture: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("zhibao.db");
    let sql = std::fs::read_to_string(fixtures().join(fixture)).expect("it is among the sources");
    Connection::open(&path).expect("it opens").execute_batch(&sql).expect("it was a store");
    (folder, path)
}

#[test]
fn a_store_of_the_first_version_reads_back() {
    let (_folder, path) = opened("store-0001.sql");
    let store = Store::open(&path, Durability::Full).expect("it opens");
    let summary = read(&store, |books| books.summary());
    assert_eq!((summary.messages, summary.events), (3, 1));
    let dispositions = [Disposition::Filed, Disposition::Command, Disposition::Quarantined].map(|d| summary.dispositions[&d]);
    assert_eq!(dispositions, [1, 1, 1]);
    let first = obligations(&store).into_iter().next().expect("what was owed first");
    assert!(matches!(first.cause, Cause::Event { stage: Stage::First, ordinal: 1, .. }));
    assert_eq!((first.unit.as_str(), first.due, first.verdict), ("xiling", at(120), Verdict::Late));
    assert_eq!(first.filed.as_ref().map(|filing| filing.at), Some(at(150)));
    assert_eq!(first.climb.rung, Some(Rung::Late));
    let changes: Vec<String> = record(&store, first.id).into_iter().filter(|line| line.what == "verdict").map(|line| line.by).collect();
    assert_eq!(changes, ["rules", "rules"]);
    let late = of_kind(&store, NoticeKind::Late);
    assert_eq!(late.len(), 1);
    assert_eq!((late[0].0.at, late[0].0.obligation), (at(120), Some(first.id)));
    assert_eq!(late[0].1, ["chief@yunzhou.example", "xiling-a@yunzhou.example"]);
    assert_eq!(read(&store, |books| books.record_broken_at()), None);
}

#[test]
fn a_store_of_the_first_version_is_sound_and_goes_on() {
    let (_folder, path) = opened("store-0001.sql");
    sound_and_goes_on(&Office::plain(), &path);
}

/// Twenty days later everything has ended, and nothing is broken.
pub fn sound_and_goes_on(office: &Office, path: &Path) {
    let mut play = begun(office, path, at(200));
    play.moment().expect("nothing stops it");
    run_until(&mut play, at(20 * 24 * 60));
    assert!(obligations(&play.world.store).iter().all(|obligation| obligation.verdict != Verdict::Open));
    assert_eq!(read(&play.world.store, |books| books.record_broken_at()), None);
    // The one handle of such a store locks it for itself.
    drop(play);
    let db = Connection::open(path).expect("it opens");
    let sound: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("checked");
    assert_eq!(sound, "ok");
    let strays: i64 = db.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0)).expect("checked");
    assert_eq!(strays, 0);
}

/// Every fixture comes to the schema of this version, with its reports: a migration that was changed after its release would show here.
#[test]
fn every_fixture_comes_to_the_schema_of_this_version() {
    let schema = |path: &Path| -> Vec<String> {
        let db = Connection::open(path).expect("it opens");
        let mut all = db.prepare("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name").expect("readable");
        all.query_map([], |row| row.get(0)).expect("readable").collect::<Result<_, _>>().expect("readable")
    };
    let fresh = tempfile::tempdir().expect("a folder");
    let path = fresh.path().join("zhibao.db");
    drop(Store::open(&path, Durability::None).expect("it opens"));
    let kept =
        std::fs::read_dir(fixtures()).expect("a folder").map(|file| file.expect("a file").file_name().into_string().expect("a name"));
    let kept: Vec<String> = kept.filter(|name| name.starts_with("store-")).collect();
    assert!(!kept.is_empty());
    for name in kept {
        let (_folder, old) = opened(&name);
        let filed = || -> (i64, i64) {
            let sql = "SELECT (SELECT count(*) FROM delivery WHERE disposition = 'filed'), (SELECT count(*) FROM submission)";
            let db = Connection::open(&old).expect("it opens");
            db.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).expect("counted")
        };
        let before = filed();
        assert!(before > (0, 0), "{name}");
        drop(Store::open(&old, Durability::None).expect("it opens"));
        assert_eq!(filed(), before, "{name}");
        assert_eq!(schema(&old), schema(&path), "{name}");
    }
}
