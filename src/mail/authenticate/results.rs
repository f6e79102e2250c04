//! `Authentication-Results` (RFC 8601): what a server of ours found, told from what anybody may write.

use super::head::{Head, shown};
use super::trace::{ours, without_comments};
use crate::domain::authentic::{Doubt, Evidence, Outcome, Proof, stands_above};

/// What one server says of one message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Results {
    /// Who says it.
    pub authserv_id: String,
    /// What it says, in its order.
    pub findings: Vec<ResInfo>,
}

/// One `method=result`, with its properties.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ResInfo {
    /// Lower case.
    pub method: String,
    /// Lower case.
    pub result: String,
    /// `header.from`, lower case, and its value.
    pub properties: Vec<(String, String)>,
}

/// What the server of this name says of the sender. Its topmost header counts, and only above the first mark of a host that is not
/// ours: below that, anybody may have written it. Where it has written several, none may deny what the topmost says.
pub(super) fn believe(head: &Head<'_>, authserv_id: &str, boundary: &[String], author: &str, evidence: &mut Vec<Evidence>) -> Outcome {
    // The server marks the way of a message by the name under which it checks it.
    let hosts: Vec<String> = boundary.iter().cloned().chain([authserv_id.to_owned()]).collect();
    let (above, beyond) = ours(head, &hosts);
    let headers = above.into_iter().filter(|(name, _)| name.eq_ignore_ascii_case("Authentication-Results"));
    let written: Vec<(&[u8], Results)> = headers
        .filter_map(|(_, value)| parse(&String::from_utf8_lossy(value)).map(|results| (value, results)))
        .filter(|(_, results)| results.authserv_id.eq_ignore_ascii_case(authserv_id))
        .collect();
    let authserv_id = authserv_id.to_owned();
    let Some((value, topmost)) = written.first() else {
        return Outcome::NotAuthentic { why: Doubt::NoResults { authserv_id, beyond } };
    };
    let says = shown(value);
    evidence.extend(written.iter().map(|(value, _)| Evidence::Results { says: shown(value) }));
    match vouches(topmost, author, false) {
        Some(_) if written.iter().skip(1).any(|(_, results)| denies(results)) => {
            Outcome::NotAuthentic { why: Doubt::ResultsDiffer { authserv_id } }
        }
        Some(method) => Outcome::Authentic { by: Proof::Authserv { authserv_id, method: method.to_owned() } },
        None => Outcome::NotAuthentic { why: Doubt::ResultsDeny { authserv_id, says } },
    }
}

/// By which method these results vouch for an author at `author`: DMARC, else a signature or an envelope of his domain where no
/// policy was found to fail. `names_author`: a DMARC result must say of whom it speaks.
pub(super) fn vouches(results: &Results, author: &str, names_author: bool) -> Option<&'static str> {
    if denies(results) {
        return None;
    }
    let of = |info: &ResInfo, property: &str| info.properties.iter().find(|(name, _)| name == property).map(|(_, value)| domain_of(value));
    let passes = |method: &'static str| results.findings.iter().filter(move |info| info.method == method && info.result == "pass");
    let by_dmarc = passes("dmarc").any(|info| match of(info, "header.from") {
        Some(from) => from.eq_ignore_ascii_case(author),
        None => !names_author,
    });
    if by_dmarc {
        return Some("dmarc");
    }
    let aligned = |domain: Option<String>| domain.is_some_and(|domain| stands_above(&domain, author));
    if passes("dkim").any(|info| aligned(of(info, "header.d").or_else(|| of(info, "header.i")))) {
        return Some("dkim");
    }
    passes("spf").any(|info| aligned(of(info, "smtp.mailfrom"))).then_some("spf")
}

/// A DMARC result that is neither a pass nor the lack of a policy: two results of one method in one header among them.
fn denies(results: &Results) -> bool {
    results.findings.iter().any(|info| info.method == "dmarc" && !matches!(info.result.as_str(), "pass" | "none" | "bestguesspass"))
}

/// The domain of an address, of `@domain`, or of a domain.
fn domain_of(value: &str) -> String {
    let value = value.trim_matches(['<', '>']);
    let domain = value.rsplit_once('@').map_or(value, |(_, domain)| domain);
    idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_owned())
}

/// Reads the value of a header. `None`: it is none of the form of RFC 8601.
pub(super) fn parse(value: &str) -> Option<Results> {
    let plain = without_comments(&value.replace(['\r', '\n'], ""));
    let mut parts = split(&plain, |c| c == ';').into_iter();
    let head = parts.next()?;
    let mut words = split(&head, char::is_whitespace).into_iter().filter(|word| !word.is_empty());
    let authserv_id = unquoted(&words.next()?);
    let is_version_one = words.next().is_none_or(|version| version == "1") && words.next().is_none();
    if !is_version_one || authserv_id.is_empty() || authserv_id.contains(char::is_whitespace) {
        return None;
    }
    let findings: Vec<ResInfo> = parts.filter_map(|part| res_info(&part)).collect();
    Some(Results { authserv_id, findings })
}

/// `dkim/1 = pass reason="x" header.d=b.example`; `None` for `none` and for what is no result.
fn res_info(part: &str) -> Option<ResInfo> {
    // Blanks around `=` and `.` mean nothing.
    let mut pairs = Vec::new();
    let mut words = split(part, char::is_whitespace).into_iter().filter(|word| !word.is_empty()).peekable();
    while let Some(mut word) = words.next() {
        while words.peek().is_some_and(|next| word.ends_with(['=', '.', '/']) || next.starts_with(['=', '.', '/'])) {
            word += &words.next()?;
        }
        let (name, value) = word.split_once('=')?;
        pairs.push((name.to_ascii_lowercase(), unquoted(value)));
    }
    let mut pairs = pairs.into_iter();
    let (method, result) = pairs.next()?;
    let method = method.split('/').next().unwrap_or_default().to_owned();
    Some(ResInfo { method, result: result.to_ascii_lowercase(), properties: pairs.collect() })
}

/// Splits at characters outside quotes.
fn split(text: &str, is_end: impl Fn(char) -> bool) -> Vec<String> {
    let (mut quoted, mut escaped) = (false, false);
    let mut parts = vec![String::new()];
    for c in text.chars() {
        let was_escaped = std::mem::take(&mut escaped);
        match c {
            '\\' if quoted && !was_escaped => escaped = true,
            '"' if !was_escaped => quoted = !quoted,
            c if is_end(c) && !quoted => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts
}

fn unquoted(text: &str) -> String {
    match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        None => text.to_owned(),
        Some(inner) => {
            let mut plain = String::new();
            let mut chars = inner.chars();
            while let Some(c) = chars.next() {
                plain.extend(if c == '\\' { chars.next() } else { Some(c) });
            }
            plain
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn method(value: &str, author: &str) -> Option<&'static str> {
        vouches(&parse(value)?, author, false)
    }

    #[test]
    fn what_servers_write_is_read() {
        let gmail = " mx.google.com;\r\n       dkim=pass header.i=@b.example header.s=s1 header.b=aB+c/d==;\r\n       \
                     spf=pass (google.com: domain of a@b.example designates 192.0.2.1 as permitted sender) smtp.mailfrom=a@b.example;\r\n       \
                     dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=b.example";
        assert_eq!(parse(gmail).map(|results| results.authserv_id).as_deref(), Some("mx.google.com"));
        assert_eq!(method(gmail, "b.example"), Some("dmarc"));
        assert_eq!(method(gmail, "c.example"), None);
        assert_eq!(method("mx 1; dkim = pass (good) header . d = B.example", "a.b.example"), Some("dkim"));
        assert_eq!(method("\"mx\"; spf=pass smtp.mailfrom=\"odd name\"@b.example", "b.example"), Some("spf"));
        assert_eq!(method("mx; dkim=pass header.d=a.b.example", "b.example"), None);
        assert_eq!(parse("mx; none").map(|results| results.findings.len()), Some(0));
    }

    #[test]
    fn what_is_no_pass_is_none() {
        for value in [
            "mx; dmarc=fail header.from=b.example; dkim=pass header.d=b.example",
            "mx; dmarc=fail header.from=b.example; dmarc=pass header.from=b.example",
            "mx; none (dmarc=pass header.from=b.example)",
            "mx; dkim=fail (dmarc=pass header.from=b.example) header.d=b.example",
            "mx; dkim=none reason=\"; dmarc=pass header.from=b.example\"",
            "mx; spf=softfail smtp.mailfrom=a@b.example",
            "mx; dmarc=temperror header.from=b.example; spf=pass smtp.mailfrom=a@b.example",
        ] {
            assert_eq!(method(value, "b.example"), None, "{value}");
        }
        assert_eq!(parse("(mx; dmarc=pass) evil.example; none").map(|results| results.authserv_id).as_deref(), Some("evil.example"));
        assert_eq!(parse("mx evil; dmarc=pass"), None);
        assert_eq!(parse("mx 2; dmarc=pass"), None);
        assert_eq!(parse(""), None);
    }
}
