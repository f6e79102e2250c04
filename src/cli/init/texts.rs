//! Answers → the text of the configuration and of the roster.

use std::fmt::Write as _;
use std::path::Path;

use super::answers::{Server, Source, Told, Way};
use super::names::in_order;
use super::roster::UnitRow;
use super::{Answers, Password};
use crate::domain::authentic::Trust;
use crate::domain::language::Language;
use crate::domain::relay::Security;
use crate::domain::roster::{Address, Role};
use crate::mail::words::say;

/// The name of the mailbox that is written; its password may come under a name made of it.
pub(super) const MAILBOX: &str = "reports";
/// The name of the relay that is written.
pub(super) const RELAY: &str = "relay";

const ZH: &str = include_str!("zhibao.zh.toml");
const EN: &str = include_str!("zhibao.en.toml");

/// Comments begin in this column.
const COMMENT: usize = 34;

/// The main file.
pub(super) fn configuration(answers: &Answers) -> String {
    let first = answers.network.units.first().map_or("", |unit| unit.id.as_str());
    let values = [
        ("TIMEZONE", quoted(answers.timezone.name())),
        ("NAME", quoted(&answers.name)),
        ("ADDRESS", quoted(answers.address.as_str())),
        ("DESK", list(&answers.desk)),
        ("OPERATORS", list(&answers.operators)),
        ("STORE", quoted(&answers.place.store)),
        ("MAILBOX", mailbox(answers)),
        ("TRANSPORT", transport(answers)),
        ("FIRST_UNIT", quoted(first)),
    ];
    filled(say!(answers, ZH, EN), &values)
}

/// Puts values in the place of `@NAME@`. A value is not looked into, and a comment behind one keeps its column where it can.
fn filled(template: &str, values: &[(&str, String)]) -> String {
    let mut text = String::new();
    for line in template.lines() {
        let marked =
            values.iter().find_map(|(name, value)| line.split_once(&format!("@{name}@")).map(|(before, after)| (before, value, after)));
        match marked {
            None => text.push_str(line),
            Some((before, value, after)) => {
                let _ = match after.trim_start().strip_prefix("# ") {
                    Some(comment) => write!(text, "{} # {comment}", padded(&format!("{before}{value}"))),
                    None => write!(text, "{before}{value}{after}"),
                };
            }
        }
        text.push('\n');
    }
    text
}

/// A Chinese character takes two columns.
fn padded(text: &str) -> String {
    let width: usize = text.chars().map(|c| 1 + usize::from(u32::from(c) >= 0x2e80)).sum();
    format!("{text}{}", " ".repeat((COMMENT - 1).saturating_sub(width)))
}

/// A line of a key, and a comment where there is something to say.
fn key(text: &mut String, name: &str, value: &str, comment: &str) {
    let line = format!("{name} = {value}");
    let _ = match comment {
        "" => writeln!(text, "{line}"),
        comment => writeln!(text, "{} # {comment}", padded(&line)),
    };
}

/// A TOML string on one line.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

fn list<T: ToString>(items: &[T]) -> String {
    let items: Vec<String> = items.iter().map(|item| quoted(&item.to_string())).collect();
    format!("[{}]", items.join(", "))
}

fn path(path: &Path) -> String {
    quoted(&path.display().to_string())
}

fn mailbox(answers: &Answers) -> String {
    let mut text = String::from("[[mailbox]]\n");
    key(&mut text, "name", &quoted(MAILBOX), "");
    match &answers.source {
        Source::Maildir(folder) => {
            key(&mut text, "kind", "\"maildir\"", say!(answers, "本机的邮件目录", "a Maildir on this machine"));
            key(
                &mut text,
                "path",
                &path(folder),
                say!(answers, "含 new、cur 的目录，只读不改", "holds new and cur; nothing in it is changed"),
            );
        }
        Source::Imap(server) => {
            key(&mut text, "kind", "\"imap\"", say!(answers, "邮件服务器上的信箱", "an account at a mail server"));
            account(&mut text, answers, server, &answers.mailbox_password, 993);
            let filed = say!(answers, "登记后移入此文件夹，什么也不删", "where messages on record go; nothing is deleted");
            key(&mut text, "processed", "\"Filed\"", filed);
        }
    }
    let (word, meaning) = match &answers.trust {
        Trust::Mailbox => ("mailbox", say!(answers, "凡能投进此处者均可信", "whoever can deliver here is trusted")),
        Trust::Verify { .. } => (
            "verify",
            say!(
                answers,
                "自行核验 DKIM、SPF、DMARC，未证实的隔离",
                "DKIM, SPF and DMARC are checked here; what does not pass is quarantined"
            ),
        ),
        Trust::Authserv { .. } => (
            "authserv",
            say!(answers, "以本方服务器写下的核验结果为准，未证实的隔离", "our server's word counts; what does not pass is quarantined"),
        ),
    };
    key(&mut text, "trust", &quoted(word), meaning);
    if let Trust::Authserv { authserv_id } = &answers.trust {
        key(
            &mut text,
            "authserv_id",
            &quoted(authserv_id),
            say!(answers, "它写在 Authentication-Results 中的名称", "its name in Authentication-Results"),
        );
    }
    let boundary = say!(
        answers,
        "本方收信主机，以其 Received 定到达时间，例如 [\"mx.example.net\"]",
        "our hosts, whose Received tells the arrival, e.g. [\"mx.example.net\"]"
    );
    key(&mut text, "boundary", &list(&answers.boundary), boundary);
    text
}

/// Host, login and password of a server, for a mailbox and for a relay alike.
fn account(text: &mut String, answers: &Answers, server: &Server, password: &Password, usual: u16) {
    key(text, "host", &quoted(&server.host), "");
    if let Some(port) = server.port.filter(|port| *port != usual || server.tls != Security::Implicit) {
        key(text, "port", &port.to_string(), "");
    }
    let (word, meaning) = match server.tls {
        Security::Implicit => ("implicit", say!(answers, "全程 TLS", "TLS from the first byte")),
        Security::StartTls => ("starttls", say!(answers, "必须升级为 TLS，否则不通信", "TLS, or nothing is said")),
        Security::Plain => ("none", say!(answers, "本机，不加密", "this machine, in the clear")),
    };
    key(text, "tls", &quoted(word), meaning);
    if let Some(file) = &answers.ca_file {
        key(text, "ca_file", &path(file), say!(answers, "系统证书之外另行信任的证书", "certificates believed besides the system's"));
    }
    if let Some(username) = &server.username {
        key(text, "username", &quoted(username), "");
    }
    match password {
        Password::Nobody => {}
        Password::File(file) => {
            key(
                text,
                "password_file",
                &path(file),
                say!(answers, "密码或授权码，单独一个文件", "password or authorisation code, alone in a file"),
            );
        }
        Password::Handed { variable, credential } => {
            let _ = writeln!(
                text,
                "{}",
                say!(
                    answers,
                    format!("# 密码由系统服务的凭据 {credential} 或环境变量 {variable} 交来"),
                    format!("# The password comes as the service's credential {credential}, or in the environment as {variable}.")
                )
            );
        }
    }
}

fn transport(answers: &Answers) -> String {
    let mut text = String::from("[[transport]]\n");
    match &answers.way {
        Way::Folder(folder) => {
            key(&mut text, "name", "\"outbox\"", "");
            key(&mut text, "kind", "\"file\"", say!(answers, "只写成 .eml 文件，并不发出", "writes .eml files; nothing is sent"));
            key(&mut text, "path", &path(folder), "");
        }
        Way::Relay(server) => {
            key(&mut text, "name", &quoted(RELAY), "");
            key(&mut text, "kind", "\"smtp\"", say!(answers, "交邮件服务器发出", "a mail server sends it on"));
            account(&mut text, answers, server, &answers.relay_password, server.tls.usual_port());
        }
    }
    text
}

/// The roster.
pub(super) fn roster(answers: &Answers) -> String {
    let mut text = String::from(say!(
        answers,
        "# 花名册：单位、信息员、督办人、上级。由 zhibao init 据表写成，今后在此增改，改后请运行 zhibao check。\n\
         # 代号 id 记入每件信息，定下后不要再改。places 为辖区：写明后，消防等无辖区单位报来该地的事件，即要求该单位报送。\n",
        "# The roster: units, reporters, supervisors, superiors. Written by zhibao init from a table; change it here from now on, and run\n\
         # zhibao check. An id goes on record with every submission: keep it. places are those under a unit's jurisdiction: when a body\n\
         # without any (a fire brigade) reports an event there, that unit owes a report.\n"
    ));
    for (index, depth) in in_order(&answers.network.units) {
        unit(&mut text, answers, &answers.network.units[index], depth);
    }
    supervisors(&mut text, answers);
    for (name, address) in &answers.network.superiors {
        text.push_str("\n[[superior]]\n");
        key(&mut text, "name", &quoted(name), "");
        key(&mut text, "address", &quoted(address.as_str()), say!(answers, "读其通报", "its circulars are read"));
    }
    text
}

fn unit(text: &mut String, answers: &Answers, unit: &UnitRow, depth: usize) {
    text.push('\n');
    if let Some(parent) = unit.parent.and_then(|parent| answers.network.units.get(parent)) {
        let _ = writeln!(
            text,
            "{}",
            say!(
                answers,
                format!("# 隶属{}（第 {} 层）", parent.name, depth + 1),
                format!("# beneath {} (level {})", parent.name, depth + 1)
            )
        );
    }
    text.push_str("[[unit]]\n");
    key(text, "id", &quoted(&unit.id), "");
    key(text, "name", &quoted(&unit.name), "");
    for (name, items) in [("aliases", &unit.aliases), ("places", &unit.places)] {
        if !items.is_empty() {
            key(text, name, &list(items), "");
        }
    }
    if !unit.class.is_empty() {
        key(text, "class", &quoted(&unit.class), "");
    }
    if unit.direct_report {
        key(text, "direct_report", "true", say!(answers, "信息直报点", "also ranked by a higher office"));
    }
    for (name, address, role) in &unit.reporters {
        text.push_str("[[unit.reporter]]\n");
        if !name.is_empty() {
            key(text, "name", &quoted(name), "");
        }
        key(text, "address", &quoted(address.as_str()), "");
        match role {
            Role::FullTime => {}
            Role::PartTime => key(text, "role", "\"part-time\"", ""),
            Role::Leader => key(text, "role", "\"leader\"", ""),
        }
    }
}

fn supervisors(text: &mut String, answers: &Answers) {
    let units = &answers.network.units;
    let mut one = |name: &str, address: &Address, level: u8, scope: String| {
        text.push_str("\n[[supervisor]]\n");
        key(text, "name", &quoted(name), "");
        key(
            text,
            "address",
            &quoted(address.as_str()),
            say!(answers, "警示寄到此处，也从此处接受指令", "warnings go here; commands come from here"),
        );
        let hears = [
            say!(answers, "从迟报起告知", "hears from late on"),
            say!(answers, "从漏报起告知", "hears from omitted on"),
            say!(answers, "只告知不报", "hears of unreported only"),
        ];
        key(text, "level", &level.to_string(), hears[usize::from(level.clamp(1, 3)) - 1]);
        key(text, "units", &scope, "");
    };
    for told in &answers.supervisors {
        one(&called(told, answers.language), &told.address, told.level, "[\"*\"]".to_owned());
    }
    for each in &answers.network.supervisors {
        let ids = |scope: &std::collections::BTreeSet<usize>| {
            list(&scope.iter().filter_map(|at| units.get(*at)).map(|unit| unit.id.as_str()).collect::<Vec<_>>())
        };
        one(&each.name, &each.address, each.level, each.units.as_ref().map_or("[\"*\"]".to_owned(), ids));
    }
}

fn called(told: &Told, language: Language) -> String {
    let usual = || match (language, told.level) {
        (Language::ZhCn, 1) => "督办人".to_owned(),
        (Language::ZhCn, 2) => "二级督办人".to_owned(),
        (Language::ZhCn, _) => "三级督办人".to_owned(),
        (Language::En, 1) => "Supervisor".to_owned(),
        (Language::En, level) => format!("Supervisor of level {level}"),
    };
    told.name.clone().unwrap_or_else(usual)
}
