//! The command line: one file a command.
//!
//! A command reads the store that the daemon uses, or changes it by the same functions by which mail changes it, and wakes
//! the daemon. It returns a page; only `main` writes, so that a closed pipe ends any command quietly.

mod adoption;
mod backup;
mod bulletin;
mod check;
mod circular;
mod commendation;
mod deliver;
mod demo;
mod digest;
mod event;
mod explain;
mod export;
mod failure;
mod help;
mod import;
mod init;
mod login;
mod logs;
mod manual;
mod obligation;
mod outbox;
mod outcome;
mod page;
mod quarantine;
mod replay;
mod requisition;
mod restore;
mod run;
mod search;
mod session;
mod standing;
mod status;
mod submission;
mod unit;
mod verify;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{ArgAction, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::archive::helper;
use crate::domain::language::Language;
use failure::Failure;
use logs::LogFormat;
use page::Page;

/// Keeps a reporting network honest over ordinary email (直报)
#[derive(Parser, Debug)]
#[command(name = "zhibao", version, disable_help_subcommand = true)]
struct Line {
    #[command(flatten)]
    everywhere: Everywhere,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Everywhere")]
struct Everywhere {
    /// Configuration [default: zhibao.toml here, else /etc/zhibao/zhibao.toml]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Language of what is printed: zh-CN or en [default: the configuration's]
    #[arg(long, global = true, value_name = "LANG", value_parser = language)]
    lang: Option<Language>,
    /// Print facts as JSON
    #[arg(long, global = true)]
    json: bool,
    /// Log more; twice for still more
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
    /// How log lines on standard error are written: human or json; ZHIBAO_LOG filters them
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "FORM",
        default_value = "human",
        hide_default_value = true,
        hide_possible_values = true
    )]
    log: LogFormat,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Run the daemon
    Run,
    /// Set it up: eight questions and a table of units make a configuration and a roster
    Init(init::Args),
    /// Check configuration and roster, and say in sentences what the daemon will do
    Check(check::Args),
    /// Agree that zhibao reads an account, where the provider wants that in place of a password
    Login(login::Args),
    /// Take one message on standard input, for a mail server's pipe
    Deliver(deliver::Args),
    /// Show what is due, overdue, unacknowledged, quarantined and undelivered
    Status,
    /// Say why a notice was sent, or why a unit was or was not called late
    Explain(explain::Args),
    /// See what it does: a network of 2002 and 2003 on a simulated clock, no set-up
    Demo(demo::Args),
    /// Run the rules over a Maildir on a simulated clock, changing nothing there
    Replay(replay::Args),
    /// Search every message, its attachments too, in Chinese and English
    Search(search::Args),
    /// Take old mail into the archive: mbox, Maildir, folders of .eml; it can be searched, and nothing else is done with it
    Import(import::Args),
    /// Read files from standard input for the daemon, within limits
    #[command(hide = true, name = helper::COMMAND)]
    ReadAttachments {
        /// Bytes of memory that it may take
        memory: u64,
    },
    /// Copy the store into a file while the daemon runs, and verify the copy
    Backup(backup::Args),
    /// Put a backup in the store's place; it sends nothing until you say go
    Restore(restore::Args),
    /// Hash every message anew, walk the record, judge every verdict again; say where something differs
    Verify(verify::Args),
    /// List and show what was filed
    Submission(submission::Args),
    /// List, show, open, close, merge sudden events; set their severity
    Event(event::Args),
    /// List and show what is owed; waive, extend, acknowledge
    Obligation(obligation::Args),
    /// List units, show one, or its history
    Unit(unit::Args),
    /// Ask units to report on a topic; list, show, close
    Requisition(requisition::Args),
    /// Draft, fill and issue the office's own bulletins; count what they came to
    Bulletin(bulletin::Args),
    /// Print the standing of a year by class of unit, as a table to sign
    Commendation(commendation::Args),
    /// List and show mail put aside; release or reject it
    Quarantine(quarantine::Args),
    /// List and show notices on their way; try again
    Outbox(outbox::Args),
    /// Show a week's digest as it stands now
    Digest(digest::Args),
    /// Show a month's circular, the table of standings
    Circular(circular::Args),
    /// The ledger of adoptions: list, show, import a table, add, reverse
    Adoption(adoption::Args),
    /// Points, share and rank of every unit in a period
    Standing(standing::Args),
    /// Print the manual, or write a page for each command
    Man(manual::ManArgs),
    /// Print a script that completes commands in a shell
    Completions(manual::CompletionsArgs),
}

fn language(text: &str) -> Result<Language, String> {
    match text.to_ascii_lowercase().as_str() {
        "zh-cn" | "zh_cn" | "zh" => Ok(Language::ZhCn),
        "en" => Ok(Language::En),
        _ => Err("write zh-CN or en".to_owned()),
    }
}

/// Reads the command line and does what it says.
pub fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    let matches = help::grouped(Line::command()).try_get_matches_from(&words);
    let line = match matches.and_then(|matches| Line::from_arg_matches(&matches)) {
        Ok(line) => line,
        Err(error) => return not_understood(&error, &words),
    };
    if let Command::ReadAttachments { memory } = line.command {
        // Whoever asked for it sees that it has ended.
        return if helper::serve(memory).is_ok() { ExitCode::SUCCESS } else { ExitCode::from(failure::FAILED) };
    }
    if matches!(line.command, Command::Run) {
        run::frugally();
    }
    logs::start(&line.everywhere, matches!(line.command, Command::Run));
    let everywhere = &line.everywhere;
    if let Command::Deliver(args) = &line.command {
        return deliver::run(everywhere, args);
    }
    match obey(everywhere, &line.command) {
        Ok(page) => page.print(),
        Err(failure) => failure.tell(failure::language(everywhere, &failure)),
    }
}

fn obey(everywhere: &Everywhere, command: &Command) -> Result<Page, Failure> {
    match command {
        Command::Run => run::run(everywhere),
        Command::Init(args) => init::run(everywhere, args),
        Command::Check(args) => check::run(everywhere, args),
        Command::Login(args) => login::run(everywhere, args),
        Command::Demo(args) => demo::run(everywhere, args),
        Command::Replay(args) => replay::run(everywhere, args),
        Command::Status => status::run(everywhere),
        Command::Explain(args) => explain::run(everywhere, args),
        Command::Search(args) => search::run(everywhere, args),
        Command::Import(args) => import::run(everywhere, args),
        Command::Backup(args) => backup::run(everywhere, args),
        Command::Restore(args) => restore::run(everywhere, args),
        Command::Verify(args) => verify::run(everywhere, args),
        Command::Submission(args) => submission::run(everywhere, args),
        Command::Event(args) => event::run(everywhere, args),
        Command::Obligation(args) => obligation::run(everywhere, args),
        Command::Unit(args) => unit::run(everywhere, args),
        Command::Requisition(args) => requisition::run(everywhere, args),
        Command::Bulletin(args) => bulletin::run(everywhere, args),
        Command::Commendation(args) => commendation::run(everywhere, args),
        Command::Quarantine(args) => quarantine::run(everywhere, args),
        Command::Outbox(args) => outbox::run(everywhere, args),
        Command::Digest(args) => digest::run(everywhere, args),
        Command::Circular(args) => circular::run(everywhere, args),
        Command::Adoption(args) => adoption::run(everywhere, args),
        Command::Standing(args) => standing::run(everywhere, args),
        Command::Man(args) => manual::man(args),
        Command::Completions(args) => Ok(manual::completions(args)),
        // `main` has taken these two; the exit codes of `deliver` are a mail server's.
        Command::ReadAttachments { .. } => Ok(Page::new()),
        Command::Deliver(args) => Ok(Page::ended(deliver::run(everywhere, args))),
    }
}

/// Help, version, or a mistake. A mail server that calls `deliver` with a mistake is told to try again, not to bounce the mail.
fn not_understood(error: &clap::Error, words: &[OsString]) -> ExitCode {
    // Whoever closed the pipe does not want to read it.
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
        _ if words.iter().any(|word| word == "deliver") => ExitCode::from(deliver::TRY_AGAIN),
        _ => ExitCode::from(failure::USAGE),
    }
}
