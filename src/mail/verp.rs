//! Envelope senders that tell which letter has come back (VERP).
//!
//! A bounce goes to the envelope sender. Ours is the office's address with the letter's key and 50 bits of HMAC-SHA-256
//! over the letter's key, its notice's number and its recipient: whatever shape the bounce has, it is known what it is
//! about, and nobody can make one up who has not seen the envelope. It does not depend on the address that carries it, so
//! that a relay may ask for one of its own (`domain::plus::rebased`).

use std::sync::LazyLock;

use regex::Regex;
use subtle::ConstantTimeEq;

use super::token::{Key, short_mac};
use crate::domain::ids::NoticeNo;
use crate::domain::notice::NoticeKind;
use crate::domain::plus;
use crate::domain::roster::Address;

/// Names this use of the key and the layout of what is hashed; a change of either changes it.
const LABEL: &[u8] = b"zhibao return path 1";

/// Longer addresses are none of ours.
const ADDRESS_MAX: usize = 400;

/// A letter as its envelope sender knows it.
#[derive(Clone, Copy, Debug)]
pub struct Traced<'a> {
    /// The store's key of the letter.
    pub letter: i64,
    /// The notice that it carries.
    pub notice: NoticeNo,
    /// To whom it went.
    pub recipient: &'a Address,
}

/// What a bounce's recipient address says about the letter. Worth nothing until `verify` agrees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The store's key of the letter.
    pub letter: i64,
    /// The token beside it, lower case.
    pub token: String,
}

/// The envelope sender of a letter. `None` is the null sender: what answers a mail must not be answered by a bounce
/// (RFC 3834). The plain `office` where a tag would make it too long for mail servers.
pub fn envelope_sender(key: &Key, kind: NoticeKind, letter: &Traced<'_>, office: &Address) -> Option<Address> {
    if kind.is_answer() {
        return None;
    }
    let tag = format!("v{}.{}", letter.letter, mint(key, letter));
    Some(plus::tagged(office, &tag).unwrap_or_else(|| office.clone()))
}

fn mint(key: &Key, letter: &Traced<'_>) -> String {
    let (id, number) = (letter.letter.to_string(), letter.notice.to_string());
    short_mac(key, &[LABEL, id.as_bytes(), number.as_bytes(), letter.recipient.as_str().as_bytes()])
}

/// Whether `token` is that of this letter. Takes the same time for every token of the right length.
pub fn verify(key: &Key, letter: &Traced<'_>, token: &str) -> bool {
    mint(key, letter).as_bytes().ct_eq(token.as_bytes()).into()
}

/// `+v42.k7x2p9abcd@`, behind any local part: relays may want one of their own.
static TAG: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\+v([0-9]{1,18})\.([a-z2-7]{10})@").expect("a constant pattern") // a test below uses it
});

/// The claims in the addresses that a message came to, each once.
pub fn claims(recipients: &[String]) -> Vec<Claim> {
    let mut found: Vec<Claim> = Vec::new();
    for recipient in recipients.iter().filter(|recipient| recipient.len() <= ADDRESS_MAX) {
        for groups in TAG.captures_iter(recipient) {
            let Ok(letter) = groups[1].parse() else { continue };
            let claim = Claim { letter, token: groups[2].to_lowercase() };
            if !found.contains(&claim) {
                found.push(claim);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBER: NoticeNo = NoticeNo { year: 2003, ordinal: 42 };

    fn address(text: &str) -> Address {
        Address::parse(text).expect(text)
    }

    #[test]
    fn a_bounce_tells_its_letter_and_nobody_else_can() {
        let (key, office, chief) = (Key::new([7; 32]), address("xinxi@yangquan.example"), address("chief@yangquan.example"));
        let letter = Traced { letter: 17, notice: NUMBER, recipient: &chief };
        let path = envelope_sender(&key, NoticeKind::Late, &letter, &office).expect("an alert has a return path");
        assert!(path.as_str().starts_with("xinxi+v17."), "{path}");
        let found = claims(&["desk@yangquan.example".into(), path.as_str().to_uppercase()]);
        assert_eq!(found.len(), 1);
        assert!(verify(&key, &letter, &found[0].token));
        let deputy = address("deputy@yangquan.example");
        assert!(!verify(&key, &Traced { recipient: &deputy, ..letter }, &found[0].token));
        assert!(!verify(&key, &Traced { letter: 18, ..letter }, &found[0].token));
        assert!(!verify(&key, &Traced { notice: NoticeNo { ordinal: 43, ..NUMBER }, ..letter }, &found[0].token));
        assert!(!verify(&Key::new([8; 32]), &letter, &found[0].token));
        let rebased = plus::rebased(&path, &address("bounces@relay.example"));
        assert_eq!(claims(&[rebased.to_string()]), found);
    }

    #[test]
    fn answers_have_the_null_sender_and_alerts_have_a_path() {
        let (key, office, chief) = (Key::new([7; 32]), address("xinxi@yangquan.example"), address("chief@yangquan.example"));
        let letter = Traced { letter: 17, notice: NUMBER, recipient: &chief };
        for kind in NoticeKind::ALL {
            let is_null = envelope_sender(&key, kind, &letter, &office).is_none();
            assert_eq!(is_null, matches!(kind, NoticeKind::Receipt | NoticeKind::Returned | NoticeKind::Command), "{kind}");
        }
        let long = address(&format!("{}@yangquan.example", "x".repeat(60)));
        assert_eq!(envelope_sender(&key, NoticeKind::Late, &letter, &long), Some(long));
    }

    #[test]
    fn what_only_resembles_a_path_is_none() {
        for text in [
            "xinxi+n2003-000042.aaaaaaaaaa@x",
            "xinxi+v.aaaaaaaaaa@x",
            "xinxi+v17.aaaaaaaaa@x",
            "v17.aaaaaaaaaa@x",
            "xinxi+v17.aaaaaaaaaab@x",
        ] {
            assert_eq!(claims(&[text.to_owned()]), [], "{text}");
        }
    }
}
