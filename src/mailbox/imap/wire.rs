//! Bytes ↔ responses, with a deadline on every read and write and a bound on everything that a server can make us hold.
//!
//! The parser is that of async-imap. Its own stream is not used: it holds literals of up to 512 MiB, parses a long response
//! again from the start for every 4 KiB of it, ends at the first response that it cannot parse, and knows no deadlines.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::desk::Signs;
use super::fault::Fault;
use super::line::Line;
use super::said::{self, Said};

/// One line of a response, literals aside.
const LINE_BYTES: usize = 64 << 10;
/// A response without a message in it.
const SMALL_BYTES: usize = 256 << 10;
/// Read at once.
const CHUNK_BYTES: usize = 64 << 10;
/// What the buffer keeps when it is empty.
const KEPT_BYTES: usize = 256 << 10;
/// A single response must be whole within this, however slowly it drips.
const WHOLE: Duration = Duration::from_secs(600);

/// A connection that speaks in responses.
pub(super) struct Wire {
    line: Line,
    buffer: Vec<u8>,
    /// Where the unread part of the buffer begins.
    start: usize,
    /// How far the response that begins there was looked through, and what it needs at least.
    scanned: usize,
    line_start: usize,
    /// In the middle of a long `* SEARCH`.
    searching: bool,
    /// The largest response that is taken.
    limit: usize,
    next_tag: u32,
    /// Nothing may be silent for longer.
    stall: Duration,
    signs: Signs,
}

impl Wire {
    /// Speaks over `line`.
    pub fn new(line: Line, stall: Duration, signs: Signs) -> Wire {
        Wire {
            line,
            buffer: Vec::new(),
            start: 0,
            scanned: 0,
            line_start: 0,
            searching: false,
            limit: SMALL_BYTES,
            next_tag: 1,
            stall,
            signs,
        }
    }

    /// The bare connection, for TLS to begin on. What was read ahead is dropped: whoever put it there was not the server.
    pub fn into_line(self) -> Line {
        self.line
    }

    /// Responses may hold messages of so many bytes from now on.
    pub fn allow(&mut self, message_bytes: usize) {
        self.limit = message_bytes.saturating_add(SMALL_BYTES);
    }

    /// Sends a command; yields its tag.
    pub async fn send(&mut self, command: &str) -> Result<String, Fault> {
        let tag = format!("Z{:04}", self.next_tag);
        self.next_tag += 1;
        self.send_raw(format!("{tag} {command}\r\n").as_bytes()).await?;
        Ok(tag)
    }

    /// Sends bytes as they are.
    pub async fn send_raw(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let writing = async {
            self.line.write_all(bytes).await?;
            self.line.flush().await
        };
        match timeout(self.stall, writing).await {
            Ok(written) => written.map_err(Fault::lost),
            Err(_) => Err(Fault::Stalled),
        }
    }

    /// The next response. Can be given up half-way and asked again.
    pub async fn next(&mut self) -> Result<Said, Fault> {
        self.next_within(self.stall).await
    }

    /// As `next`, where the server may be silent for `silence`.
    pub async fn next_within(&mut self, silence: Duration) -> Result<Said, Fault> {
        let reading = async {
            loop {
                if let Some(said) = self.take()? {
                    return Ok(said);
                }
                self.make_room();
                let read = match timeout(silence, self.line.read_buf(&mut self.buffer)).await {
                    Ok(read) => read.map_err(Fault::lost)?,
                    Err(_) => return Err(Fault::Stalled),
                };
                if read == 0 {
                    return Err(Fault::Closed);
                }
                self.signs.note();
            }
        };
        timeout(silence.max(WHOLE), reading).await.unwrap_or(Err(Fault::Stalled))
    }

    fn make_room(&mut self) {
        if self.start == self.buffer.len() {
            self.buffer.clear();
            self.start = 0;
            if self.buffer.capacity() > KEPT_BYTES {
                self.buffer.shrink_to(KEPT_BYTES);
            }
        } else if self.start > CHUNK_BYTES {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        // `reserve` at least doubles: reading a long response costs no more than its length.
        self.buffer.reserve(CHUNK_BYTES);
    }

    /// A response out of the buffer, if a whole one is there.
    fn take(&mut self) -> Result<Option<Said>, Fault> {
        if self.searching || self.begins_search() {
            return self.take_found();
        }
        let Some(length) = self.frame()? else { return Ok(None) };
        let frame = self.buffer.get(self.start..self.start + length).unwrap_or_default();
        let said = said::understand(frame);
        self.consume(length);
        Ok(Some(said))
    }

    fn consume(&mut self, length: usize) {
        self.start += length;
        self.scanned = 0;
        self.line_start = 0;
    }

    fn unread(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    fn begins_search(&self) -> bool {
        self.unread().get(..8).is_some_and(|head| head.eq_ignore_ascii_case(b"* SEARCH"))
    }

    /// Numbers of a `* SEARCH` as they come: a folder of a million messages says eight megabytes in one line.
    fn take_found(&mut self) -> Result<Option<Said>, Fault> {
        let unread = self.unread();
        let end = unread.iter().position(|byte| *byte == b'\n');
        let (length, whole) = match end {
            Some(end) => (end + 1, true),
            None if unread.len() < LINE_BYTES => return Ok(None),
            None => match unread.iter().rposition(|byte| *byte == b' ') {
                Some(at) if at > 8 => (at, false),
                _ => return Err(Fault::Garbled { what: "a line without an end".to_owned() }),
            },
        };
        let text = String::from_utf8_lossy(unread.get(..length).unwrap_or_default()).into_owned();
        let numbers = if self.searching { text.as_str() } else { text.get(8..).unwrap_or("") };
        let found = said::numbers(numbers);
        self.consume(length);
        self.searching = !whole;
        Ok(Some(Said::Uids(found)))
    }

    /// The length of the response at the start of the buffer; `None`: it is not whole yet.
    fn frame(&mut self) -> Result<Option<usize>, Fault> {
        loop {
            let unread = self.buffer.get(self.start..).unwrap_or_default();
            // Past the end while a literal is awaited.
            let Some(rest) = unread.get(self.scanned..) else { return Ok(None) };
            let Some(at) = rest.iter().position(|byte| *byte == b'\n') else {
                self.scanned = unread.len();
                if self.scanned.saturating_sub(self.line_start) > LINE_BYTES {
                    return Err(Fault::Garbled { what: "a line without an end".to_owned() });
                }
                return Ok(None);
            };
            let end = self.scanned + at;
            let line = unread.get(self.line_start..end).unwrap_or_default();
            match literal(line) {
                None => return Ok(Some(end + 1)),
                Some(size) => {
                    let next = (end + 1).saturating_add(size);
                    if next > self.limit {
                        return Err(Fault::TooMuch { bytes: next });
                    }
                    self.scanned = next;
                    self.line_start = next;
                }
            }
        }
    }
}

/// The size that a line announces at its end: `… {310}`.
fn literal(line: &[u8]) -> Option<usize> {
    let line = line.strip_suffix(b"\r").unwrap_or(line).strip_suffix(b"}")?;
    let open = line.iter().rposition(|byte| *byte == b'{')?;
    let digits = line.get(open + 1..)?;
    let digits = digits.strip_suffix(b"+").unwrap_or(digits);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    // A number that does not fit is certainly too much.
    Some(std::str::from_utf8(digits).ok()?.parse().unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_is_announced_at_the_end_of_a_line() {
        assert_eq!(literal(b"* 1 FETCH (BODY[] {310}\r"), Some(310));
        assert_eq!(literal(b"* OK {}\r"), None);
        assert_eq!(literal(b"* 1 FETCH (BODY[] {99999999999999999999999}"), Some(usize::MAX));
    }

    #[tokio::test]
    async fn responses_come_whole_whatever_the_pieces() {
        let (wire_end, mut server) = tokio::io::duplex(64);
        let mut wire = Wire::new(Line::Test(wire_end), Duration::from_secs(5), Signs::default());
        let long: String = (1..=60_000).map(|uid| format!(" {uid}")).collect();
        let text = format!("* 1 FETCH (UID 5 BODY[] {{6}}\r\nab\r\nc\n)\r\n* SEARCH{long}\r\nZ0001 OK done\r\n");
        let talk = tokio::spawn(async move {
            for piece in text.as_bytes().chunks(7) {
                server.write_all(piece).await.expect("written");
            }
            server
        });
        let Said::Message(message) = wire.next().await.expect("a response") else { panic!("no message") };
        assert_eq!(message.body.as_deref(), Some(&b"ab\r\nc\n"[..]));
        let mut found = Vec::new();
        let status = loop {
            match wire.next().await.expect("a response") {
                Said::Uids(more) => found.extend(more),
                Said::Status(status) => break status,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(found, (1..=60_000).collect::<Vec<u32>>());
        assert_eq!(status.text, "done");
        drop(talk.await);
        assert!(matches!(wire.next().await, Err(Fault::Closed)), "the end is no empty answer");
    }

    #[tokio::test]
    async fn a_server_cannot_make_us_hold_more_than_we_asked_for() {
        for text in ["* 1 FETCH (BODY[] {600000000}\r\n".to_owned(), "x".repeat(LINE_BYTES + 2)] {
            let (wire_end, mut server) = tokio::io::duplex(1 << 20);
            let mut wire = Wire::new(Line::Test(wire_end), Duration::from_secs(5), Signs::default());
            server.write_all(text.as_bytes()).await.expect("written");
            assert!(matches!(wire.next().await, Err(Fault::TooMuch { .. } | Fault::Garbled { .. })));
        }
    }

    #[tokio::test]
    async fn silence_ends() {
        let (wire_end, _server) = tokio::io::duplex(64);
        let mut wire = Wire::new(Line::Test(wire_end), Duration::from_millis(30), Signs::default());
        assert!(matches!(wire.next().await, Err(Fault::Stalled)));
    }
}
