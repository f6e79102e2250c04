//! A timeline's mail → the bytes that a delivery would have left.

use data_encoding::BASE64;

use super::format::{Attachment, Base, Mail, Scenario};

const BOUND: &str = "=_timeline_boundary";

/// The bytes of one mail. `raw` gives them as they stand; otherwise they are built.
pub fn message_bytes(mail: &Mail, index: usize, scenario: &Scenario, base: &Base) -> Result<Vec<u8>, String> {
    if let Some(raw) = &mail.raw {
        let text = raw.replace("\r\n", "\n").replace('\n', "\r\n");
        return encoded(&text, mail.raw_charset.as_deref().unwrap_or("utf-8"));
    }
    let charset = mail.charset.as_deref().unwrap_or("utf-8");
    let mut out = head(mail, index, scenario, base)?;
    let text = text_part(&mail.body, mail.label.as_deref().unwrap_or(charset), charset)?;
    if let Some(depth) = mail.nested {
        out.extend(nested(depth, &text));
    } else if mail.attach.is_empty() {
        out.extend(text);
    } else {
        out.extend(mixed(&text, &mail.attach)?);
    }
    Ok(out)
}

fn head(mail: &Mail, index: usize, scenario: &Scenario, base: &Base) -> Result<Vec<u8>, String> {
    let charset = mail.charset.as_deref().unwrap_or("utf-8");
    let mut out = Vec::new();
    for sender in mail.from.iter().flat_map(|from| from.all()) {
        line(&mut out, format!("From: {}", sender_header(&base.address(sender), charset)?));
    }
    let to = mail.to.as_ref().map_or_else(|| base.office.clone(), |to| base.address(to));
    line(&mut out, format!("To: {to}"));
    let subject = mail.subject.as_deref().unwrap_or("");
    if mail.raw_header {
        line(&mut out, [b"Subject: ".to_vec(), encoded(subject, charset)?].concat());
    } else {
        line(&mut out, format!("Subject: {}", encoded_word(subject, charset)?));
    }
    line(&mut out, format!("Date: {}", scenario.written(scenario.instant(mail.date.as_ref().unwrap_or(&mail.at))?)));
    let own_id = format!("<timeline-{index}@mail.example>");
    line(&mut out, format!("Message-ID: {}", mail.message_id.as_ref().unwrap_or(&own_id)));
    line(&mut out, "MIME-Version: 1.0");
    mail.headers.iter().for_each(|header| line(&mut out, header.as_bytes()));
    Ok(out)
}

fn line(out: &mut Vec<u8>, text: impl AsRef<[u8]>) {
    out.extend_from_slice(text.as_ref());
    out.extend_from_slice(b"\r\n");
}

fn text_part(body: &str, label: &str, charset: &str) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    line(&mut out, format!("Content-Type: text/plain; charset=\"{label}\"\r\nContent-Transfer-Encoding: base64\r\n"));
    out.extend(base64_lines(&encoded(body, charset)?));
    Ok(out)
}

fn mixed(text: &[u8], attached: &[Attachment]) -> Result<Vec<u8>, String> {
    let mut out = format!("Content-Type: multipart/mixed; boundary=\"{BOUND}\"\r\n\r\n--{BOUND}\r\n").into_bytes();
    out.extend_from_slice(text);
    for file in attached {
        let charset = file.charset.as_deref().unwrap_or("utf-8");
        line(&mut out, format!("--{BOUND}\r\nContent-Type: text/csv; charset=\"{charset}\""));
        line(&mut out, format!("Content-Disposition: attachment; filename=\"{}\"", file.name));
        line(&mut out, "Content-Transfer-Encoding: base64\r\n");
        out.extend(base64_lines(&encoded(&file.text, charset)?));
    }
    line(&mut out, format!("--{BOUND}--"));
    Ok(out)
}

/// A text inside `depth` multiparts, each the only part of the one around it.
fn nested(depth: usize, text: &[u8]) -> Vec<u8> {
    let mut out = String::new();
    for level in 0..depth {
        out += &format!("Content-Type: multipart/mixed; boundary=\"=_level_{level}\"\r\n\r\n--=_level_{level}\r\n");
    }
    let closing: String = (0..depth).rev().map(|level| format!("\r\n--=_level_{level}--\r\n")).collect();
    [out.as_bytes(), text, closing.as_bytes()].concat()
}

fn base64_lines(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    BASE64.encode(bytes).as_bytes().chunks(76).for_each(|chunk| line(&mut out, chunk));
    out
}

fn sender_header(sender: &str, charset: &str) -> Result<String, String> {
    match sender.split_once('<') {
        Some((name, address)) if !sender.is_ascii() => Ok(format!("{} <{address}", encoded_word(name.trim(), charset)?)),
        _ => Ok(sender.to_owned()),
    }
}

fn encoded_word(text: &str, charset: &str) -> Result<String, String> {
    if text.is_ascii() {
        return Ok(text.to_owned());
    }
    Ok(format!("=?{charset}?B?{}?=", BASE64.encode(&encoded(text, charset)?)))
}

/// `text` in a charset by its mail name; HZ and latin-1, which `encoding_rs` does not write, by hand.
pub fn encoded(text: &str, charset: &str) -> Result<Vec<u8>, String> {
    match charset.to_ascii_lowercase().as_str() {
        "hz" | "hz-gb-2312" => return Ok(in_hz(text)),
        "latin-1" | "iso-8859-1" => {
            return text.chars().map(|c| u8::try_from(u32::from(c)).map_err(|_| format!("{c:?} is not in latin-1"))).collect();
        }
        _ => {}
    }
    let encoding = encoding_rs::Encoding::for_label(charset.as_bytes()).ok_or_else(|| format!("no charset {charset}"))?;
    let (bytes, used, replaced) = encoding.encode(text);
    if replaced || used != encoding {
        return Err(format!("{charset} cannot write {text:?}"));
    }
    Ok(bytes.into_owned())
}

/// RFC 1843: GB 2312 with the high bits cleared, between `~{` and `~}`.
fn in_hz(text: &str) -> Vec<u8> {
    let (mut out, mut chinese) = (Vec::new(), false);
    for c in text.chars() {
        if c.is_ascii() == chinese {
            out.extend_from_slice(if chinese { b"~}" } else { b"~{" });
            chinese = !chinese;
        }
        match c {
            '~' => out.extend_from_slice(b"~~"),
            _ if c.is_ascii() => out.push(c as u8),
            _ => out.extend(encoding_rs::GBK.encode(&c.to_string()).0.iter().map(|byte| byte & 0x7f)),
        }
    }
    if chinese {
        out.extend_from_slice(b"~}");
    }
    out
}

/// What reads back otherwise than it was written, where mail-parser knows the charset and nothing is meant to be hostile.
pub fn written_faults(scenario: &Scenario, base: &Base) -> Vec<String> {
    let mut faults = Vec::new();
    for (index, mail) in scenario.mail.iter().enumerate() {
        let bytes = match message_bytes(mail, index, scenario, base) {
            Ok(bytes) => bytes,
            Err(fault) => {
                faults.push(format!("{}: {fault}", mail.at));
                continue;
            }
        };
        let plain = mail.raw.is_none() && mail.bounce.is_none() && mail.charset.is_none() && mail.nested.is_none() && mail.label.is_none();
        if !plain {
            continue;
        }
        let Some(message) = mail_parser::MessageParser::default().parse(&bytes) else {
            faults.push(format!("{}: mail-parser cannot read it", mail.at));
            continue;
        };
        let subject = mail.subject.as_deref().unwrap_or("");
        if message.subject().unwrap_or("").trim() != subject.trim() {
            faults.push(format!("{}: subject reads back as {:?}", mail.at, message.subject()));
        }
        let body = message.body_text(0).unwrap_or_default().replace("\r\n", "\n");
        if body.trim_end() != mail.body.trim_end() {
            faults.push(format!("{}: body reads back as {body:?}", mail.at));
        }
        if message.attachment_count() != mail.attach.len() {
            faults.push(format!("{}: {} attachments", mail.at, message.attachment_count()));
        }
    }
    faults
}

#[test]
fn charsets_are_written_as_mail_brings_them() {
    let bytes = |text, charset| encoded(text, charset).expect("the charset can write it");
    assert_eq!(bytes("矿", "gbk"), [0xbf, 0xf3]);
    assert_eq!(bytes("矿", "gb2312"), [0xbf, 0xf3]);
    assert_eq!(bytes("礦", "big5"), [0xc4, 0x71]);
    assert_eq!(bytes("a矿~b", "hz-gb-2312"), b"a~{?s~}~~b");
    assert_eq!(bytes("\u{ff}", "latin-1"), [0xff]);
    assert!(encoded("矿", "latin-1").is_err());
    assert!(encoded("矿", "koi8-r").is_err());
}

#[test]
fn nested_parts_close_in_turn() {
    let text = String::from_utf8(nested(2, b"x")).expect("it is ASCII");
    assert!(text.ends_with("--=_level_0\r\nContent-Type: multipart/mixed; boundary=\"=_level_1\"\r\n\r\n--=_level_1\r\nx\r\n--=_level_1--\r\n\r\n--=_level_0--\r\n"));
}
