//! Every message of the corpora through the office: one disposition each, in little time and memory.

use std::fs;
use std::process::Command;

use zhibao::steps::reading::Reading;

use super::world::look::read;
use super::world::office::Office;
use super::world::play::Play;
use super::world::{self};
use super::{corpora, messages};

/// More than a message may take beside what was there before it.
const MEMORY_KIB: u64 = 64 << 10;

#[test]
fn every_message_ends_in_one_disposition() {
    let Some(folder) = corpora() else { return };
    let mut play = Play::new(&Office::without_repeats());
    let files = messages(&folder);
    for (n, path) in files.iter().enumerate() {
        play.mailboxes[0].put(format!("{n:06}"), world::at(0), fs::read(path).expect("a readable message"));
    }
    play.moment().expect("nothing fails for good");
    let summary = read(&play.world.store, |books| books.summary());
    println!("dispositions of {} files: {:?}", files.len(), summary.dispositions);
    assert_eq!(summary.messages, files.len() as u64);
    assert_eq!(summary.dispositions.values().sum::<u64>(), files.len() as u64, "each has one");
    assert_eq!(read(&play.world.store, |books| books.waiting_count()), 0);
    assert_eq!(summary.notices.get("receipt"), None, "nobody in the corpora is on the roster");
}

/// A kernel that keeps no high-water mark (or a system without /proc) cannot be asked.
fn status(field: &str) -> Option<u64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find(|line| line.starts_with(field))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Run in a process of its own by the test below.
#[test]
fn reading_in_a_process_of_its_own() {
    if std::env::var_os("ZHIBAO_CORPORA_ALONE").is_none() {
        return;
    }
    let Some(folder) = corpora() else { return };
    let mut most = (0, String::new());
    for path in messages(&folder) {
        let raw = fs::read(&path).expect("a readable message");
        // 5: forget the high-water mark of the resident set.
        if fs::write("/proc/self/clear_refs", "5").is_err() {
            break;
        }
        let before = status("VmRSS:").unwrap_or(0);
        let reading = Reading::of(&raw, &[], world::at(0), chrono_tz::Asia::Shanghai);
        let took = status("VmHWM:").unwrap_or(0).saturating_sub(before);
        drop(reading);
        if took > most.0 {
            most = (took, path.display().to_string());
        }
    }
    println!("most memory: {} KiB {}", most.0, most.1);
}

#[test]
fn no_message_takes_much_memory() {
    if corpora().is_none() {
        return;
    }
    let alone = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "ends::reading_in_a_process_of_its_own", "--nocapture", "--test-threads=1"])
        .env("ZHIBAO_CORPORA_ALONE", "1")
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&alone.stdout).into_owned();
    assert!(alone.status.success(), "{said}{}", String::from_utf8_lossy(&alone.stderr));
    let line = said.lines().find(|line| line.contains("most memory: ")).unwrap_or_else(|| panic!("it said nothing: {said}"));
    println!("{line}");
    let figure = line.split("most memory: ").nth(1).and_then(|rest| rest.split_whitespace().next()).and_then(|kib| kib.parse::<u64>().ok());
    let figure = figure.unwrap_or_else(|| panic!("no figure: {line}"));
    assert!(figure > 0 || fs::write("/proc/self/clear_refs", "5").is_err(), "nothing was measured");
    assert!(figure <= MEMORY_KIB, "{line}");
}
