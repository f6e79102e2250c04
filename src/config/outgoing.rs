//! Where notices go, in sentences.

use super::Config;
use super::transports::{SmtpConfig, TransportConfig, TransportKind, WebhookConfig};
use super::wording::{list, pick};
use crate::domain::language::Language;
use crate::domain::relay::Security;
use crate::domain::secret::SecretPlace;

/// By which ways mail leaves, in their order, and what else is told; then what is kept where.
pub(super) fn outgoing(config: &Config, language: Language) -> Vec<String> {
    let carries_mail = |transport: &&TransportConfig| !matches!(transport.kind, TransportKind::Webhook(_));
    let mail: Vec<&TransportConfig> = config.transports.iter().filter(carries_mail).collect();
    let files = mail.iter().all(|transport| matches!(transport.kind, TransportKind::File { .. }));
    let targets: Vec<String> = mail.iter().filter_map(|transport| target(transport, language)).collect();
    let order = if targets.len() > 1 {
        pick(language, "，前者不通时用后者".to_owned(), ", the next one while one is failing".to_owned())
    } else {
        String::new()
    };
    let targets = list(&targets, language);
    let mut said = vec![match files {
        true => pick(
            language,
            format!("通知以邮件文件写入{targets}{order}。"),
            format!("Notices are written as mail files into {targets}{order}."),
        ),
        false => pick(language, format!("通知发往{targets}{order}。"), format!("Notices go to {targets}{order}.")),
    }];
    said.extend(config.transports.iter().filter_map(|transport| match &transport.kind {
        TransportKind::Webhook(webhook) => Some(told(&transport.name, webhook, language)),
        _ => None,
    }));
    said.extend(signature(config, language));
    let (store, key) = (config.store_path.display(), config.key_file.display());
    said.push(pick(
        language,
        format!("数据存于 {store}；签发回复口令的密钥在 {key}，首次启动时生成。"),
        format!("The store is {store}; the key that signs reply tokens is {key}, made on first start."),
    ));
    said
}

fn target(transport: &TransportConfig, language: Language) -> Option<String> {
    let name = &transport.name;
    match &transport.kind {
        TransportKind::File { path } => {
            Some(pick(language, format!("目录 {}（{name}）", path.display()), format!("the folder {} (“{name}”)", path.display())))
        }
        TransportKind::Smtp(relay) => Some(self::relay(name, relay, language)),
        TransportKind::Webhook(_) => None,
    }
}

fn relay(name: &str, relay: &SmtpConfig, language: Language) -> String {
    let SmtpConfig { host, port, .. } = relay;
    let tls = match relay.tls {
        Security::Implicit => pick(language, "全程 TLS".to_owned(), "TLS".to_owned()),
        Security::StartTls => pick(language, "STARTTLS，不成则不发".to_owned(), "STARTTLS or nothing".to_owned()),
        Security::Plain => pick(language, "本机，不加密".to_owned(), "this machine, no TLS".to_owned()),
    };
    let login = relay.login.as_ref().map_or_else(String::new, |login| {
        let source = match &login.secret {
            SecretPlace::File(path) => path.display().to_string(),
            SecretPlace::Handed { variable, .. } => variable.clone(),
        };
        pick(
            language,
            format!("，以 {} 登录，密码取自 {source}", login.username),
            format!(", as {}, password from {source}", login.username),
        )
    });
    pick(language, format!("中继 {host}:{port}（{name}，{tls}{login}）"), format!("the relay {host}:{port} (“{name}”, {tls}{login})"))
}

fn told(name: &str, webhook: &WebhookConfig, language: Language) -> String {
    let kinds: Vec<&str> = webhook.kinds.iter().map(|kind| kind.as_str()).collect();
    let kinds = list(&kinds, language);
    let host = webhook.host().map_or_else(String::new, |host| pick(language, format!("（{host}）"), format!(" ({host})")));
    match webhook.always {
        true => pick(
            language,
            format!("{kinds} 各类通知另抄送群机器人“{name}”{host}，邮件照发。"),
            format!("Of {kinds}, the chat robot “{name}”{host} is told as well; the mail goes out all the same."),
        ),
        false => pick(
            language,
            format!("{kinds} 各类通知一时发不出邮件的，由群机器人“{name}”{host}先行告知，邮件恢复后照发。"),
            format!("Of {kinds}, the chat robot “{name}”{host} is told while mail cannot be sent; the mail follows."),
        ),
    }
}

fn signature(config: &Config, language: Language) -> Option<String> {
    let dkim = config.dkim.as_ref()?;
    let domain = dkim.domain.as_deref().unwrap_or(config.roster.office.address.domain());
    let record = format!("{}._domainkey.{domain}", dkim.selector);
    Some(pick(
        language,
        format!("发出的邮件以 {domain} 的名义作 DKIM 签名，公钥应公布在 {record}。"),
        format!("Mail is signed by DKIM for {domain}; the public key belongs into DNS at {record}."),
    ))
}
