//! Transfer encodings, leniently: what can be read is read.

const INVALID: u8 = 0xff;
const BASE64: [u8; 256] = base64_values();

const fn base64_values() -> [u8; 256] {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut values = [INVALID; 256];
    let mut i = 0;
    while i < alphabet.len() {
        values[alphabet[i] as usize] = i as u8;
        i += 1;
    }
    values
}

/// Decodes base64. Bytes outside the alphabet are skipped; after padding only more base64 is read, so that a footer
/// which a list server put behind it is not.
pub fn base64(encoded: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(encoded.len() / 4 * 3 + 3);
    let (mut bits, mut count) = (0_u32, 0_u8);
    let mut rest_is_base64 = None;
    for (at, &byte) in encoded.iter().enumerate() {
        let value = BASE64[usize::from(byte)];
        if value != INVALID {
            bits = (bits << 6) | u32::from(value);
            count += 1;
            if count == 4 {
                out.extend_from_slice(&[(bits >> 16) as u8, (bits >> 8) as u8, bits as u8]);
                (bits, count) = (0, 0);
            }
        } else if byte == b'=' && count > 0 {
            flush_base64(bits, count, &mut out);
            (bits, count) = (0, 0);
            let tail = encoded.get(at..).unwrap_or_default();
            if !*rest_is_base64.get_or_insert_with(|| looks_like_base64(tail)) {
                return out;
            }
        }
    }
    flush_base64(bits, count, &mut out);
    out
}

fn flush_base64(bits: u32, count: u8, out: &mut Vec<u8>) {
    match count {
        2 => out.push((bits >> 4) as u8),
        3 => out.extend_from_slice(&[(bits >> 10) as u8, (bits >> 2) as u8]),
        _ => {}
    }
}

/// Whether there is nothing but base64 and white space.
fn looks_like_base64(bytes: &[u8]) -> bool {
    bytes.iter().all(|b| BASE64[usize::from(*b)] != INVALID || b.is_ascii_whitespace() || *b == b'=')
}

/// Whether a body that is said to be base64 is plainly something else: more than an eighth of it is outside the alphabet.
pub fn is_not_base64(body: &[u8]) -> bool {
    let alien = body.iter().filter(|b| BASE64[usize::from(**b)] == INVALID && !b.is_ascii_whitespace() && **b != b'=').count();
    alien > 0 && alien * 8 > body.len()
}

/// Decodes the quoted-printable of bodies (RFC 2045); an `=` that begins no escape stays.
pub fn quoted_printable(encoded: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(encoded.len());
    for line in encoded.split_inclusive(|b| *b == b'\n') {
        let (content, ending) = match line {
            [content @ .., b'\r', b'\n'] => (content, b"\r\n".as_slice()),
            [content @ .., b'\n'] => (content, b"\n".as_slice()),
            content => (content, b"".as_slice()),
        };
        // White space at the end of a line was added on the way.
        let content = content.trim_ascii_end();
        match content.strip_suffix(b"=") {
            Some(content) => unescape(content, &mut out),
            None => {
                unescape(content, &mut out);
                out.extend_from_slice(ending);
            }
        }
    }
    out
}

/// Decodes the `Q` of encoded words, where `_` is a space.
pub fn quoted_printable_word(encoded: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> = encoded.iter().map(|b| if *b == b'_' { b' ' } else { *b }).collect();
    let mut out = Vec::with_capacity(spaced.len());
    unescape(&spaced, &mut out);
    out
}

/// Decodes `%XX` (RFC 2231).
pub fn percent(encoded: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(encoded.len());
    unescape_by(encoded, b'%', &mut out);
    out
}

fn unescape(encoded: &[u8], out: &mut Vec<u8>) {
    unescape_by(encoded, b'=', out);
}

fn unescape_by(encoded: &[u8], sign: u8, out: &mut Vec<u8>) {
    let mut rest = encoded;
    while let Some((&byte, tail)) = rest.split_first() {
        let escaped = match (byte == sign, tail) {
            (true, [high, low, after @ ..]) => hex(*high).zip(hex(*low)).map(|(high, low)| (high << 4 | low, after)),
            _ => None,
        };
        let (byte, after) = escaped.unwrap_or((byte, tail));
        out.push(byte);
        rest = after;
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
