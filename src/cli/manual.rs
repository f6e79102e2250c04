//! `zhibao man` and `zhibao completions`: what a package installs beside the program, made from the command line as it is.

use std::io;
use std::path::{Path, PathBuf};

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;
use roff::{Roff, bold, roman};

use super::failure::Failure;
use super::page::Page;
use super::{Line, help};
use crate::config;

/// Options of `man`.
#[derive(clap::Args, Debug)]
pub struct ManArgs {
    /// Write the pages of all commands into this folder, zhibao.1 and zhibao-COMMAND.1
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Print every key of the configuration, with type, default and meaning
    #[arg(long, conflicts_with = "dir")]
    configuration: bool,
}

/// Options of `completions`.
#[derive(clap::Args, Debug)]
pub struct CompletionsArgs {
    /// For which shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// The page of the program on standard output, or the pages of all commands in a folder.
pub fn man(args: &ManArgs) -> Result<Page, Failure> {
    if args.configuration {
        return Ok(Page::raw(config::reference().into_bytes()));
    }
    let page = main_page().map_err(|error| unwritten(Path::new("zhibao.1"), &error))?;
    let Some(dir) = &args.dir else { return Ok(Page::raw(page)) };
    let written = std::fs::create_dir_all(dir)
        .and_then(|()| clap_mangen::generate_to(Line::command(), dir))
        .and_then(|()| std::fs::write(dir.join("zhibao.1"), page));
    written.map_err(|error| unwritten(dir, &error))?;
    Ok(Page::new())
}

/// A script that completes commands and options in a shell, on standard output.
pub fn completions(args: &CompletionsArgs) -> Page {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut help::grouped(Line::command()), "zhibao", &mut script);
    Page::raw(script)
}

fn unwritten(place: &Path, error: &io::Error) -> Failure {
    let shown = place.display();
    Failure::failed(
        format!("写不了 {shown}：{error}。请换一个可写的文件夹。"),
        format!("{shown} cannot be written: {error}. Name a folder where this user may write."),
    )
}

fn main_page() -> io::Result<Vec<u8>> {
    let man = Man::new(Line::command()).manual("zhibao");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_subcommands_section(&mut page)?;
    man.render_options_section(&mut page)?;
    beside().to_writer(&mut page)?;
    Ok(page)
}

/// What the command line itself does not say.
fn beside() -> Roff {
    let mut roff = Roff::new();
    let mut section = |heading: &str, entries: &[(&str, &str)]| {
        roff.control("SH", [heading]);
        for (name, meaning) in entries {
            roff.control("TP", []);
            roff.text([bold(*name)]);
            roff.text([roman(*meaning)]);
        }
    };
    section(
        "EXIT STATUS",
        &[
            ("0", "Done."),
            ("1", "Failed; the reason and the mend are on standard error."),
            ("2", "The command line, the configuration or the roster is refused."),
            ("75", "From deliver: the message is not on record yet; the mail server tries again."),
        ],
    );
    section(
        "FILES",
        &[
            (
                "zhibao.toml",
                "The configuration, in the working directory; zhibao init writes one, zhibao man --configuration explains each key.",
            ),
            ("/etc/zhibao/zhibao.toml", "The configuration, where the working directory has none."),
            ("network.toml", "The roster: units, reporters, supervisors. The configuration says where it is."),
            ("zhibao.db", "The store: every message, event, obligation and notice. The configuration says where it is."),
            ("zhibao.search", "The index of search beside the store; made anew where it is missing."),
        ],
    );
    section(
        "ENVIRONMENT",
        &[
            ("ZHIBAO_LOG", "Which log lines are written, by target and level: info, or zhibao=debug."),
            ("CREDENTIALS_DIRECTORY", "Where the service manager hands over passwords and keys."),
            ("ZHIBAO_*", "Passwords and keys where no file is named; check tells which variable it looks for."),
        ],
    );
    section(
        "SIGNALS",
        &[
            ("SIGTERM, SIGINT", "The daemon ends after the step in hand, within five seconds."),
            ("SIGHUP", "It reads its configuration and roster anew; a bad file is refused, and the old one kept."),
        ],
    );
    roff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_names_every_command_and_what_is_beside_them() {
        let page = String::from_utf8(main_page().expect("made")).expect("text");
        for command in Line::command().get_subcommands().filter(|command| !command.is_hide_set()) {
            let name = format!("zhibao\\-{}(1)", command.get_name());
            assert!(page.contains(&name), "{name} is missing");
        }
        for heading in ["NAME", "SYNOPSIS", "EXIT STATUS", "FILES", "ENVIRONMENT", "SIGNALS"] {
            assert!(page.contains(&format!(".SH {heading}")) || page.contains(&format!(".SH \"{heading}\"")), "{heading} is missing");
        }
    }

    #[test]
    fn every_shell_gets_a_script() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::PowerShell, Shell::Elvish] {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Line::command(), "zhibao", &mut script);
            let script = String::from_utf8(script).expect("text");
            assert!(script.contains("quarantine"), "{shell}");
        }
    }
}
