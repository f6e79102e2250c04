//! .pdf, by `pdftotext` of poppler-utils where it is installed: readers in Rust panic on ordinary Chinese fonts.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use super::{TEXT_BYTES, Text};
use crate::domain::attached::Lack;
use crate::mail::charset::find;

const PROGRAM: &str = "pdftotext";

/// Pages that are read.
const PAGES: &str = "300";

/// A file takes no longer than this.
const PATIENCE: Duration = Duration::from_secs(8);

/// Whether .pdf files can be read on this machine.
pub fn installed() -> bool {
    Command::new(PROGRAM).arg("-v").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// Reads a .pdf. The limits of this process hold for the one that reads it, too.
pub(super) fn read(bytes: &[u8], text: &mut Text) -> Result<(), Lack> {
    // Without its end a file has no directory, and the reader would search all of it for pieces.
    let tail = bytes.get(bytes.len().saturating_sub(4096)..).unwrap_or(bytes);
    if find(tail, b"startxref").is_none() {
        return Err(Lack::Damaged);
    }
    let mut command = Command::new(PROGRAM);
    command.args(["-q", "-enc", "UTF-8", "-nopgbrk", "-l", PAGES, "-", "-"]);
    let mut child = match command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(Lack::NoReader),
        Err(_) => return Err(Lack::Damaged),
    };
    let (read, complaint, in_time) = run(&mut child, bytes);
    let status = child.wait();
    text.push_lines(&String::from_utf8_lossy(&read))?;
    match status {
        _ if !in_time => Err(Lack::TookTooLong),
        Ok(status) if status.success() => Ok(()),
        // Ended by a signal: it asked for more than it may have.
        Ok(status) if status.code().is_none() => Err(Lack::TooLarge),
        Ok(status) if status.code() == Some(3) => Err(Lack::Protected),
        _ if find(&complaint.to_ascii_lowercase(), b"password").is_some() => Err(Lack::Protected),
        _ => Err(Lack::Damaged),
    }
}

/// What it printed, what it complained of, and whether it ended in time.
fn run(child: &mut Child, bytes: &[u8]) -> (Vec<u8>, Vec<u8>, bool) {
    let (Some(mut input), Some(output), Some(complaints)) = (child.stdin.take(), child.stdout.take(), child.stderr.take()) else {
        return (Vec::new(), Vec::new(), false);
    };
    thread::scope(|scope| {
        // A reader that has seen enough closes its end; the rest need not be written.
        scope.spawn(move || drop(input.write_all(bytes)));
        let complaint = scope.spawn(move || read_some(complaints, 4096));
        let (ended, end) = channel();
        let printed = scope.spawn(move || {
            let printed = read_some(output, TEXT_BYTES as u64 + 4);
            let _ = ended.send(());
            printed
        });
        let in_time = !matches!(end.recv_timeout(PATIENCE), Err(RecvTimeoutError::Timeout));
        if !in_time {
            let _ = child.kill();
        }
        (printed.join().unwrap_or_default(), complaint.join().unwrap_or_default(), in_time)
    })
}

fn read_some(from: impl Read, limit: u64) -> Vec<u8> {
    let mut read = Vec::new();
    // What came before an error is worth having.
    let _ = from.take(limit).read_to_end(&mut read);
    read
}
