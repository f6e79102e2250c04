//! The office of Yunzhou as configuration text → the setup of the steps.

use zhibao::config::{self, Config};
use zhibao::daemon;
use zhibao::mail::token::Key;
use zhibao::steps::Setup;

/// Three counties with places of their own; the fire brigade has none. The first has two reporters.
pub const UNITS: [(&str, &str, &str); 4] =
    [("donghe", "东河县", "东河"), ("xiling", "西岭县", "西岭"), ("nanchuan", "南川区", "南川"), ("fire", "市消防队", "")];

/// The fire brigade's place in `UNITS`.
pub const FIRE: usize = 3;

/// Host whose `Received` counts.
pub const BOUNDARY: &str = "mx.yunzhou.example";

/// Where all mail goes.
pub const OFFICE: &str = "xinxike@yunzhou.example";

const NETWORK: &str = r#"
[[supervisor]]
name = "信息科值班科长"
address = "chief@yunzhou.example"
level = 1
[[supervisor]]
name = "分管副秘书长"
address = "deputy@yunzhou.example"
level = 2
[[supervisor]]
name = "秘书长"
address = "secretary@yunzhou.example"
level = 3
[[superior]]
name = "省委办公厅信息处"
address = "province@beijiang.example"
"#;

const MAIN: &str = r#"
language = "zh-CN"
timezone = "Asia/Shanghai"
network = "network.toml"
verify_roster = "3650d"
[office]
name = "云州市委办信息科"
address = "xinxike@yunzhou.example"
desk = ["desk@yunzhou.example"]
operators = ["ops@yunzhou.example"]
[store]
path = "zhibao.db"
[[mailbox]]
name = "reports"
kind = "maildir"
path = "mail"
trust = "mailbox"
boundary = ["mx.yunzhou.example"]
[[mailbox]]
name = "second"
kind = "maildir"
path = "second"
trust = "mailbox"
boundary = ["mx.yunzhou.example"]
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
every = "6h"
[[rule]]
stage = "final"
anchor = "first"
within = "36h"
[ladder]
remind_before = ["30m"]
omitted_after = "2h"
unreported_after = "8h"
nag = "3h"
nag_max = 1
stall_escalate = "1h"
[events]
default_severity = "III"
words = ["爆炸", "坍塌", "死亡"]
jurisdiction = true
"#;

const DUTIES: &str = r#"
[[duty]]
name = "每日零报告"
kind = "zero-report"
units = ["xiling"]
cron = "0 17 * * *"
from = "2005-06-06"
until = "2005-06-07"
[[duty]]
name = "两日两条"
kind = "quota"
min = 2
units = ["donghe"]
cron = "0 12 */2 * *"
from = "2005-06-06"
until = "2005-06-08"
"#;

/// An office.
pub struct Office {
    /// As read.
    pub config: Config,
}

impl Office {
    /// Events alone.
    pub fn plain() -> Office {
        Office::with(|_| {})
    }

    /// Events and duties.
    pub fn with_duties() -> Office {
        Office::with(|text| text.push_str(DUTIES))
    }

    /// Events and duties, and nothing is said twice: for plays that are about verdicts alone.
    pub fn without_repeats() -> Office {
        Office::with(|text| *text = text.replace("nag_max = 1", "nag_max = 0") + DUTIES)
    }

    /// A configuration that `change` has changed.
    pub fn with(change: impl FnOnce(&mut String)) -> Office {
        Office::with_network(|main, _| change(main))
    }

    /// A configuration of which `change` has changed both files.
    pub fn with_network(change: impl FnOnce(&mut String, &mut String)) -> Office {
        let folder = tempfile::tempdir().expect("a folder");
        let mut main = MAIN.to_owned();
        let unit = |(id, name, place): &(&str, &str, &str)| {
            let class = if place.is_empty() { "department" } else { "county" };
            let places = if place.is_empty() { String::new() } else { format!("places = [\"{place}\"]\n") };
            let person = |local: String| format!("[[unit.reporter]]\nname = \"{local}\"\naddress = \"{local}@yunzhou.example\"\n");
            let second = if *id == "donghe" { person("donghe-b".into()) } else { String::new() };
            format!("[[unit]]\nid = \"{id}\"\nname = \"{name}\"\nclass = \"{class}\"\n{places}{}{second}", person(format!("{id}-a")))
        };
        let mut network: String = UNITS.iter().map(unit).collect::<String>() + NETWORK;
        change(&mut main, &mut network);
        std::fs::write(folder.path().join("zhibao.toml"), main).expect("written");
        std::fs::write(folder.path().join("network.toml"), network).expect("written");
        let loaded = config::load(&folder.path().join("zhibao.toml")).unwrap_or_else(|errors| panic!("{errors}"));
        Office { config: loaded.config }
    }

    /// What the steps need.
    pub fn setup(&self) -> Setup {
        daemon::setup(&self.config, Key::new([7; 32]))
    }
}

/// The address of a person by the local part.
pub fn address(local: &str) -> String {
    format!("{local}@yunzhou.example")
}
