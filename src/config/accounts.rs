//! What the daemon will do with an account at a mail server, in sentences.

use super::wording::pick;
use crate::domain::account::{Credential, ImapAccount, TokenSource};
use crate::domain::language::Language;
use crate::domain::relay::Security;
use crate::domain::secret::SecretPlace;

/// What is read, how it is reached, and what becomes of messages there.
pub(super) fn sentence(account: &ImapAccount, name: &str, poll: &str, language: Language) -> String {
    let ImapAccount { host, port, username, folder, .. } = account;
    let [tls_zh, tls_en] = match account.tls {
        Security::Implicit => ["TLS 加密", "over TLS"],
        Security::StartTls => ["STARTTLS 加密", "over STARTTLS"],
        Security::Plain => ["本机，不加密", "in the clear, on this machine"],
    };
    let [proof_zh, proof_en] = proof(&account.proof);
    let [wake_zh, wake_en] = match account.idle {
        true => ["新来信由服务器随时通知，", "The server says at once when mail comes; "],
        false => ["", ""],
    };
    let [after_zh, after_en] = after(account);
    pick(
        language,
        format!(
            "从邮件服务器 {host}:{port}（{tls_zh}）上 {username} 的文件夹 {folder}（{name}）收信，{proof_zh}；{wake_zh}至少每 {poll}查看一次。{after_zh}"
        ),
        format!(
            "Reads the folder {folder} of {username} at {host}:{port} {tls_en} (“{name}”), {proof_en}. {wake_en}it is looked at every {poll} at least. {after_en}"
        ),
    )
}

fn proof(proof: &Credential) -> [String; 2] {
    match proof {
        Credential::Password(SecretPlace::File(path)) => {
            let path = path.display();
            [format!("密码取自 {path}"), format!("with the password in {path}")]
        }
        Credential::Password(SecretPlace::Handed { credential, variable, .. }) => [
            format!("密码取自服务管理器的凭据 {credential} 或环境变量 {variable}"),
            format!("with the password in the service manager's credential {credential} or the environment variable {variable}"),
        ],
        Credential::OAuth2(TokenSource::Command(words)) => {
            let program = words.first().map_or("", String::as_str);
            [format!("登录令牌由 {program} 给出"), format!("with a token that {program} prints")]
        }
        Credential::OAuth2(TokenSource::Kept { file, .. }) => {
            let file = file.display();
            [format!("登录令牌存于 {file}（由 zhibao login 取得）"), format!("with the token in {file}, which zhibao login gets")]
        }
    }
}

fn after(account: &ImapAccount) -> [String; 2] {
    match (&account.processed, &account.quarantine) {
        (None, None) => ["来信登记后留在原处。".to_owned(), "Messages stay there.".to_owned()],
        (Some(filed), None) => [format!("来信登记后移入 {filed}。"), format!("Messages on record are moved to {filed}.")],
        (None, Some(aside)) => {
            [format!("隔离的来信移入 {aside}，其余留在原处。"), format!("Quarantined messages are moved to {aside}, others stay.")]
        }
        (Some(filed), Some(aside)) => [
            format!("来信登记后移入 {filed}，隔离的移入 {aside}。"),
            format!("Messages on record are moved to {filed}, quarantined ones to {aside}."),
        ],
    }
}
