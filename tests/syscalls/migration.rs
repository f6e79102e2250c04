//! A store of the first version that is being brought to this one, and a process that dies at any of its writes.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use zhibao::steps::verify::verify;
use zhibao::store::{Durability, Store};

use super::office::Office;

/// Writes at which it dies, from the first on; after the last it is through.
const WRITES: [u32; 14] = [1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610];

#[test]
fn killed_at_any_write_of_a_migration_the_store_opens_and_is_brought_to_this_version() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/store-0001.sql");
    let fixture = std::fs::read_to_string(fixture).expect("it is among the sources");
    let (mut deaths, mut halfway) = (0, 0);
    for nth in WRITES {
        let office = Office::new();
        let path = office.path("zhibao.db");
        Connection::open(&path).expect("it opens").execute_batch(&fixture).expect("it was a store");
        let old = version(&path);
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=pwrite64", "-e"]);
        command.arg(format!("inject=pwrite64:signal=KILL:when={nth}")).arg("--").arg(env!("CARGO_BIN_EXE_zhibao"));
        let mut child = office.start(command);
        let begun = Instant::now();
        let ended = loop {
            if let Some(status) = child.try_wait().expect("a look") {
                break status;
            }
            if office.log().contains("running") || begun.elapsed() > Duration::from_secs(30) {
                office.terminate(child.id());
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        deaths += u32::from(!ended.success());
        // The version is written with what it stands for: whatever it says, the store is of that version and no other.
        let left = version(&path);
        halfway += u32::from(left < newest());
        assert!((old..=newest()).contains(&left), "write {nth}: version {left}");
        let store = Store::open(&path, Durability::Full).unwrap_or_else(|error| panic!("write {nth}: {error}"));
        let seen = verify(&store, &mut |_, _| {}).expect("it can be verified");
        assert!(seen.sound(), "write {nth}: {:?}", seen.findings);
        let summary = store.read(|books| books.summary()).expect("readable");
        assert!(summary.messages >= 3 && summary.events >= 1, "write {nth}: {summary:?}");
        drop(store);
        assert_eq!(version(&path), newest());
    }
    println!("{deaths} deaths, {halfway} of them before the store was of this version");
    assert!(halfway > 3 && deaths >= halfway, "{deaths} deaths, {halfway} in a migration");
}

fn version(path: &Path) -> i64 {
    let db = Connection::open(path).expect("it opens");
    db.query_row("PRAGMA user_version", [], |row| row.get(0)).expect("a number")
}

fn newest() -> i64 {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("new.db");
    drop(Store::open(&path, Durability::None).expect("it opens"));
    version(&path)
}
