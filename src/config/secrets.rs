//! Secrets: in a file, in the environment, or handed over by the service manager. Read when they are needed, never printed.

use std::path::PathBuf;

use crate::domain::secret::Secret;

/// Where a secret comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretSource {
    /// The file that the configuration names; before all else.
    pub file: Option<PathBuf>,
    /// The environment variable, else the credential of the service manager (`$CREDENTIALS_DIRECTORY/NAME`): tried without a file.
    pub name: String,
}

impl SecretSource {
    /// The secret of `what` (`password`, `url`) of the section that is called `of`: `ZHIBAO_RELAY_PASSWORD`, or the credential `relay.password`.
    pub fn new(file: Option<PathBuf>, of: &str, what: &str) -> SecretSource {
        SecretSource { file, name: format!("{of}.{what}") }
    }

    /// The environment variable.
    pub fn variable(&self) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
        format!("ZHIBAO_{}", self.name.chars().map(plain).collect::<String>())
    }

    /// Reads it, without the line end that editors put after it.
    ///
    /// # Errors
    /// A sentence that says where it was looked for and what would help.
    pub fn read(&self) -> Result<Secret, String> {
        let text = match &self.file {
            Some(path) => std::fs::read_to_string(path).map_err(|error| {
                format!("{} cannot be read: {error}. Make the file, readable for the user that runs zhibao alone", path.display())
            })?,
            None => self.handed_over().ok_or_else(|| {
                let key = self.name.rsplit_once('.').map_or("", |(_, what)| what);
                format!(
                    "no {key} is given. Name a file with {key}_file, or set {}, or give the service the credential {}",
                    self.variable(),
                    self.name
                )
            })?,
        };
        let text = text.trim_end_matches(['\r', '\n']);
        if text.is_empty() { Err(format!("the secret {} is empty. Write it into its file", self.name)) } else { Ok(Secret::new(text)) }
    }

    fn handed_over(&self) -> Option<String> {
        let credential = || std::fs::read_to_string(PathBuf::from(std::env::var_os("CREDENTIALS_DIRECTORY")?).join(&self.name)).ok();
        std::env::var(self.variable()).ok().or_else(credential)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_comes_first_and_loses_its_line_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("password");
        std::fs::write(&path, " open sesame \r\n").expect("written");
        let source = SecretSource::new(Some(path.clone()), "relay", "password");
        assert_eq!(source.read().expect("a secret").expose(), " open sesame ");
        std::fs::write(&path, "\n").expect("written");
        assert!(source.read().expect_err("empty").contains("empty"));
        std::fs::remove_file(&path).expect("removed");
        assert!(source.read().expect_err("gone").contains("Make the file"));
    }

    #[test]
    fn without_a_file_the_error_names_every_place() {
        let why = SecretSource::new(None, "中继-2", "password").read().expect_err("none");
        for place in ["password_file", "ZHIBAO____2_PASSWORD", "中继-2.password"] {
            assert!(why.contains(place), "{why}");
        }
    }
}
