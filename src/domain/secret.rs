//! Passwords, tokens and keys: a text that never shows itself, and where it lies.

use std::fmt;
use std::path::PathBuf;

/// A secret. `Debug` and logs do not show it, and it has no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps `text` to itself.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The text, for the one place that must hand it over.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Where a secret lies. It is read anew at each use, so that a new one holds at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretPlace {
    /// In a file, alone; the line end that editors put after it does not count.
    File(PathBuf),
    /// Handed over by the service manager as a credential, else by an environment variable.
    Handed {
        /// What it is: `password`, `key`. The key that names a file instead is this with `_file` after it.
        what: &'static str,
        /// `relay.password`, in `$CREDENTIALS_DIRECTORY`.
        credential: String,
        /// `ZHIBAO_RELAY_PASSWORD`.
        variable: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_does_not_show_itself() {
        let secret = Secret::new("open sesame");
        assert!(!format!("{secret:?} {:?}", Some(&secret)).contains("sesame"));
        assert_eq!(secret.expose(), "open sesame");
    }
}
