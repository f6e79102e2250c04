use proptest::prelude::*;

use crate::clock::Stopwatch;
use crate::domain::report::{DeliveryReport, Fate, Report};
use crate::mail::parse::{Limits, read};

fn report(raw: &str) -> Option<Report> {
    read(raw.as_bytes(), &[], &Limits::default()).expect("a mail").report
}

fn delivery(raw: &str) -> DeliveryReport {
    match report(raw) {
        Some(Report::Delivery(report)) => report,
        other => panic!("{other:?}"),
    }
}

/// One report with these fields, about one mail of ours.
fn standard(status: &str) -> String {
    format!(
        "From: MAILER-DAEMON@mx.example\nReturn-Path: <>\nTo: xinxi+v42.aaaaaaaaaa@yangquan.example\nSubject: Undelivered Mail\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n\
         --b\nContent-Type: text/plain\n\nSorry.\n--b\nContent-Type: message/delivery-status\n\n{status}\n\
         --b\nContent-Type: text/rfc822-headers\n\nFrom: xinxi@yangquan.example\nMessage-ID:\n <n2003-000042.k7x2p9abcd.1@yangquan.example>\n--b--\n"
    )
}

#[test]
fn a_standard_report_says_who_what_why_and_about_which_mail() {
    let report = delivery(&standard(
        "Reporting-MTA: dns; mx.example\n\nOriginal-Recipient: rfc822;chief@yangquan.example\nFinal-Recipient: rfc822; chief@elsewhere.example\n\
         Action: failed\nStatus: 5.1.1 (no mailbox)\nDiagnostic-Code: smtp; 550-5.1.1 No such\n  user here\n",
    ));
    let [one] = &report.recipients[..] else { panic!("{report:?}") };
    assert_eq!((one.address.as_str(), one.original.as_deref()), ("chief@elsewhere.example", Some("chief@yangquan.example")));
    assert_eq!((one.fate, one.status.as_deref(), one.said.as_str()), (Fate::Failed, Some("5.1.1"), "550-5.1.1 No such user here"));
    assert_eq!(report.originals, ["n2003-000042.k7x2p9abcd.1@yangquan.example"]);
}

#[test]
fn groups_are_told_apart_however_they_are_spaced() {
    let report = delivery(&standard(
        "Final-Recipient: RFC822; <a@x.example>\nAction: delayed\nStatus: 4.4.1\nFinal-Recipient: rfc822;b@x.example\n\nStatus: 5.0.0\n\n\
         Action: expanded\nFinal-Recipient: rfc822;c@x.example\n",
    ));
    let seen: Vec<(&str, Fate)> = report.recipients.iter().map(|r| (r.address.as_str(), r.fate)).collect();
    assert_eq!(seen, [("a@x.example", Fate::Delayed), ("b@x.example", Fate::Failed), ("c@x.example", Fate::Delivered)]);
}

#[test]
fn a_bounce_in_prose_is_read() {
    let report = delivery(
        "From: postmaster@mail.example\nTo: xinxi@yangquan.example\nSubject: failure notice\nMessage-ID: <own@mail.example>\n\n\
         Hi. This is the qmail-send program at mail.example.\nI'm afraid I wasn't able to deliver your message.\n\n\
         <chief@yangquan.example>:\n192.0.2.1 does not like recipient.\nRemote host said: 550 5.1.1 User unknown\nGiving up on 192.0.2.1.\n\n\
         --- Below this line is a copy of the message.\n\nReturn-Path: <xinxi@yangquan.example>\nMessage-ID: <first@yangquan.example>\n\
         To: other@yangquan.example\n\nText to whom@nobody.example\n",
    );
    let [one] = &report.recipients[..] else { panic!("{report:?}") };
    assert_eq!((one.address.as_str(), one.fate, one.status.as_deref()), ("chief@yangquan.example", Fate::Failed, Some("5.1.1")));
    assert_eq!(one.said, "Remote host said: 550 5.1.1 User unknown");
    assert_eq!(report.originals, ["first@yangquan.example"]);
}

#[test]
fn a_chinese_bounce_is_read() {
    let report = delivery(
        "From: Postmaster <postmaster@qq.example>\nTo: xinxi@yangquan.example\nSubject: 退信：您的邮件未能送达\nContent-Type: text/plain; charset=utf-8\n\n\
         很抱歉，您的邮件被退回。\n收件人地址：chief@qq.example\n退信原因：550 Mailbox not found 收件人邮箱不存在\n",
    );
    let [one] = &report.recipients[..] else { panic!("{report:?}") };
    assert_eq!((one.address.as_str(), one.fate, one.status.as_deref()), ("chief@qq.example", Fate::Failed, Some("550")));
}

#[test]
fn a_delay_is_no_failure() {
    let report = delivery(
        "From: Mail Delivery System <Mailer-Daemon@mx.example>\nSubject: Warning: message 14jRTi-0007jE-00 delayed 24 hours\n\n\
         The address to which the message has not yet been delivered is:\n\n  chief@yangquan.example\n\n\
         Delivery attempts will continue for some time.\n",
    );
    assert_eq!(report.gravest().map(|one| one.fate), Some(Fate::Delayed));
}

#[test]
fn what_people_write_about_failed_mail_is_no_bounce() {
    let person = |subject: &str, body: &str| {
        report(&format!(
            "From: Zhang <yuxian@yangquan.example>\nReturn-Path: <yuxian@yangquan.example>\nSubject: {subject}\nIn-Reply-To: <a@b.example>\n\
             Content-Type: text/plain; charset=utf-8\n\n{body}\n"
        ))
    };
    assert_eq!(person("昨日零报告发送失败，今补报", "昨日邮件发送失败，现补报。"), None);
    assert_eq!(person("Fw: Undelivered Mail Returned to Sender", "See: <chief@yangquan.example>: 550 5.1.1 User unknown"), None);
    assert_eq!(person("Re: failure notice", "> <chief@yangquan.example>: 550 5.1.1 User unknown"), None);
    assert_eq!(person("【首报】盂县透水", "救援受阻，1人死亡。联系人 zhang@yangquan.example"), None);
}

#[test]
fn read_receipts_and_complaints_are_no_bounces() {
    let of_type = |report_type: &str, part: &str| {
        report(&format!(
            "From: chief@yangquan.example\nSubject: Read: x\nContent-Type: multipart/report; report-type={report_type}; boundary=b\n\n\
             --b\n\nRead.\n--b\nContent-Type: message/{part}\n\nOriginal-Message-ID: <n@yangquan.example>\nFinal-Recipient: rfc822;a@b.example\n--b--\n"
        ))
    };
    let originals = vec!["n@yangquan.example".to_owned()];
    assert_eq!(of_type("disposition-notification", "disposition-notification"), Some(Report::Read { originals: originals.clone() }));
    assert_eq!(of_type("feedback-report", "feedback-report"), Some(Report::Feedback { originals }));
}

/// Words of bounces, in any order and any number.
fn debris() -> impl Strategy<Value = Vec<u8>> {
    let words = prop_oneof![
        Just("Final-Recipient: rfc822;".to_owned()),
        Just("Action: failed\n".to_owned()),
        Just("Status: 5.1.1\n".to_owned()),
        Just("Status: 5.....\n".to_owned()),
        Just("--b\n".to_owned()),
        Just("--b--\n".to_owned()),
        Just("Content-Type: message/delivery-status\n\n".to_owned()),
        Just("Content-Type: message/rfc822\n\n".to_owned()),
        Just("Content-Type: multipart/report; boundary=b\n".to_owned()),
        Just("Message-ID: <a@b>\n".to_owned()),
        Just("From: <>\n".to_owned()),
        Just("From: no-reply@sns.amazonaws.com\n".to_owned()),
        Just("{\"notificationType\":\"Bounce\",\"bounce\":{".to_owned()),
        Just("\n\n".to_owned()),
        Just("could not be delivered to <a@b.example>: 550 5.1.1 ".to_owned()),
        Just("@@@...<<<>>>".to_owned()),
        "\\PC{0,12}",
    ];
    prop::collection::vec(words, 0..60).prop_map(|words| words.concat().into_bytes())
}

proptest! {
    #[test]
    fn no_debris_of_bounces_stops_the_reader(head in debris(), tail in prop::collection::vec(any::<u8>(), 0..200)) {
        let raw = [b"Subject: failure notice\nFrom: postmaster@x.example\n".to_vec(), head, tail].concat();
        let begun = Stopwatch::start();
        let _ = read(&raw, &[], &Limits::default());
        prop_assert!(begun.seconds() < 1.0);
    }

    #[test]
    fn long_reports_are_read_in_time(unit in debris(), times in 1usize..2000) {
        let mut raw = standard("").into_bytes();
        let unit: Vec<u8> = unit.into_iter().take(100).collect();
        for _ in 0..times {
            raw.extend_from_slice(&unit);
        }
        let begun = Stopwatch::start();
        let _ = read(&raw, &[], &Limits::default());
        prop_assert!(begun.seconds() < 3.0, "{times} times {:?}", String::from_utf8_lossy(&unit));
    }
}
