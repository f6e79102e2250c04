//! The head of a request, and what may be asked for.

use crate::domain::web;

/// The longest head that is read, in bytes.
pub(super) const LONGEST: usize = 8 << 10;

/// Header lines in a head.
const MOST_HEADERS: usize = 64;

/// A request that can be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    /// Without its query.
    pub path: String,
    /// HEAD: the headers alone are wanted.
    pub head_only: bool,
}

/// A request that is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is no HTTP.
    Malformed,
    /// GET and HEAD alone are answered: nothing can be changed here.
    Method,
    /// Its head is too long.
    TooLong,
    /// It asks for another host: a web page has led a browser of this machine here under a name of its own.
    Host,
}

impl Refusal {
    /// Its status line's end.
    pub(super) fn status(self) -> &'static str {
        match self {
            Refusal::Malformed => "400 Bad Request",
            Refusal::Method => "405 Method Not Allowed",
            Refusal::TooLong => "431 Request Header Fields Too Large",
            Refusal::Host => "421 Misdirected Request",
        }
    }
}

/// Reads a head as far as it has come. `Ok(None)`: there is more to come.
pub(super) fn read(bytes: &[u8]) -> Result<Option<Request>, Refusal> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut head = httparse::Request::new(&mut headers);
    match head.parse(bytes) {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) if bytes.len() < LONGEST => return Ok(None),
        Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => return Err(Refusal::TooLong),
        Err(_) => return Err(Refusal::Malformed),
    }
    let (Some(method), Some(target), Some(version)) = (head.method, head.path, head.version) else { return Err(Refusal::Malformed) };
    let mut hosts = head.headers.iter().filter(|header| header.name.eq_ignore_ascii_case("host"));
    match (hosts.next(), hosts.next()) {
        (None, None) if version == 0 => {}
        (Some(host), None) => {
            let host = std::str::from_utf8(host.value).map_err(|_| Refusal::Malformed)?;
            if !web::is_this_machine(name_of(host)) {
                return Err(Refusal::Host);
            }
        }
        _ => return Err(Refusal::Malformed),
    }
    let head_only = match method {
        "GET" => false,
        "HEAD" => true,
        _ => return Err(Refusal::Method),
    };
    let path = target.split(['?', '#']).next().unwrap_or_default().to_owned();
    Ok(Some(Request { path, head_only }))
}

/// The host of `host:port`, brackets of an IPv6 address taken off.
fn name_of(host: &str) -> &str {
    let host = host.trim();
    match host.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_request_is_read_and_a_part_of_it_is_not() {
        let whole = b"GET /healthz?verbose HTTP/1.1\r\nHost: 127.0.0.1:9797\r\n\r\n";
        assert_eq!(read(whole), Ok(Some(Request { path: "/healthz".into(), head_only: false })));
        for end in 0..whole.len() - 1 {
            assert_eq!(read(&whole[..end]), Ok(None), "{end}");
        }
        let head = b"HEAD /metrics HTTP/1.1\r\nhost: [::1]:9797\r\n\r\n";
        assert_eq!(read(head), Ok(Some(Request { path: "/metrics".into(), head_only: true })));
        assert!(read(b"GET / HTTP/1.0\r\n\r\n").is_ok_and(|request| request.is_some()));
    }

    #[test]
    fn nothing_else_is_answered() {
        let refused = |text: &str, why: Refusal| assert_eq!(read(text.as_bytes()), Err(why), "{text}");
        refused("POST /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", Refusal::Method);
        refused("GET /healthz HTTP/1.1\r\nHost: rebound.example:9797\r\n\r\n", Refusal::Host);
        refused("GET /healthz HTTP/1.1\r\n\r\n", Refusal::Malformed);
        refused("GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", Refusal::Malformed);
        refused("\x16\x03\x01\x02", Refusal::Malformed);
        refused(&format!("GET /{} HTTP/1.1\r\n", "a".repeat(LONGEST)), Refusal::TooLong);
        refused(&format!("GET / HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "A: b\r\n".repeat(MOST_HEADERS)), Refusal::TooLong);
    }
}
