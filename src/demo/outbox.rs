//! What the outbox of a replay holds, by the headers that anybody may read.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// One copy of a notice.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The file.
    pub path: PathBuf,
    headers: BTreeMap<String, String>,
}

impl Sent {
    /// A letter of these bytes.
    pub fn read(path: PathBuf, raw: &[u8]) -> Sent {
        Sent { path, headers: headers(raw) }
    }

    /// A header, unfolded; empty where there is none. Encoded words stand as they are.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(&name.to_ascii_lowercase()).map_or("", String::as_str)
    }

    /// The kind: `receipt`, `late`, …
    pub fn kind(&self) -> &str {
        self.header("X-Zhibao-Notice")
    }

    /// The unit's id; empty where it is about none.
    pub fn unit(&self) -> &str {
        self.header("X-Zhibao-Unit")
    }

    /// Whether this copy went to `address`.
    pub fn is_to(&self, address: &str) -> bool {
        address_in(self.header("To")) == address
    }

    /// To whom.
    pub fn to(&self) -> &str {
        address_in(self.header("To"))
    }
}

/// The address in `name <address>`.
pub fn address_in(mailbox: &str) -> &str {
    mailbox.rsplit_once('<').map_or(mailbox, |(_, rest)| rest.trim_end_matches('>')).trim()
}

/// Every letter in the folder, in order of time.
pub fn read(folder: &Path) -> io::Result<Vec<Sent>> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "eml") {
            paths.push(path);
        }
    }
    paths.sort();
    paths.into_iter().map(|path| Ok(Sent::read(path.clone(), &std::fs::read(&path)?))).collect()
}

fn headers(raw: &[u8]) -> BTreeMap<String, String> {
    let text = String::from_utf8_lossy(raw);
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let mut last = String::new();
    for line in text.lines().take_while(|line| !line.is_empty()) {
        if line.starts_with([' ', '\t']) {
            if let Some(value) = found.get_mut(&last) {
                value.push_str("\r\n ");
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            last = name.to_ascii_lowercase();
            found.entry(last.clone()).or_insert_with(|| value.trim().to_owned());
        }
    }
    found
}
