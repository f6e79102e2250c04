//! Notices to chat robots: a JSON text made of a template, posted to an address.
//!
//! A webhook is no transport of letters: it has no recipients, so nothing that it takes counts as delivered. It gets each notice
//! once, beside the mail; or, with `when = "failing"`, those alone that no transport could send at once. Robots say no with status
//! 200 and a number in the answer: that number is read.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use minijinja::Value;
use sha2::Sha256;

use super::{Accepted, SendError};
use crate::domain::chat::{Facts, Form, Robot};
use crate::domain::rules::Instant;
use crate::domain::secret::Secret;
use crate::domain::web;
use crate::tls;

/// Yields an address or key, afresh for each post.
pub type SecretSource = super::smtp::SecretSource;

/// A webhook.
pub struct WebhookSettings {
    /// The name that the operator gave it.
    pub name: String,
    /// Where it posts to; the address itself lets anybody post.
    pub url: SecretSource,
    /// What it posts.
    pub form: Form,
    /// Signs each post, as DingTalk and Feishu can ask for.
    pub secret: Option<SecretSource>,
    /// Certificates that are trusted besides the system's, PEM.
    pub ca_file: Option<PathBuf>,
    /// The whole of a post may take so long.
    pub within: Duration,
}

/// What a notice says, by the name that a template has for it.
#[derive(Clone, Debug)]
pub struct Post {
    /// `title`, `reasons`, `text` (both and the sender, line by line), `kind`, `number`, `unit`, `event`, `office`, `at`.
    pub facts: BTreeMap<&'static str, String>,
}

/// Posts notices.
pub struct Webhook {
    settings: WebhookSettings,
    agent: Option<ureq::Agent>,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("name", &self.settings.name).finish_non_exhaustive()
    }
}

/// Of an answer, so much is read and kept.
const ANSWER_BYTES: u64 = 16 << 10;
const ANSWER_CHARS: usize = 300;

/// The address is a secret, and is not said.
const UNSAFE: &str = "the address is no https address, and nothing is posted to it; http is for this machine alone. \
    Write the address that the robot was given, like https://…, into url_file";

impl Webhook {
    /// A webhook that is connected to with each post.
    pub fn new(settings: WebhookSettings) -> Webhook {
        Webhook { settings, agent: None }
    }

    /// The name that the operator gave it.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// Posts one notice. `now` goes into the signature.
    pub fn post(&mut self, post: &Post, now: Instant) -> Result<Accepted, SendError> {
        let down = |why: String| SendError::Down { why };
        let mut url = (self.settings.url)().map_err(down)?.expose().trim().to_owned();
        // Out of a file it comes unseen by the configuration.
        if web::safe_host(&url).is_none() {
            return Err(down(UNSAFE.into()));
        }
        let mut facts: Facts<'_> = post.facts.iter().map(|(name, text)| (*name, Value::from(text.as_str()))).collect();
        facts.insert("timestamp", Value::from(now.timestamp().to_string()));
        facts.insert("sign", Value::from(()));
        if let Some(secret) = &self.settings.secret {
            let secret = secret().map_err(down)?;
            match self.settings.form {
                Form::Robot(Robot::DingTalk) => url += &dingtalk(&secret, now),
                _ => drop(facts.insert("sign", Value::from(feishu(&secret, now)))),
            }
        }
        let body = self
            .settings
            .form
            .render(facts)
            .map_err(|why| SendError::Permanent { why: format!("the template fails: {why}"), names_recipient: false })?;
        let agent = match &self.agent {
            Some(agent) => agent.clone(),
            None => self.agent.insert(agent(&self.settings).map_err(down)?).clone(),
        };
        let sent = agent.post(&url).header("Content-Type", "application/json; charset=utf-8").send(body);
        let mut response = sent.map_err(|error| failed(&error))?;
        let status = response.status().as_u16();
        let answer = response.body_mut().with_config().limit(ANSWER_BYTES).read_to_string().unwrap_or_default();
        judge(status, &answer)
    }
}

/// The address stands for the right to post: it is never shown.
fn failed(error: &ureq::Error) -> SendError {
    use ureq::{Error, Timeout};
    match error {
        Error::BadUri(_) | Error::Http(_) => SendError::Down { why: "the address is no URL. Check url".into() },
        Error::HostNotFound => SendError::Down { why: "its host is not found. Check url, and this machine's name service".into() },
        Error::ConnectionFailed => SendError::Down { why: "it cannot be connected to".into() },
        Error::Timeout(Timeout::Resolve | Timeout::Connect) => SendError::Down { why: "connecting takes too long".into() },
        Error::Tls(_) | Error::Rustls(_) => {
            SendError::Down { why: format!("TLS: {error}. Have its certificate put in order, or give ca_file its issuer's") }
        }
        Error::Io(error) if tls_fault(error).is_some() => {
            SendError::Down { why: format!("TLS: {error}. Have its certificate put in order, or give ca_file its issuer's") }
        }
        Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
            SendError::Down { why: format!("{error}. Does it run, and is the port right?") }
        }
        // The post may have arrived.
        _ => SendError::Indeterminate { why: error.to_string() },
    }
}

fn tls_fault(error: &std::io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

/// Reads the answer: a robot that refuses says so with status 200 and a number that is not 0.
fn judge(status: u16, answer: &str) -> Result<Accepted, SendError> {
    let shown: String = answer.chars().map(|c| if c.is_control() { ' ' } else { c }).take(ANSWER_CHARS).collect();
    if !(200..300).contains(&status) {
        return Err(SendError::Down {
            why: format!("it answered with status {status}: {shown}. Check url, and whether the robot is still there"),
        });
    }
    let json: serde_json::Value = serde_json::from_str(answer).unwrap_or_default();
    let refusal = ["errcode", "code", "StatusCode"].into_iter().filter_map(|key| json.get(key)?.as_i64()).find(|code| *code != 0);
    match refusal {
        Some(code) => Err(SendError::Down {
            why: format!("it refused with number {code}: {shown}. Check the robot's settings: key words, signature, addresses, rate"),
        }),
        None => Ok(Accepted { reply: format!("{status} {shown}") }),
    }
}

fn hmac(key: &[u8], text: &[u8]) -> String {
    // HMAC takes keys of any length; without one, an empty signature is refused by the other side.
    let mac = Hmac::<Sha256>::new_from_slice(key).map(|mac| mac.chain_update(text).finalize().into_bytes());
    mac.map(|bytes| BASE64.encode(&bytes)).unwrap_or_default()
}

/// What DingTalk wants at the end of the address.
fn dingtalk(secret: &Secret, now: Instant) -> String {
    let timestamp = now.timestamp_millis();
    let sign = hmac(secret.expose().as_bytes(), format!("{timestamp}\n{}", secret.expose()).as_bytes());
    format!("&timestamp={timestamp}&sign={}", web::escaped(&sign))
}

/// What Feishu wants in the body: the text is the key, and nothing is what is signed.
fn feishu(secret: &Secret, now: Instant) -> String {
    hmac(format!("{}\n{}", now.timestamp(), secret.expose()).as_bytes(), b"")
}

fn agent(settings: &WebhookSettings) -> Result<ureq::Agent, String> {
    tls::agent(settings.ca_file.as_deref(), settings.within).map_err(|error| format!("{error}. {}", error.mend()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_the_answer_is_read() {
        assert!(judge(200, r#"{"errcode":0,"errmsg":"ok"}"#).is_ok());
        assert!(judge(200, r#"{"StatusCode":0,"code":0}"#).is_ok());
        assert!(judge(200, "ok").is_ok());
        for (status, answer) in [
            (200, r#"{"errcode":93000,"errmsg":"invalid webhook url"}"#),
            (200, r#"{"code":19021,"msg":"sign"}"#),
            (404, "gone"),
            (302, ""),
        ] {
            assert!(matches!(judge(status, answer), Err(SendError::Down { .. })), "{answer}");
        }
    }

    #[test]
    fn signatures_are_those_of_the_makers() {
        let now = chrono::DateTime::from_timestamp(1_599_360_473, 0).expect("a moment");
        // By openssl dgst -sha256 -hmac over what each maker's manual names.
        assert_eq!(dingtalk(&Secret::new("SEC123"), now), "&timestamp=1599360473000&sign=CJZXDPkcvkc8JitAy5%2Fib6OAhntAOvAnBpnQsV7QhAU%3D");
        assert_eq!(feishu(&Secret::new("demo"), now), "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8=");
    }
}
