//! What a speech of 2003 said of the network, worked out from the rows and mails of a replay.

use crate::config::Config;
use crate::store::{Store, StoreError};

use super::outbox::Sent;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Figures {}

/// Works them out.
pub(super) fn work_out(_store: &Store, _config: &Config, _outbox: &[Sent]) -> Result<Figures, StoreError> {
    Ok(Figures::default())
}
