//! The tree of MIME parts, as mail-parser finds it.

use std::ops::Range;

use mail_parser::{HeaderName, MessageParser, MessagePart, PartType};

use super::Limits;
use super::fields::{Headers, Structured};
use super::mask::Masked;
use super::thin::Thin;

/// One part, or the whole message.
#[derive(Debug)]
pub(crate) struct Part<'a> {
    pub(crate) headers: Headers<'a>,
    pub(crate) content_type: Structured,
    pub(crate) disposition: Structured,
    /// Raw, still encoded.
    pub(crate) body: &'a [u8],
    pub(crate) children: Vec<Part<'a>>,
    /// Different for each part, in message order.
    pub(crate) number: usize,
}

impl Part<'_> {
    pub(crate) fn is_multipart(&self) -> bool {
        !self.children.is_empty()
    }

    pub(crate) fn media_type(&self) -> &str {
        &self.content_type.value
    }
}

/// The tree, and whether limits cut it short. `None`: there is no header.
pub(crate) fn tree<'a>(data: &'a [u8], limits: &Limits) -> Option<(Part<'a>, bool)> {
    tree_in(&Thin::of(data, limits), data, limits)
}

/// The tree of `data`, found in a thin copy of it.
pub(super) fn tree_in<'a>(thin: &Thin<'_>, data: &'a [u8], limits: &Limits) -> Option<(Part<'a>, bool)> {
    let copy = Masked::new(&thin.bytes, limits);
    // The transfer encoding is left out: contents are decoded when they are read, and from the original.
    let parser = MessageParser::new().header_content_type(HeaderName::ContentType).default_header_ignore();
    let message = parser.parse(copy.bytes.as_ref())?;
    let mut walk = Walk { data, thin, copy: &copy, parts: &message.parts, limits, taken: 0, truncated: copy.truncated };
    let root = walk.part(0, "text/plain", 0)?;
    Some((root, walk.truncated))
}

struct Walk<'a, 'm> {
    data: &'a [u8],
    thin: &'m Thin<'m>,
    copy: &'m Masked<'m>,
    parts: &'m [MessagePart<'m>],
    limits: &'m Limits,
    taken: usize,
    truncated: bool,
}

impl<'a> Walk<'a, '_> {
    fn part(&mut self, number: usize, default_type: &str, depth: usize) -> Option<Part<'a>> {
        let found = self.parts.get(number)?;
        self.taken += 1;
        let fields = found.headers.iter();
        let headers = Headers::new(
            fields.map(|field| (self.slice(field.offset_field..field.offset_start), self.slice(field.offset_start..field.offset_end))),
            self.limits.header_bytes,
        );
        let content_type = content_type(&headers, default_type);
        let disposition = headers.first("Content-Disposition").map(Structured::parse).unwrap_or_default();
        let body = self.slice(found.offset_body..found.offset_end);
        let default_type = if content_type.value == "multipart/digest" { "message/rfc822" } else { "text/plain" };
        let mut children = Vec::new();
        if let PartType::Multipart(numbers) = &found.body {
            for number in numbers {
                if depth >= self.limits.depth || self.taken >= self.limits.parts {
                    self.truncated = true;
                    break;
                }
                children.extend(self.part(*number as usize, default_type, depth + 1));
            }
        }
        Some(Part { headers, content_type, disposition, body, children, number })
    }

    fn slice(&self, place: Range<u32>) -> &'a [u8] {
        let original = |at| self.thin.original(self.copy.original(at));
        self.data.get(original(place.start)..original(place.end)).unwrap_or_default()
    }
}

/// The type of a part; one that is no `type/subtype` counts as plain text (RFC 2045, 5.2).
fn content_type(headers: &Headers<'_>, default_type: &str) -> Structured {
    let mut found = headers.first("Content-Type").map(Structured::parse).unwrap_or_default();
    if headers.first("Content-Type").is_none() {
        found.value = default_type.to_owned();
    } else if !found.value.contains('/') {
        found.value = "text/plain".to_owned();
    }
    found
}
