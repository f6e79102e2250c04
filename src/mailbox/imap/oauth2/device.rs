//! RFC 8628: a person types a code into a page on any machine, and we ask until he has.

use std::thread;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::kept::Tokens;
use super::{OAuthError, provider};
use crate::domain::account::OAuthClient;

/// A code that waits to be typed.
#[derive(Debug)]
pub struct Device {
    /// The page.
    pub page: String,
    /// What to type there.
    pub user_code: String,
    device_code: String,
    /// Between two questions.
    interval: Duration,
    /// How long the code is good.
    patience: Duration,
}

impl Device {
    /// Asks for a code.
    pub fn begin(client: &OAuthClient, device_url: &str) -> Result<Device, OAuthError> {
        let form = [("client_id", client.id.clone()), ("scope", client.scope.clone())];
        let answer = provider::ask(client, device_url, &form)?;
        let text = |key: &str| answer.get(key).and_then(Value::as_str).map(str::to_owned);
        let odd = |key: &str| OAuthError::Unreachable { url: device_url.to_owned(), why: format!("the answer holds no {key}") };
        let seconds = |key: &str, usual: u64| Duration::from_secs(answer.get(key).and_then(Value::as_u64).unwrap_or(usual));
        Ok(Device {
            page: text("verification_uri").or_else(|| text("verification_url")).ok_or_else(|| odd("verification_uri"))?,
            user_code: text("user_code").ok_or_else(|| odd("user_code"))?,
            device_code: text("device_code").ok_or_else(|| odd("device_code"))?,
            interval: seconds("interval", 5),
            patience: seconds("expires_in", 900),
        })
    }

    /// Waits until the person has agreed. `now` is when the tokens begin to hold.
    pub fn wait(mut self, client: &OAuthClient, now: &dyn Fn() -> DateTime<Utc>) -> Result<Tokens, OAuthError> {
        let mut form = provider::of(client)?;
        form.push(("grant_type", "urn:ietf:params:oauth:grant-type:device_code".to_owned()));
        form.push(("device_code", self.device_code.clone()));
        let mut waited = Duration::ZERO;
        while waited < self.patience {
            thread::sleep(self.interval);
            // A provider that wants no interval still costs time to ask.
            waited += self.interval.max(Duration::from_millis(100));
            match provider::ask(client, &client.token_url, &form) {
                Ok(answer) => return Tokens::granted(&answer, None, now(), &client.token_url),
                Err(OAuthError::Refused { code, .. }) if code == "authorization_pending" => {}
                Err(OAuthError::Refused { code, .. }) if code == "slow_down" => self.interval += Duration::from_secs(5),
                // The code stays good while the provider is ill.
                Err(OAuthError::Unreachable { url, why }) => tracing::info!(url, why, "the provider cannot be asked; it is asked again"),
                Err(error) => return Err(error),
            }
        }
        Err(OAuthError::NoConsent("the code was not typed in time".to_owned()))
    }
}
