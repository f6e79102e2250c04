//! What a zip may unpack to, looked at before anything is unpacked for good.
//!
//! The sizes in a zip's directory are its maker's claim, so each member is unpacked once into nothing, and counted.

use std::io::{BufRead, BufReader, Cursor};

use zip::ZipArchive;
use zip::result::ZipError;

use crate::domain::table::CellFault;
use crate::mail::charset::find;

use super::{too_large, unreadable};

/// Members of a workbook.
const MEMBERS: usize = 2_000;

/// All members together.
const UNPACKED_BYTES: u64 = 48 << 20;

/// What the reader keeps whole: one text, one tag, one comment.
const PIECE_BYTES: usize = 1 << 20;

/// Tags of the parts that the reader keeps in memory: texts, names of sheets.
const KEPT_TAGS: usize = 1_000_000;

/// Tags of the styles: each takes a hundred times its bytes.
const STYLE_TAGS: usize = 100_000;

/// Bytes of these parts.
const KEPT_BYTES: u64 = 16 << 20;

/// Refuses a zip that is no .xlsx, or one that would take more memory than a table may.
pub(super) fn check(bytes: &[u8]) -> Result<(), CellFault> {
    let damaged = |error: ZipError| unreadable(error.to_string());
    // Before the directory is read: each of its entries takes memory.
    if directory_entries(bytes) > MEMBERS {
        return Err(too_large("members of the zip", MEMBERS));
    }
    let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    is_workbook(&zip)?;
    let mut budget = UNPACKED_BYTES;
    let mut kept = Kept { tags: KEPT_TAGS, style_tags: STYLE_TAGS, bytes: KEPT_BYTES };
    for index in 0..zip.len() {
        let member = zip.by_index(index).map_err(damaged)?;
        if member.size() > budget {
            return Err(too_large("bytes unpacked", UNPACKED_BYTES as usize));
        }
        let part = Part::named(&member.name().unwrap_or_default());
        measure(BufReader::with_capacity(64 << 10, member), &mut budget, part, &mut kept)?;
    }
    Ok(())
}

/// The entries of a zip's directory, as they stand in its bytes: each takes memory as soon as the directory is read.
pub(crate) fn directory_entries(bytes: &[u8]) -> usize {
    let (mut rest, mut count) = (bytes, 0);
    while let Some(at) = find(rest, b"PK\x01\x02") {
        count += 1;
        rest = rest.get(at + 4..).unwrap_or_default();
    }
    count
}

fn is_workbook(zip: &ZipArchive<Cursor<&[u8]>>) -> Result<(), CellFault> {
    let names: Vec<String> = zip.file_names().flatten().map(|name| name.replace('\\', "/").to_ascii_lowercase()).collect();
    let has = |part: &str| names.iter().any(|name| name == part);
    if has("_rels/.rels") && names.iter().any(|name| name.contains("workbook.xml")) {
        return Ok(());
    }
    let why = if has("xl/workbook.bin") {
        "a binary workbook (.xlsb); save it as .xlsx"
    } else if has("word/document.xml") {
        "a text document (.docx), no table"
    } else if has("mimetype") {
        "an OpenDocument file; save it as .xlsx"
    } else {
        "an archive, no workbook"
    };
    Err(unreadable(why))
}

/// What the reader does with a member.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Reads it cell by cell.
    Cells,
    /// Keeps all of it.
    Kept,
    /// Keeps all of it, blown up.
    Styles,
}

impl Part {
    fn named(name: &str) -> Part {
        let name = name.replace('\\', "/").to_ascii_lowercase();
        let others = ["strings.xml", "workbook.xml", "theme1.xml", ".rels"];
        if name.ends_with("styles.xml") {
            Part::Styles
        } else if name.contains("worksheets/") && !others.iter().any(|other| name.ends_with(other)) {
            Part::Cells
        } else {
            Part::Kept
        }
    }
}

/// What is left of the limits of the parts that stay in memory.
struct Kept {
    tags: usize,
    style_tags: usize,
    bytes: u64,
}

impl Kept {
    fn take(&mut self, part: Part, tags: usize, bytes: usize) -> Result<(), CellFault> {
        // Pictures have no tags, and are not kept.
        let bytes = if tags > 0 { bytes as u64 } else { 0 };
        self.bytes = self.bytes.checked_sub(bytes).ok_or_else(|| too_large("bytes of texts and styles", KEPT_BYTES as usize))?;
        match part {
            Part::Styles => self.style_tags = self.style_tags.checked_sub(tags).ok_or_else(|| too_large("styles", STYLE_TAGS))?,
            _ => self.tags = self.tags.checked_sub(tags).ok_or_else(|| too_large("texts", KEPT_TAGS))?,
        }
        Ok(())
    }
}

/// Unpacks one member into nothing.
fn measure(mut member: impl BufRead, budget: &mut u64, part: Part, kept: &mut Kept) -> Result<(), CellFault> {
    let mut piece = Piece::default();
    let mut unique_count = UniqueCount::default();
    loop {
        let block = member.fill_buf().map_err(|error| unreadable(error.to_string()))?;
        if block.is_empty() {
            return Ok(());
        }
        let length = block.len();
        *budget = budget.checked_sub(length as u64).ok_or_else(|| too_large("bytes unpacked", UNPACKED_BYTES as usize))?;
        let tags = piece.follow(block)?;
        if part != Part::Cells {
            kept.take(part, tags, length)?;
            unique_count.follow(block)?;
        }
        member.consume(length);
    }
}

/// Follows tags through the bytes of an XML part, and stops where one piece would grow too long.
#[derive(Default)]
struct Piece {
    length: usize,
    last: [u8; 2],
    /// In a comment, a CDATA section or a declaration: tags in it are none.
    special: bool,
    xml: Option<bool>,
}

impl Piece {
    /// The tags that begin in `block`.
    fn follow(&mut self, block: &[u8]) -> Result<usize, CellFault> {
        // Nothing else of a workbook begins so; pictures are not read at all.
        if !*self.xml.get_or_insert_with(|| block.trim_ascii_start().starts_with(b"<") || block.starts_with(b"\xef\xbb\xbf<")) {
            return if looks_wide(block) { Err(unreadable("the workbook is in UTF-16")) } else { Ok(0) };
        }
        let mut tags = 0;
        for &byte in block {
            self.length += 1;
            match byte {
                0 => return Err(unreadable("the workbook holds zero bytes")),
                b'<' if !self.special => {
                    self.length = 0;
                    tags += 1;
                }
                b'!' if self.last[1] == b'<' && !self.special => self.special = true,
                b'>' if self.special && matches!(self.last, [b'-', b'-'] | [b']', b']']) => self.special = false,
                _ if self.length > PIECE_BYTES => return Err(too_large("bytes of one text", PIECE_BYTES)),
                _ => {}
            }
            self.last = [self.last[1], byte];
        }
        Ok(tags)
    }
}

fn looks_wide(block: &[u8]) -> bool {
    block.starts_with(b"\xff\xfe<\0") || block.starts_with(b"\xfe\xff\0<") || block.starts_with(b"<\0") || block.starts_with(b"\0<")
}

/// The number of texts that a part claims to hold, for which the reader would make room at once.
#[derive(Default)]
struct UniqueCount {
    tail: Vec<u8>,
}

impl UniqueCount {
    fn follow(&mut self, block: &[u8]) -> Result<(), CellFault> {
        const NAME: &[u8] = b"uniqueCount";
        self.tail.extend_from_slice(block);
        let mut rest = self.tail.as_slice();
        while let Some(at) = find(rest, NAME) {
            rest = rest.get(at + NAME.len()..).unwrap_or_default();
            let digits = rest.iter().skip_while(|b| b" \t\r\n='\"+0".contains(b)).take_while(|b| b.is_ascii_digit()).count();
            if digits > 6 {
                return Err(too_large("texts", 999_999));
            }
        }
        // Enough for the name, the signs behind it and the digits, where the block ends between them.
        let from = self.tail.len().saturating_sub(64);
        self.tail.drain(..from);
        Ok(())
    }
}
