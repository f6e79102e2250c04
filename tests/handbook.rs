//! What people are told beside the program: the reference of keys, the operator's guide, the reporter's card.

#[path = "handbook/card.rs"]
mod card;

use std::path::{Path, PathBuf};
use std::process::Command;

use zhibao::domain::language::Language;
use zhibao::domain::notice::NoticeKind;
use zhibao::mail::words::Words;

fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy")
}

fn read(name: &str) -> String {
    let path = deploy().join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn zhibao(args: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_zhibao")).args(args).output().expect("run")
}

/// Write it anew: `ZHIBAO_REWRITE=1 cargo test --test handbook`, or `zhibao man --configuration > deploy/configuration.md`.
#[test]
fn the_reference_of_keys_is_in_step_with_the_program() {
    let made = zhibao(&["man", "--configuration"]);
    assert!(made.status.success());
    let path = deploy().join("configuration.md");
    if std::env::var_os("ZHIBAO_REWRITE").is_some() {
        std::fs::write(&path, &made.stdout).expect("written");
    }
    let made = String::from_utf8(made.stdout).expect("UTF-8");
    assert!(
        made == read("configuration.md"),
        "deploy/configuration.md is out of step: zhibao man --configuration > deploy/configuration.md"
    );
    // Of each sort one whose default is known, one that must be there, one that has none.
    for line in [
        "| `nag_max` | 整数 whole number | `3` |",
        "| `timezone` | 文字 text | `\"Asia/Shanghai\"` |",
        "| `remind_before` | 列表 list：时长 duration | `[\"30m\"]` |",
    ] {
        assert!(made.contains(line), "no {line}");
    }
    // A bar that is not escaped would push a value into the next column.
    let bars = |line: &str| line.replace("\\|", "").matches('|').count();
    for line in made.lines().filter(|line| line.starts_with("| `")) {
        assert_eq!(bars(line), 6, "{line}");
    }
    let row = |key: &str| made.lines().find(|line| line.starts_with(&format!("| `{key}` |"))).unwrap_or_else(|| panic!("no {key}"));
    for key in ["client_id", "selector", "template", "kind", "id"] {
        assert!(row(key).contains("**必填 required**"), "{}", row(key));
    }
    for key in ["ca_file", "from_envelope", "holidays"] {
        assert!(!row(key).contains("required**"), "{}", row(key));
    }
}

/// Every kind of notice has a line of its own in the table, in both languages.
#[test]
fn the_guide_says_of_every_notice_what_it_means() {
    for guide in ["guide.zh.md", "guide.en.md"] {
        let text = read(guide);
        for kind in NoticeKind::ALL {
            let rows: Vec<&str> = text.lines().filter(|line| line.starts_with(&format!("| `{}`", kind.as_str()))).collect();
            let [row] = rows[..] else { panic!("{guide}: {} rows of {}", rows.len(), kind.as_str()) };
            // Under the name that it has in mail and on the command line.
            let name = Words::new(Language::ZhCn, chrono_tz::UTC).notice(kind);
            assert!(guide == "guide.en.md" || row.contains(name), "{guide}: {row} does not say {name}");
            let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
            assert!(cells.len() == 4 && cells.iter().all(|cell| !cell.is_empty()), "{guide}: {row}");
        }
    }
}

#[test]
fn the_scripts_of_the_trial_can_be_read() {
    let trial = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/trial");
    for script in ["run", "provider"] {
        assert!(Command::new("bash").arg("-n").arg(trial.join(script)).status().expect("bash").success(), "{script}");
    }
    for script in ["trial.py", "send.py"] {
        let read = format!("import ast; ast.parse(open({:?}).read())", trial.join(script).display().to_string());
        assert!(Command::new("python3").args(["-c", &read]).status().expect("python3").success(), "{script}");
    }
}

/// Commands that the guides, the card and the README name are commands with those options.
#[test]
fn every_command_that_is_named_is_one() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("the README");
    let mut seen = 0;
    for (name, text) in [
        ("guide.zh.md", read("guide.zh.md")),
        ("guide.en.md", read("guide.en.md")),
        ("recipes.md", read("recipes.md")),
        ("README.md", readme),
    ] {
        for span in text.split('`').skip(1).step_by(2).filter(|span| !span.contains('\n')) {
            let Some(rest) = span.strip_prefix("zhibao ") else { continue };
            let words: Vec<&str> = rest.split_whitespace().take_while(|word| !word.starts_with(['|', '&', '>', ';', '#'])).collect();
            let verbs: Vec<&str> = words.iter().copied().take(2).take_while(|word| word.bytes().all(|b| b.is_ascii_lowercase())).collect();
            // A second word may be an argument: then the command itself must know the options.
            let help = |verbs: &[&str]| {
                let output = zhibao(&[verbs, &["--help"]].concat());
                output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
            };
            let help =
                help(&verbs).or_else(|| help(&verbs[..1.min(verbs.len())])).unwrap_or_else(|| panic!("{name}: `{span}` is no command"));
            for option in words.iter().filter_map(|word| word.strip_prefix("--")) {
                let option = option.split(['=', ']']).next().unwrap_or(option);
                assert!(help.contains(&format!("--{option}")), "{name}: `{span}`: no --{option}");
            }
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen} commands were looked at");
}
