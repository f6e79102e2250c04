//! Loss of power: the files as they lie on the disk at some instant, the end of the log torn.

use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use zhibao::steps::verify::verify;
use zhibao::store::{Durability, Store};

use super::office::Office;

/// Opened after the power is back: whole, and with so many messages.
fn reopened(folder: &Path, what: &str) -> u64 {
    let store = Store::open(&folder.join("zhibao.db"), Durability::Full).unwrap_or_else(|error| panic!("{what}: {error}"));
    let seen = verify(&store, &mut |_, _| {}).expect("it can be verified");
    assert!(seen.sound(), "{what}: {:?}", seen.findings);
    store.read(|books| books.summary()).expect("readable").messages
}

#[test]
fn the_files_of_any_instant_open_whole_and_a_torn_end_of_the_log_costs_only_what_nobody_was_told() {
    let office = Office::new();
    let mut child = office.start(Command::new(env!("CARGO_BIN_EXE_zhibao")));
    let signal = |name: &str| assert!(Command::new("kill").args([name, &child.id().to_string()]).status().expect("kill runs").success());
    let (mut instants, mut torn, mut partial) = (0, 0, 0);
    for nth in 0..60_u64 {
        // Stopped, both files are of one instant.
        signal("-STOP");
        let done = office.is_done();
        let told = office.said().len();
        let folder = tempfile::tempdir().expect("a folder");
        for ending in ["", "-wal"] {
            let name = format!("zhibao.db{ending}");
            let _ = fs::copy(office.path(&name), folder.path().join(&name));
        }
        signal("-CONT");
        let wal = folder.path().join("zhibao.db-wal");
        if wal.exists() {
            instants += 1;
            let (length, whole) = (fs::metadata(&wal).expect("a log").len(), tempfile::tempdir().expect("a folder"));
            for name in ["zhibao.db", "zhibao.db-wal"] {
                fs::copy(folder.path().join(name), whole.path().join(name)).expect("copied");
            }
            let messages = reopened(whole.path(), &format!("instant {nth}"));
            partial += u64::from(messages > 0 && !done);
            assert!(told == 0 || messages > 0, "instant {nth}: {told} letters have arrived, and no mail is on record");
            // A page that was on its way: the log is cut in it, or it holds something else.
            let at = length.saturating_sub(1 + nth * 977 % 9000);
            let mut log = OpenOptions::new().write(true).open(&wal).expect("a log");
            if nth % 2 == 0 {
                log.set_len(at).expect("cut");
            } else {
                log.seek(SeekFrom::Start(at.saturating_sub(512))).expect("a place");
                log.write_all(&[0xa5; 512]).expect("written");
            }
            drop(log);
            assert!(reopened(folder.path(), &format!("instant {nth}, torn at {at} of {length}")) <= messages);
            torn += 1;
        }
        if done {
            break;
        }
        std::thread::sleep(Duration::from_millis(8));
    }
    office.terminate(child.id());
    child.wait().expect("it ends");
    println!("{instants} instants, {partial} of them in the midst of work, {torn} with a torn end");
    assert!(instants > 3 && partial > 0, "{instants} instants, {partial} in the midst of work");
}
