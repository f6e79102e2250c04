//! An HTTP server that answers as the test says, and keeps what was posted.

#![allow(dead_code)] // each test uses a part of it

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Status line and body, or silence.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    Say(&'static str, &'static str),
    Stall,
    Cut,
}

#[derive(Default)]
struct State {
    answers: Vec<Answer>,
    posted: Vec<(String, String)>,
}

/// The server.
#[derive(Clone)]
pub struct ScriptedRobot {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

impl ScriptedRobot {
    /// A robot that takes everything.
    pub fn new() -> ScriptedRobot {
        ScriptedRobot::over(None)
    }

    /// One that speaks TLS.
    pub fn with_tls(server: Arc<ServerConfig>) -> ScriptedRobot {
        ScriptedRobot::over(Some(server))
    }

    fn over(server: Option<Arc<ServerConfig>>) -> ScriptedRobot {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::<Mutex<State>>::default();
        let shared = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (shared, server) = (shared.clone(), server.clone());
                std::thread::spawn(move || match server {
                    None => serve(stream, &shared),
                    Some(server) => {
                        let connection = ServerConnection::new(server).expect("a connection");
                        serve(StreamOwned::new(connection, stream), &shared);
                    }
                });
            }
        });
        ScriptedRobot { port, state }
    }

    /// The coming answers, one after the other; later ones are as usual.
    pub fn answers(&self, answers: impl IntoIterator<Item = Answer>) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).answers.extend(answers);
    }

    /// Path and body of each post.
    pub fn posted(&self) -> Vec<(String, serde_json::Value)> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.posted.iter().map(|(path, body)| (path.clone(), serde_json::from_str(body).expect("JSON"))).collect()
    }
}

fn serve(stream: impl Read + Write, shared: &Mutex<State>) {
    let mut reader = BufReader::new(stream);
    while let Some((path, body)) = request(&mut reader) {
        let answer = {
            let mut state = shared.lock().unwrap_or_else(PoisonError::into_inner);
            state.posted.push((path, body));
            if state.answers.is_empty() { Answer::Say("200 OK", "{\"errcode\":0,\"errmsg\":\"ok\"}") } else { state.answers.remove(0) }
        };
        match answer {
            Answer::Say(status, body) => {
                let text = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
                let _ = reader.get_mut().write_all(text.as_bytes());
            }
            Answer::Stall => std::thread::sleep(Duration::from_secs(30)),
            Answer::Cut => return,
        }
    }
}

fn request(reader: &mut impl BufRead) -> Option<(String, String)> {
    let (mut path, mut length) = (None, 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_ascii_lowercase();
        if path.is_none() {
            path = Some(line.split(' ').nth(1)?.to_owned());
        } else if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        } else if line.is_empty() {
            let mut body = vec![0; length];
            reader.read_exact(&mut body).ok()?;
            return Some((path?, String::from_utf8(body).ok()?));
        }
    }
}
