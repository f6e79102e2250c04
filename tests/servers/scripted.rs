//! An IMAP server of our own, for what Dovecot will not do: it lies, stumbles, cuts and stalls as it is told.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// How it misbehaves.
#[derive(Clone, Debug, Default)]
pub struct Quirks {
    /// `Unsafe Login` on SELECT for whoever has not said who he is.
    pub demands_id: bool,
    /// UIDs whose bytes never come: `FETCH (UID n )`.
    pub withheld: Vec<u32>,
    /// Parts after the first are answered so: `NO`, `BAD`, `NIL`, or a FETCH without bytes.
    pub later_parts: Option<&'static str>,
    /// Does not know partial fetching: sends all of a message whenever a part is asked for.
    pub whole: bool,
    /// The size that is claimed, for each real one.
    pub claims: BTreeMap<u32, u32>,
    /// UIDs at which the connection is cut in the middle of the bytes, so many times.
    pub cut_in: BTreeMap<u32, u32>,
    /// So many times, the connection ends where a FETCH should answer.
    pub empty_fetch: u32,
    /// IDLE is accepted, and nothing is ever said again.
    pub dead_idle: bool,
    /// Comes as the client begins to wait: told before the `+`, and not again.
    pub comes_at_idle: Option<(u32, Vec<u8>)>,
    /// Bytes of messages come in twenty pieces, with this in between.
    pub drip: Option<Duration>,
    /// What is told as UIDNEXT, whatever it is.
    pub uid_next: Option<u32>,
    /// UIDs that `UID SEARCH n:*` does not show.
    pub skipped: Vec<u32>,
    /// Announces a literal of this size for every message.
    pub literal: Option<u64>,
    /// Logins are refused with these words.
    pub refuses: Option<&'static str>,
    /// No MOVE, no UIDPLUS.
    pub cannot_move: bool,
    /// MOVE is answered so.
    pub move_answer: Option<&'static str>,
    /// INTERNALDATE is kept back.
    pub no_date: bool,
    /// INTERNALDATE is `NIL`, as no standard has it.
    pub nil_date: bool,
    /// Takes a token instead of a password: this one.
    pub token: Option<String>,
}

/// What the server holds and has seen.
#[derive(Debug, Default)]
pub struct State {
    pub quirks: Quirks,
    /// None is said where it is 0.
    pub validity: u32,
    /// By UID.
    pub mails: BTreeMap<u32, Vec<u8>>,
    pub moved: BTreeMap<u32, String>,
    pub folders: Vec<String>,
    /// Every command line.
    pub heard: Vec<String>,
    pub logins: u32,
    pub connections: u32,
}

/// A running server.
pub struct Scripted {
    pub port: u16,
    pub state: Arc<Mutex<State>>,
}

impl Scripted {
    pub fn start(quirks: Quirks) -> Scripted {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::new(Mutex::new(State { quirks, validity: 7, ..State::default() }));
        let shared = state.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = shared.clone();
                thread::spawn(move || {
                    state.lock().expect("unbroken").connections += 1;
                    let _ = Talk { stream: stream.try_clone().expect("a handle"), state, named: false }.serve(stream);
                });
            }
        });
        Scripted { port, state }
    }

    pub fn put(&self, uid: u32, raw: Vec<u8>) {
        self.with(|state| state.mails.insert(uid, raw));
    }

    pub fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().expect("unbroken"))
    }
}

/// The literal that a line announces at its end.
fn announced(line: &str) -> Option<usize> {
    line.strip_suffix('}')?.rsplit_once('{')?.1.parse().ok()
}

struct Talk {
    stream: TcpStream,
    state: Arc<Mutex<State>>,
    named: bool,
}

impl Talk {
    fn say(&mut self, text: &str) -> std::io::Result<()> {
        self.stream.write_all(format!("{text}\r\n").as_bytes())
    }

    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().expect("unbroken"))
    }

    fn serve(mut self, stream: TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let mut lines = BufReader::new(stream);
        self.say("* OK ready")?;
        loop {
            let mut line = String::new();
            if lines.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let mut line = line.trim_end().to_owned();
            while let Some(length) = announced(&line) {
                self.say("+ go on")?;
                let mut literal = vec![0; length];
                lines.read_exact(&mut literal)?;
                let mut rest = String::new();
                lines.read_line(&mut rest)?;
                line = format!("{line} {} {}", String::from_utf8_lossy(&literal), rest.trim_end());
            }
            self.with(|state| state.heard.push(line.clone()));
            let (tag, command) = line.split_once(' ').unwrap_or((&line, ""));
            let tag = tag.to_owned();
            let upper = command.to_ascii_uppercase();
            let ended = match upper.split(' ').next().unwrap_or("") {
                "LOGOUT" => {
                    self.say("* BYE")?;
                    self.say(&format!("{tag} OK bye"))?;
                    true
                }
                "IDLE" => {
                    self.idle(&tag, &mut lines)?;
                    false
                }
                "AUTHENTICATE" => {
                    self.authenticate(&tag, &mut lines)?;
                    false
                }
                _ => self.obey(&tag, command, &upper)?,
            };
            if ended {
                return self.stream.shutdown(Shutdown::Both);
            }
        }
    }

    /// `true`: the connection ends.
    fn obey(&mut self, tag: &str, command: &str, upper: &str) -> std::io::Result<bool> {
        let quirks = self.with(|state| state.quirks.clone());
        let word = upper.split(' ').next().unwrap_or("");
        match word {
            "CAPABILITY" => {
                let moves = if quirks.cannot_move { "" } else { " MOVE UIDPLUS" };
                self.say(&format!("* CAPABILITY IMAP4rev1 SASL-IR ID IDLE AUTH=XOAUTH2{moves}"))?;
            }
            "ID" => {
                self.named = true;
                self.say("* ID NIL")?;
            }
            "LOGIN" => {
                self.with(|state| state.logins += 1);
                if let Some(words) = quirks.refuses {
                    self.say(&format!("{tag} NO {words}"))?;
                    return Ok(false);
                }
                // ID counts only once somebody is logged in.
                self.named = false;
            }
            "SELECT" if quirks.demands_id && !self.named => {
                self.say(&format!("{tag} NO SELECT Unsafe Login. Please contact kefu@188.com for help"))?;
                return Ok(false);
            }
            "SELECT" => {
                let (count, validity, next) = self.with(|state| {
                    let next = state.mails.keys().next_back().map_or(1, |uid| uid + 1);
                    (state.mails.len(), state.validity, state.quirks.uid_next.unwrap_or(next))
                });
                self.say(&format!("* {count} EXISTS"))?;
                if validity > 0 {
                    self.say(&format!("* OK [UIDVALIDITY {validity}] valid"))?;
                }
                self.say(&format!("* OK [UIDNEXT {next}] next"))?;
            }
            "NOOP" => {
                let count = self.with(|state| state.mails.len());
                self.say(&format!("* {count} EXISTS"))?;
            }
            "CREATE" => self.with(|state| state.folders.push(command[7..].to_owned())),
            "UID" => return self.by_uid(tag, command, upper, &quirks),
            _ => {
                self.say(&format!("{tag} BAD what"))?;
                return Ok(false);
            }
        }
        self.say(&format!("{tag} OK done"))?;
        Ok(false)
    }

    fn by_uid(&mut self, tag: &str, command: &str, upper: &str, quirks: &Quirks) -> std::io::Result<bool> {
        let words: Vec<&str> = command.split(' ').collect();
        match words[1].to_ascii_uppercase().as_str() {
            "SEARCH" => {
                let above = upper.strip_prefix("UID SEARCH UID ").and_then(|set| set.strip_suffix(":*")).map(|n| n.parse::<u32>().unwrap());
                let found: Vec<String> = self.with(|state| {
                    let highest = state.mails.keys().next_back().copied();
                    let all = state.mails.keys().copied();
                    // `n:*` always shows the highest, as the standard has it.
                    let shown = all.filter(|uid| match above {
                        Some(above) => (*uid >= above || Some(*uid) == highest) && !quirks.skipped.contains(uid),
                        None => true,
                    });
                    shown.map(|uid| uid.to_string()).collect()
                });
                self.say(&format!("* SEARCH {}", found.join(" ")))?;
            }
            "FETCH" => {
                if upper.contains("BODY.PEEK[]") {
                    return self.bodies(tag, words[2], upper, quirks);
                }
                for (uid, raw) in self.chosen(words[2]) {
                    let size = quirks.claims.get(&uid).copied().unwrap_or(raw.len() as u32);
                    let date = match (quirks.no_date, quirks.nil_date) {
                        (true, _) => "",
                        (_, true) => " INTERNALDATE NIL",
                        _ => " INTERNALDATE \"03-Mar-2003 08:00:00 +0800\"",
                    };
                    match quirks.withheld.contains(&uid) {
                        true => self.say(&format!("* 1 FETCH (UID {uid} )"))?,
                        false => self.say(&format!("* 1 FETCH (UID {uid} RFC822.SIZE {size}{date})"))?,
                    }
                }
            }
            "MOVE" => {
                if let Some(answer) = quirks.move_answer {
                    self.say(&format!("{tag} {answer}"))?;
                    return Ok(false);
                }
                let folder = words[3..].join(" ");
                if !self.with(|state| state.folders.contains(&folder)) {
                    self.say(&format!("{tag} NO [TRYCREATE] no such folder"))?;
                    return Ok(false);
                }
                for (uid, _) in self.chosen(words[2]) {
                    self.with(|state| {
                        state.mails.remove(&uid);
                        state.moved.insert(uid, folder.clone());
                    });
                    self.say("* 1 EXPUNGE")?;
                }
            }
            _ => {
                self.say(&format!("{tag} BAD what"))?;
                return Ok(false);
            }
        }
        self.say(&format!("{tag} OK done"))?;
        Ok(false)
    }

    fn bodies(&mut self, tag: &str, set: &str, upper: &str, quirks: &Quirks) -> std::io::Result<bool> {
        if quirks.empty_fetch > 0 {
            self.with(|state| state.quirks.empty_fetch -= 1);
            return Ok(true);
        }
        let partial = upper.split_once("BODY.PEEK[]<").filter(|_| !quirks.whole);
        let part = partial.and_then(|(_, rest)| rest.split_once('>')).map(|(part, _)| {
            let (from, length) = part.split_once('.').expect("a part");
            (from.parse::<usize>().unwrap(), length.parse::<usize>().unwrap())
        });
        for (uid, raw) in self.chosen(set) {
            if quirks.withheld.contains(&uid) {
                self.say(&format!("* 1 FETCH (UID {uid} )"))?;
                continue;
            }
            let (from, bytes) = match part {
                Some((from, length)) => (format!("<{from}>"), raw.get(from.min(raw.len())..(from + length).min(raw.len())).unwrap()),
                None => (String::new(), &raw[..]),
            };
            if let Some(answer) = quirks.later_parts.filter(|_| part.is_some_and(|(from, _)| from > 0)) {
                match answer {
                    "NIL" => self.say(&format!("* 1 FETCH (UID {uid} BODY[]{from} NIL)"))?,
                    "" => self.say(&format!("* 1 FETCH (UID {uid} )"))?,
                    word => {
                        self.say(&format!("{tag} {word} not now"))?;
                        return Ok(false);
                    }
                }
                continue;
            }
            let announced = quirks.literal.filter(|_| part.is_none()).unwrap_or(bytes.len() as u64);
            let head = format!("* 1 FETCH (UID {uid} BODY[]{from} {{{announced}}}\r\n");
            self.stream.write_all(head.as_bytes())?;
            let left = quirks.cut_in.get(&uid).copied().unwrap_or(0);
            if left > 0 {
                self.with(|state| state.quirks.cut_in.insert(uid, left - 1));
                self.stream.write_all(&bytes[..bytes.len() / 2])?;
                return Ok(true);
            }
            for piece in bytes.chunks(bytes.len().div_ceil(20).max(1)) {
                if let Some(pause) = quirks.drip {
                    thread::sleep(pause);
                }
                self.stream.write_all(piece)?;
            }
            self.say(")")?;
        }
        self.say(&format!("{tag} OK done"))?;
        Ok(false)
    }

    fn chosen(&self, set: &str) -> Vec<(u32, Vec<u8>)> {
        let ranges: Vec<(u32, u32)> = set
            .split(',')
            .map(|part| {
                let (first, last) = part.split_once(':').unwrap_or((part, part));
                (first.parse().unwrap(), last.parse().unwrap())
            })
            .collect();
        let inside = |uid: u32| ranges.iter().any(|(first, last)| (*first..=*last).contains(&uid));
        self.with(|state| state.mails.iter().filter(|(uid, _)| inside(**uid)).map(|(uid, raw)| (*uid, raw.clone())).collect())
    }

    fn idle(&mut self, tag: &str, lines: &mut BufReader<TcpStream>) -> std::io::Result<()> {
        if let Some((uid, raw)) = self.with(|state| state.quirks.comes_at_idle.take()) {
            let count = self.with(|state| {
                state.mails.insert(uid, raw);
                state.mails.len()
            });
            self.say(&format!("* {count} EXISTS"))?;
        }
        self.say("+ idling")?;
        let before = self.with(|state| state.mails.len());
        let dead = self.with(|state| state.quirks.dead_idle);
        lines.get_ref().set_read_timeout(Some(Duration::from_millis(10)))?;
        let mut told = before;
        loop {
            let mut line = String::new();
            match lines.read_line(&mut line) {
                Ok(0) => return Err(std::io::ErrorKind::UnexpectedEof.into()),
                // DONE hangs for ever on such a server.
                Ok(_) if dead => continue,
                Ok(_) => break,
                Err(_) => {}
            }
            let count = self.with(|state| state.mails.len());
            if count != told && !dead {
                told = count;
                self.say(&format!("* {count} EXISTS"))?;
            }
        }
        lines.get_ref().set_read_timeout(None)?;
        self.say(&format!("{tag} OK idled"))
    }

    fn authenticate(&mut self, tag: &str, lines: &mut BufReader<TcpStream>) -> std::io::Result<()> {
        self.with(|state| state.logins += 1);
        self.say("+ ")?;
        let mut line = String::new();
        lines.read_line(&mut line)?;
        let shown = data_encoding::BASE64.decode(line.trim_end().as_bytes()).unwrap_or_default();
        let shown = String::from_utf8_lossy(&shown).into_owned();
        let right = self.with(|state| state.quirks.token.clone()).is_some_and(|token| shown.contains(&format!("auth=Bearer {token}\x01")));
        if right {
            return self.say(&format!("{tag} OK welcome"));
        }
        self.say(&format!("+ {}", data_encoding::BASE64.encode(b"{\"status\":\"400\"}")))?;
        line.clear();
        lines.read_line(&mut line)?;
        self.say(&format!("{tag} NO AUTHENTICATE failed."))
    }
}
