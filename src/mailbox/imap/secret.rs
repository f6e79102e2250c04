//! Secrets, read anew at each use, never kept and never logged.

use std::path::{Path, PathBuf};
use std::{env, fs};

use super::fault::Fault;
use crate::domain::account::SecretPlace;

/// Reads a secret.
pub(super) fn read(place: &SecretPlace) -> Result<String, Fault> {
    match place {
        SecretPlace::File(path) => from_file(path),
        SecretPlace::Handed { credential, variable } => {
            let folder = env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
            if let Some(file) = folder.map(|folder| folder.join(credential)).filter(|file| file.exists()) {
                return from_file(&file);
            }
            env::var(variable).ok().filter(|secret| !secret.is_empty()).ok_or_else(|| Fault::NoProof {
                why: "there is no password".to_owned(),
                mend: format!(
                    "Name a file with `password_file`, or hand it over as the credential {credential} or the environment variable {variable}"
                ),
            })
        }
    }
}

fn from_file(path: &Path) -> Result<String, Fault> {
    let secret = fs::read_to_string(path).map_err(|error| Fault::NoProof {
        why: format!("the password file {} cannot be read: {error}", path.display()),
        mend: "Give the user that runs zhibao leave to read it, or correct `password_file`".to_owned(),
    })?;
    match secret.trim() {
        "" => Err(Fault::NoProof {
            why: format!("the password file {} is empty", path.display()),
            mend: "Write the password into it, alone".to_owned(),
        }),
        secret => Ok(secret.to_owned()),
    }
}
