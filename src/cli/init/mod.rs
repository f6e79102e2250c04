//! `zhibao init`: eight questions, or options in their place, and a table of units → a configuration and a roster that `check`
//! finds nothing in.

mod answers;
mod dialogue;
mod files;
mod gather;
mod headings;
mod names;
mod place;
mod remarks;
mod roster;
#[cfg(test)]
mod tests;
mod texts;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use serde_json::json;

use super::Everywhere;
use super::check;
use super::failure::{self, Failure};
use super::page::{Page, count};
use crate::config;
use crate::domain::authentic::Trust;
use crate::domain::language::Language;
use crate::domain::roster::Address;
use crate::mail::words::say;
use answers::{Source, Told, Way};
use files::{NewFile, Unmade};
use place::Place;
use remarks::remarks;
use roster::Network;

/// A sentence in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Both {
    zh: String,
    en: String,
}

impl Both {
    fn new(zh: impl Into<String>, en: impl Into<String>) -> Both {
        Both { zh: zh.into(), en: en.into() }
    }

    fn of(&self, language: Language) -> &str {
        match language {
            Language::ZhCn => &self.zh,
            Language::En => &self.en,
        }
    }
}

/// Every option of `init` but `--sample`, which goes with none of them.
const OTHERS: [&str; 15] = [
    "name",
    "address",
    "desk",
    "units",
    "supervisor",
    "mailbox",
    "trust",
    "outgoing",
    "operator",
    "timezone",
    "boundary",
    "password_file",
    "relay_password_file",
    "ca_file",
    "yes",
];

/// Options of `init`. On a terminal, what is not said is asked.
#[derive(clap::Args, Debug, Default)]
pub struct Args {
    /// The office's name, the sender of every notice
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The office's address: notices come from it, reports and replies go to it
    #[arg(long, value_name = "ADDRESS")]
    address: Option<String>,
    /// Duty desk, who looks at doubtful mail; several with commas
    #[arg(long, value_name = "ADDRESS")]
    desk: Option<String>,
    /// Table of units and addresses, .csv or .xlsx; --sample makes an example
    #[arg(long, value_name = "FILE")]
    units: Option<String>,
    /// Who hears of late reports, then of omitted, then of unreported ones [default: those in the table]
    #[arg(long, value_name = "ADDRESS")]
    supervisor: Option<String>,
    /// Where mail comes from: a Maildir, or a server: imap.example.net, imaps://user@host:port
    #[arg(long, value_name = "WHERE")]
    mailbox: Option<String>,
    /// Who is believed to have written a mail: verify, mailbox, or "authserv SERVER"
    #[arg(long, value_name = "WHOM")]
    trust: Option<String>,
    /// Where mail goes: a folder, or a server: smtp.example.net, smtps://user@host:port
    #[arg(long, value_name = "WHERE")]
    outgoing: Option<String>,
    /// Who hears when mail cannot be read or sent [default: the desk]
    #[arg(long, value_name = "ADDRESS")]
    operator: Option<String>,
    /// The office's time zone [default: this machine's]
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// Host of ours whose Received header tells when mail arrived
    #[arg(long, value_name = "HOST")]
    boundary: Vec<String>,
    /// File with the mailbox's password; it is named, not copied
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// File with the relay's password [default: the mailbox's, where the account is the same]
    #[arg(long, value_name = "FILE")]
    relay_password_file: Option<PathBuf>,
    /// Certificates that are believed besides the system's
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Ask nothing: where there is a default, take it
    #[arg(long)]
    yes: bool,
    /// Only write an example of the table of units into this file
    #[arg(long, value_name = "FILE", conflicts_with_all = OTHERS)]
    sample: Option<PathBuf>,
}

/// Where a server's password is, as the configuration says it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Password {
    /// Nobody logs in.
    Nobody,
    /// In a file, as seen from the configuration.
    File(PathBuf),
    /// The service manager or the environment hands it over.
    Handed { credential: String, variable: String },
}

/// Everything that the two files say.
struct Answers {
    language: Language,
    timezone: Tz,
    name: String,
    address: Address,
    desk: Vec<Address>,
    operators: Vec<Address>,
    network: Network,
    /// Of every unit, by level; beside those of the table.
    supervisors: Vec<Told>,
    source: Source,
    way: Way,
    trust: Trust,
    boundary: Vec<String>,
    mailbox_password: Password,
    relay_password: Password,
    ca_file: Option<PathBuf>,
    place: Place,
    /// Passwords that were typed, for files of their own beside the configuration.
    secrets: Vec<NewFile>,
}

pub fn run(everywhere: &Everywhere, args: &Args) -> Result<Page, Failure> {
    let language = everywhere.lang.unwrap_or_else(failure::of_environment);
    if let Some(path) = &args.sample {
        return sample(path, language, everywhere.json);
    }
    let place = Place::find(everywhere)?;
    let answers = gather::gather(args, place, language)?;
    let files = files_of(&answers);
    without_fault(&answers, &files)?;
    files::make_all(&files).map_err(|unmade| unwritten(&unmade))?;
    told(everywhere, &answers, &files)
}

/// The files in the order in which they are made: whoever finds the configuration finds the rest.
fn files_of(answers: &Answers) -> Vec<NewFile> {
    let place = &answers.place;
    let file = |path: &Path, text: String| NewFile { path: path.to_owned(), bytes: text.into_bytes(), mode: 0o640, owner: place.owner };
    let mut files = answers.secrets.clone();
    files.push(file(&place.roster, texts::roster(answers)));
    files.push(file(&place.config, texts::configuration(answers)));
    files
}

/// Loads what would be written, as it would be. That it cannot be used is a mistake of ours, and then nothing is written.
fn without_fault(answers: &Answers, files: &[NewFile]) -> Result<(), Failure> {
    let made: BTreeMap<&Path, &[u8]> = files.iter().map(|file| (file.path.as_path(), file.bytes.as_slice())).collect();
    let read = |path: &Path| made.get(path).map(|bytes| bytes.to_vec()).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound));
    let loaded = config::load_with(&answers.place.config, &read)?;
    match loaded.warnings.is_empty() {
        true => Ok(()),
        false => Err(Failure::Config(config::Errors { problems: loaded.warnings, language: answers.language })),
    }
}

fn unwritten(Unmade { path, error, left }: &Unmade) -> Failure {
    if error.kind() == io::ErrorKind::AlreadyExists && left.is_empty() {
        return place::there_already(path);
    }
    let shown = path.display();
    let list = |between: &str| left.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(between);
    let (zh, en) = match left.is_empty() {
        true => ("什么也没有写".to_owned(), "Nothing was written".to_owned()),
        false => (
            format!("{} 已经写了，又删不去，请手工删除", list("、")),
            format!("What was written already could not be removed, remove it by hand: {}", list(", ")),
        ),
    };
    Failure::failed(
        format!("写不了 {shown}：{error}。{zh}。请检查该目录的权限和磁盘空间，或用 --config 另指一处。"),
        format!(
            "{shown} cannot be written: {error}. {en}. Check this user's rights to the folder and the disk's space, or name another place with --config."
        ),
    )
}

fn told(everywhere: &Everywhere, answers: &Answers, files: &[NewFile]) -> Result<Page, Failure> {
    let place = &answers.place;
    let (remarks, next) = (remarks(answers), place.next_commands());
    let there = Everywhere { config: Some(place.config.clone()), lang: Some(answers.language), ..everywhere.clone() };
    let mut page = Page::new();
    if everywhere.json {
        let written: Vec<String> = files.iter().map(|file| file.path.display().to_string()).collect();
        let sentences = config::load(&place.config).map(|loaded| config::describe(&loaded.config, answers.language))?;
        page.json(&json!({ "written": written, "remarks": remarks, "sentences": sentences, "next": next }));
        return Ok(page);
    }
    page.line(say!(answers, "写好了：", "Written:"));
    let width = files.iter().map(|file| file.path.display().to_string().len()).max().unwrap_or(0);
    for file in files {
        let shown = file.path.display().to_string();
        page.line(format!("  {shown:width$}  {}", meaning(answers, file)));
    }
    page.gap();
    for remark in &remarks {
        page.line(say!(answers, format!("注意：{remark}"), format!("Note: {remark}")));
    }
    page.gap();
    page.append(check::run(&there, &check::Args::offline())?);
    page.gap();
    page.line(say!(answers, "接下来：", "Next:"));
    for command in next {
        page.line(format!("  {command}"));
    }
    Ok(page)
}

fn meaning(answers: &Answers, file: &NewFile) -> String {
    let network = &answers.network;
    let units = network.units.len();
    let reporters: usize = network.units.iter().map(|unit| unit.reporters.len()).sum();
    let supervisors = network.supervisors.len() + answers.supervisors.len();
    if file.path == answers.place.config {
        return say!(answers, "配置", "the configuration").to_owned();
    }
    if file.path == answers.place.roster {
        return say!(
            answers,
            format!("花名册：单位 {units} 个，信息员 {reporters} 名，督办人 {supervisors} 名"),
            format!(
                "the roster: {}, {}, {}",
                count(units as u64, "unit"),
                count(reporters as u64, "reporter"),
                count(supervisors as u64, "supervisor")
            )
        );
    }
    say!(answers, "密码，只有运行 zhibao 的用户可读", "a password, for the user that runs zhibao alone").to_owned()
}

const SAMPLE_ZH: &str = include_str!("units.zh.csv");
const SAMPLE_EN: &str = include_str!("units.en.csv");

fn sample(path: &Path, language: Language, json: bool) -> Result<Page, Failure> {
    let text = match language {
        Language::ZhCn => SAMPLE_ZH,
        Language::En => SAMPLE_EN,
    };
    // Spreadsheets know by the mark that a text is UTF-8.
    let bytes = format!("\u{feff}{}", text.replace('\n', "\r\n")).into_bytes();
    let file = NewFile { path: path.to_owned(), bytes, mode: 0o644, owner: (None, None) };
    files::make_all(&[file]).map_err(|unmade| unwritten(&unmade))?;
    let mut page = Page::new();
    let shown = path.display();
    if json {
        page.json(&json!({ "written": [shown.to_string()], "next": [format!("zhibao init --units {shown}")] }));
        return Ok(page);
    }
    page.line(match language {
        Language::ZhCn => format!("样表写在 {shown}：请改成本单位的情况，然后运行 zhibao init --units {shown}"),
        Language::En => format!("An example is in {shown}: change it to your units, then run zhibao init --units {shown}"),
    });
    Ok(page)
}
