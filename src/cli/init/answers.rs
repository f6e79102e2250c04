//! What each answer may be, and the sentence that helps where it is not.

use std::path::{Path, PathBuf};

use unicode_normalization::UnicodeNormalization;

use super::super::page::clean;
use super::Both;
use super::roster::TEXT_LIMIT;
use crate::domain::authentic::Trust;
use crate::domain::relay::Security;
use crate::domain::roster::Address;
use crate::domain::web::is_this_machine;

/// A mail server as it was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Server {
    pub host: String,
    /// Where it is not the usual one.
    pub port: Option<u16>,
    pub tls: Security,
    /// Where it was said: `user@host`.
    pub username: Option<String>,
}

/// Where mail comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Maildir(PathBuf),
    Imap(Server),
}

/// Where mail goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Folder(PathBuf),
    Relay(Server),
}

/// Somebody who hears of breaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub name: Option<String>,
    pub address: Address,
    /// 1, 2 or 3.
    pub level: u8,
}

/// A name: one line, not empty.
pub(super) fn name(text: &str) -> Result<String, Both> {
    let text = clean(text);
    if text.is_empty() {
        return Err(Both::new("名称不能为空；它是每份通知的发件人名称", "the name cannot be empty; every notice comes under it"));
    }
    if text.chars().count() > TEXT_LIMIT {
        return Err(Both::new(format!("超过 {TEXT_LIMIT} 个字符；请缩短"), format!("is longer than {TEXT_LIMIT} characters; shorten it")));
    }
    Ok(text)
}

/// One address.
pub(super) fn address(text: &str) -> Result<Address, Both> {
    let plain: String = text.trim().nfkc().collect();
    Address::parse(&plain).ok_or_else(|| {
        let shown = clean(text);
        Both::new(
            format!("“{shown}”不是邮箱地址；请写成 xinxi@example.net 的样子"),
            format!("“{shown}” is no email address; write it like office@example.net"),
        )
    })
}

/// Addresses of people, none of them the office's own.
pub(super) fn addresses(text: &str, office: Option<&Address>) -> Result<Vec<Address>, Both> {
    let mut found: Vec<Address> = Vec::new();
    for part in text.split([',', '，', '、', ';', '；', ' ']).map(str::trim).filter(|part| !part.is_empty()) {
        let address = not_office(address(part)?, office)?;
        if !found.contains(&address) {
            found.push(address);
        }
    }
    if found.is_empty() {
        return Err(Both::new("请至少写一个邮箱地址", "write one address at least"));
    }
    Ok(found)
}

fn not_office(address: Address, office: Option<&Address>) -> Result<Address, Both> {
    match office == Some(&address) {
        true => Err(Both::new(
            format!("{address} 是办公室自己的地址，办公室不给自己写信；请写此人自己的地址"),
            format!("{address} is the office's own address, and the office does not write to itself; write the person's own"),
        )),
        false => Ok(address),
    }
}

/// Supervisors of level 1, 2, 3, in this order: `chief@example.net` or `王主任 <chief@example.net>`.
pub(super) fn supervisors(text: &str, office: Option<&Address>) -> Result<Vec<Told>, Both> {
    let mut found: Vec<Told> = Vec::new();
    for part in text.split([',', '，', '、', ';', '；']).map(str::trim).filter(|part| !part.is_empty()) {
        let (name, written) = match part.split_once(['<', '＜', '〈']) {
            Some((name, rest)) => (Some(clean(name)).filter(|name| !name.is_empty()), rest.trim_end_matches(['>', '＞', '〉'])),
            None => (None, part),
        };
        let address = not_office(address(written)?, office)?;
        if found.iter().any(|told| told.address == address) {
            return Err(Both::new(format!("{address} 写了两次；请删去一处"), format!("{address} stands there twice; take one out")));
        }
        let level = u8::try_from(found.len() + 1).unwrap_or(u8::MAX);
        found.push(Told { name, address, level });
    }
    match found.len() {
        0 => Err(Both::new("请至少写一个邮箱地址", "write one address at least")),
        1..=3 => Ok(found),
        _ => Err(Both::new(
            "至多写三人：依次从迟报起、从漏报起、只在不报时告知；其余的人请写进花名册的表",
            "three at most: the first hears from late on, the second from omitted on, the third of unreported only; put others into the table of units",
        )),
    }
}

/// Who is believed to have written a mail.
pub(super) fn trust(text: &str) -> Result<Trust, Both> {
    let text = text.trim();
    let (word, rest) = text.split_once([' ', ':', '：']).unwrap_or((text, ""));
    let rest = rest.trim();
    let plain = !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic() && !b"\"();=\\".contains(&b));
    match (word.to_ascii_lowercase().as_str(), rest) {
        ("mailbox", "") => Ok(Trust::Mailbox),
        ("verify", "") => Ok(Trust::Verify { arc_sealers: Vec::new() }),
        ("authserv", _) if plain => Ok(Trust::Authserv { authserv_id: rest.to_owned() }),
        ("authserv", _) => Err(Both::new(
            "authserv 之后请写本方服务器在 Authentication-Results 中的名称，例如 authserv mx.example.net",
            "after authserv, write the name under which your server writes Authentication-Results, as in authserv mx.example.net",
        )),
        _ => Err(Both::new(
            format!("“{}”不在可选之列；请写 verify、mailbox 或 authserv 加服务器名称", clean(text)),
            format!("“{}” is none of the choices; write verify, mailbox, or authserv and the name of your server", clean(text)),
        )),
    }
}

/// A Maildir, or a server: `imap.example.net`, `imaps://user@imap.example.net:993`.
pub(super) fn source(text: &str) -> Result<Source, Both> {
    let text = text.trim();
    if let Some(path) = folder(text) {
        return maildir(&path).map(Source::Maildir);
    }
    let server = server(text, &[("imaps", Security::Implicit), ("imap", Security::StartTls)], &[143], ["imap.example.net", "imaps"])?;
    Ok(Source::Imap(server))
}

/// A folder, or a relay.
pub(super) fn way(text: &str) -> Result<Way, Both> {
    let text = text.trim();
    if let Some(path) = folder(text) {
        return Ok(Way::Folder(path));
    }
    let server = server(text, &[("smtps", Security::Implicit), ("smtp", Security::StartTls)], &[25, 587], ["smtp.example.net", "smtps"])?;
    Ok(Way::Relay(server))
}

/// A path has a slash, or is a word without a dot, like `outbox`, that no machine is called.
fn folder(text: &str) -> Option<PathBuf> {
    let is_url = text.contains("://");
    let word = !text.is_empty() && !text.contains(['.', ':', '@', ' ']) && text != "localhost";
    if !is_url && text.starts_with("~/") {
        return std::env::home_dir().map(|home| home.join(&text[2..]));
    }
    (!is_url && (text.contains('/') || word)).then(|| PathBuf::from(text))
}

fn maildir(path: &Path) -> Result<PathBuf, Both> {
    let shown = path.display();
    match path.join("new").is_dir() && path.join("cur").is_dir() {
        true => Ok(path.to_owned()),
        false => Err(Both::new(
            format!("{shown} 不是邮件目录：其中应有 new 和 cur。请写邮件服务器投递到的目录，或写收信服务器的主机名，例如 imap.example.net"),
            format!(
                "{shown} is no Maildir: it should hold new and cur. Write the folder into which your mail server delivers, or the host of a mail server, like imap.example.net"
            ),
        )),
    }
}

/// `schemes`: which protection each means. `open_ports`: those on which a server greets in the clear first. `example`: a host and a scheme.
fn server(text: &str, schemes: &[(&str, Security)], open_ports: &[u16], [example, scheme]: [&str; 2]) -> Result<Server, Both> {
    let wrong = || {
        Both::new(
            format!("“{}”既不是服务器也不是目录；请写成 {example}、{scheme}://账号@{example}:端口，或一个目录（/…）", clean(text)),
            format!(
                "“{}” is neither a server nor a folder; write it like {example}, {scheme}://user@{example}:port, or a folder (/…)",
                clean(text)
            ),
        )
    };
    let (said, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (Some(schemes.iter().find(|(known, _)| *known == scheme).ok_or_else(wrong)?.1), rest),
        None => (None, text),
    };
    let (username, place) = match rest.trim_end_matches('/').rsplit_once('@') {
        Some((user, place)) => (Some(clean(user)).filter(|user| !user.is_empty()), place),
        None => (None, rest.trim_end_matches('/')),
    };
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) => (host, Some(port.parse::<u16>().ok().filter(|port| *port > 0).ok_or_else(wrong)?)),
        None => (place, None),
    };
    let host = self::host(host).ok_or_else(wrong)?;
    let open = said == Some(Security::StartTls) || (said.is_none() && port.is_some_and(|port| open_ports.contains(&port)));
    // On this machine nobody listens in, and few servers there have a certificate.
    let bare = is_this_machine(&host) && said.is_none() && port.is_none();
    let tls = match (open, is_this_machine(&host)) {
        (true, true) => Security::Plain,
        (true, false) => Security::StartTls,
        (false, _) if bare => Security::Plain,
        (false, _) => Security::Implicit,
    };
    Ok(Server { host, port, tls, username })
}

/// A host name, lower case.
pub(super) fn host(text: &str) -> Option<String> {
    let host = idna::domain_to_ascii(text.trim().trim_end_matches('.')).ok()?.to_lowercase();
    let label = |l: &str| !l.is_empty() && l.len() <= 63 && l.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    (!host.is_empty() && host.len() <= 253 && host.split('.').all(label)).then_some(host)
}

/// Under a country, names of more than three letters beneath which anybody may take a name.
const SHARED: [&str; 6] = ["info", "asso", "govt", "name", "firm", "school"];

/// Whether two hosts are sure to be of one provider: the same, or alike behind their first label, like imap.example.net and
/// smtp.example.net. What follows must be somebody's own name, not `net` or `com.cn`; where that is in doubt, they are not.
pub(super) fn of_one_provider(one: &str, other: &str) -> bool {
    let behind = |host: &str| host.split_once('.').map(|(_, rest)| rest.to_owned());
    let owned = |rest: &String| {
        let labels: Vec<&str> = rest.rsplit('.').collect();
        let has_digit = |label: &str| label.bytes().any(|b| b.is_ascii_digit());
        match labels[..] {
            // An address in numbers.
            [top, ..] if top.bytes().all(|b| b.is_ascii_digit()) => false,
            [top, name] => top.len() > 2 || has_digit(name) || (name.len() > 3 && !SHARED.contains(&name)),
            [_, _, ..] => true,
            _ => false,
        }
    };
    one == other || behind(one).filter(owned).is_some_and(|rest| behind(other) == Some(rest))
}

/// A table of units that can be read at all.
pub(super) fn table(text: &str) -> Result<(PathBuf, Vec<u8>), Both> {
    let path = PathBuf::from(text.trim());
    match std::fs::read(&path) {
        Ok(bytes) => Ok((path, bytes)),
        Err(error) => {
            let shown = path.display();
            let absent = error.kind() == std::io::ErrorKind::NotFound;
            let (zh, en) = match absent {
                true => (format!("没有 {shown} 这个文件"), format!("there is no file {shown}")),
                false => (format!("读不了 {shown}：{error}"), format!("{shown} cannot be read: {error}")),
            };
            Err(Both::new(
                format!(
                    "{zh}。请写单位和邮箱表的路径（.csv 或 .xlsx）；还没有的，可用 zhibao init --sample units.csv 得到一份样表，改好再来"
                ),
                format!(
                    "{en}. Write the path of the table of units and addresses (.csv or .xlsx); zhibao init --sample units.csv makes an example to change"
                ),
            ))
        }
    }
}
