//! Addresses of pages, and which of them secrets are sent to: those under TLS, and of this machine.

use core::net::IpAddr;

/// The host of an address over which a secret may go: any under `https`, this machine under `http`. `None`: a secret must not go there.
pub fn safe_host(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    let host = host_of(rest);
    let safe = match scheme {
        "https" => !host.is_empty(),
        "http" => is_this_machine(host),
        _ => false,
    };
    safe.then_some(host)
}

/// Whether a host is this machine by its name. What the name leads to is seen on connecting.
pub fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The host of `user@host:port/path?query`, brackets of an IPv6 address taken off.
fn host_of(rest: &str) -> &str {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    match host.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    }
}

/// Percent-encoding of all but the unreserved characters of RFC 3986.
pub fn escaped(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    text.bytes().map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_under_tls_or_stay_on_this_machine() {
        for (url, host) in [
            ("https://robot.example/send?key=1", "robot.example"),
            ("https://user:pass@robot.example:8443?key=1", "robot.example"),
            ("https://[2001:db8::1]:443/", "2001:db8::1"),
            ("http://localhost:8080/", "localhost"),
            ("http://127.0.0.1", "127.0.0.1"),
            ("http://[::1]:80/token", "::1"),
        ] {
            assert_eq!(safe_host(url), Some(host), "{url}");
        }
        for url in [
            "http://robot.example/",
            "http://localhost:x@robot.example/",
            "http://localhost@robot.example/",
            "http://127.0.0.1:80@robot.example",
            "http://localhost.robot.example/",
            "ftp://localhost/",
            "https://",
            "https:///token",
            "https://@/token",
            "robot.example",
            "",
        ] {
            assert_eq!(safe_host(url), None, "{url}");
        }
    }
}
