//! Words that go into commands: strings, and names of folders in any language.

use data_encoding::{BASE64_NOPAD, Encoding, Specification};

/// Whether a string can stand between quotes as it is.
pub(super) fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

/// Between quotes, with what needs it escaped.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The name of a folder, between quotes, in the modified UTF-7 of RFC 3501 5.1.3.
pub(super) fn folder(name: &str) -> String {
    let mut text = String::new();
    let mut foreign: Vec<u8> = Vec::new();
    for c in name.chars() {
        if (' '..='~').contains(&c) {
            flush(&mut foreign, &mut text);
            text.push(c);
            if c == '&' {
                text.push('-');
            }
        } else {
            let mut units = [0; 2];
            foreign.extend(c.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_be_bytes()));
        }
    }
    flush(&mut foreign, &mut text);
    quoted(&text)
}

fn flush(foreign: &mut Vec<u8>, text: &mut String) {
    if !foreign.is_empty() {
        text.push('&');
        text.push_str(&BASE64_NOPAD.encode(foreign).replace('/', ","));
        text.push('-');
        foreign.clear();
    }
}

/// Base64 as SASL wants it, on one line.
pub(super) fn base64(bytes: &[u8]) -> String {
    data_encoding::BASE64.encode(bytes)
}

/// What stands in a base64 challenge; empty where it is none.
pub(super) fn from_base64(text: &str) -> String {
    let lenient: Option<Encoding> = {
        let mut form: Specification = data_encoding::BASE64.specification();
        form.ignore.push_str(" \r\n\t");
        form.encoding().ok()
    };
    let bytes = lenient.and_then(|form| form.decode(text.as_bytes()).ok()).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_any_language_have_a_name() {
        assert_eq!(folder("INBOX"), "\"INBOX\"");
        assert_eq!(folder("已发送"), "\"&XfJT0ZAB-\"");
        assert_eq!(folder("~peter/mail/台北/日本語"), "\"~peter/mail/&U,BTFw-/&ZeVnLIqe-\"");
        assert_eq!(folder("A & \"B\""), "\"A &- \\\"B\\\"\"");
    }
}
