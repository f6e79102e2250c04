//! .docx and .pptx: a zip of XML parts, read tag by tag.
//!
//! Nothing is resolved: no entity of the file's own, no part of another file, no link.

use std::io::{BufRead, BufReader, Cursor, Read};

use quick_xml::Reader;
use quick_xml::events::Event;
use zip::ZipArchive;

use super::Text;
use crate::domain::attached::Lack;
use crate::mail::table::directory_entries;

/// Members of a document.
pub(super) const MEMBERS: usize = 3_000;

/// All parts that are read, unpacked.
const UNPACKED_BYTES: u64 = 24 << 20;

/// Reads a document. `None`: it is a zip of another kind.
pub(super) fn read(bytes: &[u8], text: &mut Text) -> Option<Result<(), Lack>> {
    if directory_entries(bytes) > MEMBERS {
        return Some(Err(Lack::TooLarge));
    }
    let mut zip = match ZipArchive::new(Cursor::new(bytes)) {
        Ok(zip) => zip,
        Err(_) => return Some(Err(Lack::Damaged)),
    };
    let parts = parts(&zip);
    if parts.is_empty() {
        return None;
    }
    let mut budget = UNPACKED_BYTES;
    Some(parts.into_iter().try_for_each(|part| {
        let part = zip.by_name(&part).map_err(|_| Lack::Damaged)?;
        let mut limited = part.take(budget);
        let read = xml(BufReader::new(&mut limited), text);
        budget = limited.limit();
        // What ends at the limit looks like damage.
        if budget == 0 { Err(Lack::TooLarge) } else { read }
    }))
}

/// The parts that hold text, in reading order.
fn parts(zip: &ZipArchive<Cursor<&[u8]>>) -> Vec<String> {
    let mut parts: Vec<(u32, String)> = Vec::new();
    for name in zip.file_names().flatten() {
        let order = match &*name.to_ascii_lowercase() {
            "word/document.xml" => Some(0),
            "word/footnotes.xml" => Some(1),
            "word/endnotes.xml" => Some(2),
            slide => slide.strip_prefix("ppt/slides/slide").and_then(|rest| rest.strip_suffix(".xml")?.parse().ok()),
        };
        parts.extend(order.map(|order| (order, name.to_string())));
    }
    parts.sort();
    parts.into_iter().map(|(_, name)| name).collect()
}

/// The text of one part. Cells of a row are set apart by tabs, paragraphs and rows by line ends.
fn xml(part: impl BufRead, text: &mut Text) -> Result<(), Lack> {
    let mut reader = Reader::from_reader(part);
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_unmatched_ends = true;
    reader.config_mut().allow_dangling_amp = true;
    let (mut buffer, mut in_text, mut cells) = (Vec::new(), false, 0_u32);
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(|_| Lack::Damaged)? {
            Event::Eof => return text.end_line(),
            Event::Start(tag) => match tag.local_name().into_inner() {
                "t" => in_text = true,
                "tc" => cells += 1,
                _ => {}
            },
            Event::Empty(tag) => match tag.local_name().into_inner() {
                "tab" => text.push("\t")?,
                "br" | "cr" => text.push(if cells > 0 { " " } else { "\n" })?,
                "noBreakHyphen" => text.push("-")?,
                // A cell without anything in it keeps its place.
                "tc" => text.push("\t")?,
                _ => {}
            },
            Event::End(tag) => match tag.local_name().into_inner() {
                "t" => in_text = false,
                "p" if cells > 0 => text.push(" ")?,
                "tc" => {
                    cells = cells.saturating_sub(1);
                    let ended = text.kept.trim_end_matches(' ').len();
                    text.kept.truncate(ended);
                    text.push(if cells > 0 { " " } else { "\t" })?;
                }
                "p" | "tr" => text.end_line()?,
                _ => {}
            },
            Event::Text(piece) if in_text => text.push(&piece.xml10_content())?,
            Event::CData(piece) if in_text => text.push(&piece.xml10_content())?,
            Event::GeneralRef(name) if in_text => {
                let named = match &*name {
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "amp" => Some('&'),
                    "quot" => Some('"'),
                    "apos" => Some('\''),
                    // An entity of the file's own stays unresolved.
                    _ => name.resolve_char_ref().ok().flatten(),
                };
                if let Some(c) = named.filter(|c| !c.is_control()) {
                    text.push(c.encode_utf8(&mut [0; 4]))?;
                }
            }
            _ => {}
        }
    }
}
