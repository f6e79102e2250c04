//! Transfer encodings, by mail-parser's decoders, which give up at the first byte that is out of place. What they do
//! not know is taken out of their way first.

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::hex::decode_hex;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;

/// Decodes base64. `None`: it is plainly something else, with more than an eighth of it outside the alphabet.
pub fn base64(encoded: &[u8]) -> Option<Vec<u8>> {
    base64_decode(encoded).or_else(|| {
        let is_alien = |b: &&u8| !(b.is_ascii_alphanumeric() || b.is_ascii_whitespace() || matches!(b, b'+' | b'/' | b'='));
        if encoded.iter().filter(is_alien).count() * 8 > encoded.len() {
            return None;
        }
        // What follows the padding is a footer that a list server put there.
        let padding = encoded.iter().position(|b| *b == b'=').unwrap_or(encoded.len());
        let kept: Vec<u8> = encoded.get(..padding)?.iter().filter(|b| !is_alien(b)).copied().collect();
        base64_decode(&kept)
    })
}

/// Decodes quoted-printable; an `=` that begins no escape stays.
pub fn quoted_printable(encoded: &[u8]) -> Vec<u8> {
    quoted_printable_decode(encoded).unwrap_or_else(|| {
        let mut mended = Vec::with_capacity(encoded.len() + 64);
        for (at, byte) in encoded.iter().enumerate() {
            let after = encoded.get(at + 1..).unwrap_or_default();
            let is_escape = matches!(after, [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit());
            let is_soft_break = || after.iter().find(|b| !matches!(b, b' ' | b'\t' | b'\r')).is_none_or(|b| *b == b'\n');
            mended.push(*byte);
            if *byte == b'=' && !is_escape && !is_soft_break() {
                mended.extend_from_slice(b"3D");
            }
        }
        quoted_printable_decode(&mended).unwrap_or(mended)
    })
}

/// Decodes the `Q` of encoded words, where `_` is a space.
pub fn quoted_printable_word(encoded: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> = encoded.iter().map(|b| if *b == b'_' { b' ' } else { *b }).collect();
    quoted_printable(&spaced)
}

/// Decodes `%XX` (RFC 2231); where a `%` is only a percent sign, all of them are.
pub fn percent(encoded: &str) -> Vec<u8> {
    let (is_sound, bytes) = decode_hex(encoded.as_bytes());
    if is_sound { bytes } else { encoded.as_bytes().to_vec() }
}
