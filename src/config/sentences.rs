//! What the daemon will do under a configuration, in sentences.

use super::Config;
use crate::domain::language::Language;

/// One sentence an entry.
pub fn describe(_config: &Config, _language: Language) -> Vec<String> {
    Vec::new()
}
