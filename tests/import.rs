//! Import, by the built binary: mailbox files, Maildirs, folders; cut off and taken up again; repeated; with bad files among them.

mod archive;

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use archive::{Office, docx, mail};

fn message(nth: usize, words: &str) -> String {
    format!(
        "From: <archive{}@old.example>\nSubject: old {nth}\nDate: Mon, {} Feb 1999 10:00:00 +0800\nMessage-ID: <{nth}@old>\n\n{words}\n",
        nth % 7,
        nth % 28 + 1
    )
}

fn mbox(messages: impl Iterator<Item = String>) -> String {
    messages.map(|text| format!("From archive@old.example Mon Feb  1 10:00:00 1999\n{}\n", text.replace("\nFrom ", "\n>From "))).collect()
}

fn counts(done: &serde_json::Value) -> (u64, u64) {
    (done["imported"].as_u64().expect("a count"), done["known"].as_u64().expect("a count"))
}

#[test]
fn every_form_is_imported_searched_and_repeated_without_harm() {
    let office = Office::new();
    let root = office.path("old");
    for folder in ["Maildir/cur", "Maildir/new", "Maildir/tmp", "eml/2001", "Maildir/.Sent/cur", "Maildir/.Sent/new"] {
        fs::create_dir_all(root.join(folder)).expect("a folder");
    }
    let write = |name: &str, content: &[u8]| fs::write(root.join(name), content).expect("written");
    write("Maildir/cur/1.a:2,S", message(1, "督办一").as_bytes());
    write("Maildir/new/2.b", message(2, "督办二\nFrom here on").as_bytes());
    write("Maildir/tmp/3.c", message(3, "未投递").as_bytes());
    write("Maildir/.Sent/cur/4.d:2,S", message(4, "督办四").as_bytes());
    write("Maildir/dovecot-uidlist", b"3 V123 N4\n1 :1.a\n");
    write("eml/2001/five.eml", &mail("five@old.example", "old 5", "督办五", &[("a.docx", &docx(&["附件里的舆情"]))]));
    write("eml/notes.txt", "name: value\nno mail at all\n".as_bytes());
    write("box", mbox((6..9).map(|nth| message(nth, "督办\nFrom the text"))).as_bytes());
    write("crlf.mbox", mbox((9..11).map(|nth| message(nth, "督办"))).replace('\n', "\r\n").as_bytes());
    std::os::unix::fs::symlink("/etc/passwd", root.join("eml/link.eml")).expect("a link");

    let done = office.json(&["import", "old"]);
    assert_eq!(counts(&done), (9, 0), "{done}");
    assert_eq!(office.found(&["督办", "--limit", "50"]).len(), 9);
    assert_eq!(office.found(&["未投递"]).len(), 0);
    assert_eq!(office.found(&["舆情"]), ["old 5"]);
    let hit = &office.json(&["search", "督办一"])["results"][0];
    assert_eq!((hit["disposition"].as_str(), hit["at"].as_str()), (Some("imported"), Some("1999-02-02T02:00:00Z")));
    assert!(hit["imported_from"].as_str().is_some_and(|from| from.ends_with("Maildir/cur/1.a:2,S")), "{hit}");
    assert!(office.run(&["search", "督办一"]).contains("(imported)"));

    let again = office.json(&["import", "old", "old/box"]);
    assert_eq!(counts(&again), (0, 12), "{again}");
    let printed = office.run(&["import", "old/box"]);
    assert!(printed.contains("0 messages imported; 3 were there before"), "{printed}");

    // Nothing of it is owed, answered or counted.
    let status = office.json(&["status"]);
    assert_eq!(status["quarantined"], 0, "{status}");
    assert_eq!(office.json(&["submission", "list"]).as_array().map(Vec::len), Some(0));
    assert_eq!(office.notices("receipt").len() + office.notices("quarantined").len(), 0);
}

#[test]
fn mail_that_is_both_imported_and_delivered_is_found_once() {
    let mut office = Office::new();
    let raw = mail("donghe@office.example", "甲", "透水", &[]);
    fs::write(office.path("one.eml"), &raw).expect("written");
    assert_eq!(counts(&office.json(&["import", "one.eml"])), (1, 0));
    office.deliver(&raw);
    office.file_all();
    let found = office.json(&["search", "透水"]);
    assert_eq!(found["results"].as_array().map(Vec::len), Some(1), "{found}");
    assert_eq!(found["results"][0]["disposition"], "filed");
    assert_eq!(counts(&office.json(&["import", "one.eml"])), (0, 1));
}

#[test]
fn an_import_that_is_killed_goes_on_where_it_was() {
    let office = Office::new();
    let all = 6_000;
    fs::write(office.path("big.mbox"), mbox((0..all).map(|nth| message(nth, &format!("督办 w{nth} {}", "内容。".repeat(200))))))
        .expect("written");
    let mut killed = 0;
    let on_record = |office: &Office| {
        let db =
            rusqlite::Connection::open_with_flags(office.path("zhibao.db"), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).expect("a store");
        db.query_row("SELECT count(*) FROM archived", [], |row| row.get::<_, i64>(0)).unwrap_or(0)
    };
    for until in [500, 2_000, 3_500] {
        let mut child = office.command(&["import", "big.mbox"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        let begun = Instant::now();
        while on_record(&office) < until && child.try_wait().expect("it can be asked").is_none() {
            assert!(begun.elapsed() < Duration::from_secs(60), "it comes to {until}");
            std::thread::sleep(Duration::from_millis(5));
        }
        killed += i32::from(child.try_wait().expect("it can be asked").is_none());
        child.kill().expect("kill -9");
        child.wait().expect("it is gone");
    }
    assert_eq!(killed, 3, "it was cut off in the middle each time");
    let before = on_record(&office);
    assert!(before < all as i64, "{before}");
    let done = office.json(&["import", "big.mbox"]);
    assert_eq!(done["resumed"], true, "{done}");
    assert_eq!(done["imported"].as_i64(), Some(all as i64 - before), "{done}");
    assert_eq!(done["known"].as_u64(), Some(0), "it did not begin at the beginning: {done}");
    assert_eq!(on_record(&office), all as i64);
    for nth in [0, 1, 777, 3_210, all - 1] {
        assert_eq!(office.found(&[&format!("w{nth}")]), [format!("old {nth}")]);
    }
    // What the last kill left between the store and the index is in, too.
    let db = rusqlite::Connection::open(office.path("zhibao.search")).expect("an index");
    let indexed: i64 = db.query_row("SELECT count(*) FROM document", [], |row| row.get(0)).expect("a count");
    assert_eq!(indexed, all as i64);
    assert_eq!(office.json(&["import", "big.mbox"])["resumed"], false);
}

#[test]
fn one_bad_message_stops_nothing_and_is_told() {
    let office = Office::new();
    let root = office.path("old/cur");
    fs::create_dir_all(&root).expect("a folder");
    fs::create_dir_all(office.path("old/new")).expect("a folder");
    fs::write(root.join("1"), message(1, "督办")).expect("written");
    fs::write(root.join("2"), b"\0\xff\xfe nothing that is mail \0").expect("written");
    fs::write(root.join("3"), b"").expect("written");
    fs::write(root.join("4"), vec![b'x'; 60 << 20]).expect("written");
    fs::write(root.join("5"), message(5, "督办")).expect("written");
    let done = office.json(&["import", "old"]);
    assert_eq!(counts(&done), (3, 0), "{done}");
    assert_eq!((done["unreadable"].as_u64(), done["empty"].as_u64(), done["too_large"].as_u64()), (Some(1), Some(1), Some(1)), "{done}");
    assert_eq!(office.found(&["督办"]).len(), 2);
    let printed = office.run(&["import", "old"]);
    assert!(printed.contains("1 message had more than 50 MB and was left out"), "{printed}");
}

#[test]
fn what_cannot_be_imported_is_said_in_a_sentence() {
    let office = Office::new();
    fs::write(office.path("notes.txt"), "no mail\n").expect("written");
    let (code, said) = office.refused(&["import", "nowhere"]);
    assert_eq!(code, 1);
    assert!(said.contains("nowhere cannot be read") && said.contains("Check the path"), "{said}");
    let (_, said) = office.refused(&["import", "notes.txt"]);
    assert!(said.contains("neither a message nor a mailbox file"), "{said}");
    let done = office.command(&["import", "notes.txt"]).output().expect("it runs");
    assert_eq!(archive::text(&done.stderr).lines().count(), 1, "no progress bar in a pipe");
}

#[test]
fn a_long_mailbox_is_not_held_in_memory() {
    let office = Office::new();
    let one = message(1, &"字".repeat(30_000));
    let mut file = fs::File::create(office.path("long.mbox")).expect("a file");
    for nth in 0..1_200 {
        use std::io::Write as _;
        write!(file, "From a@b Mon Feb  1 10:00:00 1999\n{}{nth}\n\n", one).expect("written");
    }
    drop(file);
    let size = fs::metadata(office.path("long.mbox")).expect("a file").len() >> 10;
    let mut child = office.command(&["import", "long.mbox"]).stdout(Stdio::null()).spawn().expect("it starts");
    let mut peak = 0;
    while child.try_wait().expect("it can be asked").is_none() {
        peak = peak.max(resident_peak_kib(child.id()));
        std::thread::sleep(Duration::from_millis(10));
    }
    println!("a mailbox of {size} KiB took {peak} KiB");
    assert!(peak > 0 && peak < 90 * 1024 && peak < size, "{peak} KiB for {size} KiB");
    assert!(Path::new(&office.path("zhibao.search")).exists());
}

fn resident_peak_kib(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0)
}
