//! Messages that filing has taken apart, kept until the index of words comes for them: none is taken apart twice.
//!
//! It is a saving and no more. What is not here the index reads from the store.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::attachments::Opened;

/// Memory for what waits. What finds no room is not kept.
const ROOM_BYTES: usize = 12 << 20;

/// By the store's key of their content.
#[derive(Debug, Default)]
pub struct Kept(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    messages: BTreeMap<i64, Opened>,
    bytes: usize,
}

impl Kept {
    /// Keeps a message, if there is room.
    pub fn put(&self, content: i64, message: Opened) {
        let mut waiting = self.waiting();
        let size_bytes = message.size_bytes();
        if waiting.bytes + size_bytes <= ROOM_BYTES {
            let before = waiting.messages.insert(content, message).map_or(0, |before| before.size_bytes());
            waiting.bytes = waiting.bytes + size_bytes - before;
        }
    }

    /// Whether it is here.
    pub fn has(&self, content: i64) -> bool {
        self.waiting().messages.contains_key(&content)
    }

    /// Whether there is little room left: the index must not wait for what may find none.
    pub fn is_crowded(&self) -> bool {
        self.waiting().bytes > ROOM_BYTES / 4 * 3
    }

    /// Hands a message over, once.
    pub fn take(&self, content: i64) -> Option<Opened> {
        let mut waiting = self.waiting();
        let message = waiting.messages.remove(&content)?;
        waiting.bytes -= message.size_bytes();
        Some(message)
    }

    /// Lets go of all up to this one: the index has gone past them.
    pub fn forget_through(&self, content: i64) {
        let mut waiting = self.waiting();
        if waiting.messages.first_key_value().is_some_and(|(first, _)| *first <= content) {
            waiting.messages = waiting.messages.split_off(&(content + 1));
            waiting.bytes = waiting.messages.values().map(Opened::size_bytes).sum();
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::attachments::{OpenedFile, document};
    use crate::archive::helper::Helper;
    use crate::mail::parse::{Limits, read_with_files};

    fn opened(raw: &[u8]) -> Opened {
        let mut files: Vec<OpenedFile> = Vec::new();
        let mail = read_with_files(raw, &[], &Limits::default(), |file| files.push(file.into())).expect("readable");
        Opened::of(&mail, files)
    }

    #[test]
    fn what_is_kept_says_what_the_bytes_say() {
        let raw = "From: A <a@b.example>\nSubject: 灾情\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\ntext\n--x\n\
                   Content-Type: text/csv; name=a.csv\n\n1,2\n--x\nContent-Type: image/png; name=b.png\n\npicture\n--x--\n"
            .as_bytes();
        let helper = Helper::by(None);
        let kept = Kept::default();
        kept.put(7, opened(raw));
        assert!(kept.has(7));
        let document_kept = kept.take(7).expect("kept").document(&helper);
        assert_eq!(document_kept, document(raw, &helper).0);
        assert_eq!(document_kept.files.len(), 2);
        assert!(!kept.has(7) && kept.take(7).is_none());
    }

    #[test]
    fn there_is_an_end_to_the_room_and_room_again() {
        let large = format!("From: a@b.example\n\n{}", "text ".repeat(300_000));
        let kept = Kept::default();
        (1..=20).for_each(|content| kept.put(content, opened(large.as_bytes())));
        assert!(kept.has(1) && !kept.has(20) && kept.is_crowded());
        kept.forget_through(5);
        kept.put(20, opened(large.as_bytes()));
        assert!(!kept.has(5) && kept.has(6) && kept.has(20));
        assert!(kept.waiting().bytes <= ROOM_BYTES);
    }
}
