//! The made-up city of Yunlan (云岚市): four counties, a fire brigade and a hospital, in either language.

use crate::domain::language::Language;

/// The office's own address, where reports go.
pub const OFFICE: &str = "xinxi@yunlan.example";
/// Every made-up person writes from here.
pub const DOMAIN: &str = "yunlan.example";

/// The first line of a `zhibao.toml` that a demo wrote.
pub const MARK: &str = "# zhibao demo: 云岚市 Yunlan is made up 纯属虚构";

/// The roster, as `network.toml`.
pub fn roster(language: Language) -> &'static str {
    match language {
        Language::ZhCn => include_str!("network/zh-CN.toml"),
        Language::En => include_str!("network/en.toml"),
    }
}

/// `zhibao.toml`, marked as a demo's.
pub fn settings(language: Language) -> String {
    let (office, duty) = match language {
        Language::ZhCn => ("云岚市委办公厅信息科", "每日零报告"),
        Language::En => ("Yunlan Information Office", "daily zero report"),
    };
    let settings = include_str!("network/zhibao.toml")
        .replace("LANGUAGE", language.as_str())
        .replace("OFFICE_NAME", office)
        .replace("OFFICE_ADDRESS", OFFICE)
        .replace("DUTY_NAME", duty);
    format!("{MARK}\n{settings}")
}
