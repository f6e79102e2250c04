//! An SPF record, read (RFC 7208, 4.6 and 12). A fault anywhere in it makes all of it worthless.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::macros::Spec;

/// A record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    pub directives: Vec<Directive>,
    pub redirect: Option<Spec>,
}

/// What follows from a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Qualifier {
    Pass,
    Fail,
    SoftFail,
    Neutral,
}

/// One mechanism and what follows from its match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Directive {
    pub qualifier: Qualifier,
    pub mechanism: Mechanism,
}

/// What the client's address is tried against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mechanism {
    All,
    Include(Spec),
    A(Option<Spec>, Lengths),
    Mx(Option<Spec>, Lengths),
    Ptr(Option<Spec>),
    Ip4(Ipv4Addr, u32),
    Ip6(Ipv6Addr, u32),
    Exists(Spec),
}

/// Lengths of prefixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lengths {
    pub v4: u32,
    pub v6: u32,
}

/// Whether a TXT record is one of SPF's.
pub(super) fn is_spf(text: &[u8]) -> bool {
    text.split(|b| *b == b' ').next().is_some_and(|version| version.eq_ignore_ascii_case(b"v=spf1"))
}

impl Record {
    /// Reads a record; `None` where anything in it is wrong.
    pub fn parse(text: &[u8]) -> Option<Record> {
        let text = std::str::from_utf8(text).ok().filter(|text| text.bytes().all(|b| (b' '..=b'~').contains(&b)))?;
        let mut record = Record::default();
        let mut explained = false;
        for term in text.split(' ').skip(1).filter(|term| !term.is_empty()) {
            match modifier(term) {
                Some((name, value)) if name.eq_ignore_ascii_case("redirect") => {
                    let spec = Spec::domain(value)?;
                    if record.redirect.replace(spec).is_some() {
                        return None;
                    }
                }
                Some((name, value)) if name.eq_ignore_ascii_case("exp") => {
                    Spec::domain(value)?;
                    if std::mem::replace(&mut explained, true) {
                        return None;
                    }
                }
                Some((_, value)) => {
                    Spec::any(value)?;
                }
                None => record.directives.push(directive(term)?),
            }
        }
        Some(record)
    }
}

/// `name=value`, where no mechanism ends the name first.
fn modifier(term: &str) -> Option<(&str, &str)> {
    let end = term.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)))?;
    let (name, rest) = term.split_at(end);
    let value = rest.strip_prefix('=')?;
    name.starts_with(|c: char| c.is_ascii_alphabetic()).then_some((name, value))
}

fn directive(term: &str) -> Option<Directive> {
    let (qualifier, rest) = match term.split_at_checked(1)? {
        ("+", rest) => (Qualifier::Pass, rest),
        ("-", rest) => (Qualifier::Fail, rest),
        ("~", rest) => (Qualifier::SoftFail, rest),
        ("?", rest) => (Qualifier::Neutral, rest),
        _ => (Qualifier::Pass, term),
    };
    let end = rest.find([':', '/']).unwrap_or(rest.len());
    let (name, rest) = rest.split_at(end);
    let value = rest.strip_prefix(':');
    let mechanism = match name.to_ascii_lowercase().as_str() {
        "all" if rest.is_empty() => Mechanism::All,
        "include" => Mechanism::Include(Spec::domain(value?)?),
        "exists" => Mechanism::Exists(Spec::domain(value?)?),
        "a" => {
            let (spec, lengths) = spec_and_lengths(rest)?;
            Mechanism::A(spec, lengths)
        }
        "mx" => {
            let (spec, lengths) = spec_and_lengths(rest)?;
            Mechanism::Mx(spec, lengths)
        }
        "ptr" if rest.is_empty() => Mechanism::Ptr(None),
        "ptr" => Mechanism::Ptr(Some(Spec::domain(value?)?)),
        "ip4" => {
            let (address, length) = value?.split_once('/').map_or((value?, None), |(address, length)| (address, Some(length)));
            Mechanism::Ip4(address.parse().ok()?, length.map_or(Some(32), |length| prefix(length, 32))?)
        }
        "ip6" => {
            let (address, length) = value?.split_once('/').map_or((value?, None), |(address, length)| (address, Some(length)));
            Mechanism::Ip6(address.parse().ok()?, length.map_or(Some(128), |length| prefix(length, 128))?)
        }
        _ => return None,
    };
    Some(Directive { qualifier, mechanism })
}

/// `[:domain][/24][//64]`
fn spec_and_lengths(rest: &str) -> Option<(Option<Spec>, Lengths)> {
    let digits_after = |text: &str, mark: &str| -> Option<usize> {
        let at = text.rfind(mark)?;
        text.get(at + mark.len()..)?.bytes().all(|b| b.is_ascii_digit()).then_some(at)
    };
    let (rest, v6) = match digits_after(rest, "//") {
        Some(at) => (rest.get(..at)?, prefix(rest.get(at + 2..)?, 128)?),
        None => (rest, 128),
    };
    let (rest, v4) = match digits_after(rest, "/") {
        Some(at) => (rest.get(..at)?, prefix(rest.get(at + 1..)?, 32)?),
        None => (rest, 32),
    };
    let spec = match rest {
        "" => None,
        rest => Some(Spec::domain(rest.strip_prefix(':')?)?),
    };
    Some((spec, Lengths { v4, v6 }))
}

/// A length without leading zeros.
fn prefix(text: &str, longest: u32) -> Option<u32> {
    let plain = text == "0" || (text.starts_with(|c: char| ('1'..='9').contains(&c)) && text.len() <= 3);
    text.parse().ok().filter(|length| plain && *length <= longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_whole_or_not_at_all() {
        let good = |text: &str| Record::parse(text.as_bytes()).is_some();
        assert!(good("v=spf1 a:example.net/24//64 mx ptr ip4:192.0.2.0/24 -all exp=x.example moo=%{d}"));
        assert!(good("v=spf1"));
        for bad in [
            "ip4:192.0.2.1/33",
            "ip4:192.0.2.1/032",
            "a:museum",
            "a:1.2.3.4",
            "redirect=a.b redirect=a.b",
            "all:x",
            "moo",
            "a:x.%{0d}",
            "=x",
            "a\t",
        ] {
            assert!(!good(&format!("v=spf1 {bad}")), "{bad}");
        }
        assert!(is_spf(b"V=sPf1") && !is_spf(b"v=spf10") && !is_spf(b"v=spf1\ta"));
    }
}
