//! UTF-7 (RFC 2152): UTF-16 in base64 between `+` and `-`. Old Exchange servers still answer in it.

use super::Decoded;

pub(super) fn decode(bytes: &[u8]) -> Decoded {
    let mut out = Decoded::default();
    let mut rest = bytes;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'+' {
            match byte {
                0..=0x7f => out.text.push(char::from(byte)),
                _ => {
                    out.text.push(char::REPLACEMENT_CHARACTER);
                    out.replaced = true;
                }
            }
            continue;
        }
        if let Some(tail) = rest.strip_prefix(b"-") {
            out.text.push('+');
            rest = tail;
            continue;
        }
        let length = rest.iter().position(|b| value_of(*b).is_none()).unwrap_or(rest.len());
        let (shifted, tail) = rest.split_at(length);
        push_units(shifted, &mut out);
        rest = tail.strip_prefix(b"-").unwrap_or(tail);
    }
    out
}

fn push_units(base64: &[u8], out: &mut Decoded) {
    let (mut bits, mut count) = (0_u32, 0_u32);
    let mut units = Vec::with_capacity(base64.len() / 2);
    for value in base64.iter().filter_map(|b| value_of(*b)) {
        bits = (bits << 6) | value;
        count += 6;
        if count >= 16 {
            count -= 16;
            units.push(((bits >> count) & 0xffff) as u16);
            bits &= (1 << count) - 1;
        }
    }
    for unit in char::decode_utf16(units) {
        out.replaced |= unit.is_err();
        out.text.push(unit.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
}

fn value_of(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}
