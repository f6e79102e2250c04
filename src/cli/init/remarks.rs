//! What whoever looks at the result of `init` should know.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use chrono_tz::Tz;

use super::answers::{Source, Way};
use super::roster::Network;
use super::{Answers, Password};
use crate::mail::words::say;

/// Each a sentence in the language of the answers.
pub(super) fn remarks(answers: &Answers) -> Vec<String> {
    let mut remarks = of_table(answers, &answers.network);
    remarks.extend(of_passwords(answers));
    remarks.extend(of_password_files(answers));
    remarks.extend(of_certificates(answers));
    if answers.timezone == Tz::UTC {
        remarks.push(
            say!(
                answers,
                "期限按 UTC 计算：本机没有设当地时区。办公室不用 UTC 的，请在配置中改 timezone，例如 Asia/Shanghai。",
                "deadlines are reckoned in UTC, the zone of this machine. Where the office keeps other hours, change timezone in the configuration, to Europe/Berlin for instance."
            )
            .to_owned(),
        );
    }
    if let Way::Folder(folder) = &answers.way {
        let shown = folder.display();
        remarks.push(say!(
            answers,
            format!("通知只写进目录 {shown}，并不发出；要发出时，在配置的 [[transport]] 中改为邮件服务器。"),
            format!("notices are written into the folder {shown} and not sent; to send them, put a mail server into [[transport]] of the configuration.")
        ));
    }
    remarks
}

/// What of the table was not used, and what it does not say.
fn of_table(answers: &Answers, network: &Network) -> Vec<String> {
    let mut remarks = Vec::new();
    if !network.unread_sheets.is_empty() {
        let (zh, en) = (network.unread_sheets.join("、"), network.unread_sheets.join(", "));
        remarks.push(say!(answers, format!("这几张工作表没有用到：{zh}。"), format!("these sheets of the table were not used: {en}.")));
    }
    if !network.unread.is_empty() {
        let (zh, en) = (network.unread.join("、"), network.unread.join(", "));
        remarks.push(say!(answers, format!("表中这几栏没有用到：{zh}。"), format!("these columns of the table were not used: {en}.")));
    }
    let of_all: Vec<String> =
        network.supervisors.iter().filter(|each| each.by_blank).map(|each| format!("{} <{}>", each.name, each.address)).collect();
    if !of_all.is_empty() {
        let (zh, en) = (of_all.join("、"), of_all.join(", "));
        remarks.push(say!(
            answers,
            format!("这些督办人没有写所督办的单位，按督办全部单位写入：{zh}。"),
            format!("these supervisors name no unit, and were given all of them: {en}.")
        ));
    }
    if network.units.iter().all(|unit| unit.places.is_empty()) {
        remarks.push(
            say!(
                answers,
                "表中没有写各单位的辖区：他处报来的事件不会自动要求当地报送。需要时在花名册中写上 places。",
                "the table names no places: an event that another body reports does not make the unit there owe a report. Add places to the roster where that is wanted."
            )
            .to_owned(),
        );
    }
    remarks
}

/// Passwords that somebody still has to hand over.
fn of_passwords(answers: &Answers) -> Vec<String> {
    let mut remarks = Vec::new();
    for (password, what) in
        [(&answers.mailbox_password, say!(answers, "收信", "mailbox")), (&answers.relay_password, say!(answers, "发信", "relay"))]
    {
        if let Password::Handed { credential, variable } = password {
            remarks.push(say!(
                answers,
                format!("{what}的密码没有给出：请以系统服务的凭据 {credential} 或环境变量 {variable} 交来，或在配置中写 password_file。"),
                format!("the password of the {what} was not given: hand it over as the service's credential {credential}, or in the environment as {variable}, or name a password_file in the configuration.")
            ));
        }
    }
    remarks
}

/// A path as the configuration names it, from here.
fn from_here(answers: &Answers, path: &Path) -> PathBuf {
    answers.place.config.parent().unwrap_or(Path::new("")).join(path)
}

/// Files of passwords that others can read, or that hold more than a password.
fn of_password_files(answers: &Answers) -> Vec<String> {
    let mut files: Vec<PathBuf> = Vec::new();
    for password in [&answers.mailbox_password, &answers.relay_password] {
        if let Password::File(path) = password
            && !files.contains(&from_here(answers, path))
        {
            files.push(from_here(answers, path));
        }
    }
    let mut remarks = Vec::new();
    for file in files {
        let shown = file.display();
        if fs::metadata(&file).is_ok_and(|meta| meta.permissions().mode() & 0o004 != 0) {
            remarks.push(say!(
                answers,
                format!("密码文件 {shown} 本机人人可读。请执行 chmod o= {shown}，只让运行 zhibao 的用户可读。"),
                format!("everybody on this machine can read the password in {shown}. Run chmod o= {shown}, and let the user that runs zhibao alone read it.")
            ));
        }
        if fs::read_to_string(&file).is_ok_and(|text| text.trim_end_matches(['\r', '\n']).contains(['\r', '\n'])) {
            remarks.push(say!(
                answers,
                format!("密码文件 {shown} 不止一行，全部内容会当作一个密码。请只留密码一行。"),
                format!("the file of the password {shown} has several lines, and all of it is taken for the password. Leave the line of the password alone.")
            ));
        }
    }
    remarks
}

/// A file of certificates that is not there.
fn of_certificates(answers: &Answers) -> Option<String> {
    let is_named = matches!(answers.source, Source::Imap(_)) || matches!(answers.way, Way::Relay(_));
    let file = answers.ca_file.as_deref().filter(|_| is_named).map(|path| from_here(answers, path))?;
    let shown = file.display();
    (!file.exists()).then(|| {
        say!(
            answers,
            format!("没有证书文件 {shown}：没有它连不上服务器。请把它放好，或在配置中改 ca_file。"),
            format!("there is no file of certificates {shown}: without it no server is reached. Put it there, or change ca_file in the configuration.")
        )
    })
}
