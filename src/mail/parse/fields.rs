//! Header fields: our charsets, then mail-parser's grammars.
//!
//! mail-parser decodes encoded words and segments one by one, which breaks every character that lies across two. So it
//! gets UTF-8 in which it does not see them, and they are decoded from what it found.

use std::sync::LazyLock;

use mail_parser::Addr;
use mail_parser::parsers::MessageStream;
use regex::Regex;

use super::transfer::percent;
use crate::domain::message::Mailbox;
use crate::mail::charset::words::{clean, decode_words, raw_text};
use crate::mail::charset::{Decoded, decode};

/// More mailboxes than any header of a report has.
const MAX_MAILBOXES: usize = 1000;

/// Stands for the `?` that begins an encoded word.
const WORD: &str = "=\u{1}";
/// Stands for the `*` of segments.
const SEGMENT: &str = "\u{2}";

/// The fields of a header block in their order: names, and raw values, still folded.
#[derive(Clone, Debug)]
pub(crate) struct Headers<'a> {
    fields: Vec<(&'a str, &'a [u8])>,
}

impl<'a> Headers<'a> {
    /// Values are cut at `limit` bytes.
    pub(crate) fn new(fields: impl Iterator<Item = (&'a [u8], &'a [u8])>, limit: usize) -> Headers<'a> {
        let fields = fields.filter_map(|(name, value)| {
            let name = std::str::from_utf8(name).ok()?.trim_end_matches(':').trim();
            Some((name, value.get(..limit).unwrap_or(value)))
        });
        Headers { fields: fields.collect() }
    }

    /// The first field of this name.
    pub(crate) fn first(&self, name: &str) -> Option<&'a [u8]> {
        self.all(name).next()
    }

    /// Every field of this name, topmost first.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.fields.iter().filter(move |(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }

    pub(crate) fn any(&self, is_it: impl Fn(&str) -> bool) -> bool {
        self.fields.iter().any(|(name, _)| is_it(name))
    }

    pub(crate) fn have_nul(&self) -> bool {
        self.fields.iter().any(|(_, value)| value.contains(&0))
    }
}

/// Every mailbox of an address header. Names of groups are not kept.
pub(crate) fn mailboxes(raw: &[u8], noticed: &mut Decoded) -> Vec<Mailbox> {
    let text = raw_text(raw);
    noticed.guessed |= text.guessed;
    noticed.replaced |= text.replaced;
    // Two pairs of brackets for one name are two mailboxes: none may hide behind the other.
    let text = BRACKETS.replace_all(&text.text, ">, <").replace("=?", WORD) + "\n";
    let Some(list) = MessageStream::new(text.as_bytes()).parse_address().into_address() else { return Vec::new() };
    list.iter().take(MAX_MAILBOXES).map(|found| mailbox(found, &text, noticed)).collect()
}

static BRACKETS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r">\s*<").expect("a constant pattern") // every test of mails uses it
});

fn mailbox(found: &Addr<'_>, text: &str, noticed: &mut Decoded) -> Mailbox {
    let (mut name, mut address) = (found.name().unwrap_or_default().to_owned(), found.address().unwrap_or_default());
    // `<@relay,@relay:user@host>`: the route says nothing about who wrote.
    address = address.strip_prefix('@').and_then(|route| route.split_once(':')).map_or(address, |(_, address)| address);
    if !address.is_empty() && !is_word(text, address) {
        // mail-parser put it together, of pieces between which others see an end: `<user> x@host`, `user(x)y@host`.
        name = format!("{name} {address}");
        address = "";
    } else if let Some((before, last)) = address.rsplit_once(char::is_whitespace)
        && !before.contains('@')
        && !text.contains(&format!("<{address}"))
    {
        // `Name user@host` without brackets.
        (name, address) = (before.to_owned(), last);
    }
    let name = decode_words(&name.replace(WORD, "=?"));
    noticed.guessed |= name.guessed;
    noticed.replaced |= name.replaced;
    Mailbox { name: clean(&name.text), address: address.to_owned() }
}

/// Whether an address stands in a field as it is, with nothing of an address before or behind it.
fn is_word(text: &str, address: &str) -> bool {
    let is_end = |c: Option<char>| c.is_none_or(|c| c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';' | ':' | '('));
    let mut places = text.match_indices(address).filter_map(|(at, _)| text.split_at_checked(at));
    places
        .any(|(before, rest)| is_end(before.chars().next_back()) && is_end(rest.get(address.len()..).and_then(|rest| rest.chars().next())))
}

/// The numbers of messages in a field, without their brackets.
pub(crate) fn message_ids(raw: &[u8]) -> Vec<String> {
    let text = raw_text(raw).text + "\n";
    let found = MessageStream::new(text.as_bytes()).parse_id().into_text_list().unwrap_or_default();
    found.iter().map(|id| id.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect()).collect()
}

/// `Content-Type` and `Content-Disposition`: a value and its parameters (RFC 2045, RFC 2231).
#[derive(Clone, Debug, Default)]
pub(crate) struct Structured {
    /// Lower case.
    pub(crate) value: String,
    /// Names in lower case, values as written, without quotes.
    parameters: Vec<(String, String)>,
}

impl Structured {
    pub(crate) fn parse(raw: &[u8]) -> Structured {
        let text = raw_text(raw).text.replace("=?", WORD).replace('*', SEGMENT) + "\n";
        let restored = |text: &str| text.replace(WORD, "=?").replace(SEGMENT, "*");
        let Some(found) = MessageStream::new(text.as_bytes()).parse_content_type().into_content_type() else {
            return Structured::default();
        };
        let subtype = found.c_subtype.iter().map(|subtype| format!("/{subtype}"));
        let parameters = found.attributes.iter().flatten();
        Structured {
            value: found.c_type.chars().chain(subtype.collect::<String>().chars()).collect(),
            parameters: parameters.map(|parameter| (restored(&parameter.name), restored(&parameter.value))).collect(),
        }
    }

    /// A parameter as written.
    pub(crate) fn plain(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that a person reads: put together from its segments, percent signs and encoded words decoded.
    pub(crate) fn readable(&self, name: &str) -> Option<Decoded> {
        let decoded = match self.segments(name) {
            Some((bytes, charset)) => decode(&bytes, charset),
            None => Decoded { text: self.plain(name)?.to_owned(), ..Decoded::default() },
        };
        // Some senders put encoded words into segments, too.
        let words = decode_words(&decoded.text);
        Some(Decoded { text: clean(&words.text), guessed: decoded.guessed || words.guessed, replaced: decoded.replaced || words.replaced })
    }

    /// The bytes of `name*` or of `name*0`, `name*1*`, … and the charset that the first names.
    fn segments(&self, name: &str) -> Option<(Vec<u8>, Option<&str>)> {
        let mut segments: Vec<(u32, bool, &str)> = Vec::new();
        for (parameter, value) in &self.parameters {
            let Some(rest) = parameter.strip_prefix(name).and_then(|rest| rest.strip_prefix('*')) else { continue };
            let number = rest.strip_suffix('*').unwrap_or(rest);
            let is_encoded = rest.is_empty() || number.len() < rest.len();
            segments
                .extend(if number.is_empty() { Some(0) } else { number.parse().ok() }.map(|number| (number, is_encoded, value.as_str())));
        }
        segments.sort_by_key(|(number, ..)| *number);
        segments.dedup_by_key(|(number, ..)| *number);
        let (_, first_is_encoded, first) = segments.first_mut()?;
        let mut charset = None;
        if *first_is_encoded && let [label, _, rest] = first.splitn(3, '\'').collect::<Vec<_>>().as_slice() {
            (charset, *first) = (Some(*label).filter(|label| !label.is_empty()), *rest);
        }
        let bytes = segments.iter().flat_map(|(_, is_encoded, value)| if *is_encoded { percent(value) } else { value.as_bytes().to_vec() });
        Some((bytes.collect(), charset))
    }
}
