//! What keeps a command from being done, in a sentence with its mend, and the exit code.

use std::fmt::Display;
use std::path::PathBuf;
use std::process::ExitCode;

use super::Everywhere;
use crate::config::Errors;
use crate::daemon::{DaemonError, KeyError};
use crate::domain::language::Language;
use crate::mail::compose::ComposeError;
use crate::replay::ReplayError;
use crate::steps::StepError;
use crate::store::StoreError;

/// Exit code: it could not be done.
pub const FAILED: u8 = 1;
/// Exit code: the command line or the configuration is wrong.
pub const USAGE: u8 = 2;

/// Why a command was not done.
#[derive(Debug)]
pub enum Failure {
    /// Neither of the usual configuration files is there.
    NoConfig { tried: [PathBuf; 2] },
    /// The configuration cannot be used.
    Config(Errors),
    /// There is no store yet.
    NoStore(PathBuf),
    /// The store has no rules in force: no daemon has run on it.
    NotBegun(PathBuf),
    /// The store.
    Store(StoreError),
    /// The key file.
    Key(KeyError),
    /// A notice could not be put into words.
    Compose(ComposeError),
    /// A step.
    Step(StepError),
    /// A replay.
    Replay(ReplayError),
    /// The daemon.
    Daemon(DaemonError),
    /// Something else, in both languages.
    Said { code: u8, zh: String, en: String },
}

impl Failure {
    /// What the command line asks for is not there, or cannot be.
    pub fn failed(zh: impl Into<String>, en: impl Into<String>) -> Failure {
        Failure::Said { code: FAILED, zh: zh.into(), en: en.into() }
    }

    /// The command line makes no sense.
    pub fn usage(zh: impl Into<String>, en: impl Into<String>) -> Failure {
        Failure::Said { code: USAGE, zh: zh.into(), en: en.into() }
    }

    /// No such number on record. `list` is the command that shows what there is.
    pub fn unknown(number: impl Display, list: &str) -> Failure {
        Failure::failed(
            format!("没有 {number} 的记录；可用 zhibao {list} 查看现有编号。"),
            format!("There is no {number} on record; zhibao {list} shows those that are."),
        )
    }

    fn code(&self) -> u8 {
        match self {
            Failure::NoConfig { .. } | Failure::Config(_) => USAGE,
            Failure::Said { code, .. } => *code,
            _ => FAILED,
        }
    }

    /// The sentence.
    pub fn sentence(&self, language: Language) -> String {
        let (zh, en) = match self {
            Failure::Config(errors) => {
                let lines: Vec<String> = errors.problems.iter().map(|problem| problem.sentence(language)).collect();
                return lines.join("\n");
            }
            Failure::NoConfig { tried: [here, system] } => (
                format!(
                    "没有配置文件：{} 和 {} 都不存在。请用 --config 指明，或在当前目录建立 zhibao.toml。",
                    here.display(),
                    system.display()
                ),
                format!(
                    "There is no configuration: neither {} nor {} is there. Name one with --config, or make a zhibao.toml here.",
                    here.display(),
                    system.display()
                ),
            ),
            Failure::NoStore(path) => (
                format!("还没有数据库 {}：zhibao run 首次启动时建立。如果它在别处，请核对配置中 [store] 的 path。", path.display()),
                format!(
                    "There is no store {} yet: zhibao run makes it when it first starts. If it is elsewhere, correct path under [store] in the configuration.",
                    path.display()
                ),
            ),
            Failure::NotBegun(path) => (
                format!("数据库 {} 还没有生效的规则：请先启动一次 zhibao run。", path.display()),
                format!("The store {} has no rules in force yet: start zhibao run on it first.", path.display()),
            ),
            Failure::Store(error) => return store(error, language),
            Failure::Key(error) => key(error),
            Failure::Compose(error) | Failure::Step(StepError::Compose(error)) => {
                let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
                (
                    format!("无法成文，没有作任何更改：{error}{cause}。"),
                    format!("It could not be put into words, and nothing was changed: {error}{cause}."),
                )
            }
            Failure::Step(StepError::Store(error))
            | Failure::Replay(ReplayError::Store(error) | ReplayError::Step(StepError::Store(error))) => {
                return store(error, language);
            }
            Failure::Step(error) => (format!("没有完成：{error}。"), format!("Not done: {error}.")),
            Failure::Replay(error) => replay(error),
            Failure::Daemon(error) => (format!("守护进程未能运行：{error}。"), format!("The daemon does not run: {error}.")),
            Failure::Said { zh, en, .. } => (zh.clone(), en.clone()),
        };
        match language {
            Language::ZhCn => zh,
            Language::En => en,
        }
    }

    /// Says it on standard error; yields the exit code.
    pub fn tell(&self, language: Language) -> ExitCode {
        let who = match language {
            Language::ZhCn => "zhibao：",
            Language::En => "zhibao: ",
        };
        // A configuration's problems begin with file and line, as editors like them.
        let prefix = if matches!(self, Failure::Config(_)) { "" } else { who };
        super::page::complain(&format!("{prefix}{}", self.sentence(language)));
        ExitCode::from(self.code())
    }
}

fn store(error: &StoreError, language: Language) -> String {
    let (zh, en) = match error {
        StoreError::Open { path, source } => (
            format!("无法打开数据库 {path}：{source}。请确认它所在的目录存在，且当前用户可以读写该目录和文件。"),
            format!(
                "The store {path} cannot be opened: {source}. Make sure that its folder is there and that this user may write to both."
            ),
        ),
        StoreError::Newer { path } => (
            format!("数据库 {path} 由更新版本的 zhibao 建立，本版本没有改动它。请改用该版本，或恢复本版本的备份。"),
            format!(
                "The store {path} was made by a later version of zhibao, and was left as it was. Use that version, or restore a backup of this one's."
            ),
        ),
        StoreError::Migrate { path, source } => (
            format!("数据库 {path} 无法升级到本版本，保持原样：{source}。"),
            format!("The store {path} could not be brought to this version and was left as it was: {source}."),
        ),
        StoreError::Database { source, .. } => (
            format!("读写数据库失败，没有作任何更改：{source}。请检查磁盘空间，以及当前用户对该文件及其目录的读写权限。"),
            format!(
                "The store could not be read or written, and nothing was changed: {source}. Check the disk's space, and this user's rights to the file and its folder."
            ),
        ),
        other => (format!("数据库：{other}。"), format!("The store: {other}.")),
    };
    match language {
        Language::ZhCn => zh,
        Language::En => en,
    }
}

fn key(error: &KeyError) -> (String, String) {
    match error {
        KeyError::Read { path, source } => (
            format!("无法读取密钥文件 {}：{source}。请让当前用户可以读取，或由运行守护进程的用户执行本命令。", path.display()),
            format!(
                "The key file {} cannot be read: {source}. Let this user read it, or give the command as the daemon's user.",
                path.display()
            ),
        ),
        KeyError::Make { path, source } => (
            format!("无法建立密钥文件 {}：{source}。请确认其目录存在且可写，或更正 [office] 的 key_file。", path.display()),
            format!(
                "The key file {} cannot be made: {source}. Make its folder writable, or correct key_file under [office].",
                path.display()
            ),
        ),
        KeyError::Length { path, bytes } => (
            format!("密钥文件 {} 有 {bytes} 字节，应为 32 字节。请恢复原文件；删除它会使已发通知的回复全部失效。", path.display()),
            format!(
                "The key file {} holds {bytes} bytes and not 32. Restore it; without it, replies to notices that were sent are no longer accepted.",
                path.display()
            ),
        ),
    }
}

fn replay(error: &ReplayError) -> (String, String) {
    match error {
        ReplayError::EmptySpan { .. } => (
            "--from 不早于 --until，没有可重放的时段。请把 --until 写得晚一些。".to_owned(),
            "--from is not before --until: there is nothing to replay. Give a later --until.".to_owned(),
        ),
        ReplayError::NotOurs(dir) => (
            format!("目录 {} 里的数据库不是重放产生的，未作改动。请另指定 --dir。", dir.display()),
            format!("The store in {} was not made by a replay and is left alone. Give another --dir.", dir.display()),
        ),
        ReplayError::Folder { path, source } => (
            format!("无法准备 {}：{source}。请指定当前用户可写的 --dir。", path.display()),
            format!("{} cannot be prepared: {source}. Give a --dir that this user may write to.", path.display()),
        ),
        ReplayError::Mailbox(error) | ReplayError::Step(StepError::Mailbox(error)) => {
            (format!("无法读取邮箱：{error}。"), format!("{error}."))
        }
        ReplayError::Step(StepError::Compose(error)) => {
            let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
            (format!("通知无法成文：{error}{cause}。"), format!("A notice could not be put into words: {error}{cause}."))
        }
        ReplayError::Store(error) | ReplayError::Step(StepError::Store(error)) => (error.to_string(), error.to_string()),
    }
}

/// The language of a failure's sentence: what `--lang` says, what the configuration says, what the environment says.
pub fn language(everywhere: &Everywhere, failure: &Failure) -> Language {
    let of_config = || match failure {
        Failure::Config(errors) => Some(errors.language),
        Failure::NoConfig { .. } => None,
        _ => super::session::Session::open(everywhere).ok().map(|session| session.words.language),
    };
    everywhere.lang.or_else(of_config).unwrap_or_else(of_environment)
}

fn of_environment() -> Language {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(std::env::var_os).find(|value| !value.is_empty());
    match set.is_some_and(|value| value.to_string_lossy().starts_with("zh")) {
        true => Language::ZhCn,
        false => Language::En,
    }
}

macro_rules! from_error {
    ($($error:ty => $variant:ident),+ $(,)?) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Failure {
                Failure::$variant(error)
            }
        }
    )+};
}
from_error!(Errors => Config, StoreError => Store, KeyError => Key, ComposeError => Compose, StepError => Step, ReplayError => Replay,
    DaemonError => Daemon);
