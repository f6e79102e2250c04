//! HTML → the text that a person would read, in one pass, whatever the nesting.
//!
//! Reports come as tables: cells of a row are set apart by a tab, rows by a line break, so that labels and values do
//! not run together. Nothing of the page is trusted; the outcome is text.

/// HTML as text. `html` should be capped by the caller.
pub(crate) fn to_text(html: &str) -> String {
    let mut writer = Writer { out: String::with_capacity(html.len() / 2), ..Writer::default() };
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (text, tail) = rest.split_at(at);
        writer.text(text);
        rest = match Tag::read(tail) {
            Some((tag, after)) => {
                let hidden = matches!(tag.name.as_str(), "script" | "style" | "title" | "template");
                if hidden && !tag.closes {
                    skip_element(after, &tag.name)
                } else {
                    {
                        writer.tag(&tag);
                        after
                    }
                }
            }
            None => {
                writer.text("<");
                tail.get(1..).unwrap_or_default()
            }
        };
    }
    writer.text(rest);
    writer.out
}

/// What stands between two pieces of text; the greatest of several wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    None,
    Space,
    Line,
    Cell,
    Row,
}

struct Tag {
    name: String,
    closes: bool,
}

impl Tag {
    /// The tag at the start of `from`, and what follows it; a comment is a tag without a name. `None`: this `<` is text.
    fn read(from: &str) -> Option<(Tag, &str)> {
        let nameless = |after| Some((Tag { name: String::new(), closes: false }, after));
        let inner = from.get(1..)?;
        if let Some(comment) = inner.strip_prefix("!--") {
            return nameless(comment.find("-->").and_then(|end| comment.get(end + 3..)).unwrap_or_default());
        }
        if inner.starts_with(['!', '?']) {
            return nameless(inner.find('>').and_then(|end| inner.get(end + 1..)).unwrap_or_default());
        }
        let (closes, inner) = inner.strip_prefix('/').map_or((false, inner), |inner| (true, inner));
        if !inner.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        let length = inner.find(|c: char| !(c.is_ascii_alphanumeric() || c == ':' || c == '-')).unwrap_or(inner.len());
        let (name, attributes) = inner.split_at(length);
        let after = after_attributes(attributes);
        Some((Tag { name: name.to_ascii_lowercase(), closes }, after))
    }
}

/// What follows the `>` that ends a tag; a `>` within quotes does not. A quote that is never closed ends nothing.
fn after_attributes(attributes: &str) -> &str {
    let mut quote = None;
    for (at, byte) in attributes.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return attributes.get(at + 1..).unwrap_or_default(),
            // A quote begins a value after `=` only.
            (None, b'"' | b'\'') if attributes.get(..at).is_some_and(|before| before.trim_end().ends_with('=')) => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
        if at > MAX_TAG_BYTES {
            break;
        }
    }
    attributes.find('>').and_then(|end| attributes.get(end + 1..)).unwrap_or_default()
}

/// How long a tag with quotes may be before the next `>` is taken for its end.
const MAX_TAG_BYTES: usize = 64 << 10;

/// What follows the end of an element whose content nobody reads; everything, when it never ends.
fn skip_element<'a>(from: &'a str, name: &str) -> &'a str {
    let mut rest = from;
    while let Some(at) = rest.find("</") {
        rest = rest.get(at + 2..).unwrap_or_default();
        let is_end = rest.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name));
        if is_end {
            return rest.find('>').and_then(|end| rest.get(end + 1..)).unwrap_or_default();
        }
    }
    ""
}

#[derive(Default)]
struct Writer {
    out: String,
    gap: Gap,
    /// Line breaks by `<br>` beyond the first.
    blank_lines: u8,
}

impl Writer {
    fn tag(&mut self, tag: &Tag) {
        let gap = match tag.name.as_str() {
            "br" => {
                if self.gap >= Gap::Line {
                    self.blank_lines = 1;
                }
                Gap::Line
            }
            "td" | "th" => Gap::Cell,
            "tr" | "table" | "tbody" | "thead" | "tfoot" | "caption" => Gap::Row,
            "p" | "div" | "li" | "ul" | "ol" | "dl" | "dt" | "dd" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "blockquote" | "pre"
            | "hr" | "section" | "article" | "header" | "footer" | "address" | "center" | "form" | "fieldset" | "option" | "body" => {
                Gap::Line
            }
            "img" | "input" | "button" | "select" => Gap::Space,
            _ => Gap::None,
        };
        self.gap = self.gap.max(gap);
    }

    fn text(&mut self, text: &str) {
        for (index, word) in text.split([' ', '\t', '\r', '\n']).enumerate() {
            if index > 0 {
                self.gap = self.gap.max(Gap::Space);
            }
            if !word.is_empty() {
                self.separate();
                push_with_entities(word, &mut self.out);
            }
        }
    }

    fn separate(&mut self) {
        if !self.out.is_empty() {
            self.out.push_str(match self.gap {
                Gap::None => "",
                Gap::Space => " ",
                Gap::Cell => "\t",
                Gap::Line | Gap::Row if self.blank_lines > 0 => "\n\n",
                Gap::Line | Gap::Row => "\n",
            });
        }
        self.gap = Gap::None;
        self.blank_lines = 0;
    }
}

fn push_with_entities(word: &str, out: &mut String) {
    let mut rest = word;
    while let Some(at) = rest.find('&') {
        let (before, tail) = rest.split_at(at);
        out.push_str(before);
        rest = match entity(tail) {
            Some((c, after)) => {
                // A no-break space is a space to whoever reads fields.
                out.push(if c == '\u{a0}' { ' ' } else { c });
                after
            }
            None => {
                out.push('&');
                tail.get(1..).unwrap_or_default()
            }
        };
    }
    out.push_str(rest);
}

/// The character that an entity at the start of `from` stands for, and what follows.
fn entity(from: &str) -> Option<(char, &str)> {
    let body = from.get(1..)?;
    let length = body.bytes().take(33).position(|b| !(b.is_ascii_alphanumeric() || b == b'#'))?;
    if body.as_bytes().get(length) != Some(&b';') || length == 0 {
        return None;
    }
    let mut read = String::new();
    mail_parser::decoders::html::add_html_token(&mut read, from.get(..length + 2)?.as_bytes(), false);
    let mut chars = read.chars();
    let c = chars.next()?;
    // An unknown name comes back as it went in.
    chars.next().is_none().then_some((c, body.get(length + 1..).unwrap_or_default()))
}
