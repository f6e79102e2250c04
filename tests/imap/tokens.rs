//! OAuth2 against a token server of our own: a device code, a browser that comes back, and tokens that end.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};

use super::office::{Office, quick, write_configuration};
use super::servers::mail;
use super::servers::scripted::{Quirks, Scripted};

/// What the provider has been asked, and what it holds.
#[derive(Default)]
struct Provider {
    asked: Vec<BTreeMap<String, String>>,
    /// Questions about a device code that are still answered with “not yet”.
    pending: u32,
    /// The code challenge of the page that was opened.
    challenge: String,
    issued: u32,
    /// Refresh tokens are refused.
    revoked: bool,
    /// Every question about tokens is answered with this status and code.
    ill: Option<(&'static str, &'static str)>,
}

#[derive(Clone)]
struct Server {
    port: u16,
    provider: Arc<Mutex<Provider>>,
}

impl Server {
    fn start() -> Server {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let server = Server { port: listener.local_addr().unwrap().port(), provider: Arc::default() };
        let shared = server.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                shared.answer(stream);
            }
        });
        server
    }

    fn answer(&self, mut stream: TcpStream) {
        let mut lines = BufReader::new(stream.try_clone().unwrap());
        let (mut first, mut length) = (String::new(), 0);
        lines.read_line(&mut first).unwrap();
        loop {
            let mut line = String::new();
            lines.read_line(&mut line).unwrap();
            if line.trim().is_empty() {
                break;
            }
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        lines.read_exact(&mut body).unwrap();
        let form: BTreeMap<String, String> = form(&String::from_utf8(body).unwrap());
        let path = first.split(' ').nth(1).unwrap().to_owned();
        let (status, text) = self.decide(&path, form);
        let head =
            format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", text.len());
        let _ = stream.write_all((head + &text).as_bytes());
    }

    fn decide(&self, path: &str, form: BTreeMap<String, String>) -> (&'static str, String) {
        let mut provider = self.provider.lock().unwrap();
        provider.asked.push(form.clone());
        let refuse = |code: &str| ("400 Bad Request", format!("{{\"error\":\"{code}\",\"error_description\":\"as the test has it\"}}"));
        let field = |name: &str| form.get(name).cloned().unwrap_or_default();
        if path == "/device" {
            let text = r#"{"device_code":"D-1","user_code":"ABCD-EFGH","verification_uri":"https://login.example/device","interval":0,"expires_in":60}"#;
            return ("200 OK", text.to_owned());
        }
        if let Some((status, code)) = provider.ill {
            return (status, format!("{{\"error\":\"{code}\"}}"));
        }
        if field("client_id") != "zhibao-test" {
            return refuse("invalid_client");
        }
        match field("grant_type").as_str() {
            "urn:ietf:params:oauth:grant-type:device_code" if provider.pending > 0 => {
                provider.pending -= 1;
                return refuse("authorization_pending");
            }
            "urn:ietf:params:oauth:grant-type:device_code" if field("device_code") == "D-1" => {}
            "authorization_code" => {
                let challenge = BASE64URL_NOPAD.encode(&Sha256::digest(field("code_verifier")));
                if field("code") != "C-1" || challenge != provider.challenge || field("client_secret") != "geheim" {
                    return refuse("invalid_grant");
                }
            }
            "refresh_token" if !provider.revoked && field("refresh_token") == "R-1" => {}
            _ => return refuse("invalid_grant"),
        }
        provider.issued += 1;
        let issued = provider.issued;
        ("200 OK", format!("{{\"access_token\":\"T-{issued}\",\"refresh_token\":\"R-1\",\"expires_in\":3600,\"token_type\":\"Bearer\"}}"))
    }

    fn with<T>(&self, look: impl FnOnce(&mut Provider) -> T) -> T {
        look(&mut self.provider.lock().unwrap())
    }
}

fn form(text: &str) -> BTreeMap<String, String> {
    text.split('&').filter_map(|field| field.split_once('=')).map(|(key, value)| (key.to_owned(), unescaped(value))).collect()
}

fn unescaped(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).unwrap()
}

fn lines(imap: u16, oauth2: &str) -> String {
    format!(
        "host = \"localhost\"\nport = {imap}\ntls = \"none\"\nusername = \"north@city.example\"\ntrust = \"mailbox\"\nquarantine = \"\"\noauth2 = {{ {oauth2} }}"
    )
}

fn by_device(server: &Server) -> String {
    format!(
        "provider = \"microsoft\", client_id = \"zhibao-test\", device_url = \"http://127.0.0.1:{0}/device\", token_url = \"http://127.0.0.1:{0}/token\"",
        server.port
    )
}

fn login(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zhibao"));
    command.args(["login", "submissions", "--config"]).arg(folder.join("zhibao.toml"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn a_person_types_a_code_and_the_account_is_read_and_tokens_are_renewed() {
    let (server, imap) = (Server::start(), Scripted::start(Quirks { token: Some("T-1".into()), ..Quirks::default() }));
    imap.put(1, mail(1, 500));
    server.with(|provider| provider.pending = 3);
    let mut office = Office::new(&lines(imap.port, &by_device(&server)), quick());
    let error = office.read().expect("nobody has agreed");
    assert!(error.contains("nobody has agreed yet") && error.contains("zhibao login submissions"), "{error}");
    let output = login(office.folder()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("https://login.example/device") && said.contains("ABCD-EFGH"), "{said}");
    assert!(!String::from_utf8_lossy(&output.stdout).contains("T-1"), "tokens are never printed");
    let file = office.folder().join("zhibao.submissions.token");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(office.read(), None, "a new token holds at once");
    office.holds_exactly(&[mail(1, 500)]);
    // The provider withdraws the token before its time: another is asked for, once.
    imap.with(|state| state.quirks.token = Some("T-2".into()));
    office.restart(|_| {});
    imap.put(2, mail(2, 500));
    assert_eq!(office.read(), None);
    assert_eq!(server.with(|provider| provider.issued), 2);
    assert!(fs::read_to_string(&file).unwrap().contains("T-2"));
    // A token that has ended by its own date is renewed before it is shown.
    let ended = fs::read_to_string(&file).unwrap();
    let kept: serde_json::Value = serde_json::from_str(&ended).unwrap();
    fs::write(&file, ended.replace(kept["access_until"].as_str().unwrap(), "2003-03-03T00:00:00Z")).unwrap();
    imap.with(|state| (state.quirks.token, state.logins) = (Some("T-3".into()), 0));
    office.restart(|_| {});
    assert_eq!(office.read(), None);
    assert_eq!(imap.with(|state| state.logins), 1);
    office.holds_exactly(&[mail(1, 500), mail(2, 500)]);
}

#[test]
fn a_consent_that_was_withdrawn_is_told_once_and_not_hammered() {
    let (server, imap) = (Server::start(), Scripted::start(Quirks { token: Some("T-9".into()), ..Quirks::default() }));
    let mut office = Office::new(&lines(imap.port, &by_device(&server)), quick());
    assert!(login(office.folder()).output().unwrap().status.success());
    server.with(|provider| (provider.revoked, provider.asked) = (true, Vec::new()));
    for _ in 0..10 {
        let error = office.read().expect("refused");
        assert!(error.contains("Run `zhibao login submissions`"), "{error}");
        office.work();
    }
    assert_eq!((imap.with(|state| state.logins), server.with(|provider| provider.asked.len())), (1, 1));
    assert_eq!(office.told("intake-stalled"), 1);
}

#[test]
fn a_provider_that_is_ill_has_refused_nothing() {
    let (server, imap) = (Server::start(), Scripted::start(Quirks { token: Some("T-2".into()), ..Quirks::default() }));
    imap.put(1, mail(1, 500));
    let mut office = Office::new(&lines(imap.port, &by_device(&server)), quick());
    assert!(login(office.folder()).output().unwrap().status.success());
    let ills = [
        ("503 Service Unavailable", "temporarily_unavailable"),
        ("400 Bad Request", "temporarily_unavailable"),
        ("500 Internal Server Error", "invalid_grant"),
        ("429 Too Many Requests", "rate_limit"),
    ];
    for ill in ills {
        server.with(|provider| provider.ill = Some(ill));
        // The token that is kept is refused, and no other can be had at present.
        let error = office.read().expect("no token");
        office.work();
        assert!(error.contains("cannot be asked for a token") && error.contains("tried again by itself"), "{error}");
        std::thread::sleep(Duration::from_millis(60));
    }
    assert_eq!(office.told("intake-stalled"), 0);
    server.with(|provider| provider.ill = None);
    office.read_through(Duration::from_secs(5));
    office.holds_exactly(&[mail(1, 500)]);
}

#[test]
fn the_provider_is_believed_by_the_certificates_of_the_account() {
    let (server, imap) = (Server::start(), Scripted::start(Quirks::default()));
    let folder = tempfile::tempdir().unwrap();
    write_configuration(folder.path(), &format!("ca_file = \"no-such.pem\"\n{}", lines(imap.port, &by_device(&server))));
    let output = login(folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("no-such.pem"), "{said}");
}

#[test]
fn a_browser_comes_back_with_a_code_that_only_we_can_redeem() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("secret"), "geheim\n").unwrap();
    let oauth2 = format!(
        "provider = \"google\", client_id = \"zhibao-test\", client_secret_file = \"secret\", auth_url = \"http://127.0.0.1:{0}/auth\", token_url = \"http://127.0.0.1:{0}/token\"",
        server.port
    );
    write_configuration(folder.path(), &lines(143, &oauth2));
    let mut child = login(folder.path()).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let page = loop {
        let mut line = String::new();
        assert!(said.read_line(&mut line).unwrap() > 0, "no page");
        if line.starts_with("http") {
            break line.trim().to_owned();
        }
    };
    let asked = form(page.split_once('?').unwrap().1);
    assert_eq!((asked["code_challenge_method"].as_str(), asked["response_type"].as_str()), ("S256", "code"));
    assert_eq!(asked["scope"], "https://mail.google.com/");
    server.with(|provider| provider.challenge = asked["code_challenge"].clone());
    let port: u16 = asked["redirect_uri"].rsplit_once(':').unwrap().1.parse().unwrap();
    let visit = |target: &str| {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        write!(stream, "GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    assert!(visit("/favicon.ico").starts_with("HTTP/1.1 404"));
    assert!(visit("/?code=C-1&state=forged").starts_with("HTTP/1.1 404"), "a code from elsewhere");
    assert!(visit(&format!("/?state={}&code=C-1", asked["state"])).contains("登录成功"));
    assert!(child.wait().unwrap().success());
    let file = folder.path().join("zhibao.submissions.token");
    assert!(fs::read_to_string(&file).unwrap().contains("T-1"));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_program_may_print_the_token() {
    let imap = Scripted::start(Quirks { token: Some("from-a-program".into()), ..Quirks::default() });
    imap.put(1, mail(1, 500));
    let mut office = Office::new(&lines(imap.port, "token_command = [\"echo\", \"from-a-program\"]"), quick());
    assert_eq!(office.read(), None);
    office.holds_exactly(&[mail(1, 500)]);
    let mut office = Office::new(&lines(imap.port, "token_command = [\"false\"]"), quick());
    let error = office.read().expect("no token");
    assert!(error.contains("the token command false failed"), "{error}");
}

#[test]
fn a_mailbox_without_tokens_needs_no_login() {
    let folder = tempfile::tempdir().unwrap();
    write_configuration(folder.path(), "host = \"localhost\"\nusername = \"north\"\ntrust = \"mailbox\"");
    let output = login(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("zhibao login is not needed"));
}
