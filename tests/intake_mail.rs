//! Mail as it really comes: charsets that lie, structures that break off, and mails made to hurt.

use std::time::{Duration, Instant};

use encoding_rs::{BIG5, GB18030, ISO_2022_JP};
use proptest::prelude::*;
use zhibao::domain::message::{Mailbox, ParseFlag, ParsedMail, Unreadable};
use zhibao::mail::parse::{Limits, attachment_content, read};

fn parsed(raw: impl AsRef<[u8]>) -> ParsedMail {
    read(raw.as_ref(), &[], &Limits::default()).expect("a mail")
}

/// A mail with this raw header line and body, CRLF throughout.
fn mail(headers: &[&[u8]], body: &[u8]) -> Vec<u8> {
    let mut raw = b"From: a@b.example\r\n".to_vec();
    for header in headers {
        raw.extend_from_slice(header);
        raw.extend_from_slice(b"\r\n");
    }
    raw.extend_from_slice(b"\r\n");
    raw.extend_from_slice(body);
    raw
}

fn gbk(text: &str) -> Vec<u8> {
    GB18030.encode(text).0.into_owned()
}

fn base64(bytes: &[u8]) -> String {
    data_encoding::BASE64.encode(bytes)
}

fn subject(line: impl AsRef<[u8]>) -> String {
    parsed(mail(&[line.as_ref()], b"")).subject
}

fn body(content_type: &str, body: &[u8]) -> ParsedMail {
    parsed(mail(&[format!("Content-Type: {content_type}").as_bytes()], body))
}

const EVENT: &str = "【突发·重大】盂县某煤矿透水事故";

#[test]
fn words_split_inside_a_character_are_joined_first() {
    let bytes = gbk(EVENT);
    let (head, tail) = bytes.split_at(7);
    for charset in ["gb2312", "GBK", "gb18030", "GB2312*zh"] {
        let line = format!("Subject: =?{charset}?B?{}?=\r\n =?{charset}?B?{}?=", base64(head), base64(tail));
        assert_eq!(subject(line), EVENT, "{charset}");
    }
    // Cut inside a group of base64, too.
    let whole = base64(&bytes);
    let (head, tail) = whole.split_at(10);
    assert_eq!(subject(format!("Subject: =?gb2312?B?{head}?= =?gb2312?B?{tail}?=")), EVENT);
    let quoted: String = "盂县".bytes().map(|b| format!("={b:02X}")).collect();
    let (head, tail) = quoted.split_at(6);
    assert_eq!(subject(format!("Subject: Re: =?utf-8?Q?{head}?=\r\n\t=?UTF-8?q?{tail}?= E-2003-0007")), "Re: 盂县 E-2003-0007");
}

#[test]
fn words_are_words_and_the_rest_stays() {
    for (line, expected) in [
        ("Subject: =?utf-8?Q?a_b=3F?= c", "a b? c"),
        ("Subject: =?utf-8?B?55uC?= x =?utf-8?B?5Y6/?=", "盂 x 县"),
        ("Subject: =?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        ("Subject: =?broken", "=?broken"),
        ("Subject: folded\r\n  twice", "folded  twice"),
        ("Subject: =?iso-8859-1?Q?M=FCller?=", "Müller"),
        ("Subject: =?x-nonesuch?B?1MbP2A==?=", "云县"),
        ("Subject: =?utf-8?B?1MbP2A==?=", "云县"),
        ("Subject: a\x07b\x00c", "abc"),
    ] {
        assert_eq!(subject(line), expected, "{line:?}");
    }
}

#[test]
fn raw_bytes_in_a_subject_are_utf8_or_chinese() {
    for text in [EVENT, "云县", "关于平定县冶西镇山体滑坡的续报", "零报告 E-2003-0001"] {
        assert_eq!(subject([b"Subject: ".as_slice(), text.as_bytes()].concat()), text);
        assert_eq!(subject([b"Subject: ".as_slice(), &gbk(text)].concat()), text, "GBK");
    }
}

#[test]
fn a_body_is_read_by_its_bytes_where_its_label_lies() {
    let text = "发生时间：11月22日9时\n地点：盂县路家村镇\n原因：喆、赟、堃、镕四人违规作业\n";
    let encoded = gbk(text);
    for label in
        ["gb2312", "GBK", "gb18030", "utf-8", "us-ascii", "iso-8859-1", "x-unknown", "unknown-8bit", "\"gb2312\"", "gb_2312-80", "cp936"]
    {
        assert_eq!(body(&format!("text/plain; charset={label}"), &encoded).text, text, "GBK labelled {label}");
    }
    for label in ["utf-8", "gb2312", "iso-8859-1", "us-ascii", "default", "utf8"] {
        assert_eq!(body(&format!("text/plain; charset={label}"), text.as_bytes()).text, text, "UTF-8 labelled {label}");
    }
    assert_eq!(body("text/plain", &encoded).text, text, "GBK without a label");
    let quoted: String = encoded.iter().map(|b| format!("={b:02X}")).collect::<Vec<_>>().chunks(24).map(|c| c.concat() + "=\r\n").collect();
    let raw = mail(&[b"Content-Type: text/plain; charset=gb2312", b"Content-Transfer-Encoding: quoted-printable"], quoted.as_bytes());
    assert_eq!(parsed(raw).text, text);
    let raw = mail(&[b"Content-Type: text/plain; charset=gb2312", b"Content-Transfer-Encoding: BASE64"], base64(&encoded).as_bytes());
    assert_eq!(parsed(raw).text, text);
}

#[test]
fn what_was_guessed_is_said() {
    let chinese = gbk("盂县某煤矿发生透水事故，三人被困");
    assert_eq!(body("text/plain; charset=gb2312", &chinese).flags, []);
    assert_eq!(body("text/plain; charset=utf-8", &chinese).flags, [ParseFlag::CharsetGuessed]);
    assert_eq!(body("text/plain; charset=utf-8", "盂县某煤矿\u{0}发生".as_bytes()).flags, [ParseFlag::NulBytes]);
    let cut = "盂县某煤矿发生透水事故".as_bytes();
    let mail = body("text/plain; charset=utf-8", cut.get(..cut.len() - 1).expect("bytes"));
    assert_eq!((mail.text.as_str(), mail.flags), ("盂县某煤矿发生透水事\u{fffd}", vec![ParseFlag::ReplacedBytes]));
}

#[test]
fn other_charsets_of_the_region_are_read() {
    let big5 = BIG5.encode("台灣省的來信，請查收").0.into_owned();
    assert_eq!(body("text/plain; charset=big5", &big5).text, "台灣省的來信，請查收");
    let japanese = ISO_2022_JP.encode("事故のお知らせ").0.into_owned();
    assert_eq!(body("text/plain; charset=iso-2022-jp", &japanese).text, "事故のお知らせ");
    assert_eq!(subject([b"Subject: ".as_slice(), &japanese].concat()), "事故のお知らせ");
    let rfc_1843 = b"The next sentence is in GB.~{<:Ky2;S{#,NpJ)l6HK!#~}Bye ~~ ~\n.";
    let read = "The next sentence is in GB.己所不欲，勿施於人。Bye ~ .";
    assert_eq!(body("text/plain; charset=hz-gb-2312", rfc_1843).text, read);
    assert_eq!(body("text/plain; charset=utf-7", b"+dsJTvw-: 1 +- 1").text, "盂县: 1 + 1");
    assert_eq!(body("text/plain; charset=utf-16le", &"盂县".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()).text, "盂县");
    assert_eq!(body("text/plain; charset=iso-8859-1", b"M\xfcller f\xe4hrt").text, "Müller fährt");
    assert_eq!(body("text/plain; charset=iso-8859-1", b"M\xfcller f\xe4hrt").flags, []);
}

#[test]
fn html_is_read_by_its_own_word_where_the_label_lies() {
    let page = "<html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=gb2312\"><title>题</title></head><body>盂县煤矿透水</body></html>";
    for content_type in ["text/html; charset=iso-8859-1", "text/html", "text/html; charset=utf-8"] {
        assert_eq!(body(content_type, &gbk(page)).text.trim(), "盂县煤矿透水", "{content_type}");
    }
    assert_eq!(body("text/html; charset=utf-8", page.as_bytes()).text.trim(), "盂县煤矿透水", "UTF-8 under a GB2312 meta");
}

#[test]
fn a_table_reads_as_lines_of_cells() {
    let word = "<table><tr><td><p>发生时间</p></td><td><p>9时</p></td></tr>\r\n<tr><td>地点：</td><td>盂县&nbsp;某矿<br>井下</td></tr></table><p>1 &lt; 2 &amp; 3 &#x4e2d;&unknown;</p><script>evil()</script><!-- no --> a < b";
    assert_eq!(
        body("text/html; charset=utf-8", word.as_bytes()).text,
        "发生时间\t9时\n地点：\t盂县 某矿\n井下\n1 < 2 & 3 中&unknown;\na < b"
    );
}

fn multipart(kind: &str, parts: &[&str]) -> Vec<u8> {
    let mut raw = format!("From: a@b.example\r\nContent-Type: multipart/{kind}; boundary=\"x y\"\r\n\r\npreamble\r\n");
    for part in parts {
        raw.push_str(&format!("--x y\r\n{part}\r\n"));
    }
    raw.push_str("--x y--\r\nepilogue\r\n");
    raw.into_bytes()
}

#[test]
fn the_plain_text_is_read_unless_it_is_empty() {
    let html = "Content-Type: text/html; charset=utf-8\r\n\r\n<b>网页</b>";
    let mail = parsed(multipart("alternative", &["Content-Type: text/plain; charset=utf-8\r\n\r\n正文", html]));
    assert_eq!((mail.text.as_str(), mail.attachments.len()), ("正文", 0));
    let mail = parsed(multipart("alternative", &["Content-Type: text/plain\r\n\r\n \r\n", html]));
    assert_eq!((mail.text.as_str(), mail.attachments.len()), ("网页", 0));
}

#[test]
fn a_boundary_within_a_line_is_text() {
    let mail = parsed(multipart("mixed", &["\r\n表格见下 --x y 不是边界\r\n--x yz\r\n完"]));
    assert_eq!(mail.text, "表格见下 --x y 不是边界\n--x yz\n完");
}

#[test]
fn a_multipart_that_is_never_closed_ends_with_the_one_around_it() {
    let open = "Content-Type: multipart/alternative; boundary=\"in Boundary=1\"\r\n\r\n--in Boundary=1\r\n\r\n正文";
    let mail = parsed(multipart("mixed", &[open, "Content-Type: text/csv; name=a.csv\r\n\r\n1,2"]));
    assert_eq!((mail.text.as_str(), mail.attachments.len()), ("正文", 1));
    // Within a file it is the file's own affair.
    let returned = format!("Content-Type: message/rfc822\r\n\r\n{open}");
    let raw = multipart("mixed", &["\r\n正文", &returned, "Content-Type: text/csv; name=a.csv\r\n\r\n1,2"]);
    assert_eq!(parsed(&raw).attachments.len(), 2);
    assert_eq!(attachment_content(&raw, 0).as_deref(), Some(open.as_bytes()));
    assert_eq!(attachment_content(&raw, 1).as_deref(), Some(b"1,2".as_slice()));
}

#[test]
fn a_boundary_may_have_a_line_of_its_own() {
    let raw = "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=\r\n\t\"x\"\r\n\r\n--x\r\n\r\n正文\r\n--x--\r\n";
    assert_eq!(parsed(raw).text, "正文");
}

#[test]
fn attachments_have_names_as_sent_and_content_to_read() {
    let name = gbk("附件：盂县事故情况表.csv");
    let (head, tail) = name.split_at(9);
    let percent = |bytes: &[u8]| bytes.iter().map(|b| format!("%{b:02X}")).collect::<String>();
    let segments = format!(
        "Content-Type: text/csv\r\nContent-Disposition: attachment;\r\n filename*1*={};\r\n filename*0*=gb2312'zh'{}\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
        percent(tail),
        percent(head),
        base64(&gbk("单位,积分\n盂县,5\n"))
    );
    let words = format!(
        "Content-Type: application/msword;\r\n name=\"=?gbk?B?{}?=\r\n =?gbk?B?{}?=\"\r\nContent-Disposition: attachment\r\n\r\nx",
        base64(head),
        base64(tail)
    );
    let evil = "Content-Type: application/x-sh; name=\"../../etc/cron\x07.sh\"\r\n\r\n#!";
    let mail = parsed(multipart(
        "mixed",
        &["\r\n正文", &segments, &words, evil, "Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninner text"],
    ));
    let names: Vec<&str> = mail.attachments.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(names, ["附件：盂县事故情况表.csv", "附件：盂县事故情况表.csv", "../../etc/cron.sh", ""]);
    assert_eq!(mail.attachments.last().map(|a| a.media_type.as_str()), Some("message/rfc822"));
    assert_eq!(mail.text, "正文");
    let raw = multipart("mixed", &["\r\n正文", &segments, &words, evil]);
    assert_eq!(attachment_content(&raw, 0), Some(gbk("单位,积分\n盂县,5\n")));
    assert_eq!(attachment_content(&raw, 3), None);
}

#[test]
fn a_raw_gbk_file_name_is_read() {
    let mut raw = b"From: a@b.example\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"".to_vec();
    raw.extend(gbk("情况表.xls"));
    raw.extend_from_slice(b"\"\r\n\r\nx");
    assert_eq!(parsed(raw).attachments.first().map(|a| a.name.clone()).as_deref(), Some("情况表.xls"));
}

fn from(header: &str) -> Vec<(String, String)> {
    let mail = parsed(format!("{header}\r\nSubject: x\r\n\r\n"));
    mail.from.into_iter().map(|Mailbox { name, address }| (name, address)).collect()
}

#[test]
fn every_mailbox_of_every_from_is_seen() {
    for (header, expected) in [
        ("From: a@b.example", vec![("", "a@b.example")]),
        ("From: \"Zhang, San\" <a@b.example>", vec![("Zhang, San", "a@b.example")]),
        ("From: =?gb2312?B?0MXPotSx?= <a@b.example>", vec![("信息员", "a@b.example")]),
        ("From: \"=?gb2312?B?0MXPotSx?=\" <a@b.example>", vec![("信息员", "a@b.example")]),
        ("From: 信息员 <a@b.example>", vec![("信息员", "a@b.example")]),
        ("From: a@b.example (Zhang San)", vec![("Zhang San", "a@b.example")]),
        ("From: a@b.example\r\nFrom: c@d.example", vec![("", "a@b.example"), ("", "c@d.example")]),
        ("From: a@b.example, \"x\" <c@d.example>", vec![("", "a@b.example"), ("x", "c@d.example")]),
        ("From: office: a@b.example, c@d.example;", vec![("", "a@b.example"), ("", "c@d.example")]),
        ("From: \"boss@b.example\" <c@d.example>", vec![("boss@b.example", "c@d.example")]),
        ("From: <a@b.example> <c@d.example>", vec![("", "a@b.example"), ("", "c@d.example")]),
        ("From: <@relay.example:a@b.example>", vec![("", "a@b.example")]),
        ("From: a@b.example\rFrom: c@d.example", vec![("", "a@b.example"), ("", "c@d.example")]),
        ("From: Zhang San a@b.example", vec![("Zhang San", "a@b.example")]),
        ("From: <\"yu xian\"@b.example>", vec![("", "\"yu xian\"@b.example")]),
        ("From: <yu xian@b.example>", vec![("", "yu xian@b.example")]),
        ("From: <yu> xian@b.example", vec![("yuxian@b.example", "")]),
        ("From: yu(x)xian@b.example", vec![("yu (x) xian@b.example", "")]),
        ("From:", vec![]),
        ("From: <>", vec![]),
        ("Sender: a@b.example", vec![]),
    ] {
        let found = from(header);
        let found: Vec<(&str, &str)> = found.iter().map(|(name, address)| (name.as_str(), address.as_str())).collect();
        assert_eq!(found, expected, "{header:?}");
    }
}

#[test]
fn headers_say_what_is_answered_and_when_it_came() {
    let raw = "Received: from by (evil [192.0.2.1]) by inner.example with LMTP; Sun, 22 Nov 2026 14:31:00 +0800\r\n\
        Received: from mx.yangquan.example (by mx.yangquan.example) by MX.Yangquan.Example. with ESMTP id 1\r\n for <x@y.example>; Sun, 22 Nov 2026 14:30:00 +0800 (CST)\r\n\
        Received: from sender by mx.yangquan.example; Sun, 22 Nov 2026 10:00:00 +0800\r\n\
        From: a@b.example\r\nTo: Office <xinxi+t0ken@yangquan.example>, b@c.example\r\nDelivered-To: xinxi@yangquan.example\r\n\
        Message-ID: <m1@b.example>\r\nIn-Reply-To: <n3@z>\r\nReferences: <n1@z>\r\n <n2@z> <n3@z>\r\nDate: Sun, 22 Nov 2026 14:00:00 +0800\r\n\
        Auto-Submitted: Auto-Replied; x=1\r\nPrecedence: Bulk\r\nList-Id: <l>\r\nReturn-Path: <>\r\nX-Zhibao-Notice: receipt\r\n\r\nx";
    let mail = read(raw.as_bytes(), &["mx.yangquan.example".to_owned()], &Limits::default()).expect("a mail");
    assert_eq!(mail.boundary_received.map(|at| at.to_rfc3339()).as_deref(), Some("2026-11-22T06:30:00+00:00"));
    assert_eq!(mail.sent_at.map(|at| at.to_rfc3339()).as_deref(), Some("2026-11-22T06:00:00+00:00"));
    assert_eq!(mail.recipients, ["xinxi+t0ken@yangquan.example", "b@c.example", "xinxi@yangquan.example"]);
    assert_eq!(mail.message_id.as_deref(), Some("m1@b.example"));
    assert_eq!(mail.answers, ["n3@z", "n2@z", "n1@z"]);
    assert_eq!(mail.own_notice.as_deref(), Some("receipt"));
    let signs = &mail.automatic;
    assert_eq!((signs.auto_submitted.as_deref(), signs.precedence.as_deref()), (Some("auto-replied"), Some("bulk")));
    assert!(signs.list && signs.null_return_path && !signs.suppress && !signs.delivery_report && !signs.read_receipt);
    assert_eq!(parsed(raw).boundary_received, None, "no host is ours");
}

#[test]
fn reports_of_mail_systems_are_known() {
    let report = |kind: &str| parsed(multipart(&format!("report; report-type={kind}"), &["\r\ntext"])).automatic;
    assert!(report("delivery-status").delivery_report && !report("delivery-status").read_receipt);
    assert!(report("disposition-notification").read_receipt && !report("disposition-notification").delivery_report);
    let signs = |headers: &str| parsed(format!("{headers}\r\n\r\n")).automatic;
    assert!(signs("From: MAILER-DAEMON@x.example\r\nSubject: failure notice").delivery_report);
    assert!(signs("From: postmaster@x.example\r\nSubject: =?utf-8?B?57O757uf6YCA5L+h?=").delivery_report, "系统退信");
    assert!(!signs("From: yuxian@x.example\r\nSubject: failure notice").delivery_report, "a person's mail of that subject");
}

#[test]
fn what_is_no_mail_is_said_so() {
    let outcome = |raw: &[u8]| read(raw, &[], &Limits::default()).map(|_| ());
    assert_eq!(outcome(b""), Err(Unreadable::Empty));
    assert_eq!(outcome(b" \r\n\r\n\0"), Err(Unreadable::Empty));
    assert_eq!(outcome("只是一段文字，没有邮件头".as_bytes()), Err(Unreadable::NotMail));
    assert_eq!(outcome(b"key: value\nother: value\n\ntext"), Err(Unreadable::NotMail));
    assert_eq!(outcome(b"From: a@b"), Ok(()));
    assert_eq!(parsed(b"From alice Mon Jan  1 00:00:00 2003\nFrom: a@b\n\ntext").text, "text");
    assert_eq!(parsed(b"From: a@b\nthe empty line is missing").text, "the empty line is missing");
}

#[test]
fn bare_cr_line_ends_are_lines() {
    let mail = parsed(b"From: a@b.example\rSubject: x\rMIME-Version: 1.0\r\rone\rtwo");
    assert_eq!((mail.subject.as_str(), mail.text.as_str()), ("x", "one\ntwo"));
    let mail = parsed(b"From: a@b.example\r\r\nSubject: x\r\r\n\r\r\none\r\r\ntwo");
    assert_eq!((mail.subject.as_str(), mail.text.as_str()), ("x", "one\ntwo"));
}

/// Debug builds on a busy machine: what is quadratic takes minutes here.
fn in_time(what: &str, raw: &[u8]) -> Result<ParsedMail, Unreadable> {
    let begun = Instant::now();
    let outcome = read(raw, &[], &Limits::default());
    assert!(begun.elapsed() < Duration::from_secs(10), "{what} took {:?}", begun.elapsed());
    outcome
}

#[test]
fn mails_made_to_hurt_are_read_in_time() {
    let repeated = |piece: &str, times: usize| piece.repeat(times);
    let truncated = |what: &str, raw: &[u8]| {
        let mail = in_time(what, raw).expect("a mail");
        assert!(mail.flags.contains(&ParseFlag::Truncated), "{what}");
    };
    let nested: String = (0..1000).map(|i| format!("Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n")).collect();
    truncated("1,000 nested parts", nested.as_bytes());
    let many = format!("Content-Type: multipart/mixed; boundary=b\n\n{}", repeated("--b\n\nx\n", 100_000));
    truncated("100,000 parts", many.as_bytes());
    let missing: String = (0..20_000).map(|i| format!("--b\nContent-Type: multipart/mixed; boundary=no{i}\n\nx\n")).collect();
    truncated("boundaries that never come", format!("Content-Type: multipart/mixed; boundary=b\n\n{missing}").as_bytes());
    truncated("a header of a megabyte", format!("From: a@b\nX: {}\nY: 1\n\n", repeated("x\n ", 500_000)).as_bytes());
    truncated("text of 3 MiB", format!("From: a@b\n\n{}", repeated("盂县\n", 500_000)).as_bytes());
    truncated("HTML of 2 MiB", format!("Content-Type: text/html\n\n{}", repeated("<div>", 400_000)).as_bytes());
    for nested in ["message/rfc822", "message/\n rfc822", "Message/Global", "multipart/digest; boundary=b\n\n--b"] {
        in_time("nested messages", repeated(&format!("Content-Type: {nested}\n\n"), 100_000).as_bytes()).expect("a mail");
    }
    for (what, piece) in [
        ("words that never end", "=?a?b?x"),
        ("halves of words", "=?"),
        ("brackets", "("),
        ("angles", "<"),
        ("quotes", "\""),
        ("commas", "a@b,"),
        ("groups", "a:"),
        ("escapes", "\\"),
        ("words", "=?gb2312?B?1A==?= "),
    ] {
        in_time(
            what,
            format!("From: {0}\nSubject: {0}\nContent-Type: text/plain; {0}\n\n", repeated(piece, 200_000 / piece.len())).as_bytes(),
        )
        .expect("a mail");
    }
    for (what, piece) in [
        ("tags", "<a href=\"x"),
        ("comments", "<!--"),
        ("heads", "<head>"),
        ("scripts", "<script>"),
        ("entities", "&amp"),
        ("declarations", "<!x"),
        ("slashes", "</"),
        ("values", "<a x='>"),
        ("metas", "<meta charset"),
        ("cells", "<td>x"),
    ] {
        in_time(what, format!("Content-Type: text/html\n\n{}", repeated(piece, 1_000_000 / piece.len())).as_bytes()).expect("a mail");
    }
    in_time("carriage returns", format!("From: a@b\n{}", repeated("\r", 1_000_000)).as_bytes()).expect("a mail");
    in_time("padding", format!("From: a@b\nContent-Transfer-Encoding: base64\n\n{}", repeated("QQ==", 300_000)).as_bytes())
        .expect("a mail");
}

/// A sound mail for mutation: every construct that the reader knows.
fn sound() -> Vec<u8> {
    let mut raw =
        b"Received: from x by mx.example; Sun, 22 Nov 2026 14:30:00 +0800\r\nFrom: =?gb2312?B?0MXPotSx?= <a@b.example>\r\nSubject: "
            .to_vec();
    raw.extend(gbk("盂县"));
    raw.extend_from_slice("\r\nDate: Sun, 22 Nov 2026 14:30:00 +0800\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html; charset=hz-gb-2312\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<table><td>~{VP~}=3D&nbsp;<td>x</table>\r\n--b\r\nContent-Type: text/csv;\r\n name*0*=gbk'zh'%D6;name*1*=%D0.csv\r\nContent-Transfer-Encoding: base64\r\n\r\n1tDOxA==\r\n--b--\r\n".as_bytes());
    raw
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(raw in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let _ = read(&raw, &["mx.example".to_owned()], &Limits::default());
        let _ = attachment_content(&raw, 0);
    }

    #[test]
    fn arbitrary_headers_and_bodies_never_panic(header in "[ -~\\r\\n\\t盂县=?]{0,200}", body in "[<>a-z&;#=\"'/! -~\\r\\n盂]{0,300}") {
        for kind in ["text/plain", "text/html", "multipart/mixed; boundary=a"] {
            let raw = format!("From: {header}\nSubject: {header}\nReceived: {header}\nDate: {header}\nContent-Type: {kind}; {header}\n\n{body}");
            let _ = read(raw.as_bytes(), &["mx.example".to_owned()], &Limits::default());
        }
    }

    #[test]
    fn mutated_mails_never_panic(changes in proptest::collection::vec((any::<usize>(), any::<u8>(), 0..3_u8), 1..20)) {
        let mut raw = sound();
        for (at, byte, kind) in changes {
            let at = at % raw.len().max(1);
            match kind {
                0 => raw[at] = byte,
                1 => raw.insert(at, byte),
                _ => { raw.remove(at); }
            }
        }
        let _ = read(&raw, &["mx.example".to_owned()], &Limits::default());
        for index in 0..4 {
            let _ = attachment_content(&raw, index);
        }
    }

    #[test]
    fn any_text_survives_any_honest_charset(text in "[一-龥a-z0-9，。：]{1,40}") {
        prop_assert_eq!(&body("text/plain; charset=gb18030", &gbk(&text)).text, &text);
        prop_assert_eq!(&body("text/plain; charset=utf-8", text.as_bytes()).text, &text);
    }
}
