//! Store → index of words: what came on record since is read and put in. Filing never waits for it.

use std::path::Path;

use super::attachments::{READ_BYTES, document};
use super::helper::Helper;
use super::kept::Kept;
use crate::domain::attached::Document;
use crate::store::{Books, Indexed, SearchIndex, Store, StoreError};

/// Messages put in together: the more, the less has to be merged later.
const GROUP_MESSAGES: u32 = 250;
const GROUP_BYTES: u64 = 4 << 20;

/// A message at which reading failed so often is not read again for search.
const ATTEMPTS: u32 = 3;

/// Keeps the index of a store.
#[derive(Debug)]
pub struct Indexer {
    index: SearchIndex,
    helper: Helper,
}

impl Indexer {
    /// The index of the store at `path`, made as needed.
    pub fn open(path: &Path, helper: Helper) -> Result<Indexer, StoreError> {
        Ok(Indexer { index: SearchIndex::open(path)?, helper })
    }

    /// The index.
    pub fn index(&self) -> &SearchIndex {
        &self.index
    }

    /// Puts in the next messages. Returns how many it went past: 0 where there are no more. Whoever else does the same at the same
    /// time does no harm: what is in is not put in again.
    pub fn step(&self, store: &Store) -> Result<u64, StoreError> {
        let after = self.reached(store)?;
        self.next(store, after, None, false)
    }

    /// The same, but takes from `kept` what is there. `only`: the rest is on its way there, so nothing else is read, and no small group
    /// is put in.
    pub fn step_with(&self, store: &Store, kept: &Kept, only: bool) -> Result<u64, StoreError> {
        let after = self.reached(store)?;
        kept.forget_through(after.unwrap_or(0));
        self.next(store, after, Some(kept), only)
    }

    fn next(&self, store: &Store, after: Option<i64>, kept: Option<&Kept>, only: bool) -> Result<u64, StoreError> {
        let is_here = |id| !only || kept.is_some_and(|kept| kept.has(id));
        let next = store.read(|books: &Books<'_>| books.contents_after(after.unwrap_or(0), GROUP_MESSAGES))?;
        let ends_here = next.len() < GROUP_MESSAGES as usize;
        let mut bytes = 0;
        let mut group = Vec::new();
        for (id, size_bytes) in next {
            if !group.is_empty() && bytes + size_bytes > GROUP_BYTES || !is_here(id) {
                break;
            }
            bytes += size_bytes;
            group.push(id);
        }
        if only && group.len() < GROUP_MESSAGES as usize && bytes < GROUP_BYTES / 2 {
            return Ok(0);
        }
        let Some(last) = group.last().copied() else {
            self.helper.rest();
            self.index.rest()?;
            return Ok(0);
        };
        let passed = group.len() as u64;
        let mut messages = Vec::with_capacity(group.len());
        for id in group {
            if !self.index.has(id)? {
                messages.extend(self.read(store, id, kept)?);
            }
        }
        if ends_here {
            self.helper.rest();
        }
        let sha256 = store.read(|books: &Books<'_>| books.content_sha256(last))?.unwrap_or_default();
        // Where somebody else has been faster, the next step goes on from there.
        self.index.put(&messages, after, Some((last, sha256)))?;
        Ok(passed)
    }

    /// How many messages are still to be put in.
    pub fn behind(&self, store: &Store) -> Result<u64, StoreError> {
        let after = self.reached(store)?;
        store.read(|books: &Books<'_>| books.count_after(after.unwrap_or(0)))
    }

    /// The last content that is in. An index of another store, or of a state of it that is no more, is emptied.
    fn reached(&self, store: &Store) -> Result<Option<i64>, StoreError> {
        let Some((id, sha256)) = self.index.reached()? else { return Ok(None) };
        if store.read(|books: &Books<'_>| books.content_sha256(id))? == Some(sha256) {
            return Ok(Some(id));
        }
        tracing::warn!(index = %self.index.path().display(), "the index of words does not belong to this store, and is made anew");
        self.index.clear()?;
        Ok(None)
    }

    fn read(&self, store: &Store, id: i64, kept: Option<&Kept>) -> Result<Option<Indexed>, StoreError> {
        if let Some(opened) = kept.and_then(|kept| kept.take(id)) {
            let at = store.read(|books: &Books<'_>| books.came_at(id))?;
            return Ok(at.map(|at| Indexed::new(id, at, opened.document(&self.helper))));
        }
        let found = store.read(|books: &Books<'_>| books.unsearched(id, ATTEMPTS, READ_BYTES + 1))?;
        Ok(found.map(|found| {
            let document = found.raw.map_or_else(Document::unreadable, |raw| document(&raw, &self.helper).0);
            Indexed::new(id, found.at, document)
        }))
    }
}
