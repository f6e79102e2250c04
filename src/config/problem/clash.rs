//! Faults between two things that have one name, address or folder.

use super::{Place, Said, said};

/// A thing whose name must be its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Noun {
    Duty,
    Mailbox,
    Transport,
    Outlet,
    Scope,
    Kind,
    Field,
    Bulletin,
    Award,
    Supervisor,
    Superior,
}

impl Noun {
    fn en(self) -> &'static str {
        match self {
            Noun::Duty => "duty",
            Noun::Mailbox => "mailbox",
            Noun::Transport => "transport",
            Noun::Outlet => "outlet",
            Noun::Scope => "scope",
            Noun::Kind => "kind of submission",
            Noun::Field => "field of submissions",
            Noun::Bulletin => "bulletin",
            Noun::Award => "award",
            Noun::Supervisor => "supervisor",
            Noun::Superior => "superior",
        }
    }

    fn zh(self) -> &'static str {
        match self {
            Noun::Duty => "日常报送任务",
            Noun::Mailbox => "收信处",
            Noun::Transport => "发信通道",
            Noun::Outlet => "刊物",
            Noun::Scope => "参评整体",
            Noun::Kind => "栏目",
            Noun::Field => "领域",
            Noun::Bulletin => "内部刊物",
            Noun::Award => "表彰名额",
            Noun::Supervisor => "督办人",
            Noun::Superior => "上级单位",
        }
    }
}

/// Two things clash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClashFault {
    /// Two units go by one name.
    NameClash {
        /// The name, alias or id.
        name: String,
        /// The unit that has it already.
        unit: String,
        /// Where that stands.
        first: Place,
    },
    /// Two units have one place.
    PlaceClash {
        /// The place.
        name: String,
        /// The unit that has it already.
        unit: String,
        /// Where that stands.
        first: Place,
    },
    /// One address reports twice.
    ReporterClash {
        /// The address.
        address: String,
        /// The unit that has it already.
        unit: String,
        /// Where that stands.
        first: Place,
    },
    /// Somebody's address is the office's own.
    OfficeAddress {
        /// The address.
        address: String,
        /// Where the office has it.
        office: Place,
    },
    /// Two of a kind with one name or address.
    Duplicate {
        /// What they are.
        noun: Noun,
        /// The name or address.
        name: String,
        /// Where it stands already.
        first: Place,
    },
    /// Two mailboxes or transports in one folder.
    SamePath {
        /// Where the folder is named already.
        first: Place,
    },
    /// Two secrets in one environment variable.
    SameVariable {
        /// Its name.
        variable: String,
        /// Whose it is already.
        first: Place,
    },
}

impl ClashFault {
    pub(super) fn said(&self) -> Said {
        match self {
            ClashFault::NameClash { name, unit, first } => said(
                format!("“{name}” is already a name of the unit “{unit}” ({first})"),
                "give each unit ids, names and aliases of its own",
                format!("“{name}”已是单位“{unit}”的名称（{first}）"),
                "各单位的代号、名称、别名不得相同",
            ),
            ClashFault::PlaceClash { name, unit, first } => said(
                format!("“{name}” is already a place of the unit “{unit}” ({first})"),
                "leave each place to one unit, or write it more exactly",
                format!("“{name}”已是单位“{unit}”的辖区（{first}）"),
                "一处地点只能归一个单位，请删去或写得更具体",
            ),
            ClashFault::ReporterClash { address, unit, first } => said(
                format!("{address} already reports for the unit “{unit}” ({first})"),
                "an address reports once, for one unit: take one of the two out",
                format!("{address} 已是单位“{unit}”的信息员地址（{first}）"),
                "一个地址只能为一个单位报送，且只写一次，请删去其中一处",
            ),
            ClashFault::OfficeAddress { address, office } => said(
                format!("{address} is the office's own address ({office})"),
                "write the person's own address: the office would be writing to itself",
                format!("{address} 是本办公室自己的地址（{office}）"),
                "请写本人的地址，否则通知会寄回本办公室",
            ),
            ClashFault::Duplicate { noun, name, first } => said(
                format!("there is a {} “{name}” already ({first})", noun.en()),
                "rename one of them, or take it out",
                format!("{}“{name}”重复（已见于 {first}）", noun.zh()),
                "请改名，或删去其中一处",
            ),
            ClashFault::SamePath { first } => said(
                format!("the same folder is named at {first}"),
                "give each mailbox and each transport a folder of its own",
                format!("{first} 已用了这个目录"),
                "每个收信处、发信通道须各用一个目录",
            ),
            ClashFault::SameVariable { variable, first } => said(
                format!("the environment variable {variable} would hold this secret and the one of {first}"),
                "name a file for it, or give the two names that differ in letters or digits of ASCII",
                format!("环境变量 {variable} 会同时用于此处和 {first} 的密码"),
                "请为其指明密码文件，或改用英文字母、数字不同的名称",
            ),
        }
    }
}
