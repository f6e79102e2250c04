//! Secrets out of files, of what the service manager hands over, and of the environment. Read at each use, never kept and never logged.

use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::domain::secret::{Secret, SecretPlace};

/// There is no secret where it was looked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}. {mend}")]
pub struct NoSecret {
    /// Why.
    pub why: String,
    /// What would mend it.
    pub mend: String,
}

/// Reads a secret, without the line end that editors put after it.
///
/// # Errors
/// Where it was looked for in vain, and what would help.
pub fn read(place: &SecretPlace) -> Result<Secret, NoSecret> {
    let (what, credential, variable) = match place {
        SecretPlace::File(path) => return from_file(path),
        SecretPlace::Handed { what, credential, variable } => (what, credential, variable),
    };
    let folder = env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
    if let Some(file) = folder.map(|folder| folder.join(credential)).filter(|file| file.exists()) {
        return from_file(&file);
    }
    let given = env::var(variable).ok().filter(|secret| !secret.is_empty());
    given.map(Secret::new).ok_or_else(|| NoSecret {
        why: format!("no {what} is given"),
        mend: format!("Name a file with {what}_file, or set {variable}, or give the service the credential {credential}"),
    })
}

fn from_file(path: &Path) -> Result<Secret, NoSecret> {
    let text = fs::read_to_string(path).map_err(|error| NoSecret {
        why: format!("{} cannot be read: {error}", path.display()),
        mend: "Make the file, readable for the user that runs zhibao alone".to_owned(),
    })?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(NoSecret { why: format!("the secret in {} is empty", path.display()), mend: "Write it into the file, alone".to_owned() }),
        secret => Ok(Secret::new(secret)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_loses_its_line_end_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("password");
        fs::write(&path, " open sesame \r\n").expect("written");
        let place = SecretPlace::File(path.clone());
        assert_eq!(read(&place).expect("a secret").expose(), " open sesame ");
        fs::write(&path, "\n").expect("written");
        assert!(read(&place).expect_err("empty").to_string().contains("empty"));
        fs::remove_file(&path).expect("removed");
        assert!(read(&place).expect_err("gone").to_string().contains("Make the file"));
    }

    #[test]
    fn without_a_file_the_error_names_every_place() {
        let place =
            SecretPlace::Handed { what: "password", credential: "relay-2.password".into(), variable: "ZHIBAO_RELAY_2_PASSWORD".into() };
        let why = read(&place).expect_err("none").to_string();
        for place in ["password_file", "ZHIBAO_RELAY_2_PASSWORD", "relay-2.password"] {
            assert!(why.contains(place), "{why}");
        }
    }
}
