//! What keeps a command from being done, in a sentence with its mend, and the exit code.

use std::fmt::Display;
use std::path::PathBuf;
use std::process::ExitCode;

use super::Everywhere;
use crate::config::Errors;
use crate::daemon::{DaemonError, KeyError};
use crate::demo::DemoError;
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
    Replay(Box<ReplayError>),
    /// The demo.
    Demo(Box<DemoError>),
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
            Failure::NoConfig { .. } | Failure::Config(_) | Failure::Daemon(DaemonError::Config(_)) => USAGE,
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
            Failure::Step(StepError::Store(error)) => return store(error, language),
            Failure::Step(error) => (format!("没有完成：{error}。"), format!("Not done: {error}.")),
            Failure::Replay(error) => match &**error {
                ReplayError::Store(error) | ReplayError::Step(StepError::Store(error)) => return store(error, language),
                error => replay(error),
            },
            Failure::Demo(error) => return demo(error, language),
            Failure::Daemon(error) => return daemon(error, language),
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
        StoreError::File { path, source } => (
            format!("无法使用文件 {path}：{source}。请检查磁盘空间，以及当前用户对该文件及其目录的读写权限。"),
            format!("The file {path} cannot be used: {source}. Check the disk's space, and this user's rights to the file and its folder."),
        ),
        StoreError::Older { path } => (
            format!("数据库 {path} 由较早版本的 zhibao 建立，尚未升级。请先用本版本启动一次 zhibao run；若是备份，恢复时会自行升级。"),
            format!(
                "The store {path} was made by an earlier version of zhibao. Start zhibao run of this version on it once; a backup is brought to this version when it is restored."
            ),
        ),
        StoreError::Migrate { path, source } => (
            format!("数据库 {path} 无法升级到本版本，保持原样：{source}。"),
            format!("The store {path} could not be brought to this version and was left as it was: {source}."),
        ),
        StoreError::Locked { path, lock } => (
            format!("数据库 {path} 上已有一个 zhibao 在运行（占用 {lock}）。请先停止它，或另设 [store] 的 path。"),
            format!(
                "Another zhibao already runs on the store {path} (it holds {lock}). Stop that one first, or give this one a store of its own."
            ),
        ),
        StoreError::Lock { lock, source } => (
            format!("无法使用锁文件 {lock}：{source}。请确认其目录存在，且当前用户可写。"),
            format!(
                "The lock file {lock} cannot be used: {source}. Make sure that its folder is there and that this user may write to it."
            ),
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
        KeyError::File { path, source } => (
            format!("无法读写密钥文件 {}：{source}。请让当前用户可以读写，或以守护进程的用户执行本命令。", path.display()),
            format!(
                "The key file {} cannot be used: {source}. Let this user read it, or give the command as the daemon's user.",
                path.display()
            ),
        ),
        KeyError::NoKey(path) => (
            format!("密钥文件 {} 不是 32 字节。请从备份恢复原文件；换用新密钥，已发通知的回复都不再有效。", path.display()),
            format!(
                "The key file {} does not hold 32 bytes. Restore it from a backup; with a new one, replies to notices that were sent are refused.",
                path.display()
            ),
        ),
        KeyError::NoRandomness(path) => (
            format!("系统没有给出随机数，未能建立密钥文件 {}。", path.display()),
            format!("The system gave no random bytes for the key file {}.", path.display()),
        ),
    }
}

fn daemon(error: &DaemonError, language: Language) -> String {
    let (zh, en) = match error {
        DaemonError::Config(errors) => return Failure::Config(errors.clone()).sentence(language),
        DaemonError::Store(error) => return store(error, language),
        DaemonError::Key(error) => key(error),
        other => (
            format!("守护进程终止：{other}。服务管理器会重新启动它；详情见日志。"),
            format!("The daemon ended: {other}. Its service manager starts it again; the log says more."),
        ),
    };
    match language {
        Language::ZhCn => zh,
        Language::En => en,
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
            (format!("通知无法成文：{error}。"), format!("A notice could not be put into words: {error}."))
        }
        ReplayError::Step(StepError::Press) => (
            "有通知未能生成，原因见标准错误输出。这是程序的缺陷，请报告。".to_owned(),
            "A letter could not be made; standard error says why. This is a defect of zhibao: please report it.".to_owned(),
        ),
        ReplayError::Act { at, source } => {
            (format!("{at}应做的事未能做成：{source}。"), format!("What was to be done at {at} could not be: {source}."))
        }
        ReplayError::Outbox(why) => (format!("无法写入通知目录：{why}。"), format!("The outbox cannot be written: {why}.")),
        ReplayError::Store(error) | ReplayError::Step(StepError::Store(error)) => (error.to_string(), error.to_string()),
    }
}

fn demo(error: &DemoError, language: Language) -> String {
    let (zh, en) = match error {
        DemoError::NotOurs(dir) => (
            format!("目录 {} 里有并非演示产生的文件，未作改动。请另指定 --dir。", dir.display()),
            format!("{} holds files that no demo wrote; they are left alone. Give another --dir.", dir.display()),
        ),
        DemoError::BeforeItBegins { until, first } => (
            format!("--until {until}：演示自 {first} 开始，请写更晚的日期。"),
            format!("--until {until}: the demo begins on {first}. Give a later day."),
        ),
        DemoError::Folder { path, source } => (
            format!("无法读写 {}：{source}。请指定当前用户可写的 --dir。", path.display()),
            format!("{}: {source}. Give a --dir that this user may write to.", path.display()),
        ),
        DemoError::Replay(error) => replay(error),
        DemoError::Store(error) => return store(error, language),
        other => (format!("演示没有完成：{other}。"), format!("The demo was not finished: {other}.")),
    };
    match language {
        Language::ZhCn => zh,
        Language::En => en,
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

/// The language of the environment.
pub fn of_environment() -> Language {
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
impl From<ReplayError> for Failure {
    fn from(error: ReplayError) -> Failure {
        Failure::Replay(Box::new(error))
    }
}

impl From<DemoError> for Failure {
    fn from(error: DemoError) -> Failure {
        Failure::Demo(Box::new(error))
    }
}

from_error!(Errors => Config, StoreError => Store, KeyError => Key, ComposeError => Compose, StepError => Step,
    DaemonError => Daemon);
