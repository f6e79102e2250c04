//! What a DKIM signature says of a text: its canonical form (RFC 6376, 3.4), hashed line by line.
//!
//! Ours, and not mail-auth's: 0.13.3 refuses a valid relaxed text that ends with lines of blanks, and passes over lone CRs.

use mail_auth::dkim::Canonicalization;
use sha2::{Digest, Sha256};

use super::head::Lines;

/// The hash and the length of a text in canonical form.
pub(super) struct Canonical {
    /// SHA-256.
    pub sha256: Vec<u8>,
    /// In bytes.
    pub length: u64,
}

/// Hashes a text, whatever ends its lines.
pub(super) fn canonical(body: &[u8], how: Canonicalization) -> Canonical {
    let mut sum = Sum { hash: Sha256::new(), length: 0 };
    let mut empty_lines = 0_u64;
    let mut relaxed = Vec::new();
    for line in Lines(body) {
        let line = match how {
            Canonicalization::Simple => line,
            Canonicalization::Relaxed => {
                relax(line, &mut relaxed);
                &relaxed
            }
        };
        if line.is_empty() {
            empty_lines += 1;
            continue;
        }
        for _ in 0..std::mem::take(&mut empty_lines) {
            sum.add(b"\r\n");
        }
        sum.add(line);
        sum.add(b"\r\n");
    }
    if sum.length == 0 && how == Canonicalization::Simple {
        sum.add(b"\r\n");
    }
    Canonical { sha256: sum.hash.finalize().to_vec(), length: sum.length }
}

struct Sum {
    hash: Sha256,
    length: u64,
}

impl Sum {
    fn add(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.length += bytes.len() as u64;
    }
}

/// Runs of blanks become one, those at the end go.
fn relax(line: &[u8], to: &mut Vec<u8>) {
    to.clear();
    let mut blank = false;
    for byte in line {
        match byte {
            b' ' | b'\t' => blank = true,
            _ => {
                if std::mem::take(&mut blank) {
                    to.push(b' ');
                }
                to.push(*byte);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(how: Canonicalization, body: &[u8], written_out: &[u8]) {
        let found = canonical(body, how);
        assert_eq!(found.sha256, Sha256::digest(written_out).to_vec(), "{:?}", String::from_utf8_lossy(body));
        assert_eq!(found.length, written_out.len() as u64);
    }

    #[test]
    fn relaxed() {
        same(Canonicalization::Relaxed, b" C \r\nD \t E\r\n\r\n\r\n", b" C\r\nD E\r\n"); // RFC 6376, 3.4.5
        same(Canonicalization::Relaxed, b"text\r\n \t\r\n  \r\n", b"text\r\n");
        same(Canonicalization::Relaxed, b"text\r\n \t\r\nmore", b"text\r\n\r\nmore\r\n");
        same(Canonicalization::Relaxed, b"", b"");
        same(Canonicalization::Relaxed, b" \r\n\r\n", b"");
        same(Canonicalization::Relaxed, b"a\nb\rc\n", b"a\r\nb\r\nc\r\n");
    }

    #[test]
    fn simple() {
        same(Canonicalization::Simple, b" C \r\nD \t E\r\n\r\n\r\n", b" C \r\nD \t E\r\n");
        same(Canonicalization::Simple, b"text\r\n \t\r\n", b"text\r\n \t\r\n");
        same(Canonicalization::Simple, b"", b"\r\n");
        same(Canonicalization::Simple, b"\r\n\r\n", b"\r\n");
        same(Canonicalization::Simple, b"a\nb", b"a\r\nb\r\n");
    }
}
