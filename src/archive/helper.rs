//! Files are read in a process of their own: what panics, hangs or asks for more memory than it may ends that process and nothing
//! else, and the message goes on without the text.
//!
//! It is this same program with a hidden command. It takes one file after the other on standard input, so that a file costs no
//! start of a process, and is ended when the batch is done. A file is a line of JSON that says its name, its type and its length,
//! and its bytes; the answer is a line of JSON.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, setrlimit};
use serde::{Deserialize, Serialize};

use super::text::{self, FILE_BYTES, Kind};
use crate::domain::attached::{FileText, Lack};

/// The hidden command.
pub const COMMAND: &str = "read-attachments";

/// Memory that a reading may take, the file itself included.
const MEMORY_BYTES: u64 = 56 << 20;

/// Seconds of a processor for all files of a batch: a process whose master has died ends by itself.
const PROCESSOR_SECONDS: u64 = 60;

/// A file takes no longer than this.
const PATIENCE: Duration = Duration::from_secs(10);

/// An answer is no longer than this.
const ANSWER_BYTES: u64 = 16 << 20;

/// Reads files in a process that it starts as needed.
#[derive(Debug)]
pub struct Helper {
    program: Option<PathBuf>,
    memory_bytes: u64,
    patience: Duration,
    running: Mutex<Option<Running>>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    input: ChildStdin,
    answers: Receiver<String>,
    served: u32,
}

/// What comes before the bytes of a file.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    name: String,
    media_type: String,
    length: usize,
}

impl Default for Helper {
    fn default() -> Helper {
        Helper::by(this_program())
    }
}

impl Helper {
    /// A helper that runs `program`; without one, only plain text is read.
    pub fn by(program: Option<PathBuf>) -> Helper {
        Helper { program, memory_bytes: MEMORY_BYTES, patience: PATIENCE, running: Mutex::new(None) }
    }

    /// The same, with less patience.
    #[must_use]
    pub fn patient_for(self, patience: Duration) -> Helper {
        Helper { patience, ..self }
    }

    /// Reads a file. A file of a kind that holds no text for us is named.
    pub fn read(&self, name: &str, media_type: &str, bytes: &[u8]) -> Vec<FileText> {
        match text::kind(name, media_type, bytes) {
            None => return vec![FileText::named(name)],
            // Nothing in it can fail.
            Some(Kind::Plain) => return text::read(name, media_type, bytes),
            Some(_) if bytes.len() > FILE_BYTES => return vec![FileText::without(name, Lack::TooLarge)],
            Some(_) => {}
        }
        let without = |lack| vec![FileText::without(name, lack)];
        let mut running = self.running();
        for _ in 0..2 {
            if running.is_none() {
                *running = self.start();
            }
            let Some(helper) = running.as_mut() else { return without(Lack::NoReader) };
            let was_fresh = helper.served == 0;
            match helper.ask(name, media_type, bytes, self.patience) {
                Ok(files) => return files,
                Err(lack) => {
                    *running = None;
                    tracing::info!(%lack, size = bytes.len(), "an attachment was not read to its end");
                    // One that has read others may have come to its end of itself.
                    if was_fresh || lack == Lack::TookTooLong {
                        return without(lack);
                    }
                }
            }
        }
        without(Lack::Damaged)
    }

    /// Ends the process, until the next file.
    pub fn rest(&self) {
        *self.running() = None;
    }

    fn start(&self) -> Option<Running> {
        let program = self.program.as_ref()?;
        let mut command = Command::new(program);
        command.arg(COMMAND).arg(self.memory_bytes.to_string()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        command.env_clear().current_dir("/");
        // The allocator takes a gigabyte for later use otherwise, which the limit on memory counts: nothing would be left.
        command.env("MIMALLOC_ARENA_EAGER_COMMIT", "0");
        // Where the reader of .pdf is found.
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => {
                tracing::warn!(program = %program.display(), %error, "attachments cannot be read: the process that reads them does not start");
                return None;
            }
        };
        let (input, output) = (child.stdin.take()?, child.stdout.take()?);
        let (send, answers) = channel();
        thread::spawn(move || {
            let mut output = BufReader::new(output);
            let mut line = String::new();
            while matches!((&mut output).take(ANSWER_BYTES).read_line(&mut line), Ok(length) if length > 0) {
                if send.send(std::mem::take(&mut line)).is_err() {
                    return;
                }
            }
        });
        Some(Running { child, input, answers, served: 0 })
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    fn ask(&mut self, name: &str, media_type: &str, bytes: &[u8], patience: Duration) -> Result<Vec<FileText>, Lack> {
        let header = Header { name: name.to_owned(), media_type: media_type.to_owned(), length: bytes.len() };
        let mut line = serde_json::to_vec(&header).map_err(|_| Lack::Damaged)?;
        line.push(b'\n');
        if self.input.write_all(&line).and_then(|()| self.input.write_all(bytes)).and_then(|()| self.input.flush()).is_err() {
            return Err(self.why_it_ended());
        }
        match self.answers.recv_timeout(patience) {
            Ok(answer) => {
                self.served += 1;
                serde_json::from_str(&answer).map_err(|_| Lack::Damaged)
            }
            Err(RecvTimeoutError::Timeout) => Err(Lack::TookTooLong),
            Err(RecvTimeoutError::Disconnected) => Err(self.why_it_ended()),
        }
    }

    fn why_it_ended(&mut self) -> Lack {
        const ABORTED: i32 = 6;
        const OUT_OF_TIME: i32 = 24;
        let signal = self.child.wait().ok().and_then(|status| status.signal());
        match signal {
            // Memory that was asked for and not given ends a process so.
            Some(ABORTED) => Lack::TooLarge,
            Some(OUT_OF_TIME) => Lack::TookTooLong,
            _ => Lack::Damaged,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// This program, as it was started, even where it has been replaced since.
fn this_program() -> Option<PathBuf> {
    let here = std::env::current_exe().ok()?;
    let folder = here.parent()?;
    // Tests and benches are programs of their own, in a folder below the one that holds this.
    if folder.file_name().is_some_and(|name| name == "deps") {
        return Some(folder.parent()?.join("zhibao")).filter(|program| program.is_file());
    }
    let running = Path::new("/proc/self/exe");
    Some(if running.exists() { running.to_owned() } else { here })
}

/// The other side: reads files from standard input until there are no more, within limits that it gives itself first.
pub fn serve(memory_bytes: u64) -> io::Result<()> {
    let limit = |resource, most: u64| setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
    limit(Resource::Data, memory_bytes)?;
    // Where both limits are the same, the system kills at once, as for many another reason, and does not say that time was up.
    setrlimit(Resource::Cpu, Rlimit { current: Some(PROCESSOR_SECONDS), maximum: Some(PROCESSOR_SECONDS + 1) })?;
    limit(Resource::Core, 0)?;
    // Nothing is ever written to a file.
    limit(Resource::Fsize, 0)?;
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let mut line = String::new();
    while (&mut input).take(1 << 20).read_line(&mut line)? > 0 {
        let header: Header = serde_json::from_str(&line).map_err(io::Error::other)?;
        line.clear();
        let mut bytes = vec![0; header.length.min(FILE_BYTES)];
        input.read_exact(&mut bytes)?;
        let read = catch_unwind(AssertUnwindSafe(|| text::read(&header.name, &header.media_type, &bytes)));
        let files = read.unwrap_or_else(|_| vec![FileText::without(&header.name, Lack::Damaged)]);
        drop(bytes);
        serde_json::to_writer(&mut output, &files)?;
        output.write_all(b"\n")?;
        output.flush()?;
    }
    Ok(())
}
