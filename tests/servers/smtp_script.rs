//! An SMTP server that does as the test says: refuses, stalls, cuts or lies at any verb. Listens on loopback, a thread a connection.

#![allow(dead_code)] // each test uses a part of it

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Where the script may step in. `Dot` is the final dot of the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    Banner,
    Ehlo,
    StartTls,
    Auth,
    Mail,
    Rcpt,
    Data,
    Dot,
}

/// What happens there, in place of the usual.
#[derive(Clone, Debug)]
pub enum Act {
    /// This answer.
    Say(&'static str),
    /// The usual answer, so much later.
    After(Duration),
    /// No answer, until the other side goes.
    Stall,
    /// The connection ends.
    Cut,
    /// At `Dot`: the letter is taken, and no answer comes.
    TakeAndStall,
    /// At `Dot`: the letter is taken, and the connection ends without an answer.
    TakeAndCut,
    /// At `Data`: the connection ends after so many bytes of the content.
    CutAfterBytes(usize),
}

/// How the server protects its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    None,
    Implicit,
    /// After STARTTLS.
    Later,
}

/// A letter that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    pub from: String,
    pub to: String,
    /// Dots taken off, with the line end before the final one.
    pub bytes: Vec<u8>,
}

impl Taken {
    /// The kind of notice.
    pub fn kind(&self) -> String {
        let text = String::from_utf8_lossy(&self.bytes).into_owned();
        text.split("\r\nX-Zhibao-Notice: ").nth(1).and_then(|rest| rest.split("\r\n").next()).expect("a kind").to_owned()
    }
}

#[derive(Default)]
struct State {
    acts: BTreeMap<Verb, (Act, u32)>,
    taken: Vec<Taken>,
    connections: usize,
    farewells: usize,
    said: Vec<String>,
    down: bool,
}

/// The server.
#[derive(Clone)]
pub struct ScriptedRelay {
    pub port: u16,
    /// Its certificate, PEM; empty without TLS.
    pub certificate: String,
    state: Arc<Mutex<State>>,
}

struct Setup {
    tls: Tls,
    server: Option<Arc<ServerConfig>>,
    state: Arc<Mutex<State>>,
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ScriptedRelay {
    /// A relay that takes everything.
    pub fn new() -> ScriptedRelay {
        ScriptedRelay::with_tls(Tls::None, "localhost")
    }

    /// A relay with a certificate for `name`.
    pub fn with_tls(tls: Tls, name: &str) -> ScriptedRelay {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::<Mutex<State>>::default();
        let (certificate, server) = match tls {
            Tls::None => (String::new(), None),
            _ => {
                let (pem, config) = certified(name);
                (pem, Some(config))
            }
        };
        let setup = Arc::new(Setup { tls, server, state: state.clone() });
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let setup = setup.clone();
                std::thread::spawn(move || {
                    // How a connection ends is the other side's affair.
                    let _ = serve(&setup, stream);
                });
            }
        });
        ScriptedRelay { port, certificate, state }
    }

    /// From now on, this happens at `verb`.
    pub fn on(&self, verb: Verb, act: Act) {
        lock(&self.state).acts.insert(verb, (act, u32::MAX));
    }

    /// The next so many times, this happens at `verb`.
    pub fn times(&self, times: u32, verb: Verb, act: Act) {
        lock(&self.state).acts.insert(verb, (act, times));
    }

    /// Everything as usual again.
    pub fn as_usual(&self) {
        lock(&self.state).acts.clear();
    }

    /// Whether connections end before the greeting.
    pub fn down(&self, yes: bool) {
        lock(&self.state).down = yes;
    }

    /// Letters taken so far.
    pub fn taken(&self) -> Vec<Taken> {
        lock(&self.state).taken.clone()
    }

    /// How many they are.
    pub fn taken_count(&self) -> usize {
        lock(&self.state).taken.len()
    }

    /// Connections made so far.
    pub fn connections(&self) -> usize {
        lock(&self.state).connections
    }

    /// Connections that ended with QUIT.
    pub fn farewells(&self) -> usize {
        lock(&self.state).farewells
    }

    /// Every line that was said to it, without contents.
    pub fn said(&self) -> Vec<String> {
        lock(&self.state).said.clone()
    }
}

/// A certificate for `name` that nobody knows, in PEM, and a server that shows it.
pub fn certified(name: &str) -> (String, Arc<ServerConfig>) {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).expect("a certificate");
    let pem = made.cert.pem();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    let certificates = vec![CertificateDer::from(made.cert.der().to_vec())];
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    (pem, Arc::new(config.with_no_client_auth().with_single_cert(certificates, key).expect("a server")))
}

trait Line: Read + Write + Send {}
impl<T: Read + Write + Send> Line for T {}

struct Session<'a> {
    setup: &'a Setup,
    line: BufReader<Box<dyn Line>>,
}

enum Next {
    Go,
    End,
}

fn serve(setup: &Setup, stream: TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let down = {
        let mut state = lock(&setup.state);
        state.connections += 1;
        state.down
    };
    if down {
        return Ok(());
    }
    let second = stream.try_clone()?;
    let line: Box<dyn Line> = match (setup.tls, &setup.server) {
        (Tls::Implicit, Some(server)) => {
            Box::new(StreamOwned::new(ServerConnection::new(server.clone()).map_err(io::Error::other)?, stream))
        }
        _ => Box::new(stream),
    };
    let mut session = Session { setup, line: BufReader::new(line) };
    let Next::Go = session.answer(Verb::Banner, "220 scripted ESMTP")? else { return Ok(()) };
    let (mut from, mut to) = (String::new(), String::new());
    let mut tls = setup.tls == Tls::Implicit;
    loop {
        let Some(text) = session.read()? else { return Ok(()) };
        let verb = text.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let next = match verb.as_str() {
            "EHLO" => {
                let offer = if setup.tls == Tls::Later && !tls { "250-STARTTLS\r\n" } else { "" };
                session.answer(Verb::Ehlo, &format!("250-scripted\r\n{offer}250-AUTH PLAIN LOGIN XOAUTH2\r\n250 8BITMIME"))?
            }
            "STARTTLS" => {
                let next = session.answer(Verb::StartTls, "220 go on")?;
                if let (Next::Go, Some(server)) = (&next, &setup.server) {
                    let connection = ServerConnection::new(server.clone()).map_err(io::Error::other)?;
                    session.line = BufReader::new(Box::new(StreamOwned::new(connection, second.try_clone()?)));
                    tls = true;
                }
                next
            }
            "AUTH" => session.answer(Verb::Auth, "235 welcome")?,
            "MAIL" => {
                from = inside(&text);
                session.answer(Verb::Mail, "250 sender ok")?
            }
            "RCPT" => {
                to = inside(&text);
                session.answer(Verb::Rcpt, "250 recipient ok")?
            }
            "DATA" => session.data(&from, &to)?,
            "QUIT" => {
                lock(&setup.state).farewells += 1;
                session.write("221 bye")?;
                Next::End
            }
            _ => session.answer(Verb::Banner, "500 what?")?,
        };
        if let Next::End = next {
            return Ok(());
        }
    }
}

/// `a@b` of `MAIL FROM:<a@b> …`.
fn inside(text: &str) -> String {
    text.split(['<', '>']).nth(1).unwrap_or_default().to_owned()
}

impl Session<'_> {
    fn read(&mut self) -> io::Result<Option<String>> {
        let mut text = String::new();
        if self.line.read_line(&mut text)? == 0 {
            return Ok(None);
        }
        let text = text.trim_end().to_owned();
        lock(&self.setup.state).said.push(text.clone());
        Ok(Some(text))
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        let line = self.line.get_mut();
        line.write_all(format!("{text}\r\n").as_bytes())?;
        line.flush()
    }

    fn act(&self, verb: Verb) -> Option<Act> {
        let mut state = lock(&self.setup.state);
        let (act, left) = state.acts.get_mut(&verb)?;
        let act = act.clone();
        *left = left.saturating_sub(1);
        if *left == 0 {
            state.acts.remove(&verb);
        }
        Some(act)
    }

    fn stall(&mut self) -> io::Result<Next> {
        // Until the other side goes: whatever it still says is not heard.
        let mut rest = Vec::new();
        let _ = self.line.read_to_end(&mut rest);
        Ok(Next::End)
    }

    fn answer(&mut self, verb: Verb, usual: &str) -> io::Result<Next> {
        match self.act(verb) {
            None => self.write(usual)?,
            Some(Act::Say(text)) => self.write(text)?,
            Some(Act::After(pause)) => {
                std::thread::sleep(pause);
                self.write(usual)?;
            }
            Some(Act::Stall) => return self.stall(),
            Some(_) => return Ok(Next::End),
        }
        Ok(Next::Go)
    }

    fn data(&mut self, from: &str, to: &str) -> io::Result<Next> {
        match self.act(Verb::Data) {
            None => self.write("354 go on")?,
            Some(Act::Say(text)) => {
                self.write(text)?;
                return Ok(Next::Go);
            }
            Some(Act::CutAfterBytes(count)) => {
                self.write("354 go on")?;
                let mut some = vec![0; count];
                self.line.read_exact(&mut some)?;
                return Ok(Next::End);
            }
            Some(Act::Stall) => return self.stall(),
            Some(_) => return Ok(Next::End),
        }
        let mut bytes = Vec::new();
        loop {
            let mut line = Vec::new();
            if self.line.read_until(b'\n', &mut line)? == 0 {
                return Ok(Next::End);
            }
            if line == b".\r\n" {
                break;
            }
            bytes.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
        let taken = Taken { from: from.to_owned(), to: to.to_owned(), bytes };
        match self.act(Verb::Dot) {
            None => {
                lock(&self.setup.state).taken.push(taken);
                self.write("250 2.0.0 taken as 1A2B")?;
            }
            Some(Act::After(pause)) => {
                std::thread::sleep(pause);
                lock(&self.setup.state).taken.push(taken);
                self.write("250 2.0.0 taken as 1A2B")?;
            }
            Some(Act::Say(text)) => self.write(text)?,
            Some(Act::Stall) => return self.stall(),
            Some(Act::TakeAndStall) => {
                lock(&self.setup.state).taken.push(taken);
                return self.stall();
            }
            Some(Act::TakeAndCut) => {
                lock(&self.setup.state).taken.push(taken);
                return Ok(Next::End);
            }
            Some(_) => return Ok(Next::End),
        }
        Ok(Next::Go)
    }
}
