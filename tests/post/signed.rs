//! What the daemon signs, seen by another verifier after a real relay; and an account whose mail the daemon checks itself.

use std::fs;
use std::process::{Command, Output};

use super::dns::Dns;
use super::servers::until;
use super::signers::{Key, Manner, USUAL, through};
use super::town::{Office, Plan, SOON, Town, mail};

const NETWORK: &str =
    "[[unit]]\nid = \"xiling\"\nname = \"西岭县\"\n[[unit.reporter]]\nname = \"李明\"\naddress = \"xiling@mail.example\"\n";

const DKIMPY: &str = "import dkim, sys\nrecord = sys.argv[1].encode()\n\
    print(dkim.verify(sys.stdin.buffer.read(), dnsfunc=lambda name, timeout=5: record if name == b'k1._domainkey.mail.example.' else b''))";

fn openssl(words: &[&str]) -> Output {
    let done = Command::new("openssl").args(words).output().expect("openssl is installed");
    assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
    done
}

#[test]
fn another_verifier_believes_what_the_daemon_signs_after_a_real_relay() {
    let town = Town::new(Plan { people: vec!["desk", "ops", "xiling"], ..Plan::default() });
    let mut office = Office::new(&town, "office", NETWORK, "[dkim]\nselector = \"k1\"\nkey_file = \"dkim.pem\"\n");
    let key = office.folder.path().join("dkim.pem").display().to_string();
    openssl(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", &key]);
    let public = openssl(&["pkey", "-in", &key, "-pubout", "-outform", "DER"]).stdout;
    let record = format!("v=DKIM1; k=rsa; p={}", data_encoding::BASE64.encode(&public));
    office.start();
    town.post("xiling@mail.example", "office@mail.example", &mail("xiling", "近期工作", "防汛物资已经清点完毕。"));
    until("a receipt", SOON, || town.told("xiling", "receipt") == 1);
    let raw = fs::read_dir(town.dovecot.maildir("xiling").join("new")).expect("a Maildir").flatten().next().expect("a mail");
    let raw = fs::read(raw.path()).expect("readable");
    let verify = |raw: &[u8]| {
        through("/usr/bin/python3", &["-c", DKIMPY, &record], raw).map(|said| String::from_utf8_lossy(&said).trim().to_owned())
    };
    assert_eq!(verify(&raw).as_deref(), Some("True"), "{}", String::from_utf8_lossy(&raw));
    let text = String::from_utf8_lossy(&raw);
    let forged = text.replacen("\nFrom: ", "\nFrom: =?utf-8?q?X?= ", 1);
    assert_eq!(verify(forged.as_bytes()).as_deref(), Some("False"), "and a changed one not");
}

#[test]
fn an_account_checked_here_files_what_is_signed_and_puts_the_rest_aside_with_its_reason() {
    let key = Key::new();
    let dns = Dns::of_txt(&[("k1._domainkey.mail.example", &key.record), ("_dmarc.mail.example", "v=DMARC1; p=reject")]);
    let town = Town::new(Plan { people: vec!["desk", "ops", "xiling"], ..Plan::default() });
    let resolver = format!("[resolver]\nservers = [\"{}\"]\n", dns.settings().servers[0]);
    let mut office = Office::new(&town, "office", NETWORK, &resolver).with("trust = \"mailbox\"", "trust = \"verify\"");
    office.start();
    let letter = |subject: &str, body: &str| mail("xiling", subject, body).replace('\n', "\r\n");
    let signed = key.sign(&letter("signed", "All is well."), Manner { domain: "mail.example", ..USUAL });
    let altered = key.sign(&letter("altered", "Nobody is hurt."), Manner { domain: "mail.example", ..USUAL }).replace("Nobody", "Somebody");
    let unsigned = letter("unsigned", "Believe me.");
    let forged_results =
        format!("Authentication-Results: mail.example; dkim=pass header.d=mail.example\r\n{}", letter("boasting", "Believe me too."));
    let imitates =
        letter("imitates", "It is I.").replace("From: xiling@mail.example", "From: \"xiling@mail.example\" <xiling@mai1.example>");
    let doubled = signed
        .replacen("From: xiling", "From: chief@mail.example\r\nFrom: xiling", 1)
        .replace("Message-ID: <", "Message-ID: <2")
        .replace("Subject: signed", "Subject: doubled");
    for raw in [&signed, &altered, &unsigned, &forged_results, &imitates, &doubled] {
        town.post("xiling@mail.example", "office@mail.example", raw);
    }
    let waiting = || office.json(&["quarantine", "list"]).as_array().expect("a list").clone();
    until("each has its end", SOON, || town.told("xiling", "receipt") == 1 && waiting().len() == 5);
    for entry in waiting() {
        println!("{}: {}", entry["subject"], entry["because"]);
        assert_ne!(entry["subject"], "signed");
        assert!(entry["because"].is_object() || entry["because"].is_string(), "{entry}");
    }
    let shown = office.done(&["--lang", "en", "quarantine", "list"]);
    println!("{}", String::from_utf8_lossy(&shown.stdout));
    assert_eq!(office.json(&["submission", "list"]).as_array().map(Vec::len), Some(1));
    until("the desk is told of each", SOON, || town.told("desk", "quarantined") >= 1);
    assert_eq!(town.told("xiling", "receipt"), 1, "who cannot prove himself is not answered");
}

#[test]
fn the_host_from_which_postfix_took_it_may_show_it() {
    let dns = Dns::of_txt(&[("mail.example", "v=spf1 ip4:127.0.0.1 -all"), ("evil.example", "v=spf1 ip4:127.0.0.1 -all")]);
    let town = Town::new(Plan { people: vec!["desk", "ops", "xiling"], ..Plan::default() });
    let resolver = format!("[resolver]\nservers = [\"{}\"]\n", dns.settings().servers[0]);
    let checked = "trust = \"verify\"\nboundary = [\"relay.example\"]";
    let mut office = Office::new(&town, "office", NETWORK, &resolver).with("trust = \"mailbox\"", checked);
    office.start();
    town.post("xiling@mail.example", "office@mail.example", &mail("xiling", "named", "All is well."));
    town.post("evil@evil.example", "office@mail.example", &mail("xiling", "forged", "Believe me."));
    one_is_filed_and_the_other_put_aside(&town, &office, "forged");
}

#[test]
fn what_postfix_wrote_on_top_is_believed_and_not_what_the_sender_wrote_below() {
    let wrote = "smtpd_sender_restrictions = check_sender_access inline:{ \
        { xiling@mail.example = PREPEND Authentication-Results: relay.example; dkim=pass header.d=mail.example }, \
        { evil@evil.example = PREPEND Authentication-Results: relay.example; dkim=none } }\n";
    let town = Town::new(Plan { people: vec!["desk", "ops", "xiling"], relay: wrote, ..Plan::default() });
    let believed = "trust = \"authserv\"\nauthserv_id = \"relay.example\"\nboundary = [\"mail.example\", \"relay.example\"]";
    let mut office = Office::new(&town, "office", NETWORK, "").with("trust = \"mailbox\"", believed);
    office.start();
    town.post("xiling@mail.example", "office@mail.example", &mail("xiling", "proved", "All is well."));
    let boast =
        format!("Authentication-Results: relay.example; dkim=pass header.d=mail.example\n{}", mail("xiling", "boasting", "Believe me."));
    town.post("evil@evil.example", "office@mail.example", &boast);
    one_is_filed_and_the_other_put_aside(&town, &office, "boasting");
}

fn one_is_filed_and_the_other_put_aside(town: &Town, office: &Office, aside: &str) {
    let waiting = || office.json(&["quarantine", "list"]).as_array().expect("a list").clone();
    until("each has its end", SOON, || town.told("xiling", "receipt") == 1 && waiting().len() == 1);
    println!("{}", waiting()[0]);
    assert_eq!((waiting()[0]["subject"].as_str(), waiting()[0]["because"]["reason"].as_str()), (Some(aside), Some("not-authentic")));
    assert_eq!(office.json(&["submission", "list"]).as_array().map(Vec::len), Some(1));
}
