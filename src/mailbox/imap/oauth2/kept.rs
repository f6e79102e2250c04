//! Tokens in a file that this user alone can read, written whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::OAuthError;

/// What a provider has granted. Never shown: `Debug` leaves the tokens out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Logs in; empty: one has to be asked for.
    pub access: String,
    /// When it ends.
    pub access_until: DateTime<Utc>,
    /// Gets others.
    pub refresh: String,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("access_until", &self.access_until).finish_non_exhaustive()
    }
}

impl Tokens {
    /// What a provider's answer grants. Where it brings no new refresh token, `before` stays good.
    ///
    /// # Errors
    /// There is no access token in it, or nothing to get another with.
    pub fn granted(answer: &Value, before: Option<&str>, now: DateTime<Utc>, url: &str) -> Result<Tokens, OAuthError> {
        let text = |key: &str| answer.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let odd = |why: &str| OAuthError::Unreachable { url: url.to_owned(), why: why.to_owned() };
        let access = text("access_token").ok_or_else(|| odd("the answer holds no access_token"))?.to_owned();
        let refresh = text("refresh_token").or(before).ok_or_else(|| {
            odd("the answer holds no refresh_token; the application must be allowed offline access, and ask for it in `scope`")
        })?;
        let seconds = answer.get("expires_in").and_then(|value| value.as_i64().or_else(|| value.as_str()?.parse().ok())).unwrap_or(3_000);
        let access_until = now + TimeDelta::seconds(seconds.clamp(0, 86_400 * 365));
        Ok(Tokens { access, access_until, refresh: refresh.to_owned() })
    }

    /// The access token, if it is still good at that moment.
    pub fn access_at(&self, at: DateTime<Utc>) -> Option<&str> {
        (!self.access.is_empty() && at < self.access_until).then_some(self.access.as_str())
    }

    /// Reads the file.
    pub fn load(path: &Path) -> Result<Tokens, OAuthError> {
        let text = fs::read_to_string(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => OAuthError::NoConsent(format!("nobody has agreed yet: there is no {}", path.display())),
            _ => OAuthError::File { path: path.display().to_string(), why: error.to_string() },
        })?;
        serde_json::from_str(&text).map_err(|error| OAuthError::File { path: path.display().to_string(), why: error.to_string() })
    }

    /// Writes the file, with mode 0600.
    pub fn save(&self, path: &Path) -> Result<(), OAuthError> {
        let failed = |why: String| OAuthError::File { path: path.display().to_string(), why };
        let text = serde_json::to_string_pretty(self).map_err(|error| failed(error.to_string()))?;
        let part = path.with_extension("token-part");
        let written = || {
            // A part left behind may have another mode.
            match fs::remove_file(&part) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&part, path)?;
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            File::open(folder)?.sync_all()
        };
        written().map_err(|error| failed(error.to_string()))
    }
}
