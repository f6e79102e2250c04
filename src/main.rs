//! Command line → exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    zhibao::cli::main()
}
