//! `zhibao login MAILBOX`: a person agrees that zhibao reads his account, and the tokens go into their file.

use std::io::Write;

use serde_json::json;

use super::Everywhere;
use super::failure::Failure;
use super::page::Page;
use super::session::Session;
use crate::clock::Clock;
use crate::config::MailboxSource;
use crate::domain::account::{Consent, Credential, ImapAccount, OAuthClient, TokenSource};
use crate::mail::words::say;
use crate::mailbox::imap::oauth2::{Device, OAuthError, Redirect, Tokens};

/// Options of `login`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Which mailbox of the configuration
    #[arg(value_name = "MAILBOX")]
    mailbox: String,
}

pub fn run(everywhere: &Everywhere, args: &Args) -> Result<Page, Failure> {
    let session = Session::open(everywhere)?;
    let account = account(&session, &args.mailbox)?;
    let Credential::OAuth2(TokenSource::Kept { file, client }) = &account.proof else {
        return Err(Failure::usage(
            format!("邮箱“{}”不用登录令牌：密码取自文件或命令，无须 zhibao login。", args.mailbox),
            format!(
                "The mailbox “{}” keeps no token: its password or token comes from a file or a command, and zhibao login is not needed.",
                args.mailbox
            ),
        ));
    };
    let tokens = consent(&session, client).map_err(|error| refused(&error))?;
    tokens.save(file).map_err(|error| refused(&error))?;
    session.wake(&session.config.store_path);
    let mut page = Page::new();
    let shown = file.display();
    if session.json {
        page.json(&json!({ "mailbox": args.mailbox, "token_file": file, "access_until": tokens.access_until }));
    } else {
        page.line(say!(
            session.words,
            format!("已取得 {} 的登录令牌，存于 {shown}；到期前由 zhibao 自行更换。", account.username),
            format!("zhibao may read the mail of {}. The token is in {shown}; zhibao renews it by itself.", account.username)
        ));
    }
    Ok(page)
}

fn account<'a>(session: &'a Session, name: &str) -> Result<&'a ImapAccount, Failure> {
    let mailboxes = &session.config.mailboxes;
    match mailboxes.iter().find(|mailbox| mailbox.name == name).map(|mailbox| &mailbox.source) {
        Some(MailboxSource::Imap(account)) => Ok(account),
        Some(MailboxSource::Maildir { .. }) => Err(Failure::usage(
            format!("邮箱“{name}”是本机的邮件目录，无须登录。"),
            format!("The mailbox “{name}” is a Maildir on this machine; there is nothing to log in to."),
        )),
        None => {
            let names: Vec<&str> = mailboxes.iter().map(|mailbox| mailbox.name.as_str()).collect();
            let (zh, en) = (names.join("、"), names.join(", "));
            Err(Failure::usage(
                format!("配置中没有名为“{name}”的邮箱；可用：{zh}。"),
                format!("The configuration has no mailbox “{name}”; there is: {en}."),
            ))
        }
    }
}

/// Asks the person, on standard error: standard output is for the outcome.
fn consent(session: &Session, client: &OAuthClient) -> Result<Tokens, OAuthError> {
    let (w, now) = (session.words, || Clock::Wall.now());
    match &client.consent {
        Consent::Device { device_url } => {
            let device = Device::begin(client, device_url)?;
            ask(&say!(
                w,
                format!("请在任意一台设备的浏览器中打开 {}，输入代码 {}，并同意。", device.page, device.user_code),
                format!("Open {} in a browser, on any device, type the code {} and agree.", device.page, device.user_code)
            ));
            device.wait(client, &now)
        }
        Consent::Redirect { auth_url } => {
            let redirect = Redirect::begin(client, auth_url)?;
            ask(&say!(
                w,
                format!("请在本机的浏览器中打开下面的网址，并同意：\n{}", redirect.page),
                format!("Open this address in a browser on this machine, and agree:\n{}", redirect.page)
            ));
            redirect.wait(client, &now)
        }
    }
}

fn ask(text: &str) {
    // Without a terminal nobody reads it; then nobody agrees, and that is told.
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn refused(error: &OAuthError) -> Failure {
    Failure::failed(
        format!("没有取得登录令牌：{error}。请核对 oauth2 中的 client_id、scope 等项后再运行一次 zhibao login。"),
        format!("No token: {error}. Check client_id, scope and the rest of oauth2, and run zhibao login again."),
    )
}
