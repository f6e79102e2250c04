//! The languages in which zhibao speaks.

use serde::{Deserialize, Serialize};

use super::rules::words;

/// The language of notices, digests and command output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Language {
    /// Chinese as an office on the mainland writes it.
    #[default]
    #[serde(rename = "zh-CN")]
    ZhCn,
    /// English.
    #[serde(rename = "en")]
    En,
}

words!(Language, Language::ZhCn => "zh-CN", Language::En => "en");
