//! Where the files go, and whose they are.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::super::Everywhere;
use super::super::failure::Failure;

/// The folders of the package.
const SYSTEM: &str = "/etc/zhibao";
const STATE: &str = "/var/lib/zhibao";
/// Where a running systemd shows itself.
const SYSTEMD: &str = "/run/systemd/system";

/// Where the files go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub config: PathBuf,
    pub roster: PathBuf,
    /// The store, as the configuration names it.
    pub store: String,
    /// The folder of letters that is offered.
    pub outbox: String,
    /// Of configuration and roster, where it is not this process's own: `(user, group)`.
    pub owner: (Option<u32>, Option<u32>),
    /// Of passwords: the user that runs the daemon.
    pub secret_owner: (Option<u32>, Option<u32>),
    /// The package's folder: the daemon runs as a user of its own.
    pub system: bool,
}

impl Place {
    /// What `--config` names; else the package's folder, where this user may write to it; else the working directory.
    ///
    /// # Errors
    /// One of the files is there already, or the folder is not.
    pub fn find(everywhere: &Everywhere) -> Result<Place, Failure> {
        let config = match &everywhere.config {
            Some(path) => path.clone(),
            None if may_write(Path::new(SYSTEM)) => Path::new(SYSTEM).join("zhibao.toml"),
            None => PathBuf::from("zhibao.toml"),
        };
        let folder = config.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned();
        if !folder.is_dir() {
            let shown = folder.display();
            return Err(Failure::failed(
                format!("没有目录 {shown}。请先建好，或用 --config 另指一处。"),
                format!("There is no folder {shown}. Make it, or name another place with --config."),
            ));
        }
        let roster = config.with_file_name("network.toml");
        for path in [&config, &roster] {
            if path.symlink_metadata().is_ok() {
                return Err(there_already(path));
            }
        }
        let system = folder == Path::new(SYSTEM) && Path::new(STATE).is_dir();
        let (store, outbox) = match system {
            true => (format!("{STATE}/zhibao.db"), format!("{STATE}/outbox")),
            false => ("zhibao.db".to_owned(), "outbox".to_owned()),
        };
        let root = rustix::process::geteuid().is_root();
        let of = |path: &Path| fs::metadata(path).ok().filter(|_| root && system);
        let owner = (None, of(&folder).map(|meta| meta.gid()));
        let state = of(Path::new(STATE));
        let secret_owner = (state.as_ref().map(MetadataExt::uid), state.as_ref().map(MetadataExt::gid));
        Ok(Place { config, roster, store, outbox, owner, secret_owner, system })
    }

    /// Where a password of the mailbox goes that is typed.
    pub fn mailbox_password(&self) -> PathBuf {
        self.config.with_file_name("mailbox.password")
    }

    /// Looks whether a password that is typed would have a place.
    ///
    /// # Errors
    /// There is a file of that name already.
    pub fn without_password(&self) -> Result<(), Failure> {
        let path = self.mailbox_password();
        if path.symlink_metadata().is_err() {
            return Ok(());
        }
        let shown = path.display();
        Err(Failure::failed(
            format!(
                "{shown} 已经存在，没有改动。要用其中的密码，请加 --password-file {shown}；不用的，请先移开它，或用 --config 指明新的位置，例如 --config new/zhibao.toml。"
            ),
            format!(
                "{shown} is there already, and was left alone. To use the password in it, add --password-file {shown}; else move it away, or name a new place, as in --config new/zhibao.toml."
            ),
        ))
    }

    /// A path of the working directory, as the configuration must name it.
    pub fn seen(&self, path: &Path) -> PathBuf {
        let here = self.config.parent().is_none_or(|folder| folder.as_os_str().is_empty() || folder == Path::new("."));
        if here { path.to_owned() } else { std::path::absolute(path).unwrap_or_else(|_| path.to_owned()) }
    }

    /// What to do next, in this order.
    pub fn next_commands(&self) -> [String; 2] {
        let named = match (self.system, self.config.to_str()) {
            (true, _) | (_, Some("zhibao.toml" | "./zhibao.toml")) => "zhibao".to_owned(),
            _ => format!("zhibao --config {}", self.config.display()),
        };
        // What the daemon's user may not read, it may not read in the trial either.
        let program = if self.secret_owner.0.is_some() { format!("runuser -u zhibao -- {named}") } else { named };
        let run = match self.system && Path::new(SYSTEMD).is_dir() {
            true => "systemctl restart zhibao".to_owned(),
            false => format!("{program} run"),
        };
        [format!("{program} check --online"), run]
    }
}

/// Whether this user may make files in a folder, by making one.
fn may_write(folder: &Path) -> bool {
    let trial = folder.join(format!(".zhibao-init.{}", std::process::id()));
    let made = fs::OpenOptions::new().write(true).create_new(true).open(&trial).is_ok();
    made && fs::remove_file(&trial).is_ok()
}

/// Something has that name.
pub(super) fn there_already(path: &Path) -> Failure {
    let shown = path.display();
    Failure::failed(
        format!("{shown} 已经存在，没有改动。请直接修改它；要另写一份，用 --config 指明新的位置，例如 --config new/zhibao.toml。"),
        format!(
            "{shown} is there already, and was left alone. Change it as it is; for another one name a new place, as in --config new/zhibao.toml."
        ),
    )
}
