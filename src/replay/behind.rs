//! A replay's outbox, written behind its back: making thousands of files takes a core of its own.
//!
//! Only a replay may do so: what it calls sent is on the disk when it ends, and not before.

use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use crate::domain::roster::Address;
use crate::transport::{Accepted, FileTransport, LONGEST, Letter, SendError, Transport};

/// Letters on their way to the disk at most.
const WAITING: usize = 256;

/// One letter, on its way.
struct Parcel {
    file_name: String,
    bytes: Vec<u8>,
    to: Address,
}

/// Takes letters at once and hands them on.
pub(super) struct Behind {
    hand_on: SyncSender<Parcel>,
}

/// The thread that writes.
pub(super) struct Written(JoinHandle<Result<(), String>>);

/// An outbox in `folder`.
pub(super) fn outbox(folder: &Path) -> (Behind, Written) {
    let (hand_on, parcels) = sync_channel::<Parcel>(WAITING);
    let mut files = FileTransport::not_durable("outbox", folder);
    let writer = thread::spawn(move || {
        let mut first_failure = Ok(());
        for parcel in parcels {
            let letter =
                Letter { file_name: &parcel.file_name, bytes: &parcel.bytes, to: &parcel.to, envelope_from: None, within: LONGEST };
            if let (Err(error), Ok(())) = (files.send(&letter, &mut || Ok(())), &first_failure) {
                first_failure = Err(error.to_string());
            }
        }
        first_failure
    });
    (Behind { hand_on }, Written(writer))
}

impl Transport for Behind {
    fn name(&self) -> &str {
        "outbox"
    }

    fn absorbs_repeats(&self) -> bool {
        true
    }

    fn send(&mut self, letter: &Letter<'_>, _: &mut dyn FnMut() -> Result<(), SendError>) -> Result<Accepted, SendError> {
        let parcel = Parcel { file_name: letter.file_name.to_owned(), bytes: letter.bytes.to_vec(), to: letter.to.clone() };
        let gone = |_| SendError::Temporary { why: "the thread that writes the outbox has ended".into() };
        self.hand_on.send(parcel).map(|()| Accepted { reply: "written".into() }).map_err(gone)
    }
}

impl Written {
    /// Waits until everything is on the disk, after the `Behind` was dropped.
    pub(super) fn finish(self) -> Result<(), String> {
        self.0.join().unwrap_or_else(|_| Err("the thread that writes it panicked".into()))
    }
}
