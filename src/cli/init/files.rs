//! Files that were not there before: each whole under its name, or not at all, and nothing that was there is touched.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

/// A file to be made.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct NewFile {
    pub path: PathBuf,
    pub bytes: Vec<u8>,
    pub mode: u32,
    /// User and group, where they are not those of this process.
    pub owner: (Option<u32>, Option<u32>),
}

/// Makes all of them, the last one last. Where one cannot be made, none is there afterwards.
///
/// # Errors
/// Which, and why; `AlreadyExists` where something has that name.
pub(super) fn make_all(files: &[NewFile]) -> Result<(), (PathBuf, io::Error)> {
    let mut made: Vec<&Path> = Vec::new();
    for file in files {
        if let Err(error) = make(file) {
            for path in made {
                // Made a moment ago by us: nobody has used it.
                let _ = fs::remove_file(path);
            }
            return Err((file.path.clone(), error));
        }
        made.push(&file.path);
    }
    Ok(())
}

fn make(file: &NewFile) -> io::Result<()> {
    let folder = file.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = file.path.file_name().unwrap_or_default().to_string_lossy();
    let part = folder.join(format!(".{name}.{}.new", std::process::id()));
    let written = write(&part, file).and_then(|()| fs::hard_link(&part, &file.path));
    let removed = fs::remove_file(&part);
    written.and(removed)?;
    File::open(folder)?.sync_all()
}

fn write(part: &Path, file: &NewFile) -> io::Result<()> {
    let mut open = OpenOptions::new().write(true).create_new(true).mode(0o600).open(part)?;
    open.write_all(&file.bytes)?;
    if file.owner != (None, None) {
        chown(part, file.owner.0, file.owner.1)?;
    }
    open.set_permissions(Permissions::from_mode(file.mode))?;
    open.sync_all()
}
