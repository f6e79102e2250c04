//! Faults of what the office keeps count of.

use super::{Said, said};

/// A bulletin or a scope makes no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReckoningFault {
    /// A bulletin is credited as an outlet that is not there.
    NoSuchOutlet {
        /// As written.
        id: String,
        /// Those that are there.
        known: Vec<String>,
    },
    /// A scope goes by the name of a unit: a circular's line could be either's.
    ScopeIsUnit {
        /// As written.
        name: String,
        /// The unit.
        unit: String,
    },
}

impl ReckoningFault {
    pub(super) fn said(&self) -> Said {
        match self {
            ReckoningFault::NoSuchOutlet { id, known } if known.is_empty() => said(
                format!("there is no outlet “{id}”"),
                format!("add an [[outlet]] with id = \"{id}\""),
                format!("没有代号为“{id}”的刊物"),
                format!("请加上 [[outlet]]，其中 id = \"{id}\""),
            ),
            ReckoningFault::NoSuchOutlet { id, known } => said(
                format!("there is no outlet “{id}”"),
                format!("write one of {}, or add an [[outlet]] with this id", known.join(", ")),
                format!("没有代号为“{id}”的刊物"),
                format!("请写 {} 之一，或加上以此为代号的 [[outlet]]", known.join("、")),
            ),
            ReckoningFault::ScopeIsUnit { name, unit } => said(
                format!("“{name}” is a name of the unit {unit} too"),
                "give the scope a name of its own, as the circulars write it",
                format!("“{name}”也是单位“{unit}”的名称"),
                "请为参评整体另写名称，与通报所写一致",
            ),
        }
    }
}
