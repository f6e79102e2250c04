//! Faults between things: two that clash, one that names another in vain.

use chrono::NaiveDate;

use super::{Place, Said, meant, said};

/// A thing whose name must be its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Noun {
    Duty,
    Mailbox,
    Transport,
    Outlet,
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
            Noun::Supervisor => "督办人",
            Noun::Superior => "上级单位",
        }
    }
}

/// Two things clash, or one names another that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RosterFault {
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
    /// No unit has this id.
    UnknownUnit {
        /// As written.
        text: String,
        /// An id that looks like it, or whose unit goes by that name.
        nearest: Option<String>,
    },
    /// No unit is of this class.
    UnknownClass {
        /// As written.
        text: String,
        /// A class that looks like it.
        nearest: Option<String>,
    },
    /// `"*"` beside other units.
    StarAndMore,
    /// The first day is after the last.
    DatesReversed {
        /// The first day.
        first: NaiveDate,
        /// The last day.
        last: NaiveDate,
    },
    /// Nobody reports here.
    NoUnits,
    /// Warning: nobody may report for this unit.
    NoReporter {
        /// Its name.
        unit: String,
    },
    /// Warning: nobody hears of this unit's late reports.
    NoFirstLevel {
        /// Its name.
        unit: String,
    },
}

impl RosterFault {
    pub(super) fn said(&self) -> Said {
        match self {
            RosterFault::NameClash { name, unit, first } => said(
                format!("“{name}” is already a name of the unit “{unit}” ({first})"),
                "give each unit ids, names and aliases of its own",
                format!("“{name}”已是单位“{unit}”的名称（{first}）"),
                "各单位的代号、名称、别名不得相同",
            ),
            RosterFault::PlaceClash { name, unit, first } => said(
                format!("“{name}” is already a place of the unit “{unit}” ({first})"),
                "leave each place to one unit, or write it more exactly",
                format!("“{name}”已是单位“{unit}”的辖区（{first}）"),
                "一处地点只能归一个单位，请删去或写得更具体",
            ),
            RosterFault::ReporterClash { address, unit, first } => said(
                format!("{address} already reports for the unit “{unit}” ({first})"),
                "an address reports once, for one unit: take one of the two out",
                format!("{address} 已是单位“{unit}”的信息员地址（{first}）"),
                "一个地址只能为一个单位报送，且只写一次，请删去其中一处",
            ),
            RosterFault::OfficeAddress { address, office } => said(
                format!("{address} is the office's own address ({office})"),
                "write the person's own address: the office would be writing to itself",
                format!("{address} 是本办公室自己的地址（{office}）"),
                "请写本人的地址，否则通知会寄回本办公室",
            ),
            RosterFault::Duplicate { noun, name, first } => said(
                format!("there is a {} “{name}” already ({first})", noun.en()),
                "rename one of them, or take it out",
                format!("{}“{name}”重复（已见于 {first}）", noun.zh()),
                "请改名，或删去其中一处",
            ),
            RosterFault::SamePath { first } => said(
                format!("the same folder is named at {first}"),
                "give each mailbox and each transport a folder of its own",
                format!("{first} 已用了这个目录"),
                "每个收信处、发信通道须各用一个目录",
            ),
            _ => self.said_of_references(),
        }
    }

    fn said_of_references(&self) -> Said {
        match self {
            RosterFault::UnknownUnit { text, nearest } => {
                let (en, zh) = meant(nearest.as_deref(), "write the id of a [[unit]]", "请写 [[unit]] 的代号（id）");
                said(format!("no unit has the id “{text}”"), en, format!("没有代号为“{text}”的单位"), zh)
            }
            RosterFault::UnknownClass { text, nearest } => {
                let (en, zh) = meant(nearest.as_deref(), "write the class of a [[unit]]", "请写 [[unit]] 中用到的类别（class）");
                said(format!("no unit is of the class “{text}”"), en, format!("没有类别为“{text}”的单位"), zh)
            }
            RosterFault::StarAndMore => said(
                "“*” is every unit, and stands alone",
                "write [\"*\"], or the units without it",
                "“*”指全部单位，须单独写",
                "请写 [\"*\"]，或只列单位",
            ),
            RosterFault::DatesReversed { first, last } => said(
                format!("the last day, {last}, is before the first, {first}"),
                "exchange or correct the two",
                format!("最后一天 {last} 早于第一天 {first}"),
                "请调换或改正",
            ),
            RosterFault::NoReporter { unit } => said(
                format!("nobody reports for “{unit}”: its mail will be quarantined, and nobody is reminded"),
                "add a [[unit.reporter]]",
                format!("“{unit}”没有信息员：其来信将被隔离，也无人可提醒"),
                "请加上 [[unit.reporter]]",
            ),
            RosterFault::NoFirstLevel { unit } => said(
                format!("nobody hears when “{unit}” is late: it has no supervisor of level 1"),
                "add a [[supervisor]] with level = 1 for it",
                format!("“{unit}”迟报时无人知晓：没有一级督办人"),
                "请为其加上 level = 1 的 [[supervisor]]",
            ),
            _ => said(
                "there is no unit",
                "write [[unit]] tables here, or name their file with network = \"network.toml\"",
                "没有任何单位",
                "请在此写 [[unit]]，或用 network = \"network.toml\" 指明花名册",
            ),
        }
    }
}
