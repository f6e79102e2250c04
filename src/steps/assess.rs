//! Assessments: what follows when a table or a circular comes.

use super::{Setup, StepError};
use crate::domain::rules::Instant;
use crate::domain::table::CircularRow;
use crate::store::Books;

/// New rows are on the ledger: assessments that were put off for want of a table are made up.
pub fn table_came(_books: &Books<'_>, _setup: &Setup, _now: Instant) -> Result<(), StepError> {
    Ok(())
}

/// A superior's circular was read: ranks are compared.
pub fn circular_read(_books: &Books<'_>, _setup: &Setup, _by: &str, _rows: &[CircularRow], _now: Instant) -> Result<(), StepError> {
    Ok(())
}
