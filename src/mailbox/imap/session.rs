//! A talk with the server: greeting, ID, login, folder; and commands one at a time.

use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::Pace;
use super::desk::Signs;
use super::fault::Fault;
use super::line::Line;
use super::said::{Said, Status, capabilities};
use super::wire::Wire;
use super::{tls, words};
use crate::domain::account::ImapAccount;
use crate::domain::relay::Security;

/// What we show to log in.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Shown {
    /// A password.
    Password(String),
    /// An access token.
    Token(String),
}

/// Who we are, on every connection: NetEase answers `Unsafe Login` to whoever does not say.
const ID: &str = concat!("ID (\"name\" \"zhibao\" \"version\" \"", env!("CARGO_PKG_VERSION"), "\" \"vendor\" \"zhibao\")");

/// A talk, logged in, with a folder open.
pub(super) struct Session {
    pub wire: Wire,
    capabilities: Vec<String>,
    /// Of the folder; a new value means that every UID is new.
    pub validity: u32,
    /// Messages in the folder.
    pub exists: u32,
    /// Of these, so many were there when the folder was last listed.
    pub counted: u32,
    /// What the server said first.
    pub greeting: String,
    /// What protects the connection, as people call it; `None` where nothing does.
    pub protection: Option<&'static str>,
    /// What the server said in farewell.
    farewell: Option<String>,
    /// It may be silent for so long.
    stall: Duration,
}

impl Session {
    /// Connects, logs in and opens the folder. `signs` is told of all that comes.
    pub async fn open(account: &ImapAccount, shown: &Shown, pace: &Pace, signs: &Signs) -> Result<Session, Fault> {
        let (connecting, stall) = (pace.connect, pace.stall);
        let stream = within(connecting, connect(account)).await?;
        signs.note();
        let line = match account.tls {
            Security::Implicit => within(connecting, tls::protect(stream, account)).await?,
            Security::StartTls | Security::Plain => Line::Plain(stream),
        };
        let mut session = Session::over(line, stall, signs.clone());
        let preauth = within(connecting, session.greeting()).await?;
        if account.tls == Security::StartTls {
            session = session.start_tls(account, connecting, stall, signs).await?;
        }
        if session.capabilities.is_empty() {
            session.ask_capabilities().await?;
        }
        let names_itself = session.can("ID");
        if names_itself {
            session.name_ourselves().await?;
        }
        if !preauth {
            session.log_in(account, shown).await?;
            session.ask_capabilities().await?;
        }
        if names_itself || session.can("ID") {
            session.name_ourselves().await?;
        }
        session.select(&account.folder).await?;
        Ok(session)
    }

    fn over(line: Line, stall: Duration, signs: Signs) -> Session {
        let protection = line.protection();
        let wire = Wire::new(line, stall, signs);
        let (greeting, capabilities) = (String::new(), Vec::new());
        Session { wire, capabilities, validity: 0, exists: 0, counted: 0, greeting, protection, farewell: None, stall }
    }

    /// Whether the server offers something.
    pub fn can(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|offered| offered == capability)
    }

    /// `true`: we are logged in already.
    async fn greeting(&mut self) -> Result<bool, Fault> {
        match self.wire.next().await? {
            Said::Status(status) if status.tag.is_none() && (status.word == "OK" || status.word == "PREAUTH") => {
                self.note_capabilities(&status);
                self.greeting.clone_from(&status.text);
                Ok(status.word == "PREAUTH")
            }
            Said::Status(status) if status.word == "BYE" => Err(Fault::Bye(status.text)),
            _ => Err(Fault::Garbled { what: "no greeting of a mail server".to_owned() }),
        }
    }

    async fn start_tls(mut self, account: &ImapAccount, connecting: Duration, stall: Duration, signs: &Signs) -> Result<Session, Fault> {
        let started = self.run("STARTTLS", &mut |_| {}).await;
        started.map_err(|fault| Fault::Tls {
            why: format!("{} offers no STARTTLS ({fault})", account.host),
            mend: "Port 993 goes with tls = \"implicit\"; nothing is sent in the clear".to_owned(),
        })?;
        let Line::Plain(stream) = self.wire.into_line() else { return Err(Fault::GivenUp) };
        let line = within(connecting, tls::protect(stream, account)).await?;
        // What was offered in the clear may have been offered by somebody else.
        Ok(Session { greeting: self.greeting, ..Session::over(line, stall, signs.clone()) })
    }

    async fn ask_capabilities(&mut self) -> Result<(), Fault> {
        let mut found = Vec::new();
        let mut note = |said: Said| {
            if let Said::Capabilities(list) = said {
                found = list;
            }
        };
        self.run("CAPABILITY", &mut note).await?;
        self.capabilities = found;
        Ok(())
    }

    fn note_capabilities(&mut self, status: &Status) {
        if let Some(list) = status.code.strip_prefix("CAPABILITY ") {
            self.capabilities = capabilities(list);
        }
    }

    /// A server that refuses to hear who we are does not thereby refuse us.
    async fn name_ourselves(&mut self) -> Result<(), Fault> {
        match self.run(ID, &mut |_| {}).await {
            Err(fault) if fault.spares_the_connection() => Ok(()),
            done => done.map(|_| ()),
        }
    }

    async fn log_in(&mut self, account: &ImapAccount, shown: &Shown) -> Result<(), Fault> {
        let outcome = match shown {
            Shown::Password(_) if self.can("LOGINDISABLED") => {
                return Err(Fault::NoProof {
                    why: "the server takes no password on this connection".to_owned(),
                    mend: "Write tls = \"implicit\" or \"starttls\"; if that is so already, the provider wants oauth2".to_owned(),
                });
            }
            Shown::Password(password) => self.log_in_with(&account.username, password).await,
            Shown::Token(token) => self.authenticate(&account.username, token).await,
        };
        outcome.map_err(|fault| match fault {
            // These say that it may go better later.
            Fault::No { ref code, .. } if ["UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG"].contains(&code.as_str()) => fault,
            // A sentence of ours goes on behind it.
            Fault::No { said, .. } => Fault::Refused(said.trim_end_matches('.').to_owned()),
            fault => fault,
        })
    }

    async fn log_in_with(&mut self, username: &str, password: &str) -> Result<(), Fault> {
        if words::is_plain(username) && words::is_plain(password) {
            let command = format!("LOGIN {} {}", words::quoted(username), words::quoted(password));
            return self.run_unlogged(&command, "LOGIN").await;
        }
        let tag = self.wire.send(&format!("LOGIN {{{}}}", username.len())).await?;
        self.go_on(&tag).await?;
        self.wire.send_raw(format!("{username} {{{}}}\r\n", password.len()).as_bytes()).await?;
        self.go_on(&tag).await?;
        self.wire.send_raw(format!("{password}\r\n").as_bytes()).await?;
        self.finish(&tag, "LOGIN", &mut |_| {}).await.map(|_| ())
    }

    /// XOAUTH2, the response after the server's `+`: not every server takes it in one line.
    async fn authenticate(&mut self, username: &str, token: &str) -> Result<(), Fault> {
        let tag = self.wire.send("AUTHENTICATE XOAUTH2").await?;
        self.go_on(&tag).await?;
        let response = words::base64(format!("user={username}\x01auth=Bearer {token}\x01\x01").as_bytes());
        self.wire.send_raw(format!("{response}\r\n").as_bytes()).await?;
        let mut why = String::new();
        loop {
            match self.wire.next().await? {
                // The reason, as JSON; an empty line has the server say NO.
                Said::Continue(challenge) => {
                    why = words::from_base64(&challenge);
                    self.wire.send_raw(b"\r\n").await?;
                }
                Said::Status(status) if status.tag.as_deref() == Some(&tag) => {
                    self.note_capabilities(&status);
                    return judge(status, "AUTHENTICATE").map(|_| ()).map_err(|fault| match fault {
                        Fault::No { command, code, said } => Fault::No { command, code, said: format!("{said} {why}").trim().to_owned() },
                        fault => fault,
                    });
                }
                said => self.note(said),
            }
        }
    }

    /// Waits for the server's `+`.
    async fn go_on(&mut self, tag: &str) -> Result<(), Fault> {
        loop {
            match self.wire.next().await? {
                Said::Continue(_) => return Ok(()),
                Said::Status(status) if status.tag.as_deref() == Some(tag) => {
                    let word = status.word.clone();
                    judge(status, "AUTHENTICATE")?;
                    return Err(Fault::Garbled { what: format!("{word} where it should have waited") });
                }
                said => self.note(said),
            }
        }
    }

    async fn select(&mut self, folder: &str) -> Result<(), Fault> {
        let mut validity = None;
        let mut note = |said: Said| {
            if let Said::Status(status) = &said
                && let Some(number) = status.number("UIDVALIDITY ")
            {
                validity = Some(number);
            }
        };
        let opened = self.run(&format!("SELECT {}", words::folder(folder)), &mut note).await;
        opened.map_err(|fault| match fault {
            Fault::No { said, .. } => Fault::Folder { folder: folder.to_owned(), said },
            fault => fault,
        })?;
        // Without one, UIDs hold for this talk only, and what is on record names messages by them. Zero is none.
        let validity = validity.filter(|number| *number > 0);
        self.validity = validity.ok_or_else(|| Fault::NoValidity { folder: folder.to_owned() })?;
        Ok(())
    }

    /// Runs a command to its end; hands over what the server says meanwhile.
    pub async fn run(&mut self, command: &str, hear: &mut (dyn FnMut(Said) + Send)) -> Result<Status, Fault> {
        let tag = self.wire.send(command).await?;
        self.finish(&tag, command, hear).await
    }

    /// As `run`, and no error shows more than the command's name.
    async fn run_unlogged(&mut self, command: &str, name: &str) -> Result<(), Fault> {
        let tag = self.wire.send(command).await?;
        self.finish(&tag, name, &mut |_| {}).await.map(|_| ())
    }

    /// Reads to the end of the command with this tag.
    pub async fn finish(&mut self, tag: &str, command: &str, hear: &mut (dyn FnMut(Said) + Send)) -> Result<Status, Fault> {
        loop {
            match self.next().await? {
                Said::Status(status) if status.tag.as_deref() == Some(tag) => {
                    self.note_capabilities(&status);
                    return judge(status, command);
                }
                said => hear(said),
            }
        }
    }

    /// The next response. An end after a farewell is told as such.
    pub async fn next(&mut self) -> Result<Said, Fault> {
        self.next_within(self.stall).await
    }

    /// As `next`, where the server may be silent for `silence`.
    pub async fn next_within(&mut self, silence: Duration) -> Result<Said, Fault> {
        let said = self.wire.next_within(silence).await.map_err(|fault| match (fault, self.farewell.take()) {
            (Fault::Closed | Fault::Lost(_), Some(farewell)) => Fault::Bye(farewell),
            (fault, _) => fault,
        })?;
        if let Said::Exists(_) | Said::Expunged | Said::Status(_) = &said {
            self.note(said.clone());
        }
        Ok(said)
    }

    fn note(&mut self, said: Said) {
        match said {
            Said::Exists(number) => self.exists = number,
            Said::Expunged => {
                self.exists = self.exists.saturating_sub(1);
                self.counted = self.counted.saturating_sub(1);
            }
            Said::Status(status) if status.tag.is_none() && status.word == "BYE" => self.farewell = Some(status.text),
            _ => {}
        }
    }

    /// Says goodbye, if the server is quick to hear it.
    pub async fn leave(mut self) {
        let _ = timeout(Duration::from_millis(300), self.run("LOGOUT", &mut |_| {})).await;
    }
}

async fn within<T>(limit: Duration, part: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    timeout(limit, part).await.unwrap_or(Err(Fault::Stalled))
}

/// Tries every address of the host. Without TLS, those of this machine alone.
async fn connect(account: &ImapAccount) -> Result<TcpStream, Fault> {
    let addresses = lookup_host((account.host.as_str(), account.port)).await.map_err(Fault::Unreachable)?;
    let mut failed = Fault::NotLoopback;
    for address in addresses.filter(|address| account.tls != Security::Plain || address.ip().is_loopback()) {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // Commands are short and waited for.
                stream.set_nodelay(true).map_err(Fault::lost)?;
                return Ok(stream);
            }
            Err(error) => failed = Fault::Unreachable(error),
        }
    }
    Err(failed)
}

fn judge(status: Status, command: &str) -> Result<Status, Fault> {
    let name = || command.split_ascii_whitespace().take(2).collect::<Vec<_>>().join(" ");
    match status.word.as_str() {
        "OK" => Ok(status),
        "NO" if status.code.starts_with("OVERQUOTA") => Err(Fault::Full(status.text)),
        "NO" => Err(Fault::No { command: name(), code: status.code, said: status.text }),
        _ => Err(Fault::No { command: name(), code: "BAD".to_owned(), said: status.text }),
    }
}
