//! The keys of a `[[mailbox]]` of `kind = "imap"`.

use std::path::{Path, PathBuf};

use super::problem::{Fault, MailboxFault};
use super::reader::{At, Table};
use super::{secrets, values};
use crate::domain::account::{Consent, Credential, ImapAccount, OAuthClient, TokenSource};
use crate::domain::relay::Security;
use crate::domain::secret::SecretPlace;
use crate::domain::web;

/// Those that no other kind has.
pub(super) const KEYS: [&str; 12] =
    ["host", "port", "tls", "ca_file", "username", "password_file", "oauth2", "folder", "processed", "quarantine", "authserv_id", "idle"];

/// The folder that is read, by default.
pub const FOLDER: &str = "INBOX";
/// Where messages go that are on record, by default.
pub const PROCESSED: &str = "Filed";
/// Where quarantined messages go, by default.
pub const QUARANTINE: &str = "Quarantine";

const MICROSOFT: [&str; 3] = [
    "https://login.microsoftonline.com/TENANT/oauth2/v2.0/token",
    "https://login.microsoftonline.com/TENANT/oauth2/v2.0/devicecode",
    "https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
];
const GOOGLE: [&str; 3] =
    ["https://oauth2.googleapis.com/token", "https://accounts.google.com/o/oauth2/v2/auth", "https://mail.google.com/"];

/// Reads the account. `None`: something is wrong with it, and noted.
pub(super) fn read(table: &Table<'_>, name: Option<&At<String>>, store_path: &Path) -> Option<ImapAccount> {
    let name = name.map_or("", |name| name.value.as_str());
    let host = table.need("host", "host = \"imap.office.example\"", values::host);
    let tls = table.get_or("tls", Security::Implicit, values::word(&["implicit", "starttls", "none"]));
    if let (Security::Plain, Some(host)) = (tls, &host)
        && !web::is_this_machine(&host.value)
    {
        table.notes().fault(table.place_of("tls"), MailboxFault::PlainAbroad { host: host.value.clone() });
    }
    let port = table.get_or("port", if tls == Security::Implicit { 993 } else { 143 }, values::whole(1, 65_535));
    let ca_file = table.path("ca_file").map(|path| path.value);
    let username = table.need("username", "username = \"xinxi@office.example\"", values::text);
    let proof = proof(table, name, store_path, ca_file.as_deref());
    let folder = table.get_or("folder", FOLDER.to_owned(), values::text);
    let processed = table.get_or("processed", PROCESSED.to_owned(), values::text_or_empty);
    let quarantine = table.get_or("quarantine", QUARANTINE.to_owned(), values::text_or_empty);
    for (key, into) in [("processed", &processed), ("quarantine", &quarantine)] {
        if *into == folder {
            table.notes().fault(table.place_of(key), MailboxFault::SameFolder { folder: folder.clone() });
        }
    }
    let idle = table.get_or("idle", true, values::truth);
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    Some(ImapAccount {
        host: host?.value,
        port,
        tls,
        ca_file,
        username: username?.value,
        proof: proof?,
        folder,
        processed: some(processed),
        quarantine: some(quarantine),
        idle,
    })
}

fn proof(table: &Table<'_>, name: &str, store_path: &Path, ca_file: Option<&Path>) -> Option<Credential> {
    let file = table.path("password_file");
    if !table.has("oauth2") {
        return Some(Credential::Password(secrets::of_mailbox(file.map(|file| file.value), name)));
    }
    if let Some(file) = file {
        table.notes().fault(file.place, MailboxFault::TwoProofs);
    }
    let oauth2 = table.section("oauth2");
    let source = tokens(&oauth2, name, store_path, ca_file);
    oauth2.finish();
    source.map(Credential::OAuth2)
}

fn tokens(table: &Table<'_>, name: &str, store_path: &Path, ca_file: Option<&Path>) -> Option<TokenSource> {
    if table.has("token_command") {
        let words = table.need_list("token_command", "token_command = [\"/usr/local/bin/token\", \"xinxi\"]", values::text);
        return Some(TokenSource::Command(words.into_iter().map(|word| word.value).collect::<Vec<_>>())).filter(is_not_empty);
    }
    let provider: At<String> = table.need("provider", "provider = \"microsoft\"", values::word(&["microsoft", "google", "other"]))?;
    let id = table.need("client_id", "client_id = \"the id of your registered application\"", values::text);
    let secret = table.path("client_secret_file").map(|path| SecretPlace::File(path.value));
    let file = table.path("token_file").map_or_else(|| beside(store_path, name), |path| path.value);
    let (token_url, scope, consent) = match provider.value.as_str() {
        "microsoft" => {
            let tenant = table.get_or("tenant", "common".to_owned(), values::id_or_host);
            let preset = |url: &str| url.replace("TENANT", &tenant);
            let device_url = table.get_or("device_url", preset(MICROSOFT[1]), url);
            (table.get_or("token_url", preset(MICROSOFT[0]), url), MICROSOFT[2], Some(Consent::Device { device_url }))
        }
        "google" => {
            let auth_url = table.get_or("auth_url", GOOGLE[1].to_owned(), url);
            (table.get_or("token_url", GOOGLE[0].to_owned(), url), GOOGLE[2], Some(Consent::Redirect { auth_url }))
        }
        _ => {
            let token_url = table.need("token_url", "token_url = \"https://login.office.example/token\"", url)?.value;
            (token_url, "", elsewhere(table))
        }
    };
    let scope = table.get_or("scope", scope.to_owned(), values::text);
    let client = OAuthClient { id: id?.value, secret, scope, token_url, ca_file: ca_file.map(Path::to_owned), consent: consent? };
    Some(TokenSource::Kept { file, client })
}

fn is_not_empty(source: &TokenSource) -> bool {
    !matches!(source, TokenSource::Command(words) if words.is_empty())
}

/// How a person agrees at a provider that we have no preset of.
fn elsewhere(table: &Table<'_>) -> Option<Consent> {
    if table.has("device_url") {
        return table.get("device_url", url).map(|at| Consent::Device { device_url: at.value });
    }
    table.need("auth_url", "auth_url = \"https://login.office.example/authorize\"", url).map(|at| Consent::Redirect { auth_url: at.value })
}

fn beside(store_path: &Path, name: &str) -> PathBuf {
    let plain: String = name.chars().map(|c| if c == '/' || c == '\\' { '_' } else { c }).collect();
    store_path.with_file_name(format!("zhibao.{plain}.token"))
}

/// An address over which secrets may go: `https`, or plain on this machine.
fn url(node: &super::tree::Node) -> Result<String, Fault> {
    let text = values::text(node)?;
    if web::safe_host(&text).is_some() { Ok(text) } else { Err(MailboxFault::Url { text }.into()) }
}
