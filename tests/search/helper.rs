//! The process that reads files hangs, dies, or talks nonsense: the file is left unread, and the next one is read.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use zhibao::archive::helper::Helper;
use zhibao::domain::attached::Lack;

use crate::archive::docx;

fn script(folder: &tempfile::TempDir, does: &str) -> PathBuf {
    let path = folder.path().join("reader");
    std::fs::write(&path, format!("#!/bin/sh\n{does}\n")).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("it may be run");
    path
}

#[test]
fn whatever_becomes_of_the_process_the_file_is_left_unread_in_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let document = docx(&["透水"]);
    for (does, lack) in [
        ("sleep 60", Lack::TookTooLong),
        ("exit 3", Lack::Damaged),
        ("kill -ABRT $$", Lack::TooLarge),
        ("kill -XCPU $$", Lack::TookTooLong),
        ("kill -SEGV $$", Lack::Damaged),
        ("echo nonsense; sleep 60", Lack::Damaged),
        ("echo '[{\"name\":1}]'; sleep 60", Lack::Damaged),
    ] {
        let helper = Helper::by(Some(script(&folder, does))).patient_for(Duration::from_millis(500));
        let begun = Instant::now();
        let read = helper.read("a.docx", "", &document);
        assert_eq!((read.len(), read[0].name.as_str(), read[0].lacks), (1, "a.docx", Some(lack)), "{does}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{does} took {:?}", begun.elapsed());
        // What needs no process is read all the same.
        assert_eq!(helper.read("b.txt", "text/plain", "正文".as_bytes())[0].text, "正文");
    }
    let nowhere = Helper::by(Some(folder.path().join("nowhere")));
    assert_eq!(nowhere.read("a.docx", "", &document)[0].lacks, Some(Lack::NoReader));
}

#[test]
fn one_process_reads_many_files_and_a_new_one_begins_after_a_rest() {
    let helper = Helper::by(Some(env!("CARGO_BIN_EXE_zhibao").into()));
    for nth in 0..20 {
        let text = format!("第{nth}份");
        assert_eq!(helper.read("a.docx", "", &docx(&[&text]))[0].text, format!("{text}\n"));
        if nth % 7 == 0 {
            helper.rest();
        }
    }
}
