//! Where secrets lie: in the file that is named, else under names made of the section's.

use std::path::PathBuf;

use super::problem::{ClashFault, Place};
use super::reader::{At, Notes};
use crate::domain::secret::SecretPlace;

/// The secret of `what` (`password`, `key`) of the section that is called `of`: without a file the credential `relay.password`, or
/// `ZHIBAO_RELAY_PASSWORD`.
pub(super) fn place(file: Option<PathBuf>, of: &str, what: &'static str) -> SecretPlace {
    let name = format!("{of}.{what}");
    let variable = variable(&name);
    file.map_or(SecretPlace::Handed { what, credential: name, variable }, SecretPlace::File)
}

/// The password of a mailbox: without a file the credential `zhibao.mailbox.NAME`, or `ZHIBAO_MAILBOX_NAME_PASSWORD`.
pub(super) fn of_mailbox(file: Option<PathBuf>, name: &str) -> SecretPlace {
    let variable = variable(&format!("mailbox.{name}.password"));
    let handed = SecretPlace::Handed { what: "password", credential: format!("zhibao.mailbox.{name}"), variable };
    file.map_or(handed, SecretPlace::File)
}

fn variable(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    format!("ZHIBAO_{}", name.chars().map(plain).collect::<String>())
}

/// Notes secrets that one variable would hold: of a name, letters and digits of ASCII alone are kept.
pub(super) fn apart(notes: &Notes, secrets: &[At<SecretPlace>]) {
    let mut seen: Vec<(&str, &str, &Place)> = Vec::new();
    for at in secrets {
        let SecretPlace::Handed { credential, variable, .. } = &at.value else { continue };
        match seen.iter().find(|(other, ..)| *other == variable.as_str()) {
            // Two of one name: that is said already.
            Some((_, same, _)) if same == credential => {}
            Some((.., first)) => {
                let fault = ClashFault::SameVariable { variable: variable.clone(), first: (*first).clone() };
                notes.fault(at.place.clone(), fault);
            }
            None => seen.push((variable, credential, &at.place)),
        }
    }
}
