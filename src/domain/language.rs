//! The languages in which the office writes.

use serde::{Deserialize, Serialize};

use super::rules::words;

/// The language of notices and of the command line's output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// 简体中文
    #[serde(rename = "zh-CN")]
    ZhCn,
    /// English
    #[serde(rename = "en")]
    En,
}

words!(Language, Language::ZhCn => "zh-CN", Language::En => "en");
