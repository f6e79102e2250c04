//! `Authentication-Results`: what our server wrote, and what forgers write to look like it.

use chrono::Utc;
use zhibao::domain::authentic::{Authentication, Doubt, Outcome, Trust};
use zhibao::mail::authenticate::{Authenticator, Question};

const LETTER: &str = "From: yuxian@yangquan.example\nTo: office@city.example\nSubject: flood\n\nThree are trapped.\n";
const OURS: &str = "Received: from out.yangquan.example (out.yangquan.example [192.0.2.7]) by mx.city.example (Postfix); Mon, 06 Jun 2005 10:00:00 +0800\n";
const THEIRS: &str = "Received: from pc (pc [198.51.100.9]) by out.yangquan.example; Mon, 06 Jun 2005 09:59:00 +0800\n";
const PASS: &str = "Authentication-Results: mx.city.example; dmarc=pass header.from=yangquan.example\n";
const FAIL: &str = "Authentication-Results: mx.city.example; dmarc=fail header.from=yangquan.example\n";

fn checked(head: &str) -> Authentication {
    let raw = format!("{head}{LETTER}");
    let trust = Trust::Authserv { authserv_id: "mx.city.example".into() };
    let boundary = ["mx.city.example".to_owned(), "store.city.example".to_owned()];
    Authenticator::offline().check(&Question { raw: raw.as_bytes(), trust: &trust, boundary: &boundary, arrival: Utc::now() }, |_| true)
}

fn is_believed(head: &str) -> bool {
    matches!(checked(head).outcome, Outcome::Authentic { .. })
}

fn doubt(head: &str) -> Doubt {
    match checked(head).outcome {
        Outcome::NotAuthentic { why } => why,
        other => panic!("{other:?}: {head}"),
    }
}

#[test]
fn the_word_of_our_server_is_believed_above_its_mark_and_directly_below() {
    assert!(is_believed(&format!("{PASS}{OURS}{THEIRS}")));
    assert!(is_believed(&format!("{OURS}{PASS}{THEIRS}")));
    let inner =
        "Received: from mx.city.example (mx.city.example [10.0.0.1]) by store.city.example with LMTP; Mon, 06 Jun 2005 10:00:01 +0800\n";
    assert!(is_believed(&format!("{inner}{PASS}{OURS}{THEIRS}")));
    assert!(is_believed(&format!("{}{OURS}", PASS.replace("; ", ";\n\t"))), "folded");
    assert!(is_believed(&format!(
        "Authentication-Results: MX.City.example; spf=pass smtp.mailfrom=a@yangquan.example; dmarc=none\n{OURS}"
    )));
}

#[test]
fn what_anybody_may_have_written_is_not() {
    let nothing = |beyond: Option<&str>| Doubt::NoResults { authserv_id: "mx.city.example".into(), beyond: beyond.map(str::to_owned) };
    assert_eq!(doubt(&format!("{OURS}{THEIRS}{PASS}")), nothing(Some("out.yangquan.example")), "below the mark of another host");
    assert_eq!(doubt(OURS), nothing(None));
    for look_alike in ["mx.city.example.evil.test", "mx-city.example", "mx.c\u{456}ty.example", "xmx.city.example", "mx.city.example,"] {
        assert_eq!(doubt(&format!("{}{OURS}", PASS.replace("mx.city.example", look_alike))), nothing(None), "{look_alike}");
    }
    for trick in [
        "Authentication-Results: (mx.city.example; dmarc=pass) evil.test; none\n",
        "Authentication-Results: \"mx.city.example; dmarc=pass\"; none\n",
        "X-Authentication-Results: mx.city.example; dmarc=pass\n",
        "Authentication-Results: evil.test; dmarc=pass header.from=yangquan.example (mx.city.example)\n",
    ] {
        assert_eq!(doubt(&format!("{trick}{OURS}")), nothing(None), "{trick}");
    }
}

#[test]
fn the_topmost_of_ours_counts_and_none_may_deny_it() {
    assert!(matches!(doubt(&format!("{FAIL}{OURS}{PASS}{THEIRS}")), Doubt::ResultsDeny { .. }), "a forged one below ours");
    assert!(matches!(doubt(&format!("{PASS}{OURS}{FAIL}{THEIRS}")), Doubt::ResultsDiffer { .. }), "one of the two is forged");
    let evil = PASS.replace("mx.city.example", "evil.test");
    assert!(matches!(doubt(&format!("{evil}{FAIL}{OURS}")), Doubt::ResultsDeny { .. }), "theirs above ours");
    assert!(is_believed(&format!("{evil}{PASS}{OURS}")));
    assert!(is_believed(&format!("{PASS}{OURS}{PASS}")), "doubled, and of one mind");
    for says in [
        "dmarc=fail (dmarc=pass)",
        "none (dmarc=pass header.from=yangquan.example)",
        "dmarc=fail; dmarc=pass",
        "dkim=pass header.d=evil.test",
        "dmarc=pass header.from=evil.test",
        "spf=softfail smtp.mailfrom=a@yangquan.example",
        "dmarc=none reason=\"; dmarc=pass\"",
    ] {
        let head = format!("Authentication-Results: mx.city.example; {says}\n{OURS}");
        assert!(matches!(doubt(&head), Doubt::ResultsDeny { .. }), "{says}");
    }
}

#[test]
fn headers_that_can_be_read_in_two_ways_are_refused() {
    assert_eq!(doubt(&format!("{PASS}{OURS}Subject: another\n")), Doubt::Doubled { header: "Subject".into() });
    assert!(matches!(doubt(&format!("{PASS}{OURS}no header\n")), Doubt::Ambiguous { .. }));
    assert_eq!(checked(&format!("{PASS}{OURS}From: pingding@yangquan.example\n")).outcome, Outcome::NotNeeded, "two senders");
}
