//! Many small steps in one transaction, for who survives nothing.

use std::sync::atomic::Ordering;

use rusqlite::Connection;

use super::{Books, CommitPoint, Side, Store, StoreError};

impl Store {
    /// From here to `commit_gathered`, steps are parts of one transaction: for a replay, which survives nothing, and whose small steps
    /// cost less than their commits. One that fails is undone alone where it files mail, and else with all that was gathered. A large step
    /// of many parts costs more so: it wants a transaction of its own.
    pub fn gather(&self) -> Result<(), StoreError> {
        let db = self.connection();
        if !self.gathering.load(Ordering::Relaxed) {
            db.execute_batch("BEGIN IMMEDIATE")?;
            self.gathering.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Commits what was gathered; nothing, if nothing was.
    pub fn commit_gathered(&self) -> Result<(), StoreError> {
        let db = self.connection();
        if self.gathering.swap(false, Ordering::Relaxed) {
            db.execute_batch("COMMIT").map_err(|source| StoreError::Database { doing: "committing", source })?;
        }
        Ok(())
    }

    /// A step that is undone alone if it fails, where filing is concerned: it goes on after what it could not file. Nothing goes on after
    /// another step that failed, and a savepoint copies each page: there, all that was gathered is undone.
    pub(super) fn write_gathered<T, E: From<StoreError>>(
        &self,
        db: &Connection,
        point: CommitPoint,
        step: impl FnOnce(&Books<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let books = Books { db };
        let whole = |books: &Books<'_>| {
            let value = step(books)?;
            self.pass(point, Side::Before)?;
            Ok::<_, E>(value)
        };
        let value = match point {
            CommitPoint::Filing => books.part(whole)?,
            _ => whole(&books).inspect_err(|_| self.abandon(db))?,
        };
        self.pass(point, Side::After)?;
        Ok(value)
    }

    fn abandon(&self, db: &Connection) {
        self.gathering.store(false, Ordering::Relaxed);
        if let Err(error) = db.execute_batch("ROLLBACK") {
            tracing::debug!(%error, "what was gathered is gone already");
        }
    }
}
