//! The command line: one file a command.
use std::path::PathBuf;
use std::process::ExitCode;

/// Reads the command line and does what it says.
pub fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    let get = |name: &str| args.iter().position(|a| a == name).and_then(|i| args.get(i + 1)).cloned().unwrap_or_default();
    let loaded = match crate::config::load(&PathBuf::from(get("--config"))) {
        Ok(l) => l,
        Err(e) => {
            eprintln!("{e}");
            return ExitCode::from(2);
        }
    };
    let span = crate::replay::Span {
        from: get("--from").parse().expect("from"),
        until: get("--until").parse().expect("until"),
        dir: get("--dir").into(),
    };
    match crate::replay::run(&loaded.config, &span, &mut |_| {}) {
        Ok(report) => {
            println!("{}", serde_json::to_string(&report).unwrap_or_default());
            ExitCode::SUCCESS
        }
        Err(e) => {
            eprintln!("{e}");
            ExitCode::from(1)
        }
    }
}
