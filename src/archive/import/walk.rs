//! Paths → the files that hold mail, in an order that is the same each time.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::mbox::is_from_line;
use super::{ImportError, PassedOver};

/// Folders within folders.
const DEPTH: usize = 32;

/// How a file holds mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// It is one message.
    Message,
    /// It is many.
    Mailbox,
}

/// A file that holds mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MailFile {
    pub path: PathBuf,
    pub form: Form,
    pub size_bytes: u64,
}

/// Hands every file below `root` that holds mail to `take`, until that says that it has enough. What cannot be read is told to
/// `trouble`, and the rest goes on.
pub(super) fn walk(root: &Path, take: &mut dyn FnMut(MailFile) -> bool, trouble: &mut dyn FnMut(PassedOver)) -> Result<(), ImportError> {
    let failed = |source| ImportError::Path { path: root.to_owned(), source };
    let about = fs::metadata(root).map_err(failed)?;
    if about.is_dir() {
        fs::read_dir(root).map_err(failed)?;
        folder(root, 0, take, trouble);
        return Ok(());
    }
    let form = form(root).map_err(failed)?.ok_or_else(|| ImportError::NoMail { path: root.to_owned() })?;
    take(MailFile { path: root.to_owned(), form, size_bytes: about.len() });
    Ok(())
}

/// `true`: enough.
fn folder(path: &Path, depth: usize, take: &mut dyn FnMut(MailFile) -> bool, trouble: &mut dyn FnMut(PassedOver)) -> bool {
    let listed =
        fs::read_dir(path).and_then(|entries| entries.map(|entry| entry.map(|entry| entry.file_name())).collect::<io::Result<Vec<_>>>());
    let mut names = match listed {
        Ok(names) => names,
        Err(source) => {
            trouble(PassedOver::new(path, source.to_string()));
            return false;
        }
    };
    names.sort();
    let is_maildir = ["cur", "new", "tmp"].iter().all(|part| names.iter().any(|name| name == part));
    let in_maildir = path.file_name().is_some_and(|name| name == "cur" || name == "new");
    for name in names {
        // Mail in tmp is not delivered yet.
        if is_maildir && name == "tmp" {
            continue;
        }
        let path = path.join(&name);
        // A link could have any file of ours taken for mail.
        let about = match fs::symlink_metadata(&path) {
            Ok(about) => about,
            Err(source) => {
                trouble(PassedOver::new(&path, source.to_string()));
                continue;
            }
        };
        if about.is_dir() {
            if depth < DEPTH && folder(&path, depth + 1, take, trouble) {
                return true;
            }
            continue;
        }
        if !about.is_file() {
            continue;
        }
        let found = if in_maildir { Ok(Some(Form::Message)) } else { form(&path) };
        match found {
            Ok(Some(form)) => {
                if take(MailFile { path, form, size_bytes: about.len() }) {
                    return true;
                }
            }
            Ok(None) => {}
            Err(source) => trouble(PassedOver::new(&path, source.to_string())),
        }
    }
    false
}

/// How a file holds mail, by its first line. `None`: it holds none.
fn form(path: &Path) -> io::Result<Option<Form>> {
    let mut head = Vec::new();
    File::open(path)?.take(1024).read_to_end(&mut head)?;
    let line = head.split(|b| matches!(b, b'\n' | b'\r')).find(|line| !line.is_empty()).unwrap_or_default();
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    if is_from_line(line) {
        return Ok(Some(Form::Mailbox));
    }
    let is_eml = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("eml"));
    let name = line.iter().position(|b| *b == b':').and_then(|end| line.get(..end)).unwrap_or_default();
    let is_header = !name.is_empty() && name.iter().all(u8::is_ascii_graphic) && !name.contains(&b'/');
    Ok((is_eml || is_header && looks_like_mail(&head)).then_some(Form::Message))
}

/// A header that mail has, within the first lines: a file of settings has lines with colons, too.
fn looks_like_mail(head: &[u8]) -> bool {
    const HEADERS: [&[u8]; 10] = [
        b"from:",
        b"received:",
        b"return-path:",
        b"message-id:",
        b"date:",
        b"subject:",
        b"to:",
        b"mime-version:",
        b"delivered-to:",
        b"dkim-signature:",
    ];
    head.split(|b| *b == b'\n').any(|line| {
        let line = line.to_ascii_lowercase();
        HEADERS.iter().any(|header| line.starts_with(header))
    })
}
