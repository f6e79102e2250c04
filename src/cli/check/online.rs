//! `check --online`: every mailbox, transport and the store are tried, and what was seen is said.

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};

use super::super::page::Page;
use super::super::session::Session;
use crate::clock::Clock;
use crate::config::{MailboxConfig, MailboxSource, SmtpConfig, TransportConfig, TransportKind};
use crate::daemon::outgoing;
use crate::domain::account::ImapAccount;
use crate::domain::relay::Security;
use crate::mail::compose::trial_letter;
use crate::mail::words::say;
use crate::mailbox::imap::probe;
use crate::mailbox::{Mailbox, Maildir};
use crate::store::Store;
use crate::transport::smtp::Seen;
use crate::transport::{LONGEST, Letter, Transport};

/// So many characters of what a server says are shown.
const SAID: usize = 80;

/// What is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum What {
    Store,
    Mailbox,
    Transport,
}

/// What became of one trial.
pub(super) struct Tried {
    what: What,
    name: String,
    /// What was seen, or why it failed and what would help.
    seen: Result<String, String>,
}

/// Tries all, in the order of the configuration.
pub(super) fn try_all(session: &Session) -> Vec<Tried> {
    let config = &session.config;
    let mut tried =
        vec![Tried { what: What::Store, name: config.store_path.display().to_string(), seen: store(session, &config.store_path) }];
    for mailbox in &config.mailboxes {
        tried.push(Tried { what: What::Mailbox, name: mailbox.name.clone(), seen: look(session, mailbox) });
    }
    for transport in &config.transports {
        tried.push(Tried { what: What::Transport, name: transport.name.clone(), seen: send(session, transport) });
    }
    tried
}

/// Whether everything works.
pub(super) fn fine(tried: &[Tried]) -> bool {
    tried.iter().all(|each| each.seen.is_ok())
}

/// A sentence for each.
pub(super) fn say_all(page: &mut Page, session: &Session, tried: &[Tried]) {
    if !tried.is_empty() {
        page.gap();
        tried.iter().for_each(|each| page.line(sentence(session, each)));
    }
}

/// One, for a script.
pub(super) fn fact(tried: &Tried) -> Value {
    let (ok, said) = match &tried.seen {
        Ok(seen) => (true, seen),
        Err(why) => (false, why),
    };
    json!({ "what": tried.what, "name": tried.name, "ok": ok, "said": said })
}

fn sentence(session: &Session, tried: &Tried) -> String {
    let w = session.words;
    let name = &tried.name;
    let what = match tried.what {
        What::Store => say!(w, "数据库", "the store"),
        What::Mailbox => say!(w, "邮箱", "the mailbox"),
        What::Transport => say!(w, "发信通道", "the transport"),
    };
    match &tried.seen {
        Ok(seen) => say!(w, format!("✓ {what} {name}：{seen}"), format!("✓ {what} {name}: {seen}")),
        Err(why) => say!(w, format!("✗ {what} {name}：{why}"), format!("✗ {what} {name}: {why}")),
    }
}

fn store(session: &Session, path: &Path) -> Result<String, String> {
    let w = session.words;
    if !path.exists() {
        return Ok(say!(w, "尚不存在，首次运行时新建。", "does not exist yet; the first run makes it.").to_owned());
    }
    let broken = Store::read_only(path).and_then(|store| store.read(|books| books.record_broken_at()));
    match broken.map_err(|error| error.to_string())? {
        None => Ok(say!(w, "可以读取，处理记录完整。", "can be read, and its record is whole.").to_owned()),
        Some(seq) => Err(say!(
            w,
            format!("处理记录自第 {seq} 条起被改动过。请从备份核对。"),
            format!("its record has been changed from entry {seq} on. Compare it with a backup.")
        )),
    }
}

fn look(session: &Session, mailbox: &MailboxConfig) -> Result<String, String> {
    let w = session.words;
    match &mailbox.source {
        MailboxSource::Maildir { path } => {
            let found = Maildir::new(&mailbox.name, path).scan().map_err(|error| error.to_string())?;
            Ok(say!(w, format!("可以读取，现有 {} 封来信。", found.len()), format!("can be read; {} messages lie there.", found.len())))
        }
        MailboxSource::Imap(account) => account_seen(session, &mailbox.name, account),
    }
}

fn account_seen(session: &Session, name: &str, account: &ImapAccount) -> Result<String, String> {
    let w = session.words;
    let seen = probe::look(name, account, &(Arc::new(|| Clock::Wall.now()) as _)).map_err(|error| error.to_string())?;
    let ImapAccount { host, port, folder, .. } = account;
    let way = seen.protection.unwrap_or(say!(w, "明文，仅限本机", "in the clear, on this machine"));
    let greeting = excerpt(&seen.greeting);
    let offers = listed(session, &seen.offers);
    let news = match seen.offers.contains(&"IDLE") && account.idle {
        true => say!(w, "新来信随时得知", "new mail is told at once"),
        false => say!(w, "新来信按 poll 查看", "new mail is looked for by poll"),
    };
    let (messages, validity) = (seen.messages, seen.validity);
    Ok(say!(
        w,
        format!(
            "{host}:{port} 已连接（{way}），服务器问候“{greeting}”，已登录；文件夹 {folder} 现有 {messages} 封来信（编号批次 {validity}）；服务器提供 {offers}，{news}；NOOP 有答复。"
        ),
        format!(
            "{host}:{port} was connected to ({way}), greeted with “{greeting}”, and took the login; the folder {folder} holds {messages} messages (UIDVALIDITY {validity}). Of use, the server offers {offers}: {news}. NOOP was answered."
        )
    ))
}

/// A server's own words, as long as a line bears.
fn excerpt(said: &str) -> String {
    let mut shown: String = said.chars().take(SAID).collect();
    if said.chars().nth(SAID).is_some() {
        shown.push('…');
    }
    shown
}

fn listed(session: &Session, offers: &[&str]) -> String {
    match offers {
        [] => say!(session.words, "无", "none of them").to_owned(),
        offers => offers.join(" "),
    }
}

/// Looks at a relay and sends a test letter to the first operator. A chat group is not woken.
fn send(session: &Session, transport: &TransportConfig) -> Result<String, String> {
    let w = session.words;
    match &transport.kind {
        TransportKind::File { path } => folder(path).map(|()| say!(w, "可以写入。", "can be written to.").to_owned()),
        TransportKind::Webhook(_) => Ok(say!(w, "未试发：试发会惊动群聊。", "was not tried: a post would wake the group.").to_owned()),
        TransportKind::Smtp(relay) => sent(session, &transport.name, relay),
    }
}

fn sent(session: &Session, name: &str, relay: &SmtpConfig) -> Result<String, String> {
    let (w, config) = (session.words, &session.config);
    let office = &config.roster.office;
    let mut open = outgoing::relay(config, name, relay);
    let Seen { name: host, offers } = open.look().map_err(|error| error.to_string())?;
    let way = match relay.tls {
        Security::Implicit | Security::StartTls => say!(w, "TLS，证书可信", "TLS, its certificate believed"),
        Security::Plain => say!(w, "明文，仅限本机", "in the clear, on this machine"),
    };
    let (address, offers) = (format!("{}:{}", relay.host, relay.port), listed(session, &offers));
    let proved = if relay.login.is_some() { say!(w, "，已登录", "; it took the login") } else { "" };
    let seen = say!(
        w,
        format!("{address} 已连接（{way}），对 EHLO 自称 {host}，提供 {offers}{proved}"),
        format!("{address} was connected to ({way}); to EHLO it calls itself {host} and offers {offers}{proved}")
    );
    let Some(to) = office.operators.first().or(office.desk.first()) else {
        return Err(say!(
            w,
            "没有可以试发的收件人。请在 [office] 中写明 operators。",
            "there is nobody to send a test to. Name operators under [office]."
        )
        .to_owned());
    };
    let now = Clock::Wall.now();
    let bytes = trial_letter(office, to, name, w.language, now).map_err(|error| error.to_string())?;
    let letter = Letter { file_name: "trial", bytes: &bytes, to, envelope_from: None, within: LONGEST };
    match open.send(&letter, &mut || Ok(())) {
        Ok(accepted) => Ok(say!(
            w,
            format!("{seen}；已收下发给 {to} 的试发邮件（{}）。请确认已经收到。", accepted.reply),
            format!("{seen}. It took a test mail to {to} ({}). See that it arrives.", accepted.reply)
        )),
        Err(error) => {
            Err(say!(w, format!("{seen}；发给 {to} 的试发邮件未成：{error}"), format!("{seen}. A test mail to {to} failed: {error}")))
        }
    }
}

/// Whether a file can be made there.
fn folder(path: &Path) -> Result<(), String> {
    let trial = path.join(".zhibao-check");
    let made = std::fs::create_dir_all(path).and_then(|()| std::fs::write(&trial, b"")).and_then(|()| std::fs::remove_file(&trial));
    made.map_err(|error| format!("{}: {error}", path.display()))
}
