//! Plus-addresses: an address with a tag behind a `+` in its local part, which a mail server delivers as if it were not there.

use super::roster::Address;

/// RFC 5321, 4.5.3.1.1.
const LOCAL_MAX: usize = 64;

/// `base` with a tag: `xinxi@x.example`, `v42` → `xinxi+v42@x.example`. `None` where that is longer than mail servers take.
pub fn tagged(base: &Address, tag: &str) -> Option<Address> {
    let local = format!("{}+{tag}", base.local());
    if local.len() > LOCAL_MAX { None } else { Address::parse(&format!("{local}@{}", base.domain())) }
}

/// The tag of an address: what stands behind its first `+`.
pub fn tag(address: &Address) -> Option<&str> {
    address.local().split_once('+').map(|(_, tag)| tag)
}

/// The tag of `path` on another address: an envelope sender as a relay wants it, at `base`. `base` alone where `path` has no
/// tag or the whole grows too long.
pub fn rebased(path: &Address, base: &Address) -> Address {
    tag(path).and_then(|tag| tagged(base, tag)).unwrap_or_else(|| base.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        Address::parse(text).expect(text)
    }

    #[test]
    fn a_tag_is_put_on_found_again_and_moved() {
        let path = tagged(&address("xinxi@yangquan.example"), "v42.aaaaaaaaaa").expect("short enough");
        assert_eq!(path.as_str(), "xinxi+v42.aaaaaaaaaa@yangquan.example");
        assert_eq!(tag(&path), Some("v42.aaaaaaaaaa"));
        assert_eq!(rebased(&path, &address("bounces@relay.example")).as_str(), "bounces+v42.aaaaaaaaaa@relay.example");
        assert_eq!(rebased(&address("a@b.example"), &address("bounces@relay.example")).as_str(), "bounces@relay.example");
        assert_eq!(tagged(&address(&format!("{}@b.example", "x".repeat(60))), "v42.a"), None);
    }
}
