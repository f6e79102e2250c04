//! A mail of 40 MB passes through the daemon, and how much memory that takes.

use std::time::Duration;

use data_encoding::BASE64;

use super::mails::{OFFICE, reporter};
use super::office::{Office, Setting};
use super::servers::dovecot::{Dovecot, Options};
use super::servers::{Dice, until};
use super::{RESIDENT_KIB, hold_to_memory, megabytes};

const BYTES: usize = 40_000_000;

/// Several at once: the index reads one while another is filed and a third is fetched. 150 MB.
const WORST_KIB: u64 = 150_000_000 / 1024;

/// A mail of 40 MB that consists of what stands in `part`, a line of 76 characters at a time.
fn large(number: usize, head: &str, part: impl Fn(&mut Dice) -> String, encoded: bool) -> Vec<u8> {
    let mut raw = format!(
        "From: {}\r\nTo: {OFFICE}\r\nSubject: Large {number}\r\nMessage-ID: <large{number}@b.example>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee the file {number}.\r\n--b\r\n{head}\r\n\r\n",
        reporter(0, 0)
    )
    .into_bytes();
    let mut dice = Dice::new(number as u64);
    while raw.len() < BYTES {
        let text = part(&mut dice);
        raw.extend(if encoded { BASE64.encode(text.as_bytes()) } else { text }.as_bytes());
        raw.extend(b"\r\n");
    }
    raw.extend(b"--b--\r\n");
    raw
}

fn noise(dice: &mut Dice) -> String {
    (0..57).map(|_| char::from(32 + dice.roll(90) as u8)).collect()
}

#[test]
fn a_mail_of_40_megabytes_passes_in_less_than_100_megabytes_of_memory() {
    let dovecot = Dovecot::start(Options::default());
    let account = format!(
        "host = \"localhost\"\nport = {}\ntls = \"implicit\"\nusername = \"office\"\npassword_file = \"password\"\nca_file = \"{}\"",
        dovecot.tls_port,
        dovecot.ca_file().display()
    );
    let mut office = Office::new(&Setting { units: 20, account, transport: "kind = \"file\"\npath = \"outbox\"".to_owned(), rules: "" });
    office.start();
    let letters = |office: &Office| std::fs::read_dir(office.path().join("outbox")).map_or(0, |files| files.count());
    until("it runs", Duration::from_secs(60), || office.log().contains("connected"));
    office.look();
    println!("before: resident {:.1} MB", megabytes(office.resident_kib()));
    let file = |kind: &str, name: &str| {
        format!("Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename={name}")
    };
    let sorts = [
        ("a picture", large(1, &file("image/jpeg", "a.jpg"), noise, true)),
        ("a text file", large(2, &file("text/plain", "a.txt"), noise, true)),
        ("a workbook", large(3, &file("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "a.xlsx"), noise, true)),
        ("a second text", large(4, "Content-Type: text/plain; charset=utf-8", noise, false)),
        ("a web page", large(5, "Content-Type: text/html; charset=gb18030", |dice| format!("<p>{}</p>", noise(dice)), false)),
        ("a forwarded mail", large(6, "Content-Type: message/rfc822\r\n\r\nFrom: a@b.example\r\nSubject: inner", noise, false)),
    ];
    for (nth, (sort, raw)) in sorts.iter().enumerate() {
        office.rest();
        dovecot.deliver("office", &format!("{}.M{nth:06}.test", 1_046_649_600 + nth), raw);
        until(&format!("{sort}: a receipt"), Duration::from_secs(120), || {
            office.look();
            letters(&office) > nth
        });
        until("it is out of the way", Duration::from_secs(60), || dovecot.count("office", "") == 0);
        office.look();
        println!(
            "{sort}, {:.1} MB: resident at most {:.1} MB, {:.1} MB after it; its helper at most {:.1} MB",
            raw.len() as f64 / 1e6,
            megabytes(office.peak_kib),
            megabytes(office.resident_kib()),
            megabytes(office.helper_peak_kib)
        );
        hold_to_memory(&office, RESIDENT_KIB);
    }
    // All at once: the index reads one while another is filed and a third is fetched.
    office.rest();
    for (nth, (_, raw)) in sorts.iter().enumerate() {
        let other =
            String::from_utf8_lossy(raw).replacen("Message-ID: <large", "Message-ID: <another", 1).replacen("See the file", "See file", 1);
        dovecot.deliver("office", &format!("{}.N{nth:06}.test", 1_046_649_700 + nth), other.as_bytes());
    }
    until("all are answered", Duration::from_secs(300), || {
        office.look();
        letters(&office) >= 2 * sorts.len()
    });
    println!("all of them at once: resident at most {:.1} MB", megabytes(office.peak_kib));
    hold_to_memory(&office, WORST_KIB);
    office.end();
}
