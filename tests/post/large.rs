//! A mail of 40 MB through real servers.

use std::fs;

use super::servers::until;
use super::town::{Office, Plan, SOON, Town, mail};

const NETWORK: &str = "[[unit]]\nid = \"xiling\"\nname = \"西岭县\"\n[[unit.reporter]]\naddress = \"xiling@mail.example\"\n";

/// Megabytes that a process has held at most.
fn peak(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let kb: f64 = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok()).expect("a peak");
    kb / 1024.0
}

#[test]
fn a_mail_of_40_megabytes_passes_in_little_memory() {
    let town = Town::new(Plan { people: vec!["desk", "ops", "xiling"], ..Plan::default() });
    let mut office = Office::new(&town, "office", NETWORK, "");
    office.start();
    town.post("xiling@mail.example", "office@mail.example", &mail("xiling", "小件", "一切正常。"));
    until("a small one is answered", SOON, || town.told("xiling", "receipt") == 1);
    let before = peak(office.pid());
    let line = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9\n";
    let attached = line.repeat(40 * 1024 * 1024 / (line.len() + 1));
    let letter = mail("xiling", "现场照片", "见附件。")
        .replace("text/plain; charset=utf-8", "multipart/mixed; boundary=\"b\"")
        .replace("\n\n见附件。\n", "\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n见附件。\n--b\nContent-Type: image/png; name=\"a.png\"\nContent-Transfer-Encoding: base64\n\n");
    assert!(letter.contains("a.png"));
    town.post("xiling@mail.example", "office@mail.example", &format!("{letter}{attached}\n--b--\n"));
    until("the large one is answered", SOON * 2, || town.told("xiling", "receipt") == 2);
    until("it is moved", SOON, || town.dovecot.count("office", "Filed") == 2);
    let after = peak(office.pid());
    println!(
        "resident at most: {before:.1} MB before, {after:.1} MB after a mail of {:.1} MB",
        (attached.len() + letter.len()) as f64 / 1048576.0
    );
    assert!(after < 100.0, "{after} MB");
    let filed = office.json(&["submission", "list"]);
    assert_eq!(filed.as_array().map(Vec::len), Some(2), "{filed}");
}
