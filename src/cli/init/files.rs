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

/// Why files were not made.
#[derive(Debug)]
pub(super) struct Unmade {
    /// Which could not be made.
    pub path: PathBuf,
    /// Why; `AlreadyExists` where something has that name.
    pub error: io::Error,
    /// What was made and could not be taken back.
    pub left: Vec<PathBuf>,
}

/// Makes all of them, the last one last. Where one cannot be made, none is there afterwards.
///
/// # Errors
/// Which, and why; what is there nevertheless.
pub(super) fn make_all(files: &[NewFile]) -> Result<(), Unmade> {
    let mut made: Vec<PathBuf> = Vec::new();
    for file in files {
        if let Err(error) = make(file, &mut made) {
            // Made a moment ago by us: nobody has used it.
            let left = made.into_iter().filter(|path| fs::remove_file(path).is_err() && path.symlink_metadata().is_ok()).collect();
            return Err(Unmade { path: file.path.clone(), error, left });
        }
    }
    Ok(())
}

/// Whatever comes to be under a name is noted in `made`, and stays there until it has gone.
fn make(file: &NewFile, made: &mut Vec<PathBuf>) -> io::Result<()> {
    let folder = file.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = file.path.file_name().unwrap_or_default().to_string_lossy();
    let part = folder.join(format!(".{name}.{}.new", std::process::id()));
    let mut open = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
    made.push(part.clone());
    write(&mut open, &part, file)?;
    fs::hard_link(&part, &file.path)?;
    made.push(file.path.clone());
    fs::remove_file(&part)?;
    made.retain(|path| *path != part);
    File::open(folder)?.sync_all()
}

fn write(open: &mut File, part: &Path, file: &NewFile) -> io::Result<()> {
    open.write_all(&file.bytes)?;
    if file.owner != (None, None) {
        chown(part, file.owner.0, file.owner.1)?;
    }
    open.set_permissions(Permissions::from_mode(file.mode))?;
    open.sync_all()
}
