//! What is shown to log in: a password out of its file, or an access token.

use super::desk::Now;
use super::fault::Fault;
use super::oauth2;
use super::session::Shown;
use crate::domain::account::{Credential, ImapAccount, TokenSource};
use crate::secrets;

/// What could be shown now without asking anybody: the password, or the token that lies in the file. `None`: nothing.
pub(super) fn at_hand(account: &ImapAccount) -> Option<Shown> {
    match &account.proof {
        Credential::Password(place) => secrets::read(place).ok().map(|secret| Shown::Password(secret.expose().to_owned())),
        Credential::OAuth2(TokenSource::Kept { file, .. }) => oauth2::access_in(file).map(Shown::Token),
        Credential::OAuth2(TokenSource::Command(_)) => None,
    }
}

/// What to show now. Getting a token may ask the provider.
pub(super) async fn show(account: &ImapAccount, now: &Now) -> Result<Shown, Fault> {
    match &account.proof {
        Credential::Password(place) => Ok(Shown::Password(secrets::read(place)?.expose().to_owned())),
        Credential::OAuth2(source) => {
            let (source, now) = (source.clone(), now());
            let asked = tokio::task::spawn_blocking(move || oauth2::access_token(&source, now)).await;
            asked.unwrap_or(Err(Fault::GivenUp)).map(Shown::Token)
        }
    }
}

/// The server refuses what was shown: a token that is kept is not shown again.
pub(super) fn disown(account: &ImapAccount) {
    if let Credential::OAuth2(TokenSource::Kept { file, .. }) = &account.proof {
        oauth2::forget_access(file);
    }
}
