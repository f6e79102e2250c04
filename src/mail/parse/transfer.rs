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

/// Encoded bytes that are decoded at once.
const PIECE_BYTES: usize = 256 << 10;

/// Decodes base64 and hands it over in pieces. `None`: it is not clean, and only `base64` can make something of the whole; what was
/// handed over does not count then.
pub fn each_piece_of_base64(encoded: &[u8], mut take: impl FnMut(&[u8])) -> Option<()> {
    let mut rest = encoded;
    while let Some(piece) = rest.get(..PIECE_BYTES) {
        if piece.contains(&b'=') {
            // Padding belongs to the end, which is near.
            break;
        }
        let mut over = piece.iter().filter(|byte| !byte.is_ascii_whitespace()).count() % 4;
        let mut end = piece.len();
        while over > 0 {
            end -= 1;
            over -= usize::from(!piece.get(end)?.is_ascii_whitespace());
        }
        let (piece, later) = rest.split_at(end);
        take(&base64_decode(piece)?);
        rest = later;
    }
    if rest.len() > 2 * PIECE_BYTES {
        return None;
    }
    take(&base64_decode(rest)?);
    Some(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_in_pieces_is_base64_as_a_whole() {
        let bytes: Vec<u8> = (0..900_000_u32).map(|nth| (nth.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for (length, width, end) in [(900_000, 76, "\r\n"), (899_999, 60, "\n"), (899_998, 1_000, "\r\n \t"), (20, 76, "\r\n"), (0, 76, "")]
        {
            let encoded = data_encoding::BASE64.encode(bytes.get(..length).expect("enough"));
            let lines: Vec<&str> = encoded.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
            let encoded = lines.join(end);
            let mut pieces = Vec::new();
            each_piece_of_base64(encoded.as_bytes(), |piece| pieces.extend_from_slice(piece)).expect("clean");
            assert_eq!(Some(pieces), base64(encoded.as_bytes()));
        }
        let alien = format!("{}!!{}", "QUJD\n".repeat(100_000), "QUJD\n".repeat(100_000));
        assert_eq!(each_piece_of_base64(alien.as_bytes(), |_| ()), None);
    }
}
