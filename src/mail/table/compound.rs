//! The compound files (MS-CFB) in which a .xls lies: its workbook's stream, with every chain followed to an end.
//!
//! The reader of workbooks trusts the sector table: a chain in a ring would fill the memory. Here each chain must end within
//! the sectors that there are, and each length must fit into the file, or the file is refused.

use crate::domain::table::{CellFault, Wrong};

use super::unreadable;

/// How a compound file begins.
pub(super) const MAGIC: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// Sector numbers from here on are marks, not sectors.
const MARKS: u32 = 0xffff_fffa;
const END: u32 = 0xffff_fffe;

/// Streams below this size lie in the small sectors.
const SMALL_STREAM: usize = 4096;
const SMALL_SECTOR: usize = 64;

/// The workbook's stream of records.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<u8>, CellFault> {
    let file = Compound::open(bytes).ok_or_else(damaged)?;
    if file.streams.iter().any(|stream| stream.name == "encryptedpackage" || stream.name == "encryptioninfo") {
        return Err(CellFault::of_table(Wrong::Protected));
    }
    // Each of them: the reader takes the first of its name, and may ask for a root or another by its length.
    if file.streams.iter().any(|stream| stream.length > bytes.len()) {
        return Err(damaged());
    }
    let named = |name: &str| file.streams.iter().find(|stream| stream.name == name);
    let Some(workbook) = named("workbook").or_else(|| named("book")) else {
        return Err(unreadable("an Office document, but no workbook"));
    };
    file.stream(workbook).ok_or_else(damaged)
}

fn damaged() -> CellFault {
    unreadable("the file is damaged or cut short")
}

struct Compound<'a> {
    bytes: &'a [u8],
    sector: usize,
    table: Vec<u32>,
    small_table: Vec<u32>,
    small: Vec<u8>,
    streams: Vec<Stream>,
}

struct Stream {
    name: String,
    start: u32,
    length: usize,
}

impl<'a> Compound<'a> {
    fn open(bytes: &'a [u8]) -> Option<Compound<'a>> {
        let sector = match u16_at(bytes, 30)? {
            9 => 512,
            12 => 4096,
            _ => return None,
        };
        let mut file = Compound { bytes, sector, table: Vec::new(), small_table: Vec::new(), small: Vec::new(), streams: Vec::new() };
        for id in file.table_sectors()? {
            file.table.extend(numbers(file.sector(id)?));
        }
        let folder = file.chain(u32_at(bytes, 48)?, usize::MAX)?;
        file.streams = folder.as_chunks::<128>().0.iter().filter_map(|entry| stream(entry, sector)).collect();
        let root = file.streams.first().map(|root| (root.start, root.length))?;
        let small_sectors = u32_at(bytes, 64)? as usize;
        if small_sectors > 0 {
            // The length of this chain is a claim too.
            let length = small_sectors.checked_mul(sector).filter(|length| *length <= bytes.len() + sector)?;
            file.small = file.chain(root.0, root.1.min(bytes.len()))?;
            file.small_table = numbers(&file.chain(u32_at(bytes, 60)?, length)?).collect();
        }
        Some(file)
    }

    /// The sectors in which the table of sectors stands: 109 in the header, the rest in a chain of their own.
    fn table_sectors(&self) -> Option<Vec<u32>> {
        let most = self.bytes.len() / self.sector + 1;
        let mut ids: Vec<u32> = numbers(self.bytes.get(76..512)?).collect();
        let mut next = u32_at(self.bytes, 68)?;
        let mut followed = 0;
        while next < MARKS {
            followed += 1;
            if followed > most {
                return None;
            }
            ids.extend(numbers(self.sector(next)?));
            next = ids.pop()?;
        }
        ids.retain(|id| *id < MARKS);
        // A sector twice would stand for a table larger than the file.
        (ids.len() <= most).then_some(ids)
    }

    /// The last sector may be cut short.
    fn sector(&self, id: u32) -> Option<&'a [u8]> {
        let start = (id as usize).checked_add(1)?.checked_mul(self.sector)?;
        let end = start.checked_add(self.sector)?.min(self.bytes.len());
        self.bytes.get(start..end).filter(|sector| !sector.is_empty())
    }

    /// The bytes of a chain, at most `length` of them; `None` where it leads out of the file or into itself.
    fn chain(&self, start: u32, length: usize) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut id = start;
        while id != END && bytes.len() < length {
            bytes.extend_from_slice(self.sector(id)?);
            if bytes.len() > self.bytes.len() + self.sector {
                return None;
            }
            id = *self.table.get(id as usize)?;
        }
        bytes.truncate(length);
        Some(bytes)
    }

    fn stream(&self, stream: &Stream) -> Option<Vec<u8>> {
        if stream.length >= SMALL_STREAM {
            return self.chain(stream.start, stream.length);
        }
        let mut bytes = Vec::new();
        let mut id = stream.start;
        while id != END && bytes.len() < stream.length {
            let start = (id as usize).checked_mul(SMALL_SECTOR)?;
            // No ring: each step adds a byte at least, of less than 4096.
            let sector = self.small.get(start..(start + SMALL_SECTOR).min(self.small.len()))?;
            bytes.extend_from_slice(Some(sector).filter(|sector| !sector.is_empty())?);
            id = *self.small_table.get(id as usize)?;
        }
        bytes.truncate(stream.length);
        Some(bytes)
    }
}

/// An entry of the folder.
fn stream(entry: &[u8; 128], sector: usize) -> Option<Stream> {
    let name: Vec<u16> = entry[..64].as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair)).take_while(|c| *c != 0).collect();
    let low = u32_at(entry, 120)?;
    let high = if sector == 512 { 0 } else { u32_at(entry, 124)? };
    let length = usize::try_from(u64::from(high) << 32 | u64::from(low)).unwrap_or(usize::MAX);
    Some(Stream { name: String::from_utf16_lossy(&name).to_ascii_lowercase(), start: u32_at(entry, 116)?, length })
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes.as_chunks::<4>().0.iter().map(|four| u32::from_le_bytes(*four))
}

/// A little-endian number.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_le_bytes)
}

/// A little-endian number.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}
