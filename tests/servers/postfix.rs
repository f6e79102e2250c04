//! A Postfix of the test's own: private configuration, queue and ports, mail into a Maildir. `tests/run` installs the package.

#![allow(dead_code)] // each test uses a part of it

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// A running Postfix that takes mail for `office.example`, `b.example` and `mail.example`, over STARTTLS on `port` and implicit TLS on `tls_port`.
///
/// `later@b.example` is put off, `gone@b.example` refused, `slow@b.example` keeps one waiting for 30 s, and `bounces@b.example` is
/// taken and then bounced.
pub struct Postfix {
    folder: tempfile::TempDir,
    pub port: u16,
    pub tls_port: u16,
}

const MASTER: &str = "\
127.0.0.1:PORT inet n - n - - smtpd
127.0.0.1:TLSPORT inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
strips unix - - n - - lmtp -o lmtp_header_checks=regexp:DIR/strips
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
";

const MAIN: &str = "\
compatibility_level = 3.6
queue_directory = DIR/queue
data_directory = DIR/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file = DIR/maillog
maillog_file_prefixes = DIR
mail_owner = postfix
setgid_group = postdrop
myhostname = relay.example
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
virtual_mailbox_domains = office.example, b.example, mail.example
virtual_mailbox_base = DIR/mail
virtual_mailbox_maps = regexp:DIR/mailboxes
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
virtual_minimum_uid = 100
smtpd_tls_security_level = may
smtpd_tls_cert_file = DIR/cert.pem
smtpd_tls_key_file = DIR/key.pem
smtpd_restriction_classes = slow
slow = sleep 30
smtpd_recipient_restrictions = check_recipient_access texthash:DIR/access, permit_mynetworks, reject
smtpd_client_connection_rate_limit = 0
smtpd_client_connection_count_limit = 0
";

const ACCESS: &str = "\
later@b.example 450 4.7.1 come back later
gone@b.example 550 5.1.1 no such user here
slow@b.example slow
";

/// All mail goes on to another server, but for those whom `transport` names.
const ON_TO_A_SERVER: &str = "
virtual_transport = lmtp:inet:127.0.0.1:LMTPPORT
transport_maps = texthash:DIR/transport
recipient_delimiter = +
local_header_rewrite_clients =
lmtp_destination_concurrency_limit = 5
smtpd_reject_unlisted_recipient = no
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
maximal_queue_lifetime = 10d
delay_warning_time = 2s
";

/// What the way `strips:` takes away: every mark of a machine.
const STRIPS: &str = "/^(Auto-Submitted|Precedence|X-Auto-Response-Suppress|X-Zhibao-[A-Za-z]*):/ IGNORE\n";

impl Postfix {
    /// Starts one.
    pub fn start() -> Postfix {
        Postfix::with(&[], "")
    }

    /// One that hands mail on over LMTP, in the domains of `mail.example`, but for what the lines of `transport` say
    /// (`gone@mail.example error:5.1.1 no such person`, `north@mail.example strips:inet:127.0.0.1:LMTPPORT`); `more` are further lines of its configuration.
    pub fn before(lmtp_port: u16, transport: &str, more: &str) -> Postfix {
        let more = format!("{ON_TO_A_SERVER}{more}").replace("LMTPPORT", &lmtp_port.to_string());
        let transport = transport.replace("LMTPPORT", &lmtp_port.to_string());
        Postfix::with(&[("transport", &transport)], &more)
    }

    fn with(more_files: &[(&str, &str)], more_settings: &str) -> Postfix {
        let folder = tempfile::tempdir().expect("a folder");
        let dir = folder.path();
        let (port, tls_port) = two_free_ports();
        let fill = |text: &str| {
            let text = text.replace("TLSPORT", &tls_port.to_string()).replace("PORT", &port.to_string());
            text.replace("DIR", &dir.display().to_string())
        };
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let files = [
            ("main.cf", fill(&format!("{MAIN}{more_settings}"))),
            ("master.cf", fill(MASTER)),
            ("access", ACCESS.to_owned()),
            ("strips", STRIPS.to_owned()),
            // A mailbox that is a file in the way: what is taken for it bounces.
            ("mailboxes", "/^bounces@b\\.example$/ /dev/null/no\n/./ all/\n".to_owned()),
            ("cert.pem", made.cert.pem()),
            ("key.pem", made.signing_key.serialize_pem()),
        ];
        for (name, text) in files {
            fs::write(dir.join(name), text).expect("written");
        }
        for (name, text) in more_files {
            fs::write(dir.join(name), text).expect("written");
        }
        for part in ["queue", "data", "mail"] {
            fs::create_dir_all(dir.join(part)).expect("a folder");
        }
        fs::set_permissions(dir, fs::Permissions::from_mode(0o755)).expect("open to its processes");
        for (part, owner) in [("data", "postfix"), ("mail", "65534:65534")] {
            run(&["chown", owner, &dir.join(part).display().to_string()]);
        }
        let postfix = Postfix { folder, port, tls_port };
        postfix.control("start");
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(60), "Postfix does not listen:\n{}", postfix.log());
            std::thread::sleep(Duration::from_millis(50));
        }
        postfix
    }

    /// Its configuration folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Its certificate.
    pub fn certificate(&self) -> PathBuf {
        self.path().join("cert.pem")
    }

    /// Stops it, or starts it again.
    pub fn control(&self, verb: &str) {
        run(&["postfix", "-c", &self.path().display().to_string(), verb]);
    }

    /// Changes one setting while it runs.
    pub fn set(&self, setting: &str) {
        run(&["postconf", "-c", &self.path().display().to_string(), "-e", setting]);
        self.control("reload");
    }

    /// What it has delivered: complete messages, its own headers on top, LF line ends.
    pub fn delivered(&self) -> Vec<String> {
        let Ok(files) = fs::read_dir(self.path().join("mail/all/new")) else { return Vec::new() };
        files.flatten().map(|file| String::from_utf8_lossy(&fs::read(file.path()).unwrap_or_default()).into_owned()).collect()
    }

    /// Its log.
    pub fn log(&self) -> String {
        fs::read_to_string(self.path().join("maillog")).unwrap_or_default()
    }

    /// Waits until it has delivered so many.
    pub fn wait_for(&self, count: usize) -> Vec<String> {
        let begun = Instant::now();
        loop {
            let delivered = self.delivered();
            if delivered.len() >= count {
                return delivered;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "{} of {count} delivered:\n{}", delivered.len(), self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        let _ = command(&["postfix", "-c", &self.path().display().to_string(), "stop"]).output();
    }
}

fn two_free_ports() -> (u16, u16) {
    let listeners = [0, 0].map(|port| TcpListener::bind(("127.0.0.1", port)).expect("a port"));
    let [one, two] = listeners.map(|listener| listener.local_addr().expect("an address").port());
    (one, two)
}

/// A command as root: Postfix wants that.
fn command(words: &[&str]) -> Command {
    let root = fs::metadata("/proc/self").map(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0).unwrap_or(false);
    let (program, rest) = if root { (words[0], &words[1..]) } else { ("sudo", words) };
    let mut command = Command::new(program);
    command.args(rest).env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command
}

fn run(words: &[&str]) -> Output {
    let done = command(words).output().unwrap_or_else(|error| panic!("{words:?}: {error}. tests/run installs what is needed"));
    assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
    done
}

/// Postfix's own test server: `-r rcpt`, `-f data` and the like make it misbehave. Ends when dropped.
pub struct Sink {
    pub port: u16,
    process: std::process::Child,
}

impl Sink {
    /// Starts one with these options.
    pub fn start(options: &[&str]) -> Sink {
        let (port, _) = two_free_ports();
        let mut words = vec!["smtp-sink", "-u", "nobody"];
        words.extend(options);
        let address = format!("127.0.0.1:{port}");
        words.extend([address.as_str(), "100"]);
        let process = command(&words).spawn().expect("smtp-sink starts");
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(10), "smtp-sink does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        Sink { port, process }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
