//! Encoded words (RFC 2047) in headers, as mail programs really write them.
//!
//! Senders cut words in the middle of a character, so that neighbours of one charset are joined as bytes before
//! anything is decoded.

use super::label::Charset;
use super::{Decoded, decode, decode_unlabelled};
use crate::mail::parse::transfer::{base64, quoted_printable_word};

/// How far the end of a word is looked for. RFC 2047 allows 75; some senders put a whole subject into one.
const MAX_WORD_BYTES: usize = 4096;

/// A header value as text: unfolded, raw bytes decoded, encoded words decoded, control characters dropped.
pub fn header_text(raw: &[u8]) -> Decoded {
    let plain = raw_text(raw);
    let words = decode_words(&plain.text);
    Decoded { text: clean(&words.text), guessed: plain.guessed || words.guessed, replaced: plain.replaced || words.replaced }
}

/// A header value as text with its encoded words still encoded: for headers that have a grammar of their own.
pub fn raw_text(raw: &[u8]) -> Decoded {
    let unfolded: Vec<u8> = raw.iter().copied().filter(|b| !matches!(b, b'\r' | b'\n')).collect();
    decode_unlabelled(&unfolded)
}

/// One line of text without control characters; tabs become spaces.
pub fn clean(text: &str) -> String {
    let spaced = text.chars().map(|c| if c == '\t' || c == '\n' { ' ' } else { c });
    let shown: String = spaced.filter(|c| !c.is_control() && *c != '\u{feff}').collect();
    shown.trim().to_owned()
}

/// Decodes every encoded word of `text`; white space between two of them is no text.
pub fn decode_words(text: &str) -> Decoded {
    if !text.contains("=?") {
        return Decoded::sure(text.to_owned());
    }
    let mut out = Decoded::default();
    let mut run = Run::default();
    let mut rest = text;
    while let Some(at) = rest.find("=?") {
        let (before, from) = rest.split_at(at);
        match Word::parse(from) {
            Some((word, after)) => {
                if run.is_empty() || !before.trim().is_empty() {
                    run.flush(&mut out);
                    out.text.push_str(before);
                }
                run.add(word, &mut out);
                rest = after;
            }
            None => {
                run.flush(&mut out);
                let (no_word, after) = from.split_at(2);
                out.text.push_str(before);
                out.text.push_str(no_word);
                rest = after;
            }
        }
    }
    run.flush(&mut out);
    out.text.push_str(rest);
    out
}

/// One `=?charset?B?text?=`.
struct Word<'a> {
    charset: &'a str,
    is_base64: bool,
    text: &'a str,
}

impl<'a> Word<'a> {
    /// The word at the start of `from`, and what follows it.
    fn parse(from: &'a str) -> Option<(Word<'a>, &'a str)> {
        let inner = from.strip_prefix("=?")?;
        let (charset, rest) = inner.split_once('?')?;
        if charset.len() > 60 || charset.contains(['=', ' ', '<', '>', '\t']) {
            return None;
        }
        let (encoding, rest) = rest.split_once('?').filter(|(encoding, _)| encoding.len() == 1)?;
        let is_base64 = match encoding {
            "b" | "B" => true,
            "q" | "Q" => false,
            _ => return None,
        };
        // `?=` right after the `?` is not the end but the first byte of a quoted-printable word.
        let window = rest.get(..rest.floor_char_boundary(MAX_WORD_BYTES))?;
        let (text, _) = window.split_once("?=")?;
        let after = rest.get(text.len() + 2..)?;
        Some((Word { charset, is_base64, text }, after))
    }
}

/// Neighbouring words of one charset: their bytes so far.
#[derive(Default)]
struct Run {
    label: String,
    charset: Option<Charset>,
    bytes: Vec<u8>,
    /// Base64 of the last words that did not come out even, and waits for its rest.
    base64: String,
    begun: bool,
}

impl Run {
    fn is_empty(&self) -> bool {
        !self.begun
    }

    fn add(&mut self, word: Word<'_>, out: &mut Decoded) {
        let charset = Charset::from_label(word.charset);
        // ISO-2022-JP and its like begin anew in every word.
        if self.begun && (charset != self.charset || charset.is_some_and(Charset::is_stateful)) {
            self.flush(out);
        }
        if !self.begun {
            self.label = word.charset.to_owned();
            self.charset = charset;
            self.begun = true;
        }
        if word.is_base64 {
            self.base64.extend(word.text.chars().filter(|c| !c.is_whitespace()));
            if self.base64.ends_with('=') || self.base64.len().is_multiple_of(4) {
                self.settle_base64();
            }
        } else {
            self.settle_base64();
            self.bytes.extend(quoted_printable_word(word.text.as_bytes()));
        }
    }

    fn settle_base64(&mut self) {
        if !self.base64.is_empty() {
            let encoded = std::mem::take(&mut self.base64).into_bytes();
            self.bytes.extend(base64(&encoded).unwrap_or(encoded));
        }
    }

    fn flush(&mut self, out: &mut Decoded) {
        if !self.begun {
            return;
        }
        self.settle_base64();
        let decoded = decode(&self.bytes, Some(&self.label));
        out.text.push_str(&decoded.text);
        out.guessed |= decoded.guessed;
        out.replaced |= decoded.replaced;
        *self = Run::default();
    }
}
