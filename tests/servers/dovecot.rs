//! A private Dovecot: its own configuration, users and mail under a temporary folder, on free ports of loopback.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use super::{free_port, until};

/// Everybody's password, but for the user `bench`, who has his name.
pub const PASSWORD: &str = "kou ling 口令\"\\";

/// What differs from test to test.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Left out of what the server offers.
    pub without: Vec<&'static str>,
    /// `quota_rule`, as in `*:messages=3`; of the folder that is read nothing counts.
    pub quota: Option<&'static str>,
    /// The certificate has expired.
    pub expired: bool,
    /// The certificate is for this name.
    pub name: Option<&'static str>,
    /// Takes mail for these people besides.
    pub post: Option<Post>,
}

/// Mail that comes over LMTP, as from a Postfix before it, for `local@anything` and `local+anything@anything`.
#[derive(Clone, Debug, Default)]
pub struct Post {
    /// Where it is taken.
    pub port: u16,
    /// Where what the scripts send goes.
    pub relay: u16,
    /// Who has a mailbox.
    pub people: Vec<&'static str>,
    /// Sieve scripts of some of them.
    pub scripts: Vec<(&'static str, String)>,
}

/// A running server. It ends with the test.
pub struct Dovecot {
    folder: tempfile::TempDir,
    child: Option<Child>,
    options: Options,
    /// Plain and STARTTLS.
    pub port: u16,
    /// TLS from the first byte.
    pub tls_port: u16,
    /// Who owns the mail.
    owner: (u32, u32),
}

const OFFERED: &str = "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ NAMESPACE UIDPLUS MOVE";

impl Dovecot {
    /// Starts one.
    pub fn start(options: Options) -> Dovecot {
        let folder = tempfile::tempdir().expect("a folder");
        // The processes of Dovecot run as several users, and all must get here.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("permissions");
        let owner = owner(folder.path());
        let mut dovecot = Dovecot { folder, child: None, options, port: free_port(), tls_port: free_port(), owner };
        dovecot.write_certificate();
        dovecot.write_configuration();
        dovecot.run();
        dovecot
    }

    /// The folder with everything.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The authority that has signed the server's certificate.
    pub fn ca_file(&self) -> PathBuf {
        self.folder().join("ca.pem")
    }

    /// Where the mail of `user` lies: a Maildir.
    pub fn maildir(&self, user: &str) -> PathBuf {
        self.folder().join("mail").join(user)
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder().join("dovecot.log")).unwrap_or_default()
    }

    /// Delivers a message into INBOX.
    pub fn deliver(&self, user: &str, name: &str, raw: &[u8]) {
        let maildir = self.maildir(user);
        for part in ["tmp", "new", "cur"] {
            let path = maildir.join(part);
            if !path.exists() {
                fs::create_dir_all(&path).expect("a folder");
                self.own(&path);
                self.own(&maildir);
            }
        }
        let (part, whole) = (maildir.join("tmp").join(name), maildir.join("new").join(name));
        fs::write(&part, raw).expect("a file");
        self.own(&part);
        fs::rename(part, whole).expect("delivered");
    }

    /// How many messages lie in a folder; `""` is INBOX.
    pub fn count(&self, user: &str, folder: &str) -> usize {
        self.files(user, folder).len()
    }

    /// The messages in a folder; `""` is INBOX.
    pub fn files(&self, user: &str, folder: &str) -> Vec<PathBuf> {
        let path = if folder.is_empty() { self.maildir(user) } else { self.maildir(user).join(format!(".{folder}")) };
        let files = ["new", "cur"].iter().filter_map(|part| fs::read_dir(path.join(part)).ok()).flatten();
        files.flatten().map(|file| file.path()).collect()
    }

    /// Ends at once, as a crash would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let children = children_of(child.id());
            // The master first: it would replace its children.
            let _ = child.kill();
            let _ = child.wait();
            for pid in children {
                let _ = Command::new("kill").args(["-9", &pid.to_string()]).stderr(Stdio::null()).status();
            }
        }
    }

    /// Ends in good order.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = Command::new("kill").arg(child.id().to_string()).status();
            let _ = child.wait();
        }
    }

    /// Starts again, with the same mail on the same ports.
    pub fn run(&mut self) {
        let _ = fs::remove_file(self.folder().join("run/master.pid"));
        self.child = Some(self.spawn());
        let port = self.port;
        until("Dovecot answers", Duration::from_secs(60), || {
            use std::io::Read;
            // Those who were killed may hold the ports for another moment.
            if self.child.as_mut().is_none_or(|child| child.try_wait().is_ok_and(|ended| ended.is_some())) {
                std::thread::sleep(Duration::from_millis(100));
                self.child = Some(self.spawn());
            }
            let Ok(mut stream) = std::net::TcpStream::connect(("127.0.0.1", port)) else { return false };
            let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
            let mut greeting = [0; 4];
            stream.read_exact(&mut greeting).is_ok() && greeting == *b"* OK"
        });
    }

    fn spawn(&self) -> Child {
        let log = fs::File::create(self.folder().join("stderr.log")).expect("a log");
        // It lies in sbin, which is not on everybody's path.
        let mut command = Command::new("/usr/sbin/dovecot");
        command.args(["-F", "-c"]).arg(self.folder().join("dovecot.conf"));
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
        spawned.expect("dovecot is installed (Debian: dovecot-imapd; tests/run does it)")
    }

    /// Makes INBOX anew, as a restored or recreated mailbox is: the same messages under a new UIDVALIDITY.
    pub fn recreate(&mut self, user: &str) {
        self.stop();
        // UIDVALIDITY is a time in seconds.
        std::thread::sleep(Duration::from_millis(1_100));
        for file in fs::read_dir(self.maildir(user)).expect("a Maildir").flatten() {
            if file.file_name().to_string_lossy().starts_with("dovecot") {
                let _ = fs::remove_file(file.path());
            }
        }
        self.run();
    }

    fn own(&self, path: &Path) {
        if is_root() {
            chown(path, Some(self.owner.0), Some(self.owner.1)).expect("owned");
        }
    }

    fn write_certificate(&self) {
        let mut ca = rcgen::CertificateParams::new(Vec::new()).expect("parameters");
        ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        ca.distinguished_name.push(rcgen::DnType::CommonName, "authority of the test");
        let ca_key = rcgen::KeyPair::generate().expect("a key");
        let ca_certificate = ca.self_signed(&ca_key).expect("a certificate");
        let name = self.options.name.unwrap_or("localhost");
        let mut server = rcgen::CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        if self.options.expired {
            server.not_before = rcgen::date_time_ymd(2002, 1, 1);
            server.not_after = rcgen::date_time_ymd(2003, 1, 1);
        }
        let key = rcgen::KeyPair::generate().expect("a key");
        let issuer = rcgen::Issuer::new(ca, ca_key);
        let certificate = server.signed_by(&key, &issuer).expect("a certificate");
        fs::write(self.ca_file(), ca_certificate.pem()).expect("a file");
        fs::write(self.folder().join("cert.pem"), certificate.pem()).expect("a file");
        fs::write(self.folder().join("key.pem"), key.serialize_pem()).expect("a file");
    }

    fn write_configuration(&self) {
        let (folder, (uid, gid)) = (self.folder().display(), self.owner);
        // Programs of others may not take every password.
        let plain = "bench:{PLAIN}bench::::::\n";
        let people = self.options.post.as_ref().map_or(&[][..], |post| &post.people);
        let users: String =
            ["north", "office", "busy"].iter().chain(people).map(|user| format!("{user}:{{PLAIN}}{}::::::\n", PASSWORD)).collect();
        fs::write(self.folder().join("users"), users + plain).expect("a file");
        fs::create_dir_all(self.folder().join("mail")).expect("a folder");
        self.own(&self.folder().join("mail"));
        let offered: Vec<&str> = OFFERED.split(' ').filter(|word| !self.options.without.contains(word)).collect();
        let us = if is_root() { String::new() } else { unprivileged() };
        let quota = self.options.quota.map_or(String::new(), |rule| {
            format!(
                "mail_plugins = quota\nplugin {{\n  quota = maildir:User quota\n  quota_rule = {rule}\n  quota_rule2 = INBOX:ignore\n}}\n"
            )
        });
        let (protocols, post) = match &self.options.post {
            Some(post) => ("imap lmtp", self.post(post)),
            None => ("imap", String::new()),
        };
        let text = format!(
            "base_dir = {folder}/run\nstate_dir = {folder}/state\nlog_path = {folder}/dovecot.log\nprotocols = {protocols}\nlisten = 127.0.0.1\n\
             ssl = yes\nssl_cert = <{folder}/cert.pem\nssl_key = <{folder}/key.pem\ndisable_plaintext_auth = no\n\
             auth_mechanisms = plain login\nauth_failure_delay = 0\nmail_location = maildir:{folder}/mail/%u\nfirst_valid_uid = 1\nmail_max_userip_connections = 100\n\
             imap_capability = {}\nimap_idle_notify_interval = 2 mins\nmail_attribute_dict =\n\
             passdb {{\n  driver = passwd-file\n  args = {folder}/users\n}}\n\
             userdb {{\n  driver = static\n  args = uid={uid} gid={gid} home={folder}/mail/%u\n}}\n\
             namespace inbox {{\n  inbox = yes\n  separator = /\n}}\n\
             service imap-login {{\n  chroot =\n  inet_listener imap {{\n    port = {}\n  }}\n  inet_listener imaps {{\n    port = {}\n    ssl = yes\n  }}\n}}\n\
             service anvil {{\n  chroot =\n}}\nservice stats {{\n  chroot =\n}}\n{us}{quota}{post}",
            offered.join(" "),
            self.port,
            self.tls_port,
        );
        fs::write(self.folder().join("dovecot.conf"), text).expect("a file");
    }
}

impl Dovecot {
    /// Configuration for mail that comes, and the scripts that see it.
    fn post(&self, post: &Post) -> String {
        let folder = self.folder().display();
        let scripts = self.folder().join("sieve");
        fs::create_dir_all(&scripts).expect("a folder");
        for (who, script) in &post.scripts {
            fs::write(scripts.join(format!("{who}.sieve")), script).expect("a script");
            self.own(&scripts.join(format!("{who}.sieve")));
        }
        self.own(&scripts);
        for who in &post.people {
            fs::create_dir_all(self.maildir(who)).expect("a folder");
            self.own(&self.maildir(who));
        }
        format!(
            "recipient_delimiter = +\nauth_username_format = %Ln\nsubmission_host = 127.0.0.1:{}\npostmaster_address = postmaster@mail.example\n\
             hostname = mail.example\nlmtp_save_to_detail_mailbox = no\n\
             service lmtp {{\n  inet_listener lmtp {{\n    address = 127.0.0.1\n    port = {}\n  }}\n}}\n\
             protocol lmtp {{\n  mail_plugins = sieve\n}}\n\
             plugin {{\n  sieve = file:{folder}/sieve/%n.sieve\n  sieve_extensions = +vacation-seconds\n  sieve_vacation_min_period = 0\n}}\n",
            post.relay, post.port
        )
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = self.log() + &fs::read_to_string(self.folder().join("stderr.log")).unwrap_or_default();
            let tail: Vec<&str> = log.lines().rev().take(15).collect();
            eprintln!("Dovecot said last:\n{}", tail.into_iter().rev().collect::<Vec<_>>().join("\n"));
        }
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}

/// Who the mail belongs to: ourselves, or as root the user `mail`.
fn owner(folder: &Path) -> (u32, u32) {
    if !is_root() {
        let metadata = fs::metadata(folder).expect("a folder");
        return (metadata.uid(), metadata.gid());
    }
    let number = |flag: &str| {
        let output = Command::new("id").args([flag, "mail"]).output().expect("id runs");
        String::from_utf8_lossy(&output.stdout).trim().parse().expect("the user mail is there")
    };
    (number("-u"), number("-g"))
}

/// Without root, everything runs as ourselves.
fn unprivileged() -> String {
    let name = |flag: &str| {
        let output = Command::new("id").arg(flag).output().expect("id runs");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    format!("default_internal_user = {0}\ndefault_login_user = {0}\ndefault_internal_group = {1}\n", name("-un"), name("-gn"))
}

fn children_of(pid: u32) -> Vec<u32> {
    let Ok(tasks) = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")) else { return Vec::new() };
    tasks.split_ascii_whitespace().filter_map(|word| word.parse().ok()).collect()
}

/// Sets when a delivered message came, which is what the server tells as INTERNALDATE.
pub fn received(path: &Path, at: SystemTime) {
    fs::File::options().write(true).open(path).and_then(|file| file.set_modified(at)).expect("a time");
}
