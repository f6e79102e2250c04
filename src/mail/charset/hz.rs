//! HZ-GB-2312 (RFC 1843): GB2312 without the high bit between `~{` and `~}`. encoding_rs refuses it.

use encoding_rs::GB18030;

use super::Decoded;

pub(super) fn decode(bytes: &[u8]) -> Decoded {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut chinese = false;
    let mut rest = bytes.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        match (chinese, byte, rest.peek().copied()) {
            (_, b'~', Some(b'{')) => {
                chinese = true;
                rest.next();
            }
            (_, b'~', Some(b'}')) => {
                chinese = false;
                rest.next();
            }
            (false, b'~', Some(b'~')) => {
                plain.push(b'~');
                rest.next();
            }
            // A line break after `~` is a soft one.
            (false, b'~', Some(b'\n')) => {
                rest.next();
            }
            // Chinese ends with its line, whether the sender said so or not.
            (true, b'\n', _) => {
                chinese = false;
                plain.push(b'\n');
            }
            (true, 0x21..=0x77, Some(second @ 0x21..=0x7e)) => {
                plain.extend([byte | 0x80, second | 0x80]);
                rest.next();
            }
            _ => plain.push(byte),
        }
    }
    let (text, replaced) = GB18030.decode_without_bom_handling(&plain);
    Decoded { text: text.into_owned(), guessed: false, replaced }
}
