//! Many small steps in one transaction, for who survives nothing.

use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::Connection;

use super::{Books, CommitPoint, Side, Store, StoreError};

/// How it stands with what is committed together.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    under_way: AtomicBool,
    /// A step failed: what its caller believes to be on record is not.
    undone: AtomicBool,
}

impl Store {
    /// From here to `commit_gathered`, steps are parts of one transaction: for a replay, which survives nothing, and whose small steps
    /// cost less than their commits. Each has no savepoint of its own, which would copy every page that it touches; so one that fails
    /// takes all that was gathered with it, and nothing is written after that. Who goes on after a failure uses `write_apart`.
    pub fn gather(&self) -> Result<(), StoreError> {
        let db = self.connection();
        if !self.gathers()? {
            db.execute_batch("BEGIN IMMEDIATE")?;
            self.gathering.under_way.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Commits what was gathered; nothing, if nothing was.
    pub fn commit_gathered(&self) -> Result<(), StoreError> {
        let db = self.connection();
        if self.gathers()? {
            self.gathering.under_way.store(false, Ordering::Relaxed);
            db.execute_batch("COMMIT").map_err(|source| StoreError::Database { doing: "committing", source })?;
        }
        Ok(())
    }

    /// Whether a transaction of many steps is open.
    pub(super) fn gathers(&self) -> Result<bool, StoreError> {
        match self.gathering.undone.load(Ordering::Relaxed) {
            true => Err(StoreError::Undone),
            false => Ok(self.gathering.under_way.load(Ordering::Relaxed)),
        }
    }

    /// A step that is committed with others.
    pub(super) fn add<T, E: From<StoreError>>(
        &self,
        books: &Books<'_>,
        point: CommitPoint,
        step: impl FnOnce(&Books<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let value = step(books)?;
        self.pass(point, Side::Before)?;
        self.pass(point, Side::After)?;
        Ok(value)
    }

    /// Takes back all that was gathered.
    pub(super) fn undo(&self, db: &Connection) {
        self.gathering.undone.store(true, Ordering::Relaxed);
        if let Err(error) = db.execute_batch("ROLLBACK") {
            tracing::debug!(%error, "what was gathered is gone already");
        }
    }
}
