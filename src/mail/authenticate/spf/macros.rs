//! Macro strings of SPF (RFC 7208, 7).

use std::net::IpAddr;

use crate::domain::web;

/// Characters that may divide a value.
const DELIMITERS: &str = ".-+,/_=";

/// Longest name that the DNS can be asked for.
const LONGEST_NAME: usize = 253;

/// A macro string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spec(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Macro { letter: char, escaped: bool, last: Option<usize>, reversed: bool, delimiters: String },
}

/// What the letters stand for.
pub(super) struct Values<'a> {
    pub client: IpAddr,
    pub local: &'a str,
    pub sender_domain: &'a str,
    pub domain: &'a str,
    pub helo: &'a str,
    /// The client's name, if the DNS confirms it.
    pub validated: &'a str,
}

impl Spec {
    /// Any macro string, the empty one too.
    pub fn any(text: &str) -> Option<Spec> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            rest = rest.get(c.len_utf8()..)?;
            if c != '%' {
                if !('!'..='~').contains(&c) {
                    return None;
                }
                literal.push(c);
                continue;
            }
            let next = rest.chars().next()?;
            rest = rest.get(next.len_utf8()..)?;
            match next {
                '%' => literal.push('%'),
                '_' => literal.push(' '),
                '-' => literal.push_str("%20"),
                '{' => {
                    let (inner, after) = rest.split_once('}')?;
                    rest = after;
                    if !literal.is_empty() {
                        pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                    }
                    pieces.push(expansion(inner)?);
                }
                _ => return None,
            }
        }
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        Some(Spec(pieces))
    }

    /// One that makes a domain: it ends with a macro, or with a label that no address has.
    pub fn domain(text: &str) -> Option<Spec> {
        let spec = Spec::any(text)?;
        let ends_with_macro = text.ends_with('}') || ["%%", "%_", "%-"].iter().any(|end| text.ends_with(end));
        if ends_with_macro {
            return Some(spec);
        }
        let (_, top) = text.strip_suffix('.').unwrap_or(text).rsplit_once('.')?;
        let plain = !top.is_empty() && top.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let is_label = plain && !top.starts_with('-') && !top.ends_with('-') && !top.bytes().all(|b| b.is_ascii_digit());
        is_label.then_some(spec)
    }

    /// Whether the client's confirmed name is wanted.
    pub fn wants_validated(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Macro { letter: 'p', .. }))
    }

    /// The domain that it makes, without a dot at its end; too long a one loses labels at its front.
    pub fn expand(&self, values: &Values<'_>) -> String {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Literal(text) => out.push_str(text),
                Piece::Macro { letter, escaped, last, reversed, delimiters } => {
                    let value = transformed(&value(*letter, values), *last, *reversed, delimiters);
                    out.push_str(&if *escaped { web::escaped(&value) } else { value });
                }
            }
        }
        let mut name = out.trim_end_matches('.');
        while name.len() > LONGEST_NAME {
            name = name.split_once('.').map_or("", |(_, rest)| rest);
        }
        name.to_owned()
    }
}

fn expansion(inner: &str) -> Option<Piece> {
    let letter = inner.chars().next().filter(char::is_ascii_alphabetic)?;
    let rest = inner.get(1..)?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = rest.split_at(digits);
    let last = if number.is_empty() { None } else { Some(number.parse().ok().filter(|last| *last > 0)?) };
    let (reversed, delimiters) = match rest.strip_prefix(['r', 'R']) {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let known = "slodiphv".contains(letter.to_ascii_lowercase()) && delimiters.chars().all(|c| DELIMITERS.contains(c));
    let delimiters = if delimiters.is_empty() { ".".to_owned() } else { delimiters.to_owned() };
    known.then(|| Piece::Macro { letter: letter.to_ascii_lowercase(), escaped: letter.is_ascii_uppercase(), last, reversed, delimiters })
}

fn value(letter: char, values: &Values<'_>) -> String {
    match letter {
        's' => format!("{}@{}", values.local, values.sender_domain),
        'l' => values.local.to_owned(),
        'o' => values.sender_domain.to_owned(),
        'd' => values.domain.to_owned(),
        'h' => values.helo.to_owned(),
        'p' => values.validated.to_owned(),
        'v' => if values.client.is_ipv4() { "in-addr" } else { "ip6" }.to_owned(),
        _ => dotted(values.client),
    }
}

/// `192.0.2.1`, or the 32 digits of an IPv6 address between dots.
fn dotted(client: IpAddr) -> String {
    match client {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => {
            let digits: Vec<String> =
                ip.octets().iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| format!("{digit:x}")).collect();
            digits.join(".")
        }
    }
}

fn transformed(value: &str, last: Option<usize>, reversed: bool, delimiters: &str) -> String {
    let mut parts: Vec<&str> = value.split(|c| delimiters.contains(c)).collect();
    if reversed {
        parts.reverse();
    }
    let kept = last.unwrap_or(parts.len()).min(parts.len());
    parts.split_off(parts.len() - kept).join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7208, 7.4.
    #[test]
    fn the_examples_of_the_rfc() {
        let values = |client: &str| Values {
            client: client.parse().expect("an address"),
            local: "strong-bad",
            sender_domain: "email.example.com",
            domain: "email.example.com",
            helo: "mx.example.org",
            validated: "mx.example.org",
        };
        let expand = |text: &str| Spec::any(text).expect(text).expand(&values("192.0.2.3"));
        for (text, wanted) in [
            ("%{s}", "strong-bad@email.example.com"),
            ("%{d4}", "email.example.com"),
            ("%{d2}", "example.com"),
            ("%{dr}", "com.example.email"),
            ("%{d2r}", "example.email"),
            ("%{l-}", "strong.bad"),
            ("%{lr-}", "bad.strong"),
            ("%{l1r-}", "strong"),
            ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
            ("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"),
            ("%{S}", "strong-bad%40email.example.com"),
        ] {
            assert_eq!(expand(text), wanted, "{text}");
        }
        let six = Spec::any("%{ir}.%{v}._spf.%{d2}").expect("good").expand(&values("2001:db8::cb01"));
        assert_eq!(six, "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com");
    }
}
