//! The way of a message: which hosts handed it on, and from where ours took it (RFC 5321, 4.4).

use std::net::IpAddr;

use super::head::Head;

/// From where a host of ours took a message, and for whom it was said to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Envelope {
    /// The sending host's address, as our host saw it.
    pub client: IpAddr,
    /// What the sending host called itself.
    pub helo: String,
    /// Without brackets; empty for a bounce.
    pub mail_from: String,
    /// Our host.
    pub by: String,
}

/// The envelope by the topmost `Received` that a host of ours wrote; `None` where it does not tell the client's address, or no
/// `Return-Path` stands above it: one below may be the sender's own.
pub(super) fn envelope(head: &Head<'_>, boundary: &[String]) -> Option<Envelope> {
    let mut mail_from = None;
    for (name, value) in head.fields() {
        if name.eq_ignore_ascii_case("Return-Path") && mail_from.is_none() {
            let path: String = String::from_utf8_lossy(value).chars().filter(|c| !c.is_whitespace()).collect();
            mail_from = Some(path.trim_matches(['<', '>']).to_owned());
        }
        if !name.eq_ignore_ascii_case("Received") {
            continue;
        }
        let Some(by) = written_by(value).filter(|host| is_ours(host, boundary)) else { continue };
        let text = String::from_utf8_lossy(value);
        return Some(Envelope { client: client(&text)?, helo: helo(&text)?, mail_from: mail_from?, by });
    }
    None
}

/// The fields that stand above the first `Received` of a host that is not ours, and that host.
pub(super) fn ours<'h>(head: &'h Head<'_>, boundary: &[String]) -> (Vec<(&'h str, &'h [u8])>, Option<String>) {
    let mut above = Vec::new();
    for (name, value) in head.fields() {
        if name.eq_ignore_ascii_case("Received") {
            match written_by(value) {
                Some(host) if is_ours(&host, boundary) => {}
                host => return (above, Some(host.unwrap_or_default())),
            }
        }
        above.push((name, value));
    }
    (above, None)
}

fn is_ours(host: &str, boundary: &[String]) -> bool {
    boundary.iter().any(|ours| ours.trim_end_matches('.').eq_ignore_ascii_case(host.trim_end_matches('.')))
}

/// The host that wrote a `Received` header, after its `by`.
fn written_by(value: &[u8]) -> Option<String> {
    let text = without_comments(&String::from_utf8_lossy(value));
    let mut words = text.split_once(';').map_or(text.as_str(), |(before, _)| before).split_whitespace();
    words.by_ref().find(|word| word.eq_ignore_ascii_case("by"))?;
    words.next().map(str::to_owned)
}

/// The first word after `from`.
fn helo(text: &str) -> Option<String> {
    let plain = without_comments(text);
    let mut words = plain.split_whitespace();
    words.next().filter(|word| word.eq_ignore_ascii_case("from"))?;
    words.next().map(|word| word.trim_matches(['[', ']']).to_owned())
}

/// The address that our host saw. It stands in a comment after the name that the client gave itself: `from helo (name [192.0.2.1])`,
/// `from name ([192.0.2.1] helo=helo)`, `from unknown (HELO helo) (192.0.2.1)`; a client without a name may be written
/// `from [192.0.2.1] (helo=helo)`. What the client says of itself is never taken.
fn client(text: &str) -> Option<IpAddr> {
    let from = text.trim_start();
    let from = from.get(..4).filter(|word| word.eq_ignore_ascii_case("from")).and(from.get(4..))?;
    let from = from.find(" by ").or_else(|| from.find("\tby ")).and_then(|end| from.get(..end)).unwrap_or(from);
    let comments = comments(from);
    let mut bracketed = comments.iter().flat_map(|comment| {
        let told = comment.to_ascii_lowercase();
        let places = told.match_indices('[').filter(|(at, _)| !told.get(..*at).is_some_and(|before| before.ends_with('=')));
        places.filter_map(|(at, _)| told.get(at + 1..)?.split_once(']').and_then(|(inner, _)| literal(inner))).collect::<Vec<_>>()
    });
    if let Some(first) = bracketed.next() {
        // A certificate's name may stand in a comment, too: of two addresses one may be the client's own invention.
        return bracketed.all(|other| other == first).then_some(first);
    }
    let bare = || comments.iter().find_map(|comment| literal(comment.trim()));
    let first_word = from.split_whitespace().next().and_then(|word| word.strip_prefix('[')?.strip_suffix(']'));
    let unnamed = || first_word.filter(|_| comments.iter().any(|c| c.to_ascii_lowercase().starts_with("helo="))).and_then(literal);
    bare().or_else(unnamed)
}

fn literal(text: &str) -> Option<IpAddr> {
    let lower = text.to_ascii_lowercase();
    lower.strip_prefix("ipv6:").unwrap_or(&lower).parse().ok()
}

/// Comments of the first level, without their brackets.
fn comments(text: &str) -> Vec<String> {
    let (mut depth, mut found) = (0_usize, Vec::new());
    for c in text.chars() {
        match c {
            '(' => {
                depth += 1;
                if depth == 1 {
                    found.push(String::new());
                    continue;
                }
            }
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if let (1.., Some(comment)) = (depth, found.last_mut()) {
            comment.push(c);
        }
    }
    found
}

/// A header without its comments (RFC 5322, 3.2.2); a blank stands for each.
pub(super) fn without_comments(text: &str) -> String {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        let was_escaped = std::mem::take(&mut escaped);
        match c {
            '\\' if !was_escaped && (quoted || depth > 0) => escaped = true,
            '"' if !was_escaped && depth == 0 => quoted = !quoted,
            '(' if !was_escaped && !quoted => {
                depth += 1;
                plain.push(' ');
                continue;
            }
            ')' if !was_escaped && !quoted && depth > 0 => {
                depth -= 1;
                continue;
            }
            _ => {}
        }
        if depth == 0 {
            plain.push(c);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client_of(text: &str) -> Option<String> {
        client(text).map(|ip| ip.to_string())
    }

    #[test]
    fn the_client_is_what_our_host_saw_and_not_what_it_calls_itself() {
        assert_eq!(client_of(" from helo.example (rdns.example [192.0.2.7]) by mx.example with ESMTP").as_deref(), Some("192.0.2.7"));
        assert_eq!(client_of(" from [198.51.100.1] (unknown [192.0.2.7]) by mx.example").as_deref(), Some("192.0.2.7"));
        assert_eq!(client_of(" from x (x [IPv6:2001:db8::7])\r\n\tby mx.example").as_deref(), Some("2001:db8::7"));
        assert_eq!(client_of(" from name.example ([192.0.2.7] helo=[198.51.100.1]) by mx.example").as_deref(), Some("192.0.2.7"));
        assert_eq!(client_of(" from [192.0.2.7] (helo=[198.51.100.1]) by mx.example").as_deref(), Some("192.0.2.7"));
        assert_eq!(client_of(" from unknown (HELO x) (192.0.2.7) by mx.example").as_deref(), Some("192.0.2.7"));
        assert_eq!(client_of(" from [198.51.100.1] by mx.example"), None);
        assert_eq!(client_of(" from x (x [192.0.2.7]) (Client CN \"[198.51.100.1]\") by mx.example"), None);
        assert_eq!(client_of(" by mx.example (Postfix, from userid 0)"), None);
    }

    #[test]
    fn a_host_names_itself_after_by() {
        let by = |text: &str| written_by(text.as_bytes());
        assert_eq!(by(" from a (b [192.0.2.1]) by mx.example (Postfix); Mon").as_deref(), Some("mx.example"));
        assert_eq!(by(" from a (by mx.example) by evil.example; Mon").as_deref(), Some("evil.example"));
        assert_eq!(by(" from a; by mx.example"), None);
    }

    #[test]
    fn the_envelope_needs_a_return_path_above_our_mark() {
        let boundary = ["mx.example".to_owned()];
        let ours = "Received: from out.b.example (out.b.example [192.0.2.7]) by mx.example; Mon\r\n";
        let with = format!("Return-Path: <a@b.example>\r\n{ours}Return-Path: <x@y.example>\r\nFrom: a@b.example\r\n\r\n");
        let found = envelope(&Head::read(with.as_bytes()), &boundary).expect("an envelope");
        assert_eq!((found.mail_from.as_str(), found.helo.as_str()), ("a@b.example", "out.b.example"));
        let without = format!("{ours}Return-Path: <a@b.example>\r\nFrom: a@b.example\r\n\r\n");
        assert_eq!(envelope(&Head::read(without.as_bytes()), &boundary), None);
        assert_eq!(envelope(&Head::read(with.as_bytes()), &[]), None);
    }

    #[test]
    fn comments_are_left_out_and_quotes_stay() {
        assert_eq!(without_comments("a (b (c) \\) d) e").split_whitespace().collect::<Vec<_>>(), ["a", "e"]);
        assert_eq!(without_comments("\"(x)\" y"), "\"(x)\" y");
    }
}
