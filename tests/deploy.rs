//! What lies in `deploy/`: the unit is hardened, the scripts can be read, the recipes name keys that there are.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What `systemd-analyze security` says at most: 1.5 of 10.
const EXPOSURE: f64 = 1.5;

fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy")
}

fn said(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_unit_leaves_little_exposed() {
    let said = said(Command::new("systemd-analyze").args(["security", "--offline=yes", "--no-pager"]).arg(deploy().join("zhibao.service")));
    let last = said.lines().rev().find(|line| line.contains("exposure level")).unwrap_or_else(|| panic!("no verdict in:\n{said}"));
    let level: f64 = last.split_whitespace().find_map(|word| word.parse().ok()).unwrap_or_else(|| panic!("no figure in: {last}"));
    assert!(level <= EXPOSURE, "{last}");
}

#[test]
fn the_unit_has_what_the_daemon_speaks() {
    let unit = std::fs::read_to_string(deploy().join("zhibao.service")).expect("the unit");
    for line in ["Type=notify", "WatchdogSec=30", "RestartPreventExitStatus=2", "ExecReload=/bin/kill -HUP $MAINPID", "User=zhibao"] {
        assert!(unit.lines().any(|each| each == line), "{line} is missing");
    }
}

#[test]
fn the_scripts_of_the_package_can_be_read() {
    for script in ["debian/postinst", "debian/prerm", "debian/postrm"] {
        said(Command::new("sh").arg("-n").arg(deploy().join(script)));
    }
    for script in ["deb", "container-base"] {
        said(Command::new("bash").arg("-n").arg(deploy().join(script)));
    }
}

/// What runs is the last stage: nothing under it, nobody's root, and nothing that is run while it is made.
#[test]
fn the_container_is_the_program_alone() {
    let text = std::fs::read_to_string(deploy().join("Containerfile")).expect("the container file");
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    let last = lines.iter().rposition(|line| line.starts_with("FROM ")).expect("a stage");
    assert!(lines[..last].iter().filter(|line| line.starts_with("FROM ")).count() > 1, "it is made in stages");
    assert_eq!(lines[last], "FROM scratch");
    let stage = &lines[last..];
    assert!(stage.contains(&"USER 10001:10001") && !stage.iter().any(|line| line.starts_with("RUN ")), "{stage:#?}");
    let start: Vec<&&str> = stage.iter().filter(|line| line.starts_with("ENTRYPOINT ") || line.starts_with("CMD ")).collect();
    assert!(start.len() == 2 && start.iter().all(|line| line.contains(" [\"")), "no shell starts it: {start:?}");
}

#[test]
fn the_recipes_name_only_keys_that_there_are() {
    let text = std::fs::read_to_string(deploy().join("recipes.md")).expect("the recipes");
    let known = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("config/zhibao.toml")).expect("the example");
    let mut seen = 0;
    for block in text.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()) {
        for line in block.lines().filter(|line| !line.starts_with('[') && !line.trim().is_empty()) {
            let key = line.split('=').next().unwrap_or_default().trim();
            assert!(known.contains(&format!("{key} = ")), "config/zhibao.toml knows no key {key}");
            seen += 1;
        }
    }
    assert!(seen > 0, "no recipe has a configuration");
}
