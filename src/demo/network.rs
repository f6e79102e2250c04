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
    format!(
        r#"{MARK}
language = "{language}"
timezone = "Asia/Shanghai"
network = "network.toml"

[office]
name = "{office}"
address = "{OFFICE}"
desk = ["desk@{DOMAIN}"]
operators = ["ops@{DOMAIN}"]

[store]
path = "zhibao.db"

[[mailbox]]
name = "reports"
kind = "maildir"
path = "mail"
trust = "mailbox"

[[transport]]
name = "outbox"
kind = "file"
path = "outbox"

[[rule]]
severity = ["I", "II"]
stage = "first"
anchor = "occurred"
within = "2h"

[[rule]]
severity = ["III", "IV"]
stage = "first"
anchor = "occurred"
within = "4h"

[[rule]]
stage = "follow-up"
every = "24h"

[[rule]]
stage = "final"
anchor = "first"
within = "10d"

[ladder]
remind_before = ["30m"]
omitted_after = "2h"
unreported_after = "24h"
nag = "4h"
nag_max = 3

[events]
default_severity = "III"
words = ["爆炸", "塌方", "透水", "死亡", "explosion"]
jurisdiction = true

[[duty]]
name = "{duty}"
kind = "zero-report"
class = "county"
cron = "0 17 * * *"
from = "2025-03-03"
until = "2025-03-16"
"#
    )
}
