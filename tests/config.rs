//! Configuration through the public door.

use std::path::{Path, PathBuf};

use zhibao::config;

#[test]
fn the_base_of_the_scenarios_loads() {
    let base: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/scenarios/base/zhibao.toml");
    if !base.exists() {
        println!("skipped: {} is not here", base.display());
        return;
    }
    let loaded = config::load(&base).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(loaded.warnings, []);
    assert_eq!(loaded.config.roster.units.len(), 5);
    assert_eq!(loaded.config.rules.stages, config::defaults::stages());
    assert_eq!(loaded.config.rules.ladder, config::defaults::ladder());
}
