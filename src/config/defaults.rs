//! What holds where the configuration says nothing. `config/zhibao.toml` shows the same values; a test keeps the two in step.

use chrono_tz::Tz;

use crate::domain::fields::Field;
use crate::domain::language::Language;
use crate::domain::ledger::{Deductions, Joint, StandingRules};
use crate::domain::reckoning::Topic;
use crate::domain::rules::{Anchor, Deadline, EventRules, Ladder, Severity, Stage, StageRule};

/// `language`.
pub const LANGUAGE: Language = Language::ZhCn;
/// `timezone`.
pub const TIMEZONE: Tz = Tz::Asia__Shanghai;
/// `[store] path`, beside the file.
pub const STORE_PATH: &str = "zhibao.db";
/// `[[mailbox]] max_size`, 50 MB.
pub const MAX_SIZE_BYTES: u64 = 50 << 20;
/// `[[mailbox]] poll`.
pub const POLL_SECONDS: i64 = 60;
/// `[resolver] timeout`.
pub const RESOLVER_TIMEOUT_SECONDS: i64 = 3;
/// `[resolver] retries`.
pub const RESOLVER_RETRIES: usize = 1;
/// `[resolver] patience`.
pub const RESOLVER_PATIENCE_SECONDS: i64 = 2 * HOUR;
/// `[heartbeat] every`.
pub const HEARTBEAT_SECONDS: i64 = MINUTE;
/// `[canary] cron`.
pub const CANARY_CRON: &str = "0 6 * * *";
/// `[canary] within`.
pub const CANARY_WITHIN_SECONDS: i64 = 30 * MINUTE;
/// `[digest] cron`.
pub const DIGEST_CRON: &str = "0 8 * * MON";
/// `[circular] cron`.
pub const CIRCULAR_CRON: &str = "0 9 5 * *";

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The rules of a file without any `[[rule]]`.
pub fn stages() -> Vec<StageRule> {
    let within = |anchor, seconds| Deadline::Within { anchor, seconds };
    let rule = |severities: &[Severity], stage, deadline| StageRule { severities: severities.to_vec(), stage, deadline };
    vec![
        rule(&[Severity::I, Severity::II], Stage::First, within(Anchor::Occurred, 2 * HOUR)),
        rule(&[Severity::III, Severity::IV], Stage::First, within(Anchor::Occurred, 4 * HOUR)),
        rule(&Severity::ALL, Stage::FollowUp, Deadline::Every { seconds: DAY }),
        rule(&Severity::ALL, Stage::Final, within(Anchor::First, 10 * DAY)),
    ]
}

/// `[ladder]`.
pub fn ladder() -> Ladder {
    Ladder {
        remind_before: vec![30 * MINUTE],
        omitted_after: 2 * HOUR,
        unreported_after: DAY,
        nag: 4 * HOUR,
        nag_max: 3,
        stall_escalate: 2 * HOUR,
    }
}

/// `[events]`.
pub fn events() -> EventRules {
    EventRules {
        default_severity: Severity::III,
        words: ["爆炸", "塌方", "透水", "死亡", "explosion"].map(str::to_owned).to_vec(),
        jurisdiction: true,
        required: vec![Field::Occurred, Field::Place, Field::Casualties, Field::Measures],
    }
}

/// `[standing]`.
pub fn standing() -> StandingRules {
    StandingRules {
        assess_cron: "0 9 1 * *".to_owned(),
        min_days: 28,
        fall: 3,
        bottom: 1,
        top: 10,
        joint: Joint::Full,
        silence_per_mille: 10,
        deductions: Deductions::default(),
    }
}

/// `verify_roster`.
pub const VERIFY_ROSTER_SECONDS: i64 = 180 * DAY;

/// `[[kind]]` of a file without any.
pub fn kinds() -> Vec<Topic> {
    topics(&[
        ("中心工作", &["市委", "县委", "常委会", "重点工作", "贯彻落实"]),
        ("问题", &["问题", "困难", "隐患", "矛盾"]),
        ("经验", &["经验", "做法", "典型"]),
        ("综合", &["综合", "综述", "汇总"]),
        ("动态", &["动态", "进展"]),
    ])
}

/// `[[field]]` of a file without any.
pub fn fields() -> Vec<Topic> {
    topics(&[
        ("经济", &["经济", "财政", "税收", "投资", "项目"]),
        ("稳定", &["稳定", "上访", "信访", "治安"]),
        ("党建", &["党建", "党员", "支部", "干部"]),
        ("企业", &["企业", "公司", "改制"]),
        ("学校", &["学校", "教育", "教师"]),
        ("社区", &["社区", "居委会"]),
        ("农村", &["农村", "农民", "农业", "春耕"]),
        ("市场", &["市场", "物价"]),
        ("科技", &["科技", "技术"]),
    ])
}

fn topics(list: &[(&str, &[&str])]) -> Vec<Topic> {
    list.iter()
        .map(|(name, words)| Topic { name: (*name).to_owned(), words: words.iter().map(|word| (*word).to_owned()).collect() })
        .collect()
}
