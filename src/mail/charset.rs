//! Charsets, decided from raw bytes.
//!
//! A label is what a sender's program claims, and Chinese mail is full of wrong claims: GB2312 that is GBK, UTF-8 that
//! is GBK, Latin-1 that is anything, no label at all. So a label is believed while the bytes bear it out; where they
//! do not, valid UTF-8 wins, then what the bytes look like, then GB18030, which has a character for nearly everything.

mod hz;
mod label;
mod utf7;
pub mod words;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{BIG5, EUC_KR, Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

pub use label::Charset;

/// How much text is looked at to guess its charset, from its first high byte on.
const SAMPLE_BYTES: usize = 768;

/// Text out of bytes, and how sure it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// The text; bytes that fit no charset stand as U+FFFD.
    pub text: String,
    /// The label was wrong, unknown or missing, and the charset was found by looking.
    pub guessed: bool,
    /// Some bytes were replaced.
    pub replaced: bool,
}

impl Decoded {
    fn sure(text: String) -> Decoded {
        Decoded { text, guessed: false, replaced: false }
    }
}

/// Decodes a body or another run of bytes with the label that came with it.
pub fn decode(bytes: &[u8], label: Option<&str>) -> Decoded {
    if let Some(text) = with_byte_order_mark(bytes) {
        return text;
    }
    let charset = label.and_then(Charset::from_label);
    if bytes.is_ascii() && !charset.is_some_and(Charset::is_stateful) && !looks_like_escapes(bytes) {
        // Plain ASCII means the same everywhere else; it is valid UTF-8.
        return Decoded::sure(String::from_utf8_lossy(bytes).into_owned());
    }
    match charset {
        Some(Charset::Hz) => hz::decode(bytes),
        Some(Charset::Utf7) => utf7::decode(bytes),
        Some(Charset::Known(encoding)) => decode_as(bytes, encoding),
        Some(Charset::Ascii) | None => guess(bytes),
    }
}

/// Decodes bytes that carry no label: raw 8-bit headers, file names.
pub fn decode_unlabelled(bytes: &[u8]) -> Decoded {
    match std::str::from_utf8(bytes) {
        // Raw UTF-8 in headers is legal (RFC 6532): that is no guess.
        Ok(text) if !looks_like_escapes(bytes) => Decoded::sure(text.to_owned()),
        _ => guess(bytes),
    }
}

/// The charset that an HTML page says it is in, in its first 4 KiB.
pub fn html_meta(html: &[u8]) -> Option<String> {
    let head = html.get(..4096).unwrap_or(html).to_ascii_lowercase();
    let mut rest = head.as_slice();
    while let Some(at) = find(rest, b"<meta") {
        rest = rest.get(at + 5..)?;
        let tag = rest.split(|b| *b == b'>').next().unwrap_or(rest);
        if let Some(at) = find(tag, b"charset") {
            let value = tag.get(at + 7..)?.trim_ascii_start();
            if let Some(value) = value.strip_prefix(b"=") {
                let value = value.trim_ascii_start();
                let value = value.strip_prefix(b"\"").or_else(|| value.strip_prefix(b"'")).unwrap_or(value);
                let end = value.iter().position(|b| b"\"' ;/\t\r\n".contains(b)).unwrap_or(value.len());
                let name = String::from_utf8_lossy(value.get(..end)?).into_owned();
                return (!name.is_empty()).then_some(name);
            }
        }
    }
    None
}

/// Decodes HTML: where the label of the part and the page's own word differ, the one that the bytes bear out is taken.
pub fn decode_html(bytes: &[u8], label: Option<&str>) -> Decoded {
    let labelled = label.and_then(Charset::from_label);
    let meta = html_meta(bytes);
    let meta_charset = meta.as_deref().and_then(Charset::from_label);
    match (labelled, meta_charset) {
        (Some(a), Some(b)) if a != b && !bytes.is_ascii() => {
            let by_label = decode(bytes, label);
            // A single-byte charset fits any bytes at all, so that its label proves nothing.
            if a.fits_anything() || by_label.guessed || by_label.replaced {
                let by_meta = decode(bytes, meta.as_deref());
                if !by_meta.replaced {
                    return Decoded { guessed: true, ..by_meta };
                }
            }
            by_label
        }
        (None, Some(_)) => decode(bytes, meta.as_deref()),
        _ => decode(bytes, label),
    }
}

fn decode_as(bytes: &[u8], encoding: &'static Encoding) -> Decoded {
    if encoding == UTF_8 {
        return match std::str::from_utf8(bytes) {
            Ok(text) => Decoded::sure(text.to_owned()),
            Err(_) if is_damaged_utf8(bytes) => Decoded { replaced: true, ..Decoded::sure(String::from_utf8_lossy(bytes).into_owned()) },
            Err(_) => guess(bytes),
        };
    }
    if is_unlikely(bytes, encoding) {
        return guess(bytes);
    }
    let (text, replaced) = encoding.decode_without_bom_handling(bytes);
    if !replaced {
        return Decoded::sure(text.into_owned());
    }
    // GB18030 covers all that GBK and GB2312 do: one bad byte in a long text is damage, and not another charset.
    let by_label = Decoded { text: text.into_owned(), guessed: false, replaced: true };
    let by_guess = guess(bytes);
    if replacements(&by_guess.text) < replacements(&by_label.text) { by_guess } else { by_label }
}

/// Whether bytes that an encoding can decode are plainly in another.
fn is_unlikely(bytes: &[u8], encoding: &'static Encoding) -> bool {
    if encoding == UTF_16LE || encoding == UTF_16BE {
        return false;
    }
    if encoding == GB18030 || encoding == BIG5 || encoding == EUC_KR {
        return is_cjk_utf8(bytes);
    }
    if encoding.is_single_byte() {
        return is_cjk_utf8(bytes) || (is_western(encoding) && is_chinese(bytes, 4));
    }
    false
}

fn is_western(encoding: &'static Encoding) -> bool {
    matches!(encoding.name(), "windows-1252" | "ISO-8859-15" | "ISO-8859-2" | "windows-1250" | "ISO-8859-3" | "ISO-8859-4")
}

/// Valid UTF-8, else what the bytes look like, else GB18030.
fn guess(bytes: &[u8]) -> Decoded {
    if !looks_like_escapes(bytes)
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return Decoded { guessed: !bytes.is_ascii(), ..Decoded::sure(text.to_owned()) };
    }
    if is_damaged_utf8(bytes) {
        return Decoded { text: String::from_utf8_lossy(bytes).into_owned(), guessed: true, replaced: true };
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    // The detector is slow, and certain long before this.
    let first = bytes.iter().position(|b| !b.is_ascii() || *b == 0x1b).unwrap_or(0).saturating_sub(2);
    let sample = bytes.get(first..(first + SAMPLE_BYTES).min(bytes.len())).unwrap_or(bytes);
    detector.feed(sample, first + sample.len() == bytes.len());
    let detected = match detector.guess(None, Utf8Detection::Deny) {
        found if found == GBK => GB18030,
        found if found.is_single_byte() && is_chinese(bytes, 1) => GB18030,
        // Statistics need length; in this network a few double bytes are Chinese.
        found if found != WINDOWS_1252 && is_chinese(bytes, 1) && bytes.iter().filter(|b| !b.is_ascii()).count() <= 16 => GB18030,
        found => found,
    };
    let (text, replaced) = detected.decode_without_bom_handling(bytes);
    if replaced && detected != GB18030 {
        let (chinese, chinese_replaced) = GB18030.decode_without_bom_handling(bytes);
        if !chinese_replaced || replacements(&chinese) < replacements(&text) {
            return Decoded { text: chinese.into_owned(), guessed: true, replaced: chinese_replaced };
        }
    }
    Decoded { text: text.into_owned(), guessed: true, replaced }
}

fn with_byte_order_mark(bytes: &[u8]) -> Option<Decoded> {
    let (encoding, length) = Encoding::for_bom(bytes)?;
    let (text, replaced) = encoding.decode_without_bom_handling(bytes.get(length..)?);
    if replaced && encoding == UTF_8 {
        return None;
    }
    Some(Decoded { text: text.into_owned(), guessed: false, replaced })
}

/// ISO-2022-JP is all ASCII bytes, and known by its escapes.
fn looks_like_escapes(bytes: &[u8]) -> bool {
    bytes.contains(&0x1b) && [b"\x1b$B".as_slice(), b"\x1b$@", b"\x1b(J"].iter().any(|escape| find(bytes, escape).is_some())
}

/// UTF-8 with a few broken bytes: far more whole characters than breaks. Text cut in the middle of a character is such.
fn is_damaged_utf8(bytes: &[u8]) -> bool {
    let (mut whole, mut broken) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        whole += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    broken > 0 && whole >= 3 && whole / 4 >= broken
}

/// Valid UTF-8 of at least two characters, all of them CJK or its punctuation: no accident in any other charset.
fn is_cjk_utf8(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let mut count = 0;
    for c in text.chars().filter(|c| !c.is_ascii()) {
        if !matches!(c, '\u{2010}'..='\u{2027}' | '\u{2160}'..='\u{217f}' | '\u{2460}'..='\u{24ff}' | '\u{3000}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}' | '\u{b7}' | '\u{d7}')
        {
            return false;
        }
        count += 1;
    }
    count >= 2
}

/// Whether all high bytes are in pairs of GBK, at least `pairs` of them, and most are the common characters of GB2312.
/// European text has its high bytes one by one.
fn is_chinese(bytes: &[u8], pairs: usize) -> bool {
    let (mut all, mut common) = (0_usize, 0_usize);
    let mut rest = bytes.iter();
    while let Some(&lead) = rest.next() {
        if lead.is_ascii() {
            continue;
        }
        match (lead, rest.next()) {
            (0xb0..=0xd7, Some(0xa1..=0xfe)) => common += 1,
            (0x81..=0xfe, Some(0x40..=0x7e | 0x80..=0xfe)) => {}
            _ => return false,
        }
        all += 1;
    }
    all >= pairs && common * 2 > all
}

fn replacements(text: &str) -> usize {
    text.matches('\u{fffd}').count()
}

/// Where `needle` begins in `hay`. For short needles.
pub(crate) fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut from = 0;
    loop {
        let at = from + hay.get(from..)?.iter().position(|b| *b == first)?;
        if hay.get(at..)?.starts_with(needle) {
            return Some(at);
        }
        from = at + 1;
    }
}
