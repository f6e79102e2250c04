//! A network of many units with one outlet, and rows for its ledger.

#![allow(dead_code)] // each bench uses its part

use std::path::Path;

use chrono::NaiveDate;
use zhibao::domain::ids::UnitId;
use zhibao::domain::ledger::{EntryKind, NewEntry, identity};
use zhibao::domain::points::Points;
use zhibao::mail::token::Key;
use zhibao::steps::Setup;
use zhibao::{config, daemon};

const OFFICE: &str = include_str!("../sample/office.toml");
const OUTLET: &str = "[[outlet]]\nid = \"province\"\nname = \"省委办公厅\"\npoints = \"5\"\n";
const SUPERVISOR: &str = "[[supervisor]]\nname = \"科长\"\naddress = \"chief@office.example\"\nlevel = 1\n";

/// The id of the nth unit.
pub fn unit(nth: usize) -> UnitId {
    UnitId(format!("unit-{nth:05}"))
}

/// The setup of `units` units, read from a configuration that is written into `folder`.
pub fn setup(folder: &Path, units: usize) -> Setup {
    let entry = |nth: usize| {
        format!(
            "[[unit]]\nid = \"{}\"\nname = \"第{nth}号单位\"\n[[unit.reporter]]\nname = \"甲\"\naddress = \"r{nth}@office.example\"\n",
            unit(nth)
        )
    };
    let roster: String = (0..units).map(entry).collect();
    std::fs::write(folder.join("network.toml"), roster + SUPERVISOR).expect("written");
    std::fs::write(folder.join("zhibao.toml"), format!("{OFFICE}{OUTLET}")).expect("written");
    let loaded = config::load(&folder.join("zhibao.toml")).unwrap_or_else(|errors| panic!("{errors}"));
    daemon::setup(&loaded.config, Key::new([7; 32]))
}

/// The nth row of the ledger.
pub fn adoption(unit: &UnitId, day: NaiveDate, nth: usize) -> NewEntry {
    let points = Points::from_thousandths(500 * (1 + (nth % 9) as i64));
    let title = format!("工作信息第{nth}期");
    let kind = EntryKind::Adoption;
    NewEntry {
        kind,
        day,
        shares: vec![(unit.clone(), points)],
        outlet: "province".into(),
        identity: identity(kind, day, std::slice::from_ref(unit), "province", &title, points, 0),
        title,
        points,
        submission: None,
        reverses: None,
        source: "bench".into(),
        by: "bench".into(),
    }
}
