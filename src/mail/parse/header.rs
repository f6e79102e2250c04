//! Header blocks: raw lines → names and raw values, nothing decoded.

/// One header field.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header<'a> {
    pub(crate) name: &'a str,
    /// Raw, still folded, without the line end.
    pub(crate) value: &'a [u8],
}

/// The fields of a header block in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Headers<'a> {
    fields: Vec<Header<'a>>,
}

impl<'a> Headers<'a> {
    /// The first field of this name.
    pub(crate) fn first(&self, name: &str) -> Option<&'a [u8]> {
        self.all(name).next()
    }

    /// Every field of this name, topmost first.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.fields.iter().filter(move |field| field.name.eq_ignore_ascii_case(name)).map(|field| field.value)
    }

    pub(crate) fn any(&self, is_it: impl Fn(&str) -> bool) -> bool {
        self.fields.iter().any(|field| is_it(field.name))
    }

    pub(crate) fn have_nul(&self) -> bool {
        self.fields.iter().any(|field| field.value.contains(&0))
    }

    /// Takes one line in: a field, or the continuation of the last. False when it is neither, and the block has ended.
    pub(crate) fn take_line(&mut self, data: &'a [u8], start: usize, end: usize) -> bool {
        let line = data.get(start..end).unwrap_or_default();
        if line.first().is_some_and(|b| matches!(b, b' ' | b'\t')) {
            if let Some(last) = self.fields.last_mut() {
                // Fields are never moved: the value ends where this line begins, line end included.
                let from = start_of(data, last.value);
                last.value = data.get(from..end).unwrap_or_default();
            }
            return true;
        }
        if line.starts_with(b"From ") || line.starts_with(b">From ") {
            return true;
        }
        let Some(colon) = line.iter().position(|b| *b == b':') else { return false };
        let (name, value) = line.split_at(colon);
        let name = name.trim_ascii_end();
        let is_name = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
        match std::str::from_utf8(name) {
            Ok(name) if is_name => {
                self.fields.push(Header { name, value: value.get(1..).unwrap_or_default() });
                true
            }
            _ => false,
        }
    }
}

/// Where `part` begins within `whole`, of which it is a slice.
fn start_of(whole: &[u8], part: &[u8]) -> usize {
    (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize)
}

/// The lines of a message with their places. Lines end with LF or CRLF.
#[derive(Clone, Debug)]
pub(crate) struct Lines<'a> {
    pub(crate) data: &'a [u8],
    pub(crate) at: usize,
}

/// Where a line lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    pub(crate) start: usize,
    /// Without the line end.
    pub(crate) end: usize,
}

impl<'a> Lines<'a> {
    pub(crate) fn text(&self, line: Line) -> &'a [u8] {
        self.data.get(line.start..line.end).unwrap_or_default()
    }
}

impl Iterator for Lines<'_> {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        let rest = self.data.get(self.at..).filter(|rest| !rest.is_empty())?;
        let start = self.at;
        let length = rest.iter().position(|b| *b == b'\n');
        self.at = start + length.map_or(rest.len(), |length| length + 1);
        let mut end = start + length.unwrap_or(rest.len());
        while end > start && self.data.get(end - 1) == Some(&b'\r') {
            end -= 1;
        }
        Some(Line { start, end })
    }
}
