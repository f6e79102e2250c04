//! Signed mail: what is authentic, and everything that a forger may do to it.

use chrono::{DateTime, TimeDelta, Utc};
use mail_auth::arc::ArcSealer;
use mail_auth::common::headers::HeaderWriter;
use mail_auth::dkim::Canonicalization;
use mail_auth::{ArcOutput, AuthenticatedMessage, AuthenticationResults, DmarcOutput, DmarcResult};
use zhibao::domain::authentic::{Authentication, Doubt, Evidence, Finding, Outcome, Proof, ResolverSettings, Trust};
use zhibao::mail::authenticate::{Authenticator, Question};

use super::dns::{Data, Dns};
use super::signers::{Key, Manner, USUAL, rsa_key, through};

const LETTER: &str = "From: \"Yuxian\" <yuxian@yangquan.example>\r\nTo: office@city.example\r\nSubject: [FIRST] flood in the mine\r\n\
    Date: Mon, 06 Jun 2005 10:00:00 +0800\r\nMessage-ID: <1@yangquan.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
    Occurred: 2005-06-06 09:00\r\nThree are  trapped. \r\n\r\nMeasures: rescue is under way\r\n";

const KEY_NAME: &str = "k1._domainkey.yangquan.example";

fn verify() -> Trust {
    Trust::Verify { arc_sealers: vec!["lists.example".into()] }
}

fn checked_at(settings: &ResolverSettings, raw: &[u8], arrival: DateTime<Utc>) -> Authentication {
    let boundary = ["mx.city.example".to_owned()];
    let question = Question { raw, trust: &verify(), boundary: &boundary, arrival };
    Authenticator::new(settings).check(&question, |_| true)
}

fn checked(dns: &Dns, raw: impl AsRef<[u8]>) -> Authentication {
    checked_at(&dns.settings(), raw.as_ref(), Utc::now())
}

fn doubt(found: &Authentication) -> &Doubt {
    match &found.outcome {
        Outcome::NotAuthentic { why } => why,
        other => panic!("{other:?} on {:?}", found.evidence),
    }
}

fn finding(found: &Authentication) -> Finding {
    match doubt(found) {
        Doubt::BadSignature { finding, .. } => *finding,
        other => panic!("{other:?} on {:?}", found.evidence),
    }
}

fn by_dkim(found: &Authentication) -> bool {
    matches!(&found.outcome, Outcome::Authentic { by: Proof::Dkim { .. } })
}

fn world() -> (Key, Dns) {
    let key = Key::new();
    let dns = Dns::of_txt(&[(KEY_NAME, &key.record)]);
    (key, dns)
}

#[test]
fn a_signature_of_the_senders_domain_is_believed_whatever_ends_the_lines() {
    let (key, dns) = world();
    for canonicalization in [Canonicalization::Relaxed, Canonicalization::Simple] {
        let signed = key.sign(LETTER, Manner { canonicalization, ..USUAL });
        for raw in [signed.clone(), signed.replace("\r\n", "\n"), signed.replace("\r\n", "\r")] {
            let found = checked(&dns, &raw);
            assert_eq!(found.outcome, Outcome::Authentic { by: Proof::Dkim { domain: "yangquan.example".into() } }, "{:?}", found.evidence);
            assert_eq!(found.sender.map(|sender| sender.to_string()).as_deref(), Some("yuxian@yangquan.example"));
        }
    }
}

#[test]
fn what_was_changed_after_it_was_signed_is_not_believed() {
    let (key, dns) = world();
    let signed = key.sign(LETTER, USUAL);
    let changed = |from: &str, to: &str| {
        assert!(signed.contains(from), "{from}");
        finding(&checked(&dns, signed.replace(from, to)))
    };
    assert_eq!(changed("Three are", "Thirty are"), Finding::TextChanged);
    assert_eq!(changed("trapped. ", "trapped.\rSeverity: I"), Finding::TextChanged, "a line break slipped in by a lone CR");
    assert_eq!(changed("rescue is", "rescue\ris"), Finding::TextChanged);
    assert_eq!(changed("under way\r\n", "under way\r\nCasualties: none\r\n"), Finding::TextChanged);
    assert_eq!(changed("[FIRST] flood", "[FINAL] flood"), Finding::HeadersChanged);
    assert_eq!(changed("\"Yuxian\" <yuxian@", "\"Yuxian\" <pingding@"), Finding::HeadersChanged);
    let blanks_are_as_one = signed.replace("Three are  trapped. ", "Three are trapped.");
    assert!(by_dkim(&checked(&dns, blanks_are_as_one)), "which relaxed allows");
}

#[test]
fn a_signature_over_a_part_of_the_text_is_not_believed() {
    let (key, dns) = world();
    // mail-auth counts the bytes of the text as it stands, so it must be in canonical form.
    let letter = LETTER.replace("are  trapped. ", "are trapped.");
    let signed = key.sign(&letter, Manner { with_length: true, ..USUAL });
    assert!(signed.contains("l="), "{signed}");
    assert!(by_dkim(&checked(&dns, &signed)), "its length is that of the whole text");
    let found = checked(&dns, signed.clone() + "Casualties: none\r\n");
    assert_eq!(finding(&found), Finding::PartOfText);
    assert_eq!(finding(&checked(&dns, signed + "\r\n\r\nx")), Finding::PartOfText);
}

#[test]
fn a_signature_must_cover_sender_and_subject() {
    let (key, dns) = world();
    let without = |headers| finding(&checked(&dns, key.sign(LETTER, Manner { headers, ..USUAL })));
    assert_eq!(without(&["From", "To", "Date"]), Finding::SubjectNotSigned);
    assert_eq!(without(&["Subject", "To", "Date"]), Finding::SenderNotSigned);
}

#[test]
fn a_replayed_letter_with_a_header_put_before_is_not_believed() {
    let (key, dns) = world();
    let signed = key.sign(LETTER, USUAL);
    let two_senders = checked(&dns, format!("From: pingding@yangquan.example\r\n{signed}"));
    assert_eq!((two_senders.sender, two_senders.outcome), (None, Outcome::NotNeeded), "two senders are nobody's: quarantined as such");
    for (header, name) in
        [("Subject: [FINAL] all is well", "Subject"), ("Content-Type: text/html", "Content-Type"), ("In-Reply-To: <x@y>", "In-Reply-To")]
    {
        let twice = signed.replace("To: office", "In-Reply-To: <a@b>\r\nTo: office");
        let found = checked(&dns, format!("{header}\r\n{twice}"));
        assert_eq!(doubt(&found), &Doubt::Doubled { header: name.into() });
    }
    for line in ["no header at all", "  ", "级别: 特别重大", "From : pingding@yangquan.example"] {
        let found = checked(&dns, signed.replace("To: office", &format!("{line}\r\nTo: office")));
        assert!(matches!(doubt(&found), Doubt::Ambiguous { .. }), "{line}: {found:?}");
    }
}

#[test]
fn a_signature_must_have_held_when_the_mail_came_and_may_run_out_before_it_is_read() {
    let (key, dns) = world();
    let signed = key.sign(LETTER, Manner { lasts_seconds: 1, ..USUAL });
    let signed_at = Utc::now();
    assert_eq!(finding(&checked_at(&dns.settings(), signed.as_bytes(), signed_at + TimeDelta::hours(1))), Finding::Expired);
    std::thread::sleep(std::time::Duration::from_millis(2_100));
    assert!(by_dkim(&checked_at(&dns.settings(), signed.as_bytes(), signed_at - TimeDelta::seconds(2))));
}

#[test]
fn keys_that_are_gone_revoked_or_only_tried_out_show_nothing() {
    let key = Key::new();
    let signed = key.sign(LETTER, USUAL);
    let with = |record: &str| finding(&checked(&Dns::of_txt(&[(KEY_NAME, record)]), &signed));
    assert_eq!(finding(&checked(&Dns::of_txt(&[]), &signed)), Finding::NoKey);
    assert_eq!(with("v=DKIM1; k=ed25519; p="), Finding::NoKey);
    assert_eq!(with(&key.record.replacen("k=", "t=y; k=", 1)), Finding::TestKey);
    assert_eq!(with(&Key::new().record), Finding::HeadersChanged, "another's key");
}

#[test]
fn another_domains_signature_shows_nothing() {
    let (key, dns) = world();
    dns.put("k1._domainkey.elsewhere.example", Data::Txt(vec![key.record.clone().into_bytes()]));
    let found = checked(&dns, key.sign(LETTER, Manner { domain: "elsewhere.example", ..USUAL }));
    assert_eq!(doubt(&found), &Doubt::NotAligned { others: vec!["elsewhere.example".into()], domain: "yangquan.example".into() });
}

#[test]
fn how_near_a_related_domain_must_be_its_policy_says() {
    let key = Key::new();
    let signed_by = |signer: &str, author: &str, policy: Option<(&str, &str)>| {
        let dns = Dns::of_txt(&[(&format!("k1._domainkey.{signer}"), &key.record)]);
        policy.iter().for_each(|(name, text)| dns.put(name, Data::Txt(vec![text.as_bytes().to_vec()])));
        let letter = LETTER.replace("@yangquan.example>\r\nTo", &format!("@{author}>\r\nTo"));
        checked(&dns, key.sign(&letter, Manner { domain: signer, ..USUAL }))
    };
    let (parent, child) = ("yangquan.example", "mail.yangquan.example");
    assert!(by_dkim(&signed_by(parent, child, None)), "who is above vouches for what is below");
    assert!(matches!(doubt(&signed_by(child, parent, None)), Doubt::NotAligned { .. }), "not the other way round, unless a policy says so");
    let policy = |text| Some(("_dmarc.yangquan.example", text));
    assert!(by_dkim(&signed_by(child, parent, policy("v=DMARC1; p=none"))));
    assert!(by_dkim(&signed_by(child, parent, policy("v=DMARC1; p=reject; adkim=r"))));
    assert!(matches!(doubt(&signed_by(child, parent, policy("v=DMARC1; p=reject; adkim=s"))), Doubt::NotAligned { .. }));
    assert!(matches!(doubt(&signed_by(parent, child, policy("v=DMARC1; p=none; adkim=s"))), Doubt::NotAligned { .. }));
    assert!(by_dkim(&signed_by(parent, parent, policy("v=DMARC1; p=none; adkim=s"))));
}

#[test]
fn unsigned_mail_is_not_believed_whatever_the_policy() {
    for policy in ["none", "quarantine", "reject"] {
        let dns = Dns::of_txt(&[("_dmarc.yangquan.example", &format!("v=DMARC1; p={policy}"))]);
        let found = checked(&dns, LETTER);
        assert_eq!(doubt(&found), &Doubt::NothingVouches { domain: "yangquan.example".into() });
        let noted = Evidence::Dmarc { domain: "yangquan.example".into(), policy: Some(policy.into()), result: "fail".into() };
        assert_eq!(found.evidence, [noted]);
    }
}

#[test]
fn the_host_from_which_our_own_took_it_may_show_it() {
    let dns = Dns::of_txt(&[("yangquan.example", "v=spf1 ip4:192.0.2.7 -all")]);
    let sent = |way: &str| checked(&dns, format!("{way}{LETTER}"));
    let received = "Received: from [192.0.2.7] (out.yangquan.example [192.0.2.7]) by mx.city.example; Mon, 06 Jun 2005 10:00:00 +0800\r\n";
    let path = "Return-Path: <yuxian@yangquan.example>\r\n";
    let by_spf = Proof::Spf { domain: "yangquan.example".into(), client: "192.0.2.7".into() };
    assert_eq!(sent(&format!("{path}{received}")).outcome, Outcome::Authentic { by: by_spf });
    let from_elsewhere = received.replace("(out.yangquan.example [192.0.2.7])", "(unknown [192.0.2.8])");
    let wrong = Doubt::WrongHost { domain: "yangquan.example".into(), client: "192.0.2.8".into() };
    assert_eq!(doubt(&sent(&format!("{path}{from_elsewhere}"))), &wrong, "what it calls itself does not count");
    let nothing = Doubt::NothingVouches { domain: "yangquan.example".into() };
    assert_eq!(doubt(&sent(&format!("{received}{path}"))), &nothing, "the sender may have written what is below our mark");
    assert_eq!(doubt(&sent(&format!("{path}{}", received.replace("by mx.city", "by mx.evil")))), &nothing);
    assert_eq!(doubt(&sent(&format!("Return-Path: <x@evil.example>\r\n{received}"))), &nothing, "another's envelope");
    let relayed = format!("{path}{}{received}", from_elsewhere.replace("192.0.2.8", "192.0.2.9"));
    assert!(matches!(doubt(&sent(&relayed)), Doubt::WrongHost { client, .. } if client == "192.0.2.9"), "the topmost mark counts");
}

#[test]
fn the_dns_that_does_not_answer_is_no_verdict() {
    let (key, dns) = world();
    let signed = key.sign(LETTER, USUAL);
    dns.be_silent(true);
    assert!(matches!(checked_at(&dns.hasty(), signed.as_bytes(), Utc::now()).outcome, Outcome::Unanswered { .. }));
    dns.be_silent(false);
    assert!(by_dkim(&checked(&dns, &signed)));
    let gone = ResolverSettings { servers: vec!["127.0.0.1:9".into()], ..dns.hasty() };
    assert!(matches!(checked_at(&gone, signed.as_bytes(), Utc::now()).outcome, Outcome::Unanswered { .. }));
}

#[test]
fn a_strangers_dns_holds_up_nothing_and_is_not_even_asked() {
    let (key, dns) = world();
    dns.put("k1._domainkey.error.elsewhere.example", Data::Silence(None));
    let unrelated = key.sign(LETTER, Manner { domain: "error.elsewhere.example", ..USUAL });
    let found = checked(&dns, &unrelated);
    assert!(matches!(doubt(&found), Doubt::NotAligned { .. }), "{found:?}");
    assert!(by_dkim(&checked(&dns, key.sign(&unrelated, USUAL))), "a good one beside it counts");
}

#[test]
fn answers_of_the_dns_are_kept() {
    let (key, dns) = world();
    let authenticator = Authenticator::new(&dns.settings());
    let signed = key.sign(LETTER, USUAL);
    let question = Question { raw: signed.as_bytes(), trust: &verify(), boundary: &[], arrival: Utc::now() };
    assert!(by_dkim(&authenticator.check(&question, |_| true)));
    let asked = dns.asked();
    assert!(asked > 0);
    assert!(by_dkim(&authenticator.check(&question, |_| true)));
    assert_eq!(dns.asked(), asked, "neither the key nor the policy that there is none of is asked for again");
    let nobody = authenticator.check(&question, |_| false);
    assert_eq!(nobody.outcome, Outcome::NotNeeded, "a stranger is not checked");
}

/// What a list does to a letter that it passes on: it writes into the subject, and vouches for what it saw before.
fn through_a_list(sealer: &str, key: &Key, author: &str, passed: bool) -> String {
    let changed = LETTER.replace("Subject: ", "Subject: (list) ").replace("Measures", "-- a list --\r\nMeasures");
    let result = if passed { DmarcResult::Pass } else { DmarcResult::Fail(mail_auth::Error::NotAligned) };
    let saw = DmarcOutput::new(author.to_owned()).with_dkim_result(result);
    let results = AuthenticationResults::new(sealer).with_dmarc_result(&saw);
    let message = AuthenticatedMessage::parse(changed.as_bytes()).expect("a message");
    let seal = ArcSealer::from_key(key.key()).domain(sealer).selector("k1").headers(["From", "To", "Subject", "Date"]);
    let set = seal.seal(&message, &results, &ArcOutput::default()).expect("a seal");
    format!("{}{changed}", set.to_header())
}

#[test]
fn a_seal_of_ours_vouches_for_what_it_saw_and_no_other_does() {
    let key = Key::new();
    let dns = Dns::of_txt(&[("k1._domainkey.lists.example", &key.record), ("k1._domainkey.unknown.example", &key.record)]);
    let sealed = through_a_list("lists.example", &key, "yangquan.example", true);
    let found = checked(&dns, &sealed);
    assert_eq!(found.outcome, Outcome::Authentic { by: Proof::Arc { sealer: "lists.example".into() } }, "{:?}", found.evidence);
    let refused = |raw: &str| {
        let found = checked(&dns, raw);
        doubt(&found).clone()
    };
    let nothing = Doubt::NothingVouches { domain: "yangquan.example".into() };
    assert_eq!(refused(&through_a_list("unknown.example", &key, "yangquan.example", true)), nothing);
    assert_eq!(refused(&through_a_list("lists.example", &key, "yangquan.example", false)), nothing, "it saw a failure");
    assert_eq!(refused(&through_a_list("lists.example", &key, "elsewhere.example", true)), nothing, "it saw another sender");
    assert_eq!(refused(&sealed.replace("Three are", "Thirty are")), nothing, "changed after the seal");
    assert_eq!(refused(&sealed.replace("dmarc=pass", "dmarc=none;dmarc=pass")), nothing, "the results were written anew");
}

/// Verifies with dkimpy, the key record given by hand.
const DKIMPY: &str = "import dkim, sys\nrecord = sys.argv[1].encode()\n\
    print(dkim.verify(sys.stdin.buffer.read(), dnsfunc=lambda name, timeout=5: record))";

#[test]
fn another_verifier_is_of_our_mind() {
    let (key, dns) = world();
    let mut agreed = 0;
    for canonicalization in [Canonicalization::Relaxed, Canonicalization::Simple] {
        let signed = key.sign(LETTER, Manner { canonicalization, ..USUAL });
        let changes = [
            ("", ""),
            ("Three", "Thirty"),
            ("Subject: [FIRST]", "Subject: [FINAL]"),
            ("are  trapped", "are trapped"),
            ("way\r\n", "way\r\n\r\n\r\n"),
        ];
        for (from, to) in changes {
            let raw = if from.is_empty() { signed.clone() } else { signed.replace(from, to) };
            let Some(theirs) = through("/usr/bin/python3", &["-c", DKIMPY, &key.record], raw.as_bytes()) else { return };
            let theirs = String::from_utf8_lossy(&theirs).trim() == "True";
            assert_eq!(by_dkim(&checked(&dns, &raw)), theirs, "{canonicalization:?}, {from} → {to}");
            agreed += 1;
        }
    }
    assert_eq!(agreed, 10);
}

#[test]
fn what_other_programs_sign_is_believed() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some((file, record)) = rsa_key(folder.path()) else { return };
    let (key_file, domain) = (file.to_str().expect("a path"), "yangquan.example");
    let dns = Dns::of_txt(&[(KEY_NAME, &record)]);
    if let Some(signed) = through("opendkim-testmsg", &["-C", "-d", domain, "-k", key_file, "-s", "k1"], LETTER.as_bytes()) {
        assert!(String::from_utf8_lossy(&signed).contains("a=rsa-sha1"), "opendkim's tester knows no other");
        assert_eq!(finding(&checked(&dns, &signed)), Finding::Weak, "which RFC 8301 forbids to believe");
    }
    // A text that ends with lines of blanks: valid when relaxed, and refused by mail-auth 0.13.3.
    let with_blanks = format!("{LETTER} \t\r\n  \r\n\r\n");
    for letter in [LETTER.to_owned(), with_blanks] {
        for manner in ["relaxed", "simple"] {
            let arguments = ["--hcanon", manner, "--bcanon", manner, "k1", domain, key_file];
            if let Some(signed) = through("dkimsign", &arguments, letter.as_bytes()) {
                let found = checked(&dns, &signed);
                assert!(by_dkim(&found), "dkimpy, {manner}: {found:?}\n{}", String::from_utf8_lossy(&signed));
                let text = String::from_utf8_lossy(&signed).replace("Three are", "Thirty are");
                assert_eq!(finding(&checked(&dns, text)), Finding::TextChanged);
            }
        }
    }
    let arrived = format!("Authentication-Results: lists.example; dmarc=pass header.from={domain}\r\n{LETTER}");
    dns.put("k1._domainkey.lists.example", Data::Txt(vec![record.into_bytes()]));
    let has_authres = through("/usr/bin/python3", &["-c", "import importlib.util as u; print(u.find_spec('authres') is not None)"], b"");
    if has_authres.is_none_or(|said| !said.starts_with(b"True")) {
        println!("python3-authres is not installed: tests/run installs it");
        return;
    }
    if let Some(sealed) = through("arcsign", &["k1", "lists.example", key_file, "lists.example"], arrived.as_bytes()) {
        let found = checked(&dns, &sealed);
        assert!(matches!(found.outcome, Outcome::Authentic { by: Proof::Arc { .. } }), "{found:?}\n{}", String::from_utf8_lossy(&sealed));
    }
}
