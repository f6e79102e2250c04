//! RFC 8252 with RFC 7636: a person agrees in the browser of this machine, which then comes back to a port that we listen on.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use chrono::{DateTime, Utc};
use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::kept::Tokens;
use super::{OAuthError, provider};
use crate::domain::account::OAuthClient;
use crate::domain::web::escaped;

/// How long the person may take.
const PATIENCE: Duration = Duration::from_secs(600);
const LOOK: Duration = Duration::from_millis(50);
/// A browser says what it wants within this, in so many bytes.
const READ: Duration = Duration::from_secs(5);
const REQUEST_BYTES: u64 = 16 << 10;

const AGREED: &str = "zhibao：登录成功，可以关闭此页。 Logged in; you may close this page.";
const REFUSED: &str = "zhibao：没有登录，请看命令行的说明。 Not logged in; the command line says why.";

/// A page that waits to be opened.
#[derive(Debug)]
pub struct Redirect {
    /// What to open in the browser of this machine.
    pub page: String,
    listener: TcpListener,
    redirect_uri: String,
    state: String,
    verifier: String,
}

impl Redirect {
    /// Listens on a free port of this machine.
    pub fn begin(client: &OAuthClient, auth_url: &str) -> Result<Redirect, OAuthError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(OAuthError::NoPort)?;
        listener.set_nonblocking(true).map_err(OAuthError::NoPort)?;
        let redirect_uri = format!("http://127.0.0.1:{}", listener.local_addr().map_err(OAuthError::NoPort)?.port());
        let (state, verifier) = (random()?, random()?);
        let challenge = BASE64URL_NOPAD.encode(&Sha256::digest(&verifier));
        let fields = [
            ("response_type", "code"),
            ("client_id", &client.id),
            ("redirect_uri", &redirect_uri),
            ("scope", &client.scope),
            ("state", &state),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            // Without these Google gives no refresh token.
            ("access_type", "offline"),
            ("prompt", "consent"),
        ];
        let query: Vec<String> = fields.iter().map(|(key, value)| format!("{key}={}", escaped(value))).collect();
        let joint = if auth_url.contains('?') { '&' } else { '?' };
        Ok(Redirect { page: format!("{auth_url}{joint}{}", query.join("&")), listener, redirect_uri, state, verifier })
    }

    /// Waits until the browser comes back, and asks for tokens with what it brings.
    pub fn wait(self, client: &OAuthClient, now: &dyn Fn() -> DateTime<Utc>) -> Result<Tokens, OAuthError> {
        let mut waited = Duration::ZERO;
        while waited < PATIENCE {
            match self.listener.accept() {
                Ok((browser, _)) => {
                    if let Some(brought) = self.listen(browser) {
                        return self.redeem(client, &brought?, now);
                    }
                }
                Err(_) => {
                    thread::sleep(LOOK);
                    waited += LOOK;
                }
            }
        }
        Err(OAuthError::NoConsent("nobody agreed within ten minutes".to_owned()))
    }

    /// `None`: it was about something else, such as an icon of the page, or it came from elsewhere.
    fn listen(&self, mut browser: TcpStream) -> Option<Result<String, OAuthError>> {
        let brought = request(&mut browser).ok().and_then(|target| self.brought(&target));
        let (status, text) = match &brought {
            None => ("404 Not Found", REFUSED),
            Some(Err(_)) => ("200 OK", REFUSED),
            Some(Ok(_)) => ("200 OK", AGREED),
        };
        let length = text.len();
        // A browser that has gone does not want to read it.
        let _ = browser.write_all(
            format!("HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{text}")
                .as_bytes(),
        );
        brought
    }

    fn brought(&self, target: &str) -> Option<Result<String, OAuthError>> {
        let query = target.split_once('?')?.1;
        let field = |name: &str| {
            let value = query.split('&').filter_map(|field| field.split_once('=')).find(|(key, _)| *key == name);
            value.map(|(_, value)| unescaped(value))
        };
        let state = field("state")?;
        if !bool::from(state.as_bytes().ct_eq(self.state.as_bytes())) {
            return None;
        }
        if let Some(code) = field("error") {
            return Some(Err(OAuthError::Refused { code, why: field("error_description").unwrap_or_default() }));
        }
        field("code").map(Ok)
    }

    fn redeem(&self, client: &OAuthClient, code: &str, now: &dyn Fn() -> DateTime<Utc>) -> Result<Tokens, OAuthError> {
        let mut form = provider::of(client)?;
        form.push(("grant_type", "authorization_code".to_owned()));
        form.push(("code", code.to_owned()));
        form.push(("redirect_uri", self.redirect_uri.clone()));
        form.push(("code_verifier", self.verifier.clone()));
        let answer = provider::ask(client, &client.token_url, &form)?;
        Tokens::granted(&answer, None, now(), &client.token_url)
    }
}

/// The target of the first line of a request.
fn request(browser: &mut TcpStream) -> io::Result<String> {
    browser.set_nonblocking(false)?;
    browser.set_read_timeout(Some(READ))?;
    browser.set_write_timeout(Some(READ))?;
    let mut head = Vec::new();
    let mut byte = [0];
    let mut limited = browser.take(REQUEST_BYTES);
    // To the end of the head: a browser that is answered before it has spoken shows an error.
    while !head.ends_with(b"\r\n\r\n") && limited.read(&mut byte)? == 1 {
        head.extend(byte);
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let mut words = text.lines().next().unwrap_or_default().split(' ');
    match (words.next(), words.next()) {
        (Some("GET"), Some(target)) => Ok(target.to_owned()),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

fn random() -> Result<String, OAuthError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| OAuthError::NoRandomness)?;
    Ok(BASE64URL_NOPAD.encode(&bytes))
}

fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.bytes().next() {
        let code = rest.get(1..3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (first, code) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = rest.get(3..).unwrap_or_default();
            }
            _ => {
                let mut characters = rest.chars();
                let c = characters.next().map_or(' ', |c| if c == '+' { ' ' } else { c });
                bytes.extend(c.encode_utf8(&mut [0; 4]).bytes());
                rest = characters.as_str();
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_escaped_comes_back() {
        for text in ["https://mail.example/ 收件 +&=", "100%", "%4", "a+b"] {
            assert_eq!(unescaped(&escaped(text)), text);
        }
        assert_eq!(unescaped("a+b%20c%"), "a b c%");
    }
}
