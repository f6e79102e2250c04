//! What is asked of a provider: a form, answered in JSON.

use std::time::Duration;

use serde_json::Value;

use super::OAuthError;
use crate::domain::account::OAuthClient;
use crate::{secrets, tls};

const PATIENCE: Duration = Duration::from_secs(30);
const ANSWER_BYTES: u64 = 256 << 10;

/// A form that says who asks.
pub(super) fn of(client: &OAuthClient) -> Result<Vec<(&'static str, String)>, OAuthError> {
    let mut form = vec![("client_id", client.id.clone())];
    if let Some(place) = &client.secret {
        let secret = secrets::read(place).map_err(OAuthError::Secret)?.expose().to_owned();
        form.push(("client_secret", secret));
    }
    Ok(form)
}

/// Sends a form and reads the answer. The configuration has seen to it that the page is under TLS, or on this machine.
pub(super) fn ask(client: &OAuthClient, url: &str, form: &[(&'static str, String)]) -> Result<Value, OAuthError> {
    let failed = |why: String| OAuthError::Unreachable { url: url.to_owned(), why };
    let agent = tls::agent(client.ca_file.as_deref(), PATIENCE).map_err(OAuthError::Tls)?;
    let fields = form.iter().map(|(key, value)| (*key, value.as_str()));
    let mut response = agent.post(url).header("Accept", "application/json").send_form(fields).map_err(|error| failed(error.to_string()))?;
    let text = response.body_mut().with_config().limit(ANSWER_BYTES).read_to_string().map_err(|error| failed(error.to_string()))?;
    let answer: Value = serde_json::from_str(&text).map_err(|_| failed(format!("it answers {} and no JSON", response.status())))?;
    if let Some(code) = answer.get("error").and_then(Value::as_str) {
        let why = answer.get("error_description").and_then(Value::as_str).unwrap_or_default();
        let why: String = why.lines().next().unwrap_or_default().chars().take(300).collect();
        if passes(response.status().as_u16(), code) {
            return Err(failed(format!("it answers {} ({code}) {why}", response.status()).trim_end().to_owned()));
        }
        return Err(OAuthError::Refused { code: code.to_owned(), why });
    }
    if !response.status().is_success() {
        return Err(failed(format!("it answers {}", response.status())));
    }
    Ok(answer)
}

/// Whether it may go better later: the provider is ill or busy, and has not judged what it was shown.
fn passes(status: u16, code: &str) -> bool {
    status >= 500 || status == 429 || ["temporarily_unavailable", "server_error"].contains(&code)
}
