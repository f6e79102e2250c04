//! Tokens: a reply to a notice proves by one that its sender was sent that notice.
//!
//! A token is 50 bits of HMAC-SHA-256 over a version label, the notice's number and the recipient. It stands in the
//! Reply-To plus-address, in our Message-ID and behind the number in the subject, because providers lose each of these
//! now and then (interface.md, "Replies carry a token"). It names one person and one notice: forwarded, it opens nothing.

use std::fmt;
use std::sync::LazyLock;

use hmac::{Hmac, KeyInit, Mac};
use regex::Regex;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::domain::ids::NoticeNo;
use crate::domain::roster::Address;

/// Characters in a token; each carries 5 bits.
pub const TOKEN_LEN: usize = 10;

/// Names this use of the key and the layout of what is hashed; a change of either changes it.
const LABEL: &[u8] = b"zhibao reply token 1";

/// Texts longer than this hold no claim of ours: subjects and identifiers that we wrote are far shorter.
const CLAIM_TEXT_MAX: usize = 4096;

/// The office's secret, from `[office] key_file`.
#[derive(Clone)]
pub struct Key([u8; 32]);

impl Key {
    /// A key of these bytes.
    pub fn new(bytes: [u8; 32]) -> Key {
        Key(bytes)
    }

    /// A key, if `bytes` are 32.
    pub fn from_slice(bytes: &[u8]) -> Option<Key> {
        bytes.try_into().ok().map(Key)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// The token of `recipient`'s copy of notice `number`: base32 in lower case.
pub fn mint(key: &Key, number: NoticeNo, recipient: &Address) -> String {
    short_mac(key, &[LABEL, number.to_string().as_bytes(), recipient.as_str().as_bytes()])
}

/// A subject of notice `number` without the token by which its recipient proves himself: for whoever else is to see it.
pub fn untokened(subject: &str, number: NoticeNo) -> String {
    let Some(at) = subject.rfind(&format!("{number}.")) else { return subject.to_owned() };
    subject[..at].trim_end_matches(['（', '(', ' ']).to_owned()
}

/// 50 bits of HMAC-SHA-256 over `parts`, each with its length; base32 in lower case. The first part names the use.
pub(super) fn short_mac(key: &Key, parts: &[&[u8]]) -> String {
    #[allow(clippy::expect_used)] // HMAC takes a key of any length
    let mut mac = Hmac::<Sha256>::new_from_slice(&key.0).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    let mut token = data_encoding::BASE32_NOPAD.encode(&mac.finalize().into_bytes()[..7]).to_lowercase();
    token.truncate(TOKEN_LEN);
    token
}

/// Whether `token` is that of `sender`'s copy of notice `number`. Takes the same time for every token of the right length.
pub fn verify(key: &Key, number: NoticeNo, sender: &Address, token: &str) -> bool {
    mint(key, number, sender).as_bytes().ct_eq(token.as_bytes()).into()
}

/// What a reply says it answers. Worth nothing until `verify` agrees.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claim {
    /// The notice.
    pub notice: NoticeNo,
    /// The token that came with it, lower case.
    pub token: String,
}

/// The claims in a message, each once, in the order: recipients' plus-addresses, the Message-IDs that it answers, subject.
///
/// `recipients` are addresses with or without a display name; `answers` are Message-IDs of In-Reply-To and References,
/// with or without brackets. Only the office's own local part makes a plus-address; the domains are left to `verify`,
/// since relays rewrite them.
pub fn claims(recipients: &[String], answers: &[String], subject: &str, office: &Address) -> Vec<Claim> {
    let mut found = Vec::new();
    let plus = format!("{}+", office.local());
    for recipient in recipients {
        let recipient = folded(recipient);
        for (at, _) in recipient.match_indices(&plus) {
            let starts = recipient[..at].chars().next_back().is_none_or(|before| !is_local(before));
            let rest = &recipient[at + plus.len()..];
            let local = rest.split_once('@').map_or("", |(local, _)| local);
            if starts {
                collect(&COMPACT_WHOLE, local, &mut found);
            }
        }
    }
    for id in answers {
        collect(&COMPACT_HEAD, folded(id).trim_matches(['<', '>', ' ']), &mut found);
    }
    collect(&PRINTED, &folded(subject), &mut found);
    found
}

/// Whether a Message-ID, without brackets, has the form that a notice of a zhibao has: ours, or another office's.
pub fn is_of_a_notice(message_id: &str) -> bool {
    message_id.len() <= CLAIM_TEXT_MAX && NOTICE_ID.is_match(message_id)
}

/// `n2003-000042.k7x2p3abcd.1@`, copies and all.
static NOTICE_ID: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?i)n\d{4}-\d{6,9}\.[a-z2-7]{10}\.\d{1,4}@"));
/// `n2003-000042.k7x2p3abcd`, the whole text.
static COMPACT_WHOLE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^n(\d{4})-(\d{1,9})\.([a-z2-7]{10})$"));
/// `n2003-000042.k7x2p3abcd` and more up to the `@`.
static COMPACT_HEAD: LazyLock<Regex> = LazyLock::new(|| pattern(r"^n(\d{4})-(\d{1,9})\.([a-z2-7]{10})(?:\.[0-9a-z.]*)?@"));
/// `N-2003-000042.k7x2p3abcd` anywhere in folded text.
static PRINTED: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:^|[^a-z0-9])n-(\d{4})-(\d{1,9})\.([a-z2-7]{10})(?:[^a-z0-9]|$)"));

fn pattern(text: &str) -> Regex {
    #[allow(clippy::expect_used)] // the four patterns above are constants, and a test uses each
    Regex::new(text).expect("a constant pattern")
}

fn collect(pattern: &Regex, text: &str, found: &mut Vec<Claim>) {
    for groups in pattern.captures_iter(text) {
        let Ok(notice) = format!("N-{}-{}", &groups[1], &groups[2]).parse() else { continue };
        let claim = Claim { notice, token: groups[3].to_owned() };
        if !found.contains(&claim) {
            found.push(claim);
        }
    }
}

/// Lower case, full-width forms as half-width.
fn folded(text: &str) -> String {
    text.chars()
        .take(CLAIM_TEXT_MAX)
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            _ => c,
        })
        .flat_map(char::to_lowercase)
        .collect()
}

fn is_local(c: char) -> bool {
    c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn office() -> Address {
        Address::parse("xinxi@yangquan.example").unwrap()
    }

    const NUMBER: NoticeNo = NoticeNo { year: 2003, ordinal: 42 };

    #[test]
    fn a_token_is_of_one_key_one_notice_and_one_recipient() {
        let key = Key::new([7; 32]);
        let chief = Address::parse("chief@yangquan.example").unwrap();
        let deputy = Address::parse("deputy@yangquan.example").unwrap();
        let token = mint(&key, NUMBER, &chief);
        assert_eq!(token.len(), TOKEN_LEN);
        assert!(token.bytes().all(|b| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b)), "{token}");
        assert!(verify(&key, NUMBER, &chief, &token));
        assert!(!verify(&key, NUMBER, &deputy, &token));
        assert!(!verify(&key, NoticeNo { ordinal: 43, ..NUMBER }, &chief, &token));
        assert!(!verify(&Key::new([8; 32]), NUMBER, &chief, &token));
        assert!(!verify(&key, NUMBER, &chief, &token[..9]));
        assert!(!verify(&key, NUMBER, &chief, ""));
    }

    #[test]
    fn a_key_is_not_printed() {
        assert_eq!(format!("{:?}", Key::new([65; 32])), "Key(…)");
        assert!(Key::from_slice(&[1; 31]).is_none());
    }

    #[test]
    fn claims_are_found_in_each_of_the_three_places() {
        let claim = |token: &str| Claim { notice: NUMBER, token: token.into() };
        let found = claims(
            &["阳泉 <XINXI+N2003-000042.aaaaaaaaaa@Yangquan.example>".into(), "desk@yangquan.example".into()],
            &["<n2003-000042.bbbbbbbbbb.0@yangquan.example>".into(), "n2003-000042.bbbbbbbbbb.1@yangquan.example".into()],
            "Re: 迟报：盂县（Ｎ－２００３－０００１２３．ｃｃｃｃｃｃｃｃｃｃ）(n-2003-000042.DDDDDDDDDD)",
            &office(),
        );
        let third = Claim { notice: NoticeNo { year: 2003, ordinal: 123 }, token: "cccccccccc".into() };
        assert_eq!(found, [claim("aaaaaaaaaa"), claim("bbbbbbbbbb"), third, claim("dddddddddd")]);
    }

    #[test]
    fn a_notice_is_known_by_its_message_id() {
        assert!(is_of_a_notice("n2003-000042.k7x2p3abcd.1@yangquan.example"));
        assert!(is_of_a_notice("N2003-000042.K7X2P3ABCD.12@elsewhere.example"));
        assert!(!is_of_a_notice("x.n2003-000042.k7x2p3abcd.1@yangquan.example"));
        assert!(!is_of_a_notice("n2003-000042.k7x2p3abcd@yangquan.example"));
        assert!(!is_of_a_notice("20030303.1@yangquan.example"));
    }

    #[test]
    fn what_only_resembles_a_claim_is_none() {
        let none = |recipient: &str, id: &str, subject: &str| {
            assert_eq!(claims(&[recipient.into()], &[id.into()], subject, &office()), [], "{recipient} {id} {subject}");
        };
        none("notxinxi+n2003-000042.aaaaaaaaaa@yangquan.example", "", "");
        none("xinxi+n2003-000042.aaaaaaaaa@yangquan.example", "", "");
        none("xinxi+n2003-000042.aaaaaaaaaab@yangquan.example", "", "");
        none("xinxi+n2003-000000.aaaaaaaaaa@yangquan.example", "", "");
        none("xinxi@yangquan.example", "x-n2003-000042.aaaaaaaaaa@yangquan.example", "N-2003-000042");
        none("", "n2003-000042.aaaaaaaaaa", "N-2003-000042.aaaaaaaaaabb");
    }
}
