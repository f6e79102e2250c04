//! `Content-Type` and `Content-Disposition`: a value and its parameters (RFC 2045, RFC 2231).

use super::transfer::percent;
use crate::mail::charset::words::{clean, decode_words, raw_text};
use crate::mail::charset::{Decoded, decode};

/// A value with parameters.
#[derive(Clone, Debug, Default)]
pub(crate) struct Structured {
    /// Lower case.
    pub(crate) value: String,
    /// Names in lower case, values as written, without quotes.
    parameters: Vec<(String, String)>,
}

impl Structured {
    /// A value without parameters.
    pub(crate) fn of(value: &str) -> Structured {
        Structured { value: value.to_owned(), parameters: Vec::new() }
    }

    pub(crate) fn parse(raw: &[u8]) -> Structured {
        let text = raw_text(raw).text;
        let mut pieces = split(&text).into_iter();
        let value = without_comments(&pieces.next().unwrap_or_default()).trim().to_ascii_lowercase();
        let parameters = pieces.filter_map(|piece| {
            let (name, value) = piece.split_once('=')?;
            Some((without_comments(name).trim().to_ascii_lowercase(), unquote(value.trim())))
        });
        Structured { value, parameters: parameters.collect() }
    }

    /// A parameter as written.
    pub(crate) fn plain(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that a person reads: put together from its segments, percent signs and encoded words decoded.
    pub(crate) fn readable(&self, name: &str) -> Option<Decoded> {
        let decoded = match self.segments(name) {
            Some((bytes, charset)) => {
                let decoded = decode(&bytes, charset.as_deref());
                // Some senders put encoded words into segments.
                if decoded.text.contains("=?") { decode_words(&decoded.text) } else { decoded }
            }
            None => decode_words(self.plain(name)?),
        };
        Some(Decoded { text: clean(&decoded.text), ..decoded })
    }

    /// The bytes of `name*` or of `name*0`, `name*1*`, … and the charset that the first names.
    fn segments(&self, name: &str) -> Option<(Vec<u8>, Option<String>)> {
        let mut segments: Vec<(u32, bool, &str)> = Vec::new();
        for (parameter, value) in &self.parameters {
            let Some(rest) = parameter.strip_prefix(name).and_then(|rest| rest.strip_prefix('*')) else { continue };
            let (number, is_encoded) = match rest.strip_suffix('*') {
                Some(number) => (number, true),
                None => (rest, rest.is_empty()),
            };
            let number = if number.is_empty() { Some(0) } else { number.parse().ok() };
            if let Some(number) = number {
                segments.push((number, is_encoded, value));
            }
        }
        segments.sort_by_key(|(number, ..)| *number);
        segments.dedup_by_key(|(number, ..)| *number);
        let mut charset = None;
        let mut bytes = Vec::new();
        for (index, (_, is_encoded, value)) in segments.iter().enumerate() {
            let mut value = *value;
            if index == 0
                && *is_encoded
                && let Some((label, rest)) = value.split_once('\'')
                && let Some((_, rest)) = rest.split_once('\'')
            {
                charset = Some(label.to_owned()).filter(|label| !label.is_empty());
                value = rest;
            }
            if *is_encoded { bytes.extend(percent(value.as_bytes())) } else { bytes.extend_from_slice(value.as_bytes()) }
        }
        (!segments.is_empty()).then_some((bytes, charset))
    }
}

/// Splits at semicolons outside of quotes.
fn split(text: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut is_quoted = false;
    let mut is_escaped = false;
    for c in text.chars() {
        match c {
            ';' if !is_quoted => {
                pieces.push(String::new());
                continue;
            }
            '"' if !is_escaped => is_quoted = !is_quoted,
            _ => {}
        }
        is_escaped = c == '\\' && !is_escaped;
        if let Some(piece) = pieces.last_mut() {
            piece.push(c);
        }
    }
    pieces
}

/// A quoted string without its quotes and escapes, or a token. A backslash before anything but a quote or another
/// backslash is part of a Windows path.
fn unquote(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"') else {
        return without_comments(value).trim().to_owned();
    };
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' => break,
            '\\' if matches!(rest.peek(), Some('"' | '\\')) => out.extend(rest.next()),
            c => out.push(c),
        }
    }
    out
}

/// The text before the first comment. Unquoted file names have brackets too: only one after white space or at the
/// start is a comment.
fn without_comments(text: &str) -> &str {
    if text.trim_start().starts_with('(') {
        return text.split_once(')').map_or("", |(_, rest)| rest);
    }
    text.split_once(" (").map_or(text, |(before, _)| before)
}
